"""Charts, sheets, volumes and windows: what is drawn and what is said: ``golden.json`` has it."""

from itertools import combinations

import numpy as np
import pytest
from scipy.signal import correlate

from course_utils import plots
from course_utils.costs import Dense, Flatten, Network, Opaque, zoo
from tests.plots.conftest import drawn_texts, uncut_texts

LABELS = {"title": "T", "xlabel": "layer", "ylabel": "accuracy [%]"}
SVM = {"conv1": (0.5, 0.4, 0.6), "conv2": (0.7, 0.65, 0.75), "fc1": (0.6, 0.5, 0.65)}
FOUND = {"random": (0.55, 0.47, 0.63), "learned": (0.88, 0.82, 0.92)}
CLOTHES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat")
CLOTHES += ("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
# The lecture's example.
IMAGE = [[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]]
KERNEL = [[1, 0, 1], [0, 1, 0], [1, 0, 1]]
KERNELS = {
    "edge": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "blur": np.ones((3, 3)) / 9,
    "learned": [[0.31, -0.2], [0.05, 0.7]],
    "nothing": np.zeros((3, 3)),
}
FAMOUS = {"AlexNet": zoo.alexnet(), "VGG-16": zoo.vgg16()}
NETWORKS = [zoo.lenet5(), zoo.lenet5_1998(), *FAMOUS.values()]
LAYERS = [Opaque("Mystery", (4, 4, 2), name="mystery"), Flatten(name="flatten"), Dense(3, name="f")]
ODD = Network("odd", (4, 4, 2), LAYERS)


def history(epochs=4, offset=0.0):
    loss = [1 / (epoch + 1) + offset for epoch in range(epochs)]
    accuracy = [1 - 0.5 / (epoch + 1) - offset for epoch in range(epochs)]
    return {"loss": loss, "accuracy": accuracy, "val_loss": loss, "val_accuracy": accuracy}


def eight_curves():
    """More than there are colours; one is in two panels."""
    curves = {f"curve {i}": i * np.arange(5) for i in range(8)}
    panels = {"up": curves, "down": {"curve 6": -np.arange(5)}}
    return plots.curves(panels, range(5), title="Eight", xlabel="shift [pixels]", ylabel="change")


def flat_maps():
    maps = np.random.default_rng(0).random((5, 5, 6))
    maps[..., 1], maps[..., 4], maps[..., 5] = 0, 0, 2.5
    return plots.map_sheet(maps)


def explanations():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2, 8, 8, 1), dtype=np.uint8)
    maps = {"gradient": rng.normal(size=(2, 8, 8)), "Grad-CAM": rng.random((2, 3, 3))}
    maps["Grad-CAM"][1] = 0
    return plots.explanation_grid(images, maps, ["shirt", "bag"])


def gray_images():
    """Images on one scale, in the columns asked for."""
    images = np.stack([np.full((4, 4), 1.0), np.full((4, 4), 3.0)] * 5)
    return plots.image_grid(images, columns=5, title="Gray")


def kernels():
    image = np.linspace(-1, 2, 48).reshape(6, 8)
    return plots.kernel_sheet(KERNELS, dict.fromkeys(KERNELS, image))


def connections():
    return plots.connection_table(zoo.lenet5_1998().row("c3").layer.connections, title="C3")


FIGURES = {
    "eight curves": eight_curves,
    "fractions over 1, 2, 3": lambda: plots.curves({"": {"one": [0.2, 0.35, 0.5]}}, **LABELS),
    "intervals of words": lambda: plots.curves(
        {"ours": {"SVM": SVM, "softmax": {"fc1": (0.65, 0.6, 0.7)}}, "theirs": {"SVM": SVM}},
        **LABELS,
    ),
    "values of seeds": lambda: plots.curves(
        {"": {"a": [[0.3, 0.4], [0.5]], "b": [[0.1], [0.2]]}}, [0.004, 0.1], chance=0.1, **LABELS
    ),
    "one history": lambda: plots.learning_curves(history(epochs=5)),
    "two histories": lambda: plots.learning_curves(
        {"plain": history(), "better": history(1, offset=0.01)}
    ),
    "runs": lambda: plots.spread(
        {"with": [0.90, 0.92], "without": [0.80, 0.82, 0.84], "once": [0.7]}
    ),
    "intervals and guessing": lambda: plots.spread(
        FOUND, title="Two backbones", xlabel="accuracy [%]", chance=0.5, highlight=["learned"]
    ),
    "panels of rows": lambda: plots.spread(
        {
            "few": {"head": (0.2, 0.1, 0.3), "all": (0.4, 0.3, 0.5)},
            "much": {"all": (0.8, 0.7, 0.9)},
        },
        title="Corners",
    ),
    "bars": lambda: plots.bars(
        {"2012": 0.164, "2015": 0.0357},
        title="Winners",
        xlabel="error [%]",
        highlight=["2015"],
        line=0.051,
        line_label="a person",
    ),
    "most frequent mistake": lambda: plots.confusion_matrix(
        [[5, 0, 0], [0, 3, 2], [0, 0, 5]], ["cat", "dog", "cow"]
    ),
    "no mistake": lambda: plots.confusion_matrix([[1, 0], [0, 2]], ["a", "b"]),
    "last step": lambda: plots.convolution_step(IMAGE, KERNEL, at=(2, 2)),
    "second step": lambda: plots.convolution_step(IMAGE, KERNEL, at=(0, 1)),
    "three channels": lambda: plots.convolution_step(
        np.ones((4, 4, 3)), np.ones((3, 3, 3)) * [1, 2, 3]
    ),
    "receptive fields": lambda: plots.receptive_fields(
        np.zeros((32, 32, 3)), zoo.lenet5(), ["conv1", "pool1", "conv2", "pool2"]
    ),
    **{f"volumes of {n.name}": lambda n=n: plots.volume_diagram(n) for n in NETWORKS},
    **{f"costs of {n.name}": lambda n=n: plots.cost_bars(n) for n in NETWORKS},
    **{
        f"{what} of two": lambda what=what: plots.cost_bars(FAMOUS, what)
        for what in ("activation_bytes", "params", "macs")
    },
    "unknown costs": lambda: plots.cost_bars(ODD, "macs"),
    "unknown costs of one": lambda: plots.cost_bars({"odd": ODD, "LeNet-5": zoo.lenet5()}, "macs"),
    "connections": connections,
    "flat maps": flat_maps,
    "nothing but flat maps": lambda: plots.map_sheet(np.zeros((2, 2, 20))),
    "explanations": explanations,
    "gray images": gray_images,
    "kernels": kernels,
}


@pytest.mark.parametrize("name", FIGURES)
def test_what_is_drawn(name, drawn):
    drawn(FIGURES[name]())


@pytest.mark.parametrize("names", [CLOTHES, tuple("0123456789"), ("ant", "bee")])
def test_confusion_matrix_shows_each_count(names):
    n = len(names)
    matrix = np.arange(n * n).reshape(n, n) + 7 * np.eye(n, dtype=int)
    words = uncut_texts(plots.confusion_matrix(matrix, names))
    assert all(str(number) in words for number in matrix.flat if number)
    assert all(words.count(name) >= 2 for name in names)


@pytest.mark.parametrize(("strides", "padding"), [(1, 0), (2, 0), (2, 1), (1, 2)])
def test_every_value_of_a_convolution_is_that_of_scipy(strides, padding):
    rng = np.random.default_rng(0)
    image, kernel = rng.integers(-3, 4, (6, 7, 2)), rng.integers(-2, 3, (3, 3, 2))
    padded = np.pad(image, ((padding, padding), (padding, padding), (0, 0)))
    expected = correlate(padded, kernel, "valid")[::strides, ::strides, 0]
    last = (expected.shape[0] - 1, expected.shape[1] - 1)
    fig = plots.convolution_step(image, kernel, last, strides=strides, padding=padding)
    words = [text.get_text() for text in fig.axes[3].texts]
    assert words == [f"{n:g}".replace("-", "\N{MINUS SIGN}") for n in expected.flat]
    assert uncut_texts(fig)


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.name)
def test_every_volume_has_its_name_and_shape_where_nothing_else_is(network):
    fig = plots.volume_diagram(network)
    words = [" ".join(text.split()) for text in uncut_texts(fig)]
    for row in network.rows:
        size = " × ".join(f"{side:,}" for side in row.output_shape)
        assert f"{row.name} {size}" in words
    volumes = 1 + sum(len(row.output_shape) == 3 for row in network.rows)
    bars = sum(len(row.output_shape) == 1 for row in network.rows)
    assert len(fig.axes[0].patches) == 3 * volumes + bars  # a box has three faces
    boxes = [(words, box.padded(-1)) for words, box in drawn_texts(fig)]
    assert not [(a, b) for (a, box), (b, other) in combinations(boxes, 2) if box.overlaps(other)]


@pytest.mark.parametrize("n", [1, 3, 64])
def test_all_maps_are_drawn(n):
    maps = np.zeros((4, 6, n))
    maps[1, 2] = 1 + np.arange(n)  # one bright pixel in each
    pixels = np.asarray(plots.map_sheet(maps).axes[0].get_images()[0].get_array())
    assert (np.abs(pixels - [0.987, 0.991, 0.750]) < 0.01).all(axis=-1).sum() == n


@pytest.mark.parametrize("shape", [(5, 8, 8), (5, 8, 8, 1), (5, 8, 6, 3), (1, 8, 8)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, bool])
def test_image_grid_draws_each_image(shape, dtype):
    images = np.random.default_rng(0).random(shape) * (255 if dtype == np.uint8 else 1)
    images = images > 0.5 if dtype is bool else images.astype(dtype)
    titles = [f"image {i}" for i in range(shape[0])]
    fig = plots.image_grid(images, titles=titles, title="Digits")
    shown = [image for ax in fig.axes for image in ax.images]
    for image, given in zip(shown, images, strict=True):
        np.testing.assert_allclose(image.get_array().data, given.squeeze())
    assert [ax.get_title() for ax in fig.axes[: shape[0]]] == titles
    assert uncut_texts(fig)


def test_image_grid_of_a_gray_image_with_a_hole():
    holed = np.array([[[0.2, np.nan], [0.4, 0.6]]])
    assert plots.image_grid(holed).axes[0].images[0].get_clim() == (0.2, 0.6)
