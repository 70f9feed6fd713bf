# ruff: noqa: SIM905 - a column of names reads better than a list of strings
"""Network <-> ``keras.Model``: the only room of the calculator that knows Keras.

``to_keras`` builds the model that a network describes. ``from_keras`` walks the graph of any
Sequential, functional or nested model and writes it down as a network, so that the same
arithmetic applies; every shape and weight count is then held against Keras's own.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import replace
from math import prod
from typing import Any

import keras

from course_utils import costs as kinds
from course_utils.costs import keras_layers as extra
from course_utils.costs.layer import CostError, Layer, Pads, Shape, pair
from course_utils.costs.network import Network
from course_utils.costs.windows import Window

K = keras.layers

# ------------------------------------------------------------------------- one layer at a time
# Settings that have the same name in Keras and here, by kind; the others need a word of code.

_WINDOW = ("strides", "padding")
_CONV = ("filters", "kernel_size", *_WINDOW, "dilation_rate", "use_bias", "activation")
_SETTINGS: dict[type[Any], tuple[type[Layer], tuple[str, ...]]] = {
    K.Conv2D: (kinds.Conv2D, (*_CONV, "groups")),
    K.DepthwiseConv2D: (kinds.DepthwiseConv2D, (*_CONV[1:], "depth_multiplier")),
    K.SeparableConv2D: (kinds.SeparableConv2D, (*_CONV, "depth_multiplier")),
    K.Conv2DTranspose: (kinds.Conv2DTranspose, (*_CONV, "output_padding")),
    K.Dense: (kinds.Dense, ("units", "use_bias", "activation")),
    K.MaxPooling2D: (kinds.MaxPooling2D, ("pool_size", *_WINDOW)),
    K.AveragePooling2D: (kinds.AveragePooling2D, ("pool_size", *_WINDOW)),
    extra.SumPooling2D: (kinds.SumPooling2D, ("pool_size", *_WINDOW)),
    extra.Subsampling2D: (kinds.Subsampling2D, ("pool_size", *_WINDOW, "activation")),
    K.GlobalMaxPooling2D: (kinds.GlobalMaxPooling2D, ("keepdims",)),
    K.GlobalAveragePooling2D: (kinds.GlobalAveragePooling2D, ("keepdims",)),
    K.BatchNormalization: (kinds.BatchNormalization, ("scale", "center")),
    K.LayerNormalization: (kinds.LayerNormalization, ("scale", "center")),
    extra.LocalResponseNormalization: (
        kinds.LocalResponseNormalization,
        ("depth_size", "bias", "alpha", "beta"),
    ),
    extra.RBF: (kinds.RBF, ("units",)),
    extra.ChannelPadding: (kinds.ChannelPadding, ("channels",)),
    K.Activation: (kinds.Activation, ("activation",)),
    K.ReLU: (kinds.ReLU, ("max_value", "negative_slope", "threshold")),
    K.Dropout: (kinds.Dropout, ("rate",)),
    K.Flatten: (kinds.Flatten, ()),
    K.Reshape: (kinds.Reshape, ("target_shape",)),
    K.ZeroPadding2D: (kinds.ZeroPadding2D, ("padding",)),
    K.Cropping2D: (kinds.Cropping2D, ("cropping",)),
    K.UpSampling2D: (kinds.UpSampling2D, ("size", "interpolation")),
    K.Add: (kinds.Add, ()),
    K.Subtract: (kinds.Subtract, ()),
    K.Multiply: (kinds.Multiply, ()),
    K.Average: (kinds.Average, ()),
    K.Maximum: (kinds.Maximum, ()),
    K.Minimum: (kinds.Minimum, ()),
    K.Concatenate: (kinds.Concatenate, ("axis",)),
}
_KERAS_CLASS = {kind: keras_class for keras_class, (kind, _) in _SETTINGS.items()}

# Keras's own layers and operations that multiply no weight with an input, as the papers count.
# Those in _POINTWISE also leave every position alone, so that receptive fields pass through; what
# moves pixels at random does so in training, and here a network is counted as it predicts.
_POINTWISE = frozenset(
    """ActivityRegularization AlphaDropout BatchNormalization CustomScaleLayer Discretization ELU
    GaussianDropout GaussianNoise Identity LayerNormalization LayerScale LeakyReLU Masking
    Normalization PReLU RMSNormalization Rescaling Softmax SpatialDropout1D SpatialDropout2D
    SpatialDropout3D StochasticDepth UnitNormalization AugMix CutMix MixUp RandAugment RandomAffine
    RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast
    RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale RandomHue
    RandomInvert RandomPerspective RandomPosterization RandomRotation RandomSaturation
    RandomSharpness RandomShear RandomTranslation RandomZoom Solarization AutoContrast Equalization
    Absolute Abs Cast Clip Divide Elu Erf Exp Gelu HardSigmoid HardSilu HardSwish HardTanh
    LeakyRelu Log Log1p LogSigmoid Maximum Minimum Mish Multiply Negative Power Reciprocal Relu
    Relu6 Rsqrt Selu Sigmoid Sign Silu Softplus Softsign Sqrt Square Subtract Swish Tanh TrueDivide
    Add
    """.split()
)
_FREE = _POINTWISE | frozenset(
    """AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D
    AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D AveragePooling1D
    AveragePooling3D CategoryEncoding CenterCrop Concatenate Cropping1D Cropping3D Embedding
    GlobalAveragePooling1D GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling3D
    GroupNormalization MaxPooling1D MaxPooling3D Permute Pipeline RandomCrop RepeatVector Resizing
    UpSampling1D UpSampling3D ZeroPadding1D ZeroPadding3D AveragePool BroadcastTo ExpandDims
    Flatten Flip GetItem Max MaxPool Mean Min Moveaxis Pad Repeat Reshape Resize Roll Split Squeeze
    Stack Sum Swapaxes Tile Transpose
    """.split()
)


def _settings(layer: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Read settings off a Keras layer; activations become names."""
    values = {name: getattr(layer, name) for name in names}
    if "activation" in values:
        function = values["activation"]
        name = getattr(function, "__name__", type(function).__name__)
        linear_inside = name == "linear" and not isinstance(layer, K.Activation)
        values["activation"] = None if linear_inside else name
    return values


def _channels_last(shape: Shape) -> Shape:
    """Return a volume that Keras has as (channels, height, width) in the calculator's order."""
    return (*shape[1:], shape[0]) if len(shape) == 3 else shape


def _understood(layer: Any, inputs: tuple[Shape, ...], channels_first: bool) -> Layer | None:
    """Return the calculator's own kind for a Keras layer, or ``None`` if it has none."""
    if type(layer) is extra.ConnectedConv2D:
        return kinds.Conv2D(
            len(layer.connections),
            pair(layer.kernel_size),
            strides=pair(layer.strides),
            connections=layer.connections,
            use_bias=layer.use_bias,
            activation=_settings(layer, ("activation",))["activation"],
        )
    if type(layer) not in _SETTINGS:  # a subclass may do anything, so it is not understood
        return None
    kind, names = _SETTINGS[type(layer)]
    values = _settings(layer, names)
    rank = len(inputs[0])
    swapped = channels_first and rank == 3
    depth = 1 if swapped else rank  # the axis of the channels, with the batch
    if kind in (kinds.BatchNormalization, kinds.LayerNormalization):
        axes = layer.axis if isinstance(layer.axis, (list, tuple)) else [layer.axis]
        if [axis % (rank + 1) for axis in axes] != [depth] or getattr(layer, "rms_scaling", False):
            return None
    if kind is kinds.Concatenate:
        axis = layer.axis % (rank + 1)
        if axis == 0:
            return None
        values["axis"] = -1 if axis == depth else axis - 1 - swapped
    if swapped and kind is kinds.Dense:
        return None  # here it would mix columns, not channels
    if channels_first and kind is kinds.Reshape:
        if -1 in layer.target_shape:
            return None
        values["target_shape"] = _channels_last(tuple(layer.target_shape))
    return kind(**values)


def _is_keras(operation: Any) -> bool:
    """Tell Keras's own layers from a user's, whatever they are called."""
    return type(operation).__module__.startswith("keras.")


def _counted(layer: Any, inputs: tuple[Shape, ...], shape: Shape) -> int | None:
    """Return the multiply-adds of what the calculator has no kind for, where they are known."""
    if not _is_keras(layer):
        return None
    if type(layer).__name__ in _FREE:
        return 0
    if type(layer) in (K.Conv1D, K.Conv3D, K.DepthwiseConv1D):
        return prod(shape[:-1]) * int(prod(layer.kernel.shape))
    if type(layer) in (K.Conv1DTranspose, K.Conv3DTranspose):
        return prod(inputs[0][:-1]) * int(prod(layer.kernel.shape))
    if type(layer) is K.SeparableConv1D:
        kernels: int = prod(layer.depthwise_kernel.shape) + prod(layer.pointwise_kernel.shape)
        return prod(shape[:-1]) * kernels
    return None


# ---------------------------------------------------------------------------------- from Keras


def from_keras(model: keras.Model, input_shape: Shape | None = None) -> Network:
    """Read a Keras model into a network, one row per layer call, nested models opened up.

    Parameters
    ----------
    model
        A built Sequential or functional model; models inside it may be either, or custom.
    input_shape
        (height, width, channels) to count for; needed where the model leaves its size open.

    Returns
    -------
    Network
        Rows carry the Keras layers' names (with the nested model's name in front where two would
        be the same). A layer called again counts no weights the second time. What cannot be
        counted, such as a custom layer, has its shape and weights from Keras and ``macs`` of
        ``None``, and makes the totals partial.

    Raises
    ------
    CostError
        If the model has no graph (not built, or with a ``call`` of its own), its size is open, or
        it mixes ``channels_first`` with ``channels_last``. Rows are always (height, width,
        channels).

    Examples
    --------
    >>> import keras
    >>> from course_utils.costs import from_keras
    >>> head = keras.Sequential([keras.Input((7, 7, 512)), keras.layers.Conv2D(8, 3, name="c")])
    >>> from_keras(head).row("c").formula
    '(3*3*512 + 1) * 8 = 36,872'
    """
    graph = graph_of(model)
    if graph is None:
        raise CostError(no_graph(model))
    tensors = graph.inputs
    if input_shape is not None and len(tensors) != 1:
        raise CostError(f"{model.name!r} has {len(tensors)} inputs; input_shape fits only one.")
    single = len(tensors) == 1
    names = ["input" if single else tensor._keras_history.operation.name for tensor in tensors]
    reader = _Reader(_is_channels_first(graph))
    shapes = {
        name: tuple(input_shape or reader.ours(tensor))
        for name, tensor in zip(names, tensors, strict=True)
    }
    for name, shape in shapes.items():
        if None in shape:
            raise CostError(
                f"{model.name!r} leaves the size of its {name} open: {shape}. Say which to count, "
                "for example from_keras(model, input_shape=(224, 224, 3))."
            )
    reader.shapes |= shapes
    reader.read(graph, dict(zip(map(id, tensors), names, strict=True)))
    return Network(model.name, shapes["input"] if single else shapes, reader.layers)


def graph_of(model: Any) -> Any:
    """Return the functional graph that a Keras model computes, or ``None``.

    A model with a ``call`` of its own may compute anything, whatever graph it has besides.
    """
    if not isinstance(model, keras.Model) or not _keras_calls(model):
        return None
    graph = model._functional if isinstance(model, keras.Sequential) else model
    return graph if hasattr(graph, "_nodes_by_depth") else None


def no_graph(model: Any) -> str:
    """Say why a model has no graph, and what to do."""
    name = repr(getattr(model, "name", model))
    if not isinstance(model, keras.Model):
        return f"{name} is no Keras model."
    if not _keras_calls(model):
        return (
            f"{name} has no graph to read: it computes with a call() of its own, which may do "
            "anything. Write it as a functional model, keras.Model(inputs, outputs)."
        )
    return f"{name} has no graph to read: it is not built yet. Begin it with keras.Input(shape)."


def _keras_calls(model: keras.Model) -> bool:
    """Tell whether what a model computes is Keras's own code, and not that of a subclass."""
    functions = model.call, type(model).__call__
    return all(getattr(f, "__module__", "").startswith("keras.") for f in functions)


def calls(graph: Any) -> Iterator[Any]:
    """Return the nodes of a graph, each a call of a layer, after those whose outputs it reads."""
    for depth in sorted(graph._nodes_by_depth, reverse=True):
        yield from (node for node in graph._nodes_by_depth[depth] if not node.is_input)


def _formats(graph: Any) -> set[str]:
    """Return the data formats that the layers of a graph have."""
    found: set[Any] = set()
    for operation in graph.operations:
        inner = graph_of(operation)
        found |= _formats(inner) if inner else {getattr(operation, "data_format", None)}
    return found - {None}


def _is_channels_first(graph: Any) -> bool:
    """Say which way round a model has its volumes."""
    formats = _formats(graph)
    if len(formats) > 1:
        raise CostError(
            f"{graph.name!r} mixes channels_first with channels_last; the calculator needs one."
        )
    return formats == {"channels_first"}


class _Reader:
    """Collects the layers of a model while walking its graph."""

    def __init__(self, channels_first: bool) -> None:
        self.channels_first = channels_first
        self.layers: list[Layer] = []
        self.shapes: dict[str, Shape] = {}
        self.first_calls: dict[int, str] = {}

    def ours(self, tensor: Any) -> Shape:
        """Return the shape of a Keras tensor in the calculator's order, without the batch."""
        shape = tuple(tensor.shape[1:])
        return _channels_last(shape) if self.channels_first else shape

    def read(self, graph: Any, names: dict[int, str], prefix: str = "") -> None:
        """Walk a graph whose input tensors have the given names; name all the others."""
        for node in calls(graph):
            sources = tuple(names[id(tensor)] for tensor in node.input_tensors)
            inner = graph_of(node.operation)
            if inner is None:
                outputs = self.add(node, sources, prefix)
            else:
                nested = dict(zip(map(id, inner.inputs), sources, strict=True))
                self.read(inner, nested, f"{prefix}{node.operation.name}/")
                outputs = [nested[id(tensor)] for tensor in inner.outputs]
            names.update(zip(map(id, node.outputs), outputs, strict=True))

    def add(self, node: Any, sources: tuple[str, ...], prefix: str) -> list[str]:
        """Write down one call of one layer; return a name for each of its outputs."""
        operation = node.operation
        inputs = tuple(self.shapes[source] for source in sources)
        as_built = inputs == tuple(map(self.ours, node.input_tensors))
        outputs = list(map(self.ours, node.outputs))
        layer = _understood(operation, inputs, self.channels_first)
        if layer is None:
            if not as_built:  # a nested model called on another size than it was built for
                outputs = list(map(self.ours, self.recomputed(node, inputs)))
            layer = _opaque(operation, inputs, outputs[0])
        layer = replace(
            layer,
            name=free_name(operation.name, prefix, self.shapes),
            inputs=sources,
            trainable=getattr(operation, "trainable", True),
            shared_with=self.first_calls.get(id(operation), ""),
        )
        self.first_calls.setdefault(id(operation), layer.name)
        if as_built:
            _compare(layer, operation, inputs, outputs[0])
        self.layers.append(layer)
        self.shapes[layer.name] = layer.output_shape(*inputs)
        names = [layer.name]
        for at, shape in enumerate(outputs[1:], start=1):  # a layer with several outputs
            part = kinds.Opaque(
                "Output", shape, counted_macs=0, name=f"{layer.name}:{at}", inputs=(layer.name,)
            )
            self.layers.append(part)
            self.shapes[part.name] = shape
            names.append(part.name)
        return names

    def recomputed(self, node: Any, inputs: tuple[Shape, ...]) -> list[Any]:
        """Ask Keras for the outputs of one call at other input shapes."""

        def keras_order(shape: Shape) -> Shape:
            swapped = self.channels_first and len(shape) == 3
            return (shape[-1], *shape[:-1]) if swapped else shape

        stand_ins = {
            id(tensor): keras.KerasTensor((tensor.shape[0], *keras_order(shape)), tensor.dtype)
            for tensor, shape in zip(node.input_tensors, inputs, strict=True)
        }
        args, kwargs = node.arguments.fill_in(stand_ins)
        outputs: list[Any] = keras.tree.flatten(node.operation.compute_output_spec(*args, **kwargs))
        return outputs


def free_name(name: str, prefix: str, taken: Container[str]) -> str:
    """Return the layer's own name, or where it is taken one that says which call it is."""
    for candidate in (name, prefix + name):
        if candidate not in taken:
            return candidate
    call = 2
    while f"{prefix}{name}:{call}" in taken:
        call += 1
    return f"{prefix}{name}:{call}"


def _opaque(operation: Any, inputs: tuple[Shape, ...], shape: Shape) -> Layer:
    """Write down a layer as Keras sees it."""
    if None in shape:
        raise CostError(f"Keras cannot say which shape {operation.name!r} gives: {shape}.")
    return kinds.Opaque(
        type(operation).__name__,
        shape,
        *_weights(operation),
        _counted(operation, inputs, shape),
        _is_keras(operation) and type(operation).__name__ in _POINTWISE,
    )


def _weights(operation: Any) -> tuple[int, int]:
    """Return the numbers of learned weights and of stored statistics, as Keras has them."""
    weights = getattr(operation, "weights", [])
    # ``trainable`` of the layer would hide which of a frozen layer's weights are learned.
    learned = sum(prod(weight.shape) for weight in weights if weight.trainable)
    return learned, sum(prod(weight.shape) for weight in weights) - learned


def _compare(layer: Layer, operation: Any, inputs: tuple[Shape, ...], shape: Shape) -> None:
    """Hold the calculator's arithmetic against Keras's; a difference is a bug in the calculator."""
    ours = layer.output_shape(*inputs)
    if ours != shape:
        raise CostError(f"{layer.name!r}: Keras says {shape}, the calculator {ours}. Report this.")
    if sum(layer.weights(*inputs)) != (theirs := sum(_weights(operation))):
        raise CostError(
            f"{layer.name!r}: Keras has {theirs:,} weights, the calculator counts "
            f"{sum(layer.weights(*inputs)):,}. Report this."
        )


# ------------------------------------------------------------------------------------ to Keras


def to_keras(network: Network) -> keras.Model:
    """Build the Keras model that a network describes, layer by layer under the same names.

    Explicit padding becomes a ``ZeroPadding2D`` of its own, called ``<name>_pad``, as in Keras
    Applications. It pads with zeros, which for max pooling is right after a ReLU.

    Parameters
    ----------
    network
        Any network but one with layers that only Keras understood (kind ``Opaque``).

    Returns
    -------
    keras.Model
        Functional, not compiled; its outputs are those of the layers that no other layer reads,
        in order: the last layer's, and auxiliary heads before it.

    Raises
    ------
    CostError
        If a layer cannot be built.

    Examples
    --------
    >>> from course_utils.costs import to_keras, zoo
    >>> model = to_keras(zoo.lenet5())
    >>> model.count_params(), model.output_shape
    (61706, (None, 10))
    """
    tensors = {name: keras.Input(shape, name=name) for name, shape in network.inputs.items()}
    inputs: Any = list(tensors.values())
    if len(inputs) == 1:  # then the model takes an array, not a list of one
        (inputs,) = inputs
    built: dict[str, Any] = {}
    for row, sources in zip(network.rows, network.sources, strict=True):
        layer = row.layer
        arguments = [tensors[source] for source in sources]
        pads = _explicit_pads(layer, row.input_shapes, row.output_shape)
        if any(map(any, pads)):
            arguments = [K.ZeroPadding2D(pads, name=f"{row.name}_pad")(arguments[0])]
        keras_layer = built[row.name] = built.get(layer.shared_with) or _build(layer)
        merge = layer.arity[1] > 1
        tensors[row.name] = keras_layer(arguments if merge else arguments[0])
    read = {source for sources in network.sources for source in sources}
    outputs: Any = [tensors[row.name] for row in network.rows if row.name not in read]
    if len(outputs) == 1:
        (outputs,) = outputs
    return keras.Model(inputs, outputs, name=_identifier(network.name))


def _build(layer: Layer) -> Any:
    """Return the Keras layer of one of our kinds."""
    common = {"name": layer.name, "trainable": layer.trainable}
    if isinstance(layer, kinds.Conv2D) and layer.connections is not None:
        if pair(layer.dilation_rate) != (1, 1):
            raise CostError(f"Conv2D {layer.name!r}: connections and dilation do not go together.")
        return extra.ConnectedConv2D(
            pair(layer.kernel_size),
            layer.connections,
            strides=pair(layer.strides),
            use_bias=layer.use_bias,
            activation=layer.activation,
            **common,
        )
    if type(layer) not in _KERAS_CLASS:
        raise CostError(f"{layer.kind} {layer.name!r} came from Keras and cannot be built again.")
    keras_class = _KERAS_CLASS[type(layer)]
    values = {name: getattr(layer, name) for name in _SETTINGS[keras_class][1]}
    padding = values.get("padding")
    if padding is not None and padding != "same" and not isinstance(layer, kinds.ZeroPadding2D):
        values["padding"] = "valid"
    if isinstance(layer, (kinds.SumPooling2D, kinds.Subsampling2D)):
        values["padding"] = "valid"  # "same" became explicit zeros, which add nothing to a sum
    if isinstance(layer, kinds.Concatenate) and layer.axis >= 0:
        values["axis"] = layer.axis + 1
    return keras_class(**values, **common)


def _explicit_pads(layer: Layer, inputs: tuple[Shape, ...], output: Shape) -> Pads:
    """Return the zeros to put around the input because Keras's own padding cannot."""
    if not isinstance(layer, Window) or isinstance(layer, kinds.Conv2DTranspose):
        return (0, 0), (0, 0)
    ours = isinstance(layer, (kinds.SumPooling2D, kinds.Subsampling2D)) or (
        isinstance(layer, kinds.Conv2D) and layer.connections is not None
    )
    if layer.padding == "same" and not ours:
        return (0, 0), (0, 0)
    pads = layer.pads(inputs[0])
    if getattr(layer, "ceil_mode", False):
        pads = _with_room(layer, inputs[0], output, pads)
    return pads


def _with_room(layer: Window, shape: Shape, output: Shape, pads: Pads) -> Pads:
    """Add zeros at the end, so that a partial last window becomes a whole one."""
    kernel, strides, _ = layer.window()
    wider = []
    for axis in (0, 1):
        before, after = pads[axis]
        needed = (output[axis] - 1) * strides[axis] + kernel[axis]
        missing = max(needed - (shape[axis] + before + after), 0)
        if missing and isinstance(layer, kinds.AveragePooling2D):
            raise CostError(
                f"AveragePooling2D {layer.name!r}: Keras cannot average a partial window."
            )
        wider.append((before, after + missing))
    return wider[0], wider[1]


def _identifier(name: str) -> str:
    """Return a name that Keras accepts: letters, digits and underscores."""
    words = "".join(c if c.isalnum() else " " for c in name).split()
    return "_".join(words).lower() or "network"
