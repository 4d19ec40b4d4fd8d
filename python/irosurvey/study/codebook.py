"""The codebook: what each file of the survey holds, and how findings are counted from it."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from irosurvey._complaint import complaint
from irosurvey.errors import ReadError

__all__ = ["DATA", "Codebook", "read_codebook"]

DATA = Path(__file__).resolve().parent.parent / "data"
"""The package's own data: findings, codebook, authorities and SYNTHETIC microdata."""


@dataclass(frozen=True)
class Codebook:
    """What each file holds and how findings are counted, as `codebook.toml` has it.

    Attributes
    ----------
    entries
        The file's tables.
    folder
        Where it lies; files that it names relatively are sought there and then in the package.
    """

    entries: Mapping[str, Any]
    folder: Path

    def variables(self, instrument: str) -> Mapping[str, Any]:
        """The variables of an instrument, by their own names."""
        found: Mapping[str, Any] = self.entries["instruments"][instrument]["variables"]
        return found

    def labels(self, instrument: str, variable: str) -> dict[int, str]:
        """Codes and labels of a variable: its own, else those of its kind."""
        entry = self.variables(instrument)[variable]
        labels = entry.get("labels", self.entries["kinds"][entry["kind"]].get("labels", []))
        return {int(one["value"]): one["label"] for one in labels}

    def missing(self, instrument: str, variable: str) -> list[int]:
        """Codes of a variable that are no answers."""
        entry = self.variables(instrument)[variable]
        codes = [int(one["value"]) for one in self.entries["missing"]["codes"]]
        return [int(code) for code in entry.get("missing", codes)]

    def kind(self, instrument: str, variable: str) -> str:
        """The kind of a variable, such as `frequency`."""
        return str(self.variables(instrument)[variable]["kind"])

    def codes_of(self, kind: str) -> dict[str, int]:
        """The code of this study for each official code of a kind, `region` or `type`."""
        return {one["code"]: int(one["value"]) for one in self.entries["kinds"][kind]["labels"]}

    def file(self, name: str) -> Path:
        """A file that the codebook names: beside it, or else the package's own."""
        beside = self.folder / name
        return beside if beside.exists() else DATA / name


def read_codebook(path: str | os.PathLike[str] | None = None) -> Codebook:
    """Read a codebook, by default the package's own.

    Raises
    ------
    ReadError
        If it isn't there or isn't TOML.
    """
    file = Path(path) if path is not None else DATA / "codebook.toml"
    try:
        entries = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise complaint(
            ReadError, str(file), expected="a codebook", found=str(error.strerror)
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise complaint(ReadError, str(file), expected="TOML 1.0", found=str(error)) from error
    return Codebook(entries, file.parent)
