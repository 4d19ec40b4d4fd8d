"""What a policy refuses before anything is shown, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from irosurvey._complaint import complaint
from irosurvey.errors import ArgumentError, DisclosureError
from irosurvey.tables.facts import Fact
from irosurvey.tables.policy import Policy
from irosurvey.tables.table import Table

__all__ = ["authorities_in", "check_fact", "check_populations"]


def authorities_in(policy: Policy, tables: Iterable[Table]) -> frozenset[str]:
    """Columns of data, among those that divide the tables, that say in which authority one is."""
    names = {name.lower() for name in policy.authority_columns}
    return frozenset(
        name
        for table in tables
        for where in (*(line.where for line in table.lines), *(one.where for one in table.columns))
        for name, _ in where
        if name.lower() in names or name in table.authority
    )


def check_fact(policy: Policy, fact: Fact, where: str) -> None:
    """Refuse an estimate that the policy can't judge.

    Parameters
    ----------
    policy
        The policy.
    fact
        The estimate.
    where
        Its place, in words.

    Raises
    ------
    ArgumentError
        A share without its numerator, or a difference of groups.
    """
    if not policy.suppresses or fact.status != "ok":
        return
    if fact.is_share and fact.part < 0:
        raise complaint(
            ArgumentError,
            where,
            expected="a share whose unweighted numerator is known: rules of disclosure are "
            "about counts",
            found=f"{fact.statistic}, without one",
            remedy="Ask for it as the share of answers of a column, with design.proportion or "
            "design.crosstab, in this session. What is no answer (50 cases or fewer, a sum over a "
            "sum) first becomes a column of yes and no: [derive] of a spec, or in the data.",
        )
    if fact.opaque:
        raise complaint(
            ArgumentError,
            where,
            expected="groups whose counts are known",
            found=f"a difference or contrast: {fact.statistic}",
            remedy="Show the groups themselves, with letters for significant differences; or "
            'publish with policy "none" what has been cleared otherwise.',
        )


def check_populations(policy: Policy, table: Table, name: str, authorities: frozenset[str]) -> None:
    """Refuse rows and columns by authority, unless there are enough people to choose among.

    Parameters
    ----------
    policy
        The policy.
    table
        The table.
    name
        What messages call it: ``"Table 1"``.
    authorities
        Columns that say in which local authority somebody is.

    Raises
    ------
    DisclosureError
        Too few people, or no word on how many.
    """
    least = policy.smallest_population
    if least <= 0:
        return
    for line in table.lines:
        named = [own for own, codes in line.where if codes and own in authorities]
        if not named:
            continue
        people = _people_in(table, line.labels)
        if people is None or people < least:
            raise complaint(
                DisclosureError,
                f"{name}, row {', '.join(line.labels)}",
                expected=f"at least {least} people to choose among in each row by '{named[0]}'",
                found="no word on how many there are" if people is None else str(people),
                remedy="Show regions; or say how many people there are in each authority: "
                "Table(…, group_population=…), or People in each row of a plan.",
            )
    for column in table.columns:
        named = [own for own, codes in column.where if codes and own in authorities]
        if not named:
            continue
        people = _people_in(table, (column.name, *column.spanners))
        if people is None or people < least:
            raise complaint(
                DisclosureError,
                f"{name}, column {column.name}",
                expected=f"at least {least} people to choose among in each '{named[0]}'",
                found="no word on how many there are" if people is None else str(people),
                remedy="Show regions, or authorities in rows with group_population.",
            )


def _people_in(table: Table, labels: Sequence[str]) -> int | None:
    given = table.group_population
    if given is None or isinstance(given, int):
        return given
    for label in labels:
        if label in given:
            return given[label]
    return None
