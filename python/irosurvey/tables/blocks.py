"""Blocks that tables are put together from: one result laid out in rows and columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from irosurvey._complaint import complaint
from irosurvey.crosstab import ColumnComparison, CrossTab, Percent
from irosurvey.crosstab_display import is_constant
from irosurvey.display import by_titles
from irosurvey.errors import ArgumentError
from irosurvey.origin import AnyOrigin, code_text
from irosurvey.result import Choice, Estimate, Level, StatisticInfo
from irosurvey.tables.balance import Size
from irosurvey.tables.facts import Category, CountKey, Fact, Group, facts_of
from irosurvey.tables.published import Unit

__all__ = ["Block", "Item", "Line", "Question", "block_of"]

Result: TypeAlias = Estimate | CrossTab
TOTAL = "Total"


@dataclass(frozen=True)
class Question:
    """Who was asked, and how many answered.

    Attributes
    ----------
    origin
        What was asked.
    variables
        Columns that a row must have answered to be used, groups first.
    used
        Rows, and their weight, that the results say they rest on; ``None``: they don't say it.
    """

    origin: AnyOrigin
    variables: tuple[str, ...]
    used: Size | None


@dataclass(frozen=True)
class Line:
    """A row of a block: its labels, and what it is.

    Attributes
    ----------
    labels
        One for each stub column.
    total
        Whether it is a margin.
    where
        Its columns of data and codes, to find a geography by.
    """

    labels: tuple[str, ...]
    total: bool = False
    where: tuple[tuple[str, Category], ...] = ()


@dataclass(frozen=True)
class Item:
    """What several columns of numbers are about: an answer, a variable.

    Attributes
    ----------
    spanners
        Headers, outermost first.
    heading
        Header of its estimate.
    total
        Whether it is a margin.
    where
        As of `Line`.
    letter
        What significance letters call it.
    """

    spanners: tuple[str, ...]
    heading: str
    total: bool = False
    where: tuple[tuple[str, Category], ...] = ()
    letter: str = ""


@dataclass(frozen=True)
class Block:
    """A result laid out: lines by items, a fact where both meet.

    Attributes
    ----------
    name
        Its heading beside other blocks.
    stub
        Titles of the stub columns.
    stub_names
        The columns of data behind them; "" for none.
    lines, items
        Rows and groups of columns.
    facts
        ``facts[line][item]``; ``None`` where there is nothing.
    letters
        Significance letters, likewise; none if not asked.
    remarks
        What a reader must know: what percentages are of, how intervals are made.
    statistic
        What a title calls the numbers: ``"percentage"``.
    subject
        What a title calls the block.
    level
        Confidence level of the limits.
    source
        The data's own label.
    questions
        What was asked of whom, for the balance of rows.
    choices
        Every named choice that the numbers depend on.
    methods
        How intervals are made.
    decimals
        How many decimals of estimates are wanted; ``None``: as the policy has it.
    """

    name: str
    stub: tuple[str, ...]
    stub_names: tuple[str, ...]
    lines: tuple[Line, ...]
    items: tuple[Item, ...]
    facts: tuple[tuple[Fact | None, ...], ...]
    letters: tuple[tuple[str, ...], ...] = ()
    remarks: tuple[str, ...] = ()
    statistic: str = ""
    subject: str = ""
    level: float = 0.95
    source: str = ""
    questions: tuple[Question, ...] = ()
    choices: tuple[Choice, ...] = ()
    methods: tuple[str, ...] = ()
    decimals: int | None = None


def block_of(
    result: Result,
    *,
    name: str = "",
    percent: Percent = "row",
    letters: ColumnComparison | bool = False,
    total: Result | None = None,
    sample: str = "",
    unit: Unit | None = None,
    scale: float = 1.0,
    heading: str = "",
    decimals: int | None = None,
) -> Block:
    """Lay one result out.

    Parameters
    ----------
    result
        An estimate, or a cross-tab.
    name
        What it is called beside others.
    percent
        Which numbers of a cross-tab.
    letters
        Of a cross-tab's column shares: whether to mark significant differences.
    total
        Of an estimate with groups: the same without groups, for the last row.
    sample
        Whose answers, where the data don't tell samples apart.
    unit, scale, heading, decimals
        What numbers are shown as, what they are multiplied with (1,000 for a rate per 1,000), the
        header of the estimate, and how many decimals.
    """
    if isinstance(result, CrossTab):
        block = _of_crosstab(result, percent, letters, sample)
    elif isinstance(result, Estimate):
        if letters is not False:
            raise complaint(
                ArgumentError,
                "letters",
                expected="a cross-tab with percent='column'",
                found="an estimate",
                remedy="Compare groups of an estimate with result.pairs().",
            )
        block = _of_estimate(result, total, sample)
    else:
        raise complaint(
            ArgumentError,
            "results",
            expected="estimates and cross-tabs",
            found=type(result).__name__,
        )
    block = replace(block, name=name or block.name, decimals=decimals)
    if unit is None and scale == 1.0 and not heading:
        return block
    return _shown_as(block, unit, scale, heading)


def _shown_as(block: Block, unit: Unit | None, scale: float, heading: str) -> Block:
    """Numbers as something else: a rate per 1,000, a count of children."""

    def changed(fact: Fact | None) -> Fact | None:
        if fact is None:
            return None
        return replace(
            fact,
            estimate=scale * fact.estimate,
            lower=scale * fact.lower,
            upper=scale * fact.upper,
            se=abs(scale) * fact.se,
            log_limits=(scale * fact.log_limits[0], scale * fact.log_limits[1]),
            unit=unit or fact.unit,
        )

    if scale != 1.0 and any(fact and fact.is_share for line in block.facts for fact in line):
        raise complaint(
            ArgumentError, "scale", expected="1 of shares, which are percentages", found=str(scale)
        )
    return replace(
        block,
        items=tuple(replace(item, heading=heading or item.heading) for item in block.items),
        facts=tuple(tuple(changed(fact) for fact in line) for line in block.facts),
    )


# ---- cross-tabs ----

_HEADINGS: Mapping[Percent, str] = {
    "row": "Percentage",
    "column": "Percentage",
    "total": "Percentage",
    "count": "Weighted count",
}


def _of_crosstab(
    table: CrossTab, percent: Percent, letters: ColumnComparison | bool, source: str
) -> Block:
    one_way = not table.columns
    if one_way and percent in ("row", "column"):
        percent = "total"
    titles = _titles(table)
    if letters is not False and percent != "column":
        raise complaint(
            ArgumentError,
            "letters",
            expected='percent="column": they compare the shares of columns',
            found=f'percent="{percent}"',
        )
    parts = [_layer(table, one, percent, letters, source) for one in table.tables]
    lines = [line for part in parts for line in part.lines]
    facts = [row for part in parts for row in part.facts]
    marks = [row for part in parts for row in part.letters]
    order = _totals_last(lines)
    plain = percent == "count" and not any(fact and fact.weighted for row in facts for fact in row)
    items, remarks = parts[0].items, parts[0].remarks
    if plain:  # of weights of 1 the counts are those of respondents
        items = tuple(replace(item, heading="Count") for item in items)
        remarks = ()
    by = f" by {_within_sentence(titles[-1])}" if not one_way else ""
    return Block(
        name=titles[-1] if not one_way else titles[-2],
        stub=tuple(titles[:-1]),
        stub_names=(*table.layers, table.rows),
        lines=tuple(lines[place] for place in order),
        items=items,
        facts=tuple(facts[place] for place in order),
        letters=tuple(marks[place] for place in order) if marks else (),
        remarks=remarks,
        statistic=("" if plain else "weighted ") + "count" if percent == "count" else "percentage",
        subject=titles[-2] + by,
        level=table.level,
        source=table.source,
        questions=_questions_of_crosstab(table),
        choices=table.choices,
        methods=_methods(table.estimate(percent)),
    )


def _methods(found: Estimate) -> tuple[str, ...]:
    """How the intervals of the result's own rows are made."""
    every = found.interval_methods
    return tuple(dict.fromkeys(every[int(place)] for place in found.rows["statistic"] if every))


def _within_sentence(title: str) -> str:
    """A title in mid-sentence: ``Region`` is ``region``, ``IRO`` stays what it is."""
    first = title.split(" ")[0]
    return title if first != first.capitalize() else title[:1].lower() + title[1:]


def _questions_of_crosstab(table: CrossTab) -> tuple[Question, ...]:
    if table.origin is None:
        return ()
    names = tuple(name for name in (*table.layers, table.rows, table.columns) if name)
    if table.layer is not None:
        return (Question(table.origin, names, None),)  # the others' rows are used elsewhere
    used = Size(int(np.sum(table.table.n)), float(np.sum(table.table.totals)))
    return (Question(table.origin, names, used),)


def _questions(found: Estimate) -> tuple[Question, ...]:
    """For each variable of a result who was asked, and what the groups' bases add up to."""
    if found.origin is None or found.difference_of or "contrast" in found.by:
        return ()
    every = len({int(cell) for cell in found.rows["cell"]}) == len(found.cells)
    by_place: dict[int, list[int]] = {}
    for row, place in enumerate(found.rows["statistic"]):
        by_place.setdefault(int(place), []).append(row)
    questions: dict[tuple[str, ...], Question] = {}
    for place, rows in by_place.items():
        info = found.statistics[place]
        if info.name == "expression" or info.variable == info.name:
            continue  # each total of an expression has rows of its own
        names = tuple(dict.fromkeys([*found.by, *info.variables]))
        used = Size(int(found.n[rows].sum()), float(found.weighted_n[rows].sum()))
        questions.setdefault(names, Question(found.origin, names, used if every else None))
    return tuple(questions.values())


def _titles(table: CrossTab) -> list[str]:
    """Titles of layers, rows and columns: labels, or names."""
    names = [*table.layers, table.rows, table.columns]
    labels = [*table.titles, *[""] * len(names)][: len(names)]
    return [label or name for label, name in zip(labels, names, strict=True)]


def _totals_last(lines: Sequence[Line]) -> list[int]:
    return sorted(range(len(lines)), key=lambda place: lines[place].total)


def _layer(
    whole: CrossTab,
    table: CrossTab,
    percent: Percent,
    letters: ColumnComparison | bool,
    source: str,
) -> Block:
    """One layer's table."""
    names = [name for name in (*table.layers, table.rows, table.columns) if name]
    group = Group.of(table.origin, source, names)
    layer = () if table.layer is None else table.layer_cells[table.layer]
    above = [
        (name, (code_text(level.value),)) for name, level in zip(whole.layers, layer, strict=True)
    ]
    rows = [*table.row_levels, None]
    columns = [*table.column_levels, None] if table.columns else [None]
    found = table.estimate(percent)
    counts = table.counts
    plain = facts_of(found)
    fixed = is_constant(found)
    n = counts.n.reshape(len(rows), len(columns))
    weights = counts.weighted_n.reshape(len(rows), len(columns))

    def key(row: Level | None, column: Level | None) -> CountKey:
        where = [*above, (table.rows, () if row is None else (code_text(row.value),))]
        if table.columns:
            where.append((table.columns, () if column is None else (code_text(column.value),)))
        return group.key(where)

    def fact(row: int, column: int) -> Fact:
        own = plain[row * len(columns) + column]
        own = replace(own, statistic=f"{table.rows} by {table.columns or 'itself'}")
        here = key(rows[row], columns[column])
        if percent == "count":
            return replace(
                own,
                scale="count",
                unit="count",
                base=int(n[row, column]),
                base_key=here,
                part=-1,
                part_key=None,
                weighted_base=float(weights[row, column]),
            )
        at = {
            "row": (row, len(columns) - 1),
            "column": (len(rows) - 1, column),
            "total": (len(rows) - 1, len(columns) - 1),
        }[percent]
        return replace(
            own,
            scale="share",
            unit="percent",
            base=int(n[at]),
            base_key=key(rows[at[0]], columns[at[1]]),
            part=int(n[row, column]),
            part_key=here,
            weighted_base=float(weights[at]),
            fixed=bool(fixed[row * len(columns) + column]),
        )

    kept_rows = [place for place in range(len(rows)) if rows[place] or percent != "column"]
    kept_columns = [
        place
        for place in range(len(columns))
        if columns[place] or percent != "row" or not table.columns
    ]
    comparison = None
    if letters is not False:
        comparison = table.compare_columns() if letters is True else letters
    marks: tuple[tuple[str, ...], ...] = ()
    if comparison is not None:
        own = comparison.letters
        marks = tuple(
            tuple(own[row][column] if columns[column] else "" for column in kept_columns)
            for row in kept_rows
        )
    return Block(
        name="",
        stub=(),
        stub_names=(),
        lines=tuple(
            Line(
                labels=(*map(str, layer), _label(rows[row])),
                total=rows[row] is None,
                where=_where(above, table.rows, rows[row]),
            )
            for row in kept_rows
        ),
        items=tuple(
            _item(table, columns[column], percent, comparison, column) for column in kept_columns
        ),
        facts=tuple(tuple(fact(row, column) for column in kept_columns) for row in kept_rows),
        letters=marks,
        remarks=_remarks(whole, percent, comparison),
    )


def _label(level: Level | None) -> str:
    return TOTAL if level is None else str(level)


def _where(
    above: Sequence[tuple[str, Category]], name: str, level: Level | None
) -> tuple[tuple[str, Category], ...]:
    return (*above, *([] if level is None else [(name, (code_text(level.value),))]))


def _item(
    table: CrossTab,
    level: Level | None,
    percent: Percent,
    comparison: ColumnComparison | None,
    place: int,
) -> Item:
    letter = comparison.column_letters[place] if comparison is not None and level else ""
    spanner = _label(level) + (f" ({letter})" if letter else "")
    return Item(
        spanners=(spanner,) if table.columns else (),
        heading=_HEADINGS[percent],
        total=level is None,
        where=_where((), table.columns, level) if table.columns else (),
        letter=letter,
    )


def _remarks(
    table: CrossTab, percent: Percent, comparison: ColumnComparison | None
) -> tuple[str, ...]:
    titles = _titles(table)
    of = {
        "row": f'Percentages are of each row: of everybody in it who answered "{titles[-1]}".',
        "column": "Percentages are of each column: "
        f'of everybody in it who answered "{titles[-2]}".',
        "total": "Percentages are of everybody in the table.",
        "count": "Counts are weighted.",
    }[percent]
    found = [of]
    if comparison is not None:
        found.append(
            "Letters name the columns beside it whose percentage is significantly lower "
            f"(p < {comparison.alpha:g}, adjusted over the pairs of a {comparison.family}: "
            f"{comparison.adjust})."
        )
    return tuple(found)


# ---- estimates ----

_HEADING_OF = {
    "mean": "Mean",
    "total": "Total",
    "ratio": "Ratio",
    "variance": "Variance",
    "sd": "Standard deviation",
    "interquartile range": "Interquartile range",
    "geometric mean": "Geometric mean",
    "covariance": "Covariance",
    "correlation": "Correlation",
}


def _of_estimate(found: Estimate, total: Result | None, source: str) -> Block:
    if total is not None and not isinstance(total, Estimate):
        raise complaint(
            ArgumentError,
            "total",
            expected="the same estimate without groups",
            found=type(total).__name__,
        )
    if found.by:
        block = _grouped(found, total, source)
    elif total is not None:
        raise complaint(
            ArgumentError, "total", expected="only beside an estimate with groups", found="without"
        )
    else:
        block = _ungrouped(found, source)
    return replace(
        block,
        level=found.level,
        source=found.source,
        questions=(
            *_questions(found),
            *(_questions(total) if isinstance(total, Estimate) else ()),
        ),
        choices=found.choices,
        methods=_methods(found),
    )


def _heading_of(info: StatisticInfo) -> str:
    if info.of_shares:
        return "Percentage"
    if info.name == "quantile" and info.level is not None:
        prob = float(info.level.value)
        return "Median" if prob == 0.5 else f"{100 * prob:g}th percentile"
    return _HEADING_OF.get(info.name, "Estimate")


def _titled(info: StatisticInfo) -> str:
    """The variable as a reader knows it."""
    return info.label or info.variable


def _statistic_of(found: Estimate) -> str:
    return " and ".join(dict.fromkeys(_heading_of(info).lower() for info in found.statistics))


def _grouped(found: Estimate, total: Estimate | None, source: str) -> Block:
    """Groups in rows, statistics in columns."""
    facts = facts_of(found, source)
    table: dict[int, dict[int, Fact]] = {}
    for fact, row in zip(facts, found.rows, strict=True):
        table.setdefault(int(row["cell"]), {})[int(row["statistic"])] = fact
    kept = sorted({int(place) for place in found.rows["statistic"]})
    lines = [
        Line(
            tuple(map(str, found.cells[cell])),
            where=tuple(
                (name, (code_text(level.value),))
                for name, level in zip(found.by, found.cells[cell], strict=True)
            ),
        )
        for cell in table
    ]
    rows = [tuple(table[cell].get(place) for place in kept) for cell in table]
    if total is not None:
        lines.append(Line((TOTAL,) + ("",) * (len(found.by) - 1), total=True))
        rows.append(tuple(_total_facts(found, total, kept, source)))
    return Block(
        name=_name_of(found),
        stub=tuple(by_titles(found)),
        stub_names=found.by,
        lines=tuple(lines),
        items=_items(found, kept),
        facts=tuple(rows),
        statistic=_statistic_of(found),
        subject=f"{_name_of(found)} by "
        + " and ".join(_within_sentence(title) for title in by_titles(found)),
    )


def _total_facts(
    found: Estimate, total: Estimate, kept: Sequence[int], source: str
) -> list[Fact | None]:
    """The row of totals: the statistics of the groups, matched by what they are."""
    if total.by:
        raise complaint(
            ArgumentError, "total", expected="an estimate without groups", found=f"by {total.by}"
        )

    def name(info: StatisticInfo) -> tuple[object, ...]:
        return info.name, info.variables, info.level

    own = dict(
        zip(
            [name(total.statistics[int(row["statistic"])]) for row in total.rows],
            facts_of(total, source),
            strict=True,
        )
    )
    facts = [own.get(name(found.statistics[place])) for place in kept]
    if all(fact is None for fact in facts):
        raise complaint(
            ArgumentError,
            "total",
            expected="the statistics of the groups: "
            + ", ".join(found.statistics[place].variable for place in kept[:6]),
            found=", ".join(info.variable for info in total.statistics[:6]),
        )
    return facts


def _name_of(found: Estimate) -> str:
    names = list(dict.fromkeys(_titled(info) for info in found.statistics))
    return names[0] if len(names) == 1 else ", ".join(names[:3]) + (", …" if len(names) > 3 else "")


def _items(found: Estimate, kept: Sequence[int]) -> tuple[Item, ...]:
    """Headers of statistics: the variable where there are several, and the level."""
    infos = [found.statistics[place] for place in kept]
    several = len({info.variable for info in infos}) > 1
    return tuple(
        Item(
            spanners=tuple(
                filter(
                    None,
                    [
                        _titled(info) if several else "",
                        str(info.level)
                        if info.level is not None and info.name != "quantile"
                        else "",
                    ],
                )
            ),
            heading=_heading_of(info),
        )
        for info in infos
    )


def _ungrouped(found: Estimate, source: str) -> Block:
    """Statistics in rows; where several variables have the same levels, the levels in columns."""
    facts = facts_of(found, source)
    infos = [found.statistics[int(row["statistic"])] for row in found.rows]
    variables = list(dict.fromkeys(info.variable for info in infos))
    headings = {_heading_of(info) for info in infos}
    levels = list(dict.fromkeys(info.level for info in infos))
    if len(variables) > 1 and len(infos) == len(variables) * len(levels) and len(levels) > 1:
        return _grid(found, facts, infos, variables, levels)
    spread = len(variables) > 1 and any(info.level is not None for info in infos)
    labels = [
        (*([_titled(info)] if spread or info.level is None else []),
         *([str(info.level)] if info.level is not None else [""] if spread else []))
        for info in infos
    ]  # fmt: skip
    stub = (
        ("Question", "Answer") if spread else (_name_of(found) if levels != [None] else "Measure",)
    )
    return Block(
        name=_name_of(found),
        stub=stub,
        stub_names=("",) * len(stub),
        lines=tuple(Line(tuple(label)) for label in labels),
        items=(Item((), headings.pop() if len(headings) == 1 else "Estimate"),),
        facts=tuple((fact,) for fact in facts),
        statistic=_statistic_of(found),
        subject=_name_of(found),
    )


def _grid(
    found: Estimate,
    facts: Sequence[Fact],
    infos: Sequence[StatisticInfo],
    variables: Sequence[str],
    levels: Sequence[Level | None],
) -> Block:
    """A grid question: variables in rows, their common answers in columns."""
    place = {(info.variable, info.level): fact for info, fact in zip(infos, facts, strict=True)}
    titles = {info.variable: _titled(info) for info in infos}
    return Block(
        name=_name_of(found),
        stub=("Question",),
        stub_names=("",),
        lines=tuple(Line((titles[name],)) for name in variables),
        items=tuple(Item((str(level),), _heading_of(infos[0])) for level in levels),
        facts=tuple(tuple(place.get((name, level)) for level in levels) for name in variables),
        statistic=_statistic_of(found),
        subject=_name_of(found),
    )
