# Expected standard errors from R survey 4.1-1 where domains make singletons of strata.
#
#   Rscript tests/reference/r_singletons.R [OUTPUT]
#
# Reads ../data/*.csv beside this script and writes r_singletons.csv (or OUTPUT): domain,rule,question,cell,se. The same versions
# of R, survey and BLAS write the same bytes. tests/python/test_singletons.py asks the same questions by name.
#
# `domain`: ignore or rule, survey.adjust.domain.lonely = FALSE or TRUE. Left out is what R does otherwise, for the reasons that
# docs/methods/singletons.md gives: totals under `adjust` (4.1-1 centres them at 0), `remove` and `certainty` with the option
# (they don't heed it), `average` without it where a domain doesn't meet all strata (H is counted in the domain).

suppressPackageStartupMessages(library(survey))
stopifnot(packageVersion("survey") == "4.1.1")
options(survey.ultimate.cluster = FALSE, warn = -1) # each such stratum is a warning

here <- dirname(normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))))
output <- c(commandArgs(TRUE), file.path(here, "r_singletons.csv"))[1]
clus1 <- read.csv(file.path(here, "..", "data", "apiclus1.csv"), na.strings = "", stringsAsFactors = FALSE)

# Districts as strata, two of them with one school; a tenth of the schools of each were drawn, if there is an fpc.
clus1$tenth <- 0.1
designs <- list(
  districts = svydesign(ids = ~1, strata = ~dnum, weights = ~pw, data = clus1),
  finite = svydesign(ids = ~1, strata = ~dnum, weights = ~pw, fpc = ~tenth, data = clus1)
)

lines <- character()
put <- function(..., se) lines <<- c(lines, paste(c(..., sprintf("%.17g", se)), collapse = ","))
ask <- function(name, design, domain, rule) {
  options(survey.lonely.psu = rule, survey.adjust.domain.lonely = domain == "rule")
  by <- function(statistic, question) {
    found <- svyby(~api00, ~stype, design, statistic)
    put(name, domain, rule, question, "stype=E", se = SE(found)[1])
    put(name, domain, rule, question, "stype=H", se = SE(found)[2])
    put(name, domain, rule, question, "stype=M", se = SE(found)[3])
  }
  by(svymean, "mean")
  if (rule != "adjust") by(svytotal, "total")
  put(name, domain, rule, "mean", "api99>650", se = SE(svymean(~api00, subset(design, api99 > 650))))
  put(name, domain, rule, "ratio", "api99>650", se = SE(svyratio(~api00, ~api99, subset(design, api99 > 650))))
}
for (name in names(designs)) {
  for (rule in c("remove", "certainty", "adjust")) ask(name, designs[[name]], "ignore", rule)
  for (rule in c("adjust", "average")) ask(name, designs[[name]], "rule", rule)
}

connection <- file(output, "wb")
writeLines(c(
  sprintf("# written by r_singletons.R: R %s.%s, survey %s", R.version$major, R.version$minor,
          packageVersion("survey")),
  "design,domain,rule,question,cell,se",
  lines
), connection)
close(connection)
