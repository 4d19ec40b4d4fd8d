"""The picture of a result, read back from its axes."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

import irosurvey
from irosurvey import Design, Estimate, Frame


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def design() -> Design:
    random = np.random.default_rng(8)
    rows = 300
    frame = Frame(
        {
            "region": random.integers(1, 4, rows),
            "kind": random.choice(["unitary", "county"], rows),
            "answer": random.integers(1, 5, rows),
            "many": random.integers(0, 9, rows),
            "y": random.normal(70, 10, rows),
        },
        label="SYNTHETIC answers",
    )
    labels = {1: "North", 2: "Midlands", 3: "South", 4: "Nowhere"}
    region = frame["region"].with_notes(label="Region", value_labels=labels)
    return Design(frame.with_column(region))


def dots(axes: Axes) -> np.ndarray:
    return np.concatenate([line.get_xdata() for line in axes.lines if line.get_marker() != "None"])


def segments(axes: Axes) -> np.ndarray:
    """Lower and upper end of every interval drawn."""
    drawn = [
        [segment[0, 0], segment[1, 0]]
        for collection in axes.collections
        if isinstance(collection, LineCollection)
        for segment in collection.get_segments()
    ]
    return np.array(drawn)


def lines_of(axes: Axes) -> list[str]:
    return [label.get_text() for label in axes.get_yticklabels()]


def assert_drawn(axes: Axes, result: Estimate, **interval: object) -> None:
    known = np.isfinite(result.estimate)
    assert sorted(dots(axes)) == pytest.approx(sorted(result.estimate[known]))
    lower, upper = result.interval(**interval)
    drawn = segments(axes)
    assert sorted(drawn[:, 0]) == pytest.approx(sorted(lower[known]))
    assert sorted(drawn[:, 1]) == pytest.approx(sorted(upper[known]))


def test_dots_and_intervals_stand_beside_their_labels_and_bases(design: Design) -> None:
    result = design.mean("y", by="region")
    axes = result.plot()
    assert_drawn(axes, result)
    expected = [
        f"{name}  (n = {n:,})"
        for name, n in zip(["North", "Midlands", "South", "Nowhere"], result.n, strict=True)
    ]
    assert lines_of(axes) == expected
    top_to_bottom = axes.get_ylim()
    assert top_to_bottom[0] > top_to_bottom[1]  # the first row is on top
    assert axes.get_title(loc="left") == "Mean of y, by Region"
    assert axes.get_xlabel() == "estimate and 95% interval\nSYNTHETIC answers"
    assert [text.get_text() for text in axes.texts] == ["no estimate"]


def test_level_and_method_are_followed(design: Design) -> None:
    result = design.proportion("answer")
    axes = result.plot(level=0.8, method="beta")
    assert_drawn(axes, result, level=0.8, method="beta")
    assert axes.get_xlabel().startswith("estimate and 80% interval")
    assert all(label.get_text().endswith("%") for label in axes.get_xticklabels())


def test_a_second_key_is_a_colour_with_a_legend(design: Design) -> None:
    result = design.mean("y", by=["region", "kind"])
    axes = result.plot()
    assert_drawn(axes, result)
    assert lines_of(axes) == ["North", "Midlands", "South"]
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["county", "unitary"]
    shares = design.proportion("answer", by="region")
    axes = shares.plot()
    assert_drawn(axes, shares)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["1", "2", "3", "4"]


def test_more_colours_than_can_be_told_apart_become_lines(design: Design) -> None:
    result = design.mean("y", by=["kind", "many"])
    axes = result.plot()
    assert_drawn(axes, result)
    assert len(lines_of(axes)) == len(result) == 18
    assert lines_of(axes)[0].startswith("county · 0")
    assert axes.get_legend() is None


def test_differences_show_where_zero_is(design: Design) -> None:
    gaps = design.mean("y", by="kind").difference("kind")
    axes = gaps.plot()
    assert any(list(line.get_xdata()) == [0.0, 0.0] for line in axes.lines)


def test_one_number_has_a_picture(design: Design) -> None:
    axes = design.mean("y").plot()
    assert lines_of(axes) == ["y  (n = 300)"]


def test_an_interval_without_end_is_dotted() -> None:
    result = Design({"psu": [1, 1], "y": [1.0, 3.0]}, clusters="psu", singleton="remove").mean("y")
    axes = result.plot()
    assert len(segments(axes)) == 0
    assert any(line.get_linestyle() == ":" for line in axes.lines)


def test_it_draws_where_it_is_told(design: Design) -> None:
    _, (left, right) = plt.subplots(ncols=2)
    assert design.mean("y", by="region").plot(ax=right) is right
    assert not left.lines


def test_nothing_is_cut_off(design: Design) -> None:
    figure = design.mean("y", by=["kind", "many"]).plot().figure
    figure.canvas.draw()
    width, height = figure.canvas.get_width_height()
    for label in figure.axes[0].get_yticklabels():
        box = label.get_window_extent()
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= width
        assert box.y1 <= height


# ---- other kinds ----


def test_bars_have_the_result_s_numbers_as_percentages(design: Design) -> None:
    shares = design.proportion("answer", by="region")
    axes = shares.plot("bar")
    widths = sorted(bar.get_width() for bar in axes.patches)
    known = np.isfinite(shares.estimate)
    assert widths == pytest.approx(sorted(100 * shares.estimate[known]))
    lower, upper = shares.interval()
    drawn = segments(axes)
    assert sorted(drawn[:, 0]) == pytest.approx(sorted(100 * lower[known]))
    assert sorted(drawn[:, 1]) == pytest.approx(sorted(100 * upper[known]))
    assert lines_of(axes) == ["North", "Midlands", "South", "Nowhere"]
    assert "no estimate" in [text.get_text() for text in axes.texts]


def test_a_scale_is_stacked_to_a_hundred(design: Design) -> None:
    axes = design.proportion("answer", by="region").plot("likert")
    by_row: dict[float, float] = {}
    for bar in axes.patches:
        by_row[bar.get_y()] = by_row.get(bar.get_y(), 0.0) + bar.get_width()
    assert list(by_row.values()) == pytest.approx([100.0] * 3)
    alone = design.proportion("answer").plot("likert")
    assert len(alone.patches) == 4
    assert lines_of(alone) == ["answer"]


def test_a_cross_tab_has_a_picture(design: Design) -> None:
    table = design.crosstab("region", "answer")
    axes = table.plot()
    shares = table.row_shares
    assert len([bar for bar in axes.patches if bar.get_width() > 0]) == 4 * 4
    assert lines_of(axes)[-1] == "Total"
    first = 100 * shares.estimate.reshape(5, 5)[0, 0]
    assert axes.patches[0].get_width() == pytest.approx(first)
    across = table.plot("dot", percent="column")
    assert lines_of(across) == ["1", "2", "3", "4", "Total"]
    assert across.get_legend() is not None
    with pytest.raises(irosurvey.ArgumentError, match="layer"):
        design.crosstab("region", "answer", "kind").plot()


def test_a_histogram_is_drawn_as_one(design: Design) -> None:
    bars = design.histogram("y", 6)
    axes = bars.plot()
    assert [bar.get_height() for bar in axes.patches] == pytest.approx(list(100 * bars.estimate))
    assert [bar.get_width() for bar in axes.patches] == [1.0] * 6


def test_lines_over_time(design: Design) -> None:
    means = design.mean("y", by=["many", "kind"])
    axes = means.plot("time")
    drawn = [line for line in axes.lines if line.get_marker() in "os"]
    assert len(drawn) == 2
    assert list(drawn[0].get_xdata()) == list(range(9))


def test_quantiles_keep_their_limits_and_a_kind_has_a_name(design: Design) -> None:
    medians = design.median("y", by="region")
    axes = medians.plot("bar")
    known = np.isfinite(medians.estimate)
    assert sorted(segments(axes)[:, 0]) == pytest.approx(sorted(medians.lower[known]))
    with pytest.raises(irosurvey.ArgumentError, match="Did you mean 'time'"):
        medians.plot("times")


def test_a_dollar_sign_is_a_dollar_sign() -> None:
    data = {"what": ["$x$", "$y$"] * 5, "y": np.arange(10.0)}
    for kind in ("dot", "bar"):
        axes = Design(data).mean("y", by="what").plot(kind)
        axes.figure.canvas.draw()
        assert all(not label.get_parse_math() for label in axes.get_yticklabels())
