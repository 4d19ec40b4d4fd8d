"""A sampling design over a data set, and the questions that can be asked of it."""

from irosurvey.design.design import Design
from irosurvey.design.options import DfRule, MissingRule

__all__ = ["Design", "DfRule", "MissingRule"]
