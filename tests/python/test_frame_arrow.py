"""Frames share their buffers with polars, pyarrow, DuckDB and pandas, in both directions."""

from __future__ import annotations

import pickle
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from arrow_streams import Watched, buffers_of

import irosurvey
from irosurvey import ArgumentError, Column, ColumnError, Frame, ReadError

VALUES = [[1.0, None, 3.0], [4.0, 5.0], [None, 7.0]]
FLAT = [value for chunk in VALUES for value in chunk]


def chunked(values: list[list[Any]] = VALUES, kind: Any = None) -> pa.ChunkedArray:
    return pa.chunked_array(values, kind or pa.float64())


def addresses(column: Column) -> list[list[int | None]]:
    return buffers_of(column.to_arrow())


# ── In, and out again: the same addresses ─────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", [pa.float64(), pa.int32(), pa.uint8(), pa.float32()])
def test_pyarrow_chunks_with_nulls_are_shared(kind: pa.DataType) -> None:
    array = chunked(kind=kind)
    frame = Frame(pa.table({"x": array}))
    assert addresses(frame["x"]) == buffers_of(array)
    assert buffers_of(frame.to_arrow()["x"]) == buffers_of(array)
    assert frame["x"].to_arrow().equals(array)


def test_columns_that_are_cut_differently_are_shared() -> None:
    table = pa.table({"x": chunked(), "whole": chunked([FLAT])})
    frame = Frame(table)
    assert addresses(frame["x"]) == buffers_of(table["x"])
    # pyarrow cuts each column where any other one ends; the frame puts the pieces together again.
    assert addresses(frame["whole"]) == buffers_of(table["whole"])
    shared = {tuple(chunk) for chunk in buffers_of(frame.to_arrow()["whole"])}
    assert shared == {tuple(chunk) for chunk in buffers_of(table["whole"])}


def test_slices_are_shared() -> None:
    array = chunked([FLAT]).slice(2, 4)
    frame = Frame(pa.table({"x": array}))
    assert addresses(frame["x"]) == buffers_of(array)
    assert frame["x"].to_arrow().to_pylist() == [3.0, 4.0, 5.0, None]


def polars_buffers(series: pl.Series) -> list[list[int | None]]:
    return [
        [buffer.address if buffer else None for buffer in chunk.to_arrow().buffers()]
        for chunk in series.get_chunks()
    ]


def test_polars_chunks_with_nulls_are_shared() -> None:
    parts = [pl.DataFrame({"x": part}, schema={"x": pl.Float64}) for part in VALUES]
    table = pl.concat(parts, rechunk=False)
    before = polars_buffers(table["x"])
    assert len(before) == 3
    frame = Frame(table)
    assert addresses(frame["x"]) == before
    assert polars_buffers(table["x"]) == before, "the table itself was left as it was"


def test_polars_takes_chunks_with_nulls_without_copying() -> None:
    frame = Frame(pa.table({"x": chunked()}))
    assert polars_buffers(frame.to_polars()["x"]) == addresses(frame["x"])
    assert frame.to_polars()["x"].to_list() == FLAT


def test_pandas_shares_chunks_with_nulls() -> None:
    array = chunked()
    table = pd.DataFrame({"x": pd.Series(pd.arrays.ArrowExtensionArray(array))})
    frame = Frame(table)
    assert addresses(frame["x"]) == buffers_of(array)
    back = frame.to_pandas()
    assert back["x"].dtype == pd.ArrowDtype(pa.float64())
    assert buffers_of(pa.chunked_array(back["x"].array.__arrow_array__())) == buffers_of(array)


def test_a_numpy_column_of_pandas_is_shared() -> None:
    table = pd.DataFrame({"x": [1.0, np.nan, 3.0], "y": [4.0, 5.0, 6.0]})
    frame = Frame(table)
    for name in ("x", "y"):
        source = table[name].to_numpy()
        assert addresses(frame[name])[0][1] == source.__array_interface__["data"][0]
    assert frame["x"].to_arrow().null_count == 1, "NaN is missing to readers of the bitmap too"


def test_duckdb_hands_its_buffers_over() -> None:
    with duckdb.connect() as base:
        relation = base.sql(
            "select i::double as x, case when i % 3 = 0 then null else i end as y "
            "from range(10000) rows(i)"
        )
        watched = Watched(relation)
        frame = Frame(watched)
        assert frame.rows == 10_000
        assert len(watched.seen["x"]) == len(watched.seen["y"]) >= 1
        for name in ("x", "y"):
            assert addresses(frame[name]) == watched.seen[name]
    assert frame["y"].to_arrow().null_count == 3_334, "the buffers outlive the connection"


def test_duckdb_is_handed_the_frames_buffers() -> None:
    frame = Frame(pa.table({"x": chunked(), "s": chunked([["a"], ["b"] * 6], pa.string())}))
    watched = Watched(frame)
    with duckdb.connect() as base:
        (answer,) = base.sql("select sum(x), count(x), count(*) from watched").fetchall()
    assert answer == (20.0, 5, 7)
    shared = {tuple(chunk) for chunk in addresses(frame["x"])}
    assert {tuple(chunk) for chunk in watched.seen["x"]} == shared


def test_user_missing_is_another_bitmap_over_the_same_values() -> None:
    column = Column("x", [1, -9, 3]).with_notes(user_missing=[-9])
    kept = column.with_user_missing("keep")
    assert column.to_arrow().to_pylist() == [1, None, 3]
    assert kept.to_arrow().to_pylist() == [1, -9, 3]
    assert addresses(column)[0][1] == addresses(kept)[0][1]
    assert addresses(column)[0][0] != addresses(kept)[0][0]


def test_a_file_goes_to_numpy_without_a_copy(data: Any) -> None:
    column = irosurvey.read(data / "nhanes2.dta")["finalwgt"]
    values = column.to_numpy()
    assert addresses(column)[0][1] == values.__array_interface__["data"][0]
    assert not values.flags.writeable


# ── What becomes a frame ──────────────────────────────────────────────────────────────────────────


@pytest.fixture
def data() -> Any:
    from pathlib import Path

    return Path(__file__).parents[1] / "data"


TABLE = pa.table({"x": [1.0, None], "s": ["a", None], "b": [True, None]})


class OnlyAnArray:
    """A record batch that offers no stream."""

    def __arrow_c_array__(self, requested_schema: object = None) -> object:
        return TABLE.to_batches()[0].__arrow_c_array__(requested_schema)


@pytest.mark.parametrize(
    "table",
    [
        TABLE,
        TABLE.to_batches()[0],
        pa.RecordBatchReader.from_batches(TABLE.schema, TABLE.to_batches()),
        OnlyAnArray(),
        pl.from_arrow(TABLE),
        pl.from_arrow(TABLE).lazy(),
        TABLE.to_pandas(),
        TABLE.to_pandas(types_mapper=pd.ArrowDtype),
        {"x": np.array([1.0, np.nan]), "s": ["a", None], "b": pd.array([True, None])},
        {"x": pl.Series([1.0, None]), "s": pa.array(["a", None]), "b": TABLE["b"]},
        Frame(TABLE),
    ],
    ids=lambda table: f"{type(table).__module__}.{type(table).__name__}",
)
def test_any_table_becomes_a_frame(table: Any) -> None:
    frame = Frame(table)
    assert frame.names == ["x", "s", "b"]
    assert frame.rows == len(frame) == 2
    assert frame["x"].to_arrow().to_pylist() == [1.0, None]
    assert frame["s"].to_arrow().to_pylist() == ["a", None]
    assert frame["b"].to_arrow().to_pylist() == [True, None]


def test_a_duckdb_relation_becomes_a_frame() -> None:
    with duckdb.connect() as base:
        frame = Frame(base.sql("select 1::hugeint as h, 1.25 as d, 'a' as s, true as b"))
        assert frame["h"].to_numpy().tolist() == [1.0]
        assert frame["d"].to_numpy().tolist() == [1.25]


def test_a_filtered_data_frame_brings_no_index_along() -> None:
    table = pd.DataFrame({"x": [1.0, 2.0, 3.0]})
    assert Frame(table[table["x"] > 1]).names == ["x"]


def test_categories_of_pandas_and_polars_are_carried() -> None:
    pandas = Frame(pd.DataFrame({"g": pd.Categorical(["b", "a", None])}))
    assert pandas["g"].to_arrow().to_pylist() == ["b", "a", None]
    polars = Frame(pl.DataFrame({"g": pl.Series(["b", "a", None], dtype=pl.Enum(["b", "a"]))}))
    assert polars["g"].to_arrow().to_pylist() == ["b", "a", None]


def test_dates_and_nested_values_are_carried() -> None:
    table = pa.table(
        {
            "day": pa.array([0, None], pa.date32()),
            "list": pa.array([[1, 2], None]),
            "struct": pa.array([{"a": 1}, None]),
            "ree": pa.RunEndEncodedArray.from_arrays([1, 2], ["x", "y"]),
        }
    )
    frame = Frame(table)
    assert frame.to_arrow().equals(table)
    with pytest.raises(ColumnError, match="'day': expected numbers or booleans, found dates"):
        frame["day"].to_numpy()


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(ColumnError, match="data: expected a table, found int"):
        Frame(3)
    with pytest.raises(ColumnError, match="column 'a': expected values of one type"):
        Frame({"a": [1, "x"]})
    with pytest.raises(ColumnError, match="column 'b': expected 2 rows, as in column 'a', found 1"):
        Frame({"a": [1, 2], "b": [1]})
    with pytest.raises(ColumnError, match="column 'x': expected names that differ"):
        Frame(pd.DataFrame([[1, 2]], columns=["x", "x"]))


def test_a_producers_failure_is_passed_on() -> None:
    def batches() -> Any:
        yield TABLE.to_batches()[0]
        raise OSError("the disk is on fire")

    with pytest.raises(ReadError, match="the disk is on fire"):
        Frame(pa.RecordBatchReader.from_batches(TABLE.schema, batches()))


# ── What a frame is ───────────────────────────────────────────────────────────────────────────────


def described() -> Frame:
    column = Column("duty", [1, 2, -9]).with_notes(
        label="Any <other> duty?",
        value_labels={1: "Yes", 2: "No", -9: "Not answered"},
        user_missing=[-9],
        user_missing_range=(-8, -1),
        format="F1.0",
    )
    return Frame({"caseload": [70.0, None, 60.0]}, label="IROs").with_column(column)


def test_notes_can_be_asked_for() -> None:
    duty = described()["duty"]
    assert duty.label == "Any <other> duty?"
    assert duty.value_labels == {1: "Yes", 2: "No", -9: "Not answered"}
    assert duty.user_missing == (-9,)
    assert duty.user_missing_range == (-8.0, -1.0)
    assert duty.format == "F1.0"
    assert duty.user_missing_rule == "missing"
    assert duty.missing_tags == {}
    assert len(duty) == 3


def test_a_frame_is_a_mapping_of_names() -> None:
    frame = described()
    assert list(frame) == ["caseload", "duty"]
    assert "duty" in frame
    assert "dutty" not in frame
    assert 3 not in frame
    with pytest.raises(ColumnError, match="Did you mean 'duty'") as caught:
        frame["dutty"]
    assert caught.value.candidates == ("duty",)
    assert isinstance(caught.value, KeyError)


def test_a_frame_never_changes() -> None:
    frame = described()
    other = frame.with_column("duty", [1, 1, 1]).with_label("others")
    assert other["duty"].to_numpy().tolist() == [1, 1, 1]
    assert other.label == "others"
    assert frame["duty"].to_numpy().tolist()[:2] == [1, 2]
    assert frame.label == "IROs"
    assert frame.with_user_missing("keep")["duty"].to_numpy().tolist() == [1, 2, -9]
    with pytest.raises(ArgumentError, match="expected 'missing' or 'keep', found 'drop'"):
        frame.with_user_missing("drop")


@pytest.mark.parametrize("rule", ["missing", "keep"])
def test_a_pickle_loses_nothing(rule: str) -> None:
    frame = described().with_user_missing(rule)
    again = pickle.loads(pickle.dumps(frame))
    assert again.label == "IROs"
    assert again["duty"].value_labels == frame["duty"].value_labels
    assert again["duty"].user_missing_rule == rule
    np.testing.assert_array_equal(again["duty"].to_numpy(), frame["duty"].to_numpy())
    kept = again.with_user_missing("keep")["duty"].to_numpy().tolist()
    assert kept == [1, 2, -9]
    column = pickle.loads(pickle.dumps(frame["duty"]))
    assert column.label == "Any <other> duty?"


def test_notes_survive_arrow_and_parquet(tmp_path: Any) -> None:
    import pyarrow.parquet

    frame = described()
    pyarrow.parquet.write_table(
        frame.with_user_missing("keep").to_arrow(), tmp_path / "iro.parquet"
    )
    again = irosurvey.read(tmp_path / "iro.parquet")
    assert again.label == "IROs"
    assert again["duty"].value_labels == frame["duty"].value_labels
    assert again["duty"].user_missing_range == (-8.0, -1.0)
    assert again["duty"].to_arrow().to_pylist() == [1, 2, None]


def test_a_frame_shows_what_it_holds() -> None:
    frame = described()
    shown = repr(frame)
    assert "3 rows × 2 columns · IROs" in shown
    assert "Any <other> duty?" in shown
    page = frame._repr_html_()
    assert "Any &lt;other&gt; duty?" in page
    assert "1 Yes; 2 No; -9 Not answered" in page
    assert "-9, -8 to -1" in page
    assert "user-missing: -9, -8 to -1" in repr(frame["duty"])


def test_errors_survive_pickling() -> None:
    with pytest.raises(ColumnError) as caught:
        described()["dutty"]
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is ColumnError
    assert str(again) == str(caught.value)
    assert again.candidates == ("duty",)
    assert again.code == "column"
