"""Attacks on what was published, by a program that shares nothing with the suppressor."""

from __future__ import annotations

import csv
from collections import Counter
from functools import partial
from pathlib import Path

import attacker
import numpy as np
import pytest
from attacker import Attack, Key
from suppression_tables import RULE, Source, enough, name, random_source, small_groups

import irosurvey
from irosurvey.tables import Policy
from irosurvey.tables.suppression import complete

KINDS = ("1", "2", "3", "4", "hierarchy", "linked", "rounded")


def attack_release(source: Source, hidden: frozenset[str]) -> list[str]:
    """Every attack on one release; what succeeded, in words."""
    counts = source.counts()
    attack = source.attack(hidden)
    won = [
        f"elimination gives {keys}"
        for keys in attack.eliminate()
        if set(keys) <= attack.known.marked
    ]
    won += by_programs(source, attack)
    won += groups(attack, counts)
    return won


def by_programs(source: Source, attack: Attack) -> list[str]:
    """What programs tell an outsider, and each respondent who is alone.

    Then once more with what the rule tells, which may be counted on where it was kept.
    """
    counts, least = source.counts(), source.least
    won: list[str] = []
    for applying in (False, True):
        if won:
            return won
        each = attack.by_rule(source.policy, least) if applying else attack
        won += judged(source, counts, each.programs())
        for knower in sorted(attack.known.marked, key=repr):
            if counts[knower] != 1:
                continue
            # A total of which they are all is no news to them.
            own = {key for key in attack.known.marked if source.who(key) == source.who(knower)}
            inside = each.told(knower, 1)
            if applying:
                inside = inside.by_rule(source.policy, partial(least, knower=knower), own)
            found = {key: inside.interval(key) for key in attack.known.marked - own}
            won += judged(source, counts, found, knower)
    return won


def judged(
    source: Source,
    counts: dict[Key, int],
    found: dict[Key, tuple[int, int]],
    knower: Key | None = None,
) -> list[str]:
    who = "an outsider" if knower is None else f"a respondent of {name(knower)}"
    return [
        f"{who}: {name(key)} is {low} to {high}, in truth {counts[key]}"
        for key, (low, high) in found.items()
        if not enough((low, high), counts[key], partial(source.least, key, knower))
        or not low <= counts[key] <= high
    ]


def groups(attack: Attack, counts: dict[Key, int]) -> list[str]:
    """Hidden counts of one sum that are a small group together, and are known too closely."""
    won = []
    for _, parts in attack.known.sums:
        marked = [key for key in parts if key in attack.known.marked]
        for group in small_groups(marked, counts):
            low, high = attack.interval(*group)
            if high < RULE.high or high - low < RULE.width:
                won.append(f"{[*map(name, group)]} together are {low} to {high}")
    return won


def run(seed: int, number: int) -> Counter[str]:
    rng = np.random.default_rng(seed)
    seen: Counter[str] = Counter()
    for place in range(number):
        kind = KINDS[place % len(KINDS)]
        source = random_source(rng, kind)
        system = source.system()
        result = complete(system)
        if result.unmet:
            seen["not publishable"] += 1
            continue
        won = attack_release(source, result.hidden)
        assert not won, (seed, place, kind, won)
        seen[kind] += 1
        seen["hidden"] += len(result.hidden)
        seen["secondary"] += len(result.secondary)
    return seen


def test_no_attack_succeeds() -> None:
    seen = run(1, 28)
    assert all(seen[kind] >= 3 for kind in KINDS), seen
    assert seen["secondary"] > 60


@pytest.mark.slow
@pytest.mark.long
def test_no_attack_succeeds_on_a_thousand_tables() -> None:
    seen = run(2, 1000)
    print(seen)
    assert seen["not publishable"] < 50


def test_the_attacker_is_no_fool() -> None:
    """With the primary cells alone hidden it wins nearly always."""
    rng = np.random.default_rng(4)
    won = tried = 0
    for place in range(14):
        source = random_source(rng, KINDS[place % len(KINDS)])
        system = source.system()
        if system.primary:
            tried += 1
            won += bool(attack_release(source, system.primary))
    assert won > 0.7 * tried


def test_programs_agree_with_listing_every_table() -> None:
    rng = np.random.default_rng(5)
    compared = 0
    for _ in range(15):
        source = random_source(rng, "2")
        hidden = complete(source.system()).hidden
        attack = source.attack(hidden)
        tables = attack.tables(3_000)
        if hidden and tables:
            for key, interval in attack.programs().items():
                values = [table[key] for table in tables]
                assert interval == (min(values), max(values))
                compared += 1
    assert compared > 15


def test_the_same_bytes_on_each_run() -> None:
    rng = np.random.default_rng(6)
    for kind in KINDS:
        source = random_source(rng, kind)
        first = source.files(complete(source.system()).hidden)
        assert source.files(complete(source.system()).hidden) == first


def test_files_hold_marks_and_shown_counts_alone() -> None:
    """Two sources that differ only in what is hidden, with one pattern, give the same bytes."""
    rng = np.random.default_rng(7)
    compared = 0
    for _ in range(15):
        source = random_source(rng, "2")
        hidden = complete(source.system()).hidden
        tables = source.attack(hidden).tables(2_000)
        for table in tables or []:
            assert source.files(hidden, table) == source.files(hidden)
            compared += 1
    assert compared > 15


def inverted(source: Source, hidden: frozenset[str]) -> dict[str, tuple[int, int]] | None:
    """Of all tables that fit, the span of those to which the program gives the same marks."""
    attack = source.attack(hidden)
    tables = attack.tables(400)
    if tables is None or len(tables) > 60:
        return None
    mine = source.files(hidden)

    fitting = [
        table
        for table in tables
        if source.files(complete(source.system(table)).hidden, table) == mine
    ]
    return {
        name(key): (min(t[key] for t in fitting), max(t[key] for t in fitting))
        for key in attack.known.marked
    }


def run_backwards(seed: int, number: int) -> Counter[str]:
    rng = np.random.default_rng(seed)
    seen: Counter[str] = Counter()
    while seen["tables"] < number:
        source = small_table(rng)
        result = complete(source.system())
        if not result.hidden or result.unmet:
            continue
        found = inverted(source, result.hidden)
        if found is None:
            continue
        seen["tables"] += 1
        counts = {name(key): count for key, count in source.counts().items()}
        for cell, (low, high) in found.items():
            seen["cells"] += 1
            seen["exact"] += low == high
            seen["narrower"] += not enough((low, high), counts[cell], lambda: 1)
    return seen


def small_table(rng: np.random.Generator) -> Source:
    """Two by three, of few respondents."""
    levels = {"a": ("0", "1"), "b": ("0", "1", "2")}
    shares = rng.dirichlet(np.full(6, 1.5))
    places = rng.choice(6, size=int(rng.integers(25, 60)), p=shares)
    people = tuple({"a": str(place // 3), "b": str(place % 3)} for place in places)
    return Source(people, (("a", "b"),), levels)


@pytest.mark.slow
def test_running_our_own_program_backwards() -> None:
    """It is known to tell more than the rule allows (decision 0030): how much is measured here."""
    seen = run_backwards(8, 12)
    print(seen)
    assert seen["cells"] > 40
    assert seen["exact"] < 0.05 * seen["cells"]


def published_counts(path: Path, names: list[tuple[str, str]]) -> list[str]:
    """The tables of a release's CSV as the attacker takes them."""
    texts = [[f"{row},{column},count"] for row, column in names]
    with path.open(newline="") as file:
        for line in csv.DictReader(file):
            if line["kind"] == "estimate":
                column = line["spanner_1"] or line["header"].split(":")[0]
                cell = line["mark"] or line["value"].replace(",", "")
                texts[int(line["table"]) - 1].append(f"{line['label_1']},{column},{cell}")
    return ["\n".join(text) + "\n" for text in texts]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("base", [1, 10])
def test_no_attack_succeeds_on_the_files_of_a_release(tmp_path: Path, seed: int, base: int) -> None:
    """From respondents to CSV and back: two tables of counts that share a margin."""
    rng = np.random.default_rng(seed)
    levels = {"a": ("a1", "a2", "a3"), "b": ("b1", "b2", "b3", "b4"), "c": ("c1", "c2", "c3")}
    people = tuple(
        {name: str(rng.choice(own, p=shares)) for name, (own, shares) in drawn.items()}
        for drawn in [
            {name: (own, rng.dirichlet(np.full(len(own), 1.5))) for name, own in levels.items()}
        ]
        * int(rng.integers(80, 300))
    )
    design = irosurvey.Design({name: [each[name] for each in people] for name in levels})
    names = [("a", "b"), ("a", "c")]
    tables = [
        irosurvey.Table(design.crosstab(row, column), percent="count", statistics="estimate")
        for row, column in names
    ]
    options = {"proportions": "none", "counts": "none"}
    if base == 1:
        options |= {"rounding": "none"}
    policy = Policy.preset("dfe", **options)
    irosurvey.release(tables, policy, title="Counts").write(tmp_path, formats=("csv",))
    (path,) = tmp_path.glob("*.csv")
    rules = attacker.Policy(base=base)
    known = attacker.read(published_counts(path, names), rules, {})
    source = Source(people, tuple(names), levels, policy=rules)
    counts = source.counts()
    assert set(known.lower) == {key for key in counts if counts[key] or key in known.lower}
    won = by_programs(source, Attack(known))
    assert not won
    assert known.marked >= {key for key in known.lower if 1 <= counts[key] <= 5}
