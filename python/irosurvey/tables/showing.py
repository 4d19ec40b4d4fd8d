"""A table as it may be seen: marks, rounding, letters, and the words above it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple, TypedDict

from irosurvey.tables.facts import CountKey, Fact
from irosurvey.tables.hiding import OF_BASE, Hiding
from irosurvey.tables.panels import Cell, TableColumn
from irosurvey.tables.places import LONGEST_HEADER, default_name, place_of, table_name
from irosurvey.tables.policy import CV_BANDS
from irosurvey.tables.published import (
    SHORTHAND,
    CountName,
    Kind,
    Mark,
    PublishedCell,
    PublishedColumn,
    PublishedRow,
    PublishedTable,
)
from irosurvey.tables.reliability import Verdict, judge
from irosurvey.tables.report import Remark
from irosurvey.tables.rounding import nearest, random_rounding, to_decimals
from irosurvey.tables.safe_text import one_line
from irosurvey.tables.table import Table

__all__ = ["Showing"]

_OF_ESTIMATE: frozenset[Kind] = frozenset(
    {"estimate", "lower", "upper", "se", "cv", "significance"}
)


class _CountPlaces(TypedDict):
    """As of `PublishedTable`."""

    counts: tuple[CountName, ...]
    counted: tuple[tuple[tuple[int, int], ...], ...]


class Showing:
    """Tables after what is hidden is known: :meth:`table` makes each as it may be seen.

    Attributes
    ----------
    notes
        Texts of the notes that the tables made so far refer to, from note 1.
    unreliable, reviews, bands
        What there is to say of their estimates, for the producer.
    complements
        Percentages whose complement is unreliable; a note of the table says so.
    """

    def __init__(self, tables: Sequence[Table], hiding: Hiding) -> None:
        self.policy, self.ledger = hiding.policy, hiding.ledger
        self._tables = tables
        self._hiding = hiding
        self.notes: list[str] = []
        self.unreliable: list[Remark] = []
        self.reviews: list[Remark] = []
        self.bands: list[Remark] = []
        self.complements: list[Remark] = []

    def table(self, place: int) -> PublishedTable:
        """One table as it may be seen."""
        table = self._tables[place]
        stub = tuple(header.name for header in _headers([(title,) for title in table.stub]))
        columns = self._columns(table, stub)
        rows = []
        labels = _labels([line.labels for line in table.lines])
        for row, line in enumerate(table.lines):
            cells = tuple(
                self._cell(table, row, column, columns[column].decimals, place)
                for column in range(len(columns))
            )
            rows.append(PublishedRow(labels[row], cells, line.total))
        marks = {cell.mark for row in rows for cell in row.cells if cell.mark}
        return PublishedTable(
            name=table.name or default_name(place),
            number=place + 1,
            title=table.title,
            stub=stub,
            columns=columns,
            rows=tuple(rows),
            notes=self._note_numbers(table, place),
            remarks=(*table.remarks, *self._remarks(table), *_on_cut_headers(stub, columns)),
            figures=table.figures,
            source=table.source,
            marks=tuple(mark for mark in SHORTHAND if mark in marks),
            synthetic=table.synthetic,
            level=table.level,
            ordered=table.ordered,
            chart=table.chart,
            divided=table.panel.divided,
            weighted=any(cell.fact.weighted for row in table.cells for cell in row if cell),
            **self._counts(table),
        )

    def _counts(self, table: Table) -> _CountPlaces:
        """Which counts the figures rest on, by name: no number is among that."""
        names: dict[CountName, int] = {}

        def place(key: CountKey | None) -> int:
            if key is None:
                return -1
            return names.setdefault(self._hiding.name_in_words(key), len(names))

        counted = tuple(
            tuple(
                (-1, -1)
                if cell is None or cell.fact.opaque
                else (place(cell.fact.base_key), place(cell.fact.part_key))
                for cell in row
            )
            for row in table.cells
        )
        return {"counts": tuple(names), "counted": counted}

    def _columns(self, table: Table, stub: Sequence[str]) -> tuple[PublishedColumn, ...]:
        paths = [(*column.spanners, column.heading) for column in table.columns]
        return tuple(
            PublishedColumn(
                name=header.name,
                spanners=header.path[:-1],
                heading=header.path[-1],
                kind=column.kind,
                unit=column.unit,
                decimals=self._decimals_of(column),
            )
            for column, header in zip(table.columns, _headers(paths, stub), strict=True)
        )

    def _decimals_of(self, column: TableColumn) -> int:
        if column.kind == "df":
            return 0
        own = self.policy.decimals(column.unit)
        if column.kind == "se" and column.unit != "count":
            return own + 1
        if column.kind == "cv":
            return max(own, 1)
        return own if column.decimals is None else min(own, column.decimals)

    def _cell(
        self, table: Table, row: int, place: int, decimals: int, number: int
    ) -> PublishedCell:
        column, cell = table.columns[place], table.cells[row][place]
        if cell is None:
            return PublishedCell(mark="x")
        fact, kind = cell.fact, column.kind
        if self._hiding.mark_of(fact, kind):
            return PublishedCell(mark="c")
        if fact.status == "empty" and kind not in ("base", "weighted_base"):
            return PublishedCell(mark="z")
        if fact.status == "undefined" and kind not in OF_BASE:
            return PublishedCell(mark="x")
        if fact.fixed and kind in ("lower", "upper", "se", "cv", "effective_n"):
            return PublishedCell(mark="z")
        if kind in _OF_ESTIMATE and not self._verdict(table, row, cell, column, number).shown:
            return PublishedCell(mark="u")
        if kind == "significance":
            return PublishedCell(text=" ".join(self._letters(table, row, cell)))
        value = fact.number(kind)
        if not math.isfinite(value):
            return PublishedCell(mark="x")
        return self._number(fact, column, value, decimals)

    def _number(
        self, fact: Fact, column: TableColumn, value: float, decimals: int
    ) -> PublishedCell:
        """A number as it is printed: counts to a base, others to decimals."""
        kind = column.kind
        counts = column.unit == "count" and kind != "df"
        shown = self._rounded(fact, kind, value) if counts else to_decimals(value, decimals)
        if counts:
            shown = to_decimals(shown, 0)
        if shown == 0.0 and value != 0.0 and kind in ("estimate", "base", "weighted_base"):
            mark: Mark = self.policy.rounds_to_zero
            if mark:
                return PublishedCell(mark=mark)
        return PublishedCell(value=shown)

    def _rounded(self, fact: Fact, kind: Kind, value: float) -> float:
        policy, ledger = self.policy, self.ledger
        base = ledger.base_of(fact.base_key)
        if policy.rounding == "none" or base == 1:
            return value
        if kind == "base":
            return float(ledger.rounded(fact.base_key))
        counted = kind == "weighted_base" or (kind == "estimate" and fact.scale == "count")
        if counted and value == fact.base:
            return float(ledger.rounded(fact.base_key))
        if policy.rounding == "nearest" or kind not in ("estimate", "weighted_base"):
            return nearest(value, base)
        assert policy.seed is not None
        if counted and policy.rounding == "controlled":
            return self._weighted_roundings[ledger.name_of(fact.base_key)]
        name = f"{ledger.name_of(fact.base_key)}; {'weight' if counted else fact.statistic}"
        return random_rounding(value, base, policy.seed, name)

    @cached_property
    def _weighted_roundings(self) -> dict[str, float]:
        """Weighted counts rounded so that they add up."""
        weights = {
            self.ledger.name_of(cell.fact.base_key): cell.fact.weighted_base
            for table in self._tables
            for row in table.cells
            for cell in row
            if cell is not None
        }
        return self.ledger.controlled(weights)

    def _letters(self, table: Table, row: int, cell: Cell) -> list[str]:
        """Letters of columns that are shown: a letter tells on which side of it a share lies."""
        others = dict(cell.others)
        return [
            letter
            for letter in cell.letters
            if letter in others
            and not self._hiding.mark_of(others[letter], "estimate")
            and judge(self.policy, others[letter]).shown
        ]

    # ---- reliability ----

    def _verdict(
        self, table: Table, row: int, cell: Cell, column: TableColumn, number: int
    ) -> Verdict:
        found = judge(self.policy, cell.fact)
        if column.kind == "estimate":
            where = place_of(table_name(number), table.lines[row].labels, column)
            if not found.shown:
                self.unreliable.append(Remark(where, found.reason))
            for review in found.reviews:
                self.reviews.append(Remark(where, review))
            if found.shown and found.note:
                self.complements.append(Remark(where, found.note))
            if found.band:
                self.bands.append(Remark(where, found.band))
        return found

    # ---- words ----

    def _note_numbers(self, table: Table, place: int) -> tuple[int, ...]:
        texts = [*table.notes, *self._reliability_notes(place)]
        for text in texts:
            if text not in self.notes:
                self.notes.append(text)
        return tuple(sorted({self.notes.index(text) + 1 for text in texts}))

    def _reliability_notes(self, place: int) -> list[str]:
        """Bands of coefficients of variation that ask for caution, and weak complements."""
        notes = []
        if self.policy.cv_bands:
            worst = CV_BANDS[self.policy.cv_bands][-1]
            limit = CV_BANDS[self.policy.cv_bands][-2][0]
            names = self._named(place, [one for one in self.bands if one.text == worst[1]])
            if names:
                notes.append(
                    f"Coefficient of variation of {100 * limit:g}% or more, {worst[1]}: {names}."
                )
        names = self._named(place, self.complements)
        if names:
            notes.append(
                "What is left to 100% is too unreliable to be worked out from the percentage: "
                f"{names}."
            )
        return notes

    @staticmethod
    def _named(place: int, remarks: Iterable[Remark]) -> str:
        """Rows and columns of a table that remarks are about."""
        own = f"{table_name(place)}:"
        found = [
            one.place.removeprefix(own).strip() for one in remarks if one.place.startswith(own)
        ]
        return "; ".join(found)

    def _remarks(self, table: Table) -> list[str]:
        """How the numbers were rounded, and that parts may not sum."""
        policy = self.policy
        units = {column.unit for column in table.columns if column.kind not in ("cv", "df")}
        found = []
        if "percent" in units:
            decimals = policy.percent_decimals
            to = "whole numbers" if decimals == 0 else f"{decimals} decimal{'s' * (decimals > 1)}"
            found.append(f"Percentages are rounded to {to} and may not add up to 100.")
        if "count" in units and policy.rounding != "none":
            base = policy.rounding_base
            how = {
                "nearest": f"rounded to the nearest {base}",
                "random": f"rounded at random to one of the two nearest multiples of {base}",
                "controlled": f"rounded to multiples of {base} so that they add up",
            }[policy.rounding]
            by_themselves = (
                "; totals are rounded by themselves and may differ from the sum of their parts."
            )
            found.append(
                f"Counts are {how}{by_themselves if policy.rounding != 'controlled' else '.'}"
            )
        return found


# ---- texts of data ----

_NO_LABEL = "(no label)"
_CUT = "…"


def _said(text: str) -> str:
    """A label as it can be written and read."""
    return one_line(text) or _NO_LABEL


class _Header(NamedTuple):
    """Headers of a column, outermost first, and as one."""

    path: tuple[str, ...]
    name: str


def _headers(paths: Sequence[Sequence[str]], taken: Sequence[str] = ()) -> list[_Header]:
    """Headers of columns: as one short enough for a workbook, and no two alike.

    Of two answers with one label the second is told apart in all that stands below it.
    """
    used = {text.casefold() for text in taken}
    found = []
    for texts in paths:
        parts = tuple(map(_said, texts))
        header, again = _Header(parts, _fitting(parts, LONGEST_HEADER)), 1
        while header.name.casefold() in used:
            again += 1
            header = _again(parts, f" ({again})")
        used.add(header.name.casefold())
        found.append(header)
    return found


def _again(parts: tuple[str, ...], ending: str) -> _Header:
    at = max(len(parts) - 2, 0)
    path = (*parts[:at], parts[at] + ending, *parts[at + 1 :])
    name = ": ".join(path)
    if len(name) > LONGEST_HEADER:
        name = _fitting(parts, LONGEST_HEADER - len(ending)) + ending
    return _Header(path, name)


def _labels(lines: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Labels of rows, of which no two are alike."""
    used: set[tuple[str, ...]] = set()
    found = []
    for texts in lines:
        parts = tuple(map(_said, texts))
        labels, again = parts, 1
        while parts and labels in used:
            again += 1
            labels = (*parts[:-1], f"{parts[-1]} ({again})")
        used.add(labels)
        found.append(labels)
    return found


def _fitting(parts: Sequence[str], most: int) -> str:
    """Parts of a header as one, the longest cut where they are too many characters together."""
    kept = list(parts)
    while (over := len(": ".join(kept)) - most) > 0:
        place = max(range(len(kept)), key=lambda at: len(kept[at]))
        left = max(len(kept[place]) - over - len(_CUT), 1)
        kept[place] = kept[place].removesuffix(_CUT)[:left].rstrip() + _CUT
    return ": ".join(kept)


def _on_cut_headers(stub: Sequence[str], columns: Sequence[PublishedColumn]) -> list[str]:
    whole = [": ".join((*column.spanners, column.heading)) for column in columns]
    if max(map(len, [*stub, *whole])) < LONGEST_HEADER:
        return []
    return [f"Headers of more than {LONGEST_HEADER} characters are cut, which {_CUT} shows."]
