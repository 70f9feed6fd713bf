# ruff: noqa: D102 - the methods of a kind answer what Layer's docstrings ask
"""One frozen dataclass per layer kind; each knows its own arithmetic.

A layer is data: its settings under Keras's names, a ``name``, and the names of the layers it
reads (``inputs``, by default the layer before it). Given the shapes of its inputs it answers four
questions - which shape comes out, how many weights it holds, how many products it makes, what
its values can see - and gives the arithmetic behind the first three as text. Shapes are
``(height, width, channels)`` without the batch.

Conventions: ``macs`` counts one multiply-add per product of a weight and an input, products with
zero padding included, and no bias; pooling, normalisation and activations count none, as in
the papers' tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from math import prod
from typing import ClassVar, Literal

from course_utils.costs.field import Field, Pair

Shape = tuple[int, ...]
Pads = tuple[Pair, Pair]  # ((top, bottom), (left, right))
Padding = Literal["valid", "same"] | int | Pair | Pads


class CostError(ValueError):
    """A network that cannot be: the message names the layer, the rule and the numbers."""


def times(*numbers: int) -> str:
    """Return a product as text: ``times(5, 5, 6)`` is ``"5*5*6"``."""
    return "*".join(map(str, numbers))


def pair(value: int | Pair) -> Pair:
    """Let one number stand for (height, width), as in Keras."""
    return (value, value) if isinstance(value, int) else value


def extent(shape: Shape) -> Pair:
    """Return height and width of a volume."""
    return shape[0], shape[1]


def per_axis(lines: list[str]) -> str:
    """Write the arithmetic of both axes, once if it is the same."""
    return lines[0] if lines[0] == lines[1] else "; ".join(lines)


def _is_size(value: object, least: int = 1) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


# ------------------------------------------------------------------------------------ the base


@dataclass(frozen=True, kw_only=True)
class Layer:
    """What every layer kind answers; the answers here are those of a layer that costs nothing.

    Parameters
    ----------
    name
        Unique in the network; empty means "name it after its kind".
    inputs
        Names of the layers it reads; empty means the layer before it.
    trainable
        Whether training may change its weights.
    shared_with
        Name of an earlier layer whose weights it uses; it then counts none of its own.
    """

    name: str = ""
    inputs: tuple[str, ...] = ()
    trainable: bool = True
    shared_with: str = ""

    arity: ClassVar[Pair] = (1, 1)  # fewest and most inputs

    @property
    def kind(self) -> str:
        """The layer's type, spelled as in Keras."""
        return type(self).__name__

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the shape that comes out."""
        return inputs[0]

    def weights(self, *inputs: Shape) -> tuple[int, int]:
        """Return the numbers of learned weights and of stored statistics."""
        return 0, 0

    def macs(self, *inputs: Shape) -> int | None:
        """Return the multiply-adds for one image; ``None`` if they cannot be counted."""
        return 0

    def bias_adds(self, *inputs: Shape) -> int:
        """Return the additions of a bias for one image."""
        return 0

    def field(self, inputs: tuple[Shape, ...], fields: tuple[Field, ...]) -> Field | None:
        """Return what the layer's values can see, given what its inputs can see."""
        return fields[0]

    def weights_formula(self, *inputs: Shape) -> str:
        """Return the arithmetic behind :meth:`weights`."""
        return "0"

    def macs_formula(self, *inputs: Shape) -> str:
        """Return the arithmetic behind :meth:`macs`."""
        return "0"

    def shape_formula(self, *inputs: Shape) -> str:
        """Return the arithmetic behind the height and width of :meth:`output_shape`."""
        return ""

    def _error(self, message: str) -> CostError:
        who = f"{self.kind} {self.name!r}" if self.name else self.kind
        return CostError(f"{who}: {message}")

    def _set(self, field: str, value: object) -> None:
        object.__setattr__(self, field, value)

    def _check_size(self, field: str, least: int = 1) -> None:
        value = getattr(self, field)
        if not _is_size(value, least):
            raise self._error(
                f"{field} must be a whole number, at least {least}, but is {value!r}."
            )

    def _make_pair(self, field: str, least: int = 1) -> None:
        """Check a setting for height and width, and store it as a pair."""
        value = getattr(self, field)
        sides = (value, value) if isinstance(value, (int, float)) else value
        if not (isinstance(sides, (tuple, list)) and len(sides) == 2):
            raise self._error(f"{field} must be one number or (height, width), but is {value!r}.")
        if not all(_is_size(side, least) for side in sides):
            hint = " To enlarge a volume, use Conv2DTranspose." if field == "strides" else ""
            raise self._error(
                f"{field} must be whole numbers, at least {least}, but is {value!r}.{hint}"
            )
        self._set(field, tuple(sides))

    def _volume(self, shape: Shape) -> tuple[int, int, int]:
        if len(shape) != 3:
            raise self._error(
                f"it works on volumes (height, width, channels), but its input has shape {shape}."
            )
        return shape


# --------------------------------------------------------------------- windows over the image


@dataclass(frozen=True, kw_only=True)
class Window(Layer):
    """A window that slides over height and width: convolution and pooling."""

    padding: Padding = "valid"

    def window(self) -> tuple[Pair, Pair, Pair]:
        """Return kernel size, strides and dilation rate."""
        raise NotImplementedError

    @property
    def _kernel(self) -> Pair:
        return self.window()[0]

    def _reach(self, axis: int) -> int:
        """Return the pixels between the first and last tap of the window, both included."""
        kernel, _, dilation = self.window()
        return (kernel[axis] - 1) * dilation[axis] + 1

    @property
    def _rounds_up(self) -> bool:
        return False

    def _check_padding(self) -> None:
        padding = self.padding
        if isinstance(padding, str):
            padding = padding.lower()  # type: ignore[assignment]
            if padding not in ("valid", "same"):
                raise self._error(f"padding must be 'valid', 'same' or sizes, not {padding!r}.")
            self._set("padding", padding)
        else:
            self._set("padding", as_pads(self, "padding", padding))

    def pads(self, shape: Shape) -> Pads:
        """Return the padding in rows and columns; ``same`` puts an odd one at the end."""
        if self.padding == "valid":
            return (0, 0), (0, 0)
        if self.padding != "same":
            return as_pads(self, "padding", self.padding)
        pads = []
        for size, kernel, stride, dilation in zip(shape[:2], *self.window(), strict=True):
            reach = (kernel - 1) * dilation + 1
            total = max((-(-size // stride) - 1) * stride + reach - size, 0)
            pads.append((total // 2, total - total // 2))
        return pads[0], pads[1]

    def _extent(self, shape: Shape) -> Pair:
        """Return height and width of the output."""
        height, width, _ = self._volume(shape)
        _, strides, _ = self.window()
        if self.padding == "same":
            return -(-height // strides[0]), -(-width // strides[1])
        pads = self.pads(shape)
        sizes = []
        for axis, size in enumerate((height, width)):
            reach = self._reach(axis)
            before, after = pads[axis]
            room = size + before + after - reach
            if room < 0:
                raise self._error(
                    f"a window of {reach} does not fit into {'height' if axis == 0 else 'width'} "
                    f"{size} with padding {before} + {after}. Use padding='same', a smaller "
                    "kernel, or fewer reductions before it."
                )
            steps = room // strides[axis]
            # A partial last window counts, unless it would start in the padding behind the image.
            if self._rounds_up and room % strides[axis]:
                steps += (steps + 1) * strides[axis] < size + before
            sizes.append(steps + 1)
        return sizes[0], sizes[1]

    def field(self, inputs: tuple[Shape, ...], fields: tuple[Field, ...]) -> Field | None:
        (shape,) = inputs
        pads = self.pads(shape)
        before = (pads[0][0], pads[1][0])
        return fields[0].window(*self.window(), before, self._extent(shape))

    def shape_formula(self, *inputs: Shape) -> str:
        shape = inputs[0]
        kernel, strides, dilation = self.window()
        lines = []
        for axis, out in enumerate(self._extent(shape)):
            size, stride = shape[axis], strides[axis]
            if self.padding == "same":
                line = f"ceil({size} / {stride}) = {out}"
            else:
                before, after = self.pads(shape)[axis]
                pad = f"2*{before}" if before == after else f"{before} + {after}"
                reach = str(kernel[axis])
                if dilation[axis] > 1:
                    reach = f"({dilation[axis]}*({kernel[axis]} - 1) + 1)"
                room = f"({size} - {reach} + {pad}) / {stride}"
                line = f"floor({room}) + 1 = {out}"
                if self._rounds_up:
                    whole = -(-(size + before + after - self._reach(axis)) // stride) + 1
                    dropped = " - 1" if whole > out else ""  # it would start behind the image
                    line = f"ceil({room}) + 1{dropped} = {out}"
            lines.append(line)
        return per_axis(lines)


def as_pads(layer: Layer, field: str, value: object) -> Pads:
    """Return explicit padding as ((top, bottom), (left, right)), in any of Keras's spellings."""
    sides = (value, value) if isinstance(value, int) else value
    if isinstance(sides, (tuple, list)) and len(sides) == 2:
        rows, columns = ((s, s) if isinstance(s, int) else tuple(s) for s in sides)
        if all(len(pads) == 2 and all(_is_size(s, 0) for s in pads) for pads in (rows, columns)):
            return rows, columns
    raise layer._error(
        f"{field} must be one number, (height, width) or ((top, bottom), (left, right)) of whole "
        f"numbers, at least 0, but is {value!r}."
    )


@dataclass(frozen=True)
class Conv2D(Window):
    """A convolution: every filter sees all the channels of its group.

    Parameters
    ----------
    filters
        Number of filters, which is the depth of the output.
    kernel_size, strides, dilation_rate
        One number or (height, width).
    groups
        Into how many groups input and output channels are split, as in AlexNet's two towers.
    use_bias
        Whether each filter adds one number of its own.
    activation
        Name of a function applied to the result; it costs nothing here.
    connections
        For each filter, the input channels it sees; ``None`` means all. LeNet-5 (1998) has such
        a table in its layer C3.
    padding
        ``"valid"`` (none), ``"same"`` (as Keras pads), or sizes.

    Examples
    --------
    >>> conv = Conv2D(16, 5)
    >>> conv.output_shape((14, 14, 6)), conv.weights((14, 14, 6)), conv.macs((14, 14, 6))
    ((10, 10, 16), (2416, 0), 240000)
    >>> conv.weights_formula((14, 14, 6))
    '(5*5*6 + 1) * 16'
    """

    filters: int
    kernel_size: int | Pair
    strides: int | Pair = 1
    dilation_rate: int | Pair = 1
    groups: int = 1
    use_bias: bool = True
    activation: str | None = None
    connections: tuple[tuple[int, ...], ...] | None = None

    def __post_init__(self) -> None:
        self._check_size("filters")
        self._check_size("groups")
        for field in ("kernel_size", "strides", "dilation_rate"):
            self._make_pair(field)
        self._check_padding()
        if self.filters % self.groups:
            raise self._error(f"{self.filters} filters cannot be split into {self.groups} groups.")
        if self.connections is not None and len(self.connections) != self.filters:
            raise self._error(
                f"connections lists {len(self.connections)} filters, but there are {self.filters}."
            )

    def window(self) -> tuple[Pair, Pair, Pair]:
        return pair(self.kernel_size), pair(self.strides), pair(self.dilation_rate)

    def _slices(self, shape: Shape) -> int:
        """Return the number of two-dimensional kernels: pairs of a filter and a channel it sees."""
        channels = self._volume(shape)[2]
        if self.connections is not None:
            if any(not 0 <= c < channels for filter_ in self.connections for c in filter_):
                raise self._error(f"connections names a channel that the {channels} do not have.")
            return sum(map(len, self.connections))
        if channels % self.groups:
            raise self._error(
                f"{channels} input channels cannot be split into {self.groups} groups."
            )
        return channels // self.groups * self.filters

    def output_shape(self, *inputs: Shape) -> Shape:
        return (*self._extent(inputs[0]), self.filters)

    def weights(self, *inputs: Shape) -> tuple[int, int]:
        kernel = prod(self._kernel)
        return kernel * self._slices(inputs[0]) + self.bias * self.filters, 0

    @property
    def bias(self) -> int:
        """Biases per filter: 1 or 0."""
        return int(self.use_bias)

    def macs(self, *inputs: Shape) -> int | None:
        kernel = prod(self._kernel)
        return prod(self._extent(inputs[0])) * kernel * self._slices(inputs[0])

    def bias_adds(self, *inputs: Shape) -> int:
        return self.bias * prod(self.output_shape(*inputs))

    def _kernel_text(self, shape: Shape) -> str:
        return times(*self._kernel, self._slices(shape) // self.filters)

    def weights_formula(self, *inputs: Shape) -> str:
        if self.connections is not None:
            kernel = times(*self._kernel)
            text = f"{kernel} * {self._slices(inputs[0])}"
            return f"{text} + {self.filters}" if self.use_bias else text
        kernel = self._kernel_text(inputs[0])
        return f"({kernel} + 1) * {self.filters}" if self.use_bias else f"{kernel} * {self.filters}"

    def macs_formula(self, *inputs: Shape) -> str:
        positions = times(*self._extent(inputs[0]))
        if self.connections is not None:
            kernel = times(*self._kernel)
            return f"{positions} * {kernel} * {self._slices(inputs[0])}"
        return f"{positions} * {self._kernel_text(inputs[0])} * {self.filters}"


@dataclass(frozen=True)
class DepthwiseConv2D(Window):
    """A convolution in which every channel has filters of its own and sees no other channel.

    ``depth_multiplier`` filters per channel; the other settings are those of :class:`Conv2D`.

    Examples
    --------
    >>> DepthwiseConv2D(3, padding="same").weights((56, 56, 32))
    (320, 0)
    """

    kernel_size: int | Pair
    strides: int | Pair = 1
    depth_multiplier: int = 1
    dilation_rate: int | Pair = 1
    use_bias: bool = True
    activation: str | None = None

    def __post_init__(self) -> None:
        self._check_size("depth_multiplier")
        for field in ("kernel_size", "strides", "dilation_rate"):
            self._make_pair(field)
        self._check_padding()

    def window(self) -> tuple[Pair, Pair, Pair]:
        return pair(self.kernel_size), pair(self.strides), pair(self.dilation_rate)

    def _filters(self, shape: Shape) -> int:
        return self._volume(shape)[2] * self.depth_multiplier

    def _filters_text(self, shape: Shape) -> str:
        multiplier = () if self.depth_multiplier == 1 else (self.depth_multiplier,)
        return times(shape[2], *multiplier)

    def output_shape(self, *inputs: Shape) -> Shape:
        return (*self._extent(inputs[0]), self._filters(inputs[0]))

    def weights(self, *inputs: Shape) -> tuple[int, int]:
        kernel = prod(self._kernel)
        return (kernel + self.use_bias) * self._filters(inputs[0]), 0

    def macs(self, *inputs: Shape) -> int | None:
        kernel = prod(self._kernel)
        return kernel * prod(self.output_shape(*inputs))

    def bias_adds(self, *inputs: Shape) -> int:
        return self.use_bias * prod(self.output_shape(*inputs))

    def weights_formula(self, *inputs: Shape) -> str:
        kernel, filters = times(*self._kernel), self._filters_text(inputs[0])
        return f"({kernel} + 1) * {filters}" if self.use_bias else f"{kernel} * {filters}"

    def macs_formula(self, *inputs: Shape) -> str:
        kernel = times(*self._kernel)
        positions = times(*self._extent(inputs[0]))
        return f"{positions} * {kernel} * {self._filters_text(inputs[0])}"


@dataclass(frozen=True)
class SeparableConv2D(Window):
    """A depthwise convolution without bias, then a 1x1 convolution: Xception's building block.

    Examples
    --------
    >>> SeparableConv2D(64, 3, padding="same").weights_formula((28, 28, 32))
    '3*3*32 + (32 + 1) * 64'
    """

    filters: int
    kernel_size: int | Pair
    strides: int | Pair = 1
    depth_multiplier: int = 1
    dilation_rate: int | Pair = 1
    use_bias: bool = True
    activation: str | None = None

    def __post_init__(self) -> None:
        self._check_size("filters")
        self._check_size("depth_multiplier")
        for field in ("kernel_size", "strides", "dilation_rate"):
            self._make_pair(field)
        self._check_padding()

    def window(self) -> tuple[Pair, Pair, Pair]:
        return pair(self.kernel_size), pair(self.strides), pair(self.dilation_rate)

    def _between(self, shape: Shape) -> int:
        """Return the number of channels between the two convolutions."""
        return self._volume(shape)[2] * self.depth_multiplier

    def output_shape(self, *inputs: Shape) -> Shape:
        return (*self._extent(inputs[0]), self.filters)

    def weights(self, *inputs: Shape) -> tuple[int, int]:
        kernel, between = prod(self._kernel), self._between(inputs[0])
        return kernel * between + (between + self.use_bias) * self.filters, 0

    def macs(self, *inputs: Shape) -> int | None:
        kernel, between = prod(self._kernel), self._between(inputs[0])
        return prod(self._extent(inputs[0])) * between * (kernel + self.filters)

    def bias_adds(self, *inputs: Shape) -> int:
        return self.use_bias * prod(self.output_shape(*inputs))

    def weights_formula(self, *inputs: Shape) -> str:
        between = self._between(inputs[0])
        depthwise = times(*self._kernel, between)
        pointwise = f"({between} + 1) * {self.filters}" if self.use_bias else None
        return f"{depthwise} + {pointwise or times(between, self.filters)}"

    def macs_formula(self, *inputs: Shape) -> str:
        kernel, positions = times(*self._kernel), times(*self._extent(inputs[0]))
        return f"{positions} * {self._between(inputs[0])} * ({kernel} + {self.filters})"


@dataclass(frozen=True)
class Conv2DTranspose(Window):
    """A convolution run backwards: every input value is spread over a window of the output.

    Its multiply-adds are counted from the *input*: each value meets each weight once.

    Parameters
    ----------
    output_padding
        Rows and columns added at the end of the output; ``None`` lets Keras's rule decide.
    padding
        ``"valid"`` or ``"same"``, as Keras has it.

    Examples
    --------
    >>> Conv2DTranspose(8, 3, strides=2, padding="same").output_shape((7, 7, 16))
    (14, 14, 8)
    """

    filters: int
    kernel_size: int | Pair
    strides: int | Pair = 1
    output_padding: int | Pair | None = None
    dilation_rate: int | Pair = 1
    use_bias: bool = True
    activation: str | None = None

    def __post_init__(self) -> None:
        self._check_size("filters")
        for field in ("kernel_size", "strides", "dilation_rate"):
            self._make_pair(field)
        if self.output_padding is not None:
            self._make_pair("output_padding", least=0)
            extra, strides = pair(self.output_padding), pair(self.strides)
            if extra[0] >= strides[0] or extra[1] >= strides[1]:
                raise self._error(
                    f"output_padding {self.output_padding} must be smaller than "
                    f"strides {self.strides}."
                )
        if self.padding not in ("valid", "same"):
            raise self._error(f"padding must be 'valid' or 'same', not {self.padding!r}.")

    def window(self) -> tuple[Pair, Pair, Pair]:
        return pair(self.kernel_size), pair(self.strides), pair(self.dilation_rate)

    def _terms(self, size: int, axis: int) -> tuple[int, int, int]:
        """Return the output size along one axis as (size - 1) * stride + kernel + extra."""
        strides, reach = self.window()[1], self._reach(axis)
        given = None if self.output_padding is None else pair(self.output_padding)[axis]
        if self.padding == "valid":
            extra = max(strides[axis] - reach, 0) if given is None else given
            return strides[axis], reach, extra
        if given is None:
            return strides[axis], strides[axis], 0
        return strides[axis], reach % 2, given

    def _extent(self, shape: Shape) -> Pair:
        self._volume(shape)
        sizes = []
        for axis in (0, 1):
            stride, reach, extra = self._terms(shape[axis], axis)
            sizes.append((shape[axis] - 1) * stride + reach + extra)
        if min(sizes) < 1:
            raise self._error(f"nothing is left of an input of {shape[0]}x{shape[1]}.")
        return sizes[0], sizes[1]

    def output_shape(self, *inputs: Shape) -> Shape:
        return (*self._extent(inputs[0]), self.filters)

    def weights(self, *inputs: Shape) -> tuple[int, int]:
        kernel = prod(self._kernel)
        return (kernel * inputs[0][2] + self.use_bias) * self.filters, 0

    def macs(self, *inputs: Shape) -> int | None:
        return prod(self._volume(inputs[0])) * prod(self._kernel) * self.filters

    def bias_adds(self, *inputs: Shape) -> int:
        return self.use_bias * prod(self.output_shape(*inputs))

    def field(self, inputs: tuple[Shape, ...], fields: tuple[Field, ...]) -> Field | None:
        (shape,) = inputs
        kernel, strides, dilation = self.window()
        after = self._extent(shape)
        before = [0, 0]
        if self.padding == "same":  # the padding of the convolution this one runs backwards
            for axis in (0, 1):
                reach = self._reach(axis)
                total = (shape[axis] - 1) * strides[axis] + reach - after[axis]
                before[axis] = max(total, 0) // 2
        return fields[0].transposed(kernel, strides, dilation, (before[0], before[1]), after)

    def weights_formula(self, *inputs: Shape) -> str:
        kernel = times(*self._kernel, inputs[0][2])
        return f"({kernel} + 1) * {self.filters}" if self.use_bias else f"{kernel} * {self.filters}"

    def macs_formula(self, *inputs: Shape) -> str:
        height, width, channels = inputs[0]
        kernel = times(*self._kernel, channels)
        return f"{height}*{width} * {kernel} * {self.filters}"

    def shape_formula(self, *inputs: Shape) -> str:
        lines = []
        for axis, out in enumerate(self._extent(inputs[0])):
            size = inputs[0][axis]
            stride, reach, extra = self._terms(size, axis)
            if self.padding == "same" and self.output_padding is None:
                lines.append(f"{size}*{stride} = {out}")
            else:
                lines.append(f"({size} - 1)*{stride} + {reach} + {extra} = {out}")
        return per_axis(lines)


# ------------------------------------------------------------------------------------- pooling


@dataclass(frozen=True)
class _Pooling(Window):
    """A fixed summary of each window; ``strides`` defaults to ``pool_size``.

    ``ceil_mode`` lets a partial window at the end count, as Caffe does; Keras and the course's
    tables round down.
    """

    pool_size: int | Pair = 2
    strides: int | Pair | None = None
    ceil_mode: bool = False

    def __post_init__(self) -> None:
        self._make_pair("pool_size")
        if self.strides is None:
            self._set("strides", self.pool_size)
        self._make_pair("strides")
        self._check_padding()
        if self.ceil_mode and self.padding == "same":
            raise self._error("ceil_mode has no meaning with padding='same', which rounds up.")

    def window(self) -> tuple[Pair, Pair, Pair]:
        strides = self.pool_size if self.strides is None else self.strides
        return pair(self.pool_size), pair(strides), (1, 1)

    @property
    def _rounds_up(self) -> bool:
        return self.ceil_mode

    def output_shape(self, *inputs: Shape) -> Shape:
        return (*self._extent(inputs[0]), inputs[0][2])


class MaxPooling2D(_Pooling):
    """The largest value of each window.

    Examples
    --------
    >>> MaxPooling2D(3, strides=2).output_shape((56, 56, 64))
    (27, 27, 64)
    >>> MaxPooling2D(3, strides=2, ceil_mode=True).output_shape((56, 56, 64))
    (28, 28, 64)
    """


class AveragePooling2D(_Pooling):
    """The mean of each window."""


class SumPooling2D(_Pooling):
    """The sum of each window."""


@dataclass(frozen=True)
class Subsampling2D(_Pooling):
    """LeNet-5's trainable pooling: per channel, one weight for the sum and one bias.

    ``activation(weight * sum + bias)``: LeCun et al., "Gradient-Based Learning Applied to
    Document Recognition", 1998, section II.B, layers S2 and S4.

    Examples
    --------
    >>> Subsampling2D(2).weights((28, 28, 6))
    (12, 0)
    """

    activation: str | None = None

    def weights(self, *inputs: Shape) -> tuple[int, int]:
        return 2 * self._volume(inputs[0])[2], 0

    def macs(self, *inputs: Shape) -> int | None:
        return prod(self.output_shape(*inputs))

    def bias_adds(self, *inputs: Shape) -> int:
        return prod(self.output_shape(*inputs))

    def weights_formula(self, *inputs: Shape) -> str:
        return f"2 * {inputs[0][2]}"

    def macs_formula(self, *inputs: Shape) -> str:
        return times(*self.output_shape(*inputs))


@dataclass(frozen=True)
class _GlobalPooling(Layer):
    """One number per channel; ``keepdims`` keeps a 1x1 map."""

    keepdims: bool = False

    def output_shape(self, *inputs: Shape) -> Shape:
        channels = self._volume(inputs[0])[2]
        return (1, 1, channels) if self.keepdims else (channels,)

    def field(self, inputs: tuple[Shape, ...], fields: tuple[Field, ...]) -> Field | None:
        return fields[0].joined()


class GlobalMaxPooling2D(_GlobalPooling):
    """The largest value of each channel."""


class GlobalAveragePooling2D(_GlobalPooling):
    """The mean of each channel."""


# ------------------------------------------------------------------------------ dense and fixed


@dataclass(frozen=True)
class Dense(Layer):
    """A fully connected layer over the last axis; on a volume it is a 1x1 convolution.

    Examples
    --------
    >>> Dense(120).weights((400,)), Dense(120).weights_formula((400,))
    ((48120, 0), '(400 + 1) * 120')
    """

    units: int
    use_bias: bool = True
    activation: str | None = None

    def __post_init__(self) -> None:
        self._check_size("units")

    def output_shape(self, *inputs: Shape) -> Shape:
        return (*inputs[0][:-1], self.units)

    def weights(self, *inputs: Shape) -> tuple[int, int]:
        return (inputs[0][-1] + self.use_bias) * self.units, 0

    def macs(self, *inputs: Shape) -> int | None:
        return prod(inputs[0]) * self.units

    def bias_adds(self, *inputs: Shape) -> int:
        return self.use_bias * prod(self.output_shape(*inputs))

    def field(self, inputs: tuple[Shape, ...], fields: tuple[Field, ...]) -> Field | None:
        return fields[0].joined() if len(inputs[0]) == 1 else fields[0]

    def weights_formula(self, *inputs: Shape) -> str:
        fan_in = inputs[0][-1]
        return f"({fan_in} + 1) * {self.units}" if self.use_bias else f"{fan_in} * {self.units}"

    def macs_formula(self, *inputs: Shape) -> str:
        return f"{times(*inputs[0])} * {self.units}"


@dataclass(frozen=True)
class RBF(Layer):
    """LeNet-5's output layer: squared distances to one fixed code per class.

    The codes are bitmaps drawn by hand, so there is nothing to learn (LeCun et al. 1998, II.B).
    """

    units: int

    def __post_init__(self) -> None:
        self._check_size("units")

    def output_shape(self, *inputs: Shape) -> Shape:
        if len(inputs[0]) != 1:
            raise self._error(f"it works on vectors, but its input has shape {inputs[0]}.")
        return (self.units,)

    def macs(self, *inputs: Shape) -> int | None:
        return inputs[0][0] * self.units

    def field(self, inputs: tuple[Shape, ...], fields: tuple[Field, ...]) -> Field | None:
        return fields[0].joined()

    def macs_formula(self, *inputs: Shape) -> str:
        return f"{inputs[0][0]} * {self.units}"


@dataclass(frozen=True)
class BatchNormalization(Layer):
    """Normalise each channel: learned scale and shift, and a stored mean and variance.

    ``scale`` and ``center`` say which of the two learned vectors exist.

    Examples
    --------
    >>> BatchNormalization().weights((28, 28, 16))  # learned, stored
    (32, 32)
    """

    scale: bool = True
    center: bool = True

    def weights(self, *inputs: Shape) -> tuple[int, int]:
        channels = inputs[0][-1]
        return (self.scale + self.center) * channels, 2 * channels

    def weights_formula(self, *inputs: Shape) -> str:
        return f"{self.scale + self.center + 2} * {inputs[0][-1]}"


@dataclass(frozen=True)
class LayerNormalization(Layer):
    """Normalise the channels of each position: a learned scale and shift per channel."""

    scale: bool = True
    center: bool = True

    def weights(self, *inputs: Shape) -> tuple[int, int]:
        return (self.scale + self.center) * inputs[0][-1], 0

    def weights_formula(self, *inputs: Shape) -> str:
        return f"{self.scale + self.center} * {inputs[0][-1]}"


@dataclass(frozen=True)
class LocalResponseNormalization(Layer):
    """AlexNet's normalisation across neighbouring channels (Krizhevsky et al. 2012, section 3.3).

    ``x / (bias + alpha * sum of squares over depth_size channels) ** beta``.
    """

    depth_size: int = 5
    bias: float = 2.0
    alpha: float = 1e-4
    beta: float = 0.75


@dataclass(frozen=True)
class Activation(Layer):
    """A function applied to every value, under its Keras name."""

    activation: str


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
        if not 0 <= self.rate <= 1:
            raise self._error(f"rate is a probability, so {self.rate!r} cannot be.")


# --------------------------------------------------------------------------------- rearranging


@dataclass(frozen=True)
class Flatten(Layer):
    """The same values, in one row."""

    def output_shape(self, *inputs: Shape) -> Shape:
        return (prod(inputs[0]),)

    def shape_formula(self, *inputs: Shape) -> str:
        return f"{times(*inputs[0])} = {prod(inputs[0])}"


@dataclass(frozen=True)
class Reshape(Layer):
    """The same values in another shape; one entry may be -1."""

    target_shape: tuple[int, ...]

    def output_shape(self, *inputs: Shape) -> Shape:
        size, target = prod(inputs[0]), tuple(self.target_shape)
        known = prod(side for side in target if side != -1)
        if target.count(-1) == 1 and known > 0 and size % known == 0:
            target = tuple(size // known if side == -1 else side for side in target)
        if prod(target) != size or min(target, default=1) < 1:
            raise self._error(f"{size} values {inputs[0]} do not fill the shape {target}.")
        return target

    def field(self, inputs: tuple[Shape, ...], fields: tuple[Field, ...]) -> Field | None:
        target = self.output_shape(*inputs)
        if len(target) < 3 or extent(target) == fields[0].extent:
            return fields[0]
        joined = fields[0].joined()  # positions are mixed: each may hold what any has seen
        return Field(joined.rows, joined.columns, extent(target))


@dataclass(frozen=True)
class ZeroPadding2D(Layer):
    """Rows and columns of zeros around the image."""

    padding: int | Pair | Pads = 1

    def __post_init__(self) -> None:
        self._set("padding", as_pads(self, "padding", self.padding))

    def output_shape(self, *inputs: Shape) -> Shape:
        height, width, channels = self._volume(inputs[0])
        rows, columns = as_pads(self, "padding", self.padding)
        return height + sum(rows), width + sum(columns), channels

    def field(self, inputs: tuple[Shape, ...], fields: tuple[Field, ...]) -> Field | None:
        (top, _), (left, _) = as_pads(self, "padding", self.padding)
        after = extent(self.output_shape(*inputs))
        return fields[0].window((1, 1), (1, 1), (1, 1), (top, left), after)

    def shape_formula(self, *inputs: Shape) -> str:
        lines = [
            f"{size} + {before} + {after} = {size + before + after}"
            for size, (before, after) in zip(
                inputs[0], as_pads(self, "padding", self.padding), strict=False
            )
        ]
        return per_axis(lines)


@dataclass(frozen=True)
class Cropping2D(Layer):
    """The image without some rows and columns at its edges."""

    cropping: int | Pair | Pads = 0

    def __post_init__(self) -> None:
        self._set("cropping", as_pads(self, "cropping", self.cropping))

    def output_shape(self, *inputs: Shape) -> Shape:
        height, width, channels = self._volume(inputs[0])
        rows, columns = as_pads(self, "cropping", self.cropping)
        left = height - sum(rows), width - sum(columns)
        if min(left) < 1:
            raise self._error(f"cropping {self.cropping} leaves nothing of {height}x{width}.")
        return (*left, channels)

    def field(self, inputs: tuple[Shape, ...], fields: tuple[Field, ...]) -> Field | None:
        (top, _), (left, _) = as_pads(self, "cropping", self.cropping)
        after = extent(self.output_shape(*inputs))
        return fields[0].window((1, 1), (1, 1), (1, 1), (-top, -left), after)

    def shape_formula(self, *inputs: Shape) -> str:
        lines = [
            f"{size} - {before} - {after} = {size - before - after}"
            for size, (before, after) in zip(
                inputs[0], as_pads(self, "cropping", self.cropping), strict=False
            )
        ]
        return per_axis(lines)


@dataclass(frozen=True)
class UpSampling2D(Layer):
    """An enlarged image: values repeated (``"nearest"``) or interpolated (``"bilinear"``)."""

    size: int | Pair = 2
    interpolation: str = "nearest"

    def __post_init__(self) -> None:
        self._make_pair("size")
        known = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")
        if self.interpolation not in known:
            raise self._error(f"interpolation must be one of {known}, not {self.interpolation!r}.")

    def output_shape(self, *inputs: Shape) -> Shape:
        height, width, channels = self._volume(inputs[0])
        rows, columns = pair(self.size)
        return height * rows, width * columns, channels

    def field(self, inputs: tuple[Shape, ...], fields: tuple[Field, ...]) -> Field | None:
        after = extent(self.output_shape(*inputs))
        return fields[0].upsampled(pair(self.size), self.interpolation, after)

    def shape_formula(self, *inputs: Shape) -> str:
        sizes = zip(inputs[0], pair(self.size), strict=False)
        lines = [f"{side}*{factor} = {side * factor}" for side, factor in sizes]
        return per_axis(lines)


# -------------------------------------------------------------------------------------- merging


def merged_field(fields: tuple[Field, ...]) -> Field:
    """Return what a value sees that several branches feed."""
    return reduce(Field.merged, fields)


@dataclass(frozen=True)
class _Merge(Layer):
    """Branches combined value by value; sides of length 1 are broadcast."""

    arity: ClassVar[Pair] = (2, 10**6)

    def output_shape(self, *inputs: Shape) -> Shape:
        rank = max(map(len, inputs))
        padded = [(1,) * (rank - len(shape)) + shape for shape in inputs]
        sides = [{side for side in axis if side != 1} for axis in zip(*padded, strict=True)]
        if any(len(side) > 1 for side in sides):
            shapes = " and ".join(map(str, inputs))
            raise self._error(f"branches of shapes {shapes} cannot be combined value by value.")
        return tuple(side.pop() if side else 1 for side in sides)

    def field(self, inputs: tuple[Shape, ...], fields: tuple[Field, ...]) -> Field | None:
        return merged_field(fields)


class Add(_Merge):
    """The sum of the branches: the residual connection.

    Examples
    --------
    >>> Add(inputs=("conv2", "shortcut")).output_shape((7, 7, 64), (7, 7, 64))
    (7, 7, 64)
    """


class Subtract(_Merge):
    """The first branch minus the second."""

    arity: ClassVar[Pair] = (2, 2)


class Multiply(_Merge):
    """The product of the branches: gates, squeeze-and-excitation."""


class Average(_Merge):
    """The mean of the branches."""


class Maximum(_Merge):
    """The largest of the branches."""


class Minimum(_Merge):
    """The smallest of the branches."""


@dataclass(frozen=True)
class Concatenate(Layer):
    """Branches stacked along ``axis``, by default in depth.

    ``axis`` counts without the batch or from the end: -1 is depth.
    """

    axis: int = -1

    arity: ClassVar[Pair] = (1, 10**6)

    def output_shape(self, *inputs: Shape) -> Shape:
        rank = len(inputs[0])
        axis = self.axis % rank if -rank <= self.axis < rank else None
        if axis is None or any(len(shape) != rank for shape in inputs):
            raise self._error(f"shapes {inputs} have no common axis {self.axis} to stack along.")
        rests = {shape[:axis] + shape[axis + 1 :] for shape in inputs}
        if len(rests) > 1:
            shapes = " and ".join(map(str, inputs))
            raise self._error(f"branches of shapes {shapes} differ in more than axis {self.axis}.")
        total = sum(shape[axis] for shape in inputs)
        return (*inputs[0][:axis], total, *inputs[0][axis + 1 :])

    def field(self, inputs: tuple[Shape, ...], fields: tuple[Field, ...]) -> Field | None:
        if len(inputs[0]) == 3 and self.axis % 3 != 2:
            joined = merged_field(tuple(field.joined() for field in fields))
            return Field(joined.rows, joined.columns, extent(self.output_shape(*inputs)))
        return merged_field(fields)

    def shape_formula(self, *inputs: Shape) -> str:
        sides = [shape[self.axis] for shape in inputs]
        return f"{' + '.join(map(str, sides))} = {sum(sides)}"


@dataclass(frozen=True)
class Opaque(Layer):
    """A layer that only its framework understands: shape and weights as the framework says.

    ``macs`` of ``None`` means that nobody counted them; the network's total then says that it is
    partial. ``pointwise`` layers treat every position alone and do not widen what is seen.
    """

    class_name: str
    shape: Shape
    learned: int = 0
    stored: int = 0
    counted_macs: int | None = None
    pointwise: bool = False

    arity: ClassVar[Pair] = (0, 10**6)

    @property
    def kind(self) -> str:
        return self.class_name

    def output_shape(self, *inputs: Shape) -> Shape:
        return self.shape

    def weights(self, *inputs: Shape) -> tuple[int, int]:
        return self.learned, self.stored

    def macs(self, *inputs: Shape) -> int | None:
        return self.counted_macs

    def field(self, inputs: tuple[Shape, ...], fields: tuple[Field, ...]) -> Field | None:
        return merged_field(fields) if self.pointwise and fields else None

    def weights_formula(self, *inputs: Shape) -> str:
        return "counted by Keras" if self.learned + self.stored else "0"

    def macs_formula(self, *inputs: Shape) -> str:
        if self.counted_macs is None:
            return "not counted"
        return "counted by Keras" if self.counted_macs else "0"
