"""Statistics as expressions of weighted totals: ``T("caseload") / T("fte")``."""

from __future__ import annotations

from collections.abc import Sequence

from irosurvey import _core
from irosurvey._core import Expr

__all__ = ["Expr", "T", "exp", "log", "sqrt"]


def T(  # noqa: N802 - the field writes totals as T
    variable: str | int, levels: Sequence[bool | int | float | str] | None = None
) -> Expr:
    r"""Weighted total of a variable: :math:`T(y) = \sum_i w_i y_i`.

    Expressions of totals are built with ``+ - * /``, numbers, ``** number``, and :func:`log`,
    :func:`exp` and :func:`sqrt`. Every statistic of this package is such an expression; its
    variance is found by exact derivatives. Pass one to :meth:`irosurvey.Design.estimate`.

    Parameters
    ----------
    variable
        Name of a column, or a constant: ``T(1)`` is the sum of the weights.
    levels
        If given, the weighted number of rows in which the column takes one of these values.

    Returns
    -------
    Expr

    Examples
    --------
    >>> from irosurvey import T, log
    >>> T("caseload") / T("fte")
    T(caseload) / T(fte)
    >>> log(T("caseload") / T(1))
    log(T(caseload) / T(1))
    >>> T("monitoring", [1, 2]) / T(1)
    T(monitoring in {1, 2}) / T(1)
    """
    if isinstance(variable, str):
        return _core.total(variable) if levels is None else _core.total(variable, list(levels))
    return _core.total(variable)


def log(expression: Expr) -> Expr:
    """Natural logarithm of an expression of totals.

    Examples
    --------
    >>> from irosurvey import T, log
    >>> log(T("y"))
    log(T(y))
    """
    return _core.log(expression)


def exp(expression: Expr) -> Expr:
    """Exponential of an expression of totals.

    Examples
    --------
    >>> from irosurvey import T, exp
    >>> exp(T("y"))
    exp(T(y))
    """
    return _core.exp(expression)


def sqrt(expression: Expr) -> Expr:
    """Square root of an expression of totals.

    Examples
    --------
    >>> from irosurvey import T, sqrt
    >>> sqrt(T("y"))
    sqrt(T(y))
    """
    return _core.sqrt(expression)
