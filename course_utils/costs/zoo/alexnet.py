"""AlexNet in the three forms that are in circulation."""

from __future__ import annotations

from collections.abc import Sequence

from course_utils.costs.layer import Layer, Padding
from course_utils.costs.layers import Dense, Flatten, LocalResponseNormalization
from course_utils.costs.network import Network
from course_utils.costs.windows import Conv2D, MaxPooling2D


def _alexnet(
    name: str,
    filters: Sequence[int],
    *,
    first_padding: Padding,
    groups: Sequence[int] = (1, 1, 1, 1, 1),
    normalize: bool = False,
) -> Network:
    """Return an AlexNet: five convolutions, three overlapping poolings, three dense layers."""
    kernels, strides = (11, 5, 3, 3, 3), (4, 1, 1, 1, 1)
    paddings: tuple[Padding, ...] = (first_padding, 2, 1, 1, 1)
    layers: list[Layer] = []
    for at in range(1, 6):
        conv = Conv2D(
            filters[at - 1],
            kernels[at - 1],
            strides=strides[at - 1],
            padding=paddings[at - 1],
            groups=groups[at - 1],
            activation="relu",
            name=f"conv{at}",
        )
        layers.append(conv)
        if normalize and at <= 2:
            layers.append(LocalResponseNormalization(name=f"norm{at}"))
        if at in (1, 2, 5):
            layers.append(MaxPooling2D(3, strides=2, name=f"pool{at}"))
    layers.append(Flatten(name="flatten"))
    for at in (6, 7):
        layers.append(Dense(4096, activation="relu", name=f"fc{at}"))
    layers.append(Dense(1000, name="fc8"))
    return Network(name, (227, 227, 3), layers)


def alexnet() -> Network:
    """Return AlexNet as in the lecture's table: one tower, 64 filters first, padding 2 on 227.

    A mixture: the 227 pixels of the paper's arithmetic with the filters of Krizhevsky's later
    one-tower network (arXiv:1404.5997), so that 56 positions come out instead of 55.

    Examples
    --------
    >>> alexnet().totals.params, alexnet().row("conv1").output_shape
    (61100840, (56, 56, 64))
    """
    return _alexnet("AlexNet (lecture)", (64, 192, 384, 256, 256), first_padding=2)


def alexnet_paper() -> Network:
    """Return the two-tower AlexNet: conv2, conv4 and conv5 see only their own tower.

    Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional Neural
    Networks", NIPS 2012, section 3.5. The paper says 224 pixels; its shapes need 227.

    Examples
    --------
    >>> alexnet_paper().totals.params, alexnet_paper().totals.macs
    (60965224, 724406816)
    """
    return _alexnet(
        "AlexNet (paper)",
        (96, 256, 384, 384, 256),
        first_padding="valid",
        groups=(1, 2, 1, 2, 2),
        normalize=True,
    )


def alexnet_single_tower() -> Network:
    """Return the paper's AlexNet without the split into two towers.

    Examples
    --------
    >>> alexnet_single_tower().totals.params
    62378344
    """
    return _alexnet(
        "AlexNet (single tower)", (96, 256, 384, 384, 256), first_padding="valid", normalize=True
    )
