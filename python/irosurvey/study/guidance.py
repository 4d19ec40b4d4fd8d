"""Findings held against what the law and the IRO Handbook ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from irosurvey import _core
from irosurvey.layout import number
from irosurvey.study.codebook import Codebook
from irosurvey.study.model import Finding
from irosurvey.study.population import rows_of
from irosurvey.study.sheets import Data, Field, Row, Sheet, estimated
from irosurvey.study.weighting import LEAST_UNITS, GroupDesign

__all__ = ["guidance_sheets"]

SURE = {
    "law": "read in the law",
    "quoted": "second-hand, quoted with its paragraph",
    "second-hand": "second-hand",
    "single source": "second-hand, from one source alone",
    "doubtful": "doubtful",
}


@dataclass(frozen=True)
class Held:
    """A figure that is held against a requirement.

    Attributes
    ----------
    measure, made_of
        What it is, and of what.
    low, high
        Between which it would have to lie.
    estimate, lower, upper
        The figure with its interval.
    share
        Whether all this is on the scale 0-1.
    exact
        Whether the interval is what agrees with print, rather than an estimate's.
    data
        What it was made of.
    """

    measure: str
    made_of: str
    low: float
    high: float
    estimate: float | None
    lower: float
    upper: float
    share: bool = False
    exact: bool = False
    data: Data = "print"


_NOT_MEASURED = {
    "hb-child-consulted": "the survey asked how often IROs can consult the child, not when",
    "hb-child-met": "the survey asked how often IROs can consult the child, not whether they met "
    "before the first review",
    "hb-sw-contact": "the survey asked how often IROs can consult the social worker, not when",
    "hb-experience": "the survey asked for years as an IRO, not since qualifying",
    "hb-dispute": "the survey asked whether the process was used and settled things, not how long "
    "it took",
    "hb-cafcass-any-stage": "the survey asked for a protocol, not for its stages",
    "law-iro-every-child": "nobody was asked; a survey of IROs can't see children without one",
}
_NOWHERE = "none of the studies asked for it or printed it"


def guidance_sheets(
    groups: Mapping[str, GroupDesign],
    findings: Mapping[str, Finding],
    codebook: Codebook,
    level: float,
) -> dict[str, Sheet]:
    """Each requirement with what can be held against it: from print, from answers, or nothing.

    Parameters
    ----------
    groups
        IROs and managers under their designs.
    findings
        Every printed figure, by its id.
    codebook
        Says where the requirements are.
    level
        Confidence level of the intervals.

    Returns
    -------
    dict of Sheet
        ``guidance_printed``, ``guidance_answers`` and ``guidance_not_measured``.
    """
    listed = rows_of(codebook.file("guidance.csv"), "id", "requirement", "sure", "threshold")
    required = {row["id"]: row for row in listed}
    printed, answers = _printed_figures(findings), _answered_figures(groups, level)
    measured = {name for held in (printed, answers) for names in held for name in names}
    unmeasured: list[Row] = [
        (*_required((row,)), _lacking(name, groups))
        for name, row in required.items()
        if name not in measured
    ]
    sheets = [
        _held_sheet(
            "guidance_printed",
            "Printed figures beside the guidance",
            required,
            printed,
            "Intervals are the values that agree with the print, without chance.",
        ),
        _held_sheet(
            "guidance_answers",
            "Findings from answers beside the guidance",
            required,
            answers,
            f"{100 * level:g}% intervals, weighted.",
        ),
        Sheet(
            "guidance_not_measured",
            "Requirements that nothing can be held against",
            [*_REQUIRED, Field("missing", "What is missing")],
            unmeasured,
        ),
    ]
    return {sheet.name: sheet for sheet in sheets}


def _lacking(name: str, groups: Mapping[str, GroupDesign]) -> str:
    """Why nothing can be held against a requirement."""
    if name in ("hb-caseload-min", "hb-caseload-max"):
        return "too few IROs, or none, answered how many children they have and how much they work"
    if name == "hb-annual-report":
        return f"too few {groups['manager'].group}, or none, answered whether there is one"
    return _NOT_MEASURED.get(name, _NOWHERE)


_REVIEWS = ("law-first-review", "law-second-review", "law-later-review")
_CASELOAD = ("hb-caseload-min", "hb-caseload-max")
_TOGETHER = {
    _REVIEWS: "Reviews in time: the first, the second, and every later one",
    _CASELOAD: "Good-practice caseload of a full-time IRO",
}
"""Requirements that one figure is held against together, with what they are called then."""
_GOOD_PRACTICE = (50.0, 70.0)

_REQUIRED = (
    Field("requirement", "Requirement"),
    Field("id", "Id"),
    Field("threshold", "What is asked"),
    Field("sure", "How sure the source is"),
)


def _held_sheet(
    name: str,
    title: str,
    required: Mapping[str, Mapping[str, str]],
    held: Mapping[tuple[str, ...], Sequence[Held]],
    note: str,
) -> Sheet:
    rows: list[Row] = [
        (
            *_required([required[one] for one in names]),
            *_shown(figure),
            _standing(figure),
        )
        for names, figures in held.items()
        for figure in figures
    ]
    return Sheet(
        name,
        title,
        [
            *_REQUIRED,
            Field("measure", "Measure"),
            Field("made_of", "Made of"),
            Field("asked", "Would have to be"),
            Field("estimate", "Estimate"),
            Field("interval", "Interval"),
            Field("standing", "Interval lies"),
        ],
        rows,
        note="Within: all of the interval lies where it would have to be; across: part of it does; "
        "beyond: none of it does, and it lies below or above. Fewer children than good practice "
        f"has break no rule. {note}",
        row_data=[figure.data for figures in held.values() for figure in figures],
    )


def _required(rows: Sequence[Mapping[str, str]]) -> tuple[str, str, str, str]:
    """Requirements that are held against a figure together: what they are, and what they ask."""
    names = tuple(row["id"] for row in rows)
    return (
        _TOGETHER.get(names, rows[0]["requirement"]),
        ", ".join(names),
        _threshold(rows),
        ", ".join(dict.fromkeys(SURE[row["sure"]] for row in rows)),
    )


def _threshold(rows: Sequence[Mapping[str, str]]) -> str:
    """What is asked: `at most 20 working days: time from becoming looked after to the review`."""
    asked: dict[str, list[str]] = {}
    for row in rows:
        limit, what = _limit(row)
        asked.setdefault(what, []).append(limit)
    return "; ".join(f"{' and '.join(limits)}: {what}" for what, limits in asked.items())


def _limit(row: Mapping[str, str]) -> tuple[str, str]:
    """A limit, and of what it is one."""
    if row["unit"] == "yes/no":
        return row["threshold"], row["measure"]
    unit = "%" if row["unit"] == "percent" else f" {row['unit']}"
    number = row["threshold"] + (unit.removesuffix("s") if row["threshold"] == "1" else unit)
    for limit in ("at most", "at least"):
        if row["measure"].endswith(f", {limit}"):
            return f"{limit} {number}", row["measure"].removesuffix(f", {limit}")
    return number, row["measure"]


def _standing(figure: Held) -> str:
    """Where the interval lies, seen from what is asked."""
    found = _core.standing((figure.lower, figure.upper), (figure.low, figure.high))
    if found != "beyond":
        return found
    return f"{found}: {'below' if figure.upper < figure.low else 'above'}"


def _shown(figure: Held) -> tuple[str, str, str, str, str]:
    interval = f"{_text(figure, figure.lower)} to {_text(figure, figure.upper)}"
    estimate = "–" if figure.estimate is None else _text(figure, figure.estimate)
    return figure.measure, figure.made_of, _asked(figure), estimate, interval


def _text(figure: Held, value: float) -> str:
    """A value with as many decimals as it has: print is given to the hundredth of a per cent."""
    decimals = 2 if figure.exact else 1
    if not figure.share:
        return f"{value:g}" if figure.exact else number(value, 1)
    return number(100.0 * value, decimals).rstrip("0").rstrip(".") + "%"


def _asked(figure: Held) -> str:
    """Where the figure would have to lie for the requirement to be met."""
    if figure.low == figure.high:
        return _text(figure, figure.low)
    return f"{figure.low:g} to {figure.high:g}"


def _answered_figures(
    groups: Mapping[str, GroupDesign], level: float
) -> dict[tuple[str, ...], list[Held]]:
    found = {
        _CASELOAD: _mean_caseload(groups["iro"], level),
        ("hb-annual-report",): _annual_report(groups["manager"], level),
    }
    return {names: [one] for names, one in found.items() if one is not None}


def _printed_figures(findings: Mapping[str, Finding]) -> dict[tuple[str, ...], list[Held]]:
    found = {
        _REVIEWS: _printed_in_time(findings),
        _CASELOAD: [*_printed_caseloads(findings), *_printed_above(findings)],
    }
    return {names: held for names, held in found.items() if held}


def _mean_caseload(group: GroupDesign, level: float) -> Held | None:
    mean = group.weighted.ratio("caseload", "fte", level=level)
    if int(mean.units[0]) < LEAST_UNITS:
        return None
    found, _, lower, upper = estimated(mean)[0]
    return Held(
        "Mean children per full-time equivalent, weighted",
        group.group,
        *_GOOD_PRACTICE,
        found,
        lower,
        upper,
        data=group.answers.data,
    )


def _annual_report(group: GroupDesign, level: float) -> Held | None:
    share = group.weighted.proportion("annual_report", 1, level=level)
    if int(share.units[0]) < LEAST_UNITS:
        return None
    found, _, lower, upper = estimated(share)[0]
    return Held(
        "Authorities that publish an annual report on the service, by their managers, weighted",
        group.group,
        1.0,
        1.0,
        found,
        lower,
        upper,
        share=True,
        data=group.answers.data,
    )


def _printed_caseloads(findings: Mapping[str, Finding]) -> list[Held]:
    return [
        _printed(findings[name], _GOOD_PRACTICE)
        for name in ("la-bathnes-caseload", "la-hereford-caseload", "la-bradford-caseload")
        if name in findings
    ]


def _printed_above(findings: Mapping[str, Finding]) -> list[Held]:
    """Shares beyond the limit: none should be."""
    return [
        _printed(findings[name], (0.0, 0.0), share=True)
        for name in ("ncb13-caseload",)
        if name in findings
    ]


def _printed_in_time(findings: Mapping[str, Finding]) -> list[Held]:
    return [
        _printed(findings[name], (1.0, 1.0), share=True)
        for name in ("la-poole-intime", "la-rotherham-intime")
        if name in findings
    ]


def _printed(finding: Finding, asked: tuple[float, float], *, share: bool = False) -> Held:
    scale = 100.0 if share else 1.0
    return Held(
        finding.wording,
        f"print: {finding.study}, {finding.year}",
        *asked,
        None if finding.value is None else finding.value / scale,
        finding.low / scale,
        finding.high / scale,
        share,
        exact=True,
    )
