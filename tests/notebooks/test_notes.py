"""Each unit tells whoever teaches it what to ask, what goes wrong, and what to skip when late."""

import json
import re
from typing import Any

import pytest
from nbformat import from_dict

from course_utils.cli import notebooks, slides

# What a cell computes is read off that cell: a copy in a note would grow old.
COMPUTED = re.compile(r"\d\.\d|\d,\d{3}|\d ?%|\d ?per ?cent")


def notes(path):
    """Return the text of a unit's notes, without their summaries."""
    cells: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if slide_type(cell) == "notes"]
    return [source.partition("</summary>")[2].removesuffix("</details>") for source in sources]


def slide_type(cell):
    return str(cell["metadata"]["slideshow"]["slide_type"])


@pytest.mark.parametrize("path", notebooks.paths(), ids=lambda path: path.stem)
def test_a_unit_has_a_few_short_notes(path):
    found = notes(path)
    assert 3 <= len(found) <= 6
    assert [text for text in found if not 30 <= len(text.split()) <= 80] == []
    assert [text for text in found if COMPUTED.search(text)] == []
    assert any(re.search(r"\blate\b", text) for text in found)


@pytest.mark.parametrize("path", notebooks.paths(), ids=lambda path: path.stem)
def test_the_speaker_sees_them_and_the_class_does_not(path):
    notebook = from_dict(json.loads(path.read_text("utf-8")))
    for cell in notebook.cells:
        cell.source = "".join(cell.source)
    shown = list(slides.cells_of(notebook.cells))
    told = [cell.source for cell in shown if slide_type(cell) == "notes"]
    for text in notes(path):
        assert sum(one.endswith(text.strip()) for one in told) == 1
    assert not any("<details>" in text for text in told)
    assert "For the teacher" not in "".join(cell.source for cell in shown)
