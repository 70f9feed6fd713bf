"""Each heading of the lecture notes has its cell or a reason, and each erratum its notebook."""

import pytest

from course_utils.cli import notebooks
from course_utils.costs.published import caveats, errata
from course_utils.units import course_map
from tests.lecture_notes import make

ROWS = make.read("coverage.csv")
UNITS = {path.name[:2]: notebooks._read(path)["cells"] for path in notebooks._paths()}


def test_every_topic_of_the_notes_has_one_notebook():
    # test_claims holds that they are up to date
    pairs = {(item["topic"], item["notebook"]) for item in make.read("findings.csv")}
    assert len(pairs) == len({topic for topic, _ in pairs}), "a topic is in two notebooks"
    assert {notebook for _, notebook in pairs} <= {unit.number for unit in course_map()}


@pytest.mark.parametrize("number", sorted({item.notebook for item in errata()}))
def test_the_notebook_shows_its_errata(number):
    outputs = [output for cell in UNITS[number] for output in cell.get("outputs", [])]
    shown = ["".join(output.get("data", {}).get("text/plain", [])) for output in outputs]
    assert str(errata(number)) in shown, f"show errata({number!r}) in the notebook"


@pytest.mark.parametrize("some", [errata, caveats])
def test_a_notebook_has_its_own_and_no_others(some):
    notebooks = sorted({item.notebook for item in some()})
    for notebook in notebooks:
        assert {item.notebook for item in some(notebook)} == {notebook}
        assert some(notebook).title == f"{some().title}: notebook {notebook}"
    assert sum(len(some(notebook)) for notebook in notebooks) == len(some())
    assert len(errata("13")) == 0 < len(caveats("13"))


def test_every_heading_is_once_and_in_order_taught_or_left_out_for_a_reason():
    for row in ROWS:
        assert all(row[column] for column in ("where", "heading", "about")), row
        assert bool(row["unit"] and row["cell"]) != bool(row["left_out"]), row
    assert sum(bool(row["left_out"]) for row in ROWS) <= 5
    places = [tuple(map(int, row["where"].split(":"))) for row in ROWS]
    assert places == sorted(set(places))
    assert {notes for notes, _ in places} == {0, 1, 2, 3, 4}


def test_every_cell_named_exists():
    known = {(unit, cell["id"]) for unit, cells in UNITS.items() for cell in cells}
    taught = {(row["unit"], row["cell"]) for row in ROWS if not row["left_out"]}
    assert taught <= known
