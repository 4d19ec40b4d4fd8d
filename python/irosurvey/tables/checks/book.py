"""A workbook as it lies in its file, whichever format that is."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Book", "BookCell", "BookRange", "BookSheet", "letters", "places"]


@dataclass(frozen=True)
class BookCell:
    """A cell that isn't empty, and how it looks.

    Attributes
    ----------
    text
        What a reader sees, a number with its format.
    value
        The number that is stored; `None` for a text.
    written
        That number, digit by digit.
    """

    text: str
    value: float | None = None
    written: str = ""
    formula: bool = False
    link: str = ""
    font: str = ""
    size: float = 0.0
    bold: bool = False
    wrapped: bool = False
    upright: bool = True
    align: str = ""
    filled: bool = False
    colour: str = ""
    """Of the text: `#rrggbb`, ``""`` where the program chooses, or what else is wrong with it."""


@dataclass(frozen=True)
class BookRange:
    """A marked-up table: its name, and its place counted from 0, last row and column included."""

    name: str
    headers: tuple[str, ...]
    top: int
    left: int
    bottom: int
    right: int
    has_header: bool
    filters: bool


@dataclass
class BookSheet:
    """A worksheet."""

    name: str
    cells: dict[tuple[int, int], BookCell] = field(default_factory=dict)
    ranges: list[BookRange] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    filters: bool = False
    frozen: bool = False
    cursor: str = "A1"
    page_headers: bool = False
    extras: list[str] = field(default_factory=list)

    @property
    def bottom(self) -> int:
        """The last row in use."""
        return max((row for row, _ in self.cells), default=-1)

    @property
    def right(self) -> int:
        """The last column in use."""
        return max((column for _, column in self.cells), default=-1)

    def text(self, row: int, column: int) -> str:
        """What is seen in a cell."""
        cell = self.cells.get((row, column))
        return cell.text if cell else ""


@dataclass
class Book:
    """A workbook."""

    sheets: list[BookSheet] = field(default_factory=list)
    title: str = ""
    author: str = ""
    language: str = ""
    first: str = ""
    """The sheet in front."""
    extras: list[str] = field(default_factory=list)


def letters(column: int) -> str:
    """A column's letters: 0 is A, 26 is AA."""
    found = ""
    column += 1
    while column:
        column, place = divmod(column - 1, 26)
        found = chr(ord("A") + place) + found
    return found


def places(reference: str) -> tuple[int, int, int, int]:
    """Top, left, bottom and right of `A1:C7`, counted from 0."""
    first, _, last = reference.replace("$", "").partition(":")
    top, left = _place(first)
    bottom, right = _place(last or first)
    return top, left, bottom, right


def _place(cell: str) -> tuple[int, int]:
    word = cell.rstrip("0123456789")
    column = 0
    for letter in word.upper():
        column = 26 * column + ord(letter) - ord("A") + 1
    return int(cell[len(word) :]) - 1, column - 1
