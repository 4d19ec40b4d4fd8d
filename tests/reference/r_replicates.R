# Expected values from R survey 4.1-1 for replicate weights.
#
#   Rscript tests/reference/r_replicates.R [FACTORS ANSWERS]
#
# Reads ../data/apiclus1.csv and ../data/apistrat.csv beside this script, makes replicates in every way that this version of
# survey knows, and writes two tables beside it: r_replicate_factors.csv, the factors by cluster, and r_replicates.csv, what
# svymean, svytotal, svyratio, svyby and degf answer with them. The formats are told in README.md. The same versions of R and
# survey write the same bytes.

suppressPackageStartupMessages(library(survey))
stopifnot(packageVersion("survey") == "4.1.1")
options(warn = 1)

here <- dirname(normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))))
given <- commandArgs(TRUE)
output <- if (length(given) == 2) given else file.path(here, c("r_replicate_factors.csv", "r_replicates.csv"))

clusters <- read.csv(file.path(here, "..", "data", "apiclus1.csv"))
strata <- read.csv(file.path(here, "..", "data", "apistrat.csv"))
number <- function(x) sprintf("%.17g", x)

# Two clusters a stratum: the first 14 clusters by number, paired in their order.
kept <- sort(unique(clusters$dnum))[1:14]
pairs <- clusters[clusters$dnum %in% kept, ]
pairs$pair <- (match(pairs$dnum, kept) + 1) %/% 2

one_stage <- svydesign(ids = ~dnum, weights = ~pw, data = clusters, fpc = ~fpc)
unlimited <- svydesign(ids = ~dnum, weights = ~pw, data = clusters)
paired <- svydesign(ids = ~dnum, strata = ~pair, weights = ~pw, data = pairs)
schools <- svydesign(ids = ~1, strata = ~stype, weights = ~pw, data = strata, fpc = ~fpc)

set.seed(20220229)
made <- list(
  jk1 = as.svrepdesign(one_stage, type = "JK1"),
  canty_davison = as.svrepdesign(unlimited, type = "bootstrap", replicates = 20),
  rao_wu = as.svrepdesign(unlimited, type = "subbootstrap", replicates = 20),
  brr = as.svrepdesign(paired, type = "BRR"),
  fay = as.svrepdesign(paired, type = "Fay", fay.rho = 0.3),
  jkn = as.svrepdesign(paired, type = "JKn"),
  schools_jkn = as.svrepdesign(schools, type = "JKn")
)

factors <- file(output[1], "w", encoding = "UTF-8")
writeLines(c(paste0("# written by r_replicates.R: R ", getRversion(), ", survey ", packageVersion("survey")),
             "design,dnum,replicate,factor,scale,rscale"), factors)
for (name in setdiff(names(made), "schools_jkn")) {
  design <- made[[name]]
  by_row <- weights(design, type = "analysis") / weights(design, type = "sampling")
  for (cluster in sort(unique(design$variables$dnum))) {
    row <- match(cluster, design$variables$dnum)
    for (r in seq_len(ncol(by_row))) {
      rscale <- if (length(design$rscales) == 1) design$rscales else design$rscales[r]
      writeLines(paste(name, cluster, r, number(by_row[row, r]), number(design$scale), number(rscale), sep = ","), factors)
    }
  }
}
close(factors)

answers <- file(output[2], "w", encoding = "UTF-8")
writeLines(c(paste0("# written by r_replicates.R: R ", getRversion(), ", survey ", packageVersion("survey")),
             "design,centre,statistic,variable,cell,estimate,se,df"), answers)
for (name in names(made)) {
  for (mse in c(TRUE, FALSE)) {
    design <- made[[name]]
    design$mse <- mse
    centre <- if (mse) "estimate" else "replicate-mean"
    df <- degf(design)
    put <- function(statistic, variable, cell, estimate, se) {
      writeLines(paste(name, centre, statistic, variable, cell, number(estimate), number(se), df, sep = ","), answers)
    }
    mean_api <- svymean(~api00, design)
    put("mean", "api00", "", coef(mean_api), SE(mean_api))
    total <- svytotal(~enroll, design)
    put("total", "enroll", "", coef(total), SE(total))
    ratio <- svyratio(~api00, ~api99, design)
    put("ratio", "api00/api99", "", coef(ratio), SE(ratio))
    shares <- svymean(~stype, design)
    put("proportion", "stype", paste0("level=", sub("stype", "", names(coef(shares)))), coef(shares), SE(shares))
    groups <- svyby(~api00, ~awards, design, svymean)
    put("mean", "api00", paste0("awards=", groups$awards), coef(groups), SE(groups))
  }
}
close(answers)
