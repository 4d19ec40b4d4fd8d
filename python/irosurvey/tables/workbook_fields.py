"""What a plan in a workbook asks for: sheets, fields, and what each means to who fills it in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = [
    "MARGINS",
    "MARGINS_SHEET",
    "PICK",
    "STATISTIC_WORDS",
    "SURVEY",
    "SURVEY_SHEET",
    "TABLES",
    "TABLES_SHEET",
    "Field",
]

SURVEY_SHEET, MARGINS_SHEET, TABLES_SHEET = "Survey", "Margins", "Tables"
PICK = " | "
"""Parts a name from its label in drop-down lists: ``region | Region of the authority``."""

Form: TypeAlias = Literal[
    "text", "column", "columns", "texts", "codes", "figures", "number", "day", "yes"
]


@dataclass(frozen=True)
class Field:
    """A thing to fill in.

    Attributes
    ----------
    label
        What the sheet calls it.
    path
        The key of a spec that it is.
    form
        How its cell is read: a text, a column, several of them, a number, a date, yes or no.
    meaning
        What it means, for who fills it in.
    words
        What it may be, if it is one of a few words; a list of variables for columns.
    width
        Of its column in the sheet of tables.
    """

    label: str
    path: tuple[str, ...]
    form: Form
    meaning: str
    words: tuple[str, ...] = ()
    width: int = 20


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split("; "))


SURVEY: tuple[tuple[str, tuple[Field, ...]], ...] = (
    (
        "The release",
        (
            Field("Title", ("title",), "text", "The title of the release, on the cover."),
            Field(
                "Publisher",
                ("release", "publisher"),
                "text",
                "Your organisation: the files name it as their author.",
            ),
            Field("Contact name", ("release", "contact", "name"), "text", "Whom readers may ask."),
            Field("Contact email", ("release", "contact", "email"), "text", "Their email address."),
            Field(
                "Contact telephone", ("release", "contact", "telephone"), "text", "Their number."
            ),
            Field("Published on", ("release", "published"), "day", "A date: 26/11/2026."),
            Field("Next update", ("release", "next_update"), "text", "Such as: November 2027."),
            Field("Version", ("release", "version"), "text", "Such as: 1.0."),
            Field(
                "Who was asked",
                ("release", "population"),
                "text",
                "For the titles of tables: Independent Reviewing Officers.",
            ),
            Field("Area", ("release", "area"), "text", "For the titles of tables: England."),
            Field("Period", ("release", "period"), "text", "For the titles of tables: 2013."),
            Field("Source", ("release", "source"), "text", "Where the figures come from."),
            Field(
                "Made-up data",
                ("release", "synthetic"),
                "yes",
                "yes: the data are made up, and every output says so.",
                _words("yes; no"),
            ),
            Field(
                "Policy",
                ("policy", "preset"),
                "text",
                "dfe: counts of 1 to 5 are suppressed, whole percentages. tre: research "
                "environments, counts below 10. nchs: reliability by the rules of the National "
                "Center for Health Statistics. none: nothing is suppressed, not for publication.",
                _words("dfe; tre; nchs; none"),
            ),
        ),
    ),
    (
        "The data",
        (
            Field(
                "Data file",
                ("data", "file"),
                "text",
                "SPSS (.sav), Stata (.dta), SAS (.xpt), .csv or .parquet; beside this workbook.",
            ),
            Field(
                "Rows to keep",
                ("data", "keep"),
                "text",
                "Leave empty to keep all. Such as: status = 1. Other rows are dropped.",
            ),
        ),
    ),
    (
        "How people were sampled",
        (
            Field(
                "Weights",
                ("design", "weights"),
                "column",
                "The variable of survey weights. Empty: nobody is weighted.",
            ),
            Field(
                "Strata",
                ("design", "strata"),
                "columns",
                "What the sample was divided by before it was drawn: region, for example.",
            ),
            Field(
                "Clusters",
                ("design", "clusters"),
                "columns",
                "Groups that were drawn as a whole: authorities, schools. Several stages: one "
                "after the other, with ; between them.",
            ),
            Field(
                "Population sizes",
                ("design", "fpc"),
                "columns",
                "How many units there are in each stratum, where a good part of them answered.",
            ),
            Field(
                "Strata with one unit",
                ("design", "singleton"),
                "text",
                "What to do with them. fail: stop and say so. adjust: the careful choice. "
                "average, remove, certainty: see the guide.",
                _words("fail; adjust; average; remove; certainty"),
            ),
        ),
    ),
    (
        "Replicate weights, if the data come with them (then leave strata and clusters empty)",
        (
            Field(
                "Kind of replicates",
                ("replicates", "type"),
                "text",
                "As the data's documentation says.",
                _words("BRR; Fay; JK1; JK2; bootstrap; SDR"),
            ),
            Field(
                "Replicate weights",
                ("replicates", "columns"),
                "columns",
                "Their variables; * stands for the numbers: brr_*.",
            ),
            Field("Fay's rho", ("replicates", "fay_rho"), "number", "Of Fay's method only: 0.5."),
        ),
    ),
    (
        "Totals that the weights shall meet (filled in on the sheet Margins)",
        (
            Field(
                "Method",
                ("calibrate", "method"),
                "text",
                "rake: one margin after the other. poststratify: one margin. linear: all at once.",
                _words("rake; poststratify; linear; raking; logit"),
            ),
        ),
    ),
)

MARGINS = (
    Field("Variable", ("variable",), "column", "The variable; below it, empty: the same.", (), 34),
    Field(
        "Answer",
        ("answer",),
        "text",
        "The code of the answer. Empty: the total of the variable itself, if it is a number.",
        (),
        30,
    ),
    Field("Total", ("total",), "number", "How many there are in the population.", (), 14),
)

STATISTIC_WORDS = {
    "row percentages": "each row adds up to 100. Rows: groups. Columns: the question.",
    "column percentages": "each column adds up to 100. Rows: the question. Columns: groups.",
    "percentages": "of everybody who answered. Rows: the question.",
    "numbers": "weighted counts. Rows, and Columns if you like.",
    "answers": "Rows: several questions, with ; between them, that have the same answers; those "
    "stand across the top.",
    "tick all that apply": "of people who ticked each box. Of: a variable for each box, with ; "
    "between them, duty_* for all that begin so, or a question of the data file's own ($duties). "
    "Rows or Columns: groups.",
    "mentions": "the same, where the first variable in Of holds the code of the first answer, the "
    "second that of the second, and so on.",
    "percentage": "of people who gave one of the Answers that count to the question in Of. Several "
    "in Of, with ; between them, stand side by side. Rows or Columns: groups.",
    "mean": "the average of the variable in Of. Rows or Columns: groups.",
    "median": "the value that half of the people are below. Of, and Rows or Columns.",
    "total": "the sum of the variable in Of over everybody. Rows or Columns: groups.",
    "ratio": "the sum of the variable in Of, divided by that of Divided by. Rows or Columns: "
    "groups.",
}
"""What a table can show, in words for who fills in a workbook."""

TABLES = (
    Field(
        "Title",
        ("title",),
        "text",
        "What the table is about, in a few words: Monitoring between reviews. Empty, with Rows "
        "empty, too: these figures stand beside those of the line above.",
        (),
        38,
    ),
    Field(
        "Rows",
        ("rows",),
        "columns",
        "What goes down the side: pick a variable. Several, one below the other: with ; between "
        "them.",
        (),
        34,
    ),
    Field(
        "Columns",
        ("columns",),
        "columns",
        "What goes across the top, if anything: pick a variable. Several, one beside the other: "
        "with ; between them.",
        (),
        34,
    ),
    Field(
        "Statistic",
        ("statistic",),
        "text",
        "What the table shows: pick one. The first sheet says what each is.",
        tuple(STATISTIC_WORDS),
        22,
    ),
    Field(
        "Of",
        ("of",),
        "columns",
        "Of a mean, median, total, ratio or percentage: the variable it is of. Of tick all that "
        "apply: the boxes, with ; between them.",
        (),
        34,
    ),
    Field("Divided by", ("over",), "column", "Of a ratio: what Of is divided by.", (), 28),
    Field(
        "Answers that count",
        ("answers",),
        "codes",
        "Of a percentage: the answers, with ; between them: Always; Often. Of tick all that apply: "
        "what says that a box was ticked; empty: 1.",
        (),
        24,
    ),
    Field(
        "Base",
        ("base",),
        "text",
        "Who the figures are of, in words for the title: IROs who answered.",
        (),
        28,
    ),
    Field(
        "Only those where",
        ("where",),
        "text",
        "Leave empty for everybody. Such as: region = 7 AND fte >= 0.8. Codes, not labels.",
        (),
        28,
    ),
    Field("Decimals", ("decimals",), "number", "Empty: as the policy says.", _words("0; 1; 2"), 12),
    Field(
        "Chart",
        ("chart",),
        "text",
        "A chart that goes with the table; empty: none.",
        _words("bar; dot; likert; time; histogram; funnel"),
        18,
    ),
    Field(
        "Letters",
        ("letters",),
        "yes",
        "yes: letters mark columns whose figures are significantly higher than others'. Of column "
        "percentages, and wherever Columns are groups.",
        _words("yes; no"),
        18,
    ),
    Field(
        "Show",
        ("show",),
        "figures",
        "Of each figure, with ; between them: estimate, limits, base, se, cv, weighted_base, "
        "effective_n, df. Empty: estimate; limits; base.",
        ("estimate", "estimate; base", "estimate; limits; base"),
        22,
    ),
    Field(
        "Respondents",
        ("respondents",),
        "text",
        "Of tick all that apply and mentions. any: who chose at least one answer (if empty). "
        "valid: who was asked, those who chose none, too. complete: who answered every box. all: "
        "everybody.",
        _words("any; valid; complete; all"),
        28,
    ),
    Field(
        "Percentages of",
        ("percent_of",),
        "text",
        "Of the same. respondents: how many people of a hundred (if empty). answers: how many of a "
        "hundred answers.",
        _words("respondents; answers"),
        22,
    ),
    Field(
        "For every",
        ("per",),
        "number",
        "Of a ratio: 1000 for a rate per 1,000. Empty: 1.",
        (),
        16,
    ),
    Field(
        "People in each row",
        ("group_population",),
        "number",
        "Of rows by authority: how many people there are to choose among in each, at least. Rows "
        "of few people are refused.",
        (),
        24,
    ),
    Field(
        "Notes",
        ("notes",),
        "texts",
        "Notes to the table, each on a line of its own (Alt+Enter).",
        (),
        40,
    ),
)
