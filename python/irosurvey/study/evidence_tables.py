"""Tables of what printed figures can bear: no microdata are in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from irosurvey.layout import Column, View, count, number
from irosurvey.study import words
from irosurvey.study.model import Condition, Evidence
from irosurvey.study.tables import Record, Table, finding_record

if TYPE_CHECKING:
    from irosurvey.study.figures import Chart

__all__ = ["ConditionTable", "CountTable", "EvidenceTable", "IntervalTable"]


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
                **finding_record(row),
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
