"""How a question reaches the core, and how its answer becomes a result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from irosurvey import _arguments, _core
from irosurvey.conventions import OURS
from irosurvey.design.declared import Declared
from irosurvey.design.options import MissingRule, Options
from irosurvey.origin import Origin
from irosurvey.parts import MOST_COVARIANCES, Choice, Reference, design_effect_against
from irosurvey.result import Estimate, from_core
from irosurvey.sql import mask_of, with_conditions

__all__ = ["About", "Asking", "Scope"]


class Scope(TypedDict):
    """Rows, groups and rules of a question, as the core takes them."""

    where: NDArray[np.uint8] | None
    by: list[str]
    missing: str
    df: str | float
    covariance: bool
    design_effect: bool
    threads: int


@dataclass(frozen=True)
class About:
    """What a question is about: for the core, and for the result that its answer becomes."""

    scope: Scope
    level: float
    reference: Reference
    by_labels: tuple[str, ...]
    source: str
    choices: tuple[Choice, ...]
    ci: tuple[str, str]
    origin: Origin

    @property
    def core(self) -> _core.About:
        """The scope, in one."""
        return _core.About(**self.scope)

    def estimate(self, answer: _core.Estimate) -> Estimate:
        """The core's answer to the question."""
        return from_core(
            answer,
            level=self.level,
            reference=self.reference,
            by_labels=self.by_labels,
            source=self.source,
            extra_choices=self.choices,
            ci=self.ci,
            origin=self.origin,
        )


class Asking(Declared):
    """A design whose conventions stand where a question says nothing."""

    def _estimates(self, asked: list[_core.Statistic], options: Options) -> Estimate:
        """The answer to questions about totals."""
        about = self._about(asked, options)
        frame = with_conditions(self._declared, asked)
        return about.estimate(_core.estimate(frame, asked, **about.scope))

    def _about(
        self, asked: Sequence[_core.Statistic], options: Options, *, rows_each: int = 1
    ) -> About:
        """What questions are about; the result has `rows_each` rows for each of their own."""
        rules = self._conventions
        reference = rules.deff if options.deff == "conventional" else options.deff
        _arguments.asked(asked, reference, options.level, options.threads)
        by = _arguments.groups(options.by)
        covariance = options.covariance
        if covariance is None:
            most = _core.most_rows(self.frame, asked, by) * rows_each
            covariance = most <= MOST_COVARIANCES
        where = self._mask(options.where)
        missing = self._missing(options.missing)
        return About(
            {
                "where": where,
                "by": by,
                "missing": missing,
                "df": _arguments.df(rules.df if options.df == "conventional" else options.df),
                "covariance": _arguments.flag("covariance", covariance),
                "design_effect": reference is not None,
                "threads": options.threads,
            },
            level=options.level,
            reference=reference or "wr",
            by_labels=tuple(self.frame[name].label for name in by),
            source=self.frame.label,
            choices=self._choices(options.where, reference),
            ci=("", "") if rules is OURS else (rules.ci_shares, rules.ci_others),
            origin=Origin(
                design=self._declared,
                mask=where,
                where=options.where if isinstance(options.where, str) else "",
                asked=tuple(asked),
                missing=missing,
                variables=tuple(dict.fromkeys(name for one in asked for name in one.variables)),
                by=tuple(by),
            ),
        )

    def _about_columns(
        self, names: Sequence[str], options: Options, *, rows_each: int = 1
    ) -> About:
        """The same for questions that aren't made of totals: rows are counted as for means."""
        return self._about(
            [_core.statistic("mean", [name]) for name in names], options, rows_each=rows_each
        )

    def _mask(self, where: Any) -> NDArray[np.uint8] | None:
        return None if where is None else mask_of(self.frame, where)

    def _missing(self, missing: MissingRule) -> str:
        rule = self._conventions.missing if missing == "conventional" else missing
        return _arguments.rule("missing", rule, "domain")

    def _choices(self, where: Any, deff: Reference | None) -> tuple[Choice, ...]:
        """The domain, what design effects compare with, and whose conventions aren't ours."""
        choices = []
        if where is not None:
            told = where if isinstance(where, str) else "rows given as true or false"
            choices.append(Choice("domain", told))
        if deff is not None:
            choices.append(design_effect_against(deff))
        rules = self._conventions
        if rules is not OURS:
            choices.append(Choice("conventions", f"{rules.name} ({rules.program})"))
        return tuple(choices)
