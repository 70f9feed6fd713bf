"""The exercises of notebook 15."""

import pytest

from course_utils.classroom import check
from course_utils.classroom.exercises.transfer_principles import EXERCISES
from course_utils.classroom.value import Value


@pytest.mark.parametrize(
    ("key", "right"),
    [
        ("new_head", 64 * 10 + 10),
        ("learning", "19,146"),
        ("custom", 33_450 - 416 - 4_640),
        ("spread", (0.8**2 + 0.4**2) ** 0.5),
        ("mild", 0.004),
        ("saved", 16_983_532_800),
    ],
)
def test_right_answers(key: str, right: object) -> None:
    assert check(f"transfer_principles.{key}", right).correct


@pytest.mark.parametrize(
    ("key", "given", "word"),
    [
        ("new_head", 640, "has a bias"),
        ("new_head", 1_690, "26 classes"),
        ("new_head", 33_450, "Only the head is new"),
        ("new_head", 32_800, "taken over"),
        ("learning", 18_496, "head learns, too"),
        ("learning", 14_304, "frozen ones"),
        ("learning", 33_450, "frozen"),
        ("custom", 5_056, "that are fixed"),
        ("custom", 27_744, "belongs to the custom network"),
        ("spread", 1.2, "their squares do"),
        ("spread", 0.8, "the variance"),
        ("spread", 0.7, "How far off"),
        ("mild", 0.001, "Ours was larger"),
        ("mild", 0.4, "smaller, not larger"),
        ("saved", 1_451_584 * 300 * 40, "Only the repeats"),
        ("saved", 1_451_584 * 39, "for one image"),
    ],
)
def test_hints(key: str, given: float, word: str) -> None:
    assert word in check(f"transfer_principles.{key}", given).message


VALUES = [exercise for exercise in EXERCISES if isinstance(exercise, Value)]


@pytest.mark.parametrize("exercise", VALUES, ids=lambda exercise: exercise.key)
def test_no_hint_tells_the_answer(exercise) -> None:
    assert len(exercise.known_mistakes()) >= 3
    answer = f"{exercise.answer:,}"
    said = [exercise.next_step, *(hint for _, hint in exercise.known_mistakes())]
    assert not any(answer in text for text in said if len(answer) > 1)
