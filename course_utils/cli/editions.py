"""The notebooks as a class gets them, with all that helps an instructor, and opened on the web.

The instructor's edition is a course folder of nbgrader, one assignment for each unit. Where on the
web a copy of the course lies the course does not know; whoever puts one there does.
"""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from course_utils.classroom.choices import Explain
from course_utils.classroom.exercises import find_exercise
from course_utils.cli import notebooks
from course_utils.cli.environment import _ProblemError, _say, _writing
from course_utils.cli.notebooks import _is_for_class, _slide_type, _source, _tags
from course_utils.files import whole_file, write_json

_Cell = dict[str, Any]
_Notebook = dict[str, Any]

_CHECK = re.compile(r'\bcheck\(\s*"([\w.]+)"')
_LINK = re.compile(r"\]\((\d\d_\w+)\.ipynb\)")
_MINUTES = re.compile(r"^## (.+?) \((\d+) min", re.MULTILINE)


def student(folder: Path, name: str = "") -> int:
    """Write the students' notebooks into a new or empty folder; the status is 0.

    With a student's name, exercises that vary have this student's numbers.
    """
    _write(folder, lambda one: _without_solutions(one, name), lambda path: folder / path.name)
    _say(f"{len(notebooks._paths())} notebooks without solutions are in {folder}.")
    _say("They need course_utils: a folder inside the checkout is seen by `lab`.")
    return 0


def instructor(folder: Path) -> int:
    """Write the instructor's notebooks, for nbgrader too; the status is 0."""
    below = folder / "source"
    _write(folder, _with_solutions, lambda path: below / path.stem / path.name)
    _say(f"{len(notebooks._paths())} notebooks with solutions are in {below}.")
    _say(f"For nbgrader each is an assignment: run it in {folder}.")
    return 0


def _write(
    target: Path, edition: Callable[[_Notebook], _Notebook], place: Callable[[Path], Path]
) -> None:
    with _writing(target, new=True):
        for path in notebooks._paths():
            write_json(place(path), edition(notebooks._read(path)))
            for page in ("errata.md", "glossary.md"):
                shutil.copy(notebooks._FOLDER / page, place(path).parent)
        if edition is _with_solutions:
            config = Path(__file__).with_name("nbgrader_config.txt")
            shutil.copy(config, target / "nbgrader_config.py")


# --- for students --------------------------------------------------------------------------------


def _without_solutions(notebook: _Notebook, name: str = "") -> _Notebook:
    """Return a notebook without solutions, cells for tests and notes, but with every question.

    With a name, exercises that vary have this student's numbers, and `check` expects them.
    """
    cells: list[_Cell] = []
    above: _Cell = {"source": []}
    for cell in notebook["cells"]:
        if not _is_for_class(cell):
            continue
        if cell["cell_type"] == "markdown":
            above = cell
        for key in _keys(cell):
            exercise, printed = find_exercise(key, name), find_exercise(key, "")
            if exercise is not printed:
                words = r"\s+".join(map(re.escape, printed.question.split()))
                text = re.sub(words, exercise.question.replace("\\", r"\\"), _source(above))
                above["source"] = text.splitlines(keepends=True)
                shown = exercise.check(...)
                data = {"text/html": [shown._repr_html_()], "text/plain": [repr(shown)]}
                cell["outputs"][-1]["data"] = data
            if " ".join(exercise.question.split()) not in " ".join(_source(above).split()):
                cells.append(_new_cell("markdown", f"question-{key}", exercise.text, "fragment"))
        cells.append(cell)
    if name.strip():
        first = next(n for n, cell in enumerate(cells) if cell["cell_type"] == "code")
        text = f'import os\n\nos.environ["COURSE_STUDENT"] = {name!r}'
        cells.insert(first, _new_cell("code", "course-student", text, "skip", execution_count=1))
    return _numbered(notebook, cells)


# --- for instructors -----------------------------------------------------------------------------


def _with_solutions(notebook: _Notebook) -> _Notebook:
    """Return a notebook in which each check has its solution below it, and points for nbgrader."""
    cells: list[_Cell] = []
    # Each unit has a folder of its own here.
    notebook = json.loads(_LINK.sub(r"](../\1/\1.ipynb)", json.dumps(notebook)))
    for cell in notebook["cells"]:
        own = _tags(cell)
        if "solution" in own:
            _solve(cells, cell)
        elif "lecture-note" in own:
            cells.append(_opened(cell))
        elif _slide_type(cell) == "notes":
            cell["metadata"]["tags"] = [*own, "notes"]
            cells.append(_opened(cell))
        elif "checks" not in own:
            cells.append(cell)
    cells[1:1] = [_plan(cells)]
    return _numbered(notebook, cells)


def _solve(cells: list[_Cell], solution: _Cell) -> None:
    """Put a solution into the cell of the last of its checks, and points behind it."""
    keys = _keys(solution)
    places = [n for n, cell in enumerate(cells) if _keys(cell) and set(_keys(cell)) <= set(keys)]
    place = places[-1] if places else len(cells)
    asked = cells[place] if places else {**solution, "source": [], "outputs": []}
    for output in asked["outputs"]:
        if "execution_count" in output:  # a cell has one result
            del output["execution_count"]
            output["output_type"] = "display_data"
    explain = bool(keys) and isinstance(find_exercise(keys[-1]), Explain)
    asked |= {
        "metadata": {"slideshow": {"slide_type": "fragment"}},
        "source": f"{_source(asked)}\n{_source(solution)}".lstrip("\n").splitlines(keepends=True),
        "outputs": [*asked["outputs"], *solution["outputs"]],
    }
    cells[place : place + 1] = [_graded(asked, grade=explain, solution=True)]
    for key in () if explain else dict.fromkeys(keys):
        text = f'from course_utils.classroom import points\n\npoints("{key}")'
        cell = _new_cell("code", f"points-{key}", text, "skip", execution_count=None)
        cell["metadata"]["jupyter"] = {"source_hidden": True}
        place += 1
        cells.insert(place, _graded(cell, grade=True, solution=False))


def _graded(cell: _Cell, grade: bool, solution: bool) -> _Cell:
    """Say to nbgrader what a cell is: graded and a solution is one to be marked by hand."""
    said = {"cell_type": "code", "grade": grade, "grade_id": _id(cell["id"])}
    said |= {"locked": not solution, "schema_version": 3, "solution": solution, "task": False}
    cell["metadata"]["nbgrader"] = said | ({"points": 1} if grade else {})
    return cell


def _plan(cells: list[_Cell]) -> _Cell:
    """Return a note: how long each section takes, and what kind of work each exercise is."""
    text = "\n".join(_source(cell) for cell in cells if cell["cell_type"] == "markdown")
    sections = [f"* {name}: {minutes} min" for name, minutes in _MINUTES.findall(text)]
    keys = dict.fromkeys(key for cell in cells for key in _keys(cell))
    forms = [f"* `{key}`: {find_exercise(key).form}" for key in keys]
    plan = "\n".join(["**For whoever teaches this**", "", *sections, "", *forms])
    note = _new_cell("markdown", "plan", plan, "notes")
    note["metadata"]["tags"] = ["notes"]
    return note


# --- on the web ----------------------------------------------------------------------------------

_LINKS = """\
Open this unit in [Colab](https://colab.research.google.com/github/{address}/blob/main/{file}),
[Kaggle](https://kaggle.com/kernels/welcome?src=https://github.com/{address}/blob/main/{file}) or
[Binder](https://mybinder.org/v2/gh/{address}/main?urlpath=lab/tree/{file})."""
_FETCH = """\
# Colab and Kaggle fetch the course here. At home this does nothing.
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

if not find_spec("course_utils"):
    if not Path("course").exists():
        address = "https://github.com/{address}"
        command = ["git", "clone", "-q", "--depth=1", address, "course"]
        subprocess.run(command, check=True)
    sys.path.insert(0, "course")"""


def online(address: str) -> int:
    """Write links and cell for a repository of GitHub into the notebooks; the status is 0."""
    if not re.fullmatch(r"[\w-]+/[\w.-]+", address):
        raise _ProblemError(
            f"{address!r} should be OWNER/NAME, as in the address https://github.com/OWNER/NAME."
        )
    for path in notebooks._paths():
        changed = _opened_at(notebooks._read(path), address, f"notebooks/{path.name}")
        with _writing(path), whole_file(path) as part:
            text = json.dumps(changed, indent=1, ensure_ascii=False, sort_keys=True)
            part.write_text(text + "\n", "utf-8", newline="\n")
    _say(f"{len(notebooks._paths())} notebooks know {address}: commit them, and push to its main.")
    return 0


def _opened_at(notebook: _Notebook, address: str, file: str) -> _Notebook:
    """Return a notebook with links behind its title, and a first cell of code for elsewhere."""
    links, code = _LINKS.format(address=address, file=file), _FETCH.format(address=address)
    cells = [one for one in notebook["cells"] if one["id"] not in ("online", "fetch")]
    first = next(n for n, cell in enumerate(cells) if cell["cell_type"] == "code")
    fetch = _new_cell("code", "fetch", code, "skip", execution_count=1)
    fetch["metadata"]["jupyter"] = {"source_hidden": True}
    cells.insert(first, fetch)
    cells.insert(1, _new_cell("markdown", "online", links, "skip"))
    return _numbered(notebook, cells)


# --- cells ---------------------------------------------------------------------------------------


def _new_cell(cell_type: str, name: str, text: str, slide: str, **more: Any) -> _Cell:
    """Return a cell of a type, with an id, a text, and a slide type."""
    more |= {"outputs": []} if cell_type == "code" else {}
    more |= {"metadata": {"slideshow": {"slide_type": slide}}}
    lines = text.splitlines(keepends=True)
    return {"cell_type": cell_type, "id": _id(name)[:64], "source": lines, **more}


def _numbered(notebook: _Notebook, cells: list[_Cell]) -> _Notebook:
    """Return a notebook with other cells, numbered as if it had run from top to bottom."""
    run = (cell for cell in cells if cell["cell_type"] == "code" and cell["execution_count"])
    for number, cell in enumerate(run, start=1):
        cell["execution_count"] = number
        for output in cell["outputs"]:
            if "execution_count" in output:
                output["execution_count"] = number
    return {**notebook, "cells": cells}


def _keys(cell: _Cell) -> list[str]:
    return _CHECK.findall(_source(cell)) if cell["cell_type"] == "code" else []


def _opened(call_out: _Cell) -> _Cell:
    text = _source(call_out).replace("<details>", "<details open>", 1)
    return {**call_out, "source": text.splitlines(keepends=True)}


def _id(name: str) -> str:
    """Return a name as ids of cells are written."""
    return re.sub(r"[^\w-]", "-", name)
