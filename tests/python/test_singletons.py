"""Singletons that domains make, beside R's answers and where R is no judge."""

from __future__ import annotations

import csv
import pickle
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from irosurvey import ArgumentError, Design, DesignError, Estimate, SingletonError, mean

TESTS = Path(__file__).resolve().parent.parent

# Sums over 183 rows, of values that are far larger than their rounding: 13 digits at least.
R_AGREES = 1e-11


def schools() -> pd.DataFrame:
    return pd.read_csv(TESTS / "data" / "apiclus1.csv").assign(tenth=0.1)


def districts(rule: Any, domain: Any, fpc: str | None = None) -> Design:
    return Design(schools(), "pw", strata="dnum", fpc=fpc, singleton=rule, domain_singletons=domain)


def answers() -> list[dict[str, str]]:
    with (TESTS / "reference" / "r_singletons.csv").open() as lines:
        return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def asked(design: Design, question: str, cell: str) -> float:
    if cell.startswith("stype="):
        found = getattr(design, question)("api00", by="stype")
        return float(found.se[["E", "H", "M"].index(cell.removeprefix("stype="))])
    if question == "ratio":
        return float(design.ratio("api00", "api99", where=cell).se[0])
    return float(design.mean("api00", where=cell).se[0])


@pytest.mark.parametrize("name", ["districts", "finite"])
@pytest.mark.parametrize(
    ("domain", "rule"),
    [
        ("ignore", "remove"),
        ("ignore", "certainty"),
        ("ignore", "adjust"),
        ("rule", "adjust"),
        ("rule", "average"),
    ],
)
def test_r_agrees(name: str, domain: str, rule: str) -> None:
    design = districts(rule, domain, fpc="tenth" if name == "finite" else None)
    expected = [
        line
        for line in answers()
        if (line["design"], line["domain"], line["rule"]) == (name, domain, rule)
    ]
    assert len(expected) == (5 if rule == "adjust" else 8)
    for line in expected:
        assert asked(design, line["question"], line["cell"]) == pytest.approx(
            float(line["se"]), rel=R_AGREES
        ), line


def test_the_choice_is_named_where_it_was_made() -> None:
    name = "singletons made by a domain"
    assert (name, "rule (adjust)") in districts("adjust", "rule").mean("api00").choices
    assert name not in dict(districts("adjust", "ignore").mean("api00").choices)


def test_degrees_of_freedom_dont_heed_it() -> None:
    ruled = districts("average", "rule").mean("api00", by="stype")
    ignored = districts("average", "ignore").mean("api00", by="stype")
    assert ruled.df.tolist() == ignored.df.tolist()
    assert (ruled.se != ignored.se).all()


def test_a_domain_that_makes_none_changes_nothing() -> None:
    data = {"h": [1, 1, 2, 2], "d": [1, 1, 0, 0], "y": [1.0, 2.0, 5.0, 7.0]}
    for rule in ("fail", "remove", "certainty", "adjust", "average"):
        one, other = (
            Design(data, strata="h", singleton=rule, domain_singletons=domain).mean("y", by="d")
            for domain in ("ignore", "rule")
        )
        assert one.se.tolist() == other.se.tolist()


def test_fail_names_stratum_and_domain() -> None:
    data = {"h": ["a", "a", "b", "b"], "d": [1, 1, 1, 0], "y": [1.0, 2.0, 5.0, 7.0]}
    design = Design(data, strata="h", domain_singletons="rule")
    with pytest.raises(SingletonError, match=r"in the domain of T\(y\).*one in stratum h = b"):
        design.mean("y", where="d = 1")
    missing = Design({**data, "y": [1.0, 2.0, None, 7.0]}, strata="h", domain_singletons="rule")
    with pytest.raises(SingletonError, match="one in stratum h = b"):
        missing.mean("y")
    with pytest.raises(SingletonError, match="where d = 1"):
        design.total("y", by="d")


def test_streams_heed_it() -> None:
    data = schools()
    for rule in ("remove", "adjust", "average"):
        totals = Design.scan(
            [data.iloc[:70], data.iloc[70:]],
            "pw",
            strata="dnum",
            singleton=rule,
            ask=mean("api00"),
            by="stype",
            domain_singletons="rule",
        )
        whole = districts(rule, "rule").mean("api00", by="stype")
        assert totals.finish().se == pytest.approx(whole.se, rel=1e-12)
        assert ("singletons made by a domain", f"rule ({rule})") in totals.finish().choices


def test_a_stored_design_keeps_it() -> None:
    design = districts("adjust", "rule")
    back: Estimate = pickle.loads(pickle.dumps(design)).mean("api00", by="stype")
    assert back.se.tolist() == design.mean("api00", by="stype").se.tolist()
    more = design.with_columns({"twice": design.frame["api00"].to_numpy() * 2.0})
    assert more.mean("api00", by="stype").se.tolist() == back.se.tolist()


def test_what_has_no_meaning_is_refused() -> None:
    with pytest.raises(ArgumentError, match="'ignore', 'rule'"):
        districts("adjust", "rules")
    with pytest.raises(ArgumentError, match="collapse"):
        districts("collapse", "rule")
    with pytest.raises(DesignError, match="domain_singletons"):
        districts("adjust", "rule").with_replicates("JKn")
