"""Ready designs: on public data where they are here, by structure where they aren't."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import irosurvey
from irosurvey import designs

DATA = Path(__file__).parents[1] / "data"


def test_nhanes_is_the_design_of_its_documentation() -> None:
    path = DATA / "nhanes_cholesterol.csv"
    plain = irosurvey.Design(path, "WTMEC2YR", "SDMVSTRA", "SDMVPSU").mean("HI_CHOL", by="race")
    ready = designs.nhanes(path).mean("HI_CHOL", by="race")
    assert ready == plain
    assert ready.df[0] > 10


def test_nhanes_cycles_divide_the_weights() -> None:
    path = DATA / "nhanes_cholesterol.csv"
    one, three = designs.nhanes(path), designs.nhanes(path, cycles=3)
    np.testing.assert_allclose(three.weights * 3, one.weights, rtol=1e-15)
    assert float(three.mean("HI_CHOL")) == pytest.approx(float(one.mean("HI_CHOL")), rel=1e-14)


def test_nhanes_names_what_is_missing() -> None:
    with pytest.raises(irosurvey.ColumnError, match="'WTINT2YR' or 'WTINTPRP'"):
        designs.nhanes(DATA / "nhanes_cholesterol.csv", "interview")
    with pytest.raises(irosurvey.ColumnError, match="WTMEC2YR"):
        designs.nhanes(DATA / "nhanes_cholesterol.csv", "WTMEC2Y")


def test_yrbs() -> None:
    ready = designs.yrbs(DATA / "yrbs.csv").mean("rarely", missing="listwise")
    assert round(float(ready), 7) == 0.8136225  # Stata, as in tests/specs/sm-yrbs.toml
    assert round(ready.se[0], 7) == 0.0198621


@pytest.fixture(scope="module")
def netherlands() -> pd.DataFrame:
    """PISA 2003 with its replicate weights: factors by school times the students' weights."""
    data = irosurvey.read(DATA / "pisa2003_nld.zsav").to_pandas()
    factors = pd.read_csv(DATA / "pisa2003_nld_replicates.csv", dtype={"SCHOOLID": str})
    joined = data[["SCHOOLID", "W_FSTUWT", "PV1MATH"]].merge(factors, on="SCHOOLID")
    for replicate in range(1, 81):
        joined[f"W_FSTR{replicate}"] *= joined["W_FSTUWT"]
    return joined


@pytest.mark.parametrize("stem", ["W_FSTR", "w_fsturwt"])
def test_pisa_of_old_and_new_cycles(netherlands: pd.DataFrame, stem: str) -> None:
    renamed = netherlands.rename(
        columns={f"W_FSTR{number}": f"{stem}{number}" for number in range(1, 81)}
    )
    design = designs.pisa(renamed)
    columns = [f"{stem}{number}" for number in range(1, 81)]
    given = irosurvey.Replicates("Fay", columns, fay_rho=0.5)
    plain = irosurvey.Design(renamed, "W_FSTUWT", replicates=given)
    assert design.replicates == 80
    assert design.mean("PV1MATH") == plain.mean("PV1MATH")


def pumps(of: str) -> dict[str, Any]:
    generator = np.random.default_rng(7)
    stem = {"persons": "PWGTP", "households": "WGTP"}[of]
    data: dict[str, Any] = {stem: generator.integers(5, 90, 40), "y": generator.normal(size=40)}
    return data | {f"{stem}{r}": data[stem] + generator.integers(-4, 9, 40) for r in range(1, 81)}


@pytest.mark.parametrize("of", ["persons", "households"])
def test_acs_variance_is_the_census_bureaus_formula(of: Any) -> None:
    data = pumps(of)
    stem = {"persons": "PWGTP", "households": "WGTP"}[of]
    total = designs.acs(data, of).total("y")
    full = (data[stem] * data["y"]).sum()
    squares = sum(((data[f"{stem}{r}"] * data["y"]).sum() - full) ** 2 for r in range(1, 81))
    assert total.variance[0] == pytest.approx(4 / 80 * squares, rel=1e-12)
    del data[f"{stem}80"]
    with pytest.raises(irosurvey.ColumnError, match=f"{stem}80"):
        designs.acs(data, of)


def zones() -> dict[str, Any]:
    generator = np.random.default_rng(3)
    return {
        "TOTWGT": generator.uniform(1, 9, 60),
        "JKZONE": np.repeat(np.arange(1, 11), 6),
        "JKREP": np.tile([0, 0, 0, 1, 1, 1], 10),
        "y": generator.normal(size=60),
    }


def test_timss_replicates_by_hand() -> None:
    data = zones()
    w, y = data["TOTWGT"], data["y"]
    full = (w * y).sum() / w.sum()
    squares = {"half": 0.0, "full": 0.0}
    for zone in range(1, 11):
        for side in (1, 0):
            r = w * np.where(data["JKZONE"] == zone, 2 * (data["JKREP"] == side), 1)
            square = ((r * y).sum() / r.sum() - full) ** 2
            squares["half"] += square * side
            squares["full"] += square / 2
    for method, variance in squares.items():
        found = designs.timss(data, replicates=method).mean("y")  # type: ignore[arg-type]
        assert found.variance[0] == pytest.approx(variance, rel=1e-12)
    assert designs.timss(data).replicates == 20


def test_timss_refuses_halves_that_are_none() -> None:
    data = zones() | {"JKREP": np.tile([1, 1, 1, 2, 2, 2], 10)}
    with pytest.raises(irosurvey.ColumnError, match="0 or 1"):
        designs.timss(data)


def election(year: int) -> tuple[dict[str, Any], tuple[str, ...]]:
    names = designs._ANES[year]
    data = {names[2]: [1, 1, 2, 2, 2], names[3]: [1, 2, 1, 2, 2], "y": [1.0, 3, 4, 8, 5]}
    return data | {names[0]: [1.0, 2, 1, 1, 1], names[1]: [1.0, 2, 1, 1, -1]}, names


@pytest.mark.parametrize("year", [2016, 2020, 2024])
def test_anes_rows_not_asked_again_keep_their_place(year: int) -> None:
    data, names = election(year)
    post = designs.anes(data, year)
    assert post.weights.tolist() == [1.0, 2.0, 1.0, 1.0, 0.0]
    assert post.mean("y").n[0] == 4
    assert designs.anes(data, year, "pre").mean("y").n[0] == 5
    plain = irosurvey.Design(data, names[0], names[2], names[3])
    assert designs.anes(data, year, "pre").mean("y") == plain.mean("y")


def test_anes_samples_since_2020_bring_their_own_strata_and_units() -> None:
    samples = {
        f"V24010{number}{part}": values
        for number, first in ((7, 1.0), (8, 2.0))
        for part, values in {
            "a": [first] * 4,
            "b": [first, first, first, -1.0],
            "c": [1, 2, 1, 2] if number == 7 else [1, 2, 3, 4],
            "d": [1, 1, 2, 2] if number == 7 else [1, 1, 1, 1],
        }.items()
    }
    data = {**samples, "y": [1.0, 2, 3, 5]}
    full = designs.anes(data, 2024, "post")
    assert full.mean("y") == designs.anes(data, 2024, "V240107b").mean("y")
    without_paper = designs.anes(data, 2024, "V240108b")
    assert without_paper.weights.tolist() == [2.0, 2, 2, 0]
    assert without_paper.mean("y").strata[0] == 1
    assert full.mean("y").strata[0] == 2


def test_anes_says_which_years_it_knows() -> None:
    with pytest.raises(irosurvey.ArgumentError, match="2012, 2016, 2020, 2024"):
        designs.anes({"y": [1]}, 2018)


def test_csew_without_and_with_units() -> None:
    data = {
        "c11indivwgt": [1.0, 2, 1, 2],
        "c11hhdwgt": [1.0, 1, 1, 1],
        "area": [1, 1, 2, 2],
        "victim": [0, 1, 0, 0],
    }
    assert designs.csew(data).mean("victim").units[0] == 4
    assert designs.csew(data, clusters="area").mean("victim").units[0] == 2
    assert designs.csew(data, "household").weights.tolist() == [1.0] * 4
    with pytest.raises(irosurvey.ColumnError, match="psu"):
        designs.csew(data, clusters="psu")


def test_understanding_society_with_and_without_prefixes() -> None:
    data = {
        "n_psu": [1, 2, 1, 2, 1],
        "n_strata": [1, 1, 2, 2, 3],
        "n_indinui_xw": [1.1, 0.8, 1.0, 0.9, 1.2],
        "y": [1.0, 2, 3, 4, 5],
    }
    found = designs.understanding_society(data, "n_indinui_xw").mean("y")
    assert found.df[0] == 2
    assert found.se[0] > 0  # the third stratum has one unit: the mean of the others'
    with pytest.raises(irosurvey.ColumnError, match="n_indinui_xw"):
        designs.understanding_society(data, "indinui_xw")


@pytest.mark.parametrize("name", designs.__all__)
def test_each_is_in_the_guide(name: str) -> None:
    guide = Path(__file__).parents[2] / "docs" / "guide" / "designs.md"
    assert f"`designs.{name}(" in guide.read_text(encoding="utf-8")
