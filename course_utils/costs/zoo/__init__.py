"""Networks of the lectures, written down as data.

Each function returns a :class:`~course_utils.costs.Network`. Layers carry the names of their
papers or of Keras Applications.
"""

from course_utils.costs.zoo.alexnet import alexnet, alexnet_paper, alexnet_single_tower
from course_utils.costs.zoo.googlenet import googlenet, inception_module
from course_utils.costs.zoo.lenet import C3_CONNECTIONS, lab_cnn, lenet5, lenet5_1998
from course_utils.costs.zoo.mobilenet import mobilenet_v2
from course_utils.costs.zoo.resnet import (
    plain,
    residual,
    resnet18,
    resnet34,
    resnet50,
    resnet101,
    resnet152,
)
from course_utils.costs.zoo.slim import alexnet_slim, vgg_slim
from course_utils.costs.zoo.vgg import vgg11, vgg13, vgg16, vgg19

__all__ = [
    "C3_CONNECTIONS",
    "alexnet",
    "alexnet_paper",
    "alexnet_single_tower",
    "alexnet_slim",
    "googlenet",
    "inception_module",
    "lab_cnn",
    "lenet5",
    "lenet5_1998",
    "mobilenet_v2",
    "plain",
    "residual",
    "resnet18",
    "resnet34",
    "resnet50",
    "resnet101",
    "resnet152",
    "vgg11",
    "vgg13",
    "vgg16",
    "vgg19",
    "vgg_slim",
]
