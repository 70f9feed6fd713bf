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
def test_cost_bars_are_as_long_as_the_rows_say(network, texts_of, said):
    fig = cost_bars(network)
    assert len(fig.axes) == 3
    for ax, quantity in zip(fig.axes, ("activation_bytes", "params", "macs"), strict=True):
        values = [getattr(row, quantity) for row in network.rows]
        widths = [patch.get_width() for patch in ax.patches]
        scale = max(values) / max(widths)
        assert widths == pytest.approx([value / scale for value in values])
    labels = [tick.get_text() for tick in fig.axes[0].get_yticklabels()]
    assert labels == [row.name for row in network.rows]
    assert texts_of(fig)
    said(fig)


def test_cost_bars_name_their_units_and_write_small_counts_in_full(texts_of):
    fig = cost_bars(zoo.lenet5())
    units = [ax.get_xlabel() for ax in fig.axes]
    assert units == ["activations [KiB]", "weights", "multiply-adds"]
    assert {"48,120", "240,000"} <= set(texts_of(fig))
    units = [ax.get_xlabel() for ax in cost_bars(zoo.vgg16()).axes]
    assert units == ["activations [MiB]", "weights [million]", "multiply-adds [million]"]


def test_unknown_costs_say_so_and_make_a_total_partial(texts_of, said):
    alone = cost_bars(ODD, "macs")
    assert "unknown" in texts_of(alone)
    said(alone)
    said(cost_bars({"odd": ODD, "LeNet-5": zoo.lenet5()}, "macs"))


@pytest.mark.parametrize("quantity", ["activation_bytes", "params", "macs"])
def test_several_networks_are_drawn_on_one_scale(quantity, texts_of, said):
    fig = cost_bars(FAMOUS, quantity)
    assert len(fig.axes) == len(FAMOUS)
    assert len({ax.get_xlim() for ax in fig.axes}) == 1
    scales = set()
    for ax, network in zip(fig.axes, FAMOUS.values(), strict=True):
        rows = [row for row in network.rows if row.kind != "Flatten"]
        assert [tick.get_text() for tick in ax.get_yticklabels()] == [row.name for row in rows]
        widths = [patch.get_width() for patch in ax.patches]
        values = [getattr(row, quantity) for row in rows]
        scales.add(round(max(values) / max(widths)))
        assert widths == pytest.approx([value * max(widths) / max(values) for value in values])
    assert len(scales) == 1
    if quantity == "params":
        assert fig.axes[0].get_xlabel() == "weights [million]"
        titles = [ax.get_title() for ax in fig.axes]
        assert titles == ["AlexNet: 61.1 million", "VGG-16: 138.4 million"]
    (legend,) = fig.legends
    assert [text.get_text() for text in legend.get_texts()] == ["convolution", "pooling", "dense"]
    assert texts_of(fig)
    said(fig)


def test_the_connection_table_of_1998(texts_of, said):
    connections = zoo.lenet5_1998().row("c3").layer.connections
    fig = connection_table(connections, title="C3")
    (image,) = fig.axes[0].images
    assert (~image.get_array().mask).sum() == sum(map(len, connections))
    assert texts_of(fig)
    said(fig)
