"""A spec as it is written: TOML into checked parts, or every problem with its line."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path as FilePath
from typing import Any, TypeAlias

from irosurvey._complaint import complaint
from irosurvey.errors import IrosurveyError, SpecError
from irosurvey.parts import LevelValue
from irosurvey.spec.agreement import unreadable
from irosurvey.spec.keys import (
    ESTIMATE,
    FIGURES,
    LEVEL_KEYS,
    SPEC,
    STATISTICS,
    TABLE,
    TABLE_STATISTICS,
    keys_of,
    row_key,
    table_keys_of,
)
from irosurvey.spec.kinds import Path, Problem, shown, table_problems
from irosurvey.spec.places import lines_of, nearest_line

__all__ = ["Document", "EstimatePart", "Spec", "StandardPart", "TablePart", "read_spec"]

Codes: TypeAlias = dict[str, LevelValue]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")

SECTION_NAMES = (
    "data",
    "derive",
    "design",
    "replicates",
    "estimate",
    "calibrate",
    "table",
    "release",
    "policy",
)

_LARGEST = 16 * 2**20
"""Bytes of a spec: margins of many cells are long, a data file by mistake is longer."""


# ---- parts ----


@dataclass(frozen=True)
class StandardPart:
    """`standardize` of an estimate."""

    variable: str
    shares: dict[LevelValue, float]
    within: tuple[str, ...] | None


@dataclass(frozen=True)
class EstimatePart:
    """A table [[estimate]]; what each key means is in `irosurvey.spec.keys`."""

    id: str
    statistic: str
    source: str = ""
    variables: tuple[str, ...] = ()
    numerator: str = ""
    denominator: str = ""
    groups: str = ""
    relative_to: str = ""
    probs: tuple[float, ...] = ()
    quantile_rule: str = "math"
    rows: str = ""
    columns: str = ""
    test: str = ""
    formula: str = ""
    family: str = "gaussian"
    link: str = ""
    vadjust: bool = False
    margins: tuple[str, ...] = ()
    where: str = ""
    by: tuple[str, ...] = ()
    contrast: tuple[tuple[Codes, float], ...] = ()
    standardize: StandardPart | None = None
    plausible_values: tuple[str, ...] = ()
    sampling_variance: str = "all"
    missing: str = "domain"
    level: float = 0.95
    ci: str = ""
    df: str | float = "design"
    deff: str = "wr"
    unit: float = 1.0
    expect: tuple[dict[str, Any], ...] = ()
    tolerance: float | None = None


@dataclass(frozen=True)
class TablePart:
    """A table [[table]]; what each key means is in `irosurvey.spec.keys`."""

    title: str
    statistic: str
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    over: str = ""
    per: float = 1.0
    answers: tuple[LevelValue, ...] = ()
    base: str = ""
    where: str = ""
    decimals: int | None = None
    show: tuple[str, ...] = ("estimate", "lower", "upper", "base")
    totals: bool = True
    letters: bool = False
    chart: str = ""
    ordered: bool = True
    name: str = ""
    population: str = ""
    area: str = ""
    period: str = ""
    source: str = ""
    notes: tuple[str, ...] = ()
    missing: str = "domain"
    level: float = 0.95

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """The columns of each entry of `rows`, the outer ones first."""
        return tuple(tuple(name.strip() for name in entry.split("*")) for entry in self.rows)


@dataclass(frozen=True)
class Spec:
    """A spec whose keys and values are known to be right; columns and SQL aren't looked at yet.

    `data`, `design`, `replicates`, `calibrate`, `release` and `policy` are the tables of the file.
    """

    title: str
    source: str
    notes: str
    data: dict[str, Any]
    derive: dict[str, str]
    design: dict[str, Any]
    replicates: dict[str, Any] | None
    calibrate: tuple[dict[str, Any], ...]
    estimates: tuple[EstimatePart, ...]
    tables: tuple[TablePart, ...] = ()
    release: dict[str, Any] = field(default_factory=dict)
    policy: dict[str, Any] = field(default_factory=dict)


# ---- the file ----


class Document:
    """A spec's file, or a dict in its place, and how to speak of a place in it."""

    def __init__(self, given: str | os.PathLike[str] | Mapping[str, Any]) -> None:
        self.path: FilePath | None = None
        self.table: Mapping[str, Any]
        self._lines: dict[Path, int] = {}
        if isinstance(given, Mapping):
            self.table = given
        else:
            self.path = FilePath(given)
            text = self._text(self.path)
            self._lines = lines_of(text)
            self.table = self._parsed(text)

    @property
    def name(self) -> str:
        """The file's name as it was given."""
        return str(self.path) if self.path else "spec"

    def error(self, problem: Problem) -> SpecError:
        """An error that names the file, the line, the table and the key."""
        return complaint(
            SpecError,
            self.subject(problem.path),
            expected=problem.expected,
            found=problem.found,
            remedy=problem.remedy,
            name=problem.name,
            existing=problem.existing,
        )

    def subject(self, path: Path) -> str:
        """A place in words: file, line, table and key."""
        line = nearest_line(self._lines, path)
        place = self.name + (f", line {line}" if line else "")
        words = self._words(path)
        return f"{place}: {', '.join(words)}" if words else place

    def error_of(self, path: Path, failure: IrosurveyError) -> IrosurveyError:
        """The library's own complaint, said of a place in the file."""
        subject = self.subject(path)
        message = f"{subject}: {failure.message.rstrip()}"
        return type(failure)(message, subject, failure.row, *_said(failure))

    @contextmanager
    def at(self, path: Path) -> Iterator[None]:
        """Say of whatever goes wrong inside that it is about this place."""
        try:
            yield
        except IrosurveyError as failure:
            raise self.error_of(path, failure) from failure

    def refuse(self, problems: Iterable[Problem | IrosurveyError]) -> None:
        """Raise all problems as one error, if there are any."""
        errors = [
            one if isinstance(one, IrosurveyError) else self.error(one)
            for one in sorted(problems, key=self._line)
        ]
        if errors:
            message = "\n".join(error.message for error in errors)
            whole = SpecError(message, errors[0].subject, None, *_said(errors[0]))
            whole.problems = tuple(errors)
            raise whole

    def _line(self, problem: Problem | IrosurveyError) -> int:
        """What problems are listed by; what has no line of its own keeps its place in front."""
        return nearest_line(self._lines, problem.path) if isinstance(problem, Problem) else 0

    def _text(self, path: FilePath) -> str:
        expected = "a spec: a TOML file in UTF-8"
        try:
            with path.open("rb") as file:
                content = file.read(_LARGEST + 1)
        except OSError as failure:
            siblings = [one.name for one in path.parent.glob("*.toml")]
            raise self._file_error(
                expected, failure.strerror or str(failure), path.name, siblings
            ) from failure
        if len(content) > _LARGEST:
            raise self._file_error(expected, f"more than {_LARGEST >> 20} MiB")
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as failure:
            raise self._file_error(expected, f"no UTF-8 at byte {failure.start}") from failure

    def _parsed(self, text: str) -> dict[str, Any]:
        try:
            return tomllib.loads(text.replace("\r\n", "\n"))
        except RecursionError as failure:
            raise self._file_error("a TOML file", "brackets nested too deep") from failure
        except ValueError as failure:  # also a number with more digits than Python reads
            raise self._file_error("a TOML file", str(failure)) from failure

    def _file_error(
        self, expected: str, found: str, name: str = "", existing: Iterable[str] = ()
    ) -> SpecError:
        error = complaint(
            SpecError, self.name, expected=expected, found=found, name=name, existing=existing
        )
        error.problems = (error,)
        return error

    def _words(self, path: Path) -> list[str]:
        """A path as a person says it: `[[estimate]] 'mean', key 'by'`."""
        if not path:
            return []
        first, *rest = path
        if first in ("estimate", "calibrate", "table") and rest and isinstance(rest[0], int):
            words = [f"[[{first}]] {self._called(str(first), rest[0])}"]
            rest = rest[1:]
        elif first in SECTION_NAMES:
            words = [f"[{first}]"]
        else:
            return [f"key '{first}'"]
        names = [str(one) if isinstance(one, str) else f"entry {one + 1}" for one in rest]
        if names:
            words.append(f"key '{names[0]}'" + "".join(f", {name}" for name in names[1:]))
        return words

    def _called(self, table: str, place: int) -> str:
        """The name of an entry, or its number."""
        try:
            entry = self.table[table][place]
            name = entry.get("title" if table == "table" else "id")
        except (AttributeError, LookupError, TypeError):
            name = None
        return f"'{name}'" if isinstance(name, str) and name else f"number {place + 1}"


def _said(failure: IrosurveyError) -> tuple[Any, ...]:
    return failure.expected, failure.found, failure.remedy, failure.candidates


# ---- what the keys mean together ----


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
    # What keys mean together is checked where each by itself is right.
    for name, check in (("design", _design), ("replicates", _replicates)):
        if name in table and not any(path[:1] == (name,) for path in broken):
            problems += check(table)
    if not {"estimate", "table"} & set(table):
        problems.append(Problem((), "the key 'estimate' or 'table': what is wanted", "no such key"))
    each = (("calibrate", _calibrate), ("estimate", _estimate), ("table", _table))
    for name, check_one in each:
        for place, one in enumerate(_tables(table, name)):
            if (name, place) not in broken:
                problems += check_one(one, (name, place))
    problems += _repeated(table, "estimate", "id")
    problems += _repeated(table, "table", "name")
    document.refuse(problems)
    return Spec(
        title=table.get("title", ""),
        source=table.get("source", ""),
        notes=table.get("notes", ""),
        data=dict(table["data"]),
        derive=dict(table.get("derive", {})),
        design=dict(table.get("design", {})),
        replicates=dict(table["replicates"]) if "replicates" in table else None,
        calibrate=tuple(dict(step) for step in table.get("calibrate", ())),
        estimates=tuple(_part(one) for one in table.get("estimate", ())),
        tables=tuple(_table_part(one) for one in table.get("table", ())),
        release=dict(table.get("release", {})),
        policy=dict(table.get("policy", {})),
    )


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
        yield from _exactly(row, [*names, "total"], here)
        cell = tuple(_exact(row.get(name)) for name in names)
        if cell in seen:
            yield Problem(here, "each cell once", "the same cell again")
        seen.add(cell)


def _exact(code: object) -> tuple[type, object]:
    """True is no code 1; a whole number is the same with a point."""
    return (bool if isinstance(code, bool) else type(None), code)


def _exactly(row: Mapping[str, Any], names: list[str], path: Path) -> Iterator[Problem]:
    for name in row:
        if name not in names:
            yield Problem(
                (*path, name),
                "one of the keys " + ", ".join(names),
                "an unknown key",
                "",
                name,
                tuple(names),
            )
    for name in names:
        if name not in row:
            yield Problem(path, f"the key '{name}'", "a table without it")


# ---- estimates ----


def _estimate(table: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    statistic = table["statistic"]
    use, allowed = STATISTICS[statistic], keys_of(statistic)
    for name in table:
        if name not in allowed:
            having = [one for one in STATISTICS if name in keys_of(one)]
            yield Problem(
                (*path, name),
                f"a key of the statistic '{statistic}'",
                f"'{name}', a key of " + " and ".join(f"'{one}'" for one in having[:3]),
            )
    for need in use.needs:
        names = need.split("|")
        if sum(name in table for name in names) != 1:
            yield Problem(
                path,
                f"{'one of the keys' if len(names) > 1 else 'the key'} "
                + " or ".join(f"'{name}'" for name in names)
                + f', as statistic = "{statistic}"',
                "both" if all(name in table for name in names) else "no such key",
            )
    yield from _one_of(table, "ci", use.intervals, path)
    yield from _one_of(table, "test", use.tests, path)
    alone = "plausible_values" not in table and len(table.get("variables", ("", ""))) < 2
    if statistic == "correlation" and alone:
        yield Problem((*path, "variables"), "two columns or more", "one")
    if "sampling_variance" in table and "plausible_values" not in table:
        yield Problem((*path, "sampling_variance"), "it with 'plausible_values'", "it without")
    yield from _twice(table, path)
    yield from _standard(table, path)
    yield from _contrast(table, path)
    yield from _expected(table, path)


def _one_of(
    table: Mapping[str, Any], name: str, values: tuple[str, ...], path: Path
) -> Iterator[Problem]:
    value = table.get(name, "")
    if value and values and value not in values:
        yield Problem(
            (*path, name),
            f"for the statistic '{table['statistic']}' "
            + " or ".join(f'"{one}"' for one in values),
            shown(value),
            "",
            value,
            values,
        )


def _twice(table: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    for name in ("variables", "by", "plausible_values", "margins"):
        names = table.get(name, [])
        for one in sorted({one for one in names if names.count(one) > 1}):
            yield Problem((*path, name), "each column once", f"'{one}' twice")


def _standard(table: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    if "standardize" not in table:
        return
    given, here = table["standardize"], (*path, "standardize", "weights")
    seen: set[object] = set()
    for place, row in enumerate(given["weights"]):
        yield from _exactly(row, [given["variable"], "share"], (*here, place))
        code = _exact(row.get(given["variable"]))
        if code in seen:
            yield Problem((*here, place), "each level once", "the same level again")
        seen.add(code)
    if not sum(row.get("share", 0) for row in given["weights"]) > 0:
        yield Problem(here, "shares of which at least one is above 0", "none")


def _contrast(table: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    known = _row_keys(table)
    for place, term in enumerate(table.get("contrast", ())):
        if not term["at"]:
            yield Problem(
                (*path, "contrast", place, "at"), "columns and codes of a cell", "an empty table"
            )
        for name in term["at"]:
            if name not in known:
                yield _unknown_key((*path, "contrast", place, "at", name), name, known)


def _expected(table: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    keys = _row_keys(table)
    for place, row in enumerate(table.get("expect", ())):
        here = (*path, "expect", place)
        for name, value in row.items():
            if name in keys:
                continue
            if name not in FIGURES:
                yield _unknown_key((*here, name), name, (*keys, *FIGURES))
            elif not isinstance(value, str):
                yield Problem(
                    (*here, name),
                    "a figure in quotes, exactly as it is printed",
                    shown(value),
                    f'Write {name} = "{value}": the digits after the point count.',
                )
            elif found := unreadable(value):
                yield Problem((*here, name), 'a printed number, such as "0.50"', found)
        if not any(name in FIGURES and name not in keys for name in row):
            yield Problem(here, "at least one printed figure, such as estimate", "none")


def _row_keys(table: Mapping[str, Any]) -> tuple[str, ...]:
    """What picks a row of the result; a `by` column with a name of ours has an underscore."""
    groups = [*table.get("by", ()), *table.get("margins", ())]
    return (*LEVEL_KEYS, *(row_key(name) for name in groups))


def _unknown_key(path: Path, name: str, known: tuple[str, ...]) -> Problem:
    return Problem(
        path, "one of the keys " + ", ".join(known), "an unknown key", "", name, tuple(known)
    )


def _repeated(table: Mapping[str, Any], kind: str, key: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for place, one in enumerate(_tables(table, kind)):
        name = one.get(key) if isinstance(one, Mapping) else None
        if isinstance(name, str) and name in seen:
            yield Problem((kind, place, key), "a name that is unique in the file", shown(name))
        elif isinstance(name, str):
            seen.add(name)


# ---- tables ----


def _table(table: Mapping[str, Any], path: Path) -> Iterator[Problem]:
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


def _table_part(table: Mapping[str, Any]) -> TablePart:
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in table.items()
    }
    return TablePart(**values)


def _part(table: Mapping[str, Any]) -> EstimatePart:
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in table.items()
    }
    if "standardize" in table:
        given = table["standardize"]
        values["standardize"] = StandardPart(
            given["variable"],
            {row[given["variable"]]: float(row["share"]) for row in given["weights"]},
            tuple(given["within"]) if "within" in given else None,
        )
    if "contrast" in table:
        values["contrast"] = tuple(
            (dict(term["at"]), float(term.get("weight", 1))) for term in table["contrast"]
        )
    return EstimatePart(**values)


assert {one.name for one in fields(EstimatePart)} == {key.name for key in ESTIMATE.keys}
assert {one.name for one in fields(TablePart)} == {key.name for key in TABLE.keys}
