"""What a test answers: its statistic, degrees of freedom and p, and how it was made."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from irosurvey import _core
from irosurvey.layout import Column, View, as_html, as_text, number
from irosurvey.parts import Choice

__all__ = ["TestResult", "p_text", "test_from_core"]

_SYMBOLS = {"normal": "z", "t": "t", "chi-square": "χ²", "F": "F", "mixture of chi-squares": "X²"}


@dataclass(frozen=True, repr=False)
class TestResult:
    """The answer of a test. Every test of the library gives one.

    Attributes
    ----------
    method
        How it was made: ``"Pearson chi-square, Rao-Scott second order"``.
    hypothesis
        What is tested, in words: ``"rows and columns are independent"``.
    distribution
        What the statistic is compared with: ``"normal"``, ``"t"``, ``"chi-square"``, ``"F"`` or
        ``"mixture of chi-squares"``.
    statistic
        On the scale of that distribution. NaN where the test can't be made.
    df1, df2
        Degrees of freedom: those of t or chi-square, or the numerator's and the denominator's of F.
        ``None`` where the distribution has none; infinity is a number.
    p
        Probability of a statistic at least as far from the hypothesis, if it holds. Computed in the
        tail: 1e-40 isn't 0.
    alternative
        ``"two-sided"``, ``"less"`` or ``"greater"``; of a normal or a t statistic.
    choices
        Every named choice that the numbers depend on.
    """

    __test__ = False  # pytest takes the name for a class of tests

    method: str
    hypothesis: str
    distribution: str
    statistic: float
    df1: float | None
    df2: float | None
    p: float
    alternative: str = "two-sided"
    choices: tuple[Choice, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The result as plain values, the choices as a dict."""
        return {
            "method": self.method,
            "hypothesis": self.hypothesis,
            "distribution": self.distribution,
            "alternative": self.alternative,
            "statistic": self.statistic,
            "df1": self.df1,
            "df2": self.df2,
            "p": self.p,
            "choices": dict(self.choices),
        }

    @property
    def symbol(self) -> str:
        """The statistic as it is written: F, t, z, χ²; X² of a mixture."""
        return _SYMBOLS[self.distribution]

    @property
    def line(self) -> str:
        """The result in a line: `F(1.495, 20.92) = 5.193, p = 0.0217`."""
        freedom = [number(df) for df in (self.df1, self.df2) if df is not None]
        shown = f"({', '.join(freedom)})" if freedom else ""
        return f"{self.symbol}{shown} = {number(self.statistic)}, {p_text(self.p)}"

    def view(self) -> View:
        """The result as a table of one row."""
        columns = [Column(self.symbol, [number(self.statistic)], True)]
        pair = self.df2 is not None
        for name, df in (("df1" if pair else "df", self.df1), ("df2", self.df2)):
            if df is not None:
                columns.append(Column(name, [number(df)], True))
        columns.append(Column("p", [p_text(self.p, name="")], True))
        one_sided = self.alternative != "two-sided"
        return View(
            title=self.method,
            source="",
            columns=columns,
            notes=[f"Hypothesis: {self.hypothesis}."]
            + [f"Alternative: {self.alternative}."] * one_sided,
            choices=self.choices,
        )

    def __repr__(self) -> str:
        return as_text(self.view())

    def _repr_html_(self) -> str:
        return as_html(self.view())


def p_text(p: float, name: str = "p") -> str:
    """A p for reading: `p = 0.0217`, `p = 3.1e-09`, `p < 1e-300`."""
    equals = f"{name} = " if name else ""
    if math.isnan(p):
        return equals + "–"
    if p == 0.0:
        return f"{name} < 1e-300".strip()
    return equals + (f"{p:.4f}" if p >= 0.001 else f"{p:.2g}")


def test_from_core(test: _core.TestResult) -> TestResult:
    """The core's answer as plain values."""
    return TestResult(
        method=test.method,
        hypothesis=test.hypothesis,
        distribution=test.distribution,
        statistic=test.statistic,
        df1=test.df1,
        df2=test.df2,
        p=test.p,
        alternative=test.alternative,
        choices=tuple(Choice(*choice) for choice in test.choices),
    )


test_from_core.__test__ = False  # type: ignore[attr-defined]
