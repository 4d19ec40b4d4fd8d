"""What may be shown: every rule of publishing as a named number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, TypeAlias

from irosurvey._complaint import complaint
from irosurvey.errors import ArgumentError
from irosurvey.tables.published import Unit

__all__ = ["CV_BANDS", "Policy", "PresetName", "policy_of"]

PresetName: TypeAlias = Literal["dfe", "tre", "nchs", "none"]

CV_BANDS: Mapping[str, tuple[tuple[float, str], ...]] = {
    "ons": (
        (0.05, "precise"),
        (0.10, "reasonably precise"),
        (0.20, "acceptable"),
        (float("inf"), "use with caution"),
    ),
    "statcan": (
        (0.165, "acceptable"),
        (0.333, "use with caution"),
        (float("inf"), "too unreliable"),
    ),
    "statcan-2": (
        (0.15, "acceptable"),
        (0.35, "use with caution"),
        (float("inf"), "too unreliable"),
    ),
}
"""Bands of coefficients of variation: the first whose limit isn't exceeded.

``"ons"``: below 5 %, 5 to below 10 %, 10 to below 20 %, 20 % and more. ``"statcan"``: Statistics
Canada's older bands, up to 16.5 %, to 33.3 %, beyond; ``"statcan-2"``: the newer ones, 15 and 35 %.
"""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Which numbers of a table may be shown, and how.

    Every field is a named number that can be overridden, and every release says what they were.
    Counts are unweighted throughout: weights hide nobody.

    Attributes
    ----------
    name
        The preset it began as.
    suppress_from, suppress_to
        Counts within these limits are hidden, ``[c]``; ``suppress_to=0``: none are.
    suppress_zeros
        Whether noughts are hidden, too: nobody in a group having a trait tells of all of them.
    suppress_complements
        Whether a count is hidden if what it lacks to its base is within the limits: 57 of 60 who
        say yes tell of the 3 who don't.
    class_disclosure
        A group that answered all the same: ``"allow"`` it, ``"report"`` it to the producer, or
        ``"suppress"`` its percentages.
    minimum_df
        Standard errors and limits on fewer degrees of freedom are hidden.
    dominance
        Totals and means of magnitudes are hidden if the n largest contributions are more than
        this share: ``(2, 0.9)``; ``None``: no such rule.
    p_ratio
        And if all but the two largest contributions are less than this share of the largest.
    authority_columns
        Names of columns that say in which local authority somebody is.
    smallest_population
        Rows by authority are refused unless each has at least so many people to choose among
        (``group_population`` of the table): the one director of an authority is known by name.
    secondary
        Whether further counts are hidden so that the hidden ones can't be worked out, over all
        tables of a release.
    protection_width
        The feasible interval of every hidden count that isn't within the limits is at least so
        wide; that of a count within them covers the limits.
    known_within
        Respondents know the counts of groups of at most so many that they are in; what is asked
        holds for what they can work out from there, too. 0: readers are all outsiders.
    protected_together
        So many hidden counts of one total, and fewer, that add to no more than `suppress_to` are
        protected as the group that they are together. 1: only each by itself.
    rule_applied
        Whether readers are supposed to reckon with the rule: a mark that can't stand for a count
        within the limits stands for a larger one.
    primaries_known
        Whether readers are supposed to know which marks stand for counts within the limits (by
        running this program on every table that fits, say). Few releases can be protected then.
    exact_percentages
        Whether whoever sees a percentage is supposed to know its two counts exactly. If not, an
        unweighted percentage that stands without limits or errors tells no more than its printed
        digits: fewer counts may have to be hidden, and to find them takes much longer.
    proportions
        ``"nchs2017"``: shares are hidden, ``[u]``, by the rules of the National Center for Health
        Statistics (Parker and others 2017); ``"none"``.
    minimum_effective_n
        Of those rules: the smallest effective sample size.
    always_width, never_width, relative_width, complement_relative_width
        A share whose interval is at most `always_width` wide is shown, one of `never_width` or
        more isn't; between them the width over the share may not exceed `relative_width`; where
        it exceeds `complement_relative_width` of the complement there is a note.
    review_df
        On fewer degrees of freedom the producer is asked to look; at 0 and 100 %, too.
    counts
        ``"nchs2023"``: counts, totals and rates are hidden, ``[u]``, by the rules of 2023;
        ``"none"``.
    minimum_n
        Of those rules: the smallest sample size, effective or not.
    relative_width_of_counts
        The greatest width of the interval over the estimate.
    cv_bands
        Bands of coefficients of variation for means, totals and rates: a name of
        :data:`CV_BANDS`, or ``""``. A note says which; nothing is hidden.
    cv_suppress
        Means, totals and rates with a coefficient of variation above it are hidden, ``[u]``;
        ``None``: none are.
    cv_minimum_n
        And those on smaller bases.
    cv_of_proportions
        Whether shares are judged by it, too: not by default, as p and 1 - p have different ones.
    rounding
        Of counts: ``"none"``, ``"nearest"``, ``"random"`` (unbiased) or ``"controlled"`` (tables
        still add up).
    rounding_base
        To multiples of this.
    authority_base
        The same where rows or columns are authorities.
    seed
        Of random and controlled rounding; kept from readers, who could undo the rounding with it.
    percent_decimals, mean_decimals, rate_decimals, ratio_decimals, other_decimals
        How many decimals are shown. Standard errors have one more.
    rounds_to_zero
        What stands for a number above nought that would read as 0: ``"k"``, ``"low"``, or ``""``
        for the 0.

    Examples
    --------
    >>> import irosurvey
    >>> irosurvey.Policy.preset("dfe", percent_decimals=1).suppress_to
    5
    """

    name: str = "none"
    # Disclosure.
    suppress_from: int = 1
    suppress_to: int = 0
    suppress_zeros: bool = False
    suppress_complements: bool = True
    class_disclosure: Literal["allow", "report", "suppress"] = "allow"
    minimum_df: float = 0.0
    dominance: tuple[int, float] | None = None
    p_ratio: float | None = None
    authority_columns: tuple[str, ...] = (
        "authority",
        "authority_code",
        "authority_name",
        "la",
        "la_code",
        "la_name",
        "local_authority",
        "new_la_code",
        "old_la_code",
    )
    smallest_population: int = 0
    secondary: bool = False
    protection_width: int = 3
    known_within: int = 1
    protected_together: int = 5
    rule_applied: bool = True
    primaries_known: bool = False
    exact_percentages: bool = True
    # Reliability.
    proportions: Literal["nchs2017", "none"] = "none"
    minimum_effective_n: float = 30.0
    always_width: float = 0.05
    never_width: float = 0.30
    relative_width: float = 1.30
    complement_relative_width: float = 1.30
    review_df: float = 8.0
    counts: Literal["nchs2023", "none"] = "none"
    minimum_n: float = 10.0
    relative_width_of_counts: float = 1.60
    cv_bands: Literal["ons", "statcan", "statcan-2", ""] = ""
    cv_suppress: float | None = None
    cv_minimum_n: int = 0
    cv_of_proportions: bool = False
    # Rounding.
    rounding: Literal["none", "nearest", "random", "controlled"] = "none"
    rounding_base: int = 1
    authority_base: int = 1
    seed: int | None = None
    percent_decimals: int = 1
    mean_decimals: int = 1
    rate_decimals: int = 1
    ratio_decimals: int = 2
    other_decimals: int = 1
    rounds_to_zero: Literal["k", "low", ""] = ""

    def __post_init__(self) -> None:
        for check in (_check_suppression, _check_reliability, _check_rounding):
            check(self)

    @classmethod
    def preset(cls, name: PresetName | str, **overrides: Any) -> Policy:
        """A policy by name, some of its fields changed.

        Parameters
        ----------
        name
            ``"dfe"``: Department for Education. Counts of 1 to 5 are hidden, national and regional
            counts rounded to 10, those of authorities not; whole percentages; ``[k]`` below half a
            per cent. ``"tre"``: research environments (ONS, ACRO): fewer than 10, noughts, and
            groups that are all alike are hidden, counts rounded to 5, dominance. ``"nchs"``:
            counts of 1 to 4. ``"none"``: everything is shown as it is.
        **overrides
            Fields of the policy.

        Raises
        ------
        ArgumentError
            If there is no such preset or field, or a field can't have such a value.

        Examples
        --------
        >>> import irosurvey
        >>> irosurvey.Policy.preset("tre").suppress_to
        9
        """
        if name not in _PRESETS:
            raise complaint(
                ArgumentError,
                "policy",
                expected="one of " + ", ".join(f'"{one}"' for one in _PRESETS),
                found=repr(name),
                name=str(name),
                existing=_PRESETS,
            )
        return cls(**_known({**_PRESETS[name], **overrides}))

    def with_fields(self, **overrides: Any) -> Policy:
        """The same policy with some of its fields changed."""
        return replace(self, **_known(overrides))

    @property
    def suppresses(self) -> bool:
        """Whether any counts are hidden."""
        return self.suppress_to >= self.suppress_from or self.suppress_zeros

    def is_disclosive(self, count: int) -> bool:
        """Whether a count is hidden for its own sake."""
        if count == 0:
            return self.suppress_zeros
        return self.suppress_from <= count <= self.suppress_to

    def decimals(self, unit: Unit) -> int:
        """How many decimals a number of this kind has."""
        if unit in ("count", "text"):
            return 0
        found: int = getattr(self, f"{unit}_decimals")
        return found

    def to_dict(self) -> dict[str, object]:
        """Every field by name, as a release states them: the seed says only that there is one."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        found["seed"] = None if self.seed is None else "kept by the producer"
        return found


def policy_of(policy: Policy | str) -> Policy:
    """A policy, or the preset of this name."""
    if isinstance(policy, Policy):
        return policy
    if isinstance(policy, str):
        return Policy.preset(policy)
    raise complaint(
        ArgumentError,
        "policy",
        expected="a policy, or the name of a preset",
        found=type(policy).__name__,
    )


def _known(given: Mapping[str, Any]) -> Mapping[str, Any]:
    names = [field.name for field in fields(Policy)]
    for name in given:
        if name not in names:
            raise complaint(
                ArgumentError,
                f"policy: {name}",
                expected="a field of a policy",
                found=f"'{name}'",
                name=name,
                existing=names,
            )
    return given


def _refuse(field: str, expected: str, found: object, remedy: str = "") -> None:
    raise complaint(
        ArgumentError, f"policy: {field}", expected=expected, found=repr(found), remedy=remedy
    )


def _check_suppression(policy: Policy) -> None:
    if policy.suppress_from < 1:
        _refuse("suppress_from", "1 or more; noughts: suppress_zeros", policy.suppress_from)
    if policy.suppress_to < 0:
        _refuse("suppress_to", "0 or more", policy.suppress_to)
    for name, least in (("protection_width", 0), ("known_within", 0), ("protected_together", 1)):
        if getattr(policy, name) < least:
            _refuse(name, f"{least} or more", getattr(policy, name))
    if policy.dominance is not None:
        largest, share = policy.dominance
        if largest < 1 or not 0 < share <= 1:
            _refuse("dominance", "how many, and a share: (2, 0.9)", policy.dominance)
    if policy.class_disclosure not in ("allow", "report", "suppress"):
        _refuse("class_disclosure", '"allow", "report" or "suppress"', policy.class_disclosure)


def _check_reliability(policy: Policy) -> None:
    if policy.proportions not in ("nchs2017", "none"):
        _refuse("proportions", '"nchs2017" or "none"', policy.proportions)
    if policy.counts not in ("nchs2023", "none"):
        _refuse("counts", '"nchs2023" or "none"', policy.counts)
    if policy.cv_bands and policy.cv_bands not in CV_BANDS:
        _refuse("cv_bands", " or ".join(f'"{name}"' for name in CV_BANDS), policy.cv_bands)
    for name in ("minimum_effective_n", "always_width", "never_width", "relative_width"):
        if not getattr(policy, name) >= 0:
            _refuse(name, "0 or more", getattr(policy, name))


def _check_rounding(policy: Policy) -> None:
    if policy.rounding not in ("none", "nearest", "random", "controlled"):
        _refuse("rounding", '"none", "nearest", "random" or "controlled"', policy.rounding)
    for name in ("rounding_base", "authority_base"):
        base = getattr(policy, name)
        if not isinstance(base, int) or base < 1:
            _refuse(name, "a whole number, 1 or more", base)
    if policy.rounding in ("random", "controlled") and policy.seed is None:
        _refuse(
            "seed",
            "a whole number that you keep to yourself, the same in every run",
            None,
            "Say seed=…: the same count is then rounded the same way in every table and run.",
        )
    if policy.seed is not None and not (isinstance(policy.seed, int) and 0 <= policy.seed < 2**64):
        _refuse("seed", "a whole number below 2**64", policy.seed)
    for field in fields(policy):
        if field.name.endswith("_decimals") and not 0 <= getattr(policy, field.name) <= 12:
            _refuse(field.name, "0 to 12", getattr(policy, field.name))
    if policy.rounds_to_zero not in ("k", "low", ""):
        _refuse("rounds_to_zero", '"k", "low" or ""', policy.rounds_to_zero)


_PRESETS: Mapping[str, Mapping[str, Any]] = {
    "dfe": {
        "name": "dfe",
        "suppress_to": 5,
        "class_disclosure": "report",
        "smallest_population": 10,
        "secondary": True,
        "proportions": "nchs2017",
        "counts": "nchs2023",
        "cv_bands": "ons",
        "rounding": "nearest",
        "rounding_base": 10,
        "percent_decimals": 0,
        "rounds_to_zero": "k",
    },
    "tre": {
        "name": "tre",
        "suppress_to": 9,
        "suppress_zeros": True,
        "class_disclosure": "suppress",
        "minimum_df": 10.0,
        "dominance": (2, 0.9),
        "p_ratio": 0.1,
        "smallest_population": 10,
        "secondary": True,
        "rounding": "nearest",
        "rounding_base": 5,
        "authority_base": 5,
        "rounds_to_zero": "low",
    },
    "nchs": {
        "name": "nchs",
        "suppress_to": 4,
        "secondary": True,
        "proportions": "nchs2017",
        "counts": "nchs2023",
        "rounds_to_zero": "low",
    },
    "none": {"name": "none"},
}
