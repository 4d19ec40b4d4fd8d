"""A small table with a title, notes and choices: text for a terminal, HTML for a notebook."""

from __future__ import annotations

import html
import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = [
    "STYLE",
    "Column",
    "View",
    "as_html",
    "as_text",
    "count",
    "counted",
    "number",
    "one_line",
]

_WIDEST_LABEL = 44
_WIDEST_LINE = 100


@dataclass(frozen=True)
class Column:
    """A column of a table: its title, and a text for each row."""

    title: str
    cells: Sequence[str]
    numeric: bool = False
    header: bool = False
    """Whether its cells name their rows."""


@dataclass(frozen=True)
class View:
    """What is shown of an object."""

    title: str
    source: str
    columns: Sequence[Column]
    notes: Sequence[str] = field(default_factory=list)
    choices: Sequence[tuple[str, str]] = field(default_factory=list)


# ---- numbers ----


def count(value: int) -> str:
    """A whole number with its thousands apart."""
    return f"{value:,}"


def counted(value: int, noun: str) -> str:
    """A number of things: `1 row`, `2 rows`."""
    return f"{count(value)} {noun}{'' if value == 1 else 's'}"


def number(value: float, decimals: int | None = None) -> str:
    """A number for reading: thousands apart, a real minus sign, at least four digits."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if decimals is None:
        size = math.floor(math.log10(abs(value))) if value else 0
        if not -5 < size < 15:
            return f"{value:.4g}".replace("-", "−")
        decimals = 0 if value.is_integer() else max(0, 3 - size)
    return f"{value:,.{decimals}f}".replace("-", "−")


# ---- text ----


def as_text(view: View) -> str:
    """Lay a view out for a terminal."""
    lines = textwrap.wrap(view.title, _WIDEST_LINE)
    lines += textwrap.wrap(view.source, _WIDEST_LINE)
    lines += ["", *_text_rows(view.columns), ""] if view.columns else [""]
    for note in view.notes:
        lines += textwrap.wrap(note, _WIDEST_LINE)
    lines += textwrap.wrap(
        " · ".join(f"{name}: {value}" for name, value in view.choices), _WIDEST_LINE
    )
    return "\n".join(lines).rstrip()


def _text_rows(columns: Sequence[Column]) -> list[str]:
    padded = []
    for column in columns:
        cells = [column.title, *(_shortened(cell) for cell in column.cells)]
        width = max(len(cell) for cell in cells)
        padded.append(
            [cell.rjust(width) if column.numeric else cell.ljust(width) for cell in cells]
        )
    return ["  ".join(row).rstrip() for row in zip(*padded, strict=True)]


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _WIDEST_LABEL else text[: _WIDEST_LABEL - 1] + "…"


# ---- HTML ----

# Colours are the page's own, so that light and dark notebooks both work.
STYLE = """
.irosurvey{border-collapse:collapse;margin:.5em 0;font-size:.95em}
.irosurvey caption{text-align:left;padding:.2em 0 .5em;caption-side:top;color:inherit}
.irosurvey caption strong{display:block;font-size:1.1em}
.irosurvey caption span{opacity:.75}
.irosurvey th,.irosurvey td{padding:.25em .7em;text-align:left;background:none}
.irosurvey thead th{border-bottom:1px solid currentColor;font-weight:600;vertical-align:bottom}
.irosurvey tbody th{font-weight:400}
.irosurvey tbody tr+tr>*{border-top:1px solid rgba(128,128,128,.25)}
.irosurvey .num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.irosurvey tfoot td{border-top:1px solid currentColor;padding-top:.5em;font-size:.9em}
.irosurvey tfoot p{margin:.15em 0;max-width:60em}
.irosurvey tfoot dl{display:flex;flex-wrap:wrap;gap:.1em 1.4em;margin:.15em 0}
.irosurvey tfoot dl div{display:flex;gap:.4em}
.irosurvey tfoot dt{opacity:.75;font-weight:400}
.irosurvey tfoot dd{margin:0}
""".strip()


def as_html(view: View) -> str:
    """Lay a view out for a notebook: one table with caption, row and column headers."""
    source = f"<span>{html.escape(view.source)}</span>" if view.source else ""
    head = "".join(
        f'<th scope="col"{_number_class(column)}>{html.escape(column.title)}</th>'
        for column in view.columns
    )
    rows = zip(*(column.cells for column in view.columns), strict=True)
    body = "".join(f"<tr>{_html_row(view.columns, row)}</tr>" for row in rows)
    return (
        f"<style>{STYLE}</style>"
        f'<table class="irosurvey"><caption><strong>{html.escape(view.title)}</strong>{source}'
        f"</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody>{_html_foot(view)}</table>"
    )


def _html_row(columns: Sequence[Column], row: Sequence[str]) -> str:
    return "".join(
        f'<th scope="row">{html.escape(cell)}</th>'
        if column.header
        else f"<td{_number_class(column)}>{html.escape(cell)}</td>"
        for column, cell in zip(columns, row, strict=True)
    )


def _html_foot(view: View) -> str:
    notes = "".join(f"<p>{html.escape(note)}</p>" for note in view.notes)
    choices = "".join(
        f"<div><dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd></div>"
        for name, value in view.choices
    )
    listed = f"<dl>{choices}</dl>" if choices else ""
    if not notes and not listed:
        return ""
    return f'<tfoot><tr><td colspan="{len(view.columns) or 1}">{notes}{listed}</td></tr></tfoot>'


def _number_class(column: Column) -> str:
    return ' class="num"' if column.numeric else ""


def one_line(text: str) -> str:
    """Text on one line, without what a terminal would obey and no picture or XML can hold."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
