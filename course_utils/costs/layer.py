"""What a layer is to the calculator: settings, a name, and its own arithmetic.

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


def is_size(value: object, least: int = 1) -> bool:
    """Say whether a value is a whole number of at least ``least``."""
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
        if not is_size(value, least):
            raise self._error(
                f"{field} must be a whole number, at least {least}, but is {value!r}."
            )

    def _make_pair(self, field: str, least: int = 1) -> None:
        """Check a setting for height and width, and store it as a pair."""
        value = getattr(self, field)
        sides = (value, value) if isinstance(value, (int, float)) else value
        if not (isinstance(sides, (tuple, list)) and len(sides) == 2):
            raise self._error(f"{field} must be one number or (height, width), but is {value!r}.")
        if not all(is_size(side, least) for side in sides):
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


def as_pads(layer: Layer, field: str, value: object) -> Pads:
    """Return explicit padding as ((top, bottom), (left, right)), in any of Keras's spellings."""
    sides = (value, value) if isinstance(value, int) else value
    if isinstance(sides, (tuple, list)) and len(sides) == 2:
        rows, columns = ((s, s) if isinstance(s, int) else tuple(s) for s in sides)
        if all(len(pads) == 2 and all(is_size(s, 0) for s in pads) for pads in (rows, columns)):
            return rows, columns
    raise layer._error(
        f"{field} must be one number, (height, width) or ((top, bottom), (left, right)) of whole "
        f"numbers, at least 0, but is {value!r}."
    )
