"""Charts from published tables."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, cast, get_args

from irosurvey._complaint import complaint
from irosurvey.charts.bars import MOST_BARS
from irosurvey.charts.chart import FORMATS, Chart
from irosurvey.charts.data import KINDS, ChartData, Kind, Point, Series
from irosurvey.charts.funnels import Funnel, Limits
from irosurvey.charts.tables import data_of_table, require_classes
from irosurvey.errors import ArgumentError
from irosurvey.layout import one_line
from irosurvey.tables.published import PublishedTable, Release

__all__ = ["chart_of", "funnel_of", "write_charts"]


def chart_of(
    table: PublishedTable,
    kind: Kind | None = None,
    *,
    columns: Sequence[str] | None = None,
    target: float | None = None,
    per: float = 1000.0,
    limits: Limits = "exact",
) -> Chart:
    """A chart of a published table: what may be published, and nothing else.

    Parameters
    ----------
    table
        The table. A cell under a mark is a gap with its mark; its row's place is no hint, for rows
        are in the table's order or sorted by what is shown.
    kind
        ``"bar"`` (horizontal, from zero), ``"dot"`` (with intervals), ``"likert"`` (stacked answers
        with the net score), ``"time"`` (lines with bands), ``"histogram"`` (touching columns of
        shares or numbers), ``"funnel"`` (authorities against limits). By default what the table
        asks for, else bars, or dots where there are more columns than bars can hold.
    columns
        Names of the columns of estimates; by default all that have the unit of the first.
    target, per
        Of a funnel plot: the overall value, by default that of the table's last total; and how many
        of the base a rate is of.
    limits
        Of a funnel plot, as for :func:`funnel_of`.

    Returns
    -------
    Chart

    Raises
    ------
    ArgumentError
        If the table has nothing that such a chart can show.
    """
    wanted = kind or table.chart
    if wanted and wanted not in KINDS:
        raise complaint(
            ArgumentError,
            "kind",
            expected=" or ".join(f'"{name}"' for name in KINDS),
            found=repr(wanted),
            name=wanted,
            existing=KINDS,
        )
    data = data_of_table(table, columns)
    if wanted == "histogram":
        require_classes(table, columns)
    if not wanted:
        wanted = "bar" if len(data.series) <= MOST_BARS else "dot"
    if wanted != "funnel":
        return Chart(data, cast(Kind, wanted), _name(table.name))
    return Chart(data, "funnel", _name(table.name), _funnel(data, target, per, limits))


def funnel_of(
    names: Sequence[str],
    values: Sequence[float],
    bases: Sequence[float],
    *,
    target: float,
    model: Literal["binomial", "poisson"] = "binomial",
    per: float | None = None,
    title: str = "",
    measure: str = "",
    source: str = "",
    levels: Sequence[float] = (0.95, 0.998),
    limits: Limits = "exact",
    winsorised: float = 0.1,
) -> Chart:
    """A funnel plot of figures that are public: each name against limits about the target.

    Parameters
    ----------
    names, values, bases
        Whom a point is about, its value, and what it rests on: children, cases, respondents.
    target
        The overall value, on the scale of the values.
    model
        ``"binomial"``: values are percentages of the base; ``"poisson"``: events for `per` of it.
    per
        What a value is of: by default 100 (percentages), or 1,000 under ``"poisson"``.
    title, measure, source
        What the chart shows, what its vertical axis is, and where the figures are from.
    levels
        Levels of the limits, the narrowest first.
    limits
        ``"exact"``: of chance alone. ``"multiplicative"`` or ``"additive"``: normal limits that
        allow for what institutions differ by beyond chance, estimated from these very points. The
        notes of the chart say which, and by how much they are widened.
    winsorised
        Share of the points at each end that are taken for their neighbours there, so that the
        outliers that are looked for don't widen the limits; 0 to below 0.5.

    Raises
    ------
    ArgumentError
        If over-dispersion is asked for with fewer than two points, or where chance has no part.

    Notes
    -----
    Limits: ``docs/methods/funnel.md`` (Spiegelhalter 2005).

    Examples
    --------
    >>> from irosurvey.charts import funnel_of
    >>> names, shares, cases = ["Ashton", "Barrow", "Corby"], [48, 61, 90], [120, 300, 80]
    >>> chart = funnel_of(names, shares, cases, target=60, title="Reviews on time")
    >>> print(chart.alt[:70])
    Funnel plot: Reviews on time. Highest: Corby, 90%. Lowest: Ashton, 48%
    """
    points = tuple(
        Point(float(value), base=float(base)) for value, base in zip(values, bases, strict=True)
    )
    binomial = model == "binomial"
    data = ChartData(
        title=one_line(title),
        categories=tuple(map(one_line, names)),
        series=(Series(one_line(measure), points),),
        unit="percent" if binomial else "rate",
        measure=one_line(measure),
        ordered=False,
        source=one_line(f"Source: {source}" if source else ""),
    )
    scale = (100.0 if binomial else 1000.0) if per is None else per
    funnel = Funnel(
        target, model, scale, tuple(levels), _one_of(limits), winsorised=float(winsorised)
    )
    return Chart(data, "funnel", "funnel", funnel)


def write_charts(
    release: Release | Iterable[PublishedTable],
    folder: str | os.PathLike[str],
    formats: Sequence[str] = FORMATS,
) -> list[Path]:
    """Write a chart of every table that asks for one, with its words in a text file beside it.

    Parameters
    ----------
    release
        Tables; those whose `chart` is ``""`` get none.
    folder
        Where the files go, named as their tables: ``table_1.svg``, ``table_1.txt``.
    formats
        ``"svg"``, ``"png"``, or both.

    Returns
    -------
    list of Path
        The files, in order.
    """
    written = []
    for table in release:
        if table.chart:
            chart = chart_of(table)
            for form in (*formats, "txt"):
                written.append(chart.save(Path(folder) / f"{_name(table.name)}.{form}"))
    return written


def _one_of(limits: str) -> Limits:
    if limits not in get_args(Limits):
        raise complaint(
            ArgumentError,
            "limits",
            expected=" or ".join(f'"{name}"' for name in get_args(Limits)),
            found=repr(limits),
            name=str(limits),
            existing=get_args(Limits),
        )
    return cast(Limits, limits)


def _funnel(data: ChartData, target: float | None, per: float, limits: str) -> Funnel:
    if target is None:
        totals = [
            point.value
            for point, total in zip(data.series[0].points, data.totals, strict=True)
            if total and point.value is not None
        ]
        if not totals:
            raise complaint(
                ArgumentError,
                "funnel plot",
                expected="a row with the total, or a target",
                found="neither",
                remedy="Say target=….",
            )
        target = totals[-1]
    if data.unit == "percent":
        return Funnel(target, kind=_one_of(limits))
    return Funnel(target, "poisson", per, kind=_one_of(limits))


def _name(name: str) -> str:
    """A name that a file and an XML id may have."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "_" for c in name)
    return kept if kept[:1].isalpha() else f"chart_{kept}"
