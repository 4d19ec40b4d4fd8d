"""Statistics as expressions of weighted totals: ``T("caseload") / T("fte")``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import TypeAlias

from irosurvey import _arguments, _core
from irosurvey._checked import checked
from irosurvey._core import Expr

_Levels: TypeAlias = bool | int | float | str | Sequence[bool | int | float | str]

__all__ = ["Expr", "T", "exp", "log", "sqrt"]


@checked
def T(  # noqa: N802 - the field writes totals as T
    variable: str | int,
    levels: _Levels | None = None,
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
    if isinstance(variable, Real):
        total = _core.total(_arguments.whole("variable", variable, most=2**31 - 1))
    else:
        name = _arguments.named_column("variable", variable)
        total = (
            _core.total(name)
            if levels is None
            else _core.total(name, _arguments.values("levels", levels))
        )
    return total.within(within or {}, where=where) if within or where else total


@checked
def log(expression: Expr) -> Expr:
    """Natural logarithm of an expression of totals.

    Examples
    --------
    >>> from irosurvey import T, log
    >>> log(T("y"))
    log(T(y))
    """
    return _core.log(expression)


@checked
def exp(expression: Expr) -> Expr:
    """Exponential of an expression of totals.

    Examples
    --------
    >>> from irosurvey import T, exp
    >>> exp(T("y"))
    exp(T(y))
    """
    return _core.exp(expression)


@checked
def sqrt(expression: Expr) -> Expr:
    """Square root of an expression of totals.

    Examples
    --------
    >>> from irosurvey import T, sqrt
    >>> sqrt(T("y"))
    sqrt(T(y))
    """
    return _core.sqrt(expression)
