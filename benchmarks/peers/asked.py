"""What a library's process does: answer one line, wait for the word, time it.

It says ``@answer <seconds> <peak bytes> <values> <errors>`` after the first call, and after ``go``
on its standard input ``@warm <seconds>,…``. Anything else it prints is its own business.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable, Iterable
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


def first_call(call: Callable[[], Any]) -> tuple[Any, float, int]:
    """The result, the seconds, and the high-water mark of resident memory above what was there."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = _kilobytes("VmRSS")
    begin = time.perf_counter()
    result = call()
    seconds = time.perf_counter() - begin
    return result, seconds, 1024 * max(0, _kilobytes("VmHWM") - before)


def warm_calls(call: Callable[[], Any], first: float) -> list[float]:
    """Seconds of repeated calls."""
    seconds: list[float] = []
    while len(seconds) < MOST_CALLS:
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
    result, first, peak = first_call(call)
    values, errors = answer_of(result)
    print(f"@answer\t{first!r}\t{peak}\t{_numbers(values)}\t{_numbers(errors)}", flush=True)
    del result, values, errors
    if sys.stdin.readline().strip() == "go":
        print("@warm\t" + _numbers(warm_calls(call, first)), flush=True)
