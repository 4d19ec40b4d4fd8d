"""The cheapest pattern that protects, by cutting planes.

Each hidden cell is a 0/1 variable y. For a need, the furthest that counts can move is a linear
program whose bounds are linear in y; any dual solution of it gives a row  Σ w·y ≥ 1  that every
protecting pattern satisfies (Fischetti & Salazar 2001, section 3). Rows are added until the
cheapest pattern protects. Where a pattern fails only among whole numbers, the row says: hide
something else, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from irosurvey.tables.suppression._applied import guard
from irosurvey.tables.suppression._proof import OUTSIDER, Need, Proof
from irosurvey.tables.suppression._search import Search
from irosurvey.tables.suppression._structure import Structure
from irosurvey.tables.suppression.arrays import UNBOUNDED, Mask, Numbers
from irosurvey.tables.suppression.program import Meter, Program

__all__ = ["Effort", "Optimum"]

# Coefficients below are rounding noise of the simplex method.
NOISE = 1e-7
# A row must be broken by this much to be worth adding.
BROKEN = 1e-4
# Steps of the simplex method for each cell of a search among patterns.
MASTER = 20
# Making a row of a solution costs about as much as a step for so many cells.
PER_CELLS = 4
# How often a pattern on the way is completed step by step.
TRY_EVERY = 4


@dataclass(frozen=True)
class Effort:
    """When to stop. In steps, not seconds, so that every machine stops at the same pattern.

    Attributes
    ----------
    steps
        Of the simplex method, as `Meter` counts them.
    nodes
        Of the search tree of one pattern.
    fractional_rounds
        Rounds of rows found at fractional patterns.
    """

    steps: int = 30_000
    nodes: int = 200
    fractional_rounds: int = 8


class Optimum:
    """Improve a protecting pattern, and prove how good it is.

    Parameters
    ----------
    search
        Whose proof and steps are used.
    start
        A protecting pattern.
    """

    def __init__(self, search: Search, start: Mask) -> None:
        self.search = search
        self.proof: Proof = search.proof
        self.structure: Structure = search.structure
        self.best = start
        self.best_cost = search.cost(start)
        self.bound = 0.0
        self._reach = 4 * int(self.structure.counts.max(initial=0)) + 64
        self._mover = _mover(self.structure, self.proof.meter)
        self._master = self._make_master()

    @property
    def proved(self) -> bool:
        """Whether nothing cheaper than the best pattern protects."""
        slack = 1e-6 * max(1.0, self.best_cost)
        costs = self.structure.costs
        whole = bool((costs == np.rint(costs)).all())
        return self.bound >= self.best_cost - (1.0 - slack if whole else slack)

    def improve(self, effort: Effort) -> None:
        """Add rows until the best pattern is proved, or the effort is spent."""
        end = self.proof.meter.spent + effort.steps
        if self.best_cost:
            self._fractional(effort.fractional_rounds, end)
            self._try_patterns(effort.nodes, end, self._accept)
        if self.structure.rule.tells:
            self._improve_guarded(effort.nodes, end)

    def _improve_guarded(self, nodes: int, end: int) -> None:
        """Make the best pattern hold against who applies the rule; improve it by what's left."""
        start = self.best
        self.best_cost = np.inf
        self._guard(start)
        if not (self.best == start).all():
            self._try_patterns(nodes, end, self._guard)

    def _try_patterns(self, nodes: int, end: int, accept: Callable[[Mask], None]) -> None:
        """Look at the cheapest patterns that satisfy all rows, until the steps are spent."""
        meter = self.proof.meter
        self._master.set_whole(True)
        self._master.option("mip_max_nodes", nodes)
        rounds = 0
        while not self.proved and meter.spent < end:
            self._master.start_from(self.best.astype(float))
            solution = self._master.solve()
            # A search among patterns takes about this much longer than its count of steps says.
            meter.spent += MASTER * len(self.structure.cells)
            if solution.values is None:
                return
            self.bound = max(self.bound, self._master.bound)
            pattern = (solution.values > 0.5) | self.structure.must_hide
            if self.proved or (pattern == self.best).all():
                return
            rounds += 1
            if rounds % TRY_EVERY == 0:
                accept(self.search.extend(pattern))
            if not self._separate(pattern):
                accept(pattern)

    def _separate(self, pattern: Mask) -> bool:
        """Add rows that a whole pattern breaks; whether there are any. Outsiders' needs first."""
        needs = self.proof.open(pattern)
        shares = pattern.astype(float)
        for outsider in (True, False):
            for width in (False, True):
                found = [
                    self._row(need, shares, whole=True)
                    for need in needs
                    if (need.knower == OUTSIDER) == outsider and (need.side == "width") == width
                ]
                rows = [row for row in found if row is not None]
                if rows:
                    for row in rows:
                        self._add(row)
                    return True
        missing = self.proof.missing(pattern)
        for need in missing:
            self._add(self._other(pattern, need))
        return bool(missing)

    def _accept(self, pattern: Mask) -> None:
        thin = self.search.thin(pattern)
        cost = self.search.cost(thin)
        if cost < self.best_cost - 1e-9:
            self.best, self.best_cost = thin, cost

    def _guard(self, pattern: Mask) -> None:
        """Widen a pattern that meets every need until it does so whoever applies the rule."""
        found = guard(self.search, pattern)
        cost = self.search.cost(found.hidden) if found.met else np.inf
        if cost < self.best_cost - 1e-9 or not np.isfinite(self.best_cost):
            self.best, self.best_cost = found.hidden, cost
        if found.need is not None:
            self._add(self._other(pattern, found.need))

    def _fractional(self, rounds: int, end: int) -> None:
        structure = self.structure
        needs = [
            Need(OUTSIDER, cells, side, amount)
            for cells, side, amount in self.proof.asked(structure.must_hide)
            if side != "width" and (OUTSIDER, cells, side) not in self.proof.lowered
        ]
        for _ in range(rounds):
            solution = self._master.solve()
            if solution.values is None:
                return
            self.bound = max(self.bound, solution.objective)
            if self.proved or self.proof.meter.spent > end:
                return
            rows = [self._row(need, solution.values, whole=False) for need in needs]
            found = [row for row in rows if row is not None]
            if not found:
                return
            for row in found:
                self._add(row)

    def _add(self, row: tuple[Numbers, float]) -> None:
        weights, least = row
        index = np.flatnonzero(weights)
        self._master.add_row(least, UNBOUNDED, index.tolist(), weights[index].tolist())

    def _row(self, need: Need, pattern: Numbers, *, whole: bool) -> tuple[Numbers, float] | None:
        """The row that a pattern breaks because a need isn't met; `None` if none was found."""
        signs = {"up": (1,), "down": (-1,), "width": (1, -1)}[need.side]
        weights, constant = np.zeros(len(self.structure.cells)), 0.0
        for sign in signs:
            part, fixed = self._dual(need, sign, pattern, whole)
            weights += part
            constant += fixed
        least = need.amount - constant
        if least <= BROKEN:
            return None
        weights = np.minimum(weights, least) / least
        weights[weights < NOISE] = 0.0
        broken = float(weights @ pattern) < 1 - BROKEN
        if not broken:
            return None
        target = need.cells[0]
        if not (self.structure.must_hide[target] or self.structure.underlying[target]):
            # Asked only while the cell itself is hidden.
            weights[target] -= 1.0
            return weights, 0.0
        return weights, 1.0

    def _dual(self, need: Need, sign: int, pattern: Numbers, whole: bool) -> tuple[Numbers, float]:
        """How far the cells can move at most: Σ weights·y + constant, for every pattern y."""
        structure, rows = self.structure, self.structure.rows
        shown_low, shown_high = -structure.shown_lower, structure.shown_upper
        hidden_low, hidden_high = -structure.hidden_lower, structure.hidden_upper
        limit = self._reach if whole else need.amount
        share = pattern.copy()
        share[list(need.cells)] = 1.0
        able = structure.may_hide
        gain_low = np.where(able, hidden_low - np.minimum(shown_low, hidden_low), 0)
        gain_high = np.where(able, hidden_high - np.minimum(shown_high, hidden_high), 0)
        base_low, base_high = np.minimum(shown_low, UNBOUNDED), np.minimum(shown_high, UNBOUNDED)
        low = np.minimum(base_low, self._reach) + share * np.minimum(gain_low, limit)
        high = np.minimum(base_high, self._reach) + share * np.minimum(gain_high, limit)
        if need.knower != OUTSIDER:
            low[need.knower] = high[need.knower] = 0.0
        mover = self._mover
        mover.set_bounds(-low, high)
        for number in range(len(rows)):
            if rows.of[number]:
                free = min(1.0, float(pattern[list(rows.of[number])].sum())) > NOISE
                mover.set_row(
                    number,
                    -UNBOUNDED if free else float(rows.lower[number]),
                    UNBOUNDED if free else float(rows.upper[number]),
                )
        for cell in need.cells:
            mover.set_cost(cell, -float(sign))
        solution = mover.solve()
        self.proof.meter.spent += len(structure.cells) // PER_CELLS
        for cell in need.cells:
            mover.set_cost(cell, 0.0)
        if solution.values is None:
            return np.zeros(len(structure.cells)), float(UNBOUNDED)
        return self._weak_duality(need, sign, solution.duals, gain_low, gain_high)

    def _weak_duality(
        self, need: Need, sign: int, duals: Numbers, gain_low: Numbers, gain_high: Numbers
    ) -> tuple[Numbers, float]:
        """A bound that holds whatever the duals are; it is tight if they are optimal."""
        structure, rows = self.structure, self.structure.rows
        duals = np.where(np.abs(duals) < NOISE, 0.0, duals)
        reduced = np.zeros(len(structure.cells))
        reduced[list(need.cells)] = sign
        lengths = np.diff(np.append(rows.starts, len(rows.index)))
        np.add.at(reduced, rows.index, rows.coefficient * np.repeat(duals, lengths))
        reduced[np.abs(reduced) < NOISE] = 0.0
        up, down = np.maximum(reduced, 0), np.maximum(-reduced, 0)
        fixed = up * np.maximum(structure.shown_upper, 0) + down * np.maximum(
            -structure.shown_lower, 0
        )
        weights = up * gain_high + down * gain_low
        if need.knower != OUTSIDER:
            weights[need.knower] = fixed[need.knower] = 0.0
        targets = list(need.cells)
        constant = float(fixed.sum() + weights[targets].sum())
        weights[targets] = 0.0
        for number in np.flatnonzero(duals):
            # -dual × row sum, at most.
            end = -rows.lower[number] if duals[number] > 0 else rows.upper[number]
            constant += abs(float(duals[number])) * float(end)
            weights[list(rows.of[number])] += float(UNBOUNDED)
        return weights, constant

    def _other(self, pattern: Mask, need: Need) -> tuple[Numbers, float]:
        """Hide something that this pattern shows, or show the cell that it can't protect."""
        weights = (~pattern).astype(float)
        target = need.cells[0]
        if self.structure.must_hide[target] or self.structure.underlying[target]:
            return weights, 1.0
        weights[target] = -1.0
        return weights, 0.0

    def _make_master(self) -> Program:
        """Min Σ cost·y: primary cells hidden, and nobody alone in a sum that is printed exactly."""
        structure, rows = self.structure, self.structure.rows
        exact = (structure.shown_lower == 0) & (structure.shown_upper == 0)
        lines: list[tuple[list[int], list[float], float]] = []
        # Where not all can be had, even that may be too much to ask.
        asked = range(len(rows) if structure.rule.width and not self.proof.lowered else 0)
        for number in asked:
            cells = rows.index[rows.row(number)].tolist()
            if rows.of[number] or rows.lower[number] != rows.upper[number]:
                continue
            if not all(exact[cell] for cell in cells):
                continue
            for cell in cells:
                if structure.may_hide[cell]:
                    others = [
                        other for other in cells if other != cell and structure.may_hide[other]
                    ]
                    lines.append(([*others, cell], [1.0] * len(others) + [-1.0], 0.0))
        master = Program(
            structure.must_hide.astype(float),
            structure.may_hide.astype(float),
            np.cumsum([0, *(len(index) for index, _, _ in lines)])[:-1],
            [cell for index, _, _ in lines for cell in index],
            [value for _, values, _ in lines for value in values],
            [least for _, _, least in lines],
            [UNBOUNDED] * len(lines),
            self.proof.meter,
        )
        master.set_costs(np.where(structure.must_hide, 0.0, structure.costs))
        return master


def _mover(structure: Structure, meter: Meter) -> Program:
    """Columns: deviations of counts."""
    rows = structure.rows
    zeros = np.zeros(len(structure.cells))
    return Program(
        zeros, zeros, rows.starts, rows.index, rows.coefficient, rows.lower, rows.upper, meter
    )
