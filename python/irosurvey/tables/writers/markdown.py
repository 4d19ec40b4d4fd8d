"""A release as Markdown (GitHub's tables): for pull requests, notebooks and plain reading."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path

from irosurvey._files import replace_files
from irosurvey.tables.published import PublishedTable, Release
from irosurvey.tables.safe_text import markdown
from irosurvey.tables.writers._prepare import prepared
from irosurvey.tables.writers._words import (
    SYNTHETIC_SENTENCE,
    contact_lines,
    cover_lines,
    facts,
    heading,
    is_numeric,
    legend_sentences,
    note_sentence,
    release_heading,
    shown,
    synthetic_sentence,
)

__all__ = ["text", "write"]


def write(release: Release, path: str | Path) -> list[Path]:
    """Write the release as Markdown.

    Parameters
    ----------
    release
        What may be published.
    path
        Of the file.

    Returns
    -------
    list of Path
        The file.
    """
    return replace_files({Path(path): text(release).encode("utf-8")})


def text(release: Release) -> str:
    """The document as text: one header row a table, its spanners said before the header."""
    release = prepared(release)
    blocks = [
        f"# {markdown(release_heading(release))}",
        *([f"**{SYNTHETIC_SENTENCE}**"] if release.synthetic else []),
        *(markdown(paragraph) for paragraph in release.about),
        *_items([*cover_lines(release), *contact_lines(release)]),
        *(block for table in release for block in _table(table)),
    ]
    if release.notes:
        blocks += ["## Notes"]
        blocks += [f"\\[note {note.number}\\]: {markdown(note.text)}" for note in release.notes]
    known = facts(release)
    if known:
        blocks += ["## How these tables were made"]
        for part, group in itertools.groupby(known, lambda fact: fact.part):
            rows = [[fact.name, fact.value] for fact in group]
            blocks += [f"### {part}", _grid(["Name", "Value"], rows, [False, False])]
    return "\n\n".join(blocks) + "\n"


def _table(table: PublishedTable) -> list[str]:
    rows = [
        [*row.labels, *(shown(*pair) for pair in zip(row.cells, table.columns, strict=True))]
        for row in table.rows
    ]
    headers = [*table.stub, *(column.name for column in table.columns)]
    right = [*(False for _ in table.stub), *map(is_numeric, table.columns)]
    sentences = [
        *synthetic_sentence(table),
        *table.remarks,
        *note_sentence(table, "at the end"),
        *legend_sentences(table),
        *([f"Source: {table.source}."] if table.source else []),
    ]
    return [
        f"## {markdown(heading(table))}",
        *map(markdown, sentences),
        _grid(headers, rows, right),
    ]


def _grid(headers: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool]) -> str:
    lines = [_line(headers), _line_of("---:" if one else ":---" for one in right)]
    return "\n".join([*lines, *map(_line, rows)])


def _line(cells: Iterable[str]) -> str:
    return _line_of(map(markdown, cells))


def _line_of(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _items(pairs: Sequence[tuple[str, str]]) -> list[str]:
    lines = [f"- {name}: {markdown(value)}" for name, value in pairs]
    return ["\n".join(lines)] if lines else []
