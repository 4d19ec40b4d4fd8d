"""What a library's process does: answer one line, wait for the word, time it.

It says ``@answer <seconds> <peak bytes> <passing bytes> <values> <errors>`` after the first call,
and after ``go`` on its standard input ``@warm <seconds>,…``; after ``once`` that is one call.
Anything else it prints is its own business.
"""

from __future__ import annotations

import ctypes
import gc
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# A warm figure is the median of so many calls: as many as fit the seconds, within bounds.
SECONDS = 1.0
MOST_CALLS = 101
FEWEST_CALLS = 5
# Calls that take longer than this are repeated once only.
SLOW = 10.0

Answer = tuple[Iterable[float], Iterable[float]]


def _kilobytes(field: str) -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(field):
            return int(line.split()[1])
    raise RuntimeError(field)


@dataclass(frozen=True)
class First:
    """A first call: its result, its seconds, and resident memory in bytes.

    ``peak`` is the high-water mark above what was there before. ``passing`` is the high-water mark
    above what is there before or after, whichever is more: what the call needed and gave back,
    apart from its result and from what is kept for later questions (codes of units and groups).
    """

    result: Any
    seconds: float
    peak: int
    passing: int


def _resident() -> int:
    """Resident bytes, once freed memory is given back to the system."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return 1024 * _kilobytes("VmRSS")


def first_call(call: Callable[[], Any]) -> First:
    before = _resident()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    begin = time.perf_counter()
    result = call()
    seconds = time.perf_counter() - begin
    most = 1024 * _kilobytes("VmHWM")
    after = _resident()
    return First(result, seconds, max(0, most - before), max(0, most - max(before, after)))


def warm_calls(call: Callable[[], Any], most: int) -> list[float]:
    """Seconds of repeated calls."""
    seconds: list[float] = []
    while len(seconds) < most:
        begin = time.perf_counter()
        result = call()
        seconds.append(time.perf_counter() - begin)
        del result
        typical = statistics.median(seconds)
        if typical > SLOW or (len(seconds) >= FEWEST_CALLS and sum(seconds) > SECONDS):
            break
        if len(seconds) >= 3 and sum(seconds) > 6.0 * SECONDS:
            break
    return seconds


def _numbers(values: Iterable[float]) -> str:
    return ",".join(repr(float(value)) for value in values)


def run(call: Callable[[], Any], answer_of: Callable[[Any], Answer]) -> None:
    """Answer, wait, time."""
    first = first_call(call)
    values, errors = answer_of(first.result)
    said = [repr(first.seconds), str(first.peak), str(first.passing)]
    print("\t".join(["@answer", *said, _numbers(values), _numbers(errors)]), flush=True)
    del first, values, errors
    word = sys.stdin.readline().strip()
    if word in ("go", "once"):
        print("@warm\t" + _numbers(warm_calls(call, MOST_CALLS if word == "go" else 1)), flush=True)
