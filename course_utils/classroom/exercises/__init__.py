"""The exercises, one module for each notebook; the first word of a key names the module.

A module lists its exercises in ``EXERCISES``. Questions about one layer of a network have
ready-made functions in `course_utils.classroom.layers`; any other question is an `Exercise` with
its answer, its formula, a next step and the mistakes it knows::

    pool1, pool2 = zoo.lab_cnn().row("pool1"), zoo.lab_cnn().row("pool2")
    Exercise(
        "lab.last_side",
        question="How many pixels wide is the image after both poolings?",
        answer=pool2.output_shape[1],
        why=pool2.shape_formula,
        next_step="Each pooling halves the width. Start from the width of the input.",
        mistakes=[(pool1.output_shape[1], "That is after one pooling; there are two.")],
    )

A module is loaded when one of its keys is used, and the calculator is instant, so everything in
it can be computed right away.
"""

import difflib
import pkgutil
from functools import cache
from importlib import import_module
from typing import Any

from course_utils.classroom.exercise import Exercise, Feedback


def check(key: str, answer: Any = ...) -> Feedback:
    """Return feedback on your answer to one exercise.

    Parameters
    ----------
    key : str
        Which exercise, for example ``"lenet5.c3.weights"``.
    answer : number, tuple or str
        Your answer. ``...`` (or nothing) asks the question.

    Returns
    -------
    Feedback
        Prints as one line of text; ``feedback.correct`` is True for a right answer.

    Raises
    ------
    KeyError
        If there is no such exercise; the message lists the nearest keys.

    Examples
    --------
    >>> check("lenet5.c3.weights", "2,416").correct
    True
    """
    return find_exercise(key).check(answer)


def find_exercise(key: str) -> Exercise:
    """Return the exercise with this key."""
    if not isinstance(key, str):
        raise TypeError(
            f"The first argument names the exercise, check('...', answer), not {key!r}."
        )
    module = key.partition(".")[0]
    exercises = _exercises(module) if module in _modules() else {}
    if key not in exercises:
        near = difflib.get_close_matches(key, keys(), n=3, cutoff=0.4) or keys()[:3]
        raise UnknownExerciseError(f"There is no exercise {key!r}. Did you mean {', '.join(near)}?")
    return exercises[key]


class UnknownExerciseError(KeyError):
    """No exercise has this key; the message lists the nearest ones."""

    def __str__(self) -> str:
        return str(self.args[0])  # KeyError would show the sentence in quotes


def keys() -> list[str]:
    """Return the keys of all exercises, module by module."""
    return [key for module in _modules() for key in _exercises(module)]


@cache
def _modules() -> tuple[str, ...]:
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


@cache
def _exercises(module: str) -> dict[str, Exercise]:
    listed = import_module(f"{__name__}.{module}").EXERCISES
    return {exercise.key: exercise for exercise in listed}
