"""A run as Markdown and as JSON: what was measured, and which promises were kept."""

from __future__ import annotations

import argparse
import datetime
import json
import math
from dataclasses import dataclass
from pathlib import Path

from lines import (
    BARE,
    LINES,
    MILLION,
    OURS,
    PEERS,
    SURVEY,
    SVY,
    TEN_MILLION,
    Figures,
    Line,
    Results,
)

# Targets: of the prototype's times, and working memory at ten million rows.
OF_PROTOTYPE = 1.5
WORKING_MEGABYTES = 64.0

HEAD = (
    "Time: warm median, first call in brackets. `kept` is about what must be; `of the prototype` "
    "about a target, at most 1.5 times what a throwaway program took, in C++ only, without Python, "
    "on another day.\n"
)
MEMORY_HEAD = (
    "Memory: MB in the first call, the larger of both orders. `peak` is the high-water mark above "
    "what was resident before it; `working` that above what is resident before or after it: "
    "without the answer, and without the codes of units and groups that the design keeps for the "
    "next question.\n"
)


@dataclass(frozen=True)
class Verdict:
    """What came of one promise."""

    words: str
    kept: bool | None


def told(seconds: float) -> str:
    """Seconds in three digits, in the unit that suits."""
    if not math.isfinite(seconds):
        return "–"
    for factor, unit in ((1.0, "s"), (1e3, "ms")):
        if seconds * factor >= 1.0:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def times_told(times: float) -> str:
    return f"{times:,.0f}" if times >= 100.0 else f"{times:.3g}"


def megabytes(size: float) -> str:
    return f"{size / 1e6:,.0f}" if size >= 1e7 else f"{size / 1e6:.1f}"


def faster_peer(found: dict[str, Figures]) -> tuple[str, Figures] | None:
    """The peer with the smaller median."""
    timed = [(name, found[name]) for name in PEERS if name in found and found[name].warm]
    return min(timed, key=lambda pair: pair[1].median) if timed else None


def verdicts(line: Line, found: dict[str, Figures], mean: Figures | None) -> list[Verdict]:
    """What came of each promise of a line."""
    ours = found[OURS]
    if not ours.warm:
        promised = line.promise or line.bare_reads
        return [Verdict(f"not timed: {ours.trouble}", False if promised else None)]
    peer = faster_peer(found)
    times = peer[1].median / ours.median if peer else math.nan
    words = f"{times_told(times)} × {peer[0]}" if peer else "no peer"
    if line.bare_reads:
        reads = ours.median / found[BARE].median
        read = Verdict(
            f"{reads:.2f} × a bare read (≤ {line.bare_reads:g})", reads <= line.bare_reads
        )
        return [read, Verdict(words, None)]
    if peer is None or line.promise is None:
        return [Verdict(words, None)]
    out = [Verdict(f"{words} (≥ {line.promise:g})", times >= line.promise)]
    if line.memory:
        share = ours.peak / peer[1].peak
        words = f"memory 1/{1 / share:.0f} (≤ 1/{1 / line.memory:.0f})"
        out.append(Verdict(words, share <= line.memory))
    if line.means and mean and mean.warm:
        multiple = ours.median / mean.median
        out.append(Verdict(f"{multiple:.1f} × one mean (≤ {line.means:g})", multiple <= line.means))
    return out


def of_prototype(line: Line, rows: int, order: str, ours: Figures) -> Verdict:
    """Our time as a multiple of the prototype's."""
    seconds = line.prototype(rows, order)
    if seconds is None or not ours.warm:
        return Verdict("", None)
    times = ours.median / seconds
    kept = times <= OF_PROTOTYPE
    return Verdict(f"{times:.2f} × {told(seconds)}" + ("" if kept else " ✗"), kept)


def table_of(rows: int, results: Results) -> str:
    """The times of one size."""
    lines = {line.name: line for line in LINES}
    out = [
        "| line | order | irosurvey | svy | R survey | bare read | to the faster peer | kept "
        "| of the prototype |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, by_order in results.items():
        for order, found in by_order.items():
            mean = results.get("mean", {}).get(order, {}).get(OURS)
            said = verdicts(lines[name], found, mean)
            cells = [_cell(found.get(library)) for library in (OURS, SVY, SURVEY, BARE)]
            cells += ["; ".join(one.words for one in said), mark(rows, said)]
            cells.append(of_prototype(lines[name], rows, order, found[OURS]).words)
            out.append(f"| {name} | {order} | " + " | ".join(cells) + " |")
    return "\n".join(out) + "\n"


def mark(rows: int, said: list[Verdict]) -> str:
    """Kept or not. Promises are about a million rows: of fewer, a call's fixed cost is most."""
    judged = [one.kept for one in said if one.kept is not None]
    if not judged or rows < MILLION:
        return "–"
    return "yes" if all(judged) else "**NOT kept**"


def _cell(figures: Figures | None) -> str:
    if figures is None:
        return ""
    return "–" if figures.trouble else f"{told(figures.median)} ({told(figures.first)})"


def memory_of(rows: int, results: Results) -> str:
    """The memory of one size."""
    out = ["| memory, MB | irosurvey: peak | irosurvey: working | svy: peak | R survey: peak |"]
    out.append("|---|---|---|---|---|")
    for name, by_order in results.items():
        cells = [_largest(by_order, OURS, "peak"), _working(rows, by_order)]
        cells += [_largest(by_order, peer, "peak") for peer in PEERS]
        out.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(out) + "\n"


def _bytes(by_order: dict[str, dict[str, Figures]], library: str, which: str) -> list[int]:
    return [
        getattr(found[library], which)
        for found in by_order.values()
        if library in found and math.isfinite(found[library].first)
    ]


def _largest(by_order: dict[str, dict[str, Figures]], library: str, which: str) -> str:
    sizes = _bytes(by_order, library, which)
    return megabytes(max(sizes)) if sizes else "–"


def _working(rows: int, by_order: dict[str, dict[str, Figures]]) -> str:
    sizes = _bytes(by_order, OURS, "passing")
    if not sizes or rows < TEN_MILLION:
        return _largest(by_order, OURS, "passing")
    kept = max(sizes) <= 1e6 * WORKING_MEGABYTES
    return megabytes(max(sizes)) + ("" if kept else f" ✗ (≤ {WORKING_MEGABYTES:g})")


def troubles_of(results: Results) -> str:
    """Who was not timed, and why."""
    out = [
        f"- {name}, {order}: {library}: {figures.trouble}"
        for name, by_order in results.items()
        for order, found in by_order.items()
        for library, figures in found.items()
        if figures.trouble
    ]
    return "\n".join(["Not timed:", "", *out, ""]) if out else ""


def summary_of(results: dict[int, Results]) -> str:
    """How many promises and targets were kept, and which were not."""
    lines = {line.name: line for line in LINES}
    musts: list[tuple[str, Verdict]] = []
    targets: list[tuple[str, Verdict]] = []
    for rows, of_rows in results.items():
        if rows < MILLION:
            continue
        for name, by_order in of_rows.items():
            for order, found in by_order.items():
                where = f"{name}, {order}, {rows:,} rows"
                mean = of_rows.get("mean", {}).get(order, {}).get(OURS)
                musts += [(where, one) for one in verdicts(lines[name], found, mean)]
                targets.append((where, of_prototype(lines[name], rows, order, found[OURS])))
                if rows >= TEN_MILLION and found[OURS].warm:
                    working = found[OURS].passing / 1e6
                    words = f"{working:.1f} MB of working memory (≤ {WORKING_MEGABYTES:g})"
                    targets.append((where, Verdict(words, working <= WORKING_MEGABYTES)))
    return _counted("must", musts) + _counted("target", targets)


def _counted(what: str, found: list[tuple[str, Verdict]]) -> str:
    judged = [(where, one) for where, one in found if one.kept is not None]
    missed = [f"- {where}: {one.words}" for where, one in judged if not one.kept]
    if not judged:
        return ""
    kept = f"**{what}: {len(judged) - len(missed)} of {len(judged)} kept.**"
    return "\n".join([f"{kept} NOT kept:", "", *missed, "", ""] if missed else [kept, "", ""])


def page_of(results: dict[int, Results], machine: dict[str, str], now: datetime.datetime) -> str:
    """The whole run as Markdown."""
    out = [f"# Side by side, {now:%Y-%m-%d %H:%M} UTC", "", "| | |", "|---|---|"]
    out += [f"| {what} | {which} |" for what, which in machine.items()]
    out += ["", summary_of(results), HEAD]
    for rows, found in results.items():
        out += [f"## {rows:,} rows", "", table_of(rows, found), MEMORY_HEAD, memory_of(rows, found)]
        out.append(troubles_of(found))
    return "\n".join(out).rstrip() + "\n"


def record_of(results: dict[int, Results], machine: dict[str, str], now: datetime.datetime) -> str:
    """The whole run as JSON, a library's figures on one line."""
    out = ["{", f' "at": {json.dumps(now.isoformat(timespec="seconds"))},']
    out += [f' "machine": {json.dumps(machine, ensure_ascii=False)},', ' "figures": [']
    entries = [
        json.dumps({"rows": rows, "line": name, "order": order, "library": library, **_stored(one)})
        for rows, of_rows in results.items()
        for name, by_order in of_rows.items()
        for order, found in by_order.items()
        for library, one in found.items()
    ]
    return "\n".join([*out, ",\n".join(f"  {entry}" for entry in entries), " ]", "}"]) + "\n"


def _stored(figures: Figures) -> dict[str, object]:
    def number(value: float) -> float | None:
        return float(f"{value:.4g}") if math.isfinite(value) else None

    return {
        "median": number(figures.median),
        "first": number(figures.first),
        "peak": figures.peak,
        "working": figures.passing,
        "away": number(figures.away),
        "trouble": figures.trouble,
        "warm": [number(seconds) for seconds in figures.warm],
    }


def store(
    results: dict[int, Results], machine: dict[str, str], options: argparse.Namespace
) -> Path:
    """Both files of a run; gives the one to read."""
    options.out.mkdir(parents=True, exist_ok=True)
    now = datetime.datetime.now(tz=datetime.UTC)
    stem = now.strftime("%Y-%m-%d-%H%M") + ("-quick" if options.quick or options.once else "")
    page: Path = options.out / f"{stem}.md"
    page.write_text(page_of(results, machine, now), encoding="utf-8")
    record = record_of(results, machine, now)
    (options.out / f"{stem}.json").write_text(record, encoding="utf-8")
    return page
