"""What a spec says, taken apart: its tables with their values, checked and completed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeAlias

from irosurvey.parts import LevelValue
from irosurvey.spec.estimate_keys import ESTIMATE
from irosurvey.spec.table_keys import TABLE

__all__ = ["EstimatePart", "Spec", "StandardPart", "TablePart", "beside_of", "spec_of"]

Codes: TypeAlias = dict[str, LevelValue]


@dataclass(frozen=True)
class StandardPart:
    """`standardize` of an estimate."""

    variable: str
    shares: dict[LevelValue, float]
    within: tuple[str, ...] | None


@dataclass(frozen=True)
class EstimatePart:
    """A table [[estimate]]; what each key means is in `irosurvey.spec.keys`."""

    id: str
    statistic: str
    source: str = ""
    variables: tuple[str, ...] = ()
    numerator: str = ""
    denominator: str = ""
    groups: str = ""
    relative_to: str = ""
    probs: tuple[float, ...] = ()
    quantile_rule: str = "math"
    rows: str = ""
    columns: str = ""
    test: str = ""
    formula: str = ""
    family: str = "gaussian"
    link: str = ""
    vadjust: bool = False
    margins: tuple[str, ...] = ()
    where: str = ""
    by: tuple[str, ...] = ()
    contrast: tuple[tuple[Codes, float], ...] = ()
    standardize: StandardPart | None = None
    plausible_values: tuple[str, ...] = ()
    sampling_variance: str = "all"
    missing: str = "domain"
    level: float = 0.95
    ci: str = ""
    df: str | float = "design"
    deff: str = "wr"
    unit: float = 1.0
    expect: tuple[dict[str, Any], ...] = ()
    tolerance: float | None = None


@dataclass(frozen=True)
class TablePart:
    """A table [[table]]; what each key means is in `irosurvey.spec.keys`."""

    title: str
    statistic: str
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    over: str = ""
    per: float = 1.0
    answers: tuple[LevelValue, ...] = ()
    respondents: str = "any"
    percent_of: str = "respondents"
    decimals: int | None = None
    beside: tuple[TablePart, ...] = ()
    base: str = ""
    where: str = ""
    show: tuple[str, ...] = ("estimate", "lower", "upper", "base")
    totals: bool = True
    letters: bool = False
    chart: str = ""
    ordered: bool = True
    group_population: int | None = None
    name: str = ""
    population: str = ""
    area: str = ""
    period: str = ""
    source: str = ""
    notes: tuple[str, ...] = ()
    missing: str = "domain"
    level: float = 0.95

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """The columns of each entry of `rows`, the outer ones first."""
        return tuple(tuple(name.strip() for name in entry.split("*")) for entry in self.rows)


@dataclass(frozen=True)
class Spec:
    """A spec whose keys and values are known to be right; columns and SQL aren't looked at yet.

    `data`, `design`, `replicates`, `calibrate`, `release` and `policy` are the tables of the file.
    """

    title: str
    source: str
    notes: str
    data: dict[str, Any]
    derive: dict[str, str]
    design: dict[str, Any]
    replicates: dict[str, Any] | None
    calibrate: tuple[dict[str, Any], ...]
    estimates: tuple[EstimatePart, ...]
    tables: tuple[TablePart, ...] = ()
    release: dict[str, Any] = field(default_factory=dict)
    policy: dict[str, Any] = field(default_factory=dict)


def spec_of(table: Mapping[str, Any]) -> Spec:
    """A spec whose keys and values were checked."""
    return Spec(
        title=table.get("title", ""),
        source=table.get("source", ""),
        notes=table.get("notes", ""),
        data=dict(table["data"]),
        derive=dict(table.get("derive", {})),
        design=dict(table.get("design", {})),
        replicates=dict(table["replicates"]) if "replicates" in table else None,
        calibrate=tuple(dict(step) for step in table.get("calibrate", ())),
        estimates=tuple(_estimate(one) for one in table.get("estimate", ())),
        tables=tuple(_table(one) for one in table.get("table", ())),
        release=dict(table.get("release", {})),
        policy=dict(table.get("policy", {})),
    )


def _values(table: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in table.items()
    }


def _table(table: Mapping[str, Any]) -> TablePart:
    beside = tuple(TablePart(**_values(beside_of(table, more))) for more in table.get("beside", ()))
    return replace(TablePart(**_values(table)), beside=beside)


_OF_ALL_BESIDE = ("title", "rows", "where", "totals", "missing", "level")


def beside_of(table: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Figures beside those of a table, as a table of its rows and people."""
    return {name: table[name] for name in _OF_ALL_BESIDE if name in table} | dict(more)


def _estimate(table: Mapping[str, Any]) -> EstimatePart:
    values = _values(table)
    if "standardize" in table:
        given = table["standardize"]
        values["standardize"] = StandardPart(
            given["variable"],
            {row[given["variable"]]: float(row["share"]) for row in given["weights"]},
            tuple(given["within"]) if "within" in given else None,
        )
    if "contrast" in table:
        values["contrast"] = tuple(
            (dict(term["at"]), float(term.get("weight", 1))) for term in table["contrast"]
        )
    return EstimatePart(**values)


assert {one.name for one in fields(EstimatePart)} == {key.name for key in ESTIMATE.keys}
assert {one.name for one in fields(TablePart)} == {key.name for key in TABLE.keys}
