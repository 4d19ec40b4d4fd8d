"""The counts of a release as the system that the suppressor takes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from irosurvey.origin import is_set
from irosurvey.tables.facts import CountKey
from irosurvey.tables.policy import Policy
from irosurvey.tables.rounding import nearest
from irosurvey.tables.suppression import (
    Cell,
    Exact,
    Indirect,
    Nearest,
    ProtectionRule,
    RandomRounding,
    Relation,
    Shown,
    Statement,
    System,
    share,
)

if TYPE_CHECKING:
    from irosurvey.tables.ledger import Count, Ledger

__all__ = ["rule_of", "system_of"]

MARGIN_COST = 5.0
"""Of hiding a total, against 1 of a cell: totals are what readers look for first. It follows from
the place of a count, never from its size: a pattern that prefers small counts would tell them."""

UNRELIABLE_COST = 0.2
"""Of hiding what is too unreliable to be shown wherever it stands: nothing is lost by it."""

WEIGHT_DIGITS = 1_000
"""Weights are whole numbers of thousandths in what is proved of their sums."""

_ANY = ": any]"
"""How a set of answers ends of which only those count as asked who chose one (`set_name`)."""


def rule_of(policy: Policy) -> ProtectionRule:
    """How little must be known of what a policy hides."""
    return ProtectionRule(
        low=policy.suppress_from,
        high=max(policy.suppress_to, policy.suppress_from),
        width=policy.protection_width,
        known_within=policy.known_within,
        together=policy.protected_together,
        rule_applied=policy.rule_applied,
        primaries_known=policy.primaries_known,
        zeros_shown=not policy.suppress_zeros and policy.class_disclosure != "suppress",
    )


def system_of(
    ledger: Ledger, primary: Iterable[CountKey] = (), hidden: Collection[str] = ()
) -> System:
    """Counts, sums, published percentages and sums of weights.

    Parameters
    ----------
    ledger
        The counts.
    primary
        Those that are hidden for their own sake.
    hidden
        Names of those that are hidden anyhow.
    """
    first = {ledger.name_of(key) for key in primary}
    relations, underlying = ledger.relations()
    totals = {relation.terms[0][0] for relation in relations}
    cells = [
        Cell(
            id=name,
            count=count.n,
            shown=_shown(ledger, count),
            primary=name in first,
            hidden=name in hidden,
            cost=_cost(count, margin=name in totals),
            margin=name in totals,
            label=count.label,
        )
        for name, count in _by_name(ledger).items()
    ]
    statements = [
        *_percentages(ledger, cells),
        *_weighted_sums(ledger, relations),
        *_chosen(ledger),
    ]
    return System((*cells, *underlying), tuple(relations), tuple(statements))


def _by_name(ledger: Ledger) -> dict[str, Count]:
    """Counts by their names; of several with one name what is printed of any."""
    found: dict[str, Count] = {}
    for key, count in sorted(ledger.counts.items()):
        name = ledger.name_of(key)
        if name not in found:
            found[name] = replace(count)
            continue
        own = found[name]
        own.printed |= count.printed
        own.exact |= count.exact
        own.weighted |= count.weighted
        own.useful |= count.useful
    return found


def _shown(ledger: Ledger, count: Count) -> Shown:
    rounding, base = ledger.policy.rounding, ledger.base_of(count.key)
    if count.exact or (count.printed and (rounding == "none" or base == 1)):
        return Exact()
    if not count.printed:
        return Indirect()
    if rounding == "nearest":
        return Nearest(base)
    if rounding == "controlled":
        base = ledger.policy.rounding_base
    shown = ledger.rounded(count.key)
    # A sum may have asked for a step further; then the rounding protects nothing.
    return RandomRounding(base, shown) if abs(shown - count.n) < base else Exact()


def _cost(count: Count, *, margin: bool) -> float:
    if not count.useful:
        return UNRELIABLE_COST
    return MARGIN_COST if margin else 1.0


def _percentages(ledger: Ledger, cells: Iterable[Cell]) -> list[Statement]:
    """What percentages tell of which nothing but the rounded number is printed."""
    by_id = {cell.id: cell for cell in cells}
    found: list[Statement] = []
    for part, base, decimals in sorted(ledger.shares):
        if not ledger.counts[part].exact:
            one, two = by_id[ledger.name_of(part)], by_id[ledger.name_of(base)]
            if one.id != two.id:  # all of a group: 100 % whatever it is
                found += share(one, two, decimals)
    return found


def _chosen(ledger: Ledger) -> list[Statement]:
    """Whoever is asked for several answers chose one at least: together they are no fewer."""
    counts = ledger.counts
    parts: dict[tuple[CountKey, str], list[CountKey]] = {}
    for key in sorted(counts):
        for name, codes in key.where:
            if len(codes) == 1 and is_set(name) and name.endswith(_ANY):
                parts.setdefault((key.with_codes(name, ()), name), []).append(key)
    found = []
    for (whole, name), own in parts.items():
        # Where answers are left out of the release, they may be fewer.
        if whole in counts and sum(counts[one].n for one in own) >= counts[whole].n:
            terms = Counter({ledger.name_of(whole): -1})
            terms.update(ledger.name_of(one) for one in own)
            kept = tuple((one, times) for one, times in terms.items() if times)
            found.append(Statement(kept, lower=0, name=f"{whole.text}, answers of {name}"))
    return found


def _weighted_sums(ledger: Ledger, relations: Iterable[Relation]) -> list[Statement]:
    """Sums of weights as a second sum of the same counts.

    Where everybody in a group weighs the same (after stratification or raking of a simple sample),
    the groups that are shown tell what, and Σ weight × count = the printed sum of weights is one
    equation more.
    """
    keys = {ledger.name_of(key): key for key in sorted(ledger.counts, reverse=True)}
    found: list[Statement] = []
    for relation in relations:
        whole, *parts = (name for name, _ in relation.terms)
        signs = [sign for _, sign in relation.terms]
        if whole not in keys or signs != [1] + [-1] * len(parts):
            continue
        count = ledger.counts[keys[whole]]
        if not count.weighted:
            continue
        weights = _weights_of(ledger, count.key, [keys.get(part) for part in parts])
        if len(set(weights)) < 2:
            continue
        terms = tuple(
            (part, round(WEIGHT_DIGITS * weight))
            for part, weight in zip(parts, weights, strict=True)
            if weight
        )
        found.append(_weighted_sum(ledger, whole, count, terms))
    return found


def _weights_of(ledger: Ledger, whole: CountKey, parts: Sequence[CountKey | None]) -> list[float]:
    """What everybody in each part of a count weighs; nothing where that isn't one weight."""
    origin = ledger.origins.get((whole.source, whole.domain))
    left = None if origin is None else origin.rows_in(whole.where)
    if origin is None or left is None:
        return []
    weights, found = np.asarray(origin.design.weights), []
    # What is in no table comes last: it is what is left.
    for part in parts:
        rows = left if part is None else origin.rows_in(part.where)
        if rows is None:
            return []
        own, left = weights[rows], left & ~rows
        if len(own) and own.max() - own.min() > 1e-9 * own.max():
            return []
        found.append(float(own[0]) if len(own) else 0.0)
    return found


def _weighted_sum(
    ledger: Ledger, whole: str, count: Count, terms: tuple[tuple[str, int], ...]
) -> Statement:
    """What a printed sum of weights says: it is withdrawn with its count."""
    policy, origin = ledger.policy, ledger.origins[count.key.source, count.key.domain]
    rows = origin.rows_in(count.key.where)
    weight = float(np.asarray(origin.design.weights)[rows].sum())
    base = 1 if policy.rounding == "none" else ledger.base_of(count.key)
    printed = nearest(weight, base)
    half = base / 2 if policy.rounding in ("none", "nearest") else float(base)
    counts = {ledger.name_of(key): one.n for key, one in ledger.counts.items()}
    rest = count.n - sum(counts.get(name, 0) for name, _ in terms)
    now = sum(times * counts.get(name, rest) for name, times in terms)
    return Statement(
        terms,
        now + min(0, math.ceil(WEIGHT_DIGITS * (printed - half - weight))),
        now + max(0, math.floor(WEIGHT_DIGITS * (printed + half - weight))),
        of=(whole,),
        name=f"{count.label}, weighted",
    )
