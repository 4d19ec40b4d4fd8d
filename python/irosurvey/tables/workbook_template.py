"""A workbook to plan tables in: what to fill in, with lists to pick from and examples that run."""

from __future__ import annotations

import io
import math
import os
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from irosurvey._complaint import complaint
from irosurvey._core import Frame
from irosurvey.errors import ArgumentError, IrosurveyError
from irosurvey.layout import one_line
from irosurvey.reading import read
from irosurvey.response_sets import ResponseSet, response_sets
from irosurvey.spec.running import run
from irosurvey.spec.starting import (
    Guess,
    Variable,
    guesses,
    is_identifier,
    replicate_groups,
    seen_in,
)
from irosurvey.tables.workbook_fields import (
    MARGINS,
    MARGINS_SHEET,
    PICK,
    STATISTIC_WORDS,
    SURVEY,
    SURVEY_SHEET,
    TABLES,
    TABLES_SHEET,
    Field,
)
from irosurvey.tables.writers._files import packed

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["plan_workbook"]

_VARIABLES = "Variables"
_LINES = 200  # of the sheet of tables that have lists
_MOST_LISTED = 2_000
_MOST_CODES = 25
_LONGEST_LIST = 250  # characters of a list that stands in the cell's own rule
_INPUT = "FFF8E1"  # pale: what is to be filled in
_HEAD = "12436D"
_FONT = "Arial"
_EXAMPLES = 4
_MANY = 12  # different values of what an average says something of
_SCALE = range(3, 6)  # answers of a question with a scale
_GROUPS = re.compile(r"\b(?:region|type|sex|gender|age|agegrp|area|country|ethnic)")

_STEPS = (
    "This workbook says which tables you want from a survey. Fill in the yellow cells, save it, "
    "and run:",
    "    irosurvey tables {name} --out tables",
    "",
    "1. Survey: what the release is called, where the data are, how people were sampled. What is "
    "filled in already was guessed from the names of the variables: check it against the survey's "
    "documentation.",
    "2. Margins: if the weights shall meet known totals, a line for each answer and its total. "
    "Leave it empty if not.",
    "3. Tables: a line for each table. The examples run as they stand; write over them, or delete "
    "them.",
    "4. Variables: what the data hold. The lists to pick from come from here.",
    "",
    "In cells that list variables, pick one from the list. For several, write them yourself with ; "
    "between them: region; type. What stands after | is the label, and needn't be written.",
    "Click on a cell to see what belongs in it.",
    "Figures side by side, percentages and a mean: give the second ones a line of their own below, "
    "without Title and Rows. Groups side by side (a banner): several variables in Columns.",
    "If something is wrong, the program names the sheet, the cell and how to mend it.",
    "Which numbers may be shown is not for you to decide in the workbook: the policy suppresses, "
    "rounds and marks them, in all tables together.",
)


def plan_workbook(data: str | os.PathLike[str], folder: str | os.PathLike[str], name: str) -> bytes:
    """A plan to fill in, which runs as it stands.

    Parameters
    ----------
    data
        The data file.
    folder
        Where the workbook will lie.
    name
        Its file name, for the steps it explains.

    Returns
    -------
    bytes
        An ``.xlsx`` file: the same bytes for the same data file.

    Raises
    ------
    ReadError
        If the data file can't be read.
    ArgumentError
        If it has no rows, or nothing that a table could show.
    """
    import openpyxl
    from openpyxl.worksheet.properties import PageSetupProperties

    path = Path(data)
    frame = read(path)
    variables = list(seen_in(frame)) if frame.rows and frame.names else []
    if not variables:
        raise complaint(ArgumentError, f"'{path}'", expected="a file with rows and variables")
    place = os.path.relpath(path, folder)
    groups = replicate_groups(variables)
    members = {one for names in groups.values() for one in names}
    alone = [one for one in variables if one.name not in members]
    guess = _working(path, alone)
    sets = _sets(path)
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    _start(book, name)
    _survey(book, frame, place, alone, groups, guess)
    _tables(book, alone, sets, guess)
    _margins(book)
    _list(book, alone, sets, frame.rows)
    for sheet in book.worksheets:  # who prints it wants whole lines
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    book.active = 0
    return _same_bytes(book, frame.label or path.stem)


# ---- what is in the data ----


def _working(path: Path, variables: Sequence[Variable]) -> Guess:
    """The first guess at the design that the engine takes."""
    for guess in guesses(variables):
        design = {
            "weights": guess.weights,
            "strata": guess.strata,
            "clusters": [guess.clusters] if guess.clusters else [],
            "singleton": guess.singleton,
        }
        spec = {
            "data": {"file": str(path.resolve())},
            "design": {key: value for key, value in design.items() if value},
            "estimate": [{"id": "weights", "statistic": "weights"}],
        }
        try:
            run(spec)
        except IrosurveyError:
            continue
        return guess
    raise complaint(ArgumentError, f"'{path}'", expected="a file that a design can be made of")


def _sets(path: Path) -> list[ResponseSet]:
    """Questions with several answers that the file defines; of most kinds none."""
    try:
        return list(response_sets(path).values())
    except IrosurveyError:  # a definition that can't be read is no part of a plan
        return []


def _pick(one: Variable | ResponseSet) -> str:
    """As the lists show it; what parts items there is no part of a label."""
    label = one_line(one.label).replace(";", ",").replace(PICK, " / ").replace(" * ", " x ")
    return f"{one.name}{PICK}{label}" if label else one.name


def _examples(
    variables: Sequence[Variable], sets: Sequence[ResponseSet], guess: Guess
) -> Iterator[dict[str, object]]:
    """A few tables that the data can give: a question, the question by groups, an average."""
    own = {guess.weights, guess.clusters}
    free = [one for one in variables if one.name not in own]
    counted = [one for one in free if one.counted]
    groups = [one for one in counted if _GROUPS.search(f"{one.key} {one.label.lower()}")]
    groups = sorted(groups, key=lambda one: one.distinct)
    asked = [one for one in counted if one not in groups]
    asked = [one for one in asked if one.codes and one.distinct in _SCALE] or asked or counted
    many = [one for one in free if one.numeric and one.distinct > _MANY]
    measured = [one for one in many if not is_identifier(one, free)]
    group = next((one for one in groups or counted if one not in asked[:1]), None)
    if asked:
        yield {
            "Title": _titled(asked[0]),
            "Rows": _pick(asked[0]),
            "Statistic": "percentages",
            "Chart": "bar",
        }
    if asked and group is not None:
        yield {
            "Title": f"{_titled(asked[0])}, by {_lowered(_titled(group))}",
            "Rows": _pick(group),
            "Columns": _pick(asked[0]),
            "Statistic": "row percentages",
            "Chart": "likert" if asked[0].distinct in _SCALE else None,
        }
    if measured:
        yield {
            "Title": _titled(measured[0]),
            "Rows": _pick(group) if group is not None else None,
            "Statistic": "mean",
            "Of": _pick(measured[0]),
            "Decimals": 1,
            "Chart": "dot",
        }
    if sets:
        yield {
            "Title": _titled(sets[0]),
            "Statistic": "tick all that apply",
            "Of": _pick(sets[0]),
            "Chart": "bar",
        }


def _titled(one: Variable | ResponseSet) -> str:
    text = one_line(one.label.replace("[SYNTHETIC]", "")) or one.name
    return text[:1].upper() + text[1:]


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


# ---- sheets ----


def _start(book: Workbook, name: str) -> None:
    sheet = book.create_sheet("Start here")
    sheet.column_dimensions["A"].width = 100
    _write(sheet, 1, 1, "Plan of tables", size=16, bold=True)
    row = 3
    for text in _STEPS:
        shown = text.format(name=name)
        _write(sheet, row, 1, shown, mono=text.startswith("    "))
        _tall(sheet, row, [(shown, 100)])
        row += 1
    _write(
        sheet,
        row + 1,
        1,
        "What a table can show (Statistic on the sheet Tables)",
        bold=True,
        size=13,
    )
    for line, (word, meaning) in enumerate(STATISTIC_WORDS.items(), start=row + 2):
        _write(sheet, line, 1, f"{word}: {meaning}")
        _tall(sheet, line, [(f"{word}: {meaning}", 100)])


def _survey(
    book: Workbook,
    frame: Frame,
    place: str,
    variables: Sequence[Variable],
    groups: dict[str, list[str]],
    guess: Guess,
) -> None:
    sheet = book.create_sheet(SURVEY_SHEET)
    for letter, width in zip("ABC", (26, 52, 78), strict=True):
        sheet.column_dimensions[letter].width = width
    for column, text in enumerate(("What", "Your answer", "What it means"), start=1):
        _write(sheet, 1, column, text, head=True)
    picks = {one.name: _pick(one) for one in variables}
    filled = {
        "Title": one_line(frame.label) or Path(place).stem,
        "Data file": place,
        "Weights": picks.get(guess.weights),
        "Strata": picks.get(guess.strata),
        "Clusters": picks.get(guess.clusters),
        "Strata with one unit": guess.singleton or None,
        "Policy": "dfe",
        "Made-up data": "yes" if "SYNTHETIC" in frame.label else "no",
    }
    row = 2
    for title, fields in SURVEY:
        _write(sheet, row, 1, title, bold=True, size=13, wrap=False)
        sheet.row_dimensions[row].height = 20
        for own in fields:
            row += 1
            _write(sheet, row, 1, own.label)
            _write(sheet, row, 2, filled.get(own.label), entry=True)
            more = _replicate_hint(groups) if own.label == "Replicate weights" else ""
            _write(sheet, row, 3, own.meaning + more, pale=True)
            _tall(sheet, row, [(own.meaning + more, 78), (str(filled.get(own.label) or ""), 52)])
            _rule(sheet, f"B{row}", own, len(variables))
        row += 2
    sheet.freeze_panes = "A2"


def _replicate_hint(groups: dict[str, list[str]]) -> str:
    if not groups:
        return ""
    shown = ", ".join(f"{stem}* ({len(names)})" for stem, names in groups.items())
    return f" Variables that look like them: {shown}."


def _tables(
    book: Workbook, variables: Sequence[Variable], sets: Sequence[ResponseSet], guess: Guess
) -> None:
    sheet = book.create_sheet(TABLES_SHEET)
    for column, own in enumerate(TABLES, start=1):
        letter = sheet.cell(1, column).column_letter
        sheet.column_dimensions[letter].width = own.width
        _write(sheet, 1, column, own.meaning, pale=True)
        _write(sheet, 2, column, own.label, head=True)
        listed = len(variables) + (len(sets) if own.label == "Of" else 0)
        _rule(sheet, f"{letter}3:{letter}{_LINES + 2}", own, listed)
    _tall(sheet, 1, [(own.meaning, own.width) for own in TABLES])
    examples = list(_examples(variables, sets, guess))[:_EXAMPLES]
    for row in range(3, 3 + 30):
        example = examples[row - 3] if row - 3 < len(examples) else {}
        for column, own in enumerate(TABLES, start=1):
            _write(sheet, row, column, example.get(own.label), entry=True)
        _tall(sheet, row, [(str(example.get(own.label) or ""), own.width) for own in TABLES])
    sheet.freeze_panes = "B3"


def _margins(book: Workbook) -> None:
    sheet = book.create_sheet(MARGINS_SHEET)
    for column, own in enumerate(MARGINS, start=1):
        letter = sheet.cell(1, column).column_letter
        sheet.column_dimensions[letter].width = own.width
        _write(sheet, 1, column, own.meaning, pale=True)
        _write(sheet, 2, column, own.label, head=True)
        _rule(sheet, f"{letter}3:{letter}{_LINES + 2}", own, _MOST_LISTED)
        for row in range(3, 33):
            _write(sheet, row, column, None, entry=True)
    _tall(sheet, 1, [(own.meaning, own.width) for own in MARGINS])
    sheet.freeze_panes = "A3"


def _list(
    book: Workbook, variables: Sequence[Variable], sets: Sequence[ResponseSet], rows: int
) -> None:
    sheet = book.create_sheet(_VARIABLES)
    heads = {"Variable": 24, "Label": 52, "Pick from lists": 52, "Answers": 70, "Missing": 12}
    for column, (text, width) in enumerate(heads.items(), start=1):
        sheet.column_dimensions[sheet.cell(1, column).column_letter].width = width
        _write(sheet, 1, column, text, head=True)
    for row, one in enumerate(variables[:_MOST_LISTED], start=2):
        codes = "; ".join(
            f"{one_line(code)} = {one_line(label)}" for code, label in one.codes[:_MOST_CODES]
        )
        more = "; …" if len(one.codes) > _MOST_CODES else ""
        kind = f"{one.least:g} to {one.greatest:g}" if one.numeric and one.distinct else "text"
        cells = (one.name, one_line(one.label), _pick(one), codes + more or kind, one.missing)
        for column, value in enumerate(cells, start=1):
            _write(sheet, row, column, value)
        _tall(sheet, row, list(zip(map(str, cells), heads.values(), strict=True)))
    # Questions with several answers come last: only Of offers them, in its longer list.
    last = len(variables[:_MOST_LISTED]) + 1
    for row, several in enumerate(sets, start=last + 1):
        answers = "; ".join(several.columns)
        texts = (several.name, one_line(several.label), _pick(several), f"several of: {answers}")
        for column, text in enumerate(texts, start=1):
            _write(sheet, row, column, text)
        _tall(sheet, row, list(zip(texts, heads.values(), strict=False)))
    sheet.freeze_panes = "B2"
    _write(sheet, last + len(sets) + 2, 1, f"{rows:,} rows of data", pale=True)


def _write(
    sheet: Worksheet,
    row: int,
    column: int,
    value: object,
    *,
    size: int = 11,
    bold: bool = False,
    head: bool = False,
    entry: bool = False,
    pale: bool = False,
    mono: bool = False,
    wrap: bool = True,
) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

    cell = sheet.cell(row, column)
    if isinstance(value, str):
        cell.value = value
        cell.data_type = "s"  # never a formula, whatever it begins with
    else:
        cell.value = value
    colour = "FFFFFF" if head else "595959" if pale else "1A1A1A"
    cell.font = Font(
        name="Courier New" if mono else _FONT, size=size, bold=bold or head, color=colour
    )
    cell.alignment = Alignment(wrap_text=wrap, vertical="top" if not head else "center")
    if head:
        cell.fill = PatternFill("solid", fgColor=_HEAD)
    if entry:
        line = Side(style="thin", color="BFBFBF")
        cell.fill = PatternFill("solid", fgColor=_INPUT)
        cell.border = Border(left=line, right=line, top=line, bottom=line)


def _tall(sheet: Worksheet, row: int, cells: Sequence[tuple[str, int]]) -> None:
    """As high as the longest text of a row needs: not every program finds that out by itself."""
    lines = max(
        sum(max(1, math.ceil(0.95 * len(line) / width)) for line in text.split("\n"))
        for text, width in cells
    )
    sheet.row_dimensions[row].height = 15.0 * lines + 1.0


def _rule(sheet: Worksheet, cells: str, own: Field, variables: int) -> None:
    """A list to pick from, and the help that shows when the cell is chosen."""
    from openpyxl.worksheet.datavalidation import DataValidation

    several = own.form in ("columns", "texts", "codes", "figures")
    if own.form in ("column", "columns"):
        last = max(2, min(variables, _MOST_LISTED) + 1)
        rule = DataValidation("list", formula1=f"={_VARIABLES}!$C$2:$C${last}", allow_blank=True)
    elif own.words:
        listed = ",".join(own.words)
        assert len(listed) < _LONGEST_LIST
        rule = DataValidation("list", formula1=f'"{listed}"', allow_blank=True)
    else:
        rule = DataValidation(allow_blank=True)
    # Several variables can't be picked from a list: what is written is taken, too.
    rule.errorStyle = "information" if several or own.form == "column" else "stop"
    rule.showErrorMessage = bool(own.words) and not several
    rule.errorTitle = own.label
    rule.error = "Pick one from the list."
    rule.showInputMessage = True
    rule.promptTitle = own.label[:32]
    rule.prompt = own.meaning[:_LONGEST_LIST]
    rule.add(cells)
    sheet.add_data_validation(rule)


# ---- the file ----

_MADE = datetime(2000, 1, 1)
_TIMES = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")


def _same_bytes(book: Workbook, title: str) -> bytes:
    """The workbook without the time at which it was written."""
    book.properties.title = one_line(f"Plan of tables: {title}")
    book.properties.creator = "irosurvey"
    book.properties.language = "en-GB"
    written = io.BytesIO()
    book.save(written)
    stamp = _MADE.isoformat().encode() + b"Z"
    with zipfile.ZipFile(written) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    core = "docProps/core.xml"
    parts[core] = _TIMES.sub(rb"\g<1>" + stamp + rb"\g<3>", parts[core])
    return packed(parts)
