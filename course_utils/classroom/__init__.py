"""Exercises: ``check("lenet5.c3.weights", answer)``, and ``hint``, ``solution``, ``progress``."""

from course_utils.classroom.desk import check, hint, points, solution
from course_utils.classroom.diary import progress
from course_utils.classroom.exercises import find_exercise, keys
