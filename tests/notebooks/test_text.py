"""What a unit's cells say and print, how long they take, and its notes for whoever teaches it."""

import re
import symtable

import mistune
import nbformat
import pytest

from course_utils.cli import notebooks, slides
from course_utils.cli.notebooks import _source

BUDGET = {"cells": 70, "words": 3_000, "lines": 250, "longest": 20, "figures": 8, "minutes": 45}
VERDICT = re.compile(r"\S.*\b(?:True|False)$")  # `check(...).correct` prints the word alone
# What a cell computes is read off that cell: a copy in a note would grow old.
COMPUTED = re.compile(r"\d\.\d|\d,\d{3}|\d ?%|\d ?per ?cent")


@pytest.fixture
def cells(unit):
    """Return the cells of a unit."""
    return notebooks._read(unit)["cells"]


def texts(cells):
    """Return what a unit says between the code."""
    return [_source(one) for one in cells if one["cell_type"] == "markdown"]


def exercises(cells):
    """Return where they begin."""
    return [_source(cell).startswith("## Exercises") for cell in cells].index(True)


def taken(cells):
    """Return what cells take of the budget, by the names in ``BUDGET``."""
    seen = [cell for cell in cells[: exercises(cells)] if notebooks._is_for_class(cell)]
    text = texts(seen)
    code = [cell for cell in seen if cell["cell_type"] == "code"]
    shown = [one for one in code if not one["metadata"].get("jupyter", {}).get("source_hidden")]
    lines = [sum(map(bool, map(str.strip, _source(one).splitlines()))) for one in shown]
    minutes = re.findall(r"^#.*\((\d+) min", "\n".join(text), re.MULTILINE)
    return {
        "cells": len(seen),
        "words": len(" ".join(text).split()),
        "lines": sum(lines),
        "longest": max(lines, default=0),
        "figures": str([one["outputs"] for one in code]).count("<img"),
        "minutes": sum(map(int, minutes)),
    }


def test_a_unit_is_one_lecture_and_says_how_long_it_takes(cells):
    counts, text = taken(cells), texts(cells)
    assert {name: counts[name] for name, most in BUDGET.items() if counts[name] > most} == {}
    (their_minutes,) = re.findall(r"^## Exercises \((\d+) min", "\n".join(text), re.MULTILINE)
    said = re.search(r"(\d+) minutes.*?(?:and|another)\s+(\d+)", text[0], re.DOTALL)
    assert said.groups() == (str(counts["minutes"]), their_minutes)


def left(text):
    """Return the lines in which a double asterisk is left when the text is rendered."""
    html = re.sub(r"<code>.*?</code>|\$.*?\$", "", str(mistune.html(text)), flags=re.DOTALL)
    return [line for line in html.splitlines() if "**" in line]


def verdicts(outputs):
    """Return the lines that end in True or False."""
    parts = [o.get("text", o.get("data", {}).get("text/plain", "")) for o in outputs]
    lines = "\n".join("".join(part) for part in parts).splitlines()
    return [line for line in lines if VERDICT.match(line.strip())]


def test_no_asterisks_are_left_and_numbers_are_shown(cells):
    assert [line for one in texts(cells) for line in left(one)] == []
    assert [line for cell in cells for line in verdicts(cell.get("outputs", []))] == []


def test_below_an_exercise_stands_only_that_its_solution_is_right(cells):
    solutions = [cell for cell in cells if "solution" in notebooks._tags(cell)]
    said = [part.get("data", part)["text/plain"] for one in solutions for part in one["outputs"]]
    assert {"".join(text) for text in said} == {"True"}


def test_both_are_found():
    assert left("**On your own: ** try it")
    assert not left("**On your own:** try it, 2 * 2, `x**2`")
    printed = {"text": ["the loss falls: True\n", "from 2.3 to 0.9\n", "True\n"]}
    shown = {"data": {"text/plain": ["the loss falls: False"]}}
    assert verdicts([printed, shown]) == ["the loss falls: True", "the loss falls: False"]


def test_a_unit_has_a_few_short_notes_for_the_speaker_alone(unit, cells):
    notes = [_source(one) for one in cells if notebooks._slide_type(one) == "notes"]
    notes = [text.partition("</summary>")[2].removesuffix("</details>") for text in notes]
    assert 3 <= len(notes) <= 6
    assert [text for text in notes if not 30 <= len(text.split()) <= 80] == []
    assert [text for text in notes if COMPUTED.search(text)] == []
    assert any(re.search(r"\blate\b", text) for text in notes)

    shown = list(slides._cells_of(nbformat.read(unit, as_version=4).cells))
    told = [cell.source for cell in shown if notebooks._slide_type(cell) == "notes"]
    assert {sum(one.endswith(text.strip()) for one in told) for text in notes} == {1}
    assert not any("<details>" in text for text in told)
    assert "For the teacher" not in "".join(cell.source for cell in shown)


def names(cells):
    """Return the names that cells assign, and those that one reads and does not assign itself."""
    assigned, needed = set(), set()
    for cell in [one for one in cells if one["cell_type"] == "code"]:
        table = symtable.symtable(_source(cell), "a cell", "exec")
        own = {one.get_name() for one in table.get_symbols() if one.is_assigned()}
        read = {one.get_name() for one in table.get_symbols() if one.is_referenced()}
        tables = [table]
        while tables:
            tables += (inner := tables.pop()).get_children()
            read |= {one.get_name() for one in inner.get_symbols() if one.is_global()}
        assigned |= own
        needed |= read - own
    return assigned, needed


def test_what_a_piece_reads_is_not_assigned_anew_further_down(cells):
    for at, cell in enumerate(cells):
        if "play." in _source(cell):
            assert not names([cell])[1] & names(cells[at:])[0]


def test_an_exercise_takes_no_name_that_a_cell_above_reads(cells):
    above, below = cells[: exercises(cells)], cells[exercises(cells) :]
    assert not names(below)[0] & names(above)[1]


def test_no_cell_needs_a_solution(cells):
    kept, needed = names([one for one in cells if notebooks._is_for_class(one)])
    assert not (names(cells)[0] - kept) & needed
