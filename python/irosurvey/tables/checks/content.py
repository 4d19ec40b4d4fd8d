"""Rules of any file: what it shows is the release, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import zip_longest

from irosurvey.tables.checks.report import Findings
from irosurvey.tables.published import SHORTHAND, PublishedColumn, PublishedTable, Release
from irosurvey.tables.writers._words import SIGNIFICANCE, SYNTHETIC, heading, release_heading, shown

__all__ = [
    "ReadCell",
    "ReadFile",
    "ReadTable",
    "check_content",
    "check_release",
    "check_words",
    "differences",
]

_MARK = re.compile(r"\[([^\[\]]*)\]")
_LEGACY = re.compile(r"^[\W_]*$|^\[?(na|n/a|nan|none|null|#n/a)\]?$", re.IGNORECASE)
# What follows from an estimate: who knows one of them knows much of it.
_DERIVED = frozenset({"se", "cv", "lower", "upper", "effective_n", "df", "significance"})


@dataclass(frozen=True)
class ReadCell:
    """A cell as it was read.

    Attributes
    ----------
    text
        What is seen; ``""`` where that is for the reader's program to say.
    value
        The number behind it; `None` if there is none, or if the format has texts alone.
    written
        The number as it stands in the file, digit by digit.
    """

    text: str
    value: float | None = None
    written: str = ""


@dataclass(frozen=True)
class ReadTable:
    """A table as it was read.

    Attributes
    ----------
    title
        What stands above it as its title.
    headers
        One for each column; headers of several levels are joined by a line end.
    rows
        Labels and figures.
    before
        Everything said above it: its lead-in and its legend.
    """

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[ReadCell, ...], ...]
    before: str


@dataclass(frozen=True)
class ReadFile:
    """What every format tells.

    Attributes
    ----------
    title, author, language
        Of the document; a format that has no place for its language has `None`.
    tables
        Those of the release.
    notes
        Where notes stand, everything said there.
    words
        All that can be read, piece by piece, each with its place where the format has places.
    levels
        Whether headers of several levels are kept apart.
    numbers
        Whether numbers are kept as numbers.
    """

    title: str
    author: str
    language: str | None
    tables: tuple[ReadTable, ...]
    notes: str
    words: tuple[str, ...]
    levels: bool = False
    numbers: bool = True


def check_release(found: Findings, release: Release) -> None:
    """Rules that the release itself keeps or breaks."""
    found.rule("derived", _derived(release))
    found.rule("title-parts", _title_parts(release))
    found.rule("contact", [] if any(vars_of(release)) else ["no name, email or telephone"])
    found.rule("bases", _bases(release))


def vars_of(release: Release) -> tuple[str, ...]:
    """What is known of whom to ask."""
    contact = release.contact
    return contact.name, contact.email, contact.telephone


def _derived(release: Release) -> Iterator[str]:
    for table in release:
        for row in table.rows:
            hidden = {
                column.spanners
                for cell, column in zip(row.cells, table.columns, strict=True)
                if column.kind == "estimate" and cell.mark == "c"
            }
            for cell, column in zip(row.cells, table.columns, strict=True):
                if column.spanners in hidden and column.kind in _DERIVED and not cell.mark:
                    yield f"{heading(table)}: {' '.join(row.labels)}, {column.name}"


def _title_parts(release: Release) -> Iterator[str]:
    for table in release:
        for part in ("subject", "statistic", "population", "area", "period"):
            if not getattr(table.title, part):
                yield f"{heading(table)}: no {part}"


def _bases(release: Release) -> Iterator[str]:
    for table in release:
        kinds = {column.kind for column in table.columns}
        counts = all(column.unit == "count" for column in table.columns)
        if "estimate" in kinds and "base" not in kinds and not counts:
            yield heading(table)


def check_words(found: Findings, read: Sequence[str], written: Sequence[str]) -> None:
    """Hold all that can be read against what the writer writes of the release."""
    found.rule("words", differences(read, written))


def differences(read: Sequence[str], written: Sequence[str]) -> Iterator[str]:
    """What stands in place of what, between the first and the last piece that differ."""
    first = next((at for at, pair in enumerate(zip_longest(read, written)) if len({*pair}) > 1), -1)
    if first < 0:
        return
    backwards = zip(reversed(read[first:]), reversed(written[first:]), strict=False)
    same = next((at for at, (one, other) in enumerate(backwards) if one != other), None)
    if same is None:
        same = min(len(read), len(written)) - first
    pairs = zip_longest(
        read[first : len(read) - same], written[first : len(written) - same], fillvalue="nothing"
    )
    yield from (f"{one!r} in place of {other!r}" for one, other in pairs if one != other)


def check_content(found: Findings, release: Release, read: ReadFile) -> None:
    """Rules of what a file shows."""
    found.rule("title", _differs("title", read.title, release_heading(release)))
    found.rule("author", [] if read.author else ["none"])
    found.rule("author", _differs("author", read.author, release.publisher))
    if read.language is not None:
        found.rule("language", _differs("language", read.language, release.language))
    found.rule("tables", _same_tables(release, read))
    for name in ("headers", "cells", "one-thing", "digits", "marked", "shorthand", "legend"):
        found.rule(name)
    for table, shown_table in zip(release, read.tables, strict=False):
        _check_table(found, table, shown_table, read)
    found.rule("notes", _notes(release, read))
    found.rule("synthetic", _synthetic(release, read))


def _differs(what: str, read: str, wanted: str) -> list[str]:
    return [] if read == wanted else [f"the {what} is {read!r}, not {wanted!r}"]


def _same_tables(release: Release, read: ReadFile) -> Iterator[str]:
    wanted = [heading(table) for table in release]
    for one, other in zip_longest((table.title for table in read.tables), wanted):
        if one != other:
            yield f"{one!r} in place of {other!r}"


def _header(column: PublishedColumn, levels: bool) -> str:
    return "\n".join((*column.spanners, column.heading)) if levels else column.name


def _check_table(found: Findings, table: PublishedTable, read: ReadTable, file: ReadFile) -> None:
    where = f"Table {table.number}"
    wanted = (*table.stub, *(_header(column, file.levels) for column in table.columns))
    found.rule("headers", _headers(where, wanted, read.headers))
    if len(read.rows) != len(table.rows):
        found.rule("cells", [f"{where}: {len(read.rows)} rows, not {len(table.rows)}"])
    used: dict[str, None] = {}
    stub = len(table.stub)
    for at, (row, cells) in enumerate(zip(table.rows, read.rows, strict=False), 1):
        labels = tuple(cell.text for cell in cells[:stub])
        if labels != row.labels:
            found.rule("cells", [f"{where}, row {at}: labels {labels}, not {row.labels}"])
        for cell, column, published in zip(cells[stub:], table.columns, row.cells, strict=False):
            place = f"{where}, row {at}, {column.name}"
            mark = _MARK.fullmatch(cell.text)
            if mark and (column.unit != "text" or mark[1] in SIGNIFICANCE):
                used[mark[1]] = None
            if column.unit != "text":
                _check_figure(found, place, cell, column.decimals, file.numbers)
            if published.mark and (cell.value is not None or cell.written):
                found.rule("marked", [place])
            if cell.text != shown(published, column) or (
                file.numbers and cell.value != published.value
            ):
                found.rule("cells", [f"{place}: {cell.text!r}"])
    found.rule("legend", _legend(where, read.before, [one for one in SHORTHAND if one in used]))


def _headers(where: str, wanted: Sequence[str], read: Sequence[str]) -> Iterator[str]:
    for one, other in zip_longest(read, wanted):
        if one != other:
            yield f"{where}: {one!r} in place of {other!r}"
        if not (one or "").strip():
            yield f"{where}: a blank header"
    if len({one.casefold() for one in read}) != len(read):
        yield f"{where}: the same header twice"


def _check_figure(
    found: Findings, place: str, cell: ReadCell, decimals: int, numbers: bool
) -> None:
    text = cell.text
    mark = _MARK.fullmatch(text)
    number = cell.value is not None or (
        not numbers and re.fullmatch(r"[−-]?[\d,]+(\.\d+)?", text) is not None
    )
    if not number and mark is None:
        found.rule("one-thing", [f"{place}: {text!r}"])
    if mark is not None and mark[1] not in SHORTHAND:
        found.rule("shorthand", [f"{place}: {text!r}"])
    if not number and _LEGACY.match(text):
        found.rule("shorthand", [f"{place}: {text!r}"])
    digits = (cell.written or text).partition(".")[2]
    if number and len(digits.rstrip("0")) > decimals:
        found.rule("digits", [place])


def _legend(where: str, before: str, used: Sequence[str]) -> Iterator[str]:
    # A note, or a mark that a label has, is no part of the legend.
    told = [mark for mark in SHORTHAND if f"[{mark}] = " in before]
    for mark in used:
        if mark not in told:
            yield f"{where}: [{mark}] isn't told"
    for mark in told:
        if mark not in used:
            yield f"{where}: [{mark}] doesn't occur"


def _notes(release: Release, read: ReadFile) -> Iterator[str]:
    known = {note.number: note.text for note in release.notes}
    for table, shown_table in zip(release, read.tables, strict=False):
        for number in table.notes:
            if f"[note {number}]" not in shown_table.before:
                yield f"Table {table.number} doesn't say [note {number}]"
    for number, text in known.items():
        if f"[note {number}]" not in read.notes or text not in read.notes:
            yield f"[note {number}] isn't explained"


def _texts(release: Release) -> str:
    return str([getattr(release, part.name) for part in fields(release)])


def _synthetic(release: Release, read: ReadFile) -> Iterator[str]:
    if release.synthetic and SYNTHETIC not in read.title:
        yield "the title doesn't say so"
    # A label or a title of the release may hold the word.
    if (
        not release.synthetic
        and any(SYNTHETIC in one for one in read.words)
        and SYNTHETIC not in _texts(release)
    ):
        yield "nothing is made up, but the file says so"
    for table, shown_table in zip(release, read.tables, strict=False):
        if table.synthetic and SYNTHETIC not in shown_table.title:
            yield f"Table {table.number} doesn't say so"
