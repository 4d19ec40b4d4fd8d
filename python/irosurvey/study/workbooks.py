"""Every table of the study in accessible workbooks, for those who analyse."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from irosurvey.study.sheets import IN_PART, Cell, Field, Sheet, shown
from irosurvey.tables.published import (
    PublishedCell,
    PublishedColumn,
    PublishedRow,
    PublishedTable,
    Release,
    TitleParts,
    Unit,
)
from irosurvey.tables.rounding import to_decimals

if TYPE_CHECKING:
    from irosurvey.study.tables import Table
    from irosurvey.study.whole import WholeStudy

__all__ = ["analysts_release"]

_TITLE = "IROs in England, survey of 2013: tables for those who analyse"
_LONGEST = 1_000
"""Rows of a sheet that somebody reads; longer tables stay in their CSV files."""
_UNITS: Mapping[str, Unit] = {
    "share": "percent",
    "points": "percent",
    "error": "percent",
    "count": "count",
}
_TITLES = {
    "evidence": "What the printed figures can bear",
    "evidence_counts": "Bases that can give each printed figure",
    "evidence_intervals": "Intervals around the printed figures",
    "conditions": "Printed figures that must hold together",
    "rehearsal": "The findings counted from the answers",
    "statistics": "Caseloads and answers in full",
}
_P_DECIMALS = 4
_NUMBER_DECIMALS = 4


def analysts_release(study: WholeStudy) -> Release:
    """Every table of the study as a release that no policy has been through.

    Numbers are rounded as the page shows them; the CSV files have all of their digits.
    """
    tables: dict[str, Table[Any]] = {**study.sheets, **study.reproduction.tables()}
    sheets = [_as_sheet(name, one) for name, one in tables.items()]
    kept = [sheet for sheet in sheets if 0 < len(sheet) <= _LONGEST]
    left = [f"{sheet.name}.csv" for sheet in sheets if len(sheet) > _LONGEST]
    return Release(
        _TITLE,
        tuple(_published(sheet, number) for number, sheet in enumerate(kept, start=1)),
        about=(
            "Not for publication: these tables have been through no disclosure control, and show "
            "groups of a few respondents as they are.",
            "Numbers are rounded. The CSV files beside this workbook have all of their digits"
            + (f", and tables that are too long for a sheet: {', '.join(left)}." if left else "."),
        ),
        provenance=dict(study.provenance),
        synthetic=study.synthetic,
    )


def _as_sheet(name: str, table: Table[Any]) -> Sheet:
    """A table of evidence or rehearsal under fields that are told from its values."""
    if isinstance(table, Sheet):
        return table
    records = table.records()
    keys = dict.fromkeys(key for record in records for key in record)
    names = [key for key in keys if key != "microdata"]
    fields = [
        Field(key, _title(key), *_kind([record.get(key) for record in records])) for key in names
    ]
    return Sheet(
        name,
        _TITLES.get(name, _title(name)),
        fields,
        [tuple(_plain(record.get(key)) for key in names) for record in records],
        row_data=[record.get("microdata", "print") for record in records],
    )


def _title(name: str) -> str:
    plain = re.sub(r"_", " ", name)
    return f"{plain[:1].upper()}{plain[1:]}"


def _kind(values: Sequence[object]) -> tuple[Any, int]:
    """The kind and decimals of a field, by what it holds."""
    known = [value for value in values if value is not None]
    if not known or not all(isinstance(one, int | float) for one in known):
        return "text", 0
    if any(isinstance(one, bool) for one in known):
        return "text", 0
    whole = all(isinstance(one, int) for one in known)
    return ("count", 0) if whole else ("number", _NUMBER_DECIMALS)


def _plain(value: object) -> Cell:
    return value if value is None or isinstance(value, str | int | float) else str(value)


# ---- a sheet as a table of a workbook ----


def _published(sheet: Sheet, number: int) -> PublishedTable:
    first, *others = sheet.fields
    mixed = sheet.data == IN_PART
    columns = [_column(field) for field in others]
    if mixed:
        columns.insert(0, _column(Field("microdata", "Answers are")))
    rows = [
        PublishedRow(
            (shown(row[0], first) or "–",),
            (
                *([PublishedCell(text=str(data))] if mixed else []),
                *(_cell(value, field) for value, field in zip(row[1:], others, strict=True)),
            ),
        )
        for data, row in zip(sheet.row_data, sheet, strict=True)
    ]
    return PublishedTable(
        sheet.name,
        number,
        TitleParts(sheet.title),
        (first.title,),
        tuple(columns),
        tuple(rows),
        remarks=(sheet.note,) if sheet.note else (),
        synthetic=sheet.synthetic,
    )


def _column(field: Field) -> PublishedColumn:
    title = f"{field.title} (%)" if field.kind == "share" else field.title
    unit: Unit = _UNITS.get(field.kind, "other") if field.numeric else "text"
    return PublishedColumn(title, (), title, "estimate", unit, _decimals(field))


def _decimals(field: Field) -> int:
    if not field.numeric or field.kind == "count":
        return 0
    return _P_DECIMALS if field.kind == "p" else field.decimals


def _cell(value: Cell, field: Field) -> PublishedCell:
    if not field.numeric:
        return PublishedCell(text=shown(value, field) or "–")
    if value is None or isinstance(value, str) or not math.isfinite(value):
        return PublishedCell(mark="x")
    percent = _UNITS.get(field.kind) == "percent"
    return PublishedCell(value=to_decimals(100.0 * value if percent else value, _decimals(field)))
