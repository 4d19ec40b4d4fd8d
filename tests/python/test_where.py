"""The domain of a question: masks, boolean columns, and conditions that can do nothing else."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from irosurvey import ArgumentError, ColumnError, Design, Frame
from irosurvey.sql import mask_of


@pytest.fixture(scope="module")
def frame() -> Frame:
    frame = Frame(
        {
            "caseload": [50.0, np.nan, 71.0, 90.0],
            "region": [1, 2, 2, None],
            "name": ["Ann", "O'Hara", None, "Élan"],
            "flag": [True, None, False, True],
            "full time": [1, 2, 3, 4],
            "order": [4, 3, 2, 1],
            "Case": [0, 0, 1, 1],
        }
    )
    codes = frame["region"].with_notes(value_labels={1: "North East", 2: "London"})
    return frame.with_column(codes)


def inside(frame: Frame, where: object) -> list[int]:
    return mask_of(frame, where).tolist()


# ---- conditions ----


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("caseload > 70", [0, 0, 1, 1]),
        ("NOT caseload > 70", [1, 0, 0, 0]),
        ("caseload > 70 OR flag", [1, 0, 1, 1]),
        ("region = 2", [0, 1, 1, 0]),
        ("region != 2", [1, 0, 0, 0]),
        ("region IS NULL", [0, 0, 0, 1]),
        ("caseload IS NULL", [0, 1, 0, 0]),
        ("region IN (1, 3)", [1, 0, 0, 0]),
        ("caseload BETWEEN 50 AND 71", [1, 0, 1, 0]),
        ("name = 'O''Hara'", [0, 1, 0, 0]),
        ("name LIKE 'A%' OR name ILIKE 'é%'", [1, 0, 0, 1]),
        ("regexp_matches(name, '^[AO]')", [1, 1, 0, 0]),
        ("lower(name) = 'ann'", [1, 0, 0, 0]),
        ('"full time" % 2 = 0', [0, 1, 0, 1]),
        ('"order" >= 3', [1, 1, 0, 0]),
        ("CASE WHEN region = 1 THEN caseload > 40 ELSE FALSE END", [1, 0, 0, 0]),
        ("coalesce(region, 9) = 9", [0, 0, 0, 1]),
        ("abs(caseload - 80) <= 10", [0, 0, 1, 1]),
        ("caseload::INTEGER = 71", [0, 0, 1, 0]),
        ("caseload > 70 -- the limit we read into the guidance", [0, 0, 1, 1]),
        ("caseload > /* our reading */ 70", [0, 0, 1, 1]),
        ("TRUE", [1, 1, 1, 1]),
        ("1 = 2", [0, 0, 0, 0]),
    ],
)
def test_a_condition_means_what_sql_means(
    frame: Frame, condition: str, expected: list[int]
) -> None:
    assert inside(frame, condition) == expected


def test_what_cannot_be_computed_is_missing_and_so_outside(frame: Frame) -> None:
    # In DuckDB NaN is larger than every number, and 1/0 infinite; here both are missing.
    assert inside(frame, "caseload > 1000000") == [0, 0, 0, 0]
    assert inside(frame, "1 / (caseload - 50) > 0") == [0, 0, 1, 1]
    assert inside(frame, "(caseload - 50) / (caseload - 50) >= 0") == [0, 0, 1, 1]


def test_user_missing_codes_are_null() -> None:
    column = Frame({"age": [30, -9, 50]})["age"].with_notes(user_missing=[-9])
    frame = Frame({"one": [1, 1, 1]}).with_column(column)
    assert inside(frame, "age < 40") == [1, 0, 0]
    assert inside(frame, "age IS NULL") == [0, 1, 0]
    assert inside(frame.with_user_missing("keep"), "age < 40") == [1, 1, 0]


def test_rows_keep_their_order() -> None:
    rows = 1_500_000
    halves = [np.arange(rows // 3), np.arange(rows // 3, rows)]
    frame = Frame(pa.table({"i": pa.chunked_array(halves)}))
    expected = (np.arange(rows) % 7 == 3) & (np.arange(rows) > 1000)
    assert np.array_equal(mask_of(frame, "i % 7 = 3 AND i > 1000"), expected)


def test_a_dictionary_column_compares_as_text() -> None:
    frame = Frame(pd.DataFrame({"area": pd.Categorical(["north", "south", "north"])}))
    assert inside(frame, "area = 'north'") == [1, 0, 1]


# ---- what isn't a condition is refused, before anything runs ----


@pytest.mark.parametrize(
    "attack",
    [
        "TRUE; DROP TABLE frame",
        "TRUE;",
        "caseload > 70; COPY frame TO '/tmp/out.csv'",
        "caseload > 70, caseload > 80",
        "caseload > 70) OR (TRUE",
        "caseload > 70 FROM frame WHERE TRUE --",
        "caseload > 70 FROM read_csv('/etc/passwd') --",
        "caseload > 70 FROM frame /*",
        "caseload > 70 UNION SELECT TRUE",
        "DISTINCT flag",
        "caseload > 70 AS inside",
        "(SELECT count(*) FROM read_csv('/etc/passwd')) > 0",
        "EXISTS (SELECT 1)",
        "region IN (SELECT 1)",
        "region = ANY (SELECT 1)",
        "EXISTS (FROM '/etc/passwd')",
        "(WITH x AS (SELECT TRUE AS y) SELECT y FROM x)",
        "read_text('/etc/passwd') IS NOT NULL",
        "getenv('HOME') = 'x'",
        "current_setting('threads') = '1'",
        "getvariable('x') = 1",
        "repeat('a', 2000000000) = name",
        "lpad(name, 2000000000, 'x') = name",
        "replace(name, 'a', 'b') = name",
        "range(1000000000)[1] = region",
        "unnest([1, 2]) = region",
        "count(*) > 0",
        "sum(caseload) > 0",
        "sum(caseload) FILTER (WHERE flag) > 0",
        "row_number() OVER () > 1",
        "caseload > random() * 100",
        "now() IS NOT NULL",
        "error('x') IS NULL",
        "nextval('x') > 0",
        "name COLLATE nocase = 'ann'",
        "caseload > $x",
        "caseload > ?",
        "#1 > 2",
        "*",
        "COLUMNS('case.*') > 1",
        "list_transform([1], lambda x: x)[1] = 1",
        "caseload::INTEGER[] IS NULL",
        "name::JSON IS NULL",
        "{'a': 1}.a = 1",
        "frame.caseload > 70",
        "memory.main.frame.caseload > 70",
        "pg_catalog.abs(caseload) > 1",
        "TRY(caseload) > 1",
        "",
        "   ",
        "caseload >",
        "caseload > > 70",
        "caseload == 70 = ",
        "'unfinished",
        "NOT " * 4000 + "flag",
        "flag OR " * 5000 + "flag",
    ],
    ids=lambda text: text[:40] or "empty",
)
def test_anything_but_one_expression_is_refused(frame: Frame, attack: str) -> None:
    started = time.monotonic()
    with pytest.raises((ArgumentError, ColumnError)) as refusal:
        mask_of(frame, attack)
    assert refusal.value.subject == "where"
    assert time.monotonic() - started < 5.0


def test_deep_brackets_mean_what_they_enclose_or_are_refused(frame: Frame) -> None:
    # DuckDB's parsers differ in how deep they go; none may crash.
    try:
        found = inside(frame, "(" * 4000 + "flag" + ")" * 4000)
    except ArgumentError:
        return
    assert found == [1, 0, 0, 1]


def test_python_variables_are_out_of_reach(frame: Frame) -> None:
    secret = pd.DataFrame({"password": ["hunter2"]})
    with pytest.raises(ArgumentError):
        mask_of(frame, "EXISTS (SELECT password FROM secret)")
    with pytest.raises(ColumnError):
        mask_of(frame, "secret IS NOT NULL")
    assert len(secret) == 1


# ---- errors say what, where and how to mend it ----


def test_an_unknown_column_lists_near_names_and_the_place(frame: Frame) -> None:
    with pytest.raises(ColumnError) as error:
        mask_of(frame, "region = 1 AND casload > 70")
    assert error.value.candidates[0] == "caseload"
    assert "'casload' at character 16" in str(error.value)


def test_the_place_is_counted_in_characters(frame: Frame) -> None:
    with pytest.raises(ColumnError, match="at character 17"):
        mask_of(frame, "name = 'É' AND  casload > 70")


def test_double_quotes_around_text_are_explained(frame: Frame) -> None:
    with pytest.raises(ColumnError, match="Text stands in 'single quotes'"):
        mask_of(frame, 'name = "Nobody"')


@pytest.mark.parametrize(
    ("condition", "remedy"),
    [
        ("region = London", "'London' is the label of code 7: region = 7."),
        ("caseload > 60 AND region IN (1, london)", "'London' is the label of code 7: region = 7."),
        ("NOT London = region", "'London' is the label of code 7: region = 7."),
        ("region BETWEEN North AND London", "'London' is the label of code 7: region = 7."),
        ("region = 'london'", "'London' is the label of code 7: region = 7."),
        ("name = ann", "Texts stand in single quotes: name = 'Ann'."),
        ('name = "O\'Hara"', "Texts stand in single quotes: name = 'O''Hara'."),
        ('"full name" = Ann', "Texts stand in single quotes: \"full name\" = 'Ann'."),
        ("area = Kent", "'Kent' is the label of code 'E10': area = 'E10'."),
        ("name = Ann Lee", "A text of several words stands in 'single quotes'."),
    ],
)
def test_an_answer_without_quotes_or_as_it_reads_is_explained(condition: str, remedy: str) -> None:
    frame = Frame(
        {
            "caseload": [60.0, 70.0],
            "name": ["Ann", "O'Hara"],
            "full name": ["Ann", "Bob"],
            "area": ["E10", "E11"],
            "region": [1.0, 7.0],
        }
    )
    for name, labels in (("region", {1: "North", 7: "London"}), ("area", {"E10": "Kent"})):
        frame = frame.with_column(frame[name].with_notes(value_labels=labels))
    with pytest.raises((ArgumentError, ColumnError)) as error:
        mask_of(frame, condition)
    assert remedy in str(error.value)
    assert error.value.remedy == remedy


def test_a_name_that_is_no_answer_is_left_alone(frame: Frame) -> None:
    for condition in ("region = nowhere", "nowhere + region > 7", "lower(name) = nowhere"):
        with pytest.raises(ColumnError) as error:
            mask_of(frame, condition)
        assert error.value.remedy == ""


def test_a_syntax_error_shows_the_place(frame: Frame) -> None:
    with pytest.raises(ArgumentError, match=r'"70" at character 17') as error:
        mask_of(frame, "caseload >>> 70 70")
    assert "Equality is =" in error.value.remedy


def test_a_label_in_the_place_of_a_code_is_explained(frame: Frame) -> None:
    with pytest.raises(ArgumentError, match="'London' is the label of code 2: region = 2"):
        mask_of(frame, "region = 'London'")


def test_a_number_is_no_condition(frame: Frame) -> None:
    with pytest.raises(ArgumentError, match="true or false for each row"):
        mask_of(frame, "caseload + 1")
    with pytest.raises(ArgumentError, match="true or false for each row"):
        mask_of(frame, "region")


def test_a_function_that_is_not_allowed_lists_those_that_are(frame: Frame) -> None:
    with pytest.raises(ArgumentError, match=r"repeat\(\) at character 1.*coalesce"):
        mask_of(frame, "repeat(name, 3) = 'x'")


def test_names_that_differ_only_in_case_cannot_meet_in_one_condition() -> None:
    frame = Frame({"a": [1], "A": [2]})
    assert inside(frame, "A = 2") == [1]
    assert inside(frame, "a = 2") == [0]
    with pytest.raises(ColumnError, match="can't tell apart"):
        mask_of(frame, "a = 1 AND A = 2")


# ---- columns and arrays ----


@pytest.mark.parametrize(
    "given",
    [
        [True, None, False, True],
        (True, False, False, True),
        np.array([True, False, False, True]),
        np.array([True, None, False, True], dtype=object),
        np.ma.masked_array([True, True, False, True], mask=[False, True, False, False]),
        pd.Series([True, None, False, True], dtype="boolean", index=[9, 8, 7, 6]),
        pd.Series([True, False, False, True]),
        pl.Series([True, None, False, True]),
        pa.array([True, None, False, True]),
        pa.chunked_array([[True, None], [False, True]]),
        "flag",
    ],
    ids=lambda given: type(given).__name__,
)
def test_booleans_of_any_make(frame: Frame, given: object) -> None:
    assert inside(frame, given) == [1, 0, 0, 1]


def test_a_column_name_is_taken_as_it_is() -> None:
    frame = Frame({"x > 1": [True, False], "x": [1, 2]})
    assert inside(frame, "x > 1") == [1, 0]


@pytest.mark.parametrize(
    "given", [[1, 0, 1, 1], np.ones(4), "full time", ["a"] * 4, 3, {"a": 1}, [[True]] * 4], ids=str
)
def test_what_is_not_boolean_is_refused(frame: Frame, given: object) -> None:
    with pytest.raises(ArgumentError, match="true or false for each row"):
        mask_of(frame, given)


def test_the_wrong_length_is_refused(frame: Frame) -> None:
    with pytest.raises(ArgumentError, match=r"4 values.*found 3"):
        mask_of(frame, [True, False, True])


def test_rows_outside_keep_their_place_in_the_design() -> None:
    data = {"psu": [1, 1, 2, 2, 3, 3], "y": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]}
    design = Design(data, clusters="psu")
    domain = design.total("y", where="y < 5")
    # The third unit is there, with a total of 0.
    totals = np.array([3.0, 7.0, 0.0])
    assert domain.variance[0] == pytest.approx(3 / 2 * ((totals - totals.mean()) ** 2).sum())
    assert domain == design.total("y", where="y < 5")
