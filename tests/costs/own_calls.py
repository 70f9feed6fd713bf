"""Models that have a graph, as Keras writes it down, and compute something else."""

import keras
from keras import ops

K = keras.layers


class Own(keras.Model):
    """Subclassed, without a graph."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.dense = K.Dense(6)

    def call(self, x):
        return self.dense(x) + self.dense(x)


class Shifted(keras.Model):
    def call(self, x, training=None):
        return super().call(x + 1.0, training=training)


class TwoViews(keras.Sequential):
    """The mean over an image and its mirror image."""

    def call(self, x, training=None):
        return (super().call(x) + super().call(ops.flip(x, axis=2))) / 2


class Called(keras.Sequential):
    def __call__(self, *args, **kwargs):
        return 2 * super().__call__(*args, **kwargs)


class OwnStep(keras.Model):
    """What it computes is its graph; only how it learns is its own."""

    def train_step(self, data):
        return {}


class OwnPrediction(keras.Model):
    """What it predicts is not what its graph gives."""

    def predict_step(self, data):
        return 2 * super().predict_step(data)


def with_own_call(kind, shape=(6, 6, 2)):
    """Return a model of one of these kinds, called "own", for images of this shape."""
    if kind is Own:
        return Own(name="own")
    layers = [keras.Input(shape), K.Conv2D(3, 3, name="conv"), K.Flatten(), K.Dense(2, name="fc")]
    if issubclass(kind, keras.Sequential):
        return kind(layers, name="own")
    plain = keras.Sequential(layers)
    return kind(plain.inputs[0], plain.outputs[0], name="own")


def changed(operation):
    """Return a model or layer whose call was replaced."""
    operation.call = lambda x, training=None: 3 * x
    return operation
