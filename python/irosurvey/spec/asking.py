"""From a spec to answers: its design declared, each of its estimates asked."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal, TypeAlias, cast

import numpy as np

from irosurvey._complaint import complaint
from irosurvey._core import Frame
from irosurvey.comparisons import compared, ttest
from irosurvey.design import Design, DfRule, MissingRule
from irosurvey.errors import ArgumentError
from irosurvey.expr import Expr, T
from irosurvey.parts import Level, LevelValue, Reference
from irosurvey.quantiles import QuantileInterval, QuantileRule
from irosurvey.replicates import Replicates
from irosurvey.result import Estimate
from irosurvey.spec.answers import NotOfferedError, Result, keys_of_rows
from irosurvey.spec.crosstabs import tables_of
from irosurvey.spec.data import replicate_columns
from irosurvey.spec.document import Document
from irosurvey.spec.kinds import shown
from irosurvey.spec.parts import EstimatePart, Spec, StandardPart
from irosurvey.spec.regressions import regression
from irosurvey.spec.weights import summary_of_weights

__all__ = ["ask", "declare", "same_code", "warnings_of", "written"]


# ---- the design ----


def declare(document: Document, spec: Spec, frame: Frame) -> Design:
    """The design that a spec describes, calibrated as it says; errors name the place."""
    with document.at(("design",) if spec.replicates is None else ("replicates",)):
        design = _sampled(spec, frame)
    for place, step in enumerate(spec.calibrate):
        with document.at(("calibrate", place)):
            design = _calibrated(design, step)
    return design


def _sampled(spec: Spec, frame: Frame) -> Design:
    given = spec.design
    if spec.replicates is not None:
        return _replicated(spec, frame)
    strata = given.get("strata")
    return Design(
        frame,
        weights=given.get("weights"),
        strata=[name or None for name in strata] if isinstance(strata, list) else strata,
        clusters=given.get("clusters"),
        fpc=given.get("fpc"),
        singleton=given.get("singleton", "fail"),
    )


def _replicated(spec: Spec, frame: Frame) -> Design:
    given = dict(spec.replicates or {})
    given["columns"] = replicate_columns(spec, frame)
    if "replicate_strata" in given:  # any codes will do; the engine counts them
        strata = given["replicate_strata"]
        number = {code: place for place, code in enumerate(dict.fromkeys(strata))}
        given["replicate_strata"] = [number[code] for code in strata]
    return Design(frame, weights=spec.design.get("weights"), replicates=Replicates(**given))


def _calibrated(design: Design, step: dict[str, Any]) -> Design:
    rest = {key: value for key, value in step.items() if key not in ("method", "margins")}
    for pair in ("bounds", "trim"):
        if pair in rest:
            rest[pair] = tuple(float(limit) for limit in rest[pair])
    return design.calibrate(step["method"], _margins(step["margins"]), **rest)


def warnings_of(design: Design) -> tuple[str, ...]:
    """What is worth knowing about the adjustments of a design's weights."""
    return tuple(note for done in design.adjustments for note in done.notes)


def _margins(given: Sequence[dict[str, Any]]) -> dict[Any, Any]:
    """Totals by cell, margin by margin: `{"sex": {1: 500, 2: 520}, "income": 3e6}`."""
    margins: dict[Any, Any] = {}
    for margin in given:
        if "variable" in margin:
            margins[margin["variable"]] = float(margin["total"])
            continue
        names = margin["variables"]
        totals = {
            tuple(row[name] for name in names): float(row["total"]) for row in margin["totals"]
        }
        if len(names) == 1:
            margins[names[0]] = {cell[0]: total for cell, total in totals.items()}
        else:
            margins[tuple(names)] = totals
    return margins


# ---- the estimates ----

_Asker: TypeAlias = Callable[[Design, EstimatePart, Sequence[str]], Estimate]


def ask(design: Design, part: EstimatePart) -> Result:
    """The answer to one table [[estimate]].

    Raises
    ------
    NotOfferedError
        If the format knows the statistic and this version doesn't.
    """
    if part.statistic == "weights":
        return summary_of_weights(design, part)
    if part.statistic == "crosstab":
        return _crosstab(design, part)
    if part.statistic == "regression":
        return regression(design, part)
    if part.statistic not in _QUESTIONS:
        raise NotOfferedError(f"the statistic '{part.statistic}' isn't computed by this version")
    if part.plausible_values:
        return _plausible(design, part)
    if part.statistic == "ratio":
        return _of(design, part, (part.numerator, part.denominator), _ratio)
    if part.statistic == "correlation":
        pairs = itertools.combinations(part.variables, 2)
        return _stacked([_of(design, part, pair, _correlation) for pair in pairs])
    question = _QUESTIONS[part.statistic]
    if not part.standardize:
        return _contrasted(question(design, part, part.variables), part)
    # Each variable has its own rows that miss it, and so its own standard.
    return _stacked([_of(design, part, (name,), question) for name in part.variables])


def _crosstab(design: Design, part: EstimatePart) -> Result:
    if part.standardize:
        names = (part.rows, part.columns)
        design = _standardized(design, part, part.standardize, names)
    return _contrast_of_cells(design, part) if part.contrast else tables_of(design, part)


def _contrast_of_cells(design: Design, part: EstimatePart) -> Estimate:
    """A linear combination of shares of the table's total, in each group of `by`."""
    if part.missing == "listwise":
        raise NotOfferedError("contrasts between cells aren't computed under missing = 'listwise'")
    table = design.crosstab(part.rows, part.columns, where=part.where or None)
    keys = {"row": table.row_levels, "column": table.column_levels}
    numerator: Expr | float = 0.0
    for at, weight in part.contrast:
        if set(at) != {"row", "column"}:
            raise NotOfferedError("a contrast of a cross-tab names the row and the column of cells")
        for name, code in at.items():
            _require_code(keys, name, code)
        cell = T(1).within({part.rows: at["row"], part.columns: at["column"]})
        numerator = weight * cell + numerator
    present = [f"{_quoted(name)} IS NOT NULL" for name in (part.rows, part.columns)]
    domain = " AND ".join([f"({part.where}\n)"] * bool(part.where) + present)
    rest = {**_rest(part), "where": domain}
    return design.estimate({"contrast": numerator / T(1)}, **rest)


def _of(design: Design, part: EstimatePart, names: Sequence[str], question: _Asker) -> Estimate:
    """What is estimated from these variables: standardised, asked, contrasted."""
    if part.standardize:
        design = _standardized(design, part, part.standardize, names)
    return _contrasted(question(design, part, names), part)


def _plausible(design: Design, part: EstimatePart) -> Estimate:
    question = _QUESTIONS[part.statistic]
    # A correlation is each column's with the value that stands for the variable.
    others = part.variables if part.statistic == "correlation" else ()
    found = design.plausible_values(
        part.plausible_values,
        lambda asked, name: _stacked(
            [_of(asked, part, (other, name), question) for other in others]
            or [_of(asked, part, (name,), question)]
        ),
        sampling_variance=cast('Literal["all", "first"]', part.sampling_variance),
    )
    return compared(found, 0.0) if part.statistic == "ttest" else found


def _rest(part: EstimatePart) -> dict[str, Any]:
    return {
        "by": list(part.by) or None,
        "where": part.where or None,
        "missing": cast(MissingRule, part.missing),
        "df": cast("DfRule | float", part.df),
        "deff": cast(Reference, part.deff),
        "level": part.level,
        "covariance": True if part.contrast else None,
    }


def _mean(design: Design, part: EstimatePart, names: Sequence[str]) -> Estimate:
    return design.mean(list(names), **_rest(part))


def _total(design: Design, part: EstimatePart, names: Sequence[str]) -> Estimate:
    return design.total(list(names), **_rest(part))


def _proportion(design: Design, part: EstimatePart, names: Sequence[str]) -> Estimate:
    # By its name in the catalogue a column of true and false gives a share for each of the two.
    if any(design.frame[name].arrow_format == "b" for name in names):
        return _stacked([design.statistic("proportion", name, **_rest(part)) for name in names])
    return design.proportion(list(names), **_rest(part))


def _ratio(design: Design, part: EstimatePart, names: Sequence[str]) -> Estimate:
    return design.ratio(part.numerator, part.denominator, **_rest(part))


def _ttest(design: Design, part: EstimatePart, names: Sequence[str]) -> Estimate:
    return ttest(design, names, groups=part.groups or None, **_rest(part))


def _quantile(design: Design, part: EstimatePart, names: Sequence[str]) -> Estimate:
    return design.quantile(
        list(names),
        part.probs,
        rule=cast(QuantileRule, part.quantile_rule),
        ci=cast(QuantileInterval, part.ci or "woodruff"),
        **_rest(part),
    )


def _variance(design: Design, part: EstimatePart, names: Sequence[str]) -> Estimate:
    return design.variance(list(names), **_rest(part))


def _correlation(design: Design, part: EstimatePart, names: Sequence[str]) -> Estimate:
    x, y = names
    return design.correlation(x, y, **_rest(part))


_QUESTIONS: dict[str, _Asker] = {
    "mean": _mean,
    "total": _total,
    "proportion": _proportion,
    "ratio": _ratio,
    "ttest": _ttest,
    "quantile": _quantile,
    "variance": _variance,
    "correlation": _correlation,
}


def _standardized(
    design: Design, part: EstimatePart, standard: StandardPart, names: Sequence[str]
) -> Design:
    """The design of the domain's rows that have these variables, with standard shares."""
    present = [f"{_quoted(name)} IS NOT NULL" for name in (*names, standard.variable)]
    # The last line of a condition may end in a comment.
    domain = " AND ".join([f"({part.where}\n)"] * bool(part.where) + present)
    within = part.by if standard.within is None else standard.within
    return design.standardize(standard.variable, standard.shares, within=within, where=domain)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _stacked(estimates: Sequence[Estimate]) -> Estimate:
    """Results of the same groups one below the other; covariances between them aren't known."""
    if len(estimates) == 1:
        return estimates[0]
    cells = list(dict.fromkeys(cell for estimate in estimates for cell in estimate.cells))
    place = {cell: number for number, cell in enumerate(cells)}
    rows, statistics = [], 0
    for estimate in estimates:
        own = estimate.rows.copy()
        own["statistic"] += statistics
        own["cell"] = [place[estimate.cells[cell]] for cell in estimate.rows["cell"]]
        rows.append(own)
        statistics += len(estimate.statistics)
    return replace(
        estimates[0],
        cells=tuple(cells),
        statistics=tuple(info for estimate in estimates for info in estimate.statistics),
        rows=np.concatenate(rows),
        covariances=None,
    )


# ---- contrasts ----


def _contrasted(estimate: Estimate, part: EstimatePart) -> Estimate:
    """The linear combination that a spec asks for, in each group that it doesn't name."""
    if not part.contrast:
        return estimate
    keys = keys_of_rows(estimate)
    own = dict(zip(keys, estimate.keys(), strict=True))
    for at, _ in part.contrast:
        for name, code in at.items():
            _require_code(keys, name, code)
    return estimate.contrast(
        [
            {"at": {own[name]: code for name, code in at.items()}, "weight": weight}
            for at, weight in part.contrast
        ]
    )


def _require_code(keys: dict[str, tuple[Level, ...]], name: str, code: LevelValue) -> None:
    """A spec speaks of codes; the library would take a label for one."""
    if name not in keys:
        raise complaint(
            ArgumentError,
            f"contrast, at '{name}'",
            expected="one of " + ", ".join(f"'{key}'" for key in keys),
            name=name,
            existing=keys,
        )
    if not any(same_code(code, level.value) for level in keys[name]):
        codes = [written(level) for level in dict.fromkeys(keys[name])]
        raise complaint(
            ArgumentError,
            f"contrast, at {name} = {shown(code)}",
            expected="one of the codes " + ", ".join(codes[:12]) + (", …" if codes[12:] else ""),
            found="none of them",
        )


def same_code(wanted: LevelValue, found: LevelValue) -> bool:
    """Whether a code of a spec is a level's: text is text, and true is no 1."""
    if isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found
    return wanted == found


def written(level: Level) -> str:
    """A level's code as a spec writes it."""
    return shown(level.value)
