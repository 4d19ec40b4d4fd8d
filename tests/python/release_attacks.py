"""Every attack on the written files of a release; what was found out, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from attacker import INFINITE, Attack, Key, Knowledge, Policy
from published_files import READERS, figures
from reading import NONE
from release_kinds import Plan
from suppression_tables import enough, small_groups

import irosurvey
from irosurvey.tables.suppression import ProtectionRule

__all__ = ["Found", "attacked", "read_files"]


@dataclass(frozen=True)
class Found:
    """What an attack gave.

    Attributes
    ----------
    won
        What is known more closely than the rule allows.
    hidden
        How many counts are hidden.
    narrowest
        Upper less lower end of the closest interval about a hidden count.
    """

    won: tuple[str, ...]
    hidden: int
    narrowest: int


def read_files(plan: Plan, folder: Path, formats: tuple[str, ...]) -> Knowledge:
    """Make the release, write it, and read what its files say: each says the same."""
    irosurvey.release(list(plan.tables), plan.policy, title="Answers").write(
        folder, formats=formats
    )
    paths = [path for path in sorted(folder.iterdir()) if not path.match("*-metadata.json")]
    found = [figures(path) for path in paths if path.suffix in READERS]
    assert all(one == found[0] for one in found), "a file tells what another doesn't"
    return plan.reader.read(found[0])


def attacked(plan: Plan, known: Knowledge) -> Found:
    """Outsiders, those who are alone in a cell, and groups of small counts."""
    rules, count = plan.reader.rules, plan.people.count
    printed = {
        key
        for key in known.lower
        if known.lower[key] == known.upper[key] and key not in known.marked
    }
    won = [
        f"{named(key)} is shown, {count(key)}"
        for key in sorted(printed, key=repr)
        if rules.is_small(count(key)) and not any(level == NONE for _, level in key)
    ]
    attack = Attack(known)
    won += [
        f"elimination gives {named(*keys)}"
        for keys in attack.eliminate()
        if set(keys) <= known.marked and not any(level == NONE for key in keys for _, level in key)
    ]
    secret = sorted(
        (key for key in known.marked | known.watched if _is_secret(plan, known, key)), key=repr
    )
    spans = {key: attack.interval(key) for key in secret}
    for applying in (False, True):
        # The rule tells something where it was kept.
        won = won or list(_known(plan, attack, secret, applying=applying))
    won += _groups(plan, attack)
    widths = [high - low for low, high in spans.values()]
    return Found(tuple(won), len(known.marked), min(widths, default=INFINITE))


def _known(plan: Plan, attack: Attack, secret: list[Key], *, applying: bool) -> Iterator[str]:
    """What programs tell outsiders and those who are alone; of the rule, too, or not."""
    known, (low, high) = attack.known, plan.reader.rules.hidden
    policy = Policy(low=low, high=high)
    view = attack.by_rule(policy, lambda key: plan.least(key, known)) if applying else attack
    yield from _judged(plan, view, known, secret)
    for knower in secret:
        if plan.people.count(knower) != 1 or knower not in known.marked:
            continue
        inside = view.told(knower, 1)
        own = {key for key in secret if plan.people.who(key) == plan.people.who(knower)}
        if applying:
            least = partial(_least, plan, known, knower)
            inside = inside.by_rule(policy, least, own)
        others = [key for key in secret if key not in own]
        yield from _judged(plan, inside, known, others, knower)


def _least(plan: Plan, known: Knowledge, knower: Key, key: Key) -> int:
    return plan.least(key, known, knower)


def named(*keys: Key) -> str:
    return " + ".join(
        "|".join(f"{name}={level}" for name, level in sorted(key)) or "everyone" for key in keys
    )


def _rule(plan: Plan) -> ProtectionRule:
    low, high = plan.reader.rules.hidden
    shown = plan.reader.rules.zeros_shown
    return ProtectionRule(low=low, high=high, width=3, zeros_shown=shown)


def _is_secret(plan: Plan, known: Knowledge, key: Key) -> bool:
    """What is marked; of what stands nowhere, small groups."""
    return key in known.marked or (
        plan.people.count(key) > 0 and plan.reader.rules.is_small(plan.people.count(key))
    )


def _judged(
    plan: Plan, view: Attack, known: Knowledge, keys: Iterable[Key], knower: Key | None = None
) -> Iterator[str]:
    """What is known too closely, in a second model of its own, too."""
    who = "an outsider" if knower is None else f"a respondent of {named(knower)}"
    for key in keys:
        count = plan.people.count(key)
        least = partial(plan.least, key, known, knower)
        for find in (view.interval, view.surely):
            low, high = find(key)
            if low <= count <= high and enough((low, high), count, least, _rule(plan)):
                break
        else:
            yield f"{who}: {named(key)} is {low} to {high}, in truth {count}"


def _groups(plan: Plan, attack: Attack) -> Iterator[str]:
    """Small counts of one sum that are a small group together."""
    rule, count = _rule(plan), plan.people.count
    for _, parts in attack.known.sums:
        counts = {key: count(key) for key in parts if key in attack.known.marked}
        for group in small_groups(counts, counts, rule.high):
            low, high = attack.surely(*group)
            if high < rule.high or high - low < rule.width:
                yield f"{named(*group)} together are {low} to {high}"
