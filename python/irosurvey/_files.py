"""Files that are whole or not there."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from irosurvey._complaint import complaint
from irosurvey.errors import ArgumentError

__all__ = ["replace_files", "require_folder"]


def require_folder(path: Path) -> None:
    """Refuse a name to write into that is a file's, before anything is computed.

    Raises
    ------
    ArgumentError
        If there is a file of that name.
    """
    if path.exists() and not path.is_dir():
        raise complaint(
            ArgumentError,
            f"--out {path}",
            expected="a folder, or the name of a new one",
            found="a file",
            remedy="Take another name.",
        )


def replace_files(contents: Mapping[Path, bytes]) -> list[Path]:
    """Put each content in its place; what was there before stays whole until then.

    Every file is written beside its name and flushed to the disk before the first is renamed, so
    that a full disk leaves all old files as they were. Folders are made if need be.
    """
    beside: dict[Path, Path] = {}
    try:
        for place, content in contents.items():
            place.parent.mkdir(parents=True, exist_ok=True)
            part = place.with_name(f".{place.name[:60]}.{secrets.token_hex(4)}.part")
            beside[place] = part
            with part.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        for place, part in beside.items():
            part.replace(place)
    finally:
        for part in beside.values():
            part.unlink(missing_ok=True)
    return list(contents)
