"""Statistics by name, to be asked together: ``design.estimate([mean("y"), ratio("a", "b")])``."""

from __future__ import annotations

from collections.abc import Sequence

from irosurvey import _arguments, _core
from irosurvey._checked import checked
from irosurvey._core import Statistic

__all__ = ["Statistic", "mean", "proportion", "ratio", "total"]


@checked
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
    return _core.statistic("mean", [_arguments.named_column("variable", variable)])


@checked
def total(variable: str) -> Statistic:
    """The total of a column, as :meth:`irosurvey.Design.total` asks it; see :func:`mean`.

    Examples
    --------
    >>> import irosurvey
    >>> irosurvey.total("cases")
    T(cases)
    """
    return _core.statistic("total", [_arguments.named_column("variable", variable)])


@checked
def ratio(numerator: str, denominator: str) -> Statistic:
    """A ratio of two totals, as :meth:`irosurvey.Design.ratio` asks it; see :func:`mean`.

    Examples
    --------
    >>> import irosurvey
    >>> irosurvey.ratio("cases", "fte")
    T(cases) / T(fte)
    """
    return _core.statistic(
        "ratio",
        [
            _arguments.named_column("numerator", numerator),
            _arguments.named_column("denominator", denominator),
        ],
    )


@checked
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
    name = _arguments.named_column("variable", variable)
    if levels is None:
        return _core.statistic("proportion", [name])
    return _core.proportion(name, _arguments.values("levels", levels))
