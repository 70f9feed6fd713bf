"""Shared tools of the ConvNet course.

``import course_utils`` is instant: every name below is loaded the first time it is used, so a
notebook that only counts weights never waits for TensorFlow.
"""

from importlib import import_module

_LAZY = {
    "check": "course_utils.classroom",
    "digits": "course_utils.data",
    "fashion_mnist": "course_utils.data",
    "set_up": "course_utils.machine",
    "show": "course_utils.plots",
}
_SUBPACKAGES = ("classroom", "costs", "data", "interpret", "machine", "models", "plots")

__all__ = [*_LAZY, *_SUBPACKAGES]


def __getattr__(name: str) -> object:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    if name in _SUBPACKAGES:
        return import_module(f"course_utils.{name}")
    raise AttributeError(f"module 'course_utils' has no attribute {name!r}")


def __dir__() -> "list[str]":
    return sorted(__all__)
