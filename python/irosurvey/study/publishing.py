"""Tables of the study that may be published, together, under a policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from irosurvey.study.answers import Answers, yes_or_no
from irosurvey.study.gaps import too_few
from irosurvey.study.groups import shared_questions, stacked
from irosurvey.study.outcomes import LIMITS, OUTCOMES
from irosurvey.tables.release import ReleaseResult, release
from irosurvey.tables.table import Table

if TYPE_CHECKING:
    from irosurvey.design import Design
    from irosurvey.study.whole import WholeStudy
    from irosurvey.tables.policy import Policy

__all__ = ["publishable", "tables_to_publish"]

_TITLE = "IROs in England: survey of 2013"
_OUTCOMES = "Monitoring, court papers and following up"
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
    tables = tables_to_publish(study)
    return release(
        tables,
        policy,
        title=_TITLE,
        about=_about(study),
        provenance=dict(study.provenance),
        synthetic=not study.real,
    )


def tables_to_publish(study: WholeStudy) -> list[Table]:
    """The main tables, unrounded, with what enough people answered to be shown."""
    found = [
        _outcomes(study, "type", "Monitoring, court papers and following up, by type of authority"),
        _outcomes(study, "wide band", "Monitoring, court papers and following up, by caseload"),
        _limits(study, "type", "Caseloads above 50, 60 and 70, by type of authority"),
        _groups(study),
    ]
    return [table for table in found if table is not None]


def _about(study: WholeStudy) -> list[str]:
    return [
        "Independent Reviewing Officers (IROs) see to it that the care plans of children looked "
        "after by English local authorities are made, followed and kept under review.",
        "IROs, their managers and Directors of Children's Services answered of their own accord. "
        "Weights by region and type of authority mend part of that, and nothing else.",
        study.spread.words,
        "Tables are by type of authority: some thirty answers to each of nine regions would leave "
        "hardly a percentage that could be shown.",
    ]


def _outcomes(study: WholeStudy, by: str, title: str) -> Table | None:
    named = {one.label: one.column for one in OUTCOMES}
    return _side_by_side(study, named, "Say so", by, title)


def _limits(study: WholeStudy, by: str, title: str) -> Table | None:
    named = {
        f"More than {limit} children per full-time equivalent": f"above {limit}" for limit in LIMITS
    }
    return _side_by_side(study, named, "Have more", by, title)


def _side_by_side(
    study: WholeStudy, named: Mapping[str, str], yes: str, by: str, title: str
) -> Table | None:
    """A row for each column of answers and group; what is counted goes by one name in all rows."""
    design, answers = study.caseloads.design, study.groups["iro"].answers
    columns = {
        label: f"{yes.lower()}: {column}"
        for label, column in named.items()
        if _enough(answers, design, column, by)
    }
    if not columns:
        return None
    said = design.with_columns(
        {
            column: yes_or_no(column, design.frame[named[label]].to_numpy(), label, yes)
            for label, column in columns.items()
        }
    )
    return Table(
        {label: said.proportion(column, 1, by=by) for label, column in columns.items()},
        title=title,
        statistics=_NUMBERS,
        arrange="rows",
        total=[said.proportion(column, 1) for column in columns.values()],
        population="IROs",
        area=_AREA,
        period=_PERIOD,
    )


def _enough(answers: Answers, design: Design, *columns: str) -> bool:
    """Whether answers in all of these columns come from enough authorities to be shown."""
    values = [np.asarray(design.frame[one].to_numpy(), dtype=np.float64) for one in columns]
    known: NDArray[np.bool_] = np.all([~np.isnan(one) for one in values], axis=0)
    return not too_few(answers, known)


def _groups(study: WholeStudy) -> Table | None:
    groups = list(study.groups.values())
    questions = [
        one
        for one in shared_questions(groups, study.codebook)
        if len(one.groups) == len(groups)
        and any(_enough(own.answers, own.plain, one.variable) for own in groups)
    ]
    if not questions:
        return None
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
