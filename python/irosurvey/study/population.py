"""Whom the respondents stand for: the authorities of 2013, and where IROs are taken to work."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from irosurvey._complaint import complaint
from irosurvey.errors import ReadError
from irosurvey.study.codebook import Codebook

__all__ = ["LOOKED_AFTER_2013", "Authority", "IroSpread", "iro_spread", "read_population"]

LOOKED_AFTER_2013 = 68_110
"""Children looked after in England on 31 March 2013 (Department for Education)."""


@dataclass(frozen=True)
class Authority:
    """A local authority of 2013.

    Attributes
    ----------
    code, name
        As on 31 March 2013.
    region, type
        By the codes of the codebook.
    looked_after
        Children looked after on 31 March 2021, by the rule of `looked_after.csv`.
    """

    code: str
    name: str
    region: int
    type: int
    looked_after: float


def read_population(codebook: Codebook) -> tuple[Authority, ...]:
    """The authorities of 2013 with their children looked after of 2021."""
    regions, types = codebook.codes_of("region"), codebook.codes_of("type")
    children = {
        row["code"]: float(row["looked_after_2021"])
        for row in rows_of(codebook.file("looked_after.csv"), "code", "looked_after_2021")
    }
    listed = codebook.file(codebook.entries["study"]["authorities"])
    return tuple(
        Authority(
            row["code"],
            row["name"],
            regions[row["region_code"]],
            types[row["type"]],
            children[row["code"]],
        )
        for row in rows_of(listed, "code", "name", "region_code", "type")
    )


@dataclass(frozen=True)
class IroSpread:
    """How IROs are taken to be spread over the authorities: an assumption with a name.

    Attributes
    ----------
    name
        ``"looked-after children"``, ``"none"``, or the file.
    words
        What is assumed, for readers.
    numbers
        Of IROs, or of what they are taken to be in proportion to, by authority; empty: IROs are
        not weighted.
    """

    name: str
    words: str
    numbers: Mapping[str, float]


CHILDREN_WORDS = (
    "An assumption: IROs worked where looked-after children lived, in proportion to the 68,110 "
    "children of 31 March 2013, spread over authorities as on 31 March 2021. Five authorities have "
    "the figure of their successor, Bournemouth, Poole and Dorset share theirs equally, the Isles "
    "of Scilly have none; no figure of 2021 was suppressed."
)


def iro_spread(
    population: tuple[Authority, ...], given: str | os.PathLike[str] | None = "children"
) -> IroSpread:
    """The assumption on where IROs worked.

    Parameters
    ----------
    population
        The authorities of 2013.
    given
        ``"children"``: in proportion to looked-after children. ``"none"`` or None: nothing is
        assumed, and IROs aren't weighted. Else a CSV file with the columns `code` and `iros`, one
        row for each authority.

    Raises
    ------
    ReadError
        If the file can't be read, or doesn't name every authority with a number of at least 0.
    """
    if given is None or given == "none":
        return IroSpread("none", "Nothing is assumed: every IRO who answered counts once.", {})
    if given == "children":
        total = sum(one.looked_after for one in population)
        scaled = {one.code: LOOKED_AFTER_2013 * one.looked_after / total for one in population}
        return IroSpread("looked-after children", CHILDREN_WORDS, scaled)
    path = Path(given)
    rows = rows_of(path, "code", "iros")
    numbers = {row["code"]: _number(path, row) for row in rows}
    lacking = [one.code for one in population if one.code not in numbers]
    if lacking or len(rows) != len(population):
        raise complaint(
            ReadError,
            str(path),
            expected=f"a row for each of the {len(population)} authorities of 2013",
            found=f"{len(rows)} rows" + (f", none for {', '.join(lacking[:5])}" * bool(lacking)),
        )
    return IroSpread(path.name, f"IROs by authority as in {path.name}.", numbers)


def _number(path: Path, row: Mapping[str, str]) -> float:
    try:
        number = float(row["iros"])
    except ValueError:
        number = -1.0
    if not 0.0 <= number < float("inf"):
        raise complaint(
            ReadError,
            f"{path}: iros of {row['code']}",
            expected="a number of at least 0",
            found=f"'{row['iros']}'",
        )
    return number


def rows_of(path: Path, *needed: str) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise complaint(ReadError, str(path), expected="a CSV file", found=str(error)) from error
    lacking = [name for name in needed if not rows or name not in rows[0]]
    if lacking:
        raise complaint(
            ReadError,
            str(path),
            expected="the columns " + ", ".join(needed),
            found=", ".join(rows[0]) if rows else "an empty file",
        )
    return rows
