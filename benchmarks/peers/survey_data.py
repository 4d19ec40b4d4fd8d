"""The made-up surveys that every library is asked about, and how they lie on disk.

One folder for each survey, one raw little-endian file for each column (``.f8`` doubles, ``.i4``
integers): NumPy, R and C++ read them alike, so that nobody's file format is part of a figure.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SEED = 20_260_401
# Of what is made below: data of another version are made anew.
VERSION = 2
STRATA = 200
UNITS = 8_000
REPLICATES = 80
MEANS = [f"y{i}" for i in range(1, 9)]
# The levels of each margin that weights are raked to.
MARGINS = {"m1": 4, "m2": 6, "m3": 10}
# A survey with replicate weights has so many rows for each row of the other.
REPLICATE_ROWS = 0.3

# What every line is asked about; the rest of the survey stays on the disk.
PREDICTORS = ["x", "y1", "g5"]
_DESIGN = ["stratum", "unit", "w"]
_REPLICATED = ["w", *(f"rw{replicate}" for replicate in range(1, REPLICATES + 1)), "y1"]
_ASKED = {
    "8 means": MEANS,
    "by 20": ["y1", "g20"],
    "by 100": ["y1", "g100"],
    "by 1000": ["y1", "g1000"],
    "ratio": ["y1", "x"],
    "proportion": ["yes"],
    "cells": ["cell"],
    "cells, covariances": ["cell"],
    "domain": ["y1", "inside"],
    "rake": list(MARGINS),
    "chi-square": ["g20", "g5"],
    "logistic": ["smokes", *PREDICTORS],
    "linear": ["y2", *PREDICTORS],
}

Columns = dict[str, NDArray[np.generic]]


def columns_of(line: str) -> list[str]:
    """The columns that a line needs; empty for all, as when a whole survey is declared."""
    if line == "design":
        return []
    if line.startswith("replicates"):
        return [*_REPLICATED, *(["g20"] if line.endswith("by 20") else [])]
    return [*_DESIGN, *_ASKED.get(line, ["y1"])]


def _units(random: np.random.Generator, rows: int) -> NDArray[np.int32]:
    """Sampling units of unequal size, in order; each has at least one row."""
    sizes = random.gamma(5.0, size=UNITS)
    drawn = random.choice(UNITS, size=rows - UNITS, p=sizes / sizes.sum())
    return np.sort(np.concatenate([np.arange(UNITS), drawn])).astype(np.int32)


def _survey(random: np.random.Generator, rows: int) -> Columns:
    unit = _units(random, rows)
    effect = random.normal(0.0, 3.0, UNITS)[unit]
    columns: Columns = {
        "stratum": (unit // (UNITS // STRATA)).astype(np.int32),
        "unit": unit,
        "w": random.lognormal(0.0, 0.5, rows) * (5e7 / rows),
        "x": random.lognormal(1.0, 0.4, rows),
    }
    for i, name in enumerate(MEANS):
        columns[name] = 50.0 + 5.0 * i + effect + random.normal(0.0, 10.0, rows)
    columns["yes"] = (random.random(rows) < 0.3).astype(np.int32)
    columns["inside"] = (random.random(rows) < 0.3).astype(np.int32)
    for name, levels in {"g5": 5, "g20": 20, "g100": 100, "g1000": 1000, **MARGINS}.items():
        columns[name] = random.integers(0, levels, rows, dtype=np.int32)
    # A table of 20 rows and 5 columns as one column: nobody is timed at putting two together.
    columns["cell"] = (5 * columns["g20"] + columns["g5"]).astype(np.int32)
    # Depends on what it is regressed on: a logistic regression takes the steps it takes in earnest.
    log_odds = -2.0 + 0.3 * columns["x"] + 0.02 * (columns["y1"] - 50.0) + 0.2 * columns["g5"]
    chance = 1.0 / (1.0 + np.exp(-log_odds))
    columns["smokes"] = (random.random(rows) < chance).astype(np.int32)
    return columns


def _replicated(random: np.random.Generator, rows: int) -> Columns:
    """With 80 bootstrap weights as a producer publishes them: calibrated, so different by row."""
    unit = _units(random, rows)
    effect = random.normal(0.0, 3.0, UNITS)[unit]
    weight = random.lognormal(0.0, 0.5, rows) * (5e7 / rows)
    columns: Columns = {
        "w": weight,
        "y1": 50.0 + effect + random.normal(0.0, 10.0, rows),
        "g20": random.integers(0, 20, rows, dtype=np.int32),
    }
    in_stratum = UNITS // STRATA
    for replicate in range(1, REPLICATES + 1):
        times = random.multinomial(in_stratum - 1, [1.0 / in_stratum] * in_stratum, STRATA)
        factor = times.ravel() * (in_stratum / (in_stratum - 1.0))
        columns[f"rw{replicate}"] = weight * factor[unit] * random.uniform(0.95, 1.05, rows)
    return columns


def margins_of(columns: Columns) -> dict[str, dict[int, float]]:
    """What to rake to: the weighted counts, up to 20 % off, all of one sum."""
    random = np.random.Generator(np.random.PCG64(SEED + 1))
    total = float(columns["w"].sum())
    margins = {}
    for name, levels in MARGINS.items():
        counts = np.bincount(columns[name], weights=columns["w"], minlength=levels)
        counts *= random.uniform(0.8, 1.2, levels)
        counts *= total / counts.sum()
        margins[name] = {level: float(count) for level, count in enumerate(counts)}
    return margins


def write(folder: Path, rows: int, kinds: set[str]) -> None:
    """The surveys of so many rows, sorted by unit and shuffled, unless they are there already."""
    for kind, make, count in (
        ("survey", _survey, rows),
        ("replicated", _replicated, int(rows * REPLICATE_ROWS)),
    ):
        done = folder / f"{kind}-{rows}-shuffled" / "rows"
        if kind not in kinds or (
            done.exists() and done.read_text(encoding="ascii") == _stamp(count)
        ):
            continue
        random = np.random.Generator(np.random.PCG64(SEED))
        columns = make(random, count)
        _write_columns(folder / f"{kind}-{rows}-sorted", columns)
        order = random.permutation(count)
        for name in columns:
            columns[name] = columns[name][order]
        _write_columns(done.parent, columns)


def _stamp(count: int) -> str:
    """What tells that a folder is whole, and by which version of this file it was written."""
    return f"{count}\n{VERSION}\n"


def _write_columns(folder: Path, columns: Columns) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, values in columns.items():
        values.tofile(folder / f"{name}.{'f8' if values.dtype == np.float64 else 'i4'}")
    if "m1" in columns:
        lines = [
            f"{name}\t{level}\t{total!r}"
            for name, totals in margins_of(columns).items()
            for level, total in totals.items()
        ]
        (folder / "margins").write_text("\n".join(lines) + "\n", encoding="ascii")
    (folder / "rows").write_text(_stamp(len(columns["w"])), encoding="ascii")


def read(folder: Path, names: list[str]) -> Columns:
    """The columns of one survey, all of them if none is named."""
    types = {".f8": np.dtype("<f8"), ".i4": np.dtype("<i4")}
    files = [f for f in sorted(folder.iterdir()) if f.suffix in types]
    return {f.stem: np.fromfile(f, types[f.suffix]) for f in files if not names or f.stem in names}


def read_margins(folder: Path) -> dict[str, dict[int, float]]:
    """What to rake to, by column and level."""
    margins: dict[str, dict[int, float]] = {}
    for line in (folder / "margins").read_text(encoding="ascii").splitlines():
        name, level, total = line.split("\t")
        margins.setdefault(name, {})[int(level)] = float(total)
    return margins
