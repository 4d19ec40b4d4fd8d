"""Design-based estimation for complex surveys."""

from irosurvey._core import Column, Frame, __version__
from irosurvey._reading import read
from irosurvey.errors import (
    ArgumentError,
    ColumnError,
    DesignError,
    IrosurveyError,
    NumericalError,
    ReadError,
    SingletonError,
)

__all__ = [
    "ArgumentError",
    "Column",
    "ColumnError",
    "DesignError",
    "Frame",
    "IrosurveyError",
    "NumericalError",
    "ReadError",
    "SingletonError",
    "__version__",
    "read",
]
