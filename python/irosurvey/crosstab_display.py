"""How a cross-tab looks: rows by columns as text or HTML, one number a row for other libraries."""

from __future__ import annotations

import html
import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from irosurvey.display import Format, _level_array
from irosurvey.layout import STYLE, count, number
from irosurvey.parts import Choice, Interval, Level
from irosurvey.result import Estimate, column_names
from irosurvey.test_result import TestResult, p_text

if TYPE_CHECKING:
    from irosurvey.crosstab import Association, ColumnComparison, CrossTab, Percent, TableTest

__all__ = ["Shown", "arrow_of_crosstab", "association_text", "test_line"]

_WIDEST_LINE = 100
_MOST_TABLES = 12
_WORDS = {
    "column": "Shares of the column",
    "row": "Shares of the row",
    "total": "Shares of the total",
    "count": "Weighted counts",
}
_NO_TEST = "no test"
_TOTAL = Level("", "Total")


@dataclass(frozen=True)
class _Grid:
    """One layer's table as texts: rows (and the total) by columns (and the total)."""

    title: str
    row_names: list[str]
    column_names: list[str]
    values: list[list[str]]
    below: list[list[str]]
    marks: list[list[str]]
    row_n: list[str]
    column_n: list[str]
    notes: list[str]


@dataclass(frozen=True, repr=False)
class Shown:
    """A cross-tab as :meth:`CrossTab.show` was told to lay it out."""

    table: CrossTab
    percent: Percent
    interval: bool
    test: TableTest | Literal["conventional"] | None
    letters: ColumnComparison | bool

    def __repr__(self) -> str:
        grids = [self._grid(table) for table in self.table.tables[:_MOST_TABLES]]
        lines = [*textwrap.wrap(self._title(), _WIDEST_LINE), *filter(None, [self.table.source])]
        for grid in grids:
            lines += ["", *([grid.title] if grid.title else []), *_text_rows(grid), ""]
            for note in grid.notes:
                lines += textwrap.wrap(note, _WIDEST_LINE)
        lines += self._more()
        choices = " · ".join(f"{name}: {value}" for name, value in self._choices())
        lines += textwrap.wrap(choices, _WIDEST_LINE)
        return "\n".join(lines).rstrip()

    def _repr_html_(self) -> str:
        grids = [self._grid(table) for table in self.table.tables[:_MOST_TABLES]]
        body = "".join(self._html(grid, first=place == 0) for place, grid in enumerate(grids))
        more = "".join(f"<p>{html.escape(line)}</p>" for line in self._more())
        return f"<style>{STYLE}{_STYLE}</style>{body}{more}"

    # ---- words ----

    def _title(self) -> str:
        layers, rows, columns = self._titles()
        by = f" by {columns}" if columns else ""
        within = f", within {' and '.join(layers)}" if layers and self.table.layer is None else ""
        return f"{rows}{by}{within}"

    def _titles(self) -> tuple[list[str], str, str]:
        names = [*self.table.layers, self.table.rows, self.table.columns]
        labels = [*self.table.titles, *[""] * len(names)][: len(names)]
        shown = [label or name for label, name in zip(labels, names, strict=True)]
        return shown[:-2], shown[-2], shown[-1]

    def _about(self) -> str:
        with_what = (
            f"limits of the {100 * self.table.level:g}% interval"
            if self.interval
            else "standard error"
        )
        return f"{_WORDS[self.percent]}, with {with_what}"

    def _choices(self) -> list[Choice]:
        found = self.table.estimate(self.percent)
        methods = ", ".join(dict.fromkeys(found.interval_methods)) if self.interval else ""
        interval = [Choice("interval", f"{methods}, {100 * found.level:g}%")] if methods else []
        return [*interval, *self.table.choices]

    def _more(self) -> list[str]:
        left = len(self.table.tables) - _MOST_TABLES
        return (
            [f"… and {left} more layers: see .tables, .sel(…) or to_pandas()."] if left > 0 else []
        )

    # ---- numbers ----

    def _grid(self, table: CrossTab) -> _Grid:
        found = table.estimate(self.percent)
        one_way = not table.columns
        wide = 1 if one_way else len(table.column_levels) + 1
        written = Format(found)
        lower, upper = limits_of(found)
        size = (len(table.row_levels) + 1, wide)
        values = [written(row, value) for row, value in enumerate(found.estimate)]
        if self.interval:
            below = [
                "" if math.isnan(low) else f"{written(row, low)} – {written(row, high)}"
                for row, (low, high) in enumerate(zip(lower, upper, strict=True))
            ]
        else:
            below = [
                "" if math.isnan(se) or constant else f"({written(row, se).rstrip('%')})"
                for row, (se, constant) in enumerate(zip(found.se, is_constant(found), strict=True))
            ]
        bases = table.counts.n.reshape(size)
        letters = self._letters(table)
        columns = ["share"] if one_way else [*map(str, table.column_levels), "Total"]
        if letters is not None:
            for place, letter in enumerate(letters.column_letters):
                columns[place] += f" [{letter}]"
        return _Grid(
            title=self._layer_title(table),
            row_names=[*map(str, table.row_levels), "Total"],
            column_names=columns,
            values=_in_rows(values, wide),
            below=_in_rows(below, wide),
            marks=[[*row, ""] for row in letters.letters] + [[""] * wide] if letters else [],
            row_n=[count(int(n)) for n in bases[:, -1]],
            column_n=[count(int(n)) for n in bases[-1]],
            notes=self._notes(table, found, letters),
        )

    def _layer_title(self, table: CrossTab) -> str:
        if table.layer is None:
            return ""
        cell = table.layer_cells[table.layer]
        names, _, _ = self._titles()
        return ", ".join(f"{name}: {level}" for name, level in zip(names, cell, strict=True))

    def _letters(self, table: CrossTab) -> ColumnComparison | None:
        if self.letters is False or not table.columns:
            return None
        return table.compare_columns() if self.letters is True else self.letters

    def _notes(
        self, table: CrossTab, found: Estimate, letters: ColumnComparison | None
    ) -> list[str]:
        notes = [self._about() + "; n: unweighted."]
        if self.test is not None and table.columns:
            notes.append(test_line(table.test(self.test)))
        if letters is not None:
            notes.append(
                f"Letters: the share is higher than in the columns named, p < {letters.alpha:g}, "
                f"adjusted over the pairs of a {letters.family}: {letters.adjust}."
            )
        if "empty" in found.status:
            notes.append("– Nobody is there.")
        if "undefined" in found.status:
            notes.append("– Some replicates leave nobody there: no share, and no standard error.")
        return notes

    # ---- HTML ----

    def _html(self, grid: _Grid, first: bool) -> str:
        title = self._title() if first else ""
        source = f"<span>{html.escape(self.table.source)}</span>" if self.table.source else ""
        caption = (
            f"<strong>{html.escape(title)}</strong>{source}" if title else ""
        ) + f"<span>{html.escape(grid.title)}</span>" * bool(grid.title)
        _, rows, columns = self._titles()
        wide = len(grid.column_names)
        banner = (
            f'<tr><th></th><th scope="colgroup" colspan="{wide}">{html.escape(columns)}</th>'
            "<th></th></tr>"
            if columns
            else ""
        )
        head = "".join(
            f'<th scope="col" class="num">{html.escape(name)}</th>' for name in grid.column_names
        )
        body = "".join(self._html_row(grid, row) for row in range(len(grid.row_names)))
        bases = "".join(f'<td class="num">{n}</td>' for n in grid.column_n)
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in grid.notes)
        choices = "".join(
            f"<div><dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd></div>"
            for name, value in self._choices()
        )
        listed = f"<dl>{choices}</dl>" if first else ""
        return (
            f'<table class="irosurvey crosstab"><caption>{caption}</caption><thead>{banner}'
            f'<tr><th scope="col">{html.escape(rows)}</th>{head}'
            '<th scope="col" class="num">n</th></tr></thead>'
            f'<tbody>{body}<tr class="base"><th scope="row">n</th>{bases}<td></td></tr></tbody>'
            f'<tfoot><tr><td colspan="{wide + 2}">{notes}{listed}</td></tr></tfoot></table>'
        )

    def _html_row(self, grid: _Grid, row: int) -> str:
        cells = "".join(
            f'<td class="num">{html.escape(value)}{_mark(grid, row, column)}'
            f"{_below(grid.below[row][column])}</td>"
            for column, value in enumerate(grid.values[row])
        )
        kind = ' class="total"' if row == len(grid.row_names) - 1 else ""
        name = html.escape(grid.row_names[row])
        base = f'<td class="num">{grid.row_n[row]}</td>'
        return f'<tr{kind}><th scope="row">{name}</th>{cells}{base}</tr>'


_STYLE = """
.irosurvey.crosstab td small{display:block;opacity:.7}
.irosurvey.crosstab td sup{margin-left:.15em}
.irosurvey.crosstab thead th[colspan]{text-align:center}
.irosurvey.crosstab tr.total>*{border-top:1px solid currentColor}
.irosurvey.crosstab tr.base>*{font-size:.9em;opacity:.8}
""".strip()


def _mark(grid: _Grid, row: int, column: int) -> str:
    mark = grid.marks[row][column] if grid.marks else ""
    return f"<sup>{html.escape(mark)}</sup>" if mark else ""


def _below(text: str) -> str:
    return f"<small>{html.escape(text)}</small>" if text else ""


def _in_rows(cells: list[str], wide: int) -> list[list[str]]:
    return [cells[start : start + wide] for start in range(0, len(cells), wide)]


def _text_rows(grid: _Grid) -> list[str]:
    columns: list[list[str]] = [["", *grid.row_names, "n"]]
    for place, name in enumerate(grid.column_names):
        cells = []
        for row in range(len(grid.row_names)):
            mark = grid.marks[row][place] if grid.marks else ""
            shown = f"{grid.values[row][place]} {grid.below[row][place]}".rstrip()
            cells.append(f"{shown} {mark}".rstrip() if mark else shown)
        columns.append([name, *cells, grid.column_n[place]])
    columns.append(["n", *grid.row_n, ""])
    padded = []
    for place, cells in enumerate(columns):
        width = max(map(len, cells))
        padded.append([cell.rjust(width) if place else cell.ljust(width) for cell in cells])
    return ["  ".join(row).rstrip() for row in zip(*padded, strict=True)]


def is_constant(found: Estimate) -> NDArray[np.bool_]:
    """Shares that are 1 whatever the data: of a row in itself, of everybody in the table."""
    tall = [found.cells[cell][-1] == _TOTAL for cell in found.rows["cell"]]
    wide = [found.cells[cell][-2:-1] == (_TOTAL,) for cell in found.rows["cell"]]
    names = [found.statistics[place].name for place in found.rows["statistic"]]
    by_margins = {"row share": (True, False), "column share": (False, True), "share": (True, True)}
    return np.array(
        [
            name in by_margins
            and (column or not by_margins[name][0])
            and (row or not by_margins[name][1] or len(found.by) == 1)
            for name, column, row in zip(names, tall, wide, strict=True)
        ],
        dtype=bool,
    )


def limits_of(found: Estimate, level: float | None = None) -> Interval:
    """Limits of intervals; none of what is 1 by definition."""
    lower, upper = (limit.copy() for limit in found.interval(level))
    constant = is_constant(found)
    lower[constant] = upper[constant] = np.nan
    return Interval(lower, upper)


def test_line(test: TestResult) -> str:
    """A test in a line, with why there is none."""
    why = [value for name, value in test.choices if name == _NO_TEST]
    line = f"{test.method}: {test.line}"
    return f"{test.method}: no test, {why[0]}." if why else f"{line}."


test_line.__test__ = False  # type: ignore[attr-defined]


def association_text(found: Association) -> str:
    """A measure with its interval and test."""
    return (
        f"{found.name} {number(found.estimate)}, {100 * found.level:g}% interval "
        f"{number(found.lower)} to {number(found.upper)}, {p_text(found.test.p)} ({found.about})"
    )


# ---- for other libraries ----

_OURS = (
    "statistic",
    "estimate",
    "se",
    "lower",
    "upper",
    "df",
    "n",
    "weighted_n",
    "deff",
    "status",
    "expected",
    "residual",
    "adjusted_residual",
)


def arrow_of_crosstab(table: CrossTab, *, labels: bool, level: float | None) -> pa.Table:
    """One row for each number; null where there is none."""
    found = table.estimates
    infos = [found.statistics[index] for index in found.rows["statistic"]]
    lower, upper = limits_of(found, level)
    columns: dict[str, Any] = {"statistic": pa.array([info.name for info in infos], pa.string())}
    cells = [found.cells[index] for index in found.rows["cell"]]
    for position, name in enumerate(column_names(found.by, _OURS)):
        columns[name] = _levels([cell[position] for cell in cells], labels)
    for name, values in {
        "estimate": found.estimate,
        "se": found.se,
        "lower": lower,
        "upper": upper,
        "df": found.df,
        "n": found.n,
        "weighted_n": found.weighted_n,
        "deff": found.deff,
    }.items():
        columns[name] = pa.array(np.ascontiguousarray(values), from_pandas=True)
    columns["status"] = pa.array(found.status, pa.string())
    for name, numbers in _residuals(table, len(found)).items():
        columns[name] = pa.array(numbers, from_pandas=True)
    return pa.table(columns)


def _levels(levels: Sequence[Level], labels: bool) -> pa.Array:
    """Levels by label or code; a margin has no code."""
    margin = [level.value == "" and level.label == "Total" for level in levels]
    if labels:
        return pa.array([str(level) for level in levels], pa.string())
    return _level_array(
        [None if total else level for level, total in zip(levels, margin, strict=True)], labels
    )


def _residuals(table: CrossTab, rows: int) -> dict[str, np.ndarray[Any, Any]]:
    """What only counts within the table have."""
    names = ("expected", "residual", "adjusted_residual")
    result = {name: np.full(rows, np.nan) for name in names}
    if not table.columns:
        return result
    tall, wide = len(table.row_levels), len(table.column_levels)
    size = (tall + 1) * (wide + 1)
    for place, one in enumerate(table.tables):
        for name, values in zip(
            names, (one.expected, one.residuals, one.adjusted_residuals), strict=True
        ):
            framed = np.full((tall + 1, wide + 1), np.nan)
            framed[:tall, :wide] = values
            result[name][place * size : (place + 1) * size] = framed.ravel()
    return result
