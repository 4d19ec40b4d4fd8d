"""What a cell of a plan says, as a spec would have it: lists, codes, numbers, dates."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from irosurvey.spec.table_keys import TABLE_FIGURES
from irosurvey.tables.sheets import Cell
from irosurvey.tables.workbook_fields import PICK, Field

__all__ = ["code_of", "value_of"]

_FIGURES = {one: (one,) for one in TABLE_FIGURES} | {"limits": ("lower", "upper")}


def value_of(field: Field, value: Cell) -> Any:
    """A cell's content as a spec would have it; what doesn't fit is left for the checks."""
    if field.form == "yes":
        return {"yes": True, "no": False}.get(str(value).casefold(), value)
    if field.form == "day":
        return _day(value)
    if field.form == "number":
        return _number(value) if isinstance(value, str) else value
    text = "" if value is None else str(value)
    if field.path[-1] in ("where", "keep"):
        return text.translate(_PLAIN_QUOTES)
    if field.form == "column":
        return _picked(text)
    if field.form == "columns":
        return [_picked(one) for one in _listed(text)]
    if field.form == "texts":
        return [line.strip() for line in text.splitlines() if line.strip()]
    if field.form == "figures":
        return [name for one in _listed(text) for name in _FIGURES.get(one.lower(), (one,))]
    if field.form == "codes":
        return [code_of(one) for one in _listed(text)] if isinstance(value, str) else [value]
    said = " ".join(text.split()).casefold()
    same = [word for word in field.words if word.casefold() == said]
    return same[0] if same else text


def _listed(text: str) -> list[str]:
    return [one.strip() for one in re.split(r"[;\n]", text) if one.strip()]


def _picked(text: str) -> str:
    """The variable's name from a choice of the drop-down list; nested ones keep their *."""
    return " * ".join(one.split(PICK)[0].strip() for one in re.split(r"\s\*\s", text))


_PLAIN_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'})
"""What spreadsheets make of quotes as they are typed."""

_THOUSANDS = re.compile(r"\d{1,3}(\.\d{3})+")
"""1.000 is a thousand or one, depending on who wrote it."""


def _number(text: str) -> Any:
    """A number that was written as a text, if there is no doubt which."""
    return text if _THOUSANDS.fullmatch(text) else code_of(text)


def code_of(value: Cell) -> Any:
    """A code, a number if it reads as one: 1 of ``"1 | North"`` and of ``"1 = North"``."""
    if not isinstance(value, str):
        return value
    text = value.split(PICK)[0].strip()
    listed = re.match(r"([+-]?\d+(\.\d+)?) = ", text)  # as the sheet of variables has them
    text = listed[1] if listed else text
    if not re.fullmatch(r"[+-]?\d+(\.\d+)?", text):
        return text
    number = float(text)
    return int(number) if number.is_integer() else number


def _day(value: Cell) -> Any:
    """A date cell, or a text of day, month and year as they are written in Britain."""
    if isinstance(value, date) or not isinstance(value, str):
        return value
    for form in ("%d/%m/%Y", "%d.%m.%Y", "%d %B %Y", "%d %b %Y"):
        try:
            return datetime.strptime(" ".join(value.split()), form).date()
        except ValueError:
            continue
    return value
