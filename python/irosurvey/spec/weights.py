"""What weights are like: how many, how large, how unequal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from irosurvey._complaint import complaint
from irosurvey._core import Frame
from irosurvey.design import Design
from irosurvey.errors import ColumnError
from irosurvey.layout import Column, View, as_html, as_text, count, number
from irosurvey.parts import Floats, Level
from irosurvey.spec.parts import EstimatePart
from irosurvey.sql import mask_of

__all__ = ["WeightSummary", "level_codes", "summary_of_weights"]

FIGURES = ("n", "sum", "estimate", "sd", "min", "max", "cv")


@dataclass(frozen=True, eq=False, repr=False)
class WeightSummary:
    """A summary of the weights above 0, of all rows or of groups.

    Attributes
    ----------
    by, by_labels, cells
        The groups, as in :class:`~irosurvey.Estimate`.
    relative_to
        The column that divided the weights; ``""`` for none.
    figures
        For each group `n`, `sum`, `estimate` (the mean), `sd` (divisor n−1), `min`, `max` and `cv`
        (sd over mean).
    source
        The label of the data file.
    """

    by: tuple[str, ...]
    by_labels: tuple[str, ...]
    cells: tuple[tuple[Level, ...], ...]
    relative_to: str
    figures: dict[str, Floats]
    source: str

    def __len__(self) -> int:
        return len(self.cells)

    def keys(self) -> dict[str, tuple[Level, ...]]:
        """What tells rows apart: the `by` columns, with the level of every row."""
        return {name: tuple(cell[at] for cell in self.cells) for at, name in enumerate(self.by)}

    def view(self) -> View:
        """The summary as a table for reading."""
        titles = [label or name for name, label in zip(self.by, self.by_labels, strict=True)]
        levels = self.keys().values()
        divided = f" divided by {self.relative_to}" if self.relative_to else ""
        return View(
            title="Weights" + divided,
            source=self.source,
            columns=[
                *(
                    Column(title, [str(level) for level in found], header=True)
                    for title, found in zip(titles, levels, strict=True)
                ),
                Column("n", [count(int(n)) for n in self.figures["n"]], True),
                *(
                    Column("mean" if name == "estimate" else name, _numbers(values), True)
                    for name, values in self.figures.items()
                    if name != "n"
                ),
            ],
            notes=["Rows of weight 0 are left out. sd: divisor n − 1."],
        )

    def __repr__(self) -> str:
        return as_text(self.view())

    def _repr_html_(self) -> str:
        return as_html(self.view())


def _numbers(values: Floats) -> list[str]:
    return [number(float(value)) for value in values]


def summary_of_weights(design: Design, part: EstimatePart) -> WeightSummary:
    """Summarise a design's weights, calibrated ones if it is calibrated."""
    frame, weights = design.frame, design.weights
    inside = weights > 0
    if part.where:
        inside &= mask_of(frame, part.where).astype(bool)
    if part.relative_to:
        weights = weights / _divisor(frame, part.relative_to, inside)
    groups = list(_groups(frame, part.by, inside))
    summaries = [_summary(weights[rows]) for _, rows in groups]
    return WeightSummary(
        by=part.by,
        by_labels=tuple(frame[name].label for name in part.by),
        cells=tuple(cell for cell, _ in groups),
        relative_to=part.relative_to,
        figures={
            name: np.array([summary[name] for summary in summaries], dtype=float)
            for name in FIGURES
        },
        source=frame.label,
    )


def _summary(weights: Floats) -> dict[str, float]:
    """The figures of one group; NaN where there are too few weights for one."""
    n = len(weights)
    total = float(weights.sum())
    mean = total / n if n else np.nan
    sd = float(weights.std(ddof=1)) if n > 1 else np.nan
    return {
        "n": n,
        "sum": total,
        "estimate": mean,
        "sd": sd,
        "min": float(weights.min()) if n else np.nan,
        "max": float(weights.max()) if n else np.nan,
        "cv": sd / mean,
    }


def _divisor(frame: Frame, name: str, inside: NDArray[np.bool_]) -> Floats:
    """The column that divides; above 0 wherever a weight is."""
    values: Floats = frame[name].to_numpy()
    wrong = np.flatnonzero(inside & ~(values > 0))
    if len(wrong):
        raise complaint(
            ColumnError,
            f"column '{name}', row {wrong[0]}",
            expected="a number above 0 wherever the weight is above 0",
            found=str(values[wrong[0]]),
        )
    return np.where(inside, values, 1.0)


def _groups(
    frame: Frame, by: Sequence[str], inside: NDArray[np.bool_]
) -> Iterator[tuple[tuple[Level, ...], NDArray[np.intp]]]:
    """Each combination of codes that occurs, in order, with its rows."""
    rows = np.flatnonzero(inside)
    if not by:
        yield (), rows
        return
    columns = [level_codes(frame, name) for name in by]
    rows = rows[np.all([codes[rows] >= 0 for codes, _ in columns], axis=0)]
    stacked = np.stack([codes[rows] for codes, _ in columns], axis=1)
    cells, member = np.unique(stacked, axis=0, return_inverse=True)
    for place, cell in enumerate(cells):
        levels = tuple(levels[code] for code, (_, levels) in zip(cell, columns, strict=True))
        yield levels, rows[member.ravel() == place]


def level_codes(frame: Frame, name: str) -> tuple[NDArray[np.int64], list[Level]]:
    """A column as positions in its sorted levels; −1 where it is missing."""
    column = frame[name]
    values = column.to_arrow().combine_chunks()
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    found = values.to_pylist()
    present = sorted({value for value in found if value is not None and value == value})
    place = {value: number for number, value in enumerate(present)}
    codes = np.array([place.get(value, -1) for value in found], dtype=np.int64)
    return codes, [Level(value, column.value_labels.get(value, "")) for value in present]
