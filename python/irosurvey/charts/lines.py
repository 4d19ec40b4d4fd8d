"""Lines over time with bands, and histograms."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from irosurvey._complaint import complaint
from irosurvey.charts.data import ChartData, Series
from irosurvey.charts.drawing import (
    colour_of,
    gap_text,
    legend,
    measure_above,
    value_axis,
    value_limits,
    wrapped,
)
from irosurvey.charts.palette import BAND, CATEGORICAL, EDGE, GRID, MARKERS, TEXT
from irosurvey.errors import ArgumentError
from irosurvey.result import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["MOST_LINES", "draw_histogram", "draw_lines"]

MOST_LINES = len(CATEGORICAL)
_MOST_TICKS = 12
_NARROWEST_TICK, _WIDEST_TICK = 8, 14  # characters of a label's line
_ALONG = 84  # characters that the axis has room for


def draw_lines(axes: Axes, data: ChartData) -> None:
    """Lines from one category to the next, in their order; a gap breaks its line.

    Categories that are all numbers (years) are spaced as numbers.
    """
    from matplotlib.lines import Line2D

    if len(data.series) > MOST_LINES:
        raise complaint(
            ArgumentError,
            "chart of lines",
            expected=f"at most {MOST_LINES} columns",
            found=str(len(data.series)),
            remedy="Name fewer with columns=[…].",
        )
    shown = data.picked([row for row, total in enumerate(data.totals) if not total])
    places = _times(shown)
    handles: list[Any] = []
    for place, series in enumerate(shown.series):
        look: dict[str, Any] = {"color": colour_of(place), "linewidth": 2.2}
        look |= {
            "marker": MARKERS[place],
            "markersize": 6.0,
            "markeredgecolor": "white",
            "markeredgewidth": 0.8,
        }
        for run in _runs(series):
            _band(axes, places[run], series, run, colour_of(place))
            values = [series.points[row].value or 0.0 for row in run]
            axes.plot(places[run], values, zorder=3, **look)
        _line_gaps(axes, shown, place, places)
        handles.append(Line2D([], [], **look))
    rows = legend(axes, handles, [one.name for one in shown.series]) if len(handles) > 1 else 0
    _time_axis(axes, shown, places, rows)


def _line_gaps(axes: Axes, data: ChartData, place: int, places: Floats) -> None:
    """Marks above the axis; those of several series stand one above the other, with names."""
    series = data.series[place]
    name = f"{series.name} " if len(data.series) > 1 else ""
    for at, point in zip(places, series.points, strict=True):
        if point.value is None:
            axes.annotate(
                f"{name}{point.gap}",
                (float(at), 0.0),
                xycoords=("data", "axes fraction"),
                xytext=(0.0, 5.0 + 13.0 * place),
                textcoords="offset points",
                ha="center",
                fontsize=9.5,
                color=TEXT,
            )


def _times(data: ChartData) -> Floats:
    try:
        times = np.array([float(category) for category in data.categories])
    except ValueError:
        return np.arange(len(data.categories), dtype=np.float64)
    rising = bool((np.diff(times) > 0).all()) and bool(np.isfinite(times).all())
    return times if rising else np.arange(len(data.categories), dtype=np.float64)


def _runs(series: Series) -> list[list[int]]:
    """Neighbouring categories that have values."""
    rows = itertools.groupby(
        range(len(series.points)), key=lambda row: series.points[row].value is not None
    )
    return [list(run) for known, run in rows if known]


def _band(axes: Axes, x: Floats, series: Series, run: list[int], colour: str) -> None:
    limits = [series.points[row].limits for row in run]
    known = [(at, pair) for at, pair in zip(x, limits, strict=True) if pair is not None]
    if len(known) < len(run):
        return  # a band over a point without limits would make them up
    low, high = [pair[0] for _, pair in known], [pair[1] for _, pair in known]
    if len(run) == 1:
        axes.vlines(x, low, high, color=colour, linewidth=1.6)
        return
    axes.fill_between(x, low, high, color=colour, alpha=BAND, linewidth=0.0, zorder=1)
    for edge in (low, high):
        axes.plot(x, edge, color=colour, linewidth=0.9, linestyle=(0, (4, 2)), zorder=2)


def _time_axis(axes: Axes, data: ChartData, places: Floats, rows: int = 0) -> None:
    step = -(-len(places) // _MOST_TICKS)
    shown = data.categories[::step]
    width = min(_WIDEST_TICK, max(_NARROWEST_TICK, _ALONG // len(shown) - 1))
    axes.set_xticks(places[::step], [wrapped(one, width) for one in shown])
    value_axis(axes, data, "y")
    axes.set_ylim(*value_limits(data))
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(EDGE)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(data.by, loc="right")
    measure_above(axes, data.measure, rows)


def draw_histogram(axes: Axes, data: ChartData) -> None:
    """Columns that touch, one for each class, in the order of the classes."""
    if len(data.series) != 1:
        raise complaint(
            ArgumentError,
            "histogram",
            expected="one column",
            found=str(len(data.series)),
            remedy="Name one with columns=[…].",
        )
    shown = data.picked([row for row, total in enumerate(data.totals) if not total])
    points = shown.series[0].points
    places = np.arange(len(points), dtype=np.float64)
    drawn = [row for row, point in enumerate(points) if point.value is not None]
    axes.bar(
        places[drawn],
        [points[row].value or 0.0 for row in drawn],
        width=1.0,
        color=CATEGORICAL[0],
        edgecolor="white",
        linewidth=1.0,
        zorder=2,
    )
    _columns(axes, shown, places)
    _time_axis(axes, shown, places)
    axes.set_xlim(-0.6, len(points) - 0.4)


def _columns(axes: Axes, data: ChartData, places: Floats) -> None:
    from matplotlib.patheffects import Normal, Stroke

    for at, point in zip(places, data.series[0].points, strict=True):
        if point.value is None:
            gap_text(axes, float(at), 0.0, point.gap, ha="center", va="bottom")
        elif point.limits is not None:
            axes.vlines(
                at,
                *point.limits,
                color=TEXT,
                linewidth=1.6,
                zorder=3,
                path_effects=[Stroke(linewidth=4.0, foreground="white"), Normal()],
            )
