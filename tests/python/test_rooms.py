"""Includes point one way, and what is hidden stays hidden: rules that no compiler checks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Each room, and the rooms that it may look into besides itself.
MAY_INCLUDE = {
    "core": set(),
    "frame": {"core"},
    "io": {"core", "frame"},
    "design": {"core", "frame"},
    "estimate": {"core", "frame", "design"},
    "inference": {"core", "frame", "design", "estimate"},
    "study": {"core", "frame", "io", "design", "estimate", "inference"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
HIDDEN = re.compile(r"^(Eigen/|boost/|toml|nlohmann/|readstat|pybind11/|zlib|iconv)")


def files(*folders: Path) -> list[Path]:
    return [path for folder in folders for path in sorted(folder.rglob("*.[ch]pp"))]


def includes(path: Path) -> list[str]:
    return INCLUDE.findall(path.read_text())


@pytest.mark.parametrize("room", MAY_INCLUDE)
def test_includes_point_one_way(room: str) -> None:
    sources = files(ROOT / "include" / "irosurvey" / room, ROOT / "src" / room)
    assert sources
    for path in sources:
        for name in includes(path):
            first = name.removeprefix("irosurvey/").split("/")[0]
            if "/" in name and first in MAY_INCLUDE:
                assert first in {room} | MAY_INCLUDE[room], f"{path} includes {name}"


def test_public_headers_show_standard_types_and_our_own() -> None:
    headers = files(ROOT / "include")
    assert headers
    shown = [(path.name, name) for path in headers for name in includes(path) if HIDDEN.match(name)]
    assert shown == []


def test_readstat_is_included_in_one_room_only() -> None:
    sources = files(ROOT / "src", ROOT / "python")
    assert {path.parent.name for path in sources if "readstat.h" in includes(path)} == {"io"}
