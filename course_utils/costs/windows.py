# ruff: noqa: D102 - the methods of a kind answer what Layer's docstrings ask
"""Layers that slide a window over the image: convolutions and pooling."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from course_utils.costs.field import Field, Pair
from course_utils.costs.layer import (
    Layer,
    Padding,
    Pads,
    Shape,
    as_pads,
    pair,
    per_axis,
    times,
)


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


class _Convolution(Window):
    """What all convolutions have in common; which settings there are, each kind says itself."""

    filters: int
    kernel_size: int | Pair
    strides: int | Pair
    dilation_rate: int | Pair = 1
    use_bias: bool

    def __post_init__(self) -> None:
        for field in ("filters", "groups", "depth_multiplier"):
            if hasattr(self, field):
                self._check_size(field)
        for field in ("kernel_size", "strides", "dilation_rate"):
            self._make_pair(field)
        self._check_padding()

    def window(self) -> tuple[Pair, Pair, Pair]:
        return pair(self.kernel_size), pair(self.strides), pair(self.dilation_rate)

    def output_shape(self, *inputs: Shape) -> Shape:
        return (*self._extent(inputs[0]), self.filters)

    def bias_adds(self, *inputs: Shape) -> int:
        return self.use_bias * prod(self.output_shape(*inputs))


@dataclass(frozen=True)
class Conv2D(_Convolution):
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
        super().__post_init__()
        if self.filters % self.groups:
            raise self._error(f"{self.filters} filters cannot be split into {self.groups} groups.")
        if self.connections is not None and len(self.connections) != self.filters:
            raise self._error(
                f"connections lists {len(self.connections)} filters, but there are {self.filters}."
            )

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

    def weights(self, *inputs: Shape) -> tuple[int, int]:
        kernel = prod(self._kernel)
        return kernel * self._slices(inputs[0]) + self.use_bias * self.filters, 0

    def macs(self, *inputs: Shape) -> int | None:
        kernel = prod(self._kernel)
        return prod(self._extent(inputs[0])) * kernel * self._slices(inputs[0])

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
class DepthwiseConv2D(_Convolution):
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

    def weights_formula(self, *inputs: Shape) -> str:
        kernel, filters = times(*self._kernel), self._filters_text(inputs[0])
        return f"({kernel} + 1) * {filters}" if self.use_bias else f"{kernel} * {filters}"

    def macs_formula(self, *inputs: Shape) -> str:
        kernel = times(*self._kernel)
        positions = times(*self._extent(inputs[0]))
        return f"{positions} * {kernel} * {self._filters_text(inputs[0])}"


@dataclass(frozen=True)
class LocallyConnected2D(_Convolution):
    """A convolution that does not share: every position has a filter of its own.

    It looks at the same windows as :class:`Conv2D` and does the same multiply-adds, with weights
    for each position. Keras 3 has no such layer any more; it is here to be counted.

    Parameters
    ----------
    filters
        Number of filters at each position, which is the depth of the output.
    kernel_size, strides
        One number or (height, width).
    use_bias
        Whether each value of the output has a bias of its own.
    activation
        Name of a function applied to the result; it costs nothing here.
    padding
        ``"valid"`` (none), ``"same"`` (as Keras pads), or sizes.

    Examples
    --------
    >>> local = LocallyConnected2D(6, 5)
    >>> local.weights_formula((32, 32, 1)), local.weights((32, 32, 1))
    ('28*28 * (5*5*1 + 1) * 6', (122304, 0))
    """

    filters: int
    kernel_size: int | Pair
    strides: int | Pair = 1
    use_bias: bool = True
    activation: str | None = None

    def weights(self, *inputs: Shape) -> tuple[int, int]:
        kernel = prod(self._kernel) * inputs[0][2]
        return (kernel + self.use_bias) * prod(self.output_shape(*inputs)), 0

    def macs(self, *inputs: Shape) -> int | None:
        return prod(self._kernel) * inputs[0][2] * prod(self.output_shape(*inputs))

    def weights_formula(self, *inputs: Shape) -> str:
        positions, kernel = times(*self._extent(inputs[0])), times(*self._kernel, inputs[0][2])
        one_filter = f"({kernel} + 1)" if self.use_bias else kernel
        return f"{positions} * {one_filter} * {self.filters}"

    def macs_formula(self, *inputs: Shape) -> str:
        positions, kernel = times(*self._extent(inputs[0])), times(*self._kernel, inputs[0][2])
        return f"{positions} * {kernel} * {self.filters}"


@dataclass(frozen=True)
class SeparableConv2D(_Convolution):
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

    def _between(self, shape: Shape) -> int:
        """Return the number of channels between the two convolutions."""
        return self._volume(shape)[2] * self.depth_multiplier

    def weights(self, *inputs: Shape) -> tuple[int, int]:
        kernel, between = prod(self._kernel), self._between(inputs[0])
        return kernel * between + (between + self.use_bias) * self.filters, 0

    def macs(self, *inputs: Shape) -> int | None:
        kernel, between = prod(self._kernel), self._between(inputs[0])
        return prod(self._extent(inputs[0])) * between * (kernel + self.filters)

    def weights_formula(self, *inputs: Shape) -> str:
        between = self._between(inputs[0])
        depthwise = times(*self._kernel, between)
        pointwise = f"({between} + 1) * {self.filters}" if self.use_bias else None
        return f"{depthwise} + {pointwise or times(between, self.filters)}"

    def macs_formula(self, *inputs: Shape) -> str:
        kernel, positions = times(*self._kernel), times(*self._extent(inputs[0]))
        return f"{positions} * {self._between(inputs[0])} * ({kernel} + {self.filters})"


@dataclass(frozen=True)
class Conv2DTranspose(_Convolution):
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
        super().__post_init__()
        if self.output_padding is not None:
            self._make_pair("output_padding", least=0)
            extra, strides = pair(self.output_padding), pair(self.strides)
            if extra[0] >= strides[0] or extra[1] >= strides[1]:
                raise self._error(
                    f"output_padding {self.output_padding} must be smaller than "
                    f"strides {self.strides}."
                )

    def _check_padding(self) -> None:
        if self.padding not in ("valid", "same"):
            raise self._error(f"padding must be 'valid' or 'same', not {self.padding!r}.")

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

    def weights(self, *inputs: Shape) -> tuple[int, int]:
        kernel = prod(self._kernel)
        return (kernel * inputs[0][2] + self.use_bias) * self.filters, 0

    def macs(self, *inputs: Shape) -> int | None:
        return prod(self._volume(inputs[0])) * prod(self._kernel) * self.filters

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
