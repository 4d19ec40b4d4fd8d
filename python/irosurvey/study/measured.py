"""The findings as columns of the data: 1 where an answer counts, 0 where it doesn't."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irosurvey.design import Design
from irosurvey.result import Estimate
from irosurvey.study.answers import Answers, yes_or_no
from irosurvey.study.codebook import Codebook
from irosurvey.study.words import counted_as

__all__ = ["Measured", "measured_findings"]


@dataclass(frozen=True, eq=False)
class Measured:
    """A finding, or one of its questions, as a column.

    Attributes
    ----------
    finding, variable
        Its id, and the question where the finding is about several.
    column
        A name for the column.
    label
        What is counted, in words.
    statistic
        ``"share"`` or ``"mean"``.
    values
        One a row; NaN where there is no answer.
    """

    finding: str
    variable: str
    column: str
    label: str
    statistic: str
    values: NDArray[np.float64]

    def of(self, design: Design) -> Design:
        """The design with this column."""
        shares = self.statistic == "share"
        made = yes_or_no(self.column, self.values, self.label) if shares else self.values
        return design.with_columns({self.column: made})

    def estimate(self, design: Design, level: float = 0.95) -> Estimate:
        """The share of those who count, or the mean, under a design."""
        own = self.of(design)
        if self.statistic == "share":
            return own.proportion(self.column, 1, level=level)
        return own.mean(self.column, level=level)


def measured_findings(answers: Answers, codebook: Codebook) -> Iterator[Measured]:
    """Every share and mean that the codebook counts from an instrument, in its order."""
    findings: Mapping[str, Mapping[str, Any]] = codebook.entries["findings"]
    for name, measure in findings.items():
        if measure["instrument"] != answers.instrument or measure["statistic"] == "count":
            continue
        columns = {
            variable: _counted(answers, variable, measure) for variable in measure["variables"]
        }
        inside = _inside(answers, measure)
        if measure["combine"] == "each":
            for variable, values in columns.items():
                label = str(codebook.variables(answers.instrument)[variable]["label"])
                label = counted_as(label, str(measure["words"]))
                yield _one(name, variable, label, measure, np.where(inside, values, np.nan))
        else:
            # 0 · NaN is NaN: a row counts when all do, and its base answered them all.
            values = np.prod(np.array(list(columns.values())), axis=0)
            yield _one(name, "", str(measure["words"]), measure, np.where(inside, values, np.nan))


def _one(
    finding: str,
    variable: str,
    label: str,
    measure: Mapping[str, Any],
    values: NDArray[np.float64],
) -> Measured:
    column = f"counted {finding} {variable}".strip()
    return Measured(finding, variable, column, label, str(measure["statistic"]), values)


def _counted(answers: Answers, variable: str, measure: Mapping[str, Any]) -> NDArray[np.float64]:
    numbers = answers.numbers(variable)
    if measure["statistic"] == "mean":
        return numbers
    if "above" in measure:
        counts = numbers > float(measure["above"])
    else:
        counts = np.isin(numbers, [float(value) for value in measure["values"]])
    return np.where(np.isnan(numbers), np.nan, counts.astype(np.float64))


def _inside(answers: Answers, measure: Mapping[str, Any]) -> NDArray[np.bool_]:
    where = measure.get("where")
    if where is None:
        return np.ones(answers.frame.rows, dtype=bool)
    found: NDArray[np.bool_] = np.isin(
        answers.numbers(where["variable"]), [float(value) for value in where["values"]]
    )
    return found
