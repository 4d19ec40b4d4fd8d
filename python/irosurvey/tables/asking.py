"""A table in one call: the questions asked of a design, and laid out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from irosurvey._complaint import complaint
from irosurvey.errors import ArgumentError
from irosurvey.tables.block_making import block_of
from irosurvey.tables.blocks import Block
from irosurvey.tables.table import Table

if TYPE_CHECKING:
    from irosurvey.design import Design

__all__ = ["table_of"]


def table_of(
    design: Design,
    rows: Sequence[str],
    columns: Sequence[str],
    means: Sequence[str],
    medians: Sequence[str],
    asked: Mapping[str, Any],
    shown: Mapping[str, Any],
) -> Table:
    """A table of groups in rows: shares, means and medians side by side.

    Parameters
    ----------
    design
        Who is asked.
    rows, columns, means, medians
        Columns of data.
    asked
        Domain, rules and level of every question.
    shown
        What :class:`Table` takes beside results.
    """
    if not (rows or columns or means or medians):
        raise complaint(
            ArgumentError, "table", expected="rows, columns, means or medians", found="none"
        )
    groups = [[one] for one in rows] or [[]]
    blocks = [_blocks(design, by, columns, means, medians, asked, {**shown}) for by in groups]
    kept = {name: value for name, value in shown.items() if name not in ("percent", "letters")}
    if len(blocks) > 1:
        return Table(blocks, **kept)
    arrange = "columns" if rows else "rows"
    return Table(blocks[0], **{"arrange": arrange, **kept})


def _blocks(
    design: Design,
    by: Sequence[str],
    columns: Sequence[str],
    means: Sequence[str],
    medians: Sequence[str],
    asked: Mapping[str, Any],
    shown: Mapping[str, Any],
) -> list[Block]:
    """What stands side by side for one set of groups."""
    look = {"sample": shown.get("sample", ""), "decimals": shown.get("decimals")}
    tabs = {"percent": shown.get("percent", "row"), "letters": shown.get("letters", False)}
    found = []
    if by and not (columns or means or medians):
        columns_of = [(by[0], "")]
    else:
        columns_of = [(by[0], name) if by else (name, "") for name in columns]
    for first, second in columns_of:
        table = design._crosstab(
            [first, second],
            asked["where"],
            asked["missing"],
            asked["df"],
            "conventional",
            asked["level"],
            asked["threads"],
        )
        one_way = {} if second else {"percent": "total", "letters": False}
        found.append(block_of(table, **{**look, **tabs, **one_way}))
    for names, ask in ((means, design.mean), (medians, design.median)):
        if names:
            grouped = ask(names, by=list(by) or None, **asked)
            total = ask(names, **asked) if by else None
            found.append(block_of(grouped, total=total, **look))
    return found
