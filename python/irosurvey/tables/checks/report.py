"""Rules, and what was found of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Literal, TypeAlias

from irosurvey.tables.safe_text import escaped

__all__ = ["RULES", "Check", "CheckReport", "Findings", "Rule"]

Part: TypeAlias = Literal["accessibility", "disclosure", "safety"]

_MOST_DETAILS = 10


@dataclass(frozen=True)
class Rule:
    """Something that a file must keep.

    Attributes
    ----------
    id
        Its name, the same in every version.
    part
        ``"accessibility"``, ``"disclosure"`` or ``"safety"``.
    text
        What must be so.
    essential
        Whether a file that breaks it mustn't be published; else it is advice.
    """

    id: str
    part: Part
    text: str
    essential: bool = True


def _rules(part: Part, texts: Mapping[str, str], essential: bool = True) -> dict[str, Rule]:
    return {name: Rule(name, part, text, essential) for name, text in texts.items()}


RULES: Final[Mapping[str, Rule]] = {
    # ---- every file ----
    **_rules(
        "disclosure",
        {
            "tables": "The file holds the tables of the release, in their order, and no other.",
            "cells": "Every cell shows what the release publishes there.",
            "one-thing": "A cell of figures is one number or one shorthand; none is blank.",
            "digits": "No number has more digits than are seen.",
            "marked": "Under a mark there is no number, seen or unseen.",
            "derived": "What derives from a suppressed estimate is suppressed with it.",
            "shorthand": "Shorthand is known letters in brackets: no [NA], asterisk, dots or dash.",
            "synthetic": "Tables of made-up answers say SYNTHETIC, and the release does.",
            "words": "All that can be read is what the release says, around the tables as well.",
            "extras": "Nothing else is in the file: no comment, image, macro, link to a file, "
            "hidden name or property.",
        },
    ),
    **_rules(
        "accessibility",
        {
            "headers": "Headers are those of the release, unique and never blank.",
            "legend": "The legend above a table holds the shorthand that occurs, and no other.",
            "title": "The document has its title.",
            "author": "The document names its author, an organisation.",
            "language": "The document tells its language.",
            "notes": "A table that refers to notes says where they are, and they are there.",
        },
    ),
    **_rules(
        "accessibility",
        {
            "title-parts": "A table's title says subject, statistic, population, area and period.",
            "contact": "The release says whom to ask.",
            "bases": "A table of estimates carries their unweighted base.",
        },
        essential=False,
    ),
    **_rules(
        "safety",
        {
            "formulas": "No text runs: no formula, and nothing that is taken for one.",
            "links": "Links lead within the file.",
        },
    ),
    # ---- workbooks ----
    **_rules(
        "accessibility",
        {
            "sheet-order": "Worksheets are Cover, Contents, Notes if there are any, then tables.",
            "sheet-names": "Worksheets have unique names of less than 31 characters.",
            "sheet-titles": "Every worksheet has its title in A1.",
            "one-table": "A worksheet holds one table at most, and says so.",
            "marked-up": "Every table is marked up, with a header and a unique name.",
            "column-a": "Tables start in column A, and nothing stands beside or below them.",
            "merged": "No cells are merged.",
            "blank": "No row or column is blank, and no cell of a table.",
            "hidden": "No worksheet, row or column is hidden, grouped, or of no size.",
            "filters": "There are no filters.",
            "freeze": "No panes are frozen.",
            "fills": "No cell is filled with a colour.",
            "fonts": "Text is Arial 12, subtitles are 14, titles 16, both bold.",
            "colours": "Text is black, or the dark blue of links, and not struck out.",
            "wrapped": "Text is horizontal and wraps in its cell.",
            "aligned": "Text stands on the left, figures on the right.",
            "cursor": "The file opens on A1 of its first worksheet.",
            "page-headers": "Pages have no headers or footers.",
        },
    ),
    # ---- pages ----
    **_rules(
        "accessibility",
        {
            "captions": "Every table has a caption that is its title.",
            "scopes": "Every header of a table has its scope.",
            "associations": "Every figure is tied to all headers above and before it.",
            "grids": "Rows of a table are equally wide, without holes or overlaps.",
            "headings": "Headings step down one at a time from a single first.",
            "landmarks": "There are a header, contents, a main part and a footer; a link skips to "
            "the main part.",
            "identifiers": "Identifiers are unique, and what refers to one finds it.",
        },
    ),
    **_rules(
        "safety",
        {
            "scripts": "Nothing runs, and nothing is fetched from elsewhere.",
        },
    ),
    # ---- documents ----
    **_rules(
        "accessibility",
        {"repeated": "The header row of a table is marked, and printed again on every page."},
    ),
    # ---- files for programs ----
    **_rules(
        "accessibility",
        {
            "described": "Every column is described by the metadata beside the file.",
            "places": "Time and geography have names and codes that the platform knows.",
            "observations": "No two lines are of the same time, place and filters.",
        },
    ),
}
"""Every rule by its id."""


@dataclass(frozen=True)
class Check:
    """A rule, and what was found.

    Attributes
    ----------
    rule
        The rule.
    passed
        Whether the file keeps it.
    details
        Where it doesn't.
    """

    rule: Rule
    passed: bool
    details: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class CheckReport:
    """Every rule for a file, with pass or fail.

    Attributes
    ----------
    path
        The file that was read.
    form
        Name of its format.
    checks
        One for each rule that such a file has to keep.
    """

    path: str
    form: str
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether every essential rule is kept."""
        return all(check.passed for check in self.checks if check.rule.essential)

    @property
    def failures(self) -> tuple[Check, ...]:
        """What isn't kept, advice included."""
        return tuple(check for check in self.checks if not check.passed)

    @property
    def exit_code(self) -> int:
        """For scripts: 0 if :attr:`passed`, else 1."""
        return 0 if self.passed else 1

    def __iter__(self) -> Iterator[Check]:
        return iter(self.checks)

    def __len__(self) -> int:
        return len(self.checks)

    def __getitem__(self, rule: str) -> Check:
        """The check of a rule, by its id."""
        for check in self.checks:
            if check.rule.id == rule:
                return check
        raise KeyError(rule)

    def to_dict(self) -> dict[str, Any]:
        """For programs, as JSON has it."""
        return {
            "path": self.path,
            "format": self.form,
            "passed": self.passed,
            "checks": [
                {
                    "id": check.rule.id,
                    "part": check.rule.part,
                    "rule": check.rule.text,
                    "essential": check.rule.essential,
                    "passed": check.passed,
                    "details": list(check.details),
                }
                for check in self.checks
            ],
        }

    def __repr__(self) -> str:
        lines = [f"{self.path} ({self.form}): {self._summary()}"]
        for check in self.checks:
            lines.append(f"  {_verdict(check):6} {check.rule.id:13} {check.rule.text}")
            lines += [f"{'':22}- {detail}" for detail in check.details]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row">{check.rule.id}</th><td>{_verdict(check)}</td>'
            f"<td>{check.rule.part}</td><td>{escaped(check.rule.text)}"
            f"{''.join(f'<br>{escaped(detail)}' for detail in check.details)}</td></tr>"
            for check in self.checks
        )
        heads = "".join(f'<th scope="col">{head}</th>' for head in ("Rule", "", "Part", "Text"))
        heads = heads.replace('<th scope="col"></th>', '<th scope="col">Verdict</th>')
        return (
            f"<table><caption>{escaped(self.path)}: {self._summary()}</caption>"
            f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        )

    def _summary(self) -> str:
        kept = sum(check.passed for check in self.checks)
        verdict = "passed" if self.passed else "failed"
        return f"{verdict}; {kept} of {len(self.checks)} rules kept"


def _verdict(check: Check) -> str:
    if check.passed:
        return "pass"
    return "FAIL" if check.rule.essential else "advice"


class Findings:
    """Collects what breaks which rule."""

    def __init__(self) -> None:
        self._found: dict[str, list[str]] = {}

    def rule(self, name: str, problems: Iterable[str] = ()) -> None:
        """Say that a rule was looked at, and what breaks it."""
        self._found.setdefault(RULES[name].id, []).extend(problems)

    def checks(self) -> tuple[Check, ...]:
        """One for each rule that was looked at, in the order of `RULES`."""
        return tuple(
            Check(rule, not self._found[name], _some(self._found[name]))
            for name, rule in RULES.items()
            if name in self._found
        )


def _some(details: list[str]) -> tuple[str, ...]:
    shown = tuple(islice(dict.fromkeys(details), _MOST_DETAILS))
    left = len(dict.fromkeys(details)) - len(shown)
    return (*shown, f"and {left} more") if left > 0 else shown
