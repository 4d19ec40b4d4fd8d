"""A system as arrays, in an order that depends on the names of its cells alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from irosurvey._complaint import complaint
from irosurvey.errors import ArgumentError
from irosurvey.tables.suppression.arrays import UNBOUNDED, Counts, Mask, Numbers, connected
from irosurvey.tables.suppression.rule import ProtectionRule
from irosurvey.tables.suppression.system import (
    Cell,
    Exact,
    Nearest,
    RandomRounding,
    System,
    Underlying,
)

__all__ = ["Rows", "Structure"]


_Number = TypeVar("_Number", np.int64, np.float64)

# How often bounds are passed along sums, before linear programs take over.
PASSES = 20


@dataclass(frozen=True)
class Rows:
    """Linear rows: lower ≤ Σ coefficient × (count − true count) ≤ upper, stored row by row.

    In deviations from the true counts, so that a relation is a sum of 0. `of` holds for each row
    the cells that withdraw it; none for relations.
    """

    starts: Counts
    index: Counts
    coefficient: Counts
    lower: Counts
    upper: Counts
    of: tuple[tuple[int, ...], ...]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    def row(self, number: int) -> slice:
        end = self.starts[number + 1] if number + 1 < len(self) else len(self.index)
        return slice(int(self.starts[number]), int(end))

    def sums(self, deviations: npt.NDArray[_Number]) -> npt.NDArray[_Number]:
        """Row sums of one table of deviations, or of several (tables × cells)."""
        if not len(self):
            return np.zeros((*deviations.shape[:-1], 0), dtype=deviations.dtype)
        products = deviations[..., self.index] * self.coefficient.astype(deviations.dtype)
        sums: npt.NDArray[_Number] = np.add.reduceat(products, self.starts, axis=-1)
        return sums

    def active(self, hidden: Mask) -> Mask:
        """Which rows are published if these cells are hidden."""
        result = np.ones(len(self), dtype=bool)
        for number in self.withdrawable:
            result[number] = not any(hidden[cell] for cell in self.of[number])
        return result

    def tightened(self, lower: Counts, upper: Counts, active: Mask) -> tuple[Counts, Counts]:
        """Bounds on deviations passed along single sums, until nothing changes or it's enough.

        Of plain sums only, for which no rounding to whole numbers comes in.
        """
        lengths = np.diff(np.append(self.starts, len(self.index)))
        plain = np.ones(len(self), dtype=bool)
        plain[np.repeat(np.arange(len(self)), lengths)[abs(self.coefficient) != 1]] = False
        row = np.repeat(np.arange(len(self)), lengths)
        kept = (plain & active)[row]
        row, cell, up = row[kept], self.index[kept], self.coefficient[kept] > 0
        lower, upper = lower.copy(), upper.copy()
        for _ in range(PASSES):
            before = lower.copy(), upper.copy()
            least = np.where(up, lower[cell], -upper[cell])
            most = np.where(up, upper[cell], -lower[cell])
            sums = np.zeros((2, len(self)), dtype=np.int64)
            np.add.at(sums[0], row, least)
            np.add.at(sums[1], row, most)
            rest_least = self.lower[row] - (sums[1][row] - most)
            rest_most = self.upper[row] - (sums[0][row] - least)
            np.maximum.at(lower, cell, np.where(up, rest_least, -rest_most))
            np.minimum.at(upper, cell, np.where(up, rest_most, -rest_least))
            if (before[0] == lower).all() and (before[1] == upper).all():
                break
        return lower, upper

    @cached_property
    def withdrawable(self) -> tuple[int, ...]:
        """Rows that go with a hidden cell."""
        return tuple(number for number, of in enumerate(self.of) if of)


@dataclass(frozen=True)
class Structure:
    """Cells in the order of their ids; bounds on deviations from the true count.

    `shown_lower` and `shown_upper` bound a count that isn't hidden, `hidden_lower` and
    `hidden_upper` one that is. An attacker knows the rule: a count that isn't hidden isn't one that
    the rule would hide. Where that leaves two ranges (0, or 6 and more) the one that holds the
    truth is taken: intervals come out narrower than an attacker's, never wider. `large` are cells
    that an attacker knows to be above the rule's `high` once they are hidden.
    """

    cells: tuple[Cell, ...]
    rows: Rows
    rule: ProtectionRule
    large: tuple[int, ...] = ()

    @cached_property
    def counts(self) -> Counts:
        return np.array([cell.count for cell in self.cells], dtype=np.int64)

    @cached_property
    def costs(self) -> Numbers:
        return np.array([cell.cost for cell in self.cells], dtype=np.float64)

    @cached_property
    def primary(self) -> Mask:
        return np.array([cell.primary for cell in self.cells], dtype=bool)

    @cached_property
    def underlying(self) -> Mask:
        return np.array([isinstance(cell.shown, Underlying) for cell in self.cells], dtype=bool)

    @cached_property
    def must_hide(self) -> Mask:
        """Primary cells, and what is hidden anyhow."""
        anyhow = np.array([cell.hidden for cell in self.cells], dtype=bool)
        result: Mask = (self.primary | anyhow) & ~self.underlying
        return result

    @cached_property
    def may_hide(self) -> Mask:
        """Cells that may be hidden, primary ones among them."""
        able = np.array([cell.hideable for cell in self.cells], dtype=bool)
        able &= self.counts >= self.rule.least_hidden
        return (able & ~self.underlying) | self.must_hide

    def _sums(self, number: int) -> bool:
        """Whether a relation says that parts add to a whole, with nothing known added."""
        span = self.rows.row(number)
        return int((self.counts[self.rows.index[span]] * self.rows.coefficient[span]).sum()) == 0

    @cached_property
    def same(self) -> Counts:
        """Cells of the same number are the same respondents: a total of one part and of noughts."""
        pairs: list[list[int]] = []
        for number in range(len(self.rows)):
            span = self.rows.row(number)
            kept = self.counts[self.rows.index[span]] > 0
            equal = kept.sum() == 2 and self.rows.coefficient[span][kept].sum() == 0
            if equal and not self.rows.of[number] and self._sums(number):
                pairs.append(self.rows.index[span][kept].tolist())
        result = np.zeros(len(self.cells), dtype=np.int64)
        for number, group in enumerate(connected(len(self.cells), pairs)):
            result[group] = number
        return result

    @cached_property
    def known_to_respondents(self) -> tuple[int, ...]:
        """Cells whose respondents know their counts."""
        return tuple(
            place
            for place, cell in enumerate(self.cells)
            if 0
            < (cell.count if cell.respondents is None else cell.respondents)
            <= self.rule.known_within
        )

    @cached_property
    def _shown(self) -> tuple[Counts, Counts]:
        ranges = [_shown_range(cell, self.rule) for cell in self.cells]
        table = np.array(ranges, dtype=np.int64).reshape(-1, 2)
        return table[:, 0] - self.counts, table[:, 1] - self.counts

    @property
    def shown_lower(self) -> Counts:
        return self._shown[0]

    @property
    def shown_upper(self) -> Counts:
        return self._shown[1]

    @cached_property
    def _hidden(self) -> tuple[Counts, Counts]:
        ranges = [_hidden_range(cell, self.rule) for cell in self.cells]
        table = np.array(ranges, dtype=np.int64).reshape(-1, 2)
        large = list(self.large)
        table[large, 0] = np.maximum(table[large, 0], self.rule.high + 1)
        return table[:, 0] - self.counts, table[:, 1] - self.counts

    @property
    def hidden_lower(self) -> Counts:
        return self._hidden[0]

    @property
    def hidden_upper(self) -> Counts:
        return self._hidden[1]

    def bounds(self, hidden: Mask) -> tuple[Counts, Counts]:
        """Bounds on deviations when these cells are hidden."""
        return (
            np.where(hidden, self.hidden_lower, self.shown_lower),
            np.where(hidden, self.hidden_upper, self.shown_upper),
        )

    def mask(self, hidden: Iterable[str]) -> Mask:
        """Ids as a mask."""
        places = {cell.id: place for place, cell in enumerate(self.cells)}
        result = np.zeros(len(self.cells), dtype=bool)
        for name in hidden:
            if name not in places:
                raise complaint(
                    ArgumentError,
                    "hidden",
                    expected="ids of cells",
                    found=name,
                    name=name,
                    existing=places,
                )
            place = places[name]
            if self.counts[place] < self.rule.least_hidden:
                raise complaint(
                    ArgumentError,
                    f"hidden cell {name}",
                    expected="a count of 1 or more, as the rule says that noughts are shown",
                    found="0",
                    remedy="Use ProtectionRule(zeros_shown=False, low=0).",
                )
            result[place] = not self.underlying[place]
        return result

    def knowing(self, large: Iterable[str]) -> Structure:
        """The same for who knows these cells to be large."""
        places = {cell.id: place for place, cell in enumerate(self.cells)}
        return replace(self, large=tuple(sorted(places[name] for name in large)))

    def ids(self, mask: Mask) -> frozenset[str]:
        """A mask as ids."""
        return frozenset(self.cells[place].id for place in np.flatnonzero(mask))

    def parts(self) -> list[Structure]:
        """Parts that share no row: each can be completed on its own."""
        groups = connected(len(self.cells), self._row_cells())
        return [self._part(group) for group in groups]

    def _row_cells(self) -> list[Sequence[int]]:
        return [
            [*self.rows.index[self.rows.row(number)].tolist(), *self.rows.of[number]]
            for number in range(len(self.rows))
        ]

    def _part(self, group: Sequence[int]) -> Structure:
        place = {cell: new for new, cell in enumerate(group)}
        lines = []
        for number in range(len(self.rows)):
            span = self.rows.row(number)
            if int(self.rows.index[span][0]) in place:
                terms = [
                    (place[int(cell)], int(value))
                    for cell, value in zip(
                        self.rows.index[span], self.rows.coefficient[span], strict=True
                    )
                ]
                of = tuple(place[cell] for cell in self.rows.of[number])
                lower, upper = int(self.rows.lower[number]), int(self.rows.upper[number])
                lines.append((terms, lower, upper, of, self.rows.names[number]))
        return Structure(tuple(self.cells[cell] for cell in group), _rows(lines), self.rule)

    @classmethod
    def of(cls, system: System, rule: ProtectionRule) -> Structure:
        """The arrays of a system."""
        cells = tuple(sorted(system.cells, key=lambda cell: cell.id))
        place = {cell.id: number for number, cell in enumerate(cells)}
        lines: dict[object, _Line] = {}
        for relation in system.relations:
            terms = sorted((place[name], value) for name, value in relation.terms if value)
            if terms:
                if terms[0][1] < 0:
                    terms = [(cell, -value) for cell, value in terms]
                lines.setdefault((tuple(terms), "="), (terms, 0, 0, (), relation.name))
        for statement in system.statements:
            terms = sorted((place[name], value) for name, value in statement.terms if value)
            if terms:
                now = sum(cells[cell].count * value for cell, value in terms)
                low = -UNBOUNDED if statement.lower is None else statement.lower - now
                high = UNBOUNDED if statement.upper is None else statement.upper - now
                of = tuple(sorted(place[name] for name in set(statement.of)))
                line = (terms, low, high, of, statement.name)
                lines.setdefault((tuple(terms), low, high, of), line)
        ordered = sorted(lines.values(), key=lambda line: (line[0], line[1], line[2], line[3]))
        return cls(cells, _rows(ordered), rule)


_Line = tuple[list[tuple[int, int]], int, int, tuple[int, ...], str]


def _rows(lines: Sequence[_Line]) -> Rows:
    lengths = [len(terms) for terms, *_ in lines]
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1])) if lines else np.zeros(0)
    return Rows(
        starts.astype(np.int64),
        np.array([cell for terms, *_ in lines for cell, _ in terms], dtype=np.int64),
        np.array([value for terms, *_ in lines for _, value in terms], dtype=np.int64),
        np.array([line[1] for line in lines], dtype=np.int64),
        np.array([line[2] for line in lines], dtype=np.int64),
        tuple(line[3] for line in lines),
        tuple(line[4] for line in lines),
    )


def _shown_range(cell: Cell, rule: ProtectionRule) -> tuple[int, int]:
    shown, count = cell.shown, cell.count
    if isinstance(shown, Exact):
        return count, count
    if isinstance(shown, Underlying):
        return 0, UNBOUNDED
    low, high = 0, UNBOUNDED
    if isinstance(shown, Nearest):
        half = (2 * count + shown.base) // (2 * shown.base) * shown.base * 2
        low, high = -((shown.base - half) // 2), -(-(half + shown.base) // 2) - 1
    elif isinstance(shown, RandomRounding):
        low, high = shown.value - shown.base + 1, shown.value + shown.base - 1
    # The rule is known: a number stands here, so it isn't one that would have been hidden.
    if count < rule.low:
        high = min(high, rule.low - 1)
    elif count > rule.high:
        low = max(low, rule.high + 1)
    return max(low, 0), high


def _hidden_range(cell: Cell, rule: ProtectionRule) -> tuple[int, int]:
    if not rule.primaries_known:
        return rule.least_hidden, UNBOUNDED
    if cell.primary:
        return (rule.low, rule.high) if rule.low <= cell.count <= rule.high else (0, UNBOUNDED)
    return min(rule.high + 1, cell.count), UNBOUNDED
