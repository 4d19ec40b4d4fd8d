"""Quantiles: how they are asked, and results that carry their own limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from irosurvey import _core
from irosurvey._checked import checked_methods
from irosurvey._complaint import complaint
from irosurvey.errors import ArgumentError
from irosurvey.parts import Choice, Floats, Interval, LevelValue
from irosurvey.result import Estimate

if TYPE_CHECKING:
    from irosurvey.combination import Function
    from irosurvey.design.asking import About

__all__ = ["QuantileCentre", "QuantileEstimate", "QuantileInterval", "QuantileRule"]

QuantileRule: TypeAlias = Literal[
    "math",
    "school",
    "hf1",
    "hf2",
    "hf3",
    "hf4",
    "hf5",
    "hf6",
    "hf7",
    "hf8",
    "hf9",
    "sas",
]
QuantileInterval: TypeAlias = Literal["woodruff", "logit", "beta", "symmetric", "replicate"]
QuantileCentre: TypeAlias = Literal["estimate", "prob"]
LimitsOutside: TypeAlias = Literal["extreme", "missing"]


@checked_methods
@dataclass(frozen=True, eq=False, repr=False)
class QuantileEstimate(Estimate):
    """Quantiles: an :class:`~irosurvey.Estimate` whose limits were made with it.

    Limits of quantiles are read off the data, at the confidence level that was named at the call;
    another level is another question. What is computed from quantiles (differences, contrasts,
    functions) is a plain :class:`~irosurvey.Estimate` with t limits.

    Attributes
    ----------
    lower, upper
        Limits, one a row.
    shares
        Share of the domain at or below each estimate; empty where the standard error comes from
        the quantiles of replicates.
    """

    lower: Floats = field(default_factory=lambda: np.empty(0))
    upper: Floats = field(default_factory=lambda: np.empty(0))
    shares: Floats = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        super().__post_init__()
        for array in (self.lower, self.upper, self.shares):
            array.flags.writeable = False

    @property
    def probs(self) -> Floats:
        """The probability of each row's quantile."""
        return np.array([float(level.value) for level in self.keys()["prob"]])

    @property
    def interval_methods(self) -> tuple[str, ...]:
        """None by itself: the choices tell how the limits were made."""
        return ()

    def interval(
        self,
        level: float | None = None,
        method: str | None = None,
        *,
        adjust: Literal["none", "bonferroni", "sidak"] = "none",
        df_adjust: bool | None = None,
        truncate: bool | None = None,
    ) -> Interval:
        """The limits that were made with the quantiles.

        Parameters
        ----------
        level
            The result's own, or ``None``.
        method
            ``None``; ``"t"`` and ``"normal"`` give estimate ± critical value · SE at any level.
        adjust, df_adjust, truncate
            Of ``"t"`` and ``"normal"``, as :meth:`Estimate.interval`.

        Returns
        -------
        Interval

        Raises
        ------
        ArgumentError
            For another level or method: they have to be named in the question.
        """
        if method in ("t", "normal"):
            return super().interval(
                level, method, adjust=adjust, df_adjust=df_adjust, truncate=truncate
            )
        if method is None and level in (None, self.level) and adjust == "none":
            return Interval(self.lower, self.upper)
        raise complaint(
            ArgumentError,
            "limits of quantiles",
            expected=f"level {self.level:g}, at which they were made",
            found=f"level {self.level if level is None else level:g}"
            + (f" and method '{method}'" if method else ""),
            remedy="Ask again: design.quantile(…, level=…, ci=…). Method 't' is estimate ± t · SE.",
        )

    def __getitem__(self, key: Any) -> Estimate:
        """Some of the rows: by position, by a mask, or by the label of a group."""
        if isinstance(key, str):
            return super().__getitem__(key)
        kept = np.atleast_1d(np.arange(len(self))[key])
        shares = self.shares[kept] if len(self.shares) else self.shares
        covariances = None if self.covariances is None else self.covariances[np.ix_(kept, kept)]
        return replace(
            self,
            rows=self.rows[kept].copy(),
            covariances=covariances,
            lower=self.lower[kept],
            upper=self.upper[kept],
            shares=shares,
        )

    def difference(self, by: str, *, reference: LevelValue | None = None) -> Estimate:
        """Differences between groups, as :meth:`Estimate.difference`, with t limits."""
        return self._with_t_limits().difference(by, reference=reference)

    def contrast(self, weights: Any) -> Estimate:
        """Linear combinations, as :meth:`Estimate.contrast`, with t limits."""
        return self._with_t_limits().contrast(weights)

    def combine(self, function: Function) -> Estimate:
        """Smooth functions of rows, as :meth:`Estimate.combine`, with t limits."""
        return self._with_t_limits().combine(function)

    def _with_t_limits(self) -> Estimate:
        kept = {one.name: getattr(self, one.name) for one in fields(Estimate)}
        kept["choices"] = tuple(one for one in self.choices if one.name != "interval")
        return Estimate(**kept)


def ask_quantiles(
    declared: _core.Design,
    variables: Sequence[str],
    probs: float | Sequence[float],
    how: _core.QuantileHow,
    about: About,
) -> QuantileEstimate:
    """Quantiles of a design that the core knows."""
    answer, shares, lower, upper = _core.quantiles(
        declared, variables, numbers_in("probs", probs), how, about.core
    )
    return with_limits(about.estimate(answer), lower, upper, shares)


def with_limits(plain: Estimate, lower: Floats, upper: Floats, shares: Floats) -> QuantileEstimate:
    """A result with limits of its own."""
    kept = {one.name: getattr(plain, one.name) for one in fields(Estimate)}
    return QuantileEstimate(**kept, lower=lower, upper=upper, shares=shares)


def combined_plausible(plain: Estimate) -> QuantileEstimate:
    """Quantiles combined over plausible values: t limits."""
    lower, upper = plain.interval(method="t")
    kept = tuple(one for one in plain.choices if not one.name.startswith("interval"))
    plain = replace(plain, choices=(*kept, Choice("interval", "t limits")))
    return with_limits(plain, lower, upper, np.empty(0))


def range_of(quantiles: QuantileEstimate, name: str) -> Estimate:
    """The last probability's quantile less the first's, in every group."""
    low, high = quantiles.probs[0], quantiles.probs[-1]
    found = quantiles.contrast(
        [{"at": {"prob": high}, "weight": 1.0}, {"at": {"prob": low}, "weight": -1.0}]
    )
    last = found.by.index("contrast")
    return replace(
        found,
        by=tuple(one for place, one in enumerate(found.by) if place != last),
        by_labels=tuple(one for place, one in enumerate(found.by_labels) if place != last),
        cells=tuple(
            tuple(one for place, one in enumerate(cell) if place != last) for cell in found.cells
        ),
        statistics=tuple(
            replace(
                info, name=name, level=None, formula=f"{name}({info.variables[0]})", scale="other"
            )
            for info in found.statistics
        ),
    )


def numbers_in(argument: str, given: float | Sequence[float]) -> list[float]:
    """One number or several, as a list."""
    several = np.atleast_1d(np.asarray(given))
    if several.ndim != 1 or several.dtype.kind not in "iuf":
        raise complaint(
            ArgumentError, argument, expected="a number or a list of numbers", found=repr(given)
        )
    return [float(one) for one in several]
