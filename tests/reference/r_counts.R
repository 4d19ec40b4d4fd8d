# Limits of rates of events, written out with R's own distributions; no package is needed.
#
#   Rscript r_counts.R [r_counts.csv]
#
# `rate`: events y of equal units; dispersion is that of a quasi-Poisson model (variance over mean), limits those of Garwood times it.
# `poisson`: the same with dispersion 1, by poisson.test. `dispersion`: the dispersion
# itself and the p of the index of dispersion.
options(digits = 17)
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
out <- commandArgs(TRUE)
out <- if (length(out)) out[1] else file.path(here, "r_counts.csv")
lines <- "what,case,level,size,lower,upper"
add <- function(what, case, level, size, ci)
  lines <<- c(lines, sprintf("%s,%s,%.17g,%.17g,%.17g,%.17g", what, case, level, size, ci[1], ci[2]))

cases <- list(varied = c(0, 0, 3, 1, 7, 0, 2, 12, 1, 0, 4, 2), alike = c(2, 3, 2, 2, 3, 2), none = c(0, 0, 0, 0))
for (case in names(cases)) for (level in c(0.8, 0.95, 0.998)) {
  y <- cases[[case]]
  a <- (1 - level) / 2
  phi <- if (sum(y) > 0) max(1, var(y) / mean(y)) else 1
  n <- sum(y) / phi
  lower <- if (n > 0) qchisq(a, 2 * n) / 2 else 0
  add("rate", case, level, length(y), phi * c(lower, qchisq(1 - a, 2 * n + 2) / 2) / length(y))
  add("poisson", case, level, length(y), poisson.test(sum(y), length(y), conf.level = level)$conf.int)
  add("dispersion", case, level, length(y), c(phi, if (sum(y) > 0) pchisq(sum((y - mean(y))^2) / mean(y), length(y) - 1, lower.tail = FALSE) else 1))
}
writeLines(lines, out)
