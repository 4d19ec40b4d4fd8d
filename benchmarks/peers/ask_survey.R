# R survey's side: Rscript ask_survey.R FOLDER LINE [COLUMN,…]
#
# Plain data frames, integers as they are, the user-level functions with their defaults (no design effects).
# The words it says are those of asked.py.

suppressPackageStartupMessages(library(survey))
arguments <- commandArgs(TRUE)
folder <- arguments[1]
line <- arguments[2]
wanted <- if (length(arguments) > 2) strsplit(arguments[3], ",")[[1]]
input <- file("stdin", "r")

read_survey <- function() {
  files <- list.files(folder, pattern = "\\.(f8|i4)$")
  if (length(wanted)) files <- files[sub("\\..*$", "", files) %in% wanted]
  rows <- scan(file.path(folder, "rows"), quiet = TRUE)[1]
  columns <- lapply(file.path(folder, files), function(path) {
    readBin(path, if (grepl("f8$", path)) "double" else "integer", n = rows, endian = "little")
  })
  names(columns) <- sub("\\..*$", "", files)
  factors <- intersect(c("cell", if (line %in% c("chi-square", "logistic", "linear")) c("g20", "g5")), names(columns))
  columns[factors] <- lapply(columns[factors], factor)
  as.data.frame(columns)
}

kilobytes <- function(field) {
  status <- readLines("/proc/self/status")
  as.numeric(gsub("[^0-9]", "", grep(paste0("^", field), status, value = TRUE)))
}

seconds_of <- function(call) {
  start <- Sys.time()
  result <- call()
  list(result = result, seconds = as.numeric(difftime(Sys.time(), start, units = "secs")))
}

numbers <- function(values) paste(sprintf("%.17g", values), collapse = ",")

warm_calls <- function(call, most) {
  seconds <- numeric()
  repeat {
    seconds <- c(seconds, seconds_of(call)$seconds)
    if (median(seconds) > 10 || length(seconds) >= most) break
    if (length(seconds) >= 5 && sum(seconds) > 1) break
    if (length(seconds) >= 3 && sum(seconds) > 6) break
  }
  seconds
}

run <- function(call, answer_of) {
  invisible(gc())
  cat("5", file = "/proc/self/clear_refs")
  before <- kilobytes("VmRSS")
  first <- seconds_of(call)
  most <- kilobytes("VmHWM")
  invisible(gc())
  memory <- 1024 * pmax(0, most - c(before, max(before, kilobytes("VmRSS"))))
  answer <- answer_of(first$result)
  cat(sprintf(
    "@answer\t%.17g\t%.0f\t%.0f\t%s\t%s\n",
    first$seconds, memory[1], memory[2], numbers(answer[[1]]), numbers(answer[[2]])
  ))
  flush(stdout())
  rm(first, answer)
  invisible(gc())
  word <- readLines(input, n = 1)
  if (word %in% c("go", "once")) cat(sprintf("@warm\t%s\n", numbers(warm_calls(call, if (word == "go") 101 else 1))))
}

estimates <- function(result) list(as.vector(coef(result)), as.vector(SE(result)))

data <- read_survey()
declare <- function() svydesign(ids = ~unit, strata = ~stratum, weights = ~w, data = data)
if (startsWith(line, "replicates")) {
  columns <- paste0("rw", 1:80)
  design <- svrepdesign(
    variables = data[setdiff(names(data), columns)], repweights = as.matrix(data[columns]), weights = data$w,
    type = "bootstrap", combined.weights = TRUE, scale = 1 / 79, rscales = rep(1, 80), degf = 79
  )
} else if (line != "design") {
  design <- declare()
}

grouped <- function(group) run(function() svyby(~y1, reformulate(group), design, svymean), estimates)

switch(line,
  "design" = run(declare, function(design) estimates(svymean(~y1, design))),
  "mean" = run(function() svymean(~y1, design), estimates),
  "8 means" = run(function() svymean(~ y1 + y2 + y3 + y4 + y5 + y6 + y7 + y8, design), estimates),
  "by 20" = grouped("g20"),
  "by 100" = grouped("g100"),
  "by 1000" = grouped("g1000"),
  "total" = run(function() svytotal(~y1, design), estimates),
  "ratio" = run(function() svyratio(~y1, ~x, design), estimates),
  # A share is the mean of ones and zeros; a factor would cost more.
  "proportion" = run(function() svymean(~yes, design), estimates),
  "cells" = run(function() svymean(~cell, design), estimates),
  "domain" = run(function() svymean(~y1, subset(design, inside == 1)), estimates),
  "replicates: mean" = run(function() svymean(~y1, design), estimates),
  "replicates: by 20" = grouped("g20"),
  # Each replicate's own median; the standard error is half the interval's width over t.
  "replicates: median" = run(function() svyquantile(~y1, design, 0.5, interval.type = "quantile"), estimates),
  "3 quantiles" = run(function() svyquantile(~y1, design, c(0.25, 0.5, 0.75)), estimates),
  "chi-square" = run(
    function() svychisq(~ g20 + g5, design),
    function(test) list(c(test$statistic, test$parameter, test$p.value), numeric())
  ),
  "logistic" = run(function() svyglm(smokes ~ x + y1 + g5, design, family = quasibinomial()), estimates),
  "linear" = run(function() svyglm(y2 ~ x + y1 + g5, design), estimates),
  "make 80 bootstrap" = {
    set.seed(1)
    run(
      function() as.svrepdesign(design, type = "subbootstrap", replicates = 80),
      function(design) list(numeric(), as.vector(SE(svymean(~y1, design))))
    )
  },
  "rake" = {
    margins <- read.delim(file.path(folder, "margins"), header = FALSE, col.names = c("name", "level", "total"))
    tables <- lapply(split(margins, margins$name), function(margin) {
      setNames(data.frame(margin$level, margin$total), c(margin$name[1], "Freq"))
    })
    run(
      function() rake(design, lapply(names(tables), reformulate), unname(tables),
                      control = list(maxit = 100, epsilon = 1e-10)),
      function(raked) list(weights(raked)[1:1000], numeric())
    )
  },
  stop("no such line: ", line)
)
