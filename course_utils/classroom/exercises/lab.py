"""Exercises of notebook 05: the Fashion-MNIST lab."""

import math

from course_utils.classroom.choices import Explain
from course_utils.classroom.layers import weights
from course_utils.classroom.models import (
    RELU_AFTER_EACH,
    SAME_PADDING,
    Debug,
    Model,
    each,
    ends,
    follows,
    gives,
    has,
    has_learned,
    last_activation,
    toy,
    weighs,
    widths,
)
from course_utils.classroom.value import Value
from course_utils.costs import Conv2D, MaxPooling2D, Network, zoo

_LAB = zoo.lab_cnn()
_NO_POOLING = zoo.lab_cnn(pooling=None)
_CLASSES = _LAB.rows[-1].output_shape[-1]
_SECOND = _LAB.row("conv2").output_shape[-1]
_VALID = Network(
    "without padding",
    (28, 28, 1),
    [
        Conv2D(16, 5, name="conv1"),
        MaxPooling2D(2, name="pool1"),
        Conv2D(_SECOND, 5, name="conv2"),
        MaxPooling2D(2, name="pool2"),
    ],
)
_MANY = 100  # classes of a network that guesses
_PLAIN = sum(_LAB.row(name).params for name in ("conv1", "conv2", "fc"))

_BROKEN = """
def train(x, y):
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(8, 3, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(1, activation="softmax"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=8, verbose=0)
    return model
"""

UNIT = 5
EXERCISES = (
    Value(
        "lab.pool2.shape",
        question="The network of the lab, but without padding: 16 filters of 5 x 5 on "
        "28 x 28 x 1, max pooling 2 x 2, 32 filters of 5 x 5, max pooling 2 x 2. Which shape "
        "(height, width, channels) comes out of the second pooling?",
        answer=_VALID.row("pool2").output_shape,
        why="28 - 4 = 24, halved 12; 12 - 4 = 8, halved 4. The second convolution has 32 filters.",
        next_step="Layer by layer: without padding a window of 5 has 4 places fewer than there "
        "are pixels, and a pooling halves.",
        mistakes=[
            (_LAB.row("pool2").output_shape, "That is with padding. Here the maps shrink."),
            (_VALID.row("conv2").output_shape, "That is before the second pooling."),
            (_VALID.row("pool1").output_shape, "That is behind the first pooling."),
            (
                (3, 3, _SECOND),
                "A window of 5 finds 24 places along 28 pixels, not 23: count the first place.",
            ),
            ((5, 5, _SECOND), "Both convolutions are without padding, the first one, too."),
            ((6, 6, _SECOND), "Both convolutions are without padding, the second one, too."),
            ((20, 20, _SECOND), "The poolings are forgotten: each halves height and width."),
            ((4, 4, 16), "Height and width are right. How many filters has the last convolution?"),
        ],
    ),
    weights(
        "lab.fc.weights",
        _LAB.row("fc"),
        "the dense layer",
        extra=[
            (
                _NO_POOLING.row("fc").params,
                "That would be without pooling. Two poolings have made the maps smaller.",
            ),
            (
                (_LAB.row("conv2").output_shape[-1] + 1) * _CLASSES,
                "That is one input for each map. Flatten passes on every pixel of every map.",
            ),
        ],
    ),
    Value(
        "lab.first_loss",
        question=f"A network gives each of {_MANY} classes the same probability. How large is its "
        "cross-entropy loss, the mean of -log(probability of the true class)?",
        answer=math.log(_MANY),
        why=f"-log(1/{_MANY}) = log({_MANY}) = {math.log(_MANY):.3f}, whatever the image.",
        next_step="Each class gets the probability 1/100. Put it into the formula; log is natural.",
        mistakes=[
            (1 / _MANY, "That is the probability. The loss is minus its logarithm."),
            (-math.log(_MANY), "The sign: the logarithm of 1/100 is negative, the loss is not."),
            (math.log10(_MANY), "That is the logarithm to base 10. Take the natural one."),
            (math.log2(_MANY), "That is the logarithm to base 2. Take the natural one."),
            (
                math.log(_MANY) / _MANY,
                "The mean is over the images, not over the classes: only the true class counts.",
            ),
            (1 - 1 / _MANY, "That is the share of errors. The loss is a logarithm."),
        ],
        tolerance=0.003,
    ),
    Model(
        "lab.model",
        question="Build the network of the lab in Keras: images of 28 x 28 x 1; 16 filters of "
        "5 x 5, padding 'same', ReLU; max pooling 2 x 2; 32 filters of 5 x 5, padding 'same', "
        "ReLU; max pooling 2 x 2; a dense layer for ten classes, with softmax. No batch "
        "normalisation. Give the model.",
        program="""
def model():
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(16, 5, padding="same", activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Conv2D(32, 5, padding="same", activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
""",
        rules=[
            gives(10),
            widths("Conv2D", "filters", (16, 32), "Two convolutions: 16 filters, then 32."),
            each("Conv2D", "The kernels are 5 x 5.", kernel_size=(5, 5)),
            each("Conv2D", SAME_PADDING, padding="same"),
            follows("relu", "Conv2D", RELU_AFTER_EACH),
            has("MaxPooling2D", 2, "A max pooling comes after each of the two convolutions."),
            ends("softmax", "The last layer should give probabilities: softmax."),
            weighs(_PLAIN, "Print model.summary(), and compare layer by layer."),
        ],
        reads=(28, 28, 1),
        steps=[
            "keras.Sequential of keras.Input, two times convolution and pooling, Flatten, Dense.",
            'A convolution: keras.layers.Conv2D(16, 5, padding="same", activation="relu").',
        ],
        why=f"{_PLAIN:,} weights, more than half of them in the dense layer.",
    ),
    Debug(
        "lab.debug",
        question="The loss of this network does not fall, and it gives the same answer for every "
        "image. x has 400 images of 8 x 8, y their labels, 0 or 1.",
        broken=_BROKEN,
        program=_BROKEN.replace("softmax", "sigmoid"),
        inputs=toy,
        rules=[
            (
                lambda model: (
                    not (last_activation(model) == "softmax" and model.output_shape[-1] == 1)
                ),
                (
                    "It does not learn yet: whatever the image, its output is the same. Look at "
                    "the "
                    "last layer: what does softmax do with a single number?"
                ),
            ),
            (has_learned, ""),
        ],
        steps=[
            "Print a few of its predictions. What do they have in common?",
            "Softmax makes its numbers add up to 1. What is left for a single one?",
        ],
        why="Softmax over one number is always 1. One unit takes sigmoid, two take softmax.",
    ),
    Explain(
        "lab.why_validation",
        question="Why is the accuracy on the training images not the one to report?",
        model="Because the network has seen these images and can remember them: only images that "
        "it has never seen tell how well it will do on others.",
        ideas={
            "it has seen them": r"seen|memor|remember|by heart|learned? (them|from)|overfit|know",
            "others are what counts": r"new|unseen|other|never|general",
        },
        step="What would a network score that has learned every image by heart?",
    ),
)
