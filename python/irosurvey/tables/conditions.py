"""Conditions in words against each other: which of them are groups within others.

Two releases say in words whom they count: ``age >= 16`` and ``age >= 18``. Whoever has both knows
the difference, too. Conditions that compare columns with constants are understood here; what
compares columns with each other, or computes something, is left out, and said to be.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from irosurvey.errors import IrosurveyError
from irosurvey.sql import expression_tree

__all__ = ["Condition", "Truth", "all_of", "codes_of", "parsed", "truths"]

Value: TypeAlias = "float | str | None"
Node: TypeAlias = Mapping[str, Any]
Row: TypeAlias = Mapping[str, Value]
Truth: TypeAlias = NDArray[np.bool_]
"""Where a condition holds, over everything that conditions tell apart."""

MOST_CASES = 20_000
"""Combinations of values that are looked at; conditions that tell more apart are left out."""

_NUMBER = re.compile(r"[+-]?(0|[1-9]\d*)(\.\d+)?")
_OTHER = "\0other"  # a text that no condition names
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "<": lambda one, two: one < two,
    "<=": lambda one, two: one <= two,
    ">": lambda one, two: one > two,
    ">=": lambda one, two: one >= two,
}
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}
_SIGNS = {
    "COMPARE_EQUAL": "=",
    "COMPARE_NOTEQUAL": "<>",
    "COMPARE_LESSTHAN": "<",
    "COMPARE_LESSTHANOREQUALTO": "<=",
    "COMPARE_GREATERTHAN": ">",
    "COMPARE_GREATERTHANOREQUALTO": ">=",
}


@dataclass(frozen=True)
class _Test:
    """A column against constants; `sign` is `=`, `<>`, `<`, …, `in`, or `null`."""

    name: str
    sign: str
    values: tuple[str, ...] = ()

    def holds(self, row: Row) -> bool | None:
        """True, false, or unknown where the column is missing."""
        value = row[self.name]
        if self.sign == "null":
            return value is None
        if value is None:
            return None
        if self.sign in _COMPARE:
            assert isinstance(value, float)
            return _COMPARE[self.sign](value, float(self.values[0]))
        same = any(_same(value, one) for one in self.values)
        return not same if self.sign == "<>" else same


@dataclass(frozen=True)
class _Both:
    """`and`, `or` or `not` of others."""

    word: str
    parts: tuple[_Test | _Both, ...]

    def holds(self, row: Row) -> bool | None:
        """As SQL has it: unknown unless the known parts decide."""
        found = [part.holds(row) for part in self.parts]
        if self.word == "not":
            return None if found[0] is None else not found[0]
        decides = self.word == "or"
        if decides in found:
            return decides
        return None if None in found else not decides


def _same(value: Value, code: str) -> bool:
    return math.isclose(value, float(code)) if isinstance(value, float) else value == code


@dataclass(frozen=True)
class Condition:
    """Comparisons of columns with constants, joined by and, or and not.

    Attributes
    ----------
    tests
        Every comparison in it.
    """

    _whole: _Test | _Both
    tests: tuple[_Test, ...]

    @property
    def columns(self) -> frozenset[str]:
        """What it is about."""
        return frozenset(test.name for test in self.tests)

    def holds(self, row: Row) -> bool:
        """Whether somebody with these values is in it; who it doesn't know about isn't."""
        return self._whole.holds(row) is True


def all_of(conditions: Sequence[Condition]) -> Condition:
    """Several at once; of none, everybody."""
    whole = _Both("and", tuple(one._whole for one in conditions))
    return Condition(whole, tuple(test for one in conditions for test in one.tests))


def codes_of(column: str, codes: Sequence[str]) -> Condition:
    """A column with one of some codes; without codes, whoever has a value in it."""
    test = _Test(column, "in" if codes else "null", tuple(codes))
    return Condition(test if codes else _Both("not", (test,)), (test,))


@lru_cache(maxsize=1024)
def parsed(words: str) -> Condition | None:
    """A condition from its SQL; ``None`` if it is more than comparisons with constants."""
    try:
        whole = _read(expression_tree(words, "condition"))
    except (_NotReadError, IrosurveyError, RecursionError):
        return None
    return Condition(whole, tuple(_tests(whole)))


@lru_cache(maxsize=256)
def truths(
    conditions: tuple[Condition, ...],
    *,
    missing: frozenset[str] | None = None,
    codes: tuple[tuple[str, tuple[str, ...]], ...] = (),
) -> tuple[Truth, ...] | None:
    """Where each condition holds, over every case that they tell apart.

    Parameters
    ----------
    conditions
        What is asked.
    missing
        Columns that may lack a value; ``None``: all.
    codes
        Columns that have no other values than these.

    Returns
    -------
    tuple or None
        An array for each; ``None`` if there are too many cases, or a text is compared by its size.
    """
    values: dict[str, list[Value]] = {}
    for name in sorted({name for one in conditions for name in one.columns}):
        tests = [test for one in conditions for test in one.tests if test.name == name]
        own = _values(tests, dict(codes).get(name, ()))
        if own is None:
            return None
        values[name] = [*own, None] if missing is None or name in missing else own
    if math.prod(map(len, values.values())) > MOST_CASES:
        return None
    rows = [dict(zip(values, case, strict=True)) for case in itertools.product(*values.values())]
    return tuple(np.array([one.holds(row) for row in rows], dtype=np.bool_) for one in conditions)


def _values(tests: Sequence[_Test], known: Sequence[str]) -> list[Value] | None:
    """One value for each stretch that the tests tell apart: the constants, and between them."""
    codes = sorted({value for test in tests for value in test.values})
    numbers = all(_NUMBER.fullmatch(code) for code in (*codes, *known))
    if known and (numbers or not any(test.sign in _COMPARE for test in tests)):
        return [float(code) if numbers else code for code in known]
    if numbers:
        ends = sorted({float(code) for code in codes})
        between = [(low + high) / 2 for low, high in itertools.pairwise(ends)]
        beyond = [ends[0] - 1.0, ends[-1] + 1.0] if ends else [0.0]
        return [*ends, *between, *beyond]
    if any(test.sign in _COMPARE for test in tests):
        return None  # texts are ordered by rules of their own
    return [*codes, _OTHER]


def _tests(part: _Test | _Both) -> Iterator[_Test]:
    if isinstance(part, _Test):
        yield part
    else:
        for one in part.parts:
            yield from _tests(one)


# ---- reading DuckDB's tree ----


class _NotReadError(Exception):
    """It is more than comparisons of columns with constants."""


def _read(node: Node) -> _Test | _Both:
    """A part of a condition that is true, false or unknown."""
    match node:
        case {"class": "CONJUNCTION", "type": kind, "children": parts}:
            return _Both(kind.removeprefix("CONJUNCTION_").lower(), tuple(map(_read, parts)))
        case {"class": "OPERATOR", "type": "OPERATOR_NOT", "children": [part]}:
            return _not(_read(part))
        case {"class": "OPERATOR", "type": "OPERATOR_IS_NULL", "children": [column]}:
            return _Test(_name(column), "null")
        case {"class": "OPERATOR", "type": "OPERATOR_IS_NOT_NULL", "children": [column]}:
            return _not(_Test(_name(column), "null"))
        case {"class": "OPERATOR", "type": "COMPARE_IN", "children": [column, *codes]}:
            return _Test(_name(column), "in", tuple(map(_code, codes)))
        case {"class": "OPERATOR", "type": "COMPARE_NOT_IN", "children": [column, *codes]}:
            return _not(_Test(_name(column), "in", tuple(map(_code, codes))))
        case {"class": "BETWEEN", "input": column, "lower": low, "upper": high}:
            name = _name(column)
            return _Both("and", (_test(name, ">=", _code(low)), _test(name, "<=", _code(high))))
        case {"class": "COMPARISON", "type": kind, "left": left, "right": right}:
            sign = _SIGNS.get(kind)
            if sign is None:
                raise _NotReadError
            if left["class"] == "VALUE":
                return _test(_name(right), _FLIPPED[sign], _code(left))
            return _test(_name(left), sign, _code(right))
        case {"class": "COLUMN_REF"}:  # of true and false, by itself
            return _Test(_name(node), "=", ("true",))
    raise _NotReadError


def _name(node: Node) -> str:
    match node:
        case {"class": "COLUMN_REF", "column_names": [str(name)]}:
            return name
    raise _NotReadError


def _code(node: Node) -> str:
    """A constant as codes are written: 1.0 is 1."""
    match node:
        case {"class": "VALUE", "value": bool(truth)}:
            return str(truth).lower()
        case {"class": "VALUE", "value": str(text)}:
            return text
        case {"class": "VALUE", "value": int() | float() | Decimal() as number}:
            return str(int(number)) if number == int(number) else repr(float(number))
    raise _NotReadError  # dates and the like; NULL


def _not(part: _Test | _Both) -> _Both:
    return _Both("not", (part,))


def _test(name: str, sign: str, value: str) -> _Test:
    if sign in _COMPARE and not _NUMBER.fullmatch(value):
        raise _NotReadError  # texts and dates are ordered by rules of their own
    return _Test(name, sign, (value,))
