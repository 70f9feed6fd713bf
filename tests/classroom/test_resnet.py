"""The exercises of notebooks 11 and 12."""

import pytest

from course_utils.classroom import check


@pytest.mark.parametrize(
    ("key", "right"),
    [
        ("zero_block", 3),
        ("bottleneck.weights", "69,632"),
        ("separable.macs", 14 * 14 * (9 * 256 + 256 * 256)),
        ("vit.tokens", 24 * 24),
    ],
)
def test_right_answers(key: str, right: object) -> None:
    assert check(f"resnet.{key}", right).correct


@pytest.mark.parametrize(
    ("key", "given", "word"),
    [
        ("zero_block", 0, "The shortcut adds"),
        ("bottleneck.weights", 73_728, "basic block"),
        ("bottleneck.weights", 70_016, "no biases"),
        ("separable.macs", 14 * 14 * 9 * 256 * 256, "ordinary convolution"),
        ("separable.macs", 2 * 13_296_640, "flops"),
        ("vit.tokens", 256, "pixels of one patch"),
    ],
)
def test_hints(key: str, given: int, word: str) -> None:
    assert word in check(f"resnet.{key}", given).message
