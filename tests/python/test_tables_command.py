"""`irosurvey tables`: from a plan to files, and what it says of what it did."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest

import irosurvey
from irosurvey.cli import main
from irosurvey.tables.plan import read_plan
from irosurvey.tables.workbook_template import plan_workbook
from irosurvey.tables.writers.json import read

ROOT = Path(__file__).parents[2]
SYNTHETIC = ROOT / "data" / "synthetic"
FORMATS = ["--format", "json", "csv"]


def answers() -> str:
    """Two regions, three answers; three people of the South never met their plans."""
    cells = {
        ("North", "met"): 40,
        ("North", "partly"): 31,
        ("North", "not met"): 22,
        ("South", "met"): 35,
        ("South", "partly"): 28,
        ("South", "not met"): 3,
        ("East", "met"): 30,
        ("East", "partly"): 26,
        ("East", "not met"): 19,
    }
    rows = ["region,plans,cases,kept"]
    for (region, plans), count in cells.items():
        rows += [f"{region},{plans},{50 + 7 * (n % 5)},1" for n in range(count)]
    return "\n".join([*rows, "North,met,60,0"]) + "\n"


PLAN: dict[str, Any] = {
    "title": "Plans",
    "release": {
        "publisher": "An office",
        "population": "reviewing officers",
        "area": "England",
        "period": "2013",
        "contact": {"name": "A", "email": "a@example.org"},
        "published": "2026-11-26",
    },
    "data": {"file": "data.csv", "keep": "kept = 1"},
    "table": [
        {
            "title": "Plans met",
            "statistic": "row percentages",
            "rows": ["region"],
            "columns": ["plans"],
            "show": ["estimate", "base"],
            "chart": "bar",
        }
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data.csv").write_text(answers())
    return tmp_path


def write(folder: Path, plan: dict[str, Any]) -> Path:
    """A plan as TOML."""
    place = folder / "plan.toml"
    place.write_text(toml(plan))
    return place


def toml(plan: dict[str, Any]) -> str:
    def value(one: Any) -> str:
        if isinstance(one, list):
            return "[" + ", ".join(map(value, one)) + "]"
        if isinstance(one, dict):
            return "{ " + ", ".join(f"{key} = {value(own)}" for key, own in one.items()) + " }"
        return json.dumps(one)

    tables = {key for key, one in plan.items() if isinstance(one, dict)}
    arrays = {
        key
        for key, one in plan.items()
        if isinstance(one, list) and one and isinstance(one[0], dict)
    }
    lines = [f"{key} = {value(one)}" for key, one in plan.items() if key not in tables | arrays]
    for key in plan:
        if key in tables:
            lines += [f"[{key}]", *(f"{name} = {value(own)}" for name, own in plan[key].items())]
        if key in arrays:
            for one in plan[key]:
                lines += [f"[[{key}]]", *(f"{name} = {value(own)}" for name, own in one.items())]
    return "\n".join(lines) + "\n"


def with_table(**keys: Any) -> dict[str, Any]:
    return {**PLAN, "table": [keys]}


def table_of(folder: Path, **keys: Any) -> irosurvey.tables.Table:
    """The one table of a plan, unrounded."""
    return read_plan(write(folder, with_table(title="T", **keys))).tables()[0]


def values(table: irosurvey.tables.Table, kind: str = "estimate") -> list[list[float]]:
    places = [place for place, column in enumerate(table.columns) if column.kind == kind]
    return [[table.value(row, place) for place in places] for row in range(len(table))]


# ---- what tables show ----


def test_each_statistic_is_the_engine_s(folder: Path) -> None:
    frame = irosurvey.read(folder / "data.csv")
    design = irosurvey.Design(frame.to_pandas().query("kept == 1"))
    rows = table_of(folder, statistic="row percentages", rows=["region"], columns=["plans"])
    shares = design.crosstab("region", "plans").row_shares.estimate.reshape(4, 4)
    assert values(rows) == [pytest.approx(list(100 * line[:3])) for line in shares]
    columns = table_of(folder, statistic="column percentages", rows=["plans"], columns=["region"])
    shares = design.crosstab("plans", "region").column_shares.estimate.reshape(4, 4)
    assert values(columns) == [pytest.approx(list(100 * line)) for line in shares[:3]]
    numbers = table_of(folder, statistic="numbers", rows=["region"], columns=["plans"])
    assert values(numbers)[0] == [40, 22, 31, 93] or values(numbers)[0][-1] == 75
    alone = table_of(folder, statistic="percentages", rows=["plans"])
    assert values(alone)[-1] == [pytest.approx(100.0)]
    means = table_of(folder, statistic="mean", of=["cases"], rows=["region"])
    found = design.mean("cases", by="region")
    overall = float(design.mean("cases"))
    assert [line[0] for line in values(means)] == pytest.approx([*found.estimate, overall])
    median = table_of(folder, statistic="median", of=["cases"])
    assert values(median) == [[pytest.approx(float(design.median("cases")))]]
    total = table_of(folder, statistic="total", of=["cases"], rows=["region"], totals=False)
    assert [line[0] for line in values(total)] == pytest.approx(
        list(design.total("cases", by="region").estimate)
    )
    ratio = table_of(folder, statistic="ratio", of=["cases"], over="kept", rows=["region"])
    assert values(ratio)[-1] == [pytest.approx(overall)]
    share = table_of(
        folder, statistic="percentage", of=["plans"], answers=["met", "partly"], rows=["region"]
    )
    assert values(share)[-1] == [pytest.approx(100 * 190 / 234)]


def test_where_is_a_domain_and_keep_is_none(folder: Path) -> None:
    whole = table_of(folder, statistic="mean", of=["cases"])
    assert values(whole, "base") == [[234]]
    part = table_of(folder, statistic="mean", of=["cases"], where="region = 'South'")
    assert values(part, "base") == [[66]]


def test_a_rate_is_for_so_many(folder: Path) -> None:
    one = table_of(folder, statistic="ratio", of=["cases"], over="kept")
    per = table_of(folder, statistic="ratio", of=["cases"], over="kept", per=100)
    assert values(per)[0][0] == pytest.approx(100 * values(one)[0][0])


def test_rows_stand_below_each_other_or_within_each_other(folder: Path) -> None:
    below = table_of(folder, statistic="mean", of=["cases"], rows=["region", "plans"])
    assert len(below) == 3 + 3 + 1
    nested = table_of(folder, statistic="mean", of=["cases"], rows=["region * plans"])
    assert len(nested.stub) == 2
    assert len(nested) == 9 + 1
    layers = table_of(folder, statistic="percentages", rows=["region * plans"])
    assert len(layers.stub) == 2
    side = table_of(
        folder, statistic="column percentages", rows=["plans"], columns=["region", "kept"]
    )
    assert len(side) == 3


def test_a_grid_has_questions_down_the_side(tmp_path: Path) -> None:
    plan = {
        "data": {"file": str(SYNTHETIC / "iro.sav")},
        "table": [
            {
                "title": "Preparing",
                "statistic": "answers",
                "rows": ["prepare_child", "prepare_parents", "prepare_carers"],
                "show": ["estimate"],
            }
        ],
    }
    table = read_plan(plan).tables()[0]
    assert len(table) == 3
    assert [column.spanners[-1] for column in table.columns][:2] == ["Always", "Often"]
    assert [sum(line) for line in values(table)] == [pytest.approx(100.0)] * 3


def test_titles_say_statistic_population_area_and_period(folder: Path) -> None:
    table = table_of(folder, statistic="percentages", rows=["plans"])
    assert str(table.title) == "T: percentage of reviewing officers, England, 2013"
    own = table_of(
        folder, statistic="percentages", rows=["plans"], base="officers who answered", period="2014"
    )
    assert str(own.title) == "T: percentage of officers who answered, England, 2014"


# ---- what is wrong ----


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"statistic": "mean", "rows": ["region"]}, "the key 'of'"),
        ({"statistic": "percentages", "rows": ["regoin"]}, "Did you mean 'region'?"),
        ({"statistic": "percentages", "rows": ["plans"], "of": ["cases"]}, "which belongs to"),
        (
            {"statistic": "mean", "of": ["cases"], "rows": ["region"], "columns": ["plans"]},
            "groups down the side or across the top",
        ),
        (
            {"statistic": "mean", "of": ["cases"], "rows": ["region"], "letters": True},
            "Put the groups in columns instead of rows",
        ),
        ({"statistic": "tick all that apply", "of": ["kept"]}, "shown by percentages"),
        ({"statistic": "tick all that apply", "of": ["kept", "nought*"]}, "found 'nought*'"),
        ({"statistic": "tick all that apply", "of": ["$kept"]}, "a set of answers that the data"),
        ({"statistic": "mean", "of": ["$kept"]}, 'statistic = "tick all that apply"'),
        (
            {"statistic": "percentages", "rows": ["plans"], "beside": [{"statistic": "mean"}]},
            "nothing here",
        ),
        (
            {
                "statistic": "numbers",
                "rows": ["region"],
                "beside": [{"statistic": "mean", "of": ["kases"]}],
            },
            "key 'beside', entry 1, of: expected a column of the data, or a derived one",
        ),
        ({"statistic": "meen", "of": ["cases"]}, "Did you mean 'mean'?"),
        ({"statistic": "answers", "rows": ["region * plans"]}, "questions, each by itself"),
        ({"statistic": "percentages", "rows": ["plans"], "show": ["base"]}, "the estimate among"),
        ({"statistic": "percentages", "rows": ["plans"], "name": "table 1"}, "letters, digits"),
        ({"statistic": "percentages", "rows": ["plans"], "where": "regoin = 1"}, "key 'where'"),
        ({"statistic": "percentages", "rows": ["plans"], "decimals": 9}, "0 to 6"),
        ({"statistic": "percentages", "rows": ["plans", "plans"]}, "'plans' twice"),
        ({"statistic": "percentage", "of": ["plans"], "answers": ["mett"]}, "found mett"),
    ],
)
def test_a_wrong_plan_says_where_and_how(
    keys: dict[str, Any], said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = write(folder, with_table(title="T", **keys))
    assert main(["tables", str(plan), "--out", str(folder / "out"), *FORMATS]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "[[table]] 'T'" in error
    assert not (folder / "out").exists()


def test_wrong_policies_dates_and_formats_are_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--out", str(folder / "out")]
    wrong = write(folder, {**PLAN, "policy": {"preset": "dfe", "supress_to": 9}})
    assert main(["tables", str(wrong), *out, *FORMATS]) == 2
    assert "suppress_to" in capsys.readouterr().err
    late = write(folder, {**PLAN, "release": {"published": "26/11/2026"}})
    assert main(["tables", str(late), *out, *FORMATS]) == 2
    assert "Write year-month-day." in capsys.readouterr().err
    plan = write(folder, PLAN)
    assert main(["tables", str(plan), *out, "--format", "jsn"]) == 2
    assert "Did you mean 'json'" in capsys.readouterr().err
    report = str(folder / "out" / "report.json")
    assert main(["tables", str(plan), *out, *FORMATS, "--report", report]) == 2
    assert "keep it elsewhere" in capsys.readouterr().err
    spec = write(folder, {"data": PLAN["data"], "estimate": [{"id": "a", "statistic": "weights"}]})
    assert main(["tables", str(spec), *out]) == 2
    assert "irosurvey run" in capsys.readouterr().err
    tables = write(folder, PLAN)
    assert main(["run", str(tables)]) == 2
    assert "irosurvey tables PLAN" in capsys.readouterr().err


# ---- what is written ----


def test_it_writes_what_may_be_published_and_tells_the_rest(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, out, report = write(folder, PLAN), folder / "out", folder / "mine" / "report.json"
    command = ["tables", str(plan), "--out", str(out), *FORMATS, "--report", str(report)]
    assert main(command) == 0
    said = capsys.readouterr()
    names = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    assert names == [
        "charts/table_1.png",
        "charts/table_1.svg",
        "charts/table_1.txt",
        "plans.csv",
        "plans.csv-metadata.json",
        "plans.json",
    ]
    assert sorted(said.out.split()) == sorted(str(out / name) for name in names)
    last = said.err.strip().splitlines()[-1]
    assert last.startswith("1 table, ")
    assert "suppressed [c]: 1 count the policy hides" in last
    assert last.endswith("Policy: dfe.")
    release = read(out / "plans.json")
    assert release.publisher == "An office"
    assert release.tables[0].chart == "bar"
    south = next(row for row in release.tables[0].rows if row.labels == ("South",))
    marks = {
        column.name: cell.mark
        for column, cell in zip(release.tables[0].columns, south.cells, strict=True)
    }
    assert marks["not met: Percentage"] == "c"
    assert json.loads(report.read_text())["hidden"]
    assert release.provenance["command"] == "irosurvey tables plan.toml"
    assert "data.csv, SHA-256" in release.provenance["data"]
    assert str(folder) not in (out / "plans.json").read_text()


def test_the_last_line_says_what_is_hidden_for_a_difference(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two of forty in the North are part-time: no table has them, and two tables would tell."""
    groups = [
        ("North", 38, "full"),
        ("North", 2, "part"),
        ("South", 45, "full"),
        ("South", 9, "part"),
    ]
    rows = [(place, time) for place, people, time in groups for _ in range(people)]
    lines = [f"{place},{time},{'yes' if at % 2 else 'no'}" for at, (place, time) in enumerate(rows)]
    (folder / "data.csv").write_text("\n".join(["region,time,met", *lines]) + "\n")
    asked = {"statistic": "row percentages", "rows": ["region"], "columns": ["met"]}
    tables = [
        {"title": "All", **asked},
        {"title": "Full time", **asked, "where": "time = 'full'"},
    ]
    data = {"file": "data.csv"}
    plan = write(folder, {**PLAN, "data": data, "table": tables})
    assert main(["tables", str(plan), "--out", str(folder / "out"), *FORMATS]) == 0
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert ": 0 counts" not in last
    assert "without which small groups that stand in no table could be worked out" in last


def test_the_chart_and_its_words_hold_nothing_that_is_hidden(folder: Path) -> None:
    """Who moves from one hidden answer to the other changes no byte that is published."""
    out = {}
    for place, moved in enumerate(("3", "2")):
        own = folder / moved
        own.mkdir()
        data = answers()
        if place:  # one of the South's three says something else that is hidden, too
            data = data.replace("South,not met,64,1\n", "South,partly,64,1\n", 1)
        (own / "data.csv").write_text(data)
        main(["tables", str(write(own, PLAN)), "--out", str(own / "out"), "--format", "json"])
        charts = {path.name: path.read_bytes() for path in (own / "out" / "charts").iterdir()}
        table = read(own / "out" / "plans.json").tables[0]
        out[moved] = (charts, table)
    if out["3"][1] == out["2"][1]:  # what is published is the same
        assert out["3"][0] == out["2"][0]
    for charts, table in out.values():
        hidden = [row.labels[0] for row in table.rows if any(cell.mark for cell in row.cells)]
        assert "South" in hidden
        svg = charts["table_1.svg"].decode()
        assert ">[c]<" in svg
        description = charts["table_1.txt"].decode()
        assert "[c]" in description
        shares = {f"{100 * n / 66:.1f}" for n in (2, 3)}
        assert not any(share in description for share in shares)


def test_the_same_plan_gives_the_same_bytes(folder: Path) -> None:
    plan = write(folder, PLAN)
    found = []
    for name in ("a", "b"):
        assert main(["tables", str(plan), "--out", str(folder / name), *FORMATS]) == 0
        found.append({p.name: p.read_bytes() for p in (folder / name).rglob("*") if p.is_file()})
    assert found[0] == found[1]


def test_the_policy_of_the_command_goes_before_the_plan_s(folder: Path) -> None:
    plan = write(folder, {**PLAN, "policy": {"preset": "tre", "percent_decimals": 2}})
    out = folder / "out"
    assert main(["tables", str(plan), "--policy", "none", "--out", str(out), *FORMATS]) == 0
    release = read(out / "plans.json")
    assert release.policy["name"] == "none"
    assert release.policy["percent_decimals"] == 2
    assert not release.tables[0].marks


def test_what_the_policy_refuses_is_status_one_and_writes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = (folder / "data.csv").read_text().replace("region", "authority", 1)
    (folder / "data.csv").write_text(data)
    plan = write(
        folder,
        with_table(
            title="T", statistic="percentage", of=["plans"], answers=["met"], rows=["authority"]
        ),
    )
    assert main(["tables", str(plan), "--out", str(folder / "out"), *FORMATS]) == 1
    error = capsys.readouterr().err
    assert "Refused" in error
    assert "Nothing was written." in error
    assert not (folder / "out").exists()


def test_a_chart_that_can_t_be_drawn_is_told_and_left_out(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = write(
        folder,
        with_table(title="T", statistic="mean", of=["cases"], rows=["region"], chart="likert"),
    )
    assert (
        main(["tables", str(plan), "--policy", "none", "--out", str(folder / "out"), *FORMATS]) == 0
    )
    assert "No chart of table 1" in capsys.readouterr().err
    assert not (folder / "out" / "charts").exists()


def test_what_the_platform_asks_of_titles_is_asked_first(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    release = {**PLAN["release"], "period": "2012/13"}
    plan = write(folder, {**PLAN, "release": release})
    out = folder / "out"
    command = ["tables", str(plan), "--policy", "none", "--out", str(out), "--format"]
    assert main([*command, "xlsx", "ees"]) == 2
    assert not out.exists()
    error = capsys.readouterr().err
    assert "Area and Period of a plan" in error
    assert "'Academic year …': one of Academic year, Financial year, Tax year" in error
    write(folder, {**PLAN, "release": {**release, "period": "Academic year 2012/13"}})
    assert main([*command, "ees"]) == 0
    data = next(out.glob("*-table-1.csv")).read_text()
    assert "201213,Academic year,National,E92000001,England" in data


def test_a_workbook_makes_the_tables_of_its_spec(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = folder / "plan.xlsx"
    place.write_bytes(plan_workbook(SYNTHETIC / "dcs.sav", folder, place.name))
    out = folder / "out"
    command = ["tables", str(place), "--policy", "nchs", "--out", str(out), *FORMATS]
    assert main(command) == 0  # nobody publishes it yet: that is said, first and last
    first, *told, last = capsys.readouterr().err.splitlines()
    assert first.startswith(f"{place}: Publisher is empty, so the files name nobody as")
    assert "Fill it in on the sheet Survey. (In a spec: publisher in [release].)" in first
    assert "Check not passed (json, csv): The document names its author, an organisation." in told
    assert any(line.startswith("More than a third is suppressed.") for line in told)
    assert "Policy: nchs" in last
    book = openpyxl.load_workbook(place)
    publisher = next(row for row in book["Survey"].iter_rows() if row[0].value == "Publisher")
    publisher[1].value = "An office"
    book.save(place)
    assert main(command) == 0
    error = capsys.readouterr().err
    assert "Publisher" not in error
    assert "Check" not in error
    release = read(_release(out))
    assert release.synthetic
    assert all("SYNTHETIC" in path.read_text() for path in (out / "charts").glob("*.txt"))
    for svg in (out / "charts").glob("*.svg"):
        ElementTree.fromstring(svg.read_text())


def _release(out: Path) -> Path:
    return next(path for path in out.glob("*.json") if "metadata" not in path.name)


def test_a_log_has_no_progress_bar(folder: Path) -> None:
    plan = write(folder, PLAN)
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from irosurvey.cli import main; sys.exit(main())",
         "tables", str(plan), "--out", str(folder / "out"), "--policy", "none", "--format", "json"],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert "\x1b" not in done.stderr + done.stdout
    assert "Computing" not in done.stderr


@pytest.mark.parametrize("command", ["tables", "compare", "new"])
def test_help_teaches(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        main([command, "--help"])
    assert done.value.code == 0
    said = capsys.readouterr().out
    assert "exit status:" in said
    assert "examples:" in said
    assert max(map(len, said.splitlines())) <= 100


def test_the_guide_s_plan_runs(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "guide" / "plans.md").read_text()
    place = tmp_path / "plan.toml"
    place.write_text(guide.split("```toml\n")[1].split("```")[0])
    command = ["tables", str(place), "--data-dir", str(SYNTHETIC), "--out", str(tmp_path / "out")]
    assert main([*command, *FORMATS]) == 0
    release = read(_release(tmp_path / "out"))
    assert release.policy["percent_decimals"] == 1
    assert [table.number for table in release] == [1, 2]
    assert (tmp_path / "out" / "charts" / "table_2.svg").is_file()
