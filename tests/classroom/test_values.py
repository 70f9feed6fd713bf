"""Values, choices and explanations: right is accepted, each known mistake gets its own hint.

``replies.csv`` has what a student types behind the key in ``check("...", here)``, the state of the
reply, and words of its message: by hand, so that a wrong answer of the course's own is found out.
Some keys are of exercises made for this, in ``own.toml``.
"""

import csv
import os
import re
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from course_utils.classroom import check, find_exercise, keys
from course_utils.classroom.choices import Explain
from course_utils.classroom.exercises.loading import _load, _numbers
from course_utils.classroom.value import Value

VALUES = [key for key in keys() if isinstance(find_exercise(key), Value)]
CHOICES = [key for key in keys() if len(getattr(find_exercise(key), "scenes", ())) == 1]
EXPLAINS = [key for key in keys() if isinstance(find_exercise(key), Explain)]


@pytest.mark.parametrize("key", VALUES)
def test_the_right_answer_is_explained_and_each_mistake_gets_its_own_hint(key):
    exercise = find_exercise(key)
    for blank in (..., None, "", "  "):
        feedback = check(key, blank)
        assert (feedback.state, feedback.correct) == ("blank", False)
    assert repr(check(key)) == repr(feedback)
    assert exercise.why in repr(check(key, exercise.answer))
    known = exercise.known_mistakes()
    values = [value for value, _ in known]
    assert exercise.answer not in values
    assert len(set(values)) == len(values) > 0
    for value, hint in known:
        feedback = check(key, value)
        assert (feedback.state, hint in feedback.message) == ("wrong", True)
        # With stride 2, padding 3 and a remainder two slips meet: the reply names both.
        assert " Or: " not in hint or value == (111, 111, 64)


@pytest.mark.parametrize("key", VALUES)
def test_no_wrong_answer_gives_the_right_one_away(key):
    exercise = find_exercise(key)
    given = {int: 987_654_321, float: 987_654_321.5, tuple: (9, 8, 7, 6, 5), str: "???"}
    feedback = check(key, given[type(exercise.answer)])
    assert feedback.state == "wrong"
    if not isinstance(exercise.answer, tuple):
        assert exercise.next_step in feedback.message
    text = isinstance(exercise.answer, str | tuple)
    secret = repr(exercise.answer) if text else f"{exercise.answer:,}"
    if len(secret) > 2:  # "0" or "10" may stand in any sentence
        hints = [exercise.question, *exercise.hints, *(hint for _, hint in exercise.mistakes)]
        assert all(secret not in hint for hint in hints)


@pytest.mark.parametrize("key", CHOICES)
def test_each_choice_has_its_reason(key):
    exercise = find_exercise(key)
    letters = "ABCD"[: len(exercise.plans)]
    replies = [check(key, letter) for letter in letters]
    (right,) = (at for at, reply in enumerate(replies) if reply.state == "right")
    assert len({reply.message for reply in replies}) == len(letters)
    assert check(key, f" {letters[right].lower()}) ")
    for text in exercise.plans:
        assert text in check(key).message
        assert all(text in reply.question for reply in replies if not reply)
    assert check(key, list(exercise.plans)[right])


@pytest.mark.parametrize("key", EXPLAINS)
def test_a_model_answer_is_shown_only_to_who_has_written(key):
    exercise = find_exercise(key)
    vague = "Purple elephants rarely dance quietly under enormous yellow umbrellas."
    unsure = "I really do not know why this might be, because nobody told me."
    for short in ("because", "no no no no no no no no", exercise.question, vague, unsure):
        reply = check(key, short)
        assert not reply
        assert exercise.model not in repr(reply)
    reply = check(key, exercise.model)
    assert reply
    assert "I did not find" not in reply.message  # the model answer has every idea
    assert check(key, 3).state == "unreadable"
    question = exercise.question.lower()  # who repeats it has no idea yet
    assert not [sign for sign in exercise.ideas.values() if re.search(rf"\b(?:{sign})", question)]


class Evil:
    """Raises whatever one asks of it."""

    def __getattribute__(self, *others):
        raise RuntimeError

    __iter__ = __eq__ = __getattribute__
    __hash__ = None


class Quits:
    """Ends Python when it is asked for a number."""

    def __float__(self):
        raise SystemExit

    def __iter__(self):
        raise GeneratorExit

    __repr__ = __float__


TYPES = {"np": np, "tf": tf, "keras": keras, "Decimal": Decimal, "Fraction": Fraction}
TYPES |= {"os": os, "sys": sys, "Evil": Evil, "Quits": Quits}
with Path(__file__).with_name("replies.csv").open(encoding="utf-8", newline="") as file:
    REPLIES = list(csv.reader(file))[1:]


@pytest.mark.parametrize(("key", "given", "state", "words"), REPLIES)
def test_a_reply_is_as_typed(key, given, state, words, capsys):
    own = _load(Path(__file__).with_name("own.toml"))

    def ask(*answer):
        return own[key].check(*answer) if key in own else check(key, *answer)

    reply = eval(f"ask({given})", TYPES | {"ask": ask})
    assert (reply.state, words in reply.message) == (state, True), reply
    assert capsys.readouterr() == ("", "")


ONE_OF_EACH = [
    *("lenet5.c3.weights", "lab.first_loss", "lab.pool2.shape", "worth.undecided", "lab.model"),
    *("sizes.output_size", "images.kernel", "batch_norm.predict", "learning.order"),
    *("transfer_principles.corners", "lab.why_validation", "transfer_principles.freeze"),
]
ANYTHING = Path(__file__).with_name("anything.txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize("key", ONE_OF_EACH)
@pytest.mark.parametrize("given", ANYTHING)
def test_check_never_raises(key, given):
    reply = eval(f"check({key!r}, {given})", TYPES | {"check": check})
    assert reply.state in ("wrong", "unreadable", "right", "blank")
    assert "Traceback" not in repr(reply)
    assert len(reply.message) < 700


def test_every_answer_is_typed():
    forms = {"number", "shape", "word", "choose", "order"}
    asked = {key for key in keys() if find_exercise(key).form in forms}
    assert asked <= {key for key, _, state, _ in REPLIES if state == "right"}


NAMES = [f"student {number}" for number in range(12)]
VARYING = [key for key in keys() if find_exercise(key, "").varies]


def test_the_same_name_has_the_same_numbers_and_others_have_others():
    choices = {"side": range(100), "kernel": (3, 5, 7)}
    drawn = [_numbers("a.b", name, choices) for name in NAMES]
    assert drawn == [_numbers("a.b", name.upper() + " ", choices) for name in NAMES]
    assert len({one["side"] for one in drawn}) > 8
    assert _numbers("a.b", "ada", choices) != _numbers("a.c", "ada", choices)
    assert len(VARYING) >= 3


@pytest.mark.parametrize("key", VARYING)
def test_a_check_is_of_ones_own_numbers_and_a_class_is_counted_together(key, monkeypatch):
    monkeypatch.delenv("COURSE_STUDENT", raising=False)
    printed = find_exercise(key, "")
    assert find_exercise(key) is printed is find_exercise(key, "  ")
    answers = set()
    for name in NAMES:
        monkeypatch.setenv("COURSE_STUDENT", name)
        own = find_exercise(key)
        answers.add(own.answer)
        assert own.question in check(key).message
        assert own == find_exercise(key, name)
        assert check(key, own.answer)
        assert bool(check(key, printed.answer)) is (own.answer == printed.answer)
        # A mistake has the same words whatever the numbers are.
        assert {hint for _, hint in own.mistakes} == {hint for _, hint in printed.mistakes}
        for wrong, hint in own.known_mistakes():
            reply = check(key, wrong)
            assert not reply
            assert reply.mistake == hint
    assert len(answers) > 2
