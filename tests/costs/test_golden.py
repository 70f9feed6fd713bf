"""What the calculator prints, against the files in ``golden``."""

from functools import partial
from pathlib import Path

import pytest

from course_utils import costs as c
from course_utils.costs import Network, zoo
from tests import golden

FOLDER = Path(__file__).parent / "golden"


def every_kind():
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
        c.Conv2D(3, 3, use_bias=False, trainable=False, name="last"),
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


# What is printed.
PLAIN = ("lenet5", "lenet5_1998", "lab_cnn", "alexnet", "alexnet_paper", "alexnet_single_tower")
PLAIN += ("alexnet_slim", "vgg_slim", "vgg16", "residual", "mobilenet_v2")
NETWORKS = {
    **{name: getattr(zoo, name) for name in PLAIN},
    "vgg19": lambda: zoo.vgg19().at(batch_size=4, dtype="float16", count_bias=True),
    "inception_naive": partial(zoo.inception_module, naive=True),
    "googlenet": partial(zoo.googlenet, auxiliary=True),
    "resnet18": partial(zoo.resnet18, shortcut="padding"),
    "resnet50": partial(zoo.resnet50, "v1.5", use_bias=True),
    "every_kind": every_kind,
}

# For all else, in other versions too: Keras has neither batches nor unusual types in its layers.
ZOO = {name: build for name, build in NETWORKS.items() if name != "every_kind"} | {
    "vgg19": zoo.vgg19,
    "inception": zoo.inception_module,
    "googlenet padded": zoo.googlenet,
    "plain34": partial(zoo.resnet34, shortcut=None),
    "resnet50 v1": zoo.resnet50,
    "plain": zoo.plain,
}


def overhang(row):
    """Return by how many pixels the first value looks over the edge: one number, or two."""
    if row.field is None:
        return None
    rows, columns = -row.field.rows.low, -row.field.columns.low
    return rows if rows == columns else (rows, columns)


def printed(network):
    """Return all that a network prints: the table, the arithmetic, the memory."""
    lines = [str(network), "", "name: shape | weights | multiply-adds | flops | steps, overhang"]
    lines += [
        f"{row.name}: {row.shape_formula} | {row.formula} | {row.macs_formula} | {row.flops} | "
        f"{row.effective_stride}, {overhang(row)}"
        for row in network.rows
    ]
    return "\n".join([*lines, "", str(network.memory("momentum")), ""])


def longest_path(network):
    """Count the layers with kernels along the longest path; normalisation has none."""
    depth = dict.fromkeys(network.inputs, 0)
    for row, sources in zip(network.rows, network.sources, strict=True):
        depth[row.name] = max(depth[source] for source in sources) + bool(row.macs)
    return depth[network.rows[-1].name]


def totals():
    """Return what the networks cost, with the deepest forms, which papers and torchvision print."""
    more = {
        f"{build.args[0]} layers, {version}": partial(build, version)
        for build in (zoo.resnet18, zoo.resnet34, zoo.resnet50, zoo.resnet101, zoo.resnet152)
        for version in ("v1", "v1.5")
    }
    more |= {f"residual {depth}": partial(zoo.residual, depth) for depth in (8, 56, 110)}
    more |= {f"plain {depth}": partial(zoo.plain, depth) for depth in (8, 56, 110)}
    lines = ["name: weights, trainable, multiply-adds, layers with kernels on the longest path\n"]
    for name, build in (ZOO | more).items():
        network, cost = build(), build().totals
        numbers = f"{cost.params:,}, {cost.trainable_params:,}, {cost.macs:,}"
        lines.append(f"{name}: {numbers}, {longest_path(network)}\n")
    return "".join(lines)


FILES = {
    **{f"{name}.txt": lambda build=build: printed(build()) for name, build in NETWORKS.items()},
    "lenet5.html": lambda: f"{zoo.lenet5()._repr_html_()}\n",
    "totals.txt": totals,
}


@pytest.mark.parametrize("name", sorted({*FILES, *(path.name for path in FOLDER.iterdir())}))
def test_text(name):
    golden.same(FOLDER / name, FILES[name]())
