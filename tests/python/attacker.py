"""An attacker of published tables: knows the files, the rule of the publisher, and perhaps one
answer.

Shares nothing with the suppressor. What it is given is what anyone can download: CSV files in which
each row names a level of some variables (an empty field or "Total" is their total) and gives a
count, a rounded count, or the mark (`read`); or the figures that `published_files` reads from the
bytes of a release: counts, percentages, errors, bases and weighted totals (`learn`). It also may be
told facts that everybody knows (which authority lies in which region), and what one respondent
knows of their own cell.

The attacks, cheap ones first:

1. subtraction: repeated within single sums, with bounds (interval propagation in whole numbers);
2. elimination: Gauss-Jordan in fractions over all sums at once, for cells and for sums of cells;
3. linear programs over all sums at once, rounded inwards;
4. whole numbers: enumeration where few cells are hidden, branch and bound elsewhere.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import highspy
import numpy as np
from published_files import Figure

TOTALS = {"", "Total", "All"}
MARKS = {"c", "[c]"}
INFINITE = 10**9
# In place of no bound in linear programs; no table of the tests holds so many respondents.
CEILING = 10**6

Key = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Policy:
    """What the publisher says of how the tables were made."""

    low: int = 1
    high: int = 5
    zeros_shown: bool = True
    base: int = 1
    """Counts are rounded to the nearest multiple."""
    rounded: tuple[str, ...] = ()
    """Only counts that name none of these variables are rounded; empty: none is, unless base >
    1."""
    decimals: int = 0
    """Of percentages; errors have one more."""


@dataclass
class Knowledge:
    """Bounds on counts, and sums of counts that are known."""

    lower: dict[Key, int] = field(default_factory=dict)
    upper: dict[Key, int] = field(default_factory=dict)
    sums: list[tuple[Key, tuple[Key, ...]]] = field(default_factory=list)
    marked: set[Key] = field(default_factory=set)
    watched: set[Key] = field(default_factory=set)
    """Counts that stand nowhere and are groups as any other: what lacks to a base."""
    statements: list[tuple[dict[Key, float], float, float]] = field(default_factory=list)
    """What other numbers tell: lower <= sum of coefficient times count <= upper."""


def read(
    files: Iterable[str], policy: Policy, inside: Mapping[str, Mapping[str, str]]
) -> Knowledge:
    """What the files say.

    `inside` maps a variable and its levels to the levels of a coarser one: ``{"authority<region":
    {"Leeds": "Yorkshire"}}``.
    """
    known = Knowledge()
    rows: list[Key] = []
    for text in files:
        for line in csv.DictReader(io.StringIO(text)):
            number = line.pop("count")
            key = frozenset((name, level) for name, level in line.items() if level not in TOTALS)
            key = _finest(key, inside)
            rows.append(key)
            _note(known, key, number, policy, inside)
    _tie(known, rows, inside)
    return known


def _tie(known: Knowledge, rows: Iterable[Key], inside: Mapping[str, Mapping[str, str]]) -> None:
    """The sums that hold among counts."""
    levels: dict[tuple[Key, str], set[Key]] = {}
    for key in set(rows):
        for name, level in key:
            rest = key - {(name, level)}
            levels.setdefault((rest, name), set()).add(key)
    for (rest, name), parts in sorted(levels.items(), key=repr):
        for whole, members in _groups(rest, name, parts, inside):
            if whole in known.lower:
                known.sums.append((whole, tuple(sorted(members, key=repr))))


def learn(
    figures: Iterable[Figure],
    names: Sequence[tuple[str, str]],
    policy: Policy,
    weights: Mapping[str, float] | None = None,
) -> Knowledge:
    """What the figures of a release say of its counts.

    `names` are the variables of rows and columns of each table. `weights` is what a respondent
    weighs, by the level of the first table's rows: who sees a weighted and an unweighted count of
    one group knows it.
    """
    known = Knowledge()
    rows: dict[tuple[int, str], dict[str, dict[str, str]]] = {}
    for one in figures:
        level, word = _split(one.header)
        rows.setdefault((one.table, one.row), {}).setdefault(level, {})[word] = one.text
    for (table, row), found in rows.items():
        of_row, of_column = names[table - 1]
        whole = frozenset({(of_row, row)} - {(of_row, total) for total in TOTALS})
        parts = {
            level: whole | ({(of_column, level)} - {(of_column, total) for total in TOTALS})
            for level in found
        }
        if any("percentage" in own for own in found.values()):
            _percentages(known, whole, parts, found, policy)
        else:
            for level, own in found.items():
                _note(known, parts[level], own.get("base", own.get("estimate", "")), policy, {})
    if weights:
        _weigh(known, rows, names, policy, weights)
    _tie(known, list(known.lower), {})
    return known


def _split(header: str) -> tuple[str, str]:
    """The level that a header names, and what is shown of it."""
    level, _, word = header.rpartition(": ")
    kinds = {
        "Unweighted": "base",
        "Weighted": "weighted",
        "Standard": "error",
        "Lower": "lower",
        "Upper": "upper",
        "Percentage": "percentage",
    }
    first = word.split(" ")[0]
    if first in kinds:
        return level, "estimate" if word == "Weighted count" else kinds[first]
    return (level or word), "estimate"


def _percentages(
    known: Knowledge,
    whole: Key,
    parts: Mapping[str, Key],
    found: Mapping[str, Mapping[str, str]],
    policy: Policy,
) -> None:
    """A row of percentages of its base: within half of the last digit."""
    # Where all gave one answer the base stands beside it, not at the end.
    base = found.get("") or next(iter(found.values()))
    _note(known, whole, base["base"], policy, {})
    scale = 10**policy.decimals
    for level, own in found.items():
        if "percentage" not in own:
            continue
        part, text = parts[level], own["percentage"]
        low, high = 0, INFINITE
        if text in MARKS and whole not in known.marked:
            known.marked.add(part)
            low = 1 if policy.zeros_shown else 0
        elif text == "0":
            high = 0
        elif text not in MARKS:
            low = policy.high + 1
            digits = 0 if text == "k" else round(float(text) * scale)
            known.statements += [
                ({part: 200 * scale, whole: 1 - 2 * digits}, 0, math.inf),
                ({part: 200 * scale, whole: -1 - 2 * digits}, -math.inf, 0),
            ]
        known.lower[part] = max(low, known.lower.get(part, 0))
        known.upper[part] = min(high, known.upper.get(part, INFINITE))
    if any("error" in own for own in found.values()):
        _enumerate(known, whole, parts, found, policy)


def _enumerate(
    known: Knowledge,
    whole: Key,
    parts: Mapping[str, Key],
    found: Mapping[str, Mapping[str, str]],
    policy: Policy,
) -> None:
    """The bases, and numerators, that give every percentage and error of a row, digit by digit.

    The error of a share p of a base m is √(p(1 - p)/m · n/(n - 1)), of n who were asked.
    """
    low, high = known.lower[whole], known.upper[whole]
    if high >= INFINITE:
        return
    asked = max(known.upper.get(frozenset(), high), 2)
    shown = {
        parts[level]: (float(own["percentage"]), float(own["error"]))
        for level, own in found.items()
        if re.fullmatch(r"[\d.]+", own.get("percentage", ""))
        and re.fullmatch(r"[\d.]+", own.get("error", ""))
    }
    fitting: dict[int, dict[Key, list[int]]] = {}
    for base in range(max(low, 1), high + 1):
        counts = np.arange(base + 1)
        share = counts / base
        errors = 100 * np.sqrt(share * (1 - share) / base * asked / (asked - 1))
        places = {
            part: np.flatnonzero(
                (abs(100 * share - percentage) <= 0.5 / 10**policy.decimals + 1e-9)
                & (abs(errors - error) <= 0.06 / 10**policy.decimals)
            ).tolist()
            for part, (percentage, error) in shown.items()
        }
        if all(places.values()):
            fitting[base] = places
    assert fitting, (whole, shown)
    known.lower[whole], known.upper[whole] = min(fitting), max(fitting)
    for part in shown:
        every = [count for places in fitting.values() for count in places[part]]
        known.lower[part] = max(min(every), known.lower[part])
        known.upper[part] = min(max(every), known.upper[part])


def _weigh(
    known: Knowledge,
    rows: Mapping[tuple[int, str], Mapping[str, Mapping[str, str]]],
    names: Sequence[tuple[str, str]],
    policy: Policy,
    weights: Mapping[str, float],
) -> None:
    """Weighted totals of the first table: a second sum of the same counts."""
    of_row, of_column = names[0]
    for level, own in rows[1, "Total"].items():
        text = own.get("estimate", "")
        if level in TOTALS or not re.fullmatch(r"[\d.]+", text):
            continue
        half = policy.base / 2
        coefficients: dict[Key, float] = {
            frozenset({(of_row, row), (of_column, level)}): weight
            for row, weight in weights.items()
        }
        coefficients = {key: value for key, value in coefficients.items() if key in known.lower}
        known.statements.append((coefficients, float(text) - half, float(text) + half))


def _finest(key: Key, inside: Mapping[str, Mapping[str, str]]) -> Key:
    """A key without the coarser variables that its finer ones imply."""
    names = {name for name, _ in key}
    for pair in inside:
        fine, coarse = pair.split("<")
        if fine in names:
            key = frozenset((name, level) for name, level in key if name != coarse)
    return key


def _groups(
    rest: Key, name: str, parts: set[Key], inside: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[Key, list[Key]]]:
    """What a set of levels adds up to: the count without the variable, or coarser levels."""
    finer = [pair for pair in inside if pair.split("<")[0] == name]
    if not finer:
        yield rest, sorted(parts, key=repr)
    for pair in finer:
        coarse, table = pair.split("<")[1], inside[pair]
        for level in sorted(set(table.values())):
            members = [part for part in parts if table[dict(part)[name]] == level]
            if members:
                yield rest | {(coarse, level)}, members


def _note(
    known: Knowledge, key: Key, number: str, policy: Policy, inside: Mapping[str, Mapping[str, str]]
) -> None:
    if number in MARKS:
        known.marked.add(key)
        low, high = 1 if policy.zeros_shown else 0, INFINITE
    else:
        value = int(number)
        low = high = value
        names = {name for name, _ in key}
        if policy.base > 1 and not names & set(policy.rounded):
            # Halves go up; a count that the rule hides isn't printed.
            candidates = [
                count
                for count in range(max(0, value - policy.base), value + policy.base + 1)
                if (2 * count + policy.base) // (2 * policy.base) * policy.base == value
                and not policy.low <= count <= policy.high
            ]
            low, high = min(candidates), max(candidates)
    known.lower[key] = max(low, known.lower.get(key, 0))
    known.upper[key] = min(high, known.upper.get(key, INFINITE))


class ContradictionError(Exception):
    """No table is left: the rule that was applied wasn't kept."""


class Attack:
    """All attacks on what was published together."""

    def __init__(self, known: Knowledge) -> None:
        self.known = known
        self.keys = sorted(known.lower, key=repr)
        self.place = place = {key: number for number, key in enumerate(self.keys)}
        self.lower = np.array([known.lower[key] for key in self.keys])
        self.upper = np.array([known.upper[key] for key in self.keys])
        self.sums = [(place[whole], [place[part] for part in parts]) for whole, parts in known.sums]
        self.unknown = [place[key] for key in sorted(known.marked | known.watched, key=repr)]
        self._highs: highspy.Highs | None = None

    def told(self, key: Key, count: int) -> Attack:
        """The same for somebody who knows one count."""
        known = Knowledge(
            {**self.known.lower, key: count},
            {**self.known.upper, key: count},
            self.known.sums,
            self.known.marked,
            self.known.watched,
            self.known.statements,
        )
        return Attack(known)

    def by_rule(
        self, rule: Policy, least: Callable[[Key], int], own: Collection[Key] = ()
    ) -> Attack:
        """The same for who applies the rule: a mark that can't be small stands for a large count.

        `least`: what a count is at least whatever is hidden; `own`: counts that one knows anyway.
        """
        attack, large = self, set(own)
        while True:
            told = {
                key
                for key in self.known.marked - large
                if max(rule.low, least(key)) < attack.interval(key)[0] <= rule.high
                and max(rule.low, least(key)) < attack.surely(key)[0] <= rule.high
            }
            if not told:
                return attack
            large |= told
            lower = {**attack.known.lower, **dict.fromkeys(told, rule.high + 1)}
            attack = Attack(replace(attack.known, lower=lower))

    def subtract(self) -> None:
        """Narrow all bounds by every single sum until nothing changes."""
        changed = True
        while changed:
            changed = False
            for whole, parts in self.sums:
                changed |= self._narrow(
                    whole, int(self.lower[parts].sum()), int(self.upper[parts].sum())
                )
                low, high = int(self.lower[parts].sum()), int(self.upper[parts].sum())
                for part in parts:
                    others_low = low - int(self.lower[part])
                    others_high = high - int(self.upper[part])
                    changed |= self._narrow(
                        part,
                        int(self.lower[whole]) - others_high,
                        int(self.upper[whole]) - others_low,
                    )
                    low = others_low + int(self.lower[part])
                    high = others_high + int(self.upper[part])

    def _narrow(self, cell: int, low: int, high: int) -> bool:
        low, high = max(low, int(self.lower[cell])), min(high, int(self.upper[cell]))
        changed = low > self.lower[cell] or high < self.upper[cell]
        self.lower[cell], self.upper[cell] = low, high
        return changed

    def eliminate(self) -> dict[tuple[Key, ...], int]:
        """Cells that all sums together fix, by Gauss-Jordan in fractions."""
        rows = [self._equation(whole, parts) for whole, parts in self.sums]
        solved: list[dict[int, Fraction]] = []
        for row in rows:
            for earlier in solved:
                pivot = _pivot(earlier)
                if pivot in row:
                    _subtract(row, earlier, row[pivot])
            pivot = _pivot(row)
            if pivot is None:
                continue
            scale = row[pivot]
            row = {cell: value / scale for cell, value in row.items()}
            for earlier in solved:
                if pivot in earlier:
                    _subtract(earlier, row, earlier[pivot])
            solved.append(row)
        found = {}
        for row in solved:
            cells = [cell for cell in row if cell >= 0]
            if len(cells) == 1:
                found[(self.keys[cells[0]],)] = int(row.get(-1, Fraction(0)))
        return found

    def _equation(self, whole: int, parts: Sequence[int]) -> dict[int, Fraction]:
        """A sum as unknowns and, under -1, what they add to."""
        row: dict[int, Fraction] = {-1: Fraction(0)}
        for cell, sign in ((whole, -1), *((part, 1) for part in parts)):
            if self.lower[cell] == self.upper[cell]:
                row[-1] -= sign * Fraction(int(self.lower[cell]))
            else:
                row[cell] = row.get(cell, Fraction(0)) + sign
        return row

    def programs(self) -> dict[Key, tuple[int, int]]:
        """The interval of each marked count by linear programs, then in whole numbers."""
        return {self.keys[cell]: self.interval(self.keys[cell]) for cell in self.unknown}

    def interval(self, *keys: Key) -> tuple[int, int]:
        """The least and greatest sum that some counts can have."""
        cells = [self.place[key] for key in keys]
        return self._extreme(cells, -1), self._extreme(cells, 1)

    def surely(self, *keys: Key) -> tuple[int, int]:
        """The same without presolve, which stops short of the end at times (HiGHS 1.15)."""
        cells = [self.place[key] for key in keys]
        low, high = (self._whole(cells, sign, presolve="off") for sign in (-1, 1))
        return low, high if high < CEILING / 2 else INFINITE

    def _extreme(self, cells: Sequence[int], sign: int) -> int:
        highs = self._model()
        for cell in cells:
            highs.changeColCost(cell, -float(sign))
        highs.run()
        end = self._end(highs, cells, sign)
        for cell in cells:
            highs.changeColCost(cell, 0.0)
        return end

    def _end(self, highs: highspy.Highs, cells: Sequence[int], sign: int) -> int:
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            highs.clearSolver()
            highs.run()
        if highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
            raise ContradictionError
        assert highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
        values = np.array(highs.getSolution().col_value)
        if values[list(cells)].sum() > CEILING / 2:
            return INFINITE
        if np.abs(values - np.rint(values)).max() < 1e-6:
            return round(values[list(cells)].sum())
        return self._whole(cells, sign)

    def _whole(self, cells: Sequence[int], sign: int, presolve: str = "choose") -> int:
        """The same by branch and bound, in a model of its own."""
        highs = self._build()
        highs.setOptionValue("presolve", presolve)
        for column in range(len(self.keys)):
            highs.changeColIntegrality(column, highspy.HighsVarType.kInteger)
        for cell in cells:
            highs.changeColCost(cell, -float(sign))
        highs.run()
        assert highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return round(np.array(highs.getSolution().col_value)[list(cells)].sum())

    def _model(self) -> highspy.Highs:
        if self._highs is None:
            self._highs = self._build()
        return self._highs

    def _build(self) -> highspy.Highs:
        highs = highspy.Highs()
        highs.setOptionValue("output_flag", False)
        for low, high in zip(self.lower, self.upper, strict=True):
            highs.addVar(float(low), float(min(high, CEILING)))
        for whole, parts in self.sums:
            index = np.array([whole, *parts], dtype=np.int32)
            value = np.array([-1.0] + [1.0] * len(parts))
            highs.addRow(0.0, 0.0, len(index), index, value)
        for coefficients, low, high in self.known.statements:
            cells = np.array([self.place[key] for key in coefficients], dtype=np.int32)
            highs.addRow(low, high, len(cells), cells, np.array([*coefficients.values()], float))
        return highs

    def tables(self, most: int = 100_000) -> list[dict[Key, int]] | None:
        """Every table of whole numbers that fits, by trying; `None` if there are too many.

        Bounds are narrowed by `subtract` at every step.
        """
        found: list[dict[Key, int]] = []
        steps = 0
        stack = [(self.lower.copy(), self.upper.copy())]
        keep = self.lower, self.upper
        while stack:
            self.lower, self.upper = stack.pop()
            steps += 1
            if steps > most:
                self.lower, self.upper = keep
                return None
            self.subtract()
            if (self.lower > self.upper).any():
                continue
            open_cells = np.flatnonzero(self.lower < self.upper)
            if not len(open_cells):
                found.append(dict(zip(self.keys, map(int, self.lower), strict=True)))
                continue
            cell = open_cells[np.argmin((self.upper - self.lower)[open_cells])]
            if self.upper[cell] - self.lower[cell] > most:
                self.lower, self.upper = keep
                return None
            for count in range(int(self.lower[cell]), int(self.upper[cell]) + 1):
                low, high = self.lower.copy(), self.upper.copy()
                low[cell] = high[cell] = count
                stack.append((low, high))
        self.lower, self.upper = keep
        return found


def _pivot(row: Mapping[int, Fraction]) -> int | None:
    return min((cell for cell, value in row.items() if cell >= 0 and value), default=None)


def _subtract(row: dict[int, Fraction], other: Mapping[int, Fraction], times: Fraction) -> None:
    for cell, value in other.items():
        left = row.get(cell, Fraction(0)) - times * value
        if left or cell < 0:
            row[cell] = left
        else:
            row.pop(cell, None)


def span(tables: Sequence[Mapping[Key, int]], key: Key) -> tuple[int, int]:
    """The least and greatest count in a list of tables."""
    counts = [table[key] for table in tables]
    return min(counts, default=math.nan), max(counts, default=math.nan)  # type: ignore[return-value]
