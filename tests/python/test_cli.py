"""The command line: what it prints, what it writes, and its exit status."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pyreadstat
import pytest
from as_if_real import real_table
from command_line import Outcome, Run

import irosurvey

DATA = Path(__file__).resolve().parents[2] / "data"
IRO = DATA / "synthetic" / "iro.sav"


@pytest.mark.parametrize("module", ["irosurvey", "irosurvey.cli"])
def test_the_command_line_is_also_a_module(module: str, tmp_path: Path) -> None:
    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", module, *arguments], capture_output=True, text=True, cwd=tmp_path
        )

    assert call("--help").stdout.startswith("usage: irosurvey ")
    missing = call("validate", "nothing.toml")
    assert missing.returncode == 2
    assert "nothing.toml" in missing.stdout + missing.stderr


def rewritten(path: Path, change: Callable[[pl.DataFrame], pl.DataFrame]) -> Path:
    """A copy of the IRO file with all that SPSS knows about it, after a change."""
    table, about = pyreadstat.read_sav(str(IRO), user_missing=True, output_format="polars")
    pyreadstat.write_sav(
        change(table),
        str(path),
        file_label=about.file_label,
        column_labels=about.column_names_to_labels,
        variable_value_labels=about.variable_value_labels,
        missing_ranges=about.missing_ranges,
    )
    return path


def moved(table: pl.DataFrame, column: str, old: int, new: int, how_many: int) -> pl.DataFrame:
    """The table with some answers moved from one code to another."""
    values = table[column].to_list()
    for row, value in enumerate(values):
        if how_many and value == old:
            values[row] = new
            how_many -= 1
    assert not how_many, "there were too few to move"
    return table.with_columns(pl.Series(column, values, dtype=table[column].dtype))


# ---- agreement ----


def test_reproduce_prints_evidence_then_rehearsal_and_agrees(run: Run) -> None:
    outcome = run("reproduce")
    assert outcome.status == 0
    assert outcome.err == ""
    evidence = outcome.out.index("Evidence: what the printed figures can bear")
    rehearsal = outcome.out.index("Rehearsal on SYNTHETIC microdata: says nothing about IROs")
    assert evidence < rehearsal
    assert "144–146 of 295" in outcome.out
    assert "9 of 9 printed numbers are reproduced" in outcome.out
    assert "SYNTHETIC: no result about IROs" in outcome.out


def test_reproduce_writes_the_page_and_every_table(run: Run, tmp_path: Path) -> None:
    assert run("reproduce", "--out", "some/where").status == 0
    folder = tmp_path / "some" / "where"
    names = {path.name for path in folder.iterdir()}
    tables = [
        "evidence",
        "evidence_counts",
        "evidence_intervals",
        "conditions",
        "rehearsal",
        "statistics",
    ]
    assert names == {"report.html", *(f"{name}.csv" for name in tables)}
    for name in ("rehearsal", "statistics"):
        assert set(pl.read_csv(folder / f"{name}.csv")["microdata"]) == {"SYNTHETIC"}
    assert (folder / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    "arguments", [("reproduce",), ("report",), ("run", "survey.toml"), ("tables", "plan.toml")]
)
def test_a_file_is_no_folder(run: Run, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """It is told before anything is read, and stays as it is."""
    (tmp_path / "mine.txt").write_text("mine")
    outcome = run(*arguments, "--out", "mine.txt")
    assert outcome.status == 2
    assert "--out mine.txt: expected a folder" in outcome.err
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_without_out_the_folder_is_out(run: Run, tmp_path: Path) -> None:
    assert run("reproduce").status == 0
    assert (tmp_path / "out" / "report.html").exists()


def test_a_second_run_writes_the_same_bytes(run: Run, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        assert run("reproduce", "--out", folder).status == 0
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_two_moved_answers_are_seen(run: Run, tmp_path: Path) -> None:
    same = rewritten(tmp_path / "same.sav", lambda table: table)
    assert run("reproduce", "--iro", same).status == 0, "the copy alone changes nothing"
    other = rewritten(
        tmp_path / "moved.sav", lambda table: moved(table, "monitor_cases", 3, 1, how_many=2)
    )
    outcome = run("reproduce", "--iro", other)
    assert outcome.status == 1
    assert "8 of 9 printed numbers are reproduced; not reproduced: ncb13-monitor" in outcome.out
    assert "NO" in outcome.out
    assert "not reproduced" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_a_missing_respondent_is_seen(run: Run, tmp_path: Path) -> None:
    fewer = rewritten(tmp_path / "fewer.sav", lambda table: table.head(294))
    outcome = run("reproduce", "--iro", fewer)
    assert outcome.status == 1
    assert "ncb13-n-iro" in outcome.out


def test_given_files_are_named_and_a_synthetic_one_stays_so(run: Run, tmp_path: Path) -> None:
    real_table("iro").write_csv(tmp_path / "real.csv")
    outcome = run("reproduce", "--iro", "real.csv")
    assert "Files given: iro; SYNTHETIC, says nothing about IROs: manager, dcs" in outcome.out
    pl.DataFrame(irosurvey.read(IRO)).write_csv(tmp_path / "copy.csv")
    assert "Rehearsal on SYNTHETIC microdata" in run("reproduce", "--iro", "copy.csv").out
    copy = tmp_path / "copy.sav"
    copy.write_bytes(IRO.read_bytes())
    assert "Rehearsal on SYNTHETIC microdata" in run("reproduce", "--iro", copy).out


def test_other_variable_names_are_mapped_in_the_codebook(run: Run, tmp_path: Path) -> None:
    answers = rewritten(
        tmp_path / "renamed.sav", lambda table: table.rename({"monitor_cases": "q17b"})
    )
    unmapped = run("reproduce", "--iro", answers)
    assert unmapped.status == 2
    assert "'monitor_cases'" in unmapped.err
    original = (DATA / "codebook.toml").read_text(encoding="utf-8")
    section = "[instruments.iro.variables.monitor_cases]\n"
    assert section in original
    codebook = tmp_path / "codebook.toml"
    codebook.write_text(original.replace(section, section + 'column = "q17b"\n'), encoding="utf-8")
    mapped = run("reproduce", "--iro", answers, "--codebook", codebook)
    assert mapped.status == 0, mapped.err


def test_a_narrow_terminal_breaks_no_number(tmp_path: Path) -> None:
    """In a terminal of 80 columns: every line fits, and limits stay in one piece."""
    program = f"{sys.executable} -c 'from irosurvey.cli import main; main()' reproduce"
    done = subprocess.run(
        ["script", "-qec", f"stty cols 80; {program}", "/dev/null"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env=environment(),
        stdin=subprocess.DEVNULL,
    )
    lines = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout).splitlines()
    assert max(len(line) for line in lines) <= 80
    text = "\n".join(lines)
    for limits in ("43.1–55.2%", "40.8–57.5%", "42.4–55.9%"):
        assert limits in text
    assert "Left out for lack of room" in text


# ---- wrong input ----


def assert_one_message(outcome: Outcome, *parts: str) -> None:
    assert outcome.status == 2
    assert outcome.err.startswith("irosurvey: ")
    assert outcome.err.count("\n") == 1, "one message, no traceback"
    for part in parts:
        assert part in outcome.err


def test_a_file_that_is_not_there(run: Run) -> None:
    assert_one_message(run("reproduce", "--iro", "nowhere.sav"), "nowhere.sav")
    assert_one_message(run("reproduce", "--dcs", "nowhere.csv"), "nowhere.csv")


def test_a_truncated_file(run: Run, tmp_path: Path) -> None:
    cut = tmp_path / "cut.sav"
    cut.write_bytes(IRO.read_bytes()[:3000])
    assert_one_message(run("reproduce", "--manager", cut), "cut.sav")


def test_a_broken_codebook_is_named_with_line_and_key(run: Run, tmp_path: Path) -> None:
    codebook = tmp_path / "codebook.toml"
    text = (DATA / "codebook.toml").read_text(encoding="utf-8")
    codebook.write_text(text.replace("year = 2013", "yaer = 2013"), encoding="utf-8")
    assert_one_message(run("reproduce", "--codebook", codebook), "codebook.toml, line", "'year'")


def test_variables_that_are_missing_are_listed(run: Run, tmp_path: Path) -> None:
    path = rewritten(tmp_path / "less.sav", lambda table: table.drop("fte", "court_papers"))
    assert_one_message(run("reproduce", "--iro", path), "'fte'", "'court_papers'", "less.sav")


def test_an_answer_that_the_codebook_does_not_know(run: Run, tmp_path: Path) -> None:
    path = rewritten(
        tmp_path / "odd.sav", lambda table: moved(table, "court_papers", 5, 6, how_many=1)
    )
    assert_one_message(run("reproduce", "--iro", path), "'court_papers'", "found 6")


def test_an_output_folder_that_cannot_be_made(run: Run, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    assert_one_message(run("reproduce", "--out", "taken"), "taken")


def test_unknown_options_and_commands(run: Run) -> None:
    assert run("reproduce", "--iros", "x").status == 2
    assert run("reprodcue").status == 2
    assert run().status == 2


# ---- the program itself ----


def test_help_teaches(run: Run) -> None:
    outcome = run("--help")
    assert outcome.status == 0
    assert "reproduce" in outcome.out
    outcome = run("reproduce", "--help")
    assert outcome.status == 0
    for word in ("--iro", "--codebook", "--out", "SYNTHETIC", "exit status", "examples"):
        assert word in outcome.out


def test_version(run: Run) -> None:
    outcome = run("--version")
    assert outcome.status == 0
    assert outcome.out.strip() == f"irosurvey {irosurvey.__version__}"


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(irosurvey.__file__).parents[1])}


def command(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    program = "from irosurvey.cli import main; raise SystemExit(main())"
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
        **options,
    )


def test_the_process_ends_with_the_status(tmp_path: Path) -> None:
    assert command("reproduce", cwd=tmp_path).returncode == 0
    wrong = command("reproduce", "--iro", "nowhere.sav", cwd=tmp_path)
    assert wrong.returncode == 2
    assert "Traceback" not in wrong.stderr


def test_python_m_is_the_same_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "irosurvey", "--version"],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )
    assert done.returncode == 0
    assert done.stdout.strip() == f"irosurvey {irosurvey.__version__}"


def test_importing_brings_no_solver_along() -> None:
    """Who analyses and publishes nothing waits for neither a solver nor a drawing library."""
    heavy = "highspy, matplotlib, openpyxl, xlsxwriter, docx"
    program = (
        "import sys, irosurvey, irosurvey.cli; "
        f"print([one for one in '{heavy}'.split(', ') if one in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env=environment(),
    )
    assert done.stdout.strip() == "[]"


def test_a_reader_that_leaves_early_causes_no_traceback(tmp_path: Path) -> None:
    program = f"{sys.executable} -c 'from irosurvey.cli import main; raise SystemExit(main())'"
    done = subprocess.run(
        ["bash", "-c", f"{program} reproduce | head -1"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=environment(),
    )
    assert "Traceback" not in done.stderr
    assert "Broken" not in done.stderr
