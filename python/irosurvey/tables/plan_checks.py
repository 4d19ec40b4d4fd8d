"""What a plan's tables must be for the data that it names: checks before anything is asked.

Each problem comes with the place in the plan where it stands, so that all are told at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow.compute

from irosurvey._core import Frame
from irosurvey.errors import IrosurveyError
from irosurvey.response_sets import ResponseSet, response_sets
from irosurvey.spec.data import matching_columns
from irosurvey.spec.document import Document
from irosurvey.spec.kinds import Path as KeyPath
from irosurvey.spec.kinds import Problem
from irosurvey.spec.parts import Spec, TablePart
from irosurvey.spec.table_keys import TICKED
from irosurvey.sql import check_expression, condition_mask
from irosurvey.tables.policy import Policy
from irosurvey.tables.ticks import wrong_boxes

__all__ = ["each_table", "problems_with_data", "sets_of", "single_people", "spelt_out"]

_WITH_SETS = (".sav", ".zsav")
MOST_SINGLE = 60
"""So many groups of few people each are worked through; of more, nothing would be left to show."""


def problems_with_data(
    document: Document, spec: Spec, frame: Frame, sets: Mapping[str, ResponseSet] | None
) -> Iterator[Problem | IrosurveyError]:
    """Everything that a plan's tables ask of the data in vain.

    Parameters
    ----------
    document, spec
        The plan, patterns of names spelt out.
    frame
        The rows of its sample.
    sets
        Questions with several answers that the data file defines; None: they can't be read.
    """
    labels = {name: frame[name].label for name in frame.names}
    for place, part in enumerate(spec.tables):
        for one, path in each_table(part, ("table", place)):
            unknown = list(_unknown_columns(one, path, labels, sets))
            yield from unknown
            if not unknown:
                yield from _shapeless(one, path, frame)
                yield from _unknown_answers(one, path, frame)
        yield from _unreadable(document, part, ("table", place), frame)


def each_table(part: TablePart, path: KeyPath) -> Iterator[tuple[TablePart, KeyPath]]:
    """A table, and each that stands beside it, with their places."""
    yield part, path
    for place, one in enumerate(part.beside):
        yield one, (*path, "beside", place)


def spelt_out(part: TablePart, existing: Sequence[str]) -> TablePart:
    """`duty_*` replaced by the columns whose names begin so, in the file's order."""
    beside = tuple(spelt_out(one, existing) for one in part.beside)
    if part.statistic not in TICKED:
        return replace(part, beside=beside)
    of = [one for name in part.of for one in (matching_columns(name, existing) or [name])]
    return replace(part, of=tuple(dict.fromkeys(of)), beside=beside)


def sets_of(
    document: Document, spec: Spec, file: Path, problems: list[Problem | IrosurveyError]
) -> Mapping[str, ResponseSet] | None:
    """Sets that the data file defines, if the plan names any; without them it is a problem."""
    for place, table in enumerate(spec.tables):
        for part, path in each_table(table, ("table", place)):
            if any(name.startswith("$") for name in part.of) and file.suffix.lower() in _WITH_SETS:
                try:
                    return response_sets(file)
                except IrosurveyError as failure:
                    problems.append(document.error_of((*path, "of"), failure))
                    return None
    return {}


def _unknown_columns(
    part: TablePart,
    path: KeyPath,
    labels: Mapping[str, str],
    sets: Mapping[str, ResponseSet] | None,
) -> Iterator[Problem]:
    existing = tuple(labels)
    named: list[tuple[str, str]] = [
        *(("rows", name) for group in part.groups for name in group),
        *(("columns", name) for name in part.columns),
        *(("of", name) for name in part.of if not name.startswith("$")),
        *([("over", part.over)] if part.over else []),
    ]
    if path[2:]:  # rows are those of the table that this one stands beside
        named = [one for one in named if one[0] != "rows"]
    for key, name in named:
        if name not in existing:
            yield Problem(
                (*path, key),
                "a column of the data, or a derived one",
                f"'{name}'",
                _remedy_for(name, labels),
                name,
                existing,
            )
    for name in part.of:
        if name.startswith("$") and sets is not None:
            yield from _wrong_set(part, path, name, existing, sets)


def _remedy_for(name: str, labels: Mapping[str, str]) -> str:
    """What may have been meant by a name that no column has."""
    if "," in name:
        return "Part several names by ; alone."
    if "*" in name:
        return "No name of a column begins so."
    said = name.casefold().strip()
    meant = [own for own, label in labels.items() if said and said in label.casefold()]
    return f"The column with that label is '{meant[0]}'." if len(meant) == 1 else ""


def _wrong_set(
    part: TablePart,
    path: KeyPath,
    name: str,
    existing: tuple[str, ...],
    sets: Mapping[str, ResponseSet],
) -> Iterator[Problem]:
    found = sets.get(name)
    here = (*path, "of")
    if part.statistic not in TICKED:
        yield Problem(
            here,
            "columns: a set of answers is for "
            + " and ".join(f'statistic = "{one}"' for one in TICKED),
            f"'{name}'",
        )
    elif found is None:
        yield Problem(
            here,
            "a set of answers that the data file defines",
            f"'{name}'" + ("" if sets else ", and it defines none"),
            "Name the columns.",
            name,
            tuple(sets),
        )
    elif len(part.of) > 1:
        yield Problem(here, "one set by itself, or columns", f"{len(part.of)} entries")
    elif found.counted is not None and part.answers:
        yield Problem(
            (*path, "answers"),
            "nothing here: the data file says what counts in this set",
            f"'{name}', in which {found.counted} counts",
        )
    elif not set(found.columns) <= set(existing):
        gone = sorted(set(found.columns) - set(existing))
        yield Problem(here, f"the columns of '{name}'", f"no '{gone[0]}'", "Name the columns.")


def _unknown_answers(part: TablePart, path: KeyPath, frame: Frame) -> Iterator[Problem]:
    """Answers that a question with labels doesn't have; others are the engine's to judge."""
    if part.statistic != "percentage":
        return
    known: dict[object, str] = {
        code: label for name in part.of for code, label in frame[name].value_labels.items()
    }
    for one in part.answers if known else ():
        if isinstance(one, str) and one not in known and one not in known.values():
            yield Problem(
                (*path, "answers"),
                "answers to the question",
                f"'{one}'",
                "Part several answers by ; alone." if "," in one else "",
                one,
                tuple(known.values()),
            )


def single_people(
    part: TablePart, path: KeyPath, frame: Frame, policy: Policy
) -> Iterator[Problem]:
    """Columns with as many values as there are few people for; of authorities the policy judges."""
    authorities = {name.lower() for name in policy.authority_columns}
    named = [("rows", name) for group in part.groups for name in group] if not path[2:] else []
    if part.statistic == "answers":
        return
    for key, name in (*named, *(("columns", name) for name in part.columns)):
        values = frame[name].to_arrow().drop_null()
        distinct = pyarrow.compute.count_distinct(values).as_py()
        few = policy.suppress_to * distinct
        if name.lower() not in authorities and distinct > MOST_SINGLE and len(values) <= few:
            yield Problem(
                (*path, key),
                "groups of people",
                f"'{name}', of which {len(values)} rows have {distinct} different values",
                "Put values together before, in the data or by [derive] of a spec; or take another "
                "policy.",
            )


def _is_text(frame: Frame, name: str) -> bool:
    return frame[name].arrow_format in ("u", "U", "vu")


def _shapeless(part: TablePart, path: KeyPath, frame: Frame) -> Iterator[Problem]:
    """What one table can't be laid out as."""
    if part.statistic == "answers" and any(len(group) > 1 for group in part.groups):
        yield Problem((*path, "rows"), "questions, each by itself", "one within another")
    if part.statistic == "ratio" and len(part.of) > 1:
        yield Problem((*path, "of"), "one column: the numerator", f"{len(part.of)}")
    texts = [name for name in part.of if name in frame and _is_text(frame, name)]
    if part.statistic in TICKED and 0 < len(texts) < len(part.of):
        yield Problem(
            (*path, "of"), "columns of one kind: all numbers, or all texts", f"'{texts[0]}': texts"
        )
    if part.statistic == "tick all that apply":
        yield from wrong_boxes(part.of, part.answers, path, frame)
    if part.statistic in TICKED and len(part.of) == 1 and not part.of[0].startswith("$"):
        yield Problem(
            (*path, "of"),
            "the columns of a question with several answers",
            f"one: '{part.of[0]}'",
            "A question with one answer is shown by percentages.",
        )


def _unreadable(
    document: Document, part: TablePart, path: KeyPath, frame: Frame
) -> Iterator[IrosurveyError]:
    if not part.where:
        return
    here = (*path, "where")
    try:
        check_expression(frame, part.where, "SQL")
        if not condition_mask(frame, part.where, "SQL").any():
            yield document.error(
                Problem(here, "a condition that some rows meet", f"no row with {part.where}")
            )
    except IrosurveyError as failure:
        found = document.error_of(here, failure)
        if re.search(r"\d,\d", part.where):
            hint = "Decimals have a point: 0.8."
            found = type(found)(
                f"{found.message} {hint}",
                found.subject,
                found.row,
                found.expected,
                found.found,
                hint,
                found.candidates,
            )
        yield found
