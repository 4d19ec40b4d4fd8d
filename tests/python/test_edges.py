"""Edges: signs that change, sums that round, numbers that vanish, odd columns, wrong arguments."""

from __future__ import annotations

import doctest
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import irosurvey
from irosurvey import ArgumentError, ColumnError, Design, IrosurveyError, NumericalError, T

# ---- numbers ----


def clustered(seed: int = 7) -> tuple[dict[str, Any], Design]:
    """Eight schools in two strata, whose pupils lie on either side of any mean."""
    random = np.random.default_rng(seed)
    n = 24
    data = {
        "s": np.repeat([1, 2, 3], n // 3),
        "u": np.repeat(np.arange(n // 2), 2),
        "w": random.uniform(1, 3, n),
        "g": np.resize(["a", "b", "c"], n),
        "h": random.integers(1, 3, n),
        "y": random.normal(10, 2, n),
        "one": np.ones(n),
    }
    return data, Design(data, "w", "s", "u")


def test_a_variance_has_a_value_in_replicates_in_which_a_deviation_changes_its_sign() -> None:
    data, design = clustered()
    jackknife = design.with_replicates("JKn")

    def variance(weights: np.ndarray, rows: np.ndarray) -> float:
        y, w, n = data["y"][rows], weights[rows], rows.sum()
        return float(np.average((y - np.average(y, weights=w)) ** 2, weights=w) * n / (n - 1))

    found = jackknife.variance("y", by="g")
    for place, group in enumerate("abc"):
        rows = data["g"] == group
        full = variance(data["w"], rows)
        changes = [
            variance(jackknife.replicate_weights(r), rows) - full
            for r in range(jackknife.replicates)
        ]
        # Every stratum has four units: each square counts 3/4.
        assert found.se[place] == pytest.approx(np.sqrt(0.75 * np.square(changes).sum()))


def test_a_power_of_what_becomes_negative_has_a_value() -> None:
    data = {"y": [-3.0, 1.0, 1.0, 2.0]}
    jackknife = Design(data).with_replicates("JK1")
    square = jackknife.estimate((T("y") / T(1)) ** 2)
    means = [np.mean(np.delete(data["y"], r)) for r in range(4)]
    assert min(means) < 0 < max(means)
    changes = np.square(means) - np.mean(data["y"]) ** 2
    assert square.variance[0] == pytest.approx(0.75 * np.square(changes).sum())


def test_the_distribution_function_ends_at_1() -> None:
    """The shares of all intervals add up to 1.0000000000000002 in some of these."""
    for seed in range(100):
        random = np.random.default_rng(seed)
        n = int(random.integers(3, 40))
        design = Design({"y": random.normal(size=n), "w": random.uniform(0.1, 9, n)}, "w")
        cdf = design.cdf("y", [-100.0, *np.sort(random.normal(size=6)), 100.0])
        assert cdf.estimate[0] == 0.0
        assert cdf.estimate[-1] <= 1.0
        assert cdf.estimate[-1] == pytest.approx(1.0, abs=1e-15)
        lower, upper = cdf.interval()
        assert ((lower <= cdf.estimate) & (cdf.estimate <= upper)).all()


def test_a_histogram_of_billions_of_bins_is_refused_before_memory_is_gone() -> None:
    with pytest.raises(ArgumentError, match="bins of a histogram: expected from 1 to 10000"):
        Design({"y": [1.0, 2.0, 3.0]}).histogram("y", 2**31)


def test_an_interquartile_range_without_degrees_of_freedom_has_no_standard_error() -> None:
    data, _ = clustered()
    alone = Design({**data, "u": data["one"]}, "w", None, "u", singleton="remove")
    found = alone.iqr("y")
    assert found.status == ("ok",)
    assert np.isnan(found.se).all()
    assert (found.interval().lower[0], found.interval().upper[0]) == (-np.inf, np.inf)
    assert "∞" in repr(found) or "inf" in repr(found)


def test_what_is_combined_of_estimates_without_variance_has_no_covariance() -> None:
    """A share of which no unit tells how it varies: 0 would say that it doesn't."""
    data, _ = clustered()
    alone = Design({**data, "u": data["one"]}, "w", None, "u", singleton="remove")
    quartiles = alone.quantile("y", [0.25, 0.5, 0.75], covariance=True)
    assert np.isnan(quartiles.se).all()
    halves = quartiles.combine(lambda q: {"lower": q[1] - q[0], "upper": q[2] - q[1]})
    assert np.isnan(halves.covariance).all()
    assert np.isnan(halves.combine(lambda half: half[0] - half[1]).se).all()
    ranges = alone.iqr("y", by="g", covariance=True).difference("g")
    assert ranges.status == ("ok", "ok", "ok")
    assert np.isnan(ranges.covariance).all()


def test_a_distribution_function_takes_no_time_by_the_cube_of_its_points() -> None:
    _, design = clustered()

    def seconds(points: int) -> float:
        at = np.linspace(0, 20, points).tolist()
        began = time.process_time()
        design.cdf("y", at, covariance=True, threads=1)
        return time.process_time() - began

    design.cdf("y", [1.0])  # what is done once
    few, many = min(seconds(100) for _ in range(3)), min(seconds(800) for _ in range(2))
    assert many < 200 * few, "eight times the points took more than 200 times as long"


def test_the_distribution_function_near_1_has_the_digits_of_its_complement() -> None:
    random = np.random.default_rng(5)
    n = 4_000
    data = {"y": np.arange(n), "u": np.arange(n) // 4, "w": random.uniform(1, 3, n)}
    design = Design(data, "w", clusters="u")
    points = np.linspace(0, n - 1.5, 30).tolist()
    above = design.with_columns({"tail": data["y"] > points[-1]}).proportion("tail", True)
    assert design.cdf("y", points).se[-1] == pytest.approx(above.se[0], rel=1e-12)


def test_a_replicate_that_fails_is_told_in_the_words_of_the_question() -> None:
    """With rows that are dropped one by one, a group of two is left with one: nothing varies."""
    data = {"y": [1.0, 2.0, 4.0, 7.0, 11.0], "x": [2.0, 1.0, 5.0, 3.0, 4.0], "g": list("aabbb")}
    with pytest.raises(NumericalError) as failure:
        Design(data).with_replicates("JK1").correlation("x", "y", by="g")
    assert failure.value.subject == "correlation(x, y) in g = a"


@pytest.mark.parametrize("scale", [1e-160, 1e-170, 1e-300])
def test_numbers_whose_squares_vanish_are_no_constants(scale: float) -> None:
    _, design = clustered()
    tiny = design.with_columns({"tiny": design.frame["y"].to_numpy() * scale})
    with pytest.raises(NumericalError, match="Scale the column or the weights nearer to 1"):
        tiny.mean("tiny")
    still = design.with_columns({"small": design.frame["y"].to_numpy() * 1e-140})
    assert still.mean("small").se[0] == pytest.approx(design.mean("y").se[0] * 1e-140)


def test_an_infinite_standard_error_can_be_shown() -> None:
    design = Design({"y": [-1.7e308] * 4 + [0.0] + [1.7e308] * 4})
    found = design.median("y")
    assert np.isinf(found.se).all()
    assert "Quantile of y" in repr(found)


# ---- kinds of columns ----


def test_half_precision_numbers_are_numbers() -> None:
    design = Design({"y": np.array([0, 1, 1, 1], dtype=np.float16)})
    found = design.mean("y")
    assert float(found) == 0.75
    assert found.events.tolist() == [3]


def test_events_of_a_dictionary_with_unsigned_places_and_missing_ones() -> None:
    places = pa.array([0, 1, None, 1, 2], pa.uint64())
    coded = pa.DictionaryArray.from_arrays(places, pa.array(["yes", "no", "None"]))
    found = Design({"x": coded}).proportion("x")
    assert dict(zip(map(str, found.keys()["level"]), found.events.tolist(), strict=True)) == {
        "yes": 1,
        "no": 2,
        "None": 1,
    }


@pytest.mark.parametrize("one", [np.int64(1), np.int8(1), np.float32(1), np.float64(1), 1, 1.0])
def test_a_number_of_numpy_is_the_level_that_it_is(one: Any) -> None:
    design = Design({"z": [0, 1, 1, 1], "g": ["a", "b", "a", "b"], "y": [1.0, 2.0, 3.0, 4.0]})
    assert float(design.proportion("z", one)) == 0.75
    assert float(design.proportion("z", [one])) == 0.75
    assert float(design.estimate(irosurvey.proportion("z", one))) == 0.75
    assert float(design.estimate(T("z", [one]) / T(1))) == 0.75
    by = design.mean("y", by="z")
    assert float(by.sel(z=one)) == 3.0
    assert float(by.contrast({one: 1, 0: -1})) == 2.0
    assert by.difference("z", reference=one).estimate.tolist() == [-2.0]


def test_a_text_is_one_level_and_not_its_letters() -> None:
    design = Design({"g": ["a", "b", "ab", "ab"]})
    assert float(design.estimate(T("g", "ab") / T(1))) == 0.5


# ---- arguments ----

DATA = {"y": [1.0, 2.0, 3.0, 4.0], "g": ["a", "b", "a", "b"], "z": [0, 1, 1, 0]}
BAD = object()


def replicated(**more: Any) -> Design:
    return Design(DATA, replicates=irosurvey.Replicates("JKn", ["y", "z"], **more))


def by_group() -> irosurvey.Estimate:
    return Design(DATA).mean("y", by="g")


WRONG: list[tuple[Callable[[], Any], str]] = [
    (lambda: Design(DATA, weights=pd.Series([1, 2])), "weights: expected the name of a column"),  # type: ignore[arg-type]
    (lambda: Design(DATA, weights=pl.Series([1, 2])), "weights: expected the name of a column"),  # type: ignore[arg-type]
    (lambda: Design(DATA, weights=np.ones(4)), "weights: expected the name of a column"),  # type: ignore[arg-type]
    (lambda: Design(DATA, weights=pd.NA), "weights: expected the name of a column"),  # type: ignore[arg-type]
    (lambda: Design(DATA, strata=pd.Series([1, 2])), "strata: "),  # type: ignore[arg-type]
    (lambda: Design(DATA, singleton=np.ones(2)), "singleton: expected one of"),  # type: ignore[arg-type]
    (lambda: Design(DATA, replicates=pd.Series([1])), "replicates: "),  # type: ignore[arg-type]
    (lambda: Design(DATA, fpc=10**400), "fpc: expected"),
    (lambda: replicated(rscales=["x", 1]), "rscales: expected a number, found 'x'"),
    (lambda: replicated(rscales=1, replicate_strata=3), "replicate_strata: expected numbers"),
    (lambda: Design({"y": 1}), "column 'y': expected"),
    (lambda: Design({"y": None}), "column 'y': expected"),
    (lambda: Design(pa.array([1, 2])), "data: expected a table"),
    (lambda: Design("x" * 10_000), "file "),
    (lambda: Design("a\0b"), "file "),
    (lambda: design().mean(np.zeros((2, 2))), "variables: expected the name of a column"),  # type: ignore[arg-type]
    (lambda: design().mean(pd.NA), "variables: expected the name of a column"),  # type: ignore[arg-type]
    (lambda: design().mean("\ud800"), "variables: expected the name of a column"),
    (lambda: design().mean("y", by="\ud800"), "by: expected the name of a column"),
    (lambda: design().mean("y", df=pd.Series([1])), "df: expected"),  # type: ignore[arg-type]
    (lambda: design().mean("y", df=10**400), "df: expected"),
    (lambda: design().mean("y", level=10**400), "level: expected a number"),
    (lambda: design().mean("y", deff=np.ones(2)), "deff: expected one of"),  # type: ignore[arg-type]
    (lambda: design().mean("y", missing=pd.NA), "missing: expected one of"),  # type: ignore[arg-type]
    (lambda: design().quantile("y", [[1, 2], [3]]), "probs: expected"),  # type: ignore[list-item]
    (lambda: design().quantile("y", rule=None), "rule: expected one of"),  # type: ignore[arg-type]
    (lambda: design().proportion("g", BAD), "levels: expected codes or value labels"),  # type: ignore[arg-type]
    (lambda: design().histogram("y", scale=None), "scale: expected"),  # type: ignore[arg-type]
    (lambda: design().estimate(None), "expressions: expected"),  # type: ignore[arg-type]
    (lambda: design().ttest("y", "x"), "mu: expected a number, found 'x'"),  # type: ignore[arg-type]
    (lambda: design().ttest("y", alternative=None), "alternative: expected the name of a choice"),  # type: ignore[arg-type]
    (lambda: design().goodness_of_fit("g", 5), "shares: expected"),  # type: ignore[arg-type]
    (lambda: design().goodness_of_fit("g", "ab"), "shares: expected"),  # type: ignore[arg-type]
    (lambda: design().regression("y ~ z", family=3), "family: expected text, found 3"),  # type: ignore[arg-type]
    (lambda: design().regression("y ~ z", max_iterations=1.5), "max_iterations: expected"),  # type: ignore[arg-type]
    (lambda: design().with_columns(3), "columns: expected"),  # type: ignore[arg-type]
    (lambda: design().crosstab("g", "z").estimate([]), "percent"),  # type: ignore[arg-type]
    (
        lambda: design().crosstab("g", "z").odds_ratio(rows=("a",)),
        "rows of a measure of association: expected two",
    ),  # type: ignore[arg-type]
    (lambda: design().mean("y", by="g").sel(g=BAD), "g: expected codes or value labels"),  # type: ignore[arg-type]
    (lambda: design().mean("y", by="g").test(BAD), "mu: expected a number"),  # type: ignore[arg-type]
    (lambda: design().mean("y", by="g").interval(method=3), "method: expected"),  # type: ignore[arg-type]
    (lambda: irosurvey.mean(None), "variable: expected the name of a column, found None"),  # type: ignore[arg-type]
    (lambda: irosurvey.ratio("y", ""), "denominator: expected the name of a column"),
    (lambda: T(""), "variable: expected the name of a column, found an empty name"),
    (lambda: T(True), "variable: expected a whole number, found True"),
    (lambda: Design(DATA, fpc=b"y"), "fpc: expected names of columns or numbers, found bytes"),  # type: ignore[arg-type]
    (lambda: replicated(rscales=1).replicate(lambda *_: None), "the function of weights: expected"),
    (lambda: by_group().difference("g", reference=["a", "b"]), "reference: expected the code"),  # type: ignore[arg-type]
    (lambda: by_group().difference("g", reference=[]), "reference: expected the code"),  # type: ignore[arg-type]
    (lambda: by_group().interval(method=0), "method: expected text, found 0"),  # type: ignore[arg-type]
    (lambda: irosurvey.log("y"), "expression: expected Expr, found 'y'"),  # type: ignore[arg-type]
    (lambda: irosurvey.adjusted_p("x", "holm"), "p_values: expected a list of numbers"),  # type: ignore[arg-type]
    (lambda: irosurvey.read(None), "path: expected"),  # type: ignore[arg-type]
    (lambda: irosurvey.UnitTotals.from_bytes("x"), "data: expected bytes"),  # type: ignore[arg-type]
]


def design() -> Design:
    return Design(DATA)


@pytest.mark.parametrize(("ask", "message"), WRONG)
def test_a_wrong_argument_is_named(ask: Callable[[], Any], message: str) -> None:
    with pytest.raises(IrosurveyError) as failure:
        ask()
    assert message in str(failure.value)
    str(failure.value).encode()
    assert len(str(failure.value)) < 2_500


def test_what_a_function_of_the_user_raises_is_left_alone() -> None:
    def careless(*_: Any) -> float:
        raise ValueError("mine")

    with pytest.raises(ValueError, match=r"^mine$"):
        design().with_replicates("JK1").replicate(careless)
    with pytest.raises(ValueError, match=r"^mine$"):
        design().mean("y", by="g").combine(careless)  # type: ignore[arg-type]


def test_an_argument_that_does_not_exist_is_python_s_matter() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'nope'"):
        design().mean("y", nope=1)  # type: ignore[call-arg]


def test_a_long_name_makes_a_short_message() -> None:
    with pytest.raises(ColumnError) as failure:
        design().mean("y", where="z" * 10_000)
    assert len(str(failure.value)) < 2_500


def test_examples_of_checked_functions_are_found() -> None:
    """Doctest looks in the functions of a module alone, and tells them by their globals."""
    found = {one.name: one.examples for one in doctest.DocTestFinder().find(irosurvey.expr)}
    assert found["irosurvey.expr.T"]
    found = {one.name: one.examples for one in doctest.DocTestFinder().find(irosurvey.result)}
    assert found["irosurvey.result.Estimate.contrast"]
