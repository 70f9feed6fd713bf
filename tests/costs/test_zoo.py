"""GoogLeNet and ResNets as data. The sizes of the others stand in their examples and ``golden``."""

import pytest

from course_utils.costs import zoo


def longest_path(network):
    """Count the layers with kernels along the longest path; normalisation has none."""
    depth = dict.fromkeys(network.inputs, 0)
    for row, sources in zip(network.rows, network.sources, strict=True):
        depth[row.name] = max(depth[source] for source in sources) + bool(row.macs)
    return depth[network.rows[-1].name]


def test_googlenet_against_its_paper():
    network = zoo.googlenet()
    assert longest_path(network) == 22
    outputs = [row.output_shape for row in network.rows if row.kind == "Concatenate"]
    assert [shape[2] for shape in outputs] == [256, 480, 512, 512, 512, 528, 832, 832, 1024]
    assert [shape[0] for shape in outputs] == [28, 28, 14, 14, 14, 14, 14, 7, 7]


def test_auxiliary_heads_leave_the_trunk_as_it_is():
    trunk = {row.name: row.macs for row in zoo.googlenet().rows}
    rows = {row.name: row.macs for row in zoo.googlenet(auxiliary=True).rows}
    assert trunk == {name: macs for name, macs in rows.items() if not name.startswith("aux_")}


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
    assert (network.totals.macs, build("v1.5").totals.macs) == (macs, newer)
    assert network.totals.trainable_params == params  # as torchvision counts
    assert build("v1.5").totals.params == network.totals.params
    starts = [network.row(f"conv{n}_block1_out").output_shape[0] for n in (2, 3, 4, 5)]
    assert starts == [56, 28, 14, 7]


def test_shortcuts():
    by_projection, by_padding = zoo.resnet34(), zoo.resnet34(shortcut="padding")
    plain = zoo.resnet34(shortcut=None)
    assert by_padding.totals.macs == plain.totals.macs == 3_644_493_824
    assert by_padding.totals.params == plain.totals.params
    saved = by_projection.totals.params - by_padding.totals.params
    assert saved == sum(row.params for row in by_projection.rows if "_0_" in row.name) > 0
    assert not any(row.kind == "Add" for row in plain.rows)
    assert longest_path(plain) == longest_path(by_padding) == 34


@pytest.mark.parametrize(("depth", "millions"), [(8, 0.08), (20, 0.27), (56, 0.85), (110, 1.73)])
def test_plain_and_residual_nets_cost_the_same(depth, millions):
    plain, residual = zoo.plain(depth), zoo.residual(depth)
    assert longest_path(plain) == longest_path(residual) == depth
    assert plain.totals.macs == residual.totals.macs
    assert plain.totals.params == residual.totals.params
    assert round(residual.totals.trainable_params / 1e6, 2) == millions  # the paper's table 6
