"""Exercises of units 09 and 10: Inception, and batch normalisation."""

import math
from itertools import count

from course_utils.classroom.choices import Explain
from course_utils.classroom.layers import weights
from course_utils.classroom.models import Model, layers
from course_utils.classroom.value import Value
from course_utils.costs import Conv2D, Dense, Flatten, Network, zoo

_NAIVE = zoo.inception_module(naive=True)
_MODULE = zoo.inception_module()
_INPUT = _MODULE.inputs["input"]
_DEPTHS = [row.output_shape[-1] for row in _NAIVE.rows[:-1]]  # of the branches
_DEPTH = _NAIVE.row("output").output_shape[-1]
_MACS = {row.name: row.macs or 0 for row in _MODULE.rows if row.macs}
_TOTAL = _MODULE.totals.macs

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
        "inception.naive.depth",
        question="The naive module reads 28 x 28 x 256. Its branches are 128 filters of 1x1, 192 "
        "of 3x3, 96 of 5x5, and a pooling of 3x3 with stride 1. They are stacked in depth. How "
        "many channels come out?",
        answer=_DEPTH,
        why=f"{' + '.join(map(str, _DEPTHS))} = {_DEPTH}: pooling keeps the depth of its input.",
        next_step="Add up what each of the four branches gives. How many maps does a pooling make?",
        mistakes=[
            (sum(_DEPTHS[:3]), "Those are the convolutions. What does the pooling pass on?"),
            (
                sum(_DEPTHS[:3]) + 1,
                "The pooling looks at each channel on its own: as many come out as go in.",
            ),
            (max(_DEPTHS), "That is the deepest branch. Stacked in depth, they all count."),
            (
                _MODULE.row("output").output_shape[-1],
                "That is the module with bottlenecks. Here nothing narrows the pooling.",
            ),
            (_DEPTHS[1], "That is one branch. The outputs of all four are stacked."),
        ],
    ),
    Value(
        "inception.bottleneck.macs",
        question="How many multiply-adds does the module with bottlenecks need, all six "
        "convolutions together? Leave biases and the pooling out.",
        answer=_TOTAL,
        why=f"{' + '.join(f'{macs:,}' for macs in _MACS.values())} = {_TOTAL:,}.",
        next_step="Each row of the slide is a product of six numbers. Work them out one by one, "
        "write them below each other, and add up.",
        mistakes=[
            (
                _TOTAL + _MACS["3x3"],
                (
                    "That is the slide's total, and it is wrong. Add up its rows: one of them is "
                    "in it twice."
                ),
            ),
            (358_000_000, "That is the slide's total, rounded, and it is wrong. Add up its rows."),
            (round(_TOTAL, -6), "Right, but rounded. Give all the digits."),
            (_NAIVE.totals.macs, "That is the naive module."),
            (854_000_000, "That is the naive module, rounded."),
            (
                _TOTAL - _MACS["pool_proj"],
                (
                    "One row of 64 filters of 1x1 is missing. There are three: before the 3x3, "
                    "before the 5x5, and behind the pooling."
                ),
            ),
            (
                _MACS["1x1"] + _MACS["3x3"] + _MACS["5x5"],
                "The bottlenecks are not free: three rows are missing.",
            ),
            (2 * _TOTAL, "Those are flops. A multiply-add is a product and a sum, counted once."),
            (_MODULE.totals.params, "Those are the weights. How often is each of them used?"),
        ],
    ),
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
            (
                lambda model: bool(layers(model, "Concatenate")),
                "The branches are stacked in depth: keras.layers.Concatenate()([...]).",
            ),
            (
                lambda model: tuple(model.output_shape[1:3]) == (28, 28),
                "Height and width should stay 28: padding='same', the pooling with stride 1.",
            ),
            (
                lambda model: (
                    model.output_shape[-1] == 256
                    or f"{model.output_shape[-1]} channels come out. The four branches give 64, "
                    f"128, "
                    "32 and 32."
                ),
                "",
            ),
            (
                lambda model: len(layers(model, "MaxPooling2D")) == 1,
                "The fourth branch begins with a max pooling.",
            ),
            (
                lambda model: len(layers(model, "Conv2D")) == 6,
                "Six convolutions in all: three of 1x1 are there only to narrow or to follow.",
            ),
            (
                lambda model: (
                    model.count_params() == _MODULE_3A
                    or f"It has {model.count_params():,} weights, too "
                    f"{'many' if model.count_params() > _MODULE_3A else 'few'}. Do 3x3 and 5x5 "
                    f"read "
                    "what their 1x1 has narrowed, and does the last 1x1 read the pooling?"
                ),
                "",
            ),
            (
                lambda model: (
                    all(layer.activation.__name__ == "relu" for layer in layers(model, "Conv2D"))
                    or len(layers(model, "ReLU")) == 6
                ),
                "A ReLU follows each convolution.",
            ),
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
