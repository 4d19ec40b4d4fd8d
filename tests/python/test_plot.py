"""The picture of a result, read back from its axes."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

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
