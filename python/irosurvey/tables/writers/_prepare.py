"""What is checked before a byte is written: a writer shows a release, it never mends one."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import get_args

from irosurvey._complaint import complaint
from irosurvey.errors import ArgumentError
from irosurvey.tables.places import LONGEST_HEADER, NAME_OF_TABLE, is_name_of_table
from irosurvey.tables.published import (
    SHORTHAND,
    Contact,
    Mark,
    PublishedCell,
    PublishedColumn,
    PublishedRow,
    PublishedTable,
    Release,
    TitleParts,
)
from irosurvey.tables.safe_text import one_line
from irosurvey.tables.writers._words import SIGNIFICANCE

__all__ = ["NOTE", "marks_of", "notes_of", "prepared"]

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
NOTE = re.compile(r"\[note (\d+)\]")
"""How texts refer to a note."""

NO_TEXT = "none"
"""Stands in a column of texts where there is none: a blank cell would have to be explained."""

# Excel's limit is 32,767 characters in a cell, which must hold a title of several parts.
_LONGEST_TEXT = 6_000
# A value with more digits than its column shows would tell more than is seen. What is left is the
# error of a decimal number held as a binary one.
_BINARY_ERROR = 1e-9


def prepared(release: Release) -> Release:
    """The same release with its texts in one line each and its numbers as they are shown.

    Raises
    ------
    ArgumentError
        A cell has a number and a mark, or neither, or more digits than its column shows; headers
        are blank or the same; a note is missing; a name or a language isn't one.
    """
    if not release.tables:
        raise _wrong("release", "at least one table", "none")
    if not _LANGUAGE.fullmatch(release.language):
        raise _wrong("language", "a BCP 47 tag such as 'en-GB'", repr(release.language))
    _unique("release", "name of a table", (table.name.casefold() for table in release))
    _unique("release", "number of a table", (str(table.number) for table in release))
    notes = tuple(replace(note, text=_text("note", note.text)) for note in release.notes)
    _unique("release", "number of a note", (str(note.number) for note in notes))
    known = {note.number for note in notes}
    return replace(
        release,
        title=_text("title", release.title) or "Tables",
        tables=tuple(_table(table, known) for table in release),
        notes=tuple(sorted(notes, key=lambda note: note.number)),
        about=_texts("about", release.about),
        publisher=_text("publisher", release.publisher),
        contact=Contact(
            *(
                _text("contact", part)
                for part in (
                    release.contact.name,
                    release.contact.email,
                    release.contact.telephone,
                )
            )
        ),
        next_update=_text("next_update", release.next_update),
        version=_text("version", release.version),
        provenance={
            _text("provenance", name): _text("provenance", str(value))
            for name, value in release.provenance.items()
        },
        synthetic=release.synthetic or any(table.synthetic for table in release),
    )


def marks_of(table: PublishedTable) -> tuple[str, ...]:
    """The shorthand that occurs in a table's cells, in the order of `SHORTHAND`."""
    cells = [cell for row in table.rows for cell in row.cells]
    found = {cell.mark for cell in cells} | ({cell.text for cell in cells} & SIGNIFICANCE)
    return tuple(mark for mark in SHORTHAND if mark in found)


def _table(table: PublishedTable, known_notes: set[int]) -> PublishedTable:
    name = f"table {table.name!r}"
    if not is_name_of_table(table.name):
        raise _wrong(name, NAME_OF_TABLE, repr(table.name))
    if not table.columns or not table.rows:
        raise _wrong(name, "at least one row and one column", "none")
    stub = tuple(_header(name, title) for title in table.stub)
    columns = _told_apart(_column(name, column) for column in table.columns)
    headers = [*stub, *(column.name for column in columns)]
    _unique(name, "header", (header.casefold() for header in headers))
    done = replace(
        table,
        title=TitleParts(
            *(
                _text(name, part)
                for part in (
                    table.title.subject,
                    table.title.statistic,
                    table.title.population,
                    table.title.area,
                    table.title.period,
                )
            )
        ),
        stub=stub,
        columns=columns,
        rows=tuple(
            _row(f"{name}, row {place}", row, len(stub), columns)
            for place, row in enumerate(table.rows, 1)
        ),
        remarks=_texts(name, table.remarks),
        figures=_texts(name, table.figures),
        source=_text(name, table.source),
    )
    if not done.title.subject:
        raise _wrong(name, "a title with a subject", "none")
    if missing := sorted(notes_of(done) - known_notes):
        raise _wrong(name, "notes that the release has", f"note {missing[0]}, which it hasn't")
    return replace(done, marks=marks_of(done))


def _column(table: str, column: PublishedColumn) -> PublishedColumn:
    header = _header(table, column.name)
    return replace(
        column,
        name=header,
        spanners=tuple(text for text in (_text(table, one) for one in column.spanners) if text),
        heading=_text(table, column.heading) or header,
        decimals=0 if column.unit == "text" else max(0, column.decimals),
    )


def _told_apart(columns: Iterable[PublishedColumn]) -> tuple[PublishedColumn, ...]:
    """Columns whose headers of several levels would be the same have their whole header."""
    made = tuple(columns)
    times = Counter((*column.spanners, column.heading.casefold()) for column in made)
    return tuple(
        replace(column, heading=column.name)
        if times[(*column.spanners, column.heading.casefold())] > 1
        else column
        for column in made
    )


def _row(
    place: str, row: PublishedRow, stubs: int, columns: tuple[PublishedColumn, ...]
) -> PublishedRow:
    if len(row.labels) != stubs or len(row.cells) != len(columns):
        found = f"{len(row.labels)} labels and {len(row.cells)} cells"
        raise _wrong(place, f"{stubs} labels and {len(columns)} cells", found)
    labels = tuple(_text(place, label) for label in row.labels)
    if "" in labels:
        raise _wrong(place, "a label in every stub column", "a blank one")
    cells = tuple(_cell(place, *pair) for pair in zip(row.cells, columns, strict=True))
    return replace(row, labels=labels, cells=cells)


def _cell(place: str, cell: PublishedCell, column: PublishedColumn) -> PublishedCell:
    where = f"{place}, column {column.name!r}"
    text = _text(where, cell.text)
    if column.unit == "text" and cell.value is None and not cell.mark:
        text = text or NO_TEXT
    filled = [cell.value is not None, bool(cell.mark), bool(text)]
    if sum(filled) != 1:
        raise _wrong(where, "a number, or the mark or text in its place", f"{sum(filled)} of them")
    if cell.mark:
        if cell.mark not in get_args(Mark):
            raise _wrong(where, f"one of {', '.join(get_args(Mark)[1:])}", repr(cell.mark))
        return PublishedCell(mark=cell.mark)
    if text:
        if column.unit != "text":
            raise _wrong(where, "a number or a mark", f"the text {text!r}")
        return PublishedCell(text=text)
    return PublishedCell(value=_shown(where, cell.value or 0.0, column.decimals))


def _shown(where: str, value: float, decimals: int) -> float:
    """The number with the digits that are seen; 0 has no sign."""
    if not math.isfinite(value):
        raise _wrong(where, "a finite number", str(value))
    shown = float(f"{value:.{decimals}f}")
    if abs(shown - value) > _BINARY_ERROR * max(1.0, abs(value)):
        raise _wrong(where, f"a number rounded to {decimals} decimals", "one with more digits")
    return shown if shown else 0.0


def notes_of(table: PublishedTable) -> set[int]:
    """The notes that a table or one of its texts refers to."""
    texts = [
        *table.stub,
        *table.remarks,
        *(column.name for column in table.columns),
        *(label for row in table.rows for label in row.labels),
    ]
    return set(table.notes) | {int(one) for text in texts for one in NOTE.findall(text)}


def _header(table: str, text: str) -> str:
    header = _text(table, text)
    if not header or len(header) > LONGEST_HEADER:
        expected = f"a header of 1 to {LONGEST_HEADER} characters"
        raise _wrong(table, expected, f"one of {len(header)}")
    return header


def _texts(where: str, texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(text for text in (_text(where, one) for one in texts) if text)


def _text(where: str, text: str) -> str:
    line = one_line(text)
    if len(line) > _LONGEST_TEXT:
        raise _wrong(where, f"a text of at most {_LONGEST_TEXT:,} characters", f"{len(line):,}")
    return line


def _unique(subject: str, what: str, values: Iterable[str]) -> None:
    twice = [value for value, times in Counter(values).items() if times > 1]
    if twice:
        raise _wrong(subject, f"every {what} once", f"{twice[0]!r} more than once")


def _wrong(subject: str, expected: str, found: str) -> ArgumentError:
    remedy = "a release that `irosurvey.release` or a table's `publish` makes is in order"
    return complaint(ArgumentError, subject, expected=expected, found=found, remedy=remedy)
