"""What a network computes: its filters, its feature maps, its last layer in two dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from course_utils.interpret import graph


def activations(
    model: keras.Model, images: Any, layers: Sequence[str], batch_size: int = 32
) -> dict[str, np.ndarray]:
    """Return what layers give for images.

    Parameters
    ----------
    model : keras.Model
    images : array_like, shape (n, height, width, channels)
        As the model takes them.
    layers : sequence of str
        Names as in :func:`layer_shapes`, or the name of a nested model for its output.
    batch_size : int, default 32
        Images computed at a time.

    Returns
    -------
    dict of str to numpy.ndarray
        float32; feature maps have shape (n, height, width, channels).

    Raises
    ------
    ValueError
        If there is no such layer, or the images do not fit.

    Examples
    --------
    >>> model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.MaxPooling2D(name="pool")])
    >>> activations(model, np.arange(16).reshape(1, 4, 4, 1), ["pool"])["pool"][0, :, :, 0]
    array([[ 5.,  7.],
           [13., 15.]], dtype=float32)
    """
    pixels = graph.as_images(model, images)
    if isinstance(layers, str):
        layers = [layers]
    names = {given: graph.find_layer(model, given) for given in layers}
    parts: dict[str, list[np.ndarray]] = {given: [] for given in layers}
    for batch in graph.batches(len(pixels), batch_size):
        x = ops.convert_to_tensor(pixels[batch])
        values = graph.read(model, x, list(names.values()))
        for given, name in names.items():
            parts[given].append(graph.to_numpy(values[name]))
    return {given: np.concatenate(part) for given, part in parts.items()}


def channel_states(maps: Any) -> list[str]:
    """Say of each channel whether it is alive.

    Parameters
    ----------
    maps : array_like, shape (n, ..., channels)
        What a layer gives for many images.

    Returns
    -------
    list of str
        ``"dead"`` if the channel is zero everywhere on all images, ``"constant"`` if it is the
        same number everywhere (relative to its size, to 1e-6), else ``"alive"``.

    Examples
    --------
    >>> channel_states([[0.0, 3.0, 1.0], [0.0, 3.0, 2.0]])
    ['dead', 'constant', 'alive']
    """
    values = np.asarray(maps)
    values = values.reshape(-1, values.shape[-1])
    low, high = values.min(axis=0), values.max(axis=0)
    size = np.maximum(np.abs(low), np.abs(high))
    states = np.where(high - low <= 1e-6 * size, "constant", "alive")
    return np.where(size == 0, "dead", states).tolist()
