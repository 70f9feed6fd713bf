"""What a network computes: its filters, its feature maps, its last layer in two dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from course_utils.interpret import graph


def filters(model: keras.Model, layer: str | None = None) -> np.ndarray:
    """Return the filters of a convolution, one after the other.

    Parameters
    ----------
    model : keras.Model
    layer : str, optional
        A Conv2D or DepthwiseConv2D; default: the first one of the model.

    Returns
    -------
    numpy.ndarray
        float32, shape (filters, height, width, input channels). Each filter of a
        DepthwiseConv2D has one channel.

    Raises
    ------
    ValueError
        If the layer has no such filters.

    Examples
    --------
    >>> model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Conv2D(16, 5)])
    >>> filters(model).shape
    (16, 5, 5, 1)
    """
    calls = graph.listing(model).calls
    convolutions = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D)
    if layer is None:
        found = (name for name, call in calls.items() if isinstance(call.operation, convolutions))
        layer = next(found, None)
        if layer is None:
            raise ValueError(f"{model.name!r} has no convolution.")
    operation = calls[graph.find_layer(model, layer)].operation
    if not isinstance(operation, convolutions):
        kind = type(operation).__name__
        raise ValueError(f"{layer!r} is a {kind}; filters belong to Conv2D and DepthwiseConv2D.")
    kernel = np.asarray(
        operation.kernel.numpy(), "float32"
    )  # (height, width, input channels, filters)
    if isinstance(operation, keras.layers.DepthwiseConv2D):
        kernel = kernel.reshape(*kernel.shape[:2], 1, -1)
    return np.moveaxis(kernel, -1, 0)


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


def principal_components(vectors: Any, count: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Return the coordinates of vectors along the directions in which they differ most.

    Parameters
    ----------
    vectors : array_like, shape (n, ...)
        One row for each image, such as the output of a network's last layer but one.
    count : int, default 2
        Number of directions.

    Returns
    -------
    coordinates : numpy.ndarray
        Shape (n, count), centred. The sign of a direction is arbitrary; here its largest
        coordinate is positive.
    share : numpy.ndarray
        Shape (count,): which part of the total variance each direction has.

    Raises
    ------
    ValueError
        If there are not so many directions, or all vectors are equal.

    Notes
    -----
    Pearson, "On lines and planes of closest fit to systems of points in space", 1901; here by the
    singular value decomposition of the centred data.

    Examples
    --------
    >>> coordinates, share = principal_components([[0, 1], [3, 1], [9, 1]], 1)
    >>> coordinates.ravel().round(6).tolist(), share.tolist()
    ([-4.0, -1.0, 5.0], [1.0])
    """
    rows = np.asarray(vectors, dtype="float64")
    rows = rows.reshape(len(rows), -1)
    if not 1 <= count <= min(rows.shape):
        raise ValueError(
            f"{rows.shape[0]} vectors of {rows.shape[1]} numbers do not have {count} directions."
        )
    left, sizes, _ = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
    if not sizes[0] > 0:
        raise ValueError("All vectors are equal: there is no direction in which they differ.")
    coordinates = left[:, :count] * sizes[:count]
    largest = np.abs(coordinates).argmax(axis=0)
    coordinates = coordinates * np.where(coordinates[largest, range(count)] < 0, -1, 1)
    return coordinates, sizes[:count] ** 2 / (sizes**2).sum()
