"""What each table of a plan says, asked of a design: estimates and cross-tabs laid side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, cast

from irosurvey._core import Frame
from irosurvey.crosstab import CrossTab, Percent
from irosurvey.design import Design, MissingRule
from irosurvey.design.options import AnswerScale, Respondents
from irosurvey.response_sets import ResponseSet
from irosurvey.result import Estimate
from irosurvey.spec.parts import TablePart
from irosurvey.spec.table_keys import TICKED
from irosurvey.tables.block_making import block_of
from irosurvey.tables.blocks import Block
from irosurvey.tables.lettering import with_letters
from irosurvey.tables.published import TitleParts
from irosurvey.tables.table import Table
from irosurvey.tables.turned import turned

__all__ = ["ask_table", "title_of"]

_PERCENTS: dict[str, Percent] = {
    "row percentages": "row",
    "column percentages": "column",
    "percentages": "total",
    "numbers": "count",
}
_STATISTICS = {
    "row percentages": "percentage",
    "column percentages": "percentage",
    "percentages": "percentage",
    "numbers": "number",
    "answers": "percentage",
    "tick all that apply": "percentage",
    "mentions": "percentage",
    "percentage": "percentage",
    "mean": "mean values",
    "median": "median values",
    "total": "totals",
    "ratio": "ratios",
}
"""What titles call them: ``percentage of IROs``."""


def ask_table(
    design: Design,
    part: TablePart,
    release: Mapping[str, Any],
    synthetic: bool = False,
    sets: Mapping[str, ResponseSet] = MappingProxyType({}),
) -> Table:
    """One table of a plan, unrounded.

    Parameters
    ----------
    design
        What it is asked of.
    part
        What is asked.
    release
        The plan's `[release]`: parts of titles that the table doesn't have of its own.
    synthetic
        Whether the data are made up.
    sets
        Questions with several answers that the data file defines, by name.
    """
    results: list[Block] | list[list[Block]]
    if part.statistic == "answers":
        results = [block_of(design.proportion(list(part.rows), **_how(part)))]
    else:
        groups: Sequence[tuple[str, ...]] = part.groups or ((),)
        below = [
            [block for one in (part, *part.beside) for block in _blocks(design, one, group, sets)]
            for group in groups
        ]
        results = below if len(below) > 1 else below[0]
    return Table(
        results,
        title=title_of(part, release),
        statistics=part.show,
        arrange="columns",
        name=part.name,
        notes=part.notes,
        source=part.source or release.get("source", ""),
        ordered=part.ordered,
        group_population=part.group_population,
        chart=part.chart,
        synthetic=synthetic,
    )


def title_of(part: TablePart, release: Mapping[str, Any]) -> TitleParts:
    """A table's title: what it doesn't say itself is said by the plan's `[release]`.

    Parameters
    ----------
    part, release
        As of :func:`ask_table`.
    """
    shown = dict.fromkeys(_STATISTICS[one.statistic] for one in (part, *part.beside))
    return TitleParts(
        part.title,
        " and ".join(shown),
        part.base or part.population or release.get("population", ""),
        part.area or release.get("area", ""),
        part.period or release.get("period", ""),
    )


def _blocks(
    design: Design, part: TablePart, group: tuple[str, ...], sets: Mapping[str, ResponseSet]
) -> Iterator[Block]:
    """What stands side by side for one entry of rows: a block for each entry of columns."""
    if part.statistic in _PERCENTS:
        percent = _PERCENTS[part.statistic]
        for table in _crosstabs(design, part, group):
            yield block_of(table, percent=percent, letters=part.letters, decimals=part.decimals)
    elif part.columns:
        for name in part.columns:
            found = _estimate(design, part, (name,), sets)
            block = turned(_block(design, part, found, sets), found)
            yield with_letters(block, found) if part.letters else block
    else:
        yield _block(design, part, _estimate(design, part, group, sets), sets)


def _block(
    design: Design, part: TablePart, found: Estimate, sets: Mapping[str, ResponseSet]
) -> Block:
    """An estimate by groups with its total."""
    total = _estimate(design, part, (), sets) if found.by and part.totals else None
    more: dict[str, Any] = {}
    if part.per != 1.0:
        more = {"unit": "rate", "scale": part.per, "heading": f"Rate per {part.per:,g}"}
    elif part.percent_of == "answers":
        more = {"heading": "Percentage of answers"}
    block = block_of(found, total=total, decimals=part.decimals, **more)
    if part.statistic not in TICKED:
        return block
    known = sets.get(part.of[0])
    return _without_question(block, _asked(design.frame, known.columns if known else part.of))


def _without_question(block: Block, asked: str) -> Block:
    """Boxes without the question that all their labels begin with: it stands above them."""

    def short(text: str) -> str:
        begun = f"{asked}:"
        return text.removeprefix(begun).strip() if asked and text.startswith(begun) else text

    if block.items[0].spanners:
        items = (replace(one, spanners=tuple(map(short, one.spanners))) for one in block.items)
        return replace(block, items=tuple(items))
    lines = (replace(one, labels=tuple(map(short, one.labels))) for one in block.lines)
    return replace(block, lines=tuple(lines))


def _how(part: TablePart) -> dict[str, Any]:
    return {
        "where": part.where or None,
        "missing": cast(MissingRule, part.missing),
        "level": part.level,
    }


def _crosstabs(design: Design, part: TablePart, group: tuple[str, ...]) -> Iterator[CrossTab]:
    """A cross-tab for each entry of columns; nested rows are layers."""
    *outer, rows = group
    for columns in part.columns or ("",):
        # Without columns it is a one-way table.
        yield design._crosstab(
            [rows, columns, *outer],
            part.where or None,
            cast(MissingRule, part.missing),
            "conventional",
            "conventional",
            part.level,
            0,
        )


def _estimate(
    design: Design, part: TablePart, by: tuple[str, ...], sets: Mapping[str, ResponseSet]
) -> Estimate:
    how = {"by": list(by) or None, **_how(part)}
    if part.letters and by:
        how["covariance"] = True  # groups are compared, however many answers there are
    if part.statistic in TICKED:
        return _ticked(design, part, sets, how)
    if part.statistic == "ratio":
        return design.ratio(part.of[0], part.over, **how)
    if part.statistic == "percentage":
        return design.proportion(list(part.of), list(part.answers), **how)
    ask = {"mean": design.mean, "median": design.median, "total": design.total}[part.statistic]
    return ask(list(part.of), **how)


def _ticked(
    design: Design, part: TablePart, sets: Mapping[str, ResponseSet], how: Mapping[str, Any]
) -> Estimate:
    """A question to which people may give several answers."""
    known = sets.get(part.of[0])
    boxes = part.statistic == "tick all that apply"
    answers = list(part.answers)
    if known is not None:
        boxes = known.counted is not None
    return design.multiple_response(
        known or list(part.of),
        (answers or 1) if boxes else None,
        of=cast(AnswerScale, part.percent_of),
        respondents=cast(Respondents, part.respondents),
        answers=() if boxes else answers,
        title="" if known else _asked(design.frame, part.of) or part.title,
        **how,
    )


def _asked(frame: Frame, columns: Sequence[str]) -> str:
    """The question that the labels of its boxes begin with: ``Duties: chairs conferences``."""
    begun = {frame[name].label.partition(":")[0] for name in columns if ":" in frame[name].label}
    alike = len(begun) == 1 and all(":" in frame[name].label for name in columns)
    return begun.pop().strip() if alike else ""
