"""Blocks that tables are put together from: one result laid out in rows and columns."""

from __future__ import annotations

from dataclasses import dataclass

from irosurvey.origin import AnyOrigin
from irosurvey.result import Choice, Estimate
from irosurvey.tables.balance import Size
from irosurvey.tables.facts import Category, Fact
from irosurvey.tables.measures import Measure

__all__ = ["TOTAL", "Block", "Item", "Line", "Question", "methods_of", "within_sentence"]

TOTAL = "Total"
"""What a margin is called."""


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
        What a reader must know besides: how columns were compared.
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
    divided
        Columns of data all of whose codes have a line or an item.
    measures
        What its figures are of.
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
    divided: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()


def methods_of(found: Estimate) -> tuple[str, ...]:
    """How the intervals of the result's own rows are made."""
    every = found.interval_methods
    return tuple(dict.fromkeys(every[int(place)] for place in found.rows["statistic"] if every))


def within_sentence(title: str) -> str:
    """A title in mid-sentence: ``Region`` is ``region``, ``IRO`` stays what it is."""
    first = title.split(" ")[0]
    return title if first != first.capitalize() else title[:1].lower() + title[1:]
