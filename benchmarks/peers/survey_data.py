"""The made-up surveys that every library is asked about, and how they lie on disk.

One folder for each survey, one raw little-endian file for each column (``.f8`` doubles, ``.i4``
integers): NumPy, R and C++ read them alike, so that nobody's file format is part of a figure.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SEED = 20_260_401
STRATA = 200
UNITS = 8_000
REPLICATES = 80
MEANS = [f"y{i}" for i in range(1, 9)]
# The levels of each margin that weights are raked to.
MARGINS = {"m1": 4, "m2": 6, "m3": 10}
# A survey with replicate weights has so many rows for each row of the other.
REPLICATE_ROWS = 0.3

Columns = dict[str, NDArray[np.generic]]


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


def write(folder: Path, rows: int) -> None:
    """Both surveys of so many rows, sorted by unit and shuffled, unless they are there already."""
    for kind, make, count in (
        ("survey", _survey, rows),
        ("replicated", _replicated, int(rows * REPLICATE_ROWS)),
    ):
        done = folder / f"{kind}-{rows}-shuffled" / "rows"
        if done.exists():
            continue
        random = np.random.Generator(np.random.PCG64(SEED))
        columns = make(random, count)
        _write_columns(folder / f"{kind}-{rows}-sorted", columns)
        order = random.permutation(count)
        for name in columns:
            columns[name] = columns[name][order]
        _write_columns(done.parent, columns)


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
    (folder / "rows").write_text(f"{len(columns['w'])}\n", encoding="ascii")


def read(folder: Path) -> Columns:
    """The columns of one survey."""
    types = {".f8": np.dtype("<f8"), ".i4": np.dtype("<i4")}
    files = sorted(folder.iterdir())
    return {f.stem: np.fromfile(f, types[f.suffix]) for f in files if f.suffix in types}


def read_margins(folder: Path) -> dict[str, dict[int, float]]:
    """What to rake to, by column and level."""
    margins: dict[str, dict[int, float]] = {}
    for line in (folder / "margins").read_text(encoding="ascii").splitlines():
        name, level, total = line.split("\t")
        margins.setdefault(name, {})[int(level)] = float(total)
    return margins
