# Expected values from R survey 4.1-1 for cross-tabs.
#
#   Rscript tests/reference/r_crosstabs.R [TABLE]
#
# Reads ../data/apiclus1.csv, apiclus2.csv and apistrat.csv beside this script, and writes r_crosstabs.csv beside it: counts
# and shares of cells (svytotal, svymean, svyby), tests (svychisq), and functions of cells (svycontrast). The same versions of
# R and survey write the same bytes.
#
# Not asked for: statistic = "lincom", which falls back to the saddlepoint here, as a package is missing; tables with an empty
# cell, where the design effects of svychisq aren't those of a simple random sample for one (it leaves the cell out of D but
# not out of the contrasts); calibrated designs in a domain, where svychisq scales to all rows of the file.

suppressPackageStartupMessages(library(survey))
stopifnot(packageVersion("survey") == "4.1.1")
options(warn = 1)

here <- dirname(normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))))
given <- commandArgs(TRUE)
output <- if (length(given) == 1) given else file.path(here, "r_crosstabs.csv")
number <- function(x) sprintf("%.17g", x)

read <- function(name) {
  rows <- read.csv(file.path(here, "..", "data", name))
  rows$band <- 1 + (rows$api00 > 600) + (rows$api00 > 700)
  rows
}
clusters <- read("apiclus1.csv")
two_stage <- read("apiclus2.csv")
strata <- read("apistrat.csv")

clus1 <- svydesign(ids = ~dnum, weights = ~pw, data = clusters, fpc = ~fpc)
population <- data.frame(stype = c("E", "H", "M"), Freq = c(4421, 755, 1018))
mse <- as.svrepdesign(clus1, type = "JK1")
mse$mse <- TRUE
designs <- list(
  clus1 = clus1,
  clus2 = svydesign(ids = ~dnum + snum, fpc = ~fpc1 + fpc2, data = two_stage),
  strat = svydesign(ids = ~1, strata = ~stype, weights = ~pw, data = strata, fpc = ~fpc),
  domain = subset(clus1, api99 > 550),
  post = postStratify(clus1, ~stype, population),
  jk1 = as.svrepdesign(clus1, type = "JK1"),
  jk1_mse = mse
)
tables <- list(c("sch_wide", "stype"), c("awards", "comp_imp"), c("sch_wide", "comp_imp"), c("band", "sch_wide"), c("band", "stype"))

answers <- file(output, "w", encoding = "UTF-8")
writeLines(c(paste0("# written by r_crosstabs.R: R ", getRversion(), ", survey ", packageVersion("survey")),
             "design,rows,columns,quantity,row,column,value"), answers)

for (name in names(designs)) {
  design <- designs[[name]]
  for (pair in tables) {
    rows <- factor(design$variables[[pair[1]]])
    columns <- factor(design$variables[[pair[2]]])
    if (any(table(rows, columns) == 0)) next
    put <- function(quantity, row, column, value) {
      writeLines(paste(name, pair[1], pair[2], quantity, row, column, number(value), sep = ","), answers)
    }
    asked <- update(design, r = rows, k = columns)
    replicated <- inherits(asked, "svyrep.design")

    counts <- if (replicated) svytotal(~interaction(r, k), asked, return.replicates = TRUE) else svytotal(~interaction(r, k), asked)
    shares <- svymean(~interaction(r, k), asked)
    cells <- expand.grid(row = levels(rows), column = levels(columns))
    put("count", cells$row, cells$column, coef(counts))
    put("count se", cells$row, cells$column, SE(counts))
    put("share", cells$row, cells$column, coef(shares))
    put("share se", cells$row, cells$column, SE(shares))
    # What doesn't vary has rounding noise for a standard error in R.
    noisy <- function(errors) ifelse(errors < 1e-10, 0, errors)
    of_rows <- svyby(~k, ~r, asked, svymean)
    put("row share", cells$row, cells$column, coef(of_rows))
    put("row share se", cells$row, cells$column, noisy(unlist(SE(of_rows))))
    of_columns <- svyby(~r, ~k, asked, svymean)
    turned <- expand.grid(column = levels(columns), row = levels(rows))
    put("column share", turned$row, turned$column, coef(of_columns))
    put("column share se", turned$row, turned$column, noisy(unlist(SE(of_columns))))

    for (test in c("F", "Chisq", "Wald", "adjWald", "saddlepoint")) {
      found <- svychisq(~r + k, asked, statistic = test)
      put(paste(test, "p"), "", "", found$p.value)
      if (test == "saddlepoint") next
      put(paste(test, "statistic"), "", "", found$statistic)
      put(paste(test, "df"), seq_along(found$parameter), "", found$parameter)
    }

    # Functions of cells; a trend over the places of the levels.
    names_of_cells <- paste0("c", seq_len(nrow(cells)))
    if (replicated) {
      names(counts[[1]]) <- names_of_cells
      colnames(counts$replicates) <- names_of_cells
    } else {
      names(counts) <- names_of_cells
    }
    cell <- matrix(paste0("c", seq_len(nrow(cells))), nrow = nlevels(rows))
    all <- paste0("(", paste(cell, collapse = "+"), ")")
    u <- seq_len(nlevels(rows))
    v <- seq_len(nlevels(columns))
    weighted <- function(w) paste0("(", paste(paste0(w, "*", cell), collapse = "+"), ")")
    trend <- paste0(weighted(outer(u, v)), "-", weighted(u[row(cell)]), "*", weighted(v[col(cell)]), "/", all)
    odds <- paste0("log(", cell[1, 1], "*", cell[2, 2], "/(", cell[1, 2], "*", cell[2, 1], "))")
    risk <- function(i) paste0(cell[i, 1], "/(", cell[i, 1], "+", cell[i, 2], ")")
    functions <- c(trend = trend, "odds ratio" = odds,
                   "risk ratio" = paste0("log(", risk(1), "/(", risk(2), "))"),
                   "risk difference" = paste0(risk(1), "-", risk(2)))
    for (what in names(functions)) {
      found <- svycontrast(counts, list(f = parse(text = functions[[what]])[[1]]))
      put(what, "", "", coef(found))
      put(paste(what, "se"), "", "", SE(found))
    }
  }
}
close(answers)
