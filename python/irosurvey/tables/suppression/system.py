"""Counts, the relations among them, and what is published of each."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from irosurvey._complaint import complaint
from irosurvey.errors import ArgumentError

__all__ = [
    "Cell",
    "Exact",
    "Indirect",
    "Nearest",
    "RandomRounding",
    "Relation",
    "Shown",
    "Statement",
    "System",
    "Underlying",
    "share",
]


@dataclass(frozen=True)
class Exact:
    """The count is printed as it is, or follows from what is printed.

    Also the safe way to say that a weighted share or any other statistic of the cell is published:
    whoever is protected against exact counts is protected against less.
    """


@dataclass(frozen=True)
class Nearest:
    """The count is printed rounded to the nearest multiple of `base`, halves away from nought."""

    base: int


@dataclass(frozen=True)
class RandomRounding:
    """The count is printed as `value`, a multiple of `base` less than `base` away from it."""

    base: int
    value: int


@dataclass(frozen=True)
class Indirect:
    """The count isn't printed, but a mark would stand in its place if it were hidden.

    What is printed of it (a share, a mean) is said by `Statement`.
    """


@dataclass(frozen=True)
class Underlying:
    """The count stands in no table, and no mark for it either: a difference of two domains, say.

    It can't be hidden; it is nobody's to see. If it is primary, others must protect it.
    """


Shown: TypeAlias = Exact | Nearest | RandomRounding | Indirect | Underlying


@dataclass(frozen=True)
class Cell:
    """An unweighted count of a release.

    Attributes
    ----------
    id
        Its name in the system. Cells are taken in the order of their names, so that neither the
        order in which they are given nor the run changes what is hidden.
    count
        The true count, 0 or more.
    shown
        What is published of it as long as it isn't hidden.
    primary
        Whether the policy hides it for its own sake.
    hidden
        Whether it is hidden anyhow, for a reason outside this system, though it isn't primary.
    hideable
        Whether it may be hidden for the sake of others. Noughts are never hidden where the rule
        says that zeros are shown; primary cells always are.
    cost
        Of hiding it, above 0. It must not follow from the count: a pattern that prefers small
        counts tells which are small.
    respondents
        How many stand behind the count; `None`: the count itself (one respondent counts one).
    margin
        Whether it is a total; the producer is told of each that had to go.
    label
        What it is called in the producer's report; `None`: its id.
    """

    id: str
    count: int
    shown: Shown = Exact()
    primary: bool = False
    hidden: bool = False
    hideable: bool = True
    cost: float = 1.0
    respondents: int | None = None
    margin: bool = False
    label: str | None = None

    @property
    def name(self) -> str:
        """Its label, or its id."""
        return self.id if self.label is None else self.label


@dataclass(frozen=True)
class Relation:
    """A sum that everybody knows to hold: Σ coefficient × count = total.

    Attributes
    ----------
    terms
        Cell ids with whole coefficients, each id once: ``(("total", 1), ("a", -1), ("b", -1))``.
    total
        The right-hand side.
    name
        What it is called in the producer's report.
    """

    terms: tuple[tuple[str, int], ...]
    total: int = 0
    name: str = ""

    @classmethod
    def sum(cls, whole: str, parts: Iterable[str], name: str = "") -> Relation:
        """The counts of `parts` add up to the count of `whole`."""
        return cls(((whole, 1), *((part, -1) for part in parts)), 0, name or whole)


@dataclass(frozen=True)
class Statement:
    """What some published number tells of counts: lower ≤ Σ coefficient × count ≤ upper.

    Attributes
    ----------
    terms
        Cell ids with coefficients, as in `Relation`; whole numbers, so that the proof of
        protection is exact.
    lower, upper
        `None`: no bound.
    of
        The cells whose number it is: it is withdrawn as soon as one of them is hidden.
    name
        What it is called in the producer's report.
    """

    terms: tuple[tuple[str, int], ...]
    lower: int | None = None
    upper: int | None = None
    of: tuple[str, ...] = ()
    name: str = ""


def share(
    part: Cell, whole: Cell, decimals: int = 0, shown: float | str | None = None
) -> tuple[Statement, Statement]:
    """What a published percentage tells: it lies within half a unit of its last digit.

    Parameters
    ----------
    part, whole
        The share is of `part` in `whole`, both unweighted.
    decimals
        Digits after the point.
    shown
        The percentage as printed; `None`: 100·part/whole rounded, halves up.

    Returns
    -------
    tuple of Statement
        With d decimals and v the printed digits as a whole number:
        200·10ᵈ·part ≥ (2v - 1)·whole and 200·10ᵈ·part < (2v + 1)·whole.
        Both are withdrawn when `part` is hidden.
    """
    if whole.count <= 0:
        raise complaint(
            ArgumentError, "whole", expected="a base above 0", found=f"{whole.name}: {whole.count}"
        )
    scale = 10**decimals
    exact = Fraction(100 * scale * part.count, whole.count)
    digits = math.floor(exact + Fraction(1, 2))
    if shown is not None:
        digits = round(Fraction(str(shown)) * scale)
        if abs(exact - digits) > Fraction(1, 2):
            raise complaint(
                ArgumentError,
                f"share of {part.name} in {whole.name}",
                expected=f"{float(exact / scale)} rounded to {decimals} decimals",
                found=str(shown),
                remedy="A weighted share says nothing exact: leave it out, part shown Exact().",
            )

    def bound(half_units: int) -> tuple[tuple[str, int], ...]:
        return ((part.id, 200 * scale), (whole.id, -half_units))

    # A half that was rounded down must not be ruled out.
    below = 0 if exact - digits == Fraction(1, 2) else -1
    name = f"{part.name} as a percentage of {whole.name}"
    return (
        Statement(bound(2 * digits - 1), lower=0, of=(part.id,), name=name),
        Statement(bound(2 * digits + 1), upper=below, of=(part.id,), name=name),
    )


@dataclass(frozen=True)
class System:
    """All counts of a release, and all that ties them to each other.

    Attributes
    ----------
    cells
        Each with an id of its own.
    relations
        Sums that hold; a nought that stands in no table needs no cell.
    statements
        What other published numbers tell.

    Raises
    ------
    ArgumentError
        Two cells of one name, an unknown name, a negative count, or a relation or statement that
        the true counts contradict.
    """

    cells: tuple[Cell, ...]
    relations: tuple[Relation, ...] = ()
    statements: tuple[Statement, ...] = ()

    def __post_init__(self) -> None:
        for name in ("cells", "relations", "statements"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        counts: dict[str, int] = {}
        for cell in self.cells:
            _check_cell(cell, counts)
            counts[cell.id] = cell.count
        for relation in self.relations:
            found = _sum(relation.terms, counts, relation.name)
            if found != relation.total:
                _contradicted("relation", relation.name, str(relation.total), found)
        for statement in self.statements:
            found = _sum(statement.terms, counts, statement.name)
            _sum(tuple((name, 1) for name in statement.of), counts, statement.name)
            low, high = statement.lower, statement.upper
            if (low is not None and found < low) or (high is not None and found > high):
                _contradicted("statement", statement.name, f"within {low} and {high}", found)

    def __iter__(self) -> Iterator[Cell]:
        return iter(self.cells)

    def __len__(self) -> int:
        return len(self.cells)

    @property
    def primary(self) -> frozenset[str]:
        """Ids of the cells that the policy hides for their own sake."""
        return frozenset(cell.id for cell in self.cells if cell.primary)


def _check_cell(cell: Cell, seen: Mapping[str, int]) -> None:
    def refuse(expected: str, found: object) -> None:
        raise complaint(ArgumentError, f"cell {cell.id}", expected=expected, found=str(found))

    if cell.id in seen:
        refuse("one cell of this id", "two")
    if cell.count < 0:
        refuse("a count of 0 or more", cell.count)
    if not cell.cost > 0 or not math.isfinite(cell.cost):
        refuse("a cost above 0", cell.cost)
    shown = cell.shown
    if isinstance(shown, (Nearest, RandomRounding)) and shown.base < 1:
        refuse("a rounding base of 1 or more", shown.base)
    if isinstance(shown, RandomRounding) and (
        shown.value % shown.base or abs(shown.value - cell.count) >= shown.base
    ):
        refuse(
            f"{cell.count} rounded to one of the two nearest multiples of {shown.base}", shown.value
        )


def _sum(terms: tuple[tuple[str, int], ...], counts: Mapping[str, int], where: str) -> int:
    names = [name for name, _ in terms]
    for name in names:
        if name not in counts:
            raise complaint(
                ArgumentError,
                where or "relation",
                expected="ids of cells",
                found=name,
                name=name,
                existing=counts,
            )
    if len(set(names)) != len(names):
        raise complaint(
            ArgumentError, where or "relation", expected="each id once", found=", ".join(names)
        )
    return sum(coefficient * counts[name] for name, coefficient in terms)


def _contradicted(kind: str, name: str, expected: str, found: int) -> None:
    raise complaint(
        ArgumentError,
        f"{kind} {name}".strip(),
        expected=f"a sum of {expected}" if kind == "relation" else f"a value {expected}",
        found=f"{found} from the true counts",
        remedy="Counts are unweighted, of the same respondents, with missing answers as a cell.",
    )
