"""The exercises: a TOML file for each unit, ``NN_topic.toml``; ``README.md`` says how to write one.

``topic`` is the first word of the keys. A file is read when one of its keys is used, and needs no
Keras for that: programs are text until they are run.
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
