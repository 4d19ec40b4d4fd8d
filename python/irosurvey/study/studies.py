"""Studies side by side, from printed figures alone: the same measure in a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from irosurvey import _core
from irosurvey.study.codebook import Codebook
from irosurvey.study.model import Evidence, Finding
from irosurvey.study.population import rows_of
from irosurvey.study.sheets import SEPARATOR, Field, Row, Sheet, interval_fields

__all__ = ["read_findings", "studies_sheets"]

MOST_BASE = 2000
"""Bases that are tried for a figure whose base isn't printed.

About 900 IROs were said to work in England; one authority's reviews of a year are of this order.
"""

_LOCAL = "Local IRO annual report"


def read_findings(codebook: Codebook) -> dict[str, Finding]:
    """Every printed figure by its id, those included that are no shares."""

    def number(text: str) -> float | None:
        return float(text) if text else None

    rows = rows_of(codebook.file(codebook.entries["study"]["findings"]), "id", "printed", "low")
    return {
        row["id"]: Finding(
            id=row["id"],
            study=row["study"],
            year=int(row["year"]),
            group=row["group"],
            base=int(row["base"]) if row["base"] else None,
            wording=row["finding"],
            kind=row["kind"],
            printed=row["printed"],
            value=number(row["value"]),
            low=float(row["low"]),
            high=float(row["high"]),
            bounds=row["bounds"],
            source=row["source"],
            locator=row["locator"],
            note=row["note"],
        )
        for row in rows
    }


@dataclass(frozen=True)
class Measure:
    """A printed figure in the row of its measure."""

    title: str
    finding: Finding
    like: str
    remark: str
    evidence: Evidence | None

    @property
    def study(self) -> str:
        """The study with its year; a single authority's report by its authority."""
        if self.finding.study == _LOCAL:
            return f"{_LOCAL}, {self.finding.wording.split(':')[0]}"
        return f"{self.finding.study}, {self.finding.year}"

    @property
    def said(self) -> str:
        """What was found, and the figure as printed."""
        wording = self.finding.wording
        if self.finding.study == _LOCAL:
            wording = wording.split(": ", 1)[1]
        return f"{wording}: {self.finding.printed}"

    @property
    def counts(self) -> tuple[int, int, int] | None:
        """Base, least and most count out of all who responded; None where it isn't printed."""
        full = self.evidence.full if self.evidence else None
        return (full.base, full.least, full.most) if full and full.possible else None


def studies_sheets(
    findings: Mapping[str, Finding],
    evidence: Sequence[Evidence],
    codebook: Codebook,
    level: float,
) -> dict[str, Sheet]:
    """Every measure with the figures of all studies, and comparisons where bases allow them."""
    known = {row.finding.id: row for row in evidence}
    measures = [
        Measure(
            row["title"],
            findings[row["finding"]],
            row["like"],
            row["remark"],
            known.get(row["finding"]),
        )
        for row in rows_of(codebook.file("measures.csv"), "title", "finding", "like", "remark")
    ]
    sheets = [
        _figures_sheet(measures, level),
        _comparisons_sheet(measures, level),
        _grid_sheet(measures),
    ]
    return {sheet.name: sheet for sheet in sheets}


# ---- every figure in the row of its measure ----


def _figures_sheet(measures: Sequence[Measure], level: float) -> Sheet:
    rows: list[Row] = []
    for one in measures:
        finding = one.finding
        interval = one.evidence.interval() if one.evidence and one.counts else None
        rows.append(
            (
                one.title,
                one.study,
                finding.wording,
                finding.group,
                finding.printed,
                "our reading" if finding.bounds == "ours" else finding.bounds,
                _range_text(one),
                _base(one),
                interval.lower if interval else None,
                interval.upper if interval else None,
                one.remark,
            )
        )
    return Sheet(
        "studies_figures",
        "Studies side by side: every figure in the row of its measure",
        [
            Field("measure", "Measure"),
            Field("study", "Study"),
            Field("finding", "Finding"),
            Field("group", "About"),
            Field("printed", "Printed"),
            Field("bounds", "Range from"),
            Field("range", "Values that agree"),
            Field("base", "Base, at most", "count"),
            *interval_fields("share", level)[1:],
            Field("remark", "What must be known"),
        ],
        rows,
        note="From printed figures alone. Intervals are those of a simple random sample of the "
        "base, and are missing where no base is printed.",
    )


def _base(one: Measure) -> int | None:
    if one.counts:
        return one.counts[0]
    return one.finding.base


_NO_SHARES = ("Children per IRO", "Number of IROs and their cost", "Who was asked")
"""Measures whose words stand for numbers other than shares."""


def _range_text(one: Measure) -> str:
    finding = one.finding
    shares = finding.kind in ("percent", "phrase") and one.title not in _NO_SHARES
    unit = "%" if shares or finding.id == "ncb13-extra-time" else ""
    if finding.low == finding.high:
        return f"{finding.low:g}{unit}"
    if finding.bounds == "above":
        return f"more than {finding.low:g}{unit}"
    if finding.bounds == "below":
        return f"less than {finding.high:g}{unit}"
    return f"{finding.low:g}–{finding.high:g}{unit}"


# ---- comparisons ----


def _comparisons_sheet(measures: Sequence[Measure], level: float) -> Sheet:
    rows: list[Row] = []
    for like in dict.fromkeys(one.like for one in measures if one.like):
        alike = [one for one in measures if one.like == like]
        rows += [_comparison(first, second, level) for first, second in combinations(alike, 2)]
    return Sheet(
        "studies_comparisons",
        "Figures that ask the same of the same kind of people",
        [
            Field("measure", "Measure"),
            Field("first", "First"),
            Field("second", "Second"),
            Field("least", "Second less first, from", "points"),
            Field("most", "Second less first, to", "points"),
            *interval_fields("points", level)[1:],
            Field("verdict", "What can be said"),
        ],
        rows,
        note="Only figures that put the same question to the same kind of respondent. The "
        "difference is known up to rounding; where it is printed how many answered both, limits "
        "add chance (Newcombe's method over the limits of both shares).",
    )


def _comparison(first: Measure, second: Measure, level: float) -> Row:
    head = (first.title, _named(first), _named(second))
    if first.counts and second.counts:
        least, most, lower, upper = _core.printed_difference(
            first.counts, second.counts, 1.0, level
        )
        apart = lower > 0.0 or upper < 0.0
        verdict = "differ by more than chance" if apart else "chance alone could explain it"
        return (*head, least, most, lower, upper, verdict)
    low, high = first.finding, second.finding
    least, most = (high.low - low.high) / 100.0, (high.high - low.low) / 100.0
    return (*head, least, most, None, None, _without_base(first, second, level))


def _named(one: Measure) -> str:
    return f"{one.study}: {one.finding.printed}"


def _without_base(first: Measure, second: Measure, level: float) -> str:
    lacking = [one for one in (first, second) if one.counts is None]
    missing = "missing: " + " and ".join(
        f"the number of {one.finding.group}s behind the {one.finding.printed} of {one.study}"
        for one in lacking
    )
    if len(lacking) == 2:
        return missing
    known = first if lacking[0] is second else second
    assert known.counts is not None
    finding = lacking[0].finding
    base = _core.base_that_tells_apart(
        known.counts, finding.low, finding.high, finding.bounds, MOST_BASE, 1.0, level
    )
    if base is None:
        return f"{missing}; up to {MOST_BASE:,}, chance alone could explain the difference"
    return f"{missing}; from {base} on, chance alone would not explain the difference"


# ---- the grid ----

_SHORT = {
    "DfES and Cafcass survey": "DfES and Cafcass 2006",
    "CYPN interview with the chair of NAIRO": "CYPN interview 2010",
    "BASW survey": "BASW 2012",
    "NCB national survey": "NCB 2013",
    "Ofsted thematic inspection": "Ofsted 2013",
    "NCB final report": "NCB 2014",
    "UEA care planning study": "UEA 2014",
    "NAIRO members' survey": "NAIRO 2015",
    "Foster Care in England review": "Fostering review 2018",
    _LOCAL: "Annual reports of single authorities",
}


def _grid_sheet(measures: Sequence[Measure]) -> Sheet:
    studies = [
        name for _, name in sorted({(one.finding.year, one.finding.study) for one in measures})
    ]
    studies = list(dict.fromkeys(studies))  # annual reports of several years are one
    rows: list[Row] = []
    for title in dict.fromkeys(one.title for one in measures):
        own = [one for one in measures if one.title == title]
        figures = [f"{one.study}: {one.said}" for one in own]
        found = {one.finding.study for one in own}
        lacking = [_SHORT.get(study, study) for study in studies if study not in found]
        rows.append((title, SEPARATOR.join(figures), ", ".join(lacking)))
    return Sheet(
        "studies_grid",
        "Which study has a figure on what",
        [
            Field("measure", "Measure"),
            Field("figures", "Figures in print", "list"),
            Field("lacking", "Studies without a figure that we could read"),
        ],
        rows,
        note="Figures of different studies are of different people and different questions, unless "
        "they stand among those that ask the same.",
    )
