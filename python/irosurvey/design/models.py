"""Models, and tests of means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from irosurvey import _arguments
from irosurvey._checked import checked_methods
from irosurvey.design.asking import Asking
from irosurvey.design.options import DfRule, MissingRule
from irosurvey.formula import ModelFrame, parsed
from irosurvey.regression import Regression, regression_of

if TYPE_CHECKING:
    from irosurvey.comparisons import Alternative, TTest

__all__ = ["ModelMethods"]


@checked_methods
class ModelMethods(Asking):
    """Generalized linear models and t-tests."""

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
        _arguments.level(level)
        rules = self._conventions
        mask = self._mask(where)
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
            missing=self._missing(missing),
            df=rules.regression_df if df == "conventional" else _arguments.df(df),
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
            extra_choices=self._choices(where, None),
        )

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
            self._itself(),
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
