"""What an attacker can work out of hidden counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from irosurvey.tables.suppression._implied import Implied
from irosurvey.tables.suppression._program import Program, Solution
from irosurvey.tables.suppression._structure import (
    UNBOUNDED,
    Counts,
    Mask,
    Structure,
    connected,
)
from irosurvey.tables.suppression.outcome import Audit, CellAudit, FeasibleInterval, SumAudit
from irosurvey.tables.suppression.rule import ProtectionRule
from irosurvey.tables.suppression.system import System

__all__ = ["audit"]

# Pairs of a respondent and a hidden cell, in one set of connected cells, for which the respondent's
# interval is worked out exactly. Beyond, an interval that tables at hand show to be wide enough is
# left at what they show.
EXACT_PAIRS = 400


def audit(system: System, hidden: Iterable[str], rule: ProtectionRule | None = None) -> Audit:
    """Work out the feasible interval of every hidden count, as an attacker would.

    For a hidden count x and all tables of whole numbers that satisfy the relations, the
    statements still published, the printed counts with their rounding, and the rule itself, the
    interval is [min x, max x]. A respondent who knows a cell has that count as one equation more.

    Parameters
    ----------
    system
        The counts of a release.
    hidden
        Ids of the cells that are hidden, primary or not.
    rule
        The protection asked; `None`: ``ProtectionRule()``.

    Returns
    -------
    Audit
        For the producer alone. A primary cell that isn't hidden is a failure.

    Raises
    ------
    ArgumentError
        An unknown id, or a hidden nought where the rule says that noughts are shown.

    Notes
    -----
    Linear programs by HiGHS; where the answer isn't a table of whole numbers, branch and bound.
    Bounds of the linear program are those of Fischetti & Salazar (2001, eq. 2-3).
    """
    structure = Structure.of(system, rule or ProtectionRule())
    mask = structure.mask(hidden)
    lower, upper = structure.bounds(mask)
    free = np.flatnonzero(lower < upper)
    place = {int(cell): number for number, cell in enumerate(free)}
    active = structure.rows.active(mask)
    groups = [
        [
            place[int(cell)]
            for cell in structure.rows.index[structure.rows.row(number)]
            if int(cell) in place
        ]
        for number in np.flatnonzero(active).tolist()
    ]
    implied = Implied(structure)
    cells: list[CellAudit] = []
    sums: list[SumAudit] = []
    watched = mask | (structure.underlying & structure.primary)
    for group in connected(len(free), [group for group in groups if group]):
        members = [int(free[number]) for number in group]
        targets = [cell for cell in members if watched[cell]]
        if targets:
            attack = _Attack(structure, mask, members, active, implied)
            cells += attack.cells(targets)
            sums += attack.sums(targets)
    fixed = np.flatnonzero((watched | structure.must_hide) & (lower == upper)).tolist()
    cells += [_given_away(structure, mask, cell, implied) for cell in fixed]
    cells.sort(key=lambda cell: cell.id)
    sums.sort(key=lambda each: (len(each.ids), each.ids))
    margins = tuple(cell.name for cell in cells if cell.margin)
    return Audit(tuple(cells), tuple(sums), margins)


def _given_away(structure: Structure, hidden: Mask, cell: int, implied: Implied) -> CellAudit:
    """A primary cell that isn't hidden, or one that the rule itself leaves no choice."""
    source, count = structure.cells[cell], int(structure.counts[cell])
    asked, protected = _asked(structure, cell, implied), False
    return CellAudit(
        source.id,
        source.name,
        count,
        source.primary,
        source.margin,
        FeasibleInterval(count, count),
        None,
        "",
        asked,
        protected,
        "the rule" if hidden[cell] else "reading it: it isn't hidden",
    )


def _asked(structure: Structure, cell: int, implied: Implied) -> str:
    rule = structure.rule
    if structure.cells[cell].primary:
        least = implied.least(cell)
        made = " (by noughts that are shown)" if least > rule.low else ""
        return f"{max(least, rule.low)} to {rule.high}{made}"
    return f"{rule.width} wide"


@dataclass(frozen=True)
class _Range:
    """Ends of an interval in deviations, and how the ends were found."""

    low: int
    high: int
    exact: bool
    whole_matters: bool

    @property
    def ends(self) -> tuple[int, int]:
        """Without how they were found."""
        return self.low, min(self.high, UNBOUNDED)

    def interval(self, count: int) -> FeasibleInterval:
        """As counts."""
        top = None if self.high >= UNBOUNDED / 2 else count + self.high
        return FeasibleInterval(count + self.low, top, self.exact)


class _Attack:
    """The linear program of one connected set of counts that aren't known."""

    def __init__(
        self,
        structure: Structure,
        hidden: Mask,
        members: Sequence[int],
        active: Mask,
        implied: Implied,
    ) -> None:
        self._implied = implied
        self.structure, self.hidden = structure, hidden
        self.members = list(members)
        self._place = {cell: number for number, cell in enumerate(members)}
        lower, upper = structure.bounds(hidden)
        # What is bounded at all is bounded by sums of printed counts, far below this; what reaches
        # a quarter of it isn't bounded.
        self._ceiling = 4 * int(structure.counts.sum()) + 4_000
        # An attacker doesn't know the truth, only the rows; deviations are a change of origin.
        self._lower = lower[self.members]
        self._upper = np.minimum(upper[self.members], self._ceiling)
        self._lines: list[tuple[Counts, Counts, int, int, str]] = []
        for number in np.flatnonzero(active).tolist():
            span = structure.rows.row(number)
            kept = [
                (self._place[int(cell)], int(value))
                for cell, value in zip(
                    structure.rows.index[span], structure.rows.coefficient[span], strict=True
                )
                if int(cell) in self._place
            ]
            if kept:
                index, value = (np.array(part, dtype=np.int64) for part in zip(*kept, strict=True))
                ends = int(structure.rows.lower[number]), int(structure.rows.upper[number])
                self._lines.append((index, value, *ends, structure.rows.names[number]))
        self._program = self._make()
        self._tables: list[Counts] = [np.zeros(len(members), dtype=np.int64)]
        self._knowers = [
            self._place[cell]
            for cell in structure.known_to_respondents
            if cell in self._place and hidden[cell]
        ]

    def _make(self) -> Program:
        lengths = [len(index) for index, *_ in self._lines]
        return Program(
            self._lower,
            self._upper,
            np.cumsum([0, *lengths])[:-1],
            np.concatenate([np.zeros(0, dtype=np.int64), *(line[0] for line in self._lines)]),
            np.concatenate([np.zeros(0, dtype=np.int64), *(line[1] for line in self._lines)]),
            [line[2] for line in self._lines],
            [line[3] for line in self._lines],
        )

    def cells(self, targets: Sequence[int]) -> list[CellAudit]:
        """The audit of hidden counts: for an outsider, then for each respondent."""
        structure = self.structure
        outside = {cell: self._range([self._place[cell]], None) for cell in targets}
        worst = dict(outside)
        worst_of = dict.fromkeys(targets, -1)
        exact = len(targets) * len(self._knowers) <= EXACT_PAIRS
        for knower in self._knowers:
            seen = self._seen(knower)
            for cell in targets:
                here = self._place[cell]
                if structure.same[cell] == structure.same[self.members[knower]]:
                    continue
                inside = seen(here)
                if inside.ends == outside[cell].ends:
                    continue
                if exact or not self._enough(cell, inside, knower):
                    inside = self._range([here], knower)
                if self._shortfall(cell, inside, knower) < self._shortfall(
                    cell, worst[cell], worst_of[cell]
                ):
                    worst[cell], worst_of[cell] = inside, knower
        return [self._cell(cell, outside[cell], worst[cell], worst_of[cell]) for cell in targets]

    def _seen(self, knower: int) -> Callable[[int], _Range]:
        """Ranges by the tables at hand that leave a respondent's cell as it is."""
        tables = np.array(self._tables)
        tables = tables[tables[:, knower] == 0]
        low, high = tables.min(axis=0), tables.max(axis=0)
        high = np.where(high >= self._ceiling / 4, UNBOUNDED, high)
        return lambda here: _Range(int(low[here]), int(high[here]), False, False)

    def _cell(self, cell: int, outside: _Range, worst: _Range, worst_of: int) -> CellAudit:
        structure = self.structure
        source, count, known = structure.cells[cell], int(structure.counts[cell]), worst_of >= 0
        return CellAudit(
            source.id,
            source.name,
            count,
            source.primary,
            source.margin,
            outside.interval(count),
            worst.interval(count) if known else None,
            structure.cells[self.members[worst_of]].id if known else "",
            _asked(structure, cell, self._implied),
            self._enough(cell, outside) and self._enough(cell, worst, worst_of),
            self._closest(self._place[cell], outside, worst_of),
        )

    def sums(self, targets: Sequence[int]) -> list[SumAudit]:
        """The audit of sums: each relation's hidden counts, and pairs that are small together."""
        structure, rule = self.structure, self.structure.rule
        wanted: dict[tuple[int, ...], bool] = {}
        hidden = {self._place[cell] for cell in targets}
        for index, value, low, high, _ in self._lines:
            if low == high:
                for sign in (1, -1):
                    parts = [int(cell) for cell in index[np.sign(value) == sign]]
                    parts = [cell for cell in parts if cell in hidden]
                    if len(parts) > 1:
                        wanted.setdefault(tuple(parts), False)
                    wanted |= dict.fromkeys(self._small_pairs(parts), True)
        result = []
        for members, asked in wanted.items():
            cells = [structure.cells[self.members[part]] for part in members]
            count = sum(cell.count for cell in cells)
            found = self._range(members, None)
            enough = found.high >= rule.high - count and found.high - found.low >= rule.width
            result.append(
                SumAudit(
                    tuple(cell.id for cell in cells),
                    " + ".join(cell.name for cell in cells),
                    count,
                    found.interval(count),
                    f"reaching {rule.high}, {rule.width} wide" if asked else "",
                    enough or not asked,
                )
            )
        return result

    def _small_pairs(self, parts: Sequence[int]) -> list[tuple[int, int]]:
        structure, rule = self.structure, self.structure.rule
        if not rule.pairs:
            return []
        primary = [part for part in parts if structure.must_hide[self.members[part]]]
        counts = structure.counts[self.members]
        return [pair for pair in combinations(primary, 2) if counts[list(pair)].sum() <= rule.high]

    def _range(self, cells: Sequence[int], knower: int | None) -> _Range:
        """How far Σ deviations of these cells can move, down and up."""
        program = self._program
        if knower is not None:
            program.set_bound(knower, 0, 0)
        low, low_exact, low_whole = self._furthest(cells, -1)
        high, high_exact, high_whole = self._furthest(cells, 1)
        if knower is not None:
            program.set_bound(knower, float(self._lower[knower]), float(self._upper[knower]))
        return _Range(-low, high, low_exact and high_exact, low_whole or high_whole)

    def _furthest(self, cells: Sequence[int], sign: int) -> tuple[int, bool, bool]:
        """How far one way; whether a table reaches that; whether whole numbers made it less."""
        program = self._program
        for cell in cells:
            program.set_cost(cell, -float(sign))
        relaxed = solution = program.solve()
        if solution.values is not None and not self._keep(solution):
            program.set_whole(True)
            solution = program.solve()
            program.set_whole(False)
        for cell in cells:
            program.set_cost(cell, 0.0)
        if relaxed.values is None or solution.values is None or not self._keep(solution):
            # The truth is always there: an interval is never said to be wider than it's proved.
            return 0, False, False
        whole = self._tables[-1]
        found = max(0, sign * int(whole[list(cells)].sum()))
        if found >= self._ceiling / 4:
            return UNBOUNDED, True, False
        return found, solution.optimal, found < int(np.floor(-relaxed.objective + 1e-6))

    def _keep(self, solution: Solution) -> bool:
        """Whether a solution is a table of whole numbers that fits; if so, keep it."""
        table = solution.whole
        if table is None or (table < self._lower).any() or (table > self._upper).any():
            return False
        for index, value, low, high, _ in self._lines:
            if not low <= int((table[index] * value).sum()) <= high:
                return False
        self._tables.append(table)
        return True

    def _shortfall(self, cell: int, found: _Range, knower: int = -1) -> tuple[int, int]:
        """The less, the worse protected."""
        rule, count = self.structure.rule, int(self.structure.counts[cell])
        width = found.high - found.low
        if not self.structure.cells[cell].primary:
            return 0, width
        low = max(0, count + found.low - rule.low)
        if low:
            # Noughts are shown: below what they imply nothing can be had.
            source = self.members[knower] if knower >= 0 else -1
            low = max(0, count + found.low - max(rule.low, self._implied.least(cell, source)))
        gap = low + max(0, rule.high - count - found.high)
        return -gap, width

    def _enough(self, cell: int, found: _Range, knower: int = -1) -> bool:
        gap, width = self._shortfall(cell, found, knower)
        if self.structure.cells[cell].primary:
            return gap == 0
        return width >= self.structure.rule.width

    def _closest(self, here: int, outside: _Range, knower: int) -> str:
        if knower >= 0:
            return f"a respondent of {self.structure.cells[self.members[knower]].name}"
        for index, value, low, high, name in self._lines:
            if here in index and self._by_subtraction(here, index, value, low, high) == (
                outside.low,
                outside.high,
            ):
                return f"subtraction in {name}"
        if outside.high >= UNBOUNDED / 2:
            return "none: nothing published bounds it above"
        return "all sums at once, in whole numbers" if outside.whole_matters else "all sums at once"

    def _by_subtraction(
        self, here: int, index: Counts, value: Counts, low: int, high: int
    ) -> tuple[int, int]:
        """What one row alone says of a cell, the others within their bounds."""
        least = greatest = 0
        for cell, coefficient in zip(index.tolist(), value.tolist(), strict=True):
            if cell == here:
                own = coefficient
                continue
            ends = sorted(
                (coefficient * int(self._lower[cell]), coefficient * int(self._upper[cell]))
            )
            least, greatest = least + ends[0], greatest + ends[1]
        ends = sorted(((low - greatest) / own, (high - least) / own))
        return (
            max(int(self._lower[here]), int(np.ceil(ends[0]))),
            min(int(self._upper[here]), int(np.floor(ends[1]))),
        )
