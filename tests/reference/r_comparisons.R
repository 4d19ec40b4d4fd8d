# t-tests, contrasts of domains, and pooled imputations by R survey 4.1-1 and by R's own p.adjust.
#
#   Rscript r_comparisons.R [r_comparisons.csv]
suppressMessages(library(survey))
options(digits = 17, survey.replicates.mse = TRUE)
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
out <- commandArgs(TRUE)
out <- if (length(out)) out[1] else file.path(here, "r_comparisons.csv")
table <- function(name) read.csv(file.path(here, "..", "data", name), na.strings = "")
lines <- "case,quantity,value"
add <- function(case, ...) {
  v <- c(...)
  lines <<- c(lines, sprintf("%s,%s,%.17g", case, names(v), v))
}
test <- function(case, x) add(case,
  estimate = x$estimate[[1]], statistic = x$statistic[[1]], df = x$parameter[[1]], p = x$p.value[[1]])

clus1 <- table("apiclus1.csv")
clus2 <- table("apiclus2.csv")
strat <- table("apistrat.csv")
one <- svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = clus1)
two <- svydesign(id = ~dnum + snum, fpc = ~fpc1 + fpc2, data = clus2)
str <- svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = strat)
jack <- as.svrepdesign(svydesign(id = ~dnum, weights = ~pw, data = clus1), type = "JK1")

test("one-sample", svyttest(I(api00 - 600) ~ 0, one))
test("two-sample clus1", svyttest(api00 ~ comp_imp, one))
test("two-sample clus2", svyttest(enroll ~ comp_imp, two))
test("two-sample strat", svyttest(api00 ~ sch_wide, str))
test("two-sample jackknife", svyttest(api00 ~ comp_imp, jack))
test("paired", svyttest(I(api00 - api99) ~ 0, one))
test("domain", svyttest(api00 ~ comp_imp, subset(str, stype != "H")))

# All pairs of three domains, and whether they are equal.
means <- svyby(~api00, ~stype, one, svymean, covmat = TRUE)
pairs <- list(c("E", "H"), c("E", "M"), c("H", "M"))
p <- c()
for (pair in pairs) {
  w <- setNames(c(-1, 1), pair)
  d <- svycontrast(means, w)
  t <- coef(d)[[1]] / SE(d)[[1]]
  p <- c(p, 2 * pt(-abs(t), degf(one)))
  add(paste0("pair ", pair[1], pair[2]), estimate = coef(d)[[1]], se = SE(d)[[1]], statistic = t, p = tail(p, 1))
}
for (method in c("holm", "bonferroni", "BH")) {
  q <- p.adjust(p, method)
  add(paste("pairs", tolower(method)), EH = q[1], EM = q[2], HM = q[3])
}
L <- rbind(c(-1, 1, 0), c(-1, 0, 1))
b <- L %*% coef(means)
W <- drop(t(b) %*% solve(L %*% vcov(means) %*% t(L), b))
nu <- degf(one)
add("equality wald", statistic = W / 2, df1 = 2, df2 = nu, p = pf(W / 2, 2, nu, lower.tail = FALSE))
F <- W * (nu - 1) / (2 * nu)
add("equality adjusted", statistic = F, df1 = 2, df2 = nu - 1, p = pf(F, 2, nu - 1, lower.tail = FALSE))

# Three "imputations": the scores of 1999 moved by a fixed pattern where the school is a high school.
theta <- u <- c()
for (m in 1:3) {
  moved <- clus1$api00 + ifelse(clus1$stype == "H", 90 * m - 180 + (seq_len(nrow(clus1)) * m) %% 5, 0)
  d <- update(one, moved = moved)
  e <- svymean(~moved, d)
  theta <- c(theta, coef(e)[[1]])
  u <- c(u, SE(e)[[1]]^2)
}
B <- var(theta)
V <- mean(u) + (1 + 1 / 3) * B
gamma <- (1 + 1 / 3) * B / V
old <- 2 / gamma^2
obs <- (14 + 1) / (14 + 3) * 14 * (1 - gamma)
add("pooled", estimate = mean(theta), se = sqrt(V), rubin = old, barnard = 1 / (1 / old + 1 / obs))
writeLines(lines, out)
