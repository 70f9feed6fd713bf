"""The tables of the lecture notes as data, and ``reconcile``, which checks them cell by cell."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from math import prod
from pathlib import Path

from course_utils.costs import zoo
from course_utils.costs.layer import CostError, Layer
from course_utils.costs.network import BYTES, Network, Row
from course_utils.costs.published.findings import Finding, Findings
from course_utils.costs.published.judging import (
    Judgement,
    Number,
    Reading,
    judge,
    judge_text,
    parse,
    rounding,
)
from course_utils.costs.table import shape_text
from course_utils.costs.windows import Window

_FOLDER = Path(__file__).parent / "tables"
NAMES = tuple(sorted(path.stem for path in _FOLDER.glob("*.csv")))

LABELS = {
    "input_c": "input C",
    "input_hw": "input H/W",
    "output_c": "output C",
    "output_hw": "output H/W",
    "memory_kb": "memory (KB)",
    "params_k": "params (K)",
    "flop_m": "flop (M)",
    "memory_mb": "memory (MB)",
    "gflop": "GFLOP",
    "mflop": "MFLOP",
    "weights_with_bias": "weights",
    "top5_error": "top-5 error",
}


@dataclass(frozen=True)
class Published:
    """A printed table.

    Attributes
    ----------
    name, title, source, conventions
        What it is called here, what it shows, where it is printed, how its numbers are counted.
    networks
        The networks that it is about.
    notes
        Number of the lecture notes it is printed in.
    rows
        One mapping per row, every cell exactly as printed, empty where nothing is printed.
    """

    name: str
    title: str
    source: str
    conventions: str
    networks: tuple[Network, ...]
    notes: str
    rows: tuple[Mapping[str, str], ...]

    def __iter__(self) -> Iterator[Mapping[str, str]]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


@cache
def table(name: str) -> Published:
    """Return one of the printed tables; ``NAMES`` lists them.

    Raises
    ------
    ValueError
        If there is no table of that name.

    Examples
    --------
    >>> table("alexnet").rows[5]["flop_m"]
    '145'
    """
    if name not in NAMES:
        raise ValueError(f"there is no table {name!r}; there is {', '.join(NAMES)}.")
    lines = (_FOLDER / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    head = dict(line[2:].split(":", 1) for line in lines if line.startswith("# "))
    records = csv.DictReader(line for line in lines if not line.startswith("#"))
    return Published(
        name,
        head["title"].strip(),
        head["source"].strip(),
        head["conventions"].strip(),
        tuple(_network(network) for network in head["networks"].split()),
        head["source"].split("(notes ")[1][:3],
        tuple(records),
    )


@cache
def _network(name: str) -> Network:
    """Return a network of the zoo, or the part of one that a table is about."""
    if name == "inception_module_naive":
        return zoo.inception_module(naive=True)
    if name == "googlenet_stem":
        return up_to(zoo.googlenet(), "pool2")
    if name == "vgg16_to_28":
        return up_to(zoo.vgg16(), "block3_pool")
    build: Callable[[], Network] = getattr(zoo, name)
    return build()


def up_to(network: Network, last: str) -> Network:
    """Return a network cut off behind one of its layers."""
    names = [row.name for row in network.rows]
    layers = tuple(network.layers)[: names.index(last) + 1]
    return replace(network, name=f"{network.name} up to {last}", layers=layers)


def reconcile(network: Network | Sequence[Network], published: Published | str) -> Findings:
    """Hold a printed table against a network, cell by cell.

    Parameters
    ----------
    network
        The network; several, in the table's order, if it compares some.
    published
        The table or its name.

    Returns
    -------
    Findings
        One per printed cell, with the computed value, a verdict and the reason for it. Nothing
        about them is stored: the conventions of :func:`table` decide.

    Raises
    ------
    CostError
        If the network lacks a layer of the table, or the number of networks is another.

    Examples
    --------
    >>> found = reconcile(zoo.alexnet(), "alexnet")
    >>> [(item.statement, item.printed, item.computed) for item in found.only("wrong")]
    [('conv4, flop (M)', '145', '149.52')]
    """
    printed = table(published) if isinstance(published, str) else published
    networks = (network,) if isinstance(network, Network) else tuple(network)
    if len(networks) != len(printed.networks):
        raise CostError(
            f"{printed.title!r} is about {len(printed.networks)} network(s), not {len(networks)}."
        )
    if printed.name in ("alexnet_vgg16", "stem_vgg16"):
        items = _compared(networks[0], networks[1], printed)
    elif printed.name == "resnet":
        items = _resnets(networks, printed)
    elif not networks:
        items = _empirical(printed)
    else:
        items = _layer_by_layer(networks[0], printed)
    notes = (f"Source: {printed.source}.", f"Conventions: {printed.conventions}.")
    return Findings(printed.title, tuple(items), notes)


def reconcile_all() -> Iterator[Findings]:
    """Reconcile every printed table with the networks it is about."""
    for name in NAMES:
        yield reconcile(table(name).networks, name)


def _finding(
    printed: Published, line: str, name: str, column: str, text: str, judgement: Judgement
) -> Finding:
    statement = f"{name}, {LABELS.get(column, column.replace('_', ' '))}"
    return Finding.of(f"{printed.notes}:{line}", printed.title, statement, text, judgement)


# --------------------------------------------------------------------- tables of a row per layer


def _layer_by_layer(network: Network, printed: Published) -> Iterator[Finding]:
    names = dict.fromkeys(record["name"] for record in printed.rows)
    rows = {name: _row(network, name) for name in names if name != "total"}
    for record in printed.rows:
        name = record["name"]
        row = rows.get(name)
        for column, text in record.items():
            if column in ("line", "name") or not text:
                continue
            if row is None:
                judgement = judge(text, total_readings(list(rows.values()), _TOTALS[column]))
            elif column == "output":
                judgement = judge_text(text, shape_text(row.output_shape))
            else:
                judgement = judge(text, [Reading(*pair) for pair in _COLUMNS[column](row)])
            yield _finding(printed, record["line"], name, column, text, judgement)


def _row(network: Network, name: str) -> Row:
    """Return a row of the network, or one for its input."""
    if name != "input":
        return network.row(name)
    (shape,) = network.inputs.values()
    size = prod(shape) * BYTES[network.dtype]
    return Row("input", "Input", (shape,), shape, 0, 0, 0, 0, size, None, Layer())


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
_COLUMNS: dict[str, Callable[[Row], _Ways]] = {
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


_TOTALS: dict[str, list[Way]] = {
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


# ------------------------------------------------------------------------- two networks compared


def _mebibytes(kinds: tuple[str, ...]) -> Callable[[Row], Number]:
    def count(row: Row) -> Number:
        return Fraction(row.activation_bytes, 2**20) if row.kind in kinds or not kinds else 0

    return count


def _millions(count: Callable[[Row], int], unit: int = 10**6) -> Callable[[Row], Number]:
    return lambda row: Fraction(count(row), unit)


def _counts(row: Row) -> bool:
    """Tell the rows that the lecture lists; local normalisation works in place there."""
    return row.kind != "LocalResponseNormalization"


_COMPARED: dict[str, list[Way]] = {
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


def _compared(first: Network, second: Network, printed: Published) -> Iterator[Finding]:
    """Judge one number of each of two networks, and their ratio, all counted in the same way.

    That way is the first one that gives the printed number of the first network.
    """
    for record in printed.rows:
        ways = _COMPARED[record["name"]]
        readings = [
            total_readings([row for row in network.rows if _counts(row)], ways)
            for network in (first, second)
        ]
        texts = record["first"], record["second"]
        fitting = [
            at
            for at in range(len(ways))
            if rounding(parse(texts[0]), readings[0][at].value) in ("exact", "rounded")
        ]
        at = fitting[0] if fitting else 0
        lines = record["line"], record["second_line"]
        for network, line, text, found in zip((first, second), lines, texts, readings, strict=True):
            same_way = [found[at], *found[:at], *found[at + 1 :]]
            judgement = judge(text, found if network is first else same_way)
            name = network.name.split(" (")[0]
            yield _finding(printed, line, name, record["name"], text, judgement)
        proper = Fraction(readings[1][at].value) / Fraction(readings[0][at].value)
        of_printed = parse(texts[1]).value / parse(texts[0]).value
        ratios = [
            Reading(proper, ways[at].how),
            Reading(of_printed, "dividing the two printed numbers", slip=True),
        ]
        for reading in readings[1]:
            if reading.slip and rounding(parse(texts[1]), reading.value):
                ratio = Fraction(reading.value) / Fraction(readings[0][at].value)
                ratios.append(Reading(ratio, reading.how, slip=True))
        judgement = judge(record["ratio"], ratios)
        statement = f"ratio of {LABELS.get(record['name'], record['name'])}"
        yield Finding.of(
            f"{printed.notes}:{lines[1]}", printed.title, statement, record["ratio"], judgement
        )


# ----------------------------------------------------------------------------- the other tables


def _resnets(networks: Sequence[Network], printed: Published) -> Iterator[Finding]:
    """Judge a table that has a row per network: blocks and layers of each stage, and the cost."""
    for network, record in zip(networks, printed.rows, strict=True):
        for column, text in record.items():
            if column in ("line", "name"):
                continue
            if column == "block":
                bottleneck = any(row.name.endswith("_3_conv") for row in network.rows)
                judgement = judge_text(text, "Bottle" if bottleneck else "Basic")
            elif column == "top5_error":
                judgement = Judgement("external", "", "measured on ImageNet")
            elif column == "gflop":
                judgement = judge(text, _gflop_readings(network))
            else:
                judgement = judge(text, [Reading(_resnet_count(network, column))])
            yield _finding(printed, record["line"], record["name"], column, text, judgement)


def _resnet_count(network: Network, column: str) -> int:
    """Count the layers of the stem or the head, or the blocks or layers of a stage."""
    names = {row.name: row.kind for row in network.rows}
    if column == "stem":
        return sum(name.startswith("conv1") and kind == "Conv2D" for name, kind in names.items())
    if column == "fc":
        return sum(kind == "Dense" for kind in names.values())
    prefix = f"conv{int(column[5]) + 1}_"  # the paper counts the stem as conv1
    inside = [name for name in names if name.startswith(prefix)]
    if column.endswith("blocks"):
        return sum(name.endswith("_out") for name in inside)
    return sum(name.endswith("_conv") and "_0_" not in name for name in inside)


def _gflop_readings(network: Network) -> list[Reading]:
    """Return the multiply-adds as the paper's network makes them, and as its variants do."""
    build: Callable[..., Network] = getattr(zoo, network.name.lower().replace("-", ""))
    variants = {
        "": network,
        "with shortcuts that have no weights (option A)": build(shortcut="padding"),
        "with the stride in the 3x3 (v1.5)": build("v1.5"),
    }
    return [Reading(Fraction(net.totals.macs, 10**9), how) for how, net in variants.items()]


def _empirical(printed: Published) -> Iterator[Finding]:
    """List what somebody measured; there is nothing to compute."""
    for record in printed.rows:
        for column, text in record.items():
            if column not in ("line", "name"):
                judgement = Judgement("external", "", "measured by its authors")
                yield _finding(printed, record["line"], record["name"], column, text, judgement)
