"""Files of answers as they come: read, coded by the codebook, and held against what is known."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from irosurvey._complaint import complaint
from irosurvey._core import Column, Frame
from irosurvey.errors import ColumnError, ReadError
from irosurvey.reading import read
from irosurvey.study.codebook import Codebook
from irosurvey.study.population import Authority, read_population
from irosurvey.study.words import SYNTHETIC

__all__ = ["given_answers"]

_ABOVE_ZERO = ("fte", "team_fte")
"""Variables that are divided by, or stand for a post that somebody has."""


def given_answers(instrument: str, data: object, codebook: Codebook) -> tuple[Frame, str]:
    """Read answers that somebody gave, as the codebook codes them, and say what they are called.

    - Texts in place of codes are coded by the codebook's labels; names of authorities likewise.
    - Region and type follow from the authority: where they are missing they are filled in, and
      where they contradict it, that is an error.
    - Answers that are SYNTHETIC say so in the frame's label, whatever file they have been through:
      if the labels of variables still say it, or if most rows are the package's own.

    Parameters
    ----------
    instrument
        ``"iro"``, ``"manager"``, ``"dcs"`` or ``"advice"``.
    data
        A file that :func:`irosurvey.read` reads, or a table in memory.
    codebook
        Says what its variables are called and which codes they have. Variables that the file lacks
        are none of this function's business.

    Raises
    ------
    ReadError
        If the file can't be read, or has no rows.
    ColumnError
        If a text is no label, an authority none of 2013, or a number can't be.
    """
    if isinstance(data, str | os.PathLike):
        frame, source = read(data), str(data)
    else:
        frame, source = Frame(data), "the table given"
    if frame.rows == 0:
        raise complaint(
            ReadError,
            source,
            expected=f"a row for each {codebook.entries['instruments'][instrument]['unit']}",
            found="no rows",
        )
    names = _columns(instrument, codebook)
    frame = _coded(frame, instrument, source, codebook)
    if names.get("authority", "") in frame:
        frame = _placed(frame, instrument, source, codebook)
    _check_numbers(frame, instrument, source, codebook)
    if SYNTHETIC not in frame.label and _made_up(frame, instrument, codebook):
        frame = frame.with_label(f"{SYNTHETIC}: rows of the package's own answers")
    return frame, source


def _columns(instrument: str, codebook: Codebook) -> dict[str, str]:
    """What the file calls each variable of the codebook."""
    variables = codebook.variables(instrument)
    return {name: str(entry.get("column", name)) for name, entry in variables.items()}


def _in_row(source: str, column: str, row: int) -> str:
    return f"{source}, variable '{column}' (row {row}, counted from 0)"


# ---- labels in place of codes ----


def _coded(frame: Frame, instrument: str, source: str, codebook: Codebook) -> Frame:
    for name, column in _columns(instrument, codebook).items():
        labels = codebook.labels(instrument, name)
        if labels and column in frame and _holds_texts(frame[column]):
            codes = _codes(frame[column], labels, codebook, source)
            numbers = pa.array(codes, pa.float64(), from_pandas=True)
            frame = frame.with_column(Column(column, numbers))
    return frame


def _holds_texts(column: Column) -> bool:
    kind = column.to_arrow().type
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return "string" in str(kind)  # and large ones, and views


def _codes(
    column: Column, labels: Mapping[int, str], codebook: Codebook, source: str
) -> NDArray[np.float64]:
    known = {_plain(label): float(code) for code, label in labels.items()}
    known |= {str(code): float(code) for code in labels}
    for entry in codebook.entries["missing"]["codes"]:
        known |= dict.fromkeys((_plain(entry["label"]), str(entry["value"])), float(entry["value"]))
    codes = []
    for row, text in enumerate(column.to_arrow().to_pylist()):
        plain = "" if text is None else _plain(text)
        if plain and plain not in known:
            raise complaint(
                ColumnError,
                _in_row(source, column.name, row),
                expected="one of " + ", ".join(f"{code} ({one})" for code, one in labels.items()),
                found=f"'{text}'",
                remedy="Give codes, or the codebook's labels in their place.",
                name=str(text),
                existing=labels.values(),
            )
        codes.append(known[plain] if plain else np.nan)
    return np.array(codes, dtype=np.float64)


def _plain(text: object) -> str:
    """A text without what tells no two labels apart; a number in a text is itself."""
    plain = " ".join(str(text).split()).casefold()
    return plain.removesuffix(".0")


# ---- authorities ----


def _placed(frame: Frame, instrument: str, source: str, codebook: Codebook) -> Frame:
    """The frame with codes of authorities, and with the regions and types that follow from them."""
    names = _columns(instrument, codebook)
    population = read_population(codebook)
    places = list(_places(frame[names["authority"]], source, population))
    codes = pa.array([place.code for place in places], pa.string())
    frame = frame.with_column(_as_before(frame, names["authority"], codes))
    for name in [one for one in ("region", "type") if one in names]:
        follow = np.array([getattr(place, name) for place in places], dtype=np.float64)
        if names[name] in frame:
            _check_place(frame, name, follow, places, (instrument, source, codebook))
        frame = frame.with_column(_as_before(frame, names[name], pa.array(follow, pa.float64())))
    return frame


def _as_before(frame: Frame, name: str, values: Any) -> Column:
    """A column of these values, with the labels that the frame's own has."""
    made = Column(name, values)
    return made.with_notes(label=frame[name].label) if name in frame else made


def _places(column: Column, source: str, population: Sequence[Authority]) -> Iterator[Authority]:
    known = {one.code.casefold(): one for one in population}
    known |= {_plain(one.name): one for one in population}
    for row, text in enumerate(column.to_arrow().to_pylist()):
        place = known.get(_plain(text or ""))
        if place is None:
            raise complaint(
                ColumnError,
                _in_row(source, column.name, row),
                expected="the code or the name of an authority of 2013, as in authorities.csv",
                found="nothing" if text in (None, "") else f"'{text}'",
                remedy="Authorities are the sampling units: leave rows without one out of the file."
                if text in (None, "")
                else "Authorities that came later have to be taken back to those of 2013.",
                name=str(text or ""),
                existing=[one.name for one in population],
            )
        yield place


def _check_place(
    frame: Frame,
    name: str,
    follow: NDArray[np.float64],
    places: Sequence[Authority],
    where: tuple[str, str, Codebook],
) -> None:
    instrument, source, codebook = where
    column = _columns(instrument, codebook)[name]
    said = _numbers(frame[column], codebook)
    wrong = np.flatnonzero(~np.isnan(said) & (said != follow))
    if not len(wrong):
        return
    row = int(wrong[0])
    labels = codebook.labels(instrument, name)
    code = int(follow[row])
    raise complaint(
        ColumnError,
        _in_row(source, column, row),
        expected=f"{code} ({labels[code]}), the {name} of {places[row].name}",
        found=f"{said[row]:g}" + (f" ({labels[int(said[row])]})" if said[row] in labels else ""),
        remedy="Correct the file, or leave the variable out: it follows from the authority.",
    )


# ---- numbers ----


def _numbers(column: Column, codebook: Codebook) -> NDArray[np.float64]:
    """Numbers of a column; NaN where the file or the codebook's codes say that there is none."""
    numbers = np.asarray(column.to_numpy(), dtype=np.float64).copy()
    codes = [float(entry["value"]) for entry in codebook.entries["missing"]["codes"]]
    numbers[np.isin(numbers, codes)] = np.nan
    return numbers


def _check_numbers(frame: Frame, instrument: str, source: str, codebook: Codebook) -> None:
    """Numbers of children, of posts, of years: none can be below 0."""
    for name, column in _columns(instrument, codebook).items():
        if codebook.kind(instrument, name) != "scale" or column not in frame:
            continue
        if _holds_texts(frame[column]):
            continue  # whoever needs its numbers says so
        numbers = _numbers(frame[column], codebook)
        above = name in _ABOVE_ZERO
        wrong = np.flatnonzero((numbers < 0.0) | np.isinf(numbers) | (above & (numbers == 0.0)))
        if len(wrong):
            raise complaint(
                ColumnError,
                _in_row(source, column, int(wrong[0])),
                expected="a number above 0" if above else "a number of at least 0",
                found=f"{numbers[wrong[0]]:g}",
                remedy="If it stands for no answer, name it among the codebook's missing codes of "
                f"'{name}'.",
            )


# ---- made-up answers ----


def _made_up(frame: Frame, instrument: str, codebook: Codebook) -> bool:
    """Whether labels still say SYNTHETIC, or most rows are those of the package's own answers."""
    if any(SYNTHETIC in column.label for column in frame.columns):
        return True
    own = read(codebook.file(codebook.entries["instruments"][instrument]["file"]))
    if SYNTHETIC not in own.label:
        return False
    names = [
        (name, column)
        for name, column in _columns(instrument, codebook).items()
        if codebook.kind(instrument, name) != "identifier" and column in frame
    ]
    mine = Counter(_rows(own, [name for name, _ in names], codebook))
    theirs = Counter(_rows(frame, [column for _, column in names], codebook))
    return 2 * (mine & theirs).total() > frame.rows


def _rows(frame: Frame, names: Sequence[str], codebook: Codebook) -> Iterator[tuple[object, ...]]:
    columns: list[Sequence[object]] = []
    for name in names:
        if _holds_texts(frame[name]):
            columns.append(frame[name].to_arrow().to_pylist())
        else:
            numbers = _numbers(frame[name], codebook)
            columns.append([None if np.isnan(one) else float(one) for one in numbers])
    return zip(*columns, strict=True)
