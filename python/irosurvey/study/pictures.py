"""Charts of the whole study, drawn from its sheets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from irosurvey.charts import Chart, ChartData, Point, Series
from irosurvey.study.outcomes import ALL, DIVISIONS, LIMITS, OUTCOMES
from irosurvey.study.sheets import IN_PART, Cell, Sheet

__all__ = [
    "effects_chart",
    "groups_chart",
    "histogram_chart",
    "limits_chart",
    "month_chart",
    "outcomes_chart",
    "quartiles_chart",
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
    mixed = shares.data == IN_PART
    made_up = {
        str(group)
        for group, data in zip(groups, shares.row_data, strict=True)
        if mixed and data == "SYNTHETIC"
    }
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
        name = f"{group} (SYNTHETIC)" if group in made_up else group
        series.append(Series(name, tuple(points)))
    return Chart(
        ChartData(
            f"{shares.title} ({IN_PART})" if mixed else shares.title,
            tuple(names),
            tuple(series),
            unit="percent",
            decimals=0,
            measure="Percentage with a rosy answer",
            by="Question",
            level=level,
            synthetic=shares.synthetic and not mixed,
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


def quartiles_chart(sheet: Sheet, level: float) -> Chart:
    """Quartiles of caseloads, for all and by type of authority: a dot for each."""
    series = {0.25: "Lower quartile", 0.5: "Median", 0.75: "Upper quartile"}
    return _parts_chart(
        sheet,
        ("prob", series),
        ChartData(
            "Children per full-time equivalent: quartiles",
            (),
            (),
            decimals=0,
            measure="Children per full-time equivalent",
            by="Type of authority",
            level=level,
            synthetic=sheet.synthetic,
        ),
        "quantile",
        1.0,
        "quartiles",
    )


def limits_chart(sheet: Sheet, level: float) -> Chart:
    """Shares with more than each limit, for all and by type of authority."""
    return _parts_chart(
        sheet,
        ("limit", {limit: f"More than {limit}" for limit in LIMITS}),
        ChartData(
            sheet.title,
            (),
            (),
            unit="percent",
            decimals=0,
            measure="Percentage of IROs",
            by="Type of authority",
            level=level,
            synthetic=sheet.synthetic,
        ),
        "share",
        100.0,
        "limits",
    )


def _parts_chart(
    sheet: Sheet,
    told_by: tuple[str, Mapping[float, str]],
    plan: ChartData,
    value: str,
    scale: float,
    name: str,
) -> Chart:
    """Dots for all and for each type of authority; a field tells the series apart."""
    field, titles = told_by
    by, group, key = (sheet.column(one) for one in ("by", "group", field))
    kept = [row for row, part in enumerate(by) if part in ("England", "Type of authority")]
    series = []
    for code, title in titles.items():
        rows = [row for row in kept if key[row] == code]
        series.append(Series(title, _points(sheet, rows, value, scale)))
    names = tuple(dict.fromkeys(str(group[row]) for row in kept))
    return Chart(replace(plan, categories=names, series=tuple(series)), "dot", name)


_BY_WORDS = {"band": "caseload", "other duties": "other duties", "region": "region"}


def outcomes_chart(sheet: Sheet, division: str, level: float) -> Chart:
    """Each outcome by what divides the respondents: caseload, other duties or region."""
    names: list[str] = []
    series = []
    for outcome in OUTCOMES:
        rows = [
            row
            for row, (own, by, group) in enumerate(
                zip(*(sheet.column(name) for name in ("outcome", "by", "group")), strict=True)
            )
            if own == outcome.label and by == DIVISIONS[division] and group != ALL
        ]
        names = [str(sheet.column("group")[row]) for row in rows]
        series.append(Series(outcome.label, _points(sheet, rows, "share", 100.0)))
    return Chart(
        ChartData(
            f"Monitoring, court papers and following up, by {_BY_WORDS[division]}",
            tuple(names),
            tuple(series),
            unit="percent",
            decimals=0,
            measure="Percentage of IROs",
            by=DIVISIONS[division],
            level=level,
            synthetic=sheet.synthetic,
        ),
        "dot",
        f"outcomes_{division.replace(' ', '_')}",
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
