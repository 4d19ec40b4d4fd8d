"""All unweighted counts of a release, what is published of each, and the sums that tie them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from irosurvey._complaint import complaint
from irosurvey.errors import ArgumentError
from irosurvey.origin import Origin, is_set
from irosurvey.tables.facts import CountKey, Fact
from irosurvey.tables.policy import Policy
from irosurvey.tables.reliability import judge
from irosurvey.tables.rounding import controlled_rounding, nearest, random_rounding
from irosurvey.tables.sums import Sums
from irosurvey.tables.suppression import Cell, Relation

if TYPE_CHECKING:
    from irosurvey.tables.published import Kind

__all__ = ["Count", "Ledger"]

MOST_ROWS = 3_000_000_000
"""So many rows are looked at, at most, to find counts of the same people: some seconds."""

_TELLS_ALL: frozenset[Kind] = frozenset(
    {"lower", "upper", "se", "cv", "effective_n", "df", "weighted_base"}
)
"""Numbers from which a count can be worked out more closely than from its rounded value."""


@dataclass
class Count:
    """A count, and how it comes to be known.

    Attributes
    ----------
    key
        Which rows.
    n
        The true count.
    in_table
        Whether a table is about it: not only a number that tells it.
    printed
        Whether it stands in a table, rounded as the policy has it.
    exact
        Whether something that is printed tells it more closely than that.
    weighted
        Whether its sum of weights is printed beside it.
    useful
        Whether anything that derives from it is reliable enough to be shown.
    places
        Where it stands, in words.
    """

    key: CountKey
    n: int
    in_table: bool = False
    printed: bool = False
    exact: bool = False
    weighted: bool = False
    useful: bool = False
    places: list[str] = field(default_factory=list)

    @property
    def label(self) -> str:
        """What reports call it."""
        return self.places[0] if self.places else self.key.text


@dataclass
class Ledger:
    """Counts of a release by their keys, and which percentages tell of them.

    Attributes
    ----------
    policy
        The policy that is applied.
    counts
        By key.
    shares
        Unweighted percentages of which nothing but the rounded number is printed: numerator, base,
        decimals.
    origins
        By source and domain, where the data are at hand.
    answers
        Totals, and the columns whose answers divide them.
    sums
        Means, totals and spreads that are shown.
    inferences
        Estimates of which errors, limits or the like are shown.
    authorities
        Columns that say in which local authority somebody is.
    roundings
        Every count as it is printed.
    names
        Counts of the same rows as others, with the others' names.
    united
        Whether such counts were sought: in many rows it would take long.
    informed
        Whether readers are supposed to know which counts are of the same people, and where
        nobody's answer is missing.
    """

    policy: Policy
    counts: dict[CountKey, Count] = field(default_factory=dict)
    shares: dict[tuple[CountKey, CountKey, int], None] = field(default_factory=dict)
    origins: dict[tuple[str, str], Origin] = field(default_factory=dict)
    answers: set[tuple[CountKey, str]] = field(default_factory=set)
    sums: list[Fact] = field(default_factory=list)
    inferences: list[Fact] = field(default_factory=list)
    authorities: frozenset[str] = frozenset()
    roundings: dict[CountKey, int] = field(default_factory=dict)
    names: dict[CountKey, str] = field(default_factory=dict)
    united: bool = True
    informed: bool = True
    _decided: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)

    # ---- entries ----

    def add(self, fact: Fact, kinds: Iterable[Kind], decimals: int, place: str) -> None:
        """Enter an estimate that a table shows.

        Parameters
        ----------
        fact
            The estimate.
        kinds
            Which of its numbers are shown.
        decimals
            Of a percentage.
        place
            Where, in words.
        """
        shown = set(kinds)
        closely = bool(shown & _TELLS_ALL)
        base = self._count(fact.base_key, fact.base, place)
        reliable = judge(self.policy, fact).shown
        base.in_table = True
        base.useful |= reliable or "base" in shown
        base.weighted |= fact.weighted and bool(
            shown & ({"estimate", "weighted_base"} if fact.scale == "count" else {"weighted_base"})
        )
        if fact.scale == "count":
            base.printed |= bool(shown & {"estimate", "base"})
            base.exact |= closely or (fact.weighted and "estimate" in shown)
            return
        base.printed |= "base" in shown
        base.exact |= closely or ("estimate" in shown and _tells_base(fact, decimals))
        if closely:
            self.inferences.append(fact)
        if fact.is_sum and shown - {"base"}:
            self._add_sum(fact, base, place, spread=closely or fact.is_spread)
        if fact.part_key is None or fact.part < 0:
            return
        part = self._count(fact.part_key, fact.part, place)
        part.in_table = True
        part.useful |= reliable
        for name, codes in fact.part_key.where:
            if codes and fact.base_key.get(name) == ():
                self.answers.add((fact.base_key, name))
            elif codes and fact.base_key.get(name) is None:
                self.answers.add((fact.base_key, name))  # a column without gaps
        alone = "estimate" in shown and not closely and not fact.weighted and fact.base > 0
        if alone and not self.policy.exact_percentages:
            self.shares[fact.part_key, fact.base_key, decimals] = None
        elif shown - {"base"}:
            # Both: a percentage ties its numerator to its base, so one of them alone known exactly
            # would leave the other freer than it is.
            part.exact = base.exact = True

    def _add_sum(self, fact: Fact, base: Count, place: str, *, spread: bool) -> None:
        """Enter what a mean, a total or a spread tells of counts."""
        self.sums.append(fact)
        for key, n in (*fact.told, *(fact.told_with_spread if spread else ())):
            base.exact = True
            count = self._count(key, n, place)
            count.exact = True
            count.useful |= base.useful
            for name, codes in key.where:
                if codes and name in fact.variables:
                    above = key.with_codes(name, ()), key.with_codes(name, None)
                    self.answers |= {(one, name) for one in above if one in self.counts}

    def tell(self) -> None:
        """Take counts as known that other numbers tell, once all counts are entered.

        Of values, where a mean, a total or a spread is made of them; of a whole table, where errors
        and degrees of freedom of its parts are shown.
        """
        for fact in self.inferences:
            for key in self.designs_in(fact, self.counts):
                self.counts[key].exact = True
        for fact in self.sums:
            for key in self.values_in(fact, self.counts):
                self.counts[key].exact = True
                self.counts[fact.base_key].exact = True

    def values_in(self, fact: Fact, keys: Iterable[CountKey]) -> list[CountKey]:
        """Those counts of single values, or of several, that a mean is made of: not of shares.

        Also of groups that the mean's own is part of: means of all parts give that of the whole.
        And of columns that say the same in other words, whose codes each have one value.
        """
        if not fact.is_sum:
            return []
        names = {other for name in fact.variables for other in self._deciding(fact, name)}
        return [
            key
            for key in keys
            for name, codes in key.where
            if codes
            and name in names
            and not fact.base_key.get(name)
            and key.with_codes(name, None).holds(fact.base_key)
        ]

    def designs_in(self, fact: Fact, keys: Iterable[CountKey]) -> list[CountKey]:
        """Those counts, of groups that hold an estimate's own, that its degrees of freedom tell.

        They are one less than all who were asked; the factor n/(n - 1) of variances tells n, too.
        """
        return [
            key for key in keys if self.counts[key].n == fact.df + 1 and key.holds(fact.base_key)
        ]

    def _deciding(self, fact: Fact, name: str) -> list[str]:
        """A column, and those that are counted whose codes say which value of it one has."""
        place = fact.base_key.source, fact.base_key.domain, name
        if place not in self._decided:
            origin = self.origins.get(place[:2])
            counted = {
                one
                for key in self.counts
                if (key.source, key.domain) == place[:2]
                for one, codes in key.where
                if codes and not is_set(one) and one != name
            }
            self._decided[place] = [name] + [
                one for one in sorted(counted) if origin is not None and origin.decides(one, name)
            ]
        return self._decided[place]

    def add_origin(self, origin: Origin, source: str) -> None:
        """Enter the rows of a domain, so that what is the same and what differs is seen."""
        self.origins.setdefault((source, origin.domain), origin)

    def _count(self, key: CountKey, n: int, place: str) -> Count:
        found = self.counts.setdefault(key, Count(key, n))
        if found.n != n:
            raise complaint(
                ArgumentError,
                f"counts of {key.text}",
                expected=f"{found.n} in every table, as in {found.label}",
                found=f"{n} in {place}",
                remedy="If these are different people, name them: Table(…, sample=…).",
            )
        if place not in found.places:
            found.places.append(place)
        return found

    # ---- what is hidden for its own sake ----

    def primary(self) -> dict[CountKey, str]:
        """Counts that the policy hides for their own sake, and why."""
        policy = self.policy
        found = {
            key: _why(policy, count.n)
            for key, count in self.counts.items()
            if policy.is_disclosive(count.n)
        }
        if policy.class_disclosure == "suppress":
            for (base, _), parts in self._answers_by_base().items():
                if self.counts[base].n > 0 and any(
                    self.counts[part].n == self.counts[base].n for part in parts
                ):
                    for part in parts:
                        if self.counts[part].n == 0:
                            found.setdefault(part, "everybody in the group answered the same")
        return found

    def alike(self) -> list[Count]:
        """Groups in which everybody answered the same."""
        return [
            self.counts[part]
            for (base, _), parts in self._answers_by_base().items()
            for part in parts
            if self.counts[base].n == self.counts[part].n > 0
        ]

    def _answers_by_base(self) -> dict[tuple[CountKey, str], list[CountKey]]:
        """By base and column, the numerators."""
        found: dict[tuple[CountKey, str], list[CountKey]] = {}
        for base, name in sorted(self.answers):
            for key in sorted(self.counts):
                codes = key.get(name)
                if codes and key != base and _same_but(key, base, name):
                    found.setdefault((base, name), []).append(key)
        return found

    def complements(self, primary: Iterable[CountKey]) -> dict[CountKey, str]:
        """Of items of two answers: the one that a hidden or a small other one gives away."""
        hidden = set(primary)
        policy = self.policy
        found: dict[CountKey, str] = {}
        for (base, name), parts in self._answers_by_base().items():
            for part in parts:
                rest = self.counts[base].n - self.counts[part].n
                others = [] if is_set(name) else [other for other in parts if other != part]
                if len(others) == 1 and others[0] in hidden and self.counts[others[0]].n == rest:
                    found[part] = "the other answer of two is hidden"
                elif not others and policy.suppress_complements and policy.is_disclosive(rest):
                    found[part] = f"what it lacks to its base is hidden: {rest}"
        return {key: why for key, why in found.items() if key not in hidden}

    # ---- rounding ----

    def base_of(self, key: CountKey) -> int:
        """What a count is rounded to: less where it is about an authority."""
        return (
            self.policy.authority_base
            if any(codes and name in self.authorities for name, codes in key.where)
            else self.policy.rounding_base
        )

    def rounded(self, key: CountKey) -> int:
        """A count as it is printed."""
        return self.roundings.get(key, self.counts[key].n)

    def round(self) -> None:
        """Round every count, each by its own name: it is the same in every table and every run."""
        policy = self.policy
        if policy.rounding == "none":
            return
        if policy.rounding == "controlled":
            counts = {self.name_of(key): float(count.n) for key, count in self.counts.items()}
            found = self.controlled(counts)
            self.roundings = {key: int(found[self.name_of(key)]) for key in self.counts}
            return
        for key, count in self.counts.items():
            base = self.base_of(key)
            if policy.rounding == "random":
                assert policy.seed is not None
                name = self.name_of(key)
                self.roundings[key] = int(random_rounding(count.n, base, policy.seed, name))
            else:
                self.roundings[key] = int(nearest(count.n, base))

    def controlled(self, counts: Mapping[str, float]) -> dict[str, float]:
        """Multiples of the base whose sums hold; unweighted counts or weighted ones.

        Parameters
        ----------
        counts
            By their names; what lacks to a total is a count of its own.
        """
        assert self.policy.seed is not None
        known = dict(counts)
        sums = []
        for relation in self.relations()[0]:
            if [sign for _, sign in relation.terms] != [1] + [-1] * (len(relation.terms) - 1):
                continue
            whole, *parts = (name for name, _ in relation.terms)
            own = [part for part in parts if part in counts]
            named = [part for part in parts if part in self._texts]
            if whole not in counts or len(own) < len(named):
                continue
            rest = counts[whole] - sum(counts[part] for part in own)
            if len(own) < len(parts):
                own.append(f"{relation.name}: rest")
                known[own[-1]] = max(rest, 0.0)
            sums.append((whole, own))
        return controlled_rounding(known, sums, self.policy.rounding_base, self.policy.seed)

    @property
    def _texts(self) -> set[str]:
        return {self.name_of(key) for key in self.counts}

    def relations(self) -> tuple[list[Relation], list[Cell]]:
        """Every sum that ties counts of the release, and the counts that stand in no table."""
        return Sums(self).made()

    # ---- names ----

    def uninformed(self) -> Ledger:
        """The same for readers who see the tables, and know of the rows nothing else."""
        return replace(self, names={}, informed=False)

    def name_of(self, key: CountKey) -> str:
        """What a count is called: counts of the same rows have one name."""
        return self.names.get(key, key.text)

    def unite(self) -> None:
        """Find counts of the same rows that other words describe, and give them one name.

        ``where="region = 1"`` and the group of region 1 are the same people, and so are two columns
        that divide them alike. A count isn't united with its own total: that is a sum.
        """
        found: dict[tuple[str, bytes], list[CountKey]] = {}
        cost = 0
        for key in sorted(self.counts, key=lambda one: (one.domain, len(one.where), one)):
            origin = self.origins.get((key.source, key.domain))
            if origin is None:
                continue
            cost += origin.design.frame.rows * (1 + len(key.where))
            if cost > MOST_ROWS:
                self.united = False
                return
            rows = origin.rows_in(key.where)
            if rows is None or not rows.any():
                continue  # nobody is nobody in particular
            same = found.setdefault((key.source, np.packbits(rows).tobytes()), [])
            twin = next((one for one in same if not _is_within(one, key)), None)
            if twin is None:
                same.append(key)
            else:
                self.names[key] = twin.text


def _tells_base(fact: Fact, decimals: int) -> bool:
    """Whether a number says more of its base than the rounded base does.

    Totals, and expressions of them, add up exactly whatever is rounded. A mean of many decimals is
    a quotient that few bases can give.
    """
    return fact.scale == "total" or fact.is_spread or (fact.scale == "mean" and decimals > 1)


def _why(policy: Policy, n: int) -> str:
    if n == 0:
        return "a count of 0"
    return f"a count of {n}, within {policy.suppress_from} to {policy.suppress_to}"


def _same_but(key: CountKey, base: CountKey, name: str) -> bool:
    """Whether a count is its base with a column's codes named."""
    return key in (
        base.with_codes(name, key.get(name)),
        base.with_codes(name, None).with_codes(name, key.get(name)),
    )


def _is_within(one: CountKey, other: CountKey) -> bool:
    """Whether one of two counts is the other with more said of it: a part and its total."""
    if one.domain != other.domain:
        return False
    mine, theirs = dict(one.where), dict(other.where)

    def says_more(more: dict[str, tuple[str, ...]], less: dict[str, tuple[str, ...]]) -> bool:
        return all(
            name in more and (not codes or (more[name] and set(more[name]) <= set(codes)))
            for name, codes in less.items()
        )

    return says_more(mine, theirs) or says_more(theirs, mine)
