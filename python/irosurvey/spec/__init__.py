"""Analysis specs: data, design and estimates in one TOML file, computed and held against print."""

from irosurvey.spec.answers import Answer, SpecResult
from irosurvey.spec.comparing import Figure, Validation, validate
from irosurvey.spec.keys import json_schema
from irosurvey.spec.running import run
from irosurvey.spec.weights import WeightSummary

__all__ = [
    "Answer",
    "Figure",
    "SpecResult",
    "Validation",
    "WeightSummary",
    "json_schema",
    "run",
    "validate",
]
