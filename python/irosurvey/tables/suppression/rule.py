"""How little must be known of a hidden count."""

from __future__ import annotations

from dataclasses import dataclass

from irosurvey._complaint import complaint
from irosurvey.errors import ArgumentError

__all__ = ["ProtectionRule"]


@dataclass(frozen=True)
class ProtectionRule:
    """When a hidden count is protected. Every field is public knowledge: an attacker has read it.

    Attributes
    ----------
    low, high
        The counts that are hidden for their own sake. The feasible interval of a primary cell
        must cover all of them: its lower end is at most `low`, its upper end at least `high`. A
        total in which several counts of one or more are hidden can't be below their number, where
        noughts are shown; of it that number is asked in place of `low`.
    width
        Upper less lower end of any other hidden cell's interval, at least.
    zeros_shown
        A count of nought is always shown, so that every mark says "one or more". If not, noughts
        may be hidden, and a mark says nothing.
    known_within
        Whoever is one of at most so many respondents behind a hidden cell knows its count, and
        takes it off wherever it is part of a sum. What is asked must hold for them, too. What they
        know of their own cell is no disclosure, nor of a total of which they are all. 0: nobody
        knows more than an outsider.
    together
        So many primary cells of one relation, and fewer, are protected as one where their counts
        add to at most `high`: a group made of them is as small as they are. The interval of the
        sum must reach `high`, and be at least `width` wide. 1: only each by itself.
    rule_applied
        Suppose that an attacker applies this rule: a hidden count that can't be as small as `low`,
        by everything published, isn't one of those that are hidden for their own sake, and so it is
        above `high`. From there they go on. What is asked must hold after that, too.
    primaries_known
        Suppose that an attacker has found out which hidden cells are primary (from last year's
        release, say, or by running this program on every table that could be behind the marks):
        primary cells lie within `low` and `high`, all others above. Off by default: marks are
        alike. It asks for many more hidden cells.
    """

    low: int = 1
    high: int = 5
    width: int = 3
    zeros_shown: bool = True
    known_within: int = 1
    together: int = 5
    rule_applied: bool = True
    primaries_known: bool = False

    def __post_init__(self) -> None:
        least = 1 if self.zeros_shown else 0
        if not least <= self.low <= self.high:
            raise complaint(
                ArgumentError,
                "low, high",
                expected=f"{least} <= low <= high",
                found=f"low={self.low}, high={self.high}",
                remedy="Say zeros_shown=False if noughts are hidden.",
            )
        for name, least in (("width", 0), ("known_within", 0), ("together", 1)):
            if getattr(self, name) < least:
                raise complaint(
                    ArgumentError, name, expected=f"{least} or more", found=str(getattr(self, name))
                )

    @property
    def tells(self) -> bool:
        """Whether an attacker who applies the rule may learn which counts are large."""
        return self.rule_applied and not self.primaries_known

    @property
    def least_hidden(self) -> int:
        """The smallest count that a mark can stand for."""
        return 1 if self.zeros_shown else 0
