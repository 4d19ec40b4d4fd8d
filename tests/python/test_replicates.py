"""Replicate weights through Python: what R survey answers, what others printed, what is refused."""

from __future__ import annotations

import csv
import itertools
import math
import pickle
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import irosurvey
from irosurvey import Design, Estimate, Replicates, T, log

TESTS = Path(__file__).parents[1]
REFERENCE = TESTS / "reference"
DATA = TESTS / "data"

# Two double-precision programs that sum the same numbers in another order.
RELATIVE = 1e-9

Line = dict[str, str]


def table(name: str) -> list[Line]:
    with open(REFERENCE / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


ANSWERS = table("r_replicates.csv")
GROUPS = sorted({(line["design"], line["centre"]) for line in ANSWERS})


@cache
def clusters() -> pd.DataFrame:
    return pd.read_csv(DATA / "apiclus1.csv")


@cache
def factors_of(design: str) -> tuple[pd.DataFrame, float, list[float]]:
    """Factors by cluster and replicate, scale, rscales, as R made them."""
    lines = [line for line in table("r_replicate_factors.csv") if line["design"] == design]
    made = pd.DataFrame(
        {
            "dnum": [int(line["dnum"]) for line in lines],
            "replicate": [int(line["replicate"]) for line in lines],
            "factor": [float(line["factor"]) for line in lines],
        }
    ).pivot(index="dnum", columns="replicate", values="factor")
    first = lines[: made.shape[1]]
    return made, float(first[0]["scale"]), [float(line["rscale"]) for line in first]


TYPES: dict[str, dict[str, Any]] = {
    "jk1": {"type": "JK1"},
    "canty_davison": {"type": "bootstrap"},
    "rao_wu": {"type": "bootstrap"},
    "brr": {"type": "BRR"},
    "fay": {"type": "Fay", "fay_rho": 0.3},
    "jkn": {"type": "JKn"},
}
OWN_SCALE = {"rao_wu", "brr", "fay", "jkn"}
"""Where R's scale is our default: 1/(R - 1), 1/R, …"""


def design_of(name: str, centre: str, weights: str) -> Design:
    if name == "schools_jkn":
        data = pd.read_csv(DATA / "apistrat.csv")
        made = Design(data, weights="pw", strata="stype", fpc="fpc")
        return made.with_replicates("JKn", centre=centre)  # type: ignore[arg-type]
    factors, scale, rscales = factors_of(name)
    data = clusters()[clusters()["dnum"].isin(factors.index)].reset_index(drop=True)
    by_row = factors.loc[data["dnum"]].to_numpy()
    if weights == "combined":
        by_row = by_row * data[["pw"]].to_numpy()
    columns = {f"rep_{r + 1}": by_row[:, r] for r in range(by_row.shape[1])}
    replicates = Replicates(
        columns="rep_*",
        centre=centre,  # type: ignore[arg-type]
        weights=weights,  # type: ignore[arg-type]
        scale=None if name in OWN_SCALE else scale,
        rscales=rscales if name == "jkn" else None,
        **TYPES[name],
    )
    return Design(pd.concat([data, pd.DataFrame(columns)], axis=1), "pw", replicates=replicates)


def answer_of(design: Design, line: Line) -> Estimate:
    if line["statistic"] == "ratio":
        return design.ratio(*line["variable"].split("/"))
    if line["statistic"] == "proportion":
        return design.proportion(line["variable"])[line["cell"].removeprefix("level=")]
    asked = getattr(design, line["statistic"])
    if line["cell"]:
        return asked(line["variable"], by="awards")[line["cell"].removeprefix("awards=")]
    return asked(line["variable"])


@pytest.mark.parametrize("weights", ["combined", "factor"])
@pytest.mark.parametrize(("name", "centre"), GROUPS)
def test_r_survey_agrees(name: str, centre: str, weights: str) -> None:
    design = design_of(name, centre, weights)
    for line in ANSWERS:
        if (line["design"], line["centre"]) != (name, centre):
            continue
        found = answer_of(design, line)
        assert float(found) == pytest.approx(float(line["estimate"]), rel=RELATIVE), line
        assert found.se[0] == pytest.approx(float(line["se"]), rel=RELATIVE), line
        assert found.df[0] == int(line["df"]), line


# ---- what others printed ----


def rounds_to(computed: float, printed: str, relative: float) -> bool:
    decimals = len(printed.partition(".")[2])
    return abs(computed - float(printed)) <= max(
        0.5 * 10.0**-decimals * (1 + 1e-9), relative * abs(float(printed))
    )


@cache
def nhanes2() -> pd.DataFrame:
    data = irosurvey.read(DATA / "nhanes2.dta").to_pandas()
    data["tgresult"] = pd.read_csv(DATA / "nhanes2_triglycerides.csv")["tgresult"].replace(
        -1, np.nan
    )
    halves = pd.read_csv(DATA / "nhanes2_half_samples.csv").set_index(["strata", "psu"])
    units = pd.MultiIndex.from_arrays([data["strata"].astype(int), data["psu"].astype(int)])
    return pd.concat([data, halves.loc[units].reset_index(drop=True)], axis=1)


STATA_MEANS = {
    # Stata 17, Vanderbilt LPO 9951, session 1-06: BRR centred at the replicates' mean; jackknife
    # within strata. Stata held the weights in single precision: five digits of the SE are good.
    "brr": {"age": ".3013406", "height": ".14663", "weight": ".1656452"},
    "jkn": {"age": ".3026765", "height": ".1466141", "weight": ".1654453"},
}


def test_stata_half_samples_about_the_mean_of_replicates() -> None:
    replicates = Replicates("BRR", "brr_*", weights="factor", centre="replicate-mean")
    means = Design(nhanes2(), "finalwgt", replicates=replicates).mean(list(STATA_MEANS["brr"]))
    for se, printed in zip(means.se, STATA_MEANS["brr"].values(), strict=True):
        assert rounds_to(se, printed, 1e-5)
    assert means.df.tolist() == [31.0] * 3
    lower, upper = means.interval()
    assert rounds_to(lower[0], "41.63805", 1e-6)
    assert rounds_to(upper[0], "42.86723", 1e-6)


def test_stata_half_samples_about_the_estimate() -> None:
    replicates = Replicates("BRR", "brr_*", weights="factor")
    design = Design(nhanes2(), "finalwgt", replicates=replicates)
    means = design.mean("tgresult", by="diabetes")  # Stata's values in a test of samplics
    assert rounds_to(means.estimate[0], "136.6997", 1e-6)
    assert rounds_to(means.se[0], "2.095444", 1e-6)
    assert rounds_to(means.estimate[1], "191.9708", 1e-6)
    assert rounds_to(means.se[1], "6.337179", 1e-6)


def test_stata_jackknife_within_strata_is_the_one_made_here() -> None:
    design = Design(nhanes2(), "finalwgt", strata="strata", clusters="psu")
    jackknife = design.with_replicates("JKn", centre="within-stratum")
    assert jackknife.replicates == 62
    means = jackknife.mean(list(STATA_MEANS["jkn"]))
    for se, printed in zip(means.se, STATA_MEANS["jkn"].values(), strict=True):
        assert rounds_to(se, printed, 2e-5)
    assert means.df.tolist() == [31.0] * 3


def test_half_samples_made_here_are_as_good_as_those_of_the_file() -> None:
    """Balanced half-samples give a total the same variance, whichever matrix they follow."""
    data = nhanes2()
    given = Design(data, "finalwgt", replicates=Replicates("BRR", "brr_*", weights="factor"))
    made = Design(data, "finalwgt", strata="strata", clusters="psu").with_replicates("BRR")
    assert made.replicates == 32
    totals = ["age", "height", "bpsystol"]
    assert made.total(totals).se == pytest.approx(given.total(totals).se, rel=1e-11)


@cache
def pisa() -> Design:
    data = irosurvey.read(DATA / "pisa2003_nld.zsav").to_pandas()
    factors = pd.read_csv(DATA / "pisa2003_nld_replicates.csv", dtype={"SCHOOLID": str})
    by_row = factors.set_index("SCHOOLID").loc[data["SCHOOLID"]].reset_index(drop=True)
    replicates = Replicates("Fay", "W_FSTR*", fay_rho=0.5, weights="factor")
    return Design(pd.concat([data, by_row], axis=1), "W_FSTUWT", replicates=replicates)


@pytest.mark.parametrize(
    ("subject", "estimate", "se"),
    [
        ("READ", "513", "2.9"),
        ("MATH", "538", "3.1"),
        ("SCIE", "524", "3.1"),
        ("PROB", "520", "3.0"),
    ],
)
def test_pisa_means_of_plausible_values(subject: str, estimate: str, se: str) -> None:
    columns = [f"PV{i}{subject}" for i in range(1, 6)]
    found = pisa().plausible_values(columns, lambda design, column: design.mean(column))
    assert rounds_to(float(found), estimate, 0.0)
    assert rounds_to(found.se[0], se, 0.0)


def test_pisa_proficiency_levels() -> None:
    limits = [357.77, 420.07, 482.38, 544.68, 606.99, 669.30]
    names = [f"level{i}" for i in range(1, 6)]
    design = pisa().with_columns(
        {
            name: np.searchsorted(limits, pisa().frame[f"PV{i + 1}MATH"].to_numpy())
            for i, name in enumerate(names)
        }
    )
    found = design.plausible_values(names, lambda design, column: design.proportion(column))
    printed = {"2.6": "0.7", "8.4": "0.9", "18.0": "1.1", "23.0": "1.1"}
    printed |= {"22.6": "1.3", "18.2": "1.1", "7.3": "0.6"}
    for share, spread, (estimate, se) in zip(
        100 * found.estimate, 100 * found.se, printed.items(), strict=True
    ):
        assert rounds_to(share, estimate, 0.0)
        assert rounds_to(spread, se, 0.0)


# ---- plausible values ----


def small(seed: int = 3) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    data = pd.DataFrame(
        {"stratum": np.repeat([1, 2, 3], 8), "unit": np.tile(np.repeat([1, 2], 4), 3)}
    )
    data["w"] = random.uniform(1, 3, len(data))
    for m in range(3):
        data[f"pv{m}"] = random.normal(50, 10, len(data))
        data[f"level{m}"] = (data[f"pv{m}"] > 50).astype(int)
    data["sex"] = np.tile(["f", "m"], 12)
    return data


def by_hand(estimates: list[Estimate], rule: str) -> tuple[np.ndarray, np.ndarray]:
    values = np.array([estimate.estimate for estimate in estimates])
    covariances = [estimate.covariance for estimate in estimates]
    sampling = np.mean(covariances, axis=0) if rule == "all" else covariances[0]
    between = np.atleast_2d(np.cov(values.T))
    return values.mean(axis=0), sampling + (1 + 1 / len(values)) * between


@pytest.mark.parametrize("rule", ["all", "first"])
def test_plausible_values_combine_as_the_formula_says(rule: str) -> None:
    design = Design(small(), "w", "stratum", "unit").with_replicates("BRR")
    columns = ["pv0", "pv1", "pv2"]
    found = design.plausible_values(
        columns,
        lambda design, column: design.mean(column, by="sex"),
        sampling_variance=rule,  # type: ignore[arg-type]
    )
    expected, covariance = by_hand([design.mean(pv, by="sex") for pv in columns], rule)
    assert found.estimate == pytest.approx(expected, rel=1e-12)
    assert found.covariance == pytest.approx(covariance, rel=1e-12)
    assert found.variance == pytest.approx(np.diag(covariance), rel=1e-12)
    assert found.df.tolist() == design.mean("pv0", by="sex").df.tolist()
    assert found.statistics[0].variables == ("pv0", "pv1", "pv2")


def test_a_level_that_one_plausible_value_lacks_has_the_share_0_there() -> None:
    data = small()
    data["level1"] = 0
    design = Design(data, "w", "stratum", "unit").with_replicates("JKn")
    columns = ["level0", "level1", "level2"]
    found = design.plausible_values(columns, lambda design, column: design.proportion(column))
    ones = [design.mean(column).estimate[0] for column in columns]
    variances = [design.mean(column).variance[0] for column in columns]
    assert found.sel(level=1).estimate[0] == pytest.approx(np.mean(ones), rel=1e-12)
    expected = np.mean(variances) + 4 / 3 * np.var(ones, ddof=1)
    assert found.sel(level=1).variance[0] == pytest.approx(expected, rel=1e-12)
    assert found.estimate.sum() == pytest.approx(1.0, rel=1e-12)


def test_rubin_degrees_of_freedom() -> None:
    design = Design(small(), "w", "stratum", "unit").with_replicates("JKn")
    columns = ["pv0", "pv1", "pv2"]
    found = design.plausible_values(columns, lambda design, pv: design.mean(pv), df="rubin")
    values = [float(design.mean(pv)) for pv in columns]
    nu = design.mean("pv0").df[0]
    gamma = 4 / 3 * np.var(values, ddof=1) / found.variance[0]
    observed = (nu + 1) / (nu + 3) * nu * (1 - gamma)
    assert found.df[0] == pytest.approx(1 / (gamma**2 / 2 + 1 / observed), rel=1e-12)
    assert found.df[0] < nu


def test_plausible_values_of_different_questions_are_refused() -> None:
    design = Design(small(), "w", "stratum", "unit").with_replicates("JKn")
    with pytest.raises(irosurvey.ArgumentError, match="same question"):
        design.plausible_values(
            ["pv0", "pv1"], lambda design, pv: design.mean([pv, "pv2"] if pv == "pv0" else pv)
        )
    with pytest.raises(irosurvey.ArgumentError, match="at least two"):
        design.plausible_values(["pv0"], lambda design, pv: design.mean(pv))


# ---- a Python function of weights ----


def test_a_function_of_weights_has_the_variance_of_the_same_statistic() -> None:
    data = small()
    design = Design(data, "w", "stratum", "unit").with_replicates("JKn")
    y, x = data["pv0"].to_numpy(), data["pv1"].to_numpy()

    def ratio_and_log(_: irosurvey.Frame, w: np.ndarray) -> dict[str, float]:
        return {"ratio": float(w @ y / (w @ x)), "log": math.log(w @ y)}

    found = design.replicate(ratio_and_log)
    same = design.estimate({"ratio": T("pv0") / T("pv1"), "log": log(T("pv0"))})
    assert found.estimate == pytest.approx(same.estimate, rel=1e-12)
    assert found.covariance == pytest.approx(same.covariance, rel=1e-9)
    assert [info.name for info in found.statistics] == ["ratio", "log"]
    assert found.df.tolist() == same.df.tolist()


def test_a_function_of_weights_may_return_an_array_and_has_to_keep_its_size() -> None:
    design = Design(small(), "w", "stratum", "unit").with_replicates("JKn")
    assert len(design.replicate(lambda _, w: np.array([w.sum(), w.max()]))) == 2
    calls = itertools.count()
    with pytest.raises(irosurvey.ArgumentError, match="numbers each time"):
        design.replicate(lambda _, w: [1.0] * (1 if next(calls) == 0 else 2))
    with pytest.raises(ZeroDivisionError):
        design.replicate(lambda _, w: 1 // 0)
    with pytest.raises(irosurvey.ArgumentError, match="with_replicates"):
        Design(small(), "w").replicate(lambda _, w: float(w.sum()))


# ---- designs ----


def test_replicates_take_the_place_of_stages() -> None:
    data = small().assign(r1=1.0, r2=2.0)
    with pytest.raises(irosurvey.ArgumentError, match="both"):
        Design(data, "w", strata="stratum", replicates=Replicates("other", ["r1", "r2"]))
    with pytest.raises(irosurvey.ArgumentError, match="Replicates"):
        Design(data, "w", replicates=["r1", "r2"])  # type: ignore[arg-type]


def test_designs_with_replicates_survive_pickling_and_new_columns() -> None:
    made = Design(small(), "w", "stratum", "unit").with_replicates(
        "bootstrap", replicates=30, seed=9
    )
    assert pickle.loads(pickle.dumps(made)).mean("pv0") == made.mean("pv0")
    more = made.with_columns({"double": 2 * made.frame["pv0"].to_numpy()})
    assert more.mean("double").se[0] == pytest.approx(2 * made.mean("pv0").se[0], rel=1e-14)
    data = small().assign(r1=lambda d: 2 * d["w"], r2=0.0)
    given = Design(data, "w", replicates=Replicates("BRR", ["r1", "r2"]))
    assert pickle.loads(pickle.dumps(given)).total("pv0") == given.total("pv0")
    with pytest.raises(irosurvey.ArgumentError, match="isn't made of"):
        given.with_columns({"r1": np.zeros(len(data))})


def test_replicates_come_before_calibration() -> None:
    """Made afterwards, they would vary as if the totals weren't met."""
    design = Design(small(), "w", "stratum", "unit")
    margins = {"sex": {"f": 20.0, "m": 30.0}}
    with pytest.raises(irosurvey.DesignError, match="Make replicates first"):
        design.calibrate("poststratify", margins).with_replicates("JKn")
    calibrated = design.with_replicates("JKn").calibrate("poststratify", margins)
    assert calibrated.replicate_weights(0).sum() == pytest.approx(50.0, rel=1e-12)
    assert calibrated.total("pv0", by="sex").estimate.shape == (2,)
    ones = calibrated.with_columns({"one": np.ones(24)}).total("one", by="sex")
    assert ones.estimate == pytest.approx([20.0, 30.0], rel=1e-12)
    assert ones.se == pytest.approx([0.0, 0.0], abs=1e-12)
    assert pickle.loads(pickle.dumps(calibrated)).mean("pv0") == calibrated.mean("pv0")


def test_a_design_says_what_its_variances_come_from() -> None:
    made = Design(small(), "w", "stratum", "unit").with_replicates("BRR")
    assert "4 replicates, BRR" in made.describe().replicates
    assert made.describe().degrees_of_freedom == 3
    assert "Variances come from 4 replicates" in repr(made)
    assert ("variance", made.describe().replicates) in made.mean("pv0").choices


def test_replicate_weights_can_be_read() -> None:
    made = Design(small(), "w", "stratum", "unit").with_replicates("JKn")
    weights = made.replicate_weights(0)
    assert weights.shape == (24,)
    assert set(np.round(weights / made.weights, 12)) == {0.0, 1.0, 2.0}
    with pytest.raises(irosurvey.ArgumentError, match="replicate"):
        made.replicate_weights(6)
