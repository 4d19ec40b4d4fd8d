"""Controlled rounding: multiples near to the counts whose sums hold, by integer programming."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from irosurvey._complaint import complaint
from irosurvey.errors import NumericalError
from irosurvey.tables.rounding import draw

__all__ = ["solve"]

_FURTHER = 1000.0
"""Cost of every step beyond the two multiples about a count, against at most 1 within them."""


def solve(
    counts: Mapping[str, float],
    relations: Sequence[tuple[str, Sequence[str]]],
    base: int,
    seed: int,
) -> dict[str, float]:
    """See :func:`irosurvey.tables.rounding.controlled_rounding`.

    With m the lower of the two multiples about a count and r what is left above it, in units of
    the base, the rounded count is m + z: the programme finds whole z >= -m that satisfy every
    relation at the least sum of costs. z = 0 and z = 1 cost 0 where the random rounding of the
    count says so and up to 1 else; other z cost 1,000 for every step.
    """
    import highspy

    names = sorted(counts)
    place = {name: at for at, name in enumerate(names)}
    lower = np.array([math.floor(counts[name] / base + 1e-9) for name in names], dtype=float)
    left = np.array([counts[name] / base for name in names]) - lower
    left[np.abs(left) < 1e-9] = 0.0
    model = highspy.Highs()  # type: ignore[no-untyped-call]
    model.setOptionValue("output_flag", False)
    model.setOptionValue("threads", 1)
    model.setOptionValue("random_seed", 0)
    model.setOptionValue("mip_rel_gap", 0.0)
    # Each z is a step within {0, 1}, and steps up and down beyond.
    for at, name in enumerate(names):
        chosen = draw(seed, name) < left[at]
        cost = -left[at] - 1e-3 if chosen else 1.0 - left[at] + 1e-3
        within = 1.0 if left[at] > 0.0 else 0.0
        model.addVar(0.0, within)
        model.changeColCost(3 * at, cost)
        model.addVar(0.0, float("inf"))
        model.changeColCost(3 * at + 1, _FURTHER)
        model.addVar(0.0, max(float(lower[at]), 0.0))
        model.changeColCost(3 * at + 2, _FURTHER)
        for part in range(3):
            model.changeColIntegrality(3 * at + part, highspy.HighsVarType.kInteger)
    for whole, parts in relations:
        terms: dict[int, float] = {}
        for name, sign in ((whole, 1.0), *((part, -1.0) for part in parts)):
            for part, own in ((0, 1.0), (1, 1.0), (2, -1.0)):
                terms[3 * place[name] + part] = sign * own
        right = float(sum(lower[place[part]] for part in parts) - lower[place[whole]])
        columns = np.array(list(terms), dtype=np.int32)
        model.addRow(right, right, len(columns), columns, np.array(list(terms.values())))
    model.run()
    if model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise complaint(
            NumericalError,
            "controlled rounding",
            expected="multiples of the base that add up",
            found=model.modelStatusToString(model.getModelStatus()),
            remedy='Round to the nearest multiple: rounding="nearest".',
        )
    values = np.round(np.array(model.getSolution().col_value))
    return {
        name: float(base * (lower[at] + values[3 * at] + values[3 * at + 1] - values[3 * at + 2]))
        for at, name in enumerate(names)
    }
