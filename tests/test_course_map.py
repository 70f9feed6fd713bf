"""The map of the course agrees with the folder and with the README."""

from pathlib import Path

import pytest

from course_utils import course_map as module
from course_utils.cli import notebooks
from course_utils.course_map import course_map

ROOT = Path(__file__).parents[1]


def test_numbers_rise_from_00() -> None:
    numbers = [station.number for station in course_map()]
    assert numbers[0] == "00"
    assert numbers == sorted(set(numbers))


def test_every_notebook_is_on_the_map() -> None:
    names = {station.name for station in course_map() if station.exists}
    assert names == {path.stem for path in notebooks.paths()}


def test_readme_has_the_same_map() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    table = course_map()._repr_markdown_().replace("](", "](notebooks/")
    assert table in readme


def test_what_is_not_there_is_planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_NOTEBOOKS", tmp_path)
    (tmp_path / "03_lenet5_parameter_counting.ipynb").touch()
    text = course_map()._repr_markdown_()
    assert "[LeNet-5, counted](03_lenet5_parameter_counting.ipynb)" in text
    assert text.count("*(planned)*") == len(course_map()) - 1
    assert repr(course_map()).count("planned: ") == len(course_map()) - 1
