"""Which counts are hidden beside the primary ones."""

from __future__ import annotations

from irosurvey._complaint import complaint
from irosurvey.errors import ArgumentError
from irosurvey.tables.suppression._applied import Told, what_is_told
from irosurvey.tables.suppression._optimum import Effort, Optimum
from irosurvey.tables.suppression._proof import Proof
from irosurvey.tables.suppression._search import Search
from irosurvey.tables.suppression._structure import Structure
from irosurvey.tables.suppression.auditing import audit_of
from irosurvey.tables.suppression.outcome import CellAudit, SumAudit, Suppression
from irosurvey.tables.suppression.rule import ProtectionRule
from irosurvey.tables.suppression.system import System

__all__ = ["complete"]


def complete(system: System, rule: ProtectionRule | None = None) -> Suppression:
    """Hide further cells until every hidden count is protected, at the least cost that is found.

    Parameters
    ----------
    system
        The counts of a release, with the primary cells marked.
    rule
        The protection asked; `None`: ``ProtectionRule()``.

    Returns
    -------
    Suppression
        The same for the same system on every run and machine, in whatever order its cells and
        relations are given. `unmet` names what can't be protected even with all hidden that may be.

    Raises
    ------
    ArgumentError
        A primary or hidden cell of count 0 where the rule says that noughts are shown.

    Notes
    -----
    min Σ cost·y subject to: for every need, a table of whole numbers that fits what is published
    when the cells with y = 1 are hidden. A step-by-step solution (Kelly, Golden & Assad 1992),
    thinned out, is improved by cutting planes (Fischetti & Salazar 2001) until it is proved or a
    number of steps is spent. See docs/methods/disclosure_secondary.md.
    """
    rule = rule or ProtectionRule()
    structure = Structure.of(system, rule)
    for cell in structure.cells:
        if (cell.primary or cell.hidden) and cell.count < rule.least_hidden:
            raise complaint(
                ArgumentError,
                f"{'primary' if cell.primary else 'hidden'} cell {cell.id}",
                expected="a count of 1 or more, as the rule says that noughts are shown",
                found="0",
                remedy="Use ProtectionRule(zeros_shown=False, low=0).",
            )
    hidden: set[str] = set()
    least_cost, bound, told = True, 0.0, Told()
    for part in structure.parts():
        if part.primary.any() or part.must_hide.any():
            optimum = _complete_part(part)
            hidden |= part.ids(optimum.best)
            least_cost &= optimum.proved
            bound += optimum.bound
            told |= what_is_told(optimum.proof, optimum.best)
    return _outcome(structure, frozenset(hidden), told, least_cost, bound)


def _complete_part(structure: Structure) -> Optimum:
    """The best pattern found, and how good it is."""
    search = Search(Proof(structure))
    pattern = search.thin(search.extend(structure.must_hide))
    optimum = Optimum(search, pattern)
    optimum.improve(Effort())
    return optimum


def _outcome(
    structure: Structure, hidden: frozenset[str], told: Told, least_cost: bool, bound: float
) -> Suppression:
    secondary = hidden - structure.ids(structure.primary)
    found = audit_of(structure, structure.mask(hidden), told)
    cost = float(structure.costs[structure.mask(secondary)].sum())
    return Suppression(
        hidden,
        secondary,
        frozenset(cell.id for cell in structure.cells if cell.margin and cell.id in hidden),
        cost,
        least_cost,
        tuple(_unmet(each) for each in found.failures),
        found,
        {
            "secondary suppression": "cutting planes over linear programs (HiGHS)",
            "cost": f"{cost:g}, proved to be the least"
            if least_cost
            else f"{cost:g}, at least {bound:g}",
        },
    )


def _unmet(each: CellAudit | SumAudit) -> str:
    if isinstance(each, SumAudit):
        return f"{each.name}: {each.interval} can be worked out, {each.asked} was asked"
    tightest = each.respondent or each.outsider
    who = f" by a respondent of {each.respondent_of}" if each.respondent_of else ""
    return f"{each.name}: {tightest} can be worked out{who}, {each.asked} was asked"
