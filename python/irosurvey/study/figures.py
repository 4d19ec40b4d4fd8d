"""Dot-and-interval charts of the study, as SVG.

Each chart carries a title and a description for those who don't see it, and never tells anything by
colour alone. `chart.css` has its colours.
"""

from __future__ import annotations

import html
import math
import os
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from irosurvey._files import replace_files
from irosurvey.study import words
from irosurvey.study.model import Evidence, Figure

__all__ = ["Chart", "chart_style", "evidence_chart", "rehearsal_chart"]

# Layout in SVG units; the page scales the whole.
_WIDTH = 960.0
_LABELS = 318.0  # width of the column of labels
_NUMBERS = 226.0  # width of the two columns of numbers
_FIGURES = _WIDTH - 104.0  # right end of the first of them
_PLOT_LEFT = _LABELS + 12.0
_PLOT_RIGHT = _WIDTH - _NUMBERS
_LINE = 16.0
_ROW_PADDING = 20.0
_TOP = 64.0
_LABEL_CHARACTERS = 46
_TICKS = (0, 25, 50, 75, 100)


def chart_style() -> str:
    """The style sheet that charts need beside them."""
    return files("irosurvey.study").joinpath("chart.css").read_text(encoding="utf-8")


@dataclass(frozen=True, repr=False)
class Chart:
    """A chart that shows itself in notebooks and can be saved.

    Attributes
    ----------
    element
        The SVG element; a page that holds it needs `chart_style` once.
    title
        What it shows, in words.
    """

    element: str
    title: str

    def svg(self) -> str:
        """The chart as a file of its own."""
        head, rest = self.element.split(">", 1)
        return f'{head} xmlns="http://www.w3.org/2000/svg"><style>{chart_style()}</style>{rest}'

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the chart as an SVG file."""
        replace_files({Path(path): self.svg().encode("utf-8")})

    def _repr_html_(self) -> str:
        return f"<style>{chart_style()}</style>{self.element}"

    def __repr__(self) -> str:
        return f"<Chart: {self.title}>"


@dataclass(frozen=True)
class _Row:
    """A line of a chart: words on the left, marks in the middle, numbers on the right."""

    label: str
    marks: Callable[[float], list[str]]
    """Draws the marks about a height."""
    figure: str = ""
    interval: str = ""
    css: str = "label"
    lines: list[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "lines", textwrap.wrap(self.label, _LABEL_CHARACTERS) or [""])

    @property
    def height(self) -> float:
        return len(self.lines) * _LINE + _ROW_PADDING


def _x(share: float) -> float:
    return _PLOT_LEFT + (_PLOT_RIGHT - _PLOT_LEFT) * min(max(share, 0.0), 1.0)


def _text(x: float, y: float, text: str, css: str = "", anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" class="{css}" text-anchor="{anchor}">'
        f"{html.escape(text)}</text>"
    )


def _bar(lower: float, upper: float, y: float, thickness: float, css: str) -> str:
    left, right = _x(lower), _x(upper)
    return (
        f'<rect x="{left:.1f}" y="{y - thickness / 2:.1f}" width="{max(right - left, 1.0):.1f}" '
        f'height="{thickness:g}" rx="{min(thickness / 2, 2):g}" class="{css}"/>'
    )


def _dot(share: float, y: float, css: str) -> str:
    return f'<circle cx="{_x(share):.1f}" cy="{y:.1f}" r="5.5" class="{css}"/>'


def _diamond(share: float, y: float, css: str) -> str:
    x = _x(share)
    points = f"{x - 6:.1f},{y:.1f} {x:.1f},{y - 6:.1f} {x + 6:.1f},{y:.1f} {x:.1f},{y + 6:.1f}"
    return f'<polygon points="{points}" class="{css}"/>'


def _bracket(lower: float, upper: float, y: float, css: str) -> str:
    """A range between two upright ends."""
    left, right = _x(lower), _x(upper)
    return (
        f'<path d="M{left:.1f} {y - 8:.1f}v16M{left:.1f} {y:.1f}H{right:.1f}'
        f'M{right:.1f} {y - 8:.1f}v16" class="{css}"/>'
    )


@dataclass(frozen=True)
class _Chart:
    """A chart but for its rows."""

    name: str
    title: str
    description: str
    figure_head: str
    interval_head: str
    legend: Sequence[tuple[str, str]]
    """Marks at x = 0 and y = 0, with their words."""
    mark: str = ""

    def draw(self, rows: Sequence[_Row]) -> Chart:
        plot_height = sum(row.height for row in rows)
        legend_height = _LINE * 1.7 * math.ceil(len(self.legend) / 2) + 14
        height = _TOP + plot_height + 30 + legend_height
        parts = [
            f'<svg class="chart" viewBox="0 0 {_WIDTH:g} {height:.0f}" role="img" '
            f'aria-labelledby="{self.name}-title {self.name}-description">',
            f'<title id="{self.name}-title">{html.escape(self.title)}</title>',
            f'<desc id="{self.name}-description">{html.escape(self.description)}</desc>',
            *self._heads(),
            *self._grid(_TOP, plot_height),
            *self._watermark(plot_height),
        ]
        y = _TOP
        for index, row in enumerate(rows):
            parts += self._row(row, y, rule=index > 0)
            y += row.height
        parts += self._axis(y)
        parts += self._legend(y + 44)
        return Chart("".join([*parts, "</svg>"]), self.title)

    def _heads(self) -> list[str]:
        heads = [
            _text(_FIGURES, _TOP - 16, self.figure_head, "head", "end"),
            _text(_WIDTH, _TOP - 16, self.interval_head, "head", "end"),
            *(_text(_x(tick / 100), _TOP - 16, f"{tick}%", "tick", "middle") for tick in _TICKS),
        ]
        return [_text(0, 18, self.mark, "mark"), *heads] if self.mark else heads

    def _grid(self, top: float, height: float) -> list[str]:
        return [
            f'<line x1="{_x(tick / 100):.1f}" x2="{_x(tick / 100):.1f}" y1="{top - 8:.1f}" '
            f'y2="{top + height:.1f}" class="{"half" if tick == 50 else "grid"}"/>'
            for tick in _TICKS
        ]

    def _watermark(self, height: float) -> list[str]:
        """The mark again, large and pale, behind what was made of such data."""
        if not self.mark:
            return []
        x, step = (_PLOT_LEFT + _PLOT_RIGHT) / 2, 300.0
        places = max(1, round(height / step))
        return [
            f'<text x="{x:.1f}" y="{y:.1f}" class="watermark" text-anchor="middle" '
            f'aria-hidden="true" transform="rotate(-24 {x:.1f} {y:.1f})">{words.SYNTHETIC}</text>'
            for y in (_TOP + height * (place + 0.5) / places for place in range(places))
        ]

    @staticmethod
    def _row(row: _Row, top: float, *, rule: bool) -> list[str]:
        middle = top + row.height / 2
        first = middle - (len(row.lines) - 1) * _LINE / 2 + 4.5
        parts = [
            f'<line x1="0" x2="{_WIDTH:g}" y1="{top:.1f}" y2="{top:.1f}" class="rule"/>'
        ] * rule
        parts += [
            _text(16 if row.css == "item" else 0, first + line * _LINE, text, row.css)
            for line, text in enumerate(row.lines)
        ]
        parts += row.marks(middle)
        parts.append(_text(_FIGURES, middle + 4.5, row.figure, "figure", "end"))
        parts.append(_text(_WIDTH, middle + 4.5, row.interval, "interval", "end"))
        return parts

    @staticmethod
    def _axis(y: float) -> list[str]:
        return [_text(_x(tick / 100), y + 18, f"{tick}%", "tick", "middle") for tick in _TICKS]

    def _legend(self, top: float) -> list[str]:
        parts = []
        for index, (mark, text) in enumerate(self.legend):
            x = 24.0 + (index % 2) * (_WIDTH / 2)
            y = top + (index // 2) * _LINE * 1.7
            parts.append(f'<g transform="translate({x:.1f} {y:.1f})">{mark}</g>')
            parts.append(_text(x + 30, y + 4.5, text, "legend"))
        return parts


def _sample(marks: Callable[[float], str]) -> str:
    """A mark for the legend: drawn at 50 %, moved to 0."""
    return f'<g transform="translate({-_x(0.5):.1f} 0)">{marks(0.0)}</g>'


# ---- evidence ----

_NESTED = ((2.0, 4.0, "deff-2"), (1.5, 8.0, "deff-15"), (1.0, 12.0, "deff-1"))


def evidence_chart(rows: Sequence[Evidence], level: float) -> Chart:
    """Draw printed shares with their intervals under design effects of 1, 1.5 and 2.

    Parameters
    ----------
    rows : sequence of Evidence
        Those whose base is known.
    level : float
        Confidence level of their intervals.

    Returns
    -------
    Chart
    """
    shown = [row for row in rows if row.interval() is not None]
    percent = f"{100 * level:g}%"
    chart = _Chart(
        name="evidence-chart",
        title=f"Printed figures with the {percent} intervals that they can bear",
        description=" ".join(_evidence_sentence(row, percent) for row in shown),
        figure_head="printed",
        interval_head=f"{percent} interval",
        legend=[
            (_sample(lambda y: _dot(0.5, y, "printed")), "printed as a number"),
            (_sample(lambda y: _bracket(0.485, 0.515, y, "reading")), "our reading of words"),
            (
                _sample(lambda y: _bar(0.47, 0.53, y, 12, "printed deff-1")),
                f"{percent} interval of a simple random sample",
            ),
            (
                _sample(
                    lambda y: (
                        _bar(0.45, 0.55, y, 4, "printed deff-2")
                        + _bar(0.47, 0.53, y, 8, "printed deff-15")
                    )
                ),
                "if respondents are alike: design effect 1.5, and 2 (thinnest)",
            ),
        ],
    )
    return chart.draw([_evidence_row(row) for row in shown])


def _evidence_sentence(row: Evidence, level: str) -> str:
    interval = row.interval()
    assert interval is not None
    return (
        f"{row.finding.wording}: {words.printed(row.finding, ours=row.ours)}, {level} interval "
        f"{words.limits(interval.lower, interval.upper, 0)}."
    )


def _evidence_row(row: Evidence) -> _Row:
    words_only = row.finding.kind == "phrase"
    css = "words" if words_only else "printed"

    def marks(y: float) -> list[str]:
        bars = [
            _bar(interval.lower, interval.upper, y, thickness, f"{css} {shade}")
            for effect, thickness, shade in _NESTED
            if (interval := row.interval(design_effect=effect)) is not None
        ]
        low, high = row.finding.low / 100, row.finding.high / 100
        if words_only:
            return [*bars, _bracket(low, high, y, "reading")]
        assert row.finding.value is not None
        return [*bars, _dot(row.finding.value / 100, y, "printed")]

    first = row.interval()
    assert first is not None
    return _Row(
        label=row.finding.wording,
        marks=marks,
        figure=_short(row),
        interval=words.limits(first.lower, first.upper, 0),
    )


def _short(row: Evidence) -> str:
    """A figure in few letters."""
    if row.finding.kind != "phrase":
        return f"{row.finding.value:g}%"
    if row.finding.bounds == "above":
        return f"> {row.finding.low:g}%"
    return f"{row.finding.low:g}–{row.finding.high:g}%"


# ---- rehearsal ----


def rehearsal_chart(rows: Sequence[Figure], level: float, *, synthetic: bool) -> Chart:
    """Draw what microdata give beside what was printed.

    Parameters
    ----------
    rows : sequence of Figure
        Only shares are drawn.
    level : float
        Confidence level of their intervals.
    synthetic : bool
        Whether the chart has to say that the microdata are SYNTHETIC.

    Returns
    -------
    Chart
    """
    shown = [row for row in rows if row.statistic == "share" and not math.isnan(row.estimate.value)]
    percent = f"{100 * level:g}%"
    mark = f"{words.SYNTHETIC} microdata: says nothing about IROs" if synthetic else ""
    chart = _Chart(
        name="rehearsal-chart",
        title=f"{mark + '. ' if mark else ''}Findings estimated from microdata, with {percent} "
        "intervals, beside the printed figures",
        description=" ".join(_rehearsal_sentence(row, percent) for row in shown),
        figure_head="no weights",
        interval_head=f"{percent} interval",
        legend=[
            (
                _sample(lambda y: _bar(0.48, 0.52, y, 22, "agreement")),
                "agrees with what was printed",
            ),
            (_sample(lambda y: _diamond(0.5, y, "unweighted")), "estimate without weights"),
            (
                _sample(
                    lambda y: _bracket(0.46, 0.54, y, "estimate-line") + _dot(0.5, y, "weighted")
                ),
                f"weighted estimate, {percent} interval under the design",
            ),
        ],
        mark=mark,
    )
    return chart.draw(list(_rehearsal_rows(shown)))


def _rehearsal_rows(figures: Sequence[Figure]) -> Iterator[_Row]:
    """A row a figure; the questions of one finding stand under its wording."""
    previous = ""
    for figure in figures:
        if figure.variable and figure.finding.id != previous:
            yield _Row(figure.finding.wording + ":", lambda _: [], css="label")
        previous = figure.finding.id
        yield _rehearsal_row(figure)


def _rehearsal_sentence(row: Figure, level: str) -> str:
    estimate = row.estimate
    verdict = "agrees" if row.agrees else "does not agree"
    return (
        f"{_rehearsal_label(row)}: without weights {words.percent(estimate.unweighted)}, "
        f"weighted {words.percent(estimate.value)}, {level} interval "
        f"{words.limits(estimate.lower, estimate.upper, 0)}; {verdict} with "
        f"{words.printed(row.finding, ours=row.ours)}."
    )


def _rehearsal_label(row: Figure) -> str:
    return row.label if row.variable else row.finding.wording


def _rehearsal_row(row: Figure) -> _Row:
    estimate = row.estimate

    def marks(y: float) -> list[str]:
        return [
            _bar(row.low, row.high, y, 22, "agreement"),
            _bracket(estimate.lower, estimate.upper, y, "estimate-line"),
            _dot(estimate.value, y, "weighted"),
            _diamond(estimate.unweighted, y, "unweighted"),
        ]

    return _Row(
        label=_rehearsal_label(row),
        marks=marks,
        figure=words.percent(estimate.unweighted) + (" ✓" if row.agrees else " ✗"),
        interval=words.limits(estimate.lower, estimate.upper, 0),
        css="item" if row.variable else "label",
    )
