"""Caseloads, and what goes with them: monitoring, court papers, following up reviews."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irosurvey.combination import Function
from irosurvey.crosstab import CrossTab
from irosurvey.design import Design
from irosurvey.expr import exp
from irosurvey.regression import Regression
from irosurvey.result import Level
from irosurvey.study.answers import Codebook, labelled, yes_or_no
from irosurvey.study.sheets import Data, Field, Row, Sheet
from irosurvey.study.weighting import GroupDesign

__all__ = ["BANDS", "LIMITS", "OUTCOMES", "Caseloads", "caseloads"]

LIMITS = (50, 60, 70)
"""Children per full-time equivalent: the ends of the guidance, and the middle."""
BANDS = {1: "Up to 50", 2: "Over 50 to 60", 3: "Over 60 to 70", 4: "Over 70"}
STEP = 10
"""Width of the histogram's bins."""
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
FOLLOW_UP = ("child", "parents", "carers", "social_worker", "others")


@dataclass(frozen=True)
class Outcome:
    """What is set against caseloads: a yes or no made of one question or of several."""

    column: str
    label: str
    short: str
    values: tuple[int, ...]
    variables: tuple[str, ...]


OUTCOMES = (
    Outcome(
        "able to monitor",
        "Always or often able to monitor cases between reviews",
        "Monitoring",
        (1, 2),
        ("monitor_cases",),
    ),
    Outcome(
        "no court papers",
        "Rarely or never receives relevant court papers",
        "Court papers",
        (4, 5),
        ("court_papers",),
    ),
    Outcome(
        "follow-up falls short",
        "Rarely or never able to consult at least one of five parties in following up a review",
        "Following up",
        (4, 5),
        tuple(f"follow_up_{party}" for party in FOLLOW_UP),
    ),
)


@dataclass(frozen=True, eq=False)
class Caseloads:
    """Everything about caseloads.

    Attributes
    ----------
    design
        The IROs' design, with the columns made for this: caseload per full-time equivalent, its
        band, and each of the outcomes.
    sheets
        Tables, by name.
    crosstabs
        Outcome by what divides the respondents.
    models
        A logistic regression for each outcome.
    """

    design: Design
    sheets: dict[str, Sheet]
    crosstabs: dict[tuple[str, str], CrossTab]
    models: dict[str, Regression]


DIVISIONS = {
    "band": "Children per full-time equivalent",
    "other duties": "Other duties outside the remit",
    "region": "Region",
}


def caseloads(group: GroupDesign, codebook: Codebook, level: float) -> Caseloads:
    """Analyse caseloads and what goes with them, under the weighted design of the IROs."""
    design = _with_columns(group)
    data = group.answers.data
    crosstabs = {
        (outcome.column, division): design.crosstab(outcome.column, division, level=level)
        for outcome in OUTCOMES
        for division in DIVISIONS
    }
    models = {
        outcome.column: design.regression(
            f"`{outcome.column}` ~ tens + C(`other duties`) + C(type)", "binomial", level=level
        )
        for outcome in OUTCOMES
    }
    sheets = [
        _quantiles_sheet(design, codebook, level, data),
        _histogram_sheet(design, level, data),
        _limits_sheet(design, codebook, level, data),
        _crosstab_sheet(crosstabs, level, data),
        _tests_sheet(crosstabs, data),
        _coefficients_sheet(models, level, data),
        _effects_sheet(models, level, data),
    ]
    return Caseloads(design, {sheet.name: sheet for sheet in sheets}, crosstabs, models)


def _with_columns(group: GroupDesign) -> Design:
    answers = group.answers
    per_fte = answers.numbers("caseload") / answers.numbers("fte")
    bands = np.where(np.isnan(per_fte), np.nan, 1.0 + np.searchsorted(LIMITS, per_fte))
    columns: dict[str, object] = {
        "per FTE": per_fte,
        "tens": per_fte / 10.0,
        "band": labelled("band", bands, DIVISIONS["band"], BANDS),
        "other duties": labelled(
            "other duties",
            (2.0 - answers.numbers("other_duties_outside")),
            DIVISIONS["other duties"],
            {0: "No other duties", 1: "Other duties"},
        ),
    }
    for limit in LIMITS:
        above = np.where(np.isnan(per_fte), np.nan, (per_fte > limit).astype(np.float64))
        columns[f"above {limit}"] = yes_or_no(f"above {limit}", above, f"More than {limit}")
    for outcome in OUTCOMES:
        columns[outcome.column] = yes_or_no(outcome.column, _outcome(group, outcome), outcome.label)
    return group.weighted.with_columns(columns)


def _outcome(group: GroupDesign, outcome: Outcome) -> NDArray[np.float64]:
    """1 where any of the questions has one of the values; its base answered all of them."""
    answers = np.array([group.answers.numbers(name) for name in outcome.variables])
    found = np.isin(answers, outcome.values).any(axis=0).astype(np.float64)
    return np.where(np.isnan(answers).any(axis=0), np.nan, found)


# ---- how many children ----


def _quantiles_sheet(design: Design, codebook: Codebook, level: float, data: Data) -> Sheet:
    percent = f"{100 * level:g}%"
    rows: list[Row] = []
    choices: tuple[tuple[str, str], ...] = ()
    for by, title in ((None, "All IROs"), ("type", "Type of authority"), ("region", "Region")):
        probs = QUANTILES if by is None else (0.25, 0.5, 0.75)
        found = design.quantile("per FTE", probs, by=by, level=level)
        choices = choices or tuple((one.name, one.value) for one in found.choices)
        groups = found.keys().get(by, ()) if by else ()
        for place in _group_by_group(groups, len(found)):
            rows.append(
                (
                    str(groups[place]) if groups else title,
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
            Field("se", "SE", "number"),
            Field("lower", f"{percent} lower", "number"),
            Field("upper", f"{percent} upper", "number"),
        ],
        rows,
        note="An IRO's children divided by the full-time equivalent of the post. The median is the "
        "row of 50%.",
        data=data,
        choices=choices,
    )


def _histogram_sheet(design: Design, level: float, data: Data) -> Sheet:
    values = np.asarray(design.frame["per FTE"].to_numpy(), dtype=np.float64)
    first = STEP * math.floor(np.nanmin(values) / STEP)
    last = STEP * (math.floor(np.nanmax(values) / STEP) + 1)
    edges = [float(edge) for edge in range(first, last + STEP, STEP)]
    found = design.histogram("per FTE", edges, level=level)
    lower, upper = found.interval()
    return Sheet(
        "caseload_histogram",
        "Children per full-time equivalent: distribution",
        [
            Field("bin", "Children per full-time equivalent"),
            Field("from", "From", "number", 0),
            Field("to", "to below", "number", 0),
            Field("share", "Share of IROs", "share"),
            Field("se", "SE, points", "error"),
            Field("lower", f"{100 * level:g}% lower", "share"),
            Field("upper", f"{100 * level:g}% upper", "share"),
        ],
        [
            (
                f"{edges[place]:g} to below {edges[place + 1]:g}",
                edges[place],
                edges[place + 1],
                float(found.estimate[place]),
                float(found.se[place]),
                float(lower[place]),
                float(upper[place]),
            )
            for place in range(len(edges) - 1)
        ],
        data=data,
        choices=[(one.name, one.value) for one in found.choices],
    )


def _limits_sheet(design: Design, codebook: Codebook, level: float, data: Data) -> Sheet:
    rows: list[Row] = []
    for by, title in ((None, "All IROs"), ("type", "Type of authority"), ("region", "Region")):
        for limit in LIMITS:
            found = design.proportion(f"above {limit}", 1, by=by, level=level)
            lower, upper = found.interval()
            groups = found.keys().get(by, ()) if by else ()
            for place in range(len(found)):
                rows.append(
                    (
                        str(groups[place]) if groups else title,
                        title,
                        limit,
                        int(found.n[place]),
                        float(found.estimate[place]),
                        float(found.se[place]),
                        float(lower[place]),
                        float(upper[place]),
                    )
                )
    return Sheet(
        "caseload_limits",
        "IROs with more than 50, 60 and 70 children per full-time equivalent",
        [
            Field("group", "Group"),
            Field("by", "By"),
            Field("limit", "More than", "count"),
            Field("n", "n", "count"),
            Field("share", "Share", "share"),
            Field("se", "SE, points", "error"),
            Field("lower", f"{100 * level:g}% lower", "share"),
            Field("upper", f"{100 * level:g}% upper", "share"),
        ],
        rows,
        note="50 to 70 is the caseload that the IRO Handbook (2010) has for a full-time IRO.",
        data=data,
    )


def _group_by_group(groups: Sequence[Level], size: int) -> list[int]:
    """Rows in the order of their groups, and within a group as they are."""
    order = list(dict.fromkeys(groups))
    return sorted(range(size), key=lambda place: order.index(groups[place]) if groups else 0)


# ---- what goes with it ----


def _crosstab_sheet(crosstabs: dict[tuple[str, str], CrossTab], level: float, data: Data) -> Sheet:
    labels = {one.column: one.label for one in OUTCOMES}
    rows: list[Row] = []
    for (outcome, division), table in crosstabs.items():
        shares = table.column_shares
        lower, upper = shares.interval()
        keys = shares.keys()
        for place in range(len(shares)):
            if str(keys[outcome][place]) != "Yes":
                continue
            column = str(keys[division][place])
            rows.append(
                (
                    labels[outcome],
                    DIVISIONS[division],
                    "All IROs" if column == "Total" else column,
                    int(shares.n[place]),
                    float(shares.estimate[place]),
                    float(shares.se[place]),
                    float(lower[place]),
                    float(upper[place]),
                )
            )
    return Sheet(
        "caseload_outcomes",
        "Monitoring, court papers and following up, by caseload, other duties and region",
        [
            Field("outcome", "Outcome"),
            Field("by", "By"),
            Field("group", "Group"),
            Field("n", "n", "count"),
            Field("share", "Share", "share"),
            Field("se", "SE, points", "error"),
            Field("lower", f"{100 * level:g}% lower", "share"),
            Field("upper", f"{100 * level:g}% upper", "share"),
        ],
        rows,
        note="n: all who answered both questions and belong to the group.",
        data=data,
    )


def _tests_sheet(crosstabs: dict[tuple[str, str], CrossTab], data: Data) -> Sheet:
    labels = {one.column: one.label for one in OUTCOMES}
    rows: list[Row] = []
    choices: list[tuple[str, str]] = []
    for (outcome, division), table in crosstabs.items():
        tests = [("independence", table.test())]
        if division == "band":
            tests.append(("linear trend", table.trend()))
        for kind, test in tests:
            rows.append((labels[outcome], DIVISIONS[division], kind, test.line, float(test.p)))
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
        "one.",
        data=data,
        choices=list(dict.fromkeys(choices)),
    )


def _coefficients_sheet(models: dict[str, Regression], level: float, data: Data) -> Sheet:
    rows: list[Row] = []
    for outcome in OUTCOMES:
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
    return Sheet(
        "caseload_models",
        "Logistic regressions: odds ratios",
        [
            Field("outcome", "Outcome"),
            Field("term", "Term"),
            Field("n", "n", "count"),
            Field("coefficient", "Coefficient", "number", 3),
            Field("se", "SE", "number", 3),
            Field("odds_ratio", "Odds ratio", "number", 2),
            Field("lower", f"{100 * level:g}% lower", "number", 2),
            Field("upper", f"{100 * level:g}% upper", "number", 2),
            Field("p", "p", "p"),
        ],
        rows,
        note="Each outcome on caseload, other duties and type of authority (compared with "
        "counties) at once. An odds ratio below 1: the outcome is rarer.",
        data=data,
        choices=[(one.name, one.value) for one in models[OUTCOMES[0].column].coefficients.choices],
    )


def _effects_sheet(models: dict[str, Regression], level: float, data: Data) -> Sheet:
    rows: list[Row] = []
    for outcome in OUTCOMES:
        effects = models[outcome.column].marginal_effects()
        lower, upper = effects.interval()
        for place, term in enumerate(effects.keys()["variable"]):
            rows.append(
                (
                    outcome.label,
                    term_words(str(term)),
                    float(effects.estimate[place]),
                    float(effects.se[place]),
                    float(lower[place]),
                    float(upper[place]),
                )
            )
    return Sheet(
        "caseload_effects",
        "Logistic regressions: average marginal effects",
        [
            Field("outcome", "Outcome"),
            Field("term", "Term"),
            Field("effect", "Effect, points", "points"),
            Field("se", "SE, points", "error"),
            Field("lower", f"{100 * level:g}% lower", "points"),
            Field("upper", f"{100 * level:g}% upper", "points"),
        ],
        rows,
        note="By how many percentage points the share with the outcome would differ, on average "
        "over all IROs and everything else equal. It describes who says what; it doesn't say "
        "what causes what.",
        data=data,
    )


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


def chart_rows(sheet: Sheet, outcome: Outcome, by: str) -> Sequence[Row]:
    """The rows of one outcome and division."""
    return [
        row
        for row in sheet
        if row[0] == outcome.label and row[1] == DIVISIONS[by] and row[2] != "All IROs"
    ]
