"""What an audit found and what a completion chose, for the producer alone: true counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape

__all__ = ["Audit", "CellAudit", "FeasibleInterval", "SumAudit", "Suppression"]


@dataclass(frozen=True)
class FeasibleInterval:
    """The least and the greatest count that everything published, and the rule, allow.

    Attributes
    ----------
    lower, upper
        Whole numbers; `upper` is `None` where nothing published bounds it.
    exact
        Whether nothing wider is possible. If not, the search was stopped where this much was
        shown, by tables of whole numbers that fit: an interval is never said to be wider than it
        is.
    """

    lower: int
    upper: int | None
    exact: bool = True

    def __str__(self) -> str:
        ends = f"{self.lower} or more" if self.upper is None else f"{self.lower} to {self.upper}"
        return ends if self.exact else f"{ends}, or wider"

    def covers(self, low: int, high: int) -> bool:
        """Whether every count from `low` to `high` lies within."""
        return self.lower <= low and (self.upper is None or self.upper >= high)

    @property
    def width(self) -> float:
        """Upper less lower end; infinity where nothing bounds it."""
        return float("inf") if self.upper is None else self.upper - self.lower

    def is_as_wide_as(self, width: int) -> bool:
        """Whether its ends are at least `width` apart."""
        return self.width >= width


@dataclass(frozen=True)
class CellAudit:
    """What can be worked out of one hidden count.

    Attributes
    ----------
    id, name, count, primary, margin
        As in `Cell`.
    outsider
        For an attacker who knows what is published, and the rule.
    respondent
        The tightest interval for a respondent in the table; `None` where no respondent knows more
        than an outsider.
    respondent_of
        Id of the cell whose respondent that is; empty if there is none.
    asked
        The protection asked, in words.
    protected
        Whether both intervals are wide enough.
    closest
        The attack that came closest, in words.
    """

    id: str
    name: str
    count: int
    primary: bool
    margin: bool
    outsider: FeasibleInterval
    respondent: FeasibleInterval | None
    respondent_of: str
    asked: str
    protected: bool
    closest: str


@dataclass(frozen=True)
class SumAudit:
    """What can be worked out of a sum of hidden counts.

    Attributes
    ----------
    ids, name
        Of the cells that are added.
    count
        The true sum.
    interval
        For an outsider; a fixed sum has one value.
    asked
        The protection asked, empty where none is: a sum above the rule's `high` may be known.
    protected
        Whether the interval is wide enough.
    """

    ids: tuple[str, ...]
    name: str
    count: int
    interval: FeasibleInterval
    asked: str
    protected: bool


@dataclass(frozen=True)
class Audit:
    """What can be worked out of the hidden counts of a release. For the producer alone.

    Attributes
    ----------
    cells
        Every hidden cell.
    sums
        For every relation the sum of its hidden cells, every pair that the rule protects, and
        larger groups that are protected too little.
    margins
        Names of the totals that are hidden.
    """

    cells: tuple[CellAudit, ...] = ()
    sums: tuple[SumAudit, ...] = ()
    margins: tuple[str, ...] = ()

    @property
    def protected(self) -> bool:
        """Whether everything is protected as asked."""
        return not self.failures

    @property
    def failures(self) -> tuple[CellAudit | SumAudit, ...]:
        """What isn't protected as asked."""
        everything: tuple[CellAudit | SumAudit, ...] = (*self.cells, *self.sums)
        return tuple(each for each in everything if not each.protected)

    def rows(self) -> list[tuple[str, ...]]:
        """The report as rows of texts, headings first."""
        heads = (
            "Hidden", "Count", "Why", "Outsider", "Respondent", "Asked", "Protected", "Closest",
        )  # fmt: skip
        return [
            heads,
            *(
                (
                    cell.name,
                    str(cell.count),
                    "primary" if cell.primary else "secondary",
                    str(cell.outsider),
                    "as an outsider" if cell.respondent is None else str(cell.respondent),
                    cell.asked,
                    "yes" if cell.protected else "NO",
                    cell.closest,
                )
                for cell in self.cells
            ),
            *(
                (
                    each.name,
                    str(each.count),
                    "sum",
                    str(each.interval),
                    "",
                    each.asked or "nothing",
                    "yes" if each.protected else "NO",
                    "",
                )
                for each in self.sums
            ),
        ]

    def summary(self) -> tuple[str, ...]:
        """Sentences: how many cells are hidden and protected, and which margins had to go."""
        primary = sum(cell.primary for cell in self.cells)
        counts = (
            f"{len(self.cells)} hidden: {primary} primary, {len(self.cells) - primary} secondary."
        )
        return (counts, *self.verdict())

    def verdict(self) -> tuple[str, ...]:
        """Sentences without numbers of cells, some of which stand in no table by themselves."""
        lines = [
            "All protected as asked."
            if self.protected
            else f"NOT protected as asked: {', '.join(each.name for each in self.failures)}.",
        ]
        if self.margins:
            lines.append(f"Totals that had to go: {', '.join(self.margins)}.")
        return tuple(lines)

    def text(self) -> str:
        """The report for a screen. It holds true counts: never publish it."""
        rows = self.rows()
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        body = (
            "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        )
        return "\n".join(("For the producer alone: true counts.", *self.summary(), *body)) + "\n"

    def html(self) -> str:
        """The report as one HTML table with its caption. It holds true counts: never publish it."""
        heads, *rows = self.rows()
        head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
        body = "\n".join(_html_row(row) for row in rows)
        caption = escape(" ".join(("For the producer alone: true counts.", *self.summary())))
        return (
            f"<table>\n<caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n"
            f"<tbody>\n{body}\n</tbody>\n</table>\n"
        )

    def _repr_html_(self) -> str:
        return self.html()

    def __str__(self) -> str:
        return self.text()


def _html_row(row: Iterable[str]) -> str:
    first, *others = row
    cells = "".join(f"<td>{escape(text)}</td>" for text in others)
    return f'<tr><th scope="row">{escape(first)}</th>{cells}</tr>'


@dataclass(frozen=True)
class Suppression:
    """What is hidden, and the audit of it. For the producer alone: it tells which marks came first.

    Attributes
    ----------
    hidden
        Ids of all cells that must be hidden, primary ones among them.
    secondary
        Those that are hidden for the sake of others.
    margins
        Totals among them.
    cost
        Sum of the costs of `secondary`.
    least_cost
        Whether it is proved that nothing cheaper protects as much.
    unmet
        What can't be had even if everything that may be hidden is: sentences that name the cell.
        A release with any of them must lose a table or merge categories.
    audit
        Of the release with these cells hidden.
    choices
        How it was found, by name.
    """

    hidden: frozenset[str]
    secondary: frozenset[str]
    margins: frozenset[str]
    cost: float
    least_cost: bool
    unmet: tuple[str, ...]
    audit: Audit
    choices: Mapping[str, str] = field(default_factory=dict)
