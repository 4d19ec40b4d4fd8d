"""Boxes to tick: columns that say whether somebody ticked one, and columns that don't."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from irosurvey._core import Column, Frame
from irosurvey.spec.kinds import Path, Problem

__all__ = ["wrong_boxes"]

MOST_ANSWERS = 11
"""So many different numbers without labels may be answers, 0 to 10; more are an amount."""
_NOT_TICKED = frozenset((0, 2))
"""Codes of a box that nobody ticked."""


def wrong_boxes(
    names: Sequence[str], answers: Sequence[object], path: Path, frame: Frame
) -> Iterator[Problem]:
    """What is no box to tick among the columns of a question, each by name.

    Parameters
    ----------
    names
        Columns; texts, sets and what doesn't exist are others' to judge.
    answers
        Which values are ticks; none: 1, or true.
    path
        Of the key that names the columns.
    frame
        The data.
    """
    for name in names:
        if name not in frame or not _is_number(frame[name]):
            continue
        values = [one for one in pc.unique(frame[name].to_arrow()).to_pylist() if one is not None]
        found = _amount(frame[name], values) if answers else _no_tick(values)
        if found:
            yield Problem(
                (*path, "of"),
                "boxes to tick, of which each column says whether it is ticked: 1 or 0, yes or no",
                f"'{name}', {found}",
                "Name the columns without it"
                + ("." if answers else "; or say by answers which values are ticks."),
            )


def _is_number(column: Column) -> bool:
    kind = column.to_arrow().type
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _amount(column: Column, values: Sequence[float]) -> str:
    """Why these aren't answers, some of which are ticks."""
    if column.value_labels:
        return ""
    if len(values) > MOST_ANSWERS:
        return f"which has {len(values)} different values, {_range(values)}"
    broken = [value for value in values if value != int(value)]
    return f"which has values like {broken[0]:g}" if broken else ""


def _no_tick(values: Sequence[float]) -> str:
    """Why these aren't 1 for a tick and one code, or none, for no tick."""
    others = sorted(set(values) - {1})
    if len(others) > 1:
        return f"which has {len(set(values))} different values, {_range(values)}"
    if 1 not in values and not _NOT_TICKED.issuperset(others):
        return f"which has no 1, but {others[0]:g}"
    return ""


def _range(values: Sequence[float]) -> str:
    return f"from {min(values):g} to {max(values):g}"
