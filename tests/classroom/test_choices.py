"""Choices, orders and explanations."""

import re

import pytest

from course_utils.classroom import check, find_exercise, keys
from course_utils.classroom.choices import Choose, Explain

CHOICES = [key for key in keys() if isinstance(find_exercise(key), Choose)]
EXPLAINS = [key for key in keys() if isinstance(find_exercise(key), Explain)]


@pytest.mark.parametrize("key", CHOICES)
def test_each_choice_has_its_reason(key):
    exercise = find_exercise(key)
    letters = "ABCD"[: len(exercise.choices)]
    replies = [check(key, letter) for letter in letters]
    (right,) = (at for at, reply in enumerate(replies) if reply.state == "right")
    assert len({reply.message for reply in replies}) == len(letters)
    assert check(key, f" {letters[right].lower()}) ")
    for text in exercise.choices:
        assert text in check(key).message
        assert all(text in reply.question for reply in replies if not reply)
    assert check(key, list(exercise.choices)[right])


def test_scenes_are_shown():
    scenes = find_exercise("transfer_principles.corners").scenes
    assert all(scene in check("transfer_principles.corners").message for scene in scenes)


@pytest.mark.parametrize("key", EXPLAINS)
def test_a_model_answer_is_shown_only_to_who_has_written(key):
    exercise = find_exercise(key)
    vague = "Purple elephants rarely dance quietly under enormous yellow umbrellas."
    unsure = "I really do not know why this might be, because nobody told me."
    for short in ("because", "no no no no no no no no", exercise.question, vague, unsure):
        reply = check(key, short)
        assert not reply
        assert exercise.model not in repr(reply)
    reply = check(key, exercise.model)
    assert reply
    assert "I did not find" not in reply.message  # the model answer has every idea
    assert check(key, 3).state == "unreadable"


@pytest.mark.parametrize("key", EXPLAINS)
def test_who_repeats_the_question_has_no_idea_yet(key):
    exercise = find_exercise(key)
    question = exercise.question.lower()
    assert not [sign for sign in exercise.ideas.values() if re.search(rf"\b(?:{sign})", question)]
