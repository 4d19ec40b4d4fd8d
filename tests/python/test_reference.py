"""Every reference figure, asked through Python: what R survey answers, and what others printed.

`tests/reference/README.md` says where the figures come from and how they are compared.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import irosurvey
from irosurvey import Design, Estimate, Frame
from irosurvey.sql import condition_mask

TESTS = Path(__file__).parents[1]
REFERENCE = TESTS / "reference"
DATA = TESTS / "data"

# Two double-precision programs that sum the same numbers in another order.
RELATIVE = 1e-9

Line = dict[str, str]


def table(name: str) -> list[Line]:
    with open(REFERENCE / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def by_query(name: str) -> dict[str, list[Line]]:
    lines: dict[str, list[Line]] = {}
    for line in table(name):
        lines.setdefault(line["query"], []).append(line)
    return lines


DESIGNS = {line["design"]: line for line in table("designs.csv")}
QUERIES = {line["query"]: line for line in table("queries.csv")}
BY_R = by_query("r_survey.csv")
PUBLISHED = by_query("published.csv")


def listed(text: str) -> list[str]:
    return text.split(";") if text else []


# ---- the question ----


@cache
def data_of(file: str) -> Frame:
    path = DATA / file
    if path.suffix != ".csv":
        return irosurvey.read(path)
    return Frame(pd.read_csv(path, keep_default_na=False, na_values=[""], comment="#"))


def sql_of(condition: str, frame: Frame) -> str:
    """The tables' `a==1&b!=x` as SQL."""
    parts = []
    for comparison in condition.split("&"):
        column, sign, value = re.fullmatch(r"(.+?)(==|!=|>=|<=|>|<)(.+)", comparison).groups()
        if frame[column].arrow_format in ("u", "U", "vu"):
            value = f"'{value}'"
        parts.append(f'"{column}" {"=" if sign == "==" else sign} {value}')
    return " AND ".join(parts)


@cache
def design_of(name: str) -> Design:
    line = DESIGNS[name]
    frame = data_of(line["file"])
    if line["drop"]:
        dropped = condition_mask(frame, sql_of(line["drop"], frame)).astype(bool)
        frame = Frame(frame.to_arrow().filter(~dropped))
    return Design(
        frame,
        weights=line["weights"] or None,
        strata=listed(line["strata"]) or None,
        clusters=listed(line["clusters"]) or None,
        fpc=listed(line["fpc"]) or None,
        singleton=line["singleton"] or "fail",
    )


@cache
def answer_of(query: str, df: str = "design") -> Estimate:
    line = QUERIES[query]
    design = design_of(line["design"])
    variables = listed(line["variables"])
    if line["statistic"] == "ratio":
        variables = [variables, listed(line["denominators"])]
    else:
        variables = [variables]
    return getattr(design, line["statistic"])(
        *variables,
        by=listed(line["by"]) or None,
        where=sql_of(line["where"], design.frame) if line["where"] else None,
        missing=line["missing"],
        level=float(line["level"]),
        covariance=True,
        df=df,
    )


# ---- the answer ----


def row_names(answer: Estimate) -> list[tuple[str, str]]:
    """(variable, cell) of each row, as the tables write them."""
    keys = answer.keys()
    variables = [str(level).replace(" / ", "/") for level in keys["variable"]]
    parts = [*answer.by, *(["level"] if "level" in keys else [])]
    cells = [
        ";".join(f"{name}={text_of(keys[name][row].value)}" for name in parts)
        for row in range(len(answer))
    ]
    return list(zip(variables, cells, strict=True))


def text_of(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


QUANTITIES = {
    "estimate": lambda answer: answer.estimate,
    "se": lambda answer: answer.se,
    "df": lambda answer: answer.df,
    "n": lambda answer: answer.n,
    "N": lambda answer: answer.weighted_n,
    "deff_wr": lambda answer: answer.design_effect("wr"),
    "deff_wor": lambda answer: answer.design_effect("wor"),
}


def quantity(answer: Estimate, name: str) -> np.ndarray:
    if name in QUANTITIES:
        return QUANTITIES[name](answer)
    method, end = name.split("_")
    return getattr(answer.interval(method=method), end)


def compared(query: str, lines: list[Line]) -> Iterator[tuple[Line, float, float, float]]:
    """Each line with expected and computed value, and what a difference is measured by."""
    answer = answer_of(query)
    place = {names: row for row, names in enumerate(row_names(answer))}
    computed = {
        name: quantity(answer, name) for name in {line["quantity"] for line in lines} - {"cov"}
    }
    for line in lines:
        row = place[line["variable"], line["cell"]]
        expected = float(line["value"])
        if line["quantity"] == "cov":
            other = place[line["with_variable"], line["with_cell"]]
            size = answer.se[row] * answer.se[other]
            yield line, expected, answer.covariance[row, other], size
            continue
        size = abs(expected)
        if line["quantity"].endswith(("_lower", "_upper")):
            size = max(size, answer.se[row])
        yield line, expected, computed[line["quantity"]][row], size


@pytest.mark.parametrize("query", BY_R)
def test_agrees_with_r_survey(query: str) -> None:
    for line, expected, computed, size in compared(query, BY_R[query]):
        where = f"{line['variable']} {line['cell']} {line['quantity']} {line['with_cell']}"
        if line["quantity"] in ("df", "n"):
            assert computed == expected, where
        else:
            assert abs(computed - expected) <= RELATIVE * size, f"{where}: {computed} {expected}"


def test_every_query_of_r_is_answered() -> None:
    asked = {query for query, line in QUERIES.items() if line["r"] == "yes"}
    assert asked == BY_R.keys()


# ---- printed figures ----


def half_last_digit(printed: str) -> float:
    decimals = len(printed.partition(".")[2])
    return 0.5 * 10.0**-decimals


def printed_quantity(query: str, line: Line) -> float:
    df = line["option"].removeprefix("df=") or "design"
    answer = answer_of(query, df)
    name, cell = line["quantity"], line["cell"]
    if name.startswith("diff_"):
        (by,) = answer.by
        reference = line["with_cell"].partition("=")[2]
        answer = answer.difference(by, reference=reference)
        name = {"diff_lower": "t_lower", "diff_upper": "t_upper"}.get(name, name[len("diff_") :])
        cell = f"{cell} - {reference}"
    if "?" in line["variable"]:
        pattern = re.compile(re.escape(line["variable"]).replace(r"\?", r"\d"))
        rows = [
            row
            for row, (variable, _) in enumerate(row_names(answer))
            if pattern.fullmatch(variable)
        ]
        assert len(rows) == 5  # the plausible values
        return float(np.mean(quantity(answer, name)[rows]))
    row = row_names(answer).index((line["variable"], cell))
    return float(quantity(answer, name)[row])


@pytest.mark.parametrize("query", PUBLISHED)
def test_rounds_to_what_was_printed(query: str) -> None:
    for line in PUBLISHED[query]:
        computed = printed_quantity(query, line) / float(line["unit"] or 1.0)
        printed = float(line["printed"])
        allowed = half_last_digit(line["printed"])
        if line["tolerance"]:
            allowed = max(allowed, float(line["tolerance"]) * abs(printed))
        allowed += 4.0 * math.ulp(printed)  # the half itself isn't a binary number
        shown = f"{line['variable']} {line['cell']} {line['quantity']}: {computed} {printed}"
        assert abs(computed - printed) <= allowed, shown
