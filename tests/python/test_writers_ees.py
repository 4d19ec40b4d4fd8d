"""Pairs for Explore Education Statistics, held against the Department's standards."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

import pytest
import releases

from irosurvey.errors import ArgumentError
from irosurvey.tables.check import check
from irosurvey.tables.published import PublishedRow, PublishedTable, Release
from irosurvey.tables.writers import ees

FIXED = ["time_period", "time_identifier", "geographic_level", "country_code", "country_name"]
META = [
    *("col_name", "col_type", "label", "indicator_grouping", "indicator_unit", "indicator_dp"),
    *("filter_hint", "filter_grouping_column"),
]


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return ees.write(releases.release(), tmp_path_factory.mktemp("ees") / "iro.csv")


def test_each_table_is_a_pair(paths: list[Path]) -> None:
    assert [path.name for path in paths] == [
        *("iro-table-1.csv", "iro-table-1.meta.csv", "iro-table-2.csv", "iro-table-2.meta.csv")
    ]


@pytest.mark.parametrize("pair", [0, 2])
def test_the_pair_keeps_the_standards(paths: list[Path], pair: int) -> None:
    data, about = lines(paths[pair]), lines(paths[pair + 1])
    columns = list(data[0])
    assert columns[:5] == FIXED
    assert all(re.fullmatch("[a-z][a-z0-9_]{0,40}", name) for name in columns)
    assert list(about[0]) == META
    described = [line["col_name"] for line in about]
    assert len(set(described)) == len(described)
    assert len({line["label"] for line in about}) == len(about)
    assert set(described) <= set(columns)
    for line in about:
        values = [row[line["col_name"]] for row in data]
        if line["col_type"] == "Filter":
            assert "Total" in values, "a filter has its total"
            assert len(set(values)) > 1
            assert all(value.strip() for value in values)
        else:
            assert line["col_type"] == "Indicator"
            assert line["indicator_unit"] in ("", "%")
            for value in values:
                assert re.fullmatch(r"-?\d+(\.\d+)?|[zxcku]|low", value), "never a blank"
    keys = [tuple(row[name] for name in columns if name not in indicators(about)) for row in data]
    assert len(set(keys)) == len(keys), "every observation once"


def indicators(about: list[dict[str, str]]) -> list[str]:
    return [line["col_name"] for line in about if line["col_type"] == "Indicator"]


def test_regions_become_geography(paths: list[Path]) -> None:
    data = lines(paths[0])
    assert [(row["geographic_level"], row["region_name"], row["region_code"]) for row in data] == [
        ("Regional", "North East", "E12000001"),
        ("Regional", "London", "E12000007"),
        ("Regional", "East of England", "E12000006"),
        ("Regional", "South West", "E12000009"),
        ("National", "", ""),
    ]
    assert {row["country_code"] for row in data} == {"E92000001"}
    assert {(row["time_period"], row["time_identifier"]) for row in data} == {
        ("2013", "Calendar year")
    }
    assert [row["percentage_percent"] for row in data] == ["49.0", "c", "k", "u", "51.5"]
    assert [row["base_count"] for row in data] == ["1250", "c", "130", "20", "2950"]


def test_spanners_become_filters(paths: list[Path]) -> None:
    data = lines(paths[2])
    found = {(row["region"], row["sex"], row["category_1"], row["category_2"]): row for row in data}
    row = found["North", "Women", "Monitors cases", "Always or often"]
    assert (row["percentage_percent"], row["base_count"], row["difference_other"]) == (
        *("40", "120", "z"),
    )
    row = found["Total", "Total", "Total", "Total"]
    assert (row["percentage_percent"], row["difference_other"]) == ("z", "-18.0")
    assert "significance" not in " ".join(data[0])


def test_a_shared_base_is_given_with_each_category(tmp_path: Path) -> None:
    duties = releases.duties()
    shared = replace(duties.columns[1], name="Base", heading="Base", spanners=())
    columns = (duties.columns[0], duties.columns[2], shared)
    rows = tuple(
        replace(row, cells=(row.cells[0], row.cells[2], row.cells[1])) for row in duties.rows
    )
    release = replace(releases.release(), tables=(replace(duties, columns=columns, rows=rows),))
    path, _ = ees.write(release, tmp_path / "b.csv")
    for row in lines(path):
        assert row["base_count"] == ("480" if row["region"] == "Total" else "120")
    assert check(release, path).passed


def test_made_up_answers_say_so(paths: list[Path]) -> None:
    assert "data_status" not in lines(paths[0])[0]
    assert {row["data_status"] for row in lines(paths[2])} == {"SYNTHETIC"}
    assert all(
        "(SYNTHETIC)" in line["label"]
        for line in lines(paths[3])
        if line["col_type"] == "Indicator"
    )


def with_title(**parts: str) -> Release:
    table = releases.monitoring()
    titled = replace(table, title=replace(table.title, **parts))
    return replace(releases.release(), tables=(titled,))


@pytest.mark.parametrize(
    ("period", "identifier", "wanted"),
    [
        ("2013", "", ("2013", "Calendar year")),
        ("31 March 2013", "Reporting year", ("2013", "Reporting year")),
        ("Academic year 2012/13", "", ("201213", "Academic year")),
        ("financial year 2012 to 13, 2012–2013", "", ("201213", "Financial year")),
        ("2012/13", "Financial year", ("201213", "Financial year")),
        ("2012 to 13, 2012–2013", "Academic year", ("201213", "Academic year")),
    ],
)
def test_periods_are_known(
    period: str, identifier: str, wanted: tuple[str, str], tmp_path: Path
) -> None:
    path, _ = ees.write(with_title(period=period), tmp_path / "b.csv", time_identifier=identifier)
    row = lines(path)[0]
    assert (row["time_period"], row["time_identifier"]) == wanted


@pytest.mark.parametrize(
    ("parts", "identifier", "expected"),
    [
        ({"period": ""}, "", "a period"),
        ({"period": "2012/14"}, "", "a period"),
        ({"period": "2012/13"}, "", "Academic year, Financial year, Tax year"),
        ({"period": "2013"}, "Academic year", "Calendar year, Reporting year"),
        ({"area": "Atlantis"}, "", "an area"),
        ({"area": ""}, "", "an area"),
    ],
)
def test_what_the_platform_does_not_know_is_refused(
    parts: dict[str, str], identifier: str, expected: str, tmp_path: Path
) -> None:
    with pytest.raises(ArgumentError) as caught:
        ees.write(with_title(**parts), tmp_path / "b.csv", time_identifier=identifier)
    assert expected in caught.value.expected
    assert list(tmp_path.iterdir()) == []


def test_labels_of_other_kinds_stay_filters(tmp_path: Path) -> None:
    table: PublishedTable = releases.monitoring()
    rows = (PublishedRow(("=1+1",), table.rows[0].cells), *table.rows[1:])
    release = replace(releases.release(), tables=(replace(table, rows=rows),))
    path, _ = ees.write(release, tmp_path / "b.csv")
    assert [row["region"] for row in lines(path)][:2] == ["'=1+1", "London"]


def test_indicators_of_one_heading_are_told_apart(tmp_path: Path) -> None:
    # Percentages and means side by side have limits of the same heading.
    table: PublishedTable = releases.monitoring()
    means = tuple(
        replace(column, name=f"Caseload: {column.name}", spanners=("Caseload",), unit="mean")
        for column in table.columns[:3]
    )
    wide = replace(
        table,
        columns=(*table.columns, *means),
        rows=tuple(replace(row, cells=(*row.cells, *row.cells[:3])) for row in table.rows),
    )
    release = replace(releases.release(), tables=(wide,))
    path, about = ees.write(release, tmp_path / "b.csv")
    assert check(release, path).passed
    labels = [line["label"] for line in lines(about)]
    assert "Lower limit: percent" in labels
    assert "Lower limit: mean" in labels
    assert len(set(labels)) == len(labels)


def test_a_changed_pair_fails(tmp_path: Path) -> None:
    for rule, old, new in (
        ("cells", ",49.0,", ",48.0,"),
        ("one-thing", ",c,", ",,"),
        ("digits", ",49.0,", ",48.97,"),
        ("formulas", "London", "=1+1"),
        ("described", "base_count", "Base count"),
        ("places", "E12000007", "E12000001"),
        ("places", "2013,Calendar year", "13,Calendar year"),
        ("places", ",Regional,", ",Local,"),
        ("observations", "E12000001,North East", "E12000007,London"),
    ):
        path, about, *_ = ees.write(releases.release(), tmp_path / "b.csv")
        assert check(releases.release(), about).passed, "either file names the pair"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")
        report = check(releases.release(), path)
        assert rule in {one.rule.id for one in report.failures}
        assert not report.passed
