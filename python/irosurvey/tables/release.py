"""From tables to what may be published of them: the rules in their order, and a report."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from irosurvey import _core
from irosurvey._complaint import complaint
from irosurvey.errors import ArgumentError
from irosurvey.tables.balance import Balance, Size, published_balance, without_balance
from irosurvey.tables.places import default_name, table_name
from irosurvey.tables.policy import Policy, policy_of
from irosurvey.tables.published import Contact, Note, PublishedTable, Release
from irosurvey.tables.report import ReleaseReport
from irosurvey.tables.table import Table

if TYPE_CHECKING:
    from irosurvey.tables.check import CheckReport
    from irosurvey.tables.hiding import Hiding
    from irosurvey.tables.showing import Showing

__all__ = ["FORMATS", "ReleaseResult", "release"]

FORMATS = ("xlsx", "ods", "html", "csv", "json", "markdown", "word", "ees")
"""What a release can be written as."""


@dataclass(frozen=True, repr=False)
class ReleaseResult:
    """Tables as they may be published, and what the producer must know of them.

    Shown in a notebook, it shows what is published and nothing else.

    Attributes
    ----------
    published
        What may be seen: :meth:`write` writes that.
    report
        For the producer alone: what was hidden and why, the audit, what to look at, the balance of
        rows. It holds true counts.
    """

    published: Release
    report: ReleaseReport

    def write(
        self, folder: str | os.PathLike[str], formats: Sequence[str] | str = ("xlsx", "html", "csv")
    ) -> list[Path]:
        """Write what is published into files; the report isn't among them.

        Parameters
        ----------
        folder
            Made if need be.
        formats
            Some of :data:`FORMATS`.

        Returns
        -------
        list of Path
            Every file written.
        """
        named = [formats] if isinstance(formats, str) else list(formats)
        for one in named:
            if one not in FORMATS:
                raise complaint(
                    ArgumentError,
                    "formats",
                    expected="some of " + ", ".join(FORMATS),
                    found=repr(one),
                    name=str(one),
                    existing=FORMATS,
                )
        # Writers bring packages along that nobody needs who only looks.
        from irosurvey.tables.writers import write_all

        return write_all(self.published, Path(folder), named)

    def check(
        self, path: str | os.PathLike[str] | None = None, *, format: str = "xlsx"
    ) -> CheckReport:
        """Read a written file back, and hold it against what is published and against every rule.

        Parameters
        ----------
        path
            What :meth:`write` wrote, or what somebody made of it since. ``None``: a file that is
            written for this, and gone after it.
        format
            Of such a file, one of :data:`FORMATS`.

        Returns
        -------
        CheckReport
            Every rule of accessibility, disclosure and safety, with pass or fail.
        """
        from irosurvey.tables.check import check

        if path is not None:
            return check(self.published, Path(path))
        with tempfile.TemporaryDirectory() as folder:
            file, *_ = self.write(folder, format)
            return replace(check(self.published, file), path=file.name)

    def __iter__(self) -> Any:
        return iter(self.published)

    def __len__(self) -> int:
        return len(self.published)

    def __getitem__(self, place: int | str) -> PublishedTable:
        """A table, by its place from 0 or by its name."""
        if isinstance(place, int):
            return self.published.tables[place]
        for table in self.published:
            if table.name == place:
                return table
        raise complaint(
            ArgumentError,
            f"table '{place}'",
            expected="the name of a table",
            name=place,
            existing=[table.name for table in self.published],
        )

    def __repr__(self) -> str:
        return repr(self.published)

    def _repr_html_(self) -> str:
        return self.published._repr_html_()


def release(
    tables: Table | Sequence[Table],
    policy: Policy | str = "dfe",
    *,
    title: str = "",
    about: Sequence[str] = (),
    publisher: str = "",
    contact: Contact | None = None,
    published: date | None = None,
    next_update: str = "",
    version: str = "",
    language: str = "en-GB",
    provenance: Mapping[str, str] | None = None,
    filtered: Size | None = None,
    synthetic: bool = False,
    **overrides: Any,
) -> ReleaseResult:
    """Make tables ready to be published, together.

    In this order: counts that are hidden for their own sake; further counts, so that those can't be
    worked out from any of the tables, with an audit; reliability; rounding; shorthand. What one
    table hides another could give away: tables that are published together belong in one release.

    Parameters
    ----------
    tables
        One or several.
    policy
        A policy, or the name of a preset: ``"dfe"``, ``"tre"``, ``"nchs"``, ``"none"``.
    title
        Of the release; that of the first table if not said.
    about, publisher, contact, published, next_update, version, language
        As of :class:`irosurvey.tables.Release`.
    provenance
        What makes it reproducible, beside what the library knows itself: hashes of files, a
        command.
    filtered
        Rows (and weight) left out before the designs were declared, for the balance of rows.
    synthetic
        Whether the answers are made up.
    **overrides
        Fields of the policy.

    Returns
    -------
    ReleaseResult

    Raises
    ------
    ArgumentError
        If the policy needs what isn't known (unweighted counts behind shares), or two tables give
        different counts of the same people.
    DisclosureError
        If something can't be protected: rows by authority of few people; hidden counts that can
        be worked out whatever else is hidden.
    NumericalError
        If the rows of a question don't add up.

    Examples
    --------
    >>> import irosurvey
    >>> data = {"area": ["N"] * 60 + ["S"] * 53, "met": [1] * 40 + [0] * 20 + [1] * 50 + [0] * 3}
    >>> table = irosurvey.Table(
    ...     irosurvey.Design(data).proportion("met", 1, by="area"), statistics=["estimate", "base"]
    ... )
    >>> shown = irosurvey.release(table, "dfe", secondary=False).published.tables[0]
    >>> [[cell.value if not cell.mark else cell.mark for cell in row.cells] for row in shown.rows]
    [[67.0, 60.0], ['c', 50.0]]
    """
    several = [tables] if isinstance(tables, Table) else list(tables)
    if not several:
        raise complaint(ArgumentError, "tables", expected="at least one", found="none")
    for table in several:
        if not isinstance(table, Table):
            raise complaint(
                ArgumentError, "tables", expected="irosurvey.Table", found=type(table).__name__
            )
    _check_names(several)
    rules = policy_of(policy)
    rules = rules.with_fields(**overrides) if overrides else rules
    # What works out what is hidden brings a solver along that nobody needs who publishes nothing.
    from irosurvey.tables.hiding import Hiding
    from irosurvey.tables.showing import Showing

    hiding = Hiding(rules, several)
    showing = Showing(several, hiding)
    made = tuple(showing.table(place) for place in range(len(several)))
    balances = [table.balances(filtered=filtered) for table in several]
    balance = published_balance(hiding, several, balances)
    untold = without_balance(balance, balances)
    made_of = {"irosurvey": _core.__version__, **_choices(several), **(provenance or {})}
    found = Release(
        title=title or str(several[0].title),
        tables=made,
        notes=tuple(Note(place + 1, text) for place, text in enumerate(showing.notes)),
        about=tuple(about),
        publisher=publisher,
        contact=contact or Contact(),
        published=published,
        next_update=next_update,
        version=version,
        language=language,
        policy=rules.to_dict(),
        provenance={**made_of, "no balance of rows": untold} if untold else made_of,
        balance=balance,
        synthetic=synthetic or any(table.synthetic for table in several),
    )
    return ReleaseResult(found, _report(several, hiding, showing, balances))


def _check_names(several: Sequence[Table]) -> None:
    names: dict[str, int] = {}
    for place, table in enumerate(several):
        name = table.name or default_name(place)
        first = names.setdefault(name.casefold(), place)
        if first != place:
            raise complaint(
                ArgumentError,
                "name of a table",
                expected="another one for each table of a release",
                found=f"{name!r} for {table_name(first)} and {table_name(place)}",
            )


def _choices(several: Sequence[Table]) -> dict[str, str]:
    """Named choices behind the figures; those that not all tables share by table."""
    named: dict[str, dict[str, list[str]]] = {}
    for place, table in enumerate(several):
        for name, value in table.panel.choices:
            tables = named.setdefault(name, {}).setdefault(value, [])
            if table_name(place) not in tables:
                tables.append(table_name(place))
    found: dict[str, str] = {}
    for name, values in named.items():
        for value, tables in values.items():
            common = len(values) == 1 and len(tables) == len(several)
            key = name if common else f"{name} ({', '.join(tables)})"
            found[key] = f"{found[key]}; {value}" if key in found else value
    return found


def _doubts(several: Sequence[Table]) -> Iterator[str]:
    """What a table may not have been meant to show, by table."""
    for place, table in enumerate(several):
        for doubt in dict.fromkeys(one.doubt for one in table.panel.measures if one.doubt):
            yield f"{table_name(place)}: {doubt}"


def _report(
    several: Sequence[Table],
    hiding: Hiding,
    showing: Showing,
    balances: Sequence[tuple[Balance, ...]],
) -> ReleaseReport:
    """What the producer must know."""
    return ReleaseReport(
        policy=hiding.policy,
        tables=tuple(str(table.title) for table in several),
        hidden=hiding.counts,
        suppression=hiding.suppression,
        unreliable=tuple(dict.fromkeys(showing.unreliable)),
        reviews=tuple(dict.fromkeys([*showing.reviews, *hiding.reviews])),
        bands=tuple(dict.fromkeys(showing.bands)),
        balances=tuple(one for own in balances for one in own),
        remarks=(*hiding.not_examined, *_doubts(several)),
    )
