"""What one release tells of counts: which it prints, how closely, and which it hides."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from irosurvey.tables.count_sums import Division, division_of, key_of
from irosurvey.tables.facts import CountKey
from irosurvey.tables.published import PublishedCell, PublishedColumn, PublishedTable, Release

__all__ = ["Edition", "keys_of", "policy_number"]

_TELLS_ALL = frozenset({"lower", "upper", "se", "cv", "effective_n", "df", "weighted_base"})


@dataclass
class Edition:
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
    divisions
        Columns that are divided wholly, and their codes.
    small
        The least and the greatest count that are hidden for their own sake.
    zeros_shown
        Whether no mark stands for nobody.
    guarded
        Whether further counts are hidden, so that nothing tells which are the small ones.
    """

    keys: set[CountKey] = field(default_factory=set)
    bounds: dict[CountKey, tuple[int, int | None]] = field(default_factory=dict)
    shares: set[tuple[CountKey, CountKey, int, int]] = field(default_factory=set)
    exact: set[CountKey] = field(default_factory=set)
    hidden: dict[CountKey, tuple[str, str]] = field(default_factory=dict)
    shown: dict[CountKey, tuple[str, str]] = field(default_factory=dict)
    divisions: tuple[Division, ...] = ()
    small: tuple[int, int] = (1, 0)
    zeros_shown: bool = True
    guarded: bool = False

    @classmethod
    def of(
        cls, release: Release, *, alike: bool, other_names: Mapping[CountKey, CountKey]
    ) -> Edition:
        """Everything that a release shows and hides.

        `alike`: whatever its sample is called; `other_names`: conditions in other words.
        """
        policy = release.policy
        high = int(policy_number(policy, "suppress_to"))
        made = cls(
            small=(max(1, int(policy_number(policy, "suppress_from"))), high),
            zeros_shown=not _hides_zeros(policy),
            guarded=bool(policy.get("secondary")),
        )
        of: dict[CountKey, set[CountKey]] = {}
        alone: set[CountKey] = set()
        for table in release:
            keys = [other_names.get(key, key) for key in keys_of(table, release, alike)]
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
                        if part is None:
                            alone.add(base)
                        else:
                            of.setdefault(part, set()).add(base)
                    elif cell.value is not None:
                        for key in made._learn(release, table, column, cell, base, part):
                            made.shown.setdefault(key, where)
        made.divisions = (division_of(release, made.keys),)
        for key in made.shown.keys() & made.hidden.keys():
            del made.hidden[key]  # the mark is there for the other of its two counts
        if made.zeros_shown:
            # Of a base that is hidden all shares are, be they nought.
            there = {
                key
                for key in made.hidden
                if key in alone or of.get(key, set()) <= made.shown.keys()
            }
            made.bounds |= dict.fromkeys(sorted(there), (1, None))
        return made

    def joined(self, other: Edition) -> Edition:
        """What both tell."""
        bounds = dict(self.bounds)
        for key, (low, high) in other.bounds.items():
            own = bounds.get(key, (0, None))
            bounds[key] = max(low, own[0]), _least(high, own[1])
        shown = {**self.shown, **other.shown}
        return Edition(
            keys=self.keys | other.keys,
            bounds=bounds,
            shares=self.shares | other.shares,
            exact=self.exact | other.exact,
            hidden={k: v for k, v in {**self.hidden, **other.hidden}.items() if k not in shown},
            shown=shown,
            divisions=self.divisions + other.divisions,
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
            least = int(policy_number(release.policy, "suppress_to")) + 1
            low, high = self.bounds.get(part, (0, None))
            self.bounds[part] = max(low, least), high
        return both


def keys_of(table: PublishedTable, release: Release, alike: bool) -> list[CountKey]:
    """The counts behind a table's figures."""
    names = [one._replace(sample="") if alike else one for one in table.counts]
    return [key_of(name, release) for name in names]


def _range(value: float, key: CountKey, policy: Mapping[str, object]) -> tuple[int, int | None]:
    """The counts that are printed as a number, by the policy that the release states."""
    hides = int(policy_number(policy, "suppress_to"))
    names = {str(name).lower() for name in _listed(policy.get("authority_columns"))}
    authority = any(codes and name.lower() in names for name, codes in key.where)
    base = int(policy_number(policy, "authority_base" if authority else "rounding_base")) or 1
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


def policy_number(policy: Mapping[str, object], name: str) -> float:
    """A number of a policy as a release states it; 0 if it says nothing."""
    found = policy.get(name, 0)
    return float(found) if isinstance(found, int | float) else 0.0


def _listed(found: object) -> Iterable[object]:
    return found if isinstance(found, list | tuple) else ()


def _least(one: int | None, two: int | None) -> int | None:
    return two if one is None else one if two is None else min(one, two)
