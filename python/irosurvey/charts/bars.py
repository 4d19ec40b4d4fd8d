"""Horizontal bars, and dots with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from irosurvey._complaint import complaint
from irosurvey.charts.data import ChartData, Point
from irosurvey.charts.drawing import (
    category_places,
    colour_of,
    gap_text,
    intervals,
    legend,
    rows_axis,
    value_axis,
    value_limits,
)
from irosurvey.charts.palette import CATEGORICAL, MARKERS
from irosurvey.errors import ArgumentError
from irosurvey.result import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["MOST_BARS", "MOST_DOTS", "draw_bars", "draw_dots"]

MOST_BARS = 4
"""Bars beside each other; more can't be told apart."""
MOST_DOTS = len(CATEGORICAL)
_THICKNESS = 0.74  # of a category's bars together, in rows
_MOST_LABELLED = 60


def draw_bars(axes: Axes, data: ChartData) -> None:
    """Bars from zero, the greatest on top unless the categories have an order."""
    _require_series(data, MOST_BARS, "bars")
    shown = data.arranged()
    places = category_places(shown)
    thickness = _THICKNESS / len(shown.series)
    handles: list[Any] = []
    for place, series in enumerate(shown.series):
        y = places + _shift(place, len(shown.series), thickness)
        drawn = [row for row, point in enumerate(series.points) if point.value is not None]
        values = [_value(series.points[row]) for row in drawn]
        colours = [
            colour_of(place, total=shown.totals[row] and len(shown.series) == 1) for row in drawn
        ]
        axes.barh(y[drawn], values, height=0.92 * thickness, color=colours, zorder=2)
        handles.append(_patch(colour_of(place)))
        _bounds(axes, shown, place, y)
    _finish(axes, shown, places, handles, zero=True)
    _numbers(axes, shown, places, thickness)


def draw_dots(axes: Axes, data: ChartData) -> None:
    """Dots with their intervals; the scale begins at zero if it is one of percentages or counts."""
    from matplotlib.lines import Line2D

    _require_series(data, MOST_DOTS, "dots")
    shown = data.arranged()
    places = category_places(shown)
    step = min(0.8, 0.22 * len(shown.series)) / len(shown.series)
    handles: list[Any] = []
    for place, series in enumerate(shown.series):
        y = places + _shift(place, len(shown.series), step)
        _bounds(axes, shown, place, y, colour_of(place))
        drawn = [row for row, point in enumerate(series.points) if point.value is not None]
        look: dict[str, Any] = {
            "linestyle": "none",
            "marker": MARKERS[place % len(MARKERS)],
            "markersize": 7.0,
            "markeredgecolor": "white",
            "markeredgewidth": 0.8,
            "color": colour_of(place),
            "zorder": 4,
        }
        axes.plot([_value(series.points[row]) for row in drawn], y[drawn], **look)
        handles.append(Line2D([], [], **look))
        _gaps(axes, shown, place, y)
    _finish(axes, shown, places, handles, zero=shown.unit in ("percent", "count"))


def _require_series(data: ChartData, most: int, what: str) -> None:
    if len(data.series) > most:
        raise complaint(
            ArgumentError,
            f"chart of {what}",
            expected=f"at most {most} columns beside each other",
            found=str(len(data.series)),
            remedy="Name fewer with columns=[…], or put them into rows.",
        )


def _value(point: Point) -> float:
    assert point.value is not None
    return point.value


def _shift(place: int, count: int, step: float) -> float:
    return (place - (count - 1) / 2) * step


def _patch(colour: str) -> Any:
    from matplotlib.patches import Patch

    return Patch(facecolor=colour)


def _bounds(axes: Axes, data: ChartData, place: int, y: Floats, colour: str = "") -> None:
    bounded = [
        (float(y[row]), limits)
        for row, point in enumerate(data.series[place].points)
        if (limits := point.limits) is not None
    ]
    more = {"colour": colour} if colour else {}
    intervals(axes, [at for at, _ in bounded], [limits for _, limits in bounded], **more)


def _gaps(axes: Axes, data: ChartData, place: int, y: Floats) -> None:
    for row, point in enumerate(data.series[place].points):
        if point.value is None:
            low, _ = value_limits(data, zero=data.unit in ("percent", "count"))
            # Dots of several series lie close: their marks stand one after the other.
            text = " " * 7 * place + point.gap
            gap_text(axes, max(low, 0.0) if low <= 0.0 else low, float(y[row]), text)


def _numbers(axes: Axes, data: ChartData, places: Floats, thickness: float) -> None:
    """Beside each bar its number, beyond its interval; in a gap the mark."""
    count = len(data.series)
    labelled = count * len(data.categories) <= _MOST_LABELLED
    for place, series in enumerate(data.series):
        y = places + _shift(place, count, thickness)
        for row, point in enumerate(series.points):
            if point.value is None:
                gap_text(axes, 0.0, float(y[row]), point.gap)
            elif labelled:
                negative = point.value < 0.0
                end = min(point.ends) if negative else max(point.ends)
                text = data.text(point.value)
                if negative:
                    axes.annotate(
                        text,
                        (end, float(y[row])),
                        xytext=(-4.0, 0.0),
                        textcoords="offset points",
                        ha="right",
                        va="center",
                        fontsize=9.5,
                    )
                else:
                    gap_text(axes, end, float(y[row]), text)


def _finish(axes: Axes, data: ChartData, places: Floats, handles: list[Any], *, zero: bool) -> None:
    rows_axis(axes, data, places)
    value_axis(axes, data)
    axes.set_xlim(*value_limits(data, zero=zero))
    if zero:
        low, _ = value_limits(data)
        if low < 0.0:
            axes.axvline(0.0, color="#3D3D3D", linewidth=1.0, zorder=2)
    if len(data.series) > 1:
        legend(axes, handles, [one.name for one in data.series])
