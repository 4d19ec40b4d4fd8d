"""What is wrong with a spec, said of a sheet: headings for keys, and nothing of TOML."""

from __future__ import annotations

import re

from irosurvey.tables.workbook_fields import MARGINS, SURVEY, SURVEY_SHEET, TABLES, TABLES_SHEET

__all__ = ["of_cells"]

_WHERE = {
    "data": f"the line Data file of the sheet {SURVEY_SHEET}",
    "table": f"a line of the sheet {TABLES_SHEET}",
} | {own.path[-1]: own.label for own in (*MARGINS, *TABLES)}
_LABELS = {(own.path[0], own.path[-1]): own.label for _, fields in SURVEY for own in fields}
_WORDS: tuple[tuple[str, str], ...] = (
    (r"^the key '(\w+)', as (.*)$", r"{\1} filled in, as \2"),
    (r"^the key '(\w+)'(:.*)?$", r"{\1} filled in"),
    (r"^no such key$", "nothing"),
    (r"^one of the keys .*$", "nothing here: this line goes on with the one above"),
    (r"^an unknown key$", "something"),
    (r"^'(\w+)', which belongs to", r"{\1}, which belongs to"),
    (r'statistic = "([^"]*)"', r'Statistic "\1"'),
    (r"the statistic is", "Statistic is"),
    (r"^true or false$", "yes or no"),
    (r"a date, such as .*$", "a date, such as 26/11/2026"),
    (r"^Write year-month-day\.$", "Write day, month and year: 26/11/2026."),
    (r'^Text stands in "quotes"\.$', ""),
    (r"^Take the quotes off\.$", "Write figures alone, with a point before decimals."),
    (r"^Name its folder with --data-dir DIR\.$", "Name it from the folder of this workbook."),
    (r"^(a list of \w+), such as .*$", r"\1, with ; between them"),
)
"""What a spec says of TOML, and what is said of a sheet instead; a key in braces is a heading."""


def of_cells(text: str, section: str) -> str:
    """A part of a message in the words of a sheet; keys are those of a section of the spec."""

    def heading(found: re.Match[str]) -> str:
        key = found[1]
        return _LABELS.get((section, key), _WHERE.get(key, key))

    for pattern, words in _WORDS:
        text = re.sub(pattern, words, text)
    return re.sub(r"\{(\w+)\}", heading, text)
