"""What the cells of a unit print: numbers, and not whether something is true."""

import json
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
PATHS = sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))
VERDICT = re.compile(r"\S.*\b(?:True|False)$")  # `check(...).correct` prints the word alone


def verdicts(cell):
    """Return the lines that a cell has printed and that end in True or False."""
    parts = [o.get("text", o.get("data", {}).get("text/plain", "")) for o in cell["outputs"]]
    lines = "\n".join("".join(part) for part in parts).splitlines()
    return [line for line in lines if VERDICT.match(line.strip())]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_numbers_are_shown_and_not_verdicts(path):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    assert [line for c in cells if c["cell_type"] == "code" for line in verdicts(c)] == []


def test_verdicts_are_found():
    printed = {"text": ["the loss falls: True\n", "from 2.3 to 0.9\n", "True\n"]}
    shown = {"data": {"text/plain": ["the loss falls: False"]}}
    found = verdicts({"outputs": [printed, shown]})
    assert found == ["the loss falls: True", "the loss falls: False"]
