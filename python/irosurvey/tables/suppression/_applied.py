"""What the rule itself tells of hidden counts, and hiding more until that is too little.

A hidden count that everything published keeps from being as small as a primary one must be able to
be isn't primary: so it is above `high`. That narrows others, which may tell more.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from irosurvey.tables.suppression._proof import OUTSIDER, Need, Proof
from irosurvey.tables.suppression._search import Search
from irosurvey.tables.suppression._structure import Mask

__all__ = ["guard", "too_much_told", "views"]


def _for_outsiders(proof: Proof, hidden: Mask) -> Proof:
    """The proof against everybody who has read what the rule tells an outsider."""
    while True:
        told = _told(proof, hidden, OUTSIDER)
        if not told:
            return proof
        proof = proof.knowing(told)


def views(proof: Proof, hidden: Mask) -> Iterator[Proof]:
    """The proof against everybody, then against each respondent to whom the rule tells more."""
    common = _for_outsiders(proof, hidden)
    yield common
    for knower in common.structure.known_to_respondents:
        own = common
        while told := _told(own, hidden, knower):
            own = own.knowing(told, knower)
        if own is not common:
            yield own


def _told(proof: Proof, hidden: Mask, knower: int) -> list[int]:
    """Hidden cells that could be large or small for all that is known, but not primary."""
    structure = proof.structure
    able = hidden & ~structure.must_hide & (structure.counts > structure.rule.high)
    able[list(structure.large)] = False
    if knower != OUTSIDER:
        able &= structure.same != structure.same[knower]
    found = []
    for cell in np.flatnonzero(able).tolist():
        if not proof.meets(_small(proof, cell, knower), hidden):
            found.append(cell)
    return found


def _small(proof: Proof, cell: int, knower: int) -> Need:
    """That a count could be as small as a primary one must be able to be."""
    down = int(proof.structure.counts[cell]) - proof.least(cell)
    return Need(knower, (cell,), "down", down)


def too_much_told(proof: Proof, hidden: Mask) -> Need | None:
    """The first need that isn't met against those who apply the rule; `None` if all are."""
    for view in views(proof, hidden):
        needs = view.missing(hidden, first=True)
        if needs:
            return needs[0]
    return None


def guard(search: Search, pattern: Mask) -> tuple[Mask, bool]:
    """Hide further cells until every need is met against those who apply the rule; and if it is."""
    wider, more = pattern, _widened(search, pattern)
    while more is not None and (more != wider).any():
        wider, more = more, _widened(search, more)
    return _thin(search, wider, pattern), more is None


def _widened(search: Search, hidden: Mask) -> Mask | None:
    """More hidden for the first who has been told too much; the same if nothing helps any of them.

    `None` if nobody has been.
    """
    result = None
    for view in views(search.proof, hidden):
        if view.missing(hidden, first=True):
            result = hidden
            for more in (Search(view).extend(hidden), _less_told(search, view, hidden)):
                if (more & ~hidden).any():
                    return more
    return result


def _less_told(search: Search, view: Proof, hidden: Mask) -> Mask:
    """Hide cells so that one count less is told to be large by the rule."""
    proof, structure = search.proof, view.structure
    knower = OUTSIDER if view.viewer is None else view.viewer
    for cell in structure.large:
        count = int(structure.counts[cell])
        # Of those that are large anyway the rule tells nothing.
        if proof.meets(Need(knower, (cell,), "down", count - structure.rule.high), hidden):
            need = _small(proof, cell, knower)
            if not proof.meets(need, hidden):
                more = search.additions(need, hidden)
                if more.any():
                    return hidden | more
    return hidden


def _thin(search: Search, wider: Mask, pattern: Mask) -> Mask:
    """Show again, dearest first, what was hidden beyond a pattern but isn't needed."""
    costs = search.structure.costs
    added = np.flatnonzero(wider & ~pattern).tolist()
    for cell in sorted(added, key=lambda cell: (-costs[cell], cell)):
        less = wider.copy()
        less[cell] = False
        if not search.proof.missing(less, first=True) and not too_much_told(search.proof, less):
            wider = less
    return wider
