"""What a reader learns from the figures of a release, knowing what titles and notes say of them.

Shares nothing with the suppressor. A reader knows of each table what its rows, columns and
percentages are of; of each question, whether everybody answered it; which places lie in which
region; and the rules of the publisher.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from attacker import INFINITE, MARKS, TOTALS, Key, Knowledge
from published_files import Figure

ANY = "*"
"""Whoever answered a question that not all answered."""

NONE = "?"
"""Whoever didn't."""

EACH = "each"
"""Columns of a question with several answers: each is chosen or not, and somebody chose each."""

NAMED = ("=",)
"""Rows of tables below each other: the first label names the question."""

Truth = Callable[[Key], int]

_WORDS = {
    "Unweighted": "base",
    "Weighted": "weighted",
    "Standard": "error",
    "Lower": "lower",
    "Upper": "upper",
    "Percentage": "estimate",
    "Count": "estimate",
    "Mean": "estimate",
    "Total": "estimate",
    "Coefficient": "cv",
    "Effective": "effective",
    "Degrees": "df",
    "Significantly": "letters",
}


@dataclass(frozen=True)
class Layout:
    """What a title says of a table.

    Attributes
    ----------
    rows
        Questions that the labels of a row answer; or `NAMED`.
    column
        The one that headers answer.
    of
        What percentages are of: ``"row"``, ``"column"``, ``"total"``; ``""``: they are counts.
    within
        Who is in the table.
    answer
        Of shares of one answer by groups: which.
    scores
        Of means and totals: the question, and what each answer scores.
    total
        Whether they are totals.
    weighted
        Whether percentages and counts are of weights, of which readers know nothing.
    exact
        Whether rows that aren't totals hold counts that aren't rounded: those of authorities.
    """

    rows: tuple[str, ...]
    column: str = ""
    of: str = ""
    within: Key = frozenset()
    answer: tuple[str, str] | None = None
    scores: tuple[str, Mapping[str, float]] | None = None
    total: bool = False
    weighted: bool = False
    exact: bool = False


@dataclass(frozen=True)
class Rules:
    """What a release says of how it was made.

    Attributes
    ----------
    hidden
        Counts that are hidden for their own sake: from, to.
    zeros_shown
        Whether noughts are shown.
    rounding, base
        Of counts.
    decimals
        Of percentages.
    mean_decimals
        Of means and totals.
    """

    hidden: tuple[int, int] = (1, 5)
    zeros_shown: bool = True
    rounding: str = "none"
    base: int = 1
    decimals: int = 0
    mean_decimals: int = 1

    @property
    def least(self) -> int:
        return 1 if self.zeros_shown else 0

    def is_small(self, count: int) -> bool:
        return self.hidden[0] <= count <= self.hidden[1] or (count == 0 and not self.zeros_shown)

    def behind(self, printed: int) -> tuple[int, int]:
        """Counts that may stand behind a printed one."""
        if self.rounding == "none" or self.base == 1:
            return printed, printed
        reach = range(max(0, printed - self.base + 1), printed + self.base)
        if self.rounding == "nearest":
            reach = range(max(0, printed - self.base // 2), printed + (self.base + 1) // 2)
        fitting = [count for count in reach if not self.is_small(count)]
        return min(fitting), max(fitting)


@dataclass
class Reader:
    """Reads tables into knowledge.

    Attributes
    ----------
    layouts
        Of each table.
    rules
        Of the publisher.
    gaps
        Questions that not everybody answered.
    inside
        Places in larger ones, by "smaller<larger".
    levels
        Every answer of a question.
    nested
        Pairs of domains, the inner one first, which is part of the outer one.
    truth
        If given: somebody who could undo every formula. Whatever is printed of a group, but for
        counts that are rounded, tells its counts exactly.
    chosen
        Answers of which several may be given.
    known
        What was learned.
    unsure
        Shares that are hidden, for themselves or with their base.
    """

    layouts: Sequence[Layout]
    rules: Rules
    levels: Mapping[str, Sequence[str]]
    gaps: frozenset[str] = frozenset()
    inside: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    nested: Sequence[tuple[tuple[str, str], tuple[str, str]]] = ()
    truth: Truth | None = None
    chosen: Sequence[str] = ()
    known: Knowledge = field(default_factory=Knowledge)
    unsure: list[tuple[Key, Key]] = field(default_factory=list)

    def read(self, figures: Iterable[Figure]) -> Knowledge:
        """Everything that the figures say."""
        rows: dict[tuple[int, str], dict[str, dict[str, str]]] = {}
        for one in figures:
            level, word = _split(one.header)
            rows.setdefault((one.table, one.row), {}).setdefault(level, {})[word] = one.text
        for (table, row), found in rows.items():
            self._row(self.layouts[table - 1], row, found)
        for part, whole in self.unsure:
            # With a hidden base everything goes, and a mark says nothing of the part.
            if whole in self.known.lower and whole not in self.known.marked:
                self.known.marked.add(part)
                self._bound(part, self.rules.least, INFINITE)
        self._tie()
        return self.known

    # ---- figures ----

    def _row(self, layout: Layout, row: str, found: Mapping[str, Mapping[str, str]]) -> None:
        own = self._of_labels(layout, row)
        for level, words in found.items():
            column = {(layout.column, level)} if layout.column and level not in TOTALS else set()
            if layout.column == EACH and column:
                column = {(level, "yes")}
            key = self._key(layout, own | column)
            if layout.scores:
                self._score(layout, key, words)
            elif layout.answer:
                part = self._key(layout, own | {layout.answer})
                self._share(part, key, words, weighted=layout.weighted)
            elif layout.of:
                whole = {"row": own, "column": column, "total": set()}[layout.of]
                base = self._key(layout, whole)
                shared = {**{"base": found.get("", {}).get("base", "")}, **words}
                self._share(key, base, shared, weighted=layout.weighted)
            else:
                own_count = "" if layout.weighted else words.get("estimate", "")
                marked = words.get("estimate", "") in MARKS
                text = words.get("base", "c" if marked else own_count)
                self._count(key, text, exact=layout.exact and bool(own))
                self._tell(key, words)

    def _of_labels(self, layout: Layout, row: str) -> set[tuple[str, str]]:
        labels = row.split("|")
        if layout.rows == NAMED:
            return {(labels[0], one) for one in labels[1:] if one not in TOTALS}
        return {
            (name, label)
            for name, label in zip(layout.rows, labels, strict=False)
            if label not in TOTALS
        }

    def _key(self, layout: Layout, levels: Iterable[tuple[str, str]]) -> Key:
        """A count; that a question with gaps was answered is said by its table."""
        named = dict([*layout.within, *levels])
        for pair in self.inside:
            fine, coarse = pair.split("<")
            if fine in named:
                named.pop(coarse, None)
        asked = {*layout.rows, layout.column}
        asked |= {layout.answer[0]} if layout.answer else set()
        asked |= {layout.scores[0]} if layout.scores else set()
        for name in asked & self.gaps:
            named.setdefault(name, ANY)
        return frozenset(named.items())

    def _bound(self, key: Key, low: int, high: int) -> None:
        known = self.known
        known.lower[key] = max(low, known.lower.get(key, 0))
        known.upper[key] = min(high, known.upper.get(key, INFINITE))

    def _count(self, key: Key, text: str, *, exact: bool = False) -> None:
        """A printed count, or a mark for it."""
        self._bound(key, 0, INFINITE)
        if text in MARKS:
            self.known.marked.add(key)
            self._bound(key, self.rules.least, INFINITE)
        elif re.fullmatch(r"\d+", text):
            self._bound(key, *((int(text), int(text)) if exact else self.rules.behind(int(text))))
        elif text in ("k", "low"):
            self._bound(key, 1, self.rules.base)

    def _share(self, part: Key, whole: Key, words: Mapping[str, str], *, weighted: bool) -> None:
        """A percentage of its base."""
        if words.get("base", ""):
            self._count(whole, words["base"])
        self._bound(part, 0, INFINITE)
        text = words.get("estimate", "")
        if text in MARKS:
            self.unsure.append((part, whole))
        elif text == "0":
            self._bound(part, 0, 0)
        elif text == "u" and self.truth:
            # Too unreliable to be shown, but not hidden: nobody, or more than would be hidden.
            self._bound(
                part, *((self.rules.hidden[1] + 1, INFINITE) if self.truth(part) else (0, 0))
            )
        elif weighted:
            pass
        elif re.fullmatch(r"[\d.]+", text):
            self._percentage(part, whole, text)
        elif text in ("k", "low"):
            self._percentage(part, whole, "0")
        self._tell(part, words)
        if any(re.fullmatch(r"[\d.]+", words.get(word, "")) for word in _BESIDE):
            self._tell(whole, words)

    def _percentage(self, part: Key, whole: Key, text: str) -> None:
        """Within half of its last digit; and not of so few that it would be hidden."""
        if part == whole:
            return
        scale = 10**self.rules.decimals
        digits = round(float(text) * scale)
        self._bound(part, self.rules.hidden[1] + 1, INFINITE)
        self._bound(whole, self.rules.hidden[1] + 1, INFINITE)
        self.known.statements += [
            ({part: 200 * scale, whole: 1 - 2 * digits}, 0, math.inf),
            ({part: 200 * scale, whole: -1 - 2 * digits}, -math.inf, 0),
        ]

    def _tell(self, key: Key, words: Mapping[str, str]) -> None:
        """What somebody would know who could undo every formula."""
        numbers = {word for word, text in words.items() if re.fullmatch(r"-?[\d.]+", text)}
        if self.truth and numbers - {"base"}:
            self._bound(key, self.truth(key), self.truth(key))

    def _score(self, layout: Layout, whole: Key, words: Mapping[str, str]) -> None:
        """A mean times its base, or a total: a sum of scores."""
        assert layout.scores
        self._count(whole, words.get("base", ""))
        text = words.get("estimate", "")
        if not re.fullmatch(r"-?[\d.]+", text):
            return
        name, scores = layout.scores
        half, value = 0.5 * 10**-self.rules.mean_decimals, float(text)
        parts = {
            frozenset({*(one for one in whole if one[0] != name), (name, level)}): score
            for level, score in scores.items()
        }
        for part in parts:
            self._bound(part, 0, INFINITE)
        if layout.total:
            self.known.statements.append((dict(parts), value - half, value + half))
            return
        low = {part: score - value + half for part, score in parts.items()}
        high = {part: score - value - half for part, score in parts.items()}
        self.known.statements += [(low, -1e-9, math.inf), (high, -math.inf, 1e-9)]

    # ---- sums ----

    def _tie(self) -> None:
        """Every sum that everybody knows to hold among what was read."""
        known = self.known
        families: dict[tuple[Key, str], set[Key]] = {}
        for key in list(known.lower):
            for name, level in key:
                if name in self.levels and level not in (ANY, NONE):
                    families.setdefault((key - {(name, level)}, name), set()).add(key)
        for (rest, name), _ in sorted(families.items(), key=repr):
            self._divide(rest, name)
        for key in sorted(known.lower, key=repr):
            for name, level in sorted(key):
                if level == ANY:
                    self._lack(key, name)
        for inner, outer in self.nested:
            self._compare(inner, outer)
        self._chosen()

    def _divide(self, rest: Key, name: str) -> None:
        """A group by the answers to a question."""
        known = self.known
        whole = rest | {(name, ANY)} if name in self.gaps else rest
        if whole in known.lower:
            parts = [rest | {(name, level)} for level in self.levels[name]]
            for part in parts:
                if part not in known.lower:
                    known.watched.add(part)
                    self._bound(part, 0, INFINITE)
            self._sum(whole, parts)
        for pair, table in self.inside.items():
            fine, coarse = pair.split("<")
            for larger in sorted(set(table.values())) if fine == name else ():
                whole = rest | {(coarse, larger)}
                parts = [rest | {(name, level)} for level in table if table[level] == larger]
                if whole in known.lower and all(part in known.lower for part in parts):
                    self._sum(whole, parts)

    def _lack(self, key: Key, name: str) -> None:
        """Those who answered a question, and those who didn't."""
        everybody = key - {(name, ANY)}
        if everybody in self.known.lower:
            missing = everybody | {(name, NONE)}
            self._bound(missing, 0, INFINITE)
            self._sum(everybody, [key, missing])

    def _chosen(self) -> None:
        """Of several answers everybody in the table chose one at least."""
        for whole in [key for key in self.known.lower if (EACH, ANY) in key]:
            parts = [whole | {(name, "yes")} for name in self.chosen]
            if all(part in self.known.lower for part in parts):
                line: dict[Key, float] = dict.fromkeys(parts, 1.0)
                self.known.statements.append(({**line, whole: -1.0}, 0.0, math.inf))

    def _compare(self, inner: tuple[str, str], outer: tuple[str, str]) -> None:
        """A domain within another: the difference is a group of its own."""
        for key in sorted(self.known.lower, key=repr):
            whole = key - {inner} | ({outer} if outer[1] else set())
            if inner in key and whole in self.known.lower:
                rest = whole | {(inner[0], "no")}
                self._bound(rest, 0, INFINITE)
                self.known.watched.add(rest)
                self._sum(whole, [key, rest])

    def _sum(self, whole: Key, parts: Sequence[Key]) -> None:
        line = whole, tuple(sorted(parts, key=repr))
        if line not in self.known.sums:
            self.known.sums.append(line)


_BESIDE = ("error", "lower", "upper", "cv", "effective", "df", "weighted")


def _split(header: str) -> tuple[str, str]:
    """The level that a header names, and what is shown of it."""
    level, _, word = header.rpartition(": ")
    level = re.sub(r" \([A-Z]+\)$", "", level)  # what letters call a column
    first = word.split(" ")[0]
    if word == "Weighted count":
        return level, "estimate"
    return (level, _WORDS[first]) if first in _WORDS else (word, "estimate")
