"""Run a Keras model as ``predict`` does, with a hand on every layer of it.

Tools that ask Keras for ``model.get_layer(name).output`` fail on the usual transfer model: a layer
of the base belongs to the base's own graph, which is not connected with the model around it. Here
the model is computed again, layer after layer, and what a layer gives can be read or changed on the
way. Keras itself still calls every layer and every nested model, with ``training=False``: what
augments in training, drops out or learns statistics does what it does in prediction, in the
precision that it has there. Works on every backend, and under its differentiation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import ops

from course_utils.costs.keras_bridge import calls, free_name, graph_of, no_graph

K = keras.layers
Shape = tuple[int | None, ...]
Compute = Callable[..., Any]  # from tensors to a tensor, or to several


@dataclass(frozen=True)
class Call:
    """One call of a layer, or of a function such as ``keras.ops.relu``, in a model.

    Attributes
    ----------
    node : keras.Node
        As Keras has written it down.
    sources : tuple of str
        The calls that give its inputs, by name; ``"input"`` is the image.
    """

    node: Any
    sources: tuple[str, ...]

    @property
    def operation(self) -> Any:
        """The layer or function."""
        return self.node.operation

    @property
    def shape(self) -> Shape:
        """The shape of what it gives, without the batch."""
        return tuple(self.node.outputs[0].shape[1:])

    def compute(self, *tensors: Any, operation: Any = None) -> Any:
        """Do it with other inputs, or another layer, as in prediction."""
        given = zip(map(id, self.node.input_tensors), tensors, strict=True)
        args, kwargs = self.node.arguments.fill_in(dict(given))
        if isinstance(self.operation, K.Layer):  # also where the graph says True, as Keras does
            kwargs["training"] = False
        return (operation or self.operation)(*args, **kwargs)


@dataclass(frozen=True)
class Listing:
    """Every call in a model under a name of its own, nested models opened up.

    Attributes
    ----------
    calls : dict of str to Call
        In the order of computation.
    paths : dict of str to str
        From a path with the names of all models around a layer, or the name of a nested model, to
        the name of the call that gives it.
    last : str
        The call that gives the model's output.
    """

    calls: dict[str, Call] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    last: str = ""


def layer_shapes(model: keras.Model) -> dict[str, Shape]:
    """List every layer of a model, nested models opened up, with the shape of what it gives.

    Parameters
    ----------
    model : keras.Model
        Sequential or functional and built; models inside it are opened if they are either. One
        with a ``call`` of its own is a single layer, if it is inside another.

    Returns
    -------
    dict of str to tuple
        In the order of computation. Names are those of :func:`course_utils.costs.from_keras`: the
        layer's own, or with the inner model's name in front where two would be the same. Shapes
        are (height, width, channels) or (units,), without the batch.

    Raises
    ------
    ValueError
        If the model has no graph (not built, or with a ``call`` of its own), several inputs, or
        images with the channels first.

    Examples
    --------
    >>> base = keras.Sequential([keras.Input((8, 8, 3)), K.Conv2D(4, 3, name="conv")], name="base")
    >>> head = [base, K.GlobalAveragePooling2D(name="pool"), K.Dense(2, name="fc")]
    >>> layer_shapes(keras.Sequential([keras.Input((8, 8, 3)), *head]))
    {'conv': (6, 6, 4), 'pool': (4,), 'fc': (2,)}
    """
    return {name: call.shape for name, call in listing(model).calls.items()}


def listing(model: keras.Model) -> Listing:
    """List every call in a model.

    Raises
    ------
    ValueError
        As :func:`layer_shapes`.
    """
    found, taken = Listing(), {"input"}

    def add(graph: Any, sources: Sequence[str], prefix: str) -> list[str]:
        """List the calls of a graph; return the names of what gives its outputs."""
        names = dict(zip(map(id, graph.inputs), sources, strict=True))
        for node in calls(graph):
            operation, path = node.operation, prefix + node.operation.name
            given = tuple(names[id(tensor)] for tensor in node.input_tensors)
            inner = graph_of(operation)
            if inner is not None:
                outputs = add(inner, given, f"{path}/")
                for alias in (path, operation.name):
                    found.paths.setdefault(alias, outputs[0])
            else:
                name = free_name(operation.name, prefix, taken)
                if getattr(operation, "data_format", None) == "channels_first":
                    raise ValueError(
                        f"{name!r} has its channels first; build the model with channels last."
                    )
                outputs = [name, *(f"{name}:{at}" for at in range(1, len(node.outputs)))]
                taken.update(outputs)
                found.calls[name] = Call(node, given)
                found.paths.setdefault(path, name)
            names.update(zip(map(id, node.outputs), outputs, strict=True))
        return [names[id(tensor)] for tensor in graph.outputs]

    (last,) = add(_graph(model), ["input"], "")
    return Listing(found.calls, found.paths, last)


def find_layer(model: keras.Model, name: str) -> str:
    """Return the listed name of a layer, given that, its path, or the name of a nested model.

    Raises
    ------
    ValueError
        If there is no such layer; the message names the nearest.
    """
    found = listing(model)
    if name in found.calls:
        return name
    if found.paths.get(name) in found.calls:
        return found.paths[name]
    candidates = [*found.calls, *found.paths]
    short = name.rpartition("/")[2]
    near = get_close_matches(short, candidates, n=3, cutoff=0.4) or list(found.calls)[-3:]
    raise ValueError(
        f"{model.name!r} has no layer {name!r}; there is {', '.join(near)}. "
        "layer_shapes(model) lists them all."
    )


def input_shape(model: keras.Model) -> Shape:
    """Return the shape of the image that a model takes; None for a side that it leaves open."""
    return tuple(_graph(model).inputs[0].shape[1:])


def last_maps(model: keras.Model) -> str:
    """Return the name of the last layer that gives feature maps of more than one pixel.

    Raises
    ------
    ValueError
        If there is none.
    """
    for name, shape in reversed(layer_shapes(model).items()):
        if len(shape) == 3 and shape[:2] != (1, 1):
            return name
    raise ValueError(f"{model.name!r} has no layer whose output is feature maps.")


# --- running ---------------------------------------------------------------------------------


def run(model: keras.Model, images: Any, instead: Mapping[str, Compute] | None = None) -> Any:
    """Compute a model as ``predict`` does.

    Parameters
    ----------
    model : keras.Model
    images : tensor, shape (n, height, width, channels)
    instead : mapping of str to callable, optional
        What to compute in the place of layers, as listed, from the tensors that they take.

    Returns
    -------
    tensor
    """
    names = iter(listing(model).calls)
    walking = _walking(model, names, instead or {}, as_floats=_takes_integers(model))
    return walking(images, training=False)


def read(
    model: keras.Model,
    images: Any,
    layers: Sequence[str],
    instead: Mapping[str, Compute] | None = None,
) -> dict[str, Any]:
    """Compute a model as far as some layers, and return what they give.

    Parameters
    ----------
    model : keras.Model
    images : tensor, shape (n, height, width, channels)
    layers : sequence of str
        As listed.
    instead : mapping of str to callable, optional
        As in :func:`run`.

    Returns
    -------
    dict of str to tensor
    """
    known, given = listing(model).calls, dict(instead or {})
    values: dict[str, Any] = {}

    def reading(name: str) -> Compute:
        compute: Compute = given.get(name, known[name].compute)

        def then_read(*tensors: Any) -> Any:
            outputs = compute(*tensors)
            values[name] = keras.tree.flatten(outputs)[0]
            if len(values) == len(set(layers)):
                raise _AllRead
            return outputs

        return then_read

    try:
        run(model, images, given | {name: reading(name) for name in layers})
    except _AllRead:
        return values
    raise AssertionError("A layer that is listed was not computed.")


class _AllRead(BaseException):
    """All that was asked for is computed: no ``Exception``, which Keras would write into."""


def _walking(
    model: Any, names: Iterator[str], instead: Mapping[str, Compute], as_floats: bool = False
) -> Any:
    """Return a model that goes through its graph and computes ``instead`` of some layers.

    ``names`` gives the listed name of each call, in the order of computation. ``as_floats``: leave
    images as they are; as the integers that the model asks for, they would have no gradient.
    """
    graph = graph_of(model)

    def call(inputs: Any, training: Any = None, mask: Any = None) -> Any:
        tensors = [inputs] if as_floats else graph._standardize_inputs(inputs)
        values = dict(zip(map(id, graph.inputs), tensors, strict=True))
        nodes = list(calls(graph))
        readers = Counter(id(tensor) for node in nodes for tensor in node.input_tensors)
        readers.update(map(id, graph.outputs))
        for node in nodes:
            compute: Compute = Call(node, ()).compute
            if graph_of(node.operation) is not None:
                inner = _walking(node.operation, names, instead)
                compute = partial(compute, operation=inner)
            else:
                compute = instead.get(next(names), compute)
            outputs = compute(*(values[id(tensor)] for tensor in node.input_tensors))
            flat = keras.tree.flatten(outputs)
            values.update(zip(map(id, node.outputs), flat, strict=True))
            for tensor in node.input_tensors:  # forget a value after its last reader
                readers[id(tensor)] -= 1
                if not readers[id(tensor)]:
                    values.pop(id(tensor), None)
        outputs = [values[id(tensor)] for tensor in graph.outputs]
        return outputs[0] if len(outputs) == 1 else outputs

    converts = model._convert_input_args and not as_floats
    return twin(model, call=call, _convert_input_args=converts)


def twin(layer: Any, **attributes: Any) -> Any:
    """Return a layer that shares everything with another, but for some attributes.

    The other one, which belongs to the reader, is left alone.
    """
    result = object.__new__(type(layer))
    vars(result).update(vars(layer) | attributes)
    return result


def _graph(model: Any) -> Any:
    graph = graph_of(model)
    if graph is None:
        raise ValueError(no_graph(model))
    if len(graph.inputs) != 1 or len(graph.outputs) != 1:
        raise ValueError(
            f"{model.name!r} has {len(graph.inputs)} inputs and {len(graph.outputs)} outputs; "
            "these methods need one image in and one row of scores out."
        )
    return graph


def _takes_integers(model: keras.Model) -> bool:
    return not keras.backend.is_float_dtype(_graph(model).inputs[0].dtype)


# --- arrays ----------------------------------------------------------------------------------


def as_images(model: keras.Model, images: Any) -> np.ndarray:
    """Return images as the numbers that a model takes, in float32, or say what does not fit.

    Raises
    ------
    ValueError
        If the shape is not (n, height, width, channels) as the model takes it.
    """
    pixels = np.asarray(images)
    wanted = input_shape(model)
    fits = pixels.ndim == len(wanted) + 1 and all(
        side in (None, given) for side, given in zip(wanted, pixels.shape[1:], strict=True)
    )
    if not fits or not len(pixels):
        words = ", ".join("any" if side is None else str(side) for side in wanted)
        hint = " Put a single image into a batch: image[np.newaxis]."
        raise ValueError(
            f"{model.name!r} takes images of shape (n, {words}), not {pixels.shape}."
            f"{hint if pixels.ndim == len(wanted) else ''}"
        )
    if _takes_integers(model):  # Keras cuts the fractions off, too
        pixels = pixels.astype(_graph(model).inputs[0].dtype)
    return pixels.astype("float32", copy=False)


def as_channels(layer: str, depth: int, channels: Any) -> tuple[int, ...]:
    """Return the numbers of a layer's channels, all of them for None.

    Raises
    ------
    ValueError
        If the layer does not have one of them.
    """
    if channels is None:
        return tuple(range(depth))
    numbers = tuple(int(channel) for channel in channels)
    for number in numbers:
        if not 0 <= number < depth:
            raise ValueError(f"{layer!r} has the channels 0 to {depth - 1}, not {number}.")
    if not numbers:
        raise ValueError("No channel is asked for.")
    return numbers


def batches(count: int, size: int) -> list[slice]:
    """Return slices that cut ``count`` images into batches."""
    if size < 1:
        raise ValueError(f"batch_size must be 1 or more, not {size}.")
    return [slice(start, start + size) for start in range(0, count, size)]


def to_numpy(tensor: Any) -> np.ndarray:
    """Return a tensor of any backend as a float32 array."""
    return ops.convert_to_numpy(ops.cast(tensor, "float32"))
