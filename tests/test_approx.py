"""The tag `approx`: words are compared exactly, and numbers within a tolerance; other tags."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from conftest import differences

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("saved", "new"),
    [
        ("loss 2.31 -> 0.98", "loss 2.30 -> 0.99"),
        ("88.7% of 1,234.5 within -3e-4 of 1e+05", "89.9% of 1,250 within -3.05e-4 of 1.01e+05"),
        ("0.50 0.98.", "0.51 0.99."),  # the tolerance itself, and a sentence's end
        ("[ 0.5 -0.3 1.]", "[0.501  -.3 1.01]"),  # NumPy's columns
        ("      a\n0  9.99", "       a\n0  10.01"),
        ("<td>0.98</td>", "<td>0.99</td>"),
        ('<img alt="It rises to 88.7%.">', '<img alt="It rises to 88.1%.">'),
        ("inf, -inf, 0, 0.0", "inf, -inf, 0.0, -0"),
        ("0.81-0.87 in 3-4 epochs", "0.80-0.88 in 3-4 epochs"),  # hyphens, not signs
        ("1,234,567 (28, 28, 1)", "1,234,999 (28, 28, 1)"),
        ("conv2 block_13 3x3 ResNet-50 2-D 3.15.1", "conv2 block_13 3x3 ResNet-50 2-D 3.15.1"),
    ],
)
def test_close_enough(saved, new):
    assert differences(saved, new, 0.02) == []
    assert differences(new, saved, 0.02) == []


@pytest.mark.parametrize(
    ("saved", "new", "said"),
    [
        ("the loss is 2.31", "a loss is 2.31", "words: saved 'the loss is', new 'a loss is'"),
        ("88.7%", "88.7", "words: saved '%', new ''"),
        ("loss 1.00, 0.50", "loss 1.01, 0.52", "number 2, after ',': saved 0.50, new 0.52"),
        ("1,234.5", "1,334.5", "number 1, after '': saved 1,234.5, new 1,334.5, tolerance 2 %"),
        ("at -3e-4", "at 3e-4", "saved -3e-4, new 3e-4"),
        ("0 wrong", "0.001 wrong", "saved 0, new 0.001"),
        ("49 of 50", "48 of 50", "saved 49, new 48"),
        ("1 2 3", "1 2", "saved 3 numbers, new 2"),
        ("1 2", "1 2 x", "words: saved '', new 'x'"),
        ("nan", "nan", "saved nan, new nan"),
        ("NaN", "0.5", "saved NaN, new 0.5"),
        ("inf", "1e300", "saved 0 numbers, new 1"),
        *((f"{w} of 9", f"{w.replace('50', '51')} of 9", "words") for w in (
            "conv50", "block_50", "50x50", "50ms", "ResNet-50", "50-layer", "1.50.2", "1.0.50",
        )),
    ],
)  # fmt: skip
def test_too_far(saved, new, said):
    assert said in " | ".join(differences(saved, new, 0.02))


def test_every_number_outside_is_named():
    assert len(differences("1 2 3 4", "1 3 3 5", 0.02)) == 2


CELLS = [  # what is tagged, what runs, what was saved, and whether that passes
    ("approx", "print('loss', 0.98)", "loss 0.99\n", True),
    ("approx", "print('lass', 0.98)", "loss 0.98\n", False),
    ("approx", "print('loss', 0.98, 0.5)", "loss 0.98 0.6\n", False),
    ("approx", "print('loss', 0.98)", "loss 0.98 0.5\n", False),
    ("approx", "print(float('nan'))", "nan\n", False),
    ("approx:0.25", "print('loss', 0.5)", "loss 0.6\n", True),
    ("", "print('loss', 0.98)", "loss 0.99\n", False),
    ("real-weights approx", "print('lass', 0.98)", "loss 1.98\n", True),  # they are not there
    ("real-data", "print('lass')", "loss\n", True),  # run, and not compared: nor is it
]


def _notebook(path, cells):
    saved = []
    for tags, source, text, _ in cells:
        cell = new_code_cell(source, metadata={"tags": tags.split()}, execution_count=1)
        cell.outputs = [new_output("stream", name="stdout", text=text)]
        saved.append(cell)
    html = "<b>88.7</b><img alt='It rises to {}%.' src='data:image/png;base64,{}'>"
    cell = new_code_cell(
        f'from IPython.display import HTML\nHTML("{html.format(88, "AA==")}")',
        metadata={"tags": ["approx"]},
        execution_count=1,
    )
    data = {
        "text/html": html.format(89, "BB=="),
        "text/plain": "<IPython.core.display.HTML object>",
    }
    cell.outputs = [new_output("execute_result", data, execution_count=1)]
    nbformat.write(new_notebook(cells=[*saved, cell]), path)


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What pytest says of two notebooks, the second with a wrong tag, without the real weights."""
    folder = tmp_path_factory.mktemp("notebooks")
    _notebook(folder / "90_trial.ipynb", CELLS)
    _notebook(folder / "91_trial.ipynb", [("approx:abc", "1", "", False)])
    options = ["-p", "conftest", "-c", str(ROOT / "pyproject.toml"), "-p", "no:cacheprovider"]
    options += ["-n", "1", "--color=no", "-rA", "--continue-on-collection-errors", str(folder)]
    environ = {**os.environ, "KERAS_HOME": str(folder / "empty"), "COURSE_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=folder,
        env={**environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    return done.stdout + done.stderr


def test_cells_of_a_notebook(said):
    for number, (*_, passes) in enumerate([*CELLS, (True,)]):
        verdict = "PASSED" if passes else "FAILED"
        assert re.search(rf"^{verdict} .*::Cell {number}\b", said, re.MULTILINE), said
    assert "words: saved 'loss', new 'lass'" in said
    assert "number 2, after '': saved 0.6, new 0.5, tolerance 2 %" in said
    assert "saved 2 numbers, new 1" in said


def test_a_wrong_tolerance_is_one_error_at_collection(said):
    assert "Cell 0: the tag 'approx:abc' should be 'approx', for 2 %, or a fraction" in said
    assert re.search(r"5 failed, 5 passed, 1 error in", said), said
    assert "Traceback (most recent" not in said
