"""The networks that the tests of the calculator are about, by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from course_utils.costs import (
    RBF,
    Activation,
    Add,
    AveragePooling2D,
    BatchNormalization,
    ChannelPadding,
    Concatenate,
    Conv2D,
    Conv2DTranspose,
    Cropping2D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    GlobalAveragePooling2D,
    LayerNormalization,
    LocallyConnected2D,
    MaxPooling2D,
    Multiply,
    Network,
    Opaque,
    Reshape,
    SeparableConv2D,
    Subsampling2D,
    UpSampling2D,
    ZeroPadding2D,
    zoo,
)


def every_kind() -> Network:
    """Return a network with the rarer kinds and settings, some of which Keras lacks."""
    layers = [
        ZeroPadding2D(((2, 1), (0, 3)), name="pad"),
        Conv2D(6, (3, 5), strides=(2, 1), dilation_rate=(1, 2), padding=((1, 0), (2, 2)), name="a"),
        Conv2D(8, 3, padding="same", groups=2, use_bias=False, activation="relu", name="b"),
        Conv2D(4, 1, connections=((0, 1), (2, 3, 4), (5,), (0, 7)), name="table"),
        DepthwiseConv2D(3, depth_multiplier=2, padding="same", name="depthwise"),
        SeparableConv2D(10, 3, use_bias=False, name="separable"),
        SeparableConv2D(12, (1, 3), strides=2, depth_multiplier=2, padding=1, name="separable2"),
        Conv2DTranspose(5, 3, strides=2, name="transposed"),
        Conv2DTranspose(5, 4, strides=2, padding="same", name="transposed_same"),
        Conv2DTranspose(5, 4, strides=3, padding="same", output_padding=1, name="transposed_extra"),
        MaxPooling2D(3, strides=2, ceil_mode=True, name="ceil"),
        MaxPooling2D((2, 3), padding=1, strides=3, ceil_mode=True, name="ceil_pad"),
        AveragePooling2D(2, padding="same", name="average"),
        Subsampling2D(2, strides=1, name="subsampled"),
        UpSampling2D((2, 3), interpolation="bilinear", name="up"),
        Cropping2D(((1, 0), (2, 1)), name="crop"),
        LocallyConnected2D(3, 3, use_bias=False, name="local"),
        ChannelPadding(7, name="zeros"),
        BatchNormalization(scale=False, name="bn"),
        LayerNormalization(name="ln"),
        Activation("tanh", name="tanh"),
        GlobalAveragePooling2D(keepdims=True, name="squeeze"),
        Dense(7, use_bias=False, name="excite"),
        Multiply(inputs=("tanh", "excite"), name="gate"),
        Concatenate(inputs=("gate", "tanh"), name="depth"),
        Reshape((-1, 14), name="rows"),
        Dense(3, name="shared", inputs=("rows",)),
        Dense(3, name="again", inputs=("rows",), shared_with="shared", trainable=False),
        Add(inputs=("shared", "again"), name="add"),
        Opaque("Mystery", (5, 4), 12, 3, None, name="mystery"),
        Opaque("LeakyReLU", (5, 4), counted_macs=0, pointwise=True, name="leaky"),
        Flatten(name="flatten"),
        RBF(10, name="codes"),
    ]
    return Network("every kind", (40, 31, 3), layers)


NETWORKS: dict[str, Callable[[], Network]] = {
    "lenet5": zoo.lenet5,
    "lenet5_1998": zoo.lenet5_1998,
    "lab_cnn": zoo.lab_cnn,
    "alexnet": zoo.alexnet,
    "alexnet_paper": zoo.alexnet_paper,
    "alexnet_single_tower": zoo.alexnet_single_tower,
    "alexnet_slim": zoo.alexnet_slim,
    "vgg_slim": zoo.vgg_slim,
    "vgg16": zoo.vgg16,
    "vgg19": lambda: zoo.vgg19().at(batch_size=4, dtype="float16", count_bias=True),
    "inception": zoo.inception_module,
    "inception_naive": partial(zoo.inception_module, naive=True),
    "googlenet": partial(zoo.googlenet, auxiliary=True, ceil_mode=True),
    "googlenet_padded": zoo.googlenet,
    "resnet18": partial(zoo.resnet18, shortcut="padding"),
    "resnet18_projection": zoo.resnet18,
    "resnet34_plain": partial(zoo.resnet34, shortcut=None),
    "resnet50": partial(zoo.resnet50, "v1.5", use_bias=True),
    "resnet50_v1": zoo.resnet50,
    "residual": zoo.residual,
    "plain": zoo.plain,
    "mobilenet_v2": partial(zoo.mobilenet_v2, 0.75),
}
