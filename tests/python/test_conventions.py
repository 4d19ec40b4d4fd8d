"""Conventions: each package's choices bring out figures that it printed."""

from __future__ import annotations

import csv
import pickle
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import irosurvey
from irosurvey.conventions import CONVENTIONS, EVIDENCE, WORDS, Conventions, markdown
from irosurvey.spec.agreement import agrees, printed

ROOT = Path(__file__).parents[2]
SPECS = ROOT / "tests" / "specs"
DATA = ROOT / "tests" / "data"


def figures(spec: str, estimate: str, row: int = 0) -> dict[str, Any]:
    """Printed figures of one row of a spec."""
    text = tomllib.loads((SPECS / f"{spec}.toml").read_text(encoding="utf-8"))
    (found,) = [one for one in text["estimate"] if one["id"] == estimate]
    return found["expect"][row]


def published(query: str) -> dict[str, Any]:
    """Printed figures of a query of tests/reference/published.csv."""
    with open(ROOT / "tests" / "reference" / "published.csv", encoding="utf-8", newline="") as file:
        lines = csv.DictReader(line for line in file if not line.startswith("#"))
        found = {line["quantity"]: line["printed"] for line in lines if line["query"] == query}
    return {name.removeprefix("logit_"): figure for name, figure in found.items()}


def compare(
    found: irosurvey.Estimate,
    wanted: dict[str, Any],
    unit: float = 1.0,
    tolerance: float | None = None,
) -> None:
    lower, upper = found.interval()
    computed = {
        "estimate": found.estimate,
        "se": found.se,
        "df": found.df,
        "deff": found.deff,
        "lower": lower,
        "upper": upper,
    }
    checked = 0
    for name, figure in wanted.items():
        if name in computed:
            scale = 1.0 if name in ("df", "deff") else unit
            value = float(computed[name][0])
            same = agrees(value, printed(figure), unit=scale, tolerance=tolerance)
            assert same, (name, figure, value)
            checked += 1
    assert checked > 0


def schools(conventions: str, file: str = "apiclus1.csv", **design: Any) -> irosurvey.Design:
    given = {"weights": "pw", "clusters": "dnum", "fpc": "fpc"} | design
    return irosurvey.Design(DATA / file, conventions=conventions, **given)


# ---- R ----


def test_r_means_have_normal_limits() -> None:
    wanted = figures("r-api-clus1", "mean, normal limits")
    compare(schools("r").mean("api00"), wanted)


def test_r_shares_have_logit_limits_with_t() -> None:
    design = schools("r")
    none = design.with_columns({"none": design.frame["ell"].to_numpy() == 0})
    compare(none.proportion("none"), figures("r-api-ciprop", "logit"))


def test_r_design_effects_are_without_replacement() -> None:
    design = schools("r", "apistrat.csv", clusters=None, strata="stype")
    compare(design.mean("api00"), figures("r-api-strat", "mean, deff without replacement"))


def test_r_t_tests_have_one_df_less() -> None:
    design = schools(
        "r", "apiclus2.csv", weights=None, clusters=["dnum", "snum"], fpc=["fpc1", "fpc2"]
    )
    test = design.ttest("enroll", groups="comp_imp")
    wanted = figures("r-api-ttest", "difference")
    assert test.df1 == 36
    assert agrees(test.p, printed(wanted["p"]))
    assert test.of is not None
    compare(test.of, wanted)
    assert design.ttest("enroll", groups="comp_imp", df="design").df1 == 37


def test_r_tables_are_tested_by_the_second_order_f() -> None:
    test = schools("r").crosstab("sch_wide", "stype").test()
    wanted = figures("r-api-chisq", "F")
    assert agrees(test.statistic, printed(wanted["statistic"]))
    assert agrees(test.p, printed(wanted["p"]))


def test_r_quantiles_are_centred_at_the_share_below_the_estimate() -> None:
    design = schools("r")
    found = design.quantile("api00", [0.25, 0.5, 0.75])
    for row in range(3):
        compare(found[row], figures("r-api-quantile", "woodruff", row))
    # The choices that R doesn't make give other figures.
    for other in ({"centre": "prob"}, {"ci": "logit"}, {"rule": "hf7"}):
        differs = design.quantile("api00", [0.25, 0.5, 0.75], **other)
        assert not np.allclose(differs.se, found.se, rtol=1e-3), other


def test_r_gives_no_limit_beyond_the_data() -> None:
    low = schools("r").quantile("api00", 0.005, where="stype = 'H'")
    assert np.isnan(low.lower[0])
    assert np.isnan(low.se[0])
    assert np.isfinite(schools("irosurvey").quantile("api00", 0.005, where="stype = 'H'").lower[0])


def modelled(spec: str, estimate: str, model: irosurvey.Regression) -> list[dict[str, Any]]:
    """Compare a model's coefficients with those that a spec says were printed; the other rows."""
    text = tomllib.loads((SPECS / f"{spec}.toml").read_text(encoding="utf-8"))
    (found,) = [one for one in text["estimate"] if one["id"] == estimate]
    others = []
    for row in found["expect"]:
        if row["term"] in model.names:
            compare(model[row["term"]], row)
        else:
            others.append(row)
    assert len(others) + len(model) == len(found["expect"])
    return others


def as_printed(test: irosurvey.TestResult, wanted: dict[str, Any]) -> None:
    """A test as it was printed."""
    for name in ("statistic", "df1", "df2", "p"):
        if name in wanted:
            assert agrees(float(getattr(test, name)), printed(wanted[name])), (name, test)


@pytest.mark.parametrize(
    ("estimate", "formula", "family"),
    [
        ("linear", "api00 ~ ell + meals + mobility", "gaussian"),
        ("interaction", "api00 ~ ell * meals + mobility", "gaussian"),
        ("logistic", "sch_wide ~ ell + meals + mobility", "binomial"),
        ("Poisson", "api_stu ~ ell + meals + mobility", "poisson"),
    ],
)
def test_r_models_have_the_information_of_the_last_step(
    estimate: str, formula: str, family: Any
) -> None:
    design = schools("r", "apistrat.csv", clusters=None, strata="stype")
    model = design.regression(formula, family)
    assert modelled("r-glm", estimate, model) == []
    # Computed by R 4.1-1: degrees of freedom that count the intercept (tests/reference).
    assert model.df == 197 + 1 - len(model)
    assert model.test().method == "Wald"


# ---- Stata ----


def test_stata_tables_are_tested_by_the_second_order_f() -> None:
    data = irosurvey.read(DATA / "nhanes2.dta")
    design = irosurvey.Design(data, "finalwgt", "strata", "psu", conventions="stata")
    test = design.crosstab("race", "diabetes").test()
    wanted = figures("st-tab", "design-based F")
    assert agrees(test.statistic, printed(wanted["statistic"]))
    assert test.df2 is not None
    assert agrees(test.df2, printed(wanted["df2"]))


def test_stata_likelihood_ratios_of_tables() -> None:
    table = cholesterol("stata").crosstab("race", "HI_CHOL")
    as_printed(table.test(), figures("sm-nhanes", "shares", 8))
    as_printed(table.test("rao-scott-lr-f"), figures("sm-nhanes", "likelihood ratio"))


def test_stata_shares_have_logit_limits() -> None:
    design = irosurvey.Design(DATA / "yrbs.csv", "weight", "stratum", "psu", conventions="stata")
    shares = design.proportion("rarely")
    for row in range(2):
        compare(shares[row], figures("sm-yrbs-shares", "shares", row))


def test_stata_domains_have_the_units_of_their_strata() -> None:
    design = irosurvey.Design(
        DATA / "one_stage_fpc.csv", "weight", clusters="psuid", fpc=44, conventions="stata"
    )
    totals, shares = design.total("y", by="domain"), design.proportion("z", by="domain")
    assert len(totals) == 2
    assert len(shares) == 4
    for row in range(2):
        # Their source cuts digits off.
        compare(totals[row], figures("sm-fpc-units", "total by domain", row), tolerance=1e-5)
    for row in range(4):
        wanted = figures("sm-fpc-units", "shares by domain", row)
        keys = shares.keys()
        pairs = zip(keys["domain"], keys["level"], strict=True)
        places = [(domain.value, level.value) for domain, level in pairs]
        place = places.index((wanted["domain"], wanted["level"]))
        compare(shares[place], wanted, tolerance=1e-5)


def test_stata_drops_incomplete_rows_and_recounts_units() -> None:
    design = irosurvey.Design(DATA / "yrbs.csv", "weight", "stratum", "psu", conventions="stata")
    compare(design.mean("rarely"), figures("sm-yrbs", "mean"))


def test_stata_means_have_t_limits() -> None:
    data = irosurvey.read(DATA / "nhanes2.dta")
    kept = irosurvey.Design(data, "finalwgt", "strata", "psu", conventions="stata")
    text = tomllib.loads((SPECS / "st-lin.toml").read_text(encoding="utf-8"))
    found = kept.mean("age", where=text["data"]["keep"])
    # The 14 rows left out hold no unit of their own: a domain has the same figures.
    wanted = {**figures("st-lin", "means"), "variable": ""}
    compare(found, {key: wanted[key] for key in ("estimate", "lower", "upper", "df")})


def test_stata_models_have_the_designs_degrees_of_freedom_and_adjusted_tests() -> None:
    data = irosurvey.read(DATA / "nhanes2.dta")
    design = irosurvey.Design(data, "finalwgt", "strata", "psu", conventions="stata")
    model = design.regression("bpsystol ~ C(agegrp) + C(sex) + weight")
    whole, ages = modelled("st-reg1", "model", model)
    as_printed(model.test(), whole)
    as_printed(model.test("C(agegrp)"), ages)
    assert agrees(model.r2, printed(whole["r2"]))


# ---- SAS ----


def test_sas_shares_have_wald_limits() -> None:
    design = schools("sas", "apisrs.csv", clusters=None)
    shares = design.proportion("sch_wide")
    compare(shares["No"], figures("sas-srs", "school-wide target met"), 0.01)


def test_sas_means() -> None:
    compare(schools("sas", "apisrs.csv", clusters=None).mean("growth"), figures("sas-srs", "means"))


def test_sas_quantiles_lie_between_the_steps_and_have_symmetric_limits() -> None:
    design = schools("sas", "apisrs.csv", clusters=None)
    probs = [0.025, 0.5, 0.975]
    found = design.quantile("growth", probs)
    for row in range(3):
        compare(found[row], figures("sas-quantile", "quantiles", row))
    # The choices that SAS doesn't make give other figures.
    for other in ({"rule": "math"}, {"ci": "woodruff"}):
        differs = design.quantile("growth", probs, **other)
        assert not np.allclose(differs.lower, found.lower, rtol=1e-3), other


def cholesterol(conventions: str) -> irosurvey.Design:
    data = DATA / "nhanes_cholesterol.csv"
    return irosurvey.Design(data, "WTMEC2YR", "SDMVSTRA", "SDMVPSU", conventions=conventions)


def test_sas_quantiles_of_an_indicator_are_about_the_share_below_the_estimate() -> None:
    design = cholesterol("sas")
    found = design.quantile("HI_CHOL", [0.25, 0.5, 0.75])
    for row in range(3):
        compare(found[row], figures("sas-nhanes", "quartiles", row))
    about_prob = design.quantile("HI_CHOL", 0.25, centre="prob")
    assert about_prob.se[0] != pytest.approx(found.se[0], rel=1e-3)


def test_sas_design_effects_are_with_replacement() -> None:
    design = cholesterol("sas")
    compare(design.mean("HI_CHOL"), figures("sas-nhanes", "mean"))
    by_race = design.mean("HI_CHOL", by="race")
    for row in range(4):
        compare(by_race[row], figures("sas-nhanes", "mean by race", row))


def test_sas_models_have_variances_times_n_less_1_over_n_less_p() -> None:
    design = irosurvey.Design(DATA / "icecream.csv", fpc=4000, conventions="sas")
    formula = "spending ~ income + C(kids, ref=4)"
    model = design.regression(formula)
    (whole,) = modelled("sd-reg", "model", model)
    as_printed(model.test(), whole)
    assert agrees(model.r2, printed(whole["r2"]))
    assert dict(model.coefficients.choices)["variance adjustment"] == "(n − 1)/(n − p)"
    plain = design.regression(formula, vadjust=False)
    np.testing.assert_allclose(model.se / plain.se, (39 / 35) ** 0.5, rtol=1e-12)
    replicated = irosurvey.Design(DATA / "icecream.csv", conventions="sas").with_replicates("JK1")
    assert "variance adjustment" not in dict(replicated.regression(formula).coefficients.choices)


def test_sas_leaves_single_units_out() -> None:
    data = {"y": [1.0, 3.0, 7.0], "h": [1, 1, 2]}
    with pytest.raises(irosurvey.SingletonError):
        irosurvey.Design(data, strata="h").mean("y")
    assert irosurvey.Design(data, strata="h", conventions="sas").mean("y").se[0] > 0


def test_sas_tables_are_tested_at_the_first_order() -> None:
    table = schools("sas").crosstab("sch_wide", "stype")
    assert table.test() == table.test("rao-scott-chisq")


# ---- SUDAAN ----


def test_sudaan_counts_the_whole_design() -> None:
    design = irosurvey.Design(DATA / "yrbs.csv", "weight", "stratum", "psu", conventions="sudaan")
    wanted = figures("yrbs-dom", "proportion")
    shares = design.proportion("qn8")
    (row,) = [i for i, level in enumerate(shares.keys()["level"]) if level.value == wanted["level"]]
    compare(shares[row], wanted)
    compare(shares[row], published("yrbs-share"))


def test_models_of_a_domain_have_the_degrees_of_freedom_of_its_means() -> None:
    for name in ("irosurvey", "stata", "sas", "sudaan"):
        design = schools(name, "apistrat.csv", clusters=None, strata="stype")
        where = "stype = 'H' AND ell > 20"
        found = design.regression("api00 ~ meals", where=where).df
        assert found == design.mean("api00", where=where).df[0], name


# ---- all of them ----


def test_each_result_names_its_conventions() -> None:
    design = irosurvey.Design({"y": [1.0, 2, 4]})
    assert "conventions" not in dict(design.mean("y").choices)
    for name, rules in CONVENTIONS.items():
        if name != "irosurvey":
            found = dict(design.with_conventions(name).mean("y").choices)
            assert found["conventions"] == f"{name} ({rules.program})"
            assert found["missing values"] == rules.missing
            assert found["degrees of freedom"].startswith(rules.df)


def test_what_a_question_names_goes_before() -> None:
    design = irosurvey.Design({"y": [1.0, 2, 4, None], "x": [1, 2, None, 4]}, conventions="sas")
    assert design.mean(["y", "x"]).n.tolist() == [2, 2]
    assert design.mean(["y", "x"], missing="domain", df="infinite").n.tolist() == [3, 3]
    assert design.mean("y", df="infinite").df[0] == np.inf


def test_conventions_travel_with_the_design() -> None:
    design = irosurvey.Design({"y": [1.0, 2, 4], "w": [1, 2, 3]}, "w", conventions="r")
    for copy in (
        pickle.loads(pickle.dumps(design)),
        design.with_columns({"z": [1, 2, 3]}),
        design.trim(high=2.5),
    ):
        assert copy.conventions is CONVENTIONS["r"]
        assert copy.mean("y").interval_methods == ("normal",)
    found = pickle.loads(pickle.dumps(design.mean("y")))
    assert found.interval_methods == ("normal",)


def test_plausible_values_keep_their_intervals() -> None:
    design = irosurvey.Design({"a": [1.0, 2, 4], "b": [1.5, 2, 3]}, conventions="r")
    found = design.plausible_values(["a", "b"], lambda design, name: design.mean(name))
    assert found.interval_methods == ("normal",)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(irosurvey.ArgumentError, match="'stata'"):
        irosurvey.Design({"y": [1]}, conventions="spss")  # type: ignore[arg-type]


def test_the_documented_table_is_that_of_the_code() -> None:
    text = (ROOT / "docs" / "methods" / "conventions.md").read_text(encoding="utf-8")
    assert markdown() in text
    assert set(WORDS) == {field.name for field in fields(Conventions)} - {"name", "program"}
    assert {choice for _, choice in EVIDENCE} <= set(WORDS)


def test_what_the_table_cites_is_there() -> None:
    for cited in EVIDENCE.values():
        for name in cited.split(", "):
            places = SPECS / f"{name}.toml", ROOT / "tests" / "reference" / f"{name}.csv"
            assert name == "manual" or any(place.exists() for place in places), name
