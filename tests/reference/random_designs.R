# What R survey 4.1-1 answers about the designs of random_designs.csv.
#
#   Rscript tests/reference/random_designs.R [OUTPUT]
#
# Reads random_designs.csv and random_rows.csv beside this script and writes random_answers.csv (or OUTPUT). The formats
# are told in README.md. Every figure is of the subset of rows of one cell in which the variable is present.

suppressPackageStartupMessages(library(survey))
stopifnot(packageVersion("survey") == "4.1.1")
options(survey.ultimate.cluster = FALSE, survey.adjust.domain.lonely = FALSE, warn = 1)

here <- dirname(normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))))
output <- c(commandArgs(TRUE), file.path(here, "random_answers.csv"))[1]

cases <- read.csv(file.path(here, "random_designs.csv"), colClasses = "character", na.strings = character())
rows <- split(read.csv(file.path(here, "random_rows.csv")), read.csv(file.path(here, "random_rows.csv"))$case)

fields <- function(text) strsplit(paste0(text, ";"), ";", fixed = TRUE)[[1]]
formula_of <- function(names) if (length(names) == 0) NULL else reformulate(names)

declare <- function(case, data) {
  options(survey.lonely.psu = if (case$singleton == "") "fail" else case$singleton)
  fpc <- if (case$fpc == "") character() else fields(case$fpc)
  # This version wants a population for every stage, sizes or fractions: with replacement is infinite, or 0.
  given <- unlist(data[fpc[fpc != ""]])
  data$.infinite <- if (length(given) && all(given <= 1)) 0 else Inf
  fpc[fpc == ""] <- ".infinite"
  # terms of a formula are each named once
  columns <- paste0(".fpc", seq_along(fpc))
  data[columns] <- data[fpc]
  svydesign(
    ids = reformulate(fields(case$clusters)),
    strata = if (case$strata == "") NULL else reformulate(fields(case$strata)),
    fpc = if (length(fpc)) reformulate(columns) else NULL,
    weights = ~w, data = data, nest = TRUE, check.strata = FALSE
  )
}

statistic_of <- function(statistic, design, deff) {
  switch(statistic,
    mean = , proportion = svymean(~.y, design, deff = deff),
    total = svytotal(~.y, design, deff = deff),
    ratio = svyratio(~.y, ~.x, design, deff = deff)
  )
}

figure <- function(value) if (length(value) == 1 && is.finite(value)) sprintf("%.15g", value) else ""

answer <- function(case, statistic, level, cell, design, present) {
  design <- subset(design, present)
  w <- weights(design)
  if (!any(w > 0)) return(NULL)
  result <- suppressWarnings(statistic_of(statistic, design, TRUE))
  replaced <- suppressWarnings(statistic_of(statistic, design, "replace"))
  estimate <- as.vector(coef(result))
  if (!is.finite(estimate)) return(NULL)
  se <- as.vector(SE(result))
  # A standard error of 0 comes out as rounding noise; no figure then.
  noise <- !is.finite(se) || se <= 1e-10 * max(abs(estimate), 1)
  effects <- unlist(lapply(list(replaced, result), function(r) if (statistic == "ratio") attr(r, "deff") else deff(r)))
  if (noise) se <- effects <- c(NA, NA)
  # Weights that add up to less than the rows, a base of one row, or of one value: there is no simple random sample to
  # compare with.
  effects[!is.na(effects) & (effects <= 0 | effects > 1e12)] <- NA
  paste(case$case, statistic, level, cell, sum(w != 0), figure(estimate), figure(se[1]), degf(design),
        figure(effects[1]), figure(effects[2]), sep = ",")
}

answers <- function(case) {
  data <- rows[[case$case]]
  design <- declare(case, data)
  inside <- if (case$where == "") rep(TRUE, nrow(data)) else data$d %in% 1
  cells <- if (case$by == "") list(all = inside) else {
    lapply(split(seq_len(nrow(data)), data$g), function(own) inside & seq_len(nrow(data)) %in% own)
  }
  lines <- character()
  for (cell in names(cells)) {
    for (asked in c("mean", "total", "ratio", paste("proportion", sort(unique(data$p))))) {
      statistic <- sub(" .*", "", asked)
      level <- sub("^\\w+ ?", "", asked)
      values <- if (statistic == "proportion") as.numeric(data$p == as.numeric(level)) else data$y
      design$variables$.y <- values
      design$variables$.x <- data$x
      present <- cells[[cell]] & !is.na(values) & (statistic != "ratio" | !is.na(data$x))
      if (any(present)) {
        lines <- c(lines, answer(case, statistic, level, if (case$by == "") "" else cell, design, present))
      }
    }
  }
  lines
}

lines <- unlist(lapply(seq_len(nrow(cases)), function(i) answers(as.list(cases[i, ]))))
connection <- file(output, "wb")
writeLines(c(
  sprintf("# written by random_designs.R: R %s.%s, survey %s", R.version$major, R.version$minor, packageVersion("survey")),
  "case,statistic,level,cell,n,estimate,se,df,deff_wr,deff_wor",
  lines
), connection)
close(connection)
