"""A release as one JSON document: everything that is published, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from irosurvey._complaint import complaint
from irosurvey._files import replace_files
from irosurvey.errors import ReadError
from irosurvey.tables.published import (
    SHORTHAND,
    Contact,
    CountName,
    Note,
    PublishedCell,
    PublishedColumn,
    PublishedRow,
    PublishedTable,
    Release,
    TitleParts,
)
from irosurvey.tables.safe_text import one_line
from irosurvey.tables.writers._prepare import prepared
from irosurvey.tables.writers._words import heading, release_heading

__all__ = ["FORMAT", "VERSION", "document", "read", "schema", "write"]

FORMAT: Final = "irosurvey-release"
VERSION: Final = 1
"""Raised when a reader of the older documents would misread a newer one."""


def write(release: Release, path: str | Path) -> list[Path]:
    """Write the release as JSON; :func:`schema` describes it, :func:`read` reads it again.

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
    """
    text = json.dumps(document(release), ensure_ascii=False, indent=1, allow_nan=False)
    return replace_files({Path(path): (text + "\n").encode("utf-8")})


def document(release: Release) -> Mapping[str, Any]:
    """The release as plain values. A cell is a number, ``{"mark": "c"}`` or ``{"text": "a"}``."""
    release = prepared(release)
    marks = [mark for mark in SHORTHAND if any(mark in table.marks for table in release)]
    return {
        "format": FORMAT,
        "version": VERSION,
        "title": release.title,
        "heading": release_heading(release),
        "synthetic": release.synthetic,
        "language": release.language,
        "publisher": release.publisher,
        "contact": {
            "name": release.contact.name,
            "email": release.contact.email,
            "telephone": release.contact.telephone,
        },
        "published": release.published.isoformat() if release.published else None,
        "next_update": release.next_update,
        "edition": release.version,
        "about": list(release.about),
        "shorthand": {mark: SHORTHAND[mark] for mark in marks},
        "notes": [{"number": note.number, "text": note.text} for note in release.notes],
        "tables": [_table(table) for table in release],
        "policy": _plain(release.policy),
        "provenance": _plain(release.provenance),
        "balance": _plain(release.balance),
    }


def _table(table: PublishedTable) -> Mapping[str, Any]:
    return {
        "name": table.name,
        "number": table.number,
        "heading": heading(table),
        "title": {
            "subject": table.title.subject,
            "statistic": table.title.statistic,
            "population": table.title.population,
            "area": table.title.area,
            "period": table.title.period,
        },
        "synthetic": table.synthetic,
        "remarks": list(table.remarks),
        "figures": list(table.figures),
        "source": table.source,
        "notes": list(table.notes),
        "shorthand": list(table.marks),
        "level": table.level,
        "ordered": table.ordered,
        "chart": table.chart,
        "stub": list(table.stub),
        "columns": [
            {
                "name": column.name,
                "spanners": list(column.spanners),
                "heading": column.heading,
                "kind": column.kind,
                "unit": column.unit,
                "decimals": column.decimals,
            }
            for column in table.columns
        ],
        "rows": [
            {
                "labels": list(row.labels),
                "total": row.total,
                "cells": [_cell(*pair) for pair in zip(row.cells, table.columns, strict=True)],
            }
            for row in table.rows
        ],
        "counts": [
            {
                "sample": one.sample,
                "domain": one.domain,
                "where": {name: list(codes) for name, codes in one.where},
            }
            for one in table.counts
        ],
        "counted": [[list(pair) for pair in row] for row in table.counted],
        "divided": list(table.divided),
        "weighted": table.weighted,
    }


def _cell(cell: PublishedCell, column: PublishedColumn) -> object:
    if cell.value is not None:
        return int(cell.value) if column.decimals == 0 else cell.value
    return {"mark": cell.mark} if cell.mark else {"text": cell.text}


def _plain(value: object) -> object:
    """Values that JSON has; what it hasn't becomes a text."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else _finite(value)
    if isinstance(value, Mapping):
        return {one_line(str(name)): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, set | frozenset):
        return sorted((_plain(one) for one in value), key=str)
    return one_line(str(value))


def _finite(value: float) -> object:
    return value if abs(value) != float("inf") and value == value else str(value)


# ---- reading ----


def schema() -> dict[str, Any]:
    """The JSON Schema of the document."""
    text = files("irosurvey.tables.writers").joinpath("release.schema.json").read_text("utf-8")
    described: dict[str, Any] = json.loads(text)
    return described


def read(path: str | Path) -> Release:
    """Read what :func:`write` wrote.

    Raises
    ------
    ReadError
        It isn't such a document, or one of a newer version.
    """
    place = Path(path)
    try:
        found = json.loads(place.read_text("utf-8"))
        known = found["format"] == FORMAT and found["version"] == VERSION
        if known:
            return _release(found)
    except OSError as error:
        raise _unread(place, f"a file that can't be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise _unread(place, f"something else ({error})") from error
    raise _unread(place, f"format {found['format']!r}, version {found['version']!r}")


def _unread(place: Path, found: str) -> ReadError:
    return complaint(
        ReadError,
        str(place),
        expected=f"a release as JSON ({FORMAT}, version {VERSION})",
        found=found,
        remedy="write the release with `--format json`",
    )


def _release(found: Mapping[str, Any]) -> Release:
    published = found["published"]
    return Release(
        title=found["title"],
        tables=tuple(_read_table(table) for table in found["tables"]),
        notes=tuple(Note(note["number"], note["text"]) for note in found["notes"]),
        about=tuple(found["about"]),
        publisher=found["publisher"],
        contact=Contact(**found["contact"]),
        published=date.fromisoformat(published) if published else None,
        next_update=found["next_update"],
        version=found["edition"],
        language=found["language"],
        policy=found["policy"],
        provenance=found["provenance"],
        balance=found["balance"],
        synthetic=found["synthetic"],
    )


def _read_table(found: Mapping[str, Any]) -> PublishedTable:
    return PublishedTable(
        name=found["name"],
        number=found["number"],
        title=TitleParts(**found["title"]),
        stub=tuple(found["stub"]),
        columns=tuple(
            PublishedColumn(**{**column, "spanners": tuple(column["spanners"])})
            for column in found["columns"]
        ),
        rows=tuple(
            PublishedRow(tuple(row["labels"]), tuple(map(_read_cell, row["cells"])), row["total"])
            for row in found["rows"]
        ),
        notes=tuple(found["notes"]),
        remarks=tuple(found["remarks"]),
        source=found["source"],
        marks=tuple(found["shorthand"]),
        synthetic=found["synthetic"],
        level=found["level"],
        ordered=found["ordered"],
        chart=found["chart"],
        counts=tuple(
            CountName(
                one["sample"],
                one["domain"],
                tuple((name, tuple(codes)) for name, codes in one["where"].items()),
            )
            for one in found.get("counts", ())
        ),
        counted=tuple(
            tuple((base, part) for base, part in row) for row in found.get("counted", ())
        ),
        divided=tuple(found.get("divided", ())),
        weighted=found.get("weighted", True),
        figures=tuple(found.get("figures", ())),
    )


def _read_cell(found: Any) -> PublishedCell:
    return PublishedCell(**found) if isinstance(found, dict) else PublishedCell(value=float(found))
