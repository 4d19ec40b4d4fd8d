"""A release as one page of HTML that needs nothing else: no script, no other file."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from irosurvey._files import replace_files
from irosurvey.errors import ArgumentError
from irosurvey.tables.published import Note, PublishedColumn, PublishedRow, PublishedTable, Release
from irosurvey.tables.safe_text import escaped
from irosurvey.tables.writers._prepare import NOTE, prepared
from irosurvey.tables.writers._words import (
    SYNTHETIC,
    SYNTHETIC_SENTENCE,
    contact_lines,
    cover_lines,
    facts,
    heading,
    is_numeric,
    legend,
    release_heading,
    shown,
    synthetic_sentence,
)

__all__ = ["charts_of", "page", "style", "table_element", "table_section", "write"]

_NO_NOTES: frozenset[int] = frozenset()


def write(release: Release, path: str | Path) -> list[Path]:
    """Write the release as one page.

    Parameters
    ----------
    release
        What may be published.
    path
        Of the file.

    Returns
    -------
    list of Path
        The file.
    """
    return replace_files({Path(path): page(release).encode("utf-8")})


def page(release: Release, *, figures: Mapping[str, str] | None = None) -> str:
    """The page as text.

    Parameters
    ----------
    release
        What may be published.
    figures
        HTML to stand below a table, by the table's name, taken as it is: a chart with its text
        alternative. By default the chart of each table that asks for one.
    """
    release = prepared(release)
    known = frozenset(note.number for note in release.notes)
    below = charts_of(release) if figures is None else figures
    body = [
        '<a class="skip" href="#content">Skip to the tables</a>',
        *_header(release),
        *_contents(release),
        '<main id="content" tabindex="-1">',
        *(table_section(table, notes=known, below=below.get(table.name, "")) for table in release),
        *_notes(release.notes),
        *_facts(release),
        "</main>",
        *_footer(release),
    ]
    author = f'<meta name="author" content="{escaped(release.publisher)}">\n'
    return (
        f'<!DOCTYPE html>\n<html lang="{escaped(release.language)}">\n<head>\n'
        '<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escaped(release_heading(release))}</title>\n"
        f"{author if release.publisher else ''}"
        f"<style>\n{style()}</style>\n</head>\n<body>\n" + "\n".join(body) + "\n</body>\n</html>\n"
    )


def charts_of(release: Release) -> dict[str, str]:
    """By the names of tables their charts: the picture with its title and its words inside.

    A table whose chart can't be drawn (too many rows, no estimates) stands without one;
    :func:`irosurvey.charts.chart_of` says why.
    """
    found = {}
    for table in release:
        if not table.chart:
            continue
        # Who writes no chart needs no library to draw with.
        from irosurvey.charts import chart_of

        try:
            chart = chart_of(table)
            # No id of the page begins like that, whatever the table is called.
            picture = replace(chart, name=f"chart_{chart.name}").element
        except ArgumentError:
            continue
        found[table.name] = (
            f'<figure class="chart"><figcaption>Chart of table {table.number}. '
            f"{escaped(chart.alt)}</figcaption>\n{picture}\n</figure>"
        )
    return found


def style() -> str:
    """The page's style sheet."""
    return files("irosurvey.tables.writers").joinpath("page.css").read_text("utf-8")


# ---- around the tables ----


def _header(release: Release) -> list[str]:
    known = [*cover_lines(release), *contact_lines(release)]
    return [
        '<header class="top">',
        *([f'<p class="banner">{escaped(SYNTHETIC_SENTENCE)}</p>'] if release.synthetic else []),
        f"<h1>{escaped(release_heading(release))}</h1>",
        *(f"<p>{escaped(text)}</p>" for text in release.about),
        *([_pairs(known)] if known else []),
        "</header>",
    ]


def _contents(release: Release) -> list[str]:
    links = [(_anchor(table), heading(table)) for table in release]
    if release.notes:
        links.append(("notes", "Notes"))
    if facts(release):
        links.append(("method", _METHOD))
    listed = "".join(f'<li><a href="#{target}">{escaped(text)}</a></li>' for target, text in links)
    return [
        '<nav class="contents" aria-labelledby="contents">',
        f'<h2 id="contents">Contents</h2><ol>{listed}</ol>',
        "</nav>",
    ]


_METHOD = "How these tables were made"


def _notes(notes: Sequence[Note]) -> list[str]:
    if not notes:
        return []
    listed = [(f"[note {note.number}]", f"note-{note.number}", note.text) for note in notes]
    items = "".join(
        f'<dt id="{anchor}">{name}</dt><dd>{escaped(text)}</dd>' for name, anchor, text in listed
    )
    return [
        '<section id="notes" aria-labelledby="notes-title"><h2 id="notes-title">Notes</h2>',
        f'<dl class="pairs">{items}</dl></section>',
    ]


def _facts(release: Release) -> list[str]:
    parts = [
        f"<h3>{escaped(part)}</h3>{_pairs((fact.name, fact.value) for fact in group)}"
        for part, group in itertools.groupby(facts(release), lambda fact: fact.part)
    ]
    if not parts:
        return []
    title = f'<h2 id="method-title">{_METHOD}</h2>'
    return [
        f'<section id="method" aria-labelledby="method-title">{title}',
        *parts,
        "</section>",
    ]


def _footer(release: Release) -> list[str]:
    made = f" Every table marked {SYNTHETIC} rests on made-up answers." if release.synthetic else ""
    return [f'<footer class="foot"><p>End of the tables.{made}</p></footer>']


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    listed = "".join(f"<dt>{escaped(name)}</dt><dd>{escaped(value)}</dd>" for name, value in pairs)
    return f'<dl class="pairs">{listed}</dl>'


def _anchor(table: PublishedTable) -> str:
    return f"table-{table.number}"


def _linked(text: str, notes: frozenset[int]) -> str:
    """The text escaped, with what it says of notes as links to them."""
    return NOTE.sub(
        lambda found: (
            f'<a href="#note-{int(found[1])}">{found[0]}</a>'
            if int(found[1]) in notes
            else found[0]
        ),
        escaped(text),
    )


# ---- a table ----


def table_section(
    table: PublishedTable, *, notes: frozenset[int] = _NO_NOTES, below: str = ""
) -> str:
    """A table with its heading, its remarks and its legend.

    Parameters
    ----------
    table
        As :func:`page` prepares it.
    notes
        Numbers of the notes that the page has: what a text says of them becomes a link.
    below
        HTML to stand below it, taken as it is.
    """
    anchor = _anchor(table)
    made = f' <span class="made">{SYNTHETIC}</span>' if table.synthetic else ""
    named = " ".join(f"[note {number}]" for number in table.notes)
    remarks = [
        *table.remarks,
        *([f"Notes to this table: {named}."] if named else []),
        *([f"Source: {table.source}."] if table.source else []),
    ]
    return "\n".join(
        [
            f'<section id="{anchor}"{_paper(table)} aria-labelledby="{anchor}-title">',
            f'<h2 id="{anchor}-title">Table {table.number}:{made} '
            f"{_linked(table.title.subject, notes)}</h2>",
            *(f'<p class="made">{escaped(text)}</p>' for text in synthetic_sentence(table)),
            *(f"<p>{_linked(text, notes)}</p>" for text in remarks),
            *_legend(table),
            f'<div class="scroll" role="region" aria-labelledby="{anchor}-caption" tabindex="0">',
            table_element(table, notes=notes),
            "</div>",
            *([below] if below else []),
            "</section>",
        ]
    )


_UPRIGHT, _ACROSS = 9, 16
"""Columns that paper holds upright and across, in print that can be read."""


def _paper(table: PublishedTable) -> str:
    """How a table is put on paper; on a screen it scrolls."""
    columns = len(table.stub) + len(table.columns)
    if columns <= _UPRIGHT:
        return ""
    return ' class="wide"' if columns <= _ACROSS else ' class="wide widest"'


def _legend(table: PublishedTable) -> list[str]:
    if not table.marks:
        return []
    return [f'<div class="legend"><p>Shorthand in this table</p>{_pairs(legend(table))}</div>']


def table_element(table: PublishedTable, *, notes: frozenset[int] = _NO_NOTES) -> str:
    """The `<table>` alone: caption, spanners, scopes, and ids where there is more than one header.

    Parameters
    ----------
    table
        As :func:`page` prepares it.
    notes
        Numbers of the notes that the page has.
    """
    layout = _Layout(table, notes)
    caption = f'<span id="{_anchor(table)}-caption">{escaped(heading(table))}</span>'
    head = "".join(f"<tr>{row}</tr>" for row in layout.head())
    body = "\n".join(f"<tbody>{rows}</tbody>" for rows in layout.bodies())
    return (
        f"<table>\n<caption>{caption}</caption>\n{layout.groups()}<thead>{head}</thead>\n"
        f"{body}\n</table>"
    )


class _Head(NamedTuple):
    """A header above columns `first` to `last` (one past), from row `level` over `rows` rows."""

    text: str
    level: int
    first: int
    last: int
    rows: int
    above: tuple[str, ...]
    """Ids of the headers above it."""
    id: str
    spans: bool
    """Whether other headers stand below it."""


class _Layout:
    """Where headers stand, and what they are called."""

    def __init__(self, table: PublishedTable, notes: frozenset[int]) -> None:
        self._table = table
        self._notes = notes
        self._name = f"t{table.number}"
        self._depth = max(len(column.spanners) for column in table.columns) + 1
        self._heads = [head for level in range(self._depth) for head in self._level(level)]
        # With a single row of headers and a single header a row, scopes say it all.
        self._linked = self._depth > 1 or len(table.stub) > 1

    def groups(self) -> str:
        """Columns that belong together, so that `colgroup` means something."""
        if self._depth == 1:
            return ""
        stub = len(self._table.stub)
        tops = [
            len(list(run))
            for _, run in itertools.groupby(
                self._table.columns, lambda column: column.spanners[:1] or (column.name, "")
            )
        ]
        spans = [*([stub] if stub else []), *tops]
        return "".join(f'<colgroup span="{span}"></colgroup>' for span in spans) + "\n"

    # ---- header rows ----

    def _level(self, level: int) -> Iterator[_Head]:
        columns = list(enumerate(self._table.columns))
        for key, run in itertools.groupby(columns, lambda one: self._key(one[0], one[1], level)):
            if key is None:
                continue
            places = [place for place, _ in run]
            column = columns[places[0]][1]
            spanner = level < len(column.spanners)
            text = column.spanners[level] if spanner else column.heading
            kind = "s" if spanner else "c"
            yield _Head(
                text=text,
                level=level,
                first=places[0],
                last=places[-1] + 1,
                rows=1 if spanner else self._depth - level,
                above=tuple(self._spanner_id(place, places[0]) for place in range(level)),
                id=f"{self._name}-{kind}-{level}_{places[0]}",
                spans=spanner,
            )

    @staticmethod
    def _key(place: int, column: PublishedColumn, level: int) -> object:
        """What columns under one header share; `None`: a header of a level above reaches here."""
        if level < len(column.spanners):
            return column.spanners[: level + 1]
        return place if level == len(column.spanners) else None

    def _spanner_id(self, level: int, place: int) -> str:
        """The id of the spanner of this level above a column: that of its first column."""
        path = self._table.columns[place].spanners[: level + 1]
        while place and self._table.columns[place - 1].spanners[: level + 1] == path:
            place -= 1
        return f"{self._name}-s-{level}_{place}"

    def head(self) -> Iterator[str]:
        """The header rows, each as its cells."""
        for level in range(self._depth):
            stub = [
                f'<th scope="col"{self._id(f"{self._name}-h-{place}")}{_span(self._depth, "row")}'
                f' class="low">{_linked(title, self._notes)}</th>'
                for place, title in enumerate(self._table.stub)
                if level == 0
            ]
            yield "".join(stub) + "".join(
                self._head_cell(head) for head in self._heads if head.level == level
            )

    def _head_cell(self, head: _Head) -> str:
        numeric = is_numeric(self._table.columns[head.first])
        above = f' headers="{" ".join(head.above)}"' if self._linked and head.above else ""
        text = _linked(head.text, self._notes)
        if head.spans:
            span = _span(head.last - head.first, "col")
            start = f'<th scope="colgroup"{self._id(head.id)}{above}{span} class="span">'
        else:
            css = "low num" if numeric else "low"
            span = _span(head.rows, "row")
            start = f'<th scope="col"{self._id(head.id)}{above}{span} class="{css}">'
        return f"{start}{text}</th>"

    def _id(self, name: str) -> str:
        return f' id="{name}"' if self._linked else ""

    # ---- rows ----

    def bodies(self) -> Iterator[str]:
        """Rows that share their first label stand in a body of their own."""
        rows = list(enumerate(self._table.rows))
        if len(self._table.stub) < 2:
            yield "\n".join(self._row(place, row, []) for place, row in rows)
            return
        for label, run in itertools.groupby(rows, lambda one: one[1].labels[0]):
            group = list(run)
            first = group[0][0]
            name = f"{self._name}-g-{first}"
            over = self._row_head(label, name, "rowgroup" if len(group) > 1 else "row", len(group))
            yield "\n".join(
                self._row(place, row, [name], over if place == first else "")
                for place, row in group
            )

    def _row_head(self, text: str, name: str, scope: str, rows: int = 1) -> str:
        span = _span(rows, "row")
        return f'<th scope="{scope}"{self._id(name)}{span}>{_linked(text, self._notes)}</th>'

    def _row(self, place: int, row: PublishedRow, above: list[str], over: str = "") -> str:
        labels = list(enumerate(row.labels))[len(above) :]
        names = [f"{self._name}-r-{place}_{at}" for at, _ in labels]
        heads = [
            self._row_head(label, name, "row")
            for (_, label), name in zip(labels, names, strict=True)
        ]
        cells = "".join(self._cell(row, at, [*above, *names]) for at in range(len(row.cells)))
        css = ' class="total"' if row.total else ""
        return f"<tr{css}>{over}{''.join(heads)}{cells}</tr>"

    def _cell(self, row: PublishedRow, at: int, names: list[str]) -> str:
        column = self._table.columns[at]
        css = ' class="num"' if is_numeric(column) else ""
        headers = ""
        if self._linked:
            over = [head.id for head in self._heads if head.first <= at < head.last]
            headers = f' headers="{" ".join([*names, *over])}"'
        return f"<td{css}{headers}>{escaped(shown(row.cells[at], column))}</td>"


def _span(size: int, kind: str) -> str:
    return f' {kind}span="{size}"' if size > 1 else ""
