"""Formulas of models: what `y ~ x + C(a) * z` asks for, and what its functions compute."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from irosurvey._complaint import complaint
from irosurvey._core import Frame
from irosurvey.errors import ArgumentError, ColumnError
from irosurvey.parts import LevelValue

__all__ = ["Factor", "Formula", "ModelFrame", "parsed"]

FactorFields: TypeAlias = tuple[str, list[str], list[str], bool, LevelValue | None]
"""A factor of a term as the core takes it."""

# What a formula may call. It is no Python program: a spec from elsewhere can't run code.
_FUNCTIONS = frozenset(
    {"I", "log", "log10", "log2", "exp", "exp10", "exp2"}
    | {"center", "scale", "standardize", "poly", "bs", "cr", "cs", "cc"}
)
_NUMPY = frozenset(
    {"log", "log10", "log2", "log1p", "exp", "expm1", "sqrt", "cbrt", "square", "abs", "sign"}
    | {"floor", "ceil", "round", "minimum", "maximum", "where", "sin", "cos", "tan", "tanh"}
)
_SYNTAX = (
    ast.Expression,
    ast.Load,
    ast.Name,
    ast.Constant,
    ast.Call,
    ast.keyword,
    ast.Attribute,
    ast.BinOp,
    ast.operator,
    ast.UnaryOp,
    ast.unaryop,
    ast.Compare,
    ast.cmpop,
    ast.List,
    ast.Tuple,
)


@dataclass(frozen=True)
class Factor:
    """A part of a term.

    Attributes
    ----------
    name
        As it is told in results: ``x``, ``C(x)``, ``np.log(x)``.
    column
        The column it is, or ``""`` if it is computed.
    categorical
        ``C(…)``; ``None``: as the column's type says.
    reference
        ``ref=`` of ``C(…)``.
    variables
        The columns that it is computed from.
    """

    name: str
    column: str = ""
    categorical: bool | None = False
    reference: LevelValue | None = None
    variables: tuple[str, ...] = ()


@dataclass(frozen=True)
class Formula:
    """A formula taken apart. Terms come in their order, main effects first."""

    text: str
    response: Factor
    terms: tuple[tuple[Factor, ...], ...]
    offset: Factor | None

    def factors(self) -> Iterator[Factor]:
        """Every factor of the right side, each once."""
        yield from dict.fromkeys(factor for term in self.terms for factor in term)

    def computed(self) -> list[Factor]:
        """Factors that are functions of columns."""
        every = [self.response, *self.factors(), *([self.offset] if self.offset else [])]
        return [factor for factor in dict.fromkeys(every) if not factor.column]


@lru_cache(maxsize=256)
def parsed(text: str) -> Formula:
    """Take a formula apart.

    Raises
    ------
    ArgumentError
        If it can't be read, or asks for something that formulas of models don't have.
    """
    import formulaic
    from formulaic.errors import FormulaicError

    try:
        found = formulaic.Formula(text)
        left, right = (
            list(getattr(found, side, ()))
            if hasattr(found, "rhs")
            else list(found) * (side == "rhs")
            for side in ("lhs", "rhs")
        )
    except (FormulaicError, SyntaxError, ValueError) as failure:
        raise complaint(
            ArgumentError,
            f"formula '{text}'",
            expected="a formula such as y ~ x + C(z)",
            found=str(failure).splitlines()[0] if str(failure) else type(failure).__name__,
        ) from failure
    if len(left) != 1 or len(list(left[0].factors)) != 1:
        raise complaint(
            ArgumentError,
            f"formula '{text}'",
            expected="one response to the left of ~",
            found=str(len(left)),
            remedy="Write it as y ~ x + C(z).",
        )
    response = _factor(next(iter(left[0].factors)), text)
    offsets: list[Factor] = []
    terms: list[tuple[Factor, ...]] = []
    for term in right:
        given = list(term.factors)
        calls = [_called(one.expr) for one in given]
        if "offset" in calls:
            if len(given) > 1 or offsets:
                raise complaint(
                    ArgumentError, f"formula '{text}'", expected="one offset, a term of its own"
                )
            offsets.append(_factor_of(_inside(given[0].expr), text))
            continue
        if all(one.expr == "1" for one in given):
            terms.append(())
            continue
        terms.append(tuple(_factor(one, text) for one in given))
    return Formula(text, response, tuple(terms), offsets[0] if offsets else None)


def _factor(given: Any, text: str) -> Factor:
    if given.eval_method.value == "lookup":
        return Factor(given.expr, given.expr, categorical=None)
    if given.eval_method.value == "literal":
        raise complaint(
            ArgumentError,
            f"formula '{text}'",
            expected="columns and functions of them, 1 for an intercept, 0 for none",
            found=given.expr,
        )
    return _factor_of(given.expr, text)


def _factor_of(expression: str, text: str) -> Factor:
    """A factor from its expression: a column, `C(…)` or something computed."""
    plain, names = _without_quotes(expression.strip())
    tree = _tree(plain, expression, text)
    if isinstance(tree, ast.Name):
        column = names.get(tree.id, tree.id)
        return Factor(column, column, categorical=None)
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "C":
        return _levels_of(tree, names, expression, text)
    return Factor(expression, variables=_variables(tree, names, expression, text))


def _levels_of(call: ast.Call, names: dict[str, str], expression: str, text: str) -> Factor:
    """`C(x)` or `C(x, ref=4)`."""
    given = {one.arg: one.value for one in call.keywords}
    reference = given.pop("ref", None)
    if len(call.args) != 1 or not isinstance(call.args[0], ast.Name) or given:
        raise complaint(
            ArgumentError,
            f"'{expression}' in formula '{text}'",
            expected="a column, and its reference if it isn't the first: C(x, ref=4)",
        )
    value: Any = None
    if reference is not None:
        try:
            value = ast.literal_eval(reference)
        except ValueError:
            value = None
        if not isinstance(value, bool | int | float | str):
            raise complaint(
                ArgumentError,
                f"'{expression}' in formula '{text}'",
                expected="a number or a text in quotes as the reference",
                found=ast.unparse(reference),
            )
    column = names.get(call.args[0].id, call.args[0].id)
    return Factor(f"C({column})", column, categorical=True, reference=value)


_QUOTED = re.compile(r"`([^`]+)`")


def _without_quotes(expression: str) -> tuple[str, dict[str, str]]:
    """Columns in backticks under names that Python can read."""
    names: dict[str, str] = {}

    def renamed(match: re.Match[str]) -> str:
        name = f"_quoted_{len(names)}"
        names[name] = match[1]
        return name

    return _QUOTED.sub(renamed, expression), names


def _tree(plain: str, expression: str, text: str) -> ast.expr:
    try:
        tree = ast.parse(plain, mode="eval")
    except SyntaxError as failure:
        raise complaint(
            ArgumentError,
            f"'{expression}' in formula '{text}'",
            expected="a column or a function of columns",
            found=failure.msg or "",
        ) from failure
    for node in ast.walk(tree):
        if not isinstance(node, _SYNTAX) or not _is_offered(node):
            raise complaint(
                ArgumentError,
                f"'{expression}' in formula '{text}'",
                expected="columns, numbers, + - * / ** and comparisons, C(…), offset(…), "
                + ", ".join(sorted(_FUNCTIONS - {"I"}))
                + ", I(…), and np."
                + ", np.".join(sorted(_NUMPY)),
                found=ast.unparse(node),
                remedy="Compute other columns first, and add them with with_columns.",
            )
    return tree.body


def _is_offered(node: ast.AST) -> bool:
    """Whether a part of an expression is what a formula may hold."""
    if isinstance(node, ast.Attribute):
        return isinstance(node.value, ast.Name) and node.value.id == "np" and node.attr in _NUMPY
    if isinstance(node, ast.Call):
        called = node.func
        named = isinstance(called, ast.Name) and called.id in _FUNCTIONS | {"C", "offset"}
        return named or isinstance(called, ast.Attribute)
    return not (isinstance(node, ast.Name) and node.id.startswith("__"))


def _variables(
    tree: ast.expr, names: dict[str, str], expression: str, text: str
) -> tuple[str, ...]:
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = [
        names.get(node.id, node.id)
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and id(node) not in called and node.id != "np"
    ]
    if not found:
        raise complaint(
            ArgumentError,
            f"'{expression}' in formula '{text}'",
            expected="a function of at least one column",
        )
    return tuple(dict.fromkeys(found))


def _called(expression: str) -> str:
    match = re.match(r"\s*(\w+)\s*\(", expression)
    return match[1] if match else ""


def _inside(expression: str) -> str:
    return expression.strip()[len("offset") :].strip()[1:-1]


# ---- on a frame ----


@dataclass
class ModelFrame:
    """A formula bound to a frame: its columns as they are, and those that it computes.

    Attributes
    ----------
    formula
        What is bound.
    frame
        The data, with a column for each that is computed.
    columns
        Of each computed factor: its columns, and what each is called if there are several.
    """

    formula: Formula
    frame: Frame
    columns: dict[Factor, tuple[list[str], list[str]]] = field(default_factory=dict)
    _states: dict[Factor, MutableMapping[Any, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, formula: Formula, frame: Frame, inside: NDArray[np.bool_] | None) -> ModelFrame:
        """Bind a formula; functions are computed over the complete rows `inside` the domain."""
        bound = cls(formula, frame)
        computed = formula.computed()
        if computed:
            bound._compute(computed, inside)
        return bound

    def over(self, frame: Frame) -> Frame:
        """Another frame with the same computed columns, polynomials and splines as they were."""
        other = ModelFrame(self.formula, frame, {}, self._states)
        response = self.formula.response
        factors = [one for one in self.formula.computed() if one != response]
        if factors:
            other._compute(factors, None)
        return other.frame

    def fields(self, factor: Factor) -> FactorFields:
        """A factor as the core takes it."""
        if not factor.column:
            columns, labels = self.columns[factor]
            return factor.name, columns, labels, False, None
        categorical = factor.categorical
        if categorical is None:
            categorical = _is_text(self.frame, factor.column)
        return factor.name, [factor.column], [], categorical, factor.reference

    def column_of(self, factor: Factor) -> str:
        """The one column of a response or an offset."""
        if factor.column:
            return factor.column
        columns, _ = self.columns[factor]
        if len(columns) != 1:
            raise complaint(
                ArgumentError, f"'{factor.name}'", expected="one column", found=str(len(columns))
            )
        return columns[0]

    def _compute(self, factors: Sequence[Factor], inside: NDArray[np.bool_] | None) -> None:
        frame = self.frame
        needed = dict.fromkeys(name for factor in factors for name in factor.variables)
        values = {name: _numbers(frame, name) for name in needed}
        kept = np.ones(frame.rows, dtype=bool) if inside is None else inside.copy()
        for name in values:
            kept &= ~np.isnan(values[name])
        if inside is not None:
            for factor in (self.formula.response, *self.formula.factors()):
                if factor.column and factor.column not in values:
                    kept &= _present(frame, factor.column)
        some = {name: column[kept] for name, column in values.items()}
        for factor in factors:
            found = _evaluated(factor, some, self._states.setdefault(factor, {}))
            names = []
            for label, numbers in found.items():
                column = np.full(frame.rows, np.nan)
                column[kept] = numbers
                name = factor.name + (f"[{label}]" if len(found) > 1 else "")
                names.append(name)
                self.frame = self.frame.with_column(name, column)
            self.columns[factor] = names, list(found) if len(found) > 1 else []


def _is_text(frame: Frame, name: str) -> bool:
    """Whether a column of this type is a factor without being told so."""
    return frame[name].arrow_format not in tuple("bcCsSiIlLefg")


def _numbers(frame: Frame, name: str) -> NDArray[np.float64]:
    column = frame[name]
    if _is_text(frame, name):
        raise complaint(
            ColumnError,
            f"column '{name}' in a function",
            expected="numbers or booleans",
            found=column.arrow_format,
        )
    return np.asarray(column.to_numpy(), dtype=np.float64)


def _present(frame: Frame, name: str) -> NDArray[np.bool_]:
    return np.asarray(frame[name].to_arrow().combine_chunks().is_valid(), dtype=bool)


def _evaluated(
    factor: Factor, values: dict[str, NDArray[np.float64]], state: MutableMapping[Any, Any]
) -> dict[str, NDArray[np.float64]]:
    """The columns that an expression gives, by their labels."""
    from formulaic.errors import FormulaicError
    from formulaic.transforms import TRANSFORMS
    from formulaic.utils.layered_mapping import LayeredMapping
    from formulaic.utils.stateful_transforms import stateful_eval

    plain, names = _without_quotes(factor.name)
    data = {**values, **{new: values[old] for new, old in names.items()}}
    try:
        with np.errstate(all="ignore"):
            found = stateful_eval(plain, LayeredMapping(data, TRANSFORMS), {}, state, None)
    except (FormulaicError, ArithmeticError, TypeError, ValueError, KeyError) as failure:
        raise complaint(
            ArgumentError,
            f"'{factor.name}'",
            expected="an expression that can be computed",
            found=str(failure),
        ) from failure
    found = getattr(found, "__wrapped__", found)
    if isinstance(found, dict):
        return {str(label): _finite(factor, column) for label, column in found.items()}
    array = np.asarray(found)
    if array.ndim == 2:
        return {str(place + 1): _finite(factor, array[:, place]) for place in range(array.shape[1])}
    return {"": _finite(factor, array)}


def _finite(factor: Factor, column: Any) -> NDArray[np.float64]:
    """Numbers; what has no value, such as the logarithm of 0, is an error rather than missing."""
    numbers = np.asarray(column, dtype=np.float64)
    if not np.isfinite(numbers).all():
        raise complaint(
            ArgumentError,
            f"'{factor.name}'",
            expected="a finite value in every row of the model",
            found="none in some",
            remedy="Leave those rows out of the domain.",
        )
    return numbers
