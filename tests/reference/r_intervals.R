# Confidence limits of shares by R survey 4.1-1, or by its parts where it has no such method.
#
#   Rscript r_intervals.R [r_intervals.csv]
#
# `logit` iterates and stops short: `xlogit`, the same in closed form, stands for it. wilson, agresti-coull and jeffreys are not in
# 4.1-1: they are written out with R's quantiles. `likelihood-exact` solves what `likelihood` reads off a coarse profile.
suppressMessages(library(survey))
options(digits = 17, survey.replicates.mse = TRUE)
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
out <- commandArgs(TRUE)
out <- if (length(out)) out[1] else file.path(here, "r_intervals.csv")
table <- function(name) read.csv(file.path(here, "..", "data", name))
lines <- "design,condition,method,level,lower,upper"
add <- function(design, condition, method, level, ci)
  lines <<- c(lines, sprintf("%s,%s,%s,%.17g,%.17g,%.17g", design, condition, method, level, ci[1], ci[2]))

root <- function(p, h, low, high)
  uniroot(function(q) p * log(p / q) + (1 - p) * log((1 - p) / (1 - q)) - h, c(low, high), tol = 1e-15, maxiter = 10000)$root

by_hand <- function(name, condition, p, se, df, n, level) {
  a <- (1 - level) / 2
  t <- qt(1 - a, df)
  N <- p * (1 - p) / se^2
  ratio <- (qt(1 - a, n - 1) / t)^2
  centre <- (p + t^2 / (2 * N)) / (1 + t^2 / N)
  half <- t * sqrt(p * (1 - p) / N + t^2 / (4 * N^2)) / (1 + t^2 / N)
  add(name, condition, "wilson", level, c(centre - half, centre + half))
  half <- t * sqrt(centre * (1 - centre) / (N + t^2))
  add(name, condition, "agresti-coull", level, c(max(0, centre - half), min(1, centre + half)))
  J <- N * ratio
  add(name, condition, "jeffreys", level, qbeta(c(a, 1 - a), p * J + 0.5, (1 - p) * J + 0.5))
  K <- min(n, J)
  add(name, condition, "beta-nchs", level, c(qbeta(a, p * K, (1 - p) * K + 1), qbeta(1 - a, p * K + 1, (1 - p) * K)))
  add(name, condition, "beta", level, c(qbeta(a, p * J, (1 - p) * J + 1), qbeta(1 - a, p * J + 1, (1 - p) * J)))
  h <- t^2 * se^2 / (p * (1 - p)) * n / (n - 1) / 2
  add(name, condition, "likelihood-exact", level, c(root(p, h, 1e-300, p), root(p, h, p, 1 - 1e-16)))
}

by_survey <- function(name, design, condition, level) {
  f <- as.formula(paste0("~I(", condition, ")"))
  for (method in c("xlogit", "asin", "mean", "likelihood")) {
    ci <- suppressWarnings(attr(svyciprop(f, design, method = method, level = level, df = degf(design)), "ci"))
    add(name, condition, c(xlogit = "xlogit", asin = "arcsine", mean = "wald", likelihood = "likelihood")[[method]], level, ci)
  }
  m <- svymean(as.formula(paste0("~as.numeric(", condition, ")")), design)
  by_hand(name, condition, coef(m)[[1]], SE(m)[[1]], degf(design), nrow(design), level)
}

clus1 <- table("apiclus1.csv")
strat <- table("apistrat.csv")
one <- svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = clus1)
two <- svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = strat)
for (level in c(0.9, 0.95)) {
  by_survey("clusters", one, "ell==0", level)
  by_survey("clusters", one, "api00>650", level)
  by_survey("clusters", one, "ell<40", level)
  by_survey("strata", two, "ell<5", level)
  by_survey("strata", two, "api00>500", level)
}

# Replicates of the log-odds: the transformed share is replicated.
jack <- as.svrepdesign(svydesign(id = ~dnum, weights = ~pw, data = clus1), type = "JK1")
for (condition in c("api00>650", "ell<40")) {
  yes <- as.numeric(eval(parse(text = condition), clus1))
  x <- withReplicates(jack, function(w, data) qlogis(sum(w * yes) / sum(w)))
  add("jackknife", condition, "xlogit", 0.95, plogis(coef(x)[[1]] + c(-1, 1) * qt(0.975, 14) * SE(x)[[1]]))
}
writeLines(lines, out)
