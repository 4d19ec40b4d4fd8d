"""Answers of an instrument under the codebook's own names, whatever file they come from."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from irosurvey._complaint import complaint
from irosurvey._core import Frame
from irosurvey.errors import ColumnError, ReadError
from irosurvey.reading import read
from irosurvey.study.reproduction import DATA
from irosurvey.study.sheets import Data
from irosurvey.study.words import SYNTHETIC

__all__ = ["Answers", "Codebook", "read_answers", "read_codebook"]

INSTRUMENTS = ("iro", "manager", "dcs", "advice")


@dataclass(frozen=True)
class Codebook:
    """What each file holds and how findings are counted, as `codebook.toml` has it.

    Attributes
    ----------
    entries
        The file's tables.
    folder
        Where it lies; files that it names relatively are sought there and then in the package.
    """

    entries: Mapping[str, Any]
    folder: Path

    def variables(self, instrument: str) -> Mapping[str, Any]:
        """The variables of an instrument, by their own names."""
        found: Mapping[str, Any] = self.entries["instruments"][instrument]["variables"]
        return found

    def labels(self, instrument: str, variable: str) -> dict[int, str]:
        """Codes and labels of a variable: its own, else those of its kind."""
        entry = self.variables(instrument)[variable]
        labels = entry.get("labels", self.entries["kinds"][entry["kind"]].get("labels", []))
        return {int(one["value"]): one["label"] for one in labels}

    def missing(self, instrument: str, variable: str) -> list[int]:
        """Codes of a variable that are no answers."""
        entry = self.variables(instrument)[variable]
        codes = [int(one["value"]) for one in self.entries["missing"]["codes"]]
        return [int(code) for code in entry.get("missing", codes)]

    def kind(self, instrument: str, variable: str) -> str:
        """The kind of a variable, such as `frequency`."""
        return str(self.variables(instrument)[variable]["kind"])

    def codes_of(self, kind: str) -> dict[str, int]:
        """The code of this study for each official code of a kind, `region` or `type`."""
        return {one["code"]: int(one["value"]) for one in self.entries["kinds"][kind]["labels"]}

    def file(self, name: str) -> Path:
        """A file that the codebook names: beside it, or else the package's own."""
        beside = self.folder / name
        return beside if beside.exists() else DATA / name


def read_codebook(path: str | os.PathLike[str] | None = None) -> Codebook:
    """Read a codebook, by default the package's own.

    Raises
    ------
    ReadError
        If it isn't there or isn't TOML.
    """
    file = Path(path) if path is not None else DATA / "codebook.toml"
    try:
        entries = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise complaint(
            ReadError, str(file), expected="a codebook", found=str(error.strerror)
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise complaint(ReadError, str(file), expected="TOML 1.0", found=str(error)) from error
    return Codebook(entries, file.parent)


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
    ColumnError
        If variables are missing (all are listed), or an answer isn't in the codebook.
    """
    if data is None:
        data = codebook.file(codebook.entries["instruments"][instrument]["file"])
        frame, source = read(data), Path(data).name
    elif isinstance(data, str | os.PathLike):
        frame, source = read(data), str(data)
    else:
        frame, source = Frame(data), "the table given"
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
