"""The check: what writers make keeps every rule, and each rule finds the file that breaks it."""

from __future__ import annotations

import json
import re
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import releases
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.workbook.defined_name import DefinedName

import irosurvey
from irosurvey.errors import ArgumentError, ReadError
from irosurvey.tables import writers
from irosurvey.tables.check import RULES, CheckReport, check, check_all
from irosurvey.tables.published import (
    Contact,
    Note,
    PublishedCell,
    PublishedColumn,
    PublishedRow,
    PublishedTable,
    Release,
    TitleParts,
)

FORMATS = list(writers.FORMATS)


def made(form: str, folder: Path, release: Release | None = None) -> Path:
    name = f"book{writers.FORMATS[form].extension}"
    if form == "ees" and release == releases.hostile():
        pytest.skip("its area is no country")
    return writers.FORMATS[form].write(release or releases.release(), folder / name)[0]


def failed(report: CheckReport) -> set[str]:
    return {one.rule.id for one in report.failures}


# ---- what writers make ----


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "release", [releases.release(), releases.real(), releases.bare()], ids=["made", "real", "bare"]
)
def test_what_writers_make_keeps_every_rule(form: str, release: Release, tmp_path: Path) -> None:
    report = check(release, made(form, tmp_path, release))
    assert failed(report) == set()
    assert report.passed
    assert report.exit_code == 0
    assert len(report) >= 10


@pytest.mark.parametrize("form", FORMATS)
def test_hostile_labels_break_no_rule(form: str, tmp_path: Path) -> None:
    report = check(releases.hostile(), made(form, tmp_path, releases.hostile()))
    assert failed(report) == {"bases"}, "the one thing that this release really lacks"
    assert report.passed, "and that is advice"


def test_all_files_of_a_release_are_checked_pairs_once(tmp_path: Path) -> None:
    paths = writers.write_all(releases.release(), tmp_path, FORMATS)
    reports = check_all(releases.release(), paths)
    forms = [report.form for report in reports]
    assert forms == [*("xlsx", "ods", "html", "word", "csv", "ees", "ees", "json", "markdown")]
    assert all(report.passed for report in reports)


def test_every_rule_is_looked_at_by_some_format(tmp_path: Path) -> None:
    reports = [check(releases.release(), made(form, tmp_path)) for form in FORMATS]
    assert {one.rule.id for report in reports for one in report} == set(RULES)


# ---- rules of the release ----


def test_what_derives_from_a_suppressed_estimate_goes_with_it(tmp_path: Path) -> None:
    table = releases.monitoring()
    row = table.rows[1]
    leaking = replace(row, cells=(row.cells[0], releases.number(3.1), *row.cells[2:]))
    release = replace(
        releases.release(),
        tables=(replace(table, rows=(table.rows[0], leaking, *table.rows[2:])), releases.duties()),
    )
    report = check(release, made("json", tmp_path, release))
    assert failed(report) == {"derived"}
    assert "London, Lower limit" in report["derived"].details[0]
    assert report.exit_code == 1


def test_advice_fails_nobody(tmp_path: Path) -> None:
    table = releases.monitoring()
    release = replace(
        releases.release(),
        contact=Contact(),
        tables=(
            replace(
                table,
                title=replace(table.title, area=""),
                columns=table.columns[:3],
                rows=tuple(replace(row, cells=row.cells[:3]) for row in table.rows),
            ),
        ),
    )
    report = check(release, made("html", tmp_path, release))
    assert failed(report) == {"contact", "title-parts", "bases"}
    assert report.passed


# ---- workbooks that somebody has changed ----


def first(book: Any) -> Any:
    return book["Table 1"]


def header_row(page: Any) -> int:
    return int(re.search(r"\d+", page.tables["table_1"].ref)[0])  # type: ignore[index]


def cell(book: Any, row: int, column: int) -> Any:
    """A cell of the first table, counted from its header."""
    return first(book).cell(header_row(first(book)) + row, column)


def put(row: int, column: int, value: object) -> Callable[[Any], None]:
    def change(book: Any) -> None:
        cell(book, row, column).value = value

    return change


def look(name: str, value: object) -> Callable[[Any], None]:
    def change(book: Any) -> None:
        setattr(cell(book, 1, 2), name, value)

    return change


def property_(name: str, value: object) -> Callable[[Any], None]:
    def change(book: Any) -> None:
        setattr(book.properties, name, value)

    return change


def below(book: Any) -> None:
    first(book).cell(first(book).max_row + 1, 1).value = "Some figures are small."


def merge(book: Any) -> None:
    first(book).merge_cells("A1:C1")


def hide(book: Any) -> None:
    first(book).row_dimensions[3].hidden = True


def hide_sheet(book: Any) -> None:
    book["Notes"].sheet_state = "hidden"


def freeze(book: Any) -> None:
    first(book).freeze_panes = "B2"


def filtered(book: Any) -> None:
    first(book).auto_filter.ref = first(book).tables["table_1"].ref


def commented(book: Any) -> None:
    cell(book, 2, 2).comment = Comment("3 of 41", "me")


def named(book: Any) -> None:
    book.defined_names["secret"] = DefinedName("secret", attr_text="3")


def another(book: Any) -> None:
    book.create_sheet("Workings")["A1"] = "3 of 41"


def linked(book: Any) -> None:
    cell(book, 1, 1).hyperlink = "http://x.example/"


def unmarked(book: Any) -> None:
    del first(book).tables["table_1"]


def page_header(book: Any) -> None:
    first(book).oddHeader.left.text = "Draft"


def moved(book: Any) -> None:
    book.active = 3


def swapped(book: Any) -> None:
    book.move_sheet("Notes", 1)


def renamed(book: Any) -> None:
    first(book).title = "A very long name for a worksheet"[:31]


def legend(book: Any) -> None:
    for row in first(book).rows:
        if str(row[0].value).startswith("Shorthand"):
            row[0].value = str(row[0].value).replace("[u] =", "[x] =")


def notes(book: Any) -> None:
    book["Notes"]["B5"] = "Something else."


def retitled(book: Any) -> None:
    first(book)["A1"] = "Figures"


BROKEN: dict[str, list[Callable[[Any], None]]] = {
    "tables": [unmarked, retitled],
    "cells": [put(1, 2, 48.0), put(1, 1, "North-East"), put(2, 2, "[u]")],
    "one-thing": [put(1, 2, "49 (43-55)"), put(1, 2, None)],
    "digits": [put(1, 2, 48.97)],
    "marked": [put(2, 2, 3.1)],
    "shorthand": [put(2, 2, "[NA]"), put(2, 2, "*"), put(2, 2, ".."), put(2, 2, "n/a")],
    "synthetic": [property_("title", "Independent Reviewing Officers in England")],
    "extras": [commented, named],
    "headers": [put(0, 3, "Percentage"), put(0, 3, "Lower")],
    "legend": [legend],
    "title": [property_("title", "")],
    "author": [property_("creator", ""), property_("creator", "openpyxl")],
    "language": [property_("language", None)],
    "notes": [notes],
    "formulas": [put(1, 2, "=49"), put(1, 1, '=HYPERLINK("http://x.example","North East")')],
    "links": [linked],
    "sheet-order": [another, swapped],
    "sheet-names": [renamed],
    "sheet-titles": [lambda book: first(book).__setitem__("A1", None)],
    "one-table": [lambda book: first(book).__setitem__("A2", "Here is a table.")],
    "marked-up": [unmarked],
    "column-a": [below],
    "merged": [merge],
    "blank": [put(1, 2, None), lambda book: first(book).insert_rows(3)],
    "hidden": [hide, hide_sheet],
    "filters": [filtered],
    "freeze": [freeze],
    "fills": [look("fill", PatternFill("solid", fgColor="FFFF00"))],
    "fonts": [look("font", Font(name="Calibri", sz=12)), look("font", Font(name="Arial", sz=8))],
    "wrapped": [
        look("alignment", Alignment(horizontal="right")),
        look("alignment", Alignment(horizontal="right", wrap_text=True, textRotation=90)),
    ],
    "aligned": [look("alignment", Alignment(horizontal="left", wrap_text=True))],
    "cursor": [moved],
    "page-headers": [page_header],
}
"""What somebody may do to a workbook, by the rule that finds it."""


@pytest.mark.parametrize(
    ("rule", "change"), [(rule, change) for rule, some in BROKEN.items() for change in some]
)
def test_a_changed_workbook_fails(rule: str, change: Callable[[Any], None], tmp_path: Path) -> None:
    path = made("xlsx", tmp_path)
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)
    report = check(releases.release(), path)
    assert rule in failed(report)
    assert report[rule].details
    assert not report.passed


def test_a_workbook_saved_by_somebody_else_keeps_the_rules(tmp_path: Path) -> None:
    path = made("xlsx", tmp_path)
    openpyxl.load_workbook(path).save(path)
    assert failed(check(releases.release(), path)) == set()


def edited(path: Path, changes: dict[str, tuple[str, str]], times: int = 1) -> None:
    """Replace texts in the parts of an archive; 0: wherever they are."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name, (old, new) in changes.items():
        text = parts[name].decode("utf-8")
        changed = re.sub(old, new, text, count=times, flags=re.DOTALL)
        assert changed != text, f"{old!r} isn't in {name}"
        parts[name] = changed.encode("utf-8")
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)


SHEET, STYLES, TABLE = "xl/worksheets/sheet4.xml", "xl/styles.xml", "xl/tables/table3.xml"
TEXTS_OF_CELLS, CORE = "xl/sharedStrings.xml", "docProps/core.xml"
BOOK: dict[str, list[tuple[str, str, str]]] = {
    "cells": [
        (STYLES, 'formatCode="[^"]*"', 'formatCode=";;;"'),
        (STYLES, 'formatCode="[^"]*"', 'formatCode="0.0&quot;x&quot;"'),
        (SHEET, r'(<c r="B9" s="\d+")><v>49.0', r'\1 t="b"><v>1'),
    ],
    "words": [
        (TEXTS_OF_CELLS, "Parts may not sum", "Parts sum"),
        (TEXTS_OF_CELLS, "A survey of all IROs in England", "London: 3"),
        (TEXTS_OF_CELLS, "<t>dfe</t>", "<t>none</t>"),
        (TEXTS_OF_CELLS, "<t>Worksheet</t>", "<t>Page</t>"),
    ],
    "extras": [
        (TEXTS_OF_CELLS, "</sst>", "<si><t>London: 3</t></si></sst>"),
        (CORE, "<dc:language>", r"<dc:description>London: 3</dc:description>\g<0>"),
        (CORE, "<dc:language>", r"<cp:keywords>London</cp:keywords>\g<0>"),
        ("docProps/app.xml", "<Company>", r"\g<0>London: 3"),
        (SHEET, "</sheetData>", r'\g<0><conditionalFormatting sqref="B9"/>'),
        (SHEET, "</sheetData>", r'\g<0><sheetProtection sheet="1"/>'),
        (SHEET, "<sheetPr>", r'\g<0><tabColor rgb="FFFF0000"/>'),
        (SHEET, "<sheetData>", r"<!-- London: 3 -->\g<0>"),
        (TABLE, 'altTextSummary="[^"]*"', 'altTextSummary="London: 3"'),
        ("xl/worksheets/sheet2.xml", "<hyperlink ", r'\g<0>tooltip="London: 3" '),
    ],
    "hidden": [
        (SHEET, 'width="[^"]*"', 'width="0"'),
        (SHEET, "<col ", '<col outlineLevel="1" '),
    ],
    "marked-up": [
        (TABLE, "<table ", '<table totalsRowCount="1" '),
        (
            TABLE,
            '(<tableColumn id="2" name="Percentage")/>',
            r"\1><calculatedColumnFormula>1+1</calculatedColumnFormula></tableColumn>",
        ),
    ],
    "fonts": [
        (STYLES, '<name val="Arial"/>', r'\g<0><scheme val="minor"/>'),
        (STYLES, '(</font><font>)<sz val="12"/>', r'\1<sz val="14"/>'),
    ],
    "colours": [
        (STYLES, '<color theme="1"/>', '<color rgb="FFFFFFFF"/>'),
        (STYLES, '<color theme="1"/>', '<color theme="0"/>'),
        (STYLES, '<name val="Arial"/>', r"<strike/>\g<0>"),
    ],
}
"""What openpyxl wouldn't do, by the rule that finds it: everywhere in a part of the file."""


@pytest.mark.parametrize(
    ("rule", "change"), [(rule, change) for rule, some in BOOK.items() for change in some]
)
def test_a_workbook_changed_inside_fails(
    rule: str, change: tuple[str, str, str], tmp_path: Path
) -> None:
    path = made("xlsx", tmp_path)
    part, old, new = change
    edited(path, {part: (old, new)}, times=0)
    report = check(releases.release(), path)
    assert rule in failed(report)
    assert not report.passed


@pytest.mark.parametrize("form", ["xlsx", "word"])
def test_remarks_of_an_archive_and_parts_without_use_are_found(form: str, tmp_path: Path) -> None:
    path = made(form, tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"London: 3"
    assert "extras" in failed(check(releases.release(), path))
    path = made(form, tmp_path)
    part = {"xlsx": "xl/worksheets/sheet99.xml", "word": "customXml/item9.xml"}[form]
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(part, "<a>London: 3</a>")
    assert "extras" in failed(check(releases.release(), path))


CELL = r'<table:table-cell( table:style-name="number_1" [^>]*)>'
ODS: dict[str, list[tuple[str, str, str]]] = {
    "cells": [
        ("content.xml", "<text:p>49.0</text:p>", "<text:p>48.0</text:p>"),
        ("styles.xml", '<number:number-style style:name="digits_1">', r"\g<0><number:text/>"),
    ],
    "words": [
        ("content.xml", "Parts may not sum", "Parts sum"),
        ("content.xml", "A survey of all IROs in England", "London: 3"),
    ],
    "colours": [
        ("styles.xml", '(style:name="number_1".*?fo:font-size="12pt")', r'\1 fo:color="#ffffff"'),
        (
            "styles.xml",
            '(style:name="number_1".*?fo:font-size="12pt")',
            r'\1 style:text-line-through-style="solid"',
        ),
    ],
    "digits": [("content.xml", 'office:value="49.0"', 'office:value="48.97"')],
    "marked": [
        (
            "content.xml",
            r'office:value-type="string"><text:p>\[c\]',
            'office:value-type="float" office:value="3"><text:p>[c]',
        ),
        ("content.xml", r">(<text:p>\[c\])", r' office:string-value="3">\1'),
    ],
    "blank": [("content.xml", "<text:p>49.0</text:p>", "")],
    "formulas": [("content.xml", CELL, r'<table:table-cell table:formula="of:=49"\1>')],
    "links": [("content.xml", 'xlink:href="#[^"]*"', 'xlink:href="http://x.example/"')],
    "merged": [("content.xml", CELL, r'<table:table-cell table:number-columns-spanned="2"\1>')],
    "hidden": [
        ("content.xml", "<table:table-row ", '<table:table-row table:visibility="collapse" '),
        ("content.xml", 'style:column-width="[^"]*"', 'style:column-width="0cm"'),
        ("content.xml", 'style:row-height="[^"]*"', 'style:row-height="0pt"'),
    ],
    "marked-up": [("content.xml", 'table:name="table_1"', 'table:name="table 1"')],
    "filters": [("content.xml", 'display-filter-buttons="false"', 'display-filter-buttons="true"')],
    "fonts": [("styles.xml", 'fo:font-size="16pt"', 'fo:font-size="10pt"')],
    "fills": [
        ("styles.xml", "<style:table-cell-properties ", '\\g<0>fo:background-color="#ffff00" ')
    ],
    "wrapped": [("styles.xml", 'fo:wrap-option="wrap"', 'fo:wrap-option="no-wrap"')],
    "aligned": [
        (
            "styles.xml",
            r'(style:name="number_1".*?fo:text-align=)"end"',
            r'\1"start"',
        )
    ],
    "language": [
        ("styles.xml", 'fo:language="en"', 'fo:language="fr"'),
        ("meta.xml", "<dc:language>en-GB</dc:language>", ""),
    ],
    "title": [("meta.xml", "<dc:title>.*?</dc:title>", "")],
    "author": [("meta.xml", "<meta:initial-creator>.*?</meta:initial-creator>", "")],
    "cursor": [
        ("settings.xml", ">Cover<", ">Table 1<"),
        ("settings.xml", '(CursorPositionY" config:type="int">)0', r"\g<1>7"),
    ],
    "freeze": [
        (
            "settings.xml",
            '<config:config-item config:name="CursorPositionX"',
            '<config:config-item config:name="HorizontalSplitMode" config:type="short">2'
            "</config:config-item>\\g<0>",
        )
    ],
    "page-headers": [
        (
            "styles.xml",
            "<style:master-page ([^>]*)/>",
            r"<style:master-page \1><style:header><text:p "
            r'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">Draft</text:p>'
            r"</style:header></style:master-page>",
        )
    ],
    "extras": [
        (
            "meta.xml",
            "<office:meta>",
            '<office:meta><meta:user-defined meta:name="n">3</meta:user-defined>',
        ),
        ("meta.xml", "</office:meta>", r"<dc:description>London: 3</dc:description>\g<0>"),
        ("meta.xml", "</office:meta>", r"<meta:keyword>London: 3</meta:keyword>\g<0>"),
        ("content.xml", "<office:spreadsheet>", r"\g<0><!-- London: 3 -->"),
        ("content.xml", "<office:spreadsheet>", r"\g<0><table:tracked-changes/>"),
        ("content.xml", "<table:table ", r'\g<0>table:protected="true" '),
    ],
}


@pytest.mark.parametrize(
    ("rule", "change"), [(rule, change) for rule, some in ODS.items() for change in some]
)
def test_a_changed_open_document_fails(
    rule: str, change: tuple[str, str, str], tmp_path: Path
) -> None:
    path = made("ods", tmp_path)
    part, old, new = change
    edited(path, {part: (old, new)})
    report = check(releases.release(), path)
    assert rule in failed(report)
    assert not report.passed


# ---- pages and texts that somebody has changed ----

PAGE: dict[str, list[tuple[str, str]]] = {
    "cells": [(">49.0<", ">48.0<"), (">London<", ">Londinium<")],
    "one-thing": [(">49.0<", "><"), (">49.0<", ">49.0 (43–55)<")],
    "digits": [(">49.0<", ">48.97<")],
    "shorthand": [(r">\[c\]</td>", ">[NA]</td>"), (r">\[c\]</td>", ">..</td>")],
    "tables": [("(<caption><span[^>]*>)Table 1: Monitoring", r"\1Table 1: Watching")],
    "headers": [(">Percentage</th>", ">Share</th>"), (">Percentage</th>", "></th>")],
    "legend": [(r"<dt>\[u\]</dt>", "<dt>[x]</dt>")],
    "captions": [("<caption>.*?</caption>", "")],
    "scopes": [('<th scope="col" ', "<th ")],
    "associations": [
        ('<td class="num" headers="[^"]*"', "<td"),
        ('<th scope="row">London</th>', "<td>London</td>"),
    ],
    "grids": [(' rowspan="3"', "")],
    "headings": [("<h1>(.*?)</h1>", r"<h3>\1</h3>")],
    "landmarks": [("<nav (.*?)</nav>", r"<div \1</div>"), ('href="#content"', 'href="#notes"')],
    "identifiers": [('id="table-2"', 'id="table-1"'), ('href="#note-1"', 'href="#note-7"')],
    "scripts": [
        ("</main>", "<script>1</script></main>"),
        ("<table>", '<table onclick="x()">'),
        ("</main>", '<img src="http://x.example/y.png"></main>'),
        ("</style>", "@import 'x.css'</style>"),
    ],
    "links": [('href="#notes"', 'href="http://x.example/"')],
    "words": [
        ("Parts may not sum", "Parts sum"),
        ("</main>", "<p>London: 3</p></main>"),
        ("<main", "<!-- London: 3 --><main"),
        ("</style>", "td { color: #fff; }</style>"),
        ("</style>", "td::after { content: '3'; }</style>"),
        ("<dd>dfe</dd>", "<dd>none</dd>"),
        ("too unreliable to be published", "published with care"),
    ],
    "extras": [
        (r"<td class=\"num\">\[c\]", '<td class="num" title="3">[c]'),
        (r"<td class=\"num\">\[c\]", '<td class="num" aria-label="3">[c]'),
        ("<table>", '<table aria-hidden="true">'),
        ("<table>", '<table role="presentation">'),
        ('<meta name="viewport"[^>]*>', ""),
        ("<title>", '<meta name="description" content="London: 3"><title>'),
        (' tabindex="0"', ""),
        ("</main>", '<input value="3"></main>'),
        ("<main ", '<main lang="fr" '),
    ],
    "language": [('lang="en-GB"', 'lang="en"')],
    "author": [('<meta name="author"[^>]*>', "")],
    "title": [("<title>.*?</title>", "<title></title>")],
    "synthetic": [("<title>SYNTHETIC: ", "<title>")],
    "notes": [('<dt id="note-1">.*?</dd>', "")],
}


@pytest.mark.parametrize(
    ("rule", "change"), [(rule, change) for rule, some in PAGE.items() for change in some]
)
def test_a_changed_page_fails(rule: str, change: tuple[str, str], tmp_path: Path) -> None:
    path = made("html", tmp_path)
    text = path.read_text("utf-8")
    changed = re.sub(*change, text, count=1, flags=re.DOTALL)
    assert changed != text
    path.write_text(changed, "utf-8")
    report = check(releases.release(), path)
    assert rule in failed(report)
    assert not report.passed


DOCUMENT: dict[str, list[tuple[str, str]]] = {
    "cells": [(">49.0<", ">48.0<")],
    "repeated": [("<w:tblHeader/>", "")],
    "merged": [("<w:tcPr>", '<w:tcPr><w:gridSpan w:val="1"/>')],
    "extras": [
        ("<w:r>", "<w:r><w:rPr><w:vanish/></w:rPr>"),
        ("<w:r>", '<w:r><w:rPr><w:color w:val="FFFFFF"/></w:rPr>'),
        ("<w:r>", '<w:r><w:rPr><w:lang w:val="fr-FR"/></w:rPr>'),
        ('<w:tblDescription w:val="[^"]*"', '<w:tblDescription w:val="London: 3"'),
        ("<w:body>", "<w:body><!-- London: 3 -->"),
    ],
    "formulas": [("<w:r>", "<w:r><w:instrText>=1+1</w:instrText>")],
    "words": [
        ("Parts may not sum", "Parts sum"),
        ("<w:sectPr", r"<w:p><w:r><w:t>London: 3</w:t></w:r></w:p>\g<0>"),
    ],
    "links": [("<w:r>(.*?)</w:r>", r"<w:hyperlink><w:r>\1</w:r></w:hyperlink>")],
}


@pytest.mark.parametrize(
    ("rule", "change"), [(rule, change) for rule, some in DOCUMENT.items() for change in some]
)
def test_a_changed_document_fails(rule: str, change: tuple[str, str], tmp_path: Path) -> None:
    path = made("word", tmp_path)
    edited(path, {"word/document.xml": change})
    report = check(releases.release(), path)
    assert rule in failed(report)
    assert not report.passed


TEXTS: dict[str, list[tuple[str, str, str]]] = {
    "cells": [
        ("csv", ",49.0,", ",48.0,"),
        ("json", "\n      49.0,", "\n      48.0,"),
        ("markdown", "49.0", "48.0"),
    ],
    "digits": [("csv", ",49.0,", ",48.97,"), ("json", "\n      49.0,", "\n      48.97,")],
    "marked": [("csv", ",,c,", ",3,c,")],
    "one-thing": [("csv", ",49.0,", ",,"), ("markdown", r"\| 49.0 ", "| 49 (43–55) ")],
    "shorthand": [("markdown", r"\| \\\[c\\\] ", r"| .. ")],
    "formulas": [("csv", "London", "=1+1")],
    "described": [("csv", "total,column", "sum,column")],
    "headers": [("markdown", r"\| Percentage ", "| Share ")],
    "legend": [("markdown", r"\\\[u\\\] =", r"\\[x\\] =")],
    "tables": [("markdown", "## Table 1: ", "## Table 7: ")],
    "extras": [("json", '"edition": "1.0"', '"edition": "2.0"')],
    "words": [
        ("csv", ",percent,", ",count,"),
        ("csv", r"$", "\r\n"),
        ("json", '"format"', '"secret": 3, "format"'),
        ("json", '"dfe"', '"none"'),
        ("json", "Parts may not sum", "Parts sum"),
        ("markdown", r"$", "\n<!-- London: 3 -->\n"),
        ("markdown", "Parts may not sum", "Parts sum"),
        ("markdown", r"\| dfe", "| none"),
        ("markdown", "---:", ":---"),
    ],
}


@pytest.mark.parametrize(
    ("rule", "change"), [(rule, change) for rule, some in TEXTS.items() for change in some]
)
def test_a_changed_text_fails(rule: str, change: tuple[str, str, str], tmp_path: Path) -> None:
    form, old, new = change
    path = made(form, tmp_path)
    text = path.read_bytes().decode("utf-8")
    changed = re.sub(old, new, text, count=1)
    assert changed != text
    path.write_bytes(changed.encode("utf-8"))
    try:
        report = check(releases.release(), path)
    except ReadError:
        assert rule == "described"
        return
    assert rule in failed(report)
    assert not report.passed


# ---- files that can't be read ----


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_that_is_not_there_or_broken_is_an_error(form: str, tmp_path: Path) -> None:
    path = made(form, tmp_path)
    path.write_bytes(path.read_bytes()[:200])
    for place in (path, tmp_path / f"nowhere{writers.FORMATS[form].extension}"):
        try:
            report = check(releases.release(), place)
        except ReadError:
            continue
        assert not report.passed


@pytest.mark.parametrize(
    "change",
    [("Parts may not sum", "Parts sum"), ('"dfe"', '"none"'), ('"@context"', '"a": 3, "@context"')],
)
def test_changed_metadata_of_a_csv_fail(change: tuple[str, str], tmp_path: Path) -> None:
    path = made("csv", tmp_path)
    about = path.with_name(f"{path.name}-metadata.json")
    text = about.read_text("utf-8")
    assert change[0] in text
    about.write_text(text.replace(*change), "utf-8")
    assert "words" in failed(check(releases.release(), path))


def test_other_charts_than_ours_may_stand_in_a_page(tmp_path: Path) -> None:
    path = made("html", tmp_path)
    other = "<figure><img alt='A map' src='data:image/png;base64,AA'></figure></section>"
    path.write_text(path.read_text("utf-8").replace("</section>", other, 1), "utf-8")
    assert failed(check(releases.release(), path)) & {"words", "cells"} == set()


# ---- the report ----


def test_the_report_is_for_people_and_for_programs(tmp_path: Path) -> None:
    path = made("html", tmp_path)
    path.write_text(path.read_text("utf-8").replace(">49.0<", ">48.0<"), "utf-8")
    report = check(releases.release(), path)
    text = repr(report)
    assert "failed; " in text
    assert "FAIL   cells" in text
    assert "'48.0'" in text
    assert all(rule.rule.id in text for rule in report)
    page = report._repr_html_()
    assert page.count("<tr>") == len(report) + 1
    assert "<script" not in page
    plain = json.loads(json.dumps(report.to_dict()))
    assert plain["passed"] is False
    assert {one["id"] for one in plain["checks"] if not one["passed"]} == {"cells", "words"}
    with pytest.raises(KeyError):
        report["colour"]


def test_many_details_are_cut(tmp_path: Path) -> None:
    path = made("xlsx", tmp_path)
    book = openpyxl.load_workbook(path)
    for page in book:
        for row in page.rows:
            for one in row:
                one.font = Font(name="Calibri", sz=12)
    book.save(path)
    details = check(releases.release(), path)["fonts"].details
    assert len(details) == 11
    assert details[-1].startswith("and ")


# ---- any release ----


@st.composite
def anything(draw: st.DrawFn) -> Release:
    """A release of any shape, with any texts."""
    words = st.text(max_size=12)

    def label() -> str:
        # Headers and labels must be there; else they may hold anything.
        return draw(words) + draw(st.sampled_from("abc"))

    columns = []
    for at in range(draw(st.integers(1, 4))):
        spanners = tuple(f"{label()}" for _ in range(draw(st.integers(0, 2))))
        kind, unit = draw(
            st.sampled_from([("estimate", "percent"), ("base", "count"), ("significance", "text")])
        )
        decimals = draw(st.integers(0, 2)) if unit == "percent" else 0
        name = f"{label()} {at}"
        columns.append(PublishedColumn(name, spanners, label(), kind, unit, decimals))  # type: ignore[arg-type]
    stub = tuple(f"{label()} stub {at}" for at in range(draw(st.integers(1, 3))))

    def published(column: PublishedColumn) -> PublishedCell:
        if column.unit == "text":
            return PublishedCell(text=draw(st.sampled_from(["ns", "sss", "A B", "", "c"])))
        if draw(st.booleans()):
            return PublishedCell(mark=draw(st.sampled_from(["c", "u", "x", "z", "k", "low"])))
        value = draw(st.integers(-(10**7), 10**7)) / 10**column.decimals
        return PublishedCell(value=round(value, column.decimals))

    rows = tuple(
        PublishedRow(
            tuple(label() for _ in stub),
            tuple(published(column) for column in columns),
            draw(st.booleans()),
        )
        for _ in range(draw(st.integers(1, 5)))
    )
    table = PublishedTable(
        "any_table",
        1,
        TitleParts(label(), draw(words), draw(words), draw(words), draw(words)),
        stub,
        tuple(columns),
        rows,
        notes=(1,),
        remarks=tuple(draw(st.lists(words, max_size=3))),
        source=draw(words),
        synthetic=draw(st.booleans()),
    )
    return Release(
        label(),
        (table,),
        notes=(Note(1, label()),),
        about=tuple(draw(st.lists(words, max_size=2))),
        publisher=label(),
        policy={draw(words): draw(words)},
    )


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "ees"])
@settings(max_examples=20, deadline=None)
@given(release=anything())
def test_whatever_is_released_keeps_the_essential_rules(form: str, release: Release) -> None:
    with tempfile.TemporaryDirectory() as folder:
        report = check(release, made(form, Path(folder), release))
    broken = {one.rule.id for one in report.failures if one.rule.essential}
    # What derives from a suppressed estimate is the release's own affair.
    assert broken <= {"derived"}, report


# ---- from the table itself ----


def _plans() -> irosurvey.Table:
    data = {"region": ["North"] * 60 + ["South"] * 43, "met": [1, 0] * 50 + [1] * 3}
    return irosurvey.Table(irosurvey.Design(data).crosstab("region", "met"), title="Plans met")


@pytest.mark.parametrize("form", ["xlsx", "html", "csv", "json"])
def test_a_table_checks_itself_as_what_it_would_be_written_as(form: str, tmp_path: Path) -> None:
    found = _plans().check("dfe", form, publisher="A department")
    result = irosurvey.release(_plans(), "dfe", publisher="A department")
    path = result.write(tmp_path, form)[0]
    assert found.to_dict() == {**result.check(path).to_dict(), "path": path.name}
    assert found.passed
    assert found["cells"].passed


def test_a_table_that_nobody_publishes_fails_its_check() -> None:
    report = _plans().check()
    assert not report.passed
    assert report.form == "xlsx"
    assert [check.rule.id for check in report.failures if check.rule.essential] == ["author"]


def test_a_table_is_checked_under_its_own_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def watched(release: Release, path: Path) -> CheckReport:
        seen.append(release.policy["name"])
        return check(release, path)

    monkeypatch.setattr("irosurvey.tables.check.check", watched)
    _plans().check()
    _plans().with_policy("tre").check()
    _plans().with_policy("tre").check("none")
    assert seen == ["dfe", "tre", "none"]
    with pytest.raises(ArgumentError, match="formats: expected some of xlsx"):
        _plans().check(format="pdf")
