"""Which counts of a release are hidden: for their own sake, and to protect those."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from irosurvey._complaint import complaint
from irosurvey.errors import DisclosureError
from irosurvey.origin import Origin
from irosurvey.tables.admission import authorities_in, check_fact, check_populations
from irosurvey.tables.counts_system import rule_of, system_of
from irosurvey.tables.dominance import dominated_in
from irosurvey.tables.facts import CountKey, Fact
from irosurvey.tables.ledger import Ledger
from irosurvey.tables.panels import TableColumn
from irosurvey.tables.places import place_of, table_name
from irosurvey.tables.policy import Policy
from irosurvey.tables.published import CountName, Kind
from irosurvey.tables.report import Hidden, Remark
from irosurvey.tables.suppression import complete
from irosurvey.tables.table import Table

if TYPE_CHECKING:
    from irosurvey.tables.suppression import Suppression

__all__ = ["OF_BASE", "Hiding"]

OF_BASE: frozenset[Kind] = frozenset({"base", "weighted_base"})
"""Numbers that tell of the base alone, not of who gave the answer. So do degrees of freedom, but
nobody wants those of an estimate that isn't there: they go with it."""

MOST_TOLD = 300
"""Errors tell n by the factor n/(n - 1) to within 2 n² times their own precision: twenty of four
digits together leave a doubt of about three beyond this number."""

_INFERENCE: frozenset[Kind] = frozenset({"lower", "upper", "se", "cv", "effective_n", "df"})


class Hiding:
    """Every count of the tables, and which of them may not be told.

    Attributes
    ----------
    policy
        The policy that is applied.
    ledger
        The counts.
    primary
        Counts that are hidden for their own sake, and why.
    hidden
        All that are hidden, and why.
    suppression
        What was hidden for the sake of others, with its audit; ``None`` if that wasn't asked.
    dominated
        Totals and means that a few contributions make up, by base and statistic, and why.

    Raises
    ------
    ArgumentError, DisclosureError
        As of :func:`irosurvey.release`.
    """

    def __init__(self, policy: Policy, tables: Sequence[Table]) -> None:
        self.policy = policy
        self.ledger = Ledger(policy)
        self.ledger.authorities = authorities_in(policy, tables)
        self.primary: dict[CountKey, str] = {}
        self.hidden: dict[CountKey, str] = {}
        self.suppression: Suppression | None = None
        for place, table in enumerate(tables):
            self._enter(table, table_name(place))
        self.ledger.tell()
        if policy.suppresses or policy.rounding != "none":
            self.ledger.unite()
        self.ledger.round()
        self.dominated = dominated_in(policy, tables)
        self._hide()

    def _enter(self, table: Table, name: str) -> None:
        """Refuse what the policy can't judge, and enter every count."""
        check_populations(self.policy, table, name, self.ledger.authorities)
        for origin in (question.origin for question in table.panel.questions):
            if isinstance(origin, Origin):
                sources = {
                    cell.fact.base_key.source
                    for row in table.cells
                    for cell in row
                    if cell is not None and cell.fact.base_key.domain == origin.domain
                }
                for source in sources:
                    self.ledger.add_origin(origin, source)
        for row, line in enumerate(table.lines):
            for fact, (shown, column) in _kinds_by_fact(table, row).items():
                where = place_of(name, line.labels, column)
                check_fact(self.policy, fact, where)
                self.ledger.add(fact, shown, self._decimals(column, fact), where)

    def _decimals(self, column: TableColumn, fact: Fact) -> int:
        own = self.policy.decimals(fact.unit)
        return own if column.decimals is None else min(own, column.decimals)

    def _hide(self) -> None:
        """Counts that are hidden for their own sake, and those that would give them away."""
        self.primary = self.ledger.primary()
        self.hidden = dict(self.primary)
        if not self.policy.suppresses:
            return
        if not self.policy.secondary:
            self.hidden |= self.ledger.complements(self.primary)
            return
        found = self._completed()
        self.suppression = found
        if found.unmet:
            raise complaint(
                DisclosureError,
                "release",
                expected="hidden counts that can't be worked out",
                found="; ".join(found.unmet),
                remedy="Leave a table out, or merge categories.",
            )
        for key in self.ledger.counts:
            if self.ledger.name_of(key) in found.hidden:
                self.hidden.setdefault(key, "it would give another away")

    def _completed(self) -> Suppression:
        """What must be hidden beside primary counts, whichever readers look.

        Those who know which counts are of the same people, and who answered, work out more than
        others. But they are promised less: to them a count may have to be two that to others could
        be one; and others may take the answers in a table for all that there are.
        """
        ledger, rule = self.ledger, rule_of(self.policy)
        uninformed, hidden = ledger.uninformed(), frozenset[str]()
        while True:
            system = system_of(ledger, self.primary, hidden)
            found = complete(system, rule)
            names = {key.text: ledger.name_of(key) for key in ledger.counts}
            marked = {text: name for text, name in names.items() if name in found.hidden}
            theirs = system_of(uninformed, self.primary, marked)
            if found.unmet or theirs.relations == system.relations:
                return found
            wider = complete(theirs, rule)
            if wider.unmet:
                return replace(found, unmet=wider.unmet)
            more = {names[text] for text in wider.hidden}
            if more <= found.hidden:
                return found
            hidden = found.hidden | more

    def mark_of(self, fact: Fact, kind: Kind) -> str:
        """``"c"`` where a number of an estimate may not be shown, and why in the report's words."""
        if fact.base_key in self.hidden:
            return self.hidden[fact.base_key]
        if fact.part_key is not None and fact.part_key in self.hidden and kind not in OF_BASE:
            return self.hidden[fact.part_key]
        if kind not in OF_BASE and fact.is_sum:
            for key in self._told_by_values(fact, spread=fact.is_spread or kind in _INFERENCE):
                if key in self.hidden:
                    return f"it would tell a count: {self.hidden[key]}"
        if kind not in OF_BASE and (fact.base_key, fact.statistic) in self.dominated:
            return self.dominated[fact.base_key, fact.statistic]
        tells = kind == "df" or (kind in _INFERENCE and fact.df < MOST_TOLD)
        if tells and (told := self.ledger.designs_in(fact, self.hidden)):
            return f"it would tell a count: {self.hidden[told[0]]}"
        if kind in _INFERENCE and fact.df < self.policy.minimum_df:
            return f"{fact.df:g} degrees of freedom, fewer than {self.policy.minimum_df:g}"
        return ""

    def _told_by_values(self, fact: Fact, *, spread: bool) -> list[CountKey]:
        """Counts that a mean, a total or a spread tells; `spread`: beside the estimate's own."""
        with_spread = [key for key, _ in fact.told_with_spread]
        told = [key for key, _ in fact.told]
        if spread:
            return told + with_spread + self.ledger.values_in(fact, self.hidden)
        # Where no table is about a value, nothing says how many have the others.
        apart = {key for key in with_spread if key in self.hidden}
        apart = {key for key in apart if not self.ledger.counts[key].in_table}
        return told + self.ledger.values_in(fact, self.hidden.keys() - apart)

    # ---- names ----

    def name_in_words(self, key: CountKey) -> CountName:
        """What a count is called in what is published: nothing in it tells of the rows.

        The ledger tells domains and samples apart by digests of their rows, which would let
        somebody with a guess of the rows test it.
        """
        origin = self.ledger.origins.get((key.source, key.domain))
        domain = key.domain
        if origin is not None and key.domain:
            domain = origin.where or self._unnamed[key.domain]
        if origin is not None and origin.missing == "listwise":
            domain = f"{domain}; complete: {', '.join(sorted({*origin.variables, *origin.by}))}"
        return CountName(self._samples[key.source], domain, key.where)

    @cached_property
    def _unnamed(self) -> dict[str, str]:
        """Domains by their digests, numbered for those that have no words."""
        domains = sorted({domain for _, domain in self.ledger.origins if domain})
        return {domain: f"?{place}" for place, domain in enumerate(domains, 1)}

    @cached_property
    def _samples(self) -> dict[str, str]:
        """Sources in words, without the exact number of their rows; those of one name numbered."""
        found: dict[str, str] = {}
        seen: Counter[str] = Counter()
        for source in sorted({key.source for key in self.ledger.counts}):
            words = re.sub(r" \(\d+ rows, [0-9a-f]{8}\)$", "", source)
            seen[words] += 1
            found[source] = words if seen[words] == 1 else f"{words} ({seen[words]})"
        return found

    # ---- for the report ----

    @property
    def counts(self) -> tuple[Hidden, ...]:
        """Every hidden count, for the producer."""
        ledger = self.ledger
        return tuple(
            Hidden(
                count=ledger.counts[key].label,
                key=key.text,
                n=ledger.counts[key].n,
                primary=key in self.primary,
                reason=why,
                places=tuple(ledger.counts[key].places),
            )
            for key, why in sorted(self.hidden.items())
        )

    @property
    def reviews(self) -> tuple[Remark, ...]:
        """Groups that are all alike, and dominated totals."""
        alike = self.ledger.alike() if self.policy.class_disclosure != "allow" else []
        return (
            *(Remark(one.label, f"everybody answered the same ({one.n})") for one in alike),
            *(
                Remark(f"{statistic}, {key.text}", f"hidden: {why}")
                for (key, statistic), why in sorted(self.dominated.items())
            ),
        )

    @property
    def not_examined(self) -> tuple[str, ...]:
        """What was not compared between tables, as the data weren't at hand or are too large."""
        if not self.policy.suppresses:
            return ()
        found = []
        if not self.ledger.united:
            found.append(
                "Too many rows to see whether counts of different words are of the same people."
            )
        known = self.ledger.origins
        if any((key.source, key.domain) not in known for key in self.ledger.counts):
            found.append(
                "Of results without their data domains were told apart by their words alone."
            )
        return tuple(found)


def _kinds_by_fact(table: Table, row: int) -> dict[Fact, tuple[set[Kind], TableColumn]]:
    """The estimates of a row, each with the numbers of it that stand there."""
    found: dict[Fact, tuple[set[Kind], TableColumn]] = {}
    for column, cell in zip(table.columns, table.cells[row], strict=True):
        if cell is None:
            continue
        kinds, first = found.get(cell.fact, (set(), column))
        kinds.add(column.kind)
        found[cell.fact] = kinds, column if column.kind == "estimate" else first
    return found
