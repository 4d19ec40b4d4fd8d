"""A result laid out as a block: the one entrance for estimates and cross-tabs."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from irosurvey._complaint import complaint
from irosurvey.crosstab import ColumnComparison, CrossTab, Percent
from irosurvey.errors import ArgumentError
from irosurvey.result import Estimate
from irosurvey.tables.blocks import Block
from irosurvey.tables.crosstab_blocks import block_of_crosstab
from irosurvey.tables.estimate_blocks import block_of_estimate
from irosurvey.tables.facts import Fact
from irosurvey.tables.measures import multiplied
from irosurvey.tables.published import Unit

__all__ = ["Result", "block_of"]

Result: TypeAlias = Estimate | CrossTab


def block_of(
    result: Result,
    *,
    name: str = "",
    percent: Percent = "row",
    letters: ColumnComparison | bool = False,
    total: Result | None = None,
    sample: str = "",
    unit: Unit | None = None,
    scale: float = 1.0,
    heading: str = "",
    decimals: int | None = None,
) -> Block:
    """Lay one result out.

    Parameters
    ----------
    result
        An estimate, or a cross-tab.
    name
        What it is called beside others.
    percent
        Which numbers of a cross-tab.
    letters
        Of a cross-tab's column shares: whether to mark significant differences.
    total
        Of an estimate with groups: the same without groups, for the last row.
    sample
        Whose answers, where the data don't tell samples apart.
    unit, scale, heading, decimals
        What numbers are shown as, what they are multiplied with (1,000 for a rate per 1,000), the
        header of the estimate, and how many decimals.
    """
    if isinstance(result, CrossTab):
        block = block_of_crosstab(result, percent, letters, sample)
    elif isinstance(result, Estimate):
        if letters is not False:
            raise complaint(
                ArgumentError,
                "letters",
                expected="a cross-tab with percent='column'",
                found="an estimate",
                remedy="Compare groups of an estimate with result.pairs().",
            )
        block = block_of_estimate(result, total, sample)
    else:
        raise complaint(
            ArgumentError,
            "results",
            expected="estimates and cross-tabs",
            found=type(result).__name__,
        )
    block = replace(block, name=name or block.name, decimals=decimals)
    if unit is None and scale == 1.0 and not heading:
        return block
    return _shown_as(block, unit, scale, heading)


def _shown_as(block: Block, unit: Unit | None, scale: float, heading: str) -> Block:
    """Numbers as something else: a rate per 1,000, a count of children."""

    def changed(fact: Fact | None) -> Fact | None:
        if fact is None:
            return None
        return replace(
            fact,
            estimate=scale * fact.estimate,
            lower=scale * fact.lower,
            upper=scale * fact.upper,
            se=abs(scale) * fact.se,
            log_limits=(scale * fact.log_limits[0], scale * fact.log_limits[1]),
            unit=unit or fact.unit,
        )

    if scale != 1.0 and any(fact and fact.is_share for line in block.facts for fact in line):
        raise complaint(
            ArgumentError, "scale", expected="1 of shares, which are percentages", found=str(scale)
        )
    return replace(
        block,
        items=tuple(replace(item, heading=heading or item.heading) for item in block.items),
        facts=tuple(tuple(changed(fact) for fact in line) for line in block.facts),
        measures=multiplied(block.measures, scale),
    )
