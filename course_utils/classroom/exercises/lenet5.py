"""Exercises of notebook 03: LeNet-5, counted by hand."""

from itertools import count

from course_utils.classroom.exercise import Exercise
from course_utils.classroom.layers import macs, output_shape, weights
from course_utils.costs import zoo

_TAUGHT = zoo.lenet5()
_PUBLISHED = zoo.lenet5_1998()
_TOTAL = _TAUGHT.totals.params
_SIDE = next(side for side in count(1) if side**2 > _TOTAL)
_WITH_BIAS = next(side for side in count(1) if (side + 1) * side > _TOTAL)

EXERCISES = (
    output_shape("lenet5.c1.shape", _TAUGHT.row("conv1"), "C1, the first convolution"),
    weights("lenet5.c1.weights", _TAUGHT.row("conv1"), "C1"),
    output_shape("lenet5.s2.shape", _TAUGHT.row("pool1"), "S2, the first pooling"),
    weights(
        "lenet5.s2.weights",
        _TAUGHT.row("pool1"),
        "S2, as it is taught today",
        extra=[
            (_PUBLISHED.row("s2").params, "That is S2 of 1998. Today's pooling learns nothing.")
        ],
    ),
    weights(
        "lenet5.c3.weights",
        _TAUGHT.row("conv2"),
        "C3, the second convolution",
        extra=[
            (
                _PUBLISHED.row("c3").params,
                (
                    "That is C3 of 1998, whose maps see only some of the input maps. "
                    "As it is taught today, each map sees all of them."
                ),
            )
        ],
    ),
    macs("lenet5.c3.macs", _TAUGHT.row("conv2"), "C3"),
    Exercise(
        "lenet5.dense_side",
        question="A fully connected layer with [n x n] weights has n inputs and n units; leave its "
        "biases out. For which smallest n has it alone more weights than all of LeNet-5?",
        answer=_SIDE,
        why=f"{_SIDE} * {_SIDE} = {_SIDE**2:,} is more than {_TOTAL:,}, "
        f"and {_SIDE - 1} * {_SIDE - 1} = {(_SIDE - 1) ** 2:,} is not.",
        next_step="You look for the first n with n * n above LeNet-5's total. Try its square root.",
        mistakes=[
            (
                _WITH_BIAS,
                "That is right with the biases, (n + 1) * n. Here only the matrix [n x n] counts.",
            ),
            (_SIDE - 1, "Very close: n * n is still below LeNet-5's total."),
            (_SIDE + 1, "Very close, and large enough. One less is enough, too."),
            (1200, "That is the lecture's example. It is large enough, but far from the smallest."),
            (_TOTAL, "That is LeNet-5's total. Which n makes n * n pass it?"),
            (_SIDE**2, "That is n * n. Which n?"),
        ],
    ),
)
