"""Rounding that protects: to the nearest multiple, at random, or so that tables still add up."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

__all__ = ["nearest", "philox", "random_rounding", "to_decimals"]

_MULTIPLIERS = 0xD2511F53, 0xCD9E8D57
_WEYL = 0x9E3779B9, 0xBB67AE85  # golden ratio, √3 − 1
_WORD = 0xFFFFFFFF


def philox(counter: Sequence[int], key: Sequence[int]) -> tuple[int, int, int, int]:
    """Four random words of 32 bits for every counter: Philox4x32-10.

    The generator of the design's replicates (Salmon, Moraes, Dror and Shaw 2011): what is drawn
    depends on who asks, not on when.

    Parameters
    ----------
    counter
        Four words.
    key
        Two words.

    Examples
    --------
    >>> from irosurvey.tables.rounding import philox
    >>> [f"{word:08x}" for word in philox((0, 0, 0, 0), (0, 0))]
    ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']
    """
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        a, b = _MULTIPLIERS[0] * c0, _MULTIPLIERS[1] * c2
        c0, c1, c2, c3 = (b >> 32) ^ c1 ^ k0, b & _WORD, (a >> 32) ^ c3 ^ k1, a & _WORD
        k0, k1 = (k0 + _WEYL[0]) & _WORD, (k1 + _WEYL[1]) & _WORD
    return c0, c1, c2, c3


def draw(seed: int, identity: str) -> float:
    """A number in [0, 1) that belongs to a seed and to what is drawn for, with 53 random bits."""
    digest = hashlib.blake2b(identity.encode(), digest_size=16).digest()
    counter = [int.from_bytes(digest[place : place + 4], "little") for place in range(0, 16, 4)]
    high, low, _, _ = philox(counter, (seed & _WORD, seed >> 32))
    return ((high << 32 | low) >> 11) * 2.0**-53


def nearest(value: float, base: int) -> float:
    """The nearest multiple of a base; halves away from nought.

    Examples
    --------
    >>> from irosurvey.tables.rounding import nearest
    >>> nearest(14, 10), nearest(15, 10), nearest(-15, 10)
    (10.0, 20.0, -20.0)
    """
    if not math.isfinite(value):
        return value
    return math.copysign(to_decimals(abs(value) / base, 0) * base, value) + 0.0


def to_decimals(value: float, decimals: int) -> float:
    """A number to so many decimals as a person rounds it: halves away from nought.

    The last three of a double's digits are taken for noise: 100 x 0.285 is 28.5, and reads 29.

    Examples
    --------
    >>> from irosurvey.tables.rounding import to_decimals
    >>> to_decimals(100 * 0.285, 0), round(100 * 0.285)
    (29.0, 28)
    """
    if not math.isfinite(value):
        return value
    exact = Decimal(f"{value:.13g}")
    return float(exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)) + 0.0


def random_rounding(value: float, base: int, seed: int, identity: str) -> float:
    r"""One of the two multiples of a base about a number, the nearer with the greater chance.

    With r what is left above the lower multiple, the upper one is taken with probability r / base:
    on average over seeds the number itself comes out, so the rounding is unbiased. A multiple stays
    what it is.

    Parameters
    ----------
    value
        What is rounded.
    base
        3 and 5 are usual.
    seed
        The same count is rounded the same way wherever it stands, as long as this is the same.
    identity
        What the number is: the text of a count's key.

    Examples
    --------
    >>> from irosurvey.tables.rounding import random_rounding
    >>> [random_rounding(7, 5, seed, "region=1") for seed in range(6)]
    [5.0, 10.0, 5.0, 10.0, 10.0, 10.0]
    """
    if not math.isfinite(value):
        return value
    lower = math.floor(value / base)
    left = value / base - lower
    return float(base * (lower + (draw(seed, identity) < left)))


def controlled_rounding(
    counts: Mapping[str, float],
    relations: Sequence[tuple[str, Sequence[str]]],
    base: int,
    seed: int,
) -> dict[str, float]:
    r"""Multiples of a base near to the counts, whose sums hold.

    Every number goes to one of the two multiples about it, as few as possible further off, so that
    each total is the sum of its parts; among those that do, the one nearest to a random rounding
    (Cox 1987 shows that one exists for every table of two dimensions). Found as a whole-number
    programme.

    Parameters
    ----------
    counts
        By name.
    relations
        A total and its parts, which add up to it.
    base
        To multiples of this.
    seed
        Of the random rounding that it is near to.

    Returns
    -------
    dict
        By name.

    Raises
    ------
    NumericalError
        If no whole numbers near to the counts add up: relations that contradict the counts.
    """
    from irosurvey.tables.controlled import solve

    return solve(counts, relations, base, seed)
