"""GoogLeNet and its building block, the Inception module."""

from __future__ import annotations

from course_utils.costs.layer import Layer, Padding
from course_utils.costs.layers import (
    Concatenate,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    LocalResponseNormalization,
)
from course_utils.costs.network import Network
from course_utils.costs.windows import AveragePooling2D, Conv2D, MaxPooling2D

# Table 1 of the paper: filters of the 1x1, of the 3x3 after its reduction, of the 5x5 after its
# reduction, and of the projection behind the pooling.
_MODULES = {
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
    convolutions, and the pooling's output likewise.

    Parameters
    ----------
    naive
        Leave the 1x1 reductions out.

    Examples
    --------
    >>> inception_module(naive=True).totals.macs, inception_module().totals.macs
    (854196224, 271351808)
    >>> [inception_module(naive).row("output").output_shape for naive in (True, False)]
    [(28, 28, 672), (28, 28, 480)]
    """
    reduced = 0 if naive else 64
    layers = _module("", "input", (128, reduced, 192, reduced, 96, reduced))
    name = "Inception module (naive)" if naive else "Inception module"
    return Network(name, (28, 28, 256), layers)


def googlenet(auxiliary: bool = False, *, ceil_mode: bool = False, classes: int = 1000) -> Network:
    """Return GoogLeNet (Inception-v1): 22 layers with weights along its longest path.

    Szegedy et al., "Going Deeper with Convolutions", CVPR 2015 (arXiv:1409.4842), table 1 and
    section 5. It normalises local responses twice, in the stem, and no batches.

    Parameters
    ----------
    auxiliary
        Add the two classifiers that help in training, behind modules 4a and 4d. They are left
        out for prediction.
    ceil_mode
        Let the 3x3 poolings of stride 2 round up, as Caffe did, instead of padding by one and
        rounding down, as the lecture's table does. The sizes are the same, the positions not.
    classes
        Number of classes.

    Examples
    --------
    >>> googlenet().totals.params, googlenet(auxiliary=True).totals.params
    (6998552, 13378280)
    >>> googlenet().row("inception_5b_output").output_shape
    (7, 7, 1024)
    """

    def pool(name: str) -> Layer:
        padding: Padding = "valid" if ceil_mode else 1
        return MaxPooling2D(3, strides=2, padding=padding, ceil_mode=ceil_mode, name=name)

    def norm(name: str) -> Layer:  # the paper's source divides alpha by the 5 channels
        return LocalResponseNormalization(bias=1.0, alpha=2e-5, name=name)

    layers: list[Layer] = [
        Conv2D(64, 7, strides=2, padding=3, activation="relu", name="conv1"),
        pool("pool1"),
        norm("norm1"),
        _conv("conv2_reduce", 64, 1),
        _conv("conv2", 192, 3),
        norm("norm2"),
        pool("pool2"),
    ]
    source = "pool2"
    for module, filters in _MODULES.items():
        layers += _module(f"inception_{module}_", source, filters)
        if module in ("3b", "4e"):
            layers.append(pool(f"pool{module[0]}"))
        source = layers[-1].name
        if auxiliary and module in ("4a", "4d"):
            layers += _auxiliary(f"aux_{module}_", source, classes)
    layers += [
        GlobalAveragePooling2D(name="avg_pool", inputs=(source,)),
        Dropout(0.4, name="dropout"),
        Dense(classes, activation="softmax", name="predictions"),
    ]
    return Network("GoogLeNet", (224, 224, 3), layers)


def _conv(name: str, filters: int, kernel_size: int, source: str = "") -> Layer:
    return Conv2D(
        filters,
        kernel_size,
        padding="same",
        activation="relu",
        name=name,
        inputs=(source,) if source else (),
    )


def _module(prefix: str, source: str, filters: tuple[int, int, int, int, int, int]) -> list[Layer]:
    """Return the four branches and their concatenation; 0 filters leave a 1x1 out."""
    ones, threes_reduced, threes, fives_reduced, fives, projected = filters
    layers = [_conv(f"{prefix}1x1", ones, 1, source)]
    ends = [f"{prefix}1x1"]
    for kernel_size, reduced, out in ((3, threes_reduced, threes), (5, fives_reduced, fives)):
        name = f"{prefix}{kernel_size}x{kernel_size}"
        if reduced:
            layers.append(_conv(f"{name}_reduce", reduced, 1, source))
        layers.append(_conv(name, out, kernel_size, f"{name}_reduce" if reduced else source))
        ends.append(name)
    ends.append(f"{prefix}pool")
    layers.append(MaxPooling2D(3, strides=1, padding="same", name=ends[-1], inputs=(source,)))
    if projected:
        ends[-1] = f"{prefix}pool_proj"
        layers.append(_conv(ends[-1], projected, 1))
    return [*layers, Concatenate(name=f"{prefix}output", inputs=tuple(ends))]


def _auxiliary(prefix: str, source: str, classes: int) -> list[Layer]:
    """Return one auxiliary classifier, as section 5 of the paper describes it."""
    return [
        AveragePooling2D(5, strides=3, name=f"{prefix}pool", inputs=(source,)),
        _conv(f"{prefix}conv", 128, 1),
        Flatten(name=f"{prefix}flatten"),
        Dense(1024, activation="relu", name=f"{prefix}fc"),
        Dropout(0.7, name=f"{prefix}dropout"),
        Dense(classes, activation="softmax", name=f"{prefix}predictions"),
    ]
