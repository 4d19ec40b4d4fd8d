"""Totals over domains of their own, contrasts, functions of rows, and statistics asked together."""

from __future__ import annotations

import csv
import pickle
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import irosurvey
from irosurvey import (
    ArgumentError,
    ColumnError,
    Design,
    Estimate,
    Expr,
    Frame,
    T,
    exp,
    log,
    mean,
    proportion,
    ratio,
    sqrt,
    total,
)
from irosurvey.parts import MOST_COVARIANCES

TESTS = Path(__file__).parents[1]
# Two double-precision programs that sum the same numbers in another order, and take derivatives in
# other ways; the worst of these figures agrees to 1e-12.
RELATIVE = 1e-11
SAME = 1e-12


def survey() -> Design:
    random = np.random.default_rng(7)
    rows = 240
    frame = Frame(
        {
            "region": np.repeat([1, 2, 3], rows // 3),
            "area": np.tile(["rural", "urban"], rows // 2),
            "psu": np.arange(rows) // 6,
            "w": random.uniform(1, 3, rows),
            "y": np.where(random.random(rows) < 0.1, np.nan, random.normal(70, 12, rows)),
            "x": random.uniform(0.5, 1.0, rows),
            "answer": random.integers(1, 4, rows),
            "late": random.random(rows) < 0.3,
        }
    )
    region = frame["region"].with_notes(value_labels={1: "North", 2: "South", 3: "Isles"})
    answer = frame["answer"].with_notes(value_labels={1: "never", 2: "often", 3: "always"})
    frame = frame.with_column(region).with_column(answer)
    return Design(frame, weights="w", strata="region", clusters="psu")


@pytest.fixture(scope="module")
def design() -> Design:
    return survey()


@pytest.fixture(scope="module")
def means(design: Design) -> Estimate:
    return design.mean("y", by="region")


def agree(one: Estimate, other: Estimate) -> None:
    np.testing.assert_allclose(one.estimate, other.estimate, rtol=SAME)
    np.testing.assert_allclose(one.se, other.se, rtol=SAME)
    np.testing.assert_array_equal(one.n, other.n)
    np.testing.assert_array_equal(one.df, other.df)


# ---- as in R ----


def _reference() -> dict[str, dict[tuple[str, str], float]]:
    path = TESTS / "reference" / "r_expressions.csv"
    with open(path, encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(line for line in file if not line.startswith("#")))
    found: dict[str, dict[tuple[str, str], float]] = {}
    for line in lines:
        key = (line["question"], line["quantity"])
        found.setdefault(line["design"], {})[key] = float(line["value"])
    return found


REFERENCE = _reference()


@cache
def api(name: str) -> Design:
    frame = Frame(pd.read_csv(TESTS / "data" / f"{name}.csv", comment="#"))
    if name == "apistrat":
        return Design(frame, weights="pw", strata="stype", fpc="fpc")
    if name == "apiclus1":
        return Design(frame, weights="pw", clusters="dnum", fpc="fpc")
    return Design(frame, clusters=["dnum", "snum"], fpc=["fpc1", "fpc2"])


def _expressions() -> dict[str, Expr]:
    """The questions of r_expressions.R, by their names."""
    api00 = T("api00") / T(1)
    elementary, high, wide = {"stype": "E"}, {"stype": "H"}, {"sch_wide": "Yes"}
    share = T(1, within=wide) / T(1)
    quotient = T("api00") / T("api99")
    return {
        "difference": api00.within(elementary) - api00.within(high),
        "ratio_of_means": api00.within(elementary) / api00.within(high),
        "share_of_total": T("api_stu", within=elementary) / T("api_stu"),
        "log_ratio": log(quotient),
        "geometric": sqrt(api00.within(elementary) * api00.within(high)),
        "change": exp(quotient.within(high) - quotient.within(elementary)) - 1,
        "power": quotient.within(high) ** 3,
        "odds": share / (1 - share),
        "within_both": api00.within({"stype": ["E"], "sch_wide": "Yes"}) - api00,
        "mixed_quotient": T("api00", within=elementary) / T(1, within=high),
        "difference_of_totals": T("api00", where="stype = 'E'") - T("api00", where="stype = 'H'"),
    }


@pytest.mark.parametrize("name", REFERENCE)
def test_expressions_over_domains_are_those_of_r(name: str) -> None:
    expected = REFERENCE[name]
    asked = {
        question: expression
        for question, expression in _expressions().items()
        if (question, "se") in expected
    }
    assert len(asked) > 8
    answer = api(name).estimate(asked, covariance=True)
    place = {question: row for row, question in enumerate(asked)}
    met = 0
    for (question, quantity), figure in expected.items():
        if question not in place:
            continue
        row = place[question]
        if quantity.startswith("cov:"):
            other = place[quantity.removeprefix("cov:")]
            scale = answer.se[row] * answer.se[other]
            assert abs(answer.covariance[row, other] - figure) <= RELATIVE * scale, question
        else:
            found = answer.estimate[row] if quantity == "estimate" else answer.se[row]
            scale = max(abs(figure), answer.se[row]) if quantity == "estimate" else figure
            assert abs(found - figure) <= RELATIVE * scale, (question, quantity)
        met += 1
    assert met == len([key for key in expected if key[0] in place]) > 60


@pytest.mark.parametrize("name", REFERENCE)
@pytest.mark.parametrize("of", ["means", "ratios"])
def test_combinations_of_rows_are_those_of_r(name: str, of: str) -> None:
    design = api(name)
    result = (
        design.mean("api00", by="stype")
        if of == "means"
        else design.ratio("api00", "api99", by="stype")
    )
    combined = {
        "linear": result.contrast({"E": 0.5, "H": -1, "M": 0.5}),
        "sum": result.contrast([{"at": {"stype": level}} for level in "EHM"]),
        "quotient": result.combine(lambda t: t["E"] / t["H"]),
        "logarithm": result.combine(lambda t: log(t["M"]) - 2 * log(t["H"] * t["E"])),
    }
    for part, found in combined.items():
        expected = {
            quantity: figure
            for (question, quantity), figure in REFERENCE[name].items()
            if question == f"{of}_{part}"
        }
        assert abs(float(found) - expected["estimate"]) <= RELATIVE * max(
            abs(expected["estimate"]), expected["se"]
        )
        assert abs(found.se[0] - expected["se"]) <= RELATIVE * expected["se"]


# ---- domains of totals ----


def test_a_domain_is_named_by_codes_labels_or_a_condition(design: Design) -> None:
    average = T("y") / T(1)
    asked = design.estimate(
        [
            average.within({"region": 2}),
            average.within({"region": "South"}),
            average.within({"region": ["South"]}),
            average.within(where="region = 2"),
            T("y", within={"region": 2}) / T(1, within={"region": "South"}),
            T("y", where="region = 2") / T(1, within={"region": 2}),
        ]
    )
    where = design.mean("y", where="region = 2")
    for row in asked:
        agree(row, where)
    flagged = design.estimate(average.within({"area": "urban"}, where="late"))
    agree(flagged, design.mean("y", where="late AND area = 'urban'"))
    numpy = design.estimate(average.within({"region": np.int64(2)}))
    agree(numpy, where)


def test_a_condition_may_hold_what_a_domain_holds_elsewhere(design: Design) -> None:
    share = T(1, where="y > 70") / T(1)
    by_hand = design.with_columns({"high": np.nan_to_num(design.frame["y"].to_numpy()) > 70})
    agree(design.estimate(share, by="area"), by_hand.mean("high", by="area"))
    assert "y > 70" not in design.frame, "its column is there for the one question"


def test_formulas_say_what_they_are_within(design: Design) -> None:
    result = design.estimate(T("y", within={"region": "South"}) / T(1, where="late"))
    assert result.statistics[0].formula == "T(y within region = South) / T(1 within late)"
    assert "T(1 within (x > 0.7))" in repr(design.estimate(T(1, where="x > 0.7")))


def test_expressions_with_domains_travel() -> None:
    expression = T("y", within={"region": [1, 2]}, where="late") / T(1) - 3
    assert repr(pickle.loads(pickle.dumps(expression))) == repr(expression)


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda d: d.estimate(T("y", within={"regin": 1})), ColumnError, "'regin'"),
        (lambda d: d.estimate(T("y", within={"region": 9})), ArgumentError, "found 9"),
        (lambda d: d.estimate(T("y", within={"region": "Soth"})), ArgumentError, "found Soth"),
        (lambda d: d.estimate(T("y", where="lat")), ColumnError, "'lat'"),
        (lambda d: d.estimate(T("y", where="x")), ColumnError, "as a domain"),
        (lambda d: d.estimate(T("y", where="x >")), ArgumentError, "where"),
        (lambda d: T("y", within={"region": []}), ArgumentError, "at least one level"),
    ],
)
def test_a_wrong_domain_is_refused(
    design: Design, ask: Callable[[Design], Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        ask(design)


# ---- contrasts ----


def test_a_contrast_is_a_difference_where_it_is_one(means: Estimate) -> None:
    gap = means.contrast({"South": 1, "North": -1})
    agree(gap, means.difference("region")[0])
    assert gap.keys()["contrast"][0].value == "South - North"
    assert gap.statistics[0].scale == "other"
    agree(gap, means.contrast({2: 1, 1: -1}))
    terms = [{"at": {"region": 2}, "weight": 1}, {"at": {"region": "North"}, "weight": -1}]
    agree(gap, means.contrast(terms))


def test_contrasts_come_several_and_share_a_covariance(means: Estimate) -> None:
    several = means.contrast(
        {"gap": {"South": 1, "North": -1}, "mainland": {"South": 0.5, "North": 0.5}}
    )
    assert [str(level) for level in several.keys()["contrast"]] == ["gap", "mainland"]
    weights = np.array([[-1, 1, 0], [0.5, 0.5, 0]])
    np.testing.assert_allclose(
        several.covariance, weights @ means.covariance @ weights.T, rtol=1e-10, atol=1e-12
    )
    unnamed = means.contrast([{"South": 1, "North": -1}, {"South": 0.5, "North": 0.5, "Isles": -1}])
    shown = [str(level) for level in unnamed.keys()["contrast"]]
    assert shown == ["South - North", "0.5 × South + 0.5 × North - Isles"]
    assert float(several.sel(contrast="gap")) == float(unnamed[0])


def test_contrasts_are_made_in_every_group_that_they_do_not_name(design: Design) -> None:
    result = design.mean(["y", "x"], by=["region", "area"])
    gaps = result.contrast([{"at": {"area": "urban"}}, {"at": {"area": "rural"}, "weight": -1}])
    assert gaps.by == ("contrast", "region")
    assert len(gaps) == 6
    expected = result.difference("area").sel(variable="x", region="South")
    agree(gaps.sel(variable="x", region="South"), expected)
    cell = result.contrast({("North", "urban"): 1, (3, "rural"): -1})
    assert len(cell) == 2
    across = result.contrast(
        [
            {"at": {"variable": "y", "region": 1, "area": "urban"}},
            {"at": {"variable": "x", "region": 1, "area": "urban"}, "weight": -70},
        ]
    )
    assert len(across) == 1
    y, x = (result.sel(variable=name, region=1, area="urban") for name in ("y", "x"))
    assert float(across) == pytest.approx(float(y) - 70 * float(x), rel=SAME)


def test_a_contrast_of_levels_is_one_of_shares(design: Design) -> None:
    shares = design.proportion("answer")
    gap = shares.contrast({"often": 1, "never": -1})
    direct = design.estimate((T("answer", [2]) - T("answer", ["never"])) / T(1))
    assert float(gap) == pytest.approx(float(direct), rel=SAME)
    assert gap.se[0] == pytest.approx(direct.se[0], rel=SAME)


def test_degrees_of_freedom_are_those_of_the_whole_domain(means: Estimate) -> None:
    assert means.df.tolist() == [13, 13, 13]
    assert means.contrast({"South": 1, "North": -1}).df.tolist() == [39]
    assert means.combine(lambda t: t["South"] / t["North"]).df.tolist() == [39]


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"Suth": 1}, "Did you mean 'South'"),
        ({"South": "1"}, "expected weights by group"),
        ([], "expected weights by group"),
        ([{"at": {"regin": 1}}], "one of 'variable', 'region'"),
        ([{"at": {"region": 9}}], "exactly one, found none"),
        ([{"at": {"region": 1}, "wait": 1}], "'at' and 'weight', found 'wait'"),
        ({("South", "urban"): 1}, "1 levels"),
        ([{"South": 1}, [{"at": {"variable": "y", "region": 1}}]], "the same columns"),
        ({None: 1}, "its code or label"),
    ],
)
def test_a_wrong_contrast_is_refused(means: Estimate, weights: Any, message: str) -> None:
    with pytest.raises((ArgumentError, ColumnError), match=message):
        means.contrast(weights)


# ---- functions of rows ----


def test_functions_of_rows_are_expressions_of_their_totals(design: Design, means: Estimate) -> None:
    average = T("y") / T(1)
    found = means.combine(
        lambda t: {
            "ratio": t["South"] / t["North"],
            "log": log(t[1]) - log(t[0]),
            "square": t.sel(region=2) ** 2,
        }
    )
    south, north = (average.within({"region": code}) for code in (2, 1))
    direct = design.estimate([south / north, log(south) - log(north), south**2], covariance=True)
    np.testing.assert_allclose(found.estimate, direct.estimate, rtol=SAME)
    np.testing.assert_allclose(found.se, direct.se, rtol=SAME)
    np.testing.assert_allclose(found.covariance, direct.covariance, rtol=1e-9)
    assert [info.variable for info in found.statistics] == ["ratio", "log", "square"]
    assert found.statistics[0].formula == "[South] / [North]"
    one = means.combine(lambda t: exp(t["North"] / 100))
    assert one.statistics[0].variable == "exp([North] / 100)"
    assert "DEFF" not in repr(one)


def test_rows_of_several_columns_and_statistics(design: Design) -> None:
    result = design.estimate([mean("y"), ratio("y", "x")], by=["region", "area"])
    asked = result.combine(
        lambda t: (
            t.sel(variable="y", region="North", area="urban")
            / t.sel(variable="y / x", region="North", area="urban")
        )
    )
    assert "[y, North, urban] / [y / x, North, urban]" in asked.statistics[0].formula
    only = design.mean("y", by=["region", "area"]).combine(
        lambda t: t["North", "urban"] / t[3, "rural"]
    )
    assert len(only) == 1
    with pytest.raises(ArgumentError, match="exactly one, found 12"):
        result.combine(lambda t: t.sel())


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda t: t["Suth"], "Did you mean 'South'"),
        (lambda t: 2.0, "expression of rows"),
        (lambda t: T("y") / t[0], "rows of the estimate, not totals"),
        (3, "a function of rows"),
    ],
)
def test_a_wrong_function_is_refused(means: Estimate, function: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        means.combine(function)


def test_rows_of_a_result_are_no_totals(design: Design, means: Estimate) -> None:
    rows: list[Expr] = []

    def keep(t: Any) -> Expr:
        rows.append(t[0])
        return t[0]

    means.combine(keep)
    with pytest.raises(ArgumentError, match="not rows of a result"):
        design.estimate(rows[0])


# ---- a covariance that isn't there ----


@pytest.mark.parametrize(
    "ask",
    [
        lambda result: result.covariance,
        lambda result: result.difference("region"),
        lambda result: result.contrast({"South": 1, "North": -1}),
        lambda result: result.combine(lambda t: t[0] / t[1]),
    ],
)
def test_asking_for_a_covariance_that_is_not_there_says_how_to_get_it(
    design: Design, ask: Callable[[Estimate], Any]
) -> None:
    result = design.mean("y", by="region", covariance=False)
    with pytest.raises(ArgumentError, match="covariance=True"):
        ask(result)
    many = result[:0]
    assert len(many) == 0


def test_many_differences_say_where_their_covariance_is() -> None:
    groups = 30
    rows = 4 * groups
    data = {"g": np.arange(rows) % groups, "y": np.random.default_rng(1).random(rows)}
    pairs = Design(data).mean("y", by="g").difference("g")
    assert len(pairs) > MOST_COVARIANCES
    with pytest.raises(ArgumentError, match="the result that these came from"):
        _ = pairs.covariance


# ---- asked together ----


def test_different_statistics_share_one_covariance(design: Design) -> None:
    asked = design.estimate(
        [mean("y"), ratio("y", "x"), T("x") / T(1), total("x"), proportion("answer")], by="area"
    )
    assert len(asked) == 14
    assert asked.covariance.shape == (14, 14)
    agree(asked[:2], design.mean("y", by="area"))
    agree(asked[2:4], design.ratio("y", "x", by="area"))
    assert [info.question for info in asked.statistics] == [0, 1, 2, 3, 4, 4, 4]
    together = asked.combine(lambda t: t[0] / t[2])
    average = (T("y") / T(1)) / (T("y") / T("x"))
    alone = design.estimate(average, where="area = 'rural'")
    assert together.se[0] == pytest.approx(alone.se[0], rel=1e-10)


def test_statistics_may_be_named(design: Design) -> None:
    asked = design.estimate(
        {
            "years": mean("y"),
            "how often": proportion("answer"),
            "at all": proportion("answer", ["often", "always"]),
            "lateness": proportion("late"),
            "index": T("y") / T("x"),
        }
    )
    assert [info.variable for info in asked.statistics] == [
        "years",
        *["how often"] * 3,
        "at all",
        "lateness",
        "index",
    ]
    assert str(asked.statistics[4].level) == "often or always"
    assert asked.statistics[5].level is not None
    agree(asked.sel(variable="at all"), design.proportion("answer", [2, 3]))
    agree(asked.sel(variable="lateness"), design.proportion("late"))
    assert asked.interval_methods[:2] == ("t", "logit")


def test_a_column_that_nobody_answered_is_a_row_with_base_0() -> None:
    design = Design({"q": np.full(4, np.nan), "y": [1, 2, 3, 4]})
    nobody = design.proportion("q")
    assert nobody.status == ("empty",)
    assert nobody.n.tolist() == [0]
    assert "Nobody" in repr(nobody)
    with pytest.raises(ArgumentError, match=r"by 'q'.*there is no group"):
        design.mean("y", by="q")


def test_the_functions_are_the_methods() -> None:
    assert repr(irosurvey.mean("y")) == "T(y) / T(1)"
    assert repr(irosurvey.proportion("y")) == "proportion(y)"
    assert repr(irosurvey.proportion("y", True)) == "T(y = true) / T(1)"
