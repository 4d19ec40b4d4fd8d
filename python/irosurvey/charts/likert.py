"""Stacked bars of the answers to a scale, with the net score beside each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from irosurvey._complaint import complaint
from irosurvey.charts.data import ChartData, Point
from irosurvey.charts.drawing import category_places, gap_text, legend, rows_axis, value_axis
from irosurvey.charts.palette import EDGE, NEUTRAL, TEXT, likert_colours, text_colour
from irosurvey.errors import ArgumentError
from irosurvey.layout import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["MOST_LEVELS", "draw_likert", "net_score", "net_words"]

MOST_LEVELS = 5
_THICKNESS = 0.72
_LEAST_LABELLED = 5.0  # narrower segments have no room for their number
_LEAST_GAP = 5.0
_WHOLE = 100.0


def draw_likert(axes: Axes, data: ChartData, net: Sequence[float | None] | None = None) -> None:
    """A bar of 100 % for each category, cut by answers; the net score stands at its end.

    Parameters
    ----------
    axes
        Where to draw.
    data
        Percentages, a series for each answer from the positive end to the negative one.
    net
        Net scores in percentage points; by default those of the percentages shown.
    """
    count = len(data.series)
    if not 2 <= count <= MOST_LEVELS or data.unit != "percent":
        raise complaint(
            ArgumentError,
            "stacked chart",
            expected=f"percentages of 2 to {MOST_LEVELS} answers",
            found=f"{count} columns of unit '{data.unit}'",
            remedy="Join neighbouring answers, or name the columns with columns=[…].",
        )
    scores = [net_score(data, row) for row in range(len(data.categories))] if net is None else net
    places = category_places(data)
    for row, y in enumerate(places):
        _bar(axes, data, row, float(y))
        _net(axes, scores[row], float(y))
    rows_axis(axes, data, places)
    value_axis(axes, data)
    axes.set_xlim(0.0, _WHOLE)
    axes.annotate(
        "Net",
        (1.0, 1.0),
        xycoords="axes fraction",
        xytext=(12.0, 4.0),
        textcoords="offset points",
        fontweight="bold",
        annotation_clip=False,
    )
    legend(axes, _handles(count), [one.name for one in data.series])


def net_score(data: ChartData, row: int) -> float | None:
    """Answers of the positive half less those of the negative half, in percentage points.

    From the percentages shown, as a reader would reckon it; `None` where one of them isn't.
    """
    half = len(data.series) // 2
    values = [one.points[row].value for one in data.series]
    ends = values[:half] + values[-half:]
    if any(value is None for value in ends):
        return None
    positive = sum(value for value in values[:half] if value is not None)
    return positive - sum(value for value in values[-half:] if value is not None)


def net_words(data: ChartData) -> str:
    """What the net score is of."""
    half = len(data.series) // 2
    names = [one.name for one in data.series]
    return (
        f"Net: {' and '.join(names[:half])} less {' and '.join(names[-half:])}, "
        "in percentage points, from the percentages shown."
    )


def _handles(count: int) -> list[Any]:
    from matplotlib.patches import Patch

    return [
        Patch(facecolor=colour, edgecolor=EDGE if colour == NEUTRAL else colour, linewidth=0.8)
        for colour in likert_colours(count)
    ]


def _bar(axes: Axes, data: ChartData, row: int, y: float) -> None:
    """Segments from the left up to the first gap, and from the right back to the last."""
    points = [one.points[row] for one in data.series]
    missing = [place for place, point in enumerate(points) if point.value is None]
    first = missing[0] if missing else len(points)
    last = missing[-1] if missing else len(points)
    left = 0.0
    for place in range(first):
        left = _segment(axes, data, points[place], place, left, y)
    if not missing:
        return
    right = _WHOLE
    for place in range(len(points) - 1, last, -1):
        right -= points[place].value or 0.0
        _segment(axes, data, points[place], place, right, y)
    # Where what lies between two gaps begins isn't known: its number stands there without a bar.
    texts = [_told(data, points[place]) for place in range(first, last + 1)]
    same = len(set(texts)) == 1
    text = texts[0] if same else " · ".join(texts)
    if right - left >= _LEAST_GAP * (1 if same else len(texts)):
        gap_text(axes, (left + right) / 2, y, text, ha="center")
    else:
        # No room: above the bar's end, where nothing else stands.
        gap_text(axes, (left + right) / 2, y - 0.48, text, ha="center")


def _told(data: ChartData, point: Point) -> str:
    return point.gap if point.value is None else number(point.value, data.decimals)


def _segment(axes: Axes, data: ChartData, point: Point, place: int, left: float, y: float) -> float:
    """Draw a segment from its left end; the answer is its right end."""
    width = point.value or 0.0
    colour = likert_colours(len(data.series))[place]
    pale = colour == NEUTRAL
    axes.barh(
        y,
        width,
        left=left,
        height=_THICKNESS,
        color=colour,
        edgecolor=EDGE if pale else "white",
        linewidth=0.9,
        zorder=3 if pale else 2,
    )
    if width >= _LEAST_LABELLED:
        axes.annotate(
            number(width, data.decimals),
            (left + width / 2, y),
            ha="center",
            va="center",
            fontsize=9.5,
            color=text_colour(colour),
            zorder=4,
        )
    return left + width


def _net(axes: Axes, score: float | None, y: float) -> None:
    text = "–" if score is None else f"{score:+.0f}".replace("-", "−")
    axes.annotate(
        text if score else text.lstrip("+−"),
        (_WHOLE, y),
        xytext=(12.0, 0.0),
        textcoords="offset points",
        va="center",
        fontweight="bold",
        color=TEXT,
        annotation_clip=False,
    )
