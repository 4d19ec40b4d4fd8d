"""What `irosurvey run` and `irosurvey validate` print."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from irosurvey.layout import counted
from irosurvey.spec.comparing import AGREED, DISAGREED, NOT_COMPUTED, Validation, Verdict

__all__ = ["print_counts", "print_validation"]

_STYLES: dict[Verdict, str] = {AGREED: "green", DISAGREED: "bold red", NOT_COMPUTED: "yellow"}


def print_validation(console: Console, found: Validation) -> None:
    """Print a spec's figures, computed and printed."""
    console.print(Text(f"\n{found.path}", style="bold"), soft_wrap=True)
    if found.title:
        console.print(Text(found.title))
    for problem in found.problems:
        console.print(Text(f"wrong: {problem}", style="bold red"), soft_wrap=True)
    for warning in found.warnings:
        console.print(Text(warning, style="yellow"), soft_wrap=True)
    if not found.figures:
        return
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for title in ("Estimate", "Row", "Figure"):
        table.add_column(title, overflow="fold")
    for title in ("Printed", "Computed"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    last = ("", "")
    for figure in found.figures:
        here = (figure.estimate, figure.row)
        table.add_row(
            Text(figure.estimate if here[0] != last[0] else ""),
            Text(figure.row if here != last else ""),
            Text(figure.name),
            Text(figure.printed),
            Text(figure.computed or "–"),
            Text(figure.verdict, style=_STYLES[figure.verdict]),
        )
        last = here
    console.print(table)
    for names, reason in _reasons(found):
        line = Text(f"not computed: {names}: {reason}", style=_STYLES[NOT_COMPUTED])
        console.print(line, soft_wrap=True)


def _reasons(found: Validation) -> Iterable[tuple[str, str]]:
    """Each reason once, with the estimates that it is about."""
    reasons: dict[str, dict[str, None]] = {}
    for figure in found.figures:
        if figure.reason:
            reasons.setdefault(figure.reason.rstrip("."), {})[figure.estimate] = None
    return ((", ".join(names), reason) for reason, names in reasons.items())


def print_counts(console: Console, all_found: list[Validation]) -> None:
    """Print the last line: how many figures agreed."""
    counts = {verdict: sum(found.count(verdict) for found in all_found) for verdict in _STYLES}
    wrong = sum(bool(found.problems) for found in all_found)
    words = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    line = (
        f"{counted(sum(counts.values()), 'figure')} of {counted(len(all_found), 'spec')}: {words}"
    )
    if wrong:
        line += f"; {counted(wrong, 'spec')} wrong"
    bad = wrong or counts[DISAGREED] or counts[NOT_COMPUTED]
    console.print(Text("\n" + line, style="bold red" if bad else "bold green"), soft_wrap=True)
