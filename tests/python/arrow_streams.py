"""A look at Arrow streams from outside: which buffers a producer hands over, by their addresses."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import pyarrow as pa


class Schema(ctypes.Structure):
    pass


Schema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_void_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.c_void_p),
    ("dictionary", ctypes.c_void_p),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]


class Array(ctypes.Structure):
    pass


Array._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(Array))),
    ("dictionary", ctypes.c_void_p),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]


class Stream(ctypes.Structure):
    pass


GET_SCHEMA = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(Stream), ctypes.POINTER(Schema))
GET_NEXT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(Stream), ctypes.POINTER(Array))
GET_LAST_ERROR = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.POINTER(Stream))
RELEASE = ctypes.CFUNCTYPE(None, ctypes.POINTER(Stream))
Stream._fields_ = [
    ("get_schema", GET_SCHEMA),
    ("get_next", GET_NEXT),
    ("get_last_error", GET_LAST_ERROR),
    ("release", RELEASE),
    ("private_data", ctypes.c_void_p),
]

NAME = b"arrow_array_stream"
_pointer_of: Callable[[Any, bytes], int] = ctypes.pythonapi.PyCapsule_GetPointer
_pointer_of.restype = ctypes.c_void_p
_pointer_of.argtypes = [ctypes.py_object, ctypes.c_char_p]
_new_capsule = ctypes.pythonapi.PyCapsule_New
_new_capsule.restype = ctypes.py_object
_new_capsule.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]


def pointers(array: Array) -> list[int | None]:
    return [array.buffers[place] for place in range(array.n_buffers)]


class Watched:
    """A table that passes on another one's stream, and notes the buffers in it.

    `seen[column]` is a list with the addresses of every chunk's buffers: validity, then values.
    """

    def __init__(self, table: Any) -> None:
        self.table = table
        self.seen: dict[str, list[list[int | None]]] = {}
        self._alive: list[Any] = []

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        capsule = self.table.__arrow_c_stream__(requested_schema)
        inner = ctypes.cast(_pointer_of(capsule, NAME), ctypes.POINTER(Stream))
        names: list[str] = []
        self.seen = {}

        def get_schema(_: Any, out: Any) -> int:
            status = int(inner.contents.get_schema(inner, out))
            children = ctypes.cast(out.contents.children, ctypes.POINTER(ctypes.POINTER(Schema)))
            names[:] = [
                children[place].contents.name.decode() for place in range(out.contents.n_children)
            ]
            return status

        def get_next(_: Any, out: Any) -> int:
            status = int(inner.contents.get_next(inner, out))
            if status == 0 and out.contents.release:
                for place, name in enumerate(names):
                    child = out.contents.children[place].contents
                    self.seen.setdefault(name, []).append(pointers(child))
            return status

        def get_last_error(_: Any) -> int | None:
            return inner.contents.get_last_error(inner)

        def release(self_: Any) -> None:
            if inner.contents.release:
                inner.contents.release(inner)
            ctypes.memset(
                ctypes.addressof(self_.contents) + Stream.release.offset, 0, Stream.release.size
            )

        outer = Stream(
            GET_SCHEMA(get_schema),
            GET_NEXT(get_next),
            GET_LAST_ERROR(get_last_error),
            RELEASE(release),
            None,
        )
        self._alive += [capsule, outer]
        return _new_capsule(ctypes.addressof(outer), NAME, None)


def buffers_of(array: pa.ChunkedArray) -> list[list[int | None]]:
    """The addresses of the buffers of every chunk."""
    return [
        [buffer.address if buffer else None for buffer in chunk.buffers()] for chunk in array.chunks
    ]
