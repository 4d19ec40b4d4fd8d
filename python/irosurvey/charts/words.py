"""Charts in words: what is compared, what is highest and lowest, what is missing, every figure.

The words are made from the same numbers as the picture, so nothing is said that isn't published.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from irosurvey.charts.data import ChartData, Kind, Point

__all__ = ["alt_text", "description", "interval_words", "kind_words", "notes"]

_KINDS: dict[Kind, str] = {
    "bar": "Bar chart",
    "dot": "Dot chart",
    "likert": "Stacked bar chart",
    "time": "Line chart",
    "histogram": "Histogram",
    "funnel": "Funnel plot",
}
_DRAWN: dict[Kind, str] = {"time": "Bands show", "funnel": "Dashed lines show"}
SYNTHETIC = "SYNTHETIC: made-up answers, which say nothing about anyone."


def kind_words(kind: Kind) -> str:
    """What a chart of this kind is called."""
    return _KINDS[kind]


def interval_words(data: ChartData) -> str:
    """The interval's name: ``95% confidence interval``."""
    return f"{100 * (data.level or 0.95):g}% confidence interval"


def alt_text(data: ChartData, kind: Kind) -> str:
    """What is compared, of what it is, and what is highest and lowest, in a few sentences."""
    sentences = [SYNTHETIC] if data.synthetic else []
    sentences.append(f"{kind_words(kind)}: {_subject(data)}.")
    sentences += data.figures
    if kind == "likert":
        sentences += _extremes_of_levels(data)
    elif kind == "time":
        sentences += _courses(data)
    else:
        sentences += _extremes(data)
    sentences += _gaps(data)
    return " ".join(sentences)


def description(data: ChartData, kind: Kind) -> str:
    """Every figure of the chart, with its limits, in sentences."""
    sentences = [SYNTHETIC] if data.synthetic else []
    sentences.append(f"{kind_words(kind)}: {_subject(data)}.")
    for place, category in enumerate(data.names):
        parts = [
            f"{one.name} {_said(data, one.points[place])}"
            if len(data.series) > 1
            else _said(data, one.points[place])
            for one in data.series
        ]
        total = " (total)" if data.totals[place] and "total" not in category.lower() else ""
        sentences.append(f"{category}{total}: {'; '.join(parts)}.")
    sentences += [f"{mark} means {meaning}." for mark, meaning in data.marks]
    sentences += [_sentence(one) for one in (*data.remarks, data.source) if one]
    return " ".join(sentences)


def notes(data: ChartData, kind: Kind) -> list[str]:
    """What has to be read with the picture, and stands in it."""
    found = [SYNTHETIC] if data.synthetic else []
    if data.bounded and kind not in ("likert", "funnel"):
        found.append(f"{_DRAWN.get(kind, 'Lines show')} the {interval_words(data)}.")
    if data.marks:
        found.append("; ".join(f"{mark} {meaning}" for mark, meaning in data.marks) + ".")
    return found


def _subject(data: ChartData) -> str:
    by = f" by {_lower(data.by)}" if data.by and data.by.lower() not in data.title.lower() else ""
    return f"{data.title.rstrip('.')}{by}"


def _lower(text: str) -> str:
    """With a small first letter, unless the word is an abbreviation."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else text + "."


def _said(data: ChartData, point: Point) -> str:
    if point.value is None:
        return point.gap or "no value"
    limits = point.limits
    if limits is None:
        return data.text(point.value)
    lower, upper = map(data.text, limits)
    return f"{data.text(point.value)} ({interval_words(data)}: {lower} to {upper})"


def _compared(data: ChartData) -> list[tuple[str, float]]:
    """Every value but those of totals, with its name; totals where nothing else is shown."""
    total = dict(zip(data.names, data.totals, strict=True))
    shown = [
        (category, series, point.value)
        for category, series, point in data.points
        if point.value is not None
    ]
    parts = [one for one in shown if not total[one[0]]]
    return [
        (f"{category}, {series}" if len(data.series) > 1 else category, value)
        for category, series, value in parts or shown
    ]


def _extremes(data: ChartData) -> Iterator[str]:
    compared = _compared(data)
    if not compared:
        yield "No value is shown."
        return
    greatest = max(value for _, value in compared)
    least = min(value for _, value in compared)
    if len(compared) == 1:
        yield f"{compared[0][0]}: {data.text(greatest)}."
    elif greatest == least:
        yield f"All values are {data.text(greatest)}."
    else:
        yield f"Highest: {_who(compared, greatest)}, {data.text(greatest)}."
        yield f"Lowest: {_who(compared, least)}, {data.text(least)}."


def _who(compared: list[tuple[str, float]], value: float) -> str:
    names = [name for name, own in compared if own == value]
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _extremes_of_levels(data: ChartData) -> Iterator[str]:
    """Of a stacked chart: where the first answer is most and least frequent."""
    yield f"Answers, from left to right: {', '.join(one.name for one in data.series)}."
    if len(data.categories) > 1:
        for sentence in _extremes(replace(data, series=data.series[:1])):
            begins = sentence.startswith(("Highest", "Lowest", "All values", "No value"))
            yield f"{data.series[0].name}, {_lower(sentence) if begins else sentence}"


def _courses(data: ChartData) -> Iterator[str]:
    """Of a line chart: where each line begins and ends."""
    for one in data.series:
        shown = [
            (category, point.value)
            for category, point in zip(data.categories, one.points, strict=True)
            if point.value is not None
        ]
        name = f"{one.name}: " if len(data.series) > 1 else ""
        if len(shown) < 2:
            yield f"{name}fewer than two values are shown." if name else "Fewer than two are shown."
            continue
        (first, start), (last, end) = shown[0], shown[-1]
        yield f"{name}{data.text(start)} in {first}, {data.text(end)} in {last}."
    yield from _extremes(data)


def _gaps(data: ChartData) -> Iterator[str]:
    counts = Counter(point.gap for _, _, point in data.points if point.value is None)
    total = sum(len(one.points) for one in data.series)
    meanings = dict(data.marks)
    for gap, count in counts.items():
        meaning = f", {meanings[gap]}" if gap in meanings else ""
        yield f"{count} of {total} values: {gap or 'none'}{meaning}."
