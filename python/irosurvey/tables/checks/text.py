"""Files for programs and Markdown, read back, and their rules."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from irosurvey.layout import number
from irosurvey.tables.checks.content import ReadCell, ReadFile, ReadTable
from irosurvey.tables.checks.report import Findings
from irosurvey.tables.published import SHORTHAND, Release
from irosurvey.tables.safe_text import would_run
from irosurvey.tables.writers._words import SIGNIFICANCE, shown
from irosurvey.tables.writers.csv import metadata_path
from irosurvey.tables.writers.json import read as read_release

__all__ = ["check_csv", "check_json", "csv_content", "json_content", "markdown_content"]

_Lines = list[dict[str, str]]


def _undefused(text: str) -> str:
    """A text without the apostrophes that defuse it."""
    text = re.sub("([;,\t\"]\\s*)'(?=[=+\\-@＝＋－＠])", r"\1", text)
    return text[1:] if text.startswith("'") and would_run(text[1:]) else text


# ---- CSV ----


def _lines(path: Path) -> _Lines:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, restval=""))


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def _flat(value: Any, name: str = "") -> Iterator[str]:
    """Every value of a document by its name."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _flat(one, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from _flat(one, f"{name}[{place}]")
    else:
        yield f"{name}: {json.dumps(value, ensure_ascii=False)}"


def _metadata(path: Path) -> Mapping[str, Any]:
    beside = metadata_path(path)
    found: Any = json.loads(beside.read_text("utf-8")) if beside.exists() else {}
    return found if isinstance(found, dict) else {}


def csv_content(path: Path) -> ReadFile:
    """What the CSV and its metadata show."""
    about = _metadata(path)
    lines = _lines(path)
    tables = [
        _csv_table(list(group), about)
        for _, group in itertools.groupby(lines, lambda line: line.get("table", ""))
    ]
    language = about.get("dc:language", "")
    told = "\n".join(
        f"{one.get('schema:identifier')} {one.get('schema:text')}" for one in about.get("notes", ())
    )
    return ReadFile(
        about.get("dc:title", ""),
        about.get("dc:publisher", ""),
        language,
        tuple(tables),
        told,
        (*_flat(about), *map(str, _rows(path))),
    )


def _csv_table(lines: Sequence[dict[str, str]], about: Mapping[str, Any]) -> ReadTable:
    first = [line for line in lines if line["row"] == lines[0]["row"]]
    stubs = [key for key in lines[0] if key.startswith("stub_") and lines[0][key]]
    labels = [key.replace("stub_", "label_") for key in stubs]
    rows = []
    for _, group in itertools.groupby(lines, lambda line: line["row"]):
        cells = list(group)
        stub = [ReadCell(_undefused(cells[0][key])) for key in labels]
        rows.append((*stub, *map(_csv_cell, cells)))
    headers = [*(lines[0][key] for key in stubs), *(line["header"] for line in first)]
    return ReadTable(
        _undefused(lines[0]["title"]),
        tuple(map(_undefused, headers)),
        tuple(rows),
        _csv_lead(lines[0]["name"], about),
    )


def _csv_cell(line: Mapping[str, str]) -> ReadCell:
    written, mark, text = line["value"], line["mark"], _undefused(line["text"])
    if written:
        decimals = len(written.partition(".")[2])
        seen = number(float(written), decimals)
        return ReadCell(f"[{mark}]" if mark else seen, float(written), written)
    if mark:
        return ReadCell(f"[{mark}]")
    return ReadCell(f"[{text}]" if text in SIGNIFICANCE else text)


def _csv_lead(name: str, about: Mapping[str, Any]) -> str:
    """What the metadata say of a table: its remarks, its notes, its shorthand."""
    for note in about.get("notes", ()):
        if note.get("schema:identifier") == name:
            said = [*note.get("schema:description", ()), *note.get("schema:citation", ())]
            said += [
                f"[{one}] = {SHORTHAND.get(one, '')}" for one in note.get("schema:keywords", ())
            ]
            return "\n".join(map(str, said))
    return ""


def check_csv(found: Findings, path: Path) -> None:
    """Look at every rule of a CSV with metadata."""
    lines = _lines(path)
    about = _metadata(path)
    names = list(lines[0]) if lines else []
    known = [one.get("name") for one in about.get("tableSchema", {}).get("columns", ())]
    found.rule("described", [] if names == known else [f"{known} in place of {names}"])
    found.rule("formulas", _running(lines))
    text = path.read_text("utf-8")
    empty = [] if io.StringIO(text).readline().strip() else ["the first line is blank"]
    found.rule("described", empty)


def _running(lines: _Lines) -> Iterator[str]:
    for at, line in enumerate(lines, 2):
        for name, value in line.items():
            number_like = name == "value" and re.fullmatch(r"-?\d+(\.\d+)?", value)
            if not number_like and would_run(value):
                yield f"line {at}, {name}"


# ---- JSON ----


def json_content(path: Path) -> ReadFile:
    """What the document shows."""
    text = path.read_text("utf-8")
    document = json.loads(text)
    release = read_release(path)
    tables = []
    for table, raw in zip(release, document["tables"], strict=True):
        rows = []
        for row, raw_row in zip(table.rows, raw["rows"], strict=True):
            cells = [
                ReadCell(
                    shown(cell, column),
                    cell.value,
                    _written(raw_cell),
                )
                for cell, column, raw_cell in zip(
                    row.cells, table.columns, raw_row["cells"], strict=True
                )
            ]
            rows.append((*map(ReadCell, row.labels), *cells))
        headers = (*table.stub, *(column.name for column in table.columns))
        said = [*table.remarks, *(f"[note {one}]" for one in table.notes)]
        said += [f"[{one}] = {document['shorthand'].get(one, '')}" for one in raw["shorthand"]]
        tables.append(ReadTable(raw["heading"], headers, tuple(rows), "\n".join(said)))
    notes = "\n".join(f"[note {note.number}] {note.text}" for note in release.notes)
    return ReadFile(
        document["heading"],
        release.publisher,
        release.language,
        tuple(tables),
        notes,
        tuple(_flat(document)),
    )


def _written(raw: object) -> str:
    if isinstance(raw, dict):
        return str(raw.get("value", ""))
    return json.dumps(raw)


def check_json(found: Findings, release: Release, path: Path) -> None:
    """Look at every rule of a document."""
    read = read_release(path)
    wanted = release
    differ = [
        name
        for name in ("title", "notes", "about", "publisher", "contact", "published", "version")
        if getattr(read, name) != getattr(wanted, name)
    ]
    found.rule("extras", [f"{name} isn't that of the release" for name in differ])


# ---- Markdown ----


def markdown_content(path: Path) -> ReadFile:
    """What the document shows."""
    text = path.read_text("utf-8")
    blocks = text.split("\n\n")
    title = _unescaped(blocks[0].removeprefix("# "))
    publisher = re.search(r"^- Publisher: (.*)$", text, flags=re.MULTILINE)
    tables: list[ReadTable] = []
    lead: list[str] = []
    for block in blocks[1:]:
        if block.startswith("## "):
            lead = [_unescaped(block[3:])]
        elif block.startswith("| ") and lead and lead[0].startswith("Table "):
            tables.append(_markdown_table(block, lead))
        else:
            lead.append(_unescaped(block))
    _, _, notes = text.partition("## Notes\n")
    return ReadFile(
        title,
        _unescaped(publisher[1]) if publisher else "",
        None,
        tuple(tables),
        _unescaped(notes),
        tuple(line.rstrip() for line in text.rstrip().split("\n")),
        numbers=False,
    )


def _markdown_table(block: str, lead: Sequence[str]) -> ReadTable:
    rows = [_cells(line) for line in block.strip().split("\n")]
    return ReadTable(
        lead[0],
        tuple(rows[0]),
        tuple(tuple(map(ReadCell, row)) for row in rows[2:]),
        "\n".join(lead),
    )


def _cells(line: str) -> list[str]:
    parts = re.split(r"(?<!\\)\|", line.strip())[1:-1]
    return [_unescaped(part.strip()) for part in parts]


def _unescaped(text: str) -> str:
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)
