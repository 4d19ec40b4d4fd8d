"""A fitted model: coefficients and how sure they are, tests, margins, predictions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from irosurvey import _core
from irosurvey._checked import checked_methods
from irosurvey._complaint import complaint
from irosurvey._core import Frame
from irosurvey.errors import ArgumentError
from irosurvey.formula import Factor, ModelFrame
from irosurvey.layout import View, as_html, as_text
from irosurvey.parts import Choice, Floats, Interval
from irosurvey.regression_display import Summary, view_of
from irosurvey.result import Estimate, from_core
from irosurvey.tabular import polars_of
from irosurvey.test_result import TestResult, test_from_core

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from irosurvey.combination import Function

__all__ = ["Predictions", "PseudoR2", "Regression", "regression_of"]

TermTest: TypeAlias = Literal[
    "adjusted-wald",
    "wald",
    "working-likelihood",
    "working-likelihood-lincom",
    "working-likelihood-saddlepoint",
]
Residuals: TypeAlias = Literal["response", "pearson", "deviance", "working"]


class Predictions(NamedTuple):
    """Predicted values and their standard errors, one a row; NaN where a column is missing."""

    values: Floats
    se: Floats


class PseudoR2(NamedTuple):
    """How much of the response a model explains.

    `deviance` is 1 - D/D0 (of a linear model R squared); `cox_snell` and `nagelkerke`, of binomial
    and Poisson models, come from the estimated likelihood of the population (Lumley 2017).
    """

    deviance: float
    cox_snell: float
    nagelkerke: float


@checked_methods
@dataclass(frozen=True, eq=False, repr=False)
class Regression:
    r"""A generalized linear model fitted to a domain, with design-based standard errors.

    Made by :meth:`Design.regression`. Coefficients solve
    :math:`\sum w_i x_i (y_i-\mu_i)\,\mu_i'/V(\mu_i) = 0`; their covariance is
    :math:`A^{-1} V(u) A^{-1}`, `u` the total of these scores, or comes from the model refitted with
    each replicate's weights.

    Attributes
    ----------
    formula, family, link
        What was asked.
    coefficients
        An :class:`~irosurvey.Estimate` with a row for each: ``Intercept``, ``x``, ``C(x)[level]``,
        ``x:z``. It knows intervals, contrasts, tables, and every choice made.
    terms
        Each term's coefficients, as rows of `coefficients`.
    n, weighted_n
        Rows of positive weight that the model was fitted to, and the sum of their weights.
    df, design_df
        Degrees of freedom of tests and intervals, and those of the design.
    deviance, null_deviance, dispersion
        With weights scaled to mean 1.
    r2
        1 - deviance / null deviance: of a linear model R squared.
    iterations
        Passes over all rows.
    aliased
        Coefficients that others already determine; they are left out.
    empty_levels
        Levels that no row of the domain has; they are left out.
    working_covariance
        Inverse of the information with weights scaled to mean 1.
    default_test
        How :meth:`test` tests unless it is told: the design's conventions say.
    """

    formula: str
    family: str
    link: str
    coefficients: Estimate
    terms: dict[str, tuple[int, ...]]
    intercept: str
    n: int
    weighted_n: float
    df: float
    design_df: float
    deviance: float
    null_deviance: float
    dispersion: float
    r2: float
    iterations: int
    aliased: tuple[str, ...]
    empty_levels: tuple[str, ...]
    working_covariance: Floats
    default_test: TermTest = "adjusted-wald"
    _model: _core.Regression | None = field(default=None)
    _frame: ModelFrame | None = field(default=None)

    def __len__(self) -> int:
        return len(self.coefficients)

    @property
    def names(self) -> tuple[str, ...]:
        """The coefficients' names, in their order."""
        return tuple(info.name for info in self.coefficients.statistics)

    @property
    def estimate(self) -> Floats:
        """The coefficients."""
        return self.coefficients.estimate

    @property
    def se(self) -> Floats:
        """Their standard errors."""
        return self.coefficients.se

    @property
    def covariance(self) -> Floats:
        """Their covariance matrix."""
        return self.coefficients.covariance

    @property
    def statistic(self) -> Floats:
        """Coefficients over their standard errors."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.estimate / self.se

    @property
    def p(self) -> Floats:
        """Two-sided p of each coefficient against 0, by t with `df`; computed in the tail."""
        return _core.p_values(self.coefficients._core(None))

    def interval(self, level: float | None = None) -> Interval:
        """Confidence intervals of the coefficients, ± t · SE."""
        return self.coefficients.interval(level)

    def __getitem__(self, name: str) -> Estimate:
        """One coefficient by its name."""
        return self.coefficients.sel(variable=name)

    # ---- combinations and tests ----

    def contrast(self, weights: Any) -> Estimate:
        """Linear combinations of coefficients: ``model.contrast({"C(a)[2]": 1, "C(a)[3]": -1})``.

        As :meth:`Estimate.contrast` of `coefficients`, by their names.
        """
        return self.coefficients.contrast(weights)

    def combine(self, function: Function) -> Estimate:
        """Smooth functions of coefficients, as :meth:`Estimate.combine` of `coefficients`.

        ``model.combine(lambda b: {"odds ratio": exp(b["x"])})``.
        """
        return self.coefficients.combine(function)

    def ratios(self, names: str | Sequence[str] | None = None) -> Estimate:
        r"""What multiplies the odds, or the mean, where a column is one more.

        :math:`e^b` of coefficients: odds ratios of a ``"logit"`` link, ratios of means (of rates,
        with an offset) of a ``"log"`` link, hazard ratios of a ``"cloglog"`` link.

        Parameters
        ----------
        names
            Coefficients; none: all but the intercept.

        Returns
        -------
        Estimate
            A row for each. Standard errors are :math:`e^b SE(b)`; intervals are those of the
            coefficients, exponentiated (the method ``"log"``).

        Raises
        ------
        ArgumentError
            If exponentials of this link's coefficients aren't ratios of anything.

        Examples
        --------
        >>> import irosurvey
        >>> data = {"ill": [1, 1, 1, 0, 1, 0, 0, 0], "smokes": [1, 1, 1, 1, 0, 0, 0, 0]}
        >>> model = irosurvey.Design(data).regression("ill ~ smokes", "binomial")
        >>> round(float(model.ratios()), 6)
        9.0
        """
        from irosurvey import exp

        kind = {"logit": "odds ratio", "log": "ratio of means", "cloglog": "hazard ratio"}
        if self.link not in kind:
            raise complaint(
                ArgumentError,
                "ratios",
                expected="a link of " + ", ".join(f"'{link}'" for link in kind),
                found=f"'{self.link}'",
                remedy="Ask for margins or marginal_effects.",
            )
        outside = set(self.terms.get(self.intercept, ()))
        asked = [names] if isinstance(names, str) else names
        if asked is None:
            asked = [name for row, name in enumerate(self.names) if row not in outside]
        wanted = list(asked)
        if not wanted:
            raise complaint(
                ArgumentError, "ratios", expected="coefficients but the intercept", found="none"
            )
        found = self.coefficients.combine(lambda b: {name: exp(b[name]) for name in wanted})
        labels = {info.name: info.label for info in self.coefficients.statistics}
        statistics = tuple(
            replace(info, name=kind[self.link], variables=(info.name,), label=labels[info.name])
            for info in found.statistics
        )
        told = Choice("scale", f"{kind[self.link]}, the exponential of the coefficient")
        return replace(found, ci=("", "log"), statistics=statistics, choices=(told, *found.choices))

    def test(
        self, terms: str | Sequence[str] | None = None, method: TermTest | None = None
    ) -> TestResult:
        r"""Whether the coefficients of some terms are all 0.

        Parameters
        ----------
        terms
            Names of terms; none: all but the intercept.
        method
            ``"adjusted-wald"``: :math:`F = \frac{\nu-k+1}{\nu k} b^\top V^{-1} b` with k and
            :math:`\nu-k+1` degrees of freedom; ``"wald"``: :math:`b^\top V^{-1} b/k` with k and
            :math:`\nu`; ``"working-likelihood"``: the ratio of likelihoods with the second-order
            correction of Rao and Scott (Lumley and Scott 2014); ``"working-likelihood-lincom"`` and
            ``"working-likelihood-saddlepoint"``: the same ratio with its own distribution, a linear
            combination of chi-squares, exactly or by the saddlepoint approximation (R's default
            where a likelihood is asked for). By default the design's conventions say:
            ``"adjusted-wald"`` unless others were named.

        Returns
        -------
        TestResult
        """
        names = [] if terms is None else [terms] if isinstance(terms, str) else list(terms)
        return test_from_core(self._fitted().term_test(names, method or self.default_test))

    def aic(self) -> float:
        """−2 log-likelihood + 2 effective parameters (Lumley and Scott 2015)."""
        return self._fitted().aic()[0]

    @property
    def effective_parameters(self) -> float:
        """The sum of the coefficients' design effects, which :meth:`aic` counts."""
        return self._fitted().aic()[1]

    def bic(self, maximal: Regression | None = None) -> float:
        """The criterion of Lumley and Scott (2015) for this model within a larger one.

        Parameters
        ----------
        maximal
            The largest model that is compared; none: this one.
        """
        return self._fitted().bic((maximal or self)._fitted())

    def pseudo_r2(self) -> PseudoR2:
        """How much of the response the model explains."""
        return PseudoR2(*self._fitted().pseudo_r2())

    # ---- margins, predictions, residuals ----

    def margins(self, columns: str | Sequence[str]) -> Estimate:
        """Predictive margins: the mean response if everyone had each level in turn.

        Everyone in the domain is set to each level of a factor (to each combination, of several),
        and keeps the rest. The variance is that of the covariates and of the coefficients both
        (Graubard and Korn 1999).

        Parameters
        ----------
        columns
            Columns that the model has as factors.

        Returns
        -------
        Estimate
            A row for each level, with covariances: ``.difference`` compares them.
        """
        names = [columns] if isinstance(columns, str) else list(columns)
        answer = self._fitted().margins(names)
        frame = self._bound().frame
        told = self._told(answer, [frame[name].label for name in names])
        response = told.statistics[0].variables[0]
        label = frame[response].label
        return _named(told, "predictive margin", lambda _: (response, label))

    def marginal_effects(self, columns: str | Sequence[str] | None = None) -> Estimate:
        r"""Average marginal effects, on the scale of the response.

        Of a number the mean of :math:`\partial\mu/\partial x` over the domain; of a factor the
        margin of each level less that of the reference.

        Parameters
        ----------
        columns
            Columns of the model; none: all that stand in it as they are.
        """
        bound = self._bound()
        inside = {name for factor in bound.formula.computed() for name in factor.variables}
        inside -= set(bound.formula.response.variables)
        plain = dict.fromkeys(factor.column for factor in bound.formula.factors() if factor.column)
        if columns is None:
            names = [name for name in plain if name not in inside]
        else:
            names = [columns] if isinstance(columns, str) else list(columns)
        for name in names:
            if name in inside:
                raise complaint(
                    ArgumentError,
                    f"marginal effect of '{name}'",
                    expected="a column that no function of the formula takes",
                    found=next(
                        factor.name
                        for factor in bound.formula.computed()
                        if name in factor.variables
                    ),
                )
        told = self._told(self._fitted().marginal_effects(names), [])
        frame = bound.frame
        return _named(
            told,
            "marginal effect",
            lambda name: (name, frame[name].label if name in names else ""),
        )

    def predict(
        self, data: Any = None, *, scale: Literal["response", "link"] = "response"
    ) -> Predictions:
        """Means (or linear predictors) for rows of data, with their standard errors.

        Parameters
        ----------
        data
            Anything that becomes a :class:`~irosurvey.Frame`; none: the design's own.
        scale
            ``"response"`` or ``"link"``.

        Returns
        -------
        Predictions
            The standard errors are the coefficients' part alone, of the mean at these values.
        """
        if scale not in ("response", "link"):
            raise complaint(
                ArgumentError, "scale", expected="'response' or 'link'", found=f"'{scale}'"
            )
        bound = self._bound()
        frame = bound.frame
        if data is not None:
            frame = bound.over(data if isinstance(data, Frame) else Frame(data))
        return Predictions(*self._fitted().predict(frame, scale == "response"))

    def residuals(self, kind: Residuals = "response") -> Floats:
        """Residuals of every row of the data; NaN where the model has none.

        Parameters
        ----------
        kind
            ``"response"`` (y − μ), ``"pearson"`` (over the root of the variance function),
            ``"deviance"`` or ``"working"``.
        """
        return self._fitted().residuals(kind)

    # ---- as other things ----

    def to_arrow(self, *, level: float | None = None) -> pa.Table:
        """The coefficients as a pyarrow table.

        Returns
        -------
        pyarrow.Table
            `term`, `estimate`, `se`, `statistic`, `df`, `p`, `lower`, `upper`.
        """
        lower, upper = self.interval(level)
        columns: dict[str, Any] = {"term": pa.array(self.names, pa.string())}
        for name, values in {
            "estimate": self.estimate,
            "se": self.se,
            "statistic": self.statistic,
            "df": self.coefficients.df,
            "p": self.p,
            "lower": lower,
            "upper": upper,
        }.items():
            columns[name] = pa.array(np.ascontiguousarray(values), from_pandas=True)
        return pa.table(columns)

    def tidy(self, *, level: float | None = None) -> pd.DataFrame:
        """The coefficients as a pandas data frame; see :meth:`to_arrow`."""
        frame: pd.DataFrame = self.to_arrow(level=level).to_pandas()
        return frame

    to_pandas = tidy

    def to_polars(self, *, level: float | None = None) -> pl.DataFrame:
        """The coefficients as a polars data frame; see :meth:`to_arrow`."""
        return polars_of(self.to_arrow(level=level))

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The table of :meth:`to_arrow`, for every library that speaks the Arrow interface."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def view(self) -> View:
        """The model as a table for reading: coefficients, tests of factors, how well it fits."""
        return view_of(self)

    def summary(self) -> Summary:
        """The model with tests of its factors, as it is printed."""
        return Summary(self.view())

    def __repr__(self) -> str:
        return as_text(self.view())

    def _repr_html_(self) -> str:
        return as_html(self.view())

    def __getstate__(self) -> dict[str, Any]:
        # Numbers travel; the data that they were computed from stay.
        return {**self.__dict__, "_model": None, "_frame": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    # ---- inside ----

    @property
    def factor_terms(self) -> tuple[str, ...]:
        """Terms with more than one coefficient."""
        return tuple(name for name, rows in self.terms.items() if len(rows) > 1)

    def _told(self, answer: _core.Estimate, by_labels: Sequence[str]) -> Estimate:
        return from_core(
            answer,
            level=self.coefficients.level,
            reference="wr",
            by_labels=by_labels,
            source=self.coefficients.source,
        )

    def _fitted(self) -> _core.Regression:
        if self._model is None:
            raise self._without_data()
        return self._model

    def _bound(self) -> ModelFrame:
        if self._frame is None:
            raise self._without_data()
        return self._frame

    def _without_data(self) -> ArgumentError:
        return complaint(
            ArgumentError,
            f"the model {self.formula}",
            expected="the data that it was fitted to",
            found="a copy that was stored without them",
            remedy="Ask the design for the model again.",
        )


def _named(estimate: Estimate, kind: str, about: Callable[[str], tuple[str, str]]) -> Estimate:
    """The same numbers as a statistic of this name, about a variable with its label."""
    statistics = []
    for info in estimate.statistics:
        variable, label = about(info.name)
        statistics.append(
            replace(
                info,
                name=kind,
                variables=(variable,),
                label=label,
                formula=f"{kind} of {variable}",
            )
        )
    return replace(estimate, statistics=tuple(statistics))


def regression_of(
    declared: _core.Design,
    bound: ModelFrame,
    *,
    family: str,
    link: str | None,
    where: NDArray[Any] | None,
    missing: str,
    df: str | float,
    vadjust: bool,
    information: str,
    level: float,
    max_iterations: int,
    threads: int,
    test: str,
    extra_choices: Sequence[Any],
) -> Regression:
    """Ask the core for a model, and tell it."""
    formula = bound.formula
    less_terms = df == "design+1-p"
    model = _core.regression(
        declared.with_frame(bound.frame),
        _response(bound, formula.response),
        [[bound.fields(factor) for factor in term] for term in formula.terms],
        family=family,
        link=link or "",
        offset=bound.column_of(formula.offset) if formula.offset else "",
        where=where,
        missing=missing,
        df="design" if less_terms else df,
        df_less_terms=less_terms,
        vadjust=vadjust,
        information=information,
        max_iterations=max_iterations,
        threads=threads,
    )
    told = model.summary
    coefficients = from_core(
        model.coefficients,
        level=level,
        reference="wr",
        by_labels=(),
        source=bound.frame.label,
        extra_choices=extra_choices,
    )
    return Regression(
        formula=formula.text,
        family=told.family,
        link=told.link,
        coefficients=coefficients,
        terms={name: tuple(rows) for name, rows, _ in model.terms},
        intercept=next((name for name, _, is_intercept in model.terms if is_intercept), ""),
        n=told.n,
        weighted_n=told.weighted_n,
        df=told.df,
        design_df=told.design_df,
        deviance=told.deviance,
        null_deviance=told.null_deviance,
        dispersion=told.dispersion,
        r2=told.r2,
        iterations=told.iterations,
        aliased=tuple(told.aliased),
        empty_levels=tuple(told.empty_levels),
        working_covariance=model.working_covariance,
        default_test=cast(TermTest, test),
        _model=model,
        _frame=bound,
    )


def _response(bound: ModelFrame, response: Factor) -> tuple[str, list[Any] | None]:
    """The response's column; of a factor, the levels that count as 1: all but the first."""
    if not response.column:
        return bound.column_of(response), None
    _, columns, _, categorical, reference = bound.fields(response)
    if not categorical:
        return columns[0], None
    levels = _core.levels(bound.frame, columns[0])
    failure = levels[0] if reference is None and levels else reference
    successes = [level for level in levels if level != failure]
    if len(levels) < 2 or len(successes) == len(levels):
        raise complaint(
            ArgumentError,
            f"the response '{columns[0]}'",
            expected="numbers, or at least two levels of which the first counts as 0",
            found=", ".join(str(level) for level in levels) or "none",
        )
    return columns[0], successes
