"""The NCB survey of Independent Reviewing Officers (2013): evidence from print, and a rehearsal.

`reproduce` gives both. *Evidence* is what the printed figures can bear by themselves. The
*rehearsal* runs the survey's analysis on microdata; those of the package are SYNTHETIC, and show
that the analysis works, and nothing about IROs.
"""

from irosurvey.study.codebook import DATA
from irosurvey.study.evidence_tables import (
    ConditionTable,
    CountTable,
    EvidenceTable,
    IntervalTable,
)
from irosurvey.study.figures import Chart
from irosurvey.study.model import (
    Condition,
    CountRange,
    Deduction,
    Evidence,
    EvidenceInterval,
    Figure,
    Finding,
    Source,
    StudyEstimate,
    TableRow,
)
from irosurvey.study.rehearsal_tables import RehearsalTable, StatisticsTable
from irosurvey.study.reproduction import Reproduction, reproduce
from irosurvey.study.sheets import Field, Sheet
from irosurvey.study.tables import Table
from irosurvey.study.whole import WholeStudy, whole_study

__all__ = [
    "DATA",
    "Chart",
    "Condition",
    "ConditionTable",
    "CountRange",
    "CountTable",
    "Deduction",
    "Evidence",
    "EvidenceInterval",
    "EvidenceTable",
    "Field",
    "Figure",
    "Finding",
    "IntervalTable",
    "RehearsalTable",
    "Reproduction",
    "Sheet",
    "Source",
    "StatisticsTable",
    "StudyEstimate",
    "Table",
    "TableRow",
    "WholeStudy",
    "reproduce",
    "whole_study",
]
