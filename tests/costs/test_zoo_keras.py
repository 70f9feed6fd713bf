"""The zoo's networks against Keras: built, read back, and beside Keras Applications."""

from __future__ import annotations

from functools import partial
from operator import attrgetter

import keras
import numpy as np
import pytest
from keras import ops

from course_utils.costs import ChannelPadding, CostError, Network, from_keras, to_keras, zoo
from tests.costs.keras_models import without_values
from tests.costs.networks import NETWORKS

what_it_costs = attrgetter(
    *("kind", "output_shape", "params", "trainable_params", "macs"),
    *("receptive_field", "effective_stride", "effective_padding"),
)


@pytest.mark.parametrize("name", NETWORKS)
def test_both_directions_agree_layer_by_layer(name):
    network = NETWORKS[name]().at(batch_size=1, dtype="float32", count_bias=False)
    model = without_values(to_keras, network)
    back = {row.name: row for row in from_keras(model).rows}
    for row in network.rows:
        layer, again = model.get_layer(row.name), back[row.name]
        assert row.output_shape == tuple(layer.output.shape[1:]), row.name
        assert row.params == layer.count_params(), row.name
        assert what_it_costs(again) == what_it_costs(row), row.name
        assert (again.flops, again.formula) == (row.flops, row.formula), row.name
    added = set(back) - {row.name for row in network.rows}
    assert all(name.endswith("_pad") for name in added)
    assert from_keras(model).totals.params == network.totals.params == model.count_params()


@pytest.mark.parametrize(
    ("build", "ours"),
    [
        ("VGG16", zoo.vgg16),
        ("ResNet50", partial(zoo.resnet50, use_bias=True)),
        ("ResNet101", partial(zoo.resnet101, use_bias=True)),
        ("ResNet152", partial(zoo.resnet152, use_bias=True)),
        ("MobileNetV2", zoo.mobilenet_v2),
        ("MobileNetV2 0.35", partial(zoo.mobilenet_v2, 0.35)),
        ("MobileNetV2 0.75", partial(zoo.mobilenet_v2, 0.75)),
        ("MobileNetV2 1.4", partial(zoo.mobilenet_v2, 1.4)),
    ],
)
def test_the_same_as_in_keras_applications(build, ours):
    kind, _, alpha = build.partition(" ")
    settings = {"alpha": float(alpha)} if alpha else {}
    model = without_values(getattr(keras.applications, kind), weights=None, **settings)
    theirs = {row.name: row for row in from_keras(model).rows if row.kind != "ZeroPadding2D"}
    network = ours()
    for name in [name for name in theirs if name.startswith("global_average_pooling2d_")]:
        theirs["global_average_pooling2d"] = theirs.pop(name)  # Keras numbers the later ones
    assert {row.name for row in network.rows} == set(theirs)
    for row in network.rows:
        assert what_it_costs(row) == what_it_costs(theirs[row.name]), row.name
    assert network.totals.params == model.count_params()


def test_densenet_stacks_and_never_adds():
    model = without_values(keras.applications.DenseNet121, weights=None)
    kinds = [row.kind for row in from_keras(model).rows]
    assert kinds.count("Concatenate") == 58
    assert kinds.count("Add") == 0


def test_auxiliary_heads_are_outputs_of_the_model():
    network = zoo.googlenet(auxiliary=True, classes=5)
    model = without_values(to_keras, network)
    assert model.output_names == [
        "aux_4a_predictions",
        "aux_4d_predictions",
        "predictions",
    ]
    assert [output.shape for output in model.outputs] == [(None, 5)] * 3
    assert without_values(to_keras, zoo.googlenet(classes=5)).output_shape == (None, 5)


def test_channel_padding_appends_zeros():
    network = Network("pad", (2, 2, 3), [ChannelPadding(5, name="zeros")])
    image = np.random.default_rng(0).random((1, 2, 2, 3), "float32")
    outputs = ops.convert_to_numpy(to_keras(network)(image))
    np.testing.assert_array_equal(outputs[..., :3], image)
    assert not outputs[..., 3:].any()
    with pytest.raises(CostError, match="3 channels cannot be padded to 2"):
        Network("pad", (2, 2, 3), [ChannelPadding(2)])


@pytest.mark.parametrize("shortcut", ["projection", "padding", None])
def test_a_small_net_computes(shortcut):
    network = zoo.residual(8, shortcut=shortcut, input_shape=(28, 28, 1))
    images = np.random.default_rng(0).random((2, 28, 28, 1), "float32")
    outputs = ops.convert_to_numpy(to_keras(network)(images))
    assert outputs.shape == (2, 10)
    assert np.isfinite(outputs).all()
    assert outputs.std() > 0
