"""What the keys of a table [[estimate]] mean together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from irosurvey.spec.agreement import unreadable
from irosurvey.spec.estimate_keys import FIGURES, LEVEL_KEYS, STATISTICS, keys_of, row_key
from irosurvey.spec.kinds import Path, Problem, exact, exactly, shown

__all__ = ["estimate_problems"]


def estimate_problems(table: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    """Keys that don't go with the statistic, or with each other."""
    statistic = table["statistic"]
    use, allowed = STATISTICS[statistic], keys_of(statistic)
    for name in table:
        if name not in allowed:
            having = [one for one in STATISTICS if name in keys_of(one)]
            yield Problem(
                (*path, name),
                f"a key of the statistic '{statistic}'",
                f"'{name}', a key of " + " and ".join(f"'{one}'" for one in having[:3]),
            )
    for need in use.needs:
        names = need.split("|")
        if sum(name in table for name in names) != 1:
            yield Problem(
                path,
                f"{'one of the keys' if len(names) > 1 else 'the key'} "
                + " or ".join(f"'{name}'" for name in names)
                + f', as statistic = "{statistic}"',
                "both" if all(name in table for name in names) else "no such key",
            )
    yield from _one_of(table, "ci", use.intervals, path)
    yield from _one_of(table, "test", use.tests, path)
    alone = "plausible_values" not in table and len(table.get("variables", ("", ""))) < 2
    if statistic == "correlation" and alone:
        yield Problem((*path, "variables"), "two columns or more", "one")
    if "sampling_variance" in table and "plausible_values" not in table:
        yield Problem((*path, "sampling_variance"), "it with 'plausible_values'", "it without")
    yield from _twice(table, path)
    yield from _standard(table, path)
    yield from _contrast(table, path)
    yield from _expected(table, path)


def _one_of(
    table: Mapping[str, Any], name: str, values: tuple[str, ...], path: Path
) -> Iterator[Problem]:
    value = table.get(name, "")
    if value and values and value not in values:
        yield Problem(
            (*path, name),
            f"for the statistic '{table['statistic']}' "
            + " or ".join(f'"{one}"' for one in values),
            shown(value),
            "",
            value,
            values,
        )


def _twice(table: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    for name in ("variables", "by", "plausible_values", "margins"):
        names = table.get(name, [])
        for one in sorted({one for one in names if names.count(one) > 1}):
            yield Problem((*path, name), "each column once", f"'{one}' twice")


def _standard(table: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    if "standardize" not in table:
        return
    given, here = table["standardize"], (*path, "standardize", "weights")
    seen: set[object] = set()
    for place, row in enumerate(given["weights"]):
        yield from exactly(row, [given["variable"], "share"], (*here, place))
        code = exact(row.get(given["variable"]))
        if code in seen:
            yield Problem((*here, place), "each level once", "the same level again")
        seen.add(code)
    if not sum(row.get("share", 0) for row in given["weights"]) > 0:
        yield Problem(here, "shares of which at least one is above 0", "none")


def _contrast(table: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    known = _row_keys(table)
    for place, term in enumerate(table.get("contrast", ())):
        if not term["at"]:
            yield Problem(
                (*path, "contrast", place, "at"), "columns and codes of a cell", "an empty table"
            )
        for name in term["at"]:
            if name not in known:
                yield _unknown_key((*path, "contrast", place, "at", name), name, known)


def _expected(table: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    keys = _row_keys(table)
    for place, row in enumerate(table.get("expect", ())):
        here = (*path, "expect", place)
        for name, value in row.items():
            if name in keys:
                continue
            if name not in FIGURES:
                yield _unknown_key((*here, name), name, (*keys, *FIGURES))
            elif not isinstance(value, str):
                yield Problem(
                    (*here, name),
                    "a figure in quotes, exactly as it is printed",
                    shown(value),
                    f'Write {name} = "{value}": the digits after the point count.',
                )
            elif found := unreadable(value):
                yield Problem((*here, name), 'a printed number, such as "0.50"', found)
        if not any(name in FIGURES and name not in keys for name in row):
            yield Problem(here, "at least one printed figure, such as estimate", "none")


def _row_keys(table: Mapping[str, Any]) -> tuple[str, ...]:
    """What picks a row of the result; a `by` column with a name of ours has an underscore."""
    groups = [*table.get("by", ()), *table.get("margins", ())]
    return (*LEVEL_KEYS, *(row_key(name) for name in groups))


def _unknown_key(path: Path, name: str, known: tuple[str, ...]) -> Problem:
    return Problem(
        path, "one of the keys " + ", ".join(known), "an unknown key", "", name, tuple(known)
    )
