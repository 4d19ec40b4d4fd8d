"""Spreadsheets as cells: what stands where, in a file of Excel or OpenDocument."""

from __future__ import annotations

import os
import posixpath
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, TypeAlias
from xml.etree import ElementTree

from irosurvey._complaint import complaint
from irosurvey.errors import ReadError

__all__ = ["Cell", "Merged", "Sheet", "Sheets", "cell_name", "read_sheets"]

Cell: TypeAlias = str | float | int | bool | date | None


@dataclass(frozen=True)
class Merged:
    """Cells that are merged into one, counted from 0; the last row and column belong to them."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int

    @property
    def name(self) -> str:
        """As spreadsheets name it: ``B3:C3``."""
        first = cell_name(self.first_row, self.first_column)
        return f"{first}:{cell_name(self.last_row, self.last_column)}"


@dataclass(frozen=True)
class Sheet:
    """What a sheet holds.

    Attributes
    ----------
    rows
        The cells of each row, which ends with its last cell that holds something.
    merged
        Cells merged into one. What such a cell holds stands in the first of them alone.
    """

    rows: list[list[Cell]]
    merged: tuple[Merged, ...] = ()


Sheets: TypeAlias = Mapping[str, Sheet]
"""The sheets of a workbook, by name."""

_LARGEST = 16 * 2**20
_MOST_CONTENT = 200 * 2**20  # of a packed file's parts, unpacked
_MOST_ROWS = 5_000
_MOST_COLUMNS = 100

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_LINKS = "xl/_rels/workbook.xml.rels"


def read_sheets(path: str | os.PathLike[str]) -> Sheets:
    """Every sheet of a workbook.

    Parameters
    ----------
    path
        An ``.xlsx`` or ``.ods`` file. Of a formula the value is read that was there when the file
        was saved.

    Raises
    ------
    ReadError
        There is no such file, or it is no workbook.
    """
    place = Path(path)
    expected = "a workbook: .xlsx or .ods"
    try:
        if place.stat().st_size > _LARGEST:
            raise _error(place, expected, f"more than {_LARGEST >> 20} MiB")
        with zipfile.ZipFile(place) as archive:
            if sum(part.file_size for part in archive.infolist()) > _MOST_CONTENT:
                raise _error(place, expected, "a file that unpacks to more than it should")
            names = set(archive.namelist())
            if "content.xml" in names:
                return dict(_of_ods(place, archive.read("content.xml")))
            if "xl/workbook.xml" not in names:
                raise _error(place, expected, "another kind of file")
            merged = _merged_of_xlsx(archive)
        return _of_xlsx(place, merged)
    except OSError as failure:
        raise _error(place, expected, failure.strerror or str(failure)) from failure
    except ReadError:
        raise
    except Exception as failure:  # whatever a broken archive or broken XML make of a reader
        cause = str(failure).splitlines()[0] if str(failure) else type(failure).__name__
        raise _error(place, expected, f"a file that can't be read ({cause})") from failure


def cell_name(row: int, column: int) -> str:
    """A cell as spreadsheets name it: 0, 0 is A1."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"


def _error(place: Path, expected: str, found: str) -> ReadError:
    siblings = []
    if place.parent.is_dir():
        siblings = [one.name for one in place.parent.iterdir() if one.suffix in (".xlsx", ".ods")]
    near = place.name if not place.exists() else ""
    return complaint(
        ReadError,
        f"file '{place}'",
        expected=expected,
        found=found,
        name=near,
        existing=siblings,
    )


def _trimmed(cells: list[Cell]) -> list[Cell]:
    while cells and cells[-1] is None:
        cells.pop()
    return cells


def _plain(value: object) -> Cell:
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if value is None or isinstance(value, bool | int | float | date):
        return value
    return str(value)


def _of_xlsx(place: Path, merged: Mapping[str, tuple[Merged, ...]]) -> Sheets:
    import openpyxl

    values = openpyxl.load_workbook(place, read_only=True, data_only=True)
    formulas = openpyxl.load_workbook(place, read_only=True)
    try:
        return {
            sheet.title: Sheet(
                [
                    _trimmed([_plain(value) for value in row])
                    for row in _calculated(place, sheet, formulas[sheet.title])
                ],
                merged.get(sheet.title, ()),
            )
            for sheet in values.worksheets
        }
    finally:
        values.close()
        formulas.close()


def _merged_of_xlsx(archive: zipfile.ZipFile) -> dict[str, tuple[Merged, ...]]:
    """Merged cells by sheet: openpyxl tells of them only if it holds a sheet in memory whole."""
    names = set(archive.namelist())
    if _LINKS not in names:
        return {}
    links = ElementTree.fromstring(archive.read(_LINKS))
    parts = {one.get("Id", ""): posixpath.join("/xl", one.get("Target", "")) for one in links}
    found = {}
    for sheet in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter(f"{_MAIN}sheet"):
        part = posixpath.normpath(parts.get(sheet.get(_LINK, ""), ""))[1:]
        if part in names:
            with archive.open(part) as content:
                found[sheet.get("name", "")] = tuple(_merged_cells(content))
    return found


def _merged_cells(content: IO[bytes]) -> Iterator[Merged]:
    from openpyxl.utils.cell import range_boundaries

    for _, element in ElementTree.iterparse(content):
        if element.tag == f"{_MAIN}row":
            element.clear()
        if element.tag == f"{_MAIN}mergeCell":
            columns_and_rows = (place - 1 for place in range_boundaries(element.get("ref", "")))
            first_column, first_row, last_column, last_row = columns_and_rows
            yield Merged(first_row, first_column, last_row, last_column)


def _calculated(place: Path, values: Any, formulas: Any) -> Iterator[tuple[object, ...]]:
    """Rows of values; a formula that was never calculated has none, and is no empty cell."""
    most = {"max_row": _MOST_ROWS, "max_col": _MOST_COLUMNS, "values_only": True}
    rows = zip(values.iter_rows(**most), formulas.iter_rows(**most), strict=True)
    for number, (row, written) in enumerate(rows):
        for column, (value, formula) in enumerate(zip(row, written, strict=True)):
            if value is None and formula is not None:
                raise _uncalculated(place, values.title, number, column, str(formula))
        yield row


def _uncalculated(place: Path, sheet: str, row: int, column: int, formula: str) -> ReadError:
    return complaint(
        ReadError,
        f"{place}, sheet '{sheet}', cell {cell_name(row, column)}",
        expected="a value",
        found=f"a formula that was never calculated: {formula[:40]}",
        remedy="Open the workbook in Excel or LibreOffice and save it, or write the value; a text "
        "that begins with = needs an apostrophe in front.",
    )


# ---- OpenDocument ----


def _of_ods(place: Path, content: bytes) -> Iterator[tuple[str, Sheet]]:
    for table in ElementTree.fromstring(content).iter(f"{_TABLE}table"):
        name = table.get(f"{_TABLE}name", "")
        rows: list[list[Cell]] = []
        merged: list[Merged] = []
        for row in table.iter(f"{_TABLE}table-row"):
            cells: list[Cell] = []
            for value, cell in _ods_cells(row):
                if value is None and (formula := cell.get(f"{_TABLE}formula")):
                    raise _uncalculated(place, name, len(rows), len(cells), formula)
                merged += _ods_merged(cell, len(rows), len(cells))
                cells.append(value)
            # Sheets end in rows that are repeated a million times, and empty.
            count = _repeated(row, "rows") if _trimmed(cells) else min(_repeated(row, "rows"), 100)
            rows += [list(cells) for _ in range(min(count, _MOST_ROWS - len(rows)))]
        while rows and not rows[-1]:
            rows.pop()
        yield name, Sheet(rows, tuple(merged))


def _ods_cells(row: ElementTree.Element) -> Iterator[tuple[Cell, ElementTree.Element]]:
    """Each cell's value, with its element."""
    count = 0
    for cell in row:
        if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            continue
        value = _ods_value(cell)
        for _ in range(min(_repeated(cell, "columns"), _MOST_COLUMNS - count)):
            count += 1
            yield value, cell


def _ods_merged(cell: ElementTree.Element, row: int, column: int) -> Iterator[Merged]:
    """The cells that one spans, if it spans others."""
    rows, columns = (
        int(cell.get(f"{_TABLE}number-{what}-spanned", "1")) for what in ("rows", "columns")
    )
    if rows > 1 or columns > 1:
        yield Merged(row, column, row + rows - 1, column + columns - 1)


def _repeated(element: ElementTree.Element, what: str) -> int:
    return max(1, int(element.get(f"{_TABLE}number-{what}-repeated", "1")))


def _ods_value(cell: ElementTree.Element) -> Cell:
    kind = cell.get(f"{_OFFICE}value-type", "")
    if kind in ("float", "percentage", "currency"):
        return _plain(float(cell.get(f"{_OFFICE}value", "nan")))
    if kind == "boolean":
        return cell.get(f"{_OFFICE}boolean-value") == "true"
    if kind == "date":
        return date.fromisoformat(cell.get(f"{_OFFICE}date-value", "")[:10])
    lines = ["".join(one.itertext()) for one in cell.findall(f"{_TEXT}p")]
    return _plain("\n".join(lines))
