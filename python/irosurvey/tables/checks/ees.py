"""Pairs of files for Explore Education Statistics, read back, and their rules."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

from irosurvey.tables.checks.content import differences
from irosurvey.tables.checks.report import Findings
from irosurvey.tables.published import PublishedTable, Release
from irosurvey.tables.safe_text import would_run
from irosurvey.tables.writers import ees
from irosurvey.tables.writers._words import SYNTHETIC

__all__ = ["check_pair", "is_pair"]

_Lines = list[dict[str, str]]

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_SNAKE = re.compile(r"[a-z][a-z0-9_]*")
_SYMBOLS = frozenset({"z", "x", "c", "k", "low", "u"})


def _lines(path: Path) -> _Lines:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, restval=""))


def is_pair(path: Path) -> bool:
    """Whether a CSV is the data of such a pair, by the first of its columns."""
    if not path.exists():
        return False
    with path.open(encoding="utf-8", newline="") as file:
        return file.readline().startswith("time_period,")


def check_pair(found: Findings, release: Release, path: Path) -> None:
    """Look at every rule of a data file and its metadata."""
    data, about = _lines(path), _lines(path.with_suffix(".meta.csv"))
    number = re.search(r"-table-(\d+)\.csv$", path.name)
    tables = [table for table in release if number and table.number == int(number[1])]
    found.rule("tables", [] if tables else [f"{path.name} names no table of the release"])
    indicators = [line for line in about if line["col_type"] == "Indicator"]
    found.rule("described", _described(data, about))
    found.rule("places", _places(data))
    found.rule("observations", _twice(data, indicators))
    found.rule("one-thing", _figures(data, indicators))
    found.rule("digits", _digits(data, indicators))
    found.rule("formulas", _running([*data, *about]))
    for table in tables:
        found.rule("cells", _cells(table, data))
        identifier = data[0]["time_identifier"] if data else ""
        wanted = ees.metadata_lines(table, identifier)
        found.rule("described", differences(list(map(str, about)), list(map(str, wanted))))
        said = all(line.get("data_status") == SYNTHETIC for line in data)
        found.rule("synthetic", [] if said or not table.synthetic else ["the data don't say so"])


def _described(data: _Lines, about: _Lines) -> Iterator[str]:
    columns = list(data[0]) if data else []
    for name in columns:
        if not _SNAKE.fullmatch(name):
            yield f"{name!r} isn't snake case"
    fixed = ("time_period", "time_identifier", "geographic_level", "country_code", "country_name")
    yield from (f"no column {name!r}" for name in fixed if name not in columns)
    for line in about:
        if line["col_name"] not in columns:
            yield f"{line['col_name']!r} isn't in the data"
        if not line["label"]:
            yield f"{line['col_name']!r} has no label"
    known = {*fixed, "region_code", "region_name", *(line["col_name"] for line in about)}
    for name in columns:
        # A column that says the same in every line is no filter.
        if name not in known and len({line[name] for line in data}) > 1:
            yield f"{name!r} has several values and no description"
    for line in about:
        if line["col_type"] not in ("Filter", "Indicator"):
            yield f"{line['col_name']!r} is neither a filter nor an indicator"
        elif line["col_type"] == "Indicator" and not line["indicator_dp"].isdigit():
            yield f"{line['col_name']!r} has no number of decimals"
    labels = [line["label"] for line in about]
    yield from (f"the label {one!r} twice" for one in set(labels) if labels.count(one) > 1)


def _places(data: _Lines) -> Iterator[str]:
    """Periods as long as their kind asks, levels, and codes with the names that they are of."""
    countries = {(code, name) for name, code in ees.COUNTRIES.items()}
    regions = {(code, name) for name, code in ees.REGIONS.items()}
    for at, line in enumerate(data, 2):
        period, kind = line["time_period"], line["time_identifier"]
        if not period.isdigit() or len(period) != ees.TIME_IDENTIFIERS.get(kind):
            yield f"line {at}: {kind} {period!r}"
        if (line["country_code"], line["country_name"]) not in countries:
            yield f"line {at}: country {line['country_code']!r}, {line['country_name']!r}"
        region = line.get("region_code", ""), line.get("region_name", "")
        level = line["geographic_level"]
        if level not in ("National", "Regional"):
            yield f"line {at}: level {level!r}"
        elif (region not in regions) if level == "Regional" else region != ("", ""):
            yield f"line {at}: {level}, region {region[0]!r}, {region[1]!r}"


def _twice(data: _Lines, indicators: _Lines) -> Iterator[str]:
    figures = {one["col_name"] for one in indicators}
    seen: dict[tuple[str, ...], int] = {}
    for at, line in enumerate(data, 2):
        key = tuple(value for name, value in line.items() if name not in figures)
        if key in seen:
            yield f"lines {seen[key]} and {at}"
        seen[key] = at


def _figures(data: _Lines, indicators: _Lines) -> Iterator[str]:
    for at, line in enumerate(data, 2):
        for one in indicators:
            value = line.get(one["col_name"], "")
            if not _NUMBER.fullmatch(value) and value not in _SYMBOLS:
                yield f"line {at}, {one['col_name']}: {value!r}"


def _digits(data: _Lines, indicators: _Lines) -> Iterator[str]:
    for at, line in enumerate(data, 2):
        for one in indicators:
            digits = line.get(one["col_name"], "").partition(".")[2]
            if len(digits) > int(one["indicator_dp"] or 0):
                yield f"line {at}, {one['col_name']}"


def _running(lines: Sequence[dict[str, str]]) -> Iterator[str]:
    for line in lines:
        for name, value in line.items():
            if not _NUMBER.fullmatch(value) and would_run(value):
                yield f"{name}: {value!r}"


def _cells(table: PublishedTable, data: _Lines) -> Iterator[str]:
    identifier = data[0]["time_identifier"] if data else ""
    wanted = ees.data_lines(table, identifier)
    for at, (one, other) in enumerate(zip_longest(data, wanted), 2):
        if one != other:
            yield f"line {at}"
