"""Exercises of notebook 05: the Fashion-MNIST lab."""

import math

from course_utils.classroom.exercise import Exercise
from course_utils.classroom.layers import output_shape, weights
from course_utils.costs import Conv2D, Network, zoo

_LAB = zoo.lab_cnn()
_NO_BIAS = zoo.lab_cnn(use_bias=False)
_NO_POOLING = zoo.lab_cnn(pooling=None)
_FLOOR = Network("", (224, 224, 3), [Conv2D(64, 7, strides=2, padding=3, name="conv1")]).rows[0]
_CLASSES = _LAB.rows[-1].output_shape[-1]
_FIRST, _SECOND = (_LAB.row(name).output_shape[-1] for name in ("conv1", "conv2"))
_SAVED = _LAB.totals.params - _NO_BIAS.totals.params

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
    Exercise(
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
    Exercise(
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
)
