"""Our side: ``python ask_irosurvey.py FOLDER LINE``.

A polars frame, as svy has; every question through the public Python interface. What peers aren't
asked isn't asked here either: no design effects, no covariances between estimates.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import polars as pl
from asked import Answer, run
from survey_data import MEANS, REPLICATES, columns_of, read, read_margins

import irosurvey

folder, line = Path(sys.argv[1]), sys.argv[2]
frame = pl.DataFrame(read(folder, columns_of(line))).with_columns(pl.col("^inside$") == 1)
PLAIN: dict[str, Any] = {"deff": None, "covariance": False}


def declare() -> irosurvey.Design:
    return irosurvey.Design(frame, weights="w", strata="stratum", clusters="unit")


def declare_replicated() -> irosurvey.Design:
    replicates = irosurvey.Replicates(
        "bootstrap", "rw*", centre="replicate-mean", df=REPLICATES - 1
    )
    return irosurvey.Design(frame, weights="w", replicates=replicates)


def answer_of(estimate: irosurvey.Estimate) -> Answer:
    return estimate.estimate, estimate.se


def test_of(test: irosurvey.TestResult) -> Answer:
    return [test.statistic, test.df1, test.df2, test.p], []


def bootstrapped(replicated: irosurvey.Design) -> Answer:
    return [], replicated.mean("y1", **PLAIN).se


def raked(calibrated: irosurvey.Design) -> Answer:
    return calibrated.weights[:1000], []


if line == "design":
    run(declare, lambda design: answer_of(design.mean("y1", **PLAIN)))
    sys.exit()

design = declare_replicated() if line.startswith("replicates") else declare()
match line:
    case "mean" | "replicates: mean":
        run(lambda: design.mean("y1", **PLAIN), answer_of)
    case "8 means":
        run(lambda: design.mean(MEANS, **PLAIN), answer_of)
    case "by 20" | "by 100" | "by 1000" | "replicates: by 20":
        group = "g" + line.split()[-1]
        run(lambda: design.mean("y1", by=group, **PLAIN), answer_of)
    case "total":
        run(lambda: design.total("y1", **PLAIN), answer_of)
    case "ratio":
        run(lambda: design.ratio("y1", "x", **PLAIN), answer_of)
    case "proportion":
        run(lambda: design.proportion("yes", 1, **PLAIN), answer_of)
    case "cells":
        run(lambda: design.proportion("cell", **PLAIN), answer_of)
    case "cells, covariances":
        run(lambda: design.proportion("cell", deff=None, covariance=True), answer_of)
    case "domain":
        run(lambda: design.mean("y1", where="inside", **PLAIN), answer_of)
    case "3 quantiles":
        run(lambda: design.quantile("y1", (0.25, 0.5, 0.75), **PLAIN), answer_of)
    case "chi-square":
        run(lambda: design.crosstab("g20", "g5").test("rao-scott-f"), test_of)
    case "logistic" | "linear":
        response, family = ("smokes", "binomial") if line == "logistic" else ("y2", "gaussian")
        formula = f"{response} ~ x + y1 + C(g5)"
        run(lambda: design.regression(formula, family), answer_of)
    case "replicates: median":
        run(lambda: design.quantile("y1", 0.5, ci="replicate", **PLAIN), answer_of)
    case "make 80 bootstrap":
        run(
            lambda: design.with_replicates("bootstrap", replicates=REPLICATES, seed=1),
            bootstrapped,
        )
    case "rake":
        margins = read_margins(folder)
        run(lambda: design.calibrate("rake", margins, tolerance=1e-10), raked)
    case _:
        raise SystemExit(f"no such line: {line}")
