"""Estimates by groups, turned: groups across the top, what was asked down the side."""

from __future__ import annotations

from dataclasses import replace

from irosurvey.result import Estimate
from irosurvey.tables.blocks import Block, Item, Line
from irosurvey.tables.measures import Measure

__all__ = ["turned"]


def turned(block: Block, found: Estimate) -> Block:
    """A block whose lines are groups, with the groups as items.

    Parameters
    ----------
    block
        An estimate by one column, with or without a line of totals.
    found
        The estimate.
    """
    labels = [item.spanners or (block.name,) for item in block.items]
    if len(labels[0]) > 1:
        stub: tuple[str, ...] = ("Question", "Answer")
    else:
        several = len({info.variable for info in found.statistics}) > 1
        stub = ("Measure" if several or not block.items[0].spanners else block.name,)
    return replace(
        block,
        name=block.stub[0],
        stub=stub,
        stub_names=("",) * len(stub),
        lines=tuple(Line(label) for label in labels),
        items=tuple(
            Item(
                (", ".join(filter(None, line.labels)),),
                block.items[0].heading,
                line.total,
                line.where,
            )
            for line in block.lines
        ),
        facts=tuple(zip(*block.facts, strict=True)),
        measures=tuple(_across(one) for one in block.measures),
    )


def _across(measure: Measure) -> Measure:
    """What is said of rows, of columns."""
    return replace(
        measure,
        sentence=measure.sentence.replace("in each row", "in each column"),
        rest=measure.rest.replace("in each row", "in each column"),
    )
