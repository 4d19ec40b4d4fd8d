#!/usr/bin/env python3
"""One side-by-side run: irosurvey, svy and R survey on the same made-up data, machine and hour.

    .venv-bench/bin/python benchmarks/peers.py [--quick] [--rows N …] [--lines NAME …]

For every line (a question) and every order of the rows (sorted by sampling unit, shuffled), each
library gets a process of its own. It loads the columns it needs into its own kind of table,
declares the design and answers; the answers are compared, and only if values and standard errors
agree are the warm calls timed. Peers come one after the other, each gone before the next begins:
one of them may need 8 GB. Our own process waits for its turn meanwhile. What is told is the first
call in its process, the median of the warm calls, and what the first call needed of resident
memory. A claim is a ratio of two medians of one run.

Results go to ``benchmarks/results/`` as JSON and as Markdown, dated, with the machine named.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import math
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(HERE / "peers"))

from lines import (  # noqa: E402
    BARE,
    LINES,
    MILLION,
    ORDERS,
    OURS,
    PEERS,
    SURVEY,
    SVY,
    TEN_MILLION,
    Figures,
    Line,
    Results,
)
from report import store, told  # noqa: E402
from survey_data import UNITS, columns_of, write  # noqa: E402


class Asked:
    """A library's process, from its answer to its timings."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.figures = Figures()
        said = self._hear("@answer")
        if said:
            first, peak, passing, values, errors = said
            self.figures.first, self.figures.peak = float(first), int(peak)
            self.figures.passing = int(passing)
            self.figures.values, self.figures.errors = _numbers(values), _numbers(errors)

    def time(self, word: str) -> None:
        """Let it go on to its warm calls, many (``go``) or one (``once``)."""
        self._tell(word)
        said = self._hear("@warm")
        if said:
            self.figures.warm = _numbers(said[0])
        self.process.wait()

    def leave(self) -> None:
        """Send it home without timings."""
        if self.process.poll() is None:
            self._tell("stop")
            self.process.wait()

    def _tell(self, word: str) -> None:
        stream: IO[str] | None = self.process.stdin
        if stream and self.process.poll() is None:
            stream.write(word + "\n")
            stream.flush()

    def _hear(self, word: str) -> list[str]:
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        for text in self.process.stdout:
            if text.startswith(word):
                return text.rstrip("\n").split("\t")[1:]
        said = self.process.stderr.read().strip().splitlines()
        errors = [text for text in said if "Error" in text] or said
        self.figures.trouble = errors[-1] if errors else f"ended before {word}"
        return []


def _numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",") if part]


def command_of(library: str, folder: Path, line: str, options: argparse.Namespace) -> list[str]:
    """How a library's process is started."""
    asked = [str(folder), line, ",".join(columns_of(line))]
    if library == OURS:
        return [options.python, str(HERE / "peers" / "ask_irosurvey.py"), *asked]
    if library == SVY:
        return [sys.executable, str(HERE / "peers" / "ask_svy.py"), *asked]
    if library == SURVEY:
        return ["Rscript", str(HERE / "peers" / "ask_survey.R"), *asked]
    return [options.bare_read, str(folder)]


def environment_of(options: argparse.Namespace) -> dict[str, str]:
    """Without PYTHONPATH, unless --python is given: what is measured is what is installed."""
    kept = options.python != sys.executable
    return {name: value for name, value in os.environ.items() if kept or name != "PYTHONPATH"}


def distance(one: Figures, other: Figures) -> float:
    """The largest relative difference of values and errors; infinite if they don't match."""
    worst = 0.0
    for ours, theirs in ((one.values, other.values), (one.errors, other.errors)):
        if len(ours) != len(theirs):
            return math.inf
        for a, b in zip(ours, theirs, strict=True):
            worst = max(worst, abs(a - b) / max(abs(a), abs(b), sys.float_info.min))
    return worst


def ask(line: Line, rows: int, order: str, options: argparse.Namespace) -> dict[str, Figures]:
    """One line in one order: answers, their comparison, timings."""
    folder = options.data / f"{line.survey}-{rows}-{order}"
    word = "once" if options.once else "go"

    def start(library: str) -> Asked:
        return Asked(command_of(library, folder, line.name, options), environment_of(options))

    ours = start(OURS)
    found = {OURS: ours.figures}
    others = [peer for peer in line.peers_of(rows) if peer in options.peers]
    for library in [*others, *([BARE] if line.bare_reads else [])]:
        one = start(library)
        if library != BARE:
            compare(
                one.figures, [figures for figures in found.values() if not figures.trouble], line
            )
        found[library] = one.figures
        one.leave() if one.figures.trouble else one.time(word)
    ours.leave() if ours.figures.trouble else ours.time(word)
    for library, figures in found.items():
        if figures.trouble:
            print(f"   {library}: {figures.trouble}", flush=True)
    return found


def compare(figures: Figures, earlier: list[Figures], line: Line) -> None:
    """Note how far an answer is from the first one; too far is trouble."""
    if figures.trouble or not earlier:
        return
    figures.away = distance(earlier[0], figures)
    if figures.away > line.agreement:
        figures.trouble = f"differs by {figures.away:.1e}: not timed"


def machine(options: argparse.Namespace) -> dict[str, str]:
    """What the figures were measured on."""
    ours = subprocess.run(
        [
            options.python,
            "-c",
            "import os, irosurvey as i; print(i.__version__, os.path.basename(i._core.__file__))",
        ],
        capture_output=True,
        text=True,
        check=True,
        env=environment_of(options),
    )
    cpu = [
        text.split(":", 1)[1].strip()
        for text in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if text.startswith("model name")
    ]
    memory = Path("/proc/meminfo").read_text(encoding="ascii").split()[1]
    survey = subprocess.run(
        ["Rscript", "-e", 'cat(R.version.string, "·", as.character(packageVersion("survey")))'],
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        "processor": f"{cpu[0] if cpu else platform.processor()}, {os.cpu_count()} cores",
        "memory": f"{int(memory) / 2**20:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "irosurvey": ours.stdout.strip().replace(f"{ROOT}/", ""),
        "svy": _version("svy"),
        "polars": _version("polars"),
        "R · survey": survey.stdout or "not installed",
        "commit": subprocess.run(
            ["git", "-C", str(ROOT), "describe", "--always", "--dirty"],
            capture_output=True,
            text=True,
            check=False,
        ).stdout.strip(),
        "load before": " ".join(f"{load:.2f}" for load in os.getloadavg()),
    }


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def options_of(arguments: list[str]) -> argparse.Namespace:
    """What was asked on the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="100,000 rows: shows that all works")
    parser.add_argument("--once", action="store_true", help="one warm call: shows that all works")
    parser.add_argument("--rows", type=int, nargs="+", help="sizes (default: 1000000 10000000)")
    parser.add_argument("--lines", nargs="+", choices=[line.name for line in LINES])
    parser.add_argument("--orders", nargs="+", choices=ORDERS, default=list(ORDERS))
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS))
    parser.add_argument("--python", default=sys.executable, help="the one that has irosurvey")
    parser.add_argument("--data", type=Path, default=ROOT / ".cache" / "benchmarks")
    parser.add_argument("--out", type=Path, default=HERE / "results")
    parser.add_argument(
        "--bare-read",
        default=str(ROOT / "build" / "release" / "benchmarks" / "irosurvey_bare_read"),
    )
    options = parser.parse_args(arguments)
    options.rows = options.rows or ([100_000] if options.quick else [MILLION, TEN_MILLION])
    if min(options.rows) < 5 * UNITS:
        parser.error(f"--rows: at least {5 * UNITS}")
    return options


def lines_of(rows: int, options: argparse.Namespace) -> list[Line]:
    """The lines that are asked of so many rows."""
    wanted = [line for line in LINES if not options.lines or line.name in options.lines]
    return [line for line in wanted if rows < TEN_MILLION or line.large is not None]


def main() -> int:
    options = options_of(sys.argv[1:])
    found_on = machine(options)
    results: dict[int, Results] = {}
    begin = time.monotonic()
    for rows in options.rows:
        print(f"{rows:,} rows", flush=True)
        lines = lines_of(rows, options)
        write(options.data, rows, {line.survey for line in lines})
        results[rows] = {line.name: {} for line in lines}
        for line in lines:
            for order in options.orders:
                found = ask(line, rows, order, options)
                results[rows][line.name][order] = found
                medians = ", ".join(f"{n} {told(f.median)}" for n, f in found.items())
                away = max((f.away for f in found.values() if math.isfinite(f.away)), default=0.0)
                at = f"{time.monotonic() - begin:5.0f} s"
                print(f"{at}  {line.name}, {order}: {medians}; apart {away:.1e}", flush=True)
    page = store(results, found_on, options)
    print(page.read_text(encoding="utf-8"))
    print(f"written: {page} and .json, after {time.monotonic() - begin:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
