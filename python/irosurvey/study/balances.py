"""What became of every row of the study's files; a row too many or too few stops the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irosurvey.study.codebook import Codebook
from irosurvey.study.measured import Measured, measured_findings
from irosurvey.study.model import Finding
from irosurvey.study.sheets import Data, Field, Row, Sheet
from irosurvey.study.weighting import GroupDesign
from irosurvey.tables.balance import Balance, Size

__all__ = ["balance_of", "balance_sheet"]


def balance_of(group: GroupDesign, one: Measured, codebook: Codebook) -> Balance:
    """What became of the rows of a group for one finding.

    Rows that were used, and their weight, are those that the engine's estimate rests on; all others
    are counted from the data. If the two don't add up to what was read, that is an error.
    """
    weights = np.asarray(group.weighted.weights)
    found = one.estimate(group.weighted)
    outside, missing = _left_out(group, one, codebook)
    return Balance(
        read=Size(group.answers.frame.rows, float(np.sum(weights))),
        outside=_size(outside, weights),
        missing={reason: _size(rows, weights) for reason, rows in missing.items()},
        used=Size(int(found.n[0]), float(found.weighted_n[0])),
    )


def _size(rows: NDArray[np.bool_], weights: NDArray[np.float64]) -> Size:
    return Size(int(np.count_nonzero(rows)), float(np.sum(weights[rows])))


def _left_out(
    group: GroupDesign, one: Measured, codebook: Codebook
) -> tuple[NDArray[np.bool_], dict[str, NDArray[np.bool_]]]:
    """Rows outside the finding's domain, and rows that miss an answer, by reason."""
    measure = codebook.entries["findings"][one.finding]
    frame = group.answers.frame.with_user_missing("keep")
    left = np.ones(frame.rows, dtype=bool)
    outside = np.zeros(frame.rows, dtype=bool)
    where = measure.get("where")
    if where is not None:
        answers = np.asarray(frame[where["variable"]].to_numpy(), dtype=np.float64)
        outside = ~np.isin(answers, where["values"])
        left &= ~outside
    reasons = {int(entry["value"]): str(entry["label"]) for entry in _reasons(codebook)}
    missing: dict[str, NDArray[np.bool_]] = {}
    for variable in [one.variable] if one.variable else measure["variables"]:
        answers = np.asarray(frame[variable].to_numpy(), dtype=np.float64)
        for code, reason in reasons.items():
            if code in codebook.missing(group.instrument, variable):
                _move(left, answers == code, missing, reason)
        _move(left, np.isnan(answers), missing, "Nothing recorded")
    return outside, missing


def _move(
    left: NDArray[np.bool_],
    rows: NDArray[np.bool_],
    missing: dict[str, NDArray[np.bool_]],
    reason: str,
) -> None:
    """Count rows under the first reason that they have."""
    own = left & rows
    if own.any():
        missing[reason] = missing.get(reason, np.zeros(len(left), dtype=bool)) | own
        left &= ~own


def _reasons(codebook: Codebook) -> Sequence[Mapping[str, Any]]:
    codes: Sequence[Mapping[str, Any]] = codebook.entries["missing"]["codes"]
    return codes


def balance_sheet(
    groups: Sequence[GroupDesign], findings: Mapping[str, Finding], codebook: Codebook
) -> Sheet:
    """A row for each finding: rows read, outside, missing by reason, used; and their weight."""
    reasons = [*(str(one["label"]) for one in _reasons(codebook)), "Nothing recorded"]
    rows: list[Row] = []
    row_data: list[Data] = []
    for group in groups:
        for one in measured_findings(group.answers, codebook):
            found = balance_of(group, one, codebook)
            row_data.append(group.answers.data)
            rows.append(
                (
                    one.label if one.variable else findings[one.finding].wording,
                    group.group,
                    found.read.rows,
                    found.filtered.rows,
                    found.outside.rows,
                    *(found.missing.get(reason, Size()).rows for reason in reasons),
                    found.used.rows,
                    found.read.weight,
                    found.outside.weight,
                    sum(size.weight for size in found.missing.values()),
                    found.used.weight,
                )
            )
    return Sheet(
        "balance",
        "What became of every row",
        [
            Field("finding", "Finding"),
            Field("group", "Who answered"),
            Field("read", "Read", "count"),
            Field("filtered", "Filtered", "count"),
            Field("outside", "Outside the domain", "count"),
            *(
                Field(f"missing_{place}", f"Missing: {reason.lower()}", "count")
                for place, reason in enumerate(reasons, start=1)
            ),
            Field("used", "Used", "count"),
            Field("weight_read", "Weight read", "number"),
            Field("weight_outside", "Weight outside", "number"),
            Field("weight_missing", "Weight missing", "number"),
            Field("weight_used", "Weight used", "number"),
        ],
        rows,
        note="Read = filtered + outside + missing + used, in rows and in weight: otherwise the run "
        "fails. Used is what the estimate itself says that it rests on.",
        row_data=row_data,
    )
