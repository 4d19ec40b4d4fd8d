"""Tables of the study: sequences of typed rows that are shown well and go to any data frame."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

import pyarrow as pa

from irosurvey.layout import Column, View, as_html, as_text, count, number
from irosurvey.study import words
from irosurvey.study.model import Condition, Evidence, Figure, TableRow
from irosurvey.tables.safe_text import defused

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from irosurvey.study.figures import Chart

__all__ = [
    "ConditionTable",
    "CountTable",
    "EvidenceTable",
    "IntervalTable",
    "RehearsalTable",
    "StatisticsTable",
    "Table",
    "csv_of",
]

Row = TypeVar("Row")
Record = dict[str, Any]


class Table(Sequence[Row], Generic[Row]):
    """Rows that never change: a sequence, a table for people, and a data frame for programs."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = tuple(rows)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        return self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and type(self) is type(other) and self._rows == other._rows

    __hash__ = None  # type: ignore[assignment]

    def records(self) -> list[Record]:
        """One flat dict a row, as the data frames have it; None where there is nothing."""
        raise NotImplementedError

    def view(self) -> View:
        """What is shown of the table."""
        raise NotImplementedError

    def to_arrow(self) -> pa.Table:
        """The rows as a pyarrow table."""
        return pa.Table.from_pylist(self.records())

    def to_pandas(self) -> pd.DataFrame:
        """The rows as a pandas data frame."""
        frame: pd.DataFrame = self.to_arrow().to_pandas()
        return frame

    def to_polars(self) -> pl.DataFrame:
        """The rows as a polars data frame."""
        import polars

        frame = polars.from_arrow(self.to_arrow())
        assert isinstance(frame, polars.DataFrame)
        return frame

    def __repr__(self) -> str:
        return as_text(self.view())

    def _repr_html_(self) -> str:
        return as_html(self.view())


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _finding_of(row: Evidence | Figure) -> Record:
    finding = row.finding
    return {
        "id": finding.id,
        "study": finding.study,
        "year": finding.year,
        "group": finding.group,
        "finding": finding.wording,
        "kind": finding.kind,
        "printed": finding.printed,
        "reading": "ours" if row.ours else "printed",
    }


# ---- evidence ----


class EvidenceTable(Table[Evidence]):
    """What the printed figures can bear by themselves; one row a finding.

    Attributes
    ----------
    level
        Confidence level of the intervals.
    """

    def __init__(self, rows: Sequence[Evidence], level: float) -> None:
        super().__init__(rows)
        self.level = level

    def of_study(self, study: str) -> EvidenceTable:
        """The findings of one study."""
        return EvidenceTable([row for row in self if row.finding.study == study], self.level)

    def of_other_studies(self, study: str) -> EvidenceTable:
        """The findings of all studies but one."""
        return EvidenceTable([row for row in self if row.finding.study != study], self.level)

    def find(self, finding: str) -> Evidence:
        """The evidence on the finding of this id; KeyError if there is none."""
        for row in self:
            if row.finding.id == finding:
                return row
        raise KeyError(finding)

    def chart(self) -> Chart:
        """Dots and intervals of the findings whose base is known."""
        from irosurvey.study.figures import evidence_chart

        return evidence_chart(self, self.level)

    def intervals(self) -> IntervalTable:
        """Every interval with what was assumed for it; one row each."""
        return IntervalTable(self)

    def counts(self) -> CountTable:
        """The counts that agree with each figure, for every base; one row a finding and base."""
        return CountTable(self)

    def records(self) -> list[Record]:
        """One row a finding; limits by the logit method at the largest possible base, 0-1."""
        return [
            {
                **_finding_of(row),
                "low": row.finding.low / 100.0,
                "high": row.finding.high / 100.0,
                "respondents": row.respondents,
                "respondents_from": row.respondents_from or None,
                "smallest_base": row.smallest_base,
                "largest_base": row.largest_base,
                "count_least": row.full.least if row.full and row.full.possible else None,
                "count_most": row.full.most if row.full and row.full.possible else None,
                **_limits_of(row),
                "source": row.finding.source,
                "note": row.finding.note,
            }
            for row in self
        ]

    def view(self) -> View:
        """A line a finding: figure, counts, and intervals under each design effect."""
        level = f"{100 * self.level:g}%"
        columns = [
            Column("Finding", [row.finding.wording for row in self], header=True),
            Column("Printed", [words.printed(row.finding, ours=row.ours) for row in self]),
            Column("Counts", [_counts_text(row) for row in self]),
            Column("Smallest base", [count(row.smallest_base) for row in self], numeric=True),
        ]
        for effect in _effects(self):
            cells = [words.interval_text(row.interval(design_effect=effect)) for row in self]
            columns.append(Column(f"{level}, deff {effect:g}", cells, numeric=True))
        finite = [words.finite_interval(row) for row in self]
        if any(cell != "–" for cell in finite):
            columns.append(Column(f"{level}, finite", finite, numeric=True))
        notes = [
            "Counts: how many of all who responded round to the printed figure. Intervals "
            "(logit) run from the lower limit at the least count to the upper limit at the most, "
            "n − 1 degrees of freedom; finite: from a population of N, deff 1. They cover chance "
            "only, not who chose to answer."
        ]
        populations = {
            f"N={words.span(row.populations)}: {row.population_words}."
            for row in self
            if row.populations
        }
        notes += sorted(populations)
        return View("Evidence: what the printed figures can bear", "", columns, notes)


def _effects(rows: Sequence[Evidence]) -> list[float]:
    return sorted({interval.design_effect for row in rows for interval in row.intervals})


def _counts_text(row: Evidence) -> str:
    if row.full is None:
        return "respondents not printed"
    if row.full.possible:
        return str(row.full)
    return f"{row.full}; out of at most {row.largest_base}"


def _limits_of(row: Evidence) -> Record:
    found: Record = {}
    for effect in _effects([row]):
        interval = row.interval(design_effect=effect)
        found[f"lower_deff_{effect:g}"] = interval.lower if interval else None
        found[f"upper_deff_{effect:g}"] = interval.upper if interval else None
    return found


class IntervalTable(Table[Evidence]):
    """Every interval around a printed figure, with its assumptions."""

    def records(self) -> list[Record]:
        """One row an interval; limits 0-1."""
        return [
            {
                "id": row.finding.id,
                "base": interval.counts.base,
                "count_least": interval.counts.least,
                "count_most": interval.counts.most,
                "design_effect": interval.design_effect,
                "population": interval.population,
                "method": interval.method,
                "lower": interval.lower,
                "upper": interval.upper,
            }
            for row in self
            for interval in row.intervals
        ]

    def view(self) -> View:
        """A line an interval."""
        return _plain_view("Intervals around the printed figures", self.records())


class CountTable(Table[Evidence]):
    """For each base up to all respondents, the counts that agree with each printed figure."""

    def records(self) -> list[Record]:
        """One row a finding and base; None where no count gives the figure."""
        return [
            {
                "id": row.finding.id,
                "base": counts.base,
                "count_least": counts.least if counts.possible else None,
                "count_most": counts.most if counts.possible else None,
            }
            for row in self
            for counts in row.counts
        ]

    def view(self) -> View:
        """A line a finding: the bases that can't give it."""
        rows = [row for row in self if row.counts]
        impossible = [[c.base for c in row.counts if not c.possible] for row in rows]
        return View(
            "Bases that can give each printed figure",
            "",
            [
                Column("Finding", [row.finding.id for row in rows], header=True),
                Column("Printed", [row.finding.printed for row in rows]),
                Column("Bases", [str(len(row.counts)) for row in rows], numeric=True),
                Column("of which can't", [str(len(bases)) for bases in impossible], numeric=True),
                Column("largest that can't", [str(max(b, default="–")) for b in impossible], True),
            ],
        )


def _plain_view(title: str, records: Sequence[Record], most: int = 60) -> View:
    shown = records[:most]
    names = list(shown[0]) if shown else []

    def text(value: object) -> str:
        if isinstance(value, float):
            return number(value, 4)
        return "–" if value is None else str(value)

    columns = [
        Column(name, [text(record[name]) for record in shown], numeric=index > 0, header=index == 0)
        for index, name in enumerate(names)
    ]
    more = [f"… and {len(records) - most} more: see to_polars()."] if len(records) > most else []
    return View(title, "", columns, more)


class ConditionTable(Table[Condition]):
    """What must be true for printed figures to hold together."""

    def records(self) -> list[Record]:
        """One row a deduction."""
        return [
            {
                "rule": row.rule,
                "findings": " ".join([*row.findings, *([row.whole] if row.whole else [])]),
                "respondents": row.respondents,
                "deduction": deduction.name,
                "least": deduction.least,
                "most": deduction.most,
                "sentence": deduction.sentence,
                "statement": row.statement,
            }
            for row in self
            for deduction in row.deductions
        ]

    def view(self) -> View:
        """A line a deduction, in sentences."""
        pairs = [(row, deduction) for row in self for deduction in row.deductions]
        return View(
            "Printed figures that must hold together",
            "",
            [
                Column("Findings", [", ".join(row.findings) for row, _ in pairs], header=True),
                Column("What follows", [deduction.sentence for _, deduction in pairs]),
            ],
        )


# ---- rehearsal ----


def _estimate_of(row: Figure | TableRow) -> Record:
    estimate = row.estimate
    return {
        "n": estimate.n,
        "unweighted": _known(estimate.unweighted),
        "weighted": _known(estimate.value),
        "se": _known(estimate.standard_error),
        "lower": _known(estimate.lower),
        "upper": _known(estimate.upper),
        "interval": estimate.method or None,
        "df": _known(estimate.df),
        "deff": _known(estimate.design_effect),
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
                **_finding_of(row),
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


def csv_of(table: Table[Any]) -> bytes:
    """A table as CSV, its texts such that no spreadsheet runs them."""
    import polars as pl

    frame = table.to_polars()
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    safe = [
        pl.Series(
            name, [None if text is None else defused(text) for text in frame[name]], pl.String
        )
        for name in texts
    ]
    return frame.with_columns(safe).write_csv().encode()
