"""What can go wrong, one class for each kind of trouble.

Every message says what was expected, what was found, where, and how to mend it. The parts of the
message are attributes, so that a program can use what a person reads.
"""

from __future__ import annotations

from typing import Any, ClassVar

__all__ = [
    "ArgumentError",
    "ColumnError",
    "DesignError",
    "DisclosureError",
    "IrosurveyError",
    "NumericalError",
    "ReadError",
    "SingletonError",
    "SpecError",
]


class IrosurveyError(Exception):
    """Base of every error that irosurvey raises.

    Attributes
    ----------
    code : str
        The kind of trouble in one word, the same for every error of a class.
    subject : str
        What the message is about: a column, a file, a stratum.
    row : int or None
        Row of the data, counted from 0.
    expected, found, remedy : str
        What would have been right, what was there instead, and how to mend it.
    candidates : tuple of str
        Names that exist and are near to the one asked for.
    """

    code: ClassVar[str] = "error"

    def __init__(
        self,
        message: str,
        subject: str = "",
        row: int | None = None,
        expected: str = "",
        found: str = "",
        remedy: str = "",
        candidates: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.subject = subject
        self.row = row
        self.expected = expected
        self.found = found
        self.remedy = remedy
        self.candidates = candidates

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (
            self.message,
            self.subject,
            self.row,
            self.expected,
            self.found,
            self.remedy,
            self.candidates,
        )


class ReadError(IrosurveyError):
    """A file is missing, truncated, or not what it claims to be."""

    code = "read"


class ColumnError(IrosurveyError, KeyError):
    """A column doesn't exist, or has the wrong type for its use."""

    code = "column"


class ArgumentError(IrosurveyError, ValueError):
    """A value of an argument has no meaning."""

    code = "argument"


class DesignError(IrosurveyError):
    """Weights, strata, clusters or fpc contradict each other or themselves."""

    code = "design"


class SingletonError(DesignError):
    """A stratum holds one sampling unit, and no rule for it was named."""

    code = "singleton"


class NumericalError(IrosurveyError, ArithmeticError):
    """An estimate can't be computed from these numbers."""

    code = "numerical"


class DisclosureError(IrosurveyError):
    """Something can't be published without telling of persons, whatever else is hidden."""

    code = "disclosure"


class SpecError(IrosurveyError):
    """An analysis spec is wrong: unknown keys, values, columns, or SQL that can't be read.

    Attributes
    ----------
    problems : tuple of IrosurveyError
        Everything that was found, each with its place in the file.
    """

    code = "spec"
    problems: tuple[IrosurveyError, ...] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        return (*super().__reduce__(), {"problems": self.problems})
