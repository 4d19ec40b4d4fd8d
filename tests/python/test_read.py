"""Data files: what is in them comes out, and what is wrong with them is said."""

from __future__ import annotations

import gzip
import os
import pickle
import signal
import string
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pyarrow.csv
import pyarrow.parquet
import pyreadstat
import pytest

import irosurvey
from irosurvey import ArgumentError, ColumnError, Frame, ReadError

DATA = Path(__file__).parents[1] / "data"

# ── Against another reader ────────────────────────────────────────────────────────────────────────


def texts_of(column: irosurvey.Column) -> list[str]:
    return [text or "" for text in column.to_arrow().to_pylist()]


@pytest.mark.parametrize(
    ("name", "reader"),
    [("nhanes2.dta", pyreadstat.read_dta), ("pisa2003_nld.zsav", pyreadstat.read_sav)],
)
def test_real_files_are_read_as_pyreadstat_reads_them(
    name: str, reader: Callable[..., tuple[pd.DataFrame, Any]]
) -> None:
    expected, notes = reader(DATA / name, user_missing=True, disable_datetime_conversion=True)
    frame = irosurvey.read(DATA / name).with_user_missing("keep")
    assert frame.names == list(expected.columns)
    assert frame.label == (notes.file_label or "")
    for column in frame.columns:
        assert column.label == (notes.column_names_to_labels[column.name] or "")
        assert column.value_labels == notes.variable_value_labels.get(column.name, {})
        if column.arrow_format == "g":
            values = expected[column.name].to_numpy(dtype=float)
            np.testing.assert_array_equal(column.to_numpy(), values)
        else:
            assert texts_of(column) == expected[column.name].tolist()


# ── Round trips: pyreadstat writes, we read ───────────────────────────────────────────────────────

NUMBERS = st.one_of(
    st.none(),
    st.integers(-999, 999).map(float),
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e70, max_value=1e70),
)
# What every format can hold: no NUL, no blanks at the ends, no half of a surrogate pair.
WORDS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=("Cc", "Cs", "Z")),
    max_size=12,
)
LATIN = st.text(string.ascii_letters + string.digits + "äöüßéèñ", max_size=12)
LABELS = st.dictionaries(st.integers(-9, 99), st.text(string.ascii_letters, min_size=1), max_size=4)


@st.composite
def tables(draw: st.DrawFn, words: st.SearchStrategy[str]) -> dict[str, list[Any]]:
    rows = draw(st.integers(1, 9))
    cells: dict[str, st.SearchStrategy[Any]] = {"n1": NUMBERS, "t1": words, "n2": NUMBERS}
    return {
        name: draw(st.lists(cell, min_size=rows, max_size=rows)) for name, cell in cells.items()
    }


def as_pandas(table: dict[str, list[Any]]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            name: np.array(values, dtype=float) if name[0] == "n" else values
            for name, values in table.items()
        }
    )


def expect_table(frame: Frame, table: dict[str, list[Any]]) -> None:
    for name, values in table.items():
        if name[0] == "n":
            np.testing.assert_array_equal(frame[name].to_numpy(), np.array(values, dtype=float))
        else:
            assert texts_of(frame[name]) == values


ROUND_TRIP = hypothesis.settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
)


@ROUND_TRIP
@hypothesis.given(
    table=tables(WORDS),
    labels=LABELS,
    codes=st.lists(st.integers(-999, 999), max_size=3, unique=True),
    kind=st.sampled_from(["plain.sav", "by_row.sav", "deflated.zsav"]),
)
def test_spss_files_of_every_packing(
    tmp_path: Path,
    table: dict[str, list[Any]],
    labels: dict[int, str],
    codes: list[int],
    kind: str,
) -> None:
    path = tmp_path / kind
    pyreadstat.write_sav(
        as_pandas(table),
        path,
        file_label="A file",
        column_labels=["number ä", "text", ""],
        variable_value_labels={"n1": labels},
        missing_ranges={"n1": codes},
        row_compress=kind == "by_row.sav",
        compress=kind == "deflated.zsav",
    )
    frame = irosurvey.read(path)
    assert frame.label == "A file"
    assert frame["n1"].label == "number ä"
    assert frame["n1"].value_labels == labels
    assert frame["n1"].user_missing == tuple(codes)
    expect_table(frame.with_user_missing("keep"), table)
    declared = [None if value in codes else value for value in table["n1"]]
    expect_table(frame, {**table, "n1": declared})


@ROUND_TRIP
@hypothesis.given(table=tables(WORDS), low=st.integers(-99, 0), width=st.integers(1, 99))
def test_ranges_of_missing_codes(
    tmp_path: Path, table: dict[str, list[Any]], low: int, width: int
) -> None:
    path = tmp_path / "a.sav"
    ranges = [{"lo": low, "hi": low + width}, 500]
    pyreadstat.write_sav(as_pandas(table), path, missing_ranges={"n1": ranges})
    column = irosurvey.read(path)["n1"]
    assert column.user_missing_range == (low, low + width)
    assert column.user_missing == (500,)
    expected = [
        None if value is None or low <= value <= low + width or value == 500 else value
        for value in table["n1"]
    ]
    np.testing.assert_array_equal(column.to_numpy(), np.array(expected, dtype=float))


@ROUND_TRIP
@hypothesis.given(table=tables(LATIN), labels=LABELS, version=st.sampled_from([10, 12, 13, 15]))
def test_stata_files_of_every_version(
    tmp_path: Path, table: dict[str, list[Any]], labels: dict[int, str], version: int
) -> None:
    if version < 14:  # pyreadstat writes UTF-8 whatever the version
        table = {**table, "t1": [text.encode("ascii", "replace").decode() for text in table["t1"]]}
    path = tmp_path / "a.dta"
    pyreadstat.write_dta(
        as_pandas(table),
        path,
        version=version,
        file_label="A file",
        column_labels=["number", "text", ""],
        variable_value_labels={"n1": labels},
    )
    frame = irosurvey.read(path)
    assert frame.label == "A file"
    assert frame["n1"].label == "number"
    assert frame["n1"].value_labels == labels
    assert frame["t1"].to_arrow().null_count == table["t1"].count("")
    expect_table(frame, table)


@ROUND_TRIP
@hypothesis.given(table=tables(WORDS), version=st.sampled_from([5, 8]))
def test_sas_transport_files(tmp_path: Path, table: dict[str, list[Any]], version: int) -> None:
    # IBM's floating point holds 14 hexadecimal digits: whole numbers come back as they were.
    table = {
        name: [None if cell is None else float(int(cell % 2**52)) for cell in values]
        if name[0] == "n"
        else values
        for name, values in table.items()
    }
    path = tmp_path / "a.xpt"
    pyreadstat.write_xport(
        as_pandas(table), path, column_labels=["number", "text", ""], file_format_version=version
    )
    frame = irosurvey.read(path)
    assert frame["n1"].label == "number"
    expect_table(frame, table)


def test_tagged_missing_values_keep_their_tags_and_labels(tmp_path: Path) -> None:
    table = pd.DataFrame({"x": [1, "a", "z", None], "y": [1.0, 2.0, 3.0, 4.0]})
    path = tmp_path / "a.dta"
    pyreadstat.write_dta(
        table,
        path,
        missing_user_values={"x": ["a", "z"]},
        variable_value_labels={"x": {1: "yes", "a": "refused"}},
    )
    column = irosurvey.read(path)["x"]
    assert column.missing_tags == {1: "a", 2: "z"}
    assert column.tag_labels == {"a": "refused"}
    assert column.value_labels == {1: "yes"}
    np.testing.assert_array_equal(column.to_numpy(), [1, np.nan, np.nan, np.nan])
    again = pickle.loads(pickle.dumps(column))
    assert again.missing_tags == {1: "a", 2: "z"}


def test_what_variables_measure_and_which_weighs(tmp_path: Path) -> None:
    table = pd.DataFrame({"x": [1.0, 2.0], "w": [3.0, 4.0], "y": [5.0, 6.0]})
    path = tmp_path / "a.sav"
    pyreadstat.write_sav(
        table, path, variable_measure={"x": "nominal", "w": "scale", "y": "ordinal"}
    )
    frame = irosurvey.read(path)
    assert [frame[name].measure for name in frame] == ["nominal", "scale", "ordinal"]
    assert frame.weighted_by is None
    # The head of the file tells the place of the weights, from 1, in bytes 76 to 79.
    content = bytearray(path.read_bytes())
    content[76:80] = (2).to_bytes(4, "little")
    path.write_bytes(bytes(content))
    frame = irosurvey.read(path)
    assert frame.weighted_by == "w"
    for again in (
        pickle.loads(pickle.dumps(frame)),
        irosurvey.Frame(frame.to_arrow()),
        frame.with_column("z", [1, 2]),
    ):
        assert again.weighted_by == "w"
        assert again["y"].measure == "ordinal"
    assert irosurvey.read(path, columns=["x"]).weighted_by is None
    # A design uses the weights that it is told of.
    assert irosurvey.Design(frame).weights.tolist() == [1.0, 1.0]


def test_long_texts_of_stata(tmp_path: Path) -> None:
    table = pd.DataFrame({"x": [1.0, 2.0, 3.0], "t": ["ä", "long " * 1_000, ""]})
    table.to_stata(tmp_path / "a.dta", version=118, convert_strl=["t"], write_index=False)
    assert texts_of(irosurvey.read(tmp_path / "a.dta")["t"]) == table["t"].tolist()


def test_long_texts_of_spss(tmp_path: Path) -> None:
    table = pd.DataFrame({"t": ["x" * 1_000, "", "ä" * 300], "u": ["a", "b", "c"]})
    pyreadstat.write_sav(
        table,
        tmp_path / "a.sav",
        variable_value_labels={"u": {"a": "first", "b": "second"}},
        missing_ranges={"u": ["c"]},
    )
    frame = irosurvey.read(tmp_path / "a.sav")
    assert texts_of(frame["t"]) == table["t"].tolist()
    assert frame["u"].value_labels == {"a": "first", "b": "second"}
    assert frame["u"].to_arrow().to_pylist() == ["a", "b", None]


# ── Cut files ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def sample() -> pd.DataFrame:
    numbers = np.random.default_rng(2013).normal(size=40)
    numbers[3] = np.nan
    return pd.DataFrame(
        {
            "id": np.arange(1.0, 41),
            "weight": numbers,
            "answer": [f"answer {i}" if i % 3 else "" for i in range(40)],
            "code": [float(i % 3 + 1) for i in range(40)],
        }
    )


CODES = {"code": {1: "one", 2: "two", 3: "three"}}
WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    "plain.sav": lambda t, p: pyreadstat.write_sav(t, p, variable_value_labels=CODES),
    "by_row.sav": lambda t, p: pyreadstat.write_sav(
        t, p, variable_value_labels=CODES, row_compress=True
    ),
    "deflated.zsav": lambda t, p: pyreadstat.write_sav(
        t, p, variable_value_labels=CODES, compress=True
    ),
    "v10.dta": lambda t, p: pyreadstat.write_dta(t, p, variable_value_labels=CODES, version=10),
    "v13.dta": lambda t, p: pyreadstat.write_dta(t, p, variable_value_labels=CODES, version=13),
    "v15.dta": lambda t, p: pyreadstat.write_dta(t, p, variable_value_labels=CODES, version=15),
    "v5.xpt": lambda t, p: pyreadstat.write_xport(t, p, file_format_version=5),
    "v8.xpt": lambda t, p: pyreadstat.write_xport(t, p, file_format_version=8),
    "a.parquet": lambda t, p: t.to_parquet(p),
}


def can_be_whole(name: str, data: bytes, size: int, row_bytes: int) -> bool:
    """Whether the format itself can't tell that bytes are lacking."""
    if name == "v10.dta":  # after the rows come sets of value labels, no one knows how many
        one_set = 4 + 33 + 3 + 8 + 3 * 8 + len("one two three ")
        return size == len(data) - one_set
    if name == "v5.xpt":  # no count of rows: whole records that end with a row, or with blanks
        start = data.rindex(b"HEADER RECORD*******OBS") + 80
        tail = data[size - (size - start) % row_bytes : size]
        return size % 80 == 0 and size >= start and not tail.strip(b" ")
    return False


@pytest.mark.parametrize("name", WRITERS)
def test_a_cut_file_gives_an_error_or_all_of_its_rows(
    name: str, sample: pd.DataFrame, tmp_path: Path
) -> None:
    whole = tmp_path / name
    WRITERS[name](sample, whole)
    data = whole.read_bytes()
    frame = irosurvey.read(whole)
    expected = frame.to_arrow()
    assert expected.num_rows == 40
    cut = tmp_path / f"cut{whole.suffix}"
    answer_bytes = max(len(text) for text in sample["answer"])
    seen_errors = 0
    ends = {*range(400), *range(400, len(data), 7), *range(len(data) - 400, len(data))}
    for size in sorted(ends):
        cut.write_bytes(data[:size])
        if not can_be_whole(name, data, size, 3 * 8 + answer_bytes):
            complaint_about(cut)
            seen_errors += 1
        elif name != "v5.xpt":
            assert irosurvey.read(cut).to_arrow().equals(expected)
    assert seen_errors > 600


def test_bytes_that_are_lost_within_are_noticed(sample: pd.DataFrame, tmp_path: Path) -> None:
    for name in ("plain.sav", "by_row.sav", "deflated.zsav", "v15.dta", "v8.xpt"):
        whole = tmp_path / name
        WRITERS[name](sample, whole)
        data = whole.read_bytes()
        hurt = tmp_path / f"hurt{whole.suffix}"
        for place in range(len(data) // 2, len(data) - 100, 31):
            hurt.write_bytes(data[:place] + data[place + 80 :])
            with pytest.raises(ReadError):
                irosurvey.read(hurt)


# ── What is no data file, or another one ──────────────────────────────────────────────────────────


def complaint_about(path: Path | str, **options: Any) -> ReadError:
    with pytest.raises(ReadError) as caught:
        irosurvey.read(path, **options)
    assert str(path) in str(caught.value)
    assert caught.value.code == "read"
    return caught.value


@pytest.mark.parametrize("ending", ["sav", "dta", "xpt", "csv", "parquet", "xyz"])
def test_a_missing_file_a_directory_and_an_empty_file(tmp_path: Path, ending: str) -> None:
    (tmp_path / f"manager.{ending}").touch()
    missing = complaint_about(tmp_path / f"manger.{ending}")
    assert missing.found == "no such file"
    assert missing.candidates == (f"manager.{ending}",)
    if ending != "xyz":
        empty = complaint_about(tmp_path / f"manager.{ending}")
        assert empty.found == "an empty file (0 bytes)"
    folder = tmp_path / f"folder.{ending}"
    folder.mkdir()
    assert complaint_about(folder).found == "a directory"


def test_a_file_of_another_kind_is_named(sample: pd.DataFrame, tmp_path: Path) -> None:
    pyreadstat.write_dta(sample, tmp_path / "a.sav")
    stata = complaint_about(tmp_path / "a.sav")
    assert stata.found == "a Stata file from byte 0 on"
    assert stata.remedy == "Rename it to end in .dta."
    (tmp_path / "b.sav").write_text("id,weight\n1,2\n")
    assert "plain text (a CSV file?)" in complaint_about(tmp_path / "b.sav").found
    (tmp_path / "c.dta").write_bytes(gzip.compress(b"x"))
    assert "a gzip file" in complaint_about(tmp_path / "c.dta").found
    (tmp_path / "d.sas7bdat").write_bytes(b"x")
    unknown = complaint_about(tmp_path / "d.sas7bdat")
    assert unknown.found == "'.sas7bdat'"
    assert ".sav, .zsav, .dta, .xpt, .csv, .parquet" in unknown.expected
    (tmp_path / "e.parquet").write_text("id,weight\n1,2\n")
    assert "Parquet" in complaint_about(tmp_path / "e.parquet").expected


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.sav"
    path.write_bytes(b"$FL2")
    path.chmod(0)
    assert "Permission denied" in complaint_about(path).found


def test_names_with_other_letters_and_bytes(sample: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "Prüfung ü.sav"
    pyreadstat.write_sav(sample, path)
    assert irosurvey.read(str(path)).rows == 40


def test_the_error_can_be_pickled(tmp_path: Path) -> None:
    error = complaint_about(tmp_path / "a.sav")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is ReadError
    assert (str(again), again.expected, again.row) == (str(error), error.expected, error.row)


# ── Columns ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", [*WRITERS, "a.csv"])
def test_only_the_columns_asked_for(name: str, sample: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / name
    if name == "a.csv":
        sample.to_csv(path, index=False)
    else:
        WRITERS[name](sample, path)
    frame = irosurvey.read(path, ["code", "id"])
    assert frame.names == ["code", "id"]
    np.testing.assert_array_equal(frame["id"].to_numpy(), sample["id"])
    np.testing.assert_array_equal(frame["code"].to_numpy(), sample["code"])
    with pytest.raises(ColumnError, match="Did you mean 'weight'"):
        irosurvey.read(path, columns=["weigth"])
    with pytest.raises(ArgumentError, match="columns: expected different names, found 'id' twice"):
        irosurvey.read(path, columns=["id", "id"])
    with pytest.raises(ArgumentError, match=r"Write columns=\['id'\]"):
        irosurvey.read(path, columns="id")


# ── Text files and Parquet ────────────────────────────────────────────────────────────────────────


def test_csv(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,region,rate\n1,North,0.5\n2,,\n3,NA,1\n")
    frame = irosurvey.read(path)
    assert frame["id"].to_numpy().tolist() == [1, 2, 3]
    assert frame["region"].to_arrow().to_pylist() == ["North", None, None]
    assert frame["rate"].to_arrow().to_pylist() == [0.5, None, 1]


def test_csv_in_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("name\nLéon\n".encode("latin1"))
    assert irosurvey.read(path, encoding="latin1")["name"].to_arrow().to_pylist() == ["Léon"]
    with pytest.raises(ArgumentError, match="encoding"):
        irosurvey.read(path, encoding="klingon")


def test_a_csv_file_with_a_row_too_long(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,x\n1,2\n3,4,5\n")
    error = complaint_about(path)
    assert "a CSV file in good order" in error.expected
    assert "Row #3" in error.found


def test_parquet_keeps_labels(tmp_path: Path) -> None:
    frame = irosurvey.read(DATA / "pisa2003_nld.zsav")
    path = tmp_path / "a.parquet"
    pyarrow.parquet.write_table(frame.with_user_missing("keep").to_arrow(), path)
    again = irosurvey.read(path)
    assert again.label == frame.label
    for name in frame.names:
        assert again[name].label == frame[name].label
        assert again[name].value_labels == frame[name].value_labels
        assert again[name].to_arrow().equals(frame[name].to_arrow())


# ── Long files ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def long_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A plain SPSS file of a million rows: a head, and rows of doubles."""
    columns, rows = 12, 1_000_000
    path = tmp_path_factory.mktemp("long") / "long.sav"
    table = pd.DataFrame({f"x{i}": [float(i) + 0.5] for i in range(columns)})
    pyreadstat.write_sav(table, path)
    one = path.read_bytes()
    head, row = bytearray(one[: -8 * columns]), one[-8 * columns :]
    head[80:84] = rows.to_bytes(4, "little")  # where the head says how many rows there are
    path.write_bytes(bytes(head) + row * rows)
    yield path
    path.unlink()


class StoppedError(Exception):
    pass


def test_a_signal_stops_the_reading_and_its_handler_is_heard(long_file: Path) -> None:
    def stop(signal_number: int, frame: FrameType | None) -> None:
        raise StoppedError

    before = signal.signal(signal.SIGALRM, stop)
    try:
        start = time.perf_counter()
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        with pytest.raises(StoppedError):
            irosurvey.read(long_file)
        stopped_after = time.perf_counter() - start
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    start = time.perf_counter()
    frame = irosurvey.read(long_file)
    assert stopped_after < time.perf_counter() - start
    assert frame.rows == 1_000_000
    assert set(frame["x3"].to_numpy().tolist()) == {3.5}


def test_ctrl_c_stops_the_reading(long_file: Path) -> None:
    # Python hears no Ctrl-C where it was started in the background by a shell, which ignores it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        timer = threading.Timer(0.02, signal.raise_signal, [signal.SIGINT])
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            irosurvey.read(long_file)
        timer.join()
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_work_while_a_file_is_read(long_file: Path) -> None:
    finished: list[Frame] = []
    thread = threading.Thread(target=lambda: finished.append(irosurvey.read(long_file)))
    thread.start()
    turns = 0
    while thread.is_alive():
        turns += 1
        time.sleep(0.001)
    thread.join()
    assert finished[0].rows == 1_000_000
    assert turns > 20, "the reader let go of the interpreter"
