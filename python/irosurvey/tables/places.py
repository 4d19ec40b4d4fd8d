"""Where an estimate stands in a release, in words that messages and reports share."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from irosurvey.tables.panels import TableColumn

__all__ = [
    "LONGEST_HEADER",
    "NAME_OF_TABLE",
    "default_name",
    "is_name_of_table",
    "place_of",
    "table_name",
]

LONGEST_HEADER = 255
"""Characters that a header of a marked-up table may have in a workbook."""

NAME_OF_TABLE = "letters, digits and underscores, no digit first, not like a cell (A1, R1C1)"
"""What spreadsheets take for the name of a marked-up table."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")
_LIKE_A_CELL = re.compile(r"[A-Za-z]{1,3}[0-9]{1,7}|[rR][0-9]*[cC]?[0-9]*|[cC][0-9]*")


def is_name_of_table(name: str) -> bool:
    """Whether it is as `NAME_OF_TABLE` says."""
    return bool(_NAME.fullmatch(name)) and not _LIKE_A_CELL.fullmatch(name)


def table_name(place: int) -> str:
    """What a table of a release is called, by its place from 0: ``"Table 1"``."""
    return f"Table {place + 1}"


def default_name(place: int) -> str:
    """What files call a table that has no name of its own, by its place from 0: ``"table_1"``."""
    return f"table_{place + 1}"


def place_of(table: str, labels: Iterable[str], column: TableColumn) -> str:
    """Table, row and column of an estimate: ``"Table 1: North, Met"``."""
    row = ", ".join(filter(None, labels))
    return f"{table}: {row}" + (f", {': '.join(column.spanners)}" if column.spanners else "")
