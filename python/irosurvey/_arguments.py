"""Checks of the kinds of arguments, in the words of the library's errors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from irosurvey._complaint import complaint
from irosurvey.errors import ArgumentError, ColumnError

if TYPE_CHECKING:
    from irosurvey.parts import LevelValue

__all__ = [
    "asked",
    "column",
    "columns",
    "df",
    "flag",
    "groups",
    "is_text",
    "level",
    "named_column",
    "number",
    "rule",
    "threads",
    "values",
    "whole",
]


def number(argument: str, given: Any) -> float:
    """A real number; a truth value is none."""
    if isinstance(given, Real) and not isinstance(given, bool):
        try:
            return float(given)
        except OverflowError:
            raise _wrong(argument, "a number that a double can hold", given) from None
    raise _wrong(argument, "a number", given)


def whole(
    argument: str, given: Any, *, least: int = -(2**63), most: int = 2**63 - 1, what: str = ""
) -> int:
    """A whole number within limits; `what` says in an error what it counts."""
    wanted = what or "a whole number"
    if isinstance(given, bool):
        raise _wrong(argument, wanted, given)
    if isinstance(given, Integral):
        value = int(given)
    elif isinstance(given, Real) and float(given).is_integer():
        value = int(float(given))
    else:
        raise _wrong(argument, wanted, given)
    if least <= value <= most:
        return value
    raise _wrong(argument, f"{wanted} of at least {least}" if value < least else wanted, given)


def threads(given: Any) -> int:
    """How many threads."""
    if isinstance(given, Integral) and not isinstance(given, bool) and 0 <= int(given) < 2**31:
        return int(given)
    raise _wrong("threads", "a number of threads, or 0 for one on each processor", given)


def flag(argument: str, given: Any) -> bool:
    """True or False."""
    if isinstance(given, bool):
        return given
    raise _wrong(argument, "True or False", given)


def rule(argument: str, given: Any, example: str) -> str:
    """The name of a choice; the core knows which there are."""
    if is_text(given):
        return str(given)
    raise _wrong(argument, f"the name of a choice, such as '{example}'", given)


def is_text(given: Any) -> bool:
    """Whether it is text that can be written down: half of a surrogate pair can't."""
    if not isinstance(given, str):
        return False
    try:
        given.encode()
    except UnicodeEncodeError:
        return False
    return True


def level(given: Any) -> float:
    """A confidence level; a percentage gets a word of advice."""
    if 0.0 < number("level", given) < 1.0:
        return float(given)
    raise complaint(
        ArgumentError,
        "level",
        expected="a confidence level between 0 and 1",
        found=str(given),
        remedy=f"Say {given / 100:g}." if 1.0 < given < 100.0 else "",
    )


def asked(questions: Sequence[object], deff: object, confidence: Any, workers: Any) -> None:
    """At least one question, and options that it can have."""
    if not questions:
        raise complaint(ArgumentError, "variables", expected="at least one", found="none")
    if deff not in ("wr", "wor", None):
        raise complaint(ArgumentError, "deff", expected="'wr', 'wor' or None", found=f"'{deff}'")
    level(confidence)
    threads(workers)


def df(given: str | float) -> str | float:
    """A rule for degrees of freedom, which the core knows, or their number."""
    return rule("df", given, "design") if isinstance(given, str) else number("df", given)


def column(argument: str, name: object) -> str:
    """The name of a column, or "" for none."""
    if name is None:
        return ""
    if isinstance(name, str):
        if name and is_text(name):
            return name
        found, remedy = repr(name) if name else "an empty name", ""
    else:
        found, remedy = type(name).__name__, "Put the values into the data as a column."
    raise complaint(
        ColumnError, argument, expected="the name of a column", found=found, remedy=remedy
    )


def named_column(argument: str, name: object) -> str:
    """The name of a column, which there has to be."""
    if name is None:
        raise complaint(ColumnError, argument, expected="the name of a column", found="None")
    return column(argument, name)


def columns(argument: str, names: str | Sequence[str]) -> list[str]:
    """The names of one column or several."""
    several = [names] if isinstance(names, str) or not isinstance(names, Iterable) else list(names)
    return [named_column(argument, name) for name in several]


def groups(by: str | Sequence[str] | None) -> list[str]:
    """The columns that divide a domain, each once."""
    names = [] if by is None else columns("by", by)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise complaint(
            ArgumentError, "by", expected="each column once", found=f"'{twice[0]}' twice"
        )
    return names


def values(argument: str, given: LevelValue | Sequence[LevelValue] | None) -> list[LevelValue]:
    """One code or value label, or several, as a list; none for None."""
    if given is None:
        return []
    alone = isinstance(given, str) or not isinstance(given, Iterable)
    several = [
        one.item() if isinstance(one, np.generic) else one
        for one in cast("Sequence[LevelValue]", [given] if alone else given)
    ]
    for one in several:
        if not (is_text(one) if isinstance(one, str) else isinstance(one, bool | int | float)):
            raise complaint(
                ArgumentError,
                argument,
                expected="codes or value labels: text, numbers, true or false",
                found=repr(one),
            )
    return several


def _wrong(argument: str, expected: str, given: Any) -> ArgumentError:
    return complaint(ArgumentError, argument, expected=expected, found=repr(given))
