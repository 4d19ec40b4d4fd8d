"""Questions that nobody answered, or too few: the report says so and goes on, each time."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from as_if_real import real_table

from irosurvey import study
from irosurvey.cli import main
from irosurvey.study.codebook import read_codebook
from irosurvey.study.gaps import SECTIONS

BOOK = read_codebook()
PLACES = ("authority", "region", "type")


def asked(instrument: str) -> list[str]:
    """Every question of a group, apart from where the row is from."""
    return [
        name
        for name in BOOK.variables(instrument)
        if name not in PLACES and BOOK.kind(instrument, name) not in ("text", "identifier")
    ]


EVERY = [(one, name) for one in ("iro", "manager", "dcs", "advice") for name in asked(one)]


def answers_of(instrument: str) -> pl.DataFrame:
    """Made-up answers that go as real ones: enquiries can't, and needn't."""
    if instrument != "advice":
        return real_table(instrument)
    import irosurvey

    file = BOOK.file(BOOK.entries["instruments"]["advice"]["file"])
    return irosurvey.read(file).to_polars()


def answered_by(instrument: str, names: list[str], how: str) -> pl.DataFrame:
    """The answers, to these questions of nobody, of one alone, or of all who answered alike."""
    table = answers_of(instrument)
    for name in names:
        own = [None if value is None or value < 0 else float(value) for value in table[name]]
        first = next(row for row, value in enumerate(own) if value is not None)
        if how == "alike":
            kept = [None if value is None else own[first] for value in own]
        else:
            alone = first if how == "one" else -1
            kept = [value if row == alone else None for row, value in enumerate(own)]
        table = table.with_columns(pl.Series(name, kept, pl.Float64))
    return table


def given_by(instrument: str, names: list[str], how: str) -> dict[str, Any]:
    """As an argument of the study."""
    return {instrument: answered_by(instrument, names, how)}


def require_said(whole: study.WholeStudy, instrument: str, names: list[str], how: str) -> None:
    """Each question is told with its reason: at the top, in its sections, and in the table."""
    page = whole.to_html(whole.publishable() if whole.can_publish else None)
    head, *parts = page.split('<section id="')
    sections = {part.split('"', 1)[0]: part for part in parts}
    gaps = {one.variable: one for one in whole.gaps if " and " not in one.group}
    rows = {(row["variable"], row["answered"]) for row in whole.sheets["gaps"].records()}
    for name in names:
        gap = gaps[name]
        label = str(BOOK.variables(instrument)[name]["label"])
        assert gap.about == label
        assert gap.answered == (0 if how == "none" else 1)
        told = gap.words.replace("'", "&#x27;")
        assert told in head
        assert (name, gap.answered) in rows
        for section in gap.sections:
            # A table that isn't there at all is told at the top alone.
            assert section == "published" or told in sections[section], section
    for gap in whole.gaps:
        assert set(gap.sections) <= set(SECTIONS)
        assert gap.words.replace("'", "&#x27;") in head
    assert ">nan" not in page.lower()
    for chart in whole.charts.values():
        assert "nan" not in chart.svg.replace("ernan", "").lower()


CASELOADS = ["caseload", "fte", "other_duties_outside", "monitor_cases", "follow_up_child"]


@pytest.mark.parametrize("how", ["none", "one"])
@pytest.mark.parametrize("name", CASELOADS)
def test_caseloads_go_on_without_a_question(name: str, how: str) -> None:
    whole = study.whole_study(iro=answered_by("iro", [name], how))
    require_said(whole, "iro", [name], how)
    sheets = whole.sheets
    counted = name not in ("caseload", "fte")
    for sheet in ("caseload_quantiles", "caseload_histogram", "caseload_limits"):
        assert bool(len(sheets[sheet])) == counted
    assert ("caseloads" in whole.charts) == counted
    # What is left of outcomes, divisions and models stands as it would.
    full = {row[:3] for row in study.whole_study().sheets["caseload_outcomes"]}
    left = {row[:3] for row in sheets["caseload_outcomes"]}
    assert left < full or (left == full and how == "one")
    assert left


@pytest.mark.parametrize("how", ["none", "one"])
@pytest.mark.parametrize("instrument", ["iro", "manager", "dcs"])
def test_a_group_that_answered_nothing_is_no_end(instrument: str, how: str) -> None:
    names = asked(instrument)
    whole = study.whole_study(**given_by(instrument, names, how))
    require_said(whole, instrument, names, how)


@pytest.mark.parametrize("how", ["none", "one"])
def test_where_nobody_answered_anything_the_report_still_stands(how: str, tmp_path: Path) -> None:
    given: dict[str, Any] = {}
    for one in ("iro", "manager", "dcs"):
        given |= given_by(one, asked(one), how)
    whole = study.whole_study(**given)
    assert len(whole.gaps) > sum(len(asked(one)) for one in given)
    written = whole.write(tmp_path)
    assert not whole.can_publish
    assert not (tmp_path / "published").exists()
    assert written[0].read_text(encoding="utf-8").count("Not shown, for want of answers") > 4
    assert "Nothing in it has been through disclosure control." in written[0].read_text("utf-8")


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("how", ["none", "one"])
@pytest.mark.parametrize(("instrument", "name"), EVERY)
def test_every_question_may_be_missing(instrument: str, name: str, how: str) -> None:
    whole = study.whole_study(**given_by(instrument, [name], how))
    if instrument == "advice" and how == "one":  # counted by authority: one record is a count
        assert whole.gaps == ()
    else:
        require_said(whole, instrument, [name], how)


def test_months_that_no_record_names_are_no_rates_of_nought() -> None:
    whole = study.whole_study(advice=answered_by("advice", ["month"], "none"))
    require_said(whole, "advice", ["month"], "none")
    assert "Month" not in whole.sheets["advice_rates"].column("by")
    assert "months" not in whole.charts
    assert "topics" in whole.charts


def test_the_report_says_it_last_and_by_its_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, folder = tmp_path / "iro.csv", tmp_path / "report"
    answered_by("iro", ["caseload"], "none").write_csv(file)
    assert main(["report", "--iro", str(file), "--out", str(folder)]) == 3
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("Not shown, for want of answers: caseload (IROs); ")
    with (folder / "tables" / "gaps.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert rows[0]["variable"] == "caseload"
    assert rows[0]["reason"] == "none of the IROs answered it"
    assert "tables that may be published" in rows[0]["sections"]


def test_answers_that_are_all_alike_call_nobody_rosier() -> None:
    whole = study.whole_study(dcs=answered_by("dcs", ["valued"], "alike"))
    rows = [
        row for row in whole.sheets["groups_differences"].records() if row["variable"] == "valued"
    ]
    verdicts = {row["pair"]: row["rosier"] for row in rows}
    assert len(verdicts) == 3
    for pair, verdict in verdicts.items():
        told = "can’t be tested: all Directors who answered say the same"
        assert (verdict == told) == ("Directors" in pair)
    assert all((row["se"] is None) == ("Directors" in row["pair"]) for row in rows)


def test_one_respondent_is_no_share_of_a_group() -> None:
    whole = study.whole_study(dcs=answered_by("dcs", ["valued"], "one"))
    rows = [row for row in whole.sheets["groups_shares"].records() if row["variable"] == "valued"]
    assert {row["group"]: (row["n"] > 1, row["share"] is None) for row in rows} == {
        "IROs": (True, False),
        "IRO managers": (True, False),
        "Directors": (False, True),
    }
    pairs = [
        set(row["pair"].split(" less "))
        for row in whole.sheets["groups_differences"].records()
        if row["variable"] == "valued"
    ]
    assert pairs == [{"IROs", "IRO managers"}]


def test_without_a_gap_nothing_is_said_of_any() -> None:
    whole = study.whole_study()
    assert whole.gaps == ()
    assert "gaps" not in whole.sheets
    assert "for want of answers" not in whole.to_html()


def test_the_chart_of_agreement_shows_the_table() -> None:
    whole = study.whole_study()
    sheet, chart = whole.sheets["groups_agreement"], whole.charts["agreement"]
    shown = {
        (series.name, question): point
        for series in chart.data.series
        for question, point in zip(chart.data.categories, series.points, strict=True)
    }
    told = 0
    for row in sheet.records():
        point = shown.pop((row["pair"], row["question"]))
        assert point.value is not None
        assert point.limits is not None
        np.testing.assert_allclose(
            [point.value, *point.limits],
            [100.0 * row[name] for name in ("same", "same_lower", "same_upper")],
        )
        told += f"{row['pair']} {100.0 * row['same']:.0f}%" in chart.description
    assert told == len(sheet)
    assert {point.gap for point in shown.values()} == {"too few pairs"}
    assert chart.description.startswith("SYNTHETIC: made-up answers")
