"""Cross-tabs: counts and shares of two columns, what independence makes expect, and tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from irosurvey import _core
from irosurvey._checked import checked_methods
from irosurvey._complaint import complaint
from irosurvey.crosstab_comparisons import (
    Association,
    ColumnComparison,
    Multiplicity,
    comparison_of,
)
from irosurvey.errors import ArgumentError
from irosurvey.origin import Counted
from irosurvey.parts import Choice, Floats, Interval, Level, LevelValue, Reference, is_level
from irosurvey.result import Estimate, from_core
from irosurvey.tabular import Tabular
from irosurvey.test_result import TestResult, test_from_core

if TYPE_CHECKING:
    import pyarrow as pa
    from matplotlib.axes import Axes

    from irosurvey.charts.data import Kind
    from irosurvey.origin import AnyOrigin, Origin

__all__ = [
    "Association",
    "ColumnComparison",
    "CrossTab",
    "Percent",
    "TableTest",
    "crosstab",
    "goodness_of_fit",
]

TableTest: TypeAlias = Literal[
    "rao-scott-f",
    "rao-scott-chisq",
    "rao-scott-lr-f",
    "rao-scott-lr-chisq",
    "wald",
    "adjusted-wald",
    "lincom",
    "saddlepoint",
    "pearson",
    "lr",
]
EffectsAt: TypeAlias = Literal["observed", "expected"]
MixtureDenominator: TypeAlias = Literal["satterthwaite", "whole", "infinite"]
CmhAlternative: TypeAlias = Literal["general", "mean-score", "correlation"]
Percent: TypeAlias = Literal["column", "row", "total", "count"]

STATISTICS: dict[Percent, str] = {
    "count": "count",
    "row": "row share",
    "column": "column share",
    "total": "share",
}
"""The statistic of the result that holds each kind of number."""


@checked_methods
@dataclass(frozen=True, eq=False, repr=False)
class CrossTab(Tabular):
    """A table of two columns, or one for each group of others (its layers).

    Counts are weighted totals. Every number has its standard error, interval, design effect and
    unweighted base, and all come from one pass over the rows. A table never changes.

    A level that a column's value labels name, but that nobody has, is a row (column) of zeros:
    it is shown, and tests leave it out.

    Attributes
    ----------
    rows, columns, layers
        Names of the columns of data.
    row_levels, column_levels
        What they take; :attr:`layer_cells` holds a tuple of levels for each layer.
    level
        Confidence level of the intervals.
    titles
        The columns by their labels in the data file.
    source
        The label of the data file.
    """

    rows: str
    columns: str
    layers: tuple[str, ...]
    table: _core.CrossTab
    level: float = 0.95
    reference: Reference = "wr"
    titles: tuple[str, ...] = ()
    source: str = ""
    extra_choices: tuple[Choice, ...] = ()
    default_test: TableTest = "rao-scott-f"
    """The test that is made if none is named; from the design's conventions."""
    ci: tuple[str, str] = ("", "")
    """How intervals of shares and of counts are made if nothing is said; "": our own way."""
    origin: AnyOrigin | None = None
    """What it was asked of, as of :class:`Estimate`."""
    layer: int | None = None
    """Which of the layers this is; ``None``: all of them, or there are none."""

    # ---- what is in it ----

    @cached_property
    def row_levels(self) -> tuple[Level, ...]:
        """The rows."""
        return tuple(Level(*level) for level in self.table.row_levels)

    @cached_property
    def column_levels(self) -> tuple[Level, ...]:
        """The columns."""
        return tuple(Level(*level) for level in self.table.column_levels)

    @cached_property
    def layer_cells(self) -> tuple[tuple[Level, ...], ...]:
        """The layers: a level for each of the columns of data that make them."""
        return tuple(tuple(Level(*level) for level in cell) for cell in self.table.layer_cells)

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Every named choice that the numbers depend on."""
        return (*(Choice(*choice) for choice in self.table.choices), *self.extra_choices)

    @property
    def df(self) -> float:
        """Degrees of freedom, of the whole table."""
        return float(self.table.df[self._one("degrees of freedom")])

    @property
    def n(self) -> NDArray[np.int64]:
        """Unweighted number of rows of data in each cell: rows x columns."""
        found: NDArray[np.int64] = self.table.n[self._one("bases")]
        return found

    @property
    def totals(self) -> Floats:
        """Weighted counts: rows x columns."""
        found: Floats = self.table.totals[self._one("counts")]
        return found

    @cached_property
    def estimates(self) -> Estimate:
        """Counts, row shares, column shares and shares of the total, with their margins."""
        whole = from_core(
            self.table.counts_and_shares(),
            level=self.level,
            reference=self.reference,
            by_labels=list(self.titles),
            source=self.source,
            extra_choices=self.extra_choices,
            ci=self.ci,
        )
        n = np.zeros(len(whole.cells), dtype=np.int64)
        counted = whole.rows[whole.rows["statistic"] == 0]  # counts come first
        n[counted["cell"]] = counted["n"]
        if self.origin is not None:
            known = (self.origin.domain, self.origin.population, self.origin.where)
            whole = replace(whole, origin=Counted(*known, n))
        if self.layer is None:
            return whole
        size = (len(self.row_levels) + 1) * (len(self.column_levels) + 1)
        own = whole[whole.rows["cell"] // size == self.layer]
        rows = own.rows.copy()
        rows["cell"] -= size * self.layer
        cells = whole.cells[size * self.layer : size * (self.layer + 1)]
        dropped = len(self.layers)
        origin = whole.origin
        if isinstance(origin, Counted):
            origin = replace(origin, n=n[size * self.layer : size * (self.layer + 1)])
        return replace(
            own,
            origin=origin,
            by=own.by[dropped:],
            by_labels=own.by_labels[dropped:],
            cells=tuple(cell[dropped:] for cell in cells),
            rows=rows,
        )

    def estimate(self, percent: Percent) -> Estimate:
        """One kind of number, ``"count"``, ``"row"``, ``"column"`` or ``"total"``, with margins."""
        if percent not in STATISTICS:
            raise complaint(
                ArgumentError,
                "percent",
                expected=" or ".join(f'"{name}"' for name in STATISTICS),
                found=repr(percent),
            )
        names = [info.name for info in self.estimates.statistics]
        if STATISTICS[percent] not in names:
            raise complaint(
                ArgumentError,
                "percent",
                expected='"count" or "total" of a table of one column',
                found=repr(percent),
            )
        return self.estimates[self.estimates.rows["statistic"] == names.index(STATISTICS[percent])]

    @property
    def counts(self) -> Estimate:
        """Weighted counts."""
        return self.estimate("count")

    @property
    def row_shares(self) -> Estimate:
        """Shares of each row's total, on the scale 0-1."""
        return self.estimate("row")

    @property
    def column_shares(self) -> Estimate:
        """Shares of each column's total."""
        return self.estimate("column")

    @property
    def shares(self) -> Estimate:
        """Shares of the table's total."""
        return self.estimate("total")

    def interval(
        self, percent: Percent = "total", level: float | None = None, method: str | None = None
    ) -> Interval:
        """Limits of one kind of number; see :meth:`Estimate.interval`."""
        return self.estimate(percent).interval(level, method)

    # ---- layers ----

    def __len__(self) -> int:
        return len(self.tables)

    def __iter__(self) -> Iterator[CrossTab]:
        return iter(self.tables)

    @property
    def tables(self) -> tuple[CrossTab, ...]:
        """A table for each layer; the table itself if there are none."""
        if not self.layers or self.layer is not None:
            return (self,)
        return tuple(replace(self, layer=place) for place in range(len(self.layer_cells)))

    def sel(self, **labels: LevelValue) -> CrossTab:
        """The table of one layer, by the code or label of each column that makes the layers.

        Examples
        --------
        >>> import irosurvey
        >>> data = {"sex": ["f", "m", "f", "m"], "work": [1, 1, 0, 0], "area": [1, 2, 1, 2]}
        >>> irosurvey.Design(data).crosstab("sex", "work", "area").sel(area=2).n
        array([[0, 0],
               [1, 1]])
        """
        unknown = [name for name in labels if name not in self.layers]
        if unknown:
            raise complaint(
                ArgumentError,
                f"'{unknown[0]}'",
                expected="a column that makes layers",
                name=unknown[0],
                existing=self.layers,
            )
        found = [
            place
            for place, cell in enumerate(self.layer_cells)
            if all(
                is_level(wanted, [cell[self.layers.index(name)]])[0]
                for name, wanted in labels.items()
            )
        ]
        if len(found) != 1:
            raise complaint(
                ArgumentError,
                "layer " + ", ".join(f"{name} = {value}" for name, value in labels.items()),
                expected="one of "
                + "; ".join(", ".join(map(str, cell)) for cell in self.layer_cells[:12]),
                found=f"{len(found)} of them",
            )
        return replace(self, layer=found[0])

    def _one(self, what: str) -> int:
        if self.layer is not None:
            return self.layer
        if not self.layers:
            return 0
        raise complaint(
            ArgumentError,
            what,
            expected="a table without layers, or one of them",
            found=f"{len(self.layer_cells)} layers",
            remedy="Take them from .tables or .sel(…); .cmh() tests all of them together.",
        )

    # ---- tests ----

    def test(
        self,
        method: TableTest | Literal["conventional"] = "conventional",
        *,
        order: Literal[1, 2] | None = None,
        design_effects: EffectsAt = "observed",
        denominator: MixtureDenominator = "satterthwaite",
    ) -> TestResult:
        r"""Test whether rows and columns are independent.

        Parameters
        ----------
        method
            By default the design's conventions say: ``"rao-scott-f"`` unless others were named.
            ``"rao-scott-f"``, ``"rao-scott-chisq"``: Pearson's chi-square, corrected for
            the design; ``"rao-scott-lr-f"``, ``"rao-scott-lr-chisq"``: the likelihood ratio;
            ``"wald"``, ``"adjusted-wald"``; ``"lincom"`` and ``"saddlepoint"``: Pearson's
            chi-square against the mixture of chi-squares that it follows, by exact inversion or
            by an approximation; ``"pearson"``, ``"lr"``: uncorrected.
        order
            Of a Rao-Scott test. Second order (default of F) uses the spread of the design effects,
            first order (default of chi-square) their mean.
        design_effects
            Whether they are taken at the ``"observed"`` or the ``"expected"`` shares. Where a cell
            is empty they exist at the expected ones only, which are then taken.
        denominator
            Of a mixture: ``"satterthwaite"``, a chi-square with d times df degrees of freedom over
            them; ``"whole"``, the same cut to a whole number, as R's survey has it;
            ``"infinite"``, none.

        Returns
        -------
        TestResult
            NaN, with a choice that says why, where there is no test: one row only, or for Wald more
            contrasts than the design has degrees of freedom.

        Notes
        -----
        Formulas and sources: ``docs/methods/crosstabs.md``.

        Examples
        --------
        >>> import irosurvey
        >>> data = {"a": [1, 1, 1, 2, 2, 2, 2, 1], "b": [1, 1, 2, 2, 2, 2, 1, 1]}
        >>> irosurvey.Design(data).crosstab("a", "b").test("pearson").line
        'χ²(1) = 2, p = 0.1573'
        """
        if method == "conventional":
            method = self.default_test
        found = self.table.test(
            method, order, design_effects, denominator, self._one("test of independence")
        )
        return self._with_choices(found)

    def trend(
        self,
        row_scores: Sequence[float] | Mapping[LevelValue, float] | None = None,
        column_scores: Sequence[float] | Mapping[LevelValue, float] | None = None,
    ) -> TestResult:
        """Test for a linear trend of the column scores over the row scores.

        Parameters
        ----------
        row_scores, column_scores
            A number for each level, in their order or by code or label. Default: the codes where
            they are numbers, else 1, 2, 3, …

        Returns
        -------
        TestResult
            A t test; its sign is that of the trend.
        """
        found = self.table.trend(
            _scores("row_scores", row_scores, self.row_levels),
            _scores("column_scores", column_scores, self.column_levels),
            self._one("test for a trend"),
        )
        return self._with_choices(found)

    def cmh(
        self,
        alternative: CmhAlternative = "general",
        *,
        row_scores: Sequence[float] | Mapping[LevelValue, float] | None = None,
        column_scores: Sequence[float] | Mapping[LevelValue, float] | None = None,
        adjusted: bool = True,
    ) -> TestResult:
        """Cochran-Mantel-Haenszel: test for independence within every layer at once.

        Parameters
        ----------
        alternative
            What differs in the same way in every layer: ``"general"`` (anything),
            ``"mean-score"`` (the mean column score of the rows), ``"correlation"`` (a trend).
        row_scores, column_scores
            As in :meth:`trend`.
        adjusted
            Whether the Wald statistic is adjusted for the degrees of freedom.
        """
        found = self.table.cmh(
            alternative,
            _scores("row_scores", row_scores, self.row_levels),
            _scores("column_scores", column_scores, self.column_levels),
            adjusted,
        )
        return self._with_choices(found)

    def _with_choices(self, test: _core.TestResult) -> TestResult:
        found = test_from_core(test)
        domain = [one for one in self.extra_choices if one.name in ("domain", "conventions")]
        return replace(found, choices=(*found.choices, *domain))

    # ---- residuals ----

    @cached_property
    def _residuals(self) -> NDArray[np.float64]:
        return self.table.residuals(self._one("residuals"))

    @property
    def expected(self) -> Floats:
        """Weighted counts that independence makes expect: rows x columns."""
        return self._residual(0)

    @property
    def residuals(self) -> Floats:
        """Counts less expected counts."""
        return self._residual(1)

    @property
    def pearson_residuals(self) -> Floats:
        """Residuals whose squares sum to Pearson's chi-square."""
        return self._residual(2)

    @property
    def adjusted_residuals(self) -> Floats:
        """Residuals over their design-based standard errors: beyond ±2 worth a look."""
        return self._residual(3)

    def _residual(self, kind: int) -> Floats:
        found: Floats = self._residuals[kind]
        return found

    # ---- comparisons ----

    def odds_ratio(
        self,
        rows: tuple[LevelValue, LevelValue] | None = None,
        columns: tuple[LevelValue, LevelValue] | None = None,
    ) -> Association:
        """Odds of the first column against the second, in the first row over the second.

        Parameters
        ----------
        rows, columns
            Two levels each, by code or label; of a table of two by two, its own.

        Examples
        --------
        >>> import irosurvey
        >>> data = {"ill": [1, 1, 1, 0, 1, 0, 0, 0], "smokes": [1, 1, 1, 1, 0, 0, 0, 0]}
        >>> table = irosurvey.Design(data).crosstab("smokes", "ill")
        >>> round(float(table.odds_ratio(rows=(1, 0), columns=(1, 0))), 6)
        9.0
        """
        return self._association(0, rows, columns)

    def risk_ratio(
        self,
        rows: tuple[LevelValue, LevelValue] | None = None,
        columns: tuple[LevelValue, LevelValue] | None = None,
    ) -> Association:
        """Share of the first column among the two, in the first row over the second."""
        return self._association(1, rows, columns)

    def risk_difference(
        self,
        rows: tuple[LevelValue, LevelValue] | None = None,
        columns: tuple[LevelValue, LevelValue] | None = None,
    ) -> Association:
        """Share of the first column among the two, in the first row less the second."""
        return self._association(2, rows, columns)

    def _association(
        self,
        which: int,
        rows: tuple[LevelValue, LevelValue] | None,
        columns: tuple[LevelValue, LevelValue] | None,
    ) -> Association:
        of_rows = _pair("rows", rows, self.row_levels)
        of_columns = _pair("columns", columns, self.column_levels)
        found = self.table.associations(
            of_rows, of_columns, self.level, self._one("measure of association")
        )[which]
        named = [str(self.row_levels[place]) for place in of_rows]
        events = [str(self.column_levels[place]) for place in of_columns]
        return Association(
            name=found.name,
            estimate=found.estimate,
            se=found.standard_error,
            lower=found.lower,
            upper=found.upper,
            test=self._with_choices(found.test),
            level=self.level,
            about=f"{self.columns}: {events[0]} against {events[1]}; "
            f"{self.rows}: {named[0]} against {named[1]}",
        )

    def compare_columns(
        self,
        *,
        alpha: float = 0.05,
        adjust: Multiplicity = "bonferroni",
        family: Literal["row", "table"] = "row",
    ) -> ColumnComparison:
        """Compare the column shares of every row between every two columns.

        Parameters
        ----------
        alpha
            Level of significance, of the family.
        adjust
            For multiplicity: ``"bonferroni"`` (default), ``"holm"``, ``"sidak"``, ``"bh"``
            (Benjamini and Hochberg), ``"none"``.
        family
            All pairs of columns in one ``"row"`` (default), or in the whole ``"table"``.

        Returns
        -------
        ColumnComparison
            With letters as market-research tables show them: ``"AC"`` in a cell says that its share
            is higher than those of columns A and C.
        """
        if family not in ("row", "table"):
            raise complaint(
                ArgumentError, "family", expected='"row" or "table"', found=repr(family)
            )
        if not 0.0 < alpha < 1.0:
            raise complaint(
                ArgumentError, "alpha", expected="a number between 0 and 1", found=str(alpha)
            )
        found = self.table.column_pairs(self._one("comparison of columns"))
        adjusted = np.full(len(found), np.nan)
        groups = [pair[0] if family == "row" else 0 for pair in found]
        for group in sorted(set(groups)):
            own = [place for place, other in enumerate(groups) if other == group]
            adjusted[own] = _core.adjusted_p_values([found[place][5] for place in own], adjust)
        return comparison_of(self, found, adjusted, alpha, adjust, family)

    # ---- as other things ----

    def to_arrow(self, *, labels: bool = True, level: float | None = None) -> pa.Table:
        """The table as a pyarrow table, one row for each number.

        Returns
        -------
        pyarrow.Table
            `statistic` (``count``, ``row share``, ``column share``, ``share``), the columns that
            make layers, rows and columns (margins: ``Total``, or null if `labels` is false),
            `estimate`, `se`, `lower`, `upper`, `df`, `n`, `weighted_n`, `deff`, `status`, and for
            counts in the table `expected`, `residual`, `adjusted_residual`.
        """
        from irosurvey.crosstab_display import arrow_of_crosstab

        return arrow_of_crosstab(self, labels=labels, level=level)

    def show(
        self,
        percent: Percent = "column",
        *,
        interval: bool = False,
        test: TableTest | Literal["conventional"] | None = "conventional",
        letters: ColumnComparison | bool = False,
    ) -> Any:
        """The table for reading, laid out in rows and columns.

        Parameters
        ----------
        percent
            Which numbers: shares of the ``"column"``, the ``"row"`` or the ``"total"``, or the
            ``"count"``.
        interval
            Show limits below each number; else its standard error.
        test
            Which test stands below; ``None``: none.
        letters
            Mark significant differences between columns: true, or what :meth:`compare_columns`
            gave.

        Returns
        -------
        object
            It prints as text, and is an HTML table in a notebook.
        """
        from irosurvey.crosstab_display import Shown

        return Shown(self, percent, interval, test, letters)

    def plot(
        self,
        kind: Kind | None = None,
        *,
        percent: Percent = "row",
        level: float | None = None,
        method: str | None = None,
        ax: Axes | None = None,
    ) -> Axes:
        """A picture of the table: its rows down the side, its columns as colours.

        Parameters
        ----------
        kind
            ``"likert"`` (stacked; default where two to five shares make a whole), ``"dot"`` (with
            intervals; default else), ``"bar"``, ``"time"``.
        percent
            Which numbers, as in :meth:`show`. Of shares of the column the columns go down the side.
        level, method
            Of the intervals, as in :meth:`interval`.
        ax
            Axes to draw on; by default a new figure of a fitting height.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from irosurvey.plot import plot_crosstab

        return plot_crosstab(self, percent=percent, kind=kind, level=level, method=method, ax=ax)

    def __repr__(self) -> str:
        return repr(self.show())

    def _repr_html_(self) -> str:
        return str(self.show()._repr_html_())


# ---- questions ----


def crosstab(
    declared: _core.Design,
    names: Sequence[str],
    *,
    where: NDArray[np.uint8] | None,
    missing: str,
    df: str | float,
    reference: Reference,
    level: float,
    threads: int,
    extra_choices: Sequence[Choice],
    default_test: TableTest,
    ci: tuple[str, str],
    origin: Origin | None = None,
) -> CrossTab:
    """The table of the columns named: rows, columns, then what makes layers."""
    rows, columns, *layers = names
    frame = declared.frame
    table = _core.crosstab(
        declared,
        rows,
        columns,
        layers,
        where=where,
        missing=missing,
        df=df,
        threads=threads,
    )
    shown = [*layers, rows, columns] if columns else [*layers, rows]
    return CrossTab(
        rows=rows,
        columns=columns,
        layers=tuple(layers),
        table=table,
        level=level,
        reference=reference,
        titles=tuple(frame[name].label for name in shown),
        source=frame.label,
        extra_choices=tuple(extra_choices),
        default_test=default_test,
        ci=ci,
        origin=origin,
    )


def goodness_of_fit(
    table: CrossTab,
    shares: Sequence[float] | Mapping[LevelValue, float] | None,
    method: TableTest,
    order: Literal[1, 2] | None,
    design_effects: EffectsAt,
    denominator: MixtureDenominator,
) -> TestResult:
    """Test a one-way table against given shares, or equal ones."""
    levels = table.row_levels
    wanted = [1.0] * len(levels) if shares is None else _scores("shares", shares, levels)
    found = table.table.goodness_of_fit(wanted, method, order, design_effects, denominator)
    return table._with_choices(found)


def _scores(
    argument: str,
    given: Sequence[float] | Mapping[LevelValue, float] | None,
    levels: Sequence[Level],
) -> list[float]:
    """A score for every level."""
    if given is None:
        codes = [level.value for level in levels]
        if all(isinstance(code, int | float) and not isinstance(code, bool) for code in codes):
            return [float(code) for code in codes]
        return [float(place + 1) for place in range(len(levels))]
    if not isinstance(given, Mapping):
        return [float(score) for score in given]
    scores = {}
    for wanted, score in given.items():
        scores[_place(argument, wanted, levels)] = float(score)
    missing = [str(level) for place, level in enumerate(levels) if place not in scores]
    if missing:
        raise complaint(
            ArgumentError,
            argument,
            expected="a score for every level",
            found=f"none for '{missing[0]}'",
        )
    return [scores[place] for place in range(len(levels))]


def _place(argument: str, wanted: LevelValue, levels: Sequence[Level]) -> int:
    found = np.flatnonzero(is_level(wanted, levels))
    if len(found) == 1:
        return int(found[0])
    raise complaint(
        ArgumentError,
        argument,
        expected="one of " + ", ".join(f"'{level}'" for level in levels[:20]),
        found=f"'{wanted}'",
        name=str(wanted),
        existing=[str(level) for level in levels],
    )


def _pair(
    argument: str, given: tuple[LevelValue, LevelValue] | None, levels: Sequence[Level]
) -> list[int]:
    if given is not None:
        return [_place(argument, one, levels) for one in given]
    if len(levels) == 2:
        return [0, 1]
    raise complaint(
        ArgumentError,
        argument,
        expected="two levels, as the table has more",
        found="none",
        remedy=f'Say {argument}=("{levels[0]}", "{levels[-1]}").' if levels else "",
    )
