"""Rounding: by hand, unbiased where it says so, the same for the same count, and adding up."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import irosurvey
from irosurvey.tables.rounding import (
    controlled_rounding,
    draw,
    nearest,
    philox,
    random_rounding,
    to_decimals,
)


def test_philox_gives_the_published_words() -> None:
    # Known answers of the authors' library Random123, philox4x32 with 10 rounds.
    ones = 0xFFFFFFFF
    assert philox((0, 0, 0, 0), (0, 0)) == (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)
    assert philox((ones,) * 4, (ones,) * 2) == (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)
    counter = (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344)
    key = (0xA4093822, 0x299F31D0)
    assert philox(counter, key) == (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)


@pytest.mark.parametrize(
    ("value", "base", "rounded"),
    [(0, 10, 0), (4, 10, 0), (5, 10, 10), (14.9, 10, 10), (15, 10, 20), (7, 5, 5), (8, 5, 10)],
)
def test_nearest_by_hand(value: float, base: int, rounded: float) -> None:
    assert nearest(value, base) == rounded
    assert nearest(-value, base) == -rounded


@pytest.mark.parametrize(
    ("value", "decimals", "rounded"),
    [
        (0.5, 0, 1.0),
        (1.5, 0, 2.0),
        (2.5, 0, 3.0),
        (100 * 0.285, 0, 29.0),
        (100 * 0.145, 0, 15.0),
        (2.675, 2, 2.68),
        (-0.25, 1, -0.3),
        (0.4999, 0, 0.0),
        (1e15 + 0.5, 0, 1e15),
    ],
)
def test_decimals_by_hand(value: float, decimals: int, rounded: float) -> None:
    if value == 1e15 + 0.5:  # beyond the digits of a double there is nothing to round
        assert math.isclose(to_decimals(value, decimals), rounded, rel_tol=1e-12)
        return
    assert to_decimals(value, decimals) == rounded


def test_what_isnt_a_number_stays() -> None:
    assert math.isnan(nearest(math.nan, 10))
    assert math.isinf(to_decimals(math.inf, 1))
    assert math.isnan(random_rounding(math.nan, 5, 1, "x"))
    assert str(to_decimals(-0.2, 0)) == "0.0"


@given(
    numerator=st.integers(0, 10_000),
    base=st.sampled_from([3, 5, 10]),
    seed=st.integers(0, 2**64 - 1),
    name=st.text(max_size=20),
)
@settings(max_examples=200, deadline=None)
def test_random_rounding_takes_a_neighbour(numerator: int, base: int, seed: int, name: str) -> None:
    found = random_rounding(numerator, base, seed, name)
    assert found % base == 0
    assert abs(found - numerator) < base
    assert found == random_rounding(numerator, base, seed, name)


@pytest.mark.parametrize("base", [3, 5])
@pytest.mark.parametrize("count", [1, 2, 7, 13, 14])
def test_random_rounding_is_unbiased(base: int, count: int) -> None:
    # The mean over seeds is within five standard errors of the count.
    seeds = 20_000
    left = count % base / base
    found = [random_rounding(count, base, seed, "region=1; sex=2") for seed in range(seeds)]
    error = base * math.sqrt(left * (1 - left) / seeds)
    assert abs(sum(found) / seeds - count) <= 5 * error
    # And over counts of different names under one seed.
    names = [random_rounding(count, base, 7, f"region={place}") for place in range(seeds)]
    assert abs(sum(names) / seeds - count) <= 5 * error


def test_draws_are_even() -> None:
    found = sorted(draw(3, f"count {place}") for place in range(4000))
    # Kolmogorov's distance of 4,000 even draws is below 1.63/√4000 in 99 % of cases.
    distance = max(abs(value - (place + 0.5) / 4000) for place, value in enumerate(found))
    assert distance < 1.63 / math.sqrt(4000) + 0.5 / 4000
    assert all(0 <= value < 1 for value in found)


def _sums(counts: list[list[int]]) -> tuple[dict[str, float], list[tuple[str, list[str]]]]:
    """A table of counts with its margins, and the sums in it."""
    tall, wide = len(counts), len(counts[0])
    named = {f"{i},{j}": float(counts[i][j]) for i in range(tall) for j in range(wide)}
    relations = []
    for i in range(tall):
        named[f"{i},*"] = float(sum(counts[i]))
        relations.append((f"{i},*", [f"{i},{j}" for j in range(wide)]))
    for j in range(wide):
        named[f"*,{j}"] = float(sum(row[j] for row in counts))
        relations.append((f"*,{j}", [f"{i},{j}" for i in range(tall)]))
    named["*,*"] = float(sum(map(sum, counts)))
    relations.append(("*,*", [f"{i},*" for i in range(tall)]))
    relations.append(("*,*", [f"*,{j}" for j in range(wide)]))
    return named, relations


@given(
    counts=st.integers(1, 4).flatmap(
        lambda wide: st.lists(
            st.lists(st.integers(0, 60), min_size=wide, max_size=wide), min_size=1, max_size=4
        )
    ),
    base=st.sampled_from([3, 5, 10]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=40, deadline=None)
def test_controlled_rounding_adds_up_and_stays_near(
    counts: list[list[int]], base: int, seed: int
) -> None:
    named, relations = _sums(counts)
    found = controlled_rounding(named, relations, base, seed)
    for whole, parts in relations:
        assert found[whole] == sum(found[part] for part in parts)
    for name, value in named.items():
        # Of a table of two dimensions every count has such a multiple at less than the base.
        assert found[name] % base == 0
        assert abs(found[name] - value) < base
        assert value % base or found[name] == value
    assert found == controlled_rounding(named, relations, base, seed)


def test_controlled_rounding_by_hand() -> None:
    # 1 + 1 + 1 = 3 to multiples of 3: one of the three becomes 3, the total stays.
    relations = [("all", ["a", "b", "c"])]
    found = controlled_rounding({"a": 1, "b": 1, "c": 1, "all": 3}, relations, 3, 5)
    assert found["all"] == 3
    assert sorted(found[name] for name in "abc") == [0, 0, 3]


def _table(policy: str = "none", **fields: object) -> irosurvey.tables.ReleaseResult:
    data = {
        "area": ["N"] * 17 + ["S"] * 24 + ["W"] * 31,
        "met": (["yes"] * 8 + ["no"] * 9 + ["yes"] * 11 + ["no"] * 13 + ["yes"] * 14 + ["no"] * 17),
        "sex": (["f", "m"] * 36),
    }
    design = irosurvey.Design(data)
    tables = [
        irosurvey.Table(design.crosstab("area", "met"), percent="count", statistics="estimate"),
        irosurvey.Table(design.crosstab("area", "sex"), statistics=["estimate", "base"]),
    ]
    return irosurvey.release(tables, policy, **fields)


def test_a_count_is_rounded_the_same_in_every_table() -> None:
    for seed in range(10):
        found = _table(rounding="random", rounding_base=5, seed=seed)
        totals = [row.cells[-1].value for row in found[0].rows]
        bases = [row.cells[-1].value for row in found[1].rows]
        assert totals == bases


def test_controlled_tables_add_up() -> None:
    for seed in range(5):
        found = _table(rounding="controlled", rounding_base=5, seed=seed)
        rows = [[cell.value for cell in row.cells] for row in found[0].rows]
        for yes, no, both in rows:
            assert both == yes + no
        for column in zip(*rows, strict=True):
            assert column[-1] == sum(column[:-1])


def test_random_rounding_asks_for_a_seed_and_keeps_it() -> None:
    with pytest.raises(irosurvey.ArgumentError, match="keep to yourself"):
        _table(rounding="random", rounding_base=5)
    found = _table(rounding="random", rounding_base=5, seed=987654321)
    assert found.published.policy["seed"] == "kept by the producer"
    assert "987654321" not in repr(found) + found._repr_html_() + repr(found.published.policy)
    assert found.report.to_dict()["policy"]["seed"] == 987654321


def test_decimal_is_what_a_person_would_do() -> None:
    for thousandths in range(0, 2000):
        exact = Decimal(thousandths) / 10
        wanted = int(exact + Decimal("0.5"))
        assert to_decimals(thousandths / 10, 0) == wanted
