"""Published tables as charts see them: an estimate with its limits, or the mark in its place."""

from __future__ import annotations

import re
from collections.abc import Sequence

from irosurvey._complaint import complaint
from irosurvey.charts.data import ChartData, Point, Series
from irosurvey.errors import ArgumentError
from irosurvey.layout import one_line
from irosurvey.tables.published import (
    SHORTHAND,
    PublishedCell,
    PublishedColumn,
    PublishedRow,
    PublishedTable,
)

__all__ = ["data_of_table", "require_classes"]

_SYNTHETIC = "[SYNTHETIC]"
_OF_CLASSES = ("Number", "Density")  # headers of histograms that are no percentages
_IN_ROWS = re.compile(r" in each (row|column)\b")

_MEASURES = {
    "percent": "Percentage",
    "count": "Number",
    "mean": "Mean",
    "rate": "Rate",
    "ratio": "Ratio",
}


def data_of_table(table: PublishedTable, columns: Sequence[str] | None = None) -> ChartData:
    """The estimates of a published table.

    Parameters
    ----------
    table
        Nothing but what is in it is drawn.
    columns
        Names of the columns of estimates wanted; by default all that have the unit of the first.

    Raises
    ------
    ArgumentError
        If there is no such column, or no column of estimates.
    """
    chosen = _chosen(table, columns)
    first = table.columns[chosen[0]]
    marks = [f"[{one}]" for one in table.marks]
    series = tuple(
        Series(one_line(_name(table, place, chosen)), _points(table, place)) for place in chosen
    )
    groups = _groups(table)
    drawn = {point.gap for one in series for point in one.points}
    return ChartData(
        title=one_line(str(table.title)),
        categories=tuple(_shorter(table, one_line(_label(row))) for row in table.rows),
        groups=tuple(_shorter(table, one_line(one)) for one in groups),
        series=series,
        unit=first.unit,
        decimals=first.decimals,
        measure=one_line(_measure(table, first)),
        by=_shorter(table, one_line(", ".join(table.stub)) if not any(groups) else ""),
        totals=tuple(row.total for row in table.rows),
        ordered=table.ordered,
        level=table.level,
        marks=tuple((mark, SHORTHAND[mark.strip("[]")]) for mark in marks if mark in drawn),
        # A picture has no rows.
        figures=tuple(
            _shorter(table, one_line(_IN_ROWS.sub(" in each group", one))) for one in table.figures
        ),
        remarks=tuple(map(one_line, table.remarks)),
        source=one_line(f"Source: {table.source}" if table.source else ""),
        synthetic=table.synthetic,
    )


def require_classes(table: PublishedTable, columns: Sequence[str] | None = None) -> None:
    """Refuse a histogram of what isn't how many there are in each class.

    Parameters
    ----------
    table, columns
        As of :func:`data_of_table`.

    Raises
    ------
    ArgumentError
        If its figures are means, totals, ratios.
    """
    for place in _chosen(table, columns):
        column = table.columns[place]
        if column.unit not in ("percent", "count") and column.heading not in _OF_CLASSES:
            raise complaint(
                ArgumentError,
                "histogram",
                expected="percentages or numbers of people in each class",
                found=f"'{column.name}', which is of another kind",
                remedy="Draw it as bar or dot; a histogram is of the percentages of classes.",
            )


def _chosen(table: PublishedTable, names: Sequence[str] | None) -> list[int]:
    estimates = [
        place
        for place, column in enumerate(table.columns)
        if column.kind == "estimate" and column.unit != "text"
    ]
    if not estimates:
        raise complaint(
            ArgumentError,
            f"table '{table.name}'",
            expected="a column of estimates",
            found="none that can be drawn",
        )
    if names is None:
        unit = table.columns[estimates[0]].unit
        return [place for place in estimates if table.columns[place].unit == unit]
    known = {table.columns[place].name: place for place in estimates}
    for name in names:
        if name not in known:
            raise complaint(
                ArgumentError,
                f"column '{name}'",
                expected="a column of estimates",
                name=name,
                existing=known,
            )
    return [known[name] for name in names]


def _label(row: PublishedRow) -> str:
    """The label within its group; of a total its own."""
    return next((label for label in reversed(row.labels) if label), "")


def _groups(table: PublishedTable) -> list[str]:
    """What each row belongs to: the labels before its last, where there are several."""
    found = []
    for row in table.rows:
        outer = dict.fromkeys(label for label in row.labels[:-1] if label)
        found.append("" if row.total or _label(row) in outer else ": ".join(outer))
    return found


def _shorter(table: PublishedTable, text: str) -> str:
    """Without a word that made-up data put behind every label: the picture says it once."""
    if not table.synthetic:
        return text
    return text.replace(f" {_SYNTHETIC}", "").replace(_SYNTHETIC, "").strip()


def _name(table: PublishedTable, place: int, chosen: Sequence[int]) -> str:
    """What tells a column from the others that are drawn."""
    column = table.columns[place]
    spanned = [table.columns[one].spanners for one in chosen]
    if len(set(spanned)) == len(chosen) and column.spanners:
        return ": ".join(column.spanners)
    return column.name if len(chosen) > 1 else column.heading


def _measure(table: PublishedTable, column: PublishedColumn) -> str:
    words = table.title.statistic or _MEASURES.get(column.unit, column.heading)
    who = f" of {table.title.population}" if table.title.population else ""
    return words[:1].upper() + words[1:] + who


def _points(table: PublishedTable, place: int) -> tuple[Point, ...]:
    own = {kind: _beside(table, place, kind) for kind in ("lower", "upper")}
    base = _beside(table, place, "effective_n")
    if base is None:
        base = _beside(table, place, "base")
    return tuple(_point(row.cells, place, own["lower"], own["upper"], base) for row in table.rows)


def _beside(table: PublishedTable, place: int, kind: str) -> int | None:
    """The column of this kind that goes with an estimate: the first one of its spanners.

    Where several estimates stand below the same spanners, what follows an estimate is its own.
    A base may stand once for the whole row.
    """
    spanners = table.columns[place].spanners
    following = range(place + 1, len(table.columns))
    for other in following:
        column = table.columns[other]
        if column.spanners != spanners or column.kind == "estimate":
            break
        if column.kind == kind:
            return other
    if kind not in ("base", "effective_n"):
        return None
    shared = [
        other
        for other, column in enumerate(table.columns)
        if column.kind == kind and not column.spanners
    ]
    return shared[0] if len(shared) == 1 else None


def _point(
    cells: Sequence[PublishedCell],
    place: int,
    lower: int | None,
    upper: int | None,
    base: int | None,
) -> Point:
    def value(at: int | None) -> float | None:
        return None if at is None else cells[at].value

    cell = cells[place]
    if cell.value is None:
        return Point(gap=f"[{cell.mark}]", base=value(base))
    return Point(cell.value, value(lower), value(upper), base=value(base))
