"""Every key of a spec: one table that checks a spec, documents it, and gives its JSON Schema."""

from __future__ import annotations

import json
from typing import Any

from irosurvey.spec.data_keys import CALIBRATE, DATA, DERIVE, DESIGN, REPLICATES
from irosurvey.spec.estimate_keys import ESTIMATE, STATISTICS, keys_of
from irosurvey.spec.kinds import Key, ListOf, Table, Text, table_schema
from irosurvey.spec.table_keys import POLICY, RELEASE, TABLE, TABLE_STATISTICS, table_keys_of

__all__ = ["SECTIONS", "SPEC", "json_schema", "markdown"]

SPEC = Table(
    (
        Key("title", Text(), "What this is about."),
        Key("source", Text(), "Where the expected figures are printed."),
        Key("notes", Text(), "Anything else."),
        Key("data", DATA, "The data file, and the rows of it that are the sample.", required=True),
        Key(
            "derive",
            DERIVE,
            'New columns, in order: `name = "SQL expression"`. A later line may use an earlier '
            "name.",
        ),
        Key("design", DESIGN, "How the rows were sampled."),
        Key(
            "replicates",
            REPLICATES,
            "Replicate weights, instead of `strata`, `clusters` and `fpc`.",
        ),
        Key(
            "calibrate",
            ListOf(CALIBRATE, "tables [[calibrate]]"),
            "Adjustments of the weights, in the order applied.",
        ),
        Key(
            "estimate",
            ListOf(ESTIMATE, "tables [[estimate]]"),
            "What is wanted. A spec has these, or tables, or both.",
        ),
        Key(
            "table",
            ListOf(TABLE, "tables [[table]]"),
            "Tables to be published, made by `irosurvey tables`.",
        ),
        Key("release", RELEASE, "What a reader of published tables must know."),
        Key("policy", POLICY, "Disclosure control, reliability and rounding of published tables."),
    ),
    "a spec",
)

SECTIONS = {
    "data": DATA,
    "design": DESIGN,
    "replicates": REPLICATES,
    "calibrate": CALIBRATE,
    "estimate": ESTIMATE,
    "table": TABLE,
    "release": RELEASE,
}


def json_schema() -> dict[str, Any]:
    """The format as JSON Schema, for editors that complete and check TOML as it is written."""
    whole = table_schema(SPEC.keys)
    whole["properties"]["estimate"]["items"]["allOf"] = [
        {"if": {"properties": {"statistic": {"const": name}}}, "then": _schema_of(name)}
        for name in STATISTICS
    ]
    whole["properties"]["table"]["items"]["allOf"] = [
        {"if": {"properties": {"statistic": {"const": name}}}, "then": _schema_of_table(name)}
        for name in TABLE_STATISTICS
    ]
    whole["anyOf"] = [{"required": ["estimate"]}, {"required": ["table"]}]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "irosurvey analysis spec",
        **whole,
    }


def _schema_of(statistic: str) -> dict[str, Any]:
    """What the keys of one statistic are, beyond what those of all are."""
    use, allowed = STATISTICS[statistic], keys_of(statistic)
    properties: dict[str, Any] = {
        key.name: False for key in ESTIMATE.keys if key.name not in allowed
    }
    for name, values in (("ci", use.intervals), ("test", use.tests)):
        if name in allowed:
            properties[name] = {"enum": list(values)}
    needs = [need.split("|") for need in use.needs]
    either = [
        {"oneOf": [{"required": [name]} for name in names]} for names in needs if len(names) > 1
    ]
    answer: dict[str, Any] = {
        "properties": properties,
        "required": [names[0] for names in needs if len(names) == 1],
    }
    return answer | ({"allOf": either} if either else {})


def _schema_of_table(statistic: str) -> dict[str, Any]:
    allowed = table_keys_of(statistic)
    return {
        "properties": {key.name: False for key in TABLE.keys if key.name not in allowed},
        "required": list(TABLE_STATISTICS[statistic].needs),
    }


def markdown(section: str) -> str:
    """The table of a section's keys, as the guide shows it."""
    rows = [
        f"| `{key.name}` | {key.meaning}{' Required.' if key.required else ''} |"
        for key in SECTIONS[section].keys
    ]
    return "\n".join(["| key | meaning |", "|---|---|", *rows])


if __name__ == "__main__":
    print(json.dumps(json_schema(), indent=2, ensure_ascii=False))
