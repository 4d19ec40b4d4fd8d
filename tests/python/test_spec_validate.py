"""`irosurvey run` and `irosurvey validate`: verdicts, tables, exit status."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from command_line import Run
from hypothesis import given
from hypothesis import strategies as st

from irosurvey.spec import asking, validate
from irosurvey.spec.agreement import agrees, beside, printed, unreadable

ROOT = Path(__file__).parents[2]
SPECS = ROOT / "tests" / "specs"
DATA = ROOT / "tests" / "data"

NUMBERS = "y,g,w\n2,1,1\n3,1,1\n4,2,1\n7,2,1\n"

SPEC = """\
title = "Numbers"
[data]
file = "numbers.csv"
[design]
weights = "w"
"""


Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a spec beside its data."""
    (tmp_path / "numbers.csv").write_text(NUMBERS)

    def written(text: str, name: str = "spec.toml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return written


def mean(expect: str, more: str = "", name: str = "mean") -> str:
    return (
        f'[[estimate]]\nid = "{name}"\nstatistic = "mean"\nvariables = ["y"]\n{more}'
        f"expect = [{expect}]\n"
    )


# ---- when a figure agrees ----


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("0.50", [0.5, 0.495, 0.505], [0.4949999, 0.5050001]),
        (".0123", [0.01225, 0.01235], [0.012249, 0.012351]),
        ("-0.65", [-0.645, -0.655], [-0.6449, -0.6551, 0.65]),
        ("-.65", [-0.65], [0.65]),
        ("−.65", [-0.65], [0.65]),
        ("+3", [2.5, 3.5], [2.4999, 3.5001]),
        ("13", [12.5, 13.5], [12.499999, 13.500001]),
        ("13.", [12.5, 13.5], [12.49, 13.51]),
        ("0", [0.0, -0.5, 0.5], [0.500001]),
        ("0.0000", [0.00005, 1e-300, -0.0], [0.000051]),
        ("5.62e+07", [56.15e6, 56.25e6, 56.2e6], [56149999, 56250001]),
        ("5.62E7", [56.2e6], [56250001]),
        ("5.62e-07", [5.615e-7, 5.625e-7], [5.6149e-7, 5.6251e-7]),
        ("5620e4", [56195e3, 56205e3], [56194999, 56205001]),
        ("<0.0001", [0.0, 0.00009999, -1.0], [0.0001, 0.00011]),
        ("< .05", [0.0499], [0.05]),
        # Ties may be rounded either way, also where binary numbers fall short of them.
        ("0.15", [0.145, 0.155], []),
        ("0.14", [0.145, 0.135], []),
        ("2.68", [2.675, 2.685], []),
        ("2.67", [2.675, 2.665], []),
        ("0.3", [0.1 + 0.2], []),
        ("1e22", [1e22], [2e22]),
        ("100000000000000000", [1e17], [1.0000000000000002e17]),
    ],
)
def test_a_figure_agrees_within_half_a_unit_of_its_last_digit(
    text: str, inside: list[float], outside: list[float]
) -> None:
    assert not unreadable(text)
    figure = printed(text)
    assert [value for value in inside if not agrees(value, figure)] == []
    assert [value for value in outside if agrees(value, figure)] == []


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_agrees_with_nothing(value: float) -> None:
    assert not agrees(value, printed("1"))
    assert not agrees(value, printed("<1"))
    assert not agrees(value, printed("1"), tolerance=1e9)


@pytest.mark.parametrize(
    "text",
    ["", " ", ".", "-", "abc", "1,000", "1 000", "1.2.3", "0x10", "1e", "1e1000", "nan", "inf",
     "--1", ">5", "<", "1_000", "5%", "٣", "9" * 61],
)  # fmt: skip
def test_what_is_no_printed_number_is_refused(text: str) -> None:
    assert unreadable(text)


def test_a_unit_divides_exactly() -> None:
    # 0.185 / 0.01 is 18.5 on paper and 18.499999999999996 or 18.5 in binary: a tie both ways.
    assert agrees(0.185, printed("18"), unit=0.01)
    assert agrees(0.185, printed("19"), unit=0.01)
    assert not agrees(0.1850001, printed("18"), unit=0.01)
    assert agrees(1036484500.0, printed("1036484"), unit=1000)
    assert agrees(1036484500.0, printed("1036485"), unit=1000)
    assert not agrees(1036484500.1, printed("1036484"), unit=1000)


def test_a_tolerance_is_relative_to_the_printed_figure() -> None:
    figure = printed("200.00")
    assert agrees(200.2, figure, tolerance=1e-3)
    assert agrees(199.8, figure, tolerance=1e-3)
    assert not agrees(200.2000001, figure, tolerance=1e-3)
    assert not agrees(200.004, figure, tolerance=1e-6)  # it replaces the rounding
    assert agrees(-200.2, printed("-200"), tolerance=1e-3)
    assert agrees(0.2002, printed("20"), unit=0.01, tolerance=1e-3)
    assert not agrees(1e-300, printed("0"), tolerance=1e-3)


decimals = st.decimals(-(10**9), 10**9, allow_nan=False, places=4)


@given(st.floats(-1e12, 1e12), decimals)
def test_the_rule_is_that_of_fractions(value: float, wanted: object) -> None:
    figure = printed(f"{wanted:f}")
    distance = min(abs(Fraction(one) - Fraction(f"{wanted:f}")) for one in (value, repr(value)))
    assert agrees(value, figure) == (distance <= Fraction(1, 20000))


@given(
    st.floats(-1e15, 1e15).filter(lambda value: value == 0 or abs(value) > 1e-6), st.integers(0, 12)
)
def test_a_number_agrees_with_its_own_print(value: float, digits: int) -> None:
    assert agrees(value, printed(f"{value:.{digits}f}"))
    assert agrees(value, printed(f"{value:.{digits}e}"))


def test_computed_figures_are_shown_with_three_digits_more() -> None:
    assert beside(0.0274912345, printed(".0275")) == "0.0274912"
    assert beside(56249999.3, printed("5.62e+07")) == "56249999"
    assert beside(0.503214, printed("50.3"), 0.01) == "50.3214"
    assert beside(1e30, printed("1.0")) == "1e+30"
    assert beside(math.inf, printed("1.0")) == "inf"


# ---- verdicts ----


def test_every_figure_of_our_own_specs_agrees(run: Run) -> None:
    outcome = run("validate", SPECS, "--data-dir", DATA)
    last = outcome.out.rstrip().splitlines()[-1]
    counts = re.fullmatch(
        r"(\d+) figures of (\d+) specs: (\d+) agreed, 0 disagreed, 0 not computed", last
    )
    assert counts, last
    assert counts[1] == counts[3]
    assert int(counts[2]) == len(list(SPECS.glob("*.toml")))
    assert int(counts[1]) > 250
    assert outcome.status == 0


def test_figures_agree_disagree_or_are_not_computed(
    run: Run, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(asking._QUESTIONS, "quantile")
    write(
        SPEC
        + mean('{ estimate = "4.0", se = "1.1" }')
        + mean('{ g = 2, estimate = "5.5" }', 'by = ["g"]\n', "by")
        + '[[estimate]]\nid = "median"\nstatistic = "quantile"\nvariables = ["y"]\nprobs = [0.5]\n'
        + 'expect = [{ prob = 0.5, estimate = "3" }]\n'
    )
    outcome = run("validate", "spec.toml")
    assert outcome.status == 1
    assert outcome.err == ""
    rows = [line.split() for line in outcome.out.splitlines()]
    assert ["mean", "estimate", "4.0", "4.0000", "agreed"] in rows
    assert ["se", "1.1", "1.0801", "agreed"] in rows
    assert ["by", "g", "2", "estimate", "5.5", "5.5000", "agreed"] in rows
    assert ["median", "prob", "0.5", "estimate", "3", "–", "not", "computed"] in rows
    assert "not computed: median: the statistic 'quantile' isn't computed by this version" in (
        outcome.out
    )
    assert outcome.out.splitlines()[-1] == (
        "4 figures of 1 spec: 3 agreed, 0 disagreed, 1 not computed"
    )


@pytest.mark.parametrize(
    ("figure", "status", "words"),
    [
        ("4.0", 0, "1 agreed, 0 disagreed, 0 not computed"),
        ("4.1", 1, "0 agreed, 1 disagreed, 0 not computed"),
    ],
)
def test_one_wrong_figure_changes_the_status(
    run: Run, write: Write, figure: str, status: int, words: str
) -> None:
    write(SPEC + mean(f'{{ estimate = "{figure}" }}'))
    outcome = run("validate", "spec.toml")
    assert outcome.status == status
    assert words in outcome.out.splitlines()[-1]


def only(path: Path) -> tuple[str, str]:
    """The verdict and the reason of the only figure of a spec."""
    (found,) = validate([path])
    assert not found.problems
    (figure,) = found.figures
    return figure.verdict, figure.reason


@pytest.mark.parametrize(
    ("estimate", "reason"),
    [
        (mean('{ p = "0.5" }'), "the statistic 'mean' has no 'p'"),
        (mean('{ g = 3, estimate = "1" }', 'by = ["g"]\n'), "no rows of the result are meant"),
        (mean('{ g = "1", estimate = "1" }', 'by = ["g"]\n'), "no rows of the result are meant"),
        (mean('{ g = true, estimate = "1" }', 'by = ["g"]\n'), "no rows of the result are meant"),
        (mean('{ estimate = "1" }', 'by = ["g"]\n'), "2 rows of the result are meant"),
        (mean('{ prob = 0.5, estimate = "1" }'), "the result has no 'prob'"),
        (mean('{ estimate = "1" }', 'where = "y > 100"\n'), "there is no number: empty"),
        (mean('{ deff = "1" }', 'where = "y = 2"\n'), "there is no number: ok"),
        (
            '[derive]\nbelow = "y - 10"\n[[estimate]]\nid = "t"\nstatistic = "total"\n'
            'variables = ["below"]\nci = "log"\n'
            'expect = [{ lower = "0.1" }]\n',
            "no interval 'log': value for the log interval: expected a number above 0",
        ),
    ],
)
def test_a_figure_that_cannot_be_computed_says_why(
    write: Write, estimate: str, reason: str
) -> None:
    verdict, said = only(write(SPEC + estimate))
    assert verdict == "not computed"
    assert reason in said


def test_an_interval_that_is_not_offered_leaves_the_other_figures(write: Write) -> None:
    totals = (
        '[derive]\nbelow = "y - 10"\n[[estimate]]\nid = "t"\nstatistic = "total"\n'
        'variables = ["below"]\nci = "log"\n'
        'expect = [{ estimate = "-24", lower = "0.1" }]\n'
    )
    (found,) = validate([write(SPEC + totals)])
    assert [figure.verdict for figure in found.figures] == ["agreed", "not computed"]


def test_a_singleton_stratum_is_not_computed_and_no_wrong_spec(write: Write) -> None:
    text = SPEC + 'strata = "y"\n' + mean('{ estimate = "4" }')
    verdict, reason = only(write(text))
    assert verdict == "not computed"
    assert "found one in 4 strata" in reason


def test_units_and_tolerances_are_used(write: Write) -> None:
    assert only(write(SPEC + mean('{ estimate = "400.0" }', "unit = 0.01\n")))[0] == "agreed"
    assert only(write(SPEC + mean('{ n = "4" }', "unit = 0.01\n")))[0] == "agreed"
    assert only(write(SPEC + mean('{ estimate = "4.03" }')))[0] == "disagreed"
    assert only(write(SPEC + mean('{ estimate = "4.03" }', "tolerance = 0.01\n")))[0] == "agreed"


def test_columns_with_our_names_are_told_from_figures(write: Write) -> None:
    (path := write(SPEC.replace("numbers", "odd"))).with_name("odd.csv").write_text(
        "y,n,level,id,w\n1,1,1,1,1\n2,1,2,1,1\n3,2,1,2,1\n4,2,2,2,1\n"
    )
    text = mean(
        '{ n_ = 2, level_ = 1, id = 2, n = "1", estimate = "3" }', 'by = ["n", "level", "id"]\n'
    )
    path.write_text(path.read_text() + text)
    (found,) = validate([path])
    assert [figure.verdict for figure in found.figures] == ["agreed", "agreed"]
    assert found.figures[0].row == "n_ 2, level_ 1, id 2"


# ---- files and folders ----


def test_folders_are_searched_and_each_spec_is_done_once(run: Run, write: Write) -> None:
    text = SPEC.replace('"numbers.csv"', '"numbers.csv"') + mean('{ estimate = "4" }')
    write(text, "specs/a.toml")
    write(text, "specs/deep/b.toml")
    write("not a spec", "specs/notes.txt")
    outcome = run("validate", "specs", "specs/a.toml", "--data-dir", ".")
    assert outcome.status == 0
    assert outcome.out.splitlines()[-1].startswith("2 figures of 2 specs: 2 agreed")


def test_a_wrong_spec_is_named_and_the_others_are_done(run: Run, write: Write) -> None:
    write(SPEC + mean('{ estimate = "4" }'), "a.toml")
    write(SPEC + mean('{ estimat = "4" }'), "b.toml")
    outcome = run("validate", ".")
    assert outcome.status == 2
    assert "b.toml, line 10: [[estimate]] 'mean', key 'expect', entry 1, estimat" in outcome.out
    assert outcome.out.splitlines()[-1] == (
        "1 figure of 2 specs: 1 agreed, 0 disagreed, 0 not computed; 1 spec wrong"
    )


@pytest.mark.parametrize("path", ["nowhere.toml", "nowhere", "empty"])
def test_nothing_to_validate_is_wrong(run: Run, tmp_path: Path, path: str) -> None:
    (tmp_path / "empty").mkdir()
    assert run("validate", path).status == 2


def test_a_spec_without_printed_figures_has_none(run: Run, write: Write) -> None:
    write(SPEC + mean("").replace("expect = []\n", ""))
    outcome = run("validate", "spec.toml")
    assert outcome.status == 0
    assert outcome.out.splitlines()[-1] == (
        "0 figures of 1 spec: 0 agreed, 0 disagreed, 0 not computed"
    )


# ---- run ----


def test_run_prints_tables(run: Run, write: Write) -> None:
    write(SPEC + mean('{ estimate = "9" }'))  # what is expected changes nothing
    outcome = run("run", "spec.toml")
    assert outcome.status == 0
    assert outcome.out.startswith("Numbers\n\nmean: mean of y")
    assert "4.0  1.1" in outcome.out


@pytest.mark.parametrize("form", ["csv", "json", "html"])
def test_run_prints_or_writes_a_format(run: Run, write: Write, form: str, tmp_path: Path) -> None:
    write(SPEC + mean('{ estimate = "4" }'), "some survey.toml")
    shown = run("run", "some survey.toml", "--format", form)
    outcome = run("run", "some survey.toml", "--format", form, "--out", "deep/er")
    assert outcome.status == 0
    written = tmp_path / "deep" / "er" / f"some survey.{form}"
    assert outcome.out.strip() == str(written.relative_to(tmp_path))
    assert written.read_text(encoding="utf-8") == shown.out
    assert [one.name for one in written.parent.iterdir()] == [written.name]
    if form == "json":
        assert json.loads(shown.out)["estimates"][0]["rows"][0]["estimate"] == 4


def test_run_writes_csv_unless_told_otherwise(run: Run, write: Write) -> None:
    write(SPEC + mean('{ estimate = "4" }'))
    assert run("run", "spec.toml", "--out", "out").out.strip() == "out/spec.csv"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('"mean"\nvar', '"mode"\nvar'), "key 'statistic'"),
        (("numbers", "number"), "Did you mean 'numbers.csv'?"),
        (('["y"]', '["z"]'), "found 'z'"),
        (('"mean"\nvariables', '"variance"\nvariables'), "isn't computed by this version"),
        (('"w"\n', '"y"\nstrata = "y"\n'), "stratum"),
    ],
)
def test_run_says_what_is_wrong(
    run: Run,
    write: Write,
    change: tuple[str, str],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(asking._QUESTIONS, "variance")
    text = SPEC + mean('{ estimate = "4" }')
    assert change[0] in text
    write(text.replace(*change))
    outcome = run("run", "spec.toml")
    assert outcome.status == 2
    assert outcome.out == ""
    assert outcome.err.startswith("irosurvey: spec.toml, line ")
    assert words in outcome.err


@pytest.mark.parametrize("command", ["run", "validate"])
def test_help_shows_a_spec_and_the_exit_status(run: Run, command: str) -> None:
    outcome = run(command, "--help")
    assert outcome.status == 0
    assert "[[estimate]]" in outcome.out
    assert "exit status:" in outcome.out
    assert "examples:" in outcome.out
    assert max(map(len, outcome.out.splitlines())) <= 100


def test_run_prints_and_writes_every_row(run: Run, tmp_path: Path) -> None:
    rows = "\n".join(f"{n},{n}" for n in range(300))
    (tmp_path / "many.csv").write_text(f"g,y\n{rows}\n")
    (tmp_path / "many.toml").write_text(
        '[data]\nfile = "many.csv"\n'
        '[[estimate]]\nid = "m"\nstatistic = "mean"\nvariables = ["y"]\nby = ["g"]\n'
    )
    out = run("run", "many.toml").out
    assert sum(line.split()[:2] == ["299", "299"] for line in out.splitlines()) == 1
    assert "more row" not in out
    assert run("run", "many.toml", "--format", "html").out.count("<tr>") >= 301
    assert len(run("run", "many.toml", "--format", "csv").out.splitlines()) == 301
