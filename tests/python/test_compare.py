"""What changed between two releases, and what both together give away."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import irosurvey
from irosurvey.cli import main
from irosurvey.tables.compare import compare, read_release
from irosurvey.tables.count_sums import key_of
from irosurvey.tables.published import (
    CountName,
    PublishedCell,
    PublishedColumn,
    PublishedRow,
    PublishedTable,
    Release,
    TitleParts,
)
from irosurvey.tables.writers import json as as_json

HIDDEN = PublishedCell(mark="c")
SAME = {"data": "iro.sav, SHA-256 abc"}
EXACT = {"rounding": "none"}


def cell(value: float | None) -> PublishedCell:
    return HIDDEN if value is None else PublishedCell(value=float(value))


def counts(
    rows: dict[str, list[float | None]],
    columns: tuple[str, ...] = ("Count",),
    *,
    subject: str = "Officers",
    period: str = "2013",
    name: str = "table_1",
) -> PublishedTable:
    """A table of exact counts."""
    return PublishedTable(
        name=name,
        number=1,
        title=TitleParts(subject, "number", "officers", "England", period),
        stub=("Region",),
        columns=tuple(
            PublishedColumn(column, (), column, "estimate", "count", 0) for column in columns
        ),
        rows=tuple(
            PublishedRow((label,), tuple(map(cell, own)), total=label == "Total")
            for label, own in rows.items()
        ),
        marks=("c",) if any(one is None for own in rows.values() for one in own) else (),
        counts=tuple(of(label, column) for label in rows for column in columns),
        counted=tuple(
            tuple((row * len(columns) + place, -1) for place in range(len(columns)))
            for row in range(len(rows))
        ),
        divided=("region",),
        weighted=False,
    )


def of(label: str, column: str = "Count") -> CountName:
    """Whom a row counts; each column but the first is of those who said so."""
    region = ("region", () if label == "Total" else (label,))
    return CountName("iro", "", (region, *([] if column == "Count" else [(column, ("yes",))])))


def release(*tables: PublishedTable, title: str = "Old", **more: object) -> Release:
    return Release(title, tables, **{"policy": EXACT, "provenance": SAME, **more})  # type: ignore[arg-type]


OLD = release(counts({"North": [40], "South": [30], "East": [20], "Total": [90]}))


def test_the_same_release_has_not_changed() -> None:
    found = compare(OLD, OLD)
    assert found.changes == ()
    assert not found.discloses
    assert "Changed: nothing." in repr(found)


def test_tables_rows_columns_figures_and_marks_are_told() -> None:
    gone = counts({"Total": [1]}, subject="Gone")
    old = release(
        counts(
            {"North": [40, 1], "South": [30, 2], "East": [20, 3], "Total": [90, 6]},
            ("Count", "Left out"),
        ),
        gone,
    )
    new = release(
        counts(
            {"North": [41, 1], "South": [None, 2], "West": [25, 3], "Total": [91, 6]},
            ("Count", "New"),
        ),
        counts({"Total": [5]}, subject="Came"),
        title="New",
    )
    found = compare(old, new, same_people=False)
    told = [(one.what, one.where, one.old, one.new, one.difference) for one in found.changes]
    assert told == [
        ("row", "West", "", "West", None),
        ("row", "East", "East", "", None),
        ("column", "New", "", "New", None),
        ("column", "Left out", "Left out", "", None),
        ("figure", "North, Count", "40", "41", 1.0),
        ("mark", "South, Count", "30", "[c]", None),
        ("figure", "Total, Count", "90", "91", 1.0),
        ("table", "", "", "Came: number of officers, England, 2013", None),
        ("table", "", "Gone: number of officers, England, 2013", "", None),
    ]
    said = repr(found)
    assert "1 table in both. Changed: 2 tables, 2 rows, 2 columns, 2 figures, 1 mark." in said
    assert "  North, Count: 40 → 41  (+1)" in said
    assert "  row went: East" in said
    assert "different answers" in said
    assert found.disclosures == ()


def test_tables_are_matched_though_the_period_and_their_order_change() -> None:
    other = counts({"Total": [7]}, subject="Managers", name="table_2")
    old = release(counts({"Total": [5]}), other)
    new = release(
        replace(other, name="table_1", title=replace(other.title, period="2014")),
        counts({"Total": [6]}, period="2014", name="table_2"),
    )
    found = compare(old, new)
    assert found.matched == 2
    assert [(one.what, one.old, one.new) for one in found.changes] == [("figure", "5", "6")]


def test_rows_of_one_label_are_told_apart_by_their_turn() -> None:
    table = counts({"North": [1], "Total": [2]})
    twice = replace(table, rows=(table.rows[0], *table.rows), counts=(), counted=())
    changed = replace(
        twice, rows=(twice.rows[0], replace(twice.rows[1], cells=(cell(9),)), twice.rows[2])
    )
    found = compare(release(twice), release(changed))
    assert [(one.old, one.new) for one in found.changes] == [("1", "9")]
    assert found.unexamined == (
        f"{twice.title}: it doesn't say whom it counts, and was compared figure by figure only",
    )
    assert "NOT EXAMINED: 1 thing that may disclose." in repr(found)


# ---- what both tell ----


def test_what_one_shows_and_the_other_hides_is_disclosed() -> None:
    new = release(counts({"North": [40], "South": [None], "East": [None], "Total": [90]}))
    found = compare(OLD, new)
    assert found.same_people
    assert [(one.where, one.hidden_in, one.how) for one in found.disclosures] == [
        ("South, Count", "new", "the other shows 30"),
        ("East, Count", "new", "the other shows 20"),
    ]
    assert "DISCLOSED by having both: 2 figures." in repr(found)


def test_other_people_disclose_nothing() -> None:
    new = release(
        counts({"North": [40], "South": [None], "East": [None], "Total": [90]}, period="2014"),
        provenance={"data": "iro.sav, SHA-256 def"},
    )
    found = compare(OLD, new)
    assert not found.same_people
    assert not found.discloses
    assert compare(OLD, new, same_people=True).discloses


def test_two_patterns_of_hiding_meet_in_what_neither_tells() -> None:
    """Each hides two of three, another two: what both hide follows by subtraction."""
    old = release(counts({"North": [None], "South": [None], "East": [20], "Total": [90]}))
    new = release(counts({"North": [None], "South": [30], "East": [None], "Total": [90]}))
    found = compare(old, new)
    told = {one.where: one for one in found.disclosures}
    assert told["North, Count"].hidden_in == "both"
    assert told["North, Count"].how == "worked out from both together, it is 40"
    assert set(told) == {"North, Count", "South, Count", "East, Count"}


def test_a_total_that_one_leaves_out_is_used() -> None:
    hidden = {"North": [None], "South": [None], "East": [20]}
    old = release(counts({**hidden, "Total": [None]}))
    new = release(counts({**hidden, "Total": [90]}))
    assert [one.where for one in compare(old, new).disclosures] == ["Total, Count"]


def test_what_one_release_alone_gives_away_is_not_the_other_s_doing() -> None:
    alone = release(counts({"North": [40], "South": [30], "East": [None], "Total": [90]}))
    assert compare(alone, alone).disclosures == ()


def test_doubt_of_three_people_is_enough() -> None:
    old = release(counts({"North": [None], "South": [None], "East": [20], "Total": [90]}))
    found = compare(old, old)
    assert not found.discloses
    tight = {"North": [None], "South": [None], "Total": [4]}  # 1 to 3 each: two people of doubt
    wide = {"North": [None], "South": [None], "Total": [None]}
    both = compare(release(counts(tight)), release(counts(wide)))
    assert {one.where for one in both.disclosures} == {"Total, Count"}


def test_rounding_leaves_a_doubt() -> None:
    rounded = {"rounding": "nearest", "rounding_base": 10}
    old = release(
        counts({"North": [None], "South": [None], "East": [20], "Total": [90]}), policy=rounded
    )
    new = release(
        counts({"North": [None], "South": [30], "East": [None], "Total": [90]}), policy=rounded
    )
    told = {one.where for one in compare(old, new).disclosures}
    assert "North, Count" not in told
    assert told == {"South, Count", "East, Count"}


def percentages(cells: dict[str, list[float | None]], base: float) -> PublishedTable:
    names = ("Yes", "Partly", "No")
    return PublishedTable(
        name="table_1",
        number=1,
        title=TitleParts("Plans", "percentage", "officers"),
        stub=("Region",),
        columns=(
            *(
                PublishedColumn(
                    f"{name}: Percentage", (name,), "Percentage", "estimate", "percent", 0
                )
                for name in names
            ),
            PublishedColumn("Base", (), "Base", "base", "count", 0),
        ),
        rows=tuple(
            PublishedRow((label,), (*map(cell, own), cell(base))) for label, own in cells.items()
        ),
        remarks=('Percentages are of each row: of everybody in it who answered "plans".',),
        marks=("c",),
        counts=tuple(
            CountName("iro", "", (("plans", code), ("region", (label,))))
            for label in cells
            for code in (*((name,) for name in names), ())
        ),
        counted=tuple(
            (*((4 * row + 3, 4 * row + place) for place in range(3)), (4 * row + 3, -1))
            for row in range(len(cells))
        ),
        divided=("plans", "region"),
        weighted=False,
    )


def test_percentages_of_a_row_add_up_to_a_hundred() -> None:
    old = release(percentages({"North": [None, None, 60]}, 40))
    new = release(percentages({"North": [None, 30, None]}, 40))
    told = {one.where: one.how for one in compare(old, new).disclosures}
    first = "North, Yes: Percentage"
    # 24 and 12 of the 40 who answered: no other whole numbers read 60 and 30 %.
    assert told[first] == "worked out from both together, it is 4"
    # Of 4,000 a percentage leaves a range, unless whoever sees it is supposed to know the counts.
    tables = [
        percentages({"North": [None, None, 60]}, 4000),
        percentages({"North": [None, 30, None]}, 4000),
    ]
    supposed = {one.where: one.how for one in compare(*map(release, tables)).disclosures}
    assert supposed[first].startswith("follows for whoever knows the counts behind")
    assert supposed[first].endswith("it lies from 360 to 440")
    printed = [release(one, policy={**EXACT, "exact_percentages": False}) for one in tables]
    assert first not in {one.where for one in compare(*printed).disclosures}


def test_releases_that_contradict_each_other_are_no_proof() -> None:
    new = release(counts({"North": [None], "South": [None], "East": [50], "Total": [40]}))
    old = release(counts({"North": [None], "South": [None], "East": [20], "Total": [90]}))
    found = compare(old, new)
    assert found.disclosures == ()
    assert found.contradicted
    assert "No counts fit the figures of both" in repr(found)


@pytest.mark.parametrize(
    ("words", "domain", "where"),
    [
        ("", "", {}),
        ("region = 7", "", {"region": ("7",)}),
        ("region = 7.0 and status='on leave'", "", {"region": ("7",), "status": ("on leave",)}),
        ("region = 7 AND fte > 0.5", "fte > 0.5", {"region": ("7",)}),
        ("region = 7 OR a = 1 AND b = 2", "region = 7 OR a = 1 AND b = 2", {}),
        ("fte BETWEEN 1 AND b = 2", "fte BETWEEN 1 AND b = 2", {}),
        ("(a = 1) AND b = 2", "(a = 1) AND b = 2", {}),
    ],
)
def test_conditions_of_equalities_are_groups(
    words: str, domain: str, where: dict[str, tuple[str, ...]]
) -> None:
    key = key_of(CountName("iro", words, ()), OLD)
    assert (key.domain, dict(key.where)) == (domain, where)
    kept = replace(OLD, provenance={"rows kept": words})
    assert key_of(CountName("iro", "", ()), kept) == key


def test_conditions_without_words_are_those_of_one_release() -> None:
    other = replace(OLD, title="Other")
    name = CountName("iro", "?1", ())
    assert key_of(name, OLD) == key_of(name, OLD) != key_of(name, other)


def test_one_sample_is_the_same_whatever_it_is_called() -> None:
    old = counts({"North": [None], "South": [None], "East": [20], "Total": [90]})
    new = counts({"North": [None], "South": [30], "East": [None], "Total": [90]})
    again = replace(new, counts=tuple(one._replace(sample="iro, corrected") for one in new.counts))
    found = compare(release(old), release(again))
    assert found.shared == 4
    assert "North, Count" in {one.where for one in found.disclosures}
    other = replace(counts({"Total": [90]}), counts=(CountName("iro", "", (("area", ()),)),))
    assert "has the same name in both" in repr(compare(release(old), release(other)))


def test_a_mark_may_stand_for_nobody_where_the_policy_says_so() -> None:
    cells = {"North": [None], "South": [None], "East": [20.0], "Total": [20.0]}
    hiding = {**EXACT, "suppress_zeros": True}
    assert not compare(*[release(counts(cells), policy=hiding)] * 2).contradicted
    assert compare(*[release(counts(cells))] * 2).contradicted


# ---- files and the command ----


def test_folders_and_files_are_read(tmp_path: Path) -> None:
    as_json.write(OLD, tmp_path / "old" / "officers.json")
    (tmp_path / "old" / "officers.csv-metadata.json").write_text("{}")
    assert read_release(tmp_path / "old").title == "Old"
    assert read_release(tmp_path / "old" / "officers.json") == read_release(tmp_path / "old")
    as_json.write(OLD, tmp_path / "old" / "again.json")
    with pytest.raises(irosurvey.ReadError, match=r"again\.json, officers\.json"):
        read_release(tmp_path / "old")
    (tmp_path / "empty").mkdir()
    with pytest.raises(irosurvey.ReadError, match="--format json"):
        read_release(tmp_path / "empty")


def test_the_command_s_status_is_for_scripts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = release(
        counts({"North": [40], "South": [None], "East": [None], "Total": [90]}), title="N"
    )
    as_json.write(OLD, tmp_path / "old.json")
    as_json.write(new, tmp_path / "new.json")
    files = [str(tmp_path / "old.json"), str(tmp_path / "new.json")]
    assert main(["compare", files[0], files[0]]) == 0
    assert main(["compare", *files]) == 1
    assert "DISCLOSED by having both: 2 figures." in capsys.readouterr().out
    assert main(["compare", *files, "--other-people"]) == 0
    capsys.readouterr()
    assert main(["compare", *files, "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert len(found["changes"]) == len(found["disclosures"]) == 2
    assert found["same people"] is True
    assert main(["compare", files[0], str(tmp_path / "none.json")]) == 2
    wrong = release(counts({"North": [40], "South": [30], "East": [20], "Total": [80]}), title="W")
    as_json.write(wrong, tmp_path / "wrong.json")
    assert main(["compare", files[0], str(tmp_path / "wrong.json")]) == 3
