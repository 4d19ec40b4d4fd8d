"""What a test answers, as Python shows it."""

from __future__ import annotations

import math
import pickle

import irosurvey
from irosurvey.parts import Choice
from irosurvey.test_result import TestResult, p_text

RESULT = TestResult(
    method="Pearson chi-square, Rao-Scott second order",
    hypothesis="rows and columns are independent",
    distribution="F",
    statistic=5.19337,
    df1=1.49464,
    df2=20.92496,
    p=0.02174746,
    choices=(Choice("degrees of freedom", "design"),),
)


def test_it_is_a_line() -> None:
    assert RESULT.line == "F(1.495, 20.92) = 5.193, p = 0.0217"


def test_it_is_a_table() -> None:
    text = repr(RESULT)
    assert "Rao-Scott second order" in text
    assert "Hypothesis: rows and columns are independent." in text
    assert "degrees of freedom: design" in text
    html = RESULT._repr_html_()
    assert "<table" in html
    assert ">0.0217<" in html


def test_degrees_of_freedom_that_are_not_there_are_not_shown() -> None:
    normal = TestResult("m", "h", "normal", -2.5, None, None, 0.0124, alternative="less")
    assert normal.line == "z = −2.500, p = 0.0124"
    assert "Alternative: less." in repr(normal)
    assert "df" not in repr(normal)
    chi_square = TestResult("m", "h", "chi-square", 4.0, 2.0, None, 0.1353)
    assert chi_square.line == "χ²(2) = 4, p = 0.1353"
    infinite = TestResult("m", "h", "F", 4.0, 2.0, math.inf, 0.0183)
    assert infinite.line == "F(2, ∞) = 4, p = 0.0183"


def test_a_tiny_p_is_not_rounded_to_zero() -> None:
    assert p_text(1.37e-300) == "p = 1.4e-300"
    assert p_text(0.000432) == "p = 0.00043"
    assert p_text(0.05) == "p = 0.0500"
    assert p_text(0.0) == "p < 1e-300"
    assert p_text(math.nan) == "p = –"


def test_it_is_plain_values() -> None:
    plain = RESULT.to_dict()
    assert plain["p"] == RESULT.p
    assert plain["choices"] == {"degrees of freedom": "design"}
    assert pickle.loads(pickle.dumps(RESULT)) == RESULT
    assert irosurvey.TestResult is TestResult
