# Expected values of calibrated designs from R survey 4.1-1.
#
#   Rscript tests/reference/r_calibration.R [OUTPUT]
#
# Reads ../data/*.csv beside this script and writes r_calibration.csv (or OUTPUT): case,quantity,value. The cases are told in
# README.md; tests/python/test_calibration.py makes the same ones. Every calibration runs at the tightest settings that
# converge: epsilon 1e-12, rake to a change of 1e-11.

suppressPackageStartupMessages(library(survey))
stopifnot(packageVersion("survey") == "4.1.1")
options(survey.ultimate.cluster = FALSE, survey.lonely.psu = "fail", warn = 1)

here <- dirname(normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))))
output <- c(commandArgs(TRUE), file.path(here, "r_calibration.csv"))[1]
data_of <- function(name) read.csv(file.path(here, "..", "data", name), na.strings = "", stringsAsFactors = FALSE)

clus1 <- data_of("apiclus1.csv")
clus2 <- data_of("apiclus2.csv")
strat <- data_of("apistrat.csv")
nhanes <- data_of("nhanes_cholesterol.csv")

districts <- svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = clus1)
schools <- svydesign(id = ~dnum + snum, fpc = ~fpc1 + fpc2, data = clus2)
types <- svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = strat)
# Weights that differ within strata and units, as those of real surveys do.
clus1$pwv <- clus1$pw * (0.6 + (seq_len(nrow(clus1)) %% 7) / 5)
varied <- svydesign(id = ~dnum, weights = ~pwv, fpc = ~fpc, data = clus1)
health <- svydesign(id = ~SDMVPSU, strata = ~SDMVSTRA, weights = ~WTMEC2YR, nest = TRUE, data = nhanes)

by_type <- data.frame(stype = c("E", "H", "M"), Freq = c(4421, 755, 1018))
by_target <- data.frame(sch_wide = c("No", "Yes"), Freq = c(1072, 5122))
by_both <- data.frame(stype = rep(c("E", "H", "M"), 2), sch_wide = rep(c("No", "Yes"), each = 3),
                      Freq = c(472, 400, 300, 3949, 355, 718))
score <- c(`(Intercept)` = 6194, stypeH = 755, stypeM = 1018, api99 = 3914069)

greg <- function(design, calfun = "linear", ...) {
  calibrate(design, ~stype + api99, score, calfun = calfun, epsilon = 1e-12, maxit = 200, ...)
}
raked <- function(design) {
  suppressWarnings(rake(design, list(~stype, ~sch_wide), list(by_type, by_target),
                        control = list(maxit = 200, epsilon = 1e-11)))
}
# JK1 by hand, so that the replicate weights are the same columns elsewhere.
jackknife <- function(data) {
  units <- sort(unique(data$dnum))
  n <- length(units)
  replicates <- sapply(units, function(u) data$pw * ifelse(data$dnum == u, 0, n / (n - 1)))
  svrepdesign(data = data, weights = data$pw, repweights = replicates, type = "JK1", combined.weights = TRUE,
              scale = (n - 1) / n, mse = TRUE)
}
jk1 <- jackknife(clus1)

lines <- character()
put <- function(case, quantity, value) {
  lines <<- c(lines, sprintf("%s,%s,%.17g", case, quantity, as.numeric(value)))
}

weight_lines <- function(case, design) {
  w <- weights(design, "sampling")
  put(case, "sum", sum(w))
  put(case, "least", min(w))
  put(case, "greatest", max(w))
  # every weight in its place
  put(case, "moment", sum(w * seq_along(w)))
}

estimate <- function(case, quantity, result) {
  put(case, quantity, coef(result)[1])
  put(case, paste0("se ", quantity), SE(result)[1])
}

report <- function(case, design) {
  weight_lines(case, design)
  estimate(case, "mean api00", svymean(~api00, design))
  estimate(case, "total enroll", svytotal(~enroll, design, na.rm = TRUE))
  estimate(case, "ratio", svyratio(~api00, ~api99, design))
  estimate(case, "mean in domain", svymean(~api00, subset(design, comp_imp == "Yes")))
  estimate(case, "total in domain", svytotal(~api00, subset(design, stype == "H")))
}

report("poststratify", postStratify(districts, ~stype, by_type))
report("poststratify varied", postStratify(varied, ~stype, by_type))
report("poststratify two-stage", postStratify(schools, ~stype, by_type))
report("poststratify crossed", postStratify(varied, ~stype + sch_wide, by_both))
report("rake", raked(districts))
# R's rake takes unweighted means out of a variable, one margin after another, ten times: where weights differ its standard
# errors aren't those of a regression. The raking distance has the same weights, and a regression.
margins <- c(`(Intercept)` = 6194, stypeH = 755, stypeM = 1018, sch_wideYes = 5122)
for (name in c("varied", "two-stage")) {
  report(paste("rake", name),
         calibrate(list(varied = varied, `two-stage` = schools)[[name]], ~stype + sch_wide, margins, calfun = "raking",
                   epsilon = 1e-12, maxit = 200))
}
for (calfun in c("linear", "raking")) {
  report(calfun, greg(districts, calfun))
  report(paste(calfun, "varied"), greg(varied, calfun))
  report(paste(calfun, "stratified"), greg(types, calfun))
  report(paste(calfun, "two-stage"), greg(schools, calfun))
  report(paste(calfun, "bounded"), greg(districts, calfun, bounds = c(0.5, 1.9)))
  report(paste(calfun, "bounded weights"), greg(varied, calfun, bounds = c(10, 75), bounds.const = TRUE))
}
report("linear in clusters", greg(districts, "linear", aggregate.stage = 1))
report("raking in clusters", greg(districts, "raking", aggregate.stage = 1))
report("logit", greg(districts, "logit", bounds = c(0.4, 2.5)))
report("logit varied", greg(varied, "logit", bounds = c(0.3, 3)))

# Adjusted twice: R takes the first adjustment's auxiliaries out first.
report("poststratify then linear",
       calibrate(postStratify(varied, ~sch_wide, by_target), ~stype + api99, score, epsilon = 1e-12))
report("linear then poststratify", postStratify(greg(varied), ~sch_wide, by_target))

report("trim", trimWeights(greg(districts), upper = 50, lower = 20))
report("trim strict", trimWeights(greg(districts), upper = 45, lower = 20, strict = TRUE))

report("replicates poststratify", postStratify(jk1, ~stype, by_type, compress = FALSE))
report("replicates linear", greg(jk1, compress = FALSE))
report("replicates raking", greg(jk1, "raking", compress = FALSE))
report("replicates logit", greg(jk1, "logit", bounds = c(0.2, 4), compress = FALSE))
report("replicates rake", raked(jk1))

age_shares <- c(55901, 77670, 72816, 45364)
standard <- svystandardize(health, by = ~agecat, over = ~race + RIAGENDR, population = age_shares,
                           excluding.missing = ~HI_CHOL)
means <- svyby(~HI_CHOL, ~race + RIAGENDR, svymean, design = standard)
for (i in seq_len(nrow(means))) {
  cell <- paste0("race=", means$race[i], ";RIAGENDR=", means$RIAGENDR[i])
  put("standardize", cell, coef(means)[i])
  put("standardize", paste("se", cell), SE(means)[i])
}
whole <- svystandardize(health, by = ~agecat, population = age_shares, excluding.missing = ~HI_CHOL)
estimate("standardize whole", "mean", svymean(~HI_CHOL, whole, na.rm = TRUE))

connection <- file(output, "wb")
writeLines(c(
  sprintf("# written by r_calibration.R: R %s.%s, survey %s", R.version$major, R.version$minor,
          packageVersion("survey")),
  "case,quantity,value",
  lines
), connection)
close(connection)
