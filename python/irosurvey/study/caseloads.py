"""Caseloads, and what goes with them: monitoring, court papers, following up reviews."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irosurvey._complaint import complaint
from irosurvey.crosstab import CrossTab
from irosurvey.design import Design
from irosurvey.errors import ColumnError
from irosurvey.regression import Regression
from irosurvey.study.answers import labelled, yes_or_no
from irosurvey.study.caseload_sheets import (
    coefficients_sheet,
    crosstab_sheet,
    effects_sheet,
    histogram_sheet,
    limits_sheet,
    quantiles_sheet,
    tests_sheet,
)
from irosurvey.study.outcomes import BANDS, DIVISIONS, LIMITS, OUTCOMES, WIDE_BANDS, Outcome
from irosurvey.study.sheets import Data, Sheet
from irosurvey.study.weighting import GroupDesign

__all__ = ["Caseloads", "caseloads"]


@dataclass(frozen=True, eq=False)
class Caseloads:
    """Everything about caseloads.

    Attributes
    ----------
    design
        The IROs' design, with the columns made for this: caseload per full-time equivalent, its
        band, and each of the outcomes.
    data
        What it was made of.
    sheets
        Tables, by name.
    crosstabs
        Outcome by what divides the respondents.
    models
        A logistic regression for each outcome.
    """

    design: Design
    data: Data
    sheets: dict[str, Sheet]
    crosstabs: dict[tuple[str, str], CrossTab]
    models: dict[str, Regression]


def caseloads(group: GroupDesign, level: float) -> Caseloads:
    """Analyse caseloads and what goes with them, under the weighted design of the IROs.

    Raises
    ------
    ColumnError
        If nobody answered one of the questions.
    """
    _check_answered(group)
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
        quantiles_sheet(design, level, data),
        histogram_sheet(design, level, data),
        limits_sheet(design, level, data),
        crosstab_sheet(crosstabs, level, data),
        tests_sheet(crosstabs, data),
        coefficients_sheet(models, level, data),
        effects_sheet(models, level, data),
    ]
    return Caseloads(design, data, {sheet.name: sheet for sheet in sheets}, crosstabs, models)


def _check_answered(group: GroupDesign) -> None:
    asked = {name for one in OUTCOMES for name in one.variables}
    for name in ("caseload", "fte", "other_duties_outside", *sorted(asked)):
        if np.isnan(group.answers.numbers(name)).all():
            raise complaint(
                ColumnError,
                f"{group.answers.source}, variable '{name}'",
                expected="an answer in some row: caseloads and what goes with them need it",
                found="none",
                remedy="irosurvey reproduce does without caseloads.",
            )


def _with_columns(group: GroupDesign) -> Design:
    answers = group.answers
    per_fte = answers.numbers("caseload") / answers.numbers("fte")
    bands = np.where(np.isnan(per_fte), np.nan, 1.0 + np.searchsorted(LIMITS, per_fte))
    columns: dict[str, object] = {
        "per FTE": per_fte,
        "tens": per_fte / 10.0,
        "band": labelled("band", bands, DIVISIONS["band"], BANDS),
        "wide band": labelled(
            "wide band", np.maximum(bands - 1.0, 1.0), DIVISIONS["band"], WIDE_BANDS
        ),
        "other duties": labelled(
            "other duties",
            (2.0 - answers.numbers("other_duties_outside")),
            DIVISIONS["other duties"],
            {0: "No other duties", 1: "Other duties"},
        ),
    }
    for limit in LIMITS:
        above = np.where(np.isnan(per_fte), np.nan, (per_fte > limit).astype(np.float64))
        columns[f"above {limit}"] = yes_or_no(
            f"above {limit}", above, DIVISIONS["band"], f"More than {limit}"
        )
    for outcome in OUTCOMES:
        columns[outcome.column] = yes_or_no(
            outcome.column, _outcome(group, outcome), outcome.label, outcome.answers
        )
    return group.weighted.with_columns(columns)


def _outcome(group: GroupDesign, outcome: Outcome) -> NDArray[np.float64]:
    """1 where any of the questions has one of the values; its base answered all of them."""
    answers = np.array([group.answers.numbers(name) for name in outcome.variables])
    found = np.isin(answers, outcome.values).any(axis=0).astype(np.float64)
    return np.where(np.isnan(answers).any(axis=0), np.nan, found)
