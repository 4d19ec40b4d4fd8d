"""Tables of the whole study: rows of values under named fields, each knowing how it is shown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from irosurvey.layout import Column, View, number
from irosurvey.result import Estimate
from irosurvey.study.tables import Table
from irosurvey.study.words import SYNTHETIC
from irosurvey.test_result import p_text

__all__ = [
    "IN_PART",
    "LEAST_P",
    "SEPARATOR",
    "Cell",
    "Data",
    "Field",
    "Row",
    "Sheet",
    "estimated",
    "interval_fields",
    "shown",
    "together",
]

Cell: TypeAlias = str | int | float | bool | None
Row: TypeAlias = tuple[Cell, ...]
Kind: TypeAlias = Literal["text", "list", "count", "share", "points", "error", "number", "p"]
Data: TypeAlias = Literal["print", "SYNTHETIC", "SYNTHETIC in part", "given"]


@dataclass(frozen=True)
class Field:
    """A column of a sheet.

    Attributes
    ----------
    name
        In files.
    title
        For people.
    kind
        ``"text"``; ``"list"``, a text whose entries `SEPARATOR` parts; ``"count"``, a whole number;
        ``"share"``, 0-1 and shown as a percentage; ``"points"``, a difference of shares, shown in
        percentage points with its sign; ``"error"``, its standard error; ``"number"``; ``"p"``.
    decimals
        Shown, of shares, points and numbers.
    """

    name: str
    title: str
    kind: Kind = "text"
    decimals: int = 1

    @property
    def numeric(self) -> bool:
        """Whether it holds numbers."""
        return self.kind not in ("text", "list")


SEPARATOR = " · "
"""Between the entries of a list, in files."""
IN_PART: Data = "SYNTHETIC in part"
LEAST_P = 1e-4
"""What a smaller p is said to be below."""


def together(parts: Iterable[Data]) -> Data:
    """What was made of all of these together."""
    found = set(parts)
    if not found:
        return "print"
    if len(found) == 1:
        return found.pop()
    return IN_PART if any(one.startswith(SYNTHETIC) for one in found) else "given"


def estimated(found: Estimate) -> list[tuple[float, float, float, float]]:
    """Estimate, standard error and both limits of each row of a result."""
    lower, upper = found.interval()
    return [
        (float(value), float(se), float(low), float(high))
        for value, se, low, high in zip(found.estimate, found.se, lower, upper, strict=True)
    ]


def interval_fields(
    kind: Literal["share", "points", "number"], level: float, decimals: int = 1
) -> list[Field]:
    """Columns of a standard error and both limits, beside an estimate of this kind."""
    percent = f"{100 * level:g}%"
    of_shares = kind != "number"
    return [
        Field("se", "SE, points", "error") if of_shares else Field("se", "SE", kind, decimals),
        Field("lower", f"{percent} lower", kind, decimals),
        Field("upper", f"{percent} upper", kind, decimals),
    ]


def shown(value: Cell, field: Field) -> str:
    """A value as people read it; a dash where there is none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if field.kind == "share":
        return number(100.0 * value, field.decimals) + "%"
    if field.kind in ("points", "error"):
        text = number(100.0 * value, field.decimals)
        if field.kind == "error":
            return text
        if not text.strip("−0."):
            return text.removeprefix("−")  # what rounds to nothing has no sign
        return text if text.startswith("−") else "+" + text
    if field.kind == "p":
        return f"<{LEAST_P:g}" if value < LEAST_P else p_text(float(value), "").strip()
    return number(float(value), 0 if field.kind == "count" else field.decimals)


class Sheet(Table[Row]):
    """A table of the study: typed values, shown well, and written to any format.

    Attributes
    ----------
    name
        Of its file.
    title, note
        What it shows, and how to read it.
    fields
        Its columns; the first one names the rows.
    data
        What it was made of: ``"print"`` (published figures alone), ``"SYNTHETIC"`` microdata,
        microdata that were ``"given"``, or some of either: ``"SYNTHETIC in part"``.
    row_data
        The same of every row.
    choices
        Every named choice that its numbers depend on.
    """

    def __init__(
        self,
        name: str,
        title: str,
        fields: Sequence[Field],
        rows: Iterable[Row],
        *,
        note: str = "",
        data: Data = "print",
        row_data: Sequence[Data] | None = None,
        choices: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(tuple(rows))
        self.name = name
        self.title = title
        self.note = note
        self.fields = tuple(fields)
        self.row_data = tuple([data] * len(self) if row_data is None else row_data)
        self.data = data if row_data is None else together(row_data)
        self.choices = tuple((choice[0], choice[1]) for choice in choices)
        for row in self:
            if len(row) != len(self.fields):
                raise ValueError(f"{name}: {len(self.fields)} fields and a row of {len(row)}")

    @property
    def synthetic(self) -> bool:
        """Whether it was made of SYNTHETIC answers."""
        return self.data.startswith(SYNTHETIC)

    @property
    def heading(self) -> str:
        """The title; says SYNTHETIC where that is what it was made of."""
        return f"{self.data}: {self.title}" if self.synthetic else self.title

    def column(self, name: str) -> tuple[Cell, ...]:
        """The values of one field."""
        place = [field.name for field in self.fields].index(name)
        return tuple(row[place] for row in self)

    def find(self, key: str) -> dict[str, Cell]:
        """The row that this text names, by field; KeyError if there is none."""
        for row in self:
            if row[0] == key:
                return dict(zip((field.name for field in self.fields), row, strict=True))
        raise KeyError(key)

    def records(self) -> list[dict[str, Any]]:
        """One dict a row, what it was made of first; None where there is no number."""
        return [
            {"microdata": data}
            | {
                field.name: None if isinstance(value, float) and math.isnan(value) else value
                for field, value in zip(self.fields, row, strict=True)
            }
            for data, row in zip(self.row_data, self, strict=True)
        ]

    def view(self) -> View:
        """A line a row."""
        columns = [
            Column(
                field.title,
                [shown(row[place], field) for row in self],
                numeric=field.numeric,
                header=place == 0,
            )
            for place, field in enumerate(self.fields)
        ]
        return View(self.heading, "", columns, [self.note] if self.note else [], self.choices)
