"""Rows of a result combined: contrasts, and smooth functions of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from irosurvey import _core
from irosurvey._checked import checked_methods
from irosurvey._complaint import complaint
from irosurvey._core import Expr
from irosurvey.errors import ArgumentError
from irosurvey.parts import DESIGN_EFFECT, Floats, Level, LevelValue, StatisticInfo, is_level
from irosurvey.result import Estimate, from_core
from irosurvey.rows import levels_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Contrast", "Function", "Rows", "combinations", "combine", "contrast"]

Place: TypeAlias = LevelValue | tuple[LevelValue, ...]
"""A group: a code or label, or one for each `by` column."""

Contrast: TypeAlias = Mapping[Any, float] | Sequence[Mapping[str, Any]]
"""Weights by group, or terms ``{"at": {column: level}, "weight": 1}``."""

Function: TypeAlias = Callable[["Rows"], Expr | Sequence[Expr] | Mapping[str, Expr]]


class _Term(NamedTuple):
    """Rows that have these levels, and their weight."""

    at: dict[str, LevelValue]
    weight: float


# ---- finding rows ----


@checked_methods
class Rows:
    """The rows of a result, as parts of an expression; :meth:`Estimate.combine` hands them over.

    ``t["North"]`` is the row with that label, ``t["North", 2]`` that with a label or code for each
    `by` column, ``t[0]`` the first row, and ``t.sel(region="North", variable="y")`` the one row
    with these levels.
    """

    def __init__(self, estimate: Estimate) -> None:
        self._estimate = estimate
        self._keys = estimate.keys()

    def __len__(self) -> int:
        return len(self._estimate)

    def __getitem__(self, key: Place) -> Expr:
        if isinstance(key, int) and not isinstance(key, bool):
            if not -len(self) <= key < len(self):
                raise complaint(
                    ArgumentError,
                    "row of a result",
                    expected=f"a number from 0 to {len(self) - 1}",
                    found=str(key),
                )
            row = range(len(self))[key]
            return _core.row(row, self._name(row))
        return self.sel(**at_place(self._estimate, self._keys, key))

    def sel(self, **levels: LevelValue) -> Expr:
        """The row that has these levels, of `by` columns, ``variable`` or ``level``."""
        found = rows_at(self._keys, levels)
        if len(found) != 1:
            raise _not_one_row(self._keys, levels, found)
        return _core.row(found[0], self._name(found[0]))

    def _name(self, row: int) -> str:
        """What tells the row from the others."""
        telling = [levels for levels in self._keys.values() if len(set(levels)) > 1]
        return ", ".join(str(levels[row]) for levels in telling) or str(row)


def at_place(
    estimate: Estimate, keys: Mapping[str, tuple[Level, ...]], place: object
) -> dict[str, LevelValue]:
    """The columns that a place is in: of a tuple, the `by` columns in their order."""
    columns = list(keys)[len(keys) - len(estimate.by) :]
    if isinstance(place, np.generic):
        place = place.item()
    if isinstance(place, tuple):
        if len(place) != len(columns):
            raise complaint(
                ArgumentError,
                f"group {place!r}",
                expected=f"{len(columns)} levels, one for each column of by="
                + "["
                + ", ".join(f"'{name}'" for name in columns)
                + "]",
                found=str(len(place)),
            )
        return dict(zip(columns, place, strict=True))
    if not isinstance(place, bool | int | float | str):
        raise complaint(
            ArgumentError,
            "a group",
            expected="its code or label, or a tuple of them",
            found=repr(place),
        )
    searched = columns if len(columns) == 1 and not isinstance(place, str) else list(keys)
    holders = [name for name in searched if is_level(place, keys[name]).any()]
    if len(holders) == 1:
        return {holders[0]: place}
    shown = f"'{place}'" if isinstance(place, str) else str(place)
    if holders:
        raise complaint(
            ArgumentError,
            f"group {shown}",
            found="it in " + " and in ".join(f"'{name}'" for name in holders),
            remedy=f"Say which is meant: {{'{holders[0]}': {shown}}} as what a row is at.",
        )
    existing = dict.fromkeys(str(level) for name in searched for level in keys[name])
    raise complaint(
        ArgumentError,
        f"group {shown}",
        expected="the code or label of a group, a level or a variable of the result",
        name=str(place),
        existing=existing,
    )


def rows_at(keys: Mapping[str, tuple[Level, ...]], at: Mapping[str, LevelValue]) -> list[int]:
    """Rows that have these levels."""
    count = len(next(iter(keys.values())))
    kept: NDArray[np.bool_] = np.ones(count, dtype=bool)
    for name, wanted in at.items():
        kept &= is_level(wanted, levels_by(keys, name))
    return [int(row) for row in np.flatnonzero(kept)]


def _not_one_row(
    keys: Mapping[str, tuple[Level, ...]], at: Mapping[str, LevelValue], found: Sequence[int]
) -> ArgumentError:
    rows = found or range(len(next(iter(keys.values()))))
    shown = [
        ", ".join(f"{name}={str(levels[row])!r}" for name, levels in keys.items())
        for row in rows[:8]
    ]
    return complaint(
        ArgumentError,
        "row at " + (", ".join(f"{name} = {level}" for name, level in at.items()) or "{}"),
        expected="exactly one",
        found=f"{len(found) or 'none'}",
        remedy="Name what tells it from the others: "
        + "; ".join(shown)
        + ("; …" if len(rows) > 8 else "")
        + ".",
    )


# ---- contrasts ----


def contrast(estimate: Estimate, weights: Any) -> Estimate:
    """Linear combinations of rows; see :meth:`Estimate.contrast`."""
    asked = [
        (_terms(estimate, terms), name) for terms, name in _contrasts(weights) for terms in [terms]
    ]
    keys = estimate.keys()
    rows: list[NDArray[np.float64]] = []
    places: list[tuple[str, int, tuple[Level, ...]]] = []  # name, a row of it, cell
    named_keys = [dict.fromkeys(name for term in terms for name in term.at) for terms, _ in asked]
    if len({frozenset(names) for names in named_keys}) > 1:
        raise complaint(
            ArgumentError,
            "contrasts",
            expected="the same columns named in each",
            found=" and ".join(", ".join(names) or "none" for names in named_keys[:2]),
        )
    columns = dict(zip(list(keys)[len(keys) - len(estimate.by) :], estimate.by, strict=True))
    kept = [name for name in columns if name not in named_keys[0]]
    for terms, name in asked:
        title = name or _in_words(terms, keys)
        for members in _groups(keys, named_keys[0], len(estimate)):
            combined = np.zeros(len(estimate))
            for term in terms:
                found = [row for row in rows_at(keys, term.at) if row in members]
                if len(found) != 1:
                    raise _not_one_row(keys, term.at, found)
                combined[found[0]] += term.weight
            rows.append(combined)
            first = min(members)
            places.append((title, first, (Level(title), *(keys[key][first] for key in kept))))
    across = bool({"variable", estimate._level_key} & set(named_keys[0]) - set(columns))
    return _as_contrasts(estimate, np.array(rows), places, [columns[key] for key in kept], across)


def _contrasts(weights: Any) -> Iterator[tuple[Any, str]]:
    """One contrast, or several with or without names."""
    if isinstance(weights, Mapping) and weights and all(map(_is_contrast, weights.values())):
        for name, one in weights.items():
            yield one, str(name)
    elif _is_contrast(weights):
        yield weights, ""
    elif isinstance(weights, Sequence) and weights and all(map(_is_contrast, weights)):
        for one in weights:
            yield one, ""
    else:
        raise complaint(
            ArgumentError,
            "contrast",
            expected='weights by group, such as {"North": 1, "South": -1}, terms such as '
            '{"at": {"region": "North"}, "weight": 1}, or several of these',
            found=repr(weights),
        )


def _is_contrast(given: object) -> bool:
    if isinstance(given, Mapping):
        return bool(given) and all(_is_number(weight) for weight in given.values())
    if isinstance(given, str) or not isinstance(given, Sequence) or not given:
        return False
    return all(isinstance(term, Mapping) and "at" in term for term in given)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _terms(estimate: Estimate, given: Any) -> list[_Term]:
    keys = estimate.keys()
    if isinstance(given, Mapping):
        return [
            _Term(at_place(estimate, keys, place), float(weight)) for place, weight in given.items()
        ]
    for term in given:
        unknown = [key for key in term if key not in ("at", "weight")]
        if unknown:
            raise complaint(
                ArgumentError,
                "term of a contrast",
                expected="'at' and 'weight'",
                found=f"'{unknown[0]}'",
            )
    return [_Term(dict(term["at"]), float(term.get("weight", 1))) for term in given]


def _groups(
    keys: Mapping[str, tuple[Level, ...]], named: Mapping[str, None], rows: int
) -> list[set[int]]:
    """Rows that differ only in what the contrast names."""
    groups: dict[Hashable, set[int]] = {}
    others = [levels for name, levels in keys.items() if name not in named]
    for row in range(rows):
        groups.setdefault(tuple(levels[row] for levels in others), set()).add(row)
    return list(groups.values())


def _in_words(terms: Sequence[_Term], keys: Mapping[str, tuple[Level, ...]]) -> str:
    """`North - South`, `0.5 × North + 0.5 × South - Isles`."""
    text = ""
    for term in terms:
        sign = " - " if term.weight < 0 else " + "
        size = abs(term.weight)
        levels = [_label(keys[name], wanted) for name, wanted in term.at.items() if name in keys]
        label = ", ".join(levels)
        text += (sign if text else sign.strip() if term.weight < 0 else "") + (
            label if size == 1 else f"{size:g} × {label}"
        )
    return text


def _label(levels: Sequence[Level], wanted: LevelValue) -> str:
    found = np.flatnonzero(is_level(wanted, levels))
    return str(levels[int(found[0])]) if len(found) else str(wanted)


def _as_contrasts(
    estimate: Estimate,
    weights: NDArray[np.float64],
    places: Sequence[tuple[str, int, tuple[Level, ...]]],
    kept: Sequence[str],
    across: bool,
) -> Estimate:
    rows, covariances = combinations(estimate, weights, [name for name, _, _ in places])
    cells = tuple(dict.fromkeys(cell for _, _, cell in places))
    number = {cell: index for index, cell in enumerate(cells)}
    rows["cell"] = [number[cell] for _, _, cell in places]
    # A contrast of shares is no share: its interval is a t interval.
    statistics = tuple(replace(info, scale="other") for info in estimate.statistics)
    if across:
        statistics = (_across(estimate, rows),)
        rows["statistic"] = 0
    else:
        rows["statistic"] = [estimate.rows["statistic"][row] for _, row, _ in places]
    labels = dict(zip(estimate.by, estimate.by_labels or ("",) * len(estimate.by), strict=True))
    return replace(
        estimate,
        by=("contrast", *kept),
        by_labels=("", *(labels[name] for name in kept)),
        cells=cells,
        statistics=statistics,
        rows=rows,
        covariances=covariances,
        choices=tuple(choice for choice in estimate.choices if choice.name != DESIGN_EFFECT),
    )


def _across(estimate: Estimate, rows: NDArray[np.void]) -> StatisticInfo:
    """What a contrast of several statistics is about."""
    names = dict.fromkeys(name for info in estimate.statistics for name in info.variables)
    return StatisticInfo(
        name="contrast",
        variables=tuple(names),
        label="",
        level=None,
        scale="other",
        formula=" and ".join(dict.fromkeys(info.formula for info in estimate.statistics)),
        df=float(rows["df"].min()),
        of_shares=all(info.of_shares for info in estimate.statistics),
    )


_AT_ONCE = 256  # combinations whose covariances with each other are made


def combinations(
    estimate: Estimate, weights: Floats, names: list[str]
) -> tuple[NDArray[np.void], Floats | None]:
    """Combine rows linearly; many at once go in blocks, without the covariances between them."""
    core = estimate._core(estimate.covariances)
    blocks = [
        core.linear_combinations(weights[start : start + _AT_ONCE], names[start : start + _AT_ONCE])
        for start in range(0, len(names), _AT_ONCE)
    ]
    if not blocks:
        return estimate.rows[:0].copy(), np.zeros((0, 0))
    rows = np.concatenate([block.rows for block in blocks])
    return rows, blocks[0].covariance if len(blocks) == 1 else None


# ---- functions of rows ----


def combine(estimate: Estimate, function: Function) -> Estimate:
    """Smooth functions of rows; see :meth:`Estimate.combine`."""
    if not callable(function):
        raise complaint(
            ArgumentError,
            "combine",
            expected='a function of rows, such as lambda t: t["North"] / t["South"]',
            found=repr(function),
        )
    given = function(Rows(estimate))
    if isinstance(given, Mapping):
        named = list(given.items())
    else:
        several = given if isinstance(given, Sequence) else [given]
        named = [("expression", expr) for expr in several]
    if not named:
        raise complaint(
            ArgumentError, "combine", expected="at least one expression of rows", found="none"
        )
    for _, expr in named:
        if not isinstance(expr, Expr):
            raise complaint(
                ArgumentError,
                "combine",
                expected="a function whose value is an expression of rows, or several",
                found=repr(expr),
                remedy="Take functions such as log from irosurvey.",
            )
    answer = estimate._core(estimate.covariance).nonlinear_combinations(
        [expr for _, expr in named], [name for name, _ in named]
    )
    combined = from_core(
        answer,
        level=estimate.level,
        reference=estimate.reference,
        by_labels=(),
        source=estimate.source,
    )
    choices = tuple(choice for choice in combined.choices if choice.name != DESIGN_EFFECT)
    return replace(combined, choices=choices)
