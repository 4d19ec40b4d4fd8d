"""What the sheets of a workbook hold, whatever kind of file it is.

The layout follows the Government Analysis Function's guidance on releasing statistics in
spreadsheets: cover, contents, notes, then one table a sheet from column A, nothing below it.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from irosurvey.tables.published import PublishedTable, Release
from irosurvey.tables.writers._words import (
    SYNTHETIC,
    SYNTHETIC_SENTENCE,
    contact_lines,
    cover_lines,
    facts,
    heading,
    is_numeric,
    legend_sentences,
    note_sentence,
    release_heading,
    shown,
    synthetic_sentence,
)

__all__ = ["ONE_TABLE", "SIZES", "Cell", "Grid", "Line", "Sheet", "sheets"]

Look: TypeAlias = Literal["title", "subtitle", "text"]

ONE_TABLE: Final = "This worksheet contains one table."

# Widths in characters. A label or a remark wraps within its column, a header too.
_COVER_WIDTH = 85
_NARROWEST_LABEL, _WIDEST_LABEL = 50, 70
_NARROWEST_NUMBER, _WIDEST_NUMBER = 13, 24
# Of a page across, and to what it may be made smaller: Arial 12 to 7.
_PAPER, _SMALLEST = 110, 0.6
# A letter beside a digit, which widths are counted in.
_LETTER, _BOLD = 0.92, 1.02
# Points of a line, and of what is between the text and the border of its cell.
_LINE, _BORDER = 1.3, 3.0

SIZES: Final[Mapping[Look, int]] = {"title": 16, "subtitle": 14, "text": 12}
"""Sizes of Arial, in points."""


@dataclass(frozen=True)
class Line:
    """A text alone in column A."""

    text: str
    look: Look = "text"


@dataclass(frozen=True)
class Cell:
    """A cell of a marked-up table: a number with its decimals, or a text.

    Attributes
    ----------
    text
        What is seen.
    value
        The number behind it; `None` for a text.
    decimals
        How many are shown.
    sheet
        The sheet of this workbook that the text leads to; ``""``: it is no link.
    """

    text: str
    value: float | None = None
    decimals: int = 0
    sheet: str = ""


@dataclass(frozen=True)
class Grid:
    """A marked-up table.

    Attributes
    ----------
    name
        Unique in the workbook, without spaces.
    about
        What it is, for those who don't see it.
    headers
        One row of them, unique and never blank.
    right
        Which columns hold numbers, which stand on the right.
    rows
        Its cells.
    totals
        Which rows are totals.
    """

    name: str
    about: str
    headers: tuple[str, ...]
    right: tuple[bool, ...]
    rows: tuple[tuple[Cell, ...], ...]
    totals: tuple[bool, ...]


@dataclass(frozen=True)
class Sheet:
    """A worksheet: lines in column A, and then at most one table."""

    name: str
    lines: tuple[Line, ...]
    grid: Grid | None = None

    @property
    def widths(self) -> tuple[float, ...]:
        """How wide each column is, in characters."""
        if self.grid is None:
            return (float(_COVER_WIDTH),)
        columns = zip(*(row for row in self.grid.rows), strict=True)
        return tuple(
            _width(header, [cell.text for cell in cells], right=right, first=place == 0)
            for place, (header, cells, right) in enumerate(
                zip(self.grid.headers, columns, self.grid.right, strict=True)
            )
        )

    @property
    def labels(self) -> int:
        """How many columns of labels stand before the figures; 0 where there are none."""
        right = self.grid.right if self.grid is not None else ()
        return right.index(True) if True in right else 0

    @property
    def pages(self) -> int:
        """How many pages of paper it is wide, each with the labels, at a size that can be read."""
        widths, labels = self.widths, self.labels
        room = _PAPER / _SMALLEST
        if sum(widths) <= room or not labels:
            return 1
        left = max(room - sum(widths[:labels]), room / 3)
        return math.ceil(sum(widths[labels:]) / left)

    @property
    def heights(self) -> tuple[float, ...]:
        """How high each row must be for its texts to be seen whole, in points.

        Programs work it out themselves from some kinds of files, and not from others.
        """
        widths = self.widths
        heights = [_height([line.text], widths, SIZES[line.look]) for line in self.lines]
        if self.grid is not None:
            heights.append(_height(self.grid.headers, widths, bold=True))
            heights += [
                _height([cell.text for cell in row], widths, bold=total)
                for row, total in zip(self.grid.rows, self.grid.totals, strict=True)
            ]
        return tuple(heights)


def _height(
    texts: Sequence[str], widths: Sequence[float], size: int = SIZES["text"], *, bold: bool = False
) -> float:
    larger = size > SIZES["text"]
    letter = size / SIZES["text"] * (_BOLD if bold or larger else _LETTER)
    lines = max(
        len(textwrap.wrap(text, max(1, int((width - 1) / letter)))) or 1
        for text, width in zip(texts, widths, strict=False)
    )
    return round(lines * size * _LINE + _BORDER, 2)


def _width(header: str, texts: Sequence[str], *, right: bool, first: bool) -> float:
    word = max((len(part) for part in header.split()), default=0) * _BOLD
    longest = max(map(len, texts), default=0) * _BOLD
    if right:
        wanted = min(max(word, longest, len(header) * _BOLD / 4), _WIDEST_NUMBER)
        return max(wanted, word, longest, _NARROWEST_NUMBER) + 2
    least = _NARROWEST_LABEL if first else _NARROWEST_NUMBER
    return min(max(word, longest, least), _WIDEST_LABEL) + 1


def sheets(release: Release) -> list[Sheet]:
    """The sheets of a prepared release: Cover, Contents, Notes, the tables, Method."""
    tables = [_table(table) for table in release]
    taken = {sheet.grid.name.casefold() for sheet in tables if sheet.grid}
    notes = _notes(release, taken)
    method = _method(release, taken)
    behind = [*notes, *tables, *method]
    return [_cover(release), _contents(behind, taken, release.synthetic), *behind]


def _table(table: PublishedTable) -> Sheet:
    lines = [
        Line(heading(table), "title"),
        Line(ONE_TABLE),
        *map(Line, synthetic_sentence(table)),
        *map(Line, table.remarks),
        *map(Line, note_sentence(table, "in the worksheet Notes")),
        *map(Line, legend_sentences(table)),
        *([Line(f"Source: {table.source}.")] if table.source else []),
    ]
    columns = table.columns
    rows = tuple(
        (
            *map(Cell, row.labels),
            *(
                Cell(shown(cell, column), cell.value, column.decimals)
                for cell, column in zip(row.cells, columns, strict=True)
            ),
        )
        for row in table.rows
    )
    return Sheet(
        f"Table {table.number}",
        tuple(lines),
        Grid(
            table.name,
            heading(table),
            (*table.stub, *(column.name for column in columns)),
            (*(False for _ in table.stub), *map(is_numeric, columns)),
            rows,
            tuple(row.total for row in table.rows),
        ),
    )


def _cover(release: Release) -> Sheet:
    lines = [Line(release_heading(release), "title")]
    if release.synthetic:
        lines.append(Line(SYNTHETIC_SENTENCE))
    if release.about:
        lines += [Line("About these tables", "subtitle"), *map(Line, release.about)]
    for title, pairs in (
        ("Publication", cover_lines(release)),
        ("Whom to ask", contact_lines(release)),
    ):
        if pairs:
            lines.append(Line(title, "subtitle"))
            lines += [Line(f"{name}: {text}") for name, text in pairs]
    return Sheet("Cover", tuple(lines))


def _contents(behind: Sequence[Sheet], taken: set[str], made_up: bool) -> Sheet:
    rows = tuple(
        (Cell(sheet.name, sheet=sheet.name), Cell(sheet.lines[0].text)) for sheet in behind
    )
    return _listing("Contents", "Contents", taken, ("Worksheet", "Title"), rows, made_up)


def _notes(release: Release, taken: set[str]) -> list[Sheet]:
    rows = tuple((Cell(f"[note {note.number}]"), Cell(note.text)) for note in release.notes)
    headers = ("Note", "Text")
    return [_listing("Notes", "Notes", taken, headers, rows, release.synthetic)] if rows else []


def _method(release: Release, taken: set[str]) -> list[Sheet]:
    rows = tuple(tuple(map(Cell, fact)) for fact in facts(release))
    title = "How these tables were made"
    headers = ("Part", "Name", "Value")
    return [_listing("Method", title, taken, headers, rows, release.synthetic)] if rows else []


def _listing(
    name: str,
    title: str,
    taken: set[str],
    headers: tuple[str, ...],
    rows: tuple[tuple[Cell, ...], ...],
    made_up: bool = False,
) -> Sheet:
    """A sheet of texts alone, its table named after it."""
    known = f"{name.lower()}_table"
    while known in taken:
        known += "_"
    title = f"{title} ({SYNTHETIC} answers)" if made_up else title
    right: Iterable[bool] = (False for _ in headers)
    grid = Grid(known, title, headers, tuple(right), rows, (False,) * len(rows))
    return Sheet(name, (Line(title, "title"), Line(ONE_TABLE)), grid)
