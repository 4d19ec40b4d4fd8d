"""Numbers of a table, unrounded, each with the counts that it rests on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from irosurvey.origin import AnyOrigin, Origin, code_text, set_name
from irosurvey.result import Choice, Estimate, StatisticInfo
from irosurvey.tables.published import Kind, Unit

__all__ = ["Category", "CountKey", "Fact", "Group", "Scale", "facts_of", "with_sizes"]

Category: TypeAlias = tuple[str, ...]
"""Codes of a column, as text; none: whoever answered, whatever it was."""

Scale: TypeAlias = Literal["share", "count", "mean", "total", "ratio", "other"]


@dataclass(frozen=True, order=True)
class CountKey:
    """Which rows an unweighted count counts: what makes it the same count in every table.

    Attributes
    ----------
    source
        Whose answers: two files, two samples.
    domain
        Which of them; empty: all.
    where
        Columns, in order, and the codes that a row has in them.
    """

    source: str
    domain: str
    where: tuple[tuple[str, Category], ...]

    @classmethod
    def of(cls, source: str, domain: str, where: Sequence[tuple[str, Category]]) -> CountKey:
        """A key; the order of the columns doesn't matter."""
        return cls(source, domain, tuple(sorted(where)))

    @property
    def text(self) -> str:
        """The key in a line, as suppression, rounding and reports name it."""
        parts = [f"{name}={'|'.join(codes) if codes else '*'}" for name, codes in self.where]
        return "; ".join([*filter(None, [self.source, self.domain]), *parts]) or "everybody"

    def get(self, variable: str) -> Category | None:
        """The codes of a column; ``None`` where the key says nothing of it."""
        for name, codes in self.where:
            if name == variable:
                return codes
        return None

    def with_codes(self, variable: str, codes: Category | None) -> CountKey:
        """The same count with other codes of a column; ``None``: whether it was answered or not."""
        kept = [(name, own) for name, own in self.where if name != variable]
        return CountKey.of(
            self.source, self.domain, kept if codes is None else [*kept, (variable, codes)]
        )

    def holds(self, other: CountKey) -> bool:
        """Whether another count's rows are among its own, as far as the keys tell."""
        if (self.source, self.domain) != (other.source, other.domain):
            return False
        theirs = dict(other.where)
        return all(
            not codes or (name in theirs and theirs[name] and set(theirs[name]) <= set(codes))
            for name, codes in self.where
        )


@dataclass(frozen=True)
class Fact:
    """An estimate with everything that a table may show of it.

    Attributes
    ----------
    estimate, lower, upper, se, cv, weighted_base, effective_n, df
        Unrounded; NaN where there is none. Shares are on the scale 0-1.
    base
        The unweighted base.
    base_key
        Which rows that is.
    part, part_key
        Of a share: its unweighted numerator (-1: not known), and which rows that is.
    scale
        What kind of number it is.
    unit
        What a table shows it as.
    status
        ``"ok"``, or why there is none: ``"empty"``, ``"undefined"``.
    fixed
        Whether it is 100 % whatever the data.
    opaque
        Whether it combines groups whose counts it doesn't tell: differences, contrasts.
    weighted
        Whether weights differ, so that a share isn't a quotient of the two counts.
    exact_limits
        95 % limits of a share by Korn and Graubard's interval, which reliability is judged by.
    log_limits
        95 % limits of a count, a total or a rate on the log scale.
    contributing, effectively
        Of those: how many respondents contribute, and as how many of one weight; of a ratio the
        smaller of numerator and denominator. -1 and NaN where that isn't known.
    statistic
        What was asked: ``"proportion of monitoring"``.
    variables
        The columns that it is about.
    told
        Counts that it tells although it is no share: of a mean, a total or a spread of a column of
        two values, how many have the greater, and how many have either; of a mean or a total of a
        scale how many aren't at either end, of an amount how many have any.
    told_with_spread
        Counts that a spread, or errors and limits, tell beside what they are of: of a column of
        three values, how many have each. The number of answers, their sum and the sum of their
        squares are three equations.
    is_spread
        Whether it is a spread itself.
    """

    estimate: float
    lower: float
    upper: float
    se: float
    cv: float
    base: int
    weighted_base: float
    effective_n: float
    df: float
    base_key: CountKey
    part: int = -1
    part_key: CountKey | None = None
    scale: Scale = "other"
    unit: Unit = "other"
    status: str = "ok"
    fixed: bool = False
    opaque: bool = False
    weighted: bool = True
    exact_limits: tuple[float, float] = (math.nan, math.nan)
    log_limits: tuple[float, float] = (math.nan, math.nan)
    contributing: int = -1
    effectively: float = math.nan
    statistic: str = ""
    variables: tuple[str, ...] = ()
    told: tuple[tuple[CountKey, int], ...] = ()
    told_with_spread: tuple[tuple[CountKey, int], ...] = ()
    is_spread: bool = False

    @property
    def is_share(self) -> bool:
        """Whether numerator and base are counts that can be told from it."""
        return self.scale == "share"

    @property
    def is_sum(self) -> bool:
        """Whether it is made of values, as means, totals and spreads are: neither share nor count.

        It then says something of the counts of each value.
        """
        return self.scale not in ("share", "count") and not self.opaque

    def number(self, kind: Kind) -> float:
        """One of its numbers, on the scale that a table shows: percentages 0-100."""
        found = float(getattr(self, kind))
        if kind == "cv":
            return 100.0 * found
        return 100.0 * found if self.unit == "percent" and kind in _SCALED else found


MOST_ROWS = 1_000_000_000
"""So many rows are looked at, at most, for the effective sample sizes of a result: some seconds."""

LEAST_DF = 0.1
"""Degrees of freedom of an effective sample size of 1 or less: limits as wide as can be."""

_Told: TypeAlias = tuple[tuple[CountKey, int], ...]

_ADDED = frozenset({"count", "total", "ratio"})
_PLACES = frozenset({"quantile", "interquartile range"})
_SCALED = frozenset({"estimate", "lower", "upper", "se"})


@dataclass(frozen=True)
class Group:
    """What is the same for all facts of a result: whose answers, and which columns are complete."""

    source: str
    domain: str
    where: str
    complete: frozenset[str]

    @classmethod
    def of(
        cls,
        origin: AnyOrigin | None,
        source: str,
        variables: Sequence[str],
        choices: Sequence[Choice] = (),
    ) -> Group:
        """Of an estimate or a cross-tab; `source` where the caller named it.

        Without an origin the domain's words tell domains apart.
        """
        domain = getattr(origin, "domain", dict(choices).get("domain", ""))
        population = getattr(origin, "population", "")
        complete: frozenset[str] = frozenset()
        if isinstance(origin, Origin):
            complete = frozenset(origin.complete(variables))
        return cls(source or population, domain, getattr(origin, "where", ""), complete)

    def key(self, where: Sequence[tuple[str, Category]]) -> CountKey:
        """A count; that a column without gaps was answered says nothing."""
        kept = [(name, codes) for name, codes in where if codes or name not in self.complete]
        return CountKey.of(self.source, self.domain, kept)


def facts_of(found: Estimate, source: str = "") -> list[Fact]:
    """A fact for every row of an estimate.

    Parameters
    ----------
    found
        The estimate.
    source
        Whose answers these are, where the data don't tell two samples apart.
    """
    variables = [*found.by, *(name for info in found.statistics for name in info.variables)]
    group = Group.of(found.origin, source, variables, found.choices)
    opaque = bool(found.difference_of) or "contrast" in found.by
    facts = list(_numbers(found))
    events = found.events
    for place, row in enumerate(found.rows):
        info = found.statistics[int(row["statistic"])]
        cell = found.cells[int(row["cell"])]
        by = [(name, (code_text(level.value),)) for name, level in zip(found.by, cell, strict=True)]
        scale = _scale_of(info)
        if scale == "mean" and events[place] >= 0:
            scale = "share"  # of a column of 0 and 1
        base = [*by, *_answered(found, info, dict(by))]
        own = facts[place]
        part_key, part = None, -1
        if info.name == "multiple response" and scale == "total" and not opaque:
            facts[place] = _answer_count(
                own, group.key([*by, *_taken(found, info)]), int(events[place])
            )
            continue
        if scale == "share" and not opaque:
            part_key = group.key([*by, *_taken(found, info)])
            part = _part(own, int(events[place]))
        facts[place] = replace(
            own,
            base_key=group.key(base),
            part=part,
            part_key=part_key,
            weighted=_is_weighted(own, part),
            scale=scale,
            unit=_unit_of(info, scale),
            opaque=opaque,
            statistic=f"{info.name} of {info.variable}",
            variables=info.variables,
        )
        if facts[place].is_sum:
            told, with_spread = _told(found, info, by, [level.value for level in cell], group)
            facts[place] = replace(
                facts[place],
                told=told,
                told_with_spread=with_spread,
                is_spread=scale == "other" and info.name not in _PLACES,
            )
    return with_sizes(facts, found, found.origin)


def with_sizes(facts: Sequence[Fact], found: Estimate, origin: AnyOrigin | None) -> list[Fact]:
    """Counts, totals and ratios with the sample sizes that they are judged by.

    Their limits on the log scale then have the degrees of freedom of the effective sample size
    less one (NCHS 2023, equation 24), not those of the design.

    Parameters
    ----------
    facts
        One for each row of `found`.
    found
        The result.
    origin
        What it was asked of.
    """
    wanted = [
        place
        for place, fact in enumerate(facts)
        if fact.scale in _ADDED and fact.status == "ok" and not fact.opaque
    ]
    made = list(facts)
    if not isinstance(origin, Origin) or len(wanted) * origin.design.frame.rows > MOST_ROWS:
        return made
    rows = found.rows.copy()
    for place in wanted:
        fact = made[place]
        own = [] if fact.scale == "count" else fact.variables
        sizes = [origin.effective_rows(fact.base_key.where, name) for name in own or ("",)]
        known = [size for size in sizes if size is not None]
        if len(known) == len(sizes):
            least, effective = (min(column) for column in zip(*known, strict=True))
            made[place] = replace(fact, contributing=int(least), effectively=effective)
            rows["df"][place] = max(effective - 1.0, LEAST_DF)
    lower, upper = _log_limits(replace(found, rows=rows))
    for place in wanted:
        limits = float(lower[place]), float(upper[place])
        made[place] = replace(made[place], log_limits=limits)
    return made


def _told(
    found: Estimate,
    info: StatisticInfo,
    by: Sequence[tuple[str, Category]],
    cell: Sequence[object],
    group: Group,
) -> tuple[_Told, _Told]:
    """Counts of a group that a number tells by itself, and with a spread."""
    alone: list[tuple[CountKey, int]] = []
    with_spread: list[tuple[CountKey, int]] = []
    origin = found.origin
    if not isinstance(origin, Origin):
        return (), ()
    for name in dict.fromkeys(info.variables):
        tally = origin.tally(name, cell) or ()
        values = [(group.key([*by, (name, (code_text(value),))]), n) for value, n in tally]
        answered = group.key([*by, (name, ())]), sum(many for _, many in tally)
        if len(values) in (1, 2):  # how many have the lesser is what is left
            alone += [answered, values[-1]]
            continue
        if len(values) == 3:
            with_spread += [answered, *values]
        if info.scale in ("mean", "total"):
            for words, many in origin.off_the_ends(name, cell):
                alone.append((group.key([*by, (words, ("yes",))]), many))
    return tuple(alone), tuple(with_spread)


def _answer_count(fact: Fact, key: CountKey, counted: int) -> Fact:
    """How many chose an answer, rather than how many were asked."""
    return replace(
        fact,
        base=counted,
        base_key=key,
        scale="count",
        unit="count",
        weighted=not math.isclose(counted, fact.estimate, rel_tol=1e-9),
        weighted_base=fact.estimate,
        statistic="multiple response",
    )


def _part(fact: Fact, counted: int) -> int:
    """The numerator; at 0 and 100 % it needs no counting."""
    if counted >= 0 or fact.estimate not in (0.0, 1.0):
        return counted
    return fact.base if fact.estimate == 1.0 else 0


def _is_weighted(fact: Fact, part: int) -> bool:
    """Whether a share is anything but the quotient of the two counts."""
    if fact.weighted or part < 0 or fact.base == 0:
        return fact.weighted
    return not math.isclose(part, fact.estimate * fact.base, rel_tol=1e-9, abs_tol=1e-9)


def _numbers(found: Estimate) -> Iterator[Fact]:
    """What a row says in numbers."""
    lower, upper = found.interval()
    exact = _share_limits(found)
    logs = _log_limits(found)
    se, cv, effective = found.se, found.cv, found.effective_n
    nobody = CountKey("", "", ())
    for place, status in enumerate(found.status):
        n, weight = int(found.n[place]), float(found.weighted_n[place])
        yield Fact(
            estimate=float(found.estimate[place]),
            lower=float(lower[place]),
            upper=float(upper[place]),
            se=float(se[place]),
            cv=float(cv[place]),
            base=n,
            weighted_base=weight,
            effective_n=float(effective[place]),
            df=float(found.df[place]),
            base_key=nobody,
            status=status,
            weighted=weight != n,
            exact_limits=(float(exact[0][place]), float(exact[1][place])),
            log_limits=(float(logs[0][place]), float(logs[1][place])),
        )


def _share_limits(found: Estimate) -> tuple[np.ndarray, np.ndarray]:
    """95 % limits by the beta interval as NCHS has it, of the rows that are shares."""
    nothing = np.full(len(found), np.nan)
    limits = nothing.copy(), nothing.copy()
    shares = np.array(
        [found.statistics[place].scale == "share" for place in found.rows["statistic"]]
    )
    if not len(found):
        return limits
    kept = np.flatnonzero(shares & (found.rows["status"] == 0))
    if len(kept):
        lower, upper = Estimate.interval(found[kept], 0.95, "beta-nchs")
        limits[0][kept], limits[1][kept] = lower, upper
    return limits


def _log_limits(found: Estimate) -> tuple[np.ndarray, np.ndarray]:
    """95 % limits on the log scale, of positive totals, counts and rates."""
    nothing = np.full(len(found), np.nan)
    limits = nothing.copy(), nothing.copy()
    scales = np.array([found.statistics[place].scale for place in found.rows["statistic"]])
    wanted = np.isin(scales, ("total", "ratio"))
    positive = (found.rows["status"] == 0) & (found.estimate > 0)
    kept = np.flatnonzero(wanted & positive)
    if len(kept):
        lower, upper = Estimate.interval(found[kept], 0.95, "log")
        limits[0][kept], limits[1][kept] = lower, upper
    return limits


def _scale_of(info: StatisticInfo) -> Scale:
    if info.name == "count":
        return "count"
    if info.scale == "share":
        return "share"
    return info.scale if info.scale in ("mean", "total", "ratio") else "other"  # type: ignore[return-value]


def _unit_of(info: StatisticInfo, scale: Scale) -> Unit:
    if info.of_shares:
        return "percent"
    units: dict[Scale, Unit] = {"count": "count", "mean": "mean", "ratio": "ratio"}
    if info.name == "quantile":
        return "mean"
    return units.get(scale, "other")


def _set_of(found: Estimate, info: StatisticInfo) -> str:
    """What keys of counts call the set that a row is about; the choices say who responds."""
    rule = dict(found.choices).get("respondents", "").split(":")[0]
    return set_name(info.variables, rule)


def _answered(
    found: Estimate, info: StatisticInfo, by: dict[str, Category]
) -> list[tuple[str, Category]]:
    """Whoever answered the columns that a statistic is about, groups aside."""
    if info.name == "expression":
        return [(f"({info.formula})", ())]
    if info.name == "multiple response":
        return [(_set_of(found, info), ())]
    return [(name, ()) for name in dict.fromkeys(info.variables) if name not in by]


def _taken(found: Estimate, info: StatisticInfo) -> list[tuple[str, Category]]:
    """The codes whose share it is."""
    if info.name == "multiple response" and info.level is not None:
        return [(_set_of(found, info), (code_text(info.level.value),))]
    if isinstance(found.origin, Origin):
        levels = found.origin.levels_of(info)
        if levels is not None:
            codes = sorted({code_text(value) for value in levels})
            return [(info.variables[0], tuple(codes))]
    if info.level is None:
        return [(f"({info.formula})", ("yes",))]
    return [(info.variables[0], tuple(sorted(code_text(info.level.value).split(", "))))]
