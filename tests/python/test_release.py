"""A release as one system of counts: every sum that ties its tables, and nothing that isn't so."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import irosurvey
from irosurvey import T
from irosurvey.tables import Policy
from irosurvey.tables.counts_system import system_of
from irosurvey.tables.hiding import Hiding
from irosurvey.tables.ledger import Ledger
from irosurvey.tables.suppression import Exact, Indirect, Nearest, RandomRounding, Underlying

POLICY = Policy.preset("dfe", secondary=False, proportions="none", counts="none")


def _ledger(*tables: irosurvey.Table, policy: Policy = POLICY) -> Ledger:
    return Hiding(policy, tables).ledger


def test_sums_of_a_table_by_hand() -> None:
    data = {"g": ["a"] * 10 + ["b"] * 20, "y": ([1] * 4 + [2] * 6) + ([1] * 11 + [2] * 9)}
    table = irosurvey.Table(irosurvey.Design(data).crosstab("g", "y"))
    found = {(whole, tuple(sorted(parts))) for whole, parts in _named(_ledger(table))}
    assert found == {
        ("g=a", ("g=a; y=1", "g=a; y=2")),
        ("g=b", ("g=b; y=1", "g=b; y=2")),
        ("y=1", ("g=a; y=1", "g=b; y=1")),
        ("y=2", ("g=a; y=2", "g=b; y=2")),
        ("everybody", ("g=a", "g=b")),
        ("everybody", ("y=1", "y=2")),
    }


def _named(ledger: Ledger) -> list[tuple[str, list[str]]]:
    """Sums by keys without the name of the data."""
    source = next(iter(ledger.counts)).source

    def short(name: str) -> str:
        return name.replace(f"{source}; ", "").replace(source, "everybody")

    return [
        (short(relation.terms[0][0]), [short(name) for name, _ in relation.terms[1:]])
        for relation in ledger.relations()[0]
    ]


def test_missing_answers_are_a_count_of_their_own() -> None:
    data = {"g": ["a"] * 10 + ["b"] * 20, "y": [1] * 4 + [2] * 4 + [None] * 2 + [1] * 11 + [2] * 9}
    design = irosurvey.Design(data)
    tables = [irosurvey.Table(design.crosstab("g", "y")), irosurvey.Table(design.proportion("g"))]
    ledger = _ledger(*tables)
    sums = {whole: parts for whole, parts in _named(ledger) if "y=*" in parts[0]}
    assert sums == {
        "everybody": ["y=*", "everybody less y=*"],
        "g=a": ["g=a; y=*", "g=a less g=a; y=*"],
        "g=b": ["g=b; y=*"],
        "y=*": ["g=a; y=*", "g=b; y=*"],
    }
    cells = {cell.label: cell for cell in system_of(ledger).cells if cell.shown == Underlying()}
    # Two who didn't answer: a count, not protected, as it says nothing of an answer.
    assert {cell.count for cell in cells.values()} == {2}
    assert not any(cell.primary for cell in cells.values())


def test_what_lacks_to_a_base_is_protected_if_it_is_small() -> None:
    design = irosurvey.Design({"y": [1] * 57 + [2] * 3})
    system = system_of(_ledger(irosurvey.Table(design.proportion("y", 1))))
    rest = [cell for cell in system.cells if cell.shown == Underlying()]
    assert [(cell.count, cell.primary) for cell in rest] == [(3, True)]


def test_sets_of_codes_are_the_sum_of_their_codes() -> None:
    design = irosurvey.Design({"y": [1] * 10 + [2] * 20 + [3] * 30})
    tables = [
        irosurvey.Table(design.proportion("y", [1, 2])),
        irosurvey.Table(design.proportion("y")),
    ]
    sums = {(whole, tuple(sorted(parts))) for whole, parts in _named(_ledger(*tables))}
    assert ("everybody", ("y=1", "y=2", "y=3")) in sums
    assert ("everybody", ("y=1|2", "y=3")) in sums


def test_filters_that_differ_by_few_are_a_count() -> None:
    design = irosurvey.Design({"age": list(range(60)), "y": [1, 2, 3] * 20})
    tables = [
        irosurvey.Table(design.proportion("y", where=where)) for where in ("age >= 3", "age >= 5")
    ]
    system = system_of(_ledger(*tables))
    gaps = [cell for cell in system.cells if cell.shown == Underlying()]
    # 3 and 4 years old: one answered 1, one 2, nobody 3.
    assert sorted(cell.count for cell in gaps) == [1, 1, 2]
    assert all(cell.primary for cell in gaps)
    # The same rows by other words are the same counts.
    same = [
        irosurvey.Table(design.proportion("y", where=where)) for where in ("age >= 3", "age > 2")
    ]
    assert len(_ledger(*same).counts) == 4


def test_derived_columns_do_not_make_other_people() -> None:
    design = irosurvey.Design({"y": [1, 2] * 30})
    later = design.with_columns({"z": [1, 1, 2] * 20})
    tables = [irosurvey.Table(design.proportion("y")), irosurvey.Table(later.crosstab("y", "z"))]
    assert {key.source for key in _ledger(*tables).counts} == {
        next(iter(_ledger(tables[0]).counts)).source
    }


@pytest.mark.parametrize(
    ("statistics", "base", "part"),
    [
        (["estimate", "base"], Nearest(10), Indirect()),
        (["estimate"], Indirect(), Indirect()),
        (["estimate", "lower", "upper", "base"], Exact(), Exact()),
        (["estimate", "se"], Exact(), Exact()),
        (["base"], Nearest(10), Indirect()),
    ],
)
def test_what_is_printed_of_a_count(statistics: list[str], base: object, part: object) -> None:
    design = irosurvey.Design({"y": [1] * 27 + [2] * 33})
    table = irosurvey.Table(design.proportion("y", 1), statistics=statistics)
    system = system_of(_ledger(table, policy=POLICY.with_fields(exact_percentages=False)))
    shown = {cell.count: cell.shown for cell in system.cells}
    assert shown[60] == base
    assert shown[27] == part
    # A percentage that stands alone tells within half of its last digit: 45 % of 60.
    assert bool(system.statements) == (statistics in (["estimate", "base"], ["estimate"]))


def test_a_percentage_tells_both_of_its_counts() -> None:
    design = irosurvey.Design({"y": [1] * 27 + [2] * 33})
    system = system_of(_ledger(irosurvey.Table(design.proportion("y", 1), statistics="estimate")))
    assert {cell.count: cell.shown for cell in system.cells} == {
        60: Exact(),
        27: Exact(),
        33: Underlying(),
    }
    assert system.statements == ()


def test_all_of_a_group_is_100_percent_of_it_whatever_it_is() -> None:
    """The corner of a table of percentages of all says nothing of any count."""
    design = irosurvey.Design({"g": ["a", "b"] * 30, "y": ["p", "q", "q", "q"] * 15})
    table = irosurvey.Table(
        design.crosstab("g", "y"), percent="total", statistics=["estimate", "base"]
    )
    policy = POLICY.with_fields(exact_percentages=False, secondary=True)
    statements = system_of(_ledger(table, policy=policy)).statements
    assert statements
    assert all(len({name for name, _ in one.terms}) == 2 for one in statements)


def test_weighted_shares_tell_their_numerators() -> None:
    design = irosurvey.Design({"y": [1] * 27 + [2] * 33, "w": [1.0, 2.0] * 30}, weights="w")
    system = system_of(_ledger(irosurvey.Table(design.proportion("y", 1), statistics="estimate")))
    assert {cell.count: cell.shown for cell in system.cells}[27] == Exact()
    assert system.statements == ()


def test_random_rounding_is_told_as_it_is_printed() -> None:
    design = irosurvey.Design({"y": [1] * 27 + [2] * 33})
    policy = POLICY.with_fields(rounding="random", rounding_base=5, seed=3)
    table = irosurvey.Table(design.proportion("y", 1), statistics="base")
    system = system_of(_ledger(table, policy=policy))
    (printed,) = (cell.shown for cell in system.cells if cell.count == 60)
    assert printed == RandomRounding(5, 60)


COLUMN = st.lists(st.sampled_from([1, 2, 3, None]), min_size=12, max_size=40)


@given(
    g=COLUMN,
    y=COLUMN,
    z=COLUMN,
    cut=st.integers(0, 12),
    percent=st.sampled_from(["row", "column", "total", "count"]),
)
@settings(max_examples=30, deadline=None, phases=[Phase.explicit, Phase.generate])
def test_no_sum_contradicts_the_counts(
    g: list[int | None], y: list[int | None], z: list[int | None], cut: int, percent: str
) -> None:
    """A system refuses relations that the true counts contradict: none is."""
    n = min(len(g), len(y), len(z))
    g, y, z = g[:n], y[:n], z[:n]
    for column in (g, y, z):
        column[0], column[1] = 1, 2  # groups by a column that nobody answered are refused
    data = {"g": g, "y": y, "z": z, "place": list(range(n))}
    design = irosurvey.Design(data)
    tables = [
        irosurvey.Table(design.crosstab("g", "y"), percent=percent),  # type: ignore[arg-type]
        irosurvey.Table(design.crosstab("g", "z"), statistics=["estimate", "base"]),
        irosurvey.Table(
            design.proportion("y", [1, 2], by="g"), total=design.proportion("y", [1, 2])
        ),
        irosurvey.Table(design.crosstab("y", "z", where=f"place >= {cut}")),
        irosurvey.Table(design.mean("place", by=["g", "z"]), statistics="base"),
    ]
    ledger = _ledger(*tables)
    primary = ledger.primary()
    system = system_of(ledger, primary)
    assert {cell.id for cell in system.cells if cell.primary} >= {
        ledger.name_of(key) for key in primary
    }
    # Every count is what the data say.
    frame = {name: np.array([np.nan if v is None else v for v in values], float)
             for name, values in data.items()}  # fmt: skip
    for key, count in ledger.counts.items():
        inside = np.ones(n, bool)
        if key.domain:
            inside &= frame["place"] >= cut
        for name, codes in key.where:
            values = frame[name]
            inside &= (
                np.isin(values, [float(code) for code in codes]) if codes else ~np.isnan(values)
            )
        assert count.n == inside.sum(), key.text


def test_the_same_people_by_other_words_are_one_count() -> None:
    data = {"region": [1] * 30 + [2] * 40, "y": [1, 2] * 35, "north": [True] * 30 + [False] * 40}
    design = irosurvey.Design(data)
    tables = [
        irosurvey.Table(design.crosstab("region", "y")),
        irosurvey.Table(design.proportion("y", where="region = 1")),
        irosurvey.Table(design.crosstab("north", "y")),
    ]
    ledger = _ledger(*tables)
    names = {ledger.name_of(key) for key in ledger.counts}
    # Everybody, two regions, two answers, and each answer in each region; nothing twice.
    assert len(names) == 9
    system = system_of(ledger)
    assert sum(cell.shown != Underlying() for cell in system.cells) == 9
    rounded = _ledger(
        *tables, policy=POLICY.with_fields(rounding="random", rounding_base=3, seed=5)
    )
    printed: dict[str, set[int]] = {}
    for key in rounded.counts:
        printed.setdefault(rounded.name_of(key), set()).add(rounded.rounded(key))
    assert all(len(values) == 1 for values in printed.values())


def test_a_part_is_not_its_total() -> None:
    # Everybody in a answered 1: both counts are 30, and hiding one needn't hide the other.
    design = irosurvey.Design({"g": ["a"] * 30 + ["b"] * 40, "y": [1] * 30 + [1, 2] * 20})
    ledger = _ledger(irosurvey.Table(design.crosstab("g", "y")))
    assert len({ledger.name_of(key) for key in ledger.counts}) == len(ledger.counts)


def test_the_mean_of_noughts_and_ones_is_a_share() -> None:
    for ones in ([1] * 3 + [0] * 57, [True] * 3 + [False] * 57, [1.0] * 3 + [0.0] * 57):
        design = irosurvey.Design({"y": ones, "z": [0, 1, 2] * 20})
        mean = irosurvey.Table(design.mean("y"), statistics=["estimate", "base"])
        assert [cell.mark for cell in mean.publish(POLICY).rows[0].cells] == ["c", ""]
        other = irosurvey.Table(design.mean("z"), statistics="estimate")
        assert other.publish(POLICY).rows[0].cells[0].value == 1
        # The same count by another question has the same name.
        levels = irosurvey.Table(design.proportion("y", [ones[0]]))
        assert len(_ledger(mean, levels).counts) == 2


def _areas() -> irosurvey.Design:
    """Three of sixty said no in the north; nobody else is near a limit."""
    yes = [1] * 57 + [0] * 3 + [1] * 30 + [0] * 20 + [1] * 35 + [0] * 20
    return irosurvey.Design(
        {
            "area": ["N"] * 60 + ["S"] * 50 + ["W"] * 55,
            "yes": yes,
            "code": [2 - one for one in yes],
            "word": ["yes" if one else "no" for one in yes],
            "asked": [1] * len(yes),
            "words": ["a"] * 50 + ["b"] * 7 + ["c"] * 3 + ["c", "b"] * 25 + ["c", "b", *"aab"] * 11,
            "score": [3] * 50 + [2] * 7 + [1] * 3 + [1, 2] * 25 + [1, 2, 3, 3, 2] * 11,
        }
    )


@pytest.mark.parametrize(
    "statistic",
    [
        lambda design, by: design.total("yes", by=by),
        lambda design, by: design.total("code", by=by),
        lambda design, by: design.mean("code", by=by),
        lambda design, by: design.ratio("yes", "asked", by=by),
        lambda design, by: design.sd("yes", by=by),
        lambda design, by: design.variance("code", by=by),
        lambda design, by: design.quantile("code", [0.5, 0.95], by=by),
        lambda design, by: design.estimate(T("yes") / T("asked"), by=by),
    ],
)
def test_numbers_of_two_values_tell_a_count(
    statistic: Callable[[irosurvey.Design, str | None], irosurvey.Estimate],
) -> None:
    """A total of noughts and ones is a count; a mean of ones and twos gives it, times the base."""
    design = _areas()
    table = irosurvey.Table(
        statistic(design, "area"), total=statistic(design, None), statistics=["estimate", "base"]
    )
    shown = irosurvey.release(table, EXACT).published.tables[0]
    assert shown.rows[0].cells[0].mark == "c"
    # One number less than the total would give it back.
    marks = [row.cells[0].mark for row in shown.rows]
    assert marks.count("c") > 1 or statistic(design, None).statistics[0].name != "total"
    # As the count that it is, in every table.
    words = irosurvey.Table(design.crosstab("area", "word"), percent="count", statistics="estimate")
    first, second = irosurvey.release([words, table], EXACT).published.tables
    for row, other in zip(first.rows, second.rows, strict=True):
        assert (row.cells[0].mark == "c") == (other.cells[0].mark == "c")


def test_numbers_near_an_end_do_not_tell_of_a_few() -> None:
    """1.08 of a scale from 1 to 5, of forty: three points above the least, by two people."""
    scale = [1] * 38 + [2, 3] + [1, 2, 3, 4, 5] * 22
    amount = [0] * 37 + [1, 15, 200] + [0, 20, 30, 40, 50] * 22
    area = ["x"] * 40 + ["y"] * 60 + ["z"] * 50
    design = irosurvey.Design({"area": area, "scale": scale, "amount": amount})

    def marks(found: irosurvey.Estimate, total: irosurvey.Estimate | None = None) -> list[str]:
        table = irosurvey.Table(found, total=total, statistics=["estimate", "base"])
        shown = irosurvey.release(table, EXACT).published.tables[0]
        assert not any(row.cells[1].mark for row in shown.rows)
        return [row.cells[0].mark for row in shown.rows]

    assert marks(design.mean("scale", by="area")) == ["c", "", ""]
    assert marks(design.total("amount", by="area")) == ["c", "", ""]
    # The other two less the total would give it back.
    assert marks(design.total("amount", by="area"), design.total("amount")).count("c") == 2
    # Of a quotient neither sum is told.
    assert marks(design.ratio("amount", "scale", by="area")) == ["", "", ""]
    # Five below the greatest are as few as five above the least.
    high = irosurvey.Design({"area": area, "scale": [6 - one for one in scale]})
    assert marks(high.mean("scale", by="area")) == ["c", "", ""]


@pytest.mark.parametrize("values", [[0, 1, 2, 30] * 25, [0, *range(99)]])
def test_amounts_of_half_precision_are_looked_at_as_others(values: list[int]) -> None:
    area = ["a", "b"] * 50
    marks = []
    for kind in (np.float16, np.float64):
        design = irosurvey.Design({"area": area, "amount": np.array(values, dtype=kind)})
        table = irosurvey.Table(design.mean("amount", by="area"), statistics=["estimate", "base"])
        shown = irosurvey.release(table, EXACT).published.tables[0]
        marks.append([[cell.mark for cell in row.cells] for row in shown.rows])
    assert marks[0] == marks[1]


def _fitting(
    base: float | None, mean: float | None, se: float | None
) -> list[tuple[int, int, int]]:
    """How many may have scored 1, 2 and 3: by a mean of two decimals and an error of three."""
    assert None not in (base, mean, se)
    found = []
    n = int(base)
    for threes in range(n + 1):
        for twos in range(n - threes + 1):
            ones = n - twos - threes
            own = (ones + 2 * twos + 3 * threes) / n
            squares = ones * (1 - own) ** 2 + twos * (2 - own) ** 2 + threes * (3 - own) ** 2
            error = math.sqrt(squares / (n - 1) / n)
            if abs(own - mean) <= 0.005 + 1e-9 and abs(error - se) <= 0.001:
                found.append((ones, twos, threes))
    return found


def test_a_mean_and_its_error_do_not_tell_three_values() -> None:
    """The base, the sum and the sum of squares are three equations for three counts."""
    scores = {"x": (40, 30, 3), "y": (20, 20, 40), "z": (25, 9, 30)}
    area = [name for name, counts in scores.items() for _ in range(sum(counts))]
    score = [1 + at for counts in scores.values() for at in range(3) for _ in range(counts[at])]
    design = irosurvey.Design({"area": area, "score": score})
    policy = EXACT.with_fields(mean_decimals=2)
    table = irosurvey.Table(
        design.mean("score", by="area"),
        total=design.mean("score"),
        statistics=["estimate", "se", "base"],
    )
    bare = irosurvey.release(table, Policy.preset("none", mean_decimals=2)).published.tables[0]
    told = _fitting(*(bare.rows[0].cells[place].value for place in (2, 0, 1)))
    assert {threes for *_, threes in told} <= {2, 3, 4}
    rows = irosurvey.release(table, policy).published.tables[0].rows
    mean, se, base = zip(*([cell.value for cell in row.cells] for row in rows), strict=True)
    # So would the other two less the total.
    assert None not in (*mean, *base)
    assert se[0] is None
    assert se.count(None) == 2
    # Without errors, or where nobody is one of a few, all is shown.
    means = irosurvey.Table(design.mean("score", by="area"), statistics=["estimate", "base"])
    shown = irosurvey.release(means, policy).published.tables[0]
    assert not any(cell.mark for row in shown.rows for cell in row.cells)
    spread = irosurvey.Table(design.sd("score", by="area"), statistics=["estimate", "base"])
    shown = irosurvey.release(spread, policy).published.tables[0]
    assert [row.cells[0].mark for row in shown.rows] != ["", "", ""]


@pytest.mark.parametrize("counted", ["score", "words"])
def test_means_do_not_tell_counts_of_their_values(counted: str) -> None:
    """With the mean, the base and one of three counts the other two are known."""
    design = _areas()
    counts = irosurvey.Table(
        design.crosstab("area", counted), percent="count", statistics="estimate"
    )
    means = irosurvey.Table(
        design.mean("score", by="area"), total=design.mean("score"), statistics=["estimate", "base"]
    )
    first, second = irosurvey.release([counts, means], EXACT).published.tables
    hidden = [any(cell.mark == "c" for cell in row.cells[:3]) for row in first.rows]
    assert hidden[0]
    assert not all(hidden)
    assert [row.cells[0].mark == "c" for row in second.rows] == hidden
    alone = irosurvey.release(means, EXACT).published.tables[0]
    assert not any(row.cells[0].mark for row in alone.rows)


def test_of_several_answers_everybody_gave_one() -> None:
    """30 and 6 of 39 gave the others: 3 at least gave the one that is hidden."""
    chosen = [(1, 0, 0)] * 30 + [(0, 1, 0)] * 6 + [(0, 0, 1)] * 3
    names = ("home", "phone", "visit")
    columns = dict(zip(names, map(list, zip(*chosen, strict=True)), strict=True))
    answers = irosurvey.Design(columns).multiple_response(names)
    table = irosurvey.Table(answers, statistics=["estimate", "base"])
    shown = irosurvey.release(table, EXACT).published.tables[0]
    marks = [cell.mark for row in shown.rows for cell in row.cells]
    assert marks.count("c") > 1
    statements = system_of(_ledger(table)).statements
    assert [one.lower for one in statements] == [0]


def test_degrees_of_freedom_and_errors_do_not_tell_a_hidden_total() -> None:
    """Those of a cell of a cross-tab are those of the table: one less than everybody in it."""
    shown = irosurvey.release(
        irosurvey.Table(
            irosurvey.Design({"g": ["a"] * 7 + ["b"] * 15, "y": [1] * 21 + [2]}).crosstab("g", "y"),
            statistics=["estimate", "se", "df", "base"],
        ),
        EXACT,
    ).published.tables[0]
    numbers = {row.labels[0]: [cell.value for cell in row.cells] for row in shown.rows}
    assert numbers["Total"][-1] is None
    assert numbers["a"][-1] == 7
    assert all(numbers[row][place] is None for row in numbers for place in (1, 2, 4, 5))


def test_means_of_parts_do_not_tell_counts_of_the_whole() -> None:
    design = _areas()
    design = design.with_columns({"sex": [1, 2] * 82 + [1]})
    counts = irosurvey.Table(
        design.crosstab("area", "score"), percent="count", statistics="estimate"
    )
    parts = irosurvey.Table(design.mean("score", by=["area", "sex"]), statistics="estimate")
    first, second = irosurvey.release([counts, parts], EXACT).published.tables
    hidden = {row.labels[0] for row in first.rows if any(c.mark == "c" for c in row.cells[:3])}
    marked = {row.labels[0] for row in second.rows if row.cells[0].mark == "c"}
    assert hidden - {"Total"} == marked


def test_results_without_data_are_told_apart_by_words() -> None:
    import pickle

    design = irosurvey.Design({"y": [1, 2] * 30, "at": list(range(60))})
    gone = pickle.loads(pickle.dumps(design.proportion("y", where='"at" > 20')))
    found = irosurvey.release(
        [irosurvey.Table(gone), irosurvey.Table(design.proportion("y"))], POLICY
    )
    assert any("by their words" in line for line in found.report.summary())


def test_thresholds_that_differ_by_few_are_a_count() -> None:
    loads = list(range(20, 80))
    data = {
        "load": loads,
        "over50": [load > 50 for load in loads],
        "over54": [load > 54 for load in loads],
        "over70": [load > 70 for load in loads],
    }
    design = irosurvey.Design(data)
    table = irosurvey.Table(
        [design.proportion(name, True) for name in ("over50", "over54", "over70")], arrange="rows"
    )
    system = system_of(_ledger(table))
    gaps = {cell.count: cell.primary for cell in system.cells if cell.shown == Underlying()}
    # 29, 25 and 9 of 60: the four between 50 and 54 could be told by subtraction.
    assert gaps == {4: True, 31: False, 35: False, 51: False}


def _authorities(order: Sequence[int]) -> irosurvey.Design:
    """Three authorities in each of two regions; of one, three said no."""
    counts = ((37, 3), (20, 23), (20, 30), (15, 15), (18, 22), (30, 14))
    rows = [
        (f"a{place}", "North" if at < 3 else "South", word)
        for at, (place, pair) in enumerate(zip(order, counts, strict=True))
        for word, number in zip(("yes", "no"), pair, strict=True)
        for _ in range(number)
    ]
    names = ("place", "region", "word")
    return irosurvey.Design(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4, 5), (5, 1, 3, 2, 0, 4), (2, 5, 4, 1, 3, 0)])
@pytest.mark.parametrize("filtered", [False, True])
def test_regions_do_not_give_back_what_authorities_hide(
    order: Sequence[int], filtered: bool
) -> None:
    """Tables of their own, or of one region as a filter: everybody knows where a place lies."""
    design = _authorities(order)
    region = (
        design.proportion("word", where="region = 'North'")
        if filtered
        else design.crosstab("region", "word")
    )
    tables = [
        irosurvey.Table(one, percent="count", statistics=["estimate", "base"])
        for one in (design.crosstab("place", "word"), region)
    ]
    first = irosurvey.release(tables, EXACT).published.tables[0]
    hidden = {row.labels[0] for row in first.rows if row.cells[0].mark == "c"}
    north = {f"a{place}" for place in order[:3]}
    assert f"a{order[0]}" in hidden
    assert len(hidden & north) > 1


def test_two_halves_do_not_give_each_other_away() -> None:
    """Everybody less one half is the other half."""
    rows = [("f", "N", "y")] * 20 + [("f", "N", "n")] * 3 + [("f", "S", "y")] * 15
    rows += [("f", "S", "n")] * 9 + [("m", "N", "y")] * 30 + [("m", "N", "n")] * 20
    rows += [("m", "S", "y")] * 25 + [("m", "S", "n")] * 30
    columns = dict(zip(("sex", "g", "y"), map(list, zip(*rows, strict=True)), strict=True))
    design = irosurvey.Design(columns)
    tables = [
        irosurvey.Table(one, percent="count", statistics="estimate")
        for one in (
            design.crosstab("g", "y", where=where) for where in (None, "sex = 'f'", "sex = 'm'")
        )
    ]
    whole, women, men = irosurvey.release(tables, EXACT).published.tables
    hidden = [
        [[cell.mark == "c" for cell in row.cells] for row in table.rows]
        for table in (whole, women, men)
    ]
    assert hidden[1][0][0]
    for cells in zip(*([one for row in table for one in row] for table in hidden), strict=True):
        assert sum(cells) != 1, "what one hides the other two give back"


def test_who_answered_one_question_and_not_another_is_not_protected() -> None:
    data = {"a": [1, 2] * 30, "b": [1, 1, 2, 2] * 14 + [None] * 4, "g": ["x"] * 60}
    design = irosurvey.Design(data)
    table = irosurvey.Table([design.proportion(name, 1, by="g") for name in ("a", "b")])
    system = system_of(_ledger(table))
    assert not any(cell.primary for cell in system.cells)


# ---- counts that protect others ----


def _crosstab(counts: list[list[int]]) -> irosurvey.Table:
    rows = [
        (f"r{i}", f"c{j}")
        for i, line in enumerate(counts)
        for j, count in enumerate(line)
        for _ in range(count)
    ]
    data = {"g": [row[0] for row in rows], "y": [row[1] for row in rows]}
    return irosurvey.Table(
        irosurvey.Design(data).crosstab("g", "y"), percent="count", statistics="estimate"
    )


EXACT = Policy.preset("nchs", counts="none", proportions="none")


def _possible(shown: list[list[float | str]]) -> list[list[list[int]]]:
    """Every table of counts that fits what is printed: marks stand for one or more.

    Counts at most 40 are tried, one unknown after the other; sums settle what they can.
    """
    tall, wide = len(shown) - 1, len(shown[0]) - 1
    unknown = [
        (i, j) for i in range(tall + 1) for j in range(wide + 1) if isinstance(shown[i][j], str)
    ]
    found = []

    def fits(table: list[list[int | None]], whole: bool) -> bool:
        lines = [(table[i][:wide], table[i][wide]) for i in range(tall + 1)]
        lines += [([table[i][j] for i in range(tall)], table[tall][j]) for j in range(wide + 1)]
        for parts, total in lines:
            known = [part for part in parts if part is not None]
            if total is not None and sum(known) + len(parts) - len(known) > total:
                return False
            if total is not None and len(known) == len(parts) and sum(known) != total:
                return False
            if whole and total is None:
                return False
        return True

    def fill(table: list[list[int | None]], at: int) -> None:
        if not fits(table, whole=False):
            return
        if at == len(unknown):
            found.append([list(map(int, line)) for line in table])  # type: ignore[arg-type]
            return
        i, j = unknown[at]
        for value in range(1, 41):
            table[i][j] = value
            fill(table, at + 1)
        table[i][j] = None

    start = [[None if isinstance(v, str) else int(v) for v in line] for line in shown]
    fill(start, 0)  # type: ignore[arg-type]
    return found


@given(
    counts=st.lists(st.lists(st.integers(0, 12), min_size=3, max_size=3), min_size=2, max_size=3)
)
@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.generate])
def test_nothing_that_is_hidden_can_be_worked_out(counts: list[list[int]]) -> None:
    for line in counts:
        line[0] += 1  # no empty group
    for j in range(3):
        counts[0][j] += 1
    shown = [
        [cell.value if not cell.mark else cell.mark for cell in row.cells]
        for row in irosurvey.release(_crosstab(counts), EXACT)[0].rows
    ]
    hidden = [
        (i, j) for i, line in enumerate(shown) for j, v in enumerate(line) if isinstance(v, str)
    ]
    if not hidden or len(hidden) > 6:
        return
    possible = _possible(shown)
    full = [[*line, sum(line)] for line in counts]
    full.append([sum(column) for column in zip(*full, strict=True)])
    assert full in possible or max(map(max, full)) > 40
    for i, j in hidden:
        values = {table[i][j] for table in possible}
        if full[i][j] <= 4:
            assert {1, 2, 3, 4} <= values
        else:
            assert max(values) - min(values) >= 3


def test_marks_do_not_tell_which_came_first() -> None:
    found = irosurvey.release(_crosstab([[20, 3, 50], [40, 30, 2], [10, 15, 60]]), EXACT)
    assert len(found.report.primary) == 2
    assert len(found.report.secondary) >= 2
    marks = {cell.mark for row in found[0].rows for cell in row.cells}
    assert marks == {"", "c"}
    assert found.report.suppression is not None
    assert found.report.suppression.audit.protected
    assert "secondary" not in repr(found) + found._repr_html_()
    assert "primary" not in repr(found) + found._repr_html_()


def test_a_filter_does_not_give_back_what_a_group_hides() -> None:
    rows = [("N", "f")] * 3 + [("N", "m")] * 40 + [("S", "f")] * 30 + [("S", "m")] * 25
    design = irosurvey.Design({"g": [r[0] for r in rows], "y": [r[1] for r in rows]})
    tables = [
        irosurvey.Table(design.crosstab("g", "y"), percent="count", statistics="estimate"),
        irosurvey.Table(design.proportion("y", where="g = 'N'"), statistics=["estimate", "base"]),
    ]
    found = irosurvey.release(tables, EXACT)
    first = [[cell.mark for cell in row.cells] for row in found[0].rows]
    second = [[cell.mark for cell in row.cells] for row in found[1].rows]
    assert first[0][0] == second[0][0] == "c"
    assert first[0][1] == second[1][0]  # one count, one fate
    assert first[0][2] == second[0][1]


def test_releases_do_not_depend_on_the_run() -> None:
    counts = [[20, 3, 50], [40, 30, 2], [10, 15, 60]]
    one, two = (irosurvey.release(_crosstab(counts), EXACT) for _ in range(2))
    assert one.published == two.published


def test_noughts_are_not_one_count() -> None:
    table = _crosstab([[20, 0, 5], [0, 9, 8]])
    ledger = _ledger(table)
    assert len({ledger.name_of(key) for key in ledger.counts}) == 12
    assert not [cell for cell in system_of(ledger).cells if cell.shown == Underlying()]


def test_the_summary_counts_what_is_hidden_once() -> None:
    design = irosurvey.Design(
        {"region": ["N"] * 40 + ["S"] * 40, "met": [1, 0] * 20 + [1] * 3 + [0] * 37}
    )
    found = irosurvey.release([irosurvey.Table(design.crosstab("region", "met"))], "dfe")
    assert found.report.suppression is not None
    first, *others = found.report.summary()
    assert first.startswith(
        f"Policy dfe: {len(found.report.primary)} count hidden for its own sake, "
        f"{len(found.report.secondary)} to protect them"
    )
    assert "All protected as asked." in others
    assert not any("primary" in line for line in others)
    assert "primary" in found.report.suppression.audit.summary()[0]


@pytest.mark.parametrize("statistics", [["estimate"], ["estimate", "base"]])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("asked", ["total", "expression"])
def test_totals_do_not_give_back_what_a_small_group_adds(
    asked: str, weighted: bool, statistics: list[str]
) -> None:
    """Bases are rounded, but totals aren't: the whole less the others is one person's answer."""
    g = [1] + [2] * 99 + [3] * 101
    rows = np.arange(len(g))
    data = {"g": g, "y": 20.0 + rows * 37 % 71, "w": 1.0 + rows % 7 / 10}
    design = irosurvey.Design(data, weights="w" if weighted else None)

    def ask(**how: str) -> irosurvey.Estimate:
        return design.total("y", **how) if asked == "total" else design.estimate(T("y"), **how)

    table = irosurvey.Table(ask(by="g"), total=ask(), statistics=statistics)
    shown = irosurvey.release([table], policy="dfe").published.tables[0]
    marks = [row.cells[0].mark for row in shown.rows]
    assert marks[0] == "c"
    assert marks.count("c") > 1
