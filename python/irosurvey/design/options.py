"""What a question about a design may say beside what it asks, in the words of its arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from irosurvey.parts import Reference

__all__ = [
    "AnswerScale",
    "Conventional",
    "DfRule",
    "DomainSingletons",
    "MissingRule",
    "Names",
    "Options",
    "Respondents",
    "SingletonRule",
]

SingletonRule: TypeAlias = Literal["fail", "remove", "certainty", "adjust", "average", "collapse"]
DomainSingletons: TypeAlias = Literal["ignore", "rule"]
Conventional: TypeAlias = Literal["conventional"]
MissingRule: TypeAlias = Literal["conventional", "domain", "listwise"]
DfRule: TypeAlias = Literal[
    "conventional", "design", "domain-strata", "full-design", "infinite", "n-1"
]
Respondents: TypeAlias = Literal["any", "valid", "complete", "all"]
AnswerScale: TypeAlias = Literal["respondents", "answers", "count"]
Names: TypeAlias = str | Sequence[str]


@dataclass(frozen=True)
class Options:
    """The arguments that all questions share, as :meth:`irosurvey.Design.mean` tells of them."""

    by: Names | None = None
    where: Any = None
    missing: MissingRule = "conventional"
    df: DfRule | float = "conventional"
    covariance: bool | None = None
    deff: Reference | Conventional | None = "conventional"
    level: float = 0.95
    threads: int = 0
