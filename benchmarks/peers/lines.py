"""The questions of a run, what was promised of each, and what a library made of one."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, field

OURS, SVY, SURVEY, BARE = "irosurvey", "svy", "R survey", "bare read"
PEERS = (SVY, SURVEY)
ORDERS = ("sorted", "shuffled")
MILLION, TEN_MILLION = 1_000_000, 10_000_000
# Values and standard errors, relative.
AGREEMENT = 1e-9
# A regression is done when its steps are small, not when they are nothing: R's deviance moves by
# less than 1e-8 of itself in the last one.
FITTED = 1e-7
# Bootstraps draw other samples: their standard errors agree as two estimates from 80 replicates do.
# The relative error of one is about 1/sqrt(2 · 79) = 0.08; this is five times that of a difference.
DRAWN = 0.6


@dataclass(frozen=True)
class Prototype:
    """Milliseconds of a throwaway program: C++ only, two threads, the same kind of data."""

    shuffled: float
    sorted: float | None = None
    rows: int = MILLION

    def seconds(self, order: str) -> float | None:
        found = self.shuffled if order == "shuffled" else self.sorted
        return None if found is None else found / 1e3


@dataclass(frozen=True)
class Line:
    """A question, and what was promised: so many times as fast as the faster peer."""

    name: str
    promise: float | None = None
    # In place of that: at most so many times as slow as a bare read of the weights.
    bare_reads: float | None = None
    # Peak memory at most this share of the faster peer's.
    memory: float | None = None
    # At most so many times as slow as one mean.
    means: float | None = None
    agreement: float = AGREEMENT
    peers: tuple[str, ...] = PEERS
    # Asked of ten million rows too, and the peers that fit 24 GB then and take less than a minute.
    large: tuple[str, ...] | None = None
    prototypes: tuple[Prototype, ...] = ()

    @property
    def survey(self) -> str:
        """Which of the made-up surveys it is asked of."""
        return "replicated" if self.name.startswith("replicates") else "survey"

    def peers_of(self, rows: int) -> tuple[str, ...]:
        return self.peers if rows < TEN_MILLION else self.large or ()

    def prototype(self, rows: int, order: str) -> float | None:
        found = [p.seconds(order) for p in self.prototypes if p.rows == rows]
        return found[0] if found else None


LINES = (
    Line("design", 3, large=(SVY,), prototypes=(Prototype(4.5, 3.1),)),
    Line(
        "mean",
        4,
        large=PEERS,
        prototypes=(Prototype(0.7, 0.2), Prototype(8.5, 2.6, TEN_MILLION)),
    ),
    Line("8 means", 4, large=(SVY,), prototypes=(Prototype(4.0, 1.8),)),
    Line("total", 8, large=PEERS),
    Line("ratio", 8, large=(SVY,), prototypes=(Prototype(0.9),)),
    Line("proportion", 30, prototypes=(Prototype(0.7, 0.26),)),
    Line("domain", 8, large=(SVY,), prototypes=(Prototype(0.9),)),
    Line("by 20", 40, large=(SVY,), prototypes=(Prototype(2.6, 0.8),)),
    Line("by 100", 100, large=(), prototypes=(Prototype(3.1, 1.2),)),
    Line(
        "by 1000",
        1000,
        memory=1 / 50,
        means=20,
        large=(),
        prototypes=(Prototype(4.6, 2.6), Prototype(53.0, 14.0, TEN_MILLION)),
    ),
    Line("cells", 200, large=()),
    # The prototype's 4.6 ms had the covariances in them; no peer is asked twice.
    Line("cells, covariances", peers=(), prototypes=(Prototype(4.6),)),
    Line("replicates: mean", bare_reads=2.5, prototypes=(Prototype(6.0),)),
    Line("replicates: by 20", bare_reads=2.5, prototypes=(Prototype(5.7),)),
    Line("make 80 bootstrap", 50, agreement=DRAWN, prototypes=(Prototype(1.6),)),
    Line("rake", 50, prototypes=(Prototype(1.1),)),
    Line("3 quantiles", 8),
    Line("chi-square", 200),
    Line("logistic", 10, agreement=FITTED, prototypes=(Prototype(17.0),)),
    Line("linear", 10, agreement=FITTED),
    Line("replicates: median", 5, prototypes=(Prototype(9.0),)),
)


@dataclass
class Figures:
    """What one library did with one line in one order."""

    values: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    first: float = math.nan
    # Bytes: see asked.First.
    peak: int = 0
    passing: int = 0
    warm: list[float] = field(default_factory=list)
    trouble: str = ""
    # The largest relative difference from who answered first.
    away: float = math.nan

    @property
    def median(self) -> float:
        return statistics.median(self.warm) if self.warm else math.nan


# By line, order and library.
Results = dict[str, dict[str, dict[str, Figures]]]
