"""The Word document, read back by python-docx and as XML."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import docx
import pytest
import releases

from irosurvey.tables.check import check
from irosurvey.tables.safe_text import one_line
from irosurvey.tables.writers import word
from irosurvey.tables.writers._prepare import prepared
from irosurvey.tables.writers._words import heading, shown

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return word.write(releases.release(), tmp_path_factory.mktemp("word") / "b.docx")[0]


def test_the_document_shows_the_tables(path: Path) -> None:
    document = docx.Document(str(path))
    release = prepared(releases.release())
    assert len(document.tables) == len(release) + 1, "and the method"
    for found, table in zip(document.tables, release, strict=False):
        rows = [[cell.text for cell in row.cells] for row in found.rows]
        assert rows[0] == [*table.stub, *(column.name for column in table.columns)]
        for row, published in zip(rows[1:], table.rows, strict=True):
            wanted = [shown(*pair) for pair in zip(published.cells, table.columns, strict=True)]
            assert row == [*published.labels, *wanted]
    headings = [one.text for one in document.paragraphs if one.style.name == "Heading 1"]
    assert headings == [*map(heading, release), "Notes", "How these tables were made"]


def test_columns_are_as_wide_as_their_longest_word(tmp_path: Path) -> None:
    table = releases.monitoring()
    columns = tuple(
        replace(column, name=f"Unweighted [SYNTHETIC] {place}", heading=str(place))
        for place, column in enumerate(table.columns * 3)
    )
    rows = tuple(replace(row, cells=row.cells * 3) for row in table.rows)
    wide = replace(table, stub=("Administrative region",), columns=columns, rows=rows)
    path, *_ = word.write(replace(releases.release(), tables=(wide,)), tmp_path / "a.docx")
    pieces = docx.Document(str(path)).tables[:-1]
    assert sum(len(piece.columns) - 1 for piece in pieces) == len(columns)
    for piece in pieces:
        widths = [column.width.cm for column in piece.columns]
        assert sum(widths) <= 25.71
        assert min(widths) >= 0.23 * len("[SYNTHETIC]"), "Arial 12 bold, on average"
        assert widths[0] > widths[1]


def test_a_table_too_wide_for_a_page_stands_in_pieces(tmp_path: Path) -> None:
    whole = releases.release()
    duties = whole.tables[1]
    answers = ("Never", "Infrequently", "Unremarkably", "Always")
    columns = [
        replace(one, name=f"{answer}: {one.heading}", spanners=(answer,))
        for answer in answers
        for one in duties.columns[:4]
    ]
    wide = replace(
        duties,
        columns=tuple(
            replace(one, heading=f"{one.heading} {place % 4}", name=f"{one.name} {place}")
            for place, one in enumerate(columns)
        ),
        rows=tuple(replace(row, cells=row.cells[:4] * 4) for row in duties.rows),
    )
    release = replace(whole, tables=(whole.tables[0], wide))
    (path,) = word.write(release, tmp_path / "wide.docx")
    pieces = docx.Document(str(path)).tables[1:-1]
    # Columns of one answer stay together.
    assert [len(piece.columns) for piece in pieces] == [2 + 4] * 4
    assert [cell.text for cell in pieces[1].rows[0].cells][:2] == list(wide.stub)
    assert [cell.text for cell in pieces[1].rows[0].cells][2].startswith("Infrequently")
    assert not check(release, path).failures
    # A figure that is changed in a later piece is found.
    document = docx.Document(str(path))
    document.tables[3].rows[1].cells[2].paragraphs[0].runs[0].text = "99"
    document.save(str(path))
    assert "cells" in {one.rule.id for one in check(release, path).failures}


def test_header_rows_are_marked_and_nothing_is_merged(path: Path) -> None:
    for table in docx.Document(str(path)).tables:
        element = table._tbl
        assert table.rows[0]._tr.find(f"{W}trPr/{W}tblHeader") is not None
        assert element.find(f"{W}tblPr/{W}tblCaption").get(f"{W}val")
        assert not element.findall(f".//{W}gridSpan")
        assert not element.findall(f".//{W}vMerge")


def test_the_document_knows_title_author_and_language(path: Path) -> None:
    document = docx.Document(str(path))
    known = document.core_properties
    assert known.title == "SYNTHETIC: Independent Reviewing Officers in England"
    assert known.author == known.last_modified_by == "National Children’s Bureau"
    assert known.language == "en-GB"
    assert str(known.created.date()) == "2026-11-22"
    languages = {one.get(f"{W}val") for one in document.styles.element.iter(f"{W}lang")}
    assert languages == {"en-GB"}
    assert document.styles["Normal"].font.name == "Arial"
    with zipfile.ZipFile(path) as archive:
        assert not [name for name in archive.namelist() if "thumbnail" in name]


def test_hostile_labels_are_text(tmp_path: Path) -> None:
    (found,) = word.write(releases.hostile(), tmp_path / "b.docx")
    document = docx.Document(str(found))
    labels = [row.cells[0].text for row in document.tables[0].rows][1:]
    assert labels == [one_line(label) for label in releases.HOSTILE]
    body = document.element
    for tag in ("hyperlink", "instrText", "fldSimple", "object"):
        assert not body.findall(f".//{W}{tag}")
