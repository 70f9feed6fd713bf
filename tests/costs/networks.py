"""Networks that several tests go through."""

from collections.abc import Callable
from functools import partial

from course_utils import costs as c
from course_utils.costs import Network, zoo


def every_kind() -> Network:
    """Return a network with the rarer kinds and settings."""
    zeros = (1, 0), (2, 2)
    links = (0, 1), (2, 3, 4), (5,), (0, 7)
    layers = [
        c.ZeroPadding2D(((2, 1), (0, 3)), name="pad"),
        c.Conv2D(6, (3, 5), strides=(2, 1), dilation_rate=(1, 2), padding=zeros, name="a"),
        c.Conv2D(8, 3, padding="same", groups=2, use_bias=False, activation="relu", name="b"),
        c.Conv2D(4, 1, connections=links, name="table"),
        c.DepthwiseConv2D(3, depth_multiplier=2, padding="same", name="depthwise"),
        c.SeparableConv2D(10, 3, use_bias=False, name="separable"),
        c.SeparableConv2D(12, (1, 3), strides=2, depth_multiplier=2, padding=1, name="separable2"),
        c.ZeroPadding2D(40, name="frame"),
        c.MaxPooling2D(3, strides=2, name="pool"),
        c.MaxPooling2D((2, 3), padding=1, strides=3, name="pool_pad"),
        c.AveragePooling2D(2, padding="same", name="average"),
        c.Subsampling2D(2, strides=1, name="subsampled"),
        c.Conv2D(3, 3, use_bias=False, name="last"),
        c.ChannelPadding(7, name="zeros"),
        c.BatchNormalization(scale=False, name="bn"),
        c.LayerNormalization(name="ln"),
        c.Activation("tanh", name="tanh"),
        c.GlobalAveragePooling2D(keepdims=True, name="squeeze"),
        c.Dense(7, use_bias=False, name="excite"),
        c.Multiply(inputs=("tanh", "excite"), name="gate"),
        c.Concatenate(inputs=("gate", "tanh"), name="depth"),
        c.Reshape((-1, 14), name="rows"),
        c.Dense(3, name="shared", inputs=("rows",)),
        c.Dense(3, name="again", inputs=("rows",), shared_with="shared", trainable=False),
        c.Add(inputs=("shared", "again"), name="add"),
        c.Opaque("Mystery", (5, 4), 12, 3, None, name="mystery"),
        c.Opaque("LeakyReLU", (5, 4), counted_macs=0, pointwise=True, name="leaky"),
        c.Flatten(name="flatten"),
        c.RBF(10, name="codes"),
    ]
    return Network("every kind", (40, 31, 3), layers)


# What `test_golden` prints.
PLAIN = ("lenet5", "lenet5_1998", "lab_cnn", "alexnet", "alexnet_paper", "alexnet_single_tower")
PLAIN += ("alexnet_slim", "vgg_slim", "vgg16", "residual", "mobilenet_v2")
GOLDEN: dict[str, Callable[[], Network]] = {
    **{name: getattr(zoo, name) for name in PLAIN},
    "vgg19": lambda: zoo.vgg19().at(batch_size=4, dtype="float16", count_bias=True),
    "inception_naive": partial(zoo.inception_module, naive=True),
    "googlenet": partial(zoo.googlenet, auxiliary=True),
    "resnet18": partial(zoo.resnet18, shortcut="padding"),
    "resnet50": partial(zoo.resnet50, "v1.5", use_bias=True),
    "every_kind": every_kind,
}

# For all else, in other versions too: Keras has neither batches nor unusual types in its layers.
ZOO = {name: build for name, build in GOLDEN.items() if name != "every_kind"} | {
    "vgg19": zoo.vgg19,
    "inception": zoo.inception_module,
    "googlenet padded": zoo.googlenet,
    "plain34": partial(zoo.resnet34, shortcut=None),
    "resnet50 v1": zoo.resnet50,
    "plain": zoo.plain,
}
