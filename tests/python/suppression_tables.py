"""Random releases: counts of made-up respondents as systems, and as the files that would be
published."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

import attacker
import numpy as np
from attacker import Key

from irosurvey.tables.suppression import (
    Cell,
    Exact,
    Nearest,
    ProtectionRule,
    Relation,
    Shown,
    System,
)


@dataclass(frozen=True)
class Source:
    """Tables to be published of some respondents.

    `respondents` holds for each the level of every variable; `tables` the variables of each table;
    `inside` coarser variables, as the attacker has them.
    """

    respondents: tuple[Mapping[str, str], ...]
    tables: tuple[tuple[str, ...], ...]
    levels: Mapping[str, tuple[str, ...]]
    inside: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    policy: attacker.Policy = field(default_factory=attacker.Policy)

    def finest(self, key: Key) -> Key:
        return attacker._finest(key, self.inside)

    def keys(self, table: Sequence[str]) -> list[Key]:
        """Every cell of a table with its margins."""
        found: set[Key] = set()
        for size in range(len(table) + 1):
            for names in combinations(table, size):
                keys: list[Key] = [frozenset()]
                for name in names:
                    keys = [key | {(name, level)} for key in keys for level in self.levels[name]]
                found |= {self.finest(key) for key in keys if self.possible(key)}
        return sorted(found, key=sorted)

    def possible(self, key: Key) -> bool:
        """Not an authority in another region than its own."""
        levels = dict(key)
        for pair, table in self.inside.items():
            fine, coarse = pair.split("<")
            if fine in levels and coarse in levels and table[levels[fine]] != levels[coarse]:
                return False
        return True

    @cached_property
    def _who(self) -> dict[Key, list[int]]:
        return {}

    def who(self, key: Key) -> list[int]:
        """The respondents in a cell."""
        if key not in self._who:
            self._who[key] = self._find(key)
        return self._who[key]

    def _find(self, key: Key) -> list[int]:
        return [
            place
            for place, each in enumerate(self.respondents)
            if all(each[name] == level for name, level in key)
        ]

    def count(self, key: Key) -> int:
        return len(self.who(key))

    def least(self, key: Key, knower: Key | None = None) -> int:
        """What a count is at least, were everything hidden that isn't nought."""
        attack = self._bare if knower is None else self._bare.told(knower, self.count(knower))
        return attack.interval(key)[0]

    @cached_property
    def _bare(self) -> attacker.Attack:
        return self.attack(name(key) for key, count in self.counts().items() if count)

    def shown(self, key: Key) -> Shown:
        names = {name for name, _ in key}
        if self.policy.base > 1 and not names & set(self.policy.rounded):
            return Nearest(self.policy.base)
        return Exact()

    def counts(self) -> dict[Key, int]:
        return {key: self.count(key) for table in self.tables for key in self.keys(table)}

    def system(self, counts: Mapping[Key, int] | None = None) -> System:
        """As the suppressor takes it; relations are made anew, not taken from the attacker."""
        counts = self.counts() if counts is None else counts
        dimensions = max(len(table) for table in self.tables)
        cells = [
            Cell(
                name(key),
                count,
                self.shown(key),
                primary=self.policy.low <= count <= self.policy.high,
                cost=1.0 + 4.0 * (dimensions - len(key)),
                margin=len(key) < dimensions,
            )
            for key, count in counts.items()
        ]
        relations = {}
        for table in self.tables:
            for key in self.keys(table):
                for variable in table:
                    parts = self.parts(key, variable, table)
                    if parts:
                        relations[name(key), tuple(map(name, parts))] = Relation.sum(
                            name(key), map(name, parts)
                        )
        return System(tuple(cells), tuple(relations.values()))

    def parts(self, key: Key, variable: str, table: Sequence[str]) -> list[Key]:
        names = {name for name, _ in key}
        if variable in names:
            return []
        parts = [
            key | {(variable, level)}
            for level in self.levels[variable]
            if self.possible(key | {(variable, level)})
        ]
        return [self.finest(part) for part in parts if self.finest(part) != key]

    def files(self, hidden: Iterable[str], counts: Mapping[Key, int] | None = None) -> list[str]:
        """What is published: one CSV for each table."""
        counts = self.counts() if counts is None else counts
        marked = set(hidden)
        texts = []
        for table in self.tables:
            out = io.StringIO()
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow([*table, "count"])
            for key in self.keys(table):
                levels = dict(key)
                number: object = counts[key]
                shown = self.shown(key)
                if isinstance(shown, Nearest):
                    number = (2 * counts[key] + shown.base) // (2 * shown.base) * shown.base
                cell = "c" if name(key) in marked else number
                writer.writerow([*(levels.get(variable, "Total") for variable in table), cell])
            texts.append(out.getvalue())
        return texts

    def attack(self, hidden: Iterable[str]) -> attacker.Attack:
        known = attacker.read(self.files(hidden), self.policy, self.inside)
        return attacker.Attack(known)


def name(key: Key) -> str:
    return "|".join(f"{variable}={level}" for variable, level in sorted(key)) or "everyone"


def random_source(rng: np.random.Generator, kind: str) -> Source:
    """`kind` is "1" to "4" dimensions, "hierarchy", "linked" or "rounded"."""
    if kind in {"hierarchy", "rounded"}:
        return _authorities(rng, rounded=kind == "rounded")
    if kind == "linked":
        levels = _levels(rng, "abc", (2, 5))
        tables = (
            (("a", "b"), ("a", "c"), ("b", "c")) if rng.random() < 0.5 else (("a", "b"), ("b", "c"))
        )
        return Source(_people(rng, levels, int(rng.integers(30, 200))), tables, levels)
    dimensions = int(kind)
    sizes = {1: (3, 12), 2: (2, 6), 3: (2, 4), 4: (2, 3)}[dimensions]
    levels = _levels(rng, "abcd"[:dimensions], sizes)
    if dimensions == 4:
        levels |= {"c": ("0", "1"), "d": ("0", "1")}
    number = int(rng.integers(20, 60 * 2**dimensions))
    return Source(_people(rng, levels, number), (tuple(levels),), levels)


def _levels(
    rng: np.random.Generator, names: str, sizes: tuple[int, int]
) -> dict[str, tuple[str, ...]]:
    return {
        variable: tuple(str(level) for level in range(int(rng.integers(sizes[0], sizes[1] + 1))))
        for variable in names
    }


def _people(
    rng: np.random.Generator, levels: Mapping[str, Sequence[str]], number: int
) -> tuple[Mapping[str, str], ...]:
    """Respondents whose answers hang together, some levels rare."""
    columns = {}
    trait = rng.random(number)
    for variable, choices in levels.items():
        shares = rng.dirichlet(np.full(len(choices), float(rng.choice([0.5, 1.0, 4.0]))))
        ends = np.cumsum(shares)[:-1]
        mixed = np.where(rng.random(number) < 0.4, trait, rng.random(number))
        columns[variable] = [choices[place] for place in np.searchsorted(ends, mixed)]
    return tuple(
        {variable: column[place] for variable, column in columns.items()} for place in range(number)
    )


def _authorities(rng: np.random.Generator, *, rounded: bool) -> Source:
    """Authorities within regions, by one more variable; national and regional counts may be
    rounded."""
    regions = [f"r{place}" for place in range(int(rng.integers(2, 4)))]
    table = {
        f"{region}a{place}": region
        for region in regions
        for place in range(int(rng.integers(2, 5)))
    }
    levels = {"authority": tuple(table), **_levels(rng, "b", (2, 4))}
    people = _people(rng, levels, int(rng.integers(60, 400)))
    people = tuple({**each, "region": table[each["authority"]]} for each in people)
    levels = {**levels, "region": tuple(regions)}
    policy = attacker.Policy(base=10, rounded=("authority",)) if rounded else attacker.Policy()
    return Source(
        people, (("region", "authority", "b"),), levels, {"authority<region": table}, policy
    )


RULE = ProtectionRule()


def enough(
    interval: tuple[float, float], count: int, least: Callable[[], int], rule: ProtectionRule = RULE
) -> bool:
    """What the rule asks of one interval.

    `least`: what the count is at least, as noughts are shown.
    """
    low, high = interval
    if rule.low <= count <= rule.high:
        return (low <= rule.low or low <= least()) and high >= rule.high
    return high - low >= rule.width


MOST_TOGETHER = 4
"""Counts of one sum that are looked at as a group."""


def small_groups(
    keys: Iterable[Key], counts: Mapping[Key, int], high: int = RULE.high
) -> Iterator[tuple[Key, ...]]:
    """Several counts of one and more that together are no more than the rule hides."""
    small = [key for key in keys if 0 < counts[key] <= high]
    for many in range(2, MOST_TOGETHER + 1):
        for group in combinations(small, many):
            if sum(counts[key] for key in group) <= high:
                yield group
