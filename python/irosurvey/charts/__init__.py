"""Charts of published tables and of results: SVG and PNG, with their alternative text.

A chart of a :class:`~irosurvey.tables.published.PublishedTable` shows what may be published, and
nothing else: a suppressed cell is a gap with its mark. A chart of a result (`result.plot()`) shows
unrounded numbers to the person who analyses.
"""

from irosurvey.charts.chart import FORMATS, Chart
from irosurvey.charts.data import KINDS, ChartData, Kind, Point, Series
from irosurvey.charts.funnels import Funnel
from irosurvey.charts.making import chart_of, funnel_of, write_charts
from irosurvey.charts.palette import CATEGORICAL, FOCUS, SEQUENTIAL, contrast

__all__ = [
    "CATEGORICAL",
    "FOCUS",
    "FORMATS",
    "KINDS",
    "SEQUENTIAL",
    "Chart",
    "ChartData",
    "Funnel",
    "Kind",
    "Point",
    "Series",
    "chart_of",
    "contrast",
    "funnel_of",
    "write_charts",
]
