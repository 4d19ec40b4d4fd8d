"""A spec's file, or a dict in its place, and how to speak of a place in it."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path as FilePath
from typing import Any

from irosurvey._complaint import complaint
from irosurvey.errors import IrosurveyError, SpecError
from irosurvey.spec.kinds import Path, Problem
from irosurvey.spec.places import lines_of, nearest_line

__all__ = ["Document"]

SECTION_NAMES = (
    "data",
    "derive",
    "design",
    "replicates",
    "estimate",
    "calibrate",
    "table",
    "release",
    "policy",
)

_LARGEST = 16 * 2**20
"""Bytes of a spec: margins of many cells are long, a data file by mistake is longer."""


class Document:
    """A spec's file, or a dict in its place, and how to speak of a place in it."""

    def __init__(self, given: str | os.PathLike[str] | Mapping[str, Any]) -> None:
        self.path: FilePath | None = None
        self.table: Mapping[str, Any]
        self._lines: dict[Path, int] = {}
        if isinstance(given, Mapping):
            self.table = given
        else:
            self.path = FilePath(given)
            text = self._text(self.path)
            self._lines = lines_of(text)
            self.table = self._parsed(text)

    @property
    def name(self) -> str:
        """The file's name as it was given."""
        return str(self.path) if self.path else "spec"

    def error(self, problem: Problem) -> SpecError:
        """An error that names the file, the line, the table and the key."""
        return complaint(
            SpecError,
            self.subject(problem.path),
            expected=problem.expected,
            found=problem.found,
            remedy=problem.remedy,
            name=problem.name,
            existing=problem.existing,
        )

    def subject(self, path: Path) -> str:
        """A place in words: file, line, table and key."""
        line = nearest_line(self._lines, path)
        place = self.name + (f", line {line}" if line else "")
        words = self._words(path)
        return f"{place}: {', '.join(words)}" if words else place

    def error_of(self, path: Path, failure: IrosurveyError) -> IrosurveyError:
        """The library's own complaint, said of a place in the file."""
        subject = self.subject(path)
        message = f"{subject}: {failure.message.rstrip()}"
        return type(failure)(message, subject, failure.row, *_said(failure))

    @contextmanager
    def at(self, path: Path) -> Iterator[None]:
        """Say of whatever goes wrong inside that it is about this place."""
        try:
            yield
        except IrosurveyError as failure:
            raise self.error_of(path, failure) from failure

    def refuse(self, problems: Iterable[Problem | IrosurveyError]) -> None:
        """Raise all problems as one error, if there are any."""
        errors = [
            one if isinstance(one, IrosurveyError) else self.error(one)
            for one in sorted(problems, key=self._line)
        ]
        if errors:
            message = "\n".join(error.message for error in errors)
            whole = SpecError(message, errors[0].subject, None, *_said(errors[0]))
            whole.problems = tuple(errors)
            raise whole

    def _line(self, problem: Problem | IrosurveyError) -> int:
        """What problems are listed by; what has no line of its own keeps its place in front."""
        return nearest_line(self._lines, problem.path) if isinstance(problem, Problem) else 0

    def _text(self, path: FilePath) -> str:
        expected = "a spec: a TOML file in UTF-8"
        try:
            with path.open("rb") as file:
                content = file.read(_LARGEST + 1)
        except OSError as failure:
            siblings = [one.name for one in path.parent.glob("*.toml")]
            raise self._file_error(
                expected, failure.strerror or str(failure), path.name, siblings
            ) from failure
        if len(content) > _LARGEST:
            raise self._file_error(expected, f"more than {_LARGEST >> 20} MiB")
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as failure:
            raise self._file_error(expected, f"no UTF-8 at byte {failure.start}") from failure

    def _parsed(self, text: str) -> dict[str, Any]:
        try:
            return tomllib.loads(text.replace("\r\n", "\n"))
        except RecursionError as failure:
            raise self._file_error("a TOML file", "brackets nested too deep") from failure
        except ValueError as failure:  # also a number with more digits than Python reads
            raise self._file_error("a TOML file", str(failure)) from failure

    def _file_error(
        self, expected: str, found: str, name: str = "", existing: Iterable[str] = ()
    ) -> SpecError:
        error = complaint(
            SpecError, self.name, expected=expected, found=found, name=name, existing=existing
        )
        error.problems = (error,)
        return error

    def _words(self, path: Path) -> list[str]:
        """A path as a person says it: `[[estimate]] 'mean', key 'by'`."""
        if not path:
            return []
        first, *rest = path
        if first in ("estimate", "calibrate", "table") and rest and isinstance(rest[0], int):
            words = [f"[[{first}]] {self._called(str(first), rest[0])}"]
            rest = rest[1:]
        elif first in SECTION_NAMES:
            words = [f"[{first}]"]
        else:
            return [f"key '{first}'"]
        names = [str(one) if isinstance(one, str) else f"entry {one + 1}" for one in rest]
        if names:
            words.append(f"key '{names[0]}'" + "".join(f", {name}" for name in names[1:]))
        return words

    def _called(self, table: str, place: int) -> str:
        """The name of an entry, or its number."""
        try:
            entry = self.table[table][place]
            name = entry.get("title" if table == "table" else "id")
        except (AttributeError, LookupError, TypeError):
            name = None
        return f"'{name}'" if isinstance(name, str) and name else f"number {place + 1}"


def _said(failure: IrosurveyError) -> tuple[Any, ...]:
    return failure.expected, failure.found, failure.remedy, failure.candidates
