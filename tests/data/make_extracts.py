"""Make the fixtures in this directory from the files they were taken from.

    python tests/data/make_extracts.py SOURCE_DIRECTORY

SOURCE_DIRECTORY holds the files under the names used in FIXTURES and EXTRACTS;
where each can be had, and its licence, is told in LICENSES.md. The fixtures are
committed, so this script is needed only to check or to widen them. It writes
the same bytes when run again (seen with pandas 3.1.1 and pyreadstat 1.3.7).

The CSV files keep every digit of their source: cells are passed on as text.
Dropped are columns of names (which hold quotes), and added are a few columns
that a test would otherwise have to derive. No field holds a comma or a quote,
so that a plain split at commas reads the files in any language.
"""

from __future__ import annotations

import csv
import datetime
import pathlib
import re
import sys
from collections.abc import Callable

import pandas
import pyreadstat

Row = dict[str, str]

HERE = pathlib.Path(__file__).resolve().parent

#: The one date and time written into file headers, so that bytes do not change.
STAMP = datetime.datetime(2000, 1, 1, 0, 0)

SCHOOL_NAMES = ("cds", "name", "sname", "dname", "cname", "flag")

#: Counties of the four US census regions in 1992 (Lohr, Sampling: Design and Analysis).
COUNTIES = {"NE": 220, "NC": 1054, "S": 1382, "W": 422}

#: Pupils by grade in SAS's ice cream example.
PUPILS = {"7": 1824, "8": 1025, "9": 1151}

AGE_GROUPS = {"(0,19]": "0-19", "(19,39]": "20-39", "(39,59]": "40-59", "(59,Inf]": "60+"}


def _age_group(row: Row) -> Row:
    return {**row, "agecat": AGE_GROUPS[row["agecat"]]}


def _rarely(row: Row) -> Row:
    """Question 8 of YRBS as 1 (rarely or never wears a seat belt), 0 and missing."""
    return {**row, "rarely": {"1": "1", "2": "0", "": ""}[row["qn8"]]}


def _two_stage_weight(row: Row) -> Row:
    """Weights of 5 of 50 clusters and 3 of n2 municipalities in each."""
    return {**row, "w": repr(50 / 5 * (int(row["n2"]) / 3))}


def _sampling_rate(row: Row) -> Row:
    """Hospitals sampled by level (4, 5, 6) over those there are: an fpc as a fraction."""
    sampled = {"1": 4, "2": 5, "3": 6}[row["oblevel"]]
    return {**row, "rate": repr(sampled / int(row["tothosp"]))}


def _counties(row: Row) -> Row:
    """Size of the region, an indicator of little acreage, acreage × the known total of 1987."""
    acres = int(row["acres92"])
    return {
        **row,
        "N": str(COUNTIES[row["region"]]),
        "US": str(sum(COUNTIES.values())),
        "small": str(int(acres < 200000)),
        "scaled": str(acres * 964470625),
    }


def _pupils(row: Row) -> Row:
    spends = "less" if int(row["spending"]) < 10 else "more"
    return {**row, "N": str(PUPILS[row["grade"]]), "spends": spends}


def _certainty_weight(row: Row) -> Row:
    """Weight when the certainty unit is taken once (its second half is then dropped)."""
    return {**row, "w": "1" if row["str"] == "2" else row["wt"]}


#: Fixture -> columns left out, what is added or recoded in each row.
FIXTURES: dict[str, tuple[tuple[str, ...], Callable[[Row], Row]]] = {
    "apisrs.csv": (SCHOOL_NAMES, dict),
    "apistrat.csv": (SCHOOL_NAMES, dict),
    "apiclus1.csv": (SCHOOL_NAMES, dict),
    "apiclus1_jk1.csv": (("cds",), dict),
    "apiclus2.csv": (SCHOOL_NAMES, dict),
    "nhanes_cholesterol.csv": ((), _age_group),
    "yrbs.csv": ((), _rarely),
    "mu284.csv": ((), _two_stage_weight),
    "fpc.csv": ((), dict),
    "one_stage_fpc.csv": ((), dict),
    "birthcat.csv": ((), dict),
    "hospital.csv": ((), _sampling_rate),
    "scd.csv": ((), dict),
    "agsrs.csv": (("county",), _counties),
    "agstrat.csv": (("county",), _counties),
    "icecream.csv": ((), _pupils),
    "unemployment_certainty.csv": ((), _certainty_weight),
    "unemployment_stratified.csv": ((), dict),
}

#: Stata storage of the columns kept of NHANES II, as in the source.
NHANES2 = {
    "strata": "int8",
    "psu": "int8",
    "region": "int8",
    "sex": "int8",
    "race": "int8",
    "age": "int8",
    "agegrp": "int8",
    "height": "float32",
    "weight": "float32",
    "bpsystol": "int16",
    "highbp": "int8",
    "heartatk": "Int8",
    "hlthstat": "Int8",
    "diabetes": "Int8",
    "highlead": "Int8",
    "finalwgt": "int32",
}

PISA = [
    "SCHOOLID",
    "STIDSTD",
    "STRATUM",
    "ST03Q01",
    "IMMIG",
    "ESCS",
    *(f"PV{i}{subject}" for subject in ("MATH", "READ", "SCIE", "PROB") for i in range(1, 6)),
    "W_FSTUWT",
]


def csv_fixture(source: pathlib.Path, target: pathlib.Path) -> None:
    """Pass a CSV file on, without some columns and with others added."""
    drop, change = FIXTURES[target.name]
    with source.open(newline="") as file:
        rows = [change(row) for row in csv.DictReader(file)]
    names = [name for name in rows[0] if name not in drop]
    lines = [names, *([row[name] for name in names] for row in rows)]
    for fields in lines:
        if any("," in field or '"' in field for field in fields):
            raise ValueError(f"{target.name}: a comma or quote in {fields}")
    target.write_text("".join(",".join(fields) + "\n" for fields in lines), newline="")


def nhanes2(source: pathlib.Path, target: pathlib.Path) -> None:
    """Extract NHANES II: all rows, labels kept, the storage types of the source."""
    frame, meta = pyreadstat.read_dta(source, usecols=list(NHANES2))
    frame = frame[list(NHANES2)].astype(NHANES2)
    labels = {
        name: {int(code): label for code, label in codes.items()}
        for name, codes in meta.variable_value_labels.items()
        if name in NHANES2
    }
    frame.to_stata(
        target,
        write_index=False,
        version=118,
        time_stamp=STAMP,
        data_label="NHANES II 1976-80, extract",
        variable_labels={name: meta.column_names_to_labels[name] for name in NHANES2},
        value_labels=labels,
    )


def pisa(source: pathlib.Path, target: pathlib.Path) -> None:
    """Extract PISA 2003: all rows, plausible values and final weight, labels kept."""
    frame, meta = pyreadstat.read_sav(source, usecols=PISA)
    pyreadstat.write_sav(
        frame[PISA],
        target,
        file_label="PISA 2003, Netherlands, extract",
        row_compress=False,
        compress=True,
        column_labels=[meta.column_names_to_labels[name] for name in PISA],
        variable_value_labels={
            name: codes for name, codes in meta.variable_value_labels.items() if name in PISA
        },
        variable_format={name: meta.original_variable_types[name] for name in PISA},
    )
    _stamp_sav(target)


#: The nine univariate sets of NIST's Statistical Reference Datasets, from easy to hard.
NIST = (
    "PiDigits",
    "Lottery",
    "Lew",
    "Mavro",
    "Michelso",
    "NumAcc1",
    "NumAcc2",
    "NumAcc3",
    "NumAcc4",
)


def nist(source: pathlib.Path) -> None:
    """The observations below each other, and their certified values, every digit as printed."""
    values = ["set,y\n"]
    certified = ["set,n,mean,sd\n"]
    for name in NIST:
        text = (source / f"{name}.txt").read_text(encoding="ascii")
        lines = [line.strip() for line in text.splitlines()]
        own = [line for line in reversed(lines) if re.fullmatch(r"-?[0-9.]+", line)][::-1]
        mean = re.search(r"(?:ybar:|mean +=)\s*(-?[0-9.]+)", text)
        sd = re.search(r"(?:\bs:|standardDeviation +=)\s*([0-9.]+)", text)
        n = re.search(r"(?:Number of Observations:|\bn +=)\s*([0-9]+)", text)
        if not (mean and sd and n) or int(n[1]) != len(own):
            raise ValueError(f"{name}: not as expected")
        values += [f"{name},{value}\n" for value in own]
        certified.append(f"{name},{n[1]},{mean[1]},{sd[1]}\n")
    (HERE / "nist_univariate.csv").write_text("".join(values), newline="")
    (HERE / "nist_certified.csv").write_text("".join(certified), newline="")


def nhanes2_half_samples(source: pathlib.Path, target: pathlib.Path) -> None:
    """Reduce the 32 half-sample weights of NHANES II to what they are: 0 or 2 for each unit."""
    units, _ = pyreadstat.read_dta(
        source.with_name("nhanes2.dta"), usecols=["strata", "psu", "finalwgt"]
    )
    weights = pandas.read_csv(source, usecols=lambda name: name.startswith("brr_"))
    factors = weights.div(units["finalwgt"].astype(float), axis=0)
    by_unit = factors.groupby([units["strata"].astype(int), units["psu"].astype(int)])
    if not (by_unit.min() == by_unit.max()).all(axis=None):
        raise ValueError("a replicate's factor varies within a unit")
    by_unit.first().astype(int).reset_index().to_csv(target, index=False, lineterminator="\n")


def nhanes2_triglycerides(source: pathlib.Path, target: pathlib.Path) -> None:
    """Take one column that nhanes2.dta leaves out, in the order of its rows; no value is -1."""
    column = pandas.read_csv(source, usecols=["tgresult"])["tgresult"]
    column.fillna(-1).astype(int).to_csv(target, index=False, lineterminator="\n")


def pisa_replicates(source: pathlib.Path, target: pathlib.Path) -> None:
    """Reduce the 80 Fay weights of PISA 2003 to a factor for each school, to five decimals."""
    replicates = [f"W_FSTR{r}" for r in range(1, 81)]
    frame, _ = pyreadstat.read_sav(source, usecols=["SCHOOLID", "W_FSTUWT", *replicates])
    factors = frame[replicates].div(frame["W_FSTUWT"], axis=0).groupby(frame["SCHOOLID"]).median()
    factors.round(5).reset_index().to_csv(target, index=False, lineterminator="\n")


def _stamp_sav(path: pathlib.Path) -> None:
    """Put STAMP into the header of an SPSS file: date at byte 92, time at byte 101."""
    content = bytearray(path.read_bytes())
    if content[:4] not in (b"$FL2", b"$FL3"):
        raise ValueError(f"{path.name}: not an SPSS file")
    content[92:109] = STAMP.strftime("%d %b %y%H:%M:%S").encode("ascii")
    path.write_bytes(content)


EXTRACTS = {
    "nhanes2.dta": ("nhanes2.dta", nhanes2),
    "nhanes2_half_samples.csv": ("nhanes2brr.csv", nhanes2_half_samples),
    "nhanes2_triglycerides.csv": ("nhanes2brr.csv", nhanes2_triglycerides),
    "pisa2003_nld.zsav": ("pisa2003_nld.sav", pisa),
    "pisa2003_nld_replicates.csv": ("pisa2003_nld.sav", pisa_replicates),
}


def main(arguments: list[str]) -> int:
    """Write every fixture; return the exit status."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    source = pathlib.Path(arguments[0])
    for name in FIXTURES:
        csv_fixture(source / name, HERE / name)
    for name, (origin, make) in EXTRACTS.items():
        make(source / origin, HERE / name)
    nist(source)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
