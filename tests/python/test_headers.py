"""What the C++ headers promise is said there: every declaration has its comment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

INCLUDE = Path(__file__).parents[2] / "include"
HEADERS = sorted(INCLUDE.rglob("*.hpp"))
# Lines that declare nothing themselves.
NO_DECLARATION = re.compile(r"$|//|#|[{}]|(inline )?namespace |extern |using namespace |\)|public:")


def undocumented(text: str) -> Iterator[str]:
    """Declarations of a header's namespaces, which aren't indented, that no comment precedes.

    Declarations on neighbouring lines share the comment above the first of them.
    """
    told = inside = False
    for line in text.splitlines():
        if line.startswith("///"):
            told = True
        elif not line:
            told = inside  # of a class, empty lines are between its members
        elif line[0] in " }":
            inside = inside and not line.startswith("}")
        elif line.startswith("template"):
            pass
        elif not NO_DECLARATION.match(line):
            if not told and "IROSURVEY_EXPORT_" not in line and not line.endswith(");  // NOLINT"):
                yield line
            told = True
            inside = line.endswith("{")


@pytest.mark.parametrize("header", HEADERS, ids=lambda path: path.relative_to(INCLUDE).as_posix())
def test_every_declaration_is_told(header: Path) -> None:
    assert list(undocumented(header.read_text())) == []


def test_a_declaration_without_comment_is_found() -> None:
    told = "/// A thing.\nstruct Thing {\n  int a;\n\n  int b;\n};\n"
    assert list(undocumented(told)) == []
    assert list(undocumented(told + "\nstruct Other {\n};\n")) == ["struct Other {"]
    assert list(undocumented(told + "\nint f();\nint g();\n")) == ["int f();"]
    assert list(undocumented("/// Two.\nint f();\nint g();\n")) == []
