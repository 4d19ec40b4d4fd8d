"""The data of a spec: the file found and read, rows kept, columns derived, names checked."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Sequence
from pathlib import Path as FilePath
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from irosurvey._core import Frame
from irosurvey.errors import IrosurveyError
from irosurvey.reading import read
from irosurvey.spec.document import Document
from irosurvey.spec.estimate_keys import COLUMN_KEYS
from irosurvey.spec.kinds import Path, Problem
from irosurvey.spec.parts import EstimatePart, Spec
from irosurvey.sql import check_expression, column_of, condition_mask

__all__ = ["Sample", "matching_columns", "read_sample", "replicate_columns", "sample_of"]


class Sample(NamedTuple):
    """The rows that a design is declared on, and what was left out before.

    Attributes
    ----------
    frame
        The rows, with derived columns.
    file
        Where they were read from.
    left_out
        How many rows `keep` dropped, and the sum of their weights.
    """

    frame: Frame
    file: FilePath
    left_out: tuple[int, float]


def sample_of(document: Document, spec: Spec, folders: Sequence[FilePath]) -> Frame:
    """The rows that the design is declared on, with the derived columns; see `read_sample`."""
    return read_sample(document, spec, folders).frame


def read_sample(document: Document, spec: Spec, folders: Sequence[FilePath]) -> Sample:
    """Read the data of a spec, keep the rows of the sample, and derive columns.

    Parameters
    ----------
    document
        Where errors say the trouble is.
    spec
        What it says.
    folders
        Where the data file is sought after the spec's own folder.

    Raises
    ------
    IrosurveyError
        If the file isn't found or can't be read, or with every column that doesn't exist and every
        expression that can't be read.
    """
    file = _found(document, spec, folders)
    frame = _read(document, spec, file)
    left_out = (0, 0.0)
    if "keep" in spec.data:
        frame, left_out = _kept(document, spec, frame)
    problems: list[Problem | IrosurveyError] = []
    for name, expression in spec.derive.items():
        path = ("derive", name)
        try:
            values = column_of(frame, expression, "SQL")
        except IrosurveyError as failure:
            problems.append(document.error_of(path, failure))
            values = pa.nulls(frame.rows)  # so that what follows can be looked at
        frame = frame.with_column(name, values)
    missing = list(_unknown_columns(spec, frame))
    problems += missing
    problems += _unreadable_domains(document, spec, frame, derived=not problems)
    document.refuse(problems)
    return Sample(frame, file, left_out)


def _found(document: Document, spec: Spec, folders: Sequence[FilePath]) -> FilePath:
    wanted = FilePath(spec.data["file"])
    own = document.path.parent if document.path else FilePath()
    places = [folder / wanted for folder in (own, *folders)]
    found = next((place for place in places if place.is_file()), None)
    path = ("data", "file")
    if found is None:
        looked = list(dict.fromkeys(str(place.parent) for place in places))
        near = {one.name for place in places for one in _files(place.parent)}
        document.refuse(
            [
                Problem(
                    path,
                    f"a data file '{wanted.name}' in one of the folders "
                    + ", ".join(f"'{one}'" for one in looked),
                    "no such file",
                    "Name its folder with --data-dir DIR.",
                    wanted.name,
                    tuple(sorted(near)),
                )
            ]
        )
        raise AssertionError
    return found


def _read(document: Document, spec: Spec, file: FilePath) -> Frame:
    try:
        return read(file).with_user_missing(spec.data.get("user_missing", "missing"))
    except IrosurveyError as failure:
        document.refuse([document.error_of(("data", "file"), failure)])
        raise


def _files(folder: FilePath) -> list[FilePath]:
    return [one for one in folder.iterdir() if one.is_file()] if folder.is_dir() else []


def _kept(document: Document, spec: Spec, frame: Frame) -> tuple[Frame, tuple[int, float]]:
    """The rows of the sample; how many others there were, and their weight."""
    try:
        mask = condition_mask(frame, spec.data["keep"], "SQL")
    except IrosurveyError as failure:
        document.refuse([document.error_of(("data", "keep"), failure)])
        raise
    if not mask.any():
        document.refuse(
            [Problem(("data", "keep"), "a condition that some rows meet", "no row that does")]
        )
    # As values, so that user-missing codes stay what they are.
    whole = pa.table(frame.with_user_missing("keep"))
    kept = Frame(whole.filter(pa.array(mask.astype(bool))))
    others = ~mask.astype(bool)
    left_out = int(others.sum()), _weight_of(spec, frame, others)
    return kept.with_user_missing(spec.data.get("user_missing", "missing")), left_out


def _weight_of(spec: Spec, frame: Frame, rows: NDArray[np.bool_]) -> float:
    """The weight of some rows, where it is a number above 0; without weights each counts 1."""
    name = spec.design.get("weights", "")
    if name not in frame:
        return float(rows.sum())
    try:
        weights = np.asarray(frame[name].to_numpy(), dtype=np.float64)[rows]
    except (IrosurveyError, TypeError, ValueError):
        return 0.0  # the design will say what is wrong with its weights
    return float(weights[weights > 0].sum())


# ---- columns ----


def _unknown_columns(spec: Spec, frame: Frame) -> Iterator[Problem]:
    existing = tuple(frame.names)
    for path, name in _named_columns(spec):
        if name not in frame:
            yield Problem(
                path, "a column of the data, or a derived one", f"'{name}'", "", name, existing
            )
    for place, name in enumerate((spec.replicates or {}).get("columns", ())):
        if not matching_columns(name, existing):
            yield Problem(
                ("replicates", "columns", place),
                "a column of the data" if "*" not in name else "a pattern that columns match",
                f"'{name}'",
                "",
                name.replace("*", "1"),
                existing,
            )


def _named_columns(spec: Spec) -> Iterator[tuple[Path, str]]:
    """Every column that is named, with the key that names it."""
    for key in ("weights", "strata", "clusters", "fpc"):
        yield from _names(spec.design.get(key), ("design", key))
    for place, step in enumerate(spec.calibrate):
        for number, margin in enumerate(step["margins"]):
            path: Path = ("calibrate", place, "margins", number)
            yield from _names(margin.get("variables"), (*path, "variables"))
            yield from _names(margin.get("variable"), (*path, "variable"))
    for place, part in enumerate(spec.estimates):
        for key in COLUMN_KEYS:
            yield from _names(getattr(part, key), ("estimate", place, key))
        if part.standardize:
            path = ("estimate", place, "standardize")
            yield from _names(part.standardize.variable, (*path, "variable"))
            yield from _names(part.standardize.within, (*path, "within"))


def _names(given: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(given, str):
        given = [given]
    for name in given or ():
        if isinstance(name, str) and name:
            yield path, name


def replicate_columns(spec: Spec, frame: Frame) -> list[str]:
    """The columns of replicate weights, patterns replaced by what they match, in file order."""
    assert spec.replicates is not None
    names = [
        one
        for name in spec.replicates["columns"]
        for one in matching_columns(name, tuple(frame.names))
    ]
    return list(dict.fromkeys(names))


def matching_columns(pattern: str, existing: Sequence[str]) -> list[str]:
    """The columns that a name with * stands for, in file order; none, if there is none."""
    if "*" not in pattern:
        return [pattern] if pattern in existing else []
    literal = pattern.replace("[", "[[]").replace("?", "[?]")
    return [name for name in existing if fnmatch.fnmatchcase(name, literal)]


# ---- expressions ----


def _unreadable_domains(
    document: Document, spec: Spec, frame: Frame, *, derived: bool
) -> Iterator[IrosurveyError]:
    """Domains that can't be read; a column that couldn't be derived has no type to judge by."""
    for place, part in enumerate(spec.estimates):
        if part.where:
            try:
                check_domain(frame, part, derived=derived)
            except IrosurveyError as failure:
                yield document.error_of(("estimate", place, "where"), failure)


def check_domain(frame: Frame, part: EstimatePart, *, derived: bool) -> None:
    """Raise what is wrong with an estimate's `where`."""
    if derived:
        condition_mask(frame, part.where, "SQL")
    else:
        check_expression(frame, part.where, "SQL")
