"""What one release tells of counts, or two together, as a system of sums and figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

import numpy as np

from irosurvey.tables.count_sums import CountSums
from irosurvey.tables.editions import Edition
from irosurvey.tables.reach import Line, Reach
from irosurvey.tables.suppression.arrays import connected

__all__ = ["Side", "at_least"]

ZERO = 1e-9
"""Coefficients of sums are 1 and -1: what elimination leaves below this is rounding."""


class Side:
    """What a release tells, or both: counts, sums, and the system that they make.

    Attributes
    ----------
    edition, sums
        As given.
    hidden
        Counts behind marks, by name.
    watched
        Those, and rests that are people as any others.
    """

    def __init__(self, edition: Edition, sums: CountSums) -> None:
        self.edition, self.sums = edition, sums
        self.names = {key.text for key in edition.keys} | sums.rests.keys()
        self.hidden = {key.text: key for key in edition.hidden}
        self.watched = self.hidden.keys() | sums.watched

    @cached_property
    def lines(self) -> list[Line]:
        """Sums and figures."""
        return [
            *(Line(terms, 0, 0) for terms in self.sums.relations),
            *_statements(self.edition),
        ]

    @cached_property
    def reach(self) -> Reach:
        """How far counts can go by the figures alone."""
        return Reach(self.names, self.lines)

    @property
    def fits(self) -> bool:
        """Whether any counts fit."""
        return self.reach.fits and all(part.fits for part in self.reach.parts)

    @cached_property
    def following(self) -> frozenset[str]:
        """Counts that follow by the sums from those that percentages tell."""
        known = {key.text for key in self.edition.exact}
        return frozenset(_determined(self.names - known, self.sums.relations) & self.watched)

    @cached_property
    def large(self) -> frozenset[str]:
        """Hidden counts that are large, says the rule that hides small ones.

        The publisher has made sure that all that this release tells lets every count that is
        hidden for its own sake be as small as the smallest of these. A mark that can't stand for
        so little was set to protect others, and stands for more than the largest of them. That
        tells more, which is taken the same way. Nothing of it holds of what two releases tell
        together: neither publisher has promised anything of that.
        """
        low, high = self.edition.small
        if not self.edition.guarded or not low <= high:
            return frozenset()
        found: set[str] = set()
        reach = self.reach
        while True:
            more = {
                name
                for name in sorted(self.hidden.keys() - found)
                if self._is_large(reach, name, high)
            }
            if not more:
                return frozenset(found)
            found |= more
            reach = Reach(self.names, [*self.lines, *at_least(found, high + 1)])

    def _is_large(self, reach: Reach, name: str, high: int) -> bool:
        """Whether a mark can stand for some small count, but not for the smallest."""
        least = self._least(name)
        if least is None or reach.can_be(name, least, or_more=False):
            return False
        interval = reach.interval(name)
        return interval.exact and least < interval.lower <= high

    def _least(self, name: str) -> int | None:
        """The smallest count that a primary mark may stand for: no less than noughts imply.

        ``None``: it isn't known which of the counts about it are noughts.
        """
        low, high = self.edition.small
        if not self.edition.zeros_shown:
            return low
        if self._if_all_were_hidden.is_tied(name, self._perhaps_nought):
            return None
        # Of many hidden counts, each at least one.
        return next(
            (
                count
                for count in range(low, high)
                if self._if_all_were_hidden.can_be(name, count, or_more=False)
            ),
            high,
        )

    @cached_property
    def _perhaps_nought(self) -> frozenset[str]:
        """Counts of which the figures don't say whether they are noughts."""
        ends = {key.text: self.reach.ends(key.text) for key in self.edition.keys}
        return frozenset(name for name, (low, high) in ends.items() if low < 1 <= high)

    @cached_property
    def _if_all_were_hidden(self) -> Reach:
        """The sums alone, with noughts shown and a mark for everything else."""
        return Reach(
            self.names,
            [
                *(Line(terms, 0, 0) for terms in self.sums.relations),
                *(
                    Line(((key.text, 1),), 1, None)
                    if self.reach.ends(key.text)[0]
                    else Line(((key.text, 1),), 0, 0)
                    for key in self.edition.keys
                    if key.text not in self._perhaps_nought
                ),
            ],
        )


def at_least(names: Iterable[str], count: int) -> Iterator[Line]:
    """That counts are no less than this."""
    for name in sorted(names):
        yield Line(((name, 1),), count, None)


def _statements(edition: Edition) -> Iterator[Line]:
    """What the printed figures say."""
    for key, (low, high) in sorted(edition.bounds.items()):
        yield Line(((key.text, 1),), low, high)
    for part, base, digits, decimals in sorted(edition.shares):
        if part == base:
            continue
        # Within half a unit of the last digit, either end included: who rounds halves how?
        scale = 200 * 10**decimals
        yield Line(((part.text, scale), (base.text, 1 - 2 * digits)), 0, None)
        yield Line(((part.text, scale), (base.text, -1 - 2 * digits)), None, 0)


def _determined(names: Iterable[str], relations: Iterable[tuple[tuple[str, int], ...]]) -> set[str]:
    """Unknowns that sums alone fix once all other counts are known."""
    unknown = set(names)
    left = [[(name, sign) for name, sign in terms if name in unknown] for terms in relations]
    found: set[str] = set()
    while single := {terms[0][0] for terms in left if len(terms) == 1}:
        found |= single
        left = [[term for term in terms if term[0] not in single] for terms in left]
    left = [terms for terms in left if terms]
    place = {name: at for at, name in enumerate(sorted({name for own in left for name, _ in own}))}
    back = list(place)
    for group in connected(len(place), [[place[name] for name, _ in terms] for terms in left]):
        inside = {back[at] for at in group}
        found |= _eliminated(sorted(inside), [terms for terms in left if terms[0][0] in inside])
    return found


def _eliminated(names: list[str], relations: list[list[tuple[str, int]]]) -> set[str]:
    """The same of counts that are tied to each other: elimination."""
    place = {name: at for at, name in enumerate(names)}
    matrix = np.zeros((len(relations), len(names)))
    for number, terms in enumerate(relations):
        for name, sign in terms:
            matrix[number, place[name]] = sign
    row = 0
    for column in range(len(names)):
        if row == len(matrix):
            break
        best = row + int(np.argmax(np.abs(matrix[row:, column])))
        if abs(matrix[best, column]) < ZERO:
            continue
        matrix[[row, best]] = matrix[[best, row]]
        matrix[row] /= matrix[row, column]
        others = np.flatnonzero(np.abs(matrix[:, column]) > ZERO)
        others = others[others != row]
        matrix[others] -= np.outer(matrix[others, column], matrix[row])
        row += 1
    alone = (np.abs(matrix[:row]) > ZERO).sum(axis=1) == 1
    return {names[int(np.argmax(np.abs(line)))] for line in matrix[:row][alone]}
