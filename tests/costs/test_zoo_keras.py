"""The zoo's networks against Keras: built, read back, and beside Keras Applications."""

from functools import partial
from itertools import product

import keras
import pytest

from course_utils.costs import from_keras, to_keras, zoo
from tests.costs.networks import ZOO, without_values

SAME = ("kind", "output_shape", "params", "trainable_params", "macs", "field")


@pytest.mark.parametrize("name", ZOO)
def test_both_directions_agree_layer_by_layer(name):
    network = ZOO[name]()
    with without_values():
        model = to_keras(network)
    read = from_keras(model)
    back = {row.name: row for row in read.rows}
    for row in network.rows:
        layer, again = model.get_layer(row.name), back[row.name]
        assert row.output_shape == tuple(layer.output.shape[1:]), row.name
        assert row.params == layer.count_params(), row.name
        for what in (*SAME, "flops", "formula"):
            assert getattr(again, what) == getattr(row, what), (row.name, what)
    added = set(back) - {row.name for row in network.rows}
    assert all(name.endswith("_pad") for name in added)
    assert read.totals.params == network.totals.params == model.count_params()


@pytest.mark.parametrize(
    ("build", "ours"),
    [("VGG16", zoo.vgg16), ("MobileNetV2", zoo.mobilenet_v2)]
    + [
        (f"ResNet{depth}", partial(getattr(zoo, f"resnet{depth}"), use_bias=True))
        for depth in (50, 101, 152)
    ],
)
def test_the_same_as_in_keras_applications(build, ours):
    with without_values():
        model = getattr(keras.applications, build)(weights=None)
    theirs = {row.name: row for row in from_keras(model).rows if row.kind != "ZeroPadding2D"}
    network = ours()
    for name in [name for name in theirs if name.startswith("global_average_pooling2d_")]:
        theirs["global_average_pooling2d"] = theirs.pop(name)  # Keras numbers the later ones
    assert {row.name for row in network.rows} == set(theirs)
    for row, what in product(network.rows, SAME):
        assert getattr(row, what) == getattr(theirs[row.name], what), (row.name, what)
    assert network.totals.params == model.count_params()


def test_auxiliary_heads_are_outputs_of_the_model():
    network = zoo.googlenet(auxiliary=True)
    with without_values():
        model, plain = to_keras(network), to_keras(zoo.googlenet())
    assert model.output_names == ["aux_4a_predictions", "aux_4d_predictions", "predictions"]
    assert [output.shape for output in model.outputs] == [(None, 1000)] * 3
    assert plain.output_shape == (None, 1000)
