"""Hidden cells that are a small group together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from irosurvey.tables.suppression._structure import Structure

__all__ = ["small_groups"]

MOST_GROUPS = 1_000
"""Of one size in one relation: where there are more, only smaller ones are looked at, and pairs."""


def small_groups(structure: Structure, cells: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Groups of primary ones among the cells of a sum that are as few as the rule hides.

    What stands in no table isn't among them: nobody adds it to anything.
    """
    rule, counts = structure.rule, structure.counts.tolist()
    kept = structure.primary & ~structure.underlying
    primary = [int(cell) for cell in cells if kept[cell]]
    groups: list[tuple[tuple[int, ...], int, int]] = [
        ((cell,), place, counts[cell]) for place, cell in enumerate(primary)
    ]
    for many in range(2, rule.together + 1):
        groups = [
            ((*group, primary[later]), later, count + counts[primary[later]])
            for group, last, count in groups
            for later in range(last + 1, len(primary))
            if count + counts[primary[later]] <= rule.high
        ]
        if many > 2 and len(groups) > MOST_GROUPS:
            return
        yield from (group for group, *_ in groups)
