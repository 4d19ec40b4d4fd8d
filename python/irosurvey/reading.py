"""Data files into frames."""

from __future__ import annotations

import codecs
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from irosurvey import _core
from irosurvey._checked import checked
from irosurvey._complaint import complaint
from irosurvey._core import Frame
from irosurvey.errors import ArgumentError, ColumnError, ReadError

__all__ = ["read"]

_STATISTICAL = (".sav", ".zsav", ".dta", ".xpt")
_ARROW_FAILURES = (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OSError)


@checked
def read(
    path: str | os.PathLike[str],
    columns: Sequence[str] | None = None,
    *,
    encoding: str | None = None,
) -> Frame:
    """Read a data file, with its labels and its kinds of missing.

    Parameters
    ----------
    path : str or os.PathLike
        A file of SPSS (``.sav``, ``.zsav``), Stata (``.dta``) or SAS (``.xpt``), or a ``.csv`` or
        ``.parquet`` file. Its first bytes have to be what its name says.
    columns : sequence of str, optional
        Only these, in this order; by default all. Values of the others aren't looked at.
    encoding : str, optional
        Encoding of the file's text; by default the one that the file names or its format
        prescribes (Stata before 14: windows-1252; otherwise UTF-8).

    Returns
    -------
    Frame
        Numbers are float64. A value that the file declares missing is missing, and
        ``frame.with_user_missing("keep")`` shows it. The empty text is missing where the format
        says so (Stata, SAS), and a value in SPSS files.

    Raises
    ------
    ReadError
        The file is missing, truncated, or not what its name says; names file, position and cause.
    ColumnError
        A column that was asked for isn't in the file; lists near names.

    Notes
    -----
    SAS transport files of version 5 don't say how many rows they have: one that was cut exactly at
    the end of a row and of an 80-byte record can't be told from a whole one.
    """
    place = _place(path)
    names = _distinct(columns)
    match place.suffix.lower():
        case ".csv":
            _require_file(place)
            return _read_csv(place, names, encoding or "utf-8")
        case ".parquet":
            _require_file(place)
            return _read_parquet(place, names)
        case suffix if suffix in _STATISTICAL or not place.is_file():
            return _core.read_file(place, names, encoding or "")
        case suffix:
            endings = ", ".join((*_STATISTICAL, ".csv", ".parquet"))
            raise _read_error(
                place,
                expected=f"a name that ends in one of {endings}",
                found=f"'{suffix}'" if suffix else "no ending",
                remedy="Rename it if it is such a file, or save it as one.",
            )


def _place(path: str | os.PathLike[str]) -> Path:
    """The path, if there can be a file of such a name."""
    place = Path(path)
    try:
        place.exists()
        is_possible = "\0" not in str(place)
    except (OSError, ValueError) as failure:
        cause = getattr(failure, "strerror", None) or str(failure)
        raise _read_error(place, "the name of a file", cause) from failure
    if not is_possible:
        raise _read_error(place, "the name of a file", repr(str(place)))
    return place


def _read_csv(place: Path, names: list[str], encoding: str) -> Frame:
    _require_encoding(encoding)
    try:
        # pyarrow's own complaint about a column that isn't there doesn't name its neighbours.
        with pa.csv.open_csv(place, **_csv_options(encoding)) as head:
            _require_columns(place, names, head.schema.names)
        return Frame(pa.csv.read_csv(place, **_csv_options(encoding, names)))
    except (*_ARROW_FAILURES, UnicodeError) as failure:
        raise _unreadable(
            place, "a CSV file", _csv_failure(place, encoding) or failure
        ) from failure


def _csv_options(
    encoding: str, names: Sequence[str] = (), *, use_threads: bool = True
) -> dict[str, Any]:
    return {
        "read_options": pa.csv.ReadOptions(encoding=encoding, use_threads=use_threads),
        "parse_options": pa.csv.ParseOptions(newlines_in_values=True),
        "convert_options": pa.csv.ConvertOptions(
            strings_can_be_null=True, include_columns=list(names)
        ),
    }


def _csv_failure(place: Path, encoding: str) -> Exception | None:
    """What fails, read once more without threads: only then does pyarrow count rows."""
    try:
        pa.csv.read_csv(place, **_csv_options(encoding, use_threads=False))
    except (*_ARROW_FAILURES, UnicodeError) as failure:
        return failure
    return None


def _read_parquet(place: Path, names: list[str]) -> Frame:
    try:
        with pa.parquet.ParquetFile(place) as file:
            _require_columns(place, names, file.schema_arrow.names)
            table = file.read(names or None)
    except _ARROW_FAILURES as failure:
        raise _unreadable(place, "a Parquet file", failure) from failure
    return Frame(table.select(names) if names else table)


def _distinct(columns: Sequence[str] | None) -> list[str]:
    if isinstance(columns, str):
        raise complaint(
            ArgumentError,
            "columns",
            expected="a list of names",
            found=f"the text '{columns}'",
            remedy=f"Write columns=['{columns}'].",
        )
    names = [] if columns is None else list(columns)
    for place, name in enumerate(names):
        if name in names[:place]:
            raise complaint(
                ArgumentError, "columns", expected="different names", found=f"'{name}' twice"
            )
    return names


def _require_encoding(encoding: str) -> None:
    try:
        codecs.lookup(encoding)
    except LookupError as failure:
        raise complaint(
            ArgumentError,
            "encoding",
            expected="the name of an encoding, such as 'utf-8' or 'windows-1252'",
            found=f"'{encoding}'",
        ) from failure


def _require_file(place: Path) -> None:
    if not place.exists():
        raise _read_error(place, "a data file", "no such file", existing=_siblings(place))
    if place.is_dir():
        raise _read_error(place, "a data file", "a directory")
    if place.stat().st_size == 0:
        raise _read_error(place, "a data file", "an empty file (0 bytes)")


def _siblings(place: Path) -> list[str]:
    return [sibling.name for sibling in place.parent.iterdir()] if place.parent.is_dir() else []


def _require_columns(place: Path, names: list[str], existing: list[str]) -> None:
    for name in names:
        if name not in existing:
            raise complaint(
                ColumnError,
                f"column '{name}'",
                expected=f"a column of '{place}'",
                found=f"no such name among {len(existing)} columns",
                name=name,
                existing=existing,
            )


def _unreadable(place: Path, kind: str, failure: Exception) -> ReadError:
    cause = str(failure).splitlines()[0] if str(failure) else type(failure).__name__
    remedy = "Mend the file there, or fetch it again."
    return _read_error(place, f"{kind} in good order", cause.rstrip("."), remedy)


def _read_error(
    place: Path, expected: str, found: str, remedy: str = "", existing: Sequence[str] = ()
) -> ReadError:
    return complaint(
        ReadError,
        f"file '{place}'",
        expected=expected,
        found=found,
        remedy=remedy,
        name=place.name if existing else "",
        existing=existing,
    )
