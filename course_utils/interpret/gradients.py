"""Derivatives: the one place that knows which backend Keras runs on."""

import contextlib
from collections.abc import Callable
from importlib import import_module
from typing import Any

import keras
import numpy as np
from keras import ops

from course_utils.interpret.graph import _finite, _to_numpy

_Function = Callable[[Any], Any]


def _gradient(function: _Function, x: np.ndarray) -> np.ndarray:
    """Return how the numbers that a function gives change with its input, float32 like ``x``.

    The function takes a tensor, and gives one number for each image in it. It is the derivative of
    their sum; as no image influences another's number, that is the derivative of each image's own.

    >>> _gradient(lambda x: ops.sum(x**2, axis=1), np.array([[1.0, 3.0]]))
    array([[2., 6.]], dtype=float32)
    """
    compute = _BACKENDS[keras.backend.backend()]
    for scale in (2.0**12, 2.0**6, 1.0):  # else small slopes are 0 in half precision, or infinite

        def scaled(given: Any, scale: float = scale) -> Any:
            return scale * ops.cast(function(given), "float32")

        slopes = None
        with contextlib.suppress(LookupError):  # of what TensorFlow has no gradient
            slopes = compute(scaled, ops.convert_to_tensor(x, dtype="float32"))
        if slopes is None:
            raise ValueError(
                "No gradient comes back: on the way something only looks up or rounds."
            )
        found = _to_numpy(slopes) / scale
        if np.isfinite(found).all():
            break
    return _finite("the gradient", found)


def _tensorflow(function: _Function, x: Any) -> Any | None:
    tf = import_module("tensorflow")
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        values = function(x)
    return tape.gradient(values, x)


def _jax(function: _Function, x: Any) -> Any | None:
    """Return the gradient, or None where JAX has none and gives 0: then it asks for no slope."""
    jax = import_module("jax")
    asked = []
    watched = jax.custom_jvp(lambda y: y)

    def slope(values: Any, slopes: Any) -> tuple[Any, Any]:
        asked.append(True)
        return values[0], slopes[0]

    watched.defjvp(slope)
    found = jax.grad(lambda given: watched(function(given)).sum())(x)
    return found if asked else None


def _torch(function: _Function, x: Any) -> Any | None:
    torch = import_module("torch")
    with torch.enable_grad():
        x = x.detach().requires_grad_(True)
        values = function(x)
        if not values.requires_grad:
            return None
        return torch.autograd.grad(values.sum(), x, allow_unused=True)[0]


_BACKENDS = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}
