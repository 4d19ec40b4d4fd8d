"""One table object: what stands where, with the numbers of the results it was built from."""

from __future__ import annotations

import math
import pickle
import re
from dataclasses import replace

import numpy as np
import pytest

import irosurvey
from irosurvey.tables import Size, block

# 20 IROs in three regions: small enough to count by hand.
DATA = {
    "region": ["N"] * 8 + ["S"] * 7 + ["W"] * 5,
    "sex": ["f", "m"] * 10,
    "met": [1, 1, 1, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 1, 1, 1, 1],
    "load": [40, 50, 60, 70, 80, 90, 55, 65, 45, 75, 85, 95, 35, 60, 70, 50, 40, 80, 90, 65],
    "fte": [1.0, 0.5] * 10,
    "w": [1.0] * 10 + [2.0] * 10,
}


@pytest.fixture(scope="module")
def design() -> irosurvey.Design:
    return irosurvey.Design(DATA, weights="w")


@pytest.fixture(scope="module")
def plain() -> irosurvey.Design:
    return irosurvey.Design({name: values for name, values in DATA.items() if name != "w"})


def _names(table: irosurvey.Table) -> list[str]:
    return [column.name for column in table.columns]


# ---- where things stand ----


def test_a_crosstab_has_its_rows_and_a_total_last(plain: irosurvey.Design) -> None:
    table = irosurvey.Table(plain.crosstab("region", "met"), statistics=["estimate", "base"])
    assert table.stub == ("region",)
    assert [line.labels for line in table.lines] == [("N",), ("S",), ("W",), ("Total",)]
    assert [line.total for line in table.lines] == [False, False, False, True]
    assert _names(table) == ["0: Percentage", "1: Percentage", "Unweighted base"]
    # North: 6 of 8 met; South: 2 of 7; West: 5 of 5.
    assert [table.value(row, 1) for row in range(4)] == pytest.approx([75, 200 / 7, 100, 65])
    assert [table.value(row, 2) for row in range(4)] == [8, 7, 5, 20]


def test_every_statistic_is_the_results_own(design: irosurvey.Design) -> None:
    table = irosurvey.Table(
        design.mean("load", by="region"),
        total=design.mean("load"),
        statistics=[
            "estimate", "ci", "se", "cv", "n", "weighted_n", "effective_n", "df",
        ],
    )  # fmt: skip
    found = design.mean("load", by="region")
    assert _names(table) == [
        "Mean",
        "Lower 95% limit",
        "Upper 95% limit",
        "Standard error",
        "Coefficient of variation (%)",
        "Unweighted base",
        "Weighted base",
        "Effective sample size",
        "Degrees of freedom",
    ]
    lower, upper = found.interval()
    wanted = [
        found.estimate, lower, upper, found.se, 100 * found.cv, found.n, found.weighted_n,
        found.effective_n, found.df,
    ]  # fmt: skip
    for place, numbers in enumerate(wanted):
        assert [table.value(row, place) for row in range(3)] == list(numbers)
    assert table.value(3, 0) == float(design.mean("load"))


def test_shares_are_percentages_and_unrounded(design: irosurvey.Design) -> None:
    found = design.proportion("met", 1, by="region")
    table = irosurvey.Table(found, statistics=["estimate", "se", "lower"])
    assert [table.value(row, 0) for row in range(3)] == list(100 * found.estimate)
    assert [table.value(row, 1) for row in range(3)] == list(100 * found.se)
    assert table.value(1, 2) == 100 * found.interval().lower[1]


def test_counts_behind_shares_are_unweighted(design: irosurvey.Design) -> None:
    for results in (
        design.crosstab("region", "met"),
        design.proportion("met", by="region"),
        pickle.loads(pickle.dumps(design.proportion("met", by="region"))),
        design.crosstab("region", "met").row_shares,
    ):
        table = irosurvey.Table(results, statistics="estimate")
        facts = [cell.fact for row in table.cells for cell in row if cell]
        counts = {(fact.part, fact.base) for fact in facts}
        assert {(2, 8), (6, 8), (5, 7), (2, 7), (0, 5), (5, 5)} <= counts


def test_events_are_numerators(design: irosurvey.Design) -> None:
    assert list(design.proportion("met", by="region").events) == [2, 5, 0, 6, 2, 5]
    assert list(design.proportion("met", 1).events) == [13]
    assert list(design.proportion("load", [40, 50]).events) == [4]
    assert list(design.proportion("met", 1, where="load > 60").events) == [
        sum(met for met, load in zip(DATA["met"], DATA["load"], strict=True) if load > 60)
    ]
    assert list(design.mean("load", by="region").events) == [-1, -1, -1]
    assert list(design.proportion("met", by="region")[[4, 1]].events) == [2, 5]
    pairs = design.proportion("met", 1, by="region").difference("region")
    assert list(pairs.events) == [-1, -1, -1]
    # A column that is both group and answer.
    assert list(design.proportion("region", "N", by="region").events) == [8, 0, 0]


def test_listwise_counts_leave_out_what_the_question_left_out() -> None:
    data = {"a": [1, 1, 0, None, 1, 0], "b": [1, None, 0, 1, 1, 1], "g": list("xxxyyy")}
    design = irosurvey.Design(data)
    both = design.proportion(["a", "b"], 1, by="g", missing="listwise")
    apart = design.proportion(["a", "b"], 1, by="g")
    assert list(both.events) == [1, 1, 1, 2]
    assert list(both.n) == [2, 2, 2, 2]
    assert list(apart.events) == [2, 1, 1, 3]


def test_weights_of_zero_are_no_counts() -> None:
    design = irosurvey.Design({"w": [1, 0, 1, 1], "y": [1, 1, 0, 1]}, weights="w")
    assert list(design.proportion("y", 1).events) == [2]


def test_groupless_shares_are_rows(plain: irosurvey.Design) -> None:
    table = irosurvey.Table(plain.proportion("met"), statistics=["estimate", "base"])
    assert [line.labels for line in table.lines] == [("0",), ("1",)]
    assert [table.value(row, 0) for row in range(2)] == pytest.approx([35, 65])


def test_questions_with_the_same_answers_are_a_grid() -> None:
    design = irosurvey.Design({"a": [1, 1, 2, 2], "b": [1, 2, 2, 2]})
    table = irosurvey.Table(design.proportion(["a", "b"]), statistics="estimate")
    assert [line.labels for line in table.lines] == [("a",), ("b",)]
    assert [column.spanners for column in table.columns] == [("1",), ("2",)]
    assert [[table.value(row, column) for column in range(2)] for row in range(2)] == [
        [50, 50],
        [25, 75],
    ]


def test_means_and_shares_stand_side_by_side(plain: irosurvey.Design) -> None:
    table = plain.table("region", "met", means="load", statistics=["estimate", "base"])
    assert _names(table) == [
        "met: 0: Percentage",
        "met: 1: Percentage",
        "met: Unweighted base",
        "load: Mean",
        "load: Unweighted base",
    ]
    assert table.lines[-1].total
    assert table.value(3, 3) == pytest.approx(float(plain.mean("load")))


def test_banners_have_one_total_column_at_the_end(plain: irosurvey.Design) -> None:
    table = irosurvey.Table(
        [plain.crosstab("met", "region"), plain.crosstab("met", "sex")],
        percent="column",
        statistics="estimate",
    )
    assert [column.spanners for column in table.columns] == [
        ("region", "N"),
        ("region", "S"),
        ("region", "W"),
        ("sex", "f"),
        ("sex", "m"),
        ("Total",),
    ]
    assert [table.value(row, 5) for row in range(2)] == pytest.approx([35, 65])


def test_stacked_groups_have_one_row_of_everybody(plain: irosurvey.Design) -> None:
    table = plain.table(["region", "sex"], "met", statistics=["estimate", "base"])
    assert table.stub == ("Breakdown", "Group")
    assert [line.labels for line in table.lines] == [
        ("region", "N"),
        ("region", "S"),
        ("region", "W"),
        ("sex", "f"),
        ("sex", "m"),
        ("All", "Total"),
    ]
    assert table.value(5, 2) == 20


def test_rows_of_the_same_groups_say_what_they_are_of(plain: irosurvey.Design) -> None:
    found = {name: plain.mean(name, by="sex") for name in ("load", "fte")}
    table = irosurvey.Table(found, arrange="rows", statistics="estimate")
    assert table.stub == ("Measure", "sex")
    assert [line.labels for line in table.lines] == [
        ("load", "f"),
        ("load", "m"),
        ("fte", "f"),
        ("fte", "m"),
    ]
    assert [row.labels for row in table.publish("none").rows] == [
        line.labels for line in table.lines
    ]
    alone = irosurvey.Table({"load": found["load"]}, arrange="rows", statistics="estimate")
    assert alone.stub == ("sex",)


def test_totals_of_different_people_all_stay() -> None:
    design = irosurvey.Design({"a": [1, 2, 1, 2], "b": [1, 1, None, 2], "y": [1, 0, 1, 1]})
    table = design.table(["a", "b"], "y", statistics=["estimate", "base"])
    totals = [
        (line.labels, table.value(row, 2)) for row, line in enumerate(table.lines) if line.total
    ]
    assert totals == [(("a", "Total"), 4), (("b", "Total"), 3)]


def test_layers_are_stub_columns_with_totals_last(plain: irosurvey.Design) -> None:
    table = irosurvey.Table(plain.crosstab("region", "met", "sex"), statistics="estimate")
    assert table.stub == ("sex", "region")
    assert [line.labels for line in table.lines][-2:] == [("f", "Total"), ("m", "Total")]
    one = plain.crosstab("region", "met", "sex").sel(sex="m").row_shares
    place = [line.labels for line in table.lines].index(("m", "S"))
    assert table.value(place, 1) == 100 * float(one.sel(region="S", met=1))


def test_one_way_tables_have_shares_of_everybody(plain: irosurvey.Design) -> None:
    table = plain.table("region", statistics=["estimate", "base"])
    assert [table.value(row, 0) for row in range(4)] == pytest.approx([40, 35, 25, 100])


@pytest.mark.parametrize(
    ("percent", "expected"),
    [
        ("row", [[25, 75], [500 / 7, 200 / 7], [0, 100], [35, 65]]),
        ("column", [[200 / 7, 600 / 13, 40], [500 / 7, 200 / 13, 35], [0, 500 / 13, 25]]),
        ("total", [[10, 30, 40], [25, 10, 35], [0, 25, 25], [35, 65, 100]]),
        ("count", [[2, 6, 8], [5, 2, 7], [0, 5, 5], [7, 13, 20]]),
    ],
)
def test_kinds_of_percentages_by_hand(
    plain: irosurvey.Design, percent: str, expected: list[list[float]]
) -> None:
    table = irosurvey.Table(
        plain.crosstab("region", "met"),
        percent=percent,  # type: ignore[arg-type]
        statistics="estimate",
    )
    found = [
        [table.value(row, column) for column in range(len(table.columns))]
        for row in range(len(table))
    ]
    assert np.array(found) == pytest.approx(np.array(expected))


def test_letters_are_those_of_the_comparison() -> None:
    data = {"area": ["a"] * 40 + ["b"] * 40, "y": [1] * 36 + [0] * 4 + [1] * 10 + [0] * 30}
    crosstab = irosurvey.Design(data).crosstab("y", "area")
    table = irosurvey.Table(crosstab, percent="column", letters=True, statistics="estimate")
    texts = table.to_pandas()
    assert list(texts["a (A): Significantly higher than"]) == ["", "B"]
    assert list(texts["b (B): Significantly higher than"]) == ["A", ""]
    assert any("p < 0.05" in remark for remark in table.remarks)
    with pytest.raises(irosurvey.ArgumentError, match="column"):
        irosurvey.Table(crosstab, percent="row", letters=True)


def test_blocks_say_how_they_are_shown(plain: irosurvey.Design) -> None:
    rate = block(plain.ratio("load", "fte"), unit="rate", scale=1000, heading="Rate per 1,000")
    table = irosurvey.Table(rate, statistics=["estimate", "se"])
    assert _names(table) == ["Rate per 1,000", "Standard error"]
    assert table.value(0, 0) == pytest.approx(1000 * float(plain.ratio("load", "fte")))
    assert table.value(0, 1) == pytest.approx(1000 * plain.ratio("load", "fte").se[0])
    with pytest.raises(irosurvey.ArgumentError, match="scale"):
        block(plain.proportion("met"), scale=1000)


# ---- titles and what isn't a table ----


def test_titles_have_parts(plain: irosurvey.Design) -> None:
    table = irosurvey.Table(
        plain.crosstab("region", "met"), population="IROs", area="England", period="2013"
    )
    assert str(table.title) == "region by met: percentage of IROs, England, 2013"
    parts = irosurvey.TitleParts("Reviews", "percentage", "IROs", "England", "2013")
    assert irosurvey.Table(plain.crosstab("region", "met"), title=parts).title is parts


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"statistics": "estimates"}, "estimate"),
        ({"statistics": []}, "at least one"),
        ({"arrange": "diagonal"}, "auto"),
        ({"name": "table 1"}, "underscores"),
        ({"percent": "rows"}, "percent"),
    ],
)
def test_wrong_arguments_are_named(
    plain: irosurvey.Design, arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(irosurvey.ArgumentError, match=message):
        irosurvey.Table(plain.crosstab("region", "met"), **arguments)  # type: ignore[arg-type]


def test_only_results_make_tables(plain: irosurvey.Design) -> None:
    for wrong in ([], "table", 7, [[1.0, 2.0]], plain):
        with pytest.raises(irosurvey.ArgumentError):
            irosurvey.Table(wrong)  # type: ignore[arg-type]
    with pytest.raises(irosurvey.ArgumentError, match="rows, columns"):
        plain.table()
    with pytest.raises(irosurvey.ArgumentError, match="without groups"):
        irosurvey.Table(plain.mean("load", by="region"), total=plain.mean("load", by="sex"))
    with pytest.raises(irosurvey.ArgumentError, match="confidence level"):
        irosurvey.Table([plain.mean("load"), plain.mean("load", level=0.9)])


# ---- how it looks ----


def test_html_has_scopes_and_escapes() -> None:
    data = {"<b>": ["x & y", "x & y", "z"], "q": [1, 2, 2]}
    table = irosurvey.Table(irosurvey.Design(data).crosstab("<b>", "q"), title="<script>")
    for text in (table._repr_html_(), table.publish("none")._repr_html_()):
        assert "<script>" not in text
        assert "x &amp; y" in text
        assert "&lt;b&gt;" in text
        head = text[text.index("<thead>") : text.index("</thead>")]
        assert all('scope="' in one for one in re.findall("<th[ >][^>]*", head))
        rows = re.findall("<tr.*?</tr>", head)
        spans = [sum(int(n) for n in re.findall('colspan="([0-9]+)"', row)) for row in rows]
        assert spans[0] == 6  # two answers, each with an estimate and two limits


def test_header_rows_cover_every_column(plain: irosurvey.Design) -> None:
    table = plain.table("region", ["met", "sex"], means="load", statistics=["estimate", "base"])
    text = table._repr_html_()
    head = text[text.index("<thead>") : text.index("</thead>")]
    widths = []
    down = [0]
    for row in re.findall("<tr>(.*?)</tr>", head):
        cells = re.findall("<t[hd]([^>]*)>", row)
        wide = sum(int((re.search('colspan="([0-9]+)"', cell) or [0, 1])[1]) for cell in cells)
        widths.append(wide + down.pop())
        down.append(sum('rowspan="' in cell for cell in cells) or down_before(widths, table))
    assert set(widths) == {len(table.stub) + len(table.columns)}


def down_before(widths: list[int], table: irosurvey.Table) -> int:
    """Stub headers of the first row reach down through all others."""
    return len(table.stub) if widths else 0


def test_text_holds_unrounded_reading_and_says_so(plain: irosurvey.Design) -> None:
    text = repr(irosurvey.Table(plain.crosstab("region", "met"), statistics=["estimate", "base"]))
    assert "28.6" in text
    assert "Unrounded, with nothing hidden" in text


def test_made_up_answers_are_called_so_before_they_are_published(plain: irosurvey.Design) -> None:
    made = irosurvey.Table(plain.mean("load", by="sex"), synthetic=True)
    assert "SYNTHETIC: made-up answers." in repr(made)
    assert "SYNTHETIC: made-up answers." in made._repr_html_()
    assert "SYNTHETIC" not in repr(irosurvey.Table(plain.mean("load", by="sex")))


def test_data_frames_have_every_column(plain: irosurvey.Design) -> None:
    frame = plain.table("region", "met", statistics=["estimate", "base"]).to_pandas()
    assert list(frame.columns) == ["region", "0: Percentage", "1: Percentage", "Unweighted base"]
    assert frame["1: Percentage"].tolist() == pytest.approx([75, 200 / 7, 100, 65])


def test_a_policy_rules_what_is_seen_everywhere(plain: irosurvey.Design) -> None:
    table = plain.table("region", "met", statistics=["estimate", "base"], title="T")
    shown = table.with_policy("dfe")
    published = table.publish("dfe")
    assert repr(shown) == repr(published)
    assert shown._repr_html_() == published._repr_html_()
    assert shown.to_pandas().equals(published.to_pandas())
    # 2 of 8 is hidden: 25 isn't to be found, in whatever form the table shows itself.
    page = re.sub("<style>.*?</style>", "", shown._repr_html_(), flags=re.DOTALL)
    for text in (repr(shown), page, shown.to_pandas().to_csv()):
        assert "25" not in text
        assert "[c]" in text
    assert "25.0" in repr(shown.with_policy(None))


# ---- what became of the rows ----


def test_rows_add_up() -> None:
    data = {
        "y": [1, 0, None, 1, 1, 0, 1, None],
        "g": ["a", "a", "a", None, "b", "b", "b", "b"],
        "w": [1.0, 2.0, 1.0, 1.0, 0.0, 2.0, 1.0, 4.0],
    }
    design = irosurvey.Design(data, weights="w")
    table = irosurvey.Table(design.crosstab("g", "y", where="w < 3"))
    (balance,) = table.balances(filtered=Size(2, 3.0))
    assert balance.read == Size(10, 15.0)
    assert balance.filtered == Size(2, 3.0)
    assert balance.unweighted == Size(1, 0.0)
    assert balance.outside == Size(1, 4.0)
    assert balance.missing == {"g: no answer": Size(1, 1.0), "y: no answer": Size(1, 1.0)}
    assert balance.used == Size(4, 6.0)
    assert table.value(2, table.columns.index(table.columns[-1])) == 4


def test_user_missing_codes_are_reasons() -> None:
    column = irosurvey.Column("y", [1, 2, 9, 9, 1, 8]).with_notes(
        value_labels={1: "yes", 2: "no", 8: "refused", 9: "don't know"}, user_missing=[8, 9]
    )
    frame = irosurvey.Frame({"g": [1, 1, 1, 2, 2, 2]}).with_column(column)
    (balance,) = irosurvey.Table(irosurvey.Design(frame).proportion("y")).balances()
    assert balance.missing == {"y: don't know": Size(2, 2.0), "y: refused": Size(1, 1.0)}
    assert balance.used.rows == 3


def test_missing_codes_are_named_as_the_codes_of_answers_are() -> None:
    column = irosurvey.Column("y", [1.0, 2.0, -9.0, -8.5]).with_notes(user_missing=[-9.0, -8.5])
    (balance,) = irosurvey.Table(
        irosurvey.Design(irosurvey.Frame({}).with_column(column)).proportion("y")
    ).balances()
    assert list(balance.missing) == ["y: -8.5", "y: -9"]


def test_what_does_not_add_up_is_an_error() -> None:
    with pytest.raises(irosurvey.NumericalError, match="lost or counted twice"):
        irosurvey.Balance(read=Size(10, 10.0), used=Size(9, 10.0))
    with pytest.raises(irosurvey.NumericalError, match="balance of weight"):
        irosurvey.Balance(read=Size(10, 10.0), used=Size(10, 9.99))
    with pytest.raises(irosurvey.NumericalError):
        irosurvey.Balance(read=Size(10, math.nan), used=Size(10, math.nan))


def test_the_base_of_the_total_is_what_is_used(plain: irosurvey.Design) -> None:
    table = plain.table("region", "met")
    (balance,) = table.balances()
    assert balance.used.rows == table.cells[-1][-1].fact.base  # type: ignore[union-attr]


# ---- questions with several answers ----

ANSWERS = {
    "phone": [1, 1, 0, 0, None, 1, 1, 0],
    "post": [1, 0, 1, 0, None, 1, 0, 0],
    "g": ["a", "a", "a", "a", "b", "b", "b", "b"],
}


@pytest.mark.parametrize(
    ("respondents", "bases"), [("any", [3, 2]), ("valid", [4, 3]), ("all", [4, 4])]
)
def test_answers_are_counted_among_respondents(respondents: str, bases: list[int]) -> None:
    design = irosurvey.Design(ANSWERS)
    found = design.multiple_response(
        ["phone", "post"],
        by="g",
        respondents=respondents,  # type: ignore[arg-type]
    )
    assert list(found.events) == [2, 2, 2, 1]
    table = irosurvey.Table(found, statistics=["estimate", "base"])
    assert [column.name for column in table.columns] == [
        "phone: Percentage",
        "post: Percentage",
        "Unweighted base",
    ]
    assert [table.value(row, 2) for row in range(2)] == bases
    assert [table.value(row, 0) for row in range(2)] == pytest.approx(
        [200 / bases[0], 200 / bases[1]]
    )


def test_categorical_sets_are_counted() -> None:
    data = {"first": ["x", "y", "z", None, "x"], "second": ["y", None, "x", None, "x"]}
    found = irosurvey.Design(data).multiple_response(["first", "second"], None)
    assert list(found.events) == [3, 2, 1]
    assert list(pickle.loads(pickle.dumps(found)).events) == [3, 2, 1]
    counts = irosurvey.Design(data).multiple_response(["first", "second"], None, of="count")
    table = irosurvey.Table(counts, statistics=["estimate", "base"])
    assert [table.value(row, 1) for row in range(3)] == [3, 2, 1]


def test_small_answers_are_hidden_with_what_gives_them_back() -> None:
    data = {"phone": [1] * 30 + [0] * 30, "post": [1] * 3 + [0] * 20 + [1] * 37}
    design = irosurvey.Design(data)
    sets = design.multiple_response(["phone", "post"], respondents="all")
    table = irosurvey.Table(sets, statistics="estimate")
    policy = irosurvey.Policy.preset("dfe", secondary=False, proportions="none")
    # 40 of 60 chose post, 20 didn't; 30 phone.
    assert [row.cells[0].value for row in table.publish(policy).rows] == [50, 67]
    few = irosurvey.Design({**data, "post": [1] * 57 + [0] * 3})
    lacking = irosurvey.Table(few.multiple_response(["phone", "post"], respondents="all"))
    assert [row.cells[0].mark for row in lacking.publish(policy).rows] == ["", "c"]


def test_balances_of_several_questions(plain: irosurvey.Design) -> None:
    design = irosurvey.Design({"a": [1, 2, None, 4], "b": [1, None, None, 2], "g": [1, 1, 2, 2]})
    table = irosurvey.Table(design.mean(["a", "b"], by="g"))
    assert [balance.used.rows for balance in table.balances()] == [3, 2]
    listwise = irosurvey.Table(design.mean(["a", "b"], by="g", missing="listwise"))
    assert [balance.used.rows for balance in listwise.balances()] == [2, 2]
    sets = irosurvey.Design(ANSWERS).multiple_response(["phone", "post"], by="g")
    (balance,) = irosurvey.Table(sets).balances()
    assert balance.missing == {"[phone, post: any]: no respondent": Size(3, 3.0)}
    assert balance.used.rows == 5
    layers = irosurvey.Table(plain.crosstab("region", "met", "sex"))
    assert layers.balances()[0].used.rows == 20


def test_a_result_that_rests_on_other_rows_is_an_error() -> None:
    design = irosurvey.Design({"a": [1, 2, 3, 4], "w": [1.0, 2.0, 3.0, 4.0]}, weights="w")
    found = design.mean("a")
    rows = found.rows.copy()
    rows["n"] = 3
    with pytest.raises(irosurvey.NumericalError, match="bases of 3"):
        irosurvey.Table(replace(found, rows=rows)).balances()
    rows = found.rows.copy()
    rows["weighted_n"] = 10.001
    with pytest.raises(irosurvey.NumericalError, match="balance of weight"):
        irosurvey.release(irosurvey.Table(replace(found, rows=rows)), "none")


def test_counts_are_called_weighted_where_weights_differ(
    plain: irosurvey.Design, design: irosurvey.Design
) -> None:
    for asked, heading in ((plain, "Count"), (design, "Weighted count")):
        table = irosurvey.Table(asked.crosstab("region", "met"), percent="count")
        assert {column.heading for column in table.columns if column.kind == "estimate"} == {
            heading
        }
        assert ("Counts are weighted." in table.remarks) == (heading != "Count")


def test_percentages_say_of_whom_they_are() -> None:
    data = {"g": ["a", "b"] * 30, "y": ["yes", "no", "no"] * 20, "z": [1.0, 2.0, 3.0] * 20}
    design = irosurvey.Design(data)
    said = "Percentages are of everybody in each row who answered the question."
    assert said in irosurvey.Table(design.proportion("y", "yes", by="g")).remarks
    alone = "Percentages are of everybody who answered the question."
    assert alone in irosurvey.Table(design.proportion("y")).remarks
    assert not any("Percentages" in one for one in irosurvey.Table(design.mean("z")).remarks)
    difference = design.proportion("y", "yes", by="g").difference("g")
    assert not any("Percentages" in one for one in irosurvey.Table(difference).remarks)


def _figures(result: object, title: str = "Work", **how: object) -> tuple[str, ...]:
    return irosurvey.Table(result, title=title, **how).publish("none").figures  # type: ignore[arg-type]


def test_tables_say_what_their_figures_are_of(plain: irosurvey.Design) -> None:
    by = {"by": "region"}
    for result, said in (
        (plain.mean("load", **by), 'Means are of "load".'),
        (plain.total("load", **by), 'Totals are of "load".'),
        (plain.median("load", **by), 'Medians are of "load".'),
        (
            plain.quantile("load", [0.25, 0.5], **by),
            '25th percentiles and medians are of "load".',
        ),
        (
            plain.ratio("load", "fte", **by),
            'Ratios are the total of "load" divided by the total of "fte".',
        ),
        (
            plain.proportion("met", 1, **by),
            'Percentages are those whose answer to "met" is "1", of everybody in each row who '
            "answered.",
        ),
        (
            plain.proportion("met", **by),
            'Percentages are of everybody in each row who answered "met".',
        ),
        (plain.mean("load", **by).difference("region"), 'Figures compare means of "load".'),
        (
            plain.estimate(2 * irosurvey.T("load") / irosurvey.T("fte"), **by),
            "Figures are 2 * T(load) / T(fte), where T(…) is the total of a column.",
        ),
    ):
        assert _figures(result) == (said,)


def test_what_headers_or_titles_say_is_not_said_again(plain: irosurvey.Design) -> None:
    found = plain.mean("load", by="region")
    assert _figures(found, "") == ()
    assert _figures(found, "Load by place") == ()
    assert _figures(found, "Work load") == ('Means are of "load".',)
    assert _figures(plain.mean(["load", "fte"], by="region")) == ()
    assert _figures(plain.mean("load")) == ()
    assert _figures([found, plain.mean("fte", by="region")]) == ()
    assert _figures({"A": found, "B": plain.mean("fte", by="region")}) == (
        'A: Means are of "load".',
        'B: Means are of "fte".',
    )


def test_figures_are_of_labels() -> None:
    frame = irosurvey.Frame(DATA)
    labels = {"load": "Children per reviewing officer", "fte": "Full-time equivalents"}
    for name, label in labels.items():
        frame = frame.with_column(irosurvey.Column(name, DATA[name]).with_notes(label=label))
    design = irosurvey.Design(frame)
    assert _figures(design.ratio("load", "fte", by="region")) == (
        'Ratios are the total of "Children per reviewing officer" divided by the total of '
        '"Full-time equivalents".',
    )
    mean = design.mean("load", by="region")
    assert _figures(mean) == ('Means are of "Children per reviewing officer".',)
    assert _figures(mean, "Children per reviewing officer, 2013") == ()


def test_charts_say_what_they_are_of(plain: irosurvey.Design) -> None:
    from irosurvey.charts import chart_of

    table = irosurvey.Table(plain.proportion("met", 1, by="region"), title="Work").publish("none")
    words = chart_of(table).alt
    made_up = replace(table, synthetic=True, figures=('Means are of "load [SYNTHETIC]".',))
    assert 'Means are of "load".' in chart_of(made_up).alt
    assert 'those whose answer to "met" is "1", of everybody in each group who answered.' in words
