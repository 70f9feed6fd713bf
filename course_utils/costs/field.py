"""Which input pixels a value can see: receptive fields, exactly, axis by axis.

Along one axis, output ``i`` of a layer sees an unbroken interval of input pixels
``low(i) .. high(i)``. Convolution and pooling move and widen that interval; ``i + 1`` sees the
same interval moved on by the effective stride. Up-sampling makes neighbouring outputs share
inputs, so there the intervals repeat with a *period* of several outputs. Intervals are not
clipped to the image, as is usual for receptive fields: padding counts.

The recursion (kernel growth times the stride so far) is in Araujo, Norris and Sim, "Computing
Receptive Fields of Convolutional Neural Networks", Distill 2019; the periods are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, gcd

Interval = tuple[int, int] | None  # None: this output sees no input at all
Pair = tuple[int, int]
Count = int  # a setting of a layer: a whole number, at least 1
Sides = int | Pair  # one such number, or (height, width)
Stride = int | Fraction

# Taps of Keras's UpSampling2D around the exact source position, as (first, last) offset.
_TAPS = {"bilinear": (0, 0), "bicubic": (-1, 1), "lanczos3": (-2, 2), "lanczos5": (-4, 4)}


def _union(intervals: Iterable[Interval]) -> Interval:
    seen = [interval for interval in intervals if interval is not None]
    if not seen:
        return None
    return min(low for low, _ in seen), max(high for _, high in seen)


@dataclass(frozen=True)
class Axis:
    """The intervals seen by the outputs along one axis.

    Parameters
    ----------
    phases
        What outputs 0, 1, ... up to the period see, as (first, last) input pixel.
    advance
        Input pixels by which the intervals move on, one period of outputs later. Zero when all
        outputs see the same pixels, as after global pooling.
    stride
        Input pixels between neighbouring outputs.

    Examples
    --------
    >>> Axis().window(5, 1, 1, 0).window(2, 2, 1, 0)  # 5x5 convolution, then 2x2 pooling
    Axis(phases=((0, 5),), advance=2, stride=2)
    """

    phases: tuple[Interval, ...] = ((0, 0),)
    advance: int = 1
    stride: Stride = 1

    @property
    def size(self) -> int:
        """Pixels that the output with the widest view can see."""
        return max((high - low + 1 for low, high in filter(None, self.phases)), default=0)

    def sees(self, index: int) -> Interval:
        """Return the interval that output ``index`` sees."""
        period, phase = divmod(index, len(self.phases))
        interval = self.phases[phase]
        if interval is None:
            return None
        moved = period * self.advance
        return interval[0] + moved, interval[1] + moved

    def window(self, kernel: int, stride: int, dilation: int, before: int) -> Axis:
        """Slide a window over this axis, with ``before`` positions of padding in front."""
        reach = (kernel - 1) * dilation
        if len(self.phases) == 1 and self.phases[0] is not None:  # every net without up-sampling
            low, high = self.phases[0]
            moved = ((low - before * self.advance, high + (reach - before) * self.advance),)
            return Axis(moved, self.advance * stride, self.stride * stride)
        period = len(self.phases) // gcd(len(self.phases), stride)
        phases = tuple(
            _union(self.sees(out * stride - before + tap * dilation) for tap in range(kernel))
            for out in range(period)
        )
        advance = self.advance * (stride * period // len(self.phases))
        return Axis(phases, advance, self.stride * stride)

    def transposed(self, kernel: int, stride: int, dilation: int, before: int) -> Axis:
        """Spread each position ``i`` over a window that starts at output ``i * stride``."""
        reach = (kernel - 1) * dilation

        def sources(out: int) -> Iterable[int]:
            first = -((reach - out - before) // stride)  # rounded up
            near = range(first, (out + before) // stride + 1)
            return (i for i in near if (out + before - i * stride) % dilation == 0)

        return self._enlarged(stride, sources)

    def upsampled(self, factor: int, interpolation: str) -> Axis:
        """Repeat or interpolate each position ``factor`` times."""

        def sources(out: int) -> Iterable[int]:
            if interpolation == "nearest":
                return (out // factor,)
            first, last = _TAPS[interpolation]
            exact = Fraction(2 * out + 1, 2 * factor) - Fraction(1, 2)
            return range(floor(exact) + first, ceil(exact) + last + 1)

        return self._enlarged(factor, sources)

    def _enlarged(self, factor: int, sources: Callable[[int], Iterable[int]]) -> Axis:
        """Return ``factor`` times as many outputs; ``sources`` says what each of them reads."""
        phases = tuple(
            _union(self.sees(i) for i in sources(out)) for out in range(len(self.phases) * factor)
        )
        stride = Fraction(self.stride) / factor
        return Axis(phases, self.advance, int(stride) if stride.denominator == 1 else stride)

    def joined(self, length: int) -> Axis:
        """Let one output see what all ``length`` positions see: global pooling, dense layers."""
        period = len(self.phases)
        ends = {*range(min(period, length)), *range(max(0, length - period), length)}
        return Axis((_union(self.sees(i) for i in ends),), 0, self.stride)

    def merged(self, other: Axis, length: int) -> Axis:
        """Combine two branches whose outputs lie on the same ``length`` positions."""
        if self == other:
            return self
        if self.stride != other.stride or not (self.advance and other.advance):
            both = (self.joined(length).phases[0], other.joined(length).phases[0])
            return Axis((_union(both),), 0, self.stride)
        period = len(self.phases) * len(other.phases) // gcd(len(self.phases), len(other.phases))
        phases = tuple(_union((self.sees(i), other.sees(i))) for i in range(period))
        return Axis(phases, self.advance * (period // len(self.phases)), self.stride)


@dataclass(frozen=True)
class Field:
    """The receptive field of a volume: one :class:`Axis` for its rows, one for its columns.

    ``extent`` is the number of rows and columns the axes run over. It outlives ``Flatten``, so
    that a dense layer knows how far the values it joins are spread.
    """

    rows: Axis
    columns: Axis
    extent: Pair

    @classmethod
    def of_input(cls, shape: tuple[int, ...]) -> Field | None:
        """Return the field of the image itself: each pixel sees itself. Of a video, none."""
        axis, extent = Axis(), (shape[0], shape[1] if len(shape) > 1 else 1)
        return cls(axis, axis, extent) if len(shape) < 4 else None

    def changed(self, change: Callable[..., Axis], extent: Pair, *settings: Pair) -> Field:
        """Change both axes by a method of :class:`Axis`, with its settings for (height, width)."""
        rows = change(self.rows, *(setting[0] for setting in settings))
        square = self.columns is self.rows and all(a == b for a, b in settings)
        columns = rows if square else change(self.columns, *(setting[1] for setting in settings))
        return Field(rows, columns, extent)

    def joined(self) -> Field:
        """Apply :meth:`Axis.joined` to both axes; one position is left."""
        height, width = self.extent
        return Field(self.rows.joined(height), self.columns.joined(width), (1, 1))

    def over_channels(self, shape: Pair | tuple[int, ...]) -> Field:
        """Let each value see all that lie along the last axis of a volume of this shape."""
        if len(shape) == 1:
            return self.joined()
        if shape != self.extent:
            return self
        height, width = shape  # an image without channels: what is last is its width
        return Field(self.rows, self.columns.joined(width), (height, 1))

    def merged(self, other: Field) -> Field:
        """Combine two branches; one of them may be a single position that is broadcast."""
        if self == other:
            return self
        extent = (max(self.extent[0], other.extent[0]), max(self.extent[1], other.extent[1]))
        pair = [field if field.extent == extent else field.joined() for field in (self, other)]
        return Field(
            pair[0].rows.merged(pair[1].rows, extent[0]),
            pair[0].columns.merged(pair[1].columns, extent[1]),
            extent,
        )
