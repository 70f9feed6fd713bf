"""Questions about one layer of a network: its output shape, its weights, its multiply-adds.

The right answer and every wrong one are the calculator's: a wrong answer is that of the same
layer with the bias, the depth, the stride or the padding changed, as a reader in a hurry would.
Each function takes a row of a network (``zoo.lenet5().row("conv2")``), a label for the question
("C3, the second convolution"), and mistakes that only this question knows.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from course_utils.classroom.value import Answer, Value
from course_utils.costs import BatchNormalization, Conv2D, Dense, Layer, MaxPooling2D, Row

Shape = tuple[int, ...]
Mistakes = Iterator[tuple[Answer | None, str]]
Known = Sequence[tuple[Answer, str]]


def output_shape(key: str, row: Row, label: str, mistakes: Known = ()) -> Value:
    """Ask for the shape (height, width, channels) that comes out of a layer."""
    return Value(
        key,
        question="Which shape (height, width, channels) comes out of "
        f"{label} - {_describe(row.layer)} on {_size(row.input_shapes[0])}?",
        answer=row.output_shape,
        why=f"Height and width {row.shape_formula}, channels {row.output_shape[-1]}.",
        next_step="Height and width first: floor((size - kernel + padding on both sides) / stride)"
        " + 1. Then the channels: who decides how many there are?",
        mistakes=_first(mistakes, _shape_mistakes(row.layer, row.input_shapes[0])),
    )


def weights(key: str, row: Row, label: str, mistakes: Known = ()) -> Value:
    """Ask for the number of weights of a layer, biases included."""
    layer, shape = row.layer, row.input_shapes[0]
    general = _window_mistakes(layer, shape)
    next_step = "Ask what this layer has to learn, number by number."
    if isinstance(layer, Conv2D):
        general = _conv_weight_mistakes(layer, shape)
        next_step = (
            "Count one filter first: (kernel height * kernel width * input channels + 1). "
            "Then multiply by the number of filters."
        )
    elif isinstance(layer, BatchNormalization):
        general = _norm_weight_mistakes(layer, shape)
        next_step = "Four numbers for each channel. Two of them are learned; which are the others?"
    elif isinstance(layer, Dense):
        general = _dense_weight_mistakes(layer, shape)
        next_step = (
            "Count one unit first: one weight for each input, and its bias. "
            "Then multiply by the number of units."
        )
    return Value(
        key,
        question="How many weights, biases included, has "
        f"{label} - {_describe(layer)} on {_size(shape)}?",
        answer=row.params,
        why=f"{row.formula}." if row.params else "It has nothing to learn.",
        next_step=next_step,
        mistakes=_first(mistakes, general),
    )


def macs(key: str, row: Row, label: str, mistakes: Known = ()) -> Value:
    """Ask for the multiply-adds of a convolution or dense layer for one image, without bias."""
    return Value(
        key,
        question="How many multiply-adds for one image, biases not counted, does "
        f"{label} need - {_describe(row.layer)} on {_size(row.input_shapes[0])}?",
        answer=row.macs or 0,
        why=f"{row.macs_formula}.",
        next_step="Count the products behind one output value first, then multiply by the number "
        "of output values: height * width * channels.",
        mistakes=_first(mistakes, _mac_mistakes(row.layer, row.input_shapes[0])),
    )


def _first(own: Sequence[tuple[Answer, str]], general: Mistakes) -> list[tuple[Answer | None, str]]:
    """Put the mistakes of one question before the general ones, which do not add to them."""
    known = {value for value, _ in own}
    return [*own, *(mistake for mistake in general if mistake[0] not in known)]


# --- how the question names a layer ----------------------------------------------------------


def _size(shape: Shape) -> str:
    if len(shape) == 1:
        return f"{shape[0]:,} inputs"
    return " x ".join(map(str, shape))


def _pair(pair: int | tuple[int, int]) -> str:
    return f"{pair} x {pair}" if isinstance(pair, int) else f"{pair[0]} x {pair[1]}"


def _step(strides: Any) -> str:
    strides = (strides, strides) if isinstance(strides, int) else strides
    return str(strides[0]) if strides[0] == strides[1] else str(strides)


def _describe(layer: Any) -> str:
    """``16 filters of 5 x 5, stride 1, no padding``."""
    if isinstance(layer, Dense):
        return f"{layer.units:,} units" + ("" if layer.use_bias else " without bias")
    if hasattr(layer, "kernel_size"):
        text = f"filters of {_pair(layer.kernel_size)}, stride {_step(layer.strides)}"
        text = f"{layer.filters} {text}" if hasattr(layer, "filters") else text
        if layer.padding == "same" or layer.padding == "valid":
            text += ", no padding" if layer.padding == "valid" else ", padding 'same'"
        else:
            sides = {side for pair in layer.pads() for side in pair}
            text += f", padding {sides.pop() if len(sides) == 1 else layer.pads()}"
        return text + ("" if layer.use_bias else ", without bias")
    if hasattr(layer, "pool_size"):
        strides = layer.strides or layer.pool_size
        return f"windows of {_pair(layer.pool_size)}, stride {_step(strides)}"
    return str(layer.kind)


# --- wrong ways to count ---------------------------------------------------------------------


def _shape_mistakes(layer: Any, shape: Shape) -> Mistakes:
    right = layer.output_shape(shape)
    if len(right) != 3:
        return
    height, width, channels = right
    yield (
        (channels, height, width),
        "The numbers are right, the order is PyTorch's. Keras puts the channels last.",
    )
    yield (1, *right), "Leave the batch out: height, width, channels of one image."
    yield (height, width), "And the third number? How many maps are there?"
    if hasattr(layer, "filters"):
        yield (
            (height, width, shape[2]),
            "Height and width are right. The depth is not the input's: each filter makes one map.",
        )
        yield (
            (height, width, shape[2] * channels),
            (
                "Height and width are right. A filter sums over the input channels, "
                "so they do not multiply the depth."
            ),
        )
    yield (
        _rounded_up(layer, shape),
        "The division leaves a remainder. Round down: the last window no longer fits.",
    )
    if getattr(layer, "padding", "valid") == "valid":
        same = _changed(layer, shape, padding="same")
        yield same, "That is with padding. This layer has none: the window must stay inside."
    else:
        valid = _changed(layer, shape, padding="valid")
        yield (
            valid,
            "The padding is forgotten: it adds to height and width before the window slides.",
        )
        yield _one_sided(layer, shape), "The padding is on both sides: it counts twice."
    yield (
        _changed(layer, shape, strides=1),
        "The stride is forgotten: the window moves several pixels at a time.",
    )
    yield (
        _changed(layer, shape, strides=2),
        "That is with stride 2, or behind a pooling. This layer moves one pixel at a time.",
    )
    yield (
        (height - 1, width - 1, channels),
        "The + 1 is forgotten: the window also has a first position, before any step.",
    )
    if _rounded_up(layer, shape) in (None, right):
        yield (
            (height + 1, width + 1, channels),
            "One too many. Count the steps of the window that fit, then add its first position.",
        )


def _changed(layer: Any, shape: Shape, **settings: Any) -> Shape | None:
    """Return the output shape with other settings; None if that cannot be."""
    try:
        changed: Shape = replace(layer, **settings).output_shape(shape)
    except (TypeError, ValueError):
        return None
    return changed


def _one_sided(layer: Any, shape: Shape) -> Shape | None:
    """Return the output shape if explicit padding were added on one side only."""
    if isinstance(layer.padding, str):
        return None
    return _changed(layer, shape, padding=tuple((before, 0) for before, _ in layer.pads()))


def _rounded_up(layer: Any, shape: Shape) -> Shape | None:
    """Return the output shape if a partial last window counted, as in ceil mode."""
    if not hasattr(layer, "kernel_size"):
        return _changed(layer, shape, ceil_mode=True)
    window = MaxPooling2D(layer.kernel_size, strides=layer.strides, padding=layer.padding)
    sides = _changed(window, shape, ceil_mode=True)
    return sides and (*sides[:2], layer.output_shape(shape)[2])


def _window_mistakes(layer: Layer, shape: Shape) -> Mistakes:
    """Take the window of a pooling layer for weights."""
    window = getattr(layer, "pool_size", None)
    if window is None:
        return
    pixels = window**2 if isinstance(window, int) else math.prod(window)
    hint = "The window has no weights: taking the largest value or the mean is a fixed operation."
    for count in (pixels, pixels * shape[-1], (pixels + 1) * shape[-1]):
        yield count, hint


def _conv_weight_mistakes(layer: Conv2D, shape: Shape) -> Mistakes:
    height, width, channels = shape

    def count(depth: int = channels, **settings: Any) -> int:
        changed = replace(layer, connections=None, groups=1, **settings)
        return sum(changed.weights((height, width, depth // layer.groups or 1)))

    right = sum(layer.weights(shape))
    if layer.use_bias:
        yield (
            sum(replace(layer, use_bias=False).weights(shape)),
            "The bias is forgotten: each filter has one.",
        )
        yield count(use_bias=False) + 1, "One bias for each filter, not one for the whole layer."
    else:
        yield count(use_bias=True), "This layer has no bias."
    for size in {layer.kernel_size} - {1}:
        side = size if isinstance(size, int) else size[0]
        yield (
            count(kernel_size=(side, 1)),
            f"The window is {_pair(size)}, not {side}: it has two sides.",
        )
    yield count(filters=1), "That is one filter. How many are there?"
    yield (
        count(filters=1, use_bias=False),
        "That is the kernel of one filter, without its bias. How many filters are there?",
    )
    if channels > 1:
        yield from _depth_mistakes(layer, channels, count)
    yield (
        right * math.prod(layer.output_shape(shape)[:2]),
        "The weights are shared: every position of the output uses the same ones.",
    )
    yield layer.macs(shape), "Those are multiply-adds. Every weight is used at every position."
    yield (
        sum(Dense(math.prod(layer.output_shape(shape))).weights((math.prod(shape),))),
        (
            "That is a fully connected layer. A filter only sees its window, "
            "and its weights are shared."
        ),
    )


def _depth_mistakes(layer: Conv2D, channels: int, count: Callable[..., int]) -> Mistakes:
    yield (
        count(depth=1),
        "The depth is forgotten: a filter goes through all the channels of its input.",
    )
    yield (
        count(depth=1, use_bias=False),
        (
            "Two things are missing: a filter goes through all the channels of its input, "
            "and it has a bias."
        ),
    )
    yield (
        count(depth=1, filters=1, use_bias=False),
        (
            "That is one slice of one kernel. It goes through all the channels, "
            "and there are more filters."
        ),
    )
    yield (
        count(depth=1) * channels,
        "One bias too many per channel: a filter adds up its slices and then adds one bias.",
    )
    yield (
        count(depth=layer.filters, filters=channels),
        (
            "Input channels and filters have changed places. They differ by the biases: "
            "one for each filter."
        ),
    )


def _dense_weight_mistakes(layer: Dense, shape: Shape) -> Mistakes:
    inputs = shape[-1]
    yield (
        replace(layer, use_bias=False).weights(shape)[0],
        "The bias is forgotten: one for each unit.",
    )
    yield (
        Dense(inputs).weights((layer.units,))[0],
        "The biases belong to the units of this layer, not to its inputs.",
    )
    yield (
        replace(layer, use_bias=False).weights(shape)[0] + 1,
        "One bias for each unit, not one for the whole layer.",
    )
    yield inputs + layer.units, "Every input is connected to every unit: multiply."
    yield Dense(1).weights(shape)[0], "That is one unit. How many are there?"


def _norm_weight_mistakes(layer: BatchNormalization, shape: Shape) -> Mistakes:
    learned, stored = layer.weights(shape)
    yield learned, "Those are learned. Mean and variance of each channel are stored, too."
    yield stored, "Those are stored. A scale and a shift for each channel are learned."
    yield shape[-1], "That is the number of channels. What does each of them hold?"
    yield math.prod(shape), "One set of numbers for each channel, not one for each pixel."


def _mac_mistakes(layer: Any, shape: Shape) -> Mistakes:
    right = layer.macs(shape)
    values = math.prod(layer.output_shape(shape))
    yield 2 * right, "Those are flops. A multiply-add is a product and a sum, counted once."
    yield right + values, "The biases are additions, not products: leave them out."
    yield 2 * (right + values), "Those are flops with the biases. Count each product once, no bias."
    yield sum(layer.weights(shape)), "Those are the weights. How often is each of them used?"
    if not isinstance(layer, Conv2D):
        return
    yield (
        sum(replace(layer, use_bias=False).weights(shape)),
        "Those are the weights without bias. At how many positions is each of them used?",
    )
    yield (
        sum(layer.weights(shape)) * math.prod(layer.output_shape(shape)[:2]),
        "The biases are additions, not products: leave them out.",
    )
    if shape[-1] > 1:
        yield (
            replace(layer, connections=None, groups=1).macs((*shape[:2], 1)),
            "The depth is forgotten: a filter goes through all the channels of its input.",
        )
    if not isinstance(layer.kernel_size, int) or layer.kernel_size > 1:
        side = layer.kernel_size if isinstance(layer.kernel_size, int) else layer.kernel_size[0]
        yield (
            right // side,
            f"The window is {_pair(layer.kernel_size)}, not {side}: it has two sides.",
        )
    yield (
        replace(layer, filters=1, connections=None, groups=1).macs(shape),
        "That is one filter. How many are there?",
    )
    yield (
        math.prod(shape[:2]) * sum(replace(layer, use_bias=False).weights(shape)),
        "The window is used once per position of the output, not of the input.",
    )
    yield (
        math.prod(layer.output_shape(shape)[:2]) ** 2 or None,
        "Think of one output value first: how many products make it?",
    )
