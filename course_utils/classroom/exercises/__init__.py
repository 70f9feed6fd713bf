"""The exercises, one module for each topic; the first word of a key names the module.

A module lists its exercises in ``EXERCISES``, and says in ``UNIT`` to which notebook they belong.
Questions about one layer of a network have ready-made functions in `course_utils.classroom.layers`.
Any other question for a number or a shape is a `Value`, with its answer, its formula, a next step
and the mistakes it knows::

    pool1, pool2 = zoo.lab_cnn().row("pool1"), zoo.lab_cnn().row("pool2")
    Value(
        "lab.last_side",
        question="How many pixels wide is the image after both poolings?",
        answer=pool2.output_shape[1],
        why=pool2.shape_formula,
        next_step="Each pooling halves the width. Start from the width of the input.",
        mistakes=[(pool1.output_shape[1], "That is after one pooling; there are two.")],
    )

With `varying` an exercise has other numbers for each student. The other kinds are `Code`, `Model`,
`Debug`, `Choose`, `Order` and `Explain`. A module is loaded when one of its keys is used, and needs
no Keras for that: programs are text until they are run.
"""

import os
import pkgutil
from functools import cache
from importlib import import_module

from course_utils.classroom.exercise import Exercise


class UnknownExerciseError(KeyError):
    """No exercise has this key."""


def find_exercise(key: str, student: str | None = None) -> Exercise:
    """Return the exercise with this key, with a student's own numbers if it has such.

    Parameters
    ----------
    key : str
    student : str, optional
        A name; without one ``COURSE_STUDENT``. The printed numbers are those of nobody, ``""``.
    """
    key = key.strip().lower()
    module = key.partition(".")[0]
    exercises = _exercises(module) if module in _names() else {}
    if key not in exercises:
        raise UnknownExerciseError(key)
    found = exercises[key]
    name = os.environ.get("COURSE_STUDENT", "") if student is None else student
    return found.varies(name) if found.varies and name.strip() else found


def keys() -> list[str]:
    """Return the keys of all exercises, in the order of the course."""
    return [key for module in _modules() for key in _exercises(module)]


def unit(key: str) -> int:
    """Return the number of the notebook in which an exercise is."""
    return int(_module(key.partition(".")[0]).UNIT)


@cache
def _names() -> frozenset[str]:
    return frozenset(module.name for module in pkgutil.iter_modules(__path__))


@cache
def _modules() -> tuple[str, ...]:
    return tuple(sorted(_names(), key=lambda name: (_module(name).UNIT, name)))


def _module(name: str):  # type: ignore[no-untyped-def]
    return import_module(f"{__name__}.{name}")


@cache
def _exercises(module: str) -> dict[str, Exercise]:
    return {exercise.key: exercise for exercise in _module(module).EXERCISES}
