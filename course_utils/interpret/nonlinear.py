"""Softmax, sigmoid and ReLU, known by what they do and not by what they are called.

``"softmax"``, ``keras.ops.softmax``, ``tf.nn.softmax``, ``layers.Softmax()`` or a lambda around one
of them: whatever gives the numbers of a softmax for some numbers tried is one.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import keras
import numpy as np
from keras import ops

from course_utils.interpret import graph
from course_utils.interpret.graph import Call, Compute, to_numpy


def _softmax(z: np.ndarray) -> np.ndarray:
    powers = np.exp(z - z.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


_SQUASHING: tuple[Callable[[np.ndarray], np.ndarray], ...] = (
    _softmax,
    lambda z: np.log(_softmax(z)),
    lambda z: 1 / (1 + np.exp(-z)),  # sigmoid
)


@dataclass(frozen=True)
class Parts:
    """A layer as two steps: a linear one, and the function that follows it."""

    linear: Compute
    function: Callable[[Any], Any]


def relus(model: keras.Model) -> dict[str, Parts]:
    """Return the layers of a model that are a ReLU or end in one, by name."""
    return _that_end_in(_is_relu, graph.listing(model).calls)


def before_squashing(model: keras.Model) -> dict[str, Compute]:
    """Return what to compute instead of a final softmax or sigmoid: its input.

    What stands behind it and only passes numbers on, such as a cast, is looked through.
    """
    found = graph.listing(model)
    at = found.last
    while at in found.steps:
        step = found.steps[at]
        if isinstance(step, Call):
            if parts := _that_end_in(_squashes, {at: step}):
                return {at: parts[at].linear}
            if not _passes_on(step):
                break
        at = step.sources[0]
    return {}


def warn_of_probabilities(model: keras.Model, scores: np.ndarray) -> None:
    """Warn if scores are probabilities: then they come from a softmax that was not found."""
    for rows in (scores, scores / 100, np.exp(np.minimum(scores, 1))):  # also percentages, or logs
        if scores.shape[1] > 1 and rows.min() >= 0 and np.allclose(rows.sum(axis=1), 1, atol=5e-3):
            warnings.warn(
                f"What {model.name!r} gives for an image are probabilities, and no softmax was "
                "found to take off: in each of them the other classes have a say. Let the model "
                "end in Dense(n) and layers.Softmax().",
                stacklevel=3,
            )
            return


# --- trying ----------------------------------------------------------------------------------


def _that_end_in(
    is_one: Callable[[np.ndarray, np.ndarray], bool], calls: dict[str, Call]
) -> dict[str, Parts]:
    """Return those calls, in two parts, whose last step passes a test on its input and output."""
    found = {}
    for name, call in calls.items():
        parts = _parts(call)
        if parts is not None:
            z = _numbers(call.shape)
            if is_one(z, _answer(parts.function, z)) and _are_the_call(parts, call):
                found[name] = parts
    return found


def _parts(call: Call) -> Parts | None:
    """Return a call as its linear part and its activation, or None if it is not such a thing."""
    operation = call.operation
    activation = getattr(operation, "activation", None)
    if callable(activation):
        linear = graph.twin(operation, activation=keras.activations.linear)
        return Parts(lambda *tensors: call.compute(*tensors, operation=linear), activation)
    if _weightless(call) and tuple(call.node.input_tensors[0].shape[1:]) == call.shape:
        return Parts(lambda x: x, call.compute)
    return None


def _are_the_call(parts: Parts, call: Call) -> bool:
    """Try whether two steps give what a layer gives: a subclass may do something in between."""
    given = [
        ops.convert_to_tensor(_numbers(tensor.shape[1:])) for tensor in call.node.input_tensors
    ]
    together = parts.function(parts.linear(*given))
    return _equal(to_numpy(together), to_numpy(keras.tree.flatten(call.compute(*given))[0]))


def _weightless(call: Call) -> bool:
    """Tell whether a call takes one tensor, and nothing that was learned."""
    return len(call.sources) == 1 and not getattr(call.operation, "weights", [])


def _passes_on(call: Call) -> bool:
    """Try whether a call gives the numbers that it takes, in any shape."""
    if not _weightless(call):
        return False
    z = _numbers(call.node.input_tensors[0].shape[1:])
    y = _answer(call.compute, z)
    return y.size == z.size and np.array_equal(y.reshape(z.shape), z)


def _is_relu(z: np.ndarray, y: np.ndarray) -> bool:
    """Tell a ReLU, also one with a maximum."""
    return y.shape == z.shape and y.max() > 0 and np.array_equal(y, z.clip(0, y.max()))


def _squashes(z: np.ndarray, y: np.ndarray) -> bool:
    return y.shape == z.shape and any(_equal(y, known(z)) for known in _SQUASHING)


def _numbers(shape: Sequence[int | None]) -> np.ndarray:
    """Return some rows of numbers between -8 and 8, which every precision has exactly."""
    sides = [32 if side is None else side for side in shape]
    rows = max(2, 64 // prod(sides))
    return np.random.default_rng(0).integers(-64, 65, (rows, *sides)).astype("float32") / 8


def _answer(function: Compute, z: np.ndarray) -> np.ndarray:
    return to_numpy(keras.tree.flatten(function(ops.convert_to_tensor(z)))[0])


def _equal(one: np.ndarray, other: np.ndarray) -> bool:
    """Compare to the three digits that half precision has."""
    return one.shape == other.shape and np.allclose(one, other, rtol=1e-2, atol=1e-3)
