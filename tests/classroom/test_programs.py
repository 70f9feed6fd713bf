"""Exercises that ask for a function or a model: right and wrong ones, and those that could hurt.

Files have what nobody wrote into the exercises: ``wrong_programs.toml``, ``cells.toml``,
``endless.toml``, ``right_programs.toml``, ``wrong_models.toml`` (changes of the course's own).
Short ones are in ``replies.csv``.
"""

import csv
import linecache
import math
import os
import subprocess
import sys
import time
import tomllib
from fractions import Fraction
from pathlib import Path

import keras
import numpy as np
import pytest

from course_utils.classroom import check, find_exercise, keys
from course_utils.classroom.comparing import _plain, _same
from course_utils.classroom.keras_models import Debug
from course_utils.classroom.programs import Code, _Program
from course_utils.classroom.running import _run

PROGRAMS = [key for key in keys() if isinstance(find_exercise(key), _Program)]
CODE = [key for key in PROGRAMS if isinstance(find_exercise(key), Code)]


def toml(name):
    return tomllib.loads(Path(__file__).with_name(name).read_text("utf-8"))


def reply(key, program):
    """What is said to a change of the course's own, or to what it gives where that is asked for."""
    exercise = find_exercise(key)
    found = exercise.made(program)
    asked = exercise.adapt is None if isinstance(exercise, Code) else exercise.inputs
    return check(key, found if asked else found())


# What is broken in some is what Keras warns of.
@pytest.mark.filterwarnings("ignore:The model does not have any trainable weights")
@pytest.mark.filterwarnings("ignore:You are using a softmax over axis -1")
@pytest.mark.parametrize("key", PROGRAMS)
def test_the_courses_own_is_right_and_each_wrong_one_is_recognised(key):
    exercise = find_exercise(key)
    assert reply(key, exercise.program), check(key)
    assert exercise.name in exercise.solution
    wrong = exercise.wrong if isinstance(exercise, Code) else ()
    assert len(wrong) >= 3 * isinstance(exercise, Code)
    for old, new, sentence in wrong:
        assert old in exercise.program, old
        said = reply(key, exercise.program.replace(old, new))
        assert (said.state, said.message[-len(sentence) :]) == ("wrong", sentence), new
    if isinstance(exercise, Debug):
        assert exercise.broken.strip() in check(key).message
        said = reply(key, exercise.broken)
        assert (said.state, "does not learn" in said.message) == ("wrong", True)
        assert exercise.broken.strip() in said.question


# Worked out by hand, so that a wrong program of the course's own is found out.
with Path(__file__).with_name("by_hand.csv").open(encoding="utf-8", newline="") as file:
    BY_HAND = list(csv.reader(file))[1:]


@pytest.mark.parametrize(("key", "inputs", "gives"), BY_HAND)
def test_the_courses_own_program_agrees_with_a_hand(key, inputs, gives):
    names = {"program": find_exercise(key).function(), "array": np.array, "np": np}
    assert _same(_plain(eval(f"program({inputs})", names)), _plain(eval(gives)))


def test_every_program_was_worked_out_by_hand():
    assert set(CODE) == {key for key, *_ in BY_HAND}


ENDLESS, RIGHT = toml("endless.toml"), toml("right_programs.toml")
CHANGED = toml("wrong_models.toml")
WRONG = {"<string>": toml("wrong_programs.toml"), "<cell>": toml("cells.toml")}


def written(program, file="<string>"):
    """What a student has written, in a file of programs."""
    windows = np.lib.stride_tricks.sliding_window_view
    names = {"np": np, "math": math, "Fraction": Fraction, "windows": windows, "keras": keras}
    text = program if "def f" in program else f"f = {program}"
    exec(compile(text, file, "exec"), names)
    return names["f"]


@pytest.mark.parametrize("name", ENDLESS)
def test_what_does_not_end_is_stopped(name):
    program = written(ENDLESS[name])
    begun, traced, out = time.monotonic(), sys.gettrace(), sys.stdout
    done = _run(program, [1], seconds=0.3)
    assert done.stopped
    assert "does not come to an end" in done.problem
    assert time.monotonic() - begun < 20  # a busy machine stops it later
    assert (sys.gettrace(), sys.stdout) == (traced, out)
    running = {frame.f_code for frame in sys._current_frames().values()}
    # It has ended, or it sleeps in what was thrown at it.
    assert name == "asleep" or program.__code__ not in running


def test_an_answer_has_five_seconds():
    begun, clock = time.process_time(), time.monotonic()
    said = check("sizes.output_size", written(ENDLESS["loop"])).message
    if "stopped after 20 seconds" in said:  # others have had the processor
        assert time.monotonic() - clock > 19
    else:
        assert "stopped after 5 seconds of computing" in said
        assert 4.9 < time.process_time() - begun < 9


def test_seconds_in_which_others_compute_do_not_count():
    busy = "while True: pass"
    others = [subprocess.Popen([sys.executable, "-c", busy]) for _ in range(3 * os.cpu_count())]
    try:
        assert _run(lambda: sum(range(10**6)), [], seconds=1.5).value
        assert _run(lambda: time.sleep(2) or 1, [], seconds=1).value
    finally:
        for one in others:
            one.kill()
            one.wait()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it would take 80 GB")
def test_too_large_a_list_is_a_sentence():
    assert "MemoryError" in check("sizes.output_size", lambda *_: [0] * 10**10).message
    assert "MemoryError" in check("sizes.output_size", lambda *_: print("x" * 10**11)).message


@pytest.mark.parametrize(("file", "key"), [(file, key) for file in WRONG for key in WRONG[file]])
def test_a_wrong_program_is_told_by_what_it_gives_and_changes_nothing(file, key):
    """In a cell, as in Jupyter, its lines are known, and the wrong one is named."""
    limit = sys.getrecursionlimit()
    for words, program in WRONG[file][key].items():
        if file == "<cell>":
            linecache.cache[file] = (1, None, program.splitlines(keepends=True), file)
        said = check(key, written(program, file))
        assert (said.state, words in said.message) == ("wrong", True), (words, said.message)
        assert len(said.message) < 500
        assert (sys.modules["numpy"], sys.getrecursionlimit()) == (np, limit)


@pytest.mark.parametrize("key", RIGHT)
def test_other_right_programs_are_right(key):
    for program in RIGHT[key]:
        assert check(key, written(program)), program


@pytest.mark.parametrize("key", CHANGED)
def test_a_wrong_model_gets_its_sentence(key):
    program = find_exercise(key).program
    for old, new, *words in CHANGED[key]:
        assert old in program
        said = reply(key, program.replace(old, new))
        assert said.state == ("wrong" if words else "right"), new
        assert all(one in said.message for one in words), (new, said.message)


class Lab(keras.Model):
    """The network of the lab as a class: one pooling and one ReLU serve several times."""

    relu = True

    def __init__(self):
        super().__init__()
        self.dense, self.pool = keras.layers.Dense(10), keras.layers.MaxPooling2D(2)
        self.first = keras.layers.Conv2D(16, 5, padding="same")
        self.second = keras.layers.Conv2D(32, 5, padding="same")
        self.after = keras.layers.ReLU()

    def call(self, x, training=False):
        for convolution in (self.first, self.second):
            x = convolution(x)
            x = self.pool(self.after(x) if self.relu else x)
        return keras.ops.softmax(self.dense(keras.layers.Flatten()(x)))


def test_a_class_of_ones_own_is_looked_into():
    assert check("lab.model", Lab())
    blind = Lab()
    blind.relu = False
    assert "A ReLU follows" in check("lab.model", blind).message
    blind.first = None
    assert "TypeError" in check("lab.model", blind).message
