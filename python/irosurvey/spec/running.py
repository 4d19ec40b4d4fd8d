"""Run a spec: read, declare, ask."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from irosurvey._checked import checked
from irosurvey.spec.answers import SpecResult, answer_of
from irosurvey.spec.asking import ask, declare, warnings_of
from irosurvey.spec.checking import read_spec
from irosurvey.spec.data import sample_of
from irosurvey.spec.document import Document
from irosurvey.spec.kinds import Problem

__all__ = ["Folders", "folders_of", "run"]

Folders: TypeAlias = "str | os.PathLike[str] | Iterable[str | os.PathLike[str]]"


@checked
def run(spec: str | os.PathLike[str] | Mapping[str, Any], *, data_dir: Folders = ()) -> SpecResult:
    """Compute the estimates that an analysis spec asks for.

    Parameters
    ----------
    spec
        A TOML file, or a dict of the same shape. The guide describes the format.
    data_dir
        A folder, or several, where the data file is sought after the spec's own folder (of a dict:
        the working folder).

    Returns
    -------
    SpecResult
        The estimates by their ids.

    Raises
    ------
    SpecError
        With every key, value, column or expression that is wrong, and its line.
    IrosurveyError
        If an estimate can't be computed.

    Examples
    --------
    >>> import irosurvey
    >>> result = irosurvey.run(
    ...     {
    ...         "data": {"file": "tests/data/apistrat.csv"},
    ...         "design": {"weights": "pw", "strata": "stype", "fpc": ["fpc"]},
    ...         "estimate": [{"id": "score", "statistic": "mean", "variables": ["api00"]}],
    ...     }
    ... )
    >>> print(f"{float(result['score']):.1f} ± {result['score'].se[0]:.1f}")
    662.3 ± 9.4
    """
    document = Document(spec)
    parts = read_spec(document)
    if not parts.estimates:
        document.refuse(
            [
                Problem(
                    (),
                    "a table [[estimate]]",
                    "tables [[table]] alone",
                    "Make them with  irosurvey tables PLAN.",
                )
            ]
        )
    frame = sample_of(document, parts, folders_of(data_dir))
    design = declare(document, parts, frame)
    answers = []
    for place, part in enumerate(parts.estimates):
        with document.at(("estimate", place)):
            answer = answer_of(part, ask(design, part), parts.source)
            answer.figures  # noqa: B018 - an interval that isn't offered is an error here
        answers.append(answer)
    return SpecResult(parts.title, tuple(answers), parts.source, parts.notes, warnings_of(design))


def folders_of(given: Folders) -> list[Path]:
    """One folder or several, as a list."""
    return [Path(given)] if isinstance(given, str | os.PathLike) else [Path(one) for one in given]
