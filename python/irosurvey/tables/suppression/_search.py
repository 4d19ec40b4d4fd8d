"""A pattern that protects, found step by step: cheapest additions, then what turns out needless."""

from __future__ import annotations

import numpy as np

from irosurvey.tables.suppression._proof import OUTSIDER, Need, Proof, Side
from irosurvey.tables.suppression._structure import Structure
from irosurvey.tables.suppression.arrays import UNBOUNDED, Counts, Mask, Numbers
from irosurvey.tables.suppression.program import Meter, Program

__all__ = ["Search"]

# Moving a count that is hidden anyway costs next to nothing, but not nothing: fewer cells move.
TRIFLE = 1e-4
# A count has moved if it has by more than a solver's noise.
MOVED = 1e-6


class Search:
    """Extend a pattern until it protects, and thin it out again.

    For each need that isn't met, the cheapest way to move counts so that it is: min Σ
    cost·|deviation| over all tables that fit, where hidden counts move almost free and others pay;
    what moved is hidden (Kelly, Golden & Assad 1992; Fischetti & Salazar 2001, section 5).
    """

    def __init__(self, proof: Proof) -> None:
        self.proof = proof
        self.structure = proof.structure
        self._program = _moving_program(self.structure, proof.meter)

    def extend(self, hidden: Mask) -> Mask:
        """Hide further cells until every need is met that can be."""
        hidden = hidden.copy()
        changed = True
        while changed:
            needs, known = self.proof.open(hidden), self.proof.size
            outside = [need for need in needs if need.knower == OUTSIDER]
            changed = bool(outside)
            # Those that ask for most first: what serves them serves others.
            for need in sorted(outside or needs, key=lambda need: (-need.amount, need)):
                if self.proof.missing_one(need, hidden, known):
                    hidden |= self._answer(need, hidden)
                    changed = True
        return hidden

    def _answer(self, need: Need, hidden: Mask) -> Mask:
        """Cells to hide for a need; if there are none, it is lowered to what can be had."""
        added = self.additions(need, hidden)
        asked = self.proof.lowered.get((need.knower, need.cells, need.side), need.amount)
        if (added & ~hidden).any() or asked < need.amount:
            return added
        # Whole numbers need more than any one step shows.
        if (self.structure.may_hide <= hidden).all():
            self._lower(need, 0)
        return self.structure.may_hide

    def thin(self, hidden: Mask, steps: int = 60_000) -> Mask:
        """Show again, dearest first, whatever isn't needed; until the steps are spent."""
        hidden = hidden.copy()
        end = self.proof.meter.spent + steps
        secondary = np.flatnonzero(hidden & ~self.structure.must_hide).tolist()
        for cell in sorted(secondary, key=lambda cell: (-self.structure.costs[cell], cell)):
            if self.proof.meter.spent > end:
                break
            hidden[cell] = False
            if self.proof.missing(hidden, first=True):
                hidden[cell] = True
        return hidden

    def cost(self, hidden: Mask) -> float:
        """What the secondary cells cost."""
        return float(self.structure.costs[hidden & ~self.structure.must_hide].sum())

    def additions(self, need: Need, hidden: Mask) -> Mask:
        """The cheapest cells that meet one need; as far as it can be met."""
        signs = {"up": (1,), "down": (-1,), "width": (1, -1)}[need.side]
        options = [self._moved(need, sign, need.amount, hidden) for sign in signs]
        found = [option for option in options if option is not None]
        if found:
            return min(found, key=self.cost)
        everything = self.structure.may_hide
        result = np.zeros_like(hidden)
        reach = 0
        for sign in signs:
            side: Side = "up" if sign > 0 else "down"
            part = Need(need.knower, need.cells, side, need.amount - reach)
            far = self.proof.furthest(part, everything)
            reach += far
            moved = self._moved(need, sign, far, hidden) if far else None
            result |= moved if moved is not None else (everything if far else False)
        if reach < need.amount:
            self._lower(need, reach)
        return result

    def _lower(self, need: Need, amount: int) -> None:
        """Ask no more than can be had."""
        self.proof.lowered[need.knower, need.cells, need.side] = amount

    def _moved(self, need: Need, sign: int, amount: int, hidden: Mask) -> Mask | None:
        """The cells to hide so that these can move by an amount; `None` if they can't."""
        size, program = len(self.structure.cells), self._program
        self._price(need, amount, hidden)
        row = len(self.structure.rows)
        for cell in need.cells:
            program.set_coefficient(row, cell, sign)
            program.set_coefficient(row, size + cell, -sign)
            program.set_coefficient(row, 2 * size + cell, sign)
        program.set_row(row, amount, UNBOUNDED)
        solution = program.solve()
        result = self._to_hide(solution.values, hidden)
        if result is not None and solution.whole is None and not result.any():
            # What is hidden already would do, were there parts of respondents.
            program.set_whole(True)
            result = self._to_hide(program.solve().values, hidden)
            program.set_whole(False)
        for cell in need.cells:
            for part in range(3):
                program.set_coefficient(row, part * size + cell, 0)
        program.set_row(row, -UNBOUNDED, UNBOUNDED)
        return result

    def _to_hide(self, values: Numbers | None, hidden: Mask) -> Mask | None:
        """The cells that a solution moves out of what is shown of them."""
        if values is None:
            return None
        structure, size = self.structure, len(self.structure.cells)
        moves = values[:size] - values[size : 2 * size] + values[2 * size : 3 * size]
        result = (moves < structure.shown_lower - MOVED) | (moves > structure.shown_upper + MOVED)
        result &= structure.may_hide & ~hidden
        rows = structure.rows
        sums = rows.sums(moves)
        broken = (sums < rows.lower - MOVED) | (sums > rows.upper + MOVED)
        broken &= rows.active(hidden | result)
        for number in np.flatnonzero(broken):
            able = [cell for cell in rows.of[number] if structure.may_hide[cell]]
            result[min(able, key=lambda cell: (structure.costs[cell], cell))] = True
        return result

    def _price(self, need: Need, amount: int, hidden: Mask) -> None:
        """Bounds and costs of the program for one need."""
        structure = self.structure
        size, rows = len(structure.cells), structure.rows
        able = structure.may_hide & ~hidden
        inner_low = np.where(hidden, 0, structure.shown_lower)
        inner_high = np.where(hidden, 0, structure.shown_upper)
        low, high = structure.bounds(hidden | able)
        down, up = np.maximum(inner_low - low, 0), np.maximum(high - inner_high, 0)
        if need.knower != OUTSIDER:
            for bound in (inner_low, inner_high, down, up):
                bound[need.knower] = 0
        unit = np.where(able, structure.costs, 0.0)
        costs = [unit / np.clip(limit, 1, max(amount, 1)) + TRIFLE for limit in (up, down)]
        active, elastic, price = rows.active(hidden), np.zeros(len(rows)), np.zeros(len(rows))
        for number in np.flatnonzero(active):
            open_cells = [cell for cell in rows.of[number] if able[cell]]
            if open_cells:
                scale = float(np.abs(rows.coefficient[rows.row(int(number))]).max())
                elastic[number] = UNBOUNDED
                price[number] = structure.costs[open_cells].min() / (scale * max(amount, 1))
        elastic[~active] = UNBOUNDED
        zeros = np.zeros(size)
        self._program.set_bounds(
            np.concatenate([zeros, zeros, inner_low, np.zeros(2 * len(rows))]),
            np.concatenate([up, down, inner_high, elastic, elastic]),
        )
        self._program.set_costs(np.concatenate([*costs, zeros, price, price]))


def _moving_program(structure: Structure, meter: Meter) -> Program:
    """Columns: raised, lowered, moved within what rounding leaves open; then each row's breach.

    The last row is the need that is being looked at.
    """
    rows, size = structure.rows, len(structure.cells)
    starts: list[int] = [0]
    index: list[Counts] = []
    value: list[Counts] = []
    for number in range(len(rows)):
        span = rows.row(number)
        cells, coefficients = rows.index[span], rows.coefficient[span]
        breach = 3 * size + number
        index.append(
            np.concatenate([cells, cells + size, cells + 2 * size, [breach, breach + len(rows)]])
        )
        value.append(np.concatenate([coefficients, -coefficients, coefficients, [1, -1]]))
        starts.append(starts[-1] + len(index[-1]))
    zeros = np.zeros(3 * size + 2 * len(rows))
    return Program(
        zeros,
        zeros,
        starts,
        np.concatenate([*index, []]),
        np.concatenate([*value, []]),
        np.append(rows.lower, -UNBOUNDED),
        np.append(rows.upper, UNBOUNDED),
        meter,
    )
