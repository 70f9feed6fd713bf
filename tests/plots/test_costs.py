"""Volumes, costs and connections: what is drawn is what the rows say, and it fits the slide."""

from itertools import combinations

import pytest

from course_utils.costs import Dense, Flatten, Network, Opaque, zoo
from course_utils.plots import connection_table, cost_bars, volume_diagram

FAMOUS = {"AlexNet": zoo.alexnet(), "VGG-16": zoo.vgg16()}
NETWORKS = [zoo.lenet5(), zoo.lenet5_1998(), *FAMOUS.values()]
LAYERS = [Opaque("Mystery", (4, 4, 2), name="mystery"), Flatten(name="flatten"), Dense(3, name="f")]
ODD = Network("odd", (4, 4, 2), LAYERS)


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.name)
def test_every_layer_of_a_diagram_has_its_name_and_shape_where_nothing_else_is(
    network, boxes_of, texts_of, said
):
    fig = volume_diagram(network)
    words = [" ".join(text.split()) for text in texts_of(fig)]
    for row in network.rows:
        size = " × ".join(f"{side:,}" for side in row.output_shape)
        assert f"{row.name} {size}" in words
    volumes = 1 + sum(len(row.output_shape) == 3 for row in network.rows)
    bars = sum(len(row.output_shape) == 1 for row in network.rows)
    assert len(fig.axes[0].patches) == 3 * volumes + bars  # a box has three faces
    assert tuple(fig.get_size_inches() * fig.dpi) == pytest.approx((1280, 720))
    boxes = [(words, box.padded(-1)) for words, box in boxes_of(fig)]
    assert not [(a, b) for (a, box), (b, other) in combinations(boxes, 2) if box.overlaps(other)]
    said(fig)


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.name)
def test_cost_bars_are_as_long_as_the_rows_say_and_have_units(network, drawn):
    fig = cost_bars(network)
    for ax, quantity in zip(fig.axes, ("activation_bytes", "params", "macs"), strict=True):
        values = [getattr(row, quantity) for row in network.rows]
        widths = [patch.get_width() for patch in ax.patches]
        scale = max(values) / max(widths)
        assert widths == pytest.approx([value / scale for value in values])
    drawn(fig)


def test_unknown_costs_say_so_and_make_a_total_partial(drawn):
    drawn(cost_bars(ODD, "macs"))
    drawn(cost_bars({"odd": ODD, "LeNet-5": zoo.lenet5()}, "macs"))


@pytest.mark.parametrize("quantity", ["activation_bytes", "params", "macs"])
def test_several_networks_are_drawn_on_one_scale(quantity, drawn):
    fig = cost_bars(FAMOUS, quantity)
    assert len({ax.get_xlim() for ax in fig.axes}) == 1
    drawn(fig)


def test_the_connection_table_of_1998(drawn):
    connections = zoo.lenet5_1998().row("c3").layer.connections
    fig = connection_table(connections, title="C3")
    (image,) = fig.axes[0].images
    assert (~image.get_array().mask).sum() == sum(map(len, connections))
    drawn(fig)
