"""Weights that meet known totals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from irosurvey import _arguments
from irosurvey._checked import checked_methods
from irosurvey.calibration import (
    Adjustment,
    CalibrationMethod,
    adjustments_of,
    levels_from,
    limits_from,
    margins_from,
)
from irosurvey.design.declared import Declared
from irosurvey.design.options import Names
from irosurvey.sql import mask_of

if TYPE_CHECKING:
    from irosurvey.design.design import Design

__all__ = ["WeightMethods"]


@checked_methods
class WeightMethods(Declared):
    """Calibration, trimming, standardization."""

    def calibrate(
        self,
        method: CalibrationMethod,
        margins: Any,
        *,
        bounds: tuple[float | None, float | None] | None = None,
        bounds_on: Literal["ratio", "weight"] = "ratio",
        trim: tuple[float | None, float | None] | None = None,
        shares: bool = False,
        population: float | None = None,
        equal_within: str | None = None,
        tolerance: float = 1e-10,
        max_iterations: int | None = None,
        residual_weights: Literal["initial", "calibrated"] = "initial",
        residual_order: Literal["as-made", "last-first"] = "as-made",
        replicates: bool = True,
        threads: int = 0,
    ) -> Design:
        r"""A design whose weights meet known totals of the population.

        New weights :math:`w_i g_i` with :math:`\sum w_i g_i x_i = T`, as near to the old ones as
        the method's distance says. The new design remembers: variances are those of the residuals
        of a variable on the auxiliaries, and replicate weights are calibrated one by one. A weight
        of 0 stays 0.

        Parameters
        ----------
        method
            ``"poststratify"`` (one margin), ``"rake"`` (margins in turn until all are met),
            ``"linear"`` (the generalized regression estimator), ``"raking"`` (exponential) or
            ``"logit"`` (between bounds).
        margins
            What is met. A mapping: column, or tuple of columns to be crossed, to a mapping of
            levels (tuples of levels) to totals; a column of numbers to its total; ``1`` to the
            sum of weights. Every level in the sample needs its total. Instead of a mapping of
            levels: a data frame, or the path of a file, with a column for each variable and one
            called ``total``. `margins` may itself be such a table, or a list of them.
        bounds
            Low and high (``None``: none) of new ÷ old weight, for ``linear``, ``raking``, ``rake``
            (cut after every cycle) and ``logit``, which needs them.
        bounds_on
            ``"weight"``: `bounds` are limits of the new weight itself.
        trim
            Low and high of the new weight. ``rake`` cuts after every cycle and goes on until
            margins and limits are both met, or until weights settle short of the margins, which a
            note of the design then says. After other methods weights are cut and what was cut
            is shared out evenly; the margins are then met only nearly.
        shares
            Totals of levels are shares, scaled to sum to `population`.
        population
            What shares are shares of; ``None``: the current sum of weights.
        equal_within
            Column of clusters, such as households: all rows of a cluster get the same ratio.
        tolerance
            Greatest relative misfit of a total.
        max_iterations
            ``None``: 1000 cycles of ``rake``, 100 Newton steps.
        residual_weights
            Weights of the regressions whose residuals carry the variance: those before the
            calibration or those after it.
        residual_order
            How several adjustments of one design are taken out of a variable: in the order in
            which they were made, or the last one first. The last adjustment's choice counts.
        replicates
            Calibrate replicate weights too; otherwise they stay as they are.
        threads
            At most so many threads; 0 means one for each processor.

        Returns
        -------
        Design

        Raises
        ------
        ColumnError
            If a column doesn't exist.
        DesignError
            With the row, if a row of positive weight misses an auxiliary.
        ArgumentError
            With the margins, if totals contradict each other or the sample.
        NumericalError
            With the totals and how far off they are, if no weights were found that meet them.

        Notes
        -----
        Formulas and sources: ``docs/methods/calibration.md``.

        Examples
        --------
        >>> import irosurvey
        >>> data = {"sex": ["f", "f", "m", "m"], "age": [1, 2, 1, 2], "y": [1, 2, 3, 4]}
        >>> design = irosurvey.Design(data).calibrate(
        ...     "rake", {"sex": {"f": 30, "m": 50}, "age": {1: 60, 2: 20}}
        ... )
        >>> design.weights.round(6)
        array([22.5,  7.5, 37.5, 12.5])
        >>> share = design.proportion("sex", "f")
        >>> round(float(share), 6), float(share.se[0])
        (0.375, 0.0)
        """
        margins_given = margins_from(self.frame, margins)
        return self._adjusted(
            "calibrated",
            {
                "method": _arguments.rule("method", method, "rake"),
                "margins": margins_given,
                "bounds": limits_from("bounds", bounds),
                "bounds_on": _arguments.rule("bounds_on", bounds_on, "ratio"),
                "trim": limits_from("trim", trim),
                "shares": _arguments.flag("shares", shares),
                "population": None
                if population is None
                else _arguments.number("population", population),
                "equal_within": _arguments.column("equal_within", equal_within),
                "tolerance": _arguments.number("tolerance", tolerance),
                "max_iterations": None
                if max_iterations is None
                else _arguments.whole("max_iterations", max_iterations, most=2**31 - 1),
                "residual_weights": _arguments.rule(
                    "residual_weights", residual_weights, "initial"
                ),
                "residual_order": _arguments.rule("residual_order", residual_order, "as-made"),
                "replicates": _arguments.flag("replicates", replicates),
                "threads": _arguments.threads(threads),
            },
            [name for variables, _, _ in margins_given for name in variables]
            + ([equal_within] if equal_within else []),
        )

    def trim(
        self,
        low: float | None = None,
        high: float | None = None,
        *,
        strict: bool = False,
        replicates: bool = True,
    ) -> Design:
        """A design whose weights are cut to limits and keep their sum.

        What is cut off (or put on, at `low`) is shared out evenly among the other rows.

        Parameters
        ----------
        low, high
            Limits of a weight; ``None``: none.
        strict
            Go on until no weight is outside. Otherwise the shares may lift some above `high`.
        replicates
            Trim replicate weights too.

        Returns
        -------
        Design

        Raises
        ------
        NumericalError
            If the sum of weights can't be kept within the limits.

        Examples
        --------
        >>> import irosurvey
        >>> design = irosurvey.Design({"w": [1.0, 2.0, 3.0, 14.0]}, weights="w")
        >>> design.trim(high=8.0).weights
        array([3., 4., 5., 8.])
        """
        limits = limits_from("trim", (low, high))
        assert limits is not None
        return self._adjusted(
            "trimmed",
            {
                "low": limits[0],
                "high": limits[1],
                "strict": _arguments.flag("strict", strict),
                "replicates": _arguments.flag("replicates", replicates),
            },
            [],
        )

    def standardize(
        self,
        variable: str,
        shares: Any,
        *,
        within: Names = (),
        where: Any = None,
        replicates: bool = True,
    ) -> Design:
        """A design in which every group has the same mix of a variable: direct standardisation.

        Within each group the levels of `variable` get fixed shares of the group's sum of weights.
        It is a post-stratification, and variances know it.

        Parameters
        ----------
        variable
            The column whose mix is fixed, such as an age group.
        shares
            Level to share (a mapping, or a table with the columns `variable` and ``total``); they
            are scaled to sum to 1.
        within
            Columns that make the groups; none: the whole sample.
        where
            As in :meth:`mean`: other rows get weight 0, and their units stay. Rows that miss
            `variable` or a group get weight 0 too.
        replicates
            Standardize replicate weights too.

        Returns
        -------
        Design

        Examples
        --------
        >>> import irosurvey
        >>> age = ["y", "y", "o", "y", "o"]
        >>> data = {"town": [1, 1, 1, 2, 2], "age": age, "ill": [0, 1, 1, 0, 1]}
        >>> design = irosurvey.Design(data).standardize("age", {"y": 3, "o": 1}, within="town")
        >>> design.mean("ill", by="town").estimate
        array([0.625, 0.25 ])
        """
        groups = _arguments.columns("within", within)
        mask = None if where is None else mask_of(self.frame, where)
        return self._adjusted(
            "standardized",
            {
                "variable": variable,
                "shares": levels_from(self.frame, variable, shares),
                "within": groups,
                "where": mask,
                "replicates": _arguments.flag("replicates", replicates),
            },
            [variable, *groups],
        )

    @property
    def adjustments(self) -> tuple[Adjustment, ...]:
        """What each adjustment of the weights did, in their order."""
        return adjustments_of(self._declared)
