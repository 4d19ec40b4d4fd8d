"""Statistics by name, to be asked together: ``design.estimate([mean("y"), ratio("a", "b")])``."""

from __future__ import annotations

from collections.abc import Sequence

from irosurvey import _core
from irosurvey._core import Statistic

__all__ = ["Statistic", "mean", "proportion", "ratio", "total"]


def mean(variable: str) -> Statistic:
    """The mean of a column, as :meth:`irosurvey.Design.mean` asks it.

    What is asked in one call of :meth:`irosurvey.Design.estimate` shares one covariance matrix.

    Examples
    --------
    >>> import irosurvey
    >>> from irosurvey import T, mean, ratio
    >>> design = irosurvey.Design({"cases": [60, 40, 80], "fte": [1.0, 0.5, 1.0]})
    >>> both = design.estimate([mean("cases"), ratio("cases", "fte"), T("fte") / T(1)])
    >>> both.estimate.round(2), both.covariance.shape
    (array([60.  , 72.  ,  0.83]), (3, 3))
    """
    return _core.statistic("mean", [variable])


def total(variable: str) -> Statistic:
    """The total of a column, as :meth:`irosurvey.Design.total` asks it; see :func:`mean`.

    Examples
    --------
    >>> import irosurvey
    >>> irosurvey.total("cases")
    T(cases)
    """
    return _core.statistic("total", [variable])


def ratio(numerator: str, denominator: str) -> Statistic:
    """A ratio of two totals, as :meth:`irosurvey.Design.ratio` asks it; see :func:`mean`.

    Examples
    --------
    >>> import irosurvey
    >>> irosurvey.ratio("cases", "fte")
    T(cases) / T(fte)
    """
    return _core.statistic("ratio", [numerator, denominator])


def proportion(
    variable: str,
    levels: bool | int | float | str | Sequence[bool | int | float | str] | None = None,
) -> Statistic:
    """Shares of the levels of a column, as :meth:`irosurvey.Design.proportion` asks them.

    Parameters
    ----------
    variable
        A column. Without `levels` it gives one share for every level (of a boolean: of true).
    levels
        Codes or value labels that count together.

    Examples
    --------
    >>> import irosurvey
    >>> irosurvey.proportion("monitoring"), irosurvey.proportion("monitoring", [1, 2])
    (proportion(monitoring), T(monitoring in {1, 2}) / T(1))
    """
    if levels is None:
        return _core.statistic("proportion", [variable])
    several = [levels] if isinstance(levels, bool | int | float | str) else list(levels)
    return _core.proportion(variable, several)
