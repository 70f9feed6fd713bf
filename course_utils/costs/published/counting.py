"""How the columns of the printed tables are counted, and how else one might."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import prod

from course_utils.costs.layer import CostError, Layer
from course_utils.costs.network import Network, Row
from course_utils.costs.published.judging import Number, Reading
from course_utils.costs.windows import Window

# What a row counts for, in each way that one might count it; the first is the table's own.
Ways = Mapping[str, Callable[[Row], Number]]


def readings(row: Row, ways: Ways) -> list[Reading]:
    """Return a row's number, counted in each way."""
    return [Reading(count(row), how) for how, count in ways.items()]


def total_readings(rows: Sequence[Row], ways: Ways) -> list[Reading]:
    """Return a total counted in each way, and every total with one row forgotten or doubled.

    Forgetting a row and adding it twice are the commonest slips in a sum by hand.
    """
    proper, slips = [], []
    for how, count in ways.items():
        by_size: dict[Fraction, list[str]] = {}
        for row in rows:
            by_size.setdefault(Fraction(count(row)), []).append(row.name)
        total = sum(part * len(names) for part, names in by_size.items())
        proper.append(Reading(total, how))
        suffix = f" ({how})" if how else ""
        for part, names in by_size.items():
            if part:
                which = f"one of {', '.join(names)}" if len(names) > 1 else names[0]
                slips.append(Reading(total - part, f"forgetting {which}{suffix}", slip=True))
                slips.append(Reading(total + part, f"adding {which} twice{suffix}", slip=True))
    return [*proper, *slips]


def listed(network: Network) -> list[Row]:
    """Return the rows that the lecture counts; local normalisation works in place there."""
    return [row for row in network.rows if row.kind != "LocalResponseNormalization"]


# ----------------------------------------------------------------------- what a row counts for


def window(row: Row) -> tuple[int, int, int]:
    """Return kernel size, stride and padding; global pooling is one window over everything."""
    if isinstance(row.layer, Window):
        kernel, strides, _ = row.layer.window()
        return kernel[0], strides[0], row.layer.pads(row.input_shapes[0])[0][0]
    return row.input_shapes[0][0], 1, 0


def operations(row: Row) -> int:
    """Return multiply-adds, and for a pooling the values that it looks at."""
    if "Pooling" in row.kind:
        return window(row)[0] ** 2 * prod(row.output_shape)
    return _macs(row)


def _macs(row: Row) -> int:
    if row.macs is None:
        raise CostError(f"nobody knows the multiply-adds of {row.name!r}, a {row.kind}.")
    return row.macs


def _values(row: Row) -> int:
    return prod(row.output_shape)


def _with_bias(row: Row) -> int:
    return row.params


def _without_bias(row: Row) -> int:
    if not getattr(row.layer, "use_bias", False):
        return row.params
    bare: Layer = replace(row.layer, use_bias=False)  # type: ignore[call-arg]
    return sum(bare.weights(*row.input_shapes))


def _with_relus(row: Row) -> int:
    return _values(row) * (2 if getattr(row.layer, "activation", None) == "relu" else 1)


def _side(shape: Sequence[int]) -> int:
    return shape[0] if len(shape) == 3 else 1


def _per(unit: int, count: Callable[[Row], int], *kinds: str) -> Callable[[Row], Fraction]:
    """Count in a larger unit, and only layers of these kinds, if any are named."""
    return lambda row: Fraction(count(row) if row.kind in (kinds or (row.kind,)) else 0, unit)


def _memory(row: Row) -> int:
    return row.activation_bytes


def _twice(row: Row) -> int:
    return 2 * _macs(row)


COLUMNS: dict[str, Ways] = {
    "input_c": {"": lambda row: row.input_shapes[0][-1]},
    "input_hw": {"": lambda row: _side(row.input_shapes[0])},
    "filters": {"": lambda row: getattr(row.layer, "filters", 0) or getattr(row.layer, "units", 0)},
    "kernel": {"": lambda row: window(row)[0]},
    "stride": {"": lambda row: window(row)[1]},
    "pad": {"": lambda row: window(row)[2]},
    "output_c": {"": lambda row: row.output_shape[-1]},
    "output_hw": {"": lambda row: _side(row.output_shape)},
    "memory_kb": {"": _per(1024, _memory), "KB of 1000 bytes": _per(1000, _memory)},
    "params_k": {"": _per(1000, _without_bias), "with the biases": _per(1000, _with_bias)},
    "flop_m": {
        "": _per(10**6, operations),
        "two per multiply-add": _per(10**6, lambda row: 2 * operations(row)),
    },
    "values": {"": _values, "every ReLU's output counted again": _with_relus},
    "weights": {"": _without_bias, "with the biases": _with_bias},
    "weights_with_bias": {"": _with_bias, "no biases": _without_bias},
    "sum": {"": _with_bias, "no biases": _without_bias},
    "ops": {"": _macs, "poolings counted": operations},
}

# Totals of two networks, compared.
COMPARED: dict[str, Ways] = {
    "memory_mb": {
        "MB of 10^6 bytes, all rows": _per(10**6, _memory),
        "MiB, poolings and flatten left out": _per(2**20, _memory, "Conv2D", "Dense"),
        "MiB, all rows": _per(2**20, _memory),
        "MiB, convolutions only": _per(2**20, _memory, "Conv2D"),
    },
    "params": {"with the biases": _with_bias, "without the biases": _without_bias},
    "gflop": {
        "multiply-adds": _per(10**9, _macs),
        "poolings counted": _per(10**9, operations),
        "two per multiply-add": _per(10**9, _twice),
    },
    "mflop": {  # the stem's own table counts the poolings
        "poolings counted": _per(10**6, operations),
        "multiply-adds": _per(10**6, _macs),
        "two per multiply-add": _per(10**6, _twice),
    },
}
