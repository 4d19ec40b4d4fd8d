"""What a stranger gets: a package that pip builds, and libraries that CMake finds.

The wheel is built from a copy that holds only what git knows: no build folder, no extension, no
ReadStat lying about.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLES = (
    "findings.csv",
    "codebook.toml",
    "authorities.csv",
    "looked_after.csv",
    "guidance.csv",
    "wordings.csv",
    "measures.csv",
)
pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, text=True, capture_output=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a clean checkout."""
    checkout = tmp_path_factory.mktemp("checkout")
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (checkout / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, checkout / name)
    out = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", out, checkout, cwd=out)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel; this one lends it what that needs, to save minutes."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder)
    site = sysconfig.get_path("purelib", "venv", {"base": str(folder)})
    # A folder named in a .pth file has its own .pth files ignored: the working tree stays out of
    # sight.
    Path(site, "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    python = folder / "bin" / "python"
    run(python, "-m", "pip", "install", "--no-deps", wheel, cwd=folder)
    return python


def test_wheel_carries_the_package_and_its_data_only(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert not [name for name in names if not name.startswith(("irosurvey/", "irosurvey-"))]
    assert len([name for name in names if name.endswith(".so")]) == 1
    data = {name.removeprefix("irosurvey/") for name in names if name.startswith("irosurvey/data/")}
    microdata = {str(path.relative_to(ROOT)) for path in ROOT.glob("data/synthetic/*.sav")}
    assert len(microdata) == 4
    assert data == microdata | {f"data/{name}" for name in TABLES}


def test_installed_package_reads_and_estimates(installed: Path, tmp_path: Path) -> None:
    program = """
import irosurvey
from importlib.metadata import version
from importlib.resources import files

assert irosurvey.__version__ == version("irosurvey")
data = irosurvey.read(files("irosurvey") / "data" / "synthetic" / "iro.sav")
print(irosurvey.__file__)
print(irosurvey.Design(data, strata="region", clusters="authority").mean("caseload"))
"""
    where, *answer = run(installed, "-c", program, cwd=tmp_path).splitlines()
    assert Path(where).is_relative_to(installed.parents[1])
    assert "caseload" in "\n".join(answer)


def test_installed_command_reproduces_the_findings(installed: Path, tmp_path: Path) -> None:
    assert "SYNTHETIC" in run(installed.with_name("irosurvey"), "reproduce", cwd=tmp_path)


def test_another_cmake_project_finds_the_libraries(tmp_path: Path) -> None:
    prefix, build = tmp_path / "prefix", tmp_path / "build"
    run("cmake", "--install", ROOT / "build" / "dev", "--prefix", prefix, cwd=tmp_path)
    survey = ROOT / "data" / "synthetic" / "iro.sav"
    settings = ["-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}", f"-DSURVEY_FILE={survey}"]
    run("cmake", "-S", ROOT / "tests" / "consumer", "-B", build, *settings, cwd=tmp_path)
    run("cmake", "--build", build, cwd=tmp_path)
    report = run("ctest", "--test-dir", build, "--output-on-failure", cwd=tmp_path)
    assert "100% tests passed, 0 tests failed out of 2" in report
