"""Exercises of notebook 17: right answers, and the hints that its readers are likeliest to need."""

import pytest

from course_utils.classroom import check


@pytest.mark.parametrize(
    ("key", "right"),
    [
        ("undecided", "Undecided"),
        ("momentum", 0.9953),
        ("busy", 25),
    ],
)
def test_right_answers(key: str, right: object) -> None:
    assert check(f"worth.{key}", right).correct


@pytest.mark.parametrize(
    ("key", "given", "word"),
    [
        ("undecided", "better", "below"),
        ("momentum", 0.999, "37%"),
        ("momentum", 0.6813, "not an epoch"),
        ("momentum", 0.9454, "one epoch"),
        ("busy", 75, "waits"),
        ("busy", 20, "prefetch"),
        ("busy", 4, "Which share"),
    ],
)
def test_hints(key: str, given: object, word: str) -> None:
    feedback = check(f"worth.{key}", given)
    assert feedback.state == "wrong"
    assert word in feedback.message
