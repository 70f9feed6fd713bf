"""Walk through a Keras model as ``predict`` does, with a hand on every layer of it.

Tools that ask Keras for ``model.get_layer(name).output`` fail on the usual transfer model: a layer
of the base belongs to the base's own graph, which is not connected with the model around it. Here
the model is computed again, layer after layer, nested models opened up, and what a layer gives can
be read or changed on the way. Keras itself still calls every layer, with ``training=False``: what
augments in training, drops out or learns statistics does what it does in prediction, in the
precision that it has there. Works on every backend, and under its differentiation.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import keras
import numpy as np
from keras import ops

from course_utils.costs import keras_bridge as bridge

_K = keras.layers
_Shape = tuple[int | None, ...]
_Compute = Callable[..., Any]  # from tensors to a tensor, or to several


@dataclass(frozen=True)
class _Call:
    """One call of a layer, or of a function such as ``keras.ops.relu``, in a model."""

    node: Any  # the keras.Node, as Keras has written it down
    sources: tuple[str, ...]  # the calls that give its inputs, by name; "input" is the image

    @property
    def operation(self) -> Any:
        """The layer or function."""
        return self.node.operation

    @property
    def shape(self) -> _Shape:
        """The shape of what it gives, without the batch."""
        return tuple(self.node.outputs[0].shape[1:])

    def compute(self, *tensors: Any, operation: Any = None) -> Any:
        """Do it with other inputs, or another layer, as in prediction."""
        args, kwargs = bridge.filled(self.node, tensors)
        if isinstance(self.operation, _K.Layer):  # also where the graph says True, as Keras does
            kwargs["training"] = False
        return (operation or self.operation)(*args, **kwargs)


@dataclass(frozen=True)
class _Door:
    """Where a nested model takes its inputs: Keras casts them there, and adjusts their rank."""

    model: Any
    sources: tuple[str, ...]

    def compute(self, *tensors: Any) -> Any:
        """Return the tensors as the model's first layers get them."""
        model, given = self.model, list(tensors)
        if model._convert_input_args:
            convert = model.dtype_policy.convert_input
            given = [convert(x, model.autocast, model.input_dtype) for x in given]
        graph = bridge.graph_of(model)
        return graph._adjust_input_rank(graph._convert_inputs_to_tensors(given))


@dataclass(frozen=True)
class _Listing:
    """Every call in a model under a name of its own, nested models opened up."""

    # In the order of computation. A step with several outputs gives "name", "name:1", ...
    steps: dict[str, _Call | _Door]
    last: str  # the call that gives the model's output

    @property
    def calls(self) -> dict[str, _Call]:
        """The steps that are calls of a layer."""
        return {name: step for name, step in self.steps.items() if isinstance(step, _Call)}


def layer_shapes(model: keras.Model) -> dict[str, _Shape]:
    """List every layer of a model, nested models opened up, with the shape of what it gives.

    The order is that of computation. Names are those of :func:`course_utils.costs.from_keras`: the
    layer's own, or with the inner model's name in front where two would be the same. Shapes are
    (height, width, channels) or (units,), without the batch. A model with a ``call`` of its own is
    a single layer, if it is inside another.

    >>> base = keras.Sequential([keras.Input((8, 8, 3)), _K.Conv2D(4, 3, name="conv")], name="base")
    >>> head = [base, _K.GlobalAveragePooling2D(name="pool"), _K.Dense(2, name="fc")]
    >>> layer_shapes(keras.Sequential([keras.Input((8, 8, 3)), *head]))
    {'conv': (6, 6, 4), 'pool': (4,), 'fc': (2,)}
    """
    return {name: call.shape for name, call in _listing(model).calls.items()}


def _listing(model: keras.Model) -> _Listing:
    """List every call in a model; refuses the models that :func:`layer_shapes` refuses."""
    _graph(model)  # there is one, of one input and one output
    steps: dict[str, _Call | _Door] = {}
    walked, (last,) = bridge.walk(model, ("input",), doors=True)
    for called, sources, (name, *_) in walked:
        if isinstance(called, keras.Model):
            steps[name] = _Door(called, sources)
            continue
        if getattr(called.operation, "data_format", None) == "channels_first":
            raise ValueError(
                f"{name!r} has its channels first; build the model with channels last."
            )
        steps[name] = _Call(called, sources)
    return _Listing(steps, last)


def _find_layer(model: keras.Model, name: str) -> str:
    """Return the name of a layer, or say which there are."""
    names = list(_listing(model).calls)
    if name not in names:
        short = str(getattr(name, "name", name)).rpartition("/")[2]  # a layer itself may be given
        near = get_close_matches(short, names, n=3, cutoff=0.4) or names[-3:]
        raise ValueError(
            f"{model.name!r} has no layer {name!r}; there is {', '.join(near)}. "
            "layer_shapes(model) lists them all."
        )
    return name


def _input_shape(model: keras.Model) -> _Shape:
    """Return the shape of the image that a model takes; None for a side that it leaves open."""
    return tuple(_graph(model).inputs[0].shape[1:])


def _check_planar(model: keras.Model) -> None:
    """Refuse a model that takes signals or volumes, for methods that need height and width."""
    shape = _input_shape(model)
    if len(shape) != 3:
        raise ValueError(
            f"{model.name!r} takes inputs of shape {shape}; this method needs images of (height, "
            "width, channels)."
        )
    for name, call in _listing(model).calls.items():
        turns = type(call.operation).__name__ in ("Permute", "Transpose")
        if turns and call.node.input_tensors[0].shape[1:] == shape:
            raise ValueError(f"{name!r} turns the image, so its channels may stand first.")


def _last_maps(model: keras.Model) -> str:
    """Return the name of the last layer that gives feature maps of more than one pixel."""
    maps, last = {"input"}, ""
    sizes: set[_Shape] = set()
    for name, step in _listing(model).steps.items():
        keeps = any(source in maps for source in step.sources)
        if isinstance(step, _Call):
            turned = type(step.operation).__name__ in ("Permute", "Reshape", "Transpose")
            size = step.shape[:2]
            looks = hasattr(step.operation, "kernel_size") or not _is_plain(step)
            keeps = keeps or size in sizes or hasattr(step.operation, "data_format")
            keeps = keeps and len(step.shape) == 3 and not turned
            if keeps and (looks or sizes):  # else it is still the image
                sizes.add(size)
                last = name if size != (1, 1) else last
        maps.update([name] if keeps else [])
    if last:
        return last
    raise ValueError(f"{model.name!r} has no layer whose output is feature maps.")


# --- running ---------------------------------------------------------------------------------


def _run(
    model: keras.Model,
    given: Mapping[str, Any],
    instead: Mapping[str, _Compute] | None = None,
    until: str = "",
) -> Any:
    """Compute a model as ``predict`` does, and other things than some of its layers.

    ``given`` has what is known: the images as ``"input"``, or what a layer gives under its name.
    ``instead`` has by name what to compute from the tensors that such a layer takes. ``until`` is
    the layer to end with, and whose output is returned; by default, the one that gives the model's.
    """
    found, instead = _listing(model), instead or {}
    last = until or found.last
    values = {**given}
    readers = Counter(source for step in found.steps.values() for source in step.sources)
    readers[last] += 1
    for at, (name, step) in enumerate(found.steps.items()):
        if last in values:
            break
        if not values.keys() >= set(step.sources):
            continue  # before what is given
        outputs: Any = [values[source] for source in step.sources]
        # As integers the images would have no gradient.
        if at > 0 or not _takes_integers(model):
            compute: _Compute = instead.get(name, step.compute)
            outputs = compute(*outputs)
        for place, output in enumerate(keras.tree.flatten(outputs)):
            values.setdefault(f"{name}:{place}" if place else name, output)
        for source in step.sources:  # forget a value after its last reader
            readers[source] -= 1
            if not readers[source]:
                values.pop(source, None)
    return values[last]


def _activations(model: keras.Model, images: Any, layer: str) -> np.ndarray:
    """Return what a layer gives for images, in float32."""
    pixels, name = _as_images(model, images), _find_layer(model, layer)
    inputs = ({"input": ops.convert_to_tensor(pixels[at])} for at in _batches(len(pixels)))
    return _finite(name, np.concatenate([_to_numpy(_run(model, x, until=name)) for x in inputs]))


def _twin(layer: Any, /, **attributes: Any) -> Any:
    """Return a layer that shares everything with another, but for some attributes.

    The other one, which belongs to the reader, is left alone.
    """
    result = object.__new__(type(layer))
    vars(result).update(vars(layer) | attributes)
    return result


def _graph(model: Any) -> Any:
    graph = bridge.graph_of(model)
    if graph is None:
        raise ValueError(bridge.no_graph(model))
    if len(graph.inputs) != 1 or len(graph.outputs) != 1:
        raise ValueError(
            f"{model.name!r} has {len(graph.inputs)} inputs and {len(graph.outputs)} outputs; "
            "these methods need one image in and one row of scores out."
        )
    return graph


def _takes_integers(model: keras.Model) -> bool:
    return not keras.backend.is_float_dtype(_graph(model).inputs[0].dtype)


# --- arrays ----------------------------------------------------------------------------------


def _as_images(model: keras.Model, images: Any) -> np.ndarray:
    """Return images as the numbers that a model takes, in float32, or say what does not fit."""
    wanted = _input_shape(model)
    pixels = _stacked(images)
    fits = pixels.ndim == len(wanted) + 1 and all(
        side in (None, given) for side, given in zip(wanted, pixels.shape[1:], strict=True)
    )
    if not fits or not len(pixels):
        words = ", ".join("any" if side is None else str(side) for side in wanted)
        hint = " Put a single image into a batch: image[np.newaxis]."
        if wanted[-1] == 1 and pixels.shape[1:] == wanted[:-1]:
            hint = " Gray images have one channel: images[..., np.newaxis]."
        raise ValueError(
            f"{model.name!r} takes images of shape (n, {words}), not {pixels.shape}."
            f"{hint if pixels.ndim == len(wanted) else ''}"
        )
    try:
        numbers = pixels.astype("float32", copy=False)
    except (TypeError, ValueError):
        numbers = np.array(np.nan)
    if np.iscomplexobj(pixels) or not np.isfinite(numbers).all():
        raise ValueError("The images hold NaN, infinity or what is no number at all.")
    tried = numbers[:1]
    if _takes_integers(model):  # Keras cuts the fractions off, too
        tried = numbers = pixels.astype(_graph(model).inputs[0].dtype).astype("float32")
    for at in _batches(len(tried)):
        _check_walk(model, tried[at])
    return numbers


def _stacked(images: Any) -> np.ndarray:
    """Return images as one array."""
    try:
        return np.asarray(images)
    except ValueError:  # in NumPy's words "inhomogeneous"
        raise ValueError("The images are of several sizes, or labels are among them.") from None


def _check_walk(model: keras.Model, images: np.ndarray) -> None:
    """Refuse a model that predicts something else than its layers, one after the other, give."""
    for name in ("predict", "predict_step", "predict_on_batch"):
        if name in vars(model) or getattr(type(model), name) is not getattr(keras.Model, name):
            raise ValueError(f"{model.name!r} has a {name}() of its own, which may do anything.")
    for layer in model._flatten_layers():
        if getattr(layer, "stateful", False):
            raise ValueError(f"{layer.name!r} keeps a state between calls: set stateful=False.")
    inputs = _graph(model)._inputs_struct
    try:
        given = model(keras.tree.pack_sequence_as(inputs, [images]), training=False)
    except Exception as error:
        if count := _graph(model).inputs[0].shape[0]:
            raise ValueError(
                f"{model.name!r} takes {count} images at a time, and these methods give it others: "
                "begin it with keras.Input(shape)."
            ) from error
        raise
    _check_own(model, images[:1])
    walked = _to_numpy(_run(model, {"input": ops.convert_to_tensor(images)}))
    if not _same(_to_numpy(given), walked):
        raise ValueError(
            f"{model.name!r} predicts something else than its layers give, one after the other: "
            "it may compute in whole numbers."
        )


def _check_own(model: keras.Model, image: np.ndarray) -> None:
    """Refuse a step that gives an image other numbers the next time, or among other images."""
    seen: dict[str, list[list[np.ndarray]]] = {}

    def watched(name: str, call: _Call) -> _Compute:
        def compute(*tensors: Any) -> Any:
            output = call.compute(*tensors)
            seen.setdefault(name, []).append(list(map(_to_numpy, keras.tree.flatten(output))))
            return output

        return compute

    own = {name: call for name, call in _listing(model).calls.items() if not _is_plain(call)}
    if not own:
        return
    instead = {name: watched(name, call) for name, call in own.items()}
    half = image / 2  # as large as the image are its numbers at the most
    for batch in (half, np.concatenate([np.repeat(half, 8, axis=0), image])):
        _run(model, {"input": ops.convert_to_tensor(batch)}, instead)
    for name, outputs in seen.items():
        for alone, among in zip(*outputs, strict=True):
            if alone.shape[:1] == (1,) and among.shape[:1] == (9,):
                alone, among = np.repeat(alone, 8, axis=0), among[:8]
            elif alone.shape != among.shape:
                continue  # parts of images stand in the batch
            if not _same(alone, among):
                raise ValueError(
                    f"{name!r} gives an image other numbers the next time, or among other images: "
                    "it draws at random, counts, or computes with the whole batch."
                )


def _is_plain(call: _Call) -> bool:
    """Tell Keras's own layers, which treat each image alone and always the same in prediction."""
    layer = call.operation
    parts = layer._flatten_layers() if isinstance(layer, _K.Layer) else ()
    own = [part for part in parts if isinstance(part, _K.Lambda) or not bridge.is_keras(part)]
    return isinstance(layer, _K.Layer) and not own


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    """Compare to the three digits that half precision has."""
    close = {"rtol": 1e-2, "atol": 1e-3 * min(1, np.abs(one).max(initial=0)), "equal_nan": True}
    return one.shape == other.shape and np.allclose(one, other, **close)


def _finite(name: str, values: np.ndarray) -> np.ndarray:
    """Return what a model or layer gives, or refuse it where a training has diverged."""
    if not np.isfinite(values).all():
        raise ValueError(
            f"{name!r} gives NaN or infinity for images of ordinary numbers: look at its weights, "
            "for a training may have diverged, and its precision, for float16 ends at 65,504."
        )
    return values


def _check_channels(layer: str, depth: int, channels: Sequence[int]) -> None:
    """Refuse channels that a layer does not have, and none."""
    if not len(channels):
        raise ValueError(f"Name at least one channel of {layer!r}.")
    if wrong := set(channels) - set(range(depth)):
        raise ValueError(f"{layer!r} has the channels 0 to {depth - 1}, not {min(wrong)}.")


def _batches(count: int, size: int = 32) -> list[slice]:
    """Return slices that cut ``count`` images into batches."""
    return [slice(start, start + size) for start in range(0, count, size)]


def _to_numpy(tensor: Any) -> np.ndarray:
    """Return a tensor of any backend, or the first of several, as a float32 array."""
    return ops.convert_to_numpy(ops.cast(keras.tree.flatten(tensor)[0], "float32"))
