"""Comparisons: t-tests, pairs, several groups, samples and imputations, against R."""

from __future__ import annotations

import csv
import math
import pickle
from pathlib import Path

import numpy as np
import pytest

import irosurvey

HERE = Path(__file__).parent
DATA = HERE.parent / "data"
SAME = 1e-9
P_SAME = 1e-8  # a p-value carries the error of its statistic, times a few


def reference() -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    with (HERE.parent / "reference" / "r_comparisons.csv").open(encoding="utf-8") as lines:
        for line in csv.DictReader(lines):
            found.setdefault(line["case"], {})[line["quantity"]] = float(line["value"])
    return found


R = reference()


@pytest.fixture(scope="module")
def one() -> irosurvey.Design:
    return irosurvey.Design(DATA / "apiclus1.csv", weights="pw", clusters="dnum", fpc="fpc")


@pytest.fixture(scope="module")
def strat() -> irosurvey.Design:
    return irosurvey.Design(DATA / "apistrat.csv", weights="pw", strata="stype", fpc="fpc")


@pytest.fixture(scope="module")
def two() -> irosurvey.Design:
    return irosurvey.Design(DATA / "apiclus2.csv", clusters=["dnum", "snum"], fpc=["fpc1", "fpc2"])


def agrees(test: irosurvey.TTest, case: str) -> None:
    assert float(test.of) == pytest.approx(R[case]["estimate"], rel=SAME)
    assert test.statistic == pytest.approx(R[case]["statistic"], rel=SAME)
    assert test.df1 == R[case]["df"]
    assert test.p == pytest.approx(R[case]["p"], rel=P_SAME)


# R's t-tests have one degree of freedom less than its designs: they are named here.


def test_one_sample_and_paired(one: irosurvey.Design) -> None:
    moved = one.with_columns({"above": one.frame["api00"].to_numpy() - 600})
    agrees(moved.ttest("above", df=13), "one-sample")
    same = one.ttest("api00", mu=600, df=13)
    assert same.p == pytest.approx(R["one-sample"]["p"], rel=P_SAME)
    agrees(one.ttest("api00", paired="api99", df=13), "paired")


def test_two_samples(one: irosurvey.Design, two: irosurvey.Design, strat: irosurvey.Design) -> None:
    agrees(one.ttest("api00", groups="comp_imp", df=13), "two-sample clus1")
    agrees(two.ttest("enroll", groups="comp_imp", df=36), "two-sample clus2")
    agrees(strat.ttest("api00", groups="sch_wide", df=196), "two-sample strat")
    domain = strat.ttest("api00", groups="comp_imp", where="stype <> 'H'", df=147)
    agrees(domain, "domain")


def test_replicates() -> None:
    design = irosurvey.Design(DATA / "apiclus1.csv", weights="pw", clusters="dnum")
    test = design.with_replicates("JK1").ttest("api00", groups="comp_imp", df=13)
    agrees(test, "two-sample jackknife")


def test_trap_c2_t_tests_of_r_are_one_degree_of_freedom_short(one: irosurvey.Design) -> None:
    # 15 clusters less one stratum; R takes one more for the intercept, Stata and SUDAAN don't.
    assert one.ttest("api00", mu=600).df1 == 14
    assert one.ttest("api00", groups="comp_imp").df1 == 14


def test_trap_c19_a_test_of_truths_is_that_of_the_share_of_true(one: irosurvey.Design) -> None:
    """R 4.1-1 tests the share of false: .1257 of one that is .8743."""
    met = one.with_columns({"met": one.frame["sch_wide"].to_arrow().to_numpy() == "Yes"})
    share = float(met.proportion("met"))
    assert share == pytest.approx(0.8743169, abs=1e-7)
    assert float(met.ttest("met", mu=0.8).of) == pytest.approx(share, rel=1e-12)


def test_trap_c17_every_test_is_one_typed_result(one: irosurvey.Design) -> None:
    """R's tests of fit and of ranks swap statistic and degrees of freedom."""
    tests = [
        one.ttest("api00", mu=600),
        one.mean("api00", by="stype").equality(),
        one.mean("api00", by="stype").pairs().tests[0],
        one.crosstab("sch_wide", "stype").test(),
        one.crosstab("sch_wide", "stype").trend({"No": 0, "Yes": 1}, [1, 2, 3]),
        one.goodness_of_fit("stype", [4421, 755, 1018], method="pearson"),
    ]
    for test in tests:
        assert isinstance(test, irosurvey.TestResult)
        assert 0.0 <= test.p <= 1.0
        assert test.method
        assert test.df1 > 0
    fit = tests[-1]
    counts = one.proportion("stype").estimate
    given = np.array([4421, 755, 1018]) / 6194
    assert fit.statistic == pytest.approx(183 * ((counts - given) ** 2 / given).sum(), rel=1e-9)
    assert fit.df1 == 2


def test_one_sided(one: irosurvey.Design) -> None:
    both = one.ttest("api00", mu=600)
    greater = one.ttest("api00", mu=600, alternative="greater")
    less = one.ttest("api00", mu=600, alternative="less")
    assert greater.p == pytest.approx(both.p / 2, rel=1e-14)
    assert greater.p + less.p == pytest.approx(1.0, rel=1e-14)


def test_more_or_fewer_than_two_groups_are_refused(one: irosurvey.Design) -> None:
    with pytest.raises(irosurvey.ArgumentError, match="E, H, M"):
        one.ttest("api00", groups="stype")
    with pytest.raises(irosurvey.ArgumentError, match="two groups"):
        one.ttest("api00", groups="stype", where="stype = 'E'")
    assert one.ttest("api00", groups="stype", where="stype <> 'E'").df1 is not None
    with pytest.raises(irosurvey.ArgumentError, match="both"):
        one.ttest("api00", groups="stype", paired="api99")


# ---- all pairs, all groups ----


def test_all_pairs_in_one_call(one: irosurvey.Design) -> None:
    means = one.mean("api00", by="stype")
    for adjust in ("holm", "bonferroni", "bh"):
        found = means.pairs(adjust=adjust)
        wanted = [R[f"pair {pair}"] for pair in ("EH", "EM", "HM")]
        np.testing.assert_allclose(found.estimate, [pair["estimate"] for pair in wanted], SAME)
        np.testing.assert_allclose(found.se, [pair["se"] for pair in wanted], SAME)
        np.testing.assert_allclose(found.p, [pair["p"] for pair in wanted], P_SAME)
        np.testing.assert_allclose(found.p_adjusted, list(R[f"pairs {adjust}"].values()), P_SAME)
    assert [str(cell[0]) for cell in found.cells] == ["H - E", "M - E", "M - H"]


def test_several_means_are_equal(one: irosurvey.Design) -> None:
    means = one.mean("api00", by="stype")
    for test, case in (("wald", "equality wald"), ("adjusted-wald", "equality adjusted")):
        found = means.equality(test)
        assert found.statistic == pytest.approx(R[case]["statistic"], rel=SAME)
        assert (found.df1, found.df2) == (R[case]["df1"], R[case]["df2"])
        assert found.p == pytest.approx(R[case]["p"], rel=P_SAME)


def test_two_groups_are_equal_as_their_difference_is_0(one: irosurvey.Design) -> None:
    means = one.mean("api00", by="comp_imp")
    t = means.pairs()
    assert means.equality().statistic == pytest.approx(t.statistic[0] ** 2, rel=1e-12)
    assert means.equality().p == pytest.approx(t.p[0], rel=1e-12)


def test_a_result_with_tests_reads_selects_and_travels(one: irosurvey.Design) -> None:
    found = one.mean("api00", by="stype").pairs(adjust="holm")
    again = pickle.loads(pickle.dumps(found))
    assert isinstance(again, irosurvey.Comparisons)
    np.testing.assert_array_equal(again.p_adjusted, found.p_adjusted)
    alone = found["H - E"]
    assert alone.p_adjusted[0] == alone.p[0]  # a family of one
    assert "p (holm)" in repr(found)
    assert found.to_pandas()["p_adjusted"].tolist() == found.p_adjusted.tolist()
    assert found.tests[0].p == found.p[0]
    assert "H - E" in found.tests[0].hypothesis


def test_intervals_are_adjusted_as_the_p_values_are(one: irosurvey.Design) -> None:
    means = one.mean("api00", by="stype")
    wide = means.pairs(adjust="bonferroni")
    np.testing.assert_array_equal(
        np.array(wide.interval()), np.array(means.pairs().interval(1 - 0.05 / 3))
    )
    np.testing.assert_array_equal(
        np.array(means.pairs(adjust="holm").interval()), np.array(means.pairs().interval())
    )


def test_rows_against_a_number(one: irosurvey.Design) -> None:
    found = one.mean("api00", by="stype").test(650, adjust="bonferroni")
    alone = one.ttest("api00", mu=650, where="stype = 'H'")
    assert found.p[1] == pytest.approx(alone.p, rel=1e-12)


def test_far_in_the_tail_p_is_not_0(one: irosurvey.Design) -> None:
    found = one.ttest("api00", df="infinite")
    assert 0.0 < found.p < 1e-100


def test_what_cannot_be_tested_says_why() -> None:
    constant = irosurvey.Design({"y": [2.0, 2.0, 2.0]})
    assert math.isnan(constant.ttest("y", mu=2.0).p)
    assert "doesn't vary" in dict(constant.ttest("y", mu=2.0).choices)["test"]
    assert constant.ttest("y").p == 0.0
    alone = irosurvey.Design({"y": [1.0, 2.0], "c": [1, 1]}, clusters="c", singleton="remove")
    assert math.isnan(alone.ttest("y").p)


# ---- two samples ----


def test_change_between_independent_samples_is_that_of_one_stacked_design(
    one: irosurvey.Design, strat: irosurvey.Design
) -> None:
    first = {"y": [4.0, 6, 5, 9, 8, 3], "w": [1.0, 2, 1, 1, 3, 1], "c": [1, 1, 2, 2, 3, 3]}
    second = {"y": [7.0, 6, 8, 9, 5], "w": [2.0, 2, 1, 4, 1], "c": [1, 1, 2, 3, 3]}
    stacked = {key: first[key] + second[key] for key in first} | {"r": [1] * 6 + [2] * 5}
    both = irosurvey.Design(stacked, "w", "r", "c").mean("y", by="r").difference("r")
    found = irosurvey.change(
        irosurvey.Design(first, "w", clusters="c").mean("y"),
        irosurvey.Design(second, "w", clusters="c").mean("y"),
    )
    assert float(found) == pytest.approx(float(both), rel=1e-13)
    assert found.se[0] == pytest.approx(both.se[0], rel=1e-13)
    assert found.df[0] == both.df[0] == 4


def test_welch_lies_between_the_smaller_df_and_the_sum(
    one: irosurvey.Design, strat: irosurvey.Design
) -> None:
    first, second = one.mean("api00"), strat.mean("api00")
    found = irosurvey.change(first, second, df="welch")
    v = np.array([first.variance[0], second.variance[0]])
    df = np.array([first.df[0], second.df[0]])
    assert found.df[0] == pytest.approx(v.sum() ** 2 / (v**2 / df).sum(), rel=1e-13)
    assert dict(found.choices)["degrees of freedom of the difference"] == "welch"


def test_changes_by_group_and_level(one: irosurvey.Design, strat: irosurvey.Design) -> None:
    first, second = (d.proportion("sch_wide", by="stype") for d in (one, strat))
    found = irosurvey.change(first, second)
    np.testing.assert_allclose(found.estimate, second.estimate - first.estimate, rtol=1e-14)
    assert found.interval_methods == ("t", "t")


# ---- imputations ----


def imputed(one: irosurvey.Design) -> list[irosurvey.Estimate]:
    scores = one.frame["api00"].to_numpy()
    with (DATA / "apiclus1.csv").open(encoding="utf-8") as lines:
        high = np.array([line["stype"] for line in csv.DictReader(lines)])
    rows = np.arange(1, len(scores) + 1)
    answers = []
    for m in (1, 2, 3):
        moved = scores + np.where(high == "H", 90 * m - 180 + (rows * m) % 5, 0)
        answers.append(one.with_columns({"moved": moved}).mean("moved"))
    return answers


@pytest.mark.parametrize(
    ("rule", "quantity"), [("rubin-1987", "rubin"), ("barnard-rubin", "barnard")]
)
def test_rubins_rules(one: irosurvey.Design, rule: str, quantity: str) -> None:
    found = irosurvey.pool(imputed(one), df=rule)
    assert float(found) == pytest.approx(R["pooled"]["estimate"], rel=SAME)
    assert found.se[0] == pytest.approx(R["pooled"]["se"], rel=SAME)
    assert found.df[0] == pytest.approx(R["pooled"][quantity], rel=1e-7)
    assert dict(found.choices)["degrees of freedom of imputations"] == rule


def test_imputations_that_agree_are_one_data_set(one: irosurvey.Design) -> None:
    answer = one.mean("api00", by="stype")
    same = irosurvey.pool([answer, answer, answer])
    np.testing.assert_allclose(same.estimate, answer.estimate, rtol=1e-15)
    np.testing.assert_allclose(same.se, answer.se, rtol=1e-15)
    np.testing.assert_array_equal(same.df, answer.df)
    assert irosurvey.pool([answer] * 2, df="rubin-1987").df[0] == math.inf


def test_differences_pool_too(one: irosurvey.Design) -> None:
    answers = [one.mean("api00", by="stype").difference("stype") for _ in range(2)]
    assert irosurvey.pool(answers).test().p[0] == pytest.approx(answers[0].test().p[0], rel=1e-12)
    with pytest.raises(irosurvey.ArgumentError, match="at least two"):
        irosurvey.pool(answers[:1])
