"""Cross-tabs laid out as blocks: a line for each row, an item for each column, totals last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from irosurvey._complaint import complaint
from irosurvey.crosstab import ColumnComparison, CrossTab, Percent
from irosurvey.crosstab_display import is_constant
from irosurvey.errors import ArgumentError
from irosurvey.origin import code_text
from irosurvey.result import Level
from irosurvey.tables.balance import Size
from irosurvey.tables.blocks import (
    TOTAL,
    Block,
    Item,
    Line,
    Question,
    methods_of,
    within_sentence,
)
from irosurvey.tables.facts import Category, CountKey, Fact, Group, facts_of, with_sizes
from irosurvey.tables.lettering import letters_remark

__all__ = ["block_of_crosstab"]

_HEADINGS: Mapping[Percent, str] = {
    "row": "Percentage",
    "column": "Percentage",
    "total": "Percentage",
    "count": "Weighted count",
}


def block_of_crosstab(
    table: CrossTab, percent: Percent, letters: ColumnComparison | bool, source: str
) -> Block:
    """Lay a cross-tab out, its layers one below the other.

    Parameters
    ----------
    table
        The cross-tab.
    percent
        Which of its numbers.
    letters
        Of column shares: whether to mark significant differences.
    source
        Whose answers, where the data don't tell samples apart.
    """
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
    by = f" by {within_sentence(titles[-1])}" if not one_way else ""
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
        methods=methods_of(table.estimate(percent)),
        divided=tuple(name for name in (*table.layers, table.rows, table.columns) if name),
    )


def _questions_of_crosstab(table: CrossTab) -> tuple[Question, ...]:
    if table.origin is None:
        return ()
    names = tuple(name for name in (*table.layers, table.rows, table.columns) if name)
    if table.layer is not None:
        return (Question(table.origin, names, None),)  # the others' rows are used elsewhere
    used = Size(int(np.sum(table.table.n)), float(np.sum(table.table.totals)))
    return (Question(table.origin, names, used),)


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

    cells = [fact(row, column) for row in range(len(rows)) for column in range(len(columns))]
    cells = with_sizes(cells, found, table.origin)
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
        facts=tuple(
            tuple(cells[row * len(columns) + column] for column in kept_columns)
            for row in kept_rows
        ),
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
            letters_remark("percentage", comparison.alpha, comparison.family, comparison.adjust)
        )
    return tuple(found)
