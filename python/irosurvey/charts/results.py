"""Results as charts see them: unrounded numbers, for the person who analyses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from irosurvey._complaint import complaint
from irosurvey.charts.data import ChartData, Kind, Point, Series
from irosurvey.charts.palette import CATEGORICAL
from irosurvey.display import by_titles, decimals_of, row_keys, title_of
from irosurvey.errors import ArgumentError
from irosurvey.layout import one_line
from irosurvey.result import Estimate, Level

if TYPE_CHECKING:
    from irosurvey.crosstab import CrossTab, Percent

__all__ = ["arranged", "data_of_crosstab", "data_of_estimate", "kind_of_estimate"]

NO_ESTIMATE = "no estimate"
_TOTAL = "Total"


def kind_of_estimate(estimate: Estimate) -> Kind:
    """How a result is drawn if nothing is said."""
    names = {info.name for info in estimate.statistics}
    return "histogram" if names == {"histogram"} and not estimate.by else "dot"


def data_of_estimate(
    estimate: Estimate, kind: Kind, level: float | None = None, method: str | None = None
) -> ChartData:
    """Groups as categories, and levels or variables as series.

    Raises
    ------
    ArgumentError
        If the rows of the result don't make a table of categories by series.
    """
    lines, series = arranged(estimate, stacked=kind == "likert", single=kind == "histogram")
    shares = all(info.of_shares for info in estimate.statistics)
    scale = 100.0 if shares else 1.0
    lower, upper = estimate.interval(level, method)
    points: dict[str, dict[str, Point]] = {}
    for name, rows in series.items():
        for line, row in rows:
            if line in points.setdefault(name, {}):
                raise complaint(
                    ArgumentError,
                    f"chart of kind '{kind}'",
                    expected="one number for each category and series",
                    found=f"several for '{line}'",
                    remedy="Pick some of the rows first: result.sel(…).",
                )
            points[name][line] = _point(
                scale * float(estimate.estimate[row]),
                scale * float(lower[row]),
                scale * float(upper[row]),
            )
    titles = by_titles(estimate)
    return ChartData(
        title=one_line(title_of(estimate)),
        categories=tuple(map(one_line, lines)),
        series=tuple(
            Series(one_line(name), tuple(own.get(line, Point(gap="")) for line in lines))
            for name, own in points.items()
        ),
        unit="percent" if shares else "other",
        decimals=decimals_of(estimate),
        by=one_line(titles[0]) if titles else "",
        ordered=True,
        level=estimate.level if level is None else level,
        source=one_line(estimate.source),
        synthetic="SYNTHETIC" in estimate.source,
        differences=bool(estimate.difference_of),
    )


def data_of_crosstab(
    table: CrossTab, percent: Percent, level: float | None = None, method: str | None = None
) -> ChartData:
    """Rows as categories and columns as series; of column shares the other way round."""
    table._one("picture")
    found = table.estimate(percent)
    one_way = not table.columns
    names = [*map(str, table.row_levels), _TOTAL]
    across = ["share"] if one_way else [*map(str, table.column_levels), _TOTAL]
    share = percent != "count"
    scale = 100.0 if share else 1.0
    lower, upper = found.interval(level, method)
    points = [
        _point(scale * float(value), scale * float(low), scale * float(high))
        for value, low, high in zip(found.estimate, lower, upper, strict=True)
    ]
    grid = [points[start : start + len(across)] for start in range(0, len(points), len(across))]
    if percent == "column" and not one_way:
        names, across = across, names
        grid = [list(column) for column in zip(*grid, strict=True)]
    titles = _titles(table)
    by = titles[-1] if percent == "column" else titles[0]
    kept = range(len(across)) if one_way else range(len(across) - 1)
    rows = range(len(names) - 1) if one_way else range(len(names))
    return ChartData(
        title=one_line(" by ".join(titles)),
        categories=tuple(one_line(names[row]) for row in rows),
        series=tuple(
            Series(one_line(across[column]), tuple(grid[row][column] for row in rows))
            for column in kept
        ),
        unit="percent" if share else "count",
        decimals=decimals_of(found),
        by=one_line(by),
        totals=tuple(not one_way and row == len(names) - 1 for row in rows),
        level=found.level if level is None else level,
        source=one_line(table.source),
        synthetic="SYNTHETIC" in table.source,
    )


def _titles(table: CrossTab) -> list[str]:
    """Rows and columns by their labels, or their names."""
    names = [*table.layers, table.rows, *([table.columns] if table.columns else [])]
    labels = [*table.titles, *[""] * len(names)]
    return [label or name for label, name in zip(labels, names, strict=False)][len(table.layers) :]


def _point(value: float, lower: float, upper: float) -> Point:
    if math.isnan(value):
        return Point(gap=NO_ESTIMATE)
    bounded = math.isfinite(lower) and math.isfinite(upper)
    return Point(value, lower if bounded else None, upper if bounded else None)


# ---- what is a line, and what a series ----


def arranged(
    estimate: Estimate, *, stacked: bool = False, single: bool = False
) -> tuple[list[str], dict[str, list[tuple[str, int]]]]:
    """The lines' labels, and series of (line, row); more series than colours become lines.

    Groups are lines, and levels or variables colours; of two groupings the second is the colour.
    `stacked`: the levels of a scale are the series even if there are no groups; `single`: there is
    but one series.
    """
    keys = {name: [str(level) for level in levels] for name, levels in _varying(estimate).items()}
    rows = range(len(estimate))
    names = list(keys)
    inner = [name for name in names if name in ("variable", "level")][-1:] or names[1:2]
    if single:
        inner = []
    outer = [name for name in names if name not in inner]
    alone = not outer and not (stacked and inner == ["level"])
    if alone or len({keys[name][row] for name in inner for row in rows}) > len(CATEGORICAL):
        outer, inner = names, []
    label = [
        " · ".join(keys[name][row] for name in outer) or estimate.statistics[0].variable
        for row in rows
    ]
    lines = list(dict.fromkeys(label))
    series: dict[str, list[tuple[str, int]]] = {}
    for row in rows:
        name = keys[inner[0]][row] if inner else ""
        series.setdefault(name, []).append((label[row], row))
    return lines, series


def _varying(estimate: Estimate) -> dict[str, Sequence[Level]]:
    keys = row_keys(estimate)
    varying = {name: levels for name, levels in keys.items() if len(set(levels)) > 1}
    return dict(varying or list(keys.items())[:1])
