"""Quantiles through Python: R's figures, the rules' meanings in rational numbers, and odd data.

`tests/reference/README.md` says where R's figures come from.
"""

from __future__ import annotations

import csv
import math
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from irosurvey import Design

TESTS = Path(__file__).parents[1]
DATA = TESTS / "data"

# Two double-precision programs that interpolate between the same two values.
RELATIVE = 1e-9

Line = dict[str, str]


def table(name: str) -> list[Line]:
    with open(TESTS / "reference" / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


@cache
def design_of(name: str) -> Design:
    clusters = Design(DATA / "apiclus1.csv", weights="pw", clusters="dnum", fpc="fpc")
    if name == "strat":
        return Design(DATA / "apistrat.csv", weights="pw", strata="stype", fpc="fpc")
    if name == "calibrated":
        return clusters.calibrate("linear", {1: 6194, "api99": 3914069})
    return clusters.with_replicates("JK1") if name == "jk1" else clusters


@cache
def domain_of(name: str, where: str) -> Any:
    """Rows in the domain: only one kind of condition is asked for."""
    if not where:
        return None
    column, level = where.replace("'", "").split(" == ")
    return np.array(design_of(name).frame[column].to_arrow().to_pylist()) == level


@cache
def smallest(name: str, variable: str, where: str) -> float:
    return float(design_of(name).quantile(variable, 0.0, where=domain_of(name, where)))


@cache
def questions() -> dict[tuple[str, ...], list[Line]]:
    found: dict[tuple[str, ...], list[Line]] = {}
    for line in table("r_quantiles.csv"):
        key = tuple(line[name] for name in ("design", "variable", "where", "rule", "ci", "centre"))
        found.setdefault(key, []).append(line)
    return found


def printed(lines: list[Line], name: str) -> np.ndarray[Any, Any]:
    return np.array([float(line[name]) if line[name] else math.nan for line in lines])


@pytest.mark.parametrize("key", questions(), ids=" ".join)
def test_what_r_answers(key: tuple[str, ...]) -> None:
    lines = questions()[key]
    design, variable, where, rule, ci, centre = key
    found = design_of(design).quantile(
        variable,
        [float(line["prob"]) for line in lines],
        rule=rule,
        ci=ci,
        centre=centre,
        # R's old function takes the extremes, its new one gives no limit.
        outside="extreme" if centre == "prob" else "missing",
        where=domain_of(design, where),
    )
    np.testing.assert_allclose(found.estimate, printed(lines, "estimate"), rtol=RELATIVE)
    np.testing.assert_allclose(found.upper, printed(lines, "upper"), rtol=RELATIVE)
    # Below the first step of the distribution function R takes the second value, or a value below
    # the smallest (hf4); by the rules it is the smallest. The new function alone does.
    ours = (found.lower == smallest(design, variable, where)) & (centre == "estimate")
    assert not ours[1:].any()
    np.testing.assert_allclose(found.lower[~ours], printed(lines, "lower")[~ours], rtol=RELATIVE)
    np.testing.assert_allclose(found.se[~ours], printed(lines, "se")[~ours], rtol=RELATIVE)


# ---- meanings ----

RULES = ("math", "school", "hf1", "hf2", "hf3", "hf4", "hf5", "hf6", "hf7", "hf8", "hf9", "sas")


def shares_of(rule: str, points: list[tuple[Fraction, Fraction]]) -> list[Fraction]:
    """The p_k of an interpolating rule."""
    total = sum((w for _, w in points), Fraction(0))
    last, upto, shares = points[-1][1], Fraction(0), []
    c, d = {
        "hf4": (Fraction(0), Fraction(0)),
        "sas": (Fraction(0), Fraction(0)),
        "hf5": (Fraction(1, 2), Fraction(0)),
        "hf6": (Fraction(0), Fraction(1)),
        "hf7": (Fraction(1), Fraction(-1)),
        "hf8": (Fraction(1, 3), Fraction(1, 3)),
        "hf9": (Fraction(3, 8), Fraction(1, 4)),
    }[rule]
    for _, w in points:
        upto += w
        shares.append((upto - c * w) / (total + d * last))
    return shares


def exact(values: list[int], weights: list[Fraction], p: Fraction, rule: str) -> Fraction:
    """A quantile in rational numbers, by its definition."""
    points = [(Fraction(x), w) for x, w in sorted(zip(values, weights, strict=True)) if w]
    if rule in ("hf3", "sas"):
        merged: dict[Fraction, Fraction] = {}
        for x, w in points:
            merged[x] = merged.get(x, Fraction(0)) + w
        points = list(merged.items())
    total = sum((w for _, w in points), Fraction(0))
    steps = [sum((w for _, w in points[: k + 1]), Fraction(0)) for k in range(len(points))]
    if rule == "hf3":
        near = [abs(step - p * total) for step in steps]
        best = [k for k, gap in enumerate(near) if gap == min(near)]
        return points[next((k for k in best if k % 2), best[0])][0]
    if rule in ("math", "hf1", "school", "hf2"):
        k = next(k for k, step in enumerate(steps) if step >= p * total)
        if rule in ("school", "hf2") and steps[k] == p * total and k + 1 < len(points):
            return (points[k][0] + points[k + 1][0]) / 2
        return points[k][0]
    shares = shares_of(rule, points)
    if p <= shares[0]:
        return points[0][0]
    for k in range(1, len(points)):
        if p <= shares[k]:
            way = (p - shares[k - 1]) / (shares[k] - shares[k - 1])
            return points[k - 1][0] + way * (points[k][0] - points[k - 1][0])
    return points[-1][0]


@pytest.mark.parametrize("rule", RULES)
def test_the_definition_in_rational_numbers(rule: str) -> None:
    random = np.random.default_rng(5)
    for _ in range(20):
        size = int(random.integers(2, 30))
        values = random.integers(0, 12, size).tolist()
        # Ties of one weight: which of several equal values comes first is the order of the rows.
        weights = [Fraction(1 + value % 3, 10) for value in values]
        probs = [Fraction(k, 20) for k in range(21)]
        data = {"y": values, "w": [float(w) for w in weights]}
        found = Design(data, weights="w").quantile("y", [float(p) for p in probs], rule=rule)
        expected = [float(exact(values, weights, p, rule)) for p in probs]
        # Shares are rounded, and so is the way between two values.
        np.testing.assert_allclose(found.estimate, expected, rtol=0, atol=1e-11)
