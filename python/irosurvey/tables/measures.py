"""What the figures of a table are of, in sentences: the variable, the answer, who was asked."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import pyarrow.compute as pc

from irosurvey._core import Column
from irosurvey.origin import Origin
from irosurvey.result import Estimate, StatisticInfo
from irosurvey.tables.published import TitleParts

__all__ = ["Measure", "figures_are_of", "measures_of", "multiplied"]

_PLURALS = {
    "mean": "means",
    "total": "totals",
    "variance": "variances",
    "sd": "standard deviations",
    "interquartile range": "interquartile ranges",
    "geometric mean": "geometric means",
    "covariance": "covariances",
    "correlation": "correlations",
}
_RESPONDENTS = {
    "any": "who chose at least one answer",
    "valid": "who was asked, those who chose no answer included",
    "complete": "who answered every part of the question",
    "all": "whether they were asked or not",
}
_LEAST_WORDS = 3
"""A title that holds a label of so many words means it; a shorter one may mean something else."""


@dataclass(frozen=True)
class Measure:
    """What one statistic of a result is of.

    Attributes
    ----------
    names
        What must be named for a reader to know it.
    sentence
        It in words.
    rest
        What is left to say where a table names it by itself; ``""``: nothing.
    doubt
        What its producer must look at before publishing it; ``""``: nothing.
    """

    names: tuple[str, ...]
    sentence: str
    rest: str = ""
    doubt: str = ""

    def of_part(self, name: str) -> Measure:
        """The same of one part of a table, which goes by a name."""
        return replace(self, sentence=f"{name}: {self.sentence}" if name else self.sentence)


def figures_are_of(
    measures: Iterable[Measure], title: TitleParts, shown: Collection[str]
) -> tuple[str, ...]:
    """Sentences on what figures are of, without what the table says anyway.

    Parameters
    ----------
    measures
        What its results are of.
    title
        Its title.
    shown
        Its headers and labels of rows, each by itself.
    """
    subject = title.subject.casefold()
    named = {text.casefold() for text in shown}
    named.update(part.strip() for part in re.split(r"; | by |: ", subject))
    named.add(subject)

    def is_said(name: str) -> bool:
        own = name.casefold()
        return own in named or (len(own.split()) >= _LEAST_WORDS and own in subject)

    found = [
        one.rest if one.names and all(map(is_said, one.names)) else one.sentence for one in measures
    ]
    return tuple(dict.fromkeys(filter(None, found)))


def multiplied(measures: Iterable[Measure], scale: float) -> tuple[Measure, ...]:
    """The same of figures that are multiplied with a number before they are shown."""

    def times(text: str) -> str:
        return f"{text.removesuffix('.')}, multiplied by {scale:,g}." if text else ""

    if scale == 1.0:
        return tuple(measures)
    return tuple(
        replace(one, sentence=times(one.sentence), rest=times(one.rest or one.sentence))
        for one in measures
    )


def measures_of(found: Estimate) -> tuple[Measure, ...]:
    """What each variable's statistics are of, each variable once.

    Of differences of groups and other contrasts it is what is compared.
    """
    if any(info.name == "multiple response" for info in found.statistics):
        return () if _is_compared(found) else (_of_answers(found),)
    alike: dict[tuple[str, tuple[str, ...]], list[StatisticInfo]] = {}
    for info in found.statistics:
        if info.variables:
            alike.setdefault((info.name, info.variables), []).append(info)
    measures = [
        replace(one, doubt=_doubt(found, infos[0]))
        for infos in alike.values()
        if (one := _measure(found, infos)) is not None
    ]
    return tuple(dict.fromkeys(measures))


def _measure(found: Estimate, infos: Sequence[StatisticInfo]) -> Measure | None:
    """What several levels of one statistic of one variable are of."""
    info = infos[0]
    names = tuple(_title_of(found, name, info) for name in info.variables)
    quoted = " and ".join(f'"{name}"' for name in names)
    if info.of_shares and info.name == "proportion":
        return _of_shares(found, infos, names[0])
    if info.name == "ratio" and len(names) > 1:
        top, bottom = names[:2]
        compared = _compared(found, "ratios")
        return Measure((), f'{compared} the total of "{top}" divided by the total of "{bottom}".')
    if info.name == "quantile":
        what = " and ".join(dict.fromkeys(_quantile(one) for one in infos))
        return Measure(names, f"{_compared(found, what)} of {quoted}.")
    if info.name in _PLURALS:
        return Measure(names, f"{_compared(found, _PLURALS[info.name])} of {quoted}.")
    return _of_expression(found, info) if "T(" in info.formula else None


def _of_expression(found: Estimate, info: StatisticInfo) -> Measure:
    """How it is made of totals: by what name it goes is its producer's affair."""
    what = "Figures compare" if _is_compared(found) else "Figures are"
    if len(found.statistics) > 1 and info.name != "expression":
        what = f'"{info.name}" is'
    unit = ", in per cent" if info.of_shares else ""
    return Measure((), f"{what} {info.formula}{unit}, where T(…) is the total of a column.")


def _of_shares(found: Estimate, infos: Sequence[StatisticInfo], name: str) -> Measure:
    """Of which answer to which question, and of whom."""
    answer = str(infos[0].level) if len(infos) == 1 and infos[0].level is not None else ""
    those = f'those whose answer to "{name}" is "{answer}"' if answer else ""
    if _is_compared(found):
        of = those or f'answers to "{name}"'
        return Measure((name,), f"{_compared(found, 'percentages')} of {of}.")
    who = "everybody in each row" if found.by else "everybody"
    rest = f"Percentages are of {who} who answered the question."
    if answer:
        return Measure((name,), f"Percentages are {those}, of {who} who answered.", rest)
    return Measure((name,), f'Percentages are of {who} who answered "{name}".', rest)


def _of_answers(found: Estimate) -> Measure:
    """Of a question to which people may give several answers."""
    choices = dict(found.choices)
    each = " in each row" if found.by else ""
    info = found.statistics[0]
    of = f' of "{info.label or info.variable}"'
    if choices.get("share of") == "answers":
        return Measure(
            (), f"Percentages{of} are of all answers given{each}; people may give several."
        )
    who = _RESPONDENTS[choices["respondents"].split(":")[0]]
    return Measure(
        (),
        f"Percentages{of} are of everybody{each} {who}. People may choose several answers, so "
        "that percentages may add up to more than 100.",
    )


def _doubt(found: Estimate, info: StatisticInfo) -> str:
    """That numbers are codes, of what takes them for amounts."""
    if info.name not in (*_PLURALS, "ratio", "quantile") or not isinstance(found.origin, Origin):
        return ""
    frame = found.origin.design.frame
    for name in info.variables:
        if name in frame and is_of_codes(frame[name]):
            code, label = next(iter(frame[name].value_labels.items()))
            what = "median" if info.name == "quantile" else info.name
            return (
                f"A {what} of '{name}' takes codes for amounts: all its values have labels "
                f"({code} is '{label}'). It tells something only if they are a scale; else show "
                "percentages."
            )
    return ""


def is_of_codes(column: Column) -> bool:
    """Whether every value that occurs has a label, and they are more than no and yes.

    Parameters
    ----------
    column
        Of the data. What its file says to be ordered or an amount is taken for that.
    """
    labels = column.value_labels
    if len(labels) < 2 or column.measure in ("ordinal", "scale"):
        return False
    values = set(pc.unique(column.to_arrow()).to_pylist()) - {None}
    return bool(values) and values <= labels.keys() and not values <= {0, 1}


def _is_compared(found: Estimate) -> bool:
    return bool(found.difference_of) or "contrast" in found.by


def _compared(found: Estimate, what: str) -> str:
    """``Means are``; of differences ``Figures compare means``."""
    return f"Figures compare {what}" if _is_compared(found) else f"{what[:1].upper()}{what[1:]} are"


def _quantile(info: StatisticInfo) -> str:
    prob = 0.5 if info.level is None else float(info.level.value)
    return "medians" if prob == 0.5 else f"{100 * prob:g}th percentiles"


def _title_of(found: Estimate, name: str, info: StatisticInfo) -> str:
    """A column as a reader knows it: its label, as long as that is known."""
    if name == info.variables[0]:
        return info.label or name
    if isinstance(found.origin, Origin) and name in found.origin.design.frame:
        return found.origin.design.frame[name].label or name
    return name
