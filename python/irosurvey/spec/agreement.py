"""Whether a computed figure is the printed one: exact decimal arithmetic, no tolerance of ours."""

from __future__ import annotations

import decimal
import math
import re
from dataclasses import dataclass
from decimal import Decimal

__all__ = ["Printed", "agrees", "beside", "printed", "unreadable"]

_FIGURE = re.compile(
    r"(?P<below><\s*)?(?P<sign>[-+−]?)(?P<digits>\d+\.?\d*|\.\d+)(?:[eE](?P<power>[-+−]?\d{1,3}))?",
    re.ASCII,
)
_MOST_DIGITS = 60

# A double has at most 767 digits and powers within ±324; printed figures have no more than 60
# digits and powers within ±999. All sums and products of the rule are exact in this.
_EXACT = decimal.Context(prec=4000, traps=[decimal.Inexact, decimal.InvalidOperation])


@dataclass(frozen=True)
class Printed:
    """A printed figure: its value, half a unit of its last digit, and whether it is a bound.

    `half` is a power of ten times 5: half of what the last printed digit counts.
    """

    value: Decimal
    half: Decimal
    below: bool


def unreadable(text: str) -> str:
    """What is wrong with a printed figure; nothing if it can be read."""
    match = _FIGURE.fullmatch(text.strip())
    if match is None:
        commas = " (a comma stands in it: leave it out)" if re.search(r"\d,\d", text) else ""
        return f'"{text}"{commas}'
    if len(match["digits"]) > _MOST_DIGITS:
        return f"a number of {len(match['digits'])} digits"
    return ""


def printed(text: str) -> Printed:
    """Read a figure as it is printed: `0.50`, `.0123`, `5.62e+07`, `-3`, `<0.0001`."""
    match = _FIGURE.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    sign = "-" if match["sign"] in ("-", "−") else ""
    power = (match["power"] or "0").replace("−", "-")
    value = Decimal(f"{sign}{match['digits']}e{power}")
    decimals = len(match["digits"].partition(".")[2])
    return Printed(value, Decimal((0, (5,), int(power) - decimals - 1)), bool(match["below"]))


def agrees(
    computed: float, figure: Printed, *, unit: float = 1.0, tolerance: float | None = None
) -> bool:
    """Whether a computed number, divided by the unit, is the printed figure.

    Parameters
    ----------
    computed
        Before the division by `unit`.
    figure
        The printed figure.
    unit
        What the number is divided by. The comparison multiplies the printed figure instead, which
        is exact.
    tolerance
        A bound relative to the printed figure, in the place of half a unit of its last digit.

    Returns
    -------
    bool
        The number is within half a unit of the last printed digit; both ends agree, so that a tie
        may have been rounded either way. A figure such as ``<0.0001`` agrees with whatever is
        below.

    Notes
    -----
    A double stands for its own value and for the shortest decimal that is nearest to it, which is
    what it prints as. So 0.145, stored as 0.14499999999999999, is a tie between 0.14 and 0.15, as
    it is on paper.
    """
    if not math.isfinite(computed):
        return False
    computed = float(computed)
    with decimal.localcontext(_EXACT):
        factor = Decimal(repr(float(unit)))
        value = figure.value * factor
        numbers = (Decimal(repr(computed)), Decimal(computed))
        if figure.below:
            return any(number < value for number in numbers)
        bound = figure.half * factor
        if tolerance is not None:
            bound = Decimal(repr(float(tolerance))) * abs(value)
        return any(abs(number - value) <= bound for number in numbers)


def beside(computed: float, figure: Printed, unit: float = 1.0) -> str:
    """A computed number as it is shown beside a printed one: with three digits more."""
    value = computed / unit
    if not math.isfinite(value):
        return "no estimate" if math.isnan(value) else f"{value}"
    last = int(figure.half.as_tuple().exponent) + 1 - 3
    exact = Decimal(repr(value))
    if exact.adjusted() - last > 25 or exact.adjusted() < last:
        return f"{value:.6g}"
    with decimal.localcontext(_EXACT) as context:
        context.traps[decimal.Inexact] = False
        shown = exact.quantize(Decimal((0, (1,), min(last, 0))))
    return f"{shown:f}"
