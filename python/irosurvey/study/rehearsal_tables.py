"""Tables of the findings counted from answers; what is SYNTHETIC in them says so."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from irosurvey.layout import Column, View, count, number
from irosurvey.study import words
from irosurvey.study.model import Figure, TableRow
from irosurvey.study.tables import Record, Table, finding_record, known

if TYPE_CHECKING:
    from irosurvey.study.figures import Chart

__all__ = ["RehearsalTable", "StatisticsTable"]


def _estimate_of(row: Figure | TableRow) -> Record:
    estimate = row.estimate
    return {
        "n": estimate.n,
        "unweighted": known(estimate.unweighted),
        "weighted": known(estimate.value),
        "se": known(estimate.standard_error),
        "lower": known(estimate.lower),
        "upper": known(estimate.upper),
        "interval": estimate.method or None,
        "df": known(estimate.df),
        "deff": known(estimate.design_effect),
    }


class RehearsalTable(Table[Figure]):
    """Published figures beside what microdata give.

    Attributes
    ----------
    level
        Confidence level of the intervals.
    """

    def __init__(self, rows: Sequence[Figure], level: float) -> None:
        super().__init__(rows)
        self.level = level

    @property
    def heading(self) -> str:
        """What the figures were made of; says which of the answers are SYNTHETIC."""
        made = dict.fromkeys(row.instrument for row in self if row.synthetic)
        given = dict.fromkeys(row.instrument for row in self if not row.synthetic)
        if not made:
            return "The findings estimated from the files given"
        if not given:
            return f"Rehearsal on {words.SYNTHETIC} microdata: says nothing about IROs"
        return (
            f"Files given: {', '.join(given)}; {words.SYNTHETIC}, says nothing about IROs: "
            f"{', '.join(made)}"
        )

    @property
    def synthetic(self) -> bool:
        """Whether some of the figures come from SYNTHETIC answers."""
        return any(row.synthetic for row in self)

    def chart(self) -> Chart:
        """Estimates with their intervals beside the printed figures; shares only."""
        from irosurvey.study.figures import rehearsal_chart

        return rehearsal_chart(self, self.level, synthetic=self.synthetic)

    def records(self) -> list[Record]:
        """One row a figure; shares 0-1."""
        return [
            {
                "microdata": words.microdata_word(row.synthetic),
                **finding_record(row),
                "instrument": row.instrument,
                "variable": row.variable or None,
                "counted": row.words,
                "published": row.published,
                "low": row.low,
                "high": row.high,
                "count": row.count if row.statistic in ("share", "count") else None,
                **_estimate_of(row),
                "agrees": row.agrees,
            }
            for row in self
        ]

    def view(self) -> View:
        """A line a figure: printed, without weights, weighted, and how sure."""
        level = f"{100 * self.level:g}%"
        mixed = len({row.synthetic for row in self}) > 1
        data = Column("Microdata", [words.microdata_word(row.synthetic) for row in self])
        return View(
            self.heading,
            "",
            [
                Column("Finding", [_label(row) for row in self], header=True),
                *([data] if mixed else []),
                Column("Printed", _printed_once(self)),
                Column("n", [count(row.estimate.n) for row in self], numeric=True),
                Column("Without weights", [_unweighted(row) for row in self], numeric=True),
                Column("Weighted", [words.on_scale(row, row.estimate.value) for row in self], True),
                Column("SE", [_error(row) for row in self], numeric=True),
                Column(f"{level} interval", [_interval(row) for row in self], numeric=True),
                Column("deff", [number(row.estimate.design_effect, 2) for row in self], True),
                Column("Agrees", ["yes" if row.agrees else "NO" for row in self]),
            ],
            [
                "Agrees: the estimate without weights rounds to the printed number, or lies in our "
                "reading of the words. SE in percentage points for percentages."
            ],
        )


def _printed_once(rows: Sequence[Figure]) -> list[str]:
    """Each printed figure at the first of its questions."""
    previous = [""] + [row.finding.id for row in rows]
    return [
        "" if row.finding.id == before else words.printed(row.finding, ours=row.ours)
        for row, before in zip(rows, previous, strict=False)
    ]


def _label(row: Figure) -> str:
    return row.label if row.variable else row.finding.wording


def _unweighted(row: Figure) -> str:
    if row.statistic == "count":
        return count(row.estimate.n)
    return words.on_scale(row, row.estimate.unweighted)


def _error(row: Figure) -> str:
    scale = 100.0 if row.statistic == "share" else 1.0
    return number(scale * row.estimate.standard_error, 1)


def _interval(row: Figure | TableRow) -> str:
    estimate = row.estimate
    if isinstance(row, Figure) and row.statistic == "share":
        return words.limits(estimate.lower, estimate.upper)
    if isinstance(row, TableRow) and row.scale == "share":
        return words.limits(estimate.lower, estimate.upper)
    if math.isnan(estimate.lower):
        return "–"
    return f"{number(estimate.lower, 1)}–{number(estimate.upper, 1)}"


class StatisticsTable(Table[TableRow]):
    """Statistics beside the findings: caseloads, and how often IROs are able to do their tasks."""

    def __init__(self, rows: Sequence[TableRow], level: float) -> None:
        super().__init__(rows)
        self.level = level

    @property
    def synthetic(self) -> bool:
        """Whether some of the rows come from SYNTHETIC answers."""
        return any(row.synthetic for row in self)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the tables."""
        return tuple(dict.fromkeys(row.table for row in self))

    def select(
        self,
        table: str,
        *,
        by: str | None = None,
        variable: str | None = None,
        collapsed: bool | None = None,
    ) -> StatisticsTable:
        """Some of the rows.

        Parameters
        ----------
        table : str
            One of `names`.
        by : str, optional
            ``""`` for all respondents, or the variable that divides them.
        variable : str, optional
            Of one question only.
        collapsed : bool, optional
            Only answers put together, or only answers in full.

        Returns
        -------
        StatisticsTable

        Raises
        ------
        KeyError
            There is no table of that name.
        """
        if table not in self.names:
            raise KeyError(f"no table '{table}'; there are {', '.join(self.names)}")
        rows = [
            row
            for row in self
            if row.table == table
            and (by is None or row.by == by)
            and (variable is None or row.variable == variable)
            and (collapsed is None or row.collapsed == collapsed)
        ]
        return StatisticsTable(rows, self.level)

    def records(self) -> list[Record]:
        """One row an estimate; shares 0-1."""
        return [
            {
                "microdata": words.microdata_word(row.synthetic),
                "table": row.table,
                "label": row.label,
                "instrument": row.instrument,
                "variable": row.variable or None,
                "question": row.question or None,
                "answer": row.answer or None,
                "collapsed": row.collapsed,
                "by": row.by or None,
                "group": row.group or None,
                "scale": row.scale,
                **_estimate_of(row),
            }
            for row in self
        ]

    def view(self) -> View:
        """A line an estimate."""
        labels = list(dict.fromkeys(row.label for row in self))
        mark = f"{words.SYNTHETIC}: " if self.synthetic else ""
        level = f"{100 * self.level:g}%"

        def value(row: TableRow, one: float) -> str:
            return words.percent(one) if row.scale == "share" else number(one, 1)

        columns = [
            Column("Question", [row.question for row in self], header=True),
            Column("Answer", [row.answer for row in self], header=True),
            Column("Group", [row.group or "all" for row in self], header=True),
        ]
        columns = [column for column in columns if any(column.cells)]
        return View(
            mark + "; ".join(labels),
            "",
            [
                *columns,
                Column("n", [count(row.estimate.n) for row in self], numeric=True),
                Column("Without weights", [value(r, r.estimate.unweighted) for r in self], True),
                Column("Weighted", [value(row, row.estimate.value) for row in self], numeric=True),
                Column(f"{level} interval", [_interval(row) for row in self], numeric=True),
                Column("deff", [number(row.estimate.design_effect, 2) for row in self], True),
            ],
        )
