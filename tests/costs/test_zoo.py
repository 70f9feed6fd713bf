"""GoogLeNet, ResNets and MobileNetV2 as data: published numbers, structure, speed."""

from __future__ import annotations

import pytest

from course_utils.costs import zoo
from tests.costs.networks import NETWORKS


def longest_path(network) -> int:
    """Count the layers with kernels along the longest path; normalisation has none."""
    depth = dict.fromkeys(network.inputs, 0)
    for row, sources in zip(network.rows, network.sources, strict=True):
        depth[row.name] = max(depth[source] for source in sources) + bool(row.macs)
    return depth[network.rows[-1].name]


def test_googlenet_against_its_paper():
    network = zoo.googlenet()
    assert network.totals.params == 6_998_552
    assert zoo.googlenet(auxiliary=True).totals.params == 13_378_280
    assert longest_path(network) == 22
    outputs = [row.output_shape for row in network.rows if row.kind == "Concatenate"]
    assert [shape[2] for shape in outputs] == [256, 480, 512, 512, 512, 528, 832, 832, 1024]
    assert [shape[0] for shape in outputs] == [28, 28, 14, 14, 14, 14, 14, 7, 7]
    kinds = [row.kind for row in network.rows]
    assert kinds.count("LocalResponseNormalization") == 2
    assert kinds.count("BatchNormalization") == 0


def test_rounding_up_gives_googlenet_the_same_sizes():
    padded, ceil_mode = zoo.googlenet(), zoo.googlenet(ceil_mode=True)
    for a, b in zip(padded.rows, ceil_mode.rows, strict=True):
        assert (a.name, a.output_shape, a.params, a.macs, a.receptive_field) == (
            b.name, b.output_shape, b.params, b.macs, b.receptive_field
        )  # fmt: skip
    assert padded.row("pool1").effective_padding != ceil_mode.row("pool1").effective_padding


def test_auxiliary_heads_hang_on_the_fourth_modules():
    network = zoo.googlenet(auxiliary=True)
    assert network.row("aux_4a_pool").output_shape == (4, 4, 512)
    assert network.row("aux_4d_conv").formula == "(1*1*528 + 1) * 128 = 67,712"
    assert network.row("aux_4a_fc").params == 2_098_176
    trunk = {row.name: row for row in zoo.googlenet().rows}
    assert {row.name for row in network.rows} - set(trunk) == {
        row.name for row in network.rows if row.name.startswith("aux_")
    }
    assert all(row.macs == network.row(name).macs for name, row in trunk.items())


def test_inception_modules_of_the_lecture():
    naive, bottleneck = zoo.inception_module(naive=True), zoo.inception_module()
    assert naive.totals.macs == 854_196_224
    assert bottleneck.totals.macs == 271_351_808
    assert {row.name: row.macs for row in bottleneck.rows if row.macs} == {
        "1x1": 25_690_112,
        "3x3_reduce": 12_845_056,
        "3x3": 86_704_128,
        "5x5_reduce": 12_845_056,
        "5x5": 120_422_400,
        "pool_proj": 12_845_056,
    }


@pytest.mark.parametrize(
    ("build", "depth", "macs", "newer", "params"),
    [
        (zoo.resnet18, 18, 1_814_073_344, 1_814_073_344, 11_689_512),
        (zoo.resnet34, 34, 3_663_761_408, 3_663_761_408, 21_797_672),
        (zoo.resnet50, 50, 3_857_973_248, 4_089_184_256, 25_557_032),
        (zoo.resnet101, 101, 7_570_194_432, 7_801_405_440, 44_549_160),
        (zoo.resnet152, 152, 11_282_415_616, 11_513_626_624, 60_192_808),
    ],
)
def test_resnets(build, depth, macs, newer, params):
    network = build()
    assert longest_path(network) == depth
    assert network.totals.macs == macs
    assert build("v1.5").totals.macs == newer
    assert network.totals.trainable_params == params  # as torchvision counts
    assert build("v1.5").totals.params == network.totals.params
    assert [network.row(f"conv{n}_block1_out").output_shape[0] for n in (2, 3, 4, 5)] == [
        56, 28, 14, 7
    ]  # fmt: skip


def test_shortcuts():
    by_projection, by_padding = zoo.resnet34(), zoo.resnet34(shortcut="padding")
    plain = zoo.resnet34(shortcut=None)
    assert by_padding.totals.macs == plain.totals.macs == 3_644_493_824
    assert by_padding.totals.params == plain.totals.params
    projections = [row for row in by_projection.rows if "_0_" in row.name]
    saved = by_projection.totals.params - by_padding.totals.params
    assert saved == sum(row.params for row in projections) > 0
    assert not any(row.kind == "Add" for row in plain.rows)
    assert longest_path(plain) == longest_path(by_padding) == 34
    assert plain.name == "Plain-34"


@pytest.mark.parametrize("depth", [8, 20, 56, 110])
def test_plain_and_residual_nets_cost_the_same(depth):
    plain, residual = zoo.plain(depth), zoo.residual(depth)
    assert longest_path(plain) == longest_path(residual) == depth
    assert plain.totals.macs == residual.totals.macs
    assert plain.totals.params == residual.totals.params


def test_published_sizes_of_the_cifar_nets():
    millions = {depth: zoo.residual(depth).totals.trainable_params / 1e6 for depth in (20, 56, 110)}
    assert {depth: round(size, 2 if depth < 100 else 1) for depth, size in millions.items()} == {
        20: 0.27, 56: 0.85, 110: 1.7
    }  # fmt: skip


@pytest.mark.parametrize("depth", [1, 2, 9, 18, 51])
def test_a_depth_that_cannot_be(depth):
    with pytest.raises(ValueError, match=f"6n . 2.*not {depth}"):
        zoo.plain(depth)


def test_settings_that_cannot_be():
    with pytest.raises(ValueError, match=r"version must be 'v1' or 'v1\.5', not 'v2'"):
        zoo.resnet50("v2")
    with pytest.raises(ValueError, match=r"shortcut must be .* not 'none'"):
        zoo.residual(shortcut="none")


def test_mobilenet_v2():
    network = zoo.mobilenet_v2()
    assert network.totals.params == 3_538_984
    assert network.totals.macs == 300_774_272  # the paper has 300M
    assert network.row("out_relu").receptive_field == 491
    depthwise = [row for row in network.rows if row.kind == "DepthwiseConv2D"]
    assert len(depthwise) == 17
    assert sum(row.params for row in depthwise) == 64_224


@pytest.mark.parametrize("name", NETWORKS)
def test_other_image_sizes(name):
    network = NETWORKS[name]()
    height, width, channels = network.input_shape
    larger = network.at(input_shape=(2 * height, 2 * width, channels))
    assert larger.totals.macs > 3 * network.totals.macs
