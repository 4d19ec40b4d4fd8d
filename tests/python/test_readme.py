"""The README's examples are run, and print the text below them."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
EXAMPLE = re.compile(r"```(python|cpp)\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)


def examples(language: str) -> list[tuple[str, str]]:
    found = [(code, printed) for kind, code, printed in EXAMPLE.findall(README) if kind == language]
    assert found, f"the README has no example in {language}"
    return found


def test_no_example_goes_unchecked() -> None:
    blocks = re.findall(r"^```(?:python|cpp)$", README, re.MULTILINE)
    assert len(blocks) == len(EXAMPLE.findall(README))


def test_python_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    session: dict[str, object] = {}
    for code, printed in examples("python"):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            exec(code, session)
        assert output.getvalue() == printed


@pytest.mark.slow
def test_cpp_examples(tmp_path: Path) -> None:
    libraries = ROOT / "build" / "dev" / "src"
    for code, printed in examples("cpp"):
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
