"""Questions whose answers are computed from totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from irosurvey import _arguments, _core
from irosurvey._checked import checked_methods
from irosurvey._complaint import complaint
from irosurvey.design.asking import Asking
from irosurvey.design.options import Conventional, DfRule, MissingRule, Names, Options
from irosurvey.errors import ArgumentError
from irosurvey.levels import Asked, expressions_of, question_of, share_of
from irosurvey.parts import LevelValue, Reference
from irosurvey.result import Estimate, with_levels, with_levels_of_questions

__all__ = ["SumMethods"]


@checked_methods
class SumMethods(Asking):
    """Means, totals, shares, ratios, and whatever else is computed from totals."""

    def mean(
        self,
        variables: Names,
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
        r"""Means of one or more variables.

        :math:`\hat{\bar y} = \sum w_i y_i / \sum w_i` over the rows of the domain in which the
        variable isn't missing; variance by linearization.

        Parameters
        ----------
        variables
            A column or several.
        by
            Columns that divide the domain: one estimate for each level, or for each combination
            that occurs of several. A row with a missing value there is in no group. A labelled
            answer that nobody gave is a row with base 0.
        where
            The domain: the name of a boolean column, an SQL condition such as
            ``"caseload > 70 AND region = 3"``, or booleans one a row (NumPy, pandas, polars, Arrow,
            a list). Rows where it is missing are outside. Rows outside keep their place in the
            design. A column with value labels holds its codes; text stands in single quotes.
        missing
            ``"domain"``: rows with a missing value are outside the domain of that variable, and
            their sampling units stay. ``"listwise"``: rows with a missing value in any variable of
            the question leave the sample first. By default the design's conventions say:
            ``"domain"`` unless others were named.
        df
            By default the design's conventions say: ``"design"`` unless others were named.
            Degrees of freedom: ``"design"`` (sampling units that hold members of the domain, minus
            the strata that hold them), ``"domain-strata"``, ``"full-design"``, ``"infinite"``,
            ``"n-1"``, or a number.
        covariance
            Whether covariances between all estimates of the question are computed, as
            :meth:`Estimate.difference` needs. ``None``: if there can be at most 64 estimates.
        deff
            Simple random sample that design effects compare with: with replacement (``"wr"``) or
            without (``"wor"``); ``None`` computes none. By default the design's conventions say:
            ``"wr"`` unless others were named.
        level
            Confidence level of the intervals in tables and plots, on the scale 0-1.
        threads
            At most so many threads; 0 means one for each processor. The result is the same, bit for
            bit.

        Returns
        -------
        Estimate

        Raises
        ------
        ColumnError
            If a column doesn't exist or has the wrong type.
        ArgumentError
            If an argument has no meaning.
        SingletonError
            If a stratum has one sampling unit and the design names no rule for that.

        Examples
        --------
        >>> import irosurvey
        >>> data = {"region": ["N", "N", "S", "S"], "caseload": [64, 70, 81, 75]}
        >>> design = irosurvey.Design(data)
        >>> design.mean("caseload", by="region").estimate
        array([67., 78.])
        >>> float(design.mean("caseload", where="caseload > 70"))
        78.0
        """
        asked = [
            _core.statistic("mean", [name]) for name in _arguments.columns("variables", variables)
        ]
        return self._estimates(
            asked, Options(by, where, missing, df, covariance, deff, level, threads)
        )

    def total(
        self,
        variables: Names,
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
        r"""Totals of one or more variables in the population: :math:`\sum w_i y_i`.

        Parameters
        ----------
        variables
            A column or several.
        by, where, missing, df, covariance, deff, level, threads
            As in :meth:`mean`.

        Returns
        -------
        Estimate

        Examples
        --------
        >>> import irosurvey
        >>> data = {"children": [120, 80, 200], "N": [6, 6, 6]}
        >>> total = irosurvey.Design(data, fpc="N").total("children")
        >>> print(f"{float(total):.0f} ± {total.se[0]:.1f}")
        800 ± 149.7
        """
        asked = [
            _core.statistic("total", [name]) for name in _arguments.columns("variables", variables)
        ]
        return self._estimates(
            asked, Options(by, where, missing, df, covariance, deff, level, threads)
        )

    def proportion(
        self,
        variables: Names,
        levels: LevelValue | Sequence[LevelValue] | None = None,
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
        r"""Shares of the levels of one or more variables, on the scale 0-1.

        :math:`\hat p = \sum w_i [y_i = \ell] / \sum w_i`. Intervals are logit intervals unless
        another method is named.

        Parameters
        ----------
        variables
            A column or several. Each gives one share for every level; an answer that has a value
            label but that nobody gave has the share 0. A boolean column gives the share of true.
        levels
            Codes or value labels that count together: the share of rows with any of them.
        by, where, missing, df, covariance, deff, level, threads
            As in :meth:`mean`.

        Returns
        -------
        Estimate

        Examples
        --------
        >>> import irosurvey
        >>> design = irosurvey.Design({"prepares": ["always", "often", "never", "often"]})
        >>> design.proportion("prepares").estimate
        array([0.25, 0.25, 0.5 ])
        >>> float(design.proportion("prepares", ["always", "often"]))
        0.75
        """
        shares = [
            share_of(self.frame, name, levels)
            for name in _arguments.columns("variables", variables)
        ]
        asked = [share for share, _ in shares]
        result = self._estimates(
            asked, Options(by, where, missing, df, covariance, deff, level, threads)
        )
        return (
            result if shares[0][1] is None else with_levels(result, [named for _, named in shares])
        )

    def ratio(
        self,
        numerator: Names,
        denominator: Names,
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
        r"""Ratios of totals: :math:`\sum w_i y_i / \sum w_i x_i`.

        Parameters
        ----------
        numerator, denominator
            A column or several: pair by pair, or every numerator with one denominator.
        by, where, missing, df, covariance, deff, level, threads
            As in :meth:`mean`.

        Returns
        -------
        Estimate

        Examples
        --------
        >>> import irosurvey
        >>> design = irosurvey.Design({"cases": [60, 40, 80], "fte": [1.0, 0.5, 1.0]})
        >>> float(design.ratio("cases", "fte"))
        72.0
        """
        above, below = (
            _arguments.columns("numerator", numerator),
            _arguments.columns("denominator", denominator),
        )
        if len(below) == 1:
            below = below * len(above)
        if len(above) != len(below):
            raise complaint(
                ArgumentError,
                "denominator",
                expected=f"one column, or {len(above)}",
                found=str(len(below)),
            )
        asked = [_core.statistic("ratio", [y, x]) for y, x in zip(above, below, strict=True)]
        return self._estimates(
            asked, Options(by, where, missing, df, covariance, deff, level, threads)
        )

    def estimate(
        self,
        expressions: Asked | Sequence[Asked] | Mapping[str, Asked],
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
        r"""Any smooth functions of totals, written with :func:`irosurvey.T`.

        The variance is :math:`\nabla f^\top V \nabla f`, with `V` the design variance of the
        totals and exact derivatives.

        Parameters
        ----------
        expressions
            One, several, or several with the names they have in the result. Statistics by name
            (:func:`irosurvey.mean`, :func:`irosurvey.proportion`, …) may stand among them: what is
            asked in one call shares one covariance matrix.
        by, where, missing, df, covariance, deff, level, threads
            As in :meth:`mean`. A row that misses any of an expression's columns is missing for it;
            where a total has a domain of its own, of the rows in that domain.

        Returns
        -------
        Estimate

        Examples
        --------
        >>> import irosurvey
        >>> from irosurvey import T, log
        >>> design = irosurvey.Design({"cases": [60, 40, 80], "fte": [1.0, 0.5, 1.0]})
        >>> design.estimate(T("cases") / T("fte")).estimate
        array([72.])
        >>> logarithm = design.estimate({"log caseload": log(T("cases") / T("fte"))})
        >>> round(float(logarithm), 4)
        4.2767
        """
        shares = [question_of(self.frame, one, name) for name, one in expressions_of(expressions)]
        asked = [question for question, _ in shares]
        result = self._estimates(
            asked, Options(by, where, missing, df, covariance, deff, level, threads)
        )
        return with_levels_of_questions(result, [named for _, named in shares])

    def statistic(
        self,
        name: str,
        columns: Names,
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
        """A statistic by its name in the catalogue; what the other methods ask by theirs.

        Parameters
        ----------
        name
            In the catalogue: ``"mean"``, ``"total"``, ``"proportion"``, ``"ratio"``.
        columns
            As many as the statistic takes.
        by, where, missing, df, covariance, deff, level, threads
            As in :meth:`mean`.

        Returns
        -------
        Estimate

        Examples
        --------
        >>> import irosurvey
        >>> design = irosurvey.Design({"cases": [60, 40, 80], "fte": [1.0, 0.5, 1.0]})
        >>> float(design.statistic("ratio", ["cases", "fte"]))
        72.0
        """
        asked = [_core.statistic(name, _arguments.columns("columns", columns))]
        return self._estimates(
            asked, Options(by, where, missing, df, covariance, deff, level, threads)
        )
