"""Volumes, costs and connections: what is drawn is what the rows say, and it fits the slide."""

from itertools import combinations

import pytest

from course_utils.costs import Activation, Dense, Flatten, Network, Opaque, zoo
from course_utils.plots import connection_table, cost_bars, volume_diagram

FAMOUS = {"AlexNet": zoo.alexnet(), "VGG-16": zoo.vgg16()}
NETWORKS = [zoo.lenet5(), zoo.lenet5_1998(), zoo.lab_cnn(), zoo.alexnet(), zoo.vgg16(), zoo.vgg19()]


def by_name(network: Network) -> str:
    return network.name


@pytest.mark.parametrize("network", NETWORKS, ids=by_name)
def test_every_layer_of_a_diagram_has_its_name_and_shape(network, texts_of):
    fig = volume_diagram(network)
    words = [" ".join(text.split()) for text in texts_of(fig)]
    for row in network.rows:
        size = " × ".join(f"{side:,}" for side in row.output_shape)
        assert f"{row.name} {size}" in words


@pytest.mark.parametrize("network", NETWORKS, ids=by_name)
def test_a_diagram_fits_its_slide_and_no_two_labels_overlap(network, boxes_of, texts_of):
    fig = volume_diagram(network)
    assert tuple(fig.get_size_inches() * fig.dpi) == pytest.approx((1280, 720))
    boxes = [(words, box.padded(-1)) for words, box in boxes_of(fig)]
    assert not [(a, b) for (a, box), (b, other) in combinations(boxes, 2) if box.overlaps(other)]
    assert texts_of(fig)


def test_a_diagram_has_a_box_of_three_faces_or_one_bar_per_layer():
    network = zoo.lenet5()
    (ax,) = volume_diagram(network).axes
    volumes = 1 + sum(len(row.output_shape) == 3 for row in network.rows)
    bars = sum(len(row.output_shape) == 1 for row in network.rows)
    assert len(ax.patches) == 3 * volumes + bars


def test_a_diagram_describes_itself():
    alt = volume_diagram(zoo.lenet5()).get_label()
    assert alt.startswith("Structure of LeNet-5 as taught: input 32 x 32 x 1, conv1 28 x 28 x 6, ")
    assert alt.endswith("fc3 10.")


def test_too_many_layers_for_a_slide_are_refused_with_advice():
    endless = Network(
        "endless", (8, 8, 1), [Activation("relu", name=f"relu{i}") for i in range(60)]
    )
    with pytest.raises(ValueError, match=r"60 layers are too many .* cost_bars"):
        volume_diagram(endless)


@pytest.mark.parametrize("network", NETWORKS, ids=by_name)
def test_cost_bars_are_as_long_as_the_rows_say(network, texts_of):
    fig = cost_bars(network)
    assert len(fig.axes) == 3
    for ax, quantity in zip(fig.axes, ("activation_bytes", "params", "macs"), strict=True):
        values = [getattr(row, quantity) for row in network.rows]
        widths = [patch.get_width() for patch in ax.patches]
        assert len(widths) == len(values)
        scale = max(values) / max(widths)
        assert widths == pytest.approx([value / scale for value in values])
    labels = [tick.get_text() for tick in fig.axes[0].get_yticklabels()]
    assert labels == [row.name for row in network.rows]
    assert texts_of(fig)


def test_cost_bars_name_their_units_and_write_small_counts_in_full(texts_of):
    fig = cost_bars(zoo.lenet5())
    units = [ax.get_xlabel() for ax in fig.axes]
    assert units == ["activations [KiB]", "weights", "multiply-adds"]
    assert {"48,120", "240,000"} <= set(texts_of(fig))
    units = [ax.get_xlabel() for ax in cost_bars(zoo.vgg16()).axes]
    assert units == ["activations [MiB]", "weights [million]", "multiply-adds [million]"]


def test_unknown_costs_say_so(texts_of):
    mystery = Opaque("Mystery", (4, 4, 2), name="mystery")
    network = Network("odd", (4, 4, 2), [mystery, Flatten(name="flatten"), Dense(3, name="fc")])
    assert "unknown" in texts_of(cost_bars(network, "macs"))


def test_an_unknown_quantity_is_named():
    with pytest.raises(ValueError, match="'wieghts' is not a column"):
        cost_bars(zoo.lenet5(), quantities=["wieghts"])


def test_the_connection_table_of_1998(texts_of):
    connections = zoo.lenet5_1998().row("c3").layer.connections
    fig = connection_table(connections, title="C3")
    pairs = sum(map(len, connections))
    assert f"{pairs} of {6 * 16} squares filled" in fig.get_label()
    (image,) = fig.axes[0].images
    assert (~image.get_array().mask).sum() == pairs
    assert texts_of(fig)


def test_an_empty_connection_table_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        connection_table([[], []])


@pytest.mark.parametrize("quantity", ["activation_bytes", "params", "macs"])
def test_several_networks_are_drawn_on_one_scale(quantity, texts_of):
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
    assert texts_of(fig)


def test_totals_are_written_above_and_said():
    fig = cost_bars(FAMOUS, "params")
    assert [ax.get_title() for ax in fig.axes] == [
        "AlexNet: 61.1 million",
        "VGG-16: 138.4 million",
    ]
    assert "VGG-16 138.4 million, most in fc1, 102.8" in fig.get_label()
    assert fig.axes[0].get_xlabel() == "weights [million]"


def test_colours_are_explained():
    (legend,) = cost_bars(FAMOUS, "macs").legends
    assert [text.get_text() for text in legend.get_texts()] == ["convolution", "pooling", "dense"]


def test_unknown_costs_make_a_total_partial():
    layers = [Opaque("Mystery", (4, 4, 2)), Flatten(), Dense(3)]
    nets = {"odd": Network("odd", (4, 4, 2), layers), "LeNet-5": zoo.lenet5()}
    assert "odd at least 96, most in" in cost_bars(nets, "macs").get_label()
