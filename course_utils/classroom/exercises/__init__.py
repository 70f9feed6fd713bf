"""The exercises: a TOML file for each unit, ``NN_topic.toml``.

``NN`` is the number of the notebook, and ``topic`` the first word of the keys. An exercise is a
table ``[[exercise]]`` with a ``key``, a ``kind``, and the fields of that kind::

    [[exercise]]
    key = "lab.last_side"
    kind = "value"
    question = "How many pixels wide is the image after {many} poolings of 2 x 2?"
    answer = "side // 2**many"
    why = "{side} / 2^{many} = {side // 2**many}."
    next_step = "Each pooling halves the width. Start from the width of the input."
    names.side = 28
    names.many = 2

    [exercise.mistakes]
    "side // 2" = "That is after one pooling; there are {many}."

``kind`` is ``value`` (a number, a shape or a word), ``code``, ``model``, ``debug``, ``choose``,
``match``, ``order`` or ``explain``; its fields are the parameters of the class of that name. About
one layer of a network, ``weights``, ``macs`` and ``output_shape`` ask the question themselves and
know the usual mistakes: they need a ``row`` of a network and a ``label``.

* A text may be broken into lines: they are joined again, but for blank lines and fenced code. In
  ``{...}`` stands an expression, perhaps with a format: ``{weights:,}``.
* An ``answer``, the wrong values of ``mistakes`` and the tests of ``rules`` are expressions in
  Python, so that nothing is typed that can be computed. They know the words of `vocabulary`, what
  the table ``[names]`` of the file defines and, before that, the ``names`` of the exercise itself.
* ``cases`` and ``inputs`` are what stands between the parentheses of a call. In ``cases`` NumPy is
  there as ``np``.
* ``wrong`` are typical wrong programs, each a change of ``program``: what stands there, what stands
  there instead, and the sentence for it. ``mended`` mends a ``broken`` script in the same way.
* ``varies.side = [24, 28, 32]`` gives each student a ``side`` of their own.

A file is read when one of its keys is used, and needs no Keras for that: programs are text until
they are run.
"""

import os
from pathlib import Path

from course_utils.classroom.exercise import Exercise
from course_utils.classroom.exercises.loading import load

FILES = {path.stem[3:]: path for path in sorted(Path(__file__).parent.glob("[0-9][0-9]_*.toml"))}
"""For each topic its file, in the order of the course."""


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
    topic = key.partition(".")[0]
    known = load(FILES[topic]) if topic in FILES else {}
    if key not in known:
        raise UnknownExerciseError(key)
    found = known[key]
    name = os.environ.get("COURSE_STUDENT", "") if student is None else student
    return found.varies(name) if found.varies and name.strip() else found


def keys() -> list[str]:
    """Return the keys of all exercises, in the order of the course."""
    return [key for path in FILES.values() for key in load(path)]


def unit(key: str) -> int:
    """Return the number of the notebook in which an exercise is."""
    return int(FILES[key.partition(".")[0]].name[:2])
