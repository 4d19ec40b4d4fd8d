"""Declaring a design, asking it questions, and stopping it."""

from __future__ import annotations

import pickle
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import irosurvey
from irosurvey import (
    ArgumentError,
    ColumnError,
    Design,
    DesignError,
    Frame,
    SingletonError,
    T,
    _core,
    exp,
    log,
    sqrt,
)

DATA = Path(__file__).parents[1] / "data"

COLUMNS = {
    "school": ["a", "a", "b", "b", "c", "c", "d", "d"],
    "class": [1, 2, 1, 2, 1, 2, 1, 2],
    "kind": [1, 1, 1, 1, 2, 2, 2, 2],
    "weight": [5.0, 5.0, 5.0, 5.0, 3.0, 3.0, 3.0, 3.0],
    "N": [10, 10, 10, 10, 6, 6, 6, 6],
    "M": [4, 4, 4, 4, 3, 3, 3, 3],
    "score": [51.0, 55.0, 60.0, 66.0, 43.0, 47.0, 52.0, 50.0],
    "hours": [2.0, 3.0, 2.0, 4.0, 1.0, 2.0, 2.0, 3.0],
    "late": [True, False, False, True, False, True, True, True],
}


@pytest.fixture
def design() -> Design:
    return Design(COLUMNS, weights="weight", strata="kind", clusters="school")


# ---- data of any make ----


def as_pandas() -> pd.DataFrame:
    return pd.DataFrame(COLUMNS, index=range(100, 108))


@pytest.mark.parametrize(
    "make",
    [
        lambda: COLUMNS,
        as_pandas,
        lambda: pl.DataFrame(COLUMNS),
        lambda: pl.LazyFrame(COLUMNS),
        lambda: pa.table(COLUMNS),
        lambda: Frame(COLUMNS),
        lambda: duckdb.from_arrow(pa.table(COLUMNS)),
    ],
    ids=["dict", "pandas", "polars", "lazy", "arrow", "frame", "duckdb"],
)
def test_the_same_answer_whatever_holds_the_data(design: Design, make) -> None:
    other = Design(make(), weights="weight", strata="kind", clusters="school")
    assert other.mean("score", by="late") == design.mean("score", by="late")


def test_a_path_is_read(tmp_path: Path, design: Design) -> None:
    as_pandas().to_parquet(tmp_path / "schools.parquet")
    read = Design(tmp_path / "schools.parquet", "weight", "kind", "school")
    assert read.mean("score") == design.mean("score")
    assert Design(str(tmp_path / "schools.parquet")).frame.rows == 8


def test_real_surveys_are_read_and_estimated() -> None:
    nhanes = Design(
        DATA / "nhanes2.dta",
        weights="finalwgt",
        strata="strata",
        clusters="psu",
        singleton="remove",
    )
    by_sex = nhanes.mean("height", by="sex")
    assert [str(level) for level in by_sex.keys()["sex"]] == ["Male", "Female"]
    assert float(by_sex["Male"]) > float(by_sex["Female"]) + 10


# ---- the declaration ----


def test_stages_with_one_more_fpc_than_clusters() -> None:
    """The last stage's units are the rows: Särndal, Swensson and Wretman (1992), result 4.3.1."""
    total = Design(COLUMNS, strata="kind", clusters="school", fpc=["N", "M"]).total("score")
    score = np.array(COLUMNS["score"]).reshape(2, 2, 2)  # stratum, school, class
    variance = 0.0
    for schools, population, size in zip(score, (10, 6), (4, 3), strict=True):
        totals = size * schools.mean(axis=1)
        variance += population**2 * (1 - 2 / population) * totals.var(ddof=1) / 2
        within = size**2 * (1 - 2 / size) * schools.var(axis=1, ddof=1) / 2
        variance += population / 2 * within.sum()
    assert total.variance[0] == pytest.approx(variance, rel=1e-12)


@pytest.mark.parametrize("fpc", [16, 16.0, np.int64(16), np.float32(16), 0.5, "sixteen"])
def test_fpc_is_a_column_or_a_number(fpc: object) -> None:
    data = {**COLUMNS, "sixteen": [16] * 8}
    total = Design(data, fpc=fpc).total("score")
    assert float(total) == 2 * sum(COLUMNS["score"])
    score = np.array(COLUMNS["score"])
    assert total.variance[0] == pytest.approx(16**2 * 0.5 * score.var(ddof=1) / 8, rel=1e-12)


def test_a_none_in_a_list_leaves_the_stage_out() -> None:
    given = {"data": COLUMNS, "weights": "weight", "clusters": ["school", "class"]}
    listed = Design(**given, strata=["kind", None], fpc=[None, None])
    assert listed.mean("score") == Design(**given, strata="kind").mean("score")


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"weights": "wieght"}, ColumnError, "Did you mean 'weight'"),
        ({"weights": ""}, ColumnError, "an empty name"),
        ({"weights": [1.0] * 8}, ColumnError, "Put the values into the data as a column"),
        ({"strata": ["kind", "kind"]}, ArgumentError, "at most 1 entry"),
        ({"clusters": "school", "fpc": ["N", "M", "N"]}, ArgumentError, "at most 2 entries"),
        ({"clusters": ["school", None]}, ColumnError, "the name of a column"),
        ({"fpc": True}, ArgumentError, "names of columns or numbers"),
        ({"strata": 3}, ArgumentError, "names of columns"),
        ({"strata": "knid"}, ColumnError, "Did you mean 'kind'"),
        ({"fpc": 4}, DesignError, "fpc"),
        ({"singleton": "ignore"}, ArgumentError, "'fail'"),
    ],
)
def test_a_wrong_declaration_says_how_to_mend_it(arguments, error, words) -> None:
    with pytest.raises(error, match=words):
        Design(COLUMNS, **arguments)


@pytest.mark.parametrize("bad", [np.nan, -1.0, None])
def test_a_bad_weight_is_named_with_its_row(bad: float | None) -> None:
    data = {"w": [1.0, 2.0, bad], "y": [1, 2, 3]}
    with pytest.raises(DesignError) as error:
        Design(data, weights="w")
    assert error.value.row == 2


def test_an_infinite_weight_is_refused_with_its_row() -> None:
    with pytest.raises(irosurvey.IrosurveyError) as error:
        Design({"w": [1.0, np.inf], "y": [1, 2]}, weights="w")
    assert error.value.row == 1


def test_a_singleton_fails_until_a_rule_is_named() -> None:
    data = {"s": [1, 1, 2], "y": [1.0, 2.0, 3.0]}
    with pytest.raises(SingletonError, match="s"):
        Design(data, strata="s").mean("y")
    for rule in ("remove", "certainty", "adjust", "average"):
        assert Design(data, strata="s", singleton=rule).mean("y").se[0] > 0


def test_a_design_never_changes(design: Design) -> None:
    with pytest.raises(ValueError, match="read-only"):
        design.weights[0] = 7.0
    more = design.with_columns({"double": 2 * np.array(COLUMNS["score"])})
    assert "double" not in design.frame
    assert float(more.mean("double")) == pytest.approx(2 * float(design.mean("score")))
    with pytest.raises(ArgumentError, match="Declare a new design"):
        design.with_columns({"weight": np.ones(8)})


def test_a_design_travels_by_pickle(design: Design) -> None:
    more = design.with_columns({"double": 2 * np.array(COLUMNS["score"])})
    assert pickle.loads(pickle.dumps(more)).mean("double") == more.mean("double")


# ---- what is found ----


def test_a_description_has_numbers_and_sentences() -> None:
    data = {**COLUMNS, "weight": [0.0, *COLUMNS["weight"][1:]]}
    found = Design(data, "weight", "kind", ["school", "class"], ["N", "M"]).describe()
    assert (found.rows, found.zero_weights, found.degrees_of_freedom) == (8, 1, 2)
    assert (found.weight_sum, found.weight_min, found.weight_max) == (27.0, 3.0, 5.0)
    assert found.kish_effect == pytest.approx(1 + found.weight_cv**2)
    first, second = found.stages
    assert (first.strata, first.units, first.least_units, first.most_units) == (2, 4, 2, 2)
    assert (first.least_fraction, first.most_fraction) == (0.2, pytest.approx(1 / 3))
    assert (second.clusters_column, second.units) == ("class", 8)
    text = repr(found)
    for words in ("8 rows", "school", "2 of kind", "20% to 33.3% of the population", "weight of 0"):
        assert words.replace("weight of 0", "of weight 0") in text


def test_a_description_names_the_singletons() -> None:
    found = Design({"s": ["x", "x", "y"]}, strata="s", singleton="remove").describe()
    assert len(found.stages[0].singletons) == 1
    assert "y" in found.stages[0].singletons[0]
    assert any("y" in sentence for sentence in found.problems)
    assert "y" in repr(found)


def test_a_design_without_stages_is_described() -> None:
    assert "with replacement" in repr(Design(COLUMNS))


# ---- questions ----


def test_every_statistic_of_the_catalogue_answers_by_name_and_by_method(design: Design) -> None:
    columns = ["score", "hours"]
    for definition in _core.catalogue():
        chosen = columns[: definition.variables]
        asked = design.statistic(definition.name, chosen, by="kind")
        assert np.isfinite(asked.estimate).all()
        assert getattr(design, definition.name)(*chosen, by="kind") == asked


def test_a_statistic_is_an_expression(design: Design) -> None:
    """What is typed is what is built in."""
    for typed, asked in (
        (T("score") / T(1), design.mean("score", by="kind")),
        (T("score"), design.total("score", by="kind")),
        (T("score") / T("hours"), design.ratio("score", "hours", by="kind")),
        (T("late", [True]) / T(1), design.proportion("late", by="kind")),
    ):
        again = design.estimate(typed, by="kind")
        assert np.array_equal(again.estimate, asked.estimate)
        assert np.array_equal(again.se, asked.se)
        assert np.array_equal(again.covariance, asked.covariance)


def test_arithmetic_of_expressions(design: Design) -> None:
    ratio = T("score") / T("hours")
    value = float(design.estimate(ratio))
    for expression, expected in (
        (2 * ratio + 1, 2 * value + 1),
        (np.float64(2) * ratio, 2 * value),
        (ratio - 3, value - 3),
        (3 - ratio, 3 - value),
        (-ratio, -value),
        (1 / ratio, 1 / value),
        (ratio**2, value**2),
        (log(ratio), np.log(value)),
        (exp(ratio / 100), np.exp(value / 100)),
        (sqrt(ratio), np.sqrt(value)),
    ):
        assert float(design.estimate(expression)) == pytest.approx(expected, rel=1e-14)
        copied = pickle.loads(pickle.dumps(expression))
        assert design.estimate(copied) == design.estimate(expression)
    assert ratio.columns == ["score", "hours"]
    with pytest.raises(irosurvey.errors.ArgumentError, match="an operand of an expression"):
        ratio + "hours"


def test_several_variables_and_named_expressions_in_one_call(design: Design) -> None:
    means = design.mean(["score", "hours"], by="kind")
    assert np.array_equal(means.sel(variable="hours").se, design.mean("hours", by="kind").se)
    named = design.estimate({"per hour": T("score") / T("hours"), "all": T(1)})
    assert [str(level) for level in named.keys()["variable"]] == ["per hour", "all"]
    ratios = design.ratio(["score", "hours"], "hours")
    assert ratios.estimate[1] == 1.0


def test_the_domain_does_not_shrink_the_design(design: Design) -> None:
    whole = design.mean("score", by="kind")
    part = design.mean("score", where="kind = 2")
    assert (part.estimate[0], part.se[0], part.df[0]) == (whole.estimate[1], whole.se[1], 1)
    assert design.mean("score", where=np.array(COLUMNS["kind"]) == 2).se == part.se


def test_proportions_of_levels_by_code_and_by_label() -> None:
    column = Frame({"q": [1, 2, 2, 3]})["q"]
    labels = {1: "always", 2: "often", 3: "never", 4: "don't know"}
    design = Design(Frame({"x": [1] * 4}).with_column(column.with_notes(value_labels=labels)))
    every = design.proportion("q")
    assert every.estimate.tolist() == [0.25, 0.5, 0.25, 0.0]
    assert [str(level) for level in every.keys()["level"]] == list(labels.values())
    together = design.proportion("q", ["always", 2])
    assert float(together) == 0.75
    assert str(together.keys()["level"][0]) == "always or often"
    assert float(design.proportion("q", "never")) == 0.25
    with pytest.raises(ArgumentError, match="Did you mean 'always'"):
        design.proportion("q", "alwys")
    with pytest.raises(ArgumentError, match="at least one level"):
        design.proportion("q", [])


def test_a_boolean_column_gives_the_share_of_true(design: Design) -> None:
    share = design.proportion("late")
    assert len(share) == 1
    assert float(share) == pytest.approx((5 + 5 + 3 + 3 + 3) / 32)


def test_a_boolean_column_without_any_true_is_a_share_of_0() -> None:
    share = irosurvey.Design({"late": [False] * 4}).proportion("late")
    assert float(share) == 0.0
    assert share.n[0] == 4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"level": 95}, "Say 0.95"),
        ({"level": 0.0}, "between 0 and 1"),
        ({"deff": "srs"}, "'wr', 'wor' or None"),
        ({"threads": -1}, "number of threads"),
        ({"df": "t"}, "'full-design'"),
        ({"missing": "drop"}, "'listwise'"),
    ],
)
def test_a_wrong_argument_says_what_would_be_right(design, arguments, words) -> None:
    with pytest.raises(ArgumentError, match=words):
        design.mean("score", **arguments)


def test_unknown_columns_list_near_names(design: Design) -> None:
    for ask in (
        lambda: design.mean("scor"),
        lambda: design.mean("hours", by="scor"),
        lambda: design.proportion("scor"),
        lambda: design.proportion("scor", [1]),
        lambda: design.ratio("hours", "scor"),
        lambda: design.estimate(T("scor")),
    ):
        with pytest.raises(ColumnError) as error:
            ask()
        assert error.value.candidates == ("score",)
    with pytest.raises(ColumnError):
        design.mean("school")  # text
    with pytest.raises(ArgumentError):
        design.mean([])


def test_names_come_in_any_sequence(design: Design) -> None:
    asked = design.mean(["score", "hours"], by=["kind"])
    assert design.mean(("score", "hours"), by=pd.Index(["kind"])) == asked
    assert design.mean(np.array(["score", "hours"]), by="kind") == asked


def test_questions_without_sense_are_refused(design: Design) -> None:
    with pytest.raises(ArgumentError, match="'kind' twice"):
        design.mean("score", by=["kind", "late", "kind"])
    for given in ("score", ["score"], {"x": 3}):
        with pytest.raises(ArgumentError, match="expressions of totals"):
            design.estimate(given)
    for nothing in ([], {}):
        with pytest.raises(ArgumentError, match="at least one"):
            design.estimate(nothing)


def test_named_choices_change_what_they_name(design: Design) -> None:
    domain = {"where": "kind = 2"}
    assert design.mean("score", **domain).df == 1
    assert design.mean("score", **domain, df="full-design").df == 2
    assert design.mean("score", **domain, df="infinite").df == np.inf
    assert design.mean("score", **domain, df="n-1").df == 3
    assert design.mean("score", **domain, df=7).df == 7
    assert ("degrees of freedom", "full-design") in design.mean("score", df="full-design").choices
    assert np.isnan(design.mean("score", deff=None).deff[0])
    wor = design.mean("score", deff="wor")
    assert wor.deff == wor.design_effect("wor") != wor.design_effect("wr")


def test_listwise_leaves_the_sample_first() -> None:
    data = {"psu": [1, 1, 2, 2, 3, 3], "y": [1.0, 2, 3, 4, 5, 7], "x": [1, 1, 1, 1, None, None]}
    design = Design(data, clusters="psu")
    domain = design.mean(["y", "x"])
    listwise = design.mean(["y", "x"], missing="listwise")
    assert (domain.df.tolist(), domain.n.tolist()) == ([2, 1], [6, 4])
    assert (listwise.df.tolist(), listwise.n.tolist()) == ([1, 1], [4, 4])


def test_covariances_are_there_without_asking_while_they_are_few() -> None:
    rows = 600
    data = {"g": np.arange(rows) // 2, "half": np.arange(rows) % 2, "y": np.arange(rows) ** 0.5}
    design = Design(data)
    assert design.mean("y", by="half").covariance.shape == (2, 2)
    assert design.mean("y", by="g", where="g < 64").covariances is None  # 300 groups could be
    many = design.mean("y", by="g", covariance=True)
    assert many.covariance.shape == (300, 300)
    few = Design({name: values[:128] for name, values in data.items()})
    assert few.mean("y", by="g").covariance.shape == (64, 64)
    assert few.mean("y", by="g", covariance=False).covariances is None


# ---- threads and signals ----


def big_design(rows: int) -> Design:
    random = np.random.default_rng(20131028)
    return Design(
        {
            "stratum": random.integers(0, 40, rows),
            "psu": random.integers(0, 50, rows),
            "w": random.uniform(1, 3, rows),
            "y": random.normal(70, 10, rows),
            "g": random.integers(0, 12, rows),
        },
        weights="w",
        strata="stratum",
        clusters="psu",
    )


def test_threads_change_nothing() -> None:
    design = big_design(300_000)
    one, two, seven = (design.mean("y", by="g", threads=count) for count in (1, 2, 7))
    assert one == two == seven


def test_the_gil_is_free_while_the_core_works() -> None:
    design = big_design(2_000_000)
    ticks = 0
    done = threading.Event()

    def ask() -> None:
        design.mean("y", by="g", threads=1)
        done.set()

    worker = threading.Thread(target=ask)
    worker.start()
    while not done.wait(0.0005):
        ticks += 1
    worker.join()
    # Held, the GIL would leave this loop one turn or two.
    assert ticks > 5


INTERRUPTED = """
    import os, signal, sys, threading, time
    sys.path[:0] = {path!r}
    import numpy as np
    from irosurvey import Design

    rows = 1_000_000
    random = np.random.default_rng(1)
    names = [f"y{{i}}" for i in range(12)]
    data = {{name: random.normal(size=rows) for name in names}}
    data |= {{"psu": random.integers(0, 3000, rows), "g": random.integers(0, 600, rows)}}
    design = Design(data, clusters="psu")

    def ask():
        return {question}

    ask()  # what is kept of columns makes the next one shorter
    started = time.monotonic()
    answer = ask()
    whole = time.monotonic() - started
    sender = threading.Timer(whole / 5, os.kill, (os.getpid(), signal.SIGINT))
    started = time.monotonic()
    sender.start()
    try:
        ask()
    except KeyboardInterrupt:
        stopped = time.monotonic() - started
        print("stopped", stopped < 0.8 * whole, whole, stopped)
    print("still answering", ask() == answer)
"""


@pytest.mark.parametrize(
    "question",
    [
        "design.mean(names, by='g', covariance=False, threads=1)",
        "design.mean(names, by='g', covariance=False, threads=2)",
        "design.mean('y0', by='g', covariance=True)",
    ],
)
def test_ctrl_c_stops_long_work_and_leaves_python_alive(question: str) -> None:
    program = textwrap.dedent(INTERRUPTED).format(path=sys.path, question=question)
    child = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True
    )
    first, second = child.stdout.splitlines()
    # One fifth into the call, and heard well before its end.
    assert first.startswith("stopped True"), child.stdout + child.stderr
    assert second == "still answering True"


def test_collapsed_strata_are_named_in_the_description_and_in_the_choices() -> None:
    data = {"s": ["b", "b", "a", "c", "c"], "y": [1.0, 4.0, 2.0, 7.0, 5.0]}
    design = Design(data, strata="s", singleton="collapse")
    found = design.describe()
    assert found.stages[0].collapsed == ("s = a with s = b",)
    assert found.stages[0].singletons == ()
    assert found.degrees_of_freedom == 3
    assert any("s = a with s = b" in sentence for sentence in found.problems)
    result = design.mean("y")
    assert ("singleton strata", "collapse (s = a with s = b)") in result.choices
    by_hand = Design({**data, "s": ["b", "b", "b", "c", "c"]}, strata="s").mean("y")
    assert result.se[0] == pytest.approx(by_hand.se[0], rel=1e-14)
    alone = Design({"s": [1, 2, 2], "f": [0.5, 1, 1], "y": [1, 2, 3]}, strata="s", fpc="f")
    with pytest.raises(SingletonError):
        alone.mean("y")
    again = Design(
        {"s": [1, 2, 2], "f": [0.5, 1, 1], "y": [1, 2, 3]}, None, "s", None, "f", "collapse"
    )
    with pytest.raises(SingletonError, match="another stratum beside the singleton"):
        again.mean("y")
