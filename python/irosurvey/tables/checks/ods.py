"""OpenDocument workbooks, read from their XML."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from irosurvey.layout import number
from irosurvey.tables.checks.book import Book, BookCell, BookRange, BookSheet, letters, places
from irosurvey.tables.checks.xlsx import remarks_in

__all__ = ["read"]

_SPACE = "urn:oasis:names:tc:opendocument:xmlns:"
_OFFICE = f"{{{_SPACE}office:1.0}}"
_TABLE = f"{{{_SPACE}table:1.0}}"
_TEXT = f"{{{_SPACE}text:1.0}}"
_STYLE = f"{{{_SPACE}style:1.0}}"
_FO = f"{{{_SPACE}xsl-fo-compatible:1.0}}"
_CONFIG = f"{{{_SPACE}config:1.0}}"
_META = f"{{{_SPACE}meta:1.0}}"
_DRAW = f"{{{_SPACE}drawing:1.0}}"
_NUMBER = f"{{{_SPACE}datastyle:1.0}}"
_OWN_COLOUR = f"{_STYLE}use-window-font-color"
_DC = "{http://purl.org/dc/elements/1.1/}"
_XLINK = "{http://www.w3.org/1999/xlink}"

_PARTS = frozenset(
    {
        *("mimetype", "content.xml", "styles.xml", "meta.xml", "settings.xml"),
        "META-INF/manifest.xml",
    }
)
_SIZES = ("row-height", "column-width")
_UNWANTED = ("tracked-changes", "content-validation", "scenario", "detective", "data-pilot-table")
# A repeated cell that fills the sheet to its end is no content.
_MOST_REPEATED = 4096


def read(path: Path) -> Book:
    """The workbook."""
    with zipfile.ZipFile(path) as archive:
        return _Reader(archive).book()


class _Reader:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = archive.namelist()
        self._content = self._xml("content.xml")
        self._styles = {
            style.get(f"{_STYLE}name", ""): style
            for root in (self._xml("styles.xml"), self._content)
            for style in root.iter(f"{_STYLE}style")
        }
        self._formats = {
            form.get(f"{_STYLE}name", ""): form
            for root in (self._xml("styles.xml"), self._content)
            for form in root.iter(f"{_NUMBER}number-style")
        }
        default = self._xml("styles.xml").iter(f"{_STYLE}default-style")
        self._default = [one for one in default if one.get(f"{_STYLE}family") == "table-cell"]

    def _xml(self, name: str) -> ElementTree.Element:
        return ElementTree.fromstring(self._archive.read(name))

    def book(self) -> Book:
        meta = self._xml("meta.xml")
        book = Book(
            title=meta.findtext(f".//{_DC}title") or "",
            author=meta.findtext(f".//{_META}initial-creator") or "",
            language=self._language(meta.findtext(f".//{_DC}language") or ""),
            extras=[
                *(name for name in self._names if name not in _PARTS),
                *(
                    f"the property {one.get(f'{_META}name')}"
                    for one in meta.iter(f"{_META}user-defined")
                ),
                *(f"the name {one.get(f'{_TABLE}name')}" for one in self._named()),
                *remarks_in(self._archive),
                *self._unwanted(meta),
            ],
        )
        views = self._views()
        for table in self._content.iter(f"{_TABLE}table"):
            sheet = self._sheet(table)
            view = views.get(sheet.name, {})
            row, column = int(view.get("CursorPositionY", 0)), int(view.get("CursorPositionX", 0))
            sheet.cursor = f"{letters(column)}{row + 1}"
            splits = (view.get("HorizontalSplitMode"), view.get("VerticalSplitMode"))
            sheet.frozen = "2" in splits
            book.sheets.append(sheet)
        book.first = views.get("", {}).get("ActiveTable", book.sheets[0].name)
        self._ranges(book)
        self._page_headers(book)
        return book

    def _named(self) -> Iterator[ElementTree.Element]:
        yield from self._content.iter(f"{_TABLE}named-range")
        yield from self._content.iter(f"{_TABLE}named-expression")

    def _unwanted(self, meta: ElementTree.Element) -> Iterator[str]:
        """Properties that say something which isn't the release's, and what else may be held."""
        for name in (f"{_DC}description", f"{_DC}subject", f"{_META}keyword"):
            for one in meta.iter(name):
                if (one.text or "").strip():
                    yield f"the property {name.rpartition('}')[2]}"
        for name in _UNWANTED:
            yield from (name for _ in self._content.iter(f"{_TABLE}{name}"))
        for one in self._content.iter(f"{_TABLE}table"):
            if one.get(f"{_TABLE}protected") == "true":
                yield "a protected worksheet"

    def _language(self, told: str) -> str:
        """What the document tells; said if its cells are in another."""
        texts = [style.find(f"{_STYLE}text-properties") for style in self._default]
        if not texts or (text := texts[0]) is None:
            return told
        parts = [text.get(f"{_FO}{name}", "none") for name in ("language", "country")]
        cells = "-".join(part for part in parts if part != "none")
        return told if cells == told else f"{told}, cells {cells}"

    # ---- views ----

    def _views(self) -> dict[str, dict[str, str]]:
        """Settings by sheet; those of all under ``""``."""
        found: dict[str, dict[str, str]] = {}
        for views in self._xml("settings.xml").iter(f"{_CONFIG}config-item-map-indexed"):
            for entry in views:
                found[""] = _items(entry)
                for tables in entry.iter(f"{_CONFIG}config-item-map-named"):
                    for sheet in tables:
                        found[sheet.get(f"{_CONFIG}name", "")] = _items(sheet)
        return found

    def _page_headers(self, book: Book) -> None:
        for page in self._xml("styles.xml").iter(f"{_STYLE}master-page"):
            for kind in ("header", "footer"):
                one = page.find(f"{_STYLE}{kind}")
                if one is not None and "".join(one.itertext()).strip():
                    for sheet in book.sheets:
                        sheet.page_headers = True

    # ---- sheets ----

    def _sheet(self, table: ElementTree.Element) -> BookSheet:
        sheet = BookSheet(table.get(f"{_TABLE}name", ""))
        style = self._styles.get(table.get(f"{_TABLE}style-name", ""))
        properties = None if style is None else style.find(f"{_STYLE}table-properties")
        if properties is not None and properties.get(f"{_TABLE}display") == "false":
            sheet.hidden.append("the worksheet")
        sheet.hidden += [
            f"{one.tag.rpartition('}')[2]} {place}"
            for place, one in enumerate(table.iter())
            if one.tag in (f"{_TABLE}table-row-group", f"{_TABLE}table-column-group")
            or (one.tag in (f"{_TABLE}table-column", f"{_TABLE}table-row") and self._unseen(one))
        ]
        sheet.extras = [
            one.tag.rpartition("}")[2]
            for one in table.iter()
            if one.tag in (f"{_TABLE}shapes", f"{_OFFICE}annotation", f"{_OFFICE}forms")
            or one.tag.startswith(_DRAW)
        ]
        at = 0
        for row in table.iter(f"{_TABLE}table-row"):
            times = int(row.get(f"{_TABLE}number-rows-repeated", "1"))
            cells = list(self._row(row, at, sheet))
            for again in range(times if cells else 0):
                if again < _MOST_REPEATED:
                    sheet.cells.update({(at + again, column): cell for column, cell in cells})
            at += times
        return sheet

    def _unseen(self, line: ElementTree.Element) -> bool:
        """Whether a row or a column is hidden, or of no size."""
        if line.get(f"{_TABLE}visibility", "visible") != "visible":
            return True
        style = self._styles.get(line.get(f"{_TABLE}style-name", ""))
        told = () if style is None else style.iter()
        sizes = [one.get(f"{_STYLE}{name}", "") for one in told for name in _SIZES]
        return any(size and float(size.rstrip("acimnpt")) == 0 for size in sizes)

    def _row(
        self, row: ElementTree.Element, at: int, sheet: BookSheet
    ) -> Iterator[tuple[int, BookCell]]:
        column = 0
        for cell in row:
            times = int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
            spans = [
                cell.get(f"{_TABLE}number-{kind}-spanned", "1") for kind in ("rows", "columns")
            ]
            if cell.tag == f"{_TABLE}covered-table-cell" or spans != ["1", "1"]:
                sheet.merged.append(f"{letters(column)}{at + 1}")
            found = self._cell(cell)
            if found is not None:
                for again in range(min(times, _MOST_REPEATED)):
                    yield column + again, found
            column += times

    def _cell(self, cell: ElementTree.Element) -> BookCell | None:
        text = "\n".join(_paragraph(one) for one in cell.iter(f"{_TEXT}p"))
        told = cell.get(f"{_OFFICE}string-value", text)
        # A text that isn't seen is as good as a number that isn't.
        written = cell.get(f"{_OFFICE}value", "") or ("" if told == text else told)
        kind = cell.get(f"{_OFFICE}value-type", "")
        formula = cell.get(f"{_TABLE}formula") is not None
        if not (text or written or formula):
            return None
        links = [one.get(f"{_XLINK}href", "") for one in cell.iter(f"{_TEXT}a")]
        name = cell.get(f"{_TABLE}style-name", "Default")
        number_like = kind == "float" and written and text
        if number_like and self._other_format(name, float(written), text):
            text = "(another format)"
        fill = self._property(name, "table-cell-properties", f"{_FO}background-color")
        size = self._property(name, "text-properties", f"{_FO}font-size")
        return BookCell(
            text,
            float(written) if kind == "float" and written else None,
            written,
            formula,
            links[0] if links else "",
            self._property(name, "text-properties", f"{_STYLE}font-name"),
            float(size.removesuffix("pt") or 0),
            self._property(name, "text-properties", f"{_FO}font-weight") == "bold",
            self._property(name, "table-cell-properties", f"{_FO}wrap-option") == "wrap",
            self._property(name, "table-cell-properties", f"{_STYLE}rotation-angle") in ("", "0"),
            {"start": "left", "end": "right"}.get(
                self._property(name, "paragraph-properties", f"{_FO}text-align"), ""
            ),
            fill not in ("", "transparent"),
            self._colour(name),
        )

    def _colour(self, name: str) -> str:
        """Of a text: what programs choose themselves is black."""
        if self._property(name, "text-properties", f"{_STYLE}text-line-through-style") not in (
            "",
            "none",
        ):
            return "struck out"
        colour = self._property(name, "text-properties", f"{_FO}color").lower()
        return "" if self._property(name, "text-properties", _OWN_COLOUR) == "true" else colour

    def _other_format(self, name: str, value: float, text: str) -> bool:
        """Whether a program would show anything else than the text that lies beside the number."""
        style = self._styles.get(name)
        while style is not None and f"{_STYLE}data-style-name" not in style.attrib:
            style = self._styles.get(style.get(f"{_STYLE}parent-style-name", ""))
        form = self._formats.get("" if style is None else style.attrib[f"{_STYLE}data-style-name"])
        if form is None:
            return False
        parts = [one for one in form if one.tag != f"{_NUMBER}number"]
        digits = [one for one in form if one.tag == f"{_NUMBER}number"]
        if len(digits) != 1 or parts:
            return True
        decimals = int(digits[0].get(f"{_NUMBER}decimal-places", "0"))
        return number(value, decimals) != text

    def _property(self, name: str, kind: str, key: str) -> str:
        """A property of a style, or of the first one above it that has it."""
        style = self._styles.get(name)
        while style is not None:
            found = style.find(f"{_STYLE}{kind}")
            if found is not None and key in found.attrib:
                return found.attrib[key]
            style = self._styles.get(style.get(f"{_STYLE}parent-style-name", ""))
        for default in self._default:
            found = default.find(f"{_STYLE}{kind}")
            if found is not None and key in found.attrib:
                return found.attrib[key]
        return ""

    # ---- ranges ----

    def _ranges(self, book: Book) -> None:
        by_name = {sheet.name: sheet for sheet in book.sheets}
        for one in self._content.iter(f"{_TABLE}database-range"):
            address = one.get(f"{_TABLE}target-range-address", "")
            parts = re.fullmatch(r"'?(.+?)'?\.([A-Z]+\d+):'?(.+?)'?\.([A-Z]+\d+)", address)
            if parts is None or parts[1] not in by_name:
                book.extras.append(f"a range at {address}")
                continue
            sheet = by_name[parts[1]]
            top, left, bottom, right = places(f"{parts[2]}:{parts[4]}")
            sheet.ranges.append(
                BookRange(
                    one.get(f"{_TABLE}name", ""),
                    tuple(sheet.text(top, column) for column in range(left, right + 1)),
                    *(top, left, bottom, right),
                    has_header=one.get(f"{_TABLE}contains-header", "true") == "true",
                    filters=one.get(f"{_TABLE}display-filter-buttons") == "true"
                    or one.find(f"{_TABLE}filter") is not None,
                )
            )


def _items(entry: ElementTree.Element) -> dict[str, str]:
    return {
        item.get(f"{_CONFIG}name", ""): item.text or ""
        for item in entry.findall(f"{_CONFIG}config-item")
    }


def _paragraph(paragraph: ElementTree.Element) -> str:
    """The text of a paragraph, with the spaces that it counts."""
    parts = [paragraph.text or ""]
    for one in paragraph:
        if one.tag == f"{_TEXT}s":
            parts.append(" " * int(one.get(f"{_TEXT}c", "1")))
        else:
            parts.append("".join(one.itertext()))
        parts.append(one.tail or "")
    return "".join(parts)
