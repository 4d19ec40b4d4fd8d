"""Questions with several answers: R's figures, what counts as a respondent, names and odd data.

`tests/reference/README.md` says where R's figures come from; the C++ side is in
`tests/estimate/multiple_response_test.cpp`.
"""

from __future__ import annotations

import csv
import math
import pickle
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from spss_sets import with_sets

import irosurvey
from irosurvey import ArgumentError, Column, ColumnError, Design, Estimate, Frame

TESTS = Path(__file__).parents[1]
DATA = TESTS.parent / "data"
ANSWERS = ["sch_wide", "comp_imp", "awards", "yr_rnd"]

# The same sums in double precision; covariances relative to the two standard errors.
RELATIVE = 1e-9

Line = dict[str, str]


def lines() -> list[Line]:
    path = TESTS / "reference" / "r_multiple_response.csv"
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


@cache
def questions() -> dict[tuple[str, ...], list[Line]]:
    grouped: dict[tuple[str, ...], list[Line]] = {}
    for line in lines():
        key = line["design"], line["where"], line["respondents"], line["of"]
        grouped.setdefault(key, []).append(line)
    return grouped


def with_holes(design: Design) -> Design:
    """The columns of answers, with the missing values that the R script makes."""
    snum = design.frame["snum"].to_numpy()
    holes = {}
    for name in ANSWERS:
        values = design.frame[name].to_arrow().to_pylist()
        holes[name] = [
            None if number % 11 == 0 or (name == "sch_wide" and number % 7 == 0) else value
            for number, value in zip(snum, values, strict=True)
        ]
    return design.with_columns(holes)


@cache
def design_of(name: str) -> Design:
    if name == "strat":
        path = TESTS / "data" / "apistrat.csv"
        return with_holes(Design(path, weights="pw", strata="stype", fpc="fpc"))
    path = TESTS / "data" / "apiclus1.csv"
    clusters = with_holes(Design(path, weights="pw", clusters="dnum", fpc="fpc"))
    if name == "calibrated":
        return clusters.calibrate("linear", {1: 6194, "api99": 3914069})
    return clusters.with_replicates("JK1") if name == "jk1" else clusters


@pytest.mark.parametrize("key", questions(), ids=lambda key: " ".join(key))
def test_what_r_answers(key: tuple[str, ...]) -> None:
    design, where, respondents, of = key
    found = design_of(design).multiple_response(
        ANSWERS,
        "Yes",
        of=of,  # type: ignore[arg-type]
        respondents=respondents,  # type: ignore[arg-type]
        where=where.replace("==", "=") or None,
    )
    assert [level.value for level in found.keys()["level"]] == ANSWERS
    for line in questions()[key]:
        value, a = float(line["value"]), ANSWERS.index(line["answer"])
        if not line["with_answer"]:
            assert found.estimate[a] == pytest.approx(value, rel=RELATIVE)
            continue
        b = ANSWERS.index(line["with_answer"])
        assert abs(found.covariance[a, b] - value) <= RELATIVE * found.se[a] * found.se[b] + 1e-24


def contacts() -> Design:
    """Six people; the last was never asked, the one before ticked nothing."""
    return Design(
        Frame(
            {
                "phone": Column("phone", [1, 1, 0, 1, 0, None]).with_notes(label="By phone"),
                "post": [1, 0, 1, None, 0, None],
                "visit": [0, 0, 1, 0, 0, None],
                "area": ["N", "N", "N", "S", "S", "S"],
                "w": [1.0, 2, 1, 2, 1, 3],
            }
        ),
        weights="w",
    )


NAMES = ["phone", "post", "visit"]


@pytest.mark.parametrize(
    ("respondents", "shares", "n"),
    [
        ("any", [5 / 6, 2 / 6, 1 / 6], 4),
        ("valid", [5 / 7, 2 / 7, 1 / 7], 5),
        ("complete", [3 / 5, 2 / 5, 1 / 5], 4),
        ("all", [5 / 10, 2 / 10, 1 / 10], 6),
    ],
)
def test_who_is_a_respondent_is_named(respondents: Any, shares: list[float], n: int) -> None:
    found = contacts().multiple_response(NAMES, respondents=respondents)
    np.testing.assert_allclose(found.estimate, shares, rtol=1e-14)
    assert found.n.tolist() == [n] * 3
    assert respondents in dict(found.choices)["respondents"]
    assert dict(found.choices)["share of"] == "respondents"
    answers = contacts().multiple_response(NAMES, respondents=respondents, of="answers")
    assert answers.estimate.sum() == pytest.approx(1.0, rel=1e-14)
    total = contacts().multiple_response(NAMES, respondents=respondents, of="count")
    assert "share of" not in dict(total.choices)
    assert set(total.interval_methods) == {"t"}
    assert set(answers.interval_methods) == {"logit"}


def test_answers_have_the_labels_of_their_columns() -> None:
    found = contacts().multiple_response(NAMES, title="How reached", by="area")
    assert str(found.keys()["level"][0]) == "By phone"
    assert float(found.sel(level="By phone", area="S")) == 1.0
    assert found.keys()["variable"][0].value == "How reached"
    assert "Answers to How reached, by area" in repr(found)
    untitled = contacts().multiple_response(NAMES)
    assert "Answers to phone … visit" in repr(untitled)
    assert untitled.to_pandas()["level"].tolist() == ["By phone", "post", "visit"]
    assert pickle.loads(pickle.dumps(found)) == found


def test_groups_are_compared() -> None:
    found = contacts().multiple_response(NAMES, by="area", respondents="valid")
    gap = found.difference("area")
    assert gap.estimate[0] == pytest.approx(2 / 3 - 3 / 4)
    assert gap.keys()["level"][0].value == "phone"
    assert found.pairs().p.shape == (3,)


def coded() -> Design:
    """The same people as `contacts`, with a column for each answer that they gave."""
    data = {
        "first": [1, 1, 2, 1, None, None],
        "second": [2, None, 3, 1, None, None],
        "w": [1.0, 2, 1, 2, 1, 3],
    }
    labels = {1: "phone", 2: "post", 3: "visit", 9: "other"}
    frame = Frame(data)
    for name in ("first", "second"):
        frame = frame.with_column(frame[name].with_notes(value_labels=labels))
    return Design(frame, weights="w")


def test_a_categorical_set_says_the_same() -> None:
    columns = ["first", "second"]
    found = coded().multiple_response(columns, None)
    expected = contacts().multiple_response(NAMES)
    np.testing.assert_allclose(found.estimate, [*expected.estimate, 0.0], rtol=1e-14)
    np.testing.assert_allclose(found.se[:3], expected.se, rtol=1e-12)
    assert [str(level) for level in found.keys()["level"]] == ["phone", "post", "visit", "other"]
    assert dict(found.choices)["an answer given twice"] == "counts once"
    some = coded().multiple_response(columns, None, answers=["visit", 1])
    assert [str(level) for level in some.keys()["level"]] == ["visit", "phone"]
    np.testing.assert_allclose(some.estimate, [1 / 6, 5 / 6])


def test_booleans_and_codes_of_other_kinds_count() -> None:
    data = {"a": [True, False, True], "b": [False, True, True]}
    found = Design(data).multiple_response(["a", "b"])
    np.testing.assert_allclose(found.estimate, [2 / 3, 2 / 3])
    codes = Design({"a": np.array([1, 2, 2]), "b": np.array([2, 3, 1])})
    both = codes.multiple_response(["a", "b"], [np.int64(2), 3.0], respondents="all")
    np.testing.assert_allclose(both.estimate, [2 / 3, 2 / 3])


def test_user_missing_codes_are_no_answers() -> None:
    frame = Frame({"a": [1.0, 9, 0], "b": [0.0, 9, 1]})
    for name in ("a", "b"):
        frame = frame.with_column(frame[name].with_notes(user_missing=[9]))
    assert Design(frame).multiple_response(["a", "b"], respondents="valid").n[0] == 2


def test_sets_that_an_spss_file_defines(tmp_path: Path) -> None:
    source = DATA / "synthetic" / "iro.sav"
    plain = irosurvey.read(source)
    ticks = [
        name
        for name in plain.names
        if set(plain[name].to_arrow().unique().drop_null().to_pylist()) <= {0.0, 1.0}
        and plain[name].arrow_format != "u"
    ][:2]
    assert len(ticks) == 2
    sets = f"$ticks=D1 1 10 What holds {' '.join(ticks)}\n$codes=C 0  {' '.join(ticks)}\n"
    path = with_sets(source, sets.replace(ticks[0], ticks[0].lower()), tmp_path / "sets.sav")
    found = irosurvey.response_sets(path)
    assert irosurvey.response_sets(source) == {}
    assert list(found) == ["$ticks", "$codes"]
    assert found["$ticks"] == irosurvey.ResponseSet("$ticks", "What holds", tuple(ticks), "1")
    design = Design(path)
    answer = design.multiple_response(found["$ticks"], respondents="all")
    expected = design.multiple_response(ticks, respondents="all", title="What holds")
    assert answer == expected
    codes = design.multiple_response(found["$codes"])
    assert codes.keys()["variable"][0].value == "$codes"
    assert {level.value for level in codes.keys()["level"]} == {0, 1}


def test_covariances_follow_the_number_of_answers() -> None:
    design = Design({f"a{k}": [1, 0, 1, 0] for k in range(70)} | {"g": [1, 1, 2, 2]})
    names = [f"a{k}" for k in range(70)]
    assert design.multiple_response(names).covariances is None
    assert design.multiple_response(names[:32], by="g").covariances is not None
    assert design.multiple_response(names, covariance=True).covariance.shape == (70, 70)


def test_nobody_answered() -> None:
    found = Design({"a": [1, 0, 1], "b": [1, 1, 0], "g": [1, 2, 2]}).multiple_response(
        ["a", "b"], by="g", where="g = 2"
    )
    assert isinstance(found, Estimate)
    assert found.status == ("empty", "ok", "empty", "ok")
    assert math.isnan(found.estimate[0])


def test_errors_name_what_is_wrong() -> None:
    design = contacts()
    with pytest.raises(ArgumentError, match=r"counted value.*(0, 1).*7"):
        design.multiple_response(NAMES, 7)
    with pytest.raises(ArgumentError, match="each column once"):
        design.multiple_response(["phone", "phone"])
    with pytest.raises(ArgumentError, match="'any', 'valid', 'complete', 'all'"):
        design.multiple_response(NAMES, respondents="some")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="'respondents', 'answers', 'count'"):
        design.multiple_response(NAMES, of="people")  # type: ignore[arg-type]
    with pytest.raises(ColumnError, match="phone"):
        design.multiple_response(["phon"])
    with pytest.raises(ArgumentError, match="leaves the last columns empty"):
        coded().multiple_response(["first", "second"], None, respondents="complete")
    with pytest.raises(ArgumentError, match="codes or value labels"):
        design.multiple_response(NAMES, [None])  # type: ignore[list-item]
