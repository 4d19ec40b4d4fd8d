"""Tables into frames, frames into tables, and how a frame looks on paper."""

from __future__ import annotations

import html as markup
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from irosurvey._complaint import complaint
from irosurvey._core import Column, Frame
from irosurvey.errors import ColumnError

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

__all__ = ["Column", "Frame"]

# Beyond this many variables a printed frame says how many more there are.
_SHOWN = 40


# ── In ────────────────────────────────────────────────────────────────────────────────────────────


def taken(data: Any) -> Any:
    """Give a table as something that the core can take without copying.

    Parameters
    ----------
    data : table
        Whatever `irosurvey.Frame` takes.

    Returns
    -------
    list of Column or object
        Columns where the table holds each of them by itself, else an object that has
        ``__arrow_c_stream__``.

    Raises
    ------
    ColumnError
        The data aren't a table, or a column mixes types that Arrow can't hold.
    """
    if _is_from(data, "polars", "LazyFrame"):
        data = data.collect()
    if _is_from(data, "polars", "DataFrame"):
        # As a whole, polars would join the chunks of its columns first: a copy.
        return [Column(series.name, series) for series in data.get_columns()]
    if _is_from(data, "pandas", "DataFrame"):
        # Its index stays behind: it would become a variable that nobody asked.
        series = (data.iloc[:, place] for place in range(data.shape[1]))
        return [Column(str(one.name), one) for one in series]
    if isinstance(data, Mapping):
        return [Column(str(name), values) for name, values in data.items()]
    if hasattr(data, "__arrow_c_stream__"):
        return data
    if hasattr(data, "__arrow_c_array__"):
        try:
            batch = pa.record_batch(data)
        except (pa.ArrowException, TypeError, ValueError):
            raise _no_table(data) from None
        return pa.RecordBatchReader.from_batches(batch.schema, [batch])
    raise _no_table(data)


def _no_table(data: Any) -> ColumnError:
    return complaint(
        ColumnError,
        "data",
        expected="a table",
        found=type(data).__name__,
        remedy="Give a data frame of pandas or polars, a pyarrow table, a DuckDB relation, "
        "or a dict of columns.",
    )


def array_stream_of(values: Any, name: str) -> Any:
    """Give an object whose ``__arrow_c_stream__`` is a stream of arrays, for one column.

    Parameters
    ----------
    values : array-like
        A list, a NumPy array, a pandas or polars series, an Arrow array.
    name : str
        The column's name, for messages.

    Returns
    -------
    object
        The values themselves where they can export a stream, else a pyarrow chunked array.
    """
    if hasattr(values, "__arrow_c_stream__") and not _is_from(values, "pandas", "Series"):
        return values
    try:
        array = pa.array(values, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError) as failure:
        cause = str(failure).splitlines()[0] if str(failure) else type(failure).__name__
        raise complaint(
            ColumnError,
            f"column '{name}'",
            expected="values of one type",
            found=cause,
            remedy="Give the column one type.",
        ) from failure
    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])


def _is_from(data: Any, package: str, name: str) -> bool:
    kind = type(data)
    return kind.__module__.split(".")[0] == package and kind.__name__ == name


# ── Out ───────────────────────────────────────────────────────────────────────────────────────────


def to_arrow(frame: Frame) -> pa.Table:
    """Give a pyarrow table that shares the frame's buffers."""
    return pa.table(frame)


def column_to_arrow(column: Column) -> pa.ChunkedArray:
    """Give a pyarrow chunked array that shares the column's buffers."""
    return pa.chunked_array(column)


def to_pandas(frame: Frame) -> pd.DataFrame:
    """Give a pandas data frame of Arrow-backed columns, which share the frame's buffers."""
    import pandas as pd

    shared: pd.DataFrame = to_arrow(frame).to_pandas(types_mapper=pd.ArrowDtype)
    return shared


def to_polars(frame: Frame) -> pl.DataFrame:
    """Give a polars data frame; its numeric columns share the frame's buffers."""
    import polars as pl

    return pl.DataFrame(frame)


# ── Pickles: an Arrow stream, with user-missing codes as values so that none is lost ──────────────


def reduce_frame(frame: Frame) -> tuple[Any, ...]:
    """Take a frame apart for pickle."""
    rules = [column.user_missing_rule for column in frame.columns]
    sink = pa.BufferOutputStream()
    table = pa.table(frame.with_user_missing("keep"))
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return restore_frame, (sink.getvalue().to_pybytes(), rules)


def restore_frame(stream: bytes, rules: list[str]) -> Frame:
    """Put a frame together that `reduce_frame` took apart."""
    frame = Frame(pa.ipc.open_stream(stream).read_all())
    for column, rule in zip(frame.columns, rules, strict=True):
        if column.user_missing_rule != rule:
            frame = frame.with_column(column.with_user_missing(rule))
    return frame


def reduce_column(column: Column) -> tuple[Any, ...]:
    """Take a column apart for pickle."""
    alone = Frame({}).with_column(column)
    return restore_column, (*reduce_frame(alone)[1], column.name)


def restore_column(stream: bytes, rules: list[str], name: str) -> Column:
    """Put a column together that `reduce_column` took apart."""
    return restore_frame(stream, rules).column(name)


# ── On paper ──────────────────────────────────────────────────────────────────────────────────────


def _type_of(column: Column) -> str:
    return str(column.to_arrow().type)


def _codes(column: Column) -> str:
    return "; ".join(f"{value} {label}" for value, label in column.value_labels.items())


def _missing(column: Column) -> str:
    parts = [str(code) for code in column.user_missing]
    if column.user_missing_range:
        low, high = column.user_missing_range
        parts.append(f"{low:g} to {high:g}")
    return ", ".join(parts)


def _shortened(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _size(frame: Frame) -> str:
    return f"{frame.rows:,} rows × {len(frame.names):,} columns"


def column_text(column: Column) -> str:
    """Describe a column in a line or a few."""
    lines = [f"Column '{column.name}': {len(column):,} rows of {_type_of(column)}"]
    if column.label:
        lines.append(f"  {column.label}")
    if column.value_labels:
        lines.append(f"  {_shortened(_codes(column), 90)}")
    if missing := _missing(column):
        lines.append(f"  user-missing: {missing}")
    return "\n".join(lines)


def text(frame: Frame) -> str:
    """Describe a frame: its size, and a line for each variable."""
    lines = [f"Frame: {_size(frame)}" + (f" · {frame.label}" if frame.label else "")]
    columns = frame.columns[:_SHOWN]
    width = min(24, max((len(column.name) for column in columns), default=0))
    for column in columns:
        name = _shortened(column.name, width).ljust(width)
        lines.append(f"  {name}  {_type_of(column):<12}  {_shortened(column.label, 60)}".rstrip())
    if len(frame.names) > _SHOWN:
        lines.append(f"  … and {len(frame.names) - _SHOWN:,} more")
    return "\n".join(lines)


def html(frame: Frame) -> str:
    """Describe a frame as an HTML table of its variables, for notebooks."""
    head = "".join(
        f'<th scope="col" style="text-align:left">{title}</th>'
        for title in ("Variable", "Label", "Type", "Value labels", "User-missing")
    )
    rows = "".join(
        "<tr>"
        + f'<th scope="row" style="text-align:left">{markup.escape(column.name)}</th>'
        + "".join(
            f'<td style="text-align:left">{markup.escape(_shortened(cell, 120))}</td>'
            for cell in (column.label, _type_of(column), _codes(column), _missing(column))
        )
        + "</tr>"
        for column in frame.columns[:_SHOWN]
    )
    hidden = len(frame.names) - _SHOWN
    note = f"<p>… and {hidden:,} more</p>" if hidden > 0 else ""
    label = f"<strong>{markup.escape(frame.label)}</strong> · " if frame.label else ""
    return (
        f"<table><caption>{label}{_size(frame)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{note}"
    )
