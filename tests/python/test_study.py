"""The study's Python face: evidence and rehearsal as typed values, tables and data frames."""

from __future__ import annotations

import dataclasses
import doctest
import json
import math
import pickle
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pandas as pd
import polars as pl
import pytest
from as_if_real import real

import irosurvey
from irosurvey import study
from irosurvey.study import reproduction

DATA = Path(__file__).resolve().parents[2] / "data"
SURVEY = "NCB national survey"


@pytest.fixture(scope="module")
def result() -> study.Reproduction:
    return study.reproduce()


def read(name: str) -> irosurvey.Frame:
    return irosurvey.read(DATA / "synthetic" / f"{name}.sav")


# ---- evidence ----


def test_counts_are_those_that_round_to_the_printed_percentage(result: study.Reproduction) -> None:
    checked = 0
    for row in result.evidence.of_study(SURVEY):
        if row.finding.kind != "percent":
            continue
        assert row.respondents == 295
        printed = Fraction(round(row.finding.value or 0))
        for counts in row.counts:
            agreeing = [
                k
                for k in range(counts.base + 1)
                if abs(Fraction(100 * k, counts.base) - printed) <= Fraction(1, 2)
            ]
            assert agreeing == list(range(counts.least, counts.most + 1))
            checked += 1
    assert checked == 6 * 295


def test_evidence_covers_every_printed_percentage_of_every_study(
    result: study.Reproduction,
) -> None:
    findings = pl.read_csv(DATA / "findings.csv")
    percents = set(findings.filter(pl.col("kind") == "percent")["id"])
    assert percents <= {row.finding.id for row in result.evidence}
    assert len(result.evidence.of_study(SURVEY)) + len(
        result.evidence.of_other_studies(SURVEY)
    ) == len(result.evidence)


def test_an_interval_is_asked_for_by_its_assumptions(result: study.Reproduction) -> None:
    caseload = result.evidence.find("ncb13-caseload")
    assert caseload.respondents == 65
    assert caseload.populations == (152,)
    plain, finite = caseload.interval(), caseload.interval(population=152)
    smallest = caseload.interval(base=caseload.smallest_base)
    assert plain is not None
    assert finite is not None
    assert smallest is not None
    assert plain.lower < finite.lower < finite.upper < plain.upper
    assert smallest.upper - smallest.lower > plain.upper - plain.lower
    assert caseload.interval(design_effect=3.0) is None


def test_words_are_marked_as_our_reading(result: study.Reproduction) -> None:
    for row in result.evidence:
        if row.finding.kind == "phrase":
            assert row.ours
    shown = repr(result.evidence.of_study(SURVEY)[5:6]) + repr(result.evidence.of_study(SURVEY))
    assert "nearly a third (our reading: 30–33.4%)" in shown


def test_a_figure_that_its_base_cannot_give_says_so(result: study.Reproduction) -> None:
    row = result.evidence.find("nairo15-location")
    assert row.full is not None
    assert not row.full.possible
    assert str(row.full) == "none of 56"
    assert "none of 56; out of at most 54" in repr(result.evidence.of_other_studies(SURVEY))
    record = next(one for one in result.evidence.records() if one["id"] == "nairo15-location")
    assert record["count_least"] is None


def test_46_and_62_per_cent_are_both_kept_with_their_conditions(
    result: study.Reproduction,
) -> None:
    condition = result.conditions[0]
    assert condition.findings == ("ncb13-other-duties", "ncb13-any-extra-duty")
    inner, outer = condition.counts
    alone = condition.deductions[0]
    assert (alone.least, alone.most) == (outer.least - inner.most, outer.most - inner.least)
    assert f"{alone.least} to {alone.most}" in alone.sentence


# ---- rehearsal ----


def test_every_finding_is_reproduced_and_marked_synthetic(result: study.Reproduction) -> None:
    assert result.agrees
    assert result.disagreements == ()
    assert all(row.agrees and row.synthetic for row in result.rehearsal)
    assert result.synthetic
    assert "SYNTHETIC" in result.heading


def test_estimates_are_those_of_the_package_itself(result: study.Reproduction) -> None:
    """The study's own way through C++ and the way of a notebook meet."""
    design = irosurvey.Design(read("iro"), strata="region", clusters="authority")
    asked = design.proportion("monitor_cases", levels=["Always", "Often"])
    figure = next(row for row in result.rehearsal if row.finding.id == "ncb13-monitor")
    # The one counts an indicator, the other two levels: the same sums, in one order or another.
    assert figure.estimate.value == pytest.approx(float(asked), rel=1e-14)
    assert figure.estimate.standard_error == pytest.approx(asked.se[0], rel=1e-12)
    assert figure.estimate.upper == pytest.approx(asked.interval().upper[0], rel=1e-12)
    assert figure.estimate.design_effect == pytest.approx(asked.deff[0], rel=1e-12)
    ratio = design.ratio("caseload", "fte", by="region")
    rows = result.statistics.select("caseload", by="region")
    for row in rows:
        own = ratio.sel(region=row.group)
        assert row.estimate.value == pytest.approx(float(own), rel=1e-14)
        assert row.estimate.standard_error == pytest.approx(own.se[0], rel=1e-12)
        assert row.estimate.df == own.df[0]


def test_statistics_are_selected_by_table_group_and_form(result: study.Reproduction) -> None:
    statistics = result.statistics
    assert {"caseload", "caseload_limits", "monitoring"} <= set(statistics.names)
    collapsed = statistics.select("monitoring", variable="monitor_cases", collapsed=True)
    assert [row.answer for row in collapsed] == ["Always or often", "Sometimes", "Rarely or never"]
    assert len(statistics.select("caseload", by="region")) == 9
    with pytest.raises(KeyError, match="caseload_limits"):
        statistics.select("caseloads")


def test_more_respondents_above_a_lower_limit(result: study.Reproduction) -> None:
    shares = [row.estimate.value for row in result.statistics.select("caseload_limits", by="")]
    assert shares == sorted(shares, reverse=True)
    assert len(shares) == 3


# ---- values ----


def test_results_are_plain_values(result: study.Reproduction) -> None:
    again = pickle.loads(pickle.dumps(result))
    assert again.evidence == result.evidence
    assert [row.finding for row in again.rehearsal] == [row.finding for row in result.rehearsal]
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.agrees = False  # type: ignore[misc]


@pytest.mark.parametrize(
    "name",
    ["evidence", "evidence_counts", "evidence_intervals", "conditions", "rehearsal", "statistics"],
)
def test_tables_become_data_frames(result: study.Reproduction, name: str) -> None:
    table = result.tables()[name]
    polars, pandas = table.to_polars(), table.to_pandas()
    assert isinstance(polars, pl.DataFrame)
    assert isinstance(pandas, pd.DataFrame)
    assert polars.columns == list(pandas.columns)
    assert len(polars) == len(pandas) == len(table.records())
    assert repr(table)
    assert "<table" in table._repr_html_()


def test_data_frames_hold_shares_between_0_and_1(result: study.Reproduction) -> None:
    frame = result.rehearsal.to_polars().filter(pl.col("kind") != "count")
    monitor = frame.row(by_predicate=pl.col("id") == "ncb13-monitor", named=True)
    assert monitor["published"] == 0.49
    assert monitor["unweighted"] == monitor["count"] / monitor["n"]
    counts = result.rehearsal.to_polars().filter(pl.col("kind") == "count")
    assert counts["se"].null_count() == len(counts)


def test_everything_made_of_synthetic_answers_says_so(result: study.Reproduction) -> None:
    for table in (result.rehearsal, result.statistics):
        assert set(table.to_polars()["microdata"]) == {"SYNTHETIC"}
        assert "SYNTHETIC" in repr(table)
        assert "SYNTHETIC" in table._repr_html_()
    for name in result.statistics.names:
        assert "SYNTHETIC" in repr(result.statistics.select(name))
    assert "SYNTHETIC" not in repr(result.evidence)
    assert "SYNTHETIC" in repr(result)
    assert "SYNTHETIC" in result._repr_html_()


# ---- files of one's own ----


def rows_as(name: str, form: Callable[[pl.DataFrame], object]) -> object:
    return form(pl.DataFrame(read(name)))


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_answers_come_from_any_file_that_can_be_read(
    result: study.Reproduction, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"answers.{suffix}"
    table = pl.DataFrame(read("iro"))
    if suffix == "csv":
        table.write_csv(path)
    else:
        table.write_parquet(path)
    own = study.reproduce(iro=path)
    assert own.sources[0].source == str(path)
    assert estimates(own) == estimates(result)


@pytest.mark.parametrize("form", [lambda table: table, lambda table: table.to_pandas()])
def test_answers_come_from_tables_in_memory(
    result: study.Reproduction, form: Callable[[pl.DataFrame], object]
) -> None:
    own = study.reproduce(iro=rows_as("iro", form))
    assert estimates(own) == estimates(result)
    assert own.sources[0].synthetic, "a table keeps no label, but its rows are the package's own"


def test_what_is_given_and_what_is_made_up_are_told_apart() -> None:
    own = study.reproduce(iro=real("iro"))
    assert not own.sources[0].synthetic
    assert own.synthetic, "managers and directors still are"
    assert own.heading.startswith("Files given: iro; SYNTHETIC")
    first = own.rehearsal.records()[0]
    assert first["microdata"] == "given"
    assert "Microdata" in repr(own.rehearsal)


def test_nothing_is_called_synthetic_where_all_files_are_given() -> None:
    own = study.reproduce(**{name: real(name) for name in ("iro", "manager", "dcs")})
    assert not own.synthetic
    assert own.heading == "The findings estimated from the files given"
    assert "SYNTHETIC" not in repr(own)
    assert "SYNTHETIC" not in own.to_html()


def test_a_synthetic_file_stays_synthetic_when_it_is_given() -> None:
    assert study.reproduce(iro=DATA / "synthetic" / "iro.sav").sources[0].synthetic


def estimates(result: study.Reproduction) -> list[tuple[float, ...]]:
    return [
        (row.estimate.n, row.estimate.value, row.estimate.standard_error)
        for row in result.rehearsal
        if not math.isnan(row.estimate.value)
    ]


def test_missing_variables_are_listed_all_at_once() -> None:
    table = pl.DataFrame(read("iro")).drop("monitor_cases", "court_papers")
    with pytest.raises(irosurvey.ColumnError, match="monitor_cases") as caught:
        study.reproduce(iro=table)
    assert "court_papers" in str(caught.value)
    assert "column = " in str(caught.value)


def test_a_file_that_is_not_there_is_a_read_error() -> None:
    with pytest.raises(irosurvey.ReadError, match=r"nowhere\.sav"):
        study.reproduce(manager="nowhere.sav")


def test_an_unknown_singleton_rule_lists_the_rules() -> None:
    with pytest.raises(irosurvey.ArgumentError, match="adjust"):
        study.reproduce(singleton="adjusted")


def test_the_level_is_a_choice(result: study.Reproduction) -> None:
    wide = study.reproduce(level=0.99)
    narrow, wider = result.evidence[0].interval(), wide.evidence[0].interval()
    assert narrow is not None
    assert wider is not None
    assert wider.lower < narrow.lower
    assert "99%" in repr(wide.rehearsal)
    assert ("confidence level", "99%") in wide.choices


def test_the_example_in_the_docstring_runs() -> None:
    assert doctest.testmod(reproduction).attempted > 0
    assert doctest.testmod(reproduction).failed == 0


def test_a_weakly_attributed_population_is_called_so(result: study.Reproduction) -> None:
    shown = repr(result.evidence.of_study(SURVEY))
    assert "N=850–950: about 900 were said to work in England" in shown
    assert "its own source not given" in " ".join(shown.split())


def test_the_notebook_is_stored_without_outputs() -> None:
    cells = json.loads((DATA.parent / "notebooks" / "01_study.ipynb").read_text())["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert len(code) > 10
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
