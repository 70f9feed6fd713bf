"""The exercises of notebook 15."""

import pytest

from course_utils.classroom import check, find_exercise


@pytest.mark.parametrize(
    ("key", "right"),
    [
        ("custom", 33_450 - 416 - 4_640),
        ("spread", (0.8**2 + 0.4**2) ** 0.5),
    ],
)
def test_right_answers(key: str, right: object) -> None:
    assert check(f"transfer_principles.{key}", right).correct


@pytest.mark.parametrize(
    ("key", "given", "word"),
    [
        ("custom", 5_056, "that are fixed"),
        ("custom", 27_744, "belongs to the custom network"),
        ("spread", 1.2, "their squares do"),
        ("spread", 0.8, "the variance"),
        ("spread", 0.7, "How far off"),
    ],
)
def test_hints(key: str, given: float, word: str) -> None:
    assert word in check(f"transfer_principles.{key}", given).message


@pytest.mark.parametrize("key", ["custom", "spread"])
def test_no_hint_tells_the_answer(key) -> None:
    exercise = find_exercise(f"transfer_principles.{key}")
    assert len(exercise.known_mistakes()) >= 3
    answer = f"{exercise.answer:,}"
    said = [exercise.next_step, *(hint for _, hint in exercise.known_mistakes())]
    assert not any(answer in text for text in said if len(answer) > 1)
