"""Rows and columns of a cross-tab compared: measures of association, columns that differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from irosurvey.parts import Floats, Level
from irosurvey.test_result import TestResult

if TYPE_CHECKING:
    import pandas as pd

    from irosurvey.crosstab import CrossTab

__all__ = [
    "Association",
    "ColumnComparison",
    "ColumnPair",
    "Multiplicity",
    "column_letters",
    "comparison_of",
]

Multiplicity: TypeAlias = Literal["none", "bonferroni", "holm", "sidak", "bh"]


@dataclass(frozen=True)
class Association:
    """A measure of association of two rows and two columns.

    Attributes
    ----------
    name
        ``"odds ratio"``, ``"risk ratio"`` or ``"risk difference"``.
    estimate, se
        NaN where a cell that it divides by is empty.
    lower, upper
        Limits of the interval; of a ratio made on the log scale.
    test
        Of a ratio of 1, or a difference of 0.
    level
        Confidence level of the limits.
    about
        What is compared with what.
    """

    name: str
    estimate: float
    se: float
    lower: float
    upper: float
    test: TestResult
    level: float
    about: str

    def __float__(self) -> float:
        return self.estimate

    def __repr__(self) -> str:
        from irosurvey.crosstab_display import association_text

        return association_text(self)


@dataclass(frozen=True)
class ColumnPair:
    """The shares of a row in two columns, compared.

    Attributes
    ----------
    row, first, second
        Levels.
    difference
        Share of the first column less that of the second, on the scale 0-1.
    se
        Its standard error; the covariance between the columns is accounted for.
    p, adjusted_p
        Of no difference, by itself and as one of its family; NaN where neither share varies.
    """

    row: Level
    first: Level
    second: Level
    difference: float
    se: float
    p: float
    adjusted_p: float


@dataclass(frozen=True)
class ColumnComparison:
    """Which columns of a table have higher shares than which others, row by row.

    Attributes
    ----------
    letters
        For each row and column the letters of the columns whose share is significantly lower.
    column_letters
        The letter of each column.
    pairs
        Every comparison.
    alpha, adjust, family
        Level of significance, adjustment for multiplicity, and what a family of tests is.
    """

    letters: tuple[tuple[str, ...], ...]
    column_letters: tuple[str, ...]
    pairs: tuple[ColumnPair, ...]
    alpha: float
    adjust: str
    family: str

    def to_pandas(self) -> pd.DataFrame:
        """Every comparison as a pandas data frame."""
        import pandas

        return pandas.DataFrame(
            {
                "row": [str(pair.row) for pair in self.pairs],
                "first": [str(pair.first) for pair in self.pairs],
                "second": [str(pair.second) for pair in self.pairs],
                "difference": [pair.difference for pair in self.pairs],
                "se": [pair.se for pair in self.pairs],
                "p": [pair.p for pair in self.pairs],
                "adjusted_p": [pair.adjusted_p for pair in self.pairs],
            }
        )


def column_letters(count: int) -> tuple[str, ...]:
    """Letters for so many columns: A to Z, then AA, AB and so on."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    if count <= len(alphabet):
        return tuple(alphabet[:count])
    return (
        tuple(alphabet)
        + tuple(first + second for first in alphabet for second in alphabet)[
            : count - len(alphabet)
        ]
    )


def comparison_of(
    table: CrossTab,
    found: list[tuple[int, int, int, float, float, float]],
    adjusted: Floats,
    alpha: float,
    adjust: str,
    family: str,
) -> ColumnComparison:
    """Pairs of columns with their p-values, and the letters that these make.

    Parameters
    ----------
    found
        Row, first and second column, difference, standard error and p-value of each pair.
    adjusted
        Their p-values as members of their families.
    """
    names = column_letters(len(table.column_levels))
    lower: dict[tuple[int, int], list[str]] = {}
    pairs = []
    for (row, first, second, difference, se, p), own in zip(found, adjusted, strict=True):
        pairs.append(
            ColumnPair(
                table.row_levels[row],
                table.column_levels[first],
                table.column_levels[second],
                difference,
                se,
                p,
                float(own),
            )
        )
        if own < alpha:
            higher, other = (first, second) if difference > 0 else (second, first)
            lower.setdefault((row, higher), []).append(names[other])
    separator = "" if len(names) <= 26 else " "
    return ColumnComparison(
        letters=tuple(
            tuple(
                separator.join(lower.get((row, column), []))
                for column in range(len(table.column_levels))
            )
            for row in range(len(table.row_levels))
        ),
        column_letters=names,
        pairs=tuple(pairs),
        alpha=alpha,
        adjust=adjust,
        family=family,
    )
