"""Files that are whole or not there, and the same bytes for the same input."""

from __future__ import annotations

import io
import os
import secrets
import zipfile
from collections.abc import Mapping
from pathlib import Path

__all__ = ["packed", "replace_files"]

# The first moment that a zip file can tell.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


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


def packed(parts: Mapping[str, bytes], *, stored: tuple[str, ...] = ()) -> bytes:
    """A zip archive of these parts in their order, without any time; `stored` ones uncompressed."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, _NO_TIME)
            entry.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            # Made by Unix, an ordinary file that all may read: else it would tell the machine.
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, content)
    return sink.getvalue()
