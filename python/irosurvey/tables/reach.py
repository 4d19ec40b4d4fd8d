"""How far unknown counts can go: whole numbers that fit sums and printed figures.

Who asks whether a count can be 6 needs one table in which it is, not the whole interval. Such a
table is a *witness*; one that serves for a count often serves for others. Only where none is found
is the interval worked out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from irosurvey.tables.suppression.arrays import UNBOUNDED, Counts, connected
from irosurvey.tables.suppression.outcome import FeasibleInterval
from irosurvey.tables.suppression.program import NODES, Program, Solution

__all__ = ["Line", "Reach"]

PASSES = 50
"""How often bounds are passed along lines before linear programs take over."""

CORNERS = 2
"""Further corners of a linear program that are tried before a search among whole numbers."""

FIRST_NODES = 1_000_000
"""Of the search for any table at all: that there is none must be sure."""


@dataclass(frozen=True, order=True)
class Line:
    """lower ≤ Σ coefficient × count ≤ upper; ``None``: no bound."""

    terms: tuple[tuple[str, int], ...]
    lower: int | None = None
    upper: int | None = None


class Reach:
    """Unknown counts, and all that is known of them.

    Parameters
    ----------
    names
        The counts; each is 0 or more.
    lines
        Sums and printed figures.

    Attributes
    ----------
    lower, upper
        What single lines leave of each count; `upper` is `UNBOUNDED` where nothing bounds it.
    """

    def __init__(self, names: Iterable[str], lines: Iterable[Line]) -> None:
        self.names = sorted(names)
        self.place = {name: at for at, name in enumerate(self.names)}
        self.lines = sorted(set(lines), key=lambda line: (line.terms, line.lower or 0))
        self._rows = [
            (
                np.array([self.place[name] for name, _ in line.terms], dtype=np.int64),
                np.array([value for _, value in line.terms], dtype=np.int64),
                -UNBOUNDED if line.lower is None else line.lower,
                UNBOUNDED if line.upper is None else line.upper,
            )
            for line in self.lines
        ]
        self.lower = np.zeros(len(self.names), dtype=np.int64)
        self.upper = np.full(len(self.names), UNBOUNDED, dtype=np.int64)
        self.fits = self._tighten()

    def _tighten(self) -> bool:
        """Pass bounds along lines until nothing changes; whether anything is left."""
        waiting = list(range(len(self._rows)))
        for _ in range(PASSES):
            changed: set[int] = set()
            for number in waiting:
                changed |= self._pass_along(number)
            if (self.lower > self.upper).any():
                return False
            if not changed:
                break
            waiting = sorted({number for cell in changed for number in self.lines_with[cell]})
        return all(self._may_hold(number) for number in range(len(self._rows)))

    def _pass_along(self, number: int) -> set[int]:
        """What one line leaves of its counts; which have become narrower."""
        index, value, low, high = self._rows[number]
        least = np.where(value > 0, value * self.lower[index], value * self.upper[index])
        most = np.where(value > 0, value * self.upper[index], value * self.lower[index])
        open_least = least <= -UNBOUNDED // 2
        open_most = most >= UNBOUNDED // 2
        changed = set()
        for at, (cell, own) in enumerate(zip(index.tolist(), value.tolist(), strict=True)):
            ends = [-UNBOUNDED, UNBOUNDED]  # of own × count
            if low > -UNBOUNDED and open_most.sum() - open_most[at] == 0:
                ends[0] = low - int(
                    np.where(open_most, 0, most).sum() - (0 if open_most[at] else most[at])
                )
            if high < UNBOUNDED and open_least.sum() - open_least[at] == 0:
                ends[1] = high - int(
                    np.where(open_least, 0, least).sum() - (0 if open_least[at] else least[at])
                )
            if own < 0:
                ends = [-ends[1], -ends[0]]
            size = abs(own)
            if -ends[0] < UNBOUNDED and -(-ends[0] // size) > self.lower[cell]:
                self.lower[cell] = -(-ends[0] // size)
                changed.add(cell)
            if ends[1] < UNBOUNDED and ends[1] // size < self.upper[cell]:
                self.upper[cell] = ends[1] // size
                changed.add(cell)
        return changed

    def _may_hold(self, number: int) -> bool:
        index, value, low, high = self._rows[number]
        least = int(np.where(value > 0, value * self.lower[index], value * self.upper[index]).sum())
        most = int(np.where(value > 0, value * self.upper[index], value * self.lower[index]).sum())
        return least <= high and most >= low

    @cached_property
    def parts(self) -> list[Part]:
        """Sets of counts that aren't known, each tied together by lines."""
        free = np.flatnonzero(self.lower < self.upper)
        new = {int(cell): at for at, cell in enumerate(free)}
        inside = [[new[cell] for cell in index.tolist() if cell in new] for index, *_ in self._rows]
        found = []
        for group in connected(len(free), [one for one in inside if one]):
            found.append(Part(self, [int(free[at]) for at in group]))
        return found

    @cached_property
    def _part_of(self) -> dict[str, Part]:
        return {self.names[cell]: part for part in self.parts for cell in part.members}

    @cached_property
    def lines_with(self) -> dict[int, list[int]]:
        """The lines of each count, by number."""
        found: dict[int, list[int]] = {}
        for number, (index, *_) in enumerate(self._rows):
            for cell in index.tolist():
                found.setdefault(cell, []).append(number)
        return found

    def row(self, number: int) -> tuple[Counts, Counts, int, int]:
        """A line as arrays."""
        return self._rows[number]

    def ends(self, name: str) -> tuple[int, int]:
        """What single lines leave of a count."""
        at = self.place[name]
        return int(self.lower[at]), int(self.upper[at])

    def can_be(self, name: str, count: int, *, or_more: bool) -> bool:
        """Whether there is a table in which a count is as large, or as small, as this.

        A search that is given up is no witness.
        """
        low, high = self.ends(name)
        if (count > high) if or_more else (count < low):
            return False
        part = self._part_of.get(name)
        return part is None or part.witness(self.place[name], count, or_more)

    def doubt(self, name: str, width: int) -> bool:
        """Whether there are two tables in which a count differs by so much."""
        part = self._part_of.get(name)
        if part is None:
            return False
        low, high = part.seen(self.place[name])
        return (
            high - low >= width
            or self.can_be(name, low + width, or_more=True)
            or self.can_be(name, high - width, or_more=False)
        )

    def interval(self, name: str) -> FeasibleInterval:
        """The least and the greatest that a count can be."""
        part = self._part_of.get(name)
        if part is None:
            return FeasibleInterval(*self.ends(name))
        return part.interval(self.place[name])

    def is_tied(self, name: str, others: Set[str]) -> bool:
        """Whether a count is one of these, or tied to one of them."""
        part = self._part_of.get(name)
        return name in others if part is None else not others.isdisjoint(self._names_of(part))

    def _names_of(self, part: Part) -> Iterator[str]:
        return (self.names[cell] for cell in part.members)

    def is_within(self, part: Part, other: Reach) -> bool:
        """Whether another system knows as much of these counts, so that they tell no more here."""
        for cell in part.members:
            name = self.names[cell]
            if name not in other.place or other.ends(name) != self.ends(name):
                return False
        return all(self.lines[number] in other.line_set for number in part.numbers)

    @cached_property
    def line_set(self) -> frozenset[Line]:
        """Its lines, to look one up."""
        return frozenset(self.lines)


class Part:
    """Counts that lines tie together, with witnesses found so far."""

    def __init__(self, reach: Reach, members: Sequence[int]) -> None:
        self.members = list(members)
        self.numbers = sorted({at for cell in members for at in reach.lines_with.get(cell, ())})
        self._at = {cell: place for place, cell in enumerate(members)}
        self._lower, self._upper = reach.lower[self.members], reach.upper[self.members]
        self._lines = []
        ceiling = 0
        for number in self.numbers:
            index, value, low, high = reach.row(number)
            free = np.array([cell in self._at for cell in index.tolist()])
            known = int((value[~free] * reach.lower[index[~free]]).sum())
            own = np.array([self._at[cell] for cell in index[free].tolist()], dtype=np.int64)
            low = low if low <= -UNBOUNDED else low - known
            high = high if high >= UNBOUNDED else high - known
            self._lines.append((own, value[free], low, high))
            ceiling += sum(abs(end) for end in (low, high) if abs(end) < UNBOUNDED)
        bounded = self._upper[self._upper < UNBOUNDED]
        # What is bounded at all is bounded by sums of bounds, far below this.
        self._ceiling = 4 * (ceiling + int(bounded.sum()) + int(self._lower.sum())) + 4_000
        self._pool: list[Counts] = []
        self._least = self._greatest = np.zeros(0, dtype=np.int64)
        self._refused: set[tuple[int, int, bool]] = set()

    @cached_property
    def _program(self) -> Program:
        lengths = [len(index) for index, *_ in self._lines]
        return Program(
            self._lower,
            np.minimum(self._upper, self._ceiling),
            np.cumsum([0, *lengths])[:-1],
            np.concatenate([np.zeros(0, dtype=np.int64), *(line[0] for line in self._lines)]),
            np.concatenate([np.zeros(0, dtype=np.int64), *(line[1] for line in self._lines)]),
            [line[2] for line in self._lines],
            [line[3] for line in self._lines],
        )

    @cached_property
    def _moves(self) -> Program:
        """Columns: how much each count is above the first witness, then how much it is below."""
        first, size = self._pool[0], len(self.members)
        lengths = [2 * len(index) for index, *_ in self._lines]
        none = [np.zeros(0, dtype=np.int64)]
        sums = [int((value * first[index]).sum()) for index, value, *_ in self._lines]
        self._room = np.concatenate(
            [np.minimum(self._upper, self._ceiling) - first, first - self._lower]
        )
        return Program(
            np.zeros(2 * size),
            self._room,
            np.cumsum([0, *lengths])[:-1],
            np.concatenate([*none, *(np.append(own[0], own[0] + size) for own in self._lines)]),
            np.concatenate([*none, *(np.append(own[1], -own[1]) for own in self._lines)]),
            [low if low <= -UNBOUNDED else low - now for (*_, low, _), now in self._with(sums)],
            [high if high >= UNBOUNDED else high - now for (*_, high), now in self._with(sums)],
        )

    def _with(self, sums: Sequence[int]) -> list[tuple[tuple[Counts, Counts, int, int], int]]:
        return list(zip(self._lines, sums, strict=True))

    @property
    def first(self) -> Counts:
        """The first witness."""
        return self._pool[0]

    def seen(self, cell: int) -> tuple[int, int]:
        """The least and the greatest of a count in witnesses at hand."""
        at = self._at[cell]
        return (int(self._least[at]), int(self._greatest[at])) if self.fits else (0, 0)

    def witness(self, cell: int, count: int, or_more: bool) -> bool:
        """Whether one is found in which a count is as large, or as small, as this."""
        low, high = self.seen(cell)
        if (high >= count) if or_more else (low <= count):
            return self.fits
        asked = cell, count, or_more
        if asked in self._refused:
            return False
        found = self._moved(self._at[cell], count)
        if not found:
            self._refused.add(asked)
        return found

    def _moved(self, at: int, count: int, *, thorough: bool = True) -> bool:
        """A witness in which a count is this, or beyond, and others are much as in the first.

        The less is moved, the fewer figures are at their limits, and the more likely is it that
        what comes out is whole numbers. If not, whole numbers are sought among the counts that were
        moved, the others staying where they are; then, if it's to be `thorough`, among all.
        """
        program, size = self._moves, len(self.members)
        by = count - int(self.first[at])
        column, other = (at, at + size) if by > 0 else (at + size, at)
        lower, upper = np.zeros(2 * size), self._room.astype(np.float64)
        lower[column], upper[other] = abs(by), 0
        program.set_bounds(lower, upper)
        moved = np.zeros(size, dtype=bool)
        mixed = np.random.default_rng(0)
        for attempt in range(CORNERS + 1):
            program.set_costs(mixed.uniform(1.0, 1.0 + attempt, 2 * size))
            solution = program.solve()
            if solution.values is None:
                return False
            if self._keep(self._after(solution)):
                return True
            moved |= solution.values.reshape(2, size).any(axis=0)
        program.set_costs(np.zeros(2 * size))
        program.set_bounds(lower, np.where(np.tile(moved, 2), upper, 0.0))
        if self._keep(self._after(_in_whole_numbers(program))):
            return True
        program.set_bounds(lower, upper)
        return thorough and self._keep(self._after(_in_whole_numbers(program)))

    def _after(self, solution: Solution) -> Counts | None:
        """The first witness, moved."""
        moves, size = solution.whole, len(self.members)
        return None if moves is None else self.first + moves[:size] - moves[size:]

    @cached_property
    def fits(self) -> bool:
        """Whether there is any table at all."""
        self._program.option("mip_max_nodes", FIRST_NODES)
        found = self._any()
        self._program.option("mip_max_nodes", NODES)
        return found

    def _any(self) -> bool:
        """Whether some table is found: in a corner, or by a search."""
        mixed = np.random.default_rng(0)
        for _ in range(CORNERS):
            self._program.set_costs(mixed.uniform(0.1, 1.0, len(self.members)))
            solution = self._program.solve()
            if solution.values is not None and self._keep(solution.whole):
                return True
        self._program.set_costs(np.zeros(len(self.members)))
        return self._keep(_in_whole_numbers(self._program).whole)

    def _keep(self, table: Counts | None) -> bool:
        """Whether a solution is a table of whole numbers that fits; if so, keep it."""
        if table is None or (table < self._lower).any() or (table > self._upper).any():
            return False
        for index, value, low, high in self._lines:
            if not low <= int((table[index] * value).sum()) <= high:
                return False
        self._pool.append(table)
        first = len(self._pool) == 1
        self._least = table if first else np.minimum(self._least, table)
        self._greatest = table if first else np.maximum(self._greatest, table)
        return True

    def interval(self, cell: int) -> FeasibleInterval:
        """The least and the greatest of a count."""
        at = self._at[cell]
        if not self.fits:
            return FeasibleInterval(int(self._lower[at]), int(self._upper[at]))
        (low, low_exact), (high, high_exact) = (self._end(at, sign) for sign in (-1, 1))
        unbounded = high >= self._ceiling / 4
        return FeasibleInterval(
            low, None if unbounded else high, low_exact and (high_exact or unbounded)
        )

    def _end(self, at: int, sign: int) -> tuple[int, bool]:
        """How far one way, and whether that is proved."""
        program = self._program
        costs = np.zeros(len(self.members))
        costs[at] = -sign
        program.set_costs(costs)
        solution = program.solve()
        limit = sign * math.floor(-solution.objective + 1e-6)
        proved = False
        self._keep(solution.whole)
        unbounded = limit >= self._ceiling / 4
        if self._reached(at, sign) != limit and (
            unbounded or not self._moved(at, limit, thorough=False)
        ):
            now = self._reached(at, sign)
            # Who asks for more than is at hand finds sooner that there is none.
            ends = (now, self._ceiling) if sign > 0 else (self._lower[at], now)
            program.set_bound(at, float(ends[0]), float(min(ends[1], self._upper[at])))
            solution = _in_whole_numbers(program)
            program.set_bound(
                at, float(self._lower[at]), float(min(self._upper[at], self._ceiling))
            )
            proved = self._keep(solution.whole) and solution.optimal
        found = self._reached(at, sign)
        return found, proved or found == limit

    def _reached(self, at: int, sign: int) -> int:
        return int(self._greatest[at] if sign > 0 else self._least[at])


def _in_whole_numbers(program: Program) -> Solution:
    program.set_whole(True)
    solution = program.solve()
    program.set_whole(False)
    return solution
