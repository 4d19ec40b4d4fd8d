"""The study, whole: tables held against plain loops, or against another way to compute them."""

from __future__ import annotations

import csv
import json
import math
import re
from collections import Counter
from fractions import Fraction
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import irosurvey
from irosurvey import study
from irosurvey.study.answers import read_answers
from irosurvey.study.codebook import read_codebook
from irosurvey.study.groups import shared_questions, stacked
from irosurvey.study.population import iro_spread, read_population
from irosurvey.study.sheets import Field, Sheet, shown
from irosurvey.study.weighting import group_design
from irosurvey.study.workbooks import analysts_release
from irosurvey.tables.check import check
from irosurvey.tables.writers import write_all

DATA = Path(__file__).resolve().parents[2] / "data"
# Two ways to the same number, through sums of a few hundred terms.
ROUNDING = 1e-11


@pytest.fixture(scope="module")
def whole() -> study.WholeStudy:
    return study.whole_study()


def rows_of(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def answers_of(instrument: str) -> pl.DataFrame:
    """The answers with every missing code as null, without the study's own reading of them."""
    frame = irosurvey.read(DATA / "synthetic" / f"{instrument}.sav")
    return pl.DataFrame(frame)


# ---- population and weights ----


def test_children_of_2021_follow_the_rules_for_authorities_that_are_gone() -> None:
    rows = {row["code"]: row for row in rows_of("looked_after.csv")}
    assert set(rows) == {row["code"] for row in rows_of("authorities.csv")}
    children = {code: float(row["looked_after_2021"]) for code, row in rows.items()}
    # Bournemouth, Poole and Dorset: thirds of 431 + 450.
    for code in ("E06000028", "E06000029", "E10000009"):
        assert children[code] == pytest.approx(881 / 3, abs=1e-4)
        assert rows[code]["rule"] == "shared"
    assert children["E06000053"] == 0.0
    assert {code for code, row in rows.items() if row["rule"] == "successor"} == {
        "E06000048",
        "E08000020",
        "E10000002",
        "E10000023",
        "E10000027",
    }
    # The national figure of 2021, 80,780, is rounded to ten.
    assert sum(children.values()) == pytest.approx(80_776, abs=1e-2)


def test_iros_are_spread_as_children_are_or_not_at_all_or_as_a_file_says(tmp_path: Path) -> None:
    population = read_population(read_codebook())
    by_children = iro_spread(population)
    assert sum(by_children.numbers.values()) == pytest.approx(68_110)
    assert iro_spread(population, "none").numbers == {}
    file = tmp_path / "iros.csv"
    lines = [f"{one.code},{place % 7}" for place, one in enumerate(population)]
    file.write_text("code,iros\n" + "\n".join(lines) + "\n", encoding="utf-8")
    assert iro_spread(population, file).numbers[population[10].code] == 10 % 7
    file.write_text("code,iros\n" + "\n".join(lines[:-1]) + "\n", encoding="utf-8")
    with pytest.raises(irosurvey.ReadError, match="152 authorities"):
        iro_spread(population, file)
    file.write_text("code,iros\n" + "\n".join([*lines, lines[0]]) + "\n", encoding="utf-8")
    with pytest.raises(irosurvey.ReadError, match="153 rows"):
        iro_spread(population, file)
    file.write_text("code,iros\n" + "\n".join([*lines[:-1], f"{population[-1].code},-3"]))
    with pytest.raises(irosurvey.ReadError, match="at least 0"):
        iro_spread(population, file)


def test_directors_and_managers_are_raked_to_the_152_by_region_and_by_type(
    whole: study.WholeStudy,
) -> None:
    authorities = rows_of("authorities.csv")
    book = read_codebook()
    for name in ("manager", "dcs"):
        group = whole.groups[name]
        weights = np.asarray(group.weighted.weights)
        assert weights.sum() == pytest.approx(152, rel=1e-9)
        for margin, column in (("region", "region_code"), ("type", "type")):
            codes = book.codes_of(margin)
            expected = Counter(codes[row[column]] for row in authorities)
            of_row = group.answers.numbers(margin)
            for code, number in expected.items():
                assert weights[of_row == code].sum() == pytest.approx(number, rel=1e-8)


def test_iros_are_raked_to_the_shares_of_children(whole: study.WholeStudy) -> None:
    population = read_population(read_codebook())
    group = whole.groups["iro"]
    weights = np.asarray(group.weighted.weights)
    everyone = sum(one.looked_after for one in population)
    for code in range(1, 10):
        share = sum(one.looked_after for one in population if one.region == code) / everyone
        of_row = group.answers.numbers("region") == code
        assert weights[of_row].sum() / weights.sum() == pytest.approx(share, rel=1e-8)


def test_without_an_assumption_iros_keep_the_weight_one(whole: study.WholeStudy) -> None:
    book = read_codebook()
    population = read_population(book)
    answers = read_answers("iro", None, book)
    group = group_design(answers, population, iro_spread(population, "none"), book)
    assert set(np.asarray(group.weighted.weights)) == {1.0}


def test_the_finite_population_of_directors_is_in_their_standard_errors(
    whole: study.WholeStudy,
) -> None:
    group = whole.groups["dcs"]
    finite = group.weighted.proportion("caseload_policy", 1)
    infinite = irosurvey.Design(
        group.weighted.frame,
        weights="authorities ÷ respondents",
        strata="region",
        clusters="authority",
        singleton="adjust",
    ).proportion("caseload_policy", 1)
    # 60 of 152 answered: √(1 − 60/152) = 0.78, and raking to types takes out a little more.
    assert finite.se[0] < 0.85 * infinite.se[0]


def test_response_counts_authorities_once(whole: study.WholeStudy) -> None:
    sheet = whole.sheets["response"]
    every = sheet.find("All authorities")
    assert every["authorities"] == 152
    assert every["with_dcs"] == 60
    assert every["with_manager"] == 65
    answered = set(answers_of("iro")["authority"])
    assert every["with_iro"] == len(answered)
    regions = [row for row in sheet if row[1] == "Region"]
    assert sum(int(row[2]) for row in regions) == 152  # type: ignore[arg-type]
    assert sum(int(row[4]) for row in regions) == 65  # type: ignore[arg-type]


def test_findings_without_weights_are_those_of_the_rehearsal(whole: study.WholeStudy) -> None:
    sheet = whole.sheets["findings_weighted"]
    rehearsed = [row for row in whole.reproduction.rehearsal if row.statistic in ("share", "mean")]
    assert len(sheet) == len(rehearsed)
    own = sorted((str(row[1]), row[4], round(float(row[5]), 10)) for row in sheet)  # type: ignore[arg-type]
    theirs = sorted(
        (
            row.finding.id,
            row.estimate.n,
            round(row.estimate.unweighted / (1 if row.statistic == "share" else 100), 10),
        )
        for row in rehearsed
    )
    assert own == theirs


# ---- bounds ----


def test_printed_bounds_are_whole_number_arithmetic(whole: study.WholeStudy) -> None:
    sheet = whole.sheets["bounds_printed"]
    row = next(one for one in sheet.records() if one["id"] == "ncb13-caseload")
    counts = whole.reproduction.evidence.find("ncb13-caseload").full
    assert counts is not None
    assert row["population"] == 152
    assert row["all_no"] == pytest.approx(float(Fraction(counts.least, 152)), abs=ROUNDING)
    assert row["all_yes"] == pytest.approx(float(Fraction(counts.most + 87, 152)), abs=ROUNDING)


def test_the_smallest_difference_takes_a_share_to_the_end_of_its_words(
    whole: study.WholeStudy,
) -> None:
    words = {(row["finding"], row["words"]): row for row in rows_of("wordings.csv")}
    checked = 0
    for row in whole.sheets["bounds_answered"].records():
        wording = words[row["id"], row["words"]]
        response = row["answered"] / row["population"]
        if row["tipping"] is None or row["fits"] != "yes":
            continue
        sign = 1 if row["direction"] == "more often" else -1
        others = row["share_low"] + sign * row["tipping"]
        end = float(wording["high" if sign > 0 else "low"]) / 100
        assert response * row["share_low"] + (1 - response) * others == pytest.approx(end)
        assert -ROUNDING <= others <= 1 + ROUNDING
        checked += 1
    assert checked > 10


def test_bounds_widen_with_what_is_allowed(whole: study.WholeStudy) -> None:
    for name in ("bounds_printed", "bounds_answered"):
        for row in whole.sheets[name].records():
            assert row["all_no"] <= row["lower_20"] <= row["lower_10"] <= row["share_low"]
            assert row["share_high"] <= row["upper_10"] <= row["upper_20"] <= row["all_yes"]


# ---- three groups ----


def test_shared_questions_are_of_one_kind(whole: study.WholeStudy) -> None:
    questions = shared_questions(list(whole.groups.values()), read_codebook())
    names = {question.variable: question for question in questions}
    assert {"monitor_cases", "court_papers", "valued", "contribution"} <= set(names)
    assert names["valued"].groups == ("iro", "manager", "dcs")
    assert names["caseload_policy"].groups == ("manager", "dcs")


def test_differences_know_that_groups_share_authorities(whole: study.WholeStudy) -> None:
    """Deleting one authority at a time is another way to the same standard error."""
    book = read_codebook()
    population = read_population(book)
    groups = list(whole.groups.values())
    questions = shared_questions(groups, book)
    design = stacked(groups, questions, population, whole.spread)
    found = design.proportion("rosy monitor_cases", 1, by="group", covariance=True)
    covariance = found.covariance
    assert covariance[0, 1] != 0.0
    linear = found.difference("group").se
    assert linear[0] == pytest.approx(
        math.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]), rel=ROUNDING
    )
    places = np.array(design.frame["authority"].to_arrow().to_pylist())
    weights = np.asarray(design.weights)
    regions = np.asarray(design.frame["region"].to_numpy())
    group = np.asarray(design.frame["group"].to_numpy())
    rosy = np.asarray(design.frame["rosy monitor_cases"].to_numpy())

    def differences(kept: np.ndarray) -> np.ndarray:
        shares = []
        for code in (1, 2, 3):
            own = kept & (group == code) & ~np.isnan(rosy)
            shares.append(np.sum(weights[own] * rosy[own]) / np.sum(weights[own]))
        return np.array([shares[1] - shares[0], shares[2] - shares[0], shares[2] - shares[1]])

    whole_sample = differences(np.ones(len(places), dtype=bool))
    assert found.difference("group").estimate == pytest.approx(whole_sample, abs=ROUNDING)
    variance = np.zeros(3)
    for region in np.unique(regions):
        units = np.unique(places[regions == region])
        for unit in units:
            off = differences(places != unit) - whole_sample
            variance += (len(units) - 1) / len(units) * off**2
    # The jackknife leaves raking alone, which takes a little out of the linear one; and it is
    # centred on the whole sample.
    assert linear == pytest.approx(np.sqrt(variance), rel=0.12)


def test_pairs_of_one_authority_are_counted_by_a_plain_loop(whole: study.WholeStudy) -> None:
    managers, directors = answers_of("manager"), answers_of("dcs")
    theirs = dict(zip(directors["authority"], directors["valued"], strict=True))
    pairs = [
        (mine in (1, 2), theirs[code] in (1, 2))
        for code, mine in zip(managers["authority"], managers["valued"], strict=True)
        if mine is not None and theirs.get(code) is not None
    ]
    row = next(
        one
        for one in whole.sheets["groups_agreement"].records()
        if one["variable"] == "valued" and one["pair"] == "IRO managers and Directors"
    )
    same = sum(one == other for one, other in pairs) / len(pairs)
    first, second = (sum(pair[place] for pair in pairs) / len(pairs) for place in (0, 1))
    chance = first * second + (1 - first) * (1 - second)
    assert row["pairs"] == row["authorities"] == len(pairs)
    assert row["same"] == pytest.approx(same, abs=ROUNDING)
    assert row["kappa"] == pytest.approx((same - chance) / (1 - chance), abs=ROUNDING)
    assert row["second_rosier"] - row["first_rosier"] == pytest.approx(second - first, abs=ROUNDING)


# ---- caseloads ----


def test_caseload_tables_agree_with_each_other(whole: study.WholeStudy) -> None:
    histogram = whole.sheets["caseload_histogram"]
    assert sum(float(one) for one in histogram.column("share")) == pytest.approx(1.0)  # type: ignore[arg-type]
    limits = [row for row in whole.sheets["caseload_limits"] if row[0] == "All IROs"]
    cdf = whole.caseloads.design.cdf("per FTE", [50, 60, 70])
    assert [float(row[4]) for row in limits] == pytest.approx(1 - cdf.estimate, abs=ROUNDING)  # type: ignore[arg-type]
    bands = whole.caseloads.design.proportion("band")
    assert bands.estimate[-1] == pytest.approx(float(limits[-1][4]), abs=ROUNDING)  # type: ignore[arg-type]


def test_bands_hold_their_upper_end(whole: study.WholeStudy) -> None:
    frame = whole.caseloads.design.frame
    per_fte, band = (np.asarray(frame[name].to_numpy()) for name in ("per FTE", "band"))
    for value, code in zip(per_fte, band, strict=True):
        if math.isnan(value):
            assert math.isnan(code)
        else:
            assert code == 1 + sum(value > limit for limit in (50, 60, 70))


def test_outcomes_by_band_are_shares_by_group(whole: study.WholeStudy) -> None:
    found = whole.caseloads.design.proportion("able to monitor", 1, by="band")
    rows = [
        row
        for row in whole.sheets["caseload_outcomes"]
        if row[1] == "Children per full-time equivalent"
        and str(row[0]).startswith("Always")
        and row[2] != "All IROs"
    ]
    assert [float(row[4]) for row in rows] == pytest.approx(list(found.estimate), abs=ROUNDING)  # type: ignore[arg-type]
    assert [float(row[5]) for row in rows] == pytest.approx(list(found.se), rel=1e-8)  # type: ignore[arg-type]


def test_models_have_a_row_for_each_term(whole: study.WholeStudy) -> None:
    models, effects = whole.sheets["caseload_models"], whole.sheets["caseload_effects"]
    assert len(models) == len(effects) == 3 * 5
    for row in models.records():
        assert row["odds_ratio"] == pytest.approx(math.exp(row["coefficient"]), rel=1e-9)
        assert row["lower"] < row["odds_ratio"] < row["upper"]
    for sheet in (models, effects):
        assert not any("[" in str(term) for term in sheet.column("term")), "a term without words"
        assert len(set(sheet.column("term"))) == 5


# ---- advice ----


def test_enquiries_are_counted_by_authority_those_with_none_included(
    whole: study.WholeStudy,
) -> None:
    records = answers_of("advice")
    by_authority = Counter(records["authority"])
    every = whole.sheets["advice_rates"].find("England")
    assert every["enquiries"] == records.height == sum(by_authority.values())
    assert every["none"] == 152 - len(by_authority)
    assert every["rate"] == pytest.approx(records.height / 152)
    assert every["per_1000"] == pytest.approx(records.height / 68.110)
    counts = np.array([by_authority[row["code"]] for row in rows_of("authorities.csv")], float)
    assert every["dispersion"] == pytest.approx(max(1.0, counts.var(ddof=1) / counts.mean()))
    for by in ("Month", "Topic", "Region", "Type of authority"):
        rows = [row for row in whole.sheets["advice_rates"].records() if row["by"] == by]
        missing = records["topic"].null_count() if by == "Topic" else 0
        assert sum(row["enquiries"] for row in rows) == records.height - missing


def test_enquiries_are_read_from_csv(whole: study.WholeStudy, tmp_path: Path) -> None:
    file = tmp_path / "enquiries.csv"
    answers_of("advice").write_csv(file)
    given = study.whole_study(advice=file)
    assert given.sheets["advice_rates"].data == "SYNTHETIC", "the rows are the package's own"
    assert list(given.sheets["advice_rates"]) == list(whole.sheets["advice_rates"])
    lines = file.read_text(encoding="utf-8").replace("E06000001", "X99", 1).splitlines()
    if "X99" not in "".join(lines):
        lines[1] = lines[1].replace(lines[1].split(",")[2], "X99")
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(irosurvey.ColumnError, match=r"authority of 2013.*X99|X99"):
        study.whole_study(advice=file)


# ---- guidance, other studies ----


def test_every_requirement_stands_in_one_of_the_tables(whole: study.WholeStudy) -> None:
    printed, answers, rest = (
        whole.sheets[f"guidance_{name}"] for name in ("printed", "answers", "not_measured")
    )
    required = {row["id"] for row in rows_of("guidance.csv")}
    held = {*printed.column("id"), *answers.column("id")}
    measured = {name for names in held for name in str(names).split(", ")}
    assert measured | set(rest.column("id")) == required
    assert not measured & set(rest.column("id"))
    assert printed.data == "print"
    assert answers.data == "SYNTHETIC"
    assert all(rest.column("missing"))


def test_figures_lie_within_across_or_beyond_the_guidance(whole: study.WholeStudy) -> None:
    upper = {
        str(row["measure"]).split(" ", 1)[0]: row["standing"]
        for row in whole.sheets["guidance_printed"].records()
        if "hb-caseload-max" in row["id"]
    }
    # 47, 70 and around 90 children; two-thirds of authorities above the limit.
    assert upper == {
        "Bath": "beyond: below",
        "Herefordshire": "across",
        "Bradford": "beyond: above",
        "Local": "beyond: above",
    }
    # A figure counts once, however many requirements it is held against.
    printed = whole.sheets["guidance_printed"]
    assert len(set(printed.column("measure"))) == len(printed)


def test_a_task_says_which_answers_count(whole: study.WholeStudy) -> None:
    for sheet, field in (("findings_weighted", "label"), ("bounds_answered", "finding")):
        tasks = [one for one in whole.sheets[sheet].column(field) if "Following up" in str(one)]
        assert len(tasks) >= 5
        assert all(str(one).endswith("(rarely or never able)") for one in tasks)
    labels = {one.label for one in whole.reproduction.rehearsal}
    assert "Following up a review: able to consult the child (rarely or never able)" in labels


def test_measures_name_figures_that_exist() -> None:
    findings = {row["id"] for row in rows_of("findings.csv")}
    measures = rows_of("measures.csv")
    assert {row["finding"] for row in measures} <= findings
    assert {row["finding"] for row in rows_of("wordings.csv")} <= findings
    # What isn't in a row: who else was interviewed by one study, the number of its areas.
    left = findings - {row["finding"] for row in measures}
    assert {name.rsplit("-", 1)[0] for name in left} <= {
        "uea14-n-interview",
        "uea14-n",
    }


def test_figures_without_a_base_say_what_is_missing(whole: study.WholeStudy) -> None:
    for row in whole.sheets["studies_comparisons"].records():
        if row["lower"] is None:
            assert "missing: the number of " in row["verdict"]
        else:
            assert row["lower"] <= row["least"] <= row["most"] <= row["upper"]


# ---- balance ----


def test_rows_and_what_became_of_them_add_up(whole: study.WholeStudy) -> None:
    sheet = whole.sheets["balance"]
    assert len(sheet) == len(whole.sheets["findings_weighted"])
    for row in sheet.records():
        missing = sum(row[name] for name in row if name.startswith("missing_"))
        assert row["read"] == row["filtered"] + row["outside"] + missing + row["used"]
        assert row["weight_read"] == pytest.approx(
            row["weight_outside"] + row["weight_missing"] + row["weight_used"]
        )
    extra = next(row for row in sheet.records() if "working time" in str(row["finding"]))
    assert extra["outside"] > 0


def test_a_row_that_gets_lost_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from irosurvey.study import balances

    counted = balances._left_out

    def loses_one(*given: object) -> object:
        outside, missing = counted(*given)  # type: ignore[arg-type]
        for rows in missing.values():
            rows[np.flatnonzero(rows)[0]] = False
        return outside, missing

    monkeypatch.setattr(balances, "_left_out", loses_one)
    with pytest.raises(irosurvey.NumericalError, match="balance of rows"):
        study.whole_study()


# ---- what may be published ----


def test_tables_that_may_be_published_are_rounded_and_hide_small_counts(
    whole: study.WholeStudy,
) -> None:
    released = whole.publishable()
    assert released.published.synthetic
    assert released.published.policy["name"] == "dfe"
    columns = {column for table in released.published for column in table.stub}
    assert not any("authority, ONS code" in column for column in columns)
    shown = [
        cell
        for table in released.published
        for row in table.rows
        for cell, column in zip(row.cells, table.columns, strict=True)
        if column.kind == "base" and not cell.mark
    ]
    assert shown
    assert all(cell.value is not None and cell.value % 10 == 0 for cell in shown)
    marks = {mark for table in released.published for mark in table.marks}
    assert "c" in marks
    plain = whole.publishable("none")
    assert not any(table.marks for table in plain.published)


def test_most_percentages_are_left_to_be_published(whole: study.WholeStudy) -> None:
    """Nine regions of thirty respondents would leave next to nothing."""
    for table in whole.publishable().published:
        assert {column.kind for column in table.columns} == {"estimate", "lower", "upper", "base"}
        assert len(table.columns) == 4, "a reader needn't scroll"
        shown = [not row.cells[0].mark for row in table.rows]
        assert sum(shown) > len(shown) / 2


def test_workbooks_for_those_who_analyse_are_accessible_and_say_what_they_are(
    whole: study.WholeStudy, tmp_path: Path
) -> None:
    made = analysts_release(whole)
    assert {table.name for table in made} >= {*whole.sheets, "evidence", "rehearsal"}
    assert made.about[0].startswith("Not for publication")
    for table in made:
        sheet = whole.sheets.get(table.name)
        assert table.synthetic == (
            sheet.synthetic if sheet else table.name in ("rehearsal", "statistics")
        )
    (path,) = write_all(made, tmp_path, ["xlsx"])
    # Who writes them, and whom to ask, is for whoever has the answers to say.
    wrong = {one.rule.id for one in check(made, path).failures}
    assert wrong <= {"author", "contact", "title-parts", "bases"}


def test_what_may_be_published_lies_apart(whole: study.WholeStudy, tmp_path: Path) -> None:
    written = whole.write(tmp_path)
    apart = {path.suffix for path in written if path.parent.name == "published"}
    assert {".xlsx", ".ods", ".html", ".csv", ".json"} <= apart
    books = {path.suffix for path in written if path.parent.name == "tables"}
    assert books == {".csv", ".xlsx", ".ods"}
    plain = whole.write(tmp_path / "b", policy=None)
    assert not any(path.parent.name == "published" for path in plain)


# ---- reading ----


def test_files_name_their_variables_by_the_codebook(tmp_path: Path) -> None:
    text = (DATA / "codebook.toml").read_text(encoding="utf-8")
    marked = text.replace(
        "[instruments.dcs.variables.valued]\n",
        '[instruments.dcs.variables.valued]\ncolumn = "q7"\n',
    )
    codebook = tmp_path / "codebook.toml"
    codebook.write_text(marked, encoding="utf-8")
    file = tmp_path / "directors.csv"
    answers_of("dcs").rename({"valued": "q7"}).write_csv(file)
    answers = read_answers("dcs", file, read_codebook(codebook))
    assert answers.synthetic, "the rows are still the package's own"
    assert np.array_equal(
        answers.numbers("valued"),
        read_answers("dcs", None, read_codebook()).numbers("valued"),
        equal_nan=True,
    )
    with pytest.raises(irosurvey.ColumnError, match="valued"):
        read_answers("dcs", file, read_codebook())


def test_an_answer_that_the_codebook_does_not_know_is_an_error(tmp_path: Path) -> None:
    frame = answers_of("dcs").with_columns(
        valued=pl.when(pl.int_range(pl.len()) == 3).then(7).otherwise(pl.col("valued"))
    )
    with pytest.raises(irosurvey.ColumnError, match="'valued' in row 3"):
        read_answers("dcs", frame, read_codebook())


# ---- sheets ----


def test_sheets_show_their_values_and_mark_what_is_synthetic() -> None:
    sheet = Sheet(
        "x",
        "Shares",
        [Field("g", "Group"), Field("s", "Share", "share"), Field("d", "Points", "points")],
        [("a", 0.4849, -0.021), ("b", math.nan, 0.3)],
        data="SYNTHETIC",
    )
    assert sheet.heading.startswith("SYNTHETIC")
    view = sheet.view()
    assert list(view.columns[1].cells) == ["48.5%", "–"]
    assert list(view.columns[2].cells) == ["−2.1", "+30.0"]
    assert sheet.records()[1]["s"] is None
    assert json.dumps(sheet.records()[0])
    assert shown(3, Field("n", "n", "count")) == "3"
    with pytest.raises(ValueError, match="a row of 1"):
        Sheet("x", "y", [Field("g", "Group"), Field("s", "Share")], [("a",)])


def test_the_page_has_no_p_in_powers_of_ten(whole: study.WholeStudy, tmp_path: Path) -> None:
    page = whole.write(tmp_path)[0].read_text(encoding="utf-8")
    assert "p &lt; 0.0001" in page
    assert not re.search(r"\bp = \d[\d.]*e", page)
