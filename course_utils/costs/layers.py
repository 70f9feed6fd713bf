# ruff: noqa: D102 - the methods of a kind answer what Layer's docstrings ask
"""All the other kinds: global pooling, dense, normalisation, rearranging, merging."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from math import prod
from typing import ClassVar

from course_utils.costs.field import Count, _Field, _Pair
from course_utils.costs.layer import Layer, Shape, _extent, _neuron, _Pads, _times, is_size


@dataclass(frozen=True)
class _GlobalPooling(Layer):
    """One number per channel; ``keepdims`` keeps a 1x1 map."""

    keepdims: bool = False

    def output_shape(self, *inputs: Shape) -> Shape:
        channels = self._volume(inputs[0])[2]
        return (1, 1, channels) if self.keepdims else (channels,)

    def field(self, inputs: tuple[Shape, ...], fields: tuple[_Field, ...]) -> _Field | None:
        return fields[0].joined()


class GlobalMaxPooling2D(_GlobalPooling):
    """The largest value of each channel."""


class GlobalAveragePooling2D(_GlobalPooling):
    """The mean of each channel."""


# ------------------------------------------------------------------------------ dense and fixed


@dataclass(frozen=True)
class Dense(Layer):
    """A fully connected layer over the last axis; on a volume it is a 1x1 convolution.

    >>> Dense(120).weights((400,)), Dense(120).weights_formula((400,))
    ((48120, 0), '(400 + 1) * 120')
    """

    units: Count
    use_bias: bool = True
    activation: str | None = None

    def output_shape(self, *inputs: Shape) -> Shape:
        return (*inputs[0][:-1], self.units)

    def weights_formula(self, *inputs: Shape) -> str:
        return f"{_neuron(str(inputs[0][-1]), self.use_bias)} * {self.units}"

    def macs_formula(self, *inputs: Shape) -> str:
        return f"{_times(*inputs[0])} * {self.units}"

    def field(self, inputs: tuple[Shape, ...], fields: tuple[_Field, ...]) -> _Field | None:
        return fields[0].over_channels(inputs[0])


@dataclass(frozen=True)
class RBF(Layer):
    """LeNet-5's output layer: squared distances to one fixed code per class.

    The codes are bitmaps drawn by hand, so there is nothing to learn (LeCun et al. 1998, II.B).
    """

    units: Count

    def output_shape(self, *inputs: Shape) -> Shape:
        if len(inputs[0]) != 1:
            raise self._error(f"it works on vectors, but its input has shape {inputs[0]}.")
        return (self.units,)

    def macs_formula(self, *inputs: Shape) -> str:
        return f"{inputs[0][0]} * {self.units}"

    def field(self, inputs: tuple[Shape, ...], fields: tuple[_Field, ...]) -> _Field | None:
        return fields[0].joined()


@dataclass(frozen=True)
class _Normalization(Layer):
    """``scale`` and ``center`` say which of the two learned vectors exist."""

    scale: bool = True
    center: bool = True
    epsilon: float = 1e-3

    stored_vectors: ClassVar[int] = 0  # beside those that are learned

    def weights_formula(self, *inputs: Shape) -> str:
        return f"{self.scale + self.center + self.stored_vectors} * {inputs[0][-1]}"

    def statistics(self, *inputs: Shape) -> int:
        return self.stored_vectors * inputs[0][-1]


@dataclass(frozen=True)
class BatchNormalization(_Normalization):
    """Normalise each channel: learned scale and shift, and a stored mean and variance.

    >>> BatchNormalization().weights((28, 28, 16))  # learned, stored
    (32, 32)
    """

    momentum: float = 0.99

    stored_vectors = 2


class LayerNormalization(_Normalization):
    """Normalise the channels of each position: a learned scale and shift per channel."""

    def field(self, inputs: tuple[Shape, ...], fields: tuple[_Field, ...]) -> _Field | None:
        return fields[0].over_channels(inputs[0])


@dataclass(frozen=True)
class LocalResponseNormalization(Layer):
    """AlexNet's normalisation across neighbouring channels (Krizhevsky et al. 2012, section 3.3).

    ``x / (bias + alpha * sum of squares over depth_size channels) ** beta``.
    """

    depth_size: Count = 5
    bias: float = 2.0
    alpha: float = 1e-4
    beta: float = 0.75


@dataclass(frozen=True)
class Activation(Layer):
    """A function applied to every value, under its Keras name."""

    activation: str

    def field(self, inputs: tuple[Shape, ...], fields: tuple[_Field, ...]) -> _Field | None:
        mixes = self.activation in ("softmax", "log_softmax", "sparsemax")
        return fields[0].over_channels(inputs[0]) if mixes else fields[0]


@dataclass(frozen=True)
class ReLU(Layer):
    """The rectifier as a layer of its own, with Keras's settings; MobileNet caps it at 6."""

    max_value: float | None = None
    negative_slope: float = 0.0
    threshold: float = 0.0


@dataclass(frozen=True)
class Dropout(Layer):
    """Random zeros in training; nothing afterwards."""

    rate: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (isinstance(self.rate, (int, float)) and 0 <= self.rate <= 1):
            raise self._error(f"rate is a probability, so {self.rate!r} cannot be.")


# --------------------------------------------------------------------------------- rearranging


@dataclass(frozen=True)
class Flatten(Layer):
    """The same values, in one row."""

    def output_shape(self, *inputs: Shape) -> Shape:
        return (prod(inputs[0]),)

    def shape_formula(self, *inputs: Shape) -> str:
        return f"{_times(*inputs[0])} = {prod(inputs[0])}"


@dataclass(frozen=True)
class Reshape(Layer):
    """The same values in another shape; one entry may be -1."""

    target_shape: tuple[int, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        target = self.target_shape
        whole = isinstance(target, (tuple, list)) and all(is_size(side, -1) for side in target)
        if not whole:
            raise self._error(
                "target_shape must be a list of whole numbers, of which one may be -1, such as "
                f"(16,), but is {target!r}."
            )

    def output_shape(self, *inputs: Shape) -> Shape:
        size, target = prod(inputs[0]), tuple(self.target_shape)
        known = prod(side for side in target if side != -1)
        if target.count(-1) == 1 and known > 0 and size % known == 0:
            target = tuple(size // known if side == -1 else side for side in target)
        if prod(target) != size or min(target, default=1) < 1:
            raise self._error(f"{size} values {inputs[0]} do not fill the shape {target}.")
        return target

    def field(self, inputs: tuple[Shape, ...], fields: tuple[_Field, ...]) -> _Field | None:
        target, field = self.output_shape(*inputs), fields[0]
        kept = len(target) > 2 and _extent(target) == field.extent
        places = len(target) == 2 and target[-1] == inputs[0][-1]  # in a row, channels as they were
        if len(target) < 2 or kept or places:
            return field
        return replace(field.mixed(), extent=_extent(target))


@dataclass(frozen=True)
class ZeroPadding2D(Layer):
    """Rows and columns of zeros around the image."""

    padding: int | _Pair | _Pads = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        self._pads("padding")

    def sides(self, shape: Shape) -> list[str]:
        edges = zip(self._volume(shape)[:2], self._pads("padding"), strict=True)
        return [f"{size} + {first} + {last}" for size, (first, last) in edges]

    def field(self, inputs: tuple[Shape, ...], fields: tuple[_Field, ...]) -> _Field | None:
        (top, _), (left, _) = self._pads("padding")
        after = _extent(self.output_shape(*inputs))
        return fields[0].window(after, (1, 1), (1, 1), (1, 1), (top, left))


@dataclass(frozen=True)
class ChannelPadding(Layer):
    """Channels of zeros behind those that are there, ``channels`` in all.

    It lets a residual network add volumes of different depth without a weight: option A of He et
    al. 2015 (arXiv:1512.03385), section 3.3.

    >>> ChannelPadding(128).output_shape((28, 28, 64))
    (28, 28, 128)
    """

    channels: Count

    def output_shape(self, *inputs: Shape) -> Shape:
        height, width, channels = self._volume(inputs[0])
        if channels > self.channels:
            raise self._error(f"{channels} channels cannot be padded to {self.channels}.")
        return height, width, self.channels


# -------------------------------------------------------------------------------------- merging


@dataclass(frozen=True)
class _Merge(Layer):
    """Branches combined value by value; sides of length 1 are broadcast."""

    arity: ClassVar[_Pair] = (2, 10**6)

    def output_shape(self, *inputs: Shape) -> Shape:
        rank = max(map(len, inputs))
        padded = [(1,) * (rank - len(shape)) + shape for shape in inputs]
        sides = [{side for side in axis if side != 1} for axis in zip(*padded, strict=True)]
        if any(len(side) > 1 for side in sides):
            shapes = " and ".join(map(str, inputs))
            raise self._error(f"branches of shapes {shapes} cannot be combined value by value.")
        return tuple(side.pop() if side else 1 for side in sides)

    def field(self, inputs: tuple[Shape, ...], fields: tuple[_Field, ...]) -> _Field | None:
        return reduce(_Field.merged, fields)


class Add(_Merge):
    """The sum of the branches: the residual connection.

    >>> Add(inputs=("conv2", "shortcut")).output_shape((7, 7, 64), (7, 7, 64))
    (7, 7, 64)
    """


class Multiply(_Merge):
    """The product of the branches: gates, squeeze-and-excitation."""


class Concatenate(Layer):
    """Branches stacked in depth."""

    arity: ClassVar[_Pair] = (1, 10**6)

    def output_shape(self, *inputs: Shape) -> Shape:
        if len({shape[:-1] for shape in inputs}) > 1:
            shapes = " and ".join(map(str, inputs))
            raise self._error(f"branches of shapes {shapes} differ in more than their depth.")
        return (*inputs[0][:-1], sum(shape[-1] for shape in inputs))

    def shape_formula(self, *inputs: Shape) -> str:
        depths = [shape[-1] for shape in inputs]
        return f"{' + '.join(map(str, depths))} = {sum(depths)}"

    def field(self, inputs: tuple[Shape, ...], fields: tuple[_Field, ...]) -> _Field | None:
        merged = reduce(_Field.merged, fields)
        return merged.mixed() if len(inputs[0]) == 1 else merged


@dataclass(frozen=True)
class Opaque(Layer):
    """A layer that only its framework understands: shape and weights as the framework says.

    ``macs`` of ``None`` means that nobody counted them; the network's total then says that it is
    partial. ``pointwise`` layers treat every position alone and do not widen what is seen.
    ``weight_bytes`` is for weights that are not all of the layer's dtype. ``counted_for`` are the
    shapes of its inputs, where shape and weights are known for them alone.
    """

    class_name: str
    shape: Shape
    learned: int = 0
    stored: int = 0
    counted_macs: int | None = None
    pointwise: bool = False
    weight_bytes: int | None = None
    use_bias: bool = False
    counted_for: tuple[Shape, ...] = ()

    arity: ClassVar[_Pair] = (0, 10**6)

    @property
    def kind(self) -> str:
        return self.class_name

    def output_shape(self, *inputs: Shape) -> Shape:
        if self.pointwise and self.counted_for == (self.shape,) and not self.learned + self.stored:
            return inputs[0]
        if self.counted_for not in ((), inputs):
            raise self._error(
                f"Keras has said what it gives for {self.counted_for}, and not for {inputs}: read "
                "the Keras model again, with from_keras(model, input_shape=...)."
            )
        return self.shape

    def weights(self, *inputs: Shape) -> tuple[int, int]:
        return self.learned, self.stored

    def macs(self, *inputs: Shape) -> int | None:
        return self.counted_macs

    def field(self, inputs: tuple[Shape, ...], fields: tuple[_Field, ...]) -> _Field | None:
        return reduce(_Field.merged, fields) if self.pointwise and fields else None

    def weights_formula(self, *inputs: Shape) -> str:
        return "counted by Keras" if self.learned + self.stored else "0"

    def macs_formula(self, *inputs: Shape) -> str:
        if self.counted_macs is None:
            return "not counted"
        return "counted by Keras" if self.counted_macs else "0"
