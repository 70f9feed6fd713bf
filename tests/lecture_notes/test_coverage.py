"""Each heading of the lecture notes has the cell that teaches it, or a reason why none does."""

import csv
from pathlib import Path

from course_utils.cli import notebooks

TABLE = Path(__file__).with_name("coverage.csv")
ROWS = list(csv.DictReader(TABLE.open(encoding="utf-8", newline="")))


def test_every_heading_is_taught_or_left_out_for_a_reason():
    for row in ROWS:
        assert row["where"]
        assert row["heading"]
        assert row["about"]
        assert bool(row["unit"] and row["cell"]) != bool(row["left_out"]), row
    assert sum(bool(row["left_out"]) for row in ROWS) <= 5


def test_each_place_stands_once_and_in_order():
    places = [tuple(map(int, row["where"].split(":"))) for row in ROWS]
    assert places == sorted(set(places))
    assert {notes for notes, _ in places} == {0, 1, 2, 3, 4}


def test_every_cell_named_exists():
    ids = {path.name[:2]: notebooks.read(path)["cells"] for path in notebooks.paths()}
    known = {(unit, cell["id"]) for unit, cells in ids.items() for cell in cells}
    taught = {(row["unit"], row["cell"]) for row in ROWS if not row["left_out"]}
    assert taught <= known
