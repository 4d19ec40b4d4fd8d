"""Every key of a spec: one table that checks a spec, documents it, and gives its JSON Schema."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from irosurvey.spec.kinds import (
    AnyValue,
    Code,
    Day,
    Either,
    Flag,
    Key,
    ListOf,
    Number,
    OneOf,
    Pair,
    Rows,
    Table,
    Text,
    Whole,
    table_schema,
)

__all__ = [
    "CHARTS",
    "COLUMN_KEYS",
    "ESTIMATE",
    "FIGURES",
    "LEVEL_KEYS",
    "POLICY",
    "RELEASE",
    "SECTIONS",
    "SPEC",
    "STATISTICS",
    "TABLE",
    "TABLE_FIGURES",
    "TABLE_STATISTICS",
    "Use",
    "json_schema",
    "keys_of",
    "markdown",
    "row_key",
    "table_keys_of",
]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_column = Text("the name of a column")
_sql = Text("an SQL expression")
_columns = ListOf(_column, 'a list of columns, such as ["age"]')
_positive = Number("a number above 0", above=0)

# ---- [data], [derive], [design], [replicates] ----

DATA = Table(
    (
        Key(
            "file",
            Text("the name of a data file"),
            "A file of SPSS (`.sav`, `.zsav`), Stata (`.dta`) or SAS (`.xpt`), `.csv` or "
            "`.parquet`; sought beside the spec, then in each `--data-dir`.",
            required=True,
        ),
        Key(
            "keep",
            Text("an SQL condition"),
            "The rows that belong to the sample. Others are dropped before the design is "
            "declared: this is no domain.",
        ),
        Key(
            "user_missing",
            OneOf(("missing", "keep")),
            'What codes that the file declares missing become: missing (`"missing"`, default) or '
            'values like any other (`"keep"`).',
        ),
    ),
    "a table [data]",
)

DERIVE = Rows(_sql, "a table [derive] of names and SQL expressions")

DESIGN = Table(
    (
        Key(
            "weights",
            _column,
            "Column of sampling weights. Without it, the product over stages of N/n where `fpc` "
            "gives it, else 1. A row of weight 0 keeps its sampling unit in the design.",
        ),
        Key(
            "strata",
            Either(
                (_column, ListOf(Text("the name of a column", empty=True), "a list of columns")),
                'a column, or a list with one entry for each stage ("": none there)',
            ),
            'A column, or a list with one entry for each stage; `""` means not stratified there.',
        ),
        Key(
            "clusters",
            _columns,
            "Columns, stage by stage. Without them every row is its own sampling unit. A label "
            "names a cluster within its stratum and its higher-stage cluster.",
        ),
        Key(
            "fpc",
            ListOf(
                Either((_column, _positive), "a column, or a number above 0"),
                "a list with one entry for each stage, columns or numbers",
            ),
            "Finite populations, stage by stage: a column or a number. Above 1 it is the number "
            "of units in the stratum's population, up to 1 the sampling fraction. Without it "
            "units count as drawn with replacement.",
        ),
        Key(
            "singleton",
            OneOf(("fail", "remove", "certainty", "adjust", "average")),
            'What a stratum with one sampled unit adds to the variance: `"fail"` (default) '
            "refuses it, `remove` and `certainty` add nothing, `adjust` its distance from the "
            "mean over all units, `average` the mean over the other strata.",
        ),
    ),
    "a table [design]",
)

REPLICATES = Table(
    (
        Key(
            "type",
            OneOf(("BRR", "Fay", "JK1", "JKn", "JK2", "bootstrap", "SDR", "other")),
            "How the replicates were made; it sets the default of `scale`.",
            required=True,
        ),
        Key(
            "columns",
            ListOf(Text("the name of a column, or one with *"), 'a list, such as ["brr_*"]'),
            "Columns of replicate weights, or one name with `*`, in the order of the file.",
            required=True,
        ),
        Key("fay_rho", Number("a number from 0 to below 1", least=0, below=1), "Fay's ρ."),
        Key(
            "scale",
            _positive,
            "Multiplier of all squared deviations. Default: BRR 1/R; Fay 1/(R(1−ρ)²); JK1 "
            "(R−1)/R; JK2 1; bootstrap 1/(R−1); SDR 4/R; other 1.",
        ),
        Key(
            "rscales",
            Either(
                (
                    Number("a number, 0 or above", least=0),
                    ListOf(Number("a number, 0 or above", least=0), "a list of numbers"),
                ),
                "a number for all replicates, or a list with one for each",
            ),
            "Multiplier of each replicate's squared deviation: a list, or one number for all. "
            "JKn needs it.",
        ),
        Key(
            "centre",
            OneOf(("estimate", "replicate-mean", "within-stratum")),
            'What deviations are measured from: `"estimate"` (default), the mean of the '
            "replicates, or the mean of the stratum's replicates.",
        ),
        Key(
            "replicate_strata",
            ListOf(Code(), "a list with the stratum of each replicate"),
            "The stratum of each replicate, for `within-stratum`.",
        ),
        Key(
            "df",
            _positive,
            "Degrees of freedom; by default the rank of the replicate weights minus 1. Never "
            "recomputed in a domain.",
        ),
    ),
    "a table [replicates]",
)

# ---- [[calibrate]] ----

MARGIN = Table(
    (
        Key("variables", _columns, "Columns whose combinations of codes are the margin's cells."),
        Key(
            "totals",
            ListOf(
                Rows(
                    Code(),
                    "a table such as { sex = 1, total = 500 }",
                    (Key("total", Number(), "Total of the cell.", required=True),),
                ),
                "a list of tables such as { sex = 1, total = 500 }",
            ),
            "One table for each cell: the codes, and the population's `total`.",
        ),
        Key("variable", _column, "A continuous auxiliary."),
        Key("total", Number(), "Its total in the population."),
    ),
    "a table { variables = […], totals = […] } or { variable = …, total = … }",
)

CALIBRATE = Table(
    (
        Key(
            "method",
            OneOf(("poststratify", "rake", "linear", "raking", "logit")),
            "How weights are adjusted.",
            required=True,
        ),
        Key(
            "margins",
            ListOf(MARGIN, "a list of margins"),
            "What the weights have to meet: `{ variables = […], totals = […] }` for cells, "
            "`{ variable = …, total = … }` for a continuous auxiliary. `rake` takes them in order.",
            required=True,
        ),
        Key(
            "bounds",
            Pair(),
            "`[low, high]` on the ratio of the new to the old weight; not of `poststratify`.",
        ),
        Key("trim", Pair(), "`[low, high]` on the new weight itself."),
        Key("tolerance", _positive, "When the iterative methods have converged."),
        Key("max_iterations", Whole(), "How long they try."),
        Key(
            "replicates",
            Flag(),
            "Whether every replicate weight is calibrated too: `true` (default) or `false`.",
        ),
    ),
    "a table [[calibrate]]",
)

# ---- [[estimate]] ----


@dataclass(frozen=True)
class Use:
    """What a statistic needs beside the keys that all have, and what it may have.

    `intervals` are the values of `ci`; the first is the default.
    """

    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    intervals: tuple[str, ...] = ("t", "normal", "log")
    tests: tuple[str, ...] = ()


_SHARE_INTERVALS = _words(
    "logit wald beta beta-nchs wilson likelihood likelihood-exact arcsine agresti-coull jeffreys "
    "xlogit"
)
_CROSSTAB_TESTS = _words(
    "rao-scott-f rao-scott-chisq rao-scott-lr-f rao-scott-lr-chisq wald adjusted-wald lincom "
    "saddlepoint pearson lr"
)
_QUANTILE_RULES = ("math", "school", *(f"hf{number}" for number in range(1, 10)), "sas")

_ONE_OR_SEVERAL = "variables|plausible_values"
STATISTICS = {
    "mean": Use((_ONE_OR_SEVERAL,)),
    "total": Use((_ONE_OR_SEVERAL,)),
    "proportion": Use((_ONE_OR_SEVERAL,), intervals=_SHARE_INTERVALS),
    "ratio": Use(("numerator", "denominator")),
    "quantile": Use(
        (_ONE_OR_SEVERAL, "probs"),
        ("quantile_rule",),
        ("woodruff", "beta", "logit", "symmetric"),
    ),
    "variance": Use((_ONE_OR_SEVERAL,)),
    "correlation": Use(("variables",), ("plausible_values",)),
    "crosstab": Use(("rows", "columns"), ("test",), _SHARE_INTERVALS, _CROSSTAB_TESTS),
    "regression": Use(
        ("formula",),
        ("family", "link", "test", "vadjust", "margins", "plausible_values"),
        ("t", "normal"),
        ("adjusted-wald", "wald"),
    ),
    "ttest": Use((_ONE_OR_SEVERAL,), ("groups",)),
    "weights": Use((), ("relative_to",)),
}
"""The statistics of the format, with the keys that belong to some of them only."""

_ALL_INTERVALS = tuple(dict.fromkeys(name for use in STATISTICS.values() for name in use.intervals))
_ALL_TESTS = tuple(dict.fromkeys(name for use in STATISTICS.values() for name in use.tests))

FIGURES = _words("estimate se lower upper df deff n N statistic df1 df2 p r2 min max sd cv sum")
"""Figures that `expect` may hold."""

LEVEL_KEYS = ("variable", "level", "term", "prob", "row", "column")
"""Keys of `expect` and `at` that pick a row of the result, beside the `by` columns."""


def row_key(column: str) -> str:
    """The name of a `by` column in `expect`: its own, with an underscore where that is taken."""
    return column + "_" if column in FIGURES or column in LEVEL_KEYS else column


_TERM = Table(
    (
        Key("at", Rows(Code(), "a table of columns and codes"), "The cell.", required=True),
        Key("weight", Number(), "Its weight in the combination; default 1."),
    ),
    "a table such as { at = { sex = 1 }, weight = 1 }",
)

_STANDARDIZE = Table(
    (
        Key("variable", _column, "Column whose distribution is made standard.", required=True),
        Key(
            "weights",
            ListOf(
                Rows(
                    Code(),
                    "a table such as { agegroup = 1, share = 0.3 }",
                    (Key("share", Number(least=0), "Share of the level.", required=True),),
                ),
                "a list of tables such as { agegroup = 1, share = 0.3 }",
            ),
            "The standard: a share for each level, scaled to sum to 1.",
            required=True,
        ),
        Key("within", _columns, "Columns within whose groups it is done; default: `by`."),
    ),
    "a table { variable = …, weights = […] }",
)

_DF_RULES = ("design", "domain-strata", "full-design", "infinite", "n-1")

ESTIMATE = Table(
    (
        Key("id", Text("a name"), "Names the estimate; unique in the file.", required=True),
        Key("statistic", OneOf(tuple(STATISTICS)), "What is estimated.", required=True),
        Key("source", Text(), "Where the expected figures are printed, if not in `source` above."),
        Key("variables", _columns, "Columns: one estimate for each (`proportion`: each level)."),
        Key("numerator", _column, "Of a ratio."),
        Key("denominator", _column, "Of a ratio."),
        Key("groups", _column, "For a t-test: a column with two values; absent: against 0."),
        Key("relative_to", _column, "For `weights`: a column that divides the weights first."),
        Key(
            "probs",
            ListOf(Number("a number between 0 and 1", above=0, below=1), "a list of shares"),
            "For quantiles: which ones, such as `[0.25, 0.5]`.",
        ),
        Key("quantile_rule", OneOf(_QUANTILE_RULES), 'For quantiles; default `"math"`.'),
        Key("rows", _column, "For a cross-tab."),
        Key("columns", _column, "For a cross-tab."),
        Key("test", OneOf(_ALL_TESTS), "Of a cross-tab, or of a regression's terms."),
        Key("formula", Text("a Wilkinson formula"), "For a regression: `y ~ x + C(z)`."),
        Key(
            "family",
            Text("a family of distributions"),
            "For a regression; default `gaussian`.",
        ),
        Key("link", Text("a link function"), "For a regression; default the canonical link."),
        Key("vadjust", Flag(), "For a regression: the variance times (n−1)/(n−p)."),
        Key("margins", _columns, "For a regression: factors whose predictive margins are wanted."),
        Key(
            "where",
            Text("an SQL condition"),
            "The domain. Rows outside it, or where it is null, keep their place in the design.",
        ),
        Key("by", _columns, "One estimate for each combination of these columns' codes."),
        Key(
            "contrast",
            ListOf(_TERM, "a list of tables such as { at = { sex = 1 }, weight = 1 }"),
            "A linear combination of this estimate's cells, in their place. Its degrees of "
            "freedom are those of the whole domain.",
        ),
        Key(
            "standardize",
            _STANDARDIZE,
            "Direct standardisation: `{ variable = …, weights = [{ agegroup = 1, share = 0.3 }, "
            "…], within = […] }`. Rows that miss the estimate's or the standardizing variable "
            "leave first.",
        ),
        Key("plausible_values", _columns, "Columns that stand for the variable in turn."),
        Key(
            "sampling_variance",
            OneOf(("all", "first")),
            "Of plausible values: averaged over all (default), or that of the first.",
        ),
        Key(
            "missing",
            OneOf(("domain", "listwise")),
            'Rows with a missing value are outside the domain (`"domain"`, default), or leave '
            'the sample first (`"listwise"`).',
        ),
        Key(
            "level",
            Number("a confidence level between 0 and 1", above=0, below=1),
            "Confidence level, 0.95 by default.",
        ),
        Key("ci", OneOf(_ALL_INTERVALS), "How the interval is made; see below."),
        Key(
            "df",
            Either(
                (_positive, OneOf(_DF_RULES)),
                "a number above 0, or " + OneOf(_DF_RULES).words,
            ),
            'Degrees of freedom: a number; `"design"` (default: units that hold members of the '
            "domain, minus the strata that hold them); `domain-strata` (all units of those "
            "strata, minus them); `full-design`; `infinite`; `n-1`.",
        ),
        Key(
            "deff",
            OneOf(("wr", "wor")),
            'The simple random sample that design effects refer to: with (`"wr"`, default) or '
            'without replacement (`"wor"`).',
        ),
        Key(
            "unit",
            _positive,
            "A number that divides estimate, standard error and limits wherever they are shown or "
            "compared: 1000 for thousands, 0.01 for per cent.",
        ),
        Key(
            "expect",
            ListOf(
                Rows(Code("a printed figure, or a code"), "a table of codes and figures"),
                "a list of tables",
            ),
            "Printed figures to compare with; see below.",
        ),
        Key(
            "tolerance",
            _positive,
            "Relative bound that replaces the rounding of `expect`, where the source is known to "
            "print fewer true digits.",
        ),
    ),
    "a table [[estimate]]",
)

_OF_SOME = {
    name
    for use in STATISTICS.values()
    for need in (*use.needs, *use.may)
    for name in need.split("|")
}
_OF_WEIGHTS = {"id", "statistic", "source", "where", "by", "unit", "expect", "tolerance"}


def keys_of(statistic: str) -> frozenset[str]:
    """The keys that an estimate of this statistic may have."""
    use = STATISTICS[statistic]
    own = {name for need in (*use.needs, *use.may) for name in need.split("|")}
    every = {key.name for key in ESTIMATE.keys} - _OF_SOME
    return frozenset((_OF_WEIGHTS if statistic == "weights" else every) | own)


COLUMN_KEYS = _words(
    "variables numerator denominator groups relative_to rows columns by plausible_values margins"
)
"""Keys of an estimate that name columns of the data."""

# ---- [[table]], [release], [policy] ----

TABLE_STATISTICS: dict[str, Use] = {
    "row percentages": Use(("rows", "columns")),
    "column percentages": Use(("rows", "columns"), ("letters",)),
    "percentages": Use(("rows",), ("columns",)),
    "numbers": Use(("rows",), ("columns",)),
    "answers": Use(("rows",)),
    "percentage": Use(("of", "answers"), ("rows", "totals")),
    "mean": Use(("of",), ("rows", "totals")),
    "median": Use(("of",), ("rows", "totals")),
    "total": Use(("of",), ("rows", "totals")),
    "ratio": Use(("of", "over"), ("rows", "totals", "per")),
}
"""What a table of a plan can show, with the keys that belong to some of them only."""

TABLE_FIGURES = _words("estimate lower upper se cv base weighted_base effective_n df")
"""Numbers that a table can show of each estimate."""

CHARTS = _words("bar dot likert time histogram funnel")
"""Charts that may go with a table."""

_groups = ListOf(
    Text('the name of a column, or several with * between them: "region * type"'),
    'a list of columns, such as ["region"]',
)

TABLE = Table(
    (
        Key("title", Text(), "What the table is about; the title begins with it.", required=True),
        Key(
            "statistic",
            OneOf(tuple(TABLE_STATISTICS)),
            "What the table shows; see below.",
            required=True,
        ),
        Key(
            "rows",
            _groups,
            "Columns of data down the side, one block below the other; `region * type` nests the "
            "second in the first. Of `answers`: the questions.",
        ),
        Key("columns", _columns, "Columns of data across the top, one block beside the other."),
        Key(
            "of",
            _columns,
            "What is averaged, summed or counted: of `percentage`, `mean`, `median`, `total` and "
            "`ratio`.",
        ),
        Key("over", _column, "Of a `ratio`: the denominator."),
        Key("per", _positive, "Of a `ratio`: what it is for, such as 1000; default 1."),
        Key(
            "answers",
            ListOf(Code(), 'a list of answers, such as ["Always", "Often"]'),
            "Of `percentage`: the answers that count, by label or code.",
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
            "decimals",
            Whole("a whole number, 0 to 6", least=0, most=6),
            "Of percentages, means and ratios; default: the policy's.",
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

# ---- the whole ----

SPEC = Table(
    (
        Key("title", Text(), "What this is about."),
        Key("source", Text(), "Where the expected figures are printed."),
        Key("notes", Text(), "Anything else."),
        Key("data", DATA, "The data file, and the rows of it that are the sample.", required=True),
        Key(
            "derive",
            DERIVE,
            'New columns, in order: `name = "SQL expression"`. A later line may use an earlier '
            "name.",
        ),
        Key("design", DESIGN, "How the rows were sampled."),
        Key(
            "replicates",
            REPLICATES,
            "Replicate weights, instead of `strata`, `clusters` and `fpc`.",
        ),
        Key(
            "calibrate",
            ListOf(CALIBRATE, "tables [[calibrate]]"),
            "Adjustments of the weights, in the order applied.",
        ),
        Key(
            "estimate",
            ListOf(ESTIMATE, "tables [[estimate]]"),
            "What is wanted. A spec has these, or tables, or both.",
        ),
        Key(
            "table",
            ListOf(TABLE, "tables [[table]]"),
            "Tables to be published, made by `irosurvey tables`.",
        ),
        Key("release", RELEASE, "What a reader of published tables must know."),
        Key("policy", POLICY, "Disclosure control, reliability and rounding of published tables."),
    ),
    "a spec",
)

SECTIONS = {
    "data": DATA,
    "design": DESIGN,
    "replicates": REPLICATES,
    "calibrate": CALIBRATE,
    "estimate": ESTIMATE,
    "table": TABLE,
    "release": RELEASE,
}


def json_schema() -> dict[str, Any]:
    """The format as JSON Schema, for editors that complete and check TOML as it is written."""
    whole = table_schema(SPEC.keys)
    whole["properties"]["estimate"]["items"]["allOf"] = [
        {"if": {"properties": {"statistic": {"const": name}}}, "then": _schema_of(name)}
        for name in STATISTICS
    ]
    whole["properties"]["table"]["items"]["allOf"] = [
        {"if": {"properties": {"statistic": {"const": name}}}, "then": _schema_of_table(name)}
        for name in TABLE_STATISTICS
    ]
    whole["anyOf"] = [{"required": ["estimate"]}, {"required": ["table"]}]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "irosurvey analysis spec",
        **whole,
    }


def _schema_of(statistic: str) -> dict[str, Any]:
    """What the keys of one statistic are, beyond what those of all are."""
    use, allowed = STATISTICS[statistic], keys_of(statistic)
    properties: dict[str, Any] = {
        key.name: False for key in ESTIMATE.keys if key.name not in allowed
    }
    for name, values in (("ci", use.intervals), ("test", use.tests)):
        if name in allowed:
            properties[name] = {"enum": list(values)}
    needs = [need.split("|") for need in use.needs]
    either = [
        {"oneOf": [{"required": [name]} for name in names]} for names in needs if len(names) > 1
    ]
    answer: dict[str, Any] = {
        "properties": properties,
        "required": [names[0] for names in needs if len(names) == 1],
    }
    return answer | ({"allOf": either} if either else {})


def _schema_of_table(statistic: str) -> dict[str, Any]:
    allowed = table_keys_of(statistic)
    return {
        "properties": {key.name: False for key in TABLE.keys if key.name not in allowed},
        "required": list(TABLE_STATISTICS[statistic].needs),
    }


def markdown(section: str) -> str:
    """The table of a section's keys, as the guide shows it."""
    rows = [
        f"| `{key.name}` | {key.meaning}{' Required.' if key.required else ''} |"
        for key in SECTIONS[section].keys
    ]
    return "\n".join(["| key | meaning |", "|---|---|", *rows])


if __name__ == "__main__":
    print(json.dumps(json_schema(), indent=2, ensure_ascii=False))
