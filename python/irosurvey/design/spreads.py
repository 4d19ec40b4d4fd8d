"""Questions about how variables vary, alone and together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from irosurvey import _arguments, _core
from irosurvey._checked import checked_methods
from irosurvey.design.asking import Asking
from irosurvey.design.options import Conventional, DfRule, MissingRule, Names, Options
from irosurvey.parts import Reference
from irosurvey.result import Estimate

__all__ = ["SpreadMethods"]


@checked_methods
class SpreadMethods(Asking):
    """Variances, standard deviations, covariances, correlations, geometric means."""

    def variance(
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
        r"""Variances of one or more variables.

        :math:`\frac{n}{n-1} \sum w (y - \bar y)^2 / \sum w`, where
        :math:`\bar y` is the weighted mean, n the rows of the domain. Powers are taken about the
        middle of each group: an offset costs no digits.

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
        >>> design = irosurvey.Design({"y": [1e9 + 2, 1e9 + 4, 1e9 + 9]})
        >>> float(design.variance("y"))
        13.0
        """
        asked = [[name] for name in _arguments.columns("variables", variables)]
        return self._spread(
            "variance", asked, Options(by, where, missing, df, covariance, deff, level, threads)
        )

    def sd(
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
        r"""Standard deviations of one or more variables.

        :math:`\sqrt{\frac{n}{n-1} \sum w (y - \bar y)^2 / \sum w}`, where
        :math:`\bar y` is the weighted mean, n the rows of the domain. Powers are taken about the
        middle of each group: an offset costs no digits.

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
        >>> design = irosurvey.Design({"y": [1e9 + 2, 1e9 + 4, 1e9 + 9]})
        >>> round(float(design.sd("y")), 4)
        3.6056
        """
        asked = [[name] for name in _arguments.columns("variables", variables)]
        return self._spread(
            "sd", asked, Options(by, where, missing, df, covariance, deff, level, threads)
        )

    def covariance(
        self,
        x: str,
        y: str,
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
        r"""Covariance of two variables.

        :math:`\frac{n}{n-1} \sum w (x - \bar x)(y - \bar y) / \sum w`, n the rows of the domain.

        Parameters
        ----------
        x, y
            Columns. The base is the rows that have both.
        by, where, missing, df, covariance, deff, level, threads
            As in :meth:`mean`.

        Returns
        -------
        Estimate

        Examples
        --------
        >>> import irosurvey
        >>> design = irosurvey.Design({"x": [1, 2, 3, 4], "y": [2, 4, 5, 9]})
        >>> round(float(design.covariance("x", "y")), 4)
        3.6667
        """
        asked = [[*_arguments.columns("x", x), *_arguments.columns("y", y)]]
        return self._spread(
            "covariance", asked, Options(by, where, missing, df, covariance, deff, level, threads)
        )

    def correlation(
        self,
        x: str,
        y: str,
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
        r"""Correlation of two variables: the covariance over both standard deviations.

        Parameters
        ----------
        x, y
            Columns. The base is the rows that have both.
        by, where, missing, df, covariance, deff, level, threads
            As in :meth:`mean`.

        Returns
        -------
        Estimate

        Examples
        --------
        >>> import irosurvey
        >>> design = irosurvey.Design({"x": [1, 2, 3, 4], "y": [2, 4, 5, 9]})
        >>> round(float(design.correlation("x", "y")), 4)
        0.9648
        """
        asked = [[*_arguments.columns("x", x), *_arguments.columns("y", y)]]
        return self._spread(
            "correlation", asked, Options(by, where, missing, df, covariance, deff, level, threads)
        )

    def geometric_mean(
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
        r"""Geometric means: :math:`\exp(\sum w \log y / \sum w)`.

        Parameters
        ----------
        variables
            A column or several, above 0 in every row of the domain.
        by, where, missing, df, covariance, deff, level, threads
            As in :meth:`mean`.

        Returns
        -------
        Estimate

        Raises
        ------
        NumericalError
            With the row, for a number that isn't above 0.

        Examples
        --------
        >>> import irosurvey
        >>> round(float(irosurvey.Design({"y": [1, 10, 100]}).geometric_mean("y")), 10)
        10.0
        """
        asked = [[name] for name in _arguments.columns("variables", variables)]
        return self._spread(
            "geometric mean",
            asked,
            Options(by, where, missing, df, covariance, deff, level, threads),
        )

    def _spread(self, kind: str, variables: Sequence[Sequence[str]], options: Options) -> Estimate:
        """One spread of each variable, or of each pair of them."""
        about = self._about_columns([name for columns in variables for name in columns], options)
        return about.estimate(_core.spreads(self._declared, kind, variables, about.core))
