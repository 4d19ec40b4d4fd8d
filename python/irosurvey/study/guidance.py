"""Findings held against what the law and the IRO Handbook ask."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from irosurvey import _core
from irosurvey.study.answers import Codebook
from irosurvey.study.model import Finding
from irosurvey.study.population import rows_of
from irosurvey.study.sheets import Field, Row, Sheet
from irosurvey.study.weighting import GroupDesign

__all__ = ["guidance_sheet"]

SURE = {
    "law": "read in the law",
    "quoted": "second-hand, quoted with its paragraph",
    "second-hand": "second-hand",
    "single source": "second-hand, from one source alone",
    "doubtful": "doubtful",
}


@dataclass(frozen=True)
class Held:
    """A figure that is held against a requirement."""

    measure: str
    made_of: str
    low: float
    high: float
    estimate: float | None
    lower: float
    upper: float
    share: bool = False


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


def guidance_sheet(
    groups: Mapping[str, GroupDesign],
    findings: Mapping[str, Finding],
    codebook: Codebook,
    level: float,
) -> Sheet:
    """A row for each requirement and each figure that can be held against it."""
    rows: list[Row] = []
    held = _held(groups, findings, level)
    for one in rows_of(codebook.file("guidance.csv"), "id", "requirement", "sure", "threshold"):
        found = held.get(one["id"], [])
        for figure in found:
            standing = _core.standing((figure.lower, figure.upper), (figure.low, figure.high))
            rows.append((*_required(one), *_shown(figure), standing, ""))
        if not found:
            missing = _NOT_MEASURED.get(one["id"], _NOWHERE)
            rows.append((*_required(one), "–", "–", "–", "–", "not measured", missing))
    return Sheet(
        "guidance",
        "Findings beside the guidance",
        [
            Field("requirement", "Requirement"),
            Field("id", "Id"),
            Field("threshold", "What is asked"),
            Field("sure", "How sure the source is"),
            Field("measure", "Measure"),
            Field("made_of", "Made of"),
            Field("estimate", "Estimate"),
            Field("interval", "Interval"),
            Field("standing", "Interval lies"),
            Field("missing", "What is missing"),
        ],
        rows,
        note="Within: all of the interval meets the requirement; across: part of it does; beyond: "
        f"none of it does. Intervals of microdata: {100 * level:g}%; of printed figures: what the "
        "print allows, without chance.",
        data="SYNTHETIC" if any(one.answers.synthetic for one in groups.values()) else "given",
    )


def _required(one: Mapping[str, str]) -> tuple[str, str, str, str]:
    threshold = f"{one['measure']}: {one['threshold']}"
    if one["unit"] != "yes/no":
        threshold += " per cent" if one["unit"] == "percent" else f" {one['unit']}"
    return one["requirement"], one["id"], threshold, SURE[one["sure"]]


def _shown(figure: Held) -> tuple[str, str, str, str]:
    def text(value: float) -> str:
        return (
            f"{100 * value:.2f}".rstrip("0").rstrip(".") + "%" if figure.share else f"{value:.1f}"
        )

    interval = f"{text(figure.lower)} to {text(figure.upper)}"
    estimate = "–" if figure.estimate is None else text(figure.estimate)
    return figure.measure, figure.made_of, estimate, interval


def _held(
    groups: Mapping[str, GroupDesign], findings: Mapping[str, Finding], level: float
) -> dict[str, list[Held]]:
    caseloads = [_mean_caseload(groups["iro"], level), *_printed_caseloads(findings)]
    in_time = _printed_in_time(findings)
    return {
        "hb-caseload-min": [_against(one, 50.0, math.inf) for one in caseloads],
        "hb-caseload-max": [
            *(_against(one, 0.0, 70.0) for one in caseloads),
            *_printed_above(findings),
        ],
        "hb-annual-report": [_annual_report(groups["manager"], level)],
        "law-first-review": in_time,
        "law-second-review": in_time,
        "law-later-review": in_time,
    }


def _against(one: Held, low: float, high: float) -> Held:
    return Held(one.measure, one.made_of, low, high, one.estimate, one.lower, one.upper, one.share)


def _data(group: GroupDesign) -> str:
    return f"{group.answers.data} microdata, {group.group}"


def _mean_caseload(group: GroupDesign, level: float) -> Held:
    found = group.weighted.ratio("caseload", "fte", level=level)
    lower, upper = found.interval()
    return Held(
        "Mean children per full-time equivalent, weighted",
        _data(group),
        0.0,
        0.0,
        float(found),
        float(lower[0]),
        float(upper[0]),
    )


def _annual_report(group: GroupDesign, level: float) -> Held:
    found = group.weighted.proportion("annual_report", 1, level=level)
    lower, upper = found.interval()
    return Held(
        "Authorities that publish an annual report on the service, by their managers, weighted",
        _data(group),
        1.0,
        1.0,
        float(found),
        float(lower[0]),
        float(upper[0]),
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
    )
