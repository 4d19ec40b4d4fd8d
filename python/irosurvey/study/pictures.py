"""Charts of the whole study, drawn from its sheets."""

from __future__ import annotations

from collections.abc import Sequence

from irosurvey.charts import Chart, ChartData, Point, Series
from irosurvey.study.outcomes import DIVISIONS, OUTCOMES
from irosurvey.study.sheets import Cell, Sheet

__all__ = [
    "effects_chart",
    "groups_chart",
    "histogram_chart",
    "month_chart",
    "outcomes_chart",
    "topic_chart",
]


def _number(value: Cell, scale: float = 1.0) -> float | None:
    return float(value) * scale if isinstance(value, int | float) else None


def _points(sheet: Sheet, rows: Sequence[int], value: str, scale: float) -> tuple[Point, ...]:
    middle, lower, upper = (sheet.column(name) for name in (value, "lower", "upper"))
    return tuple(
        Point(_number(middle[row], scale), _number(lower[row], scale), _number(upper[row], scale))
        for row in rows
    )


def groups_chart(shares: Sheet, level: float) -> Chart:
    """The share of rosy answers by question, a dot for each group."""
    questions, groups = shares.column("question"), shares.column("group")
    names = list(dict.fromkeys(str(question) for question in questions))
    series = []
    for group in dict.fromkeys(str(group) for group in groups):
        found = {
            str(question): row
            for row, (question, own) in enumerate(zip(questions, groups, strict=True))
            if own == group
        }
        points = [
            _points(shares, [found[name]], "share", 100.0)[0]
            if name in found
            else Point(gap="not asked")
            for name in names
        ]
        series.append(Series(group, tuple(points)))
    return Chart(
        ChartData(
            shares.title,
            tuple(names),
            tuple(series),
            unit="percent",
            decimals=0,
            measure="Percentage with a rosy answer",
            by="Question",
            level=level,
            synthetic=shares.synthetic,
        ),
        "dot",
        "groups",
    )


def histogram_chart(sheet: Sheet, level: float) -> Chart:
    """The distribution of caseloads."""
    rows = range(len(sheet))
    return Chart(
        ChartData(
            sheet.title,
            tuple(str(one) for one in sheet.column("bin")),
            (Series("IROs", _points(sheet, rows, "share", 100.0)),),
            unit="percent",
            decimals=0,
            measure="Percentage of IROs",
            by="Children per full-time equivalent",
            level=level,
            synthetic=sheet.synthetic,
        ),
        "histogram",
        "caseloads",
    )


def outcomes_chart(sheet: Sheet, level: float) -> Chart:
    """Each outcome by band of caseload."""
    band = DIVISIONS["band"]
    names: list[str] = []
    series = []
    for outcome in OUTCOMES:
        rows = [
            row
            for row, (own, by, group) in enumerate(
                zip(*(sheet.column(name) for name in ("outcome", "by", "group")), strict=True)
            )
            if own == outcome.label and by == band and group != "All IROs"
        ]
        names = [str(sheet.column("group")[row]) for row in rows]
        series.append(Series(outcome.label, _points(sheet, rows, "share", 100.0)))
    return Chart(
        ChartData(
            "Monitoring, court papers and following up, by caseload",
            tuple(names),
            tuple(series),
            unit="percent",
            decimals=0,
            measure="Percentage of IROs",
            by=band,
            level=level,
            synthetic=sheet.synthetic,
        ),
        "dot",
        "outcomes",
    )


def effects_chart(sheet: Sheet, level: float) -> Chart:
    """Average marginal effects, a dot for each outcome."""
    outcomes, terms = sheet.column("outcome"), sheet.column("term")
    names = list(dict.fromkeys(str(term) for term in terms))
    series = []
    for outcome in OUTCOMES:
        rows = [
            row
            for name in names
            for row in range(len(sheet))
            if outcomes[row] == outcome.label and terms[row] == name
        ]
        series.append(Series(outcome.label, _points(sheet, rows, "effect", 100.0)))
    return Chart(
        ChartData(
            sheet.title,
            tuple(names),
            tuple(series),
            unit="percent",
            decimals=1,
            measure="Difference in percentage points",
            by="Term",
            level=level,
            synthetic=sheet.synthetic,
            differences=True,
        ),
        "dot",
        "effects",
    )


def month_chart(sheet: Sheet, level: float) -> Chart:
    """Enquiries by month, per authority."""
    return _advice_chart(sheet, "Month", "time", "months", level)


def topic_chart(sheet: Sheet, level: float) -> Chart:
    """Enquiries by topic, per authority."""
    return _advice_chart(sheet, "Topic", "dot", "topics", level)


def _advice_chart(sheet: Sheet, by: str, kind: str, name: str, level: float) -> Chart:
    rows = [row for row, own in enumerate(sheet.column("by")) if own == by]
    return Chart(
        ChartData(
            f"Enquiries per authority, by {by.lower()}",
            tuple(_short(str(sheet.column("group")[row]), by) for row in rows),
            (Series("Enquiries per authority", _points(sheet, rows, "rate", 1.0)),),
            unit="rate",
            decimals=2,
            measure="Enquiries per authority",
            by=by,
            ordered=by == "Month",
            level=level,
            synthetic=sheet.synthetic,
        ),
        "time" if kind == "time" else "dot",
        name,
    )


def _short(label: str, by: str) -> str:
    """A month in few letters, so that twelve stand side by side: `Apr 12`."""
    month, _, year = label.rpartition(" ")
    return f"{month[:3]} {year[-2:]}" if by == "Month" and month else label
