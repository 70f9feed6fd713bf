"""Figures of convolution: the numbers that are written are those that Keras computes."""

import numpy as np
import pytest

from course_utils.costs import zoo
from course_utils.plots import (
    convolution_step,
    receptive_fields,
)

IMAGE = [[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]]
KERNEL = [[1, 0, 1], [0, 1, 0], [1, 0, 1]]
MINUS = "\N{MINUS SIGN}"


def words(ax):
    """The texts in the squares of a grid, in reading order."""
    return [text.get_text() for text in ax.texts]


# --- one step ---------------------------------------------------------------------------------


def test_the_lectures_example_ends_with_its_whole_map(texts_of):
    fig = convolution_step(IMAGE, KERNEL, at=(2, 2))
    source, weights, products, output = fig.axes
    assert words(source) == [str(n) for line in IMAGE for n in line]
    assert words(weights) == [str(n) for line in KERNEL for n in line]
    assert words(products)[0] == "1\N{MULTIPLICATION SIGN}1"
    assert words(output) == list("434243234")
    assert "= 4. The output has 3 x 3 values." in fig.get_label()
    assert texts_of(fig)


def test_the_output_is_filled_up_to_the_value_shown():
    output = convolution_step(IMAGE, KERNEL, at=(0, 1)).axes[-1]
    assert words(output) == ["4", "3", *[""] * 7]


@pytest.mark.parametrize(("strides", "padding"), [(1, 0), (2, 0), (2, 1), (1, 2)])
def test_every_value_is_that_of_keras(strides, padding, texts_of):
    import keras

    rng = np.random.default_rng(0)
    image, kernel = rng.integers(-3, 4, (6, 7, 2)), rng.integers(-2, 3, (3, 3, 2))
    padded = np.pad(image, ((padding, padding), (padding, padding), (0, 0)))
    expected = keras.ops.conv(
        padded[None].astype("float32"), kernel[..., None].astype("float32"), strides, "valid"
    )
    expected = np.asarray(expected)[0, :, :, 0]
    last = (expected.shape[0] - 1, expected.shape[1] - 1)
    fig = convolution_step(image, kernel, last, strides=strides, padding=padding)
    output = fig.axes[3]
    assert words(output) == [f"{n:g}".replace("-", MINUS) for n in expected.flat]
    assert texts_of(fig)


def test_each_channel_has_its_row_and_their_sums_are_added(texts_of):
    image, kernel = np.ones((4, 4, 3)), np.ones((3, 3, 3)) * [1, 2, 3]
    fig = convolution_step(image, kernel)
    assert "gives 9 + 18 + 27 = 54" in fig.get_label()
    assert len(fig.axes) == 12
    assert texts_of(fig)


@pytest.mark.parametrize(
    ("image", "kernel", "at", "sentence"),
    [
        (np.ones((5, 5, 3)), np.ones((3, 3)), (0, 0), "a slice for every channel"),
        (np.ones((2, 5)), np.ones((3, 3)), (0, 0), "does not fit into 2 x 5"),
        (np.ones((5, 5)), np.ones((3, 3)), (3, 0), r"no output value \(3, 0\)"),
        (np.ones((5, 5)), np.ones((3, 3)), (0, -1), "no output value"),
        (np.ones(5), np.ones((3, 3)), (0, 0), r"not \(5,\)"),
    ],
)
def test_what_does_not_fit_is_refused(image, kernel, at, sentence):
    with pytest.raises(ValueError, match=sentence):
        convolution_step(image, kernel, at)


# --- what a value sees ------------------------------------------------------------------------


def test_boxes_on_an_image_have_the_sides_of_the_table(texts_of):
    lenet5 = zoo.lenet5()
    fig = receptive_fields(np.zeros((32, 32)), lenet5)
    for name in ("conv1", "pool1", "conv2", "pool2"):
        side = lenet5.row(name).receptive_field
        assert f"{name} {side} x {side}" in fig.get_label()
    assert texts_of(fig)
    only = receptive_fields(np.zeros((32, 32, 3)), lenet5, ["conv2"])
    assert "conv1" not in only.get_label()
    (white, box) = only.axes[0].patches
    assert box.get_width() == box.get_height() == lenet5.row("conv2").receptive_field
    assert white.get_bbox().bounds == box.get_bbox().bounds


def test_an_image_of_another_size_is_refused():
    with pytest.raises(ValueError, match="takes 32 x 32 pixels, but the image has 28 x 28"):
        receptive_fields(np.zeros((28, 28)), zoo.lenet5())
