"""What was meant by a word of a condition that is no column: an answer, written as it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from irosurvey._core import Frame
    from irosurvey.parts import LevelValue

__all__ = ["as_answer_of", "is_text"]


def as_answer_of(frame: Frame, name: str, word: str) -> str:
    """How to ask for an answer of a column: 'London' is the label of code 7, so `region = 7`.

    Parameters
    ----------
    frame
        The data.
    name
        The column that the word is compared with.
    word
        It, however its letters are written.

    Returns
    -------
    str
        ``""`` if no value and no label of the column reads so.
    """
    column = f'"{name}"' if not name.isidentifier() else name
    for value in _texts(frame, name):
        if value.casefold() == word.casefold():
            return f"Texts stand in single quotes: {column} = {_constant(value)}."
    for code, label in frame[name].value_labels.items():
        if label.casefold() == word.casefold():
            return (
                f"'{label}' is the label of code {_constant(code)}: {column} = {_constant(code)}."
            )
    return ""


def _constant(value: LevelValue) -> str:
    """A value as SQL has it."""
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return f"{value:g}" if isinstance(value, float) else str(value)


def is_text(kind: pa.DataType) -> bool:
    """Whether a column of this type holds texts."""
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _texts(frame: Frame, name: str) -> list[str]:
    """The texts that occur in a column; none in one of numbers."""
    values = frame[name].to_arrow()
    kind = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    if not is_text(kind):
        return []
    return [one for one in pc.unique(values.cast(pa.large_string())).to_pylist() if one is not None]
