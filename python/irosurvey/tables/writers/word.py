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
# Centimetres: of the page between its margins, of a letter of Arial 12 bold, of what is between a
# text and the border of its cell on both sides, and of a column at most.
_PAGE: Final = 25.7
_LETTER: Final = 0.25
_BORDERS: Final = 0.5
_WIDEST_LABELS, _WIDEST_FIGURES = 7.0, 3.2
# Of few columns a page would be more empty than full.
_MOST_STRETCHED: Final = 1.6


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
    _lead_in(document, table)
    totals = [place for place, row in enumerate(table.rows) if row.total]
    cells = [
        [*row.labels, *(shown(*pair) for pair in zip(row.cells, table.columns, strict=True))]
        for row in table.rows
    ]
    headers = [*table.stub, *(column.name for column in table.columns)]
    right = [*(False for _ in table.stub), *map(is_numeric, table.columns)]
    widths = [
        _width(header, texts, figures)
        for header, texts, figures in zip(headers, zip(*cells, strict=True), right, strict=True)
    ]
    stub = range(len(table.stub))
    pieces = _pieces(table, widths)
    for piece in pieces:
        named = title
        if len(pieces) > 1:
            first, last, of = piece[0] + 1, piece[-1] + 1, len(table.columns)
            which = f"columns {first} to {last}" if last > first else f"column {first}"
            told = f"Table {table.number}, {which} of {of}"
            above = document.add_paragraph(told).paragraph_format
            above.space_before, above.keep_with_next = Pt(12), True
            named = f"{title} ({told})"
        places = [*stub, *(len(stub) + place for place in piece)]
        _grid(
            document,
            named,
            [headers[at] for at in places],
            [[row[at] for at in places] for row in cells],
            [right[at] for at in places],
            totals,
            _filled([widths[at] for at in places]),
        )


def _lead_in(document: Any, table: PublishedTable) -> None:
    """The heading and what is said before the figures."""
    document.add_heading(heading(table), 1)
    for text in (
        *synthetic_sentence(table),
        *table.remarks,
        *note_sentence(table, "at the end"),
        *legend_sentences(table),
        *([f"Source: {table.source}."] if table.source else []),
    ):
        document.add_paragraph(text).paragraph_format.keep_with_next = True


def _width(header: str, texts: Sequence[str], figures: bool) -> float:
    """Room for the longest word, and for a label or a header of a few words."""
    words = [word for text in (header, *texts) for word in text.split()]
    longest = max([*map(len, words), 0])
    whole = max(map(len, texts if figures else (header, *texts)))
    wanted = min(whole * _LETTER + _BORDERS, _WIDEST_FIGURES if figures else _WIDEST_LABELS)
    return min(max(longest * _LETTER + _BORDERS, wanted), _PAGE / 2)


def _filled(widths: Sequence[float]) -> list[float]:
    """The same, as wide as the page where they are many."""
    times = _PAGE / sum(widths)
    return [width * (times if times < _MOST_STRETCHED else 1.0) for width in widths]


def _pieces(table: PublishedTable, widths: Sequence[float]) -> list[list[int]]:
    """Columns that a page is wide enough for, piece by piece; those of one spanner together."""
    stub = len(table.stub)
    own = widths[stub:]
    room = max(_PAGE - sum(widths[:stub]), max(own))
    pieces: list[list[int]] = [[]]
    used = 0.0
    for _, run in itertools.groupby(
        enumerate(table.columns), lambda one: one[1].spanners or (one[1].name,)
    ):
        group = [place for place, _ in run]
        if pieces[-1] and used + sum(own[place] for place in group) > room:
            pieces.append([])
            used = 0.0
        for place in group:
            if pieces[-1] and used + own[place] > room:
                pieces.append([])
                used = 0.0
            pieces[-1].append(place)
            used += own[place]
    return pieces


def _grid(
    document: Any,
    title: str,
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: Sequence[bool],
    totals: Sequence[int],
    widths: Sequence[float] = (),
) -> None:
    grid = document.add_table(rows=1 + len(rows), cols=len(headers))
    grid.style = "Table Grid"
    if widths:
        grid.autofit = False
        for column, width in zip(grid.columns, widths, strict=True):
            column.width = Cm(width)
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
