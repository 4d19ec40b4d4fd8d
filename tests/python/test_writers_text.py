"""The CSV with its metadata, the JSON document, and Markdown, read back."""

from __future__ import annotations

import csv
import html
import json
import re
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest
import releases
from markdown_it import MarkdownIt

from irosurvey.errors import ReadError
from irosurvey.tables.published import Release
from irosurvey.tables.safe_text import one_line
from irosurvey.tables.writers import csv as csv_writer
from irosurvey.tables.writers import json as json_writer
from irosurvey.tables.writers import markdown
from irosurvey.tables.writers._prepare import prepared

# ---- CSV ----


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_cell_has_its_line(tmp_path: Path) -> None:
    release = prepared(releases.release())
    path, _ = csv_writer.write(release, tmp_path / "iro.csv")
    found = iter(lines(path))
    for table in release:
        for at_row, row in enumerate(table.rows, 1):
            for at_column, (cell, column) in enumerate(
                zip(row.cells, table.columns, strict=True), 1
            ):
                line = next(found)
                assert (line["table"], line["name"]) == (str(table.number), table.name)
                assert (line["row"], line["column"]) == (str(at_row), str(at_column))
                labels = [line[f"label_{place}"] for place in range(1, len(table.stub) + 1)]
                assert tuple(labels) == row.labels
                assert (line["header"], line["kind"], line["unit"]) == (
                    column.name,
                    column.kind,
                    column.unit,
                )
                assert line["mark"] == cell.mark
                assert line["text"] == cell.text
                if cell.value is None:
                    assert line["value"] == ""
                else:
                    assert Decimal(line["value"]) == Decimal(f"{cell.value:.{column.decimals}f}")
                    assert -Decimal(line["value"]).as_tuple().exponent == column.decimals  # type: ignore[operator]
                assert line["total"] == ("true" if row.total else "false")
    assert next(found, None) is None


def test_spanners_have_columns_of_their_own(tmp_path: Path) -> None:
    path, _ = csv_writer.write(releases.release(), tmp_path / "iro.csv")
    line = next(line for line in lines(path) if line["table"] == "2")
    assert (line["spanner_1"], line["spanner_2"]) == ("Monitors cases", "Always or often")
    assert (line["stub_1"], line["stub_2"]) == ("Region", "Sex")


def test_the_metadata_describe_the_csv(tmp_path: Path) -> None:
    path, beside = csv_writer.write(releases.release(), tmp_path / "iro.csv")
    assert beside.name == "iro.csv-metadata.json", "where CSVW looks for it"
    about = json.loads(beside.read_text("utf-8"))
    assert about["@context"] == ["http://www.w3.org/ns/csvw", {"@language": "en-GB"}]
    assert about["url"] == "iro.csv"
    assert about["dc:title"].startswith("SYNTHETIC: ")
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    columns = about["tableSchema"]["columns"]
    assert [column["name"] for column in columns] == header
    assert [column["titles"] for column in columns] == header
    keys = about["tableSchema"]["primaryKey"]
    found = [tuple(line[key] for key in keys) for line in lines(path)]
    assert len(set(found)) == len(found)
    facts = {
        fact["schema:name"]: fact["schema:value"] for fact in about["schema:additionalProperty"]
    }
    assert facts["minimum"] == "6"
    assert facts["secondary"] == "yes"
    assert facts["seed"] == "none"
    assert facts["weight used"] == "1,250.50"


def test_every_line_is_of_the_type_that_the_metadata_tell(tmp_path: Path) -> None:
    patterns = {
        "integer": r"-?\d+",
        "decimal": r"-?\d+(\.\d+)?",
        "boolean": "true|false",
        "string": ".*",
    }
    for release in (releases.release(), releases.hostile()):
        path, beside = csv_writer.write(release, tmp_path / "iro.csv")
        columns = json.loads(beside.read_text("utf-8"))["tableSchema"]["columns"]
        for line in lines(path):
            for column in columns:
                form = column["datatype"]
                pattern = (
                    form.get("format", patterns[form["base"]])
                    if isinstance(form, dict)
                    else patterns[form]
                )
                value = line[column["name"]]
                if value == "":
                    assert not column["required"]
                else:
                    assert re.fullmatch(pattern, value), (column["name"], value)


def test_no_cell_of_the_csv_would_run(tmp_path: Path) -> None:
    path, _ = csv_writer.write(releases.hostile(), tmp_path / "iro.csv")
    found = lines(path)
    for line in found:
        for name, value in line.items():
            if name == "value":
                assert re.fullmatch(r"-?\d+\.\d", value) or value == "", "a number is a number"
            else:
                assert not re.match(r"[\s\0]*[=+\-@＝＋－＠]", value), value
    assert any(line["value"] == "-5.0" for line in found)


def test_no_cell_of_the_csv_would_run_where_semicolons_part_cells(tmp_path: Path) -> None:
    path, _ = csv_writer.write(releases.hostile(), tmp_path / "iro.csv")
    for row in path.read_text("utf-8").split("\r\n"):
        for part in row.split(";"):
            assert not re.match(r'"?[=+@＝＋－＠]', part), part


# ---- JSON ----


@pytest.mark.parametrize("release", [releases.release(), releases.real(), releases.hostile()])
def test_the_document_keeps_its_schema(release: Release, tmp_path: Path) -> None:
    (path,) = json_writer.write(release, tmp_path / "iro.json")
    schema = json_writer.schema()
    checker = jsonschema.Draft202012Validator
    checker.check_schema(schema)
    document = json.loads(path.read_text("utf-8"))
    checker(schema, format_checker=jsonschema.FormatChecker()).validate(document)
    document["tables"][0]["rows"][0]["cells"][0] = {"mark": "c", "value": 3}
    with pytest.raises(jsonschema.ValidationError):
        checker(schema).validate(document)


@pytest.mark.parametrize("release", [releases.release(), releases.real(), releases.hostile()])
def test_what_is_written_is_read(release: Release, tmp_path: Path) -> None:
    (path,) = json_writer.write(release, tmp_path / "iro.json")
    found = json_writer.read(path)
    wanted = prepared(release)
    for name in ("title", "tables", "notes", "about", "publisher", "contact", "published"):
        assert getattr(found, name) == getattr(wanted, name)
    assert json_writer.write(found, tmp_path / "again.json")[0].read_bytes() == path.read_bytes()


def test_under_a_mark_there_is_no_value(tmp_path: Path) -> None:
    (path,) = json_writer.write(releases.release(), tmp_path / "iro.json")
    cells = json.loads(path.read_text("utf-8"))["tables"][0]["rows"][1]["cells"]
    assert cells == [{"mark": "c"}] * 4


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": "other", "version": 1}',
        '{"format": "irosurvey-release", "version": 2}',
    ],
)
def test_other_documents_are_not_read(text: str, tmp_path: Path) -> None:
    path = tmp_path / "iro.json"
    path.write_text(text)
    with pytest.raises(ReadError, match="irosurvey-release, version 1"):
        json_writer.read(path)
    with pytest.raises(ReadError, match="can't be read"):
        json_writer.read(tmp_path / "nowhere.json")


# ---- Markdown ----


def rendered(text: str) -> str:
    return MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text)


def cells_of(page: str) -> list[list[list[str]]]:
    return [
        [
            [html.unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)]
            for row in re.findall(r"<tr>(.*?)</tr>", table, re.S)
        ]
        for table in re.findall(r"<table>(.*?)</table>", page, re.S)
    ]


def test_markdown_shows_the_tables() -> None:
    release = prepared(releases.real())
    found = cells_of(rendered(markdown.text(release)))
    first = found[0]
    assert first[0] == ["Region", "Percentage", "Lower limit", "Upper limit", "Base [note 1]"]
    assert first[1] == ["North East", "49.0", "43.2", "54.9", "1,250"]
    assert first[2] == ["London", "[c]", "[c]", "[c]", "[c]"]
    assert found[1][1] == ["North", "Women", "40", "120", "60", "120", "−20.5", "[ss]"]


def test_hostile_labels_are_text_in_markdown() -> None:
    page = rendered(markdown.text(releases.hostile()))
    for tag in re.findall(r"<\s*/?\s*([a-zA-Z][a-zA-Z0-9]*)", page):
        assert tag in {
            "h1",
            "h2",
            "h3",
            "p",
            "ul",
            "li",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
        }
    rows = cells_of(page)[0][1:]
    for label, row in zip(releases.HOSTILE, rows, strict=True):
        assert row[0] == one_line(label)
        assert len(row) == 9


def test_a_table_of_markdown_tells_its_shorthand_before_it() -> None:
    text = markdown.text(releases.release())
    before = text[: text.index("| Region")]
    assert r"\[c\] = suppressed to protect confidentiality" in before
    assert r"\[x\]" not in text
