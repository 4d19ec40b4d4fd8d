"""Hidden figures of two releases of the same people, bounded by what both show of their sums."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from irosurvey.tables.published import PublishedTable

__all__ = ["Narrowed", "narrowed"]

Key: TypeAlias = tuple[tuple[str, ...], str]
"""A row's labels and a column's name."""

LEAST_WIDTH = 3.0
"""People of doubt that must be left about a hidden figure."""

_OF_ROW, _OF_COLUMN = "Percentages are of each row", "Percentages are of each column"


@dataclass(frozen=True)
class Narrowed:
    """A hidden figure about which both releases together leave too little doubt.

    Attributes
    ----------
    row, column
        Its place.
    lower, upper
        What it lies between.
    hidden_in
        ``"old"``, ``"new"`` or ``"both"``.
    decimals
        Of its column.
    """

    row: tuple[str, ...]
    column: str
    lower: float
    upper: float
    hidden_in: str
    decimals: int


@dataclass
class _Sums:
    """Bounds on figures, and sums that hold among them."""

    bounds: dict[Key, tuple[float, float]]
    hidden: set[Key]
    sums: list[tuple[Key | None, tuple[Key, ...]]]
    """A whole (none: 100 %) and the parts that add up to it, before rounding."""
    people: dict[Key, float]
    """What a unit of the figure is in people."""
    decimals: dict[str, int]


def narrowed(
    old: PublishedTable,
    new: PublishedTable,
    old_policy: Mapping[str, Any],
    new_policy: Mapping[str, Any],
) -> Iterator[Narrowed]:
    """Figures that both together bound to less than three people, and neither alone does."""
    first, second = _sums_of(old, old_policy), _sums_of(new, new_policy)
    hidden = first.hidden | second.hidden
    if not hidden:
        return
    both = _joined(first, second)
    alone = [_intervals(one, hidden & set(one.bounds)) for one in (first, second)]
    for key, (low, high) in sorted(_intervals(both, hidden & set(both.bounds)).items()):
        people = both.people.get(key, 1.0)
        if (high - low) * people >= LEAST_WIDTH - 1e-6:
            continue
        if any(
            key in own and (own[key][1] - own[key][0]) * people < LEAST_WIDTH - 1e-6
            for own in alone
        ):
            continue  # one release alone says as much
        where = [name for name, one in (("old", first), ("new", second)) if key in one.hidden]
        # Shown in one and hidden in the other is told elsewhere.
        shown = (key in first.bounds and key not in first.hidden) or (
            key in second.bounds and key not in second.hidden
        )
        if not shown:
            yield Narrowed(
                key[0],
                key[1],
                low,
                high,
                "both" if len(where) == 2 else where[0],
                both.decimals.get(key[1], 0),
            )


def _sums_of(table: PublishedTable, policy: Mapping[str, Any]) -> _Sums:
    """What a table shows of counts and percentages, and which sums tie them."""
    found = _Sums({}, set(), [], {}, {})
    base = float(policy.get("rounding_base", 1) or 1)
    rounded = str(policy.get("rounding", "none")) != "none"
    remarks = " ".join(table.remarks)
    bases = [place for place, column in enumerate(table.columns) if column.kind == "base"]
    for place, column in enumerate(table.columns):
        if column.unit not in ("count", "percent") or column.kind not in ("estimate", "base"):
            continue
        found.decimals[column.name] = column.decimals
        half = 0.5 * 10.0**-column.decimals
        if column.unit == "count" and rounded:
            # Random and controlled rounding move a count by less than a whole step.
            half = base / 2 if policy.get("rounding") == "nearest" else base
        most = 100.0 if column.unit == "percent" else math.inf
        for row in table.rows:
            key = (row.labels, column.name)
            cell = row.cells[place]
            if cell.mark == "c":
                found.hidden.add(key)
                found.bounds[key] = (0.0 if column.unit == "percent" else 1.0, most)
            elif cell.value is not None:
                exact = column.unit == "count" and not rounded
                width = 0.0 if exact else half
                found.bounds[key] = (max(0.0, cell.value - width), min(most, cell.value + width))
            else:
                found.bounds[key] = (0.0, most)
            if column.unit == "percent":
                sizes = [row.cells[at].value for at in bases if row.cells[at].value is not None]
                found.people[key] = (sizes[0] or 0.0) / 100.0 if len(sizes) == 1 else math.inf
        _add_sum_of_rows(found, table, place, column.unit, of_columns=_OF_COLUMN in remarks)
    if _OF_ROW in remarks:
        _add_sums_of_answers(found, table)
    return found


def _add_sum_of_rows(
    found: _Sums, table: PublishedTable, place: int, unit: str, *, of_columns: bool
) -> None:
    """Counts add up to the last total; percentages of a column to 100."""
    name = table.columns[place].name
    totals = [row for row in table.rows if row.total]
    parts = tuple((row.labels, name) for row in table.rows if not row.total)
    if len(set(parts)) != len(parts) or len(parts) < 2:
        return
    if unit == "count" and len(totals) == 1:
        found.sums.append(((totals[0].labels, name), parts))
    elif unit == "percent" and of_columns and table.columns[place].kind == "estimate":
        found.sums.append((None, parts))


def _add_sums_of_answers(found: _Sums, table: PublishedTable) -> None:
    """Percentages of a row add up to 100, block by block of columns."""
    names = [
        column.name
        for column in table.columns
        if column.kind == "estimate" and column.unit == "percent" and len(column.spanners) == 1
    ]
    if len(names) >= 2:
        for row in table.rows:
            found.sums.append((None, tuple((row.labels, name) for name in names)))


def _joined(first: _Sums, second: _Sums) -> _Sums:
    """What both show of the same figures."""
    bounds = dict(first.bounds)
    for key, (low, high) in second.bounds.items():
        own = bounds.get(key, (-math.inf, math.inf))
        bounds[key] = (max(low, own[0]), min(high, own[1]))
    return _Sums(
        bounds,
        first.hidden | second.hidden,
        [*first.sums, *(one for one in second.sums if one not in first.sums)],
        {**first.people, **second.people},
        {**first.decimals, **second.decimals},
    )


def _intervals(sums: _Sums, targets: set[Key]) -> dict[Key, tuple[float, float]]:
    """The least and the greatest that each target can be, by linear programming."""
    from irosurvey.tables.suppression._program import Program

    keys = sorted(sums.bounds)
    place = {key: number for number, key in enumerate(keys)}
    starts: list[int] = []
    index: list[int] = []
    coefficient: list[float] = []
    low: list[float] = []
    high: list[float] = []
    for whole, parts in sums.sums:
        known = [key for key in parts if key in place]
        if len(known) < len(parts) or (whole is not None and whole not in place):
            continue
        starts.append(len(index))
        total = 100.0 if whole is None else 0.0
        if whole is not None:
            index.append(place[whole])
            coefficient.append(-1.0)
        index += [place[key] for key in known]
        coefficient += [1.0] * len(known)
        low.append(total)
        high.append(total)
    lower = np.array([sums.bounds[key][0] for key in keys])
    upper = np.array([min(sums.bounds[key][1], 1e12) for key in keys])
    if (lower > upper).any():
        return {}  # the releases contradict each other: they aren't of the same people
    program = Program(lower, upper, np.array(starts, dtype=np.int32), index, coefficient, low, high)
    found = {}
    for key in sorted(targets):
        ends = []
        for sign in (1.0, -1.0):
            costs = np.zeros(len(keys))
            costs[place[key]] = sign
            program.set_costs(costs)
            solved = program.solve()
            if solved.values is None:
                return {}
            ends.append(float(solved.values[place[key]]))
        found[key] = (ends[0], ends[1] if ends[1] < 1e11 else math.inf)
    return found
