"""What every output says, in the same words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from irosurvey.layout import number
from irosurvey.tables.published import (
    SHORTHAND,
    PublishedCell,
    PublishedColumn,
    PublishedTable,
    Release,
)
from irosurvey.tables.safe_text import one_line

__all__ = [
    "SIGNIFICANCE",
    "SYNTHETIC",
    "SYNTHETIC_SENTENCE",
    "Fact",
    "contact_lines",
    "cover_lines",
    "day",
    "facts",
    "heading",
    "is_numeric",
    "legend",
    "legend_sentences",
    "note_sentence",
    "release_heading",
    "shown",
    "synthetic_sentence",
]

SIGNIFICANCE = frozenset({"ns", "s", "ss", "sss"})
"""Shorthand that a column of texts holds; its other texts are what they are."""

SYNTHETIC = "SYNTHETIC"
SYNTHETIC_SENTENCE = (
    "SYNTHETIC: made-up answers are behind these figures. They say nothing about real people."
)

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def heading(table: PublishedTable) -> str:
    """A table's title with its number, as it stands above the table."""
    made_up = f" ({SYNTHETIC})" if table.synthetic else ""
    return f"Table {table.number}{made_up}: {table.title}"


def release_heading(release: Release) -> str:
    """The title of a release; that of made-up answers says so first."""
    return f"{SYNTHETIC}: {release.title}" if release.synthetic else release.title


def synthetic_sentence(table: PublishedTable) -> list[str]:
    """What is said above a table of made-up answers."""
    return [SYNTHETIC_SENTENCE] if table.synthetic else []


def legend(table: PublishedTable) -> list[tuple[str, str]]:
    """The shorthand that occurs, with brackets, and what it means."""
    return [(f"[{mark}]", SHORTHAND[mark]) for mark in table.marks]


def legend_sentences(table: PublishedTable) -> list[str]:
    """The legend as one sentence; none where there is no shorthand."""
    meanings = [f"{mark} = {meaning}" for mark, meaning in legend(table)]
    return ["Shorthand: " + "; ".join(meanings) + "."] if meanings else []


def note_sentence(table: PublishedTable, where: str) -> list[str]:
    """Which notes the table refers to, and where they are."""
    if not table.notes:
        return []
    named = " ".join(f"[note {number}]" for number in table.notes)
    return [f"Notes to this table, explained {where}: {named}."]


def shown(cell: PublishedCell, column: PublishedColumn) -> str:
    """A cell as it is read: a number with its decimals, shorthand in brackets, or a text."""
    if cell.mark:
        return f"[{cell.mark}]"
    if cell.value is None:
        return f"[{cell.text}]" if cell.text in SIGNIFICANCE else cell.text
    return number(cell.value, column.decimals)


def is_numeric(column: PublishedColumn) -> bool:
    """Whether a column holds numbers, which stand on the right."""
    return column.unit != "text"


def day(when: date) -> str:
    """`22 November 2026`, whatever the machine's language."""
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def contact_lines(release: Release) -> list[tuple[str, str]]:
    """Whom to ask, as named texts."""
    contact = release.contact
    parts = [
        ("Contact", contact.name),
        ("Email", contact.email),
        ("Telephone", contact.telephone),
    ]
    return [(name, text) for name, text in parts if text]


def cover_lines(release: Release) -> list[tuple[str, str]]:
    """What a cover says of the release itself; what isn't known is left out."""
    published = day(release.published) if release.published else ""
    parts = [
        ("Publisher", release.publisher),
        ("Published", published),
        ("Next update", release.next_update),
        ("Version", release.version),
    ]
    return [(name, text) for name, text in parts if text]


class Fact(NamedTuple):
    """Something that was decided or done before the tables were made."""

    part: str
    name: str
    value: str


def facts(release: Release) -> list[Fact]:
    """Policy, provenance and balance, each value as a text."""
    balance = {name: _amount(value) for name, value in release.balance.items()}
    return [
        *(Fact("Policy", *pair) for pair in _flat(release.policy)),
        *(Fact("Provenance", *pair) for pair in _flat(release.provenance)),
        *(Fact("Balance of rows and weight", *pair) for pair in _flat(balance)),
    ]


def _flat(values: Mapping[str, object], before: str = "") -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        key = f"{before}{one_line(str(name)) or 'unnamed'}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{key}.")
        else:
            yield key, _value(value) or "none"


def _value(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str):
        parts = [_value(one) for one in value]
        return ", ".join(sorted(parts) if isinstance(value, set | frozenset) else parts)
    return one_line(str(value))


def _amount(value: float) -> str:
    return number(value, 0) if float(value).is_integer() else number(value, 2)
