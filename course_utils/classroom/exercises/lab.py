"""Exercises of notebook 05: the Fashion-MNIST lab."""

import math

from course_utils.classroom.choices import Explain
from course_utils.classroom.layers import output_shape, weights
from course_utils.classroom.models import Debug, Model, has_learned, last_activation, layers, toy
from course_utils.classroom.value import Value
from course_utils.costs import Conv2D, Network, zoo

_LAB = zoo.lab_cnn()
_NO_BIAS = zoo.lab_cnn(use_bias=False)
_NO_POOLING = zoo.lab_cnn(pooling=None)
_FLOOR = Network("", (224, 224, 3), [Conv2D(64, 7, strides=2, padding=3, name="conv1")]).rows[0]
_CLASSES = _LAB.rows[-1].output_shape[-1]
_FIRST, _SECOND = (_LAB.row(name).output_shape[-1] for name in ("conv1", "conv2"))
_PLAIN = sum(_LAB.row(name).params for name in ("conv1", "conv2", "fc"))
_SAVED = _LAB.totals.params - _NO_BIAS.totals.params

UNIT = 5
EXERCISES = (
    output_shape("lab.conv1.shape", _LAB.row("conv1"), "the first convolution"),
    output_shape("lab.pool1.shape", _LAB.row("pool1"), "the first pooling"),
    output_shape("lab.conv2.shape", _LAB.row("conv2"), "the second convolution"),
    output_shape("lab.pool2.shape", _LAB.row("pool2"), "the second pooling"),
    output_shape("lab.floor.shape", _FLOOR, "the first layer of a ResNet"),
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
        question="A network gives each of the ten classes the same probability. How large is its "
        "cross-entropy loss, the mean of -log(probability of the true class)?",
        answer=math.log(_CLASSES),
        why=f"-log(1/{_CLASSES}) = log({_CLASSES}) = {math.log(_CLASSES):.3f}, whatever the image.",
        next_step="Each class gets the probability 1/10. Put it into the formula; log is natural.",
        mistakes=[
            (1 / _CLASSES, "That is the probability. The loss is minus its logarithm."),
            (-math.log(_CLASSES), "The sign: the logarithm of 1/10 is negative, the loss is not."),
            (math.log10(_CLASSES), "That is the logarithm to base 10. Take the natural one."),
            (math.log2(_CLASSES), "That is the logarithm to base 2. Take the natural one."),
            (
                math.log(_CLASSES) / _CLASSES,
                "The mean is over the images, not over the classes: only the true class counts.",
            ),
            (1 - 1 / _CLASSES, "That is the share of errors. The loss is a logarithm."),
        ],
        tolerance=0.003,
    ),
    Value(
        "lab.no_bias.saved",
        question="How many weights does the network lose if its two convolutions have no biases?",
        answer=_SAVED,
        why=f"One bias for each filter, {_FIRST} + {_SECOND} = {_SAVED}; "
        f"{_NO_BIAS.totals.params:,} weights remain.",
        next_step="A convolution has one bias for each of its filters.",
        mistakes=[
            (2, "Not one for each layer: one for each filter."),
            (_FIRST, "That is the first convolution. There is a second one."),
            (_SECOND, "That is the second convolution. There is a first one."),
            (_SAVED + _CLASSES, "The dense layer keeps its biases: nothing normalises after it."),
            (_NO_BIAS.totals.params, "That is what remains. How many are gone?"),
        ],
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
            (
                lambda model: tuple(model.input_shape) == (None, 28, 28, 1),
                "The input should be (28, 28, 1): gray images, with their channel.",
            ),
            (
                lambda model: tuple(model.output_shape) == (None, 10),
                "It should end with ten numbers for each image, one for each class.",
            ),
            (
                lambda model: [layer.filters for layer in layers(model, "Conv2D")] == [16, 32],
                "Two convolutions, the first with 16 filters, the second with 32.",
            ),
            (
                lambda model: all(layer.kernel_size == (5, 5) for layer in layers(model, "Conv2D")),
                "The kernels are 5 x 5.",
            ),
            (
                lambda model: all(layer.padding == "same" for layer in layers(model, "Conv2D")),
                "Without padding='same' the maps shrink. Keras's default is 'valid'.",
            ),
            (
                lambda model: (
                    all(layer.activation.__name__ == "relu" for layer in layers(model, "Conv2D"))
                    or len(layers(model, "ReLU")) == 2
                ),
                "A ReLU follows each convolution: without it two of them are no more than one.",
            ),
            (
                lambda model: len(layers(model, "MaxPooling2D")) == 2,
                "A max pooling comes after each of the two convolutions.",
            ),
            (
                lambda model: last_activation(model) == "softmax",
                "The last layer should give probabilities: softmax.",
            ),
            (
                lambda model: (
                    model.count_params() == _PLAIN
                    or f"It has {model.count_params():,} weights, and should have another number. "
                    "Print model.summary(), and compare layer by layer."
                ),
                "",
            ),
        ],
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
        broken="""
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
""",
        program="""
def train(x, y):
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(8, 3, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=8, verbose=0)
    return model
""",
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
