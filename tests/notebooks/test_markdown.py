"""Emphasis in the text of a unit is shown as such, and not as asterisks."""

import json
import re
from pathlib import Path

import mistune
import pytest

PATHS = sorted((Path(__file__).parents[2] / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def left(text):
    """Return the lines in which a double asterisk is left when the text is rendered."""
    html = re.sub(r"<code>.*?</code>|\$.*?\$", "", str(mistune.html(text)), flags=re.DOTALL)
    return [line for line in html.splitlines() if "**" in line]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_no_asterisks_are_left(path):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    assert [line for text in texts for line in left(text)] == []


def test_a_blank_before_the_end_is_found():
    assert left("**On your own: ** try it")
    assert not left("**On your own:** try it, 2 * 2, `x**2`")
