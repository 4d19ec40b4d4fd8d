"""SPSS files that define questions with several answers."""

from __future__ import annotations

import struct
from pathlib import Path


def with_sets(path: Path, sets: str, to: Path) -> Path:
    """A copy of an SPSS file that defines multiple-response sets, before its first other record."""
    whole = path.read_bytes()
    integers = struct.pack("<iiii", 7, 3, 4, 8)  # every file's first record of this kind
    place = whole.index(integers)
    record = struct.pack("<iiii", 7, 7, 1, len(sets)) + sets.encode()
    to.write_bytes(whole[:place] + record + whole[place:])
    return to
