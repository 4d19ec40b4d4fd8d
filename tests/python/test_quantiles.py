"""Quantiles through Python: R's figures, the rules' meanings in rational numbers, and odd data.

`tests/reference/README.md` says where R's figures come from.
"""

from __future__ import annotations

import csv
import math
import pickle
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from irosurvey import ArgumentError, ColumnError, Design, NumericalError, QuantileEstimate

TESTS = Path(__file__).parents[1]
DATA = TESTS / "data"

# Two double-precision programs that interpolate between the same two values.
RELATIVE = 1e-9

Line = dict[str, str]

TYPES = {"E": 4421, "H": 755, "M": 1018}


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


# ---- results ----


def caseloads() -> Design:
    data = {
        "y": [40.0, 52, 61, 64, 66, 70, 75, 81, 90, math.nan],
        "g": ["a", "a", "a", "b", "b", "b", "b", "b", "c", "c"],
        "w": [1.0, 2, 1, 2, 1, 2, 1, 2, 1, 1],
    }
    return Design(data, weights="w")


def test_a_result_shows_probabilities_and_its_own_limits() -> None:
    found = caseloads().quantile("y", [0.25, 0.5], by="g")
    assert isinstance(found, QuantileEstimate)
    table = found.to_pandas()
    assert list(table.columns[:4]) == ["statistic", "variable", "prob", "g"]
    assert table["variable"].tolist() == ["y"] * 6
    assert table["prob"].tolist() == [0.25] * 3 + [0.5] * 3
    np.testing.assert_array_equal(table["lower"], found.interval().lower)
    assert "prob" in repr(found)
    assert "width of the interval / 2t" in repr(found)
    part = found.sel(prob=0.5, g="b")
    assert part.lower == found.lower[4]
    assert float(found[4]) == float(part)
    assert found[1:3].shares.tolist() == found.shares[1:3].tolist()


def test_results_are_pickled_and_equal() -> None:
    found = caseloads().median("y")
    assert pickle.loads(pickle.dumps(found)) == found
    assert found != caseloads().quantile("y", 0.25)


def test_limits_at_another_level_are_another_question() -> None:
    found = caseloads().median("y")
    with pytest.raises(ArgumentError, match=r"level 0.9.*Ask again"):
        found.interval(0.9)
    t = found.interval(0.9, "t")
    assert t.lower[0] < float(found) < t.upper[0]


def test_groups_are_compared_and_quartiles_subtracted() -> None:
    design = design_of("clus1")
    medians = design.median("api00", by="stype")
    gap = medians.difference("stype")
    assert gap.estimate[0] == medians.estimate[1] - medians.estimate[0]
    # Schools of several kinds are in one district: their medians go together.
    apart = math.hypot(medians.se[0], medians.se[2])
    assert 0.0 < gap.se[1] < apart
    iqr = design.iqr("api00")
    assert float(iqr) == 719.0 - 552.0
    assert iqr.keys()["variable"][0].value == "api00"
    by_kind = design.iqr("api00", by="stype")
    assert by_kind.by == ("stype",)
    assert len(by_kind) == 3


def test_the_first_row_of_nobody_is_empty() -> None:
    found = caseloads().quantile("y", 0.5, by="g", where="g <> 'c' OR y IS NULL")
    assert found.status == ("ok", "ok", "empty")
    assert math.isnan(found.estimate[2])
    assert math.isnan(found.lower[2])


def test_quantiles_of_plausible_values_are_combined() -> None:
    design = Design({"pv1": range(1, 41), "pv2": [y + (y % 3) for y in range(1, 41)]})
    found = design.plausible_values(["pv1", "pv2"], lambda asked, pv: asked.median(pv))
    assert isinstance(found, QuantileEstimate)
    each = [design.median(pv) for pv in ("pv1", "pv2")]
    between = float(each[0]) - float(each[1])
    expected = (each[0].variance[0] + each[1].variance[0]) / 2 + 1.5 * between**2 / 2
    assert found.variance[0] == pytest.approx(expected, rel=1e-12)
    assert found.keys()["prob"][0].value == 0.5
    assert found.interval().lower[0] == found.interval(method="t").lower[0]


def test_errors_name_what_is_wrong() -> None:
    design = caseloads()
    with pytest.raises(ArgumentError, match=r"Say 0.5"):
        design.quantile("y", 50)
    with pytest.raises(ArgumentError, match="'hf10'"):
        design.quantile("y", rule="hf10")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="probs"):
        design.quantile("y", "half")  # type: ignore[arg-type]
    with pytest.raises(ColumnError, match="numbers or booleans"):
        design.median("g")
    with pytest.raises(ArgumentError, match="replicates"):
        design.median("y", ci="replicate")


def test_conventions_name_the_rule() -> None:
    data = {"y": [1, 2, 3, 4]}
    assert float(Design(data).median("y")) == 2.0
    assert float(Design(data, conventions="stata").median("y")) == 2.5
    assert float(Design(data, conventions="stata").median("y", rule="math")) == 2.0


# ---- traps: where R isn't followed ----


def test_trap_c9_every_interval_holds_its_estimate() -> None:
    """R's "score" limits of a median of 1.469 were 1.167 to 1.224: it isn't offered."""
    random = np.random.default_rng(12)
    for _ in range(20):
        data = {"y": np.exp(random.normal(size=60)), "w": random.integers(1, 9, 60)}
        design = Design(data, weights="w")
        for ci in ("woodruff", "logit", "beta", "symmetric"):
            for rule in ("math", "hf4", "hf7", "sas"):
                found = design.quantile("y", [0.2, 0.5, 0.9], rule=rule, ci=ci)
                assert (found.lower <= found.estimate).all()
                assert (found.estimate <= found.upper).all()
    with pytest.raises(ArgumentError, match="'score'"):
        design.median("y", ci="score")  # type: ignore[arg-type]


def test_trap_c9_the_standard_error_depends_on_the_level() -> None:
    """It is a width over 2t: of another interval it is another, here as in R, and it is said."""
    design = design_of("clus1")
    found = {level: design.median("api00", level=level) for level in (0.95, 0.5)}
    assert found[0.95].se[0] != found[0.5].se[0]
    assert "/ 2t" in repr(found[0.95])


def test_trap_c9_quantiles_have_covariances() -> None:
    """R gives none between quantiles: a difference of two would leave it out."""
    quartiles = design_of("clus1").quantile("api00", [0.25, 0.75])
    matrix = quartiles.covariance
    np.testing.assert_allclose(np.diag(matrix), quartiles.variance)
    assert 0.0 < matrix[0, 1] < quartiles.se.prod()


def test_trap_c9_replicates_take_notice_of_the_interval() -> None:
    """4.1-1 ignores the interval's type there."""
    jackknife = design_of("jk1")
    kinds = ("woodruff", "logit", "beta", "replicate")
    limits = {
        (float(found.lower[0]), float(found.upper[0]))
        for found in (jackknife.quantile("api00", 0.75, ci=kind) for kind in kinds)
    }
    assert len(limits) == len(kinds)


def test_trap_c9_the_beta_interval_takes_the_domains_base() -> None:
    """R takes n from the rows of the design, which a calibrated domain keeps."""
    calibrated = design_of("clus1").calibrate("poststratify", {"stype": TYPES})
    domain = domain_of("clus1", "stype == 'H'")
    found = calibrated.median("api00", ci="beta", where=domain)
    plain = design_of("clus1").median("api00", ci="beta", where=domain)
    assert found.n[0] == 14
    # Within a post-stratum weights are multiplied by one number.
    assert (found.lower[0], found.upper[0]) == (plain.lower[0], plain.upper[0])


def test_trap_c16_replicates_count_rows_of_positive_weight_too() -> None:
    """R's n is all rows there."""
    data = {"y": [1.0, 2, 4, 9, 5, 3], "w": [1.0, 1, 1, 0, 1, 1]}
    replicated = Design(data, weights="w").with_replicates("JK1")
    assert float(replicated.variance("y")) == pytest.approx(np.var([1, 2, 4, 5, 3], ddof=1))


# ---- the distribution function, histograms ----


def test_the_distribution_function_is_a_share() -> None:
    design = caseloads()
    found = design.cdf("y", at=[70, 30, 1000], by="g")
    assert found.keys()["at"][0].value == 70
    below = design.with_columns({"below": [1.0, 1, 1, 1, 1, 1, 0, 0, 0, math.nan]})
    share = below.proportion("below", 1, by="g")
    np.testing.assert_allclose(found.sel(at=70).estimate, share.estimate)
    np.testing.assert_allclose(found.sel(at=70).se, share.se, atol=1e-15)
    np.testing.assert_array_equal(found.sel(at=30).estimate, [0.0, 0.0, 0.0])
    np.testing.assert_array_equal(found.sel(at=1000).estimate, [1.0, 1.0, 1.0])


def test_quantiles_and_the_distribution_function_are_inverse() -> None:
    design = design_of("strat")
    quantiles = design.quantile("enroll", [0.1, 0.5, 0.9])
    shares = design.cdf("enroll", at=quantiles.estimate.tolist())
    np.testing.assert_allclose(shares.estimate, quantiles.shares)
    assert (shares.estimate >= [0.1, 0.5, 0.9]).all()


def test_histograms_count_every_row_once() -> None:
    design = caseloads()
    found = design.histogram("y", 5)
    assert found.estimate.sum() == pytest.approx(1.0)
    edges = [40.0, 50, 60, 70, 80, 90]
    y = np.array([40.0, 52, 61, 64, 66, 70, 75, 81, 90])
    weights = np.array([1.0, 2, 1, 2, 1, 2, 1, 2, 1])
    totals, _ = np.histogram(y, edges, weights=weights)
    np.testing.assert_allclose(design.histogram("y", 5, scale="total").estimate, totals)
    np.testing.assert_allclose(found.estimate, totals / totals.sum())
    np.testing.assert_allclose(
        design.histogram("y", edges, scale="density").estimate, totals / totals.sum() / 10
    )
    assert str(found.keys()["level"][4]) == "[80, 90]"
    # Rows outside the bins count in the base.
    assert design.histogram("y", [40, 65]).estimate[0] == pytest.approx(6 / 13)
    with pytest.raises(ArgumentError, match="each above the one before"):
        design.histogram("y", [2, 1])


# ---- spreads ----


@pytest.mark.parametrize("line", table("r_spreads.csv"), ids=lambda line: " ".join(line.values()))
def test_what_r_answers_about_spreads(line: Line) -> None:
    design, options = design_of(line["design"]), {"where": domain_of(line["design"], line["where"])}
    asked = {
        "variance": lambda: design.variance(line["x"], **options),
        "sd": lambda: design.sd(line["x"], **options),
        "covariance": lambda: design.covariance(line["x"], line["y"], **options),
        "correlation": lambda: design.correlation(line["x"], line["y"], **options),
        "geometric mean": lambda: design.geometric_mean(line["x"], **options),
    }
    found = asked[line["statistic"]]()
    assert float(found) == pytest.approx(float(line["estimate"]), rel=RELATIVE)
    assert found.se[0] == pytest.approx(float(line["se"]), rel=RELATIVE)


def test_an_offset_costs_spreads_no_digits() -> None:
    random = np.random.default_rng(9)
    y, x = random.integers(0, 50, 300) * 1.0, random.integers(0, 50, 300) * 1.0
    here = Design({"x": x, "y": y, "g": random.integers(0, 4, 300)})
    there = here.with_columns({"x": x + 1e9, "y": y - 1e9})
    for by in (None, "g"):
        for ask in (
            lambda design, by=by: design.variance("y", by=by),
            lambda design, by=by: design.covariance("x", "y", by=by),
            lambda design, by=by: design.correlation("x", "y", by=by),
        ):
            np.testing.assert_allclose(ask(there).estimate, ask(here).estimate, rtol=1e-12)
            np.testing.assert_allclose(ask(there).se, ask(here).se, rtol=1e-12)


def test_trap_c16_n_counts_rows_of_positive_weight() -> None:
    design = Design({"y": [1.0, 2, 4, 9], "w": [1.0, 1, 1, 0]}, weights="w")
    assert float(design.variance("y")) == pytest.approx(np.var([1, 2, 4], ddof=1))


def test_spreads_of_odd_data() -> None:
    constant = Design({"y": [1e9 + 0.1] * 5, "x": [1, 2, 3, 4, 5]})
    variance = constant.variance("y")
    assert float(variance) == 0.0
    assert variance.se[0] == 0.0
    assert constant.correlation("x", "y").status == ("undefined",)
    one_each = Design({"y": [3.0, 4, 5], "g": [1, 2, 2]}).variance("y", by="g")
    assert one_each.status == ("undefined", "ok")
    with pytest.raises(NumericalError, match=r"row 1.*above 0"):
        Design({"y": [3.0, 0.0]}).geometric_mean("y")
    pairs = Design({"x": [1.0, 2, 3, math.nan], "y": [2.0, 1, math.nan, 9]})
    assert pairs.covariance("x", "y").n[0] == 2
    assert float(pairs.covariance("x", "y")) == pytest.approx(-0.5)


def test_listwise_leaves_out_rows_that_miss_any_variable() -> None:
    data = {
        "u": [1, 1, 2, 2, 3, 3, 4, 4],
        "x": [1.0, 5, 2, 8, math.nan, math.nan, 4, 9],
        "y": [3.0, math.nan, 4, 1, 5, 6, 2, 7],
    }
    complete = {
        name: [one for row, one in enumerate(values) if row not in (1, 4, 5)]
        for name, values in data.items()
    }
    whole, kept = Design(data, clusters="u"), Design(complete, clusters="u")
    for ask in (
        lambda design, missing: design.quantile(["x", "y"], [0.2, 0.6], missing=missing),
        lambda design, missing: design.variance(["x", "y"], missing=missing),
        lambda design, missing: design.covariance("x", "y", missing=missing),
        lambda design, missing: design.geometric_mean(["x", "y"], missing=missing),
    ):
        found, expected = ask(whole, "listwise"), ask(kept, "domain")
        np.testing.assert_allclose(found.estimate, expected.estimate, rtol=1e-12)
        np.testing.assert_allclose(found.se, expected.se, rtol=1e-12)
        np.testing.assert_array_equal(found.n, expected.n)
        np.testing.assert_array_equal(found.df, expected.df)
