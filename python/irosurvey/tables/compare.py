"""Two releases side by side: what changed, and what both together give away."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from irosurvey._complaint import complaint
from irosurvey.errors import ReadError
from irosurvey.tables.comparison import Change, Disclosure, ReleaseComparison
from irosurvey.tables.matching import changes as changes_in
from irosurvey.tables.matching import matched, read_off
from irosurvey.tables.published import Release
from irosurvey.tables.union import Joint, worked_out
from irosurvey.tables.writers.json import read

__all__ = ["Change", "Disclosure", "ReleaseComparison", "compare", "read_release"]

Given: TypeAlias = "Release | str | os.PathLike[str]"


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
    Both are asked again for readers who apply the rule of each release to its marks.
    Conditions that compare columns with constants are understood, so that 18 and over lies within
    16 and over. ``docs/methods/disclosure.md`` says what is taken for granted.
    """
    before, after = _loaded(old), _loaded(new)
    same, because = _same_data(before, after)
    if same_people is not None:
        same, because = same_people, "as was said"
    pairs = list(matched(before, after))
    both = [(first, second) for first, second in pairs if first and second]
    changes = tuple(change for first, second in pairs for change in changes_in(first, second))
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
    read = [one for first, second in both for one in read_off((first, before), (second, after))]
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
            "answers, one of them is wrong, or a code means something else in one"
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


def _worked_out(joint: Joint, read: Sequence[Disclosure]) -> Iterator[Disclosure]:
    """What both together tell beyond what is read off in the same place."""
    told = {(one.table, one.where) for one in read}
    for one in joint.found:
        if (one.table, one.where) not in told:
            yield one
