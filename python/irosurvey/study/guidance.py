"""Findings held against what the law and the IRO Handbook ask."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from irosurvey import _core
from irosurvey.layout import number
from irosurvey.study.codebook import Codebook
from irosurvey.study.model import Finding
from irosurvey.study.population import rows_of
from irosurvey.study.sheets import Data, Field, Row, Sheet, estimated
from irosurvey.study.weighting import GroupDesign

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
    required = rows_of(codebook.file("guidance.csv"), "id", "requirement", "sure", "threshold")
    printed, answers = _printed_figures(findings), _answered_figures(groups, level)
    unmeasured: list[Row] = [
        (*_required(one), _NOT_MEASURED.get(one["id"], _NOWHERE))
        for one in required
        if one["id"] not in printed and one["id"] not in answers
    ]
    synthetic = any(groups[name].answers.synthetic for name in ("iro", "manager"))
    sheets = [
        _held_sheet(
            "guidance_printed",
            "Printed figures beside the guidance",
            required,
            printed,
            "print",
            "Intervals are the values that agree with the print, without chance.",
        ),
        _held_sheet(
            "guidance_answers",
            "Findings from answers beside the guidance",
            required,
            answers,
            "SYNTHETIC" if synthetic else "given",
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


_REQUIRED = (
    Field("requirement", "Requirement"),
    Field("id", "Id"),
    Field("threshold", "What is asked"),
    Field("sure", "How sure the source is"),
)


def _held_sheet(
    name: str,
    title: str,
    required: Sequence[Mapping[str, str]],
    held: Mapping[str, Sequence[Held]],
    data: Data,
    note: str,
) -> Sheet:
    rows: list[Row] = [
        (
            *_required(one),
            *_shown(figure),
            _core.standing((figure.lower, figure.upper), (figure.low, figure.high)),
        )
        for one in required
        for figure in held.get(one["id"], [])
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
        "beyond: none of it does. The lower end of the caseload is where good practice begins: "
        f"fewer children break no rule. {note}",
        data=data,
    )


def _required(one: Mapping[str, str]) -> tuple[str, str, str, str]:
    threshold = f"{one['measure']}: {one['threshold']}"
    unit = {"yes/no": "", "percent": " per cent"}.get(one["unit"], f" {one['unit']}")
    threshold += unit.removesuffix("s") if one["threshold"] == "1" else unit
    return one["requirement"], one["id"], threshold, SURE[one["sure"]]


def _shown(figure: Held) -> tuple[str, str, str, str, str]:
    interval = f"{_text(figure, figure.lower)} to {_text(figure, figure.upper)}"
    estimate = "–" if figure.estimate is None else _text(figure, figure.estimate)
    return figure.measure, figure.made_of, _asked(figure), estimate, interval


def _text(figure: Held, value: float) -> str:
    """A value with as many decimals as it has: print is given to the hundredth of a per cent."""
    decimals = 2 if figure.exact else 1
    if not figure.share:
        return number(value, 1)
    return number(100.0 * value, decimals).rstrip("0").rstrip(".") + "%"


def _asked(figure: Held) -> str:
    """Where the figure would have to lie for the requirement to be met."""
    if figure.low == figure.high:
        return _text(figure, figure.low)
    return f"at least {figure.low:g}" if math.isinf(figure.high) else f"at most {figure.high:g}"


def _answered_figures(groups: Mapping[str, GroupDesign], level: float) -> dict[str, list[Held]]:
    caseload = _mean_caseload(groups["iro"], level)
    return {
        "hb-caseload-min": [_against(caseload, 50.0, math.inf)],
        "hb-caseload-max": [_against(caseload, 0.0, 70.0)],
        "hb-annual-report": [_annual_report(groups["manager"], level)],
    }


def _printed_figures(findings: Mapping[str, Finding]) -> dict[str, list[Held]]:
    caseloads, in_time = _printed_caseloads(findings), _printed_in_time(findings)
    found = {
        "law-first-review": in_time,
        "law-second-review": in_time,
        "law-later-review": in_time,
        "hb-caseload-min": [_against(one, 50.0, math.inf) for one in caseloads],
        "hb-caseload-max": [
            *(_against(one, 0.0, 70.0) for one in caseloads),
            *_printed_above(findings),
        ],
    }
    return {name: held for name, held in found.items() if held}


def _against(one: Held, low: float, high: float) -> Held:
    return replace(one, low=low, high=high)


def _mean_caseload(group: GroupDesign, level: float) -> Held:
    found, _, lower, upper = estimated(group.weighted.ratio("caseload", "fte", level=level))[0]
    return Held(
        "Mean children per full-time equivalent, weighted",
        group.group,
        0.0,
        0.0,
        found,
        lower,
        upper,
    )


def _annual_report(group: GroupDesign, level: float) -> Held:
    share = group.weighted.proportion("annual_report", 1, level=level)
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
    )


def _printed_caseloads(findings: Mapping[str, Finding]) -> list[Held]:
    return [
        _printed(findings[name])
        for name in ("la-bathnes-caseload", "la-hereford-caseload", "la-bradford-caseload")
        if name in findings
    ]


def _printed_above(findings: Mapping[str, Finding]) -> list[Held]:
    """Shares beyond the limit: none should be."""
    return [
        _against(_printed(findings[name], share=True), 0.0, 0.0)
        for name in ("ncb13-caseload",)
        if name in findings
    ]


def _printed_in_time(findings: Mapping[str, Finding]) -> list[Held]:
    return [
        _printed(findings[name], share=True)
        for name in ("la-poole-intime", "la-rotherham-intime")
        if name in findings
    ]


def _printed(finding: Finding, *, share: bool = False) -> Held:
    scale = 100.0 if share else 1.0
    required: Sequence[float] = (1.0, 1.0) if share else (0.0, 0.0)
    return Held(
        finding.wording,
        f"print: {finding.study}, {finding.year}",
        required[0],
        required[1],
        None if finding.value is None else finding.value / scale,
        finding.low / scale,
        finding.high / scale,
        share,
        exact=True,
    )
