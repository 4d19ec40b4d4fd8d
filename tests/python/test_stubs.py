"""What type checkers are told is what the package does, and what its documentation shows."""

from __future__ import annotations

import doctest
import importlib
import inspect
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import irosurvey

ROOT = Path(__file__).parents[2]
PACKAGE = Path(irosurvey.__file__).parent
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(irosurvey.__path__, "irosurvey.")
    if not module.name.endswith("._core")
)
GUIDES = ("python", "models", "tables")
DOCTESTS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def checked(*command: str) -> None:
    paths = {"PYTHONPATH": str(PACKAGE.parent), "MYPYPATH": str(PACKAGE.parent)}
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=os.environ | paths,
        text=True,
        capture_output=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


# Slow, and true of the newest releases only: the lowest ones that we run on have fewer types.
@pytest.mark.slow
def test_the_stub_of_the_core_describes_the_binary() -> None:
    checked("mypy.stubtest", "irosurvey._core")


@pytest.mark.slow
def test_the_package_is_typed_strictly() -> None:
    checked("mypy", "--strict", str(PACKAGE))


def test_type_checkers_find_the_types_of_an_installed_package() -> None:
    assert (PACKAGE / "py.typed").exists()
    assert (PACKAGE / "_core.pyi").exists()


@pytest.mark.parametrize("name", ["irosurvey", *MODULES])
def test_the_examples_of_docstrings_are_true(name: str) -> None:
    module = importlib.import_module(name)
    result = doctest.testmod(module, optionflags=DOCTESTS)
    assert result.failed == 0


@pytest.mark.parametrize("face", [irosurvey.Design, irosurvey.Estimate])
def test_every_method_of_a_design_and_a_result_has_an_example(face: type) -> None:
    methods = {
        name: inspect.getdoc(member) or ""
        for name, member in inspect.getmembers(face, callable)
        if not name.startswith("_")
    }
    assert len(methods) > 10
    assert [name for name, shown in methods.items() if ">>>" not in shown] == []


def test_every_public_name_has_a_docstring() -> None:
    undocumented = [
        name
        for name in irosurvey.__all__
        if not name.startswith("__") and not getattr(irosurvey, name).__doc__
    ]
    assert undocumented == []


@pytest.mark.parametrize("name", GUIDES)
def test_the_examples_of_the_guides_are_true(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    guide = ROOT / "docs" / "guide" / f"{name}.md"
    result = doctest.testfile(str(guide), module_relative=False, optionflags=DOCTESTS)
    assert result.attempted > 5
    assert result.failed == 0
