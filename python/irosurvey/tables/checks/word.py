"""Word documents, read from their XML, and their rules."""

from __future__ import annotations

import itertools
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

from irosurvey.tables.checks.content import ReadCell, ReadFile, ReadTable
from irosurvey.tables.checks.report import Findings

__all__ = ["changed_parts", "check_document", "content_of"]

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_BODY = "word/document.xml"
# What the writer's template brings; what else lies in the archive is said.
_PARTS = re.compile(
    r"\[Content_Types\]\.xml|(word/|customXml/)?_rels/[\w.]*\.rels|docProps/(core|app)\.xml"
    r"|word/(document|styles|stylesWithEffects|settings|webSettings|fontTable|numbering)\.xml"
    r"|word/theme/theme\d+\.xml|customXml/item(Props)?\d+\.xml"
)
# Fields compute, text may be hidden, comments and pictures are no part of a table.
_EXTRAS = ("vanish", "commentReference", "drawing", "pict", "object", "del", "ins")
_FIELDS = ("instrText", "fldSimple")


def _root(path: Path, part: str) -> ElementTree.Element:
    with zipfile.ZipFile(path) as archive:
        return ElementTree.fromstring(archive.read(part))


def _text(element: ElementTree.Element) -> str:
    return "".join(one.text or "" for one in element.iter(f"{_W}t"))


def content_of(path: Path) -> ReadFile:
    """What the document shows."""
    core = _root(path, "docProps/core.xml")
    body = _root(path, _BODY).find(f"{_W}body")
    tables: list[ReadTable] = []
    lead: list[str] = []
    notes: list[str] = []
    for element in [] if body is None else body:
        if element.tag == f"{_W}tbl":
            if lead and lead[0].startswith("Table "):
                found = _table(element, lead)
                if tables and tables[-1].title == found.title:
                    found = _joined(tables.pop(), found)
                tables.append(found)
        elif element.tag == f"{_W}p":
            if _heading(element):
                lead = []
            lead.append(_text(element))
            if lead[0] == "Notes":
                notes.append(_text(element))
    title = core.findtext(f"{_DC}title") or ""
    return ReadFile(
        title,
        core.findtext(f"{_DC}creator") or "",
        _language(path, core.findtext(f"{_DC}language") or ""),
        tuple(tables),
        "\n".join(notes),
        tuple(map(_text, _root(path, _BODY).iter(f"{_W}p"))),
        numbers=False,
    )


def _heading(paragraph: ElementTree.Element) -> bool:
    style = paragraph.find(f"{_W}pPr/{_W}pStyle")
    return style is not None and style.get(f"{_W}val", "").startswith(("Heading", "Title"))


def _language(path: Path, told: str) -> str:
    """What the document tells; said if its text is in another."""
    languages = {
        one.get(f"{_W}val", "") for one in _root(path, "word/styles.xml").iter(f"{_W}lang")
    }
    return told if languages <= {told} else f"{told}, text {', '.join(sorted(languages))}"


def _table(table: ElementTree.Element, lead: list[str]) -> ReadTable:
    rows = [[_text(cell) for cell in row.iter(f"{_W}tc")] for row in table.iter(f"{_W}tr")]
    return ReadTable(
        lead[0],
        tuple(rows[0]) if rows else (),
        tuple(tuple(map(ReadCell, row)) for row in rows[1:]),
        "\n".join(lead),
    )


def _joined(first: ReadTable, more: ReadTable) -> ReadTable:
    """Two pieces of one table: what both begin with are the labels of its rows."""
    pairs = zip(first.headers, more.headers, strict=False)
    labels = len(list(itertools.takewhile(lambda pair: pair[0] == pair[1], pairs)))
    same = [row[:labels] for row in first.rows] == [row[:labels] for row in more.rows]
    rows = zip(first.rows, more.rows, strict=False) if same else ()  # then the cells are missing
    return replace(
        first,
        headers=(*first.headers, *more.headers[labels:]),
        rows=tuple((*one, *two[labels:]) for one, two in rows),
        before=more.before,
    )


def check_document(found: Findings, path: Path) -> None:
    """Look at every rule of a document."""
    root = _root(path, _BODY)
    found.rule("repeated")
    for at, table in enumerate(root.iter(f"{_W}tbl"), 1):
        first = table.find(f"{_W}tr/{_W}trPr/{_W}tblHeader")
        found.rule("repeated", [] if first is not None else [f"table {at}"])
    merged = [one for one in root.iter() if one.tag in (f"{_W}gridSpan", f"{_W}vMerge")]
    found.rule("merged", [f"{len(merged)} cells"] if merged else [])
    found.rule("formulas", [tag for tag in _FIELDS for _ in root.iter(f"{_W}{tag}")])
    found.rule("extras", _extras(path, root))
    found.rule("links", _links(path, root))


def _extras(path: Path, root: ElementTree.Element) -> Iterator[str]:
    with zipfile.ZipFile(path) as archive:
        yield from (name for name in archive.namelist() if not _PARTS.fullmatch(name))
    for tag in _EXTRAS:
        yield from (tag for _ in root.iter(f"{_W}{tag}"))


def changed_parts(path: Path, written: Path) -> Iterator[str]:
    """Parts that aren't as the writer makes them: looks, properties, what programs keep there."""
    with zipfile.ZipFile(path) as one, zipfile.ZipFile(written) as other:
        if one.comment:
            yield "a remark of the archive"
        for name in dict.fromkeys([*one.namelist(), *other.namelist()]):
            if name not in one.namelist() or name not in other.namelist():
                yield f"{name} is {'new' if name in one.namelist() else 'missing'}"
            elif one.read(name) != other.read(name):
                yield f"{name} isn't as it was written"


def _links(path: Path, root: ElementTree.Element) -> Iterator[str]:
    for one in root.iter(f"{_W}hyperlink"):
        yield _text(one)
    with zipfile.ZipFile(path) as archive:
        relations = archive.read("word/_rels/document.xml.rels").decode("utf-8")
    yield from re.findall(r'Target="([^"]*)"[^>]*TargetMode="External"', relations)
    yield from re.findall(r'TargetMode="External"[^>]*Target="([^"]*)"', relations)
