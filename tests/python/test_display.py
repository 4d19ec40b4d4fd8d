"""What a reader sees: text in a terminal, HTML in a notebook."""

from __future__ import annotations

import html.parser

import numpy as np
import pytest

from irosurvey import Design, Frame, T
from irosurvey.layout import Column, View, as_html, as_text, number

HOSTILE = '<script>alert("x")</script> & "q"'


def frame_of(label: str | None = None, region_label: str = "London") -> Frame:
    rows = 40
    frame = Frame(
        {
            "region": np.repeat([1, 2], rows // 2),
            "monitors": np.tile([1, 2, 2, 3], rows // 4),
            "caseload": np.linspace(50, 90, rows),
            "w": np.tile([1.0, 2.0], rows // 2),
        },
        label=label,
    )
    for name, title, labels in (
        ("region", "Region of England", {1: "North East", 2: region_label, 3: "Nowhere"}),
        ("monitors", "How often do you monitor?", {1: "always", 2: "often", 3: "never"}),
        ("caseload", "Cases per full-time IRO", {}),
    ):
        frame = frame.with_column(frame[name].with_notes(label=title, value_labels=labels))
    return frame


@pytest.fixture
def design() -> Design:
    return Design(frame_of("SYNTHETIC: made by a generator"), weights="w")


MEANS = """\
Mean of caseload (Cases per full-time IRO), by Region of England
SYNTHETIC: made by a generator

Region of England  estimate   SE  95% lower  95% upper  df   n  weighted n  deff
North East             59.9  1.4       57.0       62.9  19  20          30  1.08
London                 80.4  1.4       77.5       83.4  19  20          30  1.08
Nowhere                   –    –          –          –   0   0           0     –

– Nobody is in the group: no estimate.
"""


def test_the_text_of_a_result(design: Design) -> None:
    text = repr(design.mean("caseload", by="region"))
    assert text.startswith(MEANS)
    choices = " ".join(text[len(MEANS) :].split())
    for chosen in (
        "interval: t, 95%",
        "singleton strata: fail",
        "missing values: domain",
        "degrees of freedom: design",
        "design effect: against a simple random sample with replacement",
        "variance: Taylor linearization",
    ):
        assert chosen in choices


def test_shares_are_read_as_percentages(design: Design) -> None:
    text = repr(design.proportion("monitors", level=0.9))
    assert "Proportion of monitors (How often do you monitor?)" in text
    assert "often      50.0%  8.4%" in text
    assert "90% lower" in text
    assert "interval: logit, 90%" in text


def test_choices_follow_the_question(design: Design) -> None:
    text = repr(design.mean("caseload", where="region = 1", df=7, deff="wor"))
    joined = " ".join(text.split())
    assert "domain: region = 1" in joined
    assert "degrees of freedom: 7 (given)" in joined
    assert "sample without replacement" in joined
    assert "deff" not in repr(design.mean("caseload", deff=None))


def test_expressions_are_titled_by_their_formula_or_name(design: Design) -> None:
    assert repr(design.estimate(T("caseload") / T(1))).startswith("T(caseload) / T(1)\n")
    named = design.estimate({"cases": T("caseload")}, by="region")
    assert repr(named).startswith("Cases = T(caseload), by Region of England\n")


def test_several_variables_are_listed_and_explained() -> None:
    design = Design(frame_of(), weights="w")
    text = repr(design.proportion(["monitors", "region"]))
    assert text.startswith("Proportion of monitors and region\n")
    assert "monitors: How often do you monitor?" in text
    named = repr(design.estimate({"all": T(1), "cases": T("caseload")}))
    assert named.startswith("All and cases\n")
    assert "cases: T(caseload)" in named
    many = repr(design.estimate([T("caseload") * number for number in range(2, 8)]))
    assert many.startswith("T(caseload) * 2, T(caseload) * 3, T(caseload) * 4 and 3 more\n")


def test_long_results_are_cut_and_say_so() -> None:
    rows = 500
    result = Design({"g": np.arange(rows) // 2, "y": np.arange(rows)}).mean("y", by="g")
    text = repr(result)
    assert "… and 190 more rows: see to_pandas(), to_polars() or to_arrow()." in text
    assert len(text.splitlines()) < 80
    assert result._repr_html_().count("<tr>") < 210


def test_no_degrees_of_freedom_are_explained() -> None:
    text = repr(
        Design({"psu": [1, 1], "y": [1.0, 2.0]}, clusters="psu", singleton="remove").mean("y")
    )
    assert "−∞" in text
    assert "no degrees of freedom" in text


# ---- HTML ----


class Document(html.parser.HTMLParser):
    """Checks that tags are closed in order, and collects what is in them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text.append(data)

    def count(self, tag: str, **attributes: str) -> int:
        return sum(name == tag and attributes.items() <= found.items() for name, found in self.seen)


def test_html_is_one_table_with_headers_caption_bases_and_choices(design: Design) -> None:
    result = design.proportion("monitors", by="region")
    document = Document(result._repr_html_())
    rows = len(result)
    assert document.count("table") == document.count("caption") == document.count("tfoot") == 1
    assert document.count("th", scope="row") == 2 * rows  # level and region
    assert document.count("th", scope="col") == 10
    assert document.count("td") == 8 * rows + 1
    text = " ".join(document.text)
    for shown in (
        "Proportion of monitors",
        "SYNTHETIC: made by a generator",
        "Region of England",
        "North East",
        "often",
        "weighted n",
        "logit, 95%",
        "singleton strata",
        "Nobody is in the group",
    ):
        assert shown in text


def test_html_of_a_design(design: Design) -> None:
    document = Document(design._repr_html_())
    text = " ".join(document.text)
    assert "SYNTHETIC: made by a generator" in text
    assert "Weights sum to 60" in text
    assert document.count("th", scope="row") == 1


def test_what_data_say_is_escaped() -> None:
    frame = frame_of(HOSTILE, HOSTILE).with_column(frame_of()["caseload"].with_notes(label=HOSTILE))
    design = Design(frame, weights="w")
    result = design.mean("caseload", by="region", where=f"'{HOSTILE}' != ''")
    for shown in (
        result._repr_html_(),
        design._repr_html_(),
        result.difference("region")._repr_html_(),
    ):
        assert "<script" not in shown
        assert "script" not in {tag for tag, _ in Document(shown).seen}
    assert HOSTILE in " ".join(Document(result._repr_html_()).text)


# ---- numbers and layout ----


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (1234567.0, None, "1,234,567"),
        (1234.5678, None, "1,235"),
        (12.345, None, "12.35"),
        (0.012345, None, "0.01235"),
        (-2.5, 1, "−2.5"),
        (float("nan"), 2, "–"),
        (float("inf"), 2, "∞"),
        (float("-inf"), None, "−∞"),
        (0.0, None, "0"),
        (1e-9, None, "1e−09"),
        (3.2e20, None, "3.2e+20"),
    ],
)
def test_numbers_are_written_for_reading(value: float, decimals: int | None, text: str) -> None:
    assert number(value, decimals) == text


def test_decimals_follow_the_errors() -> None:
    random = np.random.default_rng(5)
    small = random.normal(0.5, 0.01, 100)
    design = Design({"small": small, "large": 1e6 * small, "same": np.full(100, 2.0)})
    text = repr(design.mean(["small", "large", "same"]))
    rows = {
        line.split()[0]: line.split()[1:]
        for line in text.splitlines()
        if line[:5] in ("small", "large", "same ")
    }
    assert len(rows["small"][0].partition(".")[2]) == 5  # SE about 0.001
    assert "." not in rows["large"][0]  # SE about 1,000
    assert rows["same"][:2] == ["2", "0"]


def test_a_view_may_be_bare() -> None:
    view = View("t", "", [Column("a", ["x", "y"], header=True)])
    assert as_text(view) == "t\n\na\nx\ny"
    assert Document(as_html(view)).count("tfoot") == 0
