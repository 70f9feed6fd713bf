"""Exercises of units 09 and 10: Inception, and batch normalisation."""

import math
from itertools import count

from course_utils.classroom.exercise import Exercise
from course_utils.classroom.layers import weights
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


EXERCISES = (
    Exercise(
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
    Exercise(
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
    Exercise(
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
            (_WIDEST + 1, "Just too wide: with this one it already costs more."),
            (96, "That is the number of 5x5 filters. The bottleneck may be wider than that."),
            (64, "That is the width in the slides. It may be a good deal wider."),
            (_INPUT[-1] // 2, "A guess? Half the channels save a lot. It may be wider."),
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
    Exercise(
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
            (_steps(0.99) - 1, "One step earlier it is not quite there yet."),
            (_steps(0.5), "Then it has gone half of the way."),
            (_steps(0.9), "Then it is at 0.9."),
        ],
    ),
)
