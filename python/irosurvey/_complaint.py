"""Python's own checks, in the words of the library's errors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from irosurvey import _core
from irosurvey.errors import IrosurveyError

__all__ = ["complaint"]

# Characters of what was found, and where: whoever gave 10,000 knows them by the first thousand.
_LONGEST = 1_000

_Kind = TypeVar("_Kind", bound=IrosurveyError)


def complaint(
    kind: type[_Kind],
    subject: str,
    *,
    expected: str = "",
    found: str = "",
    remedy: str = "",
    name: str = "",
    existing: Iterable[str] = (),
) -> _Kind:
    """Make an error; names of `existing` that are near to `name` are offered."""
    subject, found, remedy = map(_shortened, (subject, found, remedy))
    subject, expected, found, remedy = map(_writable, (subject, expected, found, remedy))
    # Nobody misspells so long a name, and comparing it would take a while.
    is_likely = 0 < len(name) <= _LONGEST
    candidates = _core.near_names(_writable(name), list(existing)) if is_likely else []
    message = _core.error_text(subject, expected, found, remedy, candidates)
    return kind(
        message,
        subject=subject,
        expected=expected,
        found=found,
        remedy=remedy,
        candidates=tuple(candidates),
    )


def _shortened(text: str) -> str:
    """As much of a text as anybody reads."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _writable(text: str) -> str:
    """The text in characters that can be written: half of a surrogate pair can't."""
    return text.encode("utf-8", "backslashreplace").decode()
