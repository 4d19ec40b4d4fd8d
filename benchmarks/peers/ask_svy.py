"""svy's side: ``python ask_svy.py FOLDER LINE``, in the environment that svy is installed in.

As its guide and its docstrings say is fast: a polars frame, design columns as integers (it codes
them once and keeps the codes), lists of variables in one call, no design effects, no columns beyond
those that the line uses.
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl
import svy
from asked import Answer, run
from survey_data import MEANS, REPLICATES, columns_of, read, read_margins

folder, line = Path(sys.argv[1]), sys.argv[2]
frame = pl.DataFrame(read(folder, columns_of(line)))
DESIGN = svy.Design(stratum="stratum", psu="unit", wgt="w")
# svy's own scale is 1/R and its centre the mean of the replicates.
REPLICATED = svy.Design(
    wgt="w",
    rep_wgts=svy.BootstrapWgts(
        prefix="rw", n_reps=REPLICATES, scale=1.0 / (REPLICATES - 1), df=REPLICATES - 1
    ),
)


def table(result, keys=()) -> Answer:
    rows = result.to_polars()
    if keys:
        rows = rows.sort(list(keys))
    return rows["est"].to_list(), rows["se"].to_list()


def tables(results) -> Answer:
    rows = [result.to_polars() for result in results]
    return [r["est"][0] for r in rows], [r["se"][0] for r in rows]


def share_of_ones(result) -> Answer:
    rows = result.to_polars().filter(pl.col("yes") == 1)
    return rows["est"].to_list(), rows["se"].to_list()


def by(group):
    return lambda result: table(result, [group])


def test_of(result) -> Answer:
    test = result.stats.f
    return [test.value, test.df_num, test.df_den, test.p_value], []


def coefficients(model) -> Answer:
    rows = model.to_polars()
    return rows["estimate"].to_list(), rows["std_err"].to_list()


def raked_weights(sample) -> Answer:
    return sample.data["raked"].to_numpy()[:1000], []


def bootstrapped(sample) -> Answer:
    """The standard error of a mean: drawn, so it agrees with others' only roughly."""
    return [], [table(sample.estimation.mean("y1", method="replication"))[1][0]]


if line == "design":
    # svy codes strata and units at the first estimate: that is in the other lines' first calls.
    run(lambda: svy.Sample(frame, DESIGN), lambda sample: table(sample.estimation.mean("y1")))
    sys.exit()

sample = svy.Sample(frame, REPLICATED if line.startswith("replicates") else DESIGN)
ask = sample.estimation
match line:
    case "mean":
        run(lambda: ask.mean("y1"), table)
    case "8 means":
        run(lambda: ask.mean(MEANS), tables)
    case "by 20" | "by 100" | "by 1000":
        group = "g" + line.removeprefix("by ")
        run(lambda: ask.mean("y1", by=group), by(group))
    case "total":
        run(lambda: ask.total("y1"), table)
    case "ratio":
        run(lambda: ask.ratio("y1", "x"), table)
    case "proportion":
        run(lambda: ask.prop("yes"), share_of_ones)
    case "cells":
        run(
            # `categorical.tabulate` of the two columns takes three times as long (it tests, too).
            lambda: ask.prop("cell"),
            by("cell"),
        )
    case "domain":
        run(lambda: ask.mean("y1", where=svy.col("inside") == 1), table)
    case "replicates: mean":
        run(lambda: ask.mean("y1", method="replication"), table)
    case "replicates: by 20":
        run(lambda: ask.mean("y1", by="g20", method="replication"), by("g20"))
    case "replicates: median":
        run(lambda: ask.median("y1", method="replication"), table)
    case "3 quantiles":
        run(lambda: ask.quantile("y1", p=(0.25, 0.5, 0.75)), tables)
    case "chi-square":
        run(lambda: sample.categorical.tabulate("g20", "g5"), test_of)
    case "logistic" | "linear":
        response, family = ("smokes", "binomial") if line == "logistic" else ("y2", "gaussian")
        predictors = ["x", "y1", svy.Cat("g5")]
        run(lambda: sample.glm.fit(response, x=predictors, family=family), coefficients)
    case "make 80 bootstrap":
        run(
            lambda: sample.weighting.create_bs_wgts(n_reps=REPLICATES, rstate=1),
            bootstrapped,
        )
    case "rake":
        margins = read_margins(folder)
        run(
            lambda: sample.weighting.rake(controls=margins, wgt_name="raked", tol=1e-10),
            raked_weights,
        )
    case _:
        raise SystemExit(f"no such line: {line}")
