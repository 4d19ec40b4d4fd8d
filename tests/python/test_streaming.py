"""Data that arrive in pieces, by streams, processes and bytes, answer as all rows together."""

from __future__ import annotations

import math
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.ipc
import pytest

import irosurvey
from irosurvey import (
    ArgumentError,
    ColumnError,
    Design,
    DesignError,
    Estimate,
    ReadError,
    SingletonError,
    T,
    UnitTotals,
    mean,
    proportion,
    ratio,
    total,
)

# Sums of the same numbers in another order: a few thousand of them, each rounded to 1e-16.
REORDERED = 1e-13

DESIGN: dict[str, Any] = {"weights": "w", "strata": "stratum", "clusters": "unit"}
ASK = [
    mean("y"),
    total("x"),
    ratio("y", "x"),
    proportion("answer"),
    proportion("answer", ["often", "always"]),
    proportion("yes"),
    (T("y") / T(1)).within(where="x > 2") / (T("x") / T(1)),
]


def survey(rows: int = 3000, seed: int = 1) -> pa.Table:
    """Rows in no order: units in strata, missing values, text, booleans, rows of weight 0."""
    rng = np.random.default_rng(seed)
    unit = rng.integers(0, 60, rows)
    y = 50 + unit % 7 + rng.normal(size=rows)
    return pa.table(
        {
            "stratum": pa.array(np.array(["north", "south", "west"])[unit % 3]).dictionary_encode(),
            "unit": unit // 3,
            "w": np.where(rng.random(rows) < 0.05, 0.0, rng.uniform(1, 4, rows)),
            "y": pa.array(y, mask=rng.random(rows) < 0.1),
            "x": rng.uniform(1, 4, rows),
            "answer": pa.array(np.array(["always", "never", "often"])[rng.integers(0, 3, rows)]),
            "yes": pa.array(rng.random(rows) < 0.4, mask=rng.random(rows) < 0.1),
            "group": pa.array(rng.integers(1, 5, rows), mask=rng.random(rows) < 0.05),
        }
    )


TABLE = survey()


def whole(**question: Any) -> Estimate:
    return Design(TABLE, **DESIGN).estimate(ASK, **question)


def agree(pieces: Estimate, all_rows: Estimate) -> None:
    """Keys, bases and degrees of freedom to the bit; numbers to rounding."""
    assert pieces.cells == all_rows.cells
    assert pieces.statistics == all_rows.statistics
    assert [choice.name for choice in pieces.choices] == [c.name for c in all_rows.choices]
    for name in ("status", "statistic", "cell", "n", "units", "strata", "df"):
        np.testing.assert_array_equal(pieces.rows[name], all_rows.rows[name], err_msg=name)
    for name in ("value", "weighted_n"):
        np.testing.assert_allclose(pieces.rows[name], all_rows.rows[name], rtol=REORDERED)
    for name in ("variance", "srs_variance"):
        np.testing.assert_allclose(
            pieces.rows[name], all_rows.rows[name], rtol=REORDERED, atol=1e-30, err_msg=name
        )
    assert (pieces.covariances is None) == (all_rows.covariances is None)


def same_bits(a: Estimate, b: Estimate) -> None:
    for name in a.rows.dtype.names:
        assert a.rows[name].tobytes() == b.rows[name].tobytes(), name


# ── Streams ───────────────────────────────────────────────────────────────────────────────────────


def generated(table: pa.Table, size: int) -> Iterator[pa.RecordBatch]:
    yield from table.to_batches(max_chunksize=size)


STREAMS = {
    "a reader": lambda: TABLE.to_reader(max_chunksize=700),
    "a table": lambda: TABLE,
    "a generator": lambda: generated(TABLE, 333),
    "polars": lambda: pl.from_arrow(TABLE),
    "a lazy frame": lambda: pl.from_arrow(TABLE).lazy(),
    "pandas parts": lambda: [part.to_pandas() for part in (TABLE[:1000], TABLE[1000:])],
    "a dict": lambda: {name: TABLE[name] for name in TABLE.column_names},
    "a frame": lambda: irosurvey.Frame(TABLE),
}


@pytest.mark.parametrize("kind", STREAMS)
def test_a_stream_answers_as_a_table(kind: str) -> None:
    totals = Design.scan(STREAMS[kind](), **DESIGN, ask=ASK, by="group", where="x < 3.9")
    assert totals.rows == TABLE.num_rows
    agree(totals.finish(), whole(by="group", where="x < 3.9"))


def test_a_duckdb_relation_is_a_stream() -> None:
    relation = duckdb.from_arrow(TABLE)
    agree(Design.scan(relation, **DESIGN, ask=ASK).finish(), whole())


def test_a_stream_is_read_piece_by_piece() -> None:
    sent: list[int] = []
    summed: list[int] = []

    def batches() -> Iterator[pa.RecordBatch]:
        for number, batch in enumerate(TABLE.to_batches(max_chunksize=1000)):
            assert len(summed) == number, "a piece was asked for before the last one was summed"
            sent.append(batch.num_rows)
            yield batch

    Design.scan(batches(), **DESIGN, ask=mean("y"), progress=summed.append)
    assert summed == [1000, 2000, 3000]
    assert sent == [1000, 1000, 1000]


def test_small_batches_go_together_and_large_ones_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("irosurvey.streaming._FEWEST", 500)
    monkeypatch.setattr("irosurvey.streaming._MOST", 800)
    for size, expected in ((200, [600, 1200, 1800, 2400, 3000]), (3000, [800, 1600, 2400, 3000])):
        summed: list[int] = []
        reader = TABLE.combine_chunks().to_reader(max_chunksize=size)
        totals = Design.scan(reader, **DESIGN, ask=ASK, progress=summed.append)
        assert summed == expected
        agree(totals.finish(), whole())


def test_shuffled_dictionaries_are_one_set_of_labels() -> None:
    parts = []
    for start, labels in ((0, ["west", "south", "north"]), (1500, ["south", "north", "west"])):
        part = TABLE[start : start + 1500]
        names = part["stratum"].combine_chunks().cast(pa.string()).to_pylist()
        codes = pa.array([labels.index(name) for name in names], pa.int8())
        column = pa.DictionaryArray.from_arrays(codes, pa.array(labels))
        parts.append(part.set_column(0, "stratum", column))
    agree(Design.scan(parts, **DESIGN, ask=ASK, by="stratum").finish(), whole(by="stratum"))


def test_every_statistic_of_the_catalogue_goes_through_a_stream() -> None:
    for definition in irosurvey._core.catalogue():
        columns = ["answer"] if definition.by_level else ["y", "x", "w"][: definition.variables]
        asked = irosurvey._core.statistic(definition.name, columns)
        design = Design(TABLE, **DESIGN)
        totals = Design.scan(TABLE.to_reader(max_chunksize=500), **DESIGN, ask=asked, by="group")
        agree(totals.finish(), design.estimate(asked, by="group"))


def test_designs_without_clusters_or_weights() -> None:
    table = TABLE.append_column("N", pa.array(np.full(TABLE.num_rows, 5000)))
    for design in ({}, {"strata": "stratum"}, {"strata": "stratum", "fpc": "N"}, {"weights": "w"}):
        totals = Design.scan(table.to_reader(max_chunksize=800), **design, ask=ASK, by="answer")
        assert totals.units == table.num_rows
        agree(totals.finish(), Design(table, **design).estimate(ASK, by="answer"))


def test_choices_of_the_end_are_made_at_the_end() -> None:
    totals = Design.scan(TABLE, **DESIGN, ask=ASK, by="answer")
    for choice in ({"df": "full-design"}, {"df": 7}, {"deff": "wor"}, {"covariance": True}):
        found, expected = totals.finish(**choice), whole(by="answer", **choice)
        agree(found, expected)
        np.testing.assert_allclose(found.deff, expected.deff, rtol=1e-12)
    bare = Design.scan(TABLE, **DESIGN, ask=ASK, design_effects=False).finish()
    assert np.isnan(bare.deff).all()
    np.testing.assert_allclose(bare.se, whole().se, rtol=REORDERED)


def test_results_show_like_any_other() -> None:
    totals = Design.scan(TABLE, **DESIGN, ask={"height": mean("y"), "share": proportion("yes")})
    design = Design(TABLE, **DESIGN)
    expected = design.estimate({"height": mean("y"), "share": proportion("yes")})
    assert str(totals.finish()) == str(expected)
    assert repr(totals).startswith("UnitTotals: 3,000 rows in 60 sampling units")


# ── Parts ─────────────────────────────────────────────────────────────────────────────────────────


def test_parts_are_merged_in_any_order() -> None:
    parts = [
        Design.scan(TABLE[start : start + 750], **DESIGN, ask=ASK, by=["answer", "group"])
        for start in range(0, 3000, 750)
    ]
    expected = whole(by=["answer", "group"])
    first, *rest = parts
    agree(first.merge(*rest).finish(), expected)
    agree(parts[3].merge(parts[1]).merge(parts[0].merge(parts[2])).finish(), expected)
    assert first.rows == 750, "merging left the sums as they were"
    assert len({part.fingerprint for part in parts}) == 1


def test_an_offset_costs_merged_parts_no_digits() -> None:
    far = TABLE.set_column(3, "y", pa.compute.add(pa.compute.round(TABLE["y"], 3), 1e9))
    near = TABLE.set_column(3, "y", pa.compute.subtract(far["y"], 1e9))

    def merged(table: pa.Table) -> Estimate:
        parts = [
            Design.scan(table.slice(i * 1000, 1000), **DESIGN, ask=mean("y")) for i in range(3)
        ]
        return parts[0].merge(*parts[1:]).finish()

    # y is near 10⁹ to 1e-7; its deviations are of size 1.
    np.testing.assert_allclose(merged(far).se, merged(near).se, rtol=1e-6)
    np.testing.assert_allclose(merged(far).deff, merged(near).deff, rtol=1e-6)


WORKER = """
import sys
import pyarrow as pa
from irosurvey import Design, mean, proportion, ratio

path, part, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
source = pa.memory_map(path)
file = pa.ipc.open_file(source)
batches = [file.get_batch(i) for i in range(part, file.num_record_batches, 4)]
totals = Design.scan(
    batches, weights="w", strata="stratum", clusters="unit", by="group",
    ask=[mean("y"), ratio("y", "x"), proportion("answer")],
)
open(out, "wb").write(totals.to_bytes())
"""


def test_four_processes_over_four_parts_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "survey.arrow"
    with pa.ipc.new_file(path, TABLE.schema) as writer:
        for batch in TABLE.to_batches(max_chunksize=170):
            writer.write_batch(batch)
    outs = [tmp_path / f"part{part}" for part in range(4)]
    workers = [
        subprocess.Popen([sys.executable, "-c", WORKER, str(path), str(part), str(out)])
        for part, out in enumerate(outs)
    ]
    assert [worker.wait() for worker in workers] == [0, 0, 0, 0]
    parts = [UnitTotals.from_bytes(out.read_bytes()) for out in outs]
    assert all(part.units == 60 for part in parts), "the parts cut through every unit"
    ask = [mean("y"), ratio("y", "x"), proportion("answer")]
    expected = Design(TABLE, **DESIGN).estimate(ask, by="group")
    merged = parts[0].merge(*parts[1:])
    agree(merged.finish(), expected)
    alone = merged.finish(threads=1)
    for threads in (2, 7):
        same_bits(merged.finish(threads=threads), alone)


# ── Bytes ─────────────────────────────────────────────────────────────────────────────────────────


def test_sums_travel_by_bytes_and_by_pickle() -> None:
    totals = Design.scan(TABLE, **DESIGN, ask=ASK, by="group", where="x > 2")
    expected = totals.finish()
    for back in (UnitTotals.from_bytes(totals.to_bytes()), pickle.loads(pickle.dumps(totals))):
        found = back.finish()
        same_bits(found, expected)
        assert found.statistics == expected.statistics
        assert found.choices == expected.choices
        assert repr(back) == repr(totals)


def test_bytes_that_were_cut_or_changed_are_refused() -> None:
    good = Design.scan(TABLE, **DESIGN, ask=ASK).to_bytes()
    rng = np.random.default_rng(3)
    bad = [b"", b"garbage", good[:20], good + b"!", b"PK" + good[2:]]
    bad += [good[: int(cut)] for cut in rng.integers(0, len(good), 100)]
    for place in rng.integers(0, len(good), 100):
        changed = bytearray(good)
        changed[place] ^= 1 << int(rng.integers(0, 8))
        bad.append(bytes(changed))
    for data in bad:
        with pytest.raises(ReadError, match="bytes of unit totals"):
            UnitTotals.from_bytes(data)


def test_another_question_is_another_fingerprint() -> None:
    totals = Design.scan(TABLE, **DESIGN, ask=mean("y"))
    others = [
        Design.scan(TABLE, **DESIGN, ask=mean("x")),
        Design.scan(TABLE, **DESIGN, ask=mean("y"), by="group"),
        Design.scan(TABLE, **DESIGN, ask=mean("y"), where="x > 2"),
        Design.scan(TABLE, weights="w", clusters="unit", ask=mean("y")),
        Design.scan(TABLE, **DESIGN, ask=mean("y"), singleton="remove"),
    ]
    for other in others:
        with pytest.raises(ArgumentError, match="same question"):
            totals.merge(other)
        assert other.fingerprint != totals.fingerprint


# ── Errors ────────────────────────────────────────────────────────────────────────────────────────


def changed(row: int, column: str, value: Any) -> pa.Table:
    values = TABLE[column].to_pylist()
    values[row] = value
    place = TABLE.column_names.index(column)
    return TABLE.set_column(place, column, pa.array(values, TABLE[column].type))


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("w", -1.0, "at least 0"),
        ("w", None, "missing"),
        ("unit", None, "a label in every row"),
        ("y", math.inf, "finite"),
    ],
)
def test_errors_count_rows_over_the_stream(column: str, value: Any, words: str) -> None:
    table = changed(2345, column, value)
    with pytest.raises((DesignError, ColumnError), match=words) as stream:
        Design.scan(table.to_batches(max_chunksize=500), **DESIGN, ask=mean("y"))
    with pytest.raises((DesignError, ColumnError)) as frame:
        Design(table, **DESIGN).mean("y")
    assert str(stream.value) == str(frame.value)
    assert "2345" in str(stream.value)


def test_what_streams_cannot_do_is_said() -> None:
    def scan(**changes: Any) -> UnitTotals:
        return Design.scan(**{"data": TABLE, "ask": mean("y")} | changes)

    with pytest.raises(ArgumentError, match="listwise"):
        scan(missing="listwise")
    with pytest.raises(ArgumentError, match="replicate"):
        scan(replicates=irosurvey.Replicates("BRR", ["w"]))
    with pytest.raises(ArgumentError, match="boolean column or an SQL condition"):
        scan(where=np.ones(3000, bool))
    with pytest.raises(ArgumentError, match="at least one part"):
        scan(data=[])
    with pytest.raises(ArgumentError, match="a path"):
        scan(data="survey.parquet")
    with pytest.raises(ArgumentError, match="stream of record batches"):
        scan(data=7)
    with pytest.raises(ColumnError, match="Did you mean"):
        scan(ask=mean("yy"))
    with pytest.raises(TypeError, match=r"Design\.scan"):
        UnitTotals()


def test_an_empty_stream_has_no_answer() -> None:
    totals = Design.scan(TABLE[:0], **DESIGN, ask=ASK)
    assert totals.rows == 0
    with pytest.raises(DesignError, match="rows"):
        totals.finish()
    agree(totals.merge(Design.scan(TABLE, **DESIGN, ask=ASK)).finish(), whole())


def test_strata_are_collapsed_at_the_end() -> None:
    data = pa.table(
        {
            "s": ["b", "b", "a", "c", "c", "d", "b", "d"],
            "c": [1, 1, 1, 1, 2, 1, 2, 1],
            "y": [1.0, 4.0, 2.0, 7.0, 5.0, 3.0, 8.0, 6.0],
        }
    )
    design: dict[str, Any] = {"strata": "s", "clusters": "c", "singleton": "collapse"}
    whole = Design(data, **design).mean("y")
    found = Design.scan(data.to_reader(max_chunksize=2), **design, ask=mean("y")).finish()
    chosen = ("singleton strata", "collapse (s = a with s = b; s = c with s = d)")
    assert chosen in whole.choices
    assert chosen in found.choices
    assert found.se == pytest.approx(whole.se, rel=1e-14)
    assert found.df.tolist() == whole.df.tolist()


def test_a_singleton_is_named_at_the_end() -> None:
    table = pa.table({"s": ["a", "a", "b"], "c": [1, 2, 1], "y": [1.0, 2.0, 4.0]})
    totals = Design.scan(table.to_batches(1), strata="s", clusters="c", ask=mean("y"))
    with pytest.raises(SingletonError, match="s = b"):
        totals.finish()
    rule = Design.scan(table, strata="s", clusters="c", singleton="remove", ask=mean("y"))
    expected = Design(table, strata="s", clusters="c", singleton="remove").mean("y")
    np.testing.assert_allclose(rule.finish().se, expected.se, rtol=REORDERED)


def test_ctrl_c_stops_between_pieces() -> None:
    def endless() -> Iterator[pa.Table]:
        while True:
            yield TABLE

    def stop(rows: int) -> None:
        if rows >= 9000:
            signal.raise_signal(signal.SIGINT)

    # Python hears no Ctrl-C where it was started in the background by a shell, which ignores it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            Design.scan(endless(), **DESIGN, ask=mean("y"), progress=stop)
    finally:
        signal.signal(signal.SIGINT, before)


# ── Memory ────────────────────────────────────────────────────────────────────────────────────────

SCAN = """
import resource, sys
import numpy as np
import pyarrow as pa
from irosurvey import Design, mean, ratio

def batches(rows):
    for start in range(0, rows, 50_000):
        rng = np.random.default_rng(start)
        yield pa.record_batch({
            "stratum": rng.integers(0, 50, 50_000), "unit": rng.integers(0, 40, 50_000),
            "group": rng.integers(0, 10, 50_000),
            "w": rng.uniform(1, 3, 50_000), "y": rng.normal(size=50_000),
            "x": rng.uniform(1, 2, 50_000),
        })

rows = int(sys.argv[1])
totals = Design.scan(batches(rows), weights="w", strata="stratum", clusters="unit", by="group",
                     ask=[mean("y"), ratio("y", "x")])
assert totals.rows == rows and totals.units == 2000 and totals.records == 20000
totals.finish()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_rows() -> None:
    def peak(rows: int) -> int:
        run = [sys.executable, "-c", SCAN, str(rows)]
        return int(subprocess.run(run, check=True, capture_output=True, text=True).stdout)

    # Three million rows more are 144 MB. Allocators may differ by a few batches of 2.4 MB.
    assert peak(4_000_000) - peak(1_000_000) < 16
