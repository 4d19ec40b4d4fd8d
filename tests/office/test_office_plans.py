"""Plans in LibreOffice: the template opened and saved by it asks for the same tables.

`make test-office` runs this; it needs Debian's LibreOffice, and is no part of `make test`.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from test_office import office

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))
from plan_books import answer, filled_in
from spss_sets import with_sets

from irosurvey.cli import main
from irosurvey.tables.workbook_template import plan_workbook

SYNTHETIC = Path(__file__).parents[2] / "data" / "synthetic"
LINES: list[dict[str, object]] = [
    {
        "Title": "Extra duties",
        "Columns": "type; legal_advice_access",
        "Statistic": "tick all that apply",
        "Of": "$duties",
        "Letters": "yes",
        "Show": "estimate; base",
    },
    {
        "Title": "Advice and caseload",
        "Rows": "type | Type of the authority",
        "Columns": "legal_advice_access",
        "Statistic": "row percentages",
    },
    {"Statistic": "mean", "Of": "caseload", "Decimals": 1},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("plan")
    boxes = "extra_cp_chair extra_reviews extra_training extra_other"
    data = with_sets(
        SYNTHETIC / "iro.sav", f"$duties=D1 1 12 Extra duties {boxes}\n", place / "officers.sav"
    )
    template = plan_workbook(data, place, "plan.xlsx")
    (place / "template.xlsx").write_bytes(template)
    book = filled_in(template, LINES)
    answer(book, "Publisher").value = "An office"
    answer(book, "Published on").value = "26/11/2026"
    book.save(place / "plan.xlsx")
    return place


def tables_of(plan: Path, out: Path) -> Any:
    assert main(["tables", str(plan), "--out", str(out), "--format", "json"]) == 0
    found = json.loads(next(out.glob("*.json")).read_text())
    return found["tables"], found["policy"]


@pytest.mark.parametrize("form", ["xlsx", "ods"])
def test_what_libreoffice_saves_asks_for_the_same(form: str, folder: Path, tmp_path: Path) -> None:
    wanted = tables_of(folder / "plan.xlsx", tmp_path / "wanted")
    saved = [
        one for one in office(folder / "plan.xlsx", form, tmp_path) if one.suffix == f".{form}"
    ]
    shutil.copy(saved[0], folder / f"saved.{form}")
    assert tables_of(folder / f"saved.{form}", tmp_path / "found") == wanted
    first, second = wanted[0]
    assert "Significantly higher than" in json.dumps(first)
    assert "Mean" in json.dumps(second)


def test_libreoffice_keeps_the_lists_to_pick_from(folder: Path, tmp_path: Path) -> None:
    (saved,) = [one for one in office(folder / "template.xlsx", "xlsx", tmp_path) if one.is_file()]
    kept = openpyxl.load_workbook(saved)
    wrote = openpyxl.load_workbook(folder / "template.xlsx")

    def lists(book: openpyxl.Workbook) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for rule in book["Tables"].data_validations.dataValidation:
            if rule.type == "list":
                words = str(rule.formula1).replace("$", "").lstrip("=").strip('"')
                for cells in rule.sqref.ranges:
                    found[str(cells)] = set(words.split(","))
        return found

    assert lists(kept) == lists(wrote)
    assert any("estimate; limits; base" in words for words in lists(kept).values())


def test_the_template_prints_whole_lines(folder: Path, tmp_path: Path) -> None:
    (printed,) = office(folder / "template.xlsx", "pdf", tmp_path)
    pages = printed.read_bytes().count(b"/Type/Page\n") or printed.read_bytes().count(
        b"/Type/Page/"
    )
    assert 0 < pages <= 10
