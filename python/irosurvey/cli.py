"""The command line: `irosurvey reproduce`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

import irosurvey
from irosurvey.errors import IrosurveyError
from irosurvey.layout import Column, View
from irosurvey.study import EvidenceTable, Reproduction, reproduce

__all__ = ["main"]

AGREES, DISAGREES, WRONG_INPUT = 0, 1, 2
INTERRUPTED = 130  # what a shell makes of Ctrl-C

# Columns of a terminal: what both tables need to be read with ease, and what they take where there
# is no terminal to fit.
_WIDE, _WIDEST = 130, 150
_LABEL = 36
_BELOW = "Printed"
_SPARED = ("Smallest base", "deff 1.5", "SE", "deff")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those that the program was called with.

    Returns
    -------
    int
        0: done, and everything agrees. 1: done, and something disagrees. 2: the input is wrong.
    """
    given = _parser().parse_args(arguments)
    try:
        status: int = given.run(given)
        sys.stdout.flush()
    except IrosurveyError as error:
        return _complain(str(error))
    except BrokenPipeError:  # the reader has seen enough: `irosurvey … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DISAGREES
    except OSError as error:
        return _complain(f"{error.filename or 'output'}: {error.strerror or error}.")
    except KeyboardInterrupt:
        return INTERRUPTED
    return status


def _complain(message: str) -> int:
    print(f"irosurvey: {message}", file=sys.stderr)
    return WRONG_INPUT


# ---- what can be asked ----


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="irosurvey",
        description="Design-based estimation for complex surveys, with the NCB survey\nof "
        "Independent Reviewing Officers (IROs) in England as its case.",
        epilog="Example:  irosurvey reproduce --out out\n"
        "Help on a command:  irosurvey reproduce --help",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"irosurvey {irosurvey.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_reproduce(commands)
    return parser


def _add_reproduce(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "reproduce",
        help="weigh the published findings of the NCB survey, and rehearse its analysis",
        description="""\
Two things that are never mixed up:

  evidence    what each printed figure can bear by itself: the counts that could have produced it,
              and its interval under several assumptions. No microdata are used.
  rehearsal   the survey's analysis on microdata: each finding without weights, as published, and
              under the sampling design. The package's own microdata are SYNTHETIC: they show that
              the analysis works, and nothing about IROs.

Both are printed, and written as CSV and as one page (report.html) that needs nothing else.""",
        epilog="""\
files:
  SPSS (.sav, .zsav), Stata (.dta), SAS transport (.xpt), .csv or .parquet. Where a file names its
  variables otherwise, copy the codebook (data/codebook.toml), add column = "…" to those variables
  and name the copy with --codebook. Variables that are missing are listed by name.

exit status:
  0  every finding of the survey that is printed as a number (percent or count) is reproduced
  1  some are not
  2  the input is wrong: a file is missing or broken, variables or answers are unknown

examples:
  irosurvey reproduce
  irosurvey reproduce --iro answers/iro.sav --manager answers/managers.sav --dcs answers/dcs.sav
  irosurvey reproduce --iro iro.csv --codebook my-codebook.toml --out results""",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    whose = {"iro": "IROs", "manager": "IRO managers", "dcs": "Directors of Children's Services"}
    for option, people in whose.items():
        parser.add_argument(
            f"--{option}",
            metavar="FILE",
            type=Path,
            help=f"answers of the {people} (default: SYNTHETIC)",
        )
    parser.add_argument(
        "--codebook",
        metavar="FILE",
        type=Path,
        help="what was asked, and how findings are counted (default: the package's own)",
    )
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        default=Path("out"),
        help="folder for the page and the tables (default: out)",
    )
    parser.set_defaults(run=_reproduce)


# ---- reproduce ----


def _reproduce(given: argparse.Namespace) -> int:
    result = reproduce(iro=given.iro, manager=given.manager, dcs=given.dcs, codebook=given.codebook)
    written = result.write(given.out)
    console = _console()
    _print_evidence(console, result)
    _print_rehearsal(console, result)
    console.print(f"The page: {written[0]}; tables as CSV beside it.", highlight=False)
    return AGREES if result.agrees else DISAGREES


def _console() -> Console:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, _WIDEST)
    return console


def _print_evidence(console: Console, result: Reproduction) -> None:
    _print_view(console, result.evidence.of_study(result.study).view())
    for condition in result.conditions:
        console.print(Text(condition.statement, style="bold"))
        for deduction in condition.deductions:
            console.print(Text(f"  · {deduction.sentence}"))
        console.print()
    others: EvidenceTable = result.evidence.of_other_studies(result.study)
    if others:
        names = ", ".join(dict.fromkeys(row.finding.study for row in others))
        console.print(Text(f"Percentages of other studies ({names}): evidence.csv\n", "dim"))


def _print_rehearsal(console: Console, result: Reproduction) -> None:
    _print_view(console, result.rehearsal.view(), alarm=result.synthetic)
    _print_sources(console, result)
    wrong = result.disagreements
    numbers = {
        row.finding.id
        for row in result.rehearsal
        if row.finding.study == result.study and row.finding.kind in ("percent", "count")
    }
    total = len(numbers | set(result.unmeasured))
    verdict = f"{total - len(wrong)} of {total} printed numbers are reproduced"
    if wrong:
        verdict += f"; not reproduced: {', '.join(wrong)}"
    mark = " SYNTHETIC: no result about IROs." if result.synthetic else ""
    console.print(Text(f"{verdict}.{mark}", style="bold red" if wrong else "bold green"))


def _print_sources(console: Console, result: Reproduction) -> None:
    for source in result.sources:
        mark = " (SYNTHETIC)" if source.synthetic else ""
        console.print(
            Text(
                f"{source.label}: {source.source}{mark}, {source.rows} rows; {source.strata} "
                f"regions, {source.units} authorities.",
                style="dim",
            )
        )
    choices = " · ".join(f"{name}: {value}" for name, value in result.choices)
    console.print(Text(choices + "\n", style="dim"))


def _print_view(console: Console, view: View, *, alarm: bool = False) -> None:
    """Print a table as the notebook shows it, fitted to the terminal."""
    console.print(Text(f"\n{view.title}", style="bold red" if alarm else "bold"))
    wide = console.width >= _WIDE
    columns, left_out = (list(view.columns), []) if wide else _narrowed(view.columns)
    table = Table(header_style="bold", pad_edge=False, box=box.SIMPLE_HEAD, row_styles=["", "dim"])
    for column in columns:
        table.add_column(
            column.title,
            justify="right" if column.numeric else "left",
            vertical="top",
            ratio=None if column.numeric else 3 if column.header else 2,
            min_width=_LABEL if column.header and wide else None,
        )
    for cells in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)
    notes = list(view.notes)
    if left_out:
        notes.append(f"Left out for lack of room, and in the CSV files: {'; '.join(left_out)}.")
    for note in notes:
        console.print(Text(note, style="dim"))
    console.print()


def _narrowed(columns: Sequence[Column]) -> tuple[list[Column], list[str]]:
    """The columns that a narrow terminal has room for, and the titles of the others.

    The printed figure goes below the finding, which is the first column.
    """
    first, *others = columns
    printed = next((column for column in others if column.title == _BELOW), None)
    if printed is not None:
        pairs = zip(first.cells, printed.cells, strict=True)
        first = replace(first, cells=[f"{a}\n  {b}" if b else a for a, b in pairs])
    kept = [one for one in others if one is not printed and not one.title.endswith(_SPARED)]
    return [first, *kept], [one.title for one in others if one.title.endswith(_SPARED)]
