"""Reliability: the rules of 2017 and 2023 and bands of CVs, by what is known of small bases."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import irosurvey
from irosurvey.tables.policy import Policy
from irosurvey.tables.reliability import (
    effective_size,
    judge_count,
    judge_cv,
    judge_proportion,
)

NCHS = Policy.preset("nchs")


def _limits(yes: int, n: int) -> tuple[float, float]:
    """95 % limits by Clopper and Pearson: an effective sample size of n."""
    p = yes / n
    found = irosurvey.Design({"y": [True] * yes + [False] * (n - yes)}).proportion("y")
    rows = found.rows.copy()
    rows["variance"] = p * (1 - p) / n
    lower, upper = replace(found, rows=rows).interval(0.95, "beta-nchs")
    return float(lower[0]), float(upper[0])


def _is_shown(yes: int, n: int) -> bool:
    lower, upper = _limits(yes, n)
    return judge_proportion(
        NCHS, p=yes / n, n=n, effective_n=n, lower=lower, upper=upper, df=n - 1
    ).shown


def test_limits_are_those_of_clopper_and_pearson() -> None:
    # Hand: of 0 in n the upper limit is 1 - 0.025^(1/n); Korn and Graubard say the same of n* = n.
    assert _limits(0, 30)[1] == pytest.approx(1 - 0.025 ** (1 / 30), abs=1e-12)
    assert _limits(9, 60) == pytest.approx((0.07098, 0.26574), abs=5e-5)


@pytest.mark.parametrize(
    ("base", "smallest", "hidden_middle"),
    [
        (295, 1, None),
        (65, 10, None),
        (60, 9, None),
        (46, 9, (46, 54)),
        (39, 9, (31, 69)),
    ],
)
def test_what_is_shown_of_the_groups_of_the_study(
    base: int, smallest: int, hidden_middle: tuple[int, int] | None
) -> None:
    shown = [yes for yes in range(1, base) if _is_shown(yes, base)]
    assert shown[0] == smallest
    hidden = [yes for yes in range(smallest, base) if yes not in shown]
    if hidden_middle is None:
        assert hidden == []
    else:
        percentages = round(100 * hidden[0] / base), round(100 * hidden[-1] / base)
        assert percentages == hidden_middle


def test_half_of_46_is_hidden_and_half_of_48_is_shown() -> None:
    assert not _is_shown(23, 46)
    assert _is_shown(24, 48)


def test_rules_in_their_order() -> None:
    def judged(**changed: float) -> irosurvey.tables.reliability.Verdict:
        given = {"p": 0.5, "n": 100.0, "effective_n": 80.0, "lower": 0.4, "upper": 0.6}
        return judge_proportion(NCHS, **{**given, **changed})

    assert judged().shown
    assert not judged(effective_n=29.9).shown
    assert not judged(n=29.0, effective_n=29.0).shown
    # At most 0.05 wide: shown however small the share is beside its width.
    assert judged(p=0.01, lower=0.0, upper=0.05).shown
    assert not judged(p=0.01, lower=0.0, upper=0.0501).shown
    assert not judged(lower=0.35, upper=0.65).shown
    assert judged(lower=0.35, upper=0.6499).shown
    # 1.30 times the share may be reached, not exceeded.
    assert judged(p=0.1, lower=0.05, upper=0.18).shown
    assert not judged(p=0.1, lower=0.05, upper=0.1801).shown


def test_complements_few_df_and_ends_are_told() -> None:
    found = judge_proportion(NCHS, p=0.95, n=60, effective_n=60, lower=0.86, upper=0.99, df=7)
    assert found.shown
    assert found.note == "the complement is unreliable"
    assert found.reviews == ("7 degrees of freedom",)
    assert judge_proportion(
        NCHS, p=0.0, n=60, effective_n=60, lower=0.0, upper=0.06, df=59
    ).reviews == ("0 %",)
    assert judge_proportion(
        NCHS, p=1.0, n=60, effective_n=60, lower=0.94, upper=1.0, df=59
    ).reviews == ("100 %",)
    assert not judge_proportion(
        NCHS, p=1.0, n=20, effective_n=20, lower=0.83, upper=1.0, df=19
    ).shown


def test_effective_size_is_capped() -> None:
    assert effective_size(0.5, 0.05, 1000) == pytest.approx(100)
    assert effective_size(0.5, 0.05, 80) == 80
    assert effective_size(0.0, 0.0, 80) == 80


def test_counts_need_ten_and_a_narrow_interval() -> None:
    given = {"estimate": 100.0, "effective_n": math.nan, "lower": 50.0, "upper": 200.0}
    assert judge_count(NCHS, n=10, **given).shown
    assert not judge_count(NCHS, n=9, **given).shown
    assert not judge_count(NCHS, n=40, **{**given, "effective_n": 9.9}).shown
    assert judge_count(NCHS, n=40, **{**given, "upper": 210.0}).shown
    assert not judge_count(NCHS, n=40, **{**given, "upper": 210.1}).shown
    assert judge_count(NCHS, n=40, df=7.0, **given).reviews == ("7 degrees of freedom",)


def test_a_note_names_the_percentages_whose_complement_is_unreliable() -> None:
    data = {"g": ["a"] * 60 + ["b"] * 200, "met": ["yes"] * 54 + ["no"] * 6 + ["yes", "no"] * 100}
    table = irosurvey.Table(irosurvey.Design(data).proportion("met", "yes", by="g"))
    published = irosurvey.release(table, "nchs").published
    (note,) = published.notes
    assert note.text.startswith("What is left to 100% is too unreliable to be worked out")
    assert note.text.endswith(": a, yes.")
    assert published.tables[0].notes == (1,)


def test_counts_have_the_effective_size_of_their_weights() -> None:
    """14 respondents, one of whom stands for as many as all others: not 10 of one weight."""
    weights = [13.0] + [1.0] * 13
    effective = sum(weights) ** 2 / sum(one * one for one in weights)
    assert effective < NCHS.minimum_n < 14
    data = {"g": ["a"] * 14 + ["b"] * 86, "w": weights + [1.0] * 86, "y": [1, 0] * 50}
    design = irosurvey.Design(data, weights="w")
    table = irosurvey.Table(design.crosstab("g", "y"), percent="count", statistics="estimate")
    sizes = [(cell.fact.contributing, cell.fact.effectively) for cell in table.cells[0] if cell]
    yes = sum(weights[::2]) ** 2 / sum(one * one for one in weights[::2])
    assert sizes == [(7, 7.0), (7, pytest.approx(yes)), (14, pytest.approx(effective))]
    (first, second) = irosurvey.Table(design.total("y", by="g")).publish(NCHS).rows
    assert [first.cells[0].mark, second.cells[0].mark] == ["u", ""]


def test_the_limits_of_a_count_have_the_degrees_of_freedom_of_its_size() -> None:
    """Equation 24: t of n* - 1, whatever the design's degrees of freedom."""
    data = {"y": [1] * 12 + [0] * 88, "psu": [at // 10 for at in range(100)]}
    found = irosurvey.Design(data, clusters="psu").total("y")
    (cell,) = irosurvey.Table(found, statistics="estimate").cells[0]
    assert cell is not None
    assert cell.fact.contributing == 12
    assert cell.fact.effectively == 12.0
    t = 2.200985160082949  # of 11 degrees of freedom, by tables
    se = float(found.se[0])
    assert cell.fact.log_limits[1] == pytest.approx(12 * math.exp(t * se / 12), rel=1e-9)
    assert cell.fact.log_limits[0] == pytest.approx(12 * math.exp(-t * se / 12), rel=1e-9)


def test_a_rate_needs_ten_in_numerator_and_denominator() -> None:
    data = {"events": [1] * 9 + [0] * 91, "people": [10] * 100}
    table = irosurvey.Table(irosurvey.Design(data).ratio("events", "people"))
    (first, *_) = table.cells[0]
    assert first is not None
    assert first.fact.contributing == 9
    assert table.publish(NCHS).rows[0].cells[0].mark == "u"
    more = {**data, "events": [1] * 30 + [0] * 70}
    shown = irosurvey.Table(irosurvey.Design(more).ratio("events", "people")).publish(NCHS)
    assert shown.rows[0].cells[0].mark == ""


@pytest.mark.parametrize(
    ("bands", "cv", "band"),
    [
        ("ons", 0.0499, "precise"),
        ("ons", 0.05, "reasonably precise"),
        ("ons", 0.0999, "reasonably precise"),
        ("ons", 0.10, "acceptable"),
        ("ons", 0.20, "use with caution"),
        ("statcan", 0.165, "acceptable"),
        ("statcan", 0.1651, "use with caution"),
        ("statcan", 0.333, "use with caution"),
        ("statcan", 0.34, "too unreliable"),
        ("statcan-2", 0.15, "acceptable"),
        ("statcan-2", 0.35, "use with caution"),
        ("statcan-2", 0.351, "too unreliable"),
    ],
)
def test_bands_of_cvs(bands: str, cv: float, band: str) -> None:
    policy = Policy(cv_bands=bands)  # type: ignore[arg-type]
    assert judge_cv(policy, cv=cv, n=100).band == band


def test_cvs_hide_where_the_policy_says_so() -> None:
    policy = Policy(cv_bands="statcan", cv_suppress=0.333, cv_minimum_n=10)
    assert judge_cv(policy, cv=0.333, n=10).shown
    assert not judge_cv(policy, cv=0.334, n=10).shown
    assert not judge_cv(policy, cv=0.1, n=9).shown


def test_shares_are_not_judged_by_their_cv() -> None:
    # CV of 5 % is 44 % on 100 rows, that of its complement 2 %: only the interval counts.
    design = irosurvey.Design({"y": [True] * 20 + [False] * 380})
    table = irosurvey.Table(design.proportion("y"), statistics="estimate")
    strict = {"cv_suppress": 0.1, "secondary": False}
    assert irosurvey.release(table, "nchs", **strict)[0].rows[0].cells[0].mark == ""
    hidden = irosurvey.release(table, "nchs", cv_of_proportions=True, **strict)
    assert hidden[0].rows[0].cells[0].mark == "u"


def test_the_engine_is_judged_by_the_same_limits() -> None:
    # 17 of 66: SE² = p (1 - p) / 65, so 65 effective answers.
    yes, n = 17, 66
    design = irosurvey.Design({"y": [True] * yes + [False] * (n - yes)})
    fact = irosurvey.Table(design.proportion("y")).cells[0][0]
    assert fact is not None
    p = yes / n
    assert effective_size(p, fact.fact.se, n) == pytest.approx(65, abs=1e-9)
    lower, upper = design.proportion("y").interval(0.95, "beta-nchs")
    assert fact.fact.exact_limits == (lower[0], upper[0])
    assert np.all(upper - lower < 0.30)
