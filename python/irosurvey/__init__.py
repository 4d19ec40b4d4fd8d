"""Design-based estimation for complex surveys."""

from irosurvey import designs, spec, study
from irosurvey._core import Column, Frame, __version__
from irosurvey.calibration import Adjustment
from irosurvey.comparisons import Comparisons, TTest, adjusted_p, change, pool
from irosurvey.crosstab import CrossTab
from irosurvey.describe import DesignDescription
from irosurvey.design import Design
from irosurvey.errors import (
    ArgumentError,
    ColumnError,
    DesignError,
    DisclosureError,
    IrosurveyError,
    NumericalError,
    ReadError,
    SingletonError,
    SpecError,
)
from irosurvey.expr import Expr, T, exp, log, sqrt
from irosurvey.parts import Interval, Level
from irosurvey.quantiles import QuantileEstimate
from irosurvey.reading import read
from irosurvey.regression import Regression
from irosurvey.replicates import Replicates
from irosurvey.response_sets import ResponseSet, response_sets
from irosurvey.result import Estimate
from irosurvey.spec import SpecResult, run
from irosurvey.statistic import Statistic, mean, proportion, ratio, total
from irosurvey.streaming import UnitTotals
from irosurvey.tables import Balance, Policy, Table, TitleParts, release
from irosurvey.test_result import TestResult

__all__ = [
    "Adjustment",
    "ArgumentError",
    "Balance",
    "Column",
    "ColumnError",
    "Comparisons",
    "CrossTab",
    "Design",
    "DesignDescription",
    "DesignError",
    "DisclosureError",
    "Estimate",
    "Expr",
    "Frame",
    "Interval",
    "IrosurveyError",
    "Level",
    "NumericalError",
    "Policy",
    "QuantileEstimate",
    "ReadError",
    "Regression",
    "Replicates",
    "ResponseSet",
    "SingletonError",
    "SpecError",
    "SpecResult",
    "Statistic",
    "T",
    "TTest",
    "Table",
    "TestResult",
    "TitleParts",
    "UnitTotals",
    "__version__",
    "adjusted_p",
    "change",
    "designs",
    "exp",
    "log",
    "mean",
    "pool",
    "proportion",
    "ratio",
    "read",
    "release",
    "response_sets",
    "run",
    "spec",
    "sqrt",
    "study",
    "total",
]
