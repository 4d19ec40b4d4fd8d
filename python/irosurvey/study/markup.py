"""Pieces of the study's pages as HTML: documents, tables, charts, sections. Labels are escaped."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files

from irosurvey.charts import Chart
from irosurvey.study import figures, words
from irosurvey.study.model import Finding
from irosurvey.study.sheets import SEPARATOR, Cell, Field, Sheet, shown
from irosurvey.study.words import SYNTHETIC

__all__ = [
    "TAG",
    "Section",
    "banner",
    "cell",
    "contents",
    "described",
    "document",
    "drawn",
    "escaped",
    "figure",
    "folded",
    "head_cell",
    "items",
    "number_cell",
    "paragraph",
    "plain_table",
    "printed_cell",
    "row_of_cells",
    "scroll",
    "sheet_table",
    "style_of",
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
            f'<section id="{self.id}"{css}>{head}<h2>{escaped(self.title)}</h2>'
            + (f'<p class="answer">{self.answer}</p>' if self.answer else "")
            + "\n".join(self.parts)
            + "</section>"
        )


def banner(words: str) -> str:
    """What stands before everything that was made of SYNTHETIC answers."""
    return f'<p class="banner" role="note"><strong>{SYNTHETIC}</strong>: {escaped(words)}</p>'


def escaped(plain: str) -> str:
    """A text as HTML."""
    return html.escape(plain)


def paragraph(markup: str, css: str = "") -> str:
    """A paragraph of markup."""
    return f"<p{_class(css)}>{markup}</p>"


def _class(css: str) -> str:
    return f' class="{css}"' if css else ""


def described(entries: Iterable[tuple[str, str]], css: str) -> str:
    """Names with what there is to say of each."""
    parts = "".join(f"<dt>{escaped(name)}</dt><dd>{escaped(said)}</dd>" for name, said in entries)
    return f'<dl class="{css}">{parts}</dl>'


def style_of(*names: str) -> str:
    """The style sheets of these files, after that of the charts."""
    room = files("irosurvey.study")
    return figures.chart_style() + "".join(
        room.joinpath(name).read_text(encoding="utf-8") for name in names
    )


def document(title: str, style: str, body: Iterable[str], script: str = "") -> str:
    """A page that needs nothing from outside."""
    run = f"<script>\n{script}</script>\n" if script else ""
    return (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escaped(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + f"\n{run}</body>\n</html>\n"
    )


def scroll(content: str, label: str, css: str = "") -> str:
    """A region that scrolls sideways on narrow screens, by keyboard too."""
    css = f"scroll {css}".strip()
    return (
        f'<div class="{css}" role="region" aria-label="{html.escape(label)}" tabindex="0">'
        f"{content}</div>"
    )


def items(markups: Iterable[str]) -> str:
    """A list."""
    return "<ul>" + "".join(f"<li>{one}</li>" for one in markups) + "</ul>"


def folded(summary: str, content: str) -> str:
    """What is opened by a click."""
    return f"<details><summary>{escaped(summary)}</summary>{content}</details>"


def contents(sections: Sequence[Section]) -> str:
    """Links to the sections."""
    entries = "".join(
        f'<li><a href="#{one.id}">{escaped(one.title)}</a>{TAG if one.synthetic else ""}</li>'
        for one in sections
    )
    parts = [
        '<nav class="contents" aria-labelledby="contents"><div>',
        f'<h2 id="contents">Contents</h2><ol>{entries}</ol></div></nav>',
    ]
    return "\n".join(parts)


def sheet_table(sheet: Sheet, names: Sequence[str] | None = None) -> str:
    """A sheet as a table that a script can sort and filter; without one it is a plain table.

    Parameters
    ----------
    sheet
        The sheet; its title is the caption.
    names
        Fields to show, in this order; by default all. The file beside the page has all of them.
    """
    chosen = names or [field.name for field in sheet.fields]
    places = [[field.name for field in sheet.fields].index(name) for name in chosen]
    fields = [sheet.fields[place] for place in places]
    mark = f"{TAG} · " if sheet.synthetic else ""
    note = f'<span class="small">{escaped(sheet.note)}</span>' if sheet.note else ""
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
    wide = " wide" if len(fields) >= _WIDE else ""
    table = (
        f'<table class="sheet"><caption><div class="fit">{mark}{escaped(sheet.title)}{note}</div>'
        f"</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )
    file = f"tables/{sheet.name}.csv"
    return (
        f'<div class="sheet{wide}">{scroll(table, f"Table: {sheet.title}")}'
        f'<p class="download small">All columns: <a href="{escaped(file)}">{escaped(file)}</a></p>'
        "</div>"
    )


def _head(field: Field, marked: bool) -> str:
    css = ' class="num"' if field.numeric else ""
    mark = f"{TAG}<br>" if marked else ""
    return f'<th scope="col"{css}>{mark}{escaped(field.title)}</th>'


_STANDINGS = ("within", "across", "beyond")
_WIDE = 9  # columns; such tables take more of the screen
_LONG = 44  # characters; such texts get room


def _cell(value: Cell, field: Field, *, header: bool) -> str:
    seen = escaped(shown(value, field))
    if header:
        return f'<th scope="row">{seen}</th>'
    if field.kind == "list" and value:
        entries = "".join(f"<li>{escaped(one)}</li>" for one in str(value).split(SEPARATOR))
        return f'<td class="text long"><ul>{entries}</ul></td>'
    if not field.numeric:
        css = value if field.name == "standing" and value in _STANDINGS else "text"
        css += " long" if len(seen) > _LONG else ""
        return f'<td class="{css}">{seen}</td>'
    known = isinstance(value, int | float) and not math.isnan(value)
    exact = f' data-value="{value!r}"' if known else ""
    return f'<td class="num"{exact}>{seen}</td>'


def drawn(chart: Chart) -> str:
    """A chart with its title above it and its figures in words below."""
    mark = f"{TAG} · " if chart.data.synthetic else ""
    return (
        f'<figure class="drawn"><figcaption>{mark}{escaped(chart.title)}</figcaption>'
        f"{scroll(chart.element, f'Chart: {chart.title}')}"
        f"{folded('The chart in words', f'<p>{escaped(chart.description)}</p>')}</figure>"
    )


# ---- tables of markup ----


def plain_table(
    caption: str, small: str, heads: Sequence[str], rows: Iterable[str], *, synthetic: bool = False
) -> str:
    """A table; `heads` are cells, the first of them that of the column that names the rows.

    One that was made of SYNTHETIC answers says so in its caption, and in its head as well, which
    is printed again on every sheet that it runs over.
    """
    note = f'<span class="small">{small}</span>' if small else ""
    first, *others = heads
    if synthetic:
        caption = f"{TAG} · {caption}"
        first = first.replace(">", f">{TAG}<br>", 1)
    content = (
        f'<table><caption><div class="fit">{caption}{note}</div></caption>'
        f"<thead><tr>{first}{''.join(others)}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )
    return scroll(content, f"Table: {_plain(caption)}")


def head_cell(text: str, unit: str = "", *, numeric: bool = False) -> str:
    """A heading of a column, with its unit below."""
    below = f' <span class="unit">{escaped(unit)}</span>' if unit else ""
    return f'<th scope="col"{_class("num" if numeric else "")}>{escaped(text)}{below}</th>'


def row_of_cells(name: str, cells: Iterable[str], css: str = "") -> str:
    """A row under its name."""
    return f'<tr{_class(css)}><th scope="row">{escaped(name)}</th>{"".join(cells)}</tr>'


def cell(markup: str, *, numeric: bool = False) -> str:
    """A cell of markup."""
    return f"<td{_class('num' if numeric else '')}>{markup}</td>"


def number_cell(text: str) -> str:
    """A cell of a number, or of a range of them."""
    return cell(escaped(text), numeric=True)


def printed_cell(finding: Finding, *, ours: bool) -> str:
    """As printed; what is ours is said below it."""
    if finding.kind == "phrase":
        reading = f'<span class="nowrap">{escaped(words.reading(finding))}</span>'
        extra = f'<span class="reads">our reading: {reading}</span>'
    elif ours:
        extra = '<span class="reads">counted our way</span>'
    else:
        extra = ""
    return f'<td class="printed">“{escaped(finding.printed)}”{extra}</td>'


def figure(chart: figures.Chart, caption: str, small: str) -> str:
    """A chart of the evidence or the rehearsal, under its caption."""
    label = f'<figcaption>{caption}<span class="small">{small}</span></figcaption>'
    region = scroll(chart.element, f"Chart: {_plain(caption)}")
    return f"<figure>{label}{region}</figure>"


def _plain(markup: str) -> str:
    """The text of markup, for a label: regions of a page have to be told apart by theirs."""
    return html.unescape(re.sub(r"<[^>]*>", "", markup))
