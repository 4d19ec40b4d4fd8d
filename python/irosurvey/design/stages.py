"""A sampling plan in the core's words."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any, TypedDict, TypeVar

from irosurvey import _arguments
from irosurvey._complaint import complaint
from irosurvey.design.options import DomainSingletons, SingletonRule
from irosurvey.errors import ArgumentError

__all__ = ["Words", "in_words"]

_Entry = TypeVar("_Entry")


class Words(TypedDict):
    """A design without data, as the core takes it."""

    weights: str
    stages: list[tuple[str, str, str | float | None]]
    singleton: str
    domain_singletons: str


def in_words(
    weights: str | None,
    strata: str | Sequence[str | None] | None,
    clusters: str | Sequence[str] | None,
    fpc: str | float | Sequence[str | float | None] | None,
    singleton: SingletonRule,
    domain_singletons: DomainSingletons,
) -> Words:
    """What a user said of the sampling plan, checked."""
    return {
        "weights": _arguments.column("weights", weights),
        "stages": _stages(strata, clusters, fpc),
        "singleton": _arguments.rule("singleton", singleton, "fail"),
        "domain_singletons": _arguments.rule("domain_singletons", domain_singletons, "ignore"),
    }


def _stages(
    strata: str | Sequence[str | None] | None,
    clusters: str | Sequence[str] | None,
    fpc: str | float | Sequence[str | float | None] | None,
) -> list[tuple[str, str, str | float | None]]:
    """One entry for each stage: strata, clusters, fpc."""
    layers = [] if clusters is None else _arguments.columns("clusters", clusters)
    most = len(layers) + 1
    strata_of = _entries("strata", strata, most)
    fpc_of = _entries("fpc", fpc, most)
    stages = max(len(layers), len(strata_of), len(fpc_of))
    return [
        (
            _arguments.column("strata", _at(strata_of, stage)),
            _at(layers, stage) or "",
            _at(fpc_of, stage),
        )
        for stage in range(stages)
    ]


def _entries(argument: str, given: Any, most: int) -> list[Any]:
    if given is None:
        return []
    alone = isinstance(given, str | bytes) or not isinstance(given, Sequence)
    entries = [given] if alone else list(given)
    if len(entries) > most:
        raise complaint(
            ArgumentError,
            argument,
            expected=f"at most {most} {'entries' if most > 1 else 'entry'}, one for each stage",
            found=str(len(entries)),
            remedy="Stages are named by clusters=[…]; the units of one more stage are the rows.",
        )
    for entry in entries:
        if entry is None or isinstance(entry, str):
            continue
        if argument == "fpc" and isinstance(entry, Real) and not isinstance(entry, bool):
            continue
        raise complaint(
            ArgumentError,
            argument,
            expected="names of columns" + (" or numbers" if argument == "fpc" else ""),
            found=type(entry).__name__,
        )
    return entries


def _at(entries: Sequence[_Entry], stage: int) -> _Entry | None:
    return entries[stage] if stage < len(entries) else None
