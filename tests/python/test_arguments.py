"""Arguments of the wrong kind are refused in the library's own words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from irosurvey import ArgumentError, Design, NumericalError, Replicates

DATA = {
    "h": [1, 1, 2, 2],
    "y": [1.0, 2.0, 5.0, 7.0],
    "z": [2.0, 2.0, 4.0, 9.0],
    "w": [1.0, 2.0, 3.0, 4.0],
}


def design() -> Design:
    return Design(DATA, "w", strata="h")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seed": -1}, "seed: expected a whole number below 2\\*\\*64 of at least 0, found -1"),
        ({"seed": 1.5}, "seed: .* found 1.5"),
        ({"seed": None}, "seed: .* found None"),
        ({"seed": True}, "seed: .* found True"),
        ({"seed": 2**64}, "seed: "),
        ({"replicates": 2.5}, "replicates: expected a number of replicates, found 2.5"),
        ({"replicates": float("inf")}, "replicates: .* found inf"),
        ({"resample": "two"}, "resample: expected a number of units, found 'two'"),
        ({"fay_rho": "half"}, "fay_rho: expected a number, found 'half'"),
        ({"honour_fpc": "no"}, "honour_fpc: expected True or False, found 'no'"),
        ({"later_stages": None}, "later_stages: "),
        ({"centre": None}, "centre: expected the name of a choice, such as 'estimate', found None"),
        ({"failed": 1}, "failed: "),
        ({"df": "many"}, "df: expected a number"),
        ({"threads": 1.5}, "threads: "),
        ({"threads": -1}, "threads: "),
    ],
)
def test_of_making_replicates(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        design().with_replicates("bootstrap", **({"replicates": 5} | arguments))


def test_of_numpy_are_numbers() -> None:
    made = design().with_replicates(
        "bootstrap", replicates=np.int32(5), seed=np.uint64(2**63 + 1), fay_rho=np.float32(0.5)
    )
    assert made.replicates == 5
    again = design().with_replicates("bootstrap", replicates=5.0, seed=2**63 + 1)  # type: ignore[arg-type]
    assert made.replicate_weights(3).tolist() == again.replicate_weights(3).tolist()


@pytest.mark.parametrize("kind", [None, 3])
def test_of_the_type_of_replicates(kind: Any) -> None:
    with pytest.raises(ArgumentError, match="type: expected the name of a choice"):
        design().with_replicates(kind)
    with pytest.raises(ArgumentError, match="type: expected the name of a choice"):
        Design(DATA, replicates=Replicates(kind, "w"))


@pytest.mark.parametrize(
    "arguments",
    [
        {"columns": 3},
        {"columns": ["w", 1]},
        {"scale": "x"},
        {"averaged": 1.5},
        {"replicate_strata": [1.5]},
        {"fay_rho": "x"},
        {"df": "x"},
        {"centre": 1},
        {"weights": None},
        {"failed": 0},
    ],
)
def test_of_given_replicates(arguments: dict[str, Any]) -> None:
    given = {"type": "BRR", "columns": ["w"]} | arguments
    with pytest.raises(ArgumentError, match=next(iter(arguments))):
        Design(DATA, replicates=Replicates(**given))


@pytest.mark.parametrize(
    "arguments",
    [
        {"method": None},
        {"population": "x"},
        {"tolerance": None},
        {"max_iterations": 1.5},
        {"residual_order": None},
        {"residual_weights": 1},
        {"bounds_on": None},
        {"shares": "x"},
        {"replicates": 1},
        {"threads": 1.5},
    ],
)
def test_of_calibration(arguments: dict[str, Any]) -> None:
    given = {"method": "rake", "margins": {"h": {1: 10, 2: 20}}} | arguments
    with pytest.raises(ArgumentError, match=next(iter(arguments))):
        design().calibrate(**given)


@pytest.mark.parametrize(
    "arguments",
    [
        {"missing": None},
        {"df": None},
        {"df": [1]},
        {"df": True},
        {"covariance": "x"},
        {"level": "x"},
        {"threads": 1.5},
        {"threads": None},
    ],
)
def test_of_questions(arguments: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match=next(iter(arguments))):
        design().mean("y", **arguments)


@pytest.mark.parametrize("name", ["singleton", "domain_singletons"])
def test_of_designs(name: str) -> None:
    given: dict[str, Any] = {name: None}
    with pytest.raises(ArgumentError, match=f"{name}: expected the name of a choice"):
        Design(DATA, **given)


# ---- functions of one's own ----


def test_a_row_that_isnt_there_is_refused() -> None:
    found = design().mean("y", by="h")
    for row in (2, 17, -3):
        with pytest.raises(ArgumentError, match="row of a result: expected a number from 0 to 1"):
            found.combine(lambda t, row=row: t[row])
    assert float(found.combine(lambda t: t[-1])) == float(found.estimate[1])
    with pytest.raises(ArgumentError, match="at least one expression"):
        found.combine(lambda t: [])


@pytest.mark.parametrize("nothing", [[], {}, np.empty(0)])
def test_a_function_of_weights_returns_something(nothing: Any) -> None:
    jackknife = design().with_replicates("JKn")
    with pytest.raises(ArgumentError, match="expected at least one number, found none"):
        jackknife.replicate(lambda data, weights: nothing)


def test_a_function_of_weights_returns_numbers() -> None:
    jackknife = design().with_replicates("JKn")
    with pytest.raises(ArgumentError, match="found 'abc'"):
        jackknife.replicate(lambda data, weights: "abc")
    with pytest.raises(ArgumentError, match="expected a function"):
        jackknife.replicate(3)  # type: ignore[arg-type]


def test_a_question_about_plausible_values_is_answered_by_an_estimate() -> None:
    answers: list[Callable[[Design, str], Any]] = [lambda d, y: 1.0, lambda d, y: None]
    for ask in answers:
        with pytest.raises(ArgumentError, match="ask: expected a function whose value is an est"):
            design().plausible_values(["y", "z"], ask)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({1: float("nan"), 2: 1.0}, "weights that are numbers, found a missing one"),
        ({1: float("inf"), 2: -1.0}, "found an infinite one"),
        ({1: 0, 2: 0}, "at least one weight that isn't 0"),
    ],
)
def test_a_contrast_weighs_something(weights: dict[int, float], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        design().mean("y", by="h", covariance=True).contrast(weights)


# ---- what is known of combinations ----


def test_units_of_several_groups_arent_added_up() -> None:
    data = {"u": [1, 1, 2, 2, 3, 3], "g": [1, 2, 1, 2, 1, 2], "y": [1.0, 2.0, 4.0, 7.0, 3.0, 5.0]}
    found = Design(data, clusters="u").mean("y", by="g", covariance=True)
    assert found.units.tolist() == [3, 3]
    one = found.contrast({1: 2.0})
    assert one.units.tolist() == [3]
    both = found.contrast({1: 1.0, 2: -1.0})
    assert (both.units.tolist(), both.strata.tolist(), both.n.tolist()) == ([0], [0], [6])


# ---- numbers that don't fit ----


def test_a_standard_error_is_finite_or_refused() -> None:
    huge = Design({**DATA, "w": [1e300, 2e300, 3e300, 4e300]}, "w", strata="h")
    with pytest.raises(NumericalError, match="fits in double precision"):
        huge.with_replicates("JKn").total("y")
    with pytest.raises(NumericalError, match="fits in double precision"):
        huge.total("y")
    # Weights that cancel leave nothing to overflow.
    assert huge.with_replicates("JKn").mean("y").se[0] == pytest.approx(
        design().with_replicates("JKn").mean("y").se[0], rel=1e-12
    )


def test_limits_are_told_as_they_were_given() -> None:
    weights = Design({"w": [1.0, 2.0, 3.0, 14.0]}, weights="w")
    assert weights.trim(high=8.0).adjustments[0].name == "trimming to at most 8"
    assert weights.trim(low=2.0).adjustments[0].name == "trimming to at least 2"
    assert weights.trim(2.0, 8.0).adjustments[0].name == "trimming to between 2 and 8"
