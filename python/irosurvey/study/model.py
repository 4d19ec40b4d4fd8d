"""What the study consists of, as plain values that never change.

Everything is computed in C++ (`irosurvey::study`); the classes here hold it, name it and say what
it means. Shares are on the scale 0-1; published figures are as printed, shares in per cent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from irosurvey.study.words import counted_as

__all__ = [
    "Condition",
    "CountRange",
    "Deduction",
    "Evidence",
    "EvidenceInterval",
    "Figure",
    "Finding",
    "Source",
    "StudyEstimate",
    "TableRow",
]


@dataclass(frozen=True)
class Finding:
    """One published figure.

    Attributes
    ----------
    id, study, year, group, base
        Which figure, of which study, about whom; `base` only where it is printed.
    wording
        What was found, paraphrased.
    kind
        ``"percent"``, ``"count"`` and ``"mean"`` are printed as numbers, ``"phrase"`` in words.
    printed
        The figure as its source has it.
    value, low, high
        The number, where there is one, and the values that agree with it; shares in per cent.
    bounds
        Where `low` and `high` come from: ``"exact"``, ``"rounding"``, ``"words"``, ``"above"``,
        ``"below"``, or ``"ours"``: our reading of the words.
    source, locator, note
        Where it is printed, and what must be known to read it rightly.
    """

    id: str
    study: str
    year: int
    group: str
    base: int | None
    wording: str
    kind: str
    printed: str
    value: float | None
    low: float
    high: float
    bounds: str
    source: str
    locator: str
    note: str


@dataclass(frozen=True)
class CountRange:
    """The counts out of `base` that agree with a printed share: from `least` to `most`."""

    base: int
    least: int
    most: int

    @property
    def possible(self) -> bool:
        """Whether there is such a count."""
        return self.least <= self.most

    def __str__(self) -> str:
        if not self.possible:
            return f"none of {self.base}"
        counts = f"{self.least}" if self.least == self.most else f"{self.least}–{self.most}"
        return f"{counts} of {self.base}"


@dataclass(frozen=True)
class EvidenceInterval:
    """An interval around a printed share, and what was assumed for it.

    Attributes
    ----------
    counts
        The base, and the counts that agree with the printed figure.
    design_effect
        By how much the design multiplies the variance of a simple random sample.
    population
        Size of the finite population; None: infinite.
    method
        ``"logit"`` or ``"beta"``.
    lower, upper
        From the lower limit at the least count to the upper limit at the most, 0-1.
    """

    counts: CountRange
    design_effect: float
    population: int | None
    method: str
    lower: float
    upper: float


@dataclass(frozen=True)
class Evidence:
    """What one printed share can bear by itself.

    Attributes
    ----------
    finding
        The published figure.
    ours
        Whether the share or its bounds are our reading of words.
    words, note
        What is counted, and a remark.
    respondents, respondents_from
        The most that its base can be, and which finding says so; None where it isn't printed.
    counts
        For every base from 1 to `respondents`, the counts that agree with the figure.
    smallest_base, largest_base
        The bases that can give the figure at all.
    populations, population_words
        Sizes of the finite population (one number, or the ends of a range) and their source.
    intervals
        One for every set of assumptions.
    """

    finding: Finding
    ours: bool
    words: str
    note: str
    respondents: int | None
    respondents_from: str
    counts: tuple[CountRange, ...]
    smallest_base: int
    largest_base: int | None
    populations: tuple[int, ...]
    population_words: str
    intervals: tuple[EvidenceInterval, ...]

    @property
    def full(self) -> CountRange | None:
        """The counts out of all respondents."""
        return self.counts[-1] if self.counts else None

    def interval(
        self,
        *,
        base: int | None = None,
        design_effect: float = 1.0,
        population: int | None = None,
        method: str = "logit",
    ) -> EvidenceInterval | None:
        """The interval under these assumptions.

        Parameters
        ----------
        base : int, optional
            By default the largest base that the figure can have.
        design_effect : float
            1, 1.5 or 2.
        population : int, optional
            One of `populations`; by default infinite.
        method : str
            ``"logit"`` or ``"beta"``.

        Returns
        -------
        EvidenceInterval or None
            None where nothing was computed for them: the largest base isn't known, say.
        """
        wanted = base if base is not None else self.largest_base
        for interval in self.intervals:
            if (
                interval.counts.base == wanted
                and interval.design_effect == design_effect
                and interval.population == population
                and interval.method == method
            ):
                return interval
        return None


@dataclass(frozen=True)
class Deduction:
    """A number that follows from several printed figures, with the sentence that says it."""

    name: str
    least: int
    most: int
    sentence: str


@dataclass(frozen=True)
class Condition:
    """What must be true for printed figures to hold together.

    Attributes
    ----------
    rule
        ``"within"``, ``"not-within"`` or ``"overlap"``.
    findings, whole
        Ids of the figures.
    statement
        The condition in words.
    respondents, counts
        All respondents, and the counts out of them that agree with each figure.
    deductions
        What follows, computed in whole numbers.
    """

    rule: str
    findings: tuple[str, ...]
    whole: str
    statement: str
    respondents: int
    counts: tuple[CountRange, ...]
    deductions: tuple[Deduction, ...]


@dataclass(frozen=True)
class StudyEstimate:
    """An estimate under the design of its instrument, beside the one without weights.

    Attributes
    ----------
    n
        Unweighted base: those who answered.
    unweighted
        As published figures are: every respondent counts once.
    value, standard_error, lower, upper, method, df
        The weighted estimate with its interval.
    design_effect
        Relative to a simple random sample with replacement of the `n`.
    """

    n: int
    unweighted: float
    value: float
    standard_error: float
    lower: float
    upper: float
    method: str
    df: float
    design_effect: float


@dataclass(frozen=True)
class Figure:
    """A published figure beside what microdata give.

    Attributes
    ----------
    finding
        The published figure.
    instrument, synthetic
        Whose answers were counted, and whether they are SYNTHETIC.
    variable, label
        The question, where the finding is about several; and what it asks, with what counts.
    statistic
        ``"count"``, ``"share"``, ``"mean"`` or ``"ratio"``.
    words, note, ours
        What was counted, and whether that is our reading.
    published, low, high
        The published figure and what agrees with it, on the scale of the estimate.
    count
        Of a share: respondents who count.
    estimate
        Without and with weights.
    agrees
        Whether the unweighted estimate rounds to the printed number, or lies in the reading.
    """

    finding: Finding
    instrument: str
    synthetic: bool
    variable: str
    label: str
    statistic: str
    words: str
    note: str
    ours: bool
    published: float | None
    low: float
    high: float
    count: int
    estimate: StudyEstimate
    agrees: bool


@dataclass(frozen=True)
class TableRow:
    """A row of the tables beside the findings.

    Attributes
    ----------
    table, label
        Which table, and what it shows.
    instrument, synthetic
        Whose answers were counted, and whether they are SYNTHETIC.
    variable, question, answer, collapsed
        The question; the answer that is counted; whether answers were put together.
    by, group
        The variable that divides the respondents, and the group; empty for all of them.
    scale
        ``"share"``, ``"mean"`` or ``"ratio"``.
    estimate
        Without and with weights.
    """

    table: str
    label: str
    instrument: str
    synthetic: bool
    variable: str
    question: str
    answer: str
    collapsed: bool
    by: str
    group: str
    scale: str
    estimate: StudyEstimate


@dataclass(frozen=True)
class Source:
    """What was read for an instrument, and how it was taken to be sampled."""

    instrument: str
    label: str
    unit: str
    source: str
    file_label: str
    synthetic: bool
    rows: int
    design_words: str
    strata: int
    units: int
    singletons: tuple[str, ...]
    with_replacement: bool
    weight_sum: float
    weight_min: float
    weight_max: float
    problems: tuple[str, ...]


# ---- from the core ----


def evidence_of(plain: Mapping[str, Any]) -> Evidence:
    """Make the evidence on one finding from the core's plain values."""
    return Evidence(
        **{
            **plain,
            "finding": Finding(**plain["finding"]),
            "counts": tuple(CountRange(**counts) for counts in plain["counts"]),
            "populations": tuple(plain["populations"]),
            "intervals": tuple(
                EvidenceInterval(**{**interval, "counts": CountRange(**interval["counts"])})
                for interval in plain["intervals"]
            ),
        }
    )


def condition_of(plain: Mapping[str, Any]) -> Condition:
    """Make a condition from the core's plain values."""
    return Condition(
        **{
            **plain,
            "findings": tuple(plain["findings"]),
            "counts": tuple(CountRange(**counts) for counts in plain["counts"]),
            "deductions": tuple(Deduction(**deduction) for deduction in plain["deductions"]),
        }
    )


def figure_of(plain: Mapping[str, Any]) -> Figure:
    """Make a figure of the rehearsal from the core's plain values."""
    return Figure(
        **{
            **plain,
            "finding": Finding(**plain["finding"]),
            "estimate": StudyEstimate(**plain["estimate"]),
            "label": counted_as(plain["label"], plain["words"])
            if plain["variable"]
            else plain["label"],
        }
    )


def row_of(plain: Mapping[str, Any]) -> TableRow:
    """Make a row of a table from the core's plain values."""
    return TableRow(**{**plain, "estimate": StudyEstimate(**plain["estimate"])})


def source_of(plain: Mapping[str, Any]) -> Source:
    """Make a source from the core's plain values."""
    return Source(
        **{
            **plain,
            "singletons": tuple(plain["singletons"]),
            "problems": tuple(plain["problems"]),
        }
    )
