"""What the rule itself tells of hidden counts, and hiding more until that is too little.

A hidden count that everything published keeps from being as small as a primary one must be able to
be isn't primary: so it is above `high`. That narrows others, which may tell more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from irosurvey.tables.suppression._proof import OUTSIDER, Need, Proof
from irosurvey.tables.suppression._search import Search
from irosurvey.tables.suppression.arrays import Mask

__all__ = ["Guarded", "Told", "guard", "what_is_told"]


@dataclass(frozen=True)
class Told:
    """Ids of hidden cells that the rule tells to be large.

    `common` to everybody; `own`: by the id of a respondent's cell what that one knows, where it's
    more.
    """

    common: frozenset[str] = frozenset()
    own: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def __or__(self, other: Told) -> Told:
        return Told(self.common | other.common, {**self.own, **other.own})


def what_is_told(proof: Proof, hidden: Mask) -> Told:
    """What the rule tells when these cells are hidden."""
    cells = proof.structure.cells
    common, *others = (
        (view.viewer, frozenset(cells[place].id for place in view.structure.large))
        for view in views(proof, hidden)
    )
    return Told(
        common[1], {cells[viewer].id: large for viewer, large in others if viewer is not None}
    )


def views(proof: Proof, hidden: Mask) -> Iterator[Proof]:
    """The proof against everybody, then against each respondent to whom the rule tells more."""
    key = hidden.tobytes()
    if proof.viewed[0] != key:
        found = []
        for view in _views(proof, hidden):
            found.append(view)
            yield view
        proof.viewed = key, tuple(found)
    else:
        yield from proof.viewed[1]


def _views(proof: Proof, hidden: Mask) -> Iterator[Proof]:
    structure = proof.structure
    if not structure.rule.tells:
        yield proof
        return
    secondary = hidden & ~structure.primary & (structure.counts > structure.rule.high)
    common, small = _reading(proof, hidden, OUTSIDER, secondary)
    yield common
    for knower in structure.known_to_respondents:
        # What can't be small to outsiders can't be to anybody.
        others = small & (structure.same != structure.same[knower])
        own, _ = _reading(common, hidden, knower, others)
        if own is not common:
            yield own


def _reading(proof: Proof, hidden: Mask, knower: int, among: Mask) -> tuple[Proof, Mask]:
    """The proof after the rule was applied until it tells nothing new; cells that may be small."""
    viewer = None if knower == OUTSIDER else knower
    while True:
        told, among = _told(proof, hidden, knower, among)
        if not told:
            return proof, among
        proof = proof.knowing(told, viewer)


def _told(proof: Proof, hidden: Mask, knower: int, among: Mask) -> tuple[list[int], Mask]:
    """Cells that could be `high` for all that is known, but not as small as primary ones.

    And those that could be as small.
    """
    structure = proof.structure
    lower, upper = structure.bounds(hidden)
    if knower != OUTSIDER:
        lower[knower] = upper[knower] = 0
    passable, _ = structure.rows.tightened(lower, upper, structure.rows.active(hidden))
    reached = proof.lowest(hidden, knower)

    def can_be(cell: int, count: int) -> bool:
        down = int(structure.counts[cell]) - count
        if reached[cell] <= -down:
            return True
        return bool(passable[cell] <= -down) and proof.meets(_down(cell, down, knower), hidden)

    told, small = [], among.copy()
    for cell in np.flatnonzero(among).tolist():
        small[cell] = can_be(cell, proof.least(cell))
        if not small[cell] and can_be(cell, structure.rule.high):
            told.append(cell)
    return told, small


def _down(cell: int, amount: int, knower: int) -> Need:
    """That a count could be less by this."""
    return Need(knower, (cell,), "down", amount)


def guard(search: Search, pattern: Mask) -> Guarded:
    """Hide further cells until every need is met against those who apply the rule."""
    wider = pattern
    first = found = _widened(search, pattern)
    while found is not None and found.any_more:
        wider = found.hidden
        found = _widened(search, wider)
    if first is None:
        return Guarded(pattern, None, met=True)
    return Guarded(_thin(search, wider, pattern), first.need, met=found is None)


@dataclass(frozen=True)
class Guarded:
    """A pattern widened; the first need that made it so, if any; and whether all are met now."""

    hidden: Mask
    need: Need | None
    met: bool


@dataclass(frozen=True)
class _Wider:
    """More cells to hide for a need, or none that help."""

    hidden: Mask
    need: Need
    any_more: bool


def _widened(search: Search, hidden: Mask) -> _Wider | None:
    """More hidden for the first who has been told too much; `None` if nobody has been."""
    result = None
    for view in views(search.proof, hidden):
        needs = view.missing(hidden, first=True)
        if needs:
            result = result or _Wider(hidden, needs[0], any_more=False)
            more = Search(view).extend(hidden)
            if not (more & ~hidden).any():
                more = _less_told(search, view, hidden)
            if (more & ~hidden).any():
                return _Wider(more, needs[0], any_more=True)
    return result


def _less_told(search: Search, view: Proof, hidden: Mask) -> Mask:
    """Hide cells so that one count less is told to be large by the rule."""
    proof, structure = search.proof, view.structure
    knower = OUTSIDER if view.viewer is None else view.viewer
    for cell in structure.large:
        count = int(structure.counts[cell])
        small = _down(cell, count - proof.least(cell), knower)
        if not proof.meets(small, hidden):
            more = search.additions(small, hidden)
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
        if not search.proof.missing(less, first=True) and not any(
            view.missing(less, first=True) for view in views(search.proof, less)
        ):
            wider = less
    return wider
