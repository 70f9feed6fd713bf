"""``student``: the notebooks as a class gets them, without solutions."""

import json
import shutil
from pathlib import Path
from typing import Any

from course_utils.cli import notebooks
from course_utils.cli.environment import ProblemError, say
from course_utils.files import write_json

LEFT_OUT = {"checks", "solution"}


def main(folder: str) -> int:
    """Write the students' notebooks into a new or empty folder; the status is 0.

    Raises
    ------
    ProblemError
        If there is something in the folder already, or it cannot be written.
    """
    target = Path(folder).expanduser()
    try:
        if target.exists() and any(target.iterdir()):
            raise ProblemError(f"{target} is not empty: name a new folder, so nothing is lost.")
        target.mkdir(parents=True, exist_ok=True)
        for path in notebooks.paths():
            write_json(target / path.name, edition(json.loads(path.read_text("utf-8"))))
        for page in ("errata.md", "glossary.md"):
            shutil.copy(notebooks.FOLDER / page, target)
    except OSError as error:
        raise ProblemError(f"{target} cannot be written: {error.strerror}.") from error
    say(f"{len(notebooks.paths())} notebooks without solutions are in {target}.")
    say("They need course_utils: a folder inside the checkout is seen by `lab`.")
    return 0


def edition(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return a notebook without solutions, cells for tests and notes for the teacher."""
    cells = [cell for cell in notebook["cells"] if not _is_left_out(cell["metadata"])]
    number = 0
    for cell in cells:
        if cell["cell_type"] == "code":
            number += 1
            cell["execution_count"] = number
            for output in cell["outputs"]:
                if "execution_count" in output:
                    output["execution_count"] = number
    return {**notebook, "cells": cells}


def _is_left_out(metadata: dict[str, Any]) -> bool:
    is_note = metadata.get("slideshow", {}).get("slide_type") == "notes"
    return is_note or not LEFT_OUT.isdisjoint(metadata.get("tags", []))
