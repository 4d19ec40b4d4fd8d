"""What those who did not answer could have said: bounds of every finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from irosurvey import _core
from irosurvey.study.codebook import Codebook
from irosurvey.study.model import Evidence, Figure
from irosurvey.study.population import rows_of
from irosurvey.study.sheets import Data, Field, Row, Sheet

__all__ = [
    "DIFFERENCES",
    "Wording",
    "answered_bounds",
    "populations_of",
    "printed_bounds",
    "read_wordings",
]

DIFFERENCES = (0.1, 0.2)
"""By how much non-respondents are taken to differ at most: stated limits, not estimates."""


@dataclass(frozen=True)
class Wording:
    """Words put on a finding, and the shares (0-1) that still bear them."""

    finding: str
    words: str
    low: float
    high: float
    printed: bool


def read_wordings(codebook: Codebook) -> tuple[Wording, ...]:
    """The words of `wordings.csv`."""
    return tuple(
        Wording(
            row["finding"],
            row["words"],
            float(row["low"]) / 100.0,
            float(row["high"]) / 100.0,
            row["from"] == "printed",
        )
        for row in rows_of(codebook.file("wordings.csv"), "finding", "words", "low", "high", "from")
    )


def _fields(level_words: str) -> list[Field]:
    return [
        Field("finding", "Finding"),
        Field("id", "Id"),
        Field("words", "Words"),
        Field("allowed", "Shares that we take them to allow"),
        Field("answered", "Answered", "count"),
        Field("population", "In England", "count"),
        Field("share_low", f"{level_words}, from", "share"),
        Field("share_high", f"{level_words}, to", "share"),
        Field("all_no", "All others no", "share"),
        Field("all_yes", "All others yes", "share"),
        *(
            Field(f"{end}_{100 * most:g}", f"Others ≤ {100 * most:g} points apart, {word}", "share")
            for most in DIFFERENCES
            for end, word in (("lower", "from"), ("upper", "to"))
        ),
        Field("fits", "Words fit"),
        Field("tipping", "Smallest difference that makes the words wrong, points", "error"),
        Field("direction", "The others saying so"),
    ]


_NOTE = (
    "All others no, all yes: bounds that assume nothing about those who did not answer. At most 10 "
    "or 20 points apart: if the others differ from those who answered by no more than that, a "
    "limit that we state and nobody has measured. Smallest difference: how far the others would "
    "have to differ, saying so less or more often, for the words to be wrong; a dash where no "
    "answers of theirs could do it."
)


def _bounded(low: float, high: float, response: float, wording: Wording) -> Row:
    everyone = _core.nonresponse_bounds(low, high, response, 1.0)
    stated = [
        limit
        for most in DIFFERENCES
        for limit in _core.nonresponse_bounds(low, high, response, most)
    ]
    words = (wording.low, wording.high)
    ends = [_core.tipping_point(share, response, words) for share in (low, high)]
    fits = [fit for fit, _, _ in ends]
    below, above = ends[0][1], ends[1][2]
    fit = "yes" if all(fits) else "in part" if any(fits) else "no"
    tipping = (0.0, "the words do not fit anyway") if fit == "no" else _tipping(below, above)
    return (*everyone, *stated, fit, *tipping)


def _tipping(below: float | None, above: float | None) -> tuple[float | None, str]:
    if below is None and above is None:
        return None, "none"
    if above is None or (below is not None and below <= above):
        return below, "less often"
    return above, "more often"


def _allowed(wording: Wording) -> str:
    """The shares that words allow, as people read them."""
    low, high = (f"{100.0 * end:g}" for end in (wording.low, wording.high))
    return f"{low}–{high}%"


def printed_bounds(
    evidence: Sequence[Evidence], wordings: Sequence[Wording], populations: Mapping[str, int]
) -> Sheet:
    """Bounds of the printed findings: no microdata are used.

    Parameters
    ----------
    evidence
        Of the survey.
    wordings
        Words and the shares that bear them.
    populations
        Of each finding's group, the number in England: 152 authorities; of IROs the largest that
        the weak evidence allows, which makes bounds the widest.
    """
    rows: list[Row] = []
    for wording in wordings:
        row = next((one for one in evidence if one.finding.id == wording.finding), None)
        if row is None or row.full is None or not row.full.possible:
            continue
        if row.finding.kind == "phrase" and wording.printed:
            continue  # the words are all there is: no figure says where within them
        population = populations.get(wording.finding)
        if population is None:
            continue
        base = row.full.base
        low, high = row.full.least / base, row.full.most / base
        rows.append(
            (
                row.finding.wording,
                wording.finding,
                wording.words,
                _allowed(wording),
                base,
                population,
                low,
                high,
                *_bounded(low, high, base / population, wording),
            )
        )
    return Sheet(
        "bounds_printed",
        "What non-respondents could have said: the printed findings",
        _fields("Printed share"),
        rows,
        note=_NOTE
        + " The share runs over the counts that give the printed figure, of all who responded. "
        "IROs in England: 950, the upper end of our reading of 'a body of 900', so that the "
        "bounds are the widest. Of findings printed in words alone only a plainer statement is "
        "tried.",
    )


def populations_of(evidence: Sequence[Evidence]) -> dict[str, int]:
    """The largest population that each finding may be about."""
    return {row.finding.id: max(row.populations) for row in evidence if row.populations}


def answered_bounds(
    figures: Sequence[Figure], wordings: Sequence[Wording], populations: Mapping[str, int]
) -> Sheet:
    """Bounds of the findings as counted from microdata, without weights.

    Parameters
    ----------
    figures
        Of the rehearsal.
    wordings, populations
        As for :func:`printed_bounds`.
    """
    rows: list[Row] = []
    row_data: list[Data] = []
    for figure in figures:
        population = populations.get(figure.finding.id)
        if figure.statistic != "share" or population is None or not figure.estimate.n:
            continue
        answered, share = figure.estimate.n, figure.estimate.unweighted
        for wording in wordings:
            if wording.finding != figure.finding.id:
                continue
            row_data.append("SYNTHETIC" if figure.synthetic else "given")
            rows.append(
                (
                    figure.label if figure.variable else figure.finding.wording,
                    figure.finding.id,
                    wording.words,
                    _allowed(wording),
                    answered,
                    population,
                    share,
                    share,
                    *_bounded(share, share, answered / population, wording),
                )
            )
    return Sheet(
        "bounds_answered",
        "What non-respondents could have said: the findings as counted",
        _fields("Share of those who answered"),
        rows,
        note=_NOTE + " Who left the question out counts among those who did not answer.",
        row_data=row_data,
    )
