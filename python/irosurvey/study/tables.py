"""What every table of the study is: rows that are shown well and go to any data frame."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

import pyarrow as pa

from irosurvey.layout import View, as_html, as_text
from irosurvey.study.model import Evidence, Figure
from irosurvey.tables.safe_text import defused

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

__all__ = ["Record", "Table", "csv_of", "finding_record", "known"]

Row = TypeVar("Row")
Record = dict[str, Any]


class Table(Sequence[Row], Generic[Row]):
    """Rows that never change: a sequence, a table for people, and a data frame for programs."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = tuple(rows)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        return self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and type(self) is type(other) and self._rows == other._rows

    __hash__ = None  # type: ignore[assignment]

    def records(self) -> list[Record]:
        """One flat dict a row, as the data frames have it; None where there is nothing."""
        raise NotImplementedError

    def view(self) -> View:
        """What is shown of the table."""
        raise NotImplementedError

    def to_arrow(self) -> pa.Table:
        """The rows as a pyarrow table."""
        return pa.Table.from_pylist(self.records())

    def to_pandas(self) -> pd.DataFrame:
        """The rows as a pandas data frame."""
        frame: pd.DataFrame = self.to_arrow().to_pandas()
        return frame

    def to_polars(self) -> pl.DataFrame:
        """The rows as a polars data frame."""
        import polars

        frame = polars.from_arrow(self.to_arrow())
        assert isinstance(frame, polars.DataFrame)
        return frame

    def __repr__(self) -> str:
        return as_text(self.view())

    def _repr_html_(self) -> str:
        return as_html(self.view())


def csv_of(table: Table[Any]) -> bytes:
    """A table as CSV, its texts such that no spreadsheet runs them."""
    import polars as pl

    frame = table.to_polars()
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    safe = [
        pl.Series(
            name, [None if text is None else defused(text) for text in frame[name]], pl.String
        )
        for name in texts
    ]
    return frame.with_columns(safe).write_csv().encode()


def known(value: float) -> float | None:
    """A number, or None where there is none."""
    return None if math.isnan(value) else value


def finding_record(row: Evidence | Figure) -> Record:
    """What every table says of the finding that a row is about."""
    finding = row.finding
    return {
        "id": finding.id,
        "study": finding.study,
        "year": finding.year,
        "group": finding.group,
        "finding": finding.wording,
        "kind": finding.kind,
        "printed": finding.printed,
        "reading": "ours" if row.ours else "printed",
    }
