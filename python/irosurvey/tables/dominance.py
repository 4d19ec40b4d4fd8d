"""Totals and means that a few contributions make up: the (n, k) rule and the p % rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from irosurvey._complaint import complaint
from irosurvey.errors import ArgumentError
from irosurvey.origin import Origin
from irosurvey.tables.facts import CountKey, Fact
from irosurvey.tables.policy import Policy
from irosurvey.tables.table import Table

__all__ = ["dominated_in"]


def dominated_in(policy: Policy, tables: Iterable[Table]) -> dict[tuple[CountKey, str], str]:
    """Totals and means that a few contributions make up, and every total that holds them.

    Parameters
    ----------
    policy
        Its fields `dominance` and `p_ratio` are the rules.
    tables
        All of a release.

    Returns
    -------
    dict
        By base and statistic, why it is hidden.

    Raises
    ------
    ArgumentError
        A result whose data aren't at hand.
    """
    found: dict[tuple[CountKey, str], str] = {}
    if policy.dominance is None and policy.p_ratio is None:
        return found
    facts: dict[tuple[CountKey, str], Fact] = {}
    origins: dict[tuple[str, str], Origin] = {}
    for table in tables:
        for origin in (question.origin for question in table.panel.questions):
            if isinstance(origin, Origin):
                origins[origin.population, origin.domain] = origin
        for cell in (cell for row in table.cells for cell in row if cell is not None):
            if cell.fact.scale in ("mean", "total", "ratio") and cell.fact.status == "ok":
                facts[cell.fact.base_key, cell.fact.statistic] = cell.fact
    for (key, statistic), fact in facts.items():
        origin = _origin_of(fact, origins)
        for variable in fact.variables:
            why = _dominated(policy, *origin.largest(variable, key.where, _most(policy)))
            if why:
                found.setdefault((key, statistic), why)
    for key, statistic in list(found):
        for other, same in facts:
            if same == statistic and other != key and other.holds(key):
                why = "a total of which a hidden part would be what is left"
                found.setdefault((other, same), why)
    return found


def _origin_of(fact: Fact, origins: Mapping[tuple[str, str], Origin]) -> Origin:
    known = {population for population, _ in origins}
    for (population, domain), origin in origins.items():
        if fact.base_key.domain == domain and (
            fact.base_key.source == population or fact.base_key.source not in known
        ):
            return origin
    raise complaint(
        ArgumentError,
        fact.statistic,
        expected="the data at hand, to see whether a few contributions make it up",
        found="a result without them",
        remedy="Ask in this session, or say dominance=None, p_ratio=None.",
    )


def _most(policy: Policy) -> int:
    return max(2, policy.dominance[0] if policy.dominance is not None else 0)


def _dominated(policy: Policy, largest: Sequence[float], total: float) -> str:
    """Why a total is made up by a few: the (n, k) rule and the p % rule."""
    if total <= 0.0 or not largest:
        return ""
    if policy.dominance is not None:
        most, share = policy.dominance
        if sum(largest[:most]) > share * total:
            return f"the {most} largest contributions are more than {100 * share:g}% of it"
    if policy.p_ratio is not None and total - sum(largest[:2]) < policy.p_ratio * largest[0]:
        return f"all but the 2 largest are less than {100 * policy.p_ratio:g}% of the largest"
    return ""
