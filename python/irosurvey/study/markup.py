"""Pieces of the whole report's HTML: sheets, charts and sections. Every label is escaped."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from irosurvey.charts import Chart
from irosurvey.study.sheets import Cell, Field, Sheet, shown
from irosurvey.study.words import SYNTHETIC

__all__ = [
    "Section",
    "banner",
    "contents",
    "drawn",
    "folded",
    "items",
    "paragraph",
    "sheet_table",
    "text",
]

TAG = f'<span class="tag">{SYNTHETIC}</span>'


@dataclass(frozen=True)
class Section:
    """A section of the report.

    Attributes
    ----------
    id, title
        Of its heading.
    synthetic
        Whether SYNTHETIC answers are behind it.
    answer
        What it says, in a paragraph, before anything is shown.
    parts
        Pieces of HTML.
    """

    id: str
    title: str
    synthetic: bool
    answer: str
    parts: Sequence[str]

    def html(self) -> str:
        """The section as an element."""
        css = ' class="made"' if self.synthetic else ""
        head = ""
        if self.synthetic:
            head = banner(
                "made-up answers. It shows what the analysis gives, and says nothing about IROs."
            )
        return (
            f'<section id="{self.id}"{css}>{head}<h2>{text(self.title)}</h2>'
            + (f'<p class="answer">{self.answer}</p>' if self.answer else "")
            + "\n".join(self.parts)
            + "</section>"
        )


def banner(words: str) -> str:
    """What stands before everything that was made of SYNTHETIC answers."""
    return f'<p class="banner" role="note"><strong>{SYNTHETIC}</strong>: {text(words)}</p>'


def text(plain: str) -> str:
    """A text as HTML."""
    return html.escape(plain)


def paragraph(markup: str) -> str:
    """A paragraph of markup."""
    return f"<p>{markup}</p>"


def items(markups: Iterable[str]) -> str:
    """A list."""
    return "<ul>" + "".join(f"<li>{one}</li>" for one in markups) + "</ul>"


def folded(summary: str, content: str) -> str:
    """What is opened by a click."""
    return f"<details><summary>{text(summary)}</summary>{content}</details>"


def contents(sections: Sequence[Section]) -> str:
    """Links to the sections."""
    entries = "".join(
        f'<li><a href="#{one.id}">{text(one.title)}</a>{TAG if one.synthetic else ""}</li>'
        for one in sections
    )
    parts = [
        '<nav class="contents" aria-labelledby="contents"><div>',
        f'<h2 id="contents">Contents</h2><ol>{entries}</ol></div></nav>',
    ]
    return "\n".join(parts)


def sheet_table(sheet: Sheet, names: Sequence[str] | None = None, caption: str = "") -> str:
    """A sheet as a table that a script can sort and filter; without one it is a plain table.

    Parameters
    ----------
    sheet
        The sheet; its title is the caption.
    names
        Fields to show, in this order; by default all. The file beside the page has all of them.
    caption
        In place of the title.
    """
    chosen = names or [field.name for field in sheet.fields]
    places = [[field.name for field in sheet.fields].index(name) for name in chosen]
    fields = [sheet.fields[place] for place in places]
    mark = f"{TAG} · " if sheet.synthetic else ""
    note = f'<span class="small">{text(sheet.note)}</span>' if sheet.note else ""
    heads = "".join(
        _head(field, sheet.synthetic and place == 0) for place, field in enumerate(fields)
    )
    rows = "".join(
        "<tr>"
        + "".join(
            _cell(row[place], field, header=position == 0)
            for position, (place, field) in enumerate(zip(places, fields, strict=True))
        )
        + "</tr>"
        for row in sheet
    )
    title = caption or sheet.title
    wide = " wide" if len(fields) >= _WIDE else ""
    table = [
        f'<div class="scroll{wide}" role="region" aria-label="{html.escape(title)}" tabindex="0">',
        f'<table class="sheet"><caption><div class="fit">{mark}{text(title)}{note}</div></caption>',
        f"<thead><tr>{heads}</tr></thead>",
        f"<tbody>{rows}</tbody></table></div>",
        f'<p class="download small">All columns: tables/{text(sheet.name)}.csv</p>',
    ]
    return "\n".join(table)


def _head(field: Field, marked: bool) -> str:
    css = ' class="num"' if field.kind != "text" else ""
    mark = f"{TAG}<br>" if marked else ""
    return f'<th scope="col"{css}>{mark}{text(field.title)}</th>'


_STANDINGS = ("within", "across", "beyond")
_WIDE = 9  # columns; such tables take more of the screen
_LONG = 44  # characters; such texts get room


def _cell(value: Cell, field: Field, *, header: bool) -> str:
    seen = text(shown(value, field))
    if header:
        return f'<th scope="row">{seen}</th>'
    if field.kind == "text":
        css = value if field.name == "standing" and value in _STANDINGS else "text"
        css += " long" if len(seen) > _LONG else ""
        return f'<td class="{css}">{seen}</td>'
    known = isinstance(value, int | float) and not math.isnan(value)
    exact = f' data-value="{value!r}"' if known else ""
    return f'<td class="num"{exact}>{seen}</td>'


def drawn(chart: Chart, synthetic: bool) -> str:
    """A chart with its title above it and its figures in words below."""
    mark = f"{TAG} · " if synthetic else ""
    return (
        f'<figure class="drawn"><figcaption>{mark}{text(chart.title)}</figcaption>'
        f'<div class="scroll" role="region" aria-label="chart" tabindex="0">{chart.element}</div>'
        f"{folded('The chart in words', f'<p>{text(chart.description)}</p>')}</figure>"
    )
