"""Generalized linear models: R's figures, identities, traps, refusals, and what is shown."""

from __future__ import annotations

import csv
import pickle
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import irosurvey
from irosurvey import ArgumentError, ColumnError, Design, NumericalError, Regression

TESTS = Path(__file__).parents[1]
# R solves by QR, we by Cholesky with a step that removes its rounding; both stop at a Newton step's
# rest. Canonical links agree to 1e-11; others, which converge linearly, to 1e-8.
RELATIVE = 1e-7
SAME = 1e-11


def read(name: str) -> pd.DataFrame:
    data = pd.read_csv(TESTS / "data" / name)
    if "sch_wide" in data:
        data["wide"] = (data["sch_wide"] == "Yes").astype(float)
    return data


@cache
def declared(name: str) -> Design:
    if name == "strat":
        return Design(read("apistrat.csv"), weights="pw", strata="stype", fpc="fpc")
    if name == "clus1":
        return Design(read("apiclus1.csv"), weights="pw", clusters="dnum", fpc="fpc")
    if name == "clus2":
        return Design(read("apiclus2.csv"), clusters=["dnum", "snum"], fpc=["fpc1", "fpc2"])
    if name == "nhanes":
        data = read("nhanes_cholesterol.csv")
        return Design(data, weights="WTMEC2YR", strata="SDMVSTRA", clusters="SDMVPSU")
    if name == "calibrated":
        margins = {
            1: 6194,
            "api99": 3914069,
            "stype": {"E": 6194 - 755 - 1018, "H": 755, "M": 1018},
        }
        return declared("clus1").calibrate("linear", margins)
    assert name == "jackknife"
    return declared("clus1").with_replicates("JK1")


CASES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "linear": ("strat", "api00 ~ ell + meals + mobility + stype", {}),
    "interaction": ("strat", "api00 ~ ell * meals + stype:mobility", {}),
    "no_intercept": ("strat", "api00 ~ stype + ell - 1", {}),
    "gaussian_log": ("strat", "api00 ~ ell + meals", {"link": "log"}),
    "logit": ("clus1", "wide ~ ell + meals + mobility", {"family": "binomial"}),
    "probit": ("clus1", "wide ~ ell + meals + mobility", {"family": "binomial", "link": "probit"}),
    "cloglog": (
        "clus1",
        "wide ~ ell + meals + mobility",
        {"family": "binomial", "link": "cloglog"},
    ),
    "cauchit": (
        "clus1",
        "wide ~ ell + meals + mobility",
        {"family": "binomial", "link": "cauchit"},
    ),
    "poisson": ("clus2", "api_stu ~ ell + meals", {"family": "poisson"}),
    "poisson_sqrt": ("clus2", "api_stu ~ ell + meals", {"family": "quasipoisson", "link": "sqrt"}),
    "offset": ("strat", "api_stu ~ meals + stype + offset(log(enroll))", {"family": "poisson"}),
    "gamma": ("strat", "api00 ~ ell + meals", {"family": "gamma"}),
    "gamma_log": ("strat", "api00 ~ ell + meals", {"family": "gamma", "link": "log"}),
    "inverse_gaussian": ("strat", "api00 ~ ell + meals", {"family": "inverse-gaussian"}),
    "inverse_gaussian_log": (
        "strat",
        "api00 ~ ell + meals",
        {"family": "inverse-gaussian", "link": "log"},
    ),
    "domain": ("clus2", "api00 ~ ell + meals", {"where": "stype = 'E'"}),
    "domain_logit": (
        "clus2",
        "wide ~ ell + meals",
        {"family": "binomial", "where": "stype = 'E'"},
    ),
    "missing": ("nhanes", "HI_CHOL ~ C(race) * C(RIAGENDR) + agecat", {"family": "binomial"}),
    "missing_domain": (
        "nhanes",
        "HI_CHOL ~ C(race, ref=2) + agecat",
        {"family": "quasibinomial", "where": "RIAGENDR = 2"},
    ),
    "calibrated": ("calibrated", "api00 ~ ell + meals + stype", {}),
    "calibrated_logit": ("calibrated", "wide ~ ell + meals", {"family": "binomial"}),
    "replicates": ("jackknife", "api00 ~ ell + meals + mobility", {}),
    "replicates_logit": ("jackknife", "wide ~ ell + meals + mobility", {"family": "binomial"}),
    "polynomial": ("strat", "api00 ~ poly(meals, 2) + log(enroll) + I(ell > 20)", {}),
}


@cache
def model_of(case: str) -> Regression:
    design, formula, more = CASES[case]
    return declared(design).regression(formula, df="design+1-p", **more)


@cache
def expected() -> dict[str, dict[str, dict[str, float]]]:
    """R's figures: case, quantity, name."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    with (TESTS / "reference" / "r_regression.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            of_case = found.setdefault(row["case"], {})
            of_case.setdefault(row["quantity"], {})[row["name"]] = float(row["value"])
    return found


def ours(name: str) -> str:
    """A coefficient's name in R as ours."""
    parts = []
    for part in name.split(":"):
        for head, title in (
            ("factor(race; levels = c(2; 1; 3; 4))", "C(race)"),
            ("factor(race)", "C(race)"),
            ("factor(RIAGENDR)", "C(RIAGENDR)"),
            ("stype", "stype"),
            ("agecat", "agecat"),
            ("poly(meals; 2)", "poly(meals, 2)"),
        ):
            if part.startswith(head):
                part = f"{title}[{part[len(head) :]}]"
                break
        parts.append(part)
    text = ":".join(parts)
    return {"(Intercept)": "Intercept", "I(ell > 20)TRUE": "I(ell > 20)"}.get(text, text)


def place_of(model: Regression, name: str) -> int:
    wanted = ours(name)
    if wanted in model.names:
        return model.names.index(wanted)
    turned = ":".join(reversed(wanted.split(":")))
    return model.names.index(turned)


# ---- R ----


@pytest.mark.parametrize("case", list(CASES))
def test_coefficients_and_their_covariance_are_those_of_r(case: str) -> None:
    model, figures = model_of(case), expected()[case]
    assert len(model) == len(figures["estimate"])
    for name, value in figures["estimate"].items():
        place = place_of(model, name)
        # A coefficient far below its standard error has no more digits than that.
        size = max(abs(value), figures["se"][name])
        assert model.estimate[place] == pytest.approx(value, rel=0, abs=RELATIVE * size), name
        assert model.se[place] == pytest.approx(figures["se"][name], rel=RELATIVE), name
    for names, value in figures.get("covariance", {}).items():
        one, other = (place_of(model, name) for name in names.split("|"))
        size = model.se[one] * model.se[other]
        assert model.covariance[one, other] == pytest.approx(value, rel=0, abs=RELATIVE * size)


@pytest.mark.parametrize(
    "case", [case for case in CASES if "last-step se" in expected().get(case, {})]
)
def test_information_of_the_last_step_is_that_of_r(case: str) -> None:
    figures = expected()[case]
    design, formula, more = CASES[case]
    model = declared(design).regression(formula, information="last-step", **more)
    for name, value in figures["last-step se"].items():
        place = place_of(model, name)
        assert model.se[place] == pytest.approx(value, rel=RELATIVE), name
        size = max(abs(figures["last-step estimate"][name]), value)
        wanted = figures["last-step estimate"][name]
        assert model.estimate[place] == pytest.approx(wanted, rel=0, abs=RELATIVE * size), name


@pytest.mark.parametrize("case", list(CASES))
def test_degrees_of_freedom_by_name_are_those_of_r(case: str) -> None:
    model = model_of(case)
    assert model.df == expected()[case]["df"][""]
    design, formula, more = CASES[case]
    plain = declared(design).regression(formula, **more)
    assert plain.df == model.df - 1 + len(model)
    assert (
        dict(plain.coefficients.choices)["degrees of freedom"]
        != (dict(model.coefficients.choices)["degrees of freedom"])
    )


@pytest.mark.parametrize("case", list(CASES))
def test_deviances_residuals_and_predictions_are_those_of_r(case: str) -> None:
    model, figures = model_of(case), expected()[case]
    if "calibrated" not in case:  # R's own mean weight there is that of the weights before
        assert model.deviance == pytest.approx(figures["deviance"][""], rel=1e-9)
        assert model.null_deviance == pytest.approx(figures["null deviance"][""], rel=1e-9)
    for kind in ("response", "pearson", "deviance", "working"):
        found = model.residuals(kind)
        size = float(np.nanmax(np.abs(found)))
        for row, value in figures[f"residual {kind}"].items():
            assert found[int(row) - 1] == pytest.approx(value, rel=0, abs=RELATIVE * size)
    predicted = model.predict(scale="link")
    # R's predictions leave the offset out.
    offset = np.log(read("apistrat.csv")["enroll"].to_numpy()) if case == "offset" else None
    for row, value in figures["link"].items():
        value += 0.0 if offset is None else float(offset[int(row) - 1])
        assert predicted.values[int(row) - 1] == pytest.approx(value, rel=RELATIVE, abs=RELATIVE)
    for row, value in figures.get("link se", {}).items():
        assert predicted.se[int(row) - 1] == pytest.approx(value, rel=RELATIVE)


@pytest.mark.parametrize(
    ("case", "terms", "label"),
    [
        ("linear", ["stype"], "stype"),
        ("linear", None, "ell|meals|mobility|stype"),
        ("logit", ["ell", "meals"], "ell|meals"),
        ("missing", ["C(race):C(RIAGENDR)"], "factor(race):factor(RIAGENDR)"),
        ("calibrated", ["stype"], "stype"),
        ("replicates", ["ell", "meals"], "ell|meals"),
    ],
)
def test_wald_tests_are_those_of_r(case: str, terms: list[str] | None, label: str) -> None:
    design, formula, more = CASES[case]
    model = declared(design).regression(formula, **more)
    test, figures = model.test(terms, "wald"), expected()[case]
    assert test.statistic == pytest.approx(figures["wald F"][label], rel=RELATIVE)
    assert test.p == pytest.approx(figures["wald p"][label], rel=1e-6)
    adjusted = model.test(terms)
    assert test.df1 is not None
    assert test.df2 is not None
    assert adjusted.df2 == test.df2 - test.df1 + 1
    assert adjusted.statistic == pytest.approx(
        test.statistic * (test.df2 - test.df1 + 1) / test.df2, rel=1e-14
    )


@pytest.mark.parametrize(
    ("case", "terms"), [("logit", ["ell", "meals"]), ("poisson", ["ell"]), ("linear", ["stype"])]
)
def test_working_likelihood_tests_are_those_of_r(case: str, terms: list[str]) -> None:
    design, formula, more = CASES[case]
    model, figures = declared(design).regression(formula, **more), expected()[case]
    test, label = model.test(terms, "working-likelihood"), "|".join(terms)
    assert test.statistic == pytest.approx(figures["likelihood F"][label], rel=1e-6)
    assert test.p == pytest.approx(figures["likelihood p"][label], rel=1e-5)


@pytest.mark.parametrize(
    ("case", "terms"), [("logit", ["ell", "meals"]), ("poisson", ["ell"]), ("linear", ["stype"])]
)
def test_working_likelihood_tests_by_their_mixture_are_those_of_r(
    case: str, terms: list[str]
) -> None:
    design, formula, more = CASES[case]
    model, figures = declared(design).regression(formula, **more), expected()[case]
    label = "|".join(terms)
    near = model.test(terms, "working-likelihood-saddlepoint")
    assert near.distribution == "mixture of chi-squares"
    assert near.statistic == pytest.approx(figures["likelihood statistic"][label], rel=1e-6)
    assert near.p == pytest.approx(figures["likelihood saddlepoint p"][label], rel=1e-5)
    # What the function itself says, which fits both models from nowhere.
    assert near.p == pytest.approx(figures["regTermTest LRT p"][label], rel=1e-4)
    exact = model.test(terms, "working-likelihood-lincom")
    assert exact.statistic == near.statistic
    # The approximation is off by some per cent, most where there is one chi-square alone.
    assert exact.p == pytest.approx(near.p, rel=0.1)
    assert (exact.df1, exact.df2) == (len(model.terms[terms[0]]) * len(terms), model.df)


def test_a_likelihood_mixture_of_one_coefficient_is_an_f() -> None:
    # One coefficient: Σ λ χ² is λ χ²₁, and G²/λ over χ²_ν/ν is F(1, ν).
    model = declared("clus1").regression("wide ~ ell + meals", "binomial")
    exact, plain = (
        model.test("ell", method) for method in ("working-likelihood-lincom", "working-likelihood")
    )
    assert exact.p == pytest.approx(plain.p, rel=1e-9)


@pytest.mark.parametrize("case", ["logit", "poisson"])
def test_information_criteria_are_those_of_r(case: str) -> None:
    design, formula, more = CASES[case]
    model, figures = declared(design).regression(formula, **more), expected()[case]
    larger = declared(design).regression(formula + " + stype", **more)
    assert model.aic() == pytest.approx(figures["aic"][""], rel=1e-9)
    assert model.effective_parameters == pytest.approx(
        figures["effective parameters"][""], rel=RELATIVE
    )
    assert model.bic(larger) == pytest.approx(figures["bic"][""], rel=RELATIVE)
    assert model.pseudo_r2().cox_snell == pytest.approx(figures["cox-snell"][""], rel=1e-9)
    assert model.pseudo_r2().nagelkerke == pytest.approx(figures["nagelkerke"][""], rel=1e-9)


@pytest.mark.parametrize(
    ("case", "formula", "more"),
    [
        ("linear", "api00 ~ ell + meals + stype", {}),
        ("logit", "wide ~ meals + mobility + stype", {"family": "binomial"}),
    ],
)
def test_margins_are_those_of_r_and_their_variance_has_both_parts(
    case: str, formula: str, more: dict[str, Any]
) -> None:
    design = declared("strat" if case == "linear" else "clus1")
    margins = design.regression(formula, **more).margins("stype")
    figures = expected()[f"margins {case}"]
    for row, level in enumerate("EHM"):
        assert margins.estimate[row] == pytest.approx(figures["margin"][level], rel=1e-9)
        parts = figures["coefficients' part"][level], figures["covariates' part"][level]
        # R adds the two parts; the covariance between them is at most twice the root of their
        # product, and here it is small.
        apart = abs(margins.variance[row] - sum(parts))
        assert apart <= 2 * (parts[0] * parts[1]) ** 0.5
        assert margins.variance[row] > max(parts) / 4
    gap = margins.difference("stype", reference="E")
    assert len(gap) == 2


# ---- identities ----


def random_data(rows: int = 600, seed: int = 3) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    x, z = random.normal(size=rows), random.normal(size=rows)
    a = random.integers(1, 4, rows)
    b = random.choice(["n", "s"], rows)
    eta = 0.3 * x - 0.4 * z + 0.5 * (a == 2)
    return {
        "psu": np.arange(rows) // 5,
        "stratum": np.arange(rows) // 50,
        "w": random.uniform(0.5, 4.0, rows),
        "x": x,
        "z": z,
        "a": a,
        "b": b,
        "t": random.uniform(1.0, 3.0, rows),
        "inside": random.random(rows) < 0.6,
        "y": 2.0 + eta + random.normal(size=rows),
        "yes": (random.random(rows) < 1 / (1 + np.exp(-eta))).astype(float),
        "count": random.poisson(np.exp(eta)).astype(float),
    }


def sampled(data: dict[str, Any]) -> Design:
    return Design(data, weights="w", strata="stratum", clusters="psu")


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    return random_data()


@pytest.fixture(scope="module")
def design(data: dict[str, Any]) -> Design:
    return sampled(data)


def test_a_model_of_an_intercept_is_the_mean(design: Design) -> None:
    for where in (None, "inside"):
        mean = design.mean("y", where=where)
        model = design.regression("y ~ 1", where=where)
        np.testing.assert_allclose(model.estimate, mean.estimate, rtol=SAME)
        np.testing.assert_allclose(model.se, mean.se, rtol=SAME)
        assert model.n == mean.n[0]
        assert model.weighted_n == pytest.approx(mean.weighted_n[0], rel=SAME)
        assert model.df == mean.df[0]


def test_a_model_of_all_levels_is_the_means_by_group(design: Design) -> None:
    means = design.mean("y", by="a", df="full-design")
    model = design.regression("y ~ C(a) - 1")
    np.testing.assert_allclose(model.estimate, means.estimate, rtol=SAME)
    np.testing.assert_allclose(model.covariance, means.covariance, rtol=1e-9, atol=1e-14)
    differences = design.regression("y ~ C(a)")
    np.testing.assert_allclose(
        differences.estimate[1:], means.difference("a", reference=1).estimate, rtol=1e-10
    )
    np.testing.assert_allclose(
        differences.se[1:], means.difference("a", reference=1).se, rtol=1e-10
    )
    assert model.r2 == pytest.approx(differences.r2, rel=1e-10) or not model.intercept


def test_a_log_rate_is_the_log_of_a_ratio(design: Design) -> None:
    ratio = design.ratio("count", "t")
    model = design.regression("count ~ 1 + offset(np.log(t))", "poisson")
    assert float(np.exp(model.estimate[0])) == pytest.approx(float(ratio), rel=1e-10)
    assert model.se[0] * float(ratio) == pytest.approx(ratio.se[0], rel=1e-9)


def test_margins_without_covariates_are_the_means_by_group(design: Design) -> None:
    means = design.mean("yes", by="a")
    margins = design.regression("yes ~ C(a)", "binomial").margins("a")
    np.testing.assert_allclose(margins.estimate, means.estimate, rtol=1e-9)
    np.testing.assert_allclose(margins.se, means.se, rtol=1e-8)


def test_effects_of_a_line_are_its_slopes_and_of_a_factor_its_differences(design: Design) -> None:
    model = design.regression("y ~ x + z + C(a)")
    effects = model.marginal_effects()
    names = [level.value for level in effects.keys()["variable"]]
    assert names == ["x", "z", "C(a)[2]", "C(a)[3]"]
    np.testing.assert_allclose(effects.estimate, model.estimate[1:], rtol=1e-10)
    np.testing.assert_allclose(effects.se, model.se[1:], rtol=1e-9)


def test_effects_are_derivatives_of_the_mean_response(data: dict[str, Any]) -> None:
    design = sampled(data)
    model = design.regression("yes ~ x * z + C(a):x", "binomial")
    step = 1e-5
    weights = data["w"] / data["w"].sum()
    above = model.predict({**data, "x": data["x"] + step}).values
    below = model.predict({**data, "x": data["x"] - step}).values
    slope = float(weights @ (above - below)) / (2 * step)
    assert float(model.marginal_effects("x")) == pytest.approx(slope, rel=1e-8)


def test_replicates_of_a_jackknife_come_near_to_linearization(design: Design) -> None:
    formula, family = "yes ~ x + C(a)", "binomial"
    linear = design.regression(formula, family)
    jackknife = design.with_replicates("JKn").regression(formula, family)
    np.testing.assert_allclose(jackknife.estimate, linear.estimate, rtol=1e-10)
    np.testing.assert_allclose(jackknife.se, linear.se, rtol=0.05)
    np.testing.assert_allclose(jackknife.margins("a").se, linear.margins("a").se, rtol=0.05)
    np.testing.assert_allclose(
        jackknife.marginal_effects("x").se, linear.marginal_effects("x").se, rtol=0.05
    )


def test_replicates_are_what_refitting_by_hand_gives(data: dict[str, Any]) -> None:
    replicated = sampled(data).with_replicates("bootstrap", replicates=12, seed=4)
    model = replicated.regression("count ~ x + C(a)", "poisson")

    def refitted(frame: Any, weights: Any) -> Any:
        again = Design({**data, "w": weights}, weights="w")
        return again.regression("count ~ x + C(a)", "poisson").estimate

    found = replicated.replicate(refitted)
    np.testing.assert_allclose(model.covariance, found.covariance, rtol=1e-7, atol=1e-12)


def test_weights_of_0_keep_units_and_are_in_no_base(data: dict[str, Any]) -> None:
    outside = ~data["inside"]
    zero = {**data, "w": np.where(outside, 0.0, data["w"])}
    by_weight = sampled(zero).regression("y ~ x + C(a)")
    by_domain = sampled(data).regression("y ~ x + C(a)", where="inside")
    np.testing.assert_allclose(by_weight.estimate, by_domain.estimate, rtol=SAME)
    np.testing.assert_allclose(by_weight.se, by_domain.se, rtol=1e-10)
    assert by_weight.n == by_domain.n


def test_missing_rows_leave_the_domain_or_the_sample(data: dict[str, Any]) -> None:
    holes = {**data, "x": np.where(data["psu"] % 10 == 3, np.nan, data["x"])}
    holes["x"][7] = np.nan
    complete = ~np.isnan(holes["x"])
    domain = sampled(holes).regression("y ~ x")
    same = sampled({**holes, "x": np.nan_to_num(holes["x"])}).regression("y ~ x", where=complete)
    np.testing.assert_allclose(domain.se, same.se, rtol=SAME)
    listwise = sampled(holes).regression("y ~ x", missing="listwise")
    kept = sampled({name: np.asarray(values)[complete] for name, values in holes.items()})
    np.testing.assert_allclose(listwise.se, kept.regression("y ~ x").se, rtol=1e-10)
    assert listwise.df == kept.regression("y ~ x").df
    assert np.isnan(domain.residuals()[~complete]).all()
    assert not np.isnan(domain.residuals()[complete]).any()


def test_multiples_of_weights_change_nothing(data: dict[str, Any]) -> None:
    one = sampled(data).regression("yes ~ x + C(a)", "binomial")
    many = sampled({**data, "w": 1e6 * data["w"]}).regression("yes ~ x + C(a)", "binomial")
    np.testing.assert_allclose(one.estimate, many.estimate, rtol=1e-10)
    np.testing.assert_allclose(one.covariance, many.covariance, rtol=1e-9)
    assert one.deviance == pytest.approx(many.deviance, rel=1e-10)


def test_rows_in_any_order_give_the_same(data: dict[str, Any]) -> None:
    order = np.random.default_rng(1).permutation(len(data["y"]))
    shuffled = {name: np.asarray(values)[order] for name, values in data.items()}
    for formula, family in [("y ~ x * C(a)", "gaussian"), ("yes ~ x + z", "binomial")]:
        one = sampled(data).regression(formula, family)
        other = sampled(shuffled).regression(formula, family)
        np.testing.assert_allclose(one.estimate, other.estimate, rtol=1e-9)
        np.testing.assert_allclose(one.covariance, other.covariance, rtol=1e-9, atol=1e-15)


def test_threads_change_no_bit() -> None:
    data = random_data(150_000, seed=8)
    order = np.random.default_rng(2).permutation(len(data["y"]))
    shuffled = {name: np.asarray(values)[order] for name, values in data.items()}
    for one in (data, shuffled):
        design = Design({**one, "psu": one["psu"] % 500}, weights="w", clusters="psu")
        models = [
            design.regression("yes ~ x + z + C(a)", "binomial", threads=threads)
            for threads in (1, 2, 7)
        ]
        for model in models[1:]:
            assert np.array_equal(model.estimate, models[0].estimate)
            assert np.array_equal(model.covariance, models[0].covariance)
            assert model.deviance == models[0].deviance


def test_numbers_far_from_0_keep_their_digits(data: dict[str, Any]) -> None:
    near = sampled(data).regression("y ~ x + z + C(a)")
    # 1e9 leaves 1e-7 of a number near 1: that is what rounding the columns costs.
    far = {**data, "y": data["y"] + 1e9, "x": data["x"] + 1e9}
    moved = sampled(far).regression("y ~ x + z + C(a)")
    np.testing.assert_allclose(moved.estimate[1:], near.estimate[1:], rtol=1e-6)
    np.testing.assert_allclose(moved.se[1:], near.se[1:], rtol=1e-6)
    assert moved.r2 == pytest.approx(near.r2, rel=1e-6)


def test_nearly_dependent_columns_keep_their_digits() -> None:
    year = np.arange(1990.0, 2020.0)
    random = np.random.default_rng(5)
    data = {"year": year, "y": random.normal(size=30), "centred": year - 2004.5}
    raw = Design(data).regression("y ~ year + I(year**2) + I(year**3)")
    centred = Design(data).regression("y ~ centred + I(centred**2) + I(centred**3)")
    assert raw.aliased == ()
    # The cubes have 34 bits of a double's 53 left for what tells them apart.
    assert raw.estimate[3] == pytest.approx(centred.estimate[3], rel=1e-5)
    assert raw.se[3] == pytest.approx(centred.se[3], rel=1e-5)
    np.testing.assert_allclose(raw.predict().values, centred.predict().values, rtol=1e-7, atol=1e-7)


def by_hand(model: Regression, data: dict[str, Any], x: np.ndarray, used: np.ndarray) -> np.ndarray:
    """A⁻¹ V(Σ s x) A⁻¹ as a textbook has it, of units within strata."""
    residuals = np.where(used, np.nan_to_num(model.residuals()), 0.0)
    scores = (data["w"] * residuals)[:, None] * x
    found = np.zeros((x.shape[1], x.shape[1]))
    for stratum in np.unique(data["stratum"]):
        inside = data["stratum"] == stratum
        totals = np.array(
            [
                scores[inside & (data["psu"] == unit)].sum(0)
                for unit in np.unique(data["psu"][inside])
            ]
        )
        apart = totals - totals.mean(0)
        found += len(totals) / (len(totals) - 1) * apart.T @ apart
    inverse = model.working_covariance * model.n / model.weighted_n
    return inverse @ found @ inverse


@pytest.mark.parametrize("order", ["in the order of units", "apart"])
@pytest.mark.parametrize("columns", range(1, 10))
@pytest.mark.parametrize("family", ["gaussian", "binomial", "poisson"])
def test_the_covariance_is_the_textbooks(order: str, columns: int, family: Any) -> None:
    # Units of about 20 rows are summed while the model is solved; those of few rows afterwards.
    random = np.random.default_rng(columns)
    rows = 1200
    unit = np.sort(random.integers(0, 60, rows))
    x = np.column_stack([np.ones(rows), random.normal(size=(rows, 9))])[:, :columns]
    data: dict[str, Any] = {
        "psu": unit,
        "stratum": unit // 6,
        "w": random.uniform(0.5, 4.0, rows) * (random.random(rows) < 0.9),
        "inside": random.random(rows) < 0.7,
        **{f"x{k}": x[:, k] for k in range(1, columns)},
    }
    eta = 0.2 * x.sum(1)
    data["y"] = {
        "gaussian": eta + random.normal(size=rows),
        "binomial": (random.random(rows) < 1 / (1 + np.exp(-eta))).astype(float),
        "poisson": random.poisson(np.exp(eta)).astype(float),
    }[family]
    if order == "apart":
        mixed = random.permutation(rows)
        data, x = {name: values[mixed] for name, values in data.items()}, x[mixed]
    formula = "y ~ " + " + ".join(["1", *(f"x{k}" for k in range(1, columns))])
    for where in (None, "inside"):
        used = (data["w"] > 0) & (data["inside"] if where else True)
        for unit_rows in (20, 2):  # other units, of the same rows
            units = data["psu"] if unit_rows == 20 else np.arange(rows) // 2
            strata = data["stratum"] if unit_rows == 20 else np.arange(rows) // 60
            told = {**data, "psu": units, "stratum": strata}
            model = sampled(told).regression(formula, family, where=where)
            expected_covariance = by_hand(model, told, x, used)
            size = np.sqrt(np.diag(expected_covariance))
            np.testing.assert_allclose(
                model.covariance / np.outer(size, size),
                expected_covariance / np.outer(size, size),
                rtol=0,
                atol=1e-9,
            )


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("taken_whole", [False, True])
def test_units_of_two_stages_are_those_of_means(apart: bool, taken_whole: bool) -> None:
    # Second-stage units of twelve rows: their totals are summed while the model is solved.
    random = np.random.default_rng(2)
    rows = 1440
    second = np.arange(rows) // 12
    data: dict[str, Any] = {
        "psu": second // 6,
        "ssu": second,
        "h": second // 30,
        "f1": np.where(second // 30 == 1, 1.0 if taken_whole else 0.5, 0.25),
        "f2": np.where(second // 6 % 3 == 0, 1.0, 0.4),
        "y": random.normal(size=rows) + (second % 7) + 2.0 * (second // 6 % 5),
        "inside": random.random(rows) < 0.6,
    }
    data["w"] = 1.0 / (data["f1"] * data["f2"]) * random.uniform(0.9, 1.1, rows)
    if apart:
        mixed = random.permutation(rows)
        data = {name: np.asarray(values)[mixed] for name, values in data.items()}
    design = Design(data, "w", ["h", None], ["psu", "ssu"], ["f1", "f2"])
    for where in (None, "inside"):
        mean, model = design.mean("y", where=where), design.regression("y ~ 1", where=where)
        assert model.se[0] == pytest.approx(mean.se[0], rel=1e-10)
        assert mean.se[0] > 0
        assert model.df == mean.df[0]


def test_levels_of_a_factor_are_columns_like_any(data: dict[str, Any]) -> None:
    random = np.random.default_rng(8)
    many = {**data, "m": random.integers(0, 30, 600), "n": random.integers(0, 9, 600)}
    columns = {f"m{k}": (many["m"] == k).astype(float) for k in range(1, 30)}
    columns |= {f"n{k}": (many["n"] == k).astype(float) for k in range(1, 9)}
    design = sampled({**many, **columns})
    for family, y in (("gaussian", "y"), ("poisson", "count")):
        factors = design.regression(f"{y} ~ C(m) + x + C(n)", family)
        by_hand = " + ".join(["x", *columns])
        numbers = design.regression(f"{y} ~ {by_hand}", family)
        places = [numbers.names.index(_as_number(name)) for name in factors.names]
        np.testing.assert_allclose(factors.estimate, numbers.estimate[places], rtol=1e-8, atol=1e-9)
        np.testing.assert_allclose(factors.se, numbers.se[places], rtol=1e-8)


def _as_number(name: str) -> str:
    return name[2] + name[5:-1] if name.startswith("C(") else name


# ---- traps ----


def test_c2_degrees_of_freedom_of_models_are_named() -> None:
    # R's svyglm counts degf + 1 - p; Stata, SAS and SUDAAN count the design's.
    model = declared("strat").regression("api00 ~ ell + meals + mobility")
    assert model.df == 197
    assert declared("strat").regression("api00 ~ ell + meals", df="design+1-p").df == 195
    assert dict(model.coefficients.choices)["degrees of freedom"] == "design"


def test_c7_missing_values_are_outside_of_the_models_domain(data: dict[str, Any]) -> None:
    holes = {**data, "x": np.where(np.arange(600) % 7 == 0, np.nan, data["x"])}
    assert sampled(holes).regression("y ~ x").n == int((~np.isnan(holes["x"])).sum())
    assert sampled(holes).regression("y ~ z").n == 600


def test_c6_a_models_domain_is_no_smaller_survey(data: dict[str, Any]) -> None:
    # Units without members are zeros, as for means: rows that are dropped first lose them.
    design = sampled(data)
    only = (data["psu"] % 5 == 0) & data["inside"]
    domain = design.regression("y ~ x", where=only)
    kept = {name: np.asarray(values)[only] for name, values in data.items()}
    dropped = Design(kept, "w", "stratum", "psu", singleton="remove").regression("y ~ x")
    np.testing.assert_allclose(domain.estimate, dropped.estimate, rtol=1e-10)
    assert (np.abs(domain.se / dropped.se - 1) > 0.01).all()
    mean = design.mean("y", where=only)
    assert design.regression("y ~ 1", where=only).se[0] == pytest.approx(mean.se[0], rel=1e-10)


def test_c10_replicates_of_a_model_keep_the_designs_centre_and_scale(data: dict[str, Any]) -> None:
    # R centres at the replicates' mean unless told mse = TRUE; here the design says which.
    declared_once = sampled(data)
    for centre in ("estimate", "replicate-mean"):
        replicated = declared_once.with_replicates("bootstrap", replicates=30, seed=4)
        weights = {f"r{r}": replicated.replicate_weights(r) for r in range(30)}
        given = Design(
            {**data, **weights},
            weights="w",
            replicates=irosurvey.Replicates("bootstrap", "r*", centre=centre),
        )
        model, mean = given.regression("y ~ 1"), given.mean("y")
        assert model.se[0] == pytest.approx(mean.se[0], rel=1e-9), centre
        assert centre.split("-")[-1] in dict(model.coefficients.choices)["variance"]


def test_c11_models_of_calibrated_weights_vary_by_residuals() -> None:
    # The same weights taken as given, as if they had met no totals, say six times too much.
    calibrated = declared("calibrated")
    data = read("apiclus1.csv").assign(g=calibrated.weights)
    blind = Design(data, weights="g", clusters="dnum", fpc="fpc")
    ours, theirs = (one.regression("api00 ~ 1") for one in (calibrated, blind))
    assert ours.estimate[0] == pytest.approx(theirs.estimate[0], rel=1e-10)
    assert theirs.se[0] > 6 * ours.se[0]


def test_c12_a_calibrated_domain_counts_its_own_rows() -> None:
    # R keeps the other rows with a probability of infinity: nrow() is that of the whole sample.
    calibrated = declared("calibrated")
    model = calibrated.regression("api00 ~ ell", where="stype = 'E'")
    assert model.n == int((read("apiclus1.csv")["stype"] == "E").sum())
    residuals = model.residuals()
    weights = np.where(np.isnan(residuals), 0, calibrated.weights)
    scaled = weights * model.n / weights.sum()
    assert model.deviance == pytest.approx(np.nansum(scaled * residuals**2), rel=1e-10)


def test_c17_every_test_of_a_model_is_one_type(design: Design) -> None:
    model = design.regression("yes ~ x + C(a)", "binomial")
    for method in (
        "adjusted-wald",
        "wald",
        "working-likelihood",
        "working-likelihood-lincom",
        "working-likelihood-saddlepoint",
    ):
        test = model.test("C(a)", method)
        assert isinstance(test, irosurvey.TestResult)
        assert 0 < test.p < 1
        assert test.df1 is not None
        assert test.df1 > 0


def test_c18_margins_need_no_model_without_the_factor(design: Design) -> None:
    # R's svypredmeans takes a model without the factor, and puts it in itself.
    margins = design.regression("y ~ x + C(a)").margins("a")
    assert len(margins) == 3
    with pytest.raises(ArgumentError, match=r"C\(a\)|as a factor"):
        design.regression("y ~ x").margins("a")


def test_c19_likelihood_tests_compare_models_of_the_same_rows(data: dict[str, Any]) -> None:
    # R before 4.2 fitted the smaller model to rows that the larger one lacked.
    holes = {**data, "x": np.where(np.arange(600) % 7 == 0, np.nan, data["x"])}
    design = sampled(holes)
    model = design.regression("yes ~ x + z", "binomial")
    smaller = design.regression("yes ~ z", "binomial", where=~np.isnan(holes["x"]))
    other = design.regression("yes ~ z", "binomial")
    ratio = model.test("x", "working-likelihood-lincom").statistic
    assert ratio == pytest.approx(smaller.deviance - model.deviance, rel=1e-9)
    assert abs(other.deviance - model.deviance) > 2 * ratio


def test_c18_coefficients_that_others_determine_are_left_out_by_name(data: dict[str, Any]) -> None:
    # R sets them to 0 in predictions without a word.
    twice = {**data, "double": 2 * data["x"] + 1}
    model = sampled(twice).regression("y ~ x + double + z")
    plain = sampled(data).regression("y ~ x + z")
    assert model.aliased == ("double",)
    assert model.names == plain.names
    assert "double" in repr(model)
    np.testing.assert_allclose(model.predict().values, plain.predict().values, rtol=1e-10)
    np.testing.assert_allclose(model.predict().se, plain.predict().se, rtol=1e-9)


def test_c19_the_criterion_of_a_gaussian_model_isnt_divided_by_its_variance() -> None:
    design = declared("strat")
    small, large = (design.regression(f) for f in ("api00 ~ ell", "api00 ~ ell + meals"))
    n = small.n
    for model in (small, large):
        variance = model.deviance / (n - 1)
        likelihood = n * (np.log(2 * np.pi * variance) + 1)
        assert model.aic() == pytest.approx(likelihood + 2 * model.effective_parameters, rel=1e-12)
    assert large.aic() < small.aic()


# ---- refusals ----


def test_separation_is_told_by_level_and_by_column(data: dict[str, Any]) -> None:
    apart = {**data, "yes": np.where(data["a"] == 3, 1.0, data["yes"])}
    with pytest.raises(NumericalError, match=r"C\(a\)\[3\]: the response is 1 in all of its"):
        sampled(apart).regression("yes ~ x + C(a)", "binomial")
    beyond = {**data, "yes": (data["x"] > 0.25).astype(float)}
    with pytest.raises(NumericalError, match=r"x: the response is 0 wherever it is below 0\.2"):
        sampled(beyond).regression("yes ~ x + z", "binomial")
    together = {**data, "yes": (data["x"] + data["z"] > 0.25).astype(float)}
    with pytest.raises(NumericalError, match=r"x, z together|z, x together"):
        sampled(together).regression("yes ~ x + z", "binomial")
    empty = {**data, "count": np.where(data["a"] == 2, 0.0, data["count"])}
    with pytest.raises(NumericalError, match=r"C\(a\)\[2\]: the response is 0"):
        sampled(empty).regression("count ~ C(a)", "poisson")


def test_separation_by_combinations_of_levels(data: dict[str, Any]) -> None:
    cell = (data["a"] == 2) & (data["b"] == "n")
    apart = {**data, "yes": np.where(cell, 0.0, data["yes"])}
    with pytest.raises(NumericalError, match=r"C\(a\)\[2\]:b\[n\]: the response is 0 in all of"):
        sampled(apart).regression("yes ~ C(a) * b + x", "binomial")
    # Main effects alone don't separate it.
    assert sampled(apart).regression("yes ~ C(a) + b + x", "binomial").n == 600


def test_a_response_that_does_not_vary_is_told(data: dict[str, Any]) -> None:
    for value in (0.0, 1.0):
        still = {**data, "yes": np.full(600, value)}
        for formula in ("yes ~ 1", "yes ~ x + C(a)"):
            with pytest.raises(NumericalError, match=f"found {value:.0f} in all 600 rows"):
                sampled(still).regression(formula, "binomial")
    with pytest.raises(NumericalError, match="a response that varies, found 0 in all"):
        sampled({**data, "count": np.zeros(600)}).regression("count ~ x", "poisson")


def test_factors_of_one_level_and_constant_columns_are_left_out_by_name(
    data: dict[str, Any],
) -> None:
    still = {**data, "seven": np.full(600, 7.0), "none": np.zeros(600), "one": ["q"] * 600}
    model = sampled(still).regression("y ~ x + seven + none + one")
    assert model.names == ("Intercept", "x")
    assert set(model.aliased) == {"seven", "none", "one[q]"}
    for name in model.aliased:
        assert name in repr(model)
    assert sampled(still).regression("y ~ one - 1").names == ("one[q]",)
    only = sampled(data).regression("y ~ x + C(a)", where="a = 2")
    assert only.aliased == ("C(a)[2]",)
    assert only.empty_levels == ("C(a)[1]", "C(a)[3]")
    assert "no row has them: C(a)[1], C(a)[3]" in repr(only)
    with pytest.raises(NumericalError, match="isn't 0 in all rows"):
        sampled(still).regression("y ~ none - 1")


def test_many_levels_without_rows_are_told_shortly(data: dict[str, Any]) -> None:
    model = sampled(data).regression("y ~ C(psu)", where="psu < 60")
    assert len(model.empty_levels) == 60
    assert "C(psu)[67] and 52 more." in repr(model)
    assert dict(model.coefficients.choices)["levels without rows"].endswith(" and 52 more")


def test_as_many_coefficients_as_rows_are_told(data: dict[str, Any]) -> None:
    few = Design({name: np.asarray(values)[:3] for name, values in data.items()}, "w")
    model = few.regression("y ~ x + z")
    assert "nothing is left to vary" in dict(model.coefficients.choices)["fit"]
    assert "As many coefficients as rows" in repr(model)
    assert "fit" not in dict(few.regression("y ~ x").coefficients.choices)


def test_means_beyond_the_familys_range_are_told(data: dict[str, Any]) -> None:
    design = sampled({**data, "steep": np.exp(3 * data["x"])})
    with pytest.raises(NumericalError, match="a mean of the family 'gamma', through the link 'inv"):
        design.regression("steep ~ x", "gamma")
    assert design.regression("steep ~ x", "gamma", "log").n == 600


def test_a_response_of_levels_says_which_count_as_1(data: dict[str, Any]) -> None:
    model = sampled(data).regression("C(a) ~ x", "binomial")
    assert dict(model.coefficients.choices)["response"] == "1 for 2, 3, 0 for what is left"


def test_numbers_that_cannot_be_squared_are_refused(data: dict[str, Any]) -> None:
    for column, scale, message in (
        ("x", 1e-200, "x: expected numbers whose squares a double can hold"),
        ("w", 1e151, "the weights: expected a mean between"),
    ):
        with pytest.raises(ArgumentError, match=message):
            sampled({**data, column: data[column] * scale}).regression("y ~ x")
    with pytest.raises(NumericalError, match="Scale the column or the weights nearer to 1"):
        sampled({**data, "w": data["w"] * 1e-200}).regression("y ~ x")
    with pytest.raises(NumericalError, match="Scale the columns or the weights nearer to 1"):
        sampled({**data, "x": data["x"] * 1e200}).regression("y ~ x")
    near, far = (
        sampled({**data, "x": data["x"] * scale}).regression("y ~ x + z") for scale in (1.0, 1e-90)
    )
    np.testing.assert_allclose(far.se[1] * 1e-90, near.se[1], rtol=1e-9)


def test_huge_offsets(data: dict[str, Any]) -> None:
    design = sampled({**data, "far": data["t"] + 500.0, "further": data["t"] * 1e5})
    near, far = (design.regression(f"count ~ x + offset({o})", "poisson") for o in ("t", "far"))
    assert far.estimate[0] == pytest.approx(near.estimate[0] - 500.0, abs=1e-9)
    np.testing.assert_allclose(far.se, near.se, rtol=1e-9)
    with pytest.raises(NumericalError, match="'further': it is added to η as it is"):
        design.regression("count ~ x + offset(further)", "poisson")


def test_one_unit_and_two(data: dict[str, Any]) -> None:
    with pytest.raises(irosurvey.SingletonError):
        Design({**data, "psu": np.zeros(600)}, "w", clusters="psu").regression("y ~ x")
    two = Design({**data, "psu": np.arange(600) % 2}, "w", clusters="psu").regression(
        "y ~ x + C(a)"
    )
    assert two.df == 1
    test = two.test()
    assert np.isnan(test.p)
    assert "rank" in dict(test.choices)["no test"] or "degrees" in dict(test.choices)["no test"]
    assert np.isnan(two.test("C(a)").p)
    assert 0 <= two.test("x").p <= 1


@pytest.mark.parametrize(
    ("formula", "family", "message"),
    [
        ("y ~ nowhere", "gaussian", "nowhere"),
        ("~ x", "gaussian", "one response"),
        ("y ~ x", "gausian", "gaussian"),
        ("y ~ x", "binomial", "0, 1 or a share"),
        ("y ~ C(a, ref=9)", "gaussian", "reference of C"),
        ("y ~ C(a, levels=[1])", "gaussian", "C\\(x, ref=4\\)"),
        ("y ~ __import__('os').getcwd()", "gaussian", "formula"),
        ("y ~ I(__import__('os').getcwd())", "gaussian", "np.abs"),
        ("y ~ I(open('x').read())", "gaussian", "np.abs"),
        ("y ~ np.load(x)", "gaussian", "np.abs"),
        ("y ~ I(x.__class__)", "gaussian", "np.abs"),
        ("y ~ I([i for i in x])", "gaussian", "np.abs"),
        ("y ~ np.log(x)", "gaussian", "finite value"),
        ("y ~ np.log(b)", "gaussian", "numbers or booleans"),
        ("y ~ x + offset(t) + offset(z)", "gaussian", "one offset"),
    ],
)
def test_what_has_no_meaning_is_refused(
    design: Design, formula: str, family: str, message: str
) -> None:
    with pytest.raises((ArgumentError, ColumnError), match=message):
        design.regression(formula, family)


def test_a_link_of_shares_needs_shares(design: Design) -> None:
    with pytest.raises(ArgumentError, match="binomial"):
        design.regression("y ~ x", link="probit")
    with pytest.raises(ArgumentError, match="Intercept"):
        design.regression("y ~ x").test("nothing")
    with pytest.raises(ArgumentError, match="besides the intercept"):
        design.regression("y ~ 1").test()
    with pytest.raises(ArgumentError, match="likelihood"):
        design.regression("yes ~ x", "quasibinomial").aic()
    with pytest.raises(ArgumentError, match=r"C\(x\)"):
        design.regression("y ~ x").margins("x")
    with pytest.raises(ArgumentError, match="no function"):
        design.regression("y ~ x + I(x**2)").marginal_effects("x")


def test_a_domain_without_rows_is_refused(design: Design) -> None:
    with pytest.raises(ArgumentError, match="at least one row"):
        design.regression("y ~ x", where="a = 7")


# ---- formulas ----


def test_factors_are_coded_where_others_dont_span_them(design: Design) -> None:
    def names(formula: str) -> tuple[str, ...]:
        return design.regression(formula).names

    assert names("y ~ C(a, ref=2)") == ("Intercept", "C(a)[1]", "C(a)[3]")
    assert names("y ~ b") == ("Intercept", "b[s]")
    assert names("y ~ 0 + C(a)") == ("C(a)[1]", "C(a)[2]", "C(a)[3]")
    assert names("y ~ x:C(a)") == ("Intercept", "x:C(a)[1]", "x:C(a)[2]", "x:C(a)[3]")
    assert names("y ~ x + x:C(a)") == ("Intercept", "x", "x:C(a)[2]", "x:C(a)[3]")
    assert set(names("y ~ C(a):b")) == {"Intercept", "b[s]"} | {
        f"C(a)[{a}]:b[{b}]" for a in (2, 3) for b in "ns"
    }
    assert names("y ~ C(a) * b")[-2:] == ("C(a)[2]:b[s]", "C(a)[3]:b[s]")
    assert names("y ~ x * z") == ("Intercept", "x", "z", "x:z")
    assert names("y ~ poly(x, 2)") == ("Intercept", "poly(x, 2)[1]", "poly(x, 2)[2]")
    assert names("y ~ np.log(t):b") == ("Intercept", "np.log(t):b[n]", "np.log(t):b[s]")


def test_codings_of_the_same_space_predict_the_same(design: Design) -> None:
    full = design.regression("y ~ C(a) * b * x").predict().values
    for formula in ("y ~ C(a):b + C(a):b:x - 1", "y ~ b:x:C(a) + C(a, ref=3) * b"):
        np.testing.assert_allclose(design.regression(formula).predict().values, full, rtol=1e-9)


def test_levels_without_rows_are_left_out_by_name(design: Design) -> None:
    model = design.regression("y ~ C(a)", where="a <> 2")
    assert model.names == ("Intercept", "C(a)[3]")
    assert model.empty_levels == ("C(a)[2]",)
    assert dict(model.coefficients.choices)["levels without rows"] == "C(a)[2]"


def test_responses_may_be_levels(data: dict[str, Any]) -> None:
    text = {**data, "answer": np.where(data["yes"] == 1, "yes", "no"), "flag": data["yes"] == 1}
    design = sampled(text)
    plain = design.regression("yes ~ x", "binomial")
    for formula in ("answer ~ x", "flag ~ x", "C(yes) ~ x", "I(y - y + yes) ~ x"):
        np.testing.assert_allclose(
            design.regression(formula, "binomial").estimate, plain.estimate, rtol=1e-8
        )
    turned = design.regression("C(answer, ref='yes') ~ x", "binomial")
    np.testing.assert_allclose(turned.estimate, -plain.estimate, rtol=1e-9)


def test_names_in_backticks_and_labels(data: dict[str, Any]) -> None:
    odd = {**data, "my column": data["x"]}
    plain = sampled(data).regression("y ~ x").estimate
    for formula in ("y ~ `my column`", "y ~ I(`my column` + 0)"):
        np.testing.assert_allclose(sampled(odd).regression(formula).estimate, plain, rtol=1e-10)
    frame = irosurvey.Frame(data)
    labelled = frame.with_column(frame["a"].with_notes(value_labels={1: "low", 2: "mid", 3: "top"}))
    design = Design(labelled, weights="w", clusters="psu")
    assert design.regression("y ~ C(a, ref='top')").names == ("Intercept", "C(a)[1]", "C(a)[2]")
    assert [str(level) for level in design.regression("y ~ C(a)").margins("a").keys()["a"]] == [
        "low",
        "mid",
        "top",
    ]


def test_a_polynomial_predicts_on_other_data_as_it_was_made(data: dict[str, Any]) -> None:
    model = sampled(data).regression("y ~ poly(x, 3) + bs(z, df=4)")
    some = {name: np.asarray(values)[:20] for name, values in data.items()}
    np.testing.assert_allclose(model.predict(some).values, model.predict().values[:20], rtol=1e-10)


def test_predictions_know_what_is_missing_and_what_is_new(design: Design) -> None:
    model = design.regression("y ~ x + C(a)")
    found = model.predict({"x": [0.0, np.nan, 1.0], "a": [1, 2, 9]})
    assert found.values[0] == pytest.approx(model.estimate[0])
    assert found.se[0] == pytest.approx(model.se[0])
    assert np.isnan(found.values[1:]).all()
    assert np.isnan(found.se[1:]).all()


def test_predictions_on_the_scale_of_the_response(design: Design) -> None:
    model = design.regression("yes ~ x", "binomial")
    link, response = model.predict(scale="link"), model.predict()
    np.testing.assert_allclose(response.values, 1 / (1 + np.exp(-link.values)), rtol=1e-12)
    np.testing.assert_allclose(
        response.se, link.se * response.values * (1 - response.values), rtol=1e-10
    )


# ---- results ----


def test_a_model_reads_like_a_table(design: Design) -> None:
    model = design.regression("y ~ x + C(a)")
    text = repr(model)
    for words in ("y ~ x + C(a) (gaussian, identity link)", "Intercept", "C(a)[3]", "R²", "F(2, "):
        assert words in text
    assert repr(model.summary()) == text
    assert "<table" in model._repr_html_()
    assert list(model.tidy()) == [
        "term",
        "estimate",
        "se",
        "statistic",
        "df",
        "p",
        "lower",
        "upper",
    ]
    assert isinstance(model.to_polars(), pl.DataFrame)
    assert pl.DataFrame(model).shape == (4, 8)
    lower, upper = model.interval()
    np.testing.assert_array_equal(model.tidy()["lower"], lower)
    np.testing.assert_array_equal(model.tidy()["upper"], upper)


def test_what_a_model_gives_says_what_it_is(design: Design) -> None:
    model = design.regression("yes ~ x + C(a)", "binomial")
    for shown, title in (
        (model.margins("a"), "Predictive margin of yes, by a"),
        (model.marginal_effects(), "Marginal effect of x, C(a)[2] and C(a)[3]"),
        (model.marginal_effects("x"), "Marginal effect of x"),
        (model["x"], "X"),
        (model["C(a)[2]"], "C(a)[2]"),
        (model.ratios("x"), "Odds ratio of x"),
        (design.mean(["x", "z"])[1], "Mean of z"),
    ):
        assert repr(shown).splitlines()[0] == title


def test_p_values_reach_far_into_the_tail() -> None:
    x = np.arange(2000.0)
    noise = np.random.default_rng(1).normal(size=2000)
    model = Design({"y": x + noise, "x": x}).regression("y ~ x", df="infinite")
    assert 0 <= model.p[1] < 1e-300
    small = Design({"y": x + 1000 * noise, "x": x}).regression("y ~ x")
    assert 0 < small.p[1] < 1e-80


def test_contrasts_and_functions_of_coefficients(design: Design) -> None:
    model = design.regression("y ~ x + C(a)")
    gap = model.contrast({"C(a)[2]": 1, "C(a)[3]": -1})
    assert float(gap) == pytest.approx(model.estimate[2] - model.estimate[3])
    ratio = model.combine(lambda b: {"ratio": b["C(a)[2]"] / b["x"]})
    assert float(ratio) == pytest.approx(model.estimate[2] / model.estimate[1])
    assert float(model["x"]) == model.estimate[1]


def test_ratios_are_exponentials_with_the_limits_of_the_coefficients(design: Design) -> None:
    model = design.regression("yes ~ x + C(a)", "binomial")
    ratios = model.ratios()
    np.testing.assert_allclose(ratios.estimate, np.exp(model.estimate[1:]), rtol=1e-14)
    np.testing.assert_allclose(ratios.se, ratios.estimate * model.se[1:], rtol=1e-12)
    lower, upper = model.interval()
    np.testing.assert_allclose(ratios.interval().lower, np.exp(lower[1:]), rtol=1e-12)
    np.testing.assert_allclose(ratios.interval().upper, np.exp(upper[1:]), rtol=1e-12)
    assert repr(ratios).startswith("Odds ratio of x, C(a)[2] and C(a)[3]\n")
    assert ratios.keys()["variable"][0].value == "x"
    (one,) = model.ratios("x").estimate
    assert one == ratios.estimate[0]
    assert "Ratio of means of x" in repr(design.regression("count ~ x", "poisson").ratios())
    with pytest.raises(ArgumentError, match="'logit', 'log', 'cloglog'"):
        design.regression("y ~ x").ratios()
    with pytest.raises(ArgumentError, match="but the intercept"):
        design.regression("yes ~ 1", "binomial").ratios()


def test_a_stored_model_keeps_its_numbers_and_asks_for_its_data(design: Design) -> None:
    model = design.regression("y ~ x + C(a)")
    copy = pickle.loads(pickle.dumps(model))
    assert np.array_equal(copy.estimate, model.estimate)
    assert copy.coefficients == model.coefficients
    assert "Intercept" in repr(copy)
    with pytest.raises(ArgumentError, match="Ask the design"):
        copy.predict()


def test_vadjust_multiplies_the_covariance(design: Design) -> None:
    plain, adjusted = (design.regression("y ~ x + C(a)", vadjust=one) for one in (False, True))
    np.testing.assert_allclose(
        adjusted.covariance, plain.covariance * (600 - 1) / (600 - 4), rtol=1e-12
    )
    assert dict(adjusted.coefficients.choices)["variance adjustment"] == "(n − 1)/(n − p)"


@pytest.mark.parametrize("kind", ["plain", "calibrated", "jackknife"])
def test_vadjust_reaches_the_coefficients_part_of_margins(data: dict[str, Any], kind: str) -> None:
    design = sampled(data)
    if kind == "calibrated":
        design = design.calibrate("linear", {1: 1500.0, "z": 30.0})
    if kind == "jackknife":
        design = Design(data, weights="w", clusters="psu").with_replicates("JK1")
    plain, adjusted = (design.regression("y ~ x + C(a)", vadjust=one) for one in (False, True))
    factor = (600 - 1) / (600 - 4)
    # Of a line the effects are the slopes, and vary by the coefficients alone.
    effects = adjusted.marginal_effects()
    np.testing.assert_allclose(effects.covariance, adjusted.covariance[1:, 1:], rtol=1e-7)
    np.testing.assert_allclose(
        effects.variance, factor * plain.marginal_effects().variance, rtol=1e-9
    )
    assert dict(effects.choices)["variance adjustment"].endswith("of the coefficients' part")
    # A margin varies by the rows that it is over, too: it grows by less.
    margins = [model.margins("a") for model in (plain, adjusted)]
    np.testing.assert_array_equal(margins[0].estimate, margins[1].estimate)
    grown = margins[1].variance / margins[0].variance
    assert (grown > 1 - 1e-12).all()
    assert (grown <= factor * (1 + 1e-12)).all()


def test_vadjust_needs_more_rows_than_coefficients() -> None:
    design = Design({"y": [1.0, 2.0, 4.0], "x": [0.0, 1.0, 2.0], "z": [1.0, 0.0, 1.0]})
    with pytest.raises(ArgumentError, match="more rows than coefficients"):
        design.regression("y ~ x + z", vadjust=True)


def test_margins_of_a_calibrated_design_are_its_means(data: dict[str, Any]) -> None:
    # Without covariates a margin is a mean: so is its variance by residuals.
    design = sampled(data).calibrate("linear", {1: 1500.0, "z": 30.0})
    margins, means = design.regression("y ~ C(a)").margins("a"), design.mean("y", by="a")
    np.testing.assert_allclose(margins.estimate, means.estimate, rtol=1e-10)
    np.testing.assert_allclose(margins.se, means.se, rtol=1e-8)
    # The mean of the auxiliary itself is known.
    known = design.regression("z ~ 1")
    assert known.se[0] < 1e-9
    effect = design.regression("y ~ x + C(a)", vadjust=True).marginal_effects("x")
    assert effect.se[0] == pytest.approx(
        design.regression("y ~ x + C(a)", vadjust=True)["x"].se[0], rel=1e-7
    )


def test_singletons_follow_the_designs_rule(data: dict[str, Any]) -> None:
    lonely = {**data, "stratum": np.where(data["psu"] == 0, 99, data["stratum"])}
    with pytest.raises(irosurvey.SingletonError):
        sampled(lonely).regression("y ~ x")
    for rule in ("remove", "certainty", "adjust", "average", "collapse"):
        design = Design(lonely, "w", "stratum", "psu", singleton=rule)
        mean, model = design.mean("y"), design.regression("y ~ 1")
        assert model.se[0] == pytest.approx(mean.se[0], rel=1e-10), rule


def test_a_calibrated_auxiliary_has_no_error_of_its_own(data: dict[str, Any]) -> None:
    design = sampled(data).calibrate("linear", {1: 1500.0, "x": 30.0})
    model = design.regression("x ~ 1")
    assert model.estimate[0] == pytest.approx(30.0 / 1500.0, rel=1e-9)
    assert model.se[0] < 1e-9
    mean = design.mean("y")
    assert design.regression("y ~ 1").se[0] == pytest.approx(mean.se[0], rel=1e-9)


# ---- conventions and specs ----


def test_rs_conventions_stop_where_r_stops() -> None:
    # R survey 4.5 prints .4556261, .01325250, .009199484, .03193542 for the standard errors of this
    # model; at the solution they differ in the fifth digit.
    design = declared("strat")
    formula = "wide ~ ell + meals + mobility"
    ours = design.regression(formula, "binomial")
    rs = design.with_conventions("r").regression(formula, "binomial")
    printed = [0.4556261, 0.01325250, 0.009199484, 0.03193542]
    np.testing.assert_allclose(rs.se, printed, rtol=5e-7)  # half a unit of the last digit
    assert (np.abs(ours.se / printed - 1) > 5e-7).sum() >= 3
    np.testing.assert_allclose(ours.se, printed, rtol=1e-4)
    assert rs.df == ours.df + 1 - 4
    assert rs.test().method == "Wald"
    assert "last" in str(dict(rs.coefficients.choices)) or "before the solution" in str(
        dict(rs.coefficients.choices)
    )


def spec(**estimate: Any) -> dict[str, Any]:
    return {
        "data": {"file": str(TESTS / "data" / "apistrat.csv")},
        "design": {"weights": "pw", "strata": "stype", "fpc": ["fpc"]},
        "estimate": [
            {"id": "model", "statistic": "regression", "formula": "api00 ~ ell", **estimate}
        ],
    }


def test_a_spec_tells_coefficients_tests_and_margins() -> None:
    found = irosurvey.run(spec(formula="api00 ~ ell + C(stype)", margins=["stype"]))
    table = found.to_pandas()
    assert list(table["term"].fillna(""))[:7] == [
        "Intercept",
        "ell",
        "C(stype)[H]",
        "C(stype)[M]",
        "C(stype)",
        "(model)",
        "",
    ]
    assert list(table["stype"])[-3:] == ["E", "H", "M"]
    model = declared("strat").regression("api00 ~ ell + C(stype)")
    np.testing.assert_allclose(table["estimate"][:4], model.estimate)
    np.testing.assert_allclose(table["se"][6:], model.margins("stype").se)
    wald = model.test("C(stype)").statistic
    np.testing.assert_allclose(table["statistic"][4], wald, rtol=SAME)
    np.testing.assert_allclose(table["r2"][5], model.r2, rtol=SAME)
    assert "(model)" not in repr(found["model"])
    assert "C(stype)[H]" in repr(found)


def test_a_spec_fits_a_model_in_each_group() -> None:
    table = irosurvey.run(spec(by=["stype"])).to_pandas()
    for group in "EHM":
        rows = table[table["stype"] == group]
        model = declared("strat").regression("api00 ~ ell", where=f"stype = '{group}'")
        np.testing.assert_allclose(rows["estimate"][:2], model.estimate)
        np.testing.assert_allclose(rows["se"][:2], model.se)


def test_a_spec_runs_plausible_values_through_a_model() -> None:
    table = irosurvey.run(spec(plausible_values=["api00", "api99"])).to_pandas()
    models = [declared("strat").regression(f"{y} ~ ell") for y in ("api00", "api99")]
    np.testing.assert_allclose(
        table["estimate"], (models[0].estimate + models[1].estimate) / 2, rtol=1e-12
    )
    with pytest.raises(irosurvey.IrosurveyError, match="none of the plausible values"):
        irosurvey.run(spec(plausible_values=["meals", "mobility"]))


def test_a_formula_of_a_spec_runs_no_code(tmp_path: Path) -> None:
    target = tmp_path / "made"
    formula = f"api00 ~ I(open({str(target)!r}, 'w'))"
    with pytest.raises(irosurvey.IrosurveyError):
        irosurvey.run(spec(formula=formula))
    assert not target.exists()
