"""Two releases side by side: what changed, and what both together give away."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from irosurvey._complaint import complaint
from irosurvey.errors import ReadError
from irosurvey.layout import counted, number
from irosurvey.tables.published import (
    PublishedCell,
    PublishedColumn,
    PublishedTable,
    Release,
)
from irosurvey.tables.union import Joint, worked_out
from irosurvey.tables.writers.json import read

__all__ = ["Change", "Disclosure", "ReleaseComparison", "compare", "read_release"]

What: TypeAlias = Literal["table", "row", "column", "figure", "mark"]
Given: TypeAlias = "Release | str | os.PathLike[str]"

_MOST_TOLD = 40  # changes of one table that the text lists


@dataclass(frozen=True)
class Change:
    """Something that isn't as it was.

    Attributes
    ----------
    what
        A ``"table"``, a ``"row"`` or a ``"column"`` that came or went; a ``"figure"`` that is
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
        Which figure.
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
            "edited in between, what a respondent knows of themselves, and what follows from the "
            "rule that hides small counts first were not looked at."
        )


def compare(old: Given, new: Given, *, same_people: bool | None = None) -> ReleaseComparison:
    """Say what changed between two releases, and what both together give away.

    Parameters
    ----------
    old, new
        A release, a JSON file of one, or a folder that holds such a file.
    same_people
        Whether both are of the same answers: a corrected edition, another cut of one survey. By
        default they are if both name the same data file by its hash, and aren't if their titles
        name different periods; else it isn't known, and no disclosure is looked for.

    Returns
    -------
    ReleaseComparison

    Raises
    ------
    ReadError
        If there is no such release.

    Notes
    -----
    Tables are matched by subject, statistic and population, rows by their labels, columns by their
    names. For the same people a figure that is hidden in one release is disclosed if the other
    shows it. Besides, all counts of all tables of both releases are one system
    (:func:`irosurvey.tables.union.worked_out`): a hidden count is disclosed if both together leave
    less than three people of doubt, or tell that it is small and exclude some of the small counts,
    where each release alone leaves more; and so is a difference of two groups that is small.
    Conditions that compare columns with constants are understood, so that 18 and over lies within
    16 and over. ``docs/methods/disclosure.md`` says what is taken for granted.
    """
    before, after = _loaded(old), _loaded(new)
    same, because = _same_data(before, after)
    if same_people is not None:
        same, because = same_people, "as was said"
    pairs = list(_matched(before, after))
    both = [(first, second) for first, second in pairs if first and second]
    changes = tuple(change for first, second in pairs for change in _changes(first, second))
    if not same:
        unknown = () if same is False else (because,)
        return ReleaseComparison(
            before.title,
            after.title,
            same,
            changes,
            (),
            len(both),
            unexamined=unknown,
            because=because,
        )
    read = [one for first, second in both for one in _read_off(first, second)]
    joint = worked_out(before, after)
    return ReleaseComparison(
        before.title,
        after.title,
        same,
        changes,
        (*read, *_worked_out(joint, read)),
        len(both),
        joint.counts,
        joint.shared,
        joint.contradicted,
        (*_unexamined(before, after, joint), *joint.unexamined),
        because,
    )


def _unexamined(old: Release, new: Release, joint: Joint) -> Iterator[str]:
    """What neither names of counts nor figures let anybody work out."""
    if joint.contradicted:
        yield (
            "what both tell together. No counts fit the figures of both: they aren't of the same "
            "answers, or one of them is wrong"
        )
    elif joint.counts and not joint.tied:
        yield (
            "what both tell together. No count of people has the same name in both, or adds up "
            "with one of the other: are columns or codes called otherwise?"
        )
    for title in dict.fromkeys(
        str(table.title) for one in (old, new) for table in one if not table.counted
    ):
        yield f"{title}: it doesn't say whom it counts, and was compared figure by figure only"


def read_release(path: str | os.PathLike[str]) -> Release:
    """A release from a JSON file, or from the one such file of a folder.

    Raises
    ------
    ReadError
        If there is none, or several.
    """
    place = Path(path)
    if not place.is_dir():
        return read(place)
    found = [one for one in sorted(place.glob("*.json")) if _is_release(one)]
    if len(found) != 1:
        raise complaint(
            ReadError,
            f"folder '{place}'",
            expected="one release as JSON",
            found=", ".join(one.name for one in found) or "none",
            remedy="Name the file." if found else "Write one with --format json.",
        )
    return read(found[0])


def _loaded(given: Given) -> Release:
    return given if isinstance(given, Release) else read_release(given)


def _is_release(path: Path) -> bool:
    """Whether it says so; other formats have JSON files of their own."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, Mapping) and found.get("format") == "irosurvey-release"


def _same_data(old: Release, new: Release) -> tuple[bool | None, str]:
    """Whether both are of the same answers, as far as the files tell, and how that is known."""

    def hashed(release: Release) -> str:
        return str(release.provenance.get("data", "")).rpartition("SHA-256 ")[2]

    if hashed(old) and hashed(old) == hashed(new):
        return True, "both are of the same data file"
    first, second = ({one.title.period for one in release} - {""} for release in (old, new))
    if first and second and not first & second:
        return False, f"of {', '.join(sorted(first))} and of {', '.join(sorted(second))}"
    known = hashed(old) and hashed(new)
    why = (
        "their data files differ, as those of a corrected edition do"
        if known
        else ("not both name their data file")
    )
    period = "" if first and second else ", and not all of their titles name a period"
    return None, (
        f"whether both are of the same people: {why}{period}. Say --same-people or --other-people"
    )


# ---- what belongs together ----


def _key(table: PublishedTable) -> tuple[str, ...]:
    parts = (table.title.subject, table.title.statistic, table.title.population, table.title.area)
    return tuple(" ".join(part.casefold().split()) for part in parts)


def _matched(
    old: Release, new: Release
) -> Iterator[tuple[PublishedTable | None, PublishedTable | None]]:
    """Pairs of tables in the order of the new release; what went comes last."""
    left = list(old.tables)
    for table in new:
        same = [one for one in left if _key(one) == _key(table)]
        named = [one for one in same if one.name == table.name]
        found = next(iter(named or same), None)
        if found is not None:
            left.remove(found)
        yield found, table
    for gone in left:
        yield gone, None


def _numbered(names: Sequence[Any]) -> list[tuple[Any, int]]:
    """Names that come several times are told apart by their turn."""
    seen: Counter[Any] = Counter()
    found = []
    for name in names:
        found.append((name, seen[name]))
        seen[name] += 1
    return found


def _rows(table: PublishedTable) -> dict[Any, int]:
    return {key: place for place, key in enumerate(_numbered([row.labels for row in table.rows]))}


def _columns(table: PublishedTable) -> dict[Any, int]:
    names = [column.name for column in table.columns]
    return {key: place for place, key in enumerate(_numbered(names))}


# ---- what changed ----


def _changes(old: PublishedTable | None, new: PublishedTable | None) -> Iterator[Change]:
    if new is None or old is None:
        one = new or old
        assert one is not None
        title = str(one.title)
        yield Change(
            "table", title, old="" if old is None else title, new="" if new is None else title
        )
        return
    title = str(new.title)
    rows, columns = (_rows(old), _rows(new)), (_columns(old), _columns(new))
    for what, (before, after) in (("row", rows), ("column", columns)):
        for key in after:
            if key not in before:
                yield Change(_what(what), title, _name(key[0]), new=_name(key[0]))
        for key in before:
            if key not in after:
                yield Change(_what(what), title, _name(key[0]), old=_name(key[0]))
    for row, at in rows[1].items():
        for column, place in columns[1].items():
            if row in rows[0] and column in columns[0]:
                before_cell = old.rows[rows[0][row]].cells[columns[0][column]]
                after_cell = new.rows[at].cells[place]
                if before_cell != after_cell:
                    where = f"{_name(row[0])}, {_name(column[0])}"
                    yield _changed(title, where, before_cell, after_cell, new.columns[place])


def _what(name: str) -> What:
    return "row" if name == "row" else "column"


def _name(key: object) -> str:
    return ", ".join(filter(None, key)) if isinstance(key, tuple) else str(key)


def _changed(
    title: str, where: str, old: PublishedCell, new: PublishedCell, column: PublishedColumn
) -> Change:
    figures = old.value is not None and new.value is not None
    return Change(
        "mark" if bool(old.mark) != bool(new.mark) or old.mark != new.mark else "figure",
        title,
        where,
        _shown(old, column),
        _shown(new, column),
        new.value - old.value if figures else None,  # type: ignore[operator]
    )


def _shown(cell: PublishedCell, column: PublishedColumn) -> str:
    if cell.value is None:
        return f"[{cell.mark}]" if cell.mark else cell.text or "–"
    unit = "%" if column.unit == "percent" else ""
    return number(cell.value, column.decimals) + unit


def _signed(value: float) -> str:
    return f"{value:+,.6g}".replace("-", "−")


# ---- what both together tell ----


def _read_off(old: PublishedTable, new: PublishedTable) -> Iterator[Disclosure]:
    """Figures of a table that one release shows and the other hides."""
    rows, columns = (_rows(old), _rows(new)), (_columns(old), _columns(new))
    for row, at in rows[0].items():
        for column, place in columns[0].items():
            if row not in rows[1] or column not in columns[1]:
                continue
            first = old.rows[at].cells[place]
            second = new.rows[rows[1][row]].cells[columns[1][column]]
            shown = first if second.mark == "c" else second
            if {first.mark, second.mark} == {"c", ""} and shown.value is not None:
                yield Disclosure(
                    str((old if first.mark == "c" else new).title),
                    f"{_name(row[0])}, {_name(column[0])}",
                    "old" if first.mark == "c" else "new",
                    f"the other shows {_shown(shown, old.columns[place])}",
                )


def _worked_out(joint: Joint, read: Sequence[Disclosure]) -> Iterator[Disclosure]:
    """What both together tell beyond what is read off in the same place."""
    told = {(one.table, one.where) for one in read}
    for one in joint.found:
        if (one.table, one.where) not in told:
            yield Disclosure(one.table, one.where, one.hidden_in, one.how)
