"""Answers of an instrument under the codebook's own names, whatever file they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from irosurvey._complaint import complaint
from irosurvey._core import Frame
from irosurvey.errors import ColumnError
from irosurvey.reading import read
from irosurvey.study.codebook import Codebook
from irosurvey.study.given import given_answers
from irosurvey.study.sheets import Data
from irosurvey.study.words import SYNTHETIC

__all__ = ["Answers", "read_answers"]

INSTRUMENTS = ("iro", "manager", "dcs", "advice")


@dataclass(frozen=True)
class Answers:
    """The answers to one questionnaire.

    Attributes
    ----------
    instrument, source
        Which one, and the file or table that they come from.
    synthetic
        Whether they are SYNTHETIC: the package's own, or a file whose label says so.
    frame
        The answers under the codebook's names, with its labels and missing codes.
    """

    instrument: str
    source: str
    synthetic: bool
    frame: Frame

    @property
    def data(self) -> Data:
        """What is made of them says so."""
        return "SYNTHETIC" if self.synthetic else "given"

    def numbers(self, variable: str) -> NDArray[np.float64]:
        """Codes or numbers of a variable; NaN where there is no answer."""
        return np.asarray(self.frame[variable].to_numpy(), dtype=np.float64)

    def texts(self, variable: str) -> list[str]:
        """The texts of a variable."""
        return [str(value) for value in self.frame[variable].to_arrow().to_pylist()]


def read_answers(instrument: str, data: object, codebook: Codebook) -> Answers:
    """Read the answers of an instrument.

    Parameters
    ----------
    instrument
        ``"iro"``, ``"manager"``, ``"dcs"`` or ``"advice"``.
    data
        A file that :func:`irosurvey.read` reads, a table in memory, or None for the package's own,
        which is SYNTHETIC.
    codebook
        Says what its variables are called and which codes they have.

    Raises
    ------
    ReadError, ColumnError
        As for :func:`given_answers`; also if variables are missing (all are listed), or an answer
        isn't in the codebook.
    """
    if data is None:
        data = codebook.file(codebook.entries["instruments"][instrument]["file"])
        frame, source = read(data), Path(data).name
    else:
        frame, source = given_answers(instrument, data, codebook)
    synthetic = SYNTHETIC in frame.label
    return Answers(instrument, source, synthetic, _by_codebook(frame, instrument, source, codebook))


def _by_codebook(frame: Frame, instrument: str, source: str, codebook: Codebook) -> Frame:
    variables = codebook.variables(instrument)
    names = {name: entry.get("column", name) for name, entry in variables.items()}
    lacking = [column for column in names.values() if column not in frame]
    if lacking:
        raise complaint(
            ColumnError,
            source,
            expected="the variables " + ", ".join(lacking),
            found="none of these names",
            remedy='Copy the codebook and give each its name in the file: column = "…".',
            name=lacking[0],
            existing=frame.names,
        )
    result: Frame | None = None
    for name, column in names.items():
        kept = frame[column].with_name(name)
        if codebook.kind(instrument, name) != "text":
            kept = kept.with_notes(
                label=str(variables[name]["label"]),
                value_labels=dict(codebook.labels(instrument, name)),
                user_missing=codebook.missing(instrument, name),
            )
            _check_codes(kept, source, codebook.labels(instrument, name))
        result = Frame({name: kept}, frame.label) if result is None else result.with_column(kept)
    assert result is not None
    return result


def _check_codes(column: Any, source: str, labels: Mapping[int, str]) -> None:
    if not labels:
        return
    values = np.asarray(column.to_numpy(), dtype=np.float64)
    unknown = ~np.isnan(values) & ~np.isin(values, list(labels))
    if unknown.any():
        row = int(np.flatnonzero(unknown)[0])
        raise complaint(
            ColumnError,
            f"{source}: '{column.name}' in row {row}",
            expected="one of " + ", ".join(f"{code} ({label})" for code, label in labels.items()),
            found=f"{values[row]:g}",
            remedy="Name the code in the codebook, as an answer or as missing.",
        )


def labelled(name: str, values: ArrayLike, label: str, labels: Mapping[Any, str]) -> Any:
    """A column of codes made by the study, with its labels."""
    from irosurvey._core import Column

    array = pa.array(np.asarray(values, dtype=np.float64), pa.float64(), from_pandas=True)
    return Column(name, array).with_notes(label=label, value_labels=dict(labels))


def yes_or_no(name: str, values: ArrayLike, label: str, yes: str = "Yes") -> Any:
    """A column of 1 and 0 that has both answers even where nobody gave one of them.

    `yes` is what 1 is called, where tables show it.
    """
    return labelled(name, values, label, {0: "No" if yes == "Yes" else f"Not: {yes}", 1: yes})
