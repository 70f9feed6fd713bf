"""A locally connected layer: a convolution whose positions do not share their filter."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.costs import Conv2D, CostError, Dense, Flatten, LocallyConnected2D, Network


def row(layer, shape):
    return Network("one layer", shape, [layer]).rows[0]


def test_the_lectures_three_ways_of_connecting_an_image():
    image = (200, 200, 1)
    dense = Network("dense", image, [Flatten(), Dense(40_000, name="dense")]).row("dense")
    local = row(LocallyConnected2D(1, 3, padding="same"), image)
    assert dense.params == 1_600_040_000
    assert local.params == 400_000
    assert row(Conv2D(1, 3, padding="same"), image).params == 10
    assert local.formula == "200*200 * (3*3*1 + 1) * 1 = 400,000"
    assert local.macs_formula == "200*200 * 3*3*1 * 1 = 360,000"


@given(
    height=st.integers(3, 12),
    width=st.integers(3, 12),
    channels=st.integers(1, 4),
    filters=st.integers(1, 4),
    kernel=st.integers(1, 3),
    strides=st.integers(1, 3),
    padding=st.sampled_from(["valid", "same", 1]),
    use_bias=st.booleans(),
)
def test_it_is_a_convolution_with_weights_for_each_position(
    height, width, channels, filters, kernel, strides, padding, use_bias
):
    settings = {"strides": strides, "padding": padding, "use_bias": use_bias}
    local = row(LocallyConnected2D(filters, kernel, **settings), (height, width, channels))
    shared = row(Conv2D(filters, kernel, **settings), (height, width, channels))
    positions = np.prod(shared.output_shape[:2])
    assert local.output_shape == shared.output_shape
    assert local.shape_formula == shared.shape_formula
    assert local.params == shared.params * positions == local.trainable_params
    assert local.macs == shared.macs
    assert local.field == shared.field


def test_it_has_a_weight_for_each_pixel_that_an_output_reads():
    local = row(LocallyConnected2D(1, 3, use_bias=False), (5, 5, 1))
    reads = np.zeros((9, 25), dtype=bool)
    for i in range(3):
        for j in range(3):
            window = np.zeros((5, 5), dtype=bool)
            window[i : i + 3, j : j + 3] = True
            reads[3 * i + j] = window.ravel()
    assert local.params == reads.sum()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"filters": 0, "kernel_size": 3}, "filters must be a whole number"),
        ({"filters": 1, "kernel_size": 0}, "kernel_size must be whole numbers"),
        ({"filters": 1, "kernel_size": 3, "strides": 0.5}, "strides must be whole numbers"),
        ({"filters": 1, "kernel_size": 3, "padding": "full"}, "padding must be 'valid', 'same'"),
    ],
)
def test_impossible_settings_are_refused(settings, words):
    with pytest.raises(CostError, match=words):
        LocallyConnected2D(**settings)


def test_keras_has_no_such_layer_and_the_bridge_says_so():
    from course_utils.costs import to_keras

    network = Network("local", (8, 8, 1), [LocallyConnected2D(1, 3, name="local")])
    with pytest.raises(CostError, match="'local'"):
        to_keras(network)
