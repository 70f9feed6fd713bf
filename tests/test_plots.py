"""Figures: displayed with alternative text, drawn from plain arrays, nothing cut."""

import base64
import io
import re
import subprocess
import sys
from itertools import combinations
from unittest.mock import patch

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.text import Text
from PIL import Image

from course_utils import plots
from course_utils.costs import Activation, Dense, Flatten, Network, Opaque, zoo
from course_utils.plots import (
    confusion_matrix,
    connection_table,
    cost_bars,
    image_grid,
    learning_curves,
    new_figure,
    show,
    volume_diagram,
)
from course_utils.plots import spread as spread_figure

CLOTHES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat")
CLOTHES += ("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")


# --- every text that is drawn, and where ----------------------------------------------------


def drawn_texts(fig):
    """Words and boxes of the texts that are really drawn: no tick beyond the end of its axis."""
    with patch.object(Text, "draw", autospec=True) as draw:
        fig.draw_without_rendering()
    drawn = dict.fromkeys(call.args[0] for call in draw.call_args_list)
    found = [text for text in drawn if text.get_visible() and text.get_text().strip()]
    return [(text.get_text(), text.get_window_extent()) for text in found]


def texts(fig):
    """All words on the figure."""
    return [words for words, _ in drawn_texts(fig)]


def texts_off_the_page(fig):
    """Texts that the figure's edge cuts."""
    return [
        words
        for words, box in drawn_texts(fig)
        if box.x0 < 0 or box.y0 < 0 or box.x1 > fig.bbox.x1 or box.y1 > fig.bbox.y1
    ]


def overlapping_texts(fig):
    """Pairs of texts that lie on each other."""
    boxes = [(words, box.padded(-1)) for words, box in drawn_texts(fig)]
    return [(a, b) for (a, box), (b, other) in combinations(boxes, 2) if box.overlaps(other)]


NAMES = (r"$\frac$", "costs $5 to $10", "_x_1^2", "100% {0}")


@pytest.mark.parametrize(
    "draw",
    [
        lambda: image_grid(np.zeros((4, 8, 8)), titles=NAMES, title=NAMES[0]),
        lambda: confusion_matrix(np.eye(4, dtype=int), NAMES, title=NAMES[1]),
        lambda: learning_curves({name: history() for name in NAMES}, title=NAMES[0]),
        lambda: spread_figure({name: [0.5, 0.6] for name in NAMES}),
        lambda: plots.bars(dict.fromkeys(NAMES, 1.0), xlabel=NAMES[0], title=NAMES[1]),
        lambda: plots.class_scatter({"one": np.eye(4)[:, :2]}, range(4), NAMES, title=NAMES[0]),
        lambda: plots.rate_sweep([0.1], {name: [[0.5]] for name in NAMES}, title=NAMES[0]),
    ],
    ids=["images", "confusion", "curves", "spread", "bars", "scatter", "sweep"],
)
def test_names_are_shown_as_written(draw, shown):
    """Two dollars are no formula, and a bad formula is no error."""
    fig = draw()
    show(fig)
    found = [text for text in fig.findobj(Text) if text.get_text()]
    assert set(NAMES) <= {text.get_text().replace("\n", " ") for text in found}
    assert not any(text.get_parse_math() for text in found if "$" in text.get_text())


# --- show --------------------------------------------------------------------------------


@pytest.fixture
def shown(monkeypatch):
    """The outputs that ``show`` hands to Jupyter."""
    outputs = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: outputs.append(data))
    return outputs


def history(epochs=4, offset=0.0):
    loss = [1 / (epoch + 1) + offset for epoch in range(epochs)]
    accuracy = [1 - 0.5 / (epoch + 1) - offset for epoch in range(epochs)]
    return {"loss": loss, "accuracy": accuracy, "val_loss": loss, "val_accuracy": accuracy}


def test_importing_the_package_draws_nothing_heavy_in():
    code = "import sys, course_utils.plots; print({'matplotlib', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_all_names_of_the_face_exist():
    assert all(callable(getattr(plots, name)) for name in plots.__all__)
    with pytest.raises(AttributeError, match="no attribute 'pie_chart'"):
        _ = plots.pie_chart


def test_show_gives_an_image_with_its_sentence(shown):
    fig = new_figure()
    fig.subplots().plot([1, 2, 3])
    show(fig, 'A line that rises from 1 to 3,\n"straight".')
    (output,) = shown
    assert output["text/plain"] == 'A line that rises from 1 to 3, "straight".'
    assert 'alt="A line that rises from 1 to 3, &quot;straight&quot;."' in output["text/html"]
    content = base64.b64decode(re.search(r"base64,([^\"]+)", output["text/html"])[1])
    image = Image.open(io.BytesIO(content))
    assert (image.format, image.width) == ("WEBP", 1280)
    assert "max-width: 100%" in output["text/html"]
    assert set(re.findall(r"<(\w+)", output["text/html"])) == {"img"}


def test_the_same_figure_gives_the_same_bytes(shown):
    for _ in range(2):
        show(learning_curves(history()))
    assert shown[0] == shown[1]


def test_show_takes_the_figures_own_sentence_and_wants_one(shown):
    show(learning_curves(history()))
    assert shown[0]["text/plain"].startswith("Learning curves, training and validation")
    with pytest.raises(ValueError, match="no alternative text"):
        show(new_figure())
    with pytest.raises(ValueError, match="no alternative text"):
        show(learning_curves(history()), alt="  ")


def test_show_closes_a_pyplot_figure(shown):
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    fig, ax = plt.subplots()
    ax.plot([1, 2])
    show(fig, "A line.")
    assert not plt.fignum_exists(fig.number)


def test_a_figure_at_the_end_of_a_cell_shows_itself_with_its_sentence():
    output = image_grid(np.zeros((2, 4, 4)))._repr_mimebundle_()
    assert output["text/plain"] == "2 images of 4 x 4 pixels."
    assert "<img alt=" in output["text/html"]


def test_the_style_is_gone_after_a_figure():
    before = mpl.rcParams["font.size"]
    spread_figure({"a": [0.5, 0.6]})
    assert mpl.rcParams["font.size"] == before


def test_learning_curves_of_one_history():
    fig = learning_curves(history(epochs=5))
    assert [ax.get_ylabel() for ax in fig.axes] == ["loss [nats]", "accuracy"]
    for ax in fig.axes:
        assert ax.get_xlabel() == "epoch"
        assert [list(line.get_xdata()) for line in ax.lines] == [[1, 2, 3, 4, 5]] * 2
    assert "last loss 0.200; last accuracy 0.900" in fig.get_label()
    assert texts_off_the_page(fig) == []


def test_learning_curves_of_variants_with_seeds():
    fig = learning_curves({"plain": history(), "better": [history(offset=0.01), history()]})
    assert len(fig.axes[0].lines) == 2 * 3
    names = [text.get_text() for text in fig.legends[0].get_texts()]
    assert names == ["training", "validation", "plain", "better"]


def test_learning_curves_take_keras_history_objects():
    class History:
        def __init__(self):
            self.history = history()

    assert len(learning_curves(History()).axes) == 2
    assert len(learning_curves({"a": History()}).axes) == 2


def test_learning_curves_without_curves_are_refused():
    with pytest.raises(ValueError, match="no 'loss' or 'accuracy'"):
        learning_curves({"a": {"mae": [1, 2]}})
    with pytest.raises(TypeError, match="history"):
        learning_curves([1, 2])


@pytest.mark.parametrize("names", [CLOTHES, tuple("0123456789"), ("ant", "bee")])
def test_confusion_matrix_shows_each_count(names):
    n = len(names)
    matrix = np.arange(n * n).reshape(n, n) + 7 * np.eye(n, dtype=int)
    fig = confusion_matrix(matrix, names)
    words = texts(fig)
    assert all(str(number) in words for number in matrix.flat if number)
    assert all(words.count(name) >= 2 for name in names)
    assert texts_off_the_page(fig) == []
    assert overlapping_texts(fig) == [] or n == 10  # anchored names: boxes touch, letters do not
    assert f"{np.trace(matrix)} of {matrix.sum():,} on the diagonal" in fig.get_label()


def test_confusion_matrix_names_the_most_frequent_mistake():
    alt = confusion_matrix([[5, 0, 0], [0, 3, 2], [0, 0, 5]], ["cat", "dog", "cow"]).get_label()
    assert alt.endswith(
        "13 of 15 on the diagonal. Most frequent mistake: dog taken for cow, 2 times."
    )
    assert "mistake" not in confusion_matrix([[1, 0], [0, 2]], ["a", "b"]).get_label()


def test_confusion_matrix_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r"\(2, 2\), but 3 class names need \(3, 3\)"):
        confusion_matrix(np.eye(2), ["a", "b", "c"])


@pytest.mark.parametrize("shape", [(5, 8, 8), (5, 8, 8, 1), (5, 8, 6, 3), (1, 8, 8)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_image_grid_draws_each_image(shape, dtype):
    images = (np.random.default_rng(0).random(shape) * (255 if dtype == np.uint8 else 1)).astype(
        dtype
    )
    fig = image_grid(images, titles=[f"image {i}" for i in range(shape[0])], title="Digits")
    drawn = [image for ax in fig.axes for image in ax.images]
    assert len(drawn) == shape[0]
    for image, given in zip(drawn, images, strict=True):
        np.testing.assert_allclose(image.get_array().data, given.squeeze())
    assert [ax.get_title() for ax in fig.axes[: shape[0]]] == [
        f"image {i}" for i in range(shape[0])
    ]
    assert f"Digits: {shape[0]} image" in fig.get_label()
    assert texts_off_the_page(fig) == []


def test_image_grid_keeps_one_scale_for_all_gray_images():
    images = np.stack([np.full((4, 4), 1.0), np.full((4, 4), 3.0)])
    scales = {image.get_clim() for ax in image_grid(images).axes for image in ax.images}
    assert scales == {(1.0, 3.0)}


def test_image_grid_has_the_columns_asked_for():
    fig = image_grid(np.zeros((10, 4, 4)), columns=5)
    assert fig.axes[0].get_gridspec().ncols == 5
    assert fig.axes[0].get_gridspec().nrows == 2


def test_images_that_are_none_are_refused():
    with pytest.raises(ValueError, match=r"not \(28, 28\)"):
        image_grid(np.zeros((28, 28)))
    with pytest.raises(ValueError, match="2 titles for 3 images"):
        image_grid(np.zeros((3, 4, 4)), titles=["a", "b"])


def test_spread_shows_each_run_the_mean_and_the_deviation():
    results = {"with": [0.90, 0.92], "without": [0.80, 0.82, 0.84], "once": [0.7]}
    fig = spread_figure(results)
    (ax,) = fig.axes
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert [list(line.get_xdata()) for line in dots] == [
        pytest.approx([100 * value for value in values]) for values in results.values()
    ]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == list(results)
    assert {"91.0 ± 1.4%", "82.0 ± 2.0%", "70.0%"} <= set(texts(fig))
    assert "without 82.0 ± 2.0% over 3 runs" in fig.get_label()
    assert texts_off_the_page(fig) == []


def test_spread_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        spread_figure({"a": []})


# --- networks ----------------------------------------------------------------------------

NETWORKS = [zoo.lenet5(), zoo.lenet5_1998(), zoo.lab_cnn(), zoo.alexnet(), zoo.vgg16(), zoo.vgg19()]


def by_name(network: Network) -> str:
    return network.name


@pytest.mark.parametrize("network", NETWORKS, ids=by_name)
def test_every_layer_of_a_diagram_has_its_name_and_shape(network):
    fig = volume_diagram(network)
    words = [" ".join(text.split()) for text in texts(fig)]
    for row in network.rows:
        size = " × ".join(f"{side:,}" for side in row.output_shape)
        assert f"{row.name} {size}" in words


@pytest.mark.parametrize("network", NETWORKS, ids=by_name)
def test_a_diagram_fits_its_slide_and_no_two_labels_overlap(network):
    fig = volume_diagram(network)
    assert tuple(fig.get_size_inches() * fig.dpi) == pytest.approx((1280, 720))
    assert texts_off_the_page(fig) == []
    assert overlapping_texts(fig) == []


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
def test_cost_bars_are_as_long_as_the_rows_say(network):
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
    assert texts_off_the_page(fig) == []


def test_cost_bars_name_their_units_and_write_small_counts_in_full():
    fig = cost_bars(zoo.lenet5())
    units = [ax.get_xlabel() for ax in fig.axes]
    assert units == ["activations [KiB]", "weights", "multiply-adds"]
    assert {"48,120", "240,000"} <= set(texts(fig))
    units = [ax.get_xlabel() for ax in cost_bars(zoo.vgg16()).axes]
    assert units == ["activations [MiB]", "weights [million]", "multiply-adds [million]"]


def test_two_networks_are_matched_by_layer_name():
    taught, variant = zoo.lenet5(), zoo.lab_cnn()
    fig = cost_bars({"LeNet-5": taught, "lab": variant}, quantities=["params"])
    (ax,) = fig.axes
    names = [tick.get_text() for tick in ax.get_yticklabels()]
    assert set(names) == {row.name for net in (taught, variant) for row in net.rows}
    assert len(ax.patches) == 2 * len(names)
    assert {"LeNet-5", "lab"} <= {text.get_text() for text in fig.legends[0].get_texts()}
    assert texts_off_the_page(fig) == []


def test_unknown_costs_say_so():
    mystery = Opaque("Mystery", (4, 4, 2), name="mystery")
    network = Network("odd", (4, 4, 2), [mystery, Flatten(name="flatten"), Dense(3, name="fc")])
    assert "unknown" in texts(cost_bars(network, quantities=["macs"]))


def test_an_unknown_quantity_is_named():
    with pytest.raises(ValueError, match="'wieghts' is not a column"):
        cost_bars(zoo.lenet5(), quantities=["wieghts"])


def test_the_connection_table_of_1998():
    connections = zoo.lenet5_1998().row("c3").layer.connections
    fig = connection_table(connections, "C3")
    pairs = sum(map(len, connections))
    assert f"{pairs} of {6 * 16} squares filled" in fig.get_label()
    (image,) = fig.axes[0].images
    assert (~image.get_array().mask).sum() == pairs
    assert texts_off_the_page(fig) == []


def test_an_empty_connection_table_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        connection_table([[], []])
