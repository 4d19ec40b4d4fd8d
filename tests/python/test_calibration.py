"""Weights that meet known totals: against R survey, against the identities, and what is refused."""

from __future__ import annotations

import csv
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import irosurvey
from irosurvey import ArgumentError, ColumnError, Design, DesignError, NumericalError

TESTS = Path(__file__).parents[1]
DATA = TESTS / "data"

# What R's tightest settings leave: its weights meet their targets to 1e-12, ours to 1e-10.
RELATIVE = 1e-8

TYPES = {"E": 4421, "H": 755, "M": 1018}
TARGET = {"No": 1072, "Yes": 5122}
BOTH = {
    ("E", "No"): 472,
    ("H", "No"): 400,
    ("M", "No"): 300,
    ("E", "Yes"): 3949,
    ("H", "Yes"): 355,
    ("M", "Yes"): 718,
}
SCORE = {"stype": TYPES, "api99": 3914069}
AGES = {"0-19": 55901, "20-39": 77670, "40-59": 72816, "60+": 45364}


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(DATA / name, keep_default_na=False, na_values=[""])


def districts() -> Design:
    return Design(table("apiclus1.csv"), weights="pw", clusters="dnum", fpc="fpc")


def varied() -> Design:
    data = table("apiclus1.csv")
    data["pwv"] = data["pw"] * (0.6 + ((np.arange(len(data)) + 1) % 7) / 5)
    return Design(data, weights="pwv", clusters="dnum", fpc="fpc")


def schools() -> Design:
    return Design(table("apiclus2.csv"), clusters=["dnum", "snum"], fpc=["fpc1", "fpc2"])


def types() -> Design:
    return Design(table("apistrat.csv"), weights="pw", strata="stype", fpc="fpc")


def health() -> Design:
    return Design(
        table("nhanes_cholesterol.csv"),
        weights="WTMEC2YR",
        strata="SDMVSTRA",
        clusters="SDMVPSU",
    )


def greg(design: Design, method: str = "linear", **options: object) -> Design:
    return design.calibrate(method, SCORE, tolerance=1e-12, **options)


def raked(design: Design) -> Design:
    return design.calibrate("rake", {"stype": TYPES, "sch_wide": TARGET}, tolerance=1e-12)


# ---- R survey ----

CASES: dict[str, Callable[[], Design]] = {
    "poststratify": lambda: districts().calibrate("poststratify", {"stype": TYPES}),
    "poststratify varied": lambda: varied().calibrate("poststratify", {"stype": TYPES}),
    "poststratify two-stage": lambda: schools().calibrate("poststratify", {"stype": TYPES}),
    "poststratify crossed": lambda: varied().calibrate(
        "poststratify", {("stype", "sch_wide"): BOTH}
    ),
    "rake": lambda: raked(districts()),
    "rake varied": lambda: raked(varied()),
    "rake two-stage": lambda: raked(schools()),
    "linear": lambda: greg(districts()),
    "linear varied": lambda: greg(varied()),
    "linear stratified": lambda: greg(types()),
    "linear two-stage": lambda: greg(schools()),
    "linear bounded": lambda: greg(districts(), bounds=(0.5, 1.9)),
    "linear bounded weights": lambda: greg(varied(), bounds=(10, 75), bounds_on="weight"),
    "raking": lambda: greg(districts(), "raking"),
    "raking varied": lambda: greg(varied(), "raking"),
    "raking stratified": lambda: greg(types(), "raking"),
    "raking two-stage": lambda: greg(schools(), "raking"),
    "raking bounded": lambda: greg(districts(), "raking", bounds=(0.5, 1.9)),
    "raking bounded weights": lambda: greg(varied(), "raking", bounds=(10, 75), bounds_on="weight"),
    "linear in clusters": lambda: greg(districts(), equal_within="dnum"),
    "raking in clusters": lambda: greg(districts(), "raking", equal_within="dnum"),
    "logit": lambda: greg(districts(), "logit", bounds=(0.4, 2.5)),
    "logit varied": lambda: greg(varied(), "logit", bounds=(0.3, 3)),
    "poststratify then linear": lambda: greg(
        varied().calibrate("poststratify", {"sch_wide": TARGET})
    ),
    "linear then poststratify": lambda: greg(varied()).calibrate(
        "poststratify", {"sch_wide": TARGET}
    ),
    "trim": lambda: greg(districts()).trim(20, 50),
    "trim strict": lambda: greg(districts()).trim(20, 45, strict=True),
}


def by_r() -> dict[str, dict[str, float]]:
    values: dict[str, dict[str, float]] = {}
    with open(TESTS / "reference" / "r_calibration.csv", encoding="utf-8", newline="") as file:
        for line in csv.DictReader(row for row in file if not row.startswith("#")):
            values.setdefault(line["case"], {})[line["quantity"]] = float(line["value"])
    return values


BY_R = by_r()


def computed(design: Design) -> dict[str, float]:
    w = design.weights
    values = {
        "sum": w.sum(),
        "least": w.min(),
        "greatest": w.max(),
        "moment": (w * (np.arange(len(w)) + 1)).sum(),
    }
    asked = {
        "mean api00": design.mean("api00"),
        "total enroll": design.total("enroll"),
        "ratio": design.ratio("api00", "api99"),
        "mean in domain": design.mean("api00", where="comp_imp = 'Yes'"),
        "total in domain": design.total("api00", where="stype = 'H'"),
    }
    for quantity, answer in asked.items():
        values[quantity] = float(answer)
        values[f"se {quantity}"] = float(answer.se[0])
    return values


@pytest.mark.parametrize("case", CASES)
def test_agrees_with_r(case: str) -> None:
    found = computed(CASES[case]())
    assert found.keys() == BY_R[case].keys()
    for quantity, expected in BY_R[case].items():
        assert found[quantity] == pytest.approx(expected, rel=RELATIVE), quantity


@pytest.mark.parametrize(
    ("case", "within", "where"),
    [("standardize", ["race", "RIAGENDR"], "HI_CHOL IS NOT NULL"), ("standardize whole", [], None)],
)
def test_standardization_agrees_with_r(case: str, within: list[str], where: str | None) -> None:
    standard = health().standardize(
        "agecat", AGES, within=within, where=where or "HI_CHOL IS NOT NULL"
    )
    answer = standard.mean("HI_CHOL", by=within or None)
    keys = answer.keys()
    for row in range(len(answer.estimate)):
        cell = ";".join(f"{name}={keys[name][row]}" for name in within) or "mean"
        assert answer.estimate[row] == pytest.approx(BY_R[case][cell], rel=RELATIVE)
        assert answer.se[row] == pytest.approx(BY_R[case][f"se {cell}"], rel=RELATIVE)


# ---- identities ----


@pytest.mark.parametrize("method", ["poststratify", "rake", "linear", "raking", "logit", "bounded"])
@pytest.mark.parametrize("residual_weights", ["initial", "calibrated"])
def test_calibrated_totals_meet_their_targets_with_se_0(method: str, residual_weights: str) -> None:
    margins = {"poststratify": {"stype": TYPES}, "rake": {"stype": TYPES, "sch_wide": TARGET}}
    options = {"logit": {"bounds": (0.2, 4)}, "bounded": {"bounds": (0.2, 3)}}
    calibrated = varied().calibrate(
        "linear" if method == "bounded" else method,
        margins.get(method, SCORE),
        residual_weights=residual_weights,
        **options.get(method, {}),
    )
    counted = calibrated.with_columns({"one": np.ones(183)}).total("one", by="stype")
    assert counted.estimate == pytest.approx(list(TYPES.values()), rel=1e-9)
    assert (counted.se <= 1e-9 * counted.estimate).all()
    if method not in margins:
        answer = calibrated.total("api99")
        assert float(answer) == pytest.approx(3914069, rel=1e-9)
        assert answer.se[0] <= 1e-9 * 3914069


def test_the_last_of_two_adjustments_has_se_0_when_its_part_is_taken_out_first() -> None:
    first = varied().calibrate("poststratify", {"sch_wide": TARGET})
    last_first = greg(first, residual_order="last-first")
    as_made = greg(first)
    assert np.array_equal(last_first.weights, as_made.weights)
    assert last_first.total("api99").se[0] <= 1e-9 * 3914069
    # R's order leaves something of it.
    assert as_made.total("api99").se[0] > 1.0


def test_one_adjustment_knows_no_order() -> None:
    one, other = greg(varied()), greg(varied(), residual_order="last-first")
    assert one.mean("api00").se == pytest.approx(other.mean("api00").se, rel=1e-13)


def test_calibrated_residual_weights_are_a_named_choice() -> None:
    initial = greg(varied())
    calibrated = greg(varied(), residual_weights="calibrated")
    assert np.array_equal(initial.weights, calibrated.weights)
    assert initial.mean("api00").se[0] != calibrated.mean("api00").se[0]
    choices = {choice.name: choice.value for choice in calibrated.mean("api00").choices}
    assert choices["calibration"] == "linear calibration to stype and api99"
    assert "calibrated weights" in choices["residuals"]


def test_poststratification_rake_and_distances_agree_on_one_margin() -> None:
    expected = districts().calibrate("poststratify", {"stype": TYPES})
    for method, options in [
        ("rake", {}),
        ("linear", {}),
        ("raking", {}),
        ("logit", {"bounds": (0.1, 9.0)}),
    ]:
        other = districts().calibrate(method, {"stype": TYPES}, **options)
        assert other.weights == pytest.approx(expected.weights, rel=1e-9)
        assert other.mean("api00").se == pytest.approx(expected.mean("api00").se, rel=1e-8)


def test_rake_tends_to_the_raking_distance() -> None:
    margins = {"stype": TYPES, "sch_wide": TARGET}
    one = varied().calibrate("rake", margins, tolerance=1e-13)
    other = varied().calibrate("raking", margins, tolerance=1e-13)
    assert one.weights == pytest.approx(other.weights, rel=1e-11)


def test_calibrating_to_the_sum_of_weights_leaves_means_alone() -> None:
    # One total, the number of schools: all weights have one ratio, and a mean is what it was.
    design = districts().calibrate("linear", {1: 6194})
    assert design.weights == pytest.approx(districts().weights * 6194 / districts().weights.sum())
    assert design.mean("api00").se == pytest.approx(districts().mean("api00").se, rel=1e-12)


def test_covariances_are_those_of_the_variances() -> None:
    design = greg(varied())
    answer = design.mean(["api00", "api99"], by="stype", covariance=True)
    alone = design.mean(["api00", "api99"], by="stype", covariance=False)
    assert np.sqrt(np.diag(answer.covariance)) == pytest.approx(alone.se, rel=1e-12)
    assert np.array_equal(answer.estimate, alone.estimate)
    # Between two rows, by another route: the difference as one expression.
    difference = design.estimate(
        irosurvey.T("api00") / irosurvey.T(1) - irosurvey.T("api99") / irosurvey.T(1)
    )
    both = design.mean(["api00", "api99"], covariance=True)
    variance = both.covariance[0, 0] + both.covariance[1, 1] - 2 * both.covariance[0, 1]
    assert np.sqrt(variance) == pytest.approx(difference.se[0], rel=1e-9)


def test_threads_change_no_bit() -> None:
    rng = np.random.default_rng(5)
    rows = 200_000
    data = {
        "w": rng.lognormal(0, 0.5, rows),
        "unit": rng.integers(0, 500, rows),
        "a": rng.integers(1, 6, rows),
        "b": rng.integers(1, 4, rows),
        "x": rng.normal(50, 10, rows),
        "y": rng.normal(5, 1, rows),
    }
    design = Design(data, weights="w", clusters="unit")
    results = []
    for threads in (1, 2, 7):
        calibrated = design.calibrate(
            "raking",
            {"a": dict.fromkeys(range(1, 6), 0.2), "b": {1: 0.5, 2: 0.3, 3: 0.2}, "x": 51e5},
            shares=True,
            population=1e5,
            threads=threads,
        )
        answer = calibrated.mean("y", by="a", threads=threads)
        results.append(
            (calibrated.weights.tobytes(), answer.se.tobytes(), answer.covariance.tobytes())
        )
    assert results[0] == results[1] == results[2]


def test_a_weight_of_0_stays_0_and_may_miss_an_auxiliary() -> None:
    data = table("apiclus1.csv")
    data.loc[3, "pw"] = 0.0
    data.loc[3, "api99"] = np.nan
    data["stype"] = data["stype"].where(data.index != 3)
    design = Design(data, weights="pw", clusters="dnum", fpc="fpc")
    for calibrated in (greg(design), greg(design, "raking"), raked(design)):
        assert calibrated.weights[3] == 0.0
        assert (np.delete(calibrated.weights, 3) > 0).all()
        assert np.isfinite(calibrated.mean("api00").se[0])
    assert greg(design).total("api99").se[0] <= 1e-9 * 3914069


def test_rows_outside_a_domain_have_their_part_in_its_variance() -> None:
    # The residual of y in the domain is −x′B outside it; without that the SE would be another.
    design = greg(varied())
    inside = table("apiclus1.csv")["comp_imp"].to_numpy() == "Yes"
    y = np.where(inside, design.frame["api00"].to_numpy(), 0.0)
    zeroed = design.with_columns({"zeroed": y})
    assert design.total("api00", where="comp_imp = 'Yes'").se == pytest.approx(
        zeroed.total("zeroed").se, rel=1e-12
    )


def test_listwise_does_not_calibrate_anew() -> None:
    data = table("apiclus1.csv")
    data["holes"] = data["api00"].where(data.index % 5 != 0)
    design = greg(Design(data, weights="pw", clusters="dnum"))
    answer = design.mean(["holes", "api99"], missing="listwise")
    kept = np.arange(len(data)) % 5 != 0
    w = design.weights[kept]
    expected = (w * data["api99"].to_numpy()[kept]).sum() / w.sum()
    assert answer.estimate[1] == pytest.approx(expected, rel=1e-12)
    assert (answer.se > 0).all()


# ---- how targets are given ----


def test_margins_come_as_mappings_data_frames_or_files(tmp_path: Path) -> None:
    expected = raked(districts()).weights
    types_table = pd.DataFrame({"stype": list(TYPES), "total": list(TYPES.values())})
    target_table = pl.DataFrame({"sch_wide": list(TARGET), "total": list(TARGET.values())})
    path = tmp_path / "types.csv"
    types_table.to_csv(path, index=False)
    for margins in (
        {"stype": pd.Series(TYPES), "sch_wide": target_table},
        [types_table, target_table],
        {"stype": str(path), "sch_wide": TARGET},
        [path, target_table],
    ):
        calibrated = districts().calibrate("rake", margins, tolerance=1e-12)
        assert np.array_equal(calibrated.weights, expected)
    crossed = pd.DataFrame([{"stype": s, "sch_wide": t, "total": n} for (s, t), n in BOTH.items()])
    assert np.array_equal(
        districts().calibrate("poststratify", crossed).weights,
        districts().calibrate("poststratify", {("stype", "sch_wide"): BOTH}).weights,
    )


def test_shares_are_of_the_current_sum_of_weights_or_of_a_population() -> None:
    shares = {level: total / 6194 for level, total in TYPES.items()}
    current = districts().calibrate("poststratify", {"stype": shares}, shares=True)
    assert current.weights.sum() == pytest.approx(districts().weights.sum(), rel=1e-12)
    percent = {level: 100 * share for level, share in shares.items()}
    scaled = districts().calibrate("poststratify", {"stype": percent}, shares=True, population=6194)
    expected = districts().calibrate("poststratify", {"stype": TYPES})
    assert scaled.weights == pytest.approx(expected.weights, rel=1e-12)


def test_levels_may_be_codes_booleans_labels_or_text() -> None:
    data = {"g": [1, 1, 2, 2], "flag": [True, False, True, False], "x": [1.0, 2.0, 2.0, 1.0]}
    expected = Design(data).calibrate("poststratify", {"g": {1: 10, 2: 30}}).weights
    assert list(expected) == [5.0, 5.0, 15.0, 15.0]
    by_float = Design(data).calibrate("poststratify", {"g": {1.0: 10, 2.0: 30}})
    assert np.array_equal(by_float.weights, expected)
    by_truth = Design(data).calibrate("poststratify", {"flag": {True: 8, False: 4}})
    assert list(by_truth.weights) == [4.0, 2.0, 4.0, 2.0]
    fraction = Design({"g": [0.5, 0.5, 1.5]}).calibrate("poststratify", {"g": {0.5: 4, 1.5: 3}})
    assert list(fraction.weights) == [2.0, 2.0, 3.0]


def test_margins_of_unequal_sum_are_noted_and_the_last_is_met() -> None:
    low = {"No": 1000, "Yes": 5000}
    design = districts().calibrate("rake", {"stype": TYPES, "sch_wide": low})
    assert design.weights.sum() == pytest.approx(6000, rel=1e-12)
    shares = design.proportion("stype")
    assert shares.estimate == pytest.approx(np.array(list(TYPES.values())) / 6194, rel=1e-9)
    notes = " ".join(design.adjustments[0].notes)
    assert "stype 6194" in notes
    assert "sch_wide 6000" in notes
    assert any("the last margin is met" in problem for problem in design.describe().problems)


def test_rake_trims_after_every_cycle_until_both_are_met() -> None:
    design = varied().calibrate(
        "rake", {"stype": TYPES, "sch_wide": TARGET}, trim=(15, 75), tolerance=1e-9
    )
    w = design.weights
    assert w.min() >= 15
    assert w.max() <= 75
    assert (w == 75).any() or (w == 15).any()
    for column, totals in (("stype", TYPES), ("sch_wide", TARGET)):
        values = table("apiclus1.csv")[column].to_numpy()
        for level, total in totals.items():
            assert w[values == level].sum() == pytest.approx(total, rel=2e-9)
    assert design.adjustments[0].trimmed > 0


def test_rake_settles_where_limits_leave_margins_out_of_reach() -> None:
    margins = {"stype": TYPES, "sch_wide": TARGET}
    before = varied().weights
    for limits in (
        {"trim": (30, 36)},
        {"bounds": (0.9, 1.1)},
        {"trim": (15, 75), "bounds": (0.9, 1.1)},
    ):
        done = varied().calibrate("rake", margins, **limits)
        low, high = limits.get("trim", (0, np.inf))
        least, most = limits.get("bounds", (0, np.inf))
        lowest, highest = np.clip(before * least, low, high), np.clip(before * most, low, high)
        assert (done.weights >= lowest * (1 - 1e-12)).all()
        assert (done.weights <= highest * (1 + 1e-12)).all()
        assert any("out of reach" in note for note in done.adjustments[0].notes), limits
        # Another cycle of margins and limits would leave them where they are.
        again = done.weights.copy()
        for column, totals in margins.items():
            values = table("apiclus1.csv")[column].to_numpy()
            for level, total in totals.items():
                again[values == level] *= total / again[values == level].sum()
        assert np.clip(again, lowest, highest) == pytest.approx(done.weights, rel=1e-9)


def test_limits_of_ratios_and_of_weights_are_the_same_where_weights_are_equal() -> None:
    margins = {"stype": TYPES, "sch_wide": TARGET}
    equal = districts()
    w = equal.weights[0]
    by_ratio = equal.calibrate("rake", margins, bounds=(0.75, 1.25))
    by_weight = equal.calibrate("rake", margins, bounds=(0.75 * w, 1.25 * w), bounds_on="weight")
    assert by_ratio.weights == pytest.approx(by_weight.weights, rel=1e-12)
    trimmed = equal.calibrate("rake", margins, trim=(0.75 * w, 1.25 * w))
    assert by_ratio.weights == pytest.approx(trimmed.weights, rel=1e-12)
    with pytest.raises(ArgumentError, match="bounds or trim"):
        equal.calibrate("rake", margins, bounds=(20, 50), bounds_on="weight", trim=(20, 50))


def test_poststratified_weights_are_trimmed_row_by_row_not_cell_by_cell() -> None:
    data = {"sex": ["f", "f", "m", "m", "f", "m"], "w": [1.0, 1.0, 2.0, 2.0, 3.0, 3.0]}
    margins = {"sex": {"f": 6, "m": 6}}  # both cells weigh more than a row may
    by_method = [
        Design(data, "w").calibrate(method, margins, trim=(0.5, 3.0)).weights
        for method in ("poststratify", "linear")
    ]
    np.testing.assert_allclose(*by_method, rtol=1e-12)


@pytest.mark.parametrize("shift", [0.0, 1e6, 1e7])
def test_a_shifted_variables_total_has_the_standard_error_of_the_unshifted(
    shift: float,
) -> None:
    rng = np.random.default_rng(1)
    data = {
        "a": rng.integers(0, 3, 400),
        "w": rng.uniform(1, 3, 400),
        "c": np.repeat(np.arange(40), 10),
        "y": rng.normal(size=400),
    }
    margins = {"a": {0: 300.0, 1: 280.0, 2: 250.0}}  # they fix the sum of weights
    expected = Design(data, "w", clusters="c").calibrate("linear", margins).total("y").se
    shifted = Design({**data, "y": data["y"] + shift}, "w", clusters="c")
    found = shifted.calibrate("linear", margins).total("y").se
    np.testing.assert_allclose(found, expected, rtol=1e-6)  # y keeps nine digits at 1e7


def test_other_methods_trim_afterwards_and_say_what_is_missed() -> None:
    design = greg(districts(), trim=(20, 50))
    assert design.weights.min() >= 20
    assert design.weights.max() <= 50
    assert design.weights.sum() == pytest.approx(6194, rel=1e-9)
    assert "instead of" in design.adjustments[0].notes[0]


def test_equal_within_gives_a_household_one_weight() -> None:
    rng = np.random.default_rng(3)
    household = np.repeat(np.arange(60), 3)
    data = {
        "household": household,
        "sex": rng.choice(["f", "m"], 180),
        "age": rng.integers(0, 90, 180),
        "w": np.repeat(rng.uniform(5, 15, 60), 3),
    }
    design = Design(data, weights="w", clusters="household").calibrate(
        "raking", {"sex": {"f": 1000, "m": 950}, "age": 90000}, equal_within="household"
    )
    w = design.weights.reshape(60, 3)
    assert np.ptp(w, axis=1).max() == 0.0
    assert design.total("age").estimate[0] == pytest.approx(90000, rel=1e-9)
    assert design.total("age").se[0] <= 1e-9 * 90000


def test_negative_weights_are_said() -> None:
    data = {"x": [1.0, 2.0, 3.0, 4.0]}
    design = Design(data).calibrate("linear", {1: 4, "x": 15})
    assert design.weights.min() < 0
    assert any("negative" in problem for problem in design.describe().problems)
    bounded = Design(data).calibrate("linear", {1: 4, "x": 12}, bounds=(0, None))
    assert bounded.weights.min() >= 0


# ---- what is refused ----


@pytest.mark.parametrize(
    ("kind", "words", "make"),
    [
        (
            ArgumentError,
            ["none for stype = M", "25 rows"],
            lambda: districts().calibrate("poststratify", {"stype": {"E": 4421, "H": 755}}),
        ),
        (
            ArgumentError,
            ["none with stype = X", "target is 5"],
            lambda: districts().calibrate("poststratify", {"stype": {**TYPES, "X": 5}}),
        ),
        (
            ArgumentError,
            ["'stype' and 'sch_wide'", "6194 and 6195", "apart by 1"],
            lambda: districts().calibrate(
                "linear", {"stype": TYPES, "sch_wide": {"No": 1073, "Yes": 5122}}
            ),
        ),
        (
            NumericalError,
            ["instead of", "%", "Widen the bounds"],
            lambda: greg(districts(), bounds=(0.9, 1.1)),
        ),
        (
            NumericalError,
            ["instead of", "Widen the trimming"],
            lambda: varied().calibrate(
                "rake", {"stype": TYPES, "sch_wide": TARGET}, trim=(30, 36), max_iterations=2
            ),
        ),
        (
            NumericalError,
            ["mean of 33.8"],
            lambda: districts().trim(high=30),
        ),
        (
            ArgumentError,
            ["logit", "bounds"],
            lambda: greg(districts(), "logit"),
        ),
        (
            ArgumentError,
            ["poststratify", "Use rake"],
            lambda: districts().calibrate("poststratify", {"stype": TYPES, "sch_wide": TARGET}),
        ),
        (
            ArgumentError,
            ["totals of levels"],
            lambda: districts().calibrate("rake", {"api99": 5.0}),
        ),
        (
            ColumnError,
            ["stype"],
            lambda: districts().calibrate("poststratify", {"styp": TYPES}),
        ),
        (
            ArgumentError,
            ["at least one", "none"],
            lambda: districts().calibrate("linear", {}),
        ),
        (
            ArgumentError,
            ["'poststratify'"],
            lambda: districts().calibrate("poststratfy", {"stype": TYPES}),
        ),
        (
            ArgumentError,
            ["column 'total'", "for each variable"],
            lambda: districts().calibrate("rake", pd.DataFrame({"stype": ["E"], "n": [3]})),
        ),
        (
            ArgumentError,
            ["share for every level", "none for M"],
            lambda: districts().standardize("stype", {"E": 1, "H": 1}),
        ),
    ],
)
def test_refuses(kind: type[Exception], words: list[str], make: Callable[[], Design]) -> None:
    with pytest.raises(kind) as refused:
        make()
    for word in words:
        assert word in str(refused.value)


@pytest.mark.parametrize("method", ["rake", "raking", "logit"])
@pytest.mark.parametrize("lonely", [[], [0.0], [1.0]])
def test_margins_that_contradict_each_other_in_the_sample_are_named(
    method: Any, lonely: list[float]
) -> None:
    """Whether sex 1 has no old people, or some without weight, or some: it has all the young."""
    data = {
        "sex": [1, 1, 2, 2] + [1 for _ in lonely],
        "age": ["y", "y", "o", "o"] + ["o" for _ in lonely],
        "w": [1.0, 1.0, 1.0, 1.0, *lonely],
    }
    margins = {"sex": {1: 10, 2: 20}, "age": {"y": 20, "o": 10}}
    bounds = (0.01, 100.0) if method == "logit" else None
    with pytest.raises(NumericalError) as failure:
        Design(data, "w").calibrate(method, margins, bounds=bounds)
    assert "sex = 1 (wanted: 10) can't be less than 20, as every row of age = y is in it" in str(
        failure.value
    )
    assert "sex = 2 (wanted: 20) can't be more than 10" in failure.value.found
    assert failure.value.remedy == "Merge these levels, or leave one of the margins out."


def test_margins_that_are_out_of_reach_together_are_told_by_what_they_come_to() -> None:
    """No level contradicts another margin, but a = 3 and 4 together are b = u and v together."""
    data = {"a": [1, 1, 2, 2, 3, 3, 4, 4], "b": list("xyxyuvuv"), "w": [1.0] * 8}
    margins = {"a": {1: 10, 2: 10, 3: 2, 4: 3}, "b": {"x": 8, "y": 7, "u": 5, "v": 5}}
    with pytest.raises(NumericalError) as failure:
        Design(data, "w").calibrate("rake", margins)
    assert "after 1000 iterations a = " in failure.value.found
    assert "(off by " in failure.value.found
    assert "nan" not in str(failure.value)
    assert "inf%" not in str(failure.value)


def test_a_combination_without_weight_may_stay_empty_for_any_number_of_cycles() -> None:
    """What nothing stops would grow to infinity, and its sums would be no numbers."""
    data = {
        "a": [1, 1, 2, 2, 1],
        "b": [1, 2, 1, 2, 3],
        "w": [1.0, 2.0, 1.0, 3.0, 0.0],
    }
    made = Design(data, "w").calibrate(
        "rake", {"a": {1: 10, 2: 20}, "b": {1: 12, 2: 18}}, tolerance=1e-15, max_iterations=5_000
    )
    assert np.isfinite(made.weights).all()
    assert made.weights[4] == 0.0
    assert made.total("w", by="a").status == ("ok", "ok")
    assert made.adjustments[0].greatest_ratio < 100.0


def test_a_missing_auxiliary_is_refused_with_its_row() -> None:
    data = table("apiclus1.csv")
    data.loc[7, "api99"] = np.nan
    design = Design(data, weights="pw", clusters="dnum", fpc="fpc")
    with pytest.raises(DesignError) as refused:
        greg(design)
    assert refused.value.row == 7
    assert "'api99'" in str(refused.value)
    data["stype"] = data["stype"].where(data.index != 11)
    with pytest.raises(DesignError) as refused:
        raked(Design(data, weights="pw", clusters="dnum", fpc="fpc"))
    assert refused.value.row == 11


def test_columns_of_a_calibration_stay_as_they_are() -> None:
    with pytest.raises(ArgumentError, match="api99"):
        greg(districts()).with_columns({"api99": np.zeros(183)})


def test_survives_pickling() -> None:
    design = greg(districts()).trim(20, 50)
    again = pickle.loads(pickle.dumps(design))
    assert np.array_equal(again.weights, design.weights)
    assert again.mean("api00").se == design.mean("api00").se
    assert again.adjustments == design.adjustments


def test_describes_what_was_done() -> None:
    design = raked(districts())
    text = repr(design.describe())
    assert "rake to stype and sch_wide" in text
    assert design.adjustments[0].iterations > 1
    assert design.adjustments[0].misfit <= 1e-12
    assert districts().adjustments == ()


# ---- mistakes that survey programs made ----


def test_linearization_is_not_blind_to_calibration() -> None:
    # svy once took the variance of the calibrated weights alone; here that gives 22.3 for 3.44.
    calibrated = greg(districts())
    data = table("apiclus1.csv")
    data["new"] = calibrated.weights
    blind = Design(data, weights="new", clusters="dnum", fpc="fpc")
    assert blind.mean("api00").se[0] == pytest.approx(22.335, abs=5e-4)
    assert calibrated.mean("api00").se[0] == pytest.approx(3.4418, abs=5e-5)


def test_raking_goes_on_until_the_margins_are_met() -> None:
    # R's rake stops when the table changes by less than 1 person: margin E ends at 4420.963.
    design = districts().calibrate("rake", {"stype": TYPES, "sch_wide": TARGET})
    kinds = table("apiclus1.csv")["stype"].to_numpy()
    assert design.weights[kinds == "E"].sum() == pytest.approx(4421, rel=1e-10)


def test_a_calibrated_domain_counts_its_own_rows() -> None:
    # In R a domain of a calibrated design still has all 183 rows of the design.
    answer = greg(districts()).mean("api00", where="stype = 'H'")
    assert answer.n[0] == 14
    assert answer.df[0] == districts().mean("api00", where="stype = 'H'").df[0]


def test_cancelling_targets_are_relative_to_what_is_added_up() -> None:
    # A centred auxiliary has the target 0: a misfit relative to 0 would never be small.
    data = table("apiclus1.csv")
    data["centred"] = data["api99"] - 630.0
    design = Design(data, weights="pw", clusters="dnum", fpc="fpc")
    calibrated = design.calibrate("raking", {"stype": TYPES, "centred": 0})
    assert abs(float(calibrated.total("centred"))) < 1e-4


@pytest.mark.parametrize("method", ["raking", "linear"])
def test_a_misfit_is_seen_however_large_the_weights_were(method: Any) -> None:
    data = table("apiclus1.csv")
    data["pw"] = data["pw"] * 1e6
    calibrated = Design(data, weights="pw", clusters="dnum").calibrate(
        method, {"stype": TYPES, "api99": 3_914_069}
    )
    assert float(calibrated.total("api99")) == pytest.approx(3_914_069, rel=1e-9)


# ---- replicates ----


def jackknife() -> Design:
    data = table("apiclus1.csv")
    units = sorted(set(data["dnum"]))
    n = len(units)
    for number, unit in enumerate(units):
        data[f"rep{number:02}"] = data["pw"] * np.where(data["dnum"] == unit, 0, n / (n - 1))
    return Design(
        data, weights="pw", replicates=irosurvey.Replicates("JK1", "rep*", scale=(n - 1) / n)
    )


REPLICATED: dict[str, Callable[[], Design]] = {
    "replicates poststratify": lambda: jackknife().calibrate("poststratify", {"stype": TYPES}),
    "replicates linear": lambda: greg(jackknife()),
    "replicates raking": lambda: greg(jackknife(), "raking"),
    "replicates logit": lambda: greg(jackknife(), "logit", bounds=(0.2, 4)),
    "replicates rake": lambda: raked(jackknife()),
}


@pytest.mark.parametrize("case", REPLICATED)
def test_recalibrated_replicates_agree_with_r(case: str) -> None:
    found = computed(REPLICATED[case]())
    for quantity, expected in BY_R[case].items():
        assert found[quantity] == pytest.approx(expected, rel=RELATIVE), quantity


def test_recalibrated_replicates_meet_the_targets_too() -> None:
    for design in (greg(jackknife()), greg(districts().with_replicates("JK1"))):
        assert design.total("api99").se[0] <= 1e-9 * 3914069
        choices = {choice.name: choice.value for choice in design.mean("api00").choices}
        assert choices["calibration"] == "linear calibration to stype and api99"
    kept = greg(jackknife(), replicates=False)
    assert kept.total("api99").se[0] > 1e4


def test_replicates_are_made_before_calibration() -> None:
    with pytest.raises(DesignError, match="Make replicates first"):
        greg(districts()).with_replicates("JK1")


@pytest.mark.parametrize("two_stage", [False, True])
def test_the_order_of_rows_changes_nothing(two_stage: bool) -> None:
    # Rows in the order of units and rows in any other are summed in different ways.
    data = table("apiclus2.csv" if two_stage else "apiclus1.csv")
    stages = (
        {"clusters": ["dnum", "snum"], "fpc": ["fpc1", "fpc2"]}
        if two_stage
        else {"weights": "pw", "clusters": "dnum", "fpc": "fpc"}
    )
    answers = []
    for rows in (data.sort_values("dnum"), data.sample(frac=1.0, random_state=7)):
        design = greg(Design(rows.reset_index(drop=True), **stages))
        twice = design.calibrate("poststratify", {"sch_wide": TARGET})
        answers.append([twice.mean("api00", by="stype").se, design.total("enroll").se])
    for one, other in zip(*answers, strict=True):
        assert one == pytest.approx(other, rel=1e-10)


@pytest.mark.parametrize("covariance", [None, True])
def test_calibrated_estimates_without_any_value_are_empty(covariance: bool | None) -> None:
    data = {"y": [1.0, 2, 4, 3, 5, 6], "g": [1, 1, 1, 2, 2, 2], "a": [1, 1, 2, 1, 2, 2]}
    design = Design(data).calibrate("poststratify", {"a": {1: 10, 2: 20}})
    found = design.correlation("y", "g", by="g", covariance=covariance)
    assert np.isnan(found.estimate).all()
    assert np.isnan(found.se).all()
    assert "no finite value" in repr(found)
