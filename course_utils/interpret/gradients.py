"""Derivatives: the one place that knows which backend Keras runs on."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import keras
import numpy as np
from keras import ops

from course_utils.interpret.graph import to_numpy

Tensor = Any


def derivative(
    function: Callable[[Tensor], Tensor],
) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return a function that computes values and their derivative.

    Parameters
    ----------
    function : callable
        Takes a tensor, and gives one number for each image in it: a tensor of shape (n,).

    Returns
    -------
    callable
        Takes an array; returns the values, shape (n,), and the derivative of their sum with the
        shape of the array, both float32. As no image influences another's number, that is the
        derivative of each image's own.

    Examples
    --------
    >>> values, slopes = derivative(lambda x: ops.sum(x**2, axis=1))(np.array([[1.0, 3.0]]))
    >>> values, slopes
    (array([10.], dtype=float32), array([[2., 6.]], dtype=float32))
    """
    compute = _BACKENDS[keras.backend.backend()](function)

    def on_arrays(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        values, slopes = compute(ops.convert_to_tensor(x, dtype="float32"))
        if slopes is None:  # no value depends on x
            return to_numpy(values), np.zeros(np.shape(x), "float32")
        return to_numpy(values), to_numpy(slopes)

    return on_arrays


def _tensorflow(function: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Any]:
    tf = import_module("tensorflow")

    def compute(x: Tensor) -> tuple[Tensor, Tensor]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            values = function(x)
        return values, tape.gradient(values, x)

    return compute


def _jax(function: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Any]:
    jax = import_module("jax")

    def summed(x: Tensor) -> tuple[Tensor, Tensor]:
        values = function(x)
        return values.sum(), values

    both = jax.value_and_grad(summed, has_aux=True)

    def compute(x: Tensor) -> tuple[Tensor, Tensor]:
        (_, values), slopes = both(x)
        return values, slopes

    return compute


def _torch(function: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Any]:
    torch = import_module("torch")

    def compute(x: Tensor) -> tuple[Tensor, Tensor]:
        with torch.enable_grad():
            x = x.detach().requires_grad_(True)
            values = function(x)
            if not values.requires_grad:
                return values, None
            (slopes,) = torch.autograd.grad(values.sum(), x, allow_unused=True)
        return values.detach(), slopes

    return compute


_BACKENDS = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}
