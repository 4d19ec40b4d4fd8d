"""Cross-tabs: what R answers, identities, and rules for cells that nobody is in."""

from __future__ import annotations

import csv
import math
import pickle
from collections import defaultdict
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import irosurvey
from irosurvey.crosstab import CrossTab

HERE = Path(__file__).parent
DATA = HERE.parent / "data"

# R and we sum the same numbers in another order.
CLOSE = 1e-9
# R's root of the saddlepoint equation has 8 digits.
SADDLE = 1e-7
# The inverse in Wald's statistic loses digits where V is nearly singular.
WALD = 1e-7


@cache
def _design(name: str) -> tuple[irosurvey.Design, str | None]:
    file = {"clus2": "apiclus2.csv", "strat": "apistrat.csv"}.get(name, "apiclus1.csv")
    frame = irosurvey.read(DATA / file)
    score = frame["api00"].to_numpy()
    frame = frame.with_column("band", 1 + (score > 600).astype(int) + (score > 700).astype(int))
    if name == "clus2":
        return irosurvey.Design(frame, clusters=["dnum", "snum"], fpc=["fpc1", "fpc2"]), None
    if name == "strat":
        return irosurvey.Design(frame, weights="pw", strata="stype", fpc="fpc"), None
    design = irosurvey.Design(frame, weights="pw", clusters="dnum", fpc="fpc")
    if name == "post":
        totals = {"stype": {"E": 4421, "H": 755, "M": 1018}}
        return design.calibrate("poststratify", totals), None
    if name.startswith("jk1"):
        centre = "estimate" if name == "jk1_mse" else "replicate-mean"
        return design.with_replicates("JK1", centre=centre), None
    return design, "api99 > 550" if name == "domain" else None


Expected = dict[str, list[tuple[str, str, float]]]


def _reference() -> dict[tuple[str, str, str], Expected]:
    tables: dict[tuple[str, str, str], Expected] = defaultdict(lambda: defaultdict(list))
    with (HERE.parent / "reference" / "r_crosstabs.csv").open(encoding="utf-8") as file:
        for line in csv.DictReader(row for row in file if not row.startswith("#")):
            key = line["design"], line["rows"], line["columns"]
            tables[key][line["quantity"]].append(
                (line["row"], line["column"], float(line["value"]))
            )
    return tables


REFERENCE = _reference()


def _cmh_lines(hypergeometric: bool = False) -> list[dict[str, str]]:
    with (HERE.parent / "reference" / "r_cmh.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(row for row in file if not row.startswith("#")))
    return [line for line in lines if (line["design"] == "hypergeometric") == hypergeometric]


@cache
def _table(key: tuple[str, str, str]) -> CrossTab:
    design, where = _design(key[0])
    return design.crosstab(key[1], key[2], where=where)


def _close(found: float, expected: float, tolerance: float, scale: float = 0.0) -> bool:
    return abs(found - expected) <= tolerance * max(abs(found), abs(expected), scale)


@pytest.mark.parametrize("key", REFERENCE, ids="-".join)
@pytest.mark.parametrize("percent", ["count", "row", "column", "total"])
def test_cells_are_those_of_r(key: tuple[str, str, str], percent: str) -> None:
    found = _table(key).estimate(percent)  # type: ignore[arg-type]
    name = {"count": "count", "total": "share"}.get(percent, f"{percent} share")
    compared = 0
    for quantity, numbers in ((name, found.estimate), (f"{name} se", found.se)):
        cells = found.keys()
        for row, column, expected in REFERENCE[key][quantity]:
            at = [
                place
                for place in range(len(found))
                if str(cells[key[1]][place]) == row and str(cells[key[2]][place]) == column
            ]
            assert len(at) == 1
            assert _close(numbers[at[0]], expected, CLOSE), (quantity, row, column)
            compared += 1
    assert compared == 2 * _table(key).n.size


@pytest.mark.parametrize("key", REFERENCE, ids="-".join)
def test_tests_are_those_of_r(key: tuple[str, str, str]) -> None:
    table, expected = _table(key), REFERENCE[key]
    for ours, theirs, tolerance in (
        ("rao-scott-f", "F", CLOSE),
        ("rao-scott-chisq", "Chisq", CLOSE),
        ("wald", "Wald", WALD),
        ("adjusted-wald", "adjWald", WALD),
    ):
        found = table.test(ours)  # type: ignore[arg-type]
        assert _close(found.p, expected[f"{theirs} p"][0][2], tolerance * 10), ours
        freedom = [value for _, _, value in expected[f"{theirs} df"]]
        assert [df for df in (found.df1, found.df2) if df is not None] == pytest.approx(
            freedom, rel=tolerance
        )
        statistic = expected[f"{theirs} statistic"][0][2]
        # R prints the uncorrected statistic with the corrected p.
        compared = table.test("pearson").statistic if ours == "rao-scott-chisq" else found.statistic
        assert _close(compared, statistic, tolerance), ours


@pytest.mark.parametrize("key", REFERENCE, ids="-".join)
def test_saddlepoints_are_those_of_r_with_its_denominator(key: tuple[str, str, str]) -> None:
    # Replicates have none in R, other designs one that is cut to a whole number.
    denominator = "infinite" if key[0].startswith("jk1") else "whole"
    found = _table(key).test("saddlepoint", denominator=denominator)
    assert _close(found.p, REFERENCE[key]["saddlepoint p"][0][2], SADDLE)


@pytest.mark.parametrize("key", REFERENCE, ids="-".join)
def test_functions_of_cells_are_those_of_r(key: tuple[str, str, str]) -> None:
    table, expected = _table(key), REFERENCE[key]
    rows, columns = table.row_levels[:2], table.column_levels[:2]
    of = {"rows": tuple(level.value for level in rows)}
    of["columns"] = tuple(level.value for level in columns)
    for name, found in (
        ("odds ratio", table.odds_ratio(**of)),
        ("risk ratio", table.risk_ratio(**of)),
    ):
        assert _close(math.log(found.estimate), expected[name][0][2], CLOSE, 1.0)
        assert _close(found.se / found.estimate, expected[f"{name} se"][0][2], CLOSE)
    difference = table.risk_difference(**of)
    assert _close(difference.estimate, expected["risk difference"][0][2], CLOSE, 1.0)
    assert _close(difference.se, expected["risk difference se"][0][2], CLOSE)
    trend = table.trend(
        [place + 1.0 for place in range(len(table.row_levels))],
        [place + 1.0 for place in range(len(table.column_levels))],
    )
    ratio = expected["trend"][0][2] / expected["trend se"][0][2]
    assert _close(trend.statistic, ratio, CLOSE)


# ---- identities ----


def _made(n: int = 900, seed: int = 5) -> dict[str, np.ndarray]:
    """Clustered rows of two dependent columns, in two areas."""
    random = np.random.default_rng(seed)
    cluster = random.integers(0, 30, n)
    taste = random.normal(size=30)[cluster]
    a = random.integers(0, 3, n)
    b = (random.normal(size=n) + 0.5 * taste + 0.2 * a > 0.3).astype(int)
    b += (random.normal(size=n) > 1).astype(int)
    return {
        "cluster": cluster,
        "area": (cluster % 2) + 1,
        "w": random.uniform(1, 4, n),
        "a": a,
        "b": b,
    }


DATA_MADE = _made()
CLUSTERED = irosurvey.Design(DATA_MADE, weights="w", clusters="cluster")


def test_a_simple_random_sample_has_design_effects_of_one() -> None:
    table = irosurvey.Design({key: DATA_MADE[key] for key in "ab"}).crosstab("a", "b")
    n = table.n.sum()
    pearson = table.test("pearson")
    corrected = table.test("rao-scott-f")
    # The only difference is the divisor n - 1 of the variance.
    assert corrected.df1 == pytest.approx(4, rel=1e-10)
    assert corrected.statistic == pytest.approx(pearson.statistic / 4 * (n - 1) / n, rel=1e-10)
    expected = table.test("rao-scott-f", design_effects="expected")
    assert 0.5 < expected.statistic / corrected.statistic < 2
    shares = table.shares
    assert shares.deff[~np.isnan(shares.deff)] == pytest.approx(1, rel=1e-9)


def test_c8_an_empty_cell_takes_design_effects_at_the_expected_shares() -> None:
    data = {"a": [1] * 40 + [2] * 60, "b": [1] * 40 + [1] * 50 + [2] * 10}
    table = irosurvey.Design(data).crosstab("a", "b")
    assert table.n.tolist() == [[40, 0], [50, 10]]
    found = table.test()
    assert dict(found.choices)["design effects"] == "at expected shares, as a cell is empty"
    # One contrast, by hand: its variance over that of a simple random sample under independence.
    p, e = np.array([0.4, 0, 0.5, 0.1]), np.array([0.36, 0.04, 0.54, 0.06])
    contrast = np.array([1, -1, -1, 1]) / e
    variance = contrast @ (np.diag(p) - np.outer(p, p)) @ contrast / 99
    effect = variance / (np.array([1, 1, 1, 1]) @ (1 / e) / 100)
    assert table.test("pearson").statistic / found.statistic == pytest.approx(effect, rel=1e-9)
    assert dict(table.test(design_effects="expected").choices)["design effects"] == (
        "at expected shares"
    )
    likelihood = table.test("lr").statistic
    by_hand = 2 * sum(
        count * math.log(count * 100 / row / column)
        for count, row, column in ((40, 40, 90), (50, 60, 90), (10, 60, 10))
    )
    assert likelihood == pytest.approx(by_hand, rel=1e-12)


def test_shares_are_those_of_a_proportion_by_group() -> None:
    table = CLUSTERED.crosstab("a", "b")
    rows = table.row_shares
    alone = CLUSTERED.proportion("b", by="a")
    for a in range(3):
        for b in range(3):
            mine, theirs = rows.sel(a=a, b=b), alone.sel(a=a, level=b)
            assert mine.estimate[0] == pytest.approx(theirs.estimate[0], rel=1e-12)
            assert mine.se[0] == pytest.approx(theirs.se[0], rel=1e-10)
            assert mine.deff[0] == pytest.approx(theirs.deff[0], rel=1e-9)
            assert mine.n[0] == theirs.n[0]
    whole = table.shares.sel(a="Total", b=1)
    assert whole.se[0] == pytest.approx(CLUSTERED.proportion("b").sel(level=1).se[0], rel=1e-10)


def test_one_pass_gives_margins_that_are_sums() -> None:
    table = CLUSTERED.crosstab("a", "b")
    counts = table.counts.estimate.reshape(4, 4)
    assert counts[:3, :3].sum(axis=1) == pytest.approx(counts[:3, 3])
    assert counts[:3, :3].sum() == pytest.approx(DATA_MADE["w"].sum())
    assert table.n.sum() == 900
    assert (table.expected + table.residuals) == pytest.approx(table.totals)
    assert (table.pearson_residuals**2).sum() == pytest.approx(table.test("pearson").statistic)


def test_turning_a_table_changes_no_test() -> None:
    one, other = CLUSTERED.crosstab("a", "b"), CLUSTERED.crosstab("b", "a")
    for method in ("rao-scott-f", "rao-scott-lr-chisq", "adjusted-wald", "lincom"):
        assert one.test(method).p == pytest.approx(other.test(method).p, rel=1e-8), method
    assert one.trend().p == pytest.approx(other.trend().p, rel=1e-10)


def test_orders_and_references_of_rao_scott_are_multiples_of_each_other() -> None:
    table = CLUSTERED.crosstab("a", "b")
    second, first = table.test(), table.test(order=1)
    assert second.statistic == pytest.approx(first.statistic, rel=1e-12)
    assert first.df1 == 4.0
    assert first.df2 == pytest.approx(4 * table.df)
    chi_square = table.test("rao-scott-chisq", order=2)
    assert second.df1 is not None
    assert chi_square.statistic == pytest.approx(second.statistic * second.df1)
    assert table.test("rao-scott-chisq").statistic == pytest.approx(4 * first.statistic)
    with pytest.raises(irosurvey.ArgumentError, match="order"):
        table.test("wald", order=2)


def test_in_a_two_by_two_table_every_mixture_is_the_f_test() -> None:
    table = CLUSTERED.crosstab("a", "b", where="a < 2 AND b < 2")
    f = table.test()
    assert f.df1 == pytest.approx(1)
    for method in ("lincom", "rao-scott-f"):
        assert table.test(method).p == pytest.approx(f.p, rel=1e-9)
    wald = table.test("wald")
    assert wald.p == pytest.approx(table.test("adjusted-wald").p, rel=1e-12)
    # A trend over two rows and two columns is the one contrast there is.
    assert table.trend().statistic ** 2 == pytest.approx(wald.statistic, rel=1e-9)


def test_p_values_far_into_the_tail_are_not_zero() -> None:
    random = np.random.default_rng(1)
    a = random.integers(0, 2, 60_000)
    b = np.where(random.random(60_000) < 0.6, a, random.integers(0, 3, 60_000))
    table = irosurvey.Design({"a": a, "b": b}).crosstab("a", "b")
    for method in ("rao-scott-chisq", "rao-scott-f", "lincom", "saddlepoint"):
        found = table.test(method, **({} if method[0] == "r" else {"denominator": "infinite"}))
        assert found.p == 0.0 or found.p < 1e-200, method
    small = irosurvey.Design({"a": a[:1500], "b": b[:1500]}).crosstab("a", "b")
    logs = [
        math.log10(small.test(method, **options).p)
        for method, options in (
            ("rao-scott-chisq", {}),
            ("lincom", {"denominator": "infinite"}),
            ("saddlepoint", {"denominator": "infinite"}),
        )
    ]
    assert logs[0] < -80
    assert max(logs) - min(logs) < 0.5


# ---- layers ----


def test_a_layer_is_the_table_of_its_domain() -> None:
    layered = CLUSTERED.crosstab("a", "b", "area")
    assert len(layered) == 2
    for code in (1, 2):
        one, alone = layered.sel(area=code), CLUSTERED.crosstab("a", "b", where=f"area = {code}")
        assert one.df == alone.df == 14
        assert one.n.tolist() == alone.n.tolist()
        for percent in ("count", "row", "column", "total"):
            assert one.estimate(percent).estimate == pytest.approx(alone.estimate(percent).estimate)
            assert one.estimate(percent).se == pytest.approx(alone.estimate(percent).se, rel=1e-9)
        for method in ("rao-scott-f", "wald"):
            assert one.test(method).p == pytest.approx(alone.test(method).p, rel=1e-9)
    with pytest.raises(irosurvey.ArgumentError, match="2 layers"):
        layered.test()
    with pytest.raises(irosurvey.ArgumentError, match="area = 9"):
        layered.sel(area=9)


def test_rows_that_miss_a_column_are_in_no_layer() -> None:
    data = {key: values.astype(float) for key, values in DATA_MADE.items()}
    data["b"][data["cluster"] == 3] = np.nan
    design = irosurvey.Design(data, weights="w", clusters="cluster")
    layered = design.crosstab("a", "b", "area")
    assert [table.df for table in layered] == [14, 13]
    assert layered.sel(area=2).df == design.crosstab("a", "b", where="area = 2").df


def test_one_layer_of_cochran_mantel_haenszel_is_the_wald_test() -> None:
    table = CLUSTERED.crosstab("a", "b")
    assert table.cmh().p == pytest.approx(table.test("adjusted-wald").p, rel=1e-9)
    assert table.cmh(adjusted=False).p == pytest.approx(table.test("wald").p, rel=1e-9)
    assert table.cmh("correlation").p == pytest.approx(table.trend().p, rel=1e-9)
    assert table.cmh("mean-score").df1 == 2


def test_cochran_mantel_haenszel_adds_up_independent_layers() -> None:
    layered = CLUSTERED.crosstab("a", "b", "area")
    # Units lie in one area each: the numerators and their variances add up, but for the covariance
    # that one set of units over two areas has.
    stratified = irosurvey.Design(DATA_MADE, weights="w", clusters="cluster", strata="area")
    found = stratified.crosstab("a", "b", "area").cmh("correlation")
    parts = []
    for table in stratified.crosstab("a", "b", "area"):
        u = np.arange(3)
        numerator = u @ table.residuals @ u
        parts.append((numerator, (numerator / table.trend().statistic) ** 2))
    by_hand = sum(part[0] for part in parts) ** 2 / sum(part[1] for part in parts)
    assert found.statistic == pytest.approx(by_hand, rel=1e-9)
    assert layered.cmh("correlation").statistic != pytest.approx(by_hand, rel=1e-9)
    assert "within 'area'" in found.hypothesis


CMH = _cmh_lines()


@pytest.mark.parametrize("line", CMH, ids=lambda line: "-".join(list(line.values())[:5]))
def test_cochran_mantel_haenszel_is_what_r_makes_of_the_same_totals(line: dict[str, str]) -> None:
    design, where = _design(line["design"])
    table = design.crosstab(line["rows"], line["columns"], line["layers"], where=where)
    places = {"row_scores": range(1, 4), "column_scores": range(1, 4)}
    scores = {
        name: list(values)[: len(levels)]
        for (name, values), levels in zip(
            places.items(), (table.row_levels, table.column_levels), strict=True
        )
    }
    adjusted = table.cmh(line["alternative"], **scores)  # type: ignore[arg-type]
    plain = table.cmh(line["alternative"], **scores, adjusted=False)  # type: ignore[arg-type]
    assert adjusted.df1 == float(line["df1"])
    assert adjusted.df2 == float(line["df2"])
    assert _close(adjusted.statistic, float(line["adjusted"]), WALD)
    assert _close(adjusted.p, float(line["adjusted_p"]), 10 * WALD)
    assert _close(plain.statistic, float(line["wald"]), WALD)
    assert _close(plain.p, float(line["wald_p"]), 10 * WALD)


def test_of_a_simple_random_sample_it_is_nearly_the_hypergeometric_test() -> None:
    """mantelhaen.test takes the variance of independence, we that of the sample. They differ by the
    association in a layer (0.006) times the skewness of its margins (0.7 each), and by 1/n."""
    data: dict[str, list[int]] = {"a": [], "b": [], "h": []}
    for h, cells in enumerate(([[2510, 2485], [2490, 2515]], [[4025, 1990], [1990, 1010]])):
        for a in range(2):
            for b in range(2):
                for name, level in (("a", a), ("b", b), ("h", h)):
                    data[name] += [level] * cells[a][b]
    test = irosurvey.Design(data).crosstab("a", "b", "h").cmh("correlation", adjusted=False)
    (expected,) = [line for line in _cmh_lines(True) if line["design"] == "hypergeometric"]
    assert test.statistic == pytest.approx(float(expected["wald"]), rel=3e-3)


def _exact_cmh(
    cells: list[tuple[int, int, int]], weights: list[Fraction], rows: int, columns: int
) -> Fraction:
    """Wald's statistic of the general alternative in rational numbers, rows of data drawn with
    replacement: Y summed over the layers, V from its derivatives in every row."""
    layers = sorted({h for _, _, h in cells})
    total: dict[tuple[int, int, int], Fraction] = defaultdict(Fraction)
    for cell, w in zip(cells, weights, strict=True):
        total[cell] += w
    y, gradient = [], []
    for i in range(rows - 1):
        for j in range(columns - 1):
            value, slopes = Fraction(0), {}
            for h in layers:
                in_row = sum(total[i, k, h] for k in range(columns))
                in_column = sum(total[k, j, h] for k in range(rows))
                grand = sum(total[a, b, h] for a in range(rows) for b in range(columns))
                value += total[i, j, h] - in_row * in_column / grand
                for a in range(rows):
                    for b in range(columns):
                        slopes[a, b, h] = (
                            Fraction(int((a, b) == (i, j)))
                            - (in_column if a == i else 0) / grand
                            - (in_row if b == j else 0) / grand
                            + in_row * in_column / grand**2
                        )
            y.append(value)
            gradient.append(slopes)
    n = len(cells)
    z = [[w * g[cell] for cell, w in zip(cells, weights, strict=True)] for g in gradient]
    v = [
        [
            Fraction(n, n - 1)
            * (sum(p * q for p, q in zip(a, b, strict=True)) - sum(a) * sum(b) / n)
            for b in z
        ]
        for a in z
    ]
    return sum(one * other for one, other in zip(y, _solved(v, y), strict=True)) / len(y)


def _solved(matrix: list[list[Fraction]], right: list[Fraction]) -> list[Fraction]:
    """Gauss and Jordan's elimination."""
    lines = [[*line, b] for line, b in zip(matrix, right, strict=True)]
    for k in range(len(lines)):
        lines[k] = [one / lines[k][k] for one in lines[k]]
        for other in range(len(lines)):
            if other != k:
                factor = lines[other][k]
                lines[other] = [a - factor * b for a, b in zip(lines[other], lines[k], strict=True)]
    return [line[-1] for line in lines]


def test_cochran_mantel_haenszel_in_rational_numbers() -> None:
    random = np.random.default_rng(8)
    for rows, columns in ((2, 2), (3, 2), (3, 3)):
        size = 60
        cells = list(
            zip(
                random.integers(0, rows, size).tolist(),
                random.integers(0, columns, size).tolist(),
                random.integers(0, 3, size).tolist(),
                strict=True,
            )
        )
        weights = [Fraction(int(w), 4) for w in random.integers(1, 9, size)]
        data = {name: [cell[k] for cell in cells] for k, name in enumerate("abh")}
        data["w"] = [float(w) for w in weights]
        found = irosurvey.Design(data, weights="w").crosstab("a", "b", "h").cmh(adjusted=False)
        expected = _exact_cmh(cells, weights, rows, columns)
        assert found.statistic == pytest.approx(float(expected), rel=1e-11)
        assert found.df1 == (rows - 1) * (columns - 1)


# ---- goodness of fit ----


def test_goodness_of_fit_by_hand() -> None:
    shares = CLUSTERED.proportion("a", covariance=True)
    p, v, n = shares.estimate, shares.covariance, 900
    given = np.array([0.3, 0.3, 0.4])
    statistic = n * ((p - given) ** 2 / given).sum()
    # Rao and Scott 1981: eigenvalues of n (diag p0 - p0 p0')^-1 V without the last level.
    reduced = np.diag(given[:2]) - np.outer(given[:2], given[:2])
    effects = np.linalg.eigvals(n * np.linalg.solve(reduced, v[:2, :2])).real
    d = effects.sum() ** 2 / (effects**2).sum()
    found = CLUSTERED.goodness_of_fit("a", {0: 3, 1: 3, 2: 4})
    assert found.statistic == pytest.approx(statistic / effects.sum(), rel=1e-9)
    assert found.df1 == pytest.approx(d, rel=1e-9)
    assert found.df2 == pytest.approx(29 * d, rel=1e-9)
    wald = CLUSTERED.goodness_of_fit("a", given, method="wald")
    gap = (p - given)[:2]
    assert wald.statistic == pytest.approx(gap @ np.linalg.solve(v[:2, :2], gap) / 2, rel=1e-9)


def test_goodness_of_fit_refuses_what_a_single_row_disproves() -> None:
    with pytest.raises(irosurvey.ArgumentError, match="share above 0"):
        CLUSTERED.goodness_of_fit("a", [0.5, 0.5, 0.0])
    with pytest.raises(irosurvey.ArgumentError, match="3 levels"):
        CLUSTERED.goodness_of_fit("a", [0.5, 0.5])


# ---- cells and levels without anybody ----


def test_c6_an_empty_level_is_shown_and_left_out_of_tests() -> None:
    data = dict(DATA_MADE)
    everybody = irosurvey.Design(data, weights="w", clusters="cluster")
    table = everybody.crosstab("a", "b", where="a < 2")
    assert table.n[2].tolist() == [0, 0, 0]
    assert table.counts.sel(a=2, b=1).estimate[0] == 0.0
    assert table.row_shares.sel(a=2, b=1).status == ("empty",)
    found = table.test("pearson")
    assert found.df1 == 2
    assert math.isfinite(table.test().p)
    assert math.isfinite(table.test("wald").p)
    assert math.isnan(table.adjusted_residuals[2, 0])


def test_one_row_is_no_test_and_says_why() -> None:
    found = CLUSTERED.crosstab("a", "b", where="a = 1").test()
    assert math.isnan(found.statistic)
    assert math.isnan(found.p)
    assert "fewer than two rows" in dict(found.choices)["no test"]
    assert "no test, there are fewer than two rows" in repr(
        CLUSTERED.crosstab("a", "b", where="a = 1")
    )


def test_wald_needs_as_many_units_as_contrasts() -> None:
    random = np.random.default_rng(2)
    data = {
        "cluster": np.repeat(np.arange(4), 50),
        "a": random.integers(0, 3, 200),
        "b": random.integers(0, 4, 200),
    }
    table = irosurvey.Design(data, clusters="cluster").crosstab("a", "b")
    assert "rank 3" in dict(table.test("wald").choices)["no test"]
    assert "degrees of freedom" in dict(table.test("adjusted-wald").choices)["no test"]
    assert math.isfinite(table.test().p)


def test_without_degrees_of_freedom_an_f_test_has_no_p() -> None:
    data = {
        "stratum": [1] * 4 + [2] * 4,
        "a": [1, 2, 1, 2, 2, 2, 1, 1],
        "b": [1, 1, 2, 2, 2, 1, 1, 2],
    }
    design = irosurvey.Design(data, strata="stratum", clusters="stratum", singleton="certainty")
    found = design.crosstab("a", "b").test()
    assert math.isnan(found.p)
    assert "no degrees of freedom" in dict(found.choices)["no test"]


def test_a_census_has_shares_that_do_not_vary() -> None:
    data = {"a": [1, 2, 1, 2, 2], "b": [1, 1, 2, 2, 2], "N": [5.0] * 5}
    table = irosurvey.Design(data, fpc="N").crosstab("a", "b")
    assert table.shares.se.tolist() == [0.0] * 9
    found = table.test("lincom")
    assert math.isnan(found.p)
    assert "don't vary" in dict(found.choices)["no test"]
    assert "doesn't vary" in dict(table.test("wald").choices)["no test"]


def test_rows_of_weight_zero_are_in_no_cell_and_keep_their_unit() -> None:
    data = {
        "cluster": [1, 1, 2, 2, 3, 3, 4, 4],
        "w": [1.0, 1, 1, 1, 1, 1, 0, 0],
        "a": [1, 2, 1, 2, 2, 1, 1, 2],
        "b": [1, 2, 2, 2, 1, 1, 1, 1],
    }
    table = irosurvey.Design(data, weights="w", clusters="cluster").crosstab("a", "b")
    assert table.n.sum() == 6
    assert table.df == 2


def test_a_replicate_that_empties_a_row_leaves_the_rest_of_the_table() -> None:
    data = {
        "cluster": [1, 1, 2, 2, 3, 3, 4, 4],
        "a": [1, 2, 1, 2, 2, 1, 3, 2],
        "b": [1, 2, 2, 2, 1, 1, 1, 1],
    }
    design = irosurvey.Design(data, clusters="cluster").with_replicates("JK1")
    table = design.crosstab("a", "b")
    assert table.row_shares.sel(a=3, b=1).status == ("undefined",)
    assert table.row_shares.sel(a=1, b=1).status == ("ok",)
    assert math.isfinite(table.test().p)
    assert "Some replicates" in repr(table.show("row"))


# ---- C8: where R isn't followed ----


def test_c8_the_statistic_is_scaled_to_the_rows_in_the_table() -> None:
    data = {key: values.astype(float) for key, values in DATA_MADE.items()}
    data["b"][::7] = np.nan
    design = irosurvey.Design(data, weights="w", clusters="cluster")
    table = design.crosstab("a", "b")
    assert table.n.sum() == 771
    alone = design.crosstab("a", "b", where="b IS NOT NULL")
    assert table.test("pearson").statistic == pytest.approx(alone.test("pearson").statistic)
    # R's svychisq multiplies by 900 / 771, statistic and design effects alike.
    assert table.test().p == pytest.approx(alone.test().p, rel=1e-12)


def test_c8_denominators_of_mixtures_are_named() -> None:
    design = irosurvey.Design(DATA / "apiclus1.csv", weights="pw", clusters="dnum", fpc="fpc")
    table = design.crosstab("sch_wide", "stype")
    whole = table.test("saddlepoint", denominator="whole")
    assert whole.p == pytest.approx(0.02644113, abs=5e-9)  # as R prints it
    ours = table.test("saddlepoint")
    assert ours.p == pytest.approx(0.022889896, abs=5e-9)
    assert "cut to a whole number" in dict(whole.choices)["denominator"]
    # The exact mixture tells which denominator keeps its mean.
    assert table.test("lincom").p == pytest.approx(ours.p, rel=0.05)


def test_c8_design_effects_at_observed_or_expected_shares_are_named() -> None:
    design = irosurvey.Design(DATA / "apiclus1.csv", weights="pw", clusters="dnum", fpc="fpc")
    table = design.crosstab("sch_wide", "stype")
    observed, expected = table.test(), table.test(design_effects="expected")
    assert dict(observed.choices)["design effects"] == "at observed shares"
    assert observed.p < expected.p
    # By hand, from the shares' covariance.
    shares = design.estimate(
        {
            f"{row}{column}": irosurvey.T(1).within({"sch_wide": row, "stype": column})
            / irosurvey.T(1)
            for row in ("No", "Yes")
            for column in "EHM"
        }
    )
    v = shares.covariance
    p = shares.estimate.reshape(2, 3)
    e = np.outer(p.sum(axis=1), p.sum(axis=0)).ravel()
    c = np.kron([1, -1], [[1, -1, 0], [1, 1, -2]]).T
    weighted = c / e[:, None]
    delta = np.linalg.solve(c.T @ weighted / 183, weighted.T @ v @ weighted)
    statistic = 183 * ((p.ravel() - e) ** 2 / e).sum()
    assert expected.statistic == pytest.approx(statistic / np.trace(delta), rel=1e-9)


def test_c12_a_calibrated_domain_scales_its_statistic_to_its_own_rows() -> None:
    """R's subset of a calibrated design has all 183 rows, and svychisq multiplies by them."""
    design, _ = _design("post")
    table = design.crosstab("band", "sch_wide", where="stype = 'E'")
    plain = _design("clus1")[0].crosstab("band", "sch_wide", where="stype = 'E'")
    assert table.n.sum() == 144
    # Within a post-stratum weights are multiplied by one number.
    assert table.test("pearson").statistic == pytest.approx(plain.test("pearson").statistic)


# ---- comparisons ----


def test_measures_of_association_of_a_simple_random_sample() -> None:
    data = {"a": [1] * 30 + [2] * 50, "b": [1] * 12 + [2] * 18 + [1] * 8 + [2] * 42}
    table = irosurvey.Design(data).crosstab("a", "b", df="infinite")
    ratio = table.odds_ratio()
    assert float(ratio) == pytest.approx(12 * 42 / (18 * 8))
    # Woolf 1955, with the divisor n - 1 of the variance.
    error = math.sqrt((1 / 12 + 1 / 18 + 1 / 8 + 1 / 42) * 80 / 79)
    assert ratio.se == pytest.approx(float(ratio) * error, rel=1e-12)
    assert ratio.lower == pytest.approx(float(ratio) * math.exp(-1.959963984540054 * error))
    assert float(table.risk_ratio()) == pytest.approx(0.4 / 0.16)
    assert float(table.risk_difference()) == pytest.approx(0.24)
    assert table.risk_difference().test.distribution == "normal"
    assert "odds ratio 3.5" in repr(ratio)
    assert "b: 1 against 2; a: 1 against 2" in repr(ratio)
    turned = table.odds_ratio(rows=(2, 1))
    assert float(turned) == pytest.approx(1 / float(ratio))
    with pytest.raises(irosurvey.ArgumentError, match="two levels"):
        CLUSTERED.crosstab("a", "b").odds_ratio()


def test_a_measure_that_divides_by_an_empty_cell_is_none() -> None:
    data = {"a": [1, 1, 1, 2, 2, 2], "b": [1, 1, 1, 1, 2, 2]}
    ratio = irosurvey.Design(data).crosstab("a", "b").odds_ratio()
    assert math.isnan(ratio.estimate)
    assert math.isnan(ratio.test.p)


def test_pairs_of_columns_are_differences_of_groups() -> None:
    table = CLUSTERED.crosstab("b", "a")
    found = table.compare_columns(adjust="none")
    gaps = CLUSTERED.proportion("b", 1, by="a").difference("a")
    mine = [pair for pair in found.pairs if pair.row.value == 1]
    assert len(mine) == 3
    for pair, gap, se in zip(mine, gaps.estimate, gaps.se, strict=True):
        assert pair.difference == pytest.approx(-gap, rel=1e-9)
        assert pair.se == pytest.approx(se, rel=1e-9)
        assert pair.adjusted_p == pair.p


def test_letters_name_the_columns_that_are_lower() -> None:
    data = {"a": [1] * 100 + [2] * 100 + [3] * 100, "b": [1] * 80 + [0] * 20 + [1] * 30 + [0] * 70}
    data["b"] += [1] * 35 + [0] * 65
    table = irosurvey.Design(data).crosstab("b", "a")
    found = table.compare_columns()
    assert found.column_letters == ("A", "B", "C")
    assert found.letters == (("", "A", "A"), ("BC", "", ""))
    assert all(pair.adjusted_p == pytest.approx(min(1, 3 * pair.p)) for pair in found.pairs)
    family = table.compare_columns(family="table")
    assert family.pairs[0].adjusted_p == pytest.approx(min(1, 6 * family.pairs[0].p))
    text = repr(table.show(letters=True))
    assert "80.0% (4.0) BC" in text
    assert "1 [A]" in text
    assert len(found.to_pandas()) == 6


# ---- as other things ----


def test_it_is_a_long_table() -> None:
    frame = CLUSTERED.crosstab("a", "b", "area").to_pandas()
    assert len(frame) == 2 * 4 * 16
    assert list(frame.columns[:4]) == ["statistic", "area", "a", "b"]
    cell = frame[
        (frame.statistic == "column share")
        & (frame.area == "1")
        & (frame.a == "0")
        & (frame.b == "1")
    ]
    assert len(cell) == 1
    assert 0 < cell.lower.item() < cell.estimate.item() < cell.upper.item() < 1
    constant = frame[(frame.statistic == "row share") & (frame.b == "Total")]
    assert (constant.estimate == 1).all()
    assert constant.lower.isna().all()
    counts = frame[frame.statistic == "count"]
    assert counts.expected.notna().sum() == 18
    codes = CLUSTERED.crosstab("a", "b").to_arrow(labels=False)
    assert codes["a"].null_count == 4 * 4
    assert len(CLUSTERED.crosstab("a", "b").to_polars()) == 64


def test_it_is_a_table_for_a_notebook() -> None:
    table = CLUSTERED.crosstab("a", "b")
    page = table._repr_html_()
    assert page.count("<table") == 1
    assert "Rao-Scott second order" in page
    assert page.count("<small>") == 12  # totals of columns have no standard error
    assert "n: unweighted" in page
    intervals = table.show("row", interval=True)._repr_html_()
    assert " – " in intervals
    assert CLUSTERED.crosstab("a", "b", "area")._repr_html_().count("<table") == 2
    assert (
        "<script>"
        not in irosurvey.Design({"<script>": [1, 2], "b": ["<script>", "x"]})
        .crosstab("<script>", "b")
        ._repr_html_()
    )


def test_it_can_be_pickled() -> None:
    for design in (CLUSTERED, CLUSTERED.with_replicates("JK1")):
        table = design.crosstab("a", "b", "area").sel(area=1)
        again = pickle.loads(pickle.dumps(table))
        assert again.test() == table.test()
        assert again.estimates == table.estimates


def test_wrong_arguments_are_refused() -> None:
    table = CLUSTERED.crosstab("a", "b")
    with pytest.raises(irosurvey.ArgumentError, match="'a' twice"):
        CLUSTERED.crosstab("a", "a")
    with pytest.raises(irosurvey.ColumnError, match="column"):
        CLUSTERED.crosstab("a", "")
    with pytest.raises(irosurvey.ColumnError, match="nothing"):
        CLUSTERED.crosstab("a", "nothing")
    with pytest.raises(irosurvey.ArgumentError, match="rao-scott-f"):
        table.test("rao-scot-f")  # type: ignore[arg-type]
    with pytest.raises(irosurvey.ArgumentError, match="3 levels"):
        table.trend([1.0, 2.0])
    with pytest.raises(irosurvey.ArgumentError, match="percent"):
        table.estimate("cell")  # type: ignore[arg-type]


def test_threads_change_nothing() -> None:
    one = CLUSTERED.crosstab("a", "b", threads=1)
    two = CLUSTERED.crosstab("a", "b", threads=2)
    assert one.estimates == two.estimates
    assert one.test() == two.test()


# ---- specs ----


def _spec(tmp_path: Path, **more: object) -> irosurvey.SpecResult:
    frame = irosurvey.Frame(DATA_MADE)
    frame.to_pandas().to_csv(tmp_path / "made.csv", index=False)
    estimate = {"id": "t", "statistic": "crosstab", "rows": "a", "columns": "b", **more}
    return irosurvey.run(
        {
            "data": {"file": "made.csv"},
            "design": {"weights": "w", "clusters": ["cluster"]},
            "estimate": [estimate],
        },
        data_dir=tmp_path,
    )


def test_a_spec_gives_shares_of_the_total_and_a_test(tmp_path: Path) -> None:
    result = _spec(tmp_path, ci="wald", test="adjusted-wald")
    frame = result.to_pandas()
    assert len(frame) == 10
    table = CLUSTERED.crosstab("a", "b")
    assert frame.estimate[:9].to_numpy() == pytest.approx(
        table.shares.estimate.reshape(4, 4)[:3, :3].ravel()
    )
    assert frame.lower[0] == pytest.approx(table.shares.interval(method="wald").lower[0])
    assert frame.n[:9].tolist() == table.n.ravel().tolist()
    assert frame.p[9] == pytest.approx(table.test("adjusted-wald").p)
    assert frame.n[9] == 900
    assert frame.row.isna().tolist() == [False] * 9 + [True]
    assert "Wald test of independence" in repr(result)
    assert "<table" in result._repr_html_()


def test_a_spec_asks_by_groups_and_in_domains(tmp_path: Path) -> None:
    frame = _spec(tmp_path, by=["area"], where="a < 2").to_pandas()
    assert len(frame) == 20
    alone = CLUSTERED.crosstab("a", "b", where="area = 2 AND a < 2")
    assert frame[frame.area == 2].p.iloc[-1] == pytest.approx(alone.test().p)
    assert frame[frame.area == 2].df2.iloc[-1] == pytest.approx(alone.test().df2)


def test_a_spec_contrasts_cells(tmp_path: Path) -> None:
    terms = [
        {"at": {"row": 1, "column": 2}, "weight": 1},
        {"at": {"row": 0, "column": 2}, "weight": -1},
    ]
    found = _spec(tmp_path, contrast=terms)["t"]
    shares = CLUSTERED.crosstab("a", "b").shares
    one, other = shares.sel(a=1, b=2).estimate[0], shares.sel(a=0, b=2).estimate[0]
    assert found.estimate[0] == pytest.approx(one - other)
    indicator = irosurvey.T(1).within({"a": 1, "b": 2}) - irosurvey.T(1).within({"a": 0, "b": 2})
    alone = CLUSTERED.estimate(indicator / irosurvey.T(1))
    assert found.se[0] == pytest.approx(alone.se[0])
    with pytest.raises(irosurvey.ArgumentError, match="row = 7"):
        _spec(tmp_path, contrast=[{"at": {"row": 7, "column": 2}}])


def test_a_spec_in_every_format(tmp_path: Path) -> None:
    from irosurvey.spec.writing import FORMATS, text_of

    result = _spec(tmp_path)
    for form in FORMATS:
        assert "rao-scott" in text_of(result, form).lower() or form == "csv"
    assert '"design effects": "at observed shares"' in text_of(result, "json")


def test_conventions_name_the_test() -> None:
    for name, method in (("sas", "first order"), ("sudaan", "Wald"), ("r", "second order")):
        table = CLUSTERED.with_conventions(name).crosstab("a", "b")  # type: ignore[arg-type]
        found = table.test()
        assert method in found.method
        assert "conventions" in dict(found.choices)
