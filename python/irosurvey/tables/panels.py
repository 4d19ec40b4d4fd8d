"""Panels: blocks with every statistic in a column of its own, put side by side or stacked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from irosurvey._complaint import complaint
from irosurvey.errors import ArgumentError
from irosurvey.result import Choice
from irosurvey.tables.blocks import TOTAL, Block, Item, Line, Question
from irosurvey.tables.facts import Category, Fact
from irosurvey.tables.measures import Measure
from irosurvey.tables.published import Kind, Unit

__all__ = ["KINDS", "Cell", "Panel", "TableColumn", "beside", "kinds_of", "panel_of", "stacked"]

KINDS: tuple[Kind, ...] = (
    "estimate",
    "lower",
    "upper",
    "se",
    "cv",
    "base",
    "weighted_base",
    "effective_n",
    "df",
)
"""What a table can show of an estimate, in the order of its columns."""

_ALIASES: Mapping[str, tuple[Kind, ...]] = {
    "ci": ("lower", "upper"),
    "interval": ("lower", "upper"),
    "limits": ("lower", "upper"),
    "n": ("base",),
    "weighted_n": ("weighted_base",),
}


@dataclass(frozen=True)
class TableColumn:
    """A column of numbers of a table, before anything is hidden or rounded.

    Attributes
    ----------
    spanners
        Headers above it, outermost first.
    heading
        Its own header.
    kind
        Which number of its facts it shows.
    unit
        What it counts.
    decimals
        How many are wanted; ``None``: as the policy has it.
    total
        Whether it is a margin.
    where
        Columns of data and codes that all its cells have in common.
    """

    spanners: tuple[str, ...]
    heading: str
    kind: Kind
    unit: Unit
    decimals: int | None = None
    total: bool = False
    where: tuple[tuple[str, Category], ...] = ()

    @property
    def name(self) -> str:
        """The header where there is one header row only."""
        return ": ".join([*self.spanners, self.heading])


@dataclass(frozen=True)
class Cell:
    """Where a row and a column meet: an estimate, and letters if the column is one of letters.

    Attributes
    ----------
    fact
        The estimate.
    letters
        Letters of the columns that it is significantly higher than.
    others
        By letter, the facts that it was compared with.
    """

    fact: Fact
    letters: tuple[str, ...] = ()
    others: tuple[tuple[str, Fact], ...] = ()


@dataclass(frozen=True)
class Panel:
    """Lines by columns, a cell where both meet.

    Attributes
    ----------
    name
        Its heading beside other panels, or the title of its rows among other rows.
    stub, stub_names
        As of `Block`.
    lines, columns
        Rows and columns.
    cells
        ``cells[line][column]``; ``None`` where there is nothing.
    remarks, level, source, choices, divided, measures
        As of `Block`.
    methods
        How intervals are made, by what they are of.
    """

    name: str
    stub: tuple[str, ...]
    stub_names: tuple[str, ...]
    lines: tuple[Line, ...]
    columns: tuple[TableColumn, ...]
    cells: tuple[tuple[Cell | None, ...], ...]
    remarks: tuple[str, ...] = ()
    statistics: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    level: float = 0.95
    source: str = ""
    questions: tuple[Question, ...] = ()
    choices: tuple[Choice, ...] = ()
    methods: tuple[tuple[str, str], ...] = ()
    divided: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()

    @property
    def words(self) -> frozenset[str]:
        """Every header and label of a row, each by itself."""
        headers = (text for column in self.columns for text in (*column.spanners, column.heading))
        labels = (text for line in self.lines for text in line.labels)
        return frozenset((*self.stub, *headers, *labels))

    def about_limits(self) -> list[str]:
        """How intervals are made, where limits are shown."""
        if not any(column.kind in ("lower", "upper") for column in self.columns):
            return []
        by_method: dict[str, list[str]] = {}
        for statistic, method in self.methods:
            by_method.setdefault(method, []).append(statistic)
        several = len(by_method) > 1
        how = "; ".join(
            f"{' and '.join(dict.fromkeys(names))}: {method}" if several else f"method: {method}"
            for method, names in by_method.items()
        )
        about = f" ({how})" if how else ""
        return [f"Limits are those of {100 * self.level:g}% confidence intervals{about}."]


def kinds_of(statistics: Sequence[str] | str) -> tuple[Kind, ...]:
    """Which numbers of an estimate are wanted, in the order in which they were named."""
    named = [statistics] if isinstance(statistics, str) else list(statistics)
    found: list[Kind] = []
    for name in named:
        if name in KINDS:
            found.append(name)
        elif name in _ALIASES:
            found.extend(_ALIASES[name])
        else:
            raise complaint(
                ArgumentError,
                "statistics",
                expected="some of " + ", ".join(KINDS),
                found=repr(name),
                name=str(name),
                existing=[*KINDS, *_ALIASES],
            )
    if not found:
        raise complaint(ArgumentError, "statistics", expected="at least one", found="none")
    return tuple(dict.fromkeys(found))


# ---- one block ----


def panel_of(block: Block, kinds: Sequence[Kind]) -> Panel:
    """A block with a column for each statistic of each item; bases that are common come last."""
    shared = [kind for kind in kinds if kind in ("base", "weighted_base") and _is_shared(block)]
    own = [kind for kind in kinds if kind not in shared]
    columns: list[TableColumn] = []
    cells: list[list[Cell | None]] = [[] for _ in block.lines]
    for place, item in enumerate(block.items):
        for kind in own:
            columns.append(_column(block, item, place, kind))
            for row, facts in zip(cells, block.facts, strict=True):
                row.append(_cell(facts[place]))
        if block.letters and item.letter:
            columns.append(
                TableColumn(
                    item.spanners,
                    "Significantly higher than",
                    "significance",
                    "text",
                    where=item.where,
                )
            )
            for line, row in enumerate(cells):
                row.append(_letters(block, line, place))
    for kind in shared:
        columns.append(
            TableColumn((), _heading(block, block.items[0], kind), kind, "count", total=True)
        )
        for row, facts in zip(cells, block.facts, strict=True):
            row.append(_cell(next((fact for fact in facts if fact is not None), None)))
    return Panel(
        name=block.name,
        stub=block.stub,
        stub_names=block.stub_names,
        lines=block.lines,
        columns=tuple(columns),
        cells=tuple(map(tuple, cells)),
        remarks=block.remarks,
        methods=tuple((block.statistic, method) for method in block.methods),
        choices=block.choices,
        statistics=(block.statistic,),
        subjects=(block.subject,),
        level=block.level,
        source=block.source,
        questions=block.questions,
        divided=block.divided,
        measures=block.measures,
    )


def _is_shared(block: Block) -> bool:
    """Whether every row has one base, whichever item is looked at."""
    if len(block.items) < 2:
        return False
    return all(
        len({fact.base_key for fact in facts if fact is not None}) <= 1 for facts in block.facts
    )


def _cell(fact: Fact | None) -> Cell | None:
    return None if fact is None else Cell(fact)


def _letters(block: Block, line: int, place: int) -> Cell | None:
    fact = block.facts[line][place]
    if fact is None:
        return None
    marks = block.letters[line][place]
    named = {item.letter: other for other, item in enumerate(block.items) if item.letter}
    # Letters of one sign each stand side by side; of two signs, a space apart.
    letters = marks.split(" ") if " " in marks else ([marks] if marks in named else list(marks))
    others = [(one, block.facts[line][named[one]]) for one in letters if one in named]
    return Cell(fact, tuple(letters), tuple((one, other) for one, other in others if other))


def _column(block: Block, item: Item, place: int, kind: Kind) -> TableColumn:
    facts = [row[place] for row in block.facts if row[place] is not None]
    unit: Unit = facts[0].unit if facts and facts[0] is not None else "other"
    if kind == "cv":
        unit = "percent"
    elif kind in ("base", "weighted_base", "effective_n"):
        unit = "count"
    elif kind == "df":
        unit = "other"
    return TableColumn(
        spanners=item.spanners,
        heading=_heading(block, item, kind),
        kind=kind,
        unit=unit,
        decimals=block.decimals if kind in ("estimate", "lower", "upper") else None,
        total=item.total,
        where=item.where,
    )


def _heading(block: Block, item: Item, kind: Kind) -> str:
    if kind == "estimate":
        return item.heading
    counts = any(fact and fact.scale == "count" for row in block.facts for fact in row)
    return {
        "lower": f"Lower {100 * block.level:g}% limit",
        "upper": f"Upper {100 * block.level:g}% limit",
        "se": "Standard error",
        "cv": "Coefficient of variation (%)",
        "base": "Unweighted count" if counts else "Unweighted base",
        "weighted_base": "Weighted base",
        "effective_n": "Effective sample size",
        "df": "Degrees of freedom",
        "significance": "Significantly higher than",
    }[kind]


# ---- several ----


def beside(panels: Sequence[Panel]) -> Panel:
    """Panels of the same rows side by side; a row that one of them lacks is empty there."""
    if len(panels) == 1:
        return panels[0]
    first = panels[0]
    for panel in panels[1:]:
        if len(panel.stub) != len(first.stub):
            raise complaint(
                ArgumentError,
                "results side by side",
                expected=f"rows by {', '.join(first.stub)}",
                found=f"rows by {', '.join(panel.stub)}",
                remedy='Stack them: arrange="rows".',
            )
    panels = _common_totals(panels)
    lines: dict[tuple[tuple[str, ...], bool], Line] = {}
    for panel in panels:
        for line in panel.lines:
            lines.setdefault((line.labels, line.total), line)
    ordered = sorted(lines.values(), key=lambda line: line.total)
    columns = [_named(column, panel, panels) for panel in panels for column in panel.columns]
    rows = []
    for line in ordered:
        row: list[Cell | None] = []
        for panel in panels:
            places = {(own.labels, own.total): place for place, own in enumerate(panel.lines)}
            place = places.get((line.labels, line.total))
            row.extend([None] * len(panel.columns) if place is None else panel.cells[place])
        rows.append(tuple(row))
    return replace(
        _joined(panels),
        name=first.name,
        stub=first.stub,
        stub_names=first.stub_names,
        lines=tuple(ordered),
        columns=tuple(columns),
        cells=tuple(rows),
    )


def _named(column: TableColumn, panel: Panel, panels: Sequence[Panel]) -> TableColumn:
    """The panel's name above its columns, save above a total that all panels have."""
    names = {one.name for one in panels}
    if len(names) == 1 or not panel.name or column.spanners == (TOTAL,):
        return column
    return replace(column, spanners=(panel.name, *column.spanners))


def _common_totals(panels: Sequence[Panel]) -> list[Panel]:
    """Total columns of the same people once, at the end."""
    totals = [_total_places(panel) for panel in panels]
    if not all(totals):
        return list(panels)
    keys = {
        tuple(tuple(_identity(row[place]) for place in places) for row in panel.cells)
        for panel, places in zip(panels, totals, strict=True)
    }
    if len(keys) != 1:
        return [_with_own_total(panel) for panel in panels]
    kept = [_without(panel, places) for panel, places in zip(panels[:-1], totals, strict=False)]
    return [*kept, panels[-1]]


def _total_places(panel: Panel) -> list[int]:
    return [
        place
        for place, column in enumerate(panel.columns)
        if column.total and column.spanners == (TOTAL,)
    ]


def _with_own_total(panel: Panel) -> Panel:
    """Totals of different people keep their panel's name."""
    return replace(
        panel,
        columns=tuple(
            replace(column, spanners=("All who answered",))
            if column.spanners == (TOTAL,)
            else column
            for column in panel.columns
        ),
    )


def _identity(cell: Cell | None) -> object:
    return None if cell is None else (cell.fact.base_key, cell.fact.part_key)


def _without(panel: Panel, places: Sequence[int]) -> Panel:
    kept = [place for place in range(len(panel.columns)) if place not in places]
    return replace(
        panel,
        columns=tuple(panel.columns[place] for place in kept),
        cells=tuple(tuple(row[place] for place in kept) for row in panel.cells),
    )


def stacked(panels: Sequence[Panel]) -> Panel:
    """Panels one below the other; columns of the same header are one column."""
    if len(panels) == 1:
        return panels[0]
    same_stub = len({panel.stub for panel in panels}) == 1
    # Rows of the same groups can be told apart by what they are of alone.
    named = same_stub and len({panel.name for panel in panels}) > 1
    # The outermost header differs where each panel is about something else.
    columns: dict[tuple[str, str], TableColumn] = {}
    for panel in panels:
        for column in panel.columns:
            columns.setdefault((column.name, column.kind), column)
    lines: list[Line] = []
    rows: list[tuple[Cell | None, ...]] = []
    for panel in panels:
        places = {(column.name, column.kind): at for at, column in enumerate(panel.columns)}
        for line, cells in zip(panel.lines, panel.cells, strict=True):
            if named:
                line = replace(line, labels=(panel.name, *line.labels))
            lines.append(line if same_stub else _with_group(line, panel))
            rows.append(tuple(cells[places[key]] if key in places else None for key in columns))
    order = _without_twins(lines, rows)
    return replace(
        _joined(panels),
        name=panels[0].name,
        stub=(("Measure",) * named + panels[0].stub) if same_stub else ("Breakdown", "Group"),
        stub_names=(("",) * named + panels[0].stub_names) if same_stub else ("", ""),
        lines=tuple(lines[place] for place in order),
        columns=tuple(columns.values()),
        cells=tuple(rows[place] for place in order),
    )


def _with_group(line: Line, panel: Panel) -> Line:
    return replace(line, labels=(", ".join(panel.stub), ", ".join(filter(None, line.labels))))


def _without_twins(lines: list[Line], rows: list[tuple[Cell | None, ...]]) -> list[int]:
    """Rows in their order, totals last; totals of the same people once, as everybody."""
    totals: dict[tuple[object, ...], int] = {}
    for place, line in enumerate(lines):
        if line.total:
            totals.setdefault(tuple(map(_identity, rows[place])), place)
    if len(totals) == 1:
        place = next(iter(totals.values()))
        lines[place] = replace(lines[place], labels=("All", *lines[place].labels[1:]))
    return [place for place, line in enumerate(lines) if not line.total] + list(totals.values())


def _joined(panels: Sequence[Panel]) -> Panel:
    """What the parts say, once."""
    first = panels[0]
    levels = {panel.level for panel in panels}
    if len(levels) > 1:
        raise complaint(
            ArgumentError,
            "results of one table",
            expected="one confidence level",
            found=", ".join(f"{level:g}" for level in sorted(levels)),
        )
    return replace(
        first,
        remarks=tuple(dict.fromkeys(text for panel in panels for text in panel.remarks)),
        statistics=tuple(dict.fromkeys(text for panel in panels for text in panel.statistics)),
        subjects=tuple(dict.fromkeys(text for panel in panels for text in panel.subjects)),
        source="; ".join(dict.fromkeys(panel.source for panel in panels if panel.source)),
        questions=tuple(one for panel in panels for one in panel.questions),
        choices=tuple(dict.fromkeys(one for panel in panels for one in panel.choices)),
        methods=tuple(dict.fromkeys(one for panel in panels for one in panel.methods)),
        divided=tuple(dict.fromkeys(one for panel in panels for one in panel.divided)),
        measures=_measures_by_panel(panels),
    )


def _measures_by_panel(panels: Sequence[Panel]) -> tuple[Measure, ...]:
    """What the parts' figures are of; of parts with names of their own, by name."""
    several = len({panel.name for panel in panels}) > 1
    found = (
        one if not several or f'"{panel.name}"' in one.sentence else one.of_part(panel.name)
        for panel in panels
        for one in panel.measures
    )
    return tuple(dict.fromkeys(found))
