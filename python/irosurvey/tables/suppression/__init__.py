"""Secondary suppression: which further counts must be hidden so that the hidden ones stay hidden.

A `System` holds counts that stand in one release, the linear relations among them and what is
published of each; it knows no tables, rows or columns, so any number of dimensions, hierarchies
and tables that share margins are one system.

``complete(system, rule) -> Suppression``
    Chooses what to hide beside the primary cells, at the least cost.
``audit(system, hidden, rule) -> Audit``
    What an attacker can work out of each hidden count, and whether that is little enough.
"""

from __future__ import annotations

from irosurvey.tables.suppression.auditing import audit
from irosurvey.tables.suppression.completion import complete
from irosurvey.tables.suppression.outcome import (
    Audit,
    CellAudit,
    FeasibleInterval,
    SumAudit,
    Suppression,
)
from irosurvey.tables.suppression.rule import ProtectionRule
from irosurvey.tables.suppression.system import (
    Cell,
    Exact,
    Indirect,
    Nearest,
    RandomRounding,
    Relation,
    Shown,
    Statement,
    System,
    Underlying,
    share,
)

__all__ = [
    "Audit",
    "Cell",
    "CellAudit",
    "Exact",
    "FeasibleInterval",
    "Indirect",
    "Nearest",
    "ProtectionRule",
    "RandomRounding",
    "Relation",
    "Shown",
    "Statement",
    "SumAudit",
    "Suppression",
    "System",
    "Underlying",
    "audit",
    "complete",
    "share",
]
