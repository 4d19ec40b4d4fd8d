"""What the keys of a table [[table]] mean together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from irosurvey.spec.kinds import Path, Problem, shown
from irosurvey.spec.table_keys import BESIDE, TABLE_STATISTICS, table_keys_of

__all__ = ["published_table_problems"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")


def published_table_problems(table: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    """Keys that don't go with the statistic, or with each other."""
    yield from _use_problems(table, path)
    yield from _across_problems(table, path)
    for place, more in enumerate(table.get("beside", [])):
        yield from _beside_problems(table, more, (*path, "beside", place))
    yield from _twins(table, path)
    if "estimate" not in table.get("show", ["estimate"]):
        yield Problem((*path, "show"), "the estimate among what is shown", "it without")
    if not _NAME.fullmatch(table.get("name", "table")):
        yield Problem(
            (*path, "name"), "letters, digits and _, a letter first", shown(table["name"])
        )


def _use_problems(table: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    """Keys that the statistic doesn't have, or can't do without."""
    statistic = table["statistic"]
    allowed = table_keys_of(statistic)
    for name in table:
        if name not in allowed:
            having = [one for one in TABLE_STATISTICS if name in table_keys_of(one)]
            yield Problem(
                (*path, name),
                f'nothing here, as the statistic is "{statistic}"',
                f"'{name}', which belongs to " + " and ".join(f'"{one}"' for one in having[:4]),
            )
    for name in TABLE_STATISTICS[statistic].needs:
        if name not in table:
            yield Problem(path, f"the key '{name}', as statistic = \"{statistic}\"", "no such key")


def _across_problems(table: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    """Of figures that are of something: groups go down the side or across the top."""
    statistic = table["statistic"]
    if "of" not in TABLE_STATISTICS[statistic].needs:
        return
    if table.get("rows") and table.get("columns"):
        yield Problem(
            (*path, "columns"),
            f'groups down the side or across the top, as statistic = "{statistic}"',
            "both",
            "Make it two tables, or nest one in the other in rows: region * type.",
        )
    if table.get("letters") and not table.get("columns"):
        yield Problem(
            (*path, "letters"),
            "letters only where groups stand across the top: they compare columns",
            "no columns",
            "Put the groups in columns instead of rows.",
        )


def _beside_problems(
    table: Mapping[str, Any], more: Mapping[str, Any], path: Path
) -> Iterator[Problem]:
    """Figures beside others: rows are the same groups."""
    statistic = table["statistic"]
    if statistic not in BESIDE or not table.get("rows"):
        yield Problem(
            path,
            "a table whose rows are groups, for figures to stand beside",
            f'"{statistic}"' + ("" if table.get("rows") else " without rows"),
        )
        return
    if more["statistic"] not in BESIDE:
        yield Problem(
            (*path, "statistic"),
            "one whose rows are groups: " + ", ".join(f'"{one}"' for one in sorted(BESIDE)),
            f'"{more["statistic"]}"',
        )
        return
    whole = {"title": table["title"], "rows": table["rows"], **more}
    yield from _use_problems(whole, path)
    yield from _across_problems(whole, path)
    yield from _twins(more, path)


def _twins(table: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    for name in ("rows", "columns", "of", "show"):
        names = table.get(name, [])
        for one in sorted({one for one in names if names.count(one) > 1}):
            yield Problem((*path, name), "each once", f"'{one}' twice")
