"""What is wrong with the arguments of a call that failed, in the words of the library's errors.

A public function that is given something of another kind than its annotations say may fail deep
inside, in the words of another library. Its arguments are looked at then, and not before: a call
that is right pays nothing, and checks that know more about an argument speak first.
"""

from __future__ import annotations

import builtins
import inspect
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from itertools import islice
from numbers import Real
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import numpy as np

from irosurvey import _arguments
from irosurvey._complaint import complaint
from irosurvey.errors import ArgumentError, IrosurveyError

__all__ = ["checked", "checked_methods", "found_text"]

_Function = TypeVar("_Function", bound=Callable[..., Any])
_Kind = TypeVar("_Kind", bound=type)

_FOREIGN = (
    TypeError,
    ValueError,
    AttributeError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    OSError,
)
"""What Python, NumPy, Arrow and pybind11 say of arguments that they can't use."""

# Elements of a list that are looked at: enough to find what a person wrote wrong.
_MOST = 10_000


def checked(function: _Function) -> _Function:
    """The same function, whose failures name an argument of the wrong kind where there is one."""
    ours, theirs, wrong_argument = IrosurveyError, _FOREIGN, _wrong_argument

    def call(*given: Any, **named: Any) -> Any:
        try:
            return function(*given, **named)
        except ours:
            raise
        except theirs as failure:
            wrong = wrong_argument(function, given, named)
            if wrong is None:
                raise
            raise wrong from failure

    # With the globals of its module: doctest finds examples in functions that have them.
    own = types.FunctionType(
        call.__code__, function.__globals__, call.__name__, None, call.__closure__
    )
    return typing.cast(_Function, wraps(function)(own))


def checked_methods(kind: _Kind) -> _Kind:
    """The same class, its public methods checked."""
    for name, member in list(vars(kind).items()):
        if name.startswith("_") and name not in ("__init__", "__getitem__"):
            continue
        if isinstance(member, classmethod | staticmethod):
            setattr(kind, name, type(member)(checked(member.__func__)))
        elif inspect.isfunction(member):
            setattr(kind, name, checked(member))
    return kind


def _wrong_argument(
    function: Callable[..., Any], given: tuple[Any, ...], named: Mapping[str, Any]
) -> ArgumentError | None:
    try:
        bound = inspect.signature(function).bind(*given, **named)
    except TypeError:
        return None  # too few, too many, or an unknown name: Python's own words say it best
    for name, hint, value in _arguments_of(function, bound):
        if not _is(value, hint):
            return complaint(ArgumentError, name, expected=_words(hint), found=found_text(value))
    return None


def _arguments_of(
    function: Callable[..., Any], bound: inspect.BoundArguments
) -> Iterator[tuple[str, Any, Any]]:
    """Name, kind by annotation, and value; each of those that `*` takes."""
    for name, value in bound.arguments.items():
        parameter = bound.signature.parameters[name]
        hint = _hint(parameter.annotation, function)
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            yield from ((name, hint, one) for one in value)
        elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
            yield from ((key, hint, one) for key, one in value.items())
        else:
            yield name, hint, value


def _hint(annotation: Any, function: Callable[..., Any]) -> Any:
    """The kind that an annotation names; anything, where that is known to type checkers alone."""
    if annotation is inspect.Parameter.empty:
        return Any
    if not isinstance(annotation, str):
        return annotation
    try:
        return eval(annotation, {}, _Names(function.__globals__))
    except (AttributeError, TypeError):
        return Any


class _Names(dict[str, Any]):
    """Names of a module; those that it imports for type checkers alone stand for anything."""

    def __missing__(self, name: str) -> Any:
        return getattr(builtins, name, Any)


def _is(value: Any, hint: Any) -> bool:
    """Whether a value is of the kind; of a list, whether its elements are."""
    if hint is Any:
        return True
    if isinstance(value, np.generic):
        value = value.item()
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return any(_is(value, one) for one in get_args(hint))
    if hint is None or hint is types.NoneType:
        return value is None
    if hint is str:
        return _arguments.is_text(value)
    if hint in (int, float):
        return isinstance(value, Real) and not isinstance(value, bool) and _fits(value, hint)
    if origin is Literal:
        # Which names there are is for those to say who know them.
        names = [one for one in get_args(hint) if isinstance(one, str)]
        known = any(type(value) is type(one) and value == one for one in get_args(hint))
        return known or (bool(names) and _arguments.is_text(value))
    if isinstance(origin, type) and not issubclass(origin, np.ndarray):
        return _is_filled(value, origin, get_args(hint))
    return not isinstance(hint, type) or isinstance(value, hint)


def _is_filled(value: Any, origin: type, arguments: tuple[Any, ...]) -> bool:
    """Whether a value is a container, or a function, of such things."""
    if issubclass(origin, Mapping):
        if not hasattr(value, "items") or not callable(value.items):
            return False
        pairs = islice(value.items(), _MOST)
        return all(_is(key, arguments[0]) and _is(one, arguments[1]) for key, one in pairs)
    if not issubclass(origin, Iterable):
        return isinstance(value, origin)
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        return False
    elements = list(islice(value, _MOST))
    if origin is tuple and ... not in arguments:
        return len(elements) == len(arguments) and all(map(_is, elements, arguments))
    return all(_is(one, arguments[0]) for one in elements)


def _fits(value: Any, kind: type) -> bool:
    """Whether a number is a double, or a whole number of 64 bits."""
    try:
        number = float(value)
    except OverflowError:
        return False
    return kind is float or (number.is_integer() and -(2**63) <= int(value) < 2**63)


def found_text(value: Any) -> str:
    """What was given: a short thing itself, of anything else its kind."""
    shown = repr(value)
    is_short = len(shown) <= 80 and "\n" not in shown and " object at 0x" not in shown
    return shown if is_short else f"{type(value).__name__}: {shown[:60]!r}…"


_ONE = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "True or False",
    types.NoneType: "None",
    Any: "anything",
}
_SEVERAL = {str: "texts", int: "whole numbers", float: "numbers", Any: "anything"}
_A_LEVEL = {bool, int, float, str}


def _words(hint: Any, *, several: bool = False) -> str:
    """A kind in words, or several things of it."""
    origin = get_origin(hint)
    if hint in _ONE:
        return _SEVERAL.get(hint, _ONE[hint]) if several else _ONE[hint]
    if origin in (Union, types.UnionType):
        kinds = [one for one in get_args(hint) if one is not types.NoneType]
        words = [_words(one, several=several) for one in kinds if one not in _A_LEVEL]
        if set(kinds) >= _A_LEVEL:
            words.insert(0, "codes or labels" if several else "a code or a label")
        else:
            words = [_words(one, several=several) for one in kinds]
        return " or ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)
    if origin is Literal:
        return "one of " + ", ".join(repr(one) for one in get_args(hint))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        key, value = get_args(hint)
        return f"a mapping from {_words(key, several=True)} to {_words(value, several=True)}"
    if isinstance(origin, type) and issubclass(origin, Iterable):
        return f"a list of {_words(get_args(hint)[0], several=True)}"
    return "a function" if origin is not None else str(getattr(hint, "__name__", hint))
