"""Shared tools of the ConvNet course.

``import course_utils`` is instant: every name below is loaded the first time it is used, so a
notebook that only counts weights never waits for TensorFlow.
"""

import os
import sys
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

from course_utils.lazy import on_first_use

# One cache for Keras, commands and kernels: Keras itself expands no "~", takes a relative folder
# from wherever it happens to run, and an empty name for that place.
if "KERAS_HOME" in os.environ:
    _home = os.path.expanduser(os.environ.pop("KERAS_HOME"))
    if _home:
        _checkout = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        os.environ["KERAS_HOME"] = os.path.normpath(os.path.join(_checkout, _home))
        if "keras.src.backend.config" in sys.modules:  # it has read the variable already
            vars(sys.modules["keras.src.backend.config"])["_KERAS_DIR"] = os.environ["KERAS_HOME"]

_NAMES = {
    "classroom": ("check", "hint", "progress", "solution"),
    "data": ("digits", "fashion_mnist"),
    "machine": ("set_up",),
    "plots": ("show",),
}
_PACKAGES = ("classroom", "costs", "data", "interpret", "machine", "models", "play", "plots")
__getattr__, __dir__, __all__ = on_first_use(__name__, _NAMES, _PACKAGES)


class _WithKeras:
    """Tells Keras the course's own layers as soon as somebody imports it.

    Keras loads a saved model only if it knows its layers, and does not import what it does not
    know. Importing Keras here would take seconds, also from those who never use it.
    """

    def find_spec(self, name: str, *_: object) -> "ModuleSpec | None":
        if name != "keras":
            return None
        spec = PathFinder.find_spec(name)  # of TensorFlow's, it may be a mere question
        if spec is not None and spec.loader is not None:
            run = spec.loader.exec_module

            def then_register(module: ModuleType) -> None:
                sys.meta_path.remove(self)
                run(module)
                import_module("course_utils.costs.keras_layers")

            spec.loader.exec_module = then_register  # type: ignore[method-assign]
        return spec


if "keras" in sys.modules:
    import_module("course_utils.costs.keras_layers")
else:
    sys.meta_path.insert(0, _WithKeras())
