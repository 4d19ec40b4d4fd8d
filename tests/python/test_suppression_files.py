"""Attacks on the bytes of a release: every format, with percentages, errors, bases and weights."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

import attacker
import numpy as np
import pytest
import release_attacks
from attacker import Attack
from published_files import READERS, figures
from release_attacks import read_files
from release_kinds import KINDS as MORE_KINDS
from release_kinds import plan as make
from suppression_tables import Source
from test_suppression_attacks import by_programs, groups

import irosurvey
from irosurvey.errors import DisclosureError
from irosurvey.tables import Policy

KINDS = ("counts", "errors", "weighted")


def respondents(
    rng: np.random.Generator,
) -> tuple[Mapping[str, tuple[str, ...]], dict[str, list[str]]]:
    """Answers to three questions, by question."""
    levels = {
        name: tuple(f"{name}{place}" for place in range(1, int(rng.integers(2, 5)) + 1))
        for name in "abc"
    }
    number = int(rng.integers(60, 400))
    answers = {
        name: [str(one) for one in rng.choice(own, number, p=rng.dirichlet(np.full(len(own), 1.5)))]
        for name, own in levels.items()
    }
    return levels, answers


def publish(
    folder: Path, kind: str, rng: np.random.Generator, formats: tuple[str, ...] = ("csv",)
) -> tuple[Source, attacker.Knowledge]:
    """A random release of this kind, written; who is in it, and what its files tell."""
    levels, answers = respondents(rng)
    names = [("a", "b"), ("a", "c")]
    options = {"proportions": "none", "counts": "none", "rounding": "none"}
    weights: dict[str, float] = {}
    data: dict[str, object] = dict(answers)
    if kind == "weighted":
        # As after stratification by the rows: one weight a row.
        weights = {level: float(rng.integers(10, 60)) / 10 for level in levels["a"]}
        data["weight"] = [weights[level] for level in answers["a"]]
        design = irosurvey.Design(data, weights="weight")
    else:
        design = irosurvey.Design(data)
    shares = kind == "errors"
    statistics = ["estimate", "se", "lower", "upper", "base"] if shares else ["estimate", "base"]
    tables = [
        irosurvey.Table(
            design.crosstab(row, column),
            percent="row" if shares else "count",
            statistics=statistics,
        )
        for row, column in names
    ]
    policy = Policy.preset("dfe", **options)
    irosurvey.release(tables, policy, title="Answers").write(folder, formats=formats)
    paths = [path for path in sorted(folder.iterdir()) if not path.match("*-metadata.json")]
    found = [figures(path) for path in paths]
    assert all(one == found[0] for one in found), "a file tells what another doesn't"
    rules = attacker.Policy()
    known = attacker.learn(found[0], names, rules, weights)
    people = tuple(
        {name: own[place] for name, own in answers.items()} for place in range(len(answers["a"]))
    )
    return Source(people, tuple(names), levels, policy=rules), known


def attacked(source: Source, known: attacker.Knowledge) -> list[str]:
    """Outsiders, those who are alone in a cell, and small groups: what was found out."""
    counts = source.counts()
    hidden = {key for key in known.lower if 1 <= counts[key] <= 5}
    unread = {key for key in hidden - known.marked if known.upper[key] < attacker.INFINITE}
    assert not unread, "a small count is shown"
    attack = Attack(known)
    return by_programs(source, attack) + groups(attack, counts)


def run(folder: Path, seed: int, number: int, formats: tuple[str, ...] = ("csv",)) -> Counter[str]:
    """Releases attacked, by kind, and hidden counts in them."""
    rng = np.random.default_rng(seed)
    seen: Counter[str] = Counter()
    for place in range(number):
        kind = KINDS[place % len(KINDS)]
        try:
            source, known = publish(folder / str(place), kind, rng, formats)
        except DisclosureError:
            seen["not publishable"] += 1
            continue
        won = attacked(source, known)
        assert not won, (seed, place, kind, won)
        seen[kind] += 1
        seen["hidden"] += len(known.marked)
    return seen


def run_kinds(
    seed: int, number: int, kinds: Sequence[str] = tuple(MORE_KINDS), log: TextIO | None = None
) -> Counter[str]:
    """The same of other kinds; each release can be made again by its seed and number."""
    seen: Counter[str] = Counter()
    closest = attacker.INFINITE
    for place in range(number):
        kind = kinds[place % len(kinds)]
        plan = make(kind, np.random.default_rng([seed, place]))
        try:
            with TemporaryDirectory() as folder:
                known = read_files(plan, Path(folder), ("csv", "json"))
        except DisclosureError:
            seen["not publishable"] += 1
            continue
        found = release_attacks.attacked(plan, known)
        assert not found.won, (seed, place, kind, found.won)
        seen[kind] += 1
        seen["hidden"] += found.hidden
        closest = min(closest, found.narrowest)
        if log and place % 100 == 99:
            said = f"files, seed {seed}, {place + 1}: closest {closest} wide;"
            print(said, dict(seen), file=log, flush=True)
    return seen


def test_no_attack_succeeds_on_files_of_any_format(tmp_path: Path) -> None:
    seen = run(tmp_path, 2, 6, tuple(ending[1:] for ending in READERS))
    assert all(seen[kind] >= 2 for kind in KINDS), seen
    assert seen["hidden"] > 30


@pytest.mark.parametrize("kind", MORE_KINDS)
def test_no_attack_succeeds_on_files_of_a_kind(kind: str) -> None:
    seen = run_kinds(3, 2, [kind])
    assert seen[kind] >= 1, seen


@pytest.mark.parametrize(
    ("kind", "seed", "place"),
    [
        # Two counts are of the same people by chance: together, both were two or more.
        ("means", 203, 207),
        # Nobody's answer is missing in one group, which readers don't see.
        ("gaps", 1101, 338),
        ("gaps", 1102, 713),
        # Everybody gave one answer: its only column is the total, and noughts are hidden.
        ("alike", 1401, 218),
    ],
)
def test_releases_that_were_won_once(kind: str, seed: int, place: int) -> None:
    plan = make(kind, np.random.default_rng([seed, place]))
    with TemporaryDirectory() as folder:
        known = read_files(plan, Path(folder), ("csv",))
    assert known.marked
    assert not release_attacks.attacked(plan, known).won


def test_readers_of_files_are_no_fools() -> None:
    """With the primary counts alone hidden they win nearly always."""
    won = Counter[str]()
    tried = Counter[str]()
    for kind in MORE_KINDS:
        for place in range(3):
            plan = make(kind, np.random.default_rng([4, place]))
            plan = replace(plan, policy=plan.policy.with_fields(secondary=False))
            with TemporaryDirectory() as folder:
                known = read_files(plan, Path(folder), ("csv",))
            if known.marked:
                tried[kind] += 1
                won[kind] += bool(release_attacks.attacked(plan, known).won)
    assert won.total() > 0.7 * tried.total(), (won, tried)
    assert sum(won[kind] > 0 for kind in tried) > 0.8 * len(tried), (won, tried)


@pytest.mark.slow
@pytest.mark.long
def test_no_attack_succeeds_on_the_files_of_a_thousand_releases(tmp_path: Path) -> None:
    seen = run(tmp_path, 22, 1000)
    print(seen)
    assert seen["not publishable"] < 100


@pytest.mark.slow
@pytest.mark.long
def test_no_attack_succeeds_on_the_files_of_two_thousand_releases_of_every_kind() -> None:
    seen = run_kinds(23, 2000, log=sys.stderr)
    print(seen)
    assert seen["not publishable"] < 200
