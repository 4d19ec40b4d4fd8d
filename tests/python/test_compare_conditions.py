"""Conditions in other words: which are groups within others, and what two releases tell by them."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import irosurvey
from irosurvey import Frame
from irosurvey.cli import main
from irosurvey.sql import condition_mask
from irosurvey.tables import Policy
from irosurvey.tables.compare import ReleaseComparison, compare
from irosurvey.tables.conditions import parsed, truths
from irosurvey.tables.count_sums import key_of
from irosurvey.tables.published import CountName, Release, TitleParts

POLICY = Policy.preset(
    "dfe", rounding="none", rounding_base=1, proportions="none", counts="none", rounds_to_zero=""
)
SAME = {"data": "a.sav, SHA-256 00"}


# ---- what is read of a condition ----


def implied(inner: str, outer: str) -> bool:
    conditions = [parsed(inner), parsed(outer)]
    assert None not in conditions, (inner, outer)
    found = truths(tuple(one for one in conditions if one is not None))
    assert found is not None
    return not (found[0] & ~found[1]).any()


def test_conditions_say_what_sql_says() -> None:
    """Against DuckDB on every case: what one implies by the words it implies in the rows."""
    chance = random.Random(7)
    ages: list[float | None] = [*(quarter / 4 for quarter in range(-24, 28)), None]
    areas: list[str | None] = ["x", "y", "z", "other", None]
    cases = list(itertools.product(ages, areas))
    frame = Frame({"age": [age for age, _ in cases], "area": [area for _, area in cases]})

    def one() -> str:
        number = chance.randrange(0, 6)
        return chance.choice(
            [
                f"age {chance.choice(['=', '<>', '!=', '<', '<=', '>', '>='])} {number}",
                f"{number} {chance.choice(['<', '>=', '='])} age",
                f"age BETWEEN {number} AND {number + chance.randrange(3)}",
                f"age {chance.choice(['', 'NOT '])}IN ({number}, {number + 1}.0)",
                f"area {chance.choice(['=', '<>'])} '{chance.choice('xyz')}'",
                f"\"area\" {chance.choice(['', 'not '])}in ('{chance.choice('xy')}', 'z')",
                f"{chance.choice(['age', 'area'])} IS {chance.choice(['', 'NOT '])}NULL",
                f"age {chance.choice(['NOT ', ''])}BETWEEN -{number} AND (1 + {number} / 2.0)",
                f"age >= CAST('{number}' AS {chance.choice(['INTEGER', 'DOUBLE'])})",
                f"age < {number}.5::{chance.choice(['DOUBLE', 'INTEGER'])}",
                f"area /* of work */ = lower('{chance.choice('XYZ')}')",
            ]
        )

    def several(depth: int) -> str:
        if depth == 0:
            return one()
        word = chance.choice(["AND", "or"])
        inner = f"{several(depth - 1)} {word} {several(depth - 1)}"
        return f"({inner})" if chance.random() < 0.5 else f"NOT ({inner})"

    said = [several(chance.randrange(3)) for _ in range(300)]
    masks = {words: condition_mask(frame, words).astype(bool) for words in said}
    both = [False, False]
    for first, second in itertools.pairwise(said):
        expected = not (masks[first] & ~masks[second]).any()
        assert implied(first, second) is expected, (first, second)
        both[expected] = True
    assert both == [True, True]


@pytest.mark.parametrize(
    "words",
    [
        "age > other",
        "lower(area) = 'x'",
        "age + 1 > 17",
        "day > '2020-01-01'",
        "area LIKE 'x%'",
        "CASE WHEN age > 1 THEN true ELSE false END",
        "(age > 1",
        "age > 1 AND",
        "age > 1 AS old",
        "age > 1; DROP TABLE frame",
        "1 > 2",
        "age = NULL",
        "age IN (1, NULL)",
        "age IS DISTINCT FROM 1",
        "day = DATE '2020-01-01'",
        "age > CAST('x' AS INTEGER)",
        "age > (SELECT 1)",
        "1 BETWEEN age AND 3",
        "age",
        "?1 of T, ",
    ],
)
def test_what_is_more_than_comparisons_is_not_guessed_at(words: str) -> None:
    found = parsed(words)
    assert found is None or words == "age"  # a column of true and false by itself


def test_what_a_release_kept_and_a_table_s_condition_hold_both() -> None:
    """Joined by and, whatever stands within each: OR binds weaker."""
    kept = Release("R", (), provenance={"rows kept": "a > 1 OR b > 2"})
    key = key_of(CountName("iro", "c > 3", ()), kept)
    assert implied(key.domain, "c > 3")
    assert implied(key.domain, "b > 2 OR a > 1")
    assert not implied(key.domain, "a > 1")


# ---- what two releases tell ----


def officers() -> dict[str, list[object]]:
    """In the North two of 40 are 16 or 17, and nothing published by itself is small."""
    groups = {
        ("North", 17, "yes"): 2,
        ("North", 30, "yes"): 20,
        ("North", 50, "no"): 18,
        ("South", 17, "yes"): 12,
        ("South", 40, "yes"): 22,
        ("South", 60, "no"): 19,
        ("London", 17, "no"): 9,
        ("London", 45, "yes"): 21,
        ("London", 61, "no"): 14,
        ("North", 15, "yes"): 25,
        ("South", 15, "no"): 31,
        ("London", 14, "yes"): 18,
        ("London", 14, "no"): 11,
    }
    rows = list(itertools.chain.from_iterable([key] * n for key, n in groups.items()))
    return {name: [row[at] for row in rows] for at, name in enumerate(("region", "age", "met"))}


def shares(where: object, *, rows: str = "region", policy: Policy = POLICY) -> Release:
    table = irosurvey.Table(
        irosurvey.Design(officers()).crosstab(rows, "met", where=where),
        title=f"Plans met: {where if isinstance(where, str) else 'all'}",
        statistics=["estimate", "base"],
    )
    return irosurvey.release(table, policy, title="R", provenance=SAME).published


def shown(*releases: Release) -> bool:
    return not any(
        cell.mark for one in releases for table in one for row in table.rows for cell in row.cells
    )


NORTH = "met: yes; region: North"


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ("age >= 16", "age >= 18"),
        ("age > 15", "NOT age < 18"),
        ("age >= 16 AND age < 99", "age BETWEEN 18 AND 98"),
        ("age IN (17, 30, 40, 45, 50, 60, 61)", "age IN (30, 40, 45, 50, 60, 61)"),
        ("16 <= age", "age <> 17 AND age >= 16"),
    ],
)
@pytest.mark.parametrize("swapped", [False, True])
def test_sixteen_and_over_less_eighteen_and_over_is_told(
    wide: str, narrow: str, swapped: bool
) -> None:
    old, new = shares(wide), shares(narrow)
    assert shown(old, new)
    found = compare(new, old) if swapped else compare(old, new)
    assert found.unexamined == ()
    told = {one.where: one.how for one in found.disclosures}
    (of_north,) = [how for where, how in told.items() if "North" in where and "yes" in where]
    assert of_north.endswith("it is 2")
    assert not any("South" in where for where in told)  # twelve are nobody in particular
    assert all(one.hidden_in == "neither" for one in found.disclosures)


def test_a_place_of_the_same_name_may_count_others() -> None:
    """A table of 30 and over is no table of everybody, though title, rows and columns are."""
    young, others = "age >= 16 AND age < 18", "age >= 18"
    old, new = (
        replace(one, tables=(replace(one.tables[0], title=TitleParts("Plans met")),))
        for one in (shares(young), shares(others))
    )
    assert shown(new)
    assert not shown(old)
    found = compare(old, new)
    (change,) = [one for one in found.changes if one.what == "table"]
    assert (change.where, change.old, change.new) == ("whom it counts", young, others)
    assert f"  whom it counts: {young} → {others}" in repr(found)
    assert not [one for one in found.disclosures if one.how.startswith("the other shows")]


def test_the_same_condition_in_other_words_is_no_difference() -> None:
    old, new = shares("age >= 18"), shares("NOT (age < 18)")
    found = compare(old, new)
    assert not found.discloses
    assert not found.unexamined
    assert found.shared == found.counts


def test_england_and_england_without_london() -> None:
    """Who publishes London's share hidden tells it by the rest of England."""
    data = officers()
    small = [at for at, row in enumerate(zip(*data.values(), strict=True)) if row[0] == "London"]
    kept = [at for at in range(len(data["met"])) if at not in small[4:]]
    data = {name: [column[at] for at in kept] for name, column in data.items()}
    design = irosurvey.Design(data)

    def release(table: irosurvey.Table) -> Release:
        return irosurvey.release(table, POLICY, title="R", provenance=SAME).published

    everybody = irosurvey.Table(
        design.proportion("region"),
        percent="count",
        title="Officers",
    )
    rest = irosurvey.Table(
        design.crosstab("met", "age", where="region <> 'London'"),
        percent="count",
        title="Elsewhere",
    )
    old, new = release(everybody), release(rest)
    hidden = [row.labels[0] for row in old.tables[0].rows if row.cells[0].mark == "c"]
    assert "London" in hidden
    told = {one.where.split(",")[0] for one in compare(old, new).disclosures}
    assert told == set(hidden)


@pytest.mark.parametrize("people", [2, 35])
def test_codes_that_were_kept_are_not_all_codes(people: int) -> None:
    """A file cut to the regions without London doesn't say that there is no London."""
    data = officers()
    london = [at for at, region in enumerate(data["region"]) if region == "London"]

    def without(rows: list[int]) -> irosurvey.Design:
        gone = set(rows)
        return irosurvey.Design(
            {
                name: [one for at, one in enumerate(column) if at not in gone]
                for name, column in data.items()
            }
        )

    whole, cut = without(london[people:]), without(london)
    made = [
        irosurvey.release(
            irosurvey.Table(found, percent="count"), POLICY, title="R", provenance={**SAME, **kept}
        ).published
        for found, kept in (
            (whole.proportion("met"), {}),
            (cut.crosstab("region", "met"), {"rows kept": "region <> 'London'"}),
        )
    ]
    found = compare(*made)
    assert not found.contradicted
    assert found.discloses is (people == 2)


def test_a_rest_that_a_release_has_itself_is_its_own_doing() -> None:
    design = irosurvey.Design(officers())
    tables = [
        irosurvey.Table(design.crosstab("region", "met", where=where), statistics=["estimate"])
        for where in ("age >= 16", "age >= 18")
    ]
    both = irosurvey.release(tables, POLICY, title="R", provenance=SAME).published
    found = compare(both, shares("age >= 16"))
    assert not [one for one in found.disclosures if one.hidden_in == "neither"]


# ---- what can't be told ----


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("age >= 16", "age + 0 >= 18", "(age >= 16) is a group within (age + 0 >= 18)"),
        ("age >= 16", "region <> 'North'", "they are about different columns"),
        ("age < 50", "age >= 18", "they overlap, so that it depends on the answers"),
        ("lower(met) = 'yes'", "upper(met) = 'YES'", "more than comparisons with constants"),
        (np.arange(222) > 3, "age >= 18", "a condition that isn't told in words is a group"),
        (np.arange(222) > 3, np.arange(222) > 3, "within a condition that isn't told in words"),
    ],
)
def test_what_cannot_be_compared_is_named(old: object, new: object, said: str) -> None:
    assert len(officers()["met"]) == 222
    found = compare(shares(old), shares(new))
    assert [one for one in found.unexamined if said in one], found.unexamined
    assert f"not examined: {found.unexamined[0]}" in repr(found)
    assert "as far as it could be examined" in repr(found) or found.discloses


def test_conditions_that_exclude_each_other_are_examined() -> None:
    found = compare(shares("age < 18"), shares("age >= 18"))
    assert found.unexamined == ()
    assert not found.discloses


def test_weighted_figures_that_tell_no_number_of_people_are_named() -> None:
    """Their difference is of somebody; of how many, no printed figure says."""
    data = {**officers(), "w": [1.0 + at % 3 for at in range(222)]}
    design = irosurvey.Design(data, weights="w")
    made = [
        irosurvey.release(
            irosurvey.Table(
                design.crosstab("region", "met", where=where),
                percent="count",
                statistics="estimate",
            ),
            POLICY,
            title="R",
            provenance=SAME,
        ).published
        for where in ("age >= 16", "age >= 18")
    ]
    found = compare(*made)
    assert any("weighted figures alone tell" in one for one in found.unexamined)


# ---- the command, on what the program wrote ----


def written(folder: Path, name: str, where: str, data: dict[str, list[object]], **more: str) -> str:
    """A release as `irosurvey tables` writes it."""
    lines = [",".join(map(str, row)) for row in zip(*data.values(), strict=True)]
    file = folder / more.get("file", "officers.csv")
    file.write_text("\n".join([",".join(data), *lines]) + "\n")
    plan = folder / f"{name}.toml"
    plan.write_text(
        f"""
        title = "{name}"
        [data]
        file = "{file.name}"
        [release]
        publisher = "An office"
        period = "{more.get("period", "")}"
        [policy]
        rounding = "none"
        rounding_base = 1
        proportions = "none"
        [[table]]
        title = "Plans met"
        statistic = "row percentages"
        rows = ["region"]
        columns = ["met"]
        where = "{where}"
        show = ["estimate", "base"]
        """.replace('period = ""\n', "")
    )
    out = folder / name
    assert main(["tables", str(plan), "--out", str(out), "--format", "json"]) == 0
    return str(out)


def status(*command: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    capsys.readouterr()
    done = main(["compare", *command])
    return done, capsys.readouterr().out


def test_scripts_can_trust_the_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = officers()
    wide = written(tmp_path, "wide", "age >= 16", data)
    narrow = written(tmp_path, "narrow", "age >= 18", data)
    done, said = status(wide, narrow, capsys=capsys)
    assert done == 1
    assert "met: yes; region: North" in said
    assert "it is 2" in said
    assert status(wide, wide, capsys=capsys)[0] == 0
    other = written(tmp_path, "other", "age + 0 >= 18", data)
    done, said = status(wide, other, capsys=capsys)
    assert done == 3
    assert "NOT EXAMINED: 1 thing that may disclose." in said


def test_a_corrected_edition_is_not_taken_for_other_people(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = officers()
    first = written(tmp_path, "first", "age >= 16", data, period="2013")
    data["region"][0] = "South"
    second = written(tmp_path, "second", "age >= 16", data, period="2013", file="again.csv")
    done, said = status(first, second, capsys=capsys)
    assert done == 3
    assert "their data files differ, as those of a corrected edition do" in said
    assert "Say --same-people or --other-people" in said
    assert status(first, second, "--other-people", capsys=capsys)[0] == 0
    # Exact counts of both can't be of the same answers.
    done, said = status(first, second, "--same-people", capsys=capsys)
    assert done == 3
    assert "No counts fit the figures of both" in said
    later = written(tmp_path, "later", "age >= 16", data, period="2014", file="later.csv")
    data["region"][0] = "North"
    done, said = status(first, later, capsys=capsys)
    assert done == 0
    assert "of different answers (of 2013 and of 2014)" in said


def test_repr_of_other_people_says_how_it_is_known() -> None:
    found = compare(shares(None), shares(None), same_people=False)
    assert isinstance(found, ReleaseComparison)
    assert "(as was said)" in repr(found)
