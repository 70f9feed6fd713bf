"""Exercises with feedback: ``check("lenet5.c3.weights", answer)``."""

from course_utils.classroom.exercise import Exercise, Feedback
from course_utils.classroom.exercises import check, find_exercise, keys

__all__ = ["Exercise", "Feedback", "check", "find_exercise", "keys"]
