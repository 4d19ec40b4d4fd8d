"""Replicate weights: those that came with the data, and the kinds that can be made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, Literal, TypeAlias

from irosurvey import _arguments, _core
from irosurvey._complaint import complaint
from irosurvey.errors import ArgumentError

__all__ = ["Replicates"]

ReplicateType: TypeAlias = Literal["BRR", "Fay", "JK1", "JKn", "JK2", "bootstrap", "SDR", "other"]
ReplicateCentre: TypeAlias = Literal["estimate", "replicate-mean", "within-stratum"]
FailedReplicates: TypeAlias = Literal["fail", "drop", "rescale"]


@dataclass(frozen=True)
class Replicates:
    r"""Replicate weights that came with the data.

    A statistic is computed from the full weights, :math:`\hat\theta`, and from each replicate's,
    :math:`\hat\theta_r`; its variance is :math:`s \sum_r s_r (\hat\theta_r - c)^2` with the
    overall `scale` s, the `rscales` :math:`s_r` and the centre c.

    Parameters
    ----------
    type
        ``"BRR"``, ``"Fay"``, ``"JK1"``, ``"JKn"``, ``"JK2"``, ``"bootstrap"``, ``"SDR"``
        (successive differences: the American Community Survey) or ``"other"``. It gives the
        default of `scale`: 1/R, 1/(R(1-ρ)²), (R-1)/R, 1, 1, `averaged`/(R-1), 4/R, 1.
    columns
        Names; a name with one ``*`` stands for all columns that match it, in the order of the
        data.
    fay_rho
        Fay's coefficient ρ, for ``"Fay"``.
    scale
        A published multiplier, instead of the type's own.
    rscales
        A multiplier for each replicate, or one for all. ``"JKn"`` needs them.
    averaged
        Of ``"bootstrap"``: how many bootstrap samples each replicate averages (Stata's ``bsn``).
    centre
        ``"estimate"``, ``"replicate-mean"``, or ``"within-stratum"``: the mean over the replicates
        of the same stratum.
    replicate_strata
        The stratum of each replicate, a whole number, for ``"within-stratum"``.
    df
        Degrees of freedom. ``None``: the rank of the replicate weights minus 1, found when a result
        first needs it. A domain never changes them.
    weights
        What the columns hold: ``"combined"`` weights, or a ``"factor"`` of the full weight.
    failed
        What becomes of a replicate in which a statistic has no value, because no row of the domain
        keeps a weight in it: ``"fail"`` (an error that names it), ``"drop"`` (it is left out and
        the multipliers stay), ``"rescale"`` (it is left out, and the sum is multiplied by all
        replicates ÷ those left).

    Notes
    -----
    Replicate weights may be negative, as calibration and some bootstraps make them. Missing ones
    are refused.

    Examples
    --------
    >>> import irosurvey
    >>> data = {"arrests": [120, 78, 185, 228, 670, 530], "alive": [25, 24, 30, 49, 80, 70],
    ...         "r1": [2, 0, 2, 0, 2, 0], "r2": [2, 0, 0, 2, 0, 2],
    ...         "r3": [0, 2, 2, 0, 0, 2], "r4": [0, 2, 0, 2, 2, 0]}
    >>> replicates = irosurvey.Replicates("BRR", "r*", centre="replicate-mean")
    >>> ratio = irosurvey.Design(data, replicates=replicates).ratio("alive", "arrests")
    >>> print(f"{float(ratio):.5f} ± {ratio.se[0]:.5f}")
    0.15351 ± 0.00942
    """

    type: ReplicateType
    columns: str | Sequence[str]
    fay_rho: float | None = None
    scale: float | None = None
    rscales: float | Sequence[float] | None = None
    averaged: int = 1
    centre: ReplicateCentre = "estimate"
    replicate_strata: Sequence[int] | None = None
    df: float | None = None
    weights: Literal["combined", "factor"] = "combined"
    failed: FailedReplicates = "fail"

    def _core(self) -> _core.Replicates:
        return _core.Replicates(
            type=_arguments.rule("type", self.type, "BRR"),
            columns=_columns(self.columns),
            fay_rho=_number("fay_rho", self.fay_rho),
            scale=_number("scale", self.scale),
            rscales=_numbers(self.rscales),
            averaged=_arguments.whole("averaged", self.averaged, most=2**31 - 1),
            centre=_arguments.rule("centre", self.centre, "estimate"),
            replicate_strata=[
                _arguments.whole("replicate_strata", stratum, what="whole numbers")
                for stratum in _several("replicate_strata", self.replicate_strata)
            ],
            weights=_arguments.rule("weights", self.weights, "combined"),
            failed=_arguments.rule("failed", self.failed, "fail"),
            df=_number("df", self.df),
        )


def _number(argument: str, given: float | None) -> float | None:
    return None if given is None else _arguments.number(argument, given)


def _columns(given: str | Sequence[str]) -> list[str]:
    if _arguments.is_text(given):
        return [str(given)]
    listed = isinstance(given, Sequence) and not isinstance(given, str)
    if not listed or not all(_arguments.is_text(name) for name in given):
        raise complaint(ArgumentError, "columns", expected="names of columns", found=repr(given))
    return list(given)


def _numbers(given: float | Sequence[float] | None) -> list[float]:
    if isinstance(given, Real):
        return [_arguments.number("rscales", given)]
    return [_arguments.number("rscales", number) for number in _several("rscales", given)]


def _several(argument: str, given: Any) -> list[Any]:
    """What a list, an array or a series holds; nothing for None."""
    if given is None:
        return []
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        raise complaint(ArgumentError, argument, expected="numbers", found=repr(given))
    return list(given)


def core_replicates(given: Replicates | None) -> _core.Replicates | None:
    """What the core takes."""
    if given is None:
        return None
    if not isinstance(given, Replicates):
        raise complaint(
            ArgumentError,
            "replicates",
            expected='irosurvey.Replicates("BRR", "brr_*"), or another of its types',
            found=type(given).__name__,
        )
    return given._core()
