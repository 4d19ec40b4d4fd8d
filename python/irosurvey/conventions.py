"""Choices of R survey, Stata, SAS and SUDAAN: one table for code, tests and documentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from irosurvey._complaint import complaint
from irosurvey.errors import ArgumentError

__all__ = ["CONVENTIONS", "EVIDENCE", "OURS", "Conventions", "ConventionsName", "conventions_named"]

ConventionsName: TypeAlias = Literal["irosurvey", "r", "stata", "sas", "sudaan"]


@dataclass(frozen=True)
class Conventions:
    """What a package chooses where its user says nothing.

    Attributes
    ----------
    name
        ``"irosurvey"``, ``"r"``, ``"stata"``, ``"sas"`` or ``"sudaan"``.
    program
        The package and version that the choices are those of.
    missing
        Rule for missing values.
    df
        Rule for degrees of freedom.
    ci_shares, ci_others
        Intervals of shares, and of everything else.
    deff
        Simple random sample that design effects refer to.
    singleton
        Rule for strata with one unit.
    ttest_df_less
        Degrees of freedom that a t-test takes from the rule's.
    quantile_rule
        Rule for quantiles.
    quantile_ci, quantile_centre, quantile_outside
        Limits of quantiles, what the interval of the share is about, and what becomes of a limit of
        the share outside 0 to 1.
    crosstab_test
        Test of a cross-tab.
    regression_df
        Degrees of freedom of a regression's coefficients.
    regression_test
        Test of a regression's terms.
    regression_information
        Where a regression takes its information matrix.
    regression_vadjust
        Whether linearized covariances of a regression are multiplied by (n-1)/(n-p).
    """

    name: ConventionsName
    program: str
    missing: Literal["domain", "listwise"] = "domain"
    df: Literal["design", "domain-strata", "full-design"] = "design"
    ci_shares: str = "logit"
    ci_others: str = "t"
    deff: Literal["wr", "wor"] = "wr"
    singleton: Literal["fail", "remove"] = "fail"
    ttest_df_less: float = 0.0
    quantile_rule: str = "math"
    quantile_ci: str = "woodruff"
    quantile_centre: Literal["estimate", "prob"] = "estimate"
    quantile_outside: Literal["extreme", "missing"] = "extreme"
    crosstab_test: str = "rao-scott-f"
    regression_df: str = "design"
    regression_test: str = "adjusted-wald"
    regression_information: Literal["solution", "last-step"] = "solution"
    regression_vadjust: bool = False


OURS = Conventions("irosurvey", "irosurvey")

CONVENTIONS: dict[str, Conventions] = {
    "irosurvey": OURS,
    "r": Conventions(
        "r",
        "R survey 4.5",
        ci_shares="xlogit",
        ci_others="normal",
        deff="wor",
        ttest_df_less=1.0,
        quantile_outside="missing",
        regression_df="design+1-p",
        regression_test="wald",
        regression_information="last-step",
    ),
    "stata": Conventions(
        "stata",
        "Stata 18",
        missing="listwise",
        df="domain-strata",
        quantile_rule="school",
        regression_df="domain-strata",
    ),
    "sas": Conventions(
        "sas",
        "SAS/STAT 9.4",
        missing="listwise",
        df="full-design",
        ci_shares="wald",
        singleton="remove",
        quantile_rule="sas",
        quantile_ci="symmetric",
        quantile_outside="missing",
        crosstab_test="rao-scott-chisq",
        regression_df="full-design",
        regression_test="wald",
        regression_vadjust=True,
    ),
    "sudaan": Conventions(
        "sudaan",
        "SUDAAN 11",
        df="full-design",
        crosstab_test="wald",
        regression_df="full-design",
    ),
}

WORDS = {
    "missing": "missing values",
    "df": "degrees of freedom",
    "ci_shares": "interval of shares",
    "ci_others": "interval of everything else",
    "deff": "design effect against",
    "singleton": "stratum with one unit",
    "ttest_df_less": "t-test: degrees of freedom less",
    "quantile_rule": "quantiles",
    "quantile_ci": "quantiles: limits",
    "quantile_centre": "quantiles: interval of the share about",
    "quantile_outside": "quantiles: limits beyond the data",
    "crosstab_test": "test of a cross-tab",
    "regression_df": "regression: degrees of freedom",
    "regression_test": "regression: test of terms",
    "regression_information": "regression: information matrix",
    "regression_vadjust": "regression: variance times (n−1)/(n−p)",
}
"""What each choice is about, in the order of the documentation."""

EVIDENCE: dict[tuple[str, str], str] = {
    ("r", "missing"): "manual",
    ("r", "df"): "r-api-strat",
    ("r", "ci_shares"): "r-api-ciprop, yrbs-dom",
    ("r", "ci_others"): "r-api-clus1",
    ("r", "deff"): "r-api-strat",
    ("r", "ttest_df_less"): "r-api-ttest",
    ("r", "quantile_rule"): "r-api-quantile",
    ("r", "quantile_ci"): "r-api-quantile",
    ("r", "quantile_centre"): "r-api-quantile",
    ("r", "quantile_outside"): "r_quantiles",
    ("r", "crosstab_test"): "r-api-chisq",
    ("r", "regression_df"): "r_regression",
    ("r", "regression_test"): "r_regression",
    ("r", "regression_information"): "r-glm",
    ("r", "regression_vadjust"): "r-glm",
    ("stata", "missing"): "sm-yrbs",
    ("stata", "df"): "st-lin, sm-fpc-units",
    ("stata", "ci_shares"): "sm-yrbs-shares, sm-fpc-units",
    ("stata", "ci_others"): "st-lin",
    ("stata", "crosstab_test"): "st-tab, sm-nhanes",
    ("stata", "regression_df"): "st-reg1",
    ("stata", "regression_test"): "st-reg1",
    ("stata", "regression_vadjust"): "st-reg1",
    ("sas", "ci_shares"): "sas-srs, sd-mean",
    ("sas", "ci_others"): "sas-srs, sd-mean",
    ("sas", "df"): "sd-mean",
    ("sas", "deff"): "sas-nhanes",
    ("sas", "quantile_rule"): "sas-quantile, sas-nhanes",
    ("sas", "quantile_ci"): "sas-quantile, sas-nhanes",
    ("sas", "quantile_centre"): "sas-quantile, sas-nhanes",
    ("sas", "regression_df"): "sd-reg",
    ("sas", "regression_test"): "sd-reg",
    ("sas", "regression_vadjust"): "sd-reg",
    ("sudaan", "df"): "yrbs-dom",
    ("sudaan", "missing"): "yrbs-dom",
    ("sudaan", "ci_shares"): "yrbs-dom",
}
"""Specs (with hyphens) and tables of ``tests/reference`` (with underscores) whose figures, printed
by the package, come out with its choice; the others are from manuals."""


def conventions_named(name: str) -> Conventions:
    """The choices of a package.

    Raises
    ------
    ArgumentError
        That lists the names.
    """
    if isinstance(name, str) and name in CONVENTIONS:
        return CONVENTIONS[name]
    raise complaint(
        ArgumentError,
        "conventions",
        expected="one of " + ", ".join(f"'{known}'" for known in CONVENTIONS),
        found=repr(name),
        name=str(name),
        existing=CONVENTIONS,
    )


def markdown() -> str:
    """The table of choices, as the documentation shows it."""
    head = ["choice", *(f"`{name}`" for name in CONVENTIONS)]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for choice, words in WORDS.items():
        cells = [words]
        for name, rules in CONVENTIONS.items():
            value = getattr(rules, choice)
            shown = f"{value:g}" if isinstance(value, float) else f"`{value}`"
            if isinstance(value, bool):
                shown = "yes" if value else "no"
            cases = EVIDENCE.get((name, choice), "")
            seen = f" ({cases})" if cases and cases != "manual" else ""
            cells.append(shown + seen)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(markdown())
