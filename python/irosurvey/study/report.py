"""The study as one self-contained page for people who decide: no script, no outside resources."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import PurePath

from irosurvey._core import __version__
from irosurvey.layout import count, number
from irosurvey.study import words
from irosurvey.study.figures import Chart, chart_style
from irosurvey.study.model import Condition, Evidence, Figure, Finding, Source, TableRow
from irosurvey.study.reproduction import Reproduction
from irosurvey.study.tables import StatisticsTable

__all__ = ["page"]


def page(result: Reproduction) -> str:
    """Make the page.

    Parameters
    ----------
    result : Reproduction
        What `irosurvey.study.reproduce` gave.

    Returns
    -------
    str
        An HTML document. Everything in it that was made of SYNTHETIC microdata says so.
    """
    page_style = files("irosurvey.study").joinpath("page.css").read_text(encoding="utf-8")
    style = chart_style() + page_style
    body = [
        _head(result),
        "<main>",
        *evidence_section(result),
        *rehearsal_section(result),
        *_method(result),
        "</main>",
        _foot(),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(_TITLE)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


_TITLE = "IROs in England: how far do the findings of the 2013 survey carry?"


_TAG = f'<span class="tag">{words.SYNTHETIC}</span>'


# ---- pieces of HTML ----


def _text(text: str) -> str:
    return html.escape(text)


def _p(text: str, css: str = "") -> str:
    return f"<p{_class(css)}>{text}</p>"


def _class(css: str) -> str:
    return f' class="{css}"' if css else ""


def _listed(texts: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join([part for part in [", ".join(texts[:-1]), *texts[-1:]] if part])


def _items(texts: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{text}</li>" for text in texts) + "</ul>"


def _scroll(content: str, label: str) -> str:
    """A region that scrolls sideways on narrow screens, by keyboard too."""
    label = _text(label)
    return f'<div class="scroll" role="region" aria-label="{label}" tabindex="0">{content}</div>'


def _details(summary: str, content: str) -> str:
    return f"<details><summary>{_text(summary)}</summary>{content}</details>"


def _table(
    caption: str, small: str, heads: Sequence[str], rows: Iterable[str], *, synthetic: bool = False
) -> str:
    """A table; `heads` are cells, the first of them that of the column that names the rows.

    One that was made of SYNTHETIC answers says so in its caption, and in its head as well, which
    is printed again on every sheet that it runs over.
    """
    note = f'<span class="small">{small}</span>' if small else ""
    first, *others = heads
    if synthetic:
        caption = f"{_TAG} · {caption}"
        first = first.replace(">", f">{_TAG}<br>", 1)
    content = (
        f'<table><caption><div class="fit">{caption}{note}</div></caption>'
        f"<thead><tr>{first}{''.join(others)}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )
    return _scroll(content, "table")


def _head_cell(text: str, unit: str = "", *, numeric: bool = False) -> str:
    css = ' class="num"' if numeric else ""
    unit = f' <span class="unit">{_text(unit)}</span>' if unit else ""
    return f'<th scope="col"{css}>{_text(text)}{unit}</th>'


def _row(name: str, cells: Iterable[str], css: str = "") -> str:
    return f'<tr{_class(css)}><th scope="row">{_text(name)}</th>{"".join(cells)}</tr>'


def _cell(text: str, *, numeric: bool = False) -> str:
    return f"<td{_class('num' if numeric else '')}>{text}</td>"


def _number_cell(text: str) -> str:
    return _cell(_text(text), numeric=True)


def _printed_cell(finding: Finding, *, ours: bool) -> str:
    """As printed; what is ours is said below it."""
    if finding.kind == "phrase":
        reading = f'<span class="nowrap">{_text(words.reading(finding))}</span>'
        extra = f'<span class="reads">our reading: {reading}</span>'
    elif ours:
        extra = '<span class="reads">counted our way</span>'
    else:
        extra = ""
    return f'<td class="printed">“{_text(finding.printed)}”{extra}</td>'


def _figure(chart: Chart, caption: str, small: str) -> str:
    label = f'<figcaption>{caption}<span class="small">{small}</span></figcaption>'
    return f"<figure>{label}{_scroll(chart.element, 'chart')}</figure>"


# ---- head ----


def _head(result: Reproduction) -> str:
    units = {source.instrument: source.unit for source in result.sources}
    answered = [
        f"{row.finding.printed} {units[row.instrument]}s"
        for row in result.rehearsal
        if row.statistic == "count"
    ]
    made = ' class="made"' if result.synthetic else ""
    rehearsal = (
        f"The survey’s analysis, run on <strong>{words.SYNTHETIC}</strong> answers. It shows that "
        "the analysis works and is ready for the real files. It says nothing about IROs."
        if result.synthetic
        else "The survey’s analysis, run on the files given."
    )
    return f"""<a class="skip" href="#evidence">To the evidence</a>
<header class="top">
<p class="eyebrow">{_text(result.study)}, 2013</p>
<h1>How far do the findings on Independent Reviewing Officers carry?</h1>
<p class="lead">Independent Reviewing Officers (IROs) see to it that the care plans of children
looked after by English local authorities are made, followed and kept under review. In 2013 the
National Children’s Bureau asked IROs, their managers and Directors of Children’s Services how the
role works in practice. {_text(_listed(answered))} answered. The answers themselves are not public;
some of the figures are.</p>
<ul class="ways">
<li><a href="#evidence">1. Evidence</a><p>What each figure in print can bear by itself: which
counts it can stand for, and how far chance alone could carry it.</p></li>
<li{made}><a href="#rehearsal">2. Rehearsal</a><p>{rehearsal}</p></li>
</ul>
</header>"""


# ---- evidence ----


def evidence_section(result: Reproduction) -> list[str]:
    own = result.evidence.of_study(result.study)
    level = f"{100 * result.level:g}%"
    known = [row for row in own if row.interval() is not None]
    return [
        '<section id="evidence">',
        "<h2>Evidence: what the printed figures can bear</h2>",
        *_reading_example(known, level),
        _figure(
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
        _p(
            "Nobody outside can recount the answers, but arithmetic says what a printed percentage "
            "can stand for. It also says how far off it could be by chance alone, had the "
            "respondents been drawn at random from all who could have been asked."
        ),
        '<div class="key">'
        + _p(
            f"<strong>How to read it.</strong> “{_text(row.finding.printed)}”: "
            f"{_text(_lower_first(row.finding.wording))}. Out of all {row.full.base} who responded "
            f"that is {row.full.least} to {row.full.most}. As a simple random sample they would "
            f"put the share among all IROs between "
            f'<strong class="nowrap">{words.limits(plain.lower, plain.upper, 0)}</strong> '
            f"({level} interval). If "
            "IROs of one authority answer alike, the sample is worth less: with a design effect of "
            f"2, as if half as many had answered, {words.limits(alike.lower, alike.upper, 0)}."
        )
        + "</div>",
        _items(
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


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def _evidence_table(rows: Iterable[Evidence], level: str) -> str:
    rows = list(rows)
    heads = [
        _head_cell("Finding"),
        _head_cell("Printed"),
        _head_cell("Counts", "of all who responded", numeric=True),
        *(
            _head_cell(f"{level}\u00a0interval", f"design effect\u00a0{effect:g}", numeric=True)
            for effect in (1.0, 1.5, 2.0)
        ),
        _head_cell(f"{level} interval", "finite population, design effect 1", numeric=True),
    ]
    body = [
        _row(
            row.finding.wording,
            [
                _printed_cell(row.finding, ours=row.ours),
                _number_cell(_full(row)),
                *(
                    _number_cell(words.interval_text(row.interval(design_effect=effect)))
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
    return _table(
        "The printed figures in numbers",
        "Intervals (logit) run from the lower limit at the least count to the upper limit at the "
        "most, with one degree of freedom less than answers. " + _text(" ".join(populations)),
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
        return _number_cell(text)
    limits, population = text.split(" ")
    return _cell(f'{_text(limits)}<span class="of">{_text(population)}</span>', numeric=True)


def _bases_table(rows: Iterable[Evidence], level: str) -> str:
    """Which bases can give a figure: for those who want to know how few could be behind it."""
    heads = [
        _head_cell("Finding"),
        _head_cell("Printed"),
        _head_cell("Smallest base", "that can give it", numeric=True),
        _head_cell(f"{level} interval", "at the smallest base", numeric=True),
        _head_cell("Bases that can’t give it", "of those up to all respondents", numeric=True),
        _head_cell(f"{level} interval", "all respondents, beta method", numeric=True),
    ]
    body = [
        _row(
            row.finding.wording,
            [
                _printed_cell(row.finding, ours=row.ours),
                _number_cell(count(row.smallest_base)),
                _number_cell(words.interval_text(row.interval(base=row.smallest_base))),
                _number_cell(_impossible(row)),
                _number_cell(words.interval_text(row.interval(method="beta"))),
            ],
        )
        for row in rows
    ]
    table = _table(
        "How few answers could be behind a figure",
        "Whole-number arithmetic: a base can give a figure if some count out of it rounds to the "
        "printed number, or lies in our reading of the words. Halves may have been rounded either "
        "way.",
        heads,
        body,
    )
    return _details("How few answers could be behind each figure?", table)


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
        _p(
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
            f"<li>“{_text(one.printed)}”: {_text(_lower_first(one.wording))}</li>"
            for one in (printed[name] for name in named)
        )
        parts.append(
            f'<div class="key"><ul>{figures}</ul>'
            + _p(f"<strong>{_text(condition.statement)}</strong>")
            + _items(_text(deduction.sentence) for deduction in condition.deductions)
            + "</div>"
        )
    return parts


def _other_studies(rows: Iterable[Evidence], level: str) -> list[str]:
    heads = [
        _head_cell("Finding"),
        _head_cell("Study"),
        _head_cell("Printed"),
        _head_cell("Counts", "of the printed base", numeric=True),
        _head_cell("Smallest base", "that can give it", numeric=True),
        _head_cell(f"{level} interval", "design effect 1", numeric=True),
    ]
    body = [
        _row(
            row.finding.wording,
            [
                _cell(f"{_text(row.finding.study)}, {row.finding.year}"),
                _printed_cell(row.finding, ours=row.ours),
                _number_cell(str(row.full) if row.full else "base not printed"),
                _number_cell(count(row.smallest_base)),
                _number_cell(_other_interval(row)),
            ],
        )
        for row in rows
    ]
    if not body:
        return []
    table = _table(
        "Percentages of other studies",
        "To be compared with; none of them is reproduced here. “None of 56” means that no count "
        "out of the printed base rounds to the printed figure: fewer answered, or one of the two "
        "numbers is misprinted.",
        heads,
        body,
    )
    return [_details("Percentages of other studies", table)]


def _other_interval(row: Evidence) -> str:
    interval = row.interval()
    if interval is None:
        return "–"
    text = words.limits(interval.lower, interval.upper)
    return text if row.full and row.full.possible else f"{text} of {interval.counts.base}"


# ---- rehearsal ----


def rehearsal_section(result: Reproduction) -> list[str]:
    level = f"{100 * result.level:g}%"
    css = ' class="made"' if result.synthetic else ""
    heading = "Rehearsal: the analysis, ready for the real files"
    if not result.synthetic:
        heading = "The findings estimated from the files given"
    return [
        f'<section id="rehearsal"{css}>',
        _banner(result),
        f"<h2>{heading}</h2>",
        *_rehearsal_words(result),
        _verdict(result),
        _figure(
            result.rehearsal.chart(),
            _mark(result) + "Estimates beside the printed figures",
            "The pale band is what agrees with print: half a point either way of a number, or our "
            "reading of words.",
        ),
        _rehearsal_table(result, level),
        *_sources(result),
        *_caseloads(result, level),
        *_frequencies(result, level),
        "</section>",
    ]


def _banner(result: Reproduction) -> str:
    if not result.synthetic:
        return ""
    heading = _text(result.heading).replace(words.SYNTHETIC, f"<strong>{words.SYNTHETIC}</strong>")
    return f'<p class="banner" role="note">{heading}.</p>'


def _mark(result: Reproduction) -> str:
    return f"{_TAG} · " if result.synthetic else ""


def _rehearsal_words(result: Reproduction) -> list[str]:
    parts = [
        _p(
            "Every finding is counted again from answers: without weights, as the published "
            "figures are, and then under a sampling design, which is what the answers need before "
            "they can speak for all IROs or all authorities. The base of a figure is those who "
            "answered the question."
        )
    ]
    if result.synthetic:
        parts.append(
            '<div class="key">'
            + _p(
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
    return _p(
        f'{_mark(result)}<span class="{mark}">{_text(text)}.</span> {lying} of {len(worded)} '
        "estimates lie in our readings of words.",
        "verdict",
    )


def _rehearsal_table(result: Reproduction, level: str) -> str:
    heads = [
        _head_cell("Finding"),
        _head_cell("Printed"),
        _head_cell("n", "who answered", numeric=True),
        _head_cell("Estimate", "without weights", numeric=True),
        _head_cell("Estimate", "weighted", numeric=True),
        _head_cell("SE", "points", numeric=True),
        _head_cell(f"{level} interval", numeric=True),
        _head_cell("Design effect", numeric=True),
        _head_cell("Agrees"),
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
    return _table(
        "The findings counted from the answers", small, heads, body, synthetic=result.synthetic
    )


def _group_row(row: Figure, columns: int) -> str:
    return (
        f'<tr class="group"><th scope="colgroup" colspan="{columns}">{_text(row.finding.wording)}: '
        f"<span>“{_text(row.finding.printed)}”, our reading of each task: "
        f"{_text(words.reading(row.finding))}</span></th></tr>"
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
    return _row(
        row.label if row.variable else row.finding.wording,
        [
            _cell("each task") if row.variable else _printed_cell(row.finding, ours=row.ours),
            _number_cell(count(estimate.n)),
            _number_cell(unweighted),
            _number_cell(words.on_scale(row, estimate.value)),
            _number_cell(number((100 if share else 1) * estimate.standard_error, 1)),
            _number_cell(interval),
            _number_cell(number(estimate.design_effect, 2)),
            _cell(verdict),
        ],
        "item" if row.variable else "",
    )


def _sources(result: Reproduction) -> list[str]:
    heads = [
        _head_cell("Answers", "and how they are taken to be sampled"),
        _head_cell("File"),
        _head_cell("Respondents", numeric=True),
        _head_cell("Regions", "strata", numeric=True),
        _head_cell("Authorities", "sampling units", numeric=True),
        _head_cell("Weights", "sum; least to most", numeric=True),
    ]
    return [
        _table(
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
    tag = f" {_TAG}" if source.synthetic else ""
    weights = (
        f"{number(source.weight_sum, 0)}; "
        f"{number(source.weight_min, 2)}–{number(source.weight_max, 2)}"
    )
    return (
        f'<tr><th scope="row">{_text(source.label)}<span class="about">{_text(about)}</span></th>'
        + "".join(
            [
                _cell(_text(PurePath(source.source).name) + tag),
                _number_cell(count(source.rows)),
                _number_cell(count(source.strata)),
                _number_cell(count(source.units)),
                _number_cell(weights),
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
            _p(
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
        _head_cell("Group"),
        _head_cell("n", "who answered", numeric=True),
        _head_cell("Mean", f"{level} interval", numeric=True),
        *(
            _head_cell(limit.capitalize(), f"share, {level} interval", numeric=True)
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
            cells = [_number_cell(count(row.estimate.n)), _estimate_cell(row)]
            cells += [_estimate_cell(found[limit]) for limit in _LIMITS]
            body.append(_row(row.group or title, cells, "item" if by else ""))
    return _table(_text(caption), _text(small), heads, body, synthetic=result.synthetic)


def _estimate_cell(row: TableRow) -> str:
    """An estimate with its interval below it."""
    estimate = row.estimate
    if row.scale == "share":
        value = words.percent(estimate.value, 0)
        limits = words.limits(estimate.lower, estimate.upper, 0)
    else:
        value = number(estimate.value, 1)
        limits = f"{number(estimate.lower, 1)}–{number(estimate.upper, 1)}"
    return _cell(f'{_text(value)}<span class="of">{_text(limits)}</span>', numeric=True)


def _frequencies(result: Reproduction, level: str) -> list[str]:
    if "monitoring" not in result.statistics.names:
        return []
    together = result.statistics.select("monitoring", by="", collapsed=True)
    full = result.statistics.select("monitoring", by="", collapsed=False)
    label = together[0].label if together else full[0].label
    return [
        "<h3>How often IROs are able to do their tasks</h3>",
        _answer_table(result, _text(label), f"Weighted, with {level} intervals.", together),
        _details(
            "Every answer in full",
            _answer_table(
                result, "The same, answer by answer", f"Weighted, with {level} intervals.", full
            ),
        ),
    ]


def _answer_table(result: Reproduction, caption: str, small: str, rows: StatisticsTable) -> str:
    answers = list(dict.fromkeys(row.answer for row in rows))
    heads = [
        _head_cell("Question"),
        _head_cell("n", "who answered", numeric=True),
        *(_head_cell(answer, numeric=True) for answer in answers),
    ]
    body = []
    for variable in dict.fromkeys(row.variable for row in rows):
        own = [row for row in rows if row.variable == variable]
        cells = [_number_cell(count(own[0].estimate.n)), *(_estimate_cell(row) for row in own)]
        body.append(_row(own[0].question, cells))
    return _table(caption, small, heads, body, synthetic=result.synthetic)


# ---- method ----


def _method(result: Reproduction) -> list[str]:
    choices = "".join(
        f"<dt>{_text(name)}</dt><dd>{_text(value)}</dd>" for name, value in result.choices
    )
    sources = dict.fromkeys(row.finding.source for row in result.evidence.of_study(result.study))
    return [
        '<section id="method">',
        "<h2>How it was done</h2>",
        _items(
            [
                "<strong>Counts.</strong> For every base up to all respondents, the whole numbers "
                "that round to the printed figure; halves may have been rounded either way.",
                "<strong>Intervals from print.</strong> Share p of n answers: "
                "SE² = d (1 − n/N) p (1 − p) ÷ (n − 1), with the design effect d and, where it is "
                "known, the population N; logit limits with n − 1 degrees of freedom, the most "
                "that there can be. How many IROs worked in England is not known: 850 to 950 is "
                "our reading of one press interview of 2010, and shows only what a finite "
                "population would do.",
                "<strong>Intervals from answers.</strong> Strata are regions, sampling units are "
                "authorities; variances by linearization.",
                "<strong>Managers and directors.</strong> At most one for an authority: each "
                "weighs the authorities of the region ÷ its respondents, with the authorities of "
                "the region as finite population.",
                "<strong>IROs.</strong> Each weighs 1, because how many worked in each authority "
                "is not known.",
            ]
        ),
        _details("Choices made", f'<dl class="choices">{choices}</dl>'),
        _details("Where the figures are printed", _items(_text(source) for source in sources)),
        "</section>",
    ]


def _foot() -> str:
    return (
        '<footer class="small">'
        + _p(
            f"Made by irosurvey {_text(__version__)} (<code>irosurvey reproduce</code>). "
            "Every table is beside this page as CSV. Names and regions of authorities contain "
            "public sector information licensed under the Open Government Licence v3.0."
        )
        + "</footer>"
    )
