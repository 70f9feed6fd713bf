"""The tasks and the network of notebook 09: what is learned first, and what then."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from course_utils.costs import Conv2D, Dense, Flatten, Layer, MaxPooling2D, Network
from course_utils.data.image_data import ImageData

LAYERS = ("conv1", "conv2", "conv3", "fc1", "head")
"""The layers with weights, from the images up."""
LETTERS = "ЦЧШЩЪЫЬЭЮЯ"
"""The letters to be learned from few images: the last ten Russian capitals, some much alike."""
CLOTHES = (4, 5, 6, 9)
"""The classes of Fashion-MNIST to be learned from few images: coat, sandal, shirt, ankle boot."""
OTHERS = (0, 1, 2, 3, 7, 8)
"""The classes of Fashion-MNIST with plenty of images: all the others."""


def small_net(classes: int) -> Network:
    """Return the network of notebook 09: three convolutions, two dense layers, logits out.

    Parameters
    ----------
    classes : int

    Examples
    --------
    >>> small_net(10).totals.params
    33194
    """
    layers: list[Layer] = []
    for number, filters in enumerate((16, 32, 32), start=1):
        name = f"conv{number}"
        layers.append(Conv2D(filters, 3, padding="same", activation="relu", name=name))
        layers.append(MaxPooling2D(2, name=f"pool{number}"))
    layers += [
        Flatten(name="flatten"),
        Dense(64, activation="relu", name="fc1"),
        Dense(classes, name="head"),
    ]
    return Network("Small net", (28, 28, 1), layers)


def only_classes(data: ImageData, classes: tuple[int, ...]) -> ImageData:
    """Return the images of some classes, which are numbered anew from 0.

    Parameters
    ----------
    data : ImageData
    classes : tuple of int
        In increasing order.

    Examples
    --------
    >>> from course_utils.data import letters
    >>> only_classes(letters("ABCD", 40, 4), (1, 3))
    Typed letters: 20 training, 2 validation and 2 test images of 28 x 28, 2 classes
    """
    parts = {}
    for part in ("train", "val", "test"):
        x, y = getattr(data, f"x_{part}"), getattr(data, f"y_{part}")
        chosen = np.isin(y, classes)
        parts[f"x_{part}"] = x[chosen]
        parts[f"y_{part}"] = np.searchsorted(classes, y[chosen])
    return replace(data, class_names=tuple(data.class_names[c] for c in classes), **parts)
