"""Significance letters: which columns of a table a figure is significantly higher than."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from irosurvey import _core
from irosurvey.crosstab_comparisons import column_letters
from irosurvey.result import Estimate
from irosurvey.tables.blocks import Block, Item

__all__ = ["ALPHA", "letters_remark", "run_on", "with_letters"]

ALPHA = 0.05
"""Level of significance of the comparisons in one row."""

_ADJUST = "bonferroni"
_WITHIN = "Columns are compared with those of the same breakdown."


def letters_remark(what: str, alpha: float, family: str, adjust: str) -> str:
    """What letters say, for above a table."""
    return (
        f"Letters name the columns beside it whose {what} is significantly lower "
        f"(p < {alpha:g}, adjusted over the pairs of a {family}: {adjust})."
    )


def with_letters(block: Block, found: Estimate) -> Block:
    """Groups across the top with letters: every two of them compared, row by row.

    Parameters
    ----------
    block
        Its items are the groups of `found` in their order, a total after them; its lines are the
        statistics.
    found
        The estimate by one column, with covariances between groups.
    """
    names = column_letters(len([item for item in block.items if not item.total]))
    if len(names) < 2:
        return block
    tests = found.pairs()
    p, difference = tests.p, tests.estimate
    by_row: dict[int, list[int]] = {}
    for place, statistic in enumerate(tests.rows["statistic"]):
        by_row.setdefault(int(statistic), []).append(place)
    marks = []
    for places in by_row.values():
        adjusted = _core.adjusted_p_values(p[places].tolist(), _ADJUST)
        lower: dict[int, list[str]] = {}
        # Groups are compared in their order, the later one less the earlier one.
        pairs = itertools.combinations(range(len(names)), 2)
        for (first, second), place, own in zip(pairs, places, adjusted, strict=True):
            if own < ALPHA:
                higher, other = (second, first) if difference[place] > 0 else (first, second)
                lower.setdefault(higher, []).append(names[other])
        marks.append(tuple(_joined(lower.get(at, []), len(names)) for at in range(len(names))))
    what = (
        "figure"
        if any(fact and not fact.is_share for row in block.facts for fact in row)
        else ("percentage")
    )
    letters = iter(names)
    return replace(
        block,
        items=tuple(item if item.total else _lettered(item, next(letters)) for item in block.items),
        letters=tuple((*row, *[""] * (len(block.items) - len(row))) for row in marks),
        remarks=(*block.remarks, letters_remark(what, ALPHA, "row", _ADJUST)),
    )


def run_on(blocks: Sequence[Block]) -> list[Block]:
    """Blocks side by side, each with letters of its own: A to D, then E to G."""
    counts = [len([item for item in block.items if item.letter]) for block in blocks]
    if len([count for count in counts if count]) < 2:
        return list(blocks)
    letters = iter(column_letters(sum(counts)))
    return [
        _renamed(block, list(itertools.islice(letters, count)), sum(counts)) if count else block
        for block, count in zip(blocks, counts, strict=True)
    ]


def _renamed(block: Block, names: Sequence[str], several: int) -> Block:
    new = dict(zip([item.letter for item in block.items if item.letter], names, strict=True))

    def again(marks: str) -> str:
        own = marks.split(" ") if len(new) > 26 else list(marks)
        return _joined([new[one] for one in own if one], several)

    return replace(
        block,
        items=tuple(
            _lettered(item, new[item.letter]) if item.letter else item for item in block.items
        ),
        letters=tuple(tuple(map(again, row)) for row in block.letters),
        remarks=tuple(dict.fromkeys([*block.remarks, _WITHIN])),
    )


def _lettered(item: Item, letter: str) -> Item:
    *outer, own = item.spanners
    plain = own.removesuffix(f" ({item.letter})") if item.letter else own
    return replace(item, spanners=(*outer, f"{plain} ({letter})"), letter=letter)


def _joined(letters: Sequence[str], several: int) -> str:
    """Letters of one sign each stand side by side; of two signs, a space apart."""
    return ("" if several <= 26 else " ").join(letters)
