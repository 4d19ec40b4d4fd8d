"""A release as the pairs of CSV files that DfE's Explore Education Statistics takes.

Each table is a data file and a file of metadata of the same name. The rules are those of the
Department's open data standards: time and geography by fixed names and codes, filters with a
`Total`, indicators that hold a number or one of `z x c k low u`, never a blank.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from irosurvey._complaint import complaint
from irosurvey._files import replace_files
from irosurvey.errors import ArgumentError
from irosurvey.tables.published import (
    PublishedCell,
    PublishedRow,
    PublishedTable,
    Release,
    TitleParts,
)
from irosurvey.tables.safe_text import defused
from irosurvey.tables.writers._prepare import prepared
from irosurvey.tables.writers._words import SYNTHETIC, is_numeric
from irosurvey.tables.writers.csv import number_text

__all__ = [
    "COUNTRIES",
    "REGIONS",
    "TIME_IDENTIFIERS",
    "check_title",
    "data_lines",
    "metadata_lines",
    "write",
]

COUNTRIES: Final[Mapping[str, str]] = {
    "England": "E92000001",
    "Wales": "W92000004",
    "Scotland": "S92000003",
    "Northern Ireland": "N92000002",
    "England and Wales": "K04000001",
    "Great Britain": "K03000001",
    "United Kingdom": "K02000001",
}
"""Codes of countries, as the Office for National Statistics gives them."""

REGIONS: Final[Mapping[str, str]] = {
    "North East": "E12000001",
    "North West": "E12000002",
    "Yorkshire and The Humber": "E12000003",
    "East Midlands": "E12000004",
    "West Midlands": "E12000005",
    "East of England": "E12000006",
    "London": "E12000007",
    "South East": "E12000008",
    "South West": "E12000009",
}
"""Codes of the regions of England."""

TIME_IDENTIFIERS: Final[Mapping[str, int]] = {
    "Calendar year": 4,
    "Reporting year": 4,
    "Academic year": 6,
    "Financial year": 6,
    "Tax year": 6,
}
"""What a time period may be, and how many digits it has then."""

_TOTAL = "Total"
_LONGEST_NAME = 35
_PLACES = ("time_period", "time_identifier", "geographic_level", "country_code", "country_name")
_REGION = ("region_code", "region_name")
_STATUS = "data_status"
_META = (
    *("col_name", "col_type", "label", "indicator_grouping", "indicator_unit", "indicator_dp"),
    *("filter_hint", "filter_grouping_column"),
)


def write(release: Release, path: str | Path, *, time_identifier: str = "") -> list[Path]:
    """Write a data file and a metadata file for each table.

    Parameters
    ----------
    release
        What may be published. A table's title says its area (a country) and its period (a year as
        ``2013``, or two as ``2012/13``).
    path
        Names the files: ``iro.csv`` gives ``iro-table-1.csv`` and ``iro-table-1.meta.csv``.
    time_identifier
        What the period is: one of :data:`TIME_IDENTIFIERS`. Left out, the period's own words say
        it (``Academic year 2012/13``), else a single year is a calendar year.

    Returns
    -------
    list of Path
        All files, a table's data before its metadata.

    Raises
    ------
    ArgumentError
        A title lacks area or period, or they aren't known to the platform.

    Notes
    -----
    Stub columns are filters; a stub of the regions of England becomes the platform's geography.
    Spanners become filters too, so that each statistic is one indicator; a combination that the
    table doesn't have is ``z``, and a base that several columns share is given with each. Columns
    of texts (significance) can't be indicators and are left out. Labels of totals become ``Total``.
    """
    release = prepared(release)
    place = Path(path)
    stem = place.name.removesuffix(".csv").removesuffix("-ees")
    contents: dict[Path, bytes] = {}
    for table in release:
        sheet = _Sheet(table, time_identifier)
        name = f"{stem}-table-{table.number}"
        contents[place.with_name(f"{name}.csv")] = _csv(sheet.names, sheet.lines())
        contents[place.with_name(f"{name}.meta.csv")] = _csv(_META, sheet.metadata())
    return replace_files(contents)


def data_lines(table: PublishedTable, time_identifier: str = "") -> list[dict[str, str]]:
    """The lines of a table's data file, all columns filled."""
    sheet = _Sheet(table, time_identifier)
    return [{name: line.get(name, "") for name in sheet.names} for line in sheet.lines()]


def metadata_lines(table: PublishedTable, time_identifier: str = "") -> list[dict[str, str]]:
    """The lines of a table's file of metadata, all columns filled."""
    sheet = _Sheet(table, time_identifier)
    return [{name: line.get(name, "") for name in _META} for line in sheet.metadata()]


def _csv(names: Sequence[str], lines: Iterator[Mapping[str, str]]) -> bytes:
    sink = io.StringIO()
    writer = csv.DictWriter(sink, names, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(lines)
    return sink.getvalue().encode("utf-8")


@dataclass(frozen=True)
class _Indicator:
    name: str
    heading: str
    kind: str
    unit: str
    decimals: int


class _Sheet:
    """One table as filters and indicators."""

    def __init__(self, table: PublishedTable, time_identifier: str) -> None:
        self._table = table
        name = f"table '{table.name}'"
        self._time = _time(name, table.title.period, time_identifier)
        self._country = _country(name, table.title.area)
        self._depth = max(len(column.spanners) for column in table.columns)
        self._region = next((at for at in range(len(table.stub)) if self._of_regions(at)), None)
        taken = {*_PLACES, *_REGION, _STATUS}
        self._filters = {
            _name(title, taken): title for at, title in enumerate(table.stub) if at != self._region
        }
        self._spans = {
            _name(f"category_{level}" if self._depth > 1 else "category", taken): (
                f"Category {level}" if self._depth > 1 else "Category"
            )
            for level in range(1, self._depth + 1)
        }
        self._indicators = self._made_indicators(taken)

    def _made_indicators(self, taken: set[str]) -> list[_Indicator]:
        found: dict[tuple[str, str, str], _Indicator] = {}
        for column in self._table.columns:
            key = (column.heading, column.kind, column.unit)
            if is_numeric(column) and key not in found:
                kind = {"percent": "percent", "count": "count"}.get(column.unit, column.unit)
                name = _name(f"{column.heading}_{kind}", taken)
                found[key] = _Indicator(
                    name, column.heading, column.kind, column.unit, column.decimals
                )
        return list(found.values())

    @property
    def names(self) -> list[str]:
        """Columns of the data file."""
        region = _REGION if self._region is not None else ()
        status = (_STATUS,) if self._table.synthetic else ()
        return [
            *(*_PLACES, *region, *status),
            *(*self._filters, *self._spans),
            *(one.name for one in self._indicators),
        ]

    def lines(self) -> Iterator[dict[str, str]]:
        """A line for each row and each category."""
        paths = dict.fromkeys(
            self._path(column.spanners) for column in self._table.columns if is_numeric(column)
        )
        for row in self._table.rows:
            labels = [self._label(row, at) for at in range(len(row.labels))]
            for path in paths:
                yield {
                    **self._geography(labels),
                    **({_STATUS: SYNTHETIC} if self._table.synthetic else {}),
                    **dict(
                        zip(
                            self._filters,
                            (
                                defused(label)
                                for at, label in enumerate(labels)
                                if at != self._region
                            ),
                            strict=True,
                        )
                    ),
                    **dict(zip(self._spans, map(defused, path), strict=True)),
                    **self._figures(row, path),
                }

    def _path(self, spanners: tuple[str, ...]) -> tuple[str, ...]:
        return (*spanners, *[_TOTAL] * (self._depth - len(spanners)))

    def _figures(self, row: PublishedRow, path: tuple[str, ...]) -> dict[str, str]:
        found = dict.fromkeys((one.name for one in self._indicators), "z")
        names = {(one.heading, one.kind, one.unit): one.name for one in self._indicators}
        # A base that stands once for several columns is that of each; their own comes after it.
        for shared in (True, False):
            for cell, column in zip(row.cells, self._table.columns, strict=True):
                own = self._path(column.spanners) == path
                above = column.kind == "base" and path[: len(column.spanners)] == column.spanners
                if is_numeric(column) and (above if shared else own):
                    name = names[column.heading, column.kind, column.unit]
                    found[name] = _figure(cell, number_text(cell, column))
        return found

    # ---- labels ----

    def _of_regions(self, at: int) -> bool:
        """Whether a stub column holds regions of England, apart from totals."""
        labels = {self._label(row, at) for row in self._table.rows} - {_TOTAL}
        return bool(labels) and labels <= REGIONS.keys() and self._country[1] == "England"

    def _label(self, row: PublishedRow, at: int) -> str:
        """A row's label; that of a total, which no other row has, is `Total`."""
        label = row.labels[at]
        parts = {other.labels[at] for other in self._table.rows if not other.total}
        return _TOTAL if row.total and label not in parts else label

    def _geography(self, labels: Sequence[str]) -> dict[str, str]:
        found = dict(zip(_PLACES, (*self._time, "National", *self._country), strict=True))
        if self._region is not None and (name := labels[self._region]) != _TOTAL:
            found |= {"geographic_level": "Regional"}
            found |= dict(zip(_REGION, (REGIONS[name], name), strict=True))
        return found

    # ---- metadata ----

    def metadata(self) -> Iterator[dict[str, str]]:
        """A line for each filter with several levels, and for each indicator."""
        lines = list(self.lines())
        made = f" ({SYNTHETIC})" if self._table.synthetic else ""
        for name, label in {**self._filters, **self._spans}.items():
            if len({line[name] for line in lines}) > 1:
                yield {"col_name": name, "col_type": "Filter", "label": defused(label)}
        filters = [*self._filters.values(), *self._spans.values()]
        labels = _labels(self._indicators, filters)
        for one, label in zip(self._indicators, labels, strict=True):
            yield {
                "col_name": one.name,
                "col_type": "Indicator",
                "label": defused(f"{label}{made}"),
                "indicator_unit": "%" if one.unit == "percent" else "",
                "indicator_dp": str(one.decimals),
            }


def _labels(indicators: Sequence[_Indicator], taken: Sequence[str]) -> list[str]:
    """Headings of indicators; those that others have too say what they are of."""
    times = Counter([*taken, *(one.heading for one in indicators)])
    units = Counter((one.heading, one.unit) for one in indicators)
    found = []
    for one in indicators:
        of = one.unit if units[one.heading, one.unit] == 1 else f"{one.unit}, {one.kind}"
        found.append(one.heading if times[one.heading] == 1 else f"{one.heading}: {of}")
    return found


def _figure(cell: PublishedCell, written: str) -> str:
    return cell.mark or written


def _name(text: str, taken: set[str]) -> str:
    """A column's name: snake case, a letter first, not taken yet."""
    words = re.sub(r"\[note \d+\]", "", text).lower()
    stem = re.sub(r"[^a-z0-9]+", "_", words).strip("_")[:_LONGEST_NAME].strip("_")
    stem = stem if re.match("[a-z]", stem) else f"column_{stem}".strip("_")
    name, again = stem, 2
    while name in taken:
        name, again = f"{stem}_{again}", again + 1
    taken.add(name)
    return name


def check_title(name: str, title: TitleParts, time_identifier: str = "") -> None:
    """Refuse a title that doesn't say what the platform asks for: a country and a period.

    Parameters
    ----------
    name
        What messages call the table.
    title
        Of the table.
    time_identifier
        As of :func:`write`.
    """
    _time(name, title.period, time_identifier)
    _country(name, title.area)


def _time(name: str, period: str, identifier: str) -> tuple[str, str]:
    two = re.search(r"\b((?:19|20)\d\d)\s*[/–-]\s*(?:(?:19|20))?(\d\d)\b", period)
    one = re.search(r"\b(?:19|20)\d\d\b", period)
    digits = two[1] + two[2] if two else one[0] if one else ""
    if two and (int(two[1]) + 1) % 100 != int(two[2]):
        digits = ""
    if not digits:
        expected = "a period in its title: a year (2013), or two that follow (2012/13)"
        raise _wrong(name, expected, repr(period))
    said = [kind for kind in TIME_IDENTIFIERS if kind.casefold() in period.casefold()]
    kind = identifier or next(iter(said), "Calendar year" if len(digits) == 4 else "")
    if TIME_IDENTIFIERS.get(kind) != len(digits):
        fit = [one for one, size in TIME_IDENTIFIERS.items() if size == len(digits)]
        expected = f"a period that says what it is, '{fit[0]} …': one of {', '.join(fit)}"
        raise _wrong(name, expected, repr(identifier or period))
    return digits, kind


def _country(name: str, area: str) -> tuple[str, str]:
    if area not in COUNTRIES:
        expected = f"an area in its title, one of {', '.join(COUNTRIES)}"
        raise _wrong(name, expected, repr(area))
    return COUNTRIES[area], area


def _wrong(name: str, expected: str, found: str) -> ArgumentError:
    return complaint(
        ArgumentError,
        name,
        expected=expected,
        found=found,
        remedy="Explore Education Statistics needs it: Area and Period of a plan, or the parts of "
        "the table's title.",
    )
