"""What a chart shows, and nothing else: names, numbers as they are printed, and gaps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from irosurvey.layout import number

__all__ = ["KINDS", "ChartData", "Kind", "Point", "Series"]

Kind: TypeAlias = Literal["bar", "dot", "likert", "time", "histogram", "funnel"]
KINDS: tuple[Kind, ...] = ("bar", "dot", "likert", "time", "histogram", "funnel")


@dataclass(frozen=True)
class Point:
    """A number with its limits, or the gap in its place.

    Attributes
    ----------
    value, lower, upper
        On the scale of the chart: a percentage is 0-100. `None` where there is none.
    gap
        What stands where there is no value: ``"[c]"``, ``"no estimate"``.
    base
        Unweighted base; funnel plots need it.
    """

    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    gap: str = ""
    base: float | None = None

    @property
    def limits(self) -> tuple[float, float] | None:
        """Both limits, if the value has them."""
        if self.value is None or self.lower is None or self.upper is None:
            return None
        return self.lower, self.upper

    @property
    def ends(self) -> tuple[float, ...]:
        """Every number that the drawing has to make room for."""
        return tuple(one for one in (self.value, *(self.limits or ())) if one is not None)


@dataclass(frozen=True)
class Series:
    """The points of one colour, a point for each category."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class ChartData:
    """Categories, and for each of them a point of each series.

    Attributes
    ----------
    title
        Stands outside the picture.
    categories, series
        What is compared.
    unit
        ``"percent"``, ``"count"`` and so on, as of a published column.
    decimals
        How many are shown; `None`: as many as the number needs.
    measure
        What the numbers are, for the axis: ``"Percentage of IROs"``.
    by
        What the categories are: ``"Region"``.
    groups
        What categories belong to, where they have headings: an entry each, or none at all.
    totals
        Whether a category is a total of others: it is drawn last, and in grey.
    ordered
        Whether the order of the categories means something.
    level
        Confidence level of the limits; `None`: there are none.
    marks
        Marks that occur, with what they mean.
    figures
        Sentences on what the numbers are of, where the title doesn't say it.
    remarks, source
        Sentences for below the picture.
    synthetic
        Whether made-up answers are behind it; the picture says so.
    differences
        Whether the numbers are differences, so that zero is drawn as a line.
    """

    title: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str = "other"
    decimals: int | None = None
    measure: str = ""
    by: str = ""
    groups: tuple[str, ...] = ()
    totals: tuple[bool, ...] = ()
    ordered: bool = True
    level: float | None = None
    marks: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()
    source: str = ""
    synthetic: bool = False
    differences: bool = False
    figures: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.totals:
            object.__setattr__(self, "totals", (False,) * len(self.categories))
        if not self.groups:
            object.__setattr__(self, "groups", ("",) * len(self.categories))

    def text(self, value: float) -> str:
        """A value as it is read."""
        shown = number(float(value), self.decimals)
        if self.unit != "percent":
            return shown
        return f"{shown} pp" if self.differences else f"{shown}%"

    @property
    def points(self) -> Iterator[tuple[str, str, Point]]:
        """Every point with the names of its category and its series."""
        for series in self.series:
            for category, point in zip(self.names, series.points, strict=True):
                yield category, series.name, point

    @property
    def names(self) -> tuple[str, ...]:
        """Categories with what they belong to, as words need them."""
        return tuple(
            f"{group}: {category}" if group else category
            for group, category in zip(self.groups, self.categories, strict=True)
        )

    @property
    def bounded(self) -> bool:
        """Whether any point has limits."""
        return any(point.limits for _, _, point in self.points)

    @property
    def extent(self) -> tuple[float, float]:
        """The smallest and the greatest number drawn; 0 and 0 where there is none."""
        ends = [end for _, _, point in self.points for end in point.ends]
        return (min(ends), max(ends)) if ends else (0.0, 0.0)

    def arranged(self) -> ChartData:
        """Categories in the order in which bars are drawn.

        Without an order of their own the greatest comes first, by what is shown of the first
        series; gaps follow in the order given, which tells nothing of what they hide. Groups stay
        together, and totals are last in any case.
        """
        places = range(len(self.categories))
        first = {group: place for place, group in reversed(list(enumerate(self.groups)))}

        def key(place: int) -> tuple[bool, int, bool, float, int]:
            value = self.series[0].points[place].value if self.series else None
            sorted_by = 0.0 if self.ordered or value is None else -value
            gap = not self.ordered and value is None
            return self.totals[place], first[self.groups[place]], gap, sorted_by, place

        return self.picked(sorted(places, key=key))

    def picked(self, places: Sequence[int]) -> ChartData:
        """Some of the categories, in this order."""
        return replace(
            self,
            categories=tuple(self.categories[place] for place in places),
            totals=tuple(self.totals[place] for place in places),
            groups=tuple(self.groups[place] for place in places),
            series=tuple(
                replace(one, points=tuple(one.points[place] for place in places))
                for one in self.series
            ),
        )
