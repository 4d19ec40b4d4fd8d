"""Counts as arrays, and which of them hang together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["UNBOUNDED", "Counts", "Mask", "Numbers", "connected"]

Counts = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

UNBOUNDED = 1 << 40
"""Stands for "no bound" among whole numbers; sums of a few of them still fit 64 bits."""


def connected(size: int, groups: Iterable[Sequence[int]]) -> list[list[int]]:
    """Sets of numbers 0…size-1 that groups tie together, each in ascending order."""
    parent = list(range(size))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for group in groups:
        for other in group[1:]:
            first, second = sorted((root(group[0]), root(other)))
            parent[second] = first
    sets: dict[int, list[int]] = {}
    for place in range(size):
        sets.setdefault(root(place), []).append(place)
    return list(sets.values())
