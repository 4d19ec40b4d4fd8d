"""Plans in spreadsheets, filled in by a program as a person would."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl

from irosurvey.tables.workbook_fields import TABLES

HEADINGS = {own.label: column for column, own in enumerate(TABLES, start=1)}


def filled_in(template: bytes, lines: Sequence[Mapping[str, object]]) -> openpyxl.Workbook:
    """The template with these lines of tables in the place of its own."""
    book = openpyxl.load_workbook(io.BytesIO(template))
    sheet = book["Tables"]
    for row in range(3, 12):
        for place in HEADINGS.values():
            sheet.cell(row, place).value = None
    for row, cells in enumerate(lines, start=3):
        for heading, value in cells.items():
            sheet.cell(row, HEADINGS[heading]).value = value
    return book


def answer(book: openpyxl.Workbook, line: str) -> Any:
    """The cell of the sheet Survey where something is filled in."""
    return next(row[1] for row in book["Survey"].iter_rows() if row[0].value == line)
