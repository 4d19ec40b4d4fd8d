"""A table of numbers for reading: text for a terminal, HTML for a notebook."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from irosurvey.layout import STYLE

__all__ = ["GridView", "grid_html", "grid_text"]

_WIDEST_LINE = 100
_WIDEST_HEADER = 18


@dataclass(frozen=True)
class GridView:
    """What is shown of a table.

    Attributes
    ----------
    title
        Its title.
    above
        Sentences above it.
    stub
        Headers of the columns of labels.
    headers
        Of every column of numbers: the headers from the outermost to its own.
    labels, cells, totals
        Of every row: its labels, its texts, and whether it is a margin.
    notes
        Sentences below it.
    texts
        Which columns of numbers are texts.
    """

    title: str
    above: Sequence[str]
    stub: Sequence[str]
    headers: Sequence[tuple[str, ...]]
    labels: Sequence[tuple[str, ...]]
    cells: Sequence[tuple[str, ...]]
    totals: Sequence[bool]
    notes: Sequence[str] = ()
    texts: Sequence[bool] = ()


def grid_text(view: GridView) -> str:
    """Lay a table out for a terminal."""
    lines = textwrap.wrap(view.title, _WIDEST_LINE)
    for sentence in view.above:
        lines += textwrap.wrap(sentence, _WIDEST_LINE)
    columns = [_text_column([title], [row[place] for row in view.labels], False)
               for place, title in enumerate(view.stub)]  # fmt: skip
    for place, header in enumerate(_headers(view)):
        columns.append(_text_column(header, [row[place] for row in view.cells], True))
    depth = max((len(head) for head, _ in columns), default=0)
    padded = [[""] * (depth - len(head)) + head + body for head, body in columns]
    numeric = [False] * len(view.stub) + [True] * len(view.headers)
    rows = []
    for texts, right in zip(padded, numeric, strict=True):
        width = max(map(len, texts))
        rows.append([text.rjust(width) if right else text.ljust(width) for text in texts])
    lines += ["", *("  ".join(row).rstrip() for row in zip(*rows, strict=True)), ""]
    for note in view.notes:
        lines += textwrap.wrap(note, _WIDEST_LINE)
    return "\n".join(lines).rstrip()


def _headers(view: GridView) -> list[list[str]]:
    """Headers as they stand above each other: one that spans columns is said once."""
    found = []
    before: tuple[str, ...] = ()
    for header in view.headers:
        shown = [
            "" if before[: place + 1] == header[: place + 1] and place + 1 < len(header) else text
            for place, text in enumerate(header)
        ]
        found.append(shown)
        before = header
    return found


def _text_column(
    header: Sequence[str], cells: Sequence[str], numeric: bool
) -> tuple[list[str], list[str]]:
    width = max([_WIDEST_HEADER if numeric else 40, *map(len, cells)])
    head = [line for text in header for line in (textwrap.wrap(text, width) or [""])]
    return head, list(cells)


_STYLE = """
.irosurvey.grid thead th[colspan]{text-align:center}
.irosurvey.grid tr.total>*{border-top:1px solid currentColor;font-weight:600}
""".strip()


def grid_html(view: GridView) -> str:
    """Lay a table out for a notebook: caption, header rows with their scopes, row headers."""
    above = "".join(f"<span>{html.escape(line)}</span> " for line in view.above)
    caption = f"<caption><strong>{html.escape(view.title)}</strong>{above.rstrip()}</caption>"
    body = "".join(_html_row(view, place) for place in range(len(view.labels)))
    notes = "".join(f"<p>{html.escape(note)}</p>" for note in view.notes)
    wide = len(view.stub) + len(view.headers)
    foot = f'<tfoot><tr><td colspan="{wide}">{notes}</td></tr></tfoot>' if notes else ""
    return (
        f'<style>{STYLE}{_STYLE}</style><table class="irosurvey grid">{caption}'
        f"<thead>{_html_head(view)}</thead><tbody>{body}</tbody>{foot}</table>"
    )


def _html_head(view: GridView) -> str:
    depth = max((len(header) for header in view.headers), default=1)
    stub = "".join(
        f'<th scope="col"{_spans("row", depth)}>{html.escape(title)}</th>' for title in view.stub
    )
    rows = []
    for level in range(depth):
        cells = stub if level == 0 else ""
        place = 0
        # Headers of fewer parts stand at the bottom, under empty ones.
        padded = [("",) * (depth - len(header)) + header for header in view.headers]
        for key, group in groupby(padded, key=lambda header: header[: level + 1]):
            wide = len(list(group))
            last = level == depth - 1
            for one in range(wide if last else 1):
                span = 1 if last else wide
                text = html.escape(key[-1])
                if not text:
                    cells += f"<td{_spans('col', span)}></td>"
                    continue
                scope = "col" if last else "colgroup"
                number = _number_class(view, place + one)
                cells += f'<th scope="{scope}"{_spans("col", span)}{number}>{text}</th>'
            place += wide
        rows.append(f"<tr>{cells}</tr>")
    return "".join(rows)


def _spans(kind: str, count: int) -> str:
    return f' {kind}span="{count}"' if count > 1 else ""


def _html_row(view: GridView, row: int) -> str:
    labels = "".join(f'<th scope="row">{html.escape(text)}</th>' for text in view.labels[row])
    cells = "".join(
        f"<td{_number_class(view, place)}>{html.escape(text)}</td>"
        for place, text in enumerate(view.cells[row])
    )
    kind = ' class="total"' if view.totals[row] else ""
    return f"<tr{kind}>{labels}{cells}</tr>"


def _number_class(view: GridView, place: int) -> str:
    return "" if view.texts and view.texts[place] else ' class="num"'
