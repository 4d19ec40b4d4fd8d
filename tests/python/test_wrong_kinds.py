"""Whatever is given to a public function, what it says is said in the library's own words."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
import pytest

import irosurvey
from irosurvey import (
    ArgumentError,
    Column,
    ColumnError,
    Design,
    Expr,
    Frame,
    IrosurveyError,
    Replicates,
    ResponseSet,
    Statistic,
    T,
    UnitTotals,
    designs,
)

ROOT = Path(__file__).parents[2]

WRONG: list[Any] = [
    None,
    3,
    -1,
    2.5,
    float("nan"),
    float("inf"),
    10**400,
    True,
    1j,
    "",
    "nope",
    "\ud800",
    "x" * 20_000,
    b"x",
    [],
    [None],
    [float("nan")],
    [[1, 2], [3]],
    (1, 2, 3),
    {},
    {None: 1},
    {"a": None},
    {1: float("nan")},
    set(),
    object(),
    lambda *_: 0,
    np.array([]),
    np.zeros((2, 2)),
    np.datetime64("2020-01-01"),
    pd.NA,
    pd.Series([1, 2]),
    pl.Series([1]),
]

N = 24
_RANDOM = np.random.default_rng(3)
DATA = {
    "s": np.repeat([1, 2], N // 2),
    "u": np.repeat(np.arange(N // 2), 2),
    "w": _RANDOM.uniform(1, 3, N),
    "g": np.resize(["a", "b", "c"], N),
    "h": np.resize([1, 2], N),
    "z": np.resize([0, 1, 1], N),
    "inside": np.resize([False, True, True], N),
    "y": _RANDOM.normal(10, 2, N),
    "x": _RANDOM.normal(5, 1, N),
    "p": np.full(N, 500),
}
FRAME = Frame(DATA)
COLUMN = FRAME["y"]
DESIGN = Design(DATA, "w", "s", "u")
JACKKNIFE = DESIGN.with_replicates("JKn")
MEANS = DESIGN.mean("y", by="g", covariance=True)
TESTS = MEANS.test()
MEDIANS = DESIGN.median("y", by="g")
TABLE = DESIGN.crosstab("h", "z")
LAYERS = DESIGN.crosstab("h", "z", "s")
MODEL = DESIGN.regression("y ~ x + C(g)")
LOGIT = DESIGN.regression("z ~ x", "binomial")
UNITS = Design.scan(DATA, "w", "s", "u", ask=irosurvey.mean("y"))
Y = T("y")

# A column of yes and no as the condition: one in SQL takes a database, and forty times as long.
OPTIONS = {
    "by": "g",
    "where": "inside",
    "missing": "domain",
    "df": "design",
    "covariance": True,
    "deff": "wr",
    "level": 0.9,
    "threads": 1,
}
_SCOPE = {"where": "inside", "missing": "domain", "df": "design", "threads": 1}
_SCORES = {"row_scores": [1, 2], "column_scores": [1, 2]}
_LIMITS = {"level": 0.9, "method": "t", "adjust": "none", "df_adjust": None, "truncate": None}


def _replicated(**given: Any) -> Design:
    return Design(DATA, "w", replicates=Replicates(**given))


def _operator(apply: Callable[[Any], Any]) -> tuple[Callable[..., Any], dict[str, Any]]:
    return (lambda other: apply(other)), {"other": 2}


# Every public function and method with arguments that are right; one after the other goes wrong.
CALLS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "Frame": (Frame, {"data": DATA, "label": "l"}),
    "Frame.from_arrow": (Frame.from_arrow, {"data": DATA}),
    "Frame.column": (FRAME.column, {"name": "y"}),
    "Frame.__getitem__": (lambda name: FRAME[name], {"name": "y"}),
    "Frame.__contains__": (lambda name: name in FRAME, {"name": "y"}),
    "Frame.with_column": (FRAME.with_column, {"column": COLUMN}),
    "Frame.with_column values": (FRAME.with_column, {"name": "q", "values": [1.0] * N}),
    "Frame.with_label": (FRAME.with_label, {"label": "l"}),
    "Frame.with_user_missing": (FRAME.with_user_missing, {"rule": "keep"}),
    "Column": (Column, {"name": "q", "values": [1, 2]}),
    "Column.with_name": (COLUMN.with_name, {"name": "q"}),
    "Column.with_notes": (
        COLUMN.with_notes,
        {
            "label": "l",
            "value_labels": {1: "one"},
            "user_missing": [1],
            "user_missing_range": (1.0, 2.0),
            "format": "F8",
        },
    ),
    "Column.with_user_missing": (COLUMN.with_user_missing, {"rule": "keep"}),
    "Expr.within": (Y.within, {"domain": {"g": "a"}, "where": "z = 1"}),
    "Expr + other": _operator(lambda other: Y + other),
    "other + Expr": _operator(lambda other: other + Y),
    "Expr - other": _operator(lambda other: Y - other),
    "other - Expr": _operator(lambda other: other - Y),
    "Expr * other": _operator(lambda other: Y * other),
    "other * Expr": _operator(lambda other: other * Y),
    "Expr / other": _operator(lambda other: Y / other),
    "other / Expr": _operator(lambda other: other / Y),
    "Expr ** other": _operator(lambda other: Y**other),
    "other ** Expr": _operator(lambda other: other**Y),
    "Statistic.titled": (irosurvey.mean("y").titled, {"title": "t"}),
    "T": (T, {"variable": "y", "levels": None, "within": {"g": "a"}, "where": "z = 1"}),
    "T of levels": (T, {"variable": "g", "levels": ["a"]}),
    "log": (irosurvey.log, {"expression": Y}),
    "exp": (irosurvey.exp, {"expression": Y}),
    "sqrt": (irosurvey.sqrt, {"expression": Y}),
    "mean": (irosurvey.mean, {"variable": "y"}),
    "total": (irosurvey.total, {"variable": "y"}),
    "ratio": (irosurvey.ratio, {"numerator": "y", "denominator": "x"}),
    "proportion": (irosurvey.proportion, {"variable": "g", "levels": ["a"]}),
    "adjusted_p": (irosurvey.adjusted_p, {"p_values": [0.1, 0.2], "adjust": "holm"}),
    "change": (irosurvey.change, {"earlier": MEANS, "later": MEANS, "df": "sum"}),
    "pool": (irosurvey.pool, {"estimates": [MEANS, MEANS], "df": "barnard-rubin"}),
    "read": (
        irosurvey.read,
        {"path": ROOT / "tests/data/apisrs.csv", "columns": None, "encoding": None},
    ),
    "response_sets": (
        irosurvey.response_sets,
        {"path": ROOT / "data/synthetic/iro.sav", "encoding": None},
    ),
    "run": (irosurvey.run, {"spec": {"title": "x"}, "data_dir": "tests/data"}),
    "Design": (
        Design,
        {
            "data": DATA,
            "weights": "w",
            "strata": "s",
            "clusters": "u",
            "fpc": "p",
            "singleton": "fail",
            "replicates": None,
            "domain_singletons": "ignore",
            "conventions": "r",
        },
    ),
    "Design.scan": (
        Design.scan,
        {
            "data": DATA,
            "weights": "w",
            "strata": "s",
            "clusters": "u",
            "fpc": "p",
            "singleton": "fail",
            "ask": irosurvey.mean("y"),
            "by": "g",
            "where": "inside",
            "domain_singletons": "ignore",
            "design_effects": True,
            "replicates": None,
            "missing": "domain",
            "progress": None,
        },
    ),
    "Replicates": (
        _replicated,
        {
            "type": "other",
            "columns": ["w", "x"],
            "fay_rho": None,
            "scale": 1.0,
            "rscales": [1.0, 1.0],
            "averaged": 1,
            "centre": "estimate",
            "replicate_strata": None,
            "df": 3.0,
            "weights": "combined",
            "failed": "fail",
        },
    ),
    "Design.mean": (DESIGN.mean, {"variables": "y", **OPTIONS}),
    "Design.total": (DESIGN.total, {"variables": "y"}),
    "Design.proportion": (DESIGN.proportion, {"variables": "g", "levels": ["a"]}),
    "Design.ratio": (DESIGN.ratio, {"numerator": "y", "denominator": "x"}),
    "Design.estimate": (DESIGN.estimate, {"expressions": Y / T("x")}),
    "Design.statistic": (DESIGN.statistic, {"name": "mean", "columns": "y"}),
    "Design.variance": (DESIGN.variance, {"variables": "y", **OPTIONS}),
    "Design.sd": (DESIGN.sd, {"variables": "y"}),
    "Design.geometric_mean": (DESIGN.geometric_mean, {"variables": "w"}),
    "Design.covariance": (DESIGN.covariance, {"x": "x", "y": "y"}),
    "Design.correlation": (DESIGN.correlation, {"x": "x", "y": "y"}),
    "Design.quantile": (
        DESIGN.quantile,
        {
            "variables": "y",
            "probs": [0.5],
            "rule": "conventional",
            "ci": "conventional",
            "centre": "conventional",
            "outside": "conventional",
            **OPTIONS,
        },
    ),
    "Design.median": (DESIGN.median, {"variables": "y"}),
    "Design.deciles": (DESIGN.deciles, {"variables": "y"}),
    "Design.iqr": (DESIGN.iqr, {"variable": "y"}),
    "Design.cdf": (DESIGN.cdf, {"variable": "y", "at": [9.0, 10.0], **OPTIONS}),
    "Design.histogram": (DESIGN.histogram, {"variable": "y", "bins": 4, "scale": "share"}),
    "Design.multiple_response": (
        DESIGN.multiple_response,
        {
            "columns": ["z", "h"],
            "counted": 1,
            "of": "respondents",
            "respondents": "any",
            "answers": (),
            "title": "t",
        },
    ),
    "Design.crosstab": (DESIGN.crosstab, {"rows": "h", "columns": "z", "deff": "wr", **_SCOPE}),
    "Design.goodness_of_fit": (
        DESIGN.goodness_of_fit,
        {
            "variable": "g",
            "shares": [0.3, 0.3, 0.4],
            "method": "conventional",
            "order": 1,
            "design_effects": "expected",
            "denominator": "satterthwaite",
            "where": None,
        },
    ),
    "Design.regression": (
        DESIGN.regression,
        {
            "formula": "y ~ x",
            "family": "gaussian",
            "link": None,
            "vadjust": False,
            "information": "conventional",
            "level": 0.9,
            "max_iterations": 30,
            **_SCOPE,
        },
    ),
    "Design.ttest": (
        DESIGN.ttest,
        {"y": "y", "mu": 0.0, "groups": None, "paired": None, "alternative": "two-sided"},
    ),
    "Design.calibrate": (
        DESIGN.calibrate,
        {
            "method": "rake",
            "margins": {"h": {1: 10, 2: 20}},
            "bounds": None,
            "bounds_on": "ratio",
            "trim": None,
            "shares": False,
            "population": None,
            "equal_within": None,
            "tolerance": 1e-9,
            "max_iterations": 10,
            "residual_weights": "initial",
            "residual_order": "as-made",
            "replicates": True,
            "threads": 1,
        },
    ),
    "Design.trim": (DESIGN.trim, {"low": 1.0, "high": 8.0}),
    "Design.standardize": (
        DESIGN.standardize,
        {
            "variable": "g",
            "shares": {"a": 0.2, "b": 0.3, "c": 0.5},
            "within": (),
            "where": None,
            "replicates": True,
        },
    ),
    "Design.with_columns": (DESIGN.with_columns, {"columns": {"k": np.ones(N)}}),
    "Design.with_conventions": (DESIGN.with_conventions, {"name": "r"}),
    "Design.with_replicates": (
        DESIGN.with_replicates,
        {
            "type": "bootstrap",
            "replicates": 4,
            "fay_rho": 0.5,
            "resample": 2,
            "seed": 1,
            "honour_fpc": True,
            "later_stages": True,
            "centre": "estimate",
            "failed": "fail",
            "df": 3.0,
            "threads": 1,
        },
    ),
    "Design.replicate": (
        JACKKNIFE.replicate,
        {"function": lambda data, weights: weights.sum(), "level": 0.9},
    ),
    "Design.replicate_weights": (JACKKNIFE.replicate_weights, {"replicate": 1}),
    "Design.plausible_values": (
        DESIGN.plausible_values,
        {
            "columns": ["y", "x"],
            "ask": lambda design, y: design.mean(y),
            "sampling_variance": "all",
            "df": "sampling",
        },
    ),
    "Estimate.combine": (MEANS.combine, {"function": lambda t: t[0] - t[1]}),
    "Estimate.contrast": (MEANS.contrast, {"weights": {"a": 1, "b": -1}}),
    "Estimate.design_effect": (MEANS.design_effect, {"reference": "wr"}),
    "Estimate.difference": (MEANS.difference, {"by": "g", "reference": "a"}),
    "Estimate.equality": (MEANS.equality, {"test": "wald"}),
    "Estimate.interval": (MEANS.interval, _LIMITS),
    "Estimate.pairs": (
        MEANS.pairs,
        {"by": "g", "adjust": "none", "reference": "a", "alternative": "two-sided"},
    ),
    "Estimate.plot": (MEANS.plot, {"kind": "bar", "level": 0.9, "method": "t", "ax": None}),
    "Estimate.sel": (MEANS.sel, {"g": "a"}),
    "Estimate.test": (MEANS.test, {"mu": 0.0, "alternative": "two-sided", "adjust": "none"}),
    "Estimate.to_arrow": (MEANS.to_arrow, {"labels": True, "level": 0.9}),
    "Estimate.to_pandas": (MEANS.to_pandas, {"labels": True, "level": 0.9}),
    "Estimate.to_polars": (MEANS.to_polars, {"labels": True, "level": 0.9}),
    "Estimate.__getitem__": (lambda key: MEANS[key], {"key": 0}),
    "Comparisons.interval": (TESTS.interval, _LIMITS),
    "Comparisons.to_arrow": (TESTS.to_arrow, {"labels": True, "level": 0.9}),
    "Comparisons.__getitem__": (lambda key: TESTS[key], {"key": 0}),
    "QuantileEstimate.interval": (MEDIANS.interval, {**_LIMITS, "level": None, "method": None}),
    "QuantileEstimate.combine": (MEDIANS.combine, {"function": lambda t: t[0] - t[1]}),
    "QuantileEstimate.contrast": (MEDIANS.contrast, {"weights": {"a": 1, "b": -1}}),
    "QuantileEstimate.difference": (MEDIANS.difference, {"by": "g", "reference": "a"}),
    "CrossTab.cmh": (
        LAYERS.cmh,
        {"alternative": "general", "row_scores": None, "column_scores": None, "adjusted": True},
    ),
    "CrossTab.compare_columns": (
        TABLE.compare_columns,
        {"alpha": 0.05, "adjust": "bonferroni", "family": "row"},
    ),
    "CrossTab.estimate": (TABLE.estimate, {"percent": "row"}),
    "CrossTab.interval": (TABLE.interval, {"percent": "row", "level": 0.9, "method": None}),
    "CrossTab.odds_ratio": (TABLE.odds_ratio, {"rows": (1, 2), "columns": (0, 1)}),
    "CrossTab.risk_ratio": (TABLE.risk_ratio, {"rows": (1, 2), "columns": (0, 1)}),
    "CrossTab.risk_difference": (TABLE.risk_difference, {"rows": (1, 2), "columns": (0, 1)}),
    "CrossTab.plot": (
        TABLE.plot,
        {"kind": "bar", "percent": "row", "level": 0.9, "method": None, "ax": None},
    ),
    "CrossTab.sel": (LAYERS.sel, {"s": 1}),
    "CrossTab.show": (
        TABLE.show,
        {"percent": "column", "interval": False, "test": "conventional", "letters": False},
    ),
    "CrossTab.test": (
        TABLE.test,
        {
            "method": "conventional",
            "order": None,
            "design_effects": "observed",
            "denominator": "satterthwaite",
        },
    ),
    "CrossTab.to_arrow": (TABLE.to_arrow, {"labels": True, "level": 0.9}),
    "CrossTab.trend": (TABLE.trend, _SCORES),
    "Regression.__getitem__": (lambda name: MODEL[name], {"name": "x"}),
    "Regression.bic": (MODEL.bic, {"maximal": None}),
    "Regression.combine": (MODEL.combine, {"function": lambda t: t[0]}),
    "Regression.contrast": (MODEL.contrast, {"weights": {"x": 1}}),
    "Regression.interval": (MODEL.interval, {"level": 0.9}),
    "Regression.marginal_effects": (MODEL.marginal_effects, {"columns": "x"}),
    "Regression.margins": (MODEL.margins, {"columns": "g"}),
    "Regression.predict": (MODEL.predict, {"data": None, "scale": "link"}),
    "Regression.ratios": (LOGIT.ratios, {"names": "x"}),
    "Regression.residuals": (MODEL.residuals, {"kind": "pearson"}),
    "Regression.test": (MODEL.test, {"terms": "x", "method": "wald"}),
    "Regression.tidy": (MODEL.tidy, {"level": 0.9}),
    "Regression.to_arrow": (MODEL.to_arrow, {"level": 0.9}),
    "Regression.to_pandas": (MODEL.to_pandas, {"level": 0.9}),
    "Regression.to_polars": (MODEL.to_polars, {"level": 0.9}),
    "ResponseSet.values": (ResponseSet("m", "", ("z",), None).values, {"frame": FRAME}),
    "UnitTotals.finish": (
        UNITS.finish,
        {"df": "design", "covariance": True, "deff": "wr", "level": 0.9, "threads": 1},
    ),
    "UnitTotals.from_bytes": (UnitTotals.from_bytes, {"data": UNITS.to_bytes()}),
    "UnitTotals.merge": (lambda other: UNITS.merge(other), {"other": UNITS}),
}
for _name in ("acs", "anes", "csew", "nhanes", "pisa", "timss", "understanding_society", "yrbs"):
    _declare = getattr(designs, _name)
    CALLS[f"designs.{_name}"] = (
        _declare,
        {
            name: DATA if name == "data" else "y" if one.default is one.empty else one.default
            for name, one in inspect.signature(_declare).parameters.items()
        },
    )

# Results that a user gets but doesn't make; and what is no function of this package's own.
MADE_BY_OTHERS = {"Adjustment", "DesignDescription", "SpecResult", "TTest", "TestResult"}
OWN_TESTS = {"Balance", "Design.table", "Policy", "Table", "TitleParts", "release", "spec", "study"}


def public_calls() -> Iterator[str]:
    for name in irosurvey.__all__:
        one = getattr(irosurvey, name)
        if name in MADE_BY_OTHERS | OWN_TESTS or inspect.ismodule(one) or not callable(one):
            continue
        if not inspect.isclass(one):
            yield name
        elif not issubclass(one, Exception | tuple):
            for method, member in vars(one).items():
                if not method.startswith("_") and callable(getattr(one, method)):
                    yield f"{name}.{method}" if takes_something(member) else ""


def takes_something(member: Any) -> bool:
    if isinstance(member, classmethod | staticmethod):
        member = member.__func__
    try:
        return len(inspect.signature(member).parameters) > 1
    except ValueError:  # of the extension: its documentation says
        return "," in (member.__doc__ or "").split("->")[0]


def test_every_public_function_is_tried() -> None:
    assert {name for name in public_calls() if name} - set(CALLS) == set()
    of_design = {
        name
        for name, member in inspect.getmembers(Design, inspect.isfunction)
        if not name.startswith("_") and takes_something(member)
    }
    assert {f"Design.{name}" for name in of_design} - set(CALLS) - OWN_TESTS == set()


def raised_by(call: Callable[..., Any], given: dict[str, Any]) -> Exception | None:
    try:
        call(**given)
    except Exception as error:
        return error
    return None


@pytest.fixture(autouse=True)
def _no_windows(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    mpl.use("Agg")
    monkeypatch.chdir(ROOT)
    yield
    plt.close("all")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CALLS)
def test_what_is_wrong_is_said_in_our_own_words(name: str) -> None:
    call, right = CALLS[name]
    for argument in right:
        for wrong in WRONG:
            if name.startswith("other ") and isinstance(wrong, pl.Series):
                continue  # it is asked first, and refuses in its own words
            error = raised_by(call, {**right, argument: wrong})
            given = f"{name}({argument}={wrong!r:.80})"
            if isinstance(error, IndexError):  # of a position, as in any sequence
                assert name.endswith("__getitem__"), given
                assert isinstance(wrong, int), given
            elif error is not None:
                assert isinstance(error, IrosurveyError), f"{given}: {error!r:.300}"
                assert error.expected or error.found, given
                assert str(error).encode()
                assert len(str(error)) < 4_000, given


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: FRAME[3], ColumnError, "name: expected the name of a column, found 3."),  # type: ignore[index]
        (lambda: COLUMN.with_name(b"y"), ColumnError, "name: expected the name of a column"),  # type: ignore[arg-type]
        (lambda: FRAME.with_label(3), ArgumentError, "label: expected text, found 3."),  # type: ignore[arg-type]
        (lambda: FRAME.with_column(3), ArgumentError, "column: expected a Column, or a name and"),  # type: ignore[call-overload]
        (
            lambda: COLUMN.with_user_missing(None),  # type: ignore[arg-type]
            ArgumentError,
            "rule: expected 'missing' or 'keep', found None.",
        ),
        (
            lambda: COLUMN.with_notes(value_labels={object(): "a"}),
            ArgumentError,
            "value_labels: expected codes or value labels",
        ),
        (
            lambda: COLUMN.with_notes(value_labels={1: None}),  # type: ignore[dict-item]
            ArgumentError,
            "value_labels: expected labels that are text, found None.",
        ),
        (
            lambda: COLUMN.with_notes(user_missing_range=(1.0,)),  # type: ignore[arg-type]
            ArgumentError,
            "user_missing_range: expected two numbers, found (1.0,).",
        ),
        (
            lambda: Y + "x",  # type: ignore[operator]
            ArgumentError,
            "an operand of an expression: expected an expression of totals or a number, "
            "found 'x'. Write T(…) for the total of a column.",
        ),
        (lambda: Y**Y, ArgumentError, "an exponent: expected a number, found T(y)."),  # type: ignore[operator]
        (lambda: 2**Y, ArgumentError, "Write exp(log(…) * …)."),
        (lambda: Y.within({3: 1}), ColumnError, "domain: expected the name of a column"),  # type: ignore[dict-item]
        (lambda: Y.within({"g": None}), ArgumentError, "domain: expected a code or a label"),  # type: ignore[dict-item]
        (lambda: MEANS["y", 3], ArgumentError, "rows of a result: expected a position"),
        (lambda: DESIGN.plausible_values(["y", "x"], None), ArgumentError, "ask: expected a func"),  # type: ignore[arg-type]
    ],
)
def test_the_argument_is_named(
    call: Callable[[], Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind) as failure:
        call()
    assert message in str(failure.value)


def test_what_was_right_still_is() -> None:
    noted = COLUMN.with_notes(value_labels={1.0: "one", "b": "B"}, user_missing=[9.0])
    assert noted.value_labels == {1: "one", "b": "B"}
    assert noted.user_missing == (9,)
    assert COLUMN.with_notes(user_missing_range=None).user_missing_range is None
    assert isinstance(np.float64(2) * Y / np.int64(3) - np.float32(1) + True, Expr)
    assert isinstance(irosurvey.mean("y").titled("t"), Statistic)
    assert Y.within({"h": np.int64(1)}).memberships == Y.within({"h": 1}).memberships
