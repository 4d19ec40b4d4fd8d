"""A release as one long CSV, a published cell a line, with CSVW metadata beside it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, get_args

from irosurvey._files import replace_files
from irosurvey.tables.published import (
    SHORTHAND,
    Kind,
    PublishedCell,
    PublishedColumn,
    Release,
    Unit,
)
from irosurvey.tables.safe_text import defused
from irosurvey.tables.writers._prepare import prepared
from irosurvey.tables.writers._words import (
    SYNTHETIC_SENTENCE,
    contact_lines,
    facts,
    heading,
    release_heading,
)

__all__ = ["metadata_path", "number_text", "write"]

_KINDS: Final = get_args(Kind)
_UNITS: Final = get_args(Unit)
_TITLES: Final = {
    "table": ("integer", "Table", "Number of the table in the release."),
    "name": ("string", "Name", "Name of the table: letters, digits, underscores."),
    "title": ("string", "Title", "Title of the table."),
    "row": ("integer", "Row", "Number of the row in its table."),
    "stub": ("string", "What the label names", "Title of a column of row labels."),
    "label": ("string", "Label", "Label of the row."),
    "total": ("boolean", "Total", "Whether the row is a total."),
    "column": ("integer", "Column", "Number of the column in its table."),
    "header": ("string", "Header", "Whole header of the column, unique in its table."),
    "spanner": ("string", "Spanner", "Header above the column's own, outermost first."),
    "heading": ("string", "Heading", "The column's own header."),
    "kind": ("string", "Kind", "Which number of the estimate it is."),
    "unit": ("string", "Unit", "What the number counts; percent is 0 to 100."),
    "value": ("decimal", "Value", "The published number; empty where a mark stands in its place."),
    "mark": ("string", "Mark", "Shorthand in place of a number; empty where there is one."),
    "text": ("string", "Text", "The cell of a column of texts (significance)."),
}


def write(release: Release, path: str | Path) -> list[Path]:
    """Write the long CSV, and ``<path>-metadata.json`` beside it.

    Parameters
    ----------
    release
        What may be published.
    path
        Of the CSV.

    Returns
    -------
    list of Path
        Both files.

    Notes
    -----
    One line a cell: numbers of table, row and column, the labels, then ``value``, ``mark`` and
    ``text``, of which one is filled. A number has the decimals that its table shows. Texts that a
    spreadsheet would run have an apostrophe before them. The metadata follow the W3C's
    recommendation "Metadata Vocabulary for Tabular Data" (2015).
    """
    release = prepared(release)
    place = Path(path)
    names = _column_names(release)
    sheet = _lines(release, names)
    about = json.dumps(_metadata(release, place.name, names), ensure_ascii=False, indent=2)
    return replace_files(
        {place: sheet.encode(), metadata_path(place): (about + "\n").encode("utf-8")}
    )


def metadata_path(path: Path) -> Path:
    """Where CSVW looks for the metadata of a CSV."""
    return path.with_name(path.name + "-metadata.json")


def number_text(cell: PublishedCell, column: PublishedColumn) -> str:
    """The number with its decimals, for machines; ``""`` where there is none."""
    return "" if cell.value is None else f"{cell.value:.{column.decimals}f}"


# ---- lines ----


def _column_names(release: Release) -> list[str]:
    stubs = range(1, max(1, *(len(table.stub) for table in release)) + 1)
    depth = max(len(column.spanners) for table in release for column in table.columns)
    return [
        *("table", "name", "title", "row"),
        *(f"{kind}_{place}" for place in stubs for kind in ("stub", "label")),
        *("total", "column", "header"),
        *(f"spanner_{place}" for place in range(1, depth + 1)),
        *("heading", "kind", "unit", "value", "mark", "text"),
    ]


def _lines(release: Release, names: Sequence[str]) -> str:
    sink = io.StringIO()
    writer = csv.DictWriter(
        sink, names, restval="", quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n"
    )
    writer.writeheader()
    for table in release:
        title = defused(heading(table))
        for at_row, row in enumerate(table.rows, 1):
            stub = {
                f"{kind}_{place}": defused(text)
                for place, pair in enumerate(zip(table.stub, row.labels, strict=True), 1)
                for kind, text in zip(("stub", "label"), pair, strict=True)
            }
            for at_column, (cell, column) in enumerate(
                zip(row.cells, table.columns, strict=True), 1
            ):
                line = {
                    "table": table.number,
                    "name": table.name,
                    "title": title,
                    "row": at_row,
                    **stub,
                    "total": "true" if row.total else "false",
                    "column": at_column,
                    **_column(column),
                    "value": number_text(cell, column),
                    "mark": cell.mark,
                    "text": defused(cell.text),
                }
                writer.writerow(line)
    return sink.getvalue()


def _column(column: PublishedColumn) -> dict[str, str]:
    spanners = {f"spanner_{place}": defused(text) for place, text in enumerate(column.spanners, 1)}
    return {
        "header": defused(column.name),
        **spanners,
        "heading": defused(column.heading),
        "kind": column.kind,
        "unit": column.unit,
    }


# ---- metadata ----


def _metadata(release: Release, url: str, names: Sequence[str]) -> Mapping[str, Any]:
    known = {
        "dc:title": release_heading(release),
        "dc:language": release.language,
        "dc:publisher": release.publisher,
        "dc:issued": release.published.isoformat() if release.published else "",
        "schema:version": release.version,
        "dc:description": " ".join(
            [*([SYNTHETIC_SENTENCE] if release.synthetic else []), *release.about]
        ),
    }
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": release.language}],
        "url": url,
        "dialect": {"encoding": "utf-8", "header": True, "delimiter": ",", "quoteChar": '"'},
        **{name: value for name, value in known.items() if value},
        **_contact(release),
        "notes": [*_tables(release), *_notes(release)],
        "schema:additionalProperty": [
            {
                "@type": "schema:PropertyValue",
                "schema:category": fact.part,
                "schema:name": fact.name,
                "schema:value": fact.value,
            }
            for fact in facts(release)
        ],
        "tableSchema": {
            "columns": [_schema(release, name) for name in names],
            "primaryKey": ["table", "row", "column"],
        },
    }


def _contact(release: Release) -> Mapping[str, Any]:
    keys = {"Contact": "schema:name", "Email": "schema:email", "Telephone": "schema:telephone"}
    lines = {keys[name]: text for name, text in contact_lines(release)}
    return {"schema:contactPoint": {"@type": "schema:ContactPoint", **lines}} if lines else {}


def _tables(release: Release) -> list[Mapping[str, Any]]:
    return [
        {
            "schema:identifier": table.name,
            "schema:name": heading(table),
            "schema:description": list(table.remarks),
            "schema:isBasedOn": table.source,
            "schema:citation": [f"[note {number}]" for number in table.notes],
            "schema:keywords": list(table.marks),
        }
        for table in release
    ]


def _notes(release: Release) -> list[Mapping[str, Any]]:
    return [
        {"schema:identifier": f"[note {note.number}]", "schema:text": note.text}
        for note in release.notes
    ]


def _schema(release: Release, name: str) -> Mapping[str, Any]:
    kind, _, place = name.partition("_")
    datatype, title, about = _TITLES[kind]
    marks = [mark for mark in SHORTHAND if any(mark in table.marks for table in release)]
    form: Any = datatype
    if kind == "kind":
        form = {"base": "string", "format": "|".join(_KINDS)}
    elif kind == "unit":
        form = {"base": "string", "format": "|".join(_UNITS)}
    elif kind == "mark":
        form = {"base": "string", "format": "|".join(marks)} if marks else "string"
        about += "".join(f" {mark}: {SHORTHAND[mark]}." for mark in marks)
    elif datatype == "boolean":
        form = {"base": "boolean", "format": "true|false"}
    required = kind not in ("stub", "label", "spanner", "value", "mark", "text")
    return {
        "name": name,
        "titles": name,
        "datatype": form,
        "required": required,
        "dc:title": f"{title} {place}".strip(),
        "dc:description": about,
    }
