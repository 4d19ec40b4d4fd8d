"""Estimates laid out as blocks: groups in rows, statistics in columns, a row of totals last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from irosurvey._complaint import complaint
from irosurvey.display import by_titles
from irosurvey.errors import ArgumentError
from irosurvey.origin import Origin, code_text
from irosurvey.result import Estimate, Level, StatisticInfo
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
from irosurvey.tables.facts import Fact, facts_of
from irosurvey.tables.measures import measures_of

__all__ = ["block_of_estimate"]

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


def block_of_estimate(found: Estimate, total: object | None, source: str) -> Block:
    """Lay an estimate out: groups in rows and statistics in columns; without groups otherwise.

    Parameters
    ----------
    found
        The estimate.
    total
        The same without groups, for the last row; anything else is refused.
    source
        Whose answers, where the data don't tell samples apart.
    """
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
        methods=methods_of(found),
        divided=(*found.by, *_all_levels(found)),
        measures=measures_of(found),
    )


def _all_levels(found: Estimate) -> tuple[str, ...]:
    """Columns of which every answer's share was asked, not of some answers only."""
    if not isinstance(found.origin, Origin):
        return ()
    asked = found.origin.asked
    return tuple(
        dict.fromkeys(
            info.variables[0]
            for info in found.statistics
            if info.question < len(asked)
            and asked[info.question].scale == "share"
            and asked[info.question].levels is None
            and info.level is not None
            and len(info.variables) == 1
        )
    )


def _heading_of(info: StatisticInfo) -> str:
    if info.of_shares:
        return "Percentage"
    if info.name == "quantile" and info.level is not None:
        prob = float(info.level.value)
        return "Median" if prob == 0.5 else f"{100 * prob:g}th percentile"
    if info.name == "histogram":
        return "Number" if info.scale == "total" else "Density"
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
        + " and ".join(within_sentence(title) for title in by_titles(found)),
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
