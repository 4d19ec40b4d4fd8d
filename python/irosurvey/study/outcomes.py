"""What is said of caseloads, and what is set against them: limits, bands, outcomes, divisions."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ALL", "BANDS", "DIVISIONS", "LIMITS", "OUTCOMES", "WIDE_BANDS", "Outcome"]

LIMITS = (50, 60, 70)
"""Children per full-time equivalent: the ends of the guidance, and the middle."""
BANDS = {1: "Up to 50", 2: "Over 50 to 60", 3: "Over 60 to 70", 4: "Over 70"}
WIDE_BANDS = {1: "Up to 60", 2: "Over 60 to 70", 3: "Over 70"}
"""Where tables are published: hardly anybody has up to 50."""
ALL = "All IROs"
"""The group of everybody."""
FOLLOW_UP = ("child", "parents", "carers", "social_worker", "others")


@dataclass(frozen=True)
class Outcome:
    """What is set against caseloads: a yes or no made of one question or of several.

    Attributes
    ----------
    column
        Its name in the design.
    label, short
        What it says, and of what, in a word or two.
    answers
        The answers that count, in words.
    values, variables
        Their codes, and the questions: any of them counts.
    """

    column: str
    label: str
    short: str
    answers: str
    values: tuple[int, ...]
    variables: tuple[str, ...]


OUTCOMES = (
    Outcome(
        "able to monitor",
        "Always or often able to monitor cases between reviews",
        "Monitoring",
        "Always or often",
        (1, 2),
        ("monitor_cases",),
    ),
    Outcome(
        "no court papers",
        "Rarely or never receives relevant court papers",
        "Court papers",
        "Rarely or never",
        (4, 5),
        ("court_papers",),
    ),
    Outcome(
        "follow-up falls short",
        "Rarely or never able to consult at least one of five parties in following up a review",
        "Following up",
        "At least one rarely or never",
        (4, 5),
        tuple(f"follow_up_{party}" for party in FOLLOW_UP),
    ),
)

DIVISIONS = {
    "band": "Children per full-time equivalent",
    "other duties": "Other duties outside the remit",
    "region": "Region",
}
