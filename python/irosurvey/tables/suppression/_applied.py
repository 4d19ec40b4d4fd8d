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
from irosurvey.tables.suppression._structure import Mask

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


def _for_outsiders(proof: Proof, hidden: Mask) -> Proof:
    """The proof against everybody who has read what the rule tells an outsider."""
    while True:
        told = _told(proof, hidden, OUTSIDER)
        if not told:
            return proof
        proof = proof.knowing(told)


def views(proof: Proof, hidden: Mask) -> Iterator[Proof]:
    """The proof against everybody, then against each respondent to whom the rule tells more."""
    if not proof.structure.rule.tells:
        yield proof
        return
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
    lower, upper = structure.bounds(hidden)
    if knower != OUTSIDER:
        able &= structure.same != structure.same[knower]
        lower[knower] = upper[knower] = 0
    lower, _ = structure.rows.tightened(lower, upper, structure.rows.active(hidden))
    found = []
    for cell in np.flatnonzero(able).tolist():
        need = _small(proof, cell, knower)
        if -need.amount < lower[cell] or not proof.meets(need, hidden):
            found.append(cell)
    return found


def _small(proof: Proof, cell: int, knower: int) -> Need:
    """That a count could be as small as a primary one must be able to be."""
    down = int(proof.structure.counts[cell]) - proof.least(cell)
    return Need(knower, (cell,), "down", down)


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
            for more in (Search(view).extend(hidden), _less_told(search, view, hidden)):
                if (more & ~hidden).any():
                    return _Wider(more, needs[0], any_more=True)
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
        if not search.proof.missing(less, first=True) and not any(
            view.missing(less, first=True) for view in views(search.proof, less)
        ):
            wider = less
    return wider
