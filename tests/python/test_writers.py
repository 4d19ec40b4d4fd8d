"""What writers share: harmless text, releases that are refused, whole files, the same bytes."""

from __future__ import annotations

import os
import re
import resource
import signal
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import releases
from hypothesis import given
from hypothesis import strategies as st

from irosurvey import tables
from irosurvey.errors import ArgumentError
from irosurvey.tables import safe_text, writers
from irosurvey.tables.published import Note, PublishedCell, Release
from irosurvey.tables.writers._prepare import prepared

FORMATS = list(writers.FORMATS)


# ---- text ----


@pytest.mark.parametrize("lead", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
def test_text_that_a_spreadsheet_would_run_has_an_apostrophe(lead: str) -> None:
    assert safe_text.defused(f"{lead}1+1") == f"'{lead}1+1"
    assert safe_text.defused(f"  {lead}1+1") == f"'  {lead}1+1"
    assert safe_text.defused(f"a;{lead}1+1") == f"a;'{lead}1+1"
    assert not safe_text.would_run(f"1{lead}1")


@pytest.mark.parametrize("lead", ["\t", "\r", "\n", "\0"])
def test_text_that_starts_with_white_space_or_nothing_is_defused(lead: str) -> None:
    assert safe_text.would_run(f"{lead}x")
    assert safe_text.defused(f"{lead}=x").startswith("'")


def test_ordinary_labels_are_left_alone() -> None:
    for label in ("50-59", "Always or often", "Yorkshire and The Humber", "a, b; c", "x = y", ""):
        assert safe_text.defused(label) == label


@given(st.text())
def test_one_line_is_one_line_of_characters_that_xml_can_hold(text: str) -> None:
    line = safe_text.one_line(text)
    assert line == safe_text.one_line(line)
    assert line == line.strip()
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]", line)
    line.encode("utf-8")


@given(st.text())
def test_no_text_leads_with_a_formula_once_defused(text: str) -> None:
    assert not re.match(r"[\s\0]*[=+\-@＝＋－＠]|[\t\r\n\0]", safe_text.defused(text))


def test_escaped_text_is_neither_markup_nor_the_end_of_an_attribute() -> None:
    assert not set(safe_text.escaped("<a href=\"x\" title='y'>")) & set("<>\"'")


# ---- releases that aren't in order ----


def with_table(**changes: object) -> Release:
    whole = releases.release()
    return replace(whole, tables=(replace(whole.tables[0], **changes), whole.tables[1]))  # type: ignore[arg-type]


def with_cell(cell: PublishedCell) -> Release:
    table = releases.monitoring()
    row = replace(table.rows[0], cells=(cell, *table.rows[0].cells[1:]))
    return with_table(rows=(row, *table.rows[1:]))


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        (PublishedCell(), "0 of them"),
        (PublishedCell(value=3.0, mark="c"), "2 of them"),
        (PublishedCell(value=48.97), "more digits"),
        (PublishedCell(value=float("nan")), "nan"),
        (PublishedCell(value=float("inf")), "inf"),
        (PublishedCell(text="49 (43-55)"), "the text"),
        (PublishedCell(mark="NA"), "'NA'"),  # type: ignore[arg-type]
    ],
)
def test_a_cell_is_one_number_as_shown_or_one_mark(cell: PublishedCell, found: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        prepared(with_cell(cell))
    assert found in caught.value.found
    assert "table 'table_1', row 1, column 'Percentage'" in caught.value.subject


def test_what_is_refused_is_not_named_in_the_message() -> None:
    """A number with too many digits may be the one that mustn't be seen."""
    with pytest.raises(ArgumentError) as caught:
        prepared(with_cell(PublishedCell(value=48.97)))
    assert "48.97" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "table 1"}, "letters, digits"),
        ({"name": "A1"}, "letters, digits"),
        ({"name": "R1C1"}, "letters, digits"),
        ({"name": "duties"}, "every name"),
        ({"number": 2}, "every number"),
        ({"stub": ("percentage",)}, "every header once"),
        ({"stub": (" ",)}, "a header of 1"),
        ({"stub": ("x" * 256,)}, "a header of 1"),
        ({"stub": ("Region", "Sex")}, "2 labels"),
        ({"rows": ()}, "at least one row"),
        ({"columns": ()}, "at least one row and one column"),
        ({"notes": (3,)}, "notes that the release has"),
        ({"remarks": ("See [note 9].",)}, "notes that the release has"),
        ({"source": "x" * 40_000}, "at most 6,000"),
    ],
)
def test_tables_that_no_workbook_could_hold_are_refused(
    changes: dict[str, object], expected: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        prepared(with_table(**changes))
    assert expected in caught.value.expected


def test_releases_that_cannot_be_written_are_refused() -> None:
    whole = releases.release()
    for changed, expected in (
        (replace(whole, tables=()), "at least one table"),
        (replace(whole, language="English"), "BCP 47"),
        (replace(whole, notes=(Note(1, "a"), Note(1, "b"), Note(2, "c"))), "every number"),
    ):
        with pytest.raises(ArgumentError) as caught:
            prepared(changed)
        assert expected in caught.value.expected


def test_preparing_changes_nothing_that_is_in_order() -> None:
    done = prepared(releases.release())
    assert prepared(done) == done
    assert [table.rows for table in done] == [table.rows for table in releases.release()]


def test_the_legend_holds_what_occurs_whatever_the_table_claims() -> None:
    table = replace(releases.monitoring(), marks=("z", "x"))
    done = prepared(replace(releases.release(), tables=(table, releases.duties())))
    assert done.tables[0].marks == ("c", "u", "k")
    assert done.tables[1].marks == ("ns", "ss")


def test_nothing_below_zero_rounds_to_a_zero_with_a_sign() -> None:
    done = prepared(with_cell(PublishedCell(value=-0.0)))
    assert str(done.tables[0].rows[0].cells[0].value) == "0.0"


# ---- files ----


def of(form: str, folder: Path, release: Release) -> list[Path]:
    return writers.FORMATS[form].write(release, folder / f"out{writers.FORMATS[form].extension}")


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_release_gives_the_same_bytes(form: str, tmp_path: Path) -> None:
    first = of(form, tmp_path / "a", releases.release())
    second = of(form, tmp_path / "b", releases.release())
    assert [path.name for path in first] == [path.name for path in second]
    assert first
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("failing", ["fsync", "replace", "refused"])
def test_a_failure_leaves_the_old_file_whole(
    form: str, failing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = of(form, tmp_path, releases.release())
    before = {path: path.read_bytes() for path in paths}
    new = replace(releases.real(), title="Another edition")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    if failing == "refused":
        with pytest.raises(ArgumentError):
            of(form, tmp_path, replace(new, tables=()))
    else:
        monkeypatch.setattr(*((os, "fsync") if failing == "fsync" else (Path, "replace")), full)
        with pytest.raises(OSError, match="No space left"):
            of(form, tmp_path, new)
    assert {path: path.read_bytes() for path in paths} == before
    assert set(tmp_path.iterdir()) == set(paths), "nothing half written is left behind"


@pytest.mark.parametrize("form", FORMATS)
def test_a_full_disk_leaves_the_old_file_whole(form: str, tmp_path: Path) -> None:
    """A real one: a file system's limit stops the write half way."""
    paths = of(form, tmp_path, releases.release())
    before = {path: path.read_bytes() for path in paths}
    big = replace(releases.real(), about=tuple(os.urandom(64).hex() for _ in range(4000)))
    pid = os.fork()
    if pid == 0:  # pragma: no cover
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        try:
            of(form, tmp_path, big)
        except OSError:
            os._exit(3)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 3
    assert {path: path.read_bytes() for path in paths} == before
    assert set(tmp_path.iterdir()) == set(paths)


@pytest.mark.parametrize("form", FORMATS)
def test_files_may_be_read_by_those_whom_the_mask_allows(form: str, tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        for path in of(form, tmp_path, releases.release()):
            assert path.stat().st_mode & 0o777 == 0o644
    finally:
        os.umask(mask)


def test_all_formats_are_written_at_once_under_one_name(tmp_path: Path) -> None:
    paths = writers.write_all(releases.release(), tmp_path / "new", FORMATS)
    assert all(path.exists() for path in paths)
    stem = "synthetic-independent-reviewing-officers-in-england"
    assert all(path.name.startswith(stem) for path in paths)
    assert len({path.name for path in paths}) == len(paths)


def test_names_are_lower_case_with_dashes() -> None:
    named = replace(releases.real(), title="Søren’s  IROs: 2013/14 (Überblick)!")
    assert writers.file_stem(named) == "srens-iros-2013-14-uberblick"
    assert len(writers.file_stem(replace(named, title="a b " * 200))) <= 120
    assert writers.file_stem(replace(named, title="…")) == "tables"


def test_formats_are_known_by_name_and_by_extension(tmp_path: Path) -> None:
    assert writers.write(releases.release(), tmp_path / "x.HTML")[0].name == "x.HTML"
    for bad, form in ((tmp_path / "x.doc", ""), (tmp_path / "x.html", "htlm")):
        with pytest.raises(ArgumentError) as caught:
            writers.write(releases.release(), bad, form)
        assert "html" in caught.value.expected
    assert caught.value.candidates == ("html",)
    for one in writers.FORMATS.values():
        assert one.extension.startswith(".")
        assert one.about


def test_a_release_names_the_formats_there_are() -> None:
    assert set(tables.FORMATS) == set(writers.FORMATS)


# ---- what no output may do ----


@pytest.mark.parametrize("form", FORMATS)
def test_hostile_labels_are_written(form: str, tmp_path: Path) -> None:
    if form == "ees":
        pytest.skip("its area is no country: refused, and tested with others")
    for path in of(form, tmp_path, releases.hostile()):
        assert path.stat().st_size > 0


@pytest.mark.parametrize("form", FORMATS)
def test_synthetic_is_said_and_only_where_it_is_true(form: str, tmp_path: Path) -> None:
    for name, release in (("made", releases.release()), ("real", releases.real())):
        joined = b"".join(content(path) for path in of(form, tmp_path / name, release))
        assert (b"SYNTHETIC" in joined) == (name == "made")


def content(path: Path) -> bytes:
    if not zipfile.is_zipfile(path):
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())
