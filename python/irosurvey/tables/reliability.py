"""How reliable an estimate is: rules of the National Center for Health Statistics, and CV bands."""

from __future__ import annotations

import math
from dataclasses import dataclass

from irosurvey.tables.facts import Fact
from irosurvey.tables.policy import CV_BANDS, Policy

__all__ = ["Verdict", "effective_size", "judge", "judge_count", "judge_cv", "judge_proportion"]


@dataclass(frozen=True)
class Verdict:
    """Whether an estimate may be shown, and what else is to be said of it.

    Attributes
    ----------
    shown
        Whether it is reliable enough.
    reason
        Why it isn't.
    reviews
        What somebody should look at before it is published.
    note
        What a reader should know: that the complement is unreliable.
    band
        Its band of coefficients of variation.
    """

    shown: bool = True
    reason: str = ""
    reviews: tuple[str, ...] = ()
    note: str = ""
    band: str = ""


def effective_size(p: float, se: float, n: float) -> float:
    """How many independent answers bear as much information: p (1 - p) / SE², at most n.

    n itself at 0 and 100 %, where the data hold no trace of a variance.
    """
    if p <= 0.0 or p >= 1.0 or not se > 0.0:
        return n
    return min(n, p * (1.0 - p) / (se * se))


def judge_proportion(
    policy: Policy,
    *,
    p: float,
    n: float,
    effective_n: float,
    lower: float,
    upper: float,
    df: float = math.inf,
) -> Verdict:
    """The rules of 2017 for proportions (Parker and others 2017, figure 1).

    In this order: an effective sample size below 30: hidden. Width of the interval at most 0.05:
    shown. At least 0.30: hidden. Width above 1.30 of the proportion: hidden. Else shown, with a
    note where the width is above 1.30 of the complement. At 0 and 1 only the sample size counts.

    Parameters
    ----------
    policy
        Its fields are the limits.
    p
        On the scale 0-1.
    n, effective_n
        Sample size, and effective sample size.
    lower, upper
        Limits of Korn and Graubard's 95 % interval.
    df
        Degrees of freedom.
    """
    reviews = []
    if df < policy.review_df:
        reviews.append(f"{df:g} degrees of freedom")
    if p <= 0.0 or p >= 1.0:
        reviews.append("0 %" if p <= 0.0 else "100 %")
    found = tuple(reviews)
    smallest = min(n, effective_n)
    if smallest < policy.minimum_effective_n:
        least = policy.minimum_effective_n
        return Verdict(False, f"effective sample size {smallest:.4g} below {least:g}", found)
    if p <= 0.0 or p >= 1.0:
        return Verdict(True, "", found)
    width = upper - lower
    if width <= policy.always_width:
        return Verdict(True, "", found)
    if width >= policy.never_width:
        return Verdict(False, f"interval {width:.3f} wide, not below {policy.never_width:g}", found)
    if width > policy.relative_width * p:
        return Verdict(
            False,
            f"interval {width / p:.3g} times the share, above {policy.relative_width:g}",
            found,
        )
    complement = width > policy.complement_relative_width * (1.0 - p)
    return Verdict(True, "", found, "the complement is unreliable" if complement else "")


def judge_count(
    policy: Policy,
    *,
    estimate: float,
    n: float,
    effective_n: float,
    lower: float,
    upper: float,
    df: float = math.inf,
) -> Verdict:
    """The rules of 2023 for counts and rates.

    Fewer than 10 respondents, effective or not, in a rate's numerator or its denominator: hidden.
    An interval wider than 1.60 times the estimate: hidden.

    Parameters
    ----------
    policy
        Its fields are the limits.
    estimate
        The count or rate.
    n, effective_n
        Sample size, and effective sample size: n over Kish's design effect (NaN: not known).
    lower, upper
        95 % limits on the log scale, with the effective sample size less one as degrees of freedom.
    df
        Degrees of freedom.
    """
    found = (f"{df:g} degrees of freedom",) if df < policy.review_df else ()
    smallest = n if math.isnan(effective_n) else min(n, effective_n)
    if smallest < policy.minimum_n:
        return Verdict(False, f"sample size {smallest:.4g} below {policy.minimum_n:g}", found)
    width = (upper - lower) / estimate if estimate > 0 else math.nan
    if width > policy.relative_width_of_counts:
        most = policy.relative_width_of_counts
        return Verdict(False, f"interval {width:.3g} times the estimate, above {most:g}", found)
    return Verdict(True, "", found)


def judge_cv(policy: Policy, *, cv: float, n: float) -> Verdict:
    """Bands of coefficients of variation.

    Parameters
    ----------
    policy
        Its fields are the limits.
    cv
        On the scale 0-1.
    n
        Sample size.
    """
    band = cv_band(policy.cv_bands, cv) if policy.cv_bands else ""
    if n < policy.cv_minimum_n:
        return Verdict(False, f"sample size {n:g} below {policy.cv_minimum_n}", band=band)
    if policy.cv_suppress is not None and cv > policy.cv_suppress:
        most = policy.cv_suppress
        return Verdict(False, f"coefficient of variation {cv:.3g} above {most:g}", band=band)
    return Verdict(band=band)


def cv_band(bands: str, cv: float) -> str:
    """The band that a coefficient of variation is in; of ``"ons"`` limits belong to the next."""
    if math.isnan(cv):
        return ""
    for limit, name in CV_BANDS[bands]:
        if cv < limit or (cv == limit and bands != "ons"):
            return name
    return CV_BANDS[bands][-1][1]


def judge(policy: Policy, fact: Fact) -> Verdict:
    """What a policy says of an estimate.

    Parameters
    ----------
    policy
        The policy.
    fact
        The estimate.
    """
    if fact.status != "ok" or fact.fixed or fact.unit == "text":
        return Verdict()
    if fact.is_share:
        found = _judge_share(policy, fact)
        if not policy.cv_of_proportions:
            return found
        return _both(found, judge_cv(policy, cv=fact.cv, n=fact.base))
    found = Verdict()
    if fact.scale == "count" and not fact.weighted:
        return found  # how many answered is a fact: it estimates nothing
    if policy.counts == "nchs2023" and fact.scale in ("count", "total", "ratio"):
        found = judge_count(
            policy,
            estimate=fact.estimate,
            n=fact.base if fact.contributing < 0 else fact.contributing,
            effective_n=fact.effectively,
            lower=fact.log_limits[0],
            upper=fact.log_limits[1],
            df=fact.df,
        )
    if fact.scale == "count" or fact.opaque:
        return found
    return _both(found, judge_cv(policy, cv=fact.cv, n=fact.base))


def _judge_share(policy: Policy, fact: Fact) -> Verdict:
    if policy.proportions == "none":
        return Verdict()
    lower, upper = fact.exact_limits
    if math.isnan(lower):  # the mean of a column of 0 and 1 has its own limits only
        lower, upper = fact.lower, fact.upper
    return judge_proportion(
        policy,
        p=fact.estimate,
        n=fact.base,
        effective_n=effective_size(fact.estimate, fact.se, fact.base),
        lower=lower,
        upper=upper,
        df=fact.df,
    )


def _both(one: Verdict, two: Verdict) -> Verdict:
    """Two verdicts together: hidden if either says so."""
    return Verdict(
        one.shown and two.shown,
        one.reason or two.reason,
        (*one.reviews, *two.reviews),
        one.note or two.note,
        one.band or two.band,
    )
