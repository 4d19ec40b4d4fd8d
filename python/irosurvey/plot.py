"""Pictures of results, on matplotlib's axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from irosurvey import _arguments
from irosurvey._checked import found_text
from irosurvey._complaint import complaint
from irosurvey.charts.chart import draw, height_of
from irosurvey.charts.data import KINDS, ChartData, Kind
from irosurvey.charts.drawing import plain_text
from irosurvey.charts.palette import CATEGORICAL, MARKERS
from irosurvey.charts.results import (
    NO_ESTIMATE,
    arranged,
    data_of_crosstab,
    data_of_estimate,
    kind_of_estimate,
)
from irosurvey.display import title_of
from irosurvey.errors import ArgumentError
from irosurvey.parts import Floats
from irosurvey.result import Estimate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from irosurvey.crosstab import CrossTab, Percent

__all__ = ["plot_crosstab", "plot_estimate"]

_INCHES_PER_ROW = 0.3
_WIDTH = 7.5
_OF_RESULTS = tuple(kind for kind in KINDS if kind != "funnel")


def plot_estimate(
    estimate: Estimate,
    *,
    kind: Kind | None = None,
    level: float | None = None,
    method: str | None = None,
    ax: Axes | None,
) -> Axes:
    """Draw a result; dots have a line for each row, read from top to bottom."""
    _check(kind, ax)
    chosen = _required(kind or kind_of_estimate(estimate))
    if chosen == "dot":
        return _dots(estimate, level, method, ax)
    return _drawn(data_of_estimate(estimate, chosen, level, method), chosen, ax)


def plot_crosstab(
    table: CrossTab,
    *,
    percent: Percent,
    kind: Kind | None = None,
    level: float | None = None,
    method: str | None = None,
    ax: Axes | None,
) -> Axes:
    """Draw a cross-tab: rows down the side, columns as colours."""
    _check(kind, ax)
    data = data_of_crosstab(table, percent, level, method)
    stacked = percent in ("row", "column") and 2 <= len(data.series) <= 5
    return _drawn(data, _required(kind or ("likert" if stacked else "dot")), ax)


def _check(kind: object, ax: object) -> None:
    from matplotlib.axes import Axes

    if kind is not None:
        _arguments.rule("kind", kind, "bar")
    if ax is not None and not isinstance(ax, Axes):
        raise complaint(ArgumentError, "ax", expected="matplotlib's Axes", found=found_text(ax))


def _required(kind: Kind) -> Kind:
    if kind not in _OF_RESULTS:
        raise complaint(
            ArgumentError,
            "kind",
            expected=" or ".join(f'"{name}"' for name in _OF_RESULTS),
            found=repr(kind),
            name=str(kind),
            existing=_OF_RESULTS,
        )
    return kind


def _drawn(data: ChartData, kind: Kind, ax: Axes | None) -> Axes:
    """A chart on axes of their own or given ones, with its title and what its lines are."""
    import matplotlib.pyplot as plt

    if ax is None:
        size = (_WIDTH, height_of(data, kind) + 0.5)
        _, ax = plt.subplots(figsize=size, layout="constrained")
    draw(ax, data, kind)
    limits = f"{100 * (data.level or 0.95):g}% interval" if data.bounded else ""
    shown = "" if kind == "likert" else "estimate" + (f" and {limits}" if limits else "")
    ax.set_xlabel("\n".join(one for one in (shown, data.source) if one), loc="left")
    if kind in ("likert", "bar", "dot") and len(data.series) > 1:
        ax.set_title("")  # the legend is there
        title = ax.figure.suptitle(data.title, x=0.01, ha="left", fontsize="medium", wrap=True)
        title.set_parse_math(False)
    else:
        ax.set_title(data.title, loc="left", fontsize="medium", wrap=True).set_parse_math(False)
    plain_text(ax)
    return ax


def _dots(estimate: Estimate, level: float | None, method: str | None, ax: Axes | None) -> Axes:
    lines, series = _with_bases(estimate)
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
    plain_text(axes)
    return axes


def _with_bases(estimate: Estimate) -> tuple[list[str], dict[str, list[tuple[str, int]]]]:
    """Lines and series; where every row has a line of its own, its base stands beside it."""
    lines, series = arranged(estimate)
    if list(series) != [""] or len(lines) != len(estimate):
        return lines, series
    n = estimate.n
    lines = [f"{text}  (n = {n[row]:,})" for text, row in series[""]]
    return lines, {"": [(lines[row], row) for row in range(len(estimate))]}


def _new_axes(lines: int, series: int) -> Axes:
    import matplotlib.pyplot as plt

    height = 1.5 + _INCHES_PER_ROW * lines * max(1.0, 0.6 * series)
    _, axes = plt.subplots(figsize=(_WIDTH, height), layout="constrained")
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
    colour = CATEGORICAL[position % len(CATEGORICAL)]
    axes.hlines(y[bounded], lower[bounded], upper[bounded], color=colour, linewidth=1.8)
    axes.plot(
        value[known],
        y[known],
        linestyle="none",
        marker=MARKERS[position % len(MARKERS)],
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
            NO_ESTIMATE,
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
    title = axes.set_title(title_of(estimate), loc="left", fontsize="medium", wrap=True)
    title.set_parse_math(False)
    if len(series) > 1:
        axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
