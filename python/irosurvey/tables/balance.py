"""What became of every row: read, filtered, missing, outside, used; and of its weight."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from irosurvey._complaint import complaint
from irosurvey.errors import NumericalError
from irosurvey.layout import Column, View, as_html, as_text, count, number
from irosurvey.tables.places import table_name
from irosurvey.tables.rounding import nearest, to_decimals

if TYPE_CHECKING:
    from irosurvey.origin import Rows
    from irosurvey.tables.policy import Policy

__all__ = ["Balance", "Size", "published_balance"]

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


def published_balance(policy: Policy, balances: Sequence[tuple[Balance, ...]]) -> dict[str, float]:
    """The balance as it may be seen: rounded, and without what small counts would tell."""
    # A part that is left out follows from the others, be it those of another table.
    small = any(
        policy.is_disclosive(size.rows) and size.rows > 0
        for own in balances
        for balance in own
        for size in balance.parts.values()
    )
    found: dict[str, float] = {}
    for place, own in enumerate(balances):
        for question, balance in enumerate(own):
            several = len(own) > 1
            prefix = f"{table_name(place)}{f', question {question + 1}' if several else ''}: "
            for name, value in _seen_balance(policy, balance, only_used=small).items():
                found[prefix + name] = value
    return found


def _seen_balance(policy: Policy, balance: Balance, *, only_used: bool) -> dict[str, float]:
    parts = {"read": balance.read, **balance.parts}
    if only_used:
        parts = {} if policy.is_disclosive(balance.used.rows) else {"used": balance.used}
    found = {}
    for name, size in parts.items():
        rows, weight = float(size.rows), size.weight
        if policy.rounding != "none":
            rows, weight = (
                nearest(rows, policy.rounding_base),
                nearest(weight, policy.rounding_base),
            )
        found[f"rows {name}"] = rows
        found[f"weight {name}"] = to_decimals(weight, 0 if policy.suppresses else 6)
    return found
