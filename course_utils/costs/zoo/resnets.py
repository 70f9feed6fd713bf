"""Residual networks, and the plain ones that they are compared with.

He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", CVPR 2016
(arXiv:1512.03385).
"""

from functools import partial
from typing import Any, Literal

from course_utils.costs.layer import Layer, Shape, is_size
from course_utils.costs.layers import (
    Activation,
    Add,
    BatchNormalization,
    ChannelPadding,
    Dense,
    GlobalAveragePooling2D,
)
from course_utils.costs.network import Network
from course_utils.costs.windows import Conv2D, MaxPooling2D

_Version = Literal["v1", "v1.5"]
_Shortcut = Literal["projection", "padding"] | None


def _resnet(
    depth: int,
    version: _Version = "v1",
    *,
    shortcut: _Shortcut = "projection",
    use_bias: bool = False,
) -> Network:
    """Return a ResNet of 18, 34, 50, 101 or 152 layers, as in table 1 of the paper.

    The first two have basic blocks of two 3x3 convolutions, the others bottlenecks of 1x1, 3x3
    and 1x1. Layer names are those of Keras Applications.

    ``depth`` counts layers with weights. At the start of a stage, a bottleneck makes the step of 2
    in its first 1x1 (``version="v1"``, the paper and Keras) or in its 3x3 (``"v1.5"``,
    torchvision); basic blocks are the same in both. What joins two stages is a ``shortcut`` by
    ``"projection"`` (a 1x1 convolution, option B), by ``"padding"`` (every second value, with
    channels of zeros, option A), or ``None`` in the plain network, with no shortcuts anywhere.
    Batch normalisation makes biases of convolutions pointless, but Keras Applications has them.

    >>> resnet50().totals.macs, resnet50("v1.5").totals.macs
    (3857973248, 4089184256)
    >>> resnet50(use_bias=True).totals.params  # Keras Applications
    25636712
    >>> resnet34().totals.macs, resnet34(shortcut="padding").totals.macs
    (3663761408, 3644493824)
    """
    blocks, bottleneck = _STAGES[depth]
    layers = _conv_bn("conv1", 64, 7, strides=2, relu=True, use_bias=use_bias)
    layers.append(MaxPooling2D(3, strides=2, padding=1, name="pool1_pool"))
    for stage, repeats in enumerate(blocks):
        for at in range(repeats):
            name, source = f"conv{stage + 2}_block{at + 1}", layers[-1].name
            settings = shortcut, bottleneck, version, use_bias
            layers += _block(name, source, 64 * 2**stage, stage, at, *settings)
    layers += [
        GlobalAveragePooling2D(name="avg_pool"),
        Dense(1000, activation="softmax", name="predictions"),
    ]
    name = f"Plain-{depth}" if shortcut is None else f"ResNet-{depth}"
    return Network(f"{name} v1.5" if version == "v1.5" else name, (224, 224, 3), layers)


_STAGES = {  # blocks in each stage, and whether they are bottlenecks
    18: ((2, 2, 2, 2), False),
    34: ((3, 4, 6, 3), False),
    50: ((3, 4, 6, 3), True),
    101: ((3, 4, 23, 3), True),
    152: ((3, 8, 36, 3), True),
}
resnet18 = partial(_resnet, 18)
resnet34 = partial(_resnet, 34)
resnet50 = partial(_resnet, 50)
resnet101 = partial(_resnet, 101)
resnet152 = partial(_resnet, 152)


def residual(
    depth: int = 20,
    *,
    shortcut: _Shortcut = "padding",
    filters: int = 16,
    input_shape: Shape = (32, 32, 3),
) -> Network:
    """Return a small residual network of any depth, as for CIFAR-10 in section 4.2 of the paper.

    A 3x3 convolution, three stages of basic blocks at full, half and quarter size, global
    average pooling and one dense layer that gives logits.

    ``depth`` counts layers with weights: 6n + 2 for n blocks in each stage, so 8, 14, 20, 32
    and so on. The first stage has so many ``filters``, each later one twice as many. Shortcuts are
    those of :func:`_resnet`; the paper takes ``"padding"`` here.

    >>> residual(20).totals.trainable_params  # the paper has 0.27M
    269722
    """
    blocks, rest = divmod(depth - 2, 6)
    if rest or not is_size(blocks):
        raise ValueError(f"depth must be 6n + 2, such as 8, 14, 20, 32 or 56, not {depth}.")
    layers = _conv_bn("stem", filters, 3, relu=True)
    for stage in range(3):
        for at in range(blocks):
            name, source = f"stage{stage + 1}_block{at + 1}", layers[-1].name
            layers += _block(name, source, filters * 2**stage, stage, at, shortcut)
    layers += [GlobalAveragePooling2D(name="avg_pool"), Dense(10, name="fc")]
    kind = "Plain" if shortcut is None else "Residual"
    return Network(f"{kind} net of {depth} layers", input_shape, layers)


plain = partial(residual, shortcut=None)  # what a deep network was before


# -------------------------------------------------------------------------------------- parts


def _block(
    name: str,
    source: str,
    filters: int,
    stage: int,
    at: int,
    shortcut: _Shortcut,
    bottleneck: bool = False,
    version: _Version = "v1",
    use_bias: bool = False,
) -> list[Layer]:
    """Return one block: two or three convolutions, and around them the shortcut.

    The first block of a stage makes the step of 2, but for that of the first stage.
    """
    if version not in ("v1", "v1.5"):
        raise ValueError(f"version must be 'v1' or 'v1.5', not {version!r}.")
    if shortcut not in ("projection", "padding", None):
        raise ValueError(f"shortcut must be 'projection', 'padding' or None, not {shortcut!r}.")
    strides = 2 if stage and not at else 1
    changes = not at and (bottleneck or stage > 0)  # its output has another shape than its input
    width = 4 * filters if bottleneck else filters
    layers: list[Layer] = []
    if changes and shortcut == "projection":
        layers += _conv_bn(f"{name}_0", width, 1, strides, source=source, use_bias=use_bias)
    elif changes and shortcut == "padding":
        every_second = f"{name}_0_every_second"
        if strides > 1:
            layers.append(MaxPooling2D(1, strides=strides, name=every_second, inputs=(source,)))
        inputs = () if layers else (source,)
        layers.append(ChannelPadding(width, name=f"{name}_0_zeros", inputs=inputs))
    skip = layers[-1].name if layers else source
    if bottleneck:
        first, second = (1, strides) if version == "v1.5" else (strides, 1)
        parts = [(filters, 1, first), (filters, 3, second), (width, 1, 1)]
    else:
        parts = [(filters, 3, strides), (filters, 3, 1)]
    for at, (depth, kernel_size, stride) in enumerate(parts, start=1):
        how: Any = {"source": source if at == 1 else "", "relu": at < len(parts)}
        layers += _conv_bn(f"{name}_{at}", depth, kernel_size, stride, use_bias=use_bias, **how)
    if shortcut is not None:
        layers.append(Add(name=f"{name}_add", inputs=(skip, layers[-1].name)))
    return [*layers, Activation("relu", name=f"{name}_out")]


def _conv_bn(
    name: str,
    filters: int,
    kernel_size: int,
    strides: int = 1,
    *,
    source: str = "",
    relu: bool = False,
    use_bias: bool = False,
) -> list[Layer]:
    """Return a convolution that keeps or halves the size, batch normalisation, perhaps ReLU."""
    place: Any = {"name": f"{name}_conv", "inputs": (source,) if source else ()}
    padding: Any = "same" if strides == 1 else kernel_size // 2
    conv = Conv2D(filters, kernel_size, strides, padding=padding, use_bias=use_bias, **place)
    layers: list[Layer] = [conv, BatchNormalization(name=f"{name}_bn")]
    return [*layers, Activation("relu", name=f"{name}_relu")] if relu else layers
