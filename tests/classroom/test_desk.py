"""What a student can ask: check never raises; hints, solutions, progress; several in a cell."""

import math
from decimal import Decimal

import keras
import numpy as np
import pytest
import tensorflow as tf
from IPython.core.interactiveshell import InteractiveShell

from course_utils import check, hint, progress, solution
from course_utils.classroom import diary, find_exercise, keys
from course_utils.classroom.exercise import Feedback

KINDS = [
    *("lenet5.c3.weights", "lab.first_loss", "lab.pool2.shape", "worth.undecided", "lab.model"),
    *("sizes.output_size", "images.kernel", "batch_norm.predict", "learning.order"),
    *("transfer_principles.corners", "lab.why_validation", "transfer_principles.freeze"),
]


class Evil:
    """Raises whatever one asks of it."""

    def __getattribute__(self, name):
        raise RuntimeError(name)

    def __iter__(self):
        raise RuntimeError

    def __eq__(self, other):
        raise RuntimeError

    __hash__ = None


class Quits:
    """Ends Python when it is asked for a number."""

    def __float__(self):
        raise SystemExit

    def __iter__(self):
        raise GeneratorExit

    __repr__ = __float__


@pytest.fixture
def own_file(tmp_path, monkeypatch):
    assert diary.place() is None, "tests, and notebooks that are tested, keep no progress"
    path = tmp_path / "progress.json"
    monkeypatch.setenv("COURSE_PROGRESS", str(path))
    monkeypatch.setattr(diary, "_entries", {})
    return path


GIVEN = [
    *[(2, 416), (28, 28, 6), ((10**400, 1, 1),), ({},), ({1: 2},), ([],), (None, None)],
    *[(10**400,), (-(2**1280),), (math.nan,), (-math.inf,), (Decimal("NaN"),), (1j,), (True,)],
    *[("6*26",), ("2.416.000,5",), ("1e999",), ("🐘",), ("x" * 5000,), (b"28",)],
    *[(tf.constant(156),), (tf.constant([[1.0]]),), (keras.Variable(3.75),), (np.array("x"),)],
    *[(np.array([156]),), (np.zeros((2, 3)),), (keras.layers.Dense(3),), (keras.Sequential(),)],
    *[(keras.Input((3, 3, 1)),), (iter(int, 1),), (range(10**9),), (print,), (int,), (object(),)],
    *[(Evil(),), (Quits(),), (type("X" * 5000, (), {})(),)],
]


@pytest.mark.parametrize("key", KINDS)
@pytest.mark.parametrize("given", GIVEN, ids=lambda given: type(given[0]).__name__[:20])
def test_check_never_raises(key, given):
    reply = check(key, *given)
    assert reply.state in ("wrong", "unreadable", "right", "blank")
    assert "Traceback" not in repr(reply)
    assert len(reply.message) < 700


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
    answer = getattr(exercise, "answer", None)
    if isinstance(answer, int) and answer > 999:
        assert not any(f"{answer:,}" in one for one in said)


def test_what_is_no_key_is_told():
    for given in ((2416,), (None, [1])):
        assert "names the exercise" in check(*given).message


def test_a_solution_comes_after_a_try_or_when_asked_twice(own_file):
    assert "Try it once yourself" in solution("lenet5.c3.weights").message
    assert "1,100" in solution("lenet5.c3.weights").message
    check("lenet5.c3.macs", 150)
    assert "155,520" in solution("lenet5.c3.macs").message
    check("sizes.output_size", 3)  # unreadable: no try
    assert "def output_size" not in solution("sizes.output_size").message
    assert "def output_size" in solution("sizes.output_size").message


def test_progress_is_kept_in_one_small_file(own_file):
    assert not own_file.exists()
    check("lenet5.c3.weights")
    assert not own_file.exists()  # a question is no try
    check("lenet5.c3.weights", 1080)
    check("lenet5.c3.weights", 1080)
    check("lenet5.c3.weights", 1100)
    check("lenet5.c3.weights", 1100)
    assert diary.read(own_file) == {
        "lenet5.c3.weights": diary.Entry(
            3, True, mistakes={"The bias is forgotten: each filter has one.": 2}
        )
    }
    assert [one.name for one in own_file.parent.iterdir()] == ["progress.json"]
    assert "1 of " in repr(progress("lenet5"))
    assert f"1 of {len(keys())}" in repr(progress())
    assert "■" in repr(progress())
    own_file.unlink()
    assert f"0 of {len(keys())}" in repr(progress())


def test_a_damaged_file_is_begun_anew(own_file):
    broken = '{"exercises": {"lenet5.c3.weights": {"tries": []}}}'
    for text in ("", "{", "[]", '{"exercises": 3}', broken):
        own_file.write_text(text, "utf-8")
        assert not check("lenet5.c3.weights", 1)
        assert diary.read(own_file)["lenet5.c3.weights"].tries == 1


def test_a_place_that_cannot_be_written_is_no_error_and_progress_says_so(own_file, monkeypatch):
    own_file.write_text("a file, no folder", "utf-8")
    monkeypatch.setenv("COURSE_PROGRESS", str(own_file / "progress.json"))
    assert check("lenet5.c3.weights", 1100)
    assert diary.entry("lenet5.c3.weights").done
    assert "cannot be written (" in repr(progress("lenet5"))
    monkeypatch.setenv("COURSE_PROGRESS", str(own_file))
    assert check("lenet5.c3.weights", 1100)
    assert "cannot" not in repr(progress("lenet5"))


def test_all_replies_of_a_cell_speak(capsys):
    shell = InteractiveShell.instance()
    try:
        shell.run_cell("from course_utils import check")
        capsys.readouterr()
        shell.run_cell(
            "check('lenet5.c3.weights', 1080)\nx = check('resnet.zero_block', 3)\n"
            "if check('resnet.zero_block', 1): print('passed')\ncheck('lenet5.dense_side', 249)"
        )
        said = capsys.readouterr().out
        assert said.count("Not yet. (lenet5.c3.weights)") == 1
        assert said.count("Right. (resnet.zero_block)") == 1
        assert said.count("Right. (lenet5.dense_side)") == 1
        assert "passed" not in said
        shell.run_cell("x = check('resnet.zero_block', 3);")
        assert capsys.readouterr().out.count("Right.") == 1
        shell.run_cell("print(check('resnet.zero_block', 3).correct)")
        assert capsys.readouterr().out == "True\n"
        shell.run_cell("print(hint('resnet.zero_block').state, solution, progress)")
        assert "hint <function solution" in capsys.readouterr().out
    finally:
        InteractiveShell.clear_instance()


def test_jupyter_gets_the_same_words_escaped_and_code_as_code():
    shown = Feedback("x", "blank", "Is a < b & `c`?\n```python\nx = 1\n```")._repr_html_()
    assert "<b>? Question.</b> Is a &lt; b &amp; <code>c</code>?" in shown
    assert '<pre style="margin: 6px 0">x = 1\n</pre>' in shown
    emphasised = Feedback("x", "blank", "On the *left*, a * b * c, *a* and 2*b*c")._repr_html_()
    assert "On the <em>left</em>, a * b * c, <em>a</em> and 2*b*c" in emphasised
