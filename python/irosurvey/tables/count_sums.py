"""Counts of published figures by their names, and the sums that everybody knows to tie them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from irosurvey.origin import is_set
from irosurvey.tables.facts import CountKey
from irosurvey.tables.published import CountName, Release

__all__ = ["CountSums", "key_of", "levels_in", "sums_among"]

_EQUAL = re.compile(r"""^\s*"?(\w+)"?\s*=\s*(?:'([^']*)'|([+-]?\d+(?:\.0+)?))\s*$""")

_AND = re.compile(r"\s+AND\s+", re.IGNORECASE)
# What AND doesn't part at its own level: such a condition is left in its words.
_OTHER = re.compile(r"[()]|\b(OR|NOT|BETWEEN|CASE)\b", re.IGNORECASE)


def key_of(name: CountName, release: Release) -> CountKey:
    """A count's key, such that the same respondents have the same in both releases.

    A condition such as ``region = 1 AND status = 2`` is the group of those codes. Other conditions
    are told apart by their words. What a release kept of its file is a condition, too.

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
    domain = " AND ".join(left)
    if "?" in domain:
        domain += f" of {release.title}, {release.version}"
    return CountKey.of(name.sample, domain, list(where.items()))


def levels_in(release: Release, keys: Iterable[CountKey]) -> dict[str, set[str]]:
    """Of columns that a table divides wholly: every code that has a count."""
    divided = {name for table in release for name in table.divided}
    found: dict[str, set[str]] = {}
    for key in keys:
        for name, codes in key.where:
            if name in divided and len(codes) == 1:
                found.setdefault(name, set()).add(codes[0])
    return found


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
        levels: Mapping[str, set[str]],
        known: frozenset[CountKey],
        gaps: bool,
    ) -> None:
        self._keys = keys
        self._known = known
        self._levels = levels
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
        codes = {part: frozenset(part.get(name) or ()) for part in parts}
        single = [part for part in parts if len(codes[part]) == 1]
        # Of a total that also holds missing answers nothing says that codes add up to it.
        answered = whole.with_codes(name, ())
        missing = whole.get(name) is None and (self._gaps or answered in self._known)

        def complete(several: Iterable[CountKey]) -> bool:
            found = {code for part in several for code in codes[part]}
            return name in self._levels and found == self._levels[name]

        if single:
            done = complete(single)
            self.add(whole, single, rest=missing or not done, watched=not done)
        for net in (part for part in parts if len(codes[part]) > 1):
            inside = [part for part in single if codes[part] <= codes[net]]
            outside = [part for part in single if not codes[part] & codes[net]]
            if inside:
                self.add(net, inside, rest=len(inside) < len(codes[net]))
            done = complete([net, *outside])
            self.add(whole, [net, *outside], rest=missing or not done, watched=not done)

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
            everybody = CountKey(key.source, "", key.where)
            if key.domain and everybody in self._keys:
                self.add(everybody, [key], rest=True)
        for (whole, name), parts in sorted(families.items()):
            self.divide(whole, name, parts)
        return CountSums(tuple(self.relations), self.rests, frozenset(self.watched))


def sums_among(
    keys: Iterable[CountKey],
    levels: Mapping[str, set[str]],
    *,
    known: Iterable[CountKey] = (),
    gaps: bool = False,
) -> CountSums:
    """Every sum that ties counts with each other by their names.

    Parameters
    ----------
    keys
        The counts.
    levels
        Codes of columns all of whose codes are known.
    known
        More counts that there are, elsewhere: of a column of which both everybody and those who
        answered are counted somewhere, everybody isn't the sum of the answers.
    gaps
        Whether totals of which it isn't said that all answered may hold missing answers. An
        attacker supposes that they don't, unless the figures say otherwise.
    """
    own = frozenset(keys)
    return _Sums(own, levels, own | frozenset(known), gaps).made()
