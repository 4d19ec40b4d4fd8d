"""Data that arrive in pieces: sums by sampling unit, united before anything is estimated."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from irosurvey import _arguments, _core
from irosurvey._checked import checked_methods
from irosurvey._complaint import complaint
from irosurvey._core import Frame
from irosurvey.errors import ArgumentError
from irosurvey.levels import level_named
from irosurvey.parts import MOST_COVARIANCES, Choice, Level, Reference, design_effect_against
from irosurvey.result import Estimate, from_core, with_levels_of_questions
from irosurvey.sql import mask_of, with_condition_columns

if TYPE_CHECKING:
    from irosurvey.design import DfRule

__all__ = ["UnitTotals"]

# Rows that are summed at a time: small batches of a stream go together, large ones are cut.
_FEWEST = 1 << 17
_MOST = 1 << 20


@checked_methods
class UnitTotals:
    """Sums of data that arrived in pieces, made by :meth:`irosurvey.Design.scan`.

    Parts of one data set may be summed apart (by processes, on machines) and in any order; they
    may cut through sampling units. Sums travel as bytes or by pickle, and are united by
    :meth:`merge`. What is estimated comes from :meth:`finish`, and is the answer that all rows
    together give: the same rows, bases and degrees of freedom; numbers to rounding.

    Memory grows with sampling units times the groups that each touches, not with rows. Where a
    design has no clusters, each row is a sampling unit.

    Examples
    --------
    >>> import irosurvey
    >>> from irosurvey import Design, UnitTotals, mean
    >>> first = {"school": ["a", "a", "b"], "score": [51, 55, 60]}
    >>> second = {"school": ["b", "c", "c"], "score": [66, 43, 47]}
    >>> parts = [
    ...     Design.scan([part], clusters="school", ask=mean("score")) for part in (first, second)
    ... ]
    >>> sent = [part.to_bytes() for part in parts]
    >>> totals = UnitTotals.merge(*(UnitTotals.from_bytes(part) for part in sent))
    >>> totals
    UnitTotals: 6 rows in 3 sampling units
      T(score) / T(1)
    >>> found = totals.finish()
    >>> print(f"{float(found):.2f} ± {found.se[0]:.2f}")
    53.67 ± 5.21
    """

    _sums: _core.UnitTotals

    def __init__(self) -> None:
        raise TypeError("UnitTotals are made by Design.scan and UnitTotals.from_bytes.")

    @property
    def rows(self) -> int:
        """How many rows were summed."""
        return self._sums.rows

    @property
    def units(self) -> int:
        """How many sampling units they are in."""
        return self._sums.units

    @property
    def records(self) -> int:
        """Sums that are held: one for every unit and group that some row touches."""
        return self._sums.records

    @property
    def fingerprint(self) -> str:
        """What sums must have in common to be merged: 16 hexadecimal digits."""
        return self._sums.fingerprint

    def merge(self, *others: UnitTotals) -> UnitTotals:
        """Unite these sums with others, of other rows of the same data.

        Parameters
        ----------
        *others
            Sums made with the same design and the same question.

        Returns
        -------
        UnitTotals
            New ones; these stay as they are.

        Raises
        ------
        ArgumentError
            If one was made with another design or for another question.
        DesignError
            If an fpc differs within a stratum.
        """
        for other in others:
            if not isinstance(other, UnitTotals):
                raise complaint(
                    ArgumentError, "merge", expected="UnitTotals", found=type(other).__name__
                )
        return _wrapped(self._sums.merged([other._sums for other in others]))

    def to_bytes(self) -> bytes:
        """All of it in a versioned format, the same on every machine: see `from_bytes`."""
        return self._sums.to_bytes()

    @staticmethod
    def from_bytes(data: bytes) -> UnitTotals:
        """Sums that :meth:`to_bytes` wrote down.

        Raises
        ------
        ReadError
            If the bytes aren't whole, were changed, or are of another version.
        """
        return _wrapped(_core.UnitTotals.from_bytes(bytes(data)))

    def finish(
        self,
        *,
        df: DfRule | float = "design",
        covariance: bool | None = None,
        deff: Reference | None = "wr",
        level: float = 0.95,
        threads: int = 0,
    ) -> Estimate:
        """The answer to all rows together.

        Parameters
        ----------
        df, covariance, deff, level, threads
            As in :meth:`irosurvey.Design.mean`. There is no `deff` where
            :meth:`~irosurvey.Design.scan` was told to leave design effects out.

        Returns
        -------
        Estimate

        Raises
        ------
        SingletonError
            If a stratum has one sampling unit and the design names no rule for that.
        DesignError
            If a population is smaller than the sample that all parts together are; if there were
            no rows at all.
        """
        core = self._sums
        if not core.design_effect:
            deff = None
        _arguments.asked(core.statistics, deff, level, threads)
        if covariance is None:
            covariance = core.most_results <= MOST_COVARIANCES
        answer = core.finish(_arguments.df(df), _arguments.flag("covariance", covariance), threads)
        result = from_core(
            answer,
            level=level,
            reference=deff or "wr",
            by_labels=[core.column_label(name) for name in core.by],
            source=core.label,
            extra_choices=self._more_choices(deff),
        )
        levels = [self._level_of(statistic) for statistic in core.statistics]
        return with_levels_of_questions(result, levels)

    def __repr__(self) -> str:
        units, rows = self.units, self.rows
        groups = f", {self.records:,} sums by group" if self._sums.by else ""
        lines = [f"UnitTotals: {rows:,} rows in {units:,} sampling units{groups}"]
        lines += [f"  {statistic!r}" for statistic in self._sums.statistics]
        if self._sums.by:
            lines.append(f"  by {', '.join(self._sums.by)}")
        if self._sums.where:
            lines.append(f"  where {self._sums.where}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[Callable[[bytes], UnitTotals], tuple[bytes]]:
        return UnitTotals.from_bytes, (self.to_bytes(),)

    def _more_choices(self, deff: Reference | None) -> list[Choice]:
        choices = [Choice("domain", self._sums.where)] if self._sums.where else []
        if deff is not None:
            choices.append(design_effect_against(deff))
        return choices

    def _level_of(self, statistic: _core.Statistic) -> Level | None:
        """The level that a share is about, named as :meth:`irosurvey.Design.proportion` does."""
        if statistic.name != "proportion" or statistic.levels is None:
            return None
        return level_named(self._sums.value_labels(statistic.variables[0]), statistic.levels)


def scanned(
    data: Any,
    declare: Callable[[Frame], _core.UnitTotals],
    where: str | None,
    progress: Callable[[int], object] | None,
) -> UnitTotals:
    """Sum a stream piece by piece; `declare` gives the empty sums when the columns are known."""
    totals: _core.UnitTotals | None = None
    for piece in _pieces(data):
        if totals is None:
            totals = declare(piece)
        if piece.rows > 0:
            frame = with_condition_columns(piece, totals.statistics)
            totals.add(frame, None if where is None else mask_of(frame, where))
        if progress is not None:
            progress(totals.rows)
    if totals is None:
        raise complaint(
            ArgumentError, "data", expected="at least one part of the data", found="none"
        )
    return _wrapped(totals)


def _wrapped(core: _core.UnitTotals) -> UnitTotals:
    totals = object.__new__(UnitTotals)
    totals._sums = core
    return totals


# ── Streams ───────────────────────────────────────────────────────────────────────────────────────


def _pieces(data: Any) -> Iterator[Frame]:
    """The data as frames of a size that is worth a pass, one at a time."""
    if isinstance(data, str | os.PathLike):
        raise complaint(
            ArgumentError,
            "data",
            expected="a stream of record batches, or parts of the data one after the other",
            found="a path",
            remedy="Open it with a reader, such as pyarrow.dataset.dataset(path).scanner()"
            ".to_reader() or polars.scan_parquet(path).",
        )
    kind = f"{type(data).__module__.split('.')[0]}.{type(data).__name__}"
    if kind == "polars.LazyFrame":
        return _from_tables(data.collect_batches())
    if kind.endswith(".DuckDBPyRelation"):
        # As a capsule, the whole result would be made first.
        return _from_reader(data.to_arrow_reader(_FEWEST))
    if isinstance(data, Mapping | pa.RecordBatch) or kind == "pandas.DataFrame":
        return _from_tables([data])
    if hasattr(data, "__arrow_c_stream__"):
        try:
            return _from_reader(pa.RecordBatchReader.from_stream(data))
        except pa.ArrowInvalid:
            raise _no_stream(data) from None
    if isinstance(data, Iterable):
        return _from_tables(data)
    raise _no_stream(data)


def _no_stream(data: Any) -> ArgumentError:
    return complaint(
        ArgumentError,
        "data",
        expected="a stream of record batches, or parts of the data one after the other",
        found=type(data).__name__,
    )


def _from_tables(tables: Iterable[Any]) -> Iterator[Frame]:
    for table in tables:
        if isinstance(table, pa.RecordBatch):
            table = pa.Table.from_batches([table])
        yield Frame(table)


def _from_reader(reader: Any) -> Iterator[Frame]:
    """Batches of a reader, small ones together and large ones cut, without copying a value."""
    waiting: list[Any] = []
    rows = 0
    nothing_yet = True
    for batch in reader:
        for start in range(0, batch.num_rows, _MOST):
            part = batch.slice(start, _MOST)
            waiting.append(part)
            rows += part.num_rows
            if rows >= _FEWEST:
                yield Frame(pa.Table.from_batches(waiting))
                waiting, rows, nothing_yet = [], 0, False
    if waiting or nothing_yet:
        yield Frame(pa.Table.from_batches(waiting, schema=reader.schema))


def refuse_what_streams_cannot(replicates: object, missing: str) -> None:
    """Say why, and what to do instead."""
    if replicates is not None:
        raise complaint(
            ArgumentError,
            "replicates",
            expected="strata and clusters: data in pieces are summed by sampling unit",
            found="replicate weights",
            remedy="Read the columns that are needed, and declare a Design.",
        )
    if missing != "domain":
        raise complaint(
            ArgumentError,
            "missing",
            expected="'domain' for data in pieces",
            found=f"'{missing}'",
            remedy="'listwise' takes rows out of the sample, which makes other units: leave them "
            "out of the stream instead.",
        )
