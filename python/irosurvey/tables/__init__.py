"""Tables that may be published: disclosure control, reliability, rounding, and their files."""

from __future__ import annotations

from irosurvey.tables.balance import Balance, Size
from irosurvey.tables.block_making import block_of as block
from irosurvey.tables.blocks import Block
from irosurvey.tables.policy import CV_BANDS, Policy
from irosurvey.tables.published import (
    SHORTHAND,
    Contact,
    Note,
    PublishedCell,
    PublishedColumn,
    PublishedRow,
    PublishedTable,
    Release,
    TitleParts,
)
from irosurvey.tables.release import FORMATS, ReleaseResult, release
from irosurvey.tables.report import ReleaseReport
from irosurvey.tables.table import Table

__all__ = [
    "CV_BANDS",
    "FORMATS",
    "SHORTHAND",
    "Balance",
    "Block",
    "Contact",
    "Note",
    "Policy",
    "PublishedCell",
    "PublishedColumn",
    "PublishedRow",
    "PublishedTable",
    "Release",
    "ReleaseReport",
    "ReleaseResult",
    "Size",
    "Table",
    "TitleParts",
    "block",
    "release",
]
