"""What the report can't say, and why: questions that nobody answered, or too few."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from irosurvey.study.answers import Answers
from irosurvey.study.codebook import Codebook
from irosurvey.study.outcomes import OUTCOMES
from irosurvey.study.sheets import Data, Field, Sheet
from irosurvey.study.weighting import GROUPS, LEAST_UNITS

if TYPE_CHECKING:
    from irosurvey.study.groups import SharedQuestion

__all__ = ["Gap", "gaps_sheet", "too_few", "unanswered"]

_PLACES = ("authority", "region", "type")
"""What every row has, or its file is refused."""
_CASELOADS = ("caseload", "fte", "other_duties_outside")
_GUIDANCE = {"iro": ("caseload", "fte"), "manager": ("annual_report",)}


@dataclass(frozen=True)
class Gap:
    """Something that the report can't say.

    Attributes
    ----------
    about
        The question, or the analysis.
    group
        Whose answers are lacking.
    answered
        How many answered.
    reason
        Why nothing can be estimated, as the end of a sentence.
    sections
        Ids of the sections of the report that would have shown it.
    variable
        The question's name; empty if it is an analysis of several.
    data
        What the answers are.
    """

    about: str
    group: str
    answered: int
    reason: str
    sections: tuple[str, ...]
    variable: str = ""
    data: Data = "given"

    @property
    def words(self) -> str:
        """The gap as a sentence."""
        return f"‘{self.about}’ ({self.group}): {self.reason}."


def unanswered(
    groups: Sequence[Answers],
    advice: Answers,
    codebook: Codebook,
    shared: Sequence[SharedQuestion],
) -> Iterator[Gap]:
    """Questions that nobody of a group answered, or people of one authority alone.

    Parameters
    ----------
    groups
        Answers of IROs, managers and directors.
    advice
        Records of enquiries.
    codebook
        What was asked.
    shared
        Questions that several groups were asked.
    """
    for answers in (*groups, advice):
        sections = _sections_of(answers.instrument, codebook, shared)
        for name, entry in codebook.variables(answers.instrument).items():
            if name in _PLACES or codebook.kind(answers.instrument, name) in ("text", "identifier"):
                continue
            known = ~np.isnan(answers.numbers(name))
            reason = too_few(answers, known)
            if reason:
                yield Gap(
                    str(entry["label"]),
                    GROUPS.get(answers.instrument, "enquiries"),
                    int(np.count_nonzero(known)),
                    reason,
                    tuple(sections.get(name, ())),
                    name,
                    answers.data,
                )


def too_few(answers: Answers, known: NDArray[np.bool_], it: str = "it") -> str:
    """Why answers can't bear an estimate, as the end of a sentence; empty if they can.

    Parameters
    ----------
    answers
        Of a group.
    known
        Which rows have an answer.
    it
        What is answered, in words.
    """
    count = int(np.count_nonzero(known))
    if answers.instrument == "advice":  # counted by authority, those without an enquiry included
        return "" if count else "no record names it"
    whom = GROUPS[answers.instrument]
    if count == 0:
        return f"none of the {whom} answered {it}"
    places = {place for place, own in zip(answers.texts("authority"), known, strict=True) if own}
    if len(places) >= LEAST_UNITS:
        return ""
    if count == 1:
        return f"one of the {whom} alone answered {it}, too few for an estimate"
    return f"only {count} {whom}, all of one authority, answered {it}, too few for an estimate"


def _sections_of(
    instrument: str, codebook: Codebook, shared: Sequence[SharedQuestion]
) -> Mapping[str, Sequence[str]]:
    """The sections of the report that need each question."""
    found: dict[str, list[str]] = {}

    def needed(names: Iterable[str], *sections: str) -> None:
        for name in names:
            own = found.setdefault(name, [])
            own += [one for one in sections if one not in own]

    for measure in codebook.entries["findings"].values():
        if measure["instrument"] == instrument and measure["statistic"] != "count":
            where = measure.get("where")
            asked = [*measure["variables"], *([where["variable"]] if where else [])]
            needed(asked, "rehearsal", "weights")
    for measure in codebook.entries["statistics"].values():
        if measure["instrument"] == instrument:
            ratio = [measure[name] for name in ("numerator", "denominator") if name in measure]
            needed([*measure.get("variables", ()), *ratio], "rehearsal")
    needed((one.variable for one in shared if instrument in one.groups), "groups", "published")
    if instrument == "iro":
        outcomes = [name for one in OUTCOMES for name in one.variables]
        needed((*_CASELOADS, *outcomes), "caseloads")
        needed(("caseload", "fte", *outcomes), "published")
    needed(_GUIDANCE.get(instrument, ()), "guidance")
    if instrument == "advice":
        needed(("month", "topic"), "advice")
    return found


SECTIONS = {
    "rehearsal": "the findings counted again",
    "weights": "what weights change",
    "groups": "three groups, the same questions",
    "caseloads": "caseloads, and what goes with them",
    "advice": "enquiries to advice services",
    "guidance": "findings beside the guidance",
    "published": "tables that may be published",
}
"""The sections of the report that show something made of answers, by their ids."""


def gaps_sheet(gaps: Sequence[Gap]) -> Sheet:
    """A row for each gap."""
    return Sheet(
        "gaps",
        "What can’t be said, for want of answers",
        [
            Field("about", "Question, or analysis"),
            Field("variable", "Variable"),
            Field("group", "Whose answers"),
            Field("answered", "Answered", "count"),
            Field("reason", "Why"),
            Field("sections", "Where it is missing"),
        ],
        [
            (
                one.about,
                one.variable or "several",
                one.group,
                one.answered,
                one.reason,
                "; ".join(SECTIONS[name] for name in one.sections) or "no section needs it",
            )
            for one in gaps
        ],
        note="Everything else in the report stands as it would without these gaps.",
        row_data=[one.data for one in gaps],
    )
