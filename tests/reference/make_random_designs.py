#!/usr/bin/env python3
"""Make the random designs of `random_designs.csv` and their rows in `random_rows.csv`.

    python3 tests/reference/make_random_designs.py

Every case has its own seed, its number; the same bytes come out again (`random.random` gives the
same numbers in every version of Python). `random_designs.R` answers them. The formats are told in
README.md.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
CASES = 400
MOST_ROWS = 60
STAGES = 3
COLUMNS = ["case", "s1", "c1", "f1", "s2", "c2", "f2", "s3", "c3", "f3", "w", "y", "x", "p", "g"]
COLUMNS += ["d"]
RULES = ["remove", "certainty", "adjust", "average"]


class Maker:
    """One survey: strata, one to three stages, finite populations or none, and its variables."""

    def __init__(self, case: int) -> None:
        self.case = case
        self.draw = random.Random(case)
        self.stages = self._below(3) + 1
        self.stratified = [self._once_in(4) is False, *(self._once_in(4) for _ in range(2))]
        # A later stage can't be stratified alone in R: the first has one stratum then.
        self.stratified[0] = self.stratified[0] or any(self.stratified[1 : self.stages])
        self.fractions = self._once_in(4)
        self.finite = [not self._once_in(3), *(not self._once_in(3) for _ in range(2))]
        self.one_stratum = self._once_in(6)
        self.rows: list[dict[str, object]] = []
        self.singletons: set[int] = set()

    def _below(self, count: int) -> int:
        return int(self.draw.random() * count)

    def _once_in(self, count: int) -> bool:
        return self._below(count) == 0

    def make(self) -> tuple[dict[str, str], list[dict[str, object]]]:
        while not 8 <= len(self.rows) <= MOST_ROWS or self._first_units() < 2:
            self.rows, self.singletons = [], set()
            self._stage(0, {})
        # Within one unit there may be nothing to average: R has no answer then, and we refuse.
        rules = [*RULES, "average", "average"] if self.singletons == {1} else RULES[:3]
        rule = rules[self._below(len(rules))] if self.singletons else ""
        # Where a rule averages, R 4.1-1 counts the strata that hold members of the domain only.
        whole = rule == "average"
        where = "" if whole or self._once_in(2) else "d==1"
        by = "" if whole or self._once_in(2) else "g"
        missing = 0 if whole else self._below(2) * 8
        self._variables(missing)
        for i in range(len(self.rows) - 1, 0, -1):  # Fisher and Yates
            j = self._below(i + 1)
            self.rows[i], self.rows[j] = self.rows[j], self.rows[i]
        used = range(1, self.stages + 1)
        last = max((s for s in used if self.stratified[s - 1]), default=0)
        declared = {
            "case": str(self.case),
            "strata": ";".join(f"s{s}" for s in range(1, last + 1)),
            "clusters": ";".join(f"c{s}" for s in used),
            "fpc": ";".join(f"f{s}" if self.finite[s - 1] else "" for s in used),
            "singleton": rule,
            "where": where,
            "by": by,
        }
        if not any(self.finite[: self.stages]):
            declared["fpc"] = ""
        return declared, self.rows

    def _first_units(self) -> int:
        """R refuses a design of one sampling unit."""
        return len({(row["s1"], row["c1"]) for row in self.rows})

    def _stage(self, stage: int, above: dict[str, object]) -> None:
        """The units of a stage within one unit of the stage above, down to the rows."""
        number = stage + 1
        strata = 1
        if self.stratified[stage] and not (stage == 0 and self.one_stratum):
            strata = 1 + self._below(4 if stage == 0 else 2)
        for stratum in range(1, strata + 1):
            units = 1 + self._below(5 if stage == 0 else 3)
            units += 1 if units == 1 and not self._once_in(2 if stage == 0 else 3) else 0
            size = units + self._below(6)
            here = dict(above)
            here[f"s{number}"] = stratum if self.stratified[stage] else 1
            if self.finite[stage]:
                here[f"f{number}"] = round(units / size, 4) if self.fractions else size
            fraction = units / size if self.finite[stage] else 0.0
            if units == 1 and fraction < 1.0:
                self.singletons.add(number)
            for unit in range(1, units + 1):
                # The first unit of every stratum is 1: labels are used again.
                here[f"c{number}"] = unit
                if number < self.stages:
                    self._stage(number, here)
                else:
                    for _ in range(1 + self._below(3)):
                        self.rows.append(dict(here))

    def _variables(self, missing: int) -> None:
        empty_unit = self.rows[self._below(len(self.rows))] if self._once_in(4) else None
        zeros = self._once_in(3)
        for row in self.rows:
            row["case"] = self.case
            weight = round(0.5 + 9.5 * self.draw.random() ** 3, 2)
            of_empty = empty_unit and all(row[k] == empty_unit[k] for k in ("s1", "c1"))
            row["w"] = 0 if of_empty or (zeros and self._once_in(6)) else weight
            row["y"] = round(20.0 * (self.draw.random() - 0.3) + 2.0 * int(str(row["s1"])), 1)
            row["x"] = 1 + self._below(9)
            row["p"] = 1 + self._below(3)
            row["g"] = 1 + self._below(3)
            row["d"] = 1 if self._below(3) else 0
            for name in ("y", "x", "p", "g", "d"):
                if missing and self._once_in(missing):
                    row[name] = ""


def write(name: str, columns: list[str], rows: Sequence[Mapping[str, object]]) -> None:
    with open(HERE / name, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    cases, rows = [], []
    for case in range(1, CASES + 1):
        declared, own = Maker(case).make()
        cases.append(declared)
        rows += own
    write("random_designs.csv", list(cases[0]), cases)
    write("random_rows.csv", COLUMNS, rows)


if __name__ == "__main__":
    main()
