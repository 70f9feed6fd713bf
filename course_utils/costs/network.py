"""A network written down once, as data; everything else is read off it.

``Network.rows`` holds one :class:`Row` per layer - shape, weights, multiply-adds, memory,
receptive field, and the arithmetic behind each - and ``Network.totals`` their sums.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from html import escape
from itertools import chain, count
from math import prod
from typing import Any

from course_utils.costs.field import _Field
from course_utils.costs.layer import CostError, Layer, Shape, _is_names, is_size
from course_utils.costs.layers import Opaque
from course_utils.costs.printing import _binary_bytes, _shape_text, _Shown, _Table

# Of one value of an output; a mixed policy keeps its weights in float32.
_BYTES = {"float64": 8, "float32": 4, "bfloat16": 2, "float16": 2, "int8": 1}
_BYTES |= {"mixed_bfloat16": 2, "mixed_float16": 2}
# And of images, or of the numbers of classes.
_BYTES |= {"bool": 1, "uint8": 1, "int16": 2, "uint16": 2, "int32": 4, "uint32": 4, "int64": 8}
_OPTIMIZER_SLOTS = {"sgd": 0, "momentum": 1, "rmsprop": 1, "adam": 2, "adamw": 2}


@dataclass(frozen=True)
class Row:
    """What one layer costs.

    ``params`` are weights with biases and stored statistics, ``trainable_params`` those that
    training may change. ``macs`` are the multiply-adds for the whole batch, ``flops`` twice that,
    plus the biases if the network counts them; both are ``None`` if nobody counted them.
    ``activation_bytes`` is the memory of the layer's output for the whole batch, and ``field`` the
    exact receptive field, or ``None`` if it cannot be known.
    """

    name: str
    kind: str
    input_shapes: tuple[Shape, ...]
    output_shape: Shape
    params: int
    trainable_params: int
    macs: int | None
    flops: int | None
    activation_bytes: int
    field: _Field | None
    layer: Layer

    @property
    def receptive_field(self) -> int | tuple[int, int] | None:
        """Input pixels one value can see: a side if square, else (height, width)."""
        return self._of_axes("size")

    @property
    def effective_stride(self) -> int | tuple[int, int] | None:
        """Input pixels between neighbouring values: one number if equal on both axes."""
        return self._of_axes("stride")

    def _of_axes(self, what: str) -> Any:
        """Return one number if it is the same on both axes, else (height, width)."""
        if self.field is None:
            return None
        rows, columns = getattr(self.field.rows, what), getattr(self.field.columns, what)
        return rows if rows == columns else (rows, columns)

    @property
    def formula(self) -> str:
        """The arithmetic behind ``params``, such as ``(5*5*6 + 1) * 16 = 2,416``."""
        if self.layer.shared_with:
            return f"0 (shares the weights of {self.layer.shared_with})"
        return _equation(self.layer.weights_formula(*self.input_shapes), self.params)

    @property
    def macs_formula(self) -> str:
        """The arithmetic behind the multiply-adds of one image."""
        macs = self.layer.macs(*self.input_shapes)
        return _equation(self.layer.macs_formula(*self.input_shapes), macs)

    @property
    def shape_formula(self) -> str:
        """The arithmetic behind height and width; empty if the layer does not change them."""
        return self.layer.shape_formula(*self.input_shapes)


def _equation(left: str, right: int | None) -> str:
    return left if right is None or left == str(right) else f"{left} = {right:,}"


@dataclass(frozen=True)
class Totals:
    """The sums over a network's rows.

    ``uncounted`` names the layers whose multiply-adds nobody knows; while there are any,
    ``macs`` and ``flops`` are sums of the others only, and ``partial`` is true.
    """

    params: int
    trainable_params: int
    macs: int
    flops: int
    activation_bytes: int
    uncounted: tuple[str, ...] = ()

    @property
    def partial(self) -> bool:
        """Whether some layer's multiply-adds are missing from the sum."""
        return bool(self.uncounted)


@dataclass(frozen=True)
class Memory:
    """Where the bytes go, in inference and in training.

    ``weights`` are all weights and statistics. ``inference_activations`` are the most that must be
    held at once: what the layer at work reads and writes, and what a later layer still needs. No
    layer works in place. ``training_activations`` are the input and every output, kept for the
    backward pass; ``gradients`` and ``optimizer_slots`` one value per trainable weight, and as many
    more as the optimizer keeps.
    """

    weights: int
    inference_activations: int
    training_activations: int
    gradients: int
    optimizer_slots: int

    @property
    def inference(self) -> int:
        """Bytes needed to predict."""
        return self.weights + self.inference_activations

    @property
    def training(self) -> int:
        """Bytes needed to train."""
        kept = self.weights + self.training_activations
        return kept + self.gradients + self.optimizer_slots

    def __str__(self) -> str:
        parts = [(name.replace("_", " "), value) for name, value in vars(self).items()]
        parts += [("inference, all", self.inference), ("training, all", self.training)]
        return "\n".join(f"{name:<23}{_binary_bytes(value):>12}" for name, value in parts)


@dataclass(frozen=True)
class Network(_Shown):
    """Layers, the shape they start from, and the conventions they are counted by.

    Parameters
    ----------
    input_shape
        (height, width, channels), or a mapping of names to shapes for several inputs.
    layers
        In an order in which every layer comes after those it reads.
    batch_size
        Images that ``macs``, ``flops`` and ``activation_bytes`` are for. Default 1.
    dtype
        Type of weights and activations, which sets the bytes per value. Default float32.
    input_dtypes
        Types of inputs by name, where they are not ``dtype``, as that of ``uint8`` images.
    count_bias
        Whether ``flops`` counts one addition per bias. Default no.
    outputs
        Names of the layers that give the result; by default those that no other layer reads.

    Examples
    --------
    >>> from course_utils.costs import Conv2D, Dense, Flatten, MaxPooling2D
    >>> net = Network("tiny", (8, 8, 1), [Conv2D(4, 3), MaxPooling2D(), Flatten(), Dense(10)])
    >>> net.row("conv2d").formula
    '(3*3*1 + 1) * 4 = 40'
    >>> net.totals.params, net.totals.macs
    (410, 1656)
    >>> net.at(batch_size=32).totals.macs
    52992
    """

    name: str
    input_shape: Shape | Mapping[str, Shape]
    layers: Sequence[Layer] = field(repr=False)
    batch_size: int = 1
    dtype: str = "float32"
    count_bias: bool = False
    outputs: tuple[str, ...] = field(default=(), repr=False)
    input_dtypes: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)

    def __post_init__(self) -> None:
        layers = tuple(self.layers) if isinstance(self.layers, Iterable) else (self.layers,)
        for layer in layers:
            if not isinstance(layer, Layer):
                raise CostError(
                    f"layers must be a list of layers of course_utils.costs, such as Conv2D(16, 3),"
                    f" and {layer!r} is none. from_keras(model) reads a Keras model."
                )
        if not layers:
            raise CostError(f"{self.name} has no layers.")
        own = [layer.dtype for layer in layers if layer.dtype]
        for dtype in (self.dtype, *self.input_dtypes.values(), *own):
            if dtype not in _BYTES:
                raise CostError(f"dtype must be one of {', '.join(_BYTES)}, not {dtype!r}.")
        if not isinstance(self.name, str):
            raise CostError(f"name must be a text, not {self.name!r}.")
        if not _is_names(self.outputs):
            raise CostError(f"outputs must be a list of names: [{str(self.outputs)!r}].")
        if not is_size(self.batch_size):
            raise CostError(f"batch_size must be a whole number, not {self.batch_size!r}.")
        object.__setattr__(self, "layers", tuple(_named(layers, self.inputs)))
        if wrong := [name for name in self.input_dtypes if name not in self.inputs]:
            raise CostError(f"{self.name} has no input {wrong[0]!r}: {', '.join(self.inputs)}.")
        known = {*self.inputs, *(row.name for row in self.rows)}  # refused here, at the door
        if missing := [name for name in self.outputs if name not in known]:
            raise CostError(f"{self.name} has no layer {missing[0]!r} to give out.")

    @property
    def inputs(self) -> dict[str, Shape]:
        """The shapes of the inputs by name."""
        given = self.input_shape
        shapes = given if isinstance(given, Mapping) else {"input": given}
        if not shapes:
            raise CostError(f"{self.name} has no input.")
        for name, shape in shapes.items():
            sides = tuple(shape) if isinstance(shape, Iterable) else ()
            if not (sides and all(map(is_size, sides))):
                raise CostError(f"{name} must have a shape, such as (28, 28, 1), not {shape!r}.")
        return {name: tuple(map(int, shape)) for name, shape in shapes.items()}

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """One row per layer, in order."""
        shapes = self.inputs
        sides = {shape[:2] for shape in shapes.values() if len(shape) == 3}  # whose pixels count?
        fields = {n: _Field.of_input(s) if len(sides) == 1 else None for n, s in shapes.items()}
        rows = []
        own: dict[str, int | None] = {}  # how many weights each layer needs, if that is known
        for layer, sources in zip(self.layers, self.sources, strict=True):
            inputs = tuple(shapes[source] for source in sources)
            seen = tuple(fields[source] for source in sources)
            shape = layer.output_shape(*inputs)
            learned, stored = layer.weights(*inputs)
            own[layer.name] = None if isinstance(layer, Opaque) else learned + stored
            if layer.shared_with:
                here, there = own[layer.name], own.get(layer.shared_with, 0)
                if here != there and None not in (here, there):
                    raise CostError(
                        f"{layer.kind} {layer.name!r} cannot share the weights of "
                        f"{layer.shared_with!r}: it needs {here:,}, and there are {there:,}."
                    )
                learned = stored = 0
            macs, flops = layer.macs(*inputs), None
            if macs is not None:
                macs *= self.batch_size
                biases = layer.bias_adds(*inputs) if self.count_bias else 0
                flops = 2 * macs + biases * self.batch_size
            view = None if None in seen else layer.field(inputs, seen)  # type: ignore[arg-type]
            if view and str(getattr(layer, "activation", "")).startswith("mixing "):
                view = view.mixed()
            shapes[layer.name], fields[layer.name] = shape, view
            size = prod(shape) * _BYTES[layer.dtype or self.dtype] * self.batch_size
            weights = learned + stored, learned if layer.trainable else 0
            cost = *weights, macs, flops, size, view if view and view.exact else None
            rows.append(Row(layer.name, layer.kind, inputs, shape, *cost, layer))
        return tuple(rows)

    @cached_property
    def sources(self) -> tuple[tuple[str, ...], ...]:
        """For each layer, the names of what it reads."""
        known = dict.fromkeys(self.inputs)
        sources = []
        for layer in self.layers:
            names = layer.inputs or (next(reversed(known)),) if layer.arity[1] else ()
            owner = [("shares the weights of", layer.shared_with)] if layer.shared_with else []
            for verb, name in (*(("reads", name) for name in names), *owner):
                if name not in known:
                    near = get_close_matches(name, known, n=1)
                    hint = f" Did you mean {near[0]!r}?" if near else ""
                    raise CostError(
                        f"{layer.kind} {layer.name!r} {verb} {name!r}, but no layer before it has "
                        f"that name.{hint}"
                    )
            fewest, most = layer.arity
            if not fewest <= len(names) <= most:
                raise CostError(
                    f"{layer.kind} {layer.name!r} reads {len(names)} layer(s), but needs "
                    f"{'at least ' if most > fewest else ''}{fewest}."
                )
            sources.append(tuple(names))
            known[layer.name] = None
        return tuple(sources)

    @property
    def ends(self) -> tuple[str, ...]:
        """The names of the layers that no other layer reads."""
        read = {source for sources in self.sources for source in sources}
        return tuple(layer.name for layer in self.layers if layer.name not in read)

    @cached_property
    def totals(self) -> Totals:
        """The sums over all rows."""
        columns = "params", "trainable_params", "macs", "flops", "activation_bytes"
        sums = {name: sum(getattr(row, name) or 0 for row in self.rows) for name in columns}
        return Totals(**sums, uncounted=tuple(row.name for row in self.rows if row.macs is None))

    def row(self, name: str) -> Row:
        """Return the row of the layer called ``name``."""
        for row in self.rows:
            if row.name == name:
                return row
        names = [row.name for row in self.rows]
        near = get_close_matches(str(name), names, n=3, cutoff=0.4) or names
        raise CostError(f"{self.name} has no layer {name!r}; there is {', '.join(near)}.")

    def at(self, **changes: Any) -> Network:
        """Return the same network with other settings, such as ``batch_size=32``."""
        return replace(self, **changes)

    def memory(self, optimizer: str = "adam") -> Memory:
        """Return the bytes that inference and training need.

        ``optimizer`` is sgd, momentum, rmsprop, adam or adamw, which keep 0, 1, 1, 2 and 2 values
        for each trainable weight.
        """
        if str(optimizer) not in _OPTIMIZER_SLOTS:
            raise CostError(
                f"optimizer must be one of {', '.join(_OPTIMIZER_SLOTS)}, not {optimizer!r}."
            )
        types = dict.fromkeys(self.inputs, self.dtype) | dict(self.input_dtypes)
        sizes = {n: prod(s) * _BYTES[types[n]] * self.batch_size for n, s in self.inputs.items()}
        sizes |= {row.name: row.activation_bytes for row in self.rows}
        weights = sum(
            getattr(row.layer, "weight_bytes", None) or row.params * self._weight_bytes(row)
            for row in self.rows
        )
        trainable = sum(row.trainable_params * self._weight_bytes(row) for row in self.rows)
        slots = trainable * _OPTIMIZER_SLOTS[optimizer]
        return Memory(weights, self._peak(sizes), sum(sizes.values()), trainable, slots)

    def _weight_bytes(self, row: Row) -> int:
        own = row.layer.dtype  # of what it gives, so that whole numbers are not the weights' type
        dtype = own if "float" in own else self.dtype
        return _BYTES["float32" if dtype.startswith("mixed_") else dtype]

    def _peak(self, sizes: dict[str, int]) -> int:
        """Return the most bytes alive at once when each output is freed after its last reader."""
        last = {source: at for at, names in enumerate(self.sources) for source in names}
        last |= dict.fromkeys(self.outputs, len(self.rows))
        alive = {name: sizes[name] for name in self.inputs}
        peak = sum(alive.values())
        for at, row in enumerate(self.rows):
            alive[row.name] = sizes[row.name]
            peak = max(peak, sum(alive.values()))
            alive = {n: size for n, size in alive.items() if last.get(n, len(self.rows)) > at}
        return peak

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def table(self) -> _Table:
        """Return the rows, the totals and the conventions for ``print`` and for Jupyter."""
        starts = (
            (name, "Input", _shape_text(shape), "", "", "", "", "1 / 1")
            for name, shape in self.inputs.items()
        )
        totals = self.totals
        end = (
            *("total", "", "", f"{totals.params:,}", f"{totals.trainable_params:,} trainable"),
            f"{totals.macs:,}{' + ?' if totals.partial else ''}",
            _binary_bytes(totals.activation_bytes),
            "",
        )
        images = "1 image" if self.batch_size == 1 else f"{self.batch_size} images"
        note = (
            f"Multiply-adds for {images}: products only, those with zero padding included, no "
            f"bias.\nMemory: the outputs in {self.dtype}, KiB = 1024 bytes.\n"
            "Sees: receptive field / effective stride, in input pixels."
        )
        if totals.partial:
            without = ", ".join(totals.uncounted)
            note += f"\nThe total of multiply-adds is (partial: without {without})."
        headings = (
            *("layer", "kind", "output", "weights", "counted as"),
            *("multiply-adds", "memory", "sees"),
        )
        body = [[escape(cell) for cell in row] for row in (*starts, *map(_cells, self.rows))]
        return _Table(self.name, headings, body, {3, 5, 6, 7}, [note], list(map(escape, end)))


def as_network(given: Any) -> Network:
    """Return a network, or say what is given in the place of one."""
    if not isinstance(given, Network):
        raise CostError(
            f"This takes a Network, and {given!r} is none. from_keras(model) reads a Keras model "
            "into one."
        )
    return given


def _cells(row: Row) -> tuple[str, ...]:
    """Return what the table prints of a row."""
    arithmetic = row.formula.split(" = ")[0]
    sees = "-" if row.receptive_field is None else f"{row.receptive_field} / {row.effective_stride}"
    return (
        row.name,
        row.kind,
        _shape_text(row.output_shape),
        f"{row.params:,}",
        "" if arithmetic == "0" else arithmetic,
        "?" if row.macs is None else f"{row.macs:,}",
        _binary_bytes(row.activation_bytes),
        sees,
    )


def _named(layers: Sequence[Layer], inputs: Mapping[str, Shape]) -> Iterator[Layer]:
    """Give nameless layers Keras-like names and refuse a name used twice."""
    taken = set(inputs)
    given = {layer.name for layer in layers}
    names: dict[str, Iterator[str]] = {}
    for layer in layers:
        if not layer.name:
            stem = "".join(f"_{c.lower()}" if c.isupper() else c for c in layer.kind).strip("_")
            stem = stem.replace("2_d", "2d").replace("r_b_f", "rbf")
            free = names.setdefault(stem, chain([stem], map(f"{stem}_{{}}".format, count(1))))
            layer = replace(layer, name=next(name for name in free if name not in given))
        if layer.name in taken:
            raise CostError(f"{layer.kind} {layer.name!r}: this name is used twice.")
        taken.add(layer.name)
        yield layer
