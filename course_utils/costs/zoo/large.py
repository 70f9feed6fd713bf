"""The large networks of the lectures: AlexNet, VGG, GoogLeNet and MobileNetV2.

AlexNet and VGG are here twice, the second time slim, for Fashion-MNIST: a quarter of the filters on
28 x 28 pixels. Both need between 8 and 10 million multiply-adds for an image, so that they can be
compared. Neither has the dropout that both originals had in their dense layers: it costs nothing,
and in few epochs it does not pay.
"""

from collections.abc import Sequence
from typing import Any

from course_utils.costs.layer import Layer, Shape
from course_utils.costs.layers import (
    Add,
    BatchNormalization,
    Concatenate,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    LocalResponseNormalization,
    ReLU,
)
from course_utils.costs.network import Network
from course_utils.costs.windows import AveragePooling2D, Conv2D, DepthwiseConv2D, MaxPooling2D

_SLIM: Any = {"input_shape": (28, 28, 1), "units": 256, "classes": 10}

# ------------------------------------------------- AlexNet, in the three forms in circulation

_AFTER_THE_FIRST = (5, 1, 2), (3, 1, 1), (3, 1, 1), (3, 1, 1)  # side, stride, padding


def _alexnet(
    name: str,
    filters: Sequence[int],
    windows: Sequence[tuple[int, int, Any]],
    *,
    groups: Sequence[int] = (1, 1, 1, 1, 1),
    normalize: bool = False,
    input_shape: Shape = (227, 227, 3),
    units: int = 4096,
    classes: int = 1000,
) -> Network:
    """Return an AlexNet: five convolutions, three overlapping poolings, three dense layers."""
    layers: list[Layer] = []
    columns = enumerate(zip(filters, windows, groups, strict=True), start=1)
    for at, (depth, (kernel, stride, padding), towers) in columns:
        how: Any = {"padding": padding, "groups": towers, "activation": "relu"}
        layers.append(Conv2D(depth, kernel, stride, name=f"conv{at}", **how))
        if normalize and at <= 2:
            layers.append(LocalResponseNormalization(name=f"norm{at}"))
        if at in (1, 2, 5):
            layers.append(MaxPooling2D(3, strides=2, name=f"pool{at}"))
    layers += [*_dense(units, "fc6", "fc7"), Dense(classes, name="fc8")]
    return Network(name, input_shape, layers)


def _dense(units: int, first: str, second: str) -> list[Layer]:
    return [
        Flatten(name="flatten"),
        Dense(units, activation="relu", name=first),
        Dense(units, activation="relu", name=second),
    ]


def alexnet() -> Network:
    """Return AlexNet as in the lecture's table: one tower, 64 filters first, padding 2 on 227.

    A mixture: the 227 pixels of the paper's arithmetic with the filters of Krizhevsky's later
    one-tower network (arXiv:1404.5997), so that 56 positions come out instead of 55.

    >>> alexnet().totals.params, alexnet().row("conv1").output_shape
    (61100840, (56, 56, 64))
    """
    windows = (11, 4, 2), *_AFTER_THE_FIRST
    return _alexnet("AlexNet (lecture)", (64, 192, 384, 256, 256), windows)


def alexnet_paper() -> Network:
    """Return the two-tower AlexNet: conv2, conv4 and conv5 see only their own tower.

    Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional Neural
    Networks", NIPS 2012, section 3.5. The paper says 224 pixels; its shapes need 227.

    >>> alexnet_paper().totals.params, alexnet_paper().totals.macs
    (60965224, 724406816)
    """
    return _of_the_paper("AlexNet (paper)", groups=(1, 2, 1, 2, 2))


def alexnet_single_tower() -> Network:
    """Return the paper's AlexNet without the split into two towers.

    >>> alexnet_single_tower().totals.params
    62378344
    """
    return _of_the_paper("AlexNet (single tower)", groups=(1, 1, 1, 1, 1))


def _of_the_paper(name: str, groups: Sequence[int]) -> Network:
    windows = (11, 4, "valid"), *_AFTER_THE_FIRST
    return _alexnet(name, (96, 256, 384, 384, 256), windows, groups=groups, normalize=True)


def alexnet_slim() -> Network:
    """Return AlexNet with a quarter of the lecture's filters, for 28 x 28 pixels; logits out.

    AlexNet's first convolution has a stride of 4, and its first pooling gives 27 x 27. Here the
    image itself is hardly larger than that, so the stride is 1, and the kernel 5 x 5 instead of
    11 x 11. Behind it all is as in :func:`alexnet`: five convolutions,
    three overlapping poolings, three dense layers.

    >>> alexnet_slim().totals.params, alexnet_slim().totals.macs
    (287674, 8502784)
    """
    windows = [(side, 1, "same") for side in (5, 5, 3, 3, 3)]
    return _alexnet("AlexNet, slimmed", (16, 48, 96, 64, 64), windows, **_SLIM)


# ------------------------------------------------------- VGG (Simonyan and Zisserman 2014)


def _vgg(
    name: str,
    stages: Sequence[tuple[int, int]],
    *,
    input_shape: Shape = (224, 224, 3),
    units: int = 4096,
    classes: int = 1000,
    activation: str | None = "softmax",
) -> Network:
    """Return a VGG: stages of so many 3x3 convolutions of so many filters, then a 2x2 pooling."""
    layers: list[Layer] = []
    for stage, (convs, filters) in enumerate(stages, start=1):
        layers += [
            Conv2D(filters, 3, padding="same", activation="relu", name=f"block{stage}_conv{at}")
            for at in range(1, convs + 1)
        ]
        layers.append(MaxPooling2D(2, name=f"block{stage}_pool"))
    layers += _dense(units, "fc1", "fc2")
    layers.append(Dense(classes, activation=activation, name="predictions"))
    return Network(name, input_shape, layers)


def vgg16() -> Network:
    """Return VGG-16; layer names as in Keras Applications.

    Column D of table 1 of Simonyan and Zisserman 2014 (arXiv:1409.1556).

    >>> net = vgg16()
    >>> net.totals.params, net.totals.macs
    (138357544, 15470264320)
    >>> net.row("block5_conv3").receptive_field, net.row("block5_conv3").effective_stride
    (196, 16)
    """
    stages = (2, 64), (2, 128), (3, 256), (3, 512), (3, 512)
    return _vgg("VGG-16", stages)


def vgg19() -> Network:
    """Return VGG-19, column E of the same table."""
    stages = (2, 64), (2, 128), (4, 256), (4, 512), (4, 512)
    return _vgg("VGG-19", stages)


def vgg_slim() -> Network:
    """Return the first three stages of VGG-16 with a quarter of the filters; logits out.

    The side is an eighth of 224 and the filters are a quarter, so that most convolutions need
    1,024 times fewer multiply-adds than those of :func:`vgg16`. After
    three poolings 3 x 3 values of a map are left, so there is no room for stages 4 and 5.

    >>> vgg_slim().totals.params, vgg_slim().totals.macs
    (324794, 9360128)
    >>> vgg_slim().row("block1_conv2").macs * 1024
    1849688064
    """
    return _vgg("VGG, slimmed", ((2, 16), (2, 32), (3, 64)), activation=None, **_SLIM)


# -------------------------------------------------- GoogLeNet and its block, the Inception module

# Table 1 of the paper: filters of the 1x1, of the 3x3 after its reduction, of the 5x5 after its
# reduction, and of the projection behind the pooling.
_INCEPTION = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}


def inception_module(naive: bool = False) -> Network:
    """Return the lecture's Inception module on 28 x 28 x 256, with or without bottlenecks.

    Four branches side by side: 128 filters of 1x1, 192 of 3x3, 96 of 5x5 and a 3x3 pooling of
    stride 1, stacked in depth. The bottlenecked module first narrows 256 channels to 64 by 1x1
    convolutions, and the pooling's output likewise; the naive one leaves these out.

    >>> inception_module(naive=True).totals.macs, inception_module().totals.macs
    (854196224, 271351808)
    >>> [inception_module(naive).row("output").output_shape for naive in (True, False)]
    [(28, 28, 672), (28, 28, 480)]
    """
    reduced = 0 if naive else 64
    layers = _module("", "input", (128, reduced, 192, reduced, 96, reduced))
    name = "Inception module (naive)" if naive else "Inception module"
    return Network(name, (28, 28, 256), layers)


def googlenet(auxiliary: bool = False) -> Network:
    """Return GoogLeNet (Inception-v1): 22 layers with weights along its longest path.

    Szegedy et al., "Going Deeper with Convolutions", CVPR 2015 (arXiv:1409.4842), table 1 and
    section 5. It normalises local responses twice, in the stem, and no batches. The 3x3 poolings of
    stride 2 pad by one and round down, as in the lecture's table; Caffe rounded up.

    ``auxiliary`` adds the two classifiers that help in training, behind modules 4a and 4d. They are
    left out for prediction.

    >>> googlenet().totals.params, googlenet(auxiliary=True).totals.params
    (6998552, 13378280)
    >>> googlenet().row("inception_5b_output").output_shape
    (7, 7, 1024)
    """

    def pool(name: str) -> Layer:
        return MaxPooling2D(3, strides=2, padding=1, name=name)

    def norm(name: str) -> Layer:  # the paper's source divides alpha by the 5 channels
        return LocalResponseNormalization(bias=1.0, alpha=2e-5, name=name)

    layers: list[Layer] = [
        Conv2D(64, 7, strides=2, padding=3, activation="relu", name="conv1"),
        pool("pool1"),
        norm("norm1"),
        _conv_relu("conv2_reduce", 64, 1),
        _conv_relu("conv2", 192, 3),
        norm("norm2"),
        pool("pool2"),
    ]
    source = "pool2"
    for module, filters in _INCEPTION.items():
        layers += _module(f"inception_{module}_", source, filters)
        if module in ("3b", "4e"):
            layers.append(pool(f"pool{module[0]}"))
        source = layers[-1].name
        if auxiliary and module in ("4a", "4d"):
            layers += _auxiliary(f"aux_{module}_", source)
    layers += [
        GlobalAveragePooling2D(name="avg_pool", inputs=(source,)),
        Dropout(0.4, name="dropout"),
        Dense(1000, activation="softmax", name="predictions"),
    ]
    return Network("GoogLeNet", (224, 224, 3), layers)


def _conv_relu(name: str, filters: int, kernel_size: int, source: str = "") -> Layer:
    inputs = (source,) if source else ()
    how: Any = {"padding": "same", "activation": "relu"}
    return Conv2D(filters, kernel_size, name=name, inputs=inputs, **how)


def _module(prefix: str, source: str, filters: tuple[int, int, int, int, int, int]) -> list[Layer]:
    """Return the four branches and their concatenation; 0 filters leave a 1x1 out."""
    ones, threes_reduced, threes, fives_reduced, fives, projected = filters
    layers = [_conv_relu(f"{prefix}1x1", ones, 1, source)]
    ends = [f"{prefix}1x1"]
    for kernel_size, reduced, out in ((3, threes_reduced, threes), (5, fives_reduced, fives)):
        name = f"{prefix}{kernel_size}x{kernel_size}"
        if reduced:
            layers.append(_conv_relu(f"{name}_reduce", reduced, 1, source))
        layers.append(_conv_relu(name, out, kernel_size, f"{name}_reduce" if reduced else source))
        ends.append(name)
    ends.append(f"{prefix}pool")
    layers.append(MaxPooling2D(3, strides=1, padding="same", name=ends[-1], inputs=(source,)))
    if projected:
        ends[-1] = f"{prefix}pool_proj"
        layers.append(_conv_relu(ends[-1], projected, 1))
    return [*layers, Concatenate(name=f"{prefix}output", inputs=tuple(ends))]


def _auxiliary(prefix: str, source: str) -> list[Layer]:
    """Return one auxiliary classifier, as section 5 of the paper describes it."""
    return [
        AveragePooling2D(5, strides=3, name=f"{prefix}pool", inputs=(source,)),
        _conv_relu(f"{prefix}conv", 128, 1),
        Flatten(name=f"{prefix}flatten"),
        Dense(1024, activation="relu", name=f"{prefix}fc"),
        Dropout(0.7, name=f"{prefix}dropout"),
        Dense(1000, activation="softmax", name=f"{prefix}predictions"),
    ]


# ------------------------------------- MobileNetV2: inverted residual blocks of separable filters

# Table 2 of the paper, bottleneck rows: expansion, channels, repeats, stride of the first.
_BOTTLENECKS = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def mobilenet_v2() -> Network:
    """Return MobileNetV2; layer names as in Keras Applications.

    Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018, table 2.

    >>> mobilenet_v2().totals.params, mobilenet_v2().totals.macs
    (3538984, 300774272)
    """
    layers: list[Layer] = _conv_bn("Conv1", "bn_Conv1", 32, 3, 2)
    layers.append(ReLU(6.0, name="Conv1_relu"))
    source, channels, at = "Conv1_relu", 32, 0
    for expansion, filters, repeats, first_stride in _BOTTLENECKS:
        for repeat in range(repeats):
            prefix = f"block_{at}" if at else "expanded_conv"
            stride = first_stride if repeat == 0 else 1
            layers += _inverted_residual(prefix, source, channels, expansion, filters, stride)
            source, channels, at = layers[-1].name, filters, at + 1
    layers += [
        *_conv_bn("Conv_1", "Conv_1_bn", 1280, 1),
        ReLU(6.0, name="out_relu"),
        GlobalAveragePooling2D(name="global_average_pooling2d"),
        Dense(1000, activation="softmax", name="predictions"),
    ]
    return Network("MobileNetV2", (224, 224, 3), layers)


def _inverted_residual(
    prefix: str, source: str, channels: int, expansion: int, filters: int, stride: int
) -> list[Layer]:
    """Widen, filter each channel alone, narrow; add the input where it still fits."""
    layers: list[Layer] = []
    if expansion > 1:
        name = f"{prefix}_expand"
        layers += _conv_bn(name, f"{name}_BN", expansion * channels, 1)
        layers.append(ReLU(6.0, name=f"{name}_relu"))
    name = f"{prefix}_depthwise"
    layers += [
        DepthwiseConv2D(3, strides=stride, padding="same", use_bias=False, name=name),
        BatchNormalization(name=f"{name}_BN"),
        ReLU(6.0, name=f"{name}_relu"),
        *_conv_bn(f"{prefix}_project", f"{prefix}_project_BN", filters, 1),
    ]
    if stride == 1 and channels == filters:
        layers.append(Add(name=f"{prefix}_add", inputs=(source, f"{prefix}_project_BN")))
    return layers


def _conv_bn(name: str, norm: str, filters: int, kernel_size: int, strides: int = 1) -> list[Layer]:
    conv = Conv2D(filters, kernel_size, strides=strides, padding="same", use_bias=False, name=name)
    return [conv, BatchNormalization(name=norm)]
