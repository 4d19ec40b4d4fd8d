"""Computed figures held against printed ones."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from irosurvey.design import Design
from irosurvey.errors import IrosurveyError, NumericalError, SingletonError, SpecError
from irosurvey.spec.agreement import agrees, beside, printed
from irosurvey.spec.answers import IN_UNITS, Answer, NotOfferedError, answer_of
from irosurvey.spec.asking import ask, declare, same_code, warnings_of, written
from irosurvey.spec.checking import read_spec
from irosurvey.spec.crosstabs import NO_CELL, TableSummary
from irosurvey.spec.data import sample_of
from irosurvey.spec.document import Document
from irosurvey.spec.estimate_keys import FIGURES
from irosurvey.spec.kinds import shown
from irosurvey.spec.parts import EstimatePart, Spec
from irosurvey.spec.running import Folders, folders_of

__all__ = ["AGREED", "DISAGREED", "NOT_COMPUTED", "Figure", "Validation", "compare", "validate"]

Verdict: TypeAlias = Literal["agreed", "disagreed", "not computed"]
AGREED: Verdict = "agreed"
DISAGREED: Verdict = "disagreed"
NOT_COMPUTED: Verdict = "not computed"

# Not the spec's fault: something this version lacks, or numbers from which nothing can be computed.
_NOT_COMPUTED = (NotOfferedError, NumericalError, SingletonError)


@dataclass(frozen=True)
class Figure:
    """A printed figure and what was computed for it.

    Attributes
    ----------
    estimate
        The id of its estimate.
    row
        What picks its row: ``sex = 1``; ``""`` for the only row.
    name
        Its name: ``estimate``, ``se``, …
    printed
        As the spec has it.
    computed
        With three digits more than are printed, in the spec's unit; ``""`` if there is none.
    verdict
        ``"agreed"``, ``"disagreed"`` or ``"not computed"``.
    reason
        Why it wasn't computed.
    """

    estimate: str
    row: str
    name: str
    printed: str
    computed: str
    verdict: Verdict
    reason: str = ""


@dataclass(frozen=True)
class Validation:
    """A spec's printed figures held against what was computed.

    Attributes
    ----------
    path, title
        The spec.
    figures
        In the order of the file.
    problems
        What is wrong with the spec; there are no figures then.
    warnings
        What is worth knowing about the adjustments of the weights.
    """

    path: str
    title: str = ""
    figures: tuple[Figure, ...] = ()
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def count(self, verdict: Verdict) -> int:
        """How many figures have this verdict."""
        return sum(figure.verdict == verdict for figure in self.figures)


def validate(
    paths: Iterable[str | os.PathLike[str]], data_dir: Folders = ()
) -> Iterator[Validation]:
    """Compute the estimates of specs, and compare them with the figures their sources printed.

    Parameters
    ----------
    paths
        Specs, and folders that are searched for ``*.toml``.
    data_dir
        A folder, or several, where data files are sought after the spec's own folder.

    Yields
    ------
    Validation
        One for each spec, as soon as it is done.
    """
    folders = folders_of(data_dir)
    for path in _specs(paths):
        try:
            yield compare(path, folders)
        except SpecError as failure:
            messages = [one.message for one in failure.problems] or [failure.message]
            yield Validation(str(path), problems=tuple(messages))
        except IrosurveyError as failure:
            yield Validation(str(path), problems=(failure.message,))


def _specs(paths: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """Every spec once: files as they are, folders searched."""
    found: dict[Path, None] = {}
    for path in map(Path, paths):
        if path.is_dir():
            specs = sorted(one for one in path.rglob("*.toml") if one.is_file())
            found.update(dict.fromkeys(specs or [path]))  # a folder is no spec: it is told so
        else:
            found[path] = None
    return list(found)


def compare(path: str | os.PathLike[str], folders: Sequence[Path]) -> Validation:
    """Compute what a spec's `expect` holds, and compare.

    Raises
    ------
    IrosurveyError
        If the spec is wrong.
    """
    document = Document(path)
    spec = read_spec(document)
    frame = sample_of(document, spec, folders)
    try:
        design = declare(document, spec, frame)
    except _NOT_COMPUTED as failure:
        missing = [one for part in spec.estimates for one in _without(part, failure.message)]
        return Validation(document.name, spec.title, tuple(missing))
    figures = tuple(_figures(document, spec, design))
    return Validation(document.name, spec.title, figures, warnings=warnings_of(design))


def _figures(document: Document, spec: Spec, design: Design) -> Iterator[Figure]:
    for place, part in enumerate(spec.estimates):
        if part.expect:
            try:
                yield from _of(design, part)
            except _NOT_COMPUTED as failure:
                yield from _without(part, failure.message)
            except IrosurveyError as failure:
                raise document.error_of(("estimate", place), failure) from failure


def _without(part: EstimatePart, reason: str) -> Iterator[Figure]:
    for row in part.expect:
        for name in _printed_names(row):
            yield Figure(part.id, _row_words(row), name, row[name], "", NOT_COMPUTED, reason)


def _of(design: Design, part: EstimatePart) -> Iterator[Figure]:
    answer = answer_of(part, ask(design, part), "")
    figures, missing = _known(answer)
    for row in part.expect:
        found = _matching(answer, row)
        for name in _printed_names(row):
            reason = found if isinstance(found, str) else missing.get(name, "")
            if not reason and name not in figures:
                reason = f"the statistic '{part.statistic}' has no '{name}'"
            if reason:
                yield Figure(part.id, _row_words(row), name, row[name], "", NOT_COMPUTED, reason)
            else:
                assert isinstance(found, int)
                yield _compared(part, row, name, float(figures[name][found]), answer, found)


def _known(answer: Answer) -> tuple[dict[str, Any], dict[str, str]]:
    """The figures, and why limits aren't among them."""
    try:
        return answer.figures, {}
    except IrosurveyError as failure:
        return answer.plain_figures(), dict.fromkeys(("lower", "upper"), failure.message)


def _compared(
    part: EstimatePart, row: dict[str, Any], name: str, value: float, answer: Answer, place: int
) -> Figure:
    figure = printed(row[name])
    unit = part.unit if name in IN_UNITS else 1.0
    words = _row_words(row)
    if np.isnan(value):
        reason = f"there is no number: {answer.status(place)}"
        return Figure(part.id, words, name, row[name], "", NOT_COMPUTED, reason)
    same = agrees(value, figure, unit=unit, tolerance=part.tolerance)
    verdict = AGREED if same else DISAGREED
    return Figure(part.id, words, name, row[name], beside(value, figure, unit), verdict)


def _printed_names(row: dict[str, Any]) -> list[str]:
    return [name for name in row if name in FIGURES]


def _row_words(row: dict[str, Any]) -> str:
    return ", ".join(f"{name} {shown(code)}" for name, code in row.items() if name not in FIGURES)


def _candidates(answer: Answer, wanted: dict[str, Any]) -> list[int]:
    """The rows that may be meant: of a cross-tab its test, unless a cell is named."""
    every = range(len(answer.result))
    if not isinstance(answer.result, TableSummary):
        return list(every)
    names_cell = "row" in wanted or "column" in wanted
    return [
        one
        for one, row in zip(every, answer.keys()["row"], strict=True)
        if (row != NO_CELL) == names_cell
    ]


def _matching(answer: Answer, row: dict[str, Any]) -> int | str:
    """The row of the result that a row of `expect` names, or why there is none."""
    keys = answer.keys()
    wanted = {name: code for name, code in row.items() if name not in FIGURES}
    unknown = [name for name in wanted if name not in keys]
    if unknown:
        return f"the result has no '{unknown[0]}'"
    rows = _candidates(answer, wanted)
    found = [
        one
        for one in rows
        if all(same_code(code, keys[name][one].value) for name, code in wanted.items())
    ]
    if len(found) == 1:
        return found[0]
    listed = "; ".join(
        ", ".join(f"{name} = {written(levels[one])}" for name, levels in keys.items())
        for one in (found or rows)[:8]
    )
    return f"{len(found) or 'no'} rows of the result are meant, out of: {listed}"
