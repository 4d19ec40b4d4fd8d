"""The study as one self-contained page for people who decide: no script, no outside resources."""

from __future__ import annotations

from irosurvey._core import __version__
from irosurvey.study import words
from irosurvey.study.evidence_section import evidence_section
from irosurvey.study.markup import (
    described,
    document,
    escaped,
    folded,
    items,
    paragraph,
    style_of,
)
from irosurvey.study.rehearsal_section import rehearsal_section, respondents
from irosurvey.study.reproduction import Reproduction

__all__ = ["page"]

_TITLE = "IROs in England: how far do the findings of the 2013 survey carry?"


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
    body = [
        _head(result),
        "<main>",
        *evidence_section(result),
        *rehearsal_section(result),
        *_method(result),
        "</main>",
        _foot(),
    ]
    return document(_TITLE, style_of("page.css"), body)


# ---- head ----


def _head(result: Reproduction) -> str:
    made = ' class="made"' if result.synthetic else ""
    rehearsal = (
        f"The survey’s analysis, run on <strong>{words.SYNTHETIC}</strong> answers. It shows that "
        "the analysis works and is ready for the real files. It says nothing about IROs."
        if result.synthetic
        else "The survey’s analysis, run on the files given."
    )
    return f"""<a class="skip" href="#evidence">To the evidence</a>
<header class="top">
<p class="eyebrow">{escaped(result.study)}, 2013</p>
<h1>How far do the findings on Independent Reviewing Officers carry?</h1>
<p class="lead">Independent Reviewing Officers (IROs) see to it that the care plans of children
looked after by English local authorities are made, followed and kept under review. In 2013 the
National Children’s Bureau asked IROs, their managers and Directors of Children’s Services how the
role works in practice. {escaped(respondents(result))} answered. The answers themselves are not
public; some of the figures are.</p>
<ul class="ways">
<li><a href="#evidence">1. Evidence</a><p>What each figure in print can bear by itself: which
counts it can stand for, and how far chance alone could carry it.</p></li>
<li{made}><a href="#rehearsal">2. Rehearsal</a><p>{rehearsal}</p></li>
</ul>
</header>"""


# ---- method ----


def _method(result: Reproduction) -> list[str]:
    sources = dict.fromkeys(row.finding.source for row in result.evidence.of_study(result.study))
    return [
        '<section id="method">',
        "<h2>How it was done</h2>",
        items(
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
        folded("Choices made", described(result.choices, "choices")),
        folded("Where the figures are printed", items(escaped(source) for source in sources)),
        "</section>",
    ]


def _foot() -> str:
    return (
        '<footer class="small">'
        + paragraph(
            f"Made by irosurvey {escaped(__version__)} (<code>irosurvey reproduce</code>). "
            "Every table is beside this page as CSV. Names and regions of authorities contain "
            "public sector information licensed under the Open Government Licence v3.0."
        )
        + "</footer>"
    )
