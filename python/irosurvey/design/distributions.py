"""Questions about the distribution of a variable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from irosurvey import _arguments, _core
from irosurvey._checked import checked_methods
from irosurvey.design.asking import Asking
from irosurvey.design.options import Conventional, DfRule, MissingRule, Names, Options
from irosurvey.parts import Reference
from irosurvey.quantiles import (
    LimitsOutside,
    QuantileCentre,
    QuantileEstimate,
    QuantileInterval,
    QuantileRule,
    ask_quantiles,
    numbers_in,
    range_of,
)
from irosurvey.result import Estimate

__all__ = ["DistributionMethods"]


@checked_methods
class DistributionMethods(Asking):
    """Quantiles, the distribution function, histograms."""

    def quantile(
        self,
        variables: Names,
        probs: float | Sequence[float] = 0.5,
        *,
        rule: QuantileRule | Conventional = "conventional",
        ci: QuantileInterval | Conventional = "conventional",
        centre: QuantileCentre | Conventional = "conventional",
        outside: LimitsOutside | Conventional = "conventional",
        by: Names | None = None,
        where: Any = None,
        missing: MissingRule = "conventional",
        df: DfRule | float = "conventional",
        covariance: bool | None = None,
        deff: Reference | Conventional | None = "conventional",
        level: float = 0.95,
        threads: int = 0,
    ) -> QuantileEstimate:
        r"""Quantiles of one or more variables, with standard errors and limits.

        Limits are the quantiles at the limits of an interval for :math:`\hat F(\hat q)`, the share
        of the domain at or below the estimate; the standard error is their distance ÷ 2t
        (Woodruff 1952; Francisco and Fuller 1991).

        Parameters
        ----------
        variables
            A column or several.
        probs
            Which quantiles, on the scale 0-1; 0.5 is the median.
        rule
            By default that of the design's conventions: ``"math"``, unless they were named. With
            :math:`W_k` the weight of the k smallest values, W of all: ``"math"`` (= ``"hf1"``:
            the smallest value with :math:`W_k \ge pW`), ``"school"`` (= ``"hf2"``: halfway to the
            next where :math:`W_k = pW`), ``"hf3"`` … ``"hf9"`` (Hyndman and Fan 1996, weights in
            the place of counts), ``"sas"`` (linear between the steps of the distribution function).
        ci
            By default that of the design's conventions: ``"woodruff"``, unless they were named.
            ``"woodruff"``: t limits of the share; ``"logit"``, ``"beta"``: those limits of the
            share; ``"symmetric"``: estimate ± t · SE, the standard error of ``"woodruff"``;
            ``"replicate"``: estimate ± t · SE, the standard error from the quantile under every
            replicate's weights (the jackknife that leaves out one unit is not consistent there).
        centre
            What the interval for the share is about: ``"estimate"`` (default), the share at or
            below the estimate, or ``"prob"``, the probability itself.
        outside
            A limit of the share below 0 or above 1: ``"extreme"`` (default) takes the smallest or
            largest value, ``"missing"`` (R's and SAS's conventions) gives no limit and no standard
            error. The result's choices count them.
        by, where, missing, df, deff, threads
            As in :meth:`mean`. Design effects are those of the share at or below the estimate.
        covariance
            As in :meth:`mean`. The correlation of two quantiles is that of the shares at or below
            them; of ``"replicate"``, that of the replicates.
        level
            Confidence level of the limits; the standard error depends on it a little.

        Returns
        -------
        QuantileEstimate
            Rows variable by variable, probability by probability, group by group.

        Raises
        ------
        ColumnError, ArgumentError, SingletonError
            As :meth:`mean`; an infinite value is named with its row.

        Notes
        -----
        Formulas: ``docs/methods/quantiles.md``.

        Examples
        --------
        >>> import irosurvey
        >>> design = irosurvey.Design({"caseload": [40, 52, 61, 64, 66, 70, 75, 81, 90, 120]})
        >>> quartiles = design.quantile("caseload", [0.25, 0.5, 0.75])
        >>> quartiles.estimate
        array([61., 66., 81.])
        >>> quartiles.lower, quartiles.upper
        (array([40., 52., 66.]), array([ 75.,  90., 120.]))
        """
        names = _arguments.columns("variables", variables)
        about = self._about_columns(
            names,
            Options(by, where, missing, df, covariance, deff, level, threads),
            rows_each=np.size(probs),
        )
        rules = self._conventions
        how = _core.QuantileHow(
            rules.quantile_rule if rule == "conventional" else rule,
            rules.quantile_ci if ci == "conventional" else ci,
            rules.quantile_centre if centre == "conventional" else centre,
            rules.quantile_outside if outside == "conventional" else outside,
            level,
        )
        return ask_quantiles(self._declared, names, probs, how, about)

    def median(self, variables: Names, **options: Any) -> QuantileEstimate:
        """Medians: :meth:`quantile` of 0.5, with its options.

        Examples
        --------
        >>> import irosurvey
        >>> float(irosurvey.Design({"y": [3, 1, 2]}).median("y"))
        2.0
        """
        return self.quantile(variables, 0.5, **options)

    def deciles(self, variables: Names, **options: Any) -> QuantileEstimate:
        """The nine deciles: :meth:`quantile` of 0.1, 0.2, …, 0.9, with its options.

        Examples
        --------
        >>> import irosurvey
        >>> irosurvey.Design({"y": range(1, 11)}).deciles("y").estimate
        array([1., 2., 3., 4., 5., 6., 7., 8., 9.])
        """
        return self.quantile(variables, [tenth / 10 for tenth in range(1, 10)], **options)

    def iqr(self, variable: str, **options: Any) -> Estimate:
        """Interquartile ranges: the third quartile less the first, with t limits.

        Parameters
        ----------
        variable
            A column.
        **options
            Of :meth:`quantile`. The covariance of the two quartiles is accounted for.

        Examples
        --------
        >>> import irosurvey
        >>> design = irosurvey.Design({"caseload": [40, 52, 61, 64, 66, 70, 75, 81, 90, 120]})
        >>> float(design.iqr("caseload"))
        20.0
        """
        quartiles = self.quantile(variable, [0.25, 0.75], **{**options, "covariance": True})
        return range_of(quartiles, "interquartile range")

    def cdf(
        self,
        variable: str,
        at: float | Sequence[float],
        *,
        by: Names | None = None,
        where: Any = None,
        missing: MissingRule = "conventional",
        df: DfRule | float = "conventional",
        covariance: bool | None = None,
        deff: Reference | Conventional | None = "conventional",
        level: float = 0.95,
        threads: int = 0,
    ) -> Estimate:
        r"""The distribution function: shares of the domain with :math:`y \le c`.

        Parameters
        ----------
        variable
            A column of numbers.
        at
            Points c, one or several.
        by, where, missing, df, covariance, deff, level, threads
            As in :meth:`mean`. Limits are those of shares.

        Returns
        -------
        Estimate
            One row for each point and group.

        Examples
        --------
        >>> import irosurvey
        >>> design = irosurvey.Design({"caseload": [40, 52, 61, 64, 66, 70, 75, 81, 90, 120]})
        >>> design.cdf("caseload", at=[50, 70]).estimate
        array([0.1, 0.6])
        """
        points = numbers_in("at", at)
        names = _arguments.columns("variable", variable)
        about = self._about_columns(
            names,
            Options(by, where, missing, df, covariance, deff, level, threads),
            rows_each=len(points),
        )
        return about.estimate(_core.distribution(self._declared, names[0], points, about.core))

    def histogram(
        self,
        variable: str,
        bins: int | Sequence[float] = 10,
        *,
        scale: Literal["share", "density", "total"] = "share",
        by: Names | None = None,
        where: Any = None,
        missing: MissingRule = "conventional",
        df: DfRule | float = "conventional",
        covariance: bool | None = None,
        deff: Reference | Conventional | None = "conventional",
        level: float = 0.95,
        threads: int = 0,
    ) -> Estimate:
        r"""A weighted histogram, with standard errors.

        Parameters
        ----------
        variable
            A column of numbers.
        bins
            How many bins of equal width, from the smallest value of the domain to the largest; or
            their edges. A bin holds its lower edge, the last one its upper edge too.
        scale
            ``"share"`` of the domain, ``"density"`` (share over width), ``"total"``.
        by, where, missing, df, covariance, deff, level, threads
            As in :meth:`mean`. Rows outside all bins count in the base of shares.

        Returns
        -------
        Estimate
            One row for each bin and group; a bin is a level, labelled with its edges.

        Examples
        --------
        >>> import irosurvey
        >>> design = irosurvey.Design({"caseload": [40, 52, 61, 64, 66, 70, 75, 81, 90, 120]})
        >>> bars = design.histogram("caseload", [40, 60, 80, 120])
        >>> bars.estimate, str(bars.keys()["level"][0])
        (array([0.2, 0.5, 0.3]), '[40, 60)')
        """
        count = isinstance(bins, int) and not isinstance(bins, bool)
        asked = _arguments.whole("bins", bins) if count else numbers_in("bins", bins)
        most = asked if isinstance(asked, int) else len(asked)
        names = _arguments.columns("variable", variable)
        about = self._about_columns(
            names,
            Options(by, where, missing, df, covariance, deff, level, threads),
            rows_each=most,
        )
        return about.estimate(_core.histogram(self._declared, names[0], asked, scale, about.core))
