"""Where a result's rows come from: who was asked, who is outside, who didn't answer.

A result holds numbers only. What may be published of it depends on counts that it doesn't hold, the
unweighted numerators of shares among them: they are counted when somebody wants to know.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from irosurvey import _core
from irosurvey.expr import T

if TYPE_CHECKING:
    from irosurvey.parts import Level, StatisticInfo

__all__ = [
    "AnswerSet",
    "AnyOrigin",
    "Counted",
    "Known",
    "Origin",
    "Rows",
    "code_text",
    "is_set",
    "set_name",
]

MOST_VALUES = 10
"""A column of no more values, no further apart than this, is a scale: readers know its ends."""

Mask: TypeAlias = NDArray[np.uint8]
Cell: TypeAlias = "tuple[Level, ...]"


def code_text(value: object) -> str:
    """A code as text: 1 and 1.0 are one code, as everywhere."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


@dataclass(frozen=True)
class Rows:
    """What became of the rows of a design, in rows and in weight.

    Attributes
    ----------
    read
        Rows of the design, and their weight.
    unweighted
        Rows of weight 0, which no base counts.
    outside
        Rows outside the domain.
    missing
        Rows in the domain without an answer, by the first column that lacks it and why.
    used
        Rows that the result rests on.
    """

    read: tuple[int, float]
    unweighted: tuple[int, float]
    outside: tuple[int, float]
    missing: Mapping[str, tuple[int, float]]
    used: tuple[int, float]


@dataclass(frozen=True)
class AnswerSet:
    """A question to which people may give several answers.

    Attributes
    ----------
    columns
        A column for each answer, or for the first answer given, the second and so on.
    counted
        Codes, as text, that say that an answer was chosen; none: columns hold the answers' codes.
    answers
        Of a categorical set: codes that are answers, as text; none: all.
    respondents
        Who is one: ``"any"``, ``"valid"``, ``"complete"``, ``"all"``.
    """

    columns: tuple[str, ...]
    counted: tuple[str, ...]
    answers: tuple[str, ...]
    respondents: str

    @property
    def name(self) -> str:
        """What keys of counts call it."""
        return set_name(self.columns, self.respondents)


def set_name(columns: Sequence[str], respondents: str) -> str:
    """What keys of counts call a set of answers."""
    return f"[{', '.join(columns)}: {respondents}]"


def is_set(name: str) -> bool:
    """Whether a key names a set of answers, whose codes don't exclude each other."""
    return name.startswith("[") and name.endswith("]")


@dataclass(frozen=True, eq=False)
class Origin:
    """What a result was asked of.

    Attributes
    ----------
    design
        The core's design.
    mask
        The domain, a byte a row; ``None``: every row.
    where
        The domain in words, if it was asked in words.
    asked
        The questions; empty where there are no shares among them.
    missing
        The rule for missing values.
    variables
        Every column that the questions are about.
    by
        Columns that divide the domain.
    answers
        The set, of a question with several answers.
    """

    design: _core.Design
    mask: Mask | None
    where: str
    asked: tuple[_core.Statistic, ...]
    missing: str
    variables: tuple[str, ...]
    by: tuple[str, ...]
    answers: AnswerSet | None = None

    @cached_property
    def domain(self) -> str:
        """What tells this domain from others: equal for equal rows, however they were named."""
        if self.mask is None or bool(np.all(self.mask != 0)):
            return "" if self.missing != "listwise" else "listwise " + self._listwise_name
        packed = np.packbits(self.mask != 0)
        name = hashlib.blake2b(packed.tobytes(), digest_size=8).hexdigest()
        return name if self.missing != "listwise" else f"{name} listwise {self._listwise_name}"

    @property
    def _listwise_name(self) -> str:
        return ",".join(sorted({*self.variables, *self.by}))

    @cached_property
    def population(self) -> str:
        """What tells the rows of this design from those of others.

        Columns that were added and weights that were calibrated change nobody; two files that have
        neither label nor size of their own are told apart by the counts that contradict each other.
        """
        counted = np.asarray(self.design.weights) > 0
        name = hashlib.blake2b(np.packbits(counted).tobytes(), digest_size=4).hexdigest()
        label = self.design.frame.label
        return f"{label or 'data'} ({counted.size} rows, {name})"

    # ---- counts ----

    def events(
        self, statistics: Sequence[StatisticInfo], cells: Sequence[Cell], rows: NDArray[np.void]
    ) -> NDArray[np.int64]:
        """Unweighted numerators of shares; -1 where a row is no share of levels of a column.

        Parameters
        ----------
        statistics, cells, rows
            Of the result.
        """
        if self.answers is not None:
            return self._events_of_answers(self.answers, statistics, cells, rows)
        found = np.full(len(rows), -1, dtype=np.int64)
        counted: dict[str, Mapping[tuple[object, ...], int]] = {}
        for place, row in enumerate(rows):
            info = statistics[int(row["statistic"])]
            levels = self.levels_of(info)
            if levels is None:
                continue
            variable = info.variables[0]
            if variable not in counted:
                counted[variable] = self._count_by([*self.by, variable])
            cell = tuple(level.value for level in cells[int(row["cell"])])
            found[place] = sum(counted[variable].get((*cell, code), 0) for code in set(levels))
        return found

    def _events_of_answers(
        self,
        answers: AnswerSet,
        statistics: Sequence[StatisticInfo],
        cells: Sequence[Cell],
        rows: NDArray[np.void],
    ) -> NDArray[np.int64]:
        """How many respondents chose each answer; -1 where we wouldn't count the base alike."""
        found = np.full(len(rows), -1, dtype=np.int64)
        for place, row in enumerate(rows):
            info = statistics[int(row["statistic"])]
            if info.name != "multiple response" or info.level is None:
                continue
            by = [
                (name, (code_text(level.value),))
                for name, level in zip(self.by, cells[int(row["cell"])], strict=True)
            ]
            respondents = self.rows_in([*by, (answers.name, ())])
            chosen = self.rows_in([*by, (answers.name, (code_text(info.level.value),))])
            if respondents is None or chosen is None or respondents.sum() != row["n"]:
                continue
            found[place] = int(chosen.sum())
        return found

    def levels_of(self, info: StatisticInfo) -> Sequence[object] | None:
        """The codes that count as yes."""
        if not info.question < len(self.asked):
            return None
        asked = self.asked[info.question]
        if info.name == "mean" and len(info.variables) == 1:
            boolean = self.design.frame[info.variables[0]].arrow_format == "b"
            return [boolean or 1] if self._is_indicator(info.variables[0]) else None
        if info.scale != "share":
            return None
        if asked.scale != "share" or len(asked.variables) != 1 or not info.variables:
            return None
        if asked.levels is not None:
            return list(asked.levels)
        return None if info.level is None else [info.level.value]

    def tally(self, name: str, cell: Sequence[object]) -> list[tuple[object, int]] | None:
        """Of a column of few values: each in ascending order, and how many have it.

        Parameters
        ----------
        name
            A column of numbers.
        cell
            The codes of a group, one for each column of `by`.

        Returns
        -------
        list or None
            Of rows of the group; ``None``: a column of more than `MOST_VALUES`.
        """
        values = self._values(name)
        if values is None or name in self.by:
            return None
        if name not in self._tallies:
            self._tallies[name] = self._count_by([*self.by, name])
        return [(value, self._tallies[name].get((*cell, value), 0)) for value in values]

    def off_the_ends(self, name: str, cell: Sequence[object]) -> list[tuple[str, int]]:
        """How many in a group aren't at an end of a scale; of amounts, how many have any.

        A mean near an end, or a small total, tells of those few: together they make up all that
        lacks to the end.

        Parameters
        ----------
        name, cell
            As of :meth:`tally`.

        Returns
        -------
        list
            In words, and how many; nothing where no end is known.
        """
        tally, values = self.tally(name, cell), self._values(name)
        if tally and values and values[-1] - values[0] <= MOST_VALUES:
            (least, at_least), *_, (greatest, at_greatest) = tally
            many = sum(count for _, count in tally)
            return [
                (f"{name} above {code_text(least)}", many - at_least),
                (f"{name} below {code_text(greatest)}", many - at_greatest),
            ]
        if name in self.by:
            return []
        if name not in self._contributors:
            self._contributors[name] = self._count_contributors(name)
        found = self._contributors[name]
        return [] if found is None else [(f"{name} above 0", found.get(tuple(cell), 0))]

    @cached_property
    def _contributors(self) -> dict[str, Mapping[tuple[object, ...], int] | None]:
        return {}

    def _count_contributors(self, name: str) -> Mapping[tuple[object, ...], int] | None:
        """By group, how many have any of an amount: of what some have nothing of, and none less."""
        if name not in self.design.frame:
            return None
        column = self.design.frame[name].to_arrow()
        if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
            return None
        # Arrow doesn't compare floating-point numbers of half precision.
        values = column.cast(pa.float64(), safe=False)
        if pc.min(values).as_py() != 0:
            return None
        above = pc.fill_null(pc.greater(values, 0.0), False)
        return self._count_by(self.by, np.asarray(above))

    @cached_property
    def _tallies(self) -> dict[str, Mapping[tuple[object, ...], int]]:
        return {}

    def _values(self, name: str) -> list[Any] | None:
        """The values of a column of numbers, if they are few; looked for once."""
        if name not in self._scales:
            self._scales[name] = self._find_values(name)
        return self._scales[name]

    @cached_property
    def _scales(self) -> dict[str, list[Any] | None]:
        return {}

    def _find_values(self, name: str) -> list[Any] | None:
        if name not in self.design.frame:
            return None
        found = pc.unique(self.design.frame[name].to_arrow())
        if len(found) > MOST_VALUES + 3:  # none, not a number, and a nought of either sign
            return None
        values = {one for one in found.to_pylist() if one is not None and one == one}
        return sorted(values) if 1 <= len(values) <= MOST_VALUES else None

    def decides(self, name: str, other: str) -> bool:
        """Whether everybody with one code of a column has one value of another."""
        frame = self.design.frame
        if name not in frame or other not in frame:
            return False
        known = self._answered(name) & self._answered(other)
        table = pa.table({"code": frame[name].to_arrow(), "value": frame[other].to_arrow()})
        values = (
            table.filter(pa.array(known)).group_by("code").aggregate([("value", "count_distinct")])
        )
        most = pc.max(values["value_count_distinct"]).as_py()
        return most is not None and most <= 1

    def _is_indicator(self, name: str) -> bool:
        """Whether a column holds nothing but 0 and 1: its mean is a share."""
        if name not in self._indicators:
            column = self.design.frame[name].to_arrow()
            if pa.types.is_float16(column.type):  # Arrow finds no least one of these
                column = column.cast(pa.float32())
            kinds = pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating
            found = any(kind(column.type) for kind in kinds)
            if found and not pa.types.is_boolean(column.type):
                least, most = pc.min_max(column).values()
                found = {least.as_py(), most.as_py()} <= {0, 1} and all(
                    value is None or value in (0, 1) or value != value
                    for value in pc.unique(column).to_pylist()
                )
            self._indicators[name] = found
        return self._indicators[name]

    @cached_property
    def _indicators(self) -> dict[str, bool]:
        return {}

    def _count_by(
        self, names: Sequence[str], among: NDArray[np.bool_] | None = None
    ) -> Mapping[tuple[object, ...], int]:
        """Rows of positive weight in every group; `among` some rows of the domain."""
        mask = self._counted_mask()
        if among is not None:
            mask = (among if mask is None else among & (mask > 0)).astype(np.uint8)
        groups = list(dict.fromkeys(names))
        answer = _core.estimate(
            self.design,
            [_core.expression(T(1), "n")],
            where=mask,
            by=groups,
            missing="domain",
            df="infinite",
            covariance=False,
            design_effect=False,
            threads=0,
        )
        places = [groups.index(name) for name in names]
        cells = [tuple(value for value, _ in cell) for cell in answer.cells]
        return {
            tuple(cells[int(row["cell"])][place] for place in places): int(row["n"])
            for row in answer.rows
        }

    def _counted_mask(self) -> Mask | None:
        if self.missing != "listwise":
            return self.mask
        inside = np.ones(self.design.frame.rows, dtype=bool) if self.mask is None else self.mask > 0
        for name in dict.fromkeys([*self.variables, *self.by]):
            inside = inside & self._answered(name)
        return inside.astype(np.uint8)

    def _answered(self, name: str) -> NDArray[np.bool_]:
        if name not in self.design.frame:
            return np.ones(self.design.frame.rows, dtype=bool)
        values = self.design.frame[name].to_arrow()
        valid = pc.is_valid(values)
        if pa.types.is_floating(values.type):
            valid = pc.and_(valid, pc.fill_null(pc.invert(pc.is_nan(values)), False))
        found: NDArray[np.bool_] = np.asarray(valid.to_numpy(), dtype=bool)
        return found

    def complete(self, variables: Sequence[str]) -> list[str]:
        """Those of the columns that every row of the domain answered."""
        inside = np.asarray(self.design.weights) > 0
        if self.mask is not None:
            inside = inside & (self.mask > 0)
        known = [name for name in dict.fromkeys(variables) if name in self.design.frame]
        return [name for name in known if bool(self._answered(name)[inside].all())]

    def largest(
        self, variable: str, where: Sequence[tuple[str, tuple[str, ...]]], count: int
    ) -> tuple[list[float], float]:
        """The largest weighted contributions to a total, and the total, signs aside.

        Parameters
        ----------
        variable
            A column of numbers.
        where
            Columns, and the codes as text that a row has in them; none: any answer.
        count
            How many.
        """
        weights = np.asarray(self.design.weights)
        inside = weights > 0
        if self.mask is not None:
            inside = inside & (self.mask > 0)
        for name, codes in where:
            if name in self.design.frame:
                inside = inside & self._selected(name, codes)
        inside = inside & self._answered(variable)
        values = np.abs(weights[inside] * self.design.frame[variable].to_numpy()[inside])
        largest = np.sort(values)[::-1][:count]
        return largest.tolist(), float(values.sum())

    def effective_rows(
        self, where: Sequence[tuple[str, tuple[str, ...]]], variable: str = ""
    ) -> tuple[int, float] | None:
        """How many respondents contribute, and as how many of one weight; ``None``: not to be told.

        The second is n over Kish's design effect, (Σw)² / Σw² (Kish 1965, section 11.7).

        Parameters
        ----------
        where
            As of `largest`.
        variable
            If given, only rows where this column isn't 0.
        """
        inside = self.rows_in(where)
        if inside is None:
            return None
        if variable:
            inside = inside & self._answered(variable)
            inside[inside] = self.design.frame[variable].to_numpy()[inside] != 0
        weights = np.asarray(self.design.weights)[inside]
        squares = float(np.square(weights).sum())
        return len(weights), float(weights.sum()) ** 2 / squares if squares > 0 else 0.0

    def rows_in(self, where: Sequence[tuple[str, tuple[str, ...]]]) -> NDArray[np.bool_] | None:
        """Rows of positive weight in the domain that a count counts; ``None``: not to be told.

        Parameters
        ----------
        where
            As of `largest`.
        """
        known = {self.answers.name} if self.answers is not None else set()
        if self.missing == "listwise" or any(
            name not in self.design.frame and name not in known for name, _ in where
        ):
            return None
        inside = np.asarray(self.design.weights) > 0
        if self.mask is not None:
            inside = inside & (self.mask > 0)
        for name, codes in where:
            inside = inside & self._selected(name, codes)
        return inside

    def _selected(self, name: str, codes: tuple[str, ...]) -> NDArray[np.bool_]:
        found = self._selections.get((name, codes))
        if found is None and self.answers is not None and name == self.answers.name:
            found = self._respondents(self.answers)
            for code in codes:
                found = found & self._chosen(self.answers, code)
            self._selections[name, codes] = found
        elif found is None:
            found = self._has(name, codes) if codes else self._answered(name)
            self._selections[name, codes] = found
        return found

    def _chosen(self, answers: AnswerSet, code: str) -> NDArray[np.bool_]:
        """Rows that chose an answer."""
        if answers.counted:
            return self._selected(code, answers.counted)
        found = np.zeros(self.design.frame.rows, dtype=bool)
        for column in answers.columns:
            found = found | self._selected(column, (code,))
        return found

    def _respondents(self, answers: AnswerSet) -> NDArray[np.bool_]:
        """Rows that count as respondents."""
        found = np.zeros(self.design.frame.rows, dtype=bool)
        if answers.respondents == "all":
            return ~found
        if answers.respondents == "complete":
            every = ~found
            for name in answers.columns:
                every = every & self._selected(name, ())
            return every
        # Whose codes say that an answer was chosen; else whoever has a value.
        codes = (answers.counted or answers.answers) if answers.respondents == "any" else ()
        for name in answers.columns:
            found = found | self._selected(name, codes)
        return found

    @cached_property
    def _selections(self) -> dict[tuple[str, tuple[str, ...]], NDArray[np.bool_]]:
        return {}

    def _has(self, name: str, codes: Sequence[str]) -> NDArray[np.bool_]:
        """Rows with one of these codes."""
        coded = self.design.frame[name].to_arrow().combine_chunks().dictionary_encode()
        wanted = [
            place
            for place, value in enumerate(coded.dictionary.to_pylist())
            if value is not None and code_text(value) in codes
        ]
        places = coded.indices.cast(pa.int64()).fill_null(-1).to_numpy()
        found: NDArray[np.bool_] = np.isin(places, wanted)
        return found

    # ---- rows ----

    def rows_used(self, variables: Sequence[str]) -> Rows:
        """What became of every row for a question about these columns.

        Parameters
        ----------
        variables
            Columns that a row must have answered, in the order in which a lack is put down.
        """
        weights = np.asarray(self.design.weights)
        left = weights > 0
        outside = left & (self.mask == 0) if self.mask is not None else np.zeros_like(left)

        def size(chosen: NDArray[np.bool_]) -> tuple[int, float]:
            return int(chosen.sum()), float(weights[chosen].sum())

        unweighted = ~left
        left = left & ~outside
        missing: dict[str, tuple[int, float]] = {}
        if self.answers is not None:
            respondents = self._respondents(self.answers)
            variables = [name for name in variables if name not in self.answers.columns]
        if self.missing == "listwise":
            variables = [*variables, *self.by, *self.variables]
        for name in dict.fromkeys(variables):
            lacking = left & ~self._answered(name)
            for reason, chosen in self._reasons(name, lacking):
                missing[f"{name}: {reason}"] = size(chosen)
            left = left & ~lacking
        if self.answers is not None:
            if (left & ~respondents).any():
                missing[f"{self.answers.name}: no respondent"] = size(left & ~respondents)
            left = left & respondents
        return Rows(
            read=size(np.ones_like(left)),
            unweighted=size(unweighted),
            outside=size(outside),
            missing=missing,
            used=size(left),
        )

    def _reasons(
        self, name: str, lacking: NDArray[np.bool_]
    ) -> list[tuple[str, NDArray[np.bool_]]]:
        """Why an answer is missing: the label of its code, or that there is none."""
        if not lacking.any():
            return []
        column = self.design.frame[name]
        kept = column.with_user_missing("keep").to_arrow().to_pylist()
        labels = column.value_labels
        reasons: dict[str, NDArray[np.bool_]] = {}
        for row in np.flatnonzero(lacking):
            code = kept[row]
            blank = code is None or (isinstance(code, float) and np.isnan(code))
            reason = "no answer" if blank else labels.get(code) or code_text(code)
            reasons.setdefault(reason, np.zeros_like(lacking))[row] = True
        return sorted(reasons.items())

    def __reduce__(self) -> Any:
        return Known, (self.domain, self.population, self.where)


@dataclass(frozen=True, eq=False)
class Counted:
    """The origin of a cross-tab's numbers, with the unweighted count of every cell.

    Attributes
    ----------
    domain, population, where
        As of `Origin`.
    n
        Rows of data in each of the result's cells.
    """

    domain: str
    population: str
    where: str
    n: NDArray[np.int64]

    def events(
        self, statistics: Sequence[StatisticInfo], cells: Sequence[Cell], rows: NDArray[np.void]
    ) -> NDArray[np.int64]:
        """Rows of data behind each number: the numerators of its shares."""
        del statistics, cells
        found: NDArray[np.int64] = self.n[rows["cell"]].astype(np.int64)
        return found


@dataclass(frozen=True)
class Known:
    """What is left of an origin without its data.

    Attributes
    ----------
    domain, population, where
        As of `Origin`.
    counts
        Numerators by (statistic, cell).
    """

    domain: str
    population: str
    where: str
    counts: Mapping[tuple[int, int], int] = field(default_factory=dict)

    def events(
        self, statistics: Sequence[StatisticInfo], cells: Sequence[Cell], rows: NDArray[np.void]
    ) -> NDArray[np.int64]:
        """Unweighted numerators of shares, -1 where they aren't known."""
        del cells
        return np.array(
            [
                self.counts.get((int(row["statistic"]), int(row["cell"])), -1)
                if statistics[int(row["statistic"])].scale == "share"
                else -1
                for row in rows
            ],
            dtype=np.int64,
        )


AnyOrigin: TypeAlias = Origin | Counted | Known
