"""What shown noughts alone tell of a hidden count, whatever else is hidden."""

from __future__ import annotations

import math

import numpy as np

from irosurvey.tables.suppression._structure import Structure
from irosurvey.tables.suppression.arrays import UNBOUNDED
from irosurvey.tables.suppression.program import Meter, Program

__all__ = ["Implied"]


class Implied:
    """The least that a count can be if every count that isn't 0 is hidden.

    min x_c subject to the relations, noughts being 0 and all others at least 1: a total of three
    marks is at least 3. No pattern can do better, so that no more is asked. Of a count that stands
    in no table nobody sees whether it is nought.
    """

    def __init__(self, structure: Structure, meter: Meter | None = None) -> None:
        self._structure = structure
        rows = structure.rows
        there = structure.counts > 0
        least = np.minimum(structure.rule.least_hidden, structure.counts)
        self._lower = np.where(structure.underlying, 0, least) - structure.counts
        self._upper = np.where(there | structure.underlying, UNBOUNDED, 0)
        kept = [
            not of and low == high == 0
            for of, low, high in zip(rows.of, rows.lower, rows.upper, strict=True)
        ]
        self._program = Program(
            self._lower,
            self._upper,
            rows.starts,
            rows.index,
            rows.coefficient,
            np.where(kept, 0, -UNBOUNDED),
            np.where(kept, 0, UNBOUNDED),
            meter,
        )
        self._found: dict[tuple[int, int], int] = {}

    def least(self, cell: int, knower: int = -1) -> int:
        """For an outsider, or for one who knows another cell."""
        if (cell, knower) not in self._found:
            program = self._program
            if knower >= 0:
                program.set_bound(knower, 0, 0)
            program.set_cost(cell, 1.0)
            objective = program.solve().objective
            program.set_cost(cell, 0.0)
            if knower >= 0:
                program.set_bound(knower, float(self._lower[knower]), float(self._upper[knower]))
            least = math.ceil(objective - 1e-6) if math.isfinite(objective) else 0
            self._found[cell, knower] = int(self._structure.counts[cell]) + least
        return self._found[cell, knower]
