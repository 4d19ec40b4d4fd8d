"""Dots and intervals: the picture of a result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from irosurvey.display import row_keys, title_of
from irosurvey.result import Estimate, Floats, Level

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_estimate"]

# Okabe and Ito (2008): colours that colour-blind readers can tell apart, with a marker each.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_MARKERS = "osD^vP"
_INCHES_PER_ROW = 0.3


def plot_estimate(
    estimate: Estimate, *, level: float | None = None, method: str | None = None, ax: Axes | None
) -> Axes:
    """Draw a result: a line for each row, read from top to bottom, coloured by its second key."""
    lines, series = _arranged(estimate)
    axes = _new_axes(len(lines), len(series)) if ax is None else ax
    place = {label: position for position, label in enumerate(lines)}
    shift = np.linspace(-0.5, 0.5, 2 * len(series) + 1)[1::2] * min(0.8, 0.22 * len(series))
    limits = estimate.interval(level, method)
    for position, (name, rows) in enumerate(series.items()):
        y = np.array([place[label] for label, _ in rows]) + shift[position]
        chosen = [row for _, row in rows]
        _draw(axes, estimate, limits, chosen, y, position, name)
    _mark_empty_lines(axes, estimate, place, series)
    _label_axes(axes, estimate, list(lines), series, level)
    return axes


def _arranged(
    estimate: Estimate,
) -> tuple[list[str], dict[str, list[tuple[str, int]]]]:
    """The lines' labels, and series of (line, row); more than six series become lines."""
    keys = {name: [str(level) for level in levels] for name, levels in _varying(estimate).items()}
    rows = range(len(estimate))
    names = list(keys)
    # Groups are lines, and levels or variables colours; of two groupings the second is the colour.
    inner = [name for name in names if name in ("variable", "level")][-1:] or names[1:2]
    outer = [name for name in names if name not in inner]
    if not outer or len({keys[name][row] for name in inner for row in rows}) > len(_COLOURS):
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
    if not inner and len(lines) == len(estimate):
        n = estimate.n
        lines = [f"{text}  (n = {n[row]:,})" for row, text in enumerate(label)]
        series = {"": [(lines[row], row) for row in rows]}
    return lines, series


def _varying(estimate: Estimate) -> dict[str, tuple[Level, ...]]:
    keys = row_keys(estimate)
    varying = {name: levels for name, levels in keys.items() if len(set(levels)) > 1}
    return varying or dict(list(keys.items())[:1])


def _new_axes(lines: int, series: int) -> Axes:
    import matplotlib.pyplot as plt

    height = 1.5 + _INCHES_PER_ROW * lines * max(1.0, 0.6 * series)
    _, axes = plt.subplots(figsize=(7.5, height), layout="constrained")
    return axes


def _draw(
    axes: Axes,
    estimate: Estimate,
    limits: tuple[Floats, Floats],
    rows: Sequence[int],
    y: Floats,
    position: int,
    name: str,
) -> None:
    value = estimate.estimate[rows]
    known = np.isfinite(value)
    lower, upper = (limit[rows] for limit in limits)
    bounded = known & np.isfinite(lower) & np.isfinite(upper)
    colour = _COLOURS[position % len(_COLOURS)]
    axes.hlines(y[bounded], lower[bounded], upper[bounded], color=colour, linewidth=1.8, alpha=0.75)
    axes.plot(
        value[known],
        y[known],
        linestyle="none",
        marker=_MARKERS[position % len(_MARKERS)],
        markersize=6,
        color=colour,
        label=name,
    )
    for line in y[known & ~bounded]:  # nothing is known about the precision
        axes.axhline(line, color=colour, linewidth=1.0, linestyle=":")


def _mark_empty_lines(
    axes: Axes, estimate: Estimate, place: dict[str, int], series: dict[str, list[tuple[str, int]]]
) -> None:
    known = np.isfinite(estimate.estimate)
    shown = {label for rows in series.values() for label, row in rows if known[row]}
    for label in place.keys() - shown:
        axes.annotate(
            "no estimate",
            (0.01, place[label]),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize="small",
            color="0.45",
        )


def _label_axes(
    axes: Axes,
    estimate: Estimate,
    lines: list[str],
    series: dict[str, list[tuple[str, int]]],
    level: float | None,
) -> None:
    from matplotlib.ticker import PercentFormatter

    axes.set_yticks(range(len(lines)), lines)
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="0.88")
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    if all(info.of_shares for info in estimate.statistics):
        axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    if estimate.difference_of:
        axes.axvline(0.0, color="0.4", linewidth=1.0)
    confidence = 100 * (estimate.level if level is None else level)
    source = f"\n{estimate.source}" if estimate.source else ""
    axes.set_xlabel(f"estimate and {confidence:g}% interval{source}", loc="left")
    axes.set_title(title_of(estimate), loc="left", fontsize="medium", wrap=True)
    if len(series) > 1:
        axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
