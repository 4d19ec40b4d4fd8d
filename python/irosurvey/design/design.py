"""A sampling design over a data set, and the questions that can be asked of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Literal

from irosurvey import _arguments, _core
from irosurvey._checked import checked_methods
from irosurvey._complaint import complaint
from irosurvey._core import Frame
from irosurvey.conventions import ConventionsName, conventions_named
from irosurvey.describe import DesignDescription, described
from irosurvey.design.answers import AnswerMethods
from irosurvey.design.declared import Step
from irosurvey.design.distributions import DistributionMethods
from irosurvey.design.models import ModelMethods
from irosurvey.design.options import Conventional, DomainSingletons, Names, SingletonRule
from irosurvey.design.replication import ReplicateMethods
from irosurvey.design.spreads import SpreadMethods
from irosurvey.design.stages import in_words
from irosurvey.design.sums import SumMethods
from irosurvey.design.tables import TableMethods
from irosurvey.design.weighting import WeightMethods
from irosurvey.errors import ArgumentError
from irosurvey.levels import Asked, expressions_of, question_of
from irosurvey.reading import read
from irosurvey.replicates import Replicates, core_replicates
from irosurvey.streaming import UnitTotals, refuse_what_streams_cannot, scanned

__all__ = ["Design"]


@checked_methods
class Design(
    SumMethods,
    DistributionMethods,
    SpreadMethods,
    AnswerMethods,
    TableMethods,
    ModelMethods,
    WeightMethods,
    ReplicateMethods,
):
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
        words = in_words(weights, strata, clusters, fpc, singleton, domain_singletons)
        if replicates and not (strata or clusters or fpc):
            words["stages"] = []
        self._declared = _core.Design.declare(
            frame, **words, replicates=core_replicates(replicates)
        )
        self._declaration = (
            weights,
            strata,
            clusters,
            fpc,
            singleton,
            replicates,
            domain_singletons,
            self._conventions.name,
        )

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
        return self._changed(_declared=self._declared.with_frame(frame))

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
        conventions = conventions_named(name)
        return self._changed(
            _conventions=conventions,
            _declaration=(*self._declaration[:-1], conventions.name),
        )

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
        words = in_words(weights, strata, clusters, fpc, singleton, domain_singletons)
        groups = _arguments.groups(by)
        asked = expressions_of(ask)

        def declare(frame: Frame) -> _core.UnitTotals:
            return _core.UnitTotals(
                **words,
                statistics=[question_of(frame, one, name)[0] for name, one in asked],
                by=groups,
                where=where or "",
                design_effect=_arguments.flag("design_effects", design_effects),
            )

        return scanned(data, declare, where, progress)

    def __repr__(self) -> str:
        return repr(self.describe())

    def _repr_html_(self) -> str:
        return self.describe()._repr_html_()

    def __reduce__(self) -> tuple[Any, ...]:
        declared = type(self), (self.frame, *self._declaration)
        return (_replayed, (*declared, self._steps)) if self._steps else declared

    def _own_columns(self) -> frozenset[str]:
        own = {
            entry for stage in self._declared.stages for entry in stage if isinstance(entry, str)
        }
        adjusted = {column for _, _, columns in self._steps for column in columns}
        return frozenset(
            own | adjusted | {self._declaration[0] or ""} | set(self._replicate_columns())
        )

    def _replicate_columns(self) -> list[str]:
        given = self._declaration[5]
        if given is None:
            return []
        patterns = [given.columns] if isinstance(given.columns, str) else given.columns
        return [
            name
            for name in self.frame.names
            if any(name == pattern or fnmatchcase(name, pattern) for pattern in patterns)
        ]


def _replayed(kind: type[Design], declared: tuple[Any, ...], steps: tuple[Step, ...]) -> Design:
    """A design declared anew, with its adjustments made again."""
    design = kind(*declared)
    for step in steps:
        design = design._adjusted(*step)
    return design
