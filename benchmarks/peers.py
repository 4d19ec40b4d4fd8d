#!/usr/bin/env python3
"""One side-by-side run: irosurvey, svy and R survey on the same made-up data, machine and hour.

    .venv-bench/bin/python benchmarks/peers.py [--quick] [--rows N …] [--lines NAME …]

For every line (a question) and every order of the rows (sorted by sampling unit, shuffled), each
library gets a process of its own. It loads the data into its own kind of table, declares the design
and answers; then the answers are compared, and only if values and standard errors agree to 1e-9 are
the warm calls timed, one library after the other while the others sleep. What is told is the first
call in its process, the median of the warm calls, and the high-water mark of resident memory during
the first call above what was resident before it. A claim is a ratio of two medians of one run.

Results go to ``benchmarks/results/`` as JSON and as Markdown, dated, with the machine named.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import json
import math
import os
import platform
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(HERE / "peers"))

from survey_data import UNITS, write  # noqa: E402

AGREEMENT = 1e-9
# Bootstraps draw other samples: their standard errors agree as two estimates from 80 replicates do.
# The relative error of one is about 1/sqrt(2 · 79) = 0.08; this is five times that of a difference.
DRAWN = 0.6
ORDERS = ("sorted", "shuffled")
# Promises are about a million rows and more; of fewer, a call's fixed cost is most.
JUDGED_FROM = 1_000_000
OURS, SVY, SURVEY, BARE = "irosurvey", "svy", "survey", "bare read"


@dataclass(frozen=True)
class Line:
    """A question, and what was promised: so many times as fast as the faster peer."""

    name: str
    promise: float | None = None
    # In place of that: at most so many times as slow as another line, or as a bare read.
    at_most: float | None = None
    of: str = ""
    # Peak memory at most this share of the faster peer's.
    memory: float | None = None
    # The peers that can be asked of more than two million rows, on a machine with 24 GB.
    large: tuple[str, ...] = (SVY,)


LINES = [
    Line("design", 3),
    Line("mean", 4),
    Line("8 means", 4),
    Line("by 20", 40),
    Line("by 100", 100, large=()),
    Line("by 1000", 1000, memory=1 / 50, large=()),
    Line("total", 8),
    Line("ratio", 8),
    Line("proportion", 30),
    Line("cells", 200, large=()),
    Line("domain", 8),
    Line("replicates: mean", at_most=2.5, of=BARE, large=()),
    Line("replicates: by 20", at_most=2.5, of=BARE, large=()),
    Line("make 80 bootstrap", 50, large=()),
    Line("rake", 50),
]


@dataclass
class Figures:
    """What one library did with one line in one order."""

    values: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    first: float = math.nan
    peak: int = 0
    warm: list[float] = field(default_factory=list)
    trouble: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.warm) if self.warm else math.nan


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
            first, peak, values, errors = said
            self.figures.first, self.figures.peak = float(first), int(peak)
            self.figures.values, self.figures.errors = _numbers(values), _numbers(errors)

    def time(self) -> None:
        """Let it go on to its warm calls."""
        self._tell("go")
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
        complaint = self.process.stderr.read().strip().splitlines()
        self.figures.trouble = complaint[-1] if complaint else f"ended before {word}"
        return []


def _numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",") if part]


def command_of(library: str, folder: Path, line: str, options: argparse.Namespace) -> list[str]:
    """How a library's process is started."""
    asked = [str(folder), line]
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
    kind = "replicated" if line.name.startswith("replicates") else "survey"
    folder = options.data / f"{kind}-{rows}-{order}"
    libraries = [OURS, *(p for p in options.peers if rows <= 2_000_000 or p in line.large)]
    libraries += [BARE] if line.of == BARE else []
    asked = {
        library: Asked(command_of(library, folder, line.name, options), environment_of(options))
        for library in libraries
    }
    for library, one in asked.items():
        if one.figures.trouble:
            print(f"   {library}: {one.figures.trouble}")
    allowed = DRAWN if "bootstrap" in line.name else AGREEMENT
    answered = [n for n, a in asked.items() if n != BARE and not a.figures.trouble]
    for library in answered[1:]:
        away = distance(asked[answered[0]].figures, asked[library].figures)
        if away > allowed:
            trouble = f"differs from {answered[0]} by {away:.1e}: not timed"
            asked[library].figures.trouble = trouble
            print(f"   {library}: {trouble}")
    for one in asked.values():
        one.leave() if one.figures.trouble else one.time()
    return {library: one.figures for library, one in asked.items()}


# ------------------------------------------------------------------------------------------- report


def told(seconds: float) -> str:
    """Seconds in three digits, in the unit that suits."""
    if not math.isfinite(seconds):
        return "–"
    for factor, unit in ((1.0, "s"), (1e3, "ms"), (1e6, "µs")):
        if seconds * factor >= 1.0:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.2g} µs"


def megabytes(size: float) -> str:
    """Bytes as megabytes."""
    return f"{size / 1e6:,.0f}" if size >= 1e6 else f"{size / 1e6:.1f}"


def faster_peer(found: dict[str, Figures]) -> tuple[str, Figures] | None:
    """The peer with the smaller median."""
    timed = [(n, f) for n, f in found.items() if n in (SVY, SURVEY) and f.warm]
    return min(timed, key=lambda pair: pair[1].median) if timed else None


def verdict(
    line: Line, found: dict[str, Figures], means: Figures | None
) -> tuple[str, bool | None]:
    """What came of the promise, in words, and whether it was kept."""
    ours = found[OURS]
    if not ours.warm:
        return ours.trouble or "not timed", None
    if line.at_most and line.of == BARE:
        times = ours.median / found[BARE].median
        return f"{times:.2f} × a bare read (≤ {line.at_most:g})", times <= line.at_most
    peer = faster_peer(found)
    if peer is None:
        return "no peer", None
    times = peer[1].median / ours.median
    words, kept = f"{times:.3g} × {peer[0]} (≥ {line.promise:g})", times >= (line.promise or 0.0)
    if line.memory:
        least = min(f.peak for n, f in found.items() if n in (SVY, SURVEY) and f.warm)
        share = ours.peak / least
        words += f"; memory 1/{1 / share:.0f} (≤ 1/{1 / line.memory:.0f})"
        kept = kept and share <= line.memory
    if line.name == "by 1000" and means and means.warm:
        multiple = ours.median / means.median
        words += f"; {multiple:.1f} × one mean (≤ 20)"
        kept = kept and multiple <= 20.0
    return words, kept


def machine(options: argparse.Namespace) -> dict[str, str]:
    """What the figures were measured on."""
    ours = subprocess.run(
        [options.python, "-c", "import irosurvey as i; print(i.__version__, i._core.__file__)"],
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


Results = dict[str, dict[str, dict[str, Figures]]]


def report(rows: int, results: Results) -> str:
    """The table of one size."""
    lines = {line.name: line for line in LINES}
    out = [
        f"## {rows:,} rows",
        "",
        "Time: warm median, first call in brackets. Memory: MB above what was resident before "
        "the first call, the larger of both orders.",
        "",
        "| line | order | irosurvey | svy | R survey | bare read | to the faster peer | kept |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, by_order in results.items():
        for order, found in by_order.items():
            mean = results.get("mean", {}).get(order, {}).get(OURS)
            words, kept = verdict(lines[name], found, mean)
            cells = [_cell(found.get(library)) for library in (OURS, SVY, SURVEY, BARE)]
            judged = kept if rows >= JUDGED_FROM else None
            mark = {True: "yes", False: "**no**", None: "–"}[judged]
            out.append(f"| {name} | {order} | " + " | ".join(cells) + f" | {words} | {mark} |")
    out += ["", "| peak memory, MB | irosurvey | svy | R survey |", "|---|---|---|---|"]
    for name, by_order in results.items():
        peaks = []
        for library in (OURS, SVY, SURVEY):
            found_peaks = [f[library].peak for f in by_order.values() if library in f]
            peaks.append(megabytes(max(found_peaks)) if found_peaks else "–")
        out.append(f"| {name} | " + " | ".join(peaks) + " |")
    return "\n".join(out) + "\n"


def _cell(figures: Figures | None) -> str:
    if figures is None:
        return ""
    if figures.trouble:
        return "–"
    return f"{told(figures.median)} ({told(figures.first)})"


def store(
    results: dict[int, Results], found_on: dict[str, str], options: argparse.Namespace
) -> None:
    """Both files of a run."""
    options.out.mkdir(parents=True, exist_ok=True)
    now = datetime.datetime.now(tz=datetime.UTC)
    stem = now.strftime("%Y-%m-%d-%H%M") + ("-quick" if options.quick else "")
    about = [f"# Side by side, {now:%Y-%m-%d %H:%M} UTC", "", "| | |", "|---|---|"]
    about += [f"| {what} | {which} |" for what, which in found_on.items()]
    tables = [report(rows, found) for rows, found in results.items()]
    page = "\n".join([*about, "", *tables])
    (options.out / f"{stem}.md").write_text(page, encoding="utf-8")
    record = {
        "at": now.isoformat(timespec="seconds"),
        "machine": found_on,
        "sizes": {
            str(rows): {
                name: {
                    order: {
                        library: {
                            "first": f.first,
                            "warm": f.warm,
                            "peak": f.peak,
                            "trouble": f.trouble,
                        }
                        for library, f in by_library.items()
                    }
                    for order, by_library in by_order.items()
                }
                for name, by_order in found.items()
            }
            for rows, found in results.items()
        },
    }
    text = json.dumps(record, indent=1, allow_nan=True) + "\n"
    (options.out / f"{stem}.json").write_text(text, encoding="utf-8")
    print(page)
    print(f"written: {options.out / stem}.md and .json")


def options_of(arguments: list[str]) -> argparse.Namespace:
    """What was asked on the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="100,000 rows: shows that all works")
    parser.add_argument("--rows", type=int, nargs="+", help="sizes (default: 1000000 10000000)")
    parser.add_argument("--lines", nargs="+", choices=[line.name for line in LINES])
    parser.add_argument("--orders", nargs="+", choices=ORDERS, default=list(ORDERS))
    parser.add_argument("--peers", nargs="*", choices=[SVY, SURVEY], default=[SVY, SURVEY])
    parser.add_argument("--python", default=sys.executable, help="the one that has irosurvey")
    parser.add_argument("--data", type=Path, default=ROOT / ".cache" / "benchmarks")
    parser.add_argument("--out", type=Path, default=HERE / "results")
    parser.add_argument(
        "--bare-read",
        default=str(ROOT / "build" / "release" / "benchmarks" / "irosurvey_bare_read"),
    )
    options = parser.parse_args(arguments)
    options.rows = options.rows or ([100_000] if options.quick else [1_000_000, 10_000_000])
    if min(options.rows) < 5 * UNITS:
        parser.error(f"--rows: at least {5 * UNITS}")
    return options


def main() -> int:
    options = options_of(sys.argv[1:])
    found_on = machine(options)
    results: dict[int, Results] = {}
    for rows in options.rows:
        print(f"{rows:,} rows", flush=True)
        write(options.data, rows)
        results[rows] = {}
        for line in LINES:
            if options.lines and line.name not in options.lines:
                continue
            results[rows][line.name] = {}
            for order in options.orders:
                found = ask(line, rows, order, options)
                results[rows][line.name][order] = found
                medians = ", ".join(f"{n} {told(f.median)}" for n, f in found.items())
                print(f"  {line.name}, {order}: {medians}", flush=True)
    store(results, found_on, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
