"""Run a Keras model call by call, looking into the models inside it.

Tools that ask Keras for ``model.get_layer(name).output`` fail on the usual transfer model: a layer
of the base belongs to the base's own graph, which is not connected with the model around it. Here
the model is simply computed again, layer after layer, and what a layer gives can be read or changed
on the way. Works on every backend, and under its differentiation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import keras
import numpy as np
from keras import ops

from course_utils.costs.keras_bridge import calls, free_name, graph_of

K = keras.layers
Shape = tuple[int | None, ...]

# Layers that compute, then apply their ``activation`` at the end.
_ACTIVATED = (K.Dense, K.Conv2D, K.DepthwiseConv2D, K.SeparableConv2D, K.Conv2DTranspose)
_SQUASHING = (keras.activations.softmax, keras.activations.sigmoid)
_RELU = (keras.activations.relu, keras.activations.relu6)


def layer_shapes(model: keras.Model) -> dict[str, Shape]:
    """List every layer of a model, nested models opened up, with the shape of what it gives.

    Parameters
    ----------
    model : keras.Model
        Sequential or functional and built; models inside it are opened if they are either.

    Returns
    -------
    dict of str to tuple
        In the order of computation. Names are those of :func:`course_utils.costs.from_keras`: the
        layer's own, or with the inner model's name in front where two would be the same. Shapes
        are (height, width, channels) or (units,), without the batch.

    Raises
    ------
    ValueError
        If the model has no graph (it is subclassed, or not built), several inputs, or images with
        the channels first.

    Examples
    --------
    >>> base = keras.Sequential([keras.Input((8, 8, 3)), K.Conv2D(4, 3, name="conv")], name="base")
    >>> head = [base, K.GlobalAveragePooling2D(name="pool"), K.Dense(2, name="fc")]
    >>> layer_shapes(keras.Sequential([keras.Input((8, 8, 3)), *head]))
    {'conv': (6, 6, 4), 'pool': (4,), 'fc': (2,)}
    """
    return {name: tuple(node.outputs[0].shape[1:]) for name, node in _layers(model).items()}


def operations(model: keras.Model) -> dict[str, Any]:
    """Return the Keras layers behind the names that :func:`layer_shapes` lists."""
    return {name: node.operation for name, node in _layers(model).items()}


def last_layer(model: keras.Model) -> str:
    """Return the name of the layer that gives the model's output."""
    end = _end(_graph(model))
    return next(n for n, node in _layers(model).items() if any(t is end for t in node.outputs))


def find_layer(model: keras.Model, name: str) -> str:
    """Return the listed name of a layer, given that, its path, or the name of a nested model.

    Raises
    ------
    ValueError
        If there is no such layer; the message names the nearest.
    """
    known = _layers(model)
    if name in known:
        return name
    ends = _last_layers(model)
    if name in ends:
        return ends[name]
    short = name.rpartition("/")[2]
    if short in known and "/" in name:
        return short
    candidates = [*known, *ends]
    near = get_close_matches(short, candidates, n=3, cutoff=0.4) or candidates[-3:]
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


def run(
    model: keras.Model,
    images: Any,
    *,
    read: Sequence[str] = (),
    add: Mapping[str, Any] | None = None,
    relu: Callable[[Any, Callable[[Any], Any]], Any] | None = None,
    linear: str | None = None,
) -> tuple[Any, dict[str, Any]]:
    """Compute a model call by call, as in prediction.

    Parameters
    ----------
    model : keras.Model
    images : tensor, shape (n, height, width, channels)
    read : sequence of str
        Layers, as listed, whose outputs to return.
    add : mapping of str to tensor, optional
        What to add to the outputs of layers: its gradient is the gradient at that layer.
    relu : callable, optional
        Called as ``relu(x, forward)`` in the place of every ReLU ``forward(x)``.
    linear : str, optional
        A layer to compute without its ReLU, softmax or sigmoid, if it is or has one.

    Returns
    -------
    output : tensor or None
        None if the model was run only as far as the layers to read.
    values : dict of str to tensor
    """
    shifts = dict(add or {})
    only_read = bool(read) and not shifts
    values: dict[str, Any] = {}

    def call(name: str, node: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
        operation = node.operation
        if name == linear and _applies(operation, _RELU + _SQUASHING):
            outputs = [_linear_part(operation, args, kwargs)]
        elif relu is not None and _applies(operation, _RELU):
            outputs = [_with_relu(operation, args, kwargs, relu)]
        else:
            outputs = keras.tree.flatten(operation(*args, **kwargs))
        if name in shifts:
            outputs[0] = outputs[0] + shifts[name]
        if name in read:
            values[name] = outputs[0]
            if only_read and len(values) == len(set(read)):
                raise _Done
        return outputs

    try:
        (output,) = _walk(_graph(model), [images], call, set())
    except _Done:
        output = None
    return output, values


class _Done(Exception):
    """All that was asked for is computed."""


# --- the walk --------------------------------------------------------------------------------

_Call = Callable[[str, Any, tuple[Any, ...], dict[str, Any]], list[Any]]


def _walk(graph: Any, inputs: list[Any], call: _Call, taken: set[str], prefix: str = "") -> Any:
    """Give every layer its inputs, one after the other; forget a value after its last reader."""
    values = dict(zip(map(id, graph.inputs), inputs, strict=True))
    nodes = list(calls(graph))
    readers = Counter(id(tensor) for node in nodes for tensor in node.input_tensors)
    readers.update(map(id, graph.outputs))
    for node in nodes:
        operation = node.operation
        inner = graph_of(operation)
        if inner is not None:
            given = [values[id(tensor)] for tensor in node.input_tensors]
            outputs = _walk(inner, given, call, taken, f"{prefix}{operation.name}/")
        else:
            name = free_name(operation.name, prefix, taken)
            taken.add(name)
            taken.update(f"{name}:{at}" for at in range(1, len(node.outputs)))
            args, kwargs = node.arguments.fill_in(values)
            outputs = call(name, node, args, kwargs)
        values.update(zip(map(id, node.outputs), outputs, strict=True))
        for tensor in node.input_tensors:
            readers[id(tensor)] -= 1
            if not readers[id(tensor)]:
                values.pop(id(tensor), None)
    return [values[id(tensor)] for tensor in graph.outputs]


def _graph(model: Any) -> Any:
    graph = graph_of(model)
    if graph is None:
        raise ValueError(
            f"{getattr(model, 'name', model)!r} has no graph to look into: it is subclassed, or "
            "not built yet. Begin a Sequential with keras.Input(shape), or build a functional "
            "model."
        )
    if len(graph.inputs) != 1 or len(graph.outputs) != 1:
        raise ValueError(
            f"{model.name!r} has {len(graph.inputs)} inputs and {len(graph.outputs)} outputs; "
            "these methods need one image in and one row of scores out."
        )
    return graph


def _layers(model: keras.Model) -> dict[str, Any]:
    """Return the call of every layer by name, without computing anything."""
    found: dict[str, Any] = {}

    def note(name: str, node: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
        if getattr(node.operation, "data_format", None) == "channels_first":
            raise ValueError(
                f"{name!r} has its channels first; build the model with channels last."
            )
        found[name] = node
        return list(node.outputs)

    graph = _graph(model)
    _walk(graph, list(graph.inputs), note, set())
    return found


def _last_layers(model: keras.Model) -> dict[str, str]:
    """Return for every nested model the listed name of the layer that gives its output."""
    names = {id(node.outputs[0]): name for name, node in _layers(model).items()}
    ends: dict[str, str] = {}

    def search(graph: Any) -> None:
        for node in calls(graph):
            inner = graph_of(node.operation)
            if inner is not None:
                search(inner)
                if (name := names.get(id(_end(inner)))) is not None:
                    ends[node.operation.name] = name

    search(_graph(model))
    return ends


def _end(graph: Any) -> Any:
    """Return the tensor that a graph gives, in the innermost model that computes it."""
    tensor = graph.outputs[0]
    while (inner := graph_of(tensor._keras_history.operation)) is not None:
        tensor = inner.outputs[0]
    return tensor


# --- layers that end in an activation --------------------------------------------------------


def _applies(operation: Any, functions: tuple[Any, ...]) -> bool:
    """Tell whether an operation is one of some activations, or ends in one."""
    if isinstance(operation, (*_ACTIVATED, K.Activation)):
        return operation.activation in functions
    if isinstance(operation, K.ReLU):
        return keras.activations.relu in functions and not (
            operation.negative_slope or operation.threshold
        )
    if isinstance(operation, K.Softmax):
        return keras.activations.softmax in functions
    ours = type(operation).__module__.startswith("keras.")  # ops.relu(x) in a functional model
    return ours and type(operation).__name__.lower() in {f.__name__ for f in functions}


def has_relu(model: keras.Model) -> bool:
    """Tell whether any layer of a model is a ReLU or ends in one."""
    return any(_applies(operation, _RELU) for operation in operations(model).values())


def _linear_part(operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Compute a layer without its activation."""
    if not isinstance(operation, _ACTIVATED):
        return args[0]
    activation = operation.activation
    operation.activation = None
    try:
        return operation(*args, **kwargs)
    finally:
        operation.activation = activation


def _with_relu(operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any], relu: Any) -> Any:
    if isinstance(operation, _ACTIVATED):
        return relu(_linear_part(operation, args, kwargs), operation.activation)
    return relu(args[0], lambda x: operation(x, *args[1:], **kwargs))


# --- arrays ----------------------------------------------------------------------------------


def as_images(model: keras.Model, images: Any) -> np.ndarray:
    """Return images as the floats that a model takes, or say what does not fit.

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
    return np.asarray(ops.convert_to_numpy(tensor), dtype="float32")
