"""Python's own checks, in the words of the library's errors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from irosurvey import _core
from irosurvey.errors import IrosurveyError

__all__ = ["complaint"]

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
    candidates = _core.near_names(name, list(existing)) if name else []
    message = _core.error_text(subject, expected, found, remedy, candidates)
    return kind(
        message,
        subject=subject,
        expected=expected,
        found=found,
        remedy=remedy,
        candidates=tuple(candidates),
    )
