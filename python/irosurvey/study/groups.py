"""Three groups, the same questions: who sees it more rosily, and whether they agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from irosurvey._core import Frame
from irosurvey.design import Design
from irosurvey.expr import T
from irosurvey.result import Estimate
from irosurvey.study.answers import labelled, yes_or_no
from irosurvey.study.codebook import Codebook
from irosurvey.study.gaps import Gap
from irosurvey.study.population import Authority, IroSpread
from irosurvey.study.sheets import Data, Field, Row, Sheet, estimated, interval_fields
from irosurvey.study.weighting import GROUPS, LEAST_UNITS, SINGLETON, GroupDesign, data_of, margins
from irosurvey.study.words import listed

__all__ = [
    "ALPHA",
    "NOT_TESTED",
    "NO_DIFFERENCE",
    "SharedQuestion",
    "agreement_sheet",
    "differences_sheet",
    "shared_questions",
    "stacked",
]

_ROSY: Mapping[str, tuple[int, ...]] = {
    "frequency": (1, 2),
    "agreement": (1, 2),
    "extent": (1,),
    "yesno": (1,),
}
"""Answers that count as the rosy ones, by kind of question."""

ROSY_WORDS = "Rosy answers"

_NO_FINITE_POPULATION = (
    "finite population",
    "left out, since IROs have none: standard errors of managers and directors err upwards",
)

NO_DIFFERENCE = "no difference beyond chance"
NOT_TESTED = "can’t be tested"
"""How verdicts on a pair begin that name no group as rosier."""
ALPHA = 0.05
"""Level of the tests that decide about words; p-values of a question's pairs are Holm's."""


@dataclass(frozen=True)
class SharedQuestion:
    """A question that several groups were asked.

    Attributes
    ----------
    variable, label
        Its name, and what it asks (in the words for managers, where they were asked).
    groups
        Instruments that have it.
    rosy, words
        Answers that count, and their labels.
    """

    variable: str
    label: str
    kind: str
    groups: tuple[str, ...]
    rosy: tuple[int, ...]
    words: str


def shared_questions(
    groups: Sequence[GroupDesign], codebook: Codebook
) -> tuple[SharedQuestion, ...]:
    """Questions of the same name and kind that at least two groups were asked, in their order."""
    asked: dict[str, list[str]] = {}
    for group in groups:
        for name in codebook.variables(group.instrument):
            asked.setdefault(name, []).append(group.instrument)
    found = []
    for name, instruments in asked.items():
        kinds = {codebook.kind(instrument, name) for instrument in instruments}
        kind = kinds.pop()
        if len(instruments) < 2 or kinds or kind not in _ROSY:
            continue
        labels = codebook.labels(instruments[-1], name)
        found.append(
            SharedQuestion(
                name,
                str(codebook.variables(instruments[-1])[name]["label"]),
                kind,
                tuple(instruments),
                _ROSY[kind],
                " or ".join(labels[code].lower() for code in _ROSY[kind]),
            )
        )
    return tuple(found)


def stacked(
    groups: Sequence[GroupDesign],
    questions: Sequence[SharedQuestion],
    population: Sequence[Authority],
    spread: IroSpread,
) -> Design:
    """One design over the respondents of all groups, in which authorities are the sampling units.

    Groups are domains of it, so that the covariance between groups that share authorities is in
    every difference. Weights are raked to region and type within each group. The finite population
    is left out, since IROs have none: standard errors of managers and directors err on the safe
    side.
    """
    size = [group.answers.frame.rows for group in groups]
    codes = [code for code, rows in enumerate(size, start=1) for _ in range(rows)]
    columns: dict[str, object] = {
        "group": labelled("group", codes, "Group", dict(enumerate(GROUPS.values(), start=1))),
        "authority": pa.array(
            [code for group in groups for code in group.answers.texts("authority")]
        ),
    }
    for name in ("region", "type"):
        columns[name] = labelled(
            name,
            _stack(groups, name),
            name.capitalize(),
            groups[0].answers.frame[name].value_labels,
        )
    data = data_of(groups)
    frame = Frame(columns, "" if data == "given" else data)
    for question in questions:
        values = _stack(groups, question.variable)
        frame = frame.with_column(question.variable, values)
        rosy = np.where(np.isnan(values), np.nan, np.isin(values, question.rosy))
        frame = frame.with_column(yes_or_no(_rosy(question), rosy, question.label, ROSY_WORDS))
    design = Design(frame, strata="region", clusters="authority", singleton=SINGLETON)
    return design.calibrate("rake", _group_margins(groups, population, spread))


def _stack(groups: Sequence[GroupDesign], variable: str) -> NDArray[np.float64]:
    return np.concatenate(
        [
            group.answers.numbers(variable)
            if variable in group.answers.frame
            else np.full(group.answers.frame.rows, np.nan)
            for group in groups
        ]
    )


def _rosy(question: SharedQuestion) -> str:
    return f"rosy {question.variable}"


def _group_margins(
    groups: Sequence[GroupDesign], population: Sequence[Authority], spread: IroSpread
) -> dict[tuple[str, str], dict[tuple[int, int], float]]:
    totals: dict[tuple[str, str], dict[tuple[int, int], float]] = {
        ("group", "region"): {},
        ("group", "type"): {},
    }
    for code, group in enumerate(groups, start=1):
        found = {name: set(group.answers.numbers(name).tolist()) for name in ("region", "type")}
        reached = [
            one for one in population if one.region in found["region"] and one.type in found["type"]
        ]
        if group.instrument == "iro" and not spread.numbers:
            own = {
                name: {
                    int(level): float(np.count_nonzero(group.answers.numbers(name) == level))
                    for level in found[name]
                }
                for name in ("region", "type")
            }
        else:
            weights = spread.numbers if group.instrument == "iro" else {}
            total = sum(weights.values())
            # Children become shares of the IROs who answered: only shares are known.
            scale = group.answers.frame.rows / total if total else 1.0
            own = margins(
                reached, {one.code: scale * weights.get(one.code, 1.0) for one in reached}
            )
        for name in ("region", "type"):
            totals["group", name] |= {(code, level): total for level, total in own[name].items()}
    return totals


# ---- differences ----


def differences_sheet(
    design: Design,
    groups: Sequence[GroupDesign],
    questions: Sequence[SharedQuestion],
    level: float,
) -> tuple[Sheet, Sheet]:
    """Shares of the rosy answers by group, and every difference between two groups."""
    shares: list[Row] = []
    shares_of: list[Data] = []
    pairs: list[Row] = []
    pairs_of: list[Data] = []
    made_of = {one.group: one.answers.data for one in groups}
    every = data_of(groups)  # all of them are in every error

    def made(*names: str) -> Data:
        return "SYNTHETIC" if {made_of[name] for name in names} == {"SYNTHETIC"} else every

    choices: tuple[tuple[str, str], ...] = ()
    for question in questions:
        found = design.proportion(
            _rosy(question), 1, by="group", where=_asked(question), covariance=True, level=level
        )
        choices = tuple(
            (choice.name, choice.value) for choice in found.choices if choice.name != "domain"
        )  # whom a question was put to differs from one to the next
        present = [str(one) for one in found.keys()["group"]]
        numbers = estimated(found)
        enough: list[int] = []
        for name in (GROUPS[one] for one in question.groups):
            row = present.index(name) if name in present else -1
            shown = row >= 0 and int(found.units[row]) >= LEAST_UNITS
            enough += [row] if shown else []
            shares_of.append(made(name))
            shares.append(
                (
                    question.label,
                    question.variable,
                    question.words,
                    name,
                    int(found.n[row]) if row >= 0 else 0,
                    *(numbers[row] if shown else (None,) * 4),
                )
            )
        if len(enough) > 1:
            rows = _pair_rows(question, found[np.isin(np.arange(len(found)), enough)])
            pairs += rows
            pairs_of += [made(*str(row[2]).split(" less ")) for row in rows]
    choices = (*choices, _NO_FINITE_POPULATION)
    return (
        Sheet(
            "groups_shares",
            "The same question put to IROs, managers and directors",
            [
                Field("question", "Question"),
                Field("variable", "Variable"),
                Field("answers", "Answers that count"),
                Field("group", "Group"),
                Field("n", "n", "count"),
                Field("share", "Share", "share"),
                *interval_fields("share", level),
            ],
            shares,
            note="Shares of the rosy answers, weighted within each group to region and type of "
            "authority. An authority with respondents of several groups is one sampling unit.",
            row_data=shares_of,
            choices=choices,
        ),
        Sheet(
            "groups_differences",
            "Who sees it more rosily",
            [
                Field("question", "Question"),
                Field("variable", "Variable"),
                Field("pair", "Difference"),
                Field("difference", "Points", "points"),
                *interval_fields("points", level),
                Field("p", "p", "p"),
                Field("p_holm", "p, Holm", "p"),
                Field("rosier", "Who sees it more rosily"),
            ],
            pairs,
            note="Differences of the share of rosy answers. Covariance between groups "
            "that share authorities is in the standard error. Holm's p is adjusted for the pairs "
            "of a question; at 5% it decides whether one group is called rosier.",
            row_data=pairs_of,
            choices=choices,
        ),
    )


def _asked(question: SharedQuestion) -> str:
    codes = [str(list(GROUPS).index(one) + 1) for one in question.groups]
    return f'"group" IN ({", ".join(codes)})'


def _pair_rows(question: SharedQuestion, found: Estimate) -> list[Row]:
    tested = found.pairs("group", adjust="holm")
    lower, upper = tested.interval(adjust="none")
    alike = {
        str(group)
        for group, se in zip(found.keys()["group"], found.se, strict=True)
        if float(se) == 0.0
    }
    rows: list[Row] = []
    for place, cell in enumerate(tested.keys()["group"]):
        first, second = str(cell).split(" - ")
        estimate = float(tested.estimate[place])
        head = (question.label, question.variable, f"{first} less {second}", estimate)
        if alike & {first, second}:
            # How far chance moves answers can't be told from answers that are all the same.
            rows.append((*head, *(None,) * 5, _all_alike(sorted(alike & {first, second}))))
            continue
        adjusted = float(tested.p_adjusted[place])
        winner = first if estimate > 0 else second
        rows.append(
            (
                *head,
                float(tested.se[place]),
                float(lower[place]),
                float(upper[place]),
                float(tested.p[place]),
                adjusted,
                winner if adjusted < ALPHA else NO_DIFFERENCE,
            )
        )
    return rows


def _all_alike(groups: Sequence[str]) -> str:
    return f"{NOT_TESTED}: all {listed(groups)} who answered say the same"


# ---- agreement within authorities ----


def agreement_sheet(
    groups: Sequence[GroupDesign], questions: Sequence[SharedQuestion], level: float
) -> tuple[Sheet, tuple[Gap, ...]]:
    """Pairs of respondents of one authority: how often they say the same, and who is rosier.

    Questions that too few of them both answered are among the gaps.
    """
    rows: list[Row] = []
    gaps: list[Gap] = []
    row_data: list[Data] = []
    for one, other in combinations(groups, 2):
        for question in questions:
            if {one.instrument, other.instrument} <= set(question.groups):
                row = _agreement_row(one, other, question, level)
                if isinstance(row, Gap):
                    gaps.append(row)
                    continue
                rows.append(row)
                row_data.append(data_of([one, other]))
    percent = f"{100 * level:g}%"
    sheet = Sheet(
        "groups_agreement",
        "Agreement within authorities",
        [
            Field("question", "Question"),
            Field("variable", "Variable"),
            Field("pair", "Pairs"),
            Field("pairs", "Number of pairs", "count"),
            Field("authorities", "Authorities", "count"),
            Field("same", "Both rosy, or both not", "share"),
            Field("same_lower", f"{percent} lower", "share"),
            Field("same_upper", f"{percent} upper", "share"),
            Field("kappa", "Kappa", "number", 2),
            Field("kappa_se", "SE of kappa", "number", 2),
            Field("first_rosier", "Only the first is rosy", "share"),
            Field("second_rosier", "Only the second is rosy", "share"),
            Field("net", "Second less first, points", "points"),
            Field("net_p", "p", "p"),
        ],
        rows,
        note="Every pair of respondents of one authority counts once, without weights; authorities "
        "are sampling units. Kappa: agreement beyond what the two shares alone would bring (0: "
        "none, 1: full).",
        row_data=row_data,
        choices=[("pairs", "unweighted; an authority with several IROs has several pairs")],
    )
    return sheet, tuple(gaps)


def _agreement_row(
    one: GroupDesign, other: GroupDesign, question: SharedQuestion, level: float
) -> Row | Gap:
    frame = _paired(one, other, question)
    pair = f"{one.group} and {other.group}"
    if len(set(frame["authority"].to_arrow().to_pylist())) < LEAST_UNITS:
        return Gap(
            f"{question.label}: agreement within authorities",
            pair,
            frame.rows,
            "of fewer than two authorities one of each answered it",
            ("groups",),
            question.variable,
            data_of([one, other]),
        )
    design = Design(frame, clusters="authority")
    same = design.proportion("same", 1, level=level)
    lower, upper = same.interval()
    net = design.ttest("net", level=level)
    return (
        question.label,
        question.variable,
        pair,
        frame.rows,
        int(same.units[0]),
        float(same),
        float(lower[0]),
        float(upper[0]),
        *_kappa(design, level),
        float(design.proportion("only first", 1)),
        float(design.proportion("only second", 1)),
        float(net.of.estimate[0]) if net.of is not None else None,
        float(net.p),
    )


def _kappa(design: Design, level: float) -> tuple[float | None, float | None]:
    """Kappa with its standard error; none where all of both say the same: chance explains it."""
    said = {value for name in ("first", "second") for value in design.frame[name].to_numpy()}
    if len(said) < 2:
        return None, None
    both, first, second = (T(name) / T(1) for name in ("same", "first", "second"))
    chance = first * second + (1 - first) * (1 - second)
    found = design.estimate({"kappa": (both - chance) / (1 - chance)}, level=level)
    return float(found.estimate[0]), float(found.se[0])


def _paired(one: GroupDesign, other: GroupDesign, question: SharedQuestion) -> Frame:
    """A row for each two respondents of one authority who both answered the question."""
    theirs: dict[str, list[bool]] = {}
    for code, rosy in _rosy_by_authority(other, question):
        theirs.setdefault(code, []).append(rosy)
    pairs = [
        (code, rosy, answer)
        for code, rosy in _rosy_by_authority(one, question)
        for answer in theirs.get(code, [])
    ]
    return Frame(
        {
            "authority": pa.array([code for code, _, _ in pairs], pa.string()),
            "first": pa.array([float(mine) for _, mine, _ in pairs], pa.float64()),
            "second": pa.array([float(yours) for _, _, yours in pairs], pa.float64()),
            "same": _flag("same", [mine == yours for _, mine, yours in pairs]),
            "only first": _flag("only first", [mine > yours for _, mine, yours in pairs]),
            "only second": _flag("only second", [yours > mine for _, mine, yours in pairs]),
            "net": pa.array([float(yours) - float(mine) for _, mine, yours in pairs], pa.float64()),
        },
        one.answers.frame.label,
    )


def _flag(name: str, values: Sequence[bool]) -> object:
    return yes_or_no(name, [float(value) for value in values], name)


def _rosy_by_authority(group: GroupDesign, question: SharedQuestion) -> list[tuple[str, bool]]:
    answers = group.answers.numbers(question.variable)
    return [
        (code, bool(np.isin(answer, question.rosy)))
        for code, answer in zip(group.answers.texts("authority"), answers, strict=True)
        if not np.isnan(answer)
    ]
