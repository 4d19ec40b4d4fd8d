"""Cost of what is hidden, beside the optimum of one integer program that shares nothing with it."""

from __future__ import annotations

import highspy
import numpy as np
import pytest
from suppression_tables import Source, name

from irosurvey.tables.suppression import ProtectionRule, System, complete

# What an integer program can say: intervals for an outsider who doesn't apply the rule to them.
RULE = ProtectionRule(known_within=0, together=1, rule_applied=False)
# Counts of protecting tables lie this far from the true ones at most: a rectangle moves all its
# corners by the same, at most 5; a cube's deviations may be twice that.
FURTHEST = 12
# Seconds for one integer program; what isn't solved by then isn't compared.
PATIENCE = 60.0


class Model:
    """min cost of hidden cells, with a protecting table for everything that is asked.

    Counts of protecting tables are real numbers here, so that the optimum is at most the true one.
    """

    def __init__(self, source: Source, system: System) -> None:
        self.cells = list(system.cells)
        self.place = {cell.id: number for number, cell in enumerate(self.cells)}
        self.relations = [
            ([self.place[one] for one, _ in relation.terms], [sign for _, sign in relation.terms])
            for relation in system.relations
        ]
        self.highs = highspy.Highs()
        self.highs.setOptionValue("output_flag", False)
        self.highs.setOptionValue("time_limit", PATIENCE)
        self.columns = 0
        least = {name(key): source.least(key) for key in source.counts()}
        for cell in self.cells:
            low = 1.0 if cell.primary else 0.0
            self.add(
                low, 1.0 if cell.count else 0.0, 0.0 if cell.primary else cell.cost, whole=True
            )
        for number, cell in enumerate(self.cells):
            if cell.primary:
                if RULE.high > cell.count:
                    self.row(RULE.high - cell.count, [self.table() + number], [1.0])
                down = cell.count - max(RULE.low, least[cell.id])
                if down > 0:
                    self.row(down, [self.table() + number], [-1.0])
            elif cell.count:
                up, below = self.table() + number, self.table() + number
                self.row(0.0, [up, below, number], [1.0, -1.0, -float(RULE.width)])

    def add(self, low: float, high: float, cost: float, *, whole: bool = False) -> None:
        self.highs.addVar(low, high)
        self.highs.changeColCost(self.columns, cost)
        if whole:
            self.highs.changeColIntegrality(self.columns, highspy.HighsVarType.kInteger)
        self.columns += 1

    def row(
        self, low: float, columns: list[int], values: list[float], high: float = highspy.kHighsInf
    ) -> None:
        index = np.array(columns, dtype=np.int32)
        self.highs.addRow(low, high, len(index), index, np.array(values))

    def table(self) -> int:
        """Deviations of another table that fits if the cells with y = 1 are hidden; its start."""
        start = self.columns
        for cell in self.cells:
            down = max(0, min(cell.count - 1, FURTHEST))
            self.add(-float(down), float(FURTHEST), 0.0)
        for number, cell in enumerate(self.cells):
            down = max(0, min(cell.count - 1, FURTHEST))
            self.row(0.0, [start + number, number], [1.0, float(down)])
            self.row(0.0, [start + number, number], [-1.0, float(FURTHEST)])
        for members, signs in self.relations:
            columns = [start + one for one in members]
            self.row(0.0, columns, [float(sign) for sign in signs], 0.0)
        return start

    def optimum(self) -> float | None:
        """The least cost; `None` if it took too long."""
        self.highs.run()
        if self.highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return float(self.highs.getInfo().objective_function_value)


def table(rng: np.random.Generator, sizes: tuple[int, ...]) -> Source:
    """A table with its margins, some of its cells small."""
    levels = {
        variable: tuple(str(level) for level in range(size))
        for variable, size in zip("abc", sizes, strict=False)
    }
    shares = rng.dirichlet(np.full(int(np.prod(sizes)), 1.5))
    number = int(rng.integers(10, 25)) * len(shares)
    places = np.unravel_index(rng.choice(len(shares), number, p=shares), sizes)
    people = tuple(
        {variable: str(place[one]) for variable, place in zip(levels, places, strict=True)}
        for one in range(number)
    )
    return Source(people, (tuple(levels),), levels)


def ratios(seed: int, number: int, shapes: tuple[tuple[int, ...], ...]) -> list[float]:
    """Cost of the pattern over the optimum, of tables in which something must be hidden beside."""
    rng = np.random.default_rng(seed)
    found: list[float] = []
    while len(found) < number:
        source = table(rng, shapes[int(rng.integers(len(shapes)))])
        system = source.system()
        result = complete(system, RULE)
        best = None if result.unmet else Model(source, system).optimum()
        if best:
            assert result.cost >= best - 1e-6
            found.append(result.cost / best)
    return found


def test_cost_beside_an_integer_program() -> None:
    assert max(ratios(31, 6, ((3, 3), (3, 4)))) <= 1.3


@pytest.mark.slow
@pytest.mark.long
def test_cost_beside_integer_programs_of_larger_tables() -> None:
    found = ratios(32, 40, ((4, 4), (4, 5), (5, 5), (5, 6), (6, 6), (3, 3, 3)))
    print(
        len(found),
        "largest",
        max(found),
        "mean",
        np.mean(found),
        "above 1",
        sum(np.array(found) > 1),
    )
    assert max(found) <= 1.3
