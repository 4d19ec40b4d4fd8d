"""What a spec gives: its estimates by their names, as tables for people and for programs."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from irosurvey._complaint import complaint
from irosurvey.comparisons import Comparisons
from irosurvey.display import MOST_TEXT_ROWS as MOST_ROWS
from irosurvey.display import Shown, view_of
from irosurvey.errors import ArgumentError, IrosurveyError
from irosurvey.layout import View, as_html, as_text
from irosurvey.parts import Choice, Level
from irosurvey.result import Estimate
from irosurvey.spec.crosstabs import NO_CELL, TableSummary
from irosurvey.spec.estimate_keys import row_key
from irosurvey.spec.figures import FigureTable
from irosurvey.spec.parts import EstimatePart
from irosurvey.spec.weights import WeightSummary
from irosurvey.tabular import polars_of

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

__all__ = ["IN_UNITS", "Answer", "NotOfferedError", "SpecResult", "answer_of", "keys_of_rows"]

IN_UNITS = ("estimate", "se", "lower", "upper")
"""Figures that a spec's `unit` divides."""

Figures: TypeAlias = dict[str, NDArray[Any]]
Result: TypeAlias = Estimate | WeightSummary | TableSummary | FigureTable


class NotOfferedError(IrosurveyError):
    """What a spec asks is known to the format, and this version doesn't compute it."""

    code = "not offered"


@dataclass(frozen=True, eq=False, repr=False)
class Answer:
    """One estimate of a spec, shown as the spec says.

    Attributes
    ----------
    id
        Its name in the spec.
    source
        Where its expected figures are printed; ``""`` if the spec doesn't say.
    result
        An :class:`~irosurvey.Estimate`, or a summary of weights. Its numbers aren't divided by
        `unit`.
    unit
        What estimates, standard errors and limits are divided by where they are shown.
    ci
        How intervals are made; ``""`` is each statistic's default.
    """

    id: str
    result: Result
    unit: float = 1.0
    ci: str = ""
    source: str = ""

    def keys(self) -> dict[str, tuple[Level, ...]]:
        """What tells rows apart, by the names that `expect` uses, with the level of every row."""
        return keys_of_rows(self.result)

    @cached_property
    def figures(self) -> Figures:
        """Every figure by its name in the spec, one a row; not divided by `unit`."""
        if not isinstance(self.result, Estimate):
            return dict(self.result.figures)
        lower, upper = self.limits()
        return {**self.plain_figures(), "lower": lower, "upper": upper}

    def plain_figures(self) -> Figures:
        """The figures that need no interval."""
        found = self.result
        if isinstance(found, TableSummary):
            return dict(found.plain_figures)
        if isinstance(found, FigureTable | WeightSummary):
            return dict(found.figures)
        of_tests = (
            {"statistic": found.statistic, "p": found.p} if isinstance(found, Comparisons) else {}
        )
        return {
            **of_tests,
            "estimate": found.estimate,
            "se": found.se,
            "df": found.df,
            "deff": found.deff,
            "n": found.n,
            "N": found.weighted_n,
            "cv": found.cv,
        }

    def limits(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lower and upper limits, by the method that the spec names.

        Raises
        ------
        NotOfferedError
            If the numbers don't allow the method: a negative one on the log scale.
        """
        assert isinstance(self.result, Estimate)
        try:
            return self.result.interval(method=self.ci or None)
        except ArgumentError as failure:
            raise NotOfferedError(f"no interval '{self.ci}': {failure}") from failure

    def status(self, row: int) -> str:
        """Why a row has no estimate, or ``"ok"``."""
        return "ok" if isinstance(self.result, WeightSummary) else self.result.status[row]

    def to_arrow(self) -> pa.Table:
        """The answer as a pyarrow table, one row for each estimate.

        Returns
        -------
        pyarrow.Table
            `id`; what tells rows apart, as codes, with the labels beside them where there are
            some; the figures, divided by the unit, null where there is none; `status`.
        """
        columns: dict[str, Any] = {"id": pa.array([self.id] * len(self.result), pa.string())}
        for key, levels in self.keys().items():
            name = key + "_" if key in ("id", "status") else key
            columns[name] = pa.array(
                [None if level == NO_CELL else level.value for level in levels]
            )
            if any(level.label for level in levels):
                columns[name + "_label"] = pa.array([level.label for level in levels], pa.string())
        for name, values in self.figures.items():
            shown = values / self.unit if name in IN_UNITS else values
            columns[name] = pa.array(np.ascontiguousarray(shown), from_pandas=True)
        if not isinstance(self.result, WeightSummary):
            columns["status"] = pa.array(self.result.status, pa.string())
        return pa.table(columns)

    def view(self, most_rows: int = MOST_ROWS) -> View:
        """The answer as a table for reading; of longer ones it says how many rows there are."""
        if isinstance(self.result, FigureTable | WeightSummary):
            seen = self.result.view()
        elif isinstance(self.result, TableSummary):
            seen = self.result.view(most_rows, self.unit)
        else:
            seen = view_of(self.result, most_rows, Shown(self.ci, self.unit))
        unit = [Choice("unit", f"{self.unit:g}")] if self.unit != 1.0 else []
        return replace(
            seen,
            title=f"{self.id}: {seen.title[:1].lower()}{seen.title[1:]}",
            choices=[*unit, *seen.choices],
        )

    def __repr__(self) -> str:
        return as_text(self.view())

    def _repr_html_(self) -> str:
        return as_html(self.view())


def keys_of_rows(result: Result) -> dict[str, tuple[Level, ...]]:
    """What tells rows apart; a `by` column with a name that means something else ends in `_`."""
    keys = result.keys()
    ours = list(keys)[: len(keys) - len(result.by)]
    groups = zip(result.by, list(keys.values())[len(ours) :], strict=True)
    return {name: keys[name] for name in ours} | {row_key(name): found for name, found in groups}


def answer_of(part: EstimatePart, result: Result, source: str) -> Answer:
    """An estimate with the way in which the spec wants it shown."""
    return Answer(part.id, result, part.unit, _method(part), part.source or source)


def _method(part: EstimatePart) -> str:
    if part.statistic == "quantile":
        return ""  # limits came with the answer
    # A combination of shares is no share: the interval that shares have without a scale is t's.
    return "t" if part.contrast and part.ci == "wald" else part.ci


@dataclass(frozen=True, eq=False, repr=False)
class SpecResult(Mapping[str, Result]):
    """The estimates of a spec by their names. It never changes.

    ``result["id"]`` is an :class:`~irosurvey.Estimate` (or a summary of weights) with all its
    methods; `answers` are the same as the spec wants them shown, in its units.

    Attributes
    ----------
    title, source, notes
        What the spec says about itself.
    answers
        One for each table [[estimate]], in the order of the file.
    warnings
        What is worth knowing about the adjustments of the weights: a margin that isn't met, say.
    """

    title: str
    answers: tuple[Answer, ...]
    source: str = ""
    notes: str = ""
    warnings: tuple[str, ...] = ()
    _by_id: dict[str, Answer] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", {answer.id: answer for answer in self.answers})

    def __getitem__(self, id: str) -> Result:
        if id not in self._by_id:
            raise complaint(
                ArgumentError,
                f"estimate '{id}'",
                expected="the id of an estimate of the spec",
                name=id,
                existing=self._by_id,
            )
        return self._by_id[id].result

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_id)

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, id: object) -> bool:
        return id in self._by_id

    def to_arrow(self) -> pa.Table:
        """All answers one below the other; a column that an answer doesn't have is null there."""
        tables = [answer.to_arrow() for answer in self.answers]
        names = _ordered(tables)
        kinds = {
            name: _common([table[name].type for table in tables if name in table.column_names])
            for name in names
        }
        return pa.concat_tables(
            [
                pa.table(
                    {
                        name: _as(table[name], kinds[name])
                        if name in table.column_names
                        else pa.nulls(table.num_rows, kinds[name])
                        for name in names
                    }
                )
                for table in tables
            ]
        )

    def to_pandas(self) -> pd.DataFrame:
        """All answers as a pandas data frame; see :meth:`to_arrow`."""
        frame: pd.DataFrame = self.to_arrow().to_pandas()
        return frame

    def to_polars(self) -> pl.DataFrame:
        """All answers as a polars data frame; see :meth:`to_arrow`."""
        return polars_of(self.to_arrow())

    def text(self, most_rows: int = MOST_ROWS) -> str:
        """All answers as tables for a terminal."""
        head = [self.title, self.source, self.notes, *self.warnings]
        return "\n\n".join(
            ["\n".join(line for line in head if line)] * any(head)
            + [as_text(answer.view(most_rows)) for answer in self.answers]
        )

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        lines = [f"<p><strong>{html.escape(self.title)}</strong></p>"] if self.title else []
        about = (self.source, self.notes, *self.warnings)
        lines += [f"<p>{html.escape(line)}</p>" for line in about if line]
        return "".join(lines + [answer._repr_html_() for answer in self.answers])


def _ordered(tables: list[pa.Table]) -> list[str]:
    """Every column's name: what tells rows apart first, then the figures."""
    figures = [*IN_UNITS, "df", "deff", "n", "N", "cv", "sum", "sd", "min", "max", "status"]
    found = dict.fromkeys(name for table in tables for name in table.column_names)
    return [name for name in found if name not in figures] + [
        name for name in figures if name in found
    ]


def _common(kinds: list[pa.DataType]) -> pa.DataType:
    """One type for a column: its own, else numbers, else text."""
    if len(set(kinds)) == 1:
        return kinds[0]
    if all(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in kinds):
        return pa.float64()
    return pa.string()


def _as(values: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if values.type == kind:
        return values
    if pa.types.is_string(kind):
        return pa.chunked_array(
            [[None if one is None else str(one) for one in values.to_pylist()]], kind
        )
    return values.cast(kind)
