"""Plans in spreadsheets: what is written to be filled in, what is read, what is wrong."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import irosurvey
from irosurvey.cli import main
from irosurvey.spec.checking import read_spec
from irosurvey.spec.table_keys import CHARTS, TABLE, TABLE_STATISTICS
from irosurvey.tables.plan import read_plan
from irosurvey.tables.sheets import Merged, Sheet, cell_name, read_sheets
from irosurvey.tables.workbook_fields import MARGINS, STATISTIC_WORDS, SURVEY, TABLES
from irosurvey.tables.workbook_plan import WorkbookDocument, is_workbook
from irosurvey.tables.workbook_template import plan_workbook

ROOT = Path(__file__).parents[2]
SYNTHETIC = ROOT / "data" / "synthetic"
DATA = ROOT / "tests" / "data"
FILES = [
    *sorted(SYNTHETIC.glob("*.sav")),
    DATA / "nhanes2.dta",
    DATA / "apistrat.csv",
    DATA / "pisa2003_nld.zsav",
    DATA / "icecream.csv",
]


@pytest.fixture
def book(tmp_path: Path) -> openpyxl.Workbook:
    """The plan that is written for the IROs' file, to be changed and saved by `saved`."""
    return openpyxl.load_workbook(io.BytesIO(template(tmp_path)))


def template(folder: Path, data: Path = SYNTHETIC / "iro.sav") -> bytes:
    return plan_workbook(data, folder, "plan.xlsx")


def saved(book: openpyxl.Workbook, folder: Path) -> Path:
    place = folder / "plan.xlsx"
    book.save(place)
    return place


def cell_of(book: openpyxl.Workbook, label: str) -> Any:
    """The cell of the sheet Survey where something is filled in."""
    return next(row[1] for row in book["Survey"].iter_rows() if row[0].value == label)


def line(book: openpyxl.Workbook, number: int = 1, **cells: object) -> None:
    """Fill in a line of the sheet Tables, and nothing else in it."""
    sheet = book["Tables"]
    for column in range(1, len(TABLES) + 1):
        own = sheet.cell(2, column).value
        key = re.sub(r"\W", "_", own.lower())
        sheet.cell(2 + number, column).value = cells.get(key)


def only(book: openpyxl.Workbook, **cells: object) -> None:
    for number in range(2, 6):
        line(book, number)
    line(book, 1, **cells)


def problems(book: openpyxl.Workbook, folder: Path) -> str:
    with pytest.raises(irosurvey.IrosurveyError) as caught:
        read_plan(saved(book, folder), data_dir=SYNTHETIC)
    return str(caught.value)


# ---- what is written ----


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_what_is_written_runs_as_it_stands(file: Path, tmp_path: Path) -> None:
    place = tmp_path / "plan.xlsx"
    place.write_bytes(template(tmp_path, file))
    plan = read_plan(place)
    tables = plan.tables()
    assert 1 <= len(tables) <= 3
    assert all(len(table) > 0 for table in tables)


def test_the_same_data_give_the_same_bytes(tmp_path: Path) -> None:
    content = template(tmp_path)
    assert template(tmp_path) == content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    assert re.findall(r"\d{4}-\d\d-\d\dT", core) == ["2000-01-01T"] * 2


def test_lists_offer_every_variable_with_its_label(book: openpyxl.Workbook) -> None:
    offered = [row[2].value for row in book["Variables"].iter_rows(min_row=2) if row[2].value]
    frame = irosurvey.read(SYNTHETIC / "iro.sav")
    assert [text.split(" | ")[0] for text in offered] == list(frame.names)
    assert "region | Region of the authority [SYNTHETIC]" in offered
    rules = {
        str(cells): rule.formula1
        for rule in book["Tables"].data_validations.dataValidation
        for cells in rule.sqref.ranges
    }
    assert rules["B3:B202"] == f"=Variables!$C$2:$C${len(frame.names) + 1}"
    assert rules["D3:D202"] == '"' + ",".join(TABLE_STATISTICS) + '"'
    for sheet in ("Survey", "Tables", "Margins"):
        for rule in book[sheet].data_validations.dataValidation:
            assert rule.prompt, sheet
            assert len(rule.prompt) <= 255  # what Excel shows
            assert len(rule.formula1 or "") <= 255


def test_answers_are_listed_with_their_codes(book: openpyxl.Workbook) -> None:
    rows = {row[0].value: row[3].value for row in book["Variables"].iter_rows(min_row=2)}
    assert rows["monitor_cases"].startswith("1 = Always; 2 = Often")


def test_every_field_is_a_key_of_a_spec() -> None:
    assert set(STATISTIC_WORDS) == set(TABLE_STATISTICS)
    keys = {key.name for key in TABLE.keys}
    assert {own.path[0] for own in TABLES} <= keys
    chart = next(own for own in TABLES if own.label == "Chart")
    assert chart.words == CHARTS
    labels = [own.label for _, fields in SURVEY for own in fields]
    assert len(labels) == len(set(labels))
    assert len(MARGINS) == 3


def test_no_text_of_the_data_becomes_a_formula(tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    data.write_text('"=1+1",y\n' + "".join(f"{n % 3},{n}\n" for n in range(30)))
    content = template(tmp_path, data)
    book = openpyxl.load_workbook(io.BytesIO(content))
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    assert book["Variables"]["A2"].value == "=1+1"


# ---- what is read ----


def test_cells_become_the_keys_of_a_spec(book: openpyxl.Workbook, tmp_path: Path) -> None:
    cell_of(book, "Publisher").value = "NCB"
    cell_of(book, "Contact email").value = "a@example.org"
    cell_of(book, "Published on").value = "26/11/2026"
    cell_of(book, "Version").value = 1.0
    cell_of(book, "Strata").value = "region | Region of the authority [SYNTHETIC]"
    cell_of(book, "Clusters").value = "authority"
    cell_of(book, "Strata with one unit").value = "Adjust"
    only(
        book,
        title="Monitoring",
        rows="region | Region of the authority; type * employer",
        columns="monitor_cases",
        statistic="Row percentages",
        only_those_where="region = 7",
        decimals=1,
        notes="First; of two.\nSecond.",
    )
    line(
        book,
        3,
        title="Often",
        of="monitor_cases",
        statistic="percentage",
        answers_that_count="1; Often",
    )
    found = read_spec(WorkbookDocument(saved(book, tmp_path)))
    assert found.release["contact"] == {"email": "a@example.org"}
    assert found.release["published"] == date(2026, 11, 26)
    assert found.release["version"] == "1"
    assert found.design == {"strata": ["region"], "clusters": ["authority"], "singleton": "adjust"}
    first, second = found.tables
    assert first.groups == (("region",), ("type", "employer"))
    assert (first.columns, first.statistic) == (("monitor_cases",), "row percentages")
    assert (first.where, first.decimals) == ("region = 7", 1)
    assert first.notes == ("First; of two.", "Second.")
    assert second.answers == (1, "Often")


def test_dates_and_numbers_may_be_of_the_spreadsheet_s_own_kind(
    book: openpyxl.Workbook, tmp_path: Path
) -> None:
    cell_of(book, "Published on").value = date(2026, 11, 26)
    cell_of(book, "Period").value = 2013
    found = read_spec(WorkbookDocument(saved(book, tmp_path)))
    assert found.release["published"] == date(2026, 11, 26)
    assert found.release["period"] == "2013"


def test_margins_calibrate_the_weights(book: openpyxl.Workbook, tmp_path: Path) -> None:
    sheet = book["Margins"]
    rows = [("type", 1, 400), ("", 2, 300), ("", "3 | Metropolitan district", 200), ("", 4, 100)]
    for row, cells in enumerate(rows, start=3):
        for column, value in enumerate(cells, start=1):
            sheet.cell(row, column).value = value or None
    plan = read_plan(saved(book, tmp_path), data_dir=SYNTHETIC)
    assert plan.spec.calibrate[0]["method"] == "poststratify"
    totals = plan.design.total("respondent", by="type")
    assert len(totals) == 4
    assert plan.design.weights.sum() == pytest.approx(1000)
    assert plan.provenance["calibration"] == "poststratify"


def test_an_open_document_spreadsheet_is_read_alike(tmp_path: Path) -> None:
    cells = (
        '<table:table-row><table:table-cell office:value-type="string"><text:p>Title</text:p>'
        '</table:table-cell><table:table-cell table:number-columns-repeated="2"/>'
        '<table:table-cell office:value-type="float" office:value="3"><text:p>3</text:p>'
        "</table:table-cell></table:table-row>"
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell '
        'table:number-columns-repeated="16384"/></table:table-row>'
    )
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f"<office:document-content {names}><office:body><office:spreadsheet>"
        f'<table:table table:name="Tables">{cells}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    place = tmp_path / "x.ods"
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("content.xml", content)
    assert read_sheets(place) == {"Tables": Sheet([["Title", None, None, 3]])}
    spans = 'table:number-columns-spanned="3" table:number-rows-spanned="2"'
    merged = content.replace("<table:table-cell table", "<table:covered-table-cell table", 1)
    merged = merged.replace("<table:table-cell", f"<table:table-cell {spans}", 1)
    with zipfile.ZipFile(tmp_path / "z.ods", "w") as archive:
        archive.writestr("content.xml", merged)
    assert read_sheets(tmp_path / "z.ods")["Tables"].merged == (Merged(0, 0, 1, 2),)
    never = content.replace('office:value-type="float" office:value="3"', 'table:formula="of:=1+2"')
    with zipfile.ZipFile(tmp_path / "y.ods", "w") as archive:
        archive.writestr("content.xml", never.replace("<text:p>3</text:p>", ""))
    with pytest.raises(irosurvey.ReadError, match=r"cell D1.*never calculated: of:=1\+2"):
        read_sheets(tmp_path / "y.ods")
    assert is_workbook(place)
    assert not is_workbook("plan.toml")


# ---- what is wrong ----


def test_an_unknown_variable_is_named_with_its_cell(
    book: openpyxl.Workbook, tmp_path: Path
) -> None:
    only(book, title="T", rows="regin", statistic="percentages")
    said = problems(book, tmp_path)
    assert "plan.xlsx, sheet 'Tables', cell B3 (Rows)" in said
    assert "Did you mean 'region'?" in said


def test_everything_wrong_is_told_at_once(book: openpyxl.Workbook, tmp_path: Path) -> None:
    cell_of(book, "Policy").value = "dfee"
    only(book, title="T", rows="region", statistic="mean", chart="pie")
    line(book, 2, rows="region", statistic="percentages")
    said = problems(book, tmp_path)
    policy = cell_of(book, "Policy").coordinate
    assert f"sheet 'Survey', cell {policy} (Policy)" in said
    assert "sheet 'Tables', cell K3 (Chart)" in said
    assert "sheet 'Tables', row 4" in said
    assert said.count("plan.xlsx, sheet") >= 3


def test_what_a_statistic_needs_is_told_of_its_row(book: openpyxl.Workbook, tmp_path: Path) -> None:
    only(book, title="Caseload", rows="region", statistic="mean")
    assert "row 3 (Caseload): expected Of filled in, as Statistic" in problems(book, tmp_path)
    only(book, title="Caseload", rows="region", columns="type", statistic="mean", of="caseload")
    assert "cell C3 (Columns)" in problems(book, tmp_path)


def test_a_condition_that_can_t_be_read_is_told_of_its_cell(
    book: openpyxl.Workbook, tmp_path: Path
) -> None:
    only(book, title="T", rows="region", statistic="percentages", only_those_where="regin = 7")
    assert "cell I3 (Only those where)" in problems(book, tmp_path)


def test_headings_and_sheets_of_others_are_told(book: openpyxl.Workbook, tmp_path: Path) -> None:
    book["Tables"]["C2"].value = "Colums"
    said = problems(book, tmp_path)
    assert "sheet 'Tables', cell C2" in said
    assert "Did you mean 'Columns'?" in said
    book["Tables"]["C2"].value = "Columns"
    book["Tables"].title = "Tabels"
    said = problems(book, tmp_path)
    assert "sheet 'Tables': expected such a sheet" in said
    assert "irosurvey new DATAFILE --plan plan.xlsx" in said


def test_a_plan_without_a_line_is_told(book: openpyxl.Workbook, tmp_path: Path) -> None:
    only(book)
    assert "expected a line for each table" in problems(book, tmp_path)


def test_margins_need_numbers(book: openpyxl.Workbook, tmp_path: Path) -> None:
    book["Margins"]["A3"].value = "type"
    book["Margins"]["B3"].value = 1
    book["Margins"]["C3"].value = "many"
    said = problems(book, tmp_path)
    assert "sheet 'Margins', row 3: expected a variable and a number as its total" in said


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"title,rows\n"])
def test_what_is_no_workbook_is_told(content: bytes, tmp_path: Path) -> None:
    place = tmp_path / "plan.xlsx"
    place.write_bytes(content)
    with pytest.raises(irosurvey.ReadError, match="a workbook"):
        read_plan(place)
    with pytest.raises(irosurvey.ReadError, match=r"plan\.xlsx"):
        read_plan(tmp_path / "plann.xlsx")


def test_a_document_of_words_is_no_workbook(tmp_path: Path) -> None:
    place = tmp_path / "plan.xlsx"
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    with pytest.raises(irosurvey.ReadError, match="another kind of file"):
        read_plan(place)


def test_cells_are_named_as_spreadsheets_do() -> None:
    assert [cell_name(0, column) for column in (0, 25, 26, 701, 702)] == [
        "A1",
        "Z1",
        "AA1",
        "ZZ1",
        "AAA1",
    ]


# ---- the command ----


def test_new_writes_a_plan_and_leaves_one_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "plan.xlsx"
    command = ["new", str(SYNTHETIC / "dcs.sav"), "--plan", str(place)]
    assert main(command) == 0
    assert f"irosurvey tables {place}" in capsys.readouterr().out
    before = place.read_bytes()
    assert main(command) == 2
    assert "there already, and stays as it is" in capsys.readouterr().err
    assert place.read_bytes() == before
    assert main([*command[:-1], str(tmp_path / "plan.ods")]) == 2
    assert ".xlsx" in capsys.readouterr().err
