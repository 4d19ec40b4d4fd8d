"""The whole study's page and files: self-contained, escaped, marked, sortable."""

from __future__ import annotations

import csv
import html
import json
import re
from pathlib import Path

import pytest
from as_if_real import INSTRUMENTS, real, real_table
from browser import axe, browse, measured, too_pale
from html_tree import Tree

from irosurvey import study
from irosurvey.cli import main

DATA = Path(__file__).resolve().parents[2] / "data"
OURS = ("bounds", "studies", "weights", "groups", "caseloads", "advice", "guidance")
LAST = ("published", "methods")
FROM_PRINT = ("evidence", "bounds", "studies", "guidance", "methods")


@pytest.fixture(scope="module")
def whole() -> study.WholeStudy:
    return study.whole_study()


@pytest.fixture(scope="module")
def page(whole: study.WholeStudy) -> str:
    return whole.to_html(whole.publishable())


@pytest.fixture(scope="module")
def sections(page: str) -> dict[str, str]:
    parts = page.split('<section id="')[1:]
    return {part.split('"', 1)[0]: part.split("</section>", 1)[0] for part in parts}


def test_the_page_is_well_formed(page: str, whole: study.WholeStudy) -> None:
    tree = Tree(page)
    assert tree.all("html")[0]["lang"] == "en-GB"
    assert len(tree.all("h1")) == 1
    ids = [attributes["id"] for _, attributes, _ in tree.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    files = {f"tables/{name}.csv" for name in whole.sheets}
    for attributes in tree.all("a"):
        assert attributes["href"] in files | {f"#{name}" for name in ids}
    for attributes in tree.all("th"):
        assert attributes.get("scope") in {"col", "row", "colgroup", "rowgroup"}


def test_the_page_needs_nothing_else(page: str) -> None:
    for tag, attributes, _ in Tree(page).elements:
        assert tag not in {"link", "img", "iframe", "object"}
        assert "src" not in attributes
        assert not any(name.startswith("on") for name in attributes)
    assert page.count("<script>") == 1
    assert not re.search(r"url\((?!#)", page)
    assert "@import" not in page


def test_the_contents_lead_to_every_section(page: str, sections: dict[str, str]) -> None:
    assert tuple(sections) == ("evidence", *OURS[:2], "rehearsal", *OURS[2:], *LAST)
    contents = page.split('<nav class="contents"')[1].split("</nav>")[0]
    assert re.findall(r'href="#(\w+)"', contents) == list(sections)


def test_what_is_made_of_synthetic_answers_says_so(
    sections: dict[str, str], whole: study.WholeStudy
) -> None:
    for name, section in sections.items():
        if name in FROM_PRINT:
            assert section.index("<h2>") < section.find("SYNTHETIC") or "SYNTHETIC" not in section
            continue
        assert section.index("SYNTHETIC") < section.index("<h2>")
        for table in re.findall(r'<table class="sheet">.*?</table>', section, flags=re.DOTALL):
            caption = re.search(r"<caption>.*?</caption>", table, flags=re.DOTALL)
            head = re.search(r"<thead>.*?</thead>", table, flags=re.DOTALL)
            assert caption is not None
            assert head is not None
            assert "SYNTHETIC" in caption[0]
            assert "SYNTHETIC" in head[0]
    for name in ("evidence", "bounds", "studies"):
        assert "SYNTHETIC" not in sections[name]
    guidance = sections["guidance"]
    assert guidance.index("Printed figures beside") < guidance.index('class="banner"')
    assert guidance.index('class="banner"') < guidance.index("Findings from answers")
    for chart in whole.charts.values():
        assert "SYNTHETIC" in chart.svg


def test_what_may_be_published_stands_as_it_was_released(
    sections: dict[str, str], whole: study.WholeStudy
) -> None:
    tables = re.findall(r"<table>.*?</table>", sections["published"], flags=re.DOTALL)
    released = whole.publishable().published
    assert len(tables) == len(released)
    for table, one in zip(tables, released, strict=True):
        hidden = sum(bool(cell.mark) for row in one.rows for cell in row.cells)
        assert len(re.findall(r"<td[^>]*>\[\w+\]", table)) == hidden
    assert 'id="published"' not in whole.to_html()


def test_numbers_sort_by_what_they_are(page: str, whole: study.WholeStudy) -> None:
    values = re.findall(r'<td class="num" data-value="([^"]*)">', page)
    assert len(values) > 500
    for value in values:
        float(value)


def test_with_real_files_nothing_says_synthetic() -> None:
    given = study.whole_study(**{name: real(name) for name in INSTRUMENTS})
    assert not given.synthetic
    assert "SYNTHETIC" not in given.to_html()
    assert all(sheet.data != "SYNTHETIC" for sheet in given.sheets.values())
    assert "SYNTHETIC" not in "".join(chart.svg for chart in given.charts.values())


def test_labels_are_escaped_and_defused(tmp_path: Path) -> None:
    text = (DATA / "codebook.toml").read_text(encoding="utf-8")
    evil = '=HYPERLINK("http://x")<script>alert(1)</script>'
    marked = text.replace('label = "Care plan drifting or not carried out"', f"label = '{evil}'")
    assert marked != text
    codebook = tmp_path / "codebook.toml"
    codebook.write_text(marked, encoding="utf-8")
    given = study.whole_study(codebook=codebook)
    page = given.to_html()
    assert page.count("<script>") == 1
    assert html.escape(evil) in page
    given.write(tmp_path / "out")
    with (tmp_path / "out" / "tables" / "advice_rates.csv").open(encoding="utf-8") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    found = [cell for cell in cells if "HYPERLINK" in cell]
    assert found
    assert all(cell.startswith("'=") for cell in found)


def test_files_are_written_whole_and_the_same_again(
    whole: study.WholeStudy, tmp_path: Path
) -> None:
    written = whole.write(tmp_path / "one")
    assert written[0].name == "report.html"
    names = {path.name for path in written}
    assert {f"{name}.csv" for name in whole.sheets} <= names
    assert {"evidence.csv", "rehearsal.csv", "caseloads.svg"} <= names
    assert not list((tmp_path / "one").rglob("*.part"))
    again = whole.write(tmp_path / "two")
    assert [path.read_bytes() for path in written] == [path.read_bytes() for path in again]


def test_the_command_writes_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--out", str(tmp_path / "report")]) == 0
    assert "SYNTHETIC" in capsys.readouterr().out
    assert (tmp_path / "report" / "report.html").stat().st_size > 100_000
    assert main(["report", "--iros", str(tmp_path / "none.csv"), "--out", str(tmp_path)]) == 2
    assert "none.csv" in capsys.readouterr().err


def test_the_page_warns_before_anything_is_shown(
    whole: study.WholeStudy, page: str, tmp_path: Path
) -> None:
    head = page.split('<nav class="contents"')[0]
    assert "With real answers this page is not for publication" in head
    assert "(SYNTHETIC answers)</title>" in head
    enquiries = tmp_path / "enquiries.csv"
    real_table("advice").write_csv(enquiries)
    mixed = study.whole_study(advice=enquiries)
    assert mixed.real
    assert mixed.synthetic
    head, rest = mixed.to_html().split('<nav class="contents"')
    assert "<strong>Not for publication.</strong>" in head
    assert "Nothing in it has been through disclosure control." in head
    advice = rest.split('<section id="advice"')[1].split("</section>")[0]
    assert "SYNTHETIC" not in advice
    assert "SYNTHETIC" in rest.split('<section id="caseloads"')[1].split("</section>")[0]


def test_a_policy_that_hides_nothing_is_no_disclosure_control(
    whole: study.WholeStudy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = whole.to_html(whole.publishable("none"))
    assert "Nothing in it has been through disclosure control." in page
    assert "they went through no disclosure control" in page
    assert "Tables that may be published" not in page.split('id="published"')[1].split("<h3>")[0]
    assert main(["report", "--policy", "nobody", "--out", str(tmp_path)]) == 2
    assert "nobody" in capsys.readouterr().err


# ---- in a browser ----


@pytest.mark.parametrize("width", [1280, 375])
def test_the_page_is_laid_out(page: str, width: int, tmp_path: Path) -> None:
    layout = measured(page, width, tmp_path)
    assert layout["resources"] == 0
    assert layout["scrolls"] == 0
    assert layout["wide"] == []
    assert too_pale(layout) == []


@pytest.mark.parametrize("width", [1280, 375])
def test_axe_finds_nothing_that_bars_anybody(page: str, width: int, tmp_path: Path) -> None:
    found = axe(page, tmp_path, width)
    assert found["violations"] == []
    # Rules of tables, experimental ones among them, had something to look at.
    assert {"td-headers-attr", "scope-attr-valid", "color-contrast"} <= set(found["passes"])


def test_the_page_prints(page: str, tmp_path: Path) -> None:
    source, target = tmp_path / "page.html", tmp_path / "page.pdf"
    source.write_text(page, encoding="utf-8")
    browse(f"--print-to-pdf={target}", "--no-pdf-header-footer", source.as_uri())
    sheets = len(re.findall(rb"/Type\s*/Page\b", target.read_bytes()))
    assert 20 <= sheets <= 45  # everything is opened; a list of a letter a line would take far more


CLICK = """
<script>
window.onload = function () {
  var table = document.querySelector("#caseloads table.sheet");
  function list(of) { return Array.prototype.slice.call(of); }
  var place = list(table.tHead.rows[0].cells).findIndex(function (cell) {
    return cell.textContent.indexOf("Children") === 0;
  });
  var button = table.tHead.rows[0].cells[place].querySelector("button");
  function values() {
    return list(table.tBodies[0].rows).map(function (row) {
      return parseFloat(row.cells[place].getAttribute("data-value"));
    });
  }
  var given = values();
  button.click(); var up = values();
  button.click(); var down = values();
  button.click(); var again = values();
  var box = document.querySelector("#caseloads label.filter input");
  box.value = "London"; box.dispatchEvent(new Event("input"));
  var seen = list(table.tBodies[0].rows).filter(function (row) { return !row.hidden; });
  var out = document.createElement("pre");
  out.id = "sorted";
  var texts = seen.map(function (row) { return row.textContent; });
  out.textContent = JSON.stringify([given, up, down, again, texts]);
  document.body.appendChild(out);
};
</script>
"""


def test_tables_sort_and_filter(page: str, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(page.replace("</body>", CLICK + "</body>"), encoding="utf-8")
    dom = browse("--dump-dom", file.as_uri())
    found = re.search(r'<pre id="sorted">(.*?)</pre>', dom, flags=re.DOTALL)
    assert found is not None
    given, up, down, again, seen = json.loads(html.unescape(found[1]))
    assert up == sorted(given) != given
    assert down == sorted(given, reverse=True)
    assert again == given  # a third click gives back the order that means something
    assert seen
    assert all("London" in row for row in seen)


def test_without_its_script_the_page_has_every_row(page: str, whole: study.WholeStudy) -> None:
    plain = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    for name in ("guidance_printed", "bounds_printed", "advice_rates"):
        sheet = whole.sheets[name]
        for row in sheet:
            assert html.escape(str(row[0])) in plain
    assert not re.search(r"<\w+[^>]*\shidden\b", plain)
