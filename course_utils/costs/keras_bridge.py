"""Network <-> ``keras.Model``: the only room of the calculator that knows Keras.

``to_keras`` builds the model that a network describes. ``from_keras`` walks the graph of any
Sequential, functional or nested model and writes it down as a network, so that the same
arithmetic applies. Keras is the judge: a layer whose shape or weights are not what the
arithmetic says stays as Keras has it, every weight variable is counted once, and none is left out.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from functools import cache
from itertools import chain, count
from math import prod
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from course_utils.costs import keras_layers as extra
from course_utils.costs import layers as flat
from course_utils.costs import windows
from course_utils.costs.layer import CostError, Layer, Shape, _Pads, _pair, is_size
from course_utils.costs.network import _BYTES, Network, as_network

_K = keras.layers
_Names = tuple[str, ...]
_Step = tuple[Any, _Names, _Names]

# ------------------------------------------------------------------------- one layer at a time

_PLACE = [field.name for field in fields(Layer)]  # what each call of one layer has for itself
# Kinds and their settings have the names of Keras's layers, or of the course's own. Only a
# convolution that does not read all channels is not in Keras.
_OURS = {"connections", *_PLACE}
_KERAS_CLASS: dict[type[Layer], type[Any]] = {}
_SETTINGS: dict[type[Any], tuple[type[Layer], tuple[str, ...]]] = {
    extra.ConnectedConv2D: (
        windows.Conv2D,
        ("kernel_size", "strides", "use_bias", "activation", "connections"),
    ),
}
for _name, _kind in (vars(flat) | vars(windows)).items():
    _class = getattr(extra, _name, None) or getattr(_K, _name, None)
    if isinstance(_class, type) and _kind is not Layer:
        _names = tuple(field.name for field in fields(_kind) if field.name not in _OURS)
        _KERAS_CLASS[_kind], _SETTINGS[_class] = _class, (_kind, _names)

_KNOWN = tomllib.loads(Path(__file__).with_name("weightless.toml").read_text("utf-8"))
_POINTWISE = {name for name in dir(_K) if name.startswith("Rand")} - {"RandomCrop"}
_POINTWISE |= set(_KNOWN["pointwise"].split())
_FREE = {n for n in dir(_K) if re.search("Pool|Padding|Cropping|UpSampling", n)} | _POINTWISE
_FREE |= set(_KNOWN["free"].split())
# The convolutions that the calculator has no kind for use their kernels at every position.
_CONVOLUTIONS = re.compile("(Depthwise|Separable)?Conv1D|Conv3D|Conv[123]DTranspose")


def _activation(function: Any) -> str:
    """Return the name of Keras's own function; that of another cannot be taken for one."""
    name = getattr(function, "__name__", type(function).__name__)
    if getattr(keras.activations, name, None) is function:
        return str(name)
    return f"{'custom' if _keeps_places(function) else 'mixing'} {name}"


def _keeps_places(function: Any) -> bool:
    """Try whether what a function gives at one place depends on what is there alone."""
    if isinstance(function, _K.Layer):  # to try it might build it
        return is_keras(function) and type(function).__name__ in _POINTWISE
    z = np.random.default_rng(0).normal(size=(2, 4, 4, 3)).astype("float32")
    other = z + np.zeros((3, 1, 1, 1, 1), "float32")
    other[1:, 0, 1, 2] += [[100], [-100]]
    try:
        y = np.stack([ops.convert_to_numpy(function(ops.convert_to_tensor(one))) for one in other])
    except Exception:
        return False
    changed = (y != y[0]).any(axis=(0, -1))
    return changed.shape == (2, 4, 4) and not np.delete(changed, 6).any()


def _understood(layer: Any, inputs: tuple[Shape, ...], place: dict[str, Any]) -> Layer | None:
    """Return the calculator's own kind for a Keras layer, or ``None`` if it has none.

    ``place`` has its name and what it reads, and is kept in what is returned.
    """
    if type(layer) not in _SETTINGS or not is_keras(layer):  # a subclass may do anything
        return None
    kind, names = _SETTINGS[type(layer)]
    values = {name: getattr(layer, name) for name in names}
    if "activation" in values:
        function = values["activation"]
        if isinstance(function, _K.Layer) and _counted(function, inputs, inputs[0]) != 0:
            return None  # a layer in the place of a function, which may cost anything
        name = _activation(function)
        values["activation"] = None if name == "linear" and kind is not flat.Activation else name
    if "connections" in values:
        values["filters"] = len(values["connections"])
    if hasattr(layer, "axis") and layer.axis not in (-1, len(inputs[0]), [-1], [len(inputs[0])]):
        return None
    turned = getattr(layer, "data_format", "") == "channels_first"
    return None if turned or getattr(layer, "rms_scaling", False) else kind(**values, **place)


def is_keras(operation: Any) -> bool:
    """Tell Keras's own layers, and the course's, from a user's, whatever they are called."""
    own = ("keras.", extra.__name__)
    return type(operation).__module__.startswith(own) and _calls_of(operation, own)


def _counted(operation: Any, inputs: tuple[Shape, ...], shape: Shape) -> int | None:
    """Return the multiply-adds of what the calculator has no kind for, where they are known."""
    if not is_keras(operation) or getattr(operation, "lora_enabled", False):
        return None
    if isinstance(operation, _K.Pipeline):  # of augmentation, most likely
        free = all(_counted(layer, inputs, shape) == 0 for layer in operation.layers)
        return 0 if free else None
    if isinstance(getattr(operation, "activation", None), _K.Layer):
        return None
    name = type(operation).__name__
    if name in _FREE or not _CONVOLUTIONS.fullmatch(name):
        return 0 if name in _FREE else None
    kernels = [weight.shape for weight in operation.weights if "kernel" in weight.name]
    if len(operation.weights) > len(kernels) + operation.use_bias:
        return None
    if "Transpose" in name:  # each value of its input meets each weight
        (shape,) = inputs
    places = shape[1:] if operation.data_format == "channels_first" else shape[:-1]
    return int(prod(places) * sum(map(prod, kernels)))


# ---------------------------------------------------------------------------------- from Keras


def from_keras(model: keras.Model, input_shape: Shape | None = None) -> Network:
    """Read a Keras model into a network, one row per layer call, nested models opened up.

    Rows carry the Keras layers' names, with the nested model's name in front where two would be the
    same. A layer called again counts no weights the second time. What cannot be counted, such as a
    custom layer, has its shape and weights from Keras, and ``macs`` of ``None``; then totals are
    partial. Weights are as many as ``count_params()`` says, and trainable if they are among
    ``trainable_weights``.

    ``model`` is a built Sequential or functional one; models inside it may be either, or custom.
    ``input_shape`` is the (height, width, channels) to count for, and needed where the model, which
    then has one input, leaves its size open. It is a ``CostError`` if the model has no graph (not
    built, or with a ``call`` of its own) or weights beside it, its size is open or another than it
    was built for, or a layer has its channels first.

    >>> head = keras.Sequential([keras.Input((7, 7, 512)), keras.layers.Conv2D(8, 3, name="c")])
    >>> from_keras(head).row("c").formula
    '(3*3*512 + 1) * 8 = 36,872'
    """
    graph = graph_of(model)
    if graph is None:
        raise CostError(no_graph(model))
    inputs = [tensor._keras_history.operation.name for tensor in graph.inputs]
    built = _shapes(graph.inputs)
    shapes = dict(zip(inputs, built, strict=True))
    if len(inputs) == 1:
        shape = built[0] if input_shape is None else input_shape
        shape = tuple(shape) if isinstance(shape, Iterable) else (shape,)
        if not all(map(is_size, shape)) or len(shape) != len(built[0]):
            raise CostError(
                f"{model.name!r} takes {inputs[0]!r} of shape {built[0]}, without the batch"
                f"{f', and not {shape}' if input_shape else ''}: say which size to count, for "
                f"example from_keras(model, input_shape={tuple(side or 224 for side in built[0])})."
            )
        shapes = {"input": shape}
    elif input_shape or any(None in shape for shape in built):
        raise CostError(
            f"{model.name!r} has the inputs {', '.join(inputs)}: build it for the sizes to count."
        )
    reader = _Reader(model, shapes)
    steps, outputs = walk(model, tuple(shapes))
    for node, sources, names in steps:
        reader.add(node, sources, names)
    beside = [weight.path for weight in reader.weights if id(weight) not in reader.counted]
    if beside:
        raise CostError(
            f"{model.name!r} has weights that its graph does not use, so the rows would not add up "
            f"to count_params(): {', '.join(beside)}."
        )
    # What most layers have is the network's dtype, and the others keep theirs.
    dtype = reader.policies.most_common(1)[0][0] if reader.policies else "float32"
    same = "", dtype, dtype.removeprefix("mixed_")
    layers = [layer if own in same else replace(layer, dtype=own) for layer, own in reader.layers]
    given = {name: _type(tensor) for name, tensor in zip(shapes, graph.inputs, strict=True)}
    others = {name: own for name, own in given.items() if own not in same}
    taken = shapes["input"] if len(inputs) == 1 else shapes
    network = Network(model.name, taken, layers, dtype=dtype, input_dtypes=others)
    return network if outputs == network.ends else network.at(outputs=outputs)


def graph_of(model: Any) -> Any:
    """Return the functional graph that a Keras model computes, or ``None``.

    A model with a ``call`` of its own may compute anything, whatever graph it has besides.
    """
    if not isinstance(model, keras.Model) or not _calls_of(model):
        return None
    graph = model._functional if isinstance(model, keras.Sequential) else model
    return graph if hasattr(graph, "_nodes_by_depth") else None


def no_graph(model: Any) -> str:
    """Say why a model has no graph, and what to do."""
    name = repr(getattr(model, "name", model))
    if not isinstance(model, keras.Model):
        hint = " to_keras(network) builds one." if isinstance(model, Network) else ""
        return f"{name} is no Keras model.{hint}"
    if not _calls_of(model):
        return (
            f"{name} has no graph to read: it computes with a call() of its own, which may do "
            "anything. Write it as a functional model, keras.Model(inputs, outputs)."
        )
    return f"{name} has no graph to read: it is not built yet. Begin it with keras.Input(shape)."


def _calls_of(operation: Any, modules: tuple[str, ...] = ("keras.",)) -> bool:
    """Tell whether what is computed is these modules' own code, and not that of a subclass."""
    changed = vars(operation).get("call")
    return not changed and _class_calls(type(operation), modules)  # type: ignore[arg-type]


@cache
def _class_calls(kind: type[Any], modules: tuple[str, ...]) -> bool:
    return all(function.__module__.startswith(modules) for function in (kind.call, kind.__call__))


def walk(model: Any, inputs: _Names, doors: bool = False) -> tuple[list[_Step], _Names]:
    """Return the calls in a model, nested models opened up, and the names of its outputs.

    With each call, a node of Keras's, come the names of what it reads and of what it gives; it
    stands after those whose outputs it reads. With ``doors``, each model stands before its calls,
    in the place of a node, and what it takes has names of its own from there on.
    """
    steps: list[_Step] = []
    taken, own = {*inputs}, {node.operation.name for node in _nodes(graph_of(model))}

    def add(called: Any, sources: _Names, name: str, count: int) -> _Names:
        outputs = (name, *(f"{name}:{at}" for at in range(1, count)))
        steps.append((called, sources, outputs))
        taken.update(outputs)
        return outputs

    def enter(part: Any, sources: _Names, prefix: str) -> _Names:
        graph = graph_of(part)
        if doors:
            sources = add(part, sources, f"{prefix}:{len(steps)}", len(sources))
        names = dict(zip(map(id, graph.inputs), sources, strict=True))
        for node in _nodes(graph):
            name, inner = node.operation.name, graph_of(node.operation)
            given = node.input_tensors if inner is None else _given_to(node, inner)
            sources = tuple(names[id(tensor)] for tensor in given)
            if inner is None or len(sources) != len(inner.inputs):  # as with a mask
                free = _free_name(name, prefix, taken, own)
                outputs = add(node, sources, free, len(node.outputs))
            else:
                outputs = enter(node.operation, sources, f"{prefix}{name}/")
            names.update(zip(map(id, node.outputs), outputs, strict=True))
        return tuple(names[id(tensor)] for tensor in graph.outputs)

    outputs = enter(model, inputs, "")
    return steps, outputs


def _nodes(graph: Any) -> Iterator[Any]:
    """Return the calls in a graph itself, each after those whose outputs it reads."""
    for depth in sorted(graph._nodes_by_depth, reverse=True):
        yield from (node for node in graph._nodes_by_depth[depth] if not node.is_input)


def _given_to(node: Any, inner: Any) -> list[Any]:
    """Return what a call gives to a nested model, in the order of that model's inputs."""
    if not isinstance(getattr(inner, "_inputs_struct", None), dict):
        names = [tensor.name for tensor in inner.inputs]
        for given in (*node.arguments.args, *node.arguments.kwargs.values()):
            if isinstance(given, dict) and given.keys() >= {*names}:
                return [given[name] for name in names]
    return list(node.input_tensors)


def filled(node: Any, tensors: Iterable[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments of a call, with other tensors in the place of its own."""
    return node.arguments.fill_in(dict(zip(map(id, node.input_tensors), tensors, strict=True)))


def _free_name(name: str, prefix: str, taken: Container[str], own: Container[str]) -> str:
    """Return the layer's own name, or where it is taken one that says which call it is.

    Names of layers of the outermost model are its ``own``, whatever nested ones call theirs.
    """
    names = chain([name, prefix + name], (f"{prefix}{name}:{call}" for call in count(2)))
    kept = own if prefix else ()
    return next(free for free in names if free not in taken and free not in kept)


def _shapes(tensors: Iterable[Any]) -> tuple[Shape, ...]:
    return tuple(tuple(tensor.shape[1:]) for tensor in tensors)


class _Reader:
    """Collects the layers of a model, call by call."""

    def __init__(self, model: keras.Model, shapes: Mapping[str, Shape]) -> None:
        self.layers: list[tuple[Layer, str]] = []  # and the dtype of each
        self.policies: Counter[str] = Counter()
        self.shapes = dict(shapes)  # of all tensors, by name
        self.first_calls: dict[int, str] = {}  # operation to row
        self.counted: set[int] = set()  # weight variables
        self.weights = model.weights
        self.sizes = {id(one): prod(one._shape) for one in self.weights}  # "shape" takes longer
        self.trainable = set(map(id, model.trainable_weights))

    def add(self, node: Any, sources: _Names, names: _Names) -> None:
        """Write down one call of one layer, whose outputs have these names."""
        operation = node.operation
        channels_first = getattr(operation, "data_format", None) == "channels_first"
        if channels_first and len(node.input_tensors[0].shape) == 4:
            raise CostError(
                f"{operation.name!r} has its channels first, and the calculator counts volumes of "
                "(height, width, channels): build the model with data_format='channels_last'."
            )
        name, *parts = names
        first = self.first_calls.get(id(operation), "")
        place = {"name": name, "inputs": sources, "shared_with": first}
        inputs = tuple(self.shapes[source] for source in sources)
        as_built = inputs == _shapes(node.input_tensors)
        try:
            understood = _understood(operation, inputs, place)
            worked_out = understood.output_shape(*inputs) if understood else None
        except CostError:
            if not as_built:
                raise  # such as a window that does not fit any more
            understood = worked_out = None
        if understood is None and _mixes_images(node):
            raise CostError(
                f"{operation.name!r} joins images, or moves a part of one into the batch, so that "
                "what comes after it cannot be counted for one image."
            )
        shapes = _shapes(node.outputs) if as_built or not worked_out else (worked_out,)
        if not (as_built or worked_out) or any(None in shape for shape in shapes):
            shapes = _shapes(_recomputed(node, inputs))
        agreed = understood if worked_out == shapes[0] else None
        written = self.written(agreed, node, inputs, shapes[0], place)
        policy, given = _policy(operation), _type(node.outputs[0])
        own = policy if given in ("", policy.removeprefix("mixed_")) else given
        self.layers.append((written, own))
        self.policies.update([policy] if policy else [])
        self.first_calls.setdefault(id(operation), name)
        self.shapes[name] = shapes[0]
        for part, shape, tensor in zip(parts, shapes[1:], node.outputs[1:], strict=True):
            output = flat.Opaque("Output", shape, counted_macs=0, name=part, inputs=(name,))
            self.layers.append((output, _type(tensor)))
            self.shapes[part] = shape

    def written(
        self, layer: Layer | None, node: Any, inputs: tuple[Shape, ...], shape: Shape, place: Any
    ) -> Layer:
        """Return a layer in the calculator's own terms if Keras agrees, else as Keras has it."""
        operation, again = node.operation, id(node.operation) in self.first_calls
        weights = getattr(operation, "weights", [])
        new = [weight for weight in weights if again or id(weight) not in self.counted]
        self.counted.update(map(id, new))
        total = self.size(weights)
        counted = total if len(new) == len(weights) else self.size(new)
        learned = self.size([weight for weight in new if id(weight) in self.trainable])
        macs = None
        if layer:
            own = layer.weights(*inputs)
            if sum(own) == total:
                if counted == total and learned in (0, own[0]):
                    trains = bool(learned) if own[0] else getattr(operation, "trainable", True)
                    return layer if trains else replace(layer, trainable=False)
                macs = layer.macs(*inputs)
            elif sum(layer.weights(*(built := _shapes(node.input_tensors)))) == total:
                raise CostError(
                    f"{operation.name!r} was built for an input of {built[0]}: it has {total:,} "
                    f"weights, and {inputs[0]} would need others."
                )
        if macs is None:
            macs = _counted(operation, inputs, shape)
        name, known = type(operation).__name__, is_keras(operation)
        return flat.Opaque(
            *(name, shape, learned, counted - learned, macs, known and name in _POINTWISE),
            weight_bytes=None if again else _bytes(operation, new, node.outputs[0]),
            use_bias=known and bool(getattr(operation, "use_bias", False)),
            counted_for=inputs,
            **place,
        )

    def size(self, weights: Sequence[Any]) -> int:
        """Return how many numbers there are in weights; most layers have none."""
        return sum(map(self.sizes.__getitem__, map(id, weights))) if weights else 0


def _bytes(layer: Any, weights: list[Any], output: Any) -> int | None:
    """Return the size of weights of another type, as those of a quantized layer are."""
    usual = all(weight.dtype == layer.variable_dtype for weight in weights)
    if not weights or (usual and output.dtype == layer.compute_dtype):
        return None
    return sum(prod(weight.shape) * _BYTES.get(weight.dtype, 4) for weight in weights)


def _mixes_images(node: Any) -> bool:
    """Try whether a call gives another number of images than it takes, as a reshape may."""
    operation = node.operation
    known = isinstance(operation, _K.Layer) or type(operation).__name__ in _POINTWISE
    if known and not isinstance(operation, _K.Lambda) and is_keras(operation):
        return False
    batch = next((tensor.shape[0] for tensor in node.input_tensors if tensor.shape[0]), 55_440)
    images = [keras.KerasTensor((batch, *one.shape[1:]), one.dtype) for one in node.input_tensors]
    args, kwargs = filled(node, images)
    outputs = keras.tree.flatten(operation.compute_output_spec(*args, **kwargs))
    return any(tensor.shape[:1] not in ((batch,), (None,)) for tensor in outputs)


def _recomputed(node: Any, inputs: tuple[Shape, ...]) -> list[Any]:
    """Let Keras compute one call with zeros of these shapes, where it has not said what comes out.

    So it is at another size than it was built for, or if a layer leaves a side open.
    """
    pairs = zip(inputs, node.input_tensors, strict=True)
    args, kwargs = filled(node, [ops.zeros((1, *shape), own.dtype) for shape, own in pairs])
    try:
        with keras.StatelessScope(initialize_variables=False):  # nothing of the model changes
            return list(keras.tree.flatten(node.operation(*args, **kwargs)))
    except Exception as error:  # each backend has its own
        raise CostError(f"{node.operation.name!r} cannot take {inputs}: {error}") from error


def _policy(operation: Any) -> str:
    """Return how a layer computes, as the network's settings have it; nothing for a function."""
    compute = getattr(operation, "compute_dtype", "")
    mixed = compute != getattr(operation, "variable_dtype", "")
    name = f"mixed_{compute}" if mixed else compute
    return name if name in _BYTES else ""


def _type(tensor: Any) -> str:
    """Return the type of a tensor's numbers, which a layer may change or hand through."""
    return tensor.dtype if tensor.dtype in _BYTES else ""


# ------------------------------------------------------------------------------------ to Keras


def to_keras(network: Network) -> keras.Model:
    """Build the Keras model that a network describes, layer by layer under the same names.

    In names, what TensorFlow does not accept becomes ``_``: ``base/conv`` is ``base_conv``.

    Explicit padding becomes a ``ZeroPadding2D`` of its own, called ``<name>_pad``, as in Keras
    Applications. It pads with zeros, which for max pooling is right after a ReLU. The model is not
    compiled. Its outputs are the network's: if it names none, those of the layers that no other
    layer reads, in order (auxiliary heads before the last layer). What only Keras understood (kind
    ``Opaque``) cannot be built again. Initialisers, regularisers and constraints, which a network
    does not have, are Keras's defaults.

    >>> from course_utils.costs import zoo
    >>> model = to_keras(zoo.lenet5())
    >>> model.count_params(), model.output_shape
    (61706, (None, 10))
    """
    if keras.config.image_data_format() != "channels_last":
        raise CostError("First call keras.config.set_image_data_format('channels_last').")
    types = as_network(network).input_dtypes
    tensors = {
        name: keras.Input(shape, name=name, dtype=types.get(name))
        for name, shape in network.inputs.items()
    }
    starts = list(tensors.values())
    built: dict[str, Any] = {}
    taken = set(tensors)
    for row, sources in zip(network.rows, network.sources, strict=True):
        layer = row.layer
        arguments = [tensors[source] for source in sources]
        pads = _explicit_pads(layer, row.input_shapes)
        if any(map(any, pads)):
            pad = _K.ZeroPadding2D(pads, name=_accepted(f"{row.name}_pad", taken))
            arguments = [pad(arguments[0])]
        if layer.shared_with:
            owner = network.row(layer.shared_with).layer
            same = {name: getattr(owner, name) for name in _PLACE}
            if replace(layer, **same) != owner:
                raise CostError(
                    f"{layer.kind} {layer.name!r} shares the weights of {owner.name!r} under other "
                    "settings, and Keras calls a layer again only as it is."
                )
            built[row.name] = built[owner.name]
        else:
            name = _accepted(row.name, taken)
            built[row.name] = _build(layer, name, layer.dtype or network.dtype)
        merge = layer.arity[1] > 1
        tensors[row.name] = built[row.name](arguments if merge else arguments[0])
    ends = [tensors[name] for name in network.outputs or network.ends]
    # With one input a model takes an array, not a list of one, and likewise it gives one.
    inputs, outputs = (them[0] if len(them) == 1 else them for them in (starts, ends))
    words = re.findall("[a-zA-Z0-9]+", network.name)
    model = keras.Model(inputs, outputs, name="_".join(words).lower() or "network")
    for name, keras_layer in built.items():
        if keras_layer.weights and keras_layer not in model.layers:
            raise CostError(f"{name!r} leads to no output, so a Keras model cannot have it.")
    return model


def _build(layer: Layer, name: str, dtype: str) -> Any:
    """Return the Keras layer of one of our kinds."""
    if type(layer) not in _KERAS_CLASS:
        raise CostError(f"{layer.kind} {layer.name!r} came from Keras and cannot be built again.")
    keras_class = _KERAS_CLASS[type(layer)]
    if getattr(layer, "connections", None) is not None:
        keras_class = extra.ConnectedConv2D
        if _pair(layer.dilation_rate) != (1, 1):  # type: ignore[attr-defined]
            raise CostError(f"Conv2D {layer.name!r}: connections and dilation do not go together.")
    values = {name: getattr(layer, name) for name in _SETTINGS[keras_class][1]}
    values |= {"name": name, "trainable": layer.trainable}
    if "float" in dtype and (layer.dtype or dtype != "float32"):  # else as Keras is set
        values["dtype"] = dtype
    if "activation" in values:
        try:
            keras.activations.get(values["activation"])
        except ValueError:
            raise CostError(
                f"{layer.kind} {layer.name!r}: its function, {values['activation']!r}, is not one "
                "that Keras knows by name, so it cannot be built again."
            ) from None
    if isinstance(layer, windows._Window) and "padding" in values:
        # Zeros around a sum add nothing, so "same" too became a layer of its own.
        keeps = layer.padding == "same" and keras_class is not extra.Subsampling2D
        values["padding"] = "same" if keeps else "valid"
    return keras_class(**values)


def _accepted(name: str, taken: set[str]) -> str:
    """Return the name that TensorFlow accepts, and that no layer has."""
    name = re.sub("[^a-zA-Z0-9_.-]", "_", name)
    names = chain([name], (f"{name}_{number}" for number in count(2)))
    free = next(one for one in names if one not in taken)
    taken.add(free)
    return free


def _explicit_pads(layer: Layer, inputs: tuple[Shape, ...]) -> _Pads:
    """Return the zeros to put around the input because Keras's own padding cannot."""
    ours = isinstance(layer, windows.Subsampling2D) or getattr(layer, "connections", None)
    if not isinstance(layer, windows._Window) or (layer.padding == "same" and not ours):
        return (0, 0), (0, 0)
    return layer.pads(inputs[0])
