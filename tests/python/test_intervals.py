"""Intervals: every method against R, its rules at the ends, named arguments, families."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest

import irosurvey
from irosurvey import _core

HERE = Path(__file__).parent
DATA = HERE.parent / "data"
SAME = 1e-9  # ours and R's quantiles of t and beta agree to this
FITTED = 1e-7  # R's profile is of a fit that stops at 1e-8 of its deviance
FITTED_UNEQUALLY = 1e-5  # and whose first step depends on each weight: ours takes them as equal
SHARES = [name for name, of_shares in _core.interval_methods() if of_shares]


def reference() -> list[dict[str, str]]:
    with (HERE.parent / "reference" / "r_intervals.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def _designs() -> dict[str, irosurvey.Design]:
    one = DATA / "apiclus1.csv"
    return {
        "clusters": irosurvey.Design(one, weights="pw", clusters="dnum", fpc="fpc"),
        "strata": irosurvey.Design(DATA / "apistrat.csv", weights="pw", strata="stype", fpc="fpc"),
        "jackknife": irosurvey.Design(one, weights="pw", clusters="dnum").with_replicates("JK1"),
    }


@pytest.fixture(scope="module")
def designs() -> dict[str, irosurvey.Design]:
    return _designs()


@pytest.mark.parametrize(
    "line",
    reference(),
    ids=lambda line: f"{line['design']} {line['condition']} {line['method']} {line['level']:.4}",
)
def test_limits_are_those_of_r(line: dict[str, str], designs: dict[str, irosurvey.Design]) -> None:
    design = designs[line["design"]]
    yes = design.frame  # the condition as a column of true and false
    column, sign, value = next(
        (line["condition"].split(sign)[0], sign, float(line["condition"].split(sign)[1]))
        for sign in ("==", ">", "<")
        if sign in line["condition"]
    )
    numbers = yes[column].to_numpy()
    holds = {"==": numbers == value, ">": numbers > value, "<": numbers < value}[sign]
    asked = design.with_columns({"holds": holds}).proportion("holds")
    lower, upper = asked.interval(float(line["level"]), line["method"])
    if line["method"] == "arcsine" and lower[0] == 0.0:
        pytest.skip("R folds the angle back; see test_trap_arcsine_limits_fold_back_in_r")
    bound = SAME
    if line["method"] == "likelihood":
        bound = FITTED if line["design"] == "clusters" else FITTED_UNEQUALLY
    assert lower[0] == pytest.approx(float(line["lower"]), rel=bound, abs=1e-15)
    assert upper[0] == pytest.approx(float(line["upper"]), rel=bound)


def test_trap_arcsine_limits_fold_back_in_r(designs: dict[str, irosurvey.Design]) -> None:
    # The angle less t times its error is below 0: R squares its sine and prints a lower limit of
    # 0.000307 (4.1-1 and 4.5) where the interval reaches 0.
    design = designs["clusters"]
    few = design.with_columns({"holds": design.frame["ell"].to_numpy() == 0}).proportion("holds")
    lower, upper = few.interval(method="arcsine")
    assert lower[0] == 0.0
    assert upper[0] == pytest.approx(0.095576736366843, rel=SAME)


def test_trap_likelihood_of_r_is_read_off_a_coarse_profile(
    designs: dict[str, irosurvey.Design],
) -> None:
    design = designs["clusters"]
    few = design.with_columns({"holds": design.frame["ell"].to_numpy() == 0}).proportion("holds")
    as_r, exact = few.interval(method="likelihood"), few.interval(method="likelihood-exact")
    assert as_r.upper[0] == pytest.approx(0.1077784, abs=5e-8)
    assert exact.upper[0] == pytest.approx(0.1081169, abs=5e-8)


# ---- replicates of the log-odds ----


def test_xlogit_of_replicates_is_not_the_delta_method(designs: dict[str, irosurvey.Design]) -> None:
    design = designs["jackknife"]
    few = design.with_columns({"holds": design.frame["ell"].to_numpy() < 3}).proportion("holds")
    plain, replicated = few.interval(method="logit"), few.interval(method="xlogit")
    assert abs(plain.upper[0] - replicated.upper[0]) > 1e-4


def test_without_replicates_xlogit_is_logit(designs: dict[str, irosurvey.Design]) -> None:
    found = designs["strata"].proportion("sch_wide")
    np.testing.assert_array_equal(
        np.array(found.interval(method="xlogit")), np.array(found.interval(method="logit"))
    )


def test_a_replicate_whose_share_is_0_leaves_the_log_odds_without_a_variance() -> None:
    data = {"y": [True, False, False, False, False], "unit": [1, 2, 3, 4, 5]}
    design = irosurvey.Design(data, clusters="unit").with_replicates("JK1")
    lower, upper = design.proportion("y").interval(method="xlogit")
    assert (lower[0], upper[0]) == (0.0, 1.0)
    assert math.isfinite(design.proportion("y").se[0])


def test_log_odds_survive_selection_and_pickling(designs: dict[str, irosurvey.Design]) -> None:
    import pickle

    found = designs["jackknife"].proportion("sch_wide", by="stype")
    again = pickle.loads(pickle.dumps(found))
    limits = np.array(found.interval(method="xlogit"))
    np.testing.assert_array_equal(np.array(again.interval(method="xlogit")), limits)
    np.testing.assert_array_equal(np.array(found[2].interval(method="xlogit")), limits[:, 2:3])


# ---- rules at the ends ----


@pytest.mark.parametrize("method", SHARES)
def test_nobody_and_everybody(method: str) -> None:
    nobody = irosurvey.Design({"y": [False] * 12}).proportion("y")
    lower, upper = nobody.interval(method=method)
    everybody = irosurvey.Design({"y": [True] * 12}).proportion("y")
    mirror_lower, mirror_upper = everybody.interval(method=method)
    assert (lower[0], mirror_upper[0]) == (0.0, 1.0)
    assert mirror_lower[0] == pytest.approx(1.0 - upper[0], abs=1e-15)
    assert (upper[0] == 0.0) if method == "wald" else (0.05 < upper[0] < 0.4)


@pytest.mark.parametrize("method", SHARES)
def test_no_degrees_of_freedom_leave_the_whole_scale(method: str) -> None:
    alone = irosurvey.Design({"y": [True, False], "c": [1, 1]}, clusters="c", singleton="remove")
    lower, upper = alone.proportion("y").interval(method=method)
    assert (lower[0], upper[0]) == (0.0, 1.0)


@pytest.mark.parametrize("method", [name for name in SHARES if name != "beta-nchs"])
def test_a_share_that_does_not_vary_has_no_width(method: str) -> None:
    data = {"y": [True, False, True, False], "c": [1, 1, 2, 2]}
    fixed = irosurvey.Design(data, clusters="c").proportion("y")
    lower, upper = fixed.interval(method=method)
    assert (lower[0], upper[0]) == (0.5, 0.5)


def test_nchs_keeps_a_width_where_the_effective_size_would_be_infinite() -> None:
    data = {"y": [True, False, True, False], "c": [1, 1, 2, 2]}
    fixed = irosurvey.Design(data, clusters="c").proportion("y")
    lower, upper = fixed.interval(method="beta-nchs")
    assert lower[0] < 0.5 < upper[0]


# ---- named arguments ----


def test_beta_with_its_size_cut_is_that_of_nchs() -> None:
    # Answers shared out evenly over clusters: a design effect below 1.
    data = {"y": [1, 0, 0, 1, 1, 0, 0, 1, 1], "c": [1, 1, 1, 2, 2, 2, 3, 3, 3]}
    found = irosurvey.Design(data, clusters="c").proportion("y")
    # The t ratio makes up for it at 2 df; without it n* is above n.
    plain = found.interval(method="beta", df_adjust=False)
    cut = found.interval(method="beta", df_adjust=False, truncate=True)
    np.testing.assert_array_equal(
        np.array(cut), np.array(found.interval(method="beta-nchs", df_adjust=False))
    )
    assert (cut.upper - cut.lower > plain.upper - plain.lower + 0.01).all()


@pytest.mark.parametrize("method", ["logit", "wilson", "likelihood"])
def test_what_has_no_t_ratio_refuses_one(method: str) -> None:
    found = irosurvey.Design({"y": [True, False, True]}).proportion("y")
    with pytest.raises(irosurvey.ArgumentError, match="df_adjust"):
        found.interval(method=method, df_adjust=True)


# ---- totals on the log scale ----


def test_totals_on_the_log_scale() -> None:
    found = irosurvey.Design({"w": [3.0, 5.0, 9.0, 4.0], "y": [1, 0, 2, 1]}, weights="w").total("y")
    lower, upper = found.interval(method="log")
    t_lower, t_upper = found.interval()
    half = (t_upper[0] - t_lower[0]) / 2 / float(found)
    assert lower[0] == pytest.approx(float(found) * math.exp(-half), rel=1e-14)
    assert upper[0] == pytest.approx(float(found) * math.exp(half), rel=1e-14)
    assert t_lower[0] < 0 < lower[0]


def test_a_total_of_nothing_is_0_on_the_log_scale_too() -> None:
    found = irosurvey.Design({"y": [0, 0, 0]}).total("y")
    assert np.array(found.interval(method="log")).tolist() == [[0.0], [0.0]]
    with pytest.raises(irosurvey.ArgumentError, match="above 0"):
        irosurvey.Design({"y": [-1, 0, -2]}).total("y").interval(method="log")


# ---- families ----


def test_simultaneous_limits_are_wider_by_the_size_of_the_family() -> None:
    means = irosurvey.Design({"y": [3.0, 5, 8, 9, 2, 4, 4, 7], "g": [1, 1, 2, 2, 3, 3, 4, 4]}).mean(
        "y", by="g"
    )
    one = means.interval(1 - 0.05 / 4)
    np.testing.assert_allclose(np.array(means.interval(adjust="bonferroni")), np.array(one))
    sidak = means.interval(0.95 ** (1 / 4))
    np.testing.assert_allclose(np.array(means.interval(adjust="sidak")), np.array(sidak))
    with pytest.raises(irosurvey.ArgumentError, match="p-values alone"):
        means.interval(adjust="holm")


def test_adjusted_p_values_as_published() -> None:
    # Benjamini and Hochberg (1995), table 1: fifteen ordered p-values; 4 are refused at a rate of
    # 0.05, 3 by Bonferroni.
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240]
    p += [0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert (_core.adjusted_p_values(p, "bh") <= 0.05).sum() == 4
    assert (_core.adjusted_p_values(p, "bonferroni") <= 0.05).sum() == 3
    # R 4.2.2, p.adjust
    three = [0.01, 0.04, 0.03]
    np.testing.assert_allclose(_core.adjusted_p_values(three, "holm"), [0.03, 0.06, 0.06])
    np.testing.assert_allclose(_core.adjusted_p_values(three, "bh"), [0.03, 0.04, 0.04])
    np.testing.assert_allclose(_core.adjusted_p_values([1e-40, 0.5], "sidak"), [2e-40, 0.75])


def test_a_test_that_was_not_made_is_no_member_of_the_family() -> None:
    found = _core.adjusted_p_values([0.01, math.nan, 0.02], "bonferroni")
    assert found[0] == 0.02
    assert math.isnan(found[1])
    assert found[2] == 0.04
