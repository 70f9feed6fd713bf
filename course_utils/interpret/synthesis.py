"""The image that excites a channel most, made from noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from course_utils.interpret import graph, nonlinear
from course_utils.interpret.gradients import derivative


def maximise(
    model: keras.Model,
    layer: str,
    channels: Sequence[int] | None = None,
    steps: int = 96,
    rate: float = 0.03,
    jitter: int = 8,
    smoothing: float = 1.0,
    total_variation: float = 0.05,
    l2: float = 0.0,
    limits: tuple[float, float] = (0.0, 255.0),
    seed: int = 0,
) -> np.ndarray:
    """Make images that excite the channels of a layer as much as possible.

    Starts from gray with a little noise and climbs: each step goes along the gradient of the
    channel's mean over its map, before the layer's own ReLU, softmax or sigmoid if it has one.
    Without the four *regularisers* what comes out excites the channel, but looks like noise.

    Parameters
    ----------
    model : keras.Model
        Its input size must be fixed.
    layer : str
        A convolution, a dense layer, or what follows one.
    channels : sequence of int, optional
        Default: all of them; an image is made for each.
    steps : int, default 96
    rate : float, default 0.03
        Length of a step, as a part of the range of pixels.
    jitter : int, default 8
        Regulariser: before each step the image is moved by up to so many pixels.
    smoothing : float, default 1
        Regulariser: fine detail grows more slowly than coarse forms, by the frequency to this
        power; 0 for none. It is a blur of each step.
    total_variation : float, default 0.05
        Regulariser: neighbouring pixels become alike, by this part of their difference.
    l2 : float, default 0
        Regulariser: every pixel moves towards middle gray, by this part.
    limits : (float, float), default (0, 255)
        Range of the pixels.
    seed : int, default 0
        Of the noise and the jitter.

    Returns
    -------
    numpy.ndarray
        float32, shape (channels, height, width, image channels), inside the limits. A channel on
        which no pixel has any influence gives a plain gray image.

    Raises
    ------
    ValueError
        If layer or channels do not fit the model, or its input size is open.

    Notes
    -----
    Erhan et al., "Visualizing higher-layer features of a deep network", 2009. L2: Simonyan,
    Vedaldi and Zisserman, 2014; blur: Yosinski et al., "Understanding neural networks through deep
    visualization", 2015; total variation: Mahendran and Vedaldi, 2015; jitter and the scaling of
    frequencies: Olah, Mordvintsev and Schubert, "Feature visualization", Distill 2017.
    """
    graph.check_planar(model)
    name = graph.find_layer(model, layer)
    open_shape = graph.input_shape(model)
    shape = tuple(side for side in open_shape if side is not None)
    if shape != open_shape:
        raise ValueError(f"{model.name!r} leaves its input size open: {open_shape}; give it one.")
    depth = graph.layer_shapes(model)[name][-1] or 0
    numbers = graph.as_channels(name, depth, channels)
    chosen = np.eye(depth, dtype="float32")[list(numbers)]

    instead = nonlinear.before_activation(model, name)

    def answer(x: Any) -> Any:
        maps = graph.read(model, x, [name], instead)[name]
        means = ops.mean(maps, tuple(range(1, len(maps.shape) - 1)))
        return ops.sum(ops.multiply(means, chosen), axis=-1)

    climb = derivative(answer, compiled=True)
    rng = np.random.default_rng(seed)
    low, high = limits
    span, middle = high - low, (high + low) / 2
    x = middle + span * rng.normal(0, 0.02, (len(numbers), *shape)).astype("float32")
    damping = _damping(shape[:2], smoothing)
    step, moved = np.zeros_like(x), np.zeros(len(numbers), bool)
    for at in range(steps):
        shift = tuple(rng.integers(-jitter, jitter + 1, 2))
        _, slope = climb(np.roll(x, shift, axis=(1, 2)))
        slope = np.roll(slope, (-shift[0], -shift[1]), axis=(1, 2))
        if smoothing:
            spectrum = np.fft.rfft2(slope, axes=(1, 2)) * damping
            slope = np.fft.irfft2(spectrum, s=shape[:2], axes=(1, 2))
        size = np.sqrt((slope**2).mean(axis=(1, 2, 3), keepdims=True))
        moved |= size.ravel() > 0
        slope = np.divide(slope, size, out=np.zeros_like(x), where=size > 0)
        step = 0.9 * step + 0.1 * slope  # momentum: the mean of the last ten steps or so
        x = x + span * rate * (1 - 0.9 * at / steps) * step
        x = x - total_variation * _roughness(x) - l2 * (x - middle)
        x = x.clip(low, high).astype("float32")
    x[~moved] = middle
    return x


def _damping(sides: Sequence[Any], power: float) -> np.ndarray:
    """Return what to multiply the spectrum with: 1 / frequency to a power."""
    height, width = sides
    frequency = np.hypot(np.fft.fftfreq(height)[:, np.newaxis], np.fft.rfftfreq(width))
    scale = np.maximum(frequency, 1 / max(height, width)) ** -power
    return scale[np.newaxis, :, :, np.newaxis]


def _roughness(x: np.ndarray) -> np.ndarray:
    """Return how far each pixel lies above its four neighbours; beyond the border all is alike."""
    result = np.zeros_like(x)
    for axis in (1, 2):
        difference = np.diff(x, axis=axis)
        none = [(0, 0)] * x.ndim
        before, after = list(none), list(none)
        before[axis], after[axis] = (1, 0), (0, 1)
        result += np.pad(difference, before) - np.pad(difference, after)
    return result
