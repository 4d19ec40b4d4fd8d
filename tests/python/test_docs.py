"""The documentation holds together: links lead somewhere, and whatever there is, is listed."""

from __future__ import annotations

import html
import inspect
import re
from pathlib import Path

import pytest

import irosurvey

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FOLDERS = ("docs", "data", "benchmarks", "tests", "python", "notebooks")
PAGES = sorted(
    [*ROOT.glob("*.md"), *(page for folder in FOLDERS for page in (ROOT / folder).rglob("*.md"))]
)
LINK = re.compile(r"(?<!\\)\[[^\[\]]*\]\(([^()\s]+)\)")
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.DOTALL | re.MULTILINE)


def links(page: Path) -> list[str]:
    text = CODE.sub(lambda found: "`" if found[0].startswith("`") else "", page.read_text())
    return [link for link in LINK.findall(text) if "://" not in link]


def anchors(page: Path) -> set[str]:
    """Names of headings, as a forge makes them: words in lower case with hyphens between them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_a_link_that_leads_nowhere_is_found() -> None:
    assert links(DOCS / "README.md")
    assert "families-of-intervals" in anchors(DOCS / "methods" / "intervals.md")
    assert "no-such-heading" not in anchors(DOCS / "methods" / "intervals.md")


@pytest.mark.filterwarnings("ignore:Error parsing type annotation")
def test_the_reference_tells_what_a_design_inherits() -> None:
    """Questions are asked of a design; in how many classes they are written is our matter."""
    pdoc = pytest.importorskip("pdoc")
    pdoc.render.configure(docformat="numpy", template_directory=DOCS / "reference")
    module = pdoc.doc.Module(irosurvey)
    page = pdoc.render.html_module(module, all_modules={"irosurvey": module})
    questions = {
        name: member
        for name, member in inspect.getmembers(irosurvey.Design, inspect.isfunction)
        if not name.startswith("_")
    }
    assert len(questions) > 25
    for name, member in questions.items():
        begin = page.find(f'<div id="Design.{name}" class="classattr">')
        end = page.find('class="classattr">', begin + 100)
        first = (
            (inspect.getdoc(member) or "").split("\n")[0].split("`")[0].split(":math")[0].strip()
        )
        told = html.unescape(re.sub(r"<[^>]*>", "", page[begin:end]))
        assert begin >= 0, name
        assert first, name
        assert first.replace("’", "'") in told.replace("’", "'"), name


@pytest.mark.parametrize("folder", ["guide", "methods"])
def test_the_index_lists_every_page(folder: str) -> None:
    listed = {(DOCS / link.partition("#")[0]).resolve() for link in links(DOCS / "README.md")}
    pages = set((DOCS / folder).glob("*.md"))
    assert pages
    assert {named(page) for page in pages - listed} == set()


def test_decisions_are_numbered_titled_and_listed_alike() -> None:
    records = sorted((DOCS / "decisions").glob("0*.md"))
    assert [int(record.name[:4]) for record in records] == list(range(1, len(records) + 1))
    index = (DOCS / "decisions" / "README.md").read_text()
    for record in records:
        number = record.name[:4]
        heading, _, section = record.read_text().split("\n", 3)[:3]
        assert heading.startswith(f"# {number} · "), named(record)
        title = heading.removeprefix(f"# {number} · ")
        assert f"| [{number}]({record.name}) | {title} |" in index, named(record)
        assert section == "## Context", named(record)
