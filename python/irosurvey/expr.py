"""Statistics as expressions of weighted totals: ``T("caseload") / T("fte")``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from irosurvey import _core
from irosurvey._core import Expr

_Levels: TypeAlias = bool | int | float | str | Sequence[bool | int | float | str]

__all__ = ["Expr", "T", "exp", "log", "sqrt"]


def T(  # noqa: N802 - the field writes totals as T
    variable: str | int,
    levels: Sequence[bool | int | float | str] | None = None,
    *,
    within: Mapping[str, _Levels] | None = None,
    where: str | None = None,
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
        If given, the weighted number of rows in which the column takes one of these codes or value
        labels.
    within
        A domain of the total's own: columns, and the code or value label, or several, that a row
        in it has. Rows outside, or with a missing value there, contribute 0, whatever `variable`
        is or if it is missing.
    where
        The same, as the name of a boolean column or an SQL condition (as in
        :meth:`irosurvey.Design.mean`). For a mask, put it into the data: ``design.with_columns``.

    Returns
    -------
    Expr
        Its method ``within(domain, where=…)`` takes every total of an expression within a domain.

    Examples
    --------
    >>> from irosurvey import T, log
    >>> T("caseload") / T("fte")
    T(caseload) / T(fte)
    >>> log(T("caseload") / T(1))
    log(T(caseload) / T(1))
    >>> T("monitoring", [1, 2]) / T(1)
    T(monitoring in {1, 2}) / T(1)
    >>> T("caseload", within={"region": [3, 7]}) / T(1)
    T(caseload within region in {3, 7}) / T(1)
    >>> (T("caseload") / T(1)).within({"region": 7})
    T(caseload within region = 7) / T(1 within region = 7)
    >>> T(1, where="caseload > 70")
    T(1 within (caseload > 70))
    """
    if isinstance(variable, str):
        total = _core.total(variable) if levels is None else _core.total(variable, list(levels))
    else:
        total = _core.total(variable)
    return total.within(within or {}, where=where) if within or where else total


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
