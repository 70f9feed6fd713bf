"""Files of exercises: what is written badly is told in one sentence, with the file and the key."""

import inspect
import re

import pytest

from course_utils.classroom.exercises import FILES, keys, unit
from course_utils.classroom.exercises.loading import KINDS, load
from course_utils.classroom.expressions import ExerciseFileError

GOOD = """
[names]
side = 28
kernel = 5

[[exercise]]
key = "music.width"
kind = "value"
question = \"\"\"
A window of {kernel} slides over
{side} pixels:
```
{side} - {kernel}
  + 1
```
How many places?

Count.
\"\"\"
answer = "side - kernel + 1"
why = "{side:03} {{all}}"
next_step = "Try."

[exercise.mistakes]
"side - kernel" = "That is {side - kernel}."
"""

MISTAKES = GOOD[GOOD.index("[exercise.mistakes]") :]


def read(folder, text):
    path = folder / "07_music.toml"
    path.write_text(text, "utf-8")
    return load(path)


def test_texts_are_joined_and_filled_in(tmp_path):
    exercise = read(tmp_path, GOOD)["music.width"]
    assert exercise.question == (
        "A window of 5 slides over 28 pixels:\n```\n28 - 5\n  + 1\n```\nHow many places?\n\nCount."
    )
    assert exercise.check(24).correct
    assert exercise.check(23).message == "23? That is 23."
    assert exercise.solution == "24. 028 {all}"


def test_own_names_come_before_those_of_the_file_and_may_vary(tmp_path):
    own = 'next_step = "Try."\nnames.side = 32\nnames.places = "side - kernel"\n'
    text = GOOD.replace('next_step = "Try."', own + "varies.side = [40, 50]")
    exercise = read(tmp_path, text.replace("side - kernel + 1", "places + 1"))["music.width"]
    assert exercise.answer == 28
    assert {exercise.varies(name).answer for name in "abcdef"} == {36, 46}


def test_a_text_is_never_an_expression_by_chance(tmp_path):
    program = 'program = "def f(x): return {x}"\nsteps = ["See."]\nwhy = "So."\n'
    code = f"""
[[exercise]]
key = "music.f"
kind = "code"
question = "Write f."
{program}
cases = ["1", "np.ones(2)"]
wrong = [["{{x}}", "[x]", "A set."]]
"""
    exercise = read(tmp_path, code)["music.f"]
    assert exercise.program == "def f(x): return {x}"
    assert exercise.wrong == [("{x}", "[x]", "A set.")]
    assert [len(case) for case in exercise.inputs()] == [1, 1]


MODEL = """
[[exercise]]
key = "music.model"
kind = "model"
question = "Build it."
program = "def model(): return 1"
steps = ["See."]
why = "So."
inputs = "(8, 8, 1)"

[exercise.rules]
'has(model, "Conv2D", 2)' = "Two."
"""


@pytest.mark.parametrize(
    ("text", "old", "new", "said"),
    [
        (GOOD, "answer =", "anwser =", "there is no field 'anwser'; did you mean 'answer'?"),
        (GOOD, 'why = "{side:03} {{all}}"', "", "music.width: the field 'why' is missing."),
        (
            GOOD,
            '"value"',
            '"vaule"',
            "music.width: there is no kind 'vaule'; did you mean 'value'?",
        ),
        (GOOD, '"side - kernel"', '"sid - 5"', "in `sid - 5`: there is no 'sid'; did you mean 'si"),
        (GOOD, "{side - kernel}", "{side - kernels}", "in `side - kernels`: there is no 'kernels'"),
        (GOOD, "side - kernel + 1", "side - / kernel", "in `side - / kernel`: invalid syntax"),
        (GOOD, "side - kernel + 1", "side / (kernel - 5)", "ZeroDivisionError: division by zero"),
        (GOOD, '"That is {side - kernel}."', "23", "width: 23 stands where a text should."),
        (GOOD, "side = 28", 'side = "window(2)"', "toml: in `window(2)`: there is no 'window'"),
        (GOOD, "[names]", "[name]", "toml: there is no field 'name'; did you mean 'names'?"),
        (GOOD, 'kind = "value"', "kind = value", "toml: Invalid value (at line 8, column 8)"),
        (GOOD + GOOD[GOOD.index("[[") :], "", "", "music.width: this key is there twice."),
        (GOOD, "[[exercise]]", "[exercise]", "toml: [[exercise]] stands in double brackets."),
        (
            GOOD,
            'y."',
            'y."\nvaries.sid = [1]',
            "varies: there is no field 'sid'.",
        ),
        (GOOD, MISTAKES, "mistakes = [3]", "'mistakes' is not written as it should be: 'list'"),
        (
            GOOD,
            "- kernel}.",
            "- kernel.",
            "'mistakes' is not written as it should be: expected '}'",
        ),
        (MODEL, "has(", "hass(", ", 2)`: there is no 'hass'; did you mean 'has'?"),
        (MODEL, "(8, 8, 1)", "(8, 8, 1", "music.model: in `(8, 8, 1,`: '(' was never closed"),
        (MODEL, "(8, 8, 1)", "toys()", "there is no 'toys'; did you mean 'toy'?"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path, text, old, new, said):
    assert old in text
    with pytest.raises(ExerciseFileError) as error:
        read(tmp_path, text.replace(old, new, 1))
    assert said in str(error.value)
    assert str(error.value).startswith("07_music.toml")
    assert len(str(error.value).splitlines()) == 1


def test_the_example_of_the_readme_is_an_exercise(tmp_path):
    text = (FILES[0].parent / "README.md").read_text("utf-8")
    _, example, _ = re.split(r"^```(?:toml)?\n", text, flags=re.MULTILINE)
    exercise = read(tmp_path, example.replace("lab.", "music."))["music.last_side"]
    assert exercise.check(7).correct
    assert "there are 2" in exercise.check(14).message
    assert "halves" in exercise.check(24).message


def test_the_readme_has_every_kind_with_its_fields():
    text = (FILES[0].parent / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| (`.*?) \|.*?\| (.*) \|$", text, re.MULTILINE)
    said = {kind: _words(row[1]) for row in rows for kind in _words(row[0])}
    del said["kind"]
    assert set(said) == set(KINDS)
    for kind, fields in said.items():
        there = set(inspect.signature(KINDS[kind]).parameters) | {"mended"}
        assert set(fields) <= there - {"key", "question"}


def _words(cell):
    return re.findall(r"`(\w+)`", cell)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_of_the_course_is_read_and_is_of_its_unit(path):
    found = load(path)
    assert [key for key in keys() if unit(key) == int(path.name[:2])] == list(found)
    (notebook,) = (FILES[0].parents[3] / "notebooks").glob(f"{path.name[:2]}_*.ipynb")
    text = notebook.read_text("utf-8")
    assert all(f'check(\\"{key}\\"' in text for key in found)


def test_no_key_is_there_twice():
    assert sum(len(load(path)) for path in FILES) == len(set(keys())) == len(keys())
