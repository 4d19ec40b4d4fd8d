"""Keys of what is asked: statistics, and printed figures to hold them against."""

from __future__ import annotations

from dataclasses import dataclass

from irosurvey.spec.kinds import (
    COLUMN,
    COLUMNS,
    POSITIVE,
    Code,
    Either,
    Flag,
    Key,
    ListOf,
    Number,
    OneOf,
    Rows,
    Table,
    Text,
    names_in,
)

__all__ = [
    "COLUMN_KEYS",
    "ESTIMATE",
    "FIGURES",
    "LEVEL_KEYS",
    "STATISTICS",
    "Use",
    "keys_of",
    "row_key",
]


@dataclass(frozen=True)
class Use:
    """What a statistic needs beside the keys that all have, and what it may have.

    `intervals` are the values of `ci`; the first is the default.
    """

    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    intervals: tuple[str, ...] = ("t", "normal", "log")
    tests: tuple[str, ...] = ()


_SHARE_INTERVALS = names_in(
    "logit wald beta beta-nchs wilson likelihood likelihood-exact arcsine agresti-coull jeffreys "
    "xlogit"
)
_CROSSTAB_TESTS = names_in(
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

FIGURES = names_in("estimate se lower upper df deff n N statistic df1 df2 p r2 min max sd cv sum")
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
        Key("variable", COLUMN, "Column whose distribution is made standard.", required=True),
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
        Key("within", COLUMNS, "Columns within whose groups it is done; default: `by`."),
    ),
    "a table { variable = …, weights = […] }",
)

_DF_RULES = ("design", "domain-strata", "full-design", "infinite", "n-1")

ESTIMATE = Table(
    (
        Key("id", Text("a name"), "Names the estimate; unique in the file.", required=True),
        Key("statistic", OneOf(tuple(STATISTICS)), "What is estimated.", required=True),
        Key("source", Text(), "Where the expected figures are printed, if not in `source` above."),
        Key("variables", COLUMNS, "Columns: one estimate for each (`proportion`: each level)."),
        Key("numerator", COLUMN, "Of a ratio."),
        Key("denominator", COLUMN, "Of a ratio."),
        Key("groups", COLUMN, "For a t-test: a column with two values; absent: against 0."),
        Key("relative_to", COLUMN, "For `weights`: a column that divides the weights first."),
        Key(
            "probs",
            ListOf(Number("a number between 0 and 1", above=0, below=1), "a list of shares"),
            "For quantiles: which ones, such as `[0.25, 0.5]`.",
        ),
        Key("quantile_rule", OneOf(_QUANTILE_RULES), 'For quantiles; default `"math"`.'),
        Key("rows", COLUMN, "For a cross-tab."),
        Key("columns", COLUMN, "For a cross-tab."),
        Key("test", OneOf(_ALL_TESTS), "Of a cross-tab, or of a regression's terms."),
        Key("formula", Text("a Wilkinson formula"), "For a regression: `y ~ x + C(z)`."),
        Key(
            "family",
            Text("a family of distributions"),
            "For a regression; default `gaussian`.",
        ),
        Key("link", Text("a link function"), "For a regression; default the canonical link."),
        Key("vadjust", Flag(), "For a regression: the variance times (n−1)/(n−p)."),
        Key("margins", COLUMNS, "For a regression: factors whose predictive margins are wanted."),
        Key(
            "where",
            Text("an SQL condition"),
            "The domain. Rows outside it, or where it is null, keep their place in the design.",
        ),
        Key("by", COLUMNS, "One estimate for each combination of these columns' codes."),
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
        Key("plausible_values", COLUMNS, "Columns that stand for the variable in turn."),
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
                (POSITIVE, OneOf(_DF_RULES)),
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
            POSITIVE,
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
            POSITIVE,
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


COLUMN_KEYS = names_in(
    "variables numerator denominator groups relative_to rows columns by plausible_values margins"
)
"""Keys of an estimate that name columns of the data."""
