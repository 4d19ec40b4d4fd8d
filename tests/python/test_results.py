"""What a result is: plain values that travel, parts of it, comparisons, tables."""

from __future__ import annotations

import dataclasses
import pickle
import subprocess
import sys

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from irosurvey import ArgumentError, ColumnError, Design, Estimate, Frame, Interval, Level, T

REGIONS = {1: "North East", 2: "London", 3: "South West", 4: "Isles"}


def survey(label: str = "") -> Design:
    """Three regions with answers and one without; two areas; rows with missing values."""
    random = np.random.default_rng(46)
    rows = 120
    frame = Frame(
        {
            "region": np.repeat([1, 2, 3], 40),
            "area": np.tile(["rural", "urban"], rows // 2),
            "psu": np.arange(rows) // 5,
            "w": random.uniform(1, 3, rows),
            "y": np.where(random.random(rows) < 0.1, np.nan, random.normal(70, 12, rows)),
            "x": random.uniform(0.5, 1.0, rows),
            "late": random.random(rows) < 0.3,
        },
        label=label or None,
    )
    region = frame["region"].with_notes(label="Region", value_labels=REGIONS)
    return Design(frame.with_column(region), weights="w", strata="region", clusters="psu")


@pytest.fixture(scope="module")
def design() -> Design:
    return survey()


@pytest.fixture(scope="module")
def means(design: Design) -> Estimate:
    return design.mean("y", by=["region", "area"])


# ---- it never changes, and travels ----


def test_nothing_of_it_can_be_changed(means: Estimate) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        means.level = 0.9  # type: ignore[misc]
    for array in (means.estimate, means.n, means.covariance):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    again = pickle.loads(pickle.dumps(means))
    with pytest.raises(ValueError, match="read-only"):
        again.estimate[0] = 1.0


def test_a_pickle_holds_everything_and_no_part_of_the_core(means: Estimate) -> None:
    for result in (means, means.difference("area"), means[1:3]):
        bytes_ = pickle.dumps(result)
        assert b"irosurvey._core" not in bytes_
        again = pickle.loads(bytes_)
        assert again == result
        assert repr(again) == repr(result)
        assert np.array_equal(again.interval(0.9).lower, result.interval(0.9).lower, equal_nan=True)


def test_a_pickle_is_read_by_another_process(means: Estimate, tmp_path) -> None:
    path = tmp_path / "result.pickle"
    path.write_bytes(pickle.dumps(means))
    program = (
        f"import sys, pickle; sys.path[:0] = {sys.path!r}; "
        f"print(pickle.load(open({str(path)!r}, 'rb')).difference('area').se.sum())"
    )
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert float(out.stdout) == means.difference("area").se.sum()


def test_equality_is_to_the_last_bit(design: Design, means: Estimate) -> None:
    assert means == design.mean("y", by=["region", "area"])
    assert means != design.mean("y", by=["region", "area"], level=0.9)
    assert means != design.mean("x", by=["region", "area"])
    assert means != "a result"
    nudged = means.rows.copy()
    nudged["value"][0] = np.nextafter(nudged["value"][0], np.inf)
    assert dataclasses.replace(means, rows=nudged) != means


# ---- numbers ----


def test_measures_agree_with_each_other(means: Estimate) -> None:
    assert np.allclose(means.se**2, means.variance, rtol=1e-14)
    assert np.allclose(np.diag(means.covariance), means.variance, rtol=1e-12)
    assert np.allclose(means.cv, means.se / means.estimate, rtol=1e-14)
    assert np.allclose(means.effective_n, means.n / means.deff, rtol=1e-14)
    assert (means.deff == means.design_effect("wr")).all()
    wor = means.design_effect("wor")
    assert np.allclose(wor, means.deff / (1 - means.n / means.weighted_n), rtol=1e-14)
    assert (means.units > 0).all()
    assert (means.strata == 1).all()


def test_intervals_take_level_and_method(design: Design) -> None:
    share = design.proportion("late", by="region")
    narrow, wide = share.interval(0.5), share.interval(0.99)
    known = np.isfinite(share.estimate)
    assert isinstance(narrow, Interval)
    assert (wide.lower[known] < narrow.lower[known]).all()
    assert (narrow.upper[known] < wide.upper[known]).all()
    logit, wald, beta = (share.interval(method=name) for name in ("logit", "wald", "beta"))
    assert np.array_equal(share.interval().lower, logit.lower, equal_nan=True)
    assert not np.array_equal(wald.lower[known], logit.lower[known])
    assert not np.array_equal(beta.lower[known], logit.lower[known])
    middle = (wald.lower + wald.upper)[known] / 2
    assert np.allclose(middle, share.estimate[known], rtol=1e-14)
    assert design.mean("y", level=0.9).interval().lower > design.mean("y").interval().lower
    with pytest.raises(ArgumentError, match="'logit'"):
        share.interval(method="bayes")
    with pytest.raises(ArgumentError):
        share.interval(level=95)
    with pytest.raises(ArgumentError):
        design.mean("y").interval(method="logit")


def test_an_empty_group_is_a_row_with_base_0_and_no_estimate(design: Design) -> None:
    by_region = design.mean("y", by="region")
    isles = by_region["Isles"]
    assert isles.status == ("empty",)
    assert isles.n[0] == 0
    assert isles.weighted_n[0] == 0
    for values in (isles.estimate, isles.se, isles.cv, isles.deff, *isles.interval()):
        assert np.isnan(values[0])
    assert by_region.status == ("ok", "ok", "ok", "empty")
    table = by_region.to_pandas()
    assert table["estimate"].isna().tolist() == [False, False, False, True]
    assert table["n"].tolist()[-1] == 0


def test_a_denominator_of_zero_is_undefined(design: Design) -> None:
    nothing = design.with_columns({"zero": np.zeros(120)})
    ratio = nothing.ratio("y", "zero")
    assert ratio.status == ("undefined",)
    assert np.isnan(ratio.estimate[0])
    assert ratio.n[0] > 0
    assert "no finite value" in repr(ratio)


# ---- parts ----


def test_it_is_a_sequence_of_its_rows(means: Estimate) -> None:
    assert len(means) == 6
    assert [float(row) for row in means] == means.estimate.tolist()
    assert means[-1] == means[5]
    assert means[1:3].estimate.tolist() == means.estimate[1:3].tolist()
    assert means[means.estimate > 70].estimate.min() > 70
    assert np.array_equal(means[[4, 0]].covariance, means.covariance[np.ix_([4, 0], [4, 0])])
    with pytest.raises(IndexError):
        means[6]
    with pytest.raises(TypeError, match="6 rows"):
        float(means)


def test_rows_are_found_by_label_and_by_code(means: Estimate) -> None:
    london = means.sel(region="London", area="urban")
    assert london == means.sel(region=2, area="urban")
    assert len(means["London"]) == 2
    assert means["London"]["urban"] == london
    assert len(means.sel(region=["London", 3])) == 4
    assert means.keys()["region"][0] == Level(1, "North East")
    assert str(means.keys()["area"][0]) == "rural"


def test_a_label_that_is_not_there_lists_near_ones(means: Estimate) -> None:
    with pytest.raises(ArgumentError, match="Did you mean 'London'"):
        means["Londn"]
    with pytest.raises(ArgumentError, match="Did you mean 'London'"):
        means.sel(region="Londn")
    with pytest.raises(ColumnError, match="Did you mean 'region'"):
        means.sel(regoin="London")


def test_an_ambiguous_label_is_refused(design: Design) -> None:
    twice = design.with_columns({"other": ["London", "x"] * 60}).mean("y", by=["region", "other"])
    with pytest.raises(ArgumentError, match=r'result.sel\(region="London"\)'):
        twice["London"]


def test_true_is_no_code_1(design: Design) -> None:
    both = design.mean("y", by="late")
    assert len(both.sel(late=True)) == 1
    with pytest.raises(ArgumentError):
        both.sel(late=1)


# ---- differences ----


def test_all_pairs_later_less_earlier_with_their_covariance(means: Estimate) -> None:
    gaps = means.difference("area")
    assert [str(level) for level in gaps.keys()["area"]] == ["urban - rural"] * 3
    for gap, region in zip(gaps, REGIONS.values(), strict=False):
        pair = means[region]
        rural, urban = pair
        assert float(gap) == pytest.approx(float(urban) - float(rural), rel=1e-14)
        variance = urban.variance + rural.variance - 2 * pair.covariance[0, 1]
        assert gap.variance[0] == pytest.approx(variance[0], rel=1e-12)
        assert gap.n[0] == pair.n.sum()
    assert (gaps.df == 21).all()  # of the whole domain: 24 units in 3 strata
    assert len(means.difference("region")) == 6  # three pairs in each area


def test_differences_from_one_group(design: Design) -> None:
    by_region = design.mean("y", by="region")
    for reference in ("London", 2):
        gaps = by_region.difference("region", reference=reference)
        names = [str(level) for level in gaps.keys()["region"]]
        assert names == ["North East - London", "South West - London", "Isles - London"]
        assert float(gaps[0]) == pytest.approx(by_region.estimate[0] - by_region.estimate[1])
        assert gaps.status == ("ok", "ok", "empty")
    with pytest.raises(ArgumentError, match="Did you mean 'London'"):
        by_region.difference("region", reference="Londn")
    with pytest.raises(ColumnError, match="Name it in by="):
        by_region.difference("area")


def test_a_difference_of_shares_has_a_t_interval_and_keeps_its_level(design: Design) -> None:
    shares = design.proportion("area", by="region")
    gaps = shares.difference("region").sel(level="urban")
    assert gaps.interval_methods == ("t",) * 2
    lower, upper = gaps[0].interval()
    assert (lower + upper)[0] / 2 == pytest.approx(float(gaps[0]), abs=1e-14)
    assert "pp" in repr(gaps)
    assert gaps.to_pandas()["statistic"].tolist()[0] == "difference in proportion"


def test_without_covariances_the_error_says_how_to_get_them(design: Design) -> None:
    alone = design.mean("y", by="region", covariance=False)
    for ask in (lambda: alone.covariance, lambda: alone.difference("region")):
        with pytest.raises(ArgumentError, match="covariance=True"):
            ask()


def test_very_many_pairs_go_without_the_covariances_between_them() -> None:
    random = np.random.default_rng(3)
    data = {"g": np.arange(300) % 30, "psu": np.arange(300) // 6, "y": random.normal(size=300)}
    gaps = Design(data, clusters="psu").mean("y", by="g").difference("g")
    assert len(gaps) == 30 * 29 // 2
    assert gaps.covariances is None
    few = gaps.sel(g="7 - 3")
    pair = Design(data, clusters="psu").mean("y", by="g").sel(g=[3, 7])
    expected = pair.variance.sum() - 2 * pair.covariance[0, 1]
    assert few.variance[0] == pytest.approx(expected, rel=1e-12)


# ---- tables ----

NUMBERS = ["estimate", "se", "lower", "upper", "df", "n", "weighted_n", "deff", "status"]


def test_tables_hold_labels_or_codes(design: Design, means: Estimate) -> None:
    table = means.to_pandas()
    assert table.columns.tolist() == ["statistic", "variable", "region", "area", *NUMBERS]
    assert table["region"].tolist()[:2] == ["North East", "North East"]
    assert np.array_equal(table["estimate"], means.estimate)
    assert np.array_equal(table["lower"], means.interval().lower)
    assert means.to_pandas(labels=False)["region"].tolist() == [1, 1, 2, 2, 3, 3]
    wider = means.to_pandas(level=0.99)
    assert (wider["lower"] < table["lower"]).all()
    shares = design.proportion("late", by="region").to_arrow(labels=False)
    assert shares.schema.field("level").type == pa.bool_()
    assert shares.schema.field("n").type == pa.int64()


def test_every_library_gets_the_same_table(means: Estimate) -> None:
    arrow = means.to_arrow()
    assert isinstance(means.to_pandas(), pd.DataFrame)
    assert means.to_polars().equals(pl.from_arrow(arrow))
    assert pl.DataFrame(means).equals(means.to_polars())
    assert pa.table(means).equals(arrow)
    assert duckdb.connect().execute("SELECT count(*) FROM arrow").fetchone() == (6,)


def test_no_estimate_is_null_in_tables(design: Design) -> None:
    table = design.mean("y", by="region").to_polars()
    last = table.row(-1, named=True)
    assert [last[name] for name in ("estimate", "se", "lower", "upper", "deff")] == [None] * 5
    assert last["status"] == "empty"


def test_a_by_column_with_one_of_our_names_gives_way() -> None:
    data = {"n": [1, 1, 2, 2], "level": ["a", "b", "a", "b"], "y": [1.0, 2.0, 3.0, 4.0]}
    table = Design(data).mean("y", by=["n", "level"]).to_pandas()
    assert table["n"].tolist() == [1, 1, 1, 1]
    assert table["n_"].tolist() == [1, 1, 2, 2]
    assert table["level_"].tolist() == ["a", "b", "a", "b"]


def test_levels_of_several_variables_share_a_column() -> None:
    data = {"a": [1, 2, 2], "b": ["x", "y", "y"]}
    shares = Design(data).proportion(["a", "b"])
    assert shares.to_pandas(labels=False)["level"].tolist() == ["1", "2", "x", "y"]
    assert shares.to_pandas()["variable"].tolist() == ["a", "a", "b", "b"]


def test_ratios_and_expressions_are_named(design: Design) -> None:
    assert design.ratio("y", "x").to_pandas()["variable"].tolist() == ["y / x"]
    typed = design.estimate([T("y") / T("x"), T(1)])
    assert typed.to_pandas()["variable"].tolist() == ["T(y) / T(x)", "T(1)"]
    assert design.estimate({"size": T(1)}).to_pandas()["variable"].tolist() == ["size"]
