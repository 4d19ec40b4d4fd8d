"""A spec may come from anyone: its SQL reaches the columns of the data, and nothing else."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import irosurvey
from irosurvey import Frame
from irosurvey.errors import IrosurveyError, SpecError
from irosurvey.sql import check_expression, column_of

SECRET = "hunter2"
DATA = "w,age,text\n1,30,a\n2,40,bb\n3,50,\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data.csv").write_text(DATA)
    (tmp_path / "secret.csv").write_text(f"password\n{SECRET}\n")
    return tmp_path


def spec(folder: Path, place: str, sql: str) -> Path:
    """A spec with SQL in one of the three places that take it."""
    quoted = "'''" + sql + "'''" if "'''" not in sql else '"""' + sql + '"""'
    lines = {
        "keep": f'[data]\nfile = "data.csv"\nkeep = {quoted}\n',
        "derive": f'[data]\nfile = "data.csv"\n[derive]\nx = {quoted}\n',
        "where": '[data]\nfile = "data.csv"\n',
    }[place]
    estimate = '[[estimate]]\nid = "e"\nstatistic = "mean"\nvariables = ["age"]\n'
    if place == "where":
        estimate += f"where = {quoted}\n"
    path = folder / "spec.toml"
    path.write_text(lines + estimate, encoding="utf-8")
    return path


ATTACKS = [
    # files
    "(SELECT password FROM read_csv('FOLDER/secret.csv')) = 'x'",
    "(SELECT content FROM read_text('FOLDER/secret.csv')) = 'x'",
    "(SELECT content FROM read_blob('FOLDER/secret.csv')) IS NOT NULL",
    "(SELECT count(*) FROM glob('FOLDER/*')) > 0",
    "(SELECT count(*) FROM sniff_csv('FOLDER/secret.csv')) > 0",
    "(SELECT count(*) FROM read_json('FOLDER/secret.csv')) > 0",
    "(SELECT count(*) FROM read_parquet('FOLDER/secret.csv')) > 0",
    "(FROM 'FOLDER/secret.csv')",
    'EXISTS (FROM "FOLDER/secret.csv")',
    "age FROM 'FOLDER/secret.csv' --",
    "age, (SELECT password FROM 'FOLDER/secret.csv')",
    # statements
    "age; COPY (SELECT 1) TO 'FOLDER/written.csv'",
    "age > 0; COPY frame TO 'FOLDER/written.csv' (FORMAT csv)",
    "COPY frame TO 'FOLDER/written.csv'",
    "age > 0; EXPORT DATABASE 'FOLDER/written'",
    "age > 0; ATTACH 'FOLDER/written.db' AS other",
    "ATTACH 'FOLDER/written.db'",
    "age > 0; CREATE TABLE t AS SELECT 1",
    "age > 0; DROP VIEW frame",
    "age > 0; DELETE FROM given",
    "age > 0; PRAGMA database_list",
    "PRAGMA threads = 8",
    "age > 0; SET memory_limit = '100GB'",
    "SET enable_external_access = true",
    "RESET lock_configuration",
    "age > 0; INSTALL httpfs",
    "age > 0; LOAD httpfs",
    "age > 0; INSTALL spatial FROM community",
    "age > 0; CALL pragma_version()",
    "age > 0; PREPARE p AS SELECT 1",
    "age > 0; EXECUTE p",
    "age > 0; CREATE SECRET s (TYPE s3)",
    "age > 0; CREATE MACRO f(x) AS x",
    "EXPLAIN ANALYZE age",
    "BEGIN TRANSACTION",
    "VACUUM",
    # queries inside
    "age > (SELECT avg(age) FROM frame)",
    "age IN (SELECT age FROM given)",
    "age = ANY (SELECT 30)",
    "age = ANY ([30])",
    "EXISTS (SELECT 1)",
    "(WITH x AS (SELECT 1 AS y) SELECT y FROM x) = 1",
    "(VALUES (1)) = 1",
    "age > 0 UNION ALL SELECT TRUE",
    "age > 0 FROM frame JOIN given ON TRUE --",
    "age > 0 FROM frame LIMIT 1 --",
    "age > 0 FROM frame ORDER BY age --",
    "age > 0 FROM frame GROUP BY ALL --",
    "age > 0 FROM range(1000000000) --",
    "age > 0 ORDER BY random()",
    "age > 0 QUALIFY row_number() OVER () = 1",
    "DISTINCT age",
    "age > 0 AS kept",
    "age, w",
    "*",
    "COLUMNS(*) > 0",
    "* EXCLUDE (age)",
    "UNNEST([1, 2])",
    # what Python holds
    "(SELECT * FROM secret) = 'x'",
    "(SELECT count(*) FROM folder) = 1",
    "getvariable('secret') = 'x'",
    # functions
    "getenv('HOME') = 'x'",
    "current_setting('home_directory') = 'x'",
    "current_user = 'x'",
    "current_database() = 'x'",
    "version() = 'x'",
    "now() > TIMESTAMP '2020-01-01'",
    "current_date > DATE '2020-01-01'",
    "random() > 0.5",
    "uuid() = text",
    "nextval('s') > 0",
    "repeat(text, 1000000000) = 'x'",
    "rpad(text, 1000000000, 'x') = 'x'",
    "replace(text, 'a', 'aaaaaaaaaaaa') = 'x'",
    "regexp_replace(text, 'a', 'aaaaaaaaaaaa') = 'x'",
    "format('{:1000000000}', text) = 'x'",
    "printf('%1000000000d', 1) = 'x'",
    "string_agg(text) = 'x'",
    "list_sum(range(100000000)) > 0",
    "len(generate_series(1, 1000000000)) > 0",
    "sum(age) > 0",
    "age > sum(age) OVER ()",
    "bar(age, 0, 100, 1000000000) = 'x'",
    "parse_path('FOLDER') IS NULL",
    "query('SELECT 1') = 1",
    "query_table('secret') = 1",
    "pg_read_file('FOLDER/secret.csv') = 'x'",
    "system('id') = 'x'",
    "add_parquet_key('a', 'b') IS NULL",
    "error('boom')",
    "getvariable('x')",
    "TRY(age)",
    "MAP {'a': 1}",
    "{'a': age}",
    "[age]",
    "regexp_extract(text, '(a)(b)', ['x', 'y'])",
    "regexp_extract_all(text, 'a')",
    "regexp_split_to_array(text, 'a')",
    "age::JSON",
    "age::INTEGER[]",
    "text::BLOB",
    "text COLLATE de",
    "$1",
    "?",
    "$secret",
    # names
    "information_schema.tables",
    "main.frame.age > 0",
    "frame.age > 0",
    "given.age > 0",
    "rowid > 0",
    "x > 0",
    # nothing
    "",
    " \n\t",
    "-- age > 0",
    "/* age > 0",
    "age > 0 /*",
    "age > 0)",
    "(age > 0",
    "'age",
    "age > 0\0",
]


@pytest.mark.parametrize("place", ["keep", "derive", "where"])
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda text: repr(text[:36]))
def test_what_is_not_one_harmless_expression_is_refused(
    folder: Path, place: str, attack: str
) -> None:
    secret = SECRET
    before = sorted(folder.iterdir())
    sql = attack.replace("FOLDER", str(folder))
    if "\0" in sql:
        with pytest.raises(IrosurveyError):
            column_of(Frame({"age": [1]}), sql, "SQL")
        return
    path = spec(folder, place, sql)
    started = time.monotonic()
    with pytest.raises(SpecError) as refusal:
        irosurvey.run(path)
    assert time.monotonic() - started < 5
    assert secret not in str(refusal.value)
    assert sorted(folder.iterdir()) == sorted({*before, path})
    name = {"keep": "[data], key 'keep'", "derive": "[derive], key 'x'", "where": "key 'where'"}
    assert name[place] in str(refusal.value)


@pytest.mark.parametrize("place", ["keep", "derive", "where"])
@pytest.mark.parametrize(
    "deep",
    [
        "(" * 4000 + "age > 0" + ")" * 4000,
        "NOT " * 4000 + "age > 0",
        "-" * 4001 + "age > 0",
        "age > 0" + " AND age > 0" * 1600,
        "age + " * 3000 + "age > 0",
        "abs(" * 3000 + "age" + ")" * 3000 + " > 0",
        "CASE WHEN age > 0 THEN " * 700 + "TRUE" + " END" * 700,
        "CAST(" * 1000 + "age" + " AS INTEGER)" * 1000 + " > 0",
        "age IN (" + ", ".join(map(str, range(4000))) + ")",
        "age > 0 OR " * 5000 + "TRUE",
    ],
    ids=lambda text: text[:20],
)
def test_deep_or_long_sql_is_computed_or_refused_and_never_crashes(
    folder: Path, place: str, deep: str
) -> None:
    started = time.monotonic()
    try:
        answer = irosurvey.run(spec(folder, place, deep))
    except SpecError:
        pass
    else:
        assert answer["e"].n == [3] or place == "where"
    assert time.monotonic() - started < 10


def test_texts_cannot_be_doubled_line_by_line(folder: Path) -> None:
    lines = ['x0 = "concat(text, text)"']
    lines += [f'x{n} = "concat(x{n - 1}, x{n - 1})"' for n in range(1, 60)]
    path = folder / "spec.toml"
    path.write_text(
        '[data]\nfile = "data.csv"\n[derive]\n'
        + "\n".join(lines)
        + '\n[[estimate]]\nid = "e"\nstatistic = "mean"\nvariables = ["age"]\n'
    )
    started = time.monotonic()
    with pytest.raises(SpecError, match="more than 100000"):
        irosurvey.run(path)
    assert time.monotonic() - started < 10


def test_text_of_every_arrow_kind_has_a_length() -> None:
    long = "x" * 60_000
    kinds = {
        "string": pa.chunked_array([pa.array([long])]),
        "large": pa.chunked_array([pa.array([long], pa.large_string())]),
        "view": pa.chunked_array([pa.array([long], pa.string_view())]),
        "dictionary": pa.chunked_array([pa.array([long]).dictionary_encode()]),
    }
    frame = Frame(kinds)
    for name in kinds:
        assert len(column_of(frame, name, "SQL")[0].as_py()) == 60_000
        with pytest.raises(IrosurveyError, match="120000 characters together"):
            column_of(frame, f"concat({name}, {name})", "SQL")


def test_an_expression_gives_numbers_texts_truths_and_dates() -> None:
    frame = Frame({"a": [1, 2, None], "t": ["x", None, "y"]})
    assert column_of(frame, "a * 1.5", "SQL").to_pylist() == [1.5, 3.0, None]
    assert pa.types.is_floating(column_of(frame, "a * 1.5", "SQL").type)
    assert column_of(frame, "CASE a WHEN 1 THEN 'one' ELSE t END", "SQL").to_pylist() == [
        "one",
        None,
        "y",
    ]
    assert column_of(frame, "a > 1", "SQL").to_pylist() == [False, True, None]
    assert column_of(frame, "7", "SQL").to_pylist() == [7, 7, 7]
    assert str(column_of(frame, "DATE '2020-02-01'", "SQL").type) == "date32[day]"
    assert column_of(frame, "TRY_CAST(t AS INTEGER)", "SQL").to_pylist() == [None] * 3
    assert column_of(frame, "split_part('N-1-2', '-', a + 1)", "SQL").to_pylist() == [
        "1",
        "2",
        None,
    ]
    assert column_of(frame, "regexp_extract('ward 12', '[0-9]+')", "SQL").to_pylist() == ["12"] * 3
    # Arithmetic that has no number is missing: no infinity gets into a design.
    assert column_of(frame, "a / 0", "SQL").to_pylist() == [None, None, None]
    assert column_of(frame, "(a - 1) / (a - 1.0)", "SQL").to_pylist() == [None, 1.0, None]


def test_rows_of_a_derived_column_keep_their_order() -> None:
    rows = 500_000
    frame = Frame({"i": np.arange(rows)})
    doubled = column_of(frame, "i * 2", "SQL").to_numpy()
    assert np.array_equal(doubled, 2 * np.arange(rows))


def test_what_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(irosurvey.sql, "_PATIENCE", 0.2)
    frame = Frame({"a": np.arange(2_000_000)})
    slow = f"regexp_matches(concat(CAST(a AS VARCHAR), '{'a' * 3000}'), '(a?){{60}}b')"
    started = time.monotonic()
    with pytest.raises(IrosurveyError, match=r"keep: .*more than 0.2 seconds, which was stopped"):
        column_of(frame, slow, "keep")
    assert time.monotonic() - started < 60  # of an hour


def test_a_row_far_down_that_cannot_be_evaluated_is_an_error_of_ours() -> None:
    # Beyond the first block of rows DuckDB's errors come through Arrow as the system's.
    frame = Frame({"t": ["1"] * 500_000 + ["x"]})
    with pytest.raises(IrosurveyError, match=r"keep: .*Could not convert"):
        column_of(frame, "t::INTEGER", "keep")


def test_an_expression_can_be_checked_without_running_it() -> None:
    frame = Frame({"t": ["x"]})
    check_expression(frame, "t::INTEGER + 1", "SQL")
    with pytest.raises(IrosurveyError, match="a subquery"):
        check_expression(frame, "(SELECT 1)", "SQL")
    with pytest.raises(IrosurveyError, match="Could not convert"):
        column_of(frame, "t::INTEGER + 1", "SQL")
