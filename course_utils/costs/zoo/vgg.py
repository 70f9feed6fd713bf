"""VGG: stacks of 3x3 convolutions (Simonyan and Zisserman 2014, arXiv:1409.1556)."""

from __future__ import annotations

from collections.abc import Sequence

from course_utils.costs.layer import Layer
from course_utils.costs.layers import Dense, Flatten
from course_utils.costs.network import Network
from course_utils.costs.windows import Conv2D, MaxPooling2D


def _vgg(name: str, convs: Sequence[int], classes: int) -> Network:
    """Return a VGG: five stages of 3x3 convolutions, each ended by a 2x2 pooling."""
    layers: list[Layer] = []
    for stage, (repeats, filters) in enumerate(
        zip(convs, (64, 128, 256, 512, 512), strict=True), start=1
    ):
        layers += [
            Conv2D(filters, 3, padding="same", activation="relu", name=f"block{stage}_conv{at}")
            for at in range(1, repeats + 1)
        ]
        layers.append(MaxPooling2D(2, name=f"block{stage}_pool"))
    layers += [
        Flatten(name="flatten"),
        Dense(4096, activation="relu", name="fc1"),
        Dense(4096, activation="relu", name="fc2"),
        Dense(classes, activation="softmax", name="predictions"),
    ]
    return Network(name, (224, 224, 3), layers)


def vgg11(classes: int = 1000) -> Network:
    """Return VGG-11, column A of Simonyan and Zisserman 2014 (arXiv:1409.1556), table 1."""
    return _vgg("VGG-11", (1, 1, 2, 2, 2), classes)


def vgg13(classes: int = 1000) -> Network:
    """Return VGG-13, column B of the same table."""
    return _vgg("VGG-13", (2, 2, 2, 2, 2), classes)


def vgg16(classes: int = 1000) -> Network:
    """Return VGG-16, column D of the same table; layer names as in Keras Applications.

    Examples
    --------
    >>> net = vgg16()
    >>> net.totals.params, net.totals.macs
    (138357544, 15470264320)
    >>> net.row("block5_conv3").receptive_field, net.row("block5_conv3").effective_stride
    (196, 16)
    """
    return _vgg("VGG-16", (2, 2, 3, 3, 3), classes)


def vgg19(classes: int = 1000) -> Network:
    """Return VGG-19, column E of the same table."""
    return _vgg("VGG-19", (2, 2, 4, 4, 4), classes)
