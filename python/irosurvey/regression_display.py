"""A fitted model for reading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from irosurvey.layout import Column, View, as_html, as_text, count, number
from irosurvey.parts import Floats
from irosurvey.test_result import p_text

if TYPE_CHECKING:
    from irosurvey.regression import Regression

__all__ = ["Summary", "view_of"]


class Summary:
    """A model as it is printed."""

    def __init__(self, view: View) -> None:
        self._view = view

    def __repr__(self) -> str:
        return as_text(self._view)

    def _repr_html_(self) -> str:
        return as_html(self._view)


def view_of(model: Regression) -> View:
    """Coefficients, tests of factors, how well the model fits."""
    lower, upper = model.interval()
    level = f"{100 * model.coefficients.level:g}%"
    se = model.se
    digits = [_decimals(float(error)) for error in se]

    def column(title: str, values: Floats) -> Column:
        cells = [number(float(value), places) for value, places in zip(values, digits, strict=True)]
        return Column(title, cells, True)

    labels = [info.label for info in model.coefficients.statistics]
    return View(
        title=f"{model.formula} ({model.family}, {model.link} link)",
        source=model.coefficients.source,
        columns=[
            Column("term", list(model.names), header=True),
            *([Column("label", labels)] if any(labels) else []),
            column("estimate", model.estimate),
            column("SE", se),
            Column("t", [number(float(one), 2) for one in model.statistic], True),
            Column("p", [p_text(float(one), "") for one in model.p], True),
            column(f"{level} lower", lower),
            column(f"{level} upper", upper),
        ],
        notes=_notes(model),
        choices=model.coefficients.choices,
    )


def _notes(model: Regression) -> list[str]:
    weighted = number(model.weighted_n, 0)
    notes = [f"{count(model.n)} rows (weighted {weighted}), {number(model.df)} degrees of freedom."]
    r2 = "R²" if model.family == "gaussian" and model.link == "identity" else "deviance explained"
    notes.append(f"{r2} {number(model.r2, 4)}, dispersion {number(model.dispersion)}.")
    if model._model is not None and model.factor_terms:
        tests = [f"{name}: {model.test(name).line}" for name in model.factor_terms]
        notes.append(f"Tests of terms ({model.default_test}): " + "; ".join(tests) + ".")
    if model.aliased:
        notes.append(f"Left out, since others determine them: {_listed(model.aliased)}.")
    if model.empty_levels:
        notes.append(f"Left out, since no row has them: {_listed(model.empty_levels)}.")
    if model.n <= len(model):
        notes.append("As many coefficients as rows: standard errors say nothing.")
    return notes


def _listed(names: Sequence[str], most: int = 8) -> str:
    """Names; of many the first."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _decimals(error: float) -> int | None:
    """Three digits of the standard error."""
    if not (np.isfinite(error) and error > 0):
        return None
    return int(min(max(2 - np.floor(np.log10(error)), 0), 12))
