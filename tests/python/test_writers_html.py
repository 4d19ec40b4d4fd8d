"""The page: semantic, escaped, self-contained; and what a browser and axe-core find in it."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import releases
from browser import asked, axe, browse

from irosurvey.tables.check import check
from irosurvey.tables.published import PublishedColumn, PublishedTable, Release
from irosurvey.tables.safe_text import one_line
from irosurvey.tables.writers import html as html_writer
from irosurvey.tables.writers._prepare import prepared
from irosurvey.tables.writers._words import heading, shown

VOID = {"meta", "br", "img", "input", "link", "hr", "col"}
KNOWN = {
    *("html", "head", "meta", "title", "style", "body", "a", "header", "nav", "main", "section"),
    *("footer", "h1", "h2", "h3", "p", "ol", "li", "dl", "dt", "dd", "div", "span"),
    *("table", "caption", "colgroup", "thead", "tbody", "tr", "th", "td"),
}


class Node:
    def __init__(self, tag: str, attributes: dict[str, str | None], above: Node | None) -> None:
        self.tag, self.attributes, self.above = tag, attributes, above
        self.inside: list[Node | str] = []

    def all(self, *tags: str) -> list[Node]:
        found = []
        for one in self.inside:
            if isinstance(one, Node):
                found += [one] if one.tag in tags or not tags else []
                found += one.all(*tags)
        return found

    @property
    def text(self) -> str:
        return "".join(one if isinstance(one, str) else one.text for one in self.inside)

    def __getitem__(self, name: str) -> str:
        return self.attributes[name] or ""


class Tree(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.root = self.at = Node("", {}, None)
        self.feed(text)
        self.close()
        assert self.at is self.root, "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs)
        node = Node(tag, dict(attrs), self.at)
        self.at.inside.append(node)
        if tag not in VOID:
            self.at = node

    def handle_endtag(self, tag: str) -> None:
        assert self.at.tag == tag, f"</{tag}> closes <{self.at.tag}>"
        assert self.at.above is not None
        self.at = self.at.above

    def handle_data(self, data: str) -> None:
        self.at.inside.append(data)


def wide() -> PublishedTable:
    """Three stub columns, spanners of unequal depth, a row group of one row."""
    table = releases.duties()
    return replace(
        table,
        name="wide",
        number=3,
        stub=(*table.stub, "Age"),
        columns=(
            PublishedColumn("A: one", ("A",), "one", "estimate", "percent", 0),
            PublishedColumn("A: B: two", ("A", "B"), "two", "estimate", "percent", 0),
            PublishedColumn("A: B: three", ("A", "B"), "three", "estimate", "percent", 0),
            PublishedColumn("four", (), "four", "estimate", "percent", 0),
            PublishedColumn("A: five", ("A",), "five", "estimate", "percent", 1),
            PublishedColumn("six", (), "six", "significance", "text", 0),
        ),
        rows=tuple(replace(row, labels=(*row.labels, "16+")) for row in table.rows),
    )


def whole() -> Release:
    return replace(releases.release(), tables=(*releases.release().tables, wide()))


RELEASES = {
    "made": whole(),
    "real": releases.real(),
    "hostile": releases.hostile(),
    "bare": Release("Bare", (replace(releases.monitoring(), notes=(), stub=("Region",)),)),
}
RELEASES["bare"] = replace(
    RELEASES["bare"],
    tables=(
        replace(
            RELEASES["bare"].tables[0],
            columns=RELEASES["bare"].tables[0].columns[:1],
            rows=tuple(
                replace(row, cells=row.cells[:1]) for row in RELEASES["bare"].tables[0].rows
            ),
        ),
    ),
)


@pytest.fixture(scope="module", params=list(RELEASES))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def release(name: str) -> Release:
    return prepared(RELEASES[name])


@pytest.fixture(scope="module")
def page(release: Release) -> str:
    return html_writer.page(release)


@pytest.fixture(scope="module")
def root(page: str) -> Node:
    return Tree(page).root


# ---- the document ----


def test_the_page_holds_no_markup_but_its_own(root: Node, page: str) -> None:
    assert {node.tag for node in root.all()} <= KNOWN
    for node in root.all():
        assert not [key for key in node.attributes if key.startswith("on") or key == "src"]
    assert "url(" not in page
    assert "@import" not in page


def test_links_lead_within_the_page(root: Node) -> None:
    ids = [node["id"] for node in root.all() if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    for link in root.all("a"):
        assert link["href"].startswith("#")
        assert link["href"][1:] in ids
    for node in root.all():
        for key in ("headers", "aria-labelledby"):
            assert set((node.attributes.get(key) or "").split()) <= set(ids)


def test_the_page_tells_its_language_title_and_author(root: Node, release: Release) -> None:
    (top,) = root.all("html")
    assert top["lang"] == release.language
    (title,) = root.all("title")
    (headline,) = root.all("h1")
    assert title.text == headline.text != ""
    authors = [
        node["content"] for node in root.all("meta") if node.attributes.get("name") == "author"
    ]
    assert authors == ([release.publisher] if release.publisher else [])


def test_landmarks_are_there_once(root: Node) -> None:
    for tag in ("header", "nav", "main", "footer"):
        assert len(root.all(tag)) == 1
    assert root.all("a")[0]["href"] == "#" + root.all("main")[0]["id"], "the skip link comes first"


def test_everything_that_is_published_is_on_the_page(root: Node, release: Release) -> None:
    said = root.text
    known = [*release.about, *(note.text for note in release.notes), release.publisher]
    known += [text for table in release for text in (*table.remarks, table.source)]
    for text in known:
        assert text in said


# ---- tables ----


def grid(table: Node) -> list[list[Node]]:
    """The cell that covers each place, as a browser lays spans out."""
    rows = table.all("tr")
    places: dict[tuple[int, int], Node] = {}
    for at, row in enumerate(rows):
        column = 0
        for cell in row.all("th", "td"):
            while (at, column) in places:
                column += 1
            for down in range(int(cell.attributes.get("rowspan") or 1)):
                for right in range(int(cell.attributes.get("colspan") or 1)):
                    assert (at + down, column + right) not in places, "cells don't overlap"
                    places[at + down, column + right] = cell
    width = {1 + max(c for r, c in places if r == at) for at in range(len(rows))}
    assert len(width) == 1, "every row is as wide"
    assert len(places) == len(rows) * width.pop(), "there are no holes"
    return [[places[r, c] for c in range(1 + max(c for _, c in places))] for r in range(len(rows))]


def test_tables_show_what_is_published(root: Node, release: Release) -> None:
    tables = root.all("table")
    assert len(tables) == len(release)
    for node, table in zip(tables, release, strict=True):
        assert node.all("caption")[0].text == heading(table)
        laid = grid(node)
        depth = len(node.all("thead")[0].all("tr"))
        stub = len(table.stub)
        assert tuple(cell.text for cell in laid[depth - 1][:stub]) == table.stub
        for place, column in enumerate(table.columns, stub):
            path = list(dict.fromkeys(row[place] for row in laid[:depth]))
            assert tuple(cell.text for cell in path) == (*column.spanners, column.heading)
        for cells, row in zip(laid[depth:], table.rows, strict=True):
            assert tuple(cell.text for cell in cells[:stub]) == row.labels
            wanted = [shown(*pair) for pair in zip(row.cells, table.columns, strict=True)]
            assert [cell.text for cell in cells[stub:]] == wanted


def test_every_figure_has_the_headers_above_and_before_it(root: Node, release: Release) -> None:
    for node, table in zip(root.all("table"), release, strict=True):
        laid = grid(node)
        depth = len(node.all("thead")[0].all("tr"))
        stub = len(table.stub)
        for cell in node.all("th"):
            assert cell["scope"] in {"col", "row", "colgroup", "rowgroup"}
            assert cell.text.strip()
        ids = {cell["id"]: cell for cell in node.all("th") if "id" in cell.attributes}
        for row in laid[depth:]:
            assert all(cell.tag == "th" for cell in row[:stub])
            for place, cell in enumerate(row[stub:], stub):
                assert cell.tag == "td"
                above = dict.fromkeys(line[place] for line in laid[:depth])
                if depth > 1 or stub > 1:
                    named = [ids[one] for one in cell["headers"].split()]
                    assert named == [*row[:stub], *above]


def test_the_legend_above_a_table_holds_its_shorthand_alone(root: Node, release: Release) -> None:
    sections = [node for node in root.all("section") if node.all("table")]
    for node, table in zip(sections, release, strict=True):
        legends = [one for one in node.all("div") if one.attributes.get("class") == "legend"]
        assert [one.text for legend in legends for one in legend.all("dt")] == [
            f"[{mark}]" for mark in table.marks
        ]
        if legends:
            order = node.all()
            assert order.index(legends[0]) < order.index(node.all("table")[0])


def test_synthetic_is_said_at_the_top_and_at_every_table_of_made_up_answers(
    root: Node, release: Release
) -> None:
    assert ("SYNTHETIC" in root.all("header")[0].text) == release.synthetic
    assert ("SYNTHETIC" in root.all("title")[0].text) == release.synthetic
    for node, table in zip(root.all("table"), release, strict=True):
        assert ("SYNTHETIC" in node.all("caption")[0].text) == table.synthetic


def test_what_is_said_of_notes_leads_to_them(root: Node, release: Release) -> None:
    targets = {link["href"] for link in root.all("a") if re.fullmatch(r"\[note \d+\]", link.text)}
    wanted = {f"#note-{number}" for table in release for number in table.notes}
    assert wanted <= targets


def test_hostile_labels_are_read_as_they_are() -> None:
    page = html_writer.page(releases.hostile())
    labels = [row[0].text for row in grid(Tree(page).root.all("table")[0])[2:]]
    assert labels == [one_line(label) for label in releases.HOSTILE]


def test_a_chart_may_stand_below_its_table() -> None:
    chart = "<figure><svg></svg></figure>"
    page = html_writer.page(releases.release(), figures={"duties": chart})
    assert page.count(chart) == 1
    assert page.index(chart) > page.index('id="table-2-caption"')


def drawn() -> Release:
    """Both tables ask for a chart; one of their names is as awkward as names may be."""
    whole = releases.release()
    first, second = whole.tables
    return replace(
        whole, tables=(replace(first, chart="bar", name="notes"), replace(second, chart="dot"))
    )


def test_a_chart_that_is_asked_for_stands_below_its_table() -> None:
    page = html_writer.page(drawn())
    root = Tree(page).root
    figures = root.all("figure")
    assert len(figures) == 2
    for figure, table in zip(figures, drawn(), strict=True):
        (svg,) = figure.all("svg")
        assert svg["role"] == "img"
        assert figure.all("title")[0].text
        assert figure.all("desc")[0].text
        assert figure.all("figcaption")[0].text.startswith(f"Chart of table {table.number}. ")
    assert "[c]" in figures[0].text  # a gap, with its mark
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids))


def test_a_chart_that_cannot_be_drawn_leaves_its_table_alone() -> None:
    whole = releases.release()
    table = replace(whole.tables[0], chart="funnel", rows=whole.tables[0].rows[:2])
    page = html_writer.page(replace(whole, tables=(table,)))
    assert "<figure" not in page
    assert page.count("<table") == 1


def test_a_page_with_charts_is_checked_and_bars_nobody(tmp_path: Path) -> None:
    (path,) = html_writer.write(drawn(), tmp_path / "drawn.html")
    assert not check(drawn(), path).failures
    found = axe(path.read_text("utf-8"), tmp_path)
    assert found["violations"] == []
    head, picture = path.read_text("utf-8").split("<svg", 1)
    hidden = picture.replace(' style="', ' style="display: none; ', 1)
    path.write_text(f"{head}<svg{hidden}", "utf-8")
    assert "extras" in {one.rule.id for one in check(drawn(), path).failures}


# ---- in a browser ----


@pytest.fixture(scope="module", params=[1280, 320], ids=["desk", "phone"])
def found(
    request: pytest.FixtureRequest, page: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    return {"asked": request.param} | axe(page, tmp_path_factory.mktemp("page"), request.param)


def test_axe_finds_nothing_that_bars_anybody(name: str, found: dict[str, Any]) -> None:
    assert found["version"].startswith("4.")
    assert found["violations"] == []
    # Rules of tables, experimental ones among them, had something to look at.
    if name != "bare":
        wanted = {"td-headers-attr", "scope-attr-valid", "color-contrast", "table-fake-caption"}
        assert wanted <= set(found["passes"])


def test_the_page_fits_its_window_and_fetches_nothing(found: dict[str, Any]) -> None:
    """WCAG 1.4.10: at 320 pixels only tables scroll sideways, within their own region."""
    assert found["width"] <= found["asked"]
    assert found["scrolls"] == 0
    assert found["wide"] == []
    assert found["resources"] == 0


REGIONS = """
return [...view.document.querySelectorAll('.scroll')].map(region => {
  region.focus();
  const look = view.getComputedStyle(region);
  const labels = (region.getAttribute('aria-labelledby') || '').split(' ');
  region.scrollLeft = 40;
  return {
    focused: view.document.activeElement === region,
    keyboard: region.tabIndex,
    role: region.getAttribute('role'),
    label: labels.map(id => view.document.getElementById(id)?.textContent || '').join(' '),
    outline: [look.outlineStyle, parseFloat(look.outlineWidth)],
    hidden: region.scrollWidth - region.clientWidth,
    scrolled: region.scrollLeft,
  };
});
"""


def test_what_scrolls_is_reached_by_keyboard_named_and_seen(page: str, tmp_path: Path) -> None:
    """WCAG 2.1.1, 2.4.7 and 4.1.2: a region that scrolls has the focus, a ring, and a name."""
    found = asked(page, REGIONS, tmp_path, 320)
    assert isinstance(found, list)
    assert found
    assert len({one["label"] for one in found}) == len(found), "regions are told apart"
    for one in found:
        assert one["focused"]
        assert one["keyboard"] == 0
        assert one["role"] == "region"
        assert one["label"].startswith("Table ")
        assert one["outline"] == ["solid", 3]
        assert one["scrolled"] == min(40, one["hidden"])


def test_axe_would_find_a_table_without_headers(tmp_path: Path) -> None:
    page = html_writer.page(whole())
    bare = (
        re.sub(r' (headers|scope)="[^"]*"', "", page).replace("<th", "<td").replace("/th>", "/td>")
    )
    found = {rule for rule, _ in axe(bare, tmp_path)["violations"]}
    assert "td-has-header" in found, "an experimental rule"


def test_the_page_prints(tmp_path: Path) -> None:
    source, target = tmp_path / "page.html", tmp_path / "page.pdf"
    html_writer.write(whole(), source)
    browse(f"--print-to-pdf={target}", "--no-pdf-header-footer", source.as_uri())
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", target.read_bytes())) <= 8


# A4 less its margins, in pixels of which 96 make an inch: upright, and across.
UPRIGHT, ACROSS = 687, 1031


@pytest.mark.parametrize(
    ("columns", "css", "width"),
    [(7, "", UPRIGHT), (12, ' class="wide"', ACROSS), (38, ' class="wide widest"', ACROSS)],
)
def test_no_table_is_cut_on_paper(columns: int, css: str, width: int, tmp_path: Path) -> None:
    table = releases.monitoring()
    made = tuple(
        replace(table.columns[0], name=f"Question {place}: Percentage", heading="Percentage")
        for place in range(columns)
    )
    rows = tuple(replace(row, cells=(row.cells[0],) * columns) for row in table.rows)
    wide = replace(table, columns=made, rows=rows, notes=(), remarks=())
    page = html_writer.page(replace(releases.release(), tables=(wide,)))
    assert f'<section id="table-1"{css} aria' in page
    assert "@page wide { size: A4 landscape;" in page
    printed = page.replace("@media print", "@media all")
    edges = "[...view.document.querySelectorAll('td')].map(e => e.getBoundingClientRect().right)"
    assert max(asked(printed, f"return {edges};", tmp_path, width)) <= width
