"""Targets of a calibration, as people write them and as the core takes them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, Literal, TypeAlias

from irosurvey import _core
from irosurvey._complaint import complaint
from irosurvey._core import Frame
from irosurvey.errors import ArgumentError
from irosurvey.parts import LevelValue
from irosurvey.reading import read

__all__ = ["Adjustment"]

CalibrationMethod: TypeAlias = Literal["poststratify", "rake", "linear", "raking", "logit"]
Margin: TypeAlias = tuple[list[str], list[tuple[list[LevelValue], float]], float | None]
TOTAL = "total"
"""The column of a table of targets that holds them."""


@dataclass(frozen=True)
class Adjustment:
    """What an adjustment of a design's weights did.

    Attributes
    ----------
    name
        In words, such as ``rake to sex and region``.
    iterations
        Cycles of raking, or Newton steps.
    misfit
        Greatest relative misfit of a target.
    least_ratio, greatest_ratio
        Of new to old weight.
    trimmed
        Rows whose weight was cut.
    notes
        A plain sentence for each thing worth knowing.
    """

    name: str
    iterations: int
    misfit: float
    least_ratio: float
    greatest_ratio: float
    trimmed: int
    notes: tuple[str, ...]


def adjustments_of(design: _core.Design) -> tuple[Adjustment, ...]:
    """What each adjustment did, as plain values."""
    return tuple(
        Adjustment(
            name=done.name,
            iterations=done.iterations,
            misfit=done.misfit,
            least_ratio=done.least_ratio,
            greatest_ratio=done.greatest_ratio,
            trimmed=done.trimmed,
            notes=tuple(done.notes),
        )
        for done in _core.adjustments(design)
    )


def margins_from(frame: Frame, margins: Any) -> list[Margin]:
    """Margins from a mapping, a table of targets, or a list of tables."""
    if isinstance(margins, Mapping):
        return [_margin(frame, key, given) for key, given in margins.items()]
    tables = (
        margins if isinstance(margins, Sequence) and not isinstance(margins, str) else [margins]
    )
    return [_from_table(frame, table) for table in tables]


def levels_from(frame: Frame, variable: str, given: Any) -> list[tuple[LevelValue, float]]:
    """Levels of one variable and their numbers, from a mapping or a table."""
    if hasattr(given, "items") and not hasattr(given, "columns"):
        pairs = [(level, _number(f"'{variable}'", number)) for level, number in given.items()]
    else:
        variables, targets, _ = _from_table(frame, given)
        if variables != [variable]:
            raise complaint(
                ArgumentError,
                f"table of '{variable}'",
                expected=f"columns '{variable}' and '{TOTAL}'",
                found=_listed([*variables, TOTAL]),
            )
        pairs = [(levels[0], number) for levels, number in targets]
    return [(code_of(frame, variable, level), number) for level, number in pairs]


def _margin(frame: Frame, key: Any, given: Any) -> Margin:
    variables = _variables(key)
    subject = f"margin {_listed(variables)}" if variables else "margin 1"
    if isinstance(given, Real) and not isinstance(given, bool):
        return variables, [], float(given)
    if not hasattr(given, "items") or hasattr(given, "columns"):
        margin = _from_table(frame, given)
        if sorted(margin[0]) != sorted(variables):
            raise complaint(
                ArgumentError,
                subject,
                expected=f"a table with the columns {_listed([*variables, TOTAL])}",
                found=_listed([*margin[0], TOTAL]),
            )
        return margin
    targets = []
    for levels, number in given.items():
        named = list(levels) if isinstance(levels, tuple) else [levels]
        if len(named) != len(variables):
            raise complaint(
                ArgumentError,
                subject,
                expected=f"{len(variables)} level(s) for each total",
                found=repr(levels),
            )
        codes = [code_of(frame, name, one) for name, one in zip(variables, named, strict=True)]
        targets.append((codes, _number(subject, number)))
    return variables, targets, None


def _variables(key: Any) -> list[str]:
    """Columns of a margin; none for 1, the sum of weights."""
    if isinstance(key, int) and not isinstance(key, bool) and key == 1:
        return []
    names = list(key) if isinstance(key, tuple) else [key]
    for name in names:
        if not isinstance(name, str) or not name:
            raise complaint(
                ArgumentError,
                "margins",
                expected="columns, tuples of columns, or 1 for the sum of weights",
                found=repr(key),
            )
    return names


def _from_table(frame: Frame, table: Any) -> Margin:
    """A margin in long form: a column for each variable, and one of totals."""
    taken = read(table) if isinstance(table, str | os.PathLike) else Frame(table)
    names = [column.name for column in taken.columns]
    variables = [name for name in names if name != TOTAL]
    if TOTAL not in taken or not variables:
        raise complaint(
            ArgumentError,
            "table of targets",
            expected=f"a column for each variable, and a column '{TOTAL}'",
            found=_listed(names),
        )
    columns = [taken[name].to_arrow().to_pylist() for name in variables]
    totals = [_number("table of targets", one) for one in taken[TOTAL].to_arrow().to_pylist()]
    targets = []
    for *levels, total in zip(*columns, totals, strict=True):
        if any(level is None for level in levels):
            raise complaint(
                ArgumentError,
                "table of targets",
                expected="a level of every variable in each row",
                found="a missing value",
            )
        codes = [code_of(frame, name, one) for name, one in zip(variables, levels, strict=True)]
        targets.append((codes, total))
    return variables, targets, None


def code_of(frame: Frame, variable: str, level: Any) -> LevelValue:
    """The code that a value label stands for; any other value is a code already."""
    if not isinstance(level, bool | str):
        level = level.item() if hasattr(level, "item") else level
    if not isinstance(level, bool | int | float | str):
        raise complaint(
            ArgumentError,
            f"level of '{variable}'",
            expected="a number, text, true or false",
            found=repr(level),
        )
    if not isinstance(level, str):
        return level
    labels = frame[variable].value_labels
    codes = [code for code, label in labels.items() if label == level]
    return codes[0] if len(codes) == 1 and level not in labels else level


def limits_from(argument: str, given: Any) -> tuple[float, float] | None:
    """Low and high; ``None`` for one of them is no limit on that side."""
    if given is None:
        return None
    pair = list(given) if isinstance(given, Iterable) else [given]
    if len(pair) != 2:
        raise complaint(ArgumentError, argument, expected="low and high", found=repr(given))
    low, high = pair
    return (
        float("-inf") if low is None else _number(argument, low),
        float("inf") if high is None else _number(argument, high),
    )


def _number(subject: str, given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, Real):
        raise complaint(ArgumentError, subject, expected="a number", found=repr(given))
    return float(given)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
