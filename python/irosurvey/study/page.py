"""The whole study as one self-contained page that a stranger can read."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from irosurvey.layout import number
from irosurvey.study.bounds import DIFFERENCES
from irosurvey.study.caseloads import OUTCOMES
from irosurvey.study.figures import chart_style
from irosurvey.study.groups import ALPHA
from irosurvey.study.markup import (
    TAG,
    Section,
    banner,
    contents,
    drawn,
    folded,
    items,
    paragraph,
    sheet_table,
    text,
)
from irosurvey.study.report import evidence_section, rehearsal_section
from irosurvey.study.sheets import Sheet
from irosurvey.study.words import SYNTHETIC, limits
from irosurvey.tables.published import SHORTHAND, Release
from irosurvey.tables.writers._prepare import prepared
from irosurvey.tables.writers.html import table_element

if TYPE_CHECKING:
    from irosurvey.study.whole import WholeStudy
    from irosurvey.tables.release import ReleaseResult

__all__ = ["whole_page"]

_TITLE = "Independent Reviewing Officers in England: the survey of 2013, whole"


def whole_page(study: WholeStudy, released: ReleaseResult | None = None) -> str:
    """Make the page.

    Parameters
    ----------
    study : WholeStudy
        What `irosurvey.study.whole_study` gave.
    released : ReleaseResult, optional
        Tables that may be published, for a section of their own.

    Returns
    -------
    str
        An HTML document without outside resources. Its script only sorts and filters tables.
    """
    room = files("irosurvey.study")
    style = chart_style() + "".join(
        room.joinpath(name).read_text(encoding="utf-8") for name in ("page.css", "whole.css")
    )
    script = room.joinpath("whole.js").read_text(encoding="utf-8")
    sections = _sections(study, released)
    made = study.reproduction
    links = [
        Section("evidence", "Evidence: what the printed figures can bear", False, "", []),
        *sections[:2],
        Section("rehearsal", "The findings counted again", study.synthetic, "", []),
        *sections[2:],
    ]
    body = [
        _head(study),
        contents(links),
        "<main>",
        *evidence_section(made),
        *(one.html() for one in sections[:2]),
        *rehearsal_section(made),
        *(one.html() for one in sections[2:]),
        "</main>",
        _foot(study),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(_TITLE)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + f"\n<script>\n{script}</script>\n</body>\n</html>\n"
    )


def _sections(study: WholeStudy, released: ReleaseResult | None) -> list[Section]:
    return [
        _bounds(study),
        _studies(study),
        _weights(study),
        _groups(study),
        _caseloads(study),
        _advice(study),
        _guidance(study),
        *([] if released is None else [_published(released.published)]),
        _methods(study),
    ]


# ---- head and foot ----


def _head(study: WholeStudy) -> str:
    microdata = (
        f"The analysis of answers below runs on <strong>{SYNTHETIC}</strong> ones: a program made "
        "them so that the printed figures come out of them. Such parts are marked, and say "
        "nothing about IROs."
        if study.synthetic
        else "The analysis of answers below runs on the files given."
    )
    return f"""<a class="skip" href="#evidence">To the evidence</a>
<header class="top">
<p class="eyebrow">{text(study.reproduction.study)}, 2013</p>
<h1>Independent Reviewing Officers in England: the survey of 2013, whole</h1>
<p class="lead">Every child looked after by an English local authority has an Independent Reviewing
Officer (IRO), who sees to it that the child’s care plan is made, followed and kept under review. In
2013 the National Children’s Bureau asked 295 IROs, 65 of their managers and 60 Directors of
Children’s Services how that works in practice. The answers are not public; some of the figures are
in print.</p>
<p class="lead">This report says what those figures can bear, and what the answers would say if we
had them. {microdata}</p>
{_in_brief(study)}
</header>"""


def _in_brief(study: WholeStudy) -> str:
    bounds = study.sheets["bounds_printed"]
    comparisons = study.sheets["studies_comparisons"]
    firm = sum(value is None for value in bounds.column("tipping")) or "none"
    smallest = min(
        (value for value in bounds.column("tipping") if isinstance(value, float)), default=None
    )
    apart = sum("differ by more" in str(one) for one in comparisons.column("verdict")) or "none"
    points = "–" if smallest is None else number(100.0 * smallest, 1)
    return (
        '<div class="key"><p><strong>In brief, from print alone</strong></p>'
        + items(
            [
                _chance(study),
                f"Of {len(bounds)} wordings, {firm} would hold whatever the others had said. The "
                f"most fragile would change if the others differed by {points} points.",
                f"Of {len(comparisons)} pairs of figures from different studies that ask the "
                f"same, {apart} can be told apart: mostly the number of respondents was not "
                'printed (<a href="#studies">which</a>).',
                "Most of what the law and the guidance ask is about times that no study printed "
                '(<a href="#guidance">the list</a>).',
            ]
        )
        + "</div>"
    )


def _chance(study: WholeStudy) -> str:
    """A sentence on chance and on those who did not answer, by the first printed percentage."""
    row = next(
        one
        for one in study.reproduction.evidence.of_study(study.reproduction.study)
        if one.finding.kind == "percent"
    )
    interval = row.interval()
    assert interval is not None
    bounds = next(
        one for one in study.sheets["bounds_printed"].records() if one["id"] == row.finding.id
    )
    return (
        f"Chance is the smaller worry. “{text(row.finding.printed)}” of {row.respondents} could be "
        f"{limits(interval.lower, interval.upper, 0)} by chance alone. What those who did not "
        f"answer would have said could make it {limits(bounds['all_no'], bounds['all_yes'], 0)} "
        '(<a href="#bounds">more</a>).'
    )


def _foot(study: WholeStudy) -> str:
    inputs = "".join(
        f"<dt>{text(name)}</dt><dd>{text(value)}</dd>" for name, value in study.provenance
    )
    return (
        '<footer class="small"><p>Made by irosurvey (<code>irosurvey report</code>). Every table '
        "lies beside this page as CSV in tables/, every chart as SVG in charts/. Names of "
        "authorities, numbers of looked-after children and the law contain public sector "
        "information licensed under the Open Government Licence v3.0.</p>"
        + folded("What went in", f'<dl class="choices">{inputs}</dl>')
        + "</footer>"
    )


# ---- from print ----


def _bounds(study: WholeStudy) -> Section:
    stated = " and ".join(f"{100 * one:g}" for one in DIFFERENCES)
    return Section(
        "bounds",
        "What those who did not answer could have said",
        False,
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
            sheet_table(
                study.sheets["bounds_printed"],
                [
                    "finding",
                    "words",
                    "answered",
                    "population",
                    "all_no",
                    "all_yes",
                    "lower_10",
                    "upper_10",
                    "lower_20",
                    "upper_20",
                    "tipping",
                    "direction",
                ],
            ),
        ],
    )


def _studies(study: WholeStudy) -> Section:
    return Section(
        "studies",
        "Studies side by side",
        False,
        "Nine sources from 2006 to 2023 printed something about IROs. Few asked the same "
        "question, and fewer say how many answered. Where figures can be compared they are; "
        "where they can’t, what is missing is named.",
        [
            sheet_table(
                study.sheets["studies_comparisons"],
                ["measure", "first", "second", "least", "most", "lower", "upper", "verdict"],
            ),
            sheet_table(study.sheets["studies_grid"]),
            folded(
                "Every figure, with its base and what must be known",
                sheet_table(study.sheets["studies_figures"]),
            ),
        ],
    )


# ---- from answers ----


def _weights(study: WholeStudy) -> Section:
    sheet = study.sheets["findings_weighted"]
    changes = [abs(value) for value in sheet.column("change") if isinstance(value, float)]
    most = number(100.0 * max(changes), 1) if changes else "–"
    every = study.sheets["response"].find("All authorities")
    return Section(
        "weights",
        "Who answered, and what weights change",
        study.synthetic,
        f"Somebody answered from {every['with_any']} of the {every['authorities']} authorities. "
        f"Weighting by region and type of authority moves no finding by more than {most} points.",
        [
            sheet_table(study.sheets["response"]),
            paragraph(
                "<strong>Managers and directors</strong> stand for authorities, one each: they "
                "are raked to the numbers of authorities by region and by type, and the 152 are "
                "the finite population. <strong>Where IROs worked</strong> is assumed: "
                f"{text(_lower_first(study.spread.words))}"
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
                    "lower",
                    "upper",
                    "deff",
                ],
            ),
            folded(
                "What those who did not answer could have said: the findings as counted here",
                sheet_table(study.sheets["bounds_answered"]),
            ),
        ],
    )


def _groups(study: WholeStudy) -> Section:
    differences = study.sheets["groups_differences"]
    winners = [str(one) for one in differences.column("rosier")]
    told = [one for one in winners if not one.startswith("no difference")]
    counts = [(name, told.count(name)) for name in dict.fromkeys(told)]
    who = ", ".join(f"{name} in {times}" for name, times in counts) or "none in any"
    return Section(
        "groups",
        "Three groups, the same questions",
        study.synthetic,
        f"Of {len(winners)} comparisons of two groups, {len(told)} are beyond chance at the "
        f"{100 * ALPHA:g}% level. The rosier group was: {text(who)}.",
        [
            drawn(study.charts["groups"], study.synthetic),
            sheet_table(
                differences,
                ["question", "pair", "difference", "se", "lower", "upper", "p_holm", "rosier"],
            ),
            folded("Every share", sheet_table(study.sheets["groups_shares"])),
            "<h3>Where they work in the same authority</h3>",
            paragraph(
                "Two people of one authority look at the same service. How often do they see it "
                "alike, and if not, who sees it more rosily?"
            ),
            sheet_table(
                study.sheets["groups_agreement"],
                [
                    "question",
                    "pair",
                    "pairs",
                    "authorities",
                    "same",
                    "same_lower",
                    "same_upper",
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
    quantiles = sheets["caseload_quantiles"]
    median = next(row for row in quantiles if row[0] == "All IROs" and row[2] == 0.5)
    limits = sheets["caseload_limits"]
    above = next(row for row in limits if row[0] == "All IROs" and row[2] == 70)
    return Section(
        "caseloads",
        "Caseloads, and what goes with them",
        study.synthetic,
        f"Half of IROs have {number(_float(median[4]), 0)} children or more for a full-time post, "
        f"and {number(100.0 * _float(above[4]), 0)}% have more than 70, the upper end of the "
        "guidance. " + " ".join(_trend(study, outcome.label) for outcome in OUTCOMES),
        [
            drawn(study.charts["caseloads"], study.synthetic),
            sheet_table(quantiles),
            sheet_table(limits),
            "<h3>By caseload, other duties and region</h3>",
            drawn(study.charts["outcomes"], study.synthetic),
            sheet_table(sheets["caseload_outcomes"]),
            sheet_table(sheets["caseload_tests"]),
            "<h3>All at once</h3>",
            paragraph(
                "Whoever has more children may also have other duties. A logistic regression "
                "looks at caseload, other duties and type of authority together. An average "
                "marginal effect says by how many points the share would differ, all else being "
                "equal."
            ),
            drawn(study.charts["effects"], study.synthetic),
            sheet_table(sheets["caseload_effects"]),
            folded("Coefficients and odds ratios", sheet_table(sheets["caseload_models"])),
        ],
    )


def _float(value: object) -> float:
    assert isinstance(value, int | float)
    return float(value)


def _trend(study: WholeStudy, outcome: str) -> str:
    """A sentence on the trend of an outcome over the bands of caseload."""
    tests = study.sheets["caseload_tests"]
    row = next(row for row in tests if row[0] == outcome and row[2] == "linear trend")
    effect = next(row for row in study.sheets["caseload_effects"] if row[0] == outcome)
    name = text(outcome[:1].lower() + outcome[1:])
    if _float(row[4]) >= ALPHA:
        return f"‘{name.capitalize()}’ shows no trend over caseloads beyond chance."
    way = "more" if _float(effect[2]) > 0 else "less"
    return f"‘{name.capitalize()}’ is {way} often said where caseloads are higher."


def _advice(study: WholeStudy) -> Section:
    rates, spread = study.sheets["advice_rates"], study.sheets["advice_spread"]
    every = rates.find("England")
    return Section(
        "advice",
        "Enquiries to independent advice services",
        study.synthetic,
        f"{every['enquiries']} enquiries in a year are {number(_float(every['rate']), 2)} for "
        f"each authority and {number(_float(every['per_1000']), 1)} for 1,000 looked-after "
        f"children. {every['none']} of the {every['authorities']} authorities "
        f"({number(100.0 * _float(every['none_share']), 0)}%) had none.",
        [
            paragraph(
                "Counts differ between authorities by more than chance where some ask much and "
                "others never. The limits know that: they are those of Poisson counts, widened "
                "by the dispersion between authorities."
            ),
            drawn(study.charts["months"], study.synthetic),
            drawn(study.charts["topics"], study.synthetic),
            sheet_table(
                rates,
                [
                    "group",
                    "by",
                    "enquiries",
                    "rate",
                    "lower",
                    "upper",
                    "dispersion",
                    "none_share",
                    "per_1000",
                    "per_1000_lower",
                    "per_1000_upper",
                ],
            ),
            sheet_table(spread),
        ],
    )


def _guidance(study: WholeStudy) -> Section:
    printed, answers, rest = (
        study.sheets[f"guidance_{name}"] for name in ("printed", "answers", "not_measured")
    )
    standings = list(printed.column("standing"))
    measured = len({*printed.column("id"), *answers.column("id")})
    shown = [
        "requirement",
        "threshold",
        "sure",
        "measure",
        "made_of",
        "estimate",
        "interval",
        "standing",
    ]
    mark = banner("made-up answers. Only the printed figures above say anything about IROs.")
    return Section(
        "guidance",
        "Findings beside the guidance",
        False,
        f"Of {measured + len(rest)} requirements of the law and the Handbook, {measured} can be "
        f"held against a figure. Of the printed ones, {standings.count('within')} lie within what "
        f"is asked, {standings.count('across')} across it and {standings.count('beyond')} beyond "
        "it; single authorities speak for themselves alone.",
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


def _published(release: Release) -> Section:
    ready = prepared(release)
    marks = dict.fromkeys(mark for table in ready for mark in table.marks)
    legend = "; ".join(f"[{mark}] {SHORTHAND[mark]}" for mark in marks)
    examined = bool(release.policy.get("secondary")) or "c" not in marks
    parts = [paragraph(f"{text(legend)}.")] if legend else []
    for table in ready:
        mark = f"{TAG} · " if table.synthetic else ""
        notes = [one.text for one in ready.notes if one.number in table.notes]
        parts += [
            f"<h3>{mark}{text(table.title.subject)}</h3>",
            *(paragraph(text(remark)) for remark in [*table.remarks, *notes]),
            '<div class="scroll wide" role="region" aria-label="table" tabindex="0">'
            f'<div class="published">{table_element(table)}</div></div>',
        ]
    return Section(
        "published",
        "Tables that may be published",
        release.synthetic,
        "These tables went through disclosure control, rules of reliability and rounding "
        f"together (policy {text(str(release.policy.get('name', '')))}). "
        + ("" if examined else _NOT_EXAMINED)
        + "Workbooks, pages and data files of them lie in published/.",
        parts,
    )


# ---- methods ----

_TERMS = {
    "Interval": "The range in which the figure of all who could have been asked would lie, if "
    "those who answered had been drawn at random; 95 of 100 such ranges hold it.",
    "Design effect": "By how much the sample is worth less (above 1) than as many people drawn one "
    "by one: IROs of one authority are alike.",
    "SE": "Standard error: the interval reaches about two of them to either side.",
    "Weighted": "Respondents of regions and types of authority that answered rarely count for "
    "more.",
    "Logistic regression": "How the share that says something differs with several things at once.",
    "Kappa": "Agreement beyond what chance would bring: 0 none, 1 full.",
}


def _methods(study: WholeStudy) -> Section:
    terms = "".join(
        f"<dt>{text(name)}</dt><dd>{text(words)}</dd>" for name, words in _TERMS.items()
    )
    choices = "".join(
        f"<dt>{text(name)}</dt><dd>{text(value)}</dd>"
        for name, value in dict.fromkeys(study.choices)
    )
    return Section(
        "methods",
        "How it was done",
        False,
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
            folded("Words used here", f'<dl class="terms">{terms}</dl>'),
            _balance(study.sheets["balance"]),
            folded("Every choice made", f'<dl class="choices">{choices}</dl>'),
        ],
    )


def _balance(sheet: Sheet) -> str:
    mark = TAG + " · " if sheet.synthetic else ""
    return (
        f"<h3>{mark}What became of every row</h3>"
        + paragraph(
            "Rows read are rows outside the question, rows without an answer and rows used, in "
            "number and in weight. If they did not add up, this report would not exist."
        )
        + folded("The balance, finding by finding", sheet_table(sheet))
    )


def _lower_first(words: str) -> str:
    return words if words.startswith("IRO") else words[:1].lower() + words[1:]
