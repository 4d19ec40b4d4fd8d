"""Tables into frames, frames into tables, and how a frame looks on paper."""

from __future__ import annotations

import html as markup
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from irosurvey._core import Column, Frame
from irosurvey.errors import ColumnError

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

__all__ = ["Column", "Frame"]

# Beyond this many variables a printed frame says how many more there are.
_SHOWN = 40


# ── In ────────────────────────────────────────────────────────────────────────────────────────────


def stream_of(data: Any) -> Any:
    """Give an object with ``__arrow_c_stream__`` that holds the same table.

    Parameters
    ----------
    data : table
        Whatever `irosurvey.Frame` takes.

    Returns
    -------
    object
        The table itself where it can export a stream, else a pyarrow table of it.

    Raises
    ------
    ColumnError
        The data aren't a table, or a column mixes types that Arrow can't hold.
    """
    if _is_pandas(data, "DataFrame"):
        return _of_pandas(data)
    if _is_polars_lazy(data):
        return data.collect()
    if isinstance(data, Mapping):
        return pa.table({str(name): _array_of(values, str(name)) for name, values in data.items()})
    if hasattr(data, "__arrow_c_stream__"):
        return data
    if hasattr(data, "__arrow_c_array__"):
        return pa.RecordBatchReader.from_batches(*_one_batch(pa.record_batch(data)))
    for fetch in ("fetch_arrow_reader", "fetch_record_batch"):  # a DuckDB connection with a result
        if hasattr(data, fetch):
            return getattr(data, fetch)()
    raise ColumnError.about(
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
    if hasattr(values, "__arrow_c_stream__") and not _is_pandas(values, "Series"):
        return values
    array = _array_of(values, name)
    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])


def _array_of(values: Any, name: str) -> Any:
    try:
        if isinstance(values, pa.ChunkedArray):
            return values
        if hasattr(values, "__arrow_c_stream__") and not _is_pandas(values, "Series"):
            return pa.chunked_array(values)
        return pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as failure:
        raise _unreadable(name, failure) from failure


def _of_pandas(data: Any) -> pa.Table:
    # Named like a column of its own, an index would become a variable that nobody asked.
    arrays, names = [], []
    for position, name in enumerate(data.columns):
        names.append(str(name))
        arrays.append(_array_of(data.iloc[:, position], str(name)))
    return pa.table(arrays, names=names)


def _one_batch(batch: pa.RecordBatch) -> tuple[pa.Schema, list[pa.RecordBatch]]:
    return batch.schema, [batch]


def _is_pandas(data: Any, name: str) -> bool:
    kind = type(data)
    return kind.__module__.split(".")[0] == "pandas" and kind.__name__ == name


def _is_polars_lazy(data: Any) -> bool:
    kind = type(data)
    return kind.__module__.split(".")[0] == "polars" and kind.__name__ == "LazyFrame"


def _unreadable(name: str, failure: Exception) -> ColumnError:
    cause = str(failure).splitlines()[0] if str(failure) else type(failure).__name__
    return ColumnError.about(
        f"column '{name}'",
        expected="values of one type",
        found=cause,
        remedy="Give the column one type.",
    )


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

    return to_arrow(frame).to_pandas(types_mapper=pd.ArrowDtype)


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
