"""A spec's answers as files: CSV, JSON, or a page of HTML."""

from __future__ import annotations

import html
import io
import json
import math
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv

from irosurvey._core import __version__
from irosurvey._files import replace_files
from irosurvey.layout import as_html
from irosurvey.spec.answers import Answer, SpecResult
from irosurvey.spec.weights import WeightSummary

__all__ = ["FORMATS", "text_of", "write"]

FORMATS = ("csv", "json", "html")

# What a spreadsheet takes for a formula at the start of a text; OWASP, "CSV injection".
_FORMULA = re.compile(r"^[=+\-@\t\r\n\0]")


def text_of(result: SpecResult, form: str) -> str:
    """All answers in one text.

    Parameters
    ----------
    result
        What a spec gave.
    form
        ``"csv"``: one table; ``"json"``: an object with a list of answers, each with its rows and
        its choices; ``"html"``: a page that needs nothing else.
    """
    return {"csv": _csv, "json": _json, "html": _html}[form](result)


def write(result: SpecResult, path: str | os.PathLike[str], form: str) -> Path:
    """Write all answers into one file, its folder made if need be.

    What was there before stays whole until the new file is complete.
    """
    return replace_files({Path(path): text_of(result, form).encode("utf-8")})[0]


def _csv(result: SpecResult) -> str:
    table = result.to_arrow()
    columns = [_harmless(table[name]) for name in table.column_names]
    sink = io.BytesIO()
    pa.csv.write_csv(pa.table(columns, names=table.column_names), sink)
    return sink.getvalue().decode()


def _harmless(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Text that no spreadsheet runs: an apostrophe before what looks like a formula."""
    if not pa.types.is_string(values.type):
        return values
    return pa.chunked_array(
        [
            [
                "'" + one if one is not None and _FORMULA.match(one) else one
                for one in values.to_pylist()
            ]
        ],
        pa.string(),
    )


def _json(result: SpecResult) -> str:
    return (
        json.dumps(
            {
                "title": result.title,
                "source": result.source,
                "notes": result.notes,
                "warnings": list(result.warnings),
                "irosurvey": __version__,
                "estimates": [_plain(answer) for answer in result.answers],
            },
            ensure_ascii=False,
            indent=2,
            allow_nan=False,
        )
        + "\n"
    )


def _plain(answer: Answer) -> Mapping[str, Any]:
    rows = answer.to_arrow().drop_columns(["id"]).to_pylist()
    choices = {} if isinstance(answer.result, WeightSummary) else answer.result.choices
    return {
        "id": answer.id,
        "source": answer.source,
        "unit": answer.unit,
        "choices": dict(choices),
        "rows": [{name: _finite(value) for name, value in row.items()} for row in rows],
    }


def _finite(value: Any) -> Any:
    """JSON has no infinity: limits of an open interval are null, as what isn't there."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>body{{font-family:system-ui,sans-serif;margin:2em auto;max-width:75em;padding:0 1em}}
main>div{{overflow-x:auto}}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{about}
{tables}
</main>
</body>
</html>
"""


def _html(result: SpecResult) -> str:
    title = html.escape(result.title or "Estimates")
    about = "\n".join(
        f"<p>{html.escape(line)}</p>"
        for line in (result.source, result.notes, *result.warnings)
        if line
    )
    tables = "\n".join(
        f'<div role="region" tabindex="0" aria-label="{html.escape(answer.id)}">'
        f"{as_html(answer.view(sys.maxsize))}</div>"
        for answer in result.answers
    )
    return _PAGE.format(title=title, about=about, tables=tables)
