"""Differences between the groups of a result."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from irosurvey import _arguments
from irosurvey._complaint import complaint
from irosurvey.combination import combinations
from irosurvey.errors import ArgumentError
from irosurvey.parts import DESIGN_EFFECT, Level, LevelValue, is_level
from irosurvey.rows import matching

if TYPE_CHECKING:
    from irosurvey.result import Estimate

__all__ = ["differences"]


class _Pair(NamedTuple):
    """The row that is subtracted, the row it is subtracted from, and where the result belongs."""

    minus: int
    plus: int
    statistic: int
    cell: tuple[Level, ...]


def differences(estimate: Estimate, position: int, reference: LevelValue | None) -> Estimate:
    """Groups of the `by` column at a position, compared in pairs or with a reference."""
    pairs = list(_pairs(estimate, position, reference))
    weights = np.zeros((len(pairs), len(estimate)))
    for row, pair in enumerate(pairs):
        weights[row, [pair.minus, pair.plus]] = -1.0, 1.0
    names = [str(pair.cell[position]) for pair in pairs]
    rows, covariances = combinations(estimate, weights, names)
    cells = tuple(dict.fromkeys(pair.cell for pair in pairs))
    number = {cell: index for index, cell in enumerate(cells)}
    rows["statistic"] = [pair.statistic for pair in pairs]
    rows["cell"] = [number[pair.cell] for pair in pairs]
    by = estimate.by[position]
    return replace(
        estimate,
        cells=cells,
        # A difference of shares is no share: its interval is a t interval.
        statistics=tuple(replace(info, scale="other") for info in estimate.statistics),
        rows=rows,
        covariances=covariances,
        choices=tuple(choice for choice in estimate.choices if choice.name != DESIGN_EFFECT),
        difference_of=by,
    )


def _pairs(estimate: Estimate, position: int, reference: LevelValue | None) -> Iterator[_Pair]:
    """Every pair to compare: groups of one column, in one statistic and one group of the others."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for row, (statistic, cell) in enumerate(
        zip(estimate.rows["statistic"], estimate.rows["cell"], strict=True)
    ):
        levels = estimate.cells[cell]
        others = levels[:position] + levels[position + 1 :]
        groups.setdefault((int(statistic), others), []).append(row)

    def level_of(row: int) -> Level:
        return estimate.cells[int(estimate.rows["cell"][row])][position]

    if reference is not None:
        wanted = _arguments.values("reference", reference)
        if len(wanted) != 1:
            raise complaint(
                ArgumentError,
                "reference",
                expected="the code or label of one group",
                found=repr(reference),
            )
        reference = wanted[0]
        matching(estimate.by[position], [level_of(row) for row in range(len(estimate))], reference)
    for members in groups.values():
        for minus, plus in _chosen(members, level_of, reference):
            cell = list(estimate.cells[estimate.rows["cell"][plus]])
            cell[position] = Level(f"{level_of(plus)} - {level_of(minus)}")
            yield _Pair(minus, plus, int(estimate.rows["statistic"][plus]), tuple(cell))


def _chosen(
    members: list[int], level_of: Callable[[int], Level], reference: LevelValue | None
) -> Iterator[tuple[int, int]]:
    if reference is None:
        return itertools.combinations(members, 2)
    at = is_level(reference, [level_of(row) for row in members])
    references = [row for row, found in zip(members, at, strict=True) if found]
    return ((minus, plus) for minus in references for plus in members if plus != minus)
