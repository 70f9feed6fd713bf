"""Networks of the lectures, written down as data.

Each function returns a :class:`~course_utils.costs.Network`. Layers carry the names of their
papers or of Keras Applications.
"""

from __future__ import annotations

from collections.abc import Sequence

from course_utils.costs.layer import Layer, Padding
from course_utils.costs.layers import (
    RBF,
    Activation,
    BatchNormalization,
    Dense,
    Dropout,
    Flatten,
    LocalResponseNormalization,
)
from course_utils.costs.network import Network
from course_utils.costs.windows import AveragePooling2D, Conv2D, MaxPooling2D, Subsampling2D

# LeNet-5's table I (LeCun et al. 1998): the S2 maps that each of the 16 maps of C3 reads. Six
# maps read three neighbours, six read four, three read two pairs of neighbours, one reads all.
C3_CONNECTIONS: tuple[tuple[int, ...], ...] = (
    *(tuple(sorted((i + k) % 6 for k in range(3))) for i in range(6)),
    *(tuple(sorted((i + k) % 6 for k in range(4))) for i in range(6)),
    *(tuple(sorted((i + k) % 6 for k in (0, 1, 3, 4))) for i in range(3)),
    tuple(range(6)),
)


def lenet5(activation: str = "tanh", pooling: str = "average") -> Network:
    """Return LeNet-5 as it is taught today: full connections, plain pooling, a softmax head.

    Parameters
    ----------
    activation
        Keras name of the activation after every hidden layer.
    pooling
        ``"average"`` or ``"max"``.

    Examples
    --------
    >>> [row.params for row in lenet5().rows if row.params]
    [156, 2416, 48120, 10164, 850]
    >>> lenet5().row("pool2").receptive_field, lenet5().row("pool2").effective_stride
    (16, 4)
    """
    pool = _pooling(pooling)
    layers = [
        Conv2D(6, 5, activation=activation, name="conv1"),
        pool(2, name="pool1"),
        Conv2D(16, 5, activation=activation, name="conv2"),
        pool(2, name="pool2"),
        Flatten(name="flatten"),
        Dense(120, activation=activation, name="fc1"),
        Dense(84, activation=activation, name="fc2"),
        Dense(10, name="fc3"),
    ]
    return Network("LeNet-5 as taught", (32, 32, 1), layers)


def lenet5_1998() -> Network:
    """Return LeNet-5 as published: sparse C3, trainable subsampling, fixed output codes.

    LeCun, Bottou, Bengio and Haffner, "Gradient-Based Learning Applied to Document
    Recognition", Proc. IEEE 86(11), 1998, section II.B, figure 2 and table I.

    Examples
    --------
    >>> [row.params for row in lenet5_1998().rows if row.params]
    [156, 12, 1516, 32, 48120, 10164]
    >>> lenet5_1998().totals.params
    60000
    """
    layers = [
        Conv2D(6, 5, name="c1"),
        Subsampling2D(2, activation="tanh", name="s2"),
        Conv2D(16, 5, connections=C3_CONNECTIONS, name="c3"),
        Subsampling2D(2, activation="tanh", name="s4"),
        Conv2D(120, 5, activation="tanh", name="c5"),
        Flatten(name="flatten"),
        Dense(84, activation="tanh", name="f6"),
        RBF(10, name="output"),
    ]
    return Network("LeNet-5 (1998)", (32, 32, 1), layers)


def lab_cnn(
    filters: tuple[int, int] = (16, 32),
    *,
    use_bias: bool = True,
    batch_norm: bool = True,
    activation: str | None = "relu",
    pooling: str | None = "max",
    dropout: float = 0.0,
) -> Network:
    """Return the Fashion-MNIST lab's CNN: twice conv-BN-ReLU-pool, then one dense layer.

    Parameters
    ----------
    filters
        Filters of the two convolutions.
    use_bias
        Whether the convolutions have biases; batch normalisation makes them pointless.
    batch_norm, activation, pooling
        For ablations: leave out batch normalisation, leave out or replace the ReLU, and pool by
        ``"max"``, ``"average"``, ``"stride"`` (no pooling, convolutions of stride 2), or ``None``
        (nothing in its place).
    dropout
        Rate of a dropout before the dense layer; 0 leaves it out.

    Examples
    --------
    >>> lab_cnn().totals.params, lab_cnn(use_bias=False).totals.params
    (29130, 29082)
    """
    strided = pooling == "stride"
    layers: list[Layer] = []
    for at, depth in enumerate(filters, start=1):
        strides = 2 if strided else 1
        layers.append(
            Conv2D(depth, 5, strides=strides, padding="same", use_bias=use_bias, name=f"conv{at}")
        )
        if batch_norm:
            layers.append(BatchNormalization(name=f"bn{at}"))
        if activation is not None:
            layers.append(Activation(activation, name=f"{activation}{at}"))
        if pooling is not None and not strided:
            layers.append(_pooling(pooling)(2, name=f"pool{at}"))
    layers.append(Flatten(name="flatten"))
    if dropout:
        layers.append(Dropout(dropout, name="dropout"))
    layers.append(Dense(10, name="fc"))
    return Network("Lab CNN", (28, 28, 1), layers)


def _pooling(kind: str) -> type[MaxPooling2D | AveragePooling2D]:
    kinds: dict[str, type[MaxPooling2D | AveragePooling2D]] = {
        "max": MaxPooling2D,
        "average": AveragePooling2D,
    }
    if kind not in kinds:
        raise ValueError(f"pooling must be one of {', '.join(kinds)}, not {kind!r}.")
    return kinds[kind]


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
