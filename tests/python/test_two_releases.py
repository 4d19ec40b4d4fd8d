"""Attacks on two releases that are each safe, by a program that sees nothing but their files."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from pathlib import Path

import attacker
import numpy as np
import pytest
from attacker import Attack, Key

import irosurvey
from irosurvey.tables import Policy
from irosurvey.tables.compare import ReleaseComparison, compare
from irosurvey.tables.published import Release
from irosurvey.tables.writers import json as as_json

# Counts as they are: what both tell is then exact, and the attacker and the comparison must agree.
POLICY = Policy.preset(
    "dfe", rounding="none", rounding_base=1, proportions="none", counts="none", rounds_to_zero=""
)
SAME = {"data": "a.sav, SHA-256 00"}
WIDTH, HIGH = 3, 5
SEEDS = range(12)
SHAPES = (  # rows, columns and a layer of each table: of one release, and of the other
    ([("a", "b")], [("a", "c"), ("b", "c")]),
    ([("a", "b")], [("b", "c", "a")]),
    ([("a", "b"), ("a", "c")], [("b", "c")]),
    ([("b", "c", "a")], [("a", "b"), ("c", "b")]),
)


def people(rng: np.random.Generator) -> dict[str, list[str]]:
    """Answers with a few rare ones."""
    chances = {"a": [0.5, 0.3, 0.15, 0.05], "b": [0.55, 0.35, 0.1], "c": [0.85, 0.15]}
    number = int(rng.integers(60, 160))
    return {
        name: [f"{name}{code}" for code in rng.choice(len(own), size=number, p=own)]
        for name, own in chances.items()
    }


def publish(
    data: dict[str, list[str]], shapes: list[tuple[str, ...]], folder: Path
) -> tuple[Release, list[str], dict[tuple[str, str], Key]]:
    """A release as its file has it, its tables as an attacker reads them, and who is where."""
    design = irosurvey.Design(data)
    tables = []
    for names in shapes:
        tab = design.crosstab(*names)
        tables.append(irosurvey.Table(tab, title=" ".join(names), percent="count"))
    made = irosurvey.release(tables, POLICY, title="R", provenance=SAME)
    (file,) = as_json.write(made.published, folder / f"{len(list(folder.iterdir()))}.json")
    release = as_json.read(file)
    texts, places = [], {}
    for names, table in zip(shapes, release, strict=True):
        rows, columns, *layers = names
        order = [*layers, rows, columns]
        lines = [",".join([*order, "count"])]
        for row in table.rows:
            for cell, column in zip(row.cells, table.columns, strict=True):
                if column.kind != "estimate":
                    continue
                levels = [*row.labels, *column.spanners]
                levels = ["" if level == "Total" else level for level in levels]
                number = "c" if cell.mark == "c" else str(int(cell.value or 0))
                lines.append(",".join([*levels, number]))
                key = frozenset(
                    (name, level) for name, level in zip(order, levels, strict=True) if level
                )
                places[str(table.title), f"{', '.join(row.labels)}, {column.name}"] = key
        texts.append("\n".join(lines) + "\n")
    return release, texts, places


def intervals(texts: list[str], large: frozenset[Key] = frozenset()) -> dict[Key, tuple[int, int]]:
    """What an attacker is left with of every count that is marked and nowhere printed.

    `large`: counts that are known to be above those that are hidden for their own sake.
    """
    known = attacker.read(texts, attacker.Policy(), {})
    known.lower |= {key: max(known.lower[key], HIGH + 1) for key in large}
    attack = Attack(known)
    attack.programs()
    return {
        key: attack.interval(key) for key in known.marked if known.lower[key] < known.upper[key]
    }


def large_by_rule(texts: list[str]) -> frozenset[Key]:
    """Counts of one release whose marks can't stand for the smallest that is hidden."""
    known = attacker.read(texts, attacker.Policy(), {})
    noughts = {key for key, high in known.upper.items() if high == 0}
    bare = replace(
        known,
        lower={key: int(key not in noughts) for key in known.lower},
        upper={key: 0 if key in noughts else attacker.INFINITE for key in known.upper},
    )
    least = Attack(bare)
    ruled = Attack(known).by_rule(attacker.Policy(), lambda key: least.interval(key)[0])
    return frozenset(
        key for key in known.marked if ruled.known.lower[key] > HIGH >= known.lower[key]
    )


def too_narrow(found: tuple[int, int]) -> bool:
    low, high = found
    return high - low < WIDTH or (high <= HIGH and not (low <= 1 and high >= HIGH))


@pytest.mark.parametrize("seed", SEEDS)
def test_what_two_releases_tell_together_is_told(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    data = people(rng)
    one, two = SHAPES[seed % len(SHAPES)]
    old, old_texts, places = publish(data, one, tmp_path)
    new, new_texts, more = publish(data, two, tmp_path)
    places |= more
    found = compare(old, new)
    assert found.same_people
    assert not found.contradicted
    alone = [intervals(old_texts), intervals(new_texts)]
    for own in alone:  # each is safe: this isn't about one release
        assert not [key for key, ends in own.items() if too_narrow(ends)]
    both = intervals([*old_texts, *new_texts])
    broken = {key for key, ends in both.items() if too_narrow(ends)}
    told = {
        places[each.table, each.where]
        for each in found.disclosures
        if each.table and each.how.startswith("worked out")
    }
    assert told == broken
    assert told_by_rule(found, places) == broken_by_rule(old_texts, new_texts) - broken
    printed = {
        key
        for own, text in zip(alone, (new_texts, old_texts), strict=True)
        for key in own
        if key not in attacker.read(text, attacker.Policy(), {}).marked
        and key in attacker.read(text, attacker.Policy(), {}).lower
    }
    read = {places[each.table, each.where] for each in found.disclosures if "the other" in each.how}
    assert read == printed


def told_by_rule(found: ReleaseComparison, places: dict[tuple[str, str], Key]) -> set[Key]:
    return {
        places[each.table, each.where]
        for each in found.disclosures
        if each.table and each.how.startswith("follows for whoever applies the rule")
    }


def broken_by_rule(old: list[str], new: list[str]) -> set[Key]:
    """What an attacker finds by applying the rule of each release to that release's marks."""
    alone = [large_by_rule(texts) for texts in (old, new)]
    if not alone[0] | alone[1]:
        return set()
    for texts, large in zip((old, new), alone, strict=True):
        assert not any(map(too_narrow, intervals(texts, large).values()))
    both = intervals([*old, *new], alone[0] | alone[1])
    return {key for key, ends in both.items() if too_narrow(ends)}


def test_the_rule_of_each_release_tells_more_of_both(tmp_path: Path) -> None:
    """In one of the pairs above, marks that are safe in each release tell four counts in both."""
    data = people(np.random.default_rng(4))
    (old, old_texts, places), (new, new_texts, more) = (
        publish(data, shapes, tmp_path) for shapes in SHAPES[0]
    )
    by_rule = told_by_rule(compare(old, new), {**places, **more})
    assert by_rule <= broken_by_rule(old_texts, new_texts)
    small = frozenset({("a", "a3"), ("c", "c1")})
    assert small in by_rule
    ends = intervals([*old_texts, *new_texts])[small]
    assert not too_narrow(ends)


def test_the_attacks_are_not_all_in_vain(tmp_path: Path) -> None:
    """Some of the pairs above do give something away, or the test above would say nothing."""
    won = 0
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        data = people(rng)
        one, two = SHAPES[seed % len(SHAPES)]
        texts = [text for shapes in (one, two) for text in publish(data, shapes, tmp_path)[1]]
        won += any(map(too_narrow, intervals(texts).values()))
    assert won >= 3


# ---- what is said is true ----


def random_pair(seed: int) -> tuple[Release, Release, dict[str, list[str]]]:
    """Two releases of the same people: counts or percentages, rounded or not, answers merged."""
    rng = np.random.default_rng(seed)
    data = people(rng)
    policies = (
        POLICY,
        Policy.preset("dfe", proportions="none", counts="none"),
        Policy.preset("dfe"),
    )
    policy = policies[seed % len(policies)]
    merged = {"a2": "a23", "a3": "a23"} if rng.random() < 0.4 else {}
    made = []
    for codes in ({}, merged):
        answers = {name: [codes.get(code, code) for code in own] for name, own in data.items()}
        share = {"statistics": ["estimate", "base"]} if rng.random() < 0.6 else {"percent": "count"}
        tables = []
        for _ in range(int(rng.integers(1, 3))):
            names = [str(name) for name in rng.permutation(list("abc"))[: int(rng.integers(2, 4))]]
            tab = irosurvey.Design(answers).crosstab(*names)
            tables.append(irosurvey.Table(tab, title=" ".join(names), **share))  # type: ignore[arg-type]
        made.append(irosurvey.release(tables, policy, title="R", provenance=SAME).published)
    return made[0], made[1], data


def those_behind(title: str, where: str, data: dict[str, list[str]]) -> set[int]:
    """How many are in a cell, and in those that it may be a percentage of."""
    rows, columns, *layers = title.split()
    labels = where.split(": ")[0].split(", ")
    cell = {
        name: {"a2", "a3"} if label == "a23" else {label}
        for name, label in zip([*layers, rows, columns], labels, strict=False)
        if label in {"a23", *data[name]}
    }

    def count(kept: dict[str, set[str]]) -> int:
        return sum(
            all(data[name][at] in codes for name, codes in kept.items())
            for at in range(len(data["a"]))
        )

    return {count(cell)} | {
        count({name: codes for name, codes in cell.items() if name != left}) for left in cell
    }


def test_what_is_said_of_two_releases_is_true() -> None:
    """Every interval holds the true count, and the same people never contradict themselves."""
    said = 0
    for seed in range(8):
        old, new, data = random_pair(seed)
        found = compare(old, new)
        assert not found.contradicted, seed
        for each in found.disclosures:
            ends = re.search(r"it (?:is|lies from) (\d+)(?: to (\d+))?$", each.how)
            if each.table and ends:
                numbers = [int(end) for end in ends.groups() if end]
                truth = those_behind(each.table, each.where, data)
                assert any(numbers[0] <= one <= numbers[-1] for one in truth), (seed, each)
                said += 1
    assert said > 3


# ---- differences of groups ----


def officers() -> dict[str, list[str]]:
    """Of 40 in the North 38 work full time; nothing by itself is small."""
    cells = {
        ("North", "full", "yes"): 20,
        ("North", "full", "no"): 18,
        ("North", "part", "yes"): 2,
        ("South", "full", "yes"): 22,
        ("South", "full", "no"): 19,
        ("South", "part", "yes"): 11,
        ("South", "part", "no"): 8,
    }
    rows = list(itertools.chain.from_iterable([key] * n for key, n in cells.items()))
    return {name: [row[at] for row in rows] for at, name in enumerate(("region", "time", "met"))}


def shares(where: str | None, policy: Policy) -> Release:
    design = irosurvey.Design(officers())
    table = irosurvey.Table(
        design.crosstab("region", "met", where=where),
        title="Plans met" if where is None else "Plans met, full time",
        statistics=["estimate", "base"],
    )
    return irosurvey.release(table, policy, title="R", provenance=SAME).published


def marks(*releases: Release) -> set[str]:
    return {
        cell.mark for one in releases for table in one for row in table.rows for cell in row.cells
    }


def seen(found: ReleaseComparison) -> set[str]:
    return {one.where for one in found.disclosures}


def test_a_group_less_a_group_is_a_small_group() -> None:
    old, new = shares(None, POLICY), shares("time = 'full'", POLICY)
    assert marks(old, new) == {""}
    found = compare(old, new)
    assert {one.hidden_in for one in found.disclosures} == {"neither"}
    assert "region: North; without time: full" in seen(found)
    assert "it is 2" in repr(found)
    assert "In no table, but a difference of what stands in both" in repr(found)
    # Together they would not have been let pass.
    design = irosurvey.Design(officers())
    tables = [
        irosurvey.Table(design.crosstab("region", "met", where=where), statistics=["estimate"])
        for where in (None, "time = 'full'")
    ]
    assert "c" in marks(irosurvey.release(tables, POLICY).published)


def test_a_large_difference_is_nobody_in_particular() -> None:
    data = officers()
    data["time"] = ["full" if at % 2 else "part" for at in range(len(data["time"]))]
    design = irosurvey.Design(data)
    made = [
        irosurvey.release(
            irosurvey.Table(design.crosstab("region", "met", where=where), percent="count"),
            POLICY,
            provenance=SAME,
        ).published
        for where in (None, "time = 'full'")
    ]
    assert not compare(*made).discloses


def test_rounded_percentages_are_read_as_closely_as_they_can_be() -> None:
    dfe = Policy.preset("dfe", proportions="none", counts="none")
    found = compare(shares(None, dfe), shares("time = 'full'", dfe))
    told = {one.where: one.how for one in found.disclosures}
    assert told["met: yes; region: North; without time: full"].endswith("it lies from 2 to 5")


def test_names_of_counts_tell_nothing_of_their_rows() -> None:
    """No digest of rows and no exact number of them: both could be tested against a guess."""
    design = irosurvey.Design(officers())
    mask = np.array([time == "full" for time in officers()["time"]])
    for where in ("time = 'full'", mask):
        table = irosurvey.Table(design.crosstab("region", "met", where=where))
        published = table.publish("dfe")
        assert {one.sample for one in published.counts} == {"data"}
        (domain,) = {one.domain for one in published.counts}
        assert domain == ("time = 'full'" if isinstance(where, str) else "?1")
