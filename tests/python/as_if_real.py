"""Answers that pass for real ones: made-up rows, taken apart so that none is the package's own."""

from __future__ import annotations

from pathlib import Path

import polars as pl

import irosurvey
from irosurvey._core import Frame

SYNTHETIC_FOLDER = Path(__file__).resolve().parents[2] / "data" / "synthetic"
INSTRUMENTS = ("iro", "manager", "dcs", "advice")
_PLACE = ["authority", "region", "type"]


def real(instrument: str) -> Frame:
    """The answers of an instrument, each from another authority, under labels of a real file."""
    own = irosurvey.read(SYNTHETIC_FOLDER / f"{instrument}.sav")
    frame = own.with_label("Answers of 2013")
    for column in own.columns:
        plain = column.with_notes(label=column.label.replace(" [SYNTHETIC]", ""))
        frame = frame.with_column(plain)
    # Two variables go their own ways, so that no row is left as it was.
    moved = pl.DataFrame(own).select(_PLACE).reverse()
    for name in _PLACE:
        column = Frame({name: moved[name].to_arrow()})[name]
        noted = column.with_notes(
            label=frame[name].label, value_labels=dict(frame[name].value_labels)
        )
        frame = frame.with_column(noted)
    return frame


def real_table(instrument: str) -> pl.DataFrame:
    """The same without labels, missing codes as nothing."""
    return pl.DataFrame(real(instrument))
