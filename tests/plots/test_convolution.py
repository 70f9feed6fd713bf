"""Figures of convolution: the numbers that are written are those that SciPy computes."""

import numpy as np
import pytest
from scipy.signal import correlate

from course_utils.costs import zoo
from course_utils.plots import convolution_step, receptive_fields

IMAGE = [[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]]
KERNEL = [[1, 0, 1], [0, 1, 0], [1, 0, 1]]
MINUS = "\N{MINUS SIGN}"


def words(ax):
    """The texts in the squares of a grid, in reading order."""
    return [text.get_text() for text in ax.texts]


# --- one step ---------------------------------------------------------------------------------


def test_the_lectures_example_ends_with_its_whole_map(drawn):
    fig = convolution_step(IMAGE, KERNEL, at=(2, 2))
    assert words(fig.axes[-1]) == list("434243234")
    drawn(fig)
    first_two = convolution_step(IMAGE, KERNEL, at=(0, 1)).axes[-1]
    assert words(first_two) == ["4", "3", *[""] * 7], "filled up to the value shown"


@pytest.mark.parametrize(("strides", "padding"), [(1, 0), (2, 0), (2, 1), (1, 2)])
def test_every_value_is_that_of_scipy(strides, padding, texts_of):
    rng = np.random.default_rng(0)
    image, kernel = rng.integers(-3, 4, (6, 7, 2)), rng.integers(-2, 3, (3, 3, 2))
    padded = np.pad(image, ((padding, padding), (padding, padding), (0, 0)))
    expected = correlate(padded, kernel, "valid")[::strides, ::strides, 0]
    last = (expected.shape[0] - 1, expected.shape[1] - 1)
    fig = convolution_step(image, kernel, last, strides=strides, padding=padding)
    output = fig.axes[3]
    assert words(output) == [f"{n:g}".replace("-", MINUS) for n in expected.flat]
    assert texts_of(fig)


def test_each_channel_has_its_row_and_their_sums_are_added(drawn):
    drawn(convolution_step(np.ones((4, 4, 3)), np.ones((3, 3, 3)) * [1, 2, 3]))


# --- what a value sees ------------------------------------------------------------------------


def test_boxes_on_an_image_have_the_sides_of_the_table(drawn):
    lenet5 = zoo.lenet5()
    names = ["conv1", "pool1", "conv2", "pool2"]
    fig = receptive_fields(np.zeros((32, 32, 3)), lenet5, names)
    drawn(fig)
    boxes = fig.axes[0].patches
    sides = [lenet5.row(name).receptive_field for name in reversed(names)]
    assert [(box.get_width(), box.get_height()) for box in boxes[1::2]] == [(n, n) for n in sides]
    assert [box.get_bbox().bounds for box in boxes[::2]] == [
        box.get_bbox().bounds for box in boxes[1::2]
    ], "each has a white line around"
