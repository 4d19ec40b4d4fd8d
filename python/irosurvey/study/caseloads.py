"""Caseloads, and what goes with them: monitoring, court papers, following up reviews."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irosurvey.crosstab import CrossTab
from irosurvey.design import Design
from irosurvey.errors import NumericalError
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
from irosurvey.study.gaps import Gap, too_few
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
        Outcome by what divides the respondents, where answers allow it.
    models
        A logistic regression for each outcome, where answers allow it.
    gaps
        What answers don't allow.
    """

    design: Design
    data: Data
    sheets: dict[str, Sheet]
    crosstabs: dict[tuple[str, str], CrossTab]
    models: dict[str, Regression]
    gaps: tuple[Gap, ...]


def caseloads(group: GroupDesign, level: float) -> Caseloads:
    """Analyse caseloads and what goes with them, under the weighted design of the IROs.

    What too few answered for an estimate is left out, and is among the gaps.
    """
    design = _with_columns(group)
    data = group.answers.data
    able = _Able(group, design)
    counted = able.to_show("Children per full-time equivalent", "per FTE")
    crosstabs = {
        (outcome.column, division): design.crosstab(outcome.column, division, level=level)
        for outcome in OUTCOMES
        for division in DIVISIONS
        if able.to_show(f"{outcome.label}, by {_TITLES[division]}", outcome.column, division)
    }
    models = dict(_models(design, able, level))
    sheets = [
        quantiles_sheet(design, level, data, enough=counted),
        histogram_sheet(design, level, data, enough=counted),
        limits_sheet(design, level, data, enough=counted),
        crosstab_sheet(crosstabs, level, data),
        tests_sheet(crosstabs, data),
        coefficients_sheet(models, level, data),
        effects_sheet(models, level, data),
    ]
    by_name = {sheet.name: sheet for sheet in sheets}
    return Caseloads(design, data, by_name, crosstabs, models, tuple(able.gaps))


_TITLES = {"band": "caseload", "other duties": "other duties", "region": "region"}
_TERMS = ("tens", "other duties")


class _Able:
    """Tells what answers allow, and notes each thing that they don't, once."""

    def __init__(self, group: GroupDesign, design: Design) -> None:
        self._group = group
        self._frame = design.frame
        self.gaps: list[Gap] = []

    def to_show(self, about: str, *columns: str) -> bool:
        """Whether enough people answered all that these columns are made of."""
        known = self._known(*columns)
        reason = too_few(self._group.answers, known, "all that it needs")
        if reason:
            self.lacking(about, int(known.sum()), reason)
        return not reason

    def to_model(self, about: str, outcome: str) -> bool:
        """The same of a model, whose outcome has to vary among those who answered all of it."""
        if not self.to_show(about, outcome, *_TERMS):
            return False
        known = self._known(outcome, *_TERMS)
        if len(set(self._values(outcome)[known].tolist())) > 1:
            return True
        count = int(known.sum())
        self.lacking(about, count, f"all {count} who answered all that it needs say the same")
        return False

    def lacking(self, about: str, answered: int, reason: str) -> None:
        """Note what can't be shown."""
        answers = self._group.answers
        gap = Gap(about, self._group.group, answered, reason, ("caseloads",), "", answers.data)
        self.gaps.append(gap)

    def answered(self, outcome: str) -> int:
        """How many answered all that a model of this outcome needs."""
        return int(self._known(outcome, *_TERMS).sum())

    def _values(self, column: str) -> NDArray[np.float64]:
        return np.asarray(self._frame[column].to_numpy(), dtype=np.float64)

    def _known(self, *columns: str) -> NDArray[np.bool_]:
        known: NDArray[np.bool_] = np.all([~np.isnan(self._values(one)) for one in columns], axis=0)
        return known


def _models(design: Design, able: _Able, level: float) -> Iterator[tuple[str, Regression]]:
    """A model for each outcome that answers allow one of."""
    for outcome in OUTCOMES:
        about = f"{outcome.label}: the logistic regression"
        if not able.to_model(about, outcome.column):
            continue
        formula = f"`{outcome.column}` ~ tens + C(`other duties`) + C(type)"
        try:
            yield outcome.column, design.regression(formula, "binomial", level=level)
        except NumericalError as error:
            reason = f"it can't be fitted to these answers: {error.found or error.message}"
            able.lacking(about, able.answered(outcome.column), reason.rstrip("."))


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
