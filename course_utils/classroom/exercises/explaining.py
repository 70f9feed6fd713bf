"""Exercises of unit 18: explaining a prediction."""

from course_utils.classroom.choices import Choose, Explain
from course_utils.classroom.programs import Code

UNIT = 18

EXERCISES = (
    Code(
        "explaining.grad_cam",
        question="Write a function `grad_cam(maps, gradients)`. `maps` are the last maps of one "
        "image, (height, width, channels), `gradients` the gradient of the class score for them. "
        "Each channel's weight is the mean of its gradient over all places; the map is the "
        "weighted sum of the channels, and what is negative becomes 0.",
        program="""
def grad_cam(maps, gradients):
    weights = gradients.mean(axis=(0, 1))
    return np.maximum((maps * weights).sum(axis=-1), 0)
""",
        cases=lambda np: [
            (
                np.array([[[1.0, 2.0], [3.0, 0.0]], [[0.0, 1.0], [2.0, 2.0]]]),
                np.array([[[1.0, -1.0], [1.0, 0.0]], [[0.0, -1.0], [2.0, 0.0]]]),
            ),
            (
                np.arange(18.0).reshape(2, 3, 3) * 7 % 11,
                np.arange(18.0).reshape(2, 3, 3) * 5 % 13 - 6,
            ),
        ],
        wrong=[
            (
                "np.maximum((maps * weights).sum(axis=-1), 0)",
                "(maps * weights).sum(axis=-1)",
                "What is negative speaks against the class: make it 0.",
            ),
            (
                "np.maximum((maps * weights).sum(axis=-1), 0)",
                "np.maximum(maps * weights, 0).sum(axis=-1)",
                "First add up the channels, then make what is negative 0.",
            ),
            (
                "weights = gradients.mean(axis=(0, 1))",
                "weights = gradients",
                "One weight for each channel: the mean of its gradient over all places.",
            ),
            (
                "gradients.mean(axis=(0, 1))",
                "gradients.mean(axis=-1, keepdims=True)",
                "The mean goes over the places, axes 0 and 1, not over the channels.",
            ),
            (
                "gradients.mean(axis=(0, 1))",
                "np.abs(gradients).mean(axis=(0, 1))",
                "The sign matters: a channel may speak against the class.",
            ),
            ("gradients.mean", "gradients.sum", "Take the mean over the places, not the sum."),
            (".sum(axis=-1)", ".mean(axis=-1)", "The channels are added up, not averaged."),
            ("maps * weights", "weights", "The maps themselves do not come in."),
        ],
        steps=[
            "gradients.mean(axis=(0, 1)) is one weight for each channel.",
            "(maps * weights).sum(axis=-1), and np.maximum(..., 0).",
        ],
        why="Bright is where channels that speak for the class are active.",
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
    Choose(
        "explaining.control",
        question="A saliency map shows the outline of the dog. What is the control?",
        choices={
            "the map of another dog": "It shows that dog's outline, and tells as little.",
            "the map of the same network with random weights": "If it looks the same, the map "
            "shows "
            "the image and not what the network has learned.",
            "a higher resolution": "More pixels of the same map.",
            "the accuracy": "It does not tell where the network looks.",
        },
        right="B",
        step="What could make such a map without any learning?",
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
