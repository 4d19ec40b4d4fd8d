"""What other survey programs got wrong, or still do: one test for each, named after it.

`docs/methods/traps.md` lists them with the tests of the engine that go deeper, and those that don't
apply. Figures without a source are R `survey` 4.5's, of its own examples (tests/data/LICENSES.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import irosurvey
from irosurvey import ArgumentError, Design, DesignError, Estimate, Replicates, SingletonError

DATA = Path(__file__).parents[1] / "data"

# The same numbers along another path.
SAME = 1e-12


@cache
def schools(sample: str) -> pd.DataFrame:
    return pd.read_csv(DATA / f"api{sample}.csv")


def with_column(frame: pd.DataFrame, columns: Mapping[str, Any]) -> pd.DataFrame:
    return frame.assign(**columns)


def districts(data: pd.DataFrame | None = None, **others: Any) -> Design:
    """One-stage cluster sample of 15 of 757 school districts."""
    data = schools("clus1") if data is None else data
    return Design(data, weights="pw", clusters="dnum", fpc="fpc", **others)


def schools_by_district(singleton: Any) -> Design:
    """Districts as strata, schools as units: two of them have one school."""
    return Design(schools("clus1"), weights="pw", strata="dnum", singleton=singleton)


def se(estimate: Estimate) -> float:
    assert len(estimate) == 1
    return float(estimate.se[0])


def same(one: Estimate, other: Estimate) -> None:
    np.testing.assert_allclose(one.estimate, other.estimate, rtol=SAME)
    np.testing.assert_allclose(one.se, other.se, rtol=SAME)
    np.testing.assert_array_equal(one.df, other.df)
    np.testing.assert_array_equal(one.n, other.n)


# ---- C1, C2: degrees of freedom ----


def test_c1_degrees_of_freedom_are_those_of_the_domain() -> None:
    design = districts()
    assert design.mean("api00").df[0] == 14
    assert design.mean("api00", where="stype = 'H'").df[0] == 7
    assert design.mean("api00", where="stype = 'H'", df="full-design").df[0] == 14


def test_c1_units_of_no_weight_are_no_degrees_of_freedom() -> None:
    data = schools("clus1")
    emptied = data["pw"].where(data["dnum"] != data["dnum"].iloc[0], 0.0)
    assert districts(with_column(data, {"pw": emptied})).mean("api00").df[0] == 13


def test_c1_replicates_have_their_rank_less_one_in_every_domain() -> None:
    design = districts().with_replicates("JK1")
    assert design.mean("api00").df[0] == 14
    assert design.mean("api00", where="stype = 'H'").df[0] == 14


def test_c2_limits_use_the_degrees_of_freedom_that_are_shown() -> None:
    mean = districts().mean("api00")
    assert mean.interval()[0][0] == pytest.approx(593.68, abs=5e-3)
    assert mean.interval()[1][0] == pytest.approx(694.66, abs=5e-3)
    normal = mean.interval(method="normal")
    assert (normal.lower[0], normal.upper[0]) == pytest.approx((598.03, 690.31), abs=5e-3)


def test_c2_groups_have_limits_of_their_own_degrees_of_freedom() -> None:
    groups = districts().mean("api00", by="stype")
    for i, name in enumerate(["E", "H", "M"]):
        alone = districts().mean("api00", where=f"stype = '{name}'")
        assert groups.df[i] == alone.df[0]
        assert groups.interval().lower[i] == pytest.approx(alone.interval().lower[0], rel=SAME)


# ---- C3: intervals of shares ----


def test_c3_intervals_of_a_small_share() -> None:
    share = districts().proportion("ell", 0)
    for method, lower, upper in (
        ("logit", 0.002305, 0.177748),
        ("beta", 0.000216, 0.137508),
        ("wald", -0.026662, 0.070378),
    ):
        found = share.interval(method=method)
        assert (found.lower[0], found.upper[0]) == pytest.approx((lower, upper), abs=5e-7)


def test_c3_a_share_of_zero_has_an_upper_limit() -> None:
    data = with_column(schools("clus1"), {"never": False})
    share = districts(data).proportion("never")
    for method in ("logit", "beta"):
        found = share.interval(method=method)
        assert found.lower[0] == 0.0
        assert 0.0 < found.upper[0] < 1.0


def test_c3_the_beta_interval_takes_the_domains_base() -> None:
    """R takes n from the rows of the design, weight 0 or not, where a domain keeps them."""
    data = schools("clus1")
    high = districts().proportion("sch_wide", "Yes", where="stype = 'H'")
    weightless = with_column(data, {"pw": data["pw"].where(data["stype"] == "H", 0.0)})
    zeroed = districts(weightless).proportion("sch_wide", "Yes")
    assert high.n[0] == zeroed.n[0] == 14
    for one, other in zip(
        high.interval(method="beta"), zeroed.interval(method="beta"), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=SAME)


# ---- C4: finite populations, stages ----


def test_c4_every_stage_counts_with_its_own_finite_population() -> None:
    def mean(**stages: Any) -> float:
        return se(
            Design(schools("clus2"), weights="pw", singleton="remove", **stages).mean("api00")
        )

    assert mean(clusters=["dnum", "snum"], fpc=["fpc1", "fpc2"]) == pytest.approx(30.0990, abs=5e-5)
    assert mean(clusters="dnum", fpc="fpc1") == pytest.approx(29.8892, abs=5e-5)
    assert mean(clusters="dnum") == pytest.approx(30.7116, abs=5e-5)


def test_c4_a_later_stage_without_a_population_is_with_replacement() -> None:
    data = pd.read_csv(DATA / "mu284.csv")

    def total(**stages: Any) -> float:
        return se(Design(data, weights="w", **stages).total("y1"))

    assert total(clusters=["id1", "id2"], fpc=["n1", "n2"]) == pytest.approx(2274.2547, abs=5e-5)
    assert total(clusters=["id1", "id2"], fpc=["n1", None]) == pytest.approx(2279.063, abs=5e-4)
    assert total(clusters="id1", fpc="n1") == pytest.approx(2266.034, abs=5e-4)


def test_c4_without_a_first_population_only_the_first_stage_counts() -> None:
    data = schools("clus2")
    two = Design(data, weights="pw", clusters=["dnum", "snum"], fpc=[None, "fpc2"])
    same(two.mean("api00"), Design(data, weights="pw", clusters="dnum").mean("api00"))


def test_c4_a_census_has_no_variance() -> None:
    """R stops with a subscript error."""
    assert se(Design({"y": [1.0, 2.0, 4.0], "N": [1, 1, 1]}, fpc="N").mean("y")) == 0.0
    assert se(Design({"y": [1.0, 2.0, 4.0], "N": [3, 3, 3]}, fpc="N").mean("y")) == 0.0


def test_c4_sizes_and_fractions_may_be_mixed() -> None:
    data = schools("strat")
    sampled = data.groupby("stype")["stype"].transform("size")
    mixed = data["fpc"].where(data["stype"] != "E", sampled / data["fpc"])
    one = Design(data, weights="pw", strata="stype", fpc="fpc").mean("api00")
    other = Design(with_column(data, {"f": mixed}), weights="pw", strata="stype", fpc="f")
    same(one, other.mean("api00"))


def test_c4_a_population_smaller_than_its_sample_is_refused() -> None:
    with pytest.raises(DesignError):
        Design({"y": [1.0, 2.0, 4.0], "N": [2, 2, 2]}, fpc="N").mean("y")


# ---- C5: strata of one unit ----


@pytest.mark.parametrize(
    ("rule", "mean", "total"),
    [
        # 4.1-1 gave 40509.305 under adjust.
        ("adjust", 5.8280579, 36098.993),
        ("remove", 5.805778, 35960.988),
        ("certainty", 5.805778, 35960.988),
        ("average", 6.009551, 37223.159),
    ],
)
def test_c5_singleton_rules_are_right_for_means_and_totals(
    rule: str, mean: float, total: float
) -> None:
    design = schools_by_district(rule)
    assert se(design.mean("api00")) == pytest.approx(mean, abs=1e-6)
    assert se(design.total("api00")) == pytest.approx(total, abs=1e-3)


def test_c5_the_rule_belongs_to_the_design() -> None:
    """In R it is a global option, which wins over the argument."""
    removing, adjusting = schools_by_district("remove"), schools_by_district("adjust")
    before = se(removing.mean("api00"))
    adjusting.mean("api00")
    assert se(removing.mean("api00")) == before


def test_c5_a_domain_makes_no_singletons() -> None:
    data = pd.DataFrame({"h": [1, 1, 2, 2], "y": [1.0, 2.0, 5.0, 7.0], "d": [1, 0, 0, 1]})
    found = Design(data, strata="h").total("y", where="d = 1")
    # (1 - 0)²/2 · 2 + (0 - 7)²/2 · 2: the units outside are there, with totals of 0.
    assert float(found.variance[0]) == pytest.approx(1.0 + 49.0)
    assert found.df[0] == 0


# ---- C6: domains ----


def test_c6_units_outside_a_domain_stay_in_the_design() -> None:
    high = districts().mean("api00", where="stype = 'H'")
    assert se(high) == pytest.approx(38.020, abs=1e-3)
    assert se(districts().total("enroll", where="stype = 'H'")) == pytest.approx(226717, abs=0.5)


def test_c6_a_domain_is_a_group_and_a_ratio() -> None:
    data = schools("clus1")
    inside = (data["stype"] == "H").astype(float)
    design = districts(with_column(data, {"one": inside, "both": inside * data["api00"]}))
    domain = design.mean("api00", where="stype = 'H'")
    ratio = design.ratio("both", "one")
    group = design.mean("api00", by="stype").sel(stype="H")
    for other in (ratio, group):
        np.testing.assert_allclose(other.estimate, domain.estimate, rtol=SAME)
        np.testing.assert_allclose(other.se, domain.se, rtol=SAME)


def test_c6_rows_without_a_group_are_in_none_and_in_the_whole() -> None:
    """svyby drops them in silence; here the bases say so."""
    data = schools("clus1")
    some = data["stype"].where(data.index % 5 != 0)
    design = districts(with_column(data, {"stype": some}))
    assert design.mean("api00", by="stype").n.sum() == 183 - 37
    assert design.mean("api00").n[0] == 183


# ---- C7: missing values ----


def test_c7_a_variables_base_doesnt_depend_on_its_neighbours() -> None:
    data = schools("clus1")
    holes = data["api00"].astype(float).where(data.index % 4 != 0)
    design = districts(with_column(data, {"api00": holes}))
    both = design.mean(["api99", "api00"])
    same(both[0], design.mean("api99"))
    same(both[1], design.mean("api00"))
    listwise = design.mean(["api99", "api00"], missing="listwise")
    assert listwise.n.tolist() == [137, 137]


def test_c7_a_missing_value_is_outside_of_a_total() -> None:
    """The rule, said: what nobody answered adds nothing, and the result names the choice."""
    data = schools("strat")
    holes = data["api00"].astype(float).where(data.index % 4 != 0)
    frame = with_column(data, {"holes": holes, "zero": holes.fillna(0.0)})
    design = Design(frame, weights="pw", strata="stype", fpc="fpc")
    total = design.total("holes")
    filled = design.total("zero")
    np.testing.assert_allclose(total.estimate, filled.estimate, rtol=SAME)
    np.testing.assert_allclose(total.se, filled.se, rtol=SAME)
    assert total.n[0] == 150
    assert float(total) < float(design.total("api00"))
    assert "missing values" in {choice.name for choice in total.choices}


def test_c7_a_missing_weight_is_refused_with_its_row() -> None:
    with pytest.raises(DesignError, match="row 1"):
        Design({"y": [1.0, 2.0], "w": [1.0, None]}, weights="w")


# ---- C10, C11, C12: replicates and calibration, as far as plain statistics show them ----


def jackknifed() -> Design:
    return districts().with_replicates("JK1")


def test_c10_the_centre_is_a_named_choice() -> None:
    data = {"y": [1.0, 2.0, 6.0], "r1": [0.0, 1.5, 1.5], "r2": [1.5, 0, 1.5], "r3": [1.5, 1.5, 0.0]}
    ys = np.array(data["y"])
    means = np.array([np.average(ys, weights=data[f"r{i}"]) for i in (1, 2, 3)])
    for centre, c in (("estimate", ys.mean()), ("replicate-mean", means.mean())):
        found = Design(data, replicates=Replicates("JK1", "r*", centre=centre)).mean("y")
        assert float(found.variance[0]) == pytest.approx(2 / 3 * ((means - c) ** 2).sum(), rel=SAME)


def test_c10_a_published_scale_is_taken() -> None:
    data = {"y": [1.0, 2.0, 6.0], "r1": [0.0, 1.5, 1.5], "r2": [1.5, 0, 1.5], "r3": [1.5, 1.5, 0.0]}
    own = Design(data, replicates=Replicates("bootstrap", "r*", scale=0.0065365334145709)).mean("y")
    default = Design(data, replicates=Replicates("bootstrap", "r*")).mean("y")
    ratio = float(own.variance[0] / default.variance[0])
    assert ratio == pytest.approx(0.0065365334145709 * 2, rel=SAME)


def test_c10_a_replicate_without_an_estimate_is_never_dropped_in_silence() -> None:
    data = {"y": [1.0, 2.0], "g": [1, 2], "r1": [2.0, 0.0], "r2": [0.0, 2.0]}
    with pytest.raises(irosurvey.IrosurveyError):
        Design(data, replicates=Replicates("BRR", "r*")).mean("y", by="g")


def test_c10_the_method_doesnt_follow_from_which_columns_were_named() -> None:
    """svy chose by the columns declared, and twice changed how: here both are refused together."""
    data = {"y": [1.0, 2.0], "h": [1, 1], "r1": [2.0, 0.0], "r2": [0.0, 2.0]}
    with pytest.raises(irosurvey.IrosurveyError):
        Design(data, strata="h", replicates=Replicates("BRR", "r*"))


TYPES = {"E": 4421.0, "H": 755.0, "M": 1018.0}


def test_c11_the_variance_is_that_of_the_residuals() -> None:
    """Standard errors 23.542 before; 3.4418 after; 22.335 of the same weights, taken as given."""
    design = districts()
    assert se(design.mean("api00")) == pytest.approx(23.542, abs=5e-4)
    calibrated = design.calibrate("linear", {"stype": TYPES, "api99": 3914069.0})
    assert se(calibrated.mean("api00")) == pytest.approx(3.4418, abs=5e-5)
    given = districts(with_column(schools("clus1"), {"pw": calibrated.weights}))
    assert se(given.mean("api00")) == pytest.approx(22.335, abs=5e-4)


def test_c11_raking_goes_on_until_every_margin_is_met() -> None:
    """R's defaults stop at 4420.963 instead of 4421."""
    margins = {"stype": TYPES, "sch_wide": {"No": 1072.0, "Yes": 5122.0}}
    raked = districts().calibrate("rake", margins)
    for name, totals in margins.items():
        level = schools("clus1")[name]
        for value, total in totals.items():
            assert raked.weights[level == value].sum() == pytest.approx(total, rel=1e-9)


def test_c12_a_calibrated_domain_counts_its_own_rows() -> None:
    """R's subset of a calibrated design has all 183 rows."""
    high = districts().calibrate("poststratify", {"stype": TYPES})
    assert high.mean("api00", where="stype = 'H'").n[0] == 14
    share = high.proportion("sch_wide", "Yes", where="stype = 'H'")
    plain = districts().proportion("sch_wide", "Yes", where="stype = 'H'")
    # Within a post-stratum weights are multiplied by one number: the interval is the domain's.
    for one, other in zip(
        share.interval(method="beta"), plain.interval(method="beta"), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-10)


def test_c15_replicates_count_no_rows_of_weight_zero_in_design_effects() -> None:
    """R takes all rows there."""
    data = schools("clus1")
    emptied = with_column(data, {"pw": data["pw"].where(data.index % 3 != 0, 0.0)})
    linear = districts(emptied).mean("api00")
    replicated = districts(emptied).with_replicates("JK1").mean("api00")
    assert replicated.n[0] == linear.n[0] == 122
    reference = linear.variance / linear.deff
    np.testing.assert_allclose(replicated.variance / replicated.deff, reference, rtol=SAME)


# ---- C15: design effects ----


def test_c15_scaled_weights_leave_the_design_effect() -> None:
    """R's default turns to nonsense: it takes the sum of the weights for the population."""
    data = schools("clus1")
    scaled = with_column(data, {"pw": data["pw"] * 183.0 / 6194.0})
    one, other = (Design(d, weights="pw", clusters="dnum").mean("api00") for d in (data, scaled))
    np.testing.assert_allclose(one.deff, other.deff, rtol=SAME)


def test_c15_the_reference_sample_is_named() -> None:
    mean = districts().mean("api00", deff="wor")
    wr = districts().mean("api00")
    assert mean.deff[0] == pytest.approx(wr.deff[0] / (1 - 183 / 6194), rel=1e-3)
    assert any("without replacement" in choice.value for choice in mean.choices)


def test_c15_rows_of_weight_zero_are_no_base() -> None:
    data = schools("srs")
    emptied = with_column(data, {"pw": data["pw"].where(data.index % 3 != 0, 0.0)})
    kept = data[data.index % 3 != 0]
    with_zeros, without = (Design(d, weights="pw").mean("api00") for d in (emptied, kept))
    assert with_zeros.n[0] == without.n[0] == len(kept)
    np.testing.assert_allclose(
        with_zeros.variance / with_zeros.deff, without.variance / without.deff, rtol=SAME
    )


# ---- mistakes that svy and samplics had to mend ----


def toy() -> pd.DataFrame:
    random = np.random.Generator(np.random.PCG64(11))
    rows = 240
    return pd.DataFrame(
        {
            "h": np.repeat([1, 2, 3, 4], 60),
            "unit": np.tile(np.repeat(np.arange(6), 10), 4),
            "w": random.uniform(1.0, 3.0, rows),
            "y": random.normal(10.0, 2.0, rows),
            "g": random.integers(1, 4, rows),
        }
    )


def test_mistake_unit_labels_used_again_in_other_strata() -> None:
    data = toy()
    own = with_column(data, {"unit": data["unit"] + 100 * data["h"]})
    one, other = (Design(d, "w", strata="h", clusters="unit").mean("y") for d in (data, own))
    same(one, other)
    assert one.df[0] == 24 - 4


def test_mistake_finite_population_looked_up_by_unit_label_alone() -> None:
    data = toy()
    data["N"] = 10 * data["h"]
    whole = Design(data, "w", strata="h", clusters="unit", fpc="N").total("y")
    parts = [
        Design(data[data["h"] == h], "w", clusters="unit", fpc="N").total("y").variance[0]
        for h in (1, 2, 3, 4)
    ]
    assert float(whole.variance[0]) == pytest.approx(sum(parts), rel=SAME)


def test_mistake_population_size_taken_for_a_factor() -> None:
    """samplics: a mean's error of 167 instead of 2, and a finite population alone was no design."""
    mean = Design(schools("srs"), fpc="fpc").mean("api00")
    assert se(mean) == pytest.approx(9.249722, abs=5e-6)


def test_mistake_rows_without_an_answer_taken_out_of_the_design() -> None:
    data = toy()
    data.loc[data["unit"] == 3, "y"] = np.nan
    missing = Design(data, "w", strata="h", clusters="unit").total("y")
    zero = Design(data.fillna({"y": 0.0}), "w", strata="h", clusters="unit").total("y")
    np.testing.assert_allclose(missing.se, zero.se, rtol=SAME)
    assert missing.df[0] == 20 - 4


def test_mistake_groups_with_the_degrees_of_freedom_of_the_whole() -> None:
    data = toy()
    data["g"] = np.where((data["h"] == 1) & (data["unit"] < 3), 1, 2)
    groups = Design(data, "w", strata="h", clusters="unit").mean("y", by="g")
    assert groups.df.tolist() == [3 - 1, 21 - 4]


def test_mistake_shares_without_the_variance_of_their_base() -> None:
    data = toy()
    design = Design(data, "w", strata="h", clusters="unit")
    share = design.proportion("g", 1)
    data["score"] = ((data["g"] == 1) - float(share)) / share.weighted_n[0]
    centred = Design(data, "w", strata="h", clusters="unit").total("score")
    np.testing.assert_allclose(share.se, centred.se, rtol=SAME)


def test_mistake_normal_limits_of_counts() -> None:
    data = toy()
    data["one"] = (data["g"] == 1).astype(float)
    count = Design(data, "w", strata="h", clusters="unit").total("one")
    t20 = 2.0859634472658364  # R 4.2.2: qt(0.975, 20)
    assert count.interval().upper[0] - float(count) == pytest.approx(t20 * se(count), rel=SAME)


def test_mistake_no_degrees_of_freedom_gave_an_interval_without_width() -> None:
    data = {"y": [1.0, 2.0, 3.0, 9.0], "unit": [1, 1, 2, 3], "d": [1, 1, 0, 0]}
    found = Design(data, clusters="unit").mean("y", where="d = 1").interval()
    assert (found.lower[0], found.upper[0]) == (-np.inf, np.inf)


def test_mistake_singletons_dropped_in_silence() -> None:
    with pytest.raises(SingletonError):
        schools_by_district("fail").mean("api00")


def test_mistake_answers_that_change_with_the_order_of_a_hash() -> None:
    data = toy()
    design = Design(data, "w", strata="h", clusters="unit")
    first = design.mean("y", by="g")
    for threads in (1, 2, 7):
        again = Design(data, "w", strata="h", clusters="unit").mean("y", by="g", threads=threads)
        assert again.estimate.tobytes() == first.estimate.tobytes()
        assert again.se.tobytes() == first.se.tobytes()


def test_mistake_tables_that_crash_on_empty_cells() -> None:
    """samplics#37, #58: a level that a group lacks."""
    data = toy()
    data.loc[data["h"] == 1, "g"] = 3
    shares = Design(data, "w", strata="h", clusters="unit").proportion("g", by="h")
    assert shares.sel(h=1).estimate.tolist() == [0.0, 0.0, 1.0]
    assert shares.sel(h=1).se.tolist() == [0.0, 0.0, 0.0]


def test_mistake_proportions_on_two_scales() -> None:
    """A share is 0-1 everywhere, and a level of 95 is refused with the remedy."""
    with pytest.raises(ArgumentError, match=r"0\.95"):
        districts().proportion("ell", 0, level=95)
