"""The day that somebody has the files: what they may look like, and what is said of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from as_if_real import INSTRUMENTS, SYNTHETIC_FOLDER, real, real_table

import irosurvey
from irosurvey import study
from irosurvey.cli import main
from irosurvey.study.answers import read_answers
from irosurvey.study.codebook import read_codebook

BOOK = read_codebook()


def with_value(name: str, variable: str, value: object, row: int = 3) -> pl.DataFrame:
    """Answers of an instrument with one of them changed."""
    frame = real_table(name)
    here = pl.int_range(pl.len()) == row
    return frame.with_columns(
        pl.when(here).then(pl.lit(value)).otherwise(pl.col(variable)).alias(variable)
    )


# ---- real or made up ----


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_rows_of_the_package_are_synthetic_whatever_they_went_through(
    name: str, tmp_path: Path
) -> None:
    own = irosurvey.read(SYNTHETIC_FOLDER / f"{name}.sav")
    coded = pl.DataFrame(own.with_user_missing("keep"))
    coded.write_csv(tmp_path / "answers.csv")
    assert read_answers(name, tmp_path / "answers.csv", BOOK).synthetic
    # Other order, fewer rows, columns that are nobody's business, running numbers of their own.
    mixed = (
        coded.sample(fraction=0.6, shuffle=True, seed=5)
        .reverse()
        .with_columns(pl.lit("x").alias("interviewer"))
    )
    assert read_answers(name, mixed, BOOK).synthetic
    assert not read_answers(name, real_table(name), BOOK).synthetic


def test_labels_of_variables_say_it_where_the_file_no_longer_does() -> None:
    frame = irosurvey.read(SYNTHETIC_FOLDER / "iro.sav").with_label("")
    assert read_answers("iro", frame, BOOK).synthetic
    assert study.reproduce(iro=frame).sources[0].synthetic


# ---- other ways to write the same ----


def test_labels_stand_for_codes_and_names_for_authorities(tmp_path: Path) -> None:
    frame = real("iro").with_user_missing("keep")
    texts: dict[str, list[object]] = {}
    for column in frame.columns:
        labels = {float(code): label for code, label in column.value_labels.items()}
        texts[column.name] = [
            labels.get(value, value) if isinstance(value, float) else value
            for value in column.to_arrow().to_pylist()
        ]
    places = {one["code"]: one["name"] for one in _authorities()}
    texts["authority"] = [places[str(code)] for code in texts["authority"]]
    file = tmp_path / "labels.csv"
    # Numbers with a label for "not answered" are texts in such a file: codes stay there.
    scales = [name for name in frame.names if BOOK.kind("iro", name) == "scale"]
    spoken = pl.DataFrame(
        {name: one for name, one in texts.items() if name not in scales}, strict=False
    )
    numbers = pl.DataFrame(real("iro")).select(scales)
    pl.concat([spoken, numbers], how="horizontal").write_csv(file)
    by_labels, by_codes = read_answers("iro", file, BOOK), read_answers("iro", real("iro"), BOOK)
    assert by_labels.texts("authority") == by_codes.texts("authority")
    for name in ("monitor_cases", "region", "extra_reviews", "legal_advice_used", "caseload"):
        assert np.array_equal(by_labels.numbers(name), by_codes.numbers(name), equal_nan=True)
    first, second = study.reproduce(iro=file), study.reproduce(iro=real("iro"))
    assert repr(first.rehearsal) == repr(second.rehearsal)


def _authorities() -> list[dict[str, str]]:
    return pl.read_csv(BOOK.file("authorities.csv")).to_dicts()


def test_a_text_that_is_no_label_is_named_with_its_row() -> None:
    frame = real_table("dcs").with_columns(valued=pl.lit("Agree"))
    changed = frame.with_columns(
        valued=pl.when(pl.int_range(pl.len()) == 2).then(pl.lit("Agre")).otherwise("valued")
    )
    assert not np.isnan(read_answers("dcs", frame, BOOK).numbers("valued")).any()
    with pytest.raises(irosurvey.ColumnError, match=r"'valued' \(row 2") as caught:
        read_answers("dcs", changed, BOOK)
    assert "Agree" in caught.value.candidates


def test_region_and_type_follow_from_the_authority() -> None:
    whole = read_answers("manager", real_table("manager"), BOOK)
    bare = read_answers("manager", real_table("manager").drop("region", "type"), BOOK)
    gaps = read_answers("manager", with_value("manager", "region", -9.0), BOOK)
    for name in ("region", "type"):
        assert np.array_equal(bare.numbers(name), whole.numbers(name))
        assert np.array_equal(gaps.numbers(name), whole.numbers(name))


# ---- what can't be ----


@pytest.mark.parametrize(
    ("name", "variable", "value", "said"),
    [
        ("iro", "authority", "E99999999", "found 'E99999999'"),
        ("iro", "authority", None, "found nothing"),
        ("advice", "authority", "E06000066", "taken back to those of 2013"),
        ("iro", "fte", 0.0, "a number above 0"),
        ("iro", "fte", -0.5, "a number above 0"),
        ("iro", "caseload", -5.0, "at least 0, found -5"),
        ("manager", "caseload_per_fte", -3.0, "at least 0"),
    ],
)
def test_answers_that_cannot_be_are_named_with_their_row(
    name: str, variable: str, value: object, said: str
) -> None:
    with pytest.raises(irosurvey.ColumnError, match=rf"'{variable}' \(row 3") as caught:
        read_answers(name, with_value(name, variable, value), BOOK)
    assert said in str(caught.value)


def test_a_region_that_is_not_the_authoritys_is_an_error() -> None:
    region = read_answers("iro", real_table("iro"), BOOK).numbers("region")[3]
    with pytest.raises(irosurvey.ColumnError, match="the region of") as caught:
        study.reproduce(iro=with_value("iro", "region", 1.0 + region % 9))
    assert "it follows from the authority" in str(caught.value)


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_a_file_without_rows_is_named(name: str, tmp_path: Path) -> None:
    file = tmp_path / "none.csv"
    real_table(name).clear().write_csv(file)
    with pytest.raises(irosurvey.ReadError, match=r"none\.csv.*no rows"):
        read_answers(name, file, BOOK)


# ---- answers that are few, or all alike ----


def test_a_question_that_nobody_answered_is_a_gap_and_not_the_end() -> None:
    frame = real_table("iro").with_columns(supportive=pl.lit(-9.0))
    result = study.reproduce(iro=frame)
    row = next(one for one in result.rehearsal if one.finding.id == "ncb13-not-valued")
    assert row.estimate.n == 0
    assert not row.agrees


def test_answers_from_too_few_authorities_for_weights_are_named() -> None:
    with pytest.raises(irosurvey.NumericalError, match=r"weights of Directors: .*5 rows"):
        study.whole_study(dcs=real_table("dcs").head(5))


def test_a_caseload_that_is_far_off_makes_no_hundreds_of_bins(mixed: study.WholeStudy) -> None:
    far = study.whole_study(iro=with_value("iro", "caseload", 99_999.0))
    bins = far.sheets["caseload_histogram"]
    assert len(bins) == 20
    assert str(bins[-1][0]).endswith(" and more")
    assert bins[-1][2] > 99_999.0
    usual = mixed.sheets["caseload_histogram"]
    assert not any("more" in str(one) for one in usual.column("bin"))


def test_an_answer_that_nobody_gave_is_a_share_of_nothing() -> None:
    frame = real_table("iro").with_columns(
        follow_up_child=pl.when(pl.col("follow_up_child") > 3).then(3.0).otherwise(1.0)
    )
    result = study.reproduce(iro=frame)
    row = next(one for one in result.rehearsal if one.variable == "follow_up_child")
    assert row.estimate.value == 0.0
    assert row.estimate.upper > 0.0


def test_the_command_says_which_of_the_answers_are_made_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "iro.csv"
    real_table("iro").write_csv(file)
    main(["report", "--iro", str(file), "--out", str(tmp_path / "report"), "--policy", "none"])
    said = capsys.readouterr().out
    assert "SYNTHETIC: no result" not in said
    assert "SYNTHETIC in part: IRO managers, Directors and enquiries are made up." in said


@pytest.fixture(scope="module")
def mixed() -> study.WholeStudy:
    """IROs answered; managers, directors and enquiries are made up."""
    return study.whole_study(iro=real("iro"))


def test_rows_are_called_what_they_are_where_some_are_made_up(mixed: study.WholeStudy) -> None:
    for name, group in (("findings_weighted", "group"), ("balance", "group")):
        sheet = mixed.sheets[name]
        assert sheet.data == "SYNTHETIC in part"
        for row in sheet.records():
            assert row["microdata"] == ("given" if row[group] == "IROs" else "SYNTHETIC")
    held = {row["made_of"]: row["microdata"] for row in mixed.sheets["guidance_answers"].records()}
    assert held == {"IROs": "given", "IRO managers": "SYNTHETIC"}
    assert {row["microdata"] for row in mixed.sheets["bounds_answered"].records()} == {
        "given",
        "SYNTHETIC",
    }
    # Where groups stand in one design, what is made up is in every error.
    for row in mixed.sheets["groups_differences"].records():
        both = "IROs" not in str(row["pair"]).split(" less ")
        assert row["microdata"] == ("SYNTHETIC" if both else "SYNTHETIC in part")
    assert mixed.sheets["caseload_limits"].data == "given"
    assert mixed.sheets["advice_rates"].data == "SYNTHETIC"


def test_the_page_and_its_charts_call_things_what_they_are(mixed: study.WholeStudy) -> None:
    parts = mixed.to_html(mixed.publishable("none")).split('<section id="')
    sections = {part.split('"', 1)[0]: part for part in parts[1:]}
    assert "(SYNTHETIC in part)</title>" in parts[0]
    assert "SYNTHETIC" not in sections["caseloads"]
    weights = sections["weights"]
    assert "<strong>SYNTHETIC in part</strong>" in weights
    rows = weights.split("<tr>")
    mine = [row for row in rows if "able to monitor cases more generally" in row]
    theirs = [row for row in rows if "IRO caseloads exceed the recommended limit" in row]
    assert mine
    assert theirs
    assert not any("SYNTHETIC" in row for row in mine)
    assert all('<span class="tag">SYNTHETIC</span>' in row for row in theirs)
    assert "Directors (SYNTHETIC)" in mixed.charts["groups"].svg
    assert "made-up answers" not in mixed.charts["groups"].svg
    tables = [one.synthetic for one in mixed.publishable("none").published]
    assert tables == [False, False, False, True]
