"""Results that become data frames of other libraries."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

__all__ = ["Tabular", "polars_of"]


def polars_of(table: pa.Table) -> pl.DataFrame:
    """The table as a polars data frame."""
    import polars

    frame = polars.from_arrow(table)
    assert isinstance(frame, polars.DataFrame)
    return frame


class Tabular(ABC):
    """What knows itself as an Arrow table is a data frame of every other kind, too."""

    __slots__ = ()

    @abstractmethod
    def to_arrow(self, *, labels: bool = True, level: float | None = None) -> pa.Table:
        """The result as a pyarrow table."""

    def to_pandas(self, *, labels: bool = True, level: float | None = None) -> pd.DataFrame:
        """The result as a pandas data frame, one row for each number; see :meth:`to_arrow`.

        Examples
        --------
        >>> import irosurvey
        >>> data = {"area": ["N", "N", "S", "S"], "y": [10, 14, 20, 26]}
        >>> irosurvey.Design(data).mean("y", by="area").to_pandas()[["area", "estimate"]]
          area  estimate
        0    N      12.0
        1    S      23.0
        """
        frame: pd.DataFrame = self.to_arrow(labels=labels, level=level).to_pandas()
        return frame

    def to_polars(self, *, labels: bool = True, level: float | None = None) -> pl.DataFrame:
        """The result as a polars data frame, one row for each number; see :meth:`to_arrow`.

        Examples
        --------
        >>> import irosurvey
        >>> data = {"area": ["N", "N", "S", "S"], "y": [10, 14, 20, 26]}
        >>> irosurvey.Design(data).mean("y", by="area").to_polars()["estimate"].to_list()
        [12.0, 23.0]
        """
        return polars_of(self.to_arrow(labels=labels, level=level))

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The table of :meth:`to_arrow`, for every library that speaks the Arrow interface."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)
