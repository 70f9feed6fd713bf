"""Exercises of units 09 and 10: Inception, and batch normalisation."""

import math
from itertools import count

from course_utils.classroom.choices import Explain
from course_utils.classroom.layers import weights
from course_utils.classroom.models import Model, follows, gives, has, weighs
from course_utils.classroom.programs import Code
from course_utils.classroom.value import Value
from course_utils.costs import Conv2D, Dense, Flatten, Network, zoo

_NAIVE = zoo.inception_module(naive=True)
_MODULE = zoo.inception_module()
_INPUT = _MODULE.inputs["input"]

_GOOGLENET = zoo.googlenet()
_MAPS = _GOOGLENET.row("inception_5b_output").output_shape
_FLAT = Network("flat", _MAPS, [Flatten(), Dense(1000, name="fc")]).row("fc")

# Module 3a: (filters, kernel, channels read) of its six convolutions, and without bottlenecks.
_3A = ((64, 1, 192), (96, 1, 192), (128, 3, 96), (16, 1, 192), (32, 5, 16), (32, 1, 192))
_NAIVE_3A = ((64, 1, 192), (128, 3, 192), (32, 5, 192), (32, 1, 192))


def _params(convolutions: tuple[tuple[int, int, int], ...]) -> int:
    return sum(Conv2D(n, k).weights((28, 28, depth))[0] for n, k, depth in convolutions)


_MODULE_3A, _WITHOUT_3A = _params(_3A), _params(_NAIVE_3A)

_MOMENTUM = 0.99  # Keras's


def _behind(width: int) -> int:
    """Return the multiply-adds of the 5x5 branch behind a bottleneck of some width."""
    layers = [Conv2D(width, 1), Conv2D(96, 5, padding="same")]
    return Network("branch", _INPUT, layers).totals.macs


def _widest() -> int:
    """Return the widest bottleneck with which the branch needs less work than without."""
    direct = _NAIVE.row("5x5").macs or 0
    return next(width for width in count(1) if _behind(width + 1) >= direct)


_WIDEST = _widest()


def _steps(share: float) -> int:
    """Return the steps after which a moving mean has gone this share of its way."""
    return math.ceil(math.log(1 - share) / math.log(_MOMENTUM))


UNIT = 9
EXERCISES = (
    Value(
        "inception.bottleneck.widest",
        question="96 filters of 5x5 on 28 x 28 x 256, with a bottleneck of w filters of 1x1 before "
        "them. Which is the largest w that still saves multiply-adds?",
        answer=_WIDEST,
        why=f"With {_WIDEST}: {_behind(_WIDEST):,}, without: {_NAIVE.row('5x5').macs or 0:,}; one "
        "more filter would cost more than it saves.",
        next_step="At each of the 28 x 28 positions: 256 w products for the bottleneck and "
        "25 w 96 behind it, against 25 * 256 * 96 without. For which w are they equal?",
        mistakes=[
            (_INPUT[-1] - 1, "The bottleneck itself is not free. Count its own products, too."),
            (_INPUT[-1], "Then the 5x5 does as much as before, and the bottleneck comes on top."),
            (
                _WIDEST + 1,
                "Just too wide: with this one it already costs more. Is it rounded up?",
            ),
            (96, "That is the number of 5x5 filters. The bottleneck may be wider than that."),
            (64, "That is the width in the slides. It may be a good deal wider."),
            (_INPUT[-1] // 2, "Half the channels save a lot. It may be wider."),
        ],
    ),
    Code(
        "inception.branch_macs",
        question="Write a function `branch_macs(height, width, channels, narrow, filters, "
        "kernel)`: the multiply-adds of a branch that reads height x width x channels: `narrow` "
        "filters of 1x1, then `filters` filters of `kernel` x `kernel`, both with padding 'same' "
        "and stride 1. Leave the biases out. If `narrow` is 0, there is no 1x1.",
        program="""
def branch_macs(height, width, channels, narrow, filters, kernel):
    if narrow == 0:
        return height * width * filters * kernel * kernel * channels
    before = height * width * narrow * channels
    behind = height * width * filters * kernel * kernel * narrow
    return before + behind
""",
        cases=lambda np: [
            (28, 28, 192, 96, 128, 3),
            (14, 10, 512, 24, 64, 5),
            (7, 7, 832, 0, 128, 3),
        ],
        wrong=[
            ("return before + behind", "return behind", "The 1x1 is not free: it works, too."),
            ("return before + behind", "return before", "That is the 1x1. What comes behind it?"),
            (
                "kernel * kernel * narrow",
                "kernel * kernel * channels",
                "Behind the 1x1 there are fewer channels: that is what it is for.",
            ),
            ("kernel * kernel", "kernel", "The window is kernel x kernel: it has two sides."),
            ("height * width * ", "", "Those are the weights. Each is used at every place."),
            ("before + behind", "before * behind", "One follows the other: their work adds up."),
            ("before + behind", "2 * (before + behind)", "A product and its sum count once."),
            ("narrow == 0", "False", "If `narrow` is 0, the filters read the channels themselves."),
        ],
        steps=[
            "A 1x1 filter costs `channels` products at each place. How many filters? And places?",
            "The filters behind it read `narrow` channels: kernel * kernel * narrow products each.",
        ],
        why="Two small products instead of one large one, because the 1x1 makes the channels few.",
    ),
    weights(
        "inception.flat_head.weights",
        _FLAT,
        "a dense layer for 1,000 classes on the flattened last maps of GoogLeNet (7 x 7 x 1024)",
        extra=[
            (
                _GOOGLENET.row("predictions").params,
                "That is behind global average pooling. Here every pixel of every map has weights.",
            ),
            (
                _GOOGLENET.row("predictions").params - 1000,
                (
                    "That is behind global average pooling, and without biases. Here every pixel "
                    "of every map has weights."
                ),
            ),
            (
                sum(zoo.vgg16().row(name).params for name in ("fc1", "fc2", "predictions")),
                "That is the head of VGG-16. GoogLeNet's would be one dense layer.",
            ),
        ],
    ),
    Value(
        "inception.norm.steps",
        question="A moving mean starts at 0, the true mean is 1, and the momentum is 0.99: each "
        "step goes one hundredth of the way that is left. After how many steps is it at 0.99 or "
        "above for the first time?",
        answer=_steps(0.99),
        why=f"1 - {_MOMENTUM}^n is {1 - _MOMENTUM ** (_steps(0.99) - 1):.5f} after "
        f"{_steps(0.99) - 1} steps and {1 - _MOMENTUM ** _steps(0.99):.5f} after {_steps(0.99)}.",
        next_step="After n steps, 0.99 ** n of the way is left. For which n is that 0.01? Try, or "
        "take logarithms.",
        mistakes=[
            (100, "Each step goes a hundredth of what is *left*, and less and less is left."),
            (99, "Each step goes a hundredth of what is *left*, and less and less is left."),
            (1, "A step goes one hundredth of the way, not ninety-nine."),
            (_steps(0.99) - 1, "One step too few: after these it is still below 0.99."),
            (_steps(0.5), "Then it has gone half of the way."),
            (_steps(0.9), "Then it is at 0.9."),
        ],
    ),
    Model(
        "inception.module",
        question="Write a function `module(x)` in Keras: the Inception module 3a of GoogLeNet, for "
        "x of 28 x 28 x 192. Four branches: 64 filters of 1x1; 96 of 1x1, then 128 of 3x3; 16 of "
        "1x1, then 32 of 5x5; max pooling 3x3 with stride 1, then 32 filters of 1x1. Height and "
        "width stay, a ReLU follows each convolution, and the branches are stacked in depth in "
        "this order.",
        inputs=((28, 28, 192),),
        program="""
def module(x):
    def conv(x, filters, kernel):
        return keras.layers.Conv2D(filters, kernel, padding="same", activation="relu")(x)

    pooled = keras.layers.MaxPooling2D(3, strides=1, padding="same")(x)
    branches = [
        conv(x, 64, 1),
        conv(conv(x, 96, 1), 128, 3),
        conv(conv(x, 16, 1), 32, 5),
        conv(pooled, 32, 1),
    ]
    return keras.layers.Concatenate()(branches)
""",
        rules=[
            has("Concatenate", 1, "The branches are stacked in depth: Concatenate()([...])."),
            (
                lambda model: tuple(model.output_shape[1:3]) == (28, 28),
                "Height and width should stay 28: padding='same', the pooling with stride 1.",
            ),
            has("MaxPooling2D", 1, "The fourth branch begins with a max pooling."),
            has("Conv2D", 6, "Six convolutions in all: three of 1x1 only narrow or follow."),
            gives(28, 28, 256),
            weighs(
                _MODULE_3A,
                "Do 3x3 and 5x5 read what their 1x1 has narrowed, and does the last 1x1 read the "
                "pooling?",
            ),
            follows("relu", "Conv2D", "A ReLU follows each convolution."),
        ],
        steps=[
            "Each branch begins with x. A 1x1: keras.layers.Conv2D(64, 1, activation='relu')(x).",
            "The second branch is two lines: y = ...Conv2D(96, 1, ...)(x), then a 3x3 on y.",
            "keras.layers.Concatenate()([first, second, third, fourth]) stacks them.",
        ],
        why=f"{_MODULE_3A:,} weights. Without the 1x1 before 3x3 and 5x5 it would be "
        f"{_WITHOUT_3A:,}.",
    ),
    Explain(
        "inception.why_1x1",
        question="Why is a convolution of 1x1 put before one of 5x5?",
        model="Because the 5x5 costs 25 products for each of its input channels. The 1x1 mixes the "
        "channels into fewer ones, which costs little, and so the 5x5 has much less to do.",
        ideas={
            "fewer channels": r"channel|depth|map|narrow|bottleneck|dimension",
            "less work": r"less|fewer|cheap|cost|work|save|product|comput|weights",
        },
        step="What does a 5x5 cost for each channel that it reads?",
    ),
)
