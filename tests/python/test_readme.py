"""Examples of the README and the guide are run, and print the text below them."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "docs" / "guide" / "examples.md"]
EXAMPLE = re.compile(r"```(python|cpp)\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)


def examples(page: Path, language: str) -> list[tuple[str, str]]:
    found = EXAMPLE.findall(page.read_text())
    return [(code, printed) for kind, code, printed in found if kind == language]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_example_goes_unchecked(page: Path) -> None:
    blocks = re.findall(r"^```(?:python|cpp)$", page.read_text(), re.MULTILINE)
    assert blocks
    assert len(blocks) == len(EXAMPLE.findall(page.read_text()))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_examples(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    session: dict[str, object] = {}
    assert examples(page, "python")
    for code, printed in examples(page, "python"):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            exec(code, session)
        assert output.getvalue() == printed


@pytest.mark.slow
def test_cpp_examples(tmp_path: Path) -> None:
    libraries = ROOT / "build" / "dev" / "src"
    found = [example for page in PAGES for example in examples(page, "cpp")]
    assert found
    for code, printed in found:
        (tmp_path / "example.cpp").write_text(code)
        subprocess.run(
            [
                os.environ.get("CXX", "c++"),
                "-std=c++20",
                f"-I{ROOT / 'include'}",
                tmp_path / "example.cpp",
                f"-L{libraries}",
                "-lirosurvey_io",
                "-lirosurvey_core",
                f"-Wl,-rpath,{libraries}",
                "-o",
                tmp_path / "example",
            ],
            check=True,
        )
        done = subprocess.run(
            [tmp_path / "example"], cwd=ROOT, check=True, capture_output=True, text=True
        )
        assert done.stdout == printed
