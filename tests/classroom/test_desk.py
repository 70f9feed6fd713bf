"""What a student can ask: check, hints, solutions, progress; several in a cell."""

import os
import re
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from course_utils import check, hint, progress, solution
from course_utils.classroom import desk, diary, find_exercise, keys, points
from course_utils.classroom.exercise import Feedback
from tests import golden


@pytest.fixture
def own_file(tmp_path, monkeypatch):
    assert diary._place() is None, "tests, and notebooks that are tested, keep no progress"
    path = tmp_path / "progress.json"
    monkeypatch.setenv("COURSE_PROGRESS", str(path))
    monkeypatch.setattr(diary, "_entries", {})
    monkeypatch.setattr(desk, "_solved", set())
    return path


@pytest.mark.parametrize("key", keys())
def test_the_question_stands_in_every_reply_and_hints_go_further(key, own_file):
    exercise = find_exercise(key)
    asked = check(key)
    assert (asked.state, exercise.question in asked.message) == ("blank", True)
    said = [hint(key) for _ in range(len(exercise.hints) + 1)]
    for reply in (check(key, object()), *said):
        assert not reply
        assert exercise.question in repr(reply)
    said = [reply.message.split("\n")[0] for reply in said]
    assert len(set(said)) == len(exercise.hints)
    assert said[-1] == said[-2]


def test_a_conversation(own_file, monkeypatch):
    """``desk.txt`` has what is asked, one after another, and what is said."""

    def damaged(text):
        own_file.write_text(text, "utf-8")
        return check("lenet5.c3.weights", 1).state, diary._entry("lenet5.c3.weights").tries

    names = {"damaged": damaged, "html": lambda text: Feedback("x", "blank", text)._repr_html_()}
    names |= {"check": check, "solution": solution, "progress": progress, "points": points}
    names |= {"diary": diary, "file": own_file}
    names["keep_in"] = lambda path: monkeypatch.setenv("COURSE_PROGRESS", str(path))

    def say(call):
        said = eval(call, names)
        said = said if isinstance(said, str) else repr(said)
        return re.sub(r"\(\w[^()]*\): this is kept", "(why): this is kept", said).splitlines()

    golden.calls(Path(__file__).with_name("desk.txt"), say, {str(own_file): "FILE", os.sep: "/"})
    check("lenet5.c3.weights", 1100)
    assert f"1 of {len(keys())}" in repr(progress())


def test_all_replies_of_a_cell_speak(capsys):
    """``shell.txt`` has cells, and what is shown below each."""
    shell = InteractiveShell.instance()

    def say(cell):
        shell.run_cell(eval(cell))
        return re.sub(r"Out\[\d+\]: |\n+$", "", capsys.readouterr().out).replace("\n", "\n    ")

    try:
        golden.calls(Path(__file__).with_name("shell.txt"), say)
    finally:
        InteractiveShell.clear_instance()
