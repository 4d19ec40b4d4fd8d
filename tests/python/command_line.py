"""The command line, as the fixture `run` answers for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Outcome(NamedTuple):
    """Exit status, and what was printed."""

    status: int
    out: str
    err: str


Run = Callable[..., Outcome]
