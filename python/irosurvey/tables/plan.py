"""A plan of tables: read with its data, checked, its design declared, its tables asked."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias, cast

from irosurvey._complaint import complaint
from irosurvey.design import Design
from irosurvey.errors import IrosurveyError, ReadError
from irosurvey.response_sets import ResponseSet
from irosurvey.spec.asking import declare, warnings_of
from irosurvey.spec.checking import read_spec
from irosurvey.spec.data import Sample, read_sample
from irosurvey.spec.document import Document
from irosurvey.spec.kinds import Problem
from irosurvey.spec.parts import Spec
from irosurvey.spec.running import Folders, folders_of
from irosurvey.tables.balance import Size
from irosurvey.tables.plan_checks import (
    each_table,
    problems_with_data,
    sets_of,
    single_people,
    spelt_out,
)
from irosurvey.tables.plan_tables import ask_table
from irosurvey.tables.policy import Policy
from irosurvey.tables.published import Contact
from irosurvey.tables.table import Table
from irosurvey.tables.workbook_plan import WorkbookDocument, is_workbook

__all__ = ["Plan", "read_plan"]

_OTHER_SHEETS = (".xls", ".xlsm", ".xlsb", ".csv")
_OTHER_FORMS = (".docx", ".pdf", ".sav", ".dta", ".json")
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
    sets
        Questions with several answers that the data file defines, by name, if a table is of one.
    """

    document: Document
    spec: Spec
    sample: Sample
    design: Design
    sets: Mapping[str, ResponseSet] = field(default_factory=dict)

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
                found.append(
                    ask_table(self.design, part, self.spec.release, self.synthetic, self.sets)
                )
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

    def require_groups(self, policy: Policy) -> None:
        """Refuse rows and columns of nearly one person each, under a policy that protects people.

        Everything in such a table would be hidden, after the longest of searches.

        Raises
        ------
        SpecError
            With every one of them.
        """
        if policy.secondary:
            frame = self.sample.frame
            self.document.refuse(
                problem
                for place, part in enumerate(self.spec.tables)
                for one, path in each_table(part, ("table", place))
                for problem in single_people(one, path, frame, policy)
            )

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
    document = _document_of(plan)
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
    spec = replace(spec, tables=tuple(spelt_out(part, frame.names) for part in spec.tables))
    problems: list[Problem | IrosurveyError] = []
    sets = sets_of(document, spec, sample.file, problems)
    problems += problems_with_data(document, spec, frame, sets)
    document.refuse(problems)
    return Plan(document, spec, sample, declare(document, spec, frame), sets or {})


def _document_of(plan: str | os.PathLike[str] | Mapping[str, Any]) -> Document:
    """A spec or a workbook; what is another kind of file by its name is said to be."""
    if isinstance(plan, Mapping):
        return Document(plan)
    form = Path(plan).suffix.lower()
    if form in (*_OTHER_SHEETS, *_OTHER_FORMS):
        raise complaint(
            ReadError,
            f"file '{plan}'",
            expected="a plan: a workbook (.xlsx, .ods), or a spec in TOML (.toml)",
            found=f"'{form}'",
            remedy="Save it as .xlsx." if form in _OTHER_SHEETS else "",
        )
    return WorkbookDocument(plan) if is_workbook(plan) else Document(plan)


def _hashed(path: Path) -> str:
    with path.open("rb") as file:
        return f"{path.name}, SHA-256 {hashlib.file_digest(file, 'sha256').hexdigest()}"
