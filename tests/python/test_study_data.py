"""The data of the study: published figures, codebook, and the SYNTHETIC files with their generator.

Everything is counted here by plain loops, without the package: these tests hold the data, not the
engine.
"""

from __future__ import annotations

import csv
import importlib.util
import math
import re
import sys
import tomllib
from collections import Counter, defaultdict
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

pyreadstat = pytest.importorskip("pyreadstat")

DATA = Path(__file__).resolve().parents[2] / "data"
CODEBOOK: dict[str, Any] = tomllib.loads((DATA / "codebook.toml").read_text(encoding="utf-8"))
INSTRUMENTS: dict[str, Any] = CODEBOOK["instruments"]
SURVEYS = ["iro", "manager", "dcs"]
GAPS = {gap["value"]: gap["label"] for gap in CODEBOOK["missing"]["codes"]}
NOT_APPLICABLE = -1
MARK = "SYNTHETIC"


def read_csv(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


FINDINGS = {row["id"]: row for row in read_csv("findings.csv")}
AUTHORITIES = {row["code"]: row for row in read_csv("authorities.csv")}
REPRODUCED = [
    id_ for id_, row in FINDINGS.items() if row["study"] == CODEBOOK["study"]["findings_study"]
]


def read_sav(path: Path) -> tuple[dict[str, list[Any]], Any]:
    table, about = pyreadstat.read_sav(str(path), user_missing=True, output_format="dict")
    return {name: list(values) for name, values in table.items()}, about


FILES = {name: read_sav(DATA / entry["file"]) for name, entry in INSTRUMENTS.items()}
TABLES = {name: table for name, (table, _) in FILES.items()}


def load_generator() -> Any:
    path = DATA / "synthetic" / "generate.py"
    spec = importlib.util.spec_from_file_location("generate_synthetic_data", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    paths = load_generator().generate(tmp_path_factory.mktemp("synthetic"))
    return {path.stem: path for path in paths}


def labels_of(entry: dict[str, Any]) -> list[dict[str, Any]]:
    labels: list[dict[str, Any]] = entry.get(
        "labels", CODEBOOK["kinds"][entry["kind"]].get("labels", [])
    )
    return labels


def every_variable() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (instrument, name, entry)
        for instrument in INSTRUMENTS
        for name, entry in INSTRUMENTS[instrument]["variables"].items()
    ]


def answered(value: float | str) -> bool:
    return value not in GAPS


# ----------------------------------------------------------------------------------------- evidence


def test_findings_are_sound() -> None:
    assert len(FINDINGS) == len(read_csv("findings.csv")), "an id occurs twice"
    for row in FINDINGS.values():
        assert row["kind"] in {"percent", "count", "mean", "phrase"}, row["id"]
        assert row["bounds"] in {"exact", "rounding", "words", "above", "below", "ours"}, row["id"]
        assert all(row[name] for name in ["study", "year", "group", "finding", "printed", "source"])
        assert not re.search(r"\.txt\b", row["source"]), "a source is cited, not a file of ours"
        low, high = float(row["low"]), float(row["high"])
        assert low <= (float(row["value"]) if row["value"] else low) <= high, row["id"]


@pytest.mark.parametrize("id_", [i for i, row in FINDINGS.items() if row["bounds"] == "rounding"])
def test_rounding_interval_is_half_a_unit_of_the_last_printed_digit(id_: str) -> None:
    row = FINDINGS[id_]
    number = re.search(r"\d+(?:\.(\d+))?(?=%|\)|$)", row["printed"])
    assert number is not None
    half = 0.5 * 10 ** -len(number[1] or "")
    assert float(number[0]) == float(row["value"])
    assert float(row["value"]) - float(row["low"]) == pytest.approx(half)
    assert float(row["high"]) - float(row["value"]) == pytest.approx(half)


def test_authorities_are_those_of_2013() -> None:
    regions = {entry["code"]: entry["label"] for entry in CODEBOOK["kinds"]["region"]["labels"]}
    types = {entry["code"] for entry in CODEBOOK["kinds"]["type"]["labels"]}
    assert len(AUTHORITIES) == 152
    assert {row["region_code"]: row["region"] for row in AUTHORITIES.values()} == regions
    assert {row["type"] for row in AUTHORITIES.values()} == types
    # Changed on 1 April 2013, the day after.
    assert {"E06000048", "E08000020"} <= set(AUTHORITIES)
    assert not {"E06000057", "E08000037"} & set(AUTHORITIES)


# ----------------------------------------------------------------------------------------- codebook


def test_every_variable_says_whether_it_is_documented() -> None:
    for instrument, name, entry in every_variable():
        cited = re.findall(r"\b(?:ncb|basw|uea)\d\d(?:-[a-z]+)+\b", entry["basis"])
        assert set(cited) <= set(FINDINGS), f"{instrument}.{name} cites what isn't there"
        assert entry["documented"] is False or cited, f"{instrument}.{name} cites no finding"
        assert entry["kind"] in CODEBOOK["kinds"]


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_codebook_and_file_have_the_same_variables(name: str) -> None:
    variables = INSTRUMENTS[name]["variables"]
    assert [entry.get("column", key) for key, entry in variables.items()] == list(TABLES[name])


def test_every_finding_of_the_survey_has_a_measure_whose_parts_exist() -> None:
    assert len(REPRODUCED) == 16
    assert set(CODEBOOK["findings"]) == set(REPRODUCED)
    for id_, measure in CODEBOOK["findings"].items():
        variables = INSTRUMENTS[measure["instrument"]]["variables"]
        assert measure["reading"] in {"printed", "ours"}
        assert measure["reading"] == "printed" or measure["note"]
        for name in measure.get("variables", []):
            codes = [entry["value"] for entry in labels_of(variables[name])]
            assert set(measure.get("values", [])) <= set(codes), f"{id_} counts codes not in {name}"


def test_conditions_and_statistics_name_what_exists() -> None:
    for condition in CODEBOOK["conditions"]:
        ids = condition.get("findings", [*condition.get("parts", []), condition.get("whole")])
        assert set(ids) <= set(FINDINGS)
        assert condition["rule"] in {"within", "not-within", "overlap"}
    for table in CODEBOOK["statistics"].values():
        used = [*table.get("variables", []), *table.get("by", [])]
        used += [table[key] for key in ["numerator", "denominator"] if key in table]
        assert set(used) <= set(INSTRUMENTS[table["instrument"]]["variables"])


# -------------------------------------------------------------------------------- files, made again


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_generator_makes_the_committed_file_again(name: str, made: dict[str, Path]) -> None:
    table, about = FILES[name]
    again, about_again = read_sav(made[name])
    assert again == table
    for part in [
        "column_names",
        "column_labels",
        "variable_value_labels",
        "missing_ranges",
        "variable_measure",
        "original_variable_types",
        "file_label",
        "notes",
    ]:
        assert getattr(about_again, part) == getattr(about, part), part


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_generator_makes_the_same_bytes_again(name: str, made: dict[str, Path]) -> None:
    assert made[name].read_bytes() == (DATA / INSTRUMENTS[name]["file"]).read_bytes()


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_labels_and_missing_codes_in_the_file_are_those_of_the_codebook(name: str) -> None:
    table, about = FILES[name]
    for variable, entry in INSTRUMENTS[name]["variables"].items():
        column = entry.get("column", variable)
        gaps = [code for code in GAPS if code in entry.get("missing", GAPS)]
        ranges = about.missing_ranges.get(column, [])
        assert [(gap["lo"], gap["hi"]) for gap in ranges] == [(code, code) for code in gaps]
        expected = {row["value"]: row["label"] for row in labels_of(entry)}
        expected |= {code: GAPS[code] for code in gaps}
        assert about.variable_value_labels.get(column, {}) == expected, variable
        assert about.column_names_to_labels[column] == f"{entry['label']} [{MARK}]"
        if labels_of(entry):
            assert set(table[column]) <= set(expected), variable


def test_everything_says_synthetic() -> None:
    assert CODEBOOK["study"]["microdata"] == MARK
    for name, (_, about) in FILES.items():
        assert about.file_label.startswith(MARK), name
        assert any(MARK in note for note in about.notes), name
        assert all(label.endswith(f"[{MARK}]") for label in about.column_labels), name
    assert (DATA / "synthetic" / "README.md").read_text(encoding="utf-8").count(MARK) >= 2
    assert MARK in (DATA / "README.md").read_text(encoding="utf-8")


# ------------------------------------------------------------------------------ who is in the files


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_rows_are_as_many_as_stated_and_lie_in_the_authorities_of_2013(name: str) -> None:
    table = TABLES[name]
    regions = {entry["value"]: entry["code"] for entry in CODEBOOK["kinds"]["region"]["labels"]}
    types = {entry["value"]: entry["code"] for entry in CODEBOOK["kinds"]["type"]["labels"]}
    assert len(table["authority"]) == INSTRUMENTS[name]["respondents"]
    for code, region, type_ in zip(table["authority"], table["region"], table["type"], strict=True):
        row = AUTHORITIES[code]
        assert (row["region_code"], row["type"]) == (regions[region], types[type_])


@pytest.mark.parametrize("name", ["manager", "dcs"])
def test_at_most_one_answers_for_an_authority(name: str) -> None:
    assert max(Counter(TABLES[name]["authority"]).values()) == 1


@pytest.mark.parametrize("name", SURVEYS)
def test_every_region_has_at_least_two_sampling_units(name: str) -> None:
    units = defaultdict(set)
    for region, authority in zip(TABLES[name]["region"], TABLES[name]["authority"], strict=True):
        units[region].add(authority)
    assert len(units) == 9
    assert min(len(authorities) for authorities in units.values()) >= 2


def test_iros_are_spread_over_many_authorities() -> None:
    assert len(set(TABLES["iro"]["authority"])) >= 100
    assert max(Counter(TABLES["iro"]["authority"]).values()) > 5


def test_advice_records_fill_the_year() -> None:
    months = [row["value"] for row in INSTRUMENTS["advice"]["variables"]["month"]["labels"]]
    assert TABLES["advice"]["month"] == sorted(TABLES["advice"]["month"])
    assert set(TABLES["advice"]["month"]) == set(months)


# ------------------------------------------------------------------------------------------ answers


@pytest.mark.parametrize(("name", "variable", "entry"), every_variable())
def test_who_was_not_asked_has_the_code_for_it(
    name: str, variable: str, entry: dict[str, Any]
) -> None:
    table = TABLES[name]
    universe = entry.get("universe")
    for row, value in enumerate(table[variable]):
        asked = universe is None or table[universe["variable"]][row] in universe["values"]
        assert (value == NOT_APPLICABLE) == (not asked), f"row {row}"


@pytest.mark.parametrize(("name", "variable", "entry"), every_variable())
def test_a_few_answers_are_missing(name: str, variable: str, entry: dict[str, Any]) -> None:
    values = TABLES[name][variable]
    asked = sum(value != NOT_APPLICABLE for value in values)
    missing = sum(value in GAPS and value != NOT_APPLICABLE for value in values)
    if entry.get("missing") == []:
        assert missing == 0
    else:
        # One to four in a hundred, to the nearest person.
        assert math.floor(0.01 * asked) <= missing <= math.ceil(0.04 * asked)


def figures(measure: dict[str, Any]) -> list[tuple[float, int]]:
    """Count the figures of a measure: (figure, base), one for each task where it has several."""
    table = TABLES[measure["instrument"]]
    rows = list(range(len(table["authority"])))
    if measure["statistic"] == "count":
        return [(len(rows), len(rows))]
    if "where" in measure:
        where = measure["where"]
        rows = [row for row in rows if table[where["variable"]][row] in where["values"]]
    names = measure["variables"]
    tasks = [[name] for name in names] if measure["combine"] == "each" else [names]

    def counts(value: float) -> bool:
        return value > measure["above"] if "above" in measure else value in measure["values"]

    results = []
    for task in tasks:
        heard = [row for row in rows if all(answered(table[name][row]) for name in task)]
        if measure["statistic"] == "mean":
            figure = fmean(table[task[0]][row] for row in heard)
        else:
            figure = 100 * fmean(all(counts(table[name][row]) for name in task) for row in heard)
        results.append((figure, len(heard)))
    return results


@pytest.mark.parametrize("id_", REPRODUCED)
def test_published_figure_comes_out(id_: str) -> None:
    row, measure = FINDINGS[id_], CODEBOOK["findings"][id_]
    low, high = float(row["low"]), float(row["high"])
    for figure, base in figures(measure):
        assert low <= figure <= high
        assert row["bounds"] != "above" or figure > low
        assert row["bounds"] != "below" or figure < high
        if row["kind"] in {"percent", "mean"}:
            assert math.floor(figure + 0.5) == float(row["value"])
        if row["base"]:
            assert base == int(row["base"])


def test_margins_counted_without_the_codebook() -> None:
    iro, manager = TABLES["iro"], TABLES["manager"]

    def per_cent(column: list[float], codes: set[int]) -> float:
        heard = [value for value in column if value >= 0]
        return 100 * sum(value in codes for value in heard) / len(heard)

    assert round(per_cent(iro["monitor_cases"], {1, 2})) == 49
    assert round(per_cent(iro["court_papers"], {4, 5})) == 58
    assert round(per_cent(iro["other_duties_outside"], {1})) == 46
    assert round(per_cent(iro["any_extra_duty"], {1})) == 62
    assert round(per_cent(iro["contribution"], {1})) == 41
    assert round(per_cent(iro["extra_training"], {1})) == 17
    caseloads = [value for value in manager["caseload_per_fte"] if value >= 0]
    assert round(3 * sum(value > 70 for value in caseloads) / len(caseloads), 1) == 2.0


def test_duties_hold_together() -> None:
    iro = TABLES["iro"]
    boxes = ["extra_cp_chair", "extra_reviews", "extra_training", "extra_other"]
    for row in range(len(iro["respondent"])):
        ticked = any(iro[box][row] == 1 for box in boxes)
        if iro["any_extra_duty"][row] in (1, 2):
            assert (iro["any_extra_duty"][row] == 1) == ticked
            if iro["other_duties_outside"][row] == 1:
                assert iro["any_extra_duty"][row] == 1
    # More chair conferences than have duties outside the remit: some take them for a part of it.
    pairs = zip(iro["extra_cp_chair"], iro["other_duties_outside"], strict=True)
    assert any(chairs == 1 and outside == 2 for chairs, outside in pairs)
    assert any(sum(iro[box][row] for box in boxes[:3]) > 1 for row in range(295))


# -------------------------------------------------------------------------- how answers go together


def correlation(first: list[float], second: list[float]) -> float:
    """Pearson's correlation over rows that answered both."""
    pairs = [(x, y) for x, y in zip(first, second, strict=True) if answered(x) and answered(y)]
    xs, ys = zip(*pairs, strict=True)
    mean_x, mean_y = fmean(xs), fmean(ys)
    products = sum((x - mean_x) * (y - mean_y) for x, y in pairs)
    squares = sum((x - mean_x) ** 2 for x in xs) * sum((y - mean_y) ** 2 for y in ys)
    return products / math.sqrt(squares)


def likeness(values: list[float], groups: list[str]) -> float:
    """Intraclass correlation from the analysis of variance with one factor (groups of any size)."""
    members = defaultdict(list)
    for value, group in zip(values, groups, strict=True):
        if answered(value):
            members[group].append(value)
    n, k = sum(map(len, members.values())), len(members)
    overall = sum(map(sum, members.values())) / n
    between = sum(len(m) * (fmean(m) - overall) ** 2 for m in members.values()) / (k - 1)
    within = sum((v - fmean(m)) ** 2 for m in members.values() for v in m) / (n - k)
    size = (n - sum(len(m) ** 2 for m in members.values()) / n) / (k - 1)
    return (between - within) / (between + (size - 1) * within)


def caseload_per_fte() -> list[float]:
    iro = TABLES["iro"]
    return [
        children / fte if answered(children) and answered(fte) else -9
        for children, fte in zip(iro["caseload"], iro["fte"], strict=True)
    ]


# Twice the standard error of a correlation: 0.12 among 295 respondents, 0.26 among 60.
CLEAR, CLEAR_OF_65 = 0.12, 0.26


def test_higher_caseload_goes_with_less_monitoring() -> None:
    # A higher code is a rarer thing: 1 always … 5 never.
    for name in ["monitor_cases", "monitor_contact_child"]:
        assert correlation(caseload_per_fte(), TABLES["iro"][name]) > CLEAR


def test_other_duties_go_with_less_follow_up() -> None:
    iro = TABLES["iro"]
    for name in CODEBOOK["findings"]["ncb13-follow-up"]["variables"]:
        assert correlation(iro["any_extra_duty"], iro[name]) < -CLEAR  # 1 yes, 2 no


def test_poor_support_goes_with_little_esteem_and_little_effect() -> None:
    iro = TABLES["iro"]
    assert correlation(iro["valued"], iro["supportive"]) > CLEAR
    assert correlation(iro["valued"], iro["contribution"]) > CLEAR
    assert correlation(iro["valued"], iro["court_papers"]) > CLEAR


@pytest.mark.parametrize("name", ["monitor_cases", "any_extra_duty", "valued", "court_papers"])
def test_iros_of_one_authority_answer_alike(name: str) -> None:
    assert 0.03 < likeness(TABLES["iro"][name], TABLES["iro"]["authority"]) < 0.6


def test_caseloads_of_one_authority_are_alike_and_near_what_the_manager_says() -> None:
    iro, manager = TABLES["iro"], TABLES["manager"]
    assert likeness(caseload_per_fte(), iro["authority"]) > 0.3
    said = dict(zip(manager["authority"], manager["caseload_per_fte"], strict=True))
    theirs = [said.get(authority, -9) for authority in iro["authority"]]
    assert correlation(theirs, caseload_per_fte()) > 0.5


def test_managers_see_less_monitoring_where_caseloads_are_high() -> None:
    manager = TABLES["manager"]
    assert correlation(manager["caseload_per_fte"], manager["monitor_cases"]) > CLEAR_OF_65


def test_managers_and_directors_of_one_authority_mostly_agree_on_policy() -> None:
    manager, dcs = TABLES["manager"], TABLES["dcs"]
    agreements = []
    for name in ["caseload_policy", "protected_duties", "dispute_protocol", "legal_advice_access"]:
        said = dict(zip(manager["authority"], manager[name], strict=True))
        for authority, answer in zip(dcs["authority"], dcs[name], strict=True):
            if answered(answer) and answered(said.get(authority, -9)):
                agreements.append(said[authority] == answer)
    assert len(agreements) > 40
    assert fmean(agreements) > 0.7
