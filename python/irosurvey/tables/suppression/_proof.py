"""Proof that hidden counts are protected: other tables of whole numbers that fit what is published.

A *witness* is such a table, held as its deviations from the true one. A primary count is shown to
reach 5 by a witness in which it is 5 or more; no attacker, however clever, can rule that out. A
respondent who knows a cell can't rule out a witness that leaves their cell as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from irosurvey.tables.suppression._groups import small_groups
from irosurvey.tables.suppression._implied import Implied
from irosurvey.tables.suppression._structure import Structure
from irosurvey.tables.suppression.arrays import UNBOUNDED, Counts, Mask, Numbers
from irosurvey.tables.suppression.program import Meter, Program

__all__ = ["OUTSIDER", "Need", "Proof", "Side"]

# Further corners of the linear program that are tried before branch and bound.
CORNERS = 3

Side: TypeAlias = Literal["up", "down", "width"]

_SIGNS: Mapping[Side, tuple[int, ...]] = {"up": (1,), "down": (-1,), "width": (1, -1)}
_SIDES: Mapping[Side, int] = {"up": 1, "down": -1, "width": 0}

OUTSIDER = -1
"""In place of the cell that an attacker knows."""

_Asked: TypeAlias = tuple[tuple[int, ...], Side, int]


@dataclass(frozen=True, order=True)
class Need:
    """What must be shown: that Σ deviations of `cells` can be `amount`, for one attacker.

    Upwards, downwards, or from the least to the greatest. `knower` is the cell whose count the
    attacker knows, or `OUTSIDER`.
    """

    knower: int
    cells: tuple[int, ...]
    side: Side
    amount: int


class Pool:
    """Witnesses found so far, each once; the first is the true table."""

    def __init__(self, cells: int) -> None:
        self._tables: Counts = np.zeros((64, cells), dtype=np.int64)
        self._seen = {self._tables[0].tobytes()}
        self.size = 1

    @property
    def tables(self) -> Counts:
        """All of them, a row each."""
        return self._tables[: self.size]

    def add(self, witness: Counts) -> None:
        """Keep a witness for later."""
        key = witness.tobytes()
        if key not in self._seen:
            self._seen.add(key)
            if self.size == len(self._tables):
                self._tables = np.concatenate([self._tables, np.zeros_like(self._tables)])
            self._tables[self.size] = witness
            self.size += 1


class Proof:
    """Witnesses found so far, and the search for more.

    Parameters
    ----------
    structure
        Whose cells are to be protected.
    meter, implied
        Of another proof of the same cells, if there is one.
    """

    def __init__(
        self, structure: Structure, meter: Meter | None = None, implied: Implied | None = None
    ) -> None:
        self.structure = structure
        self.meter = meter or Meter()
        self._pool = Pool(len(structure.cells))
        self._valid_for: tuple[bytes, int, Counts] = (b"", 0, np.zeros(0, dtype=np.int64))
        # What can't be had even with everything hidden is asked as far as it can be had.
        mixed = np.random.default_rng(0).uniform(0.5, 2.0, (CORNERS, len(structure.cells)))
        self._mixed = np.hstack([mixed, mixed])
        self.lowered: dict[tuple[int, tuple[int, ...], Side], int] = {}
        self._implied = implied or Implied(structure, self.meter)
        self._groups = sorted(_small_groups(structure))
        self._program = _deviation_program(structure, self.meter)
        self._hidden: Mask | None = None
        self.viewer: int | None = None
        # The pattern that was looked at last, and against whom (see `_applied.views`).
        self.viewed: tuple[bytes, tuple[Proof, ...]] = (b"", ())

    def knowing(self, large: Iterable[int], viewer: int | None = None) -> Proof:
        """The same against who knows these cells to be large, too, from the same tables.

        `viewer`: the cell of the only respondent whose needs are looked at; `None`: everybody's.
        """
        structure = replace(self.structure, large=tuple(sorted({*self.structure.large, *large})))
        result = Proof(structure, self.meter, self._implied)
        result.viewer = viewer
        # What is found for one serves all: tables that don't fit are passed over.
        result._pool = self._pool
        result.lowered = dict(self.lowered)
        return result

    def least(self, cell: int) -> int:
        """What a primary count in this place would have to be able to be."""
        return max(self.structure.rule.low, self._implied.least(cell))

    def asked(self, hidden: Mask) -> list[_Asked]:
        """What is asked of hidden cells if these are hidden, whoever attacks."""
        structure, rule = self.structure, self.structure.rule
        result: list[_Asked] = []
        for cell in np.flatnonzero(hidden | structure.primary).tolist():
            count = int(structure.counts[cell])
            if structure.primary[cell]:
                result += [
                    ((cell,), "up", rule.high - count),
                    ((cell,), "down", count - self.least(cell)),
                ]
            else:
                result.append(((cell,), "width", rule.width))
        for group in self._groups:
            total = int(structure.counts[list(group)].sum())
            result += [(group, "up", rule.high - total), (group, "width", rule.width)]
        return [each for each in result if each[2] > 0]

    def missing(self, hidden: Mask, *, first: bool = False) -> list[Need]:
        """The needs for which there is no witness when these cells are hidden.

        `first` stops at the first.
        """
        open_needs = self.open(hidden)
        known = self._pool.size
        result: list[Need] = []
        for need in open_needs:
            # What was found for the needs before it may serve.
            if _meets(self._pool.tables[known:], need) or self._prove(need, hidden):
                continue
            result.append(need)
            if first:
                break
        return result

    @property
    def size(self) -> int:
        """How many witnesses there are."""
        return self._pool.size

    def meets(self, need: Need, hidden: Mask) -> bool:
        """Whether there is a witness for a need when these cells are hidden."""
        return _meets(self._valid(hidden), need) or self._prove(need, hidden)

    def lowest(self, hidden: Mask, knower: int) -> Counts:
        """The least deviation of each cell in witnesses that this attacker can't rule out."""
        valid = self._valid(hidden)
        if knower != OUTSIDER:
            valid = valid[valid[:, knower] == 0]
        return np.asarray(valid.min(axis=0))

    def missing_one(self, need: Need, hidden: Mask, since: int) -> bool:
        """Whether an open need has no witness when these cells are hidden.

        `since`: the number of witnesses when it was found open, with no more cells hidden than
        now; those found later are looked at before new ones are searched.
        """
        return not (_meets(self._pool.tables[since:], need) or self._prove(need, hidden))

    def _valid(self, hidden: Mask) -> Counts:
        """The witnesses that fit what is published when these cells are hidden."""
        key, seen, places = self._valid_for
        if key != hidden.tobytes():
            seen, places = 0, np.zeros(0, dtype=np.int64)
        if seen < self._pool.size:
            fresh = self._pool.tables[seen:]
            fits = np.flatnonzero(self._within(fresh, hidden))
            places = np.concatenate([places, seen + fits])
            self._valid_for = (hidden.tobytes(), self._pool.size, places)
        return self._pool.tables[places]

    def _within(self, witnesses: Counts, hidden: Mask) -> Mask:
        """Which of some tables fit bounds and statements; relations always hold."""
        structure, rows = self.structure, self.structure.rows
        lower, upper = structure.bounds(hidden)
        good = ((witnesses >= lower) & (witnesses <= upper)).all(axis=-1)
        if any(rows.of):
            sums = rows.sums(witnesses)
            fine = (sums >= rows.lower) & (sums <= rows.upper)
            good &= (fine | ~rows.active(hidden)).all(axis=-1)
        return np.asarray(good)

    def _fits(self, witness: Counts, hidden: Mask) -> bool:
        """Whether a table of deviations fits what is published, checked in whole numbers."""
        rows = self.structure.rows
        sums = rows.sums(witness)
        fine = (sums >= rows.lower) & (sums <= rows.upper)
        return bool((fine | ~rows.active(hidden)).all() and self._within(witness, hidden))

    def open(self, hidden: Mask) -> list[Need]:
        """The needs for which no witness is at hand, outsiders first; there may be one.

        A need is met if one witness reaches what is asked and leaves the knower's cell as it is:
        for every asked and every knower a row of bits, one bit for each witness.
        """
        asked, valid = self.asked(hidden), self._valid(hidden)
        knowers = self.structure.known_to_respondents
        keeps = np.ones((len(valid), 1 + len(knowers)), dtype=bool)
        keeps[:, 1:] = valid[:, list(knowers)] == 0
        sums, sides = self._moves(valid, asked)
        amounts = np.array([amount for *_, amount in asked], dtype=np.int64)
        signed = np.where(sides == 0, abs(sums), sums * sides)
        reached, kept = np.packbits(signed >= amounts, axis=0), np.packbits(keeps, axis=0)
        unmet = ~self._own(asked)
        for column in range(kept.shape[1]):
            unmet[:, column] &= ~(reached & kept[:, column, None]).any(axis=0)
        if self.viewer is not None:
            unmet[:, np.array((OUTSIDER, *knowers)) != self.viewer] = False
        result = []
        for column in np.flatnonzero(unmet.any(axis=0)).tolist():
            places = np.flatnonzero(unmet[:, column])
            knower = (OUTSIDER, *knowers)[column]
            found = sums[np.ix_(keeps[:, column], places)]
            # Half of a width up and half of it down counts, too.
            up, down = found.max(axis=0, initial=0), -found.min(axis=0, initial=0)
            side = sides[places]
            reach = np.where(side == 0, up + down, np.where(side > 0, up, down))
            for place, far in zip(places.tolist(), reach.tolist(), strict=True):
                cells, kind, amount = asked[place]
                amount = self.lowered.get((knower, cells, kind), amount)
                if far < amount:
                    result.append(Need(knower, cells, kind, amount))
        return result

    def _moves(self, valid: Counts, asked: Sequence[_Asked]) -> tuple[Counts, Counts]:
        """How far witnesses move the cells of each asked; 1 is up, -1 down, 0 width."""
        first = np.array([cells[0] for cells, *_ in asked], dtype=np.int64)
        sums = valid[:, first]
        for place, (cells, *_) in enumerate(asked):
            for cell in cells[1:]:
                sums[:, place] += valid[:, cell]
        sides = np.array([_SIDES[side] for _, side, _ in asked], dtype=np.int64)
        return sums, sides

    def _own(self, asked: Sequence[_Asked]) -> Mask:
        """Which asked are about the very respondents who know (columns; the first: outsiders)."""
        same = self.structure.same
        theirs = same[list(self.structure.known_to_respondents)]
        own = np.zeros((len(asked), 1 + len(theirs)), dtype=bool)
        first = np.array([cells[0] for cells, *_ in asked], dtype=np.int64)
        own[:, 1:] = same[first][:, None] == theirs
        for place, (cells, *_) in enumerate(asked):
            for cell in cells[1:]:
                own[place, 1:] |= same[cell] == theirs
        return own

    def _prove(self, need: Need, hidden: Mask) -> bool:
        """Search witnesses for one need; whether there are."""
        self._publish(hidden)
        signs = _SIGNS[need.side]
        if any(
            self._solve(need, sign, hidden, need.amount, need.amount) is not None for sign in signs
        ):
            return True
        return need.side == "width" and self.furthest(need, hidden) >= need.amount

    def furthest(self, need: Need, hidden: Mask) -> int:
        """How much of a need's amount can be had when these cells are hidden."""
        self._publish(hidden)
        total = 0
        for sign in _SIGNS[need.side]:
            witness = self._solve(need, sign, hidden, 0, need.amount)
            if witness is not None:
                total += abs(int(witness[list(need.cells)].sum()))
        return min(total, need.amount)

    def _solve(self, need: Need, sign: int, hidden: Mask, least: int, most: int) -> Counts | None:
        """A table in which the cells move by `least` at least, and no further than `most`.

        Where `least` is what's asked, the one that moves other cells least, so that it serves
        against many a respondent, too.
        """
        size = len(self.structure.cells)
        program, row = self._program, len(self.structure.rows)
        for cell in need.cells:
            program.set_coefficient(row, cell, sign)
            program.set_coefficient(row, size + cell, -sign)
        program.set_row(row, least, most if least < most else UNBOUNDED)
        costs = self._weights
        if least < most:
            costs = costs * 1e-4
            for cell in need.cells:
                costs[cell], costs[size + cell] = -sign, sign
        if need.knower != OUTSIDER:
            program.set_bound(need.knower, 0, 0)
            program.set_bound(size + need.knower, 0, 0)
        # What must be met need only be met: of a search among whole numbers any table will do.
        witness = self._whole(costs, hidden, costs if least < most else 0.0 * costs)
        for cell in need.cells:
            program.set_coefficient(row, cell, 0)
            program.set_coefficient(row, size + cell, 0)
        program.set_row(row, -UNBOUNDED, UNBOUNDED)
        if need.knower != OUTSIDER:
            program.set_bound(need.knower, 0, float(self._upper[need.knower]))
            program.set_bound(size + need.knower, 0, float(-self._lower[need.knower]))
        return witness

    def _whole(self, costs: Numbers, hidden: Mask, search_costs: Numbers) -> Counts | None:
        """Solve; if the answer isn't a table of whole numbers, search for one.

        Another corner may be one: a few are tried before branch and bound.
        """
        tried = [costs, *(costs * mixed for mixed in self._mixed), search_costs]
        # Nothing moves but what the need asks for: few steps lead there from where nothing moves.
        self._program.start_afresh()
        for attempt, each in enumerate(tried):
            last = attempt == len(tried) - 1
            self._program.set_costs(each)
            if last:
                self._program.set_whole(True)
            solution = self._program.solve()
            if last:
                self._program.set_whole(False)
            if solution.values is None:
                return None
            values = solution.whole
            if values is not None:
                size = len(self.structure.cells)
                witness = values[:size] - values[size : 2 * size]
                if self._fits(witness, hidden):
                    self._pool.add(witness)
                    return witness
        return None

    def _publish(self, hidden: Mask) -> None:
        """Bounds of the program when these cells are hidden."""
        if self._hidden is not None and np.array_equal(self._hidden, hidden):
            return
        structure = self.structure
        self._hidden = hidden.copy()
        self._lower, self._upper = structure.bounds(hidden)
        self._program.set_bounds(
            np.zeros(2 * len(structure.cells)), np.concatenate([self._upper, -self._lower])
        )
        active = structure.rows.active(hidden)
        for number in structure.rows.withdrawable:
            low, high = structure.rows.lower[number], structure.rows.upper[number]
            self._program.set_row(
                number,
                float(low) if active[number] else -UNBOUNDED,
                float(high) if active[number] else UNBOUNDED,
            )
        weights = np.ones(len(structure.cells))
        # Moving a cell that somebody knows makes a witness useless against them.
        weights[list(structure.known_to_respondents)] = 3.0
        self._weights = np.concatenate([weights, weights])


def _meets(witnesses: Counts, need: Need) -> bool:
    if need.knower != OUTSIDER:
        witnesses = witnesses[witnesses[:, need.knower] == 0]
    if not len(witnesses):
        return False
    sums = witnesses[:, list(need.cells)].sum(axis=1)
    up, down = max(0, int(sums.max())), max(0, -int(sums.min()))
    return (up if need.side == "up" else down if need.side == "down" else up + down) >= need.amount


def _small_groups(structure: Structure) -> set[tuple[int, ...]]:
    """Cells of one side of a sum that are a small group together."""
    rows, found = structure.rows, set[tuple[int, ...]]()
    for number in range(len(rows)):
        if rows.of[number] or rows.lower[number] != 0 or rows.upper[number] != 0:
            continue
        span = rows.row(number)
        for sign in (1, -1):
            cells = rows.index[span][np.sign(rows.coefficient[span]) == sign]
            found |= set(small_groups(structure, cells.tolist()))
    return found


def _deviation_program(structure: Structure, meter: Meter) -> Program:
    """Columns: by how much each cell is raised, then by how much each is lowered.

    The last row is the need that is being looked at.
    """
    rows, size = structure.rows, len(structure.cells)
    lengths = np.diff(np.append(rows.starts, len(rows.index)))
    number = np.repeat(np.arange(len(rows)), lengths)
    order = np.argsort(np.concatenate([number, number]), kind="stable")
    index = np.concatenate([rows.index, rows.index + size])[order]
    value = np.concatenate([rows.coefficient, -rows.coefficient])[order]
    starts = np.append(2 * rows.starts, 2 * len(rows.index))
    zeros = np.zeros(2 * size)
    return Program(
        zeros,
        zeros,
        starts,
        index,
        value,
        np.append(rows.lower, -UNBOUNDED),
        np.append(rows.upper, UNBOUNDED),
        meter,
    )
