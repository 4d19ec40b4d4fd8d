"""Published tables in great_tables and gptables, and what is said where those aren't installed."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import releases

import irosurvey
from irosurvey.errors import IrosurveyError
from irosurvey.tables import adapters
from irosurvey.tables.writers._prepare import prepared
from irosurvey.tables.writers._words import heading, shown


def cells(page: str) -> list[list[str]]:
    return [
        [re.sub("<.*?>", "", cell).strip() for cell in re.findall("<td.*?</td>", row, re.S)]
        for row in re.findall("<tr.*?</tr>", page, re.S)
        if "<td" in row
    ]


def test_great_tables_shows_what_is_published() -> None:
    pytest.importorskip("great_tables")
    table = prepared(releases.release()).tables[0]
    page = adapters.to_gt(releases.monitoring()).as_raw_html()
    assert heading(table) in page
    rows = [row for row in cells(page) if len(row) == len(table.columns)]
    wanted = [
        [shown(*pair) for pair in zip(row.cells, table.columns, strict=True)] for row in table.rows
    ]
    assert rows == wanted
    assert "[c] suppressed to protect confidentiality" in page
    assert "[x]" not in page
    assert "3.1" not in page


def test_great_tables_has_spanners_and_groups() -> None:
    pytest.importorskip("great_tables")
    page = adapters.to_gt(releases.duties()).as_raw_html()
    for text in ("Monitors cases", "Always or often", "Rarely or never", "SYNTHETIC"):
        assert text in page
    assert page.count("gt_column_spanner") >= 3
    assert page.index("Monitors cases") < page.index("Always or often") < page.index("Percentage")


def test_great_tables_runs_no_label() -> None:
    pytest.importorskip("great_tables")
    page = adapters.to_gt(releases.hostile().tables[0]).as_raw_html()
    assert "<script>alert" not in page
    assert "<img" not in page
    assert not re.search(r"<(a|img|script) ", page)


def test_gptables_writes_what_is_published(tmp_path: Path) -> None:
    gptables = pytest.importorskip("gptables")
    made = adapters.to_gptable(releases.monitoring())
    path = tmp_path / "b.xlsx"
    cover = gptables.Cover(title="Title")
    gptables.write_workbook(str(path), {"Table 1": made}, cover=cover, contentsheet_label=None)
    page = openpyxl.load_workbook(path)["Table 1"]
    rows = [[cell.value for cell in row][:5] for row in page.rows]
    assert ["North East", 49, 43.2, 54.9, 1250] in rows
    assert ["London", "[c]", "[c]", "[c]", "[c]"] in rows


def test_gptables_runs_no_label(tmp_path: Path) -> None:
    gptables = pytest.importorskip("gptables")
    table = releases.hostile().tables[0]
    made = adapters.to_gptable(replace(table, notes=(), remarks=table.remarks[:3]))
    path = tmp_path / "b.xlsx"
    cover = gptables.Cover(title="Title")
    gptables.write_workbook(str(path), {"Table 1": made}, cover=cover, contentsheet_label=None)
    page = openpyxl.load_workbook(path)["Table 1"]
    assert all(cell.data_type != "f" for row in page.rows for cell in row)
    assert not [cell for row in page.rows for cell in row if cell.hyperlink]


@pytest.mark.parametrize(
    ("adapt", "package", "extra"),
    [(adapters.to_gt, "great_tables", "gt"), (adapters.to_gptable, "gptables", "gptables")],
)
def test_a_package_that_is_missing_is_named(
    adapt: Callable[[Any], Any], package: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(IrosurveyError) as caught:
        adapt(releases.monitoring())
    assert f"pip install 'irosurvey[{extra}]'" in caught.value.remedy
    assert caught.value.subject == package


def test_gptables_indexes_three_columns_at_most() -> None:
    pytest.importorskip("gptables")
    table = releases.monitoring()
    deep = replace(
        table,
        stub=("a", "b", "c", "d"),
        rows=tuple(replace(row, labels=(*row.labels, "x", "y", "z")) for row in table.rows),
    )
    with pytest.raises(IrosurveyError, match="at most three stub columns"):
        adapters.to_gptable(deep)


def test_tables_give_what_may_be_seen_of_them_to_other_packages() -> None:
    pytest.importorskip("great_tables")
    pytest.importorskip("gptables")
    data = {"region": ["North"] * 60 + ["South"] * 43, "met": [1, 0] * 50 + [1] * 3}
    table = irosurvey.Table(irosurvey.Design(data).crosstab("region", "met"), title="Plans met")
    for own, policy in ((table, None), (table, "none"), (table.with_policy("none"), None)):
        seen = table.publish("dfe" if own is table and policy is None else "none")
        wanted = adapters.to_gt(seen).as_raw_html()
        assert cells(own.to_gt(policy).as_raw_html()) == cells(wanted)
        assert cells(seen.to_gt().as_raw_html()) == cells(wanted)
        same = [one.table for one in (own.to_gptable(policy), seen.to_gptable())]
        assert all(one.equals(adapters.to_gptable(seen).table) for one in same)
    hidden = table.publish("dfe")
    assert cells(hidden.to_gt().as_raw_html()) != cells(table.publish("none").to_gt().as_raw_html())
