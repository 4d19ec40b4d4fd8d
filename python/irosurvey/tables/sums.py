"""The sums that tie the counts of a release to each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from irosurvey._complaint import complaint
from irosurvey.errors import ArgumentError
from irosurvey.origin import is_set
from irosurvey.tables.facts import Category, CountKey
from irosurvey.tables.suppression import Cell, Relation, Underlying

if TYPE_CHECKING:
    from irosurvey.tables.ledger import Ledger

__all__ = ["Sums"]


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
                    self._divide(above, f"{name} answered", [key], answers=False)
        self._compare_domains()
        self._compare_columns()
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
        self._relate(
            whole,
            parts,
            rest,
            primary=answers and policy.suppress_complements and policy.is_disclosive(rest),
            label=f"{whole.text} by {name}",
        )

    def _relate(
        self, whole: CountKey, parts: Sequence[CountKey], rest: int, *, primary: bool, label: str
    ) -> None:
        ledger = self._ledger
        name = ledger.name_of(whole)
        ids = [ledger.name_of(part) for part in parts]
        if rest > 0:
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
        """Domains that lie within others."""
        for (source, outer), one in sorted(self._ledger.origins.items(), key=lambda item: item[0]):
            for (other, inner), two in sorted(
                self._ledger.origins.items(), key=lambda item: item[0]
            ):
                if source != other or outer == inner:
                    continue
                mask, within = one.rows_in(()), two.rows_in(())
                if mask is None or within is None or len(mask) != len(within):
                    continue
                if not (within & ~mask).any():
                    self._compare(source, outer, inner)

    def _compare(self, source: str, outer: str, inner: str) -> None:
        counts = self._ledger.counts
        for key in sorted(counts):
            part = CountKey(source, inner, key.where)
            if (key.source, key.domain) != (source, outer) or part not in counts:
                continue
            rest = counts[key].n - counts[part].n
            self._relate(
                key,
                [part],
                rest,
                primary=self._ledger.policy.is_disclosive(rest) and rest > 0,
                label=f"{key.text} and {part.text}",
            )

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
        crossed = {
            frozenset((one, two))
            for key in ledger.counts
            for one, _ in key.where
            for two, _ in key.where
            if one != two
        }
        for (source, domain, common), keys in sorted(alike.items()):
            origin = ledger.origins[source, domain]
            for one in keys:
                for two in keys:
                    gap = ledger.counts[one].n - ledger.counts[two].n
                    if gap <= 0 or not ledger.policy.is_disclosive(gap):
                        continue
                    (mine, _), (theirs, _) = (_apart(key, common) for key in (one, two))
                    if mine == theirs or frozenset((mine, theirs)) in crossed:
                        continue
                    within = ledger.counts[two].n
                    if within == 0 or ledger.policy.is_disclosive(within):
                        continue
                    outer, inner = origin.rows_in(one.where), origin.rows_in(two.where)
                    if outer is None or inner is None or (inner & ~outer).any():
                        continue
                    self._relate(one, [two], gap, primary=True, label=f"{one.text} and {two.text}")


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
