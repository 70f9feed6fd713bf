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

    def merged(self, other: _Axis, length: int) -> tuple[_Axis, bool]:
        """Combine two branches on the same ``length`` positions; say if each output sees it all.

        It does not where they move on in different steps, but for what sees the same everywhere.
        """
        low, high = min(self.low, other.low), max(self.high, other.high)
        if self.advance == other.advance:
            return _Axis(low, high, self.advance, self.stride), True
        lows, highs = zip(self.sees(length - 1), other.sees(length - 1), strict=True)
        stride = (self if self.advance else other).stride
        return _Axis(low, max(highs), 0, stride), (low, high) == (min(lows), max(highs))


@dataclass(frozen=True)
class _Field:
    """The receptive field of a volume: one :class:`_Axis` for its rows, one for its columns.

    ``extent`` is the number of rows and columns the axes run over. It outlives ``Flatten``, so
    that a dense layer knows how far the values it joins are spread. Where it is not ``exact``, a
    value sees a part of this only.
    """

    rows: _Axis
    columns: _Axis
    extent: _Pair
    exact: bool = True

    @classmethod
    def of_input(cls, shape: tuple[int, ...]) -> _Field | None:
        """Return the field of the image itself: each pixel sees itself. Of anything else, none."""
        return cls(_Axis(), _Axis(), (shape[0], shape[1])) if len(shape) == 3 else None

    def window(self, extent: _Pair, *settings: _Pair) -> _Field | None:
        """Apply :meth:`Axis.window` to both axes, with its settings for (height, width)."""
        if not self.exact:
            return None
        rows, columns = zip(*settings, strict=True)
        return _Field(self.rows.window(*rows), self.columns.window(*columns), extent)

    def joined(self) -> _Field:
        """Apply :meth:`Axis.joined` to both axes; one position is left."""
        height, width = self.extent
        return _Field(self.rows.joined(height), self.columns.joined(width), (1, 1))

    def mixed(self) -> _Field:
        """Let values see some of what all see together, since none stays in its place."""
        if self.rows.advance == self.columns.advance == 0:
            return self
        seen = self.joined()
        return _Field(seen.rows, seen.columns, self.extent, exact=False)

    def over_channels(self, shape: tuple[int, ...]) -> _Field:
        """Let each value see all that lie along the last axis of a volume of this shape."""
        return self.joined() if len(shape) == 1 else self

    def merged(self, other: _Field) -> _Field:
        """Combine two branches; what has a single row or column is broadcast along it."""
        if self == other:  # the usual case: each question more is felt in a network of many
            return self
        extent = (max(self.extent[0], other.extent[0]), max(self.extent[1], other.extent[1]))
        one, two = self._over(extent), other._over(extent)
        rows, as_rows = one[0].merged(two[0], extent[0])
        columns, as_columns = one[1].merged(two[1], extent[1])
        exact = self.exact and other.exact and as_rows and as_columns
        return _Field(rows, columns, extent, exact)

    def _over(self, extent: _Pair) -> tuple[_Axis, _Axis]:
        rows, columns = self.rows, self.columns
        rows = rows if extent[0] == self.extent[0] else rows.joined(self.extent[0])
        return rows, columns if extent[1] == self.extent[1] else columns.joined(self.extent[1])
