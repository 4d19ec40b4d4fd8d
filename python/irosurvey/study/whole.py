"""The study, whole: everything that print can bear, and the analysis that answers would allow."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from irosurvey import _core
from irosurvey._files import replace_files
from irosurvey.study.advice import advice_sheets
from irosurvey.study.answers import Answers, read_answers
from irosurvey.study.balances import balance_sheet
from irosurvey.study.bounds import answered_bounds, populations_of, printed_bounds, read_wordings
from irosurvey.study.caseloads import Caseloads, caseloads
from irosurvey.study.codebook import DATA, Codebook, read_codebook
from irosurvey.study.gaps import Gap, gaps_sheet, unanswered
from irosurvey.study.groups import agreement_sheet, differences_sheet, shared_questions, stacked
from irosurvey.study.guidance import guidance_sheets
from irosurvey.study.outcomes import DIVISIONS
from irosurvey.study.population import Authority, IroSpread, iro_spread, read_population
from irosurvey.study.reproduction import Reproduction, reproduce
from irosurvey.study.sheets import Sheet
from irosurvey.study.studies import read_findings, studies_sheets
from irosurvey.study.tables import csv_of
from irosurvey.study.weighting import (
    GroupDesign,
    findings_sheet,
    group_design,
    response_sheet,
)

if TYPE_CHECKING:
    from irosurvey.charts import Chart
    from irosurvey.tables.policy import Policy
    from irosurvey.tables.release import ReleaseResult

__all__ = ["WholeStudy", "whole_study"]

WORKBOOKS = ("xlsx", "ods")
"""Formats of the workbooks for those who analyse."""
PUBLISHED = ("xlsx", "ods", "html", "csv", "json")
"""Formats of the tables that may be published."""


@dataclass(frozen=True, repr=False, eq=False)
class WholeStudy:
    """Everything the study has to say.

    Attributes
    ----------
    reproduction
        Evidence from print, and the findings counted again.
    groups
        IROs, managers and directors under their designs.
    advice
        Enquiries to advice services.
    codebook, population
        What was asked, and the authorities of 2013.
    spread
        What is assumed on where IROs worked.
    caseloads
        Caseloads with what goes with them: designs, cross-tabs and models included.
    sheets
        Every table by the name of its file, in the order of the report.
    gaps
        What can't be said, since nobody answered, or too few.
    level
        Confidence level of all intervals.
    provenance
        Inputs with their hashes, and the version that computed.
    """

    reproduction: Reproduction
    groups: Mapping[str, GroupDesign]
    advice: Answers
    codebook: Codebook
    population: tuple[Authority, ...]
    spread: IroSpread
    caseloads: Caseloads
    sheets: Mapping[str, Sheet]
    gaps: tuple[Gap, ...]
    level: float
    provenance: tuple[tuple[str, str], ...]

    @property
    def synthetic(self) -> bool:
        """Whether any of the answers are SYNTHETIC."""
        return any(one.synthetic for one in self._answers)

    @property
    def real(self) -> bool:
        """Whether any of the answers are real: the files given, unless they say SYNTHETIC."""
        return not all(one.synthetic for one in self._answers)

    @property
    def made_up(self) -> tuple[str, ...]:
        """Whose answers are SYNTHETIC: such as ``"IROs"``."""
        groups = [one.group for one in self.groups.values() if one.answers.synthetic]
        return (*groups, *(["enquiries"] if self.advice.synthetic else []))

    @property
    def _answers(self) -> list[Answers]:
        return [*(group.answers for group in self.groups.values()), self.advice]

    @cached_property
    def charts(self) -> Mapping[str, Chart]:
        """The charts that this adds to those of the reproduction, by name.

        One without a figure isn't drawn: the gaps say why.
        """
        from irosurvey.study import pictures

        made = [
            pictures.groups_chart(self.sheets["groups_shares"], self.level),
            pictures.agreement_chart(self.sheets["groups_agreement"], self.level),
            pictures.histogram_chart(self.sheets["caseload_histogram"], self.level),
            pictures.quartiles_chart(self.sheets["caseload_quantiles"], self.level),
            pictures.limits_chart(self.sheets["caseload_limits"], self.level),
            *(
                pictures.outcomes_chart(self.sheets["caseload_outcomes"], division, self.level)
                for division in DIVISIONS
            ),
            pictures.effects_chart(self.sheets["caseload_effects"], self.level),
            pictures.month_chart(self.sheets["advice_rates"], self.level),
            pictures.topic_chart(self.sheets["advice_rates"], self.level),
        ]
        return {chart.name: chart for chart in made if chart is not None}

    @property
    def choices(self) -> tuple[tuple[str, str], ...]:
        """Every named choice, with the table that it is of."""
        own = [
            (f"{sheet.title}: {name}", value)
            for sheet in self.sheets.values()
            for name, value in sheet.choices
        ]
        return (*self.reproduction.choices, ("IROs by authority", self.spread.words), *own)

    def to_html(self, released: ReleaseResult | None = None) -> str:
        """One self-contained page with everything.

        Parameters
        ----------
        released
            Tables that may be published, to stand among the others; none: there are none.
        """
        from irosurvey.study.page import whole_page

        return whole_page(self, released)

    @cached_property
    def can_publish(self) -> bool:
        """Whether enough people answered for any of the tables that may be published."""
        from irosurvey.study.publishing import tables_to_publish

        return bool(tables_to_publish(self))

    def publishable(self, policy: Policy | str = "dfe") -> ReleaseResult:
        """The main tables as they may be published, after disclosure control and rounding.

        Parameters
        ----------
        policy
            A policy, or the name of a preset.

        Raises
        ------
        ArgumentError
            If so few answered that there is no table: `can_publish` says so before.
        """
        from irosurvey.study.publishing import publishable

        return publishable(self, policy)

    def write(
        self, folder: str | os.PathLike[str], policy: Policy | str | None = "dfe"
    ) -> list[Path]:
        """Write the page, every table in CSV and in workbooks, every chart, what may be published.

        Parameters
        ----------
        folder : str or os.PathLike
            Made if it isn't there. A file is written beside its name and then renamed, so that a
            failure leaves the old one whole.
        policy
            Under which tables go into ``published/``; None: none do.

        Returns
        -------
        list of Path
            What was written, the page first.
        """
        target = Path(folder)
        # Writers bring packages along that nobody needs who only looks.
        from irosurvey.study.workbooks import analysts_release
        from irosurvey.tables.writers import write_all

        released = self.publishable(policy) if policy is not None and self.can_publish else None
        written = replace_files({target / "report.html": self.to_html(released).encode()})
        tables = {**self.reproduction.tables(), **self.sheets}
        for name, table in tables.items():
            written += replace_files({target / "tables" / f"{name}.csv": csv_of(table)})
        written += write_all(analysts_release(self), target / "tables", WORKBOOKS)
        for name, chart in self.charts.items():
            (target / "charts").mkdir(parents=True, exist_ok=True)
            written.append(chart.save(target / "charts" / f"{name}.svg"))
        if released is not None:
            written += released.write(target / "published", PUBLISHED)
        return written

    def __repr__(self) -> str:
        lines = [f"{name}: {sheet.heading}" for name, sheet in self.sheets.items()]
        return "\n".join([self.reproduction.title, *lines])


def whole_study(
    *,
    iro: object = None,
    manager: object = None,
    dcs: object = None,
    advice: object = None,
    codebook: str | os.PathLike[str] | None = None,
    iros: str | os.PathLike[str] | None = "children",
    level: float = 0.95,
) -> WholeStudy:
    """Analyse the survey of 2013 whole: evidence, bounds, weights, groups, caseloads, advice.

    Parameters
    ----------
    iro, manager, dcs, advice : str, os.PathLike, Frame or table, optional
        Answers of the three groups, and the records of enquiries (a row each, with `authority`,
        `month` and `topic`). What isn't given is the package's own, which is SYNTHETIC.
    codebook : str or os.PathLike, optional
        As for :func:`reproduce`.
    iros
        Where IROs are taken to have worked: ``"children"`` (in proportion to looked-after
        children), ``"none"`` (IROs aren't weighted), or a CSV file with `code` and `iros`.
    level : float
        Confidence level of all intervals.

    Returns
    -------
    WholeStudy

    Raises
    ------
    ReadError, ColumnError, DesignError
        As for :func:`reproduce`.
    NumericalError
        If the rows of a file and what became of them don't add up.

    Examples
    --------
    >>> from irosurvey import study
    >>> whole = study.whole_study()
    >>> whole.synthetic
    True
    >>> whole.sheets["studies_comparisons"].column("second")[0]
    'BASW survey, 2012: 73%'
    """
    book = read_codebook(codebook)
    reproduction = reproduce(iro=iro, manager=manager, dcs=dcs, codebook=codebook, level=level)
    given = {"iro": iro, "manager": manager, "dcs": dcs}
    population = read_population(book)
    spread = iro_spread(population, iros)
    groups = {
        name: group_design(read_answers(name, data, book), population, spread, book)
        for name, data in given.items()
    }
    enquiries = read_answers("advice", advice, book)
    every = list(groups.values())
    loads = caseloads(groups["iro"], level)
    questions = shared_questions(every, book)
    design = stacked(every, questions, population, spread)
    shares, differences = differences_sheet(design, every, questions, level)
    agreement, unpaired = agreement_sheet(every, questions, level)
    asked = unanswered([one.answers for one in every], enquiries, book, questions)
    gaps = (*asked, *loads.gaps, *unpaired)
    findings = read_findings(book)
    own = reproduction.evidence.of_study(reproduction.study)
    populations = populations_of(own)
    wordings = read_wordings(book)
    figures = list(reproduction.rehearsal)
    sheets = [
        printed_bounds(own, wordings, populations),
        *studies_sheets(findings, list(reproduction.evidence), book, level).values(),
        response_sheet(every, population, book),
        findings_sheet(every, findings, book, level),
        answered_bounds(figures, wordings, populations),
        shares,
        differences,
        agreement,
        *loads.sheets.values(),
        *advice_sheets(enquiries, population, book, level).values(),
        *guidance_sheets(groups, findings, book, level).values(),
        balance_sheet(every, findings, book),
        *([gaps_sheet(gaps)] if gaps else []),
    ]
    return WholeStudy(
        reproduction=reproduction,
        groups=groups,
        advice=enquiries,
        codebook=book,
        population=population,
        spread=spread,
        caseloads=loads,
        sheets={sheet.name: sheet for sheet in sheets},
        gaps=gaps,
        level=level,
        provenance=_provenance(book, codebook, {**given, "advice": advice}, iros),
    )


def _provenance(
    book: Codebook,
    codebook: str | os.PathLike[str] | None,
    given: Mapping[str, object],
    iros: str | os.PathLike[str] | None,
) -> tuple[tuple[str, str], ...]:
    """The version, and every input by name with the hash of its bytes."""
    instruments = book.entries["instruments"]
    own = Path(codebook) if codebook is not None else DATA / "codebook.toml"
    files: list[tuple[str, Path]] = [("codebook", own)]
    files += [
        (name, book.file(name))
        for name in (
            "findings.csv",
            "authorities.csv",
            "looked_after.csv",
            "wordings.csv",
            "measures.csv",
            "guidance.csv",
        )
    ]
    tables: list[tuple[str, str]] = []
    for name, data in given.items():
        if data is None:
            files.append((name, book.file(instruments[name]["file"])))
        elif isinstance(data, str | os.PathLike):
            files.append((name, Path(data)))
        else:
            tables.append((name, "a table in memory"))
    if iros not in (None, "none", "children"):
        files.append(("iros", Path(iros)))
    hashed = [(name, f"{path.name}, SHA-256 {_hash(path)}") for name, path in files]
    return (("irosurvey", _core.__version__), *hashed, *tables)


def _hash(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
