"""Exercises of notebooks 01 and 02: images and convolution; sizes, channels, pooling."""

from course_utils.classroom.exercise import Exercise
from course_utils.classroom.layers import output_shape, weights
from course_utils.costs import Conv2D, Dense, Flatten, MaxPooling2D, Network

_SIDE = 200
_DENSE = Network("dense", (_SIDE, _SIDE, 1), [Flatten(), Dense(_SIDE**2, name="dense")])
_RGB = Network("rgb", (32, 32, 3), [Conv2D(10, 5, padding=2, name="conv")]).row("conv")
_SHARED = Network("gray", (32, 32, 1), [Conv2D(10, 5, padding=2, name="conv")]).row("conv")
_STEM = Network("stem", (224, 224, 3), [Conv2D(64, 7, strides=2, padding=3, name="conv")])
_VIEW = Network(
    "view",
    (28, 28, 1),
    [Conv2D(8, 3, name="conv1"), MaxPooling2D(2, name="pool"), Conv2D(8, 3, name="conv2")],
)

# The lecture's example. The answer is the output's last row, middle column.
_IMAGE = ((1, 1, 1, 0, 0), (0, 1, 1, 1, 0), (0, 0, 1, 1, 1), (0, 0, 1, 1, 0), (0, 1, 1, 0, 0))
_KERNEL = ((1, 0, 1), (0, 1, 0), (1, 0, 1))


def _value(row: int, column: int) -> int:
    """Return one value of the lecture's example, counted by hand."""
    return sum(_IMAGE[row + i][column + j] * _KERNEL[i][j] for i in range(3) for j in range(3))


def _terms(row: int, column: int) -> str:
    ones = [(i, j) for i in range(3) for j in range(3) if _KERNEL[i][j]]
    return " + ".join(str(_IMAGE[row + i][column + j]) for i, j in ones)


def _sees(layer: str) -> int:
    field = _VIEW.row(layer).field
    return field.rows.size if field else 0


_FIELD = _sees("conv2")

EXERCISES = (
    weights(
        "images.dense.weights",
        _DENSE.row("dense"),
        f"a fully connected layer on an image of {_SIDE} x {_SIDE}",
        extra=[
            (2_000_000_000, "That is the rounded number of the lecture. Count exactly."),
            (
                (3 * _SIDE**2 + 1) * _SIDE**2,
                "That is a colour image, three numbers a pixel. This one is gray.",
            ),
            (
                2 * _SIDE**2,
                "That is inputs plus units. But every unit has a weight for every input.",
            ),
        ],
    ),
    Exercise(
        "images.conv.value",
        question="The kernel lies on the last three rows and the middle three columns of the "
        "image. Which value does it give?",
        answer=_value(2, 1),
        why=f"{_terms(2, 1)} = {_value(2, 1)}: the five pixels under the ones of the kernel.",
        next_step="Lay the kernel on rows 2 to 4 and columns 1 to 3, counted from 0. Add up the "
        "pixels that lie under a 1 of the kernel.",
        mistakes=[
            (_value(1, 2), "Row and column have changed places. Lowest row, middle column."),
            (_value(2, 0), "That is the lowest row, but its first value. Move one to the right."),
            (
                sum(_IMAGE[2 + i][1 + j] for i in range(3) for j in range(3)),
                "That is the sum of all nine pixels. Those under a 0 of the kernel do not count.",
            ),
            (sum(map(sum, _KERNEL)), "That is the sum of the kernel. Some pixels below it are 0."),
        ],
    ),
    weights(
        "images.rgb.weights",
        _RGB,
        "a convolution on a colour image",
        extra=[
            (
                _SHARED.params,
                (
                    "That would be one slice, shared by red, green and blue. Each filter has a "
                    "slice of its own for each of the three."
                ),
            ),
            (
                (5 * 5 + 1) * 3 * 10,
                "One bias for each filter, not one for each of its slices.",
            ),
        ],
    ),
    output_shape("images.stem.shape", _STEM.row("conv"), "the first layer of many networks"),
    Exercise(
        "images.field",
        question="A convolution of 3 x 3, a pooling of 2 x 2 with stride 2, and another convolution"
        " of 3 x 3 follow one another. How many pixels of the image, in one direction, does one "
        "value of the last layer see?",
        answer=_FIELD,
        why=f"1 + 2 + 1 + 2*2 = {_FIELD}: behind the pooling, every step is two pixels of the "
        "image.",
        next_step="Start with 1 and add (kernel - 1) * (product of the strides before it), layer "
        "by layer.",
        mistakes=[
            (
                1 + 3 * (3 - 1),
                "That would be three convolutions of 3 x 3. The second is a pooling.",
            ),
            (
                1 + 2 + 1 + 2,
                "You have forgotten what the stride of the pooling does to the layer behind it.",
            ),
            (1 + 2 * (3 - 1), "Those are the two convolutions. The pooling widens the view, too."),
            (
                1 + 2 + 2 + 2 * 2,
                "A window of 2 adds 1, not 2: it is its size minus one.",
            ),
            (_sees("pool"), "That is what a value of the pooling sees. One layer follows."),
            (_FIELD**2, "That is the area. How many in one direction?"),
            (3, "That is what it sees of the layer before it. How much of the image is that?"),
        ],
    ),
)
