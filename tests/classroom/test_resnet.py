"""The exercises of notebooks 11 and 12."""

import pytest

from course_utils.classroom import check


@pytest.mark.parametrize(
    ("key", "right"),
    [
        ("zero_block", 3),
        ("depth", 152),
        ("bottleneck.weights", "69,632"),
        ("separable.macs", 28 * 28 * (9 * 128 + 128 * 128)),
        ("vit.tokens", 14 * 14),
    ],
)
def test_right_answers(key: str, right: object) -> None:
    assert check(f"resnet.{key}", right).correct


@pytest.mark.parametrize(
    ("key", "given", "word"),
    [
        ("zero_block", 0, "The shortcut adds"),
        ("depth", 50, "Those are blocks"),
        ("depth", 150, "One convolution comes before"),
        ("depth", 156, "on shortcuts"),
        ("bottleneck.weights", 73_728, "basic block"),
        ("bottleneck.weights", 70_016, "no biases"),
        ("separable.macs", 115_605_504, "ordinary convolution"),
        ("separable.macs", 2 * 13_748_224, "flops"),
        ("vit.tokens", 256, "pixels of one patch"),
    ],
)
def test_hints(key: str, given: int, word: str) -> None:
    assert word in check(f"resnet.{key}", given).message
