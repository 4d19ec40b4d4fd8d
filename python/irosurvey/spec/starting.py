"""A first spec for a data file: what it holds, and a guess at how it was sampled."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from irosurvey._complaint import complaint
from irosurvey._core import Frame
from irosurvey.errors import ArgumentError, IrosurveyError
from irosurvey.layout import one_line
from irosurvey.reading import read
from irosurvey.spec.running import run

__all__ = [
    "Guess",
    "Variable",
    "guesses",
    "is_identifier",
    "replicate_groups",
    "seen_in",
    "starter",
]

_MOST_LISTED = 300  # variables that the comments name
_MOST_CODES = 12  # values of a variable that is counted rather than averaged
_FEW = 3  # variables of each kind that are asked about
_LEAST_REPLICATES = 10

# What producers of data call these things; a guess, which the comments say it is.
_WEIGHTS = re.compile(r"(?:^|_)(?:w|wt|wgt|pw|weights?)(?:_|$)|weight|wgt|^wt|wt$|pwgtp$|fstuwt$")
_STRATA = re.compile(r"strat|vstra")
_CLUSTERS = re.compile(r"psu|clust|^dnum$|varunit|^ea$")
_FPC = re.compile(r"fpc")
# Weights that people have.
_BODY = re.compile(r"\b(?:kg|kilos?|kilograms?|lbs?|pounds|body|birth|grams?)\b")


@dataclass(frozen=True)
class Variable:
    """What is seen of a column."""

    name: str
    label: str
    numeric: bool
    missing: int
    distinct: int
    least: float
    greatest: float
    codes: tuple[tuple[str, str], ...]

    @property
    def key(self) -> str:
        """As patterns look for it."""
        return self.name.lower()

    @property
    def counted(self) -> bool:
        """Whether shares of its values say something."""
        return 1 < self.distinct <= _MOST_CODES

    @property
    def measured(self) -> bool:
        """Whether its mean says something."""
        return self.numeric and not self.codes and self.distinct > _MOST_CODES


@dataclass(frozen=True)
class Guess:
    """Columns that look as if they told how the rows were drawn."""

    weights: str = ""
    strata: str = ""
    clusters: str = ""
    fpc: str = ""
    singleton: str = ""


_CALLED = "SPEC"
"""Where the spec's own name goes, once."""


def starter(
    data: str | os.PathLike[str], folder: str | os.PathLike[str] | None = None, name: str = ""
) -> str:
    """A commented spec for a data file, which runs as it stands.

    Parameters
    ----------
    data
        The data file.
    folder
        Where the spec will lie; by default beside the data.
    name
        What the spec will be called; by default as the data, with .toml.

    Returns
    -------
    str
        TOML: the file's variables with labels and codes as comments, the columns that look like
        weights, strata, sampling units and replicate weights, and a few estimates to begin with.
        What is guessed says so.

    Raises
    ------
    ReadError
        If the file can't be read.
    """
    path = Path(data)
    frame = read(path)
    if frame.rows == 0 or not frame.names:
        raise complaint(ArgumentError, f"'{path}'", expected="a file with rows and variables")
    beside = path.parent if folder is None else Path(folder)
    place = os.path.relpath(path, beside)
    seen = list(seen_in(frame))
    groups = replicate_groups(seen)
    members = {name for names in groups.values() for name in names}
    alone = [variable for variable in seen if variable.name not in members]
    for guess in guesses(alone):
        text = _text(frame, place, alone, groups, guess)
        text = text.replace(_CALLED, name or f"{one_line(path.stem)}.toml", 1)
        if _runs(text, beside):
            return text
    raise complaint(ArgumentError, f"'{path}'", expected="a file that some estimate can be made of")


def _runs(text: str, folder: Path) -> bool:
    try:
        run(tomllib.loads(text), data_dir=[folder])
    except IrosurveyError:
        return False
    return True


# ---- what the file holds ----


def seen_in(frame: Frame) -> Iterator[Variable]:
    """What is seen of every column."""
    table = pa.table(frame)
    for name in frame.names:
        column, values = frame[name], table[name]
        kind = values.type
        numeric = pa.types.is_integer(kind) or pa.types.is_floating(kind)
        least = greatest = float("nan")
        present = values.drop_null()
        if numeric:
            numbers = np.asarray(present.to_numpy(), dtype=np.float64)
            numbers = numbers[~np.isnan(numbers)]
            distinct, count = len(np.unique(numbers)), len(numbers)
            if count:
                least, greatest = float(numbers.min()), float(numbers.max())
        else:
            distinct, count = int(pc.count_distinct(present).as_py()), len(present)
        yield Variable(
            name=name,
            label=column.label,
            numeric=numeric,
            missing=frame.rows - count,
            distinct=distinct,
            least=least,
            greatest=greatest,
            codes=tuple((_code(code), label) for code, label in column.value_labels.items()),
        )


def _code(code: object) -> str:
    return f"{code:g}" if isinstance(code, float) else str(code)


def replicate_groups(seen: Sequence[Variable]) -> dict[str, list[str]]:
    """Columns that are one name with the numbers 1, 2, …: they may be replicate weights."""
    numbered: dict[str, list[tuple[int, str]]] = {}
    for variable in seen:
        match = re.fullmatch(r"(.*\D)(\d+)", variable.name)
        if match and variable.numeric and variable.least >= 0.0:
            numbered.setdefault(match[1], []).append((int(match[2]), variable.name))
    return {
        stem: [name for _, name in sorted(names)]
        for stem, names in numbered.items()
        if len(names) >= _LEAST_REPLICATES
        and [number for number, _ in sorted(names)] == list(range(1, len(names) + 1))
    }


def _candidates(seen: Sequence[Variable], pattern: re.Pattern[str]) -> list[Variable]:
    return [variable for variable in seen if pattern.search(variable.key)]


def guesses(seen: Sequence[Variable]) -> Iterator[Guess]:
    """Designs to try, from what the names promise to none at all."""
    weights = [
        one
        for one in _candidates(seen, _WEIGHTS)
        if one.numeric and one.missing == 0 and one.least >= 0.0 and one.distinct > 1
        if not _BODY.search(one.label.lower())
    ]
    weights.sort(key=_says_sampling, reverse=True)
    layers = [one for one in _candidates(seen, _STRATA) if one.missing == 0]
    units = [one for one in _candidates(seen, _CLUSTERS) if one.missing == 0]
    full = Guess(
        weights=weights[0].name if weights else "",
        strata=layers[0].name if layers else "",
        clusters=units[0].name if units else "",
    )
    yield full
    yield replace(full, singleton="average")
    yield replace(full, strata="")
    yield replace(full, strata="", clusters="")
    yield Guess()


def _says_sampling(one: Variable) -> int:
    """How sure the label makes it that this is a sampling weight."""
    return len(re.findall(r"sampl|survey|design|final|weight", one.label.lower()))


# ---- the text ----


def _text(
    frame: Frame,
    place: str,
    seen: Sequence[Variable],
    groups: dict[str, list[str]],
    guess: Guess,
) -> str:
    parts = [
        _head(frame, place),
        _variables(frame, seen),
        "\n".join(["[data]", f"file = {_quoted(place)}"])
        + '\n# keep = "…"            # rows that belong to the sample; the others are dropped\n\n'
        '# [derive]\n# name = "SQL"          # new columns',
        _design(seen, guess),
        _replicates_text(groups),
        *_estimates(seen, guess),
        _more(),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(frame: Frame, place: str) -> str:
    title = one_line(frame.label) or Path(place).stem
    return "\n".join(
        [
            "# A first spec, written from what the data file holds. What is guessed is marked:",
            "# check it against the survey's documentation. Every key: docs/guide/specs.md.",
            f"# Run it:  irosurvey run {_CALLED}",
            "",
            f"title = {_quoted(title)}",
        ]
    )


def _variables(frame: Frame, seen: Sequence[Variable]) -> str:
    lines = [f"# {frame.rows} rows. Variables:"]
    width = min(24, max(len(one.name) for one in seen))
    lines += [f"#   {one_line(one.name):<{width}}  {_about(one)}" for one in seen[:_MOST_LISTED]]
    if len(seen) > _MOST_LISTED:
        lines.append(f"#   … and {len(seen) - _MOST_LISTED} more")
    return "\n".join(lines)


def _about(one: Variable) -> str:
    parts = [one_line(one.label)] if one.label else []
    if one.codes:
        shown = [f"{one_line(code)} = {one_line(label)}" for code, label in one.codes[:_MOST_CODES]]
        parts.append("; ".join(shown) + ("; …" if len(one.codes) > _MOST_CODES else ""))
    elif one.numeric and one.distinct > 0:
        parts.append(f"{one.least:g} to {one.greatest:g}")
    elif not one.numeric:
        parts.append(f"text, {one.distinct} different")
    if one.missing:
        parts.append(f"{one.missing} missing")
    return " | ".join(parts)


def _design(seen: Sequence[Variable], guess: Guess) -> str:
    lines = ["[design]"]
    chosen = {
        "weights": (guess.weights, _WEIGHTS, "column of sampling weights"),
        "strata": (guess.strata, _STRATA, "column of strata"),
        "clusters": (guess.clusters, _CLUSTERS, "columns of sampling units, stage by stage"),
        "fpc": (guess.fpc, _FPC, "population sizes or sampling fractions, stage by stage"),
    }
    for key, (name, pattern, meaning) in chosen.items():
        others = [one.name for one in _candidates(seen, pattern) if one.name != name][:_MOST_CODES]
        if name:
            value = f"[{_quoted(name)}]" if key in ("clusters", "fpc") else _quoted(name)
            lines.append(f"{key} = {value}  # guessed from its name")
            if others:
                lines.append("#   others: " + ", ".join(map(one_line, others)))
        elif others:
            lines.append(f"# {key}: {meaning}; perhaps " + ", ".join(map(one_line, others)))
        else:
            lines.append(f"# {key}: {meaning}; no column looks like it")
    if guess.singleton:
        lines.append(f"singleton = {_quoted(guess.singleton)}  # some strata have one unit")
    return "\n".join(lines)


def _replicates_text(groups: dict[str, list[str]]) -> str:
    lines = []
    for stem, names in groups.items():
        lines += [
            f"# {one_line(stem)}1 to {one_line(stem)}{len(names)} may be replicate weights; then "
            "instead of strata and clusters:",
            "# [replicates]",
            f"# type = {_quoted(_kind(stem, len(names)))}  # as the documentation says: BRR, Fay, "
            "JK1, JK2, bootstrap, SDR",
            f"# columns = [{_quoted(stem + '*')}]",
        ]
        if _kind(stem, len(names)) == "Fay":
            lines.append("# fay_rho = 0.5")
    return "\n".join(lines)


def _kind(stem: str, count: int) -> str:
    """What replicates of this name are in the surveys that everybody knows."""
    if stem.lower() in ("pwgtp", "wgtp") and count == 80:
        return "SDR"
    return "Fay" if stem.lower() in ("w_fstr", "w_fsturwt") else "BRR"


def _estimates(seen: Sequence[Variable], guess: Guess) -> list[str]:
    own = {guess.weights, guess.strata, guess.clusters}
    free = [one for one in seen if one.name not in own and not _is_of_design(one)]
    # Whole numbers without a gap, another in every row, are names.
    measured = [one for one in free if one.measured and not is_identifier(one, free)][:_FEW]
    counted = [one for one in free if one.counted][:_FEW]
    parts = []
    if measured:
        parts.append(_estimate("means", "mean", [one.name for one in measured]))
    if measured and counted:
        extra = f"by = [{_quoted(counted[0].name)}]"
        parts.append(_estimate("mean by group", "mean", [measured[0].name], extra))
    if counted:
        parts.append(_estimate("shares", "proportion", [one.name for one in counted]))
    return parts or ['[[estimate]]\nid = "weights"\nstatistic = "weights"']


def _is_of_design(one: Variable) -> bool:
    patterns = (_STRATA, _CLUSTERS, _FPC)
    if any(pattern.search(one.key) for pattern in patterns):
        return True
    return bool(_WEIGHTS.search(one.key)) and not _BODY.search(one.label.lower())


def is_identifier(one: Variable, free: Sequence[Variable]) -> bool:
    """Whether a variable looks like a running number: whole, without gaps, another in every row."""
    most = max(other.distinct for other in free)
    return one.distinct == most and one.greatest - one.least + 1 == one.distinct


def _estimate(name: str, statistic: str, variables: Sequence[str], *more: str) -> str:
    listed = ", ".join(_quoted(variable) for variable in variables)
    return "\n".join(
        [
            "[[estimate]]",
            f"id = {_quoted(name)}",
            f"statistic = {_quoted(statistic)}",
            f"variables = [{listed}]",
            *more,
        ]
    )


def _more() -> str:
    return "\n".join(
        [
            "# More of an estimate:",
            '#   where = "age >= 18"     # a domain: everyone else keeps their place in the design',
            '#   by = ["sex", "region"]',
            "#   level = 0.99",
            '#   expect = [{ estimate = "12.3" }]  # a printed figure, for irosurvey validate',
        ]
    )


def _quoted(text: str) -> str:
    """As a TOML string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
