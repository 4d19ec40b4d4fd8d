"""Tables that a plan asks for: its design declared, each of its tables asked."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias, cast

import pyarrow.compute

from irosurvey._complaint import complaint
from irosurvey._core import Frame
from irosurvey.crosstab import CrossTab, Percent
from irosurvey.design import Design, MissingRule
from irosurvey.design.options import AnswerScale, Respondents
from irosurvey.errors import IrosurveyError, ReadError
from irosurvey.response_sets import ResponseSet, response_sets
from irosurvey.result import Estimate
from irosurvey.spec.asking import declare, warnings_of
from irosurvey.spec.checking import read_spec
from irosurvey.spec.data import Sample, matching_columns, read_sample
from irosurvey.spec.document import Document
from irosurvey.spec.kinds import Path as KeyPath
from irosurvey.spec.kinds import Problem
from irosurvey.spec.parts import Spec, TablePart
from irosurvey.spec.running import Folders, folders_of
from irosurvey.spec.table_keys import TICKED
from irosurvey.sql import check_expression, condition_mask
from irosurvey.tables.balance import Size
from irosurvey.tables.block_making import block_of
from irosurvey.tables.blocks import Block
from irosurvey.tables.lettering import with_letters
from irosurvey.tables.policy import Policy
from irosurvey.tables.published import Contact, TitleParts
from irosurvey.tables.table import Table
from irosurvey.tables.ticks import wrong_boxes
from irosurvey.tables.turned import turned
from irosurvey.tables.workbook_plan import WorkbookDocument, is_workbook

__all__ = ["Plan", "ask_table", "read_plan", "title_of"]

_PERCENTS: dict[str, Percent] = {
    "row percentages": "row",
    "column percentages": "column",
    "percentages": "total",
    "numbers": "count",
}
_STATISTICS = {
    "row percentages": "percentage",
    "column percentages": "percentage",
    "percentages": "percentage",
    "numbers": "number",
    "answers": "percentage",
    "tick all that apply": "percentage",
    "mentions": "percentage",
    "percentage": "percentage",
    "mean": "mean values",
    "median": "median values",
    "total": "totals",
    "ratio": "ratios",
}
"""What titles call them: ``percentage of IROs``."""
_WITH_SETS = (".sav", ".zsav")
_OTHER_SHEETS = (".xls", ".xlsm", ".xlsb", ".csv")
_OTHER_FORMS = (".docx", ".pdf", ".sav", ".dta", ".json")
MOST_SINGLE = 60
"""So many groups of few people each are worked through; of more, nothing would be left to show."""
Watch: TypeAlias = Callable[[str, int, int], None]
"""Told what is done, which of how many."""


@dataclass(frozen=True)
class Plan:
    """A plan whose keys, columns and expressions are known to be right.

    Attributes
    ----------
    document
        The file, and how to speak of places in it.
    spec
        What it says.
    sample
        The rows of its sample, the file they came from, and what was left out.
    design
        How they were sampled.
    sets
        Questions with several answers that the data file defines, by name, if a table is of one.
    """

    document: Document
    spec: Spec
    sample: Sample
    design: Design
    sets: Mapping[str, ResponseSet] = field(default_factory=dict)

    def tables(self, watch: Watch | None = None) -> list[Table]:
        """Every table, unrounded.

        Parameters
        ----------
        watch
            Called before each table with its title, its place from 0, and how many there are.

        Raises
        ------
        IrosurveyError
            If one can't be computed; the message says which.
        """
        found = []
        for place, part in enumerate(self.spec.tables):
            if watch is not None:
                watch(part.title, place, len(self.spec.tables))
            with self.document.at(("table", place)):
                found.append(
                    ask_table(self.design, part, self.spec.release, self.synthetic, self.sets)
                )
        return found

    def policy(self, preset: str | None = None) -> Policy:
        """The policy that the plan names, or another preset with the plan's own fields.

        Parameters
        ----------
        preset
            Goes before the plan's.
        """
        given = dict(self.spec.policy)
        own = given.pop("preset", "dfe")
        fields = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in given.items()
        }
        with self.document.at(("policy",)):
            return Policy.preset(cast(Any, preset or own), **fields)

    def require_groups(self, policy: Policy) -> None:
        """Refuse rows and columns of nearly one person each, under a policy that protects people.

        Everything in such a table would be hidden, after the longest of searches.

        Raises
        ------
        SpecError
            With every one of them.
        """
        if policy.secondary:
            frame = self.sample.frame
            self.document.refuse(
                problem
                for place, part in enumerate(self.spec.tables)
                for one, path in _each(part, ("table", place))
                for problem in _single_people(one, path, frame, policy)
            )

    @property
    def synthetic(self) -> bool:
        """Whether the plan or the data say that the answers are made up."""
        said = self.spec.release.get("synthetic")
        return bool(said) or (said is None and "SYNTHETIC" in self.sample.frame.label)

    @property
    def about(self) -> dict[str, Any]:
        """What a release is told beside its tables, by the names of its arguments."""
        given = self.spec.release
        published = given.get("published")
        return {
            "title": self.spec.title or self.document.name,
            "about": tuple(given.get("about", ())),
            "publisher": given.get("publisher", ""),
            "contact": Contact(**given.get("contact", {})),
            "published": date.fromisoformat(published) if isinstance(published, str) else published,
            "next_update": given.get("next_update", ""),
            "version": given.get("version", ""),
            "language": given.get("language", "en-GB"),
            "synthetic": self.synthetic,
            "filtered": Size(*self.sample.left_out) if "keep" in self.spec.data else None,
            "provenance": self.provenance,
        }

    @property
    def provenance(self) -> dict[str, str]:
        """What makes the release reproducible: the plan and the data by name and hash, the design.

        Names of files alone: where they lay is nobody's business.
        """
        found = {
            "data": _hashed(self.sample.file),
            "design": "; ".join(
                f"{key}: {', '.join(map(str, value)) if isinstance(value, list) else value}"
                for key, value in self.spec.design.items()
            ),
        }
        if self.document.path is not None:
            found["plan"] = _hashed(self.document.path)
        if self.spec.data.get("keep"):
            found["rows kept"] = self.spec.data["keep"]
        if self.spec.calibrate:
            found["calibration"] = ", ".join(step["method"] for step in self.spec.calibrate)
        return found

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is worth knowing about the adjustments of the weights."""
        return warnings_of(self.design)


def read_plan(plan: str | os.PathLike[str] | Mapping[str, Any], *, data_dir: Folders = ()) -> Plan:
    """Read a plan of tables, and the data that it names.

    Parameters
    ----------
    plan
        A spec with tables ``[[table]]``: a TOML file, a workbook (.xlsx, .ods), or a dict.
    data_dir
        Where the data file is sought after the plan's own folder.

    Raises
    ------
    SpecError
        With everything that is wrong in the plan, each with its line or its cell.
    IrosurveyError
        If the data can't be read, or the design can't be declared.
    """
    document = _document_of(plan)
    spec = read_spec(document)
    if not spec.tables:
        document.refuse(
            [
                Problem(
                    (),
                    "a table [[table]]",
                    "none",
                    "Estimates alone are computed by  irosurvey run.",
                )
            ]
        )
    sample = read_sample(document, spec, folders_of(data_dir))
    frame = sample.frame
    spec = replace(spec, tables=tuple(_spelt_out(part, frame.names) for part in spec.tables))
    problems: list[Problem | IrosurveyError] = []
    sets = _sets_of(document, spec, sample.file, problems)
    labels = {name: frame[name].label for name in frame.names}
    for place, part in enumerate(spec.tables):
        for one, path in _each(part, ("table", place)):
            unknown = list(_unknown_columns(one, path, labels, sets))
            problems += unknown or [
                *_shapeless(one, path, frame),
                *_unknown_answers(one, path, frame),
            ]
        problems += _unreadable(document, part, ("table", place), frame)
    document.refuse(problems)
    return Plan(document, spec, sample, declare(document, spec, frame), sets or {})


def _document_of(plan: str | os.PathLike[str] | Mapping[str, Any]) -> Document:
    """A spec or a workbook; what is another kind of file by its name is said to be."""
    if isinstance(plan, Mapping):
        return Document(plan)
    form = Path(plan).suffix.lower()
    if form in (*_OTHER_SHEETS, *_OTHER_FORMS):
        raise complaint(
            ReadError,
            f"file '{plan}'",
            expected="a plan: a workbook (.xlsx, .ods), or a spec in TOML (.toml)",
            found=f"'{form}'",
            remedy="Save it as .xlsx." if form in _OTHER_SHEETS else "",
        )
    return WorkbookDocument(plan) if is_workbook(plan) else Document(plan)


def _hashed(path: Path) -> str:
    with path.open("rb") as file:
        return f"{path.name}, SHA-256 {hashlib.file_digest(file, 'sha256').hexdigest()}"


# ---- checks that need the data ----


def _each(part: TablePart, path: KeyPath) -> Iterator[tuple[TablePart, KeyPath]]:
    """A table, and each that stands beside it, with their places."""
    yield part, path
    for place, one in enumerate(part.beside):
        yield one, (*path, "beside", place)


def _spelt_out(part: TablePart, existing: Sequence[str]) -> TablePart:
    """`duty_*` replaced by the columns whose names begin so, in the file's order."""
    beside = tuple(_spelt_out(one, existing) for one in part.beside)
    if part.statistic not in TICKED:
        return replace(part, beside=beside)
    of = [one for name in part.of for one in (matching_columns(name, existing) or [name])]
    return replace(part, of=tuple(dict.fromkeys(of)), beside=beside)


def _sets_of(
    document: Document, spec: Spec, file: Path, problems: list[Problem | IrosurveyError]
) -> Mapping[str, ResponseSet] | None:
    """Sets that the data file defines, if the plan names any; without them it is a problem."""
    for place, table in enumerate(spec.tables):
        for part, path in _each(table, ("table", place)):
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


def _single_people(
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


# ---- asking ----


def ask_table(
    design: Design,
    part: TablePart,
    release: Mapping[str, Any],
    synthetic: bool = False,
    sets: Mapping[str, ResponseSet] = MappingProxyType({}),
) -> Table:
    """One table of a plan, unrounded.

    Parameters
    ----------
    design
        What it is asked of.
    part
        What is asked.
    release
        The plan's `[release]`: parts of titles that the table doesn't have of its own.
    synthetic
        Whether the data are made up.
    sets
        Questions with several answers that the data file defines, by name.
    """
    results: list[Block] | list[list[Block]]
    if part.statistic == "answers":
        results = [block_of(design.proportion(list(part.rows), **_how(part)))]
    else:
        groups: Sequence[tuple[str, ...]] = part.groups or ((),)
        below = [
            [block for one in (part, *part.beside) for block in _blocks(design, one, group, sets)]
            for group in groups
        ]
        results = below if len(below) > 1 else below[0]
    return Table(
        results,
        title=title_of(part, release),
        statistics=part.show,
        arrange="columns",
        name=part.name,
        notes=part.notes,
        source=part.source or release.get("source", ""),
        ordered=part.ordered,
        group_population=part.group_population,
        chart=part.chart,
        synthetic=synthetic,
    )


def title_of(part: TablePart, release: Mapping[str, Any]) -> TitleParts:
    """A table's title: what it doesn't say itself is said by the plan's `[release]`.

    Parameters
    ----------
    part, release
        As of :func:`ask_table`.
    """
    shown = dict.fromkeys(_STATISTICS[one.statistic] for one in (part, *part.beside))
    return TitleParts(
        part.title,
        " and ".join(shown),
        part.base or part.population or release.get("population", ""),
        part.area or release.get("area", ""),
        part.period or release.get("period", ""),
    )


def _blocks(
    design: Design, part: TablePart, group: tuple[str, ...], sets: Mapping[str, ResponseSet]
) -> Iterator[Block]:
    """What stands side by side for one entry of rows: a block for each entry of columns."""
    if part.statistic in _PERCENTS:
        percent = _PERCENTS[part.statistic]
        for table in _crosstabs(design, part, group):
            yield block_of(table, percent=percent, letters=part.letters, decimals=part.decimals)
    elif part.columns:
        for name in part.columns:
            found = _estimate(design, part, (name,), sets)
            block = turned(_block(design, part, found, sets), found)
            yield with_letters(block, found) if part.letters else block
    else:
        yield _block(design, part, _estimate(design, part, group, sets), sets)


def _block(
    design: Design, part: TablePart, found: Estimate, sets: Mapping[str, ResponseSet]
) -> Block:
    """An estimate by groups with its total."""
    total = _estimate(design, part, (), sets) if found.by and part.totals else None
    more: dict[str, Any] = {}
    if part.per != 1.0:
        more = {"unit": "rate", "scale": part.per, "heading": f"Rate per {part.per:,g}"}
    elif part.percent_of == "answers":
        more = {"heading": "Percentage of answers"}
    block = block_of(found, total=total, decimals=part.decimals, **more)
    if part.statistic not in TICKED:
        return block
    known = sets.get(part.of[0])
    return _without_question(block, _asked(design.frame, known.columns if known else part.of))


def _without_question(block: Block, asked: str) -> Block:
    """Boxes without the question that all their labels begin with: it stands above them."""

    def short(text: str) -> str:
        begun = f"{asked}:"
        return text.removeprefix(begun).strip() if asked and text.startswith(begun) else text

    if block.items[0].spanners:
        items = (replace(one, spanners=tuple(map(short, one.spanners))) for one in block.items)
        return replace(block, items=tuple(items))
    lines = (replace(one, labels=tuple(map(short, one.labels))) for one in block.lines)
    return replace(block, lines=tuple(lines))


def _how(part: TablePart) -> dict[str, Any]:
    return {
        "where": part.where or None,
        "missing": cast(MissingRule, part.missing),
        "level": part.level,
    }


def _crosstabs(design: Design, part: TablePart, group: tuple[str, ...]) -> Iterator[CrossTab]:
    """A cross-tab for each entry of columns; nested rows are layers."""
    *outer, rows = group
    for columns in part.columns or ("",):
        # Without columns it is a one-way table.
        yield design._crosstab(
            [rows, columns, *outer],
            part.where or None,
            cast(MissingRule, part.missing),
            "conventional",
            "conventional",
            part.level,
            0,
        )


def _estimate(
    design: Design, part: TablePart, by: tuple[str, ...], sets: Mapping[str, ResponseSet]
) -> Estimate:
    how = {"by": list(by) or None, **_how(part)}
    if part.letters and by:
        how["covariance"] = True  # groups are compared, however many answers there are
    if part.statistic in TICKED:
        return _ticked(design, part, sets, how)
    if part.statistic == "ratio":
        return design.ratio(part.of[0], part.over, **how)
    if part.statistic == "percentage":
        return design.proportion(list(part.of), list(part.answers), **how)
    ask = {"mean": design.mean, "median": design.median, "total": design.total}[part.statistic]
    return ask(list(part.of), **how)


def _ticked(
    design: Design, part: TablePart, sets: Mapping[str, ResponseSet], how: Mapping[str, Any]
) -> Estimate:
    """A question to which people may give several answers."""
    known = sets.get(part.of[0])
    boxes = part.statistic == "tick all that apply"
    answers = list(part.answers)
    if known is not None:
        boxes = known.counted is not None
    return design.multiple_response(
        known or list(part.of),
        (answers or 1) if boxes else None,
        of=cast(AnswerScale, part.percent_of),
        respondents=cast(Respondents, part.respondents),
        answers=() if boxes else answers,
        title="" if known else _asked(design.frame, part.of) or part.title,
        **how,
    )


def _asked(frame: Frame, columns: Sequence[str]) -> str:
    """The question that the labels of its boxes begin with: ``Duties: chairs conferences``."""
    begun = {frame[name].label.partition(":")[0] for name in columns if ":" in frame[name].label}
    alike = len(begun) == 1 and all(":" in frame[name].label for name in columns)
    return begun.pop().strip() if alike else ""
