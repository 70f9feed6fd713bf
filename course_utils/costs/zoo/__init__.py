"""Networks of the lectures, written down as data.

Each function returns a :class:`~course_utils.costs.Network`. Layers carry the names of their
papers or of Keras Applications.
"""

from course_utils.costs.zoo.large import (
    alexnet,
    alexnet_paper,
    alexnet_single_tower,
    alexnet_slim,
    googlenet,
    inception_module,
    mobilenet_v2,
    vgg16,
    vgg19,
    vgg_slim,
)
from course_utils.costs.zoo.resnets import (
    plain,
    residual,
    resnet18,
    resnet34,
    resnet50,
    resnet101,
    resnet152,
)
from course_utils.costs.zoo.small import lab_cnn, lenet5, lenet5_1998
