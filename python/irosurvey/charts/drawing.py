"""What all charts have in common: labels, axes, gaps, intervals with their halo."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from irosurvey.charts.data import ChartData
from irosurvey.charts.palette import CATEGORICAL, EDGE, GRID, TEXT
from irosurvey.result import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "category_places",
    "colour_of",
    "gap_text",
    "intervals",
    "legend",
    "measure_above",
    "plain_text",
    "rows_axis",
    "value_axis",
    "value_limits",
    "wrapped",
]

_LABEL_WIDTH = 34
_LEGEND_WIDTH = 84
_SMALL = 9.5
_HEADING = 0.9  # room of a group's heading, in rows
_TOTAL_GAP = 0.35  # between the others and their totals, in rows
_ROOM = 1.14  # of the scale beyond its last number, for the numbers' own text


def wrapped(text: str, width: int = _LABEL_WIDTH) -> str:
    """A label on as many lines as it needs, of much the same length."""
    lines = textwrap.wrap(text, width)
    for narrower in range(width - 1, 0, -1):
        shorter = textwrap.wrap(text, narrower, break_long_words=False)
        if len(shorter) > len(lines) or max(map(len, shorter), default=0) > narrower:
            break
        lines = shorter
    return "\n".join(lines) or " "


def colour_of(place: int, total: bool = False) -> str:
    """The colour of a series; totals are grey."""
    return EDGE if total else CATEGORICAL[place % len(CATEGORICAL)]


def category_places(data: ChartData) -> Floats:
    """Where each category is drawn, from 0 down; totals stand a little apart."""
    places = np.arange(len(data.categories), dtype=np.float64)
    before = ""
    for place, group in enumerate(data.groups):
        if group and group != before:
            places[place:] += _HEADING  # room for the heading
        before = group
    if any(data.totals) and not all(data.totals):
        places += _TOTAL_GAP * np.array(data.totals, dtype=np.float64)
    return places


def rows_axis(axes: Axes, data: ChartData, places: Floats) -> None:
    """Categories down the left side, the first on top."""
    axes.set_yticks(places, [wrapped(category) for category in data.categories])
    for label, total in zip(axes.get_yticklabels(), data.totals, strict=True):
        label.set_fontweight("bold" if total else "normal")
    before = ""
    for place, group in zip(places, data.groups, strict=True):
        if group and group != before:
            _heading(axes, float(place) - 0.85, group)
        before = group
    axes.set_ylim(float(places[-1]) + 0.6 if len(places) else 0.5, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(EDGE)
    axes.set_xlabel(data.measure, loc="left")


def _heading(axes: Axes, y: float, text: str) -> None:
    """A group's name on the left of its first category, above it."""
    axes.annotate(
        text,
        (0.0, y),
        xycoords=("axes fraction", "data"),
        va="center",
        fontweight="bold",
        fontsize=10.5,
        color=TEXT,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
        zorder=5,
    )


def value_limits(data: ChartData, *, zero: bool = True) -> tuple[float, float]:
    """Ends of the scale: zero and some room for text, or the numbers with a margin."""
    least, greatest = data.extent
    if not zero and not least <= 0.0 <= greatest:
        margin = 0.08 * (greatest - least or abs(greatest))
        return least - margin, greatest + 2.0 * margin
    high = max(greatest, 0.0) * _ROOM
    low = min(least, 0.0) * _ROOM
    return (low, high) if low < high else (0.0, 1.0)


def value_axis(axes: Axes, data: ChartData, which: str = "x") -> None:
    """Ticks of the numbers, with their unit and thousands apart."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis = axes.xaxis if which == "x" else axes.yaxis
    whole = data.unit == "count"
    axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10], integer=whole))
    axis.set_major_formatter(FuncFormatter(lambda value, _: _tick(data, value)))
    if data.differences:
        line = axes.axvline if which == "x" else axes.axhline
        line(0.0, color=EDGE, linewidth=1.0)


def _tick(data: ChartData, value: float) -> str:
    value = round(value, 10)
    shown = f"{value:,.10g}".replace("-", "−")
    return f"{shown}%" if data.unit == "percent" and not data.differences else shown


def intervals(
    axes: Axes, places: Iterable[float], limits: Iterable[tuple[float, float]], colour: str = TEXT
) -> None:
    """Lines from limit to limit, with a white halo that parts them from what they lie on."""
    from matplotlib.patheffects import Normal, Stroke

    pairs = list(limits)
    if pairs:
        axes.hlines(
            list(places),
            [low for low, _ in pairs],
            [high for _, high in pairs],
            color=colour,
            linewidth=1.6,
            zorder=3,
            path_effects=[Stroke(linewidth=4.0, foreground="white"), Normal()],
        )


def gap_text(axes: Axes, x: float, y: float, text: str, **more: Any) -> None:
    """What stands where there is no number."""
    options: dict[str, Any] = {"ha": "left", "va": "center"} | more
    axes.annotate(
        text,
        (x, y),
        xytext=(4.0, 0.0) if options["ha"] == "left" else (0.0, 0.0),
        textcoords="offset points",
        fontsize=_SMALL,
        color=TEXT,
        **options,
    )


def legend(axes: Axes, handles: Sequence[Any], names: Sequence[str]) -> int:
    """Names of the series above the picture, read row by row; the answer is how many rows."""
    texts = [wrapped(name, 30) for name in names]
    widest = max(max(map(len, text.split("\n"))) for text in texts) + 5
    columns = max(1, min(len(texts), _LEGEND_WIDTH // widest))
    order = _row_by_row(len(texts), columns)
    found = axes.legend(
        [handles[place] for place in order],
        [" "] * len(order),
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=columns,
        frameon=False,
        borderaxespad=0.3,
        borderpad=0.0,
        handlelength=1.2,
        columnspacing=1.6,
    )
    # Set afterwards: a legend leaves out names that begin with an underscore.
    for own, place in zip(found.get_texts(), order, strict=True):
        own.set_text(texts[place])
    lines = max(text.count("\n") + 1 for text in texts)
    return -(-len(texts) // columns) * lines


def measure_above(axes: Axes, measure: str, rows: int) -> None:
    """What the upright scale is of, above so many rows of a legend."""
    pad = 8.0 + 18.0 * rows
    axes.set_title(measure, loc="left", fontsize="medium", fontweight="normal", pad=pad)


def _row_by_row(count: int, columns: int) -> list[int]:
    """Entries in the order in which a legend fills its columns, so that rows read on."""
    rows = -(-count // columns)
    # The legend gives the first columns one more where they don't come out even.
    longer = count - columns * (count // columns) or columns
    order = []
    for column in range(columns):
        height = rows if column < longer else rows - 1
        order += [row * columns + column for row in range(height)]
    return order


def plain_text(axes: Axes) -> None:
    """See to it that a dollar sign in a label is a dollar sign."""
    for label in (*axes.get_yticklabels(), *axes.get_xticklabels(), *axes.texts):
        label.set_parse_math(False)
    for one in (axes.xaxis.label, axes.yaxis.label, axes.title):
        one.set_parse_math(False)
    shown = axes.get_legend()
    if shown is not None:
        for label in shown.get_texts():
            label.set_parse_math(False)
