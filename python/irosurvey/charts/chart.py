"""A chart: the picture as SVG and PNG, and the same in words."""

from __future__ import annotations

import html
import io
import os
import re
import textwrap
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from irosurvey._complaint import complaint
from irosurvey._files import replace_files
from irosurvey.charts import words
from irosurvey.charts.bars import draw_bars, draw_dots
from irosurvey.charts.data import ChartData, Kind
from irosurvey.charts.drawing import plain_text
from irosurvey.charts.funnels import Funnel, draw_funnel, funnel_words
from irosurvey.charts.likert import draw_likert, net_words
from irosurvey.charts.lines import draw_histogram, draw_lines
from irosurvey.charts.palette import EDGE, TEXT
from irosurvey.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

__all__ = ["FORMATS", "STYLE", "Chart", "draw", "height_of"]

FORMATS = ("svg", "png")
_WIDTH = 8.0  # inches
_DOTS_PER_INCH = 200
_NOTE_WIDTH = 104  # characters of the note below
_MOST_ROWS = 80

STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # it comes with matplotlib: the same picture on every machine
    "font.size": 11.0,
    "axes.labelsize": 10.5,
    "axes.edgecolor": EDGE,
    "axes.labelcolor": TEXT,
    "text.color": TEXT,
    "xtick.color": TEXT,
    "ytick.color": TEXT,
    "xtick.labelsize": 10.0,
    "ytick.labelsize": 10.5,
    "legend.fontsize": 10.0,
    "text.parse_math": False,
    "svg.fonttype": "none",  # text stays text: it can be read aloud, searched and enlarged
    "svg.hashsalt": "irosurvey",
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}

# Readers have Arial or something like it more often than DejaVu; it is narrower, so all fits.
_FAMILY = "Arial, Helvetica, 'Liberation Sans', 'DejaVu Sans', sans-serif"


@dataclass(frozen=True, eq=False, repr=False)
class Chart:
    """A picture with its title and its alternative text, which stand outside it.

    It shows itself in notebooks, and is written by :meth:`save`. The bytes depend on nothing but
    the figures.

    Attributes
    ----------
    data
        What is drawn.
    kind
        How.
    name
        Names the chart among those of a page: letters, digits, underscores.
    funnel
        Of a funnel plot: what points are held against.
    """

    data: ChartData
    kind: Kind
    name: str = "chart"
    funnel: Funnel | None = None

    def __post_init__(self) -> None:
        if not self.data.categories or not self.data.series:
            raise complaint(
                ArgumentError, f"chart '{self.name}'", expected="rows and columns", found="none"
            )
        if self.kind in ("bar", "dot", "likert") and len(self.data.categories) > _MOST_ROWS:
            raise complaint(
                ArgumentError,
                f"chart '{self.name}'",
                expected=f"at most {_MOST_ROWS} rows",
                found=str(len(self.data.categories)),
                remedy="Draw a funnel plot, or a chart of fewer rows.",
            )
        if self.funnel is not None:
            object.__setattr__(self, "funnel", self.funnel.fitted(self.data))

    @property
    def title(self) -> str:
        """What the chart shows; for the page, not for the picture."""
        return self.data.title

    @property
    def alt(self) -> str:
        """The picture in a few sentences: what is compared, highest, lowest, missing."""
        more = funnel_words(self.data, self.funnel) if self.funnel else []
        return " ".join([words.alt_text(self.data, self.kind), *more])

    @property
    def description(self) -> str:
        """Every figure in words."""
        more = funnel_words(self.data, self.funnel) if self.funnel else []
        more += [net_words(self.data)] if self.kind == "likert" else []
        return " ".join([words.description(self.data, self.kind), *more])

    @property
    def notes(self) -> tuple[str, ...]:
        """What stands below the picture, in it."""
        found = words.notes(self.data, self.kind)
        if self.kind == "likert":
            found.append(net_words(self.data))
        if self.kind == "dot" and not _from_zero(self.data):
            found.append("The scale does not begin at zero.")
        if self.funnel:
            found += funnel_words(self.data, self.funnel)[:1]
        return tuple(found)

    # ---- files ----

    @cached_property
    def svg(self) -> str:
        """The picture as an SVG file, with its title and description inside."""
        return '<?xml version="1.0" encoding="utf-8"?>\n' + self.element + "\n"

    @cached_property
    def element(self) -> str:
        """The SVG element, to stand in a page; no other chart's names clash with its own."""
        sink = io.BytesIO()
        with _style():
            figure = self._figure()
            labels = _labels_of_lines(figure)
            figure.savefig(sink, format="svg", metadata=_NO_METADATA)
        return _accessible(_aligned(sink.getvalue().decode("utf-8"), labels, figure.dpi), self)

    @cached_property
    def png(self) -> bytes:
        """The picture as a PNG file."""
        sink = io.BytesIO()
        with _style():
            self._figure().savefig(
                sink, format="png", dpi=_DOTS_PER_INCH, metadata={"Software": None}
            )
        return sink.getvalue()

    @property
    def text(self) -> str:
        """Title, alternative text, description and notes, for the page that shows the picture."""
        parts = {
            "Title": self.title,
            "Alternative text": self.alt,
            "Description": self.description,
            "Notes": " ".join(self.notes),
        }
        return (
            "".join(f"{name}\n{value}\n\n" for name, value in parts.items() if value).rstrip()
            + "\n"
        )

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture as its suffix says, ``.svg`` or ``.png``, or ``.txt`` its words.

        What was there before stays whole until the new file is complete.
        """
        place = Path(path)
        form = place.suffix.lower().lstrip(".")
        if form not in (*FORMATS, "txt"):
            raise complaint(
                ArgumentError,
                f"file '{place}'",
                expected="a name that ends in .svg, .png or .txt",
                found=f"'{place.suffix}'",
            )
        content = {"svg": lambda: self.svg.encode(), "png": lambda: self.png}.get(
            form, lambda: self.text.encode()
        )()
        return replace_files({place: content})[0]

    def _repr_html_(self) -> str:
        notes = f"<p>{html.escape(self.data.source)}</p>" if self.data.source else ""
        return (
            f"<figure><figcaption>{html.escape(self.title)}</figcaption>{self.element}{notes}"
            f"<details><summary>The chart in words</summary><p>{html.escape(self.description)}</p>"
            "</details></figure>"
        )

    def __repr__(self) -> str:
        return f"<Chart: {self.title}>\n{self.alt}"

    # ---- drawing ----

    def _figure(self) -> Figure:
        from matplotlib.figure import Figure

        note = "\n".join(line for one in self.notes for line in textwrap.wrap(one, _NOTE_WIDTH))
        lines = note.count("\n") + 1 if note else 0
        height = height_of(self.data, self.kind) + 0.19 * lines
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        axes = figure.add_subplot()
        draw(axes, self.data, self.kind, self.funnel)
        if note:
            figure.supxlabel(note, x=0.012, ha="left", fontsize=9.5, color=TEXT)
        return figure


_NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}


def draw(axes: Axes, data: ChartData, kind: Kind, funnel: Funnel | None = None) -> None:
    """Draw on axes that are there already."""
    if kind == "bar":
        draw_bars(axes, data)
    elif kind == "dot":
        draw_dots(axes, data)
    elif kind == "likert":
        draw_likert(axes, data)
    elif kind == "time":
        draw_lines(axes, data)
    elif kind == "histogram":
        draw_histogram(axes, data)
    elif funnel is not None:
        draw_funnel(axes, data, funnel)
    else:
        raise complaint(
            ArgumentError, "funnel plot", expected="a target to hold points against", found="none"
        )
    plain_text(axes)


def height_of(data: ChartData, kind: Kind) -> float:
    """Inches that a chart of this kind needs, but for its note."""
    if kind in ("time", "histogram"):
        return 4.2
    if kind == "funnel":
        return 5.4
    lines = sum(max(1, len(textwrap.wrap(one, 34))) for one in data.categories)
    per_row = 0.30 if len(data.series) == 1 or kind == "likert" else 0.22 * len(data.series)
    headings = len({group for group in data.groups if group})
    rows = max(len(data.categories) * (per_row + 0.06), 0.21 * lines) + 0.33 * headings
    return 0.95 + rows + (0.35 if len(data.series) > 1 else 0.0)


def _from_zero(data: ChartData) -> bool:
    least, greatest = data.extent
    return data.unit in ("percent", "count") or least <= 0.0 <= greatest


def _style() -> Any:
    """Matplotlib's own defaults and ours: what a user has set changes nothing."""
    import matplotlib.style

    return matplotlib.style.context(["default", STYLE])


# ---- SVG ----

_HEAD = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)
_TAG = re.compile(r"<[^<>]+>")
_ID = re.compile(r' id="([^"]*)"')
_USED = re.compile(r'(?:xlink:)?href="#([^"]*)"|url\(#([^)]*)\)')


_MOVED = re.compile(r'" transform="translate\([-0-9.e]+ ')
_ANCHORS = {"right": "end", "center": "middle"}
_POINTS = 72.0  # of an inch; the unit of an SVG


def _labels_of_lines(figure: Figure) -> dict[str, Text]:
    """Labels of axes that take several lines, by the names that they are given in the SVG."""
    labels = [
        label
        for axes in figure.axes
        for label in (*axes.get_yticklabels(), *axes.get_xticklabels())
        if "\n" in label.get_text()
    ]
    named = {f"lines-{place}": label for place, label in enumerate(labels)}
    for name, label in named.items():
        label.set_gid(name)
    return named


def _aligned(svg: str, labels: Mapping[str, Text], dpi: float) -> str:
    """Make each line end, or lie in the middle, where its label does, whatever font it is shown in.

    Matplotlib aligns labels of one line so; of several it gives the left end of each, which is
    right in no font but its own.
    """
    for name, label in labels.items():
        head, found, rest = svg.partition(f'<g id="{name}">')
        if not found:
            continue  # its tick lies outside the picture
        place = label.get_transform().transform(label.get_unitless_position())
        x = float(place[0]) * _POINTS / dpi
        own, rest = rest.split("</g>", 1)
        anchor = _ANCHORS[label.get_horizontalalignment()]
        moved = _MOVED.sub(f'; text-anchor: {anchor}" transform="translate({x:.6f} ', own)
        svg = f"{head}{found}{moved}</g>{rest}"
    return svg


def _accessible(svg: str, chart: Chart) -> str:
    """Name the picture and describe it, keep only names that are used, and make those its own."""
    svg = _METADATA.sub("", _HEAD.sub("", svg, count=1), count=1).strip()
    used = {one for tag in _TAG.findall(svg) for pair in _USED.findall(tag) for one in pair if one}

    def owned(found: re.Match[str]) -> str:
        tag = found[0].replace("'DejaVu Sans'", _FAMILY)
        tag = _ID.sub(lambda one: f' id="{chart.name}-{one[1]}"' if one[1] in used else "", tag)
        return _USED.sub(lambda one: one[0].replace("#", f"#{chart.name}-", 1), tag)

    # Only within tags: what a label says is left alone.
    head, rest = _TAG.sub(owned, svg).split(">", 1)
    named = (
        f' role="img" aria-labelledby="{chart.name}-title {chart.name}-desc">'
        f'\n <title id="{chart.name}-title">{html.escape(chart.title)}</title>'
        f'\n <desc id="{chart.name}-desc">{html.escape(chart.description)}</desc>'
    )
    return head + named + rest
