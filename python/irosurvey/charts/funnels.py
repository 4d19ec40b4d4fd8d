"""Funnel plots: each authority against the limits that chance would keep it within."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from irosurvey import _core
from irosurvey._complaint import complaint
from irosurvey.charts.data import ChartData, Point
from irosurvey.charts.drawing import legend, measure_above, value_axis
from irosurvey.charts.palette import CATEGORICAL, EDGE, GRID, TEXT
from irosurvey.errors import ArgumentError
from irosurvey.layout import number
from irosurvey.result import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Funnel", "Limits", "Place", "draw_funnel", "funnel_words", "places_of"]

_SIZES = 240  # at which limits are drawn
_MOST_NAMED = 14
_STYLES = ("--", "-", ":")

Place = Literal["above", "below", "within"]
Limits = Literal["exact", "multiplicative", "additive"]


@dataclass(frozen=True)
class Funnel:
    """What points are held against.

    Attributes
    ----------
    target
        The overall value, on the scale of the chart.
    model
        ``"binomial"``: shares of the base; ``"poisson"``: events for so much of the base.
    per
        Size of the base that a number is of: 100 for percentages, 1,000 for a rate per 1,000.
    levels
        Levels of the limits, the narrowest first.
    kind
        ``"exact"``: of chance alone. ``"multiplicative"``, ``"additive"``: normal limits that allow
        for over-dispersion, as a factor of the variance or as a variance of its own.
    winsorised
        Share of the z-scores at each end that over-dispersion takes for their neighbours.
    dispersion
        By how much the points differ beyond chance; a chart estimates it from its own points.
    """

    target: float
    model: Literal["binomial", "poisson"] = "binomial"
    per: float = 100.0
    levels: tuple[float, ...] = (0.95, 0.998)
    kind: Limits = "exact"
    winsorised: float = 0.1
    dispersion: _core.Overdispersion | None = None

    def fitted(self, data: ChartData) -> Funnel:
        """With the over-dispersion of these points; exact limits need none.

        Raises
        ------
        ArgumentError
            If fewer than two points can be drawn, or the target leaves chance no part.
        """
        if self.kind == "exact" or self.dispersion is not None:
            return self
        points = [data.series[0].points[row] for row in _drawn(data)]
        values = [(point.value or 0.0) / self.per for point in points]
        sizes = [point.base or 0.0 for point in points]
        found = _core.overdispersion(
            self.model, self.target / self.per, values, sizes, self.winsorised
        )
        return replace(self, dispersion=found)

    def limits(self, sizes: Floats, level: float) -> tuple[Floats, Floats]:
        """Limits at these bases, on the scale of the chart.

        Raises
        ------
        ArgumentError
            If the target is no share, or a base isn't above 0.
        """
        target = self.target / self.per
        if self.dispersion is None:
            lower, upper = _core.funnel_limits(self.model, target, sizes, level)
        else:
            lower, upper = _core.dispersed_funnel_limits(
                self.model, target, sizes, level, self.kind, self.dispersion
            )
        return lower * self.per, upper * self.per


def places_of(data: ChartData, funnel: Funnel) -> list[Place | None]:
    """Where each category lies with respect to the widest limits; `None` where nothing is drawn."""
    points = data.series[0].points
    drawn = [row for row, point in enumerate(points) if _complete(point)]
    sizes = np.array([points[row].base or 0.0 for row in drawn])
    found: list[Place | None] = [None] * len(points)
    if drawn:
        lower, upper = funnel.limits(sizes, funnel.levels[-1])
        for row, low, high in zip(drawn, lower, upper, strict=True):
            value = points[row].value or 0.0
            found[row] = "above" if value > high else "below" if value < low else "within"
    return found


def funnel_words(data: ChartData, funnel: Funnel) -> list[str]:
    """What the limits are, and who lies beyond them."""
    levels = " and ".join(f"{100 * level:g}%" for level in funnel.levels)
    found = places_of(data, funnel)
    sentences = [
        f"Limits at {levels} about {data.text(funnel.target)}: {_kind_words(data, funnel)}. The "
        "scale need not begin at zero."
    ]
    for place in ("above", "below"):
        names = [name for name, own in zip(data.categories, found, strict=True) if own == place]
        shown = ", ".join(names) if names else "none"
        sentences.append(f"{place.capitalize()} the {100 * funnel.levels[-1]:g}% limits: {shown}.")
    return sentences


def _kind_words(data: ChartData, funnel: Funnel) -> str:
    """How the limits were made: a choice that whoever reads the chart has to know."""
    found = funnel.dispersion
    if found is None:
        return f"exact {funnel.model} limits of what chance alone would give"
    if funnel.kind == "multiplicative":
        widened = f"times {number(found.factor, 2)}"
    else:
        spread = number(funnel.per * math.sqrt(found.variance), 2)
        unit = " percentage points" if data.unit == "percent" else ""
        widened = f"and true values that differ by a standard deviation of {spread}{unit}"
    return (
        f"normal limits with the {funnel.model} variance {widened}, the over-dispersion of "
        f"{found.institutions} institutions ({found.winsorised} winsorised at each end)"
    )


def draw_funnel(axes: Axes, data: ChartData, funnel: Funnel) -> None:
    """Points by their base, the target as a line, and the limits about it."""
    if len(data.series) != 1:
        raise complaint(
            ArgumentError,
            "funnel plot",
            expected="one column",
            found=str(len(data.series)),
            remedy="Name one with columns=[…].",
        )
    points = data.series[0].points
    rows = _drawn(data)
    if not rows:
        raise complaint(
            ArgumentError,
            "funnel plot",
            expected="values with their bases",
            found="none",
            remedy="Ask for the statistic 'base' beside the estimate.",
        )
    x = np.array([points[row].base or 0.0 for row in rows])
    y = np.array([points[row].value or 0.0 for row in rows])
    low, high = _limits(axes, funnel, x)
    _points(axes, data, funnel, rows, x, y)
    _frame(axes, data, x, (min(float(y.min()), low), max(float(y.max()), high)))


def _complete(point: Point) -> bool:
    return point.value is not None and point.base is not None and point.base > 0


def _drawn(data: ChartData) -> list[int]:
    """Rows that have a point: those with value and base, and no totals."""
    points = data.series[0].points
    return [row for row, point in enumerate(points) if _complete(point) and not data.totals[row]]


def _limits(axes: Axes, funnel: Funnel, x: Floats) -> tuple[float, float]:
    """Draw the limits; the answer is how far they reach where points are."""
    least, most = max(1.0, 0.6 * float(x.min())), 1.08 * float(x.max())
    sizes = np.geomspace(least, most, _SIZES)
    if funnel.model == "binomial":
        sizes = np.unique(np.round(sizes))
    ends = [funnel.target, funnel.target]
    for level, style in zip(funnel.levels, _STYLES, strict=False):
        lower, upper = funnel.limits(sizes, level)
        label = f"{100 * level:g}% limits"
        axes.plot(sizes, lower, color=EDGE, linewidth=1.3, linestyle=style, label=label)
        axes.plot(sizes, upper, color=EDGE, linewidth=1.3, linestyle=style)
        beside = sizes >= x.min()
        ends = [min(ends[0], float(lower[beside].min())), max(ends[1], float(upper[beside].max()))]
    axes.axhline(funnel.target, color=CATEGORICAL[0], linewidth=1.6, label="Overall")
    return ends[0], ends[1]


def _points(
    axes: Axes, data: ChartData, funnel: Funnel, rows: list[int], x: Floats, y: Floats
) -> None:
    """Dots, and beyond the limits diamonds with their names."""
    found = places_of(data, funnel)
    beyond = np.array([found[row] != "within" for row in rows])
    for chosen, colour, marker, label in (
        (~beyond, CATEGORICAL[0], "o", "Within the limits"),
        (beyond, CATEGORICAL[3], "D", "Beyond the outer limits"),
    ):
        if chosen.any():
            axes.plot(
                x[chosen],
                y[chosen],
                linestyle="none",
                marker=marker,
                markersize=6.0,
                color=colour,
                markeredgecolor="white",
                markeredgewidth=0.7,
                label=label,
                zorder=3,
            )
    target = funnel.target
    outer = sorted(np.flatnonzero(beyond), key=lambda at: -abs(float(y[at]) - target))
    for at in outer[:_MOST_NAMED]:
        axes.annotate(
            data.categories[rows[at]],
            (float(x[at]), float(y[at])),
            xytext=(6.0, 4.0),
            textcoords="offset points",
            fontsize=9.0,
            color=TEXT,
            zorder=4,
        )


def _frame(axes: Axes, data: ChartData, x: Floats, ends: tuple[float, float]) -> None:
    low, high = ends
    margin = 0.06 * (high - low)
    value_axis(axes, data, "y")
    axes.set_ylim(max(0.0, low - margin), high + margin)
    axes.set_xlim(0.5 * float(x.min()), 1.1 * float(x.max()))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.set_xlabel("Base", loc="right")
    handles, names = axes.get_legend_handles_labels()
    measure_above(axes, data.measure, legend(axes, handles, names))
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(EDGE)
    axes.tick_params(axis="y", length=0)
