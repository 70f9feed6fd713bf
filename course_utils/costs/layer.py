"""What a layer is to the calculator: settings, a name, and its own arithmetic.

A layer is data: its settings under Keras's names, a ``name``, and the names of the layers it
reads (``inputs``, by default the layer before it). Given the shapes of its inputs it writes down
the arithmetic of its output's height and width, of its weights and of its products, as a student
would; the numbers are what these formulas give. Shapes are ``(height, width, channels)`` without
the batch.

Conventions: ``macs`` counts one multiply-add per product of a weight and an input, products with
zero padding included, and no bias; pooling, normalisation and activations count none, as in
the papers' tables.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache, lru_cache
from math import ceil, floor, prod
from numbers import Integral
from typing import ClassVar

from course_utils.costs.field import _Field, _Pair

Shape = tuple[int, ...]
_Pads = tuple[_Pair, _Pair]  # ((top, bottom), (left, right))


class CostError(ValueError):
    """A network that cannot be: the message names the layer, the rule and the numbers."""


@lru_cache(maxsize=10_000)
def _evaluate(formula: str) -> int:
    """Work out the arithmetic of a layer, which holds whole numbers, ``floor`` and ``ceil``."""
    return int(eval(formula, {"__builtins__": {}, "floor": floor, "ceil": ceil}))


def _times(*numbers: int) -> str:
    """Return a product as text: ``_times(5, 5, 6)`` is ``"5*5*6"``."""
    return "*".join(map(str, numbers))


def _pair(value: int | _Pair) -> _Pair:
    """Let one number stand for (height, width), as in Keras."""
    return (value[0], value[1]) if isinstance(value, (tuple, list)) else (value, value)


def _extent(shape: Shape) -> _Pair:
    """Return height and width of a volume."""
    return shape[0], shape[1]


def is_size(value: object, least: int = 1) -> bool:
    """Say whether a value is a whole number of at least ``least``."""
    if type(value) is not int:  # the usual case first: the question about Integral is a slow one
        return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least
    return value >= least


def _is_names(value: object) -> bool:
    """Say whether a value is a list of names, and not a single one."""
    return isinstance(value, (tuple, list)) and all(isinstance(name, str) for name in value)


@cache
def _sizes_of(kind: type[Layer]) -> list[tuple[str, str]]:
    """Return the settings of a kind that are counts, sides, or yes or no, and as which."""
    declared = "Count", "Sides", "Sides | None", "bool"
    return [(one.name, one.type) for one in fields(kind) if one.type in declared]


# ------------------------------------------------------------------------------------ the base


@dataclass(frozen=True, kw_only=True)
class Layer:
    """What every layer kind answers; the answers here are those of a layer that costs nothing."""

    name: str = ""  # unique in the network; empty: after its kind
    inputs: tuple[str, ...] = ()  # names of the layers it reads; empty: the layer before it
    trainable: bool = True
    shared_with: str = ""  # an earlier layer whose weights it uses; it then counts none of its own
    dtype: str = ""  # of its weights and output, if it is not the network's

    arity: ClassVar[_Pair] = (1, 1)  # fewest and most inputs

    def __post_init__(self) -> None:
        """Check the settings that are declared as counts, as sides, or as yes or no."""
        if not isinstance(self.name or "", str):
            raise CostError(f"{self.kind}: name must be a text, not {self.name!r}.")
        if not _is_names(self.inputs):
            raise self._error(f"inputs must be a list of names: [{str(self.inputs)!r}].")
        for name, declared in _sizes_of(type(self)):  # type: ignore[arg-type]
            value = getattr(self, name)
            if declared == "bool":
                if value not in (True, False):
                    raise self._error(f"{name} must be True or False, not {value!r}.")
                continue
            if declared == "Count" and not is_size(value):
                raise self._error(f"{name} must be a whole number, at least 1, but is {value!r}.")
            sides = value if isinstance(value, (tuple, list)) else (value, value)
            given = declared == "Sides" or (declared == "Sides | None" and value is not None)
            if given and not (len(sides) == 2 and all(map(is_size, sides))):
                raise self._error(
                    f"{name} must be a whole number, at least 1, or (height, width) of such, but "
                    f"is {value!r}."
                )

    @property
    def kind(self) -> str:
        """The layer's type, spelled as in Keras."""
        return type(self).__name__

    def sides(self, shape: Shape) -> list[str]:
        """Return the arithmetic of height and width; nothing if the layer does not change them."""
        return []

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the shape that comes out."""
        sides = self.sides(inputs[0])
        return (*map(_evaluate, sides), *inputs[0][len(sides) :])

    def shape_formula(self, *inputs: Shape) -> str:
        """Return the arithmetic behind height and width, once if it is the same for both."""
        lines = [f"{side} = {_evaluate(side)}" for side in self.sides(inputs[0])]
        return "; ".join(dict.fromkeys(lines))

    def weights_formula(self, *inputs: Shape) -> str:
        """Return the arithmetic behind :meth:`weights`, statistics included."""
        return "0"

    def statistics(self, *inputs: Shape) -> int:
        """Return how many of the weights are statistics, which are stored and not learned."""
        return 0

    def weights(self, *inputs: Shape) -> tuple[int, int]:
        """Return the numbers of learned weights and of stored statistics."""
        stored = self.statistics(*inputs)
        return _evaluate(self.weights_formula(*inputs)) - stored, stored

    def macs_formula(self, *inputs: Shape) -> str:
        """Return the arithmetic behind :meth:`macs`."""
        return "0"

    def macs(self, *inputs: Shape) -> int | None:
        """Return the multiply-adds for one image; ``None`` if they cannot be counted."""
        return _evaluate(self.macs_formula(*inputs))

    def bias_adds(self, *inputs: Shape) -> int:
        """Return the additions of a bias for one image: one for each value that has one."""
        return prod(self.output_shape(*inputs)) if getattr(self, "use_bias", False) else 0

    def field(self, inputs: tuple[Shape, ...], fields: tuple[_Field, ...]) -> _Field | None:
        """Return what the layer's values can see, given what its inputs can see."""
        return fields[0]

    def _error(self, message: str) -> CostError:
        who = f"{self.kind} {self.name!r}" if self.name else self.kind
        return CostError(f"{who}: {message}")

    def _pads(self, setting: str) -> _Pads:
        """Return a setting as ((top, bottom), (left, right)), given in any of Keras's spellings."""
        value = getattr(self, setting)
        sides = (value, value) if isinstance(value, Integral) else value
        if isinstance(sides, (tuple, list)) and len(sides) == 2:
            rows, columns = ((s, s) if isinstance(s, Integral) else tuple(s) for s in sides)
            if all(len(pads) == 2 and all(is_size(s, 0) for s in pads) for pads in (rows, columns)):
                return rows, columns  # type: ignore[return-value]
        raise self._error(
            f"{setting} must be one number, (height, width) or ((top, bottom), (left, right)) of "
            f"whole numbers, at least 0, but is {value!r}."
        )

    def _volume(self, shape: Shape) -> tuple[int, int, int]:
        if len(shape) != 3:
            raise self._error(
                f"it works on volumes (height, width, channels), but its input has shape {shape}."
            )
        return shape


def _neuron(fan_in: str, use_bias: bool) -> str:
    """Return the weights of one filter or unit: ``(5*5*6 + 1)``, or without bias ``5*5*6``."""
    return f"({fan_in} + 1)" if use_bias else fan_in
