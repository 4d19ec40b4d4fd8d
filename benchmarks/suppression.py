#!/usr/bin/env python3
"""Measure secondary suppression: processor time of tables of 500 cells, and of releases of them.

    .venv/bin/python benchmarks/suppression.py [--seeds N] [--out FILE]

Tables of two, three and four dimensions, margins counted among the cells, of made-up answers that
hang together; from a few respondents a cell (hundreds of small counts) to many. Processor time, so
that what else runs is in the figures only by what it does to caches. A minute for each seed.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np

import irosurvey
from irosurvey.errors import DisclosureError
from irosurvey.tables.suppression import Cell, Relation, System, complete

HERE = Path(__file__).resolve().parent
OUT = HERE / "results" / "suppression.md"
SHAPES: dict[str, tuple[int, ...]] = {"2-D": (19, 24), "3-D": (7, 7, 7), "4-D": (4, 4, 4, 3)}
# Respondents for each inner cell, and how even the levels are (Dirichlet): many small counts first.
CONTENTS = ((3.0, 2.0), (5.0, 0.7), (10.0, 2.0), (25.0, 1.0))
PROMISED = 10.0


def answers(
    shape: Sequence[int], respondents: int, evenness: float, rng: np.random.Generator
) -> list[np.ndarray]:
    """A level for each respondent and variable; answers hang together by a trait."""
    trait = rng.random(respondents)
    columns = []
    for size in shape:
        ends = np.cumsum(rng.dirichlet(np.full(size, evenness)))[:-1]
        mixed = np.where(rng.random(respondents) < 0.4, trait, rng.random(respondents))
        columns.append(np.searchsorted(ends, mixed))
    return columns


def system(shape: Sequence[int], columns: Sequence[np.ndarray]) -> System:
    """Every count of the table with its margins."""
    counts = np.zeros(shape, dtype=np.int64)
    np.add.at(counts, tuple(columns), 1)
    for axis in range(len(shape)):
        counts = np.concatenate([counts, counts.sum(axis=axis, keepdims=True)], axis=axis)

    def name(place: Sequence[int]) -> str:
        levels = [f"v{at}={one:02}" for at, one in enumerate(place) if one < shape[at]]
        return "; ".join(levels) or "everybody"

    cells, relations = [], []
    for place in product(*(range(size + 1) for size in shape)):
        count, margin = int(counts[place]), any(one == shape[at] for at, one in enumerate(place))
        cells.append(
            Cell(
                name(place),
                count,
                primary=1 <= count <= 5,
                cost=5.0 if margin else 1.0,
                margin=margin,
            )
        )
        for at, one in enumerate(place):
            if one == shape[at]:
                parts = [(*place[:at], level, *place[at + 1 :]) for level in range(shape[at])]
                relations.append(Relation.sum(name(place), map(name, parts)))
    return System(tuple(cells), tuple(relations))


def alone(kind: str, content: tuple[float, float], seed: int) -> tuple[str, float]:
    """A line of the table: what was hidden, and the seconds it took."""
    shape, (each, evenness) = SHAPES[kind], content
    rng = np.random.default_rng(seed)
    source = system(shape, answers(shape, int(each * np.prod(shape)), evenness, rng))
    begin = time.process_time()
    found = complete(source)
    took = time.process_time() - begin
    unmet = f", {len(found.unmet)} unmet" if found.unmet else ""
    line = (
        f"| {kind} | {len(source)} | {each:g} | {len(source.primary)} | {len(found.hidden)}{unmet} "
        f"| {found.choices['cost']} | {took:.1f} |"
    )
    return line, took


def released(content: tuple[float, float], seed: int) -> tuple[str, float]:
    """The same for a release of a two-dimensional table of counts, from respondents to marks."""
    shape, (each, evenness) = SHAPES["2-D"], content
    rng = np.random.default_rng(seed)
    columns = answers(shape, int(each * np.prod(shape)), evenness, rng)
    data = {
        name: [f"{name}{one:02}" for one in own] for name, own in zip("ab", columns, strict=True)
    }
    design = irosurvey.Design(data)
    begin = time.process_time()
    table = irosurvey.Table(design.crosstab("a", "b"), percent="count", statistics="estimate")
    try:
        found = irosurvey.release([table], "dfe", title="Counts", rounding="none", counts="none")
        marks = sum(cell.mark == "c" for row in found[0].rows for cell in row.cells)
    except DisclosureError:
        marks = -1
    took = time.process_time() - begin
    hidden = "refused" if marks < 0 else str(marks)
    return f"| release | 500 | {each:g} | | {hidden} | | {took:.1f} |", took


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    lines, times = [], []
    for seed in range(1, given.seeds + 1):
        for content in CONTENTS:
            runs = [alone(kind, content, seed) for kind in SHAPES]
            for line, took in (*runs, released(content, seed)):
                print(line, flush=True)
                lines.append(line)
                times.append(took)
    kept = "kept" if max(times) < PROMISED else "not kept"
    text = "\n".join(
        [
            "# Secondary suppression: tables of 500 cells",
            "",
            f"{platform.processor() or platform.machine()}, Python {platform.python_version()}; "
            "processor time in seconds, audit included. Promised: under "
            f"{PROMISED:g} s; the longest took {max(times):.1f} s: {kept}.",
            "",
            "| table | cells | respondents a cell | primary | hidden | cost | seconds |",
            "|---|---|---|---|---|---|---|",
            *lines,
            "",
        ]
    )
    given.out.write_text(text, encoding="utf-8")
    print(f"\n{given.out}: {kept}")


if __name__ == "__main__":
    main()
