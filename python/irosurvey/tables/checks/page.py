"""Pages of HTML, read back, and their rules."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser

from irosurvey.tables.checks.content import ReadCell, ReadFile, ReadTable
from irosurvey.tables.checks.report import Findings
from irosurvey.tables.published import Release
from irosurvey.tables.writers._words import heading

__all__ = ["Node", "check_page", "content_of", "markup_of", "parse"]

_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)
_FETCH = frozenset({"script", "link", "iframe", "object", "embed", "img", "source", "base", "form"})
_SCOPES = frozenset({"col", "row", "colgroup", "rowgroup"})


class Node:
    """An element: its tag, its attributes, what is inside."""

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.inside: list[Node | str] = []

    def all(self, *tags: str) -> list[Node]:
        """Every element below with one of these tags; without tags, every element."""
        found: list[Node] = []
        for one in self.inside:
            if isinstance(one, Node):
                found += [one] if not tags or one.tag in tags else []
                found += one.all(*tags)
        return found

    def get(self, name: str) -> str:
        """An attribute; ``""`` if there is none."""
        return self.attributes.get(name, "")

    @property
    def text(self) -> str:
        """All text below."""
        return "".join(one if isinstance(one, str) else one.text for one in self.inside)


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.path = [Node("", {})]

    def handle_comment(self, data: str) -> None:
        self.path[-1].inside.append(Node("!--", {"said": data}))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.path[-1].inside.append(node)
        if tag not in _VOID:
            self.path.append(node)

    def handle_endtag(self, tag: str) -> None:
        if tag in (node.tag for node in self.path[1:]):
            while self.path.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.path[-1].inside.append(data)


def parse(text: str) -> Node:
    """The page as a tree."""
    parser = _Parser()
    parser.feed(text)
    parser.close()
    return parser.path[0]


_Grid = dict[tuple[int, int], Node]


def _grid(table: Node) -> tuple[_Grid, list[str]]:
    """The cell that covers each place, as a browser lays spans out; and what doesn't fit."""
    places: _Grid = {}
    wrong = []
    rows = table.all("tr")
    for at, row in enumerate(rows):
        column = 0
        for cell in (one for one in row.inside if isinstance(one, Node)):
            while (at, column) in places:
                column += 1
            for down, right in itertools.product(
                range(int(cell.get("rowspan") or 1)), range(int(cell.get("colspan") or 1))
            ):
                if (at + down, column + right) in places:
                    wrong.append(f"row {at + 1}: cells overlap")
                places[at + down, column + right] = cell
    height = 1 + max((row for row, _ in places), default=-1)
    width = 1 + max((column for _, column in places), default=-1)
    if height != len(rows) or len(places) != height * width:
        wrong.append("rows of several widths")
    return places, wrong


def _depth(table: Node) -> int:
    return sum(len(head.all("tr")) for head in table.all("thead"))


# ---- content ----


def content_of(root: Node) -> ReadFile:
    """What the page shows."""
    top = (root.all("html") or [Node("html", {})])[0]
    titles = root.all("title")
    authors = [one.get("content") for one in root.all("meta") if one.get("name") == "author"]
    notes = [one.text for one in root.all("section") if one.get("id") == "notes"]
    sections = [one for one in root.all("section") if one.all("table")]
    return ReadFile(
        titles[0].text if titles else "",
        authors[0] if authors else "",
        top.get("lang"),
        tuple(_table(section, table) for section in sections for table in section.all("table")),
        "\n".join(notes),
        tuple(words_of(root)),
        levels=True,
        numbers=False,
    )


def _table(section: Node, table: Node) -> ReadTable:
    places, _ = _grid(table)
    depth = _depth(table)
    height = 1 + max((row for row, _ in places), default=-1)
    width = 1 + max((column for _, column in places), default=-1)
    headers = []
    for column in range(width):
        path = dict.fromkeys(places.get((row, column)) for row in range(depth))
        headers.append("\n".join(cell.text for cell in path if cell is not None))
    rows = tuple(
        tuple(
            ReadCell(places[row, column].text) if (row, column) in places else ReadCell("")
            for column in range(width)
        )
        for row in range(depth, height)
    )
    captions = table.all("caption")
    legend = "\n".join(f"{name.text} = {meaning.text}" for name, meaning in _pairs(section))
    lead = "\n".join(one.text for one in section.all("p"))
    title = captions[0].text if captions else ""
    return ReadTable(title, tuple(headers), rows, f"{lead}\n{legend}")


def _pairs(section: Node) -> Iterator[tuple[Node, Node]]:
    for listed in section.all("dl"):
        yield from zip(listed.all("dt"), listed.all("dd"), strict=False)


def _all(root: Node) -> Iterator[Node | str]:
    """Elements and texts in their order, without charts that were put in by somebody."""
    for one in root.inside:
        yield one
        if isinstance(one, Node) and (one.tag != "figure" or one.get("class") == "chart"):
            yield from _all(one)


def words_of(root: Node) -> Iterator[str]:
    """Every text of the page, style sheets and remarks as well."""
    for one in _all(root):
        said = one.get("said") if isinstance(one, Node) else one
        yield from [said.strip()] if said.strip() else []


def markup_of(root: Node) -> Iterator[str]:
    """Every element of the page with its attributes, save how pictures are drawn."""
    drawn = {id(node) for svg in root.all("svg") for node in svg.all()}
    for one in _all(root):
        if isinstance(one, Node) and one.tag != "!--" and id(one) not in drawn:
            told = "".join(f' {name}="{value}"' for name, value in sorted(one.attributes.items()))
            yield f"<{one.tag}{'' if one.tag == 'svg' else told}>"


# ---- rules ----


def check_page(found: Findings, release: Release, root: Node) -> None:
    """Look at every rule of a page."""
    found.rule("scripts", _fetched(root))
    found.rule("links", [one.get("href") for one in root.all("a") if one.get("href")[:1] != "#"])
    found.rule("extras", _hidden(root))
    found.rule("identifiers", _identifiers(root))
    found.rule("headings", _headings(root))
    found.rule("landmarks", _landmarks(root))
    for rule in ("captions", "scopes", "associations", "grids"):
        found.rule(rule)
    for at, table in enumerate(root.all("table"), 1):
        where = f"table {at}"
        wanted = heading(release.tables[at - 1]) if at <= len(release) else ""
        told = [one.text for one in table.all("caption")]
        found.rule("captions", [] if told == [wanted] else [f"{where}: {told}"])
        bare = [one.text for one in table.all("th") if one.get("scope") not in _SCOPES]
        found.rule("scopes", [f"{where}: {text!r}" for text in bare])
        found.rule("grids", [f"{where}: {detail}" for detail in _grid(table)[1]])
        found.rule("associations", [f"{where}: {detail}" for detail in _untied(table)])


def _fetched(root: Node) -> Iterator[str]:
    for node in root.all():
        if node.tag in _FETCH:
            yield f"<{node.tag}>"
        for name, value in node.attributes.items():
            if name.startswith("on") or name in ("src", "srcdoc", "action", "http-equiv"):
                yield f'{name}="{value[:40]}"'
    style = "".join(one.text for one in root.all("style"))
    if re.search(r"url\(|@import", style):
        yield "a style sheet from elsewhere"


_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0*(\.0*)?\s*(;|$)")


def _hidden(root: Node) -> Iterator[str]:
    drawn = {id(node) for svg in root.all("svg") for node in svg.all()}
    for node in root.all():
        named = {*node.attributes} & {"hidden", "style", "title", "alt"}
        data = [name for name in node.attributes if name.startswith("data-")]
        if id(node) in drawn and not _UNSEEN.search(node.get("style")):
            named -= {"style"}  # colours and widths of a picture, all of which is seen
        # What stands below a table was made elsewhere: a chart has its own text alternative.
        for name in [*sorted(named), *data]:
            if node.tag not in ("svg", "figure"):
                yield f"<{node.tag} {name}>"


def _identifiers(root: Node) -> Iterator[str]:
    ids = [node.get("id") for node in root.all() if node.get("id")]
    known = Counter(ids)
    yield from (f"{one!r} twice" for one, times in sorted(known.items()) if times > 1)
    for node in root.all():
        wanted = [*node.get("headers").split(), *node.get("aria-labelledby").split()]
        if node.tag == "a":
            wanted.append(node.get("href").removeprefix("#"))
        yield from (f"<{node.tag}>: no {one!r}" for one in wanted if one not in known)


def _headings(root: Node) -> Iterator[str]:
    found = [(int(node.tag[1]), node.text) for node in root.all("h1", "h2", "h3", "h4", "h5", "h6")]
    if [level for level, _ in found].count(1) != 1:
        yield "not one first heading"
    for (above, _), (below, text) in itertools.pairwise(found):
        if below > above + 1:
            yield f"{text!r} jumps"


def _landmarks(root: Node) -> Iterator[str]:
    for tag in ("header", "nav", "main", "footer"):
        if len(root.all(tag)) != 1:
            yield f"{len(root.all(tag))} <{tag}>"
    links, mains = root.all("a"), root.all("main")
    if not links or not mains or links[0].get("href") != f"#{mains[0].get('id')}":
        yield "the first link doesn't lead to the main part"


def _untied(table: Node) -> Iterator[str]:
    """Figures that lack a header that stands above or before them."""
    places, _ = _grid(table)
    depth = _depth(table)
    for (row, column), cell in places.items():
        if cell.tag != "td":
            continue
        above = {places[at, column] for at in range(depth) if (at, column) in places}
        before = {
            places[row, at]
            for at in range(column)
            if (row, at) in places and places[row, at].tag == "th"
        }
        if not above or not all(one.tag == "th" for one in above) or not before:
            yield f"row {row + 1}, column {column + 1} has no header"
        elif len(above) > 1 or len(before) > 1:
            named = set(cell.get("headers").split())
            if named != {one.get("id") for one in above | before}:
                yield f"row {row + 1}, column {column + 1}"
