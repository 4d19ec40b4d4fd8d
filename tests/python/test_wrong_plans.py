"""Wrong spreadsheets: one message that says which cell and how to mend it, and nothing written."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from plan_books import answer, filled_in

from irosurvey.cli import main
from irosurvey.tables.plan import read_plan
from irosurvey.tables.workbook_template import plan_workbook

SYNTHETIC = Path(__file__).parents[2] / "data" / "synthetic"
GOOD: dict[str, object] = {
    "Title": "Advice",
    "Rows": "type",
    "Columns": "legal_advice_access",
    "Statistic": "row percentages",
}
SHARE: dict[str, object] = {"Statistic": "percentage", "Columns": None, "Of": "court_papers"}
TICKS: dict[str, object] = {
    "Statistic": "tick all that apply",
    "Columns": None,
    "Of": "extra_cp_chair; extra_other",
}
RATIO: dict[str, object] = {
    "Statistic": "ratio",
    "Columns": None,
    "Of": "caseload",
    "Divided by": "fte",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("plans")
    shutil.copy(SYNTHETIC / "iro.sav", place)
    (place / "template.bin").write_bytes(plan_workbook(place / "iro.sav", place, "plan.xlsx"))
    return place


def book_of(folder: Path, *lines: dict[str, object]) -> openpyxl.Workbook:
    return filled_in((folder / "template.bin").read_bytes(), [{**GOOD, **one} for one in lines])


def refused(book: openpyxl.Workbook, folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What is said of a plan that is refused."""
    plan, out = folder / "plan.xlsx", folder / "out"
    book.save(plan)
    assert main(["tables", str(plan), "--out", str(out), "--format", "json"]) == 2
    assert not out.exists()
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("irosurvey: ") == 1
    assert "Traceback" not in said.err
    assert "[[table]]" not in said.err  # who fills in sheets knows no TOML
    return said.err.replace(str(folder), "")


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"Rows": "typ"}, "cell B3 (Rows): expected a column of the data"),
        ({"Rows": "TYPE"}, "Did you mean 'type'?"),
        ({"Rows": "Type of the authority"}, "The column with that label is 'type'."),
        ({"Rows": "type, region"}, "Part several names by ; alone."),
        ({"Rows": "type and region"}, "found 'type and region'"),
        ({"Rows": 7.5}, "found '7.5'"),
        ({"Rows": date(2026, 11, 26)}, "found '2026-11-26'"),
        ({"Rows": True}, "found 'True'"),
        ({"Rows": ";"}, "expected a list of columns, with ; between them, found an empty list"),
        ({"Rows": "type * "}, "found ''"),
        ({"Rows": "type; type"}, "expected each once, found 'type' twice"),
        ({"Rows": "legal_advice_access"}, "'legal_advice_access' twice"),
        ({"Rows": "=Variables!A3"}, "cell B3: expected a value, found a formula that was never"),
        ({"Title": "=1+1"}, "a text that begins with = needs an apostrophe in front"),
        ({"Rows": "respondent"}, "295 rows have 295 different values"),
        ({"Columns": "respondent"}, "cell C3 (Columns): expected groups of people"),
        ({"Title": None}, "row 3: expected Title filled in, found nothing"),
        ({"Title": "  "}, "row 3: expected Title filled in"),
        ({"Statistic": None}, "row 3 (Advice): expected Statistic filled in"),
        ({"Statistic": "average"}, 'cell D3 (Statistic): expected "row percentages" or'),
        ({"Columns": None}, 'expected Columns filled in, as Statistic "row percentages"'),
        ({"Decimals": "one"}, 'cell J3 (Decimals): expected a whole number, 0 to 6, found "one"'),
        ({"Decimals": "1,0"}, 'found "1,0"'),
        ({"Decimals": 1.5}, "found 1.5"),
        ({"Decimals": date(1900, 1, 1)}, "found 1900-01-01"),
        ({"Chart": "pie"}, 'cell K3 (Chart): expected "bar" or "dot"'),
        ({"Letters": "maybe"}, 'cell L3 (Letters): expected yes or no, found "maybe".\n'),
        ({"Letters": "yes"}, 'expected nothing here, as Statistic is "row percentages"'),
        ({"Show": "base"}, "cell M3 (Show): expected the estimate among what is shown"),
        ({"Only those where": "region = 'Wales'"}, "holds its codes: 'region' holds 1 = North"),
        (
            {"Only those where": "region = 'London'"},
            "'London' is the label of code 7: region = 7.",
        ),
        (
            {"Only those where": "region = London"},
            "'London' is the label of code 7: region = 7.",
        ),
        ({"Only those where": "fte >= 0,8"}, "Decimals have a point: 0.8."),
        ({"Only those where": "region is London"}, "cell I3 (Only those where)"),
        ({"Only those where": "region = 77"}, "found no row with region = 77"),
        ({"Only those where": "authority = ‘E1’"}, "found no row with authority = 'E1'"),
        ({"Only those where": "REGION = 7"}, "Did you mean 'region'?"),
        ({**SHARE}, "expected Answers that count filled in"),
        ({**SHARE, "Answers that count": "Allways"}, "cell G3 (Answers that count): expected answ"),
        ({**SHARE, "Answers that count": "Always, Often"}, "Part several answers by ; alone."),
        ({"Statistic": "mean", "Columns": None}, "expected Of filled in, as Statistic"),
        ({"Statistic": "mean", "Columns": None, "Of": "authority"}, "expected numbers or booleans"),
        ({**RATIO, "Divided by": None}, "expected Divided by filled in"),
        ({**RATIO, "For every": "1.000"}, "cell P3 (For every): expected a number above 0, found"),
        ({**RATIO, "For every": 0}, "expected a number above 0, found 0"),
        ({**TICKS, "Of": "extra_cp_chair"}, "A question with one answer is shown by percentages."),
        ({**TICKS, "Of": "extra_cp_chair; authority"}, "columns of one kind"),
        ({**TICKS, "Of": "duty_*"}, "No name of a column begins so."),
        ({**TICKS, "Answers that count": "Yes"}, "expected a value that some column takes"),
        ({**TICKS, "Respondents": "some"}, 'cell N3 (Respondents): expected "any" or "valid"'),
    ],
    ids=lambda one: str(one)[:40] if isinstance(one, dict) else "",
)
def test_a_wrong_line_is_told_of_its_cell(
    cells: dict[str, object], said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    error = refused(book_of(folder, cells), folder, capsys)
    assert said in error
    assert "sheet 'Tables'" in error


@pytest.mark.parametrize(
    ("line", "value", "said"),
    [
        ("Data file", None, "the line Data file of the sheet Survey filled in"),
        ("Data file", "irro.sav", "(Data file): expected a data file 'irro.sav'"),
        ("Data file", ".", "no such file"),
        ("Data file", r"C:\data\iro.sav", "Name it from the folder of this workbook."),
        ("Rows to keep", "region = 99", "expected a condition that some rows meet"),
        ("Weights", "fte; caseload", "One variable alone"),
        ("Weights", "authority", "expected numbers or booleans, found text"),
        ("Strata", "region, type", "part them by ;"),
        ("Policy", "DFEE", "Did you mean 'dfe'?"),
        ("Published on", "31/02/2026", "Write day, month and year: 26/11/2026."),
        ("Made-up data", "perhaps", 'expected yes or no, found "perhaps".\n'),
        ("Method", "rake", "(Method): expected totals to meet, on the sheet Margins, found none"),
        ("Fay's rho", "0,5", "Write figures alone, with a point before decimals."),
        ("Kind of replicates", "BRR", "expected Replicate weights filled in"),
    ],
)
def test_a_wrong_answer_is_told_of_its_line(
    line: str, value: object, said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = book_of(folder, {})
    answer(book, line).value = value
    assert said in refused(book, folder, capsys)


def _no_tables(book: openpyxl.Workbook) -> None:
    del book["Tables"]


def _renamed(book: openpyxl.Workbook) -> None:
    book["Tables"].title = "Tabellen"


def _headless(book: openpyxl.Workbook) -> None:
    book["Tables"].delete_rows(2)


def _twice_headed(book: openpyxl.Workbook) -> None:
    book["Tables"]["C2"].value = "Rows"


def _merged(book: openpyxl.Workbook) -> None:
    book["Tables"].merge_cells("B3:C3")


def _merged_down(book: openpyxl.Workbook) -> None:
    book["Tables"].merge_cells("B3:B4")


def _merged_heads(book: openpyxl.Workbook) -> None:
    book["Tables"].merge_cells("B2:C2")


def _merged_margin(book: openpyxl.Workbook) -> None:
    _one_margin(book)
    book["Margins"].merge_cells("A3:A6")


def _merged_answer(book: openpyxl.Workbook) -> None:
    row = answer(book, "Title").row
    book["Survey"].merge_cells(f"A{row}:B{row}")


def _merged_answers(book: openpyxl.Workbook) -> None:
    row = answer(book, "Strata").row
    book["Survey"].merge_cells(f"B{row}:B{row + 1}")


def _noted(book: openpyxl.Workbook) -> None:
    book["Tables"]["A40"].value = "Ask Bob"


def _doubled(book: openpyxl.Workbook) -> None:
    for column in range(1, 5):
        book["Tables"].cell(4, column).value = book["Tables"].cell(3, column).value


def _asked_twice(book: openpyxl.Workbook) -> None:
    book["Survey"].append(["Title", "Another"])


def _one_margin(book: openpyxl.Workbook) -> None:
    for column, value in enumerate(("type", 1, 100), start=1):
        book["Margins"].cell(3, column).value = value


def _minus(book: openpyxl.Workbook) -> None:
    for row in range(4):
        for column, value in enumerate(("type", row + 1, -5), start=1):
            book["Margins"].cell(3 + row, column).value = value


def _totals_elsewhere(book: openpyxl.Workbook) -> None:
    _one_margin(book)
    book["Margins"].title = "Totals"


def _thousands(book: openpyxl.Workbook) -> None:
    for column, value in enumerate(("type", 1, "1.000"), start=1):
        book["Margins"].cell(3, column).value = value


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_no_tables, "sheet 'Tables': expected such a sheet"),
        (_renamed, "'Tabellen'"),
        (_headless, "expected a line of headings that begins with 'Title'"),
        (_twice_headed, "cell C2: expected a heading of ours, once, found 'Rows' again."),
        (
            _merged,
            "sheet 'Tables', cells B3:C3: expected each cell by itself, found cells that are "
            "merged into one. Unmerge them, and fill in each.",
        ),
        (_merged_down, "sheet 'Tables', cells B3:B4: expected each cell by itself"),
        (_merged_heads, "sheet 'Tables', cells B2:C2: expected each cell by itself"),
        (_merged_margin, "sheet 'Margins', cells A3:A6: expected each cell by itself"),
        (_merged_answer, "sheet 'Survey', cells A3:B3: expected each cell by itself"),
        (_merged_answers, "sheet 'Survey', cells B24:B25: expected each cell by itself"),
        (_noted, "row 40 (Ask Bob): expected Statistic filled in"),
        (_doubled, "row 4 (Advice): expected each table once, found the same line again"),
        (_asked_twice, "expected each line once, found 'Title' again, after A3"),
        (_one_margin, "sheet 'Margins', row 3: margin 'type': expected a target for every level"),
        (_minus, "sheet 'Margins', row 3: margin 'type': expected totals of at least 0"),
        (
            _totals_elsewhere,
            "sheet 'Margins': expected such a sheet, found the sheets 'Start here'",
        ),
        (_thousands, "sheet 'Margins', row 3: expected a variable and a number as its total"),
    ],
    ids=lambda one: one.__name__ if callable(one) else "",
)
def test_a_wrong_sheet_is_told(
    change: Callable[[openpyxl.Workbook], None],
    said: str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    book = book_of(folder, {})
    change(book)
    assert said in refused(book, folder, capsys)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.xlsx", b"", "a workbook: .xlsx or .ods"),
        ("words.ods", b"Title,Rows\n", "a workbook: .xlsx or .ods"),
        ("zip.xlsx", b"PK\5\6" + bytes(18), "another kind of file"),
        ("old.xls", b"\xd0\xcf\x11\xe0", "found '.xls'. Save it as .xlsx."),
        ("plan.csv", b"Title,Rows\n", "Save it as .xlsx."),
        ("plan.docx", b"PK", "expected a plan: a workbook (.xlsx, .ods), or a spec"),
        ("iro.sav", b"$FL2", "expected a plan"),
        ("empty.toml", b"", "expected the key 'data'"),
        ("bytes.toml", b"\xff\xfe\0", "no UTF-8 at byte 0"),
    ],
)
def test_a_file_that_is_no_plan_is_told(
    name: str, content: bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_bytes(content)
    assert main(["tables", str(tmp_path / name), "--out", str(tmp_path / "out")]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_or_nothing_is_no_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plan.xlsx").mkdir()
    for name, said in (("plan.xlsx", "Is a directory"), ("nothing.xlsx", "No such file"), ("", "")):
        assert main(["tables", str(tmp_path / name), "--out", str(tmp_path / "out")]) == 2
        assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "cells",
    [
        {"Rows": "  type  "},
        {"Rows": "type;"},
        {"Rows": "type\nregion"},
        {"Statistic": " ROW   Percentages "},
        {"Title": 2013},
        {"Chart": "BAR"},
        {**SHARE, "Answers that count": "1 = Always; 2 | Often"},
        {**SHARE, "Answers that count": 1},
        {"Only those where": "authority <> ‘E1’"},
    ],
    ids=lambda one: str(one)[:40],
)
def test_what_is_clear_enough_is_taken(cells: dict[str, object], folder: Path) -> None:
    plan = folder / "clear.xlsx"
    book_of(folder, cells).save(plan)
    assert len(read_plan(plan).tables()) == 1


@pytest.mark.parametrize("day", ["26/11/2026", "26.11.2026", "26 November 2026", "26 Nov 2026"])
def test_dates_as_they_are_written_in_europe_are_read(day: str, folder: Path) -> None:
    plan = folder / "dated.xlsx"
    book = book_of(folder, {})
    answer(book, "Published on").value = day
    book.save(plan)
    assert read_plan(plan).about["published"] == date(2026, 11, 26)
