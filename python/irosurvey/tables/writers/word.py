"""A release as a Word document, for those who paste tables into reports."""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from irosurvey._files import replace_files
from irosurvey.tables.published import PublishedTable, Release
from irosurvey.tables.writers._files import packed
from irosurvey.tables.writers._prepare import prepared
from irosurvey.tables.writers._words import (
    SYNTHETIC_SENTENCE,
    contact_lines,
    cover_lines,
    facts,
    heading,
    is_numeric,
    legend_sentences,
    note_sentence,
    release_heading,
    shown,
    synthetic_sentence,
)

__all__ = ["write"]

_FONT: Final = "Arial"
_SIZES: Final = {"Title": 20, "Heading 1": 16, "Heading 2": 14}
_DARK_BLUE: Final = RGBColor(0x12, 0x43, 0x6D)
_BLACK: Final = RGBColor(0, 0, 0)
_MOST_COLUMNS: Final = 9
"""Of a table on wide paper: with more their headers would be broken within words."""


def write(release: Release, path: str | Path) -> list[Path]:
    """Write the document.

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
    A table has one header row, which Word prints again on every page, no merged cells, and a text
    alternative; spanners are part of the headers. What is too wide for a page stands in several
    pieces, each with the labels of the rows.
    """
    release = prepared(release)
    document = Document()
    _forget_template(document)
    _styles(document, release.language)
    document.add_heading(release_heading(release), 0)
    if release.synthetic:
        document.add_paragraph().add_run(SYNTHETIC_SENTENCE).bold = True
    for text in release.about:
        document.add_paragraph(text)
    for name, text in [*cover_lines(release), *contact_lines(release)]:
        document.add_paragraph(f"{name}: {text}")
    for table in release:
        _add_table(document, table)
    if release.notes:
        document.add_heading("Notes", 1)
        for note in release.notes:
            document.add_paragraph(f"[note {note.number}] {note.text}")
    known = facts(release)
    if known:
        title = "How these tables were made"
        document.add_heading(title, 1)
        _grid(document, title, ("Part", "Name", "Value"), known, (False, False, False), ())
    _properties(document, release)
    sink = io.BytesIO()
    document.save(sink)
    return replace_files({Path(path): _without_times(sink.getvalue())})


def _forget_template(document: Any) -> None:
    """Leave out the picture that the template has of itself."""
    relations = document.part.package.rels
    for name in [name for name, one in relations.items() if one.reltype.endswith("/thumbnail")]:
        del relations[name]


def _styles(document: Any, language: str) -> None:
    """Arial, in the release's language, on wide paper."""
    for name, style in (("Normal", document.styles["Normal"]), *_headings(document)):
        style.font.name = _FONT
        style.font.size = Pt(_SIZES.get(name, 12))
        style.font.color.rgb = _BLACK if name == "Normal" else _DARK_BLUE
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for key in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(key), None)
        for key in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(key), _FONT)
    for tag in document.styles.element.iter(qn("w:lang")):
        tag.set(qn("w:val"), language)
        tag.set(qn("w:eastAsia"), language)
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Cm(29.7), Cm(21.0)
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Cm(2))


def _headings(document: Any) -> list[tuple[str, Any]]:
    return [(name, document.styles[name]) for name in _SIZES]


def _add_table(document: Any, table: PublishedTable) -> None:
    title = heading(table)
    document.add_heading(title, 1)
    for text in (
        *synthetic_sentence(table),
        *table.remarks,
        *note_sentence(table, "at the end"),
        *legend_sentences(table),
        *([f"Source: {table.source}."] if table.source else []),
    ):
        document.add_paragraph(text).paragraph_format.keep_with_next = True
    totals = [place for place, row in enumerate(table.rows) if row.total]
    pieces = _pieces(table)
    for piece in pieces:
        columns = [table.columns[place] for place in piece]
        named = title
        if len(pieces) > 1:
            first, last, of = piece[0] + 1, piece[-1] + 1, len(table.columns)
            told = f"Table {table.number}, columns {first} to {last} of {of}"
            above = document.add_paragraph(told).paragraph_format
            above.space_before, above.keep_with_next = Pt(12), True
            named = f"{title} ({told})"
        rows = [
            [*row.labels, *(shown(row.cells[place], table.columns[place]) for place in piece)]
            for row in table.rows
        ]
        headers = [*table.stub, *(column.name for column in columns)]
        right = [*(False for _ in table.stub), *map(is_numeric, columns)]
        _grid(document, named, headers, rows, right, totals)


def _pieces(table: PublishedTable) -> list[list[int]]:
    """Columns that a page is wide enough for, piece by piece; those of one spanner together."""
    room = max(1, _MOST_COLUMNS - len(table.stub))
    groups = [
        [place for place, _ in run]
        for _, run in itertools.groupby(
            enumerate(table.columns), lambda one: one[1].spanners or (one[1].name,)
        )
    ]
    pieces: list[list[int]] = [[]]
    for group in groups:
        for at in range(0, len(group), room):
            part = group[at : at + room]
            if pieces[-1] and len(pieces[-1]) + len(part) > room:
                pieces.append([])
            pieces[-1] += part
    return pieces


def _grid(
    document: Any,
    title: str,
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: Sequence[bool],
    totals: Sequence[int],
) -> None:
    grid = document.add_table(rows=1 + len(rows), cols=len(headers))
    grid.style = "Table Grid"
    properties = grid._tbl.tblPr
    for name, text in (("w:tblCaption", title), ("w:tblDescription", title)):
        element = OxmlElement(name)
        element.set(qn("w:val"), text)
        properties.append(element)
    for cell, text, side in zip(grid.rows[0].cells, headers, right, strict=True):
        _fill(cell, text, side, bold=True)
    _mark(grid.rows[0], "w:tblHeader")
    for place, (made, row) in enumerate(zip(list(grid.rows)[1:], rows, strict=True)):
        _mark(made, "w:cantSplit")
        for cell, text, side in zip(made.cells, row, right, strict=True):
            _fill(cell, text, side, bold=place in totals)


def _mark(row: Any, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(name))


def _fill(cell: Any, text: str, right: bool, *, bold: bool) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if right else WD_ALIGN_PARAGRAPH.LEFT
    paragraph.add_run(text).bold = bold


# ---- the file ----


def _properties(document: Any, release: Release) -> None:
    """Title, author, language and day of publication: not the time of writing."""
    known = document.core_properties
    known.title = release_heading(release)[:255]
    known.author = known.last_modified_by = release.publisher[:255]
    known.language = release.language
    known.comments = ""
    when = release.published
    moment = datetime(when.year, when.month, when.day) if when else datetime(1980, 1, 1)
    known.created = known.modified = moment


def _without_times(document: bytes) -> bytes:
    """The document with no time in its archive."""
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        return packed({name: archive.read(name) for name in archive.namelist()})
