"""Pieces of the study's pages as HTML: documents, tables, charts, sections. Labels are escaped."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files

from irosurvey.charts import Chart
from irosurvey.study import figures, words
from irosurvey.study.model import Finding
from irosurvey.study.sheets import IN_PART, SEPARATOR, Cell, Data, Field, Sheet, shown
from irosurvey.study.words import SYNTHETIC

__all__ = [
    "TAG",
    "Section",
    "Span",
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
    "interval_span",
    "items",
    "lacking_answers",
    "number_cell",
    "paragraph",
    "plain_table",
    "printed_cell",
    "row_of_cells",
    "scroll",
    "sheet_table",
    "style_of",
    "tag",
]

TAG = f'<span class="tag">{SYNTHETIC}</span>'


@dataclass(frozen=True)
class Section:
    """A section of the report.

    Attributes
    ----------
    id, title
        Of its heading.
    data
        What it was made of.
    answer
        What it says, in a paragraph, before anything is shown.
    parts
        Pieces of HTML.
    lacking
        Sentences on what it can't show, for want of answers.
    """

    id: str
    title: str
    data: Data
    answer: str
    parts: Sequence[str]
    lacking: Sequence[str] = ()

    def html(self) -> str:
        """The section as an element."""
        css = ' class="made"' if self.data.startswith(SYNTHETIC) else ""
        head = ""
        if self.data == SYNTHETIC:
            head = banner(
                "made-up answers. It shows what the analysis gives, and says nothing about IROs."
            )
        if self.data == IN_PART:
            head = banner(
                "some of these answers are made up. What is made of them says so, and says "
                "nothing about anybody.",
                IN_PART,
            )
        return (
            f'<section id="{self.id}"{css}>{head}<h2>{escaped(self.title)}</h2>'
            + (f'<p class="answer">{self.answer}</p>' if self.answer else "")
            + lacking_answers(self.lacking)
            + "\n".join(self.parts)
            + "</section>"
        )


def lacking_answers(sentences: Sequence[str]) -> str:
    """What can't be shown, for want of answers; nothing if all is."""
    if not sentences:
        return ""
    listed = items(escaped(one) for one in sentences)
    if len(sentences) > _MOST_LISTED:
        listed = folded(f"All {len(sentences)} questions and analyses", listed)
    return (
        '<div class="notice" role="note"><p><strong>Not shown, for want of answers:</strong></p>'
        f"{listed}</div>"
    )


def banner(words: str, data: Data = "SYNTHETIC") -> str:
    """What stands before everything that was made of SYNTHETIC answers."""
    return f'<p class="banner" role="note"><strong>{data}</strong>: {escaped(words)}</p>'


def tag(data: Data) -> str:
    """The mark of what was made of SYNTHETIC answers, if it was."""
    return f'<span class="tag">{data}</span>' if data.startswith(SYNTHETIC) else ""


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
        f'<li><a href="#{one.id}">{escaped(one.title)}</a>{tag(one.data)}</li>' for one in sections
    )
    parts = [
        '<nav class="contents" aria-labelledby="contents"><div>',
        f'<h2 id="contents">Contents</h2><ol>{entries}</ol></div></nav>',
    ]
    return "\n".join(parts)


@dataclass(frozen=True)
class Span:
    """Two fields of a sheet in one column of a page: from the one to the other."""

    title: str
    lower: str
    upper: str


def interval_span(sheet: Sheet) -> Span:
    """The limits of a sheet in one column."""
    title = next(field.title for field in sheet.fields if field.name == "lower")
    return Span(title.replace("lower", "interval"), "lower", "upper")


def sheet_table(sheet: Sheet, names: Sequence[str | Span] | None = None) -> str:
    """A sheet as a table that a script can sort and filter; without one it is a plain table.

    Parameters
    ----------
    sheet
        The sheet; its title is the caption.
    names
        Fields to show, in this order; by default all, limits in one column. The file beside the
        page has all of them.

    A sheet without a row is left out: why it has none its section says.
    """
    if not len(sheet):
        return ""
    chosen = [_shown_field(sheet, name) for name in names or _every_field(sheet)]
    fields = [field for field, _ in chosen]
    mark = f"{tag(sheet.data)} · " if sheet.synthetic else ""
    note = f'<span class="small">{escaped(sheet.note)}</span>' if sheet.note else ""
    heads = "".join(
        _head(field, tag(sheet.data) if place == 0 else "") for place, field in enumerate(fields)
    )
    rows = "".join(
        "<tr>"
        + "".join(
            _cell([row[place] for place in places], field)
            if position
            else _row_head(row[places[0]], field, _row_mark(sheet, data))
            for position, (field, places) in enumerate(chosen)
        )
        + "</tr>"
        for data, row in zip(sheet.row_data, sheet, strict=True)
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


def _every_field(sheet: Sheet) -> list[str | Span]:
    names = [field.name for field in sheet.fields if field.name != "upper"]
    return [interval_span(sheet) if name == "lower" else name for name in names]


def _shown_field(sheet: Sheet, name: str | Span) -> tuple[Field, list[int]]:
    """A column of a page: its field, and where in a row its values stand."""
    every = [field.name for field in sheet.fields]
    if isinstance(name, str):
        place = every.index(name)
        return sheet.fields[place], [place]
    places = [every.index(name.lower), every.index(name.upper)]
    return replace(sheet.fields[places[0]], name=name.lower, title=name.title), places


def _row_mark(sheet: Sheet, data: Data) -> str:
    """Where some rows of a table are SYNTHETIC and some aren't, those that are say so."""
    return f"{tag(data)} ".lstrip() if sheet.data == IN_PART else ""


def _head(field: Field, mark: str) -> str:
    css = ' class="num"' if field.numeric else ""
    mark += "<br>" if mark else ""
    return f'<th scope="col"{css}>{mark}{escaped(field.title)}</th>'


_STANDINGS = ("within", "across", "beyond")
_MOST_LISTED = 12  # sentences that stand open
_WIDE = 8  # columns; such tables take more of the screen
_LONG = 44  # characters; such texts get room


def _row_head(value: Cell, field: Field, mark: str) -> str:
    return f'<th scope="row">{mark}{escaped(shown(value, field))}</th>'


def _cell(values: Sequence[Cell], field: Field) -> str:
    value = values[0]
    seen = escaped(_seen(values, field))
    if field.kind == "list" and value:
        entries = "".join(f"<li>{escaped(one)}</li>" for one in str(value).split(SEPARATOR))
        return f'<td class="text long"><ul>{entries}</ul></td>'
    if not field.numeric:
        standing = str(value).split(":")[0] if field.name == "standing" else ""
        css = standing if standing in _STANDINGS else "text"
        css += " long" if len(seen) > _LONG else ""
        return f'<td class="{css}">{seen}</td>'
    known = isinstance(value, int | float) and not math.isnan(value)
    exact = f' data-value="{value!r}"' if known else ""
    return f'<td class="num"{exact}>{seen}</td>'


def _seen(values: Sequence[Cell], field: Field) -> str:
    """One value, or from one to another: `43.6–55.0%`, `−2.1 to +3.0`."""
    lower, *others = (shown(value, field) for value in values)
    if not others:
        return lower
    (upper,) = others
    if "–" in (lower, upper):
        return upper if lower == "–" else lower
    if field.kind == "share":
        return f"{lower.removesuffix('%')}–{upper}"
    return f"{lower} to {upper}"


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
