"""The tag `approx`: words are compared exactly, and numbers within a tolerance; other tags."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from conftest import differences

ROOT = Path(__file__).parents[1]
TABLES = tomllib.loads(Path(__file__).with_name("approx.toml").read_text("utf-8"))


@pytest.mark.parametrize(("saved", "new"), TABLES["close"])
def test_close_enough(saved, new):
    assert differences(saved, new, 0.02) == []
    assert differences(new, saved, 0.02) == []


@pytest.mark.parametrize(("saved", "new", "said"), TABLES["far"])
def test_too_far(saved, new, said):
    assert said in " | ".join(differences(saved, new, 0.02))


def _saved(tags, source, shown, _):
    cell = new_code_cell(source, metadata={"tags": tags.split()}, execution_count=1)
    if isinstance(shown, str):
        cell.outputs = [new_output("stream", name="stdout", text=shown)]
    else:
        cell.outputs = [new_output("execute_result", shown, execution_count=1)]
    return cell


def test_cells_of_a_notebook_without_the_real_weights(tmp_path):
    cells = [_saved(*row) for row in TABLES["cells"]]
    nbformat.write(new_notebook(cells=cells), tmp_path / "90_trial.ipynb")
    options = ["-p", "conftest", "-c", str(ROOT / "pyproject.toml"), "-p", "no:cacheprovider"]
    options += ["-n", "1", "--color=no", "-rA", str(tmp_path)]
    environ = os.environ | {"KERAS_HOME": str(tmp_path / "empty"), "COURSE_OFFLINE": "1"}
    how = {"env": environ | {"PYTHONPATH": str(ROOT)}, "capture_output": True, "text": True}
    done = subprocess.run([sys.executable, "-m", "pytest", *options], cwd=tmp_path, **how)
    said = done.stdout + done.stderr
    for number, (*_, passes) in enumerate(TABLES["cells"]):
        verdict = "PASSED" if passes else "FAILED"
        assert re.search(rf"^{verdict} .*::Cell {number}\b", said, re.MULTILINE), said
    assert "words: saved 'loss', new 'lass'" in said
    assert "number 2, after '': saved 0.6, new 0.5, tolerance 2 %" in said
    assert "saved 2 numbers, new 1" in said
    assert re.search(r"5 failed, 5 passed in", said), said
