"""Tables that a plan asks for: its design declared, each of its tables asked."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias, cast

from irosurvey._core import Frame
from irosurvey.crosstab import CrossTab, Percent
from irosurvey.design import Design, MissingRule
from irosurvey.errors import IrosurveyError
from irosurvey.result import Estimate
from irosurvey.spec.asking import declare, warnings_of
from irosurvey.spec.checking import read_spec
from irosurvey.spec.data import Sample, read_sample
from irosurvey.spec.document import Document
from irosurvey.spec.kinds import Path as KeyPath
from irosurvey.spec.kinds import Problem
from irosurvey.spec.parts import Spec, TablePart
from irosurvey.spec.running import Folders, folders_of
from irosurvey.sql import check_expression, condition_mask
from irosurvey.tables.balance import Size
from irosurvey.tables.block_making import block_of
from irosurvey.tables.blocks import Block
from irosurvey.tables.policy import Policy
from irosurvey.tables.published import Contact, TitleParts
from irosurvey.tables.table import Table
from irosurvey.tables.workbook_plan import WorkbookDocument, is_workbook

__all__ = ["Plan", "ask_table", "read_plan", "title_of"]

_PERCENTS: dict[str, Percent] = {
    "row percentages": "row",
    "column percentages": "column",
    "percentages": "total",
    "numbers": "count",
}
_STATISTICS = {
    "row percentages": "percentage",
    "column percentages": "percentage",
    "percentages": "percentage",
    "numbers": "number",
    "answers": "percentage",
    "percentage": "percentage",
    "mean": "mean values",
    "median": "median values",
    "total": "totals",
    "ratio": "ratios",
}
"""What titles call them: ``percentage of IROs``."""
Watch: TypeAlias = Callable[[str, int, int], None]
"""Told what is done, which of how many."""


@dataclass(frozen=True)
class Plan:
    """A plan whose keys, columns and expressions are known to be right.

    Attributes
    ----------
    document
        The file, and how to speak of places in it.
    spec
        What it says.
    sample
        The rows of its sample, the file they came from, and what was left out.
    design
        How they were sampled.
    """

    document: Document
    spec: Spec
    sample: Sample
    design: Design

    def tables(self, watch: Watch | None = None) -> list[Table]:
        """Every table, unrounded.

        Parameters
        ----------
        watch
            Called before each table with its title, its place from 0, and how many there are.

        Raises
        ------
        IrosurveyError
            If one can't be computed; the message says which.
        """
        found = []
        for place, part in enumerate(self.spec.tables):
            if watch is not None:
                watch(part.title, place, len(self.spec.tables))
            with self.document.at(("table", place)):
                found.append(ask_table(self.design, part, self.spec.release, self.synthetic))
        return found

    def policy(self, preset: str | None = None) -> Policy:
        """The policy that the plan names, or another preset with the plan's own fields.

        Parameters
        ----------
        preset
            Goes before the plan's.
        """
        given = dict(self.spec.policy)
        own = given.pop("preset", "dfe")
        fields = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in given.items()
        }
        with self.document.at(("policy",)):
            return Policy.preset(cast(Any, preset or own), **fields)

    @property
    def synthetic(self) -> bool:
        """Whether the plan or the data say that the answers are made up."""
        said = self.spec.release.get("synthetic")
        return bool(said) or (said is None and "SYNTHETIC" in self.sample.frame.label)

    @property
    def about(self) -> dict[str, Any]:
        """What a release is told beside its tables, by the names of its arguments."""
        given = self.spec.release
        published = given.get("published")
        return {
            "title": self.spec.title or self.document.name,
            "about": tuple(given.get("about", ())),
            "publisher": given.get("publisher", ""),
            "contact": Contact(**given.get("contact", {})),
            "published": date.fromisoformat(published) if isinstance(published, str) else published,
            "next_update": given.get("next_update", ""),
            "version": given.get("version", ""),
            "language": given.get("language", "en-GB"),
            "synthetic": self.synthetic,
            "filtered": Size(*self.sample.left_out) if "keep" in self.spec.data else None,
            "provenance": self.provenance,
        }

    @property
    def provenance(self) -> dict[str, str]:
        """What makes the release reproducible: the plan and the data by name and hash, the design.

        Names of files alone: where they lay is nobody's business.
        """
        found = {
            "data": _hashed(self.sample.file),
            "design": "; ".join(
                f"{key}: {', '.join(map(str, value)) if isinstance(value, list) else value}"
                for key, value in self.spec.design.items()
            ),
        }
        if self.document.path is not None:
            found["plan"] = _hashed(self.document.path)
        if self.spec.data.get("keep"):
            found["rows kept"] = self.spec.data["keep"]
        if self.spec.calibrate:
            found["calibration"] = ", ".join(step["method"] for step in self.spec.calibrate)
        return found

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is worth knowing about the adjustments of the weights."""
        return warnings_of(self.design)


def read_plan(plan: str | os.PathLike[str] | Mapping[str, Any], *, data_dir: Folders = ()) -> Plan:
    """Read a plan of tables, and the data that it names.

    Parameters
    ----------
    plan
        A spec with tables ``[[table]]``: a TOML file, a workbook (.xlsx, .ods), or a dict.
    data_dir
        Where the data file is sought after the plan's own folder.

    Raises
    ------
    SpecError
        With everything that is wrong in the plan, each with its line or its cell.
    IrosurveyError
        If the data can't be read, or the design can't be declared.
    """
    workbook = not isinstance(plan, Mapping) and is_workbook(plan)
    document = WorkbookDocument(cast(Any, plan)) if workbook else Document(plan)
    spec = read_spec(document)
    if not spec.tables:
        document.refuse(
            [
                Problem(
                    (),
                    "a table [[table]]",
                    "none",
                    "Estimates alone are computed by  irosurvey run.",
                )
            ]
        )
    sample = read_sample(document, spec, folders_of(data_dir))
    frame = sample.frame
    problems: list[Problem | IrosurveyError] = []
    for place, part in enumerate(spec.tables):
        problems += _unknown_columns(part, ("table", place), tuple(frame.names))
        problems += _shapeless(part, ("table", place))
        problems += _unreadable(document, part, ("table", place), frame)
    document.refuse(problems)
    return Plan(document, spec, sample, declare(document, spec, frame))


def _hashed(path: Path) -> str:
    with path.open("rb") as file:
        return f"{path.name}, SHA-256 {hashlib.file_digest(file, 'sha256').hexdigest()}"


# ---- checks that need the data ----


def _unknown_columns(
    part: TablePart, path: KeyPath, existing: tuple[str, ...]
) -> Iterator[Problem]:
    named: list[tuple[str, str]] = [
        *(("rows", name) for group in part.groups for name in group),
        *(("columns", name) for name in part.columns),
        *(("of", name) for name in part.of),
        *([("over", part.over)] if part.over else []),
    ]
    for key, name in named:
        if name not in existing:
            yield Problem(
                (*path, key),
                "a column of the data, or a derived one",
                f"'{name}'",
                "",
                name,
                existing,
            )


def _shapeless(part: TablePart, path: KeyPath) -> Iterator[Problem]:
    """What one table can't be laid out as."""
    if len(part.rows) > 1 and len(part.columns) > 1:
        yield Problem(
            (*path, "columns"),
            "one column across the top where several go down the side",
            f"{len(part.rows)} by {len(part.columns)}",
            "Make it several tables.",
        )
    if part.statistic == "answers" and any(len(group) > 1 for group in part.groups):
        yield Problem((*path, "rows"), "questions, each by itself", "one within another")
    if part.statistic == "ratio" and len(part.of) > 1:
        yield Problem((*path, "of"), "one column: the numerator", f"{len(part.of)}")


def _unreadable(
    document: Document, part: TablePart, path: KeyPath, frame: Frame
) -> Iterator[IrosurveyError]:
    if part.where:
        try:
            check_expression(frame, part.where, "SQL")
            condition_mask(frame, part.where, "SQL")
        except IrosurveyError as failure:
            yield document.error_of((*path, "where"), failure)


# ---- asking ----


def ask_table(
    design: Design, part: TablePart, release: Mapping[str, Any], synthetic: bool = False
) -> Table:
    """One table of a plan, unrounded.

    Parameters
    ----------
    design
        What it is asked of.
    part
        What is asked.
    release
        The plan's `[release]`: parts of titles that the table doesn't have of its own.
    synthetic
        Whether the data are made up.
    """
    results: list[Estimate | CrossTab | Block]
    totals: list[Estimate | CrossTab | None]
    if part.statistic in _PERCENTS:
        results = list(_crosstabs(design, part))
        totals = [None] * len(results)
    elif part.statistic == "answers":
        results, totals = [design.proportion(list(part.rows), **_how(part))], [None]
    else:
        question = _QUESTIONS[part.statistic]
        groups: Sequence[tuple[str, ...]] = part.groups or ((),)
        results = [question(design, part, group) for group in groups]
        totals = [question(design, part, ()) if group and part.totals else None for group in groups]
        if part.per != 1.0:
            results = [_rate(one, total, part) for one, total in zip(results, totals, strict=True)]
            totals = [None] * len(results)
    return Table(
        results,
        title=title_of(part, release),
        statistics=part.show,
        percent=_PERCENTS.get(part.statistic, "row"),
        letters=part.letters,
        total=totals if any(one is not None for one in totals) else None,
        arrange="rows" if len(part.rows) > 1 and part.statistic != "answers" else "columns",
        name=part.name,
        notes=part.notes,
        source=part.source or release.get("source", ""),
        decimals=part.decimals,
        ordered=part.ordered,
        chart=part.chart,
        synthetic=synthetic,
    )


def title_of(part: TablePart, release: Mapping[str, Any]) -> TitleParts:
    """A table's title: what it doesn't say itself is said by the plan's `[release]`.

    Parameters
    ----------
    part, release
        As of :func:`ask_table`.
    """
    return TitleParts(
        part.title,
        _STATISTICS[part.statistic],
        part.base or part.population or release.get("population", ""),
        part.area or release.get("area", ""),
        part.period or release.get("period", ""),
    )


def _rate(result: Any, total: Any, part: TablePart) -> Block:
    return block_of(
        result,
        total=total,
        unit="rate",
        scale=part.per,
        heading=f"Rate per {part.per:,g}",
        decimals=part.decimals,
    )


def _how(part: TablePart) -> dict[str, Any]:
    return {
        "where": part.where or None,
        "missing": cast(MissingRule, part.missing),
        "level": part.level,
    }


def _crosstabs(design: Design, part: TablePart) -> Iterator[CrossTab]:
    """A cross-tab for each entry of rows and each of columns; nested rows are layers."""
    for group in part.groups:
        *outer, rows = group
        for columns in part.columns or ("",):
            # Without columns it is a one-way table.
            yield design._crosstab(
                [rows, columns, *outer],
                part.where or None,
                cast(MissingRule, part.missing),
                "conventional",
                "conventional",
                part.level,
                0,
            )


def _percentage(design: Design, part: TablePart, by: tuple[str, ...]) -> Estimate:
    return design.proportion(list(part.of), list(part.answers), by=list(by) or None, **_how(part))


def _mean(design: Design, part: TablePart, by: tuple[str, ...]) -> Estimate:
    return design.mean(list(part.of), by=list(by) or None, **_how(part))


def _median(design: Design, part: TablePart, by: tuple[str, ...]) -> Estimate:
    return design.median(list(part.of), by=list(by) or None, **_how(part))


def _total(design: Design, part: TablePart, by: tuple[str, ...]) -> Estimate:
    return design.total(list(part.of), by=list(by) or None, **_how(part))


def _ratio(design: Design, part: TablePart, by: tuple[str, ...]) -> Estimate:
    return design.ratio(part.of[0], part.over, by=list(by) or None, **_how(part))


_QUESTIONS: dict[str, Callable[[Design, TablePart, tuple[str, ...]], Estimate]] = {
    "percentage": _percentage,
    "mean": _mean,
    "median": _median,
    "total": _total,
    "ratio": _ratio,
}
