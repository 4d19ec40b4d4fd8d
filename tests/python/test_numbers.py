"""How many digits come out: NIST's certified sets, large offsets, weights on any scale.

Digits are counted as NIST does: the log relative error, -log10(|found - certified| / |certified|).
"""

from __future__ import annotations

import csv
import math
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from irosurvey import Design, Estimate

DATA = Path(__file__).parents[1] / "data"

# A double's rounding. A mean may be one off its nearest double: sum and division are rounded.
ROUNDING = 2.0**-52
MEAN_ROUNDINGS = 2
# A standard deviation: sums of up to 5,000 squares, two quotients and a root.
SD_ERROR = 1e-14

# What exact arithmetic gives of the values as doubles hold them: 0.1 isn't one, nor is 10000000.2.
# More digits than these can't be had from double input; 15 are what is printed.
ATTAINABLE = {
    "PiDigits": (15.0, 15.0),
    "Lottery": (15.0, 15.0),
    "Lew": (15.0, 15.0),
    "Mavro": (15.0, 13.1),
    "Michelso": (15.0, 13.8),
    "NumAcc1": (15.0, 15.0),
    "NumAcc2": (15.0, 15.0),
    "NumAcc3": (15.0, 9.5),
    "NumAcc4": (15.0, 8.2),
}


def table(name: str) -> list[dict[str, str]]:
    with open(DATA / name, encoding="ascii", newline="") as file:
        return list(csv.DictReader(file))


@cache
def values_of(name: str) -> NDArray[np.float64]:
    lines = table("nist_univariate.csv")
    return np.array([float(line["y"]) for line in lines if line["set"] == name])


CERTIFIED = {line["set"]: line for line in table("nist_certified.csv")}


def root(square: Fraction) -> float:
    """The square root, rounded once: of an integer with 2 × 30 digits to spare."""
    scale = 10**60
    return float(Fraction(math.isqrt(square.numerator * scale // square.denominator), 10**30))


def exact(values: NDArray[np.float64]) -> tuple[float, float]:
    """Mean and standard deviation of these doubles, rounded once."""
    numbers = [Fraction(float(value)) for value in values]
    mean = sum(numbers, Fraction(0)) / len(numbers)
    squares = sum(((number - mean) ** 2 for number in numbers), Fraction(0))
    return float(mean), root(squares / (len(numbers) - 1))


def digits(found: float, certified: str) -> float:
    true = Fraction(certified)
    error = abs(Fraction(found) - true) / abs(true)
    return 15.0 if error == 0 else min(15.0, -math.log10(error))


def mean_and_sd(design: Design) -> tuple[float, float]:
    """Of a simple random sample: its standard error is sd / sqrt(n)."""
    mean = design.mean("y")
    return float(mean), float(mean.se[0]) * math.sqrt(len(design.weights))


@pytest.mark.parametrize("name", ATTAINABLE)
def test_nist_digits_are_those_that_doubles_can_hold(name: str) -> None:
    values = values_of(name)
    assert len(values) == int(CERTIFIED[name]["n"])
    found = mean_and_sd(Design({"y": values}))
    best = exact(values)
    assert abs(found[0] - best[0]) <= MEAN_ROUNDINGS * ROUNDING * abs(best[0])
    assert abs(found[1] - best[1]) <= SD_ERROR * best[1]
    for ours, truth, certified, attainable in zip(
        found, best, (CERTIFIED[name]["mean"], CERTIFIED[name]["sd"]), ATTAINABLE[name], strict=True
    ):
        # The table above is right: that is what exact arithmetic of the doubles has …
        assert attainable == pytest.approx(digits(truth, certified), abs=0.06)
        # … and we lose none of it, but for the last digit of a double.
        assert digits(ours, certified) >= min(attainable, 14.1) - 0.1


@pytest.mark.parametrize("name", ATTAINABLE)
def test_nist_digits_dont_depend_on_the_path(name: str) -> None:
    """In reverse, in groups, as a ratio, with equal weights: the same digits."""
    values = values_of(name)
    best = exact(values)
    n = len(values)
    table = {"y": values[::-1].copy(), "w": np.full(n, 7.0), "one": np.ones(n), "g": np.ones(n)}
    design = Design(table, weights="w")
    answers = [
        design.mean("y", by="g"),
        design.mean("y", where="g = 1"),
        design.ratio("y", "one"),
        design.mean(["one", "y"], covariance=True),
    ]
    for answer in answers:
        assert float(answer.estimate[-1]) == pytest.approx(best[0], rel=4 * ROUNDING, abs=0)
        assert float(answer.se[-1]) * math.sqrt(n) == pytest.approx(best[1], rel=SD_ERROR, abs=0)


# ---- offsets ----


def survey(rows: int = 3000) -> dict[str, NDArray[np.float64]]:
    random = np.random.Generator(np.random.PCG64(4))
    unit = np.sort(random.integers(0, 120, rows)).astype(float)
    return {
        "h": np.floor(unit / 6.0),
        "unit": unit,
        "w": random.lognormal(0.0, 0.7, rows),
        "y": random.normal(0.0, 1.0, rows),
        "x": random.lognormal(0.0, 0.3, rows),
        "g": random.integers(0, 4, rows).astype(float),
        "p": random.integers(1, 4, rows).astype(float),
    }


def declared(columns: dict[str, NDArray[np.float64]]) -> Design:
    return Design(columns, weights="w", strata="h", clusters="unit")


def test_mean_a_billion_and_sd_one_keeps_nine_digits_of_its_standard_error() -> None:
    columns = survey()
    far = dict(columns)
    far["y"] = columns["y"] + 1e9
    # What the doubles near 10⁹ hold of y: the comparison is about arithmetic, not about input.
    near = dict(columns)
    near["y"] = far["y"] - 1e9
    order = np.random.Generator(np.random.PCG64(5)).permutation(len(far["y"]))
    for rows in (slice(None), order):
        here, there = ({k: v[rows] for k, v in c.items()} for c in (near, far))
        for asked in ({}, {"by": "g"}, {"where": "g < 2"}):
            plain = declared(here).mean("y", **asked)
            moved = declared(there).mean("y", **asked)
            np.testing.assert_allclose(moved.se, plain.se, rtol=1e-9, atol=0)
            np.testing.assert_allclose(moved.deff, plain.deff, rtol=1e-9, atol=0)
            np.testing.assert_allclose(moved.estimate - 1e9, plain.estimate, rtol=0, atol=3e-7)


# ---- scale of the weights ----


def asked_of(design: Design) -> dict[str, Estimate]:
    return {
        "mean": design.mean(["y", "x"]),
        "by": design.mean("y", by="g"),
        "domain": design.mean("y", where="g < 2"),
        "ratio": design.ratio("y", "x"),
        "proportion": design.proportion("p"),
        "total": design.total(["y", "x"]),
    }


# Powers of ten aren't doubles' own: every weight is rounded once. Cancelling sums of them (the
# totals of y, about 0 here) show it in proportion to Σw|y|.
SCALED = 2e-13


@pytest.mark.parametrize("factor", [1e-12, 1e12])
def test_scaling_weights_changes_totals_and_nothing_else(factor: float) -> None:
    columns = survey()
    plain = asked_of(declared(columns))
    scaled = asked_of(declared({**columns, "w": columns["w"] * factor}))
    for name, one in plain.items():
        other = scaled[name]
        by = factor if name == "total" else 1.0
        np.testing.assert_allclose(other.estimate, one.estimate * by, rtol=SCALED, atol=SCALED * by)
        np.testing.assert_allclose(other.se, one.se * by, rtol=SCALED, atol=0)
        np.testing.assert_allclose(other.deff, one.deff, rtol=SCALED, atol=0)
        np.testing.assert_array_equal(other.df, one.df)
        np.testing.assert_array_equal(other.n, one.n)


@pytest.mark.parametrize("power", [-40, 40])
def test_scaling_weights_by_a_power_of_two_changes_no_bit(power: int) -> None:
    factor = 2.0**power
    columns = survey()
    plain = asked_of(declared(columns))
    scaled = asked_of(declared({**columns, "w": columns["w"] * factor}))
    for name, one in plain.items():
        other = scaled[name]
        by = factor if name == "total" else 1.0
        np.testing.assert_array_equal(other.estimate, one.estimate * by)
        np.testing.assert_array_equal(other.se, one.se * by)
        np.testing.assert_array_equal(other.deff, one.deff)
        np.testing.assert_array_equal(other.df, one.df)
