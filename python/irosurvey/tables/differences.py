"""What two releases tell together of counts, beyond what each tells alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from irosurvey.tables.comparison import Disclosure
from irosurvey.tables.facts import CountKey
from irosurvey.tables.reach import Reach
from irosurvey.tables.sides import Side, at_least
from irosurvey.tables.suppression.outcome import FeasibleInterval

__all__ = ["Differences"]

LEAST_WIDTH = 3
"""People of doubt that must be left about a hidden count."""

FEW = 4
"""Times a policy's largest hidden count: a difference that may be larger is no small group."""


class Differences:
    """What both releases tell beyond what each alone does.

    Parameters
    ----------
    alone
        Each release.
    both
        All that both tell.

    Attributes
    ----------
    unexamined
        What could not be told, in words; known once everything was learned.
    """

    def __init__(self, alone: tuple[Side, Side], both: Side) -> None:
        self._alone, self._both = alone, both
        self._high = max(one.edition.small[1] for one in alone)
        self.unexamined: list[str] = []

    def learned(self) -> Iterator[Disclosure]:
        """Everything that is told."""
        told = self._told(self._both.reach, [one.reach for one in self._alone])
        known = self._both.following - told.keys()
        for one in self._alone if known else ():
            known -= one.following
        ruled = self._ruled(told.keys() | known)
        for name, interval in told.items():
            yield self._words(name, f"worked out from both together, {_within(interval)}")
        for name in sorted(known):
            interval = self._both.reach.interval(name)
            if self._tells(name, interval):
                continue  # a release alone tells it by its figures
            if name in self._both.hidden or self._is_few(interval):
                yield self._words(
                    name,
                    "follows for whoever knows the counts behind the percentages of both; by the "
                    f"printed figures, {_within(interval)}",
                )
            elif interval.upper is None:
                self.unexamined.append(
                    f"how many people these are, of whom weighted figures alone tell: "
                    f"{self._both.sums.rests[name]}"
                )
        for name, interval in ruled.items():
            yield self._words(
                name,
                "follows for whoever applies the rule of each release to its marks, and puts both "
                f"together, {_within(interval)}",
            )

    def _ruled(self, before: Iterable[str]) -> dict[str, FeasibleInterval]:
        """What both tell besides to those who apply each publisher's rule to its own marks."""
        lines = [list(at_least(one.large, one.edition.small[1] + 1)) for one in self._alone]
        if not any(lines):
            return {}
        alone = [
            Reach(one.names, [*one.lines, *more])
            for one, more in zip(self._alone, lines, strict=True)
        ]
        both = Reach(self._both.names, [*self._both.lines, *lines[0], *lines[1]])
        if not (both.fits and all(part.fits for part in both.parts)):
            self.unexamined.append(
                "what follows from the rules that hide small counts: applied to the marks of both "
                "they contradict the figures"
            )
            return {}
        known = set(before)
        return {name: own for name, own in self._told(both, alone).items() if name not in known}

    def _told(self, both: Reach, alone: list[Reach]) -> dict[str, FeasibleInterval]:
        """Counts of which too little is left open by both, and enough by each alone."""
        found = {}
        for name in sorted(self._worth_asking(both, alone)):
            if self._leaves_enough(both, name):
                continue
            interval = both.interval(name)
            if self._tells(name, interval) and not any(
                self._told_alone(name, *pair) for pair in zip(self._alone, alone, strict=True)
            ):
                found[name] = interval
        return found

    def _worth_asking(self, both: Reach, alone: list[Reach]) -> set[str]:
        """Counts of which both may tell more than each alone.

        Where all that ties a set of counts stands in one release, having both adds nothing to what
        that one hides.
        """
        wanted = self._both.watched & set(both.names)
        for part in both.parts:
            for side, own in zip(self._alone, alone, strict=True):
                names = {both.names[cell] for cell in part.members} & wanted & side.watched
                if names and both.is_within(part, own):
                    wanted -= names
        return wanted

    def _told_alone(self, name: str, side: Side, reach: Reach) -> bool:
        """Whether a release that hides a count tells it all the same, certainly."""
        if name not in side.watched or self._leaves_enough(reach, name):
            return False
        interval = reach.interval(name)
        return interval.exact and self._tells(name, interval)

    def _leaves_enough(self, reach: Reach, name: str) -> bool:
        """Whether tables are at hand, or found, that show that `_tells` would be false."""
        high = self._high
        if name not in self._both.hidden:
            return reach.can_be(name, high + 1, or_more=True) or reach.can_be(
                name, 0, or_more=False
            )
        covers = reach.can_be(name, high + 1, or_more=True) or (
            reach.can_be(name, high, or_more=True) and reach.can_be(name, 1, or_more=False)
        )
        return covers and reach.doubt(name, LEAST_WIDTH)

    def _tells(self, name: str, interval: FeasibleInterval) -> bool:
        """Whether an interval leaves too little doubt."""
        small = interval.upper is not None and interval.upper <= self._high
        if name not in self._both.hidden:  # a difference of printed counts is hidden by nobody
            return small and interval.lower >= 1
        covers = interval.covers(1, self._high)
        return not interval.is_as_wide_as(LEAST_WIDTH) or (small and not covers)

    def _is_few(self, interval: FeasibleInterval) -> bool:
        """Whether it may be a small group, and isn't certainly nobody."""
        return (
            interval.lower <= self._high
            and interval.upper is not None
            and 1 <= interval.upper <= FEW * max(self._high, 1)
        )

    def _words(self, name: str, how: str) -> Disclosure:
        key: CountKey | None = self._both.hidden.get(name)
        if key is None:
            return Disclosure("", self._both.sums.rests[name], "neither", how)
        hidden = [key in one.edition.hidden for one in self._alone]
        where = "both" if all(hidden) else "old" if hidden[0] else "new"
        return Disclosure(*self._both.edition.hidden[key], where, how)


def _within(interval: FeasibleInterval) -> str:
    if interval.upper == interval.lower:
        return f"it is {interval.lower}"
    return f"it lies from {interval}" if interval.upper is not None else f"it is {interval}"
