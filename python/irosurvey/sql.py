"""SQL in its place: one condition gives a mask, one expression a column."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from irosurvey._complaint import complaint
from irosurvey.errors import ArgumentError, ColumnError, IrosurveyError
from irosurvey.sql_words import as_answer_of, is_text

if TYPE_CHECKING:
    from irosurvey import _core
    from irosurvey._core import Frame
    from irosurvey.parts import LevelValue

__all__ = [
    "check_expression",
    "column_of",
    "condition_mask",
    "expression_tree",
    "mask_of",
    "with_condition_columns",
    "with_conditions",
]

Mask: TypeAlias = NDArray[np.uint8]

# An expression runs in a database of its own that holds nothing but the columns it names and can
# reach nothing else: no files, no network, no extensions, no Python variables, no other settings.
_LOCKED = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_unsigned_extensions": "false",
    "python_enable_replacements": "false",
    "memory_limit": "1GB",
    "max_temp_directory_size": "0B",
    "threads": "1",  # rows keep their order whatever the version
}
# What isn't a number is missing: a division by zero, 0/0, the logarithm of nothing.
_MISSING_NOT_NAN = {"ieee_floating_point_ops": "false", "error_on_division_by_zero": "false"}

_TABLE = "frame"
_PREFIX = "SELECT\n"
_SUFFIX = f"\nFROM {_TABLE}"
_LONGEST = 20_000
# Seconds after which a computation is stopped: some patterns of LIKE cost more than data are worth.
_PATIENCE = 120.0
# Text that a row's answer may hold. Columns made of columns could double it line by line.
_LONGEST_TEXT = 100_000


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Scalar, deterministic, and no answer much larger than what goes in: no repeat, no lpad, no
# replace, no now.
_FUNCTIONS = _words(
    """
    + - * / // % ** ^ & | ~ << >> @ || ~~ !~~ ~~* !~~* ~~~ like_escape not_like_escape ilike_escape
    not_ilike_escape regexp_matches regexp_full_match
    abs ceil ceiling exp floor greatest isfinite isinf isnan least ln log log10 log2 mod pow power
    round sign sqrt trunc xor
    add subtract multiply divide
    coalesce ifnull nullif concat contains ends_with instr lcase left length lower ltrim position
    prefix regexp_extract right rtrim split_part starts_with strlen strpos substr substring suffix
    trim ucase upper
    date_diff date_part date_sub date_trunc datediff datepart datesub datetrunc day dayofmonth
    dayofweek dayofyear isodow isoyear make_date month quarter to_days to_months to_weeks to_years
    week weekday weekofyear year
    """
)
_CLASSES = _words(
    "BETWEEN CASE CAST COLUMN_REF COMPARISON CONJUNCTION CONSTANT FUNCTION OPERATOR TYPE"
)
_OPERATORS = _words(
    """
    COMPARE_IN COMPARE_NOT_IN OPERATOR_COALESCE OPERATOR_IS_NOT_NULL OPERATOR_IS_NULL OPERATOR_NOT
    """
)
_TYPES = _words(
    """
    bigint bool boolean char bpchar date dec decimal double float float4 float8 hugeint int int1
    int2 int4 int8 integer interval logical long numeric real short signed smallint string text
    time timestamp tinyint ubigint uinteger usmallint utinyint varchar
    """
)
_REFUSED = {
    "SUBQUERY": "a subquery",
    "WINDOW": "a window function",
    "STAR": "*",
    "LAMBDA": "a lambda",
    "PARAMETER": "a parameter",
    "COLLATE": "a collation",
}


def mask_of(frame: Frame, where: object) -> Mask:
    """One byte a row: 1 inside the domain, 0 outside; what is missing is outside.

    Parameters
    ----------
    frame
        The data.
    where
        The name of a boolean column, an SQL condition, or booleans one a row (NumPy, pandas,
        polars, Arrow, a list; ``None`` is outside).

    Raises
    ------
    ArgumentError
        If it is no condition, or its length isn't that of the data.
    ColumnError
        If it names a column that doesn't exist; near names are listed.
    """
    if isinstance(where, str):
        if where in frame:
            column = frame[where]
            if column.arrow_format == "b":
                return column.true_rows()
            return _from_booleans(column.to_arrow(), frame.rows, f"where: column '{where}'")
        return condition_mask(frame, where)
    return _from_booleans(where, frame.rows, "where")


def with_conditions(design: _core.Design, statistics: Sequence[_core.Statistic]) -> _core.Design:
    """The design with a boolean column for every SQL condition that a total's domain is.

    A condition's column has the condition's text as its name; it is there for the one question.
    """
    frame = design.frame
    more = with_condition_columns(frame, statistics)
    return design if more is frame else design.with_frame(more)


def with_condition_columns(frame: Frame, statistics: Sequence[_core.Statistic]) -> Frame:
    """The data with those columns."""
    conditions = [
        condition
        for statistic in statistics
        for condition, levels in statistic.memberships
        if not levels and condition not in frame
    ]
    for condition in dict.fromkeys(conditions):
        frame = frame.with_column(condition, condition_mask(frame, condition).astype(bool))
    return frame


def _from_booleans(values: Any, rows: int, subject: str) -> Mask:
    array = _boolean_array(values, subject)
    if len(array) != rows:
        raise complaint(
            ArgumentError,
            subject,
            expected=f"{rows} values, one for each row of the data",
            found=str(len(array)),
            remedy="The condition must come from the data that the design was declared on.",
        )
    return _bytes_of(array)


def _bytes_of(booleans: pa.ChunkedArray) -> Mask:
    # Neither fill_null nor to_numpy: they make pyarrow import pandas, a quarter of a second.
    inside = pyarrow.compute.and_kleene(booleans.is_valid(), booleans).cast(pa.uint8())
    parts = [
        np.frombuffer(chunk.buffers()[1], np.uint8, len(chunk), chunk.offset)
        for chunk in inside.chunks
        if len(chunk) > 0
    ]
    return parts[0] if len(parts) == 1 else np.concatenate([np.zeros(0, np.uint8), *parts])


def _boolean_array(values: Any, subject: str) -> pa.ChunkedArray:
    if isinstance(values, np.ma.MaskedArray):
        values = pa.array(np.asarray(values.data), mask=np.ma.getmaskarray(values))
    try:
        if isinstance(values, pa.ChunkedArray):
            array = values
        elif hasattr(values, "__arrow_c_stream__"):
            array = pa.chunked_array(values)
        else:
            array = pa.chunked_array([pa.array(values, from_pandas=True)])
    except (pa.ArrowException, TypeError, ValueError) as failure:
        raise _no_condition(subject, type(values).__name__) from failure
    if pa.types.is_null(array.type):
        array = array.cast(pa.bool_())
    if not pa.types.is_boolean(array.type):
        raise _no_condition(subject, str(array.type))
    return array


def _no_condition(subject: str, found: str) -> ArgumentError:
    return complaint(
        ArgumentError,
        subject,
        expected="true or false for each row",
        found=found,
        remedy='Compare it with something, as in where="caseload > 70".',
    )


class _Asked(NamedTuple):
    """What the words of an error are about."""

    subject: str
    expected: str


def condition_mask(frame: Frame, condition: str, subject: str = "where") -> Mask:
    """Mask of an SQL condition over the columns of a frame, run by DuckDB.

    Exactly one expression is accepted, made of columns, constants, comparisons, arithmetic,
    ``CASE``, casts and a list of harmless functions. User-missing codes are NULL, and so is NaN.
    """
    asked = _Asked(subject, "one SQL condition over the columns of the data")
    values = _evaluated(frame, condition, asked)
    if not pa.types.is_boolean(values.type):
        raise _no_condition(subject, f"{values.type} values")
    return _bytes_of(values)


def column_of(frame: Frame, expression: str, subject: str) -> pa.ChunkedArray:
    """Values of an SQL expression over the columns of a frame, one a row, run by DuckDB.

    What is accepted is what :func:`condition_mask` accepts; the answer may be numbers, text,
    booleans or dates. Decimals become floating-point numbers.
    """
    asked = _Asked(subject, "one SQL expression over the columns of the data")
    values = _evaluated(frame, expression, asked)
    return values.cast(pa.float64()) if pa.types.is_decimal(values.type) else values


def check_expression(frame: Frame, expression: str, subject: str) -> None:
    """Raise what is wrong with an expression, without running it."""
    asked = _Asked(subject, "one SQL expression over the columns of the data")
    with closing(duckdb.connect(":memory:", config=dict(_LOCKED))) as database:
        _Expression(expression, database, asked).column_names(frame)


def expression_tree(text: str, subject: str) -> dict[str, Any]:
    """An expression as DuckDB's parser reads it, without data.

    What names no column is replaced by ``{"class": "VALUE", "value": …}``: `-1`, `CAST('3' AS
    INTEGER)` and `17 + 1` are known by themselves.

    Raises
    ------
    ArgumentError
        If it isn't one expression of the kind that :func:`condition_mask` accepts.
    """
    asked = _Asked(subject, "one SQL expression")
    with closing(duckdb.connect(":memory:", config=dict(_LOCKED))) as database:
        expression = _Expression(text, database, asked)
        shell = expression.shell()
        try:
            found: dict[str, Any] = _with_values(expression.tree, shell, database)
        except duckdb.Error as failure:
            raise complaint(
                ArgumentError, subject, expected=asked.expected, found=_first_line(failure)
            ) from failure
        return found


def _with_values(part: Any, shell: dict[str, Any], database: duckdb.DuckDBPyConnection) -> Any:
    if isinstance(part, list):
        return [_with_values(one, shell, database) for one in part]
    if not isinstance(part, dict) or part.get("class") == "TYPE":
        return part
    if "class" not in part or any(node["class"] == "COLUMN_REF" for node in _nodes(part)):
        return {name: _with_values(one, shell, database) for name, one in part.items()}
    shell["statements"][0]["node"]["select_list"] = [part]
    row = database.execute(
        "SELECT * FROM json_execute_serialized_sql(?::VARCHAR)", [json.dumps(shell)]
    ).fetchone()
    assert row is not None
    return {"class": "VALUE", "value": row[0]}


def _evaluated(frame: Frame, text: str, asked: _Asked) -> pa.ChunkedArray:
    with closing(duckdb.connect(":memory:", config=dict(_LOCKED))) as database:
        names = _Expression(text, database, asked).column_names(frame)
        _show(frame, names, database)
        watch = _Watch(database)
        try:
            with watch:
                return pa.table(database.sql(_PREFIX + text + _SUFFIX)).column(0)
        # Rows after the first come as an Arrow stream, whose errors are the system's.
        except (duckdb.Error, pa.ArrowException, OSError) as failure:
            if not watch.barked:
                raise _failed(frame, names, failure, asked) from failure
            raise complaint(
                ArgumentError,
                asked.subject,
                expected="SQL that can be evaluated for every row",
                found=f"a computation of more than {_PATIENCE:g} seconds, which was stopped",
                remedy="Make the column elsewhere, and add it to the data.",
            ) from failure


class _Watch:
    """Interrupts a database that works for too long, between one block of rows and the next."""

    def __init__(self, database: duckdb.DuckDBPyConnection) -> None:
        self._database = database
        self._timer = threading.Timer(_PATIENCE, self._bark)
        self._timer.daemon = True
        self.barked = False

    def _bark(self) -> None:
        self.barked = True
        self._database.interrupt()

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *failure: object) -> None:
        self._timer.cancel()


def _show(frame: Frame, names: Sequence[str], database: duckdb.DuckDBPyConnection) -> None:
    """Give the database one view, of the columns named and without NaN, and lock it."""
    for setting, value in _MISSING_NOT_NAN.items():
        known = "SELECT count(*) FROM duckdb_settings() WHERE name = ?"
        if database.execute(known, [setting]).fetchone() == (1,):
            database.execute(f"SET {setting} = {value}")
    # A condition without columns needs rows all the same.
    columns = {name: frame[name].to_arrow() for name in names or frame.names[:1]}
    table = pa.table(list(columns.values()), names=list(columns))
    database.register("given", table)
    shown = ", ".join(_without_nan(field) for field in table.schema)
    database.execute(f"CREATE TEMP VIEW {_TABLE} AS SELECT {shown} FROM given")
    database.execute("SET lock_configuration = true")


def _without_nan(field: pa.Field) -> str:
    name = _quoted(field.name)
    if not pa.types.is_floating(field.type):
        return name
    return f"CASE WHEN isnan({name}) THEN NULL ELSE {name} END AS {name}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class _Column(NamedTuple):
    name: str
    position: int


class _Expression:
    """An expression as DuckDB's own parser reads it, checked node by node before anything runs."""

    def __init__(self, text: str, database: duckdb.DuckDBPyConnection, asked: _Asked) -> None:
        self._text = text
        self._database = database
        self._asked = asked
        if not text.strip():
            raise self._refusal("an empty text")
        if len(text) > _LONGEST:
            raise self._refusal(f"{len(text)} characters, more than {_LONGEST}")
        self._columns: list[_Column] = []
        self._compared: dict[str, list[str]] = {}
        self.tree = self._expression()
        self._check(self.tree)

    def shell(self) -> dict[str, Any]:
        """A statement that asks for one constant, to put another in its place."""
        row = self._database.execute("SELECT json_serialize_sql('SELECT NULL')").fetchone()
        assert row is not None
        answer: dict[str, Any] = json.loads(row[0])
        return answer

    def column_names(self, frame: Frame) -> list[str]:
        """The columns it names, each once; every one is in the frame."""
        names = list(dict.fromkeys(column.name for column in self._columns))
        for column in self._columns:
            if column.name not in frame:
                raise self._unknown(frame, column)
        folded: dict[str, str] = {}
        for name in names:
            if (other := folded.setdefault(name.casefold(), name)) != name:
                raise complaint(
                    ColumnError,
                    self._asked.subject,
                    found=f"'{other}' and '{name}', which SQL can't tell apart",
                    remedy="Rename one of the columns.",
                )
        self._require_short_texts(frame, names)
        return names

    def _require_short_texts(self, frame: Frame, names: Sequence[str]) -> None:
        """No answer can be longer than all the texts that go into it: nothing allowed repeats."""
        longest = {name: _longest_text(frame, name) for name in names}
        bound = sum(longest[column.name] for column in self._columns)
        if bound > _LONGEST_TEXT:
            raise self._refusal(
                f"columns whose texts have up to {bound} characters together, "
                f"more than {_LONGEST_TEXT}"
            )

    def _expression(self) -> dict[str, Any]:
        """The tree of the one expression; everything around it must be what we put there."""
        node = self._parsed(self._text)
        frame = self._parsed("TRUE")
        expressions = node.pop("select_list", None)
        frame.pop("select_list")
        if _without_positions(node) != _without_positions(frame) or len(expressions or ()) != 1:
            raise self._refusal("more than one expression")
        expression: dict[str, Any] = expressions[0]
        if expression.get("alias"):
            raise self._refusal(
                "a name given with AS", remedy="A text of several words stands in 'single quotes'."
            )
        return expression

    def _parsed(self, text: str) -> dict[str, Any]:
        try:
            row = self._database.execute(
                "SELECT json_serialize_sql(?::VARCHAR)", [_PREFIX + text + _SUFFIX]
            ).fetchone()
        except duckdb.Error as failure:
            raise self._refusal(_first_line(failure)) from failure
        assert row is not None
        try:
            answer = json.loads(row[0])
        except RecursionError as failure:
            raise self._refusal("brackets nested too deep") from failure
        if answer.get("error"):
            raise self._syntax_error(answer)
        statements = answer["statements"]
        if len(statements) != 1 or statements[0].get("named_param_map"):
            raise self._refusal("more than one expression")
        node: dict[str, Any] = statements[0]["node"]
        return node

    def _check(self, expression: dict[str, Any]) -> None:
        for node in _nodes(expression):
            kind = node["class"]
            if kind not in _CLASSES:
                raise self._refusal(_REFUSED.get(kind, kind.lower().replace("_", " ")), node)
            if kind == "OPERATOR" and node["type"] not in _OPERATORS:
                raise self._refusal(str(node["type"]).lower().replace("_", " "), node)
            if kind == "FUNCTION":
                self._check_function(node)
            elif kind == "CAST":
                self._check_type(node)
            elif kind == "COLUMN_REF":
                self._note_column(node)
            if kind in ("COMPARISON", "OPERATOR", "BETWEEN"):
                self._note_compared(node)

    def _check_function(self, node: dict[str, Any]) -> None:
        name = str(node["function_name"])
        plain = not (node.get("schema") or node.get("catalog") or node.get("filter"))
        if name.lower() not in _FUNCTIONS or not plain or node.get("distinct"):
            raise self._refusal(
                f"the function {name}()",
                node,
                "These can be used: "
                + ", ".join(sorted(each for each in _FUNCTIONS if each.isidentifier()))
                + ".",
            )

    def _check_type(self, node: dict[str, Any]) -> None:
        kind = node.get("type_expr") or node.get("cast_type") or {}
        name = str(kind.get("type_name") or kind.get("id") or "")
        if name.lower() not in _TYPES:
            raise self._refusal(f"a cast to {name or 'another type'}", node)

    def _note_column(self, node: dict[str, Any]) -> None:
        names = node["column_names"]
        if len(names) != 1:
            raise self._refusal(
                f"'{'.'.join(names)}'",
                node,
                "Put a column's name that holds a point in double quotes.",
            )
        self._columns.append(_Column(names[0], self._position(node.get("query_location"))))

    def _note_compared(self, node: dict[str, Any]) -> None:
        """Which names are compared with each other: one that is no column may be an answer."""
        names = [
            part["column_names"][0]
            for part in (*node.get("children", ()), *node.values())
            if isinstance(part, dict) and part.get("class") == "COLUMN_REF"
        ]
        for name in names:
            self._compared.setdefault(name, []).extend(other for other in names if other != name)

    def _position(self, location: object) -> int:
        """Place in the condition, counted in characters from 1; 0 if it isn't known."""
        if not isinstance(location, int | str) or int(location) > len(self._text) * 4 + 100:
            return 0
        before = (_PREFIX + self._text).encode()[: int(location)]
        return max(len(before.decode(errors="ignore")) - len(_PREFIX), 0) + 1

    def _refusal(
        self, found: str, node: dict[str, Any] | None = None, remedy: str = ""
    ) -> ArgumentError:
        at = self._position(node.get("query_location")) if node else 0
        return complaint(
            ArgumentError,
            self._asked.subject,
            expected=self._asked.expected,
            found=found + (f" at character {at}" if at else ""),
            remedy=remedy,
        )

    def _syntax_error(self, answer: dict[str, Any]) -> ArgumentError:
        at = self._position(answer.get("position"))
        message = str(answer.get("error_message", "a syntax error"))
        if at > len(self._text):
            message, at = "an end before it is complete", len(self._text)
        return complaint(
            ArgumentError,
            self._asked.subject,
            expected=self._asked.expected,
            found=message + (f" at character {at}" if at else ""),
            remedy="Equality is =, text stands in 'single quotes', and a column's name that isn't "
            'a plain word in "double quotes".',
        )

    def _unknown(self, frame: Frame, column: _Column) -> ColumnError:
        at = f" at character {column.position}" if column.position else ""
        quoted = f'"{column.name}"' in self._text
        known = [other for other in self._compared.get(column.name, ()) if other in frame]
        meant = [as_answer_of(frame, other, column.name) for other in known]
        return complaint(
            ColumnError,
            self._asked.subject,
            expected="a column of the data",
            found=f"'{column.name}'{at}",
            remedy=next(filter(None, meant), "Text stands in 'single quotes'." if quoted else ""),
            name=column.name,
            existing=frame.names,
        )


def _nodes(tree: object) -> Iterator[dict[str, Any]]:
    """Every expression node of a parse tree, however deep."""
    waiting = [tree]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if "class" in part:
                yield part
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)


def _without_positions(tree: object) -> object:
    if isinstance(tree, dict):
        return {
            key: _without_positions(value)
            for key, value in tree.items()
            if not key.startswith("query_location")
        }
    return [_without_positions(part) for part in tree] if isinstance(tree, list) else tree


def _first_line(failure: BaseException) -> str:
    return re.sub(r"^\w[\w ]*Error: ", "", str(failure).strip().splitlines()[0])


def _longest_text(frame: Frame, name: str) -> int:
    values = frame[name].to_arrow()
    if pa.types.is_dictionary(values.type):
        values = pa.chunked_array(
            [chunk.dictionary for chunk in values.chunks], values.type.value_type
        )
    if not is_text(values.type):
        return 0
    longest: int | None = pa.compute.max(
        pa.compute.binary_length(values.cast(pa.large_string()))
    ).as_py()
    return longest or 0


def _failed(
    frame: Frame, names: Sequence[str], failure: BaseException, asked: _Asked
) -> IrosurveyError:
    labelled = [name for name in names if frame[name].value_labels]
    remedy = ""
    text = re.search(r"Could not convert string '(.*)' to ", str(failure))
    meant = [as_answer_of(frame, name, text[1]) for name in labelled] if text else []
    if any(meant):
        remedy = next(filter(None, meant))
    elif "Could not convert" in str(failure) and labelled:
        codes = "; ".join(
            f"'{name}' holds " + ", ".join(f"{k} = {v}" for k, v in _few(frame, name))
            for name in labelled
        )
        remedy = f"A column with value labels holds its codes: {codes}."
    return complaint(
        ArgumentError,
        asked.subject,
        expected="SQL that can be evaluated for every row",
        found=_first_line(failure),
        remedy=remedy,
    )


def _few(frame: Frame, name: str) -> list[tuple[LevelValue, str]]:
    return list(frame[name].value_labels.items())[:6]
