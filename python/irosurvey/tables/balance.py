"""What became of every row: read, filtered, missing, outside, used; and of its weight."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from irosurvey._complaint import complaint
from irosurvey.errors import NumericalError
from irosurvey.layout import Column, View, as_html, as_text, count, number
from irosurvey.origin import Origin
from irosurvey.tables.places import table_name
from irosurvey.tables.rounding import to_decimals

if TYPE_CHECKING:
    from irosurvey.origin import Rows
    from irosurvey.tables.blocks import Question
    from irosurvey.tables.hiding import Hiding
    from irosurvey.tables.table import Table

__all__ = ["Balance", "Size", "published_balance", "without_balance"]

TOLERANCE = 1e-9
"""Sums of weights in another order differ by rounding: relative to the weight read."""


@dataclass(frozen=True)
class Size:
    """So many rows, and what they weigh.

    Attributes
    ----------
    rows
        How many.
    weight
        The sum of their weights.
    """

    rows: int = 0
    weight: float = 0.0


@dataclass(frozen=True, repr=False)
class Balance:
    """What became of every row that was read; it adds up, or it is an error.

    Attributes
    ----------
    read
        All rows.
    filtered
        Rows left out before the design was declared.
    unweighted
        Rows of weight 0: part of the design, in no base.
    outside
        Rows outside the domain.
    missing
        Rows in the domain without an answer, by column and reason.
    used
        Rows that the figures rest on.

    Raises
    ------
    NumericalError
        If rows or weights don't add up.

    Examples
    --------
    >>> from irosurvey import Balance
    >>> from irosurvey.tables.balance import Size
    >>> missing = {"fte: no answer": Size(2, 2)}
    >>> Balance(read=Size(10, 10), missing=missing, used=Size(8, 8)).to_dict()["rows used"]
    8.0
    """

    read: Size
    filtered: Size = field(default_factory=Size)
    unweighted: Size = field(default_factory=Size)
    outside: Size = field(default_factory=Size)
    missing: Mapping[str, Size] = field(default_factory=dict)
    used: Size = field(default_factory=Size)

    def __post_init__(self) -> None:
        parts = list(self.parts.values())
        rows = sum(part.rows for part in parts)
        weight = math.fsum(part.weight for part in parts)
        if rows != self.read.rows:
            raise self._refused("rows", f"{self.read.rows:,}", f"{rows:,}")
        size = max(abs(self.read.weight), math.fsum(abs(part.weight) for part in parts))
        if not abs(weight - self.read.weight) <= TOLERANCE * size:
            raise self._refused("weight", f"{self.read.weight!r}", f"{weight!r}")

    @staticmethod
    def _refused(what: str, expected: str, found: str) -> NumericalError:
        return complaint(
            NumericalError,
            f"balance of {what}",
            expected=f"filtered + unweighted + outside + missing + used = read = {expected}",
            found=found,
            remedy="A row was lost or counted twice on the way: don't publish these figures.",
        )

    @classmethod
    def of(cls, rows: Rows, used: Size | None = None, filtered: Size | None = None) -> Balance:
        """The balance of a question.

        Parameters
        ----------
        rows
            What became of the rows of the design.
        used
            What the result says that it rests on, to be held against what the data say.
        filtered
            Rows left out before the design was declared.

        Raises
        ------
        NumericalError
            If the result rests on other rows.
        """
        if used is not None and used.rows != rows.used[0]:
            raise cls._refused("rows", f"{rows.used[0]:,} used", f"bases of {used.rows:,}")
        if used is not None and not math.isclose(
            used.weight, rows.used[1], rel_tol=TOLERANCE, abs_tol=TOLERANCE * abs(rows.read[1])
        ):
            raise cls._refused("weight", f"{rows.used[1]!r} used", f"bases of {used.weight!r}")
        before = filtered or Size()
        return cls(
            read=Size(rows.read[0] + before.rows, rows.read[1] + before.weight),
            filtered=before,
            unweighted=Size(*rows.unweighted),
            outside=Size(*rows.outside),
            missing={reason: Size(*size) for reason, size in rows.missing.items()},
            used=Size(*rows.used),
        )

    @property
    def parts(self) -> Mapping[str, Size]:
        """Everything that the rows read divide into, by name."""
        return {
            "filtered": self.filtered,
            "of weight 0": self.unweighted,
            "outside the domain": self.outside,
            **{f"missing, {reason}": size for reason, size in self.missing.items()},
            "used": self.used,
        }

    def to_dict(self) -> dict[str, float]:
        """Rows and weight by name, in order."""
        found: dict[str, float] = {}
        for name, size in {"read": self.read, **self.parts}.items():
            found[f"rows {name}"] = float(size.rows)
            found[f"weight {name}"] = size.weight
        return found

    def view(self) -> View:
        """The balance as a table."""
        lines = {"read": self.read, **self.parts}
        return View(
            title="What became of the rows",
            source="",
            columns=[
                Column("rows", list(lines), header=True),
                Column("n", [count(size.rows) for size in lines.values()], True),
                Column("weight", [number(size.weight) for size in lines.values()], True),
            ],
        )

    def __repr__(self) -> str:
        return as_text(self.view())

    def _repr_html_(self) -> str:
        return as_html(self.view())


def published_balance(
    hiding: Hiding, tables: Sequence[Table], balances: Sequence[Sequence[Balance]]
) -> dict[str, float]:
    """The balance as it may be seen.

    Where counts are hidden or rounded every part of a balance is one count more, and the sums that
    tie it to the others are in no table. So nothing is said of it there but how many rows a table
    used, as that table itself has it.
    """
    hidden = hiding.policy.suppresses or hiding.policy.rounding != "none"
    found: dict[str, float] = {}
    for place, (table, own) in enumerate(zip(tables, balances, strict=True)):
        seen = [
            _used_as_printed(hiding, table, question, balance.used.rows)
            if hidden
            else balance.to_dict()
            for question, balance in zip(table.questions, own, strict=True)
        ]
        # Groups and their total are two questions of the same rows.
        alike = bool(seen) and all(one == seen[0] for one in seen)
        names = [table_name(place)] if alike else _names(place, len(own))
        for name, parts in zip(names, seen[: len(names)], strict=True):
            found |= {f"{name}: {part}": to_decimals(value, 6) for part, value in parts.items()}
    return found


def without_balance(found: Mapping[str, float], balances: Sequence[Sequence[Balance]]) -> str:
    """Which questions a published balance says nothing of, and why; ``""``: none.

    Parameters
    ----------
    found
        What :func:`published_balance` gave.
    balances
        As given to it.
    """
    told = {name.rpartition(": ")[0] for name in found}
    untold: list[str] = []
    for place, own in enumerate(balances):
        names = [name for name in _names(place, len(own)) if name not in told]
        if table_name(place) not in told:
            untold += [table_name(place)] if len(names) == len(own) > 0 else names
    return f"{'; '.join(untold)}: no base that is shown is of all its rows" if untold else ""


def _names(place: int, questions: int) -> list[str]:
    """What a balance calls the questions of a table."""
    name = table_name(place)
    return [name] if questions == 1 else [f"{name}, question {at + 1}" for at in range(questions)]


def _used_as_printed(
    hiding: Hiding, table: Table, question: Question, used: int
) -> dict[str, float]:
    """The rows that were used, if a base of the table says how many they are."""
    bases = {cell.fact.base_key for row in table.cells for cell in row if cell is not None}
    answers = question.origin.answers if isinstance(question.origin, Origin) else None
    asked = {*question.variables, *([answers.name] if answers else [])}
    one_source = len({key.source for key in bases}) == 1
    for key in sorted(bases):
        # Those who answered all columns are among those who answered some of them: if they are as
        # many, they are the same people.
        whole = key.domain == question.origin.domain and all(
            not codes and name in asked for name, codes in key.where
        )
        count, shown = hiding.ledger.counts[key], hiding.ledger.rounded(key)
        if (
            whole
            and (one_source or key.source == question.origin.population)
            and count.printed
            and count.n == used
            and shown > 0
            and key not in hiding.hidden
        ):
            return {"rows used": float(shown)}
    return {}
