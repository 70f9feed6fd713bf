"""MobileNetV2: depthwise separable convolutions in inverted residual blocks."""

from __future__ import annotations

from course_utils.costs.layer import Layer
from course_utils.costs.layers import (
    Add,
    BatchNormalization,
    Dense,
    GlobalAveragePooling2D,
    ReLU,
)
from course_utils.costs.network import Network
from course_utils.costs.windows import Conv2D, DepthwiseConv2D

# Table 2 of the paper, bottleneck rows: expansion, channels, repeats, stride of the first.
_STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def mobilenet_v2(alpha: float = 1.0, classes: int = 1000) -> Network:
    """Return MobileNetV2; layer names as in Keras Applications.

    Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018, table 2.

    Parameters
    ----------
    alpha
        Width multiplier: all channel counts times this, rounded to a multiple of 8. The last
        1x1 convolution has no fewer than 1280 filters.
    classes
        Number of classes.

    Examples
    --------
    >>> mobilenet_v2().totals.params, mobilenet_v2().totals.macs
    (3538984, 300774272)
    >>> mobilenet_v2(0.35).totals.params
    1691208
    """
    layers: list[Layer] = [*_conv("Conv1", "bn_Conv1", _width(32, alpha), 3, 2), _relu6("Conv1")]
    channels = _width(32, alpha)
    source, at = "Conv1_relu", 0
    for expansion, filters, repeats, first_stride in _STAGES:
        out = _width(int(filters * alpha), 1.0)
        for repeat in range(repeats):
            prefix = f"block_{at}" if at else "expanded_conv"
            stride = first_stride if repeat == 0 else 1
            layers += _inverted_residual(prefix, source, channels, expansion, out, stride)
            source, channels, at = layers[-1].name, out, at + 1
    layers += [
        *_conv("Conv_1", "Conv_1_bn", max(1280, _width(1280, alpha)), 1),
        ReLU(6.0, name="out_relu"),
        GlobalAveragePooling2D(name="global_average_pooling2d"),
        Dense(classes, activation="softmax", name="predictions"),
    ]
    return Network(f"MobileNetV2 {alpha:g}", (224, 224, 3), layers)


def _inverted_residual(
    prefix: str, source: str, channels: int, expansion: int, filters: int, stride: int
) -> list[Layer]:
    """Widen, filter each channel alone, narrow; add the input where it still fits."""
    layers: list[Layer] = []
    if expansion > 1:
        name = f"{prefix}_expand"
        layers += [*_conv(name, f"{name}_BN", expansion * channels, 1), _relu6(name)]
    name = f"{prefix}_depthwise"
    layers += [
        DepthwiseConv2D(3, strides=stride, padding="same", use_bias=False, name=name),
        BatchNormalization(name=f"{name}_BN"),
        _relu6(name),
        *_conv(f"{prefix}_project", f"{prefix}_project_BN", filters, 1),
    ]
    if stride == 1 and channels == filters:
        layers.append(Add(name=f"{prefix}_add", inputs=(source, f"{prefix}_project_BN")))
    return layers


def _conv(name: str, norm: str, filters: int, kernel_size: int, strides: int = 1) -> list[Layer]:
    conv = Conv2D(filters, kernel_size, strides=strides, padding="same", use_bias=False, name=name)
    return [conv, BatchNormalization(name=norm)]


def _relu6(name: str) -> Layer:
    return ReLU(6.0, name=f"{name}_relu")


def _width(filters: int, alpha: float) -> int:
    """Return the multiple of 8 next to ``filters * alpha``, no more than 10% below it."""
    wanted = filters * alpha
    width = max(8, int(wanted + 4) // 8 * 8)
    return width + 8 if width < 0.9 * wanted else width
