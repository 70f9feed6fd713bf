"""The calculator against Keras: every shape and weight, and receptive fields by gradient."""

import random
from contextlib import contextmanager
from functools import partial
from itertools import product
from math import prod

import keras
import numpy as np
import pytest

from course_utils import costs as c
from course_utils.costs import Network, from_keras, to_keras, zoo
from course_utils.interpret.gradients import _gradient
from tests.costs.test_golden import ZOO

K = keras.layers


@contextmanager
def without_values():
    """Let the weights of new models have shapes but no values: instant, and no memory."""
    keras.utils.clear_session(free_memory=False)  # names are counted anew
    with keras.StatelessScope(initialize_variables=False):
        yield
    keras.utils.clear_session()  # else Keras gives them values at the next occasion


def size(weights):
    return sum(prod(weight.shape) for weight in weights)


def reference_macs(layer):
    """Count products from the kernels that Keras made: an independent route to the number."""
    places = layer.input if isinstance(layer, K.Conv2DTranspose) else layer.output
    kernels = [weight for weight in layer.weights if "kernel" in weight.name]
    return prod(places.shape[1:-1]) * size(kernels) if kernels else 0


def random_layer(rng, channels):
    """Return one random Keras layer that accepts ``channels`` channels."""

    few, maybe = partial(rng.randint, 1), partial(rng.choice, (True, False))

    def side(most):
        return rng.choice([few(most), (few(most), few(most))])

    steps = {rng.choice(["strides", "strides", "dilation_rate"]): side(3)}
    pool = {"strides": rng.choice([None, side(4)]), "padding": rng.choice(["valid", "same"])}
    conv = {"padding": pool["padding"], "use_bias": maybe(), **steps}
    groups = rng.choice([g for g in (1, 1, 2, 3, 4) if channels % g == 0])
    extra = rng.randint(0, 1) if steps.get("strides", 1) not in (1, (1, 1)) else None
    sides = tuple((rng.randint(0, 3), rng.randint(0, 3)) for _ in range(2))
    makers = [
        lambda: K.Conv2D(groups * few(6), side(7), groups=groups, **conv),
        lambda: K.DepthwiseConv2D(side(5), depth_multiplier=few(3), **conv),
        lambda: K.SeparableConv2D(few(8), side(5), depth_multiplier=few(3), **conv),
        lambda: K.Conv2DTranspose(few(8), side(5), **conv),
        lambda: K.Conv2DTranspose(few(8), side(5), output_padding=extra, **conv),
        lambda: K.Dense(few(20), use_bias=maybe()),
        lambda: K.MaxPooling2D(side(4), **pool),
        lambda: K.AveragePooling2D(side(4), **pool),
        lambda: K.GlobalMaxPooling2D(keepdims=maybe()),
        lambda: K.GlobalAveragePooling2D(keepdims=maybe()),
        lambda: K.BatchNormalization(scale=maybe(), center=maybe()),
        lambda: K.LayerNormalization(scale=maybe(), center=maybe()),
        lambda: K.ZeroPadding2D(sides),
        lambda: K.Cropping2D(sides),
        lambda: K.UpSampling2D(side(3), interpolation=rng.choice(["nearest", "bilinear"])),
        lambda: rng.choice([K.Flatten(), K.Activation("tanh"), K.ReLU(6.0), K.PReLU()]),
    ]
    return rng.choice(makers)()


@pytest.mark.parametrize("seed", range(20))
def test_random_layers_agree_with_keras(seed):
    rng = random.Random(seed)
    checked = 0
    while checked < 30:
        shape = (rng.randint(3, 33), rng.randint(3, 33), rng.randint(1, 12))
        try:
            layer = random_layer(rng, shape[-1])
            model = keras.Sequential([keras.Input(shape), layer])
        except ValueError:  # Keras refuses this combination, so there is nothing to agree on
            continue
        if min(model.output_shape[1:]) < 1:
            continue
        (row,) = from_keras(model).rows
        assert row.output_shape == tuple(model.output_shape[1:])
        assert row.params == size(layer.weights)
        assert row.trainable_params == size(layer.trainable_weights)
        assert row.macs == reference_macs(layer), layer.get_config()
        checked += 1


# --------------------------------------------------------------------------- whole architectures


def layers_of(model):
    """Return all layers of a model but its inputs, with those of the models inside it."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from layers_of(layer)
        elif not isinstance(layer, K.InputLayer):
            yield layer


APPLICATIONS = (
    "MobileNet MobileNetV3Small EfficientNetB0 EfficientNetV2B0 DenseNet121 ResNet50V2 Xception "
    "NASNetMobile ConvNeXtTiny InceptionV3 InceptionResNetV2"
)


@pytest.mark.parametrize("name", APPLICATIONS.split())
def test_keras_applications_agree(name):
    settings = {"input_shape": (224, 224, 3)} if name == "MobileNetV3Small" else {}
    with without_values():
        model = getattr(keras.applications, name)(weights=None, **settings)
    network = from_keras(model)
    assert network.totals.params == model.count_params()
    assert not network.totals.partial
    assert network.totals.macs == sum(map(reference_macs, layers_of(model)))
    for layer in layers_of(model):
        row = network.row(layer.name)
        assert row.output_shape == tuple(layer.output.shape[1:])
        assert row.params == size(layer.weights)


SAME = ("kind", "output_shape", "params", "trainable_params", "macs", "field")


@pytest.mark.parametrize("name", ZOO)
def test_both_directions_agree_layer_by_layer(name):
    network = ZOO[name]()
    with without_values():
        model = to_keras(network)
    assert model.output_names == list(network.outputs or network.ends)
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


THEIRS = {"VGG16": zoo.vgg16, "MobileNetV2": zoo.mobilenet_v2}
THEIRS |= {f"ResNet{n}": partial(getattr(zoo, f"resnet{n}"), use_bias=True) for n in (50, 101, 152)}


@pytest.mark.parametrize("name", THEIRS)
def test_the_same_as_in_keras_applications(name):
    with without_values():
        model = getattr(keras.applications, name)(weights=None)
    theirs = {row.name: row for row in from_keras(model).rows if row.kind != "ZeroPadding2D"}
    network = THEIRS[name]()
    assert {row.name for row in network.rows} == set(theirs)
    for row, what in product(network.rows, SAME):
        assert getattr(row, what) == getattr(theirs[row.name], what), (row.name, what)
    assert network.totals.params == model.count_params()


def support(model, at):
    """Return the first and last row, and the first and last column, that an output depends on."""
    for weight in model.weights:  # means: positive, and neither growing nor vanishing
        if len(weight.shape) > 1:
            weight.assign(np.full(weight.shape, 1.0 / np.prod(weight.shape[:-1])))
    ones = np.ones((1, *model.input_shape[1:]))
    seen = _gradient(lambda pixels: model(pixels)[:, *at, 0], ones)[0].any(axis=-1)
    return [tuple(np.flatnonzero(seen.any(axis=axis))[[0, -1]]) for axis in (1, 0)]


def conv(kernel, name="", **settings):
    return c.Conv2D(2, kernel, name=name, **settings)


same = {"padding": "same"}
CASES = {
    "strided": [conv(3, strides=2), conv((1, 5), **same), c.AveragePooling2D(2)],
    "dilated": [conv(3, dilation_rate=2), c.DepthwiseConv2D(3)],
    "padded": [c.ZeroPadding2D(((2, 1), (0, 3))), c.SeparableConv2D(2, 4)],
    "branches": [
        conv(3, "stem", strides=2, **same),
        conv(3, "left", inputs=("stem",), **same),
        conv((5, 1), "right", inputs=("stem",), **same),
        c.Concatenate(inputs=("left", "right", "stem"), name="merge"),
        c.Conv2D(6, 3, inputs=("merge",), name="body", **same),
        c.Add(inputs=("body", "merge")),
    ],
}


@pytest.mark.parametrize("case", CASES)
def test_receptive_fields_are_the_support_of_a_gradient(case):
    network = Network(case, (33, 31, 1), CASES[case])
    row, model = network.rows[-1], to_keras(network)
    height, width, _ = row.output_shape
    for at in product((0, height // 2), (width // 2, width - 1)):
        sees = zip((row.field.rows, row.field.columns), at, (33, 31), strict=True)
        clipped = [(max(0, axis.sees(i)[0]), min(axis.sees(i)[1], n - 1)) for axis, i, n in sees]
        assert clipped == support(model, at)


def test_what_keras_lacks_is_built_as_the_papers_have_it():
    """Subsampling is a sum, and the channels that a shortcut adds are zeros."""
    layer = c.Subsampling2D(3, strides=2, padding="same")
    model = to_keras(Network("sum", (5, 5, 1), [layer]))
    model.set_weights([np.array([1.0]), np.array([0.5])])
    outputs = model(np.ones((1, 5, 5, 1))).numpy()[0, :, :, 0]
    assert outputs.tolist() == [[4.5, 6.5, 4.5], [6.5, 9.5, 6.5], [4.5, 6.5, 4.5]]
    pixels = np.random.default_rng(0).random((1, 2, 2, 3), "float32")
    outputs = to_keras(Network("pad", (2, 2, 3), [c.ChannelPadding(5)]))(pixels).numpy()
    np.testing.assert_array_equal(outputs[..., :3], pixels)
    assert not outputs[..., 3:].any()
