# Expected values from R survey 4.1-1.
#
#   Rscript tests/reference/r_survey.R [OUTPUT]
#
# Reads designs.csv, queries.csv and ../data/*.csv beside this script and writes r_survey.csv (or OUTPUT). The formats
# are told in README.md. The same versions of R, survey and BLAS write the same bytes.
#
# Every figure comes from the user-level functions svymean, svytotal, svyratio, svyciprop and degf, asked of the subset
# of rows that holds one cell and one variable. Covariances between cells and between variables with different missing
# rows come from one call of svytotal or svyratio over the whole design, a domain being a variable that is 0 outside.
# The script stops where the two routes disagree about a variance.

suppressPackageStartupMessages(library(survey))
stopifnot(packageVersion("survey") == "4.1.1")
options(survey.ultimate.cluster = FALSE, survey.adjust.domain.lonely = FALSE, warn = 1)

here <- dirname(normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))))
output <- c(commandArgs(TRUE), file.path(here, "r_survey.csv"))[1]

read_table <- function(name) {
  read.csv(file.path(here, name), colClasses = "character", na.strings = character(), comment.char = "#")
}

fields <- function(text) strsplit(text, ";", fixed = TRUE)[[1]]
formula_of <- function(names) if (length(names) == 0) NULL else reformulate(names)

# Which rows meet a condition such as "stype==E&api00>=700"; a row that misses one of the columns doesn't.
meets <- function(data, condition) {
  keep <- rep(TRUE, nrow(data))
  for (part in strsplit(condition, "&", fixed = TRUE)[[1]]) {
    match <- regmatches(part, regexec("^(\\w+)(==|!=|>=|<=|>|<)(.+)$", part))[[1]]
    column <- data[[match[2]]]
    value <- if (is.numeric(column)) as.numeric(match[4]) else match[4]
    true <- do.call(match[3], list(column, value))
    keep <- keep & !is.na(true) & true
  }
  keep
}

declare <- function(declared, data) {
  options(survey.lonely.psu = if (declared$singleton == "") "fail" else declared$singleton)
  clusters <- fields(declared$clusters)
  fpc <- fields(declared$fpc)
  if (length(fpc) && length(fpc) < length(clusters)) {
    # this version wants an fpc for every stage: with replacement is an infinite population
    data$.infinite <- Inf
    fpc <- c(fpc, rep(".infinite", length(clusters) - length(fpc)))
  }
  svydesign(
    ids = if (length(clusters)) reformulate(clusters) else ~1,
    strata = formula_of(fields(declared$strata)),
    weights = formula_of(fields(declared$weights)),
    fpc = formula_of(unique(fpc)),
    data = data, nest = TRUE, check.strata = FALSE
  )
}

# One list per combination of the by columns that occurs: its label and its rows. Labels are in order of value.
cells_of <- function(data, by, rows) {
  if (length(by) == 0) return(list(list(label = "", rows = rows)))
  rows <- rows & complete.cases(data[by])
  combinations <- unique(data[rows, by, drop = FALSE])
  combinations <- combinations[do.call(order, c(unname(as.list(combinations)), method = "radix")), , drop = FALSE]
  lapply(seq_len(nrow(combinations)), function(i) {
    inside <- rows
    for (column in by) inside <- inside & data[[column]] %in% combinations[i, column]
    label <- paste(by, vapply(by, function(column) format(combinations[i, column]), ""), sep = "=", collapse = ";")
    list(label = label, rows = inside)
  })
}

# The columns asked about: numerator y, denominator x (ratios), name, and level (proportions).
columns_of <- function(query, data) {
  variables <- fields(query$variables)
  if (query$statistic == "ratio") {
    denominators <- fields(query$denominators)
    return(Map(function(y, x) list(name = paste(y, x, sep = "/"), y = data[[y]], x = data[[x]], level = ""),
               variables, denominators))
  }
  if (query$statistic != "proportion") {
    return(lapply(variables, function(v) list(name = v, y = data[[v]], x = NULL, level = "")))
  }
  values <- data[[variables]]
  lapply(sort(unique(values), method = "radix"), function(level) {
    list(name = variables, y = as.numeric(values == level), x = NULL, level = paste0("level=", format(level)))
  })
}

# The statistic of .y (and .x) in a design, with its design effect in attribute "deff".
statistic_of <- function(statistic, design, deff) {
  switch(statistic,
    mean = , proportion = svymean(~.y, design, deff = deff),
    total = svytotal(~.y, design, deff = deff),
    ratio = svyratio(~.y, ~.x, design, deff = deff)
  )
}

limits <- function(name, pair) {
  pair <- as.vector(pair)
  setNames(pair, paste(name, c("lower", "upper"), sep = "_"))
}

intervals <- function(statistic, design, result, level) {
  df <- degf(design)
  if (statistic != "proportion") return(limits("t", confint(result, df = df, level = level)))
  share <- function(method) {
    # NaN where a method has no answer (a share of 0 or 1, df of 0)
    tryCatch(suppressWarnings(attr(svyciprop(~.y, design, method = method, level = level, df = df), "ci")),
             error = function(e) c(NaN, NaN))
  }
  # xlogit: the delta method on the logit, exact; method "logit" is the same by an iterated fit
  c(limits("logit", share("xlogit")), limits("beta", share("beta")), limits("wald", share("mean")))
}

# All quantities of one column in one cell; those that are not finite, or rounding noise about 0, are left out.
quantities <- function(statistic, design, level) {
  result <- suppressWarnings(statistic_of(statistic, design, TRUE))
  replaced <- suppressWarnings(statistic_of(statistic, design, "replace"))
  w <- weights(design)
  estimate <- as.vector(coef(result))
  se <- as.vector(SE(result))
  values <- c(estimate = estimate, df = degf(design), n = sum(w != 0), N = sum(w))
  if (is.finite(se) && se > 1e-12 * abs(estimate)) {
    effects <- unlist(lapply(list(result, replaced), function(r) if (statistic == "ratio") attr(r, "deff") else deff(r)))
    # deff of noise is noise: an SRS variance of 0 gives Inf or NaN
    values <- c(values, se = se, deff_wor = effects[[1]], deff_wr = effects[[2]],
                suppressWarnings(intervals(statistic, design, result, level)))
  }
  values[is.finite(values)]
}

# Covariance matrix of all parts (column × cell) in one call over the whole design.
covariance <- function(statistic, design, parts) {
  zeroed <- function(part, name) ifelse(part$rows, if (is.null(part[[name]])) 1 else part[[name]], 0)
  y <- sapply(parts, zeroed, "y")
  if (statistic == "total") return(vcov(svytotal(y, design)))
  x <- sapply(parts, zeroed, "x")
  k <- length(parts)
  diagonal <- (seq_len(k) - 1) * k + seq_len(k)
  vcov_all <- if (k == 1) svyratio(y, x, design)$var else svyratio(y, x, design, covmat = TRUE)$vcov
  vcov_all[diagonal, diagonal, drop = FALSE]
}

line <- function(query, part, quantity, value, with = list(name = "", cell = "")) {
  paste(query, part$name, part$cell, quantity, with$name, with$cell, sprintf("%.17g", value), sep = ",")
}

answer <- function(query, declared, data) {
  if (query$missing == "listwise") {
    asked <- c(fields(query$variables), fields(query$denominators))
    data <- data[complete.cases(data[asked]), , drop = FALSE]
  }
  design <- declare(declared, data)
  inside <- if (query$where == "") rep(TRUE, nrow(data)) else meets(data, query$where)
  lines <- character()
  parts <- list()
  for (cell in cells_of(data, fields(query$by), inside)) {
    for (column in columns_of(query, data)) {
      present <- cell$rows & !is.na(column$y)
      if (!is.null(column$x)) present <- present & !is.na(column$x)
      if (!any(present)) next
      part <- list(name = column$name, y = column$y, x = column$x, rows = present,
                   cell = paste(c(cell$label, column$level)[c(cell$label, column$level) != ""], collapse = ";"))
      design$variables$.y <- column$y
      design$variables$.x <- column$x
      values <- quantities(query$statistic, subset(design, present), as.numeric(query$level))
      part$se <- values["se"]
      lines <- c(lines, vapply(names(values), function(q) line(query$query, part, q, values[[q]]), ""))
      parts <- c(parts, list(part))
    }
  }
  c(lines, if (query$covariance == "yes") covariance_lines(query, design, parts))
}

covariance_lines <- function(query, design, parts) {
  parts <- Filter(function(part) is.finite(part$se), parts)
  v <- covariance(query$statistic, design, parts)
  se <- vapply(parts, function(part) part$se, 0)
  stopifnot(abs(sqrt(diag(as.matrix(v))) / se - 1) < 1e-10)
  lines <- character()
  for (i in seq_along(parts)) for (j in seq_len(i - 1)) {
    # uncorrelated parts (different strata) leave rounding noise: not compared
    if (abs(v[i, j]) > 1e-12 * se[i] * se[j]) {
      lines <- c(lines, line(query$query, parts[[j]], "cov", v[i, j], with = parts[[i]]))
    }
  }
  lines
}

designs <- read_table("designs.csv")
queries <- read_table("queries.csv")
files <- new.env()
lines <- character()
for (i in which(queries$r == "yes")) {
  query <- as.list(queries[i, ])
  declared <- as.list(designs[designs$design == query$design, ])
  if (is.null(files[[declared$file]])) {
    files[[declared$file]] <- read.csv(file.path(here, "..", "data", declared$file), na.strings = "")
  }
  data <- files[[declared$file]]
  if (declared$drop != "") data <- data[!meets(data, declared$drop), , drop = FALSE]
  lines <- c(lines, answer(query, declared, data))
}

connection <- file(output, "wb")
writeLines(c(
  sprintf("# written by r_survey.R: R %s.%s, survey %s", R.version$major, R.version$minor, packageVersion("survey")),
  "query,variable,cell,quantity,with_variable,with_cell,value",
  lines
), connection)
close(connection)
