"""Where keys stand in a TOML file, so that an error can name the line."""

from __future__ import annotations

import re

from irosurvey.spec.kinds import Path

__all__ = ["lines_of", "nearest_line"]

_BARE = r"[A-Za-z0-9_-]+|\"(?:[^\"\\]|\\.)*\"|'[^']*'"
_DOTTED = rf"(?:{_BARE})(?:\s*\.\s*(?:{_BARE}))*"
_HEADER = re.compile(rf"^\s*(\[\[?)\s*({_DOTTED})\s*\]")
_KEY = re.compile(rf"^\s*({_DOTTED})\s*=")


def lines_of(text: str) -> dict[Path, int]:
    """The line of every table and of every key that begins a line, counted from 1.

    It reads lines, not TOML: a line within a text of several lines that looks like a key is taken
    for one. The first that is found counts.
    """
    found: dict[Path, int] = {(): 1}
    counts: dict[Path, int] = {}
    table: Path = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _table(_names(header[2]), header[1] == "[[", counts)
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault((*table, *_names(key[1])), number)
    return found


def nearest_line(lines: dict[Path, int], path: Path) -> int:
    """The line of a key, or of the nearest thing around it that has one; 0 for none."""
    while path not in lines and path:
        path = path[:-1]
    return lines.get(path, 0) if path else 0


def _table(names: list[str], repeated: bool, counts: dict[Path, int]) -> Path:
    """The path of a table, with the position of each array of tables on the way."""
    path: Path = ()
    for place, name in enumerate(names):
        path = (*path, name)
        if repeated and place == len(names) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _names(dotted: str) -> list[str]:
    return [name.strip("\"'") for name in re.findall(_BARE, dotted)]
