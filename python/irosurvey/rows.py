"""Rows of a result, found by what tells them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from irosurvey import _arguments
from irosurvey._complaint import complaint
from irosurvey.errors import ArgumentError, ColumnError
from irosurvey.parts import Level, LevelValue, is_level

__all__ = ["holder_of", "levels_by", "matching"]


def levels_by(keys: Mapping[str, tuple[Level, ...]], name: str) -> tuple[Level, ...]:
    """The level of every row in one of the keys that tell rows apart."""
    if name not in keys:
        raise complaint(
            ColumnError,
            f"'{name}'",
            expected="one of " + ", ".join(f"'{key}'" for key in keys),
            name=name,
            existing=keys,
        )
    return keys[name]


def matching(
    name: str, levels: Sequence[Level], wanted: LevelValue | Sequence[LevelValue]
) -> NDArray[np.bool_]:
    """Where a level is one of those that are wanted, each of which has to be there."""
    several = _arguments.values(name, wanted)
    kept = np.zeros(len(levels), dtype=bool)
    for one in several:
        found = is_level(one, levels)
        if not found.any():
            shown = list(dict.fromkeys(str(level) for level in levels))
            raise complaint(
                ArgumentError,
                f"'{name}'",
                expected="one of " + ", ".join(f"'{text}'" for text in shown[:20]),
                found=f"'{one}'",
                name=str(one),
                existing=shown,
            )
        kept |= found
    return kept


def holder_of(label: str, keys: Mapping[str, tuple[Level, ...]]) -> str:
    """The one key that has a level of this label."""
    holders = [name for name, levels in keys.items() if is_level(label, levels).any()]
    if len(holders) > 1:
        raise complaint(
            ArgumentError,
            f"the label '{label}'",
            found="it in " + " and in ".join(f"'{name}'" for name in holders),
            remedy=f'Say which is meant: result.sel({holders[0]}="{label}").',
        )
    if not holders:
        existing = [str(level) for levels in keys.values() for level in levels]
        raise complaint(
            ArgumentError,
            f"the label '{label}'",
            expected="the label of a group, a level or a variable of the result",
            name=label,
            existing=dict.fromkeys(existing),
        )
    return holders[0]
