"""Charts, sheets, volumes and windows: what is drawn, and what is said of it."""

import json
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace  # noqa: F401 - for the calls
from unittest.mock import patch

import keras
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation, Text
from matplotlib.ticker import FixedLocator
from scipy.signal import correlate

from course_utils import costs, plots
from course_utils.costs import Conv2D, Dense, Flatten, Network, Opaque, zoo  # noqa: F401
from tests import golden
from tests.lecture_notes.make import FILTER as KERNEL  # noqa: F401 - for the calls
from tests.lecture_notes.make import IMAGE  # noqa: F401
from tests.plots.test_diagram import TANGLE, WHOLE  # noqa: F401

CLOTHES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat")
CLOTHES += ("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
NETWORKS = [zoo.lenet5(), zoo.lenet5_1998(), zoo.alexnet(), zoo.vgg16()]

NAMES = [f"Network{i}" for i in range(12)]


def spread_out(seed=0):
    rng = np.random.default_rng(seed)
    x = dict(zip(NAMES, np.geomspace(10, 500, 12) * rng.uniform(0.7, 1.4, 12), strict=True))
    y = dict(zip(NAMES, rng.uniform(60, 85, 12), strict=True))
    area = dict(zip(NAMES, np.geomspace(2, 140, 12), strict=True))
    return x, y, area


# What the calls in ``drawn.txt`` name.
RNG = np.random.default_rng(0)
SVM = {"conv1": (0.5, 0.4, 0.6), "conv2": (0.7, 0.65, 0.75), "fc1": (0.6, 0.5, 0.65)}
LABELS = {"title": "T", "xlabel": "layer", "ylabel": "accuracy [%]"}
COSTS = {"title": "Costs", "xlabel": "latency [ms]", "ylabel": "accuracy [%]"}
X, Y, _ = spread_out()
LAYERS = [Opaque("Mystery", (4, 4, 2), name="mystery"), Flatten(name="flatten"), Dense(3, name="f")]
ODD = Network("odd", (4, 4, 2), LAYERS)
MODEL = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten()], name="model")
EIGHT = {f"curve {i}": i * np.arange(5) for i in range(8)}
GRAY = RNG.integers(0, 256, (2, 8, 8, 1), dtype=np.uint8)
MAPS = {"gradient": RNG.normal(size=(2, 8, 8)), "Grad-CAM": RNG.random((2, 3, 3))}
MAPS["Grad-CAM"][1] = 0
KERNELS = {
    "edge": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "blur": np.ones((3, 3)) / 9,
    "learned": [[0.31, -0.2], [0.05, 0.7]],
    "nothing": np.zeros((3, 3)),
}


def history(epochs, offset=0.0):
    loss = [1 / (epoch + 1) + offset for epoch in range(epochs)]
    accuracy = [1 - 0.5 / (epoch + 1) - offset for epoch in range(epochs)]
    return {"loss": loss, "accuracy": accuracy, "val_loss": loss, "val_accuracy": accuracy}


def drawn_texts(fig):
    """Words and boxes of the texts that are really drawn: no tick beyond the end of its axis."""
    with patch.object(Text, "draw", autospec=True) as draw:
        fig.draw_without_rendering()
    drawn = dict.fromkeys(call.args[0] for call in draw.call_args_list)
    found = [text for text in drawn if text.get_visible() and text.get_text().strip()]
    return [(text.get_text(), text.get_window_extent()) for text in found]


def uncut_texts(fig):
    """All words on a figure, none of which its edge cuts."""
    found, (right, top) = drawn_texts(fig), fig.bbox.size
    ends = [(words, min(box.x0, box.y0, right - box.x1, top - box.y1)) for words, box in found]
    assert [words for words, room in ends if room < 0] == []
    return [words for words, _ in found]


def numbers(values):
    return (np.round(np.asarray(values, float), 3) + 0.0).tolist()  # no -0.0


def shape_and_range(image):
    pixels = image.get_array()
    return [*pixels.shape, *(numbers(image.get_clim()) if pixels.ndim == 2 else ())]


def contents(ax):
    """What is drawn in some axes: words, numbers, and the look of lines."""
    axes = {"x": ax.xaxis, "y": ax.yaxis}
    fixed = {n: one for n, one in axes.items() if isinstance(one.get_major_locator(), FixedLocator)}
    squares = [one for one in ax.patches if isinstance(one, Rectangle)]
    segments = [one.get_segments() for one in ax.collections if hasattr(one, "get_segments")]
    points = [one.get_offsets() for one in ax.collections if not hasattr(one, "get_segments")]
    found = {
        "title": ax.get_title(),
        "labels": [ax.get_xlabel(), ax.get_ylabel()] if ax.get_xlabel() or ax.get_ylabel() else [],
        "ticks": {n: [t.get_text() for t in one.get_ticklabels()] for n, one in fixed.items()},
        "upside down": ax.yaxis_inverted() and not ax.images,
        "lines": [
            [to_hex(one.get_color()), one.get_linestyle(), one.get_marker()]
            + [numbers(values) for values in one.get_data()]
            for one in ax.lines
        ],
        "segments": [numbers(one) for group in segments for one in group],
        "points": [numbers(one) for one in points],
        "bars": [numbers(one.get_bbox().bounds) for one in squares],
        "images": [shape_and_range(one) for one in ax.images],
        "words": [one.get_text() for one in ax.texts if one.get_text().strip()],
    }
    return {name: value for name, value in found.items() if value}


def described(fig):
    """The alternative text of a figure and what is drawn, of which nothing is cut."""
    uncut_texts(fig)
    legend = [text.get_text() for one in fig.legends for text in one.get_texts()]
    panels = [contents(ax) for ax in fig.axes]
    return {"says": fig.get_label(), "legend": legend, "axes": panels}


def test_what_is_drawn_and_what_is_refused():
    names = vars(costs) | globals() | {name: getattr(plots, name) for name in plots.__all__}

    def say(call):
        return json.dumps(described(eval(call, names)), ensure_ascii=False)

    golden.calls(Path(__file__).with_name("drawn.txt"), say)
    golden.refused(Path(__file__).with_name("refused.txt"), names)


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


# --- points: no name lies on another ------------------------------------------------------------


def close():
    """All but one at almost the same place."""
    x = {name: 20 + 0.01 * i for i, name in enumerate(NAMES)} | {NAMES[0]: 400}
    y = {name: 75 + 0.01 * i for i, name in enumerate(NAMES)} | {NAMES[0]: 60}
    return x, y, None


def names_on(fig):
    """The written names and where they stand."""
    fig.canvas.draw()
    (ax, *_) = fig.axes
    found = [child for child in ax.get_children() if isinstance(child, Annotation)]
    return {text.get_text(): text.get_window_extent() for text in found}


@pytest.mark.parametrize("points", [spread_out(0), spread_out(1), close()])
def test_no_name_lies_on_another_or_off_the_page(points):
    x, y, area = points
    fig = plots.bubbles(x, y, area, area, area_label="M", shade_label="G", **COSTS)
    boxes = names_on(fig)
    assert set(boxes) == set(NAMES) <= set(uncut_texts(fig))
    for name, box in boxes.items():
        assert not [other for other in boxes if other != name and boxes[other].overlaps(box)], name


def test_areas_are_to_scale():
    x, y, area = spread_out()
    fig = plots.bubbles(x, y, area, **COSTS)
    sizes = np.sort(fig.axes[0].collections[0].get_sizes())
    wanted = np.sort(list(area.values()))
    np.testing.assert_allclose(sizes[4:] / sizes[-1], wanted[4:] / wanted[-1])
