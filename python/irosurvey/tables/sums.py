"""The sums that tie the counts of a release to each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from irosurvey._complaint import complaint
from irosurvey.errors import ArgumentError
from irosurvey.origin import is_set
from irosurvey.tables.facts import Category, CountKey
from irosurvey.tables.suppression import Cell, Relation, Underlying

if TYPE_CHECKING:
    from irosurvey.tables.ledger import Ledger

__all__ = ["Sums"]

Mask: TypeAlias = NDArray[np.bool_]
Places: TypeAlias = NDArray[np.int64]


class Sums:
    """Every sum among the counts of a ledger.

    A count is the sum of the counts of a column's codes and of a rest, which is of other codes
    where not all stand in a table, and of missing answers where the total counts them. Where one
    domain lies within another, the difference of their counts is a count, too.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._relations: dict[tuple[tuple[str, int], ...], Relation] = {}
        self._rests: dict[str, Cell] = {}

    def made(self) -> tuple[list[Relation], list[Cell]]:
        """The sums, and the counts in them that stand in no table."""
        counts = self._ledger.counts
        for (whole, name), parts in sorted(self._families().items()):
            for chosen in _covers(parts, name):
                self._divide(whole, name, chosen)
        for key in sorted(counts):
            for name, codes in key.where:
                above = key.with_codes(name, None)
                if not codes and above in counts:
                    self._divide(above, name, [key], answers=False)
        self._compare_domains()
        self._compare_columns()
        self._nest()
        return list(self._relations.values()), list(self._rests.values())

    def _families(self) -> dict[tuple[CountKey, str], list[CountKey]]:
        """By total and column, the counts that divide it."""
        found: dict[tuple[CountKey, str], list[CountKey]] = {}
        for key in sorted(self._ledger.counts):
            for name, codes in key.where:
                if not codes:
                    continue
                for above in (key.with_codes(name, ()), key.with_codes(name, None)):
                    if above in self._ledger.counts:
                        found.setdefault((above, name), []).append(key)
        return found

    def _divide(
        self,
        whole: CountKey,
        name: str,
        parts: Sequence[CountKey],
        answers: bool | None = None,
    ) -> None:
        """A total, some counts that it divides into, and what is left."""
        ledger = self._ledger
        total = ledger.counts[whole].n
        rest = total - sum(ledger.counts[part].n for part in parts)
        if rest < 0:
            raise complaint(
                ArgumentError,
                f"counts of {whole.text}",
                expected=f"at most {total} in the groups of '{name}'",
                found=str(total - rest),
                remedy="If these are different people, name them: Table(…, sample=…).",
            )
        if answers is None:  # whether those who are left gave other answers, or none
            answers = (whole, name) in ledger.answers or whole.get(name) == ()
        policy = ledger.policy
        twin = self._others(whole, name, parts[0]) if is_set(name) and rest > 0 else None
        if twin is not None:
            parts, rest = [*parts, twin], 0
        self._relate(
            whole,
            parts,
            rest,
            unseen=not answers and whole.with_codes(name, ()) in ledger.counts,
            primary=answers
            and policy.suppress_complements
            # To who sees nothing but the tables, the answers in them are all there are.
            and (
                policy.is_disclosive(rest)
                if rest
                else ledger.informed and self._all_alike(whole, name, parts)
            ),
            label=f"{whole.text} by {name}",
        )

    def _others(self, whole: CountKey, name: str, part: CountKey) -> CountKey | None:
        """The answer that those gave, and nobody else, who didn't give this one of several.

        What one of them knows of the others is what they know of that answer.
        """
        ledger = self._ledger
        origin = ledger.origins.get((whole.source, whole.domain))
        everybody = None if origin is None else origin.rows_in(whole.where)
        chosen = None if origin is None else origin.rows_in(part.where)
        if origin is None or everybody is None or chosen is None:
            return None
        for key in self._grouped.get((whole.source, whole.domain, None), ()):
            if key != part and key.get(name) and key.with_codes(name, ()) == whole:
                rows = origin.rows_in(key.where)
                if rows is not None and bool((rows == (everybody & ~chosen)).all()):
                    return key
        return None

    def _all_alike(self, whole: CountKey, name: str, parts: Sequence[CountKey]) -> bool:
        """Whether it has to be hidden that nobody gave another answer than these.

        Where all answers stand in the release, the noughts among them are hidden themselves.
        """
        policy, counts = self._ledger.policy, self._ledger.counts
        if not (policy.suppress_zeros or policy.class_disclosure == "suppress"):
            return False
        if counts[whole].n == 0 or is_set(name):
            return False
        if len(parts) == 1:
            return True
        origin = self._ledger.origins.get((whole.source, whole.domain))
        left = None if origin is None else origin.rows_in(((name, ()),))
        for part in parts:
            rows = None if origin is None else origin.rows_in(((name, part.get(name) or ()),))
            if left is None or rows is None:
                return False
            left = left & ~rows
        return left is not None and bool(left.any())

    def _relate(
        self,
        whole: CountKey,
        parts: Sequence[CountKey],
        rest: int,
        *,
        primary: bool,
        label: str,
        unseen: bool = False,
    ) -> None:
        """Tie a count to its parts and what is left; `unseen`: few know whether that is nobody."""
        ledger = self._ledger
        name = ledger.name_of(whole)
        ids = [ledger.name_of(part) for part in parts]
        if rest > 0 or primary or (unseen and not ledger.informed):
            rest_id = f"{name} less {', '.join(sorted(ids))}"
            before = self._rests.get(rest_id)
            self._rests[rest_id] = Cell(
                id=rest_id,
                count=rest,
                shown=Underlying(),
                primary=primary or (before is not None and before.primary),
                hideable=False,
                label=f"{ledger.counts[whole].label}, the others",
            )
            ids.append(rest_id)
        # A part may be its total by another name: then what is left is nobody.
        terms = {name: 1}
        for one in ids:
            terms[one] = terms.get(one, 0) - 1
        kept = tuple((one, sign) for one, sign in terms.items() if sign)
        if kept:
            self._relations.setdefault(kept, Relation(kept, 0, label))

    def _compare_domains(self) -> None:
        """Domains that lie within others: those that share nothing together, and each by itself."""
        origins = self._ledger.origins
        masks = {place: origins[place].rows_in(()) for place in sorted(origins)}
        for (source, outer), mask in masks.items():
            within = {
                inner: rows
                for (other, inner), rows in masks.items()
                if (other, inner) != (source, outer) and other == source and rows is not None
                if mask is not None and len(mask) == len(rows) and not (rows & ~mask).any()
            }
            together = [names for names in _apart_from_each_other(within) if len(names) > 1]
            for key in self._grouped.get((source, outer, None), ()):
                told = {name for names in together for name in self._compare(key, names)}
                for inner in within:
                    if inner not in told:
                        self._compare(key, [inner])

    def _compare(self, key: CountKey, domains: Sequence[str]) -> Sequence[str]:
        """Tie a count to those of domains within its own; those that make it up.

        What one of these lacks to it is the others then, and no count of its own.
        """
        counts, policy = self._ledger.counts, self._ledger.policy
        parts = [CountKey(key.source, domain, key.where) for domain in domains]
        parts = [part for part in parts if part in counts]
        rest = counts[key].n - sum(counts[part].n for part in parts)
        small = rest > 0 and policy.is_disclosive(rest)
        # Of several, a larger rest says no more than each of them alone.
        if parts and (len(domains) == 1 or small or rest == 0):
            names = " and ".join(part.text for part in parts)
            self._relate(key, parts, rest, primary=small, label=f"{key.text} and {names}")
        return domains if rest == 0 else ()

    def _compare_columns(self) -> None:
        """Counts of two columns one of which lies within the other but for a few: above 50 and 60.

        Only pairs that differ in one column each are compared: of others nobody knows that one lies
        within the other. Columns that are crossed in a table are tied by its sums already, and what
        is hidden itself takes nothing off.
        """
        ledger = self._ledger
        if not ledger.united:
            return
        alike: dict[tuple[str, str, tuple[tuple[str, Category], ...]], list[CountKey]] = {}
        for key in sorted(ledger.counts):
            if (key.source, key.domain) in ledger.origins:
                for entry in key.where:
                    if not entry[1]:
                        continue  # who answered one question and not another is no answer
                    rest = tuple(one for one in key.where if one != entry)
                    alike.setdefault((key.source, key.domain, rest), []).append(key)
        for (source, domain, common), keys in sorted(alike.items()):
            origin = ledger.origins[source, domain]
            for one in keys:
                for two in keys:
                    gap = ledger.counts[one].n - ledger.counts[two].n
                    if gap <= 0 or not ledger.policy.is_disclosive(gap):
                        continue
                    (mine, _), (theirs, _) = (_apart(key, common) for key in (one, two))
                    if mine == theirs or frozenset((mine, theirs)) in self._crossed:
                        continue
                    within = ledger.counts[two].n
                    if within == 0 or ledger.policy.is_disclosive(within):
                        continue
                    outer, inner = origin.rows_in(one.where), origin.rows_in(two.where)
                    if outer is None or inner is None or (inner & ~outer).any():
                        continue
                    self._relate(one, [two], gap, primary=True, label=f"{one.text} and {two.text}")

    def _nest(self) -> None:
        """Columns that lie within others: the authorities of a region, in tables of their own.

        Of each group the codes of another column that are wholly in it add up to it; a domain is
        such a group, too. Columns that are crossed in a table are tied by its sums already.
        """
        ledger = self._ledger
        if not ledger.united:
            return
        for place in sorted(ledger.origins):
            columns = self._columns_of(*place)
            groups = {name: self._codes(place, name, codes) for name, codes in columns.items()}
            for name, codes in columns.items():
                for other, theirs in columns.items():
                    if name != other and frozenset((name, other)) not in self._crossed:
                        for at, inside in _members(groups[name], groups[other]).items():
                            members = [codes[one] for one in inside]
                            self._nest_in(place, (other, (theirs[at],)), name, members)
                for source, domain in sorted(ledger.origins):
                    mask = ledger.origins[source, domain].rows_in(())
                    if source == place[0] and domain != place[1] and mask is not None:
                        found = _members(groups[name], np.where(mask, 0, -1))
                        members = [codes[one] for one in found.get(0, [])]
                        self._nest_in(place, domain, name, members)

    def _columns_of(self, source: str, domain: str) -> dict[str, list[str]]:
        """Columns that divide a domain somewhere, and their single codes that are counted."""
        found: dict[str, set[str]] = {}
        for key in self._ledger.counts:
            if (key.source, key.domain) == (source, domain):
                for name, codes in key.where:
                    if len(codes) == 1 and not is_set(name):
                        found.setdefault(name, set()).add(codes[0])
        return {name: sorted(codes) for name, codes in sorted(found.items())}

    def _codes(self, place: tuple[str, str], name: str, codes: Sequence[str]) -> Places:
        """For each row of the data the place of its code among some; -1: none of them."""
        origin = self._ledger.origins[place]
        found = np.full(origin.design.frame.rows, -1)
        for at, code in enumerate(codes):
            rows = origin.rows_in([(name, (code,))])
            if rows is not None:
                found[rows] = at
        return found

    @cached_property
    def _crossed(self) -> set[frozenset[str]]:
        """Pairs of columns that a table crosses."""
        return {
            frozenset((one, two))
            for key in self._ledger.counts
            for one, _ in key.where
            for two, _ in key.where
            if one != two
        }

    def _nest_in(
        self,
        place: tuple[str, str],
        group: tuple[str, Category] | str,
        name: str,
        members: Sequence[str],
    ) -> None:
        """Tie counts of a group, or of a domain by its name, to those of the codes within it."""
        ledger = self._ledger
        counts = ledger.counts
        domain, entry = (group, None) if isinstance(group, str) else (place[1], group)
        for key in self._grouped.get((place[0], domain, entry), ()):
            if key.get(name):
                continue
            common = [one for one in key.where if one != entry and one[0] != name]
            parts = [CountKey.of(*place, [*common, (name, (code,))]) for code in members]
            parts = [part for part in parts if part in counts]
            rest = counts[key].n - sum(counts[part].n for part in parts)
            # Of a domain what is left is compared with the other domain already.
            small = (
                rest > 0
                and entry is not None
                and ledger.policy.suppress_complements
                and ledger.policy.is_disclosive(rest)
                and name in ledger.origins[place[0], domain].complete([name])
            )
            if parts and (rest == 0 or small):
                label = f"{key.text} by {name}"
                self._relate(key, parts, rest, primary=small, label=label)

    @cached_property
    def _grouped(self) -> dict[tuple[str, str, tuple[str, Category] | None], list[CountKey]]:
        """Counts by domain, and by each group that they are of."""
        found: dict[tuple[str, str, tuple[str, Category] | None], list[CountKey]] = {}
        for key in sorted(self._ledger.counts):
            for entry in (None, *key.where):
                found.setdefault((key.source, key.domain, entry), []).append(key)
        return found


def _apart_from_each_other(domains: Mapping[str, Mask]) -> list[list[str]]:
    """Domains in lists of such as share nobody."""
    found: list[tuple[Mask, list[str]]] = []
    for name, rows in domains.items():
        for union, names in found:
            if not (union & rows).any():
                union |= rows
                names.append(name)
                break
        else:
            found.append((rows.copy(), [name]))
    return [names for _, names in found]


def _members(inner: Places, outer: Places) -> dict[int, list[int]]:
    """By place of an outer group, the inner ones all rows of which are in it."""
    found: dict[int, set[int]] = {}
    rows = inner >= 0
    for one, two in np.unique(np.stack([inner[rows], outer[rows]]), axis=1).T:
        found.setdefault(int(one), set()).add(int(two))
    members: dict[int, list[int]] = {}
    for one, several in found.items():
        if len(several) == 1 and min(several) >= 0:
            members.setdefault(min(several), []).append(one)
    return members


def _apart(key: CountKey, common: tuple[tuple[str, Category], ...]) -> tuple[str, Category]:
    """What a count says beside what it has in common with others."""
    return next(entry for entry in key.where if entry not in common)


def _covers(parts: Sequence[CountKey], name: str) -> list[list[CountKey]]:
    """Sets of counts that don't overlap: all single codes, and each set of codes with the rest."""
    if is_set(name):
        return [[key] for key in parts]
    single = [key for key in parts if len(key.get(name) or ()) == 1]
    nets = [key for key in parts if len(key.get(name) or ()) > 1]
    covers = [single] if single else []
    for net in nets:
        codes = set(net.get(name) or ())
        apart = [key for key in single if not codes & set(key.get(name) or ())]
        covers.append([net, *apart])
    return covers
