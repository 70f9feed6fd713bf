"""The exercises: a TOML file for each unit, ``NN_topic.toml``; ``README.md`` says how to write one.

A file is read when one of its keys is used, and needs no Keras for that: programs are text until
they are run.
"""

import os
import re
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from course_utils.classroom.exercise import Exercise
from course_utils.classroom.exercises.loading import _load

_FILES = tuple(sorted(Path(__file__).parent.glob("[0-9][0-9]_*.toml")))


def find_exercise(key: str, student: str | None = None) -> Exercise:
    """Return the exercise with this key, with a student's own numbers if it has such.

    Without a student's name it is ``COURSE_STUDENT``. The printed numbers are those of nobody,
    ``""``.
    """
    key = key.strip().lower()
    if key not in keys():
        near = get_close_matches(key, keys(), n=3, cutoff=0.5)
        meant = f" Did you mean {', '.join(near)}?" * bool(near)
        raise ValueError(f"There is no exercise {key[:60]!r}.{meant}")
    found = _load(_places()[key])[key]
    name = os.environ.get("COURSE_STUDENT", "") if student is None else student
    return found.varies(name) if found.varies and name.strip() else found


def keys() -> list[str]:
    """Return the keys of all exercises, in the order of the course."""
    return list(_places())


def unit(key: str) -> int:
    """Return the number of the notebook in which an exercise is."""
    return int(_places()[key].name[:2])


@cache
def _places() -> dict[str, Path]:
    """Return the file of each key, without working out what stands in it."""
    return {
        key: path
        for path in _FILES
        for key in re.findall(r'^key\s*=\s*"([^"]+)"', path.read_text("utf-8"), re.MULTILINE)
    }
