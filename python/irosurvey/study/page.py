"""The whole study as one self-contained page that a stranger can read."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from irosurvey.layout import number
from irosurvey.study.evidence_section import EVIDENCE_TITLE, evidence_section
from irosurvey.study.markup import (
    Section,
    contents,
    described,
    document,
    escaped,
    folded,
    items,
    lacking_answers,
    style_of,
)
from irosurvey.study.rehearsal_section import rehearsal_section, rehearsal_title, respondents
from irosurvey.study.sections import lacking_in, sections_after_rehearsal, sections_from_print
from irosurvey.study.words import SYNTHETIC, limits, lower_first

if TYPE_CHECKING:
    from irosurvey.study.whole import WholeStudy
    from irosurvey.tables.release import ReleaseResult

__all__ = ["whole_page"]

_TITLE = "Independent Reviewing Officers in England: the survey of 2013 in full"


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
    made = study.reproduction
    how = f"{SYNTHETIC} in part" if study.real else f"{SYNTHETIC} answers"
    title = f"{_TITLE} ({how})" if study.synthetic else _TITLE
    printed, answered = sections_from_print(study), sections_after_rehearsal(study, released)
    links = [
        Section("evidence", EVIDENCE_TITLE, "print", "", []),
        *printed,
        Section("rehearsal", rehearsal_title(made), made.data, "", []),
        *answered,
    ]
    body = [
        _head(study, released),
        contents(links),
        "<main>",
        *evidence_section(made),
        *(one.html() for one in printed),
        *rehearsal_section(made, within_report=True, lacking=lacking_in(study, "rehearsal")),
        *(one.html() for one in answered),
        "</main>",
        _foot(study),
    ]
    script = files("irosurvey.study").joinpath("whole.js").read_text(encoding="utf-8")
    return document(title, style_of("page.css", "whole.css"), body, script)


# ---- head and foot ----


def _head(study: WholeStudy, released: ReleaseResult | None) -> str:
    return f"""<a class="skip" href="#evidence">To the evidence</a>
<header class="top">
<p class="eyebrow">{escaped(study.reproduction.study)}, 2013</p>
<h1>{_TITLE}</h1>
<p class="lead">Every child looked after by an English local authority has an Independent Reviewing
Officer (IRO), who sees to it that the child’s care plan is made, followed and kept under review. In
2013 the National Children’s Bureau asked IROs, their managers and Directors of Children’s Services
how that works in practice. {escaped(respondents(study.reproduction))} answered.
{_answers(study)}</p>
{_warning(study, released)}
{lacking_answers([one.words for one in study.gaps])}
{_in_brief(study)}
</header>"""


def _answers(study: WholeStudy) -> str:
    """What there is to analyse: nothing but print, the files given, or some of either."""
    if not study.synthetic:
        return (
            "Some of the figures are in print.</p>\n"
            '<p class="lead">This report says what those figures can bear, and what the answers in '
            "the files given say."
        )
    runs = "The analysis of answers below runs on "
    if study.real:
        runs += "the files given and, for groups without one, on "
    return (
        "The answers are not public; some of the figures are in print.</p>\n"
        '<p class="lead">This report says what those figures can bear, and what the answers would '
        f"say if we had them. {runs}<strong>{SYNTHETIC}</strong> answers: a program made them so "
        "that the printed figures come out of them. Such parts are marked, and say nothing about "
        "IROs."
    )


def _warning(study: WholeStudy, released: ReleaseResult | None) -> str:
    """What must not leave the team: said before anything is shown."""
    where = (
        'Only the <a href="#published">tables that may be published</a> have been through '
        "disclosure control."
        if released is not None and released.report.policy.suppresses
        else "Nothing in it has been through disclosure control."
    )
    if not study.real:
        return (
            '<p class="notice"><strong>With real answers this page is not for publication:</strong>'
            f" it shows groups of a few respondents as they are. {where}</p>"
        )
    return (
        '<p class="banner" role="note"><strong>Not for publication.</strong> Groups of a few '
        f"respondents stand here as they are. {where}</p>"
    )


def _in_brief(study: WholeStudy) -> str:
    return (
        '<div class="key"><p><strong>In brief, from print alone</strong></p>'
        + items(
            [
                _chance(study),
                _fragile(study),
                _compared(study),
                "Most of what the law and the guidance ask is about times that no study printed: "
                '<a href="#guidance">findings beside the guidance</a>.',
            ]
        )
        + "</div>"
    )


def _fragile(study: WholeStudy) -> str:
    """A sentence on how much the others would have to differ for words to be wrong."""
    bounds = study.sheets["bounds_printed"].records()
    tipping = sorted(
        (row for row in bounds if row["tipping"] is not None), key=lambda row: row["tipping"]
    )
    firm = len(bounds) - len(tipping) or "none"
    ends = [
        f"{which}, “{escaped(row['words'])}” ({escaped(lower_first(row['finding']))}), would be "
        f"wrong if the others said so {row['direction']} by {number(100.0 * row['tipping'], 1)} "
        "points"
        for which, row in (("The most fragile", tipping[0]), ("the firmest", tipping[-1]))
    ]
    return (
        f"Of {len(bounds)} wordings, {firm} would hold whatever those who did not answer had said. "
        f"{'; '.join(ends)}. Which shares a wording allows is our reading: “"
        f"{escaped(tipping[0]['words'])}” is {tipping[0]['allowed']}."
    )


def _compared(study: WholeStudy) -> str:
    verdicts = [str(one) for one in study.sheets["studies_comparisons"].column("verdict")]
    apart = sum("differ by more" in one for one in verdicts)
    lacking = sum(one.startswith("missing") for one in verdicts)
    link = '<a href="#studies">studies side by side</a>'
    asked = (
        f"{len(verdicts)} pairs of figures of two sources ask the same of the same kind of people"
    )
    if lacking == len(verdicts):
        return (
            f"{asked}. Whether they differ by more than chance can’t be said of any: how many "
            f"answered is not printed on both sides. See {link}."
        )
    return (
        f"{asked}: {apart or 'none'} differ by more than chance, and of {lacking or 'none'} it "
        f"can’t be said, since how many answered is not printed on both sides. See {link}."
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
        f"Chance is the smaller worry. Take “{escaped(row.finding.printed)}” of "
        f"{escaped(row.finding.group)}s: {escaped(lower_first(row.finding.wording))}. "
        f"Had the {row.respondents} who responded been drawn at random, the figure of all would "
        f"probably lie within {_range(interval.lower, interval.upper)}. They were not: depending "
        "on what the others would have said, it could be anything within "
        f"{_range(bounds['all_no'], bounds['all_yes'])}"
        '. See <a href="#bounds">what those who did not answer could have said</a>.'
    )


def _range(lower: float, upper: float) -> str:
    return f'<span class="nowrap">{limits(lower, upper, 0)}</span>'


def _foot(study: WholeStudy) -> str:
    return (
        '<footer class="small"><p>Made by irosurvey (<code>irosurvey report</code>). Every table '
        "lies beside this page as CSV in tables/, every chart as SVG in charts/. Names of "
        "authorities, numbers of looked-after children and the law contain public sector "
        "information licensed under the Open Government Licence v3.0.</p>"
        + folded("What went in", described(study.provenance, "choices"))
        + "</footer>"
    )
