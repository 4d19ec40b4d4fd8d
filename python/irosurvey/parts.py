"""The small values that results are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from irosurvey import _core

__all__ = [
    "DESIGN_EFFECT",
    "MOST_COVARIANCES",
    "MULTIPLE_RESPONSE",
    "Choice",
    "Floats",
    "Interval",
    "Level",
    "LevelValue",
    "Reference",
    "StatisticInfo",
    "design_effect_against",
    "is_level",
]

LevelValue: TypeAlias = bool | int | float | str
Reference: TypeAlias = Literal["wr", "wor"]
Floats: TypeAlias = NDArray[np.float64]

MOST_COVARIANCES = 64
"""Covariances between estimates are made without being asked for up to this many estimates: beyond
it they cost more than all the rest."""


MULTIPLE_RESPONSE = "multiple response"
"""The name of the statistics of a question with several answers; their label is the question."""

DESIGN_EFFECT = "design effect"
"""The name of the choice of a reference for design effects."""


class Level(NamedTuple):
    """A value that a categorical variable takes, with its label ("" where the data give none)."""

    value: LevelValue
    label: str = ""

    def __str__(self) -> str:
        if self.label:
            return self.label
        return str(self.value).lower() if isinstance(self.value, bool) else str(self.value)


class Choice(NamedTuple):
    """A named choice that a result depends on."""

    name: str
    value: str


class Interval(NamedTuple):
    """Limits of confidence intervals, one a row; NaN where there is no estimate."""

    lower: Floats
    upper: Floats


@dataclass(frozen=True)
class StatisticInfo:
    """What was estimated.

    Attributes
    ----------
    name
        In the catalogue of statistics, or the name of an expression.
    variables
        The columns it is about.
    label
        The first variable's label in its data file.
    level
        Of a share of every level: the level.
    scale
        ``"total"``, ``"mean"``, ``"share"`` (0-1), ``"ratio"`` or ``"other"``.
    formula
        The expression of totals, as text.
    df
        Degrees of freedom of the whole domain, all groups together.
    of_shares
        Whether the number is a share, or a difference of shares, and reads well as a percentage.
    question
        Which statistic of the call it answers, from 0: a share of every level is several answers.
    """

    name: str
    variables: tuple[str, ...]
    label: str
    level: Level | None
    scale: str
    formula: str
    df: float
    of_shares: bool
    question: int = 0

    @property
    def variable(self) -> str:
        """The variable as a table names it: ``caseload``, ``caseload / fte``, an expression."""
        if self.name == "expression":
            return self.formula
        if self.name == MULTIPLE_RESPONSE:
            return self.label or " … ".join(dict.fromkeys((self.variables[0], self.variables[-1])))
        if self.name not in _NAMES_OF_STATISTICS | _catalogue_names() or not self.variables:
            return self.name
        return (" / " if self.name == "ratio" else ", ").join(self.variables)


_NAMES_OF_STATISTICS = frozenset(
    {
        "quantile",
        "interquartile range",
        "variance",
        "sd",
        "covariance",
        "correlation",
        "geometric mean",
        "cdf",
        "histogram",
        "odds ratio",
        "ratio of means",
        "hazard ratio",
        "predictive margin",
        "marginal effect",
    }
)
"""Statistics beside the catalogue, which no expression of totals gives."""


@cache
def _catalogue_names() -> frozenset[str]:
    return frozenset(definition.name for definition in _core.catalogue())


def design_effect_against(deff: Reference) -> Choice:
    """The choice of a simple random sample that design effects compare with."""
    drawn = "with" if deff == "wr" else "without"
    return Choice(DESIGN_EFFECT, f"against a simple random sample {drawn} replacement")


def is_level(wanted: LevelValue, levels: Sequence[Level]) -> NDArray[np.bool_]:
    """Where a level has this code or this label; True is no code 1."""
    return np.array(
        [
            (wanted == level.value and isinstance(wanted, bool) == isinstance(level.value, bool))
            or wanted == str(level)
            for level in levels
        ],
        dtype=bool,
    )
