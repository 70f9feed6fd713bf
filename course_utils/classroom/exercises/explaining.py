"""Exercises of unit 18: explaining a prediction."""

from typing import Any

from course_utils.classroom.choices import Explain
from course_utils.classroom.programs import Code


def _steep(image: Any) -> Any:
    """Return the slopes of a score, which is the sum of all pixels cubed."""
    return 3 * image**2


UNIT = 18

EXERCISES = (
    Code(
        "explaining.integrated",
        question="`slope` is a function: for an image it gives an array as large as the image, how "
        "much the score rises with each pixel. Write a function `integrated(slope, image, steps)`: "
        "integrated gradients from black. Take the slope at `steps` images on the way from black "
        "to the image, image * (k + 0.5) / steps for k = 0, 1, ...; their mean, times the image.",
        program="""
def integrated(slope, image, steps):
    total = np.zeros(image.shape)
    for k in range(steps):
        total += slope(image * (k + 0.5) / steps)
    return total / steps * image
""",
        cases=lambda np: [
            (_steep, np.array([[1.0, 2.0], [0.0, 3.0]]), 2),
            (_steep, np.array([[0.5, 4.0, -1.0]]), 5),
            (_steep, np.array([[2.0]]), 1),
        ],
        wrong=[
            (" * image\n", "\n", "The mean slope is multiplied by the way: times the image."),
            ("total / steps", "total", "Take the mean of the slopes, not their sum."),
            (
                "slope(image * (k + 0.5) / steps)",
                "slope(image)",
                "That is the slope at the end only. Take it on the whole way from black.",
            ),
            ("(k + 0.5)", "k", "Half a step is missing: k + 0.5, the middle of each step."),
            ("(k + 0.5)", "(k + 1)", "That is the end of each step. Take its middle, k + 0.5."),
            ("range(steps)", "range(steps - 1)", "The last step is missing."),
            ("* image\n", "* image**2\n", "Times the image, once."),
        ],
        steps=[
            "A loop over k: add up slope(image * (k + 0.5) / steps).",
            "Divide by steps, and multiply by the image.",
        ],
        why="The shares of all pixels add up to the score of the image minus that of black.",
    ),
    Code(
        "explaining.occlusion",
        question="Write a function `occlusion(score, image, size)`. `score` is a function that "
        "gives "
        "a number for an image. Cover a square of `size` x `size` with 0, at every place in steps "
        "of `size`, and return, as an array, by how much the score falls for each place.",
        program="""
def occlusion(score, image, size):
    before = score(image)
    falls = np.zeros((image.shape[0] // size, image.shape[1] // size))
    for i in range(falls.shape[0]):
        for j in range(falls.shape[1]):
            covered = image.copy()
            covered[i * size : (i + 1) * size, j * size : (j + 1) * size] = 0
            falls[i, j] = before - score(covered)
    return falls
""",
        cases=lambda np: [
            (np.sum, np.arange(1.0, 17.0).reshape(4, 4), 2),
            (np.max, np.arange(24.0).reshape(4, 6) * 7 % 23, 2),
        ],
        wrong=[
            ("before - score(covered)", "score(covered)", "How much does it fall: before - after."),
            (
                "before - score(covered)",
                "score(covered) - before",
                "The sign: a place that matters makes the score fall, before - after.",
            ),
            (
                "i * size : (i + 1) * size, j * size : (j + 1) * size",
                "i : i + size, j : j + size",
                "The square moves in steps of `size`.",
            ),
            (
                "            covered = image.copy()",
                "            covered = image.copy() if i + j == 0 else covered",
                "Uncover the last square first: begin with a new copy each time.",
            ),
            ("falls[i, j]", "falls[j, i]", "Rows and columns of the result are swapped."),
        ],
        steps=["Score the whole image first.", "Cover a copy, `image.copy()`, at each place."],
        why="It needs no gradient, only patience: one prediction for each place.",
    ),
    Explain(
        "explaining.why_background",
        question="All photographs of skirts were taken on the same bed. Why can a network be "
        "right on "
        "the test images, and still be useless?",
        model="Because it may have learned the bed instead of the skirt. The test images have the "
        "same bed, so it is right there, and wrong on any skirt elsewhere. An explanation may show "
        "that.",
        ideas={
            "it has learned the bed": r"bed|background|shortcut|instead",
            "the test has the same": r"same|also|too|test|elsewhere|other|new",
        },
        step="What tells skirts from other garments in this set?",
    ),
)
