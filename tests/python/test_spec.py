"""Analysis specs: what they say, what they give, and what is wrong with them."""

from __future__ import annotations

import doctest
import json
import pickle
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import polars as pl
import pyreadstat
import pytest

import irosurvey
from irosurvey.errors import SpecError
from irosurvey.spec import asking, json_schema, keys
from irosurvey.spec.estimate_keys import ESTIMATE
from irosurvey.spec.parts import EstimatePart
from irosurvey.spec.places import lines_of, nearest_line
from irosurvey.spec.writing import text_of

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
REMEDY = "write it anew: python -m irosurvey.spec.keys > python/irosurvey/spec/spec.schema.json"
SPECS = sorted((ROOT / "tests" / "specs").glob("*.toml"))

PEOPLE = """\
area,unit,w,sex,age,score,text
N,1,2.5,1,30,10,=1+1
N,1,2.5,2,40,14,a
N,2,2.0,1,50,,b
N,2,2.0,2,60,20,c
S,3,1.0,1,35,18,d
S,3,1.5,2,45,26,e
S,4,1.5,1,55,22,f
S,4,0.0,2,65,90,g
"""

SPEC = """\
title = "People"

[data]
file = "people.csv"

[design]
weights = "w"
strata = "area"
clusters = ["unit"]

"""

MEAN = """\
[[estimate]]
id = "score"
statistic = "mean"
variables = ["score"]
"""

RAKE = '[[calibrate]]\nmethod = "rake"\nmargins = '

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a spec beside its data."""
    (tmp_path / "people.csv").write_text(PEOPLE)

    def written(text: str, name: str = "spec.toml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return written


def problems(path: Path | dict[str, Any]) -> list[str]:
    with pytest.raises(SpecError) as error:
        irosurvey.run(path)
    messages = [one.message for one in error.value.problems]
    assert error.value.message == "\n".join(messages)
    return messages


# ---- what a spec gives is what Python gives ----


def test_a_spec_asks_what_python_asks(write: Write) -> None:
    path = write(
        SPEC
        + MEAN
        + 'by = ["sex"]\nwhere = "age < 60"\ndf = "full-design"\nlevel = 0.9\ndeff = "wor"\n'
        + """
[[estimate]]
id = "total"
statistic = "total"
variables = ["score", "age"]
missing = "listwise"

[[estimate]]
id = "shares"
statistic = "proportion"
variables = ["sex"]
df = 7

[[estimate]]
id = "ratio"
statistic = "ratio"
numerator = "score"
denominator = "age"
"""
    )
    result = irosurvey.run(path)
    design = irosurvey.Design(path.with_name("people.csv"), "w", "area", "unit")
    assert list(result) == ["score", "total", "shares", "ratio"]
    assert result["score"] == design.mean(
        ["score"], by=["sex"], where="age < 60", df="full-design", level=0.9, deff="wor"
    )
    assert result["total"] == design.total(["score", "age"], missing="listwise")
    assert result["shares"] == design.proportion(["sex"], df=7)
    assert result["ratio"] == design.ratio("score", "age")


def test_stages_of_strata_clusters_and_fpc(write: Write) -> None:
    text = """\
[data]
file = "people.csv"
[derive]
units = "CASE area WHEN 'N' THEN 4 ELSE 6 END"
[design]
strata = ["area", ""]
clusters = ["unit"]
fpc = ["units", 0.25]
singleton = "adjust"
"""
    result = irosurvey.run(write(text + MEAN))
    frame = irosurvey.read(write("").with_name("people.csv")).with_column(
        "units", [4] * 4 + [6] * 4
    )
    design = irosurvey.Design(
        frame, strata=["area", None], clusters="unit", fpc=["units", 0.25], singleton="adjust"
    )
    assert np.array_equal(result["score"].variance, design.mean("score").variance)


def test_keep_comes_before_the_design_and_where_after(write: Write) -> None:
    spec = SPEC.replace('"unit"]', '"unit"]\nsingleton = "remove"')
    keep = spec.replace('csv"\n', 'csv"\nkeep = "unit <> 2"\n')
    kept = irosurvey.run(write(keep + MEAN, "a.toml"))["score"]
    domain = irosurvey.run(write(spec + MEAN + 'where = "unit <> 2"\n', "b.toml"))["score"]
    assert kept.estimate == domain.estimate
    assert kept.units == domain.units == 3
    assert kept.variance < domain.variance
    # A stratum of one unit is left by `keep`, and none by `where`.
    with pytest.raises(irosurvey.SingletonError, match="area"):
        irosurvey.run(write(SPEC.replace('csv"\n', 'csv"\nkeep = "unit > 1"\n') + MEAN, "c.toml"))
    assert irosurvey.run(write(SPEC + MEAN + 'where = "unit > 1"\n', "d.toml"))


def test_derived_columns_use_earlier_ones_and_replace_old_ones(write: Write) -> None:
    derive = """
[derive]
double = "score * 2"
four = "double + double"
area = "CASE area WHEN 'N' THEN 'north' ELSE 'south' END"
half = "score / 2.0"
"""
    text = SPEC + derive + MEAN.replace('["score"]', '["four", "half"]') + 'by = ["area"]\n'
    result = irosurvey.run(write(text))
    plain = irosurvey.run(write(SPEC + MEAN + 'by = ["area"]\n', "plain.toml"))["score"]
    assert result["score"].estimate.tolist() == [*(plain.estimate * 4), *(plain.estimate / 2)]
    assert result["score"].keys()["area"][0].value == "north"


def test_user_missing_codes_are_applied_before_keep_and_derive(tmp_path: Path) -> None:
    table = pl.DataFrame({"age": [30.0, -9.0, 50.0, 40.0], "sex": [1.0, 1.0, 2.0, -9.0]})
    pyreadstat.write_sav(
        table,
        str(tmp_path / "s.sav"),
        missing_ranges={"age": [-9], "sex": [-9]},
        variable_value_labels={"sex": {1: "man", 2: "woman", -9: "refused"}},
    )
    spec: dict[str, Any] = {
        "data": {"file": str(tmp_path / "s.sav"), "keep": "age IS NULL OR age < 50"},
        "derive": {"old": "CASE WHEN age > 35 THEN 1 WHEN age IS NOT NULL THEN 0 END"},
        "estimate": [
            {"id": "age", "statistic": "mean", "variables": ["age", "old"]},
            {"id": "sex", "statistic": "proportion", "variables": ["sex"]},
        ],
    }
    missing = irosurvey.run(spec)
    assert missing["age"].estimate.tolist() == [35.0, 0.5]
    assert missing["age"].n.tolist() == [2, 2]
    labels = [str(level) for level in missing["sex"].keys()["level"]]
    assert labels == ["man", "woman"]
    spec["data"]["user_missing"] = "keep"
    kept = irosurvey.run(spec)
    assert kept["age"].estimate.round(4).tolist() == [20.3333, 0.3333]
    assert [str(level) for level in kept["sex"].keys()["level"]] == ["refused", "man", "woman"]


def test_true_and_false_are_both_levels(write: Write) -> None:
    text = SPEC + '[derive]\nold = "age > 50"\n' + MEAN.replace("mean", "proportion")
    shares = irosurvey.run(write(text.replace('["score"]', '["old"]')))["score"]
    assert [level.value for level in shares.keys()["level"]] == [False, True]
    assert shares.estimate.sum() == pytest.approx(1)


def test_a_dict_is_a_spec_too_and_its_folder_the_working_one(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write(SPEC).parent)
    spec = {
        "data": {"file": "people.csv"},
        "estimate": [{"id": "n", "statistic": "total", "variables": ["age"]}],
    }
    assert irosurvey.run(spec)["n"].estimate == [380]


def test_data_are_sought_beside_the_spec_then_in_each_folder(write: Write, tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    path = write(SPEC + MEAN, "specs/one.toml")
    with pytest.raises(SpecError, match=r"line 4: \[data\], key 'file'.*--data-dir"):
        irosurvey.run(path, data_dir=tmp_path / "nowhere")
    found = irosurvey.run(path, data_dir=[tmp_path / "nowhere", tmp_path])
    (tmp_path / "specs" / "people.csv").write_text(PEOPLE.replace(",26,", ",27,"))
    beside = irosurvey.run(path, data_dir=tmp_path)
    assert beside["score"].estimate > found["score"].estimate


# ---- contrasts ----


def test_a_contrast_is_the_difference_that_python_gives(write: Write) -> None:
    contrast = (
        'by = ["sex"]\ncontrast = [{ at = { sex = 2 } }, { at = { sex = 1 }, weight = -1 }]\n'
    )
    answer = irosurvey.run(write(SPEC + MEAN + contrast))["score"]
    design = irosurvey.Design(write("").with_name("people.csv"), "w", "area", "unit")
    difference = design.mean("score", by="sex").difference("sex", reference=1)
    for name in ("estimate", "se", "df"):
        assert getattr(answer, name).tolist() == getattr(difference, name).tolist(), name
    assert answer.interval().lower == pytest.approx(difference.interval().lower)
    assert answer.keys()["contrast"][0].value == "2 - 1"


def test_a_contrast_is_made_for_each_variable_or_between_them(write: Write) -> None:
    both = MEAN.replace('["score"]', '["score", "age"]')
    each = 'by = ["sex"]\ncontrast = [{ at = { sex = 2 } }, { at = { sex = 1 }, weight = -1 }]\n'
    across = (
        'contrast = [{ at = { variable = "age" } }, { at = { variable = "score" }, weight = -1 }]\n'
    )
    one = irosurvey.run(write(SPEC + both + each, "each.toml"))["score"]
    assert [level.value for level in one.keys()["variable"]] == ["score", "age"]
    other = irosurvey.run(write(SPEC + both + across, "across.toml"))["score"]
    means = irosurvey.run(write(SPEC + both, "both.toml"))["score"].estimate
    assert other.estimate == pytest.approx(means[1] - means[0])
    # Levels of a share that sum to 1: the sum has no variance.
    sums = "contrast = [{ at = { level = 1 } }, { at = { level = 2 } }]\n"
    shares = MEAN.replace("mean", "proportion").replace('["score"]', '["sex"]')
    total = irosurvey.run(write(SPEC + shares + sums, "sum.toml"))["score"]
    assert total.estimate == pytest.approx(1)
    assert total.se == pytest.approx(0, abs=1e-15)


def test_a_contrast_is_made_in_each_group_that_it_does_not_name(write: Write) -> None:
    text = MEAN + 'by = ["area", "sex"]\ncontrast = [{ at = { sex = 2 } }, '
    text += "{ at = { sex = 1 }, weight = -1 }]\n"
    found = irosurvey.run(write(SPEC + text))["score"]
    means = irosurvey.run(write(SPEC + MEAN + 'by = ["area", "sex"]\n', "plain.toml"))["score"]
    for area in ("N", "S"):
        two, one = (means.sel(area=area, sex=sex).estimate for sex in (2, 1))
        assert found.sel(area=area).estimate == pytest.approx(two - one)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("{ sex = 3 }", "at sex = 3: expected one of the codes 1, 2"),
        ("{ sex = '1' }", "one of the codes 1, 2"),
        ("{ sex = true }", "one of the codes 1, 2"),
        ("{ level = 1 }", "expected one of 'variable', 'sex'"),
        ("{}", "an empty table"),
    ],
)
def test_a_cell_that_is_not_one_is_refused(write: Write, at: str, words: str) -> None:
    text = SPEC + MEAN + f'by = ["sex"]\ncontrast = [{{ at = {at} }}]\n'
    with pytest.raises(irosurvey.IrosurveyError, match=words):
        irosurvey.run(write(text))


# ---- replicates, calibration, standards, plausible values ----

REPLICATES = """\
y,pv1,pv2,g,w,jk_b,jk_a,jk_c,jk_d
3,1,2,1,2,0,4,2,2
5,2,2,1,2,4,0,2,2
4,2,1,2,1,1,1,0,2
9,3,3,2,1,1,1,2,0
"""


def replicated(folder: Path, more: str = "", estimate: str = "") -> irosurvey.SpecResult:
    (folder / "reps.csv").write_text(REPLICATES)
    head = '[data]\nfile = "reps.csv"\n[design]\nweights = "w"\n[replicates]\n'
    ask = estimate or '[[estimate]]\nid = "y"\nstatistic = "mean"\nvariables = ["y"]\n'
    (folder / "reps.toml").write_text(head + more + "\n" + ask)
    return irosurvey.run(folder / "reps.toml")


@pytest.mark.parametrize(
    ("given", "python"),
    [
        (
            'type = "JK2"\ncolumns = ["jk_*"]',
            irosurvey.Replicates("JK2", ["jk_b", "jk_a", "jk_c", "jk_d"]),
        ),
        (
            'type = "JKn"\ncolumns = ["jk_*"]\nrscales = 0.5\ncentre = "within-stratum"\n'
            'replicate_strata = ["n", "n", "s", "s"]\ndf = 2',
            irosurvey.Replicates(
                "JKn",
                "jk_*",
                rscales=0.5,
                centre="within-stratum",
                replicate_strata=[1, 1, 2, 2],
                df=2,
            ),
        ),
        (
            'type = "Fay"\ncolumns = ["jk_a", "jk_c"]\nfay_rho = 0.5\nscale = 2\n'
            'rscales = [1, 3]\ncentre = "replicate-mean"',
            irosurvey.Replicates(
                "Fay",
                ["jk_a", "jk_c"],
                fay_rho=0.5,
                scale=2,
                rscales=[1, 3],
                centre="replicate-mean",
            ),
        ),
    ],
)
def test_replicates_are_python_s(tmp_path: Path, given: str, python: irosurvey.Replicates) -> None:
    found = replicated(tmp_path, given)["y"]
    design = irosurvey.Design(tmp_path / "reps.csv", "w", replicates=python)
    assert found == design.mean(["y"])
    assert found.se > 0


def asked(**estimate: Any) -> irosurvey.Estimate:
    """One estimate of Californian schools, by a spec."""
    spec = {
        "data": {"file": "apistrat.csv"},
        "design": {"weights": "pw", "strata": "stype"},
        "estimate": [{"id": "one", **estimate}],
    }
    found = irosurvey.run(spec, data_dir=DATA)["one"]
    assert isinstance(found, irosurvey.Estimate)
    return found


def test_correlations_with_plausible_values_are_each_columns_with_the_value_in_turn() -> None:
    found = asked(
        statistic="correlation",
        variables=["enroll", "meals"],
        plausible_values=["api00", "api99"],
    )
    design = irosurvey.Design(DATA / "apistrat.csv", "pw", "stype")
    for row, other in enumerate(["enroll", "meals"]):
        each = [float(design.correlation(other, value)) for value in ("api00", "api99")]
        assert found.estimate[row] == pytest.approx(np.mean(each), rel=1e-12)
    assert len(found) == 2


def test_each_pair_of_a_standardised_correlation_is_asked_once() -> None:
    shares = {"E": 1, "H": 2, "M": 1}
    weights = [{"stype": level, "share": share} for level, share in shares.items()]
    found = asked(
        statistic="correlation",
        variables=["api00", "enroll", "meals"],
        standardize={"variable": "stype", "weights": weights},
    )
    design = irosurvey.Design(DATA / "apistrat.csv", "pw", "stype").standardize("stype", shares)
    pairs = [("api00", "enroll"), ("api00", "meals"), ("enroll", "meals")]
    assert len(found) == len(pairs)
    for row, (x, y) in enumerate(pairs):
        pair = design.correlation(x, y)
        assert found.estimate[row] == pytest.approx(float(pair), rel=1e-12)
        assert found.se[row] == pytest.approx(pair.se[0], rel=1e-9)


def test_models_have_no_limits_on_the_log_scale() -> None:
    with pytest.raises(SpecError, match=r'"t" or "normal"'):
        asked(statistic="regression", formula="api00 ~ meals", ci="log")


def test_plausible_values_are_python_s(tmp_path: Path) -> None:
    head = '[[estimate]]\nid = "pv"\nplausible_values = ["pv1", "pv2"]\n'
    tail = 'sampling_variance = "first"\nby = ["g"]\n'
    given = 'type = "JK2"\ncolumns = ["jk_*"]'
    design = irosurvey.Design(
        replicated(tmp_path, given) and tmp_path / "reps.csv",
        "w",
        replicates=irosurvey.Replicates("JK2", "jk_*"),
    )
    mean = replicated(tmp_path, given, head + 'statistic = "mean"\n' + tail)["pv"]
    assert mean == design.plausible_values(
        ["pv1", "pv2"], lambda asked, pv: asked.mean([pv], by=["g"]), sampling_variance="first"
    )
    shares = replicated(tmp_path, given, head + 'statistic = "proportion"\n')["pv"]
    assert [level.value for level in shares.keys()["level"]] == [1, 2, 3]
    assert shares.estimate.sum() == pytest.approx(1)
    contrast = "contrast = [{ at = { g = 2 } }, { at = { g = 1 }, weight = -1 }]\n"
    gap = replicated(tmp_path, given, head + 'statistic = "mean"\n' + 'by = ["g"]\n' + contrast)
    means = design.plausible_values(
        ["pv1", "pv2"], lambda asked, pv: asked.mean([pv], by=["g"], covariance=True)
    )
    assert gap["pv"].estimate == pytest.approx(means.estimate[1] - means.estimate[0])
    weights = np.array([-1.0, 1.0])
    assert gap["pv"].variance == pytest.approx(weights @ means.covariance @ weights)


CALIBRATE = """\
[[calibrate]]
method = "poststratify"
margins = [{ variables = ["area", "sex"], totals = [
  { area = "N", sex = 1, total = 5 }, { area = "N", sex = 2, total = 6 },
  { area = "S", sex = 1, total = 4 }, { area = "S", sex = 2, total = 3.5 },
] }]
[[calibrate]]
method = "linear"
margins = [
  { variables = ["sex"], totals = [{ sex = 1, total = 8 }, { sex = 2, total = 9 }] },
  { variable = "age", total = 750 },
]
bounds = [0.2, 4]
"""


def test_calibration_is_python_s_step_by_step(write: Write) -> None:
    weights = '\n[[estimate]]\nid = "w"\nstatistic = "weights"\nby = ["sex"]\n'
    found = irosurvey.run(write(SPEC + CALIBRATE + MEAN + weights))
    design = irosurvey.Design(write("").with_name("people.csv"), "w", "area", "unit")
    design = design.calibrate(
        "poststratify",
        {("area", "sex"): {("N", 1): 5, ("N", 2): 6, ("S", 1): 4, ("S", 2): 3.5}},
    ).calibrate("linear", {"sex": {1: 8, 2: 9}, "age": 750}, bounds=(0.2, 4))
    assert found["score"] == design.mean(["score"])
    assert found["w"].figures["sum"].tolist() == pytest.approx([8, 9])


def test_a_margin_that_is_not_met_is_warned_of(write: Write) -> None:
    rake = RAKE + (
        '[{ variables = ["area"], totals = [{ area = "N", total = 9 }, '
        '{ area = "S", total = 9 }] }, { variables = ["sex"], totals = ['
        "{ sex = 1, total = 10 }, { sex = 2, total = 10 }] }]\n"
    )
    found = irosurvey.run(write(SPEC + rake + MEAN))
    assert found.warnings
    assert found.warnings[0] in repr(found)
    assert found.warnings[0] in json.loads(text_of(found, "json"))["warnings"]
    weights = irosurvey.run(
        write(SPEC + rake + '[[estimate]]\nid = "w"\nstatistic = "weights"\nby = ["sex"]\n')
    )["w"]
    assert weights.figures["sum"].tolist() == pytest.approx([10, 10])  # the last one is met


def test_a_calibration_that_cannot_be_done_names_its_place(write: Write) -> None:
    rake = RAKE + '[{ variables = ["sex"], totals = [{ sex = 1, total = 10 }] }]\n'
    with pytest.raises(irosurvey.IrosurveyError, match=r"line \d+: \[\[calibrate\]\] number 1: "):
        irosurvey.run(write(SPEC + rake + MEAN))


STANDARD = """\
standardize = { variable = "sex", weights = [
  { sex = 1, share = 3 }, { sex = 2, share = 1 },
], within = ["area"] }
"""


def test_standards_are_python_s_variable_by_variable(write: Write) -> None:
    both = MEAN.replace('["score"]', '["age", "score"]') + 'by = ["area"]\nwhere = "age < 70"\n'
    found = irosurvey.run(write(SPEC + both + STANDARD))["score"]
    design = irosurvey.Design(write("").with_name("people.csv"), "w", "area", "unit")
    for name in ("age", "score"):
        standard = design.standardize(
            "sex",
            {1: 3, 2: 1},
            within="area",
            where=f"age < 70 AND {name} IS NOT NULL AND sex IS NOT NULL",
        )
        expected = standard.mean(name, by="area", where="age < 70")
        rows = found.sel(variable=name)
        assert rows.estimate.tolist() == expected.estimate.tolist()
        assert rows.variance.tolist() == expected.variance.tolist()
    # By hand: N has scores 10 (sex 1), 14 and 20 (sex 2, weights 2.5 and 2).
    by_hand = 0.75 * 10 + 0.25 * (2.5 * 14 + 2 * 20) / 4.5
    assert found.sel(variable="score", area="N").estimate == pytest.approx(by_hand)
    # Without `within` it is done within the groups of `by`.
    silent = STANDARD.replace(', within = ["area"]', "")
    assert irosurvey.run(write(SPEC + both + silent, "silent.toml"))["score"] == found


# ---- weights ----


def test_weights_are_summarised_without_zeros(write: Write) -> None:
    weights = '[[estimate]]\nid = "w"\nstatistic = "weights"\n'
    found = irosurvey.run(write(SPEC + weights))["w"]
    values = np.array([2.5, 2.5, 2, 2, 1, 1.5, 1.5])
    expected = {
        "n": 7,
        "sum": values.sum(),
        "estimate": values.mean(),
        "sd": values.std(ddof=1),
        "min": 1,
        "max": 2.5,
        "cv": values.std(ddof=1) / values.mean(),
    }
    assert {name: figures.tolist() for name, figures in found.figures.items()} == {
        name: [pytest.approx(value)] for name, value in expected.items()
    }
    by = irosurvey.run(
        write(SPEC + weights + 'by = ["area", "sex"]\nwhere = "age < 60"\n', "by.toml")
    )
    assert [[level.value for level in cell] for cell in by["w"].cells] == [
        ["N", 1],
        ["N", 2],
        ["S", 1],
        ["S", 2],
    ]
    assert by["w"].figures["n"].tolist() == [2, 1, 2, 1]
    assert by["w"].figures["sum"].tolist() == [4.5, 2.5, 2.5, 1.5]
    assert np.isnan(by["w"].figures["sd"][1])
    relative = irosurvey.run(write(SPEC + weights + 'relative_to = "w"\n', "r.toml"))["w"]
    assert relative.figures["max"] == relative.figures["min"] == 1
    with pytest.raises(irosurvey.ColumnError, match=r"row 2.*above 0"):
        irosurvey.run(write(SPEC + weights + 'relative_to = "score"\n', "z.toml"))


# ---- what is wrong is said, all of it, with its line ----


def test_every_problem_of_a_spec_is_said_at_once(write: Write) -> None:
    found = problems(
        write(
            """\
titel = "x"
[data]
file = "people.csv"
user_missing = "drop"
[design]
weigths = "w"
clusters = "unit"
[[estimate]]
id = "a"
statistic = "meen"
variables = []
level = 95
[[estimate]]
id = "a"
statistic = "ratio"
numerator = 3
unit = "1000"
"""
        )
    )
    lines = [int(message.split("line ")[1].split(":")[0]) for message in found]
    assert lines == sorted(lines)
    said = "\n".join(found)
    for words in (
        "line 1: key 'titel': expected one of the keys title, source",
        "Did you mean 'title'?",
        'line 4: [data], key \'user_missing\': expected "missing" or "keep", found "drop"',
        "line 6: [design], key 'weigths'",
        "Did you mean 'weights'?",
        "line 7: [design], key 'clusters': expected a list of columns, "
        'such as ["age"], found "unit". '
        'Put it in square brackets: ["unit"].',
        "line 10: [[estimate]] 'a', key 'statistic'",
        "Did you mean 'mean'?",
        "line 11: [[estimate]] 'a', key 'variables'",
        "line 12: [[estimate]] 'a', key 'level': expected a confidence level between 0 and 1, "
        "found 95",
        "line 14: [[estimate]] 'a', key 'id': expected a name that is unique",
        "line 16: [[estimate]] 'a', key 'numerator': expected the name of a column, found 3",
        "line 17: [[estimate]] 'a', key 'unit': expected a number above 0, found \"1000\". "
        "Take the quotes off.",
    ):
        assert words in said


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ('ci = "wald"', "key 'ci': expected for the statistic 'mean' \"t\" or \"normal\""),
        (
            "probs = [0.5]",
            "expected a key of the statistic 'mean', found 'probs', a key of 'quantile'",
        ),
        (
            'plausible_values = ["age", "w"]',
            "expected one of the keys 'variables' or 'plausible_values'",
        ),
        ('sampling_variance = "first"', "it with 'plausible_values'"),
        ('df = "satterthwaite"', 'expected a number above 0, or "design"'),
        ("df = 0", "expected a number above 0, or"),
        ("df = true", "expected a number above 0, or"),
        ("level = 1", "expected a confidence level between 0 and 1, found 1"),
        ("unit = 0", "expected a number above 0, found 0"),
        ("unit = inf", "expected a number above 0, found inf"),
        ("tolerance = nan", "expected a number above 0, found nan"),
        ('by = "sex"', 'Put it in square brackets: ["sex"]'),
        ('by = ["sex", "sex"]', "each column once, found 'sex' twice"),
        ('by = ["sx"]', "found 'sx'. Did you mean 'sex'?"),
        ('where = "sx = 1"', "'sx' at character 1. Did you mean 'sex'?"),
        ('where = "sex ="', "an end before it is complete"),
        ('where = "sex + 1"', "true or false for each row"),
        ('where = ""', "an empty text"),
        ("contrast = [{ weight = 1 }]", "expected the key 'at'"),
        ("contrast = [{ at = { region = 1 } }]", "expected one of the keys variable, level"),
        ('standardize = { variable = "sex" }', "expected the key 'weights'"),
        (
            'standardize = { variable = "sex", weights = [{ sx = 1, share = 1 }] }',
            "expected one of the keys sex, share",
        ),
        (
            'standardize = { variable = "sex", weights = [{ sex = 1, share = 0 }] }',
            "at least one is above 0",
        ),
        (
            "expect = [{ estimate = 3.5 }]",
            'Write estimate = "3.5": the digits after the point count.',
        ),
        ('expect = [{ estimate = "3,500" }]', "a comma stands in it: leave it out"),
        ('expect = [{ estimate = "n/a" }]', "expected a printed number"),
        ('expect = [{ estimates = "3" }]', "Did you mean 'estimate'?"),
        ("expect = [{ variable = 'score' }]", "at least one printed figure"),
        ('expect = [{ sex = 1, estimate = "3" }]', "key 'expect', entry 1, sex"),
        ("expect = []", "an empty list"),
        ("vadjust = true", "a key of 'regression'"),
        ("unknown = 1", "an unknown key"),
    ],
)
def test_a_wrong_estimate_says_what_is_expected(write: Write, extra: str, words: str) -> None:
    assert irosurvey.run(write(SPEC + MEAN))
    found = problems(write(SPEC + MEAN + extra + "\n"))
    assert any(words in message for message in found)
    assert all("spec.toml, line " in message for message in found)
    assert all("[[estimate]] 'score'" in message for message in found)


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ('[design]\nfpc = [3, "w", 4, 5]', "at most 1 entry, one for each stage, found 4"),
        ("[design]\nfpc = [-1]", "a column, or a number above 0, found -1"),
        ('[design]\nsingleton = "centre"', '"fail" or "remove"'),
        ('[design]\nweights = "ww"', "Did you mean 'w'?"),
        ('[design]\nstrata = ["area", ""]', "at most 1 entry"),
        (
            '[design]\nstrata = "area"\n[replicates]\ntype = "BRR"\ncolumns = ["w"]',
            "beside [replicates]",
        ),
        ('[replicates]\ntype = "BRR"', "expected the key 'columns'"),
        ('[replicates]\ntype = "brr"\ncolumns = ["w"]', 'Write "BRR".'),
        (
            '[replicates]\ntype = "BRR"\ncolumns = ["rep*"]',
            "a pattern that columns match, found 'rep*'",
        ),
        ('[replicates]\ntype = "Fay"\ncolumns = ["w"]', "the key 'fay_rho', as type = \"Fay\""),
        ('[replicates]\ntype = "BRR"\ncolumns = ["w"]\nfay_rho = 0.5', "'fay_rho' only where"),
        ('[replicates]\ntype = "Fay"\ncolumns = ["w"]\nfay_rho = 1', "from 0 to below 1, found 1"),
        ('[replicates]\ntype = "JKn"\ncolumns = ["w"]', "the key 'rscales'"),
        (
            '[replicates]\ntype = "JK1"\ncolumns = ["w"]\ncentre = "within-stratum"',
            "'replicate_strata'",
        ),
        ('[[calibrate]]\nmethod = "rake"', "expected the key 'margins'"),
        (
            '[[calibrate]]\nmethod = "rake"\nmargins = [{ variables = ["sex"] }]',
            "'variables' with 'totals'",
        ),
        (
            RAKE + '[{ variables = ["sex"], totals = [{ sx = 1, total = 2 }] }]',
            "expected one of the keys sex, total",
        ),
        (
            RAKE + '[{ variable = "age", total = 2 }, { variable = "age", total = 3 }]',
            "the same variables again",
        ),
        (
            RAKE + '[{ variables = ["sex"], totals = [{ sex = 1, total = 2 },'
            " { sex = 1.0, total = 3 }] }]",
            "the same cell again",
        ),
        (
            '[[calibrate]]\nmethod = "rake"\nmargins = [{ variable = "income", total = 2 }]',
            "found 'income'",
        ),
        (
            RAKE + '[{ variable = "age", total = 2 }]\nbounds = [2, 1]',
            "lower number first",
        ),
        ('[derive]\nx = "age +"', "[derive], key 'x': SQL: expected one SQL expression"),
        ('[derive]\nx = "agee"', "Did you mean 'age' or 'area'?"),
        ("[derive]\nx = 3", "expected an SQL expression, found 3"),
        ('[derive]\nx = "text::INTEGER"', "Could not convert string"),
        ("[output]\nx = 3", "key 'output': expected one of the keys title"),
    ],
)
def test_a_wrong_section_says_what_is_expected(write: Write, section: str, words: str) -> None:
    head = '[data]\nfile = "people.csv"\n'
    found = problems(write(head + section + "\n" + MEAN))
    assert any(words in message for message in found)
    assert all("spec.toml, line " in message for message in found)


def test_a_column_that_could_not_be_derived_is_missed_once(write: Write) -> None:
    text = (
        SPEC
        + '[derive]\nx = "age +"\ny = "x + 1"\n'
        + MEAN.replace("score", "y")
        + 'where = "x > 1"\n'
    )
    (message,) = problems(write(text))
    assert "key 'x'" in message


def test_what_is_not_toml_names_the_line(write: Write) -> None:
    (message,) = problems(write('title = "x"\n[data\n'))
    assert "line 2" in message
    (message,) = problems(write("a = " + "[" * 100_000))
    assert "nested too deep" in message
    (message,) = problems(write("a = " + "9" * 10_000))
    assert "a TOML file" in message
    path = write("")
    path.write_bytes(b'title = "\xff"')
    (message,) = problems(path)
    assert "no UTF-8 at byte 9" in message
    (message,) = problems(path.with_name("sepc.toml"))
    assert "Did you mean 'spec.toml'?" in message
    (message,) = problems(path.parent)
    assert "directory" in message


def test_a_spec_that_says_nothing_says_what_it_needs(write: Write) -> None:
    found = problems(write(""))
    assert [one.split("the key ")[1][:8] for one in found] == ["'data': ", "'estimat"]
    found = problems({"data": [], "estimate": {}, "design": 3, "derive": "x", "calibrate": [3]})
    assert len(found) == 5


def test_other_statistics_are_known_and_not_computed(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(asking._QUESTIONS, "quantile")
    text = '[[estimate]]\nid = "q"\nstatistic = "quantile"\nvariables = ["age"]\nprobs = [0.5]\n'
    with pytest.raises(irosurvey.IrosurveyError, match="'quantile' isn't computed by this version"):
        irosurvey.run(write(SPEC + text))


def test_errors_of_specs_can_be_pickled(write: Write) -> None:
    with pytest.raises(SpecError) as error:
        irosurvey.run(write(""))
    again = pickle.loads(pickle.dumps(error.value))
    assert str(again) == str(error.value)
    assert [str(one) for one in again.problems] == [str(one) for one in error.value.problems]


# ---- lines ----


def test_lines_are_found() -> None:
    text = """\
title = "x"

[data]
file = "a.csv" # [design]
"quoted key" = 1
[ design ]
weights = "w"
[[estimate]]
id = "a"
[estimate.standardize]
variable = "age"
[[ estimate ]]
id = "b"
expect = [
  { a = 1 },
]
  by = ["x"]
"""
    lines = lines_of(text)
    assert lines["title",] == 1
    assert lines["data", "file"] == 4
    assert lines["data", "quoted key"] == 5
    assert lines["design", "weights"] == 7
    assert lines["estimate", 0, "id"] == 9
    assert lines["estimate", 0, "standardize", "variable"] == 11
    assert lines["estimate", 1, "id"] == 13
    assert lines["estimate", 1, "by"] == 17
    assert nearest_line(lines, ("estimate", 1, "expect", 0, "a")) == 14
    assert nearest_line(lines, ("estimate", 1, "where")) == 12
    assert nearest_line(lines, ("nowhere",)) == 0


# ---- results ----


@pytest.fixture
def result(write: Write) -> irosurvey.SpecResult:
    return irosurvey.run(
        write(
            SPEC.replace('"People"', '"<People>"\nsource = "A & B"')
            + MEAN
            + 'by = ["sex"]\nunit = 0.5\nci = "normal"\n'
            + '\n[[estimate]]\nid = "texts"\nstatistic = "proportion"\n'
            + 'variables = ["text"]\nunit = 0.01\n'
            + '\n[[estimate]]\nid = "weights"\nstatistic = "weights"\n'
        )
    )


def test_a_result_is_read_by_name_and_never_changes(result: irosurvey.SpecResult) -> None:
    assert list(result) == ["score", "texts", "weights"]
    assert len(result) == 3
    assert isinstance(result["score"], irosurvey.Estimate)
    with pytest.raises(irosurvey.ArgumentError, match="Did you mean 'score'"):
        result["scores"]
    with pytest.raises(AttributeError):
        result.title = "x"  # type: ignore[misc]


def test_units_and_intervals_are_the_spec_s(result: irosurvey.SpecResult) -> None:
    table = result.to_polars()
    rows = table.filter(pl.col("id") == "score")
    estimate = result["score"]
    assert isinstance(estimate, irosurvey.Estimate)
    assert rows["estimate"].to_list() == (estimate.estimate / 0.5).tolist()
    assert rows["se"].to_list() == (estimate.se / 0.5).tolist()
    assert rows["lower"].to_list() == (estimate.interval(method="normal").lower / 0.5).tolist()
    assert rows["n"].to_list() == estimate.n.tolist()
    shares = table.filter(pl.col("id") == "texts")["estimate"]
    assert shares.sum() == pytest.approx(100)
    assert "unit: 0.01" in repr(result)
    assert "normal, 95%" in repr(result)


def test_a_result_is_shown_as_text_and_as_tables(result: irosurvey.SpecResult) -> None:
    text = repr(result)
    assert text.startswith("<People>\nA & B\n\nscore: mean of score, by sex")
    html = result._repr_html_()
    assert "&lt;People&gt;" in html
    assert html.count("<table") == 3
    page = text_of(result, "html")
    assert page.startswith("<!DOCTYPE html>")
    assert "<h1>&lt;People&gt;</h1>" in page
    assert 'lang="en"' in page


def test_csv_holds_every_answer_and_no_formula(result: irosurvey.SpecResult) -> None:
    table = pl.read_csv(text_of(result, "csv").encode(), infer_schema_length=None)
    assert table["id"].to_list() == ["score"] * 2 + ["texts"] * 8 + ["weights"]
    assert "'=1+1" in table["level"].to_list()
    assert table["sd"].to_list()[:-1] == [None] * 10


def test_json_holds_every_answer_with_its_choices(result: irosurvey.SpecResult) -> None:
    found = json.loads(text_of(result, "json"))
    assert found["title"] == "<People>"
    assert [one["id"] for one in found["estimates"]] == ["score", "texts", "weights"]
    first = found["estimates"][0]
    assert first["rows"][0]["sex"] == 1
    assert first["choices"]["missing values"] == "domain"
    assert found["estimates"][1]["rows"][0]["level"] == "=1+1"


# ---- the format is one table ----


def test_an_estimate_has_a_field_for_each_key() -> None:
    assert {field.name for field in fields(EstimatePart)} == {key.name for key in ESTIMATE.keys}


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_json_schema_takes_every_spec(path: Path) -> None:
    import tomllib

    jsonschema.Draft202012Validator(json_schema()).validate(tomllib.loads(path.read_text()))


def test_the_json_schema_refuses_what_is_unknown() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    right: dict[str, Any] = {
        "data": {"file": "x.csv"},
        "estimate": [{"id": "a", "statistic": "mean", "variables": ["x"]}],
    }
    validator = jsonschema.Draft202012Validator(schema)
    assert validator.is_valid(right)
    assert not validator.is_valid({**right, "unknown": 1})
    assert not validator.is_valid({**right, "data": {}})
    assert not validator.is_valid({**right, "design": {"singleton": "centre"}})
    for estimate in (
        {"statistic": "meen", "variables": ["x"]},
        {"statistic": "mean"},
        {"statistic": "mean", "variables": ["x"], "plausible_values": ["y"]},
        {"statistic": "mean", "variables": ["x"], "probs": [0.5]},
        {"statistic": "mean", "variables": ["x"], "ci": "wald"},
        {"statistic": "ratio", "numerator": "x"},
        {"statistic": "weights", "missing": "listwise"},
    ):
        assert not validator.is_valid({**right, "estimate": [{"id": "a", **estimate}]}), estimate


def test_the_shipped_schema_is_the_table_s() -> None:
    shipped = ROOT / "python" / "irosurvey" / "spec" / "spec.schema.json"
    assert json.loads(shipped.read_text()) == json_schema(), REMEDY


# ---- the guide ----


def test_the_guide_s_tables_are_the_table_s() -> None:
    folder = ROOT / "docs" / "guide"
    guide = "".join((folder / name).read_text() for name in ("specs.md", "plans.md"))
    for section in keys.SECTIONS:
        assert keys.markdown(section) in guide, section


def test_the_guide_s_examples_are_true(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    guide = ROOT / "docs" / "guide" / "specs.md"
    text = guide.read_text()
    shown = text.split("```toml\n")[1].split("```")[0]
    assert shown == guide.with_name("height.toml").read_text()
    done = doctest.testfile(
        str(guide), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert (done.attempted, done.failed) == (5, 0)
    # The table of `validate`, but for its spacing.
    (found,) = irosurvey.spec.validate(["docs/guide/height.toml"], "tests/data")
    for figure in found.figures:
        assert f"{figure.printed}" in text
        assert f"{figure.computed}   {figure.verdict}" in text
