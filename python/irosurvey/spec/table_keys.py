"""Keys of tables to be published, and of their release."""

from __future__ import annotations

from irosurvey.spec.estimate_keys import Use
from irosurvey.spec.kinds import (
    COLUMN,
    COLUMNS,
    POSITIVE,
    AnyValue,
    Code,
    Day,
    Flag,
    Key,
    ListOf,
    Number,
    OneOf,
    Rows,
    Table,
    Text,
    Whole,
    names_in,
)

__all__ = [
    "BESIDE",
    "CHARTS",
    "POLICY",
    "RELEASE",
    "TABLE",
    "TABLE_FIGURES",
    "TABLE_STATISTICS",
    "TICKED",
    "table_keys_of",
]

_GROUPED = ("rows", "columns", "totals", "beside")
_SEVERAL = ("answers", "respondents", "percent_of")

TABLE_STATISTICS: dict[str, Use] = {
    "row percentages": Use(("rows", "columns"), ("beside",)),
    "column percentages": Use(("rows", "columns"), ("letters",)),
    "percentages": Use(("rows",), ("columns",)),
    "numbers": Use(("rows",), ("columns", "beside")),
    "answers": Use(("rows",)),
    "tick all that apply": Use(("of",), (*_GROUPED, *_SEVERAL, "letters")),
    "mentions": Use(("of",), (*_GROUPED, *_SEVERAL, "letters")),
    "percentage": Use(("of", "answers"), (*_GROUPED, "letters")),
    "mean": Use(("of",), (*_GROUPED, "letters")),
    "median": Use(("of",), (*_GROUPED, "letters")),
    "total": Use(("of",), _GROUPED),
    "ratio": Use(("of", "over"), (*_GROUPED, "per", "letters")),
}
"""What a table of a plan can show, with the keys that belong to some of them only."""

TICKED = ("tick all that apply", "mentions")
"""Those of questions with several answers."""

BESIDE = frozenset(TABLE_STATISTICS) - {"column percentages", "percentages", "answers"}
"""Those whose rows are groups, so that others can stand beside them."""

TABLE_FIGURES = names_in("estimate lower upper se cv base weighted_base effective_n df")
"""Numbers that a table can show of each estimate."""

CHARTS = names_in("bar dot likert time histogram funnel")
"""Charts that may go with a table."""

_groups = ListOf(
    Text('the name of a column, or several with * between them: "region * type"'),
    'a list of columns, such as ["region"]',
)

_FIGURES = (
    Key(
        "statistic",
        OneOf(tuple(TABLE_STATISTICS)),
        "What the table shows; see below.",
        required=True,
    ),
    Key(
        "columns",
        COLUMNS,
        "Columns of data across the top, one block beside the other (a banner). Of means and other "
        "figures `of` something: groups, instead of `rows`.",
    ),
    Key(
        "of",
        COLUMNS,
        "What is averaged, summed or counted: of `percentage`, `mean`, `median`, `total` and "
        "`ratio`. Of `tick all that apply` and `mentions`: the question's columns, `duty_*` for "
        "all that begin so, or a set that an SPSS file defines: `$duties`.",
    ),
    Key("over", COLUMN, "Of a `ratio`: the denominator."),
    Key("per", POSITIVE, "Of a `ratio`: what it is for, such as 1000; default 1."),
    Key(
        "answers",
        ListOf(Code(), 'a list of answers, such as ["Always", "Often"]'),
        "Of `percentage`: the answers that count, by label or code. Of `tick all that apply`: "
        "what says that a box was ticked; default 1. Of `mentions`: the codes that are answers; "
        "default all.",
    ),
    Key(
        "respondents",
        OneOf(("any", "valid", "complete", "all")),
        "Of `tick all that apply` and `mentions`: who is in the base. `any` (default): who chose "
        "at least one answer; `valid`: who has a value in any of the columns; `complete`: in all "
        "of them; `all`: everybody.",
    ),
    Key(
        "percent_of",
        OneOf(("respondents", "answers")),
        "Of the same: whether shares are of people (default) or of all answers given.",
    ),
    Key(
        "decimals",
        Whole("a whole number, 0 to 6", least=0, most=6),
        "Of percentages, means and ratios; default: the policy's.",
    ),
)

TABLE = Table(
    (
        Key("title", Text(), "What the table is about; the title begins with it.", required=True),
        _FIGURES[0],
        Key(
            "rows",
            _groups,
            "Columns of data down the side, one block below the other; `region * type` nests the "
            "second in the first. Of `answers`: the questions.",
        ),
        *_FIGURES[1:],
        Key(
            "beside",
            ListOf(
                Table(_FIGURES, 'a table, such as { statistic = "mean", of = ["caseload"] }'),
                "tables [[table.beside]]",
            ),
            "More figures of the same rows, beside them: each with a `statistic` and its keys.",
        ),
        Key(
            "base",
            Text(),
            "Who the figures are of, in words: `IROs who answered`. It is part of the title.",
        ),
        Key(
            "where",
            Text("an SQL condition"),
            "The domain: who is in the table. Everybody else keeps their place in the design.",
        ),
        Key(
            "show",
            ListOf(OneOf(TABLE_FIGURES), 'a list, such as ["estimate", "base"]'),
            "Numbers shown of each estimate, in this order; default estimate, lower, upper, base.",
        ),
        Key("totals", Flag(), "Whether a last row has the figure of everybody: `true` (default)."),
        Key("letters", Flag(), "Whether letters mark columns that differ significantly."),
        Key("chart", OneOf(CHARTS), "A chart that goes with the table; default none."),
        Key(
            "ordered",
            Flag(),
            "Whether the order of rows means something. A chart sorts by value if it is `false`; "
            "default `true`.",
        ),
        Key(
            "group_population",
            Whole(),
            "Of rows by authority: how many people there are to choose among in each, at least. "
            "Policies refuse rows of few people, or of nobody knows how many.",
        ),
        Key(
            "name", Text(), "Names the table in files: letters, digits and _; default `table_1`, …"
        ),
        Key("population", Text(), "Part of the title, instead of the release's."),
        Key("area", Text(), "Part of the title, instead of the release's."),
        Key("period", Text(), "Part of the title, instead of the release's."),
        Key("source", Text(), "Where the figures come from, instead of the release's."),
        Key("notes", ListOf(Text(), "a list of texts"), "Notes to the table."),
        Key(
            "missing",
            OneOf(("domain", "listwise")),
            "As of an estimate.",
        ),
        Key(
            "level",
            Number("a confidence level between 0 and 1", above=0, below=1),
            "Confidence level of the limits, 0.95 by default.",
        ),
    ),
    "a table [[table]]",
)

_OF_SOME_TABLES = {name for use in TABLE_STATISTICS.values() for name in (*use.needs, *use.may)}


def table_keys_of(statistic: str) -> frozenset[str]:
    """The keys that a table of this statistic may have."""
    use = TABLE_STATISTICS[statistic]
    every = {key.name for key in TABLE.keys} - _OF_SOME_TABLES
    return frozenset(every | set(use.needs) | set(use.may))


_CONTACT = Table(
    (
        Key("name", Text(), "Whom to ask."),
        Key("email", Text(), "Their address."),
        Key("telephone", Text(), "Their number."),
    ),
    "a table such as { name = …, email = … }",
)

RELEASE = Table(
    (
        Key("publisher", Text(), "The organisation; files name it as their author."),
        Key("contact", _CONTACT, "`{ name = …, email = …, telephone = … }`, for the cover."),
        Key("published", Day(), "Date of publication: `2026-11-26`."),
        Key("next_update", Text(), "When the next one is due."),
        Key("version", Text(), "Version of the release."),
        Key("language", Text(), "Of the texts; default `en-GB`."),
        Key("about", ListOf(Text(), "a list of texts"), "Paragraphs for the cover."),
        Key("population", Text(), "Who was asked, for titles: `Independent Reviewing Officers`."),
        Key("area", Text(), "Where, for titles: `England`."),
        Key("period", Text(), "When, for titles: `2013`."),
        Key("source", Text(), "Where the figures come from; default the data file's own label."),
        Key("synthetic", Flag(), "Whether the data are made up; every output then says so."),
    ),
    "a table [release]",
)

POLICY = Rows(
    AnyValue(),
    "a table [policy] of a preset and fields that replace its own",
    (
        Key(
            "preset",
            OneOf(("dfe", "tre", "nchs", "none")),
            "The policy that applies; `--policy` goes before it. Default `dfe`.",
        ),
    ),
)
