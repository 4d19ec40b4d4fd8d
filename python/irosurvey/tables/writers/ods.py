"""A release as an accessible workbook in the OpenDocument format."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from odfdo import Column, Document, Element, Style, Table

from irosurvey._files import replace_files
from irosurvey.tables.published import Release
from irosurvey.tables.writers._files import packed
from irosurvey.tables.writers._prepare import prepared
from irosurvey.tables.writers._words import release_heading
from irosurvey.tables.writers._workbook import Cell, Grid, Sheet, sheets

__all__ = ["write"]

_VERSION: Final = "1.3"
_MIMETYPE: Final = "application/vnd.oasis.opendocument.spreadsheet"
# A digit of Arial 12, in which widths are counted.
_CENTIMETRES: Final = 0.24


def write(release: Release, path: str | Path) -> list[Path]:
    """Write the workbook.

    Parameters
    ----------
    release
        What may be published.
    path
        Of the file.

    Returns
    -------
    list of Path
        The file.

    Notes
    -----
    Numbers are what is published, to the digits that are seen; decimals and thousands separators
    are number formats. Texts are string cells: none is a formula or a link, whatever it begins
    with. Tables are database ranges with a header.
    """
    release = prepared(release)
    book = sheets(release)
    most = max(column.decimals for table in release for column in table.columns)
    parts = {
        "mimetype": _MIMETYPE,
        "content.xml": _content(book),
        "styles.xml": _styles(release.language, most, _papers(book)),
        "meta.xml": _meta(release),
        "settings.xml": _settings(book),
        "META-INF/manifest.xml": _manifest(),
    }
    encoded = {name: part.encode("utf-8") for name, part in parts.items()}
    return replace_files({Path(path): packed(encoded, stored=("mimetype",))})


# ---- content ----


def _content(book: list[Sheet]) -> str:
    """Sheets and the ranges of their tables.

    Of odfdo's template only the frame is used: the rest names a printer and a language of its own.
    """
    document = Document("spreadsheet")
    body = document.body
    for child in body.children:
        body.delete(child)
    for child in document.content.get_elements("//office:automatic-styles/*"):
        child.delete()
    for width in sorted({width for sheet in book for width in sheet.widths}):
        size = f"{width * _CENTIMETRES:.3f}cm"
        document.insert_style(
            Style("table-column", name=_column_style(width), width=size), automatic=True
        )
    for height in sorted({height for sheet in book for height in sheet.heights}):
        # What a program finds best on a screen may be too low on paper.
        style = Style("table-row", name=_row_style(height), height=f"{height:.2f}pt")
        document.insert_style(style, automatic=True)
    for pages in _papers(book):
        tag = f'style:name="sheet_{pages}" style:master-page-name="{_paper(pages)}"'
        for place in document.content.get_elements("//office:automatic-styles"):
            place.append(Element.from_tag(f'<style:style style:family="table" {tag}/>'))
    ranges = Element.from_tag("table:database-ranges")
    for sheet in book:
        body.append(_table(sheet))
        if sheet.grid is not None:
            ranges.append(_range(sheet, sheet.grid))
    body.append(ranges)
    document.content.root.set_attribute("office:version", _VERSION)
    return document.content.serialize().decode("utf-8")


def _papers(book: list[Sheet]) -> list[int]:
    """How many pages wide sheets are."""
    return sorted({1, *(sheet.pages for sheet in book)})


def _paper(pages: int) -> str:
    """The page that sheets so many pages wide are printed on; programs look for a default."""
    return "Default" if pages == 1 else f"paper_{pages}"


def _column_style(width: float) -> str:
    return f"column_{round(100 * width)}"


def _row_style(height: float) -> str:
    return f"row_{round(100 * height)}"


def _table(sheet: Sheet) -> Table:
    table = Table(sheet.name, style=f"sheet_{sheet.pages}")
    columns: list[Element] = [Column(style=_column_style(width)) for width in sheet.widths]
    if sheet.pages > 1:
        # Printed again on every page, as the header row is.
        labels = Element.from_tag("table:table-header-columns")
        for column in columns[: sheet.labels]:
            labels.append(column)
        columns = [labels, *columns[sheet.labels :]]
    for column in columns:
        Element.append(table, column)
    heights = sheet.heights
    for line, height in zip(sheet.lines, heights, strict=False):
        Element.append(table, Element.from_tag(_row([_text(line.text, line.look)], height)))
    grid = sheet.grid
    if grid is not None:
        top = len(sheet.lines)
        heads = [
            _text(text, f"head_{_side(column, right)}")
            for column, (text, right) in enumerate(zip(grid.headers, grid.right, strict=True))
        ]
        # Printed again on every page.
        again = f"<table:table-header-rows>{_row(heads, heights[top])}</table:table-header-rows>"
        Element.append(table, Element.from_tag(again))
        for row, total, height in zip(grid.rows, grid.totals, heights[top + 1 :], strict=True):
            cells = [
                _cell(cell, _side(column, right), total=total)
                for column, (cell, right) in enumerate(zip(row, grid.right, strict=True))
            ]
            Element.append(table, Element.from_tag(_row(cells, height)))
    return table


# A cell that odfdo makes by itself takes twenty times as long as one that it reads.


def _row(cells: Iterable[str], height: float) -> str:
    style = f'table:style-name="{_row_style(height)}"'
    return f"<table:table-row {style}>{''.join(cells)}</table:table-row>"


def _side(column: int, right: bool) -> str:
    """A text behind a column of figures keeps away from them."""
    return "right" if right else "inner" if column else "left"


def _cell(cell: Cell, side: str, *, total: bool) -> str:
    last = "_total" if total else ""
    if cell.value is not None:
        value = f"{cell.value:.{cell.decimals}f}"
        return (
            f'<table:table-cell table:style-name="number_{cell.decimals}{last}"'
            f' office:value-type="float" office:value="{value}">'
            f"<text:p>{escape(cell.text)}</text:p></table:table-cell>"
        )
    if not cell.sheet:
        return _text(cell.text, f"{side}{last}")
    target = quoteattr(f"#'{cell.sheet}'.A1")
    link = f'<text:a xlink:href={target} xlink:type="simple">{escape(cell.text)}</text:a>'
    return _text_cell(link, "link")


def _text(text: str, style: str) -> str:
    return _text_cell(escape(text), style)


def _text_cell(inside: str, style: str) -> str:
    return (
        f'<table:table-cell table:style-name="{style}" office:value-type="string">'
        f"<text:p>{inside}</text:p></table:table-cell>"
    )


def _range(sheet: Sheet, grid: Grid) -> Element:
    """The table as a named range that has a header; without buttons that filter."""
    first = len(sheet.lines) + 1
    last = f"{_letters(len(grid.headers))}{first + len(grid.rows)}"
    found = Element.from_tag("table:database-range")
    for name, value in {
        "table:name": grid.name,
        "table:target-range-address": f"'{sheet.name}'.A{first}:'{sheet.name}'.{last}",
        "table:contains-header": "true",
        "table:display-filter-buttons": "false",
    }.items():
        found.set_attribute(name, value)
    return found


def _letters(column: int) -> str:
    """A column's letters: 1 is A, 27 is AA."""
    letters = ""
    while column:
        column, place = divmod(column - 1, 26)
        letters = chr(ord("A") + place) + letters
    return letters


# ---- styles ----

_NAMESPACES: Final = (
    ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"'
    ' xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"'
    ' xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"'
    ' xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:config="urn:oasis:names:tc:opendocument:xmlns:config:1.0"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0"'
)
_XML: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


def _styles(language: str, decimals: int, papers: list[int]) -> str:
    """Every style of a cell by its name, in Arial, in the release's language; and papers."""
    tongue, _, country = language.partition("-")
    font = (
        f'<style:text-properties style:font-name="Arial" fo:font-size="12pt"'
        f" fo:language={quoteattr(tongue)} fo:country={quoteattr(country or 'none')}/>"
    )
    styles = [
        _style("title", "start", size=16, bold=True),
        _style("subtitle", "start", size=14, bold=True),
        _style("text", "start"),
        _style("head_left", "start", bold=True, line=True),
        _style("head_inner", "start", bold=True, line=True, inner=True),
        _style("head_right", "end", bold=True, line=True),
        _style("link", "start", link=True),
    ]
    for last, bold in (("", False), ("_total", True)):
        styles += [_style(f"left{last}", "start", bold=bold)]
        styles += [_style(f"inner{last}", "start", bold=bold, inner=True)]
        styles += [_style(f"right{last}", "end", bold=bold)]
        styles += [
            _style(f"number_{places}{last}", "end", bold=bold, data=f"digits_{places}")
            for places in range(decimals + 1)
        ]
    formats = [
        f'<number:number-style style:name="digits_{places}">'
        f'<number:number number:decimal-places="{places}" number:min-decimal-places="{places}"'
        ' number:min-integer-digits="1" number:grouping="true"/></number:number-style>'
        for places in range(decimals + 1)
    ]
    layouts = "".join(
        f'<style:page-layout style:name="layout_{pages}">'
        '<style:page-layout-properties fo:page-width="29.7cm" fo:page-height="21cm"'
        f' style:print-orientation="landscape" style:scale-to-X="{pages}" style:scale-to-Y="0"/>'
        "</style:page-layout>"
        for pages in papers
    )
    masters = "".join(
        f'<style:master-page style:name="{_paper(pages)}" style:page-layout-name="layout_{pages}"/>'
        for pages in papers
    )
    return (
        f'{_XML}<office:document-styles{_NAMESPACES} office:version="{_VERSION}">'
        '<office:font-face-decls><style:font-face style:name="Arial" svg:font-family="Arial"'
        ' style:font-family-generic="swiss"/></office:font-face-decls>'
        f'<office:styles><style:default-style style:family="table-cell">{font}'
        f"</style:default-style>{''.join(formats)}"
        f'<style:style style:name="Default" style:family="table-cell">{font}</style:style>'
        f"{''.join(styles)}</office:styles>"
        f"<office:automatic-styles>{layouts}</office:automatic-styles>"
        f"<office:master-styles>{masters}</office:master-styles></office:document-styles>"
    )


def _style(
    name: str,
    align: str,
    *,
    size: int = 12,
    bold: bool = False,
    line: bool = False,
    inner: bool = False,
    link: bool = False,
    data: str = "",
) -> str:
    form = f' style:data-style-name="{data}"' if data else ""
    border = ' fo:border-bottom="0.75pt solid #000000"' if line else ""
    weight = ' fo:font-weight="bold"' if bold else ""
    under = ' fo:color="#12436d" style:text-underline-style="solid"' if link else ""
    margin = ' fo:margin-left="0.25cm"' if inner else ""
    return (
        f'<style:style style:name="{name}" style:family="table-cell"'
        f' style:parent-style-name="Default"{form}>'
        f'<style:table-cell-properties fo:wrap-option="wrap" style:vertical-align="top"'
        f' style:text-align-source="fix" fo:padding="0.05cm"{border}/>'
        f'<style:paragraph-properties fo:text-align="{align}"{margin}/>'
        f'<style:text-properties style:font-name="Arial" fo:font-size="{size}pt"{weight}{under}/>'
        "</style:style>"
    )


# ---- the file ----


def _meta(release: Release) -> str:
    """Title, author, language and day of publication: not the time of writing."""
    author = escape(release.publisher)
    when = f"{release.published.isoformat()}T00:00:00" if release.published else ""
    dates = f"<meta:creation-date>{when}</meta:creation-date><dc:date>{when}</dc:date>"
    return (
        f'{_XML}<office:document-meta{_NAMESPACES} office:version="{_VERSION}"><office:meta>'
        f"<dc:title>{escape(release_heading(release))}</dc:title>"
        f"<meta:initial-creator>{author}</meta:initial-creator>"
        f"<dc:creator>{author}</dc:creator>"
        f"<dc:language>{escape(release.language)}</dc:language>"
        f"{dates if when else ''}</office:meta></office:document-meta>"
    )


def _settings(book: list[Sheet]) -> str:
    """The cursor is in A1 of every sheet, and the first sheet is in front."""

    def item(name: str, kind: str, value: object) -> str:
        known = f'config:name="{name}" config:type="{kind}"'
        return f"<config:config-item {known}>{value}</config:config-item>"

    views = "".join(
        f"<config:config-item-map-entry config:name={quoteattr(sheet.name)}>"
        f"{item('CursorPositionX', 'int', 0)}{item('CursorPositionY', 'int', 0)}"
        "</config:config-item-map-entry>"
        for sheet in book
    )
    return (
        f'{_XML}<office:document-settings{_NAMESPACES} office:version="{_VERSION}">'
        "<office:settings>"
        '<config:config-item-set config:name="ooo:view-settings"'
        ' xmlns:ooo="http://openoffice.org/2004/office">'
        '<config:config-item-map-indexed config:name="Views"><config:config-item-map-entry>'
        f"{item('ViewId', 'string', 'view1')}"
        f'<config:config-item-map-named config:name="Tables">{views}'
        "</config:config-item-map-named>"
        f"{item('ActiveTable', 'string', book[0].name)}"
        "</config:config-item-map-entry></config:config-item-map-indexed>"
        "</config:config-item-set></office:settings></office:document-settings>"
    )


def _manifest() -> str:
    entries = [("/", _MIMETYPE)]
    entries += [(f"{name}.xml", "text/xml") for name in ("content", "styles", "meta", "settings")]
    listed = "".join(
        f'<manifest:file-entry manifest:full-path="{path}" manifest:media-type="{kind}"/>'
        for path, kind in entries
    )
    return (
        f"{_XML}<manifest:manifest"
        ' xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
        f' manifest:version="{_VERSION}">{listed}</manifest:manifest>'
    )
