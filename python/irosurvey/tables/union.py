"""What two releases of the same people tell together: one system of all counts of both."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from irosurvey.tables.comparison import Disclosure
from irosurvey.tables.conditions import Truth, parsed, truths
from irosurvey.tables.count_sums import CountSums, one_name_each, sums_among
from irosurvey.tables.differences import Differences
from irosurvey.tables.editions import Edition, keys_of
from irosurvey.tables.published import Release
from irosurvey.tables.sides import Side

__all__ = ["Joint", "worked_out"]


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

    found: tuple[Disclosure, ...] = ()
    counts: int = 0
    shared: int = 0
    tied: bool = False
    contradicted: bool = False
    unexamined: tuple[str, ...] = ()


def worked_out(old: Release, new: Release) -> Joint:
    """Counts that are hidden in a release, or stand in none, and that both together tell.

    All counts of all tables of both releases, and every sum among them, are one system. Its
    solutions in whole numbers, with the printed figures as bounds, are what an attacker who has
    both is left with. Where rounded figures leave an interval, it is asked besides what follows if
    whoever sees a percentage knows its counts, as policies suppose; and what follows if the rule
    that hides small counts is applied to the marks of each.

    Parameters
    ----------
    old, new
        Releases of the same people.
    """
    samples = [{name.sample for table in one for name in table.counts} for one in (old, new)]
    # Where each has one sample it is the same: that is what the caller says, or the data's hash.
    alike = all(len(own) < 2 for own in samples)
    keys = [{key for table in one for key in keys_of(table, one, alike)} for one in (old, new)]
    names = one_name_each(keys[0] | keys[1])
    first, second = (Edition.of(one, alike=alike, other_names=names) for one in (old, new))
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
        sums = sums_among(both.keys, both.divisions, gaps=gaps)
        together = Side(both, sums)
        if together.fits:
            break
    else:
        return replace(looked, contradicted=True)
    tied = any(domains) or _is_tied(first, second, sums)
    looked = replace(looked, tied=tied)
    alone = [
        Side(one, sums_among(one.keys, one.divisions, known=both.keys, gaps=gaps))
        for one in (first, second)
    ]
    differences = Differences((alone[0], alone[1]), together)
    found = (*_shown(first, second), *differences.learned())
    return replace(looked, found=found, unexamined=(*looked.unexamined, *differences.unexamined))


def _is_tied(first: Edition, second: Edition, sums: CountSums) -> bool:
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


def _shown(first: Edition, second: Edition) -> Iterator[Disclosure]:
    """What is hidden in one release and told in the other."""
    for name, one, other in (("old", first, second), ("new", second, first)):
        for key in sorted(one.hidden.keys() & other.shown.keys()):
            table, where = other.shown[key]
            yield Disclosure(*one.hidden[key], name, f"the other tells of it: {table}, {where}")
