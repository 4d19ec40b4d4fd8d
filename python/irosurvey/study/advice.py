"""Enquiries of IROs to independent advice services: records of a year, counted by authority."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from irosurvey import _core
from irosurvey._complaint import complaint
from irosurvey.errors import ColumnError
from irosurvey.study.answers import Answers
from irosurvey.study.codebook import Codebook
from irosurvey.study.population import LOOKED_AFTER_2013, Authority
from irosurvey.study.sheets import Field, Row, Sheet, interval_fields
from irosurvey.test_result import p_text

__all__ = ["advice_sheets"]


def advice_sheets(
    answers: Answers, population: Sequence[Authority], codebook: Codebook, level: float
) -> dict[str, Sheet]:
    """Rates of enquiries with limits that know how unevenly authorities ask.

    Parameters
    ----------
    answers
        A row for each enquiry: authority, month, topic.
    population
        The authorities of 2013; those without an enquiry count.
    codebook
        Names months and topics.
    level
        Confidence level.

    Returns
    -------
    dict of Sheet
        Rates (in all, by region, type, month and topic), and authorities by number of enquiries.

    Raises
    ------
    ColumnError
        If an enquiry names an authority that isn't one of 2013.
    """
    places = answers.texts("authority")
    known = {one.code for one in population}
    for row, place in enumerate(places):
        if place not in known:
            raise complaint(
                ColumnError,
                f"{answers.source}: 'authority' in row {row}",
                expected="the code of an authority of 2013, as in authorities.csv",
                found=f"'{place}'",
            )
    rates = _rates_sheet(answers, places, population, codebook, level)
    spread = _spread_sheet(answers, places, population, level)
    return {sheet.name: sheet for sheet in (rates, spread)}


def _counts(places: Iterable[str], members: Sequence[Authority]) -> list[float]:
    found = Counter(places)
    return [float(found[one.code]) for one in members]


def _rate(places: Iterable[str], members: Sequence[Authority], level: float) -> Mapping[str, Any]:
    events = _counts(places, members)
    return _core.event_rate(events, [1.0] * len(events), level)


def _rates_sheet(
    answers: Answers,
    places: Sequence[str],
    population: Sequence[Authority],
    codebook: Codebook,
    level: float,
) -> Sheet:
    rows: list[Row] = [_row("England", "All enquiries", places, population, level, national=True)]
    for name, title in (("type", "Type of authority"), ("region", "Region")):
        for code, label in codebook.labels("advice", name).items():
            members = [one for one in population if getattr(one, name) == code]
            inside = {one.code for one in members}
            own = [place for place in places if place in inside]
            rows.append(_row(label, title, own, members, level, national=False))
    for name, title in (("month", "Month"), ("topic", "Topic")):
        values = answers.numbers(name)
        if np.isnan(values).all():
            continue  # no rate of nought: nothing is known of it
        for code, label in codebook.labels("advice", name).items():
            own = [place for place, value in zip(places, values, strict=True) if value == code]
            rows.append(_row(label, title, own, population, level, national=True))
    percent = f"{100 * level:g}%"
    return Sheet(
        "advice_rates",
        "Enquiries to independent advice services",
        [
            Field("group", "Which enquiries"),
            Field("by", "By"),
            Field("authorities", "Authorities", "count"),
            Field("enquiries", "Enquiries", "count"),
            Field("rate", "Per authority", "number", 2),
            *interval_fields("number", level, 2)[1:],
            Field("dispersion", "Dispersion", "number", 2),
            Field("none", "Authorities with none", "count"),
            Field("none_share", "Share with none", "share", 0),
            Field("per_1000", "Per 1,000 looked-after children", "number", 2),
            Field("per_1000_lower", f"{percent} lower, per 1,000", "number", 2),
            Field("per_1000_upper", f"{percent} upper, per 1,000", "number", 2),
        ],
        rows,
        note="The year is taken as one of many like it. Dispersion: by how much counts vary more "
        "between authorities than Poisson's would, and never taken for less than 1; limits are "
        f"widened by it. Per 1,000 children: of the {LOOKED_AFTER_2013:,} looked after in England "
        "on 31 March 2013; no counts by authority of that year are at hand, so parts of the "
        f"country have no such rate.{_without(answers)}",
        data=answers.data,
        choices=[
            ("interval", "Poisson limits (Garwood) times the dispersion between authorities"),
            ("units", "authorities, those without an enquiry included"),
        ],
    )


def _without(answers: Answers) -> str:
    """How many enquiries have no month or no topic: they count in all other rows."""
    found = [(name, int(np.isnan(answers.numbers(name)).sum())) for name in ("month", "topic")]
    return "".join(
        f" The record of {missing} enquiries names no {name}: they are in no row of a {name}."
        for name, missing in found
        if missing
    )


def _row(
    label: str,
    by: str,
    places: Sequence[str],
    members: Sequence[Authority],
    level: float,
    *,
    national: bool,
) -> Row:
    found = _rate(places, members, level)
    none = int(found["none"])
    # The same events over thousands of children instead of authorities.
    children = LOOKED_AFTER_2013 / 1000.0 / len(members)
    thousand = _core.event_rate(_counts(places, members), [children] * len(members), level)
    per_thousand = (thousand["rate"], *thousand["limits"]) if national else (None, None, None)
    return (
        label,
        by,
        len(members),
        int(found["events"]),
        found["rate"],
        *found["limits"],
        found["dispersion"],
        none,
        none / len(members),
        *per_thousand,
    )


_MOST = 6


def _spread_sheet(
    answers: Answers, places: Sequence[str], population: Sequence[Authority], level: float
) -> Sheet:
    found = _rate(places, population, level)
    numbers = _counts(places, population)
    test = found["variation"]
    rows: list[Row] = []
    for number in range(_MOST + 1):
        last = number == _MOST
        authorities = sum(one >= number if last else one == number for one in numbers)
        rows.append(
            (
                f"{number} or more" if last else str(number),
                authorities,
                authorities / len(population),
            )
        )
    return Sheet(
        "advice_spread",
        "Authorities by their number of enquiries",
        [
            Field("enquiries", "Enquiries in the year"),
            Field("authorities", "Authorities", "count"),
            Field("share", "Share of authorities", "share", 0),
        ],
        rows,
        note=f"{found['none']} authorities had no enquiry. {found['none_by_poisson']:.1f} would be "
        "expected to have none if all were alike and enquiries came one by one (Poisson), and "
        f"{found['none_by_dispersion']:.1f} if authorities differ as much as these do (negative "
        "binomial). Index of dispersion, of the hypothesis that they differ by chance alone: "
        f"χ²({found['units'] - 1}) = {test.statistic:.1f}, {p_text(float(test.p))}.",
        data=answers.data,
    )
