"""Exercises of notebooks 07 and 08: the hints that its readers are likeliest to need."""

import pytest

from course_utils.classroom import check


@pytest.mark.parametrize(
    ("key", "right"),
    [
        ("conv2.memory", "8,748"),
        ("conv2.memory", 8750),
        ("conv4.macs", "149,520,384"),
        ("towers.weights", (5 * 5 * 48 + 1) * 256),
        ("stack.saved", 22 * 256**2),
        ("batch", 113),
    ],
)
def test_right_answers(key: str, right: object) -> None:
    assert check(f"alexnet_vgg.{key}", right).correct


@pytest.mark.parametrize(
    ("key", "given", "word"),
    [
        ("conv2.memory", 8957.95, "1,000 bytes"),
        ("conv2.memory", 16 * 27 * 27 * 192, "Those are values"),
        ("conv2.memory", 2028, "behind the pooling"),
        ("conv4.macs", 145_000_000, "what the table prints"),
        ("conv4.macs", 145, "what the table prints"),
        ("conv4.macs", 150, "How many exactly"),
        ("conv4.macs", 2 * 149_520_384, "Those are flops"),
        ("towers.weights", (5 * 5 * 96 + 1) * 256, "without the groups"),
        ("towers.weights", 5 * 5 * 48 + 1, "one filter"),
        ("towers.weights", 5 * 5 * 48, "the kernel of one filter"),
        ("towers.weights", 5 * 5 * 96 + 1, "groups"),
        ("towers.weights", 5 * 5 * 48 * 256, "bias is forgotten"),
        ("towers.weights", (5 * 5 * 48 + 1) * 128, "Halved once too often"),
        ("stack.saved", 9 * 256**2 * 3, "three of 3 x 3"),
        ("stack.saved", 44.9, "percent"),
        ("stack.saved", 0.449, "share"),
        ("conv4.macs", 149.5, "in millions"),
        ("conv4.macs", 49_840_128, "two sides"),
        ("stack.saved", 7 * 256**2, "against one of 5 x 5"),
        ("stack.saved", 40 * 256**2, "with weights of its own"),
        ("batch", 140, "also need room"),
        ("batch", 104, "Adam"),
        ("batch", 103, "1,024"),
        ("batch", 114, "the input, is left out"),
    ],
)
def test_hints(key: str, given: object, word: str) -> None:
    feedback = check(f"alexnet_vgg.{key}", given)
    assert feedback.state == "wrong"
    assert word in feedback.message
