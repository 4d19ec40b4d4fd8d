"""The section that counts the findings again, from answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from irosurvey.layout import count, number
from irosurvey.study import words
from irosurvey.study.markup import (
    TAG,
    cell,
    escaped,
    figure,
    folded,
    head_cell,
    lacking_answers,
    number_cell,
    paragraph,
    plain_table,
    printed_cell,
    row_of_cells,
)
from irosurvey.study.model import Figure, Source, TableRow
from irosurvey.study.rehearsal_tables import StatisticsTable
from irosurvey.study.reproduction import Reproduction

__all__ = ["rehearsal_section", "rehearsal_title", "respondents"]


def respondents(result: Reproduction) -> str:
    """Who answered, as printed: `295 IROs, 65 managers and 60 directors`."""
    units = {source.instrument: source.unit for source in result.sources}
    return words.listed(
        [
            f"{row.finding.printed} {units[row.instrument]}s"
            for row in result.rehearsal
            if row.statistic == "count"
        ]
    )


def rehearsal_title(result: Reproduction) -> str:
    """The heading: a rehearsal, unless all answers are real."""
    if result.synthetic:
        return "Rehearsal: the analysis, ready for the real files"
    return "The findings estimated from the files given"


def rehearsal_section(
    result: Reproduction, *, within_report: bool = False, lacking: Sequence[str] = ()
) -> list[str]:
    """The findings counted without weights and under the codebook's design, beside the print.

    Parameters
    ----------
    result
        What `irosurvey.study.reproduce` gave.
    within_report
        Whether sections follow that weight further: their words are pointed to, and tables that
        they have under their own weights are folded away.
    lacking
        Sentences on what answers can't show.
    """
    level = f"{100 * result.level:g}%"
    css = ' class="made"' if result.synthetic else ""
    statistics = [*_caseloads(result, level), *_frequencies(result, level)]
    if within_report and statistics:
        statistics = [
            folded("Caseloads and answers in full, weighted as here", "".join(statistics))
        ]
    return [
        f'<section id="rehearsal"{css}>',
        _banner(result),
        f"<h2>{rehearsal_title(result)}</h2>",
        *_rehearsal_words(result),
        paragraph(_SIMPLER) if within_report else "",
        _verdict(result),
        lacking_answers(lacking),
        figure(
            result.rehearsal.chart(),
            _mark(result) + "Estimates beside the printed figures",
            "The pale band is what agrees with print: half a point either way of a number, or our "
            "reading of words.",
        ),
        _rehearsal_table(result, level),
        *_sources(result),
        *statistics,
        "</section>",
    ]


_SIMPLER = (
    "Weights are the simplest that can be had: a manager or director stands for the authorities of "
    "the region, and IROs count once each. Weights by type of authority, and by where IROs worked, "
    'come <a href="#weights">below</a>.'
)


def _banner(result: Reproduction) -> str:
    if not result.synthetic:
        return ""
    heading = escaped(result.heading).replace(
        words.SYNTHETIC, f"<strong>{words.SYNTHETIC}</strong>"
    )
    return f'<p class="banner" role="note">{heading}.</p>'


def _mark(result: Reproduction) -> str:
    return f"{TAG} · " if result.synthetic else ""


def _rehearsal_words(result: Reproduction) -> list[str]:
    parts = [
        paragraph(
            "Every finding is counted again from answers: without weights, as the published "
            "figures are, and then under a sampling design, which is what the answers need before "
            "they can speak for all IROs or all authorities. The base of a figure is those who "
            "answered the question."
        )
    ]
    if result.synthetic:
        parts.append(
            '<div class="key">'
            + paragraph(
                "The answers used here were made by a computer program so that the published "
                "figures come out of them. That they do come out shows that the questions are "
                "coded, counted and weighted as intended. It is no result. Anything else in this "
                "part, such as a difference between regions, is an accident of how the answers "
                "were made."
            )
            + "</div>"
        )
    return parts


def _verdict(result: Reproduction) -> str:
    numbers = [
        row
        for row in result.rehearsal
        if row.finding.study == result.study and row.finding.kind in ("percent", "count")
    ]
    worded = [row for row in result.rehearsal if row.finding.kind == "phrase"]
    agreeing = sum(row.agrees for row in numbers)
    total = len(numbers) + len(result.unmeasured)
    mark = "yes" if result.agrees else "no"
    text = f"{agreeing} of {total} printed numbers are reproduced"
    if not result.agrees:
        text += f"; not reproduced: {', '.join(result.disagreements)}"
    lying = sum(row.agrees for row in worded)
    return paragraph(
        f'{_mark(result)}<span class="{mark}">{escaped(text)}.</span> {lying} of {len(worded)} '
        "estimates lie in our readings of words.",
        "verdict",
    )


def _rehearsal_table(result: Reproduction, level: str) -> str:
    heads = [
        head_cell("Finding"),
        head_cell("Printed"),
        head_cell("n", "who answered", numeric=True),
        head_cell("Estimate", "without weights", numeric=True),
        head_cell("Estimate", "weighted", numeric=True),
        head_cell("SE", "points", numeric=True),
        head_cell(f"{level} interval", numeric=True),
        head_cell("Design effect", numeric=True),
        head_cell("Agrees"),
    ]
    body: list[str] = []
    previous = ""
    for row in result.rehearsal:
        if row.variable and row.finding.id != previous:
            body.append(_group_row(row, len(heads)))
        previous = row.finding.id
        body.append(_rehearsal_row(row))
    mixed = result.synthetic and not all(source.synthetic for source in result.sources)
    small = (
        "Agrees: the estimate without weights rounds to the printed number, or lies in our reading "
        "of the words. SE: standard error under the design, in percentage points."
    )
    if mixed:
        small += f" Rows from {words.SYNTHETIC} answers say so."
    return plain_table(
        "The findings counted from the answers", small, heads, body, synthetic=result.synthetic
    )


def _group_row(row: Figure, columns: int) -> str:
    return (
        f'<tr class="group"><th scope="colgroup" colspan="{columns}">'
        f"{escaped(row.finding.wording)}: <span>“{escaped(row.finding.printed)}”, our reading of "
        "each task: "
        f"{escaped(words.reading(row.finding))}</span></th></tr>"
    )


def _rehearsal_row(row: Figure) -> str:
    estimate = row.estimate
    share = row.statistic == "share"
    unweighted = (
        count(estimate.n) if row.statistic == "count" else words.on_scale(row, estimate.unweighted)
    )
    interval = (
        words.limits(estimate.lower, estimate.upper)
        if share or row.statistic == "count"
        else f"{number(estimate.lower, 1)}–{number(estimate.upper, 1)}"
    )
    verdict = '<span class="yes">✓ yes</span>' if row.agrees else '<span class="no">✗ no</span>'
    return row_of_cells(
        row.label if row.variable else row.finding.wording,
        [
            cell("each task") if row.variable else printed_cell(row.finding, ours=row.ours),
            number_cell(count(estimate.n)),
            number_cell(unweighted),
            number_cell(words.on_scale(row, estimate.value)),
            number_cell(number((100 if share else 1) * estimate.standard_error, 1)),
            number_cell(interval),
            number_cell(number(estimate.design_effect, 2)),
            cell(verdict),
        ],
        "item" if row.variable else "",
    )


def _sources(result: Reproduction) -> list[str]:
    heads = [
        head_cell("Answers", "and how they are taken to be sampled"),
        head_cell("File"),
        head_cell("Respondents", numeric=True),
        head_cell("Regions", "strata", numeric=True),
        head_cell("Authorities", "sampling units", numeric=True),
        head_cell("Weights", "sum; least to most", numeric=True),
    ]
    return [
        plain_table(
            "What was read, and how it was sampled",
            "",
            heads,
            [_source_row(source) for source in result.sources],
            synthetic=result.synthetic,
        )
    ]


def _source_row(source: Source) -> str:
    about = source.design_words
    if not source.with_replacement:
        about += " The authorities of the region are the finite population."
    if source.singletons:
        about += f" Regions with one authority only: {', '.join(source.singletons)}."
    tag = f" {TAG}" if source.synthetic else ""
    weights = (
        f"{number(source.weight_sum, 0)}; "
        f"{number(source.weight_min, 2)}–{number(source.weight_max, 2)}"
    )
    return (
        f'<tr><th scope="row">{escaped(source.label)}'
        f'<span class="about">{escaped(about)}</span></th>'
        + "".join(
            [
                cell(escaped(PurePath(source.source).name) + tag),
                number_cell(count(source.rows)),
                number_cell(count(source.strata)),
                number_cell(count(source.units)),
                number_cell(weights),
            ]
        )
        + "</tr>"
    )


_LIMITS = ("above 50", "above 60", "above 70")
_GROUPINGS = {"": "All", "region": "By region", "type": "By type of authority"}


def _caseloads(result: Reproduction, level: str) -> list[str]:
    names = result.statistics.names
    parts = []
    if {"caseload", "caseload_limits"} <= set(names):
        parts += [
            "<h3>Caseloads</h3>",
            paragraph(
                "The guidance sets 50 to 70 children for a full-time IRO. Children are divided by "
                "full-time equivalents, so that part-time posts count as what they are."
            ),
            _caseload_table(
                result,
                "Children per full-time equivalent IRO",
                "IROs’ own answers. Mean: children of all IROs ÷ their full-time equivalents.",
                "caseload",
                "caseload_limits",
                level,
            ),
        ]
    if {"authority_caseload", "authority_caseload_limits"} <= set(names):
        parts.append(
            _caseload_table(
                result,
                "Mean caseload per full-time equivalent, authority by authority",
                "Managers’ answers, weighted to the 152 authorities of 2013. Above 70, the upper "
                "end of the guidance, an authority exceeds the limit: our reading.",
                "authority_caseload",
                "authority_caseload_limits",
                level,
            )
        )
    return parts


def _caseload_table(
    result: Reproduction, caption: str, small: str, means: str, shares: str, level: str
) -> str:
    heads = [
        head_cell("Group"),
        head_cell("n", "who answered", numeric=True),
        head_cell("Mean", f"{level} interval", numeric=True),
        *(
            head_cell(limit.capitalize(), f"share, {level} interval", numeric=True)
            for limit in _LIMITS
        ),
    ]
    body: list[str] = []
    for by, title in _GROUPINGS.items():
        rows = result.statistics.select(means, by=by)
        if by and rows:
            body.append(
                f'<tr class="group"><th scope="colgroup" colspan="{len(heads)}">{title}</th></tr>'
            )
        for row in rows:
            found = {
                one.answer: one
                for one in result.statistics.select(shares, by=by)
                if one.group == row.group
            }
            cells = [number_cell(count(row.estimate.n)), _estimate_cell(row)]
            cells += [_estimate_cell(found[limit]) for limit in _LIMITS]
            body.append(row_of_cells(row.group or title, cells, "item" if by else ""))
    return plain_table(escaped(caption), escaped(small), heads, body, synthetic=result.synthetic)


def _estimate_cell(row: TableRow) -> str:
    """An estimate with its interval below it."""
    estimate = row.estimate
    if row.scale == "share":
        value = words.percent(estimate.value, 0)
        limits = words.limits(estimate.lower, estimate.upper, 0)
    else:
        value = number(estimate.value, 1)
        limits = f"{number(estimate.lower, 1)}–{number(estimate.upper, 1)}"
    return cell(f'{escaped(value)}<span class="of">{escaped(limits)}</span>', numeric=True)


def _frequencies(result: Reproduction, level: str) -> list[str]:
    if "monitoring" not in result.statistics.names:
        return []
    together = result.statistics.select("monitoring", by="", collapsed=True)
    full = result.statistics.select("monitoring", by="", collapsed=False)
    label = together[0].label if together else full[0].label
    return [
        "<h3>How often IROs are able to do their tasks</h3>",
        _answer_table(result, escaped(label), f"Weighted, with {level} intervals.", together),
        folded(
            "Every answer in full",
            _answer_table(
                result, "The same, answer by answer", f"Weighted, with {level} intervals.", full
            ),
        ),
    ]


def _answer_table(result: Reproduction, caption: str, small: str, rows: StatisticsTable) -> str:
    answers = list(dict.fromkeys(row.answer for row in rows))
    heads = [
        head_cell("Question"),
        head_cell("n", "who answered", numeric=True),
        *(head_cell(answer, numeric=True) for answer in answers),
    ]
    body = []
    for variable in dict.fromkeys(row.variable for row in rows):
        own = [row for row in rows if row.variable == variable]
        cells = [number_cell(count(own[0].estimate.n)), *(_estimate_cell(row) for row in own)]
        body.append(row_of_cells(own[0].question, cells))
    return plain_table(caption, small, heads, body, synthetic=result.synthetic)
