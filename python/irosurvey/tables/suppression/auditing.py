"""What an attacker can work out of hidden counts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from irosurvey.tables.suppression._applied import Told, what_is_told
from irosurvey.tables.suppression._groups import small_groups
from irosurvey.tables.suppression._implied import Implied
from irosurvey.tables.suppression._proof import Proof
from irosurvey.tables.suppression._structure import Structure
from irosurvey.tables.suppression.arrays import UNBOUNDED, Counts, Mask, connected
from irosurvey.tables.suppression.outcome import Audit, CellAudit, FeasibleInterval, SumAudit
from irosurvey.tables.suppression.program import Program, Solution
from irosurvey.tables.suppression.rule import ProtectionRule
from irosurvey.tables.suppression.system import System

__all__ = ["audit", "audit_of"]

# Pairs of a respondent and a hidden cell, in one set of connected cells, for which the respondent's
# interval is worked out exactly. Beyond, an interval that tables at hand show to be wide enough is
# left at what they show.
EXACT_PAIRS = 400
# The same for sums of several counts.
EXACT_SUMS = 100
# Searches among whole numbers after which a range that is wide enough is left at what tables show.
WHOLE_SEARCHES = 40


def audit(system: System, hidden: Iterable[str], rule: ProtectionRule | None = None) -> Audit:
    """Work out the feasible interval of every hidden count, as an attacker would.

    For a hidden count x and all tables of whole numbers that satisfy the relations, the
    statements still published, the printed counts with their rounding, and the rule itself, the
    interval is [min x, max x]. A respondent who knows a cell has that count as one equation more.
    Whoever sees that a count can't be small takes it as above the rule's `high`, and goes on.

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
    found = Told()
    for part in structure.parts() if structure.rule.tells else []:
        found |= what_is_told(
            Proof(part), part.mask(structure.ids(mask) & {cell.id for cell in part.cells})
        )
    return audit_of(structure, mask, found)


def audit_of(structure: Structure, hidden: Mask, known: Told) -> Audit:
    """The audit against those to whom the rule has told which counts are large."""
    structure = structure.knowing(known.common)
    lower, upper = structure.bounds(hidden)
    free = np.flatnonzero(lower < upper)
    place = {int(cell): number for number, cell in enumerate(free)}
    active = structure.rows.active(hidden)
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
    watched = hidden | (structure.underlying & structure.primary)
    for group in connected(len(free), [group for group in groups if group]):
        members = [int(free[number]) for number in group]
        targets = [cell for cell in members if watched[cell]]
        if targets:
            attack = _Attack(structure, hidden, members, known, implied)
            cells += attack.cells(targets)
            sums += attack.sums(targets)
    fixed = np.flatnonzero((watched | structure.must_hide) & (lower == upper)).tolist()
    cells += [_given_away(structure, hidden, cell, implied) for cell in fixed]
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


@dataclass(frozen=True)
class _Knower:
    """A respondent: the place of the cell they know, and deviations that others are at least."""

    place: int
    floors: tuple[tuple[int, int], ...] = ()

    def allows(self, tables: Counts) -> Mask:
        """Which tables they can't rule out."""
        allowed = tables[:, self.place] == 0
        for place, least in self.floors:
            allowed &= tables[:, place] >= least
        return np.asarray(allowed)


class _Attack:
    """The linear program of one connected set of counts that aren't known."""

    def __init__(
        self,
        structure: Structure,
        hidden: Mask,
        members: Sequence[int],
        known: Told,
        implied: Implied,
    ) -> None:
        self._implied = implied
        self.structure, self.hidden = structure, hidden
        self.members = list(members)
        self._place = {cell: number for number, cell in enumerate(members)}
        lower, upper = structure.bounds(hidden)
        active = structure.rows.active(hidden)
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
        # Tables at hand, the truth first.
        self._pool: Counts = np.zeros((64, len(members)), dtype=np.int64)
        self._size = 1
        # The least and greatest of every cell in them; what no table can pass.
        self._reached_low = self._pool[0].copy()
        self._reached_high = self._pool[0].copy()
        self._outside: dict[int, _Range] = {}
        self._searches = 0
        # An end that meets one of these is exact.
        tightest = structure.rows.tightened(lower, upper, active)
        self._tightest_low = tightest[0][self.members]
        self._tightest_high = np.minimum(tightest[1][self.members], self._ceiling)
        self._knowers = [
            _Knower(self._place[cell], self._floors(known.own.get(structure.cells[cell].id)))
            for cell in structure.known_to_respondents
            if cell in self._place and hidden[cell]
        ]

    def _floors(self, large: Collection[str] | None) -> tuple[tuple[int, int], ...]:
        """What a respondent knows some counts to be at least."""
        structure = self.structure
        return tuple(
            (place, structure.rule.high + 1 - int(structure.counts[cell]))
            for cell, place in self._place.items()
            if large and structure.cells[cell].id in large
        )

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
        outside = {cell: self._outsiders(self._place[cell]) for cell in targets}
        worst = dict(outside)
        worst_of = dict.fromkeys(targets, -1)
        exact = len(targets) * len(self._knowers) <= EXACT_PAIRS
        for knower in self._knowers:
            seen = self._seen(knower)
            for cell in targets:
                here = self._place[cell]
                if structure.same[cell] == structure.same[self.members[knower.place]]:
                    continue
                inside = seen(here)
                if inside.ends == outside[cell].ends:
                    continue
                if exact or not self._enough(cell, inside, knower.place):
                    enough = partial(self._enough, cell, knower=knower.place)
                    inside = self._range([here], knower, inside, enough)
                if self._shortfall(cell, inside, knower.place) < self._shortfall(
                    cell, worst[cell], worst_of[cell]
                ):
                    worst[cell], worst_of[cell] = inside, knower.place
        return [self._cell(cell, outside[cell], worst[cell], worst_of[cell]) for cell in targets]

    def _outsiders(self, here: int) -> _Range:
        """What an outsider can work out of one cell."""
        if here not in self._outside:
            low, high = int(self._reached_low[here]), int(self._reached_high[here])
            enough = partial(self._enough, self.members[here])
            self._outside[here] = self._range([here], None, _Range(low, high, False, False), enough)
        return self._outside[here]

    def _seen(self, knower: _Knower) -> Callable[[int], _Range]:
        """Ranges by the tables at hand that a respondent can't rule out."""
        tables = self._tables[knower.allows(self._tables)]
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
        """The audit of sums: each relation's hidden counts, and those that are a small group."""
        wanted: dict[tuple[int, ...], bool] = {}
        found: dict[tuple[int, ...], _Range] = {}
        whole: set[tuple[int, ...]] = set()
        hidden = {self._place[cell] for cell in targets}
        for index, value, low, high, _ in self._lines:
            if low == high:
                for sign in (1, -1):
                    parts = [int(cell) for cell in index[np.sign(value) == sign]]
                    parts = [cell for cell in parts if cell in hidden]
                    if len(parts) > 1:
                        wanted.setdefault(tuple(parts), False)
                        whole.add(tuple(parts))
                        others = np.flatnonzero(~np.isin(index, parts))
                        if (abs(value) == 1).all() and len(others) < 2:
                            same = bool((value[others] != sign).all())
                            found[tuple(parts)] = self._rest(index[others], same)
                    wanted |= dict.fromkeys(self._small_groups(parts), True)
        many = len(wanted) > EXACT_SUMS
        sums = {
            parts: self._sum(parts, asked, found.get(parts), many)
            for parts, asked in wanted.items()
        }
        # There are many larger groups: only what is lacking there is worth a line.
        return [
            each
            for parts, each in sums.items()
            if len(parts) == 2 or parts in whole or not each.protected
        ]

    def _rest(self, others: Counts, same: bool) -> _Range:
        """The range of a sum to which one other cell at most is all that lacks in a relation."""
        if not len(others):
            return _Range(0, 0, True, False)
        found = self._outsiders(int(others[0]))
        if same:
            return found
        return replace(found, low=-found.high, high=-found.low)

    def _sum(
        self, parts: tuple[int, ...], asked: bool, found: _Range | None, many: bool
    ) -> SumAudit:
        """The audit of one sum."""
        rule = self.structure.rule
        cells = [self.structure.cells[self.members[part]] for part in parts]
        count = sum(cell.count for cell in cells)

        def enough(found: _Range) -> bool:
            return found.high >= rule.high - count and found.high - found.low >= rule.width

        if found is None:
            sums = self._tables[:, list(parts)].sum(axis=1)
            found = _Range(int(sums.min()), int(sums.max()), False, False)
            if not (many and asked and enough(found)):
                found = self._range(parts, None, found, enough)
        return SumAudit(
            tuple(cell.id for cell in cells),
            " + ".join(cell.name for cell in cells),
            count,
            found.interval(count),
            f"reaching {rule.high}, {rule.width} wide" if asked else "",
            enough(found) or not asked,
        )

    def _small_groups(self, parts: Sequence[int]) -> list[tuple[int, ...]]:
        groups = small_groups(self.structure, [self.members[part] for part in parts])
        return [tuple(self._place[cell] for cell in group) for group in groups]

    def _range(
        self,
        cells: Sequence[int],
        knower: _Knower | None,
        seen: _Range,
        enough: Callable[[_Range], bool],
    ) -> _Range:
        """How far Σ deviations of these cells can move, down and up.

        `seen`: how far they move in tables at hand. No program is solved for an end that no table
        can pass. After `WHOLE_SEARCHES`, a range that is shown to be enough is left at that.
        """
        if knower is not None:
            self._program.set_bound(knower.place, 0, 0)
            for place, least in knower.floors:
                self._program.set_bound(place, least, float(self._upper[place]))
        found = self._ends(cells, knower, seen, search=self._searches < WHOLE_SEARCHES)
        if not found.exact and not enough(found):
            found = self._ends(cells, knower, seen, search=True)
        if knower is not None:
            for place in (knower.place, *(place for place, _ in knower.floors)):
                ends = float(self._lower[place]), float(self._upper[place])
                self._program.set_bound(place, *ends)
        return found

    def _ends(
        self, cells: Sequence[int], knower: _Knower | None, seen: _Range, *, search: bool
    ) -> _Range:
        ends = [
            self._seen_end(cells, sign, seen) or self._furthest(cells, sign, knower, search)
            for sign in (-1, 1)
        ]
        (low, low_exact, low_whole), (high, high_exact, high_whole) = ends
        return _Range(-low, high, low_exact and high_exact, low_whole or high_whole)

    def _seen_end(
        self, cells: Sequence[int], sign: int, seen: _Range
    ) -> tuple[int, bool, bool] | None:
        """An end that a table at hand reaches and none can pass."""
        members = list(cells)
        if sign < 0:
            reached, furthest = -seen.low, -int(self._tightest_low[members].sum())
        else:
            reached, furthest = seen.high, int(self._tightest_high[members].sum())
        return (reached, True, False) if reached >= furthest else None

    def _furthest(
        self, cells: Sequence[int], sign: int, knower: _Knower | None, search: bool
    ) -> tuple[int, bool, bool]:
        """How far one way; whether that is exact; whether whole numbers made it less.

        Without `search`, as far as tables at hand go where the linear program gives none.
        """
        program = self._program
        for cell in cells:
            program.set_cost(cell, -float(sign))
        solution = program.solve()
        # Whole numbers go no further than this; a table at hand may reach it.
        limit = int(np.floor(-solution.objective + 1e-6)) if solution.values is not None else 0
        whole = solution.values is None or self._keep(solution)
        if search and not whole and self._best(cells, sign, knower) < limit:
            self._searches += 1
            program.set_whole(True)
            solution = program.solve()
            program.set_whole(False)
            self._keep(solution)
        for cell in cells:
            program.set_cost(cell, 0.0)
        found = self._best(cells, sign, knower)
        if found >= self._ceiling / 4:
            return UNBOUNDED, True, False
        exact = found >= limit or (search and solution.optimal)
        return found, exact, found < limit

    def _best(self, cells: Sequence[int], sign: int, knower: _Knower | None) -> int:
        """How far cells move in a table at hand that the knower can't rule out."""
        moved = sign * self._tables[:, list(cells)].sum(axis=1)
        if knower is not None:
            moved = moved[knower.allows(self._tables)]
        # The truth is always there: an interval is never said to be wider than it's proved.
        return max(0, int(moved.max()))

    @property
    def _tables(self) -> Counts:
        return self._pool[: self._size]

    def _keep(self, solution: Solution) -> bool:
        """Whether a solution is a table of whole numbers that fits; if so, keep it."""
        table = solution.whole
        if table is None or (table < self._lower).any() or (table > self._upper).any():
            return False
        for index, value, low, high, _ in self._lines:
            if not low <= int((table[index] * value).sum()) <= high:
                return False
        if self._size == len(self._pool):
            self._pool = np.concatenate([self._pool, np.zeros_like(self._pool)])
        self._pool[self._size] = table
        self._size += 1
        self._reached_low = np.minimum(self._reached_low, table)
        self._reached_high = np.maximum(self._reached_high, table)
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
