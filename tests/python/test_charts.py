"""Charts of published tables: what is drawn, what is said of it, and what isn't there."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

import irosurvey
from irosurvey import _core
from irosurvey.charts import (
    CATEGORICAL,
    SEQUENTIAL,
    Chart,
    ChartData,
    Funnel,
    Point,
    Series,
    chart_of,
    contrast,
    funnel_of,
    write_charts,
)
from irosurvey.charts.chart import draw
from irosurvey.charts.drawing import wrapped
from irosurvey.charts.funnels import places_of
from irosurvey.charts.likert import net_score
from irosurvey.charts.palette import LEAST_CONTRAST, NEUTRAL, likert_colours, text_colour
from irosurvey.tables.published import (
    PublishedCell,
    PublishedColumn,
    PublishedRow,
    PublishedTable,
    Release,
    TitleParts,
)

SVG = "{http://www.w3.org/2000/svg}"
HIDDEN = PublishedCell(mark="c")


def number(value: float) -> PublishedCell:
    return PublishedCell(value=value)


def table(
    cells: dict[str, tuple[PublishedCell, ...]],
    *,
    names: tuple[str, ...] = ("",),
    total: str = "England",
    limits: bool = True,
    **more: object,
) -> PublishedTable:
    """A table of percentages, with limits ten points below and above."""
    columns = []
    for name in names:
        spanners = (name,) if name else ()
        kinds = ("estimate", "lower", "upper") if limits else ("estimate",)
        for kind in kinds:
            heading = {"estimate": "Percentage", "lower": "Lower", "upper": "Upper"}[kind]
            columns.append(
                PublishedColumn(
                    ": ".join([*spanners, heading]), spanners, heading, kind, "percent", 0
                )
            )
    columns.append(PublishedColumn("Base", (), "Base", "base", "count", 0))
    rows = []
    for label, own in cells.items():
        flat: list[PublishedCell] = []
        for cell in own:
            flat.append(cell)
            if limits:
                flat += (
                    [HIDDEN, HIDDEN]
                    if cell.value is None
                    else [number(max(0.0, cell.value - 10)), number(min(100.0, cell.value + 10))]
                )
        hidden = all(cell.value is None for cell in own)
        flat.append(HIDDEN if hidden else number(40.0))
        rows.append(PublishedRow((label,), tuple(flat), total=label == total))
    marks = {cell.mark for row in rows for cell in row.cells if cell.mark}
    return PublishedTable(
        name="table_1",
        number=1,
        title=TitleParts("Monitoring", "percentage", "IROs", "England", "2013"),
        stub=("Region",),
        columns=tuple(columns),
        rows=tuple(rows),
        marks=tuple(sorted(marks)),
        **{"ordered": False, **more},  # type: ignore[arg-type]
    )


REGIONS = table(
    {
        "North East": (number(41.0),),
        "London": (number(62.0),),
        "South West": (HIDDEN,),
        "East": (number(55.0),),
        "England": (number(52.0),),
    }
)
ANSWERS = ("Always", "Often", "Sometimes", "Rarely", "Never")
SCALE = table(
    {
        "North": tuple(map(number, (20.0, 30.0, 25.0, 15.0, 10.0))),
        "South": (number(30.0), number(40.0), HIDDEN, HIDDEN, number(10.0)),
    },
    names=ANSWERS,
    limits=False,
)


def axes_of(chart: Chart) -> Axes:
    axes = Figure(figsize=(8, 5)).add_subplot()
    draw(axes, chart.data, chart.kind, chart.funnel)
    return axes


def segments(axes: Axes) -> list[tuple[float, float]]:
    return [
        (float(one[0, 0]), float(one[1, 0]))
        for collection in axes.collections
        if isinstance(collection, LineCollection)
        for one in collection.get_segments()
    ]


def texts(svg: str) -> list[str]:
    return ["".join(one.itertext()) for one in ElementTree.fromstring(svg).iter(f"{SVG}text")]


# ---- colours ----


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.005)  # WCAG's own example


@pytest.mark.parametrize("colour", CATEGORICAL)
def test_every_colour_stands_out_from_white(colour: str) -> None:
    assert contrast(colour, "#FFFFFF") >= LEAST_CONTRAST
    assert contrast(text_colour(colour), colour) >= LEAST_CONTRAST


def test_neighbours_in_a_stack_are_parted_by_an_edge_or_stand_out() -> None:
    for levels in range(2, 6):
        for colour in likert_colours(levels):
            assert colour == NEUTRAL or contrast(colour, "#FFFFFF") >= LEAST_CONTRAST
            assert contrast(text_colour(colour), colour) >= 4.5
    assert SEQUENTIAL[0] == CATEGORICAL[0]


# ---- bytes ----


def test_the_same_table_gives_the_same_bytes_whatever_a_user_has_set() -> None:
    first = chart_of(REGIONS, "bar")
    with mpl.rc_context({"font.size": 30.0, "svg.hashsalt": "other", "text.parse_math": True}):
        second = chart_of(REGIONS, "bar")
        assert second.svg == first.svg
        assert second.png == first.png
    assert first.png[:8] == b"\x89PNG\r\n\x1a\n"
    assert b"matplotlib" not in first.png.lower()
    assert not re.search(r"<metadata|<dc:|matplotlib|20\d\d-\d\d-\d\d", first.svg)


def test_the_bytes_are_those_of_another_process() -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_charts, hashlib;"
        "from irosurvey.charts import chart_of;"
        "chart = chart_of(test_charts.SCALE, 'likert');"
        "print(hashlib.sha256(chart.svg.encode() + chart.png).hexdigest())"
    )
    import hashlib

    chart = chart_of(SCALE, "likert")
    expected = hashlib.sha256(chart.svg.encode() + chart.png).hexdigest()
    done = subprocess.run(
        [sys.executable, "-c", program, str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == expected


@pytest.mark.parametrize("kind", ["bar", "dot", "time", "histogram"])
def test_svg_is_well_formed_whatever_the_labels_are(kind: str) -> None:
    evil = ['<script>alert("1")</script>', "A & B ]]>", "$x^2$ \\frac", "_under", "tab\there\x00"]
    shown = table({label: (number(10.0 + place),) for place, label in enumerate(evil)})
    chart = chart_of(replace(shown, title=TitleParts("<b>&</b>")), kind)  # type: ignore[arg-type]
    root = ElementTree.fromstring(chart.svg)
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == chart.title == "<b>&</b>"  # type: ignore[union-attr]
    assert root.find(f"{SVG}desc").text == chart.description  # type: ignore[union-attr]
    assert "script" not in {one.tag.removeprefix(SVG) for one in root.iter()}
    found = "".join(texts(chart.svg)).replace(" ", "").replace("\n", "")
    for label in ("A&B]]>", "$x^2$\\frac", "_under", "tabhere"):
        assert label in found


def test_names_of_series_are_shown_as_they_are() -> None:
    names = ("_first", "$a$ & <b>")
    shown = table({"x": (number(1.0), number(2.0))}, names=names)
    assert {"_first", "$a$ & <b>"} <= set(texts(chart_of(shown, "bar").svg))


def test_two_charts_of_a_page_share_no_id() -> None:
    first = chart_of(REGIONS, "bar").element
    second = chart_of(replace(REGIONS, name="table_2"), "bar").element
    ids = [re.findall(r' id="([^"]*)"', one) for one in (first, second)]
    assert ids[0]
    assert not set(ids[0]) & set(ids[1])
    for one, own in zip((first, second), ids, strict=True):
        assert len(own) == len(set(own))
        used = {a or b for a, b in re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', one)}
        assert used <= set(own)


def test_the_title_stands_outside_the_picture() -> None:
    chart = chart_of(REGIONS, "bar")
    assert chart.title == "Monitoring: percentage of IROs, England, 2013"
    assert not [text for text in texts(chart.svg) if "Monitoring" in text]


def test_text_is_text_in_fonts_that_readers_have() -> None:
    chart = chart_of(REGIONS, "bar")
    assert {"London", "62%", "[c]"} <= set(texts(chart.svg))
    assert "Arial" in chart.svg


@pytest.mark.parametrize(
    ("shown", "kind"),
    [(REGIONS, "bar"), (REGIONS, "dot"), (SCALE, "likert"), (REGIONS, "time"), (SCALE, "time")],
)
def test_nothing_is_cut_off(shown: PublishedTable, kind: str) -> None:
    figure = chart_of(shown, kind)._figure()  # type: ignore[arg-type]
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    width, height = canvas.get_width_height()
    axes = figure.axes[0]
    shown_texts = [*axes.texts, *figure.texts]
    for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        for tick in axis.get_major_ticks():
            if min(low, high) <= tick.get_loc() <= max(low, high):  # others aren't drawn
                shown_texts.append(tick.label1)
    if axes.get_legend():
        shown_texts += axes.get_legend().get_texts()
    for text in shown_texts:
        if text.get_text():
            box = text.get_window_extent()
            assert box.x0 >= -1, text
            assert box.y0 >= -1, text
            assert box.x1 <= width + 1, text
            assert box.y1 <= height + 1, text


# ---- what is hidden ----


def test_a_suppressed_cell_is_a_gap_with_its_mark_and_no_bar() -> None:
    axes = axes_of(chart_of(REGIONS, "bar"))
    assert sorted(bar.get_width() for bar in axes.patches) == [41.0, 52.0, 55.0, 62.0]
    assert [text.get_text() for text in axes.texts].count("[c]") == 1
    assert len(segments(axes)) == 4


def test_gaps_keep_the_order_of_the_table_behind_all_values() -> None:
    shown = table(
        {"A": (HIDDEN,), "B": (number(10.0),), "C": (HIDDEN,), "D": (number(20.0),)}, total=""
    )
    assert chart_of(shown, "bar").data.arranged().categories == ("D", "B", "A", "C")


def test_the_legend_of_marks_names_those_that_are_drawn() -> None:
    chart = chart_of(REGIONS, "bar")
    assert "[c] suppressed to protect confidentiality." in " ".join(chart.notes)
    none_hidden = table({"A": (number(10.0),)})
    assert "[c]" not in chart_of(none_hidden, "bar").svg


def test_a_limit_that_is_hidden_leaves_no_interval() -> None:
    cells = (number(50.0), HIDDEN, number(60.0), number(40.0))
    shown = replace(REGIONS, rows=(PublishedRow(("A",), cells),))
    assert segments(axes_of(chart_of(shown, "dot"))) == []


def test_a_stack_leaves_a_gap_between_what_is_shown_from_both_ends() -> None:
    axes = axes_of(chart_of(SCALE, "likert"))
    bars = [(bar.get_x(), bar.get_width()) for bar in axes.patches]
    assert bars[:5] == [(0.0, 20.0), (20.0, 30.0), (50.0, 25.0), (75.0, 15.0), (90.0, 10.0)]
    assert bars[5:] == [(0.0, 30.0), (30.0, 40.0), (90.0, 10.0)]
    assert "[c]" in [text.get_text() for text in axes.texts]


# ---- what is drawn ----


def test_bars_start_at_zero_with_the_greatest_on_top_and_totals_last() -> None:
    chart = chart_of(REGIONS, "bar")
    axes = axes_of(chart)
    assert axes.get_xlim()[0] == 0.0
    shown = [label.get_text() for label in axes.get_yticklabels()]
    assert shown == ["London", "East", "North East", "South West", "England"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]
    colours = {mpl.colors.to_hex(bar.get_facecolor()).upper() for bar in axes.patches}
    assert colours == {CATEGORICAL[0], "#3D3D3D"}
    assert set(segments(axes)) == {(52.0, 72.0), (45.0, 65.0), (31.0, 51.0), (42.0, 62.0)}


def test_an_order_that_means_something_is_kept() -> None:
    chart = chart_of(replace(REGIONS, ordered=True), "bar")
    assert chart.data.arranged().categories[:3] == ("North East", "London", "South West")


def test_intervals_have_a_halo_and_a_note() -> None:
    chart = chart_of(REGIONS, "bar")
    axes = axes_of(chart)
    collections = [one for one in axes.collections if isinstance(one, LineCollection)]
    assert all(one.get_path_effects() for one in collections)
    assert "Lines show the 95% confidence interval." in chart.notes
    assert "90% confidence interval" in chart_of(replace(REGIONS, level=0.9), "bar").notes[0]


def test_negative_numbers_go_the_other_way() -> None:
    shown = table({"A": (number(-12.0),), "B": (number(5.0),)}, limits=False)
    axes = axes_of(chart_of(shown, "bar"))
    assert axes.get_xlim()[0] < -12.0
    assert sorted(bar.get_width() for bar in axes.patches) == [-12.0, 5.0]


def test_columns_beside_each_other_are_at_most_four() -> None:
    five = table({"x": tuple(number(float(n)) for n in range(5))}, names=ANSWERS)
    with pytest.raises(irosurvey.ArgumentError, match="at most 4"):
        axes_of(chart_of(five, "bar"))
    assert chart_of(five).kind == "dot"
    chosen = chart_of(five, columns=["Always: Percentage", "Never: Percentage"])
    assert [one.name for one in chosen.data.series] == ["Always", "Never"]
    with pytest.raises(irosurvey.ArgumentError, match="Did you mean 'Never: Percentage'"):
        chart_of(five, columns=["Never: Percent"])


def test_a_stack_needs_percentages_of_two_to_five_answers() -> None:
    one = table({"x": (number(1.0),)})
    with pytest.raises(irosurvey.ArgumentError, match="2 to 5 answers"):
        axes_of(chart_of(one, "likert"))


def test_the_net_score_is_that_of_the_percentages_shown() -> None:
    chart = chart_of(SCALE, "likert")
    assert net_score(chart.data, 0) == 20 + 30 - 15 - 10
    assert net_score(chart.data, 1) is None
    shown = [text.get_text() for text in axes_of(chart).texts]
    assert "+25" in shown
    assert "–" in shown
    assert "Net: Always and Often less Rarely and Never" in chart.description


def test_the_words_of_a_stack_with_one_shown_row_keep_its_name() -> None:
    rows = {"North East": (HIDDEN, HIDDEN), "South West": tuple(map(number, (24.0, 76.0)))}
    chart = chart_of(table(rows, names=("Always", "Never"), limits=False, total=""), "likert")
    assert "Always, South West: 24%." in chart.alt


def test_lines_break_at_gaps_and_years_are_spaced_as_numbers() -> None:
    shown = table(
        {
            "2013": (number(40.0),),
            "2014": (number(45.0),),
            "2016": (HIDDEN,),
            "2019": (number(50.0),),
            "England": (number(46.0),),
        },
        ordered=True,
    )
    axes = axes_of(chart_of(shown, "time"))
    lines = [list(line.get_xdata()) for line in axes.lines if line.get_marker() == "o"]
    assert lines == [[2013.0, 2014.0], [2019.0]]
    assert list(axes.get_xticks()) == [2013.0, 2014.0, 2016.0, 2019.0]
    assert "[c]" in [text.get_text() for text in axes.texts]
    assert axes.get_ylim()[0] == 0.0


def test_a_histogram_touches_and_keeps_its_order() -> None:
    shown = table({"0–9": (number(10.0),), "10–19": (HIDDEN,), "20–29": (number(60.0),)}, total="")
    axes = axes_of(chart_of(shown, "histogram"))
    assert [(bar.get_x(), bar.get_width(), bar.get_height()) for bar in axes.patches] == [
        (-0.5, 1.0, 10.0),
        (1.5, 1.0, 60.0),
    ]


def test_a_histogram_is_of_classes_alone() -> None:
    data = {"region": ["N", "S"] * 30, "cases": [float(row) for row in range(60)]}
    design = irosurvey.Design(data)
    for found, heading in (
        (design.mean("cases", by="region"), "Mean"),
        (design.total("cases", by="region"), "Total"),
        (design.median("cases", by="region"), "Median"),
    ):
        shown = irosurvey.Table(found, chart="histogram").publish("none")
        with pytest.raises(
            irosurvey.ArgumentError,
            match=f"in each class, found '{heading}'.*Draw it as bar or dot",
        ):
            chart_of(shown)
    for scale in ("share", "total", "density"):
        bars = design.histogram("cases", 4, scale=scale)  # type: ignore[arg-type]
        shown = irosurvey.Table(bars, statistics="estimate").publish("none")
        assert len(axes_of(chart_of(shown, "histogram")).patches) == 4


def test_one_column_of_spanners_is_no_legend() -> None:
    assert axes_of(chart_of(REGIONS, "bar")).get_legend() is None
    two = table({"x": (number(1.0), number(2.0))}, names=("A", "B"))
    shown = axes_of(chart_of(two, "bar")).get_legend()
    assert [text.get_text() for text in shown.get_texts()] == ["A", "B"]


def test_a_table_without_estimates_has_no_chart() -> None:
    bare = replace(REGIONS, columns=(REGIONS.columns[-1],), rows=())
    with pytest.raises(irosurvey.ArgumentError, match="column of estimates"):
        chart_of(bare)
    with pytest.raises(irosurvey.ArgumentError, match="Did you mean 'bar'"):
        chart_of(REGIONS, "bars")  # type: ignore[arg-type]
    many = table({f"row {n}": (number(1.0),) for n in range(120)})
    with pytest.raises(irosurvey.ArgumentError, match="at most 80 rows"):
        chart_of(many, "bar")


# ---- words ----


def test_the_alternative_text_says_what_is_highest_lowest_and_hidden() -> None:
    assert chart_of(REGIONS, "bar").alt == (
        "Bar chart: Monitoring: percentage of IROs, England, 2013 by region. Highest: London, 62%. "
        "Lowest: North East, 41%. 1 of 5 values: [c], suppressed to protect confidentiality."
    )


def test_the_description_has_every_figure_with_its_limits() -> None:
    said = chart_of(REGIONS, "bar").description
    assert "London: 62% (95% confidence interval: 52% to 72%)." in said
    assert "South West: [c]." in said
    assert "England (total): 52%" in said


def test_ties_are_told() -> None:
    shown = table({"A": (number(5.0),), "B": (number(5.0),), "C": (number(1.0),)}, total="")
    assert "Highest: A and 1 more, 5%. Lowest: C, 1%." in chart_of(shown, "bar").alt
    alike = table({"A": (number(5.0),), "B": (number(5.0),)}, total="")
    assert "All values are 5%." in chart_of(alike, "bar").alt
    hidden = table({"A": (HIDDEN,)}, total="")
    assert "No value is shown." in chart_of(hidden, "bar").alt


def test_made_up_data_are_called_so_everywhere() -> None:
    chart = chart_of(replace(REGIONS, synthetic=True), "bar")
    for said in (chart.alt, chart.description, chart.notes[0], "".join(texts(chart.svg))):
        assert "SYNTHETIC" in said


def test_a_line_chart_says_where_it_begins_and_ends() -> None:
    shown = table({"2013": (number(40.0),), "2014": (number(45.0),)}, ordered=True)
    assert "40% in 2013, 45% in 2014." in chart_of(shown, "time").alt


def test_labels_of_several_lines_end_where_the_others_do_in_any_font() -> None:
    """What is shown in another font than it was measured in is neither ragged nor cut off."""
    long = "Rarely or never able to consult anybody in following up a review"
    root = ElementTree.fromstring(
        chart_of(table({"Short": (number(5.0),), long: (number(7.0),)})).svg
    )
    ends = {}
    for one in root.iter(f"{SVG}text"):
        if "text-anchor: end" in one.attrib["style"]:
            moved = re.match(r"translate\(([\d.]+)", one.attrib["transform"])
            ends[one.text] = float(moved[1] if moved else one.attrib["x"])
    lines = [text for text in ends if text != "Short"]
    assert " ".join(map(str, lines)) == long
    assert len(lines) == 2
    assert list(ends.values()) == pytest.approx([ends["Short"]] * 3, abs=1e-4)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [" "]),
        ("One line of it", ["One line of it"]),
        (
            "Ten more children per full-time equivalent",
            ["Ten more children per", "full-time equivalent"],
        ),
        ("x" * 40, ["x" * 34, "x" * 6]),
    ],
)
def test_lines_of_a_label_are_of_much_the_same_length(text: str, lines: list[str]) -> None:
    assert wrapped(text).split("\n") == lines


# ---- funnel plots ----


AUTHORITIES = table(
    {
        "Ashton": (number(80.0),),
        "Barrow": (number(52.0),),
        "Corby": (HIDDEN,),
        "England": (number(50.0),),
    },
    limits=False,
)


def test_a_funnel_holds_each_against_exact_limits_about_the_total() -> None:
    chart = chart_of(AUTHORITIES, "funnel")
    assert chart.funnel == Funnel(50.0)
    assert places_of(chart.data, chart.funnel) == ["above", "within", None, "within"]
    lower, upper = _core.funnel_limits("binomial", 0.5, [40.0], 0.998)
    assert 100 * upper[0] < 80.0
    assert 100 * lower[0] < 52.0 < 100 * upper[0]
    assert "Above the 99.8% limits: Ashton." in chart.alt
    axes = axes_of(chart)
    drawn = np.concatenate(
        [line.get_ydata() for line in axes.lines if line.get_marker() in ("o", "D")]
    )
    assert sorted(drawn) == [52.0, 80.0]
    assert [text.get_text() for text in axes.texts] == ["Ashton"]


def test_a_funnel_needs_a_target_and_bases() -> None:
    without = replace(AUTHORITIES, rows=AUTHORITIES.rows[:3])
    with pytest.raises(irosurvey.ArgumentError, match="a row with the total, or a target"):
        chart_of(without, "funnel")
    assert chart_of(without, "funnel", target=50.0).funnel == Funnel(50.0)
    bare = replace(
        AUTHORITIES,
        columns=AUTHORITIES.columns[:1],
        rows=tuple(replace(row, cells=row.cells[:1]) for row in AUTHORITIES.rows),
    )
    with pytest.raises(irosurvey.ArgumentError, match="values with their bases"):
        axes_of(chart_of(bare, "funnel"))


def test_rates_have_limits_of_poisson() -> None:
    chart = funnel_of(
        ["A", "B"], [6.0, 12.0], [1000, 2000], target=6.0, model="poisson", title="Rate"
    )
    assert chart.funnel is not None
    lower, upper = chart.funnel.limits(np.array([2000.0]), 0.998)
    expected = _core.funnel_limits("poisson", 0.006, [2000.0], 0.998)
    assert (lower[0], upper[0]) == (1000 * expected[0][0], 1000 * expected[1][0])
    assert "Above the 99.8% limits: B." in chart.alt
    assert ElementTree.fromstring(chart.svg).tag == f"{SVG}svg"


APART = ([48.0, 61.0, 90.0, 72.0, 35.0, 55.0], [120, 300, 80, 410, 95, 150])


def test_a_funnel_may_allow_for_over_dispersion_and_says_so() -> None:
    names = list("ABCDEF")
    exact = funnel_of(names, *APART, target=60, title="Reviews on time")
    wide = funnel_of(names, *APART, target=60, title="Reviews on time", limits="multiplicative")
    apart = funnel_of(
        names, *APART, target=60, title="Reviews on time", limits="additive", winsorised=0.2
    )
    sizes = np.array([100.0, 1e9])
    for chart, kind, share in ((wide, "multiplicative", 0.1), (apart, "additive", 0.2)):
        assert chart.funnel is not None
        shares = [value / 100 for value in APART[0]]
        found = _core.overdispersion("binomial", 0.6, shares, APART[1], share)
        lower, upper = chart.funnel.limits(sizes, 0.95)
        expected = _core.dispersed_funnel_limits("binomial", 0.6, sizes, 0.95, kind, found)
        assert (lower.tolist(), upper.tolist()) == tuple((100 * one).tolist() for one in expected)
        assert lower[0] < _core.funnel_limits("binomial", 0.6, sizes, 0.95)[0][0] * 100
    assert "exact binomial limits of what chance alone would give" in exact.notes[0]
    assert "Above the 99.8% limits: C, D." in exact.alt
    for words in (wide.notes[0], wide.alt, wide.description):
        assert "normal limits with the binomial variance times 14.70" in words
        assert "the over-dispersion of 6 institutions (0 winsorised at each end)" in words
    assert "true values that differ by a standard deviation of" in apart.notes[0]
    assert "6 institutions (1 winsorised at each end)" in apart.notes[0]
    assert "Above the 99.8% limits: none." in wide.alt


def test_what_is_hidden_and_totals_have_no_part_in_over_dispersion() -> None:
    chart = chart_of(AUTHORITIES, "funnel", limits="multiplicative")
    assert chart.funnel is not None
    assert chart.funnel.dispersion is not None
    assert chart.funnel.dispersion.institutions == 2
    without = replace(AUTHORITIES, rows=AUTHORITIES.rows[:1])
    with pytest.raises(irosurvey.ArgumentError, match="2 or more"):
        chart_of(without, "funnel", target=50.0, limits="additive")
    with pytest.raises(irosurvey.ArgumentError, match='"exact" or "multiplicative" or "additive"'):
        chart_of(AUTHORITIES, "funnel", limits="wide")  # type: ignore[arg-type]


# ---- files ----


def test_charts_are_written_for_tables_that_ask(tmp_path: Path) -> None:
    release = Release("R", (REGIONS, replace(SCALE, name="scale", chart="likert")))
    written = write_charts(release, tmp_path / "charts")
    assert [path.name for path in written] == ["scale.svg", "scale.png", "scale.txt"]
    said = written[2].read_text()
    assert said.startswith("Title\nMonitoring")
    assert "Alternative text\nStacked bar chart" in said
    assert sorted(path.name for path in written[0].parent.iterdir()) == sorted(
        path.name for path in written
    )
    with pytest.raises(irosurvey.ArgumentError, match=r"\.svg, \.png or \.txt"):
        chart_of(REGIONS).save(tmp_path / "x.gif")


def test_a_notebook_shows_the_chart_with_its_words() -> None:
    shown = chart_of(replace(REGIONS, source="<Survey>"))._repr_html_()
    assert "<figcaption>Monitoring" in shown
    assert "&lt;Survey&gt;" in shown
    assert "London: 62%" in shown
    ElementTree.fromstring(shown)


def test_marks_other_than_ours_are_no_chart_s_concern() -> None:
    data = ChartData("t", ("a",), (Series("", (Point(gap="no estimate"),)),))
    assert "1 of 1 values: no estimate." in Chart(data, "dot").alt


def test_where_totals_alone_are_shown_they_are_told() -> None:
    rows = tuple(
        row if row.total else replace(row, cells=(PublishedCell(mark="c"),) * len(row.cells))
        for row in REGIONS.rows
    )
    said = chart_of(replace(REGIONS, rows=rows, marks=("c",))).alt
    assert "No value is shown" not in said
    assert next(row for row in rows if row.total).labels[0] in said
