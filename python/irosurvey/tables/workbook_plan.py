"""Plans that are spreadsheets: the same as a spec's tables, for people who write no TOML."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any

from irosurvey._complaint import complaint
from irosurvey.errors import SpecError
from irosurvey.spec.document import Document
from irosurvey.spec.kinds import Path, Problem
from irosurvey.tables.sheets import Cell, Merged, Sheet, Sheets, cell_name, read_sheets
from irosurvey.tables.workbook_cells import code_of, value_of
from irosurvey.tables.workbook_fields import (
    MARGINS,
    MARGINS_SHEET,
    SURVEY,
    SURVEY_SHEET,
    TABLES,
    TABLES_SHEET,
    Field,
)
from irosurvey.tables.workbook_words import of_cells

__all__ = ["WorkbookDocument", "is_workbook"]


def is_workbook(path: str | os.PathLike[str]) -> bool:
    """Whether a plan is a spreadsheet, by its name."""
    return FilePath(path).suffix.lower() in (".xlsx", ".ods")


class WorkbookDocument(Document):
    """A plan in a workbook, and how to speak of its cells.

    Raises
    ------
    ReadError
        If the file can't be read.
    SpecError
        If a sheet is missing, or its headings aren't ours.
    """

    def __init__(self, given: str | os.PathLike[str]) -> None:
        super().__init__({})
        self.path = FilePath(given)
        self._places: dict[Path, tuple[str, str, str]] = {}
        self._order: dict[Path, int] = {}
        sheets = read_sheets(given)
        problems: list[SpecError] = []
        whole: dict[str, Any] = {}
        self._survey(sheets, whole, problems)
        self._margins(sheets, whole, problems)
        self._tables_of(sheets, whole, problems)
        self.refuse(problems)
        self.table = whole

    # ---- places ----

    def error(self, problem: Problem) -> SpecError:
        """As of a spec, in the words of a sheet: headings for keys, and nothing of TOML."""
        section = str(problem.path[0]) if problem.path else ""
        remedy = "" if problem.expected == "true or false" else problem.remedy
        if re.search("[;,]", problem.name) and not remedy:
            remedy = "One variable alone; where several are asked for, part them by ;."
        return super().error(
            replace(
                problem,
                expected=of_cells(problem.expected, section),
                found=of_cells(problem.found, section),
                remedy=of_cells(remedy, section),
            )
        )

    def subject(self, path: Path) -> str:
        """A place in words: file, sheet, cell, and what the cell is called."""
        while path and path not in self._places:
            path = path[:-1]
        if not path:
            return self.name
        sheet, cell, called = self._places[path]
        return f"{self.name}, sheet '{sheet}', {cell}" + (f" ({called})" if called else "")

    def _line(self, problem: object) -> int:
        path = problem.path if isinstance(problem, Problem) else ()
        while path and path not in self._order:
            path = path[:-1]
        return self._order.get(path, 0)

    def _note(self, path: Path, sheet: str, row: int, column: int, called: str) -> None:
        """Remember where a key stands, and that what lies above it begins there."""
        self._places[path] = (sheet, f"cell {cell_name(row, column)}", called)
        self._order[path] = len(self._order) + 1

    def _wrong(self, sheet: str, where: str, **said: Any) -> SpecError:
        place = f", {where}" if where else ""
        return complaint(SpecError, f"{self.name}, sheet '{sheet}'{place}", **said)

    # ---- sheets ----

    def _sheet(self, sheets: Sheets, name: str, problems: list[SpecError]) -> Sheet | None:
        for own, sheet in sheets.items():
            if own.strip().casefold() == name.casefold():
                return sheet
        problems.append(
            complaint(
                SpecError,
                f"{self.name}, sheet '{name}'",
                expected="such a sheet",
                found="the sheets " + ", ".join(f"'{own}'" for own in sheets),
                remedy="Begin with  irosurvey new DATAFILE --plan plan.xlsx.",
                name=name,
                existing=sheets,
            )
        )
        return None

    def _merged(self, sheet: str, merged: Merged) -> SpecError:
        """Of merged cells all but the first are empty: what is meant for each nobody knows."""
        return self._wrong(
            sheet,
            f"cells {merged.name}",
            expected="each cell by itself",
            found="cells that are merged into one",
            remedy="Unmerge them, and fill in each.",
        )

    def _survey(self, sheets: Sheets, whole: dict[str, Any], problems: list[SpecError]) -> None:
        sheet = self._sheet(sheets, SURVEY_SHEET, problems)
        if sheet is None:
            return
        problems += [
            self._merged(SURVEY_SHEET, one) for one in sheet.merged if _hides_answers(sheet, one)
        ]
        sections = {title.casefold() for title, _ in SURVEY}
        seen: dict[str, str] = {}
        for row, cells in enumerate(sheet.rows):
            label = cells[0] if cells else None
            value = cells[1] if len(cells) > 1 else None
            if label is None or value is None or str(label).casefold() in sections:
                continue
            found = _SURVEY_LINES.get(str(label).casefold())
            if found is None:
                if row > 0 and str(value).casefold() != "your answer":
                    problems.append(self._unknown_line(row, str(label)))
                continue
            if found.label in seen:
                problems.append(
                    self._wrong(
                        SURVEY_SHEET,
                        f"cell {cell_name(row, 0)}",
                        expected="each line once",
                        found=f"'{found.label}' again, after {seen[found.label]}",
                    )
                )
            seen[found.label] = cell_name(row, 0)
            self._answered(row, found, value_of(found, value), whole)
        _one_stratum(whole)

    def _unknown_line(self, row: int, label: str) -> SpecError:
        return self._wrong(
            SURVEY_SHEET,
            f"cell {cell_name(row, 0)}",
            expected="one of the sheet's own lines",
            found=f"'{label}'",
            name=label,
            existing=[one.label for one in _SURVEY_LINES.values()],
        )

    def _answered(self, row: int, line: Field, value: Any, whole: dict[str, Any]) -> None:
        """Put the answer to a line of the sheet Survey where a spec has it."""
        path: Path = line.path
        if path == ("calibrate", "method"):
            path = ("calibrate", 0, "method")
            whole.setdefault("calibrate", [{}])[0]["method"] = value
        else:
            _put(whole, line.path, value)
        self._note(path, SURVEY_SHEET, row, 1, line.label)
        self._places.setdefault(path[:1], (SURVEY_SHEET, f"cell {cell_name(row, 1)}", ""))

    def _margins(self, sheets: Sheets, whole: dict[str, Any], problems: list[SpecError]) -> None:
        """Margins of one variable each: the answers with their totals, or a total of its own."""
        others = [name for name in sheets if name.strip().casefold() not in _SHEETS]
        if MARGINS_SHEET.casefold() not in {name.strip().casefold() for name in sheets}:
            # It may be deleted; under another name its totals would go unnoticed.
            if others:
                self._sheet(sheets, MARGINS_SHEET, problems)
            self._without_totals(whole, problems)
            return
        margins: list[dict[str, Any]] = []
        variable = ""
        for row, cells in self._filled(sheets, MARGINS_SHEET, MARGINS, problems):
            variable = str(cells.get("Variable") or variable)
            answer, total = cells.get("Answer"), cells.get("Total")
            if not variable or not isinstance(total, int | float) or isinstance(total, bool):
                problems.append(
                    self._wrong(
                        MARGINS_SHEET,
                        f"row {row + 1}",
                        expected="a variable and a number as its total",
                        found=f"'{variable}' and '{'' if total is None else total}'",
                    )
                )
                continue
            path: Path = ("calibrate", 0, "margins", len(margins))
            if answer is None:
                margins.append({"variable": variable, "total": total})
            elif margins and margins[-1].get("variables") == [variable]:
                path = (*path[:-1], len(margins) - 1)
                margins[-1]["totals"].append({variable: code_of(answer), "total": total})
            else:
                margins.append(
                    {
                        "variables": [variable],
                        "totals": [{variable: code_of(answer), "total": total}],
                    }
                )
            self._note(path, MARGINS_SHEET, row, 0, "Variable")
            self._places.setdefault(("calibrate", 0), (MARGINS_SHEET, f"row {row + 1}", ""))
        if not margins:
            self._without_totals(whole, problems)
            return
        step = whole.setdefault("calibrate", [{}])[0]
        step.setdefault("method", "rake" if len(margins) > 1 else "poststratify")
        step["margins"] = margins

    def _without_totals(self, whole: dict[str, Any], problems: list[SpecError]) -> None:
        """A method without totals would leave the weights as they are, and nobody would know."""
        if whole.pop("calibrate", None) and not problems:
            place = self._places["calibrate", 0, "method"]
            problems.append(
                self._wrong(
                    place[0],
                    f"{place[1]} ({place[2]})",
                    expected=f"totals to meet, on the sheet {MARGINS_SHEET}",
                    found="none",
                    remedy="Fill them in, or empty this cell.",
                )
            )

    def _tables_of(self, sheets: Sheets, whole: dict[str, Any], problems: list[SpecError]) -> None:
        tables: list[dict[str, Any]] = []
        for row, cells in self._filled(sheets, TABLES_SHEET, TABLES, problems):
            # A line that names neither what it is about nor its rows goes on with the one above.
            goes_on = bool(tables) and "Title" not in cells and "Rows" not in cells
            above = tables[-1].setdefault("beside", []) if goes_on else tables
            path: Path = ("table", len(tables) - 1, "beside") if goes_on else ("table",)
            path = (*path, len(above))
            title = str(cells.get("Title") or ("beside the line above" if goes_on else ""))
            self._places[path] = (TABLES_SHEET, f"row {row + 1}", title)
            self._order[path] = len(self._order) + 1
            entry: dict[str, Any] = {}
            for one in TABLES:
                if one.label in cells:
                    entry[one.path[0]] = cells[one.label]
                    column = cells["columns"][one.label]
                    self._note((*path, *one.path), TABLES_SHEET, row, column, one.label)
            if entry in above:
                problems.append(
                    self._wrong(
                        TABLES_SHEET,
                        f"row {row + 1}" + (f" ({title})" if title else ""),
                        expected="each table once",
                        found="the same line again",
                        remedy="Change it, or delete it.",
                    )
                )
            above.append(entry)
        if tables:
            whole["table"] = tables
        elif not problems:
            problems.append(
                self._wrong(
                    TABLES_SHEET, "", expected="a line for each table", found="no line filled in"
                )
            )

    def _filled(
        self,
        sheets: Sheets,
        name: str,
        fields: Sequence[Field],
        problems: list[SpecError],
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """Lines below the headings, each with what is filled in, by heading."""
        sheet = self._sheet(sheets, name, problems)
        if sheet is None:
            return
        rows = sheet.rows
        first = fields[0].label.casefold()
        heads = [
            row for row, cells in enumerate(rows) if cells and str(cells[0]).casefold() == first
        ]
        if not heads:
            problems.append(
                self._wrong(
                    name,
                    "",
                    expected=f"a line of headings that begins with '{fields[0].label}'",
                    found="none",
                    remedy="Begin with  irosurvey new DATAFILE --plan plan.xlsx.",
                )
            )
            return
        head = heads[0]
        problems += [
            self._merged(name, one)
            for one in sheet.merged
            if one.last_row >= head and one.first_column < len(rows[head])
        ]
        columns = dict(self._headings(name, rows[head], head, fields, problems))
        for row in range(head + 1, len(rows)):
            filled = {
                one.label: value_of(one, rows[row][column])
                for column, one in columns.items()
                if column < len(rows[row]) and rows[row][column] is not None
            }
            if filled:
                places = {one.label: column for column, one in columns.items()}
                yield row, {**filled, "columns": places}

    def _headings(
        self,
        name: str,
        cells: list[Cell],
        row: int,
        fields: Sequence[Field],
        problems: list[SpecError],
    ) -> Iterator[tuple[int, Field]]:
        known = {one.label.casefold(): one for one in fields}
        taken = set(known)
        for column, heading in enumerate(cells):
            if heading is None:
                continue
            found = known.pop(str(heading).casefold(), None)
            if found is not None:
                yield column, found
                continue
            problems.append(
                self._wrong(
                    name,
                    f"cell {cell_name(row, column)}",
                    expected="a heading of ours, once",
                    found=f"'{heading}'" + (" again" if str(heading).casefold() in taken else ""),
                    name=str(heading),
                    existing=[one.label for one in known.values()],
                )
            )


_SHEETS = {"start here", "variables"} | {
    name.casefold() for name in (SURVEY_SHEET, MARGINS_SHEET, TABLES_SHEET)
}
_SURVEY_LINES = {one.label.casefold(): one for _, fields in SURVEY for one in fields}


def _hides_answers(sheet: Sheet, merged: Merged) -> bool:
    """Whether merged cells of the sheet Survey take the place of a line's name or answer."""
    inside = min(merged.last_column, 1) - merged.first_column + 1
    lines = sheet.rows[merged.first_row : merged.last_row + 1]
    named = any(cells and str(cells[0]).casefold() in _SURVEY_LINES for cells in lines)
    return named and (inside > 1 or (inside == 1 and merged.last_row > merged.first_row))


def _put(whole: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for name in path[:-1]:
        whole = whole.setdefault(name, {})
    whole[path[-1]] = value


def _one_stratum(whole: dict[str, Any]) -> None:
    """Numbers among the population sizes are numbers."""
    design = whole.get("design", {})
    if "fpc" in design:
        design["fpc"] = [code_of(one) for one in design["fpc"]]
