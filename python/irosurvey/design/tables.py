"""Questions about answers: cross-tabs, tests of shares, tables to publish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, cast

from irosurvey import _arguments
from irosurvey._checked import checked_methods
from irosurvey.crosstab import (
    CrossTab,
    EffectsAt,
    MixtureDenominator,
    TableTest,
    crosstab,
    goodness_of_fit,
)
from irosurvey.design.asking import Asking
from irosurvey.design.options import (
    Conventional,
    DfRule,
    MissingRule,
    Names,
    Options,
)
from irosurvey.parts import LevelValue, Reference
from irosurvey.test_result import TestResult

if TYPE_CHECKING:
    from irosurvey.crosstab import Percent
    from irosurvey.tables import Table

__all__ = ["TableMethods"]


@checked_methods
class TableMethods(Asking):
    """Cross-tabs, tests of shares, tables to publish."""

    def crosstab(
        self,
        rows: str,
        columns: str,
        *layers: str,
        where: Any = None,
        missing: MissingRule = "conventional",
        df: DfRule | float = "conventional",
        deff: Reference | Conventional = "conventional",
        level: float = 0.95,
        threads: int = 0,
    ) -> CrossTab:
        r"""A table of two columns: counts, shares, what independence expects, and tests.

        Counts are :math:`\hat T_{ij} = \sum w [\text{row } i, \text{column } j]`, shares their
        quotients by the row's, the column's or the table's total. Cells with all their covariances
        come from one pass over the rows; the rest is algebra on them.

        Parameters
        ----------
        rows, columns
            Columns of data. A row of data that misses one of them (or of the layers) is outside.
        *layers
            Columns that divide the table: one table for each combination that occurs.
        where, missing, threads
            As in :meth:`mean`.
        df
            Degrees of freedom, as in :meth:`mean`: of the table's domain, all its cells together.
        deff
            Simple random sample that design effects compare with.
        level
            Confidence level of the intervals, on the scale 0-1.

        Returns
        -------
        CrossTab

        Raises
        ------
        ColumnError, ArgumentError, SingletonError
            As for :meth:`mean`.

        Notes
        -----
        Formulas and sources: ``docs/methods/crosstabs.md``.

        Examples
        --------
        >>> import irosurvey
        >>> data = {
        ...     "school": [1, 1, 2, 2, 3, 3, 4, 4],
        ...     "kind": ["a", "a", "a", "a", "b", "b", "b", "b"],
        ...     "met": [1, 1, 0, 1, 0, 1, 0, 0],
        ... }
        >>> table = irosurvey.Design(data, clusters="school").crosstab("met", "kind")
        >>> table.column_shares.sel(met=1).estimate
        array([0.75, 0.25, 0.5 ])
        >>> table.test().line
        'F(1, 3) = 2.250, p = 0.2306'
        """
        names = [rows, _arguments.named_column("columns", columns), *layers]
        return self._crosstab(names, where, missing, df, deff, level, threads)

    def table(
        self,
        rows: Names | None = None,
        columns: Names | None = None,
        *,
        means: Names | None = None,
        medians: Names | None = None,
        where: Any = None,
        percent: Percent = "row",
        statistics: Sequence[str] | str = ("estimate", "lower", "upper", "base"),
        missing: MissingRule = "conventional",
        df: DfRule | float = "conventional",
        level: float = 0.95,
        threads: int = 0,
        **shown: Any,
    ) -> Table:
        """A table to read or to publish, in one call.

        Parameters
        ----------
        rows
            Columns of data whose groups are rows; several stand one below the other.
        columns
            Columns of data whose answers are columns, with their shares; several stand side by
            side.
        means, medians
            Columns of data whose means and medians stand beside them.
        percent
            Shares of the ``"row"`` (default), the ``"column"``, the ``"total"``, or the
            ``"count"``.
        where, missing, df, level, threads
            As in :meth:`mean`.
        statistics
            Which numbers of each estimate, as of :class:`irosurvey.Table`.
        **shown
            How it is shown: `title`, `policy`, `letters`, … of :class:`irosurvey.Table`.

        Returns
        -------
        Table
            With a row of totals.

        Examples
        --------
        >>> import irosurvey
        >>> data = {"area": ["N", "N", "S", "S"], "met": [1, 0, 1, 1], "load": [40, 60, 50, 70]}
        >>> irosurvey.Design(data).table(
        ...     "area", "met", means="load", statistics="estimate", title="Plans", policy="none"
        ... )
        Plans
        Percentages are of each row: of everybody in it who answered "met".
        Percentages are rounded to 1 decimal and may not add up to 100.
        <BLANKLINE>
                     met
                       0           1  load
        area  Percentage  Percentage  Mean
        N           50.0        50.0  50.0
        S            0.0       100.0  60.0
        Total       25.0        75.0  55.0
        """
        from irosurvey.tables.asking import table_of

        asked = {"where": where, "missing": missing, "df": df, "level": level, "threads": threads}
        return table_of(
            self._itself(),
            [] if rows is None else _arguments.columns("rows", rows),
            [] if columns is None else _arguments.columns("columns", columns),
            [] if means is None else _arguments.columns("means", means),
            [] if medians is None else _arguments.columns("medians", medians),
            asked,
            {"percent": percent, "statistics": statistics, **shown},
        )

    def goodness_of_fit(
        self,
        variable: str,
        shares: Sequence[float] | Mapping[LevelValue, float] | None = None,
        *,
        method: TableTest | Conventional = "conventional",
        order: Literal[1, 2] | None = None,
        design_effects: EffectsAt = "expected",
        denominator: MixtureDenominator = "satterthwaite",
        where: Any = None,
        missing: MissingRule = "conventional",
        df: DfRule | float = "conventional",
        threads: int = 0,
    ) -> TestResult:
        """Test whether the shares of a column's levels are given ones.

        Parameters
        ----------
        variable
            The column.
        shares
            A share for every level, in their order or by code or label; scaled to sum to 1.
            Default: equal shares.
        method, order, design_effects, denominator
            As in :meth:`irosurvey.CrossTab.test`; design effects are taken at the given shares
            unless the ``"observed"`` ones are named.
        where, missing, df, threads
            As in :meth:`mean`.

        Returns
        -------
        TestResult

        Examples
        --------
        >>> import irosurvey
        >>> design = irosurvey.Design({"side": [1, 2, 2, 2, 1, 2, 2, 2]})
        >>> design.goodness_of_fit("side", method="pearson").line
        'χ²(1) = 2, p = 0.1573'
        """
        table = self._crosstab([variable, ""], where, missing, df, "wr", 0.95, threads)
        method = table.default_test if method == "conventional" else method
        return goodness_of_fit(table, shares, method, order, design_effects, denominator)

    def _crosstab(
        self,
        names: Sequence[str],
        where: Any,
        missing: MissingRule,
        df: DfRule | float,
        deff: Reference | Conventional,
        level: float,
        threads: int,
    ) -> CrossTab:
        for place, name in enumerate(names):
            if place != 1 or name != "":  # a one-way table has no columns
                _arguments.named_column("columns of a cross-tab", name)
        options = Options(
            where=where,
            missing=missing,
            df=df,
            covariance=False,  # a cross-tab has them all
            deff=deff,
            level=level,
            threads=threads,
        )
        about = self._about_columns(names[:1], options)
        crossed = tuple(name for name in names if name)
        return crosstab(
            self._declared,
            names,
            where=about.scope["where"],
            missing=about.scope["missing"],
            df=about.scope["df"],
            reference=about.reference,
            level=level,
            threads=threads,
            extra_choices=about.choices,
            default_test=cast(TableTest, self._conventions.crosstab_test),
            ci=about.ci,
            origin=replace(about.origin, asked=(), variables=(), by=crossed),
        )
