"""Variances from replicates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from irosurvey import _arguments, _core
from irosurvey._checked import checked_methods
from irosurvey._complaint import complaint
from irosurvey._core import Frame
from irosurvey.design.declared import Declared
from irosurvey.errors import ArgumentError
from irosurvey.quantiles import QuantileEstimate, combined_plausible
from irosurvey.replicates import FailedReplicates, ReplicateCentre, ReplicateType
from irosurvey.result import Estimate, from_core

if TYPE_CHECKING:
    from irosurvey.design.design import Design

__all__ = ["ReplicateMethods"]


@checked_methods
class ReplicateMethods(Declared):
    """Replicates made from a design, and what is computed with them."""

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
        _arguments.level(level)
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
        estimates = [
            ask(self._itself(), column) for column in _arguments.columns("columns", columns)
        ]
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


def _named_numbers(found: Any) -> tuple[list[str], list[float]]:
    """What a user's function returned, as numbers with names."""
    try:
        if isinstance(found, Mapping):
            return [str(name) for name in found], [float(number) for number in found.values()]
        given = np.asarray(found)
        if given.dtype.kind not in "biuf":
            given = np.asarray([float(number) for number in given.ravel()])
        numbers = given.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise complaint(
            ArgumentError,
            "the function of weights",
            expected="a number, several, or a mapping of names to numbers",
            found=repr(found)[:80],
        ) from error
    if given.ndim == 0:
        return ["value"], numbers.ravel().tolist()
    flat = numbers.ravel().tolist()
    return [f"value {place + 1}" for place in range(len(flat))], flat
