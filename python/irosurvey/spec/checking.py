"""What the keys of a spec mean together, checked where each by itself is right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from irosurvey.spec.document import Document
from irosurvey.spec.estimate_checks import estimate_problems
from irosurvey.spec.keys import SPEC
from irosurvey.spec.kinds import Path, Problem, exact, exactly, shown, table_problems
from irosurvey.spec.parts import Spec, spec_of
from irosurvey.spec.table_checks import published_table_problems

__all__ = ["read_spec"]


def read_spec(document: Document) -> Spec:
    """Check a spec's keys and values, and take it apart.

    Raises
    ------
    SpecError
        With every problem that was found.
    """
    table = document.table
    problems = list(table_problems(table, SPEC.keys, ()))
    broken = {problem.path[:2] for problem in problems} | {problem.path[:1] for problem in problems}
    for name, check in (("design", _design), ("replicates", _replicates)):
        if name in table and not any(path[:1] == (name,) for path in broken):
            problems += check(table)
    if not {"estimate", "table"} & set(table):
        problems.append(Problem((), "the key 'estimate' or 'table': what is wanted", "no such key"))
    each = (
        ("calibrate", _calibrate),
        ("estimate", estimate_problems),
        ("table", published_table_problems),
    )
    for name, check_one in each:
        for place, one in enumerate(_tables(table, name)):
            if (name, place) not in broken:
                problems += check_one(one, (name, place))
    problems += _repeated(table, "estimate", "id")
    problems += _repeated(table, "table", "name")
    document.refuse(problems)
    return spec_of(table)


def _tables(table: Mapping[str, Any], name: str) -> list[Any]:
    found = table.get(name)
    return found if isinstance(found, list) else []


def _design(table: Mapping[str, Any]) -> Iterator[Problem]:
    design = table["design"]
    if "replicates" in table:
        for name in ("strata", "clusters", "fpc", "singleton"):
            if name in design:
                yield Problem(
                    ("design", name),
                    "no such key beside [replicates]: replicate weights say how rows were sampled",
                    "both",
                    f"Take out '{name}', or [replicates].",
                )
    most = len(design.get("clusters", ())) + 1
    for name in ("strata", "fpc"):
        entries = design.get(name, ())
        if isinstance(entries, list) and len(entries) > most:
            yield Problem(
                ("design", name),
                f"at most {most} {'entries' if most > 1 else 'entry'}, one for each stage",
                str(len(entries)),
                "Stages are named by clusters = […]; the units of one more stage are the rows.",
            )


def _replicates(table: Mapping[str, Any]) -> Iterator[Problem]:
    given = table["replicates"]
    kind, centre = given["type"], given.get("centre", "estimate")
    for name, wanted, why in (
        ("fay_rho", kind == "Fay", 'type = "Fay"'),
        ("replicate_strata", centre == "within-stratum", 'centre = "within-stratum"'),
    ):
        if wanted and name not in given:
            yield Problem(("replicates",), f"the key '{name}', as {why}", "no such key")
        elif not wanted and name in given:
            yield Problem(("replicates", name), f"'{name}' only where {why}", "it without that")
    if kind == "JKn" and "rscales" not in given:
        yield Problem(("replicates",), "the key 'rscales', as type = \"JKn\"", "no such key")


def _calibrate(step: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    seen: list[list[str]] = []
    for place, margin in enumerate(step["margins"]):
        here = (*path, "margins", place)
        names = margin.get("variables", [margin.get("variable", "")])
        if names in seen:
            yield Problem(here, "each margin once", "the same variables again")
        seen.append(names)
        if set(margin) == {"variables", "totals"}:
            yield from _cells(margin, here)
        elif set(margin) != {"variable", "total"}:
            yield Problem(
                here,
                "'variables' with 'totals', or 'variable' with 'total'",
                ", ".join(f"'{name}'" for name in margin) or "an empty table",
            )


def _cells(margin: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    names = margin["variables"]
    seen: set[tuple[Any, ...]] = set()
    for place, row in enumerate(margin["totals"]):
        here = (*path, "totals", place)
        yield from exactly(row, [*names, "total"], here)
        cell = tuple(exact(row.get(name)) for name in names)
        if cell in seen:
            yield Problem(here, "each cell once", "the same cell again")
        seen.add(cell)


def _repeated(table: Mapping[str, Any], kind: str, key: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for place, one in enumerate(_tables(table, kind)):
        name = one.get(key) if isinstance(one, Mapping) else None
        if isinstance(name, str) and name in seen:
            yield Problem((kind, place, key), "a name that is unique in the file", shown(name))
        elif isinstance(name, str):
            seen.add(name)
