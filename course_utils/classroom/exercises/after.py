"""Exercises of unit 12: after ResNet."""

from course_utils.classroom.choices import Choose, Explain
from course_utils.classroom.programs import Code

UNIT = 12

EXERCISES = (
    Code(
        "after.separable",
        question="Write a function `separable_params(kernel, channels, filters)`: the weights, "
        "without biases, of a depthwise separable convolution: one window of `kernel` x `kernel` "
        "for each of the `channels`, then `filters` filters of 1x1.",
        program="""
def separable_params(kernel, channels, filters):
    depthwise = kernel * kernel * channels
    pointwise = channels * filters
    return depthwise + pointwise
""",
        cases=lambda np: [(3, 128, 128), (5, 16, 40), (3, 3, 32)],
        wrong=[
            ("kernel * kernel * channels", "kernel * channels", "The window is kernel x kernel."),
            ("kernel * kernel * channels", "kernel * kernel", "Each channel has its own window."),
            (
                "depthwise + pointwise",
                "depthwise * pointwise",
                "The two follow one another: their weights add up.",
            ),
            (
                "depthwise + pointwise",
                "depthwise * filters",
                "That is an ordinary convolution. Here the windows do not mix channels.",
            ),
            ("= channels * filters", "= filters", "A filter of 1x1 reads all channels."),
            ("depthwise + pointwise", "depthwise", "The 1x1 that mixes the channels is missing."),
            ("depthwise + pointwise", "pointwise", "The windows of each channel are missing."),
            (
                "depthwise + pointwise",
                "depthwise + pointwise + filters",
                "Leave the biases out.",
            ),
        ],
        steps=["Count the two parts one by one.", "A 1x1 has `channels` weights in each filter."],
        why="kernel^2 * channels + channels * filters: a sum where an ordinary one has a product.",
    ),
    Code(
        "after.patches",
        question="Write a function `patches(image, size)` that cuts an image, an array with two "
        "axes whose sides are multiples of `size`, into squares that do not overlap, and returns "
        "an array of shape (count, size, size): row by row, as one reads.",
        program="""
def patches(image, size):
    found = []
    for top in range(0, image.shape[0], size):
        for left in range(0, image.shape[1], size):
            found.append(image[top : top + size, left : left + size])
    return np.array(found)
""",
        cases=lambda np: [(np.arange(24).reshape(4, 6), 2), (np.arange(36).reshape(6, 6), 3)],
        wrong=[
            (
                (
                    "for top in range(0, image.shape[0], size):\n        for left in range(0, "
                    "image.shape[1], size):"
                ),
                (
                    "for left in range(0, image.shape[1], size):\n        for top in range(0, "
                    "image.shape[0], size):"
                ),
                "That is column by column. The outer loop goes over the rows.",
            ),
            (
                "    found = []",
                "    return image.reshape(-1, size, size)\n    found = []",
                "reshape takes pixels in a row, and a patch is a square of several rows.",
            ),
            (
                "range(0, image.shape[0], size)",
                "range(0, image.shape[0] - size, size)",
                "The last row of patches is missing.",
            ),
            (
                "range(0, image.shape[1], size)",
                "range(0, image.shape[1] - size, size)",
                "The last patch of each row is missing.",
            ),
        ],
        steps=["Two loops, over top and left, in steps of size.", "Collect them in a list."],
        why="That is what a Vision Transformer reads: each patch becomes one token.",
    ),
    Choose(
        "after.mobile",
        question="Which network is made for a phone without a GPU?",
        choices={
            "VGG-16": "138 million weights, and the most work of all four.",
            "ResNet-50": "Far less than VGG, but ten times the work of the smallest one here.",
            "MobileNetV2": "Depthwise separable convolutions: 3.5 million weights, little work.",
            "ViT-B/16": "86 million weights, and it wants very much data.",
        },
        right="C",
        step="Which of them has few weights and little work?",
    ),
    Explain(
        "after.why_separable",
        question="Why is a depthwise separable convolution cheaper than an ordinary one?",
        model="Because it does one after the other what an ordinary one does at once: look at "
        "the neighbourhood, in each channel on its own, and mix the channels, at each place on "
        "its own. The costs add up instead of being multiplied.",
        ideas={
            "two steps": r"two|first|then|separat|split|after|depthwise|pointwise|own",
            "a sum instead of a product": r"sum|add|plus|multipl|product|instead",
        },
        step="What does an ordinary filter do at once?",
    ),
)
