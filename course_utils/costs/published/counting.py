"""How the columns of the printed tables are counted, and how else one might."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import prod

from course_utils.costs.layer import Layer
from course_utils.costs.network import Network, Row
from course_utils.costs.published.judging import Number, Reading
from course_utils.costs.windows import Window


def weights_without_bias(row: Row) -> int:
    """Return the weights of a layer, its biases left out."""
    if not getattr(row.layer, "use_bias", False):
        return row.params
    bare: Layer = replace(row.layer, use_bias=False)  # type: ignore[call-arg]
    return sum(bare.weights(*row.input_shapes))


def _window(row: Row) -> tuple[int, int, int]:
    """Return kernel size, stride and padding; global pooling is one window over everything."""
    if isinstance(row.layer, Window):
        kernel, strides, _ = row.layer.window()
        return kernel[0], strides[0], row.layer.pads(row.input_shapes[0])[0][0]
    return row.input_shapes[0][0], 1, 0


def operations(row: Row) -> int:
    """Return multiply-adds, and for a pooling the values that it looks at."""
    if "Pooling" in row.kind:
        return _window(row)[0] ** 2 * prod(row.output_shape)
    return row.macs or 0


def _side(shape: Sequence[int]) -> int:
    return shape[0] if len(shape) == 3 else 1


def _filters(row: Row) -> int:
    found: int = getattr(row.layer, "filters", 0) or getattr(row.layer, "units", 0)
    return found


# For each column, the value of a row and, where there are others than the table's own, the ways
# to count it.
_Ways = list[tuple[Number] | tuple[Number, str]]
COLUMNS: dict[str, Callable[[Row], _Ways]] = {
    "input_c": lambda row: [(row.input_shapes[0][-1],)],
    "input_hw": lambda row: [(_side(row.input_shapes[0]),)],
    "filters": lambda row: [(_filters(row),)],
    "kernel": lambda row: [(_window(row)[0],)],
    "stride": lambda row: [(_window(row)[1],)],
    "pad": lambda row: [(_window(row)[2],)],
    "output_c": lambda row: [(row.output_shape[-1],)],
    "output_hw": lambda row: [(_side(row.output_shape),)],
    "memory_kb": lambda row: [
        (Fraction(row.activation_bytes, 1024),),
        (Fraction(row.activation_bytes, 1000), "KB of 1000 bytes"),
    ],
    "params_k": lambda row: [
        (Fraction(weights_without_bias(row), 1000),),
        (Fraction(row.params, 1000), "with the biases"),
    ],
    "flop_m": lambda row: [
        (Fraction(operations(row), 10**6),),
        (Fraction(2 * operations(row), 10**6), "two per multiply-add"),
    ],
    "values": lambda row: [(prod(row.output_shape),)],
    "weights": lambda row: [(weights_without_bias(row),), (row.params, "with the biases")],
    "weights_with_bias": lambda row: [(row.params,), (weights_without_bias(row), "no biases")],
    "sum": lambda row: [(row.params,), (weights_without_bias(row), "no biases")],
    "ops": lambda row: [(row.macs or 0,)],
}


# --------------------------------------------------------------------------------------- totals


@dataclass(frozen=True)
class Way:
    """One way to add up rows: its name, and what each row counts for."""

    how: str
    count: Callable[[Row], Number]


def total_readings(rows: Sequence[Row], ways: Sequence[Way]) -> list[Reading]:
    """Return a total counted in each way, and every total with one row forgotten or doubled.

    Forgetting a row and adding it twice are the commonest slips in a sum by hand.
    """
    proper, slips = [], []
    for way in ways:
        parts = {row.name: Fraction(way.count(row)) for row in rows}
        total = sum(parts.values())
        proper.append(Reading(total, way.how))
        suffix = f" ({way.how})" if way.how else ""
        by_size: dict[Fraction, list[str]] = {}
        for name, part in parts.items():
            if part:
                by_size.setdefault(part, []).append(name)
        for part, names in by_size.items():
            which = f"one of {', '.join(names)}" if len(names) > 1 else names[0]
            slips.append(Reading(total - part, f"forgetting {which}{suffix}", slip=True))
            slips.append(Reading(total + part, f"adding {which} twice{suffix}", slip=True))
    return [*proper, *slips]


def _has_relu(row: Row) -> bool:
    return getattr(row.layer, "activation", None) == "relu"


TOTALS: dict[str, list[Way]] = {
    "values": [
        Way("", lambda row: prod(row.output_shape)),
        Way(
            "every ReLU's output counted again",
            lambda row: prod(row.output_shape) * (2 if _has_relu(row) else 1),
        ),
    ],
    "weights": [Way("", weights_without_bias), Way("with the biases", lambda row: row.params)],
    "weights_with_bias": [Way("", lambda row: row.params)],
    "ops": [Way("", lambda row: row.macs or 0), Way("poolings counted", operations)],
}


def _mebibytes(kinds: tuple[str, ...]) -> Callable[[Row], Number]:
    def count(row: Row) -> Number:
        return Fraction(row.activation_bytes, 2**20) if row.kind in kinds or not kinds else 0

    return count


def _millions(count: Callable[[Row], int], unit: int = 10**6) -> Callable[[Row], Number]:
    return lambda row: Fraction(count(row), unit)


def listed(network: Network) -> list[Row]:
    """Return the rows that the lecture counts; local normalisation works in place there."""
    return [row for row in network.rows if row.kind != "LocalResponseNormalization"]


COMPARED: dict[str, list[Way]] = {
    "memory_mb": [
        Way("MB of 10^6 bytes, all rows", lambda row: Fraction(row.activation_bytes, 10**6)),
        Way(
            "MiB, poolings and flatten left out",
            _mebibytes(("Conv2D", "Dense")),
        ),
        Way("MiB, all rows", _mebibytes(())),
        Way("MiB, convolutions only", _mebibytes(("Conv2D",))),
    ],
    "params": [
        Way("with the biases", lambda row: row.params),
        Way("without the biases", weights_without_bias),
    ],
    "gflop": [
        Way("multiply-adds", _millions(lambda row: row.macs or 0, 10**9)),
        Way("poolings counted", _millions(operations, 10**9)),
        Way("two per multiply-add", _millions(lambda row: 2 * (row.macs or 0), 10**9)),
    ],
    "mflop": [  # the stem's own table counts the poolings
        Way("poolings counted", _millions(operations)),
        Way("multiply-adds", _millions(lambda row: row.macs or 0)),
        Way("two per multiply-add", _millions(lambda row: 2 * (row.macs or 0))),
    ],
}
