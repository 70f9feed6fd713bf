"""Convolution, output sizes, receptive fields, pooling and activations (notes 001 and 003)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import exp, tanh

from course_utils.costs import zoo
from course_utils.costs.layer import CostError
from course_utils.costs.layers import Dense
from course_utils.costs.network import Network
from course_utils.costs.published.claims.record import (
    cases,
    equation,
    holds,
    net,
    number,
    remark,
    words,
)
from course_utils.costs.published.findings import Finding
from course_utils.costs.windows import Conv2D

# The lecture's image, its filter, and its table of filters.
IMAGE = ((1, 1, 1, 0, 0), (0, 1, 1, 1, 0), (0, 0, 1, 1, 1), (0, 0, 1, 1, 0), (0, 1, 1, 0, 0))
FILTER = ((1, 0, 1), (0, 1, 0), (1, 0, 1))
KERNELS = {
    "identity": ((0, 0, 0), (0, 1, 0), (0, 0, 0)),
    "first edge detector": ((1, 0, -1), (0, 0, 0), (-1, 0, 1)),
    "second edge detector": ((0, 1, 0), (1, -4, 1), (0, 1, 0)),
    "third edge detector": ((-1, -1, -1), (-1, 8, -1), (-1, -1, -1)),
    "sharpen": ((0, -1, 0), (-1, 5, -1), (0, -1, 0)),
}
BLURS = {
    "box blur": ("9", ((1, 1, 1), (1, 1, 1), (1, 1, 1))),
    "Gaussian blur": ("16", ((1, 2, 1), (2, 4, 2), (1, 2, 1))),
}


def side(size: int, kernel: int, stride: int = 1, pad: int = 0) -> int:
    """Return the side of what a convolution gives."""
    return Conv2D(1, kernel, strides=stride, padding=pad).output_shape((size, size, 1))[0]


def seen(*layers: tuple[int, int]) -> int:
    """Return what stacked convolutions of (kernel, stride) see."""
    stack = [Conv2D(1, kernel, strides=stride, padding="same") for kernel, stride in layers]
    field = Network("stack", (64, 64, 1), stack).rows[-1].receptive_field
    assert isinstance(field, int)
    return field


def weights(layer: Conv2D | Dense, *shape: int) -> int:
    """Return the weights of a layer on an input."""
    return sum(layer.weights(shape))


def correlate(image: Sequence[Sequence[int]], kernel: Sequence[Sequence[int]]) -> list[list[int]]:
    """Slide a kernel over an image, without padding."""
    size = len(kernel)
    steps = range(len(image) - size + 1)
    return [
        [
            sum(image[i + a][j + b] * kernel[a][b] for a in range(size) for b in range(size))
            for j in steps
        ]
        for i in steps
    ]


def claims() -> Iterator[Finding]:
    """Yield every statement about convolution and its neighbours."""
    yield from _connections()
    yield from _convolution()
    yield from _receptive_fields()
    yield from _sizes()
    yield from _pooling()
    yield from _activations()
    yield from _lab()


def _connections() -> Iterator[Finding]:
    topic = "dense against convolution"
    pixels = 200 * 200
    dense = weights(Dense(pixels, use_bias=False), pixels)
    yield number("001:61", topic, "weights of 200x200 pixels to 40K units", "2B", dense)
    yield remark(
        "001:104",
        topic,
        "fully connected networks cannot learn features in layers",
        "wrong",
        "deep dense networks do build features out of features; what they lack is locality and "
        "shared weights",
    )
    field = seen((3, 1))
    unit = "what one locally connected unit sees"
    yield words("001:128", topic, unit, "3x3", f"{field}x{field}")
    yield holds(
        "001:138",
        topic,
        "a convolution needs fewer weights than a dense unit",
        weights(Conv2D(1, 3), 200, 200, 1) < weights(Dense(1), pixels),
        f"{weights(Conv2D(1, 3), 200, 200, 1)} against {weights(Dense(1), pixels):,} per unit",
    )


def _convolution() -> Iterator[Finding]:
    topic = "convolution"
    result = correlate(IMAGE, FILTER)
    turned = [row[::-1] for row in FILTER[::-1]]
    yield number("001:167", topic, "first value of the convolved image", "4", result[0][0])
    yield holds(
        "001:325",
        topic,
        "turning the lecture's filter round changes nothing",
        correlate(IMAGE, turned) == result,
        str(result),
    )
    own, shared = weights(Conv2D(10, 5), 32, 32, 3), weights(Conv2D(10, 5), 32, 32, 1)
    yield holds(
        "001:229",
        topic,
        "a filter shares its weights across the channels",
        own == shared,
        f"10 filters of 5x5 on RGB have {own} weights; shared they would have {shared}",
        "each channel has a slice of its own and the results are summed, as the deck's own sum of "
        "weights needs",
    )
    yield number(
        "001:281",
        topic,
        "weights of one 5x5 filter on RGB, no bias",
        "5x5x3",
        weights(Conv2D(1, 5, use_bias=False), 32, 32, 3),
    )
    fan_in = 75
    kept = fan_in * (1 / fan_in) ** 2 / 3
    right = fan_in * (3 / fan_in) / 3
    yield holds(
        "001:290",
        topic,
        "weights drawn between -1/fan-in and 1/fan-in keep the variance",
        kept == right,
        f"at fan-in {fan_in} a layer keeps {kept:.5f} of the variance",
        f"bounds of sqrt(3/fan-in) keep {right:.0f}; Keras takes sqrt(6/(fan-in + fan-out))",
    )
    for name, kernel in KERNELS.items():
        printed = "0" if "edge" in name else "1"
        yield number("001:294", topic, f"sum of the kernel: {name}", printed, sum(map(sum, kernel)))
    for name, (printed, kernel) in BLURS.items():
        statement = f"what the {name} is divided by"
        yield number("001:294", topic, statement, printed, sum(map(sum, kernel)))
    conv = Conv2D(6, 5)
    no_bias = weights(Conv2D(6, 5, use_bias=False), 32, 32, 3)
    yield number("001:427", topic, "weights of six 5x5 filters on RGB, no bias", "6x3x5x5", no_bias)
    height, width, maps = conv.output_shape((32, 32, 3))
    yield words(
        "001:440", topic, "output on 32x32, maps first", "6x28x28", f"{maps}x{height}x{width}"
    )
    yield number("001:592", topic, "weights of one 5x5 filter on RGB", "76", own // 10)
    yield equation("001:593", topic, "weights of ten of them", "76*10 = 760", own)
    yield words(
        "001:587",
        topic,
        "output of ten 5x5 filters, padding 2, on 32x32",
        "32x32x10",
        "x".join(map(str, Conv2D(10, 5, padding=2).output_shape((32, 32, 3)))),
    )
    yield remark(
        "001:601",
        topic,
        "alpha is brightness",
        "wrong",
        "alpha is opacity; that the filter then is one channel deeper is right",
        f"{Conv2D(1, 3, use_bias=False).weights_formula((32, 32, 4)).split(' ')[0]} per filter",
    )
    shapes = {(3, 5, 7), (4, 2, 3), (16, 3, 3)}
    yield holds(
        "001:615",
        topic,
        "C_out filters of C_in x K_H x K_W, and C_out biases",
        all(
            weights(Conv2D(8, (rows, columns)), 32, 32, channels)
            == 8 * channels * rows * columns + 8
            for channels, rows, columns in shapes
        ),
        f"tried on {len(shapes)} shapes",
    )
    yield remark(
        "001:404",
        topic,
        "depth, stride and padding decide the size",
        "dubious",
        "the size of the kernel, and its dilation, are missing",
        f"28 pixels, kernels of 3 and 5: {side(28, 3)} and {side(28, 5)}",
    )
    yield remark(
        "003:20",
        topic,
        "a kernel is deeper than an image",
        "dubious",
        "exactly as deep as its input",
        net("lab_cnn").row("conv2").formula,
    )


def _receptive_fields() -> Iterator[Finding]:
    topic = "receptive field"
    known = {
        "VGG-16": net("vgg16").row("block5_pool"),
        "ResNet-50": net("resnet50").row("conv5_block3_out"),
        "MobileNetV2": net("mobilenet_v2").row("out_relu"),
    }
    fields = ", ".join(f"{name} {row.receptive_field}" for name, row in known.items())
    yield remark(
        "001:447",
        topic,
        "too large a receptive field overfits",
        "dubious",
        "the usual networks see nearly all of the image, or more",
        f"{fields} pixels, of 224",
    )
    yield cases(
        "001:461",
        topic,
        "a kernel of K sees K x K",
        {f"K = {k}": seen((k, 1)) == k for k in (1, 3, 5, 7)},
    )
    formula = {
        f"{layers} of {kernel}x{kernel}": seen(*[(kernel, 1)] * layers) == 1 + layers * (kernel - 1)
        for layers, kernel in ((2, 3), (3, 3), (4, 5))
    }
    strided = seen((3, 2), (3, 2)) == 1 + 2 * 2
    yield cases(
        "001:462", topic, "L layers see 1 + L (K - 1)", {**formula, "two of stride 2": strided}
    )
    yield number(
        "001:477", topic, "side that two 3x3 see, as one 5x5 does", "5", seen((3, 1), (3, 1))
    )

    def two_and_one(inputs: int, filters: int) -> tuple[int, int]:
        two = weights(Conv2D(filters, 3), 32, 32, inputs) + weights(
            Conv2D(filters, 3), 32, 32, filters
        )
        return two, weights(Conv2D(filters, 5), 32, 32, inputs)

    pairs = {"64 -> 64 channels": two_and_one(64, 64), "3 -> 64 channels": two_and_one(3, 64)}
    yield cases(
        "001:479",
        topic,
        "two 3x3 have fewer weights than one 5x5",
        {name: two < one for name, (two, one) in pairs.items()},
        "; ".join(f"{name}: {two:,} and {one:,}" for name, (two, one) in pairs.items()),
    )
    yield remark(
        "001:521",
        topic,
        "with a larger stride the filter covers more of the input",
        "dubious",
        "its own field stays; what later layers add is multiplied",
        f"3x3, strides of 1, 2 and 3: {seen((3, 1))}, {seen((3, 2))}, {seen((3, 3))}; "
        f"with a 3x3 behind: {seen((3, 1), (3, 1))}, {seen((3, 2), (3, 1))}, "
        f"{seen((3, 3), (3, 1))}",
    )


def _sizes() -> Iterator[Finding]:
    topic = "output size"
    sizes = [32]
    while sizes[-1] >= 5:
        sizes.append(side(sizes[-1], 5))
    chain = " -> ".join(map(str, sizes))
    yield number("001:539", topic, "side after one 5x5 on 32", "28", sizes[1])
    yield number("001:539", topic, "side after two", "24", sizes[2])
    yield holds("001:539", topic, "it shrinks away", sizes[-1] < 5, chain)
    yield number("001:557", topic, "side: 3x3 on 7, padding 1", "7", side(7, 3, pad=1))
    keeps = {f"F = {f}": _keeps(f, (f - 1) // 2) for f in (3, 5, 7, 2, 4)}
    yield cases("001:560", topic, "padding of (F - 1)/2 keeps the size", keeps)
    for where, kernel, printed in (("001:562", 3, "1"), ("001:564", 5, "2"), ("001:566", 7, "3")):
        pad = next(p for p in range(kernel) if _keeps(kernel, p))
        yield number(where, topic, f"padding that keeps the size for F = {kernel}", printed, pad)
    yield number("001:577", topic, "side: 3x3 on 7, stride 2", "3", side(7, 3, 2))
    for where, statement in (
        ("001:621", "size = (H - K + 2P) / S + 1"),
        ("003:28", "size = (W - F + 2P) / S + 1"),
    ):
        tried = {"28, F 5, S 1, P 2": (28, 5, 1, 2), "224, F 7, S 2, P 3": (224, 7, 2, 3)}
        yield _without_floor(where, statement, tried)
    tried = {"28, F 2, S 2": (28, 2, 2, 0), "56, F 3, S 2": (56, 3, 2, 0)}
    yield _without_floor("003:50", "pooling: size = (W - F) / S + 1", tried)
    same = {f"K = {k}": _keeps(k, (k - 1) // 2) for k in (1, 3, 5, 2)}
    yield cases("001:628", topic, "P = (K - 1) / 2 is 'same' padding", same)
    for where, kernel, pad in (("001:632", 3, 1), ("001:634", 5, 2), ("001:636", 1, 0)):
        yield number(
            where, topic, f"side: K = {kernel}, P = {pad} on 224", "224", side(224, kernel, pad=pad)
        )
    halves = {
        "an even size (224)": side(224, 3, 2, 1) == 224 / 2,
        "an odd size (7)": side(7, 3, 2, 1) == 7 / 2,
    }
    yield cases(
        "001:639",
        topic,
        "K = 3, P = 1, S = 2 halves the size",
        halves,
        f"224 -> {side(224, 3, 2, 1)}, 7 -> {side(7, 3, 2, 1)}, rounding down",
    )


def _keeps(kernel: int, pad: int) -> bool:
    try:
        return side(32, kernel, pad=pad) == 32
    except CostError:
        return False


def _without_floor(
    where: str, statement: str, tried: dict[str, tuple[int, int, int, int]]
) -> Finding:
    """Try a formula as printed, without rounding down."""
    as_printed = {name: (n - k + 2 * p) / s + 1 for name, (n, k, s, p) in tried.items()}
    true = {name: side(n, k, s, p) for name, (n, k, s, p) in tried.items()}
    return cases(
        where,
        "output size",
        statement,
        {name: as_printed[name] == true[name] for name in tried},
        "; ".join(f"{name}: {as_printed[name]:g}, really {true[name]}" for name in tried),
    )


def _pooling() -> Iterator[Finding]:
    topic = "pooling"
    pooled, bare = net("lab_cnn"), zoo.lab_cnn(pooling=None)
    heads = pooled.row("fc").params, bare.row("fc").params
    convs = pooled.row("conv2").params, bare.row("conv2").params
    for where in ("001:648", "003:42"):
        yield cases(
            where,
            topic,
            "pooling saves weights",
            {"a dense layer behind it": heads[0] < heads[1], "a convolution": convs[0] < convs[1]},
            f"dense {heads[0]:,} instead of {heads[1]:,}; convolution {convs[0]:,} either way",
        )
    spot, moved = [0, 1, 0, 0], [0, 0, 1, 0]
    yield remark(
        "001:649",
        topic,
        "a small shift does not change what pooling gives",
        "dubious",
        "only a shift inside one window leaves the maximum as it is",
        f"{spot} -> {_max_of_two(spot)}, {moved} -> {_max_of_two(moved)}",
    )
    yield remark(
        "001:650",
        topic,
        "pooling makes the image almost scale invariant, in other words equivariant",
        "wrong",
        "equivariant is not invariant, and pooling forgives small shifts, not changes of scale",
    )
    before, after = 28 * 28, side(28, 2, 2) ** 2
    yield number(
        "001:655", topic, "values thrown away by 2x2, stride 2", "75%", 100 * (1 - after / before)
    )


def _max_of_two(values: list[int]) -> list[int]:
    return [max(values[at : at + 2]) for at in range(0, len(values), 2)]


def _activations() -> Iterator[Finding]:
    topic = "activations"
    samples = [x / 4 for x in range(-20, 21)]
    relu = [max(0.0, x) for x in samples]
    for where in ("001:347", "003:67"):
        yield holds(
            where,
            topic,
            "ReLU is the larger of x and zero",
            all(y == (x if x > 0 else 0) for x, y in zip(samples, relu, strict=True)),
            f"at {len(samples)} points",
        )
    slopes = {x: (max(0.0, x + 1e-6) - max(0.0, x - 1e-6)) / 2e-6 for x in samples if x}
    yield holds(
        "001:379",
        topic,
        "ReLU's slope is 1 where x is positive",
        all(abs(slope - (x > 0)) < 1e-6 for x, slope in slopes.items()),
        "0 where x is negative, so a unit may stop to learn",
    )
    sigmoid = [1 / (1 + exp(-x)) for x in samples]
    yield holds(
        "003:65",
        topic,
        "the sigmoid lies between 0 and 1",
        all(0 < y < 1 for y in sigmoid),
        f"{min(sigmoid):.4f} to {max(sigmoid):.4f}, at zero {1 / (1 + exp(0)):g}",
    )
    yield remark(
        "003:66",
        topic,
        "tanh takes values from -1 to 1, both included",
        "loose",
        "it comes near its bounds and never reaches them, but for rounding",
        f"tanh(3) = {tanh(3):.4f}, tanh(20) = {tanh(20):g} in double precision",
    )


def _lab() -> Iterator[Finding]:
    topic = "the lab's CNN"
    lab = net("lab_cnn")
    kinds = ("Conv2D", "MaxPooling2D", "Dense")
    layers = [row.kind for row in lab.rows if row.kind in kinds]
    yield remark(
        "003:12",
        topic,
        "a CNN has three layers",
        "loose",
        "kinds of layers, not layers",
        f"{len(set(layers))} kinds, {len(layers)} layers in the lab's own network",
    )
    for where, printed, name in (
        ("003:97", "(28 - 5 + 2(2)) / 1 + 1 = 28", "conv1"),
        ("003:113", "(28 - 2) / 2 + 1 = 14", "pool1"),
        ("003:130", "(14 - 5 + 2(2)) / 1 + 1 = 14", "conv2"),
        ("003:146", "(14 - 2) / 2 + 1 = 7", "pool2"),
    ):
        yield equation(where, topic, f"side of {name}", printed, lab.row(name).output_shape[0])
    flat = lab.row("flatten").output_shape[0]
    yield number("003:155", topic, "inputs of the dense layer", "7 x 7 x 32", flat)
    for statement, names, factor in (
        ("5x5 with padding 2 keeps the size", ("conv1", "conv2"), 1),
        ("2x2 with stride 2 halves it", ("pool1", "pool2"), 2),
    ):
        sizes = [(lab.row(n).input_shapes[0][0], lab.row(n).output_shape[0]) for n in names]
        yield holds(
            "003:83",
            topic,
            statement,
            all(before == factor * after for before, after in sizes),
            ", ".join(f"{before} -> {after}" for before, after in sizes),
        )
