"""What the keys of a table [[table]] mean together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from irosurvey.spec.kinds import Path, Problem, shown
from irosurvey.spec.table_keys import TABLE_STATISTICS, table_keys_of

__all__ = ["published_table_problems"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")


def published_table_problems(table: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    """Keys that don't go with the statistic, or with each other."""
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
    for name in ("rows", "columns", "of", "show"):
        names = table.get(name, [])
        for one in sorted({one for one in names if names.count(one) > 1}):
            yield Problem((*path, name), "each once", f"'{one}' twice")
    if "estimate" not in table.get("show", ["estimate"]):
        yield Problem((*path, "show"), "the estimate among what is shown", "it without")
    if not _NAME.fullmatch(table.get("name", "table")):
        yield Problem(
            (*path, "name"), "letters, digits and _, a letter first", shown(table["name"])
        )
