"""One linear program in HiGHS that is solved many times from where it stood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np
import numpy.typing as npt

from irosurvey.tables.suppression.arrays import UNBOUNDED, Counts, Numbers

__all__ = ["NODES", "Meter", "Program", "Solution"]

# A search among whole numbers that takes more nodes is given up, and what it would have shown is
# taken as not shown. A number of nodes, unlike a time, is the same on every machine.
NODES = 5_000

# How far a solution may be from a whole number and still be rounded to it; what is rounded is then
# checked in whole numbers.
NEAR_WHOLE = 1e-5


@dataclass(frozen=True)
class Solution:
    """What a solve gave.

    `values` is `None` if nothing satisfies the bounds. `optimal` is false where the search was
    stopped; `unbounded` is true if the objective has no limit.
    """

    values: Numbers | None
    objective: float
    optimal: bool
    unbounded: bool
    duals: Numbers

    @property
    def whole(self) -> Counts | None:
        """The values as whole numbers, if that is what they are."""
        if self.values is None:
            return None
        rounded = np.rint(self.values)
        if np.abs(self.values - rounded).max(initial=0.0) > NEAR_WHOLE:
            return None
        return rounded.astype(np.int64)


def _ends(values: npt.ArrayLike) -> Numbers:
    """Bounds as HiGHS takes them: what stands for "no bound" becomes infinite."""
    ends = np.asarray(values, dtype=np.float64)
    infinite = np.copysign(highspy.kHighsInf, ends)
    return np.where(np.abs(ends) >= UNBOUNDED / 2, infinite, ends)


@dataclass
class Meter:
    """Work done, in steps of the simplex method: the same on every machine, unlike time."""

    spent: int = 0


# A solve that takes no step at all costs about as much as this many.
PER_SOLVE = 30
# And a search among whole numbers, for each column, whatever its first linear program takes.
PER_COLUMN = 3


class Program:
    """Minimise cost·x over lower ≤ x ≤ upper and row_lower ≤ A x ≤ row_upper.

    Presolve is off for linear programs, and the basis stays: after a change of costs or bounds the
    simplex method goes on from the last solution. One thread, a fixed seed and limits in nodes make
    every answer the same on each run.
    """

    def __init__(
        self,
        lower: npt.ArrayLike,
        upper: npt.ArrayLike,
        starts: npt.ArrayLike,
        index: npt.ArrayLike,
        coefficient: npt.ArrayLike,
        row_lower: npt.ArrayLike,
        row_upper: npt.ArrayLike,
        meter: Meter | None = None,
    ) -> None:
        self.meter = Meter() if meter is None else meter
        self._highs = highspy.Highs()  # type: ignore[no-untyped-call]
        for name, value in (
            ("output_flag", False),
            ("presolve", "off"),
            ("parallel", "off"),
            ("random_seed", 0),
            ("mip_max_nodes", NODES),
            ("mip_rel_gap", 0.0),
            ("mip_abs_gap", 0.0),
        ):
            self._highs.setOptionValue(name, value)
        model = highspy.HighsLp()
        low, high = _ends(lower), _ends(upper)
        row_low, row_high = _ends(row_lower), _ends(row_upper)
        begin = np.asarray(starts, dtype=np.int32)
        columns = np.asarray(index, dtype=np.int32)
        model.num_col_, model.num_row_ = len(low), len(row_low)
        model.col_cost_ = np.zeros(len(low))
        model.col_lower_, model.col_upper_ = low, high
        model.row_lower_, model.row_upper_ = row_low, row_high
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.append(begin, np.int32(len(columns)))
        model.a_matrix_.index_ = columns
        model.a_matrix_.value_ = np.asarray(coefficient, dtype=np.float64)
        self._highs.passModel(model)
        self._columns = np.arange(len(low), dtype=np.int32)
        self._costs = np.zeros(len(low))
        self._whole = False

    def set_costs(self, costs: Numbers) -> None:
        """Change the objective of all columns."""
        self._costs = costs
        self._highs.changeColsCost(len(costs), self._columns, costs)

    def set_cost(self, column: int, cost: float) -> None:
        """Change the objective of one column."""
        self._highs.changeColCost(column, cost)

    def set_bounds(self, lower: npt.ArrayLike, upper: npt.ArrayLike) -> None:
        """Change the bounds of all columns."""
        self._highs.changeColsBounds(len(self._columns), self._columns, _ends(lower), _ends(upper))

    def set_bound(self, column: int, lower: float, upper: float) -> None:
        """Change the bounds of one column."""
        low, high = _ends([lower, upper])
        self._highs.changeColBounds(column, float(low), float(high))

    def set_row(self, row: int, lower: float, upper: float) -> None:
        """Change the bounds of one row."""
        low, high = _ends([lower, upper])
        self._highs.changeRowBounds(row, float(low), float(high))

    def add_row(
        self, lower: float, upper: float, index: Sequence[int], coefficient: Sequence[float]
    ) -> None:
        """Add a row at the end."""
        low, high = _ends([lower, upper])
        self._highs.addRow(
            float(low),
            float(high),
            len(index),
            np.asarray(index, dtype=np.int32),
            np.asarray(coefficient, dtype=np.float64),
        )

    def set_coefficient(self, row: int, column: int, value: float) -> None:
        """Change one coefficient."""
        self._highs.changeCoeff(row, column, value)

    def set_whole(self, whole: bool) -> None:
        """Ask for whole numbers in every column, or no longer."""
        kind = highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous
        kinds = np.full(len(self._columns), int(kind), dtype=np.uint8)
        self._whole = whole
        self._highs.changeColsIntegrality(len(kinds), self._columns, kinds)
        # There is no basis to go on from, and most columns are fixed: a twentieth of the time.
        self._highs.setOptionValue("presolve", "on" if whole else "off")

    def start_from(self, values: Numbers) -> None:
        """Offer a solution to a search among whole numbers."""
        solution = highspy.HighsSolution()
        solution.col_value = list(values)
        self._highs.setSolution(solution)

    def start_afresh(self) -> None:
        """Forget the last basis: where rows changed, undoing its steps takes longer."""
        self._highs.setBasis()

    def option(self, name: str, value: float | int | str | bool) -> None:
        """Set an option of HiGHS."""
        self._highs.setOptionValue(name, value)

    @property
    def bound(self) -> float:
        """After a search among whole numbers: what the objective can't be better than."""
        return float(self._highs.getInfo().mip_dual_bound)

    def solve(self) -> Solution:
        """Minimise from where the last solve ended."""
        kinds = highspy.HighsModelStatus
        self._highs.run()
        status = self._highs.getModelStatus()
        if status in (kinds.kUnknown, kinds.kSolveError, kinds.kNotset):
            # The basis of the last solve can be a bad start; without one it is found anew.
            self._highs.clearSolver()
            self._highs.run()
            status = self._highs.getModelStatus()
        optimal = status == kinds.kOptimal
        unbounded = status in (kinds.kUnbounded, kinds.kUnboundedOrInfeasible)
        info = self._highs.getInfo()
        self.meter.spent += PER_SOLVE + max(0, int(info.simplex_iteration_count))
        self.meter.spent += PER_COLUMN * len(self._columns) if self._whole else 0
        feasible = info.primal_solution_status == int(
            highspy.SolutionStatus.kSolutionStatusFeasible
        )
        if not (optimal or feasible):
            return Solution(None, float("inf"), False, unbounded, np.zeros(0))
        found = self._highs.getSolution()
        return Solution(
            np.array(found.col_value),
            float(info.objective_function_value),
            optimal,
            unbounded,
            np.array(found.row_dual),
        )
