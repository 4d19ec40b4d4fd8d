"""Make the SYNTHETIC microdata of the IRO survey of 2013.

The answers given in 2013 are not public. The files made here let the analysis be rehearsed from
beginning to end: they have the size, the questions, the codes and the gaps that the real files
would have, and the published figures come out of them. They say nothing about any Independent
Reviewing Officer (IRO), manager, director or authority.

The world has three layers.

*Authorities.* Each of the 152 of 2013 has a number of IROs and three leanings, standard normal:
``pressure`` (how many children an IRO is given), ``custom`` (how usual it is to give IROs other
duties) and ``climate`` (how well they are supported).

*People.* Every IRO of every authority exists, with part of the authority's leanings and a part of
their own. Some of them answer, and so do some managers and directors.

*Answers.* A question has a score: what moves it, how things are done in the place, what colours
all answers of its theme, and chance. The score becomes an answer where it crosses a threshold,
and the thresholds are set where those who answer give the wanted margin, to the nearest person.
So margins are exact, and how answers go together is left to the scores.

Every random number is addressed by what it is for: the 64-bit BLAKE2b hash of seed and address.
Nothing depends on the order in which numbers are drawn, and a new question changes no old answer.

    python data/synthetic/generate.py [--out DIRECTORY]
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import NormalDist, fmean
from typing import Any

import polars
import pyreadstat

SEED = "irosurvey/ncb13/1"
HERE = Path(__file__).resolve().parent
DATA = HERE.parent
MARK = "SYNTHETIC"

NOT_ANSWERED, DONT_KNOW, NOT_APPLICABLE = -9, -8, -1

Column = list[int] | list[float] | list[str]
Table = dict[str, Column]


# ------------------------------------------------------------------------------------------- chance


def uniform(*address: object) -> float:
    """Give the random number of this address, in (0, 1)."""
    text = "/".join([SEED, *map(str, address)])
    number = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
    return ((number >> 11) + 0.5) / 2**53


def normal(*address: object) -> float:
    """Give the standard normal number of this address."""
    return NormalDist().inv_cdf(uniform(*address))


# -------------------------------------------------------------------------------------- authorities


@dataclass(frozen=True)
class Authority:
    """A local authority of 2013 with its IRO service."""

    code: str
    region: int
    type: int
    iros: int
    pressure: float
    custom: float
    climate: float


# IROs of a typical authority, so that about a thousand work in England; three are too small for
# more than one: Rutland, the Isles of Scilly, the City of London.
TYPICAL_TEAM = {"county": 12.0, "london": 5.5, "metropolitan": 7.0, "unitary": 4.5}
TINY = {"E06000017", "E06000053", "E09000001"}


def make_authorities(codebook: Mapping[str, Any]) -> list[Authority]:
    """Give every authority of ``authorities.csv`` a team and its leanings."""
    regions = {
        entry["code"]: int(entry["value"]) for entry in codebook["kinds"]["region"]["labels"]
    }
    types = {entry["code"]: int(entry["value"]) for entry in codebook["kinds"]["type"]["labels"]}
    authorities = []
    with (DATA / codebook["study"]["authorities"]).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            code = row["code"]
            team = TYPICAL_TEAM[row["type"]] * math.exp(0.35 * normal("team", code))
            pressure = normal("pressure", code)
            authorities.append(
                Authority(
                    code=code,
                    region=regions[row["region_code"]],
                    type=types[row["type"]],
                    iros=1 if code in TINY else max(2, round(team)),
                    pressure=pressure,
                    custom=normal("custom", code),
                    climate=-0.3 * pressure + 0.95 * normal("climate", code),
                )
            )
    return authorities


# ------------------------------------------------------------------------------------------- people


@dataclass(frozen=True)
class Person:
    """Someone who may answer: traits move the answers, the key is the address of their chance."""

    key: str
    authority: Authority
    traits: Mapping[str, float]


def make_iro(authority: Authority, number: int) -> Person:
    """Make one IRO: partly as the authority is, partly themselves."""
    key = f"iro/{authority.code}/{number}"
    traits = {
        "pressure": 0.75 * authority.pressure + 0.66 * normal("pressure", key),
        "duties": 0.55 * authority.custom + 0.83 * normal("duties", key),
        "climate": 0.55 * authority.climate + 0.83 * normal("climate", key),
    }
    return Person(key, authority, traits)


def make_leader(role: str, authority: Authority) -> Person:
    """Make the manager or the director: they see the whole authority, in their own light."""
    key = f"{role}/{authority.code}"
    traits = {
        "pressure": authority.pressure,
        "duties": authority.custom,
        "climate": 0.8 * authority.climate + 0.6 * normal("climate", key),
    }
    return Person(key, authority, traits)


def respond(people: Sequence[Person], count: int) -> list[Person]:
    """Choose who answers: in some authorities the invitation reached everyone, in others few."""

    def willingness(person: Person) -> float:
        role, code = person.key.split("/")[:2]
        return 0.7 * normal("invited", role, code) + normal("willing", person.key)

    willing = sorted(people, key=willingness, reverse=True)[:count]
    return sorted(willing, key=lambda person: uniform("arrival", person.key))


def full_time_share(person: Person) -> float:
    """Give the full-time equivalent of an IRO's post: most work full time."""
    chance = uniform("fte", person.key)
    return next(
        fte
        for limit, fte in [(0.72, 1.0), (0.84, 0.8), (0.93, 0.6), (0.98, 0.5), (1.0, 0.4)]
        if chance < limit
    )


# ------------------------------------------------------------------------------------------ answers


@dataclass(frozen=True)
class Item:
    """A question: the share of each answer in per cent, and what moves people to the first ones.

    A higher score gives an earlier answer of the codebook (always, strongly agree, yes). ``place``
    is how far people of one authority answer alike beyond their traits. Answers of one person
    within a theme are alike too.
    """

    name: str
    shares: tuple[float, ...]
    moved_by: Mapping[str, float] = field(default_factory=dict)
    place: float = 0.3
    theme: str = ""

    def score(self, person: Person) -> float:
        """Give the latent score of a person on this question."""
        score = sum(weight * person.traits[trait] for trait, weight in self.moved_by.items())
        score += self.place * normal("place", self.name, person.authority.code)
        if self.theme:
            score += 0.5 * normal("theme", self.theme, person.key)
        return score + 0.7 * normal("own", self.name, person.key)


def silent(people: Sequence[Person], name: str, asked: Sequence[bool]) -> list[bool]:
    """Choose who leaves the question out: 1 to 4 in a hundred of those asked, careless first."""
    number = round(sum(asked) * (0.012 + 0.026 * uniform("left out", name)))
    carelessness = [
        0.6 * normal("careless", p.key) + normal("left out", name, p.key) for p in people
    ]
    order = sorted(
        (row for row, is_asked in enumerate(asked) if is_asked),
        key=lambda row: carelessness[row],
        reverse=True,
    )
    left_out = set(order[:number])
    return [row in left_out for row in range(len(people))]


def thresholds(scores: Sequence[float], counts: Sequence[int]) -> list[float]:
    """Set thresholds so that ``counts`` scores lie above the first, between it and the next, …"""
    ranked = [math.inf, *sorted(scores, reverse=True), -math.inf]
    edges, taken = [], 0
    for count in counts[:-1]:
        taken += count
        edges.append((ranked[taken] + ranked[taken + 1]) / 2)
    return edges


def nearest_counts(shares: Sequence[float], base: int) -> list[int]:
    """Round shares of a base to people; every running total is right to the nearest person."""
    running = [
        math.floor(base * sum(shares[: i + 1]) / sum(shares) + 0.5) for i in range(len(shares))
    ]
    return [upper - lower for lower, upper in zip([0, *running], running, strict=False)]


def classify(
    scores: Sequence[float], answering: Sequence[bool], shares: Sequence[float]
) -> list[int]:
    """Turn scores into positions 0, 1, …, with the wanted shares among those who answer.

    The silent get what they would have said, so that other questions can agree with it.
    """
    heard = [score for score, is_heard in zip(scores, answering, strict=True) if is_heard]
    edges = thresholds(heard, nearest_counts(shares, len(heard)))
    return [sum(score < edge for edge in edges) for score in scores]


def mask(
    people: Sequence[Person],
    name: str,
    values: Sequence[float],
    asked: Sequence[bool],
    out: Sequence[bool],
) -> Column:
    """Put in the codes of those who weren't asked and those who left it out."""

    def shown(row: int, person: Person) -> float:
        if not asked[row]:
            return NOT_APPLICABLE
        if out[row]:
            return DONT_KNOW if uniform("don't know", name, person.key) < 0.25 else NOT_ANSWERED
        return values[row]

    return [shown(row, person) for row, person in enumerate(people)]


@dataclass
class Questionnaire:
    """The answers of one group of people, question by question."""

    people: Sequence[Person]
    codes: Mapping[str, list[int]]
    answers: Table = field(default_factory=dict)

    @property
    def everyone(self) -> list[bool]:
        """Ask everyone."""
        return [True] * len(self.people)

    def who(self, name: str, code: int) -> list[bool]:
        """Give the people who said so: the universe of a further question."""
        return [answer == code for answer in self.answers[name]]

    def record(
        self, name: str, values: Sequence[float], asked: Sequence[bool] | None = None
    ) -> None:
        """Take down numbers that are known, with the usual gaps."""
        asked = self.everyone if asked is None else asked
        self.answers[name] = mask(
            self.people, name, values, asked, silent(self.people, name, asked)
        )

    def ask(self, item: Item, asked: Sequence[bool] | None = None) -> None:
        """Ask a question with categories."""
        asked = self.everyone if asked is None else asked
        out = silent(self.people, item.name, asked)
        answering = [is_asked and not is_out for is_asked, is_out in zip(asked, out, strict=True)]
        positions = classify([item.score(person) for person in self.people], answering, item.shares)
        values = [self.codes[item.name][position] for position in positions]
        self.answers[item.name] = mask(self.people, item.name, values, asked, out)

    def locate(self, running: str) -> None:
        """Number the rows and note where people work."""
        self.answers[running] = list(range(1, len(self.people) + 1))
        self.answers["authority"] = [person.authority.code for person in self.people]
        self.answers["region"] = [person.authority.region for person in self.people]
        self.answers["type"] = [person.authority.type for person in self.people]


# ------------------------------------------------------------------------------- what moves answers

HEAVY = {"pressure": -0.25, "duties": -0.15, "climate": 0.15}
BUSY_ELSEWHERE = {"pressure": -0.2, "duties": -0.45, "climate": 0.15}
OVERLOADED = {"pressure": -0.6, "duties": -0.15, "climate": 0.15}
LEFT_OUT = {"pressure": -0.25, "climate": 0.35}
ESTEEM = {"pressure": -0.25, "climate": 1.8}
EFFECT = {"pressure": -0.2, "duties": -0.1, "climate": 0.45}

# --------------------------------------------------------------------------- what was asked of IROs

IRO_REVIEWS = [
    Item("prepare_child", (31, 38, 21, 7, 3), HEAVY, theme="prepare"),
    Item("prepare_parents", (19, 36, 27, 13, 5), HEAVY, theme="prepare"),
    Item("prepare_carers", (27, 38, 23, 9, 3), HEAVY, theme="prepare"),
    Item("prepare_social_worker", (44, 37, 14, 4, 1), HEAVY, theme="prepare"),
    Item("prepare_others", (18, 36, 28, 13, 5), HEAVY, theme="prepare"),
    Item("carry_out_child", (42, 38, 14, 4, 2), HEAVY, theme="carry_out"),
    Item("carry_out_parents", (27, 42, 21, 7, 3), HEAVY, theme="carry_out"),
    Item("carry_out_carers", (46, 37, 12, 4, 1), HEAVY, theme="carry_out"),
    Item("carry_out_social_worker", (63, 28, 7, 1, 1), HEAVY, theme="carry_out"),
    Item("carry_out_others", (24, 41, 24, 8, 3), HEAVY, theme="carry_out"),
    Item("follow_up_child", (16, 30, 32, 16, 6), BUSY_ELSEWHERE, theme="follow_up"),
    Item("follow_up_parents", (13, 28, 34.7, 17, 7.3), BUSY_ELSEWHERE, theme="follow_up"),
    Item("follow_up_carers", (16, 31, 30.5, 16.5, 6), BUSY_ELSEWHERE, theme="follow_up"),
    Item("follow_up_social_worker", (24, 34, 21.2, 15.6, 5.2), BUSY_ELSEWHERE, theme="follow_up"),
    Item("follow_up_others", (13, 29, 34.4, 16.6, 7), BUSY_ELSEWHERE, theme="follow_up"),
    Item("monitor_cases", (13, 36, 31, 16, 4), OVERLOADED, theme="monitor"),
    Item("monitor_contact_child", (9, 27, 34, 22, 8), OVERLOADED, theme="monitor"),
    Item("monitor_told_changes", (11, 34, 32, 18, 5), LEFT_OUT, theme="monitor"),
    Item("court_papers", (8, 14, 20, 34, 24), LEFT_OUT, place=0.45),
]
IRO_STANDING = [
    Item("valued", (10, 28, 21, 27, 14), ESTEEM, theme="standing"),
    Item("supportive", (11, 28, 20, 28, 13), ESTEEM, theme="standing"),
    Item("independent", (17, 39, 21, 16, 7), {"climate": 0.5}, theme="standing"),
    Item("contribution", (41, 44, 12, 3), EFFECT, theme="standing"),
]

EXTRA_DUTY = Item("any_extra_duty", (62, 38), {"duties": 1.0}, place=0.2)
OUTSIDE_REMIT = Item("other_duties_outside", (46, 54), {"duties": 0.8})
# Half, a quarter and 17 per cent of all 295, empty boxes being a no.
TICKED = [
    Item("extra_cp_chair", (50, 50), {"duties": 0.5}, place=0.6),
    Item("extra_reviews", (25, 75), {"duties": 0.4}, place=0.4),
    Item("extra_training", (17, 83), {"duties": 0.3}),
]
SOMETHING_ELSE = Item("extra_other", (12, 88), {"duties": 0.3})
MEAN_EXTRA_TIME = 40.0

EMPLOYER = Item("employer", (95, 3, 2))
LEGAL_ACCESS = Item("legal_advice_access", (57, 43), {"climate": 0.4}, place=0.8)
LEGAL_USED = Item("legal_advice_used", (38, 62))
DISPUTE_USED = Item("dispute_used", (43, 57), {"climate": -0.3, "pressure": 0.1})
DISPUTE_SETTLED = Item("dispute_settled", (9, 34, 33, 18, 6), {"climate": 0.5})


def ask_about_duties(form: Questionnaire) -> None:
    """Ask about duties besides reviewing: who has one outside the remit, or ticks one, has one."""
    people, everyone = form.people, form.everyone
    form.ask(EXTRA_DUTY)
    spoke = [answer in (1, 2) for answer in form.answers[EXTRA_DUTY.name]]
    extra = [
        code == 0
        for code in classify([EXTRA_DUTY.score(p) for p in people], spoke, EXTRA_DUTY.shares)
    ]

    def among_those(item: Item, answering: Sequence[bool]) -> list[int]:
        scores = [item.score(p) if has else -math.inf for p, has in zip(people, extra, strict=True)]
        return classify(scores, answering, item.shares)

    out = silent(people, OUTSIDE_REMIT.name, everyone)
    outside = [
        position + 1 for position in among_those(OUTSIDE_REMIT, [not is_out for is_out in out])
    ]
    form.answers[OUTSIDE_REMIT.name] = mask(people, OUTSIDE_REMIT.name, outside, everyone, out)

    boxes = {
        item.name: [1 - position for position in among_those(item, everyone)] for item in TICKED
    }
    other = [1 - position for position in among_those(SOMETHING_ELSE, everyone)]
    for row, has in enumerate(extra):
        if has and not any(box[row] for box in boxes.values()):
            other[row] = 1
    form.answers.update({**boxes, SOMETHING_ELSE.name: other})

    form.answers["extra_time"] = extra_time(people, form.who(EXTRA_DUTY.name, 1))


def extra_time(people: Sequence[Person], asked: Sequence[bool]) -> Column:
    """Ask what share of time the extra duties take: said in fives, with the published mean."""
    out = silent(people, "extra_time", asked)
    leaning = [
        8 * person.traits["duties"] + 13 * normal("extra time", person.key) for person in people
    ]

    def said(level: float) -> list[int]:
        return [min(90, max(5, 5 * round((level + lean) / 5))) for lean in leaning]

    def miss(level: float) -> float:
        heard = zip(said(level), asked, out, strict=True)
        return abs(
            fmean(value for value, is_asked, is_out in heard if is_asked and not is_out)
            - MEAN_EXTRA_TIME
        )

    level = min((step / 20 for step in range(400, 1200)), key=miss)
    return mask(people, "extra_time", said(level), asked, out)


def survey_iros(form: Questionnaire, mean_caseload: Mapping[str, float]) -> Table:
    """Put the IRO questionnaire to those who answer."""
    people = form.people
    fte = [full_time_share(person) for person in people]
    children = [
        share
        * mean_caseload[person.authority.code]
        * math.exp(0.15 * normal("pressure", person.key))
        for share, person in zip(fte, people, strict=True)
    ]
    form.locate("respondent")
    form.ask(EMPLOYER)
    # The role began in 2004, and most have been in it for less than half of that.
    form.record("years_as_iro", [int(9 * uniform("years", person.key) ** 1.3) for person in people])
    form.record("fte", fte)
    form.record("caseload", [max(1, round(number)) for number in children])
    ask_about_duties(form)
    for item in IRO_REVIEWS:
        form.ask(item)
    form.ask(LEGAL_ACCESS)
    form.ask(LEGAL_USED, form.who(LEGAL_ACCESS.name, 1))
    form.ask(DISPUTE_USED)
    used = form.who(DISPUTE_USED.name, 1)
    form.record(
        "dispute_times",
        [1 + int(-1.3 * math.log(uniform("disputes", p.key))) for p in people],
        used,
    )
    form.ask(DISPUTE_SETTLED, used)
    for item in IRO_STANDING:
        form.ask(item)
    return form.answers


# ------------------------------------------------------------ what was asked of managers, directors

# Facts of the authority: managers and directors of one authority mostly say the same.
POLICY = {
    "caseload_policy": Item("caseload_policy", (35, 65), {"pressure": -0.5}, place=2.0),
    "protected_duties": Item("protected_duties", (34, 66), {"duties": -0.9}, place=1.5),
    "dispute_protocol": Item("dispute_protocol", (88, 12), {"climate": 0.4}, place=2.0),
    "legal_advice_access": Item("legal_advice_access", (63, 37), {"climate": 0.4}, place=2.0),
    "annual_report": Item("annual_report", (76, 24), {"climate": 0.4}, place=2.0),
}
MANAGER_VIEWS = [
    Item("prepare_all", (28, 42, 22, 6, 2), HEAVY),
    Item("follow_up_all", (17, 35, 31, 14, 3), BUSY_ELSEWHERE),
    Item("monitor_cases", (16, 40, 30, 12, 2), OVERLOADED),
    Item("court_papers", (11, 20, 26, 28, 15), LEFT_OUT),
    Item("valued", (18, 37, 21, 17, 7), ESTEEM),
    Item("supportive", (20, 40, 19, 15, 6), ESTEEM),
    Item("independent", (28, 44, 15, 10, 3), {"climate": 0.5}),
    Item("contribution", (55, 36, 7, 2), EFFECT),
]
DIRECTOR_VIEWS = [
    Item("prepare_all", (38, 42, 15, 4, 1), HEAVY),
    Item("follow_up_all", (26, 41, 24, 8, 1), BUSY_ELSEWHERE),
    Item("monitor_cases", (25, 43, 24, 7, 1), OVERLOADED),
    Item("court_papers", (20, 30, 27, 17, 6), LEFT_OUT),
    Item("valued", (42, 42, 10, 5, 1), ESTEEM),
    Item("supportive", (38, 45, 11, 5, 1), ESTEEM),
    Item("independent", (45, 41, 9, 4, 1), {"climate": 0.5}),
    Item("contribution", (60, 33, 6, 1), EFFECT),
]
ABOVE_LIMIT = Item("caseload_above_limit", (52, 48), {"pressure": 1.5})

LIMIT = 70  # children per full-time IRO: the upper end of the guidance
SHARE_ABOVE_LIMIT = 2 / 3


def authority_caseloads(
    authorities: Sequence[Authority], managers: Sequence[Person]
) -> dict[str, float]:
    """Give each authority its mean caseload: two thirds of the managers who say it are above 70."""
    out = silent(managers, "caseload_per_fte", [True] * len(managers))
    heard = [
        person.authority.pressure
        for person, is_out in zip(managers, out, strict=True)
        if not is_out
    ]
    (at_limit,) = thresholds(
        heard, nearest_counts((SHARE_ABOVE_LIMIT, 1 - SHARE_ABOVE_LIMIT), len(heard))
    )
    return {a.code: LIMIT * math.exp(0.17 * (a.pressure - at_limit)) for a in authorities}


def survey_managers(
    form: Questionnaire, mean_caseload: Mapping[str, float], team_fte: Mapping[str, float]
) -> Table:
    """Put the managers' questionnaire to those who answer."""
    places = [person.authority for person in form.people]
    form.locate("respondent")
    form.record("team_size", [place.iros for place in places])
    form.record("team_fte", [round(team_fte[place.code], 1) for place in places])
    form.record("caseload_per_fte", [round(mean_caseload[place.code], 1) for place in places])
    form.ask(POLICY["caseload_policy"])
    limits = [55 + 5 * min(5, int(6 * uniform("limit", place.code))) for place in places]
    form.record("caseload_limit", limits, form.who("caseload_policy", 1))
    for name in ["protected_duties", "dispute_protocol", "legal_advice_access", "annual_report"]:
        form.ask(POLICY[name])
    for item in MANAGER_VIEWS:
        form.ask(item)
    return form.answers


def survey_directors(form: Questionnaire) -> Table:
    """Put the directors' questionnaire to those who answer."""
    form.locate("respondent")
    form.ask(ABOVE_LIMIT)
    for name in ["caseload_policy", "protected_duties", "dispute_protocol", "legal_advice_access"]:
        form.ask(POLICY[name])
    for item in DIRECTOR_VIEWS:
        form.ask(item)
    return form.answers


# -------------------------------------------------------------------------- records of the advisers

TOPIC_SHARES = (21, 17, 15, 5, 16, 11, 9, 6)
QUIET_MONTHS = {201208: 0.6, 201212: 0.6}


def record_enquiries(
    iros: Sequence[Person], months: Sequence[int], codes: Mapping[str, list[int]]
) -> Table:
    """Keep a year's records: IROs ask for advice now and then, more often where support is poor."""
    asked_in: list[int] = []
    enquirers: list[Person] = []
    for month in months:
        for iro in sorted(iros, key=lambda person: uniform("call", month, person.key)):
            rate = 0.021 * QUIET_MONTHS.get(month, 1.0) * math.exp(-0.35 * iro.traits["climate"])
            if uniform("enquiry", month, iro.key) < rate:
                asked_in.append(month)
                enquirers.append(Person(f"{iro.key}/{month}", iro.authority, iro.traits))
    form = Questionnaire(enquirers, codes)
    form.locate("enquiry")
    form.answers["month"] = asked_in
    form.ask(Item("topic", TOPIC_SHARES))
    return form.answers


# -------------------------------------------------------------------------------------------- files


def code_lists(codebook: Mapping[str, Any], instrument: str) -> dict[str, list[int]]:
    """Give the codes of each variable with labels, in the order of the codebook."""
    variables = codebook["instruments"][instrument]["variables"]
    return {
        name: [int(e["value"]) for e in labels_of(codebook, variable)]
        for name, variable in variables.items()
    }


def labels_of(codebook: Mapping[str, Any], entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the labels of a variable: its own, else those of its kind."""
    labels: list[dict[str, Any]] = entry.get(
        "labels", codebook["kinds"][entry["kind"]].get("labels", [])
    )
    return labels


def gaps_of(codebook: Mapping[str, Any], entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the missing codes of a variable, with their labels: its own, else all."""
    gaps: list[dict[str, Any]] = codebook["missing"]["codes"]
    return [gap for gap in gaps if gap["value"] in entry.get("missing", [gap["value"]])]


def make_tables(codebook: Mapping[str, Any]) -> dict[str, Table]:
    """Make the world, ask everyone, and give the answers of each instrument."""
    counts = {
        name: instrument["respondents"] for name, instrument in codebook["instruments"].items()
    }
    codes = {name: code_lists(codebook, name) for name in codebook["instruments"]}
    authorities = make_authorities(codebook)
    iros = [
        make_iro(authority, number) for authority in authorities for number in range(authority.iros)
    ]
    managers = respond(
        [make_leader("manager", authority) for authority in authorities], counts["manager"]
    )
    directors = respond([make_leader("dcs", authority) for authority in authorities], counts["dcs"])

    mean_caseload = authority_caseloads(authorities, managers)
    team_fte: dict[str, float] = {}
    for iro in iros:
        team_fte[iro.authority.code] = team_fte.get(iro.authority.code, 0.0) + full_time_share(iro)

    return {
        "iro": survey_iros(
            Questionnaire(respond(iros, counts["iro"]), codes["iro"]), mean_caseload
        ),
        "manager": survey_managers(
            Questionnaire(managers, codes["manager"]), mean_caseload, team_fte
        ),
        "dcs": survey_directors(Questionnaire(directors, codes["dcs"])),
        "advice": record_enquiries(iros, codes["advice"]["month"], codes["advice"]),
    }


def spss_format(values: Column) -> str:
    """Give the SPSS print format: text as wide as it is, numbers with the decimals they have."""
    if isinstance(values[0], str):
        return f"A{len(values[0])}"
    decimals = 0 if all(float(value).is_integer() for value in values) else 1
    return f"F8.{decimals}"


def write(codebook: Mapping[str, Any], name: str, table: Table, path: Path) -> None:
    """Write an instrument as an SPSS file, with its labels and user-missing codes."""
    instrument = codebook["instruments"][name]
    variables = instrument["variables"]
    if set(variables) != set(table):
        odd = sorted(set(variables) ^ set(table))
        raise ValueError(f"{name}: either made or in the codebook, but not both: {', '.join(odd)}")
    entries = {entry.get("column", variable): entry for variable, entry in variables.items()}
    columns = {
        entry.get("column", variable): table[variable] for variable, entry in variables.items()
    }
    labels: dict[str, dict[float, str]] = {
        column: {
            int(e["value"]): e["label"]
            for e in labels_of(codebook, entry) + gaps_of(codebook, entry)
        }
        for column, entry in entries.items()
    }
    missing = {
        column: [int(gap["value"]) for gap in gaps_of(codebook, entry)]
        for column, entry in entries.items()
    }
    pyreadstat.write_sav(
        polars.DataFrame(
            [polars.Series(column, values, strict=False) for column, values in columns.items()]
        ),
        str(path),
        file_label=f"{MARK}: {instrument['unit']} file, rehearsal of the IRO survey 2013",
        note=[
            f"{MARK} microdata made by data/synthetic/generate.py.",
            "They say nothing about any person or authority.",
        ],
        column_labels={column: f"{entry['label']} [{MARK}]" for column, entry in entries.items()},
        variable_value_labels={column: named for column, named in labels.items() if named},
        missing_ranges={column: [*codes] for column, codes in missing.items() if codes},
        variable_measure={
            column: codebook["kinds"][entry["kind"]]["measure"] for column, entry in entries.items()
        },
        variable_format={column: spss_format(values) for column, values in columns.items()},
        row_compress=True,
    )
    stamp_date(path)


def stamp_date(path: Path) -> None:
    """Put a fixed date in place of the time of writing: the same answers give the same bytes.

    An SPSS system file has the date in bytes 92 to 100 of its header and the time in 101 to 108.
    """
    content = bytearray(path.read_bytes())
    content[92:109] = b"01 Jan 2612:00:00"
    path.write_bytes(content)


def generate(directory: Path) -> list[Path]:
    """Make all files in a directory and give their paths."""
    with (DATA / "codebook.toml").open("rb") as file:
        codebook = tomllib.load(file)
    directory.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, table in make_tables(codebook).items():
        paths.append(directory / Path(codebook["instruments"][name]["file"]).name)
        write(codebook, name, table, paths[-1])
    return paths


def main() -> None:
    """Make the files beside this script, or elsewhere."""
    parser = argparse.ArgumentParser(description=f"Make the {MARK} microdata of the IRO survey.")
    parser.add_argument(
        "--out", type=Path, default=HERE, help="where the files go (default: beside this script)"
    )
    for path in generate(parser.parse_args().out):
        print(path)


if __name__ == "__main__":
    main()
