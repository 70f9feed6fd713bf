"""``from_keras`` on the models that people bring: Keras is the judge, by variable."""

import subprocess
import sys
from functools import partial  # noqa: F401 - for the files
from math import prod
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

from course_utils import costs
from course_utils.costs import CostError, from_keras, to_keras, zoo
from tests import golden
from tests.costs import own_calls

K = keras.layers
NAMES = vars(costs) | vars(own_calls)  # and globals(), of the calls in files


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


def on(shape, *layers, name=None):
    return keras.Sequential([keras.Input(shape), *layers], name=name)


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


def open_size():
    photo = keras.Input((None, None, 3), name="photo")
    return keras.Model(photo, K.Conv2D(2, 3)(photo), name="one")


def two_images(side=None):
    a, b = (keras.Input((side, side, 3), name=name) for name in "ab")
    conv = K.Conv2D(2, 3)
    return keras.Model([a, b], [conv(a), conv(b)], name="two")


def frames(x):
    return ops.reshape(x, (-1, 8, 8, 3))


def moving(moves):
    videos = keras.Input((5, 8, 8, 3))
    return keras.Model(videos, K.Conv2D(4, 3)(moves(videos)))


def relu(x):
    """Share a name with Keras's function."""
    return ops.clip(x, 0, 0.1)


class MyConv(K.Conv2D):
    """A layer that may do anything."""


class WithHead(keras.Model):
    """A model with weights beside its graph."""

    def __init__(self):
        inputs = keras.Input((8,))
        super().__init__(inputs, K.Dense(4)(inputs), name="net")
        self.head = K.Dense(2, name="head")
        self.head.build((None, 4))


def in_another_order():
    inputs = keras.Input((8, 8, 3))
    first = K.Conv2D(2, 3, name="first")(inputs)
    return keras.Model(inputs, [K.Conv2D(2, 3, name="second")(first), first])


def layers_built_again(model, network, path):
    """Build a model from its network, which must do the same also when saved and loaded."""
    try:
        again = to_keras(network)
    except CostError:
        return "cannot be built again"
    again.set_weights(model.get_weights())
    again.save(path)
    again, rng = keras.models.load_model(path), np.random.default_rng(0)
    images = [rng.normal(size=(2, *shape)).astype("float32") for shape in network.inputs.values()]
    given = images if len(images) > 1 else images[0]
    outputs = (keras.tree.flatten(one(given)) for one in (model, again))
    for expected, found in zip(*outputs, strict=True):
        assert found.dtype == expected.dtype
        found, expected = (ops.convert_to_numpy(ops.cast(x, "float32")) for x in (found, expected))
        assert np.ptp(expected) > 0  # nor is it NaN
        np.testing.assert_array_equal(found, expected)
    assert from_keras(again).totals == network.totals
    both = [one._flatten_layers() for one in (model, again)]
    assert len({frozenset(getattr(x, "momentum", 0) for x in layers) for layers in both}) == 1
    names = [layer.name for layer in again.layers if not isinstance(layer, K.InputLayer)]
    return f"built again: {', '.join(names)}"


@pytest.mark.filterwarnings("ignore:.*quantize.*")  # Keras names what has nothing to quantize
def test_models_are_counted_and_built_again(tmp_path):
    """Weights are those of the model, and what nobody counted is named: ``counted.txt``.

    There, some models stand with the size of their images.
    """

    def say(call):
        keras.utils.clear_session(free_memory=False)  # names are counted anew
        model, *size = eval(f"{call},", NAMES | globals())
        network = from_keras(model, *size)
        cost, memory = network.totals, network.memory()
        assert cost.params == model.count_params(), call
        trains = sum(prod(weight.shape) for weight in model.trainable_weights)
        assert cost.trainable_params == trains, call
        without = "".join(f", without {name}" for name in sorted(cost.uncounted))
        weights = f"{trains:,} of {cost.params:,} weights in {memory.weights:,} bytes"
        kept = f"{memory.training_activations:,} with the input"
        outputs = f"outputs in {cost.activation_bytes:,} bytes, {kept}, {network.dtype}"
        rows = ", ".join(f"{row.name} {row.output_shape}" for row in network.rows)
        ends = f"; gives {', '.join(network.outputs)}" if network.outputs else ""
        seen = f"sees {network.rows[-1].receptive_field}"
        counted = f"{cost.macs:,} multiply-adds{without}; {seen}; {weights}; {outputs}"
        back = layers_built_again(model, network, tmp_path / "net.keras")
        return f"{counted}\n    {rows}{ends}\n    {back}"

    golden.calls(Path(__file__).with_name("counted.txt"), say)


def test_what_cannot_be():
    keras.utils.clear_session(free_memory=False)  # names are counted anew
    golden.refused(Path(__file__).with_name("refused_by_keras.txt"), NAMES | globals())


@pytest.mark.parametrize(
    "first", ["course_utils.costs, keras", "keras, course_utils", "course_utils, tensorflow, keras"]
)
def test_a_saved_network_loads_where_the_course_is_imported(tmp_path, first):
    path = tmp_path / "lenet.keras"
    to_keras(zoo.lenet5_1998()).save(path)
    code = f"import {first}; print(keras.models.load_model({str(path)!r}).count_params())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["60000"]
