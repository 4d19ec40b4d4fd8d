"""A release as an accessible workbook in Excel's format."""

from __future__ import annotations

import io
import re
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

import xlsxwriter

from irosurvey._files import replace_files
from irosurvey.tables.published import Release
from irosurvey.tables.safe_text import would_run
from irosurvey.tables.writers._files import packed
from irosurvey.tables.writers._prepare import prepared
from irosurvey.tables.writers._words import release_heading
from irosurvey.tables.writers._workbook import SIZES, Cell, Grid, Sheet, sheets

__all__ = ["write"]

# Of a font that belongs to the theme Excel shows the theme's, whatever its name.
_FONT: Final = {"font_name": "Arial", "font_size": 12, "font_scheme": "none"}
_LINK: Final = "#12436D"
# A4 in Excel's numbering of papers.
_A4 = 9
# Points; Excel takes a file with a higher row for a broken one.
_HIGHEST_ROW = 409.0


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
    with; one that would be taken for a formula when somebody edits it is marked as a text.
    """
    release = prepared(release)
    sink = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_numbers": False,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "default_format_properties": dict(_FONT),
    }
    with xlsxwriter.Workbook(sink, options) as book:
        looks = _Looks(book)
        for sheet in sheets(release):
            _write_sheet(book, looks, sheet)
        book.get_worksheet_by_name("Cover").activate()
    return replace_files({Path(path): _with_properties(sink.getvalue(), release)})


class _Looks:
    """Cell formats, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def __call__(self, text: str = "", **properties: Any) -> Any:
        """The format with these properties, for this text."""
        properties = {**_FONT, "text_wrap": True, "valign": "top", **properties}
        if would_run(text):
            properties["quote_prefix"] = True
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(properties)
        return self._made[key]


def _write_sheet(book: xlsxwriter.Workbook, looks: _Looks, sheet: Sheet) -> None:
    page = book.add_worksheet(sheet.name)
    page.set_paper(_A4)
    page.fit_to_pages(sheet.pages, 0)
    for column, width in enumerate(sheet.widths):
        page.set_column(column, column, width)
    for row, height in enumerate(sheet.heights):
        page.set_row(row, min(height, _HIGHEST_ROW))
    for row, line in enumerate(sheet.lines):
        look = looks(line.text, font_size=SIZES[line.look], bold=line.look != "text")
        page.write_string(row, 0, line.text, look)
    if sheet.grid is not None:
        page.set_landscape()
        page.repeat_rows(len(sheet.lines))
        if sheet.pages > 1:
            page.repeat_columns(0, sheet.labels - 1)
        _write_grid(page, looks, sheet.grid, len(sheet.lines))


def _write_grid(page: Any, looks: _Looks, grid: Grid, top: int) -> None:
    sides = ["right" if right else "left" for right in grid.right]
    heads = [
        {
            "header": text,
            "header_format": looks(
                text, bold=True, align=side, bottom=1, indent=_indent(column, side)
            ),
        }
        for column, (text, side) in enumerate(zip(grid.headers, sides, strict=True))
    ]
    done = page.add_table(
        top,
        0,
        top + len(grid.rows),
        len(grid.headers) - 1,
        {
            "name": grid.name,
            "columns": heads,
            "style": None,
            "autofilter": False,
            "banded_rows": False,
            "title": grid.name,
            "description": grid.about,
        },
    )
    # XlsxWriter warns and goes on without the table.
    assert done == 0, f"the table {grid.name!r} wasn't marked up"
    for place, (row, total) in enumerate(zip(grid.rows, grid.totals, strict=True), top + 1):
        for column, (cell, side) in enumerate(zip(row, sides, strict=True)):
            look = {"align": side, "bold": total, "indent": _indent(column, side)}
            _write_cell(page, looks, place, column, cell, look)


def _indent(column: int, side: str) -> int:
    """A text behind a column of figures keeps away from them."""
    return 1 if column and side == "left" else 0


def _write_cell(
    page: Any, looks: _Looks, row: int, column: int, cell: Cell, look: dict[str, Any]
) -> None:
    if cell.value is not None:
        form = "#,##0" + (f".{'0' * cell.decimals}" if cell.decimals else "")
        # As a decimal number: a binary one would be written with sixteen digits.
        shown = Decimal(f"{cell.value:.{cell.decimals}f}")
        page.write_number(row, column, shown, looks(num_format=form, **look))
    elif cell.sheet:
        link = looks(font_color=_LINK, underline=1, **look)
        page.write_url(row, column, f"internal:'{cell.sheet}'!A1", link, cell.text)
    else:
        page.write_string(row, column, cell.text, looks(cell.text, **look))


# ---- the file ----

_CORE: Final = "docProps/core.xml"
_COLUMN: Final = re.compile(r'<tableColumn [^>]*name="[^"]*"')
_CODED: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def _spelled(column: re.Match[str]) -> str:
    """A header that looks like a coded character: XlsxWriter spells it out in its cell alone."""
    return _CODED.sub("_x005F_", column[0])


def _with_properties(book: bytes, release: Release) -> bytes:
    """The workbook with the properties that XlsxWriter can't set, and without times."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[_CORE] = _core_properties(release).encode("utf-8")
    for name in [name for name in parts if name.startswith("xl/tables/")]:
        parts[name] = _COLUMN.sub(_spelled, parts[name].decode("utf-8")).encode("utf-8")
    return packed(parts)


def _core_properties(release: Release) -> str:
    """Title, author, language and day of publication: not the time of writing."""
    published = ""
    if release.published:
        when = f"{release.published.isoformat()}T00:00:00Z"
        published = "".join(
            f'<dcterms:{name} xsi:type="dcterms:W3CDTF">{when}</dcterms:{name}>'
            for name in ("created", "modified")
        )
    author = escape(release.publisher)
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        "<cp:coreProperties"
        ' xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:dcterms="http://purl.org/dc/terms/"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(release_heading(release))}</dc:title>"
        f"<dc:creator>{author}</dc:creator>"
        f"<dc:language>{escape(release.language)}</dc:language>"
        f"<cp:lastModifiedBy>{author}</cp:lastModifiedBy>"
        f"{published}</cp:coreProperties>"
    )
