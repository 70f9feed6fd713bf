"""A unit is one lecture: what a student meets before the exercises has a budget.

``python3 tests/notebooks/test_budget.py`` prints what each unit takes of it.
"""

import json
import re
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "notebooks"
BUDGET = {"cells": 70, "words": 3_000, "lines": 250, "longest": 20, "figures": 8, "minutes": 45}
NOT_SEEN = {"checks", "solution"}


def seen(notebook):
    """Return the cells that a student meets before the exercises."""
    cells = []
    for cell in notebook["cells"]:
        if re.match(r"## Exercises\b", "".join(cell["source"])):
            break
        metadata = cell["metadata"]
        hidden = NOT_SEEN & set(metadata.get("tags", []))
        if not hidden and metadata.get("slideshow", {}).get("slide_type") != "notes":
            cells.append(cell)
    return cells


def taken(notebook):
    """Return what a unit takes of its budget, by the names in ``BUDGET``."""
    cells = seen(notebook)
    text = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    visible = [
        len([line for line in "".join(cell["source"]).splitlines() if line.strip()])
        for cell in code
        if not cell["metadata"].get("jupyter", {}).get("source_hidden")
    ]
    outputs = json.dumps([cell["outputs"] for cell in code])
    headings = [line for part in text for line in part.splitlines() if line.startswith("#")]
    minutes = [int(number) for line in headings for number in re.findall(r"\((\d+) min", line)]
    return {
        "cells": len(cells),
        "words": sum(len(part.split()) for part in text),
        "lines": sum(visible),
        "longest": max(visible, default=0),
        "figures": outputs.count("<img"),
        "minutes": sum(minutes),
    }


def test_a_unit_is_one_lecture(unit):
    counts = taken(json.loads(unit.read_text("utf-8")))
    over = {name: counts[name] for name, most in BUDGET.items() if counts[name] > most}
    unsaid = [] if counts["minutes"] else ["no section says how many minutes it takes"]
    assert (over, unsaid) == ({}, [])


def test_the_title_says_the_minutes_of_the_sections_and_of_the_exercises(unit):
    notebook = json.loads(unit.read_text("utf-8"))
    text = ["".join(cell["source"]) for cell in notebook["cells"]]
    (exercises,) = re.findall(r"^## Exercises \((\d+) min", "\n".join(text), re.MULTILINE)
    said = re.search(r"(\d+) minutes.*?(?:and|another)\s+(\d+)", text[0], re.DOTALL)
    assert said, "the first cell says no minutes"
    assert said.groups() == (str(taken(notebook)["minutes"]), exercises)


if __name__ == "__main__":
    print(" " * 46, *(f"{name:>8}" for name in BUDGET))
    for one in sorted(FOLDER.glob("[0-9][0-9]_*.ipynb")):
        counted = taken(json.loads(one.read_text("utf-8")))
        print(f"{one.stem:46}", *(f"{counted[name]:8,}" for name in BUDGET))
