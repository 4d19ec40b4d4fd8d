"""Hundreds of random designs, as R `survey` answers them; what it gets wrong, in exact arithmetic.

`tests/reference/README.md` says how the designs were made and what was asked.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from irosurvey import Design

REFERENCE = Path(__file__).parents[1] / "reference"

# Both programs sum at most sixty terms in double precision. Where they cancel (a ratio near its
# domain's only value), R's own rounding is what shows.
AGREES_WITH_R = 1e-9

Line = dict[str, str]


def table(name: str) -> list[Line]:
    with open(REFERENCE / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


@cache
def grouped(name: str) -> dict[str, list[Line]]:
    """The lines of a table by case."""
    found = defaultdict(list)
    for line in table(name):
        found[line["case"]].append(line)
    return found


CASES = table("random_designs.csv")


def listed(text: str) -> list[str]:
    return text.split(";") if text else []


def columns_of(case: Line) -> dict[str, np.ndarray]:
    rows = grouped("random_rows.csv")[case["case"]]
    names = [name for name in rows[0] if name != "case"]
    return {
        name: np.array([float(row[name]) if row[name] else np.nan for row in rows])
        for name in names
    }


def design_of(case: Line, factor: float = 1.0) -> Design:
    stages: dict[str, Any] = {"clusters": listed(case["clusters"])}
    if case["strata"]:
        stages["strata"] = listed(case["strata"])
    if case["fpc"]:
        stages["fpc"] = [name or None for name in case["fpc"].split(";")]
    if case["singleton"]:
        stages["singleton"] = case["singleton"]
    columns = columns_of(case)
    return Design({**columns, "w": columns["w"] * factor}, weights="w", **stages)


def answers_of(case: Line, design: Design) -> dict[tuple[str, str, str], tuple[Any, ...]]:
    """What we say: by statistic, level and cell; one tuple in the order of R's table."""
    asked: dict[str, Any] = {
        "by": case["by"] or None,
        "where": columns_of(case)["d"] == 1 if case["where"] else None,
    }
    found = {}
    for statistic in ("mean", "total", "ratio", "proportion"):
        columns = (
            ["y", "x"] if statistic == "ratio" else ["p" if statistic == "proportion" else "y"]
        )
        by_reference = [
            design.statistic(statistic, columns, deff=reference, **asked)
            for reference in ("wr", "wor")
        ]
        estimate, other = by_reference
        for i, row in enumerate(estimate.to_pandas().to_dict("records")):
            level = f"{row['level']:g}" if statistic == "proportion" else ""
            cell = f"{row['g']:g}" if case["by"] else ""
            found[statistic, level, cell] = (
                estimate.n[i],
                estimate.estimate[i],
                estimate.se[i],
                estimate.df[i],
                estimate.deff[i],
                other.deff[i],
            )
    return found


def is_wrong_in_r(case: Line, line: Line) -> bool:
    """R 4.1-1 centres singletons under `adjust` at 0 instead of at the mean over all units.

    A mean's, a ratio's or a share's scores add up to 0 over the whole design, so that theirs is the
    same; a total's don't, and no scores do within one unit, where later stages are. These standard
    errors are held against exact arithmetic instead, below.
    """
    adjusted = case["singleton"] == "adjust"
    return adjusted and (line["statistic"] == "total" or len(listed(case["clusters"])) > 1)


def difference(ours: float, theirs: float) -> float:
    return abs(ours - theirs) / max(abs(ours), abs(theirs), 1e-300)


def differences(case: Line) -> list[str]:
    found = answers_of(case, design_of(case))
    complaints = []
    for line in grouped("random_answers.csv")[case["case"]]:
        key = (line["statistic"], line["level"], line["cell"])
        n, estimate, se, df, wr, wor = found[key]
        if (n, df) != (int(line["n"]), float(line["df"])):
            complaints.append(f"{key}: n {n}, df {df}")
        pairs = {"estimate": estimate}
        if not is_wrong_in_r(case, line):
            pairs |= {"se": se, "deff_wr": wr, "deff_wor": wor}
        for name, ours in pairs.items():
            if line[name] and not difference(ours, float(line[name])) <= AGREES_WITH_R:
                complaints.append(f"{key}: {name} {ours!r}, R {line[name]}")
    return complaints


BLOCKS = [CASES[i : i + 50] for i in range(0, len(CASES), 50)]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda b: f"{b[0]['case']}-{b[-1]['case']}")
def test_random_designs_agree_with_r(block: list[Line]) -> None:
    complaints = {case["case"]: differences(case) for case in block}
    assert not {case: found for case, found in complaints.items() if found}


# ---- weights on another scale ----

# Where the terms of a variance cancel, what rounds each weight once shows enlarged.
ROUNDED_WEIGHTS = 1e-9


@pytest.mark.parametrize("factor", [2.0**40, 2.0**-40, 1e12, 1e-12])
def test_scaled_weights_scale_totals_and_nothing_else(factor: float) -> None:
    exact = factor in (2.0**40, 2.0**-40)
    for case in CASES[::4]:
        plain = answers_of(case, design_of(case))
        scaled = answers_of(case, design_of(case, factor))
        assert plain.keys() == scaled.keys()
        for key, (n, estimate, se, df, wr, _) in plain.items():
            by = factor if key[0] == "total" else 1.0
            other = scaled[key]
            assert (other[0], other[3]) == (n, df), (case["case"], key)
            pairs = ((other[1], estimate * by), (other[2], se * by), (other[4], wr))
            if exact:
                for found, expected in pairs:
                    assert found == expected or np.isnan(expected), (case["case"], key)
            else:
                # An estimate may be 0, and so may what a variance is about.
                size = abs(estimate) * by + se * by
                for found, expected in pairs[:2]:
                    assert not abs(found - expected) > ROUNDED_WEIGHTS * size, (case["case"], key)


# ---- exact arithmetic ----


def scores(line: Line, rows: list[Line], members: list[bool]) -> list[Fraction]:
    """What each row adds to the linearized statistic: weighted y, or residual over its total."""
    zero = Fraction(0)
    weights = [
        Fraction(float(row["w"])) if m else zero for row, m in zip(rows, members, strict=True)
    ]
    if line["statistic"] == "proportion":
        ys = [Fraction(row["p"] == line["level"]) for row in rows]
    else:
        ys = [Fraction(float(row["y"] or 0)) for row in rows]
    if line["statistic"] == "total":
        return [w * y for w, y in zip(weights, ys, strict=True)]
    ratio = line["statistic"] == "ratio"
    xs = [Fraction(float(row["x"] or 0)) if ratio else Fraction(1) for row in rows]
    below = sum((w * x for w, x in zip(weights, xs, strict=True)), zero)
    theta = sum((w * y for w, y in zip(weights, ys, strict=True)), zero) / below
    return [w * (y - theta * x) / below for w, y, x in zip(weights, ys, xs, strict=True)]


def members_of(case: Line, line: Line, rows: list[Line]) -> list[bool]:
    needed = {"ratio": ["y", "x"], "proportion": ["p"]}.get(line["statistic"], ["y"])
    return [
        all(row[name] for name in needed)
        and (not case["where"] or row["d"] == "1")
        and (not case["by"] or row["g"] == line["cell"])
        for row in rows
    ]


def variance(case: Line, rows: list[Line], z: list[Fraction], stage: int = 1) -> Fraction:
    """The quadratic form of a stage within one unit, and of the stages below, under `adjust`.

    Särndal, Swensson and Wretman (1992), result 4.3.1; a singleton adds its squared distance from
    the mean over all units of the stage.
    """
    stages = listed(case["clusters"])
    if stage > len(stages):
        return Fraction(0)
    stratified = f"s{stage}" in listed(case["strata"])
    finite = f"f{stage}" in case["fpc"].split(";")
    strata: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for i, row in enumerate(rows):
        strata[row[f"s{stage}"] if stratified else ""][row[f"c{stage}"]].append(i)
    mean = sum(z, Fraction(0)) / sum(len(units) for units in strata.values())
    whole = Fraction(0)
    for units in strata.values():
        n = len(units)
        totals = [sum((z[i] for i in unit), Fraction(0)) for unit in units.values()]
        size = (
            Fraction(float(rows[next(iter(units.values()))[0]][f"f{stage}"] or 0)) if finite else 0
        )
        fraction = Fraction(0) if not size else size if size <= 1 else n / size
        centre = sum(totals, Fraction(0)) / n if n > 1 else mean
        squares = sum(((t - centre) ** 2 for t in totals), Fraction(0))
        whole += (1 - fraction) * squares * (Fraction(n, n - 1) if n > 1 else 1)
        for unit in units.values():
            if fraction:
                own = [rows[i] for i in unit]
                whole += fraction * variance(case, own, [z[i] for i in unit], stage + 1)
    return whole


def test_adjust_agrees_with_exact_arithmetic() -> None:
    compared = 0
    for case in CASES:
        if case["singleton"] != "adjust":
            continue
        rows = grouped("random_rows.csv")[case["case"]]
        answers = answers_of(case, design_of(case))
        for line in grouped("random_answers.csv")[case["case"]]:
            z = scores(line, rows, members_of(case, line, rows))
            exact = float(variance(case, rows, z)) ** 0.5
            se = answers[line["statistic"], line["level"], line["cell"]][2]
            assert difference(se, exact) <= AGREES_WITH_R or exact < 1e-12, (case["case"], line)
            compared += is_wrong_in_r(case, line)
    assert compared > 100
