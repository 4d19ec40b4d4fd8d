"""Checks of the kinds of arguments, in the words of the library's errors."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

from irosurvey._complaint import complaint
from irosurvey.errors import ArgumentError

__all__ = ["flag", "number", "rule", "threads", "whole"]


def number(argument: str, given: Any) -> float:
    """A real number; a truth value is none."""
    if isinstance(given, Real) and not isinstance(given, bool):
        return float(given)
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
    if isinstance(given, str):
        return given
    raise _wrong(argument, f"the name of a choice, such as '{example}'", given)


def _wrong(argument: str, expected: str, given: Any) -> ArgumentError:
    return complaint(ArgumentError, argument, expected=expected, found=repr(given))
