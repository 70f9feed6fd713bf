"""Exercises of unit 08: VGG."""

from course_utils.classroom.choices import Explain
from course_utils.classroom.models import (
    RELU_AFTER_EACH,
    SAME_PADDING,
    Model,
    each,
    follows,
    gives,
    has,
    weighs,
)
from course_utils.classroom.programs import Code

UNIT = 8

EXERCISES = (
    Model(
        "vgg.block",
        question="Write a function `block(x)` in Keras: the second stage of VGG-16, for x of "
        "112 x 112 x 64. Two convolutions of 3x3 with 128 filters, padding 'same', ReLU; then max "
        "pooling 2x2 with stride 2.",
        inputs=((112, 112, 64),),
        program="""
def block(x):
    for _ in range(2):
        x = keras.layers.Conv2D(128, 3, padding="same", activation="relu")(x)
    return keras.layers.MaxPooling2D(2)(x)
""",
        rules=[
            has(
                "Conv2D",
                2,
                "Two convolutions are asked for. Does each read what the one before gives?",
            ),
            each("Conv2D", "Both convolutions have 128 filters.", filters=128),
            each("Conv2D", "The kernels are 3 x 3.", kernel_size=(3, 3)),
            each("Conv2D", SAME_PADDING, padding="same"),
            has("MaxPooling2D", 1, "A max pooling ends the stage."),
            gives(56, 56, 128),
            follows("relu", "Conv2D", RELU_AFTER_EACH),
            weighs(221_440, "Does the second convolution read what the first one gives?"),
        ],
        steps=[
            'keras.layers.Conv2D(128, 3, padding="same", activation="relu")(x), twice.',
            "The second one reads what the first one gives: keep the name x, or use y.",
        ],
        why="Height and width halve, the channels double: every stage of VGG is built so.",
    ),
    Code(
        "vgg.memory",
        question="Write a function `training_bytes(weights, values, batch)`: the bytes that "
        "training with momentum needs. `weights` is the number of weights; each has a gradient and "
        "a momentum beside it. `values` is how many numbers the layers give out for one image; all "
        "are kept for each of the `batch` images. Every number takes 4 bytes.",
        program="""
def training_bytes(weights, values, batch):
    return 4 * (3 * weights + values * batch)
""",
        cases=lambda np: [(61_706, 8_094, 1), (138_357_544, 15_262_696, 32), (10, 100, 7)],
        wrong=[
            ("4 * (", "(", "Those are numbers. Each takes 4 bytes."),
            ("4 * (", "8 * (", "float32 has 32 bits, which are 4 bytes."),
            ("3 * weights", "weights", "Beside each weight: a gradient and a momentum."),
            ("3 * weights", "2 * weights", "A weight, its gradient, its momentum: that is three."),
            (" * batch", "", "The outputs are kept for each image of the batch."),
            (
                "(3 * weights + values * batch)",
                "(3 * weights + values) * batch",
                "The weights are there only once, whatever the batch.",
            ),
            ("3 * weights", "4 * weights", "That is Adam, with two slots. Momentum has one."),
            (
                "4 * (3 * weights + values * batch)",
                "4 * 3 * weights + values * batch",
                "The brackets: the outputs take 4 bytes each, too.",
            ),
        ],
        steps=["How many numbers does each weight need?", "What grows with the batch, what not?"],
        why="What belongs to weights is there once, what belongs to images once for each image.",
    ),
    Explain(
        "vgg.why_small",
        question="Why does VGG use two convolutions of 3x3 instead of one of 5x5?",
        model="Together they see the same 5 x 5 pixels, but with 18 instead of 25 weights for each "
        "pair of channels, and with a ReLU between them, so that they can compute more.",
        ideas={
            "the same view": r"same|5 ?x ?5|receptive|field|see|view",
            "fewer weights": r"fewer|less|18|cheap|param|weights",
            "one more ReLU": r"relu|non-?linear|activation",
        },
        step="What do two of them see? How many weights is that? And what stands between them?",
    ),
)
