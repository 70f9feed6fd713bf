"""``reconcile``: a printed table against a network, cell by cell, however its columns count."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import prod
from operator import attrgetter
from typing import Any

from course_utils.costs.layer import CostError, Layer, Shape
from course_utils.costs.network import _BYTES, Network, Row, as_network
from course_utils.costs.printing import _shape_text
from course_utils.costs.published.findings import _Finding, _Findings
from course_utils.costs.published.judging import Reading, _judge, _judge_text, _Judgement, _Number
from course_utils.costs.published.tables import _Published, as_printed
from course_utils.costs.windows import _Window

# What a row counts for, in each way that one might count it; the first is the table's own.
_Ways = Mapping[str, Callable[[Row], _Number]]


def reconcile(network: Network, name: str) -> _Findings:
    """Hold a printed table that has a row for each layer against a network, cell by cell.

    ``name`` is that of a table, whose names its layers need. Each printed cell gets a finding, with
    the computed value, a verdict and the reason for it. Nothing about them is stored: the
    conventions of the table decide.

    >>> from course_utils.costs import zoo
    >>> found = reconcile(zoo.alexnet(), "alexnet")
    >>> wrong = [item for item in found if item.verdict == "wrong"]
    >>> [(item.statement, item.printed, item.computed) for item in wrong]
    [('conv4, flop (M)', '145', '149.52')]
    """
    printed = as_printed(name)
    if len(printed.networks) != 1:
        raise CostError(
            f"{printed.title!r} has no rows for the layers of a network: it is about "
            f"{len(printed.networks)} networks."
        )
    notes = (f"Source: {printed.source}.", f"Conventions: {printed.conventions}.")
    return _Findings(printed.title, tuple(_layer_by_layer(as_network(network), printed)), notes)


def _finding(
    printed: _Published, line: str, name: str, column: str, text: str, judgement: _Judgement
) -> _Finding:
    statement = f"{name}, {column.replace('_', ' ')}"
    where = f"{printed.notes}:{line}", printed.notebook, printed.title
    return _Finding(*where, statement, text, *judgement)


def _layer_by_layer(network: Network, printed: _Published) -> Iterator[_Finding]:
    names = dict.fromkeys(cells["name"] for cells in printed.rows)
    rows = {name: _row(network, name) for name in names if name != "total"}
    for cells in printed.rows:
        name = cells["name"]
        row = rows.get(name)
        for column, text in cells.items():
            if column in ("line", "name") or not text:
                continue
            if row is None:
                judgement = _judge(text, _total_readings(list(rows.values()), _COLUMNS[column]))
            elif column == "output":
                judgement = _judge_text(text, _shape_text(row.output_shape))
            else:
                ways = _COLUMNS[column]
                judgement = _judge(text, [Reading(count(row), how) for how, count in ways.items()])
            yield _finding(printed, cells["line"], name, column, text, judgement)


def _row(network: Network, name: str) -> Row:
    """Return a row of the network, or one for its input."""
    if name != "input":
        return network.row(name)
    (shape,) = network.inputs.values()
    size = prod(shape) * _BYTES[network.dtype]
    return Row("input", "Input", (shape,), shape, 0, 0, 0, 0, size, None, Layer())


def _total_readings(rows: Sequence[Row], ways: _Ways) -> list[Reading]:
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


# ----------------------------------------------------------------------- what a row counts for


def _window(row: Row) -> tuple[int, int, int]:
    """Return kernel size, stride and padding; global pooling is one window over everything."""
    if isinstance(row.layer, _Window):
        kernel, strides, _ = row.layer.window
        return kernel[0], strides[0], row.layer.pads(row.input_shapes[0])[0][0]
    return row.input_shapes[0][0], 1, 0


def _operations(row: Row) -> int:
    """Return multiply-adds, and for a pooling the values that it looks at."""
    if "Pooling" in row.kind:
        return _window(row)[0] ** 2 * prod(row.output_shape)
    return _macs(row)


def _macs(row: Row) -> int:
    """Return multiply-adds; what nobody has counted is no 0."""
    if row.macs is None:
        raise CostError(f"nobody knows the multiply-adds of {row.name!r}, a {row.kind}.")
    return row.macs


_memory: Callable[[Row], int] = attrgetter("activation_bytes")
_with_bias: Callable[[Row], int] = attrgetter("params")


def _without_bias(row: Row) -> int:
    if not getattr(row.layer, "use_bias", False):
        return row.params
    bare: Any = replace(row.layer, use_bias=False)  # type: ignore[call-arg]
    return sum(bare.weights(*row.input_shapes))


def _per(unit: int, count: Callable[[Row], int], *kinds: str) -> Callable[[Row], Fraction]:
    """Count in a larger unit, and only layers of these kinds, if any are named."""
    return lambda row: Fraction(count(row) if row.kind in (kinds or (row.kind,)) else 0, unit)


def _values(row: Row) -> int:
    return prod(row.output_shape)


def _with_relus(row: Row) -> int:
    return _values(row) * (2 if getattr(row.layer, "activation", None) == "relu" else 1)


def _side(shape: Shape) -> int:
    return shape[0] if len(shape) == 3 else 1


_COLUMNS: dict[str, _Ways] = {
    "input C": {"": lambda row: row.input_shapes[0][-1]},
    "input H/W": {"": lambda row: _side(row.input_shapes[0])},
    "filters": {"": lambda row: getattr(row.layer, "filters", 0) or getattr(row.layer, "units", 0)},
    "kernel": {"": lambda row: _window(row)[0]},
    "stride": {"": lambda row: _window(row)[1]},
    "pad": {"": lambda row: _window(row)[2]},
    "output C": {"": lambda row: row.output_shape[-1]},
    "output H/W": {"": lambda row: _side(row.output_shape)},
    "memory (KB)": {"": _per(1024, _memory), "KB of 1000 bytes": _per(1000, _memory)},
    "params (K)": {"": _per(1000, _without_bias), "with the biases": _per(1000, _with_bias)},
    "flop (M)": {
        "": _per(10**6, _operations),
        "two per multiply-add": _per(10**6, lambda row: 2 * _operations(row)),
    },
    "values": {"": _values, "every ReLU's output counted again": _with_relus},
    "weights": {"": _without_bias, "with the biases": _with_bias},
    "weights with biases": {"": _with_bias, "no biases": _without_bias},
    "sum": {"": _with_bias, "no biases": _without_bias},
    "ops": {"": _macs, "poolings counted": _operations},
}
