"""Exercises of notebooks 11 and 12: ResNets, and what came after."""

from math import prod
from typing import Any

from course_utils.classroom.choices import Choose, Explain
from course_utils.classroom.layers import macs
from course_utils.classroom.models import Model, activation, each, gives, has, layers, widths
from course_utils.classroom.programs import Code
from course_utils.classroom.value import Value
from course_utils.costs import Conv2D, DepthwiseConv2D, Network, SeparableConv2D, zoo

# --- the depth of ResNet-152, and one of its bottleneck blocks -------------------------------

_RESNET = zoo.resnet152()
_CONVS = [row for row in _RESNET.rows if row.kind == "Conv2D"]

_INSIDE = [row for row in _CONVS if row.name.startswith("conv2_block2_")]
_WEIGHTS = [row.params for row in _INSIDE]
_FORMULAS = " + ".join(row.formula.split(" = ")[0] for row in _INSIDE)
_NORMS = sum(
    row.params
    for row in _RESNET.rows
    if row.name.startswith("conv2_block2_") and row.kind == "BatchNormalization"
)
_WIDE, _NARROW = _INSIDE[0].input_shapes[0][-1], _INSIDE[0].output_shape[-1]


def _full(channels: int, filters: int) -> int:
    """Return the weights of a 3x3 convolution without biases."""
    return sum(Conv2D(filters, 3, use_bias=False).weights((56, 56, channels)))


# --- a depthwise separable convolution, and the patches of a Vision Transformer --------------

_VOLUME = (14, 14, 256)


def _layer(layer: Conv2D | DepthwiseConv2D | SeparableConv2D) -> Network:
    return Network("one layer", _VOLUME, [layer])


_SEPARABLE = _layer(SeparableConv2D(256, 3, padding="same", use_bias=False, name="separable"))
_DEPTHWISE = _layer(DepthwiseConv2D(3, padding="same", use_bias=False)).totals.macs
_POINTWISE = _layer(Conv2D(256, 1, use_bias=False)).totals.macs

_SIDE, _PATCH = 384, 16
_GRID = Conv2D(768, _PATCH, strides=_PATCH).output_shape((_SIDE, _SIDE, 3))
_TOKENS = prod(_GRID[:2])


def _hands_on(model: Any) -> bool | str:
    """Say whether a block of zero weights gives ReLU(x)."""
    import numpy as np

    for weight in model.trainable_weights:
        weight.assign(np.zeros(weight.shape))
    x = np.linspace(-1, 1, 8 * 8 * 64, dtype="float32").reshape(1, 8, 8, 64)
    given = np.asarray(model.predict(x, verbose=0))
    if np.allclose(given, np.maximum(x, 0), atol=1e-5):
        return True
    if np.allclose(given, x, atol=1e-5):
        return "The last ReLU is missing, or comes before the addition: it comes after it."
    if np.allclose(given, 0, atol=1e-5):
        return "With all weights 0 nothing comes out: there is no shortcut yet. Add x at the end."
    return (
        "With all weights 0 the block should give ReLU(x): does the shortcut start from x itself, "
        "before the first convolution?"
    )


UNIT = 11
EXERCISES = (
    Value(
        "resnet.zero_block",
        question="All weights and biases of a residual block are 0. At some place of its input "
        "stands a 3. What stands there behind the block, after its last ReLU?",
        answer=max(0, 0 + 3),
        why="F(x) = 0, so ReLU(F(x) + x) = ReLU(0 + 3) = 3: the block hands its input on.",
        next_step="What do the layers give if all their weights are 0? And what is added to that?",
        mistakes=[
            (0, "That is what the layers give. The shortcut adds the input to it."),
            (2 * 3, "The layers do not give x: all their weights are 0. Only the shortcut does."),
            (-3, "The block adds its input; it does not subtract it."),
            (1, "That would be a factor. The shortcut adds, it does not multiply."),
        ],
    ),
    Value(
        "resnet.bottleneck.weights",
        question=f"A bottleneck block reads {_WIDE} channels: {_NARROW} filters of 1x1, {_NARROW} "
        f"filters of 3x3, {_WIDE} filters of 1x1. How many weights have its three convolutions? "
        "They have no biases; batch normalisation is not counted.",
        answer=sum(_WEIGHTS),
        why=f"{_FORMULAS} = {sum(_WEIGHTS):,}.",
        next_step="One convolution at a time: kernel height * kernel width * input channels * "
        "filters. What one gives, the next one reads.",
        mistakes=[
            (_WEIGHTS[0], "That is the first convolution. Two more follow."),
            (_WEIGHTS[1], "That is the one of 3x3. There is a 1x1 before it and one behind."),
            (_WEIGHTS[0] + _WEIGHTS[1], "The third is missing: it makes the block wide again."),
            (_WEIGHTS[0] + _WEIGHTS[2], "Those are the two of 1x1. One of 3x3 lies between them."),
            (
                _WEIGHTS[0] + _full(_WIDE, _NARROW) + _WEIGHTS[2],
                f"The one of 3x3 does not read {_WIDE} channels: the first has made fewer of them.",
            ),
            (
                _WEIGHTS[0] + _WEIGHTS[1] // 3 + _WEIGHTS[2],
                "The window of the second is 3 x 3, not 3: it has two sides.",
            ),
            (
                sum(_WEIGHTS) + 2 * _NARROW + _WIDE,
                "These have no biases: batch normalisation would take them away again.",
            ),
            (sum(_WEIGHTS) + _NORMS, "Batch normalisation is not counted here."),
            (
                2 * _full(_NARROW, _NARROW),
                "That is a basic block, two of 3x3. Here there are three.",
            ),
            (
                _full(_WIDE, _WIDE),
                "That is one convolution of 3x3 on all channels. Count the three.",
            ),
            (
                sum(row.macs or 0 for row in _INSIDE),
                "Those are multiply-adds. Every weight is used at every position.",
            ),
        ],
    ),
    macs(
        "resnet.separable.macs",
        _SEPARABLE.row("separable"),
        "a depthwise separable convolution",
        extra=[
            (_DEPTHWISE, "That is the depthwise half. A convolution of 1x1 mixes the channels."),
            (_POINTWISE, "That is the 1x1. Before it, each channel gets a 3x3 window of its own."),
            (
                _layer(Conv2D(256, 3, padding="same")).totals.macs,
                "That is an ordinary convolution. Here the 3x3 looks at each channel on its own.",
            ),
            (
                _DEPTHWISE * _POINTWISE // prod(_VOLUME[:2]),
                "The two halves follow one another: their work adds up.",
            ),
        ],
    ),
    Value(
        "resnet.vit.tokens",
        question=f"A Vision Transformer cuts an image of {_SIDE} x {_SIDE} x 3 into patches of "
        f"{_PATCH} x {_PATCH} pixels that do not overlap. Each becomes one token. How many tokens?",
        answer=_TOKENS,
        why=f"{_SIDE} / {_PATCH} = {_GRID[0]} on each side, {_GRID[0]} * {_GRID[1]} = {_TOKENS}.",
        next_step="How many patches fit side by side? As many rows of them lie on top of each "
        "other.",
        mistakes=[
            (_GRID[0], "That is one row of patches. How many rows are there?"),
            (_PATCH**2, "Those are the pixels of one patch. How many patches are there?"),
            (3 * _PATCH**2, "Those are the numbers in one patch. How many patches are there?"),
            (3 * _TOKENS, "A patch takes all three channels along: one token, not three."),
            (_TOKENS + 1, "The model adds one more for the class. How many come from the image?"),
            (_SIDE**2, "Those are the pixels. A token is a whole patch of them."),
            (
                (_SIDE - _PATCH + 1) ** 2,
                "Those are all positions of a window with stride 1. The patches do not overlap.",
            ),
        ],
    ),
    Model(
        "resnet.block",
        question="Write a function `block(x)` in Keras: a bottleneck block for x of 8 x 8 x 64. "
        "16 filters of 1x1, batch normalisation, ReLU; 16 filters of 3x3, padding 'same', batch "
        "normalisation, ReLU; 64 filters of 1x1, batch normalisation; add x; ReLU. The "
        "convolutions have no bias.",
        inputs=((8, 8, 64),),
        program="""
def block(x):
    y = x
    for filters, size in ((16, 1), (16, 3)):
        options = {"padding": "same", "use_bias": False}
        y = keras.layers.Conv2D(filters, size, **options)(y)
        y = keras.layers.BatchNormalization()(y)
        y = keras.layers.ReLU()(y)
    y = keras.layers.Conv2D(64, 1, use_bias=False)(y)
    y = keras.layers.BatchNormalization()(y)
    y = keras.layers.Add()([x, y])
    return keras.layers.ReLU()(y)
""",
        rules=[
            (
                lambda model: not layers(model, "Concatenate"),
                "The shortcut adds x, it does not stack it: keras.layers.Add().",
            ),
            widths("Conv2D", "filters", (16, 16, 64), "Three convolutions: 16, 16 and 64 filters."),
            widths(
                "Conv2D", "kernel_size", ((1, 1), (3, 3), (1, 1)), "The kernels are 1x1, 3x3, 1x1."
            ),
            gives(8, 8, 64),
            has("BatchNormalization", 3, "A batch normalisation follows each convolution."),
            each("Conv2D", "A bias does nothing before batch normalisation.", use_bias=False),
            (
                lambda model: (
                    [activation(one) for one in layers(model, "Conv2D")][:2] == ["relu", "relu"]
                ),
                "A ReLU follows the first and the second batch normalisation.",
            ),
            (_hands_on, ""),
        ],
        steps=[
            "Keep x. What the layers make of it gets another name, y.",
            "y = keras.layers.Add()([x, y]) is the shortcut. The last ReLU comes after it.",
        ],
        why="With all weights 0 it hands on what it gets, so a deep stack can begin with doing "
        "nothing.",
    ),
    Code(
        "resnet.forward",
        question="`x` is a vector, `first` and `second` are matrices of weights. Write a function "
        "`residual(x, first, second)`: a residual block of two dense layers without biases. "
        "F(x) = second @ ReLU(first @ x), and the block gives ReLU(F(x) + x).",
        program="""
def residual(x, first, second):
    f = second @ np.maximum(first @ x, 0)
    return np.maximum(f + x, 0)
""",
        cases=lambda np: [
            (np.array([1.0, -2.0]), np.array([[1.0, 2], [0, -1]]), np.array([[1.0, 0], [-1, 0.5]])),
            (np.array([3.0, -1.0]), np.zeros((2, 2)), np.zeros((2, 2))),
            (
                np.array([1.0, 2.0, -1.0]),
                np.array([[1.0, -1, 0], [2, 0, 1]]),
                np.array([[0.5, -3], [1, 1], [0, 2]]),
            ),
        ],
        wrong=[
            ("f + x", "f", "The shortcut is missing: add x to what the layers give."),
            ("np.maximum(f + x, 0)", "f + x", "The last ReLU is missing: it follows the addition."),
            ("np.maximum(f + x, 0)", "np.maximum(f, 0) + x", "First add x, then the last ReLU."),
            ("np.maximum(first @ x, 0)", "first @ x", "A ReLU stands between the two layers."),
            ("f + x", "f - x", "The shortcut adds x. Some networks learn x - F(x); this one adds."),
            ("f + x", "f + np.maximum(x, 0)", "x itself is added, before any ReLU."),
        ],
        steps=["np.maximum(..., 0) is the ReLU.", "Work out F(x), add x, and only then ReLU."],
        why="With weights of zero it gives ReLU(x): the block begins with doing nothing.",
    ),
    Choose(
        "resnet.plain",
        question="A plain network of 56 layers has a larger error than one of 20, on the "
        "*training* images too. What is it?",
        choices={
            "overfitting": "Then the training error would be smaller, not larger.",
            "It is hard to train: the deep one could copy the other, and does not find it.": "36 "
            "layers that hand on their input would do as well; shortcuts make that easy to find.",
            "too few images": "That would show on new images, not on the training images.",
            "too few weights": "It has more of them than the other one.",
        },
        right="B",
        step="On which images is it worse? What does that leave out?",
    ),
    Explain(
        "resnet.why_shortcut",
        question="Why does a shortcut make a deep network easier to train?",
        model="Because the block only has to learn what to change: with weights near 0 it hands on "
        "its input. And the gradient goes back through the addition unchanged, so the first layers "
        "get a signal, too.",
        ideas={
            "doing nothing is easy": r"identity|nothing|hand|pass(es)? on|zero|0|copy|unchanged|"
            r"change|residual|difference",
            "the gradient comes through": r"gradient|back|signal|vanish|flow",
        },
        step="What does a block give if its weights are 0? And what comes back through an "
        "addition?",
    ),
)
