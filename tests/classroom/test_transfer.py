"""Exercises of notebook 16: the hints that its readers are likeliest to need."""

import keras
import pytest

from course_utils.classroom import check


@pytest.mark.parametrize(
    ("key", "right"),
    [
        ("maps", (4, 4, 1280)),
        ("maps", (None, 4, 4, 1280)),  # as Keras prints it
        ("momentum", 44.0),
        ("momentum", 100 * 0.999**820),
    ],
)
def test_right_answers(key: str, right: object) -> None:
    assert check(f"transfer.{key}", right).correct


@pytest.mark.parametrize(
    ("key", "given", "word"),
    [
        ("maps", (7, 7, 1280), "224"),
        ("maps", (1280, 4, 4), "last"),
        ("maps", (1, 1, 1280), "average"),
        ("maps", (25, 25, 1280), "not by 5"),
        ("momentum", 99.0, "more batches"),
        ("momentum", 92.1, "one epoch"),
        ("momentum", 56.0, "come new"),
        ("momentum", 18.0, "multiply"),
        ("momentum", 0.0264, "0.999"),
    ],
)
def test_hints(key: str, given: object, word: str) -> None:
    feedback = check(f"transfer.{key}", given)
    assert feedback.state == "wrong"
    assert word in feedback.message


def test_the_numbers_are_those_of_keras() -> None:
    base = keras.applications.MobileNetV2(
        alpha=0.35, weights=None, include_top=False, input_shape=(128, 128, 3)
    )
    assert check("transfer.maps", base.output_shape).correct
    assert base.count_params() == 410_208
    norms = [one for one in base.layers if isinstance(one, keras.layers.BatchNormalization)]
    assert {norm.momentum for norm in norms} == {0.999}
