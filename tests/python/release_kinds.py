"""Random releases of many kinds, with what anybody knows of their tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from attacker import INFINITE, Attack, Key, Knowledge
from reading import ANY, EACH, NAMED, NONE, Layout, Reader, Rules

import irosurvey
from irosurvey.crosstab import Percent
from irosurvey.tables import Policy

__all__ = ["KINDS", "People", "Plan", "plan"]


@dataclass(frozen=True)
class People:
    """Respondents, by question; ``None``: no answer."""

    answers: Mapping[str, Sequence[str | None]]

    @cached_property
    def _columns(self) -> dict[str, np.ndarray]:
        return {name: np.array(own, dtype=object) for name, own in self.answers.items()}

    @cached_property
    def _found(self) -> dict[Key, frozenset[int]]:
        return {}

    def who(self, key: Key) -> frozenset[int]:
        """The respondents in a cell."""
        if key not in self._found:
            inside = np.ones(len(next(iter(self._columns.values()))), dtype=bool)
            for name, level in key:
                own = self._columns[name]
                answered = np.array([one is not None for one in own])
                inside &= answered if level == ANY else ~answered if level == NONE else own == level
            self._found[key] = frozenset(np.flatnonzero(inside).tolist())
        return self._found[key]

    def count(self, key: Key) -> int:
        return len(self.who(key))


@dataclass(frozen=True)
class Plan:
    """A release to be made, and what its readers know."""

    people: People
    tables: Sequence[irosurvey.Table]
    policy: Policy
    reader: Reader

    def least(self, key: Key, known: Knowledge, knower: Key | None = None) -> int:
        """What a count is at least, were everything hidden that isn't nought."""
        bare = Knowledge(dict(known.lower), dict(known.upper), known.sums, known.marked)
        shown = self.reader.rules.zeros_shown
        for one in known.lower:
            free = one in known.watched or any(level == NONE for _, level in one)
            nought = shown and not free and self.people.count(one) == 0
            bare.lower[one] = 0 if nought or free else self.reader.rules.least
            bare.upper[one] = 0 if nought else INFINITE
        attack = Attack(bare)
        if knower is not None:
            attack = attack.told(knower, 1)
        return attack.interval(key)[0]


OPEN = {"proportions": "none", "counts": "none", "cv_bands": ""}
EXACT = Policy.preset("dfe", **OPEN, rounding="none")
DIGITS = EXACT.with_fields(exact_percentages=False)

Answers = dict[str, list[str | None]]


@dataclass
class Draw:
    """What a kind draws from."""

    rng: np.random.Generator
    levels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    answers: Answers = field(default_factory=dict)

    def ask(
        self, names: str, number: tuple[int, int], sizes: tuple[int, int] = (2, 4)
    ) -> dict[str, list[str | None]]:
        """Answers to questions, that hang together a little; some answers are rare."""
        many = int(self.rng.integers(*number))
        trait = self.rng.random(many)
        for name in names:
            count = int(self.rng.integers(sizes[0], sizes[1] + 1))
            self.levels[name] = tuple(f"{name}{place}" for place in range(1, count + 1))
            shares = self.rng.dirichlet(np.full(count, float(self.rng.choice([0.7, 1.5, 4.0]))))
            mixed = np.where(self.rng.random(many) < 0.4, trait, self.rng.random(many))
            places = np.searchsorted(np.cumsum(shares)[:-1], mixed)
            self.answers[name] = [self.levels[name][place] for place in places]
        # Of answers that nobody gave readers see nothing.
        for name in names:
            given = {*self.answers[name]}
            self.levels[name] = tuple(one for one in self.levels[name] if one in given)
        return self.answers

    def design(self, **more: object) -> irosurvey.Design:
        return irosurvey.Design({**self.answers, **more})

    def made(
        self,
        tables: Sequence[irosurvey.Table],
        layouts: Sequence[Layout],
        policy: Policy,
        *,
        told: bool = False,
        rules: Rules | None = None,
        **known: object,
    ) -> Plan:
        """A plan; `told`: the reader can undo every formula."""
        people = People(self.answers)
        if rules is None:
            rules = Rules(
                hidden=(policy.suppress_from, policy.suppress_to),
                zeros_shown=not policy.suppress_zeros,
                rounding=policy.rounding,
                base=policy.rounding_base if policy.rounding != "none" else 1,
                decimals=policy.percent_decimals,
                mean_decimals=policy.mean_decimals,
            )
        reader = Reader(layouts, rules, self.levels, truth=people.count if told else None)
        return Plan(people, tables, policy, replace(reader, **known))  # type: ignore[arg-type]


def _count(result: irosurvey.CrossTab) -> irosurvey.Table:
    return irosurvey.Table(result, percent="count", statistics="estimate")


def _share(result: irosurvey.CrossTab, percent: Percent = "row", *more: str) -> irosurvey.Table:
    return irosurvey.Table(result, percent=percent, statistics=["estimate", *more, "base"])


def three(draw: Draw) -> Plan:
    draw.ask("abc", (30, 250), (2, 3))
    table = _count(draw.design().crosstab("b", "c", "a"))
    return draw.made([table], [Layout(("a", "b"), "c")], EXACT)


def four(draw: Draw) -> Plan:
    draw.ask("abcd", (60, 400), (2, 2))
    table = _count(draw.design().crosstab("c", "d", "a", "b"))
    return draw.made([table], [Layout(("a", "b", "c"), "d")], EXACT)


def linked(draw: Draw) -> Plan:
    """Every pair of three questions."""
    draw.ask("abc", (30, 200), (2, 3))
    design, pairs = draw.design(), (("a", "b"), ("a", "c"), ("b", "c"))
    return draw.made(
        [_count(design.crosstab(*pair)) for pair in pairs],
        [Layout((row,), column) for row, column in pairs],
        EXACT,
    )


def hierarchy(draw: Draw) -> Plan:
    """Places within regions, in tables of their own."""
    places = [f"p{place}" for place in draw.rng.permutation(int(draw.rng.integers(4, 8)))]
    regions = {one: f"r{at % 2}" for at, one in enumerate(sorted(places))}
    draw.ask("b", (60, 300))
    shares = draw.rng.dirichlet(np.full(len(places), 2.0))
    drawn = draw.rng.choice(places, len(draw.answers["b"]), p=shares).tolist()
    given = sorted({*drawn})
    draw.levels |= {"place": tuple(given), "region": tuple(sorted({regions[one] for one in given}))}
    draw.answers |= {"place": drawn, "region": [regions[one] for one in drawn]}
    design = draw.design()
    return draw.made(
        [_count(design.crosstab("place", "b")), _count(design.crosstab("region", "b"))],
        [Layout(("place",), "b"), Layout(("region",), "b")],
        EXACT,
        inside={"place<region": {one: regions[one] for one in given}},
    )


def whole_percentages(draw: Draw, policy: Policy = DIGITS) -> Plan:
    draw.ask("abc", (40, 300), (2, 3))
    design = draw.design()
    return draw.made(
        [_share(design.crosstab("a", "b")), _share(design.crosstab("a", "c"), "column")],
        [Layout(("a",), "b", "row"), Layout(("a",), "c", "column")],
        policy,
    )


def one_decimal(draw: Draw) -> Plan:
    return whole_percentages(draw, DIGITS.with_fields(percent_decimals=1))


def total_percentages(draw: Draw) -> Plan:
    draw.ask("ab", (40, 300), (2, 4))
    table = _share(draw.design().crosstab("a", "b"), "total")
    return draw.made([table], [Layout(("a",), "b", "total")], DIGITS)


def counts_and_percentages(draw: Draw, **rounding: object) -> Plan:
    """The same counts rounded, and as percentages of rounded bases."""
    draw.ask("ab", (40, 300), (2, 4))
    table = draw.design().crosstab("a", "b")
    policy = Policy.preset("dfe", **OPEN, **rounding, exact_percentages=False)
    return draw.made(
        [_count(table), _share(table)], [Layout(("a",), "b"), Layout(("a",), "b", "row")], policy
    )


def random_rounding(draw: Draw) -> Plan:
    seed = int(draw.rng.integers(2**31))
    return counts_and_percentages(draw, rounding="random", rounding_base=5, seed=seed)


def controlled_rounding(draw: Draw) -> Plan:
    """Counts alone: parts add up as they are printed."""
    draw.ask("ab", (40, 300), (2, 4))
    policy = Policy.preset(
        "dfe", **OPEN, rounding="controlled", rounding_base=3, seed=int(draw.rng.integers(2**31))
    )
    return draw.made([_count(draw.design().crosstab("a", "b"))], [Layout(("a",), "b")], policy)


def every_statistic(draw: Draw) -> Plan:
    """Limits, errors, effective sizes and degrees of freedom, to a reader who undoes them all."""
    draw.ask("abc", (40, 300), (2, 3))
    design, policy = draw.design(), Policy.preset("dfe", **OPEN)
    kinds = ["lower", "upper", "se", "cv", "effective_n", "df", "weighted_base"]
    chosen = [str(one) for one in draw.rng.choice(kinds, 2, replace=False)]
    return draw.made(
        [
            _share(design.crosstab("a", "b"), "row", *chosen),
            irosurvey.Table(design.crosstab("a", "c"), percent="row", statistics=["estimate"]),
        ],
        [Layout(("a",), "b", "row"), Layout(("a",), "c", "row")],
        policy,
        told=True,
    )


def weighted(draw: Draw) -> Plan:
    """Weighted shares, counts and bases, to a reader who undoes them all."""
    draw.ask("abc", (40, 300), (2, 3))
    weights = draw.rng.integers(5, 60, len(draw.answers["a"])) / 10
    design = irosurvey.Design({**draw.answers, "w": weights.tolist()}, weights="w")
    return draw.made(
        [
            _share(design.crosstab("a", "b"), "row", "weighted_base"),
            irosurvey.Table(
                design.crosstab("a", "c"), percent="count", statistics=["estimate", "base"]
            ),
        ],
        [
            Layout(("a",), "b", "row", weighted=True),
            Layout(("a",), "c", weighted=True),
        ],
        Policy.preset("dfe", **OPEN),
        told=True,
    )


def groups(draw: Draw) -> Plan:
    """Shares of one answer of two by groups, without a total: each has its complement."""
    draw.ask("ab", (40, 300), (2, 5))
    draw.ask("c", (len(draw.answers["a"]), len(draw.answers["a"]) + 1), (2, 2))
    design = draw.design()
    c = draw.levels["c"][0]
    return draw.made(
        [
            irosurvey.Table(
                design.proportion("c", c, by=group), statistics=["estimate", "base"], name=group
            )
            for group in "ab"
        ],
        [Layout((group,), answer=("c", c)) for group in "ab"],
        EXACT,
    )


def gaps(draw: Draw) -> Plan:
    """Questions that not all answered, and crossings that can't be."""
    draw.ask("abc", (60, 300), (2, 4))
    for name in "bc":
        left_out = draw.rng.random(len(draw.answers[name])) < draw.rng.choice([0.02, 0.1])
        draw.answers[name] = [
            None if skip else one for one, skip in zip(draw.answers[name], left_out, strict=True)
        ]
    first, last = draw.levels["a"][0], draw.levels["b"][-1]
    other = draw.levels["b"][0]
    draw.answers["b"] = [
        other if (a, b) == (first, last) else b
        for a, b in zip(draw.answers["a"], draw.answers["b"], strict=True)
    ]
    for name in "bc":
        given = {*draw.answers[name]}
        draw.levels[name] = tuple(one for one in draw.levels[name] if one in given)
    missing = frozenset(name for name in "bc" if None in draw.answers[name])
    design = draw.design()
    return draw.made(
        [
            _count(design.crosstab("a", "b")),
            _count(design.crosstab("a", "c")),
            irosurvey.Table(design.proportion("a"), statistics=["estimate", "base"]),
        ],
        [Layout(("a",), "b"), Layout(("a",), "c"), Layout(("a",), of="total")],
        EXACT,
        gaps=missing,
    )


def domains(draw: Draw) -> Plan:
    """16 and over, and 18 and over."""
    draw.ask("ab", (60, 250), (2, 3))
    many = len(draw.answers["a"])
    young = float(draw.rng.choice([0.02, 0.05, 0.15]))
    age = draw.rng.choice([15, 16, 17, 18, 40], many, p=[young, young, young, 0.3, 0.7 - 3 * young])
    for limit in (16, 18):
        draw.answers[f"from{limit}"] = ["yes" if one >= limit else "no" for one in age]
    design = draw.design(age=age.tolist())
    tables = [_count(design.crosstab("a", "b", where=f"age >= {limit}")) for limit in (16, 18)]
    layouts = [Layout(("a",), "b", within=frozenset({(f"from{one}", "yes")})) for one in (16, 18)]
    return draw.made(tables, layouts, EXACT, nested=[(("from18", "yes"), ("from16", "yes"))])


def halves(draw: Draw) -> Plan:
    """Everybody, and two domains that everybody is in one of."""
    draw.ask("ab", (60, 250), (2, 3))
    many = len(draw.answers["a"])
    share = float(draw.rng.choice([0.05, 0.2, 0.5]))
    draw.answers["s"] = ["s1" if one else "s2" for one in draw.rng.random(many) < share]
    draw.levels["s"] = tuple(sorted({*map(str, draw.answers["s"])}))
    design = draw.design()
    wheres = [None, *(f"s = '{one}'" for one in draw.levels["s"])]
    within = [frozenset[tuple[str, str]](), *(frozenset({("s", one)}) for one in draw.levels["s"])]
    return draw.made(
        [_count(design.crosstab("a", "b", where=where)) for where in wheres],
        [Layout(("a",), "b", within=one) for one in within],
        EXACT,
    )


def means(draw: Draw) -> Plan:
    """Mean scores beside counts of the scores."""
    return _scored(draw, total=False)


def totals(draw: Draw) -> Plan:
    """Totals of noughts and ones beside counts of them."""
    return _scored(draw, total=True)


def _scored(draw: Draw, *, total: bool) -> Plan:
    draw.ask("ab", (40, 200), (2, 4))
    size = (2, 2) if total or draw.rng.random() < 0.3 else (3, 4)
    draw.ask("c", (len(draw.answers["a"]), len(draw.answers["a"]) + 1), size)
    first = 0 if total else 1
    scores = {level: float(first + place) for place, level in enumerate(draw.levels["c"])}
    design = draw.design(score=[int(scores[str(one)]) for one in draw.answers["c"]])

    def scored(by: str | None) -> irosurvey.Estimate:
        return design.total("score", by=by) if total else design.mean("score", by=by)

    decimals = int(draw.rng.integers(1, 3))
    policy = EXACT.with_fields(mean_decimals=decimals, other_decimals=decimals)
    mean = irosurvey.Table(
        [scored("a"), scored("b")],
        total=[scored(None), None],
        statistics=["estimate", "base"],
        arrange="rows",
    )
    layout = Layout(NAMED, scores=("c", scores), total=total)
    plan = draw.made(
        [_count(design.crosstab("a", "c")), _count(design.crosstab("b", "c")), mean],
        [Layout(("a",), "c"), Layout(("b",), "c"), layout],
        policy,
    )
    return plan


def alike(draw: Draw) -> Plan:
    """Where noughts and groups that are all alike are hidden."""
    draw.ask("ab", (60, 500), (2, 4))
    first = draw.levels["a"][0]
    draw.answers["b"] = [
        draw.levels["b"][0] if a == first and draw.rng.random() < 0.95 else b
        for a, b in zip(draw.answers["a"], draw.answers["b"], strict=True)
    ]
    given = {*draw.answers["b"]}
    draw.levels["b"] = tuple(one for one in draw.levels["b"] if one in given)
    policy = Policy.preset("tre", rounding="none", exact_percentages=False)
    table = draw.design().crosstab("a", "b")
    return draw.made(
        [_count(table), _share(table)], [Layout(("a",), "b"), Layout(("a",), "b", "row")], policy
    )


def stacked(draw: Draw) -> Plan:
    """Several questions by one, in one table, as whole percentages with errors."""
    draw.ask("abc", (40, 300), (2, 3))
    design = draw.design()
    table = irosurvey.Table(
        [design.crosstab("b", "a"), design.crosstab("c", "a")],
        percent="row",
        statistics=["estimate", "base"],
        arrange="rows",
    )
    return draw.made(
        [table, _count(design.crosstab("b", "c"))],
        [Layout(NAMED, "a", "row"), Layout(("b",), "c")],
        EXACT,
        told=True,
    )


def several_answers(draw: Draw) -> Plan:
    """A question to which people give several answers, by groups."""
    draw.ask("a", (60, 300), (2, 4))
    many = len(draw.answers["a"])
    names = [f"m{place}" for place in range(1, int(draw.rng.integers(2, 5)) + 1)]
    shares = draw.rng.choice([0.03, 0.1, 0.4, 0.8], len(names))
    chosen = draw.rng.random((many, len(names))) < shares
    if draw.rng.random() < 0.6:  # nearly everybody gives one answer
        one = draw.rng.choice(len(names), many, p=draw.rng.dirichlet(np.full(len(names), 0.7)))
        chosen = (draw.rng.random((many, len(names))) < 0.01) | (np.eye(len(names))[one] > 0)
    chosen[0] = True
    for place, name in enumerate(names):
        draw.answers[name] = ["yes" if one else "no" for one in chosen[:, place]]
        draw.levels[name] = ("yes", "no")
    draw.answers[EACH] = ["some" if one else None for one in chosen.any(axis=1)]
    given = {one for one, own in zip(draw.answers["a"], chosen.any(axis=1), strict=True) if own}
    draw.levels["a"] = tuple(one for one in draw.levels["a"] if one in given)
    design = irosurvey.Design(
        {"a": draw.answers["a"], **dict(zip(names, chosen.T.astype(int).tolist(), strict=True))}
    )
    table = irosurvey.Table(
        design.multiple_response(names, by="a"),
        total=design.multiple_response(names),
        statistics=["estimate", "base"],
    )
    return draw.made(
        [table], [Layout(("a",), EACH, "row")], EXACT, gaps=frozenset({EACH}), chosen=names
    )


def authorities(draw: Draw) -> Plan:
    """Places as they are, regions and the country rounded."""
    plan = hierarchy(draw)
    design = draw.design()
    tables = [
        irosurvey.Table(
            design.crosstab("place", "b"),
            percent="count",
            statistics="estimate",
            authority="place",
            group_population=50,
        ),
        _count(design.crosstab("region", "b")),
    ]
    layouts = [Layout(("place",), "b", exact=True), Layout(("region",), "b")]
    return draw.made(tables, layouts, Policy.preset("dfe", **OPEN), inside=plan.reader.inside)


def filtered(draw: Draw) -> Plan:
    """Places, and one region as a filter, in shares of two questions."""
    plan = hierarchy(draw)
    region = draw.levels["region"][0]
    design = draw.design()
    tables = [
        _count(design.crosstab("place", "b")),
        irosurvey.Table(
            design.proportion("b", where=f"region = '{region}'"), statistics=["estimate", "base"]
        ),
    ]
    layouts = [
        Layout(("place",), "b"),
        Layout(("b",), of="total", within=frozenset({("region", region)})),
    ]
    return draw.made(tables, layouts, EXACT, told=True, inside=plan.reader.inside)


def unreliable(draw: Draw) -> Plan:
    """With marks for what is too unreliable to be shown: it isn't hidden, so it isn't small."""
    draw.ask("abc", (40, 400), (2, 3))
    design = draw.design()
    name = str(draw.rng.choice(["dfe", "nchs"]))
    return draw.made(
        [
            _share(design.crosstab("a", "b"), "row", "lower", "upper"),
            _share(design.crosstab("c", "b")),
        ],
        [Layout(("a",), "b", "row"), Layout(("c",), "b", "row")],
        Policy.preset(name),
        told=True,
    )


def letters(draw: Draw) -> Plan:
    """Shares of columns with letters for those that differ."""
    draw.ask("ab", (40, 400), (2, 4))
    table = irosurvey.Table(
        draw.design().crosstab("a", "b"),
        percent="column",
        letters=True,
        statistics=["estimate", "base"],
    )
    return draw.made([table], [Layout(("a",), "b", "column")], EXACT, told=True)


KINDS: Mapping[str, Callable[[Draw], Plan]] = {
    "3": three,
    "4": four,
    "linked": linked,
    "hierarchy": hierarchy,
    "whole percentages": whole_percentages,
    "one decimal": one_decimal,
    "percentages of all": total_percentages,
    "rounded": counts_and_percentages,
    "random rounding": random_rounding,
    "controlled rounding": controlled_rounding,
    "every statistic": every_statistic,
    "weights": weighted,
    "groups": groups,
    "gaps": gaps,
    "domains": domains,
    "halves": halves,
    "means": means,
    "totals": totals,
    "alike": alike,
    "stacked": stacked,
    "several answers": several_answers,
    "authorities": authorities,
    "filtered": filtered,
    "unreliable": unreliable,
    "letters": letters,
}


def plan(kind: str, rng: np.random.Generator) -> Plan:
    """A random release of a kind."""
    return KINDS[kind](Draw(rng))
