"""A sampling design over a data set, and the questions that can be asked of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import Any, Literal, NoReturn, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from irosurvey import _core
from irosurvey._complaint import complaint
from irosurvey._core import Expr, Frame
from irosurvey.describe import DesignDescription, described
from irosurvey.errors import ArgumentError, ColumnError
from irosurvey.reading import read
from irosurvey.result import (
    DESIGN_EFFECT,
    MOST_COVARIANCES,
    Choice,
    Estimate,
    Level,
    LevelValue,
    Reference,
    from_core,
    with_levels,
)
from irosurvey.sql import mask_of

__all__ = ["Design"]

SingletonRule: TypeAlias = Literal["fail", "remove", "certainty", "adjust", "average"]
MissingRule: TypeAlias = Literal["domain", "listwise"]
DfRule: TypeAlias = Literal["design", "domain-strata", "full-design", "infinite", "n-1"]
Names: TypeAlias = str | Sequence[str]

_Entry = TypeVar("_Entry")


class Design:
    """A data set together with the way its rows were sampled. Declared once, never changed.

    Parameters
    ----------
    data
        A :class:`~irosurvey.Frame`, or anything that becomes one: a pandas or polars data frame,
        an Arrow table, a DuckDB relation, a dict of columns; or the path of a file, which is read
        by :func:`irosurvey.read`.
    weights
        Column of sampling weights. Without it, the product over stages of N/n where `fpc` gives
        it, else 1. A row of weight 0 keeps its sampling unit in the design.
    strata
        Column, or a list with one entry for each stage; ``None`` means not stratified there.
    clusters
        Column, or one column for each stage. Without it every row is its own sampling unit. A
        label names a cluster within its stratum and its higher-stage cluster.
    fpc
        Finite population: column or number, or a list with one entry for each stage. Above 1 it
        is the number of units in the stratum's population, up to 1 the sampling fraction. Without
        it units count as drawn with replacement; ``None`` in a list says so of one stage.
    singleton
        What a stratum with one sampling unit adds to the variance: ``"fail"`` (an error that names
        the stratum), ``"remove"`` and ``"certainty"`` (nothing), ``"adjust"`` (its distance from
        the mean over all units), ``"average"`` (the mean over the other strata).

    Raises
    ------
    ColumnError
        If a column doesn't exist; near names are listed.
    DesignError
        With the row, for a missing, negative or infinite weight, a missing stratum or cluster, an
        fpc that is missing, varies within a stratum or is smaller than its sample.
    ArgumentError
        If an argument has no meaning.

    Notes
    -----
    Lists for `strata` and `fpc` may be one entry longer than `clusters`: the units of the last
    stage are then the rows.

    Examples
    --------
    >>> import irosurvey
    >>> data = {
    ...     "school": ["a", "a", "b", "b", "c", "c", "d", "d"],
    ...     "kind": [1, 1, 1, 1, 2, 2, 2, 2],
    ...     "weight": [5.0, 5.0, 5.0, 5.0, 3.0, 3.0, 3.0, 3.0],
    ...     "score": [51, 55, 60, 66, 43, 47, 52, 50],
    ... }
    >>> design = irosurvey.Design(data, weights="weight", strata="kind", clusters="school")
    >>> mean = design.mean("score")
    >>> print(f"{float(mean):.2f} ± {mean.se[0]:.2f}")
    54.25 ± 3.32
    """

    def __init__(
        self,
        data: Any,
        weights: str | None = None,
        strata: str | Sequence[str | None] | None = None,
        clusters: str | Sequence[str] | None = None,
        fpc: str | float | Sequence[str | float | None] | None = None,
        singleton: SingletonRule = "fail",
    ) -> None:
        frame = read(data) if isinstance(data, str | os.PathLike) else Frame(data)
        stages = _stages(strata, clusters, fpc)
        self._declared = _core.Design.declare(
            frame, _column_name("weights", weights), stages, singleton
        )
        self._spec = (weights, strata, clusters, fpc, singleton)

    @property
    def frame(self) -> Frame:
        """The data."""
        return self._declared.frame

    @property
    def weights(self) -> NDArray[np.float64]:
        """One weight a row, in the order of the data; nobody may write to it."""
        return self._declared.weights

    def describe(self) -> DesignDescription:
        """What is found in the design: units, strata, weights, and what is odd about them.

        Examples
        --------
        >>> import irosurvey
        >>> found = irosurvey.Design({"s": [1, 1, 2, 2], "w": [1, 2, 3, 4]}, "w", "s").describe()
        >>> found.degrees_of_freedom, found.weight_sum
        (2, 10.0)
        """
        return described(self._declared)

    def with_columns(self, columns: Mapping[str, Any]) -> Design:
        """The same design over data with these columns added, or in the place of old ones.

        Parameters
        ----------
        columns
            Name and values, one a row. A column that the design itself is made of can't be
            replaced.

        Examples
        --------
        >>> import irosurvey
        >>> design = irosurvey.Design({"caseload": [50, 80, 75]})
        >>> more = design.with_columns({"above": design.frame["caseload"].to_numpy() > 70})
        >>> round(float(more.proportion("above")), 4)
        0.6667
        """
        frame = self.frame
        for name, values in columns.items():
            if name in self._own_columns():
                raise complaint(
                    ArgumentError,
                    f"column '{name}'",
                    expected="a column that the design isn't made of",
                    remedy="Declare a new design.",
                )
            frame = frame.with_column(name, values)
        changed = object.__new__(Design)
        changed._declared = self._declared.with_frame(frame)
        changed._spec = self._spec
        return changed

    # ---- questions ----

    def mean(
        self,
        variables: Names,
        *,
        by: Names | None = None,
        where: Any = None,
        missing: MissingRule = "domain",
        df: DfRule | float = "design",
        covariance: bool | None = None,
        deff: Reference | None = "wr",
        level: float = 0.95,
        threads: int = 0,
    ) -> Estimate:
        r"""Means of one or more variables.

        :math:`\hat{\bar y} = \sum w_i y_i / \sum w_i` over the rows of the domain in which the
        variable isn't missing; variance by linearization.

        Parameters
        ----------
        variables
            A column or several.
        by
            Columns that divide the domain: one estimate for each level, or for each combination
            that occurs of several. A row with a missing value there is in no group. A labelled
            answer that nobody gave is a row with base 0.
        where
            The domain: the name of a boolean column, an SQL condition such as
            ``"caseload > 70 AND region = 3"``, or booleans one a row (NumPy, pandas, polars, Arrow,
            a list). Rows where it is missing are outside. Rows outside keep their place in the
            design. A column with value labels holds its codes; text stands in single quotes.
        missing
            ``"domain"``: rows with a missing value are outside the domain of that variable, and
            their sampling units stay. ``"listwise"``: rows with a missing value in any variable of
            the question leave the sample first.
        df
            Degrees of freedom: ``"design"`` (sampling units that hold members of the domain, minus
            the strata that hold them), ``"domain-strata"``, ``"full-design"``, ``"infinite"``,
            ``"n-1"``, or a number.
        covariance
            Whether covariances between all estimates of the question are computed, as
            :meth:`Estimate.difference` needs. ``None``: if there can be at most 256 estimates.
        deff
            Simple random sample that design effects compare with: with replacement (``"wr"``) or
            without (``"wor"``); ``None`` computes none.
        level
            Confidence level of the intervals in tables and plots, on the scale 0-1.
        threads
            At most so many threads; 0 means one for each processor. The result is the same, bit for
            bit.

        Returns
        -------
        Estimate

        Raises
        ------
        ColumnError
            If a column doesn't exist or has the wrong type.
        ArgumentError
            If an argument has no meaning.
        SingletonError
            If a stratum has one sampling unit and the design names no rule for that.

        Examples
        --------
        >>> import irosurvey
        >>> data = {"region": ["N", "N", "S", "S"], "caseload": [64, 70, 81, 75]}
        >>> design = irosurvey.Design(data)
        >>> design.mean("caseload", by="region").estimate
        array([67., 78.])
        >>> float(design.mean("caseload", where="caseload > 70"))
        78.0
        """
        asked = [_core.statistic("mean", [name]) for name in _names("variables", variables)]
        return self._ask(asked, by, where, missing, df, covariance, deff, level, threads)

    def total(
        self,
        variables: Names,
        *,
        by: Names | None = None,
        where: Any = None,
        missing: MissingRule = "domain",
        df: DfRule | float = "design",
        covariance: bool | None = None,
        deff: Reference | None = "wr",
        level: float = 0.95,
        threads: int = 0,
    ) -> Estimate:
        r"""Totals of one or more variables in the population: :math:`\sum w_i y_i`.

        Parameters
        ----------
        variables
            A column or several.
        by, where, missing, df, covariance, deff, level, threads
            As in :meth:`mean`.

        Returns
        -------
        Estimate

        Examples
        --------
        >>> import irosurvey
        >>> data = {"children": [120, 80, 200], "N": [6, 6, 6]}
        >>> total = irosurvey.Design(data, fpc="N").total("children")
        >>> print(f"{float(total):.0f} ± {total.se[0]:.1f}")
        800 ± 149.7
        """
        asked = [_core.statistic("total", [name]) for name in _names("variables", variables)]
        return self._ask(asked, by, where, missing, df, covariance, deff, level, threads)

    def proportion(
        self,
        variables: Names,
        levels: LevelValue | Sequence[LevelValue] | None = None,
        *,
        by: Names | None = None,
        where: Any = None,
        missing: MissingRule = "domain",
        df: DfRule | float = "design",
        covariance: bool | None = None,
        deff: Reference | None = "wr",
        level: float = 0.95,
        threads: int = 0,
    ) -> Estimate:
        r"""Shares of the levels of one or more variables, on the scale 0-1.

        :math:`\hat p = \sum w_i [y_i = \ell] / \sum w_i`. Intervals are logit intervals unless
        another method is named.

        Parameters
        ----------
        variables
            A column or several. Each gives one share for every level; an answer that has a value
            label but that nobody gave has the share 0. A boolean column gives the share of true.
        levels
            Codes or value labels that count together: the share of rows with any of them.
        by, where, missing, df, covariance, deff, level, threads
            As in :meth:`mean`.

        Returns
        -------
        Estimate

        Examples
        --------
        >>> import irosurvey
        >>> design = irosurvey.Design({"prepares": ["always", "often", "never", "often"]})
        >>> design.proportion("prepares").estimate
        array([0.25, 0.25, 0.5 ])
        >>> float(design.proportion("prepares", ["always", "often"]))
        0.75
        """
        shares = [self._share(name, levels) for name in _names("variables", variables)]
        asked = [share for share, _ in shares]
        result = self._ask(asked, by, where, missing, df, covariance, deff, level, threads)
        return (
            result if shares[0][1] is None else with_levels(result, [named for _, named in shares])
        )

    def ratio(
        self,
        numerator: Names,
        denominator: Names,
        *,
        by: Names | None = None,
        where: Any = None,
        missing: MissingRule = "domain",
        df: DfRule | float = "design",
        covariance: bool | None = None,
        deff: Reference | None = "wr",
        level: float = 0.95,
        threads: int = 0,
    ) -> Estimate:
        r"""Ratios of totals: :math:`\sum w_i y_i / \sum w_i x_i`.

        Parameters
        ----------
        numerator, denominator
            A column or several: pair by pair, or every numerator with one denominator.
        by, where, missing, df, covariance, deff, level, threads
            As in :meth:`mean`.

        Returns
        -------
        Estimate

        Examples
        --------
        >>> import irosurvey
        >>> design = irosurvey.Design({"cases": [60, 40, 80], "fte": [1.0, 0.5, 1.0]})
        >>> float(design.ratio("cases", "fte"))
        72.0
        """
        above, below = _names("numerator", numerator), _names("denominator", denominator)
        if len(below) == 1:
            below = below * len(above)
        if len(above) != len(below):
            raise complaint(
                ArgumentError,
                "denominator",
                expected=f"one column, or {len(above)}",
                found=str(len(below)),
            )
        asked = [_core.statistic("ratio", [y, x]) for y, x in zip(above, below, strict=True)]
        return self._ask(asked, by, where, missing, df, covariance, deff, level, threads)

    def estimate(
        self,
        expressions: Expr | Sequence[Expr] | Mapping[str, Expr],
        *,
        by: Names | None = None,
        where: Any = None,
        missing: MissingRule = "domain",
        df: DfRule | float = "design",
        covariance: bool | None = None,
        deff: Reference | None = "wr",
        level: float = 0.95,
        threads: int = 0,
    ) -> Estimate:
        r"""Any smooth functions of totals, written with :func:`irosurvey.T`.

        The variance is :math:`\nabla f^\top V \nabla f`, with `V` the design variance of the
        totals and exact derivatives.

        Parameters
        ----------
        expressions
            One, several, or several with the names they have in the result.
        by, where, missing, df, covariance, deff, level, threads
            As in :meth:`mean`. A row that misses any of an expression's columns is missing for it.

        Returns
        -------
        Estimate

        Examples
        --------
        >>> import irosurvey
        >>> from irosurvey import T, log
        >>> design = irosurvey.Design({"cases": [60, 40, 80], "fte": [1.0, 0.5, 1.0]})
        >>> design.estimate(T("cases") / T("fte")).estimate
        array([72.])
        >>> logarithm = design.estimate({"log caseload": log(T("cases") / T("fte"))})
        >>> round(float(logarithm), 4)
        4.2767
        """
        asked = [_core.expression(expr, name) for name, expr in _expressions(expressions)]
        return self._ask(asked, by, where, missing, df, covariance, deff, level, threads)

    def statistic(
        self,
        name: str,
        columns: Names,
        *,
        by: Names | None = None,
        where: Any = None,
        missing: MissingRule = "domain",
        df: DfRule | float = "design",
        covariance: bool | None = None,
        deff: Reference | None = "wr",
        level: float = 0.95,
        threads: int = 0,
    ) -> Estimate:
        """A statistic by its name in the catalogue; what the other methods ask by theirs.

        Parameters
        ----------
        name
            In the catalogue: ``"mean"``, ``"total"``, ``"proportion"``, ``"ratio"``.
        columns
            As many as the statistic takes.
        by, where, missing, df, covariance, deff, level, threads
            As in :meth:`mean`.

        Returns
        -------
        Estimate

        Examples
        --------
        >>> import irosurvey
        >>> design = irosurvey.Design({"cases": [60, 40, 80], "fte": [1.0, 0.5, 1.0]})
        >>> float(design.statistic("ratio", ["cases", "fte"]))
        72.0
        """
        asked = [_core.statistic(name, _names("columns", columns))]
        return self._ask(asked, by, where, missing, df, covariance, deff, level, threads)

    def __repr__(self) -> str:
        return repr(self.describe())

    def _repr_html_(self) -> str:
        return self.describe()._repr_html_()

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.frame, *self._spec)

    # ---- how a question reaches the core ----

    def _ask(
        self,
        asked: list[_core.Statistic],
        by: Names | None,
        where: Any,
        missing: MissingRule,
        df: DfRule | float,
        covariance: bool | None,
        deff: Reference | None,
        level: float,
        threads: int,
    ) -> Estimate:
        _check_arguments(asked, deff, level, threads)
        groups = _groups(by)
        if covariance is None:
            most = _core.most_rows(self.frame, asked, groups)
            covariance = most <= MOST_COVARIANCES
        answer = _core.estimate(
            self._declared,
            asked,
            where=None if where is None else mask_of(self.frame, where),
            by=groups,
            missing=missing,
            df=df,
            covariance=covariance,
            design_effect=deff is not None,
            threads=threads,
        )
        return from_core(
            answer,
            level=level,
            reference=deff or "wr",
            by_labels=[self.frame[name].label for name in groups],
            source=self.frame.label,
            extra_choices=_more_choices(where, deff),
        )

    def _share(
        self, name: str, levels: LevelValue | Sequence[LevelValue] | None
    ) -> tuple[_core.Statistic, Level | None]:
        """The question, and the name of the level if it is about one."""
        column = self.frame[name]
        if levels is None and column.arrow_format == "b":
            levels = True
        if levels is None:
            return _core.statistic("proportion", [name]), None
        wanted = [levels] if isinstance(levels, bool | int | float | str) else list(levels)
        if not wanted:
            raise complaint(ArgumentError, "levels", expected="at least one level", found="none")
        codes = [_code_of(column, one) for one in wanted]
        return _core.proportion(name, codes), _level_of(column, codes)

    def _own_columns(self) -> frozenset[str]:
        own = {
            entry for stage in self._declared.stages for entry in stage if isinstance(entry, str)
        }
        return frozenset(own | {self._spec[0] or ""})


def _expressions(
    given: Expr | Sequence[Expr] | Mapping[str, Expr],
) -> list[tuple[str, Expr]]:
    """Expressions with their names; those without one are called `expression`."""
    if isinstance(given, Mapping):
        named = list(given.items())
    else:
        named = [
            ("expression", expr) for expr in ([given] if isinstance(given, Expr | str) else given)
        ]
    for _, expr in named:
        if not isinstance(expr, Expr):
            raise complaint(
                ArgumentError,
                "expressions",
                expected='expressions of totals, such as T("y") / T(1)',
                found=repr(expr),
            )
    return named


def _more_choices(where: Any, deff: Reference | None) -> list[Choice]:
    choices = []
    if isinstance(where, str):
        choices.append(Choice("domain", where))
    elif where is not None:
        choices.append(Choice("domain", "rows given as true or false"))
    if deff is not None:
        drawn = "with" if deff == "wr" else "without"
        choices.append(Choice(DESIGN_EFFECT, f"against a simple random sample {drawn} replacement"))
    return choices


def _check_arguments(
    asked: list[_core.Statistic], deff: object, level: float, threads: int
) -> None:
    if not asked:
        raise complaint(ArgumentError, "variables", expected="at least one", found="none")
    if deff not in ("wr", "wor", None):
        raise complaint(ArgumentError, "deff", expected="'wr', 'wor' or None", found=f"'{deff}'")
    if not 0.0 < level < 1.0:
        raise complaint(
            ArgumentError,
            "level",
            expected="a confidence level between 0 and 1",
            found=str(level),
            remedy=f"Say {level / 100:g}." if 1.0 < level < 100.0 else "",
        )
    if threads < 0:
        raise complaint(
            ArgumentError,
            "threads",
            expected="a number of threads, or 0 for one on each processor",
            found=str(threads),
        )


def _code_of(column: _core.Column, wanted: LevelValue) -> LevelValue:
    """The code that a value label stands for; any other value is a code already."""
    codes = [code for code, label in column.value_labels.items() if label == wanted]
    if not isinstance(wanted, str) or not column.value_labels or wanted in column.value_labels:
        return wanted
    if len(codes) == 1:
        return codes[0]
    raise complaint(
        ArgumentError,
        f"levels of '{column.name}'",
        expected="a code or a value label" + (" that one code has" if codes else ""),
        found=f"'{wanted}'",
        name=wanted,
        existing=column.value_labels.values(),
    )


def _level_of(column: _core.Column, codes: Sequence[LevelValue]) -> Level:
    """One level for several: `1, 2`, labelled `always or often`."""
    levels = [Level(code, column.value_labels.get(code, "")) for code in codes]
    if len(levels) == 1:
        return levels[0]
    label = " or ".join(str(level) for level in levels)
    return Level(", ".join(str(Level(code)) for code in codes), label)


def _column_name(argument: str, name: object) -> str:
    """The name of a column, or "" for none."""
    if name is None:
        return ""
    if isinstance(name, str) and name:
        return name
    raise complaint(
        ColumnError,
        argument,
        expected="the name of a column",
        found="an empty name" if name == "" else type(name).__name__,
        remedy="Put the values into the data as a column." if name != "" else "",
    )


def _names(argument: str, names: Names) -> list[str]:
    several = [names] if isinstance(names, str) or not isinstance(names, Iterable) else list(names)
    return [_column_name(argument, name) or _no_name(argument) for name in several]


def _groups(by: Names | None) -> list[str]:
    groups = [] if by is None else _names("by", by)
    twice = sorted({name for name in groups if groups.count(name) > 1})
    if twice:
        raise complaint(
            ArgumentError, "by", expected="each column once", found=f"'{twice[0]}' twice"
        )
    return groups


def _no_name(argument: str) -> NoReturn:
    raise complaint(ColumnError, argument, expected="the name of a column", found="None")


def _stages(
    strata: str | Sequence[str | None] | None,
    clusters: str | Sequence[str] | None,
    fpc: str | float | Sequence[str | float | None] | None,
) -> list[tuple[str, str, str | float | None]]:
    """One entry for each stage: strata, clusters, fpc."""
    layers = [] if clusters is None else _names("clusters", clusters)
    most = len(layers) + 1
    strata_of = _entries("strata", strata, most)
    fpc_of = _entries("fpc", fpc, most)
    stages = max(len(layers), len(strata_of), len(fpc_of))
    return [
        (
            _column_name("strata", _at(strata_of, stage)),
            _at(layers, stage) or "",
            _at(fpc_of, stage),
        )
        for stage in range(stages)
    ]


def _entries(argument: str, given: Any, most: int) -> list[Any]:
    if given is None:
        return []
    entries = list(given) if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    if len(entries) > most:
        raise complaint(
            ArgumentError,
            argument,
            expected=f"at most {most} {'entries' if most > 1 else 'entry'}, one for each stage",
            found=str(len(entries)),
            remedy="Stages are named by clusters=[…]; the units of one more stage are the rows.",
        )
    for entry in entries:
        if entry is None or isinstance(entry, str):
            continue
        if argument == "fpc" and isinstance(entry, Real) and not isinstance(entry, bool):
            continue
        raise complaint(
            ArgumentError,
            argument,
            expected="names of columns" + (" or numbers" if argument == "fpc" else ""),
            found=type(entry).__name__,
        )
    return entries


def _at(entries: Sequence[_Entry], stage: int) -> _Entry | None:
    return entries[stage] if stage < len(entries) else None
