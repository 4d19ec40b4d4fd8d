"""Tables, rows and columns of two releases that belong together, and what differs in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from irosurvey.layout import number
from irosurvey.tables.comparison import Change, Disclosure, What
from irosurvey.tables.editions import keys_of
from irosurvey.tables.facts import CountKey
from irosurvey.tables.published import PublishedCell, PublishedColumn, PublishedTable, Release

__all__ = ["changes", "matched", "read_off"]


def _key(table: PublishedTable) -> tuple[str, ...]:
    parts = (table.title.subject, table.title.statistic, table.title.population, table.title.area)
    return tuple(" ".join(part.casefold().split()) for part in parts)


def matched(
    old: Release, new: Release
) -> Iterator[tuple[PublishedTable | None, PublishedTable | None]]:
    """Pairs of tables in the order of the new release; what went comes last."""
    left = list(old.tables)
    for table in new:
        same = [one for one in left if _key(one) == _key(table)]
        named = [one for one in same if one.name == table.name]
        found = next(iter(named or same), None)
        if found is not None:
            left.remove(found)
        yield found, table
    for gone in left:
        yield gone, None


def _numbered(names: Sequence[Any]) -> list[tuple[Any, int]]:
    """Names that come several times are told apart by their turn."""
    seen: Counter[Any] = Counter()
    found = []
    for name in names:
        found.append((name, seen[name]))
        seen[name] += 1
    return found


def _rows(table: PublishedTable) -> dict[Any, int]:
    return {key: place for place, key in enumerate(_numbered([row.labels for row in table.rows]))}


def _columns(table: PublishedTable) -> dict[Any, int]:
    names = [column.name for column in table.columns]
    return {key: place for place, key in enumerate(_numbered(names))}


# ---- what changed ----


def changes(old: PublishedTable | None, new: PublishedTable | None) -> Iterator[Change]:
    """What came, went or changed in a table; ``None``: one of the releases doesn't have it."""
    if new is None or old is None:
        one = new or old
        assert one is not None
        title = str(one.title)
        yield Change(
            "table", title, old="" if old is None else title, new="" if new is None else title
        )
        return
    title = str(new.title)
    if old.counts and new.counts and _whom(old) != _whom(new):
        yield Change("table", title, "whom it counts", _whom(old), _whom(new))
    rows, columns = (_rows(old), _rows(new)), (_columns(old), _columns(new))
    for what, (before, after) in (("row", rows), ("column", columns)):
        for key in after:
            if key not in before:
                yield Change(_what(what), title, _name(key[0]), new=_name(key[0]))
        for key in before:
            if key not in after:
                yield Change(_what(what), title, _name(key[0]), old=_name(key[0]))
    for row, at in rows[1].items():
        for column, place in columns[1].items():
            if row in rows[0] and column in columns[0]:
                before_cell = old.rows[rows[0][row]].cells[columns[0][column]]
                after_cell = new.rows[at].cells[place]
                if before_cell != after_cell:
                    where = f"{_name(row[0])}, {_name(column[0])}"
                    yield _changed(title, where, before_cell, after_cell, new.columns[place])


def _what(name: str) -> What:
    return "row" if name == "row" else "column"


def _name(key: object) -> str:
    return ", ".join(filter(None, key)) if isinstance(key, tuple) else str(key)


def _changed(
    title: str, where: str, old: PublishedCell, new: PublishedCell, column: PublishedColumn
) -> Change:
    figures = old.value is not None and new.value is not None
    return Change(
        "mark" if bool(old.mark) != bool(new.mark) or old.mark != new.mark else "figure",
        title,
        where,
        _shown(old, column),
        _shown(new, column),
        new.value - old.value if figures else None,  # type: ignore[operator]
    )


def _shown(cell: PublishedCell, column: PublishedColumn) -> str:
    if cell.value is None:
        return f"[{cell.mark}]" if cell.mark else cell.text or "–"
    unit = "%" if column.unit == "percent" else ""
    return number(cell.value, column.decimals) + unit


def read_off(
    old: tuple[PublishedTable, Release], new: tuple[PublishedTable, Release]
) -> Iterator[Disclosure]:
    """Figures of a table that one release shows and the other hides: of the same people."""
    before, after = old[0], new[0]
    rows, columns = (_rows(before), _rows(after)), (_columns(before), _columns(after))
    behind = [_behind(*old), _behind(*new)]
    known = all(one[0].counted for one in (old, new))
    for row, at in rows[0].items():
        for column, place in columns[0].items():
            if row not in rows[1] or column not in columns[1]:
                continue
            other = rows[1][row], columns[1][column]
            if known and behind[0](at, place) != behind[1](*other):
                continue  # a place of the same name, but whom it counts is another matter
            first = before.rows[at].cells[place]
            second = after.rows[other[0]].cells[other[1]]
            shown = first if second.mark == "c" else second
            if {first.mark, second.mark} == {"c", ""} and shown.value is not None:
                yield Disclosure(
                    str((before if first.mark == "c" else after).title),
                    f"{_name(row[0])}, {_name(column[0])}",
                    "old" if first.mark == "c" else "new",
                    f"the other shows {_shown(shown, before.columns[place])}",
                )


def _behind(
    table: PublishedTable, release: Release
) -> Callable[[int, int], tuple[CountKey | None, ...]]:
    """The counts behind the figure in a row and a column."""
    keys = keys_of(table, release, alike=True)

    def found(row: int, column: int) -> tuple[CountKey | None, ...]:
        return tuple(keys[at] if at >= 0 else None for at in table.counted[row][column])

    return found


def _whom(table: PublishedTable) -> str:
    """The conditions of a table, in words."""
    conditions = sorted({name.domain for name in table.counts})
    return " or ".join(one or "everybody" for one in conditions)
