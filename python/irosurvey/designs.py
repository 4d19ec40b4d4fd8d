"""Ready designs of well-known surveys: the data of a cycle in, a declared design out.

Each function knows the names that the survey's own documentation gives to weights, strata and
sampling units; capitals don't matter. What the data don't have is an error that says what was
looked for.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from irosurvey._checked import checked
from irosurvey._complaint import complaint
from irosurvey._core import Frame
from irosurvey.design import Design
from irosurvey.errors import ArgumentError, ColumnError
from irosurvey.reading import read
from irosurvey.replicates import Replicates

__all__ = [
    "acs",
    "anes",
    "csew",
    "nhanes",
    "pisa",
    "timss",
    "understanding_society",
    "yrbs",
]


@checked
def nhanes(
    data: Any, weights: str = "exam", *, cycles: int = 1, singleton: Any = "conventional"
) -> Design:
    """National Health and Nutrition Examination Survey, continuous (1999 on).

    Parameters
    ----------
    data
        One cycle's files joined by SEQN, or several cycles' one below the other; never only the
        rows that are wanted: subgroups are named in `where`.
    weights
        ``"exam"`` (WTMEC2YR; WTMECPRP of 2017 to March 2020), ``"interview"`` (WTINT2YR;
        WTINTPRP), or the column of a subsample's weights, such as ``"WTSAF2YR"``. The weights of
        the smallest part of the sample that any variable comes from.
    cycles
        How many two-year cycles the data hold: weights are divided by it.
    singleton
        As in :class:`~irosurvey.Design`.

    Returns
    -------
    Design
        Strata SDMVSTRA, units SDMVPSU, with replacement.

    Notes
    -----
    Cycles of unequal length (the one to March 2020 has 3.2 years) need weights of one's own.
    Source: NHANES Analytic Guidelines, NCHS.

    Examples
    --------
    >>> import irosurvey
    >>> data = {"WTMEC2YR": [900.0, 800, 700, 600], "SDMVPSU": [1, 2, 1, 2]}
    >>> data |= {"SDMVSTRA": [1, 1, 2, 2], "BPXSY1": [120, 131, 118, 140]}
    >>> round(float(irosurvey.designs.nhanes(data).mean("BPXSY1")), 2)
    126.47
    """
    frame = _frame(data)
    named = {"exam": ("WTMEC2YR", "WTMECPRP"), "interview": ("WTINT2YR", "WTINTPRP")}
    column = _column(frame, "NHANES", "weights", *named.get(weights, (weights,)))
    if cycles < 1:
        raise complaint(ArgumentError, "cycles", expected="a number of cycles", found=str(cycles))
    if cycles > 1:
        frame, column = _with(frame, f"{column}_{cycles}_cycles", _numbers(frame, column) / cycles)
    return _clustered(frame, "NHANES", column, ["SDMVSTRA"], ["SDMVPSU"], singleton)


@checked
def acs(data: Any, of: Literal["persons", "households"] = "persons") -> Design:
    """American Community Survey, public use microdata (PUMS).

    Parameters
    ----------
    data
        A person or a housing file.
    of
        ``"persons"``: PWGTP with PWGTP1 to PWGTP80; ``"households"``: WGTP with WGTP1 to WGTP80.

    Returns
    -------
    Design
        Successive-difference replicates: 4/80 of the squared differences from the estimate, the
        formula of the Census Bureau's accuracy documents.

    Examples
    --------
    >>> import irosurvey, numpy
    >>> generator = numpy.random.default_rng(1)
    >>> data = {"PWGTP": [20, 30, 25], "AGEP": [41, 7, 66]}
    >>> data |= {f"PWGTP{r}": 25 + generator.integers(-9, 9, 3) for r in range(1, 81)}
    >>> irosurvey.designs.acs(data).replicates
    80
    """
    frame = _frame(data)
    stems = {"persons": "PWGTP", "households": "WGTP"}
    if of not in stems:
        raise complaint(ArgumentError, "of", expected="'persons' or 'households'", found=f"'{of}'")
    stem = stems[of]
    columns = [
        _column(frame, "ACS", "replicate weights", f"{stem}{number}") for number in range(1, 81)
    ]
    return Design(
        frame,
        weights=_column(frame, "ACS", "weights", stem),
        replicates=Replicates("SDR", columns),
    )


@checked
def pisa(data: Any, weights: str = "student") -> Design:
    """Programme for International Student Assessment (OECD), student files.

    Parameters
    ----------
    data
        A student file of any cycle, whole or one country of it.
    weights
        ``"student"`` (W_FSTUWT), or a column.

    Returns
    -------
    Design
        Fay's method, ρ = 0.5: 80 replicates, W_FSTURWT1 to 80 (2015 on) or W_FSTR1 to 80 (until
        2012). Plausible values: :meth:`Design.plausible_values`.

    Notes
    -----
    Source: PISA Data Analysis Manual, 2nd edition (OECD 2009), chapters 4 and 8.
    """
    frame = _frame(data)
    named = ("W_FSTUWT",) if weights == "student" else (weights,)
    columns = [
        _column(frame, "PISA", "replicate weights", f"W_FSTURWT{number}", f"W_FSTR{number}")
        for number in range(1, 81)
    ]
    return Design(
        frame,
        weights=_column(frame, "PISA", "weights", *named),
        replicates=Replicates("Fay", columns, fay_rho=0.5),
    )


@checked
def timss(
    data: Any, weights: str = "TOTWGT", *, replicates: Literal["full", "half"] = "full"
) -> Design:
    """Trends in International Mathematics and Science Study, and PIRLS (IEA), student files.

    Parameters
    ----------
    data
        A student file. Replicate weights are made of JKZONE and JKREP.
    weights
        ``"TOTWGT"``, ``"HOUWGT"``, ``"SENWGT"`` or another column.
    replicates
        ``"full"`` (cycles since 2015): each zone gives two replicates, one without either half, and
        half of the squares count. ``"half"`` (until 2011): one for each zone, without the half
        with JKREP 0.

    Returns
    -------
    Design
        Plausible values: :meth:`Design.plausible_values`.

    Notes
    -----
    In a replicate the weights of one half of a zone are doubled and those of the other are 0. A
    zone that a country doesn't use gives no replicate, which leaves variances alone. Source:
    Methods and Procedures, TIMSS & PIRLS International Study Center, chapter on sampling variance.

    Examples
    --------
    >>> import irosurvey
    >>> data = {"TOTWGT": [5.0, 5, 6, 6], "JKZONE": [1, 1, 2, 2], "JKREP": [0, 1, 0, 1]}
    >>> design = irosurvey.designs.timss(data, replicates="half")
    >>> design.replicate_weights(1)
    array([ 5.,  5.,  0., 12.])
    """
    frame = _frame(data)
    column = _column(frame, "TIMSS", "weights", weights)
    full = _numbers(frame, column)
    zones = _numbers(frame, _column(frame, "TIMSS", "jackknife zones", "JKZONE"))
    half = _numbers(frame, _column(frame, "TIMSS", "jackknife halves", "JKREP"))
    if not np.isin(half, (0.0, 1.0)).all() or np.isnan(zones).any():
        raise complaint(ColumnError, "JKZONE and JKREP", expected="a zone and 0 or 1 in every row")
    sides = {"full": (1.0, 0.0), "half": (1.0,)}
    if replicates not in sides:
        raise complaint(
            ArgumentError, "replicates", expected="'full' or 'half'", found=f"'{replicates}'"
        )
    names = []
    for zone in np.unique(zones):
        for side in sides[replicates]:
            factor = np.where(zones == zone, 2.0 * (half == side), 1.0)
            frame, name = _with(frame, f"jk_{zone:g}_{side:g}", full * factor)
            names.append(name)
    scale = 0.5 if replicates == "full" else 1.0
    return Design(frame, weights=column, replicates=Replicates("JK2", names, scale=scale))


@checked
def yrbs(data: Any, *, singleton: Any = "conventional") -> Design:
    """Youth Risk Behavior Survey (CDC), national and state files.

    Parameters
    ----------
    data
        One year's file, or the combined one for one year.
    singleton
        As in :class:`~irosurvey.Design`.

    Returns
    -------
    Design
        Weights WEIGHT, strata STRATUM, units PSU, with replacement.

    Notes
    -----
    Source: YRBS Data User's Guide, and Software for Analysis of YRBS Data, CDC.
    """
    frame = _frame(data)
    column = _column(frame, "YRBS", "weights", "weight")
    return _clustered(frame, "YRBS", column, ["stratum"], ["psu"], singleton)


_ANES = {
    2012: ("weight_full", "weight_full", "strata_full", "psu_full"),
    2016: ("V160101", "V160102", "V160201", "V160202"),
    2020: ("V200010a", "V200010b", "V200010d", "V200010c"),
    2024: ("V240107a", "V240107b", "V240107d", "V240107c"),
}


@checked
def anes(
    data: Any,
    year: int = 2020,
    weights: str = "post",
    *,
    strata: str | None = None,
    clusters: str | None = None,
    singleton: Any = "conventional",
) -> Design:
    """American National Election Studies, time series.

    Parameters
    ----------
    data
        The file of one year.
    year
        2012, 2016, 2020 or 2024.
    weights
        ``"pre"`` or ``"post"``, of the full sample before or after the election, or the column of
        another sample: from 2020 on its strata and units are found by its name (``"V240108b"``
        goes with V240108d and V240108c), before they have to be named too. In 2012 one weight
        serves both. Variables asked after the election need ``"post"``.
    strata, clusters
        Columns, if not those that go with the weight.
    singleton
        As in :class:`~irosurvey.Design`; ANES recommends centring: ``"adjust"``.

    Returns
    -------
    Design
        Rows without a weight (people who weren't asked again) have the weight 0.

    Notes
    -----
    Source: user's guides and codebooks of the years; How to Analyze ANES Survey Data (DeBell 2010).
    """
    frame = _frame(data)
    if year not in _ANES:
        raise complaint(
            ArgumentError,
            "year",
            expected="one of " + ", ".join(map(str, _ANES)),
            found=str(year),
            remedy="Declare a Design with the columns that the year's codebook names.",
        )
    before, after, layers, units = _ANES[year]
    wanted = {"pre": before, "post": after}.get(weights, weights)
    if year >= 2020 and wanted[-1:].lower() in ("a", "b"):  # each sample has all four
        layers, units = wanted[:-1] + "d", wanted[:-1] + "c"
    survey = f"ANES {year}"
    column = _column(frame, survey, "weights", wanted)
    numbers = _numbers(frame, column)
    # Codes below 0 are reasons for a missing weight.
    absent = np.isnan(numbers) | (numbers < 0.0)
    if absent.any():
        frame, column = _with(frame, f"{column}_or_0", np.where(absent, 0.0, numbers))
    return _clustered(frame, survey, column, [strata or layers], [clusters or units], singleton)


@checked
def csew(
    data: Any,
    weights: str = "individual",
    *,
    strata: str | None = None,
    clusters: str | None = None,
    singleton: Any = "conventional",
) -> Design:
    """Crime Survey for England and Wales.

    Parameters
    ----------
    data
        A non-victim form file (a row for each adult).
    weights
        ``"individual"`` (C11INDIVWGT) for adults' experience and opinions, ``"household"``
        (C11HHDWGT) for crimes against the household, or a column, such as that of a
        self-completion module.
    strata, clusters
        Columns of strata and of sampling units, where the edition of the file has them.
    singleton
        As in :class:`~irosurvey.Design`.

    Returns
    -------
    Design

    Notes
    -----
    Editions under the end-user licence come without strata and sampling units. The design then
    knows the weights alone, and its standard errors leave clustering out: they are to be multiplied
    by the root of the design factors in the survey's technical report. C11 weights are calibrated
    to the 2011 census; earlier ones are named without C11.
    """
    frame = _frame(data)
    named = {
        "individual": ("C11INDIVWGT", "INDIVWGT"),
        "household": ("C11HHDWGT", "HHDWGT"),
    }
    survey = "the Crime Survey"
    column = _column(frame, survey, "weights", *named.get(weights, (weights,)))
    return _clustered(
        frame, survey, column, [strata] if strata else [], [clusters] if clusters else [], singleton
    )


@checked
def understanding_society(
    data: Any,
    weights: str,
    *,
    strata: str | None = None,
    clusters: str | None = None,
    singleton: Any = "average",
) -> Design:
    """Understanding Society, the UK Household Longitudinal Study.

    Parameters
    ----------
    data
        A file of a wave, or several joined.
    weights
        The column; its name says wave, file and use: ``"n_indinui_xw"`` is wave n, adults'
        interviews, cross-sectional. A longitudinal analysis takes the last wave's weight ``…_lw``.
        There is no default: the right one depends on the question.
    strata, clusters
        By default ``strata`` and ``psu``, or these with the wave's prefix.
    singleton
        ``"average"``: a stratum with one unit adds the mean over the others, which is what the
        survey's guide asks of Stata by ``singleunit(scaled)``.

    Returns
    -------
    Design

    Notes
    -----
    Source: Understanding Society Main Survey User Guide, section on selecting the correct weight.

    Examples
    --------
    >>> import irosurvey
    >>> data = {"psu": [1, 2, 1, 2], "strata": [1, 1, 2, 2], "n_indinui_xw": [1.1, 0.8, 1.0, 0.9]}
    >>> design = irosurvey.designs.understanding_society(data, "n_indinui_xw")
    >>> design.describe().degrees_of_freedom
    2
    """
    frame = _frame(data)
    survey = "Understanding Society"
    known = {name.lower() for name in frame.names}
    if weights.lower() not in known:
        kinds = ("_xw", "_lw")
        found = [name for name in frame.names if name.lower().endswith(kinds)]
        raise complaint(
            ColumnError,
            f"weights '{weights}' of {survey}",
            expected="one of the data's weights: " + (", ".join(found[:12]) or "they have none"),
            name=weights,
            existing=frame.names,
        )
    wave = weights.partition("_")[0]
    return _clustered(
        frame,
        survey,
        _column(frame, survey, "weights", weights),
        _one_of(strata, "strata", wave),
        _one_of(clusters, "psu", wave),
        singleton,
    )


# ---- finding columns ----


def _frame(data: Any) -> Frame:
    return read(data) if isinstance(data, str | os.PathLike) else Frame(data)


def _clustered(
    frame: Frame,
    survey: str,
    weights: str,
    strata: Sequence[str],
    clusters: Sequence[str],
    singleton: Any,
) -> Design:
    """Strata of sampling units drawn with replacement; candidates for the names of the columns."""
    return Design(
        frame,
        weights=weights,
        strata=_column(frame, survey, "strata", *strata) if strata else None,
        clusters=_column(frame, survey, "sampling units", *clusters) if clusters else None,
        singleton=singleton,
    )


def _one_of(named: str | None, name: str, wave: str) -> Sequence[str]:
    return (named,) if named is not None else (name, f"{wave}_{name}")


def _column(frame: Frame, survey: str, role: str, *candidates: str) -> str:
    """The first of these columns that is there, as the data write it."""
    written = {name.lower(): name for name in frame.names}
    for candidate in candidates:
        if candidate in frame.names:
            return candidate
        if candidate.lower() in written:
            return written[candidate.lower()]
    raise complaint(
        ColumnError,
        f"{role} of {survey}",
        expected="the column " + " or ".join(f"'{name}'" for name in candidates),
        found="no such column",
        remedy="Join the file that holds it, or name the column if it has another name.",
        name=candidates[0],
        existing=frame.names,
    )


def _numbers(frame: Frame, name: str) -> NDArray[np.float64]:
    return np.asarray(frame[name].to_numpy(), dtype=np.float64)


def _with(frame: Frame, name: str, values: NDArray[np.float64]) -> tuple[Frame, str]:
    """A column that the survey's own weights give."""
    while name in frame.names:
        name += "_"
    return frame.with_column(name, values), name
