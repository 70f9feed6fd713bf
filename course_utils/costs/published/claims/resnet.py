"""ResNet and what came after, as the deck (notes 001) tells it."""

from __future__ import annotations

from collections.abc import Iterator

from course_utils.costs.published.claims.record import (
    cases,
    differs,
    holds,
    net,
    number,
    remark,
    rows_of,
    total,
)
from course_utils.costs.published.findings import Finding
from course_utils.costs.published.tables import table
from course_utils.costs.windows import Conv2D


def claims() -> Iterator[Finding]:
    """Yield every statement about residual and later networks that is not in a table."""
    yield from _resnet()
    yield from _others()


def _resnet() -> Iterator[Finding]:
    topic = "ResNet"
    nets = {depth: net(f"resnet{depth}") for depth in (18, 34, 50, 101, 152)}
    yield differs("001:1227", topic, "its year", "2016", "2015", "the deck's list of architectures")
    yield remark(
        "001:1257",
        topic,
        "a block computes H(x) - x and gives F(x) = H(x) + x",
        "wrong",
        "the roles are swapped: H is what is wanted, the layers learn F(x) = H(x) - x, and the "
        "block gives F(x) + x",
    )
    kernels = {
        f"ResNet-{depth}": [
            row.layer.window()[0][0]  # type: ignore[attr-defined]
            for row in network.rows
            if row.name.startswith("conv2_block2") and row.kind == "Conv2D"
        ]
        for depth, network in nets.items()
    }
    yield cases(
        "001:1268",
        topic,
        "a block has two 3x3 convolutions",
        {name: found == [3, 3] for name, found in kernels.items()},
        "; ".join(f"{name} {found}" for name, found in list(kernels.items())[1:3]),
    )
    stages = {}
    for stage in (1, 2, 3, 4):
        names = [r.name for r in nets[34].rows if r.name.startswith(f"conv{stage + 1}_block1")]
        before = nets[34].row(names[0]).input_shapes[0]
        after = nets[34].row(names[-1]).output_shape
        changed = after[0] * 2 == before[0] and after[2] == 2 * before[2]
        stages[f"stage {stage}"] = changed
    yield cases("001:1269", topic, "a stage begins by halving the size, doubling the depth", stages)

    def of_block(depth: int) -> int:
        rows = [row for row in nets[depth].rows if row.name.startswith("conv2_block2")]
        return total(rows, lambda row: row.macs)

    yield cases(
        "001:1280",
        topic,
        "bottlenecks: more layers, less work",
        {
            "one block": of_block(50) < of_block(34),
            "the whole network": nets[50].totals.macs < nets[34].totals.macs,
        },
        f"a block {of_block(50) / 1e6:.1f} against {of_block(34) / 1e6:.1f} million; "
        f"ResNet-50 {nets[50].totals.macs / 1e9:.2f}, ResNet-34 {nets[34].totals.macs / 1e9:.2f} G",
    )
    over = [depth for depth in nets if depth > 100]
    yield remark(
        "001:1293",
        topic,
        "ResNets often have hundreds of layers",
        "loose",
        "few of them do",
        f"{len(over)} of the {len(nets)} in the deck's table have more than 100, none 200",
    )
    stem = nets[50].inputs["input"][0] // nets[50].row("pool1_pool").output_shape[0]
    yield number("001:1307", topic, "times smaller behind the stem", "4x", stem)
    blocks = {
        depth: [
            sum(
                r.name.startswith(f"conv{n}_") and r.name.endswith("_out") for r in nets[depth].rows
            )
            for n in (2, 3, 4, 5)
        ]
        for depth in (34, 50)
    }
    yield holds(
        "001:1321",
        topic,
        "ResNet-50 has the blocks of ResNet-34, with bottlenecks",
        blocks[34] == blocks[50],
        str(tuple(blocks[50])),
    )
    printed = table("resnet").rows
    errors = [float(record["top5_error"]) for record in printed]
    work = [network.totals.macs for network in nets.values()]
    yield holds(
        "001:1322",
        topic,
        "the deeper ones are more accurate and cost more",
        errors == sorted(errors, reverse=True) and work == sorted(work),
        f"{' > '.join(map(str, errors))} percent; "
        f"{' < '.join(f'{macs / 1e9:.2f}' for macs in work)} GFLOP",
    )
    best = min(printed, key=lambda record: float(record["top5_error"]))["name"]
    yield remark(
        "001:1385",
        topic,
        "for accuracy alone, take ResNet-50 or ResNet-101",
        "dubious",
        "advice of its time, and the deck's own table has a better one",
        best,
    )


def _others() -> Iterator[Finding]:
    topic = "other networks"
    yield remark(
        "001:1338",
        topic,
        "DenseNet is a residual network",
        "wrong",
        "it stacks its branches in depth; nothing is added",
    )
    depthwise = rows_of(net("mobilenet_v2"), "DepthwiseConv2D")
    full = [
        sum(Conv2D(r.output_shape[2], 3, padding="same").weights(*r.input_shapes))
        - r.output_shape[2]
        for r in depthwise
    ]
    own = total(depthwise, lambda row: row.params)
    yield holds(
        "001:1350",
        topic,
        "MobileNet's depthwise separable convolutions save weights",
        own < sum(full),
        f"{len(depthwise)} depthwise layers with {own:,}; full 3x3 there would have {sum(full):,}",
    )
    yield remark(
        "001:1355",
        topic,
        "the Vision Transformer is a CNN",
        "wrong",
        "it is a transformer, as the deck's next line says; only its first step, cutting the image "
        "into patches, equals one convolution with a stride",
    )
    sizes = {
        "VGG-16": net("vgg16").totals.params,
        "ResNet-50": net("resnet50").totals.params,
        "MobileNetV2": net("mobilenet_v2").totals.params,
    }
    megabytes = ", ".join(f"{name} {4 * size / 1e6:,.1f} MB" for name, size in sizes.items())
    yield holds(
        "002:15",
        topic,
        "trained weights are easy to store",
        all(4 * size < 10**9 for size in sizes.values()),
        megabytes,
    )
    many = {"AlexNet": net("alexnet"), "VGG-16": net("vgg16"), "LeNet-5": net("lenet5")}
    yield holds(
        "004:35",
        topic,
        "a CNN can have millions of weights",
        any(network.totals.params > 10**6 for network in many.values()),
        ", ".join(f"{name} {network.totals.params:,}" for name, network in many.items()),
    )
