"""The exercises of notebook 09."""

import pytest

from course_utils.classroom import check
from course_utils.classroom.exercises.transfer_principles import EXERCISES


@pytest.mark.parametrize(
    ("key", "right"),
    [
        ("new_head", 64 * 10 + 10),
        ("learning", "19,146"),
        ("best_layer", 5),
        ("mild", 0.002),
        ("saved", 17_387_136_000),
    ],
)
def test_right_answers(key: str, right: object) -> None:
    assert check(f"transfer_principles.{key}", right).correct


@pytest.mark.parametrize(
    ("key", "given", "word"),
    [
        ("new_head", 640, "has a bias"),
        ("new_head", 1_690, "26 classes"),
        ("new_head", 33_194, "Only the head is new"),
        ("new_head", 32_544, "taken over"),
        ("learning", 18_496, "head learns, too"),
        ("learning", 14_048, "frozen ones"),
        ("learning", 33_194, "frozen"),
        ("best_layer", 7, "Caltech-256"),
        ("best_layer", 86.2, "whole number"),
        ("mild", 0.001, "Ours was larger"),
        ("mild", 0.2, "smaller, not larger"),
        ("saved", 1_486_080 * 300 * 40, "Only the repeats"),
        ("saved", 1_486_080 * 39, "for one image"),
    ],
)
def test_hints(key: str, given: float, word: str) -> None:
    assert word in check(f"transfer_principles.{key}", given).message


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.key)
def test_no_hint_tells_the_answer(exercise) -> None:
    assert len(exercise.known_mistakes()) >= 3
    answer = f"{exercise.answer:,}"
    said = [exercise.next_step, *(hint for _, hint in exercise.known_mistakes())]
    assert not any(answer in text for text in said if len(answer) > 1)
