# ruff: noqa: D102 - the methods of a kind answer what Layer's docstrings ask
"""Layers that slide a window over the image: convolutions and pooling."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Literal

from course_utils.costs.field import Count, Sides, _Field, _Pair
from course_utils.costs.layer import Layer, Shape, _evaluate, _extent, _neuron, _Pads, _pair, _times

_Padding = Literal["valid", "same"] | int | _Pair | _Pads


@dataclass(frozen=True, kw_only=True)
class _Window(Layer):
    """A window that slides over height and width: convolution and pooling."""

    padding: _Padding = "valid"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.padding, str):
            self._pads("padding")
        elif self.padding not in ("valid", "same"):
            raise self._error(f"padding must be 'valid', 'same' or sizes, not {self.padding!r}.")

    @cached_property
    def window(self) -> tuple[_Pair, _Pair, _Pair]:
        """Kernel size, strides and dilation rate."""
        names = "kernel_size", "strides", "dilation_rate"
        kernel_size, strides, dilation_rate = (_pair(getattr(self, name)) for name in names)
        return kernel_size, strides, dilation_rate

    def pads(self, shape: Shape = ()) -> _Pads:
        """Return the padding in rows and columns.

        That of ``same`` depends on the shape of the input; it puts an odd one at the end.
        """
        if self.padding == "valid":
            return (0, 0), (0, 0)
        if self.padding != "same":
            return self._pads("padding")
        pads = []
        for size, kernel, stride, dilation in zip(shape[:2], *self.window, strict=True):
            reach = (kernel - 1) * dilation + 1
            total = max((-(-size // stride) - 1) * stride + reach - size, 0)
            pads.append((total // 2, total - total // 2))
        return pads[0], pads[1]

    def sides(self, shape: Shape) -> list[str]:
        height, width, _ = self._volume(shape)
        return [self._side(height, 0), self._side(width, 1)]

    def _side(self, size: int, axis: int) -> str:
        """Count the places where the window can stand along one axis."""
        kernel, stride, dilation = (values[axis] for values in self.window)
        if self.padding == "same":
            return f"ceil({size} / {stride})"
        before, after = self.pads()[axis]
        reach = (kernel - 1) * dilation + 1
        if size + before + after < reach:
            raise self._error(
                f"a window of {reach} does not fit into {'width' if axis else 'height'} "
                f"{size} with padding {before} + {after}. Use padding='same', a smaller "
                "kernel, or fewer reductions before it."
            )
        pad = f"2*{before}" if before == after else f"{before} + {after}"
        tap = str(kernel) if dilation == 1 else f"({dilation}*({kernel} - 1) + 1)"
        return f"floor(({size} - {tap} + {pad}) / {stride}) + 1"

    def field(self, inputs: tuple[Shape, ...], fields: tuple[_Field, ...]) -> _Field | None:
        (top, _), (left, _) = self.pads(inputs[0])
        return fields[0].window(_extent(self.output_shape(*inputs)), *self.window, (top, left))


# ------------------------------------------------------------------------------- convolutions


@dataclass(frozen=True, kw_only=True)
class _Convolution(_Window):
    """Filters, each with the same number of weights, used at every position.

    What a kind adds to this are ``filters``, ``kernel_size`` and ``strides``, in its own order,
    and how large one filter is.
    """

    dilation_rate: Sides = 1
    use_bias: bool = True
    activation: str | None = None

    def _filters(self, shape: Shape) -> str:
        return str(self.filters)  # type: ignore[attr-defined]

    def _kernel(self, shape: Shape) -> str:
        """Return the weights of one filter without its bias; here it sees one channel."""
        return _times(*self.window[0])

    def _positions(self, shape: Shape) -> str:
        """Return how often each filter is used."""
        return _times(*_extent(self.output_shape(shape)))

    def output_shape(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        return (*map(_evaluate, self.sides(shape)), _evaluate(self._filters(shape)))

    def weights_formula(self, *inputs: Shape) -> str:
        (shape,) = inputs
        return f"{_neuron(self._kernel(shape), self.use_bias)} * {self._filters(shape)}"

    def macs_formula(self, *inputs: Shape) -> str:
        (shape,) = inputs
        return f"{self._positions(shape)} * {self._kernel(shape)} * {self._filters(shape)}"


@dataclass(frozen=True)
class Conv2D(_Convolution):
    """A convolution: every filter sees all the channels of its group.

    Input and output channels are split into so many ``groups``, as in AlexNet's two towers.
    ``connections`` has for each filter the input channels it sees; ``None`` means all. LeNet-5
    (1998) has such a table in its layer C3. ``padding`` is ``"valid"`` (none), ``"same"`` (as Keras
    pads), or sizes. ``activation`` names a function applied to the result; it costs nothing here.

    >>> conv = Conv2D(16, 5)
    >>> conv.output_shape((14, 14, 6)), conv.weights((14, 14, 6)), conv.macs((14, 14, 6))
    ((10, 10, 16), (2416, 0), 240000)
    >>> conv.weights_formula((14, 14, 6))
    '(5*5*6 + 1) * 16'
    """

    filters: Count
    kernel_size: Sides
    strides: Sides = 1
    groups: Count = 1
    connections: tuple[tuple[int, ...], ...] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.filters % self.groups:
            raise self._error(f"{self.filters} filters cannot be split into {self.groups} groups.")
        if self.connections is None:
            return
        listed = isinstance(self.connections, (tuple, list))
        if not listed or not all(isinstance(seen, (tuple, list)) for seen in self.connections):
            raise self._error("connections must list the input channels of each filter.")
        if len(self.connections) != self.filters:
            raise self._error(
                f"connections lists {len(self.connections)} filters, but there are {self.filters}."
            )
        if self.groups > 1:
            raise self._error("connections and groups do not go together.")

    def _kernel(self, shape: Shape) -> str:
        channels = self._volume(shape)[2]
        if channels % self.groups:
            raise self._error(
                f"{channels} input channels cannot be split into {self.groups} groups."
            )
        return _times(*self.window[0], channels // self.groups)

    def _slices(self, shape: Shape) -> str:
        """Return the weights of the kernels that ``connections`` lists, each for one channel."""
        seen = [channel for channels in self.connections or () for channel in channels]
        if not set(seen) <= set(range(shape[2])):
            raise self._error(f"connections names a channel that the {shape[2]} do not have.")
        return f"{_times(*self.window[0])} * {len(seen)}"

    def weights_formula(self, *inputs: Shape) -> str:
        if self.connections is None:
            return super().weights_formula(*inputs)
        return self._slices(*inputs) + (f" + {self.filters}" if self.use_bias else "")

    def macs_formula(self, *inputs: Shape) -> str:
        if self.connections is None:
            return super().macs_formula(*inputs)
        return f"{self._positions(*inputs)} * {self._slices(*inputs)}"


@dataclass(frozen=True)
class DepthwiseConv2D(_Convolution):
    """A convolution in which every channel has filters of its own and sees no other channel.

    ``depth_multiplier`` filters per channel; the other settings are those of :class:`Conv2D`.

    >>> DepthwiseConv2D(3, padding="same").weights((56, 56, 32))
    (320, 0)
    """

    kernel_size: Sides
    strides: Sides = 1
    depth_multiplier: Count = 1

    def _filters(self, shape: Shape) -> str:
        multiplier = () if self.depth_multiplier == 1 else (self.depth_multiplier,)
        return _times(self._volume(shape)[2], *multiplier)


@dataclass(frozen=True)
class SeparableConv2D(_Convolution):
    """A depthwise convolution without bias, then a 1x1 convolution: Xception's building block.

    >>> SeparableConv2D(64, 3, padding="same").weights_formula((28, 28, 32))
    '3*3*32 + (32 + 1) * 64'
    """

    filters: Count
    kernel_size: Sides
    strides: Sides = 1
    depth_multiplier: Count = 1

    def weights_formula(self, *inputs: Shape) -> str:
        between = self._volume(inputs[0])[2] * self.depth_multiplier
        product = " * " if self.use_bias else "*"
        pointwise = f"{_neuron(str(between), self.use_bias)}{product}{self.filters}"
        return f"{_times(*self.window[0], between)} + {pointwise}"

    def macs_formula(self, *inputs: Shape) -> str:
        between = self._volume(inputs[0])[2] * self.depth_multiplier
        kernel = _times(*self.window[0])
        return f"{self._positions(*inputs)} * {between} * ({kernel} + {self.filters})"


# ------------------------------------------------------------------------------------- pooling


@dataclass(frozen=True)
class _Pooling(_Window):
    """A fixed summary of each window; ``strides`` defaults to ``pool_size``."""

    pool_size: Sides = 2
    strides: Sides | None = None

    @cached_property
    def window(self) -> tuple[_Pair, _Pair, _Pair]:
        strides = self.pool_size if self.strides is None else self.strides
        return _pair(self.pool_size), _pair(strides), (1, 1)


class MaxPooling2D(_Pooling):
    """The largest value of each window.

    >>> MaxPooling2D(3, strides=2).output_shape((56, 56, 64))
    (27, 27, 64)
    """


class AveragePooling2D(_Pooling):
    """The mean of each window."""


@dataclass(frozen=True)
class Subsampling2D(_Pooling):
    """LeNet-5's trainable pooling: per channel, one weight for the sum and one bias.

    ``activation(weight * sum + bias)``: LeCun et al., "Gradient-Based Learning Applied to
    Document Recognition", 1998, section II.B, layers S2 and S4.

    >>> Subsampling2D(2).weights((28, 28, 6))
    (12, 0)
    """

    activation: str | None = None

    def weights_formula(self, *inputs: Shape) -> str:
        return f"2 * {self._volume(inputs[0])[2]}"

    def macs_formula(self, *inputs: Shape) -> str:
        return _times(*self.output_shape(*inputs))

    def bias_adds(self, *inputs: Shape) -> int:
        return prod(self.output_shape(*inputs))
