"""Exercises: blank runs, right is accepted, each known mistake gets its own hint."""

import subprocess
import sys

import numpy as np
import pytest

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
    zoo,
)


def row(layer, shape):
    return Network("one layer", shape, [layer]).rows[0]


PADDED = row(Conv2D(8, 5, padding=2, name="c"), (28, 28, 3))
STRIDED = row(Conv2D(64, 11, strides=4, padding=2, name="c"), (224, 224, 3))  # 55.25: floor
ODD_POOL = row(MaxPooling2D(3, strides=2, name="p"), (56, 56, 64))  # 28.0 with ceil
DENSE = row(Dense(10, name="fc"), (84,))
C1 = output_shape("c1", row(Conv2D(6, 5, name="c"), (32, 32, 1)), "C1")
C3 = row(Conv2D(16, 5, name="c"), (14, 14, 6))
C3_WEIGHTS, C3_MACS = weights("c3", C3, "C3"), macs("c3", C3, "C3")
NO_BIAS = row(Conv2D(32, 5, padding="same", use_bias=False, name="c"), (14, 14, 16))


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
def test_the_right_answer_is_accepted_and_explained(key):
    exercise = find_exercise(key)
    feedback = check(key, exercise.answer)
    assert feedback.correct
    assert exercise.why in repr(feedback)


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


@pytest.mark.parametrize("key", VALUES)
def test_jupyter_gets_the_same_words_escaped(key):
    html = check(key)._repr_html_()
    assert html.startswith("<div")
    assert "<b>? Question.</b>" in html
    assert "<script" not in html


# --- the wrong ways to count ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "word"),
    [
        (2400, "bias is forgotten"),
        (416, "depth is forgotten"),
        (400, "Two things"),
        (2401, "One bias for each filter"),
        (496, "two sides"),
        (2496, "One bias too many"),
        (151, "one filter"),
        (2406, "changed places"),
        (240_000, "multiply-adds"),
        (241_600, "shared"),
        (3, "Count one filter first"),
    ],
)
def test_hints_about_the_weights_of_c3(given, word):
    assert word in C3_WEIGHTS.check(given).message


@pytest.mark.parametrize(
    ("shown", "given", "word"),
    [
        (PADDED, (24, 24, 8), "padding is forgotten"),
        (PADDED, (26, 26, 8), "it counts twice"),
        (PADDED, (8, 28, 28), "order"),
        (PADDED, (28, 28, 3), "each filter makes one map"),
        (PADDED, (28, 28, 24), "do not multiply the depth"),
        (PADDED, (27, 27, 8), "+ 1 is forgotten"),
        (STRIDED, (56, 56, 64), "Round down"),
        (STRIDED, (218, 218, 64), "stride is forgotten"),
        (ODD_POOL, (28, 28, 64), "Round down"),
        (ODD_POOL, (54, 54, 64), "stride is forgotten"),
        (ODD_POOL, (27, 27), "third number"),
    ],
)
def test_hints_about_shapes(shown, given, word):
    feedback = output_shape("x", shown, "it").check(given)
    assert feedback.state == "wrong"
    assert word in feedback.message


@pytest.mark.parametrize(
    ("given", "word"),
    [
        (480_000, "flops"),
        (241_600, "biases are additions"),
        (2_400, "At how many positions"),
        (2_416, "How often"),
        (40_000, "depth is forgotten"),
        (15_000, "one filter"),
        (14 * 14 * 2400, "position of the output, not of the input"),
    ],
)
def test_hints_about_multiply_adds(given, word):
    assert word in C3_MACS.check(given).message


@pytest.mark.parametrize(
    ("given", "word"),
    [
        (840, "bias is forgotten"),
        (841, "One bias for each unit"),
        (11 * 84, "not to its inputs"),
        (94, "multiply"),
        (85, "one unit"),
    ],
)
def test_hints_about_a_dense_layer(given, word):
    assert word in weights("x", DENSE, "it").check(given).message


def test_a_layer_without_bias_knows_the_bias_that_is_not_there():
    exercise = weights("x", NO_BIAS, "it")
    assert exercise.check(NO_BIAS.params).correct
    assert "has no bias" in exercise.check(NO_BIAS.params + 32).message
    assert "without bias" in exercise.question


def test_batch_normalisation_has_two_learned_and_two_stored_numbers_per_channel():
    exercise = weights("x", row(BatchNormalization(name="bn"), (28, 28, 16)), "it")
    assert exercise.check(64).correct
    assert "stored" in exercise.check(32).message
    assert exercise.check(16).state == "wrong"


@pytest.mark.parametrize(
    "layer",
    [
        Conv2D(8, (3, 5), strides=(2, 1), padding="same", groups=2),
        Conv2D(4, 3, dilation_rate=2),
        DepthwiseConv2D(3, padding="same"),
        AveragePooling2D(2),
        Dense(3),
    ],
    ids=lambda layer: layer.kind,
)
def test_every_layer_kind_can_be_asked_about(layer):
    shown = row(layer, (12, 12, 4) if layer.kind != "Dense" else (12,))
    for exercise, answer in (
        (output_shape("x", shown, "it"), shown.output_shape),
        (weights("x", shown, "it"), shown.params),
        (macs("x", shown, "it"), shown.macs),
    ):
        assert exercise.check().state == "blank"
        assert exercise.check(answer).correct
        assert all(
            exercise.check(value).message.endswith(hint)
            for value, hint in exercise.known_mistakes()
        )


# --- what may be typed ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        2416,
        2416.0,
        np.int64(2416),
        np.float32(2416),
        np.array(2416),
        "2416",
        " 2,416 ",
        "2 416",
        "2_416",
    ],
)
def test_a_number_may_be_written_in_many_ways(answer):
    assert C3_WEIGHTS.check(answer).correct


@pytest.mark.parametrize(
    "answer",
    [
        *[(28, 28, 6), [28, 28, 6], np.array([28, 28, 6]), (None, 28, 28, 6), (28.0, 28, 6)],
        *["(28, 28, 6)", "28 x 28 x 6", "28×28×6", "28, 28, 6"],
    ],
)
def test_a_shape_may_be_written_in_many_ways(answer):
    assert C1.check(answer).correct


@pytest.mark.parametrize(
    ("exercise", "answer", "word"),
    [
        (C3_WEIGHTS, True, "a bool"),
        (C3_WEIGHTS, [2416], "a list"),
        (C3_WEIGHTS, print, "put () behind its name"),
        (C3_WEIGHTS, "many", "cannot read 'many'"),
        (C3_WEIGHTS, float("nan"), "ordinary number"),
        (C3_WEIGHTS, 1j, "a complex"),
        (C3_WEIGHTS, 77.5, "a whole number"),
        (C1, 28, "3 numbers in parentheses"),
        (C1, (27.5, 27.5, 6), "Round down"),
        (C1, print, "3 numbers in parentheses"),
        (C1, (28, "wide", 6), "cannot read 'wide'"),
        (C1, {28, 6}, "you gave a set"),
        (C1, b"28", "you gave a bytes"),
        (C1, int, "you gave a class"),
        (C3_WEIGHTS, "2416²", "cannot read"),
        (C3_WEIGHTS, "9" * 5000, "too large"),
        (C3_WEIGHTS, (24, 16, 1.5), "you gave 3"),
        (C3_WEIGHTS, (12, 12), "Or are the commas inside of one?"),
    ],
)
def test_an_answer_of_the_wrong_kind_gets_a_kind_sentence(exercise, answer, word):
    feedback = exercise.check(answer)
    assert feedback.state == "unreadable"
    assert word in feedback.message


def test_a_choice_ignores_case_and_spaces():
    exercise = Value("x", "Which?", "conv2", "Because.", "Look.", [("fc1", "It has weights.")])
    assert exercise.check(" Conv2 ").correct
    assert "It has weights." in exercise.check("FC1").message
    assert exercise.check(3).message == "The answer is a word in quotes; you gave an int."
    assert len(exercise.check("conv" * 5000).message) < 80
    assert "word in quotes" in exercise.check().message


def test_a_measured_number_may_be_rounded():
    exercise = Value("x", "How much?", 0.0417, "Share.", "Divide.", tolerance=0.01)
    assert exercise.check(0.042).correct
    assert exercise.check(0.05).state == "wrong"


def test_a_count_may_not_be_rounded():
    exercise = Value("x", "How many?", 2416, "Count.", "Count.")
    assert exercise.check(2416).correct
    assert "but rounded. It is a count" in exercise.check(2420).message
    assert "Right as far as it goes" in exercise.check(2400).message


@pytest.mark.parametrize(
    ("key", "given", "words"),
    [
        ("start.megabytes", 47_040_000, ("float32 has 4", "a million times too large")),
        ("lenet5.c3.macs", 311.04, ("flops", "in thousands")),
        ("resnet.separable.macs", 115_600_000, ("ordinary convolution",)),
        ("worth.momentum", 99.53, ("percent",)),
        ("lab.fc.weights", 1568, ("a number of the question itself", "Count one unit")),
        ("filters.occlusion", 22, ("28 - 6",)),
        ("resnet.vit.tokens", 48, ("3 * 16",)),
        ("resnet.bottleneck.weights", 69_440, ("less than 3% away",)),
        ("images.stem.shape", (110, 110, 64), ("Right so far: channels",)),
    ],
)
def test_a_mistake_that_nobody_wrote_down_is_told_by_its_number(key, given, words):
    message = check(key, given).message
    assert all(word in message for word in words), message


@pytest.mark.parametrize("key", ["lenet5.c3.weight", "lenet5.c3", "lenet.c3.weights"])
def test_an_unknown_key_lists_the_nearest(key):
    reply = check(key, 1)
    assert reply.state == "unreadable"
    assert f"There is no exercise {key!r}. Did you mean lenet5.c3." in reply.message


def test_a_key_of_another_planet_is_no_error():
    assert check("zzz", 1).message == "There is no exercise 'zzz'."
    assert "names the exercise" in check(2416).message
    assert "names the exercise" in check(None, [1]).message
    assert check(" LeNet5.C3.weights ", 1100)


def test_keys_start_with_their_module():
    modules = {key.partition(".")[0] for key in keys()}
    assert "lenet5" in modules
    assert all(find_exercise(key).key == key for key in keys())


def test_a_check_needs_neither_numpy_nor_keras():
    code = (
        "import sys; from course_utils import check; print(check('lenet5.c3.weights', 1080));"
        "assert not {'numpy', 'keras', 'matplotlib'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Not yet. (lenet5.c3.weights) 1,080? The bias is forgotten")


def test_the_lectures_total_is_the_calculators():
    assert zoo.lenet5().totals.params == 61_706
    assert find_exercise("lenet5.dense_side").answer == 249
