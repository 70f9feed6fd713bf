"""Softmax, sigmoid and ReLU, known by what they do and not by what they are called.

``"softmax"``, ``keras.ops.softmax``, ``tf.nn.softmax``, ``layers.Softmax()`` or a lambda around one
of them: what gives the same if all classes get 1 more is a function of a softmax, and what gives
numbers from 0 to 1 for any is one of a sigmoid.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import keras
import numpy as np
from keras import ops

from course_utils.interpret import graph
from course_utils.interpret.graph import _Call, _Compute, _Door, _to_numpy


@dataclass(frozen=True)
class _Before:
    """What to compute for scores: that of a model, but for a final softmax or sigmoid."""

    until: str = ""  # the call to end with, as in graph.run
    instead: Mapping[str, _Compute] = field(default_factory=dict)
    squashed: str = ""  # one that cannot be taken off, where all comes from such


@dataclass(frozen=True)
class _Parts:
    """A layer as two steps: a linear one, and the function of its numbers that follows it."""

    linear: _Compute
    function: Callable[[Any], Any]
    shape: graph._Shape  # of these numbers


def _relus(model: keras.Model) -> dict[str, _Parts]:
    """Return the layers of a model that are a ReLU or end in one, by name."""
    found = {}
    for name, call in graph._listing(model).calls.items():
        if parts := _parts(call):
            z = _numbers(parts.shape)
            if _is_relu(z, _answer(parts.function, z)) and _are_the_call(parts, call):
                found[name] = parts
    return found


def _before_squashing(model: keras.Model) -> _Before:
    """Return what to compute for scores: what a final softmax or sigmoid takes.

    Everything behind it falls with it, also in several branches, as in ``p - mean(p)``, if it has
    no weights and leaves the classes in their order; where that is turned, as in ``1 - p``, so is
    the sign. What mixes the classes in another way is refused. A softmax may be written in several
    steps: it begins where 1 more for each class makes no difference, and before steps that only
    move all classes by the same.
    """
    found, before = graph._listing(model), _Before()
    needed = {found.last}  # what the output is computed from
    squashed, whole, apart, free, shown = "", False, False, False, False
    for at, step in reversed(found.steps.items()):
        if at not in needed:
            continue
        needed.remove(at)
        if isinstance(step, _Door):
            needed.update(step.sources)
            continue
        parts = _parts(step)
        if parts and _are_the_call(parts, step):
            rest = _rest(model, at, parts)
            squashes = _squashes(parts, parts.function)
            sign = None
            if not (needed or squashed or free):
                mixes = _mixes(parts, rest)
                if mixes or squashes or (not before.until and _squashes(parts, rest)):
                    sign = _order(parts, rest)
            alone = bool(sign) and _is_softmax(parts)
            ends = alone or not before.until or (squashes and apart)
            if sign and (ends or _moves(model, at, parts, before, whole)):
                before, whole = _Before(at, {at: _rows_of(parts.linear, sign)}), alone
                apart = apart or not mixes  # it is a sigmoid; one before it falls, too
            elif sign is not None and not before.until:
                raise _no_scores(model, at)
            elif squashes and not before.until:
                squashed, shown = at, shown or _is_shown(model, at, step)
                continue
        learned = bool(getattr(step.operation, "weights", []))
        layer = isinstance(step.operation, keras.layers.Layer)
        hidden = learned or (layer and not parts and not graph._is_plain(step))
        if hidden and not (needed or free or before.until) and _is_bounded(step):
            return _Before(squashed=at)
        free = free or learned
        needed.update(() if learned else step.sources)
    return before if (needed or free) and not shown else _Before(squashed=squashed)


def _is_shown(model: keras.Model, at: str, call: _Call) -> bool:
    """Tell whether what a call gives stands in the model's output, beside other numbers."""
    z, taken = _numbers(call.shape), graph._graph(model).inputs[0]
    images = ops.zeros((len(z), *(side or 32 for side in taken.shape[1:])), taken.dtype)
    given = {"input": images, at: ops.cast(z, call.node.outputs[0].dtype)}
    columns = _to_numpy(graph._run(model, given)).reshape(len(z), -1)
    return bool((columns == z.reshape(len(z), -1)[:, :1]).all(axis=0).any())


def _rest(model: keras.Model, at: str, parts: _Parts) -> _Compute:
    """Return what a model computes from the numbers that one of its calls has before the last."""
    return lambda numbers: graph._run(model, {at: parts.function(numbers)})


def _mixes(parts: _Parts, function: _Compute) -> bool:
    """Tell whether a function of a call's numbers minds only by how much the classes differ."""
    z = _numbers(parts.shape)
    single = 1 < z.shape[-1] == z[0].size
    y, twice = _answer(function, z), _answer(function, 2 * z)
    if graph._same(twice, y) or graph._same(twice, 2 * y):
        return False  # it subtracts the mean, or normalises
    return bool(single and np.abs(y - _answer(function, z + 1)).max() < 1e-2 * np.ptp(y))


def _is_softmax(parts: _Parts) -> bool:
    """Tell whether a call gives probabilities, or their logarithms, all by itself."""
    z = _numbers(parts.shape)
    return _are_probabilities(_answer(parts.function, z).reshape(len(z), -1))


def _moves(model: keras.Model, at: str, parts: _Parts, before: _Before, whole: bool) -> bool:
    """Tell whether all that lies between two calls moves all classes by the same number.

    Before a whole softmax it is a part of the scores, but if the highest is always the same then.
    """
    z = _numbers(parts.shape)
    compute = {before.until: before.instead[before.until]}
    later = _answer(lambda x: graph._run(model, {at: parts.function(x)}, compute, before.until), z)
    moved = later - z.reshape(later.shape)
    kept = whole and np.ptp(later.max(axis=-1)) > 1e-2
    return bool(not kept and np.ptp(moved, axis=-1).max() < 1e-2)


def _squashes(parts: _Parts, function: _Compute) -> bool:
    """Tell whether a function of a call's numbers is one of their softmax or sigmoid."""
    z = _numbers(parts.shape)
    inside = 0.5 + z / 20  # from 0.1 to 0.9
    y, far = _answer(function, z), _answer(function, 16 * z)
    cut = _answer(function, z.clip(0, 1))  # the same of what keeps probabilities from 0 and 1
    if graph._same(_answer(function, inside), inside) or graph._same(y, far) or graph._same(y, cut):
        return False  # it cuts off what is too small or too large, or scales
    between = y.min() >= 0 and y.max() <= 1 and not (np.abs(far - 0.5) > 0.5).any()
    return bool(np.unique(y).size > 2 and (between or _mixes(parts, function)))  # not z > 0


def _order(parts: _Parts, rest: _Compute) -> int | None:
    """Say whether the output rises (1) or falls (-1) with what a function takes, or neither (0).

    None: it does not have one number for each of them.
    """
    z = _numbers(parts.shape)
    y = _answer(rest, z)
    if y.ndim != 2 or y.size != z.size or np.ptp(y) == 0:
        return None
    classes = z.shape[-1] if z.shape[-1] > 1 else z.size  # a single unit: compare the images
    order = z.reshape(-1, classes).argsort(axis=1, kind="stable")
    steps = np.diff(np.take_along_axis(y.reshape(-1, classes), order, axis=1))
    return int((steps >= 0).all()) - int((steps <= 0).all())


def _rows_of(linear: _Compute, sign: int) -> _Compute:
    """Return a function that gives one row of scores for each image."""

    def rows(*tensors: Any) -> Any:
        scores = linear(*tensors)
        return sign * ops.reshape(scores, (ops.shape(scores)[0], -1))

    return rows


def _check_scores(model: keras.Model, scores: np.ndarray, before: _Before) -> None:
    """Warn if scores are probabilities, and refuse what else is computed from nothing but them."""
    if _are_probabilities(scores):
        warnings.warn(
            f"What {model.name!r} gives for an image are probabilities, and no softmax was found "
            "to take off: in each of them the other classes have a say. Let the model end in "
            "Dense(n) and layers.Softmax().",
            stacklevel=3,
        )
    elif before.squashed:
        raise _no_scores(model, before.squashed)


def _no_scores(model: keras.Model, name: str) -> ValueError:
    return ValueError(
        f"What {model.name!r} gives for an image are no scores: {name!r} squashes or mixes the "
        "numbers of the classes, as a softmax does, and what follows cannot be taken off. Let the "
        "model end in Dense(n) and layers.Softmax()."
    )


def _are_probabilities(rows: np.ndarray) -> bool:
    """Tell rows of probabilities, also in percent, or their logarithms."""
    spellings = rows, rows / 100, np.exp(np.minimum(rows, 1))
    return rows.shape[1] > 1 and any(
        np.min(one) >= 0 and np.allclose(one.sum(axis=1), 1, atol=5e-3) for one in spellings
    )


# --- trying ----------------------------------------------------------------------------------


def _parts(call: _Call) -> _Parts | None:
    """Return a call as its linear part and its activation, or None if it is not such a thing."""
    operation, shape = call.operation, call.shape
    wrapped = isinstance(operation, keras.layers.Wrapper)
    inner = operation.layer if wrapped else operation
    activation = getattr(inner, "activation", None)
    if callable(activation) and not isinstance(inner, keras.layers.RNN):
        linear = graph._twin(inner, activation=keras.activations.linear)
        whole = graph._twin(operation, layer=linear) if wrapped else linear
        return _Parts(lambda *tensors: call.compute(*tensors, operation=whole), activation, shape)
    if len(call.sources + tuple(call.node.outputs)) > 2 or getattr(operation, "weights", []):
        return None
    taken = tuple(call.node.input_tensors[0].shape[1:])
    before, after = (prod(side or 0 for side in one) for one in (taken, shape))
    fits = taken == shape or before == after > 0
    return _Parts(lambda x: x, call.compute, taken) if fits else None


def _are_the_call(parts: _Parts, call: _Call) -> bool:
    """Try whether two steps give what a layer gives: a subclass may do something in between."""
    given = _inputs(call)
    both = parts.function(parts.linear(*given)), call.compute(*given)
    return graph._same(*map(_to_numpy, both))


def _is_bounded(call: _Call) -> bool:
    """Try whether a layer with weights has a sigmoid or a softmax inside, or what follows one."""
    far = [1000 * x for x in _inputs(call, 16)]  # then it gives 0 or 1, or a 1 for one class
    y = _to_numpy(call.compute(*far))
    low, high = y.min(), y.max()
    rows = y.reshape(len(y), -1)
    one = rows.shape[1] > 1 and np.ptp(rows.sum(axis=1)) < 1e-2 * (high - low)
    ends = np.minimum(y - low, high - y) <= 1e-2 * (high - low)
    inside = low >= 0 and high <= 1  # there may be a normalisation before it
    return bool(low < high and (inside or (one and ends.mean() > 0.9)))


def _inputs(call: _Call, least: int = 2) -> list[Any]:
    """Return numbers that a call may take."""
    given = [_numbers(tensor.shape[1:], least) for tensor in call.node.input_tensors]
    return [ops.convert_to_tensor(one[: min(map(len, given))]) for one in given]


def _is_relu(z: np.ndarray, y: np.ndarray) -> bool:
    """Tell a ReLU, also one with a maximum."""
    return y.shape == z.shape and y.max() > 0 and np.array_equal(y, z.clip(0, y.max()))


def _numbers(shape: Sequence[int | None], least: int = 2) -> np.ndarray:
    """Return some rows of numbers between -8 and 8, which every precision has exactly."""
    sides = [32 if side is None else side for side in shape]
    rows = max(least, 64 // prod(sides))
    return np.random.default_rng(0).integers(-64, 65, (rows, *sides)).astype("float32") / 8


def _answer(function: _Compute, z: np.ndarray) -> np.ndarray:
    return _to_numpy(function(ops.convert_to_tensor(z)))
