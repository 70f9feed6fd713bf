"""Numbers per student: printed ones for everybody, and one's own for who has a name."""

import pytest

from course_utils.classroom import check, find_exercise, keys, question
from course_utils.classroom.exercises.loading import numbers

NAMES = [f"student {number}" for number in range(12)]
VARYING = [key for key in keys() if find_exercise(key, "").varies]


@pytest.fixture(autouse=True)
def nobody(monkeypatch):
    monkeypatch.delenv("COURSE_STUDENT", raising=False)


def test_the_same_name_has_the_same_numbers_and_others_have_others():
    choices = {"side": range(100), "kernel": (3, 5, 7)}
    drawn = [numbers("a.b", name, choices) for name in NAMES]
    assert drawn == [numbers("a.b", name.upper() + " ", choices) for name in NAMES]
    assert len({one["side"] for one in drawn}) > 8
    assert numbers("a.b", "ada", choices) != numbers("a.c", "ada", choices)


def test_some_exercises_vary_and_nobody_sees_it_without_a_name():
    assert len(VARYING) >= 3
    for key in VARYING:
        assert find_exercise(key) is find_exercise(key, "") is find_exercise(key, "  ")


@pytest.mark.parametrize("key", VARYING)
def test_a_check_is_of_ones_own_numbers(key, monkeypatch):
    printed = find_exercise(key, "")
    answers = set()
    for name in NAMES:
        monkeypatch.setenv("COURSE_STUDENT", name)
        own = find_exercise(key)
        answers.add(own.answer)
        assert own.question in question(key).message
        assert own == find_exercise(key, name)
        assert check(key, own.answer)
        assert bool(check(key, printed.answer)) is (own.answer == printed.answer)
        for wrong, hint in own.known_mistakes():
            reply = check(key, wrong)
            assert not reply
            assert reply.mistake == hint
    assert len(answers) > 2


@pytest.mark.parametrize("key", VARYING)
def test_a_class_is_counted_together(key):
    """A mistake has the same words whatever the numbers are."""
    said = {hint for _, hint in find_exercise(key, "").mistakes}
    for name in NAMES:
        assert {hint for _, hint in find_exercise(key, name).mistakes} == said
