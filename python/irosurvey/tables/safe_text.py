"""Texts that others wrote, made harmless for the place they are put in.

Labels come from data files and plans. A spreadsheet would run some of them, a page would take some
for markup, and an XML file can't hold every character.
"""

from __future__ import annotations

import html
import re

__all__ = ["defused", "escaped", "markdown", "one_line", "would_run"]

# Tabs and line ends of every alphabet part words; what else is not a character is dropped.
_SPACES = re.compile("[\\s\x1c-\x1f\x85\u2028\u2029]+")
_NOT_CHARACTERS = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff\ud800-\udfff]"
)

# OWASP, "CSV injection": what a spreadsheet takes for the start of a formula; full-width forms are
# read as the narrow ones in some languages. Space of any kind may stand before it.
_RUNS = re.compile(r"^[\s\0]*[=+\-@＝＋－＠]|^[\t\r\n\0]")
# Where another separator is the custom (or quotation marks are dropped) a cell begins here.
_INSIDE = re.compile(r"([;,\t\"]\s*)(?=[=+\-@＝＋－＠])")

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>|~$&#!^])")
_MARKDOWN_START = re.compile(r"^(\d+)([.)])(?=\s|$)|^([-+=:])")


def one_line(text: str) -> str:
    """The text in one line, in characters that every format can hold.

    Runs of white space (tabs and line ends among them) become one space; control characters, lone
    surrogates and what isn't a character are dropped.
    """
    return _SPACES.sub(" ", _NOT_CHARACTERS.sub("", text)).strip()


def would_run(text: str) -> bool:
    """Whether a spreadsheet that reads this text from a CSV might take it for a formula."""
    return bool(_RUNS.match(text) or _INSIDE.search(text))


def defused(text: str) -> str:
    """The text for a CSV: an apostrophe before what a spreadsheet would run.

    Also within the text, after a separator or a quotation mark: where semicolons part cells, a
    cell begins there. For texts only: a number is written as a number, be it negative.
    """
    text = _INSIDE.sub(r"\1'", text)
    return "'" + text if _RUNS.match(text) else text


def escaped(text: str) -> str:
    """The text for HTML, in content as well as in attributes within quotation marks."""
    return html.escape(text, quote=True)


def markdown(text: str) -> str:
    """The text for Markdown: no emphasis, code, link, picture, markup, or end of a table's cell."""
    text = _MARKDOWN.sub(r"\\\1", text)
    text = text.replace("://", ":\\//").replace("www.", "www\\.").replace("@", "\\@")
    return _MARKDOWN_START.sub(
        lambda found: f"{found[1]}\\{found[2]}" if found[1] else f"\\{found[3]}", text
    )
