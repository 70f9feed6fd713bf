"""What is heavy is imported only by what needs it: each row is a Python of its own."""

import subprocess
import sys

import pytest

FRAMEWORKS = {"keras", "tensorflow", "matplotlib"}
HEAVY = FRAMEWORKS | {"numpy", "pandas", "sklearn"}
WIDGETS = {"anywidget", "ipywidgets", "keras", "tensorflow"}


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import course_utils, course_utils.plots, course_utils.data.downloads", HEAVY),
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
