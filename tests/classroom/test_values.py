"""Values: blank runs, right is accepted, each known mistake gets its own hint.

``replies.csv`` has what a student types behind the key in ``check("...", here)``, the state of the
reply, and words of its message: by hand, so that a wrong answer of the course's own is found out.
"""

import csv
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from course_utils.classroom import check, find_exercise, keys
from course_utils.classroom.layers import macs, output_shape, weights
from course_utils.classroom.value import Value
from course_utils.costs import (
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    MaxPooling2D,
    Network,
)

VALUES = [key for key in keys() if isinstance(find_exercise(key), Value)]

# --- all exercises of the course ------------------------------------------------------------


@pytest.mark.parametrize("key", VALUES)
def test_a_blank_asks_the_question(key):
    exercise = find_exercise(key)
    for blank in (..., None, "", "  "):
        feedback = check(key, blank)
        assert feedback.state == "blank"
        assert exercise.question in repr(feedback)
        assert not feedback.correct
    assert repr(check(key)) == repr(check(key, ...))


@pytest.mark.parametrize("key", VALUES)
def test_the_right_answer_is_explained(key):
    exercise = find_exercise(key)
    assert exercise.why in repr(check(key, exercise.answer))


@pytest.mark.parametrize("key", VALUES)
def test_each_known_mistake_gets_its_own_hint(key):
    exercise = find_exercise(key)
    known = exercise.known_mistakes()
    assert known
    values = [value for value, _ in known]
    assert exercise.answer not in values
    assert len(set(values)) == len(values)
    for value, hint in known:
        feedback = check(key, value)
        assert feedback.state == "wrong"
        assert hint in feedback.message


def grouped(answer):
    """The answer as a text would write it."""
    return repr(answer) if isinstance(answer, str | tuple) else f"{answer:,}"


@pytest.mark.parametrize("key", VALUES)
def test_no_wrong_answer_gives_the_right_one_away(key):
    exercise = find_exercise(key)
    given = {int: 987_654_321, float: 987_654_321.5, tuple: (9, 8, 7, 6, 5), str: "???"}
    feedback = check(key, given[type(exercise.answer)])
    assert feedback.state == "wrong"
    if not isinstance(exercise.answer, tuple):
        assert exercise.next_step in feedback.message
    secret = grouped(exercise.answer)
    if len(secret) > 2:  # "0" or "10" may stand in any sentence
        hints = [exercise.question, exercise.next_step, *(hint for _, hint in exercise.mistakes)]
        assert all(secret not in hint for hint in hints)


def test_jupyter_gets_the_same_words_escaped():
    html = Value("x", "Is a < b & c?", 1, "So.", "Try.").check()._repr_html_()
    assert "<b>? Question.</b>" in html
    assert "a &lt; b &amp; c?" in html


# --- what may be typed ----------------------------------------------------------------------


def about(ask, layer, *shape):
    """An exercise about one layer."""
    return ask("x", Network("one layer", shape, [layer]).rows[0], "it")


STRIDED = Conv2D(64, 11, strides=4, padding=2)  # 55.25: floor
ODD_POOL = MaxPooling2D(3, strides=2)  # 28.0 with ceil
OWN = {
    "c1 shape": about(output_shape, Conv2D(6, 5), 32, 32, 1),
    "c3 weights": about(weights, Conv2D(16, 5), 14, 14, 6),
    "c3 macs": about(macs, Conv2D(16, 5), 14, 14, 6),
    "padded shape": about(output_shape, Conv2D(8, 5, padding=2), 28, 28, 3),
    "strided shape": about(output_shape, STRIDED, 224, 224, 3),
    "odd pool shape": about(output_shape, ODD_POOL, 56, 56, 64),
    "dense weights": about(weights, Dense(10), 84),
    "no bias weights": about(weights, Conv2D(32, 5, padding="same", use_bias=False), 14, 14, 16),
    "batch norm weights": about(weights, BatchNormalization(), 28, 28, 16),
    "word": Value("x", "Which?", "conv2", "Because.", "Look.", [("fc1", "It has weights.")]),
    "measured": Value("x", "How much?", 0.0417, "Share.", "Divide.", tolerance=0.01),
    "count": Value("x", "How many?", 2416, "Count.", "Count."),
}
TYPES = {"np": np, "tf": tf, "keras": keras, "Decimal": Decimal, "Fraction": Fraction}
with Path(__file__).with_name("replies.csv").open(encoding="utf-8", newline="") as file:
    REPLIES = list(csv.reader(file))[1:]


@pytest.mark.parametrize(("key", "given", "state", "words"), REPLIES)
def test_a_reply_is_as_typed(key, given, state, words):
    def ask(*answer):
        return OWN[key].check(*answer) if key in OWN else check(key, *answer)

    reply = eval(f"ask({given})", TYPES | {"ask": ask})
    assert (reply.state, words in reply.message) == (state, True), reply


LAYERS = [
    *(Conv2D(8, (3, 5), strides=(2, 1), padding="same", groups=2), Conv2D(4, 3, dilation_rate=2)),
    *(DepthwiseConv2D(3, padding="same"), AveragePooling2D(2), Dense(3)),
]


def test_every_answer_is_typed():
    kinds = {"number", "shape", "word", "choose", "order"}
    asked = {key for key in keys() if find_exercise(key).kind in kinds}
    assert asked <= {key for key, _, state, _ in REPLIES if state == "right"}


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.kind)
def test_every_layer_kind_can_be_asked_about(layer):
    shape = (12,) if layer.kind == "Dense" else (12, 12, 4)
    (row,) = Network("one layer", shape, [layer]).rows
    answers = {output_shape: row.output_shape, weights: row.params, macs: row.macs}
    for ask, answer in answers.items():
        exercise = about(ask, layer, *shape)
        assert exercise.check().state == "blank"
        assert exercise.check(answer).correct
        assert all(
            exercise.check(value).message.endswith(hint)
            for value, hint in exercise.known_mistakes()
        )


def test_what_is_no_key_is_told():
    for given in ((2416,), (None, [1])):
        assert "names the exercise" in check(*given).message
