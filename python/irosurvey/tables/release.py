"""From tables to what may be published of them: the rules in their order, and a report."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from irosurvey import _core
from irosurvey._complaint import complaint
from irosurvey.errors import ArgumentError, DisclosureError
from irosurvey.origin import Origin
from irosurvey.tables.balance import Balance, Size
from irosurvey.tables.facts import CountKey, Fact
from irosurvey.tables.ledger import Ledger
from irosurvey.tables.panels import Cell, TableColumn
from irosurvey.tables.policy import CV_BANDS, Policy, policy_of
from irosurvey.tables.published import (
    SHORTHAND,
    Contact,
    Kind,
    Mark,
    Note,
    PublishedCell,
    PublishedColumn,
    PublishedRow,
    PublishedTable,
    Release,
)
from irosurvey.tables.reliability import Verdict, judge
from irosurvey.tables.report import Hidden, ReleaseReport, Remark
from irosurvey.tables.rounding import nearest, random_rounding, to_decimals
from irosurvey.tables.suppression import complete
from irosurvey.tables.table import Table

if TYPE_CHECKING:
    from irosurvey.tables.check import CheckReport
    from irosurvey.tables.suppression import Suppression

__all__ = ["FORMATS", "ReleaseResult", "release"]

FORMATS = ("xlsx", "ods", "html", "csv", "json", "markdown", "word", "ees")
"""What a release can be written as."""

_OF_BASE: frozenset[Kind] = frozenset({"base", "weighted_base", "df"})
_INFERENCE: frozenset[Kind] = frozenset({"lower", "upper", "se", "cv", "effective_n", "df"})
_OF_ESTIMATE: frozenset[Kind] = frozenset(
    {"estimate", "lower", "upper", "se", "cv", "significance"}
)


@dataclass(frozen=True, repr=False)
class ReleaseResult:
    """Tables as they may be published, and what the producer must know of them.

    Shown in a notebook, it shows what is published and nothing else.

    Attributes
    ----------
    published
        What may be seen: :meth:`write` writes that.
    report
        For the producer alone: what was hidden and why, the audit, what to look at, the balance of
        rows. It holds true counts.
    """

    published: Release
    report: ReleaseReport

    def write(
        self, folder: str | os.PathLike[str], formats: Sequence[str] | str = ("xlsx", "html", "csv")
    ) -> list[Path]:
        """Write what is published into files; the report isn't among them.

        Parameters
        ----------
        folder
            Made if need be.
        formats
            Some of :data:`FORMATS`.

        Returns
        -------
        list of Path
            Every file written.
        """
        named = [formats] if isinstance(formats, str) else list(formats)
        for one in named:
            if one not in FORMATS:
                raise complaint(
                    ArgumentError,
                    "formats",
                    expected="some of " + ", ".join(FORMATS),
                    found=repr(one),
                    name=str(one),
                    existing=FORMATS,
                )
        # Writers bring packages along that nobody needs who only looks.
        from irosurvey.tables.writers import write_all

        return write_all(self.published, Path(folder), named)

    def check(self, path: str | os.PathLike[str]) -> CheckReport:
        """Read a written file back, and hold it against what is published and against every rule.

        Parameters
        ----------
        path
            What :meth:`write` wrote, or what somebody made of it since.

        Returns
        -------
        CheckReport
            Every rule of accessibility, disclosure and safety, with pass or fail.
        """
        from irosurvey.tables.check import check

        return check(self.published, Path(path))

    def __iter__(self) -> Any:
        return iter(self.published)

    def __len__(self) -> int:
        return len(self.published)

    def __getitem__(self, place: int | str) -> PublishedTable:
        """A table, by its place from 0 or by its name."""
        if isinstance(place, int):
            return self.published.tables[place]
        for table in self.published:
            if table.name == place:
                return table
        raise complaint(
            ArgumentError,
            f"table '{place}'",
            expected="the name of a table",
            name=place,
            existing=[table.name for table in self.published],
        )

    def __repr__(self) -> str:
        return repr(self.published)

    def _repr_html_(self) -> str:
        return self.published._repr_html_()


def release(
    tables: Table | Sequence[Table],
    policy: Policy | str = "dfe",
    *,
    title: str = "",
    about: Sequence[str] = (),
    publisher: str = "",
    contact: Contact | None = None,
    published: date | None = None,
    next_update: str = "",
    version: str = "",
    language: str = "en-GB",
    provenance: Mapping[str, str] | None = None,
    filtered: Size | None = None,
    synthetic: bool = False,
    **overrides: Any,
) -> ReleaseResult:
    """Make tables ready to be published, together.

    In this order: counts that are hidden for their own sake; further counts, so that those can't be
    worked out from any of the tables, with an audit; reliability; rounding; shorthand. What one
    table hides another could give away: tables that are published together belong in one release.

    Parameters
    ----------
    tables
        One or several.
    policy
        A policy, or the name of a preset: ``"dfe"``, ``"tre"``, ``"nchs"``, ``"none"``.
    title
        Of the release; that of the first table if not said.
    about, publisher, contact, published, next_update, version, language
        As of :class:`irosurvey.tables.Release`.
    provenance
        What makes it reproducible, beside what the library knows itself: hashes of files, a
        command.
    filtered
        Rows (and weight) left out before the designs were declared, for the balance of rows.
    synthetic
        Whether the answers are made up.
    **overrides
        Fields of the policy.

    Returns
    -------
    ReleaseResult

    Raises
    ------
    ArgumentError
        If the policy needs what isn't known (unweighted counts behind shares), or two tables give
        different counts of the same people.
    DisclosureError
        If something can't be protected: rows by authority of few people; hidden counts that can
        be worked out whatever else is hidden.
    NumericalError
        If the rows of a question don't add up.

    Examples
    --------
    >>> import irosurvey
    >>> data = {"area": ["N"] * 60 + ["S"] * 53, "met": [1] * 40 + [0] * 20 + [1] * 50 + [0] * 3}
    >>> table = irosurvey.Table(
    ...     irosurvey.Design(data).proportion("met", 1, by="area"), statistics=["estimate", "base"]
    ... )
    >>> shown = irosurvey.release(table, "dfe", secondary=False).published.tables[0]
    >>> [[cell.value if not cell.mark else cell.mark for cell in row.cells] for row in shown.rows]
    [[67.0, 60.0], ['c', 50.0]]
    """
    several = [tables] if isinstance(tables, Table) else list(tables)
    if not several:
        raise complaint(ArgumentError, "tables", expected="at least one", found="none")
    for table in several:
        if not isinstance(table, Table):
            raise complaint(
                ArgumentError, "tables", expected="irosurvey.Table", found=type(table).__name__
            )
    rules = policy_of(policy)
    rules = rules.with_fields(**overrides) if overrides else rules
    work = _Work(rules, several)
    work.check()
    work.hide()
    made = [work.table(place) for place in range(len(several))]
    balances = [table.balances(filtered=filtered) for table in several]
    notes = work.notes
    found = Release(
        title=title or str(several[0].title),
        tables=tuple(made),
        notes=tuple(Note(place + 1, text) for place, text in enumerate(notes)),
        about=tuple(about),
        publisher=publisher,
        contact=contact or Contact(),
        published=published,
        next_update=next_update,
        version=version,
        language=language,
        policy=rules.to_dict(),
        provenance={"irosurvey": _core.__version__, **work.choices(), **(provenance or {})},
        balance=_published_balance(rules, balances),
        synthetic=synthetic or any(table.synthetic for table in several),
    )
    return ReleaseResult(found, work.report(balances))


@dataclass
class _Work:
    """A release in the making."""

    policy: Policy
    tables: list[Table]
    hidden: dict[CountKey, str] = field(default_factory=dict)
    primary: dict[CountKey, str] = field(default_factory=dict)
    suppression: Suppression | None = None
    notes: list[str] = field(default_factory=list)
    unreliable: list[Remark] = field(default_factory=list)
    reviews: list[Remark] = field(default_factory=list)
    bands: list[Remark] = field(default_factory=list)
    dominated: dict[tuple[CountKey, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.policy)
        names = {name.lower() for name in self.policy.authority_columns}
        self.authorities = frozenset(
            name
            for table in self.tables
            for where in (
                *(line.where for line in table.lines),
                *(one.where for one in table.columns),
            )
            for name, _ in where
            if name.lower() in names or name in table.authority
        )
        self.ledger.authorities = self.authorities
        self.numbers = {place: _number_of(place) for place in range(len(self.tables))}

    # ---- before anything is shown ----

    def check(self) -> None:
        """Refuse what the policy can't judge, and enter every count."""
        for place, table in enumerate(self.tables):
            self._check_populations(table, place)
            for origin in (question.origin for question in table.panel.questions):
                if isinstance(origin, Origin):
                    sources = {
                        cell.fact.base_key.source
                        for row in table.cells
                        for cell in row
                        if cell is not None and cell.fact.base_key.domain == origin.domain
                    }
                    for source in sources:
                        self.ledger.add_origin(origin, source)
            for row, line in enumerate(table.lines):
                kinds = _kinds_by_fact(table, row)
                for fact, (shown, column) in kinds.items():
                    where = _place_of(self.numbers[place], line.labels, column)
                    self._check_fact(fact, where)
                    self.ledger.add(fact, shown, self._decimals(column, fact), where)

    def _decimals(self, column: TableColumn, fact: Fact) -> int:
        own = self.policy.decimals(fact.unit)
        return own if column.decimals is None else min(own, column.decimals)

    def _check_fact(self, fact: Fact, where: str) -> None:
        if not self.policy.suppresses or fact.status != "ok":
            return
        if fact.is_share and fact.part < 0:
            raise complaint(
                ArgumentError,
                where,
                expected="a share whose unweighted numerator is known: rules of disclosure are "
                "about counts",
                found=f"{fact.statistic}, without one",
                remedy="Ask with design.proportion or design.crosstab, in this session.",
            )
        if fact.opaque:
            raise complaint(
                ArgumentError,
                where,
                expected="groups whose counts are known",
                found=f"a difference or contrast: {fact.statistic}",
                remedy="Show the groups themselves, with letters for significant differences; or "
                'publish with policy "none" what has been cleared otherwise.',
            )

    def _check_populations(self, table: Table, place: int) -> None:
        """Rows by authority need enough people to choose among."""
        least = self.policy.smallest_population
        if least <= 0:
            return
        for line in table.lines:
            named = [name for name, codes in line.where if codes and name in self.authorities]
            if not named:
                continue
            people = _people_in(table, line.labels)
            if people is None or people < least:
                raise complaint(
                    DisclosureError,
                    f"{self.numbers[place]}, row {', '.join(line.labels)}",
                    expected=f"at least {least} people to choose among in each row by '{named[0]}'",
                    found="no word on how many there are" if people is None else str(people),
                    remedy="Show regions; or say how many people there are in each authority: "
                    "Table(…, group_population=…).",
                )
        for column in table.columns:
            named = [name for name, codes in column.where if codes and name in self.authorities]
            if named and _people_in(table, (column.name,)) is None:
                raise complaint(
                    DisclosureError,
                    f"{self.numbers[place]}, column {column.name}",
                    expected=f"at least {least} people to choose among in each '{named[0]}'",
                    found="no word on how many there are",
                    remedy="Show regions, or authorities in rows with group_population.",
                )

    # ---- disclosure ----

    def hide(self) -> None:
        """Counts that are hidden for their own sake, and those that would give them away."""
        if self.policy.suppresses or self.policy.rounding != "none":
            self.ledger.unite()
        self.ledger.round()
        self._dominate()
        self.primary = self.ledger.primary()
        self.hidden = dict(self.primary)
        if not self.policy.suppresses:
            return
        if not self.policy.secondary:
            self.hidden |= self.ledger.complements(self.primary)
            return
        found = complete(self.ledger.system(self.primary), self.ledger.rule())
        self.suppression = found
        if found.unmet:
            raise complaint(
                DisclosureError,
                "release",
                expected="hidden counts that can't be worked out",
                found="; ".join(found.unmet),
                remedy="Leave a table out, or merge categories.",
            )
        for key in self.ledger.counts:
            if self.ledger.name_of(key) in found.hidden:
                self.hidden.setdefault(key, "it would give another away")

    def _dominate(self) -> None:
        """Totals and means that a few contributions make up, and every total that holds them."""
        policy = self.policy
        if policy.dominance is None and policy.p_ratio is None:
            return
        facts: dict[tuple[CountKey, str], Fact] = {}
        origins: dict[tuple[str, str], Origin] = {}
        for table in self.tables:
            for origin in (question.origin for question in table.panel.questions):
                if isinstance(origin, Origin):
                    origins[origin.population, origin.domain] = origin
            for cell in (cell for row in table.cells for cell in row if cell is not None):
                if cell.fact.scale in ("mean", "total", "ratio") and cell.fact.status == "ok":
                    facts[cell.fact.base_key, cell.fact.statistic] = cell.fact
        for (key, statistic), fact in facts.items():
            origin = self._origin_of(fact, origins)
            for variable in fact.variables:
                why = _dominated(policy, *origin.largest(variable, key.where, _most(policy)))
                if why:
                    self.dominated.setdefault((key, statistic), why)
        for key, statistic in list(self.dominated):
            for other, same in facts:
                if same == statistic and other != key and _holds(other, key):
                    why = "a total of which a hidden part would be what is left"
                    self.dominated.setdefault((other, same), why)

    @staticmethod
    def _origin_of(fact: Fact, origins: Mapping[tuple[str, str], Origin]) -> Origin:
        known = {population for population, _ in origins}
        for (population, domain), origin in origins.items():
            if fact.base_key.domain == domain and (
                fact.base_key.source == population or fact.base_key.source not in known
            ):
                return origin
        raise complaint(
            ArgumentError,
            fact.statistic,
            expected="the data at hand, to see whether a few contributions make it up",
            found="a result without them",
            remedy="Ask in this session, or say dominance=None, p_ratio=None.",
        )

    def mark_of(self, fact: Fact, kind: Kind) -> str:
        """``"c"`` where a number of an estimate may not be shown, and why in the report's words."""
        if fact.base_key in self.hidden:
            return self.hidden[fact.base_key]
        if fact.part_key is not None and fact.part_key in self.hidden and kind not in _OF_BASE:
            return self.hidden[fact.part_key]
        if kind not in _OF_BASE and (fact.base_key, fact.statistic) in self.dominated:
            return self.dominated[fact.base_key, fact.statistic]
        if kind in _INFERENCE and fact.df < self.policy.minimum_df:
            return f"{fact.df:g} degrees of freedom, fewer than {self.policy.minimum_df:g}"
        return ""

    # ---- a table ----

    def table(self, place: int) -> PublishedTable:
        """One table as it may be seen."""
        table = self.tables[place]
        columns = self._columns(table)
        rows = []
        for row, line in enumerate(table.lines):
            cells = tuple(
                self._cell(table, row, column, columns[column].decimals, place)
                for column in range(len(columns))
            )
            rows.append(PublishedRow(line.labels, cells, line.total))
        marks = {cell.mark for row in rows for cell in row.cells if cell.mark}
        return PublishedTable(
            name=table.name or f"table_{place + 1}",
            number=place + 1,
            title=table.title,
            stub=table.stub,
            columns=columns,
            rows=tuple(rows),
            notes=self._note_numbers(table, place),
            remarks=(*table.remarks, *self._remarks(table)),
            source=table.source,
            marks=tuple(mark for mark in SHORTHAND if mark in marks),
            synthetic=table.synthetic,
            level=table.level,
            ordered=table.ordered,
            chart=table.chart,
        )

    def _columns(self, table: Table) -> tuple[PublishedColumn, ...]:
        names: dict[str, int] = {}
        made = []
        for column in table.columns:
            names[column.name] = names.get(column.name, 0) + 1
            again = names[column.name]
            made.append(
                PublishedColumn(
                    name=column.name if again == 1 else f"{column.name} ({again})",
                    spanners=column.spanners,
                    heading=column.heading,
                    kind=column.kind,
                    unit=column.unit,
                    decimals=self._decimals_of(column),
                )
            )
        return tuple(made)

    def _decimals_of(self, column: TableColumn) -> int:
        if column.kind == "df":
            return 0
        own = self.policy.decimals(column.unit)
        if column.kind == "se" and column.unit != "count":
            return own + 1
        if column.kind == "cv":
            return max(own, 1)
        return own if column.decimals is None else min(own, column.decimals)

    def _cell(
        self, table: Table, row: int, place: int, decimals: int, number: int
    ) -> PublishedCell:
        column, cell = table.columns[place], table.cells[row][place]
        if cell is None:
            return PublishedCell(mark="x")
        fact, kind = cell.fact, column.kind
        if self.mark_of(fact, kind):
            return PublishedCell(mark="c")
        if fact.status == "empty" and kind not in ("base", "weighted_base"):
            return PublishedCell(mark="z")
        if fact.status == "undefined" and kind not in _OF_BASE:
            return PublishedCell(mark="x")
        if fact.fixed and kind in ("lower", "upper", "se", "cv", "effective_n"):
            return PublishedCell(mark="z")
        if kind in _OF_ESTIMATE and not self._verdict(table, row, cell, column, number).shown:
            return PublishedCell(mark="u")
        if kind == "significance":
            return PublishedCell(text=" ".join(self._letters(table, row, cell)))
        value = fact.number(kind)
        if not math.isfinite(value):
            return PublishedCell(mark="x")
        return self._number(fact, column, value, decimals)

    def _number(
        self, fact: Fact, column: TableColumn, value: float, decimals: int
    ) -> PublishedCell:
        """A number as it is printed: counts to a base, others to decimals."""
        kind = column.kind
        counts = column.unit == "count" and kind != "df"
        shown = self._rounded(fact, kind, value) if counts else to_decimals(value, decimals)
        if counts:
            shown = to_decimals(shown, 0)
        if shown == 0.0 and value != 0.0 and kind in ("estimate", "base", "weighted_base"):
            mark: Mark = self.policy.rounds_to_zero
            if mark:
                return PublishedCell(mark=mark)
        return PublishedCell(value=shown)

    def _rounded(self, fact: Fact, kind: Kind, value: float) -> float:
        policy, ledger = self.policy, self.ledger
        base = ledger.base_of(fact.base_key)
        if policy.rounding == "none" or base == 1:
            return value
        if kind == "base":
            return float(ledger.rounded(fact.base_key))
        counted = kind == "weighted_base" or (kind == "estimate" and fact.scale == "count")
        if counted and value == fact.base:
            return float(ledger.rounded(fact.base_key))
        if policy.rounding == "nearest" or kind not in ("estimate", "weighted_base"):
            return nearest(value, base)
        assert policy.seed is not None
        if counted and policy.rounding == "controlled":
            return self._weighted_roundings[ledger.name_of(fact.base_key)]
        name = f"{ledger.name_of(fact.base_key)}; {'weight' if counted else fact.statistic}"
        return random_rounding(value, base, policy.seed, name)

    @cached_property
    def _weighted_roundings(self) -> dict[str, float]:
        """Weighted counts rounded so that they add up."""
        weights = {
            self.ledger.name_of(cell.fact.base_key): cell.fact.weighted_base
            for table in self.tables
            for row in table.cells
            for cell in row
            if cell is not None
        }
        return self.ledger.controlled(weights)

    def _letters(self, table: Table, row: int, cell: Cell) -> list[str]:
        """Letters of columns that are shown: a letter tells on which side of it a share lies."""
        others = dict(cell.others)
        return [
            letter
            for letter in cell.letters
            if letter in others
            and not self.mark_of(others[letter], "estimate")
            and judge(self.policy, others[letter]).shown
        ]

    # ---- reliability ----

    def _verdict(
        self, table: Table, row: int, cell: Cell, column: TableColumn, number: int
    ) -> Verdict:
        found = judge(self.policy, cell.fact)
        if column.kind == "estimate":
            where = _place_of(self.numbers[number], table.lines[row].labels, column)
            if not found.shown:
                self.unreliable.append(Remark(where, found.reason))
            for review in found.reviews:
                self.reviews.append(Remark(where, review))
            if found.shown and found.note:
                self.reviews.append(Remark(where, found.note))
            if found.band:
                self.bands.append(Remark(where, found.band))
        return found

    # ---- words ----

    def _note_numbers(self, table: Table, place: int) -> tuple[int, ...]:
        texts = [*table.notes, *self._reliability_notes(place)]
        for text in texts:
            if text not in self.notes:
                self.notes.append(text)
        return tuple(sorted({self.notes.index(text) + 1 for text in texts}))

    def _reliability_notes(self, place: int) -> list[str]:
        """Bands of coefficients of variation that ask for caution, and weak complements."""
        notes = []
        own = self.numbers[place] + ":"
        if self.policy.cv_bands:
            worst = CV_BANDS[self.policy.cv_bands][-1]
            limit = CV_BANDS[self.policy.cv_bands][-2][0]
            found = [
                one.place
                for one in self.bands
                if one.place.startswith(own) and one.text == worst[1]
            ]
            if found:
                names = "; ".join(name.removeprefix(own).strip() for name in found)
                notes.append(
                    f"Coefficient of variation of {100 * limit:g}% or more, {worst[1]}: {names}."
                )
        return notes

    def _remarks(self, table: Table) -> list[str]:
        """How the numbers were rounded, and that parts may not sum."""
        policy = self.policy
        units = {column.unit for column in table.columns}
        found = []
        if "percent" in units:
            decimals = policy.percent_decimals
            to = "whole numbers" if decimals == 0 else f"{decimals} decimal{'s' * (decimals > 1)}"
            found.append(f"Percentages are rounded to {to} and may not add up to 100.")
        if "count" in units and policy.rounding != "none":
            base = policy.rounding_base
            how = {
                "nearest": f"rounded to the nearest {base}",
                "random": f"rounded at random to one of the two nearest multiples of {base}",
                "controlled": f"rounded to multiples of {base} so that they add up",
            }[policy.rounding]
            by_themselves = (
                "; totals are rounded by themselves and may differ from the sum of their parts."
            )
            found.append(
                f"Counts are {how}{by_themselves if policy.rounding != 'controlled' else '.'}"
            )
        return found

    def choices(self) -> dict[str, str]:
        """Named choices behind the figures; those that not all tables share by table."""
        named: dict[str, dict[str, list[str]]] = {}
        for place, table in enumerate(self.tables):
            for name, value in table.panel.choices:
                tables = named.setdefault(name, {}).setdefault(value, [])
                if self.numbers[place] not in tables:
                    tables.append(self.numbers[place])
        found: dict[str, str] = {}
        for name, values in named.items():
            for value, tables in values.items():
                common = len(values) == 1 and len(tables) == len(self.tables)
                key = name if common else f"{name} ({', '.join(tables)})"
                found[key] = f"{found[key]}; {value}" if key in found else value
        return found

    # ---- the report ----

    def report(self, balances: Sequence[tuple[Balance, ...]]) -> ReleaseReport:
        """What the producer must know."""
        ledger = self.ledger
        hidden = tuple(
            Hidden(
                count=ledger.counts[key].label,
                key=key.text,
                n=ledger.counts[key].n,
                primary=key in self.primary,
                reason=why,
                places=tuple(ledger.counts[key].places),
            )
            for key, why in sorted(self.hidden.items())
        )
        alike = ledger.alike() if self.policy.class_disclosure != "allow" else []
        return ReleaseReport(
            policy=self.policy,
            tables=tuple(str(table.title) for table in self.tables),
            hidden=hidden,
            suppression=self.suppression,
            unreliable=tuple(dict.fromkeys(self.unreliable)),
            reviews=tuple(
                dict.fromkeys(
                    [
                        *self.reviews,
                        *(
                            Remark(count.label, f"everybody answered the same ({count.n})")
                            for count in alike
                        ),
                        *self._dominance_remarks(),
                    ]
                )
            ),
            bands=tuple(dict.fromkeys(self.bands)),
            balances=tuple(one for own in balances for one in own),
            remarks=self._not_examined(),
        )

    def _not_examined(self) -> tuple[str, ...]:
        """What was not compared between tables, as the data weren't at hand or are too large."""
        if not self.policy.suppresses:
            return ()
        found = []
        if not self.ledger.united:
            found.append(
                "Too many rows to see whether counts of different words are of the same people."
            )
        known = self.ledger.origins
        if any((key.source, key.domain) not in known for key in self.ledger.counts):
            found.append(
                "Of results without their data domains were told apart by their words alone."
            )
        return tuple(found)

    def _dominance_remarks(self) -> list[Remark]:
        return [
            Remark(f"{statistic}, {key.text}", f"hidden: {why}")
            for (key, statistic), why in sorted(self.dominated.items())
        ]


def _most(policy: Policy) -> int:
    return max(2, policy.dominance[0] if policy.dominance is not None else 0)


def _dominated(policy: Policy, largest: Sequence[float], total: float) -> str:
    """Why a total is made up by a few: the (n, k) rule and the p % rule."""
    if total <= 0.0 or not largest:
        return ""
    if policy.dominance is not None:
        most, share = policy.dominance
        if sum(largest[:most]) > share * total:
            return f"the {most} largest contributions are more than {100 * share:g}% of it"
    if policy.p_ratio is not None and total - sum(largest[:2]) < policy.p_ratio * largest[0]:
        return f"all but the 2 largest are less than {100 * policy.p_ratio:g}% of the largest"
    return ""


def _holds(whole: CountKey, part: CountKey) -> bool:
    """Whether one count's rows are among the other's, as far as their keys tell."""
    if (whole.source, whole.domain) != (part.source, part.domain):
        return False
    own = dict(part.where)
    return all(
        not codes or (name in own and own[name] and set(own[name]) <= set(codes))
        for name, codes in whole.where
    )


def _number_of(place: int) -> str:
    return f"Table {place + 1}"


def _place_of(table: str, labels: Iterable[str], column: TableColumn) -> str:
    row = ", ".join(filter(None, labels))
    return f"{table}: {row}" + (f", {': '.join(column.spanners)}" if column.spanners else "")


def _kinds_by_fact(table: Table, row: int) -> dict[Fact, tuple[set[Kind], TableColumn]]:
    """The estimates of a row, each with the numbers of it that stand there."""
    found: dict[Fact, tuple[set[Kind], TableColumn]] = {}
    for column, cell in zip(table.columns, table.cells[row], strict=True):
        if cell is None:
            continue
        kinds, first = found.get(cell.fact, (set(), column))
        kinds.add(column.kind)
        found[cell.fact] = kinds, column if column.kind == "estimate" else first
    return found


def _people_in(table: Table, labels: Sequence[str]) -> int | None:
    given = table.group_population
    if given is None or isinstance(given, int):
        return given
    for label in labels:
        if label in given:
            return given[label]
    return None


def _published_balance(policy: Policy, balances: Sequence[tuple[Balance, ...]]) -> dict[str, float]:
    """The balance as it may be seen: rounded, and without what small counts would tell."""
    # A part that is left out follows from the others, be it those of another table.
    small = any(
        policy.is_disclosive(size.rows) and size.rows > 0
        for own in balances
        for balance in own
        for size in balance.parts.values()
    )
    found: dict[str, float] = {}
    for place, own in enumerate(balances):
        for number, balance in enumerate(own):
            several = len(own) > 1
            prefix = f"{_number_of(place)}{f', question {number + 1}' if several else ''}: "
            for name, value in _seen_balance(policy, balance, only_used=small).items():
                found[prefix + name] = value
    return found


def _seen_balance(policy: Policy, balance: Balance, *, only_used: bool) -> dict[str, float]:
    parts = {"read": balance.read, **balance.parts}
    if only_used:
        parts = {} if policy.is_disclosive(balance.used.rows) else {"used": balance.used}
    found = {}
    for name, size in parts.items():
        rows, weight = float(size.rows), size.weight
        if policy.rounding != "none":
            rows, weight = (
                nearest(rows, policy.rounding_base),
                nearest(weight, policy.rounding_base),
            )
        found[f"rows {name}"] = rows
        found[f"weight {name}"] = to_decimals(weight, 0 if policy.suppresses else 6)
    return found
