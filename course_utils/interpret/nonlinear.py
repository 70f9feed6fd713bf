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
    """A layer as two steps: a linear one, and the function of its numbers that follows it."""

    linear: Compute
    function: Callable[[Any], Any]
    shape: graph.Shape  # of these numbers


def relus(model: keras.Model) -> dict[str, Parts]:
    """Return the layers of a model that are a ReLU or end in one, by name."""
    found = {}
    for name, call in graph.listing(model).calls.items():
        if parts := _parts(call):
            z = _numbers(parts.shape)
            if _is_relu(z, _answer(z, parts.function)) and _are_the_call(parts, call):
                found[name] = parts
    return found


def before_squashing(model: keras.Model) -> dict[str, Compute]:
    """Return what to compute instead of a final softmax or sigmoid: its input.

    It may be several calls, as in ``1 / (1 + exp(-z))``: the last ones are tried together. What
    stands behind it and only passes numbers on, such as a cast, stays. What changes them, as in
    ``2 * p - 1``, is left out; where they fall with it, as in ``1 - p``, the sign of the input is
    turned. What mixes the classes in another way is refused. Warns of another function that ends
    between 0 and 1.
    """
    found = graph.listing(model)
    at, ends = found.last, False
    functions: list[Compute] = []
    instead: dict[str, Compute] = {}
    while at in found.steps:
        step = found.steps[at]
        if isinstance(step, Call):
            parts = _parts(step)
            if parts is None:
                break
            functions.insert(0, parts.function)
            z = _numbers(parts.shape)
            y, squashes = _squashed(z, functions)
            if squashes and _are_the_call(parts, step):
                rises, falls = _follows(z, y), _follows(z, -y)
                if not (rises or falls):
                    raise _no_scores(model, at)
                return {**instead, at: parts.linear if rises else _negative(parts.linear)}
            moves = z.ndim != 2 or np.ptp(y) == 0 or not _equal(y, _answer(z + 1, *functions))
            if not (moves or z.shape[1] == 1 or _are_probabilities(y.reshape(len(y), -1))):
                raise _no_scores(model, at)
            ends = bool(y.min() >= 0 and y.max() <= 1)
            if not _weightless(step):
                break
            if not np.array_equal(z.ravel(), _answer(z, parts.function).ravel()):
                instead[at] = parts.linear
        at = step.sources[0]
    if ends:
        _warn(model)
    return {}


def check_scores(model: keras.Model, scores: np.ndarray, instead: dict[str, Compute]) -> None:
    """Warn if scores are probabilities, and refuse what else is computed from nothing but them.

    Then they come from a softmax or sigmoid that could not be taken off.
    """
    if _are_probabilities(scores):
        _warn(model)
    elif not instead and (name := _only_from_squashed(graph.listing(model))):
        if scores.min() < 0 or scores.max() > 1:
            raise _no_scores(model, name)
        _warn(model)


def _are_probabilities(rows: np.ndarray) -> bool:
    """Tell rows of probabilities, also in percent, or their logarithms."""
    spellings = rows, rows / 100, np.exp(np.minimum(rows, 1))
    return rows.shape[1] > 1 and any(
        np.min(one) >= 0 and np.allclose(one.sum(axis=1), 1, atol=5e-3) for one in spellings
    )


def _only_from_squashed(found: graph.Listing) -> str:
    """Return a softmax or sigmoid if nothing else reaches the output without weights between."""
    name, waiting, seen = "", [found.last], set[str]()
    while waiting:
        seen.add(at := waiting.pop())
        step = found.steps.get(at)
        if step is None:  # the image itself, or one of several outputs
            return ""
        parts = _parts(step) if isinstance(step, Call) else None
        if parts and _squashed(_numbers(parts.shape), [parts.function])[1]:
            name = at
        elif isinstance(step, Call) and getattr(step.operation, "weights", []):
            return ""
        else:
            waiting += {*step.sources} - seen
    return name


def _warn(model: keras.Model) -> None:
    warnings.warn(
        f"What {model.name!r} gives for an image are probabilities, and no softmax was found to "
        "take off: in each of them the other classes have a say. Let the model end in Dense(n) and "
        "layers.Softmax().",
        stacklevel=4,
    )


def _no_scores(model: keras.Model, name: str) -> ValueError:
    return ValueError(
        f"What {model.name!r} gives for an image are no scores: {name!r} squashes or mixes the "
        "numbers of the classes, as a softmax does, and what follows cannot be taken off. Let the "
        "model end in Dense(n) and layers.Softmax()."
    )


# --- trying ----------------------------------------------------------------------------------


def _parts(call: Call) -> Parts | None:
    """Return a call as its linear part and its activation, or None if it is not such a thing."""
    operation, shape = call.operation, call.shape
    activation = getattr(operation, "activation", None)
    if callable(activation):
        linear = graph.twin(operation, activation=keras.activations.linear)
        return Parts(lambda *tensors: call.compute(*tensors, operation=linear), activation, shape)
    taken = tuple(call.node.input_tensors[0].shape[1:])
    if _weightless(call) and (taken == shape or _size(taken) == _size(shape) > 0):
        return Parts(lambda x: x, call.compute, taken)
    return None


def _are_the_call(parts: Parts, call: Call) -> bool:
    """Try whether two steps give what a layer gives: a subclass may do something in between."""
    given = [
        ops.convert_to_tensor(_numbers(tensor.shape[1:])) for tensor in call.node.input_tensors
    ]
    together = parts.function(parts.linear(*given))
    return _equal(to_numpy(together), to_numpy(keras.tree.flatten(call.compute(*given))[0]))


def _squashed(z: np.ndarray, functions: Sequence[Compute]) -> tuple[np.ndarray, bool]:
    """Return what functions give one after another, and whether some first ones are a softmax."""
    y, found = z, False
    for function in functions:
        y = _answer(y, function)
        found = found or any(_equal(y.ravel(), known(z).ravel()) for known in _SQUASHING)
    return y, found


def _follows(z: np.ndarray, y: np.ndarray) -> bool:
    """Tell whether of two classes the one with the larger number has the larger one here, too."""
    classes = z.shape[-1] if z.shape[-1] > 1 else z.size  # a single unit: compare the images
    z, y = z.reshape(-1, classes), y.reshape(-1, classes)
    sorted_y = np.take_along_axis(y, z.argsort(axis=1, kind="stable"), axis=1)
    return bool(np.ptp(y) > 0 and (np.diff(sorted_y) >= 0).all())


def _negative(function: Compute) -> Compute:
    return lambda *tensors: -function(*tensors)


def _weightless(call: Call) -> bool:
    """Tell whether a call takes one tensor, and nothing that was learned."""
    return len(call.sources) == 1 and not getattr(call.operation, "weights", [])


def _size(shape: graph.Shape) -> int:
    return prod(side or 0 for side in shape)


def _is_relu(z: np.ndarray, y: np.ndarray) -> bool:
    """Tell a ReLU, also one with a maximum."""
    return y.shape == z.shape and y.max() > 0 and np.array_equal(y, z.clip(0, y.max()))


def _numbers(shape: Sequence[int | None]) -> np.ndarray:
    """Return some rows of numbers between -8 and 8, which every precision has exactly."""
    sides = [32 if side is None else side for side in shape]
    rows = max(2, 64 // prod(sides))
    return np.random.default_rng(0).integers(-64, 65, (rows, *sides)).astype("float32") / 8


def _answer(z: np.ndarray, *functions: Compute) -> np.ndarray:
    y = ops.convert_to_tensor(z)
    for function in functions:
        y = keras.tree.flatten(function(y))[0]
    return to_numpy(y)


def _equal(one: np.ndarray, other: np.ndarray) -> bool:
    """Compare to the three digits that half precision has."""
    return one.shape == other.shape and np.allclose(one, other, rtol=1e-2, atol=1e-3)
