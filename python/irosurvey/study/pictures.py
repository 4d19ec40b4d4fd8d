"""Charts of the whole study, drawn from its sheets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from irosurvey.charts import Chart, ChartData, Point, Series
from irosurvey.study.outcomes import ALL, DIVISIONS, LIMITS
from irosurvey.study.sheets import IN_PART, Cell, Sheet, together
from irosurvey.study.words import SYNTHETIC

__all__ = [
    "agreement_chart",
    "effects_chart",
    "groups_chart",
    "histogram_chart",
    "limits_chart",
    "month_chart",
    "outcomes_chart",
    "quartiles_chart",
    "topic_chart",
]


TOO_FEW = "too few answers"


def _number(value: Cell, scale: float = 1.0) -> float | None:
    return float(value) * scale if isinstance(value, int | float) else None


def _points(
    sheet: Sheet, rows: Sequence[int], value: str, scale: float, prefix: str = ""
) -> tuple[Point, ...]:
    limits = (f"{prefix}lower", f"{prefix}upper")
    middle, lower, upper = (sheet.column(name) for name in (value, *limits))
    return tuple(
        Point(
            _number(middle[row], scale),
            _number(lower[row], scale),
            _number(upper[row], scale),
            gap=TOO_FEW if middle[row] is None else "",
        )
        for row in rows
    )


def _by_name(
    sheet: Sheet, rows: Sequence[int], field: str, names: Sequence[str], value: str
) -> tuple[Point, ...]:
    """Points of these rows in the order of names; what has no row is a gap that says why."""
    named = sheet.column(field)
    found = {str(named[row]): _points(sheet, [row], value, 100.0)[0] for row in rows}
    return tuple(found.get(name, Point(gap=TOO_FEW)) for name in names)


def groups_chart(shares: Sheet, level: float) -> Chart | None:
    """The share of rosy answers by question, a dot for each group."""
    if not len(shares):
        return None
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
        _by_question(shares, names, series, "Percentage with a rosy answer", level), "dot", "groups"
    )


def agreement_chart(sheet: Sheet, level: float) -> Chart | None:
    """How often two people of one authority see it alike, by question: a dot for each pair."""
    questions, pairs = ([str(one) for one in sheet.column(name)] for name in ("question", "pair"))
    if not pairs:
        return None
    names = list(dict.fromkeys(questions))
    mixed = sheet.data == IN_PART
    series = []
    for pair in dict.fromkeys(pairs):
        found = {questions[row]: row for row in range(len(sheet)) if pairs[row] == pair}
        points = [
            _points(sheet, [found[name]], "same", 100.0, "same_")[0]
            if name in found
            else Point(gap="too few pairs")
            for name in names
        ]
        data = together(sheet.row_data[row] for row in found.values())
        name = f"{pair} ({data})" if mixed and data.startswith(SYNTHETIC) else pair
        series.append(Series(name, tuple(points)))
    measure = "Percentage of pairs who see it alike: both rosy, or both not"
    return Chart(_by_question(sheet, names, series, measure, level), "dot", "agreement")


def _by_question(
    sheet: Sheet, names: Sequence[str], series: Sequence[Series], measure: str, level: float
) -> ChartData:
    """Percentages by question, of a sheet that may be of made-up answers in part."""
    mixed = sheet.data == IN_PART
    return ChartData(
        f"{sheet.title} ({IN_PART})" if mixed else sheet.title,
        tuple(names),
        tuple(series),
        unit="percent",
        decimals=0,
        measure=measure,
        by="Question",
        level=level,
        synthetic=sheet.synthetic and not mixed,
    )


def histogram_chart(sheet: Sheet, level: float) -> Chart | None:
    """The distribution of caseloads."""
    rows = range(len(sheet))
    if not rows:
        return None
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


def quartiles_chart(sheet: Sheet, level: float) -> Chart | None:
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


def limits_chart(sheet: Sheet, level: float) -> Chart | None:
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
) -> Chart | None:
    """Dots for all and for each type of authority; a field tells the series apart."""
    field, titles = told_by
    by, group, key = (sheet.column(one) for one in ("by", "group", field))
    kept = [row for row, part in enumerate(by) if part in ("England", "Type of authority")]
    if not kept:
        return None
    series = []
    for code, title in titles.items():
        rows = [row for row in kept if key[row] == code]
        series.append(Series(title, _points(sheet, rows, value, scale)))
    names = tuple(dict.fromkeys(str(group[row]) for row in kept))
    return Chart(replace(plan, categories=names, series=tuple(series)), "dot", name)


_BY_WORDS = {"band": "caseload", "other duties": "other duties", "region": "region"}


def outcomes_chart(sheet: Sheet, division: str, level: float) -> Chart | None:
    """Each outcome by what divides the respondents: caseload, other duties or region."""
    outcomes, by, groups = (sheet.column(name) for name in ("outcome", "by", "group"))
    rows = [row for row, own in enumerate(by) if own == DIVISIONS[division] and groups[row] != ALL]
    if not rows:
        return None
    names = list(dict.fromkeys(str(groups[row]) for row in rows))
    series = [
        Series(outcome, _by_name(sheet, own, "group", names, "share"))
        for outcome in dict.fromkeys(str(outcomes[row]) for row in rows)
        if (own := [row for row in rows if outcomes[row] == outcome])
    ]
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


def effects_chart(sheet: Sheet, level: float) -> Chart | None:
    """Average marginal effects, a dot for each outcome."""
    outcomes, terms = sheet.column("outcome"), sheet.column("term")
    names = list(dict.fromkeys(str(term) for term in terms))
    if not names:
        return None
    series = [
        Series(
            outcome,
            _by_name(
                sheet,
                [row for row in range(len(sheet)) if outcomes[row] == outcome],
                "term",
                names,
                "effect",
            ),
        )
        for outcome in dict.fromkeys(map(str, outcomes))
    ]
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


def month_chart(sheet: Sheet, level: float) -> Chart | None:
    """Enquiries by month, per authority."""
    return _advice_chart(sheet, "Month", "time", "months", level)


def topic_chart(sheet: Sheet, level: float) -> Chart | None:
    """Enquiries by topic, per authority."""
    return _advice_chart(sheet, "Topic", "dot", "topics", level)


def _advice_chart(sheet: Sheet, by: str, kind: str, name: str, level: float) -> Chart | None:
    rows = [row for row, own in enumerate(sheet.column("by")) if own == by]
    if not rows:
        return None
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
