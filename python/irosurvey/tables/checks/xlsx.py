"""Excel workbooks, read from their XML: what a program of somebody else would have passed over."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from irosurvey.layout import number
from irosurvey.tables.checks.book import Book, BookCell, BookRange, BookSheet, places

__all__ = ["read", "remarks_in"]

_M = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_X14 = "{http://schemas.microsoft.com/office/spreadsheetml/2009/9/main}"
_P = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_THEMES = ("major", "minor")
_FORMAT = re.compile(r"(?:#,##)?0(?:\.(0+))?|General")
_CODED = re.compile(r"_x([0-9a-fA-F]{4})_")
# All that a workbook of tables needs; what else lies in the archive is said.
_PARTS = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(core|app)\.xml"
    r"|xl/(workbook|styles|sharedStrings)\.xml|xl/theme/theme\d+\.xml"
    r"|xl/_rels/workbook\.xml\.rels|xl/worksheets/(_rels/)?sheet\d+\.xml(\.rels)?"
    r"|xl/tables/table\d+\.xml"
)
_SHEET_EXTRAS = (
    *("drawing", "legacyDrawing", "oleObjects", "controls", "picture", "dataValidations"),
    *("conditionalFormatting", "sheetProtection", "protectedRanges", "scenarios", "sortState"),
    *("customSheetViews", "customProperties", "phoneticPr", "extLst"),
)
_SHEET = re.compile(r"xl/worksheets/[^/]*\.xml")
# Properties of a document that readers' programs show.
_UNWANTED = (
    "description",
    "keywords",
    "subject",
    "category",
    "contentStatus",
    "Company",
    "Manager",
)


def read(path: Path) -> Book:
    """The workbook."""
    with zipfile.ZipFile(path) as archive:
        return _Reader(archive).book()


@dataclass(frozen=True)
class _Look:
    font: str
    size: float
    bold: bool
    filled: bool
    wrapped: bool
    upright: bool
    align: str
    decimals: int
    colour: str


class _Reader:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = archive.namelist()
        self._texts = list(self._shared_texts())
        self._used: set[int] = set()
        self._looks = list(self._cell_looks())

    def _xml(self, name: str) -> ElementTree.Element:
        return ElementTree.fromstring(self._archive.read(name))

    def book(self) -> Book:
        root = self._xml("xl/workbook.xml")
        core = self._xml("docProps/core.xml")
        book = Book(
            title=core.findtext(f"{_DC}title") or "",
            author=core.findtext(f"{_DC}creator") or "",
            language=core.findtext(f"{_DC}language") or "",
            extras=[
                *(name for name in self._names if not _PARTS.fullmatch(name)),
                *remarks_in(self._archive),
                *self._properties(core),
            ],
        )
        targets = self._targets("xl/workbook.xml")
        known = {target for target, _ in targets.values()}
        book.extras += [one for one in self._names if _SHEET.fullmatch(one) and one not in known]
        for sheet in root.iter(f"{_M}sheet"):
            found = self._sheet(sheet.get("name", ""), targets[sheet.get(f"{_R}id", "")][0])
            if sheet.get("state", "visible") != "visible":
                found.hidden.append("the worksheet")
            book.sheets.append(found)
        for name in root.iter(f"{_M}definedName"):
            if name.get("name") != "_xlnm.Print_Titles":
                book.extras.append(f"the name {name.get('name')}")
        unused = set(range(len(self._texts))) - self._used
        book.extras += [f"the text {self._texts[at]!r}, in no cell" for at in sorted(unused)]
        view = root.find(f"{_M}bookViews/{_M}workbookView")
        active = int(view.get("activeTab", "0")) if view is not None else 0
        book.first = book.sheets[active].name if active < len(book.sheets) else ""
        return book

    def _properties(self, core: ElementTree.Element) -> Iterator[str]:
        """Properties of the document that say something which isn't the release's."""
        told = list(core)
        if "docProps/app.xml" in self._names:
            told += self._xml("docProps/app.xml")
        for one in told:
            name = one.tag.rpartition("}")[2]
            if name in _UNWANTED and (one.text or "").strip():
                yield f"the property {name}"

    def _targets(self, part: str) -> dict[str, tuple[str, bool]]:
        """Where relations lead to, and whether that is outside the file."""
        folder, name = posixpath.split(part)
        relations = f"{folder}/_rels/{name}.rels"
        if relations not in self._names:
            return {}
        found = {}
        for one in self._xml(relations).iter(f"{_P}Relationship"):
            outside = one.get("TargetMode") == "External"
            target = one.get("Target", "")
            if not outside:
                target = posixpath.normpath(posixpath.join(folder, target)).lstrip("/")
            found[one.get("Id", "")] = (target, outside)
        return found

    # ---- texts and looks ----

    def _shared_texts(self) -> Iterator[str]:
        if "xl/sharedStrings.xml" in self._names:
            for one in self._xml("xl/sharedStrings.xml").iter(f"{_M}si"):
                # Text for pronouncing others is as good as a text that isn't seen.
                yield _decoded("".join(part.text or "" for part in one.iter(f"{_M}t")))

    def _cell_looks(self) -> Iterator[_Look]:
        root = self._xml("xl/styles.xml")
        forms = {
            int(form.get("numFmtId", "0")): form.get("formatCode", "")
            for form in root.iter(f"{_M}numFmt")
        }
        forms |= {1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00"}
        fonts = [
            (
                # Of a font that belongs to the theme the theme's is shown, whatever its name.
                "the theme's"
                if _attribute(font, "scheme") in _THEMES
                else _attribute(font, "name"),
                float(_attribute(font, "sz") or 0),
                font.find(f"{_M}b") is not None,
                _colour(font),
            )
            for font in root.findall(f"{_M}fonts/{_M}font")
        ]
        fills = [
            any(
                pattern.get("patternType") not in (None, "none", "gray125")
                for pattern in fill.iter(f"{_M}patternFill")
            )
            for fill in root.findall(f"{_M}fills/{_M}fill")
        ]
        for form in root.findall(f"{_M}cellXfs/{_M}xf"):
            font, size, bold, colour = fonts[int(form.get("fontId", "0"))]
            alignment = form.find(f"{_M}alignment")
            known = {} if alignment is None else alignment.attrib
            code = forms.get(int(form.get("numFmtId", "0")), "General")
            yield _Look(
                font,
                size,
                bold,
                fills[int(form.get("fillId", "0"))],
                known.get("wrapText") == "1",
                known.get("textRotation", "0") == "0",
                known.get("horizontal", ""),
                _decimals(code),
                colour,
            )

    # ---- sheets ----

    def _sheet(self, name: str, part: str) -> BookSheet:
        root = self._xml(part)
        targets = self._targets(part)
        sheet = BookSheet(name)
        links = {}
        for link in root.iter(f"{_M}hyperlink"):
            outside = targets.get(link.get(f"{_R}id", ""), ("", False))[0]
            links[link.get("ref", "")] = outside or "#" + link.get("location", "")
            if link.get("tooltip"):
                sheet.extras.append(f"words over the link in {link.get('ref')}")
        for cell in root.iter(f"{_M}c"):
            found = self._cell(cell, links)
            if found is not None:
                top, left, _, _ = places(cell.get("r", "A1"))
                sheet.cells[top, left] = found
        sheet.merged = [one.get("ref", "") for one in root.iter(f"{_M}mergeCell")]
        sheet.hidden = [
            f"{kind} {one.get('r') or one.get('min')}"
            for kind, tag in (("row", "row"), ("column", "col"))
            for one in root.iter(f"{_M}{tag}")
            if one.get("hidden") in ("1", "true")
            or one.get("outlineLevel", "0") != "0"
            or float(one.get("ht") or one.get("width") or 1) == 0
        ]
        sheet.filters = root.find(f"{_M}autoFilter") is not None
        sheet.frozen = any(True for _ in root.iter(f"{_M}pane"))
        cursors = [one.get("activeCell", "A1") for one in root.iter(f"{_M}selection")]
        sheet.cursor = cursors[0] if cursors else "A1"
        headed = root.find(f"{_M}headerFooter")
        sheet.page_headers = headed is not None and any((one.text or "") for one in headed)
        sheet.extras += [tag for tag in _SHEET_EXTRAS if root.find(f"{_M}{tag}") is not None]
        if root.find(f"{_M}sheetPr/{_M}tabColor") is not None:
            sheet.extras.append("a colour of its tab")
        for one in root.iter(f"{_M}tablePart"):
            table = self._xml(targets[one.get(f"{_R}id", "")][0])
            sheet.ranges.append(_range(table))
            for words in table.iter(f"{_X14}table"):
                if words.get("altTextSummary", "") not in ("", sheet.text(0, 0)):
                    sheet.extras.append("other words for those who don't see the table")
        return sheet

    def _cell(self, cell: ElementTree.Element, links: dict[str, str]) -> BookCell | None:
        kind = cell.get("t", "n")
        written = cell.findtext(f"{_M}v") or ""
        formula = cell.find(f"{_M}f") is not None
        inline = "".join(part.text or "" for part in cell.iter(f"{_M}t"))
        if not (written or inline or formula):
            return None
        look = self._looks[int(cell.get("s", "0"))]
        value = float(written) if kind == "n" and written else None
        if kind == "s":
            text = self._texts[int(written)]
            self._used.add(int(written))
        elif value is not None:
            text = number(value, look.decimals) if look.decimals >= 0 else "(another format)"
        else:
            text = inline or written
        return BookCell(
            text,
            value,
            written if value is not None else "",
            formula,
            links.get(cell.get("r", ""), ""),
            look.font,
            look.size,
            look.bold,
            look.wrapped,
            look.upright,
            look.align,
            look.filled,
            look.colour,
        )


def _range(root: ElementTree.Element) -> BookRange:
    """A marked-up table."""
    headers = tuple(_decoded(one.get("name", "")) for one in root.iter(f"{_M}tableColumn"))
    return BookRange(
        root.get("displayName", ""),
        headers,
        *places(root.get("ref", "A1")),
        has_header=root.get("headerRowCount", "1") == "1"
        and root.get("totalsRowCount", "0") == "0"
        and not any("Formula" in one.tag for one in root.iter()),
        filters=root.find(f"{_M}autoFilter") is not None,
    )


def _decimals(code: str) -> int:
    """How many a number format shows; -1 where it shows anything but the number."""
    shown = _FORMAT.fullmatch(code)
    return -1 if shown is None else len(shown[1] or "")


def _colour(font: ElementTree.Element) -> str:
    """Of a font; the theme's first two are the window's own text."""
    for mark in ("strike", "vertAlign", "outline"):
        if _attribute(font, mark) not in ("", "0", "false") or (
            mark == "strike" and font.find(f"{_M}strike") is not None
        ):
            return mark
    colour = font.find(f"{_M}color")
    if colour is None or colour.get("auto") == "1" or colour.get("theme") == "1":
        return ""
    return f"#{colour.get('rgb', '')[-6:].lower()}" if colour.get("rgb") else "of the theme"


def remarks_in(archive: zipfile.ZipFile) -> Iterator[str]:
    """Remarks that no program shows, but that can be read in the file."""
    if archive.comment:
        yield "a remark of the archive"
    for name in archive.namelist():
        if name.endswith((".xml", ".rels")) and b"<!--" in archive.read(name):
            yield f"a remark in {name}"


def _attribute(element: ElementTree.Element, tag: str) -> str:
    found = element.find(f"{_M}{tag}")
    return "" if found is None else found.get("val", "")


def _decoded(text: str) -> str:
    """Characters that Excel writes by their codes."""
    return _CODED.sub(lambda found: chr(int(found[1], 16)), text)
