"""AlexNet, VGG and GoogLeNet, as the deck (notes 001) tells it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from math import prod

from course_utils.costs import zoo
from course_utils.costs.layers import Dense
from course_utils.costs.published.claims.record import (
    cases,
    equation,
    holds,
    net,
    number,
    remark,
    rows_of,
    share,
    total,
)
from course_utils.costs.published.counting import operations
from course_utils.costs.published.findings import Finding
from course_utils.costs.published.judging import Reading
from course_utils.costs.published.tables import table, up_to
from course_utils.costs.windows import Conv2D


def claims() -> Iterator[Finding]:
    """Yield every statement about the famous networks that is not in a table."""
    yield from _alexnet()
    yield from _vgg()
    yield from _googlenet()
    yield from _inception()
    yield from _batch_norm()
    yield from _stem_and_head()


def _alexnet() -> Iterator[Finding]:
    topic = "AlexNet"
    alexnet = net("alexnet")
    convs, dense = rows_of(alexnet, "Conv2D"), rows_of(alexnet, "Dense")
    lenet = net("lenet5")
    yield holds(
        "001:773",
        topic,
        "built like LeNet-5: convolutions, then dense layers",
        len(dense) == len(rows_of(lenet, "Dense")) and len(convs) > len(rows_of(lenet, "Conv2D")),
        f"{len(convs)} convolutions and {len(dense)} dense layers",
    )
    memory = alexnet.totals.activation_bytes
    early = total(convs[:2], lambda row: row.activation_bytes)
    yield holds(
        "001:811",
        topic,
        "most memory is in the early convolutions",
        early > memory / 2,
        f"{share(early / 1024, memory / 1024)} (KiB, first two)",
    )
    in_dense = total(dense, lambda row: row.params)
    yield holds(
        "001:818",
        topic,
        "nearly all weights are in the dense layers",
        in_dense > 0.9 * alexnet.totals.params,
        share(in_dense, alexnet.totals.params),
    )
    work = total(convs, lambda row: row.macs)
    yield holds(
        "001:825",
        topic,
        "most operations are in the convolutions",
        work > alexnet.totals.macs / 2,
        share(work, alexnet.totals.macs),
    )
    pooled = [
        first.name
        for first, second in pairwise(alexnet.rows)
        if first.kind == "Conv2D" and second.kind == "MaxPooling2D"
    ]
    yield holds(
        "002:125",
        topic,
        "some convolutions are followed by a max pooling",
        0 < len(pooled) < len(convs),
        f"{', '.join(pooled)}: {len(pooled)} of {len(convs)}",
    )
    yield holds(
        "002:126",
        topic,
        "dense layers before the softmax",
        [row.kind for row in alexnet.rows[-3:]] == ["Dense"] * 3,
        ", ".join(str(row.output_shape[0]) for row in dense),
    )
    field = net("alexnet_paper").row("conv5").receptive_field
    yield remark(
        "004:83",
        topic,
        "the upper convolutions see parts of objects, such as faces and wheels",
        "true",
        "which fits what they can see",
        f"conv5 sees {field} of {alexnet.inputs['input'][0]} pixels",
    )


def _vgg() -> Iterator[Finding]:
    topic = "VGG"
    vgg = net("vgg16")
    convs, pools = rows_of(vgg, "Conv2D"), rows_of(vgg, "MaxPooling2D")
    alike = all(
        isinstance(row.layer, Conv2D)
        and row.layer.window() == ((3, 3), (1, 1), (1, 1))
        and row.layer.pads(row.input_shapes[0]) == ((1, 1), (1, 1))
        for row in convs
    )
    yield holds(
        "001:835",
        topic,
        "all convolutions are 3x3, stride 1, pad 1",
        alike,
        f"{len(convs)} of them",
    )
    halving = all(row.layer.window()[:2] == ((2, 2), (2, 2)) for row in pools)  # type: ignore[attr-defined]
    yield holds(
        "001:836", topic, "all poolings are 2x2, stride 2", halving, f"{len(pools)} of them"
    )
    depths = [row.output_shape[2] for row in pools]
    yield cases(
        "001:837",
        topic,
        "the channels double behind each pooling",
        {
            f"stage {at}": after == 2 * before
            for at, (before, after) in enumerate(pairwise(depths), start=2)
        },
        ", ".join(map(str, depths)),
    )
    yield number("001:838", topic, "stages", "5", len(pools))
    third, fourth = (
        [
            sum(row.name.startswith(f"block{stage}_conv") for row in net(name).rows)
            for name in ("vgg16", "vgg19")
        ]
        for stage in (3, 4)
    )
    yield number("001:841", topic, "convolutions in stage 3", "2", third[0])
    yield holds(
        "001:842",
        topic,
        "stage 4 has three convolutions, or four",
        fourth == [3, 4],
        f"VGG-16 {fourth[0]}, VGG-19 {fourth[1]}",
    )
    listed = [row for row in vgg.rows if row.kind != "Flatten"]
    values = sum(map(prod, vgg.inputs.values())) + sum(prod(row.output_shape) for row in listed)
    early = sum(prod(row.output_shape) for row in convs[:4])
    yield holds(
        "001:895",
        topic,
        "most memory is in the early layers",
        early > values / 2,
        share(early, values),
    )
    dense = total(rows_of(vgg, "Dense"), lambda row: row.params)
    yield holds(
        "001:898",
        topic,
        "most weights are in the late dense layers",
        dense > vgg.totals.params / 2,
        share(dense, vgg.totals.params),
    )
    yield equation("001:900", topic, "24M values of 4 bytes, in MB", "24 * 4 = 96", 24 * 4)
    megabytes = Fraction(4 * values, 10**6)
    yield number("001:900", topic, "memory of the listed values, in MB", "96", megabytes)
    yield remark(
        "001:900",
        topic,
        "the backward pass doubles the memory",
        "dubious",
        "an order of magnitude: every image of the batch counts, and gradients and the optimizer's "
        "values come on top",
        f"weights {4 * vgg.totals.params / 1e6:.0f} MB, "
        f"outputs of one image {float(megabytes):.0f} MB",
    )


def _googlenet() -> Iterator[Finding]:
    topic = "GoogLeNet"
    network = net("googlenet")
    params, alexnet = network.totals.params, net("alexnet").totals.params
    depth = dict.fromkeys(network.inputs, 0)
    for row, sources in zip(network.rows, network.sources, strict=True):
        depth[row.name] = max(depth[source] for source in sources) + bool(row.params)
    yield number(
        "001:938", topic, "layers with weights, one behind the other", "22", depth["predictions"]
    )
    dense = rows_of(network, "Dense")
    for where, statement in (("001:940", "no dense layers"), ("001:1104", "dense layers can go")):
        yield remark(
            where,
            topic,
            statement,
            "contradiction",
            "the deck's own table of the head has one; large ones are meant",
            f"{dense[0].params:,} weights in {len(dense)} dense layer",
        )
    paper = net("alexnet_paper").totals.params
    yield number(
        "001:941",
        topic,
        "weights",
        "5M",
        params,
        Reading(Fraction(paper, 12), "dividing AlexNet's by the paper's factor of 12", slip=True),
    )
    yield number(
        "001:942",
        topic,
        "times fewer weights than AlexNet",
        "12x",
        Fraction(alexnet, params),
        Reading(Fraction(alexnet, 5 * 10**6), "taking the 5 million for granted", slip=True),
    )
    norms = len(rows_of(network, "BatchNormalization"))
    local = len(rows_of(network, "LocalResponseNormalization"))
    for where, statement in (
        ("001:959", "batch normalisation is one of its features"),
        ("001:961", "each layer's input is batch-normalised"),
    ):
        yield holds(
            where,
            topic,
            statement,
            norms > 0,
            f"{norms} batch normalisations, {local} local response normalisations",
            "it came with BN-Inception, a year later",
        )
    yield remark(
        "001:1092",
        topic,
        "Inception-v1 is without batch normalisation",
        "contradiction",
        "right, and against the deck's list of features",
        f"{norms} batch normalisations",
    )
    widths = [row.output_shape[2] for row in rows_of(network, "Concatenate")]
    yield number("001:1103", topic, "filters of the narrowest module", "256", min(widths))
    yield number("001:1103", topic, "filters of the widest module", "1024", max(widths))
    training = zoo.googlenet(auxiliary=True)
    heads = [
        [row.kind for row in training.rows if row.name.startswith(f"aux_{module}")]
        for module in ("4a", "4d")
    ]
    yield holds(
        "001:1158",
        topic,
        "an auxiliary head is global pooling, one dense layer and softmax",
        all("GlobalAveragePooling2D" in kinds and kinds.count("Dense") == 1 for kinds in heads),
        ", ".join(heads[0]),
        f"{training.row('aux_4a_fc').params:,} weights in the first dense layer alone",
    )
    yield remark(
        "001:1159",
        topic,
        "the auxiliary heads raise the accuracy by several points",
        "dubious",
        "no source is given; the paper puts their effect near half a point",
    )


def _inception() -> Iterator[Finding]:
    topic = "Inception module"
    one, dense = Conv2D(64, 1), Dense(64)
    shape = (28, 28, 256)
    yield holds(
        "001:990",
        topic,
        "a 1x1 convolution is a dense layer at every pixel",
        one.weights(shape) == dense.weights(shape) and one.macs(shape) == dense.macs(shape),
        f"{sum(one.weights(shape)):,} weights, {one.macs(shape):,} multiply-adds either way",
    )
    module, (naive,) = net("inception_module"), table("inception_naive").networks
    pool = module.row("pool")
    yield holds(
        "001:1010",
        topic,
        "the pooling in the module makes the image smaller",
        pool.output_shape[0] < pool.input_shapes[0][0],
        f"{pool.input_shapes[0][0]} -> {pool.output_shape[0]}, stride 1",
        "else the branches could not be stacked",
    )
    deep, input_depth = naive.row("output").output_shape[2], shape[2]
    yield holds(
        "001:1040",
        topic,
        "without bottlenecks the depth can only grow",
        deep > input_depth,
        f"{input_depth} -> {deep}",
    )
    narrow = module.row("output").output_shape[2]
    yield holds(
        "001:1063",
        topic,
        "a bottleneck behind the pooling reduces the depth",
        narrow < deep,
        f"{narrow} instead of {deep}",
    )
    saving = naive.totals.macs / module.totals.macs
    yield number("001:1072", topic, "operations of the naive module", "854M", naive.totals.macs)
    yield holds(
        "001:1062", topic, "the bottlenecks save work", saving > 1, f"{saving:.2f} times less"
    )


def _batch_norm() -> Iterator[Finding]:
    topic = "batch normalisation"
    base = Fraction("0.0015")
    yield number("001:1094", topic, "five times the learning rate of 0.0015", "0.0075", 5 * base)
    yield number("001:1095", topic, "thirty times", "0.045", 30 * base)
    without = {
        name: len(rows_of(net(key), "BatchNormalization"))
        for name, key in (("VGG-16", "vgg16"), ("VGG-19", "vgg19"), ("GoogLeNet", "googlenet"))
    }
    yield remark(
        "001:1196",
        topic,
        "it is what lets us train networks of more than ten layers",
        "dubious",
        "deeper ones were trained without it",
        ", ".join(f"{name}: {count} of them" for name, count in without.items()),
    )


def _stem_and_head() -> Iterator[Finding]:
    topic = "GoogLeNet's stem and head"
    network, vgg = net("googlenet"), net("vgg16")
    stem = [row.kind for row in up_to(network, "pool2").rows if "Normalization" not in row.kind]
    expected = ["Conv2D", "MaxPooling2D", "Conv2D", "Conv2D", "MaxPooling2D"]
    side = network.row("pool2").output_shape[0]
    yield holds(
        "001:1112",
        topic,
        "the stem is conv-pool-conv-conv-pool",
        stem == expected,
        f"{network.inputs['input'][0]} -> {side}",
    )
    start = up_to(vgg, "block3_pool").totals.macs
    yield holds(
        "001:1120",
        topic,
        "in VGG-16 most of the work was at the start",
        start > vgg.totals.macs / 2,
        f"{share(start, vgg.totals.macs)} multiply-adds down to 28 pixels",
    )
    flat = prod(network.row("inception_5b_output").output_shape) * 1000
    pooled = network.row("avg_pool").params
    yield holds(
        "001:1167",
        topic,
        "global average pooling replaces expensive dense layers",
        pooled == 0,
        f"{pooled} weights; flattening first would need {flat:,}",
    )
    own = sum(operations(row) for row in up_to(network, "pool2").rows)
    theirs = sum(operations(row) for row in up_to(vgg, "block3_pool").rows)
    yield holds(
        "001:1376",
        topic,
        "GoogLeNet aims at efficiency",
        own < theirs and network.totals.macs < vgg.totals.macs,
        f"to 28 pixels {own / 1e6:,.0f} against {theirs / 1e6:,.0f} MFLOP; "
        f"all {network.totals.macs / 1e9:.2f} against {vgg.totals.macs / 1e9:.2f} GFLOP",
    )
