"""Workbooks and the Word document, opened in LibreOffice: what a reader of somebody else sees.

`make test-office` runs this; it needs Debian's LibreOffice, and is no part of `make test`.
"""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import releases

from irosurvey.tables import writers
from irosurvey.tables.published import Release
from irosurvey.tables.safe_text import one_line
from irosurvey.tables.writers._prepare import prepared
from irosurvey.tables.writers._words import heading, shown

# Every sheet as a CSV of its own, cells as they are shown: separator, quotation mark, UTF-8, from
# the first line; the last field asks for all sheets.
AS_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1"
TABLES = {"made": releases.release(), "hostile": releases.hostile()}


def office(path: Path, form: str, out: Path) -> list[Path]:
    """Convert a file in a LibreOffice that knows nobody."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    assert program is not None, "no LibreOffice: `scripts/install-packages office` installs it"
    out.mkdir(parents=True, exist_ok=True)
    profile = f"-env:UserInstallation={(out / 'profile').as_uri()}"
    command = [program, profile, "--headless", "--norestore", "--convert-to", form]
    done = subprocess.run(
        [*command, "--outdir", str(out), str(path)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return sorted(one for one in out.iterdir() if one.is_file())


@pytest.fixture(scope="module", params=["xlsx", "ods"])
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=list(TABLES))
def release(request: pytest.FixtureRequest) -> Release:
    return prepared(TABLES[request.param])


@pytest.fixture(scope="module")
def path(form: str, release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return writers.write(release, tmp_path_factory.mktemp("book") / f"book.{form}")[0]


@pytest.fixture(scope="module")
def sheets(path: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[str]]]:
    found = {}
    for one in office(path, AS_CSV, tmp_path_factory.mktemp("csv")):
        with one.open(encoding="utf-8", newline="") as file:
            found[one.stem.removeprefix("book-")] = list(csv.reader(file))
    return found


def test_libreoffice_opens_every_sheet(
    sheets: dict[str, list[list[str]]], release: Release
) -> None:
    tables = [f"Table {table.number}" for table in release]
    assert sheets.keys() == {"Cover", "Contents", "Notes", "Method", *tables}


def test_libreoffice_shows_the_figures(
    sheets: dict[str, list[list[str]]], release: Release
) -> None:
    for table in release:
        rows = sheets[f"Table {table.number}"]
        assert rows[0][0] == heading(table)
        top = next(at for at, row in enumerate(rows) if row[0] == table.stub[0])
        headers = [*table.stub, *(column.name for column in table.columns)]
        assert rows[top] == headers
        for row, published in zip(rows[top + 1 :], table.rows, strict=True):
            wanted = [shown(*pair) for pair in zip(published.cells, table.columns, strict=True)]
            assert row == [*published.labels, *(text.replace("−", "-") for text in wanted)]


def test_libreoffice_runs_no_label(sheets: dict[str, list[list[str]]], release: Release) -> None:
    if release.title == releases.HOSTILE[11]:
        rows = sheets["Table 1"]
        top = next(at for at, row in enumerate(rows) if row[0] == "=A1")
        wanted = [one_line(label) for label in releases.HOSTILE]
        assert [row[0] for row in rows[top + 1 :]] == wanted


def test_libreoffice_prints_all_of_it(path: Path, release: Release, tmp_path: Path) -> None:
    (printed,) = office(path, "pdf", tmp_path / "pdf")
    text = subprocess.run(
        ["pdftotext", "-layout", str(printed), "-"], capture_output=True, text=True, check=True
    ).stdout
    words = re.sub(r"\s+", " ", text)
    for table in release:
        for row in table.rows:
            for cell, column in zip(row.cells, table.columns, strict=True):
                if cell.value is not None:
                    assert shown(cell, column).replace("−", "-") in words
        assert "####" not in words, "every figure fits its column"


def test_libreoffice_opens_the_word_document(release: Release, tmp_path: Path) -> None:
    path = writers.write(release, tmp_path / "book.docx")[0]
    (printed,) = office(path, "pdf", tmp_path / "pdf")
    text = subprocess.run(
        ["pdftotext", "-layout", str(printed), "-"], capture_output=True, text=True, check=True
    ).stdout
    for table in release:
        for row in table.rows:
            for cell, column in zip(row.cells, table.columns, strict=True):
                if cell.value is not None:
                    assert shown(cell, column) in text
