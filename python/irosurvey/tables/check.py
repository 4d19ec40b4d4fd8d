"""Every rule of accessibility and disclosure, with pass or fail, for a file that was written."""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from xml.etree.ElementTree import ParseError

from irosurvey._complaint import complaint
from irosurvey.errors import ReadError
from irosurvey.tables.checks import ees, ods, page, text, word, workbook, xlsx
from irosurvey.tables.checks.content import (
    ReadFile,
    check_content,
    check_release,
    check_words,
    differences,
)
from irosurvey.tables.checks.report import RULES, Check, CheckReport, Findings, Rule
from irosurvey.tables.published import Release
from irosurvey.tables.writers import FORMATS, format_of
from irosurvey.tables.writers._prepare import prepared

__all__ = ["RULES", "Check", "CheckReport", "Rule", "check", "check_all"]

# What readers make of a file that is cut off, or of another kind.
_BROKEN = (
    *(OSError, ValueError, LookupError, TypeError, AttributeError, EOFError),
    *(zipfile.BadZipFile, zlib.error, NotImplementedError, ParseError),
)


def check(release: Release, path: str | Path) -> CheckReport:
    """Read a file back and hold it against the release and every rule.

    Parameters
    ----------
    release
        What the file should hold.
    path
        A file that a writer made, or that somebody has changed since. Of a pair, either: they are
        read together.

    Returns
    -------
    CheckReport
        One check for each rule that such a file has to keep; ``exit_code`` is for scripts.

    Raises
    ------
    ReadError
        The file isn't there, or isn't of the format that its name tells.
    ArgumentError
        The release isn't in order, or no such format is known.

    Notes
    -----
    What is in the file beside the tables is held against what the writer makes of the release now.
    Of workbooks that is their words: another program may have saved them. Pages may show charts of
    somebody else's below their tables. Everything else has to be as it was written.

    Rules come from the Government Analysis Function's guidance on spreadsheets, from WCAG 2.2 AA,
    and from what disclosure control needs of a file: that nothing but what is published is in it.
    """
    release = prepared(release)
    place = _main(Path(path))
    found = Findings()
    form = format_of(place).name
    try:
        if form == "csv" and ees.is_pair(place):
            form = "ees"
            ees.check_pair(found, release, place)
        else:
            read = _read(found, release, place, form)
            check_content(found, release, read)
            _check_rest(found, release, place, form, read)
    except _BROKEN as error:
        raise complaint(
            ReadError,
            str(place),
            expected=f"a file that `--format {form}` wrote",
            found=f"{type(error).__name__}: {error}",
            remedy="write it again",
        ) from error
    check_release(found, release)
    return CheckReport(str(place), form, found.checks())


def _check_rest(found: Findings, release: Release, place: Path, form: str, read: ReadFile) -> None:
    """Hold what stands around the tables against what the writer makes of the release."""
    with tempfile.TemporaryDirectory() as folder:
        written = FORMATS[form].write(release, Path(folder) / place.name)
        path = written[0]
        if all(_same_bytes(one, place.with_name(one.name)) for one in written):
            # Read once more, the same bytes would say the same.
            check_words(found, read.words, read.words)
            if form in ("html", "word"):
                found.rule("extras", [])
            return
        check_words(found, read.words, _read(None, release, path, form).words)
        if form == "html":
            markup = [page.markup_of(page.parse(one.read_text("utf-8"))) for one in (place, path)]
            found.rule("extras", differences(*map(list, markup)))
        if form == "word":
            found.rule("extras", word.changed_parts(place, path))


def _same_bytes(one: Path, other: Path) -> bool:
    return other.is_file() and one.read_bytes() == other.read_bytes()


def check_all(release: Release, paths: Iterable[str | Path]) -> list[CheckReport]:
    """Check several files, a pair of them once.

    Parameters
    ----------
    release
        What the files should hold.
    paths
        What writers gave back.

    Returns
    -------
    list of CheckReport
        One for each file or pair, in order.
    """
    return [check(release, path) for path in dict.fromkeys(_main(Path(path)) for path in paths)]


def _main(path: Path) -> Path:
    """The file that a file of metadata belongs to; any other is its own."""
    for ending, instead in ((".csv-metadata.json", ".csv"), (".meta.csv", ".csv")):
        if path.name.endswith(ending):
            return path.with_name(path.name.removesuffix(ending) + instead)
    return path


def _read(found: Findings | None, release: Release, place: Path, form: str) -> ReadFile:
    """Look at the rules of the format, if asked, and give what the file shows."""
    if form in ("xlsx", "ods"):
        book = (xlsx if form == "xlsx" else ods).read(place)
        if found is not None:
            workbook.check_book(found, release, book)
        return workbook.content_of(book, release)
    if form == "html":
        root = page.parse(place.read_text("utf-8"))
        if found is not None:
            page.check_page(found, release, root)
        return page.content_of(root)
    if form == "csv":
        if found is not None:
            text.check_csv(found, place)
        return text.csv_content(place)
    if form == "json":
        if found is not None:
            text.check_json(found, release, place)
        return text.json_content(place)
    if form == "word":
        if found is not None:
            word.check_document(found, place)
        return word.content_of(place)
    return text.markdown_content(place)
