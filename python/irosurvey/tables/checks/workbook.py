"""Rules of workbooks, whichever format they have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from irosurvey.tables.checks.book import Book, BookCell, BookRange, BookSheet, letters
from irosurvey.tables.checks.content import ReadCell, ReadFile, ReadTable
from irosurvey.tables.checks.report import Findings
from irosurvey.tables.published import Release
from irosurvey.tables.writers._workbook import ONE_TABLE

__all__ = ["check_book", "content_of"]

_LONGEST_NAME: Final = 31
_SIZES: Final = {16.0, 14.0, 12.0}
_COLOURS: Final = {"", "#000000", "#12436d"}


def content_of(book: Book, release: Release) -> ReadFile:
    """What the sheets of tables show."""
    wanted = {table.name for table in release}
    named = {sheet.name: sheet for sheet in book.sheets}
    notes = named.get("Notes", BookSheet("Notes"))
    tables = [
        _table(sheet, one)
        for sheet in book.sheets
        for one in sheet.ranges
        if one.name in wanted or sheet.name.startswith("Table ")
    ]
    return ReadFile(
        book.title,
        book.author,
        book.language,
        tuple(tables),
        _said(notes),
        tuple(
            f"{sheet.name}!{letters(column)}{row + 1}: {cell.text}"
            for sheet in book.sheets
            for (row, column), cell in sorted(sheet.cells.items(), key=lambda one: one[0])
        ),
    )


def _table(sheet: BookSheet, one: BookRange) -> ReadTable:
    rows = tuple(
        tuple(_figure(sheet.cells.get((row, column))) for column in range(one.left, one.right + 1))
        for row in range(one.top + 1, one.bottom + 1)
    )
    before = "\n".join(cell.text for (row, _), cell in sorted(sheet.cells.items()) if row < one.top)
    return ReadTable(sheet.text(0, 0), one.headers, rows, before)


def _figure(cell: BookCell | None) -> ReadCell:
    return ReadCell("") if cell is None else ReadCell(cell.text, cell.value, cell.written)


def _said(sheet: BookSheet) -> str:
    return "\n".join(cell.text for _, cell in sorted(sheet.cells.items(), key=lambda one: one[0]))


def check_book(found: Findings, release: Release, book: Book) -> None:
    """Look at every rule of a workbook."""
    names = [sheet.name for sheet in book.sheets]
    tables = [f"Table {table.number}" for table in release]
    wanted = ["Cover", "Contents", *(["Notes"] if release.notes else []), *tables]
    known = names in (wanted, [*wanted, "Method"])
    order = [] if known else [f"they are {', '.join(names)}"]
    found.rule("sheet-order", order)
    found.rule("sheet-names", _names(names))
    found.rule("extras", book.extras)
    ranges = [one.name.casefold() for sheet in book.sheets for one in sheet.ranges]
    found.rule("marked-up", [f"{one!r} twice" for one in set(ranges) if ranges.count(one) > 1])
    cursors = [book.sheets[0].cursor] if book.sheets else []
    front = [] if book.first == "Cover" else [f"{book.first} is in front"]
    found.rule("cursor", [*front, *(f"on {one}" for one in cursors if one != "A1")])
    for sheet in book.sheets:
        _check_sheet(found, sheet, set(names))


def _names(names: list[str]) -> Iterator[str]:
    if len({name.casefold() for name in names}) != len(names):
        yield "a name twice"
    for name in names:
        if not name.strip() or len(name) >= _LONGEST_NAME or set(name) & set("[]:*?/\\"):
            yield repr(name)


def _check_sheet(found: Findings, sheet: BookSheet, names: set[str]) -> None:
    where = sheet.name

    def say(rule: str, broken: object, detail: str = "") -> None:
        found.rule(rule, [f"{where}{': ' if detail else ''}{detail}"] if broken else [])

    say("sheet-titles", not sheet.text(0, 0))
    say("merged", sheet.merged, ", ".join(sheet.merged[:5]))
    say("hidden", sheet.hidden, ", ".join(sheet.hidden[:5]))
    say("filters", sheet.filters or any(one.filters for one in sheet.ranges))
    say("freeze", sheet.frozen)
    say("page-headers", sheet.page_headers)
    say("extras", sheet.extras, ", ".join(sheet.extras[:5]))
    said = any(cell.text == ONE_TABLE for cell in sheet.cells.values())
    say("one-table", len(sheet.ranges) > 1 or said != (len(sheet.ranges) == 1))
    say("marked-up", sheet.name.startswith("Table ") and len(sheet.ranges) != 1)
    for one in sheet.ranges:
        say("marked-up", not one.has_header or not one.name or " " in one.name, one.name)
        say("column-a", one.left, "the table doesn't start in A")
        say("column-a", one.bottom != sheet.bottom or one.right != sheet.right, "more than it")
        heads = tuple(sheet.text(one.top, column) for column in range(one.left, one.right + 1))
        say("headers", heads != one.headers, "headers differ from those of the marked-up table")
    found.rule("blank", (f"{where}: {place}" for place in _blanks(sheet)))
    for (row, column), cell in sheet.cells.items():
        _check_cell(found, f"{where}!{letters(column)}{row + 1}", cell, names)
        _check_look(found, sheet, row, column, cell)


def _blanks(sheet: BookSheet) -> Iterator[str]:
    for row in range(sheet.bottom + 1):
        if not any((row, column) in sheet.cells for column in range(sheet.right + 1)):
            yield f"row {row + 1}"
    for column in range(sheet.right + 1):
        if not any((row, column) in sheet.cells for row in range(sheet.bottom + 1)):
            yield f"column {letters(column)}"
    for one in sheet.ranges:
        for row in range(one.top, one.bottom + 1):
            for column in range(one.left, one.right + 1):
                if not sheet.text(row, column).strip():
                    yield f"{letters(column)}{row + 1}"


def _check_cell(found: Findings, where: str, cell: BookCell, names: set[str]) -> None:
    found.rule("formulas", [where] if cell.formula else [])
    target = cell.link.removeprefix("#").rpartition("!" if "!" in cell.link else ".")[0].strip("'")
    outside = cell.link and (not cell.link.startswith("#") or target not in names)
    found.rule("links", [f"{where}: {cell.link}"] if outside else [])
    found.rule("fills", [where] if cell.filled else [])
    found.rule("colours", [] if cell.colour in _COLOURS else [f"{where}: {cell.colour}"])
    wrong = cell.font != "Arial" or cell.size not in _SIZES
    found.rule("fonts", [f"{where}: {cell.font} {cell.size:g}"] if wrong else [])
    found.rule("wrapped", [] if cell.wrapped and cell.upright else [where])


def _check_look(found: Findings, sheet: BookSheet, row: int, column: int, cell: BookCell) -> None:
    where = f"{sheet.name}!{letters(column)}{row + 1}"
    title = row == 0 and column == 0
    if title and (cell.size != max(_SIZES) or not cell.bold):
        found.rule("fonts", [f"{where}: the title is {cell.size:g}"])
    if not title and cell.size == max(_SIZES):
        found.rule("fonts", [f"{where}: as large as a title"])
    figure = cell.value is not None
    wanted = "right" if figure else "left"
    inside = any(
        one.top < row <= one.bottom and one.left <= column <= one.right for one in sheet.ranges
    )
    shorthand = inside and cell.text.startswith("[") and cell.text.endswith("]")
    ok = cell.align == wanted or (not figure and not cell.align) or (shorthand and not figure)
    header = any(row == one.top for one in sheet.ranges)
    if (inside or header) and cell.size != min(_SIZES):
        found.rule("fonts", [f"{where}: {cell.size:g} in a table"])
    found.rule("aligned", [] if ok or header else [where])
