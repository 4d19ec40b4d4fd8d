#!/usr/bin/env python3
"""Run the simulation of intervals for shares, and put its table and picture into the documentation.

    .venv/bin/python benchmarks/coverage.py [--draws N] [--seed N] [--csv FILE]

``irosurvey_coverage`` (coverage.cpp, built by ``make coverage``) draws and counts. Here its rows
become ``docs/methods/coverage.csv``, the tables between the marks of ``docs/methods/coverage.md``
and ``docs/images/coverage.png``. With --csv nothing is drawn anew.
"""

from __future__ import annotations

import argparse
import math
import shutil
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import polars as pl

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PAGE = ROOT / "docs" / "methods" / "coverage.md"
TABLE = ROOT / "docs" / "methods" / "coverage.csv"
PICTURE = ROOT / "docs" / "images" / "coverage.png"
PROGRAM = ROOT / "build" / "release" / "benchmarks" / "irosurvey_coverage"

NOMINAL = 0.95
# What the default is to reach everywhere.
FLOOR = 0.93
DEFAULT = "logit"
# Named in the picture; the others are grey.
SHOWN = {
    "logit": "#0b5394",
    "beta": "#e69138",
    "beta-nchs": "#7f4c00",
    "wilson": "#38761d",
    "likelihood-exact": "#741b47",
    "wald": "#cc0000",
}
# Positive members expected in a simple random sample as precise as the cluster sample.
BANDS = (0.0, 1.0, 5.0, 20.0, 100.0, math.inf)


def simulate(draws: int, seed: int, into: Path) -> float:
    """Run the program; gives the seconds it took."""
    begin = time.monotonic()
    with into.open("wb") as file:
        subprocess.run(
            [str(PROGRAM), "--draws", str(draws), "--seed", str(seed)], stdout=file, check=True
        )
    return time.monotonic() - begin


def read(file: Path) -> pl.DataFrame:
    """A row for every scenario and method, with what was to be expected of the sample."""
    n = pl.col("strata") * pl.col("units") * pl.col("members")
    effect = 1.0 + (pl.col("members") - 1) * pl.col("correlation")
    rows = pl.read_csv(file, infer_schema_length=None).with_columns(
        n=n, df=pl.col("strata") * (pl.col("units") - 1), positives=n * pl.col("share") / effect
    )
    of_default = rows.filter(method=DEFAULT).select(*_SCENARIO, default_width="width")
    return rows.join(of_default, on=_SCENARIO).with_columns(
        relative=pl.col("width") / pl.col("default_width"),
        band=pl.col("positives").map_elements(_band_of, return_dtype=pl.String),
    )


_SCENARIO = ["strata", "units", "members", "correlation", "share"]


def _band_name(low: float, high: float) -> str:
    return f"{low:g}–{high:g}" if math.isfinite(high) else f"over {low:g}"


def _band_of(positives: float) -> str:
    return next(_band_name(low, high) for low, high in pairwise(BANDS) if positives <= high)


# ------------------------------------------------------------------------------------------ tables


def run_of(rows: pl.DataFrame, seed: int) -> str:
    """How often was drawn, and how exact a coverage so is."""
    draws = rows["draws"][0]

    def error(coverage: float) -> str:
        return f"{100.0 * math.sqrt(coverage * (1.0 - coverage) / draws):.2f}"

    scenarios = rows.select(_SCENARIO).unique().height
    return (
        f"Each of {scenarios} scenarios was drawn {draws:,} times (seed {seed}). The Monte Carlo "
        f"standard error of a coverage of 95 % is {error(0.95)} percentage points, of 80 % "
        f"{error(0.80)}; the least of many is lower than it should be by two or three of them."
    )


def by_method(rows: pl.DataFrame) -> str:
    """Every method over all scenarios."""
    found = (
        rows.group_by("method", maintain_order=True)
        .agg(
            least=pl.col("coverage").min(),
            mean=pl.col("coverage").mean(),
            below=(pl.col("coverage") < FLOOR).sum(),
            low=pl.col("too_low").mean(),
            high=pl.col("too_high").mean(),
            relative=pl.col("relative").mean(),
        )
        .sort("below", "mean", descending=[False, True])
    )
    scenarios = rows.select(_SCENARIO).unique().height
    out = [
        "| method | least coverage | mean coverage "
        f"| scenarios below {100 * FLOOR:.0f} % (of {scenarios}) "
        "| truth above | truth below | mean width, of logit's |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    out += [
        f"| `{row['method']}` | {percent(row['least'])} | {percent(row['mean'])} | {row['below']} "
        f"| {percent(row['low'])} | {percent(row['high'])} | {row['relative']:.2f} |"
        for row in found.iter_rows(named=True)
    ]
    return "\n".join(out)


def by_band(rows: pl.DataFrame, value: str) -> str:
    """Every method by how much a sample knows: least and mean coverage, or relative width."""
    bands = [_band_name(low, high) for low, high in pairwise(BANDS)]
    counted = rows.filter(method=DEFAULT).group_by("band").len()
    scenarios = dict(counted.iter_rows())
    out = [
        "| method | " + " | ".join(f"{band} ({scenarios[band]})" for band in bands) + " |",
        "|---|" + "---:|" * len(bands),
    ]
    for method in rows["method"].unique(maintain_order=True):
        cells = []
        for band in bands:
            some = rows.filter(method=method, band=band)
            if value == "relative":
                cells.append(f"{some['relative'].mean():.2f}")
            else:
                cells.append(f"{percent(some[value].min())} … {percent(some[value].mean())}")
        out.append(f"| `{method}` | " + " | ".join(cells) + " |")
    return "\n".join(out)


def shortfalls(rows: pl.DataFrame) -> str:
    """Where the default does not reach the floor."""
    some = rows.filter(pl.col("method") == DEFAULT, pl.col("coverage") < FLOOR).sort("coverage")
    if some.is_empty():
        return f"`{DEFAULT}` reaches {100 * FLOOR:.0f} % in every scenario."
    out = [
        "| strata × units × members | correlation | share | coverage | samples with p = 0 or 1 "
        "| truth above | truth below |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    out += [
        f"| {row['strata']} × {row['units']} × {row['members']} | {row['correlation']:g} "
        f"| {row['share']:g} | {percent(row['coverage'])} | {percent(row['none'])} "
        f"| {percent(row['too_low'])} | {percent(row['too_high'])} |"
        for row in some.iter_rows(named=True)
    ]
    return "\n".join(out)


def percent(share: object) -> str:
    assert isinstance(share, float)
    return f"{100.0 * share:.1f} %"


# ----------------------------------------------------------------------------------------- picture


def draw(rows: pl.DataFrame) -> None:
    """Coverage against the share: sizes side by side, correlations one below the other."""
    sizes = list(rows.select("strata", "units", "members", "df").unique(maintain_order=True).rows())
    correlations = rows["correlation"].unique().sort().to_list()
    figure, grid = plt.subplots(
        len(correlations), len(sizes), figsize=(13, 9), sharex=True, sharey=True, squeeze=False
    )
    for down, correlation in enumerate(correlations):
        for across, size in enumerate(sizes):
            axes = grid[down][across]
            strata, units, members, df = size
            some = rows.filter(strata=strata, units=units, members=members, correlation=correlation)
            _lines(axes, some)
            if down == 0:
                axes.set_title(f"{strata} strata × {units} units × {members}\n{df} df", fontsize=9)
            if across == 0:
                axes.set_ylabel(f"correlation {correlation:g}", fontsize=9)
    handles, labels = grid[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=len(labels), frameon=False, fontsize=9)
    figure.suptitle("How many intervals hold the population's share; nominal 95 %", fontsize=11)
    figure.tight_layout(rect=(0, 0.04, 1, 0.99))
    figure.savefig(PICTURE, dpi=110, metadata={"Software": None})


def _lines(axes: Axes, some: pl.DataFrame) -> None:
    for method in some["method"].unique(maintain_order=True):
        line = some.filter(method=method).sort("share")
        if method in SHOWN:
            axes.plot(line["share"], line["coverage"], color=SHOWN[method], label=method, lw=1.4)
        else:
            axes.plot(line["share"], line["coverage"], color="0.8", lw=0.8, zorder=1)
    axes.axhline(NOMINAL, color="black", lw=0.7)
    axes.axhline(FLOOR, color="black", lw=0.7, ls=":")
    axes.set_xscale("log")
    axes.set_ylim(0.7, 1.005)
    axes.xaxis.set_major_locator(FixedLocator([0.005, 0.02, 0.1, 0.5]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:g}"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f} %"))
    axes.tick_params(labelsize=8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


# -------------------------------------------------------------------------------------------- page


def put(page: str, name: str, text: str) -> str:
    """`text` between the marks of that name."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    if page.count(begin) != 1 or page.count(end) != 1:
        raise SystemExit(f"{PAGE}: {begin} … {end} must be there once")
    head, rest = page.split(begin)
    return f"{head}{begin}\n\n{text}\n\n{end}{rest.split(end)[1]}"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--draws", type=int, default=5000, help="samples of every scenario")
    parser.add_argument("--seed", type=int, default=20_260_401)
    parser.add_argument("--csv", type=Path, help="rows of an earlier run")
    options = parser.parse_args()
    if options.csv:
        if options.csv.resolve() != TABLE:
            shutil.copyfile(options.csv, TABLE)
    else:
        fresh = TABLE.with_suffix(".csv.new")
        seconds = simulate(options.draws, options.seed, fresh)
        fresh.replace(TABLE)
        print(f"{seconds:.0f} seconds")
    rows = read(TABLE)
    page = PAGE.read_text(encoding="utf-8")
    page = put(page, "run", run_of(rows, options.seed))
    page = put(page, "all", by_method(rows))
    page = put(page, "coverage by what a sample knows", by_band(rows, "coverage"))
    page = put(page, "width by what a sample knows", by_band(rows, "relative"))
    page = put(page, "shortfalls", shortfalls(rows))
    PAGE.write_text(page, encoding="utf-8")
    draw(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
