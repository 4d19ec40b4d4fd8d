# Expected variances, covariances and correlations from R survey 4.1-1.
#
#   Rscript tests/reference/r_spreads.R [ANSWERS]
#
# Reads ../data/apiclus1.csv and ../data/apistrat.csv beside this script and writes r_spreads.csv: svyvar, and svycontrast
# of what it answers. The same versions of R and survey write the same bytes.
#
# A domain of a calibrated design is left out: its rows outside are counted in n/(n - 1).

suppressPackageStartupMessages(library(survey))
stopifnot(packageVersion("survey") == "4.1.1")
options(warn = -1)  # of replicates: an array recycled in its own code

here <- dirname(normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))))
given <- commandArgs(TRUE)
output <- if (length(given) == 1) given else file.path(here, "r_spreads.csv")
data_of <- function(name) read.csv(file.path(here, "..", "data", name))
number <- function(x) sprintf("%.17g", x)

one_stage <- svydesign(ids = ~dnum, weights = ~pw, data = data_of("apiclus1.csv"), fpc = ~fpc)
schools <- svydesign(ids = ~1, strata = ~stype, weights = ~pw, data = data_of("apistrat.csv"), fpc = ~fpc)
calibrated <- calibrate(one_stage, ~api99, c(`(Intercept)` = 6194, api99 = 3914069))
jackknife <- as.svrepdesign(one_stage, type = "JK1", mse = TRUE)
designs <- list(clus1 = one_stage, strat = schools, calibrated = calibrated, jk1 = jackknife)

out <- file(output, "w", encoding = "UTF-8")
writeLines(c(paste0("# written by r_spreads.R: R ", getRversion(), ", survey ", packageVersion("survey")),
             "design,where,statistic,x,y,estimate,se"), out)
for (name in names(designs)) {
  for (where in if (name == "calibrated") "" else c("", "stype == 'E'")) {
    design <- designs[[name]]
    if (where != "") design <- subset(design, stype == "E")
    put <- function(statistic, x, y, answer) {
      writeLines(paste(name, where, statistic, x, y, number(coef(answer)[1]), number(SE(answer)[1]), sep = ","), out)
    }
    put("variance", "api00", "", svyvar(~api00, design))
    put("variance", "enroll", "", svyvar(~enroll, design))
    if (name == "jk1") next  # of their functions R replicates none
    put("sd", "enroll", "", svycontrast(svyvar(~enroll, design), quote(sqrt(enroll))))
    both <- svyvar(~ api00 + enroll, design)
    flat <- c(both)
    covariances <- vcov(both)
    put("covariance", "api00", "enroll",
        structure(flat[2], var = matrix(covariances[2, 2]), statistic = "covariance", class = "svystat"))
    # x = c/√(ab): derivatives by a, c, b in the order of the matrix, in which c stands twice.
    r <- flat[2] / sqrt(flat[1] * flat[4])
    gradient <- c(-r / (2 * flat[1]), 1 / sqrt(flat[1] * flat[4]), 0, -r / (2 * flat[4]))
    put("correlation", "api00", "enroll",
        structure(r, var = t(gradient) %*% covariances %*% gradient, statistic = "correlation", class = "svystat"))
    logs <- svymean(~ log(enroll), design)
    put("geometric mean", "enroll", "", svycontrast(logs, quote(exp(`log(enroll)`))))
  }
}
close(out)
