"""Archives of which the same input gives the same bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

__all__ = ["packed"]

# The first moment that a zip file can tell.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


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
