"""What is hidden leaves no trace in any byte: widths, formats, charts, words, metadata.

Two surveys that differ only in what is hidden, and in which the same is hidden, give the same
files.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping
from itertools import combinations, product
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

import irosurvey
from irosurvey.charts import write_charts
from irosurvey.errors import DisclosureError
from irosurvey.tables import Policy, TitleParts
from irosurvey.tables.release import FORMATS

A, B = ("London", "North East", "South West"), ("no", "sometimes", "yes")
"""Regions of England, so that the files for Explore Education Statistics have their geography."""
POLICIES = {
    "exact": Policy.preset("dfe", rounding="none", proportions="none", counts="none"),
    "dfe": Policy.preset("dfe"),
    "tre": Policy.preset("tre", minimum_df=0.0),
    "random": Policy.preset("dfe", rounding="random", rounding_base=5, seed=17),
}

Counts = Mapping[tuple[str, str], int]


def release(counts: Counts, policy: Policy, *, backwards: bool = False) -> irosurvey.ReleaseResult:
    """Cross-tabs, shares and a mean of respondents who stand in the data in some order."""
    people = [cell for cell, count in counts.items() for _ in range(count)]
    people = people[::-1] if backwards else people
    design = irosurvey.Design(
        {
            "region": [region for region, _ in people],
            "answer": [answer for _, answer in people],
            "score": [B.index(answer) + 1 for _, answer in people],
        }
    )
    title = {"population": "Everybody", "area": "England", "period": "2026"}
    crosstab = design.crosstab("region", "answer")
    tables = [
        irosurvey.Table(crosstab, percent="count", statistics="estimate", **title),
        irosurvey.Table(
            crosstab,
            statistics=["estimate", "lower", "upper", "se", "cv", "effective_n", "df", "base"],
            chart="dot",
            **title,
        ),
        irosurvey.Table(
            crosstab, percent="column", letters=True, statistics=["estimate", "base"], **title
        ),
        irosurvey.Table(design.mean("score", by="region"), title=TitleParts("Scores", **title)),
    ]
    return irosurvey.release(tables, policy, title="Answers")


def everything(found: irosurvey.ReleaseResult, folder: Path) -> dict[str, bytes]:
    """Every file by its name, and what a notebook shows and keeps."""
    found.write(folder, FORMATS)
    write_charts(found.published, folder, ("svg",))
    seen = {path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    seen["repr"] = (repr(found) + found._repr_html_()).encode()
    return seen | {"pickle": pickle.dumps(found.published)}


def twins(counts: Counts, shown: irosurvey.tables.PublishedTable) -> Iterator[Counts]:
    """Counts that differ only where marks stand, with the same margins."""
    hidden = {
        (row.labels[0], column.spanners[0])
        for row in shown.rows
        for cell, column in zip(row.cells, shown.columns, strict=True)
        if cell.mark == "c"
    }
    for (one, two), (left, right) in product(combinations(A, 2), combinations(B, 2)):
        corners = {(one, left): 1, (one, right): -1, (two, left): -1, (two, right): 1}
        if hidden >= corners.keys():
            for many in (-3, -2, -1, 1, 2, 3):
                other = {cell: n + many * corners.get(cell, 0) for cell, n in counts.items()}
                # Who sees a nought knows it.
                if all(n >= 0 and (n == 0) == (counts[cell] == 0) for cell, n in other.items()):
                    yield other


def compare(name: str, folder: Path, seed: int, number: int) -> int:
    """How many pairs gave the same bytes: all that show the same figures and marks."""
    rng = np.random.default_rng(seed)
    compared = 0
    for place in range(20 * number):
        drawn = rng.multinomial(int(rng.integers(60, 300)), rng.dirichlet(np.full(9, 0.8)))
        counts = dict(zip(product(A, B), map(int, drawn), strict=True))
        try:
            found = release(counts, POLICIES[name])
        except DisclosureError:
            continue
        for other in twins(counts, found.published.tables[0]):
            again = release(other, POLICIES[name], backwards=True)
            if [table.rows for table in again] != [table.rows for table in found]:
                continue  # other marks, or another mean: what is shown tells them apart
            seen = everything(found, folder / f"{place}a")
            same = everything(again, folder / f"{place}b")
            assert seen == same, [file for file in seen if seen[file] != same.get(file)]
            compared += 1
            break
        if compared == number:
            break
    return compared


@pytest.mark.parametrize("name", POLICIES)
def test_what_is_hidden_leaves_no_trace_in_any_byte(name: str, tmp_path: Path) -> None:
    assert compare(name, tmp_path, 11, 1) == 1


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("name", POLICIES)
def test_what_is_hidden_in_many_releases_leaves_no_trace(name: str, tmp_path: Path) -> None:
    assert compare(name, tmp_path, 12, 25) >= 20
