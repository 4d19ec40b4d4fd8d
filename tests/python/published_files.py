"""Reads the tables of a release from the bytes of its files, as anyone can who downloads them.

Shares nothing with the writers: archives are unpacked, and their XML and HTML are parsed, here.
Every reader gives the same figures, or one file tells what another doesn't.
"""

from __future__ import annotations

import csv
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

__all__ = ["READERS", "Figure", "figures"]


@dataclass(frozen=True, order=True)
class Figure:
    """A number, or the letter of a mark, with its table, its row and the header above it.

    Several labels of a row are joined by bars, as far as the format tells labels from numbers.
    """

    table: int
    row: str
    header: str
    text: str


def figures(path: Path) -> list[Figure]:
    """What the tables of a file say, by its ending."""
    return sorted(READERS[path.suffix](path))


def _number(text: str) -> str:
    """Digits as they are, without what is there for the eye; a mark as its letter."""
    return text.replace(",", "").strip().strip("[]")


def _shortest(text: str) -> str:
    """A number without the noughts that only a column's decimals give it."""
    return f"{float(text):.12g}" if re.fullmatch(r"-?[\d.]+", text) else text


def _joined(labels: list[str]) -> str:
    return "|".join(labels).rstrip("|")


def _csv(path: Path) -> Iterator[Figure]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        for line in csv.DictReader(file):
            levels = [line[name] for name in line if name.startswith("spanner_") and line[name]]
            text = _shortest(line["mark"] or line["text"] or _number(line["value"]))
            header = ": ".join([*levels, line["heading"]])
            labels = [line[name] for name in line if name.startswith("label_")]
            yield Figure(int(line["table"]), _joined(labels), header, text)


def _json(path: Path) -> Iterator[Figure]:
    for table in json.loads(path.read_text("utf-8"))["tables"]:
        for row in table["rows"]:
            for column, cell in zip(table["columns"], row["cells"], strict=True):
                header = ": ".join([*column["spanners"], column["heading"]])
                text = "".join(cell.values()) if isinstance(cell, dict) else repr(cell)
                yield Figure(table["number"], _joined(row["labels"]), header, _shortest(text))


class _Page(HTMLParser):
    """Cells of every table with their spans; the first header of a row is its label."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[tuple[str, int, int]]]] = []
        self._open = False
        self._spans = 1, 1
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in ("th", "td"):
            self._open, self._text = True, ""
            self._spans = int(found.get("colspan") or 1), int(found.get("rowspan") or 1)

    def handle_data(self, data: str) -> None:
        if self._open:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("th", "td"):
            self._open = False
            self.tables[-1][-1].append((self._text.strip(), *self._spans))


def _html(path: Path) -> Iterator[Figure]:
    page = _Page()
    page.feed(path.read_text("utf-8"))
    for number, rows in enumerate(page.tables, 1):
        width = sum(across for _, across, _ in rows[0])
        depth = max(down for _, _, down in rows[0])
        heads: list[list[str]] = [[] for _ in range(width)]
        taken = [[False] * width for _ in range(depth)]
        for level in range(depth):
            at = 0
            for text, across, down in rows[level]:
                while taken[level][at]:
                    at += 1
                for column in range(at, at + across):
                    heads[column].append(text)
                    for below in range(level, level + down):
                        taken[below][column] = True
                at += across
        for label, *cells in rows[depth:]:
            for header, (text, _, _) in zip(heads[1:], cells, strict=True):
                yield Figure(number, label[0], ": ".join(header), _shortest(_number(text)))


_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ROLE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def _xlsx(path: Path) -> Iterator[Figure]:
    with zipfile.ZipFile(path) as archive:
        texts = [
            "".join(part.text or "" for part in one.iter(f"{_SHEET}t"))
            for one in ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
        ]
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        targets = {
            one.get("Id"): one.get("Target", "")
            for one in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        }
        for sheet in book.iter(f"{_SHEET}sheet"):
            name = re.fullmatch(r"Table (\d+)", sheet.get("name", ""))
            if name:
                place = targets[sheet.get(_ROLE)].removeprefix("/xl/")
                rows = _xlsx_rows(archive.read(f"xl/{place}"), texts)
                yield from _grid(int(name[1]), rows)


def _xlsx_rows(data: bytes, texts: list[str]) -> Iterator[list[str]]:
    for row in ElementTree.fromstring(data).iter(f"{_SHEET}row"):
        found = []
        for cell in row.iter(f"{_SHEET}c"):
            # A formula beside the value would be a way back to what it was made of.
            assert cell.find(f"{_SHEET}f") is None
            value = cell.findtext(f"{_SHEET}v") or ""
            found.append(texts[int(value)] if cell.get("t") == "s" else value)
        yield found


_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


def _ods(path: Path) -> Iterator[Figure]:
    with zipfile.ZipFile(path) as archive:
        content = ElementTree.fromstring(archive.read("content.xml"))
    for sheet in content.iter(f"{_TABLE}table"):
        name = re.fullmatch(r"Table (\d+)", sheet.get(f"{_TABLE}name", ""))
        if name:
            yield from _grid(int(name[1]), _ods_rows(sheet))


def _ods_rows(sheet: ElementTree.Element) -> Iterator[list[str]]:
    for row in sheet.iter(f"{_TABLE}table-row"):
        found = []
        for cell in row.iter(f"{_TABLE}table-cell"):
            assert cell.get(f"{_TABLE}formula") is None
            seen = "".join("".join(part.itertext()) for part in cell.iter(f"{_TEXT}p"))
            value = cell.get(f"{_OFFICE}value")
            if value is not None:
                # The number behind a cell has no more digits than the text in front of it.
                assert _shortest(value) == _shortest(_number(seen)), (value, seen)
            found.append(seen)
        yield found


def _grid(number: int, rows: Iterator[list[str]]) -> Iterator[Figure]:
    """The marked-up table of a sheet: the rows of more than one cell, headers first."""
    full = [row for row in rows if len([text for text in row if text]) > 1]
    heads, *body = full
    for label, *cells in body:
        for header, text in zip(heads[1:], cells, strict=True):
            yield Figure(number, label, header, _shortest(_number(text)))


READERS: Mapping[str, Callable[[Path], Iterator[Figure]]] = {
    ".csv": _csv,
    ".json": _json,
    ".html": _html,
    ".xlsx": _xlsx,
    ".ods": _ods,
}
"""By the ending of a file."""
