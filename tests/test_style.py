"""Lint, format, types and imports, in processes of their own; what pages say of tests."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

FRAMEWORKS = {"keras", "tensorflow", "matplotlib"}
HEAVY = FRAMEWORKS | {"numpy", "pandas", "sklearn"}
WIDGETS = {"anywidget", "ipywidgets", "keras", "tensorflow"}


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import course_utils, course_utils.plots, course_utils.data.cached", HEAVY),
        ("from course_utils.costs import zoo; str(zoo.vgg16())", HEAVY),
        ("from course_utils import check; assert check('lenet5.c3.weights', 1100)", HEAVY),
        ("from course_utils import digits; digits()", FRAMEWORKS),
        ("import course_utils.play; course_utils.play.window", WIDGETS),
    ],
)
def test_nothing_heavy_is_imported_before_its_time(code, absent, bare):
    code = f"{code}\nimport sys; print(sorted({absent!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


@pytest.mark.parametrize(
    "tool", ["ruff check", "ruff format --check", "mypy"], ids=["lint", "format", "types"]
)
def test_style(tool):
    """As the tools' settings in pyproject.toml ask for it."""
    command = [sys.executable, "-m", *tool.split()]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_test_that_contributing_names_is_there():
    root = Path(__file__).parents[1]
    named = re.findall(r"`(test_\w+)`", (root / "CONTRIBUTING.md").read_text("utf-8"))
    code = "".join(path.read_text("utf-8") for path in root.glob("tests/**/test_*.py"))
    assert [name for name in named if f"def {name}(" not in code] == []
    assert len(named) > 20
