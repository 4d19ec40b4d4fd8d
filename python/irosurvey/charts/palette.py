"""Colours of charts: the palettes of the Government Analysis Function, and how much they contrast.

The colours are those that the Analysis Function publishes for official statistics (as its packages
`afcharts` have them); each of the categorical ones stands out from white by 3:1 or more, which is
what WCAG 2.2 (1.4.11) asks of graphics. No chart tells anything by colour alone.
"""

from __future__ import annotations

__all__ = [
    "BAND",
    "CATEGORICAL",
    "EDGE",
    "FOCUS",
    "GRID",
    "LEAST_CONTRAST",
    "LEAST_TEXT_CONTRAST",
    "MARKERS",
    "NEUTRAL",
    "SEQUENTIAL",
    "TEXT",
    "contrast",
    "likert_colours",
    "text_colour",
]

CATEGORICAL = ("#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1")
SEQUENTIAL = ("#12436D", "#2073BC", "#6BACE6")
FOCUS = ("#12436D", "#BFBFBF")

TEXT = "#1A1A1A"
EDGE = "#3D3D3D"
"""Totals, error bars, and the edge of what is too pale by itself."""
NEUTRAL = "#E6E6E6"
"""The middle of a scale; it has an edge."""
GRID = "#D9D9D9"
BAND = 0.2
"""Opacity of a band of intervals, whose edges are lines."""
MARKERS = "osD^vP"
"""Shapes that go with the categorical colours."""

LEAST_CONTRAST = 3.0
"""Of a mark against what it lies on (WCAG 2.2, 1.4.11)."""
LEAST_TEXT_CONTRAST = 4.5
"""Of text (WCAG 2.2, 1.4.3)."""

# From the positive end to the negative one: dark, middle, (edged) middle, middle, dark.
_LIKERT = {
    1: ("#12436D",),
    2: ("#12436D", "#F46A25"),
    3: ("#12436D", NEUTRAL, "#F46A25"),
    4: ("#12436D", "#2073BC", "#F46A25", "#801650"),
    5: ("#12436D", "#2073BC", NEUTRAL, "#F46A25", "#801650"),
}


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def text_colour(background: str) -> str:
    """White or near-black, whichever reads better."""
    return max(("#FFFFFF", TEXT), key=lambda colour: contrast(colour, background))


def likert_colours(levels: int) -> tuple[str, ...]:
    """A colour for each answer of a scale, from the positive end to the negative one."""
    return _LIKERT[levels]


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
