"""The course map is the README's, and INSTRUCTORS.md adds up the minutes of the units."""

import re
from pathlib import Path

import pytest

from course_utils.cli import notebooks
from course_utils.units import course_map

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "INSTRUCTORS.md").read_text("utf-8")
LECTURE = 90


@pytest.fixture(scope="module")
def minutes():
    """Return for each unit its minutes and those of its exercises, as its first cell says them."""
    found = {}
    for path in notebooks._paths():
        title = notebooks._source(notebooks._read(path)["cells"][0])
        said = re.search(r"(\d+) minutes.*?(?:and|another)\s+(\d+)", title, re.DOTALL)
        found[path.name[:2]] = tuple(map(int, said.groups()))
    return found


def timetable(heading):
    """Return the rows of the table below a heading: for each cell, the numbers in it."""
    section = PAGE.partition(f"## {heading}")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|")[1:] for line in section.splitlines() if line[:1] == "|"]
    return [[re.findall(r"\d+", cell) for cell in row] for row in rows[2:]]


@pytest.mark.parametrize("heading", ["A semester", "A workshop"])
def test_minutes_are_sums_and_fit_into_a_lecture(heading, minutes):
    for units, exercises, (said,), *_ in timetable(heading):
        taken = sum(minutes[u][0] for u in units) + sum(minutes[u][1] for u in exercises)
        assert int(said) == taken <= LECTURE


def test_a_semester_has_all_units_and_exercises_and_leaves_the_time_that_is_said():
    rows = timetable("A semester")
    numbers = [unit.number for unit in course_map()]
    assert [unit for row in rows for unit in row[0]] == numbers
    assert sorted(unit for row in rows for unit in [*row[1], *row[3]]) == numbers
    left = [LECTURE - int(row[2][0]) for row in rows]
    assert left[0] == 30
    assert "The first lecture has half an hour to spare" in PAGE
    assert f"the {left[12]} minutes that lecture 13 has left" in PAGE


def test_each_unit_fits_into_a_lecture_with_its_exercises(minutes):
    longest = max(map(sum, minutes.values()))
    assert f"at most {longest} minutes" in PAGE
    assert longest <= LECTURE


def test_the_rubric_sums_to_what_it_says():
    section = PAGE.partition("## The project")[2].partition("\n## ")[0]
    points = re.findall(r"\| (\d+) \|$", section, re.MULTILINE)
    assert ("Twenty points" in section, sum(map(int, points))) == (True, 20)


def test_the_map_is_the_readmes_and_leads_to_every_notebook():
    files = [(path.stem, path.name[:2]) for path in notebooks._paths()]
    assert [(unit.name, unit.number) for unit in course_map()] == files
    table = course_map()._repr_markdown_().replace("](", "](notebooks/")
    assert table in (ROOT / "README.md").read_text("utf-8")
