"""The commands `irosurvey tables` and `irosurvey compare`."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from irosurvey._complaint import complaint
from irosurvey._files import require_folder
from irosurvey.errors import ArgumentError, IrosurveyError
from irosurvey.layout import counted

if TYPE_CHECKING:
    from irosurvey.tables.check import Check, CheckReport
    from irosurvey.tables.plan import Plan
    from irosurvey.tables.published import Release
    from irosurvey.tables.release import ReleaseResult

__all__ = ["add_compare", "add_tables"]

DONE, REFUSED, UNEXAMINED = 0, 1, 3
_LEFT_OUT = {
    "author": (
        "publisher",
        "Publisher is empty, so the files name nobody as their author. Fill it in on the sheet "
        "Survey. (In a spec: publisher in [release].)",
    )
}
"""By the check that then isn't passed: what a plan may leave out, and what mends it. It is said
before anything is computed, and is no failure: tables can be looked at before they are signed."""
CHARTS = "charts"
"""Folder of pictures within the folder of a release."""
_DEFAULT = ("xlsx", "html", "csv", "json")
_POLICIES = ("dfe", "tre", "nchs", "none")

_PLAN = """\
A plan says which tables are wanted. It is a workbook (.xlsx, .ods) that you fill in, or a spec in
TOML. Begin with what your data file holds:

  irosurvey new survey.sav --plan plan.xlsx     a workbook with lists of your variables
  irosurvey new survey.sav                      a spec, to which you add tables:

    title = "Independent Reviewing Officers 2013"

    [release]
    publisher = "National Children's Bureau"
    population = "IROs"
    area = "England"
    period = "2013"

    [data]
    file = "iro.sav"

    [design]
    strata = "region"
    clusters = ["authority"]

    [[table]]
    title = "Monitoring between reviews"
    statistic = "row percentages"
    rows = ["region"]
    columns = ["monitoring"]
    chart = "likert"

Every key, with what a workbook calls it, is described in docs/guide/plans.md.
"""

_POLICY = """\
what may be shown, by --policy or the plan:
  dfe    counts of 1 to 5 are suppressed, [c], and whatever would give them away in all tables
         together; counts to the nearest 10, whole percentages (default)
  tre    research environments: nothing below 10, noughts and dominated totals neither
  nchs   reliability by the rules of the National Center for Health Statistics
  none   nothing is suppressed or rounded; not for publication
A plan's [policy] replaces single numbers of it; every one is written into the outputs.
"""


def add_tables(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `irosurvey tables`."""
    parser = commands.add_parser(
        "tables",
        help="make tables that may be published, from a plan",
        description="""\
Make the tables of a plan, apply a disclosure policy to all of them together, write them as
accessible workbooks, pages and data files, and check what was written.

"""
        + _PLAN,
        epilog=_POLICY
        + """
files:
  DIR holds what may be published, and nothing else: the tables in each format, and DIR/charts with
  a picture (SVG and PNG) and its words (.txt) for each table with a chart. What was suppressed and
  why is told on the terminal, and in full in --report FILE. It is for you alone: keep it from DIR.

exit status:
  0  written, and every check passed; or all but those that want what the plan leaves out (who
     publishes), which are named
  1  a table was refused (nothing was written), or a check of what was written failed
  2  the plan or the data are wrong: nothing was written

examples:
  irosurvey tables plan.xlsx --out tables
  irosurvey tables plan.toml --policy tre --out tables --format ods html
  irosurvey tables plan.toml --out tables --report ../for-us-alone.txt""",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("plan", metavar="PLAN", type=Path, help="a workbook, or a spec in TOML")
    parser.add_argument(
        "--policy", choices=_POLICIES, help="what may be shown (default: the plan's, else dfe)"
    )
    parser.add_argument(
        "--out", metavar="DIR", type=Path, required=True, help="folder for what may be published"
    )
    parser.add_argument(
        "--format",
        metavar="FORMAT",
        nargs="+",
        default=list(_DEFAULT),
        help=f"of the files (default: {' '.join(_DEFAULT)})",
    )
    parser.add_argument(
        "--data-dir",
        metavar="DIR",
        type=Path,
        action="append",
        default=[],
        help="where data files are sought after the plan's own folder; may be given several times",
    )
    parser.add_argument(
        "--report",
        metavar="FILE",
        type=Path,
        help="write what was suppressed and why, for the producer alone",
    )
    parser.set_defaults(run=_tables)


def add_compare(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `irosurvey compare`."""
    parser = commands.add_parser(
        "compare",
        help="what changed between two releases, and whether both together disclose anything",
        description="""\
Compare two written releases: tables, rows, columns, figures and marks that came, went or changed.
Tables are matched by their subject, rows and columns by their labels.

If both are of the same people (a corrected edition, another cut of the same survey), whatever one
shows and the other hides is known to everybody who has both. So all counts of people behind the
figures of all tables of both are looked at as one system: which hidden counts can be read off or
worked out from the two together, and which differences are small groups. Conditions such as
age >= 16 and age >= 18 are groups within each other; what can't be told from the files is listed as
not examined.""",
        epilog="""\
files:
  OLD and NEW are releases as JSON (irosurvey tables … --format json), or folders that hold one.

exit status:
  0  compared; nothing is disclosed by having both, or they are of different people
  1  compared; having both discloses something that neither does alone
  2  a release can't be read
  3  compared; no disclosure was found, but something that may disclose couldn't be examined, and
     is named: conditions that can't be compared, figures that contradict each other, files that
     don't tell whether they are of the same people

examples:
  irosurvey compare 2025/tables 2026/tables
  irosurvey compare old.json new.json --same-people
  irosurvey compare old.json new.json --format json > changes.json""",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("old", metavar="OLD", type=Path, help="the earlier release")
    parser.add_argument("new", metavar="NEW", type=Path, help="the later one")
    same = parser.add_mutually_exclusive_group()
    same.add_argument(
        "--same-people",
        dest="same",
        action="store_true",
        default=None,
        help="both are of the same answers (default: if they name the same data file)",
    )
    same.add_argument(
        "--other-people",
        dest="same",
        action="store_false",
        default=None,
        help="they are of different answers: last year's survey and this year's (default: if "
        "their titles name different periods)",
    )
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="default: text to read"
    )
    parser.set_defaults(run=_compare)


# ---- tables ----


def _tables(given: argparse.Namespace) -> int:
    from irosurvey.tables.plan import read_plan
    from irosurvey.tables.release import release
    from irosurvey.tables.writers import FORMATS

    _require_formats(given.format, list(FORMATS))
    require_folder(given.out)
    _require_apart(given.report, given.out)
    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    plan = read_plan(given.plan, data_dir=given.data_dir)
    policy = plan.policy(given.policy)
    plan.require_groups(policy)
    for rule in _left_out(plan):
        console.print(f"{given.plan}: {_LEFT_OUT[rule][1]}", soft_wrap=True)
    if "ees" in given.format:
        _require_titles(plan)
    steps = len(plan.spec.tables) + 2
    with _progress(console) as progress:
        task = progress.add_task("Computing", total=steps)

        def watch(title: str, place: int, count: int) -> None:
            progress.update(
                task, completed=place, description=f"Computing table {place + 1} of {count}"
            )

        tables = plan.tables(watch)
        progress.update(task, completed=steps - 2, description="Protecting all tables together")
        try:
            result = release(tables, policy, **{**plan.about, **_command(given, plan)})
        except IrosurveyError as failure:
            progress.stop()
            return _refused(console, failure)
        progress.update(task, completed=steps - 1, description="Writing and checking")
        written, checks = _written(result.published, given.out, given.format)
        written += _charts(console, result.published, given.out)
        if given.report is not None:
            result.report.write(given.report)
        progress.update(task, completed=steps, description="Done")
    return _told(console, plan, result, written, checks, given.report)


def _progress(console: Console) -> Progress:
    """A bar on a terminal, which goes when it is full; nothing in a log."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _require_formats(wanted: Sequence[str], existing: Sequence[str]) -> None:
    for name in wanted:
        if name not in existing:
            raise complaint(
                ArgumentError,
                "--format",
                expected="some of " + ", ".join(existing),
                found=f"'{name}'",
                name=name,
                existing=existing,
            )


def _require_titles(plan: Plan) -> None:
    """What Explore Education Statistics asks of titles, before anything is computed."""
    from irosurvey.tables.plan_tables import title_of
    from irosurvey.tables.writers.ees import check_title

    for place, part in enumerate(plan.spec.tables):
        check_title(plan.document.subject(("table", place)), title_of(part, plan.spec.release))


def _require_apart(report: Path | None, out: Path) -> None:
    """True counts don't belong in the folder that is published."""
    if report is not None and report.resolve().is_relative_to(out.resolve()):
        raise complaint(
            ArgumentError,
            f"--report {report}",
            expected=f"a file outside '{out}', which holds what may be published",
            found="one in it",
            remedy="The report holds true counts: keep it elsewhere.",
        )


def _command(given: argparse.Namespace, plan: Plan) -> dict[str, object]:
    """The command, with names of files and no folders."""
    chosen = f" --policy {given.policy}" if given.policy else ""
    command = f"irosurvey tables {given.plan.name}{chosen}"
    return {"provenance": {**plan.provenance, "command": command}}


def _refused(console: Console, failure: IrosurveyError) -> int:
    console.print(Text(f"Refused: {failure}", style="bold red"), soft_wrap=True)
    console.print("Nothing was written.")
    return REFUSED


def _charts(console: Console, published: Release, out: Path) -> list[Path]:
    from irosurvey.charts import write_charts

    written = []
    for table in published:
        try:
            written += write_charts([table], out / CHARTS)
        except ArgumentError as failure:
            # The table itself stands: a chart that can't show it is told of, and left out.
            why = f"{failure.subject}, expected {failure.expected}, found {failure.found}"
            other = failure.remedy or "Another kind may fit: dot takes more columns."
            console.print(
                f"No chart of table {table.number}: {why}. {other}",
                soft_wrap=True,
            )
    return written


def _written(
    published: Release, out: Path, formats: Sequence[str]
) -> tuple[list[Path], list[CheckReport]]:
    """Write every format, and read each back; files of a pair are checked by their first."""
    from irosurvey.tables.check import check_all
    from irosurvey.tables.writers import write_all

    written = write_all(published, out, formats)
    return written, check_all(published, written)


def _told(
    console: Console,
    plan: Plan,
    result: ReleaseResult,
    written: Sequence[Path],
    checks: Sequence[CheckReport],
    report: Path | None,
) -> int:
    """What was written on the standard output; what was hidden and what is wrong beside it."""
    for path in written:
        print(path)
    for warning in plan.warnings:
        console.print(f"Weights: {warning}", soft_wrap=True)
    failed = _print_failures(console, checks, _left_out(plan))
    if _is_mostly_hidden(result.published):
        console.print(
            "More than a third is suppressed. Larger groups, fewer answers (put together), or "
            "fewer tables of the same groups show more; --report FILE says which counts are small.",
            soft_wrap=True,
        )
    if report is not None:
        console.print(f"For you alone: {report}")
    console.print(Text(last_line(result), style="bold"), soft_wrap=True)
    return REFUSED if failed else DONE


def _is_mostly_hidden(published: Release) -> bool:
    """Whether readers find so many marks that another cut would serve them better."""
    cells = [cell for table in published for row in table.rows for cell in row.cells]
    return 3 * sum(cell.mark == "c" for cell in cells) > len(cells)


def _left_out(plan: Plan) -> list[str]:
    """Checks that can't be passed, as the plan doesn't say what they want."""
    return [rule for rule, (name, _) in _LEFT_OUT.items() if not plan.about[name]]


def _print_failures(
    console: Console, checks: Sequence[CheckReport], left_out: Sequence[str]
) -> bool:
    """Every rule that isn't kept, once, with its formats; the answer is whether one is broken.

    Those for which the plan leaves something out are told, too, and aren't broken.
    """
    broken: dict[str, list[tuple[CheckReport, Check]]] = {}
    for one in checks:
        for found in one.failures:
            if found.rule.essential:
                broken.setdefault(found.rule.id, []).append((one, found))
    for name, found_in in broken.items():
        forms = ", ".join(report.form for report, _ in found_in)
        first = found_in[0][1]
        failed = "Check not passed" if name in left_out else "Check failed"
        style = "" if name in left_out else "bold red"
        console.print(Text(f"{failed} ({forms}): {first.rule.text}", style=style), soft_wrap=True)
        for detail in first.details if name not in left_out else ():
            console.print(f"  {detail}", soft_wrap=True)
    return bool(broken.keys() - set(left_out))


def last_line(result: ReleaseResult) -> str:
    """How many figures were published, and how many not, by reason."""
    cells = [cell for table in result.published for row in table.rows for cell in row.cells]
    marks = Counter(cell.mark for cell in cells if cell.mark)
    shown = sum(not cell.mark for cell in cells)
    parts = [f"{counted(len(result.published), 'table')}, {counted(shown, 'figure')} shown"]
    if marks["c"]:
        parts.append(f"{marks['c']} suppressed [c]: {_why_hidden(result)}")
    if marks["u"]:
        parts.append(f"{marks['u']} too unreliable [u]")
    for mark in ("k", "low", "x", "z"):
        if marks[mark]:
            parts.append(f"{marks[mark]} [{mark}]")
    if not marks:
        parts.append("nothing suppressed")
    return f"{'; '.join(parts)}. Policy: {result.report.policy.name}."


def _why_hidden(result: ReleaseResult) -> str:
    primary, secondary = len(result.report.primary), len(result.report.secondary)
    if not primary:
        return (
            f"{counted(secondary, 'count')} without which small groups that stand in no table "
            "could be worked out"
        )
    more = f", and {counted(secondary, 'more count')} without which those could be worked out"
    return f"{counted(primary, 'count')} the policy hides{more if secondary else ''}"


# ---- compare ----


def _compare(given: argparse.Namespace) -> int:
    import json

    from irosurvey.tables.compare import compare

    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    waiting = console.status("Working out what both tell together")
    with waiting if console.is_terminal else nullcontext():
        found = compare(given.old, given.new, same_people=given.same)
    if given.format == "json":
        print(json.dumps(found.to_dict(), ensure_ascii=False, indent=2))
    else:
        print(found)
    if found.discloses:
        return REFUSED
    return UNEXAMINED if found.unexamined else DONE
