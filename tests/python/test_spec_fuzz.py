"""Whatever a spec holds, it is run or refused in the library's words: nothing else comes out."""

from __future__ import annotations

import contextlib
import copy
import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import irosurvey
from irosurvey.errors import IrosurveyError
from irosurvey.spec.checking import read_spec
from irosurvey.spec.document import Document

DATA = "area,unit,w,sex,age,r1,r2\nN,1,2,1,30,0,4\nN,2,2,2,40,4,0\nS,3,1,1,35,2,0\nS,4,1,2,45,0,2\n"

WHOLE: dict[str, Any] = {
    "title": "x",
    "data": {"file": "people.csv", "keep": "age > 0", "user_missing": "missing"},
    "derive": {"old": "age > 35", "two": "age * 2"},
    "design": {"weights": "w", "strata": "area", "clusters": ["unit"], "fpc": [100]},
    "calibrate": [
        {
            "method": "rake",
            "margins": [
                {"variables": ["sex"], "totals": [{"sex": 1, "total": 3}, {"sex": 2, "total": 4}]}
            ],
            "tolerance": 1e-8,
        }
    ],
    "estimate": [
        {
            "id": "a",
            "statistic": "mean",
            "variables": ["age", "two"],
            "by": ["sex"],
            "where": "age < 100",
            "contrast": [{"at": {"sex": 1}, "weight": 1}, {"at": {"sex": 2}, "weight": -1}],
            "level": 0.9,
            "df": "design",
            "unit": 10,
            "expect": [{"variable": "age", "estimate": "3.0", "se": "<5"}],
        },
        {"id": "b", "statistic": "proportion", "variables": ["old"], "ci": "wald"},
        {"id": "c", "statistic": "ratio", "numerator": "age", "denominator": "two"},
        {"id": "d", "statistic": "weights", "relative_to": "w"},
    ],
}

values = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=8),
        st.sampled_from(["age", "sex", "area", "mean", "age > 35", "rake", "x", "", "1.0", "'"]),
        st.just(datetime.date(2013, 1, 1)),
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def places(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value."""
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in pairs:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))


def changed(tree: Any, path: tuple[Any, ...], value: Any, how: str) -> Any:
    """A copy with one value replaced, left out, or put beside under another name."""
    answer = copy.deepcopy(tree)
    inner = answer
    for key in path[:-1]:
        inner = inner[key]
    if how == "replace":
        inner[path[-1]] = value
    elif how == "drop":
        del inner[path[-1]]
    elif isinstance(inner, dict):
        inner[str(path[-1]) + "s"] = value
    return answer


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "people.csv").write_text(DATA)
    return folder


@settings(
    max_examples=400, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
)
@given(data=st.data())
def test_a_changed_spec_is_read_or_refused(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(list(places(WHOLE))))
    how = data.draw(st.sampled_from(["replace", "replace", "drop", "add"]))
    spec = changed(WHOLE, path, data.draw(values), how)
    with contextlib.suppress(IrosurveyError):
        read_spec(Document(spec))


@settings(max_examples=40, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_changed_spec_is_run_or_refused(folder: Path, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(list(places(WHOLE))))
    spec = changed(WHOLE, path, data.draw(values), "replace")
    with contextlib.suppress(IrosurveyError):
        result = irosurvey.run(spec, data_dir=folder)
        assert result.to_arrow().num_rows >= 4


def test_the_whole_spec_runs(folder: Path) -> None:
    assert len(irosurvey.run(WHOLE, data_dir=folder)) == 4


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.text(max_size=60), st.text(alphabet="[]={}\"'.ab\n #", max_size=80))
def test_any_text_is_a_spec_or_refused(tmp_path_factory: Any, text: str, toml: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    for content in (text, toml):
        path.write_text(content, encoding="utf-8", errors="replace", newline="")
        with pytest.raises(IrosurveyError):
            irosurvey.run(path)
