"""Files of exercises: what is written badly is told in one sentence, with the file and the key."""

import inspect
import re
import tomllib
from pathlib import Path

import pytest

from course_utils.classroom.exercises import _FILES, keys
from course_utils.classroom.exercises.loading import _FORMS, _load
from course_utils.classroom.expressions import _ExerciseFileError
from tests import golden

HERE = Path(__file__).parent
GOOD = (HERE / "music.toml").read_text("utf-8")
BAD = tomllib.loads((HERE / "badly_written.toml").read_text("utf-8"))["rows"]
BAD += [(GOOD, '[exercise]\nkey = "music.f"', "toml: [[exercise]] stands in double brackets.")]


def read(folder, text):
    folder.mkdir(exist_ok=True)
    path = folder / "07_music.toml"
    path.write_text(text, "utf-8")
    return _load(path)


def test_what_is_read(tmp_path):
    """``music.txt`` has what is asked of those in ``music.toml``; one has names of its own."""
    own = 'next_step = "Try."\nnames.side = 32\nnames.places = "side - kernel"\n'
    text = GOOD.replace('next_step = "Try."', own + "varies.side = [40, 50]")
    varying = read(tmp_path / "own", text.replace("side - kernel + 1", "places + 1"))["music.width"]
    exercises = read(tmp_path, GOOD)
    names = {"width": exercises["music.width"], "f": exercises["music.f"], "varying": varying}
    golden.calls(HERE / "music.txt", lambda call: repr(eval(call, names)))


@pytest.mark.parametrize(("old", "new", "said"), BAD)
def test_a_mistake_is_told_with_its_place(tmp_path, old, new, said):
    assert old in GOOD
    with pytest.raises(_ExerciseFileError, match=rf"^(?=07_music\.toml).*{re.escape(said)}.*$"):
        read(tmp_path, GOOD.replace(old, new, 1))


def test_the_readme_has_an_example_and_every_form_with_its_fields(tmp_path):
    text = (_FILES[0].parent / "README.md").read_text("utf-8")
    _, example, _ = re.split(r"^```(?:toml)?\n", text, flags=re.MULTILINE)
    exercise = read(tmp_path, example.replace("lab.", "music."))["music.last_side"]
    assert exercise.check(7).correct
    assert "there are 2" in exercise.check(14).message
    assert "halves" in exercise.check(24).message
    rows = re.findall(r"^\| (`.*?) \|.*?\| (.*) \|$", text, re.MULTILINE)[1:]
    said = {form: fields for forms, fields in rows for form in re.findall(r"`(\w+)`", forms)}
    assert set(said) == set(_FORMS)
    for form, fields in said.items():
        there = set(inspect.signature(_FORMS[form]).parameters) | {"mended"}
        assert set(re.findall(r"`(\w+)`", fields)) <= there - {"key", "question"}


def test_every_file_of_the_course_is_read():
    assert [key for path in _FILES for key in _load(path)] == keys()
