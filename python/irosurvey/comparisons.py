"""Comparisons: rows of a result tested, groups, samples and imputations brought together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from irosurvey import _arguments, _core
from irosurvey._checked import checked, checked_methods
from irosurvey._complaint import complaint
from irosurvey.errors import ArgumentError
from irosurvey.expr import T
from irosurvey.layout import Column, View, number
from irosurvey.parts import Choice, Floats, Interval
from irosurvey.result import Estimate, Simultaneous, from_core
from irosurvey.test_result import TestResult, p_text, test_from_core

if TYPE_CHECKING:
    import pyarrow as pa

    from irosurvey.design import Design

__all__ = [
    "Adjust",
    "Alternative",
    "Comparisons",
    "ImputationDf",
    "IndependentDf",
    "TTest",
    "WaldTest",
    "adjusted_p",
    "change",
    "compared",
    "equality",
    "one_test",
    "pool",
    "ttest",
    "with_fewer_df",
]

Adjust: TypeAlias = Literal["none", "bonferroni", "holm", "sidak", "bh"]
Alternative: TypeAlias = Literal["two-sided", "less", "greater"]
WaldTest: TypeAlias = Literal["adjusted-wald", "wald"]
IndependentDf: TypeAlias = Literal["sum", "welch"]
ImputationDf: TypeAlias = Literal["barnard-rubin", "rubin-1987", "complete-data"]


@dataclass(frozen=True, repr=False)
class TTest(TestResult):
    """A t-test, with the number that it is about.

    Attributes
    ----------
    of
        What was tested, as a result of one row: the mean, or the difference, with its standard
        error and interval.
    """

    of: Estimate | None = None

    def view(self) -> View:
        """The test as a table of one row, the estimate first."""
        seen = super().view()
        if self.of is None:
            return seen
        lower, upper = self.of.interval()
        level = f"{100 * self.of.level:g}%"
        named = [
            ("estimate", float(self.of)),
            ("SE", float(self.of.se[0])),
            (f"{level} lower", float(lower[0])),
            (f"{level} upper", float(upper[0])),
        ]
        shown = [Column(name, [number(value)], True) for name, value in named]
        return replace(seen, columns=[*shown, *seen.columns])


@checked_methods
@dataclass(frozen=True, eq=False, repr=False)
class Comparisons(Estimate):
    """Estimates with a test of each against a number; their family is the rows that are here.

    It is an :class:`~irosurvey.Estimate` in every other way.

    Attributes
    ----------
    mu
        The number that each row is tested against.
    alternative
        ``"two-sided"``, ``"less"`` or ``"greater"``.
    adjust
        How p-values (and, where there are some, intervals) are adjusted for the size of the family.

    Examples
    --------
    >>> import irosurvey
    >>> data = {"area": ["N", "N", "S", "S", "W", "W"], "y": [10, 14, 20, 26, 9, 15]}
    >>> found = irosurvey.Design(data).mean("y", by="area").pairs(adjust="sidak")
    >>> found.tests[0].line
    't(5) = 3.939, p = 0.0110'
    >>> bool(found.interval().lower[0] < found.interval(adjust="none").lower[0])
    True
    """

    mu: float = 0.0
    alternative: Alternative = "two-sided"
    adjust: Adjust = "none"

    @property
    def tests(self) -> tuple[TTest, ...]:
        """The test of each row; not adjusted."""
        return tuple(
            _with_estimate(test_from_core(test), row)
            for test, row in zip(self._tests(), self, strict=True)
        )

    @property
    def statistic(self) -> Floats:
        """The t statistics."""
        return np.array([test.statistic for test in self._tests()], dtype=np.float64)

    @property
    def p(self) -> Floats:
        """p-values, not adjusted; NaN where a test couldn't be made."""
        return np.array([test.p for test in self._tests()], dtype=np.float64)

    @property
    def p_adjusted(self) -> Floats:
        """p-values adjusted for the rows of this result: each may be held against one level."""
        return _core.adjusted_p_values(self.p.tolist(), self.adjust)

    def interval(
        self,
        level: float | None = None,
        method: str | None = None,
        *,
        adjust: Simultaneous | Literal["family"] = "family",
        df_adjust: bool | None = None,
        truncate: bool | None = None,
    ) -> Interval:
        """Confidence intervals, adjusted as the p-values are.

        Parameters
        ----------
        level, method, df_adjust, truncate
            As for every result.
        adjust
            ``"family"``: as the p-values, where that has intervals (``"bonferroni"``, ``"sidak"``);
            Holm's and Benjamini and Hochberg's methods have none, and leave intervals alone.
        """
        if adjust == "family":
            adjust = self.adjust if self.adjust in ("bonferroni", "sidak") else "none"
        return super().interval(
            level, method, adjust=adjust, df_adjust=df_adjust, truncate=truncate
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(getattr(self, field.name) for field in fields(self))

    def to_arrow(self, *, labels: bool = True, level: float | None = None) -> pa.Table:
        """The result as a pyarrow table, with `statistic`… `t`, `p` and `p_adjusted` at the end."""
        table = super().to_arrow(labels=labels, level=level)
        for name, values in (("t", self.statistic), ("p", self.p), ("p_adjusted", self.p_adjusted)):
            table = table.append_column(name, _nullable(values))
        return table

    def _tests(self) -> list[_core.TestResult]:
        what = [
            ", ".join(dict.fromkeys(str(level) for level in levels if str(level)))
            for levels in zip(*self.keys().values(), strict=True)
        ]
        hypotheses = [f"{name} is {self.mu:g}" for name in what]
        alternative = _arguments.rule("alternative", self.alternative, "two-sided")
        return _core.t_tests(self._core(), self.mu, alternative, hypotheses)

    def _more_columns(self) -> list[Column]:
        """The columns that a test adds to the table for reading."""
        found = [
            Column("t", [number(value) for value in self.statistic], True),
            Column("p", [p_text(value, name="") for value in self.p], True),
        ]
        if self.adjust != "none":
            adjusted = [p_text(value, name="") for value in self.p_adjusted]
            found.append(Column(f"p ({self.adjust})", adjusted, True))
        return found


def _nullable(values: Floats) -> pa.Array:
    import pyarrow

    return pyarrow.array([None if math.isnan(value) else value for value in values.tolist()])


def _with_estimate(test: TestResult, of: Estimate) -> TTest:
    known = {field.name: getattr(test, field.name) for field in fields(TestResult)}
    plain = Estimate(*(getattr(of, field.name) for field in fields(Estimate)))
    return TTest(**known, of=plain)


def compared(
    estimate: Estimate, mu: float, alternative: Alternative = "two-sided", adjust: Adjust = "none"
) -> Comparisons:
    """Every row of a result tested against a number."""
    if not math.isfinite(mu):
        raise complaint(ArgumentError, "mu", expected="a finite number", found=str(mu))
    own = {field.name: getattr(estimate, field.name) for field in fields(Estimate)}
    _arguments.rule("adjust", adjust, "holm")
    own |= {"mu": float(mu), "alternative": alternative, "adjust": adjust}
    found = Comparisons(**own)
    if len(estimate) > 1:
        how = "not adjusted" if adjust == "none" else f"p adjusted by {adjust}"
        family = Choice("family of tests", f"{len(estimate)} tests, {how}")
        found = replace(found, choices=(*found.choices, family))
    found.p_adjusted  # noqa: B018 - an unknown name is an error here
    return found


@checked
def adjusted_p(p_values: Sequence[float], adjust: Adjust) -> Floats:
    """p-values of a family, adjusted for its size.

    Parameters
    ----------
    p_values
        One for each test; NaN (a test that couldn't be made) is no member of the family.
    adjust
        ``"bonferroni"``, ``"holm"``, ``"sidak"``, ``"bh"`` or ``"none"``.

    Examples
    --------
    >>> import irosurvey
    >>> irosurvey.adjusted_p([0.01, 0.04, 0.03], "holm")
    array([0.03, 0.06, 0.06])
    """
    return _core.adjusted_p_values([float(p) for p in p_values], adjust)


def equality(estimate: Estimate, test: WaldTest = "adjusted-wald") -> TestResult:
    """Whether all rows of a result are equal."""
    names = list(dict.fromkeys(str(level) for level in estimate.keys()["variable"]))
    what = names[0] if len(names) == 1 else "all"
    groups = " and ".join(estimate.by) or "rows"
    _arguments.rule("test", test, "adjusted-wald")
    core = estimate._core(estimate.covariance)
    hypothesis = f"{what} is the same in all groups of {groups}"
    return test_from_core(_core.equality_test(core, list(range(len(estimate))), test, hypothesis))


def ttest(
    design: Design,
    y: Sequence[str],
    *,
    mu: float = 0.0,
    groups: str | None = None,
    paired: str | None = None,
    less: float = 0.0,
    **rest: Any,
) -> Comparisons:
    """t-tests of means, of differences of two, or of paired answers: a row for each column."""
    if groups is not None and paired is not None:
        raise complaint(
            ArgumentError, "groups and paired", expected="one of them at most", found="both"
        )
    if groups is not None:
        found = _two_groups(design, y, groups, rest)
    elif paired is not None:
        asked = {f"{name} - {paired}": (T(name) - T(paired)) / T(1) for name in y}
        found = design.estimate(asked, **rest)
    else:
        found = design.mean(list(y), **rest)
    # A t-test's interval is the t interval, whatever means have by convention.
    found = replace(with_fewer_df(found, less) if less else found, ci=("", ""))
    return compared(found, mu)


def _two_groups(design: Design, y: Sequence[str], groups: str, rest: dict[str, Any]) -> Estimate:
    """The mean of the second group less that of the first, in the order of the levels."""
    by = [] if rest.get("by") is None else rest["by"]
    by = [by] if isinstance(by, str) else list(by)
    means = design.mean(list(y), **{**rest, "by": [*by, groups], "covariance": True})
    # A labelled answer that nobody gave is no group.
    present = means[means.rows["status"] == 0]
    place = means.by.index(groups)
    levels = list(dict.fromkeys(present.cells[cell][place] for cell in present.rows["cell"]))
    if len(levels) != 2:
        raise complaint(
            ArgumentError,
            f"groups='{groups}'",
            expected="two groups with an answer",
            found=", ".join(str(level) for level in levels[:12]) or "none",
            remedy="Name two of them in where=…, or compare all: mean(…, by=…).pairs().",
        )
    return present.difference(groups)


def one_test(found: Comparisons, alternative: Alternative) -> TTest:
    """The only row's test."""
    return replace(found, alternative=alternative).tests[0]


@checked
def change(earlier: Estimate, later: Estimate, *, df: IndependentDf = "sum") -> Estimate:
    """Change between two samples that were drawn independently: later less earlier.

    Parameters
    ----------
    earlier, later
        Answers to one question, from two designs. Rows are matched by statistic, level and group.
    df
        Degrees of freedom: ``"sum"`` of both (as one design of both samples would have), or
        ``"welch"``, weighted by variances (Satterthwaite 1946).

    Returns
    -------
    Estimate
        Variances add up; intervals are t intervals.

    Notes
    -----
    Rounds that share sampling units (a panel, the same areas) aren't independent. Stack their data
    in one frame with a column for the round, declare one design, and take
    ``design.mean(y, by="round").difference("round")``: its covariance is accounted for.

    Examples
    --------
    >>> import irosurvey
    >>> before = irosurvey.Design({"y": [4, 6, 5, 9]}).mean("y")
    >>> after = irosurvey.Design({"y": [8, 7, 10]}).mean("y")
    >>> found = irosurvey.change(before, after)
    >>> round(float(found), 4), round(float(found.se[0]), 4), float(found.df[0])
    (2.3333, 1.3944, 5.0)
    """
    answer = _core.independent_differences(
        earlier._core(earlier.covariances), later._core(later.covariances), df
    )
    return _like(earlier, answer)


@checked
def pool(estimates: Sequence[Estimate], *, df: ImputationDf = "barnard-rubin") -> Estimate:
    r"""One estimate from those of several imputed data sets, by Rubin's rules.

    :math:`\bar\theta`, with variance :math:`\bar U + (1 + 1/M) B`: the mean of the variances, and
    that of the estimates between data sets.

    Parameters
    ----------
    estimates
        The answer to one question from each data set: of any statistic, of differences and
        contrasts too.
    df
        ``"barnard-rubin"`` (1999): never above those of complete data; ``"rubin-1987"``: for large
        samples; ``"complete-data"``: those of the first data set's answer.

    Returns
    -------
    Estimate

    Raises
    ------
    ArgumentError
        For fewer than two, or for answers to different questions.

    Examples
    --------
    >>> import irosurvey
    >>> imputed = [[1.0, 3, 2, 6], [1.0, 3, 4, 6], [1.0, 3, 3, 6]]
    >>> found = irosurvey.pool([irosurvey.Design({"y": y}).mean("y") for y in imputed])
    >>> round(float(found), 4), round(float(found.se[0]), 4), round(float(found.df[0]), 2)
    (3.25, 1.0897, 1.85)
    """
    several = list(estimates)
    answer = _core.pooled([one._core(one.covariances) for one in several], df)
    return _like(several[0], answer)


def with_fewer_df(estimate: Estimate, less: float) -> Estimate:
    """The same estimate with fewer degrees of freedom: R's t-tests take one less."""
    answer = _core.with_fewer_df(estimate._core(estimate.covariances), less)
    return replace(
        estimate,
        rows=answer.rows,
        statistics=tuple(
            replace(info, df=fields_of[6])
            for info, fields_of in zip(estimate.statistics, answer.statistics, strict=True)
        ),
        choices=tuple(Choice(*choice) for choice in answer.choices),
    )


def _like(first: Estimate, answer: _core.Estimate) -> Estimate:
    """A core's answer shown as the result that it was made of."""
    found = from_core(
        answer,
        level=first.level,
        reference=first.reference,
        by_labels=first.by_labels,
        source=first.source,
    )
    of_shares = {info.name: info.of_shares for info in first.statistics}
    statistics = tuple(
        replace(info, of_shares=of_shares.get(info.name, info.of_shares))
        for info in found.statistics
    )
    return replace(found, statistics=statistics, difference_of=first.difference_of, ci=first.ci)
