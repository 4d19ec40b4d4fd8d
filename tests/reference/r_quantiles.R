# Expected quantiles from R survey 4.1-1.
#
#   Rscript tests/reference/r_quantiles.R [ANSWERS]
#
# Reads ../data/apiclus1.csv and ../data/apistrat.csv beside this script and writes r_quantiles.csv. The format is told in README.md. The same versions of R and survey write the same bytes.
#
# Left out on purpose: hf3 and shahvaish, which are wrong in this version (README.md), and the interval types of replicate
# designs but "mean" and "quantile", which this version ignores.

suppressPackageStartupMessages(library(survey))
stopifnot(packageVersion("survey") == "4.1.1")
options(warn = -1)  # the jackknife may not suit quantiles: known

here <- dirname(normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))))
given <- commandArgs(TRUE)
output <- if (length(given) == 1) given else file.path(here, "r_quantiles.csv")
data_of <- function(name) read.csv(file.path(here, "..", "data", name))
number <- function(x) ifelse(is.finite(x), sprintf("%.17g", x), "")

clusters <- data_of("apiclus1.csv")
strata <- data_of("apistrat.csv")

one_stage <- svydesign(ids = ~dnum, weights = ~pw, data = clusters, fpc = ~fpc)
schools <- svydesign(ids = ~1, strata = ~stype, weights = ~pw, data = strata, fpc = ~fpc)
calibrated <- calibrate(one_stage, ~api99, c(`(Intercept)` = 6194, api99 = 3914069))
jackknife <- as.svrepdesign(one_stage, type = "JK1", mse = TRUE)
designs <- list(clus1 = one_stage, strat = schools, calibrated = calibrated, jk1 = jackknife)

rules <- c("math", "school", "hf1", "hf2", "hf4", "hf5", "hf6", "hf7", "hf8", "hf9")
probs <- c(0.05, 0.25, 0.33, 0.5, 0.75, 0.98)

out <- file(output, "w", encoding = "UTF-8")
writeLines(c(paste0("# written by r_quantiles.R: R ", getRversion(), ", survey ", packageVersion("survey")),
             "design,variable,where,rule,ci,centre,prob,estimate,lower,upper,se"), out)
put <- function(design, variable, where, rule, ci, centre, answer) {
  for (row in seq_along(probs)) {
    writeLines(paste(c(design, variable, where, rule, ci, centre, format(probs[row]), number(answer[row, ])), collapse = ","),
               out)
  }
}

for (name in names(designs)) {
  for (variable in c("api00", "enroll")) {
    for (where in c("", "stype == 'E'")) {
      design <- designs[[name]]
      if (where != "") design <- subset(design, stype == "E")
      formula <- as.formula(paste0("~", variable))
      types <- if (name == "jk1") c("mean", "quantile") else c("mean", "xlogit", "beta")
      # In a domain a calibrated design keeps the rows outside, and beta counts them: trap C12.
      if (name == "calibrated" && where != "") types <- c("mean", "xlogit")
      for (rule in rules) {
        for (type in types) {
          answer <- svyquantile(formula, design, probs, interval.type = type, qrule = rule, na.rm = TRUE, df = degf(design))
          ci <- c(mean = "woodruff", xlogit = "logit", beta = "beta", quantile = "replicate")[[type]]
          put(name, variable, where, rule, ci, "estimate", answer[[1]][, c(1, 2, 3, 4)])
        }
      }
      if (name != "clus1" && name != "strat") next
      # The old function is centred at the probability, and clamps limits outside 0 and 1.
      for (method in c("linear", "constant")) {
        old <- oldsvyquantile(formula, design, probs, ci = TRUE, se = TRUE, method = method, na.rm = TRUE)
        answer <- cbind(c(coef(old)), t(old$CIs[, , 1]), c(SE(old)))
        put(name, variable, where, if (method == "linear") "hf4" else "math", "woodruff", "prob", answer)
      }
    }
  }
}
close(out)
