"""A sampling design over a data set, and the questions that can be asked of it."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeAlias, TypedDict, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from irosurvey import _arguments, _core
from irosurvey._complaint import complaint
from irosurvey._core import Expr, Frame
from irosurvey.calibration import (
    Adjustment,
    CalibrationMethod,
    adjustments_of,
    levels_from,
    limits_from,
    margins_from,
)
from irosurvey.conventions import OURS, Conventions, ConventionsName, conventions_named
from irosurvey.crosstab import (
    CrossTab,
    EffectsAt,
    MixtureDenominator,
    TableTest,
    crosstab,
    goodness_of_fit,
)
from irosurvey.describe import DesignDescription, described
from irosurvey.errors import ArgumentError, ColumnError
from irosurvey.formula import ModelFrame, parsed
from irosurvey.origin import AnswerSet, Origin, code_text
from irosurvey.quantiles import (
    About,
    LimitsOutside,
    QuantileCentre,
    QuantileEstimate,
    QuantileInterval,
    QuantileRule,
    ask_quantiles,
    combined_plausible,
    numbers_in,
    range_of,
)
from irosurvey.reading import read
from irosurvey.regression import Regression, regression_of
from irosurvey.replicates import (
    FailedReplicates,
    ReplicateCentre,
    Replicates,
    ReplicateType,
    core_replicates,
)
from irosurvey.response_sets import ResponseSet
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
    with_levels_of_questions,
)
from irosurvey.sql import mask_of, with_conditions
from irosurvey.streaming import UnitTotals, refuse_what_streams_cannot, scanned
from irosurvey.test_result import TestResult

if TYPE_CHECKING:
    from irosurvey.comparisons import Alternative, TTest
    from irosurvey.crosstab import Percent
    from irosurvey.tables import Table

__all__ = ["Design"]

SingletonRule: TypeAlias = Literal["fail", "remove", "certainty", "adjust", "average", "collapse"]
DomainSingletons: TypeAlias = Literal["ignore", "rule"]
Conventional: TypeAlias = Literal["conventional"]
MissingRule: TypeAlias = Literal["conventional", "domain", "listwise"]
DfRule: TypeAlias = Literal[
    "conventional", "design", "domain-strata", "full-design", "infinite", "n-1"
]
Respondents: TypeAlias = Literal["any", "valid", "complete", "all"]
AnswerScale: TypeAlias = Literal["respondents", "answers", "count"]
Names: TypeAlias = str | Sequence[str]
Asked: TypeAlias = Expr | _core.Statistic

_Step: TypeAlias = tuple[str, dict[str, Any], list[str]]
"""An adjustment of the weights: the core's function, its arguments, the columns that it reads."""

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
        the mean over all units), ``"average"`` (the mean over the other strata), ``"collapse"``
        (it is merged with the next stratum in the order of labels, the last one with the one
        before; the result's choices and :meth:`describe` name them). By default that of the
        `conventions`: ``"fail"``.
    domain_singletons
        What becomes of a stratum of several units of which one alone holds members of a domain (of
        a `where`, a group, the rows that have a value): ``"ignore"`` (nothing: the other units are
        zeros, which is what the theory of domains asks for) or ``"rule"`` (it is treated by the
        rule for singletons, in that domain; not with ``"collapse"`` and not with replicates).
    replicates
        Replicate weights that came with the data (:class:`~irosurvey.Replicates`), in the place of
        `strata`, `clusters` and `fpc`: variances come from them.
    conventions
        Whose choices stand where a question names none: ``"irosurvey"``, ``"r"``, ``"stata"``,
        ``"sas"`` or ``"sudaan"`` (``docs/methods/conventions.md`` has the table): missing values,
        degrees of freedom, intervals, design effects, strata with one unit. Results name them.

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
        singleton: SingletonRule | Conventional = "conventional",
        replicates: Replicates | None = None,
        domain_singletons: DomainSingletons = "ignore",
        conventions: ConventionsName = "irosurvey",
    ) -> None:
        self._conventions = conventions_named(conventions)
        if singleton == "conventional":
            singleton = self._conventions.singleton
        frame = read(data) if isinstance(data, str | os.PathLike) else Frame(data)
        words = _in_words(weights, strata, clusters, fpc, singleton, domain_singletons)
        if replicates and not (strata or clusters or fpc):
            words["stages"] = []
        self._declared = _core.Design.declare(
            frame, **words, replicates=core_replicates(replicates)
        )
        self._spec = (
            weights,
            strata,
            clusters,
            fpc,
            singleton,
            replicates,
            domain_singletons,
            self._conventions.name,
        )

    @property
    def frame(self) -> Frame:
        """The data."""
        return self._declared.frame

    @property
    def weights(self) -> NDArray[np.float64]:
        """One weight a row, in the order of the data; nobody may write to it."""
        return self._declared.weights

    @property
    def replicates(self) -> int:
        """How many replicates variances come from; 0: they come from linearization."""
        return self._declared.replicates

    def replicate_weights(self, replicate: int) -> NDArray[np.float64]:
        """One replicate's weight of every row, `replicate` counted from 0."""
        return self._declared.replicate_weights(replicate)

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
        changed._steps = self._steps
        changed._conventions = self._conventions
        return changed

    def with_conventions(self, name: ConventionsName) -> Design:
        """The same design, asked with another package's choices; see `conventions` above.

        A stratum with one unit keeps the rule under which the design was declared.

        Examples
        --------
        >>> import irosurvey
        >>> design = irosurvey.Design({"y": [64, 70, 81, 75]})
        >>> design.with_conventions("r").mean("y").interval_methods
        ('normal',)
        """
        changed = object.__new__(type(self))
        changed.__dict__.update(self.__dict__)
        changed._conventions = conventions_named(name)
        changed._spec = (*self._spec[:-1], changed._conventions.name)
        return changed

    @property
    def conventions(self) -> Conventions:
        """The choices that stand where a question names none."""
        return self._conventions

    # ---- data that arrive in pieces ----

    @classmethod
    def scan(
        cls,
        data: Any,
        weights: str | None = None,
        strata: str | Sequence[str | None] | None = None,
        clusters: str | Sequence[str] | None = None,
        fpc: str | float | Sequence[str | float | None] | None = None,
        singleton: SingletonRule = "fail",
        *,
        ask: Asked | Sequence[Asked] | Mapping[str, Asked],
        by: Names | None = None,
        where: str | None = None,
        domain_singletons: DomainSingletons = "ignore",
        design_effects: bool = True,
        replicates: None = None,
        missing: Literal["domain"] = "domain",
        progress: Callable[[int], object] | None = None,
    ) -> UnitTotals:
        """Sum data that don't fit in memory, or that lie in parts on several machines.

        The stream is read batch by batch, once, and nothing of it is kept but sums by sampling
        unit and group. What is asked has to be known before.

        Parameters
        ----------
        data
            Anything with ``__arrow_c_stream__`` (a pyarrow reader or table, a polars data frame),
            a DuckDB relation, a polars LazyFrame; or parts of the data one after the other (a list
            or a generator of whatever :class:`~irosurvey.Frame` takes).
        weights, strata, clusters, fpc, singleton, domain_singletons
            As for :class:`Design`. Without `clusters` every row is a sampling unit, and memory
            grows with rows.
        ask
            As for :meth:`estimate`: :func:`irosurvey.mean` and the like, or expressions of totals;
            one, several, or several with the names they have in the result.
        by
            Columns that divide the domain.
        where
            The domain: the name of a boolean column, or an SQL condition on a row's own columns.
        design_effects
            Whether sums for design effects are held too.
        replicates, missing
            Not offered for data in pieces; an error says what to do instead.
        progress
            Called with the number of rows summed so far, after every piece.

        Returns
        -------
        UnitTotals
            Its ``finish()`` gives the estimate; parts that were summed apart are merged first.

        Raises
        ------
        ColumnError, DesignError, ArgumentError
            As for :class:`Design` and :meth:`estimate`; rows are counted over the whole stream.

        Notes
        -----
        Format, rules and bounds: ``docs/methods/streaming.md``.

        Examples
        --------
        >>> import irosurvey, pyarrow
        >>> table = pyarrow.table({"school": ["a", "a", "b", "b"], "score": [51, 55, 60, 66]})
        >>> batches = table.to_reader(max_chunksize=3)
        >>> totals = irosurvey.Design.scan(
        ...     batches, clusters="school", ask=irosurvey.mean("score"), where="score > 51"
        ... )
        >>> totals.rows, totals.units
        (4, 2)
        >>> print(f"{float(totals.finish()):.2f} ± {totals.finish().se[0]:.2f}")
        60.33 ± 3.56
        """
        refuse_what_streams_cannot(replicates, missing)
        if where is not None and not isinstance(where, str):
            raise complaint(
                ArgumentError,
                "where",
                expected="the name of a boolean column or an SQL condition",
                found=type(where).__name__,
                remedy="Values one a row can't be told apart in a stream: put them into the data.",
            )
        words = _in_words(weights, strata, clusters, fpc, singleton, domain_singletons)
        groups = _groups(by)
        asked = _expressions(ask)

        def declare(frame: Frame) -> _core.UnitTotals:
            return _core.UnitTotals(
                **words,
                statistics=[_question_of(frame, one, name)[0] for name, one in asked],
                by=groups,
                where=where or "",
                design_effect=design_effects,
            )

        return scanned(data, declare, where, progress)

    # ---- replicates ----

    def with_replicates(
        self,
        type: ReplicateType,
        *,
        replicates: int | None = None,
        fay_rho: float = 0.5,
        resample: int | None = None,
        seed: int = 1,
        honour_fpc: bool = True,
        later_stages: bool = True,
        centre: ReplicateCentre = "estimate",
        failed: FailedReplicates = "fail",
        df: float | None = None,
        threads: int = 0,
    ) -> Design:
        r"""A design whose variances come from replicates, made from its strata and units.

        Each replicate multiplies the weights of a first-stage unit by a factor. With
        :math:`n_h` units in a stratum and its sampling fraction :math:`f_h`:

        - ``"BRR"``, ``"Fay"`` (two units in every stratum):
          :math:`1 \pm (1-\rho)\sqrt{1-f_h}`, by a Hadamard matrix;
        - ``"JK1"`` (no strata), ``"JKn"``: one unit left out, the others times
          :math:`n_h/(n_h-1)`;
        - ``"JK2"`` (two units in every stratum): one left out, the other doubled;
        - ``"bootstrap"``: :math:`m_h` units drawn with replacement, the factor
          :math:`1+\sqrt{m_h(1-f_h)/(n_h-1)}\,(t\,n_h/m_h-1)` for a unit drawn t times;
        - ``"SDR"``: :math:`1+\sqrt{1-f_h}\,(a_r-b_r)/\sqrt 8` with rows a, b of a Hadamard
          matrix shared by units that are neighbours in the data.

        Parameters
        ----------
        type
            As above.
        replicates
            How many. ``"bootstrap"`` needs it; of ``"BRR"``, ``"Fay"`` and ``"SDR"`` it may be
            any order of a Hadamard matrix that is large enough; jackknives know it themselves.
        fay_rho
            Fay's coefficient ρ.
        resample
            Of ``"bootstrap"``: how many units are drawn from each stratum of the first stage;
            ``None`` draws :math:`n_h-1`.
        seed
            Of ``"bootstrap"`` and ``"JK2"``. The same seed gives the same factors on every
            machine, for any number of threads.
        honour_fpc
            Whether finite populations of the first stage make variances smaller. Of the
            jackknives they are in the multipliers of the replicates, else in the factors.
        later_stages
            Of ``"bootstrap"``: below units that were drawn without replacement, units of the later
            stages are drawn too.
        centre, failed, df
            As in :class:`~irosurvey.Replicates`; ``"within-stratum"`` is for ``"JKn"``.
        threads
            At most so many; 0 means one for each processor.

        Returns
        -------
        Design

        Raises
        ------
        DesignError
            If the method doesn't fit the design: a stratum without exactly two units, say.
        SingletonError
            If a stratum has one unit, and the design's rule isn't ``"remove"``, ``"certainty"`` or
            ``"average"``.
        ArgumentError
            If an argument has no meaning.

        Notes
        -----
        Formulas and sources: ``docs/methods/replicates.md``. The other methods replicate the first
        stage alone.

        Examples
        --------
        >>> import irosurvey
        >>> data = {"kind": [1, 1, 2, 2, 2], "score": [51, 60, 43, 52, 50]}
        >>> design = irosurvey.Design(data, strata="kind")
        >>> jackknife = design.with_replicates("JKn")
        >>> jackknife.replicates
        5
        >>> print(f"{jackknife.total('score').se[0]:.4f} {design.total('score').se[0]:.4f}")
        12.1655 12.1655
        """
        return self._adjusted(
            "with_replicates",
            {
                "type": _arguments.rule("type", type, "JKn"),
                "replicates": 0
                if replicates is None
                else _arguments.whole("replicates", replicates, what="a number of replicates"),
                "fay_rho": _arguments.number("fay_rho", fay_rho),
                "resample": None
                if resample is None
                else _arguments.whole("resample", resample, what="a number of units"),
                "seed": _arguments.whole(
                    "seed", seed, least=0, most=2**64 - 1, what="a whole number below 2**64"
                ),
                "honour_fpc": _arguments.flag("honour_fpc", honour_fpc),
                "later_stages": _arguments.flag("later_stages", later_stages),
                "centre": _arguments.rule("centre", centre, "estimate"),
                "failed": _arguments.rule("failed", failed, "fail"),
                "df": None if df is None else _arguments.number("df", df),
                "threads": _arguments.threads(threads),
            },
            [],
        )

    def replicate(
        self,
        function: Callable[[Frame, NDArray[np.float64]], Any],
        *,
        level: float = 0.95,
    ) -> Estimate:
        """The variance of whatever a function computes from the data and weights.

        The function is called with the full weights, and with those of every replicate.

        Parameters
        ----------
        function
            Takes the design's data and an array of weights, one a row; returns a number, several
            (an array, a list), or a mapping of names to numbers. NaN says that there is none.
        level
            Confidence level of the intervals in tables and plots, on the scale 0-1.

        Returns
        -------
        Estimate
            One row for each number, with the covariance between them.

        Raises
        ------
        ArgumentError
            If the design has no replicates, or the function doesn't always return as many numbers.
        NumericalError
            If a replicate gives no number, and the rule for that is ``"fail"``.

        Examples
        --------
        >>> import irosurvey, numpy
        >>> design = irosurvey.Design({"y": [3.0, 5.0, 4.0, 9.0]}).with_replicates("JK1")
        >>> found = design.replicate(lambda data, w: numpy.average(data["y"].to_numpy(), weights=w))
        >>> print(f"{float(found):.2f} ± {found.se[0]:.4f}, {design.mean('y').se[0]:.4f}")
        5.25 ± 1.3150, 1.3150
        """
        _check_level(level)
        if not callable(function):
            raise complaint(
                ArgumentError,
                "replicate",
                expected="a function of the data and an array of weights",
                found=repr(function),
            )
        frame = self.frame
        names, _ = _named_numbers(function(frame, self.weights))
        answer = _core.replicate(
            self._declared, lambda weights: _named_numbers(function(frame, weights))[1], names
        )
        return from_core(answer, level=level, reference="wr", by_labels=(), source=frame.label)

    def plausible_values(
        self,
        columns: Sequence[str],
        ask: Callable[[Design, str], Estimate],
        *,
        sampling_variance: Literal["all", "first"] = "all",
        df: Literal["sampling", "rubin"] = "sampling",
    ) -> Estimate:
        r"""One estimate from several plausible values of a variable.

        The mean of the M estimates, with variance :math:`U + (1 + 1/M) B`: U the sampling
        variance, B the variance of the M estimates (divisor M - 1). Covariances likewise.

        Parameters
        ----------
        columns
            The plausible values.
        ask
            Takes the design and one of the columns, and returns an estimate. Rows are matched by
            statistic, level and group; a level that one plausible value doesn't show has the
            share 0 there.
        sampling_variance
            ``"all"``: U is the mean over all plausible values; ``"first"``: that of the first.
        df
            ``"sampling"``: the degrees of freedom of the estimates themselves, as OECD and IEA
            have it; ``"rubin"``: fewer where the plausible values differ (Barnard and Rubin 1999).

        Returns
        -------
        Estimate

        Examples
        --------
        >>> import irosurvey
        >>> data = {"pv1": [500, 450, 530, 510], "pv2": [510, 445, 520, 515]}
        >>> design = irosurvey.Design(data)
        >>> mean = design.plausible_values(["pv1", "pv2"], lambda design, pv: design.mean(pv))
        >>> print(f"{float(mean):.1f} ± {mean.se[0]:.2f}")
        497.5 ± 17.32
        """
        estimates = [ask(self, column) for column in _names("columns", columns)]
        for found in estimates:
            if not isinstance(found, Estimate):
                raise complaint(
                    ArgumentError,
                    "ask",
                    expected="a function whose value is an estimate, such as "
                    "lambda design, column: design.mean(column)",
                    found=f"one whose value is {found!r}",
                )
        if not estimates:
            raise complaint(ArgumentError, "columns", expected="at least two", found="none")
        answer = _core.plausible_values(
            [estimate._core(estimate.covariances) for estimate in estimates],
            _arguments.rule("sampling_variance", sampling_variance, "all"),
            _arguments.rule("df", df, "sampling"),
        )
        first = estimates[0]
        combined = from_core(
            answer,
            level=first.level,
            reference=first.reference,
            by_labels=first.by_labels,
            source=first.source,
            ci=first.ci,
        )
        return combined_plausible(combined) if isinstance(first, QuantileEstimate) else combined

    # ---- weights that meet known totals ----

    def calibrate(
        self,
        method: CalibrationMethod,
        margins: Any,
        *,
        bounds: tuple[float | None, float | None] | None = None,
        bounds_on: Literal["ratio", "weight"] = "ratio",
        trim: tuple[float | None, float | None] | None = None,
        shares: bool = False,
        population: float | None = None,
        equal_within: str | None = None,
        tolerance: float = 1e-10,
        max_iterations: int | None = None,
        residual_weights: Literal["initial", "calibrated"] = "initial",
        residual_order: Literal["as-made", "last-first"] = "as-made",
        replicates: bool = True,
        threads: int = 0,
    ) -> Design:
        r"""A design whose weights meet known totals of the population.

        New weights :math:`w_i g_i` with :math:`\sum w_i g_i x_i = T`, as near to the old ones as
        the method's distance says. The new design remembers: variances are those of the residuals
        of a variable on the auxiliaries, and replicate weights are calibrated one by one. A weight
        of 0 stays 0.

        Parameters
        ----------
        method
            ``"poststratify"`` (one margin), ``"rake"`` (margins in turn until all are met),
            ``"linear"`` (the generalized regression estimator), ``"raking"`` (exponential) or
            ``"logit"`` (between bounds).
        margins
            What is met. A mapping: column, or tuple of columns to be crossed, to a mapping of
            levels (tuples of levels) to totals; a column of numbers to its total; ``1`` to the
            sum of weights. Every level in the sample needs its total. Instead of a mapping of
            levels: a data frame, or the path of a file, with a column for each variable and one
            called ``total``. `margins` may itself be such a table, or a list of them.
        bounds
            Low and high (``None``: none) of new ÷ old weight, for ``linear``, ``raking``, ``rake``
            (cut after every cycle) and ``logit``, which needs them.
        bounds_on
            ``"weight"``: `bounds` are limits of the new weight itself.
        trim
            Low and high of the new weight. ``rake`` cuts after every cycle and goes on until
            margins and limits are both met, or until weights settle short of the margins, which a
            note of the design then says. After other methods weights are cut and what was cut
            is shared out evenly; the margins are then met only nearly.
        shares
            Totals of levels are shares, scaled to sum to `population`.
        population
            What shares are shares of; ``None``: the current sum of weights.
        equal_within
            Column of clusters, such as households: all rows of a cluster get the same ratio.
        tolerance
            Greatest relative misfit of a total.
        max_iterations
            ``None``: 1000 cycles of ``rake``, 100 Newton steps.
        residual_weights
            Weights of the regressions whose residuals carry the variance: those before the
            calibration or those after it.
        residual_order
            How several adjustments of one design are taken out of a variable: in the order in
            which they were made, or the last one first. The last adjustment's choice counts.
        replicates
            Calibrate replicate weights too; otherwise they stay as they are.
        threads
            At most so many threads; 0 means one for each processor.

        Returns
        -------
        Design

        Raises
        ------
        ColumnError
            If a column doesn't exist.
        DesignError
            With the row, if a row of positive weight misses an auxiliary.
        ArgumentError
            With the margins, if totals contradict each other or the sample.
        NumericalError
            With the totals and how far off they are, if no weights were found that meet them.

        Notes
        -----
        Formulas and sources: ``docs/methods/calibration.md``.

        Examples
        --------
        >>> import irosurvey
        >>> data = {"sex": ["f", "f", "m", "m"], "age": [1, 2, 1, 2], "y": [1, 2, 3, 4]}
        >>> design = irosurvey.Design(data).calibrate(
        ...     "rake", {"sex": {"f": 30, "m": 50}, "age": {1: 60, 2: 20}}
        ... )
        >>> design.weights.round(6)
        array([22.5,  7.5, 37.5, 12.5])
        >>> share = design.proportion("sex", "f")
        >>> round(float(share), 6), float(share.se[0])
        (0.375, 0.0)
        """
        margins_given = margins_from(self.frame, margins)
        return self._adjusted(
            "calibrated",
            {
                "method": _arguments.rule("method", method, "rake"),
                "margins": margins_given,
                "bounds": limits_from("bounds", bounds),
                "bounds_on": _arguments.rule("bounds_on", bounds_on, "ratio"),
                "trim": limits_from("trim", trim),
                "shares": _arguments.flag("shares", shares),
                "population": None
                if population is None
                else _arguments.number("population", population),
                "equal_within": _column_name("equal_within", equal_within),
                "tolerance": _arguments.number("tolerance", tolerance),
                "max_iterations": None
                if max_iterations is None
                else _arguments.whole("max_iterations", max_iterations, most=2**31 - 1),
                "residual_weights": _arguments.rule(
                    "residual_weights", residual_weights, "initial"
                ),
                "residual_order": _arguments.rule("residual_order", residual_order, "as-made"),
                "replicates": _arguments.flag("replicates", replicates),
                "threads": _arguments.threads(threads),
            },
            [name for variables, _, _ in margins_given for name in variables]
            + ([equal_within] if equal_within else []),
        )

    def trim(
        self,
        low: float | None = None,
        high: float | None = None,
        *,
        strict: bool = False,
        replicates: bool = True,
    ) -> Design:
        """A design whose weights are cut to limits and keep their sum.

        What is cut off (or put on, at `low`) is shared out evenly among the other rows.

        Parameters
        ----------
        low, high
            Limits of a weight; ``None``: none.
        strict
            Go on until no weight is outside. Otherwise the shares may lift some above `high`.
        replicates
            Trim replicate weights too.

        Returns
        -------
        Design

        Raises
        ------
        NumericalError
            If the sum of weights can't be kept within the limits.

        Examples
        --------
        >>> import irosurvey
        >>> design = irosurvey.Design({"w": [1.0, 2.0, 3.0, 14.0]}, weights="w")
        >>> design.trim(high=8.0).weights
        array([3., 4., 5., 8.])
        """
        limits = limits_from("trim", (low, high))
        assert limits is not None
        return self._adjusted(
            "trimmed",
            {
                "low": limits[0],
                "high": limits[1],
                "strict": _arguments.flag("strict", strict),
                "replicates": _arguments.flag("replicates", replicates),
            },
            [],
        )

    def standardize(
        self,
        variable: str,
        shares: Any,
        *,
        within: Names = (),
        where: Any = None,
        replicates: bool = True,
    ) -> Design:
        """A design in which every group has the same mix of a variable: direct standardisation.

        Within each group the levels of `variable` get fixed shares of the group's sum of weights.
        It is a post-stratification, and variances know it.

        Parameters
        ----------
        variable
            The column whose mix is fixed, such as an age group.
        shares
            Level to share (a mapping, or a table with the columns `variable` and ``total``); they
            are scaled to sum to 1.
        within
            Columns that make the groups; none: the whole sample.
        where
            As in :meth:`mean`: other rows get weight 0, and their units stay. Rows that miss
            `variable` or a group get weight 0 too.
        replicates
            Standardize replicate weights too.

        Returns
        -------
        Design

        Examples
        --------
        >>> import irosurvey
        >>> age = ["y", "y", "o", "y", "o"]
        >>> data = {"town": [1, 1, 1, 2, 2], "age": age, "ill": [0, 1, 1, 0, 1]}
        >>> design = irosurvey.Design(data).standardize("age", {"y": 3, "o": 1}, within="town")
        >>> design.mean("ill", by="town").estimate
        array([0.625, 0.25 ])
        """
        groups = _names("within", within)
        mask = None if where is None else mask_of(self.frame, where)
        return self._adjusted(
            "standardized",
            {
                "variable": variable,
                "shares": levels_from(self.frame, variable, shares),
                "within": groups,
                "where": mask,
                "replicates": _arguments.flag("replicates", replicates),
            },
            [variable, *groups],
        )

    @property
    def adjustments(self) -> tuple[Adjustment, ...]:
        """What each adjustment of the weights did, in their order."""
        return adjustments_of(self._declared)

    # ---- questions ----

    def mean(
        self,
        variables: Names,
        *,
        by: Names | None = None,
        where: Any = None,
        missing: MissingRule = "conventional",
        df: DfRule | float = "conventional",
        covariance: bool | None = None,
        deff: Reference | Conventional | None = "conventional",
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
            the question leave the sample first. By default the design's conventions say:
            ``"domain"`` unless others were named.
        df
            By default the design's conventions say: ``"design"`` unless others were named.
            Degrees of freedom: ``"design"`` (sampling units that hold members of the domain, minus
            the strata that hold them), ``"domain-strata"``, ``"full-design"``, ``"infinite"``,
            ``"n-1"``, or a number.
        covariance
            Whether covariances between all estimates of the question are computed, as
            :meth:`Estimate.difference` needs. ``None``: if there can be at most 64 estimates.
        deff
            Simple random sample that design effects compare with: with replacement (``"wr"``) or
            without (``"wor"``); ``None`` computes none. By default the design's conventions say:
            ``"wr"`` unless others were named.
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
        missing: MissingRule = "conventional",
        df: DfRule | float = "conventional",
        covariance: bool | None = None,
        deff: Reference | Conventional | None = "conventional",
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
        missing: MissingRule = "conventional",
        df: DfRule | float = "conventional",
        covariance: bool | None = None,
        deff: Reference | Conventional | None = "conventional",
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
        missing: MissingRule = "conventional",
        df: DfRule | float = "conventional",
        covariance: bool | None = None,
        deff: Reference | Conventional | None = "conventional",
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

    def quantile(
        self,
        variables: Names,
        probs: float | Sequence[float] = 0.5,
        *,
        rule: QuantileRule | Conventional = "conventional",
        ci: QuantileInterval | Conventional = "conventional",
        centre: QuantileCentre | Conventional = "conventional",
        outside: LimitsOutside | Conventional = "conventional",
        by: Names | None = None,
        where: Any = None,
        missing: MissingRule = "conventional",
        df: DfRule | float = "conventional",
        covariance: bool | None = None,
        deff: Reference | Conventional | None = "conventional",
        level: float = 0.95,
        threads: int = 0,
    ) -> QuantileEstimate:
        r"""Quantiles of one or more variables, with standard errors and limits.

        Limits are the quantiles at the limits of an interval for :math:`\hat F(\hat q)`, the share
        of the domain at or below the estimate; the standard error is their distance ÷ 2t
        (Woodruff 1952; Francisco and Fuller 1991).

        Parameters
        ----------
        variables
            A column or several.
        probs
            Which quantiles, on the scale 0-1; 0.5 is the median.
        rule
            By default that of the design's conventions: ``"math"``, unless they were named. With
            :math:`W_k` the weight of the k smallest values, W of all: ``"math"`` (= ``"hf1"``:
            the smallest value with :math:`W_k \ge pW`), ``"school"`` (= ``"hf2"``: halfway to the
            next where :math:`W_k = pW`), ``"hf3"`` … ``"hf9"`` (Hyndman and Fan 1996, weights in
            the place of counts), ``"sas"`` (linear between the steps of the distribution function).
        ci
            By default that of the design's conventions: ``"woodruff"``, unless they were named.
            ``"woodruff"``: t limits of the share; ``"logit"``, ``"beta"``: those limits of the
            share; ``"symmetric"``: estimate ± t · SE, the standard error of ``"woodruff"``;
            ``"replicate"``: estimate ± t · SE, the standard error from the quantile under every
            replicate's weights (the jackknife that leaves out one unit is not consistent there).
        centre
            What the interval for the share is about: ``"estimate"`` (default), the share at or
            below the estimate, or ``"prob"``, the probability itself.
        outside
            A limit of the share below 0 or above 1: ``"extreme"`` (default) takes the smallest or
            largest value, ``"missing"`` (R's and SAS's conventions) gives no limit and no standard
            error. The result's choices count them.
        by, where, missing, df, deff, threads
            As in :meth:`mean`. Design effects are those of the share at or below the estimate.
        covariance
            As in :meth:`mean`. The correlation of two quantiles is that of the shares at or below
            them; of ``"replicate"``, that of the replicates.
        level
            Confidence level of the limits; the standard error depends on it a little.

        Returns
        -------
        QuantileEstimate
            Rows variable by variable, probability by probability, group by group.

        Raises
        ------
        ColumnError, ArgumentError, SingletonError
            As :meth:`mean`; an infinite value is named with its row.

        Notes
        -----
        Formulas: ``docs/methods/quantiles.md``.

        Examples
        --------
        >>> import irosurvey
        >>> design = irosurvey.Design({"caseload": [40, 52, 61, 64, 66, 70, 75, 81, 90, 120]})
        >>> quartiles = design.quantile("caseload", [0.25, 0.5, 0.75])
        >>> quartiles.estimate
        array([61., 66., 81.])
        >>> quartiles.lower, quartiles.upper
        (array([40., 52., 66.]), array([ 75.,  90., 120.]))
        """
        names = _names("variables", variables)
        question = self._question_about(
            names, np.size(probs), by, where, missing, df, covariance, deff, level, threads
        )
        rules = self._conventions
        how = _core.QuantileHow(
            rules.quantile_rule if rule == "conventional" else rule,
            rules.quantile_ci if ci == "conventional" else ci,
            rules.quantile_centre if centre == "conventional" else centre,
            rules.quantile_outside if outside == "conventional" else outside,
            level,
        )
        return ask_quantiles(self._declared, names, probs, how, question)

    def median(self, variables: Names, **options: Any) -> QuantileEstimate:
        """Medians: :meth:`quantile` of 0.5, with its options.

        Examples
        --------
        >>> import irosurvey
        >>> float(irosurvey.Design({"y": [3, 1, 2]}).median("y"))
        2.0
        """
        return self.quantile(variables, 0.5, **options)

    def deciles(self, variables: Names, **options: Any) -> QuantileEstimate:
        """The nine deciles: :meth:`quantile` of 0.1, 0.2, …, 0.9, with its options.

        Examples
        --------
        >>> import irosurvey
        >>> irosurvey.Design({"y": range(1, 11)}).deciles("y").estimate
        array([1., 2., 3., 4., 5., 6., 7., 8., 9.])
        """
        return self.quantile(variables, [tenth / 10 for tenth in range(1, 10)], **options)

    def iqr(self, variable: str, **options: Any) -> Estimate:
        """Interquartile ranges: the third quartile less the first, with t limits.

        Parameters
        ----------
        variable
            A column.
        **options
            Of :meth:`quantile`. The covariance of the two quartiles is accounted for.

        Examples
        --------
        >>> import irosurvey
        >>> design = irosurvey.Design({"caseload": [40, 52, 61, 64, 66, 70, 75, 81, 90, 120]})
        >>> float(design.iqr("caseload"))
        20.0
        """
        quartiles = self.quantile(variable, [0.25, 0.75], **{**options, "covariance": True})
        return range_of(quartiles, "interquartile range")

    def variance(
        self,
        variables: Names,
        *,
        by: Names | None = None,
        where: Any = None,
        missing: MissingRule = "conventional",
        df: DfRule | float = "conventional",
        covariance: bool | None = None,
        deff: Reference | Conventional | None = "conventional",
        level: float = 0.95,
        threads: int = 0,
    ) -> Estimate:
        r"""Variances of one or more variables.

        :math:`\frac{n}{n-1} \sum w (y - \bar y)^2 / \sum w`, where
        :math:`\bar y` is the weighted mean, n the rows of the domain. Powers are taken about the
        middle of each group: an offset costs no digits.

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
        >>> design = irosurvey.Design({"y": [1e9 + 2, 1e9 + 4, 1e9 + 9]})
        >>> float(design.variance("y"))
        13.0
        """
        asked = [[name] for name in _names("variables", variables)]
        return self._spread(
            "variance", asked, by, where, missing, df, covariance, deff, level, threads
        )

    def sd(
        self,
        variables: Names,
        *,
        by: Names | None = None,
        where: Any = None,
        missing: MissingRule = "conventional",
        df: DfRule | float = "conventional",
        covariance: bool | None = None,
        deff: Reference | Conventional | None = "conventional",
        level: float = 0.95,
        threads: int = 0,
    ) -> Estimate:
        r"""Standard deviations of one or more variables.

        :math:`\sqrt{\frac{n}{n-1} \sum w (y - \bar y)^2 / \sum w}`, where
        :math:`\bar y` is the weighted mean, n the rows of the domain. Powers are taken about the
        middle of each group: an offset costs no digits.

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
        >>> design = irosurvey.Design({"y": [1e9 + 2, 1e9 + 4, 1e9 + 9]})
        >>> round(float(design.sd("y")), 4)
        3.6056
        """
        asked = [[name] for name in _names("variables", variables)]
        return self._spread("sd", asked, by, where, missing, df, covariance, deff, level, threads)

    def covariance(
        self,
        x: str,
        y: str,
        *,
        by: Names | None = None,
        where: Any = None,
        missing: MissingRule = "conventional",
        df: DfRule | float = "conventional",
        covariance: bool | None = None,
        deff: Reference | Conventional | None = "conventional",
        level: float = 0.95,
        threads: int = 0,
    ) -> Estimate:
        r"""Covariance of two variables.

        :math:`\frac{n}{n-1} \sum w (x - \bar x)(y - \bar y) / \sum w`, n the rows of the domain.

        Parameters
        ----------
        x, y
            Columns. The base is the rows that have both.
        by, where, missing, df, covariance, deff, level, threads
            As in :meth:`mean`.

        Returns
        -------
        Estimate

        Examples
        --------
        >>> import irosurvey
        >>> design = irosurvey.Design({"x": [1, 2, 3, 4], "y": [2, 4, 5, 9]})
        >>> round(float(design.covariance("x", "y")), 4)
        3.6667
        """
        asked = [[*_names("x", x), *_names("y", y)]]
        return self._spread(
            "covariance", asked, by, where, missing, df, covariance, deff, level, threads
        )

    def correlation(
        self,
        x: str,
        y: str,
        *,
        by: Names | None = None,
        where: Any = None,
        missing: MissingRule = "conventional",
        df: DfRule | float = "conventional",
        covariance: bool | None = None,
        deff: Reference | Conventional | None = "conventional",
        level: float = 0.95,
        threads: int = 0,
    ) -> Estimate:
        r"""Correlation of two variables: the covariance over both standard deviations.

        Parameters
        ----------
        x, y
            Columns. The base is the rows that have both.
        by, where, missing, df, covariance, deff, level, threads
            As in :meth:`mean`.

        Returns
        -------
        Estimate

        Examples
        --------
        >>> import irosurvey
        >>> design = irosurvey.Design({"x": [1, 2, 3, 4], "y": [2, 4, 5, 9]})
        >>> round(float(design.correlation("x", "y")), 4)
        0.9648
        """
        asked = [[*_names("x", x), *_names("y", y)]]
        return self._spread(
            "correlation", asked, by, where, missing, df, covariance, deff, level, threads
        )

    def geometric_mean(
        self,
        variables: Names,
        *,
        by: Names | None = None,
        where: Any = None,
        missing: MissingRule = "conventional",
        df: DfRule | float = "conventional",
        covariance: bool | None = None,
        deff: Reference | Conventional | None = "conventional",
        level: float = 0.95,
        threads: int = 0,
    ) -> Estimate:
        r"""Geometric means: :math:`\exp(\sum w \log y / \sum w)`.

        Parameters
        ----------
        variables
            A column or several, above 0 in every row of the domain.
        by, where, missing, df, covariance, deff, level, threads
            As in :meth:`mean`.

        Returns
        -------
        Estimate

        Raises
        ------
        NumericalError
            With the row, for a number that isn't above 0.

        Examples
        --------
        >>> import irosurvey
        >>> round(float(irosurvey.Design({"y": [1, 10, 100]}).geometric_mean("y")), 10)
        10.0
        """
        asked = [[name] for name in _names("variables", variables)]
        return self._spread(
            "geometric mean", asked, by, where, missing, df, covariance, deff, level, threads
        )

    def cdf(
        self,
        variable: str,
        at: float | Sequence[float],
        *,
        by: Names | None = None,
        where: Any = None,
        missing: MissingRule = "conventional",
        df: DfRule | float = "conventional",
        covariance: bool | None = None,
        deff: Reference | Conventional | None = "conventional",
        level: float = 0.95,
        threads: int = 0,
    ) -> Estimate:
        r"""The distribution function: shares of the domain with :math:`y \le c`.

        Parameters
        ----------
        variable
            A column of numbers.
        at
            Points c, one or several.
        by, where, missing, df, covariance, deff, level, threads
            As in :meth:`mean`. Limits are those of shares.

        Returns
        -------
        Estimate
            One row for each point and group.

        Examples
        --------
        >>> import irosurvey
        >>> design = irosurvey.Design({"caseload": [40, 52, 61, 64, 66, 70, 75, 81, 90, 120]})
        >>> design.cdf("caseload", at=[50, 70]).estimate
        array([0.1, 0.6])
        """
        points = numbers_in("at", at)
        question = self._question_about(
            _names("variable", variable),
            len(points),
            by,
            where,
            missing,
            df,
            covariance,
            deff,
            level,
            threads,
        )
        name = _names("variable", variable)[0]
        return question.estimate(_core.distribution(self._declared, name, points, question.core))

    def histogram(
        self,
        variable: str,
        bins: int | Sequence[float] = 10,
        *,
        scale: Literal["share", "density", "total"] = "share",
        by: Names | None = None,
        where: Any = None,
        missing: MissingRule = "conventional",
        df: DfRule | float = "conventional",
        covariance: bool | None = None,
        deff: Reference | Conventional | None = "conventional",
        level: float = 0.95,
        threads: int = 0,
    ) -> Estimate:
        r"""A weighted histogram, with standard errors.

        Parameters
        ----------
        variable
            A column of numbers.
        bins
            How many bins of equal width, from the smallest value of the domain to the largest; or
            their edges. A bin holds its lower edge, the last one its upper edge too.
        scale
            ``"share"`` of the domain, ``"density"`` (share over width), ``"total"``.
        by, where, missing, df, covariance, deff, level, threads
            As in :meth:`mean`. Rows outside all bins count in the base of shares.

        Returns
        -------
        Estimate
            One row for each bin and group; a bin is a level, labelled with its edges.

        Examples
        --------
        >>> import irosurvey
        >>> design = irosurvey.Design({"caseload": [40, 52, 61, 64, 66, 70, 75, 81, 90, 120]})
        >>> bars = design.histogram("caseload", [40, 60, 80, 120])
        >>> bars.estimate, str(bars.keys()["level"][0])
        (array([0.2, 0.5, 0.3]), '[40, 60)')
        """
        count = isinstance(bins, int) and not isinstance(bins, bool)
        asked = _arguments.whole("bins", bins) if count else numbers_in("bins", bins)
        most = asked if isinstance(asked, int) else len(asked)
        question = self._question_about(
            _names("variable", variable),
            most,
            by,
            where,
            missing,
            df,
            covariance,
            deff,
            level,
            threads,
        )
        name = _names("variable", variable)[0]
        return question.estimate(_core.histogram(self._declared, name, asked, scale, question.core))

    def multiple_response(
        self,
        columns: Sequence[str] | ResponseSet,
        counted: LevelValue | Sequence[LevelValue] | None = 1,
        *,
        of: AnswerScale = "respondents",
        respondents: Respondents = "any",
        answers: Sequence[LevelValue] = (),
        title: str = "",
        by: Names | None = None,
        where: Any = None,
        missing: MissingRule = "conventional",
        df: DfRule | float = "conventional",
        covariance: bool | None = None,
        deff: Reference | Conventional | None = "conventional",
        level: float = 0.95,
        threads: int = 0,
    ) -> Estimate:
        r"""Shares of the answers to a question to which people may give several.

        With :math:`y_k` 1 where a row chose answer k, else 0: the share of respondents
        :math:`\sum w y_k / \sum w`, or of answers :math:`\sum w y_k / \sum_j \sum w y_j`, over the
        respondents of the domain. Their covariances are those of the design.

        Parameters
        ----------
        columns
            A column for each answer, whose values say whether it was chosen (a dichotomous set);
            or a column for the first answer given, one for the second and so on, that hold the
            codes of answers (a categorical set). Or a set that an SPSS file defines, from
            :func:`irosurvey.response_sets`, which says what counts, too.
        counted
            The value, value label, or several that say that an answer was chosen; 1 is true of a
            boolean column. ``None``: the set is categorical.
        of
            ``"respondents"``: the shares add up to more than 1 where people choose several;
            ``"answers"``: they add up to 1; ``"count"``: no shares, but how many in the population
            choose each.
        respondents
            Who counts as one. ``"any"``: whoever chose at least one answer (as SPSS has it);
            ``"valid"``: whoever has a value in at least one column, those who chose nothing too;
            ``"complete"``: whoever has a value in every column (of a dichotomous set);
            ``"all"``: every row of the domain. A respondent's missing columns are answers not
            chosen; an answer given twice counts once.
        answers
            Of a categorical set: codes or value labels that are answers, in this order; by default
            all that occur or have a label.
        title
            What the set is called in the result; by default its first and last column.
        by, where, df, covariance, deff, level, threads
            As in :meth:`mean`. Rows that are no respondents are outside the domain.
        missing
            As in :meth:`mean`. ``"listwise"``: rows that miss any column of a dichotomous set, or
            all columns of a categorical one, leave the sample first.

        Returns
        -------
        Estimate
            A row for each answer and group; the answer is the ``level``: of a dichotomous set the
            column, with its label. `n` and `weighted_n` count respondents.

        Raises
        ------
        ColumnError, ArgumentError, SingletonError
            As :meth:`mean`; for a counted value or an answer that no column has.

        Notes
        -----
        Formulas: ``docs/methods/multiple_response.md``.

        Examples
        --------
        >>> import irosurvey
        >>> data = {"phone": [1, 1, 0, 0], "post": [1, 0, 1, 0], "visit": [0, 0, 1, 0]}
        >>> design = irosurvey.Design(data)
        >>> design.multiple_response(["phone", "post", "visit"]).estimate.round(4)
        array([0.6667, 0.6667, 0.3333])
        >>> design.multiple_response(["phone", "post", "visit"], of="answers").estimate
        array([0.4, 0.4, 0.2])
        """
        if isinstance(columns, ResponseSet):
            title = title or columns.label or columns.name
            counted, columns = columns.values(self.frame) or None, columns.columns
        names = _names("columns", columns)
        values = _several("counted", counted)
        if covariance is None:
            asked = [_core.statistic("mean" if values else "proportion", [name]) for name in names]
            covariance = _core.most_rows(self.frame, asked, _groups(by)) <= MOST_COVARIANCES
        question = self._question_about(
            names, 1, by, where, missing, df, covariance, deff, level, threads
        )
        chosen = _several("answers", answers)
        found = question.estimate(
            _core.multiple_response(
                self._declared,
                names,
                values,
                chosen,
                _arguments.rule("respondents", respondents, "any"),
                _arguments.rule("of", of, "respondents"),
                title,
                question.core,
            )
        )
        first = self.frame[names[0]]
        asked_set = AnswerSet(
            columns=tuple(names),
            counted=tuple(code_text(_code_of(first, value)) for value in values or ()),
            answers=tuple(code_text(_code_of(first, value)) for value in chosen or ()),
            respondents=respondents,
        )
        assert question.origin is not None
        return dataclasses.replace(
            found, origin=dataclasses.replace(question.origin, answers=asked_set)
        )

    def estimate(
        self,
        expressions: Asked | Sequence[Asked] | Mapping[str, Asked],
        *,
        by: Names | None = None,
        where: Any = None,
        missing: MissingRule = "conventional",
        df: DfRule | float = "conventional",
        covariance: bool | None = None,
        deff: Reference | Conventional | None = "conventional",
        level: float = 0.95,
        threads: int = 0,
    ) -> Estimate:
        r"""Any smooth functions of totals, written with :func:`irosurvey.T`.

        The variance is :math:`\nabla f^\top V \nabla f`, with `V` the design variance of the
        totals and exact derivatives.

        Parameters
        ----------
        expressions
            One, several, or several with the names they have in the result. Statistics by name
            (:func:`irosurvey.mean`, :func:`irosurvey.proportion`, …) may stand among them: what is
            asked in one call shares one covariance matrix.
        by, where, missing, df, covariance, deff, level, threads
            As in :meth:`mean`. A row that misses any of an expression's columns is missing for it;
            where a total has a domain of its own, of the rows in that domain.

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
        shares = [self._question(one, name) for name, one in _expressions(expressions)]
        asked = [question for question, _ in shares]
        result = self._ask(asked, by, where, missing, df, covariance, deff, level, threads)
        return with_levels_of_questions(result, [named for _, named in shares])

    def ttest(
        self,
        y: str,
        mu: float = 0.0,
        *,
        groups: str | None = None,
        paired: str | None = None,
        alternative: Alternative = "two-sided",
        where: Any = None,
        missing: MissingRule = "conventional",
        df: DfRule | float = "conventional",
        level: float = 0.95,
        threads: int = 0,
    ) -> TTest:
        """A design-based t-test: of one mean, of two groups, or of paired answers.

        Parameters
        ----------
        y
            The column.
        mu
            What the mean, or the difference, is if the hypothesis holds.
        groups
            A column with two values in the domain: the second group's mean less the first's, in
            the order of the levels. The covariance between the groups is accounted for.
        paired
            Another column: the mean of `y` less `paired`, over the rows that have both.
        alternative
            ``"two-sided"``, ``"less"`` or ``"greater"``.
        where, missing, df, level, threads
            As in :meth:`mean`. R's t-tests have one degree of freedom less than the design, and so
            have ours under its conventions.

        Returns
        -------
        TTest
            A :class:`~irosurvey.TestResult`; its `of` is the mean or difference with its interval.

        Raises
        ------
        ArgumentError
            If there aren't two groups.

        Notes
        -----
        More groups: ``mean(y, by=…).pairs()`` and ``.equality()``. Independent samples:
        :func:`irosurvey.change`. See ``docs/methods/comparisons.md``.

        Examples
        --------
        >>> import irosurvey
        >>> data = {"region": ["N", "N", "S", "S"], "caseload": [64, 70, 81, 75]}
        >>> test = irosurvey.Design(data).ttest("caseload", groups="region")
        >>> float(test.of), test.line
        (11.0, 't(3) = 3.175, p = 0.0503')
        """
        from irosurvey.comparisons import one_test, ttest

        found = ttest(
            self,
            [y],
            mu=mu,
            groups=groups,
            paired=paired,
            less=self._conventions.ttest_df_less if df == "conventional" else 0.0,
            where=where,
            missing=missing,
            df=df,
            level=level,
            threads=threads,
        )
        return one_test(found, alternative)

    def statistic(
        self,
        name: str,
        columns: Names,
        *,
        by: Names | None = None,
        where: Any = None,
        missing: MissingRule = "conventional",
        df: DfRule | float = "conventional",
        covariance: bool | None = None,
        deff: Reference | Conventional | None = "conventional",
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

    # ---- cross-tabs ----

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
        names = [rows, _column_name("columns", columns) or _no_name("columns"), *layers]
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
            self,
            [] if rows is None else _names("rows", rows),
            [] if columns is None else _names("columns", columns),
            [] if means is None else _names("means", means),
            [] if medians is None else _names("medians", medians),
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
                _column_name("columns of a cross-tab", name) or _no_name("columns of a cross-tab")
        rules = self._conventions
        reference = rules.deff if deff == "conventional" else deff
        _check_arguments([_core.statistic("mean", [names[0]])], reference, level, threads)
        mask = None if where is None else mask_of(self.frame, where)
        lacking = _arguments.rule(
            "missing", rules.missing if missing == "conventional" else missing, "domain"
        )
        return crosstab(
            self._declared,
            names,
            where=mask,
            missing=lacking,
            df=_df(rules.df if df == "conventional" else df),
            reference=reference,
            level=level,
            threads=threads,
            extra_choices=[*_more_choices(where, reference), *_named(rules)],
            default_test=cast(TableTest, rules.crosstab_test),
            ci=("", "") if rules is OURS else (rules.ci_shares, rules.ci_others),
            origin=self._origin(mask, where, (), lacking, [name for name in names if name]),
        )

    def regression(
        self,
        formula: str,
        family: str = "gaussian",
        link: str | None = None,
        *,
        where: Any = None,
        missing: MissingRule = "conventional",
        df: DfRule | Literal["design+1-p"] | float = "conventional",
        vadjust: bool | Literal["conventional"] = "conventional",
        information: Literal["conventional", "solution", "last-step"] = "conventional",
        level: float = 0.95,
        max_iterations: int = 50,
        threads: int = 0,
    ) -> Regression:
        r"""A generalized linear model with design-based standard errors.

        Coefficients solve :math:`\sum w_i x_i (y_i-\mu_i)\,\mu_i'/V(\mu_i) = 0` over the domain
        (Binder 1983). Their covariance is :math:`A^{-1} V(u) A^{-1}`, `V(u)` the design variance of
        the total of the scores; of a design with replicates, that of the model refitted with each
        replicate's weights.

        Parameters
        ----------
        formula
            Wilkinson's notation: ``y ~ x + C(z)``, ``y ~ x * z``, ``y ~ x + x:C(z) - 1``. ``C(z)``
            is a factor: a coefficient for each level but the first, in order of code or text;
            ``C(z, ref=4)`` names another reference. A column of text is a factor without being
            told so. ``np.log(x)``, ``poly(x, 2)``, ``bs(x, df=4)``, ``I(x**2)`` and the like are
            computed over the complete rows of the domain. ``offset(x)`` is added to the linear
            predictor. Names with other signs stand in backticks.
        family
            ``"gaussian"``, ``"binomial"`` (the response is 0 and 1, true and false, a share, or a
            factor whose first level counts as 0), ``"poisson"``, ``"gamma"``,
            ``"inverse-gaussian"``, ``"quasibinomial"``, ``"quasipoisson"``.
        link
            ``"identity"``, ``"log"``, ``"logit"``, ``"probit"``, ``"cloglog"``, ``"cauchit"``,
            ``"inverse"``, ``"inverse-square"``, ``"sqrt"``; ``None``: the family's canonical one.
        where, level, threads
            As in :meth:`mean`.
        missing
            Rows that miss any column of the formula: ``"domain"``, they are outside the domain and
            their sampling units stay; ``"listwise"``, they leave the sample first. By default the
            design's conventions say, as of `df` and `information`.
        df
            As in :meth:`mean`, or ``"design+1-p"``: the design's plus 1, minus the number of
            coefficients (what R's ``svyglm`` does).
        vadjust
            Multiply the covariance by (n-1)/(n-p), as SAS's SURVEYREG does. By default the design's
            conventions say: only ``"sas"`` does, where covariances are linearized.
        information
            Where the information matrix is taken: at the ``"solution"``, or at the ``"last-step"``
            before the deviance changes by less than 1e-8, as R's ``glm`` leaves it. Standard errors
            of models other than linear ones differ by 1e-5 of themselves or so.
        max_iterations
            Passes over the rows after which there is no solution.

        Returns
        -------
        Regression

        Raises
        ------
        ColumnError
            If a column doesn't exist or has the wrong type.
        ArgumentError
            If the formula can't be read, or the response isn't one of the family.
        NumericalError
            By name, where a term separates the response; if there is no solution.
        SingletonError
            If a stratum has one sampling unit and the design names no rule for that.

        Notes
        -----
        Formulas and sources: ``docs/methods/regression.md``.

        Examples
        --------
        >>> import irosurvey
        >>> data = {"y": [3.0, 5.0, 4.0, 9.0, 8.0], "x": [1, 2, 2, 4, 5], "z": list("aabba")}
        >>> model = irosurvey.Design(data).regression("y ~ x + z")
        >>> model.names
        ('Intercept', 'x', 'z[b]')
        >>> model.estimate.round(4), model.se.round(4)
        (array([1.5   , 1.4375, 0.6875]), array([0.5815, 0.2347, 0.9241]))
        """
        _check_level(level)
        rules = self._conventions
        mask = None if where is None else mask_of(self.frame, where)
        asked = parsed(formula)
        inside = None
        if asked.computed():
            inside = self.weights > 0 if mask is None else (self.weights > 0) & mask.astype(bool)
        bound = ModelFrame.of(asked, self.frame, inside)
        return regression_of(
            self._declared,
            bound,
            family=family,
            link=link,
            where=mask,
            missing=_arguments.rule(
                "missing", rules.missing if missing == "conventional" else missing, "domain"
            ),
            df=rules.regression_df if df == "conventional" else _df(df),
            vadjust=rules.regression_vadjust and self.replicates == 0
            if vadjust == "conventional"
            else _arguments.flag("vadjust", vadjust),
            information=rules.regression_information
            if information == "conventional"
            else information,
            level=level,
            max_iterations=max_iterations,
            threads=threads,
            test=rules.regression_test,
            extra_choices=[*_more_choices(where, None), *_named(rules)],
        )

    def __repr__(self) -> str:
        return repr(self.describe())

    def _repr_html_(self) -> str:
        return self.describe()._repr_html_()

    def __reduce__(self) -> tuple[Any, ...]:
        declared = type(self), (self.frame, *self._spec)
        return (_replayed, (*declared, self._steps)) if self._steps else declared

    # ---- how an adjustment reaches the core ----

    _steps: tuple[_Step, ...] = ()

    def _adjusted(self, name: str, arguments: dict[str, Any], columns: list[str]) -> Design:
        changed = object.__new__(type(self))
        changed.__dict__.update(self.__dict__)
        changed._declared = getattr(_core, name)(self._declared, **arguments)
        changed._steps = (*self._steps, (name, arguments, columns))
        return changed

    # ---- how a question reaches the core ----

    def _ask(
        self,
        asked: list[_core.Statistic],
        by: Names | None,
        where: Any,
        missing: MissingRule,
        df: DfRule | float,
        covariance: bool | None,
        deff: Reference | Conventional | None,
        level: float,
        threads: int,
    ) -> Estimate:
        rules = self._conventions
        if deff == "conventional":
            deff = rules.deff
        _check_arguments(asked, deff, level, threads)
        groups = _groups(by)
        if covariance is None:
            most = _core.most_rows(self.frame, asked, groups)
            covariance = most <= MOST_COVARIANCES
        mask = None if where is None else mask_of(self.frame, where)
        lacking = _arguments.rule(
            "missing", rules.missing if missing == "conventional" else missing, "domain"
        )
        answer = _core.estimate(
            with_conditions(self._declared, asked),
            asked,
            where=mask,
            by=groups,
            missing=lacking,
            df=_df(rules.df if df == "conventional" else df),
            covariance=_arguments.flag("covariance", covariance),
            design_effect=deff is not None,
            threads=threads,
        )
        return from_core(
            answer,
            level=level,
            reference=deff or "wr",
            by_labels=[self.frame[name].label for name in groups],
            source=self.frame.label,
            extra_choices=[*_more_choices(where, deff), *_named(rules)],
            ci=("", "") if rules is OURS else (rules.ci_shares, rules.ci_others),
            origin=self._origin(mask, where, asked, lacking, groups),
        )

    def _origin(
        self,
        mask: NDArray[np.uint8] | None,
        where: Any,
        asked: Sequence[_core.Statistic],
        missing: str,
        by: Sequence[str],
    ) -> Origin:
        names = dict.fromkeys(name for one in asked for name in one.variables)
        return Origin(
            design=self._declared,
            mask=mask,
            where=where if isinstance(where, str) else "",
            asked=tuple(asked),
            missing=missing,
            variables=tuple(names),
            by=tuple(by),
        )

    def _spread(
        self,
        kind: str,
        variables: Sequence[Sequence[str]],
        by: Names | None,
        where: Any,
        missing: MissingRule,
        df: DfRule | float,
        covariance: bool | None,
        deff: Reference | Conventional | None,
        level: float,
        threads: int,
    ) -> Estimate:
        names = [name for columns in variables for name in columns]
        question = self._question_about(
            names, 1, by, where, missing, df, covariance, deff, level, threads
        )
        return question.estimate(_core.spreads(self._declared, kind, variables, question.core))

    def _question_about(
        self,
        names: list[str],
        rows_each: int,
        by: Names | None,
        where: Any,
        missing: MissingRule,
        df: DfRule | float,
        covariance: bool | None,
        deff: Reference | Conventional | None,
        level: float,
        threads: int,
    ) -> About:
        """What questions that aren't made of totals have in common with those that are."""
        rules = self._conventions
        if deff == "conventional":
            deff = rules.deff
        asked = [_core.statistic("mean", [name]) for name in names]
        _check_arguments(asked, deff, level, threads)
        groups = _groups(by)
        if covariance is None:
            most = _core.most_rows(self.frame, asked, groups) * rows_each
            covariance = most <= MOST_COVARIANCES
        mask = None if where is None else mask_of(self.frame, where)
        lacking = _arguments.rule(
            "missing", rules.missing if missing == "conventional" else missing, "domain"
        )
        core = _core.About(
            where=mask,
            by=groups,
            missing=lacking,
            df=_df(rules.df if df == "conventional" else df),
            covariance=_arguments.flag("covariance", covariance),
            design_effect=deff is not None,
            threads=threads,
        )
        return About(
            core,
            level=level,
            reference=deff or "wr",
            by_labels=tuple(self.frame[name].label for name in groups),
            source=self.frame.label,
            choices=(*_more_choices(where, deff), *_named(rules)),
            ci=("", "") if rules is OURS else (rules.ci_shares, rules.ci_others),
            origin=self._origin(mask, where, asked, lacking, groups),
        )

    def _share(
        self, name: str, levels: LevelValue | Sequence[LevelValue] | None
    ) -> tuple[_core.Statistic, Level | None]:
        return _share_of(self.frame, name, levels)

    def _question(self, asked: Asked, name: str) -> tuple[_core.Statistic, Level | None]:
        return _question_of(self.frame, asked, name)

    def _own_columns(self) -> frozenset[str]:
        own = {
            entry for stage in self._declared.stages for entry in stage if isinstance(entry, str)
        }
        adjusted = {column for _, _, columns in self._steps for column in columns}
        return frozenset(own | adjusted | {self._spec[0] or ""} | set(self._replicate_columns()))

    def _replicate_columns(self) -> list[str]:
        given = self._spec[5]
        if given is None:
            return []
        patterns = [given.columns] if isinstance(given.columns, str) else given.columns
        return [
            name
            for name in self.frame.names
            if any(name == pattern or fnmatchcase(name, pattern) for pattern in patterns)
        ]


def _replayed(kind: type[Design], declared: tuple[Any, ...], steps: tuple[_Step, ...]) -> Design:
    """A design declared anew, with its adjustments made again."""
    design = kind(*declared)
    for step in steps:
        design = design._adjusted(*step)
    return design


def _named_numbers(found: Any) -> tuple[list[str], list[float]]:
    """What a user's function returned, as numbers with names."""
    try:
        if isinstance(found, Mapping):
            return [str(name) for name in found], [float(number) for number in found.values()]
        numbers = np.asarray(found, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise complaint(
            ArgumentError,
            "the function of weights",
            expected="a number, several, or a mapping of names to numbers",
            found=repr(found)[:80],
        ) from error
    if numbers.ndim == 0:
        return ["value"], [float(numbers)]
    flat = numbers.ravel().tolist()
    return [f"value {place + 1}" for place in range(len(flat))], flat


def _expressions(
    given: Asked | Sequence[Asked] | Mapping[str, Asked],
) -> list[tuple[str, Asked]]:
    """What is asked, with its name; "" for what was given none."""
    if isinstance(given, Mapping):
        named = list(given.items())
    else:
        several = [given] if isinstance(given, Expr | _core.Statistic | str) else given
        named = [("", one) for one in several]
    for _, one in named:
        if not isinstance(one, Expr | _core.Statistic):
            raise complaint(
                ArgumentError,
                "expressions",
                expected='expressions of totals, such as T("y") / T(1), or statistics, such as '
                'irosurvey.mean("y")',
                found=repr(one),
            )
    return named


def _share_of(
    frame: Frame, name: str, levels: LevelValue | Sequence[LevelValue] | None
) -> tuple[_core.Statistic, Level | None]:
    """The question, and the name of the level if it is about one."""
    column = frame[name]
    if levels is None and column.arrow_format == "b":
        levels = True
    if levels is None:
        return _core.statistic("proportion", [name]), None
    wanted = [levels] if isinstance(levels, bool | int | float | str) else list(levels)
    if not wanted:
        raise complaint(ArgumentError, "levels", expected="at least one level", found="none")
    codes = [_code_of(column, one) for one in wanted]
    return _core.proportion(name, codes), _level_named(column.value_labels, codes)


def _question_of(frame: Frame, asked: Asked, name: str) -> tuple[_core.Statistic, Level | None]:
    """What is asked under this name ("" for its own), and the level that it is about."""
    if isinstance(asked, Expr):
        return _core.expression(asked, name or "expression"), None
    level = None
    if asked.name == "proportion":
        asked, level = _share_of(frame, asked.variables[0], asked.levels)
    return (asked.titled(name) if name else asked), level


def _named(rules: Conventions) -> list[Choice]:
    """Whose conventions a result follows, unless they are our own."""
    return [] if rules is OURS else [Choice("conventions", f"{rules.name} ({rules.program})")]


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
    _check_level(level)
    _arguments.threads(threads)


def _df(given: str | float) -> str | float:
    return given if isinstance(given, str) else _arguments.number("df", given)


def _check_level(level: float) -> None:
    if not 0.0 < _arguments.number("level", level) < 1.0:
        raise complaint(
            ArgumentError,
            "level",
            expected="a confidence level between 0 and 1",
            found=str(level),
            remedy=f"Say {level / 100:g}." if 1.0 < level < 100.0 else "",
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


def _level_named(labels: Mapping[LevelValue, str], codes: Sequence[LevelValue]) -> Level:
    """One level for several: `1, 2`, labelled `always or often`."""
    levels = [Level(code, labels.get(code, "")) for code in codes]
    if len(levels) == 1:
        return levels[0]
    label = " or ".join(str(level) for level in levels)
    return Level(", ".join(str(Level(code)) for code in codes), label)


def _several(argument: str, given: LevelValue | Sequence[LevelValue] | None) -> list[LevelValue]:
    """One value or several, as a list; none for None."""
    if given is None:
        return []
    alone = isinstance(given, str) or not isinstance(given, Iterable)
    several = [
        one.item() if isinstance(one, np.generic) else one
        for one in cast(Sequence[LevelValue], [given] if alone else given)
    ]
    for one in several:
        if not isinstance(one, bool | int | float | str):
            raise complaint(
                ArgumentError,
                argument,
                expected="codes or value labels: text, numbers, true or false",
                found=repr(one),
            )
    return several


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


class _Words(TypedDict):
    """A design without data, as the core takes it."""

    weights: str
    stages: list[tuple[str, str, str | float | None]]
    singleton: str
    domain_singletons: str


def _in_words(
    weights: str | None,
    strata: str | Sequence[str | None] | None,
    clusters: str | Sequence[str] | None,
    fpc: str | float | Sequence[str | float | None] | None,
    singleton: SingletonRule,
    domain_singletons: DomainSingletons,
) -> _Words:
    return {
        "weights": _column_name("weights", weights),
        "stages": _stages(strata, clusters, fpc),
        "singleton": _arguments.rule("singleton", singleton, "fail"),
        "domain_singletons": _arguments.rule("domain_singletons", domain_singletons, "ignore"),
    }


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
