# Exact limits of funnel plots by R's own distributions, written out: Spiegelhalter (2005), appendix A.1.1.
#
#   Rscript r_funnel.R [r_funnel.csv]
options(digits = 17)
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
out <- commandArgs(TRUE)
out <- if (length(out)) out[1] else file.path(here, "r_funnel.csv")
limit <- function(p, q, d) {
  r <- q(p)
  max(0, r - (d$below(r) - p) / d$mass(r))
}
lines <- "model,target,size,level,lower,upper"
add <- function(model, target, size, level) {
  if (model == "binomial") {
    q <- function(p) qbinom(p, size, target)
    d <- list(below = function(r) pbinom(r, size, target), mass = function(r) dbinom(r, size, target))
  } else {
    q <- function(p) qpois(p, size * target)
    d <- list(below = function(r) ppois(r, size * target), mass = function(r) dpois(r, size * target))
  }
  tail <- (1 - level) / 2
  lines <<- c(lines, sprintf("%s,%.17g,%.17g,%.17g,%.17g,%.17g", model, target, size, level,
    limit(tail, q, d) / size, limit(1 - tail, q, d) / size))
}
for (level in c(0.8, 0.95, 0.998)) {
  for (target in c(0.01, 0.2, 0.5, 0.93)) for (size in c(1, 2, 7, 30, 295, 12345)) add("binomial", target, size, level)
  for (target in c(0.002, 0.06, 3)) for (size in c(0.5, 10, 1234, 68110)) add("poisson", target, size, level)
}
writeLines(lines, out)
