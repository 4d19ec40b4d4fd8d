"""Keys of the data, of how they were sampled, and of how their weights are adjusted."""

from __future__ import annotations

from irosurvey.spec.kinds import (
    COLUMN,
    COLUMNS,
    POSITIVE,
    SQL,
    Code,
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
)

__all__ = ["CALIBRATE", "DATA", "DERIVE", "DESIGN", "REPLICATES"]

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

DERIVE = Rows(SQL, "a table [derive] of names and SQL expressions")

DESIGN = Table(
    (
        Key(
            "weights",
            COLUMN,
            "Column of sampling weights. Without it, the product over stages of N/n where `fpc` "
            "gives it, else 1. A row of weight 0 keeps its sampling unit in the design.",
        ),
        Key(
            "strata",
            Either(
                (COLUMN, ListOf(Text("the name of a column", empty=True), "a list of columns")),
                'a column, or a list with one entry for each stage ("": none there)',
            ),
            'A column, or a list with one entry for each stage; `""` means not stratified there.',
        ),
        Key(
            "clusters",
            COLUMNS,
            "Columns, stage by stage. Without them every row is its own sampling unit. A label "
            "names a cluster within its stratum and its higher-stage cluster.",
        ),
        Key(
            "fpc",
            ListOf(
                Either((COLUMN, POSITIVE), "a column, or a number above 0"),
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
            POSITIVE,
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
            POSITIVE,
            "Degrees of freedom; by default the rank of the replicate weights minus 1. Never "
            "recomputed in a domain.",
        ),
    ),
    "a table [replicates]",
)

MARGIN = Table(
    (
        Key("variables", COLUMNS, "Columns whose combinations of codes are the margin's cells."),
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
        Key("variable", COLUMN, "A continuous auxiliary."),
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
        Key("tolerance", POSITIVE, "When the iterative methods have converged."),
        Key("max_iterations", Whole(), "How long they try."),
        Key(
            "replicates",
            Flag(),
            "Whether every replicate weight is calibrated too: `true` (default) or `false`.",
        ),
    ),
    "a table [[calibrate]]",
)
