"""nbgrader on two units of the instructor's edition: from the assignment to the feedback.

    .venv/bin/python -m pip install "nbgrader~=0.9.6"
    .venv/bin/python tests/nbgrader/run.py

Ada answers everything, one question of each unit wrongly; Bob hands in what he was given.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[2]
UNITS = ("02_sizes_channels_pooling", "03_lenet5_parameter_counting")
WRONG = {UNITS[0]: "images.stem.shape", UNITS[1]: "lenet5.c3.weights"}
REGION = re.compile(r"### BEGIN SOLUTION\n(.*)### END SOLUTION", re.DOTALL)


def command(*words: str, folder: Path) -> None:
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    # nbgrader calls alembic, which is installed beside it, by its name.
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environ = {**os.environ, "PYTHONPATH": paths, "PATH": programs, "TF_CPP_MIN_LOG_LEVEL": "3"}
    print(" ".join(words), flush=True)
    subprocess.run([sys.executable, "-m", *words], cwd=folder, env=environ, check=True)


def read(course: Path, *folders: str) -> nbformat.NotebookNode:
    return nbformat.read(Path(course, *folders, f"{folders[-1]}.ipynb"), 4)


def released(course: Path, unit: str) -> nbformat.NotebookNode:
    """Make the assignment, and see that it holds neither a solution nor an output nor a note."""
    command("nbgrader", "generate_assignment", unit, folder=course)
    notebook = read(course, "release", unit)
    text = "\n".join(cell.source for cell in notebook.cells)
    asked = text.partition("## Exercises")[2]  # what is taught above is not handed out by this
    full = read(course, "source", unit).cells
    solutions = [found for cell in full for found in REGION.findall(cell.source)]
    assert solutions
    for solution in solutions:
        own = [line for line in solution.splitlines() if not line.startswith("def ")]
        line = max(own, key=len)  # the first line of a function is given
        assert line not in asked, line
    assert not [one for one in ("SOLUTION", "NotImplementedError") if one in text]
    slides = [cell.metadata.get("slideshow", {}) for cell in notebook.cells]
    assert "notes" not in [slide.get("slide_type") for slide in slides]
    assert not any(cell.get("outputs") for cell in notebook.cells)
    return notebook


def answer(notebook: nbformat.NotebookNode, full: nbformat.NotebookNode, wrong: str) -> None:
    """Answer everything in the cells that are the student's, one question wrongly."""
    known = {cell.id: REGION.findall(cell.source) for cell in full.cells}
    for cell in notebook.cells:
        if known.get(cell.id):
            assert not cell.metadata.nbgrader.locked
            cell.source = known[cell.id][0].replace(".correct", "")
            if f'"{wrong}"' in cell.source:
                cell.source = f'check("{wrong}", 1)'


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        course = Path(scratch) / "course"
        command("course_utils", "instructor", str(course), folder=ROOT)
        for unit in UNITS:
            notebook = released(course, unit)
            for who in ("bob", "ada"):
                path = course / "submitted" / who / unit / f"{unit}.ipynb"
                path.parent.mkdir(parents=True)
                if who == "ada":
                    answer(notebook, read(course, "source", unit), WRONG[unit])
                nbformat.write(notebook, path)
            command("nbgrader", "autograde", unit, folder=course)
            command("nbgrader", "generate_feedback", unit, "--force", folder=course)
            for who in ("bob", "ada"):
                marked = read(course, "autograded", who, unit).cells
                outputs = [one for cell in marked for one in cell.get("outputs", ())]
                assert not [one for one in outputs if one.output_type == "error"]  # Run All
                page = course / "feedback" / who / unit / f"{unit}.html"
                assert "Score:" in page.read_text("utf-8")
        marks(course)


def marks(course: Path) -> None:
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        for unit in UNITS:
            for who in ("ada", "bob"):
                handed_in = book.find_submission(unit, who)
                grades = handed_in.notebooks[0].grades
                by_hand = [grade for grade in grades if grade.needs_manual_grade]
                lost = [one.name for one in grades if one not in by_hand and one.auto_score != 1]
                print(f"{unit} {who}: {handed_in.score:g} of {handed_in.max_score:g}, ", end="")
                print(f"{len(by_hand)} to be marked by hand")
                assert len(by_hand) == (who == "ada")
                if who == "ada":
                    assert lost == [f"points-{WRONG[unit].replace('.', '-')}"]
                else:
                    assert handed_in.score == 0 < handed_in.max_score


if __name__ == "__main__":
    main()
