# Expected values of expressions of totals, contrasts and combinations from R survey 4.1-1.
#
#   Rscript tests/reference/r_expressions.R [OUTPUT]
#
# Reads ../data/*.csv beside this script and writes r_expressions.csv (or OUTPUT). The same versions of R, survey and BLAS
# write the same bytes. tests/python/test_expressions.py asks the same questions by name.
#
# Domains are variables that are 0 outside, in one call of svytotal over the whole design; or groups of svyby with
# covmat = TRUE. Functions are svycontrast's, whose derivatives R takes symbolically.

suppressPackageStartupMessages(library(survey))
stopifnot(packageVersion("survey") == "4.1.1")
options(survey.ultimate.cluster = FALSE, survey.lonely.psu = "fail", warn = 1)

here <- dirname(normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))))
output <- c(commandArgs(TRUE), file.path(here, "r_expressions.csv"))[1]
data_of <- function(name) read.csv(file.path(here, "..", "data", name), na.strings = "", stringsAsFactors = FALSE)

designs <- list(
  apistrat = svydesign(ids = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = data_of("apistrat.csv")),
  apiclus1 = svydesign(ids = ~dnum, weights = ~pw, fpc = ~fpc, data = data_of("apiclus1.csv")),
  apiclus2 = svydesign(ids = ~dnum + snum, fpc = ~fpc1 + fpc2, data = data_of("apiclus2.csv"))
)

# Totals of everything that the questions need, in one call: one covariance matrix.
totals_of <- function(design) {
  v <- design$variables
  inside <- function(y, rows) ifelse(!is.na(rows) & rows, y, 0)
  E <- v$stype == "E"
  H <- v$stype == "H"
  wide <- v$sch_wide == "Yes"
  design$variables <- data.frame(
    one = 1, y = v$api00, x = v$api99, s = v$api_stu, e = v$enroll,
    oneE = inside(1, E), yE = inside(v$api00, E), xE = inside(v$api99, E), sE = inside(v$api_stu, E),
    oneH = inside(1, H), yH = inside(v$api00, H), xH = inside(v$api99, H), eH = inside(v$enroll, H),
    oneEw = inside(1, E & wide), yEw = inside(v$api00, E & wide), w = inside(1, wide)
  )
  # a column that is missing somewhere has no total here
  known <- names(design$variables)[colSums(is.na(design$variables)) == 0]
  svytotal(reformulate(known), design)
}

expressions <- list(
  difference = quote(yE / oneE - yH / oneH),
  ratio_of_means = quote((yE / oneE) / (yH / oneH)),
  share_of_total = quote(sE / s),
  log_ratio = quote(log(y / x)),
  geometric = quote(sqrt((yE / oneE) * (yH / oneH))),
  change = quote(exp(yH / xH - yE / xE) - 1),
  power = quote((yH / xH)^3),
  odds = quote((w / one) / (1 - w / one)),
  within_both = quote(yEw / oneEw - y / one),
  mixed_quotient = quote(yE / oneH),
  difference_of_totals = quote(yE - yH)
)

line <- function(design, question, quantity, value) {
  paste(design, question, quantity, sprintf("%.17g", value), sep = ",")
}

lines <- character()
for (name in names(designs)) {
  totals <- totals_of(designs[[name]])
  known <- Filter(function(e) all(all.vars(e) %in% names(coef(totals))), expressions)
  # all at once: their covariances too
  joint <- svycontrast(totals, known)
  v <- vcov(joint)
  for (i in seq_along(known)) {
    lines <- c(lines, line(name, names(known)[i], "estimate", coef(joint)[[i]]), line(name, names(known)[i], "se", sqrt(v[i, i])))
    for (j in seq_len(i - 1)) lines <- c(lines, line(name, names(known)[i], paste0("cov:", names(known)[j]), v[i, j]))
  }
  # rows of a result: means by school type, then combined
  means <- svyby(~api00, ~stype, designs[[name]], svymean, covmat = TRUE)
  ratios <- svyby(~api00, ~stype, denominator = ~api99, designs[[name]], svyratio, covmat = TRUE)
  for (question in c("means", "ratios")) {
    result <- get(question)
    combined <- list(
      linear = svycontrast(result, c(0.5, -1, 0.5)),
      sum = svycontrast(result, c(1, 1, 1)),
      quotient = svycontrast(result, quote(E / H)),
      logarithm = svycontrast(result, quote(log(M) - 2 * log(H * E)))
    )
    for (part in names(combined)) {
      asked <- paste(question, part, sep = "_")
      lines <- c(lines, line(name, asked, "estimate", coef(combined[[part]])[[1]]),
                 line(name, asked, "se", SE(combined[[part]])[[1]]))
    }
  }
}

connection <- file(output, "wb")
writeLines(c(
  sprintf("# written by r_expressions.R: R %s.%s, survey %s", R.version$major, R.version$minor, packageVersion("survey")),
  "design,question,quantity,value",
  lines
), connection)
close(connection)
