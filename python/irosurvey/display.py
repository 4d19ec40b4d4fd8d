"""How a result looks: a text table, an HTML table, and tables for other libraries."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from irosurvey.layout import Column, View, as_html, as_text, count, counted, number
from irosurvey.parts import MULTIPLE_RESPONSE, Choice, Level, StatisticInfo
from irosurvey.result import Estimate, column_names

__all__ = [
    "Shown",
    "arrow_table",
    "by_titles",
    "decimals_of",
    "html_of_estimate",
    "text_of_estimate",
    "title_of",
    "view_of",
]

# Longer results say how many rows there are more, and where to see them.
MOST_TEXT_ROWS = 60
_MOST_HTML_ROWS = 200

_OUR_COLUMNS = [
    "statistic",
    "variable",
    "level",
    "estimate",
    "se",
    "lower",
    "upper",
    "df",
    "n",
    "weighted_n",
    "deff",
    "status",
]


@dataclass(frozen=True)
class Shown:
    """How numbers are shown where that isn't the result's own way.

    Attributes
    ----------
    method
        How intervals are made; ``""`` is each statistic's default.
    unit
        What estimates, standard errors and limits are divided by.
    """

    method: str = ""
    unit: float = 1.0


_AS_THEY_ARE = Shown()


# ---- words ----


def title_of(estimate: Estimate) -> str:
    """What was asked, in a line: `Mean of caseload (Cases per IRO), by Region`."""
    titles = dict(zip(estimate.by, by_titles(estimate), strict=True))
    compared = titles.pop(estimate.difference_of, None)
    asked = _asked(estimate)
    between = f", between groups of {compared}" if compared else ""
    asked = "differences in " + asked if compared else asked
    by = ", by " + " and ".join(titles.values()) if titles else ""
    return asked[:1].upper() + asked[1:] + between + by


def _infos(estimate: Estimate) -> list[StatisticInfo]:
    """What the rows are about, each variable once; some of the rows may be all there are."""
    used = dict.fromkeys(int(index) for index in estimate.rows["statistic"])
    shown = [estimate.statistics[index] for index in used] or estimate.statistics
    return list({info.variable: info for info in shown}.values())


def _asked(estimate: Estimate) -> str:
    infos = _infos(estimate)
    if len(infos) == 1:
        return _heading(infos[0])
    names = [info.variable for info in infos]
    shown = names if len(names) <= 4 else [*names[:3], f"{len(names) - 3} more"]
    kinds = {info.name for info in infos}
    what = f"{kinds.pop()} of " if len(kinds) == 1 and names[0] != infos[0].formula else ""
    return what + ", ".join(shown[:-1]) + " and " + shown[-1]


def _heading(info: StatisticInfo) -> str:
    if info.name == "expression":
        return info.formula
    if info.name == MULTIPLE_RESPONSE:
        return f"answers to {info.variable}"
    if info.variable == info.name:  # an expression that its author named
        return info.name + (f" = {info.formula}" if info.formula != info.name else "")
    label = f" ({info.label})" if info.label and info.label != info.variable else ""
    return f"{info.name} of {info.variable}{label}"


def _variable_notes(estimate: Estimate) -> list[str]:
    """What each of several variables is."""
    infos = _infos(estimate)
    if len(infos) == 1:
        return []
    meanings = {
        info.variable: info.formula if info.variable == info.name else info.label for info in infos
    }
    return [f"{name}: {meaning}" for name, meaning in meanings.items() if meaning not in ("", name)]


def by_titles(estimate: Estimate) -> list[str]:
    """The `by` columns by their labels, or their names."""
    labels = estimate.by_labels or ("",) * len(estimate.by)
    return [label or name for name, label in zip(estimate.by, labels, strict=True)]


def row_keys(estimate: Estimate) -> dict[str, tuple[Level, ...]]:
    """What tells rows apart, without a variable that is the same in all."""
    keys = estimate.keys()
    if len(set(keys["variable"])) == 1:
        del keys["variable"]
    return keys


def _key_title(estimate: Estimate, name: str) -> str:
    names = column_names(estimate.by, estimate.keys().keys() - set(estimate.by))
    return by_titles(estimate)[names.index(name)] if name in names else name


# ---- numbers ----


class Format:
    """How a result's numbers are written: percentages for shares, decimals that the errors bear."""

    def __init__(self, estimate: Estimate, unit: float = 1.0) -> None:
        infos = [estimate.statistics[index] for index in estimate.rows["statistic"]]
        self._divisor = unit
        self._percent = [info.of_shares and unit == 1.0 for info in infos]
        self._unit = " pp" if estimate.difference_of else "%"  # percentage points
        groups: dict[tuple[bool, str], list[int]] = {}
        for row, info in enumerate(infos):
            groups.setdefault((self._percent[row], info.variable), []).append(row)
        self._decimals = np.zeros(len(infos), dtype=int)
        se = estimate.se
        for (percent, _), rows in groups.items():
            scale = (100.0 if percent else 1.0) / unit
            self._decimals[rows] = _decimals(
                scale * estimate.estimate[rows], scale * se[rows], percent
            )

    def __call__(self, row: int, value: float) -> str:
        """The value in this row, as it is read."""
        if not self._percent[row]:
            return number(value / self._divisor, self._decimals[row])
        text = number(100.0 * value, self._decimals[row])
        return text if math.isnan(value) else text + self._unit


def decimals_of(estimate: Estimate) -> int:
    """Decimals that the result's errors bear, one for all rows; shares as percentages."""
    shares = all(info.of_shares for info in estimate.statistics)
    scale = 100.0 if shares else 1.0
    return _decimals(scale * estimate.estimate, scale * estimate.se, shares)


def _decimals(values: np.ndarray[Any, Any], errors: np.ndarray[Any, Any], percent: bool) -> int:
    """Two digits of a middling standard error; no fewer than one decimal of a percentage."""
    positive = errors[(errors > 0) & np.isfinite(errors)]
    least = 1 if percent else 0
    if len(positive) == 0:
        whole = all(float(value).is_integer() for value in values if math.isfinite(value))
        return least if whole else max(least, 2)
    return min(max(1 - math.floor(math.log10(float(np.median(positive)))), least), 8)


# ---- the table ----


def view_of(estimate: Estimate, most_rows: int = MOST_TEXT_ROWS, how: Shown = _AS_THEY_ARE) -> View:
    """The result as a table for reading, with the choices made below it."""
    shown = estimate[:most_rows] if len(estimate) > most_rows else estimate
    notes = _notes(shown)
    if len(shown) < len(estimate):
        more = counted(len(estimate) - len(shown), "more row")
        notes.insert(0, f"… and {more}: see to_pandas(), to_polars() or to_arrow().")
    return View(
        title=title_of(estimate),
        source=estimate.source,
        columns=[*_key_columns(shown), *_number_columns(shown, how), *shown._more_columns()],
        notes=notes,
        choices=[*_interval_choice(estimate, how), *estimate.choices],
    )


def _key_columns(estimate: Estimate) -> list[Column]:
    return [
        Column(_key_title(estimate, name), [str(level) for level in levels], header=True)
        for name, levels in row_keys(estimate).items()
    ]


def _number_columns(estimate: Estimate, how: Shown) -> list[Column]:
    written = Format(estimate, how.unit)
    lower, upper = estimate.interval(method=how.method or None)
    level = f"{100 * estimate.level:g}%"

    def column(title: str, values: Sequence[float] | np.ndarray[Any, Any]) -> Column:
        return Column(title, [written(row, value) for row, value in enumerate(values)], True)

    columns = [
        column("estimate", estimate.estimate),
        column("SE", estimate.se),
        column(f"{level} lower", lower),
        column(f"{level} upper", upper),
        Column("df", [number(df) for df in estimate.df], True),
        Column("n", [count(int(n)) for n in estimate.n], True),
        Column("weighted n", [number(n, _whole(n)) for n in estimate.weighted_n], True),
    ]
    deff = estimate.deff
    if not np.isnan(deff).all():
        columns.append(Column("deff", [number(value, 2) for value in deff], True))
    return columns


def _whole(value: float) -> int:
    return 0 if value >= 1000 or value.is_integer() else 1


def _notes(estimate: Estimate) -> list[str]:
    status = set(estimate.status)
    notes = _variable_notes(estimate)
    if "empty" in status:
        notes.append("– Nobody is in the group: no estimate.")
    if estimate.difference_of and any(info.of_shares for info in estimate.statistics):
        notes.append("pp: percentage points.")
    if "undefined" in status:
        notes.append("– The expression has no finite value there: no estimate.")
    if ((estimate.df <= 0) & (estimate.rows["status"] == 0)).any():
        notes.append("Where there are no degrees of freedom the interval is the whole scale.")
    return notes


def _interval_choice(estimate: Estimate, how: Shown) -> list[Choice]:
    methods = how.method or ", ".join(dict.fromkeys(estimate.interval_methods))
    return [Choice("interval", f"{methods}, {100 * estimate.level:g}%")] if methods else []


def text_of_estimate(estimate: Estimate) -> str:
    """The result as a text table, with the choices made below it."""
    return as_text(view_of(estimate))


def html_of_estimate(estimate: Estimate) -> str:
    """The result as an HTML table, with the choices made below it."""
    return as_html(view_of(estimate, _MOST_HTML_ROWS))


# ---- for other libraries ----


def arrow_table(
    estimate: Estimate, *, labels: bool, level: float | None, how: Shown = _AS_THEY_ARE
) -> pa.Table:
    """The result as a table: what tells rows apart, then the numbers; null where there is none."""
    infos = [estimate.statistics[index] for index in estimate.rows["statistic"]]
    lower, upper = estimate.interval(level, how.method or None)
    kind = "difference in " if estimate.difference_of else ""
    columns: dict[str, Any] = {
        "statistic": pa.array([kind + info.name for info in infos], pa.string())
    }
    columns["variable"] = pa.array([info.variable for info in infos], pa.string())
    if any(info.level is not None for info in infos):
        columns[estimate._level_key] = _level_array([info.level for info in infos], labels)
    cells = [estimate.cells[index] for index in estimate.rows["cell"]]
    for position, name in enumerate(
        column_names(estimate.by, [*_OUR_COLUMNS, estimate._level_key])
    ):
        columns[name] = _level_array([cell[position] for cell in cells], labels)
    for name, values in {
        "estimate": estimate.estimate / how.unit,
        "se": estimate.se / how.unit,
        "lower": lower / how.unit,
        "upper": upper / how.unit,
        "df": estimate.df,
        "n": estimate.n,
        "weighted_n": estimate.weighted_n,
        "deff": estimate.deff,
    }.items():
        columns[name] = pa.array(np.ascontiguousarray(values), from_pandas=True)  # NaN: null
    columns["status"] = pa.array(estimate.status, pa.string())
    return pa.table(columns)


def _level_array(levels: Sequence[Level | None], labels: bool) -> pa.Array:
    """Labels as text; codes as they are, as text where they are of several kinds."""
    if labels and any(level is not None and level.label for level in levels):
        return pa.array([None if level is None else str(level) for level in levels], pa.string())
    values = [None if level is None else level.value for level in levels]
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float} or len(kinds) <= 1:
        return pa.array(values, pa.string() if not kinds else None)
    return pa.array([None if level is None else str(level.value) for level in levels], pa.string())
