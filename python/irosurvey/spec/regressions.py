"""Models of a spec: coefficients, tests and margins, each a row with its figures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from irosurvey.design import Design, DfRule, MissingRule
from irosurvey.layout import View
from irosurvey.parts import Level
from irosurvey.regression import Regression, TermTest
from irosurvey.result import Estimate
from irosurvey.spec.answers import NotOfferedError
from irosurvey.spec.figures import FigureTable
from irosurvey.spec.parts import EstimatePart
from irosurvey.spec.weights import level_codes
from irosurvey.sql import mask_of
from irosurvey.test_result import TestResult

__all__ = ["regression"]

Row: TypeAlias = tuple[dict[str, Level], dict[str, float]]


def regression(design: Design, part: EstimatePart) -> Estimate | FigureTable:
    """The model that a spec asks for, in each of its groups; or a contrast of its coefficients."""
    if part.standardize:
        raise NotOfferedError("models of standardized weights aren't offered")
    if part.plausible_values:
        return _plausible(design, part)
    if part.contrast:
        if part.by:
            raise NotOfferedError("contrasts of a model's coefficients by groups aren't offered")
        return _contrast(_model(design, part, part.formula, part.where or None), part)
    rows: list[Row] = []
    shown: View | None = None
    for cell, where in _groups(design, part):
        model = _model(design, part, part.formula, where)
        found = _rows(model, part)
        rows += [({**keys, **cell}, figures) for keys, figures in found]
        shown = shown or model.view()
    assert shown is not None
    if part.by:
        shown = replace(shown, title=shown.title + ", by " + " and ".join(part.by) + ": the first")
    return FigureTable.of_rows(rows, shown, part.by)


def _model(design: Design, part: EstimatePart, formula: str, where: Any) -> Regression:
    return design.regression(
        formula,
        part.family,
        part.link or None,
        where=where,
        missing=cast(MissingRule, part.missing),
        df=cast("DfRule | float", part.df),
        vadjust=part.vadjust,
        # Printed figures of models that need iterations are R's, which stops a step early.
        information="last-step",
        level=part.level,
    )


def _groups(design: Design, part: EstimatePart) -> Iterator[tuple[dict[str, Level], Any]]:
    """Each combination of the `by` columns that occurs in the domain, with its rows."""
    if not part.by:
        yield {}, part.where or None
        return
    frame = design.frame
    inside: NDArray[np.bool_] = design.weights > 0
    if part.where:
        inside = inside & mask_of(frame, part.where).astype(bool)
    columns = [level_codes(frame, name) for name in part.by]
    inside = inside & np.all([codes >= 0 for codes, _ in columns], axis=0)
    stacked = np.stack([codes for codes, _ in columns], axis=1)
    for cell in np.unique(stacked[inside], axis=0):
        levels = {
            name: found[code] for name, code, (_, found) in zip(part.by, cell, columns, strict=True)
        }
        yield levels, inside & (stacked == cell).all(axis=1)


def _rows(model: Regression, part: EstimatePart) -> list[Row]:
    method = cast(TermTest, part.test or "adjusted-wald")
    base = {"n": float(model.n), "N": model.weighted_n}
    rows = [
        ({"term": Level(name)}, {**figures, **base, "statistic": float(t), "p": float(p)})
        for name, figures, t, p in zip(
            model.names,
            _estimated(model.coefficients, part),
            model.statistic,
            model.p,
            strict=True,
        )
    ]
    for name in model.factor_terms:
        rows.append(({"term": Level(name)}, _tested(model.test(name, method))))
    whole = {**base, "r2": model.r2}
    if len(model.names) > bool(model.intercept):
        whole |= _tested(model.test(method=method))
    rows.append(({"term": Level("(model)")}, whole))
    for column in part.margins:
        margins = model.margins(column)
        levels = margins.keys()[column]
        rows += [
            ({column: level}, {**figures, **base})
            for level, figures in zip(levels, _estimated(margins, part), strict=True)
        ]
    return rows


def _estimated(estimate: Estimate, part: EstimatePart) -> list[dict[str, float]]:
    lower, upper = estimate.interval(method=part.ci if part.ci in ("t", "normal") else None)
    columns = {
        "estimate": estimate.estimate,
        "se": estimate.se,
        "lower": lower,
        "upper": upper,
        "df": estimate.df,
    }
    return [
        {name: float(values[row]) for name, values in columns.items()}
        for row in range(len(estimate))
    ]


def _tested(test: TestResult) -> dict[str, float]:
    found = {"statistic": test.statistic, "df1": test.df1, "df2": test.df2, "p": test.p}
    return {name: float(value) for name, value in found.items() if value is not None}


def _contrast(model: Regression, part: EstimatePart) -> Estimate:
    """A combination of coefficients, or of margins."""
    names = {name for at, _ in part.contrast for name in at}
    if names == {"term"}:
        weights: Mapping[str, float] = {str(at["term"]): weight for at, weight in part.contrast}
        return model.contrast(weights)
    margins = model.margins(sorted(names))
    return margins.contrast([{"at": at, "weight": weight} for at, weight in part.contrast])


def _plausible(design: Design, part: EstimatePart) -> FigureTable:
    """Coefficients of the model, each plausible value in turn where the formula has one."""
    values = part.plausible_values
    named = "|".join(re.escape(name) for name in sorted(values, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w`])(?:{named})(?![\w`])")
    if not pattern.search(part.formula):
        raise NotOfferedError("the formula names none of the plausible values")

    def coefficients(asked: Design, name: str) -> Estimate:
        formula = pattern.sub(name, part.formula)
        return _model(asked, part, formula, part.where or None).coefficients

    estimate = design.plausible_values(
        values, coefficients, sampling_variance=cast(Any, part.sampling_variance)
    )
    rows: list[Row] = [
        ({"term": level}, figures)
        for level, figures in zip(
            estimate.keys()["variable"], _estimated(estimate, part), strict=True
        )
    ]
    from irosurvey.display import view_of

    return FigureTable.of_rows(rows, view_of(estimate))
