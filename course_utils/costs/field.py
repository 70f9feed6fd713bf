"""Which input pixels a value can see: receptive fields, exactly, axis by axis.

Along one axis, output ``i`` of a layer sees an unbroken interval of input pixels. Convolution and
pooling move and widen that interval; ``i + 1`` sees the same interval moved on by the effective
stride. Intervals are not clipped to the image, as is usual for receptive fields: padding counts.
Behind a layer that enlarges its input, what is seen is not known.

The recursion (kernel growth times the stride so far) is in Araujo, Norris and Sim, "Computing
Receptive Fields of Convolutional Neural Networks", Distill 2019.
"""

from __future__ import annotations

from dataclasses import dataclass

_Pair = tuple[int, int]
Count = int  # a setting of a layer: a whole number, at least 1
Sides = int | _Pair  # one such number, or (height, width)


@dataclass(frozen=True)
class _Axis:
    """The intervals seen by the outputs along one axis.

    Output 0 sees the input pixels from ``low`` to ``high``, and each next one those that lie
    ``advance`` further on: 0 where all see the same, as after global pooling. ``stride`` is how
    many input pixels lie between neighbouring outputs.

    >>> _Axis().window(5, 1, 1, 0).window(2, 2, 1, 0)  # 5x5 convolution, then 2x2 pooling
    _Axis(low=0, high=5, advance=2, stride=2)
    """

    low: int = 0
    high: int = 0
    advance: int = 1
    stride: int = 1

    @property
    def size(self) -> int:
        """Pixels that an output can see."""
        return self.high - self.low + 1

    def sees(self, index: int) -> _Pair:
        """Return the interval that output ``index`` sees."""
        return self.low + index * self.advance, self.high + index * self.advance

    def window(self, kernel: int, stride: int, dilation: int, before: int) -> _Axis:
        """Slide a window over this axis, with ``before`` positions of padding in front."""
        low, _ = self.sees(-before)
        _, high = self.sees((kernel - 1) * dilation - before)
        return _Axis(low, high, self.advance * stride, self.stride * stride)

    def joined(self, length: int) -> _Axis:
        """Let one output see what all ``length`` positions see: global pooling, dense layers."""
        return _Axis(self.low, self.sees(length - 1)[1], 0, self.stride)

    def merged(self, other: _Axis, length: int) -> _Axis:
        """Combine two branches whose outputs lie on the same ``length`` positions."""
        if self == other:
            return self
        one, two, advance = self, other, self.advance
        if self.stride != other.stride or not (self.advance and other.advance):
            one, two, advance = self.joined(length), other.joined(length), 0
        return _Axis(min(one.low, two.low), max(one.high, two.high), advance, self.stride)


@dataclass(frozen=True)
class _Field:
    """The receptive field of a volume: one :class:`_Axis` for its rows, one for its columns.

    ``extent`` is the number of rows and columns the axes run over. It outlives ``Flatten``, so
    that a dense layer knows how far the values it joins are spread.
    """

    rows: _Axis
    columns: _Axis
    extent: _Pair

    @classmethod
    def of_input(cls, shape: tuple[int, ...]) -> _Field | None:
        """Return the field of the image itself: each pixel sees itself. Of anything else, none."""
        return cls(_Axis(), _Axis(), (shape[0], shape[1])) if len(shape) == 3 else None

    def window(self, extent: _Pair, *settings: _Pair) -> _Field:
        """Apply :meth:`Axis.window` to both axes, with its settings for (height, width)."""
        rows, columns = zip(*settings, strict=True)
        return _Field(self.rows.window(*rows), self.columns.window(*columns), extent)

    def joined(self) -> _Field:
        """Apply :meth:`Axis.joined` to both axes; one position is left."""
        height, width = self.extent
        return _Field(self.rows.joined(height), self.columns.joined(width), (1, 1))

    def over_channels(self, shape: tuple[int, ...]) -> _Field:
        """Let each value see all that lie along the last axis of a volume of this shape."""
        return self.joined() if len(shape) == 1 else self

    def merged(self, other: _Field) -> _Field:
        """Combine two branches; one of them may be a single position that is broadcast."""
        if self == other:
            return self
        extent = (max(self.extent[0], other.extent[0]), max(self.extent[1], other.extent[1]))
        one, two = (field if field.extent == extent else field.joined() for field in (self, other))
        rows = one.rows.merged(two.rows, extent[0])
        return _Field(rows, one.columns.merged(two.columns, extent[1]), extent)
