"""What may be published: tables after disclosure control, reliability and rounding.

Writers, charts and pages see nothing else. A number that was suppressed is not hidden in here: it
isn't here, nor is anything that tells which marks came first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from irosurvey.tables.view import GridView, grid_html, grid_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "MADE_UP",
    "SHORTHAND",
    "Contact",
    "CountName",
    "Note",
    "PublishedCell",
    "PublishedColumn",
    "PublishedRow",
    "PublishedTable",
    "Release",
    "TitleParts",
]

MADE_UP = "SYNTHETIC: made-up answers."
"""What stands above a table of them, published or not."""

Mark: TypeAlias = Literal["", "c", "u", "x", "z", "k", "low"]
Kind: TypeAlias = Literal[
    "estimate",
    "lower",
    "upper",
    "se",
    "cv",
    "base",
    "weighted_base",
    "effective_n",
    "df",
    "significance",
]
Unit: TypeAlias = Literal["percent", "count", "mean", "rate", "ratio", "other", "text"]

SHORTHAND: Mapping[str, str] = {
    "c": "suppressed to protect confidentiality",
    "u": "too unreliable to be published",
    "x": "not available",
    "z": "not applicable",
    "k": "rounds to zero, but is not zero",
    "low": "rounds to zero, but is not zero",
    "ns": "not significant",
    "s": "significant at the 5% level",
    "ss": "significant at the 1% level",
    "sss": "significant at the 0.1% level",
}
"""What each mark means, as legends have it."""


@dataclass(frozen=True)
class PublishedCell:
    """A number as published, or the mark that stands in its place; never both, never neither.

    Attributes
    ----------
    value
        The rounded number, on the scale of its column: a percentage is 0-100. `None` under a mark.
    mark
        Without brackets: ``"c"``. ``""`` where there is a number.
    text
        Of a column of texts (significance letters): the text.
    """

    value: float | None = None
    mark: Mark = ""
    text: str = ""

    def shown(self, decimals: int) -> str:
        """The cell as it reads: ``"1,230"``, ``"12.5"``, ``"[c]"``."""
        if self.mark:
            return f"[{self.mark}]"
        return self.text if self.value is None else f"{self.value:,.{decimals}f}"


@dataclass(frozen=True)
class PublishedColumn:
    """A column of numbers.

    Attributes
    ----------
    name
        Its header where there is one header row only: unique in the table, never blank
        (``"Always or often: Percentage"``).
    spanners
        The headers above it, outermost first, where there may be several header rows.
    heading
        Its own header below the spanners (``"Percentage"``).
    kind
        Which number of the estimate it shows.
    unit
        What the number counts; ``"percent"`` is 0-100.
    decimals
        How many are shown.
    """

    name: str
    spanners: tuple[str, ...]
    heading: str
    kind: Kind
    unit: Unit
    decimals: int


@dataclass(frozen=True)
class PublishedRow:
    """A row: a label for each stub column, a cell for each column of numbers."""

    labels: tuple[str, ...]
    cells: tuple[PublishedCell, ...]
    total: bool = False


class CountName(NamedTuple):
    """Which respondents a figure counts, in words: the same name is the same count everywhere.

    It holds no number, and stands for figures that are hidden as for those that are shown.

    Attributes
    ----------
    sample
        Whose answers: the data's own label, or what the producer calls them.
    domain
        Which of them: the condition in words, ``""``: all. One that has no words begins with ``?``
        and is the same as no other.
    where
        Columns of data with the codes that somebody has in them; no codes: whoever answered.
    """

    sample: str
    domain: str
    where: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Note:
    """A numbered note of a release; texts refer to it as ``[note 1]``."""

    number: int
    text: str


@dataclass(frozen=True)
class TitleParts:
    """What a title must say.

    A title reads ``Monitoring between reviews: percentage of IROs by region, England, 2013``.
    """

    subject: str
    statistic: str = ""
    population: str = ""
    area: str = ""
    period: str = ""

    def __str__(self) -> str:
        who = " of ".join(part for part in (self.statistic, self.population) if part)
        head = ": ".join(part for part in (self.subject, who) if part)
        return ", ".join(part for part in (head, self.area, self.period) if part)


@dataclass(frozen=True, repr=False)
class PublishedTable:
    """One table, ready to be written.

    Attributes
    ----------
    name
        Of the marked-up table: letters, digits, underscores (``"table_1"``); unique in a release.
    number
        Its place in the release, from 1.
    title
        The parts of its title.
    stub
        Titles of the stub columns.
    columns, rows
        What it shows. Totals are the last rows and columns.
    notes
        Numbers of the notes it refers to.
    remarks
        Sentences that stand above the table: what the figures are of, that parts may not sum.
    figures
        Those of the remarks that say what its figures are of: the variable, the answer, who was
        asked. Empty where title and headers say it.
    source
        Where the figures come from.
    marks
        The shorthand that occurs, in the order of `SHORTHAND`.
    synthetic
        Whether made-up answers are behind it; every output says so.
    level
        Confidence level of its limits.
    ordered
        Whether the order of its rows means something (ages; answers from "always" to "never").
        Charts keep it then, else they sort by what is published.
    chart
        The kind of chart that was asked for with it (`irosurvey.charts.KINDS`); ``""``: none.
    counts
        Names of the unweighted counts that its figures rest on.
    counted
        By row and column, the places in `counts` of a figure's base and of its numerator; -1:
        none. Empty where that isn't known.
    divided
        Columns of data all of whose codes have a row or a column of their own.
    weighted
        Whether its percentages and totals are weighted, so that they aren't quotients of counts.
    """

    name: str
    number: int
    title: TitleParts
    stub: tuple[str, ...]
    columns: tuple[PublishedColumn, ...]
    rows: tuple[PublishedRow, ...]
    notes: tuple[int, ...] = ()
    remarks: tuple[str, ...] = ()
    source: str = ""
    marks: tuple[str, ...] = ()
    synthetic: bool = False
    level: float = 0.95
    ordered: bool = True
    chart: str = ""
    counts: tuple[CountName, ...] = ()
    counted: tuple[tuple[tuple[int, int], ...], ...] = ()
    divided: tuple[str, ...] = ()
    weighted: bool = True
    figures: tuple[str, ...] = ()

    def to_pandas(self) -> pd.DataFrame:
        """What is published as a pandas data frame: labels, then numbers; marks as texts."""
        import pandas

        labels = {
            title: [row.labels[place] for row in self.rows] for place, title in enumerate(self.stub)
        }
        numbers: dict[str, list[Any]] = {}
        for place, column in enumerate(self.columns):
            cells = [row.cells[place] for row in self.rows]
            numbers[column.name] = [
                cell.value if cell.value is not None else cell.shown(column.decimals)
                for cell in cells
            ]
        return pandas.DataFrame({**labels, **numbers})

    def to_gt(self) -> Any:
        """The table as a `great_tables.GT`: :func:`irosurvey.tables.adapters.to_gt`."""
        from irosurvey.tables.adapters import to_gt

        return to_gt(self)

    def to_gptable(self) -> Any:
        """The table as a `gptables.GPTable`: :func:`irosurvey.tables.adapters.to_gptable`."""
        from irosurvey.tables.adapters import to_gptable

        return to_gptable(self)

    def view(self) -> GridView:
        """The table laid out for reading."""
        legend = [f"[{mark}] {SHORTHAND[mark]}." for mark in self.marks]
        return GridView(
            title=str(self.title),
            above=[*([MADE_UP] if self.synthetic else []), *self.remarks],
            stub=self.stub,
            headers=[(*column.spanners, column.heading) for column in self.columns],
            labels=[row.labels for row in self.rows],
            cells=[
                tuple(
                    cell.shown(column.decimals)
                    for cell, column in zip(row.cells, self.columns, strict=True)
                )
                for row in self.rows
            ],
            totals=[row.total for row in self.rows],
            notes=[*legend, *([f"Source: {self.source}"] if self.source else [])],
            texts=[column.unit == "text" for column in self.columns],
        )

    def __repr__(self) -> str:
        return grid_text(self.view())

    def _repr_html_(self) -> str:
        return grid_html(self.view())


@dataclass(frozen=True)
class Contact:
    """Whom a reader may ask; texts, not links."""

    name: str = ""
    email: str = ""
    telephone: str = ""


@dataclass(frozen=True, repr=False)
class Release:
    """Tables that are published together, and what a reader must know of them.

    Attributes
    ----------
    title
        Of the release.
    tables
        In their order.
    notes
        All notes, from 1.
    about
        Paragraphs for the cover: what this is, who was asked, how it was weighted.
    publisher
        The organisation, also the author that files name.
    contact, published, next_update, version
        For the cover; what is left out isn't shown.
    language
        Of the texts, as BCP 47 has it.
    policy
        Every field of the policy, by name.
    provenance
        What makes it reproducible: library version, hashes of input files, design, weights, seed,
        command. No time of writing: same input, same bytes.
    balance
        Rows and weight: read, filtered, missing by reason, outside the domain, used.
    synthetic
        Whether made-up answers are behind any of the tables.
    """

    title: str
    tables: tuple[PublishedTable, ...]
    notes: tuple[Note, ...] = ()
    about: tuple[str, ...] = ()
    publisher: str = ""
    contact: Contact = field(default_factory=Contact)
    published: date | None = None
    next_update: str = ""
    version: str = ""
    language: str = "en-GB"
    policy: Mapping[str, object] = field(default_factory=dict)
    provenance: Mapping[str, str] = field(default_factory=dict)
    balance: Mapping[str, float] = field(default_factory=dict)
    synthetic: bool = False

    def __iter__(self) -> Iterator[PublishedTable]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)

    def __repr__(self) -> str:
        return "\n\n".join([self.title, *map(repr, self.tables)])

    def _repr_html_(self) -> str:
        return "".join(table._repr_html_() for table in self.tables)
