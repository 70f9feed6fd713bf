"""Exercises that ask for a function: right and wrong programs, and those that could hurt."""

import contextlib
import csv
import math
import os
import sys
import time
import tomllib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from course_utils.classroom import check, find_exercise, keys
from course_utils.classroom.programs import Code, run
from course_utils.classroom.results import plain, same

PROGRAMS = [key for key in keys() if isinstance(find_exercise(key), Code)]


def answer(exercise, program):
    """What a student would hand in: the function, or what it gives where that is asked for."""
    found = exercise.made(program)
    return found() if exercise.adapt else found


@pytest.mark.parametrize("key", PROGRAMS)
def test_the_courses_own_program_is_right(key):
    exercise = find_exercise(key)
    assert check(key, answer(exercise, exercise.program))
    assert exercise.name in exercise.solution
    assert exercise.hints


@pytest.mark.parametrize("key", PROGRAMS)
def test_each_wrong_program_is_recognised(key):
    exercise = find_exercise(key)
    assert len(exercise.wrong) >= 3
    for old, new, sentence in exercise.wrong:
        assert old in exercise.program, old
        reply = check(key, answer(exercise, exercise.program.replace(old, new)))
        assert reply.state == "wrong"
        assert reply.message.endswith(sentence), (new, reply.message)


# Worked out by hand, so that a wrong program of the course's own is found out.
with Path(__file__).with_name("by_hand.csv").open(encoding="utf-8", newline="") as file:
    BY_HAND = list(csv.reader(file))[1:]


@pytest.mark.parametrize(("key", "inputs", "gives"), BY_HAND)
def test_the_courses_own_program_agrees_with_a_hand(key, inputs, gives):
    names = {"program": find_exercise(key).function(), "array": np.array, "np": np}
    assert same(plain(eval(f"program({inputs})", names)), plain(eval(gives)))


def test_every_program_was_worked_out_by_hand():
    assert set(PROGRAMS) == {key for key, *_ in BY_HAND} | {"images.kernel"}
    effect = find_exercise("images.kernel").function()
    assert effect(np.array([[1.0, 2, 5], [2, 2, 9], [0, 0, 0]])).tolist() == [[7.0]]


# --- what could hurt ---------------------------------------------------------------------------


def endless(*_):
    while True:
        pass


def at_last(*_):
    try:
        endless()
    finally:
        endless()


def stubborn(*_):
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue


def asleep(*_):
    time.sleep(60)


def deaf(*_):
    while True:
        with contextlib.suppress(BaseException):
            print("still here")


@pytest.mark.parametrize("program", [endless, stubborn, deaf, at_last, asleep])
def test_what_does_not_end_is_stopped(program):
    begun, traced, out = time.monotonic(), sys.gettrace(), sys.stdout
    done = run(program, [1], seconds=0.3)
    assert done.stopped
    assert "does not come to an end" in done.problem
    assert time.monotonic() - begun < 5
    assert (sys.gettrace(), sys.stdout) == (traced, out)
    running = {frame.f_code for frame in sys._current_frames().values()}
    # It has ended, or it sleeps in what was thrown at it.
    assert program is asleep or program.__code__ not in running


def test_an_answer_has_five_seconds():
    begun = time.monotonic()
    assert "stopped after 5 seconds" in check("sizes.output_size", endless).message
    assert 4 < time.monotonic() - begun < 9


def prints(size, kernel, stride, padding):
    print((size - kernel + 2 * padding) // stride + 1)


def divides(size, kernel, stride, padding):
    return size / 0


class Agrees:
    """Equal to everything."""

    def __eq__(self, other):
        return True

    def __float__(self):
        return 1.0

    __hash__ = None


def leaves(size, kernel, stride, padding):
    sys.exit(1)


@pytest.mark.parametrize(
    ("program", "word"),
    [
        (prints, "give it back with `return`"),
        (divides, "ZeroDivisionError: division by zero, in the line `return size / 0`"),
        (leaves, "end Python"),
        (lambda *_: os._exit(3), "end Python"),
        (lambda *_: input("?"), "input()"),
        (lambda *_: (yield 28), "`yield` gives one"),
        (lambda *_: map(int, "28"), "a map, where"),
        (lambda *_: Agrees(), "it gives 1, and"),
        (lambda *_: 10**5000, "300 digits"),
        (lambda *_: setattr(np, "allclose", lambda *_, **__: True), "changes `numpy.allclose`"),
        (lambda *_: setattr(os, "getcwd", None), "changes `os.getcwd`"),
        (lambda *_: delattr(np, "mean"), "changes `numpy.mean`"),
        (lambda *_: setattr(Code, "judge", lambda *_: ("right", "")), "changes `Code.judge`"),
        (lambda *_: "28", "and it should give 28"),
    ],
)
def test_what_goes_wrong_is_a_sentence(program, word, capsys):
    reply = check("sizes.output_size", program)
    assert reply.state == "wrong"
    assert word in reply.message
    assert capsys.readouterr() == ("", "")


def rewrites(size, kernel, stride, padding):
    """Makes the exercise ask for what it gives."""
    vars(find_exercise("sizes.output_size"))["program"] = "def output_size(*_): return 1"
    sys.modules.pop("numpy")
    sys.setrecursionlimit(10**6)
    return 1


def test_a_program_cannot_rewrite_its_exercise():
    limit = sys.getrecursionlimit()
    assert "it gives 1, and it should give 28" in check("sizes.output_size", rewrites).message
    assert "//" in find_exercise("sizes.output_size").program
    assert (sys.modules["numpy"], sys.getrecursionlimit()) == (np, limit)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it would take 80 GB")
def test_too_large_a_list_is_a_sentence():
    assert "MemoryError" in check("sizes.output_size", lambda *_: [0] * 10**10).message
    assert "MemoryError" in check("sizes.output_size", lambda *_: print("x" * 10**11)).message


def written(program):
    """What a student has written, in a file of programs."""
    windows = np.lib.stride_tricks.sliding_window_view
    names = {"np": np, "math": math, "Fraction": Fraction, "windows": windows}
    exec(program if "def f" in program else f"f = {program}", names)
    return names["f"]


WRONG = tomllib.loads(Path(__file__).with_name("wrong_programs.toml").read_text("utf-8"))


@pytest.mark.parametrize("key", WRONG)
def test_what_nobody_has_written_down_is_told_by_what_it_gives(key):
    for words, program in WRONG[key].items():
        reply = check(key, written(program))
        assert (reply.state, words in reply.message) == ("wrong", True), (words, reply.message)


def right(key):
    return find_exercise(key).function()


@pytest.mark.parametrize("given", [28, "28", lambda size: 1, [1, 2], np.ones(3)])
def test_what_is_no_such_function_is_told(given):
    assert check("sizes.output_size", given).state == "unreadable"


def test_the_first_input_that_fails_is_named_with_both_results():
    message = check("sizes.output_size", lambda s, k, st, p: (s - k + p) // st + 1).message
    assert "`output_size(28, 5, 1, 2)` it gives 26, and it should give 28." in message
    assert "both sides" in message


def test_of_a_large_array_the_first_wrong_number_is_named():
    message = check(
        "batch_norm.normalise", lambda x, g, b, e: right("batch_norm.normalise")(x, 1, 0, e)
    ).message
    assert (
        "`normalise(3 x 2 x 4 x 2 numbers, [3, 0.5], [1, -1], 0.1)` at [0, 0, 0, 0] it" in message
    )
    assert len(message) < 240


def test_inputs_are_copies_and_a_change_is_noticed():
    def shift(image, right):
        image[:, right:] = image[:, : image.shape[1] - right].copy()
        image[:, :right] = 0
        return image

    assert "changes what it is given" in check("augmentation.shift", shift).message
    exercise = find_exercise("augmentation.shift")
    assert exercise.check(exercise.function()).correct


@pytest.mark.parametrize(
    "kernel", [[1, 2], "x", [[1, 2], [3]], np.ones((2, 2)), np.ones((99, 99)), range(10**9), print]
)
def test_a_kernel_of_another_size_is_told(kernel):
    assert check("images.kernel", kernel).state == "unreadable"


def test_dots_are_no_answer_yet():
    reply = check("sizes.output_size", lambda size, kernel, stride, padding: ...)
    assert (reply.state, reply.question) == ("blank", "")
    assert reply.message == "Write `output_size` in the cell, in the place of the dots, and run it."
    assert check("sizes.why_pool", ...).message.startswith("Answer in a sentence")
    assert check("vgg.block", lambda x: ...).state == "blank"


# --- other ways to be right ----------------------------------------------------------------------

RIGHT = tomllib.loads(Path(__file__).with_name("right_programs.toml").read_text("utf-8"))


@pytest.mark.parametrize("key", RIGHT)
def test_other_right_programs_are_right(key):
    for program in RIGHT[key]:
        assert check(key, written(program)), program
