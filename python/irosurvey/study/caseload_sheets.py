"""Tables of caseloads: how many children, and what goes with that."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from irosurvey.combination import Function
from irosurvey.crosstab import CrossTab
from irosurvey.design import Design
from irosurvey.expr import exp
from irosurvey.regression import Regression
from irosurvey.result import Estimate
from irosurvey.study.outcomes import ALL, DIVISIONS, LIMITS, OUTCOMES, Outcome
from irosurvey.study.sheets import Data, Field, Row, Sheet, estimated, interval_fields

__all__ = [
    "coefficients_sheet",
    "crosstab_sheet",
    "effects_sheet",
    "histogram_sheet",
    "limits_sheet",
    "quantiles_sheet",
    "tests_sheet",
]

STEP: Final = 10
"""Width of the histogram's bins."""
MOST_BINS: Final = 20
QUANTILES: Final = (0.1, 0.25, 0.5, 0.75, 0.9)
QUARTILES: Final = (0.25, 0.5, 0.75)
PARTS: Final = ((None, "England"), ("type", "Type of authority"), ("region", "Region"))
"""What the country is divided by, with what the column says of it."""

# ---- how many children ----


def quantiles_sheet(design: Design, level: float, data: Data, *, enough: bool) -> Sheet:
    """Quantiles of children per full-time equivalent: all of them for all, quartiles by part."""
    rows: list[Row] = []
    choices: tuple[tuple[str, str], ...] = ()
    for by, title in PARTS if enough else ():
        probs = QUANTILES if by is None else QUARTILES
        found = design.quantile("per FTE", probs, by=by, level=level)
        choices = choices or tuple((one.name, one.value) for one in found.choices)
        groups = _groups_of(found, by)
        for place in _group_by_group(groups):
            rows.append(
                (
                    groups[place],
                    title,
                    float(found.probs[place]),
                    int(found.n[place]),
                    float(found.estimate[place]),
                    float(found.se[place]),
                    float(found.lower[place]),
                    float(found.upper[place]),
                )
            )
    return Sheet(
        "caseload_quantiles",
        "Children per full-time equivalent: quantiles",
        [
            Field("group", "Group"),
            Field("by", "By"),
            Field("prob", "Share at or below", "share", 0),
            Field("n", "n", "count"),
            Field("quantile", "Children", "number"),
            *interval_fields("number", level),
        ],
        rows,
        note="An IRO's children divided by the full-time equivalent of the post. The median is the "
        "row of 50%.",
        data=data,
        choices=choices,
    )


def histogram_sheet(design: Design, level: float, data: Data, *, enough: bool) -> Sheet:
    """The distribution of children per full-time equivalent."""
    rows, choices = _bins(design, level) if enough else ([], ())
    return Sheet(
        "caseload_histogram",
        "Children per full-time equivalent: distribution",
        [
            Field("bin", "Children per full-time equivalent"),
            Field("from", "From", "number", 0),
            Field("to", "To below", "number", 0),
            Field("share", "Share of IROs", "share"),
            *interval_fields("share", level),
        ],
        rows,
        data=data,
        choices=choices,
    )


def _bins(design: Design, level: float) -> tuple[list[Row], Sequence[tuple[str, str]]]:
    """A row for each bin of the histogram, and the choices it depends on."""
    values = np.asarray(design.frame["per FTE"].to_numpy(), dtype=np.float64)
    first = STEP * math.floor(np.nanmin(values) / STEP)
    last = STEP * (math.floor(np.nanmax(values) / STEP) + 1)
    # One number that is far off would make hundreds of bins: they are one, and it is seen.
    open_from = first + STEP * MOST_BINS
    edges = [float(edge) for edge in range(first, min(last, open_from) + STEP, STEP)]
    if last > open_from:
        edges[-1] = float(last)
    found = design.histogram("per FTE", edges, level=level)
    rows: list[Row] = [
        (
            f"{start:g} to below {end:g}" if end - start == STEP else f"{start:g} and more",
            start,
            end,
            *numbers,
        )
        for start, end, numbers in zip(edges[:-1], edges[1:], estimated(found), strict=True)
    ]
    return rows, [(one.name, one.value) for one in found.choices]


def limits_sheet(design: Design, level: float, data: Data, *, enough: bool) -> Sheet:
    """Shares of IROs with more than each limit."""
    rows: list[Row] = []
    for by, title in PARTS if enough else ():
        of_part: list[Row] = []
        for limit in LIMITS:
            found = design.proportion(f"above {limit}", 1, by=by, level=level)
            of_part += [
                (group, title, limit, int(n), *numbers)
                for group, n, numbers in zip(
                    _groups_of(found, by), found.n, estimated(found), strict=True
                )
            ]
        rows += [of_part[place] for place in _group_by_group([str(row[0]) for row in of_part])]
    return Sheet(
        "caseload_limits",
        "IROs with more than 50, 60 and 70 children per full-time equivalent",
        [
            Field("group", "Group"),
            Field("by", "By"),
            Field("limit", "More than", "count"),
            Field("n", "n", "count"),
            Field("share", "Share", "share"),
            *interval_fields("share", level),
        ],
        rows,
        note="50 to 70 is the caseload that the IRO Handbook (2010) has for a full-time IRO.",
        data=data,
    )


def _groups_of(found: Estimate, by: str | None) -> list[str]:
    """The group of each row of a result, in words."""
    return [ALL] * len(found) if by is None else [str(one) for one in found.keys()[by]]


def _group_by_group(groups: Sequence[str]) -> list[int]:
    """Rows in the order of their groups, and within a group as they are."""
    order = list(dict.fromkeys(groups))
    return sorted(range(len(groups)), key=lambda place: order.index(groups[place]))


# ---- what goes with it ----


def crosstab_sheet(crosstabs: dict[tuple[str, str], CrossTab], level: float, data: Data) -> Sheet:
    """Shares with each outcome, by what divides the respondents."""
    rows: list[Row] = []
    for outcome in OUTCOMES:
        for division, title in DIVISIONS.items():
            if (outcome.column, division) not in crosstabs:
                continue
            shares = crosstabs[outcome.column, division].column_shares
            keys = shares.keys()
            levels = zip(keys[outcome.column], keys[division], strict=True)
            for (answer, group), n, numbers in zip(
                levels, shares.n, estimated(shares), strict=True
            ):
                if str(answer) == outcome.answers:
                    name = ALL if str(group) == "Total" else str(group)
                    rows.append((outcome.label, title, name, int(n), *numbers))
    return Sheet(
        "caseload_outcomes",
        "Monitoring, court papers and following up, by caseload, other duties and region",
        [
            Field("outcome", "Outcome"),
            Field("by", "By"),
            Field("group", "Group"),
            Field("n", "n", "count"),
            Field("share", "Share", "share"),
            *interval_fields("share", level),
        ],
        rows,
        note="n: all who answered both questions and belong to the group. Of small groups the "
        "interval says how little is known.",
        data=data,
    )


def tests_sheet(crosstabs: dict[tuple[str, str], CrossTab], data: Data) -> Sheet:
    """Whether each outcome goes with what divides the respondents."""
    labels = {one.column: one.label for one in OUTCOMES}
    rows: list[Row] = []
    choices: list[tuple[str, str]] = []
    for (outcome, division), table in crosstabs.items():
        tests = [("independence", table.test())]
        if division == "band":
            tests.append(("linear trend", table.trend()))
        for kind, test in tests:
            statistic = test.line.split(", p ")[0]
            rows.append((labels[outcome], DIVISIONS[division], kind, statistic, float(test.p)))
            choices.append((f"test of {kind}", test.method))
    return Sheet(
        "caseload_tests",
        "Does it go with caseloads, other duties or region?",
        [
            Field("outcome", "Outcome"),
            Field("by", "By"),
            Field("test", "Test of"),
            Field("statistic", "Statistic"),
            Field("p", "p", "p"),
        ],
        rows,
        note="Independence: Rao and Scott's test. Trend: over the bands of caseload, in steps of "
        "one. p is not adjusted for the number of tests: of twenty without any relation, one is "
        "below 0.05 by chance.",
        data=data,
        choices=list(dict.fromkeys(choices)),
    )


def coefficients_sheet(models: dict[str, Regression], level: float, data: Data) -> Sheet:
    """Coefficients of the models, with their odds ratios."""
    rows: list[Row] = []
    for outcome in _modelled(models):
        model = models[outcome.column]
        names = [name for name in model.names if name != model.intercept]
        odds = model.combine(_odds_of(names))
        # On the log scale: the limits of the coefficient, as odds.
        lower, upper = odds.interval(method="log")
        for place, name in enumerate(names):
            row = model.names.index(name)
            rows.append(
                (
                    outcome.label,
                    term_words(name),
                    int(model.n),
                    float(model.estimate[row]),
                    float(model.se[row]),
                    float(odds.estimate[place]),
                    float(lower[place]),
                    float(upper[place]),
                    float(model.p[row]),
                )
            )
    se, lower_field, upper_field = interval_fields("number", level, 2)
    return Sheet(
        "caseload_models",
        "Logistic regressions: odds ratios",
        [
            Field("outcome", "Outcome"),
            Field("term", "Term"),
            Field("n", "n", "count"),
            Field("coefficient", "Coefficient", "number", 3),
            replace(se, title="SE of the coefficient", decimals=3),
            Field("odds_ratio", "Odds ratio", "number", 2),
            lower_field,
            upper_field,
            Field("p", "p", "p"),
        ],
        rows,
        note="Each outcome on caseload, other duties and type of authority (compared with "
        "counties) at once. An odds ratio below 1: the outcome is rarer. The limits are those of "
        "the odds ratio.",
        data=data,
        choices=[
            (choice.name, choice.value)
            for one in _modelled(models)[:1]
            for choice in models[one.column].coefficients.choices
        ],
    )


def effects_sheet(models: dict[str, Regression], level: float, data: Data) -> Sheet:
    """Average marginal effects of the models."""
    rows: list[Row] = []
    for outcome in _modelled(models):
        effects = models[outcome.column].marginal_effects()
        rows += [
            (outcome.label, term_words(str(term)), *numbers)
            for term, numbers in zip(effects.keys()["variable"], estimated(effects), strict=True)
        ]
    return Sheet(
        "caseload_effects",
        "Logistic regressions: average marginal effects",
        [
            Field("outcome", "Outcome"),
            Field("term", "Term"),
            Field("effect", "Effect, points", "points"),
            *interval_fields("points", level),
        ],
        rows,
        note="By how many percentage points the share with the outcome would differ, on average "
        "over all IROs and everything else equal. It describes who says what; it doesn't say "
        "what causes what.",
        data=data,
    )


def _modelled(models: dict[str, Regression]) -> list[Outcome]:
    """Outcomes whose model answers allow."""
    return [one for one in OUTCOMES if one.column in models]


def _odds_of(names: Sequence[str]) -> Function:
    return lambda b: {name: exp(b[name]) for name in names}


_LEVELS = {
    "C(other duties)[1]": "Other duties outside the remit, against none",
    "C(type)[2]": "London borough, against county",
    "C(type)[3]": "Metropolitan district, against county",
    "C(type)[4]": "Unitary authority, against county",
    "tens": "Ten more children per full-time equivalent",
}


def term_words(name: str) -> str:
    """A term of the models in words; as it is, if it has none."""
    plain = name.replace("`", "").replace(".0]", "]")
    return _LEVELS.get(plain, plain)
