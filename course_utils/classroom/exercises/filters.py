"""Exercises of notebooks 06 and 18: filters, feature maps, explanations."""

from course_utils.classroom.exercise import Exercise
from course_utils.costs import zoo

_LAB = zoo.lab_cnn()
_CONV1, _POOL1, _CONV2 = (_LAB.row(name) for name in ("conv1", "pool1", "conv2"))
_IN, _OUT = _POOL1.output_shape[-1], _CONV2.output_shape[-1]
_KERNEL = 5


def _sees(name: str) -> int:
    field = _LAB.row(name).field
    return field.rows.size if field else 0


_FIELD = _sees("conv2")
_SIDE, _SQUARE, _STEP = 28, 6, 2
_STEPS = (_SIDE - _SQUARE) // _STEP + 1

_MAPS = zoo.mobilenet_v2(0.35).row("out_relu")
_STRIDE = _MAPS.field.rows.advance if _MAPS.field else 0


def _saturating(x: float) -> float:
    return 1 - max(0.0, 1 - x)


_AT = 3.0

EXERCISES = (
    Exercise(
        "filters.slices",
        question=f"The second convolution of the lab has {_OUT} filters of {_KERNEL} x {_KERNEL}, "
        f"and reads {_IN} maps. How many gray images of {_KERNEL} x {_KERNEL} does it take to show "
        "all its weights (but the biases)?",
        answer=_IN * _OUT,
        why=f"{_OUT} filters * {_IN} input maps = {_IN * _OUT}: a slice for each pair.",
        next_step="A filter has a slice for every map that it reads. How many slices has one?",
        mistakes=[
            (
                _OUT,
                "That would be one image for each filter. But a filter is as deep as its input.",
            ),
            (_IN, "Those are the slices of one filter. How many filters are there?"),
            (_IN + _OUT, "Every filter has a slice for every map: multiply."),
            (_IN * _OUT * _KERNEL**2, "Those are the weights. How many images are they?"),
            (_CONV2.params, "Those are the weights, biases included. How many images are they?"),
        ],
    ),
    Exercise(
        "filters.patch",
        question="One value of the lab's second convolution: how many pixels of the image, in one "
        "direction, does it see?",
        answer=_FIELD,
        why=f"{_KERNEL} for the first convolution, 1 more for the pooling, and {_KERNEL - 1} steps "
        f"of 2 pixels: {_KERNEL} + 1 + {_KERNEL - 1} * 2 = {_FIELD}.",
        next_step="Start with 1 and add (kernel - 1) * (product of the strides before), for the "
        "first convolution, the pooling and the second convolution.",
        mistakes=[
            (_KERNEL, "That is what it sees of the maps before it. How much of the image is that?"),
            (1 + 2 * (_KERNEL - 1), "Those are the two convolutions. There is a pooling between."),
            (
                _KERNEL + 1 + _KERNEL - 1,
                "Behind the pooling, which has stride 2, every step is two pixels of the image.",
            ),
            (
                _KERNEL + 2 + 2 * (_KERNEL - 1),
                "A pooling window of 2 adds 1, not 2: its size minus one.",
            ),
            (_sees("pool2"), "That is what a value after the second pooling sees."),
            (_sees("pool1"), "That is what a value after the first pooling sees."),
            (_FIELD**2, "That is the area. How many in one direction?"),
            (_SIDE, "It does not see the whole image. Only the dense layer does."),
        ],
    ),
    Exercise(
        "filters.occlusion",
        question=f"A square of {_SQUARE} x {_SQUARE} moves over an image of {_SIDE} x {_SIDE} in "
        f"steps of {_STEP}, and never sticks out. How many covered images must the network judge?",
        answer=_STEPS**2,
        why=f"(({_SIDE} - {_SQUARE}) / {_STEP} + 1)^2 = {_STEPS}^2 = {_STEPS**2}. This is why "
        "occlusion is slow.",
        next_step="It is a window with a stride: count its positions in one row first.",
        mistakes=[
            (_STEPS, "Those are the positions in one row. How many rows of them are there?"),
            ((_STEPS - 1) ** 2, "The first position, before any step, counts too."),
            (
                (_SIDE - _SQUARE + 1) ** 2,
                f"That is with steps of 1 pixel. This square moves {_STEP} at a time.",
            ),
            ((_SIDE // _STEP) ** 2, "At the last of those positions the square sticks out."),
            (2 * _STEPS, "It moves along rows and along columns: multiply."),
        ],
    ),
    Exercise(
        "filters.saturated",
        question=f"A network gives f(x) = 1 - relu(1 - x). At x = {_AT:g} its slope is 0, so the "
        "saliency of x is 0. What do integrated gradients say, with the baseline x = 0?",
        answer=_saturating(_AT) - _saturating(0),
        why=f"f({_AT:g}) - f(0) = {_saturating(_AT):g} - {_saturating(0):g} = 1. There is only one "
        "pixel, and by completeness it gets all of the difference.",
        next_step="You need no integral: what do the shares of all pixels add up to?",
        mistakes=[
            (
                0.0,
                "That is the slope at the end of the way. On the way there, it was not always 0.",
            ),
            (_AT, "That would be right if the slope were 1 all the way. It is 1 only up to x = 1."),
            (
                1 / _AT,
                "That is the mean slope on the way. It is multiplied by how far x has moved.",
            ),
        ],
        tolerance=0.001,
    ),
    Exercise(
        "filters.coarse",
        question="The last maps of MobileNetV2 are 7 x 7 for an image of 224 x 224. How many "
        "pixels of the image lie between one value of a Grad-CAM map and the next?",
        answer=_STRIDE,
        why=f"The product of all strides, 2 * 2 * 2 * 2 * 2 = {_STRIDE}, or 224 / 7.",
        next_step="Seven values share 224 pixels.",
        mistakes=[
            (7, "Those are the values in a row. How many pixels is each?"),
            (_STRIDE**2, "That is the area. How many in one direction?"),
            (
                _MAPS.field.rows.size if _MAPS.field else None,
                "That is how much each of them sees. How far apart are they?",
            ),
        ],
    ),
)
