"""The section on what the printed figures can bear by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from irosurvey.layout import count
from irosurvey.study import words
from irosurvey.study.markup import (
    cell,
    escaped,
    figure,
    folded,
    head_cell,
    items,
    number_cell,
    paragraph,
    plain_table,
    printed_cell,
    row_of_cells,
)
from irosurvey.study.model import Condition, Evidence
from irosurvey.study.reproduction import Reproduction

__all__ = ["EVIDENCE_TITLE", "evidence_section"]

EVIDENCE_TITLE = "Evidence: what the printed figures can bear"


def evidence_section(result: Reproduction) -> list[str]:
    """What each printed figure can stand for, and how far chance alone could carry it."""
    own = result.evidence.of_study(result.study)
    level = f"{100 * result.level:g}%"
    known = [row for row in own if row.interval() is not None]
    return [
        '<section id="evidence">',
        f"<h2>{EVIDENCE_TITLE}</h2>",
        *_reading_example(known, level),
        figure(
            own.chart(),
            f"Printed figures, and the {level} intervals that they can bear",
            "A percentage is a printed number, with its dot; a bracket is our reading of printed "
            "words. The wider, thinner bars are for respondents who are alike.",
        ),
        _evidence_table(own, level),
        _bases_table(own, level),
        *_conditions(result.conditions, result.evidence),
        *_other_studies(result.evidence.of_other_studies(result.study), level),
        "</section>",
    ]


def _reading_example(rows: Sequence[Evidence], level: str) -> list[str]:
    """How to read it, by the first figure that is printed as a number."""
    row = next((row for row in rows if row.finding.kind == "percent"), None)
    if row is None or row.full is None:
        return []
    plain, alike = row.interval(), row.interval(design_effect=2.0)
    assert plain is not None
    assert alike is not None
    return [
        paragraph(
            "Nobody outside can recount the answers, but arithmetic says what a printed percentage "
            "can stand for. It also says how far off it could be by chance alone, had the "
            "respondents been drawn at random from all who could have been asked."
        ),
        '<div class="key">'
        + paragraph(
            f"<strong>How to read it.</strong> “{escaped(row.finding.printed)}”: "
            f"{escaped(words.lower_first(row.finding.wording))}. Out of all {row.full.base} who "
            f"responded that is {row.full.least} to {row.full.most}. As a simple random sample "
            f"they would put the share among all IROs between "
            f'<strong class="nowrap">{words.limits(plain.lower, plain.upper, 0)}</strong> '
            f"({level} interval). If "
            "IROs of one authority answer alike, the sample is worth less: with a design effect of "
            f"2, as if half as many had answered, {words.limits(alike.lower, alike.upper, 0)}."
        )
        + "</div>",
        items(
            [
                "<strong>Only chance is covered.</strong> Who chose to answer, and how questions "
                "were worded, is not. No interval can mend that.",
                "<strong>Bases are not printed.</strong> Some will have left a question out. Every "
                "base up to all respondents is looked at.",
                "<strong>Words are not numbers.</strong> Where “nearly a third” is printed, the "
                "range is our reading and is marked as ours.",
            ]
        ),
    ]


def _evidence_table(rows: Iterable[Evidence], level: str) -> str:
    rows = list(rows)
    heads = [
        head_cell("Finding"),
        head_cell("Printed"),
        head_cell("Counts", "of all who responded", numeric=True),
        *(
            head_cell(f"{level}\u00a0interval", f"design effect\u00a0{effect:g}", numeric=True)
            for effect in (1.0, 1.5, 2.0)
        ),
        head_cell(f"{level} interval", "finite population, design effect 1", numeric=True),
    ]
    body = [
        row_of_cells(
            row.finding.wording,
            [
                printed_cell(row.finding, ours=row.ours),
                number_cell(_full(row)),
                *(
                    number_cell(words.interval_text(row.interval(design_effect=effect)))
                    for effect in (1.0, 1.5, 2.0)
                ),
                _finite_cell(row),
            ],
        )
        for row in rows
    ]
    populations = dict.fromkeys(
        f"N = {words.span(row.populations)}: {row.population_words}."
        for row in rows
        if row.populations
    )
    return plain_table(
        "The printed figures in numbers",
        "Intervals (logit) run from the lower limit at the least count to the upper limit at the "
        "most, with one degree of freedom less than answers. " + escaped(" ".join(populations)),
        heads,
        body,
    )


def _full(row: Evidence) -> str:
    if row.full is None:
        return "–"
    return f"{row.full.least}–{row.full.most}" if row.full.possible else "none"


def _finite_cell(row: Evidence) -> str:
    text = words.finite_interval(row)
    if text == "–":
        return number_cell(text)
    limits, population = text.split(" ")
    return cell(f'{escaped(limits)}<span class="of">{escaped(population)}</span>', numeric=True)


def _bases_table(rows: Iterable[Evidence], level: str) -> str:
    """Which bases can give a figure: for those who want to know how few could be behind it."""
    heads = [
        head_cell("Finding"),
        head_cell("Printed"),
        head_cell("Smallest base", "that can give it", numeric=True),
        head_cell(f"{level} interval", "at the smallest base", numeric=True),
        head_cell("Bases that can’t give it", "of those up to all respondents", numeric=True),
        head_cell(f"{level} interval", "all respondents, beta method", numeric=True),
    ]
    body = [
        row_of_cells(
            row.finding.wording,
            [
                printed_cell(row.finding, ours=row.ours),
                number_cell(count(row.smallest_base)),
                number_cell(words.interval_text(row.interval(base=row.smallest_base))),
                number_cell(_impossible(row)),
                number_cell(words.interval_text(row.interval(method="beta"))),
            ],
        )
        for row in rows
    ]
    table = plain_table(
        "How few answers could be behind a figure",
        "Whole-number arithmetic: a base can give a figure if some count out of it rounds to the "
        "printed number, or lies in our reading of the words. Halves may have been rounded either "
        "way.",
        heads,
        body,
    )
    return folded("How few answers could be behind each figure?", table)


def _impossible(row: Evidence) -> str:
    bases = [counts.base for counts in row.counts if not counts.possible]
    if not row.counts:
        return "–"
    return f"{len(bases)}, the largest {max(bases)}" if bases else "none"


def _conditions(conditions: Sequence[Condition], evidence: Iterable[Evidence]) -> list[str]:
    if not conditions:
        return []
    printed = {row.finding.id: row.finding for row in evidence}
    parts = [
        "<h3>Figures that have to hold together</h3>",
        paragraph(
            "Two items on other duties were printed, 46% and 62%, and nobody has explained the "
            "difference in print. Both are kept here as printed. What follows from them is "
            "arithmetic; what would make them true together is said as a condition."
        )
        if {"ncb13-other-duties", "ncb13-any-extra-duty"} <= set(conditions[0].findings)
        else "",
    ]
    for condition in conditions:
        named = [*condition.findings, *([condition.whole] if condition.whole else [])]
        figures = "".join(
            f"<li>“{escaped(one.printed)}”: {escaped(words.lower_first(one.wording))}</li>"
            for one in (printed[name] for name in named)
        )
        parts.append(
            f'<div class="key"><ul>{figures}</ul>'
            + paragraph(f"<strong>{escaped(condition.statement)}</strong>")
            + items(escaped(deduction.sentence) for deduction in condition.deductions)
            + "</div>"
        )
    return parts


def _other_studies(rows: Iterable[Evidence], level: str) -> list[str]:
    heads = [
        head_cell("Finding"),
        head_cell("Study"),
        head_cell("Printed"),
        head_cell("Counts", "of the printed base", numeric=True),
        head_cell("Smallest base", "that can give it", numeric=True),
        head_cell(f"{level} interval", "design effect 1", numeric=True),
    ]
    body = [
        row_of_cells(
            row.finding.wording,
            [
                cell(f"{escaped(row.finding.study)}, {row.finding.year}"),
                printed_cell(row.finding, ours=row.ours),
                number_cell(str(row.full) if row.full else "base not printed"),
                number_cell(count(row.smallest_base)),
                number_cell(_other_interval(row)),
            ],
        )
        for row in rows
    ]
    if not body:
        return []
    table = plain_table(
        "Percentages of other studies",
        "To be compared with; none of them is reproduced here. “None of 56” means that no count "
        "out of the printed base rounds to the printed figure: fewer answered, or one of the two "
        "numbers is misprinted.",
        heads,
        body,
    )
    return [folded("Percentages of other studies", table)]


def _other_interval(row: Evidence) -> str:
    interval = row.interval()
    if interval is None:
        return "–"
    text = words.limits(interval.lower, interval.upper)
    return text if row.full and row.full.possible else f"{text} of {interval.counts.base}"
