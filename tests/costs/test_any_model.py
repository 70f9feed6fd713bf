"""``from_keras`` on the models that people bring: Keras is the judge, by variable."""

import functools
import subprocess
import sys
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

from course_utils import costs
from course_utils.costs import from_keras, to_keras, zoo
from tests import golden
from tests.costs.own_calls import Own, OwnStep, TwoViews, with_own_call  # noqa: F401 - in files

K = keras.layers


class Block(K.Layer):
    """A layer that holds layers, and a weight of its own."""

    def __init__(self, shared=None, **settings):
        super().__init__(**settings)
        self.conv = shared or K.Conv2D(4, 3, padding="same")
        self.norm = K.BatchNormalization()

    def build(self, shape):
        if not self.conv.built:
            self.conv.build(shape)
        self.norm.build((*shape[:-1], 4))
        self.gain = self.add_weight(shape=(), initializer="ones", name="gain")

    def call(self, x):
        return self.gain * self.norm(self.conv(x))

    def compute_output_shape(self, shape):
        return (*shape[:-1], 4)


class Inner(keras.Model):
    """A model with a call of its own, inside another."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.dense = K.Dense(6)

    def call(self, x):
        return self.dense(x) + self.dense(x)


def on(shape, *layers):
    return keras.Sequential([keras.Input(shape), *layers])


def image(*layers):
    return on((8, 8, 3), *layers)


def attention():
    tokens = keras.Input((10, 8))
    return keras.Model(tokens, K.MultiHeadAttention(2, 4)(tokens, tokens))


def shared_inside():
    """Return a model in which two wrappers and the graph itself use one layer."""
    inputs = keras.Input((5, 8, 8, 3))
    conv = K.Conv2D(4, 3, padding="same")
    both = [K.TimeDistributed(conv)(inputs), K.TimeDistributed(Block(conv))(inputs)]
    return keras.Model(inputs, [*both, conv(inputs[:, 0])])


def lora(layer, shape):
    model = on(shape, layer)
    layer.enable_lora(2)
    return model


def quantized(mode):
    model = on((20,), K.Dense(10), K.Dense(4))
    with warnings.catch_warnings():  # Keras names each layer that has nothing to quantize
        warnings.filterwarnings("ignore", message=".*quantize.*")
        model.quantize(mode)
    return model


def frozen_but_the_last():
    model = image(K.Conv2D(4, 3), K.Flatten(), K.Dense(2))
    model.trainable = False
    model.layers[-1].trainable = True
    return model


def frozen(model, *names):
    """Return a model of which some layers, or variables such as "conv.kernel", do not learn."""
    for layer, _, weight in (name.partition(".") for name in names):
        what = model.get_layer(layer)
        (getattr(what, weight) if weight else what).trainable = False
    return model


def pairs():
    a, b = keras.Input((4,), name="a"), keras.Input((6,), name="b")
    inner = keras.Model([b, a], [K.Dense(3)(b), K.Dense(2)(a)])
    x, y = keras.Input((4,)), keras.Input((6,))
    return keras.Model([x, y], inner({"a": x, "b": y}))


def gated():
    inputs = keras.Input((8, 8, 2))
    x = K.Conv2D(3, 3, name="conv")(inputs)
    gate = ops.mean(x, axis=(1, 2), keepdims=True)
    return keras.Model(inputs, ops.relu(x * gate + 3.0))


def test_models_are_counted():
    """Weights are those of the model, and what nobody counted is named: ``counted.txt``.

    There, some models stand with the size of their images.
    """

    def say(call):
        keras.utils.clear_session(free_memory=False)  # names are counted anew
        model, *size = eval(f"{call},", dict(globals()))
        network = from_keras(model, *size)
        cost = network.totals
        assert cost.params == model.count_params(), call
        trains = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
        assert cost.trainable_params == trains, call
        without = "".join(f", without {name}" for name in sorted(cost.uncounted))
        weights = f"{trains:,} of {cost.params:,} weights in {network.memory().weights:,} bytes"
        rows = ", ".join(f"{row.name} {row.output_shape}" for row in network.rows)
        field = network.rows[-1].receptive_field
        return f"{cost.macs:,} multiply-adds{without}; sees {field}; {weights}\n    {rows}"

    golden.calls(Path(__file__).with_name("counted.txt"), say)


def test_a_call_changed_on_one_layer_is_not_taken_for_keras():
    model = image(K.Conv2D(4, 3, name="conv"), K.LeakyReLU(name="leaky"))
    for layer in model.layers:
        layer.call = lambda x: x
    assert from_keras(model).totals.uncounted == ("conv", "leaky")


def open_size():
    photo = keras.Input((None, None, 3), name="photo")
    return keras.Model(photo, K.Conv2D(2, 3)(photo), name="one")


def two_images(side=None):
    a, b = (keras.Input((side, side, 3), name=name) for name in "ab")
    conv = K.Conv2D(2, 3)
    return keras.Model([a, b], [conv(a), conv(b)], name="two")


def test_a_layer_that_is_used_twice_is_built_once():
    network = from_keras(two_images(8))
    assert to_keras(network).count_params() == network.totals.params == (27 + 1) * 2


def frames(x):
    return ops.reshape(x, (-1, 8, 8, 3))


def moving(moves):
    videos = keras.Input((5, 8, 8, 3))
    return keras.Model(videos, K.Conv2D(4, 3)(moves(videos)))


# ----------------------------------------------------------------------------- and back again


def relu(x):
    """Share a name with Keras's function."""
    return ops.clip(x, 0, 0.1)


@pytest.mark.parametrize(
    "layer",
    [
        lambda: K.BatchNormalization(epsilon=0.5),
        lambda: K.LayerNormalization(epsilon=0.5),
        lambda: K.Conv2D(4, 3, activation="gelu", dilation_rate=2),
        lambda: K.ReLU(max_value=1.0, negative_slope=0.2, threshold=0.1),
        lambda: K.Activation(keras.activations.silu),
        lambda: K.Conv2D(4, 3, dtype="float16"),
        lambda: K.Conv2D(4, 3, dtype="mixed_bfloat16"),
    ],
)
def test_every_setting_survives_the_way_there_and_back(layer):
    model = image(layer())
    again = to_keras(from_keras(model))
    again.set_weights(model.get_weights())
    images = np.random.default_rng(0).normal(size=(2, 8, 8, 3)).astype("float32")
    assert again(images).dtype == model(images).dtype
    one, other = (ops.convert_to_numpy(ops.cast(m(images), "float32")) for m in (model, again))
    np.testing.assert_array_equal(one, other)


class MyConv(K.Conv2D):
    """A layer that may do anything."""


class WithHead(keras.Model):
    """A model with weights beside its graph."""

    def __init__(self):
        inputs = keras.Input((8,))
        super().__init__(inputs, K.Dense(4)(inputs), name="net")
        self.head = K.Dense(2, name="head")
        self.head.build((None, 4))


def test_what_cannot_be():
    keras.utils.clear_session(free_memory=False)  # names are counted anew
    names = {**vars(costs), **globals(), "partial": functools.partial, "to_keras": to_keras}
    golden.refused(Path(__file__).with_name("refused_by_keras.txt"), names)


def test_a_name_with_its_model_in_front_goes_there_and_back():
    base = on((8, 8, 3), K.Conv2D(4, 3, name="conv"))
    base.name = "base"
    model = image(K.Conv2D(3, 1, name="conv"), base)
    again = to_keras(from_keras(model))
    assert [layer.name for layer in again.layers[1:]] == ["conv", "base_conv"]
    assert again.count_params() == model.count_params()


def test_outputs_keep_their_number_and_order():
    inputs = keras.Input((8, 8, 3))
    first = K.Conv2D(2, 3, name="first")(inputs)
    second = K.Conv2D(2, 3, name="second")(first)
    model = keras.Model(inputs, [second, first])
    assert to_keras(from_keras(model)).output_shape == model.output_shape
    assert from_keras(keras.Model(inputs, second)).outputs == ()


def test_mixed_precision_halves_the_outputs_and_not_the_weights():
    def net(policy, last):
        first = K.Conv2D(4, 3, dtype=policy), K.Flatten(dtype=policy)
        return from_keras(image(*first, K.Dense(2, dtype=last, name="fc")))

    half = "mixed_float16"
    plain, mixed, head = net("float32", "float32"), net(half, half), net(half, "float32")
    assert mixed.dtype == head.dtype == "mixed_float16"
    assert 2 * mixed.totals.activation_bytes == plain.totals.activation_bytes
    assert mixed.memory().weights == plain.memory().weights
    assert head.row("fc").activation_bytes == 2 * mixed.row("fc").activation_bytes == 8
    assert plain.at(dtype="float16").memory().weights * 2 == plain.memory().weights


# ------------------------------------------------------------------------------------- loading


@pytest.mark.parametrize(
    "first", ["import course_utils.costs, keras", "import keras, course_utils"]
)
def test_a_saved_network_loads_where_the_course_is_imported(tmp_path, first):
    path = tmp_path / "lenet.keras"
    to_keras(zoo.lenet5_1998()).save(path)
    code = f"{first}; print(keras.models.load_model({str(path)!r}).count_params())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["60000"]


OURS = [
    *(zoo.lenet5_1998(), zoo.residual(8, shortcut="padding")),
    zoo.alexnet_paper().at(input_shape=(43, 43, 3), layers=zoo.alexnet_paper().layers[:2]),
]


@pytest.mark.parametrize("network", OURS, ids=lambda network: network.name)
def test_the_layers_of_our_own_survive_saving(tmp_path, network):
    model = to_keras(network)
    model.save(tmp_path / "net.keras")
    again = keras.models.load_model(tmp_path / "net.keras")
    assert from_keras(again).totals == from_keras(model).totals
    assert again.count_params() == network.totals.params
    for weight, other in zip(model.weights, again.weights, strict=True):
        np.testing.assert_array_equal(weight, other)
    images = np.random.default_rng(0).random((1, *network.input_shape), "float32")
    outputs, others = (ops.convert_to_numpy(m(images)) for m in (model, again))
    np.testing.assert_array_equal(outputs, others)
    assert np.isfinite(outputs).all()
    assert outputs.std() > 0
