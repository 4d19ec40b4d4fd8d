"""Policies: what is hidden for its own sake, what goes with it, marks, roundings, refusals."""

from __future__ import annotations

import pickle
from dataclasses import fields
from pathlib import Path

import pytest

import irosurvey
from irosurvey.tables import Policy, PublishedTable, TitleParts
from irosurvey.tables.writers import FORMATS


def _design(cells: dict[tuple[str, str], int]) -> irosurvey.Design:
    """So many rows of each group and answer."""
    rows = [key for key, count in cells.items() for _ in range(count)]
    return irosurvey.Design({"g": [key[0] for key in rows], "y": [key[1] for key in rows]})


def _shown(table: PublishedTable) -> list[list[float | str]]:
    """Numbers, or marks."""
    return [
        [cell.value if not cell.mark else cell.mark for cell in row.cells] for row in table.rows
    ]


def _count(
    cells: dict[tuple[str, str], int], policy: str, **changed: object
) -> list[list[float | str]]:
    """Counts as published, without secondary suppression, reliability and rounding."""
    own = {"secondary": False, "rounding": "none", "counts": "none", "proportions": "none"}
    table = irosurvey.Table(
        _design(cells).crosstab("g", "y"), percent="count", statistics="estimate"
    )
    return _shown(table.publish(Policy.preset(policy, **{**own, **changed})))


SIZES = {("a", "p"): 1, ("a", "q"): 5, ("b", "p"): 6, ("b", "r"): 40, ("a", "r"): 20}


def test_presets_hide_what_they_say() -> None:
    # Rows a, b and the total; columns p, q, r and the total. Group b has no q.
    assert _count(SIZES, "none") == [[1, 5, 20, 26], [6, 0, 40, 46], [7, 5, 60, 72]]
    assert _count(SIZES, "dfe") == [["c", "c", 20, 26], [6, 0, 40, 46], [7, "c", 60, 72]]
    assert _count(SIZES, "nchs") == [["c", 5, 20, 26], [6, 0, 40, 46], [7, 5, 60, 72]]
    assert _count(SIZES, "tre") == [["c", "c", 20, 26], ["c", "c", 40, 46], ["c", "c", 60, 72]]


def test_limits_are_fields() -> None:
    changed = {"suppress_from": 2, "suppress_to": 6}
    assert _count(SIZES, "dfe", **changed)[1] == ["c", 0, 40, 46]
    assert _count(SIZES, "dfe", **changed)[0] == [1, "c", 20, 26]


def test_every_field_is_written_into_the_release() -> None:
    table = irosurvey.Table(_design(SIZES).crosstab("g", "y"))
    found = irosurvey.release(table, "none", percent_decimals=3).published.policy
    assert list(found) == [field.name for field in fields(Policy)]
    assert found["percent_decimals"] == 3
    assert found["name"] == "none"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"suppress_too": 3}, "suppress_to"),
        ({"suppress_from": 0}, "suppress_zeros"),
        ({"rounding": "up"}, "nearest"),
        ({"rounding_base": 0}, "1 or more"),
        ({"rounding_base": 2.5}, "whole"),
        ({"rounding": "random"}, "seed"),
        ({"seed": -1}, "2\\*\\*64"),
        ({"percent_decimals": 13}, "0 to 12"),
        ({"proportions": "nchs"}, "nchs2017"),
        ({"cv_bands": "own"}, "ons"),
        ({"class_disclosure": "maybe"}, "report"),
        ({"dominance": (2, 90)}, "share"),
        ({"rounds_to_zero": "0"}, "low"),
        ({"protection_width": -1}, "0 or more"),
    ],
)
def test_fields_that_make_no_sense_are_refused(changed: dict[str, object], message: str) -> None:
    with pytest.raises(irosurvey.ArgumentError, match=message):
        Policy.preset("none", **changed)


def test_unknown_presets_are_refused() -> None:
    with pytest.raises(irosurvey.ArgumentError, match="dfe"):
        Policy.preset("dfes")
    with pytest.raises(irosurvey.ArgumentError, match="a policy"):
        irosurvey.release(irosurvey.Table(_design(SIZES).crosstab("g", "y")), policy=5)  # type: ignore[arg-type]


# ---- what goes with a hidden count ----

OWN = {"secondary": False, "proportions": "none", "counts": "none"}
EVERYTHING = [
    "estimate", "lower", "upper", "se", "cv", "base", "weighted_base", "effective_n", "df",
]  # fmt: skip


def test_everything_that_derives_from_a_hidden_numerator_goes() -> None:
    # 3 of 60 say yes: its share goes with whatever was made of it, its base stays.
    design = irosurvey.Design({"y": [True] * 3 + [False] * 57, "g": ["a"] * 60})
    table = irosurvey.Table(design.proportion("y", by="g"), statistics=EVERYTHING)
    found = _shown(table.publish(Policy.preset("dfe", **OWN)))[0]
    assert found == ["c", "c", "c", "c", "c", 60, 60, "c", "c"]


def test_everything_that_derives_from_a_hidden_base_goes() -> None:
    design = irosurvey.Design({"y": [5.0, 7.0, 9.0] + [4.0] * 20, "g": ["a"] * 3 + ["b"] * 20})
    table = irosurvey.Table(design.mean("y", by="g"), statistics=EVERYTHING)
    found = _shown(table.publish(Policy.preset("dfe", **OWN)))
    assert found[0] == ["c"] * 9
    assert found[1][0] == 4


def test_the_complement_of_two_answers_goes_too() -> None:
    cells = {("a", "no"): 57, ("a", "yes"): 3, ("b", "no"): 30, ("b", "yes"): 30}
    crosstab = irosurvey.Table(_design(cells).crosstab("g", "y"), statistics="estimate")
    assert _shown(crosstab.publish(Policy.preset("dfe", **OWN)))[0] == ["c", "c"]
    # And where only the 57 are asked for, the 3 who are left hide them.
    share = irosurvey.Table(_design(cells).proportion("y", "no", by="g"), statistics="estimate")
    assert _shown(share.publish(Policy.preset("dfe", **OWN)))[0] == ["c"]
    kept = Policy.preset("dfe", **OWN, suppress_complements=False)
    assert _shown(share.publish(kept))[0] == [95]


def test_letters_do_not_speak_of_what_is_hidden() -> None:
    data = {
        "area": ["a"] * 40 + ["b"] * 40 + ["c"] * 40,
        "y": ["x"] * 36 + ["z"] * 4 + ["x"] * 6 + ["z"] * 34 + ["x"] * 20 + ["z"] * 20,
    }
    table = irosurvey.Table(
        irosurvey.Design(data).crosstab("y", "area"),
        percent="column",
        letters=True,
        statistics="estimate",
    )
    none = table.publish("none")
    shown = table.publish(Policy.preset("dfe", **OWN, suppress_complements=False))
    texts = [[cell.text for cell in row.cells[1::2]] for row in none.rows]
    assert texts == [["B C", "", "B"], ["", "A C", "A"]]
    # z in a is 4 of 40: hidden, and so is that others are higher.
    assert shown.rows[1].cells[0].mark == shown.rows[1].cells[1].mark == "c"
    assert shown.rows[1].cells[3].text == "C"
    assert shown.rows[1].cells[5].text == ""


def test_both_shares_of_a_hidden_mean_and_table_go_by_the_same_count() -> None:
    data = {"g": ["a"] * 4 + ["b"] * 30, "y": [1, 2, 3, 4] + [5] * 30, "z": ["p"] * 34}
    design = irosurvey.Design(data)
    tables = [
        irosurvey.Table(design.mean("y", by="g"), statistics=["estimate", "base"]),
        irosurvey.Table(design.crosstab("g", "z"), statistics=["estimate", "base"]),
    ]
    found = irosurvey.release(tables, "dfe", **OWN)
    assert _shown(found[0])[0] == ["c", "c"]
    assert _shown(found[1])[0] == ["c", "c"]


# ---- marks ----


def test_c_wins_over_u_and_every_mark_is_in_the_legend() -> None:
    # Of 20: 4 is confidential and unreliable, 16 unreliable alone.
    cells = {("a", "p"): 4, ("a", "q"): 16, ("b", "p"): 300, ("b", "q"): 300}
    table = irosurvey.Table(_design(cells).crosstab("g", "y"), statistics=["estimate", "base"])
    found = table.publish(Policy.preset("dfe", secondary=False, suppress_complements=False))
    assert _shown(found) == [["c", "c", 20], [50, 50, 600], [49, 51, 620]]
    loose = Policy.preset("dfe", secondary=False, suppress_to=3)
    assert _shown(table.publish(loose))[0] == ["u", "u", 20]
    assert table.publish(loose).marks == ("u",)
    assert found.marks == ("c",)


def test_nobody_is_not_applicable_and_no_variance_is_not_available() -> None:
    data = {"g": ["a"] * 30 + ["b"], "y": [1.0] * 15 + [2.0] * 15 + [None]}
    table = irosurvey.Table(irosurvey.Design(data).mean("y", by="g"), statistics=EVERYTHING)
    found = _shown(table.publish("none"))
    assert found[1] == ["z", "z", "z", "z", "z", 0, 0, "z", "z"]
    few = irosurvey.Design({"g": ["a", "b"], "y": [3.0, 4.0]}, clusters="g").mean("y", by="g")
    one = irosurvey.Table(few, statistics=["estimate", "lower", "df"])
    assert _shown(one.publish("none"))[0] == [3, "x", 0]


def test_what_rounds_to_nothing_says_so() -> None:
    # 9 of 3,000 is 0.3 %.
    cells = {("a", "p"): 9, ("a", "q"): 2991, ("b", "p"): 0, ("b", "q"): 3000}
    table = irosurvey.Table(_design(cells).crosstab("g", "y"), statistics="estimate")
    policy = Policy.preset("dfe", **OWN)
    assert _shown(table.publish(policy)) == [["k", 100], [0, 100], ["k", 100]]
    assert _shown(table.publish(policy.with_fields(rounds_to_zero="low")))[0] == ["low", 100]
    assert _shown(table.publish(policy.with_fields(rounds_to_zero="")))[0] == [0, 100]


def test_hundred_per_cent_of_itself_has_no_limits() -> None:
    table = irosurvey.Table(
        _design(SIZES).crosstab("g", "y"), percent="total", statistics=EVERYTHING
    )
    last = table.publish("none").rows[-1].cells[-len(EVERYTHING) + 2 :]
    assert [cell.mark for cell in last if cell.mark] == ["z"] * 4 or last


# ---- rounding ----


def test_dfe_rounds_counts_and_percentages() -> None:
    cells = {("a", "p"): 44, ("a", "q"): 41, ("b", "p"): 36, ("b", "q"): 98}
    table = irosurvey.Table(_design(cells).crosstab("g", "y"), statistics=["estimate", "base"])
    assert _shown(table.publish(Policy.preset("dfe", **OWN))) == [
        [52, 48, 90],
        [27, 73, 130],
        [37, 63, 220],
    ]
    assert any("nearest 10" in remark for remark in table.publish("dfe").remarks)


def test_authorities_are_not_rounded_but_need_people_to_choose_among() -> None:
    rows = [("x", 47), ("y", 53)]
    data = {"la": [name for name, n in rows for _ in range(n)]}
    data["met"] = ["yes", "no"] * 50
    design = irosurvey.Design(data)
    table = design.table("la", "met", statistics=["estimate", "base"], group_population=200)
    bases = [row[-1] for row in _shown(table.publish(Policy.preset("dfe", **OWN)))]
    assert bases == [47, 53, 100]
    silent = design.table("la", "met", statistics=["estimate", "base"])
    with pytest.raises(irosurvey.DisclosureError, match="people to choose among"):
        silent.publish("dfe")
    few = design.table("la", "met", group_population={"x": 200, "y": 9})
    with pytest.raises(irosurvey.DisclosureError, match="row y"):
        few.publish("dfe")
    across = irosurvey.Table(design.crosstab("met", "la"), group_population={"x": 200, "y": 9})
    with pytest.raises(irosurvey.DisclosureError, match=r"column y.*\n?.*9"):
        across.publish("dfe")
    many = irosurvey.Table(design.crosstab("met", "la"), group_population={"x": 200, "y": 200})
    assert many.publish("dfe").rows
    named = irosurvey.Table(
        irosurvey.Design({**data, "council": data["la"]}).crosstab("council", "met"),
        authority="council",
    )
    with pytest.raises(irosurvey.DisclosureError, match="council"):
        named.publish("dfe")


def test_directors_never_stand_by_authority() -> None:
    # One director an authority: whatever the counts say, everybody knows who that is.
    design = irosurvey.Design({"authority": [f"LA {n}" for n in range(60)], "y": [1, 0] * 30})
    with pytest.raises(irosurvey.DisclosureError):
        design.table("authority", "y", group_population=1).publish("dfe")
    with pytest.raises(irosurvey.DisclosureError):
        design.table("authority", "y").publish("tre")


# ---- research environments ----


def test_few_degrees_of_freedom_hide_the_errors_alone() -> None:
    data = {"u": [n // 10 for n in range(80)], "y": [n % 7 for n in range(80)]}
    design = irosurvey.Design(data, clusters="u")
    table = irosurvey.Table(design.mean("y"), statistics=EVERYTHING)
    found = _shown(table.publish(Policy.preset("tre", secondary=False)))[0]
    assert [found[place] for place in (0, 5, 6)] == [pytest.approx(2.9), 80, 80]
    assert [found[place] for place in (1, 2, 3, 4, 7, 8)] == ["c"] * 6


def test_totals_of_a_few_are_hidden_with_what_gives_them_back() -> None:
    # a: 95 and 4 of 109 are more than 90 %. b: 20 alike.
    data = {"g": ["a"] * 12 + ["b"] * 20, "y": [95.0, 4.0] + [1.0] * 10 + [5.0] * 20}
    design = irosurvey.Design(data)
    table = irosurvey.Table(
        design.total("y", by="g"), total=design.total("y"), statistics=["estimate", "base"]
    )
    policy = Policy.preset("tre", secondary=False, rounding="none", counts="none")
    assert _shown(table.publish(policy)) == [["c", 12], [100, 20], ["c", 32]]
    loose = policy.with_fields(dominance=None, p_ratio=None)
    assert _shown(table.publish(loose)) == [[109, 12], [100, 20], [209, 32]]
    # p %: what is left after the two largest is 10, more than 9.5; and less than 11.
    ratio = policy.with_fields(dominance=None, p_ratio=0.10)
    assert _shown(table.publish(ratio))[0][0] == 109
    assert _shown(table.publish(ratio.with_fields(p_ratio=0.12)))[0][0] == "c"
    gone = irosurvey.Table(pickle.loads(pickle.dumps(design.total("y", by="g"))))
    with pytest.raises(irosurvey.ArgumentError, match="data at hand"):
        gone.publish(policy)


def test_groups_that_are_all_alike() -> None:
    cells = {("a", "p"): 40, ("b", "p"): 20, ("b", "q"): 30}
    table = irosurvey.Table(_design(cells).crosstab("g", "y"), statistics="estimate")
    told = irosurvey.release(table, "dfe", **OWN)
    assert _shown(told[0])[0] == [100, 0]
    assert any("answered the same" in one.text for one in told.report.reviews)
    # Noughts are hidden in research environments, and their complement of two.
    assert _shown(table.publish(Policy.preset("tre", secondary=False)))[0] == ["c", "c"]


# ---- what can't be judged ----


def test_shares_without_counts_are_refused() -> None:
    design = _design(SIZES)
    cdf = design.with_columns({"z": list(range(72))}).cdf("z", [10])
    with pytest.raises(irosurvey.ArgumentError, match="unweighted numerator"):
        irosurvey.Table(cdf).publish("dfe")
    assert irosurvey.Table(cdf).publish("none").rows
    gap = design.proportion("y", "r", by="g").difference("g")
    with pytest.raises(irosurvey.ArgumentError, match="groups themselves"):
        irosurvey.Table(gap).publish("dfe")


def test_one_key_with_two_counts_is_an_error() -> None:
    one = irosurvey.Design({"g": ["a"] * 30 + ["b"] * 30})
    two = irosurvey.Design({"g": ["a"] * 20 + ["b"] * 40})
    tables = [irosurvey.Table(found.proportion("g")) for found in (one, two)]
    with pytest.raises(irosurvey.ArgumentError, match="sample="):
        irosurvey.release(tables, "dfe", secondary=False)
    named = [
        irosurvey.Table(found.proportion("g"), sample=name)
        for found, name in ((one, "IROs"), (two, "managers"))
    ]
    assert len(irosurvey.release(named, "dfe", secondary=False)) == 2


# ---- the release and its report ----


def test_what_is_published_holds_no_hidden_number() -> None:
    cells = {("a", "p"): 3, ("a", "q"): 4, ("b", "p"): 1234, ("b", "q"): 77}
    table = irosurvey.Table(_design(cells).crosstab("g", "y"), statistics=EVERYTHING)
    found = irosurvey.release(table, "dfe", **OWN)
    seen = pickle.dumps(found.published)
    assert b"CrossTab" not in seen
    assert b"Fact" not in seen
    texts = [repr(found), found._repr_html_(), repr(found.published), str(found.published.balance)]
    assert not any("a count of" in text for text in texts)
    assert "a count of 3" in repr(found.report)
    assert found.report._repr_html_().startswith("<p>For the producer alone")


def test_the_report_is_written_whole(tmp_path: Path) -> None:
    table = irosurvey.Table(_design(SIZES).crosstab("g", "y"))
    found = irosurvey.release(table, "dfe", **OWN)
    path = found.report.write(tmp_path / "producer" / "report.json")
    assert "For the producer alone" in path.read_text()
    assert [one.name for one in path.parent.iterdir()] == ["report.json"]


def test_balances_do_not_tell_small_counts() -> None:
    data = {"y": [1] * 40 + [2] * 30 + [None] * 3}
    table = irosurvey.Table(irosurvey.Design(data).proportion("y"))
    found = irosurvey.release(table, "nchs", secondary=False)
    assert found.published.balance == {"Table 1: rows used": 70.0}
    assert found.report.balances[0].missing["y: no answer"].rows == 3
    whole = irosurvey.release(table, "none").published.balance
    assert whole["Table 1: rows missing, y: no answer"] == 3


def test_remarks_on_rounding_are_about_what_is_there() -> None:
    # Coefficients of variation are per cent, too, but have decimals and add up to nothing.
    design = irosurvey.Design({"y": [1.0, 2.0, 3.0] * 20, "g": ["a"] * 30 + ["b"] * 30})
    table = irosurvey.Table(design.mean("y", by="g"), statistics=["estimate", "cv", "base"])
    remarks = table.publish(Policy.preset("dfe", **OWN)).remarks
    assert not any("Percentages" in one for one in remarks)
    assert any("Counts are rounded" in one for one in remarks)


@pytest.mark.parametrize("policy", ["dfe", "nchs", "tre"])
def test_balances_tell_no_count_that_tables_do_not(policy: str) -> None:
    # All 60 less the 57 of group a are 3 people.
    data = {"g": ["a"] * 57 + ["b"] * 3, "y": [1] * 30 + [0] * 30, "x": ["N", "S"] * 30}
    design = irosurvey.Design(data)
    tables = [
        irosurvey.Table(design.crosstab("x", "y", where=where), percent="count")
        for where in ("g = 'a'", None)
    ]
    found = irosurvey.release(tables, policy)
    printed = {
        f"Table {table.number}: rows used": cell.value
        for table in found
        for cell in table.rows[-1].cells[-1:]
    }
    for name, value in found.published.balance.items():
        assert value == printed[name]
    assert list(found.published.balance) == [name for name in printed if printed[name] is not None]


def test_balances_do_not_tell_what_people_weigh() -> None:
    # The 3 weigh 10 each and the others 1: the sum of weights is an equation more.
    data = {"g": ["a"] * 57 + ["b"] * 3, "w": [1.0] * 57 + [10.0] * 3}
    table = irosurvey.Table(irosurvey.Design(data, weights="w").proportion("g"))
    assert irosurvey.release(table, "nchs").published.balance == {"Table 1: rows used": 60.0}


def test_what_a_balance_leaves_out_is_said() -> None:
    data = {"g": ["a", "b"] * 30, "y": [1, 0, 0] * 20, "p": [1] * 40 + [0] * 20, "q": [0, 1] * 30}
    design = irosurvey.Design(data)
    by = design.proportion("y", 1, by="g")
    tables = [
        irosurvey.Table(design.multiple_response(["p", "q"])),
        irosurvey.Table([by, design.mean("p", by="q")]),
        irosurvey.Table(by),
        irosurvey.Table(by, total=design.proportion("y", 1)),
    ]
    found = irosurvey.release(tables, "nchs", secondary=False).published
    # A set of boxes is asked of those who ticked one: 40 and the 10 of the others.
    assert found.balance["Table 1: rows used"] == 50.0
    assert found.balance["Table 4: rows used"] == 60.0
    assert found.provenance["no balance of rows"] == (
        "Table 2; Table 3: no base that is shown is of all its rows"
    )
    assert "no balance of rows" not in irosurvey.release(tables, "none").published.provenance


def test_tables_are_named_and_numbered() -> None:
    tables = [irosurvey.Table(_design(SIZES).crosstab("g", "y"), notes=["One."]) for _ in range(2)]
    tables.append(
        irosurvey.Table(_design(SIZES).crosstab("y", "g"), notes=["Two.", "One."], name="answers")
    )
    found = irosurvey.release(tables, "none", title="All")
    assert [table.name for table in found] == ["table_1", "table_2", "answers"]
    assert [table.notes for table in found] == [(1,), (1,), (1, 2)]
    assert [note.text for note in found.published.notes] == ["One.", "Two."]
    assert found["answers"] is found[2]
    assert found.published.title == "All"


def test_headers_are_unique() -> None:
    design = _design(SIZES)
    table = irosurvey.Table(
        {"A": design.crosstab("g", "y"), "B": design.crosstab("g", "y")}, statistics="estimate"
    )
    names = [column.name for column in table.publish("none").columns]
    assert len(set(names)) == len(names)


def test_the_same_release_is_the_same() -> None:
    table = irosurvey.Table(_design(SIZES).crosstab("g", "y"))
    assert (
        irosurvey.release(table, "dfe", **OWN).published
        == irosurvey.release(table, "dfe", **OWN).published
    )


def _labelled(labels: list[str]) -> irosurvey.Design:
    """Answers with these labels, by a group of two."""
    codes = list(range(len(labels))) * 20
    column = irosurvey.Column("y", codes).with_notes(
        value_labels=dict(enumerate(labels)), label="Answer"
    )
    frame = irosurvey.Frame({"g": [code % 2 for code in range(len(codes))]}).with_column(column)
    return irosurvey.Design(frame)


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_whatever_labels_say_a_release_can_be_written(form: str, tmp_path: Path) -> None:
    # Longer than a header may be, alike but for a letter's case or a space, without a character.
    labels = ["x" * 300, "x" * 299 + "y", "Yes", "yes", "Other", "Other ", "\x07", "_x0041_", "no"]
    design = _labelled(labels)
    title = TitleParts("Answers", "percentage", "all", "England", "2013")
    tables = [irosurvey.Table(design.crosstab(*names), title=title) for names in ("gy", "yg")]
    found = irosurvey.release(tables, "none", publisher="A department")
    for path in FORMATS[form].write(found.published, tmp_path / f"a{FORMATS[form].extension}"):
        assert found.check(path).passed, found.check(path)
    across, down = found
    spanned = list(dict.fromkeys(one for column in across.columns for one in column.spanners))
    assert spanned[2:9] == [
        "Yes", "yes (2)", "Other", "Other (2)", "(no label)", "_x0041_", "no",
    ]  # fmt: skip
    assert [row.labels for row in down.rows][2:6] == [
        ("Yes",),
        ("yes",),
        ("Other",),
        ("Other (2)",),
    ]
    assert max(len(column.name) for column in across.columns) <= 255
    assert any("are cut" in one for one in across.remarks)
    assert not any("are cut" in one for one in down.remarks)


def test_names_of_tables_are_as_files_need_them() -> None:
    result = _design(SIZES).crosstab("g", "y")
    for name in ("t1", "R1C1", "a b", "1a", "ä"):
        with pytest.raises(irosurvey.ArgumentError, match="not like a cell"):
            irosurvey.Table(result, name=name)
    for names in (("one", "ONE"), ("table_2", "")):
        with pytest.raises(irosurvey.ArgumentError, match="Table 1 and Table 2"):
            irosurvey.release([irosurvey.Table(result, name=name) for name in names], "none")


@pytest.mark.parametrize("secondary", [True, False])
def test_a_share_of_everybody_tells_of_all_of_them(secondary: bool) -> None:
    # All 40 of group a say yes: that nobody said no is a nought, though it stands in no table.
    cells = {("a", "yes"): 40, ("b", "yes"): 25, ("b", "no"): 15}
    own = {"secondary": secondary, "minimum_df": 0.0}
    share = irosurvey.Table(_design(cells).proportion("y", "yes", by="g"), statistics="estimate")
    assert _shown(share.publish(Policy.preset("tre", **own))) == [["c"], [62.5]]
    assert _shown(share.publish(Policy.preset("none"))) == [[100.0], [62.5]]
    # Where nobody anywhere says no, it is the same.
    alike = irosurvey.Table(_design({("a", "yes"): 40}).proportion("y"), statistics="estimate")
    assert _shown(alike.publish(Policy.preset("tre", **own))) == [["c"]]
    # Groups are no answers.
    design = _design({("a", "yes"): 40, ("a", "no"): 20})
    groups = irosurvey.Table(design.proportion("y", by="g"), statistics=["estimate", "base"])
    assert _shown(groups.publish(Policy.preset("tre", **own))) == [[33.3, 66.7, 60]]
