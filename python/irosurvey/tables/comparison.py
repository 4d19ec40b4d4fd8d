"""What was found of two releases, and how it is said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from irosurvey.layout import counted

__all__ = ["Change", "Disclosure", "ReleaseComparison", "What"]

What: TypeAlias = Literal["table", "row", "column", "figure", "mark"]

_MOST_TOLD = 40  # changes of one table that the text lists


@dataclass(frozen=True)
class Change:
    """Something that isn't as it was.

    Attributes
    ----------
    what
        A ``"table"``, a ``"row"`` or a ``"column"`` that came or went (or a table that now counts
        others); a ``"figure"`` that is
        another; a ``"mark"`` in the place of a figure, or the other way round.
    table
        The title of the table.
    where
        Row and column, as far as it is about them.
    old, new
        What stood and what stands there; ``""``: nothing.
    difference
        Of figures: the new one less the old one.
    """

    what: What
    table: str
    where: str = ""
    old: str = ""
    new: str = ""
    difference: float | None = None


@dataclass(frozen=True)
class Disclosure:
    """Something that is hidden in one release, and that both together tell.

    Attributes
    ----------
    table, where
        Which figure; of a count that stands in no table ``""``, and what it is.
    hidden_in
        ``"old"``, ``"new"`` or ``"both"``; ``"neither"`` of a difference that stands in no table.
    how
        How it is known, in words.
    """

    table: str
    where: str
    hidden_in: str
    how: str


@dataclass(frozen=True, repr=False)
class ReleaseComparison:
    """What changed from one release to another, and what both together give away.

    Attributes
    ----------
    old, new
        Their titles.
    same_people
        Whether both are of the same answers; if not, no figure of one is a figure of the other.
        ``None``: nothing tells, so that no disclosure was looked for.
    changes
        In the order of the new release's tables.
    disclosures
        What both together tell that neither does alone; none is looked for among other people.
    matched
        How many tables are in both.
    counts, shared
        How many counts of people were looked at as one system, and how many stand in both.
    contradicted
        Whether no counts fit the figures of both, so that they can't be of the same people.
    unexamined
        What could disclose and couldn't be looked at, each in words. Nothing may be inferred from
        finding no disclosure while there is any.
    because
        How it is known, or isn't, whether both are of the same people.
    """

    old: str
    new: str
    same_people: bool | None
    changes: tuple[Change, ...]
    disclosures: tuple[Disclosure, ...]
    matched: int
    counts: int = 0
    shared: int = 0
    contradicted: bool = False
    unexamined: tuple[str, ...] = ()
    because: str = ""

    @property
    def discloses(self) -> bool:
        """Whether having both tells what neither alone does."""
        return bool(self.disclosures)

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for programs."""
        return {
            "old": self.old,
            "new": self.new,
            "tables in both": self.matched,
            "same people": self.same_people,
            "counts looked at": self.counts,
            "counts in both": self.shared,
            "contradicted": self.contradicted,
            "not examined": list(self.unexamined),
            "changes": [
                {
                    "what": one.what,
                    "table": one.table,
                    "where": one.where,
                    "old": one.old,
                    "new": one.new,
                    "difference": one.difference,
                }
                for one in self.changes
            ],
            "disclosures": [
                {
                    "table": one.table,
                    "where": one.where,
                    "hidden in": one.hidden_in,
                    "how": one.how,
                }
                for one in self.disclosures
            ],
        }

    def __repr__(self) -> str:
        counts: Counter[str] = Counter(one.what for one in self.changes)
        told = ", ".join(
            counted(counts[what], noun)
            for what, noun in (
                ("table", "table"),
                ("row", "row"),
                ("column", "column"),
                ("figure", "figure"),
                ("mark", "mark"),
            )
            if counts[what]
        )
        lines = [
            f"Old: {self.old}",
            f"New: {self.new}",
            f"{counted(self.matched, 'table')} in both. Changed: {told or 'nothing'}.",
        ]
        for table in dict.fromkeys(one.table for one in self.changes):
            lines += ["", table, *self._lines([one for one in self.changes if one.table == table])]
        return "\n".join([*lines, "", *self._verdict()])

    def _lines(self, changes: Sequence[Change]) -> Iterator[str]:
        for one in changes[:_MOST_TOLD]:
            if one.what in ("figure", "mark"):
                by = "" if one.difference is None else f"  ({_signed(one.difference)})"
                yield f"  {one.where}: {one.old} → {one.new}{by}"
            elif one.old and one.new:
                yield f"  {one.where}: {one.old} → {one.new}"
            else:
                verb = "came" if one.new else "went"
                yield f"  {one.what} {verb}: {one.where}" if one.where else f"  {one.what} {verb}"
        if len(changes) > _MOST_TOLD:
            yield f"  … and {len(changes) - _MOST_TOLD} more: --format json has all."

    def _verdict(self) -> Iterator[str]:
        if self.same_people is False:
            yield (
                f"Disclosure: the releases are of different answers ({self.because}), so that no "
                "hidden figure of one stands in the other. (--same-people if they aren't.)"
            )
            return
        if self.disclosures:
            yield from self._disclosed()
        elif self.same_people and not self.contradicted:
            yield (
                "Disclosure: nothing that is hidden in one can be read off in the other or worked "
                "out from both together"
                + (", as far as it could be examined." if self.unexamined else ".")
            )
        if self.counts and not self.contradicted:
            yield from self._assumptions()
        if self.unexamined:
            yield f"NOT EXAMINED: {counted(len(self.unexamined), 'thing')} that may disclose."
            for one in self.unexamined:
                yield f"  not examined: {one}"

    def _disclosed(self) -> Iterator[str]:
        yield f"DISCLOSED by having both: {counted(len(self.disclosures), 'figure')}."
        for table in dict.fromkeys(one.table for one in self.disclosures):
            yield f"  {table or 'In no table, but a difference of what stands in both'}"
            for one in self.disclosures:
                if one.table == table:
                    hidden = "" if one.hidden_in == "neither" else f", hidden in {one.hidden_in}"
                    yield f"    {one.where}{hidden}: {one.how}"
        yield (
            "Publish both sets of tables as one release instead, so that what either hides is "
            "hidden in both."
        )

    def _assumptions(self) -> Iterator[str]:
        """What was looked at, and what was taken for granted."""
        yield (
            f"Looked at: {counted(self.counts, 'count')} of people behind the figures of all "
            f"tables of both, {self.shared} of them in both, with every sum among them."
        )
        yield (
            "Taken for granted: a count is the same in both if data, columns, codes and the "
            "condition have the same names, or the condition says the same in other words. Groups "
            "of different columns are supposed not to lie within each other. Answers that were "
            "edited in between, and what a respondent knows of themselves, were not looked at."
        )


def _signed(value: float) -> str:
    return f"{value:+,.6g}".replace("-", "−")
