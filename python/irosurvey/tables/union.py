"""What two releases of the same people tell together: one system of all counts of both."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace

import numpy as np

from irosurvey.tables.conditions import Truth, parsed, truths
from irosurvey.tables.count_sums import CountSums, key_of, levels_in, one_name_each, sums_among
from irosurvey.tables.facts import CountKey
from irosurvey.tables.published import PublishedCell, PublishedColumn, PublishedTable, Release
from irosurvey.tables.suppression import (
    Cell,
    Indirect,
    ProtectionRule,
    Relation,
    Statement,
    System,
    Underlying,
    audit,
)
from irosurvey.tables.suppression.outcome import FeasibleInterval

__all__ = ["Joint", "Learned", "worked_out"]

LEAST_WIDTH = 3
"""People of doubt that must be left about a hidden count."""

FEW = 4
"""Times a policy's largest hidden count: a difference that may be larger is no small group."""

ZERO = 1e-9
"""Coefficients of sums are 1 and -1: what elimination leaves below this is rounding."""

_TELLS_ALL = frozenset({"lower", "upper", "se", "cv", "effective_n", "df", "weighted_base"})


@dataclass(frozen=True)
class Learned:
    """A count about which both releases together leave too little doubt.

    Attributes
    ----------
    table, where
        Where it is hidden; of a count that stands nowhere ``""``, and what it is.
    hidden_in
        ``"old"``, ``"new"``, ``"both"``; ``"neither"``: it stands in no table.
    how
        How it is known, in words.
    """

    table: str
    where: str
    hidden_in: str
    how: str


@dataclass(frozen=True)
class Joint:
    """What was found, and how much was looked at.

    Attributes
    ----------
    found
        Counts that both together tell.
    counts, shared
        How many counts were looked at, and how many of them stand in both releases.
    tied
        Whether some count of one is a count of the other, or part of a sum with one, or conditions
        say why there is none.
    contradicted
        Whether no counts fit the figures of both: they aren't of the same people.
    unexamined
        What couldn't be told, in words.
    """

    found: tuple[Learned, ...] = ()
    counts: int = 0
    shared: int = 0
    tied: bool = False
    contradicted: bool = False
    unexamined: tuple[str, ...] = ()


@dataclass
class _Edition:
    """What a release tells of counts.

    Attributes
    ----------
    keys
        Every count that its figures rest on.
    bounds
        Of those that are printed, from their rounding.
    shares
        Of unweighted percentages: numerator, base, digits and decimals.
    exact
        Counts that whoever sees a percentage of them is supposed to know.
    hidden, shown
        Where a mark stands for them, and where a figure tells of them: table and place.
    levels
        Codes of columns that are divided wholly.
    """

    keys: set[CountKey] = field(default_factory=set)
    bounds: dict[CountKey, tuple[int, int | None]] = field(default_factory=dict)
    shares: set[tuple[CountKey, CountKey, int, int]] = field(default_factory=set)
    exact: set[CountKey] = field(default_factory=set)
    hidden: dict[CountKey, tuple[str, str]] = field(default_factory=dict)
    shown: dict[CountKey, tuple[str, str]] = field(default_factory=dict)
    levels: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, release: Release, *, alike: bool, other_names: Mapping[CountKey, CountKey]
    ) -> _Edition:
        """Everything that a release shows and hides.

        `alike`: whatever its sample is called; `other_names`: conditions in other words.
        """
        made = cls()
        for table in release:
            keys = [other_names.get(key, key) for key in _keys(table, release, alike)]
            made.keys |= set(keys)
            for row, pairs in zip(table.rows, table.counted, strict=bool(table.counted)):
                for cell, column, pair in zip(row.cells, table.columns, pairs, strict=True):
                    base, part = (None if at < 0 else keys[at] for at in pair)
                    if base is None:
                        continue
                    named = ", ".join(filter(None, row.labels))
                    where = str(table.title), f"{named}, {column.name}"
                    if cell.mark == "c":
                        for key in filter(None, (part, base)):
                            made.hidden.setdefault(key, where)
                    elif cell.value is not None:
                        for key in made._learn(release, table, column, cell, base, part):
                            made.shown.setdefault(key, where)
        made.levels = levels_in(release, made.keys)
        for key in made.shown.keys() & made.hidden.keys():
            del made.hidden[key]  # the mark is there for the other of its two counts
        if not _hides_zeros(release.policy):
            made.bounds |= dict.fromkeys(made.hidden, (1, None))
        return made

    def joined(self, other: _Edition) -> _Edition:
        """What both tell."""
        bounds = dict(self.bounds)
        for key, (low, high) in other.bounds.items():
            own = bounds.get(key, (0, None))
            bounds[key] = max(low, own[0]), _least(high, own[1])
        shown = {**self.shown, **other.shown}
        return _Edition(
            keys=self.keys | other.keys,
            bounds=bounds,
            shares=self.shares | other.shares,
            exact=self.exact | other.exact,
            hidden={k: v for k, v in {**self.hidden, **other.hidden}.items() if k not in shown},
            shown=shown,
            levels={
                name: self.levels.get(name, set()) | other.levels.get(name, set())
                for name in self.levels.keys() | other.levels.keys()
            },
        )

    def _learn(
        self,
        release: Release,
        table: PublishedTable,
        column: PublishedColumn,
        cell: PublishedCell,
        base: CountKey,
        part: CountKey | None,
    ) -> set[CountKey]:
        """What a number tells of the counts that it rests on; the answer is of which."""
        assert cell.value is not None
        both = {base} if part is None else {base, part}
        if column.kind in _TELLS_ALL:
            self.exact |= both
            return both
        if column.kind == "base" or (column.unit == "count" and not table.weighted):
            low, high = _range(cell.value, base, release.policy)
            before = self.bounds.get(base, (0, None))
            self.bounds[base] = max(low, before[0]), _least(high, before[1])
            if low == high:
                self.exact.add(base)
            return {base}
        if column.unit == "count":
            self.exact.add(base)
            return {base}
        if part is None:
            return set()  # a mean by itself tells of no count
        if table.weighted or release.policy.get("exact_percentages", True):
            self.exact |= both
        if not table.weighted:
            digits = round(cell.value * 10**column.decimals)
            self.shares.add((part, base, digits, column.decimals))
        if cell.value > 0:
            least = int(_number(release.policy, "suppress_to")) + 1
            low, high = self.bounds.get(part, (0, None))
            self.bounds[part] = max(low, least), high
        return both


def _keys(table: PublishedTable, release: Release, alike: bool) -> list[CountKey]:
    """The counts behind a table's figures."""
    names = [one._replace(sample="") if alike else one for one in table.counts]
    return [key_of(name, release) for name in names]


def _range(value: float, key: CountKey, policy: Mapping[str, object]) -> tuple[int, int | None]:
    """The counts that are printed as a number, by the policy that the release states."""
    hides = int(_number(policy, "suppress_to"))
    names = {str(name).lower() for name in _listed(policy.get("authority_columns"))}
    authority = any(codes and name.lower() in names for name, codes in key.where)
    base = int(_number(policy, "authority_base" if authority else "rounding_base")) or 1
    how = policy.get("rounding", "none")
    if how == "none" or base == 1:
        low = high = round(value)
    elif how == "nearest":
        low, high = math.ceil(value - base / 2), math.ceil(value + base / 2) - 1
    else:
        low, high = round(value) - base + 1, round(value) + base - 1
    # A count within the policy's limits would have been hidden.
    return (max(low, hides + 1), high) if value > 0 else (0, 0 if hides else high)


def _hides_zeros(policy: Mapping[str, object]) -> bool:
    """Whether a mark may stand for nobody."""
    return bool(policy.get("suppress_zeros")) or policy.get("class_disclosure") == "suppress"


def _number(policy: Mapping[str, object], name: str) -> float:
    found = policy.get(name, 0)
    return float(found) if isinstance(found, int | float) else 0.0


def _listed(found: object) -> Iterable[object]:
    return found if isinstance(found, list | tuple) else ()


def _least(one: int | None, two: int | None) -> int | None:
    return two if one is None else one if two is None else min(one, two)


# ---- what both tell ----


def worked_out(old: Release, new: Release) -> Joint:
    """Counts that are hidden in a release, or stand in none, and that both together tell.

    All counts of all tables of both releases, and every sum among them, are one system. Its
    solutions in whole numbers, with the printed figures as bounds, are what an attacker who has
    both is left with; the audit of secondary suppression gives the interval of each count. Where
    rounded figures leave an interval, it is asked besides what follows if whoever sees a
    percentage knows its counts, as policies suppose.

    Parameters
    ----------
    old, new
        Releases of the same people.
    """
    samples = [{name.sample for table in one for name in table.counts} for one in (old, new)]
    # Where each has one sample it is the same: that is what the caller says, or the data's hash.
    alike = all(len(own) < 2 for own in samples)
    keys = [{key for table in one for key in _keys(table, one, alike)} for one in (old, new)]
    names = one_name_each(keys[0] | keys[1])
    first, second = (_Edition.of(one, alike=alike, other_names=names) for one in (old, new))
    both = first.joined(second)
    domains = [{key.domain for key in own if key.domain} for own in keys]
    looked = Joint(
        counts=len(both.keys),
        shared=len(first.keys & second.keys),
        unexamined=tuple(_incomparable(*domains)),
    )
    if not both.keys:
        return looked
    for gaps in (False, True):
        sums = sums_among(both.keys, both.levels, gaps=gaps)
        point = _fitting(both, sums)
        if point is not None:
            break
    else:
        return replace(looked, contradicted=True)
    tied = any(domains) or _is_tied(first, second, sums)
    looked = replace(looked, tied=tied)
    high = int(max(_number(one.policy, "suppress_to") for one in (old, new)))
    attack = _Attack((first, second), both, sums, point, gaps=gaps, high=high)
    found = (*_shown(first, second), *attack.learned())
    return replace(looked, found=found, unexamined=(*looked.unexamined, *attack.unbounded))


def _is_tied(first: _Edition, second: _Edition, sums: CountSums) -> bool:
    """Whether a count or a sum belongs to both."""
    old, new = ({key.text for key in one.keys} for one in (first, second))
    return bool(old & new) or any(
        old & (names := {name for name, _ in terms}) and new & names for terms in sums.relations
    )


def _incomparable(old: Iterable[str], new: Iterable[str]) -> Iterator[str]:
    """Pairs of conditions of which nothing tells whether one is a group within the other."""
    for one, two in itertools.product(sorted(set(old)), sorted(set(new))):
        if one == two and not one.startswith("?"):
            continue
        pair = parsed(one), parsed(two)
        both = tuple(condition for condition in pair if condition is not None)
        where = truths(both) if len(both) == 2 else None
        if where is None:
            why = "they say more than comparisons with constants"
        elif _is_decided(*where):
            continue
        elif len({condition.columns for condition in both}) == 1:
            why = "they overlap, so that it depends on the answers"
        else:
            why = "they are about different columns"
        yield (
            f"whether {_shown_words(one)} is a group within {_shown_words(two)}, or the other way "
            f"round: {why}"
        )


def _is_decided(one: Truth, two: Truth) -> bool:
    """Whether one implies the other, or they exclude each other."""
    return not ((one & two).any() and (one & ~two).any() and (two & ~one).any())


def _shown_words(domain: str) -> str:
    return "a condition that isn't told in words" if domain.startswith("?") else f"({domain})"


def _shown(first: _Edition, second: _Edition) -> Iterator[Learned]:
    """What is hidden in one release and told in the other."""
    for name, one, other in (("old", first, second), ("new", second, first)):
        for key in sorted(one.hidden.keys() & other.shown.keys()):
            table, where = other.shown[key]
            yield Learned(*one.hidden[key], name, f"the other tells of it: {table}, {where}")


class _Attack:
    """What both releases tell beyond what each alone does."""

    def __init__(
        self,
        alone: tuple[_Edition, _Edition],
        both: _Edition,
        sums: CountSums,
        point: Mapping[str, int],
        *,
        gaps: bool,
        high: int,
    ) -> None:
        self._alone, self._both, self._sums, self._point = alone, both, sums, point
        self._high = high
        self._own = [sums_among(one.keys, both.levels, known=both.keys, gaps=gaps) for one in alone]
        self._hidden = {key.text: key for key in both.hidden}
        self.unbounded: list[str] = []

    def learned(self) -> Iterator[Learned]:
        """Everything that is told."""
        found = self._intervals(self._both, self._sums)
        told = {name for name, interval in found.items() if self._tells(name, interval)}
        known = self._following(self._both, self._sums) - told
        if told or known:
            for one, sums in zip(self._alone, self._own, strict=True):
                before = self._intervals(one, sums, told)
                told -= {name for name in told & before.keys() if self._tells(name, before[name])}
                known -= self._following(one, sums)
        for name in sorted(told):
            yield self._words(name, f"worked out from both together, {_within(found[name])}")
        for name in sorted(known):
            interval = found.get(name)
            if name in self._hidden or (interval is not None and self._is_few(interval)):
                yield self._words(
                    name,
                    "follows for whoever knows the counts behind the percentages of both"
                    + (f"; by the printed figures, {_within(interval)}" if interval else ""),
                )
            elif interval is None or interval.upper is None:
                self.unbounded.append(
                    f"how many people these are, of whom weighted figures alone tell: "
                    f"{self._sums.rests[name]}"
                )

    def _words(self, name: str, how: str) -> Learned:
        key = self._hidden.get(name)
        if key is None:
            return Learned("", self._sums.rests[name], "neither", how)
        hidden = [key in one.hidden for one in self._alone]
        where = "both" if all(hidden) else "old" if hidden[0] else "new"
        return Learned(*self._both.hidden[key], where, how)

    def _tells(self, name: str, interval: FeasibleInterval) -> bool:
        """Whether an interval leaves too little doubt."""
        small = interval.upper is not None and interval.upper <= self._high
        if name not in self._hidden:  # a difference of printed counts is hidden by nobody
            return small and interval.lower >= 1
        covers = interval.covers(1, self._high)
        return not interval.is_as_wide_as(LEAST_WIDTH) or (small and not covers)

    def _is_few(self, interval: FeasibleInterval) -> bool:
        """Whether it may be a small group, and isn't certainly nobody."""
        return (
            interval.lower <= self._high
            and interval.upper is not None
            and 1 <= interval.upper <= FEW * max(self._high, 1)
        )

    def _intervals(
        self, edition: _Edition, sums: CountSums, wanted: Set[str] | None = None
    ) -> dict[str, FeasibleInterval]:
        """What is left of each hidden count, and of rests that are people as any others.

        `wanted`: of these alone; the others are unknown all the same.
        """
        names = {key.text for key in edition.keys} | sums.rests.keys()
        point = dict(self._point)
        for terms in sums.relations:  # rests of a release alone follow from the counts
            for name, _ in terms:
                if name not in point:
                    point[name] = sum(sign * point[own] for own, sign in terms if own != name)
        hidden = {key.text for key in edition.hidden}
        watched = set(sums.watched)
        if wanted is not None:
            hidden, watched = hidden & wanted, watched & wanted
        system = System(
            tuple(
                Cell(
                    id=name,
                    count=point[name],
                    shown=Indirect() if name in hidden else Underlying(),
                    primary=name in watched,
                )
                for name in sorted(names)
            ),
            tuple(Relation(terms) for terms in sums.relations),
            tuple(_statements(edition)),
        )
        # That marks stand for one or more is among the bounds, by each release's own policy.
        rule = ProtectionRule(
            low=0,
            high=1,
            width=LEAST_WIDTH,
            zeros_shown=False,
            known_within=0,
            together=1,
            rule_applied=False,
        )
        return {one.id: one.outsider for one in audit(system, hidden, rule).cells}

    def _following(self, edition: _Edition, sums: CountSums) -> set[str]:
        """Counts that follow by the sums from those that percentages tell."""
        known = {key.text for key in edition.exact}
        names = sorted(({key.text for key in edition.keys} | sums.rests.keys()) - known)
        wanted = {key.text for key in edition.hidden} | sums.watched
        return _determined(names, sums.relations) & wanted


def _within(interval: FeasibleInterval) -> str:
    if interval.upper == interval.lower:
        return f"it is {interval.lower}"
    return f"it lies from {interval}" if interval.upper is not None else f"it is {interval}"


def _statements(edition: _Edition) -> Iterator[Statement]:
    """What the printed figures say."""
    for key, (low, high) in sorted(edition.bounds.items()):
        yield Statement(((key.text, 1),), lower=low, upper=high)
    for part, base, digits, decimals in sorted(edition.shares):
        if part == base:
            continue
        # Within half a unit of the last digit, either end included: who rounds halves how?
        scale = 200 * 10**decimals
        yield Statement(((part.text, scale), (base.text, 1 - 2 * digits)), lower=0)
        yield Statement(((part.text, scale), (base.text, -1 - 2 * digits)), upper=0)


def _fitting(edition: _Edition, sums: CountSums) -> dict[str, int] | None:
    """Some counts that fit every figure and every sum; None: there are none."""
    import highspy

    names = sorted({key.text for key in edition.keys} | sums.rests.keys())
    place = {name: at for at, name in enumerate(names)}
    model = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in (("output_flag", False), ("threads", 1), ("random_seed", 0)):
        model.setOptionValue(option, value)
    for at in range(len(names)):
        model.addVar(0.0, highspy.kHighsInf)
        model.changeColIntegrality(at, highspy.HighsVarType.kInteger)
    lines: list[tuple[tuple[tuple[str, int], ...], float, float]] = [
        *((terms, 0.0, 0.0) for terms in sums.relations),
        *(
            (
                one.terms,
                -highspy.kHighsInf if one.lower is None else float(one.lower),
                highspy.kHighsInf if one.upper is None else float(one.upper),
            )
            for one in _statements(edition)
        ),
    ]
    for terms, low, high in lines:
        index = np.array([place[name] for name, _ in terms], dtype=np.int32)
        model.addRow(low, high, len(index), index, np.array([float(sign) for _, sign in terms]))
    model.run()
    if model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    values = np.rint(np.array(model.getSolution().col_value)).astype(int)
    return {name: int(values[at]) for at, name in enumerate(names)}


def _determined(names: list[str], relations: Iterable[tuple[tuple[str, int], ...]]) -> set[str]:
    """Unknowns that sums alone fix once all other counts are known: elimination."""
    place = {name: at for at, name in enumerate(names)}
    lines = []
    for terms in relations:
        line = np.zeros(len(names))
        for name, sign in terms:
            if name in place:
                line[place[name]] = sign
        if line.any():
            lines.append(line)
    if not lines:
        return set()
    matrix = np.array(lines)
    row = 0
    for column in range(len(names)):
        if row == len(matrix):
            break
        best = row + int(np.argmax(np.abs(matrix[row:, column])))
        if abs(matrix[best, column]) < ZERO:
            continue
        matrix[[row, best]] = matrix[[best, row]]
        matrix[row] /= matrix[row, column]
        others = np.flatnonzero(np.abs(matrix[:, column]) > ZERO)
        others = others[others != row]
        matrix[others] -= np.outer(matrix[others, column], matrix[row])
        row += 1
    alone = (np.abs(matrix[:row]) > ZERO).sum(axis=1) == 1
    return {names[int(np.argmax(np.abs(line)))] for line in matrix[:row][alone]}
