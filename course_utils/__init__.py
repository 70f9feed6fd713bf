"""Shared tools of the ConvNet course.

``import course_utils`` is instant: every name below is loaded the first time it is used, so a
notebook that only counts weights never waits for TensorFlow.
"""

import os
import sys
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

# One cache for Keras, commands and kernels: Keras itself expands no "~", takes a relative folder
# from wherever it happens to run, and an empty name for that place.
if "KERAS_HOME" in os.environ:
    _home = os.path.expanduser(os.environ.pop("KERAS_HOME"))
    if _home:
        _checkout = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        os.environ["KERAS_HOME"] = os.path.normpath(os.path.join(_checkout, _home))
        if "keras.src.backend.config" in sys.modules:  # it has read the variable already
            vars(sys.modules["keras.src.backend.config"])["_KERAS_DIR"] = os.environ["KERAS_HOME"]

_LAZY = {
    "check": "course_utils.classroom",
    "digits": "course_utils.data",
    "fashion_mnist": "course_utils.data",
    "hint": "course_utils.classroom",
    "question": "course_utils.classroom",
    "set_up": "course_utils.machine",
    "solution": "course_utils.classroom",
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


class _WithKeras(MetaPathFinder):
    """Tells Keras the course's own layers as soon as somebody imports it.

    Keras loads a saved model only if it knows its layers, and does not import what it does not
    know. Importing Keras here would take seconds, also from those who never use it.
    """

    def find_spec(self, name: str, *_: object) -> "ModuleSpec | None":
        if name != "keras":
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(name)
        if spec is not None and spec.loader is not None:
            run = spec.loader.exec_module

            def then_register(module: ModuleType) -> None:
                run(module)
                import_module("course_utils.costs.keras_layers")

            spec.loader.exec_module = then_register  # type: ignore[method-assign]
        return spec


if "keras" in sys.modules:
    import_module("course_utils.costs.keras_layers")
else:
    sys.meta_path.insert(0, _WithKeras())


def __dir__() -> "list[str]":
    return sorted(__all__)
