"""Questions to which people may give several answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from irosurvey import _arguments, _core
from irosurvey._checked import checked_methods
from irosurvey.design.asking import Asking
from irosurvey.design.options import (
    AnswerScale,
    Conventional,
    DfRule,
    MissingRule,
    Names,
    Options,
    Respondents,
)
from irosurvey.levels import code_of
from irosurvey.origin import AnswerSet, code_text
from irosurvey.parts import MOST_COVARIANCES, LevelValue, Reference
from irosurvey.response_sets import ResponseSet
from irosurvey.result import Estimate

__all__ = ["AnswerMethods"]


@checked_methods
class AnswerMethods(Asking):
    """Shares of the answers of a set."""

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
        names = _arguments.columns("columns", columns)
        values = _arguments.values("counted", counted)
        if covariance is None:
            asked = [_core.statistic("mean" if values else "proportion", [name]) for name in names]
            covariance = (
                _core.most_rows(self.frame, asked, _arguments.groups(by)) <= MOST_COVARIANCES
            )
        about = self._about_columns(
            names, Options(by, where, missing, df, covariance, deff, level, threads)
        )
        chosen = _arguments.values("answers", answers)
        found = about.estimate(
            _core.multiple_response(
                self._declared,
                names,
                values,
                chosen,
                _arguments.rule("respondents", respondents, "any"),
                _arguments.rule("of", of, "respondents"),
                title,
                about.core,
            )
        )
        first = self.frame[names[0]]
        asked_set = AnswerSet(
            columns=tuple(names),
            counted=tuple(code_text(code_of(first, value)) for value in values or ()),
            answers=tuple(code_text(code_of(first, value)) for value in chosen or ()),
            respondents=respondents,
        )
        return replace(found, origin=replace(about.origin, answers=asked_set))
