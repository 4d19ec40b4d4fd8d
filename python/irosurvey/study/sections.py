"""The sections of the whole report that stand beside evidence and rehearsal, one function each."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from irosurvey.layout import number
from irosurvey.study.bounds import DIFFERENCES
from irosurvey.study.groups import ALPHA, NO_DIFFERENCE, NOT_TESTED
from irosurvey.study.markup import (
    TAG,
    Section,
    Span,
    banner,
    described,
    drawn,
    escaped,
    folded,
    interval_span,
    items,
    paragraph,
    scroll,
    sheet_table,
    tag,
)
from irosurvey.study.outcomes import ALL, OUTCOMES, Outcome
from irosurvey.study.sheets import LEAST_P, Cell, Sheet, together
from irosurvey.study.studies import read_findings
from irosurvey.study.words import listed
from irosurvey.tables.published import SHORTHAND
from irosurvey.tables.writers._prepare import prepared
from irosurvey.tables.writers.html import table_element
from irosurvey.test_result import p_text

if TYPE_CHECKING:
    from irosurvey.study.whole import WholeStudy
    from irosurvey.tables.policy import Policy
    from irosurvey.tables.published import Release
    from irosurvey.tables.release import ReleaseResult

__all__ = ["lacking_in", "sections_after_rehearsal", "sections_from_print"]


def sections_from_print(study: WholeStudy) -> list[Section]:
    """What printed figures alone can say of non-respondents and of other studies."""
    return [_bounds(study), _studies(study)]


def sections_after_rehearsal(study: WholeStudy, released: ReleaseResult | None) -> list[Section]:
    """What answers say, the guidance, what may be published, and how it was done."""
    found = [
        _weights(study),
        _groups(study),
        _caseloads(study),
        _advice(study),
        _guidance(study),
        *([] if released is None else [_published(released)]),
        _methods(study),
    ]
    return [replace(one, lacking=lacking_in(study, one.id)) for one in found]


def lacking_in(study: WholeStudy, section: str) -> list[str]:
    """Sentences on what a section can't show, for want of answers."""
    return [one.words for one in study.gaps if section in one.sections]


def _folded(summary: str, sheet: Sheet) -> str:
    """A table that a click opens, if it has a row."""
    return folded(summary, sheet_table(sheet)) if len(sheet) else ""


def _drawn(study: WholeStudy, name: str) -> str:
    """A chart, if there was anything to draw."""
    return drawn(study.charts[name]) if name in study.charts else ""


# ---- from print ----

_BOUNDS: list[str | Span] = [
    "finding",
    "words",
    "allowed",
    "answered",
    "population",
    Span("All others no, or all yes", "all_no", "all_yes"),
    *(
        Span(
            f"Others at most {100 * one:g} points apart",
            f"lower_{100 * one:g}",
            f"upper_{100 * one:g}",
        )
        for one in DIFFERENCES
    ),
    "tipping",
    "direction",
]


def _bounds(study: WholeStudy) -> Section:
    stated = " and ".join(f"{100 * one:g}" for one in DIFFERENCES)
    return Section(
        "bounds",
        "What those who did not answer could have said",
        "print",
        "Nobody was drawn at random: IROs chose to answer. So each finding is shown with what it "
        "would be if all others had said no, and if all had said yes; with what it would be if "
        f"they differ by no more than {stated} points; and with the smallest difference that "
        "would make its words wrong.",
        [
            paragraph(
                "An example: if a third of a group answers and half of them say yes, the share "
                "in the whole group is a sixth if all others would say no, and five sixths if "
                "all would say yes. To call it ‘half’ one must believe that the others are much "
                "like those who answered; the last columns say how much."
            ),
            sheet_table(study.sheets["bounds_printed"], _BOUNDS),
        ],
    )


def _studies(study: WholeStudy) -> Section:
    sheets = study.sheets
    findings = read_findings(study.codebook).values()
    studies = {one.study for one in findings}
    years = [one.year for one in findings]
    difference = Span("Second less first, points", "least", "most")
    compared: list[str | Span] = ["measure", "first", "second", difference]
    if any(lower is not None for lower in sheets["studies_comparisons"].column("lower")):
        compared.append(interval_span(sheets["studies_comparisons"]))
    return Section(
        "studies",
        "Studies side by side",
        "print",
        f"{len(studies)} sources from {min(years)} to {max(years)} printed something about IROs, "
        "annual reports of single authorities taken as one. Few asked the same question, and "
        "fewer say how many answered. Where figures can be compared they are; where they can’t, "
        "what is missing is named.",
        [
            sheet_table(sheets["studies_comparisons"], [*compared, "verdict"]),
            sheet_table(sheets["studies_grid"]),
            folded(
                "Every figure, with its base and what must be known",
                sheet_table(sheets["studies_figures"]),
            ),
        ],
    )


# ---- from answers ----


def _weights(study: WholeStudy) -> Section:
    sheet = study.sheets["findings_weighted"]
    changes = [abs(value) for value in sheet.column("change") if isinstance(value, float)]
    changes = [one for one in changes if not math.isnan(one)]
    moved = (
        f"moves no finding by more than {number(100.0 * max(changes), 1)} points"
        if changes
        else "has nothing to move: no finding could be weighted"
    )
    every = study.sheets["response"].find("All authorities")
    return Section(
        "weights",
        "Who answered, and what weights change",
        study.sheets["findings_weighted"].data,
        f"Somebody answered from {every['with_any']} of the {every['authorities']} authorities. "
        f"Weighting by region and type of authority {moved}.",
        [
            sheet_table(study.sheets["response"]),
            paragraph(
                "<strong>Managers and directors</strong> stand for authorities, one each: they "
                "are raked to the numbers of authorities by region and by type, and the 152 are "
                "the finite population. <strong>IROs</strong>: how many worked in each authority "
                f"was not printed. {escaped(study.spread.words)}"
            ),
            paragraph(
                "Weights mend what region and type can tell about who answered, and nothing "
                "else. They do not make a self-selected response a random sample: the bounds "
                "below stand beside them."
            ),
            sheet_table(
                sheet,
                [
                    "label",
                    "group",
                    "printed",
                    "n",
                    "unweighted",
                    "weighted",
                    "change",
                    "se",
                    interval_span(sheet),
                    "deff",
                ],
            ),
            folded(
                "What those who did not answer could have said: the findings as counted here",
                sheet_table(study.sheets["bounds_answered"], _BOUNDS),
            ),
        ],
    )


def _groups(study: WholeStudy) -> Section:
    differences = study.sheets["groups_differences"]
    winners = [str(one) for one in differences.column("rosier")]
    silent = (NO_DIFFERENCE, NOT_TESTED)
    told = [one for one in winners if not one.startswith(silent)]
    counts = [(name, told.count(name)) for name in dict.fromkeys(told)]
    who = ", ".join(f"{name} in {times}" for name, times in counts) or "none in any"
    return Section(
        "groups",
        "Three groups, the same questions",
        study.sheets["groups_differences"].data,
        f"Of {len(winners)} comparisons of two groups, {len(told)} are beyond chance at the "
        f"{100 * ALPHA:g}% level. The rosier group was: {escaped(who)}.",
        [
            paragraph(
                "An answer is called rosy if it speaks well of how the role works: always or "
                "often, agree or strongly agree, significantly, yes. Who gives such answers more "
                "often sees it more rosily; who is right, a survey can’t say."
            ),
            _drawn(study, "groups"),
            sheet_table(
                differences,
                [
                    "question",
                    "pair",
                    "difference",
                    "se",
                    interval_span(differences),
                    "p_holm",
                    "rosier",
                ],
            ),
            folded("Every share", sheet_table(study.sheets["groups_shares"])),
            "<h3>Where they work in the same authority</h3>",
            paragraph(
                "Two people of one authority look at the same service. How often do they see it "
                "alike, and if not, who sees it more rosily?"
            ),
            _drawn(study, "agreement"),
            sheet_table(
                study.sheets["groups_agreement"],
                [
                    "question",
                    "pair",
                    "pairs",
                    "authorities",
                    "same",
                    Span(interval_span(differences).title, "same_lower", "same_upper"),
                    "kappa",
                    "first_rosier",
                    "second_rosier",
                    "net_p",
                ],
            ),
        ],
    )


def _caseloads(study: WholeStudy) -> Section:
    sheets = study.sheets
    quantiles, limits = sheets["caseload_quantiles"], sheets["caseload_limits"]
    return Section(
        "caseloads",
        "Caseloads, and what goes with them",
        study.caseloads.data,
        " ".join([_half_and_above(study), *(_trend(study, outcome) for outcome in OUTCOMES)]),
        [
            _drawn(study, "caseloads"),
            _drawn(study, "quartiles"),
            _folded("Quantiles, by type of authority and region", quantiles),
            _drawn(study, "limits"),
            _folded("More than 50, 60 and 70, by type of authority and region", limits),
            "<h3>By caseload, other duties and region</h3>",
            *(_drawn(study, f"outcomes_{name}") for name in ("band", "other_duties", "region")),
            _folded("The shares in numbers", sheets["caseload_outcomes"]),
            sheet_table(sheets["caseload_tests"]),
            "<h3>All at once</h3>",
            paragraph(
                "Whoever has more children may also have other duties. A logistic regression "
                "looks at caseload, other duties and type of authority together. An average "
                "marginal effect says by how many points the share would differ, all else being "
                "equal."
            ),
            _drawn(study, "effects"),
            sheet_table(sheets["caseload_effects"]),
            _folded("Coefficients and odds ratios", sheets["caseload_models"]),
        ],
    )


def _half_and_above(study: WholeStudy) -> str:
    """A sentence on the median caseload, and on how many have more than the guidance."""
    quantiles, limits = study.sheets["caseload_quantiles"], study.sheets["caseload_limits"]
    if not len(quantiles):
        return "How many children IROs have can’t be said."
    median = next(row for row in quantiles if row[0] == ALL and row[2] == 0.5)
    above = next(row for row in limits if row[0] == ALL and row[2] == 70)
    return (
        f"Half of IROs have {number(_float(median[4]), 0)} children or more for a full-time post, "
        f"and {number(100.0 * _float(above[4]), 0)}% have more than 70, the upper end of the "
        "guidance."
    )


def _float(value: object) -> float:
    assert isinstance(value, int | float)
    return float(value)


def _trend(study: WholeStudy, outcome: Outcome) -> str:
    """A sentence on the trend of an outcome over the bands of caseload."""
    table = study.caseloads.crosstabs.get((outcome.column, "band"))
    test = table.trend() if table is not None else None
    name = f"‘{escaped(outcome.label)}’"
    if test is None or math.isnan(test.p):
        return f"Whether {name} goes with caseloads can’t be tested."
    if test.p >= ALPHA:
        return f"{name} shows no trend over caseloads beyond chance."
    way = "less" if test.statistic < 0.0 else "more"
    p = f"p < {LEAST_P:g}" if test.p < LEAST_P else p_text(test.p)
    return f"{name} is {way} often said where caseloads are higher ({escaped(p)})."


def _advice(study: WholeStudy) -> Section:
    rates, spread = study.sheets["advice_rates"], study.sheets["advice_spread"]
    every = rates.find("England")
    return Section(
        "advice",
        "Enquiries to independent advice services",
        study.sheets["advice_rates"].data,
        f"{every['enquiries']} enquiries in a year are {_with_limits(every, 'rate')} for each "
        f"authority and {_with_limits(every, 'per_1000')} for every 1,000 looked-after "
        f"children. {every['none']} of the {every['authorities']} authorities "
        f"({number(100.0 * _float(every['none_share']), 0)}%) had none.",
        [
            paragraph(
                "Where some authorities ask much and others never, counts differ by more than "
                "chance. The limits allow for that: they are those of Poisson counts, widened by "
                "the dispersion between authorities."
            ),
            _drawn(study, "months"),
            _drawn(study, "topics"),
            sheet_table(
                rates,
                [
                    "group",
                    "by",
                    "enquiries",
                    "rate",
                    interval_span(rates),
                    "dispersion",
                    "none_share",
                    "per_1000",
                    Span(
                        f"{interval_span(rates).title}, per 1,000",
                        "per_1000_lower",
                        "per_1000_upper",
                    ),
                ],
            ),
            sheet_table(spread),
        ],
    )


def _with_limits(row: Mapping[str, Cell], name: str) -> str:
    """A rate with its limits: `1.66 (1.43 to 1.92)`."""
    prefix = "" if name == "rate" else f"{name}_"
    rate, lower, upper = (
        number(_float(row[one]), 2) for one in (name, f"{prefix}lower", f"{prefix}upper")
    )
    return f"{rate} ({lower} to {upper})"


def _guidance(study: WholeStudy) -> Section:
    printed, answers, rest = (
        study.sheets[f"guidance_{name}"] for name in ("printed", "answers", "not_measured")
    )
    standings = [str(one) for one in printed.column("standing")]
    held = {*printed.column("id"), *answers.column("id")}
    measured = len({name for names in held for name in str(names).split(", ")})
    counts = Counter(standings)
    beyond = sum(times for name, times in counts.items() if name.startswith("beyond"))
    below = counts["beyond: below"]
    shown = [
        "requirement",
        "threshold",
        "sure",
        "measure",
        "asked",
        "estimate",
        "interval",
        "standing",
    ]
    mark = banner(
        "made-up answers. Only the printed figures above say anything about IROs."
        if answers.data == "SYNTHETIC"
        else "some of these answers are made up. Rows made of them say so.",
        answers.data,
    )
    return Section(
        "guidance",
        "Findings beside the guidance",
        "print",
        f"Of {measured + len(rest)} requirements of the law and the Handbook, {measured} can be "
        f"held against a figure. Of {len(printed)} printed figures, {counts['within'] or 'none'} "
        f"lies within what is asked, {counts['across'] or 'none'} across it, and {beyond} beyond "
        f"it: {below} below and {beyond - below} above. Most are of single authorities, which "
        "speak for themselves alone.",
        [
            sheet_table(printed, shown),
            folded(f"{len(rest)} requirements that nothing can be held against", sheet_table(rest)),
            "<h3>From answers</h3>",
            mark if answers.synthetic else "",
            sheet_table(answers, shown),
        ],
    )


# ---- what may be published ----


_NOT_EXAMINED = (
    "<strong>Whether a hidden count can be worked out from others was not examined: they may not "
    "leave the team yet.</strong> "
)


_NOT_CONTROLLED = (
    "<strong>This policy hides no count: they went through no disclosure control and may not leave "
    "the team.</strong> "
)


def _published(released: ReleaseResult) -> Section:
    release, policy = released.published, released.report.policy
    ready = prepared(release)
    marks = dict.fromkeys(mark for table in ready for mark in table.marks)
    legend = "; ".join(f"[{mark}] {SHORTHAND[mark]}" for mark in marks)
    warning = _NOT_CONTROLLED
    if policy.suppresses:
        warning = "" if policy.secondary or "c" not in marks else _NOT_EXAMINED
    parts = [paragraph(f"{escaped(legend)}. {escaped(_hidden(ready, policy))}")] if legend else []
    for table in ready:
        mark = f"{TAG} · " if table.synthetic else ""
        notes = [one.text for one in ready.notes if one.number in table.notes]
        parts += [
            f"<h3>{mark}{escaped(table.title.subject)}</h3>",
            scroll(
                f'<div class="published">{table_element(table)}</div>',
                f"Published table: {table.title.subject}",
            ),
            paragraph(escaped(" ".join([*table.remarks, *notes])), "small"),
        ]
    return Section(
        "published",
        "Tables that may be published"
        if policy.suppresses
        else f"Tables under policy {policy.name}",
        together("SYNTHETIC" if table.synthetic else "given" for table in ready),
        "These tables went together through the rules of disclosure control, reliability and "
        f"rounding that go by the name of {escaped(policy.name)}. {warning}"
        "Workbooks, pages and data files of them lie in published/.",
        parts,
    )


def _hidden(ready: Release, policy: Policy) -> str:
    """How many percentages are not shown, and by which rules."""
    shares = [
        row.cells[place].mark
        for table in ready
        for row in table.rows
        for place, column in enumerate(table.columns)
        if column.kind == "estimate"
    ]
    why = {
        "c": f"to protect respondents ({policy.suppress_from} to {policy.suppress_to} of them, or "
        "others from whom these could be worked out)",
        "u": "because chance could have moved them far (an interval of "
        f"{100.0 * policy.never_width:g} points or more, or answers worth fewer than "
        f"{policy.minimum_effective_n:g} drawn at random)",
    }
    counts = [f"{shares.count(mark)} {words}" for mark, words in why.items() if mark in shares]
    if not counts:
        return ""
    hidden = sum(mark in why for mark in shares)
    return f"Of {len(shares)} percentages {hidden} are not shown: {listed(counts)}."


# ---- methods ----

_TERMS = {
    "Interval": "How far chance could have moved the figure. If those who answered had been drawn "
    "at random, 95 of 100 such ranges would hold the figure of all who could have been asked. "
    "What those who did not answer would have said is not in it.",
    "Design effect": "By how much the sample is worth less (above 1) than as many people drawn one "
    "by one: IROs of one authority are alike.",
    "SE": "Standard error: the interval reaches about two of them to either side.",
    "Weighted": "Respondents of regions and types of authority that answered rarely count for "
    "more.",
    "Logistic regression": "How the share that says something differs with several things at once.",
    "Kappa": "Agreement beyond what chance would bring: 0 none, 1 full.",
}


def _methods(study: WholeStudy) -> Section:
    return Section(
        "methods",
        "How it was done",
        "print",
        "",
        [
            items(
                [
                    "<strong>From print.</strong> Whole-number arithmetic on the printed "
                    "figures; no answers are used. Sections without a red mark.",
                    "<strong>From answers.</strong> Regions are strata, authorities are sampling "
                    "units, variances by linearization; weights raked to region and type, with "
                    "the residuals of that in every variance.",
                    "<strong>Groups.</strong> The three groups stand in one design in which "
                    "authorities are the sampling units, so that what they share is in the error "
                    "of every difference.",
                    "<strong>Enquiries.</strong> Poisson limits times the dispersion between "
                    "authorities.",
                    "<strong>Not for publication as it stands.</strong> These tables are for "
                    "those who analyse. What may be published goes through disclosure control "
                    "first.",
                ]
            ),
            folded("Words used here", described(_TERMS.items(), "terms")),
            *_gaps(study),
            _balance(study.sheets["balance"]),
            folded("Every choice made", described(dict.fromkeys(study.choices), "choices")),
        ],
    )


def _gaps(study: WholeStudy) -> list[str]:
    """The table of what is missing, if anything is."""
    return ["<h3>What can’t be said</h3>", sheet_table(study.sheets["gaps"])] if study.gaps else []


def _balance(sheet: Sheet) -> str:
    mark = tag(sheet.data) + " · " if sheet.synthetic else ""
    return (
        f"<h3>{mark}What became of every row</h3>"
        + paragraph(
            "Rows read are rows outside the question, rows without an answer and rows used, in "
            "number and in weight. If they did not add up, this report would not exist."
        )
        + folded("The balance, finding by finding", sheet_table(sheet))
    )
