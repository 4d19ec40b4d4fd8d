"""Questions with several answers, as data files define them."""

from __future__ import annotations

import os
from dataclasses import dataclass

from irosurvey import _core
from irosurvey._checked import checked, checked_methods
from irosurvey._core import Frame

__all__ = ["ResponseSet", "response_sets"]


@checked_methods
@dataclass(frozen=True)
class ResponseSet:
    """A multiple-response set; :meth:`irosurvey.Design.multiple_response` takes it as it is.

    Attributes
    ----------
    name
        Its name in the file, such as ``"$sources"``.
    label
        The question's wording.
    columns
        A column for each answer, or one for the first answer given, one for the second and so on.
    counted
        The value that says that an answer was chosen, as the file writes it; ``None`` if the
        columns hold codes of answers.
    """

    name: str
    label: str
    columns: tuple[str, ...]
    counted: str | None

    def values(self, frame: Frame) -> list[float | str]:
        """What counts, as the columns hold it."""
        if self.counted is None:
            return []
        is_text = frame[self.columns[0]].arrow_format in ("u", "U", "vu")
        return [self.counted if is_text else float(self.counted)]


@checked
def response_sets(
    path: str | os.PathLike[str], *, encoding: str | None = None
) -> dict[str, ResponseSet]:
    """The multiple-response sets that an SPSS file defines.

    Parameters
    ----------
    path
        A ``.sav`` or ``.zsav`` file. Files of Stata and SAS define none.
    encoding
        Encoding of the file's text; by default the one that the file names.

    Returns
    -------
    dict
        The sets by their names. No row of the file is read.

    Raises
    ------
    ReadError
        If the file is missing, broken, or not what its name says.

    Examples
    --------
    >>> import irosurvey
    >>> irosurvey.response_sets("tests/data/nhanes2.dta")
    {}
    """
    found = [ResponseSet(*one) for one in _fields(path, encoding or "")]
    return {one.name: one for one in found}


def _fields(
    path: str | os.PathLike[str], encoding: str
) -> list[tuple[str, str, tuple[str, ...], str | None]]:
    return [
        (name, label, tuple(columns), counted)
        for name, label, columns, counted in _core.response_sets(path, encoding)
    ]
