# Expected Cochran-Mantel-Haenszel tests from R survey 4.1-1, and from R's own test of unweighted tables.
#
#   Rscript tests/reference/r_cmh.R [ANSWERS]
#
# Reads ../data/apiclus1.csv and ../data/apistrat.csv beside this script and writes r_cmh.csv. survey has no such test. It has
# the totals of the cells with their covariance (svytotal) and derivatives of functions of them (svycontrast, by R's symbolic
# differentiation): sums over the layers of cells less what independence expects, and from them Wald's statistic. Of a design
# with replicates the covariance of the totals is the replicates', as in svychisq. "hypergeometric" are the three tests of
# mantelhaen.test: of a simple random sample, their variance is that of the hypothesis. The same versions of R and survey write
# the same bytes.

suppressPackageStartupMessages(library(survey))
stopifnot(packageVersion("survey") == "4.1.1")

here <- dirname(normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))))
given <- commandArgs(TRUE)
output <- if (length(given) == 1) given else file.path(here, "r_cmh.csv")
number <- function(x) sprintf("%.17g", x)

data_of <- function(name) {
  rows <- read.csv(file.path(here, "..", "data", name))
  rows$band <- 1 + (rows$api00 > 600) + (rows$api00 > 700)
  rows
}
clusters <- svydesign(ids = ~dnum, weights = ~pw, data = data_of("apiclus1.csv"), fpc = ~fpc)
designs <- list(
  clus1 = clusters,
  strat = svydesign(ids = ~1, strata = ~stype, weights = ~pw, data = data_of("apistrat.csv"), fpc = ~fpc),
  jk1 = as.svrepdesign(clusters, type = "JK1", mse = TRUE),
  domain = subset(clusters, api99 > 550))
# Rows, columns, layers; the scores of rows and columns are their places.
tables <- list(c("band", "stype", "comp_imp"), c("sch_wide", "comp_imp", "stype"), c("band", "awards", "yr_rnd"))

out <- file(output, "w", encoding = "UTF-8")
writeLines(c(paste0("# written by r_cmh.R: R ", getRversion(), ", survey ", packageVersion("survey")),
             "design,rows,columns,layers,alternative,df1,df2,adjusted,adjusted_p,wald,wald_p"), out)

for (name in names(designs)) for (table in tables) {
  design <- designs[[name]]
  design <- update(design, r = factor(get(table[1])), k = factor(get(table[2])), l = factor(get(table[3])))
  counts <- svytotal(~interaction(r, k, l), design)
  sizes <- sapply(c("r", "k", "l"), function(one) nlevels(model.frame(design)[[one]]))
  cell <- array(paste0("c", seq_len(prod(sizes))), sizes)
  totals <- structure(as.numeric(coef(counts)), names = paste0("c", seq_along(coef(counts))),
                      var = as.matrix(vcov(counts)), statistic = "total", class = "svystat")
  # An empty layer, or one that nobody is in, has nothing to expect.
  plus <- function(cells) paste0("(", paste(cells, collapse = "+"), ")")
  departure <- function(i, j) {
    paste(sapply(seq_len(sizes[3]), function(h) {
      paste0("(", cell[i, j, h], "-", plus(cell[i, , h]), "*", plus(cell[, j, h]), "/", plus(cell[, , h]), ")")
    }), collapse = "+")
  }
  scored <- function(i, u) {
    paste(sapply(seq_len(sizes[2]), function(j) paste0(u * j, "*(", departure(i, j), ")")), collapse = "+")
  }
  general <- c(outer(seq_len(sizes[1] - 1), seq_len(sizes[2] - 1), Vectorize(departure)))
  means <- sapply(seq_len(sizes[1] - 1), scored, u = 1)
  trend <- paste(sapply(seq_len(sizes[1]), function(i) scored(i, i)), collapse = "+")
  asked <- list(general = general, "mean-score" = means, correlation = trend)
  for (alternative in names(asked)) {
    functions <- lapply(asked[[alternative]], function(text) parse(text = text)[[1]])
    names(functions) <- paste0("f", seq_along(functions))
    found <- svycontrast(totals, functions)
    y <- coef(found)
    a <- length(y)
    nu <- degf(design)
    w <- drop(y %*% solve(as.matrix(vcov(found)), y))
    adjusted <- w * (nu - a + 1) / (a * nu)
    writeLines(paste(name, table[1], table[2], table[3], alternative, a, nu - a + 1, number(adjusted),
                     number(pf(adjusted, a, nu - a + 1, lower.tail = FALSE)), number(w / a),
                     number(pf(w / a, a, nu, lower.tail = FALSE)), sep = ","), out)
  }
}

# Unweighted tables that are nearly independent in each layer: the statistic of the hypothesis' own variance.
near <- array(c(2510, 2490, 2485, 2515, 4025, 1990, 1990, 1010), c(2, 2, 2))
found <- mantelhaen.test(near, correct = FALSE)
writeLines(paste("hypergeometric", "a", "b", "h", "correlation", found$parameter, "Inf", number(found$statistic),
                 number(found$p.value), number(found$statistic), number(found$p.value), sep = ","), out)
close(out)
