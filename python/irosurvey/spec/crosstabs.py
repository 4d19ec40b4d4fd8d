"""Cross-tabs that a spec asks for: shares of cells, and a test of each table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from irosurvey.crosstab import CrossTab, MixtureDenominator, TableTest
from irosurvey.crosstab_display import test_line
from irosurvey.design import Design, DfRule, MissingRule
from irosurvey.layout import Column, View, as_html, as_text, count, number
from irosurvey.parts import Choice, Level, Reference
from irosurvey.result import Estimate
from irosurvey.spec.parts import EstimatePart
from irosurvey.test_result import TestResult

__all__ = ["NO_CELL", "TableSummary", "tables_of"]

NO_CELL = Level("")
"""What stands for the row and the column of a test."""

_OF_TESTS = ("statistic", "df1", "df2", "p")


@dataclass(frozen=True, eq=False, repr=False)
class TableSummary:
    """The shares of a cross-tab's cells with a test of independence, of one table or of groups.

    Attributes
    ----------
    by
        The columns that make groups.
    tables, tests
        One for each group, in the order of :attr:`groups`.
    ci
        How intervals are made; ``""`` is the default of shares.
    """

    by: tuple[str, ...]
    tables: tuple[CrossTab, ...]
    tests: tuple[TestResult, ...]
    ci: str = ""

    @property
    def groups(self) -> tuple[tuple[Level, ...], ...]:
        """The levels of the `by` columns."""
        whole = self.tables[0]
        return whole.layer_cells if self.by else ((),)

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Every named choice that the numbers depend on."""
        return (Choice("test", self.tests[0].method), *self.tests[0].choices)

    @property
    def _cells(self) -> int:
        first = self.tables[0]
        return len(first.row_levels) * len(first.column_levels)

    def __len__(self) -> int:
        return len(self.tables) * (self._cells + 1)

    def keys(self) -> dict[str, tuple[Level, ...]]:
        """What tells rows apart: a cell's row and column, which a test doesn't have."""
        first = self.tables[0]
        rows = [row for row in first.row_levels for _ in first.column_levels]
        columns = list(first.column_levels) * len(first.row_levels)
        keys = {
            "row": (*rows, NO_CELL) * len(self.tables),
            "column": (*columns, NO_CELL) * len(self.tables),
        }
        for place, name in enumerate(self.by):
            keys[name] = tuple(
                group[place] for group in self.groups for _ in range(self._cells + 1)
            )
        return keys

    @cached_property
    def _shares(self) -> tuple[Estimate, ...]:
        found = []
        for table in self.tables:
            shape = (len(table.row_levels) + 1, len(table.column_levels) + 1)
            within = np.zeros(shape, dtype=bool)
            within[:-1, :-1] = True
            found.append(table.shares[within.ravel()])
        return tuple(found)

    @cached_property
    def plain_figures(self) -> dict[str, NDArray[Any]]:
        """The figures that need no interval, NaN where a row has none."""
        figures: dict[str, list[Any]] = {}

        def add(name: str, cells: Any, test: Any) -> None:
            figures.setdefault(name, []).extend([*cells, test])

        nothing = [np.nan] * self._cells
        for shares, table, test in zip(self._shares, self.tables, self.tests, strict=True):
            add("estimate", shares.estimate, np.nan)
            add("se", shares.se, np.nan)
            add("df", shares.df, np.nan)
            add("deff", shares.deff, np.nan)
            add("n", table.n.ravel(), table.n.sum())
            add("N", table.totals.ravel(), table.counts.estimate[-1])
            add("cv", shares.cv, np.nan)
            for name in _OF_TESTS:
                value = getattr(test, name)
                add(name, nothing, np.nan if value is None else value)
        return {name: np.array(values) for name, values in figures.items()}

    @cached_property
    def figures(self) -> dict[str, NDArray[Any]]:
        """Every figure by its name in a spec, one a row."""
        limits: tuple[list[float], list[float]] = ([], [])
        for shares in self._shares:
            for found, bounds in zip(limits, shares.interval(method=self.ci or None), strict=True):
                found.extend([*bounds, np.nan])
        return {**self.plain_figures, "lower": np.array(limits[0]), "upper": np.array(limits[1])}

    @property
    def status(self) -> tuple[str, ...]:
        """Why a row has no estimate; of a test, why there is none."""
        found: list[str] = []
        for shares, test in zip(self._shares, self.tests, strict=True):
            why = [value for name, value in test.choices if name == "no test"]
            found += [*shares.status, why[0] if why else "ok"]
        return tuple(found)

    def view(self, most_rows: int, unit: float = 1.0) -> View:
        """The shares as a table for reading, with the tests below it."""
        first = self.tables[0]
        cells = [place for place, level in enumerate(self.keys()["row"]) if level != NO_CELL]
        shown, figures = cells[:most_rows], self.figures
        keys = self.keys()
        percent = unit == 1.0

        def text(value: float) -> str:
            if np.isnan(value):
                return number(value)
            return f"{number(100 * value, 2)}%" if percent else number(value / unit)

        titles = dict(zip(("row", "column"), (first.rows, first.columns), strict=True))
        columns = [
            Column(titles.get(name, name), [str(levels[at]) for at in shown], header=True)
            for name, levels in keys.items()
        ]
        columns += [
            Column(title, [text(figures[name][at]) for at in shown], True)
            for title, name in (
                ("share of total", "estimate"),
                ("SE", "se"),
                (f"{100 * first.level:g}% lower", "lower"),
                (f"{100 * first.level:g}% upper", "upper"),
            )
        ]
        columns.append(Column("deff", [number(figures["deff"][at], 2) for at in shown], True))
        columns.append(Column("n", [count(int(figures["n"][at])) for at in shown], True))
        notes = [f"… and {len(cells) - len(shown)} more cells."] * (len(shown) < len(cells))
        for group, test in zip(self.groups, self.tests, strict=True):
            named = ", ".join(f"{by} {level}" for by, level in zip(self.by, group, strict=True))
            notes.append(f"{named}: {test_line(test)}" if named else test_line(test))
        return View(
            title=f"{first.rows} by {first.columns}",
            source=first.source,
            columns=columns,
            notes=notes,
            choices=self.choices,
        )

    def __repr__(self) -> str:
        return as_text(self.view(60))

    def _repr_html_(self) -> str:
        return as_html(self.view(200))


def tables_of(design: Design, part: EstimatePart) -> TableSummary:
    """The cross-tab of an estimate of a spec, and its test."""
    whole = design.crosstab(
        part.rows,
        part.columns,
        *part.by,
        where=part.where or None,
        missing=cast(MissingRule, part.missing),
        df=cast("DfRule | float", part.df),
        deff=cast(Reference, part.deff),
        level=part.level,
    )
    test = cast(TableTest, part.test or "rao-scott-f")
    # The format takes its mixtures from R's survey, whose denominator is cut to a whole number.
    denominator: MixtureDenominator = "whole"
    tests = tuple(table.test(test, denominator=denominator) for table in whole.tables)
    return TableSummary(part.by, whole.tables, tests, part.ci)
