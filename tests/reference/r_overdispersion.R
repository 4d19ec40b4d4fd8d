# Over-dispersion of funnel plots written out with R's own sort and qnorm: Spiegelhalter (2005), Quality and Safety in
# Health Care 14, 347-351. The additive variance is DerSimonian and Laird's.
#
#   Rscript r_overdispersion.R [r_overdispersion.csv]
options(digits = 17)
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
out <- commandArgs(TRUE)
out <- if (length(out)) out[1] else file.path(here, "r_overdispersion.csv")
sizes <- c(12, 25, 31, 40, 44, 58, 63, 70, 85, 97, 110, 142, 150, 171, 203, 250, 301, 420, 555, 1204, 3015)
near <- rep_len(c(0.9, 1.05, 0.97, 1.1), length(sizes)) # of the target: little more than chance
apart <- rep_len(c(0.4, 1.2, 0.8, 1.6, 1.05, 0.7, 1.9), length(sizes))
odd <- replace(near, c(3, 15, 20), c(3, 0.2, 2)) # but for three
joined <- function(x) paste(sprintf("%.17g", x), collapse = ";")
lines <- "model,target,share,values,sizes,winsorised,factor,variance,at,level,multiplicative_lower,multiplicative_upper,additive_lower,additive_upper"
add <- function(model, target, share, y, n) {
  v <- if (model == "binomial") target * (1 - target) / n else target / n
  z <- sort((y - target) / sqrt(v))
  k <- floor(share * length(z))
  if (k > 0) {
    z[seq_len(k)] <- z[k + 1]
    z[length(z) + 1 - seq_len(k)] <- z[length(z) - k]
  }
  q <- sum(z^2)
  w <- 1 / v
  factor <- max(1, q / length(z))
  tau2 <- max(0, (q - (length(z) - 1)) / (sum(w) - sum(w^2) / sum(w)))
  top <- if (model == "binomial") 1 else Inf
  for (level in c(0.95, 0.998)) for (at in c(20, 333, 5000)) {
    chance <- if (model == "binomial") target * (1 - target) / at else target / at
    reach <- qnorm((1 + level) / 2) * sqrt(c(factor * chance, chance + tau2))
    limits <- rbind(pmax(0, target - reach), pmin(top, target + reach))
    lines <<- c(lines, paste(c(model, joined(target), joined(share), joined(y), joined(n), k, joined(factor), joined(tau2),
      at, joined(level), sprintf("%.17g", limits)), collapse = ","))
  }
}
for (share in c(0, 0.1, 0.25)) for (shape in list(near, apart, odd)) {
  add("binomial", 0.3, share, 0.3 * shape, sizes)
  add("poisson", 1.66, share, 1.66 * shape, sizes / 10)
}
add("binomial", 0.93, 0.1, c(0.9, 0.99), c(30, 400))
writeLines(lines, out)
