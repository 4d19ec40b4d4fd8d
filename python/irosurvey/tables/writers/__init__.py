"""Files of a release, one module a format; each has `write(release, path)`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from irosurvey._complaint import complaint
from irosurvey.errors import ArgumentError
from irosurvey.tables.published import Release
from irosurvey.tables.writers import csv, ees, html, json, markdown, ods, word, xlsx

__all__ = ["FORMATS", "Format", "file_stem", "format_of", "write", "write_all"]

_Write: TypeAlias = Callable[[Release, str | Path], list[Path]]

# The style guide of the Office for National Statistics asks for lower case, dashes, and less than
# 218 characters; some room is left for what writers append.
_LONGEST_STEM = 120


class Format(NamedTuple):
    """A kind of file that a release can be written as.

    Attributes
    ----------
    name
        What `--format` calls it.
    extension
        With its dot.
    about
        In a line, for help texts.
    write
        `write(release, path)` writes it and returns the files written.
    """

    name: str
    extension: str
    about: str
    write: _Write


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        one.name: one
        for one in (
            Format("xlsx", ".xlsx", "accessible workbook for Excel", xlsx.write),
            Format("ods", ".ods", "accessible workbook, OpenDocument", ods.write),
            Format("html", ".html", "one page to read and print, for any browser", html.write),
            Format("word", ".docx", "tables to paste into a report", word.write),
            Format("csv", ".csv", "a line for every figure, with CSVW metadata", csv.write),
            Format("ees", ".csv", "pairs for Explore Education Statistics", ees.write),
            Format("json", ".json", "everything, for programs; has a JSON Schema", json.write),
            Format("markdown", ".md", "for pull requests and plain reading", markdown.write),
        )
    }
)
"""Every format by its name."""


def write(release: Release, path: str | Path, form: str = "") -> list[Path]:
    """Write a release into one file (some formats: a pair).

    Parameters
    ----------
    release
        What may be published.
    path
        Of the file.
    form
        Name of the format; left out, the path's extension tells.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    ArgumentError
        There is no such format; or the release isn't in order.
    """
    return (_named(form) if form else format_of(path)).write(release, path)


def write_all(
    release: Release, folder: str | Path, formats: Iterable[str], stem: str = ""
) -> list[Path]:
    """Write a release in several formats into one folder.

    Parameters
    ----------
    release
        What may be published.
    folder
        Made if need be.
    formats
        Names of formats.
    stem
        Of the files' names; left out, the release's title makes it (:func:`file_stem`).

    Returns
    -------
    list of Path
        The files written, in order of formats.
    """
    wanted = [_named(form) for form in dict.fromkeys(formats)]
    stem = stem or file_stem(release)
    return [
        path
        for form in wanted
        for path in form.write(release, Path(folder) / f"{stem}{form.extension}")
    ]


def file_stem(release: Release) -> str:
    """A file name from the title: lower case, dashes, ASCII letters and digits."""
    text = unicodedata.normalize("NFKD", release.title).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", text)[:_LONGEST_STEM].strip("-") or "tables"
    return f"synthetic-{stem}" if release.synthetic and not stem.startswith("synthetic") else stem


def format_of(path: str | Path) -> Format:
    """The format that a path's extension stands for."""
    suffix = Path(path).suffix.lower()
    found = next((one for one in FORMATS.values() if one.extension == suffix), None)
    if found is None:
        raise complaint(
            ArgumentError,
            "format",
            expected=f"a file name that ends in one of {_listed(extensions=True)}",
            found=f"{Path(path).name!r}",
            remedy="say the format by name",
        )
    return found


def _named(name: str) -> Format:
    if name not in FORMATS:
        raise complaint(
            ArgumentError,
            "format",
            expected=f"one of {_listed()}",
            found=repr(name),
            name=name,
            existing=FORMATS,
        )
    return FORMATS[name]


def _listed(*, extensions: bool = False) -> str:
    return ", ".join(one.extension if extensions else one.name for one in FORMATS.values())
