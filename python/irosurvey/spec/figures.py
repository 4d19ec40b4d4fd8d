"""Results of a spec that are no plain estimates: rows told apart by keys, with their figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from irosurvey.layout import View, as_html, as_text
from irosurvey.parts import Choice, Floats, Level
from irosurvey.spec.crosstabs import NO_CELL

__all__ = ["FigureTable"]


@dataclass(frozen=True, eq=False, repr=False)
class FigureTable:
    """Figures by row; NaN where a row doesn't have one.

    Attributes
    ----------
    row_keys
        What tells rows apart, with the level of every row.
    figures
        By their names in a spec, one a row.
    shown
        The table for reading.
    by
        Those of the keys that are columns by which the domain was divided; they come last.
    """

    row_keys: dict[str, tuple[Level, ...]]
    figures: dict[str, Floats]
    shown: View
    by: tuple[str, ...] = field(default=())

    @classmethod
    def of_rows(
        cls,
        rows: Sequence[tuple[Mapping[str, Level], Mapping[str, float]]],
        shown: View,
        by: tuple[str, ...] = (),
    ) -> FigureTable:
        """From each row's keys and figures; a key that a row doesn't have is NO_CELL."""
        names = dict.fromkeys(name for keys, _ in rows for name in keys if name not in by)
        figures = dict.fromkeys(name for _, found in rows for name in found)
        return cls(
            {name: tuple(keys.get(name, NO_CELL) for keys, _ in rows) for name in (*names, *by)},
            {
                name: np.array([found.get(name, np.nan) for _, found in rows], dtype=np.float64)
                for name in figures
            },
            shown,
            by,
        )

    def __len__(self) -> int:
        return len(next(iter(self.row_keys.values())))

    def keys(self) -> dict[str, tuple[Level, ...]]:
        """What tells rows apart, with the level of every row."""
        return dict(self.row_keys)

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Every named choice that the figures depend on."""
        return tuple(Choice(*choice) for choice in self.shown.choices)

    @property
    def status(self) -> tuple[str, ...]:
        """``"ok"`` for every row."""
        return ("ok",) * len(self)

    def view(self) -> View:
        """The table for reading."""
        return self.shown

    def __repr__(self) -> str:
        return as_text(self.view())

    def _repr_html_(self) -> str:
        return as_html(self.view())
