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
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from irosurvey.spec.kinds import names_in

__all__ = ["Condition", "Truth", "all_of", "codes_of", "parsed", "truths"]

Value: TypeAlias = "float | str | None"
Row: TypeAlias = Mapping[str, Value]
Truth: TypeAlias = NDArray[np.bool_]
"""Where a condition holds, over everything that conditions tell apart."""

MOST_CASES = 20_000
"""Combinations of values that are looked at; conditions that tell more apart are left out."""

_NUMBER = re.compile(r"[+-]?(0|[1-9]\d*)(\.\d+)?")
_OTHER = "\0other"  # a text that no condition names
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<text>'(?:[^']|'')*')
  | (?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)
  | (?P<quoted>"(?:[^"]|"")*")
  | (?P<name>[A-Za-z_]\w*)
  | (?P<sign><=|>=|<>|!=|==|[=<>(),+-])
    )""",
    re.VERBOSE,
)
_WORDS = frozenset(
    names_in("and or not in between is null true false case when then else end like ilike cast")
)
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "<": lambda one, two: one < two,
    "<=": lambda one, two: one <= two,
    ">": lambda one, two: one > two,
    ">=": lambda one, two: one >= two,
}
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}


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
        reader = _Reader(list(_tokens(words)))
        whole = reader.any_of()
        reader.end()
    except _NotReadError:
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


# ---- reading ----


class _NotReadError(Exception):
    """It is more than comparisons of columns with constants."""


def _tokens(words: str) -> Iterator[tuple[str, str]]:
    at = 0
    words = words.rstrip()
    while at < len(words):
        found = _TOKEN.match(words, at)
        if found is None:
            raise _NotReadError
        at = found.end()
        kind = str(found.lastgroup)
        text = found[kind]
        if kind == "name" and text.casefold() in _WORDS:
            kind, text = "word", text.casefold()
        elif kind == "text":
            text = text[1:-1].replace("''", "'")
        elif kind == "quoted":
            kind, text = "name", text[1:-1].replace('""', '"')
        yield kind, text
    yield "end", ""


class _Reader:
    """Recursive descent: or, and, not, comparison."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0

    def end(self) -> None:
        if self._tokens[self._at][0] != "end":
            raise _NotReadError

    def _next(self, *wanted: str) -> str:
        """The next token's text if it is one of these, else nothing."""
        kind, text = self._tokens[self._at]
        if kind in ("word", "sign") and text in wanted:
            self._at += 1
            return text
        return ""

    def _take(self, *kinds: str) -> tuple[str, str]:
        kind, text = self._tokens[self._at]
        if kind not in kinds:
            raise _NotReadError
        self._at += 1
        return kind, text

    def any_of(self) -> _Test | _Both:
        return self._joined("or", self._all_of)

    def _all_of(self) -> _Test | _Both:
        return self._joined("and", self._one)

    def _joined(self, word: str, each: Callable[[], _Test | _Both]) -> _Test | _Both:
        parts = [each()]
        while self._next(word):
            parts.append(each())
        return parts[0] if len(parts) == 1 else _Both(word, tuple(parts))

    def _one(self) -> _Test | _Both:
        if self._next("not"):
            return _Both("not", (self._one(),))
        if self._next("("):
            inside = self.any_of()
            if not self._next(")"):
                raise _NotReadError
            return inside
        if self._tokens[self._at][0] == "name":
            return self._of_column(self._take("name")[1])
        value = self._constant()
        sign = self._sign()
        return _test(self._take("name")[1], _FLIPPED[sign], value)

    def _of_column(self, name: str) -> _Test | _Both:
        if self._next("is"):
            turned = bool(self._next("not"))
            if not self._next("null"):
                raise _NotReadError
            return _turned(_Test(name, "null"), turned)
        turned = bool(self._next("not"))
        if self._next("in"):
            return _turned(_Test(name, "in", self._list()), turned)
        if self._next("between"):
            low = _test(name, ">=", self._constant())
            if not self._next("and"):
                raise _NotReadError
            return _turned(_Both("and", (low, _test(name, "<=", self._constant()))), turned)
        if turned:
            raise _NotReadError
        if self._tokens[self._at][0] == "sign" and self._tokens[self._at][1] not in "(),+-":
            return _test(name, self._sign(), self._constant())
        return _Test(name, "=", ("true",))  # a column of true and false, by itself

    def _sign(self) -> str:
        sign = self._next("=", "==", "<>", "!=", "<", "<=", ">", ">=")
        if not sign:
            raise _NotReadError
        return {"==": "=", "!=": "<>"}.get(sign, sign)

    def _list(self) -> tuple[str, ...]:
        if not self._next("("):
            raise _NotReadError
        found = [self._constant()]
        while self._next(","):
            found.append(self._constant())
        if not self._next(")"):
            raise _NotReadError
        return tuple(found)

    def _constant(self) -> str:
        """As codes are written: 1.0 is 1."""
        truth = self._next("true", "false")
        if truth:
            return truth
        minus = self._next("-", "+") == "-"
        kind, text = self._take("number", "text")
        if kind == "text":
            if minus:
                raise _NotReadError
            return text
        number = -float(text) if minus else float(text)
        return str(int(number)) if number.is_integer() else repr(number)


def _turned(part: _Test | _Both, turned: bool) -> _Test | _Both:
    return _Both("not", (part,)) if turned else part


def _test(name: str, sign: str, value: str) -> _Test:
    if sign in _COMPARE and not _NUMBER.fullmatch(value):
        raise _NotReadError  # texts and dates are ordered by rules of their own
    return _Test(name, sign, (value,))
