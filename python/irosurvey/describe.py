"""What is found in a design, for a reader and for a program."""

from __future__ import annotations

from dataclasses import dataclass

from irosurvey import _core
from irosurvey.layout import Column, View, as_html, as_text, count, counted, number

__all__ = ["DesignDescription", "StageDescription"]


@dataclass(frozen=True)
class StageDescription:
    """What is found in one stage of a design.

    Attributes
    ----------
    strata_column, clusters_column
        The columns that name strata and clusters; ``""`` where there is none.
    fpc
        Column or number that gives the finite population; ``None`` where there is none.
    strata, units
        How many there are in the sample.
    least_units, most_units
        Fewest and most units in a stratum.
    singletons
        Strata with one unit that wasn't taken with certainty, by their names.
    collapsed
        Under the rule ``"collapse"``, strata that were merged.
    certainty_strata
        How many strata were taken completely.
    with_replacement
        Whether units count as drawn with replacement: no finite population was given.
    least_fraction, most_fraction
        Smallest and largest sampling fraction of a stratum.
    """

    strata_column: str
    clusters_column: str
    fpc: str | float | None
    strata: int
    units: int
    least_units: int
    most_units: int
    singletons: tuple[str, ...]
    collapsed: tuple[str, ...]
    certainty_strata: int
    with_replacement: bool
    least_fraction: float
    most_fraction: float


@dataclass(frozen=True, repr=False)
class DesignDescription:
    """What is found in a design. Printed, it is a table and a few sentences.

    Attributes
    ----------
    rows, zero_weights
        Rows of the data, and how many of them have a weight of 0.
    weight_sum, weight_min, weight_max
        Of the positive weights.
    weight_cv
        Their coefficient of variation (divisor n).
    kish_effect
        1 + cv²: how much unequal weights alone inflate variances (Kish 1965, section 11.7).
    degrees_of_freedom
        First-stage units of positive weight minus their strata; of replicates, theirs.
    replicates
        What variances come from, if from replicates; else ``""``.
    stages
        Stage by stage.
    adjustments
        How the weights were adjusted since the design was declared, a sentence for each.
    problems
        What is odd about the design, a plain sentence for each.
    source
        The label of the data file.
    """

    rows: int
    zero_weights: int
    weight_sum: float
    weight_min: float
    weight_max: float
    weight_cv: float
    kish_effect: float
    degrees_of_freedom: int
    replicates: str
    stages: tuple[StageDescription, ...]
    adjustments: tuple[str, ...]
    problems: tuple[str, ...]
    source: str

    def __repr__(self) -> str:
        return as_text(_view(self))

    def _repr_html_(self) -> str:
        return as_html(_view(self))


def described(design: _core.Design) -> DesignDescription:
    """What the core found in a design, as plain values."""
    found = design.describe()
    declared = [*design.stages, ("", "", None)]  # a design without stages still has one: its rows
    return DesignDescription(
        rows=found.rows,
        zero_weights=found.zero_weights,
        weight_sum=found.weight_sum,
        weight_min=found.weight_min,
        weight_max=found.weight_max,
        weight_cv=found.weight_cv,
        kish_effect=found.kish_effect,
        degrees_of_freedom=found.degrees_of_freedom,
        replicates=found.replicates,
        stages=tuple(
            _stage(*stage)
            for stage in zip(found.stages, declared[: len(found.stages)], strict=True)
        ),
        adjustments=tuple(found.adjustments),
        problems=tuple(found.problems),
        source=design.frame.label,
    )


def _stage(
    found: _core.StageDescription, declared: tuple[str, str, str | float | None]
) -> StageDescription:
    strata_column, clusters_column, fpc = declared
    return StageDescription(
        strata_column=strata_column,
        clusters_column=clusters_column,
        fpc=fpc,
        strata=found.strata,
        units=found.units,
        least_units=found.least_units,
        most_units=found.most_units,
        singletons=tuple(found.singletons),
        collapsed=tuple(found.collapsed),
        certainty_strata=found.certainty_strata,
        with_replacement=found.with_replacement,
        least_fraction=found.least_fraction,
        most_fraction=found.most_fraction,
    )


def _view(design: DesignDescription) -> View:
    return View(
        title=f"Sampling design of {counted(design.rows, 'row')}",
        source=design.source,
        columns=_stage_columns(design.stages) if design.stages else [],
        notes=[*_replicates(design), _weights(design), *design.adjustments, *design.problems],
        choices=[("degrees of freedom", count(design.degrees_of_freedom))],
    )


def _stage_columns(stages: tuple[StageDescription, ...]) -> list[Column]:
    return [
        Column("stage", [str(number + 1) for number in range(len(stages))], header=True),
        Column("units", [_units(stage) for stage in stages]),
        Column("sampled", [count(stage.units) for stage in stages], numeric=True),
        Column("strata", [_strata(stage) for stage in stages]),
        Column("units in a stratum", [_span(stage) for stage in stages], numeric=True),
        Column("drawn", [_drawn(stage) for stage in stages]),
        Column("singletons", [count(len(stage.singletons)) for stage in stages], numeric=True),
    ]


def _units(stage: StageDescription) -> str:
    return stage.clusters_column or "rows"


def _strata(stage: StageDescription) -> str:
    return f"{count(stage.strata)} of {stage.strata_column}" if stage.strata_column else "none"


def _span(stage: StageDescription) -> str:
    if stage.least_units == stage.most_units:
        return count(stage.most_units)
    return f"{count(stage.least_units)} to {count(stage.most_units)}"


def _drawn(stage: StageDescription) -> str:
    if stage.with_replacement:
        return "with replacement"
    least, most = (f"{100 * share:.3g}%" for share in (stage.least_fraction, stage.most_fraction))
    return f"{most} of the population" if least == most else f"{least} to {most} of the population"


def _replicates(design: DesignDescription) -> list[str]:
    return [f"Variances come from {design.replicates}."] if design.replicates else []


def _weights(design: DesignDescription) -> str:
    zero = f"; {counted(design.zero_weights, 'row')} of weight 0" if design.zero_weights else ""
    return (
        f"Weights sum to {number(design.weight_sum)}, from {number(design.weight_min)} to "
        f"{number(design.weight_max)}{zero}; their inequality alone multiplies variances by "
        f"{design.kish_effect:.2f} (Kish)."
    )
