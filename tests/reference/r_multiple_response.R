# Expected shares of the answers to a question with several, from R survey 4.1-1.
#
#   Rscript tests/reference/r_multiple_response.R [ANSWERS]
#
# Reads ../data/apiclus1.csv and ../data/apistrat.csv beside this script and writes r_multiple_response.csv. R has no such
# question: a column of 0 and 1 is made for each answer, one of how many were given, and a domain of who is a respondent;
# then svymean, svyratio and svytotal, together, so that covariances come along. The same versions of R and survey write
# the same bytes.

suppressPackageStartupMessages(library(survey))
stopifnot(packageVersion("survey") == "4.1.1")

here <- dirname(normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))))
given <- commandArgs(TRUE)
output <- if (length(given) == 1) given else file.path(here, "r_multiple_response.csv")
number <- function(x) sprintf("%.17g", x)
answers <- c("sch_wide", "comp_imp", "awards", "yr_rnd")

# What a school "chose": the columns that say Yes. Every seventh misses the first, every eleventh all of them.
data_of <- function(name) {
  data <- read.csv(file.path(here, "..", "data", name))
  data$sch_wide[data$snum %% 7 == 0] <- NA
  data[data$snum %% 11 == 0, answers] <- NA
  chose <- !is.na(data[answers]) & data[answers] == "Yes"
  for (one in answers) data[[paste0("y_", one)]] <- as.numeric(chose[, one])
  data$given <- rowSums(chose)
  data$any <- data$given > 0
  data$valid <- rowSums(!is.na(data[answers])) > 0
  data$complete <- rowSums(!is.na(data[answers])) == length(answers)
  data$all <- TRUE
  data
}

clusters <- svydesign(ids = ~dnum, weights = ~pw, data = data_of("apiclus1.csv"), fpc = ~fpc)
designs <- list(
  clus1 = clusters,
  strat = svydesign(ids = ~1, strata = ~stype, weights = ~pw, data = data_of("apistrat.csv"), fpc = ~fpc),
  jk1 = as.svrepdesign(clusters, type = "JK1", mse = TRUE),
  calibrated = calibrate(clusters, ~api99, c(`(Intercept)` = 6194, api99 = 3914069)))
chosen <- reformulate(paste0("y_", answers))

out <- file(output, "w", encoding = "UTF-8")
writeLines(c(paste0("# written by r_multiple_response.R: R ", getRversion(), ", survey ", packageVersion("survey")),
             "design,where,respondents,of,answer,with_answer,value"), out)
for (name in names(designs)) for (where in c("", "stype == 'E'")) for (rule in c("any", "valid", "complete", "all")) {
  design <- designs[[name]]
  if (where != "") design <- subset(design, stype == "E")
  design <- switch(rule, any = subset(design, any), valid = subset(design, valid), complete = subset(design, complete),
                   all = design)
  asked <- list(respondents = svymean(chosen, design), answers = svyratio(chosen, ~given, design, covmat = TRUE),
                count = svytotal(chosen, design))
  for (of in names(asked)) {
    estimates <- as.numeric(coef(asked[[of]]))
    covariances <- as.matrix(vcov(asked[[of]]))
    for (a in seq_along(answers)) {
      writeLines(paste(name, where, rule, of, answers[a], "", number(estimates[a]), sep = ","), out)
      for (b in a:length(answers)) {
        writeLines(paste(name, where, rule, of, answers[a], answers[b], number(covariances[a, b]), sep = ","), out)
      }
    }
  }
}
close(out)
