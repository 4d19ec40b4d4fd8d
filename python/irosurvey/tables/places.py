"""Where an estimate stands in a release, in words that messages and reports share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from irosurvey.tables.panels import TableColumn

__all__ = ["place_of", "table_name"]


def table_name(place: int) -> str:
    """What a table of a release is called, by its place from 0: ``"Table 1"``."""
    return f"Table {place + 1}"


def place_of(table: str, labels: Iterable[str], column: TableColumn) -> str:
    """Table, row and column of an estimate: ``"Table 1: North, Met"``."""
    row = ", ".join(filter(None, labels))
    return f"{table}: {row}" + (f", {': '.join(column.spanners)}" if column.spanners else "")
