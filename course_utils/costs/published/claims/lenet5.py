"""LeNet-5, as the deck (notes 000) and the notes (002) tell it."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from course_utils.costs.layers import ZeroPadding2D
from course_utils.costs.network import Row
from course_utils.costs.published.claims.record import (
    below,
    differs,
    equation,
    holds,
    net,
    number,
    remark,
    words,
)
from course_utils.costs.published.findings import Finding
from course_utils.costs.windows import Conv2D

TOPIC = "LeNet-5"


def _maps_first(row: Row) -> str:
    """Write a shape in the deck's order: maps, height, width."""
    height, width, maps = row.output_shape
    return f"{maps}x{height}x{width}"


def _side_by_side(row: Row) -> str:
    return f"{row.output_shape[0]}x{row.output_shape[1]}"


def _with_stride(row: Row, strides: int) -> int:
    """Return the side of a convolution's output with another stride."""
    layer = row.layer
    assert isinstance(layer, Conv2D)
    return Conv2D(layer.filters, layer.kernel_size, strides=strides).output_shape(
        *row.input_shapes
    )[0]


def _stride(where: str, statement: str, row: Row, stated: int, side: int) -> Finding:
    """Hold a stated stride against the stated output size."""
    sides = {strides: _with_stride(row, strides) for strides in (stated, 1)}
    computed = ", ".join(f"stride {at} gives {n}x{n}" for at, n in sides.items())
    return holds(where, TOPIC, statement, sides[stated] == side, computed)


def claims() -> Iterator[Finding]:
    """Yield every statement about LeNet-5 that is not in a table."""
    lenet = net("lenet5")
    c1, s2, c3, s4 = (lenet.row(name) for name in ("conv1", "pool1", "conv2", "pool2"))
    weights = lenet.totals.params
    padded = ZeroPadding2D(2).output_shape((28, 28, 1))[0]
    yield number("000:22", TOPIC, "side of a digit padded by two pixels", "32", padded)
    yield number("000:43", TOPIC, "side of C1's output with stride 1", "28", c1.output_shape[0])
    yield words("000:49", TOPIC, "height x width of what C1 gives", "28x28", _side_by_side(c1))
    yield number("000:56", TOPIC, "kernels of C1", "6", c1.output_shape[2])
    yield words("000:68", TOPIC, "output of C1, maps first", "6x28x28", _maps_first(c1))
    yield equation("000:84", TOPIC, "weights of one kernel of C1", "5*5 + 1 = 26", c1.params // 6)
    yield equation("000:84", TOPIC, "weights of C1", "6*26 = 156", c1.params)
    yield words("000:93", TOPIC, "output of S2, maps first", "6x14x14", _maps_first(s2))
    published = net("lenet5_1998")
    yield holds(
        "000:105",
        TOPIC,
        "the network of 1998 had a pooling with weights",
        published.row("s2").params > 0 and published.row("s4").params > 0,
        f"S2 {published.row('s2').params}, S4 {published.row('s4').params}, "
        f"all {published.totals.params:,}",
    )
    yield number("000:109", TOPIC, "weights of S2 as taught", "0", s2.params)
    yield _stride("000:118", "C3 has stride 2 and gives 10x10", c3, 2, 10)
    yield number("000:119", TOPIC, "kernels of C3", "16", c3.output_shape[2])
    yield words("000:128", TOPIC, "output of C3, maps first", "16x10x10", _maps_first(c3))
    yield holds(
        "000:138",
        TOPIC,
        "a kernel is as deep as its input",
        c3.params == 16 * (5 * 5 * s2.output_shape[2] + 1),
        c3.formula,
    )
    yield equation(
        "000:140", TOPIC, "weights of one kernel of C3", "6*5*5 + 1 = 151", c3.params // 16
    )
    yield equation("000:146", TOPIC, "weights of C3", "16*151 = 2416", c3.params)
    yield words("000:154", TOPIC, "output of S4, maps first", "16x5x5", _maps_first(s4))
    flat = lenet.row("flatten").output_shape[0]
    yield number("000:160", TOPIC, "length of the flattened vector", "400", flat)
    yield number(
        "000:175", TOPIC, "units of the first dense layer", "120", lenet.row("fc1").output_shape[0]
    )
    yield number("000:194", TOPIC, "outputs", "10", lenet.rows[-1].output_shape[0])
    yield below(
        "000:211",
        TOPIC,
        "fewer weights than one dense layer of 1200 x 1200",
        "1200x1200",
        weights,
        1200 * 1200,
    )
    convs = c1.params + c3.params
    work = (c1.macs or 0) + (c3.macs or 0)
    yield holds(
        "000:213",
        TOPIC,
        "convolutions have few of the weights",
        convs < weights / 10,
        f"{convs:,} of {weights:,} = {100 * convs / weights:.1f}%",
        f"but {100 * work / lenet.totals.macs:.1f}% of the {lenet.totals.macs:,} multiply-adds",
    )
    yield from _notes()


def _notes() -> Iterator[Finding]:
    """Yield what the notes (002) say about the same network."""
    lenet = net("lenet5")
    c1, c3, s4 = (lenet.row(name) for name in ("conv1", "conv2", "pool2"))
    yield remark(
        "002:59",
        TOPIC,
        "LeNet was made for black and white images",
        "loose",
        "for grayscale, with many levels between black and white",
        f"{lenet.inputs['input'][2]} input channel",
    )
    yield _stride("002:67", "C1 has stride 2 and gives 28x28", c1, 2, 28)
    yield words("002:68", TOPIC, "height x width of what C1 gives", "28x28", _side_by_side(c1))
    yield words("002:70", TOPIC, "output of C1, maps first", "6x28x28", _maps_first(c1))
    kernel = "5 x 5 x 25 = 25"
    yield equation("002:72", TOPIC, "weights of one kernel of C1, no bias", kernel, prod((5, 5)))
    yield equation("002:74", TOPIC, "weights of C1", "26 x 6 = 156", c1.params)
    yield number("002:80", TOPIC, "side of C3's output without padding", "10", c3.output_shape[0])
    yield words("002:82", TOPIC, "output of C3, maps first", "16x10x10", _maps_first(c3))
    one = c3.params // c3.output_shape[2]
    yield equation("002:83", TOPIC, "weights of one kernel of C3", "6x5x5x1 = 151", one)
    yield equation("002:84", TOPIC, "weights of C3", "151x16 = 2416", c3.params)
    yield words("002:86", TOPIC, "output of S4, maps first", "16x5x5", _maps_first(s4))
    units = [lenet.row(name).output_shape[0] for name in ("flatten", "fc1", "fc2", "fc3")]
    for printed, computed in zip(("400", "120", "84", "10"), units, strict=True):
        yield number("002:88", TOPIC, "length of a vector in the head", printed, computed)
    for where, name, printed in (
        ("002:93", "conv1", "1 x 6 x 5 x 5 + 6 = 156"),
        ("002:95", "conv2", "6 x 15 x 5 x 5 + 16 = 2416"),
        ("002:97", "fc1", "400 x 120 + 120 = 48120"),
        ("002:99", "fc2", "120 x 84 + 84 = 10164"),
        ("002:101", "fc3", "84 x 10 + 10 = 850"),
    ):
        yield equation(where, TOPIC, f"weights of {name}", printed, lenet.row(name).params)
    yield number("002:103", TOPIC, "weights of the network", "61706", lenet.totals.params)
    yield below(
        "002:105",
        TOPIC,
        "fewer weights than one dense layer of 1200 x 1200",
        "1200x1200",
        lenet.totals.params,
        1200 * 1200,
    )
    steps = len(lenet.inputs) + len(lenet.rows) + 1
    yield number("002:116", TOPIC, "steps from the input to the softmax", "10", steps)
    for where, here, there, place in (
        ("000:284", "10,000", "1000", "notes 002"),
        ("002:49", "1000", "10,000", "notes 000"),
    ):
        statement = "images of dogs and of cats that are worth longer fine-tuning"
        yield differs(where, "transfer learning", statement, here, there, place)
