"""What an estimate is, for whoever asked: numbers, labels, bases and the choices made."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    SupportsIndex,
    TypeAlias,
    overload,
)

import numpy as np
from numpy.typing import NDArray

from irosurvey import _core
from irosurvey._checked import checked_methods, found_text
from irosurvey._complaint import complaint
from irosurvey.errors import ArgumentError, ColumnError
from irosurvey.parts import Choice, Floats, Interval, Level, LevelValue, Reference, StatisticInfo
from irosurvey.rows import holder_of, levels_by, matching
from irosurvey.tabular import Tabular

if TYPE_CHECKING:
    import pyarrow as pa
    from matplotlib.axes import Axes

    from irosurvey.charts.data import Kind
    from irosurvey.combination import Function
    from irosurvey.comparisons import Adjust, Alternative, Comparisons, WaldTest
    from irosurvey.layout import Column
    from irosurvey.origin import AnyOrigin, Origin
    from irosurvey.test_result import TestResult

__all__ = [
    "Choice",
    "Estimate",
    "Floats",
    "Interval",
    "Level",
    "LevelValue",
    "Reference",
    "StatisticInfo",
    "column_names",
    "from_core",
    "with_levels",
    "with_levels_of_questions",
]

Simultaneous: TypeAlias = Literal["none", "bonferroni", "sidak"]


@checked_methods
@dataclass(frozen=True, eq=False, repr=False)
class Estimate(Tabular):
    """The answer to one question: a number for every statistic and group, and how sure it is.

    A result never changes. It says what it says in plain values and arrays, so it can be pickled,
    and read without the data; as long as the data are there it knows where it came from. It is a
    sequence of its rows: ``len``, iteration, ``result[0]``, ``result["North East"]``; a result of
    one row is a number: ``float(result)``.

    Rows come statistic by statistic, and group by group within a statistic. A row without an
    estimate (nobody of positive weight in the group, or a denominator of 0) holds NaN, and says
    why in :attr:`status`.

    Attributes
    ----------
    by
        The columns by which the domain was divided.
    cells
        The groups: one level for each of the `by` columns.
    statistics
        What was estimated.
    choices
        Every named choice that the numbers depend on.
    level
        Confidence level that :meth:`interval`, the tables and the plot use unless told otherwise.
    rows
        The engine's numbers as a structured array, a record for each row.
    covariances
        The covariance matrix, or ``None``; :attr:`covariance` says how to get it.
    reference
        Simple random sample that :attr:`deff` compares with: ``"wr"`` or ``"wor"``.
    by_labels
        The labels of the `by` columns in their data file; the name where there is none.
    source
        The label of the data file.
    difference_of
        The `by` column whose groups are compared, if the numbers are differences.
    ci
        How intervals of shares, and of everything else, are made unless :meth:`interval` is told
        another method; ``""``: ``"logit"`` and ``"t"``.
    origin
        What it was asked of, for counts that the result doesn't hold (:attr:`events`) and for the
        balance of rows; no part of what it says. ``None`` where that isn't known.

    Examples
    --------
    >>> import irosurvey
    >>> data = {"w": [2.0, 2.0, 3.0, 3.0], "region": ["N", "N", "S", "S"], "y": [10, 14, 20, 26]}
    >>> result = irosurvey.Design(data, weights="w").mean("y", by="region")
    >>> result.estimate
    array([12., 23.])
    >>> float(result["S"])
    23.0
    >>> result.se.round(4)
    array([1.633 , 2.4495])
    """

    by: tuple[str, ...]
    cells: tuple[tuple[Level, ...], ...]
    statistics: tuple[StatisticInfo, ...]
    rows: NDArray[np.void]
    covariances: Floats | None
    choices: tuple[Choice, ...]
    level: float = 0.95
    reference: Reference = "wr"
    by_labels: tuple[str, ...] = ()
    source: str = ""
    difference_of: str = ""
    ci: tuple[str, str] = ("", "")
    origin: AnyOrigin | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        for array in (self.rows, self.covariances):
            if array is not None:
                array.flags.writeable = False

    # ---- what was estimated, row by row ----

    @property
    def estimate(self) -> Floats:
        """The estimates; a share is on the scale 0-1."""
        return self._field("value")

    @property
    def variance(self) -> Floats:
        """Design variance of each estimate."""
        return self._field("variance")

    @property
    def se(self) -> Floats:
        """Standard errors."""
        return self._core().standard_error()

    @property
    def cv(self) -> Floats:
        """Coefficients of variation: standard error over the size of the estimate, 0.1 for 10 %."""
        return self._core().cv()

    @property
    def df(self) -> Floats:
        """Degrees of freedom; 0 where sampling units don't outnumber strata."""
        return self._field("df")

    @property
    def n(self) -> NDArray[np.int64]:
        """Unweighted bases: how many rows of positive weight each estimate rests on."""
        return self._field("n")

    @property
    def weighted_n(self) -> Floats:
        """Weighted bases: the sums of those rows' weights."""
        return self._field("weighted_n")

    @property
    def events(self) -> NDArray[np.int64]:
        """Unweighted numerators of shares: how many rows of each base are in the level.

        They are counted when they are asked for, in the data that the result came from.
        -1 where a row is no share of levels of a column, or where that isn't known.
        """
        if self.origin is None:
            return np.full(len(self), -1, dtype=np.int64)
        return self.origin.events(self.statistics, self.cells, self.rows)

    @property
    def units(self) -> NDArray[np.int64]:
        """First-stage sampling units that hold those rows.

        0 where that isn't known: variances from replicates, combinations of several groups.
        """
        return self._field("units")

    @property
    def strata(self) -> NDArray[np.int64]:
        """Strata that hold those rows; 0 where that isn't known, as of `units`."""
        return self._field("strata")

    @property
    def deff(self) -> Floats:
        """Design effects, relative to the simple random sample named at the call."""
        return self.design_effect(self.reference)

    @property
    def effective_n(self) -> Floats:
        """Effective sample sizes: the bases divided by their design effects."""
        return self._core().effective_n()

    @property
    def status(self) -> tuple[str, ...]:
        """Why a row has no estimate: ``"empty"`` (nobody there), ``"undefined"``, or ``"ok"``."""
        return tuple(_core.status_names()[code] for code in self.rows["status"])

    @property
    def covariance(self) -> Floats:
        """Covariance matrix of the estimates, rows in the result's order.

        Raises
        ------
        ArgumentError
            If covariances between estimates weren't computed.
        """
        if self.covariances is None:
            raise self._no_covariance()
        return self.covariances

    def design_effect(self, reference: Reference = "wr") -> Floats:
        """Design variance over the variance of the same statistic from a simple random sample.

        Parameters
        ----------
        reference
            ``"wr"``: the sample is drawn with replacement; ``"wor"``: without, from a population
            as large as the weighted base.

        Examples
        --------
        >>> import irosurvey
        >>> data = {"school": ["a", "a", "b", "b", "c", "c"], "y": [10, 14, 20, 26, 9, 15]}
        >>> irosurvey.Design(data, clusters="school").mean("y").design_effect().round(4)
        array([1.9643])
        """
        return self._core().design_effect(reference)

    def interval(
        self,
        level: float | None = None,
        method: str | None = None,
        *,
        adjust: Simultaneous = "none",
        df_adjust: bool | None = None,
        truncate: bool | None = None,
    ) -> Interval:
        """Confidence intervals.

        Parameters
        ----------
        level
            Confidence level on the scale 0-1; by default the result's own (0.95 unless it was
            named at the call).
        method
            For everything ``"t"`` (default of everything but shares), ``"normal"``; for what is
            positive ``"log"``; for shares ``"logit"`` (default), ``"xlogit"`` (the same, with
            replicates of the log-odds), ``"beta"`` (Korn and Graubard 1998), ``"beta-nchs"``,
            ``"wilson"``, ``"agresti-coull"``, ``"jeffreys"``, ``"arcsine"``, ``"likelihood"`` (as
            R reads it off), ``"likelihood-exact"``, ``"wald"``.
        adjust
            ``"bonferroni"`` or ``"sidak"``: the intervals of all rows hold together with the
            level.
        df_adjust
            Of ``"beta"``, ``"beta-nchs"``, ``"jeffreys"``: whether the effective sample size is
            multiplied by the squared ratio of the t values of n - 1 and of the design's degrees of
            freedom (default: yes).
        truncate
            Of those, ``"wilson"`` and ``"agresti-coull"``: whether the effective sample size is at
            most n (default: of ``"beta-nchs"`` alone).

        Returns
        -------
        Interval
            Arrays `lower` and `upper`. Where there are no degrees of freedom the limits are the
            ends of the scale: 0 and 1 of a share, infinity else.

        Notes
        -----
        Formulas, and what holds at 0 and 1: ``docs/methods/intervals.md``.

        Examples
        --------
        >>> import irosurvey
        >>> data = {"yes": [True, True, False, True, False]}
        >>> share = irosurvey.Design(data).proportion("yes")
        >>> lower, upper = share.interval(method="beta")
        >>> print(f"{float(share):.2f}: {lower[0]:.3f} to {upper[0]:.3f}")
        0.60: 0.110 to 0.965
        """
        each = self.level if level is None else level
        if adjust != "none":
            family = int((self.rows["status"] == 0).sum())
            each = _core.simultaneous_level(each, max(1, family), adjust)
        methods = [own if method is None else method for own in self._own_methods]
        lower, upper = _core.intervals(self._core(), methods, each, df_adjust, truncate)
        return Interval(lower, upper)

    @property
    def interval_methods(self) -> tuple[str, ...]:
        """How each statistic's interval is made unless another method is named."""
        defaults = _core.default_methods(self._core())
        return tuple(
            own or default for own, default in zip(self._own_methods, defaults, strict=True)
        )

    @property
    def _own_methods(self) -> list[str]:
        """The method that the question named for each statistic; "" for none."""
        of_shares, of_others = self.ci
        return [of_shares if info.scale == "share" else of_others for info in self.statistics]

    # ---- parts of it ----

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Estimate]:
        return (self[row] for row in range(len(self)))

    def __float__(self) -> float:
        if len(self) != 1:
            raise TypeError(
                f"a result of {len(self)} rows is no single number; "
                "pick one, result[0] or result.sel(…), or take the array result.estimate"
            )
        return float(self.estimate[0])

    @overload
    def __getitem__(self, key: SupportsIndex | slice | str) -> Estimate: ...
    @overload
    def __getitem__(self, key: Sequence[int] | NDArray[Any]) -> Estimate: ...
    def __getitem__(self, key: Any) -> Estimate:
        """Some of the rows: by position, by a mask, or by the label of a group or a level."""
        if isinstance(key, str):
            return self.sel(**{holder_of(key, self.keys()): key})
        kept = self._positions(key)
        covariances = None if self.covariances is None else self.covariances[np.ix_(kept, kept)]
        return replace(self, rows=self.rows[kept].copy(), covariances=covariances)

    def _positions(self, key: Any) -> NDArray[np.intp]:
        """Which rows a key means; a position beyond them is an IndexError, as of any sequence."""
        rows = np.arange(len(self))
        try:
            kept = np.atleast_1d(rows[key])
        except (IndexError, ValueError, TypeError, OverflowError):
            if isinstance(key, int | np.integer) and -(2**63) <= key < 2**63:
                raise
            kept = rows[np.newaxis]
        if kept.ndim == 1:
            return kept
        raise complaint(
            ArgumentError,
            "rows of a result",
            expected="a position, a slice, a mask, positions, or the label of a group or a level",
            found=found_text(key),
        )

    def sel(self, **labels: LevelValue | Sequence[LevelValue]) -> Estimate:
        """Rows of the named groups, levels or variables.

        Parameters
        ----------
        **labels
            A `by` column, ``variable`` or ``level``, and the code or label wanted, or several.

        Raises
        ------
        ColumnError
            If the result isn't divided by such a column.
        ArgumentError
            If no row has such a label.

        Examples
        --------
        >>> import irosurvey
        >>> data = {"sex": [1, 1, 2, 2], "area": ["a", "b", "a", "b"], "y": [1, 2, 3, 4]}
        >>> result = irosurvey.Design(data).total("y", by=["sex", "area"])
        >>> result.sel(sex=2, area="b").estimate
        array([4.])
        """
        keys = self.keys()
        kept = np.ones(len(self), dtype=bool)
        for name, wanted in labels.items():
            kept &= matching(name, levels_by(keys, name), wanted)
        return self[kept]

    def keys(self) -> dict[str, tuple[Level, ...]]:
        """What tells rows apart: ``variable``, ``level`` (of shares) and the `by` columns.

        Returns
        -------
        dict
            For each, its level in every row.

        Examples
        --------
        >>> import irosurvey
        >>> data = {"area": ["N", "N", "S", "S"], "y": [10, 14, 20, 26]}
        >>> keys = irosurvey.Design(data).mean("y", by="area").keys()
        >>> [str(level) for level in keys["area"]]
        ['N', 'S']
        """
        infos = [self.statistics[index] for index in self.rows["statistic"]]
        keys = {"variable": tuple(Level(info.variable) for info in infos)}
        if any(info.level is not None for info in infos):
            keys[self._level_key] = tuple(info.level or Level("") for info in infos)
        cells = [self.cells[index] for index in self.rows["cell"]]
        for position, name in enumerate(column_names(self.by, keys)):
            keys[name] = tuple(cell[position] for cell in cells)
        return keys

    # ---- comparisons ----

    def difference(self, by: str, *, reference: LevelValue | None = None) -> Estimate:
        """Differences between the groups of one `by` column, with their standard errors.

        Parameters
        ----------
        by
            One of the result's `by` columns. Groups are compared within the groups of the others.
        reference
            Code or label of the group that every other is compared with; by default every pair
            is compared, the later group less the earlier one.

        Returns
        -------
        Estimate
            One row for each pair, ``B - A``. The covariance between the two groups is accounted
            for. Intervals are t intervals with the degrees of freedom of the whole domain, all
            groups together. They are not adjusted for the number of comparisons.

        Raises
        ------
        ArgumentError
            If covariances between estimates weren't computed.

        Examples
        --------
        >>> import irosurvey
        >>> data = {"region": ["N", "N", "S", "S"], "y": [10, 14, 20, 26]}
        >>> gap = irosurvey.Design(data).mean("y", by="region").difference("region")
        >>> gap.estimate, gap.se.round(4)
        (array([11.]), array([2.9439]))
        """
        if by not in self.by:
            raise complaint(
                ColumnError,
                f"'{by}'",
                expected="a column that the result is divided by: "
                + (", ".join(f"'{name}'" for name in self.by) or "it has none"),
                remedy="Name it in by=… of the question.",
                name=by,
                existing=self.by,
            )
        if self.covariances is None:
            raise self._no_covariance()
        from irosurvey.differences import differences

        return differences(self, self.by.index(by), reference)

    def pairs(
        self,
        by: str | None = None,
        *,
        adjust: Adjust = "none",
        reference: LevelValue | None = None,
        alternative: Alternative = "two-sided",
    ) -> Comparisons:
        """All pairs of groups compared in one call, each with its t-test.

        Parameters
        ----------
        by
            The `by` column whose groups are compared; may be left out if there is one.
        adjust
            p-values of the family of all pairs: ``"bonferroni"``, ``"holm"``, ``"sidak"``, ``"bh"``
            (Benjamini and Hochberg 1995), ``"none"``.
        reference
            Code or label of a group that every other is compared with.
        alternative
            ``"two-sided"``, ``"less"`` or ``"greater"``, of the later group less the earlier one.

        Returns
        -------
        Comparisons
            The differences, with `statistic`, `p`, `p_adjusted`, and `tests` one by one.

        Examples
        --------
        >>> import irosurvey
        >>> data = {"area": ["N", "N", "S", "S", "W", "W"], "y": [10, 14, 20, 26, 9, 15]}
        >>> found = irosurvey.Design(data).mean("y", by="area").pairs(adjust="holm")
        >>> found.p.round(4), found.p_adjusted.round(4)
        (array([0.011 , 1.    , 0.0204]), array([0.0329, 1.    , 0.0408]))
        """
        from irosurvey.comparisons import compared

        return compared(
            self.difference(by or self._only_by(), reference=reference), 0.0, alternative, adjust
        )

    def test(
        self,
        mu: float = 0.0,
        *,
        alternative: Alternative = "two-sided",
        adjust: Adjust = "none",
    ) -> Comparisons:
        """Every row tested against a number: t-tests with the row's degrees of freedom.

        Parameters
        ----------
        mu
            The number.
        alternative, adjust
            As in :meth:`pairs`.

        Returns
        -------
        Comparisons

        Examples
        --------
        >>> import irosurvey
        >>> data = {"area": ["N", "N", "S", "S"], "y": [10, 14, 20, 26]}
        >>> irosurvey.Design(data).mean("y", by="area").test(12).p.round(4)
        array([1.    , 0.1395])
        """
        from irosurvey.comparisons import compared

        return compared(self, mu, alternative, adjust)

    def equality(self, test: WaldTest = "adjusted-wald") -> TestResult:
        """Whether all rows are equal: an F test of several means at once.

        Parameters
        ----------
        test
            ``"adjusted-wald"`` (Korn and Graubard 1990) or ``"wald"``.

        Returns
        -------
        TestResult
            With the degrees of freedom of the whole domain, all groups together.

        Examples
        --------
        >>> import irosurvey
        >>> data = {"area": ["N", "N", "S", "S", "W", "W"], "y": [10, 14, 20, 26, 9, 15]}
        >>> irosurvey.Design(data).mean("y", by="area").equality().line
        'F(2, 4) = 6.854, p = 0.0510'
        """
        from irosurvey.comparisons import equality

        return equality(self, test)

    def contrast(self, weights: Any) -> Estimate:
        r"""Linear combinations of rows, with their standard errors.

        :math:`\sum_i c_i \hat\theta_i` has the variance :math:`c^\top V c`, `V` the covariance
        of the rows.

        Parameters
        ----------
        weights
            A weight by group: ``{"North": 1, "South": -1}``. A group is named by its code or label,
            or by a tuple with one for each `by` column. Or a list of terms, ``{"at": {"region":
            "North"}, "weight": 1}``, where ``at`` may also name ``"variable"`` and ``"level"``. Or
            several contrasts: a list of them, or a mapping with their names.

        Returns
        -------
        Estimate
            One row for each contrast, in each group of the `by` columns (and for each statistic)
            that the weights don't name. Intervals are t intervals with the degrees of freedom of
            the whole domain, all groups together; they aren't adjusted for how many there are.

        Raises
        ------
        ArgumentError
            If a group isn't there or isn't one row, or covariances weren't computed.

        Examples
        --------
        >>> import irosurvey
        >>> data = {"area": ["N", "N", "S", "S", "W", "W"], "y": [10, 14, 20, 26, 9, 15]}
        >>> means = irosurvey.Design(data).mean("y", by="area")
        >>> gap = means.contrast({"N": 0.5, "W": 0.5, "S": -1})
        >>> float(gap), round(float(gap.se[0]), 4)
        (-11.0, 2.7111)
        >>> means.contrast({"gap": {"N": 1, "S": -1}, "all": {"N": 1, "S": 1, "W": 1}}).estimate
        array([-11.,  47.])
        """
        from irosurvey.combination import contrast

        if self.covariances is None:
            raise self._no_covariance()
        return contrast(self, weights)

    def combine(self, function: Function) -> Estimate:
        r"""Smooth functions of rows, with their standard errors.

        :math:`g(\hat\theta)` has the variance :math:`\nabla g^\top V \nabla g`, with exact
        derivatives and `V` the covariance of the rows.

        Parameters
        ----------
        function
            Takes the rows, and gives an expression of them, several, or a mapping with names:
            ``lambda t: t["North"] / t["South"]``. ``t["North", 2]`` names a level for each `by`
            column, ``t[0]`` is the first row, ``t.sel(variable="y", region="North")`` any.
            Expressions are built with ``+ - * /``, ``** number`` and :func:`irosurvey.log`,
            :func:`irosurvey.exp`, :func:`irosurvey.sqrt`.

        Returns
        -------
        Estimate
            One row for each expression, with the degrees of freedom of the whole domain.

        Raises
        ------
        ArgumentError
            If a row isn't there or isn't one, or covariances weren't computed.

        Examples
        --------
        >>> import irosurvey
        >>> from irosurvey import log
        >>> data = {"area": ["N", "N", "S", "S"], "y": [10, 14, 20, 26]}
        >>> means = irosurvey.Design(data).mean("y", by="area")
        >>> ratio = means.combine(lambda t: t["S"] / t["N"])
        >>> round(float(ratio), 4), round(float(ratio.se[0]), 4)
        (1.9167, 0.3312)
        >>> both = means.combine(lambda t: {"log": log(t["S"] / t["N"]), "sum": t[0] + t[1]})
        >>> both.keys()["variable"]
        (Level(value='log', label=''), Level(value='sum', label=''))
        """
        from irosurvey.combination import combine

        if self.covariances is None:
            raise self._no_covariance()
        return combine(self, function)

    # ---- as other things ----

    def to_arrow(self, *, labels: bool = True, level: float | None = None) -> pa.Table:
        """The result as a pyarrow table, one row for each estimate.

        Parameters
        ----------
        labels
            Whether groups and levels are shown by their labels (default) or by their codes.
        level
            Confidence level of the limits, by default the result's own.

        Returns
        -------
        pyarrow.Table
            Columns `statistic`, `variable`, `level` (of shares), the `by` columns, `estimate`,
            `se`, `lower`, `upper`, `df`, `n`, `weighted_n`, `deff` and `status`; null where there
            is no estimate. A `by` column that has one of these names gets an underscore appended.

        Examples
        --------
        >>> import irosurvey
        >>> data = {"area": ["N", "N", "S", "S"], "y": [10, 14, 20, 26]}
        >>> table = irosurvey.Design(data).mean("y", by="area").to_arrow()
        >>> table.column("estimate").to_pylist()
        [12.0, 23.0]
        """
        from irosurvey.display import arrow_table

        return arrow_table(self, labels=labels, level=level)

    def plot(
        self,
        kind: Kind | None = None,
        *,
        level: float | None = None,
        method: str | None = None,
        ax: Axes | None = None,
    ) -> Axes:
        """A picture of the result: dots and confidence intervals, a line for each row.

        It shows unrounded numbers to the person who analyses. What is published goes through
        disclosure control first: see :mod:`irosurvey.charts`.

        Parameters
        ----------
        kind
            ``"dot"`` (default), ``"bar"``, ``"likert"`` (shares of every answer, stacked, with the
            net score), ``"time"`` (lines with bands, groups from left to right), ``"histogram"``
            (default of :meth:`Design.histogram`).
        level, method
            Of the intervals, as in :meth:`interval`.
        ax
            Axes to draw on; by default a new figure of a fitting height.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        ArgumentError
            If the result isn't what such a picture shows: more than five answers to stack, say.

        Examples
        --------
        >>> import irosurvey
        >>> data = {"area": ["N", "N", "S", "S"], "y": [10, 14, 20, 26]}
        >>> axes = irosurvey.Design(data).mean("y", by="area").plot()
        >>> [text.get_text() for text in axes.get_yticklabels()]
        ['N  (n = 2)', 'S  (n = 2)']
        """
        from irosurvey.plot import plot_estimate

        return plot_estimate(self, kind=kind, level=level, method=method, ax=ax)

    def __repr__(self) -> str:
        from irosurvey.display import text_of_estimate

        return text_of_estimate(self)

    def _repr_html_(self) -> str:
        from irosurvey.display import html_of_estimate

        return html_of_estimate(self)

    def __eq__(self, other: object) -> bool:
        """Whether everything is the same, to the last bit."""
        if not isinstance(other, Estimate):
            return NotImplemented
        return all(
            _same(getattr(self, own.name), getattr(other, own.name))
            for own in fields(self)
            if own.compare
        )

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        kept = {own.name: getattr(self, own.name) for own in fields(self)}
        kept["origin"] = self._known_origin()
        return type(self), tuple(kept.values())

    def _known_origin(self) -> AnyOrigin | None:
        """What a pickle takes along of the origin: counts, no data."""
        from irosurvey.origin import Known, Origin

        if not isinstance(self.origin, Origin):
            return self.origin
        places = zip(self.rows["statistic"], self.rows["cell"], self.events, strict=True)
        counts = {(int(one), int(two)): int(n) for one, two, n in places if n >= 0}
        return Known(self.origin.domain, self.origin.population, self.origin.where, counts)

    def _more_columns(self) -> list[Column]:
        """Columns that a kind of result adds to the table for reading; none."""
        return []

    # ---- to and from the core ----

    def _core(self, covariances: Floats | None = None) -> _core.Estimate:
        """The same result as the C++ core knows it; formulas are there."""
        return _core.Estimate(
            by=list(self.by),
            cells=[list(cell) for cell in self.cells],
            statistics=[
                (
                    info.name,
                    list(info.variables),
                    info.label,
                    info.level,
                    info.scale,
                    info.formula,
                    info.df,
                )
                for info in self.statistics
            ],
            rows=self.rows,
            covariance=covariances,
            choices=list(self.choices),
        )

    @property
    def _level_key(self) -> str:
        """What a statistic's level is called: of a quantile it is its probability."""
        names = {info.name for info in self.statistics if info.level is not None}
        return {"quantile": "prob", "cdf": "at"}.get("".join(names), "level")

    def _field(self, name: str) -> NDArray[Any]:
        return self.rows[name]

    def _only_by(self) -> str:
        if len(self.by) == 1:
            return self.by[0]
        raise complaint(
            ArgumentError,
            "by",
            expected="the column whose groups are compared",
            found=f"{len(self.by)} columns",
            remedy="Name one of by=…" if self.by else "Ask with by=….",
        )

    def _no_covariance(self) -> ArgumentError:
        return complaint(
            ArgumentError,
            "covariances between estimates",
            expected="a result that has them",
            found=f"{len(self)} estimates without",
            remedy=(
                "Combine the result that these came from, or fewer rows of it at a time."
                if self.difference_of or "contrast" in self.by
                else "Ask with covariance=True; statistics of one call share one matrix."
            ),
        )


def from_core(
    answer: _core.Estimate,
    *,
    level: float,
    reference: Reference,
    by_labels: Sequence[str],
    source: str,
    extra_choices: Sequence[Choice] = (),
    ci: tuple[str, str] = ("", ""),
    origin: Origin | None = None,
) -> Estimate:
    """The core's answer as plain values."""
    statistics = tuple(
        StatisticInfo(
            name,
            tuple(variables),
            label,
            None if found is None else Level(*found),
            scale,
            formula,
            df,
            of_shares=scale == "share",
            question=question,
        )
        for (name, variables, label, found, scale, formula, df), question in zip(
            answer.statistics, answer.questions, strict=True
        )
    )
    return Estimate(
        by=tuple(answer.by),
        cells=tuple(tuple(Level(*found) for found in cell) for cell in answer.cells),
        statistics=statistics,
        rows=answer.rows,
        covariances=answer.covariance,
        choices=(*(Choice(*choice) for choice in answer.choices), *extra_choices),
        level=level,
        reference=reference,
        by_labels=tuple(by_labels),
        source=source,
        ci=ci,
        origin=origin,
    )


def with_levels(estimate: Estimate, levels: Sequence[Level | None]) -> Estimate:
    """Name the level that each statistic is about."""
    statistics = zip(estimate.statistics, levels, strict=True)
    return replace(
        estimate, statistics=tuple(replace(info, level=level) for info, level in statistics)
    )


def with_levels_of_questions(estimate: Estimate, levels: Sequence[Level | None]) -> Estimate:
    """Name the level that each question was about; one that has none is about every level."""
    return replace(
        estimate,
        statistics=tuple(
            info if levels[info.question] is None else replace(info, level=levels[info.question])
            for info in estimate.statistics
        ),
    )


def column_names(by: Sequence[str], taken: Collection[str]) -> list[str]:
    """The names of the `by` columns, with an underscore where the name is taken."""
    return [name + "_" if name in taken else name for name in by]


def _same(one: object, other: object) -> bool:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        if one.dtype.names is not None and one.dtype == other.dtype:
            return all(_same(one[name], other[name]) for name in one.dtype.names)
        return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    return one is other or bool(one == other)
