"""Releases made by hand, for the tests of what is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from irosurvey.tables.published import (
    Contact,
    Note,
    PublishedCell,
    PublishedColumn,
    PublishedRow,
    PublishedTable,
    Release,
    TitleParts,
)


def number(value: float) -> PublishedCell:
    return PublishedCell(value=value)


def mark(letter: str) -> PublishedCell:
    return PublishedCell(mark=letter)  # type: ignore[arg-type]


def text(word: str) -> PublishedCell:
    return PublishedCell(text=word)


def monitoring() -> PublishedTable:
    """One stub column, one header row; a suppressed row, and what rounds to nothing."""
    return PublishedTable(
        name="table_1",
        number=1,
        title=TitleParts(
            "Monitoring between reviews", "percentage", "IROs by region", "England", "2013"
        ),
        stub=("Region",),
        columns=(
            PublishedColumn("Percentage", (), "Percentage", "estimate", "percent", 1),
            PublishedColumn("Lower limit", (), "Lower limit", "lower", "percent", 1),
            PublishedColumn("Upper limit", (), "Upper limit", "upper", "percent", 1),
            PublishedColumn("Base [note 1]", (), "Base [note 1]", "base", "count", 0),
        ),
        rows=(
            PublishedRow(("North East",), (number(49.0), number(43.2), number(54.9), number(1250))),
            PublishedRow(("London",), (mark("c"), mark("c"), mark("c"), mark("c"))),
            PublishedRow(("East of England",), (mark("k"), number(0), number(1.3), number(130))),
            PublishedRow(("South West",), (mark("u"), mark("u"), mark("u"), number(20))),
            PublishedRow(
                ("England",), (number(51.5), number(47.0), number(56.0), number(2950)), total=True
            ),
        ),
        notes=(1,),
        remarks=("Percentages are of IROs who answered the question.", "Parts may not sum."),
        figures=("Percentages are of IROs who answered the question.",),
        source="NCB survey of Independent Reviewing Officers, 2013",
    )


def duties() -> PublishedTable:
    """Two stub columns, two levels of spanners, letters of significance; made-up answers."""

    def columns() -> list[PublishedColumn]:
        made = []
        for group in ("Always or often", "Rarely or never"):
            for heading, kind, unit, decimals in (
                ("Percentage", "estimate", "percent", 0),
                ("Base", "base", "count", 0),
            ):
                made.append(
                    PublishedColumn(
                        f"Monitors cases: {group}: {heading}",
                        ("Monitors cases", group),
                        heading,
                        kind,  # type: ignore[arg-type]
                        unit,  # type: ignore[arg-type]
                        decimals,
                    )
                )
        made.append(PublishedColumn("Difference", (), "Difference", "estimate", "other", 1))
        made.append(PublishedColumn("Significance", (), "Significance", "significance", "text", 0))
        return made

    rows = []
    for region in ("North", "South"):
        for sex in ("Women", "Men"):
            rows.append(
                PublishedRow(
                    (region, sex),
                    (number(40), number(120), number(60), number(120), number(-20.5), text("ss")),
                )
            )
    rows.append(
        PublishedRow(
            ("England", "All"),
            (number(41), number(480), number(59), number(480), number(-18.0), text("ns")),
            total=True,
        )
    )
    return PublishedTable(
        name="duties",
        number=2,
        title=TitleParts("Other duties", "percentage", "IROs", "England", "2013"),
        stub=("Region", "Sex"),
        columns=tuple(columns()),
        rows=tuple(rows),
        remarks=("See [note 2] for the question.",),
        notes=(2,),
        synthetic=True,
    )


def release() -> Release:
    return Release(
        title="Independent Reviewing Officers in England",
        tables=(monitoring(), duties()),
        notes=(
            Note(1, "IROs who answered the question; unweighted."),
            Note(2, "“How often do you monitor cases between reviews?”"),
        ),
        about=("A survey of all IROs in England.", "Figures are weighted to region and type."),
        publisher="National Children’s Bureau",
        contact=Contact("Research team", "research@example.org", "020 7946 0000"),
        published=date(2026, 11, 22),
        next_update="Autumn 2027",
        version="1.0",
        policy={"preset": "dfe", "minimum": 6, "round_to": 10, "secondary": True, "seed": None},
        provenance={"library": "irosurvey 0.1.0", "input": "sha256:0a1b", "weights": "w"},
        balance={"rows read": 295.0, "rows used": 290.0, "weight used": 1250.5},
        synthetic=True,
    )


def real() -> Release:
    """The same without anything made up."""
    whole = release()
    return replace(
        whole,
        tables=tuple(replace(table, synthetic=False) for table in whole),
        synthetic=False,
    )


def bare() -> Release:
    """One table, and nothing that may be left out but who publishes it and whom to ask."""
    table = monitoring()
    columns = (*table.columns[:3], replace(table.columns[3], name="Base", heading="Base"))
    plain = replace(table, columns=columns, notes=(), remarks=(), source="")
    return Release("Bare", (plain,), publisher="Bureau", contact=Contact("Research team"))


HOSTILE = (
    "=1+1",
    '=HYPERLINK("http://x.example","y")',
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\t=1+1",
    "\r\n=1+1",
    "\0=1+1",
    " =1+1",
    "＝1+1",
    "plain, then ;=1+1",
    "</th></table><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "]]>&amp;&lt;",
    "http://x.example/",
    "https://x.example/?a=1&b=2",
    "mailto:a@x.example",
    "internal:Cover!A1",
    "[x](javascript:alert(1)) | ![y](http://x.example/z.png)",
    "**bold** `code` # heading",
    "{=1+1}",
    "_x0041_",
    "lone \ud800 surrogate \x07 bell \ufffe",
    "two\nlines\u2028and three",
    "\u202egnirts",
    "O'Brien & Söhne “quoted”",
    "[c]",
    "1250",
    "TRUE",
)
"""Labels that somebody might put into a data file."""


def hostile() -> Release:
    """Every text of a release is hostile somewhere."""
    columns = tuple(
        PublishedColumn(f"{label} {place}", (label,), label, "estimate", "percent", 1)
        for place, label in enumerate(HOSTILE[:6])
    )
    table = PublishedTable(
        name="hostile",
        number=1,
        title=TitleParts(HOSTILE[0], HOSTILE[11], HOSTILE[2], HOSTILE[19], HOSTILE[13]),
        stub=("=A1", "<b>Stub</b>"),
        columns=(*columns, PublishedColumn("=T", (), "=T", "significance", "text", 0)),
        rows=tuple(
            PublishedRow(
                (label, f"{label} {place}"),
                (*(number(-5.0) for _ in columns), text(label)),
            )
            for place, label in enumerate(HOSTILE)
        ),
        notes=(1,),
        remarks=HOSTILE,
        source=HOSTILE[1],
    )
    return Release(
        title=HOSTILE[11],
        tables=(table,),
        notes=(Note(1, HOSTILE[1]), Note(2, HOSTILE[12])),
        about=HOSTILE,
        publisher=HOSTILE[13],
        contact=Contact(HOSTILE[0], HOSTILE[17], HOSTILE[2]),
        next_update=HOSTILE[4],
        version=HOSTILE[3],
        policy={HOSTILE[0]: HOSTILE[1], "nested": {HOSTILE[11]: 1.5}, "list": ("a", 2, None)},
        provenance={HOSTILE[12]: HOSTILE[2]},
        balance={HOSTILE[4]: 12.5},
    )
