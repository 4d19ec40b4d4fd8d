# Expected values of generalized linear models from R survey 4.1-1.
#
#   Rscript tests/reference/r_regression.R [OUTPUT]
#
# Reads ../data/*.csv beside this script and writes r_regression.csv (or OUTPUT); the format is told in README.md. The same
# versions of R, survey and BLAS write the same bytes.
#
# svyglm stops at a relative change of the deviance of 1e-8 and takes the information matrix of the step before. Each model
# is therefore fitted twice, the second time from the solution of the first: that matrix is then the solution's own.

suppressPackageStartupMessages(library(survey))
stopifnot(packageVersion("survey") == "4.1.1")
options(survey.ultimate.cluster = FALSE, survey.adjust.domain.lonely = FALSE, warn = -1, digits = 17)

here <- dirname(normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))))
output <- c(commandArgs(TRUE), file.path(here, "r_regression.csv"))[1]
read <- function(name) read.csv(file.path(here, "..", "data", name))

strat <- read("apistrat.csv")
clus1 <- read("apiclus1.csv")
clus2 <- read("apiclus2.csv")
nhanes <- read("nhanes_cholesterol.csv")
jackknife <- read("apiclus1_jk1.csv")
for (name in c("strat", "clus1", "clus2")) {
  data <- get(name)
  data$stype <- factor(data$stype)
  data$wide <- as.numeric(data$sch_wide == "Yes")
  assign(name, data)
}

designs <- list(
  strat = svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = strat),
  clus1 = svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = clus1),
  clus2 = svydesign(id = ~dnum + snum, fpc = ~fpc1 + fpc2, data = clus2),
  nhanes = svydesign(id = ~SDMVPSU, strata = ~SDMVSTRA, weights = ~WTMEC2YR, nest = TRUE, data = nhanes)
)
designs$elementary <- subset(designs$clus2, stype == "E")
designs$women <- subset(designs$nhanes, RIAGENDR == 2)
totals <- c(`(Intercept)` = 6194, api99 = 3914069, stypeH = 755, stypeM = 1018)
designs$calibrated <- calibrate(designs$clus1, ~ api99 + stype, totals)
designs$jackknife <- as.svrepdesign(designs$clus1, type = "JK1", mse = TRUE)

cases <- list(
  linear = list("strat", api00 ~ ell + meals + mobility + stype, gaussian()),
  interaction = list("strat", api00 ~ ell * meals + stype:mobility, gaussian()),
  no_intercept = list("strat", api00 ~ stype + ell - 1, gaussian()),
  gaussian_log = list("strat", api00 ~ ell + meals, gaussian(link = "log"), c(6.7, 0, 0)),
  logit = list("clus1", wide ~ ell + meals + mobility, binomial()),
  probit = list("clus1", wide ~ ell + meals + mobility, binomial(link = "probit")),
  cloglog = list("clus1", wide ~ ell + meals + mobility, binomial(link = "cloglog")),
  cauchit = list("clus1", wide ~ ell + meals + mobility, binomial(link = "cauchit")),
  poisson = list("clus2", api_stu ~ ell + meals, poisson()),
  poisson_sqrt = list("clus2", api_stu ~ ell + meals, quasipoisson(link = "sqrt")),
  offset = list("strat", api_stu ~ meals + stype + offset(log(enroll)), poisson()),
  gamma = list("strat", api00 ~ ell + meals, Gamma()),
  gamma_log = list("strat", api00 ~ ell + meals, Gamma(link = "log")),
  inverse_gaussian = list("strat", api00 ~ ell + meals, inverse.gaussian()),
  inverse_gaussian_log = list("strat", api00 ~ ell + meals, inverse.gaussian(link = "log")),
  domain = list("elementary", api00 ~ ell + meals, gaussian()),
  domain_logit = list("elementary", wide ~ ell + meals, binomial()),
  missing = list("nhanes", HI_CHOL ~ factor(race) * factor(RIAGENDR) + agecat, binomial()),
  missing_domain = list("women", HI_CHOL ~ factor(race, levels = c(2, 1, 3, 4)) + agecat, quasibinomial()),
  calibrated = list("calibrated", api00 ~ ell + meals + stype, gaussian()),
  calibrated_logit = list("calibrated", wide ~ ell + meals, binomial()),
  replicates = list("jackknife", api00 ~ ell + meals + mobility, gaussian()),
  replicates_logit = list("jackknife", wide ~ ell + meals + mobility, binomial()),
  polynomial = list("strat", api00 ~ poly(meals, 2) + log(enroll) + I(ell > 20), gaussian())
)

lines <- character()
say <- function(case, quantity, names, values) {
  values <- as.numeric(values)
  known <- !is.na(values)
  if (!any(known)) return(invisible())
  names <- rep_len(names, length(values))[known]
  values <- values[known]
  lines <<- c(lines, sprintf("%s,%s,%s,%s", case, quantity, gsub(",", ";", names), formatC(values, digits = 17, format = "g")))
}

# svyglm looks for its arguments elsewhere: they are written into the call.
fit_from <- function(formula, design, family, start) {
  eval(bquote(svyglm(.(formula),
    design = design, family = family, start = .(start),
    control = glm.control(epsilon = 1e-14, maxit = 200)
  )))
}

fit_twice <- function(formula, design, family, start) {
  model <- fit_from(formula, design, family, start)
  # Links that aren't canonical converge slowly: again, until the last digits stand.
  for (again in 1:12) {
    before <- coef(model)
    model <- fit_from(formula, design, family, unname(before))
    if (max(abs(coef(model) - before) / (1e-3 + abs(before))) < 1e-13) break
  }
  model
}

for (case in names(cases)) {
  asked <- cases[[case]]
  design <- designs[[asked[[1]]]]
  start <- if (length(asked) > 3) asked[[4]] else NULL
  model <- fit_twice(asked[[2]], design, asked[[3]], start)
  names <- names(coef(model))
  say(case, "estimate", names, coef(model))
  say(case, "se", names, sqrt(diag(vcov(model))))
  covariance <- vcov(model)
  pairs <- which(lower.tri(covariance), arr.ind = TRUE)
  if (nrow(pairs)) say(case, "covariance", paste(names[pairs[, 1]], names[pairs[, 2]], sep = "|"), covariance[pairs])
  say(case, "df", "", model$df.residual)
  # As svyglm leaves it: the matrix of the step before, of weights relative to their mean over the domain.
  if (model$family$family != "gaussian" && is.null(start) && !inherits(design, "svyrep.design")) {
    plain <- eval(bquote(svyglm(.(asked[[2]]), design = design, family = asked[[3]])))
    say(case, "last-step estimate", names, coef(plain))
    say(case, "last-step se", names, sqrt(diag(vcov(plain))))
  }
  # Weights of rows that are left out for a missing value are in R's mean weight; deviances are told without them.
  used <- weights(model$survey.design, "sampling")
  scale <- length(used) / sum(used) / (sum(model$prior.weights) / sum(used))
  if (inherits(design, "svyrep.design")) scale <- 1
  say(case, "deviance", "", model$deviance * scale)
  say(case, "null deviance", "", model$null.deviance * scale)
  rows <- seq(1, length(residuals(model)), by = 37)
  off <- model$y - model$fitted.values
  of_kind <- list(
    response = off, pearson = off / sqrt(model$family$variance(model$fitted.values)),
    deviance = sign(off) * sqrt(model$family$dev.resids(model$y, model$fitted.values, rep(1, length(off)))),
    working = residuals(model, "working")
  )
  for (kind in names(of_kind)) say(case, paste("residual", kind), names(off)[rows], of_kind[[kind]][rows])
  predicted <- predict(model, type = "link")
  say(case, "link", names(model$fitted.values)[rows], coef(predicted)[rows])
  say(case, "link se", names(model$fitted.values)[rows], SE(predicted)[rows])
}

# Tests of terms.
tested <- list(
  list("linear", ~stype), list("linear", ~ ell + meals + mobility + stype), list("logit", ~ ell + meals),
  list("missing", ~ factor(race):factor(RIAGENDR)), list("calibrated", ~stype), list("replicates", ~ ell + meals)
)
for (test in tested) {
  asked <- cases[[test[[1]]]]
  model <- fit_twice(asked[[2]], designs[[asked[[1]]]], asked[[3]], NULL)
  df <- degf(designs[[asked[[1]]]])
  if (test[[1]] == "missing") df <- degf(model$survey.design)
  found <- regTermTest(model, test[[2]], df = df)
  label <- paste(attr(terms(test[[2]]), "term.labels"), collapse = "|")
  say(test[[1]], "wald F", label, found$Ftest)
  say(test[[1]], "wald p", label, found$p)
}

# Working-likelihood tests: the deviances of both fits, the effects, and p by Satterthwaite's approximation, by the exact mixture and
# by its saddlepoint approximation (R's default, which regTermTest says itself as well: it fits the smaller model by an update of the larger one's call).
likelihood <- list(
  list("logit", ~ ell + meals, wide ~ mobility), list("poisson", ~ell, api_stu ~ meals), list("linear", ~stype, api00 ~ ell + meals + mobility)
)
for (test in likelihood) {
  asked <- cases[[test[[1]]]]
  design <- designs[[asked[[1]]]]
  model <- fit_twice(asked[[2]], design, asked[[3]], NULL)
  smaller <- fit_twice(test[[3]], design, asked[[3]], NULL)
  index <- which(attr(model.matrix(model), "assign") %in% match(attr(terms(test[[2]]), "term.labels"), attr(terms(model), "term.labels")))
  lambda <- Re(eigen(solve(model$naive.cov[index, index]) %*% vcov(model)[index, index], only.values = TRUE)$values)
  label <- paste(attr(terms(test[[2]]), "term.labels"), collapse = "|")
  ratio <- smaller$deviance - model$deviance
  say(test[[1]], "likelihood F", label, ratio / sum(lambda))
  say(test[[1]], "likelihood p", label, survey:::pFsum(ratio, rep(1, length(lambda)), lambda, ddf = degf(design), method = "satterthwaite", lower.tail = FALSE))
  say(test[[1]], "likelihood statistic", label, ratio)
  say(test[[1]], "likelihood saddlepoint p", label, survey:::pFsum(ratio, rep(1, length(lambda)), lambda, ddf = degf(design), method = "saddlepoint", lower.tail = FALSE))
  family <- as.name(asked[[3]]$family)
  plain <- eval(bquote(svyglm(.(asked[[2]]), design = design, family = .(family), control = glm.control(epsilon = 1e-14, maxit = 200))))
  found <- regTermTest(plain, test[[2]], df = degf(design), method = "LRT")
  say(test[[1]], "regTermTest LRT p", label, found$p)
}

# How well models fit.
for (case in c("logit", "poisson")) {
  asked <- cases[[case]]
  model <- fit_twice(asked[[2]], designs[[asked[[1]]]], asked[[3]], NULL)
  index <- -1
  effects <- solve(model$naive.cov[index, index], vcov(model)[index, index])
  say(case, "effective parameters", "", sum(diag(effects)))
  say(case, "aic", "", model$deviance + 2 * sum(diag(effects)))
  say(case, "cox-snell", "", psrsq(model, "Cox-Snell"))
  say(case, "nagelkerke", "", psrsq(model, "Nagelkerke"))
  larger <- fit_twice(update(asked[[2]], . ~ . + stype), designs[[asked[[1]]]], asked[[3]], NULL)
  say(case, "bic", "", BIC(model, maximal = larger)[["BIC"]])
}

# Predictive margins: their values, and the two parts of their variance that R adds up (the covariance between the parts is
# not among them).
margin_cases <- list(linear = list("strat", api00 ~ ell + meals, ~stype), logit = list("clus1", wide ~ meals + mobility, ~stype))
for (case in names(margin_cases)) {
  asked <- margin_cases[[case]]
  family <- if (case == "linear") quote(gaussian()) else quote(binomial())
  design <- designs[[asked[[1]]]]
  adjusted <- eval(bquote(svyglm(.(asked[[2]]), design = design, family = .(family),
    control = glm.control(epsilon = 1e-14, maxit = 200))))
  found <- svypredmeans(adjusted, asked[[3]])
  levels <- sort(names(coef(found)))
  say(paste("margins", case), "margin", levels, coef(found)[levels])
  parts <- attr(vcov(found), "parts")
  if (is.null(parts)) parts <- attr(attr(found, "var"), "parts")
  order <- match(levels, names(coef(found)))
  say(paste("margins", case), "coefficients' part", levels, diag(parts[[1]])[order])
  say(paste("margins", case), "covariates' part", levels, diag(parts[[2]])[order])
}

writeLines(c("case,quantity,name,value", lines), output)
