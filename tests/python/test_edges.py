"""Questions at the edges: where signs change, sums round and numbers vanish."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from irosurvey import ArgumentError, Design, NumericalError, T

# ---- numbers ----


def clustered(seed: int = 7) -> tuple[dict[str, Any], Design]:
    """Eight schools in two strata, whose pupils lie on either side of any mean."""
    random = np.random.default_rng(seed)
    n = 24
    data = {
        "s": np.repeat([1, 2, 3], n // 3),
        "u": np.repeat(np.arange(n // 2), 2),
        "w": random.uniform(1, 3, n),
        "g": np.resize(["a", "b", "c"], n),
        "h": random.integers(1, 3, n),
        "y": random.normal(10, 2, n),
        "one": np.ones(n),
    }
    return data, Design(data, "w", "s", "u")


def test_a_variance_has_a_value_in_replicates_in_which_a_deviation_changes_its_sign() -> None:
    data, design = clustered()
    jackknife = design.with_replicates("JKn")

    def variance(weights: np.ndarray, rows: np.ndarray) -> float:
        y, w, n = data["y"][rows], weights[rows], rows.sum()
        return float(np.average((y - np.average(y, weights=w)) ** 2, weights=w) * n / (n - 1))

    found = jackknife.variance("y", by="g")
    for place, group in enumerate("abc"):
        rows = data["g"] == group
        full = variance(data["w"], rows)
        changes = [
            variance(jackknife.replicate_weights(r), rows) - full
            for r in range(jackknife.replicates)
        ]
        # Every stratum has four units: each square counts 3/4.
        assert found.se[place] == pytest.approx(np.sqrt(0.75 * np.square(changes).sum()))


def test_a_power_of_what_becomes_negative_has_a_value() -> None:
    data = {"y": [-3.0, 1.0, 1.0, 2.0]}
    jackknife = Design(data).with_replicates("JK1")
    square = jackknife.estimate((T("y") / T(1)) ** 2)
    means = [np.mean(np.delete(data["y"], r)) for r in range(4)]
    assert min(means) < 0 < max(means)
    changes = np.square(means) - np.mean(data["y"]) ** 2
    assert square.variance[0] == pytest.approx(0.75 * np.square(changes).sum())


def test_the_distribution_function_ends_at_1() -> None:
    """The shares of all intervals add up to 1.0000000000000002 in some of these."""
    for seed in range(100):
        random = np.random.default_rng(seed)
        n = int(random.integers(3, 40))
        design = Design({"y": random.normal(size=n), "w": random.uniform(0.1, 9, n)}, "w")
        cdf = design.cdf("y", [-100.0, *np.sort(random.normal(size=6)), 100.0])
        assert cdf.estimate[0] == 0.0
        assert cdf.estimate[-1] <= 1.0
        assert cdf.estimate[-1] == pytest.approx(1.0, abs=1e-15)
        lower, upper = cdf.interval()
        assert ((lower <= cdf.estimate) & (cdf.estimate <= upper)).all()


def test_a_histogram_of_billions_of_bins_is_refused_before_memory_is_gone() -> None:
    with pytest.raises(ArgumentError, match="bins of a histogram: expected from 1 to 10000"):
        Design({"y": [1.0, 2.0, 3.0]}).histogram("y", 2**31)


def test_an_interquartile_range_without_degrees_of_freedom_has_no_standard_error() -> None:
    data, _ = clustered()
    alone = Design({**data, "u": data["one"]}, "w", None, "u", singleton="remove")
    found = alone.iqr("y")
    assert found.status == ("ok",)
    assert np.isnan(found.se).all()
    assert (found.interval().lower[0], found.interval().upper[0]) == (-np.inf, np.inf)
    assert "∞" in repr(found) or "inf" in repr(found)


@pytest.mark.parametrize("scale", [1e-160, 1e-170, 1e-300])
def test_numbers_whose_squares_vanish_are_no_constants(scale: float) -> None:
    _, design = clustered()
    tiny = design.with_columns({"tiny": design.frame["y"].to_numpy() * scale})
    with pytest.raises(NumericalError, match="Scale the column or the weights nearer to 1"):
        tiny.mean("tiny")
    still = design.with_columns({"small": design.frame["y"].to_numpy() * 1e-140})
    assert still.mean("small").se[0] == pytest.approx(design.mean("y").se[0] * 1e-140)
