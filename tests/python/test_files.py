"""Whatever is written: a failure leaves the old file whole, and nothing beside it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

import irosurvey
from irosurvey import study
from irosurvey.charts import funnel_of
from irosurvey.spec import writing

DATA = {"g": ["a", "b"] * 30, "y": [1, 2, 1] * 20}


def _chart(folder: Path) -> object:
    chart = funnel_of(["a", "b"], [40, 60], [100, 100], target=50)
    return [chart.save(folder / f"chart.{form}") for form in ("svg", "png", "txt")]


def _answers(folder: Path) -> object:
    path = folder.parent / "data.csv"
    if not path.exists():
        path.write_text("y\n1\n2\n3\n", encoding="utf-8")
    spec = folder.parent / "spec.toml"
    estimate = '[[estimate]]\nid = "a"\nstatistic = "mean"\nvariables = ["y"]\n'
    spec.write_text(f'[data]\nfile = "data.csv"\n[design]\n{estimate}', encoding="utf-8")
    return writing.write(irosurvey.run(spec), folder / "answers.csv", "csv")


def _report(folder: Path) -> object:
    table = irosurvey.Table(irosurvey.Design(DATA).crosstab("g", "y"))
    return irosurvey.release(table, "none").report.write(folder / "report.json")


def _study(folder: Path) -> object:
    return study.reproduce().write(folder)


@pytest.mark.parametrize("write", [_chart, _answers, _report, _study])
def test_a_failure_leaves_old_files_whole(
    write: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "out"
    write(folder)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    assert before

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write(folder)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
