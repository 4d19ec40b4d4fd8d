"""Plans of what market researchers lay out: several answers, banners, figures side by side."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet
import pytest
from plan_books import HEADINGS, answer, filled_in
from spss_sets import with_sets

import irosurvey
from irosurvey.cli import main
from irosurvey.spec.parts import TablePart
from irosurvey.tables.plan import read_plan
from irosurvey.tables.plan_tables import ask_table
from irosurvey.tables.table import Table
from irosurvey.tables.workbook_template import plan_workbook
from irosurvey.tables.writers.json import read

SYNTHETIC = Path(__file__).parents[2] / "data" / "synthetic"
BOXES = ["extra_cp_chair", "extra_reviews", "extra_training", "extra_other"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The IROs' answers in a file that defines the boxes, and a question of two mentions."""
    sets = (
        f"$duties=D1 1 12 Extra duties {' '.join(BOXES)}\n$papers=C 0  court_papers monitor_cases\n"
    )
    return with_sets(SYNTHETIC / "iro.sav", sets, tmp_path_factory.mktemp("data") / "officers.sav")


@pytest.fixture
def design(data: Path) -> irosurvey.Design:
    return irosurvey.Design(data, strata="region", clusters="authority", singleton="adjust")


def table_of(data: Path, **keys: Any) -> Table:
    """The one table of a plan, unrounded."""
    plan = {
        "data": {"file": str(data)},
        "design": {"strata": "region", "clusters": ["authority"], "singleton": "adjust"},
        "table": [{"title": "T", "show": ["estimate"], **keys}],
    }
    return read_plan(plan).tables()[0]


def column(table: Table, place: int) -> list[float]:
    return [table.value(row, place) for row in range(len(table))]


# ---- questions with several answers ----


@pytest.mark.parametrize("of", [["$duties"], BOXES, [*BOXES[:2], "extra_tr*", "extra_ot*"]])
def test_boxes_are_named_one_by_one_by_a_pattern_or_by_the_file(
    of: list[str], data: Path, design: irosurvey.Design
) -> None:
    found = design.multiple_response(BOXES)
    table = table_of(data, statistic="tick all that apply", of=of)
    assert column(table, 0) == pytest.approx(list(100 * found.estimate))
    assert table.stub == (("Extra duties",) if of == ["$duties"] else ("Extra duty",))
    assert table.lines[1].labels[0].startswith("other kinds of review")  # the question is above
    assert any("more than 100" in text for text in table.remarks)
    assert any("who chose at least one answer" in text for text in table.remarks)


def test_who_counts_and_what_shares_are_of_are_chosen(data: Path, design: irosurvey.Design) -> None:
    asked = {"statistic": "tick all that apply", "of": BOXES}
    valid = table_of(data, **asked, respondents="valid")
    expected = design.multiple_response(BOXES, respondents="valid")
    assert column(valid, 0) == pytest.approx(list(100 * expected.estimate))
    assert any("those who chose no answer included" in text for text in valid.remarks)
    answers = table_of(data, **asked, percent_of="answers")
    assert sum(column(answers, 0)) == pytest.approx(100.0)
    assert answers.columns[0].heading == "Percentage of answers"
    assert any("of all answers given" in text for text in answers.remarks)


def test_mentions_are_codes_in_the_order_of_their_columns(
    data: Path, design: irosurvey.Design
) -> None:
    names = ["court_papers", "monitor_cases"]
    expected = design.multiple_response(names, None, by="type")
    table = table_of(data, statistic="mentions", of=names, rows=["type"])
    shares = 100 * expected.estimate.reshape(5, 4)  # answers by groups
    assert [column(table, place)[:4] for place in range(5)] == [
        pytest.approx(list(line)) for line in shares
    ]
    assert table.columns[0].spanners == ("Always",)
    defined = table_of(data, statistic="tick all that apply", of=["$papers"], rows=["type"])
    assert column(defined, 0) == pytest.approx(column(table, 0))


# ---- banners and letters ----


def test_a_banner_has_groups_across_the_top_with_letters_that_run_on(
    data: Path, design: irosurvey.Design
) -> None:
    table = table_of(
        data,
        statistic="tick all that apply",
        of=["$duties"],
        columns=["type", "legal_advice_access"],
        letters=True,
    )
    shown = [one for one in table.columns if one.kind == "estimate"]
    assert [one.spanners[-1][-3:] for one in shown] == [f"({one})" for one in "ABCDEF"] + ["tal"]
    assert shown[0].spanners[0].startswith("Type of the authority")
    by_type = design.multiple_response(BOXES, by="type").estimate.reshape(4, 4)
    places = [place for place, one in enumerate(table.columns) if one.kind == "estimate"]
    assert [column(table, place) for place in places[:4]] == [
        pytest.approx(list(100 * line)) for line in by_type.T
    ]
    everybody = design.multiple_response(BOXES).estimate
    assert column(table, places[-1]) == pytest.approx(list(100 * everybody))
    assert "Columns are compared with those of the same breakdown." in table.remarks


def test_letters_of_means_are_those_of_the_tests(data: Path, design: irosurvey.Design) -> None:
    """Bonferroni over the pairs of groups, the later group less the earlier one."""
    table = table_of(
        data,
        statistic="mean",
        of=["years_as_iro", "extra_time"],
        columns=["region", "any_extra_duty"],
        letters=True,
    )
    told: set[tuple[str, str, str]] = set()
    for row, line in enumerate(table.lines):
        for place, one in enumerate(table.columns):
            cell = table.cells[row][place]
            if one.kind == "significance" and cell is not None:
                told |= {(line.labels[0], one.spanners[-1], letter) for letter in cell.letters}
    expected: set[tuple[str, str, str]] = set()
    for by, first in (("region", "A"), ("any_extra_duty", "J")):
        for name in ("years_as_iro", "extra_time"):
            found = design.mean(name, by=by)
            pairs = found.pairs(adjust="bonferroni")
            groups = [str(cell[0]) for cell in found.cells]
            letters = [chr(ord(first) + place) for place in range(len(groups))]
            for test, p in zip(pairs, pairs.p_adjusted, strict=True):
                plus, minus = test.cells[int(test.rows["cell"][0])][0].value.split(" - ")
                high, low = (plus, minus) if float(test) > 0 else (minus, plus)
                if p < 0.05:
                    at, other = groups.index(high), groups.index(low)
                    title = f"{groups[at]} ({letters[at]})"
                    expected.add((design.frame[name].label, title, letters[other]))
    assert told == expected
    assert told  # or this says nothing


def test_letters_name_no_figure_that_is_hidden() -> None:
    """Who reads that B is lower knows something of B."""
    groups = [("A", 1, 40), ("A", 0, 10), ("B", 1, 3), ("B", 0, 47), ("C", 1, 20), ("C", 0, 30)]
    rows = [(group, box) for group, box, people in groups for _ in range(people)]
    frame = irosurvey.Frame(
        {
            "group": [group for group, _ in rows],
            "one": [box for _, box in rows],
            "two": [1 - at % 2 for at in range(len(rows))],
        }
    )
    part = TablePart(
        "T",
        "tick all that apply",
        of=("one", "two"),
        columns=("group",),
        letters=True,
        respondents="all",
        show=("estimate",),
    )
    table = ask_table(irosurvey.Design(frame), part, {})
    letters = {
        (row, column.spanners[-1]): cell.letters
        for row, cells in enumerate(table.cells)
        for column, cell in zip(table.columns, cells, strict=True)
        if column.kind == "significance" and cell is not None
    }
    assert letters[0, "A (A)"] == ("B", "C")
    published = irosurvey.release([table], "dfe").published.tables[0]
    shown = dict(zip([one.name for one in published.columns], published.rows[0].cells, strict=True))
    assert shown["B (B): Percentage"].mark == "c"
    assert "B" not in shown["A (A): Significantly higher than"].text
    assert shown["B (B): Significantly higher than"].text == ""


def test_cross_tabs_of_several_questions_have_one_banner(data: Path) -> None:
    table = table_of(
        data,
        statistic="column percentages",
        rows=["court_papers", "legal_advice_access"],
        columns=["type", "legal_advice_used"],
        letters=True,
    )
    assert len(table) == 5 + 2
    assert table.stub == ("Breakdown", "Group")
    first = [one.spanners[-1] for one in table.columns if one.kind == "estimate"]
    assert [text[-3:] for text in first if text[-1] == ")"] == [f"({one})" for one in "ABCDEF"]


# ---- side by side ----


def test_shares_means_and_ticks_stand_side_by_side(data: Path, design: irosurvey.Design) -> None:
    table = table_of(
        data,
        statistic="row percentages",
        rows=["type", "any_extra_duty"],
        columns=["legal_advice_access"],
        beside=[
            {"statistic": "mean", "of": ["caseload"], "decimals": 1},
            {"statistic": "median", "of": ["caseload"]},
            {"statistic": "tick all that apply", "of": ["$duties"], "respondents": "all"},
        ],
    )
    assert [line.labels[0] for line in table.lines[:4]] == [table.lines[0].labels[0]] * 4
    assert str(table.title) == "T: percentage and mean values and median values"
    heads = [one.heading for one in table.columns]
    assert heads == ["Percentage"] * 2 + ["Mean", "Median"] + ["Percentage"] * 4
    mean = design.mean("caseload", by="type").estimate
    assert column(table, 2)[:4] == pytest.approx(list(mean))
    ticks = design.multiple_response(BOXES, by="type", respondents="all").estimate.reshape(4, 4)
    assert column(table, 4)[:4] == pytest.approx(list(100 * ticks[0]))
    access = design.crosstab("type", "legal_advice_access").row_shares.estimate.reshape(5, 3)
    assert column(table, 0)[:4] == pytest.approx(list(100 * access[:4, 0]))
    assert table.columns[2].decimals == 1


# ---- from a spreadsheet ----


def book_of(data: Path, lines: list[dict[str, object]]) -> openpyxl.Workbook:
    """The plan that is written for a file, with lines of its own."""
    book = filled_in(plan_workbook(data, data.parent, "plan.xlsx"), lines)
    answer(book, "Publisher").value = "An office"
    answer(book, "Policy").value = "nchs"
    return book


LINES: list[dict[str, object]] = [
    {
        "Title": "Extra duties",
        "Columns": "type; legal_advice_access",
        "Statistic": "tick all that apply",
        "Of": "$duties | Extra duties",
        "Letters": "yes",
        "Show": "estimate",
    },
    {
        "Title": "Legal advice, caseload and duties",
        "Rows": "type",
        "Columns": "legal_advice_access",
        "Statistic": "row percentages",
        "Show": "estimate; Limits",
    },
    {"Statistic": "mean", "Of": "caseload", "Decimals": 1},
    {"Statistic": "tick all that apply", "Of": "extra_tr*; extra_o*", "Respondents": "valid"},
]


def test_a_filled_in_spreadsheet_becomes_workbooks(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = book_of(data, LINES)
    offered = [row[2].value for row in book["Variables"].iter_rows(min_row=2) if row[2].value]
    assert offered[-2:] == ["$duties | Extra duties", "$papers"]
    rules = {
        str(cells): rule.formula1
        for rule in book["Tables"].data_validations.dataValidation
        for cells in rule.sqref.ranges
    }
    assert rules["E3:E202"] == f"=Variables!$C$2:$C${len(offered) + 1}"
    assert rules["B3:B202"] == f"=Variables!$C$2:$C${len(offered) - 1}"
    plan = data.parent / "plan.xlsx"
    book.save(plan)
    out = tmp_path / "out"
    command = ["tables", str(plan), "--out", str(out), "--format", "xlsx", "json"]
    assert main(command) == 0, capsys.readouterr().err
    release = read(next(out.glob("*.json")))
    first, second = release
    assert first.columns[1].heading == "Significantly higher than"
    assert first.rows[0].labels[0].startswith("chairs child protection conferences")
    assert [one.kind for one in second.columns[:3]] == ["estimate", "lower", "upper"]
    assert second.columns[6].heading == "Mean"
    assert second.columns[6].decimals == 1
    assert second.columns[9].spanners[0] == "Extra duty"
    shown = json.loads(next(out.glob("*.json")).read_text())
    assert "mean values" in json.dumps(shown)


def test_a_file_with_sets_begins_with_one_of_them(data: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(plan_workbook(data, data.parent, "plan.xlsx")))
    lines = {row[0].value: row for row in book["Tables"].iter_rows(min_row=3) if row[0].value}
    assert lines["Extra duties"][HEADINGS["Statistic"] - 1].value == "tick all that apply"
    assert lines["Extra duties"][HEADINGS["Of"] - 1].value == "$duties | Extra duties"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([{"Title": "T", "Statistic": "tick all that apply", "Of": "$dutys"}], "cell E3 (Of)"),
        (
            [{"Title": "T", "Statistic": "tick all that apply", "Of": "$dutys"}],
            "Did you mean '$duties'?",
        ),
        (
            [{"Title": "T", "Statistic": "tick all that apply", "Of": "$duties; caseload"}],
            "one set by itself, or columns",
        ),
        (
            [
                {
                    "Title": "T",
                    "Statistic": "tick all that apply",
                    "Of": "$duties",
                    "Answers that count": "1",
                }
            ],
            "cell G3 (Answers that count): expected nothing here: the data file says what counts",
        ),
        ([{"Title": "T", "Statistic": "mean", "Of": "$duties"}], 'Statistic "tick all that apply"'),
        (
            [{"Title": "T", "Rows": "type", "Statistic": "numbers"}, {"Statistic": "mean"}],
            "row 4 (beside the line above): expected Of filled in, as Statistic",
        ),
        (
            [
                {"Title": "T", "Rows": "type", "Statistic": "percentages"},
                {"Statistic": "mean", "Of": "caseload"},
            ],
            "row 4 (beside the line above): expected a table whose rows are groups",
        ),
        (
            [
                {"Title": "T", "Rows": "type", "Statistic": "numbers"},
                {"Statistic": "mean", "Of": "caseload", "Chart": "bar"},
            ],
            "cell K4 (Chart): expected nothing here: this line goes on with the one above",
        ),
        (
            [
                {"Title": "T", "Rows": "type", "Statistic": "numbers"},
                {"Statistic": "mean", "Of": "caseloud"},
            ],
            "cell E4 (Of): expected a column of the data",
        ),
        (
            [{"Title": "T", "Columns": "type", "Statistic": "mean", "Of": "fte", "Letters": "ja"}],
            'cell L3 (Letters): expected yes or no, found "ja"',
        ),
        (
            [{"Title": "T", "Rows": "type", "Statistic": "numbers", "Show": "estimate; limit"}],
            "cell M3 (Show)",
        ),
    ],
)
def test_what_is_wrong_is_told_of_its_cell(
    lines: list[dict[str, object]], said: str, data: Path
) -> None:
    plan = data.parent / "wrong.xlsx"
    book_of(data, lines).save(plan)
    with pytest.raises(irosurvey.SpecError) as caught:
        read_plan(plan)
    assert said in str(caught.value)
    assert "wrong.xlsx, sheet 'Tables'" in str(caught.value)


@pytest.mark.parametrize(
    ("values", "answers", "said"),
    [
        ([0, 12.5, 40, 1], [], "'extra_time', which has 4 different values, from 0 to 40"),
        ([0, 12.5, 40, 1], [1], "'extra_time', which has values like 12.5"),
        (list(range(12)), [1], "'extra_time', which has 12 different values, from 0 to 11"),
        ([3, None, 3, 3], [], "'extra_time', which has no 1, but 3"),
        ([1, 0, None, 0], [], ""),
        ([2, 2, None, 2], [], ""),
        ([True, None, False, True], [], ""),
        ([1, 2, 3, 5], [1, 2], ""),
    ],
)
def test_columns_that_are_no_boxes_are_refused_by_name(
    values: list[Any], answers: list[int], said: str, tmp_path: Path
) -> None:
    rows = 48
    ticks = {f"extra_{name}": [1, 0, 0, 1] * (rows // 4) for name in ("chair", "other")}
    own = {**ticks, "extra_time": values * (rows // len(values))}
    pa.parquet.write_table(pa.table(own), tmp_path / "officers.parquet")
    part = {"title": "T", "statistic": "tick all that apply", "of": ["extra_*"]}
    plan = {
        "data": {"file": str(tmp_path / "officers.parquet")},
        "table": [{**part, "answers": answers} if answers else part],
    }
    if not said:
        assert len(read_plan(plan).tables()) == 1
        return
    with pytest.raises(irosurvey.SpecError, match="boxes to tick") as failure:
        read_plan(plan)
    assert said in str(failure.value)
    assert "Name the columns without it" in str(failure.value)
    assert ("say by answers" in str(failure.value)) == (not answers)


def test_numbers_that_are_codes_are_looked_at_by_the_producer() -> None:
    frame = irosurvey.Frame({"g": ["a", "b"] * 30, "code": [1, 2, 3] * 20, "load": [5, 6, 7] * 20})
    region = frame["code"].with_notes(value_labels={1: "North", 2: "South", 3: "London"})
    said = "Table 1: A mean of 'code' takes codes for amounts: all its values have labels (1 is"

    def told(column: irosurvey.Column, name: str = "code") -> bool:
        design = irosurvey.Design(frame.with_column(column))
        table = Table(design.mean(name, by="g"), title="T")
        result = irosurvey.release(table, "none")
        assert "codes for amounts" not in repr(result.published)
        return any(text.startswith(said) for text in result.report.summary())

    assert told(region)
    assert not told(region, "load")
    # An amount of which some values have names, and a share of yes.
    assert not told(region.with_notes(value_labels={1: "None", 3: "Many"}))
    yes = irosurvey.Column("code", [0, 1, 1] * 20).with_notes(value_labels={0: "No", 1: "Yes"})
    assert not told(yes)


def test_what_a_file_says_to_be_a_scale_is_taken_for_one(design: irosurvey.Design) -> None:
    told = {
        name: bool(Table(design.mean(name, by="type"), title="T").panel.measures[0].doubt)
        for name in ("region", "any_extra_duty", "prepare_child", "caseload", "extra_other")
    }
    assert [name for name, doubt in told.items() if doubt] == ["region", "any_extra_duty"]


def test_a_pattern_that_takes_in_an_amount_is_refused(data: Path) -> None:
    with pytest.raises(irosurvey.SpecError, match="'extra_time', which has"):
        table_of(data, statistic="tick all that apply", of=["extra_*"])
