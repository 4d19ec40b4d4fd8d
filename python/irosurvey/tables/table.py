"""One table: estimates in rows and columns, unrounded, with everything that a policy needs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict

from irosurvey._complaint import complaint
from irosurvey.crosstab import ColumnComparison, CrossTab, Percent
from irosurvey.errors import ArgumentError
from irosurvey.layout import number
from irosurvey.origin import Origin
from irosurvey.result import Estimate
from irosurvey.tables.block_making import Result, block_of
from irosurvey.tables.blocks import Block, Line, Question
from irosurvey.tables.lettering import run_on
from irosurvey.tables.measures import figures_are_of
from irosurvey.tables.panels import (
    Cell,
    Panel,
    TableColumn,
    beside,
    kinds_of,
    panel_of,
    stacked,
)
from irosurvey.tables.places import NAME_OF_TABLE, is_name_of_table
from irosurvey.tables.policy import Policy, policy_of
from irosurvey.tables.published import MADE_UP, Kind, PublishedTable, TitleParts, Unit
from irosurvey.tables.view import GridView, grid_html, grid_text

if TYPE_CHECKING:
    import pandas as pd

    from irosurvey.tables.balance import Balance
    from irosurvey.tables.check import CheckReport

__all__ = ["Arrange", "Table"]

Arrange: TypeAlias = Literal["auto", "columns", "rows"]
Part: TypeAlias = "Result | Block"

_MOST_TEXT_ROWS = 60
_MOST_HTML_ROWS = 200


class Table:
    """Estimates and cross-tabs laid out as one table.

    It is built from results, never from formatted text, and holds unrounded numbers. What of them
    may be seen, and how, a :class:`Policy` decides: :meth:`publish`, or :func:`irosurvey.release`
    for several tables together.

    Parameters
    ----------
    results
        An :class:`Estimate` or a :class:`CrossTab`, or several: a list, or a mapping from headings.
        Of an estimate with groups the groups are rows; of one without, the statistics; of a
        cross-tab its rows. Of lists within a list, each is set side by side, and one below the
        other. Results may also be :func:`irosurvey.tables.block`: a result with how it
        is to be shown.
    title
        A title, or its parts.
    statistics
        Which numbers of each estimate: ``"estimate"``, ``"lower"``, ``"upper"`` (``"ci"``: both),
        ``"se"``, ``"cv"``, ``"base"`` (unweighted), ``"weighted_base"``, ``"effective_n"``,
        ``"df"``. A base that a whole row has is shown once, in the last column.
    percent
        Which numbers of cross-tabs: shares of the ``"row"``, the ``"column"`` or the ``"total"``,
        or the ``"count"``.
    letters
        Of cross-tabs with ``percent="column"``: letters that say which columns a share is
        significantly higher than; true, or what :meth:`CrossTab.compare_columns` gave.
    total
        Of an estimate with groups: the same estimate without groups, for the last row. Of several,
        a list with ``None`` where there is none.
    arrange
        Several results side by side as ``"columns"`` (banners), or one below the other as
        ``"rows"``. ``"auto"``: side by side if their rows are the same groups.
    name
        What files call it: letters, digits and underscores.
    population, area, period
        Parts of the title: who was asked, where, when.
    notes
        Sentences that are numbered below the release's tables.
    remarks
        Sentences above the table, beside those on what its figures are of.
    source
        Where the figures come from; the data's own label if not said.
    sample
        Whose answers these are, where two sets of data with neither label nor size of their own
        stand in one release.
    decimals
        How many decimals estimates are shown with, if fewer than the policy allows.
    authority
        Columns of data that say in which local authority somebody is, beside those that the policy
        names.
    group_population
        How many people there are to choose among in each row by authority: a number, or one for
        each label. Policies refuse rows of few.
    ordered
        Whether the order of rows means something.
    chart
        The kind of chart that goes with it.
    synthetic
        Whether the answers are made up; outputs then say so. They are if the data's label says
        ``SYNTHETIC``.
    policy
        If given, the table shows itself as this policy lets it be seen, in notebooks, too.

    Examples
    --------
    >>> import irosurvey
    >>> data = {
    ...     "region": ["North"] * 60 + ["South"] * 40,
    ...     "met": ["yes"] * 45 + ["no"] * 15 + ["yes"] * 20 + ["no"] * 20,
    ... }
    >>> design = irosurvey.Design(data)
    >>> table = irosurvey.Table(
    ...     design.crosstab("region", "met"), title="Plans met", statistics=["estimate", "base"]
    ... )
    >>> table
    Plans met
    Percentages are of each row: of everybody in it who answered "met".
    <BLANKLINE>
                    no         yes
    region  Percentage  Percentage  Unweighted base
    North         25.0        75.0               60
    South         50.0        50.0               40
    Total         35.0        65.0              100
    <BLANKLINE>
    Unrounded, with nothing hidden: publish() says what may be shown.
    """

    def __init__(
        self,
        results: Part | Sequence[Part | Sequence[Part]] | Mapping[str, Part],
        *,
        title: str | TitleParts = "",
        statistics: Sequence[str] | str = ("estimate", "lower", "upper", "base"),
        percent: Percent = "row",
        letters: ColumnComparison | bool = False,
        total: Result | Sequence[Result | None] | None = None,
        arrange: Arrange = "auto",
        name: str = "",
        population: str = "",
        area: str = "",
        period: str = "",
        notes: Sequence[str] = (),
        remarks: Sequence[str] = (),
        source: str = "",
        sample: str = "",
        decimals: int | None = None,
        authority: Sequence[str] | str = (),
        group_population: int | Mapping[str, int] | None = None,
        ordered: bool = True,
        chart: str = "",
        synthetic: bool = False,
        policy: Policy | str | None = None,
    ) -> None:
        how: _How = {
            "kinds": kinds_of(statistics),
            "percent": percent,
            "letters": letters,
            "sample": sample,
            "decimals": decimals,
        }
        panel = _laid_out(results, total, arrange, how)
        titled = _title(title, panel, population, area, period)
        figures = figures_are_of(panel.measures, titled, panel.words)
        self._set(
            panel,
            title=titled,
            name=name,
            notes=tuple(notes),
            figures=figures,
            remarks=(*figures, *panel.remarks, *panel.about_limits(), *remarks),
            source=source or panel.source,
            authority=(authority,) if isinstance(authority, str) else tuple(authority),
            group_population=group_population,
            ordered=ordered,
            chart=chart,
            synthetic=synthetic or "SYNTHETIC" in panel.source,
            policy=None if policy is None else policy_of(policy),
        )

    def _set(
        self,
        panel: Panel,
        *,
        title: TitleParts,
        name: str,
        notes: tuple[str, ...],
        figures: tuple[str, ...],
        remarks: tuple[str, ...],
        source: str,
        authority: tuple[str, ...],
        group_population: int | Mapping[str, int] | None,
        ordered: bool,
        chart: str,
        synthetic: bool,
        policy: Policy | None,
    ) -> None:
        _check_name(name)
        self._panel = panel
        self.title = title
        self.name = name
        self.notes = notes
        self.figures = figures
        self.remarks = remarks
        self.source = source
        self.authority = authority
        self.group_population = group_population
        self.ordered = ordered
        self.chart = chart
        self.synthetic = synthetic
        self.policy = policy
        self._seen: tuple[Policy, PublishedTable] | None = None

    # ---- what is in it ----

    @property
    def stub(self) -> tuple[str, ...]:
        """Titles of the columns of labels."""
        return self._panel.stub

    @property
    def lines(self) -> tuple[Line, ...]:
        """Rows: labels, and whether they are totals."""
        return self._panel.lines

    @property
    def columns(self) -> tuple[TableColumn, ...]:
        """Columns of numbers."""
        return self._panel.columns

    @property
    def cells(self) -> tuple[tuple[Cell | None, ...], ...]:
        """``cells[row][column]``: the estimate there, unrounded; ``None`` where there is none."""
        return self._panel.cells

    @property
    def level(self) -> float:
        """Confidence level of the limits."""
        return self._panel.level

    @property
    def panel(self) -> Panel:
        """Rows, columns and cells as the release works on them."""
        return self._panel

    @property
    def questions(self) -> tuple[Question, ...]:
        """What was asked of data that are at hand, each question once."""
        found = {}
        for one in self._panel.questions:
            if isinstance(one.origin, Origin):
                found[one.origin.population, one.origin.domain, one.variables] = one
        return tuple(found.values())

    def __len__(self) -> int:
        return len(self._panel.lines)

    def value(self, row: int, column: int) -> float:
        """An unrounded number, percentages 0-100; NaN where there is none."""
        cell = self._panel.cells[row][column]
        kind = self._panel.columns[column].kind
        return math.nan if cell is None or kind == "significance" else cell.fact.number(kind)

    def balances(self, *, filtered: Any = None) -> tuple[Balance, ...]:
        """What became of the rows of every question behind the table.

        Parameters
        ----------
        filtered
            Rows left out before the design was declared (:class:`irosurvey.tables.Size`).

        Returns
        -------
        tuple of Balance
            One for each question whose data are at hand; none of a result that was pickled.

        Raises
        ------
        NumericalError
            If rows or weights don't add up, or a result rests on other rows than those that are
            left.
        """
        from irosurvey.tables.balance import Balance

        found = []
        for question in self.questions:
            assert isinstance(question.origin, Origin)
            rows = question.origin.rows_used(question.variables)
            found.append(Balance.of(rows, used=question.used, filtered=filtered))
        return tuple(found)

    # ---- what may be seen of it ----

    def publish(self, policy: Policy | str = "dfe") -> PublishedTable:
        """The table as a policy lets it be seen.

        Parameters
        ----------
        policy
            A policy, or the name of a preset. Tables that are published together belong in one
            :func:`irosurvey.release`: what one hides another could give away.

        Returns
        -------
        PublishedTable

        Raises
        ------
        ArgumentError
            If the policy needs what isn't known: unweighted counts behind shares.
        """
        from irosurvey.tables.release import release

        return release([self], policy=policy).published.tables[0]

    def check(
        self, policy: Policy | str | None = None, format: str = "xlsx", **about: Any
    ) -> CheckReport:
        """Every rule of accessibility, disclosure and safety, with pass or fail.

        The table is published, written as a file that is gone afterwards, and read back. Of files
        that you keep it is :meth:`irosurvey.tables.ReleaseResult.check`.

        Parameters
        ----------
        policy
            A policy, or the name of a preset; by default the table's own, else ``"dfe"``.
        format
            One of ``"xlsx"``, ``"ods"``, ``"html"``, ``"csv"``, ``"json"``, ``"markdown"``,
            ``"word"``, ``"ees"``.
        **about
            What :func:`irosurvey.release` is told besides. Some rules ask for it: a file without a
            `publisher` has no author.

        Returns
        -------
        CheckReport
            A check for each rule; shows itself as a list, and ``["author"]`` is one of them.

        Raises
        ------
        ArgumentError
            If there is no such format, it can't hold the table, or the policy needs what isn't
            known.

        Examples
        --------
        >>> import irosurvey
        >>> data = {"region": ["North"] * 60 + ["South"] * 40, "met": [1, 0] * 50}
        >>> table = irosurvey.Table(irosurvey.Design(data).crosstab("region", "met"))
        >>> report = table.check("none", publisher="A department")
        >>> report.passed, report["marked-up"].passed
        (True, True)
        >>> [check.rule.id for check in table.check("none", format="html").failures]
        ['author', 'title-parts', 'contact']
        """
        from irosurvey.tables.release import release

        own = policy or self.policy or "dfe"
        return release([self], own, **about).check(format=format)

    def with_policy(self, policy: Policy | str | None) -> Table:
        """The same table, which shows itself as this policy lets it be seen."""
        changed = object.__new__(Table)
        changed.__dict__.update(self.__dict__)
        changed.policy = None if policy is None else policy_of(policy)
        return changed

    def _shown(self) -> PublishedTable | None:
        """The table as its policy lets it be seen; worked out once."""
        if self.policy is None:
            return None
        if self._seen is None or self._seen[0] != self.policy:
            self._seen = self.policy, self.publish(self.policy)
        return self._seen[1]

    # ---- as other things ----

    def to_gt(self, policy: Policy | str | None = None) -> Any:
        """What may be seen of the table, as a `great_tables.GT`: for HTML, PDF, pictures, LaTeX.

        Parameters
        ----------
        policy
            A policy, or the name of a preset; by default the table's own, else ``"dfe"``.

        Returns
        -------
        great_tables.GT
            As :func:`irosurvey.tables.adapters.to_gt` makes it.

        Raises
        ------
        IrosurveyError
            great_tables isn't installed: ``pip install irosurvey[gt]``.
        """
        return self._published(policy).to_gt()

    def to_gptable(self, policy: Policy | str | None = None) -> Any:
        """What may be seen of the table, as a `gptables.GPTable`: for workbooks.

        Parameters
        ----------
        policy
            A policy, or the name of a preset; by default the table's own, else ``"dfe"``.

        Returns
        -------
        gptables.GPTable
            As :func:`irosurvey.tables.adapters.to_gptable` makes it.

        Raises
        ------
        IrosurveyError
            gptables isn't installed (``pip install irosurvey[gptables]``), or the table has more
            than three stub columns.
        """
        return self._published(policy).to_gptable()

    def _published(self, policy: Policy | str | None) -> PublishedTable:
        if policy is not None:
            return self.publish(policy)
        return self._shown() or self.publish()

    def to_pandas(self) -> pd.DataFrame:
        """The table as a pandas data frame: labels, then a column for each column of numbers.

        Of a table with a policy: what is published, marks as texts (``"[c]"``).
        """
        import pandas

        shown = self._shown()
        if shown is not None:
            return shown.to_pandas()
        labels = {
            title: [line.labels[place] for line in self.lines]
            for place, title in enumerate(self.stub)
        }
        numbers: dict[str, list[Any]] = {}
        for place, column in enumerate(self.columns):
            if column.kind == "significance":
                numbers[column.name] = [
                    "" if row[place] is None else " ".join(row[place].letters)  # type: ignore[union-attr]
                    for row in self.cells
                ]
            else:
                numbers[column.name] = [self.value(row, place) for row in range(len(self))]
        return pandas.DataFrame({**labels, **numbers})

    def view(self, most_rows: int = _MOST_TEXT_ROWS) -> GridView:
        """The table laid out for reading, nothing hidden."""
        rows = range(min(most_rows, len(self)))
        notes = [*self.notes]
        if len(rows) < len(self):
            notes.append(f"… and {len(self) - len(rows)} more rows: see to_pandas().")
        notes.append("Unrounded, with nothing hidden: publish() says what may be shown.")
        return GridView(
            title=str(self.title),
            above=[*([MADE_UP] if self.synthetic else []), *self.remarks],
            stub=self.stub,
            headers=[(*column.spanners, column.heading) for column in self.columns],
            labels=[self.lines[row].labels for row in rows],
            cells=[
                tuple(self._text(row, place) for place in range(len(self.columns))) for row in rows
            ],
            totals=[self.lines[row].total for row in rows],
            notes=notes,
            texts=[column.unit == "text" for column in self.columns],
        )

    def _text(self, row: int, place: int) -> str:
        column, cell = self.columns[place], self.cells[row][place]
        if cell is None:
            return ""
        if column.kind == "significance":
            return " ".join(cell.letters)
        decimals = _READ_WITH.get(column.unit) if column.decimals is None else column.decimals
        return number(self.value(row, place), decimals)

    def __repr__(self) -> str:
        shown = self._shown()
        return grid_text(self.view()) if shown is None else repr(shown)

    def _repr_html_(self) -> str:
        shown = self._shown()
        return grid_html(self.view(_MOST_HTML_ROWS)) if shown is None else shown._repr_html_()


_READ_WITH: Mapping[Unit, int] = {"percent": 1, "count": 0, "rate": 1}


class _How(TypedDict):
    """What is the same for all results of a table."""

    kinds: tuple[Kind, ...]
    percent: Percent
    letters: ColumnComparison | bool
    sample: str
    decimals: int | None


def _laid_out(results: Any, total: Any, arrange: Arrange, how: _How) -> Panel:
    """Results as one panel; of lists within a list, each is side by side, one below the other."""
    parts = _parts(results)
    nested = [isinstance(part, Sequence | Mapping) for _, part in parts]
    if any(nested):
        if total is not None:
            raise complaint(
                ArgumentError,
                "total",
                expected="blocks with their totals, in lists within a list",
                found="total",
                remedy="irosurvey.tables.block(estimate, total=…).",
            )
        inner = [
            _laid_out(part if is_list else {name: part}, None, "columns", how)
            for (name, part), is_list in zip(parts, nested, strict=True)
        ]
        return stacked(inner)
    blocks = [
        _block(heading, part, own, how)
        for (heading, part), own in zip(parts, _totals(total, len(parts)), strict=True)
    ]
    return _arranged(blocks, arrange, how["kinds"])


def _block(heading: str, part: Any, total: Result | None, how: _How) -> Block:
    if isinstance(part, Block):
        return replace(part, name=heading) if heading else part
    # Means beside cross-tabs have no columns to compare.
    letters = how["letters"] if isinstance(part, CrossTab) else False
    return block_of(
        part,
        name=heading,
        percent=how["percent"],
        letters=letters,
        total=total,
        sample=how["sample"],
        decimals=how["decimals"],
    )


def _parts(results: Any) -> list[tuple[str, Any]]:
    """What was given, with its headings."""
    if isinstance(results, Mapping):
        named = [(str(name), one) for name, one in results.items()]
    elif isinstance(results, Sequence) and not isinstance(results, str):
        named = [("", one) for one in results]
    else:
        named = [("", results)]
    if not named:
        raise complaint(ArgumentError, "results", expected="at least one", found="none")
    for _, one in named:
        fits = isinstance(one, Estimate | CrossTab | Block | Sequence | Mapping)
        if not fits or isinstance(one, str):
            raise complaint(
                ArgumentError,
                "results",
                expected="estimates and cross-tabs",
                found=type(one).__name__,
            )
    return named


def _totals(total: Any, parts: int) -> list[Result | None]:
    if total is None or isinstance(total, Estimate | CrossTab):
        several: list[Result | None] = [total] * parts if parts == 1 or total is None else [total]
    else:
        several = list(total)
    if len(several) != parts:
        raise complaint(
            ArgumentError,
            "total",
            expected=f"one for each of {parts} results, None where there is none",
            found=str(len(several)),
        )
    return several


def _arranged(blocks: Sequence[Block], arrange: Arrange, kinds: Sequence[Kind]) -> Panel:
    if arrange not in ("auto", "columns", "rows"):
        raise complaint(
            ArgumentError, "arrange", expected='"auto", "columns" or "rows"', found=repr(arrange)
        )
    if arrange == "auto":
        stubs = {block.stub_names for block in blocks}
        arrange = "columns" if len(stubs) == 1 and any(next(iter(stubs))) else "rows"
    if arrange == "columns":
        return beside([panel_of(block, kinds) for block in run_on(blocks)])
    return stacked([panel_of(block, kinds) for block in blocks])


def _title(
    title: str | TitleParts, panel: Panel, population: str, area: str, period: str
) -> TitleParts:
    if isinstance(title, TitleParts):
        return title
    if title:
        return TitleParts(title, "", population, area, period)
    return TitleParts(
        subject=_subject(panel),
        statistic=" and ".join(filter(None, panel.statistics)),
        population=population,
        area=area,
        period=period,
    )


def _subject(panel: Panel) -> str:
    """What the table is about; of many parts the first two."""
    named = [subject for subject in panel.subjects if subject]
    more = ", and more" if len(named) > 2 else ""
    return "; ".join(named[:2]) + more or "Table"


def _check_name(name: str) -> None:
    if name and not is_name_of_table(name):
        raise complaint(ArgumentError, "name of a table", expected=NAME_OF_TABLE, found=repr(name))
