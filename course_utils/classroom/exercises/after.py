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
        "after.together",
        question="`patches` has the shape (count, size, size): the patches of an image, row by "
        "row, as one reads. Write a function `together(patches, columns)` that puts the image "
        "together again: `columns` patches lie side by side.",
        program="""
def together(patches, columns):
    count, size, _ = patches.shape
    image = np.zeros((count // columns * size, columns * size))
    for number in range(count):
        row, column = number // columns, number % columns
        top, left = row * size, column * size
        image[top : top + size, left : left + size] = patches[number]
    return image
""",
        cases=lambda np: [
            (np.arange(24).reshape(6, 2, 2), 3),
            (np.arange(36).reshape(4, 3, 3), 2),
            (np.arange(8).reshape(2, 2, 2), 1),
        ],
        wrong=[
            (
                "    count, size, _ = patches.shape",
                (
                    "    count, size, _ = patches.shape\n"
                    "    return patches.reshape(count // columns * size, columns * size)"
                ),
                "reshape puts a patch into one row, and a patch is a square of several rows.",
            ),
            (
                "number // columns, number % columns",
                "number % (count // columns), number // (count // columns)",
                "That is column by column. One reads row by row.",
            ),
            (
                "= patches[number]",
                "= patches[number].T",
                "Rows and columns of a patch are swapped.",
            ),
            (
                "= patches[number]",
                "= patches[count - 1 - number]",
                "The first patch belongs at the top left.",
            ),
            (
                "in range(count)",
                "in range(count - 1)",
                "The last patch is missing: a loop that ends one too early.",
            ),
        ],
        steps=[
            "How high and wide is the image? Begin with zeros.",
            "Patch `number` lies in row number // columns and in column number % columns.",
        ],
        why="A Vision Transformer cuts an image like this; here you have undone it.",
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
