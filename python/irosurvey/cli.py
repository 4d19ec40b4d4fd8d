"""The command line: `irosurvey new`, `run`, `validate`, `tables`, `compare` and others."""

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
from irosurvey._complaint import complaint
from irosurvey._files import require_folder
from irosurvey.errors import ArgumentError, IrosurveyError
from irosurvey.layout import Column, View
from irosurvey.spec.comparing import AGREED, validate
from irosurvey.spec.running import run
from irosurvey.spec.starting import starter
from irosurvey.spec.terminal import print_counts, print_validation
from irosurvey.spec.writing import FORMATS, text_of, write
from irosurvey.study import EvidenceTable, Reproduction, reproduce
from irosurvey.study.command import add_report
from irosurvey.tables.command import add_compare, add_tables

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
        epilog="Examples:  irosurvey new survey.sav\n"
        "           irosurvey run survey.toml --out tables\n"
        "           irosurvey validate specs --data-dir data\n"
        "           irosurvey new survey.sav --plan plan.xlsx\n"
        "           irosurvey tables plan.xlsx --out tables\n"
        "           irosurvey reproduce --out out\n"
        "           irosurvey report --out report\n"
        "Help on a command:  irosurvey run --help",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"irosurvey {irosurvey.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_new(commands)
    _add_run(commands)
    _add_validate(commands)
    add_tables(commands)
    add_compare(commands)
    _add_reproduce(commands)
    add_report(commands)
    return parser


_SPEC = """\
A spec is a TOML file that says where the data are, how they were sampled, and what is wanted:

  title = "Height by age"

  [data]
  file = "nhanes2.dta"                        # beside the spec, or in a --data-dir

  [derive]
  tall = "CASE WHEN height > 180 THEN 1 ELSE 0 END"

  [design]
  weights = "finalwgt"
  strata = "strata"
  clusters = ["psu"]

  [[estimate]]
  id = "height"
  statistic = "mean"
  variables = ["height"]
  by = ["agegrp"]
  expect = [{ agegrp = 1, estimate = "170.0" }]  # only for validate: figures as they are printed

Every key is described in docs/guide/specs.md. Whatever is unknown (a key, a value, a column, SQL
that can't be read) is an error that names the line.
"""


def _add_new(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "new",
        help="write a first spec, or a plan of tables, from what a data file holds",
        description="""\
Write a commented spec for a data file: its variables with labels and codes, the columns whose names
look like weights, strata, sampling units or replicate weights, and a few estimates to begin with.
What is guessed says so. The spec runs as it stands.

With --plan it is a workbook instead, to plan tables in: sheets to fill in, with lists of the
variables to pick from, help for each cell, and a few tables to begin with.""",
        epilog="""\
exit status:
  0  written
  2  the data can't be read, or the spec is there already

examples:
  irosurvey new survey.sav                 survey.toml in this folder
  irosurvey new data/survey.dta --out a.toml
  irosurvey new survey.csv --out -         on the standard output
  irosurvey new survey.sav --plan plan.xlsx
                                           a workbook; then irosurvey tables plan.xlsx --out DIR""",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("data", metavar="DATAFILE", type=Path, help="the data file")
    parser.add_argument(
        "--out", metavar="SPEC", help="the spec to write (default: DATAFILE's name with .toml here)"
    )
    parser.add_argument(
        "--plan",
        metavar="WORKBOOK",
        type=Path,
        help="write a plan of tables to fill in (.xlsx) instead of a spec",
    )
    parser.set_defaults(run=_new)


def _add_run(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "run",
        help="compute the estimates of an analysis spec",
        description="Compute the estimates that an analysis spec asks for.\n\n" + _SPEC,
        epilog="""\
exit status:
  0  done
  2  the spec is wrong, or an estimate can't be computed

examples:
  irosurvey run survey.toml                         tables for reading
  irosurvey run survey.toml --format csv            one CSV table on the standard output
  irosurvey run survey.toml --out tables            tables/survey.csv
  irosurvey run survey.toml --out out --format html out/survey.html, a page""",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("spec", metavar="SPEC", type=Path, help="the spec, a TOML file")
    _add_data_dir(parser)
    parser.add_argument(
        "--out", metavar="DIR", type=Path, help="folder for a file named as the spec"
    )
    parser.add_argument(
        "--format",
        choices=FORMATS,
        help="csv (one table), json (with the choices made) or html (a page); "
        "default with --out: csv, else tables for reading",
    )
    parser.set_defaults(run=_run)


def _add_validate(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "validate",
        help="hold computed figures against the printed ones of a spec",
        description="""\
Compute the estimates of specs, and compare each with the figure that its source printed.

A figure agrees when the computed value rounds to it: it lies within half a unit of the last printed
digit, ties included. `tolerance` on an estimate is a relative bound instead.

"""
        + _SPEC,
        epilog="""\
exit status:
  0  every figure was computed and agrees
  1  some disagree or weren't computed
  2  a spec is wrong

examples:
  irosurvey validate survey.toml
  irosurvey validate specs --data-dir data          every *.toml in the folder""",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "paths",
        metavar="PATH",
        type=Path,
        nargs="+",
        help="a spec, or a folder that is searched for *.toml",
    )
    _add_data_dir(parser)
    parser.set_defaults(run=_validate)


def _add_data_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data-dir",
        metavar="DIR",
        type=Path,
        action="append",
        default=[],
        help="where data files are sought after the spec's own folder; may be given several times",
    )


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


# ---- specs ----


def _new(given: argparse.Namespace) -> int:
    if given.plan is not None:
        return _new_plan(given)
    if given.out == "-":
        sys.stdout.write(starter(given.data, Path()))
        return AGREES
    out = Path(given.out or f"{given.data.stem}.toml")
    text = starter(given.data, out.parent, out.name)
    with out.open("x", encoding="utf-8") as spec:  # what is there already stays
        spec.write(text)
    print(f"{out}: run it with  irosurvey run {out}")
    return AGREES


def _new_plan(given: argparse.Namespace) -> int:
    from irosurvey.tables.workbook_template import plan_workbook

    plan: Path = given.plan
    if given.out is not None or plan.suffix.lower() != ".xlsx":
        raise complaint(
            ArgumentError,
            f"--plan {plan}",
            expected="the name of a workbook that ends in .xlsx, and no --out",
            found="--out, too" if given.out is not None else f"'{plan.suffix}'",
        )
    content = plan_workbook(given.data, plan.parent, plan.name)
    try:
        with plan.open("xb") as workbook:  # what is there already stays
            workbook.write(content)
    except FileExistsError as failure:
        raise complaint(
            ArgumentError,
            f"--plan {plan}",
            expected="the name of a new workbook",
            found="one that is there already, and stays as it is",
            remedy="Take another name, or move it away.",
        ) from failure
    print(f"{plan}: fill it in, then  irosurvey tables {plan} --out tables")
    return AGREES


def _run(given: argparse.Namespace) -> int:
    if given.out is not None:
        require_folder(given.out)
    result = run(given.spec, data_dir=given.data_dir)
    if given.out is not None:
        form = given.format or "csv"
        written = write(result, given.out / f"{given.spec.stem}.{form}", form)
        print(written)
    elif given.format is not None:
        sys.stdout.write(text_of(result, given.format))
    else:
        print(result.text(most_rows=sys.maxsize))
    return AGREES


def _validate(given: argparse.Namespace) -> int:
    console = _console()
    found = []
    for one in validate(given.paths, given.data_dir):
        print_validation(console, one)
        found.append(one)
    print_counts(console, found)
    if any(one.problems for one in found):
        return WRONG_INPUT
    return AGREES if all(one.count(AGREED) == len(one.figures) for one in found) else DISAGREES


# ---- reproduce ----


def _reproduce(given: argparse.Namespace) -> int:
    require_folder(given.out)
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


if __name__ == "__main__":
    raise SystemExit(main())
