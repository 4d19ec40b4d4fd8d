"""The study as one call: evidence from print, and the rehearsal on microdata."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from irosurvey import _core
from irosurvey._files import replace_files
from irosurvey.study import model
from irosurvey.study.codebook import DATA, read_codebook
from irosurvey.study.evidence_tables import ConditionTable, EvidenceTable
from irosurvey.study.given import given_answers
from irosurvey.study.rehearsal_tables import RehearsalTable, StatisticsTable
from irosurvey.study.sheets import Data, together
from irosurvey.study.tables import Table, csv_of

__all__ = ["Reproduction", "reproduce"]


@dataclass(frozen=True, repr=False)
class Reproduction:
    """The study's result. Evidence and rehearsal stand side by side and never mix.

    Attributes
    ----------
    title, study
        The survey, and the name under which its findings are listed.
    level
        Confidence level of all intervals.
    evidence
        What the printed figures can bear by themselves, of this study and of others.
    conditions
        What must be true for printed figures to hold together.
    rehearsal
        The findings counted from microdata.
    statistics
        Tables beside the findings, from the same microdata.
    sources
        What was read, and how it was taken to be sampled.
    choices
        Every named choice that the numbers depend on.
    unmeasured
        Findings of the study, printed as numbers, that the codebook doesn't say how to count.
    agrees
        Whether every finding of the study of kind percent or count is reproduced.
    """

    title: str
    study: str
    level: float
    evidence: EvidenceTable
    conditions: ConditionTable
    rehearsal: RehearsalTable
    statistics: StatisticsTable
    sources: tuple[model.Source, ...]
    choices: tuple[tuple[str, str], ...]
    unmeasured: tuple[str, ...]
    agrees: bool

    @property
    def synthetic(self) -> bool:
        """Whether some of the microdata are SYNTHETIC."""
        return any(source.synthetic for source in self.sources)

    @property
    def data(self) -> Data:
        """What the rehearsal was made of."""
        return together("SYNTHETIC" if one.synthetic else "given" for one in self.sources)

    @property
    def heading(self) -> str:
        """The heading of the rehearsal; says which of the microdata are SYNTHETIC."""
        return self.rehearsal.heading

    @property
    def disagreements(self) -> tuple[str, ...]:
        """Ids of the study's findings, printed as numbers, that aren't reproduced."""
        wrong = [
            row.finding.id
            for row in self.rehearsal
            if row.finding.study == self.study
            and row.finding.kind in ("percent", "count")
            and not row.agrees
        ]
        return (*dict.fromkeys(wrong), *self.unmeasured)

    def tables(self) -> dict[str, Table[Any]]:
        """Every table by the name of its file."""
        return {
            "evidence": self.evidence,
            "evidence_counts": self.evidence.counts(),
            "evidence_intervals": self.evidence.intervals(),
            "conditions": self.conditions,
            "rehearsal": self.rehearsal,
            "statistics": self.statistics,
        }

    def to_html(self) -> str:
        """One self-contained page with everything."""
        from irosurvey.study.report import page

        return page(self)

    def write(self, folder: str | os.PathLike[str]) -> list[Path]:
        """Write the tables as CSV and the page as HTML.

        Parameters
        ----------
        folder : str or os.PathLike
            Made if it isn't there. Files of the same names are replaced.

        Returns
        -------
        list of Path
            What was written, the page first.
        """
        target = Path(folder)
        contents = {target / "report.html": self.to_html().encode("utf-8")}
        for name, table in self.tables().items():
            contents[target / f"{name}.csv"] = csv_of(table)
        return replace_files(contents)

    def __repr__(self) -> str:
        verdict = "agrees" if self.agrees else f"disagrees: {', '.join(self.disagreements)}"
        return "\n\n".join(
            [
                self.title,
                repr(self.evidence.of_study(self.study)),
                repr(self.rehearsal),
                f"Every printed number: {verdict}.",
            ]
        )

    def _repr_html_(self) -> str:
        return self.evidence.of_study(self.study)._repr_html_() + self.rehearsal._repr_html_()


def reproduce(
    *,
    iro: object = None,
    manager: object = None,
    dcs: object = None,
    codebook: str | os.PathLike[str] | None = None,
    level: float = 0.95,
    singleton: str = "adjust",
    threads: int = 0,
) -> Reproduction:
    """Weigh the printed findings of the NCB survey, and rehearse its analysis on microdata.

    Parameters
    ----------
    iro, manager, dcs : str, os.PathLike, Frame or table, optional
        Answers of the IROs, the IRO managers and the Directors of Children's Services: a file
        that :func:`irosurvey.read` reads, or a table in memory. One that isn't given is the
        package's own, which is SYNTHETIC.
    codebook : str or os.PathLike, optional
        The questionnaires and how findings are counted from them; by default the package's own.
        Where files name their variables otherwise, a copy of it with `column` entries maps them.
    level : float
        Confidence level of all intervals.
    singleton : str
        What a region with a single authority contributes to a variance: ``"adjust"`` (default,
        on the safe side), ``"fail"``, ``"remove"``, ``"certainty"`` or ``"average"``.
    threads : int
        0: as many as there are processors. The result is the same, bit for bit.

    Returns
    -------
    Reproduction

    Raises
    ------
    ReadError
        A file is missing or isn't what it should be; names file and line.
    ColumnError
        Variables are missing (all of them are listed), or an answer isn't in the codebook.
    DesignError
        The answers contradict the design: two managers of one authority, an unknown region.

    Examples
    --------
    >>> import irosurvey.study
    >>> result = irosurvey.study.reproduce()
    >>> result.agrees
    True
    >>> print(result.evidence.find("ncb13-monitor").full)
    144–146 of 295
    """
    given = {"iro": iro, "manager": manager, "dcs": dcs}
    answers: list[tuple[str, str, object]] = []
    if any(data is not None for data in given.values()):
        book = read_codebook(codebook)
        for instrument, data in given.items():
            if data is not None:
                frame, source = given_answers(instrument, data, book)
                answers.append((instrument, source, frame))
    plain = _core.reproduce(
        codebook=str(codebook if codebook is not None else DATA / "codebook.toml"),
        data_folder=str(DATA),
        files={},
        answers=answers,
        level=level,
        singleton=singleton,
        threads=threads,
    )
    return _from_core(plain)


def _from_core(plain: Mapping[str, Any]) -> Reproduction:
    level = plain["level"]
    return Reproduction(
        title=plain["title"],
        study=plain["study"],
        level=level,
        evidence=EvidenceTable([model.evidence_of(one) for one in plain["evidence"]], level),
        conditions=ConditionTable([model.condition_of(one) for one in plain["conditions"]]),
        rehearsal=RehearsalTable([model.figure_of(one) for one in plain["rehearsal"]], level),
        statistics=StatisticsTable([model.row_of(one) for one in plain["tables"]], level),
        sources=tuple(model.source_of(one) for one in plain["sources"]),
        choices=tuple((name, value) for name, value in plain["choices"]),
        unmeasured=tuple(plain["unmeasured"]),
        agrees=plain["agrees"],
    )
