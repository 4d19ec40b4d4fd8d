"""`irosurvey new`: a first spec for a data file, which runs as it stands."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import irosurvey
from irosurvey.cli import main
from irosurvey.spec.starting import starter

DATA = Path(__file__).parents[1] / "data"
SYNTHETIC = Path(__file__).parents[2] / "data" / "synthetic"
FILES = [
    *sorted(DATA.glob("*.csv")),
    DATA / "nhanes2.dta",
    DATA / "pisa2003_nld.zsav",
    *sorted(SYNTHETIC.glob("*.sav")),
]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_what_it_writes_runs(file: Path, tmp_path: Path) -> None:
    spec = tmp_path / "spec.toml"
    spec.write_text(starter(file, tmp_path), encoding="utf-8")
    result = irosurvey.run(spec)
    assert len(result) >= 1
    assert main(["validate", str(spec)]) == 0  # nothing is expected, nothing disagrees


def test_it_finds_the_design_of_a_labelled_file(tmp_path: Path) -> None:
    text = starter(DATA / "nhanes2.dta", tmp_path)
    spec = tomllib.loads(text)
    # The variable `weight` is what people weigh, in kg.
    assert spec["design"] == {"weights": "finalwgt", "strata": "strata", "clusters": ["psu"]}
    assert spec["title"] == "NHANES II 1976-80, extract"
    assert "#   sex       1=male, 2=female | 1 = Male; 2 = Female" in text
    means = next(one for one in spec["estimate"] if one["id"] == "means")
    assert means["variables"] == ["age", "height", "weight"]


def test_replicate_weights_are_offered(tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    data = {"PWGTP": generator.integers(1, 99, 30), "AGEP": generator.integers(0, 90, 30)}
    data |= {f"PWGTP{r}": generator.integers(1, 99, 30) for r in range(1, 81)}
    file = tmp_path / "psam_p01.csv"
    pd.DataFrame(data).to_csv(file, index=False)
    text = starter(file)
    assert 'weights = "PWGTP"' in text
    assert '# type = "SDR"' in text
    assert '# columns = ["PWGTP*"]' in text
    on = text.replace("# [replicates]", "[replicates]")
    on = on.replace('# type = "SDR"', 'type = "SDR"').replace("# columns = [", "columns = [")
    assert irosurvey.run(tomllib.loads(on), data_dir=tmp_path)["means"].se[0] > 0


def test_strata_of_one_unit_get_a_rule(tmp_path: Path) -> None:
    file = tmp_path / "few.csv"
    file.write_text("stratum,psu,y\n1,1,2.5\n1,2,3\n2,3,1\n2,4,8\n3,5,4\n", encoding="utf-8")
    assert tomllib.loads(starter(file))["design"]["singleton"] == "average"


def test_odd_names_and_labels_do_no_harm(tmp_path: Path) -> None:
    odd = ['a "quoted" one', "back\\slash", "line\nbreak", "wt", "ünïcode", "x = [1]"]
    frame = pd.DataFrame({name: np.arange(20) % 5 + 0.5 for name in odd})
    file = tmp_path / "odd.parquet"
    frame.to_parquet(file)
    text = starter(file)
    assert set(tomllib.loads(text)) >= {"title", "data", "design", "estimate"}
    irosurvey.run(tomllib.loads(text), data_dir=tmp_path)


def test_a_file_of_nothing_but_names(tmp_path: Path) -> None:
    file = tmp_path / "names.csv"
    file.write_text("name\n" + "\n".join(f"p{i}" for i in range(50)) + "\n", encoding="utf-8")
    spec = tomllib.loads(starter(file))
    assert spec["estimate"] == [{"id": "weights", "statistic": "weights"}]


# ---- the command ----


def test_the_command_writes_and_overwrites_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", str(DATA / "apistrat.csv")]) == 0
    assert "irosurvey run apistrat.toml" in capsys.readouterr().out
    assert main(["run", "apistrat.toml"]) == 0
    assert main(["new", str(DATA / "apistrat.csv")]) == 2
    assert "apistrat.toml" in capsys.readouterr().err
    assert main(["new", str(DATA / "apistrat.csv"), "--out", "other.toml"]) == 0
    assert "irosurvey run other.toml" in Path("other.toml").read_text(encoding="utf-8")
    assert "irosurvey run other.toml" in capsys.readouterr().out
    assert main(["new", str(DATA / "apistrat.csv"), "--out", "-"]) == 0
    assert capsys.readouterr().out == Path("apistrat.toml").read_text(encoding="utf-8")


def test_a_file_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "nowhere.sav"]) == 2
    assert "nowhere.sav" in capsys.readouterr().err
