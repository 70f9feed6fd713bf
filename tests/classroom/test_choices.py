"""Choices, orders and explanations."""

import re

import pytest

from course_utils.classroom import check, find_exercise, keys
from course_utils.classroom.choices import Choose, Explain, Order

CHOICES = [key for key in keys() if isinstance(find_exercise(key), Choose)]
EXPLAINS = [key for key in keys() if isinstance(find_exercise(key), Explain)]

# Typed, so that a wrong letter of the course's own is found out.
RIGHT = {
    "start.split": "C",
    "images.effect": "B",
    "filters.control": "B",
    "resnet.plain": "B",
    "batch_norm.predict": "C",
    "after.mobile": "C",
    "regularisation.curves": "C",
    "augmentation.digits": "B",
    "augmentation.when": "A",
}


def test_every_choice_has_a_typed_answer():
    assert set(RIGHT) == set(CHOICES)


@pytest.mark.parametrize("key", CHOICES)
def test_each_choice_has_its_reason(key):
    exercise = find_exercise(key)
    letters = "ABCD"[: len(exercise.choices)]
    replies = [check(key, letter) for letter in letters]
    assert [reply.state == "right" for reply in replies] == [one == RIGHT[key] for one in letters]
    assert len({reply.message for reply in replies}) == len(letters)
    assert check(key, f" {RIGHT[key].lower()}) ")
    for text in exercise.choices:
        assert text in check(key).message
        assert all(text in reply.question for reply in replies if not reply)
    assert check(key, list(exercise.choices)["ABCD".index(RIGHT[key])])


@pytest.mark.parametrize("given", ["E", "AB", 3, "", "because", ["A", "B"], None, print])
def test_what_is_no_choice_is_no_answer(given):
    assert check("batch_norm.predict", given).state in ("unreadable", "blank")


@pytest.mark.parametrize(
    ("key", "given", "word"),
    [
        ("learning.order", "BDACEF", "E comes before C"),
        ("learning.order", "DBAECF", "B comes before D"),
        ("learning.order", "FBDAEC", "C comes before F"),
        ("learning.order", "FCEADB", "C comes before F"),  # the first of five that are wrong
        ("transfer.order", "BECAD", "D comes before"),
        ("transfer.order", "BDCEA", "A comes before C"),
    ],
)
def test_an_order_names_the_pair_that_is_wrong(key, given, word):
    reply = check(key, given)
    assert reply.state == "wrong"
    assert word in reply.message


def test_orders_may_be_written_in_many_ways():
    assert check("learning.order", "BDAECF")
    assert check("learning.order", "b, d, a, e, c, f")
    assert check("learning.order", *"BDAECF")
    assert check("transfer.order", "B D E A C")
    assert "missing" in check("learning.order", "BDA").message
    assert "once" in check("learning.order", "BDAECFF").message
    assert all(isinstance(find_exercise(f"{one}.order"), Order) for one in ("learning", "transfer"))


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


@pytest.mark.parametrize(
    ("key", "given"),
    [
        ("learning.why_loss", "If you nudge a weight the accuracy stays the same mostly."),
        ("lab.why_validation", "It was trained with exactly these and knows the answers."),
        ("transfer_principles.why_lower", "Low level features are universal for all pictures."),
        ("regularisation.why_dropout", "The knowledge gets distributed over all neurons."),
        ("resnet.why_shortcut", "The derivative does not get smaller in the early layers."),
        ("vgg.why_small", "Less parameters, more nonlinearity."),
    ],
)
def test_a_student_may_use_words_of_their_own(key, given):
    assert check(key, given)


@pytest.mark.parametrize(
    ("key", "given", "word"),
    [
        ("resnet.why_shortcut", "Because it has fewer weights.", "takes no weights away"),
        ("inception.why_1x1", "Because it makes the image smaller.", "Height and width stay"),
        ("worth.why_seeds", "Because one run is not trained long enough.", "chance"),
        ("images.why_shared", "Because it is faster and newer than dense.", "You speak of time"),
        ("explaining.why_background", "Because the bed is too large there.", "More or less"),
    ],
)
def test_a_wrong_belief_gets_its_sentence(key, given, word):
    reply = check(key, given)
    assert reply.state == "wrong"
    assert word in reply.message


def test_scenes_get_a_letter_each():
    key = "transfer_principles.corners"
    assert check(key, "ACBC")
    assert check(key, "a, c, b, c")
    assert "2 A? That works" in check(key, "AABC").message
    assert "never learned from" in check(key, "ACBD").message
    assert "Give 4 letters" in check(key, "ACB").message
    assert check(key, "ACBE").state == check(key, 3).state == "unreadable"
    assert all(scene in check(key).message for scene in find_exercise(key).scenes)
