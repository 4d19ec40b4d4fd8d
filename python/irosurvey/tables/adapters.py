"""Published tables for other people's table packages."""

from __future__ import annotations

import importlib
import itertools
import re
from typing import Any

from irosurvey._complaint import complaint
from irosurvey.errors import IrosurveyError
from irosurvey.tables.published import Note, PublishedTable, Release
from irosurvey.tables.safe_text import defused
from irosurvey.tables.writers._prepare import notes_of, prepared
from irosurvey.tables.writers._words import (
    heading,
    is_numeric,
    legend,
    legend_sentences,
    note_sentence,
    shown,
    synthetic_sentence,
)

__all__ = ["to_gptable", "to_gt"]

# What XlsxWriter, left to itself, makes links and formulas of.
_WRITTEN_AS_ELSE = re.compile(r"\{=|(ftp|http)s?://|mailto:|(in|ex)ternal:|file:", re.IGNORECASE)


def to_gt(table: PublishedTable) -> Any:
    """The table as a `great_tables.GT`, for HTML, PDF, pictures, LaTeX.

    Parameters
    ----------
    table
        What may be published.

    Returns
    -------
    great_tables.GT
        Its stub, spanners, title, and its legend and notes as source notes. Figures are texts as
        they are published, so that a mark and a number can stand in one column.

    Raises
    ------
    IrosurveyError
        great_tables isn't installed: ``pip install irosurvey[gt]``.
    """
    package = _optional("great_tables", "gt")
    pandas = importlib.import_module("pandas")
    table = _alone(table)
    stub = [f"stub_{place}" for place in range(len(table.stub))]
    keys = [f"column_{place}" for place in range(len(table.columns))]
    frame = pandas.DataFrame(
        [
            [*row.labels, *(shown(*pair) for pair in zip(row.cells, table.columns, strict=True))]
            for row in table.rows
        ],
        columns=[*stub, *keys],
        dtype=object,
    )
    made = package.GT(
        frame,
        rowname_col=stub[-1] if stub else None,
        groupname_col=stub[0] if len(stub) == 2 else None,
    )
    made = made.tab_header(title=heading(table))
    names = dict(zip(keys, (column.heading for column in table.columns), strict=True))
    names |= dict(zip(stub, table.stub, strict=True))
    made = made.cols_label(**names)
    made = _spanners(made, table, keys)
    for side, numeric in (("right", True), ("left", False)):
        some = [
            key
            for key, column in zip(keys, table.columns, strict=True)
            if is_numeric(column) is numeric
        ]
        made = made.cols_align(side, columns=some) if some else made
    if stub:
        made = made.tab_stubhead(label=table.stub[-1])
    source = [f"Source: {table.source}."] if table.source else []
    marks = [f"{mark} {meaning}" for mark, meaning in legend(table)]
    for text in (*synthetic_sentence(table), *table.remarks, *marks, *source):
        made = made.tab_source_note(text)
    return made


def _spanners(made: Any, table: PublishedTable, keys: list[str]) -> Any:
    """Headers above headers, innermost first: each lies on top of what is there."""
    paths = [column.spanners for column in table.columns]
    for level in reversed(range(max(map(len, paths)))):
        cut = [path[: level + 1] for path in paths]
        runs = itertools.groupby(range(len(cut)), cut.__getitem__)
        for place, (path, group) in enumerate(runs):
            if len(path) > level:
                columns = [keys[at] for at in group]
                made = made.tab_spanner(path[-1], columns=columns, id=f"spanner_{level}_{place}")
    return made


def to_gptable(table: PublishedTable) -> Any:
    """The table as a `gptables.GPTable`, for workbooks that gptables writes.

    Parameters
    ----------
    table
        What may be published.

    Returns
    -------
    gptables.GPTable
        One header row; up to three stub columns as its index. Texts that gptables would write as
        formulas or links have an apostrophe before them; numbers are numbers.

    Raises
    ------
    IrosurveyError
        gptables isn't installed (``pip install irosurvey[gptables]``), or the table has more than
        three stub columns.
    """
    package = _optional("gptables", "gptables")
    pandas = importlib.import_module("pandas")
    table = _alone(table)
    if len(table.stub) > 3:
        raise complaint(
            IrosurveyError,
            f"table '{table.name}'",
            expected="at most three stub columns, which is what gptables can index",
            found=str(len(table.stub)),
            remedy="write the workbook with `--format xlsx`",
        )
    frame = pandas.DataFrame(
        [
            [
                *map(_inert, row.labels),
                *(
                    _inert(shown(cell, column)) if cell.value is None else _number(cell.value)
                    for cell, column in zip(row.cells, table.columns, strict=True)
                ),
            ]
            for row in table.rows
        ],
        columns=list(map(_inert, (*table.stub, *(column.name for column in table.columns)))),
        dtype=object,
    )
    said = [*synthetic_sentence(table), *table.remarks, *note_sentence(table, "in the notes")]
    return package.GPTable(
        table=frame,
        table_name=table.name,
        title=_inert(heading(table)),
        subtitles=[_inert(text) for text in said],
        source=_inert(f"Source: {table.source}") if table.source else None,
        legend=legend_sentences(table),
        index_columns={place + 1: place for place in range(len(table.stub))},
    )


def _inert(text: str) -> str:
    """The text as gptables writes it as it is: no formula, link, or reference to a note."""
    text = defused(text).replace("](", "] (").replace("$$", "$ $")
    return f"'{text}" if _WRITTEN_AS_ELSE.match(text) else text


def _number(value: float) -> float | int:
    return int(value) if value.is_integer() else value


def _alone(table: PublishedTable) -> PublishedTable:
    """The table in order. Its notes are the release's: only their numbers are looked at."""
    notes = tuple(Note(number, "") for number in sorted(notes_of(table)))
    return prepared(Release("Table", (table,), notes=notes)).tables[0]


def _optional(package: str, extra: str) -> Any:
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise complaint(
            IrosurveyError,
            package,
            expected=f"{package} to be installed",
            found=str(error),
            remedy=f"pip install 'irosurvey[{extra}]'",
        ) from error
