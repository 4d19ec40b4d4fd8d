"""The page: self-contained, accessible, legible, and honest about what is SYNTHETIC.

What only a browser knows (contrast, overflow, labels that collide) is measured in one: Chromium,
which `make test` installs.
"""

from __future__ import annotations

import html
import itertools
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from as_if_real import real
from browser import browse, measured, too_pale
from html_tree import Tree

import irosurvey
from irosurvey import study

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture(scope="module")
def result() -> study.Reproduction:
    return study.reproduce()


@pytest.fixture(scope="module")
def page(result: study.Reproduction) -> str:
    return result.to_html()


# ---- the document ----


def test_the_page_is_well_formed_and_says_its_language(page: str) -> None:
    tree = Tree(page)
    assert tree.all("html")[0]["lang"] == "en-GB"
    assert tree.all("meta")[0]["charset"] == "utf-8"
    assert len(tree.all("h1")) == 1
    ids = [attributes["id"] for _, attributes, _ in tree.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_the_page_needs_nothing_else(page: str) -> None:
    tree = Tree(page)
    for tag, attributes, _ in tree.elements:
        assert tag not in {"script", "link", "img", "iframe", "object"}
        assert not (attributes.get("href") or "#").strip().startswith(("http", "//", "file"))
        assert "src" not in attributes
    assert "url(" not in page
    assert "@import" not in page


def test_links_lead_somewhere(page: str) -> None:
    tree = Tree(page)
    ids = {attributes.get("id") for _, attributes, _ in tree.elements}
    targets = [attributes["href"] for attributes in tree.all("a")]
    assert targets
    for target in targets:
        assert target is not None
        assert target.lstrip("#") in ids


def test_headings_step_down_one_at_a_time(page: str) -> None:
    levels = [int(tag[1]) for tag, _, _ in Tree(page).elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(below <= above + 1 for above, below in itertools.pairwise(levels))


def test_tables_have_captions_and_headers_with_a_scope(page: str) -> None:
    tree = Tree(page)
    assert len(tree.all("table")) == len(tree.all("caption")) >= 8
    for attributes in tree.all("th"):
        assert attributes.get("scope") in {"col", "row", "colgroup", "rowgroup"}


def test_every_row_of_a_table_fills_its_columns(page: str) -> None:
    for table in re.findall(r"<table>.*?</table>", page, flags=re.DOTALL):
        widths = set()
        for row in re.findall(r"<tr.*?</tr>", table, flags=re.DOTALL):
            cells = re.findall(r"<t[hd]\b([^>]*)>", row)
            spans = [
                int(span[1]) if (span := re.search(r'colspan="(\d+)"', c)) else 1 for c in cells
            ]
            widths.add(sum(spans))
        assert len(widths) == 1, table[:200]


def test_charts_are_described_for_those_who_do_not_see_them(
    page: str, result: study.Reproduction
) -> None:
    charts = re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)
    assert len(charts) == 2
    for chart in charts:
        labelled = re.search(r'role="img" aria-labelledby="(\S+) (\S+)"', chart)
        assert labelled is not None
        title = re.search(rf'<title id="{labelled[1]}">(.+?)</title>', chart)
        description = re.search(rf'<desc id="{labelled[2]}">(.+?)</desc>', chart)
        assert title is not None
        assert description is not None
    for row in result.evidence.of_study(result.study):
        assert html.escape(row.finding.wording) in charts[0]
    assert charts[1].count(" agrees with ") == sum(
        row.statistic == "share" for row in result.rehearsal
    )


# ---- what is synthetic ----


def sections(page: str) -> dict[str, str]:
    found = re.findall(r'<section id="(\w+)".*?</section>', page, flags=re.DOTALL)
    return {
        name: re.search(rf'<section id="{name}".*?</section>', page, flags=re.DOTALL)[0]  # type: ignore[index]
        for name in found
    }


def test_evidence_comes_first_and_holds_nothing_synthetic(page: str) -> None:
    parts = sections(page)
    assert list(parts) == ["evidence", "rehearsal", "method"]
    assert "SYNTHETIC" not in parts["evidence"]


def test_every_table_and_chart_of_the_rehearsal_says_synthetic(page: str) -> None:
    rehearsal = sections(page)["rehearsal"]
    assert rehearsal.index("SYNTHETIC") < rehearsal.index("<h2>"), "the banner comes first"
    tables = re.findall(r"<table>.*?</table>", rehearsal, flags=re.DOTALL)
    assert len(tables) >= 6
    for table in tables:
        caption = re.search(r"<caption>.*?</caption>", table, flags=re.DOTALL)
        head = re.search(r"<thead>.*?</thead>", table, flags=re.DOTALL)
        assert caption is not None
        assert head is not None
        assert "SYNTHETIC" in caption[0]
        assert "SYNTHETIC" in head[0], "a head is printed again on every sheet"
    for figure in re.findall(r"<figure>.*?</figure>", rehearsal, flags=re.DOTALL):
        assert "SYNTHETIC" in re.sub(r"<svg.*?</svg>", "", figure, flags=re.DOTALL)
    for chart in re.findall(r"<svg.*?</svg>", rehearsal, flags=re.DOTALL):
        title = re.search(r"<title.*?</title>", chart)
        assert title is not None
        assert "SYNTHETIC" in title[0]
        assert 'class="mark"' in chart


def test_with_real_files_the_page_says_nothing_of_synthetic() -> None:
    page = study.reproduce(**{name: real(name) for name in ("iro", "manager", "dcs")}).to_html()
    Tree(page)
    assert "SYNTHETIC" not in page
    assert 'class="banner"' not in page


def test_wording_is_escaped(result: study.Reproduction) -> None:
    labels = {name: f"Answers <b>&</b> {name}" for name in ("iro", "manager", "dcs")}
    frames = {
        name: irosurvey.read(DATA / "synthetic" / f"{name}.sav").with_label(label)
        for name, label in labels.items()
    }
    assert "<b>" not in study.reproduce(**frames).to_html()
    assert "Children's" not in result.to_html().split("</style>")[1], "quotes are escaped too"


# ---- in a browser ----


@pytest.fixture(scope="module", params=[1280, 375], ids=["desk", "phone"])
def layout(
    request: pytest.FixtureRequest, page: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    return measured(page, request.param, tmp_path_factory.mktemp("page"))


def test_nothing_is_fetched(layout: dict[str, Any]) -> None:
    assert layout["resources"] == 0


def test_the_page_never_scrolls_sideways(layout: dict[str, Any]) -> None:
    assert layout["scrolls"] == 0
    assert layout["wide"] == []


def test_on_a_desk_no_table_is_cut_off(layout: dict[str, Any]) -> None:
    if layout["width"] > 1000:
        assert layout["cut"] == []


def test_every_text_has_contrast_enough(layout: dict[str, Any]) -> None:
    assert len(layout["texts"]) > 500
    assert too_pale(layout) == []


def test_labels_of_charts_do_not_collide(layout: dict[str, Any]) -> None:
    assert layout["collisions"] == []


def test_the_page_prints(page: str, tmp_path: Path) -> None:
    source, target = tmp_path / "page.html", tmp_path / "page.pdf"
    source.write_text(page, encoding="utf-8")
    browse(f"--print-to-pdf={target}", "--no-pdf-header-footer", source.as_uri())
    sheets = len(re.findall(rb"/Type\s*/Page\b", target.read_bytes()))
    assert 5 <= sheets <= 25


def test_a_chart_stands_alone_as_a_file(result: study.Reproduction, tmp_path: Path) -> None:
    for name, chart in {
        "evidence": result.evidence.of_study(result.study).chart(),
        "rehearsal": result.rehearsal.chart(),
    }.items():
        path = tmp_path / f"{name}.svg"
        chart.save(path)
        root = ElementTree.parse(path).getroot()
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert "<style>" in chart.svg()
        assert chart.title in repr(chart)
        assert "<svg" in chart._repr_html_()
    assert "SYNTHETIC" in chart.title
