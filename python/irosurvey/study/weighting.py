"""Weights of the three groups: whom each respondent stands for, and what weighting changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from irosurvey._complaint import complaint
from irosurvey.design import Design
from irosurvey.errors import NumericalError
from irosurvey.study.answers import Answers
from irosurvey.study.codebook import Codebook
from irosurvey.study.measured import Measured, measured_findings
from irosurvey.study.model import Finding
from irosurvey.study.population import Authority, IroSpread
from irosurvey.study.sheets import Data, Field, Row, Sheet, estimated, interval_fields, together
from irosurvey.study.words import printed

__all__ = ["GroupDesign", "findings_sheet", "group_design", "response_sheet"]

GROUPS = {"iro": "IROs", "manager": "IRO managers", "dcs": "Directors"}
SINGLETON: Final = "adjust"
LEAST_UNITS = 2
"""Authorities that must have answered: one alone says nothing of how much authorities differ."""


@dataclass(frozen=True, eq=False)
class GroupDesign:
    """The answers of one group under its design, without weights and with them.

    Attributes
    ----------
    answers
        The answers.
    plain
        Every respondent counts once; authorities are sampling units, regions strata.
    weighted
        Raked to regions and types of authority.
    words
        How, for readers.
    unreached
        Regions and types that nobody answered from: weights can't stand for them.
    population
        Units of the population: authorities; None for IROs, whose number isn't known.
    """

    answers: Answers
    plain: Design
    weighted: Design
    words: str
    unreached: tuple[str, ...]
    population: int | None

    @property
    def instrument(self) -> str:
        """``"iro"``, ``"manager"`` or ``"dcs"``."""
        return self.answers.instrument

    @property
    def group(self) -> str:
        """Who they are."""
        return GROUPS[self.instrument]


def group_design(
    answers: Answers, population: Sequence[Authority], spread: IroSpread, codebook: Codebook
) -> GroupDesign:
    """Declare the design of a group, and rake it to what is known of the authorities of 2013.

    Managers and directors, at most one for an authority, are raked to the numbers of authorities
    by region and by type, with the authorities of the region as finite population. IROs are raked
    to shares of IROs by region and by type, as the assumption spreads them.
    """
    reached, unreached = _reached(answers, population, codebook)
    if answers.instrument == "iro":
        plain = Design(answers.frame, strata="region", clusters="authority", singleton=SINGLETON)
        if not spread.numbers:
            return GroupDesign(answers, plain, plain, spread.words, unreached, None)
        numbers = {one.code: spread.numbers[one.code] for one in reached}
        weighted = _raked(answers, plain, margins(reached, numbers), shares=True)
        return GroupDesign(answers, plain, weighted, spread.words, unreached, None)
    ones = {one.code: 1.0 for one in reached}
    totals = margins(reached, ones)
    regions = answers.numbers("region")
    of_region = np.array([totals["region"][int(code)] for code in regions])
    respondents = np.array([np.count_nonzero(regions == code) for code in regions])
    frame = answers.frame.with_column("authorities", of_region)
    frame = frame.with_column("authorities ÷ respondents", of_region / respondents)
    plain = Design(frame, strata="region", clusters="authority", singleton=SINGLETON)
    first = Design(
        frame,
        weights="authorities ÷ respondents",
        strata="region",
        clusters="authority",
        fpc="authorities",
        singleton=SINGLETON,
    )
    weighted = _raked(answers, first, totals)
    words = (
        f"{len(population)} authorities, one each: raked to their numbers by region and by type, "
        "with the authorities of the region as finite population."
    )
    return GroupDesign(answers, plain, weighted, words, unreached, len(population))


def _raked(
    answers: Answers,
    design: Design,
    totals: Mapping[str, Mapping[int, float]],
    *,
    shares: bool = False,
) -> Design:
    try:
        return design.calibrate("rake", totals, shares=shares)
    except NumericalError as error:
        raise complaint(
            NumericalError,
            f"weights of {GROUPS[answers.instrument]}: {answers.source}, {answers.frame.rows} rows",
            expected="answers from so many authorities that weights can meet the numbers by region "
            "and by type together",
            found="none that do",
            remedy="--iros none leaves IROs unweighted."
            if answers.instrument == "iro"
            else "irosurvey reproduce weights by region alone.",
        ) from error


def margins(
    population: Sequence[Authority], numbers: Mapping[str, float]
) -> dict[str, dict[int, float]]:
    """Totals by region and by type of what authorities have."""
    totals: dict[str, dict[int, float]] = {"region": {}, "type": {}}
    for one in population:
        for margin, level in (("region", one.region), ("type", one.type)):
            totals[margin][level] = totals[margin].get(level, 0.0) + numbers[one.code]
    return totals


def _reached(
    answers: Answers, population: Sequence[Authority], codebook: Codebook
) -> tuple[list[Authority], tuple[str, ...]]:
    """Authorities of regions and types that somebody answered from, and the levels of the rest."""
    found = {
        name: {int(code) for code in answers.numbers(name) if not np.isnan(code)}
        for name in ("region", "type")
    }
    unreached = [
        codebook.labels(answers.instrument, name)[level]
        for name in ("region", "type")
        for level in sorted({getattr(one, name) for one in population} - found[name])
    ]
    reached = [
        one for one in population if one.region in found["region"] and one.type in found["type"]
    ]
    return reached, tuple(unreached)


# ---- who answered ----


def response_sheet(
    groups: Sequence[GroupDesign], population: Sequence[Authority], codebook: Codebook
) -> Sheet:
    """Authorities that somebody answered from, by region and type, beside the 152 of 2013."""
    answering = {one.instrument: set(one.answers.texts("authority")) for one in groups}
    anyone = set().union(*answering.values())
    rows: list[Row] = []

    def add(name: str, level: str, members: Sequence[Authority]) -> None:
        codes = {one.code for one in members}
        cells: list[int] = [len(codes & answering[one.instrument]) for one in groups]
        together = len(codes & anyone)
        children = sum(one.looked_after for one in members)
        rows.append(
            (
                level,
                name,
                len(codes),
                *cells,
                together,
                together / len(codes),
                sum(one.looked_after for one in members if one.code in anyone) / children,
            )
        )

    for name, title in (("region", "Region"), ("type", "Type of authority")):
        for level, label in codebook.labels("iro", name).items():
            add(title, label, [one for one in population if getattr(one, name) == level])
    add("England", "All authorities", population)
    return Sheet(
        "response",
        "Authorities with a response, beside the 152 of 2013",
        [
            Field("group", "Authorities"),
            Field("by", "By"),
            Field("authorities", "Authorities of 2013", "count"),
            *(
                Field(f"with_{one.instrument}", f"With {one.group} who answered", "count")
                for one in groups
            ),
            Field("with_any", "With any response", "count"),
            Field("share", "Share with any response", "share", 0),
            Field("children", "Share of looked-after children living there", "share", 0),
        ],
        rows,
        note="At most one manager and one director answer for an authority; of IROs any number "
        "may. Children as spread over authorities in 2021.",
        data=data_of(groups),
    )


def data_of(groups: Sequence[GroupDesign]) -> Data:
    """SYNTHETIC where the answers are; in part where some of them are."""
    return together(one.answers.data for one in groups)


# ---- what weighting changes ----


def findings_sheet(
    groups: Sequence[GroupDesign], findings: Mapping[str, Finding], codebook: Codebook, level: float
) -> Sheet:
    """Every finding without weights, as it was published, and weighted."""
    rows: list[Row] = []
    row_data: list[Data] = []
    choices: list[tuple[str, str]] = []
    for group in groups:
        for one in measured_findings(group.answers, codebook):
            rows.append(_finding_row(group, one, findings[one.finding], level))
            row_data.append(group.answers.data)
        choices.append((f"weights of {group.group}", group.words))
        if group.unreached:
            choices.append((f"nobody answered ({group.group})", ", ".join(group.unreached)))
        choices += [
            (
                f"{group.group}: {step.name}",
                f"weights × {step.least_ratio:.2f} to {step.greatest_ratio:.2f}",
            )
            for step in group.weighted.adjustments
        ]
    return Sheet(
        "findings_weighted",
        "Findings without weights and with them",
        [
            Field("label", "Finding"),
            Field("id", "Id"),
            Field("group", "Who answered"),
            Field("printed", "Printed"),
            Field("n", "n", "count"),
            Field("unweighted", "Without weights", "share"),
            Field("weighted", "Weighted", "share"),
            Field("change", "Change, points", "points"),
            *interval_fields("share", level),
            Field("deff", "Design effect", "number", 2),
        ],
        rows,
        note="Without weights every respondent counts once, as in the published figures. Change: "
        "weighted less unweighted. Shares of those who answered; the mean of working time is a "
        "percentage too.",
        row_data=row_data,
        choices=choices,
    )


def _finding_row(group: GroupDesign, one: Measured, finding: Finding, level: float) -> Row:
    plain, weighted = (one.estimate(design, level) for design in (group.plain, group.weighted))
    # A mean of working time in per cent is shown on the scale of shares, as it is printed.
    scale = 1.0 if one.statistic == "share" else 100.0
    # One authority says nothing of how much authorities differ.
    enough = int(weighted.units[0]) >= LEAST_UNITS
    value, *spread = estimated(weighted)[0]
    label = one.label if one.variable else finding.wording
    return (
        label,
        one.finding,
        group.group,
        printed(finding, ours=False),
        int(plain.n[0]),
        float(plain) / scale,
        value / scale if enough else None,
        (value - float(plain)) / scale if enough else None,
        *(number / scale if enough else None for number in spread),
        float(weighted.deff[0]) if enough else None,
    )
