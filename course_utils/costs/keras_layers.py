"""The few layers of the zoo that Keras does not have, written with ``keras.ops``.

They serve :func:`course_utils.costs.to_keras`; importing this module imports Keras.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

from course_utils.costs.layer import _pair

_register = keras.saving.register_keras_serializable(package="course_utils")


@_register
class ConnectedConv2D(keras.layers.Layer):
    """A valid convolution in which each filter sees only some channels: LeNet-5's layer C3.

    ``connections`` lists for each filter the input channels it sees; the other settings are those
    of ``keras.layers.Conv2D``.
    """

    def __init__(
        self,
        kernel_size: int | tuple[int, int],
        connections: tuple[tuple[int, ...], ...],
        strides: int | tuple[int, int] = 1,
        use_bias: bool = True,
        activation: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.kernel_size = _pair(kernel_size)
        self.connections = tuple(tuple(channels) for channels in connections)
        self.strides = _pair(strides)
        self.use_bias = use_bias
        self.activation = keras.activations.get(activation)

    def build(self, input_shape: tuple[Any, ...]) -> None:
        """Make one small kernel per connection, and the map that puts them in their places."""
        channels, filters = input_shape[-1], len(self.connections)
        places = [c * filters + f for f, seen in enumerate(self.connections) for c in seen]
        self._places = keras.utils.to_categorical(places, channels * filters).astype("float32")
        self._full_shape = (*self.kernel_size, channels, filters)
        size = int(np.prod(self.kernel_size))
        fan_in = size * len(places) / filters
        self.kernel = self.add_weight(
            name="kernel",
            shape=(size, len(places)),
            initializer=keras.initializers.RandomUniform(-(fan_in**-0.5), fan_in**-0.5),
        )
        if self.use_bias:
            self.bias = self.add_weight(name="bias", shape=(filters,), initializer="zeros")

    def call(self, inputs: Any) -> Any:
        """Convolve with the full kernel, in which absent connections are zero."""
        places = ops.cast(self._places, self.kernel.dtype)
        kernel = ops.reshape(ops.matmul(self.kernel, places), self._full_shape)
        kernel = ops.cast(kernel, inputs.dtype)
        outputs = ops.conv(inputs, kernel, self.strides, "valid", "channels_last")
        if self.use_bias:
            outputs = outputs + ops.cast(self.bias, outputs.dtype)
        return self.activation(outputs)


@_register
class Subsampling2D(keras.layers.AveragePooling2D):
    """LeNet-5's trainable pooling, without padding: ``activation(weight * sum + bias)``."""

    def __init__(self, *args: Any, activation: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.built = False  # to Keras 3.8 a pooling, which has no weights, is built already
        self.activation = keras.activations.get(activation)

    def build(self, input_shape: tuple[Any, ...]) -> None:
        """Make one weight and one bias per channel; at first the layer averages."""
        mean = keras.initializers.Constant(1.0 / float(np.prod(self.pool_size)))
        self.weight = self.add_weight(name="weight", shape=(input_shape[-1],), initializer=mean)
        self.bias = self.add_weight(name="bias", shape=(input_shape[-1],), initializer="zeros")

    def call(self, inputs: Any) -> Any:
        """Return the scaled, shifted and squashed sums."""
        sums = super().call(inputs) * float(np.prod(self.pool_size))
        return self.activation(sums * self.weight + self.bias)

    def get_config(self) -> dict[str, Any]:
        """Return what is needed to make the layer again."""
        activation = keras.activations.serialize(self.activation)
        return {**super().get_config(), "activation": activation}


@_register
class RBF(keras.layers.Layer):
    """Squared distances to fixed codes of plus and minus one, one code per class.

    LeCun et al. (1998) drew the codes as little bitmaps of the characters; these are random, with
    a fixed seed.
    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape: tuple[Any, ...]) -> None:
        """Draw the codes."""
        shape = (self.units, input_shape[-1])
        self.codes = np.random.default_rng(1998).choice([-1.0, 1.0], shape).astype("float32")

    def call(self, inputs: Any) -> Any:
        """Return one distance per class: the smallest wins."""
        codes = ops.cast(self.codes, inputs.dtype)
        return ops.sum(ops.square(ops.expand_dims(inputs, -2) - codes), axis=-1)


@_register
class LocalResponseNormalization(keras.layers.Layer):
    """AlexNet's normalisation: divide by the energy of ``depth_size`` neighbouring channels."""

    def __init__(
        self,
        depth_size: int = 5,
        bias: float = 2.0,
        alpha: float = 1e-4,
        beta: float = 0.75,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.depth_size, self.bias, self.alpha, self.beta = depth_size, bias, alpha, beta

    def call(self, inputs: Any) -> Any:
        """Sum the squares over a window that slides along the channels."""
        before = self.depth_size // 2
        pads = [[0, 0]] * (len(inputs.shape) - 1) + [[before, self.depth_size - 1 - before]]
        squares = ops.pad(ops.square(inputs), pads)
        channels = inputs.shape[-1]
        energy = sum(squares[..., at : at + channels] for at in range(self.depth_size))
        return inputs / (self.bias + self.alpha * energy) ** self.beta


@_register
class ChannelPadding(keras.layers.Layer):
    """Channels of zeros behind those that are there: a residual network's shortcut, option A."""

    def __init__(self, channels: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.channels = channels

    def call(self, inputs: Any) -> Any:
        """Append the zeros."""
        missing = self.channels - inputs.shape[-1]
        return ops.pad(inputs, [[0, 0]] * (len(inputs.shape) - 1) + [[0, missing]])
