"""What a value of a spec may be: each kind checks it, and says what it is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol, TypeAlias, cast

__all__ = [
    "COLUMN",
    "COLUMNS",
    "POSITIVE",
    "SQL",
    "AnyValue",
    "Code",
    "Day",
    "Either",
    "Flag",
    "Key",
    "Kind",
    "ListOf",
    "Number",
    "OneOf",
    "Pair",
    "Path",
    "Problem",
    "Rows",
    "Table",
    "Text",
    "Whole",
    "exact",
    "exactly",
    "names_in",
    "shown",
    "table_problems",
    "table_schema",
]

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """Something wrong in a spec: where, and what an error says about it."""

    path: Path
    expected: str = ""
    found: str = ""
    remedy: str = ""
    name: str = ""
    existing: tuple[str, ...] = ()


class Kind(Protocol):
    """What a value may be."""

    @property
    def words(self) -> str:
        """What is expected, for an error and for the guide."""

    def problems(self, value: object, path: Path) -> Iterator[Problem]:
        """What is wrong with a value; nothing if it is right."""

    def schema(self) -> dict[str, Any]:
        """The same as JSON Schema."""


def shown(value: object) -> str:
    """A value as a person would write it in TOML, cut short."""
    if isinstance(value, str):
        text = f'"{value}"'
    elif isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, Mapping):
        text = "a table"
    elif isinstance(value, list):
        text = f"a list of {len(value)}"
    else:
        text = str(value)
    return text if len(text) <= 60 else text[:59] + "…"


def is_number(value: object) -> bool:
    """Whether it is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True)
class Text:
    """Any text, or one with a meaning: a column, an SQL expression."""

    words: str = "text"
    empty: bool = False

    def problems(self, value: object, path: Path) -> Iterator[Problem]:
        """What is wrong with a value."""
        if not isinstance(value, str):
            yield Problem(path, self.words, shown(value), 'Text stands in "quotes".')
        elif not value and not self.empty:
            yield Problem(path, self.words, "an empty text")

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        return {"type": "string"} if self.empty else {"type": "string", "minLength": 1}


@dataclass(frozen=True)
class OneOf:
    """One of a few words."""

    values: tuple[str, ...]

    @property
    def words(self) -> str:
        """The words themselves."""
        return " or ".join(f'"{value}"' for value in self.values)

    def problems(self, value: object, path: Path) -> Iterator[Problem]:
        """What is wrong with a value."""
        if value not in self.values:
            name = value if isinstance(value, str) else ""
            same = [one for one in self.values if one.casefold() == name.casefold()]
            remedy = f'Write "{same[0]}".' if same else ""
            yield Problem(path, self.words, shown(value), remedy, name, self.values)

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        return {"enum": list(self.values)}


@dataclass(frozen=True)
class Number:
    """A finite number within limits; `above` and `below` are outside."""

    words: str = "a number"
    above: float | None = None
    least: float | None = None
    below: float | None = None
    infinite: bool = False

    def problems(self, value: object, path: Path) -> Iterator[Problem]:
        """What is wrong with a value."""
        if not isinstance(value, int | float) or isinstance(value, bool):
            remedy = "Take the quotes off." if isinstance(value, str) else ""
            yield Problem(path, self.words, shown(value), remedy)
        elif not self._within(value):
            yield Problem(path, self.words, shown(value))

    def _within(self, value: int | float) -> bool:
        try:
            number = float(value)
        except OverflowError:
            return False
        return (
            (math.isfinite(number) or (self.infinite and not math.isnan(number)))
            and (self.above is None or number > self.above)
            and (self.least is None or number >= self.least)
            and (self.below is None or number < self.below)
        )

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        limits = {
            "exclusiveMinimum": self.above,
            "minimum": self.least,
            "exclusiveMaximum": self.below,
        }
        return {"type": "number"} | {
            name: limit for name, limit in limits.items() if limit is not None
        }


@dataclass(frozen=True)
class Whole:
    """A whole number within limits, which belong to it."""

    words: str = "a whole number, 1 or more"
    least: int = 1
    most: int = 2**31 - 1

    def problems(self, value: object, path: Path) -> Iterator[Problem]:
        """What is wrong with a value."""
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or not self.least <= cast(int, value) <= self.most:
            yield Problem(path, self.words, shown(value))

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        most = {"maximum": self.most} if self.most < 2**31 - 1 else {}
        return {"type": "integer", "minimum": self.least, **most}


@dataclass(frozen=True)
class Day:
    """A date, as TOML has it or as a text."""

    words: str = "a date, such as 2026-11-26"

    def problems(self, value: object, path: Path) -> Iterator[Problem]:
        """What is wrong with a value."""
        if isinstance(value, str):
            try:
                date.fromisoformat(value)
            except ValueError:
                yield Problem(path, self.words, shown(value), "Write year-month-day.")
        elif not isinstance(value, date):
            yield Problem(path, self.words, shown(value))

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        return {}


@dataclass(frozen=True)
class AnyValue:
    """Whatever TOML has; who uses it checks it."""

    words: str = "a value"

    def problems(self, value: object, path: Path) -> Iterator[Problem]:
        """Nothing."""
        return iter(())

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        return {}


@dataclass(frozen=True)
class Flag:
    """True or false."""

    words: str = "true or false"

    def problems(self, value: object, path: Path) -> Iterator[Problem]:
        """What is wrong with a value."""
        if not isinstance(value, bool):
            remedy = "Take the quotes off." if isinstance(value, str) else ""
            yield Problem(path, self.words, shown(value), remedy)

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        return {"type": "boolean"}


@dataclass(frozen=True)
class Code:
    """A value that a column holds: text, a number, true or false."""

    words: str = "a code: text, a number, true or false"

    def problems(self, value: object, path: Path) -> Iterator[Problem]:
        """What is wrong with a value."""
        if not isinstance(value, str | int | float) or value != value:
            yield Problem(path, self.words, shown(value))

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        return {"type": ["string", "number", "boolean"]}


@dataclass(frozen=True)
class ListOf:
    """A list of values of one kind."""

    item: Kind
    words: str
    least: int = 1

    def problems(self, value: object, path: Path) -> Iterator[Problem]:
        """What is wrong with a value, and with each entry."""
        if not isinstance(value, list):
            right = not list(self.item.problems(value, path))
            remedy = f"Put it in square brackets: [{shown(value)}]." if right else ""
            yield Problem(path, self.words, shown(value), remedy)
        elif len(value) < self.least:
            yield Problem(path, self.words, "an empty list")
        else:
            for place, entry in enumerate(value):
                yield from self.item.problems(entry, (*path, place))

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        return {"type": "array", "items": self.item.schema(), "minItems": self.least}


@dataclass(frozen=True)
class Pair:
    """Two numbers, the lower one first."""

    words: str = "[low, high], the lower number first"

    def problems(self, value: object, path: Path) -> Iterator[Problem]:
        """What is wrong with a value."""
        if not (
            isinstance(value, list)
            and len(value) == 2
            and not [1 for one in value for _ in Number(infinite=True).problems(one, path)]
            and value[0] < value[1]
        ):
            yield Problem(path, self.words, shown(value))

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        return {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}


@dataclass(frozen=True)
class Either:
    """A value of any of several kinds."""

    kinds: tuple[Kind, ...]
    words: str

    def problems(self, value: object, path: Path) -> Iterator[Problem]:
        """What is wrong with a value: of the kind whose shape it has, else with its shape."""
        found = [list(kind.problems(value, path)) for kind in self.kinds]
        if all(found):
            # A list with one wrong entry is told of the entry.
            inner = [problem for each in found for problem in each if len(problem.path) > len(path)]
            nearest = next((one for each in found for one in each if one.existing), None)
            yield from inner or [
                Problem(
                    path,
                    self.words,
                    shown(value),
                    "",
                    nearest.name if nearest else "",
                    nearest.existing if nearest else (),
                )
            ]

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        return {"anyOf": [kind.schema() for kind in self.kinds]}


@dataclass(frozen=True)
class Key:
    """A key of a table: what it may hold, and what it means."""

    name: str
    kind: Kind
    meaning: str
    required: bool = False


@dataclass(frozen=True)
class Table:
    """A table with known keys; any other is an error."""

    keys: tuple[Key, ...]
    words: str

    def problems(self, value: object, path: Path) -> Iterator[Problem]:
        """What is wrong with it, key by key."""
        if not isinstance(value, Mapping):
            yield Problem(path, self.words, shown(value))
        else:
            yield from table_problems(value, self.keys, path)

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        return table_schema(self.keys)


@dataclass(frozen=True)
class Rows:
    """A table whose keys are the data's: columns and codes, names and expressions."""

    kind: Kind
    words: str
    fixed: tuple[Key, ...] = field(default_factory=tuple)

    def problems(self, value: object, path: Path) -> Iterator[Problem]:
        """What is wrong with it, key by key."""
        if not isinstance(value, Mapping):
            yield Problem(path, self.words, shown(value))
            return
        known = {key.name: key.kind for key in self.fixed}
        for key in self.fixed:
            if key.required and key.name not in value:
                yield Problem(path, f"the key '{key.name}'", "a table without it")
        for name, entry in value.items():
            yield from known.get(name, self.kind).problems(entry, (*path, name))

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        answer = table_schema(self.fixed)
        answer["additionalProperties"] = self.kind.schema()
        return answer


COLUMN = Text("the name of a column")
COLUMNS = ListOf(COLUMN, 'a list of columns, such as ["age"]')
SQL = Text("an SQL expression")
POSITIVE = Number("a number above 0", above=0)


def names_in(text: str) -> tuple[str, ...]:
    """The names in a text, a space between them."""
    return tuple(text.split())


def table_problems(
    table: Mapping[str, object], keys: Sequence[Key], path: Path
) -> Iterator[Problem]:
    """What is wrong with a table that may have these keys."""
    known = {key.name: key for key in keys}
    for name, value in table.items():
        if name in known:
            yield from known[name].kind.problems(value, (*path, name))
        else:
            yield Problem(
                (*path, name),
                "one of the keys " + ", ".join(known),
                "an unknown key",
                "",
                name,
                tuple(known),
            )
    for key in keys:
        if key.required and key.name not in table:
            yield Problem(path, f"the key '{key.name}': {key.kind.words}", "no such key")


def table_schema(keys: Sequence[Key]) -> dict[str, Any]:
    """JSON Schema of a table that has these keys and no others."""
    answer: dict[str, Any] = {
        "type": "object",
        "properties": {key.name: {"description": key.meaning, **key.kind.schema()} for key in keys},
        "additionalProperties": False,
    }
    if required := [key.name for key in keys if key.required]:
        answer["required"] = required
    return answer


def exact(code: object) -> tuple[type, object]:
    """True is no code 1; a whole number is the same with a point."""
    return (bool if isinstance(code, bool) else type(None), code)


def exactly(row: Mapping[str, Any], names: list[str], path: Path) -> Iterator[Problem]:
    """A row has these keys, no more and no less."""
    for name in row:
        if name not in names:
            yield Problem(
                (*path, name),
                "one of the keys " + ", ".join(names),
                "an unknown key",
                "",
                name,
                tuple(names),
            )
    for name in names:
        if name not in row:
            yield Problem(path, f"the key '{name}'", "a table without it")
