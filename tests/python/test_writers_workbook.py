"""Workbooks, read back by programs that didn't write them: openpyxl, odfdo, and plain XML."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import odfdo
import openpyxl
import pytest
import releases

from irosurvey.tables.check import check
from irosurvey.tables.published import PublishedTable, Release
from irosurvey.tables.safe_text import one_line, would_run
from irosurvey.tables.writers import ods, xlsx
from irosurvey.tables.writers._prepare import prepared
from irosurvey.tables.writers._words import heading, shown

Sheets = dict[str, list[list[Any]]]


def excel_sheets(path: Path) -> Sheets:
    """Every sheet as rows of values, as openpyxl reads them."""
    book = openpyxl.load_workbook(path)
    return {page.title: [[cell.value for cell in row] for row in page.rows] for page in book}


def ods_sheets(path: Path) -> Sheets:
    book = odfdo.Document(path)
    return {
        page.name: [[plain(cell) for cell in row.cells] for row in page.rows]
        for page in book.body.tables
    }


def plain(cell: odfdo.Cell) -> Any:
    if cell.type == "float":
        return float(cell.value)
    return cell.text_recursive.removesuffix("\n") if cell.type else None


FORMATS: dict[str, tuple[Callable[[Release, Path], list[Path]], Callable[[Path], Sheets]]] = {
    "xlsx": (xlsx.write, excel_sheets),
    "ods": (ods.write, ods_sheets),
}


@pytest.fixture(scope="module", params=list(FORMATS))
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def path(form: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    (found,) = FORMATS[form][0](releases.release(), tmp_path_factory.mktemp("book") / f"b.{form}")
    return found


@pytest.fixture(scope="module")
def sheets(form: str, path: Path) -> Sheets:
    return FORMATS[form][1](path)


def table_of(rows: list[list[Any]], table: PublishedTable) -> list[list[Any]]:
    """The rows from the header on."""
    top = next(at for at, row in enumerate(rows) if row[0] == table.stub[0])
    return rows[top:]


def test_sheets_are_in_order(sheets: Sheets) -> None:
    assert list(sheets) == ["Cover", "Contents", "Notes", "Table 1", "Table 2", "Method"]


def test_a_release_without_notes_has_no_blank_sheet(form: str, tmp_path: Path) -> None:
    (found,) = FORMATS[form][0](releases.bare(), tmp_path / f"b.{form}")
    assert list(FORMATS[form][1](found)) == ["Cover", "Contents", "Table 1"]


def test_figures_are_numbers_and_marks_are_texts(sheets: Sheets) -> None:
    for table in prepared(releases.release()):
        found = table_of(sheets[f"Table {table.number}"], table)
        assert found[0] == [*table.stub, *(column.name for column in table.columns)]
        for row, published in zip(found[1:], table.rows, strict=True):
            assert tuple(row[: len(table.stub)]) == published.labels
            for value, cell, column in zip(
                row[len(table.stub) :], published.cells, table.columns, strict=True
            ):
                if cell.value is None:
                    assert value == shown(cell, column)
                else:
                    assert isinstance(value, int | float)
                    assert value == cell.value


def test_a_sheet_says_what_a_reader_must_know_in_column_a(sheets: Sheets) -> None:
    for table in prepared(releases.release()):
        rows = sheets[f"Table {table.number}"]
        top = rows.index(table_of(rows, table)[0])
        said = [row[0] for row in rows[:top]]
        assert said[0] == heading(table)
        assert said[1] == "This worksheet contains one table."
        for row in rows[:top]:
            assert not any(row[1:]), "lead-in texts stand in column A alone"
        joined = "\n".join(said)
        assert ("SYNTHETIC" in joined) == table.synthetic
        for mark in table.marks:
            assert f"[{mark}] = " in joined
        assert "[x]" not in joined
        for text in table.remarks:
            assert text in said
        assert all(f"[note {number}]" in joined for number in table.notes)


def test_every_sheet_of_a_made_up_release_says_so(sheets: Sheets) -> None:
    for name in ("Cover", "Contents", "Notes", "Method", "Table 2"):
        assert "SYNTHETIC" in str(sheets[name])


def test_no_row_column_or_cell_of_a_table_is_blank(sheets: Sheets) -> None:
    for rows in sheets.values():
        assert all(row[0] not in (None, "") for row in rows)
    for table in prepared(releases.release()):
        for row in table_of(sheets[f"Table {table.number}"], table):
            assert all(value not in (None, "") for value in row)


def test_the_method_sheet_holds_policy_and_provenance(sheets: Sheets) -> None:
    facts = [row[:3] for row in sheets["Method"]]
    assert ["Policy", "minimum", "6"] in facts
    assert ["Provenance", "input", "sha256:0a1b"] in facts
    assert ["Balance of rows and weight", "rows read", "295"] in facts


def test_hostile_texts_stay_texts(form: str, tmp_path: Path) -> None:
    (found,) = FORMATS[form][0](releases.hostile(), tmp_path / f"b.{form}")
    rows = FORMATS[form][1](found)["Table 1"]
    top = next(at for at, row in enumerate(rows) if row[0] == "=A1")
    labels = [row[0] for row in rows[top + 1 :]]
    assert labels == [one_line(label) for label in releases.HOSTILE]
    with zipfile.ZipFile(found) as archive:
        text = "".join(
            archive.read(name).decode("utf-8")
            for name in archive.namelist()
            if name.endswith(".xml") or name.endswith(".rels")
        )
    assert "<f>" not in text
    assert "<f " not in text
    assert "table:formula" not in text
    assert 'TargetMode="External"' not in text
    assert not re.search(r'xlink:href="(?!#)', text)
    for part in archive_parts(found):
        ElementTree.fromstring(part)


def archive_parts(path: Path) -> list[bytes]:
    with zipfile.ZipFile(path) as archive:
        return [archive.read(name) for name in archive.namelist() if name.endswith(".xml")]


# ---- Excel's own ----


def test_excel_cells_keep_texts_as_texts_even_when_edited(tmp_path: Path) -> None:
    (path,) = xlsx.write(releases.hostile(), tmp_path / "b.xlsx")
    page = openpyxl.load_workbook(path)["Table 1"]
    running = [
        cell
        for row in page.rows
        for cell in row
        if isinstance(cell.value, str) and would_run(cell.value)
    ]
    assert len(running) > 20
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in running)
    assert all(cell.data_type != "f" for row in page.rows for cell in row)


def test_excel_tables_are_marked_up(tmp_path: Path) -> None:
    (path,) = xlsx.write(releases.release(), tmp_path / "b.xlsx")
    book = openpyxl.load_workbook(path)
    names = [name for page in book for name in page.tables]
    assert names == ["contents_table", "notes_table", "table_1", "duties", "method_table"]
    for page in book:
        assert len(page.tables) == (0 if page.title == "Cover" else 1)
        for table in page.tables.values():
            assert table.headerRowCount == 1
            assert table.autoFilter is None
            assert [column.name for column in table.tableColumns] == [
                cell.value for cell in page[table.ref][0]
            ]
        assert not page.merged_cells.ranges
        assert page.freeze_panes is None
        assert page.auto_filter.ref is None
        assert not page._images
        assert page.sheet_view.selection[0].activeCell in (None, "A1")


def test_excel_shows_decimals_and_thousands_by_formats(tmp_path: Path) -> None:
    (path,) = xlsx.write(releases.release(), tmp_path / "b.xlsx")
    page = openpyxl.load_workbook(path)["Table 1"]
    table = page.tables["table_1"]
    first = page[table.ref][1]
    assert [cell.value for cell in first] == ["North East", 49, 43.2, 54.9, 1250]
    assert [cell.number_format for cell in first[1:]] == ["#,##0.0"] * 3 + ["#,##0"]
    assert [cell.alignment.horizontal for cell in first] == ["left", *["right"] * 4]
    for row in page.rows:
        for cell in row:
            if cell.value is not None:
                assert cell.font.name == "Arial"
                assert cell.font.sz == (16 if cell.coordinate == "A1" else 12)
                assert cell.alignment.wrap_text
                assert cell.fill.fill_type is None
    assert page["A1"].font.b


def test_excel_takes_no_row_for_too_high(tmp_path: Path) -> None:
    long = replace(releases.monitoring(), remarks=("word " * 1000,))
    (path,) = xlsx.write(replace(releases.real(), tables=(long,)), tmp_path / "b.xlsx")
    heights = [
        one.height for one in openpyxl.load_workbook(path)["Table 1"].row_dimensions.values()
    ]
    assert 400 < max(height for height in heights if height) <= 409


def test_excel_holds_no_digit_that_is_not_seen(tmp_path: Path) -> None:
    """64.1 isn't a binary number: with sixteen digits it would be 64.09999999999999."""
    table = releases.monitoring()
    values = (64.1, 43.7, 1.1, 1_234_567.0)
    row = replace(table.rows[0], cells=tuple(map(releases.number, values)))
    release = replace(releases.real(), tables=(replace(table, rows=(row,)),))
    (path,) = xlsx.write(release, tmp_path / "b.xlsx")
    with zipfile.ZipFile(path) as archive:
        text = archive.read("xl/worksheets/sheet4.xml").decode("utf-8")
    assert re.findall(r'<c r="[B-E]\d+" s="\d+"><v>(.*?)</v>', text) == [
        *("64.1", "43.7", "1.1", "1234567")
    ]


def test_excel_knows_title_author_and_language(tmp_path: Path) -> None:
    (path,) = xlsx.write(releases.release(), tmp_path / "b.xlsx")
    known = openpyxl.load_workbook(path).properties
    assert known.title == "SYNTHETIC: Independent Reviewing Officers in England"
    assert known.creator == "National Children’s Bureau"
    assert known.language == "en-GB"
    assert str(known.created.date()) == "2026-11-22"


def test_contents_lead_to_the_sheets(path: Path, form: str) -> None:
    if form == "xlsx":
        page = openpyxl.load_workbook(path)["Contents"]
        cells = [cell for row in page.rows for cell in row if cell.hyperlink]
        found = [cell.hyperlink.location for cell in cells]
    else:
        content = odfdo.Document(path).content
        found = [
            link.get_attribute("xlink:href").removeprefix("#").replace(".A1", "!A1")
            for link in content.get_elements("//text:a")
        ]
    names = ["Notes", "Table 1", "Table 2", "Method"]
    assert found == [f"'{name}'!A1" for name in names]


# ---- OpenDocument's own ----


def test_ods_ranges_cover_the_tables(tmp_path: Path) -> None:
    (path,) = ods.write(releases.release(), tmp_path / "b.ods")
    ranges = odfdo.Document(path).content.get_elements("//table:database-range")
    assert [one.get_attribute("table:name") for one in ranges] == [
        *("contents_table", "notes_table", "table_1", "duties", "method_table")
    ]
    sheets = ods_sheets(path)
    for one in ranges:
        address = one.get_attribute("table:target-range-address")
        name, top, column, bottom = re.fullmatch(  # type: ignore[union-attr]
            r"'(.+)'\.A(\d+):'.+'\.([A-Z]+)(\d+)", address
        ).groups()
        assert int(bottom) == len(sheets[name])
        assert ord(column) - ord("A") + 1 == len(sheets[name][int(top) - 1])
        assert one.get_attribute("table:contains-header") in (True, "true")


def test_ods_numbers_are_what_is_seen(tmp_path: Path) -> None:
    (path,) = ods.write(releases.release(), tmp_path / "b.ods")
    cells = odfdo.Document(path).content.get_elements("//table:table-cell[@office:value]")
    assert len(cells) > 30
    for cell in cells:
        written = cell.get_attribute_string("office:value")
        seen = cell.text_recursive.strip().replace(",", "").replace("−", "-")
        assert float(written) == float(seen)


def test_ods_knows_title_author_and_language(tmp_path: Path) -> None:
    (path,) = ods.write(releases.release(), tmp_path / "b.ods")
    meta = odfdo.Document(path).meta
    assert meta.title == "SYNTHETIC: Independent Reviewing Officers in England"
    assert meta.initial_creator == "National Children’s Bureau"
    assert meta.language == "en-GB"
    with zipfile.ZipFile(path) as archive:
        assert archive.infolist()[0].filename == "mimetype"
        assert archive.infolist()[0].compress_type == zipfile.ZIP_STORED
        for name in archive.namelist():
            text = archive.read(name).decode("utf-8")
            assert 'fo:language="fr"' not in text
            assert "Imprimante" not in text, "nothing of the template is left"


def _wide(columns: int) -> Release:
    """A table with so many columns of figures."""
    table = releases.monitoring()
    made = tuple(
        replace(table.columns[0], name=f"Share {place}", heading=f"Share {place}")
        for place in range(columns)
    )
    rows = tuple(replace(row, cells=(row.cells[0],) * columns) for row in table.rows)
    return replace(
        releases.release(), tables=(replace(table, columns=made, rows=rows, notes=(), remarks=()),)
    )


@pytest.mark.parametrize(("columns", "pages"), [(3, 1), (8, 1), (9, 2), (40, 5)])
def test_wide_tables_are_printed_on_pages_that_can_be_read(
    columns: int, pages: int, tmp_path: Path
) -> None:
    release = _wide(columns)
    path, *_ = xlsx.write(release, tmp_path / "a.xlsx")
    page = openpyxl.load_workbook(path)["Table 1"]
    assert page.page_setup.orientation == "landscape"
    assert (page.page_setup.fitToWidth or 1, page.page_setup.fitToHeight) == (pages, 0)
    assert page.print_title_rows is not None
    assert (page.print_title_cols or "").replace("$", "") == ("" if pages == 1 else "A:A")
    assert check(release, path).passed
    path, *_ = ods.write(release, tmp_path / "a.ods")
    with zipfile.ZipFile(path) as archive:
        content, styles = (archive.read(f"{name}.xml").decode() for name in ("content", "styles"))
    assert f'style:scale-to-X="{pages}"' in styles
    assert f'table:name="Table 1" table:style-name="sheet_{pages}"' in content
    assert content.count("<table:table-header-columns>") == (pages > 1)
    assert check(release, path).passed
