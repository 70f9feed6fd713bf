"""Exercises of notebook 10: the hints that its readers are likeliest to need."""

import keras
import pytest

from course_utils.classroom import check


@pytest.mark.parametrize(
    ("key", "right"),
    [
        ("maps", (5, 5, 1280)),
        ("maps", (None, 5, 5, 1280)),  # as Keras prints it
        ("passes", "7,960"),
        ("point", 0.65),
        ("point", 100 / 153),
        ("head", 2562),
        ("momentum", 92.3),
        ("momentum", 100 * 0.999**80),
    ],
)
def test_right_answers(key: str, right: object) -> None:
    assert check(f"transfer.{key}", right).correct


@pytest.mark.parametrize(
    ("key", "given", "word"),
    [
        ("maps", (7, 7, 1280), "224"),
        ("maps", (1280, 5, 5), "last"),
        ("maps", (1, 1, 1280), "average"),
        ("maps", (32, 32, 1280), "not by 5"),
        ("passes", 4900, "test after each epoch"),
        ("passes", 398, "one epoch"),
        ("passes", 160, "batches of 32"),
        ("passes", 5053, "not once in the end"),
        ("point", 0.00654, "100 times"),
        ("point", 0.41, "learned from"),
        ("head", 2560, "bias"),
        ("head", 410_208, "frozen"),
        ("head", 64_002, "average"),
        ("momentum", 99.0, "more batches"),
        ("momentum", 99.2, "one epoch"),
        ("momentum", 7.69, "come new"),
        ("momentum", 92.0, "multiply"),
        ("momentum", 44.75, "0.999"),
    ],
)
def test_hints(key: str, given: object, word: str) -> None:
    feedback = check(f"transfer.{key}", given)
    assert feedback.state == "wrong"
    assert word in feedback.message


def test_the_numbers_are_those_of_keras() -> None:
    base = keras.applications.MobileNetV2(
        alpha=0.35, weights=None, include_top=False, input_shape=(160, 160, 3)
    )
    assert check("transfer.maps", base.output_shape).correct
    assert base.count_params() == 410_208
    norms = [one for one in base.layers if isinstance(one, keras.layers.BatchNormalization)]
    assert {norm.momentum for norm in norms} == {0.999}
    head = keras.layers.Dense(2)
    head.build((None, base.output_shape[-1]))
    assert check("transfer.head", head.count_params()).correct
