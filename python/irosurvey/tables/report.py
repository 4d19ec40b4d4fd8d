"""What the producer of a release must know: true counts stand here, so it is never published."""

from __future__ import annotations

import html
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from irosurvey._files import replace_files
from irosurvey.layout import counted
from irosurvey.tables.balance import Balance
from irosurvey.tables.policy import Policy

if TYPE_CHECKING:
    from irosurvey.tables.suppression import Suppression

__all__ = ["Hidden", "ReleaseReport", "Remark"]

_WARNING = "For the producer alone: true counts."


@dataclass(frozen=True)
class Hidden:
    """A count that is hidden.

    Attributes
    ----------
    count
        Where it stands first, in words.
    key
        Which rows it counts.
    n
        The true count.
    primary
        Whether it is hidden for its own sake.
    reason
        Why it is hidden.
    places
        Everywhere it stands.
    """

    count: str
    key: str
    n: int
    primary: bool
    reason: str
    places: tuple[str, ...] = ()


@dataclass(frozen=True)
class Remark:
    """Something about an estimate: where it stands, and what there is to say."""

    place: str
    text: str


@dataclass(frozen=True, repr=False)
class ReleaseReport:
    """What was hidden and why, what could be worked out of it, and what somebody should look at.

    Attributes
    ----------
    policy
        The policy that was applied.
    tables
        Titles of the tables.
    hidden
        Every hidden count.
    suppression
        What was hidden for the sake of others, with the audit; ``None`` if that wasn't asked.
    unreliable
        Estimates that are too unreliable to be shown.
    reviews
        What should be looked at before it is published: few degrees of freedom, 0 and 100 %.
    bands
        Bands of coefficients of variation.
    balances
        What became of the rows.
    remarks
        What wasn't looked at, and why.
    """

    policy: Policy
    tables: tuple[str, ...]
    hidden: tuple[Hidden, ...] = ()
    suppression: Suppression | None = None
    unreliable: tuple[Remark, ...] = ()
    reviews: tuple[Remark, ...] = ()
    bands: tuple[Remark, ...] = ()
    balances: tuple[Balance, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def primary(self) -> tuple[Hidden, ...]:
        """Counts that are hidden for their own sake."""
        return tuple(one for one in self.hidden if one.primary)

    @property
    def secondary(self) -> tuple[Hidden, ...]:
        """Counts that are hidden because they would give others away."""
        return tuple(one for one in self.hidden if not one.primary)

    def summary(self) -> tuple[str, ...]:
        """Sentences: what was hidden and why. They hold no counts of persons."""
        lines = [
            f"Policy {self.policy.name}: {counted(len(self.primary), 'count')} hidden for "
            f"{'its' if len(self.primary) == 1 else 'their'} own sake, "
            f"{len(self.secondary)} to protect them, "
            f"{counted(len(self.unreliable), 'estimate')} too unreliable to be shown."
        ]
        if self.suppression is not None:
            lines += self.suppression.audit.verdict()
        elif self.policy.suppresses:
            lines.append("Whether hidden counts can be worked out from others was NOT examined.")
        lines += self.remarks
        if self.reviews:
            lines.append(f"{counted(len(self.reviews), 'remark')} to look at before publishing.")
        return tuple(lines)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values, for a file that stays with the producer."""
        found: dict[str, Any] = {
            "warning": _WARNING,
            "policy": {**self.policy.to_dict(), "seed": self.policy.seed},
            "tables": list(self.tables),
            "summary": list(self.summary()),
            "hidden": [
                {
                    "count": one.count,
                    "rows": one.key,
                    "n": one.n,
                    "primary": one.primary,
                    "reason": one.reason,
                    "places": list(one.places),
                }
                for one in self.hidden
            ],
            "unreliable": [[one.place, one.text] for one in self.unreliable],
            "reviews": [[one.place, one.text] for one in self.reviews],
            "cv bands": [[one.place, one.text] for one in self.bands],
            "balances": [balance.to_dict() for balance in self.balances],
        }
        if self.suppression is not None:
            found["audit"] = [list(row) for row in self.suppression.audit.rows()]
        return found

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write the report as JSON, for the producer's own files.

        What was there before stays whole until the new file is complete.
        """
        text = json.dumps(self.to_dict(), ensure_ascii=False, indent=2) + "\n"
        return replace_files({Path(path): text.encode("utf-8")})[0]

    def _sections(self) -> list[tuple[str, Sequence[tuple[str, str]]]]:
        return [
            ("Hidden for its own sake", [(one.count, one.reason) for one in self.primary]),
            ("Hidden to protect others", [(one.count, f"{one.n}") for one in self.secondary]),
            ("Too unreliable", [(one.place, one.text) for one in self.unreliable]),
            ("To look at", [(one.place, one.text) for one in self.reviews]),
        ]

    def __repr__(self) -> str:
        lines = [_WARNING, *self.summary()]
        for heading, rows in self._sections():
            if rows:
                lines += ["", f"{heading}:", *(f"  {place}: {text}" for place, text in rows)]
        for balance in self.balances:
            lines += ["", repr(balance)]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        parts = [f"<p>{html.escape(line)}</p>" for line in (_WARNING, *self.summary())]
        for heading, rows in self._sections():
            if rows:
                listed = "".join(
                    f"<li>{html.escape(place)}: {html.escape(text)}</li>" for place, text in rows
                )
                parts.append(f"<p><strong>{html.escape(heading)}</strong></p><ul>{listed}</ul>")
        parts += [balance._repr_html_() for balance in self.balances]
        return "".join(parts)
