"""Exercises of unit 01: images and convolution."""

from collections.abc import Callable

from course_utils.classroom.choices import Choose, Explain
from course_utils.classroom.exercise import UnreadableError
from course_utils.classroom.layers import output_shape, weights
from course_utils.classroom.programs import Code, source
from course_utils.classroom.value import Value
from course_utils.costs import Conv2D, Dense, Flatten, Network

_SIDE = 200
_DENSE = Network("dense", (_SIDE, _SIDE, 1), [Flatten(), Dense(_SIDE**2, name="dense")])
_STEM = Network("stem", (224, 224, 3), [Conv2D(64, 7, strides=2, padding=3, name="conv")])

# The lecture's example. The answer is the output's last row, middle column.


# An image of tens and ones, and a kernel without symmetry: each slip gives another number.
_PIXELS = ((3, 2, 5, 7, 1), (0, 7, 4, 3, 3), (7, 7, 6, 2, 3), (2, 6, 0, 1, 2), (0, 4, 0, 4, 7))
_WEIGHTS = ((1, 0, 2), (0, -1, 0), (3, 1, 0))


def _at(row: int, column: int, kernel: tuple[tuple[int, ...], ...] = _WEIGHTS) -> int:
    return sum(_PIXELS[row + i][column + j] * kernel[i][j] for i in range(3) for j in range(3))


_FLIPPED = tuple(line[::-1] for line in _WEIGHTS[::-1])
_TURNED = tuple(zip(*_WEIGHTS, strict=True))
_LINES = "\n".join(" ".join(map(str, line)) for line in _PIXELS)
_KERNEL_LINES = "\n".join(" ".join(f"{one:2}" for one in line) for line in _WEIGHTS)

_CORRELATE = """
def correlate(image, kernel):
    rows, columns = kernel.shape
    height = image.shape[0] - rows + 1
    width = image.shape[1] - columns + 1
    result = np.zeros((height, width))
    for i in range(height):
        for j in range(width):
            window = image[i : i + rows, j : j + columns]
            result[i, j] = np.sum(window * kernel)
    return result
"""


def _effect(kernel: object) -> Callable[..., object]:
    """Return what a kernel does to an image."""
    import numpy as np

    weights = np.asarray(kernel, dtype=float)
    if weights.shape != (3, 3):
        raise UnreadableError("The kernel is 3 x 3: three rows of three numbers.")
    correlate = source(_CORRELATE, np=np)["correlate"]
    return lambda image: correlate(image, weights)


UNIT = 1
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
    Code(
        "images.correlate",
        question="Write a function `correlate(image, kernel)`: lay the kernel on every place of "
        "the image where it fits, multiply each of its numbers by the pixel below, and add up. "
        "Stride 1, no padding. Both are arrays with two axes, and the kernel need not be square.",
        program=_CORRELATE,
        cases=lambda np: [
            (np.array([[1.0, 2, 0], [0, 3, 1], [4, 0, 2]]), np.array([[1.0, 2], [0, -1]])),
            (
                np.arange(20.0).reshape(4, 5) * 7 % 11,
                np.array([[1.0, 0, 2], [0, -1, 0], [3, 0, 1]]),
            ),
            (np.array([[0.5, 1.0, 0.25], [2, 0, 1]]), np.array([[0.5, 1.5]])),
        ],
        wrong=[
            (
                "window * kernel",
                "window * kernel[::-1, ::-1]",
                "You flip the kernel. Mathematicians do, networks do not: lay it on as it is.",
            ),
            ("window * kernel", "window * kernel.T", "The kernel's rows and columns are swapped."),
            ("window * kernel", "window * kernel[::-1]", "The kernel stands on its head."),
            (
                "result[i, j]",
                "result[j, i]",
                "Rows and columns of the result are swapped: i counts rows, j counts columns.",
            ),
            ("np.sum(", "np.mean(", "Add up the products; you take their mean."),
            ("np.sum(", "np.max(", "Add up the products; you take the largest one."),
            ("np.sum(window * kernel)", "np.sum(window)", "Multiply by the kernel first."),
            ("rows + 1", "rows", "The last row is missing: a loop that ends one too early."),
            ("columns + 1", "columns", "The last column is missing: a loop ends one too early."),
            (
                "    result = np.zeros((height, width))",
                (
                    "    image = np.pad(image, 1)\n    height, width = height + 2, width + 2\n"
                    "    result = np.zeros((height, width))"
                ),
                "That is with padding. Here the kernel stays inside the image.",
            ),
            (
                "    result = np.zeros((height, width))",
                (
                    "    image = np.pad(image, ((0, rows - 1), (0, columns - 1)))\n"
                    "    height, width = height + rows - 1, width + columns - 1\n"
                    "    result = np.zeros((height, width))"
                ),
                "You pad on one side. Here the kernel stays inside the image.",
            ),
            (
                "np.zeros((height, width))",
                "np.zeros((height, width), dtype=int)",
                "The result holds whole numbers only, so fractions are cut off.",
            ),
        ],
        steps=[
            "How large is the result? On height - rows + 1 by width - columns + 1 places it fits.",
            (
                "Two loops, over these rows i and columns j: the window is "
                "`image[i : i + rows, j : j + columns]`."
            ),
            "One value is `np.sum(window * kernel)`.",
        ],
        why="That is all a convolution of a network computes, place by place.",
    ),
    Code(
        "images.kernel",
        question="Write a kernel of 3 x 3, as a list of three rows, that gives the pixel to the "
        "right minus the pixel to the left: bright where the image gets brighter to the right, and "
        "0 where it is even.",
        program="""
def kernel():
    return [[0, 0, 0], [-1, 0, 1], [0, 0, 0]]
""",
        adapt=_effect,
        cases=lambda np: [
            (np.array([[0.0, 0, 9, 9], [0, 0, 9, 9], [0, 0, 9, 9]]),),
            (np.arange(20.0).reshape(4, 5) * 7 % 11,),
        ],
        wrong=[
            ("[-1, 0, 1]", "[1, 0, -1]", "The sign: the right pixel counts +1, the left one -1."),
            (
                "[[0, 0, 0], [-1, 0, 1], [0, 0, 0]]",
                "[[0, -1, 0], [0, 0, 0], [0, 1, 0]]",
                "That compares above with below. Rows and columns are swapped.",
            ),
            (
                "[[0, 0, 0], [-1, 0, 1], [0, 0, 0]]",
                "[[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]]",
                "That is the sum over three rows. Only the middle row is asked for.",
            ),
            ("[-1, 0, 1]", "[0, -1, 1]", "That is right minus the middle. Leave the middle out."),
            ("[-1, 0, 1]", "[1, 0, 1]", "That adds the two. One of them must count -1."),
            ("[-1, 0, 1]", "[-0.5, 0, 0.5]", "That is half of the difference."),
        ],
        steps=[
            "Most of the nine numbers are 0. Which two pixels count?",
            "In the middle row, the right one counts +1, and the left one counts -1.",
        ],
        why="On an even area the two cancel out: a kernel whose numbers add up to 0 sees edges.",
    ),
    Value(
        "images.conv.value",
        question="The kernel lies on rows 2 to 4 and columns 1 to 3 of the image, counted from 0. "
        f"Which value does it give?\n```\n{_LINES}\n```\nThe kernel:\n```\n{_KERNEL_LINES}\n```\n",
        answer=_at(2, 1),
        why=f"1*7 + 2*2 - 1*0 + 3*4 + 1*0 = {_at(2, 1)}: five products, the others are 0.",
        next_step="Write down the nine pixels below the kernel. Multiply one by one, and add up.",
        mistakes=[
            (_at(1, 2), "Row and column have changed places: rows 2 to 4, columns 1 to 3."),
            (_at(2, 1, _FLIPPED), "You have flipped the kernel. Lay it on as it is."),
            (_at(2, 1, _TURNED), "The rows of the kernel are its columns with you."),
            (_at(2, 2), "That is one column too far to the right. Count from 0."),
            (_at(2, 0), "That is one column too far to the left. Count from 0."),
            (_at(1, 1), "That is one row too far up. Count from 0."),
            (_at(1, 0), "That is one row and one column too early. Count from 0."),
            (
                sum(_PIXELS[2 + i][1 + j] for i in range(3) for j in range(3)),
                "That is the sum of the nine pixels. Multiply each by the kernel's number first.",
            ),
            (sum(map(sum, _WEIGHTS)), "That is the sum of the kernel alone."),
        ],
    ),
    Choose(
        "images.effect",
        question="All nine numbers of a kernel are 1/9. What does it do to a photograph?",
        choices={
            "It shows the edges.": "For that some numbers must be negative, so that even areas "
            "give 0.",
            "It makes it softer.": "Each pixel becomes the mean of its neighbourhood: a blur.",
            "It makes it nine times darker.": "Nine pixels, each times 1/9, are as bright as one.",
            "It moves it by a pixel.": "For that one number is 1, and all others are 0.",
        },
        right="B",
        step="What is the sum of nine pixels, each times 1/9?",
    ),
    Explain(
        "images.why_shared",
        question="Why has a convolution so many fewer weights than a dense layer on the same "
        "image?",
        model="Because each filter sees only a small window, not the whole image, and because the "
        "same weights are used at every place.",
        ideas={
            "a small window": r"window|local|small|neighbo|kernel|part|patch|region",
            "the same weights at every place": r"same|shar|every (place|position)|reus|slid",
        },
        step="How many pixels does one value see, and are there new weights for the next value?",
    ),
    output_shape("images.stem.shape", _STEM.row("conv"), "the first layer of many networks"),
)
