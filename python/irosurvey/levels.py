"""What a question asks: statistics, and the levels that shares are of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from irosurvey import _arguments, _core
from irosurvey._complaint import complaint
from irosurvey._core import Expr, Frame
from irosurvey.errors import ArgumentError
from irosurvey.parts import Level, LevelValue

__all__ = ["Asked", "code_of", "expressions_of", "level_named", "question_of", "share_of"]

Asked: TypeAlias = Expr | _core.Statistic


def expressions_of(
    given: Asked | Sequence[Asked] | Mapping[str, Asked],
) -> list[tuple[str, Asked]]:
    """What is asked, with its name; "" for what was given none."""
    if isinstance(given, Mapping):
        named = list(given.items())
    else:
        several = [given] if isinstance(given, Expr | _core.Statistic | str) else given
        named = [("", one) for one in several]
    for _, one in named:
        if not isinstance(one, Expr | _core.Statistic):
            raise complaint(
                ArgumentError,
                "expressions",
                expected='expressions of totals, such as T("y") / T(1), or statistics, such as '
                'irosurvey.mean("y")',
                found=repr(one),
            )
    return named


def share_of(
    frame: Frame, name: str, levels: LevelValue | Sequence[LevelValue] | None
) -> tuple[_core.Statistic, Level | None]:
    """The question, and the name of the level if it is about one."""
    column = frame[name]
    if levels is None and column.arrow_format == "b":
        levels = True
    if levels is None:
        return _core.statistic("proportion", [name]), None
    wanted = _arguments.values("levels", levels)
    if not wanted:
        raise complaint(ArgumentError, "levels", expected="at least one level", found="none")
    codes = [code_of(column, one) for one in wanted]
    return _core.proportion(name, codes), level_named(column.value_labels, codes)


def question_of(frame: Frame, asked: Asked, name: str) -> tuple[_core.Statistic, Level | None]:
    """What is asked under this name ("" for its own), and the level that it is about."""
    if isinstance(asked, Expr):
        return _core.expression(asked, name or "expression"), None
    level = None
    if asked.name == "proportion":
        asked, level = share_of(frame, asked.variables[0], asked.levels)
    return (asked.titled(name) if name else asked), level


def code_of(column: _core.Column, wanted: LevelValue) -> LevelValue:
    """The code that a value label stands for; any other value is a code already."""
    codes = [code for code, label in column.value_labels.items() if label == wanted]
    if not isinstance(wanted, str) or not column.value_labels or wanted in column.value_labels:
        return wanted
    if len(codes) == 1:
        return codes[0]
    raise complaint(
        ArgumentError,
        f"levels of '{column.name}'",
        expected="a code or a value label" + (" that one code has" if codes else ""),
        found=f"'{wanted}'",
        name=wanted,
        existing=column.value_labels.values(),
    )


def level_named(labels: Mapping[LevelValue, str], codes: Sequence[LevelValue]) -> Level:
    """One level for several: `1, 2`, labelled `always or often`."""
    levels = [Level(code, labels.get(code, "")) for code in codes]
    if len(levels) == 1:
        return levels[0]
    label = " or ".join(str(level) for level in levels)
    return Level(", ".join(str(Level(code)) for code in codes), label)
