"""Counts of published figures by their names, and the sums that everybody knows to tie them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from irosurvey.origin import is_set
from irosurvey.tables.conditions import Condition, Truth, all_of, codes_of, parsed, truths
from irosurvey.tables.facts import CountKey
from irosurvey.tables.published import CountName, Release

__all__ = ["CountSums", "Division", "division_of", "key_of", "one_name_each", "sums_among"]

_EQUAL = re.compile(r"""^\s*"?(\w+)"?\s*=\s*(?:'([^']*)'|([+-]?\d+(?:\.0+)?))\s*$""")

_MOST_IN_GROUP = 300

_AND = re.compile(r"\s+AND\s+", re.IGNORECASE)
# What AND doesn't part at its own level: such a condition is left in its words.
_OR = re.compile(r"\bOR\b", re.IGNORECASE)
_OTHER = re.compile(r"[()]|\b(OR|NOT|BETWEEN|CASE)\b", re.IGNORECASE)


def key_of(name: CountName, release: Release) -> CountKey:
    """A count's key, such that the same respondents have the same in both releases.

    A condition such as ``region = 1 AND status = 2`` is the group of those codes. Other conditions
    keep their words. What a release kept of its file is a condition, too.

    Parameters
    ----------
    name
        As published.
    release
        Where it stands.
    """
    kept = str(release.provenance.get("rows kept", ""))
    where = dict(name.where)
    left = []
    for words in filter(None, (kept, name.domain)):
        for part in [words] if _OTHER.search(words) else _AND.split(words):
            found = _EQUAL.match(part)
            if found and not where.get(found[1]):
                code = found[2] if found[2] is not None else found[3].split(".")[0].lstrip("+")
                where[found[1]] = (code,)
            else:
                left.append(" ".join(part.split()))
    domain = " AND ".join(f"({one})" if len(left) > 1 and _OR.search(one) else one for one in left)
    if "?" in domain:
        domain += f" of {release.title}, {release.version}"
    return CountKey.of(name.sample, domain, list(where.items()))


@dataclass(frozen=True)
class Division:
    """How a release divides people by columns: its codes together are all of them.

    Another release may divide the same people otherwise: "rarely" and "never" merged, say.

    Attributes
    ----------
    keys
        Whom it counts.
    levels
        Of columns that a table divides wholly: every code that has a count.
    """

    keys: frozenset[CountKey]
    levels: Mapping[str, frozenset[str]]


def division_of(release: Release, keys: Iterable[CountKey]) -> Division:
    """The columns that a release divides wholly, and their codes."""
    own = frozenset(keys)
    divided = {name for table in release for name in table.divided}
    found: dict[str, set[str]] = {}
    for key in own:
        for name, codes in key.where:
            if name in divided and len(codes) == 1:
                found.setdefault(name, set()).add(codes[0])
    return Division(own, {name: frozenset(codes) for name, codes in found.items()})


# ---- conditions ----


@dataclass(frozen=True)
class _Group:
    """Counts that differ in what conditions are about, and in nothing else.

    Attributes
    ----------
    keys
        The counts.
    conditions
        What each says of the columns of conditions.
    """

    keys: tuple[CountKey, ...]
    conditions: tuple[Condition, ...]


def _groups(keys: Iterable[CountKey]) -> Iterator[_Group]:
    """Counts that may be groups within each other by their conditions."""
    own = sorted(keys)
    read = {domain: parsed(domain) for domain in {key.domain for key in own if key.domain}}
    columns = {name for one in read.values() if one for name in one.columns}
    if not columns:
        return
    found: dict[tuple[object, ...], list[tuple[CountKey, Condition]]] = {}
    for key in own:
        condition = read.get(key.domain)
        if key.domain and condition is None:
            continue
        about = [(name, codes) for name, codes in key.where if name in columns]
        parts = [codes_of(name, codes) for name, codes in about]
        said = all_of([*([condition] if condition else []), *parts])
        others = tuple(pair for pair in key.where if pair not in about)
        found.setdefault((key.source, others), []).append((key, said))
    for pairs in found.values():
        if any(key.domain for key, _ in pairs) and 1 < len(pairs) <= _MOST_IN_GROUP:
            yield _Group(*(tuple(one) for one in zip(*pairs, strict=True)))


def one_name_each(keys: Iterable[CountKey]) -> dict[CountKey, CountKey]:
    """Another name for counts whose conditions are the same in other words.

    Parameters
    ----------
    keys
        Of both releases.
    """
    found: dict[CountKey, CountKey] = {}
    for group in _groups(keys):
        where = truths(group.conditions)
        if where is None:
            continue
        first: dict[bytes, CountKey] = {}
        for key, truth in sorted(zip(group.keys, where, strict=True), key=_plainest):
            found[key] = first.setdefault(truth.tobytes(), key)
    return {key: other for key, other in found.items() if key != other}


def _plainest(pair: tuple[CountKey, Truth]) -> tuple[int, CountKey]:
    return len(pair[0].domain), pair[0]


@dataclass(frozen=True)
class CountSums:
    """Sums among counts.

    Attributes
    ----------
    relations
        Σ coefficient × count = 0, each term a count or a rest.
    rests
        Counts that stand nowhere, by name: what a total has beside its parts, in words.
    watched
        Those of them that are groups of people as any other, and not missing answers.
    """

    relations: tuple[tuple[tuple[str, int], ...], ...]
    rests: Mapping[str, str]
    watched: frozenset[str]


def _said(key: CountKey) -> str:
    """Whom a count counts, for reading; that a question was answered goes without saying."""
    parts = [f"{name}: {' or '.join(codes)}" for name, codes in key.where if codes]
    return "; ".join([*filter(None, [key.domain]), *parts]) or "everybody"


def _beyond(whole: CountKey, parts: Iterable[CountKey]) -> str:
    """What is said of parts and not of their total."""
    said = []
    for part in parts:
        more = [
            f"{name}: {' or '.join(codes) or 'answered'}"
            for name, codes in part.where
            if (name, codes) not in whole.where
        ]
        more += [part.domain] if part.domain != whole.domain else []
        said.append(", ".join(more))
    return "; ".join(said)


class _Sums:
    def __init__(
        self,
        keys: frozenset[CountKey],
        divisions: Sequence[Division],
        known: frozenset[CountKey],
        gaps: bool,
    ) -> None:
        self._keys = keys
        self._known = known
        self._divisions = divisions
        self._gaps = gaps
        self.relations: dict[tuple[tuple[str, int], ...], None] = {}
        self.rests: dict[str, str] = {}
        self.watched: set[str] = set()

    def add(
        self, whole: CountKey, parts: Sequence[CountKey], *, rest: bool, watched: bool = True
    ) -> None:
        """A total, its parts, and a rest if there may be one."""
        names = sorted(part.text for part in parts)
        terms = [(whole.text, 1), *((name, -1) for name in names)]
        if rest:
            name = f"{whole.text} less {'; '.join(names)}"
            self.rests[name] = f"{_said(whole)}; without {_beyond(whole, parts)}"
            self.watched |= {name} if watched else set()
            terms.append((name, -1))
        self.relations[tuple(terms)] = None

    def divide(self, whole: CountKey, name: str, parts: list[CountKey]) -> None:
        """A total by the codes of a column: single ones, sets of several, and what is left."""
        if is_set(name):
            for part in parts:  # answers that don't exclude each other
                self.add(whole, [part], rest=True)
            return
        # Of a total that also holds missing answers nothing says that codes add up to it.
        answered = whole.with_codes(name, ())
        missing = whole.get(name) is None and (self._gaps or answered in self._known)
        divisions = self._divisions_of(whole, name, parts)
        for levels in divisions:
            self._divide(whole, name, parts, levels, missing)
        for part in parts:  # of a code that none of these has: a group within the total
            if all(
                levels is not None and not levels.issuperset(part.get(name) or ())
                for levels in divisions
            ):
                self.add(whole, [part], rest=True, watched=False)

    def _divisions_of(
        self, whole: CountKey, name: str, parts: Sequence[CountKey]
    ) -> list[frozenset[str] | None]:
        """The codes that a total is divided by: those of releases that have it, else of others.

        Where some have counts of all their codes, those of which there are only a few add nothing.
        """
        able = [one for one in self._divisions if name in one.levels]
        having = [one for one in able if whole in one.keys] or able
        every = list(dict.fromkeys(one.levels[name] for one in having))
        codes = {code for part in parts for code in part.get(name) or ()}
        whole_ones = [levels for levels in every if levels <= codes]
        return [*(whole_ones or every)] or [None]

    def _divide(
        self,
        whole: CountKey,
        name: str,
        parts: list[CountKey],
        levels: frozenset[str] | None,
        missing: bool,
    ) -> None:
        """The same by the codes of one release."""
        codes = {part: frozenset(part.get(name) or ()) for part in parts}
        own = [part for part in parts if levels is None or codes[part] <= levels]
        single = [part for part in own if len(codes[part]) == 1]

        def complete(several: Iterable[CountKey]) -> bool:
            return levels == frozenset(code for part in several for code in codes[part])

        if single:
            done = complete(single)
            self.add(whole, single, rest=missing or not done, watched=not done)
        for net in (part for part in own if len(codes[part]) > 1):
            inside = [part for part in single if codes[part] <= codes[net]]
            outside = [part for part in single if not codes[part] & codes[net]]
            if inside:
                self.add(net, inside, rest=len(inside) < len(codes[net]))
            done = complete([net, *outside])
            self.add(whole, [net, *outside], rest=missing or not done, watched=not done)

    def _everybody_s_codes(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Columns all of whose codes are known, from counts of everybody.

        Within a condition, or a group by something else, there may be fewer. Where releases divide
        a column differently, codes of one may hold codes of the other.
        """
        every: dict[str, set[str]] = {}
        for one in self._divisions:
            for name, codes in one.levels.items():
                every.setdefault(name, set()).update(codes)
        found: dict[str, tuple[str, ...]] = {}
        for one in self._divisions:
            own: dict[str, set[str]] = {}
            for key in one.keys:
                coded = [(name, codes) for name, codes in key.where if codes]
                if not key.domain and len(coded) == 1 and len(coded[0][1]) == 1:
                    own.setdefault(coded[0][0], set()).add(coded[0][1][0])
            found |= {
                name: tuple(sorted(codes))
                for name, codes in own.items()
                if codes == every.get(name)
            }
        return tuple(sorted(found.items()))

    def nest(self, group: _Group) -> bool:
        """Groups within groups by their conditions: 18 and over within 16 and over.

        The answer is whether that could be told.
        """
        codes = self._everybody_s_codes()
        said = {name for key in self._known for name, own in key.where if not own}
        said |= {test.name for one in group.conditions for test in one.tests if test.sign == "null"}
        gaps = None if self._gaps else frozenset(said)
        answered = truths(group.conditions, missing=frozenset(), codes=codes)
        everybody = truths(group.conditions, missing=gaps, codes=codes)
        if everybody is None or answered is None:
            return False
        for place, whole in enumerate(group.keys):
            for other in range(place):  # the same, as no other codes occur
                if (everybody[place] == everybody[other]).all():
                    self.add(whole, [group.keys[other]], rest=False)
            parts = _directly_within(everybody, place)
            apart = not any(
                (everybody[one] & everybody[two]).any()
                for one, two in itertools.combinations(parts, 2)
            )
            for some in [parts] if apart else [[one] for one in parts]:
                if not some or not (whole.domain or any(group.keys[one].domain for one in some)):
                    continue  # codes by themselves are divided above
                left, missed = (
                    truth[place] & ~np.logical_or.reduce([truth[one] for one in some])
                    for truth in (answered, everybody)
                )
                self.add(
                    whole,
                    [group.keys[one] for one in some],
                    rest=bool(left.any() or missed.any()),
                    watched=bool(left.any()),
                )
        return True

    def made(self) -> CountSums:
        """Every sum among the counts."""
        families: dict[tuple[CountKey, str], list[CountKey]] = {}
        for key in sorted(self._keys):
            for name, codes in key.where:
                above = key.with_codes(name, None)
                if codes:
                    for whole in {key.with_codes(name, ()), above} & self._keys:
                        families.setdefault((whole, name), []).append(key)
                elif above in self._keys:
                    self.add(above, [key], rest=True, watched=False)
        for (whole, name), parts in sorted(families.items()):
            self.divide(whole, name, parts)
        left = {key for key in self._keys if key.domain}
        for group in _groups(self._keys):
            if self.nest(group):
                left -= set(group.keys)
        for key in sorted(left):  # in words that aren't understood, or of too many cases
            everybody = CountKey(key.source, "", key.where)
            if everybody in self._keys:
                self.add(everybody, [key], rest=True)
        return CountSums(tuple(self.relations), self.rests, frozenset(self.watched))


def _directly_within(where: Sequence[Truth], place: int) -> list[int]:
    """Conditions that imply another, with none between them."""
    whole = where[place]
    inner = [
        other
        for other, own in enumerate(where)
        if own.any() and not (own & ~whole).any() and (whole & ~own).any()
    ]
    return [
        one
        for one in inner
        if not any(
            not (where[one] & ~where[other]).any() and (where[other] & ~where[one]).any()
            for other in inner
        )
    ]


def sums_among(
    keys: Iterable[CountKey],
    divisions: Sequence[Division],
    *,
    known: Iterable[CountKey] = (),
    gaps: bool = False,
) -> CountSums:
    """Every sum that ties counts with each other by their names.

    Parameters
    ----------
    keys
        The counts.
    divisions
        Columns all of whose codes are known, by release.
    known
        More counts that there are, elsewhere: of a column of which both everybody and those who
        answered are counted somewhere, everybody isn't the sum of the answers.
    gaps
        Whether totals of which it isn't said that all answered may hold missing answers. An
        attacker supposes that they don't, unless the figures say otherwise.
    """
    own = frozenset(keys)
    return _Sums(own, divisions, own | frozenset(known), gaps).made()
