"""How the study's numbers are written for people."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from irosurvey.layout import number

if TYPE_CHECKING:
    from irosurvey.study.model import Evidence, EvidenceInterval, Figure, Finding

__all__ = [
    "SYNTHETIC",
    "counted_as",
    "finite_interval",
    "interval_text",
    "limits",
    "listed",
    "lower_first",
    "microdata_word",
    "on_scale",
    "percent",
    "printed",
    "reading",
]

SYNTHETIC = "SYNTHETIC"


def microdata_word(synthetic: bool) -> str:
    """What is said of microdata wherever something made of them is shown."""
    return SYNTHETIC if synthetic else "given"


def listed(texts: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join([part for part in [", ".join(texts[:-1]), *texts[-1:]] if part])


def lower_first(text: str) -> str:
    """With a small first letter, to go on with a sentence; abbreviations stay as they are."""
    return text if text[:3] == "IRO" else text[:1].lower() + text[1:]


def counted_as(label: str, words: str) -> str:
    """A question with the answers that count: `able to consult the child (rarely or never)`."""
    return f"{label} ({lower_first(words)})"


def percent(share: float, decimals: int = 1) -> str:
    """A share as a percentage."""
    text = number(100.0 * share, decimals)
    return text if math.isnan(share) else text + "%"


def limits(lower: float, upper: float, decimals: int = 1) -> str:
    """Limits of a share as percentages: `43.6–55.0%`."""
    if math.isnan(lower) or math.isnan(upper):
        return "–"
    return f"{number(100.0 * lower, decimals)}–{number(100.0 * upper, decimals)}%"


def reading(finding: Finding) -> str:
    """The values that agree with a figure printed in words, in per cent."""
    low, high = f"{finding.low:g}", f"{finding.high:g}"
    if finding.bounds == "above":
        return f"more than {low}%"
    if finding.bounds == "below":
        return f"less than {high}%"
    return f"{low}–{high}%"


def printed(finding: Finding, *, ours: bool) -> str:
    """A figure as printed; if it is words or counted our way, that is said."""
    if finding.kind == "phrase":
        return f"{finding.printed} (our reading: {reading(finding)})"
    return f"{finding.printed} (counted our way)" if ours else finding.printed


def interval_text(interval: EvidenceInterval | None) -> str:
    """The limits of an interval around a printed share."""
    return "–" if interval is None else limits(interval.lower, interval.upper)


def finite_interval(evidence: Evidence, method: str = "logit") -> str:
    """The interval with the finite population or, over a range of sizes, the widest."""
    found = [
        interval
        for population in evidence.populations
        if (interval := evidence.interval(population=population, method=method)) is not None
    ]
    if not found:
        return "–"
    lower, upper = min(one.lower for one in found), max(one.upper for one in found)
    return f"{limits(lower, upper)} N={span(evidence.populations)}"


def span(numbers: Iterable[int]) -> str:
    """A number, or the ends of a range."""
    return "–".join(f"{one:,}" for one in dict.fromkeys(numbers))


def on_scale(figure: Figure, value: float) -> str:
    """A value on the scale of a figure: a percentage, or a number."""
    return percent(value) if figure.statistic == "share" else number(value, 1)
