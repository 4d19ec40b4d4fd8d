"""Tables of the study that may be published, together, under a policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from irosurvey.study.groups import shared_questions, stacked
from irosurvey.study.outcomes import LIMITS, OUTCOMES
from irosurvey.tables.release import ReleaseResult, release
from irosurvey.tables.table import Table

if TYPE_CHECKING:
    from irosurvey.design import Design
    from irosurvey.study.whole import WholeStudy
    from irosurvey.tables.policy import Policy

__all__ = ["publishable"]

_TITLE = "IROs in England: survey of 2013"
_AREA, _PERIOD = "England", "2013"
_NUMBERS = ("estimate", "lower", "upper", "base")


def publishable(study: WholeStudy, policy: Policy | str = "dfe") -> ReleaseResult:
    """The study's main tables, after disclosure control, reliability and rounding.

    Parameters
    ----------
    study
        What `irosurvey.study.whole_study` gave.
    policy
        A policy, or the name of a preset.

    Returns
    -------
    ReleaseResult
        Published together, so that no table gives away what another hides. No table has rows by
        authority.
    """
    design = study.caseloads.design
    tables = [
        _outcomes(design, "region", "Monitoring, court papers and following up, by region"),
        _outcomes(design, "band", "Monitoring, court papers and following up, by caseload"),
        _limits(design, "type", "Caseloads above 50, 60 and 70, by type of authority"),
        _groups(study),
    ]
    return release(
        tables,
        policy,
        title=_TITLE,
        about=_about(study),
        provenance=dict(study.provenance),
        synthetic=not study.real,
    )


def _about(study: WholeStudy) -> list[str]:
    return [
        "Independent Reviewing Officers (IROs) see to it that the care plans of children looked "
        "after by English local authorities are made, followed and kept under review.",
        "IROs, their managers and Directors of Children's Services answered of their own accord. "
        "Weights by region and type of authority mend part of that, and nothing else.",
        study.spread.words,
    ]


def _outcomes(design: Design, by: str, title: str) -> Table:
    shares = {one.short: design.proportion(one.column, 1, by=by) for one in OUTCOMES}
    totals = [design.proportion(one.column, 1) for one in OUTCOMES]
    return Table(
        shares,
        title=title,
        statistics=_NUMBERS,
        total=totals,
        population="IROs",
        notes=[f"{one.short}: {one.label[:1].lower()}{one.label[1:]}." for one in OUTCOMES],
        area=_AREA,
        period=_PERIOD,
    )


def _limits(design: Design, by: str, title: str) -> Table:
    names = [f"above {limit}" for limit in LIMITS]
    return Table(
        [design.proportion(name, 1, by=by) for name in names],
        title=title,
        statistics=_NUMBERS,
        total=[design.proportion(name, 1) for name in names],
        population="IROs",
        notes=["Children per full-time equivalent."],
        area=_AREA,
        period=_PERIOD,
    )


def _groups(study: WholeStudy) -> Table:
    groups = list(study.groups.values())
    questions = [
        one for one in shared_questions(groups, study.codebook) if len(one.groups) == len(groups)
    ]
    design = stacked(groups, questions, study.population, study.spread)
    return Table(
        {one.label: design.proportion(f"rosy {one.variable}", 1, by="group") for one in questions},
        title="The same question put to IROs, managers and directors",
        statistics=_NUMBERS,
        arrange="rows",
        population="respondents",
        notes=[f"{one.label}: {one.words}." for one in questions],
        area=_AREA,
        period=_PERIOD,
        synthetic=any(one.answers.synthetic for one in groups),
    )
