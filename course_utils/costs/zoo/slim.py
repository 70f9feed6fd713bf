"""AlexNet and VGG, slimmed for Fashion-MNIST: a quarter of the filters on 28 x 28 pixels.

Both need between 8 and 10 million multiply-adds for an image, so that they can be compared.
Neither has the dropout that both originals had in their dense layers: it costs nothing, and in
few epochs it does not pay.
"""

from __future__ import annotations

from course_utils.costs.layer import Layer
from course_utils.costs.layers import Dense, Flatten
from course_utils.costs.network import Network
from course_utils.costs.windows import Conv2D, MaxPooling2D


def alexnet_slim() -> Network:
    """Return AlexNet with a quarter of the lecture's filters, for 28 x 28 pixels; logits out.

    AlexNet's first convolution has a stride of 4, and its first pooling gives 27 x 27. Here the
    image itself is hardly larger than that, so the stride is 1, and the kernel 5 x 5 instead of
    11 x 11. Behind it all is as in :func:`~course_utils.costs.zoo.alexnet`: five convolutions,
    three overlapping poolings, three dense layers.

    Examples
    --------
    >>> alexnet_slim().totals.params, alexnet_slim().totals.macs
    (287674, 8502784)
    """
    layers: list[Layer] = []
    for at, filters in enumerate((16, 48, 96, 64, 64), start=1):
        kernel = 5 if at <= 2 else 3
        layers.append(Conv2D(filters, kernel, padding="same", activation="relu", name=f"conv{at}"))
        if at in (1, 2, 5):
            layers.append(MaxPooling2D(3, strides=2, name=f"pool{at}"))
    layers += _dense("fc6", "fc7", "fc8")
    return Network("AlexNet, slimmed", (28, 28, 1), layers)


def vgg_slim() -> Network:
    """Return the first three stages of VGG-16 with a quarter of the filters; logits out.

    The side is an eighth of 224 and the filters are a quarter, so that most convolutions need
    1,024 times fewer multiply-adds than those of :func:`~course_utils.costs.zoo.vgg16`. After
    three poolings 3 x 3 values of a map are left, so there is no room for stages 4 and 5.

    Examples
    --------
    >>> vgg_slim().totals.params, vgg_slim().totals.macs
    (324794, 9360128)
    >>> vgg_slim().row("block1_conv2").macs * 1024
    1849688064
    """
    layers: list[Layer] = []
    for stage, (convs, filters) in enumerate(((2, 16), (2, 32), (3, 64)), start=1):
        layers += [
            Conv2D(filters, 3, padding="same", activation="relu", name=f"block{stage}_conv{at}")
            for at in range(1, convs + 1)
        ]
        layers.append(MaxPooling2D(2, name=f"block{stage}_pool"))
    layers += _dense("fc1", "fc2", "predictions")
    return Network("VGG, slimmed", (28, 28, 1), layers)


def _dense(first: str, second: str, last: str) -> list[Layer]:
    return [
        Flatten(name="flatten"),
        Dense(256, activation="relu", name=first),
        Dense(256, activation="relu", name=second),
        Dense(10, name=last),
    ]
